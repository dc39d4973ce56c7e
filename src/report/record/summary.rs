//! What a list of runs says of each, and what changed from one run's facts to another's.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use super::{FactRecord, Record, measures};
use crate::report::model::Params;

/// The chief things of a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunSummary {
    /// RFC 3339 UTC.
    pub started: String,
    /// `complete`, or why it is not.
    pub status: String,
    /// Name of the model; empty for a report by code alone.
    pub model: String,
    /// How free the model was in writing; empty without one.
    pub writing: String,
    /// Name of the persona.
    pub persona: String,
    /// Settings that were asked for.
    pub asked: Params,
    /// Settings that were used: name and value.
    pub settings: Vec<(String, String)>,
    /// Stages with their wall seconds.
    pub stages: Vec<(String, f64)>,
    /// Wall seconds of all stages.
    pub seconds: f64,
    /// Tokens a second while decoding, of all calls.
    pub throughput_tok_s: Option<f64>,
    /// Time to the first token of the first call, ms.
    pub ttft_ms: Option<f64>,
    /// Tokens generated.
    pub tokens: u64,
    /// Figures of the report that a fact bears out, and figures in all.
    pub figures: (u64, u64),
    /// Sentences of the model that were rejected.
    pub rejected: usize,
    /// Source files.
    pub files: usize,
    /// Facts in the report.
    pub facts: usize,
    /// What was measured of its calls, as a document of results; `None` without a model.
    pub measures: Option<Arc<str>>,
}

impl RunSummary {
    /// Of a record.
    pub fn of(record: &Record) -> Self {
        let used = serde_json::to_value(&record.config_used).unwrap_or_default();
        let settings = used.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
        Self {
            started: record.started.clone(),
            status: record.status.clone(),
            model: record.model.as_ref().map(|model| model.name.clone()).unwrap_or_default(),
            writing: record.writing.as_ref().map(|how| how.degree.name().to_owned()).unwrap_or_default(),
            persona: record.persona.0.clone(),
            asked: record.config.clone(),
            settings: settings.map(|(name, value)| (name.clone(), told(value))).collect(),
            stages: record.stages.iter().map(|stage| (stage.name.clone(), stage.seconds)).collect(),
            seconds: record.stages.iter().map(|stage| stage.seconds).sum(),
            throughput_tok_s: record.metrics.throughput_tok_s,
            ttft_ms: record.metrics.ttft_ms,
            tokens: record.metrics.tokens,
            figures: (record.grounding.grounded, record.grounding.figures),
            rejected: record.rejected.len(),
            files: record.files.len(),
            facts: record.facts.len(),
            measures: measured(record).map(Arc::from),
        }
    }
}

fn measured(record: &Record) -> Option<String> {
    let calls: Vec<Value> = record.calls.iter().map(|call| json!({ "metrics": call.metrics })).collect();
    measures::document(&json!({
        "model": record.model.as_ref().map(|model| json!({ "name": model.name })),
        "config_used": record.config_used,
        "calls": calls,
    }))
}

/// A fact that two runs state otherwise; `None`: that run does not state it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactChange {
    /// What it is of: metric or count, statistic, group.
    pub what: String,
    /// As the earlier side has it.
    pub base: Option<String>,
    /// As the later side has it.
    pub candidate: Option<String>,
}

/// What changed from one run to another, fact by fact, in the order of the candidate's facts; and
/// how many facts say the same.
pub fn changes(base: &Record, candidate: &Record) -> (Vec<FactChange>, usize) {
    let mut before: BTreeMap<&str, &FactRecord> =
        base.facts.iter().map(|fact| (fact.id.as_str(), fact)).collect();
    let mut changes = Vec::new();
    let mut same = 0;
    for fact in &candidate.facts {
        let known = before.remove(fact.id.as_str());
        if known.is_some_and(|known| known.text == fact.text) {
            same += 1;
            continue;
        }
        changes.push(FactChange {
            what: what(fact),
            base: known.map(|known| known.text.clone()),
            candidate: Some(fact.text.clone()),
        });
    }
    let gone = base.facts.iter().filter(|fact| before.contains_key(fact.id.as_str()));
    changes.extend(gone.map(|fact| FactChange {
        what: what(fact),
        base: Some(fact.text.clone()),
        candidate: None,
    }));
    (changes, same)
}

fn what(fact: &FactRecord) -> String {
    let other = fact.other.as_ref().map(|other| format!(" against {other}")).unwrap_or_default();
    let driver = fact.driver.as_ref().map(|driver| format!(" by {driver}")).unwrap_or_default();
    let of = if fact.group.is_empty() { "" } else { " of " };
    format!("{} {}{of}{}{other}{driver}", fact.subject, fact.statistic, fact.group)
}

/// A setting's value. Settings are of single precision: 0.3 and not 0.30000001192092896.
fn told(value: &serde_json::Value) -> String {
    match (value.as_str(), value.as_f64()) {
        (Some(text), _) => text.to_owned(),
        (None, Some(number)) if value.is_f64() => (number as f32).to_string(),
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_are_told_as_they_were_set() {
        for (value, expected) in [
            (json!(0.3_f32), "0.3"),
            (json!(0.0_f32), "0"),
            (json!(4_294_967_295_u32), "4294967295"),
            (json!("worded"), "worded"),
        ] {
            assert_eq!(told(&value), expected);
        }
    }
}
