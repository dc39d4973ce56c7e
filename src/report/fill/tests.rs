//! Facts against the parts of the report that code writes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::{any, proptest};

use super::*;
use crate::grounding::fact::tests::ledger;

fn files() -> Vec<String> {
    vec!["gemma3/small.csv".to_owned(), "gemma3/large.csv".to_owned(), "notes.md".to_owned()]
}

fn items(text: &str) -> (Vec<String>, Vec<(String, String)>) {
    let ledger = ledger();
    let mut filler = Filler::new(&ledger, files());
    filler.asked("Facts: The folder has four files of benchmark results. Now list three key findings.");
    let items = filler.items(Answer { text, is_cut: false });
    (items, filler.into_rejected())
}

/// One sentence that falls, and why.
fn falls(sentence: &str, reason: &str) {
    let (items, rejected) = items(&format!("- {sentence}\n"));
    assert_eq!(items, Vec::<String>::new(), "{sentence}");
    assert!(rejected.iter().any(|(_, why)| why.contains(reason)), "{sentence}: {rejected:?}");
}

#[test]
fn known_faults_are_kept_out() {
    falls("Okay, here's a structured performance analysis of the data.", "chat");
    falls("Sure! The model is fast on this machine.", "chat");
    falls("Would you like me to expand on any particular section?", "chat");
    falls("Let me know if you need more details about this.", "chat");
    falls("I hope this helps you with your benchmarks.", "chat");
    falls("Which of the two models is the better one for us?", "question");
    falls("Given this data, here are targeted recommendations:", "heading");
    falls("Standardize Benchmarking Methodology And Reporting Process", "heading");
    falls("The folder has 37 CSV files of results.", "differs");
    falls("It holds 3 CSV files and 1 JSON file.", "differs");
    falls("The benchmarks were run on October 26, 2023 by the team.", "date");
    falls("The data stops at 2023-10-26 for all models.", "date");
    falls("Latency ranges from approximately 13ms to 37ms in JSON files.", "`13ms` differs");
    falls("The model gemma3:27b is slower than the others.", "gemma3:27b");
    falls("The file results_2.csv should be looked at first.", "results_2.csv");
    falls("The JSON is {\"latency\": true} for this run.", "code");
    falls("The folder has four files of benchmark results.", "prompt");
    falls("Now list three key findings.", "prompt");
    falls("The model is fast and the model is fast and the model is fast.", "repeats itself");
    falls("Very fast model.", "no sentence");
    falls("The second run in notes.md shows a positive impact on the team's morale.", "points at");
    falls("Teams gain morale and productivity from a fast model.", "not about the benchmark");
    falls("The mcaverni model is as fast as the model.", "not about the benchmark");
    falls("gemma3:1b has the best throughput of all models.", "compares without a figure");
    falls("Throughput gained much over the previous benchmark runs.", "claims a change");
    falls("The group gemma165s_benchmark-single has a high rate.", "gemma165s");
    falls("They relate to the performance of both models (see also Table 15 in the report).", "points at");
    falls("This is a good thing for us all.", "nothing that was measured");
    falls("Throughput improved by 20% over the last weeks.", "no fact");
}

#[test]
fn good_sentences_are_taken_once() {
    let text = "## Key Findings\n\n\
        1. **Throughput:** gemma3:270m has the higher median, 297.5 tok/s.\n\
        2. The first run of gemma3:270m took 2,326 ms, which is a cold start. Such a run should be left out.\n\
        3. The first run of gemma3:270m took 2,326 ms, and this is a cold start.\n\
        4. Okay, that is all.\n\n\
        **Recommendations**\n\n\
        ```json\n{\"a\": 1}\n```\n";
    let (items, rejected) = items(text);
    assert_eq!(
        items,
        [
            "Throughput: gemma3:270m has the higher median, 297.5 tok/s.",
            "The first run of gemma3:270m took 2,326 ms, which is a cold start. Such a run should be left out.",
        ]
    );
    assert_eq!(rejected.len(), 2, "{rejected:?}");
    assert!(rejected[0].1.contains("already"));
}

#[test]
fn true_dates_are_taken() {
    let (items, rejected) = items("- The CSV files were last changed on 2025-11-14, all of them.\n");
    assert_eq!((items.len(), rejected.len()), (1, 0), "{rejected:?}");
    assert_eq!(super::tests::items("- The newest file is from November 14, 2025 or so.\n").0.len(), 1);
}

#[test]
fn a_cut_answer_loses_its_half_sentence() {
    let ledger = ledger();
    let mut filler = Filler::new(&ledger, files());
    let text = "The small model answers within its limits. The large model needs more time because";
    let taken = filler.sentences(Answer { text, is_cut: true });
    assert_eq!(taken, ["The small model answers within its limits."]);
    let mut filler = Filler::new(&ledger, files());
    assert_eq!(filler.sentences(Answer { text, is_cut: false }).len(), 2);
    let mut filler = Filler::new(&ledger, files());
    let text = "- The small model answers within its limits.\n- The large model needs";
    assert_eq!(filler.items(Answer { text, is_cut: true }), ["The small model answers within its limits."]);
}

#[test]
fn risks_come_as_pairs() {
    let ledger = ledger();
    let mut filler = Filler::new(&ledger, files());
    let text = "Risk: the medians rest on few runs of each model. Mitigation: repeat every configuration more often.\n\
        Risk: no answer to this one. Risk: the cold start hides the true speed. Mitigation: warm the model up first.\n\
        Risk: half";
    assert_eq!(
        filler.risks(Answer { text, is_cut: true }),
        [
            (
                "The medians rest on few runs of each model.".to_owned(),
                "Repeat every configuration more often.".to_owned()
            ),
            ("The cold start hides the true speed.".to_owned(), "Warm the model up first.".to_owned()),
        ]
    );
    let mut filler = Filler::new(&ledger, files());
    let table = "| Risk | Mitigation |\n|---|---|\n| The runs are too few | Repeat them more often |\n";
    let pairs = filler.risks(Answer { text: table, is_cut: false });
    assert_eq!(pairs, [("The runs are too few.".to_owned(), "Repeat them more often.".to_owned())]);
}

#[test]
fn a_base_models_answer_ends_with_its_section() {
    assert_eq!(section_of(" fast.\n\nMore.\n\n## Next\n\nOther"), " fast.\n\nMore.\n\n");
    assert_eq!(section_of("One line.\nOne line.\nOne line."), "One line.\n");
    assert_eq!(section_of("Text.\n---\nrest"), "Text.\n");
    assert_eq!(section_of("Text.\n```\ncode"), "Text.\n");
    assert_eq!(section_of(""), "");
}

#[test]
fn sentences_end_where_they_end() {
    assert_eq!(
        blocks::sentences("It is fast, e.g. on CUDA. It took 2.5 s. And gemma3 v. llama? Yes"),
        ["It is fast, e.g. on CUDA.", "It took 2.5 s.", "And gemma3 v. llama?", "Yes."]
    );
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn any_answer_is_survived(text in any::<String>(), is_cut in any::<bool>()) {
        let ledger = ledger();
        let mut filler = Filler::new(&ledger, files());
        let answer = Answer { text: section_of(&text), is_cut };
        filler.sentences(answer);
        filler.items(answer);
        filler.risks(answer);
    }
    #[test]
    fn any_markdown_is_survived(text in "([#*_`|<>{}\\[\\]()!&;:. -]|Risk:|Mitigation:|[a-zİß]{1,6}|[0-9]{1,3}|\n){0,40}") {
        let ledger = ledger();
        let mut filler = Filler::new(&ledger, files());
        let answer = Answer { text: &text, is_cut: true };
        for item in filler.items(answer) {
            assert!(!item.contains('|') && !item.contains('<') && !item.trim().is_empty());
        }
        filler.risks(answer);
    }
}
