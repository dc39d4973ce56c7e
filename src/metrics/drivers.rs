//! What drives a metric: which dimension, start, position or other measure explains how much
//! of the spread of its rows, and which of them only seem to. Pure; everything random is
//! seeded, and the order of the rows matters to `position` alone.
//!
//! Shares say what moves together in these rows. They are no proof of a cause; where two
//! candidates cannot be told apart, or one goes away inside of the other, a note says so.

mod candidate;
mod confound;
mod effect;
mod notes;
#[cfg(test)]
mod tests;

use std::{cmp::Ordering, sync::Arc};

pub use self::{confound::Confounding, effect::Effect};

use serde::{Deserialize, Serialize};

use self::candidate::{Column, Levels, Row};
use super::{
    names::Better,
    progress::Progress,
    ranks::{adjusted, median, spearman},
    series::Series,
};

/// Fewer rows say nothing about what drives them.
pub const MIN_ROWS: usize = 6;
/// More rows than this are thinned evenly: shares do not change, and the tests stay fast.
pub const MAX_ROWS: usize = 20_000;
/// An adjusted p up to this is a finding.
pub const ALPHA: f64 = 0.05;

/// What sort of thing explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// A dimension of the rows.
    Dimension,
    /// Cold or warm.
    Start,
    /// First row after a change of the slower dimensions, or not.
    Position,
    /// Another measure of the same rows.
    Measured,
}

impl Sort {
    /// As printed and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dimension => "dimension",
            Self::Start => "start",
            Self::Position => "position",
            Self::Measured => "measured",
        }
    }
}

/// The rows of one level.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// Its value.
    pub value: Arc<str>,
    /// Rows.
    pub n: u64,
    /// How many of them are cold.
    pub cold: u64,
    /// Median of the metric, in its unit.
    pub median: f64,
}

/// One candidate and what it explains.
#[derive(Clone, Debug, PartialEq)]
pub struct Driver {
    /// Name of the dimension or metric; `start`, `position`.
    pub name: Arc<str>,
    /// What it is.
    pub sort: Sort,
    /// What it means, where the name does not say it.
    pub detail: Option<String>,
    /// Rows that have it.
    pub n: u64,
    /// How much it explains, and p.
    pub effect: Effect,
    /// p adjusted for the number of candidates (Benjamini and Hochberg).
    pub p_adjusted: f64,
    /// Spearman's correlation, where the candidate is a number.
    pub correlation: Option<f64>,
    /// Its levels, best first where the metric has a direction, else by rising median;
    /// empty for another measure.
    pub levels: Vec<Level>,
    /// Dimensions that change together with it, row by row: they cannot be told apart.
    pub same_as: Vec<Arc<str>>,
    /// What it only stands for, if so.
    pub confounded: Vec<Confounding>,
}

impl Driver {
    /// The adjusted p is low enough to call it a finding.
    pub fn is_found(&self) -> bool {
        self.p_adjusted <= ALPHA
    }
}

/// What drives one metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drivers {
    /// Rows of the metric.
    pub n: u64,
    /// Rows that were looked at, fewer after thinning.
    pub used: u64,
    /// Findings first, those that only stand for another behind the others; then by the
    /// share that they explain.
    pub ranked: Vec<Driver>,
    /// Candidates that cannot be judged, and why.
    pub left_out: Vec<(Arc<str>, String)>,
    /// What else is worth knowing, each a sentence.
    pub notes: Vec<String>,
}

/// Ranks what may drive a series. `others`: series of other measures; those that share
/// rows with it are candidates.
pub fn of(series: &Series, others: &[&Series]) -> Drivers {
    of_told(series, others, Progress::untold())
}

/// The same, telling how far it is.
pub fn of_told(series: &Series, others: &[&Series], progress: Progress<'_>) -> Drivers {
    let rows = candidate::rows(series);
    let mut found = Drivers { n: rows.len() as u64, used: rows.len() as u64, ..Drivers::default() };
    if rows.len() < MIN_ROWS {
        found.notes.push(format!("{} rows are not enough: {MIN_ROWS} are needed", rows.len()));
        return found;
    }
    let mut dimensions = candidate::dimensions(&rows);
    let derived: Vec<Levels> =
        candidate::start(&rows).into_iter().chain(candidate::position(&rows, &dimensions)).collect();
    let mut columns = candidate::columns(&rows, others);
    columns.retain(|column| match candidate::is_no_driver(&series.metric, &column.metric) {
        Some(reason) => {
            found.left_out.push((Arc::clone(&column.name), reason.to_owned()));
            false
        }
        None => true,
    });
    let same = merge_same(&mut dimensions);
    leave_out(&mut dimensions, &mut found.left_out);
    let mut levels = dimensions;
    levels.extend(derived);
    let values = thin(&rows, &mut levels, &mut columns);
    found.used = values.len() as u64;
    if values.iter().all(|value| *value == values[0]) {
        found.notes.push("all rows have the same value".into());
        return found;
    }
    let cold: Vec<bool> = thinned(&rows).map(|row| row.value.is_cold).collect();
    let better = series.metric.better();
    let (of_levels, of_columns) = (progress.part(0.2, 0.5), progress.part(0.5, 0.6));
    let ranked = of_levels.each(levels.iter()).filter_map(|levels| by_levels(&values, &cold, levels, better));
    found.ranked.extend(ranked);
    found.ranked.extend(of_columns.each(columns.iter()).filter_map(|column| by_column(&values, column)));
    for (driver, p) in adjust(&found.ranked) {
        found.ranked[driver].p_adjusted = p;
    }
    for driver in &mut found.ranked {
        driver.same_as =
            same.iter().filter(|(kept, _)| *kept == driver.name).map(|(_, gone)| Arc::clone(gone)).collect();
    }
    progress.at(0.6);
    confound::find(&values, &levels, &columns, series, &mut found.ranked);
    found.ranked.sort_by(order);
    progress.at(0.9);
    notes::add(&values, &levels, &columns, series, &mut found);
    found
}

fn order(a: &Driver, b: &Driver) -> Ordering {
    let rank = |driver: &Driver| (!driver.is_found(), !driver.confounded.is_empty());
    rank(a)
        .cmp(&rank(b))
        .then_with(|| b.effect.size().total_cmp(&a.effect.size()))
        .then_with(|| a.name.cmp(&b.name))
}

fn adjust(drivers: &[Driver]) -> Vec<(usize, f64)> {
    let p: Vec<f64> = drivers.iter().map(|driver| driver.effect.p).collect();
    adjusted(&p).into_iter().enumerate().collect()
}

/// Dimensions that part the rows alike are one candidate, under the first name; which name
/// stands for which others.
fn merge_same(dimensions: &mut Vec<Levels>) -> Vec<(Arc<str>, Arc<str>)> {
    let mut same = Vec::new();
    let mut kept: Vec<Levels> = Vec::new();
    for levels in std::mem::take(dimensions) {
        match kept.iter().find(|known| known.refines(&levels) && levels.refines(known)) {
            Some(known) => same.push((Arc::clone(&known.name), levels.name)),
            None => kept.push(levels),
        }
    }
    *dimensions = kept;
    same
}

/// Takes out what cannot be judged: names of whole configurations, and what is different
/// in every row.
fn leave_out(dimensions: &mut Vec<Levels>, left_out: &mut Vec<(Arc<str>, String)>) {
    let finer = |levels: &Levels| -> Vec<Arc<str>> {
        let others = dimensions.iter().filter(|other| other.name != levels.name && levels.refines(other));
        others.map(|other| Arc::clone(&other.name)).collect()
    };
    let mut reasons: Vec<Option<String>> = Vec::new();
    for levels in dimensions.iter() {
        let parts = finer(levels);
        let rows = levels.of_row.iter().flatten().count();
        reasons.push(if parts.len() > 1 {
            Some(format!("names a combination of {}", parts.join(", ")))
        } else if levels.names.len() == rows {
            Some("is different in every row".to_owned())
        } else {
            None
        });
    }
    let mut reasons = reasons.into_iter();
    dimensions.retain(|levels| match reasons.next().flatten() {
        Some(reason) => {
            left_out.push((Arc::clone(&levels.name), reason));
            false
        }
        None => true,
    });
}

/// Every so many rows, from the first on.
fn thinned<'r, 'a>(rows: &'r [Row<'a>]) -> impl Iterator<Item = &'r Row<'a>> {
    rows.iter().step_by(rows.len().div_ceil(MAX_ROWS).max(1))
}

fn thin(rows: &[Row<'_>], levels: &mut [Levels], columns: &mut [Column]) -> Vec<f64> {
    let step = rows.len().div_ceil(MAX_ROWS).max(1);
    if step > 1 {
        for levels in levels {
            levels.of_row = levels.of_row.iter().step_by(step).copied().collect();
        }
        for column in columns {
            column.of_row = column.of_row.iter().step_by(step).copied().collect();
        }
    }
    thinned(rows).map(|row| row.value.number).collect()
}

/// The values of the rows that have a level, and their levels.
fn with_level(values: &[f64], levels: &Levels) -> (Vec<f64>, Vec<usize>) {
    values.iter().zip(&levels.of_row).filter_map(|(value, level)| Some((*value, (*level)?))).unzip()
}

fn by_levels(values: &[f64], cold: &[bool], levels: &Levels, better: Option<Better>) -> Option<Driver> {
    let (own, of_row) = with_level(values, levels);
    if own.len() < MIN_ROWS {
        return None;
    }
    let effect = effect::of_levels(&own, &of_row, &vec![0; own.len()])?;
    let mut cells: Vec<(Vec<f64>, u64)> = vec![(Vec::new(), 0); levels.names.len()];
    for ((value, level), is_cold) in values.iter().zip(&levels.of_row).zip(cold) {
        if let Some(level) = level {
            cells[*level].0.push(*value);
            cells[*level].1 += u64::from(*is_cold);
        }
    }
    let level = |(name, (values, cold)): (&Arc<str>, &(Vec<f64>, u64))| {
        let median = median(values)?;
        Some(Level { value: Arc::clone(name), n: values.len() as u64, cold: *cold, median })
    };
    let mut described: Vec<Level> = levels.names.iter().zip(&cells).filter_map(level).collect();
    described.sort_by(|a, b| match better {
        Some(Better::Higher) => b.median.total_cmp(&a.median),
        Some(Better::Lower) | None => a.median.total_cmp(&b.median),
    });
    let correlation = levels.numbers().and_then(|numbers| {
        let numbers: Vec<f64> = of_row.iter().map(|level| numbers[*level]).collect();
        spearman(&numbers, &own)
    });
    Some(Driver {
        name: Arc::clone(&levels.name),
        sort: levels.sort,
        detail: levels.detail.clone(),
        n: own.len() as u64,
        effect,
        p_adjusted: 1.0,
        correlation,
        levels: described,
        same_as: Vec::new(),
        confounded: Vec::new(),
    })
}

fn by_column(values: &[f64], column: &Column) -> Option<Driver> {
    let (own, other): (Vec<f64>, Vec<f64>) =
        values.iter().zip(&column.of_row).filter_map(|(value, other)| Some((*value, (*other)?))).unzip();
    if own.len() < MIN_ROWS {
        return None;
    }
    let (effect, correlation) = effect::of_column(&own, &other)?;
    Some(Driver {
        name: Arc::clone(&column.name),
        sort: Sort::Measured,
        detail: None,
        n: own.len() as u64,
        effect,
        p_adjusted: 1.0,
        correlation: Some(correlation),
        levels: Vec::new(),
        same_as: Vec::new(),
        confounded: Vec::new(),
    })
}
