//! The orders that the lists can be in.

use std::cmp::{Ordering, Reverse};

use serde::{Deserialize, Serialize};

use crate::{
    compare::{Row as Delta, verdict::Verdict},
    ingest::{file::Status, inventory::ReportFile},
    metrics::{
        names::Better,
        series::{Group, Series},
    },
};

/// What the files are in order of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileSort {
    /// The path.
    #[default]
    Path,
    /// The newest first.
    Newest,
    /// The largest first.
    Size,
    /// Most rows first.
    Rows,
    /// CSV, JSON, Markdown, text.
    Kind,
    /// What could not be read first.
    Status,
}

impl FileSort {
    const ALL: [FileSort; 6] =
        [FileSort::Path, FileSort::Newest, FileSort::Size, FileSort::Rows, FileSort::Kind, FileSort::Status];

    /// The next order, around the end.
    #[must_use]
    pub(super) fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }

    /// As said beside the list; nothing for the usual one.
    pub fn title(self) -> &'static str {
        match self {
            Self::Path => "",
            Self::Newest => "newest first",
            Self::Size => "largest first",
            Self::Rows => "most rows first",
            Self::Kind => "by kind",
            Self::Status => "worst read first",
        }
    }

    /// Which of two files comes first; of equal ones the path decides.
    pub(super) fn compare(self, one: &ReportFile, other: &ReportFile) -> Ordering {
        let by = |key: fn(&ReportFile) -> i128| key(one).cmp(&key(other));
        let by_key = match self {
            Self::Path => Ordering::Equal,
            Self::Newest => by(|file| -file.stamp.modified_ns),
            Self::Size => Reverse(one.stamp.length).cmp(&Reverse(other.stamp.length)),
            Self::Rows => Reverse(one.document.rows()).cmp(&Reverse(other.document.rows())),
            Self::Kind => one.kind.cmp(&other.kind),
            Self::Status => by(|file| match file.status {
                Status::Error => 0,
                Status::Partial => 1,
                Status::Skipped => 2,
                Status::Ok => 3,
            }),
        };
        by_key.then_with(|| one.path.cmp(&other.path))
    }
}

/// What the series of one metric are in order of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeriesSort {
    /// As the folder's series are listed: by group.
    #[default]
    Listed,
    /// The best median first, by the metric's own direction.
    Best,
    /// Most values first.
    Count,
    /// The largest cv first.
    Spread,
    /// Most rows left out first.
    Excluded,
}

impl SeriesSort {
    const ALL: [SeriesSort; 5] =
        [SeriesSort::Listed, SeriesSort::Best, SeriesSort::Count, SeriesSort::Spread, SeriesSort::Excluded];

    /// The next order, around the end.
    #[must_use]
    pub(super) fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }

    /// As said beside the list; nothing for the usual one.
    pub fn title(self) -> &'static str {
        match self {
            Self::Listed => "",
            Self::Best => "best of a metric first",
            Self::Count => "most values first",
            Self::Spread => "largest cv first",
            Self::Excluded => "most left out first",
        }
    }

    /// Which of two series of the same metric and unit comes first.
    pub(super) fn compare(self, one: &Series, other: &Series) -> Ordering {
        let descending = |key: fn(&Series) -> Option<f64>| {
            // What is not defined comes last.
            let of = |series: &Series| key(series).unwrap_or(f64::NEG_INFINITY);
            of(other).total_cmp(&of(one))
        };
        match self {
            Self::Listed => by_group(&one.group, &other.group),
            Self::Best if one.metric.better() == Some(Better::Lower) => {
                descending(|series| series.stats.median.map(|median| -median))
            }
            Self::Best => descending(|series| series.stats.median),
            Self::Count => other.stats.n.cmp(&one.stats.n),
            Self::Spread => descending(|series| series.stats.cv),
            Self::Excluded => other.excluded_total().cmp(&one.excluded_total()),
        }
    }
}

/// What the rows of a comparison are in order of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeltaSort {
    /// What both sides have first, by metric and group.
    #[default]
    Listed,
    /// What got worse, then what got better, then what nobody knows.
    Verdict,
    /// The largest difference first, whichever way.
    Change,
    /// The smallest p-value first.
    Certain,
}

impl DeltaSort {
    const ALL: [DeltaSort; 4] =
        [DeltaSort::Listed, DeltaSort::Verdict, DeltaSort::Change, DeltaSort::Certain];

    /// The next order, around the end.
    #[must_use]
    pub(super) fn next(self) -> Self {
        Self::ALL[(self as usize + 1) % Self::ALL.len()]
    }

    /// As said beside the list; nothing for the usual one.
    pub fn title(self) -> &'static str {
        match self {
            Self::Listed => "",
            Self::Verdict => "worse first",
            Self::Change => "largest difference first",
            Self::Certain => "smallest p first",
        }
    }

    /// Which of two rows comes first. What both sides have stays before what one side alone has.
    pub(super) fn compare(self, one: &Delta, other: &Delta) -> Ordering {
        // What is not defined comes last.
        let ascending = |key: fn(&Delta) -> Option<f64>| {
            let of = |row: &Delta| key(row).unwrap_or(f64::INFINITY);
            of(one).total_cmp(&of(other))
        };
        let by_sort = match self {
            Self::Listed => Ordering::Equal,
            Self::Verdict => {
                let rank = |row: &Delta| match row.verdict {
                    Verdict::Worse => 0,
                    Verdict::Better => 1,
                    Verdict::Unclear => 2,
                    Verdict::Same => 3,
                };
                rank(one).cmp(&rank(other)).then_with(|| ascending(largest_first))
            }
            Self::Change => ascending(largest_first),
            Self::Certain => ascending(|row| row.test.as_ref().map(|test| test.p_adjusted)),
        };
        other.has_both().cmp(&one.has_both()).then(by_sort)
    }
}

fn largest_first(row: &Delta) -> Option<f64> {
    row.delta_pct.map(|delta| -delta.abs())
}

/// By the settings in turn, numbers as numbers: 8 layers come before 16.
fn by_group(one: &Group, other: &Group) -> Ordering {
    let settings = one.0.iter().zip(&other.0).map(|((key, a), (other_key, b))| {
        key.cmp(other_key).then_with(|| match (a.parse::<f64>(), b.parse::<f64>()) {
            _ if a == b => Ordering::Equal,
            (Ok(a), Ok(b)) => a.total_cmp(&b),
            _ => a.cmp(b),
        })
    });
    settings.fold(Ordering::Equal, Ordering::then).then(one.0.len().cmp(&other.0.len()))
}
