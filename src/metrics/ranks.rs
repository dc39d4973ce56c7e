//! Ranks and the tests that rest on them. Everything random is seeded: the same data give
//! the same p, in whatever order their files are read.

use super::stats::SplitMix64;

/// Shuffles of a permutation test where the rows allow it: p down to 0.0005.
const MOST_SHUFFLES: usize = 1_999;
/// Shuffles that are made for any number of rows: p down to 0.005.
const FEWEST_SHUFFLES: usize = 199;
/// Moved values in one test: above this fewer shuffles are made, so that a test of 20,000
/// rows still takes a fraction of a second.
const BUDGET: usize = 4_000_000;
/// With so many shuffles as extreme as the data, more of them cannot make a finding of it
/// (Besag and Clifford 1991, sequential Monte Carlo p-values).
const ENOUGH_AGAINST: usize = 60;
/// Sums in another order differ by less than this part; a tie counts against the finding.
const TIE: f64 = 1e-9;

/// Ranks from 1; equal values share the mean of theirs.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]).scan(0, |start, tied| {
        *start += tied.len();
        Some((*start - tied.len(), tied))
    }) {
        let (start, tied) = tied;
        let shared = start as f64 + (tied.len() + 1) as f64 / 2.0;
        for &index in tied {
            ranks[index] = shared;
        }
    }
    ranks
}

/// Pearson's correlation; `None` where one of the two does not vary.
pub fn pearson(a: &[f64], b: &[f64]) -> Option<f64> {
    let (a, b) = (centred(a), centred(b));
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let size = product(&a, &a).sqrt() * product(&b, &b).sqrt();
    (size > 0.0 && size.is_finite()).then(|| (product(&a, &b) / size).clamp(-1.0, 1.0))
}

/// Spearman's rank correlation: Pearson's of the ranks.
pub fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    pearson(&ranks(a), &ranks(b))
}

/// The values less their mean, divided by the largest: sums of their squares neither
/// overflow nor vanish.
pub fn centred(values: &[f64]) -> Vec<f64> {
    let count = values.len() as f64;
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest == 0.0 {
        return vec![0.0; values.len()];
    }
    let mean: f64 = values.iter().map(|value| value / largest / count).sum();
    let centred: Vec<f64> = values.iter().map(|value| value / largest - mean).collect();
    // What is left of equal values is rounding, not spread.
    if centred.iter().all(|value| value.abs() < 1e-14) { vec![0.0; values.len()] } else { centred }
}

/// p of the observed statistic: the share of shuffles that reach it, itself counted in.
/// `shuffled` makes one and gives its statistic.
pub fn permutation_p(rows: usize, observed: f64, mut shuffled: impl FnMut() -> f64) -> f64 {
    let most = (BUDGET / rows.max(1)).clamp(FEWEST_SHUFFLES, MOST_SHUFFLES);
    let reached = |statistic: f64| statistic >= observed - observed.abs() * TIE;
    let (mut against, mut made) = (0_usize, 0_usize);
    while made < most && against < ENOUGH_AGAINST {
        against += usize::from(reached(shuffled()));
        made += 1;
    }
    (against + 1) as f64 / (made + 1) as f64
}

/// p of a correlation by shuffling one side.
pub fn correlation_p(a: &[f64], b: &[f64], seed: u64) -> f64 {
    // Sorted first: the shuffles must not depend on the order of the files.
    let (mut a, mut b) = (centred(a), centred(b));
    let sum = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>().abs();
    let observed = sum(&a, &b);
    a.sort_unstable_by(f64::total_cmp);
    b.sort_unstable_by(f64::total_cmp);
    let mut random = SplitMix64(seed);
    permutation_p(a.len(), observed, || {
        shuffle(&mut a, &mut random);
        sum(&a, &b)
    })
}

/// Any order, each as likely (Fisher and Yates).
pub(crate) fn shuffle<T>(values: &mut [T], random: &mut SplitMix64) {
    for last in (1..values.len()).rev() {
        values.swap(last, random.below(last as u64 + 1) as usize);
    }
}

/// p-values adjusted for their number (Benjamini and Hochberg 1995), in the same order.
pub fn adjusted(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[b].total_cmp(&p[a]));
    let mut adjusted = vec![1.0; p.len()];
    let mut lowest = 1.0_f64;
    for (behind, index) in order.into_iter().enumerate() {
        let rank = (p.len() - behind) as f64;
        lowest = lowest.min(p[index] * p.len() as f64 / rank);
        adjusted[index] = lowest;
    }
    adjusted
}

/// Both tails of the normal distribution beyond `z`, by the fraction of Numerical Recipes
/// (2nd edition, 6.2, `erfcc`): right to 1.2e-7 of itself.
pub fn normal_two_sided(z: f64) -> f64 {
    const FACTORS: [f64; 10] = [
        -1.265_512_23,
        1.000_023_68,
        0.374_091_96,
        0.096_784_18,
        -0.186_288_06,
        0.278_868_07,
        -1.135_203_98,
        1.488_515_87,
        -0.822_152_23,
        0.170_872_77,
    ];
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.5 * x);
    let series = FACTORS.iter().rev().fold(0.0, |sum, factor| sum * t + factor);
    (t * (series - x * x).exp()).clamp(0.0, 1.0)
}

/// The middle of values in any order.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    super::stats::percentile(&sorted, 50.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_ranks() {
        assert_eq!(ranks(&[10.0, 30.0, 10.0, 20.0]), [1.5, 4.0, 1.5, 3.0]);
        assert_eq!(ranks(&[]), Vec::<f64>::new());
    }

    #[test]
    fn correlations_of_known_data() {
        let close = |found: Option<f64>, expected: f64| {
            assert!(found.is_some_and(|found| (found - expected).abs() < 1e-12), "{found:?}");
        };
        close(pearson(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]), 1.0);
        close(spearman(&[1.0, 2.0, 3.0, 4.0], &[1.0, 8.0, 27.0, 1e9]), 1.0);
        close(spearman(&[1.0, 2.0, 3.0, 4.0, 5.0], &[5.0, 6.0, 7.0, 8.0, 4.0]), 0.0);
        close(pearson(&[1e200, 2e200, 3e200], &[3.0, 2.0, 1.0]), -1.0);
        assert_eq!(pearson(&[0.1, 0.1, 0.1], &[1.0, 2.0, 3.0]), None);
    }

    #[test]
    fn p_values_are_adjusted_as_published() {
        let found = adjusted(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in found.iter().zip([0.02, 0.04, 0.04, 0.02]) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn tails_of_the_normal_distribution() {
        for (z, expected) in [(0.0, 1.0), (1.0, 0.317_310_508), (1.959_964, 0.05), (-3.290_527, 0.001)] {
            assert!((normal_two_sided(z) - expected).abs() < 1e-6, "{z}");
        }
    }

    #[test]
    fn a_permutation_p_is_that_of_all_permutations() {
        // Of the 24 orders of four values two correlate fully: p = 2/24.
        let p = correlation_p(&[1.0, 2.0, 3.0, 4.0], &[1.0, 2.0, 3.0, 4.0], 7);
        assert!((p - 2.0 / 24.0).abs() < 0.03, "{p}");
        let forward = correlation_p(&[1.0, 5.0, 3.0, 9.0, 2.0], &[2.0, 4.0, 1.0, 8.0, 3.0], 7);
        let backward = correlation_p(&[2.0, 9.0, 3.0, 5.0, 1.0], &[3.0, 8.0, 1.0, 4.0, 2.0], 7);
        assert!((forward - backward).abs() < 1e-12);
    }
}
