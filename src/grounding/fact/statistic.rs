//! What a fact's value is of its group.

use serde::{Deserialize, Serialize};

/// What a fact's value is of its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Statistic {
    /// A count of files, rows, failures.
    Count,
    /// Number of values.
    N,
    /// Mean.
    Mean,
    /// Median.
    Median,
    /// Sample standard deviation.
    #[serde(rename = "sd")]
    Stddev,
    /// Sample standard deviation beside the mean, in percent.
    Cv,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// 90th percentile.
    P90,
    /// 95th percentile.
    P95,
    /// 99th percentile.
    P99,
    /// Lower end of the 95 % interval of the median.
    #[serde(rename = "ci95_low")]
    CiLow,
    /// Upper end of the 95 % interval of the median.
    #[serde(rename = "ci95_high")]
    CiHigh,
    /// All tokens over all their time, beside the mean of rates.
    RatioOfTotals,
    /// Median of the warm runs, where there are cold ones.
    WarmMedian,
    /// Number of warm runs, where there are cold ones.
    WarmN,
    /// Median of the cold runs.
    ColdMedian,
    /// Number of cold runs.
    ColdN,
    /// Best single value of a metric, its configuration in the group.
    Best,
    /// Worst single value of a metric, its configuration in the group.
    Worst,
    /// First value of a file that is far worse than the rest of it: a cold start.
    First,
    /// Place of the group's median among those it can be compared with, 1 is best.
    Rank,
    /// How many groups were ranked.
    Groups,
    /// How far the median of the group lies above that of the other one.
    Difference,
    /// How many times the median of the other group the group's is; 1 or more.
    Ratio,
    /// How far the median of the group is from that of the other one, in percent of that.
    Change,
    /// Share of the spread of the values that a driver explains, in percent.
    Share,
    /// The same of their ranks, where those show it better.
    RankShare,
    /// Runs that failed.
    Failed,
    /// The same in percent of all runs.
    FailedShare,
    /// A single value far from the others of its configuration.
    Outlier,
    /// How many of those there are.
    Outliers,
    /// By how much a series rises or falls from its first value to its last.
    Drift,
    /// Median before a change of level.
    Before,
    /// Median after a change of level.
    After,
    /// That change in percent.
    Step,
    /// A date.
    Date,
}

impl Statistic {
    /// Its name in records and tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::N => "n",
            Self::Mean => "mean",
            Self::Median => "median",
            Self::Stddev => "sd",
            Self::Cv => "cv",
            Self::Min => "min",
            Self::Max => "max",
            Self::P90 => "p90",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::CiLow => "ci95_low",
            Self::CiHigh => "ci95_high",
            Self::RatioOfTotals => "ratio_of_totals",
            Self::WarmMedian => "warm_median",
            Self::WarmN => "warm_n",
            Self::ColdMedian => "cold_median",
            Self::ColdN => "cold_n",
            Self::Best => "best",
            Self::Worst => "worst",
            Self::First => "first",
            Self::Rank => "rank",
            Self::Groups => "groups",
            Self::Difference => "difference",
            Self::Ratio => "ratio",
            Self::Change => "change",
            Self::Share => "share",
            Self::RankShare => "rank_share",
            Self::Failed => "failed",
            Self::FailedShare => "failed_share",
            Self::Outlier => "outlier",
            Self::Outliers => "outliers",
            Self::Drift => "drift",
            Self::Before => "before",
            Self::After => "after",
            Self::Step => "step",
            Self::Date => "date",
        }
    }
    /// Is its value a whole number of things, printed to the last digit?
    pub fn is_count(self) -> bool {
        matches!(
            self,
            Self::Count
                | Self::N
                | Self::WarmN
                | Self::ColdN
                | Self::Rank
                | Self::Groups
                | Self::Failed
                | Self::Outliers
        )
    }
}
