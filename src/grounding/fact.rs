//! The fact ledger: everything a report may state, computed by code, ranked.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::metrics::{
    library::Library,
    names::{Better, Metric},
    series::{Group, Nature},
    unit::Unit,
};

mod build;
mod identify;
mod rank;
mod subset;
#[cfg(test)]
pub(crate) mod tests;

/// What a fact's value is of its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// A count of files, rows, failures.
    Count,
    /// Number of values.
    N,
    /// Mean.
    Mean,
    /// Median.
    Median,
    /// Sample standard deviation.
    #[serde(rename = "sd")]
    Stddev,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// 95th percentile.
    P95,
    /// Best single value of a metric, its configuration in the group.
    Best,
    /// Worst single value of a metric, its configuration in the group.
    Worst,
    /// First value of a file that is far worse than the rest of it: a cold start.
    First,
    /// A date.
    Date,
}

impl Statistic {
    /// Its name in records and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::N => "n",
            Self::Mean => "mean",
            Self::Median => "median",
            Self::Stddev => "sd",
            Self::Min => "min",
            Self::Max => "max",
            Self::P95 => "p95",
            Self::Best => "best",
            Self::Worst => "worst",
            Self::First => "first",
            Self::Date => "date",
        }
    }
}

/// Where a fact's value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// File, relative to the folder; `.` for facts about the listing.
    pub path: Arc<str>,
    /// First line, counted from 1; `None` for facts about the listing.
    pub line: Option<u32>,
    /// Field or JSON Pointer.
    pub field: Arc<str>,
    /// How many rows of the file are in the value.
    pub rows: u32,
}

/// One value computed from the files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// Stable, letters only (`kbdqz`): the model can name it without a digit.
    pub id: String,
    /// The metric or thing counted: `throughput`, `csv files`, `failed rows`.
    pub subject: String,
    /// What of it.
    pub statistic: Statistic,
    /// Which group.
    pub group: Arc<Group>,
    /// In `unit`; dates are seconds since 1970.
    pub value: f64,
    /// Unit of the value.
    pub unit: Unit,
    /// As printed: `102.8 tok/s`, `101 files`, `2025-11-14`.
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
    /// May its values be set beside those of another row?
    pub fn is_comparable(&self, other: &Self) -> bool {
        self.metric == other.metric && self.nature == other.nature && self.unit == other.unit
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

/// Ranked facts, most wanted first. Travels as JSON: the gate beside the model reads a
/// part of it ([`Ledger::subset`]).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// The facts.
    pub facts: Vec<Fact>,
    /// The facts about series, a row each, most wanted first.
    pub rows: Vec<FactRow>,
}

impl Ledger {
    /// Computes every fact of the folder.
    pub fn of(library: &Library) -> Self {
        build::ledger(&library.inventory, library.series(), &library.failed_rows())
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
