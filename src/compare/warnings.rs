//! What makes a table doubtful, as far as its rows tell.

use std::collections::HashSet;

use super::{Comparison, Place, Row, matching::Pair, row::Figures};
use crate::metrics::{
    names::Metric,
    series::{Nature, Series},
};

/// As a series names the reason.
const FAILED: &str = "failed";
/// Shares of failed rows less apart than this are alike.
const MAX_UNLIKE: f64 = 0.1;

impl Comparison {
    /// The metrics that fail a gate of so many percent: surely worse, or with nothing but
    /// failed rows left.
    pub fn failures(&self, percent: f64) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.is_worse_by(percent) || row.has_lost_all())
    }

    /// The metrics of the base that the candidate has in no group at all, each once.
    pub fn vanished(&self) -> Vec<&Metric> {
        let is_in =
            |metric: &Metric| self.rows.iter().any(|row| row.metric == *metric && row.candidate.is_some());
        let mut gone: Vec<&Metric> = Vec::new();
        for row in self.rows.iter().filter(|row| row.base.as_ref().is_some_and(|base| base.stats.n > 0)) {
            let is_judged = row.metric.better().is_some() && row.nature != Nature::Stated;
            if is_judged && !gone.contains(&&row.metric) && !is_in(&row.metric) {
                gone.push(&row.metric);
            }
        }
        gone
    }

    /// Do the sides share their data?
    pub(super) fn look_at_places(&mut self, base: &HashSet<Place>, candidate: &HashSet<Place>) {
        let shared = base.intersection(candidate).count();
        if shared == 0 {
            return;
        }
        self.warnings.push(if base == candidate {
            "both sides are the same rows: no difference can come out".to_owned()
        } else {
            format!("{shared} rows are on both sides: the test takes the sides for independent")
        });
    }

    pub(super) fn look_at_cold(&mut self, pairs: &[Pair], with_cold: bool) {
        let cold = |side: fn(&Pair) -> Option<&Series>| {
            let mut rows: HashSet<(&str, u32, u32)> = HashSet::new();
            for series in pairs.iter().filter_map(side) {
                for value in series.values.iter().filter(|value| value.is_cold) {
                    let path = series.files.get(value.file as usize).map_or("", |path| &**path);
                    rows.insert((path, value.line, value.row));
                }
            }
            rows.len()
        };
        let (base, candidate) = (cold(|pair| pair.base.as_ref()), cold(|pair| pair.candidate.as_ref()));
        if base + candidate > 0 {
            let what = if with_cold {
                "cold and warm runs are mixed"
            } else {
                "cold runs are set apart where both sides have warm ones"
            };
            self.warnings.push(format!("{what}: cold are {base} of the base, {candidate} of the candidate"));
        }
    }

    pub(super) fn look_at_rows(&mut self) {
        let mut guessed: Vec<&str> =
            self.rows.iter().filter(|row| row.is_unit_guessed).map(|row| row.metric.label()).collect();
        guessed.dedup();
        if !guessed.is_empty() {
            self.warnings.push(format!("the unit is a guess: {}", guessed.join(", ")));
        }
        self.look_at_failures();
        let has_values = |side: fn(&Row) -> Option<&Figures>| {
            let mut figures = self.rows.iter().filter_map(side).peekable();
            figures.peek().is_none() || figures.any(|figures| !figures.is_without_values())
        };
        for (name, has_values) in [
            ("the base", has_values(|row| row.base.as_ref())),
            ("the candidate", has_values(|row| row.candidate.as_ref())),
        ] {
            if !has_values {
                self.warnings.push(format!("{name} has no value at all: every row failed or is empty"));
            }
        }
        if !self.rows.is_empty() && !self.rows.iter().any(|row| row.base.is_some() && row.candidate.is_some())
        {
            self.warnings.push("no metric and group is on both sides".to_owned());
        }
    }

    /// What is left of a side that mostly fails is no fair sample of it.
    fn look_at_failures(&mut self) {
        let failed = |figures: &Figures| {
            let count = figures.excluded.iter().find(|(reason, _)| **reason == *FAILED);
            count.map_or(0, |(_, count)| *count)
        };
        let share = |figures: &Figures| {
            let all = figures.stats.n + failed(figures);
            failed(figures) as f64 / all.max(1) as f64
        };
        let both = self.rows.iter().filter(|row| row.has_both());
        let sides = both.filter_map(|row| row.base.as_ref().zip(row.candidate.as_ref()));
        let apart = |(base, candidate): &(&Figures, &Figures)| (share(base) - share(candidate)).abs();
        let worst = sides.max_by(|one, other| apart(one).total_cmp(&apart(other)));
        let Some((base, candidate)) = worst.filter(|pair| apart(pair) > MAX_UNLIKE) else { return };
        self.warnings.push(format!(
            "rows failed: {} of the base, {} of the candidate; what is left of a side may be no fair sample of it",
            failed(base),
            failed(candidate)
        ));
    }
}
