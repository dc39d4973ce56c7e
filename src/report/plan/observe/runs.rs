//! What the runs of a group show: cold starts, spread, too few of them, how values lie.

use super::{
    super::{
        super::grammar::Node,
        Kind,
        families::Member,
        view::{View, metric, path, scope, verb},
    },
    Observation, by_place, judged, member,
};
use crate::{
    grounding::fact::Statistic,
    metrics::names::{Better, Known},
};

/// Fewer runs than this make a median that the next run can overturn.
pub const FEW_RUNS: f64 = 5.0;
/// A deviation above this share of the mean is a wide spread.
pub const WIDE_SPREAD: f64 = 0.25;
/// The p95 of fewer runs is little more than their maximum.
const RUNS_WITH_TAIL: f64 = 20.0;
/// A p95 of more than so many medians is a long tail.
const LONG_TAIL: f64 = 1.5;
/// Metrics that the analysis describes.
const METRICS_DESCRIBED: usize = 3;

pub fn observe(view: &View<'_>, all: &mut Vec<Observation>) {
    all.extend(cold_start(view));
    all.extend(spread(view));
    all.extend(few_runs(view));
    for (place, family) in view.families.iter().take(METRICS_DESCRIBED).enumerate() {
        let weight = by_place(50.0, place);
        let last = family.worst().or_else(|| family.next());
        if let Some((best, last)) = family.best().zip(last)
            && best.row.is_better(best.median, last.median)
        {
            let phrase = if family.worst().is_some() { "level" } else { "pair" };
            let mut level = level(view, best, last, phrase, weight);
            let is_of_all = family.is_best_of_all(best) && family.is_worst_of_all(last);
            level.slots.set("scope", scope(is_of_all));
            all.push(level);
        }
        if let Some(best) = family.best() {
            all.extend(values(view, best, weight - 0.1));
        }
    }
}

fn level(
    view: &View<'_>,
    best: Member<'_>,
    worst: Member<'_>,
    phrase: &'static str,
    weight: f64,
) -> Observation {
    let mut slots = metric(best.row);
    slots.set("best", view.group(&best.row.group));
    slots.set("worst", view.group(&worst.row.group));
    slots.set_some("best_median", view.of_row(best.row, Statistic::Median));
    slots.set_some("worst_median", view.of_row(worst.row, Statistic::Median));
    Observation { kind: Kind::Level, phrase, slots, measures: Vec::new(), weight }
}

/// How the values of a group lie.
fn values(view: &View<'_>, of: Member<'_>, weight: f64) -> Vec<Observation> {
    let mut all = Vec::new();
    let mut slots = member(view, of);
    for (slot, statistic) in [
        ("min", Statistic::Min),
        ("max", Statistic::Max),
        ("tail", Statistic::P95),
        ("low", Statistic::CiLow),
        ("high", Statistic::CiHigh),
    ] {
        slots.set_some(slot, view.of_row(of.row, statistic));
    }
    let mut add = |phrase, weight| {
        let (slots, measures) = (slots.clone(), vec![("n", of.runs)]);
        all.push(Observation { kind: Kind::Level, phrase, slots, measures, weight });
    };
    let value = |statistic| view.value(of.row, statistic);
    if of.runs < 2.0 {
        return Vec::new();
    }
    if value(Statistic::Min) == value(Statistic::Max) {
        add("constant", weight);
        return all;
    }
    let is_point = value(Statistic::CiLow) == value(Statistic::CiHigh);
    // Where most runs are at an end (no load, as a rule) the range says nothing of them.
    let is_at_end = [Statistic::Min, Statistic::Max].into_iter().any(|end| value(end) == Some(of.median));
    if of.runs >= FEW_RUNS && !is_point {
        add("interval", weight);
    } else if !is_at_end {
        add("range", weight);
    }
    if of.runs >= RUNS_WITH_TAIL
        && value(Statistic::ColdMedian).is_none()
        && of.row.metric.0.better == Some(Better::Lower)
        && value(Statistic::P95).is_some_and(|tail| tail > LONG_TAIL * of.median)
    {
        add("tail", weight - 0.1);
    }
    all
}

/// The most striking cold start; of the time to the first token where there is one.
fn cold_start(view: &View<'_>) -> Option<Observation> {
    let mut found: Option<(bool, f64, Member<'_>)> = None;
    for member in judged(view).flat_map(|(_, family)| &family.members) {
        let Some(first) = view.value(member.row, Statistic::First) else { continue };
        let ratio = match member.row.metric.0.better {
            Some(Better::Higher) => member.median / first,
            Some(Better::Lower) | None => first / member.median,
        };
        let is_ttft = member.row.metric.0.known == Some(Known::Ttft);
        if found.is_none_or(|(ttft, most, _)| (is_ttft, ratio) > (ttft, most)) {
            found = Some((is_ttft, ratio, *member));
        }
    }
    let (_, ratio, of) = found?;
    let index = of.row.index(view.ledger, Statistic::First)?;
    let mut slots = member(view, of);
    let warm = view.of_row(of.row, Statistic::WarmMedian);
    slots.set("middle", Node::text(if warm.is_some() { "warm median" } else { "median" }));
    slots.set_some("median", warm);
    slots.set_some("first", view.figure(index));
    slots.set_some("file", view.fact(index)?.sources.first().map(|source| path(&source.path)));
    let is_rate = of.row.metric.0.better == Some(Better::Higher);
    slots.set("took", Node::text(if is_rate { "reached only" } else { "took" }));
    Some(Observation {
        kind: Kind::ColdStart,
        phrase: "cold_start",
        slots,
        measures: vec![("n", of.runs), ("ratio", ratio)],
        weight: 72.0,
    })
}

/// The widest spread that no cold start explains.
fn spread(view: &View<'_>) -> Option<Observation> {
    let mut found: Option<(f64, Member<'_>)> = None;
    for member in judged(view).take(METRICS_DESCRIBED).flat_map(|(_, family)| &family.members) {
        let (Some(sd), Some(mean)) =
            (view.value(member.row, Statistic::Stddev), view.value(member.row, Statistic::Mean))
        else {
            continue;
        };
        let cv = (sd / mean).abs();
        let is_cold = [Statistic::First, Statistic::ColdN]
            .into_iter()
            .any(|statistic| view.value(member.row, statistic).is_some());
        // Under several settings runs differ as they should.
        let is_swept = view.is_swept(member.row);
        if !is_cold
            && !is_swept
            && !member.row.group.0.is_empty()
            && member.runs >= FEW_RUNS
            && cv.is_finite()
            && cv > WIDE_SPREAD
            && found.is_none_or(|(widest, _)| cv > widest)
        {
            found = Some((cv, *member));
        }
    }
    let (cv, of) = found?;
    let mut slots = member(view, of);
    slots.set_some("sd", view.of_row(of.row, Statistic::Stddev));
    slots.set_some("mean", view.of_row(of.row, Statistic::Mean));
    Some(Observation {
        kind: Kind::Spread,
        phrase: "spread",
        slots,
        measures: vec![("n", of.runs), ("cv", cv)],
        weight: 45.0,
    })
}

/// Of the leader and the next of the most wanted metric the one that has the fewest runs,
/// where that is few. A single run for each of several settings is no sample of anything.
fn few_runs(view: &View<'_>) -> Option<Observation> {
    let has_few =
        |member: &Member<'_>| member.runs < FEW_RUNS && (member.runs < 2.0 || !view.is_swept(member.row));
    let (_, first) = judged(view).next()?;
    let (family, of) = judged(view).take(METRICS_DESCRIBED).find_map(|(_, family)| {
        let leading = family.best().into_iter().chain(family.next());
        // Groups of another kind than those that the report is about are told in the tables.
        let leading = leading.filter(|member| first.of_group(&member.row.group).is_some());
        let of = leading.filter(has_few).reduce(|few, next| if next.runs < few.runs { next } else { few });
        Some((family, of?))
    })?;
    let mut slots = member(view, of);
    slots.set("are", verb(of.runs, "is", "are"));
    Some(Observation {
        kind: Kind::FewRuns,
        phrase: "few_runs",
        slots,
        measures: vec![("n", of.runs), ("groups", family.members.len() as f64)],
        weight: 40.0,
    })
}
