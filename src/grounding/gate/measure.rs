//! Which metric and which statistic a figure of a sentence is said to be.

use super::{
    Kind, Rejection,
    equal::Written,
    figures::{NEAR, Scene},
    lexicon::Class,
    read::What,
};
use crate::{grounding::fact::Statistic, metrics::names::Known};

impl Scene<'_, '_, '_> {
    /// The metric that stands nearest: right behind the figure, else before it.
    pub(super) fn named_metrics(&self, item: usize) -> Option<Vec<usize>> {
        self.nearest_metrics(item, &|_| true)
    }

    pub(super) fn nearest_metrics(&self, item: usize, fits: &dyn Fn(usize) -> bool) -> Option<Vec<usize>> {
        let fitting = |at: usize| match &self.reading.items.get(at)?.what {
            What::Metric(metrics) => {
                let metrics: Vec<usize> = metrics.iter().copied().filter(|metric| fits(*metric)).collect();
                (!metrics.is_empty()).then_some(metrics)
            }
            _ => None,
        };
        let is_small = |at: usize| {
            matches!(
                self.reading.words(at).to_lowercase().as_str(),
                "of" | "in" | "for" | "the" | "median" | "mean"
            )
        };
        let behind = (item + 1..self.reading.items.len()).find(|at| !is_small(*at));
        behind
            .and_then(fitting)
            .or_else(|| (0..item).rev().find_map(fitting))
            .or_else(|| (item + 1..self.reading.items.len()).find_map(fitting))
    }

    pub(super) fn metrics_for(
        &self,
        item: usize,
        written: &Written,
        text: &str,
    ) -> Result<Vec<usize>, Rejection> {
        let fits = |metric: usize| {
            self.index
                .metrics
                .get(metric)
                .is_some_and(|measured| written.unit.as_ref() == Some(measured.unit))
        };
        if let Some(metrics) = self.nearest_metrics(item, &fits) {
            return Ok(metrics);
        }
        let all: Vec<usize> = (0..self.index.metrics.len()).filter(|metric| fits(*metric)).collect();
        if all.is_empty() {
            return Err(Rejection::new(Kind::Unit, format!("nothing was measured in the unit of `{text}`")));
        }
        if let Some(named) = self.named_metrics(item) {
            let name = named.first().and_then(|metric| self.index.metrics.get(*metric));
            let name = name.map(|measured| measured.metric.0.label.clone()).unwrap_or_default();
            return Err(Rejection::new(Kind::Unit, format!("`{text}` has not the unit of {name}")));
        }
        // The finding that the sentence is of says what it is about.
        if let Some(about) = self.about {
            let of_finding =
                |metric: &usize| about.iter().any(|fact| self.index.metric_of[*fact] == Some(*metric));
            let of_finding: Vec<usize> = all.iter().copied().filter(of_finding).collect();
            if of_finding.len() == 1 {
                return Ok(of_finding);
            }
        }
        // Of a first run that is told apart only one metric may know.
        if self.reading.says(Class::FirstRun) {
            let has_first = |metric: &usize| {
                self.index.metrics.get(*metric).is_some_and(|measured| {
                    measured.rows.iter().any(|row| row.index(self.index.ledger, Statistic::First).is_some())
                })
            };
            let told: Vec<usize> = all.iter().copied().filter(has_first).collect();
            if told.len() == 1 {
                return Ok(told);
            }
        }
        let throughput: Vec<usize> = all
            .iter()
            .copied()
            .filter(|metric| {
                self.index.metrics.get(*metric).is_some_and(|m| m.metric.0.known == Some(Known::Throughput))
            })
            .collect();
        if !throughput.is_empty() {
            return Ok(throughput);
        }
        let name = |metric: &usize| self.index.metrics.get(*metric).map(|m| m.metric.0.name.as_str());
        if all.iter().all(|metric| name(metric) == all.first().and_then(name)) {
            return Ok(all);
        }
        Err(Rejection::new(Kind::Unit, format!("`{text}`: the sentence does not say what was measured")))
    }

    /// The statistics that the figure may be.
    pub(super) fn statistics_for(&self, item: usize) -> Vec<Statistic> {
        let class_at = |at: usize| match self.reading.items.get(at).map(|item| &item.what) {
            Some(What::Says(class)) => allowed(*class).map(|_| *class),
            _ => None,
        };
        let is_figure = |at: usize| matches!(self.reading.items[at].what, What::Figure(_));
        let mut near = (item + 1..self.reading.items.len()).take(NEAR).take_while(|at| {
            !is_figure(*at) && !matches!(self.reading.items[*at].what, What::Break(',' | ';'))
        });
        let opener = near.clone().next();
        let opens = opener.is_some_and(|at| {
            class_at(at).is_some()
                || self.reading.items[at].what == What::Break('(')
                || matches!(
                    self.reading.words(at).to_lowercase().as_str(),
                    "in" | "at" | "on" | "as" | "during" | "for"
                )
        });
        // `at a mean of 3 ms` speaks of the figure behind it.
        let is_of_next = |at: usize| {
            (at + 1..self.reading.items.len()).take(2).find(|at| is_figure(*at)).is_some_and(|next| {
                next == at + 1
                    || matches!(self.reading.words(at + 1).to_lowercase().as_str(), "of" | "is" | "was")
            })
        };
        if opens
            && let Some((at, found)) = near.find_map(|at| Some((at, class_at(at)?)))
            && found != Class::Reach
            && !is_of_next(at)
        {
            return allowed(found).unwrap_or_default();
        }
        let before = (0..item).rev().filter_map(class_at).collect::<Vec<_>>();
        // `reached a median of`, `the best median`: the plain statistic is the one meant.
        let plain = before.iter().position(|class| is_plain(*class));
        let single = before.iter().position(|class| !is_plain(*class));
        let previous = (0..item)
            .rev()
            .position(is_figure)
            .map_or(usize::MAX, |back| (item - back - 1..item).filter(|at| class_at(*at).is_some()).count());
        let named = match (plain, single) {
            // Both since the figure before: the plain one.
            (Some(plain), _) if plain < previous => before.get(plain).and_then(|class| allowed(*class)),
            (_, Some(single)) if single < previous => before.get(single).and_then(|class| allowed(*class)),
            (Some(plain), _) => before.get(plain).and_then(|class| allowed(*class)),
            (None, Some(single)) => before.get(single).and_then(|class| allowed(*class)),
            (None, None) => None,
        };
        let Some(mut statistics) = named else { return vec![Statistic::Median, Statistic::Mean] };
        // `the medians run from 3 ms down to 2 ms`: the verb is no run.
        let of_medians = (0..item).any(|at| self.reading.words(at).eq_ignore_ascii_case("medians"));
        if of_medians && statistics.contains(&Statistic::Median) {
            return vec![Statistic::Median];
        }
        // `a median of 3 ms among the runs like it`: of the warm ones where cold ones are apart.
        if self.reading.text.contains("runs like it") && statistics == [Statistic::Median] {
            statistics.push(Statistic::WarmMedian);
        }
        // `the highest that was measured, in a run of`: one value, not the middle of many.
        let is_one = (0..self.reading.items.len()).any(|at| {
            matches!(
                self.reading.words(at).to_lowercase().as_str(),
                "run" | "that was measured" | "ever measured"
            )
        });
        if is_one && statistics.len() > 1 {
            statistics.retain(|statistic| !matches!(statistic, Statistic::Median | Statistic::Mean));
        }
        statistics
    }
}

fn is_plain(class: Class) -> bool {
    matches!(
        class,
        Class::Median
            | Class::Mean
            | Class::Deviation
            | Class::Tail
            | Class::Tail90
            | Class::Tail99
            | Class::Variation
            | Class::Warm
            | Class::ColdRuns
            | Class::Change
            | Class::Far
    )
}

/// The statistics that a word allows; `None` for words that name none.
fn allowed(class: Class) -> Option<Vec<Statistic>> {
    Some(match class {
        Class::Median => vec![Statistic::Median],
        Class::Mean => vec![Statistic::Mean],
        Class::Deviation => vec![Statistic::Stddev],
        Class::Tail => vec![Statistic::P95],
        Class::Tail90 => vec![Statistic::P90],
        Class::Tail99 => vec![Statistic::P99],
        Class::Variation => vec![Statistic::Cv],
        Class::Warm => vec![Statistic::WarmMedian],
        Class::ColdRuns => vec![Statistic::ColdMedian],
        Class::Minimum => vec![Statistic::Min],
        Class::Maximum => vec![Statistic::Max],
        Class::BestRun => vec![Statistic::Best],
        Class::WorstRun => vec![Statistic::Worst],
        Class::FirstRun => vec![Statistic::First],
        Class::Change => vec![Statistic::Drift],
        Class::Far => vec![Statistic::Outlier],
        Class::Reach => {
            vec![
                Statistic::Median,
                Statistic::Mean,
                Statistic::Best,
                Statistic::Worst,
                Statistic::Max,
                Statistic::Min,
            ]
        }
        Class::Best | Class::Fastest => vec![Statistic::Median, Statistic::Mean, Statistic::Best],
        Class::Worst | Class::Slowest => vec![Statistic::Median, Statistic::Mean, Statistic::Worst],
        Class::Highest => vec![Statistic::Median, Statistic::Mean, Statistic::Max],
        Class::Lowest => vec![Statistic::Median, Statistic::Mean, Statistic::Min],
        _ => return None,
    })
}
