//! The rank test of Mann and Whitney, what it says of the size of a difference, and the
//! adjustment of many p-values. No opinion on what is better.

/// Sides of at most so many values are tested exactly. At 20 against 20 the normal
/// approximation is off by less than 0.001 where it matters.
const MAX_EXACT: usize = 20;
/// Where the series of the error function gives way to its continued fraction.
const FAR_TAIL: f64 = 2.0;
/// Terms of either: more change no digit of a double.
const MAX_TERMS: u32 = 300;

/// How a p-value was computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// From all ways to deal the values out to two sides of these sizes.
    Exact,
    /// From the normal distribution, corrected for ties and continuity.
    Normal,
}

impl Method {
    /// The test's whole name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "Mann-Whitney U, exact",
            Self::Normal => "Mann-Whitney U, normal approximation",
        }
    }
}

/// Two sides held against each other by the ranks of their values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankTest {
    /// How often a value of the candidate is above one of the base; an equal pair counts half.
    pub u: f64,
    /// Two-sided.
    pub p_value: f64,
    /// Exact or approximate.
    pub method: Method,
    /// Cliff's delta (Cliff 1993): the share of pairs in which the candidate is higher less
    /// the share in which it is lower, -1 to 1.
    pub cliffs_delta: f64,
}

/// The two-sided test of Mann and Whitney (1947) that both sides come from one distribution;
/// `None` where a side has no finite value. Few values are tested exactly, equal ones by
/// their mean ranks; more by the normal approximation with the corrections for ties and
/// continuity, which are those of `SciPy`'s `mannwhitneyu`.
pub fn mann_whitney(base: &[f64], candidate: &[f64]) -> Option<RankTest> {
    let finite = |values: &[f64], is_candidate: bool| -> Vec<(f64, bool)> {
        values.iter().filter(|value| value.is_finite()).map(|value| (*value, is_candidate)).collect()
    };
    let mut pooled = finite(base, false);
    let base_count = pooled.len();
    pooled.extend(finite(candidate, true));
    let candidate_count = pooled.len() - base_count;
    if base_count == 0 || candidate_count == 0 {
        return None;
    }
    pooled.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
    let (ranks, ties) = doubled_ranks(&pooled);
    let rank_sum: u64 =
        ranks.iter().zip(&pooled).filter(|(_, (_, is_candidate))| *is_candidate).map(|(rank, _)| rank).sum();
    let lowest = (candidate_count * (candidate_count + 1)) as u64;
    let u = (rank_sum - lowest) as f64 / 2.0;
    let pairs = base_count as f64 * candidate_count as f64;
    let (p_value, method) = if base_count.max(candidate_count) <= MAX_EXACT {
        (exact(&ranks, rank_sum as usize, candidate_count), Method::Exact)
    } else {
        (approximate(u, base_count as f64, candidate_count as f64, ties), Method::Normal)
    };
    Some(RankTest { u, p_value, method, cliffs_delta: 2.0 * u / pairs - 1.0 })
}

/// Twice the mean rank of each value, so that it is whole; and the sum of t³ − t over the
/// groups of t equal values. Zeros of both signs are equal.
fn doubled_ranks(sorted: &[(f64, bool)]) -> (Vec<u64>, f64) {
    let mut ranks = Vec::with_capacity(sorted.len());
    let mut ties = 0.0;
    for equal in sorted.chunk_by(|one, other| one.0 >= other.0) {
        let before = ranks.len() as u64;
        let size = equal.len() as u64;
        ranks.extend(std::iter::repeat_n(2 * before + size + 1, equal.len()));
        ties += (size as f64).powi(3) - size as f64;
    }
    (ranks, ties)
}

/// The share of all ways to choose `chosen` of the ranks whose sum is at least as far out as
/// the one seen. Counted, so that equal values need no correction.
fn exact(ranks: &[u64], seen: usize, chosen: usize) -> f64 {
    let highest: u64 = ranks.iter().sum();
    let width = highest as usize + 1;
    // ways[k][s]: so many ways to choose k ranks of sum s; below 2^53, so exact.
    let mut ways = vec![vec![0.0_f64; width]; chosen + 1];
    ways[0][0] = 1.0;
    let mut reached = 0;
    for &rank in ranks {
        let rank = rank as usize;
        for count in (1..=chosen).rev() {
            let (fewer, more) = ways.split_at_mut(count);
            let fewer = &fewer[count - 1][..=reached];
            for (to, from) in more[0][rank..].iter_mut().zip(fewer) {
                *to += from;
            }
        }
        reached += rank;
    }
    let ways = &ways[chosen];
    let all: f64 = ways.iter().sum();
    let below: f64 = ways[..=seen].iter().sum();
    let above: f64 = ways[seen..].iter().sum();
    (2.0 * below.min(above) / all).min(1.0)
}

fn approximate(u: f64, base: f64, candidate: f64, ties: f64) -> f64 {
    let count = base + candidate;
    let variance = base * candidate / 12.0 * (count + 1.0 - ties / (count * (count - 1.0)));
    if variance <= 0.0 {
        return 1.0;
    }
    let middle = base * candidate / 2.0;
    let z = ((u - middle).abs() - 0.5) / variance.sqrt();
    // Twice the tail beyond z.
    if z <= 0.0 { 1.0 } else { erfc(z / std::f64::consts::SQRT_2) }
}

/// The complementary error function for `x` ≥ 0, to a few units of the last place: its
/// series 7.1.6 and its continued fraction 7.1.14 of Abramowitz and Stegun.
fn erfc(x: f64) -> f64 {
    let scale = (-x * x).exp() / std::f64::consts::PI.sqrt();
    if x < FAR_TAIL {
        let (mut term, mut sum) = (x, x);
        for step in 1..MAX_TERMS {
            term *= 2.0 * x * x / f64::from(2 * step + 1);
            sum += term;
            if term < sum * f64::EPSILON {
                break;
            }
        }
        return 1.0 - 2.0 * scale * sum;
    }
    let mut fraction = x;
    for step in (1..MAX_TERMS).rev() {
        fraction = x + f64::from(step) / 2.0 / fraction;
    }
    scale / fraction
}

/// How large an effect is called, by the thresholds of Romano and others (2006) for
/// Cliff's delta: 0.147, 0.33, 0.474.
pub fn size_of(cliffs_delta: f64) -> &'static str {
    match cliffs_delta.abs() {
        size if size < 0.147 => "negligible",
        size if size < 0.33 => "small",
        size if size < 0.474 => "medium",
        _ => "large",
    }
}

/// The p-values adjusted for their number: a share of at most `q` of those at or below `q`
/// is expected to be false (Benjamini and Hochberg 1995, the step-up procedure). In the same order.
pub fn adjust(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|one, other| p_values[*other].total_cmp(&p_values[*one]));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut lowest = 1.0_f64;
    for (passed, index) in order.into_iter().enumerate() {
        let rank = (p_values.len() - passed) as f64;
        lowest = lowest.min(p_values[index] * p_values.len() as f64 / rank);
        // m · p ÷ m may round below p.
        adjusted[index] = lowest.max(p_values[index]);
    }
    adjusted
}

/// The smallest p-value that the exact test can give with so many values on each side.
pub fn smallest_p(runs: u32) -> f64 {
    // 2 ÷ the number of ways to choose `runs` of twice as many.
    (1..=runs).fold(2.0, |p, step| p * f64::from(step) / f64::from(runs + step))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() <= 1e-12 * other.abs().max(1e-3)
    }

    fn check(base: &[f64], candidate: &[f64], u: f64, p_value: f64, method: Method) {
        let test = mann_whitney(base, candidate).unwrap();
        assert_eq!((test.u, test.method), (u, method));
        assert!(near(test.p_value, p_value), "{} is not {p_value}", test.p_value);
    }

    #[test]
    fn the_test_gives_the_values_of_the_books() {
        // The example of SciPy's page: ages at a diagnosis, U = 17, p = 1/9.
        let (male, female) = ([19.0, 22.0, 16.0, 29.0, 24.0], [20.0, 11.0, 17.0, 12.0]);
        check(&female, &male, 17.0, 1.0 / 9.0, Method::Exact);
        check(&male, &female, 3.0, 1.0 / 9.0, Method::Exact);
        // Five all above five: 2 of the 252 ways.
        check(&[1.0, 2.0, 3.0, 4.0, 5.0], &[6.0, 7.0, 8.0, 9.0, 10.0], 25.0, 2.0 / 252.0, Method::Exact);
        // Equal values, dealt out by hand: 1 2 2 against 2 3 3 is among the outer 3 + 0 of 20
        // ways (1 with any two of the three 2s), so p = 2 · 3/20.
        check(&[1.0, 2.0, 2.0], &[2.0, 3.0, 3.0], 8.0, 0.3, Method::Exact);
        // All equal: nothing can be told.
        check(&[4.0, 4.0], &[4.0, 4.0, 4.0], 3.0, 1.0, Method::Exact);
        check(&[4.0; 30], &[4.0; 30], 450.0, 1.0, Method::Normal);
    }

    #[test]
    fn the_approximation_is_corrected_for_ties_and_continuity() {
        // The same page, method "asymptotic".
        assert!(near(approximate(17.0, 5.0, 4.0, 0.0), 0.111_346_886_533_140_41));
        // In the middle there is nothing left to correct.
        assert!(near(approximate(10.0, 5.0, 4.0, 0.0), 1.0));
        let ones: Vec<f64> = (0..25).map(|index| f64::from(index % 5)).collect();
        let twos: Vec<f64> = (0..21).map(|index| f64::from(index % 7)).collect();
        let test = mann_whitney(&ones, &twos).unwrap();
        // By hand: each value 0 to 4 stands 8 times, 5 and 6 three times; 46 values.
        let ties = 5.0 * (512.0 - 8.0) + 2.0 * (27.0 - 3.0);
        let sd = (25.0_f64 * 21.0 / 12.0 * (47.0 - ties / (46.0 * 45.0))).sqrt();
        // Pairs: for each value v of 0..5, five times; below it 3v, equal 3.
        let lower: f64 = (0..5).map(|v| 5.0 * (3.0 * f64::from(v) + 1.5)).sum();
        let u = 25.0 * 21.0 - lower;
        assert_eq!((test.u, test.method), (u, Method::Normal));
        // And as SciPy has it.
        assert!(near(u, 337.5) && near(test.p_value, 0.095_903_004_505_338_45));
        assert!(near(test.p_value, erfc((u - 262.5 - 0.5) / sd / std::f64::consts::SQRT_2)));
    }

    #[test]
    fn the_tail_of_the_normal_distribution() {
        // As the C library of Python 3 gives them.
        for (x, expected) in [
            (0.0, 1.0),
            (0.5, 0.479_500_122_186_953_5),
            (1.0, 0.157_299_207_050_285_13),
            (1.999_999, 0.004_677_755_648_073_953),
            (2.0, 0.004_677_734_981_047_266),
            (3.0, 2.209_049_699_858_544e-5),
            (6.0, 2.151_973_671_249_891_3e-17),
        ] {
            let found = erfc(x);
            assert!((found - expected).abs() <= expected * 1e-13 + 1e-300, "{x}: {found:e} {expected:e}");
        }
        assert!(erfc(40.0) < f64::MIN_POSITIVE);
    }

    #[test]
    fn adjusting_never_makes_a_value_smaller() {
        // The example of the 1995 paper's first four: p · m ÷ rank, and no later one smaller.
        assert_eq!(adjust(&[0.01, 0.04, 0.03, 0.5]), [0.04, 0.04 * 4.0 / 3.0, 0.04 * 4.0 / 3.0, 0.5]);
        assert_eq!(adjust(&[0.9]), [0.9]);
        assert_eq!(adjust(&[]), Vec::<f64>::new());
        assert_eq!(adjust(&[1.0, 1.0]), [1.0, 1.0]);
        let all: Vec<f64> = (1..50).map(|index| f64::from(index * 37 % 50) / 50.0).collect();
        assert!(all.iter().zip(adjust(&all)).all(|(raw, adjusted)| (*raw..=1.0).contains(&adjusted)));
    }

    #[test]
    fn the_smallest_p_is_that_of_two_sides_apart() {
        for runs in 1..=10 {
            let low: Vec<f64> = (0..runs).map(f64::from).collect();
            let high: Vec<f64> = (0..runs).map(|value| f64::from(value) + 100.0).collect();
            assert!(near(mann_whitney(&low, &high).unwrap().p_value, smallest_p(runs)), "{runs}");
        }
    }

    #[test]
    fn exact_and_approximate_agree_where_they_meet() {
        let base: Vec<f64> = (0..20).map(|value| f64::from(value * 7 % 20)).collect();
        for shift in [0.0, 1.5, 4.5, 8.5] {
            let candidate: Vec<f64> = base.iter().map(|value| value + shift).collect();
            let test = mann_whitney(&base, &candidate).unwrap();
            let normal = approximate(test.u, 20.0, 20.0, 0.0);
            assert!((test.p_value - normal).abs() < 0.01, "{shift}: {} {normal}", test.p_value);
        }
    }

    #[test]
    fn sizes_have_their_words() {
        for (delta, word) in [(0.1, "negligible"), (-0.2, "small"), (0.4, "medium"), (-1.0, "large")] {
            assert_eq!(size_of(delta), word);
        }
        assert_eq!(mann_whitney(&[], &[1.0]), None);
        assert_eq!(mann_whitney(&[f64::NAN], &[1.0]), None);
    }
}
