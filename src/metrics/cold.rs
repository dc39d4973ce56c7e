//! Which rows of a table paid for loading the model: cold ones, beside warm ones. Pure.
//!
//! Where the load duration is known, or follows from other times, it says so itself: loads
//! of one model on one machine fall into two heaps. Where it is not, only the first row
//! after a change of model or configuration can be cold, and is when it is far from the rest.

use std::{hash::Hash as _, sync::Arc};

use super::{
    names::{Class, Known},
    rows::{Groups, Rows, follows_unit_column},
    series::Group,
    shared::{self, ByHash, hash_of},
    stats::percentile,
};
use crate::ingest::{
    cells::{CellRef, FastMap},
    file::{Column, Rank, Table},
};

/// Under the name of this dimension a value's start can be asked for …
pub const START: &str = "start";
/// … as one of these.
pub const COLD: &str = "cold";
/// See [`COLD`].
pub const WARM: &str = "warm";

/// Cold is at least so many times what warm is. A load from disk takes ten to a thousand
/// times as long as finding the weights in place, and a first token after one five times and
/// more; times of warm runs differ by a factor of two on a busy machine.
const FAR: f64 = 3.0;
/// Loads that differ by less are the noise of a clock, however many times one is the other.
const LEAST_LOAD_MS: f64 = 50.0;
/// The warm level is that of two rows at the least: one alone may be anything.
const WARM_ROWS: usize = 2;
/// The warm level is looked for from the lower quarter on: of the rows of a sweep that loads
/// anew for most configurations the half may be cold, and more.
const WARM_SHARE: usize = 4;
/// One row in so many may stand between the heaps: in long tables something always hiccups.
const STRAYS_EVERY: usize = 50;
/// A first row is cold only so many deviations above the others …
const DEVIATIONS: f64 = 5.0;
/// … which are 1.4826 times the median absolute one: so it estimates a normal σ (Rousseeuw
/// and Croux 1993).
const MAD_TO_SIGMA: f64 = 1.4826;
/// The share of a run's other rows that a first row must be far from; one in ten may be slow
/// for a reason of its own.
const REST_SHARE: (usize, usize) = (9, 10);

/// What is loaded, and where to.
pub(super) const SUBJECT: [&str; 4] = ["backend", "device", "model", "quantization"];
/// What a runtime changes without loading anything: how it samples, what it is asked.
const LOADS_NOTHING: [&str; 15] = [
    "case",
    "context",
    "min_p",
    "n_gen",
    "n_prompt",
    "num_predict",
    "prompt_index",
    "repeat_penalty",
    "request_rate",
    "run",
    "temperature",
    "test_name",
    "tone",
    "top_k",
    "top_p",
];

fn loads_something(key: &str) -> bool {
    !LOADS_NOTHING.contains(&key)
}

/// Marks the cold rows; empty when there are none.
pub(in crate::metrics) fn marks(table: &Table, rows: &Rows) -> Vec<bool> {
    if table.rank == Rank::Stated || table.rows() <= WARM_ROWS {
        return Vec::new();
    }
    let times = Times { table, rows };
    let cold = if let Some(load) = times.load() {
        by_load(&load, &subjects(&rows.groups))
    } else if let Some(cost) = times.cost() {
        if !are_far_apart(&cost) {
            return Vec::new();
        }
        let by_row = one_each(rows.groups.list(), table.rows());
        let loads = |key: &str| loads_something(key) && !by_row.contains(&key);
        by_first(&cost, &subjects(&rows.groups), &ids(&rows.groups, loads))
    } else {
        Vec::new()
    };
    if cold.contains(&true) { cold } else { Vec::new() }
}

/// Is any cost so many times another that one of them could be a cold run's? Most tables need
/// no closer look.
fn are_far_apart(cost: &[f64]) -> bool {
    let finite = || cost.iter().copied().filter(|cost| cost.is_finite());
    let (least, most) =
        finite().fold((f64::INFINITY, 0.0_f64), |(least, most), cost| (least.min(cost), most.max(cost)));
    most >= least * FAR
}

/// The times of a table by row, in their canonical units; NaN where a row has none or failed.
struct Times<'a> {
    table: &'a Table,
    rows: &'a Rows,
}

impl Times<'_> {
    /// Load durations in ms, or what is left of a longer time without its other parts.
    fn load(&self) -> Option<Vec<f64>> {
        if let Some(load) = self.column(Known::LoadDuration) {
            return Some(load);
        }
        let prompt = self.column(Known::PromptEvalDuration)?;
        let rest = |whole: Vec<f64>, parts: &[&[f64]]| {
            let left = whole.iter().enumerate().map(|(row, whole)| {
                let left = parts.iter().fold(*whole, |left, part| left - part[row]);
                // Rounding must not make it negative; `max` would make a number of NaN.
                if left < 0.0 { 0.0 } else { left }
            });
            left.collect::<Vec<f64>>()
        };
        let whole = self.column(Known::TotalDuration).zip(self.column(Known::EvalDuration));
        whole.map(|(total, eval)| rest(total, &[&prompt, &eval])).or_else(|| {
            let ttft = self.column(Known::Ttft)?;
            Some(rest(ttft, &[&prompt]))
        })
    }

    /// What a run took, in any unit: the time that shows a load best.
    fn cost(&self) -> Option<Vec<f64>> {
        [Known::Ttft, Known::TotalDuration, Known::Latency]
            .into_iter()
            .find_map(|known| self.column(known))
            .or_else(|| {
                let rates = self.column(Known::Throughput)?;
                Some(rates.into_iter().map(|rate| if rate > 0.0 { 1.0 / rate } else { f64::NAN }).collect())
            })
    }

    /// The first column of samples of a metric.
    fn column(&self, known: Known) -> Option<Vec<f64>> {
        let has_own_units = |column: &Column| {
            self.rows.unit_column.is_some() && column.unit.is_none() && follows_unit_column(&column.name)
        };
        self.table.columns.iter().zip(&self.rows.classes).find_map(|(column, class)| {
            let Class::Metric(measure) = class else { return None };
            if measure.metric.known() != Some(known)
                || measure.statistic.is_some()
                || column.name.starts_with("../")
                || has_own_units(column)
            {
                return None;
            }
            // Rows that sum others up ran no more than those that failed.
            let is_run =
                |row: usize| !self.rows.failed[row] && self.rows.statistic(self.table, row).is_none();
            let numbers = column.cells.iter().enumerate().map(|(row, cell)| match cell {
                CellRef::Number(number) if is_run(row) => measure.scale.convert(number),
                _ => f64::NAN,
            });
            let numbers: Vec<f64> = numbers.collect();
            numbers.iter().any(|number| number.is_finite()).then_some(numbers)
        })
    }
}

/// Numbers the rows by what is loaded: equal subjects, equal numbers.
fn subjects(groups: &Groups) -> Vec<u32> {
    // Equal ones are one allocation, which is held here.
    let mut known: Vec<Arc<Group>> = Vec::new();
    let mut by_address: FastMap<usize, u32> = FastMap::default();
    let mut ids: Vec<u32> = Vec::with_capacity(groups.list().len());
    for group in groups.list() {
        let subject = shared::parts_of(group).subject;
        let id = match known.last() {
            Some(last) if Arc::ptr_eq(last, &subject) => known.len() as u32 - 1,
            None => 0,
            Some(last) => {
                by_address.entry(Arc::as_ptr(last).addr()).or_insert(known.len() as u32 - 1);
                by_address.get(&Arc::as_ptr(&subject).addr()).copied().unwrap_or(known.len() as u32)
            }
        };
        if id == known.len() as u32 {
            known.push(subject);
        }
        ids.push(id);
    }
    by_row(groups, &ids)
}

/// What is said of the configurations, row by row.
fn by_row(groups: &Groups, ids: &[u32]) -> Vec<u32> {
    groups.of_row().iter().map(|&group| ids[group as usize]).collect()
}

/// Numbers the rows by some of their dimensions: equal ones, equal numbers.
fn ids<'g>(groups: &'g Groups, takes: impl Fn(&str) -> bool) -> Vec<u32> {
    let mut known: ByHash<(&'g Arc<Group>, u32)> = ByHash::default();
    let mut next = 0;
    let mut ids: Vec<u32> = Vec::with_capacity(groups.list().len());
    for group in groups.list() {
        let own_of = |group: &'g Arc<Group>| group.0.iter().filter(|(key, _)| takes(key));
        let hash = hash_of(|hasher| own_of(group).for_each(|pair| pair.hash(hasher)));
        let is_same = |(one, _): &(&'g Arc<Group>, u32)| own_of(one).eq(own_of(group));
        let id = known.find(hash, is_same, || (group, next)).1;
        next = next.max(id + 1);
        ids.push(id);
    }
    by_row(groups, &ids)
}

/// Dimensions that give nearly every row a value of its own: they name the row.
fn one_each(distinct: &[Arc<Group>], rows: usize) -> Vec<&str> {
    // No dimension has more values than there are groups.
    if distinct.len() * 2 <= rows {
        return Vec::new();
    }
    let mut keys: Vec<&str> = distinct.iter().flat_map(|group| &group.0).map(|(key, _)| &**key).collect();
    // The groups of a table mostly have the same keys in the same order.
    keys.sort_unstable();
    keys.dedup();
    let mut values: Vec<&str> = Vec::with_capacity(distinct.len());
    keys.retain(|key| {
        if !loads_something(key) {
            // Whoever asks leaves it out anyway.
            return false;
        }
        values.clear();
        values.extend(distinct.iter().filter_map(|group| group.get(key).map(|value| &**value)));
        values.sort_unstable();
        values.dedup();
        values.len() * 2 > rows
    });
    keys
}

/// Loads far above the warm level of their subject.
fn by_load(load: &[f64], subjects: &[u32]) -> Vec<bool> {
    let mut cold = vec![false; load.len()];
    for rows in by_subject(load, subjects) {
        let mut sorted: Vec<f64> = rows.iter().map(|&row| load[row]).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let Some(from) = cold_from(&sorted) else { continue };
        for row in rows {
            cold[row] = load[row] >= from;
        }
    }
    cold
}

/// The rows with a number, by subject.
fn by_subject(numbers: &[f64], subjects: &[u32]) -> Vec<Vec<usize>> {
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for (row, &subject) in subjects.iter().enumerate() {
        let subject = subject as usize;
        if rows.len() <= subject {
            rows.resize_with(subject + 1, Vec::new);
        }
        if numbers[row].is_finite() {
            rows[subject].push(row);
        }
    }
    rows
}

/// The smallest of the cold loads: above the lowest gap that parts the sorted loads into two
/// heaps. Noise has no such gap, so it gives `None`, as do equal loads.
fn cold_from(sorted: &[f64]) -> Option<f64> {
    let count = sorted.len();
    let strays = count / STRAYS_EVERY;
    let lowest = (count.checked_sub(1)? / WARM_SHARE).max(WARM_ROWS - 1);
    for last_warm in lowest..count.saturating_sub(1) {
        let end = sorted[last_warm] * FAR;
        let from = sorted.partition_point(|load| *load < end).max(last_warm + 1);
        let &least = sorted.get(from)?;
        let between = from - last_warm - 1;
        let warm = percentile(&sorted[..=last_warm], 50.0)?;
        if between <= strays && count - from > between && least - warm >= LEAST_LOAD_MS {
            return Some(least);
        }
    }
    None
}

/// First rows of runs of one configuration that are far from the rest.
fn by_first(cost: &[f64], subjects: &[u32], configurations: &[u32]) -> Vec<bool> {
    let mut cold = vec![false; cost.len()];
    for rows in by_subject(cost, subjects) {
        // A row of another model in between ends a run as well: it may have put this one out.
        let is_same = |&one: &usize, &next: &usize| {
            configurations[one] == configurations[next]
                && (one + 1..next).all(|row| subjects[row] == subjects[one] || cost[row].is_nan())
        };
        let runs: Vec<&[usize]> = rows.chunk_by(is_same).collect();
        let costs = |rows: &[usize]| {
            let mut costs: Vec<f64> = rows.iter().map(|&row| cost[row]).collect();
            costs.sort_unstable_by(f64::total_cmp);
            costs
        };
        let later: Vec<usize> = runs.iter().flat_map(|run| &run[1..]).copied().collect();
        let limit = limit(&costs(&later));
        for (index, run) in runs.iter().enumerate() {
            let Some((&first, rest)) = run.split_first() else { continue };
            let (rest, limit) = match (rest.is_empty(), index) {
                (false, _) => (costs(rest), limit),
                // Alone in its configuration: only what came before all others can have
                // paid for a load and not for its settings.
                (true, 0) => {
                    let rest = costs(&rows[1..]);
                    let limit = self::limit(&rest);
                    (rest, limit)
                }
                (true, _) => continue,
            };
            let high = rest.len() * REST_SHARE.0 / REST_SHARE.1;
            cold[first] = rest
                .get(high.min(rest.len().saturating_sub(1)))
                .zip(limit)
                .is_some_and(|(&high, limit)| cost[first] >= high * FAR && cost[first] > limit);
        }
    }
    cold
}

/// What no warm row exceeds: the median and several deviations, of sorted times.
fn limit(sorted: &[f64]) -> Option<f64> {
    if sorted.len() < WARM_ROWS {
        return None;
    }
    let median = percentile(sorted, 50.0)?;
    let mut deviations: Vec<f64> = sorted.iter().map(|time| (time - median).abs()).collect();
    deviations.sort_unstable_by(f64::total_cmp);
    Some(median + DEVIATIONS * MAD_TO_SIGMA * percentile(&deviations, 50.0)?)
}

#[cfg(test)]
mod tests;
