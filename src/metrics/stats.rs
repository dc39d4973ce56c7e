//! Statistics, with the definitions of the README: sample standard deviation (n−1),
//! percentiles by linear interpolation between order statistics (the default of `NumPy`),
//! ci95 of the median by seeded bootstrap.

/// Resamples of the bootstrap: the ends of the interval move by less than 1 % of its
/// width from seed to seed.
const RESAMPLES: usize = 2_000;
/// The same data give the same interval, today and tomorrow.
const SEED: u64 = 0x5EED_0FC4_1AE5_A001;
/// Above this many values a resample would cost too much; a random part stands for all.
const MAX_RESAMPLED: usize = 20_000;

/// Statistics of a series. Every field but `n` is `None` where it is not defined
/// (no values; a deviation of one value).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stats {
    /// Number of values.
    pub n: u64,
    /// Arithmetic mean.
    pub mean: Option<f64>,
    /// 50th percentile.
    pub median: Option<f64>,
    /// Smallest.
    pub min: Option<f64>,
    /// Largest.
    pub max: Option<f64>,
    /// 90th percentile.
    pub p90: Option<f64>,
    /// 95th percentile.
    pub p95: Option<f64>,
    /// 99th percentile.
    pub p99: Option<f64>,
    /// Sample standard deviation.
    pub stddev: Option<f64>,
    /// stddev ÷ mean, a fraction.
    pub cv: Option<f64>,
}

impl Stats {
    /// Computes them.
    pub fn of(values: &[f64]) -> Self {
        Self::of_owned(values.to_vec())
    }

    /// The same without a copy of the values.
    pub fn of_owned(mut finite: Vec<f64>) -> Self {
        finite.retain(|value| value.is_finite());
        let least = finite.iter().copied().min_by(f64::total_cmp);
        let Some(ends) = least.zip(finite.iter().copied().max_by(f64::total_cmp)) else {
            return Self::default();
        };
        let stats = Self::without_percentiles(&finite, ends);
        let [median, p90, p95, p99] = percentiles(&mut finite, [50.0, 90.0, 95.0, 99.0]);
        Self { median, p90, p95, p99, ..stats }
    }

    /// The same of finite values that rise, without a copy of them.
    pub fn of_sorted(values: &[f64]) -> Self {
        let Some(ends) = values.first().copied().zip(values.last().copied()) else {
            return Self::default();
        };
        let [median, p90, p95, p99] = [50.0, 90.0, 95.0, 99.0].map(|p| percentile(values, p));
        Self { median, p90, p95, p99, ..Self::without_percentiles(values, ends) }
    }

    fn without_percentiles(finite: &[f64], (min, max): (f64, f64)) -> Self {
        let n = finite.len();
        let mean = mean(finite).clamp(min, max);
        let stddev = (n > 1).then(|| {
            let squares: f64 = finite.iter().map(|value| (value - mean) * (value - mean)).sum();
            (squares / (n - 1) as f64).sqrt()
        });
        Self {
            n: n as u64,
            mean: Some(mean),
            min: Some(min),
            max: Some(max),
            stddev,
            // A ratio to nothing is not defined.
            cv: stddev.filter(|_| mean != 0.0).map(|stddev| stddev / mean.abs()),
            ..Self::default()
        }
    }
}

/// Percentiles, rising, of values in any order, which are moved about: a part of them is put
/// in its place instead of all being sorted.
fn percentiles<const N: usize>(values: &mut [f64], rising: [f64; N]) -> [Option<f64>; N] {
    let Some(last) = values.len().checked_sub(1) else { return [None; N] };
    // What is before this stands, and nothing behind it is smaller.
    let mut from = 0;
    rising.map(|p| {
        let rank = p / 100.0 * last as f64;
        let below = rank.floor() as usize;
        let (_, &mut lower, higher) = values[from..].select_nth_unstable_by(below - from, f64::total_cmp);
        let upper = higher.iter().copied().min_by(f64::total_cmp).unwrap_or(lower);
        from = below;
        Some(interpolate(lower, upper, rank - rank.floor()))
    })
}

/// Mean with compensated summation (Neumaier): many values of unlike size lose nothing.
fn mean(values: &[f64]) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for &value in values {
        let next = sum + value;
        lost += if sum.abs() >= value.abs() { (sum - next) + value } else { (value - next) + sum };
        sum = next;
    }
    let total = sum + lost;
    let count = values.len() as f64;
    // The sum of huge values may overflow where their mean does not.
    if total.is_finite() { total / count } else { values.iter().map(|value| value / count).sum() }
}

/// 95 % interval of the median by percentile bootstrap with a fixed seed; `None` below
/// two values. Costs milliseconds: not for `update`.
pub fn median_ci95(values: &[f64]) -> Option<(f64, f64)> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    if sorted.len() < 2 {
        return None;
    }
    // Sorted first: the order of the files must not change the interval.
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len();
    let drawn = n.min(MAX_RESAMPLED);
    let mut random = SplitMix64(SEED);
    // Indices are drawn, not values: of sorted data the middle index is the median.
    let mut picks = vec![0_u32; drawn];
    let mut medians: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            for pick in &mut picks {
                *pick = random.below(n as u64) as u32;
            }
            median_pick(&mut picks, &sorted)
        })
        .collect();
    medians.sort_unstable_by(f64::total_cmp);
    percentile(&medians, 2.5).zip(percentile(&medians, 97.5))
}

fn median_pick(picks: &mut [u32], sorted: &[f64]) -> f64 {
    let middle = picks.len() / 2;
    let is_even = picks.len().is_multiple_of(2);
    let (below, upper, _) = picks.select_nth_unstable(middle);
    let upper = sorted[*upper as usize];
    match below.iter().max() {
        Some(&lower) if is_even => f64::midpoint(sorted[lower as usize], upper),
        _ => upper,
    }
}

/// Percentile `p` (0 to 100) of sorted values by linear interpolation.
pub fn percentile(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    if !(0.0..=100.0).contains(&p) {
        return None;
    }
    let rank = p / 100.0 * last as f64;
    let below = rank.floor();
    let lower = sorted[below as usize];
    let upper = sorted[(below as usize + 1).min(last)];
    Some(interpolate(lower, upper, rank - below))
}

/// As `NumPy` does it: from the nearer end, so that equal ends give themselves.
fn interpolate(lower: f64, upper: f64, part: f64) -> f64 {
    let step = upper - lower;
    if part >= 0.5 { upper - step * (1.0 - part) } else { lower + step * part }
}

/// `SplitMix64` (Steele, Lea, Flood 2014): 64 bits of state, passes `BigCrush`, ten lines.
#[derive(Clone, Debug)]
pub(crate) struct SplitMix64(pub u64);

impl SplitMix64 {
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    /// Evenly from `0..bound` (multiply and shift; the bias is below 2⁻⁴⁰ here).
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }
}
