//! The section on the best configurations.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Value, json};

use super::{better, group_document, prose::Prose, source};
use crate::{
    cli::{Failure, FailureKind},
    metrics::{
        format,
        names::{Better, Metric},
        pareto::{self, Coordinate, Dimension, Front, Point, axis},
        series::{Group, Series},
    },
};

/// Rows of a value that are listed; how many there are is said.
const LISTED: usize = 20;
/// Members of a front that are told; the rest is in JSON.
const TOLD: usize = 20;

/// The metrics of the front: those asked for, or the usual ones. An error names what no
/// file measures.
pub fn axes(asked: &[String], series: &[Series]) -> Result<Vec<Metric>, Failure> {
    if asked.is_empty() {
        return Ok(pareto::usual_axes(series));
    }
    let mut found: Vec<Metric> = Vec::new();
    for name in asked.iter().map(|name| name.trim()) {
        let is_it = |metric: &Metric| {
            name.eq_ignore_ascii_case(metric.name()) || name.eq_ignore_ascii_case(metric.label())
        };
        let Some(series) = series.iter().find(|series| is_it(&series.metric)) else {
            let mut known: Vec<&str> = series.iter().map(|series| series.metric.name()).collect();
            known.dedup();
            return Err(Failure::new(FailureKind::Usage, format!("--pareto: no value of `{name}`"))
                .hint(format!("there are values of {}", known.join(", "))));
        };
        if series.metric.better().is_none() {
            return Err(Failure::new(
                FailureKind::Usage,
                format!("--pareto: neither more nor less of `{name}` is better"),
            ));
        }
        if found.contains(&series.metric) {
            return Err(Failure::new(FailureKind::Usage, format!("--pareto: `{name}` is named twice")));
        }
        found.push(series.metric.clone());
    }
    Ok(found)
}

/// The front of these metrics; none for fewer than two.
pub fn of(metrics: &[Metric], series: &[Series]) -> Vec<Front> {
    if metrics.len() < 2 {
        return Vec::new();
    }
    let axes: Vec<_> = metrics.iter().map(|metric| axis(metric, series)).collect();
    vec![pareto::of(&axes)]
}

/// As JSON.
pub fn document(fronts: &[Front]) -> Vec<Value> {
    fronts.iter().map(item).collect()
}

fn item(front: &Front) -> Value {
    let dimension = |dimension: &Dimension| {
        json!({
            "metric": dimension.metric.name(),
            "unit": dimension.unit.symbol(),
            "better": better(Some(dimension.better)),
            "nature": if dimension.is_summary { "summary" } else { "sample" },
        })
    };
    let counts = |counts: &[(Metric, u64)]| -> Vec<Value> {
        counts
            .iter()
            .map(|(metric, count)| json!({"metric": metric.name(), "configurations": count}))
            .collect()
    };
    json!({
        "metrics": front.dimensions.iter().map(dimension).collect::<Vec<_>>(),
        "points": front.points.iter().enumerate().map(|(index, found)| point(front, index, found)).collect::<Vec<_>>(),
        "left_out": counts(&front.left_out),
        "only_cold": counts(&front.only_cold),
        "notes": front.notes,
    })
}

fn point(front: &Front, index: usize, point: &Point) -> Value {
    let value = |(coordinate, dimension): (&Coordinate, &Dimension)| {
        let places = coordinate.places.iter().take(LISTED);
        json!({
            "metric": dimension.metric.name(),
            "median": coordinate.median,
            "n": coordinate.n,
            "cold": coordinate.cold,
            "sources": places.map(|place| source(&place.path, place.line, &place.field)).collect::<Vec<_>>(),
            "sources_total": coordinate.places.len(),
        })
    };
    json!({
        "configuration": group_document(&point.configuration),
        "on_front": point.is_on_front(),
        "knee": front.knee == Some(index),
        "dominated_by": point.dominated_by,
        "dominates": point.dominates,
        "values": point.coordinates.iter().zip(&front.dimensions).map(value).collect::<Vec<_>>(),
    })
}

/// For people.
pub fn tell(fronts: &[Front], prose: &mut Prose) {
    if fronts.is_empty() {
        prose.heading("best configurations: fewer than two metrics with a better direction");
    }
    for front in fronts {
        let names: Vec<String> = front
            .dimensions
            .iter()
            .map(|dimension| {
                let way = if dimension.better == Better::Higher { "high" } else { "low" };
                format!("{way} {}", dimension.metric.label())
            })
            .collect();
        let members = front.points.iter().filter(|point| point.is_on_front()).count();
        prose.heading(&format!(
            "best configurations by {}: {members} of {} are beaten by none",
            names.join(" and "),
            front.points.len()
        ));
        let (shared, silent) = shared(&front.points);
        if !shared.0.is_empty() {
            prose.line(2, &format!("all with {shared}"));
        }
        for (index, point) in front.points.iter().take(members.min(TOLD)).enumerate() {
            tell_point(front, index, point, &silent, prose);
        }
        if members > TOLD {
            prose.line(1, &format!("{} more are in --json", members - TOLD));
        }
        for (metric, count) in &front.left_out {
            prose.line(2, &format!("left out: {count} configurations without {}", metric.label()));
        }
        for (metric, count) in &front.only_cold {
            prose.line(
                2,
                &format!("left out: {count} configurations with cold rows alone of {}", metric.label()),
            );
        }
        for note in &front.notes {
            prose.line(2, &format!("note: {note}"));
        }
    }
}

/// What all configurations share, and which dimensions need not be told of each: those, and
/// names of a whole configuration beside the dimensions that make it.
fn shared(points: &[Point]) -> (Group, Vec<Arc<str>>) {
    let Some(first) = points.first() else { return (Group::default(), Vec::new()) };
    let is_shared =
        |pair: &&(Arc<str>, Arc<str>)| points.iter().all(|point| point.configuration.0.contains(pair));
    let shared = Group(first.configuration.0.iter().filter(is_shared).cloned().collect());
    let mut silent: Vec<Arc<str>> = shared.0.iter().map(|(key, _)| Arc::clone(key)).collect();
    let rest = |silent: &[Arc<str>]| -> BTreeSet<Vec<&(Arc<str>, Arc<str>)>> {
        let own = |point: &'_ Point| -> Vec<usize> {
            let pairs = point.configuration.0.iter().enumerate();
            pairs.filter(|(_, (key, _))| !silent.contains(key)).map(|(index, _)| index).collect()
        };
        points
            .iter()
            .map(|point| own(point).into_iter().map(|index| &point.configuration.0[index]).collect())
            .collect()
    };
    for (key, _) in &first.configuration.0 {
        let named = points.iter().filter_map(|point| point.configuration.get(key));
        let (count, levels) = (named.clone().count(), named.collect::<BTreeSet<_>>());
        let mut without = silent.clone();
        without.push(Arc::clone(key));
        // Each has its own name, and is told from the others without it.
        if count > 1 && levels.len() == count && rest(&without).len() == points.len() {
            silent = without;
        }
    }
    (shared, silent)
}

fn tell_point(front: &Front, index: usize, point: &Point, silent: &[Arc<str>], prose: &mut Prose) {
    let values: Vec<String> = point
        .coordinates
        .iter()
        .zip(&front.dimensions)
        .map(|(coordinate, dimension)| {
            let value = format::value(coordinate.median, &dimension.unit);
            format!("{} {value} (n {})", dimension.metric.label(), coordinate.n)
        })
        .collect();
    let knee = if front.knee == Some(index) { ", the best compromise" } else { "" };
    let pairs = point.configuration.0.iter().filter(|(key, _)| !silent.contains(key));
    let own = Group(pairs.cloned().collect());
    let name = if own.0.is_empty() { "the only one".to_owned() } else { own.to_string() };
    prose.line(1, &format!("{:>2}. {name}", index + 1));
    prose.line(5, &format!("{}; beats {}{knee}", values.join(", "), point.dominates));
}
