//! Which series facts are made of, in which order a reader wants them, and which of them can
//! be held against each other.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use crate::metrics::{
    names::Better,
    series::{Group, Nature, Series},
};

/// Groups of one metric that come before the next metric has its turn: a folder with a
/// hundred models must not hide TTFT behind a hundred lines of throughput.
const GROUPS_A_TURN: usize = 3;
/// A group with fewer runs is the best or worst only where all have as few.
pub const RUNS_THAT_SAY_SOMETHING: u64 = 3;

/// How much a reader wants a fact: what was measured before what others summarised, what
/// differs and is sure before what is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// What the folder holds.
    Folder,
    /// Median and number of runs of the groups that a reader meets first.
    Headline,
    /// Groups that surely differ, or surely do not.
    Difference,
    /// What may be a cause.
    Cause,
    /// Cold starts, failures, changes of level.
    Incident,
    /// The best configurations.
    Choice,
    /// The other statistics of those groups.
    Detail,
    /// Single values far out.
    Outlier,
    /// When the files were changed.
    Date,
    /// Differences that chance could make, and what only seems to be a cause.
    Doubt,
    /// Everything else.
    Rest,
}

/// The series that facts are made of, most wanted first.
pub fn ranked<'a>(all: &[&'a Series]) -> Vec<&'a Series> {
    let has_sample = |of: &Series| {
        all.iter().any(|series| {
            series.nature == Nature::Sample
                && series.stats.n > 0
                && series.metric == of.metric
                && series.group == of.group
        })
    };
    let mut by_metric: Vec<Vec<&Series>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for series in all {
        let wanted = match series.nature {
            Nature::Sample => true,
            Nature::Summary => !has_sample(series),
            Nature::Stated => false,
        };
        if !wanted || series.values.is_empty() || series.stats.median.is_none() {
            continue;
        }
        let place = *places.entry(series.metric.0.name.as_str()).or_insert_with(|| {
            by_metric.push(Vec::new());
            by_metric.len() - 1
        });
        if let Some(list) = by_metric.get_mut(place) {
            list.push(series);
        }
    }
    by_metric.sort_by_key(|list| {
        list.first().map(|series| {
            let entry = &series.metric.0;
            (entry.known.is_none(), entry.rank, entry.name.clone())
        })
    });
    for list in &mut by_metric {
        order_groups(list);
    }
    let turns = by_metric.iter().map(|list| list.len().div_ceil(GROUPS_A_TURN)).max().unwrap_or(0);
    (0..turns)
        .flat_map(|turn| {
            by_metric.iter().flat_map(move |list| list.iter().skip(turn * GROUPS_A_TURN).take(GROUPS_A_TURN))
        })
        .copied()
        .collect()
}

/// Samples before summaries, named groups before those without a name, those that most runs
/// tell apart by the same dimensions first; of them the best that rests on more than a few
/// runs, the worst, then those with most runs.
fn order_groups(list: &mut [&Series]) {
    let mut runs: BTreeMap<(Nature, Vec<Arc<str>>), u64> = BTreeMap::new();
    for series in list.iter() {
        *runs.entry((series.nature, keys(series))).or_default() += series.stats.n;
    }
    list.sort_by_cached_key(|series| {
        let keys = keys(series);
        let of_keys = runs.get(&(series.nature, keys.clone())).copied().unwrap_or_default();
        let behind = std::cmp::Reverse;
        (
            (series.nature, keys.is_empty(), behind(of_keys), keys),
            (behind(series.stats.n), Arc::clone(&series.group), Arc::clone(&series.field)),
        )
    });
    let Some(first) = list.first().copied() else { return };
    let wanted = |least: u64| {
        let is_wanted = |series: &&&Series| {
            series.nature == Nature::Sample
                && !series.group.0.is_empty()
                && series.stats.n >= least
                && keys(series) == keys(first)
        };
        list.iter().take_while(is_wanted).count()
    };
    let count = [RUNS_THAT_SAY_SOMETHING, 1].into_iter().map(wanted).find(|count| *count > 1).unwrap_or(0);
    let Some((list, _)) = list.split_at_mut_checked(count) else { return };
    for (place, better_first) in [(0, true), (1, false)] {
        let rest = list.get_mut(place..).unwrap_or_default();
        let found = rest
            .iter()
            .enumerate()
            .reduce(|best, next| {
                let is_next = if better_first { beats(next.1, best.1) } else { beats(best.1, next.1) };
                if is_next { next } else { best }
            })
            .map_or(0, |(index, _)| index);
        if let Some(head) = rest.get_mut(..=found) {
            head.rotate_right(1);
        }
    }
}

/// Which of the ranked series can be held against each other: samples of one metric and unit
/// whose groups are told apart by the same dimensions, each group once, by the field that has
/// most of its runs. Groups of few runs are left out where others have more.
pub fn families(ranked: &[&Series]) -> Vec<Vec<usize>> {
    let mut families: Vec<Vec<usize>> = Vec::new();
    let mut places: HashMap<(&str, &str, Vec<Arc<str>>), usize> = HashMap::new();
    let mut of_group: HashMap<(usize, &Group), usize> = HashMap::new();
    for (index, series) in ranked.iter().enumerate() {
        if series.nature != Nature::Sample || series.group.0.is_empty() {
            continue;
        }
        let key = (series.metric.name(), series.unit.symbol(), keys(series));
        let family = *places.entry(key).or_insert_with(|| {
            families.push(Vec::new());
            families.len() - 1
        });
        let Some(members) = families.get_mut(family) else { continue };
        let member = *of_group.entry((family, &*series.group)).or_insert(members.len());
        match members.get_mut(member) {
            None => members.push(index),
            Some(known) => {
                if ranked.get(*known).is_some_and(|known| series.stats.n > known.stats.n) {
                    *known = index;
                }
            }
        }
    }
    for family in &mut families {
        let says_something =
            |index: &usize| ranked.get(*index).is_some_and(|it| it.stats.n >= RUNS_THAT_SAY_SOMETHING);
        if family.iter().filter(|index| says_something(index)).count() > 1 {
            family.retain(says_something);
        }
        family.sort_unstable();
    }
    families
}

/// The dimensions that tell a series from others.
fn keys(series: &Series) -> Vec<Arc<str>> {
    series.group.0.iter().map(|(key, _)| Arc::clone(key)).collect()
}

/// Is the median of the one better than that of the other?
pub fn beats(left: &Series, right: &Series) -> bool {
    if left.unit != right.unit {
        return false;
    }
    match (left.metric.0.better, left.stats.median, right.stats.median) {
        (Some(Better::Higher), Some(left), Some(right)) => left > right,
        (Some(Better::Lower), Some(left), Some(right)) => left < right,
        _ => false,
    }
}
