//! Facts that say something together. The plan of a report reads these and computes nothing
//! again: each figure of them is a fact, by its index in the ledger.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    compare::verdict::Verdict,
    metrics::{
        drivers::Sort,
        names::{Known, Metric},
        series::Group,
    },
};

/// Why two groups stand beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationKind {
    /// The best group and the next one.
    Next,
    /// The best group and the worst one.
    Worst,
    /// A group and the one that is called the baseline.
    Baseline,
}

/// Two groups of one metric beside each other, by their medians.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Relation {
    /// Of which metric.
    pub metric: Metric,
    /// Why these two.
    pub kind: RelationKind,
    /// The one that is spoken of: the best, or the one beside the baseline.
    pub group: Arc<Group>,
    /// What it is held against.
    pub other: Arc<Group>,
    /// How `group` does.
    pub verdict: Verdict,
    /// p of the rank test, adjusted over all relations; `None` for single values.
    pub p: Option<f64>,
    /// The 95 % interval of the change in percent.
    pub ci95: Option<(f64, f64)>,
    /// Cold runs were set apart: the medians are the warm ones ([`super::Statistic::WarmMedian`]).
    pub is_warm: bool,
    /// The median of `group` that was compared.
    pub median: usize,
    /// The median of `other` that was compared.
    pub other_median: usize,
    /// Change of `group` from `other` in percent, with its sign.
    pub change: Option<usize>,
    /// The larger median over the smaller: its fact says which group is how many times the
    /// other. `None` where the medians are equal as printed, or of unlike sign.
    pub ratio: Option<usize>,
    /// The larger median less the smaller: its fact says which group lies above the other.
    pub difference: Option<usize>,
}

/// One level of a driver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LevelFacts {
    /// Its value: `80` of `num_gpu`.
    pub value: Arc<str>,
    /// Median of the metric there.
    pub median: usize,
    /// Number of values there.
    pub n: usize,
}

/// What explains the spread of a metric. It moves together with the metric in these rows;
/// only what [`Driver::may_be_cause`] holds for may be spoken of as a cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Driver {
    /// Of which metric.
    pub metric: Metric,
    /// Among which rows; empty: all of the metric.
    pub group: Arc<Group>,
    /// A dimension, `start` (cold or warm), `position` (first or not), or another metric.
    pub name: Arc<str>,
    /// Which of those.
    pub sort: Sort,
    /// How much of the spread it explains.
    pub share: usize,
    /// p, adjusted for the number of candidates.
    pub p: f64,
    /// Rank correlation, where it is a number: above 0 the metric rises with it.
    pub correlation: Option<f64>,
    /// Its best level (the lowest where no way is better); for dimensions.
    pub best: Option<LevelFacts>,
    /// Its worst level.
    pub worst: Option<LevelFacts>,
    /// Dimensions that change together with it, row by row.
    pub same_as: Vec<Arc<str>>,
    /// What it only stands for: inside of that its effect is gone.
    pub confounded_with: Vec<Arc<str>>,
}

impl Driver {
    /// Nothing else explains it away, and nothing else changes with it row by row. Where a
    /// run stands in its file is no cause of anything, and another measure is one only where
    /// it is a part of the metric: two results of a run may both follow from a third thing.
    pub fn may_be_cause(&self) -> bool {
        let is_kind = match self.sort {
            Sort::Dimension | Sort::Start => true,
            Sort::Position => false,
            Sort::Measured => is_part(&self.name, &self.metric),
        };
        is_kind && self.confounded_with.is_empty() && self.same_as.is_empty()
    }
}

/// Is the time of this name spent inside of the metric's?
fn is_part(name: &str, metric: &Metric) -> bool {
    use Known::{EvalDuration, Latency, LoadDuration, PromptEvalDuration, TotalDuration, Ttft};
    let Some((part, whole)) = Metric::named(name).and_then(|part| part.known()).zip(metric.known()) else {
        return false;
    };
    matches!(
        (part, whole),
        (LoadDuration | PromptEvalDuration, Ttft | TotalDuration | Latency)
            | (Ttft | EvalDuration, TotalDuration | Latency)
    )
}

/// A configuration that no other beats in every metric of the front.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FrontMember {
    /// The configuration.
    pub configuration: Arc<Group>,
    /// The metrics, in the order of the medians.
    pub metrics: Vec<Metric>,
    /// Its median of each metric.
    pub medians: Vec<usize>,
    /// The best compromise: nearest to the best of every metric.
    pub is_knee: bool,
    /// How many configurations it beats in every metric.
    pub beats: u64,
}

/// Runs that failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Of which group: as the series has it, or the file where `path` is set.
    pub group: Arc<Group>,
    /// The file, for failures by file.
    pub path: Option<Arc<str>>,
    /// What the rows give as their error, for failures by reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Arc<str>>,
    /// How many.
    pub failed: usize,
    /// In percent of the runs of that group or file.
    pub share: Option<usize>,
    /// None succeeded.
    pub is_all: bool,
}

/// A value far from those of its configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outlier {
    /// Of which metric.
    pub metric: Metric,
    /// The series that it is in.
    pub group: Arc<Group>,
    /// The value; its fact's source says where it stands.
    pub value: usize,
    /// The median of the values it was judged among.
    pub median: usize,
    /// How many of them there are.
    pub n: usize,
    /// How many median absolute deviations it lies from the median, with its sign.
    pub mads: Option<f64>,
    /// It started cold, and so did those it was judged among.
    pub is_cold: bool,
}

/// A change of level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepFacts {
    /// Median before.
    pub before: usize,
    /// Median from there on.
    pub after: usize,
    /// The change in percent; its fact's source is the first row after it.
    pub change: Option<usize>,
    /// p by permutation.
    pub p: f64,
    /// Dimensions that changed there too: then it is no change over time alone.
    pub changed: Vec<Arc<str>>,
}

/// How a series moves over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trend {
    /// Of which metric.
    pub metric: Metric,
    /// Which series.
    pub group: Arc<Group>,
    /// What orders its values: `time in the rows`, `modification of the files`, `lines of the
    /// file`.
    pub order: String,
    /// From its first value to its last, where it rises or falls all along.
    pub drift: Option<usize>,
    /// p of that.
    pub p: Option<f64>,
    /// Where its level changes instead.
    pub steps: Vec<StepFacts>,
}

/// Where a fact stands once others are taken out or moved; `None`: it is gone.
pub(super) type Place<'a> = &'a dyn Fn(usize) -> Option<usize>;

impl Relation {
    pub(super) fn moved(&self, place: Place<'_>) -> Option<Self> {
        let [change, ratio, difference] =
            [self.change, self.ratio, self.difference].map(|fact| fact.and_then(place));
        let (median, other_median) = (place(self.median)?, place(self.other_median)?);
        Some(Self { median, other_median, change, ratio, difference, ..self.clone() })
    }
}

impl LevelFacts {
    fn moved(&self, place: Place<'_>) -> Option<Self> {
        Some(Self { median: place(self.median)?, n: place(self.n)?, value: Arc::clone(&self.value) })
    }
}

impl Driver {
    pub(super) fn moved(&self, place: Place<'_>) -> Option<Self> {
        let level = |level: &Option<LevelFacts>| level.as_ref().and_then(|level| level.moved(place));
        let (share, best, worst) = (place(self.share)?, level(&self.best), level(&self.worst));
        Some(Self { share, best, worst, ..self.clone() })
    }
}

impl FrontMember {
    pub(super) fn moved(&self, place: Place<'_>) -> Option<Self> {
        let medians = self.medians.iter().map(|&fact| place(fact)).collect::<Option<_>>()?;
        Some(Self { medians, ..self.clone() })
    }
}

impl Failure {
    /// Is it about a group of runs?
    pub fn is_of_group(&self) -> bool {
        self.path.is_none() && self.reason.is_none()
    }
    pub(super) fn moved(&self, place: Place<'_>) -> Option<Self> {
        Some(Self { failed: place(self.failed)?, share: self.share.and_then(place), ..self.clone() })
    }
}

impl Outlier {
    pub(super) fn moved(&self, place: Place<'_>) -> Option<Self> {
        let (value, median, n) = (place(self.value)?, place(self.median)?, place(self.n)?);
        Some(Self { value, median, n, ..self.clone() })
    }
}

impl Trend {
    pub(super) fn moved(&self, place: Place<'_>) -> Option<Self> {
        let step = |step: &StepFacts| {
            let (before, after) = (place(step.before)?, place(step.after)?);
            Some(StepFacts { before, after, change: step.change.and_then(place), ..step.clone() })
        };
        let steps: Vec<StepFacts> = self.steps.iter().filter_map(step).collect();
        let drift = self.drift.and_then(place);
        (drift.is_some() || !steps.is_empty()).then(|| Self { drift, steps, ..self.clone() })
    }
}
