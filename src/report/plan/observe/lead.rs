//! Which group leads in a metric and how surely, which is last, and where one metric speaks
//! for another group than the next.

use super::{
    super::{
        super::{grammar::Node, wording::group_name},
        Kind,
        families::{Family, Member, is_nested},
        template::Slots,
        view::{View, metric, metric_of, scope},
    },
    METRICS_WITH_LEAD, Observation, by_place, judged, member,
};
use crate::{
    compare::{DEFAULT_THRESHOLD_PCT, delta::delta_pct, verdict::Verdict},
    grounding::fact::{FactRow, FrontMember, Relation, RelationKind, Statistic},
    metrics::names::Better,
};

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
    all.extend(compromise(view));
    all.extend(against_baseline(view));
}

/// The best of a family and the next, with what is known of the two.
struct Lead<'v, 'a> {
    is_of_all: bool,
    best: Member<'a>,
    next: Member<'a>,
    relation: Option<&'v Relation>,
}

/// How sure a lead is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sureness {
    /// By the test.
    Sure,
    /// The two do the same, by the test or to the last digit.
    Same,
    /// The test cannot tell.
    Unclear,
    /// Not tested: the medians alone speak.
    Untested,
}

impl<'v, 'a> Lead<'v, 'a> {
    fn of(view: &'v View<'a>, family: &Family<'a>) -> Option<Self> {
        let (best, next) = (family.best()?, family.next()?);
        let relation = view.relation(best.row, next.row);
        // With cold runs set apart the other may be ahead.
        let is_behind = relation.is_some_and(|relation| {
            let is_of_best = relation.group == best.row.group;
            relation.verdict == if is_of_best { Verdict::Worse } else { Verdict::Better }
        });
        let (best, next) = if is_behind { (next, best) } else { (best, next) };
        Some(Self { is_of_all: family.is_best_of_all(best), best, next, relation })
    }

    fn sureness(&self) -> Sureness {
        match self.relation.map(|relation| relation.verdict) {
            Some(Verdict::Better | Verdict::Worse) => Sureness::Sure,
            Some(Verdict::Same) => Sureness::Same,
            Some(Verdict::Unclear) => Sureness::Unclear,
            None if self.best.median == self.next.median => Sureness::Same,
            None => Sureness::Untested,
        }
    }

    /// The medians that were compared; of all runs where none were.
    fn medians(&self, view: &View<'_>) -> Option<(usize, usize)> {
        let Some(relation) = self.relation else {
            let median = |member: Member<'_>| member.row.index(view.ledger, Statistic::Median);
            return median(self.best).zip(median(self.next));
        };
        let (of_group, of_other) = (relation.median, relation.other_median);
        let is_of_best = relation.group == self.best.row.group;
        Some(if is_of_best { (of_group, of_other) } else { (of_other, of_group) })
    }

    fn slots(&self, view: &View<'_>) -> Option<Slots> {
        let (median, other_median) = self.medians(view)?;
        let is_warm = self.relation.is_some_and(|relation| relation.is_warm);
        let mut slots = metric(self.best.row);
        slots.set("middle", Node::text(if is_warm { "warm median" } else { "median" }));
        slots.set("scope", scope(self.is_of_all));
        slots.set("best", view.group(&self.best.row.group));
        slots.set("other", view.group(&self.next.row.group));
        slots.set_some("median", view.figure(median));
        slots.set_some("other_median", view.figure(other_median));
        for (slot, member) in [("runs", self.best), ("other_runs", self.next)] {
            let warm = view.of_row(member.row, Statistic::WarmN).filter(|_| is_warm);
            slots.set_some(slot, warm.or_else(|| view.of_row(member.row, Statistic::N)));
        }
        if let Some(relation) = self.relation {
            let is_of_best = relation.group == self.best.row.group;
            slots.set_some("change", relation.change.filter(|_| is_of_best).and_then(|it| view.figure(it)));
            let times = relation.ratio.and_then(|it| view.figure(it));
            let is_higher_better = self.best.row.metric.0.better == Some(Better::Higher);
            slots.set_some(if is_higher_better { "times" } else { "times_more" }, times);
            slots.set_some("gap", relation.difference.and_then(|it| view.figure(it)));
        }
        Some(slots)
    }
}

/// The first sentence of the summary that is about a measurement.
fn headline(view: &View<'_>) -> Option<Observation> {
    let mut families = judged(view).map(|(_, family)| family);
    let first = families.next()?;
    let best = first.best()?;
    let said = |kind, phrase, slots| {
        let measures = vec![("n", best.runs)];
        Some(Observation { kind, phrase, slots, measures, weight: 95.0 })
    };
    let observation = |phrase, slots| said(Kind::Fastest, phrase, slots);
    let Some(lead) = Lead::of(view, first) else {
        let is_alone = first.members.len() == 1;
        if let Some(slots) = swept(view, best).filter(|_| is_alone) {
            return said(Kind::Count, "lead_settings", slots);
        }
        let phrase = if best.row.group.0.is_empty() { "lead_unnamed" } else { "lead_none" };
        return is_alone.then(|| member(view, best)).and_then(|slots| observation(phrase, slots));
    };
    let mut slots = lead.slots(view)?;
    let is_ahead = |sureness| matches!(sureness, Sureness::Sure | Sureness::Untested);
    match lead.sureness() {
        Sureness::Same => return said(Kind::Same, "lead_same", slots),
        Sureness::Unclear => return said(Kind::Unclear, "lead_unsure", slots),
        Sureness::Sure | Sureness::Untested => {}
    }
    let second = families.take(METRICS_WITH_LEAD - 1).filter_map(|family| Lead::of(view, family));
    let is_first = |lead: &Lead<'_, '_>| lead.is_of_all && is_ahead(lead.sureness());
    let Some(second) = second.into_iter().find(is_first).filter(|_| lead.is_of_all) else {
        return observation("lead_one", slots);
    };
    let second_slots = second.slots(view)?;
    for (slot, of) in [
        ("metric_b", "metric"),
        ("extreme_b", "extreme"),
        ("best_b", "best"),
        ("median_b", "median"),
        ("middle_b", "middle"),
    ] {
        slots.set_some(slot, second_slots.get(of).cloned());
    }
    if slots.get("middle") == second_slots.get("middle") {
        let is_warm = lead.relation.is_some_and(|relation| relation.is_warm);
        slots.set("middles", Node::text(if is_warm { "warm medians" } else { "medians" }));
    }
    let is_one = second.best.row.group == lead.best.row.group;
    observation(if is_one { "lead_both" } else { "lead_apart" }, slots)
}

/// The best against the next.
fn lead(view: &View<'_>, family: &Family<'_>, place: usize) -> Option<Observation> {
    let groups = ("groups", family.members.len() as f64);
    let Some(lead) = Lead::of(view, family) else {
        let best = family.best()?;
        let swept = swept(view, best);
        let phrase = match (best.row.group.0.is_empty(), best.runs < 2.0) {
            // The first metric is that of the summary, and its best setting a finding.
            _ if swept.is_some() && place == 0 => return None,
            _ if swept.is_some() => "settings",
            (false, true) => "once",
            // That nothing stands beside it is said once.
            _ if place > 0 => "median",
            (true, _) => "only_unnamed",
            (false, false) => "only",
        };
        // Others may be there, with too few runs to speak of.
        return (family.members.len() == 1).then(|| Observation {
            kind: Kind::Count,
            phrase,
            slots: swept.unwrap_or_else(|| member(view, best)),
            measures: vec![("n", best.runs), groups],
            weight: by_place(80.0, place),
        });
    };
    // Durations of what did not happen (a load of a model that is there) say nothing.
    if lead.best.median == 0.0 && lead.next.median == 0.0 {
        return None;
    }
    let (kind, phrase, weight) = match lead.sureness() {
        Sureness::Sure => (Kind::Fastest, "ahead", 90.0),
        Sureness::Untested => (Kind::Fastest, "leading", 90.0),
        Sureness::Same if lead.best.median == lead.next.median => (Kind::Same, "tie", 76.5),
        Sureness::Same => (Kind::Same, "same", 76.5),
        Sureness::Unclear => (Kind::Unclear, "unclear", 79.5),
    };
    Some(Observation {
        kind,
        phrase,
        slots: lead.slots(view)?,
        measures: vec![("n", lead.best.runs.min(lead.next.runs)), groups],
        weight: by_place(weight, place),
    })
}

fn slowest(view: &View<'_>, family: &Family<'_>) -> Option<Observation> {
    let worst = family.worst()?;
    let mut slots = member(view, worst);
    slots.set("worst", view.group(&worst.row.group));
    slots.set("scope", scope(family.is_worst_of_all(worst)));
    let best = family.best()?;
    // Only a sure verdict makes it the slowest.
    let relation = view.relation(best.row, worst.row)?;
    if !matches!(relation.verdict, Verdict::Better | Verdict::Worse) || relation.is_warm {
        return None;
    }
    let times = relation.ratio.and_then(|it| view.figure(it));
    let is_higher_better = best.row.metric.0.better == Some(Better::Higher);
    slots.set("best", view.group(&best.row.group));
    slots.set_some(if is_higher_better { "times" } else { "times_more" }, times);
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
    slots.set("config", view.settings(fact, best.row)?);
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
    // Warm medians where all four have one, as in the findings beside this one.
    let (statistic, middle, [gain, from, loss, to]) = match values(Statistic::WarmMedian) {
        Some(warm) => (Statistic::WarmMedian, "warm median", warm),
        None => (Statistic::Median, "median", values(Statistic::Median)?),
    };
    if !best.row.is_better(gain, from) || !other.row.is_better(to, loss) {
        return None;
    }
    // A lead that the runs cannot show is nothing to trade.
    if !is_apart(view, best.row, other_a) || !is_apart(view, other.row, best_b) {
        return None;
    }
    let mut slots = Slots::default();
    slots.add(&metric(best.row));
    slots.set_some("metric_b", metric(other.row).get("metric").cloned());
    slots.set("best", view.group(&best.row.group));
    slots.set("other", view.group(&other.row.group));
    for (slot, row) in
        [("median", best.row), ("other_median", other_a), ("median_b", best_b), ("other_median_b", other.row)]
    {
        slots.set_some(slot, view.of_row(row, statistic));
    }
    slots.set("middle", Node::text(middle));
    let least = values(Statistic::N)?.into_iter().fold(f64::INFINITY, f64::min);
    Some(Observation {
        kind: Kind::TradeOff,
        phrase: "trade_off",
        slots,
        measures: vec![("n", least)],
        weight: 75.0,
    })
}

/// Do the runs show a difference between two rows: by the test where there was one, else by
/// intervals that do not meet, or medians far from each other where there are none?
fn is_apart(view: &View<'_>, left: &FactRow, right: &FactRow) -> bool {
    if let Some(relation) = view.relation(left, right) {
        return matches!(relation.verdict, Verdict::Better | Verdict::Worse);
    }
    let ends = |row| view.value(row, Statistic::CiLow).zip(view.value(row, Statistic::CiHigh));
    let medians = view.value(left, Statistic::Median).zip(view.value(right, Statistic::Median));
    let is_far = medians.is_some_and(|(left, right)| {
        delta_pct(right, left).is_some_and(|percent| percent.abs() >= DEFAULT_THRESHOLD_PCT)
    });
    match ends(left).zip(ends(right)) {
        Some(((low, high), (other_low, other_high))) => is_far && (high < other_low || other_high < low),
        None => is_far,
    }
}

/// The ends of a group that was measured under several settings, each with its own.
fn swept(view: &View<'_>, of: Member<'_>) -> Option<Slots> {
    let ends = [("value", "config", Statistic::Best), ("worse_value", "worse_config", Statistic::Worst)];
    let mut slots = member(view, of);
    for (value, config, statistic) in ends {
        let index = of.row.index(view.ledger, statistic)?;
        slots.set(config, view.settings(view.fact(index)?, of.row)?);
        slots.set_some(value, view.figure(index));
    }
    (slots.get("config") != slots.get("worse_config")).then_some(slots)
}

/// The configuration that no other beats in both metrics of the front.
fn compromise(view: &View<'_>) -> Option<Observation> {
    let member = view.ledger.front.iter().find(|member| member.is_knee)?;
    let FrontMember { configuration, metrics, medians, .. } = member;
    let ([first, second], [median, median_b]) = (metrics.as_slice(), medians.as_slice()) else {
        return None;
    };
    let mut slots = Slots::default();
    slots.set("config", Node::Name(group_name(configuration)));
    slots.set("metric", metric_of(first));
    slots.set("metric_b", metric_of(second));
    slots.set_some("median", view.figure(*median));
    slots.set_some("median_b", view.figure(*median_b));
    Some(Observation {
        kind: Kind::Compromise,
        phrase: "compromise",
        slots,
        measures: vec![("count", member.beats as f64)],
        weight: 74.0,
    })
}

/// The group that does best beside the one that is called the baseline, or the worst: a
/// regression.
fn against_baseline(view: &View<'_>) -> Option<Observation> {
    let of_baseline = view.ledger.relations.iter().filter(|relation| relation.kind == RelationKind::Baseline);
    let worse = of_baseline.filter(|relation| relation.verdict == Verdict::Worse);
    let relation = worse.into_iter().next()?;
    let mut slots = Slots::default();
    slots.set("metric", metric_of(&relation.metric));
    slots.set("middle", Node::text(if relation.is_warm { "warm median" } else { "median" }));
    slots.set("group", view.group(&relation.group));
    slots.set("other", view.group(&relation.other));
    slots.set_some("median", view.figure(relation.median));
    slots.set_some("other_median", view.figure(relation.other_median));
    slots.set_some("change", relation.change.and_then(|it| view.figure(it)));
    Some(Observation {
        kind: Kind::Regression,
        phrase: "worse_than_baseline",
        slots,
        measures: Vec::new(),
        weight: 88.0,
    })
}
