//! Trends of a series over time and the steps in them. Pure; everything random is seeded.
//!
//! A slope is Theil and Sen's (the median of all slopes between two values), its p that of
//! Mann and Kendall. Steps are found by binary segmentation: the clearest split of a segment
//! counts when shuffles of the segment rarely split as clearly.
//! Whether the values drift or step is decided by which of the two describes them better.

mod order;
mod slope;
mod steps;
#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, sync::Arc};

pub use self::order::Clock;

use self::order::Ordered;
use super::{configuration::is_run_key, ranks::median, series::Series};
use crate::ingest::inventory::Inventory;

/// Fewer values have no trend that could be told from chance.
pub const MIN_VALUES: usize = 8;
/// A step parts at least so many values from so many.
pub const MIN_SEGMENT: usize = 5;
/// Longer series are thinned evenly.
pub const MAX_VALUES: usize = 20_000;
/// A drift's p, and a step's, up to this is a finding. One series of a hundred without
/// either is called one by chance.
pub const ALPHA: f64 = 0.01;

/// A dimension with more levels on a side names rows, not what changed.
const MOST_LEVELS: usize = 4;

/// What a series does over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Nothing that chance would not do.
    #[default]
    Flat,
    /// It rises or falls all along.
    Drift,
    /// It changes at some rows and stays between them.
    Steps,
}

impl Shape {
    /// As printed and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Drift => "drift",
            Self::Steps => "steps",
        }
    }
}

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: Arc<str>,
    /// The line, counted from 1.
    pub line: u32,
    /// Row in its table.
    pub row: u32,
    /// When, nanoseconds since 1970, where the rows say it.
    pub at_ns: Option<i128>,
}

/// A dimension that changed where the values did: no level of it stands on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// The dimension.
    pub key: Arc<str>,
    /// Its levels before the step.
    pub before: Vec<Arc<str>>,
    /// Its levels after it.
    pub after: Vec<Arc<str>>,
}

/// A change of level.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Number of the first value after it, in order of time, counted from 0.
    pub at: usize,
    /// Where that value stands.
    pub place: Place,
    /// Median between the step before and this one.
    pub before: f64,
    /// Values there.
    pub n_before: u64,
    /// Median between this step and the next.
    pub after: f64,
    /// Values there.
    pub n_after: u64,
    /// p by seeded permutation.
    pub p: f64,
    /// Dimensions that changed with it: then it is no change over time alone.
    pub changed: Vec<Changed>,
}

/// A series over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trend {
    /// Values that were looked at: warm ones, unless all are cold.
    pub n: u64,
    /// Cold values that were left out.
    pub cold: u64,
    /// Values passed over by thinning.
    pub thinned: u64,
    /// What orders the values.
    pub clock: Clock,
    /// First and last value.
    pub ends: Option<(Place, Place)>,
    /// Theil and Sen's slope, in the series' unit from one value to the next.
    pub slope: Option<f64>,
    /// Mann and Kendall's p.
    pub p: Option<f64>,
    /// Drift, steps, or neither.
    pub shape: Shape,
    /// The steps in order of time; empty unless the shape is [`Shape::Steps`].
    pub steps: Vec<Step>,
    /// What else is worth knowing, each a sentence.
    pub notes: Vec<String>,
}

impl Trend {
    /// By how much the slope moves the series from its first value to its last.
    pub fn change(&self) -> Option<f64> {
        Some(self.slope? * self.n.saturating_sub(1) as f64)
    }
}

/// The trend of one series. `inventory`: knows when its files were modified.
pub fn of(series: &Series, inventory: &Inventory) -> Trend {
    let ordered = order::of(series, inventory);
    of_ordered(ordered)
}

fn of_ordered(Ordered { points, clock, cold, thinned }: Ordered) -> Trend {
    let mut trend = Trend { n: points.len() as u64, cold, thinned, clock, ..Trend::default() };
    if cold > 0 {
        trend.notes.push(format!("{cold} cold rows were left out"));
    }
    if thinned > 0 {
        trend.notes.push(format!(
            "{} of {} values were looked at, evenly spaced",
            trend.n,
            trend.n + thinned
        ));
    }
    trend.ends = points.first().zip(points.last()).map(|(first, last)| (first.place(), last.place()));
    if points.len() < MIN_VALUES {
        trend.notes.push(format!("{} values are not enough: {MIN_VALUES} are needed", points.len()));
        return trend;
    }
    let values: Vec<f64> = points.iter().map(|point| point.number).collect();
    trend.slope = slope::theil_sen(&values);
    trend.p = Some(slope::mann_kendall(&values));
    let cuts = steps::find(&values);
    let is_drift = trend.p.is_some_and(|p| p <= ALPHA);
    if !cuts.is_empty() && (!is_drift || steps::describe_better(&values, &cuts, trend.slope)) {
        trend.shape = Shape::Steps;
        trend.steps = describe(&values, &cuts, &points);
    } else if is_drift {
        trend.shape = Shape::Drift;
    }
    trend
}

fn describe(values: &[f64], cuts: &[steps::Cut], points: &[order::Point]) -> Vec<Step> {
    let bound =
        |index: Option<usize>, end: usize| index.and_then(|index| cuts.get(index)).map_or(end, |cut| cut.at);
    let step = |(index, cut): (usize, &steps::Cut)| {
        let start = bound(index.checked_sub(1), 0);
        let end = bound(Some(index + 1), values.len());
        let (before, after) = (start..cut.at, cut.at..end);
        Some(Step {
            at: cut.at,
            place: points.get(cut.at)?.place(),
            before: median(&values[before.clone()])?,
            n_before: before.len() as u64,
            after: median(&values[after.clone()])?,
            n_after: after.len() as u64,
            p: cut.p,
            changed: changed(&points[before], &points[after]),
        })
    };
    cuts.iter().enumerate().filter_map(step).collect()
}

/// Dimensions that share no level between the two sides.
fn changed(before: &[order::Point], after: &[order::Point]) -> Vec<Changed> {
    let keys: BTreeSet<&Arc<str>> =
        before.iter().flat_map(|point| point.group.0.iter().map(|(key, _)| key)).collect();
    let levels = |points: &[order::Point], key: &str| -> BTreeSet<Arc<str>> {
        let pairs = points.iter().flat_map(|point| &point.group.0);
        pairs.filter(|(known, _)| **known == *key).map(|(_, level)| Arc::clone(level)).collect()
    };
    let change = |key: &Arc<str>| {
        let (before, after) = (levels(before, key), levels(after, key));
        let is_told = before.len().max(after.len()) <= MOST_LEVELS && !after.is_empty();
        (!is_run_key(key) && is_told && before.is_disjoint(&after)).then(|| Changed {
            key: Arc::clone(key),
            before: before.into_iter().collect(),
            after: after.into_iter().collect(),
        })
    };
    keys.into_iter().filter_map(change).collect()
}
