//! Two sides held against each other: for each metric and group that both have, the
//! difference with its confidence, and what it means. Pure.
//!
//! Samples are tested; a single value, a summary made by others and a statement in a
//! document are shown beside each other as figures, with a difference and without a test.

pub mod delta;
mod dimensions;
mod matching;
pub mod rank;
mod row;
#[cfg(test)]
mod tests;
pub mod verdict;
mod warnings;

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
};

pub use self::{
    dimensions::{Compared, list},
    row::{Figures, Row, Test},
};
use self::{
    dimensions::{Dimensions, Plan},
    matching::{Pair, pairs},
    row::settle,
};
use crate::metrics::{
    cold,
    library::Library,
    progress::Progress,
    series::{Group, Nature, Series},
};

/// A difference below this does not matter in practice, unless somebody says otherwise.
pub const DEFAULT_THRESHOLD_PCT: f64 = 2.0;

/// Does a side take the rows of this file and group?
pub type Keep<'a> = dyn Fn(&str, &Group) -> bool + 'a;

/// What a file's bytes are known by, the line and the row in its table.
type Place = (Arc<str>, u32, u32);

/// One of the two.
pub struct Side<'a> {
    /// Where its values are.
    pub library: &'a Library,
    /// Which of them are its own.
    pub keep: Box<Keep<'a>>,
    /// The dimensions it was asked for by (`model` in `model=gemma3:270m`).
    pub named: Vec<Arc<str>>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// A difference below it does not matter, in percent.
    pub threshold_pct: f64,
    /// Dimensions to match groups by, besides the usual ones.
    pub group_by: Vec<Arc<str>>,
    /// Cold runs count like warm ones.
    pub with_cold: bool,
}

/// The table and what must be known to read it.
#[derive(Clone, Debug, Default)]
pub struct Comparison {
    /// In which dimensions the sides differ, as asked or found.
    pub compared: Vec<Compared>,
    /// Every setting of the sides with its values, those that differ first.
    pub configuration: Vec<Compared>,
    /// What rows of the table are matched by.
    pub matched_by: Vec<Arc<str>>,
    /// By metric, nature and group.
    pub rows: Vec<Row>,
    /// What makes the table doubtful.
    pub warnings: Vec<String>,
    /// What is good to know.
    pub notes: Vec<String>,
}

impl Side<'_> {
    fn select(&self, keys: &[Arc<str>]) -> Vec<Series> {
        let keys: Vec<&str> = keys.iter().map(|key| &**key).collect();
        self.library.select(&keys, &self.keep)
    }
    /// What groups are usually made of.
    fn usual_keys(&self) -> BTreeSet<Arc<str>> {
        let series = self.library.filtered(&self.keep);
        series.iter().flat_map(|series| series.group.0.iter().map(|(key, _)| Arc::clone(key))).collect()
    }
    /// The places of its samples, wherever the file lies: by what its bytes are known by.
    fn places(&self, series: &[Series]) -> HashSet<Place> {
        let mut places = HashSet::new();
        for series in series.iter().filter(|series| series.nature == Nature::Sample) {
            let digests: Vec<Arc<str>> = series
                .files
                .iter()
                .map(|path| {
                    self.library
                        .inventory
                        .get(path)
                        .map_or_else(|| Arc::clone(path), |file| Arc::clone(&file.digest))
                })
                .collect();
            for value in series.values.iter() {
                if let Some(digest) = digests.get(value.file as usize) {
                    places.insert((Arc::clone(digest), value.line, value.row));
                }
            }
        }
        places
    }
}

/// Series held against each other two by two, the base first, whatever their groups. Cold
/// runs are set apart where both sides have warm ones, and the p-values are adjusted over all
/// of the pairs.
pub fn compare_series(compared: &[(&Series, &Series)], threshold_pct: f64) -> Vec<Row> {
    let pair = |(base, candidate): &(&Series, &Series)| Pair {
        base: Some((*base).clone()),
        candidate: Some((*candidate).clone()),
    };
    let mut rows: Vec<Row> =
        compared.iter().filter_map(|sides| Row::of(&pair(sides), false, false)).collect();
    settle(&mut rows, threshold_pct);
    rows
}

/// Compares the candidate with the base, in the metrics that are wanted. The p-values are
/// adjusted over the rows that come out.
pub fn compare(
    base: &Side<'_>,
    candidate: &Side<'_>,
    options: &Options,
    is_wanted: &dyn Fn(&Series) -> bool,
) -> Comparison {
    compare_told(base, candidate, options, is_wanted, Progress::untold())
}

/// The same, telling how far it is.
pub fn compare_told(
    base: &Side<'_>,
    candidate: &Side<'_>,
    options: &Options,
    is_wanted: &dyn Fn(&Series) -> bool,
    progress: Progress<'_>,
) -> Comparison {
    let named: BTreeSet<Arc<str>> = base.named.iter().chain(&candidate.named).cloned().collect();
    let mut group_keys = base.usual_keys();
    group_keys.extend(candidate.usual_keys());
    group_keys.extend(options.group_by.iter().cloned());
    let all_keys: Vec<Arc<str>> = group_keys.union(&named).cloned().collect();
    let select = |side: &Side<'_>, keys: &[Arc<str>]| {
        let mut series = side.select(keys);
        series.retain(|series| is_wanted(series) && !series.is_spoken_for());
        series
    };
    let (base_all, candidate_all) = (select(base, &all_keys), select(candidate, &all_keys));
    // What documents state has dimensions of every kind: only where nothing was measured do
    // they say what is compared.
    let is_sample = |series: &&Series| series.nature == Nature::Sample;
    let has_samples = base_all.iter().any(|series| is_sample(&series))
        && candidate_all.iter().any(|series| is_sample(&series));
    let dimensions =
        |all: &[Series]| Dimensions::of(all.iter().filter(|series| is_sample(series) || !has_samples));
    let plan = Plan::of(&dimensions(&base_all), &dimensions(&candidate_all), &group_keys, &named);
    let figure_keys = {
        let figures = |all: &[Series]| Dimensions::of(all.iter().filter(|series| !is_sample(series)));
        dimensions::figure_keys(&figures(&base_all), &figures(&candidate_all), &plan)
    };
    let is_start_compared = plan.compared.iter().any(|compared| *compared.key == *cold::START);

    let cut = |side: &Side<'_>| {
        let mut series = select(side, &plan.keys);
        series.retain(|series| series.nature == Nature::Sample);
        let figures = select(side, &figure_keys);
        series.extend(figures.into_iter().filter(|series| series.nature != Nature::Sample));
        series
    };
    progress.at(0.1);
    let (found, unmatched_statements) = pairs(cut(base), cut(candidate));
    let mut rows: Vec<Row> = progress
        .part(0.2, 0.9)
        .each(found.iter())
        .filter_map(|pair| Row::of(pair, options.with_cold, is_start_compared))
        .collect();
    settle(&mut rows, options.threshold_pct);

    let mut comparison = Comparison {
        compared: plan.compared,
        configuration: plan.configuration,
        matched_by: plan.keys,
        rows,
        warnings: plan.warnings,
        notes: plan.notes,
    };
    comparison.look_at_places(&base.places(&base_all), &candidate.places(&candidate_all));
    comparison.look_at_rows();
    if !is_start_compared {
        comparison.look_at_cold(&found, options.with_cold);
    }
    if unmatched_statements > 0 {
        comparison
            .notes
            .push(format!("{unmatched_statements} statements of documents on one side only are not listed"));
    }
    comparison
}
