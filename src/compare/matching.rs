//! Which series of the one side stands against which of the other, and which of their runs.

use std::collections::BTreeMap;

use crate::metrics::series::{Nature, Series};

/// Series of both sides that say the same metric of the same group; at least one is there.
#[derive(Debug)]
pub struct Pair {
    /// The base's.
    pub base: Option<Series>,
    /// The candidate's.
    pub candidate: Option<Series>,
}

impl Pair {
    /// Has a side values of more than one configuration?
    pub fn has_several_configurations(&self) -> bool {
        let has_several = |series: &Series| {
            let mut groups = series.values.iter().map(|value| value.group);
            let first = groups.next();
            groups.any(|group| Some(group) != first)
        };
        [&self.base, &self.candidate].into_iter().flatten().any(has_several)
    }
}

/// Matches the series of both sides, in the order in which series are listed. Of samples in
/// two fields of other names, one on each side, the metric is enough. Statements of
/// documents that one side alone makes are only counted.
pub fn pairs(base: Vec<Series>, candidate: Vec<Series>) -> (Vec<Pair>, usize) {
    let mut groups: BTreeMap<_, (Vec<Series>, Vec<Series>)> = BTreeMap::new();
    for (series, is_candidate) in base
        .into_iter()
        .map(|series| (series, false))
        .chain(candidate.into_iter().map(|series| (series, true)))
    {
        let key =
            (series.metric.rank(), series.metric.name().to_owned(), series.nature, series.group.clone());
        let (of_base, of_candidate) = groups.entry(key).or_default();
        if is_candidate { of_candidate.push(series) } else { of_base.push(series) }
    }
    let mut pairs = Vec::new();
    let mut dropped = 0;
    for ((_, _, nature, _), (base, mut candidate)) in groups {
        let mut alone = Vec::new();
        for series in base {
            match candidate.iter().position(|other| other.field == series.field) {
                Some(at) => {
                    pairs.push(Pair { base: Some(series), candidate: Some(candidate.remove(at)) });
                }
                None => alone.push(series),
            }
        }
        if nature == Nature::Sample && alone.len() == 1 && candidate.len() == 1 {
            pairs.push(Pair { base: alone.pop(), candidate: candidate.pop() });
        }
        if nature == Nature::Stated {
            dropped += alone.len() + candidate.len();
            continue;
        }
        pairs.extend(alone.into_iter().map(|series| Pair { base: Some(series), candidate: None }));
        pairs.extend(candidate.into_iter().map(|series| Pair { base: None, candidate: Some(series) }));
    }
    (pairs, dropped)
}

/// Which runs of a pair are compared: like with like where both sides have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColdRule {
    /// There is nothing to set apart, or it was not wanted.
    All,
    /// Both sides have warm runs.
    Warm,
    /// One side has only cold runs, and the other has cold ones too.
    Cold,
    /// One side has only cold runs, the other only warm ones.
    Unlike,
}

impl ColdRule {
    /// The rule for a pair.
    pub fn of(pair: &Pair, with_cold: bool) -> Self {
        let has = |is_cold: bool| {
            let holds = |series: &Option<Series>| {
                series.as_ref().is_none_or(|series| {
                    series.values.is_empty() || series.values.iter().any(|value| value.is_cold == is_cold)
                })
            };
            holds(&pair.base) && holds(&pair.candidate)
        };
        let has_cold = [&pair.base, &pair.candidate]
            .into_iter()
            .flatten()
            .any(|series| series.values.iter().any(|value| value.is_cold));
        match () {
            () if with_cold || !has_cold => Self::All,
            () if has(false) => Self::Warm,
            () if has(true) => Self::Cold,
            () => Self::Unlike,
        }
    }
    /// Is a run compared?
    pub fn takes(self, is_cold: bool) -> bool {
        match self {
            Self::All | Self::Unlike => true,
            Self::Warm => !is_cold,
            Self::Cold => is_cold,
        }
    }
    /// What a reader must know of it.
    pub fn note(self) -> Option<&'static str> {
        match self {
            Self::All | Self::Warm => None,
            Self::Cold => Some("cold runs alone: one side has no warm one"),
            Self::Unlike => Some("cold runs against warm ones: the difference may be that of loading"),
        }
    }
}
