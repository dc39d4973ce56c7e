//! The answer for one figure, with what backs it.

use std::sync::Arc;

use crate::{
    grounding::fact::{Fact, Source},
    metrics::{format, unit::Unit},
};

/// The value of the folder that a figure equals, or should have equalled.
#[derive(Clone, Debug, PartialEq)]
pub struct Backing {
    /// Id of the fact in the ledger, where it is one of those.
    pub id: Option<String>,
    /// What it is about: `throughput`, `csv files`.
    pub subject: String,
    /// `median`, `count`, `value`, `difference`.
    pub statistic: String,
    /// Of which group.
    pub group: String,
    /// In `unit`.
    pub value: f64,
    /// Unit of the value.
    pub unit: String,
    /// As the program prints it.
    pub text: String,
    /// Files and places.
    pub sources: Vec<Source>,
}

impl Backing {
    /// A value that is no fact of the ledger.
    pub fn new(subject: &str, statistic: &str, group: String, value: f64, unit: &Unit) -> Self {
        Self {
            id: None,
            subject: subject.to_owned(),
            statistic: statistic.to_owned(),
            group,
            value,
            unit: unit.symbol().to_owned(),
            text: format::value(value, unit),
            sources: Vec::new(),
        }
    }
    /// A count of something that the listing tells.
    pub fn count(subject: &str, count: u64, sources: Vec<Source>) -> Self {
        let mut backing = Self::new(subject, "count", String::new(), count as f64, &Unit::None);
        backing.text = format!("{} {subject}", format::count(count));
        backing.sources = sources;
        backing
    }
    /// A fact.
    pub fn of(fact: &Fact) -> Self {
        Self {
            id: Some(fact.id.clone()),
            subject: fact.subject.clone(),
            statistic: fact.statistic.name().to_owned(),
            group: fact.group.to_string(),
            value: fact.value,
            unit: fact.unit.symbol().to_owned(),
            text: fact.text.clone(),
            sources: fact.sources.to_vec(),
        }
    }
    /// The same with its places.
    #[must_use]
    pub fn from(mut self, sources: Vec<Source>) -> Self {
        self.sources = sources;
        self
    }
    /// As a note says it: `102.8 tok/s (median throughput, model=gemma3)`.
    pub fn described(&self) -> String {
        let group = if self.group.is_empty() { String::new() } else { format!(", {}", self.group) };
        let subject = self.subject.replace('_', " ");
        match self.statistic.as_str() {
            "count" if self.id.is_none() => self.text.clone(),
            "count" | "date" => self.text.clone(),
            statistic => format!("{} ({statistic} {subject}{group})", self.text),
        }
    }
}

/// How a figure stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Equals this.
    Grounded(Backing),
    /// Should have been this; the note says so.
    Mismatched(Option<Backing>, String),
    /// Nothing has it; the note says what is there.
    Ungrounded(String),
    /// No statement about the data; the note says what it is.
    Structural(&'static str),
    /// Part of a name: no figure.
    Name,
}

/// No fact has it, and nothing more is known.
pub const NO_FACT: &str = "no fact has it";
/// A statement about what the folder does not hold.
pub const NOT_CHECKABLE: &str = "not checkable from the folder";

/// The listing of the folder as a source.
pub fn listing(rows: u64) -> Vec<Source> {
    vec![Source {
        path: Arc::from("."),
        line: None,
        field: Arc::from("listing"),
        rows: u32::try_from(rows).unwrap_or(u32::MAX),
        digest: Arc::default(),
    }]
}
