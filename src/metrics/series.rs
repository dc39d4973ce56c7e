//! A series: the values of one field, in one unit, for one group.

use std::{cmp::Ordering, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

pub use super::values::{Value, Values};
use super::{
    names::Metric,
    stats::Stats,
    unit::{Unit, UnitOrigin},
};

/// Where values come from that no one file holds.
const SEVERAL_FILES: &str = "–";

/// The dimensions that tell a group from others: `model=gemma3:270m, num_gpu=60`. Sorted
/// by key.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Group(pub Vec<(Arc<str>, Arc<str>)>);

impl Group {
    /// The value of a dimension.
    pub fn get(&self, key: &str) -> Option<&Arc<str>> {
        self.0.iter().find(|(known, _)| **known == *key).map(|(_, value)| value)
    }
    /// One more dimension; what the data say themselves under its name stays.
    pub(in crate::metrics) fn with(&self, key: &str, value: &str) -> Group {
        let mut pairs = self.0.clone();
        if let Err(at) = pairs.binary_search_by(|(known, _)| (**known).cmp(key)) {
            pairs.insert(at, (key.into(), value.into()));
        }
        Group(pairs)
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (key, value)) in self.0.iter().enumerate() {
            write!(f, "{}{key}={value}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// Single runs, or statistics that somebody else computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nature {
    /// One value for each run.
    Sample,
    /// Means, percentiles, deviations of something else: shown, never averaged with samples.
    Summary,
    /// A statement in a document.
    Stated,
}

impl Nature {
    /// What a document states is listed after all that was measured or summarised, whatever its
    /// metric: a folder of many documents would bury its measurements otherwise.
    pub(in crate::metrics) fn is_listed_last(self) -> bool {
        self == Self::Stated
    }
}

/// Why rows are not in a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// `failed`, `empty`, `not finite`, `not a number`, `duplicate file`,
    /// `same values in another file`.
    pub reason: Arc<str>,
    /// How many.
    pub count: u64,
    /// Which files they stand in, by path, and how many in each.
    pub files: Vec<(Arc<str>, u64)>,
    /// Nothing is lost: another file has the same.
    pub is_copy: bool,
}

/// The values of one field for one group.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The metric it is.
    pub metric: Metric,
    /// The field's name as written in the files (`ttft_s`).
    pub field: Arc<str>,
    /// Unit of [`Value::number`]: the metric's canonical one.
    pub unit: Unit,
    /// How the unit in the file became known.
    pub unit_origin: UnitOrigin,
    /// Samples, summaries or statements.
    pub nature: Nature,
    /// The group.
    pub group: Arc<Group>,
    /// Paths of the files that hold its rows, values or excluded ones; copies are not listed.
    pub files: Vec<Arc<str>>,
    /// The values, by file and line.
    pub values: Values,
    /// What was left out and why.
    pub excluded: Vec<Exclusion>,
    /// Over all values, computed when they changed.
    pub stats: Stats,
    /// Over the warm values alone, where there are cold ones.
    pub warm: Option<Stats>,
    /// Over the cold values alone, where there are any.
    pub cold: Option<Stats>,
    /// All tokens over all their time, beside the mean of rates that [`Stats::mean`] is;
    /// tok/s. Only where both are known of every value.
    pub ratio_of_totals: Option<f64>,
}

impl Series {
    /// All it would hold stands in another file, whose series has it: a line of its own would
    /// only say `0`.
    pub fn is_spoken_for(&self) -> bool {
        self.values.is_empty()
            && !self.excluded.is_empty()
            && self.excluded.iter().all(|exclusion| exclusion.is_copy)
    }
    /// Rows left out, for whatever reason.
    pub fn excluded_total(&self) -> u64 {
        self.excluded.iter().map(|exclusion| exclusion.count).sum()
    }

    /// The order in which series are listed; equal means the same series, whatever its values.
    pub fn order(&self, other: &Self) -> Ordering {
        let is_last = |series: &Self| series.nature.is_listed_last();
        is_last(self)
            .cmp(&is_last(other))
            .then_with(|| self.metric.rank().cmp(&other.metric.rank()))
            .then_with(|| self.metric.name().cmp(other.metric.name()))
            .then_with(|| self.nature.cmp(&other.nature))
            .then_with(|| self.group.cmp(&other.group))
            .then_with(|| self.field.cmp(&other.field))
    }

    /// What stands where a reader looks for the group: the group, or where the values come
    /// from when their rows name none: the file's stem, `–` for several files.
    pub fn group_or_origin(&self) -> String {
        match self.files.as_slice() {
            _ if !self.group.0.is_empty() => self.group.to_string(),
            [file] => stem(file).to_owned(),
            _ => SEVERAL_FILES.to_owned(),
        }
    }
}

/// A file's name without its folders and its extension.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    }
}
