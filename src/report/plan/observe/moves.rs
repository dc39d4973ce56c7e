//! What explains a spread, what lies far out, what changed over time, and which group failed.

use std::{collections::HashMap, sync::Arc};

use super::{
    super::{
        super::{grammar::Node, wording::in_sentence},
        Kind,
        template::Slots,
        view::{View, list, metric_of, path, verb},
    },
    METRICS_WITH_LEAD, Observation, by_place, judged,
};
use crate::{
    compare::{DEFAULT_THRESHOLD_PCT, delta::delta_pct},
    grounding::fact::{Driver, Failure, LevelFacts, Outlier, StepFacts, Trend},
    metrics::{
        drivers::Sort,
        names::{Better, Metric},
    },
};

/// Failures below this share of a group's runs are told only in sum.
const SHARE_WORTH_A_WORD: f64 = 5.0;
/// Values that lie fewer deviations out are told in the tables alone.
const MADS_WORTH_A_WORD: f64 = 8.0;
/// What explains less of a spread is not worth a sentence, in percent.
const SHARE_WORTH_TELLING: f64 = 15.0;
/// Dimensions that are named as changing together with another.
const MOST_WITH: usize = 3;
/// A value nearer to its median than this part of it is not far out for a reader.
const FAR_OUT: f64 = 0.2;
/// A smaller change of level is told in the analysis, in percent …
const STEP_WORTH_A_FINDING: f64 = 5.0;
/// … and one smaller than this is no news: `compare` would call it the same.
const STEP_WORTH_TELLING: f64 = DEFAULT_THRESHOLD_PCT;
/// Regressions that are findings: one cause may be behind all of them.
const MOST_REGRESSIONS: usize = 3;
/// Drivers of one metric that the analysis tells, besides the one that is a finding.
const MOST_DRIVERS: usize = 2;

pub fn observe(view: &View<'_>, all: &mut Vec<Observation>) {
    drivers(view, all);
    all.extend(view.ledger.outliers.iter().find_map(|outlier| self::outlier(view, outlier)));
    let moved = view.ledger.trends.iter().enumerate();
    let mut regressions = 0;
    for observation in moved.filter_map(|(place, trend)| moves(view, trend, place)) {
        regressions += usize::from(observation.kind == Kind::Regression);
        if observation.kind != Kind::Regression || regressions <= MOST_REGRESSIONS {
            all.push(observation);
        }
    }
    all.extend(most_failed(view));
}

/// The strongest setting that may be a cause is a finding; the others stand in the analysis.
/// That models differ is known, and which of them leads is told beside it.
fn drivers(view: &View<'_>, all: &mut Vec<Observation>) {
    let is_finding = |driver: &&Driver| {
        driver.may_be_cause()
            && driver.best.is_some()
            && driver.worst.is_some()
            && !is_model(driver)
            && is_worth_choosing(view, driver)
            && is_wanted(view, &driver.metric)
    };
    let share_of = |driver: &Driver| view.fact(driver.share).map_or(0.0, |fact| fact.value);
    let first = view.ledger.drivers.iter().filter(is_finding).reduce(|best, next| {
        // Those of the metric that is cared for most come first.
        let is_stronger = best.metric == next.metric && share_of(next) > share_of(best);
        if is_stronger { next } else { best }
    });
    let mut told: HashMap<&str, (usize, bool)> = HashMap::new();
    for driver in &view.ledger.drivers {
        let measures = share(view, driver);
        let is_small = measures.iter().any(|(_, share)| *share < SHARE_WORTH_TELLING);
        if is_small || !is_wanted(view, &driver.metric) {
            continue;
        }
        let Some(mut slots) = explained(view, driver) else { continue };
        if first.is_some_and(|first| std::ptr::eq(first, driver)) {
            let (kind, phrase) = (Kind::Driver, "driver");
            all.push(Observation { kind, phrase, slots, measures, weight: 68.0 });
            continue;
        }
        // Shares of times that are parts of each other are no parts of a whole: one is told.
        let is_measured = driver.sort == Sort::Measured;
        let (count, has_measured) = told.entry(driver.metric.name()).or_default();
        if *count >= MOST_DRIVERS || (is_measured && *has_measured) {
            continue;
        }
        let (kind, phrase) = if driver.may_be_cause() {
            let is_advice = !is_model(driver) && is_worth_choosing(view, driver);
            (if is_advice { Kind::Driver } else { Kind::Level }, "driver_too")
        } else {
            // What a run measures cannot be kept as it is while a setting changes.
            let with = driver.confounded_with.iter().chain(&driver.same_as);
            let with = with.filter(|name| Metric::named(name).is_none());
            let with = list(with.take(MOST_WITH).map(|name| driver_name(name, Sort::Dimension)).collect());
            let Some(with) = with else { continue };
            slots.set("with", with);
            (Kind::Confounded, "confounded")
        };
        *count += 1;
        *has_measured |= is_measured;
        all.push(Observation { kind, phrase, slots, measures, weight: by_place(44.0, *count) });
    }
}

/// Do its best and its worst level lie as far apart as a reader would care for?
fn is_worth_choosing(view: &View<'_>, driver: &Driver) -> bool {
    let median = |level: &Option<LevelFacts>| Some(view.fact(level.as_ref()?.median)?.value);
    let medians = median(&driver.worst).zip(median(&driver.best));
    let percent = medians.and_then(|(worst, best)| delta_pct(worst, best));
    percent.is_some_and(|percent| percent.abs() >= STEP_WORTH_A_FINDING)
}

fn is_model(driver: &Driver) -> bool {
    driver.sort == Sort::Dimension && &*driver.name == "model"
}

fn share(view: &View<'_>, driver: &Driver) -> Vec<(&'static str, f64)> {
    let share = view.fact(driver.share).map(|fact| ("share", fact.value));
    share.into_iter().collect()
}

fn explained(view: &View<'_>, driver: &Driver) -> Option<Slots> {
    let mut slots = Slots::default();
    slots.set("metric", metric_of(&driver.metric));
    slots.set("driver", driver_name(&driver.name, driver.sort));
    slots.set_some("share", view.figure(driver.share));
    if !driver.group.0.is_empty() {
        slots.set("name", view.group(&driver.group));
    }
    if let Some((best, worst)) = driver.best.as_ref().zip(driver.worst.as_ref()) {
        let level = |level: &LevelFacts| Node::Name(format!("{}={}", driver.name, level.value));
        slots.set("level", level(best));
        slots.set("other_level", level(worst));
        slots.set_some("median", view.figure(best.median));
        slots.set_some("other_median", view.figure(worst.median));
    }
    slots.get("share")?;
    Some(slots)
}

/// `num_gpu`, `the model`, `load duration`, `whether a run is cold or warm`.
fn driver_name(name: &Arc<str>, sort: Sort) -> Node {
    match sort {
        Sort::Dimension if name.contains('_') => Node::Name(name.to_string()),
        Sort::Dimension => Node::All(vec![Node::text("the "), Node::Name(name.to_string())]),
        Sort::Measured => Metric::named(name)
            .map_or_else(|| Node::Name(name.to_string()), |metric| Node::text(in_sentence(metric.label()))),
        Sort::Start => Node::text("whether a run is cold or warm"),
        Sort::Position => Node::text("the position of a run in its file"),
    }
}

fn outlier(view: &View<'_>, outlier: &Outlier) -> Option<Observation> {
    let mads = outlier.mads?.abs();
    if mads < MADS_WORTH_A_WORD {
        return None;
    }
    let (value, median) = (view.fact(outlier.value)?, view.fact(outlier.median)?.value);
    let change = value.value - median;
    if !is_wanted(view, &outlier.metric)
        || change.abs() < FAR_OUT * median.abs()
        || !is_worse(&outlier.metric, change)
    {
        return None;
    }
    let source = value.sources.first()?;
    let mut place = vec![path(&source.path)];
    place.extend(source.line.map(|line| Node::text(format!(" at line {line}"))));
    let mut slots = Slots::default();
    slots.set("metric", metric_of(&outlier.metric));
    slots.set("group", view.group(&outlier.group));
    slots.set("example", Node::All(place));
    slots.set_some("value", view.figure(outlier.value));
    slots.set_some("median", view.figure(outlier.median));
    Some(Observation {
        kind: Kind::Outlier,
        phrase: "outlier",
        slots,
        measures: vec![("ratio", mads)],
        weight: 55.0,
    })
}

/// A series that drifts, or whose level changed.
fn moves(view: &View<'_>, trend: &Trend, place: usize) -> Option<Observation> {
    let mut slots = Slots::default();
    slots.set("metric", metric_of(&trend.metric));
    slots.set("group", view.group(&trend.group));
    if let Some(step) = trend.steps.first() {
        return step_of(view, trend, step, slots, place);
    }
    let drift = trend.drift.filter(|_| is_wanted(view, &trend.metric) && !trend.group.0.is_empty())?;
    let value = view.fact(drift)?.value;
    slots.set_some("drift", view.figure(drift));
    slots.set("moves", Node::text(if value < 0.0 { "falls" } else { "rises" }));
    let is_worse = is_worse(&trend.metric, value);
    Some(Observation {
        kind: if is_worse { Kind::Regression } else { Kind::Trend },
        phrase: "drift",
        slots,
        measures: Vec::new(),
        weight: by_place(if is_worse { 66.0 } else { 48.0 }, place),
    })
}

fn step_of(
    view: &View<'_>,
    trend: &Trend,
    step: &StepFacts,
    mut slots: Slots,
    place: usize,
) -> Option<Observation> {
    let (before, after) = (view.fact(step.before)?, view.fact(step.after)?);
    slots.set_some("before", view.figure(step.before));
    slots.set_some("after", view.figure(step.after));
    slots.set_some("change", step.change.and_then(|change| view.figure(change)));
    let source = after.sources.first()?;
    let mut at = vec![path(&source.path)];
    at.extend(source.line.map(|line| Node::text(format!(" at line {line}"))));
    slots.set("example", Node::All(at));
    slots.set_some("with", list(step.changed.iter().map(|key| Node::Name(key.to_string())).collect()));
    let percent = step.change.and_then(|change| view.fact(change)).map_or(f64::INFINITY, |fact| fact.value);
    if percent.abs() < STEP_WORTH_TELLING || trend.group.0.is_empty() {
        return None;
    }
    let is_alone = step.changed.is_empty();
    let is_large = percent.abs() >= STEP_WORTH_A_FINDING && is_wanted(view, &trend.metric);
    let is_worse = is_worse(&trend.metric, after.value - before.value);
    // Where a setting changed too nothing needs to be looked for: it is a level of that setting.
    let (kind, phrase, weight) = match (is_alone, is_large) {
        (true, true) if is_worse => (Kind::Regression, "worse_since", 94.0),
        (true, true) => (Kind::Step, "step", 46.0),
        (true, false) => (Kind::Step, "small_step", 46.0),
        (false, _) => (Kind::Level, "step_with", 46.0),
    };
    let measures = vec![("share", percent.abs())];
    Some(Observation { kind, phrase, slots, measures, weight: by_place(weight, place) })
}

/// Is it one of the metrics that findings speak of?
fn is_wanted(view: &View<'_>, metric: &Metric) -> bool {
    judged(view)
        .take(METRICS_WITH_LEAD)
        .any(|(_, family)| family.first().is_some_and(|row| row.metric == *metric))
}

fn is_worse(metric: &Metric, change: f64) -> bool {
    match metric.better() {
        Some(Better::Higher) => change < 0.0,
        Some(Better::Lower) => change > 0.0,
        None => false,
    }
}

/// The group of which the largest share failed.
fn most_failed(view: &View<'_>) -> Option<Observation> {
    let share = |failure: &Failure| Some((failure.share?, view.fact(failure.share?)?.value));
    let groups = view.ledger.failures.iter().filter(|failure| failure.is_of_group());
    let (failure, (share, percent)) = groups
        .filter(|failure| !failure.group.0.is_empty())
        .filter_map(|failure| Some((failure, share(failure)?)))
        .reduce(|most, next| if next.1.1 > most.1.1 { next } else { most })?;
    // Where nothing succeeded all groups are told, and how many of each.
    if percent < SHARE_WORTH_A_WORD || view.ledger.rows.is_empty() {
        return None;
    }
    let mut slots = Slots::default();
    slots.set("group", view.group(&failure.group));
    slots.set_some("failed", view.figure(failure.failed));
    slots.set_some("share", view.figure(share));
    let count = view.fact(failure.failed)?.value;
    slots.set("were", verb(count, "was", "were"));
    slots.set("are", verb(count, "is", "are"));
    Some(Observation {
        kind: Kind::Failure,
        phrase: if failure.is_all { "all_failed" } else { "most_failed" },
        slots,
        measures: vec![("share", percent), ("count", count)],
        weight: 61.0,
    })
}
