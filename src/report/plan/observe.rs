//! What can be observed in a folder, most worth saying first. An observation says nothing
//! yet: it has the slots that the phrases and rules are filled with, and what it measured.

use super::{
    Kind,
    families::{Family, Member},
    template::Slots,
    view::{View, metric},
};
use crate::grounding::fact::Statistic;

mod folder;
mod lead;
mod moves;
mod runs;

/// Metrics that findings speak of: those that a reader cares about most.
pub const METRICS_WITH_LEAD: usize = 3;

/// Something observed.
#[derive(Clone, Debug)]
pub struct Observation {
    /// What it is.
    pub kind: Kind,
    /// The phrases that say it.
    pub phrase: &'static str,
    /// What they are filled with.
    pub slots: Slots,
    /// What rules ask about: a name of [`MEASURES`] and its value.
    pub measures: Vec<(&'static str, f64)>,
    /// How much a reader would care.
    pub weight: f64,
}

/// What rules can ask about.
pub const MEASURES: [&str; 11] = [
    "n",
    "cv",
    "ratio",
    "share",
    "count",
    "groups",
    "metrics",
    "settings",
    "failed",
    "quality_metrics",
    "environment_dimensions",
];

/// What sentences can name.
pub const SLOTS: [&str; 66] = [
    "after",
    "are",
    "before",
    "best",
    "best_b",
    "best_median",
    "better",
    "change",
    "config",
    "copies",
    "count",
    "counts",
    "down",
    "drift",
    "driver",
    "example",
    "extreme",
    "extreme_b",
    "failed",
    "file",
    "files",
    "first",
    "group",
    "groups",
    "high",
    "hold",
    "kind",
    "kinds",
    "level",
    "low",
    "max",
    "mean",
    "median",
    "median_b",
    "metric",
    "metric_b",
    "middle",
    "middle_b",
    "middles",
    "min",
    "moves",
    "name",
    "opposite",
    "other",
    "other_level",
    "other_median",
    "other_median_b",
    "other_runs",
    "reasons",
    "repeat",
    "runs",
    "scope",
    "sd",
    "share",
    "tail",
    "them",
    "times",
    "times_more",
    "took",
    "value",
    "were",
    "with",
    "worse_config",
    "worse_value",
    "worst",
    "worst_median",
];

impl Observation {
    /// What it measured of this.
    pub fn measure(&self, name: &str) -> Option<f64> {
        self.measures.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

/// Everything observed, most worth saying first.
pub fn observations(view: &View<'_>) -> Vec<Observation> {
    let mut all = Vec::new();
    folder::observe(view, &mut all);
    lead::observe(view, &mut all);
    moves::observe(view, &mut all);
    runs::observe(view, &mut all);
    let most_failed = all.iter().find(|it| it.phrase == "most_failed" || it.phrase == "all_failed");
    let count = most_failed.and_then(|it| it.measure("count"));
    if let Some(sum) = all.iter_mut().find(|it| it.phrase == "failures" && it.measure("count") == count) {
        // One group has all the failures: they are told once.
        sum.phrase = "failures_of_one";
    }
    // Stable: of equals the first observed comes first.
    all.sort_by(|left, right| right.weight.total_cmp(&left.weight));
    all
}

/// A metric's place among the families takes this much of the weight.
fn by_place(weight: f64, place: usize) -> f64 {
    weight - place as f64
}

/// The slots of a member under `group`, `median` and `runs`.
fn member(view: &View<'_>, member: Member<'_>) -> Slots {
    let mut slots = metric(member.row);
    slots.set("group", view.group(&member.row.group));
    if !member.row.group.0.is_empty() {
        slots.set("name", view.group(&member.row.group));
    }
    slots.set_some("median", view.of_row(member.row, Statistic::Median));
    slots.set_some("runs", view.of_row(member.row, Statistic::N));
    slots
}

/// The families that findings speak of: those whose metric has a good way.
fn judged<'v, 'a>(view: &'v View<'a>) -> impl Iterator<Item = (usize, &'v Family<'a>)> {
    view.families
        .iter()
        .filter(|family| family.first().is_some_and(|row| row.metric.0.better.is_some()))
        .enumerate()
}
