//! What a difference means: the rule that makes a verdict of it, and how many more runs
//! would settle one that is unclear.
//!
//! The rule, with the threshold `t` (a difference that matters in practice, in percent):
//!
//! | verdict | when |
//! |---|---|
//! | better, worse | the whole interval lies beyond `t` on one side, the adjusted p-value is below 0.05, and the metric has a direction |
//! | same | the whole interval lies within `−t … +t`; with fewer than 5 values on a side also every single pair of values |
//! | unclear | everything else: no interval, one that reaches across `t`, a p-value that may be chance, a metric without direction that differs |

use serde::{Deserialize, Serialize};

use super::rank::smallest_p;
use crate::metrics::names::Better;

/// A difference by chance in one of twenty comparisons is put up with.
pub const SIGNIFICANCE: f64 = 0.05;
/// With fewer values on a side a bootstrap interval is narrower than 95 %.
pub const MIN_FOR_WIDTH: usize = 5;
/// More runs than this are not planned for: `more than 1,000`.
pub const MAX_MORE_RUNS: u32 = 1_000;
/// Both ends of a 95 % interval lie so many standard errors from its middle.
const HALF_WIDTH: f64 = 1.959_963_984_540_054;
/// The same and the standard errors that give a power of 0.8.
const HALF_WIDTH_AND_POWER: f64 = HALF_WIDTH + 0.841_621_233_572_914_3;

/// How a candidate compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Better by more than the threshold.
    Better,
    /// Worse by more than the threshold.
    Worse,
    /// Within the threshold.
    Same,
    /// The values do not tell.
    Unclear,
}

impl Verdict {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Same => "same",
            Self::Unclear => "unclear",
        }
    }
    /// The sign before the word: a colour is never alone.
    pub fn sign(self) -> char {
        match self {
            Self::Better => '+',
            Self::Worse => '-',
            Self::Same => '=',
            Self::Unclear => '?',
        }
    }
}

/// What is known of a difference.
#[derive(Clone, Copy, Debug)]
pub struct Evidence {
    /// Which way is good.
    pub better: Option<Better>,
    /// Of the medians, in percent.
    pub delta_pct: Option<f64>,
    /// Its 95 % interval.
    pub ci95: Option<(f64, f64)>,
    /// As the test gave it.
    pub p_value: Option<f64>,
    /// After adjusting over the table.
    pub p_adjusted: Option<f64>,
    /// Cliff's delta.
    pub cliffs_delta: f64,
    /// Values of the two sides.
    pub counts: (usize, usize),
    /// The largest difference of any two values, in percent.
    pub widest_pct: Option<f64>,
    /// Standard error of the difference by the spread of the values, in percent; used where
    /// there is no interval.
    pub error_pct: Option<f64>,
    /// Below it a difference does not matter, in percent.
    pub threshold_pct: f64,
}

/// More runs that would settle a verdict, if the difference and the spread stay what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoreRuns {
    /// On each side.
    pub per_side: u32,
    /// It may take more.
    pub is_least: bool,
}

/// The verdict by the rule above, and why it is unclear.
pub fn judge(evidence: &Evidence) -> (Verdict, Option<&'static str>) {
    let unclear = |why| (Verdict::Unclear, Some(why));
    let Some((low, high)) = evidence.ci95 else { return (Verdict::Unclear, None) };
    let threshold = evidence.threshold_pct;
    if low >= -threshold && high <= threshold {
        let is_few = evidence.counts.0.min(evidence.counts.1) < MIN_FOR_WIDTH;
        let is_within = evidence.widest_pct.is_some_and(|widest| widest <= threshold);
        return if is_few && !is_within {
            unclear("the interval is within the threshold, but of too few values to rely on")
        } else {
            (Verdict::Same, None)
        };
    }
    let is_higher = low > threshold;
    if !is_higher && high >= -threshold {
        return unclear("the interval reaches across the threshold");
    }
    if evidence.p_adjusted.is_none_or(|p| p >= SIGNIFICANCE) {
        return unclear("the interval is beyond the threshold, but the adjusted p-value is not below 0.05");
    }
    match evidence.better {
        None => unclear("differs, and neither higher nor lower is better"),
        Some(better) if (better == Better::Higher) == is_higher => (Verdict::Better, None),
        Some(_) => (Verdict::Worse, None),
    }
}

/// How many more runs on each side would settle an unclear verdict with a power of 0.8,
/// if difference and spread stay; `None` where runs would not help (no direction, a base
/// of 0).
///
/// Three needs, the largest counts: the interval, whose width falls with the root of the
/// runs, must clear the nearer threshold; the rank test must see the difference (Noether
/// 1987, equally many on both sides); and its smallest possible p-value must survive the
/// adjustment.
pub fn more_runs(evidence: &Evidence) -> Option<MoreRuns> {
    let delta = evidence.delta_pct?;
    evidence.better?;
    let (few, many) = (evidence.counts.0.min(evidence.counts.1), evidence.counts.0.max(evidence.counts.1));
    let of_total = |needed: f64, is_least: bool| {
        let more = (needed - few as f64).ceil().max(1.0);
        let is_over = more.is_nan() || more > f64::from(MAX_MORE_RUNS);
        let per_side = if is_over { MAX_MORE_RUNS } else { more as u32 };
        Some(MoreRuns { per_side, is_least: is_least || is_over })
    };
    let least = MIN_FOR_WIDTH as f64;
    let by_interval = evidence.ci95.map(|(low, high)| (high - low) / (2.0 * HALF_WIDTH));
    // Of one value on a side nothing is known of its spread.
    let Some(error) = by_interval.or(evidence.error_pct) else { return of_total(least, true) };
    let distance = (delta.abs() - evidence.threshold_pct).abs();
    let narrower = HALF_WIDTH_AND_POWER * error / distance;
    // Twice nothing: values without spread exactly at the threshold.
    let by_width = if error == 0.0 && distance > 0.0 { 0.0 } else { many as f64 * narrower * narrower };
    let by_rank = if delta.abs() > evidence.threshold_pct { runs_for_rank_test(evidence) } else { 0.0 };
    of_total(by_width.max(by_rank).max(least), false)
}

fn runs_for_rank_test(evidence: &Evidence) -> f64 {
    let noether = 2.0 * (HALF_WIDTH_AND_POWER / evidence.cliffs_delta).powi(2) / 3.0;
    let adjusting = match (evidence.p_value, evidence.p_adjusted) {
        (Some(raw), Some(adjusted)) if raw > 0.0 => adjusted / raw,
        _ => 1.0,
    };
    let possible = (1..MAX_MORE_RUNS).find(|runs| smallest_p(*runs) * adjusting < SIGNIFICANCE);
    noether.max(f64::from(possible.unwrap_or(MAX_MORE_RUNS)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn evidence(ci95: (f64, f64), p: f64) -> Evidence {
        Evidence {
            better: Some(Better::Higher),
            delta_pct: Some(f64::midpoint(ci95.0, ci95.1)),
            ci95: Some(ci95),
            p_value: Some(p),
            p_adjusted: Some(p),
            cliffs_delta: 0.9,
            counts: (10, 10),
            widest_pct: Some(50.0),
            error_pct: None,
            threshold_pct: 2.0,
        }
    }

    #[test]
    fn the_verdict_follows_the_rule() {
        for (ci95, p, higher, lower) in [
            ((2.1, 5.0), 0.01, Verdict::Better, Verdict::Worse),
            ((-9.0, -2.1), 0.01, Verdict::Worse, Verdict::Better),
            ((2.1, 5.0), 0.05, Verdict::Unclear, Verdict::Unclear),
            ((1.9, 5.0), 0.001, Verdict::Unclear, Verdict::Unclear),
            ((-9.0, -2.0), 0.001, Verdict::Unclear, Verdict::Unclear),
            ((-9.0, 9.0), 0.9, Verdict::Unclear, Verdict::Unclear),
            ((-2.0, 2.0), 0.9, Verdict::Same, Verdict::Same),
            // Surely other, and surely by less than matters.
            ((0.5, 1.5), 0.001, Verdict::Same, Verdict::Same),
        ] {
            let one = evidence(ci95, p);
            assert_eq!(judge(&one).0, higher, "{ci95:?} {p}");
            assert_eq!(judge(&Evidence { better: Some(Better::Lower), ..one }).0, lower, "{ci95:?} {p}");
            let none = judge(&Evidence { better: None, ..one });
            assert!(matches!(none.0, Verdict::Same | Verdict::Unclear), "no direction");
            assert_eq!(none.0 == Verdict::Same, higher == Verdict::Same);
            assert_eq!(none.0 == Verdict::Unclear, none.1.is_some(), "unclear says why");
        }
        let nothing = Evidence { ci95: None, p_adjusted: None, ..evidence((0.0, 0.0), 1.0) };
        assert_eq!(judge(&nothing), (Verdict::Unclear, None));
        // Of four values each, the interval alone is not relied on.
        let few = Evidence { counts: (4, 10), ..evidence((-1.0, 1.0), 1.0) };
        assert_eq!(judge(&few).0, Verdict::Unclear);
        assert_eq!(judge(&Evidence { widest_pct: Some(2.0), ..few }).0, Verdict::Same);
    }

    #[test]
    fn runs_are_planned_from_the_spread() {
        // Half width 5 at 10 runs: the error is 2.551; to clear 2 % from 4 % with power it
        // must be 2 ÷ 2.8016, so (2.551 · 2.8016 ÷ 2)² · 10 = 127.7 runs in all.
        let wide = evidence((-1.0, 9.0), 0.2);
        assert_eq!(more_runs(&wide), Some(MoreRuns { per_side: 118, is_least: false }));
        // Half the width, a quarter of the runs.
        let narrow = evidence((1.5, 6.5), 0.2);
        assert_eq!(more_runs(&narrow), Some(MoreRuns { per_side: 22, is_least: false }));
        // Right at the threshold nothing settles it.
        let at = evidence((0.0, 4.0), 0.2);
        assert_eq!(more_runs(&at), Some(MoreRuns { per_side: MAX_MORE_RUNS, is_least: true }));
        // One value a side.
        let one = Evidence { ci95: None, counts: (1, 1), ..wide };
        assert_eq!(more_runs(&one), Some(MoreRuns { per_side: 4, is_least: true }));
        // Far apart, only too few for the test: 2 ÷ 252 · 8 is too much, 2 ÷ 924 · 8 is not.
        let apart = Evidence {
            counts: (4, 4),
            p_value: Some(0.0286),
            p_adjusted: Some(0.0286 * 8.0),
            cliffs_delta: 1.0,
            ..evidence((90.0, 110.0), 0.2)
        };
        assert_eq!(more_runs(&apart), Some(MoreRuns { per_side: 2, is_least: false }));
        assert_eq!(more_runs(&Evidence { better: None, ..wide }), None);
        assert_eq!(more_runs(&Evidence { delta_pct: None, ..wide }), None);
        assert!(more_runs(&Evidence { cliffs_delta: 0.0, ..wide }).unwrap().is_least);
    }
}
