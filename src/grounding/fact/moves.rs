//! How the series that a reader meets first move over time.

use std::sync::Arc;

use super::{
    Statistic, StepFacts, Trend,
    build::{Builder, Measured, Sources},
    rank::Tier,
    relations::change_text,
    rows::slug,
};
use crate::{
    compare::{DEFAULT_THRESHOLD_PCT, delta::delta_pct},
    metrics::{
        series::{Nature, Series},
        trend::{self, MIN_VALUES, Shape, Step},
        unit::Unit,
    },
};

/// Series that are looked at, the most wanted first.
const JUDGED_SERIES: usize = 6;
/// Longer ones are not: the slopes between all their values would cost a report its speed.
const MAX_LENGTH: usize = 500;
/// Steps of one series that are told, the first ones.
const MOST_STEPS: usize = 3;

/// Is it a difference that matters in practice, however sure it is?
fn matters(from: f64, to: f64) -> bool {
    delta_pct(from, to).is_none_or(|percent| percent.abs() >= DEFAULT_THRESHOLD_PCT)
}

impl Builder<'_> {
    /// Drifts and steps.
    pub fn trends(&mut self, ranked: &[&Series], sources: &[Sources]) {
        let is_judged = |(series, _): &(&&Series, &Sources)| {
            series.nature == Nature::Sample
                && series.metric.better().is_some()
                && (MIN_VALUES..=MAX_LENGTH).contains(&series.values.len())
        };
        for (series, sources) in ranked.iter().zip(sources).filter(is_judged).take(JUDGED_SERIES) {
            let found = trend::of(series, self.material.inventory);
            let mut told = Trend {
                metric: series.metric.clone(),
                group: Arc::clone(&series.group),
                order: found.clock.as_str().to_owned(),
                drift: None,
                p: found.p,
                steps: Vec::new(),
            };
            match found.shape {
                Shape::Flat => continue,
                Shape::Drift => {
                    let middle = series.stats.median.unwrap_or_default();
                    let change = found.change().filter(|change| matters(middle, middle + change));
                    told.drift = self.drift(series, change, sources);
                }
                Shape::Steps => {
                    let steps = found.steps.iter().filter(|step| matters(step.before, step.after));
                    let steps = steps.take(MOST_STEPS).enumerate();
                    told.steps = steps.filter_map(|(at, step)| self.step(series, at, step)).collect();
                }
            }
            if told.drift.is_some() || !told.steps.is_empty() {
                self.ledger.trends.push(told);
            }
        }
    }

    fn drift(&mut self, series: &Series, change: Option<f64>, sources: &Sources) -> Option<usize> {
        let drift = Measured {
            subject: series.metric.name(),
            statistic: Statistic::Drift,
            group: &series.group,
            value: change?,
            unit: series.unit.clone(),
        };
        self.push(drift.fact(sources), Tier::Outlier, &slug(series))
    }

    fn step(&mut self, series: &Series, at: usize, step: &Step) -> Option<StepFacts> {
        let field = &series.field;
        let source: Sources = [self.source(&step.place.path, Some(step.place.line), field, 1)].into();
        // A step that the data explain by another setting is no change over time alone.
        let tier = if step.changed.is_empty() { Tier::Incident } else { Tier::Doubt };
        let named = format!("{}|step {at}", slug(series));
        let measured = |statistic: Statistic, value: f64, unit: Unit| Measured {
            subject: series.metric.name(),
            statistic,
            group: &series.group,
            value,
            unit,
        };
        let before = measured(Statistic::Before, step.before, series.unit.clone()).fact(&source);
        let before = self.push(before, tier, &named)?;
        let after = measured(Statistic::After, step.after, series.unit.clone()).fact(&source);
        let after = self.push(after, tier, &named)?;
        let change = delta_pct(step.before, step.after).and_then(|percent| {
            let fact = measured(Statistic::Step, percent, Unit::Percent);
            self.push(fact.printed(change_text(percent), &source), tier, &named)
        });
        let changed = step.changed.iter().map(|changed| Arc::clone(&changed.key)).collect();
        Some(StepFacts { before, after, change, p: step.p, changed })
    }
}
