//! Which group leads in a metric, which is last, and where one metric speaks for another
//! group than the next.

use super::{
    super::{
        super::{grammar::Node, wording::configuration},
        Kind,
        families::{Family, Member, is_nested},
        template::Slots,
        view::{View, group, metric},
    },
    Observation, by_place, judged, member,
};
use crate::grounding::fact::Statistic;

/// Metrics whose lead is a finding.
const METRICS_WITH_LEAD: usize = 3;

pub fn observe(view: &View<'_>, all: &mut Vec<Observation>) {
    all.extend(headline(view));
    for (place, family) in judged(view).take(METRICS_WITH_LEAD) {
        all.extend(lead(view, family, place));
    }
    if let Some((_, family)) = judged(view).next() {
        all.extend(slowest(view, family));
        all.extend(best_configuration(view, family));
    }
    all.extend(trade_off(view));
}

/// The first sentence of the summary that is about a measurement.
fn headline(view: &View<'_>) -> Option<Observation> {
    let mut families = judged(view).map(|(_, family)| family);
    let first = families.next()?;
    let best = first.best()?;
    let mut slots = member(view, best);
    slots.set("best", group(&best.row.group));
    let mut phrase = match first.next() {
        Some(next) if next.median == best.median => return None,
        Some(_) => "lead_one",
        None if best.row.group.0.is_empty() => "lead_unnamed",
        None => "lead_none",
    };
    let second = families.find(|family| family.next().is_some_and(|next| is_ahead(family, next)));
    if phrase == "lead_one"
        && let Some(second) = second.and_then(Family::best)
    {
        let second_metric = metric(second.row);
        for (slot, of) in [("metric_b", "metric"), ("extreme_b", "extreme")] {
            slots.set_some(slot, second_metric.get(of).cloned());
        }
        slots.set("best_b", group(&second.row.group));
        slots.set_some("median_b", view.of_row(second.row, Statistic::Median));
        phrase = if second.row.group == best.row.group { "lead_both" } else { "lead_apart" };
    }
    Some(Observation { kind: Kind::Fastest, phrase, slots, measures: vec![("n", best.runs)], weight: 95.0 })
}

fn is_ahead(family: &Family<'_>, next: Member<'_>) -> bool {
    family.best().is_some_and(|best| best.row.is_better(best.median, next.median))
}

/// The best against the next.
fn lead(view: &View<'_>, family: &Family<'_>, place: usize) -> Option<Observation> {
    let best = family.best()?;
    let mut slots = member(view, best);
    let mut measures = vec![("n", best.runs), ("groups", family.members.len() as f64)];
    let Some(next) = family.next() else {
        // Others are there, with too few runs to speak of.
        if family.members.len() > 1 {
            return None;
        }
        let phrase = match (best.row.group.0.is_empty(), best.runs < 2.0) {
            (true, _) => "only_unnamed",
            (false, true) => "once",
            (false, false) => "only",
        };
        return Some(Observation {
            kind: Kind::Count,
            phrase,
            slots,
            measures,
            weight: by_place(80.0, place),
        });
    };
    slots.set("best", group(&best.row.group));
    slots.set("other", group(&next.row.group));
    slots.set_some("other_median", view.of_row(next.row, Statistic::Median));
    slots.set_some("other_runs", view.of_row(next.row, Statistic::N));
    measures[0].1 = best.runs.min(next.runs);
    let (kind, phrase) =
        if is_ahead(family, next) { (Kind::Fastest, "leading") } else { (Kind::Same, "tie") };
    Some(Observation { kind, phrase, slots, measures, weight: by_place(90.0, place) })
}

fn slowest(view: &View<'_>, family: &Family<'_>) -> Option<Observation> {
    let worst = family.worst()?;
    let mut slots = member(view, worst);
    slots.set("worst", group(&worst.row.group));
    Some(Observation {
        kind: Kind::Slowest,
        phrase: "slowest",
        slots,
        measures: vec![("n", worst.runs), ("groups", family.members.len() as f64)],
        weight: 58.0,
    })
}

fn best_configuration(view: &View<'_>, family: &Family<'_>) -> Option<Observation> {
    let best = family.best()?;
    let index = best.row.index(view.ledger, Statistic::Best)?;
    let fact = view.fact(index)?;
    if view.value(best.row, Statistic::Min) == view.value(best.row, Statistic::Max) {
        return None;
    }
    let mut slots = member(view, best);
    slots.set("config", Node::Name(configuration(fact, best.row)?));
    slots.set_some("value", view.figure(index));
    Some(Observation {
        kind: Kind::BestConfiguration,
        phrase: "best_configuration",
        slots,
        measures: vec![("n", best.runs)],
        weight: 70.0,
    })
}

/// Two metrics whose leaders differ, each losing where the other wins.
fn trade_off(view: &View<'_>) -> Option<Observation> {
    let wanted = judged(view).take(METRICS_WITH_LEAD).map(|(_, family)| family);
    let mut families = wanted.filter(|family| family.next().is_some());
    let first = families.next()?;
    let best = first.best()?;
    let (second, other) = families.find_map(|family| {
        let other = family.best()?;
        (!is_nested(&other.row.group, &best.row.group)).then_some((family, other))
    })?;
    let (best_b, other_a) = (second.of_group(&best.row.group)?, first.of_group(&other.row.group)?);
    let values = |statistic| {
        Some([
            view.value(best.row, statistic)?,
            view.value(other_a, statistic)?,
            view.value(best_b, statistic)?,
            view.value(other.row, statistic)?,
        ])
    };
    let [gain, from, loss, to] = values(Statistic::Median)?;
    if !best.row.is_better(gain, from) || !other.row.is_better(to, loss) {
        return None;
    }
    let mut slots = Slots::default();
    slots.add(&metric(best.row));
    slots.set_some("metric_b", metric(other.row).get("metric").cloned());
    slots.set("best", group(&best.row.group));
    slots.set("other", group(&other.row.group));
    for (slot, row) in
        [("median", best.row), ("other_median", other_a), ("median_b", best_b), ("other_median_b", other.row)]
    {
        slots.set_some(slot, view.of_row(row, Statistic::Median));
    }
    let least = values(Statistic::N)?.into_iter().fold(f64::INFINITY, f64::min);
    Some(Observation {
        kind: Kind::TradeOff,
        phrase: "trade_off",
        slots,
        measures: vec![("n", least)],
        weight: 75.0,
    })
}
