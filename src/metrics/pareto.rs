//! The best configurations by two or three metrics: those that no other configuration beats
//! in one metric without losing in another (the Pareto front). Pure.

mod points;
#[cfg(test)]
mod tests;

pub use self::points::{Axis, Coordinate, Place};

use super::{
    names::{Better, Known, Metric},
    series::{Group, Nature, Series},
    unit::Unit,
};

/// Above this, members are counted against the front alone: all pairs would take seconds.
pub const MAX_PAIRED: usize = 5_000;

/// A metric of the front.
#[derive(Clone, Debug, PartialEq)]
pub struct Dimension {
    /// Which one.
    pub metric: Metric,
    /// Its unit.
    pub unit: Unit,
    /// Which way is good.
    pub better: Better,
    /// The values are summaries by others: no samples exist.
    pub is_summary: bool,
}

/// A configuration that has a value of every metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The configuration.
    pub configuration: Group,
    /// Its values, in the order of the front's metrics.
    pub coordinates: Vec<Coordinate>,
    /// How many others are at least as good in every metric and better in one; 0: it is on
    /// the front.
    pub dominated_by: u64,
    /// How many it beats so.
    pub dominates: u64,
}

impl Point {
    /// No other configuration beats it.
    pub fn is_on_front(&self) -> bool {
        self.dominated_by == 0
    }
}

/// The configurations of some series by the metrics asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Front {
    /// The metrics.
    pub dimensions: Vec<Dimension>,
    /// Members of the front first, best in the first metric first.
    pub points: Vec<Point>,
    /// The member nearest to the best of every metric, each scaled to the range of the front:
    /// an index into the points. `None` for fewer than three members.
    pub knee: Option<usize>,
    /// Configurations without a value of some metric, by metric.
    pub left_out: Vec<(Metric, u64)>,
    /// Configurations that have cold rows alone of some metric, by metric.
    pub only_cold: Vec<(Metric, u64)>,
    /// What else is worth knowing, each a sentence.
    pub notes: Vec<String>,
}

/// The front of some metrics; each axis has the series of one metric.
pub fn of(axes: &[Axis<'_>]) -> Front {
    let mut front = Front::default();
    let mut columns = Vec::new();
    for axis in axes {
        let column = axis.read();
        let Some(better) = axis.metric.better() else {
            front.notes.push(format!("{} has no better direction", axis.metric.label()));
            return front;
        };
        if column.is_summary {
            front.notes.push(format!(
                "no samples of {} exist: the values are summaries by others",
                axis.metric.label()
            ));
        }
        front.dimensions.push(Dimension {
            metric: axis.metric.clone(),
            unit: axis.metric.unit().clone(),
            better,
            is_summary: column.is_summary,
        });
        columns.push(column);
    }
    front.points = points::join(&columns, &mut front.left_out, &mut front.only_cold, axes);
    let numbers: Vec<Vec<f64>> = front.points.iter().map(|point| gains(point, &front.dimensions)).collect();
    if numbers.len() > MAX_PAIRED {
        front.notes.push(format!("{} configurations: only the front was counted against all", numbers.len()));
    }
    for (index, (dominated_by, dominates)) in count(&numbers).into_iter().enumerate() {
        front.points[index].dominated_by = dominated_by;
        front.points[index].dominates = dominates;
    }
    let dimensions = std::mem::take(&mut front.dimensions);
    front.points.sort_by(|a, b| {
        let first = |point: &Point| gains(point, &dimensions).first().copied().unwrap_or_default();
        let rank = |point: &Point| (!point.is_on_front(), point.dominated_by);
        rank(a)
            .cmp(&rank(b))
            .then_with(|| first(b).total_cmp(&first(a)))
            .then_with(|| a.configuration.cmp(&b.configuration))
    });
    front.knee = knee(&front.points, &dimensions);
    front.dimensions = dimensions;
    front
}

/// The values with the sign that makes more of each better.
fn gains(point: &Point, dimensions: &[Dimension]) -> Vec<f64> {
    let gain = |(coordinate, dimension): (&Coordinate, &Dimension)| match dimension.better {
        Better::Higher => coordinate.median,
        Better::Lower => -coordinate.median,
    };
    point.coordinates.iter().zip(dimensions).map(gain).collect()
}

/// At least as good in everything, better in something.
pub fn dominates(one: &[f64], other: &[f64]) -> bool {
    one.iter().zip(other).all(|(one, other)| one >= other)
        && one.iter().zip(other).any(|(one, other)| one > other)
}

/// For each point, by how many it is dominated and how many it dominates; of very many
/// points, only those pairs count of which one is on the front.
fn count(points: &[Vec<f64>]) -> Vec<(u64, u64)> {
    let rivals: Vec<&Vec<f64>> =
        if points.len() > MAX_PAIRED { members(points) } else { points.iter().collect() };
    let beaten = |one: &Vec<f64>| rivals.iter().filter(|other| dominates(other, one)).count() as u64;
    let mut counts: Vec<(u64, u64)> = points.iter().map(|point| (beaten(point), 0)).collect();
    for (index, point) in points.iter().enumerate() {
        if counts[index].0 == 0 || points.len() <= MAX_PAIRED {
            counts[index].1 = points.iter().filter(|other| dominates(point, other)).count() as u64;
        }
    }
    counts
}

/// The points that no other dominates. Best first in one metric: a point can then only be
/// dominated by one before it.
fn members(points: &[Vec<f64>]) -> Vec<&Vec<f64>> {
    let mut order: Vec<&Vec<f64>> = points.iter().collect();
    order.sort_by(|a, b| {
        let pairs = a.iter().zip(b.iter());
        pairs.fold(std::cmp::Ordering::Equal, |known, (a, b)| known.then_with(|| b.total_cmp(a)))
    });
    let mut front: Vec<&Vec<f64>> = Vec::new();
    for point in order {
        if !front.iter().any(|member| dominates(member, point)) {
            front.push(point);
        }
    }
    front
}

/// The member nearest to the point that is best in everything.
fn knee(points: &[Point], dimensions: &[Dimension]) -> Option<usize> {
    let members: Vec<Vec<f64>> =
        points.iter().take_while(|point| point.is_on_front()).map(|point| gains(point, dimensions)).collect();
    if members.len() < 3 {
        return None;
    }
    let ends: Vec<(f64, f64)> = (0..dimensions.len())
        .map(|axis| {
            let column = members.iter().filter_map(|member| member.get(axis).copied());
            column
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), gain| (low.min(gain), high.max(gain)))
        })
        .collect();
    let distance = |member: &Vec<f64>| {
        let parts = member.iter().zip(&ends).map(|(gain, (low, high))| {
            let part = if high > low { (high - gain) / (high - low) } else { 0.0 };
            part * part
        });
        parts.sum::<f64>()
    };
    let distances: Vec<f64> = members.iter().map(distance).collect();
    (0..members.len()).min_by(|&a, &b| distances[a].total_cmp(&distances[b]))
}

/// The series of one metric among many: samples where there are any, else summaries.
pub fn axis<'a>(metric: &Metric, series: impl IntoIterator<Item = &'a Series>) -> Axis<'a> {
    Axis {
        metric: metric.clone(),
        series: series.into_iter().filter(|series| series.metric == *metric).collect(),
    }
}

/// Metrics of the front when none are asked for: the two most important ones that have a
/// direction, throughput and TTFT where both were measured. `series` in order of importance.
pub fn usual_axes<'a>(series: impl IntoIterator<Item = &'a Series>) -> Vec<Metric> {
    let mut known: Vec<Metric> = Vec::new();
    for series in series {
        let is_measured = series.nature == Nature::Sample && !series.values.is_empty();
        if is_measured && series.metric.better().is_some() && !known.contains(&series.metric) {
            known.push(series.metric.clone());
        }
    }
    let is_main = |metric: &Metric| matches!(metric.known(), Some(Known::Throughput | Known::Ttft));
    if known.iter().filter(|metric| is_main(metric)).count() == 2 {
        known.retain(is_main);
    }
    known.truncate(2);
    known
}
