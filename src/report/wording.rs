//! How code speaks of facts: names of groups and configurations, sentences about rows.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    sync::Arc,
};

use crate::{
    grounding::fact::{Fact, FactRow, Ledger, Statistic},
    metrics::{
        names::Better,
        series::{Group, Nature},
    },
    text::sanitize::Shown,
};

/// Longer values of a dimension (a whole prompt, a path) name no configuration.
const LONGEST_VALUE: usize = 48;
/// The dimension that names a group by itself.
const MODEL: &str = "model";
/// Endings of files that hold a model.
const WEIGHTS: [&str; 4] = [".gguf", ".safetensors", ".bin", ".onnx"];
/// More dimensions than this make a sentence unreadable.
const MOST_DIMENSIONS: usize = 6;

/// A group as a reader names it: the model alone by its name, the rest as `key=value`.
pub fn group_name(group: &Group) -> String {
    let model = group.0.iter().find(|(key, _)| key.as_ref() == MODEL);
    let rest = group.0.iter().filter(|(key, _)| key.as_ref() != MODEL);
    let mut parts: Vec<String> = model.map(|(_, value)| one_line(value)).into_iter().collect();
    parts.extend(
        rest.take(MOST_DIMENSIONS).map(|(key, value)| format!("{}={}", one_line(key), one_line(value))),
    );
    if parts.is_empty() { "unnamed runs".to_owned() } else { parts.join(", ") }
}

/// The dimensions that all of these groups share: they tell none of them from another. The
/// model is not among them, for it is the name of a group.
pub fn shared<'g>(groups: &[&'g Group]) -> Vec<&'g (Arc<str>, Arc<str>)> {
    let Some((first, rest)) = groups.split_first().filter(|(_, rest)| !rest.is_empty()) else {
        return Vec::new();
    };
    let is_shared = |dimension: &&(Arc<str>, Arc<str>)| {
        dimension.0.as_ref() != MODEL && rest.iter().all(|group| group.0.contains(dimension))
    };
    first.0.iter().filter(is_shared).collect()
}

/// A group among others, without what they share; the whole name where nothing is left.
pub fn name_beside(group: &Group, shared: &[&(Arc<str>, Arc<str>)]) -> String {
    let own = Group(group.0.iter().filter(|dimension| !shared.contains(dimension)).cloned().collect());
    group_name(if own.0.is_empty() { group } else { &own })
}

/// A model that is named by its file goes by the file's own name; of an address only the end
/// that is a file of weights, for the end of another may be anything.
pub fn short_value(key: &str, value: &Arc<str>) -> Arc<str> {
    let is_weights = |name: &str| WEIGHTS.iter().any(|ending| name.to_ascii_lowercase().ends_with(ending));
    let is_named = |name: &str| if value.contains("://") { is_weights(name) } else { name.contains('.') };
    match value.rsplit_once('/') {
        Some((_, name)) if key == MODEL && !value.contains(char::is_whitespace) && is_named(name) => {
            Arc::from(name)
        }
        _ => Arc::clone(value),
    }
}

/// The models of these groups that their files' names tell apart, sorted.
pub fn short_models(groups: &[&Group]) -> Vec<Arc<str>> {
    let models: HashSet<&Arc<str>> = groups.iter().filter_map(|group| group.get(MODEL)).collect();
    let mut by_name: HashMap<Arc<str>, Vec<&Arc<str>>> = HashMap::new();
    for model in models {
        by_name.entry(short_value(MODEL, model)).or_default().push(model);
    }
    let alone = by_name.into_values().filter(|models| models.len() == 1);
    let mut alone: Vec<Arc<str>> = alone.flatten().map(Arc::clone).collect();
    alone.sort_unstable();
    alone
}

/// A group with its model's short name, if that is one of these.
pub fn with_short_model(group: &Group, models: &[Arc<str>]) -> Group {
    let short = |(key, value): &(Arc<str>, Arc<str>)| {
        let is_short = models.binary_search(value).is_ok();
        (Arc::clone(key), if is_short { short_value(key, value) } else { Arc::clone(value) })
    };
    Group(group.0.iter().map(short).collect())
}

/// The configuration of a single value: its dimensions beyond those of its row. Settings
/// are numbers; labels are named only where there is no setting.
pub fn configuration(fact: &Fact, row: &FactRow) -> Option<String> {
    let own: Vec<(&str, &str)> = fact
        .group
        .0
        .iter()
        .filter(|dimension| !row.group.0.contains(dimension))
        .map(|(key, value)| (key.as_ref(), value.as_ref()))
        .filter(|(key, value)| value.chars().count() <= LONGEST_VALUE && !key.contains("index"))
        .collect();
    let is_setting = |value: &str| value.parse::<f64>().is_ok();
    let has_setting = own.iter().any(|(_, value)| is_setting(value));
    let parts: Vec<String> = own
        .into_iter()
        .filter(|(_, value)| !has_setting || is_setting(value))
        .take(MOST_DIMENSIONS)
        .map(|(key, value)| format!("{}={}", one_line(key), one_line(value)))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What a row measures: `Throughput`, `Throughput (summary values)`.
pub fn label(row: &FactRow) -> String {
    match row.nature {
        Nature::Summary => format!("{} (summary values)", row.metric.0.label),
        Nature::Sample | Nature::Stated => row.metric.0.label.clone(),
    }
}

/// `higher is better`
pub fn direction(row: &FactRow) -> Option<&'static str> {
    row.metric.0.better.map(|better| match better {
        Better::Higher => "higher is better",
        Better::Lower => "lower is better",
    })
}

/// A row as one sentence, for the prompt.
pub fn row_sentence(row: &FactRow, ledger: &Ledger) -> String {
    let text = |statistic| row.fact(ledger, statistic).map(|fact| fact.text.as_str());
    let mut sentence = format!("{} of {}", label(row), group_name(&row.group));
    if let Some(direction) = direction(row) {
        let _ = write!(sentence, " ({direction})");
    }
    sentence.push_str(": ");
    let runs = row.fact(ledger, Statistic::N).map_or(0.0, |fact| fact.value);
    let mut parts = Vec::new();
    parts.extend(text(Statistic::Median).map(|text| format!("median {text}")));
    if runs > 1.0 {
        parts.extend(text(Statistic::Mean).map(|text| format!("mean {text}")));
        if let Some(fact) = row.fact(ledger, Statistic::Best) {
            let with = configuration(fact, row).map(|with| format!(" ({with})")).unwrap_or_default();
            parts.push(format!("best {}{with}", fact.text));
        }
        parts.extend(text(Statistic::Worst).map(|text| format!("worst {text}")));
    }
    parts.extend(text(Statistic::N).map(str::to_owned));
    sentence.push_str(&parts.join(", "));
    sentence.push('.');
    sentence
}

/// Text from a file as one line of readable length.
pub fn one_line(text: &str) -> String {
    Shown::new(text).truncated(LONGEST_VALUE * 2).as_str().to_owned()
}

/// A label inside a sentence: `TTFT` stays, `Throughput` becomes `throughput`.
pub fn in_sentence(label: &str) -> String {
    let mut characters = label.chars();
    let Some(first) = characters.next() else { return String::new() };
    // `TTFT` and `E2E latency` begin with an abbreviation.
    if characters.clone().next().is_some_and(|second| !second.is_lowercase() && second != ' ') {
        return label.to_owned();
    }
    first.to_lowercase().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abbreviation_keeps_its_capitals() {
        for (label, within) in [
            ("Throughput", "throughput"),
            ("TTFT", "TTFT"),
            ("E2E latency", "E2E latency"),
            ("A score", "a score"),
            ("", ""),
        ] {
            assert_eq!(in_sentence(label), within);
        }
    }
}
