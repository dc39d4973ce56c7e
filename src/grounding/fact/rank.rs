//! Which series facts are made of, and in which order a reader wants them.

use std::collections::HashMap;

use crate::metrics::{
    names::Better,
    series::{Nature, Series},
};

/// Groups of one metric that come before the next metric has its turn: a folder with a
/// hundred models must not hide TTFT behind a hundred lines of throughput.
const GROUPS_A_TURN: usize = 3;
/// A group with fewer runs is the best or worst only where all have as few.
const RUNS_THAT_SAY_SOMETHING: u64 = 3;

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

/// Samples before summaries, named groups before those without a name; of them the best
/// that rests on more than a few runs, the worst, then those with most runs.
fn order_groups(list: &mut [&Series]) {
    list.sort_by(|left, right| {
        (left.nature, left.group.0.is_empty())
            .cmp(&(right.nature, right.group.0.is_empty()))
            .then(right.stats.n.cmp(&left.stats.n))
            .then_with(|| left.group.cmp(&right.group))
            .then_with(|| left.field.cmp(&right.field))
    });
    let wanted = |least: u64| {
        let is_wanted = |series: &&&Series| {
            series.nature == Nature::Sample && !series.group.0.is_empty() && series.stats.n >= least
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

fn beats(left: &Series, right: &Series) -> bool {
    if left.unit != right.unit {
        return false;
    }
    match (left.metric.0.better, left.stats.median, right.stats.median) {
        (Some(Better::Higher), Some(left), Some(right)) => left > right,
        (Some(Better::Lower), Some(left), Some(right)) => left < right,
        _ => false,
    }
}
