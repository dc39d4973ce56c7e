//! The difference of two medians in percent, its interval, and how large it is beside the
//! spread. No opinion on what is better.

use crate::metrics::stats::{SplitMix64, percentile};

/// Resamples of the bootstrap: as many as the interval of one median has.
const RESAMPLES: usize = 2_000;
/// The same data give the same interval, today and tomorrow; one stream for each side.
const SEEDS: [u64; 2] = [0x5EED_0FC4_1AE5_A002, 0x5EED_0FC4_1AE5_A003];
/// With fewer values a resample says nothing that the values do not.
pub const MIN_FOR_INTERVAL: usize = 3;

/// Why a difference has no interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoInterval {
    /// A side has fewer than [`MIN_FOR_INTERVAL`] values.
    FewValues,
    /// The base's median is 0, or so near that its sign is not sure: a percentage of it
    /// would say anything.
    BaseNearZero,
}

impl NoInterval {
    /// As a note.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FewValues => "too few values for an interval",
            Self::BaseNearZero => "the base's median is too near 0 for a percentage",
        }
    }
}

/// How far the candidate is from the base, in percent of the base's size; `None` where the
/// base is 0.
pub fn delta_pct(base: f64, candidate: f64) -> Option<f64> {
    let delta = 100.0 * (candidate - base) / base.abs();
    (base != 0.0 && delta.is_finite()).then_some(delta)
}

/// The 95 % interval of the difference of the medians in percent, by percentile bootstrap
/// of both sides, seeded. Both are sorted and finite.
pub fn interval(base: &[f64], candidate: &[f64]) -> Result<(f64, f64), NoInterval> {
    if base.len().min(candidate.len()) < MIN_FOR_INTERVAL {
        return Err(NoInterval::FewValues);
    }
    // A side keeps its stream when the two are exchanged, so that the interval is mirrored.
    let is_exchanged = base
        .iter()
        .zip(candidate)
        .find(|(one, other)| one.total_cmp(other).is_ne())
        .map_or_else(|| base.len() > candidate.len(), |(one, other)| one > other);
    let [first, second] = SEEDS;
    let seeds = if is_exchanged { (second, first) } else { (first, second) };
    let base_medians = resampled_medians(base, &mut SplitMix64(seeds.0));
    let candidate_medians = resampled_medians(candidate, &mut SplitMix64(seeds.1));
    let is_near_zero = base_medians.iter().any(|median| median.signum() != base_medians[0].signum());
    let mut deltas: Vec<f64> = base_medians
        .into_iter()
        .zip(candidate_medians)
        .map_while(|(base, candidate)| delta_pct(base, candidate))
        .collect();
    if is_near_zero || deltas.len() < RESAMPLES {
        return Err(NoInterval::BaseNearZero);
    }
    deltas.sort_unstable_by(f64::total_cmp);
    percentile(&deltas, 2.5).zip(percentile(&deltas, 97.5)).ok_or(NoInterval::FewValues)
}

/// Medians of resamples with replacement. Which of the sorted values is the middle one of a
/// resample follows from the middle one of n uniform numbers, and that has a known
/// distribution (Beta(k, n+1−k), David and Nagaraja 2003, section 2.3): drawn at once instead
/// of by n draws, a resample of a million values costs what one of five does.
fn resampled_medians(sorted: &[f64], random: &mut SplitMix64) -> Vec<f64> {
    let count = sorted.len();
    let at = |uniform: f64| sorted[((uniform * count as f64) as usize).min(count - 1)];
    let lower = count.div_ceil(2);
    (0..RESAMPLES)
        .map(|_| {
            let below = gamma(lower, random);
            let middle = below / (below + gamma(count + 1 - lower, random));
            if count % 2 == 1 {
                return at(middle);
            }
            // The next one above: the least of those that lie between the middle and 1.
            let above = (count - lower) as f64;
            let next = middle + (1.0 - middle) * (1.0 - uniform(random).powf(1.0 / above));
            f64::midpoint(at(middle), at(next))
        })
        .collect()
}

/// Evenly between 0 and 1, neither of them.
fn uniform(random: &mut SplitMix64) -> f64 {
    const STEPS: f64 = (1_u64 << 53) as f64;
    ((random.next() >> 11) as f64 + 0.5) / STEPS
}

/// A number of the gamma distribution of a whole shape (Marsaglia and Tsang 2000).
fn gamma(shape: usize, random: &mut SplitMix64) -> f64 {
    let d = shape as f64 - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        // A normal number by Box and Muller.
        let radius = (-2.0 * uniform(random).ln()).sqrt();
        let normal = radius * (std::f64::consts::TAU * uniform(random)).cos();
        let v = (1.0 + c * normal).powi(3);
        if v > 0.0 && uniform(random).ln() < 0.5 * normal * normal + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

/// Hedges' g (Hedges 1981): the difference of the means in pooled standard deviations, with
/// the correction for few values; `None` where there is no spread.
pub fn hedges_g(base: &[f64], candidate: &[f64]) -> Option<f64> {
    let freedom = (base.len() + candidate.len()).checked_sub(2).filter(|freedom| *freedom > 0)? as f64;
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let squares = |values: &[f64], mean: f64| -> f64 {
        values.iter().map(|value| (value - mean) * (value - mean)).sum()
    };
    let (base_mean, candidate_mean) = (mean(base), mean(candidate));
    let pooled = ((squares(base, base_mean) + squares(candidate, candidate_mean)) / freedom).sqrt();
    let g = (candidate_mean - base_mean) / pooled * (1.0 - 3.0 / (4.0 * freedom - 1.0));
    g.is_finite().then_some(g)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    /// Resamples as everybody writes it.
    fn naive(values: &[f64], random: &mut SplitMix64) -> f64 {
        let mut drawn: Vec<f64> =
            (0..values.len()).map(|_| values[random.below(values.len() as u64) as usize]).collect();
        drawn.sort_by(f64::total_cmp);
        percentile(&drawn, 50.0).unwrap()
    }

    #[test]
    fn medians_drawn_at_once_are_those_of_resamples() {
        for count in [3, 4, 5, 10, 37] {
            let values: Vec<f64> = (0..count).map(|value| f64::from(value * value)).collect();
            let mut random = SplitMix64(7);
            let mut slow: Vec<f64> = (0..20_000).map(|_| naive(&values, &mut random)).collect();
            let mut fast: Vec<f64> =
                (0..10).flat_map(|seed| resampled_medians(&values, &mut SplitMix64(seed))).collect();
            slow.sort_by(f64::total_cmp);
            fast.sort_by(f64::total_cmp);
            // The same distribution: the share at or below each of its values agrees.
            for limit in &values {
                let share = |sorted: &[f64]| {
                    sorted.partition_point(|median| median <= limit) as f64 / sorted.len() as f64
                };
                let (slow, fast) = (share(&slow), share(&fast));
                assert!((slow - fast).abs() < 0.02, "{count} values, {limit}: {slow} {fast}");
            }
        }
    }

    #[test]
    fn an_interval_is_mirrored_and_has_no_scale() {
        let base = [95.0, 98.0, 100.0, 101.0, 102.0, 104.0, 110.0];
        let candidate = [112.0, 115.0, 117.0, 118.0, 121.0, 126.0];
        let (low, high) = interval(&base, &candidate).unwrap();
        let delta = delta_pct(101.0, 117.5).unwrap();
        assert!(low < delta && delta < high && low > 0.0, "{low} {delta} {high}");
        assert_eq!(interval(&base, &candidate), Ok((low, high)), "the same every time");
        let scaled = |values: &[f64]| values.iter().map(|value| value * 1024.0).collect::<Vec<_>>();
        assert_eq!(interval(&scaled(&base), &scaled(&candidate)), Ok((low, high)));
        let (back_low, back_high) = interval(&candidate, &base).unwrap();
        let back = |delta: f64| 100.0 * (1.0 / (1.0 + delta / 100.0) - 1.0);
        assert!((back_low - back(high)).abs() < 0.1 && (back_high - back(low)).abs() < 0.1);
        let below = |values: &[f64]| values.iter().rev().map(|value| -value).collect::<Vec<_>>();
        let (low_below, high_below) = interval(&below(&base), &below(&candidate)).unwrap();
        assert!(low_below < high_below && high_below < 0.0, "less than a negative base is less");
    }

    #[test]
    fn what_has_no_percentage_says_so() {
        assert_eq!(interval(&[1.0, 2.0], &[1.0, 2.0, 3.0]), Err(NoInterval::FewValues));
        assert_eq!(interval(&[], &[]), Err(NoInterval::FewValues));
        assert_eq!(interval(&[0.0; 5], &[1.0; 5]), Err(NoInterval::BaseNearZero));
        assert_eq!(interval(&[-1.0, 0.5, 1.0], &[1.0; 5]), Err(NoInterval::BaseNearZero));
        assert_eq!(interval(&[5.0; 3], &[5.0; 3]), Ok((0.0, 0.0)));
        assert_eq!((delta_pct(0.0, 1.0), delta_pct(-2.0, -3.0)), (None, Some(-50.0)));
        assert_eq!(delta_pct(f64::MIN_POSITIVE, f64::MAX), None);
    }

    #[test]
    fn hedges_g_of_known_samples() {
        // Means 3 and 5, both variances 2.5, 8 degrees of freedom: 2 ÷ 1.5811 · (1 − 3/31).
        let g = hedges_g(&[1.0, 2.0, 3.0, 4.0, 5.0], &[3.0, 4.0, 5.0, 6.0, 7.0]).unwrap();
        assert!((g - 2.0 / 2.5_f64.sqrt() * (1.0 - 3.0 / 31.0)).abs() < 1e-12);
        assert_eq!(hedges_g(&[2.0, 2.0], &[3.0, 3.0]), None);
        assert_eq!(hedges_g(&[], &[3.0]), None);
    }
}
