//! What can be observed in a folder, most worth saying first. An observation says nothing
//! yet: it has the slots that the phrases and rules are filled with, and what it measured.

use super::{
    Kind,
    families::{Family, Member},
    template::Slots,
    view::{View, group, metric},
};
use crate::grounding::fact::Statistic;

mod folder;
mod lead;
mod runs;

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
pub const MEASURES: [&str; 8] =
    ["n", "cv", "ratio", "count", "groups", "metrics", "quality_metrics", "environment_dimensions"];

/// What sentences can name.
pub const SLOTS: [&str; 43] = [
    "are",
    "best",
    "best_b",
    "best_median",
    "better",
    "config",
    "copies",
    "count",
    "counts",
    "down",
    "enter",
    "example",
    "extreme",
    "extreme_b",
    "failed",
    "file",
    "files",
    "first",
    "group",
    "kind",
    "kinds",
    "max",
    "mean",
    "median",
    "median_b",
    "metric",
    "metric_b",
    "min",
    "name",
    "opposite",
    "other",
    "other_median",
    "other_median_b",
    "other_runs",
    "repeat",
    "runs",
    "sd",
    "tail",
    "took",
    "value",
    "were",
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
    runs::observe(view, &mut all);
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
    slots.set("group", group(&member.row.group));
    if !member.row.group.0.is_empty() {
        slots.set("name", group(&member.row.group));
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
