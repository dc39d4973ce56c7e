//! What words name.

use super::*;
use crate::grounding::check::tests::library;

fn shown(text: &str) -> Vec<String> {
    let lexicon = Lexicon::of(&library(), &[Arc::from("batch_size")], false);
    let name = |mention: &Mention| {
        let word = text.get(mention.range.clone()).unwrap_or_default();
        let what = match &mention.name {
            Name::Values(key, values) => {
                let all = &lexicon.values[*key as usize];
                let values: Vec<&str> = values.iter().map(|value| &*all[*value as usize]).collect();
                format!("{}={}", lexicon.keys[*key as usize], values.join("/"))
            }
            Name::Key(key) => format!("key {}", lexicon.keys[*key as usize]),
            Name::Metrics(list) => {
                let names: Vec<&str> =
                    list.iter().map(|metric| lexicon.metrics[*metric as usize].name()).collect();
                names.join("/")
            }
            Name::Files(list) => format!("{} files", list.len()),
            other => format!("{other:?}"),
        };
        format!("{word}: {what}")
    };
    lexicon.mentions(text).iter().map(name).collect()
}

#[test]
fn models_are_known_by_their_name_and_its_parts() {
    assert_eq!(shown("gemma3:1b"), ["gemma3:1b: model=gemma3:1b"]);
    assert_eq!(shown("Gemma 3 270M runs"), ["Gemma 3 270M: model=gemma3:270m"]);
    assert_eq!(shown("the 270m model"), ["270m: model=gemma3:270m"]);
    assert_eq!(shown("gemma3"), ["gemma3: model=gemma3:1b/gemma3:270m"]);
    assert!(shown("gemma3x, 270 and 1").is_empty());
}

#[test]
fn metrics_statistics_and_keys_are_known() {
    assert_eq!(shown("Median TTFT"), ["Median: Statistic(Median)", "TTFT: ttft"]);
    assert_eq!(shown("time to first token"), ["time to first token: ttft"]);
    assert_eq!(shown("num_gpu"), ["num_gpu: key num_gpu"]);
    assert_eq!(shown("a batch size"), ["batch size: key batch_size"]);
    assert_eq!(shown("at least"), ["at least: Bound(Greater)"]);
}
