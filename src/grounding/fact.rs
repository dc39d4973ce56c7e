//! The fact ledger: everything a report may state, computed by code, ranked.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    compare::verdict::Verdict,
    metrics::{
        library::Library,
        names::{Better, Metric},
        series::{Group, Nature, Series},
        unit::Unit,
    },
};

mod build;
mod causes;
mod findings;
mod front;
mod identify;
mod incidents;
mod listing;
mod moves;
mod rank;
mod relations;
mod rows;
mod statistic;
mod subset;
#[cfg(test)]
pub(crate) mod tests;

pub use self::{
    findings::{Driver, Failure, FrontMember, LevelFacts, Outlier, Relation, RelationKind, StepFacts, Trend},
    statistic::Statistic,
};

/// Where a fact's value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// File, relative to the folder; `.` for facts about the listing.
    pub path: Arc<str>,
    /// First line, counted from 1; `None` for facts about the listing.
    pub line: Option<u32>,
    /// The field's name as its file writes it; nested keys joined by `.`.
    pub field: Arc<str>,
    /// How many rows of the file are in the value.
    pub rows: u32,
    /// What the file's bytes are known by: the first 16 hex digits of their SHA-256, as the
    /// inventory has it. Empty for facts about the listing.
    pub digest: Arc<str>,
}

/// One value computed from the files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// Stable, letters only (`kbdqzwv`): the model can name it without a digit.
    pub id: String,
    /// The metric or thing counted: `throughput`, `csv files`, `failed rows`.
    pub subject: String,
    /// What of it.
    pub statistic: Statistic,
    /// Which group.
    pub group: Arc<Group>,
    /// The group that `group` is held against, in differences, ratios and changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<Arc<Group>>,
    /// How `group` does beside `other`, by the rule of `compare::verdict`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// What explains, in shares of a spread: a dimension, `start`, `position` or a metric.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<Arc<str>>,
    /// In `unit`; dates are seconds since 1970.
    pub value: f64,
    /// Unit of the value.
    pub unit: Unit,
    /// As printed: `102.8 tok/s`, `101 files`, `2025-11-14`, `+63.0 %`, `1.6 times`.
    pub text: String,
    /// Files and places; the facts of a row share them.
    pub sources: Arc<[Source]>,
}

/// The facts of one series together: one row of a table, one sentence of a prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FactRow {
    /// The metric.
    pub metric: Metric,
    /// The field's name in the files.
    pub field: Arc<str>,
    /// Single runs, or values that somebody else had summarised.
    pub nature: Nature,
    /// The group.
    pub group: Arc<Group>,
    /// Unit of its values; rows of other units are not compared with it.
    pub unit: Unit,
    /// Its facts, as indices into [`Ledger::facts`].
    pub facts: Vec<usize>,
}

impl FactRow {
    /// Index of the fact with this statistic.
    pub fn index(&self, ledger: &Ledger, statistic: Statistic) -> Option<usize> {
        self.facts
            .iter()
            .copied()
            .find(|&index| ledger.facts.get(index).is_some_and(|fact| fact.statistic == statistic))
    }
    /// The fact with this statistic.
    pub fn fact<'a>(&self, ledger: &'a Ledger, statistic: Statistic) -> Option<&'a Fact> {
        self.index(ledger, statistic).and_then(|index| ledger.facts.get(index))
    }
    /// May its values be set beside those of another row? The same dimensions must tell them
    /// apart: a model is no better or worse than a test.
    pub fn is_comparable(&self, other: &Self) -> bool {
        let keys = |row: &Self| row.group.0.iter().map(|(key, _)| Arc::clone(key)).collect::<Vec<_>>();
        self.metric == other.metric
            && self.nature == other.nature
            && self.unit == other.unit
            && keys(self) == keys(other)
    }
    /// Is `left` a better value of this metric than `right`? `false` where neither is good.
    pub fn is_better(&self, left: f64, right: f64) -> bool {
        match self.metric.0.better {
            Some(Better::Higher) => left > right,
            Some(Better::Lower) => left < right,
            None => false,
        }
    }
}

/// Ranked facts, most wanted first, and what they say together. Every index is one into
/// [`Ledger::facts`]. Travels as JSON: the gate beside the model reads a part of it
/// ([`Ledger::subset`]).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// The facts.
    pub facts: Vec<Fact>,
    /// The facts about series, a row each, most wanted first.
    pub rows: Vec<FactRow>,
    /// Two groups of a metric beside each other: the best, the worst, the baseline.
    pub relations: Vec<Relation>,
    /// What explains the spread of a metric, strongest first for each.
    pub drivers: Vec<Driver>,
    /// The configurations that none beats in every metric, the best compromise first.
    pub front: Vec<FrontMember>,
    /// Runs that failed, by group and by file.
    pub failures: Vec<Failure>,
    /// Values far from those of their configuration.
    pub outliers: Vec<Outlier>,
    /// Series that rise, fall or change their level over time.
    pub trends: Vec<Trend>,
}

impl Ledger {
    /// Computes every fact of the folder. Bounded: what costs much is computed of the series
    /// that a reader cares most about.
    pub fn of(library: &Library) -> Self {
        let series: Vec<&Series> = library.series().iter().map(|series| &**series).collect();
        let values: usize = series.iter().map(|series| series.values.len()).sum();
        let whole = if values <= causes::MAX_VALUES { library.series_by(&[]) } else { Vec::new() };
        build::ledger(&build::Material {
            inventory: &library.inventory,
            series,
            whole: whole.iter().collect(),
            failed: &library.failed_rows(),
            errors: &library.errors().collect::<Vec<_>>(),
        })
    }
    /// The fact about a thing of the whole folder: `csv files`, `failed rows`.
    pub fn about(&self, subject: &str, statistic: Statistic) -> Option<usize> {
        self.facts.iter().position(|fact| {
            fact.statistic == statistic && fact.group.0.is_empty() && fact.subject == subject
        })
    }
    /// Its value as a count; 0 where there is no such fact.
    pub fn count(&self, subject: &str) -> u64 {
        self.about(subject, Statistic::Count)
            .and_then(|index| self.facts.get(index))
            .map_or(0, |fact| fact.value as u64)
    }
}
