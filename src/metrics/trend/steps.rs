//! Steps in a sequence of values: seeded binary segmentation (Kovács, Li, Bühlmann, Munk
//! 2020), with the values beyond Tukey's fences of their segment moved onto them: one stalled
//! row is no step, and hides none.
//!
//! A split is measured by the difference of the means of its two sides, weighted by their
//! sizes (CUSUM), in the whole segment and in shorter intervals of it, so that a level
//! that is left and taken again does not hide. The largest is compared with that of shuffles
//! of the same segment: no penalty is tuned, a segment is split when at most [`ALPHA`] of
//! the shuffles reach it. At the end each step is placed again between its neighbours and
//! dropped when it no longer counts there.

use std::ops::Range;

use super::{ALPHA, MIN_SEGMENT, slope::mann_kendall_of_all};
use crate::metrics::{
    ranks::{centred, median, permutation_p, ranks, shuffle},
    stats::{SplitMix64, percentile},
};

/// The same values give the same steps, today and tomorrow.
const SEED: u64 = 0x57E9_5EED_0000_0003;
/// Tukey's fences stand so many interquartile ranges away.
const FENCE: f64 = 1.5;
/// More steps than this are no steps but another shape; it bounds the work.
const MAX_STEPS: usize = 50;
/// A drift that is taken for a staircase has more steps than this.
const FEW_STEPS: usize = 2;
/// Up to this p the values move between the steps too.
const STILL_MOVING: f64 = 0.05;
/// Intervals down to this part of a long segment: shorter ones cost more than they find,
/// and the parts of a split are looked at again.
const FINEST: usize = 16;

/// A place where the level changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    /// Index of the first value after it.
    pub at: usize,
    /// Share of shuffles that split as clearly.
    pub p: f64,
}

/// The steps in order.
#[expect(clippy::single_range_in_vec_init, reason = "a list of segments, at first of one")]
pub fn find(values: &[f64]) -> Vec<Cut> {
    let mut cuts: Vec<Cut> = Vec::new();
    let mut open: Vec<Range<usize>> = vec![0..values.len()];
    while let Some(segment) = open.pop() {
        if cuts.len() >= MAX_STEPS {
            break;
        }
        if let Some(cut) = split(values, segment.clone()) {
            open.extend([segment.start..cut.at, cut.at..segment.end]);
            cuts.push(cut);
        }
    }
    cuts.sort_by_key(|cut| cut.at);
    refine(values, cuts)
}

/// Places each step between its neighbours and drops those that no longer count.
#[expect(clippy::single_range_in_vec_init, reason = "a list of segments of which there is one")]
fn refine(values: &[f64], mut cuts: Vec<Cut>) -> Vec<Cut> {
    let mut index = 0;
    while index < cuts.len() {
        let start = index.checked_sub(1).map_or(0, |before| cuts[before].at);
        let end = cuts.get(index + 1).map_or(values.len(), |after| after.at);
        // One step is left between the neighbours: the whole segment places it best.
        match split_by(values, start..end, |len| vec![0..len]) {
            Some(cut) => cuts[index] = cut,
            None if split(values, start..end).is_some() => {}
            None => {
                cuts.remove(index);
                continue;
            }
        }
        index += 1;
    }
    cuts
}

/// The clearest split of a segment or of an interval of it, when it counts.
fn split(values: &[f64], segment: Range<usize>) -> Option<Cut> {
    split_by(values, segment, intervals)
}

fn split_by(
    values: &[f64],
    segment: Range<usize>,
    intervals: impl Fn(usize) -> Vec<Range<usize>>,
) -> Option<Cut> {
    let start = segment.start;
    let own = values.get(segment)?;
    if own.len() < 2 * MIN_SEGMENT {
        return None;
    }
    let mut scores = scores(own)?;
    let intervals = intervals(own.len());
    let mut sums = Vec::with_capacity(own.len() + 1);
    let (at, observed) = clearest(&scores, &intervals, &mut sums);
    let mut random = SplitMix64(SEED);
    let moved: usize = intervals.iter().map(Range::len).sum();
    let p = permutation_p(moved, observed, || {
        shuffle(&mut scores, &mut random);
        clearest(&scores, &intervals, &mut sums).1
    });
    (p <= ALPHA).then_some(Cut { at: start + at, p })
}

/// The values around their mean, those beyond Tukey's fences on them; ranks where more than
/// half of the values are equal, so that there are no fences. `None` where all are equal.
fn scores(values: &[f64]) -> Option<Vec<f64>> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let (low, high) = percentile(&sorted, 25.0).zip(percentile(&sorted, 75.0))?;
    let reach = FENCE * (high - low);
    let clipped = values.iter().map(|value| value.clamp(low - reach, high + reach));
    let scores = if reach > 0.0 { centred(&clipped.collect::<Vec<_>>()) } else { centred(&ranks(values)) };
    scores.iter().any(|score| *score != 0.0).then_some(scores)
}

/// Intervals of a segment: of falling length, each shorter by the root of two, half
/// overlapping; none that could not hold two parts, or so short that many rows would make
/// too many of them.
fn intervals(len: usize) -> Vec<Range<usize>> {
    let shortest = (2 * MIN_SEGMENT).max(len / FINEST);
    let mut intervals = Vec::new();
    let mut length = len as f64;
    while length >= shortest as f64 {
        let own = length.round() as usize;
        let count = if own >= len { 1 } else { (2 * len).div_ceil(own) };
        intervals.extend((0..count).map(|index| {
            let start = if count > 1 { (len - own) * index / (count - 1) } else { 0 };
            start..start + own
        }));
        length /= std::f64::consts::SQRT_2;
    }
    intervals
}

/// The split with the largest statistic of all intervals, and that.
fn clearest(scores: &[f64], intervals: &[Range<usize>], sums: &mut Vec<f64>) -> (usize, f64) {
    sums.clear();
    sums.push(0.0);
    let mut sum = 0.0;
    for score in scores {
        sum += score;
        sums.push(sum);
    }
    let mut best = (0, 0.0);
    for Range { start, end } in intervals.iter().cloned() {
        let (len, whole) = ((end - start) as f64, sums[end] - sums[start]);
        for at in start + MIN_SEGMENT..=end - MIN_SEGMENT {
            let (before, after) = ((at - start) as f64, (end - at) as f64);
            let difference = (sums[at] - sums[start]) * len - whole * before;
            let statistic = difference * difference / (len * before * after);
            if statistic > best.1 {
                best = (at, statistic);
            }
        }
    }
    best
}

/// Are the values better described by levels than by a line? So where they do not rise or
/// fall between a step or two as well; else by the sum of absolute deviations and, for each
/// number that a description needs, its price (the information criterion of Schwarz
/// for double exponential noise): a level and a place for each step, two for a line.
pub fn describe_better(values: &[f64], cuts: &[Cut], slope: Option<f64>) -> bool {
    let n = values.len() as f64;
    let mut bounds: Vec<usize> = vec![0];
    bounds.extend(cuts.iter().map(|cut| cut.at));
    bounds.push(values.len());
    let segments: Vec<&[f64]> = bounds.windows(2).map(|ends| &values[ends[0]..ends[1]]).collect();
    let Some(slope) = slope else { return true };
    if cuts.len() <= FEW_STEPS && mann_kendall_of_all(&segments) > STILL_MOVING {
        return true;
    }
    let around = |values: &[f64]| {
        let middle = median(values).unwrap_or_default();
        values.iter().map(|value| (value - middle).abs()).sum::<f64>()
    };
    let levels: f64 = segments.iter().map(|segment| around(segment)).sum();
    let flattened: Vec<f64> =
        values.iter().enumerate().map(|(index, value)| value - slope * index as f64).collect();
    let line = around(&flattened);
    let price = |sum: f64, numbers: f64| 2.0 * n * (sum / n).max(f64::MIN_POSITIVE).ln() + numbers * n.ln();
    price(levels, 2.0 * cuts.len() as f64 + 1.0) <= price(line, 2.0)
}
