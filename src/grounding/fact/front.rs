//! The configurations that no other beats in every metric.

use std::sync::Arc;

use super::{
    FrontMember, Source, Statistic,
    build::{Builder, Measured, Sources},
    rank::Tier,
};
use crate::metrics::{
    format,
    names::Metric,
    pareto::{self, Coordinate, Point},
    series::Group,
    unit::Unit,
};

/// Members that become facts, the best compromise first, then the best in the first metric.
const MOST_MEMBERS: usize = 4;

impl Builder<'_> {
    /// The front of throughput and TTFT, or of the two metrics that are cared for most.
    pub fn front(&mut self) {
        let axes = pareto::usual_axes(self.material.whole.iter().copied());
        let [first, second] = axes.as_slice() else { return };
        let whole = || self.material.whole.iter().copied();
        let front = pareto::of(&[pareto::axis(first, whole()), pareto::axis(second, whole())]);
        if front.points.len() < 2 {
            return;
        }
        let knee = front.knee.and_then(|knee| front.points.get(knee));
        let is_knee = |point: &Point| knee.is_some_and(|knee| knee.configuration == point.configuration);
        let members = front.points.iter().filter(|point| point.is_on_front());
        let others = members.clone().filter(|point| !is_knee(point));
        for point in knee.into_iter().chain(others).take(MOST_MEMBERS) {
            let configuration = Arc::new(point.configuration.clone());
            let medians: Option<Vec<usize>> = axes
                .iter()
                .zip(&point.coordinates)
                .map(|(metric, coordinate)| self.coordinate(metric, &configuration, coordinate))
                .collect();
            let Some(medians) = medians else { continue };
            self.ledger.front.push(FrontMember {
                configuration,
                metrics: axes.clone(),
                medians,
                is_knee: is_knee(point),
                beats: point.dominates,
            });
        }
        let sources: Sources = front
            .points
            .iter()
            .filter_map(|point| point.coordinates.first()?.places.first())
            .map(|place| self.source(&place.path, Some(place.line), &place.field, 1))
            .collect();
        self.count_in(
            Tier::Choice,
            "configurations",
            front.points.len() as u64,
            &first_of_each_file(&sources),
        );
    }

    fn coordinate(&mut self, metric: &Metric, group: &Arc<Group>, at: &Coordinate) -> Option<usize> {
        let mut sources: Vec<Source> = Vec::new();
        for place in &at.places {
            match sources.last_mut() {
                Some(last) if last.path == place.path => last.rows = last.rows.saturating_add(1),
                _ => sources.push(self.source(&place.path, Some(place.line), &place.field, 1)),
            }
        }
        let sources: Sources = sources.into();
        let measured = |statistic: Statistic, value: f64, unit: Unit| Measured {
            subject: metric.name(),
            statistic,
            group,
            value,
            unit,
        };
        let named = format!("{group}|configuration");
        let (of_median, of_n, one) = if at.cold > 0 {
            (Statistic::WarmMedian, Statistic::WarmN, "warm run")
        } else {
            (Statistic::Median, Statistic::N, "run")
        };
        let text = format!("{} {one}{}", format::count(at.n), if at.n == 1 { "" } else { "s" });
        let n = measured(of_n, at.n as f64, Unit::None).printed(text, &sources);
        let median = measured(of_median, at.median, metric.unit().clone()).fact(&sources);
        let median = self.push_once(median, Tier::Choice, &named);
        self.push_once(n, Tier::Choice, &named);
        median
    }
}

/// Sources by file, with the first line of each.
fn first_of_each_file(sources: &[Source]) -> Sources {
    let mut first: Vec<Source> = Vec::new();
    for source in sources {
        match first.iter_mut().find(|known| known.path == source.path) {
            Some(known) => known.rows = known.rows.saturating_add(source.rows),
            None => first.push(source.clone()),
        }
    }
    first.into()
}
