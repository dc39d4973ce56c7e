//! What can be asked for with `--stat`, and its values.

use std::{borrow::Cow, fmt, str::FromStr};

use crate::metrics::{
    query::Answer,
    stats::{Stats, median_ci95, percentile},
};

/// Percentiles have at most so many decimals.
const PERCENTILE_PARTS: f64 = 1e3;

/// A statistic by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statistic {
    /// Values.
    N,
    /// Rows that satisfy the conditions.
    Count,
    /// Rows left out.
    Excluded,
    /// Rows that say that they failed.
    Failed,
    /// Arithmetic mean.
    Mean,
    /// 50th percentile.
    Median,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// Any percentile, in thousandths.
    Percentile(u32),
    /// Sample standard deviation.
    Stddev,
    /// stddev ÷ mean.
    Cv,
    /// 95 % interval of the median.
    Ci95,
    /// Sum.
    Sum,
    /// Total of tokens ÷ total of time.
    RatioOfTotals,
    /// Where the smallest stands.
    Argmin,
    /// Where the largest stands.
    Argmax,
}

/// No statistic has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownStatistic;

impl fmt::Display for UnknownStatistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
        write!(f, "one of {}, or a percentile as p90", names.join(", "))
    }
}

impl std::error::Error for UnknownStatistic {}

/// Names; of two for one the first is that of the answer.
const NAMES: [(&str, Statistic); 16] = [
    ("n", Statistic::N),
    ("count", Statistic::Count),
    ("excluded", Statistic::Excluded),
    ("failed", Statistic::Failed),
    ("mean", Statistic::Mean),
    ("median", Statistic::Median),
    ("min", Statistic::Min),
    ("max", Statistic::Max),
    ("stddev", Statistic::Stddev),
    ("sd", Statistic::Stddev),
    ("cv", Statistic::Cv),
    ("ci95", Statistic::Ci95),
    ("sum", Statistic::Sum),
    ("ratio_of_totals", Statistic::RatioOfTotals),
    ("argmin", Statistic::Argmin),
    ("argmax", Statistic::Argmax),
];

impl FromStr for Statistic {
    type Err = UnknownStatistic;

    fn from_str(text: &str) -> Result<Self, UnknownStatistic> {
        let text = text.trim().to_ascii_lowercase();
        if let Some((_, statistic)) = NAMES.iter().find(|(name, _)| *name == text) {
            return Ok(*statistic);
        }
        let digits = text.strip_prefix('p').ok_or(UnknownStatistic)?;
        let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let percent: f64 = digits.parse().map_err(|_| UnknownStatistic)?;
        let parts = percent * PERCENTILE_PARTS;
        if !is_plain || !(0.0..=100.0).contains(&percent) || (parts - parts.round()).abs() > 1e-6 {
            return Err(UnknownStatistic);
        }
        Ok(Statistic::Percentile(parts.round() as u32))
    }
}

impl Statistic {
    /// Those of the promised shape: all but the long ones.
    pub(super) const USUAL: [Statistic; 12] = [
        Statistic::N,
        Statistic::Excluded,
        Statistic::Mean,
        Statistic::Median,
        Statistic::Min,
        Statistic::Max,
        Statistic::Percentile(90_000),
        Statistic::Percentile(95_000),
        Statistic::Percentile(99_000),
        Statistic::Stddev,
        Statistic::Cv,
        Statistic::Ci95,
    ];
    /// What fits a line.
    pub(super) const SHORT: [Statistic; 7] = [
        Statistic::N,
        Statistic::Excluded,
        Statistic::Median,
        Statistic::Mean,
        Statistic::Stddev,
        Statistic::Min,
        Statistic::Max,
    ];

    /// Its name in an answer.
    pub(super) fn name(self) -> String {
        if let Statistic::Percentile(parts) = self {
            return format!("p{}", f64::from(parts) / PERCENTILE_PARTS);
        }
        let known = NAMES.iter().find(|(_, statistic)| *statistic == self);
        known.map_or_else(String::new, |(name, _)| (*name).to_owned())
    }
    /// Does it need the rows where the extremes stand?
    pub(super) fn has_place(self) -> bool {
        matches!(self, Statistic::Argmin | Statistic::Argmax | Statistic::Failed)
    }
}

/// The value of a statistic.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Worth {
    /// Rows or values.
    Count(u64),
    /// A number, where it is defined.
    Number(Option<f64>),
    /// The ends of an interval.
    Interval(Option<(f64, f64)>),
    /// It is a place and no number.
    Place,
}

/// Numbers with what is computed of them once.
#[derive(Debug)]
pub(super) struct Computed<'a> {
    stats: Stats,
    sorted: Cow<'a, [f64]>,
}

impl<'a> Computed<'a> {
    pub fn of(numbers: &'a [f64]) -> Self {
        let is_sorted = numbers.is_sorted() && numbers.last().is_none_or(|last| last.is_finite());
        // The numbers of a large file come sorted: another copy of them is not to be had.
        let sorted = if is_sorted && numbers.first().is_none_or(|first| first.is_finite()) {
            Cow::Borrowed(numbers)
        } else {
            let mut sorted: Vec<f64> = numbers.iter().copied().filter(|number| number.is_finite()).collect();
            sorted.sort_unstable_by(f64::total_cmp);
            Cow::Owned(sorted)
        };
        Computed { stats: Stats::of_sorted(&sorted), sorted }
    }
    /// A statistic of the numbers alone; what only the answer knows is nothing here.
    pub fn worth(&self, statistic: Statistic) -> Worth {
        let stats = &self.stats;
        Worth::Number(match statistic {
            Statistic::N => return Worth::Count(stats.n),
            Statistic::Ci95 => return Worth::Interval(median_ci95(&self.sorted)),
            Statistic::Mean => stats.mean,
            Statistic::Median => stats.median,
            Statistic::Min => stats.min,
            Statistic::Max => stats.max,
            Statistic::Percentile(parts) => percentile(&self.sorted, f64::from(parts) / PERCENTILE_PARTS),
            Statistic::Stddev => stats.stddev,
            Statistic::Cv => stats.cv,
            Statistic::Sum => stats.mean.map(|_| self.sorted.iter().sum()),
            Statistic::Argmin | Statistic::Argmax => return Worth::Place,
            Statistic::Count | Statistic::Excluded | Statistic::Failed | Statistic::RatioOfTotals => None,
        })
    }
    /// A statistic of an answer.
    pub fn worth_in(&self, answer: &Answer, statistic: Statistic) -> Worth {
        match statistic {
            Statistic::Count => Worth::Count(answer.count),
            Statistic::Excluded => Worth::Count(answer.excluded_total()),
            Statistic::Failed => Worth::Count(answer.failed),
            Statistic::RatioOfTotals => Worth::Number(answer.ratio_of_totals()),
            other => self.worth(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_by_name() {
        for (text, expected, name) in [
            ("sd", Ok(Statistic::Stddev), "stddev"),
            ("P90", Ok(Statistic::Percentile(90_000)), "p90"),
            ("p99.9", Ok(Statistic::Percentile(99_900)), "p99.9"),
            ("p0", Ok(Statistic::Percentile(0)), "p0"),
            ("ratio_of_totals", Ok(Statistic::RatioOfTotals), "ratio_of_totals"),
            ("p101", Err(UnknownStatistic), ""),
            ("p1e1", Err(UnknownStatistic), ""),
            ("p", Err(UnknownStatistic), ""),
            ("average", Err(UnknownStatistic), ""),
        ] {
            let found = text.parse::<Statistic>();
            assert_eq!(found, expected, "{text}");
            assert_eq!(found.map(Statistic::name).unwrap_or_default(), name);
        }
    }
}
