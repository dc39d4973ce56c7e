//! How much of a spread levels or a second column explain, and how sure that is.

use crate::metrics::{
    ranks::{centred, correlation_p, pearson, permutation_p, ranks, shuffle, spearman},
    stats::SplitMix64,
};

/// The same data give the same p, today and tomorrow.
const SEED: u64 = 0x0D41_7E25_5EED_0001;

/// What a candidate explains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// Share of the spread (0 to 1) of the values that it explains, adjusted for the number
    /// of levels: ε² (Kelley 1935), `1 − (SS_within ÷ (n − k)) ÷ (SS_total ÷ (n − 1))`; of a
    /// second column the adjusted R².
    pub share: f64,
    /// The same of the ranks, which no single extreme row can carry.
    pub rank_share: f64,
    /// p of the ranks by seeded permutation.
    pub p: f64,
}

impl Effect {
    /// The larger of the two shares: a few extreme rows show in the values, a steady shift
    /// beneath one extreme row shows in the ranks.
    pub fn size(&self) -> f64 {
        self.share.max(self.rank_share)
    }
}

/// The effect of levels inside of strata: of what the strata leave, how much do the levels
/// explain? One stratum for all: the plain effect. `None` where no stratum has rows to
/// compare (each row is a level of its own, or each stratum has one level) or nothing varies.
pub fn of_levels(values: &[f64], levels: &[usize], strata: &[usize]) -> Option<Effect> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    // Equal cells by value: neither sums nor shuffles depend on the order of the files.
    order.sort_unstable_by(|&a, &b| {
        (strata[a], levels[a]).cmp(&(strata[b], levels[b])).then_with(|| values[a].total_cmp(&values[b]))
    });
    let sizes = |is_same: &dyn Fn(usize, usize) -> bool| -> Vec<usize> {
        order.chunk_by(|&a, &b| is_same(a, b)).map(<[usize]>::len).collect()
    };
    let strata_sizes = sizes(&|a, b| strata[a] == strata[b]);
    let cell_sizes = sizes(&|a, b| strata[a] == strata[b] && levels[a] == levels[b]);
    if cell_sizes.len() == strata_sizes.len() || cell_sizes.len() == values.len() {
        return None;
    }
    let sorted = |values: &[f64]| -> Vec<f64> { order.iter().map(|&index| values[index]).collect() };
    let (own, mut ranked) = (centred(&sorted(values)), centred(&sorted(&ranks(values))));
    let share = share(&own, &strata_sizes, &cell_sizes)?;
    let rank_share = self::share(&ranked, &strata_sizes, &cell_sizes).unwrap_or(0.0);
    let observed = between(&ranked, &cell_sizes);
    let mut rest = ranked.as_mut_slice();
    for size in &strata_sizes {
        let (stratum, behind) = rest.split_at_mut(*size);
        stratum.sort_unstable_by(f64::total_cmp);
        rest = behind;
    }
    let mut random = SplitMix64(SEED);
    let p = permutation_p(ranked.len(), observed, || {
        let mut rest = ranked.as_mut_slice();
        for size in &strata_sizes {
            let (stratum, behind) = rest.split_at_mut(*size);
            shuffle(stratum, &mut random);
            rest = behind;
        }
        between(&ranked, &cell_sizes)
    });
    Some(Effect { share, rank_share, p })
}

/// The effect of a second column of the same rows, and its rank correlation.
pub fn of_column(values: &[f64], column: &[f64]) -> Option<(Effect, f64)> {
    let adjust = |r: f64| {
        let n = values.len() as f64;
        (1.0 - (1.0 - r * r) * (n - 1.0) / (n - 2.0)).max(0.0)
    };
    let (r, rho) = (pearson(values, column)?, spearman(values, column)?);
    let p = correlation_p(&ranks(values), &ranks(column), SEED);
    Some((Effect { share: adjust(r), rank_share: adjust(rho), p }, rho))
}

/// `1 − (SS within cells ÷ its freedom) ÷ (SS within strata ÷ its freedom)`, at least 0.
fn share(values: &[f64], strata_sizes: &[usize], cell_sizes: &[usize]) -> Option<f64> {
    let freedom = |sizes: &[usize]| (values.len() - sizes.len()) as f64;
    let (outer, inner) = (within(values, strata_sizes), within(values, cell_sizes));
    // Equal values have no spread to explain.
    let total = within(values, &[values.len()]);
    if outer <= total * 1e-12 || outer == 0.0 {
        return None;
    }
    let left = (inner / freedom(cell_sizes)) / (outer / freedom(strata_sizes));
    Some((1.0 - left).clamp(0.0, 1.0))
}

/// Sum of squares around the means of consecutive cells.
pub fn within(values: &[f64], sizes: &[usize]) -> f64 {
    let mut rest = values;
    let mut sum = 0.0;
    for size in sizes {
        let (cell, behind) = rest.split_at((*size).min(rest.len()));
        let mean = cell.iter().sum::<f64>() / cell.len().max(1) as f64;
        sum += cell.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>();
        rest = behind;
    }
    sum
}

/// Sum of squares of the cells' sums by their sizes: all that shuffling can change of F.
fn between(values: &[f64], sizes: &[usize]) -> f64 {
    let mut rest = values;
    let mut sum = 0.0;
    for size in sizes {
        let (cell, behind) = rest.split_at((*size).min(rest.len()));
        let total: f64 = cell.iter().sum();
        sum += total * total / (*size).max(1) as f64;
        rest = behind;
    }
    sum
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_share_is_that_of_a_hand_worked_table() {
        // Means 2 and 5 around 3.5: SS between 13.5, within 4, total 17.5.
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let effect = of_levels(&values, &[0, 0, 0, 1, 1, 1], &[0; 6]).unwrap();
        assert!((effect.share - (1.0 - (4.0 / 4.0) / (17.5 / 5.0))).abs() < 1e-12);
        assert!((effect.rank_share - effect.share).abs() < 1e-12);
        // Two of the 20 ways to part six ranks are as extreme.
        assert!((effect.p - 0.1).abs() < 0.04, "{}", effect.p);
    }

    #[test]
    fn a_level_for_each_row_explains_nothing() {
        assert_eq!(of_levels(&[1.0, 5.0, 2.0], &[0, 1, 2], &[0; 3]), None);
        assert_eq!(of_levels(&[1.0, 5.0, 2.0], &[0; 3], &[0; 3]), None);
        assert_eq!(of_levels(&[2.0; 4], &[0, 0, 1, 1], &[0; 4]), None);
    }

    #[test]
    fn levels_without_effect_explain_nothing_on_average() {
        let mut random = SplitMix64(5);
        let (mut sum, mut found) = (0.0, 0);
        for _ in 0..100 {
            let values: Vec<f64> = (0..30).map(|_| random.below(1 << 20) as f64).collect();
            let levels: Vec<usize> = (0..30).map(|row| row % 10).collect();
            let effect = of_levels(&values, &levels, &[0; 30]).unwrap();
            sum += effect.share;
            found += usize::from(effect.p <= 0.05);
        }
        // Unadjusted, ten levels of thirty rows would "explain" 9/29 by chance alone. What
        // is left is the part below zero that is cut.
        assert!(sum / 100.0 < 0.12, "{sum}");
        assert!(found <= 12, "{found}");
    }

    #[test]
    fn inside_of_strata_only_what_they_leave_counts() {
        // The level follows the stratum, and the stratum alone moves the value.
        let values = [1.0, 1.2, 1.1, 9.0, 9.2, 9.1, 1.15, 9.05];
        let levels = [0, 0, 0, 1, 1, 1, 1, 0];
        let strata = [0, 0, 0, 1, 1, 1, 0, 1];
        let plain = of_levels(&values, &levels, &[0; 8]).unwrap();
        let inside = of_levels(&values, &levels, &strata).unwrap();
        assert!(plain.share > 0.1 && inside.share < 0.05, "{plain:?} {inside:?}");
        assert_eq!(of_levels(&values, &strata, &strata), None);
    }
}
