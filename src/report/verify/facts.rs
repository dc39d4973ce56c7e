//! The facts of a record, held against those computed now.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::FactChange;
use crate::{
    grounding::fact::Ledger,
    report::record::{FactRecord, Record},
};

/// What writing a number as decimal digits and reading it again may lose, relative.
const SLACK: f64 = 1e-12;

/// Each fact of the record with the one of the same id computed now.
#[derive(Debug)]
pub struct Computed<'a> {
    pairs: Vec<(&'a FactRecord, Option<FactRecord>)>,
    by_id: HashMap<&'a str, usize>,
}

impl<'a> Computed<'a> {
    /// Computes them.
    pub fn of(record: &'a Record, ledger: &Ledger) -> Self {
        let now: HashMap<&str, &_> = ledger.facts.iter().map(|fact| (fact.id.as_str(), fact)).collect();
        let pair = |fact: &'a FactRecord| (fact, now.get(fact.id.as_str()).map(|fact| FactRecord::of(fact)));
        let pairs: Vec<_> = record.facts.iter().map(pair).collect();
        let by_id = pairs.iter().enumerate().map(|(at, (fact, _))| (fact.id.as_str(), at)).collect();
        Self { pairs, by_id }
    }

    /// The fact of an id: as recorded, and as computed now.
    pub fn get(&self, id: &str) -> Option<(&'a FactRecord, Option<&FactRecord>)> {
        let (recorded, computed) = self.pairs.get(*self.by_id.get(id)?)?;
        Some((recorded, computed.as_ref()))
    }

    /// What comes out otherwise, fact by fact.
    pub fn changed(&self) -> Vec<FactChange> {
        self.pairs.iter().flat_map(|(recorded, computed)| differences(recorded, computed.as_ref())).collect()
    }
}

fn differences(recorded: &FactRecord, computed: Option<&FactRecord>) -> Vec<FactChange> {
    let change = |part: &str, recorded_part: &Json, computed_part: &Json| FactChange {
        id: recorded.id.clone(),
        name: name(recorded),
        part: part.to_owned(),
        recorded: recorded_part.clone(),
        computed: computed_part.clone(),
    };
    let Some(computed) = computed else {
        return vec![change("fact", &Json::from(recorded.text.as_str()), &Json::Null)];
    };
    let (one, other) = (parts(recorded), parts(computed));
    let differing = one.iter().filter_map(|(part, value)| {
        let now = other.get(part).unwrap_or(&Json::Null);
        (!is_equal(value, now)).then(|| change(part, value, now))
    });
    differing.collect()
}

/// A fact by the names of its parts, whatever parts a fact has.
fn parts(fact: &FactRecord) -> Map<String, Json> {
    match serde_json::to_value(fact) {
        Ok(Json::Object(parts)) => parts,
        // A fact is a struct of texts and numbers: it has no other form.
        _ => Map::new(),
    }
}

fn is_equal(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => match (one.as_f64(), other.as_f64()) {
            (Some(one), Some(other)) => (one - other).abs() <= SLACK * one.abs().max(other.abs()),
            _ => one == other,
        },
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_equal(one, other))
        }
        (Json::Object(one), Json::Object(other)) => {
            one.iter().all(|(key, value)| other.get(key).is_some_and(|other| is_equal(value, other)))
        }
        _ => one == other,
    }
}

/// `throughput median, model=gemma3:1b`
pub fn name(fact: &FactRecord) -> String {
    let subject = fact.subject.replace('_', " ");
    let group = if fact.group.is_empty() { String::new() } else { format!(", {}", fact.group) };
    format!("{subject} {}{group}", fact.statistic)
}
