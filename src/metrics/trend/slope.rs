//! The slope of a series and whether chance would make it.

use crate::metrics::ranks::{median, normal_two_sided};

/// Slopes between more values than this are too many; every so many values stand for all.
const MAX_SLOPED: usize = 1_500;
/// Up to so many values without ties p is that of all their orders.
const MAX_EXACT: usize = 30;

/// The median slope between two values, per value (Theil 1950, Sen 1968).
pub fn theil_sen(values: &[f64]) -> Option<f64> {
    let step = values.len().div_ceil(MAX_SLOPED).max(1);
    let points: Vec<(f64, f64)> =
        values.iter().enumerate().step_by(step).map(|(index, value)| (index as f64, *value)).collect();
    let mut slopes = Vec::with_capacity(points.len() * points.len() / 2);
    for (index, (x, y)) in points.iter().enumerate() {
        slopes.extend(points[index + 1..].iter().map(|(later, value)| (value - y) / (later - x)));
    }
    median(&slopes)
}

/// Two-sided p of Mann's test of a trend (Mann 1945, Kendall 1975): exact for few values
/// without ties, else by the normal distribution with its correction for ties.
pub fn mann_kendall(values: &[f64]) -> f64 {
    let (s, variance, inversions) = score(values);
    match inversions {
        Some(inversions) if values.len() <= MAX_EXACT => exact(values.len(), inversions),
        _ => normal(s, variance),
    }
}

/// The same of several segments together, each a trend of its own: their scores and
/// variances add up (Hirsch, Slack, Smith 1982, the seasonal test).
pub fn mann_kendall_of_all(segments: &[&[f64]]) -> f64 {
    let scores = segments.iter().map(|segment| score(segment));
    let (s, variance) = scores.fold((0.0, 0.0), |sum, (s, variance, _)| (sum.0 + s, sum.1 + variance));
    normal(s, variance)
}

fn normal(s: f64, variance: f64) -> f64 {
    if variance <= 0.0 {
        return 1.0;
    }
    // One step less: the statistic moves in steps of 2.
    normal_two_sided((s.abs() - 1.0).max(0.0) / variance.sqrt())
}

/// Rising less falling pairs, their variance, and the falling ones where no two are equal.
fn score(values: &[f64]) -> (f64, f64, Option<u64>) {
    let n = values.len();
    let mut sorted = values.to_vec();
    let inversions = inversions(&mut sorted);
    let pairs = |count: usize| count as f64 * count.saturating_sub(1) as f64 / 2.0;
    let weight = |count: usize| count as f64 * (count as f64 - 1.0) * (2.0 * count as f64 + 5.0);
    let ties: Vec<usize> = sorted.chunk_by(|a, b| a == b).map(<[f64]>::len).collect();
    let tied: f64 = ties.iter().map(|count| pairs(*count)).sum();
    let variance = (weight(n) - ties.iter().map(|count| weight(*count)).sum::<f64>()) / 18.0;
    (pairs(n) - tied - 2.0 * inversions as f64, variance, (tied == 0.0).then_some(inversions))
}

/// The share of all orders of `n` values with so few or so many inversions.
fn exact(n: usize, inversions: u64) -> f64 {
    // By the number of inversions, the share of orders of the first values.
    let mut shares = vec![1.0_f64];
    for count in 2..=n {
        let mut next = vec![0.0; shares.len() + count - 1];
        for (at, share) in shares.iter().enumerate() {
            for more in 0..count {
                next[at + more] += share / count as f64;
            }
        }
        shares = next;
    }
    let most = shares.len() - 1;
    let tail = (inversions as usize).min(most.saturating_sub(inversions as usize));
    (2.0 * shares[..=tail].iter().sum::<f64>()).min(1.0)
}

/// Pairs in which the earlier value is the larger one; sorts the values by merging.
fn inversions(values: &mut [f64]) -> u64 {
    if values.len() < 2 {
        return 0;
    }
    let middle = values.len() / 2;
    let mut count = inversions(&mut values[..middle]) + inversions(&mut values[middle..]);
    let (left, right) = (values[..middle].to_vec(), values[middle..].to_vec());
    let (mut one, mut other) = (0, 0);
    for slot in values {
        let is_left = other >= right.len() || (one < left.len() && left[one] <= right[other]);
        if is_left {
            *slot = left[one];
            one += 1;
        } else {
            *slot = right[other];
            other += 1;
            count += (left.len() - one) as u64;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn slopes_of_known_data() {
        assert_eq!(theil_sen(&[1.0, 3.0, 5.0, 7.0]), Some(2.0));
        // One wild value does not move it.
        assert_eq!(theil_sen(&[1.0, 2.0, 3.0, 400.0, 5.0, 6.0, 7.0]), Some(1.0));
        assert_eq!(theil_sen(&[1.0]), None);
        let long: Vec<f64> = (0..10_000).map(|index| f64::from(index) * 0.5).collect();
        assert_eq!(theil_sen(&long), Some(0.5));
    }

    #[test]
    fn p_of_a_trend() {
        // One order of 24 rises throughout, one falls.
        assert!((mann_kendall(&[1.0, 2.0, 3.0, 4.0]) - 2.0 / 24.0).abs() < 1e-12);
        assert!((mann_kendall(&[4.0, 3.0, 2.0, 1.0]) - 2.0 / 24.0).abs() < 1e-12);
        // Of the 120 orders of five values 4 have one inversion, 1 has none.
        assert!((mann_kendall(&[1.0, 2.0, 3.0, 5.0, 4.0]) - 10.0 / 120.0).abs() < 1e-12);
        assert_eq!(mann_kendall(&[7.0; 40]), 1.0);
        // Hollander and Wolfe: exact and normal agree for many values.
        let values: Vec<f64> = (0..30).map(|index| f64::from((index * 7) % 31)).collect();
        let mut longer = values.clone();
        longer.push(values[29]);
        assert!((mann_kendall(&values) - mann_kendall(&longer)).abs() < 0.2);
    }

    #[test]
    fn inversions_are_counted() {
        for (values, expected) in
            [(vec![3.0, 1.0, 2.0], 2), (vec![1.0, 1.0], 0), (vec![5.0, 4.0, 3.0, 2.0, 1.0], 10)]
        {
            assert_eq!(inversions(&mut values.clone()), expected);
        }
    }
}
