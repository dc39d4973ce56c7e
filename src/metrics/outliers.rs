//! Outliers of a series by a robust rule: modified z-scores (Iglewicz and Hoaglin 1993,
//! "How to Detect and Handle Outliers"), `0.6745 · (x − median) ÷ MAD`, beyond 3.5; Tukey's
//! fences where more than half of the values are equal. Pure. A row is never called an
//! outlier for having started cold: cold rows are judged among themselves.

use std::{cmp::Ordering, collections::BTreeMap, sync::Arc};

use super::{
    configuration::by_configuration,
    ranks::median,
    series::{Group, Series, Value},
    stats::percentile,
};

/// Fewer values have no middle that could be trusted.
pub const MIN_VALUES: usize = 5;
/// Iglewicz and Hoaglin's bound of the modified z-score.
pub const MAX_Z: f64 = 3.5;
/// Where more of a group than this lies far from its median, it has two levels: none of them
/// is an outlier.
const MOST: f64 = 0.25;
/// Makes the MAD of normal data their standard deviation: the 75th percentile of N(0, 1).
const MAD_TO_SIGMA: f64 = 0.674_489_75;
/// The mean absolute deviation of normal data in standard deviations, √(2/π) upside down.
const MEAN_DEVIATION_TO_SIGMA: f64 = 1.253_314_137;
/// Tukey's fences stand so many interquartile ranges away.
const FENCE: f64 = 1.5;
/// A deviation this small beside the median is rounding.
const ROUNDING: f64 = 1e-12;

/// How a group was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Modified z-score by the median absolute deviation.
    Mad,
    /// Outside of Tukey's fences: the MAD is 0.
    Fence,
    /// Modified z-score by the mean absolute deviation: the quartiles are equal too.
    MeanDeviation,
}

impl Rule {
    /// As printed and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mad => "modified z-score",
            Self::Fence => "interquartile fence",
            Self::MeanDeviation => "mean absolute deviation",
        }
    }
}

/// Rows that are judged together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Among {
    /// Those of one configuration.
    Configuration(Group),
    /// Those of one file whose configurations have too few rows each.
    File(Arc<str>),
    /// What is left, of several files and configurations.
    Rest,
}

/// One value far from its group.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlier {
    /// Index of the value in [`Series::values`].
    pub index: usize,
    /// In the series' unit.
    pub value: f64,
    /// Its file.
    pub path: Arc<str>,
    /// Its line, counted from 1.
    pub line: u32,
    /// Row in its table.
    pub row: u32,
    /// All dimensions of its row.
    pub group: Arc<Group>,
    /// What it was judged among.
    pub judged_in: Among,
    /// It and those it was judged among started cold.
    pub is_cold: bool,
    /// Values it was judged among, itself counted in.
    pub n: u64,
    /// Their median.
    pub median: f64,
    /// Their median absolute deviation, unscaled.
    pub mad: f64,
    /// How many MADs it lies from the median, with its sign; `None` where the MAD is 0.
    pub mads: Option<f64>,
    /// The modified z-score; `None` by the fences.
    pub z: Option<f64>,
    /// How it was found.
    pub rule: Rule,
}

/// The outliers of one series and what could not be judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outliers {
    /// Farthest first, by their distance in units of the rule's bound.
    pub found: Vec<Outlier>,
    /// Values that were judged.
    pub judged: u64,
    /// Values in groups of fewer than [`MIN_VALUES`].
    pub too_few: u64,
    /// Cold ones among those.
    pub too_few_cold: u64,
    /// Values in groups of two levels, where a quarter and more lie far from the median.
    pub two_levels: u64,
}

/// Judges the values of a series: those of each configuration with enough rows among
/// themselves, else those of each file, the rest together; cold ones apart from warm ones.
pub fn of(series: &Series) -> Outliers {
    let mut outliers = Outliers::default();
    let mut far: Vec<(f64, Outlier)> = Vec::new();
    for ((is_cold, judged_in), indices) in cells(series) {
        if indices.len() < MIN_VALUES {
            outliers.too_few += indices.len() as u64;
            outliers.too_few_cold += if is_cold { indices.len() as u64 } else { 0 };
            continue;
        }
        outliers.judged += indices.len() as u64;
        let values: Vec<(usize, Value<'_>)> =
            indices.iter().filter_map(|&index| Some((index, series.values.get(index)?))).collect();
        let numbers: Vec<f64> = values.iter().map(|(_, value)| value.number).collect();
        let Some(judge) = Judge::of(&numbers) else { continue };
        let count = numbers.iter().filter(|number| judge.distance(**number).is_some()).count();
        if count as f64 > numbers.len() as f64 * MOST {
            outliers.two_levels += numbers.len() as u64;
            continue;
        }
        for (index, value) in values {
            let Some(distance) = judge.distance(value.number) else { continue };
            let Some(path) = series.files.get(value.file as usize) else { continue };
            let outlier = Outlier {
                index,
                value: value.number,
                path: Arc::clone(path),
                line: value.line,
                row: value.row,
                group: Arc::clone(value.group),
                judged_in: judged_in.clone(),
                is_cold,
                n: numbers.len() as u64,
                median: judge.median,
                mad: judge.mad,
                mads: (judge.rule == Rule::Mad).then(|| (value.number - judge.median) / judge.mad),
                z: judge.z(value.number),
                rule: judge.rule,
            };
            far.push((distance, outlier));
        }
    }
    far.sort_by(|a, b| {
        b.0.partial_cmp(&a.0).unwrap_or(Ordering::Equal).then_with(|| a.1.index.cmp(&b.1.index))
    });
    outliers.found = far.into_iter().map(|(_, outlier)| outlier).collect();
    outliers
}

/// The indices of the values that are judged together, cold ones apart.
fn cells(series: &Series) -> BTreeMap<(bool, Among), Vec<usize>> {
    let mut cells: BTreeMap<(bool, Among), Vec<usize>> = BTreeMap::new();
    let mut by_file: BTreeMap<(bool, u32), Vec<usize>> = BTreeMap::new();
    for (configuration, indices) in by_configuration(series) {
        let is_cold = |index: &usize| series.values.get(*index).is_some_and(|value| value.is_cold);
        let (cold, warm): (Vec<usize>, Vec<usize>) = indices.into_iter().partition(is_cold);
        for (is_cold, own) in [(true, cold), (false, warm)] {
            if own.len() >= MIN_VALUES {
                cells.insert((is_cold, Among::Configuration(configuration.clone())), own);
                continue;
            }
            for index in own {
                let file = series.values.get(index).map_or(u32::MAX, |value| value.file);
                by_file.entry((is_cold, file)).or_default().push(index);
            }
        }
    }
    for ((is_cold, file), own) in by_file {
        let path = series.files.get(file as usize).filter(|_| own.len() >= MIN_VALUES);
        let among = path.map_or(Among::Rest, |path| Among::File(Arc::clone(path)));
        cells.entry((is_cold, among)).or_default().extend(own);
    }
    cells
}

/// What a group's values are measured with.
#[derive(Clone, Copy, Debug)]
struct Judge {
    rule: Rule,
    median: f64,
    mad: f64,
    /// The mean absolute deviation.
    mean_deviation: f64,
    fences: (f64, f64),
}

impl Judge {
    /// `None` where all values are equal.
    fn of(values: &[f64]) -> Option<Self> {
        let median = self::median(values)?;
        let deviations: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
        let mad = self::median(&deviations)?;
        let mean_deviation = deviations.iter().map(|deviation| deviation / values.len() as f64).sum::<f64>();
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let (low, high) = percentile(&sorted, 25.0).zip(percentile(&sorted, 75.0))?;
        let nothing = median.abs() * ROUNDING;
        if mean_deviation <= nothing {
            return None;
        }
        let rule = if mad > nothing {
            Rule::Mad
        } else if high - low > nothing {
            Rule::Fence
        } else {
            Rule::MeanDeviation
        };
        let reach = FENCE * (high - low);
        Some(Self { rule, median, mad, mean_deviation, fences: (low - reach, high + reach) })
    }
    fn z(&self, value: f64) -> Option<f64> {
        let distance = value - self.median;
        match self.rule {
            Rule::Mad => Some(MAD_TO_SIGMA * distance / self.mad),
            Rule::MeanDeviation => Some(distance / (MEAN_DEVIATION_TO_SIGMA * self.mean_deviation)),
            Rule::Fence => None,
        }
    }
    /// How far beyond the bound, 1 on it; `None`: no outlier.
    fn distance(&self, value: f64) -> Option<f64> {
        let distance = match self.z(value) {
            Some(z) => z.abs() / MAX_Z,
            None if value < self.fences.0 => (self.median - value) / (self.median - self.fences.0),
            None if value > self.fences.1 => (value - self.median) / (self.fences.1 - self.median),
            None => 0.0,
        };
        (distance > 1.0).then_some(distance)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;
    use crate::metrics::tests::library;

    fn series(rows: &[(&str, f64, bool)]) -> Series {
        let mut text = String::from("num_gpu,prompt_index,tokens_s\n");
        for (index, (num_gpu, number, _)) in rows.iter().enumerate() {
            text.extend(
                [num_gpu.to_string(), index.to_string(), number.to_string()].join(",").chars().chain(['\n']),
            );
        }
        let library = library(&[("runs.csv", &text)]);
        let mut series = Series::clone(&library.series()[0]);
        let values: Vec<_> = series
            .values
            .iter()
            .map(|value| (value.line, value.row, value.number, Arc::clone(value.group)))
            .collect();
        series.values = super::super::series::Values::default();
        for ((line, row, number, group), (_, _, is_cold)) in values.iter().zip(rows) {
            series.values.push(Value {
                number: *number,
                file: 0,
                line: *line,
                row: *row,
                is_cold: *is_cold,
                at_ns: None,
                group,
            });
        }
        series
    }

    fn warm(values: &[f64]) -> Series {
        series(&values.iter().map(|value| ("1", *value, false)).collect::<Vec<_>>())
    }

    #[track_caller]
    fn check(series: &Series, expected: &[(f64, Rule)]) {
        let found: Vec<(f64, Rule)> =
            of(series).found.iter().map(|outlier| (outlier.value, outlier.rule)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn values_far_from_their_group_are_found() {
        // Median 11, MAD 1: the bound lies at 11 ± 5.19.
        check(
            &warm(&[10.0, 11.0, 12.0, 10.0, 12.0, 11.0, 17.0, 5.9, 5.0]),
            &[(17.0, Rule::Mad), (5.0, Rule::Mad)],
        );
        check(&warm(&[10.0, 11.0, 12.0, 100.0]), &[]);
        check(&warm(&[10.0; 9]), &[]);
    }

    #[test]
    fn an_outlier_says_where_it_stands_and_how_far_it_is() {
        let found = of(&warm(&[10.0, 11.0, 12.0, 10.0, 12.0, 11.0, 17.0])).found;
        let [outlier] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((&*outlier.path, outlier.line, outlier.row, outlier.n), ("runs.csv", 8, 6, 7));
        assert_eq!((outlier.median, outlier.mad, outlier.mads), (11.0, 1.0, Some(6.0)));
        assert!((outlier.z.unwrap() - 4.046_938_5).abs() < 1e-9);
    }

    #[test]
    fn where_most_values_are_equal_other_rules_judge() {
        check(&warm(&[5.0, 5.0, 5.0, 5.0, 5.0, 6.0, 6.0, 9.0]), &[(9.0, Rule::Fence)]);
        check(&warm(&[5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 100.0]), &[(100.0, Rule::MeanDeviation)]);
        check(&warm(&[0.1 + 0.2, 0.3, 0.3, 0.3, 0.3, 0.3, 0.3]), &[]);
    }

    #[test]
    fn configurations_are_judged_apart_and_small_ones_together() {
        let slow = [10.0, 10.5, 9.5, 10.2, 9.8, 50.0].map(|value| ("0", value, false));
        let fast = [50.0, 51.0, 49.0, 50.5, 49.5].map(|value| ("99", value, false));
        let single = [30.0, 31.0].map(|value| ("20", value, false));
        let all = series(&[&slow[..], &fast[..], &single[..]].concat());
        let outliers = of(&all);
        assert_eq!((outliers.judged, outliers.too_few), (11, 2));
        let [outlier] = outliers.found.as_slice() else { panic!("{outliers:?}") };
        assert_eq!(
            (outlier.value, outlier.n, &outlier.judged_in),
            (50.0, 6, &Among::Configuration(Group(vec![("num_gpu".into(), "0".into())])))
        );
    }

    #[test]
    fn single_rows_of_a_sweep_are_judged_by_their_file() {
        let mut rows: Vec<(String, f64)> =
            (0..12).map(|row| (format!("{row}"), 100.0 + f64::from(row % 4))).collect();
        rows[5].1 = 40.0;
        let rows: Vec<(&str, f64, bool)> =
            rows.iter().map(|(key, value)| (key.as_str(), *value, false)).collect();
        let found = of(&series(&rows)).found;
        let [outlier] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((outlier.line, &outlier.judged_in), (7, &Among::File("runs.csv".into())));
    }

    #[test]
    fn two_levels_are_no_outliers() {
        let values = [13.0, 13.1, 13.2, 13.3, 13.1, 13.2, 1.0, 1.1, 1.2, 1.1];
        let outliers = of(&warm(&values));
        assert_eq!((outliers.found.len(), outliers.two_levels), (0, 10));
    }

    #[test]
    fn a_cold_row_is_no_outlier_for_being_cold() {
        let mut rows: Vec<(&str, f64, bool)> =
            (0..10).map(|row| ("1", 10.0 + f64::from(row) / 10.0, false)).collect();
        rows.push(("1", 900.0, true));
        check(&series(&rows), &[]);
        rows.extend([890.0, 905.0, 910.0, 900.0, 3_000.0].map(|value| ("1", value, true)));
        check(&series(&rows), &[(3_000.0, Rule::Mad)]);
    }

    proptest! {
        #[test]
        fn neither_scale_nor_shift_makes_an_outlier(
            values in proptest::collection::vec(-1_000_i32..1_000, 5..40),
            scale in 1_u8..8,
            shift in -64_i8..64,
        ) {
            // Whole numbers and powers of two: nothing is rounded on the way.
            let factor = f64::from(1_u32 << scale);
            let plain: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
            let moved: Vec<f64> = plain.iter().map(|value| value * factor + f64::from(shift)).collect();
            let places = |values: &[f64]| of(&warm(values)).found.iter().map(|outlier| outlier.index).collect::<Vec<_>>();
            prop_assert_eq!(places(&plain), places(&moved));
        }

        #[test]
        fn at_most_half_of_the_values_are_outliers(values in proptest::collection::vec(-1e6_f64..1e6, 5..40)) {
            prop_assert!(of(&warm(&values)).found.len() * 2 <= values.len());
        }
    }
}
