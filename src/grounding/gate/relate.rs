//! What several facts say together: drivers and their shares, changes of level, drifts, and
//! whether a difference is sure.

use super::{
    Kind, Rejection,
    counts::Counted,
    equal::Written,
    figures::{Found, Scene, Stated},
    index::{Index, holds},
    lexicon::Class,
    read::{Reading, What},
};
use crate::{
    compare::verdict::Verdict,
    grounding::{
        fact::{Fact, Statistic},
        figure::figures,
    },
    metrics::names::Better,
};

/// Items between a driver and the word that says so.
const NEAR: usize = 4;
const ACTIVE: [&str; 7] = ["explains", "explain", "drives", "drive", "affects", "influences", "influence"];
const PASSIVE: [&str; 5] = ["depends on", "depend on", "depended on", "driven by", "explained by"];
/// Words of a rise.
const UP: [&str; 15] = [
    "rises",
    "rise",
    "rose",
    "rising",
    "increases",
    "increased",
    "increasing",
    "grows",
    "grew",
    "climbs",
    "climbed",
    "went up",
    "goes up",
    "step up",
    "gained",
];
/// Words of a fall.
const DOWN: [&str; 15] = [
    "falls",
    "fall",
    "fell",
    "falling",
    "decreases",
    "decreased",
    "decreasing",
    "drops",
    "dropped",
    "declines",
    "declined",
    "shrinks",
    "shrank",
    "went down",
    "goes down",
];
/// Words of a change to the better or worse.
const GOOD: [&str; 2] = ["improvement", "improvements"];
const BAD: [&str; 5] = ["degrades", "degraded", "degradation", "regression", "regressed"];
/// Words of a change, whichever way.
const CHANGED: [&str; 8] = ["jumps", "jump", "jumped", "over time", "trend", "drifts", "drift", "moved"];

/// The share of the driver that a sentence names: `num_gpu explains throughput`, `TTFT depends
/// on load duration`. A cause must be one; what only goes together need not.
pub fn driver_at(reading: &Reading<'_, '_>, index: &Index<'_>, at: usize, class: Class) -> Option<usize> {
    let word = reading.words(at).to_lowercase();
    let is_active = ACTIVE.contains(&word.as_str());
    if !is_active && class == Class::Cause && !PASSIVE.contains(&word.as_str()) {
        return None;
    }
    let is_named = |place: usize, name: &str| match reading.items.get(place).map(|item| &item.what) {
        Some(What::Key(key)) => *key == name,
        Some(What::Metric(metrics)) => metrics
            .iter()
            .any(|metric| index.metrics.get(*metric).is_some_and(|measured| measured.metric.0.name == name)),
        Some(What::Name) => reading.words(place).eq_ignore_ascii_case(name),
        Some(What::Says(_)) => name == "start" && reading.words(place).eq_ignore_ascii_case("cold or warm"),
        _ => false,
    };
    let near = if is_active {
        at.saturating_sub(NEAR)..at
    } else {
        at + 1..(at + 2 * NEAR).min(reading.items.len())
    };
    // The nearest name beside the verb is the cause; what it explains stands elsewhere.
    let is_any = |place: &usize| {
        matches!(
            reading.items.get(*place).map(|item| &item.what),
            Some(What::Key(_) | What::Metric(_) | What::Name)
        ) || reading.words(*place).eq_ignore_ascii_case("cold or warm")
    };
    let cause = if is_active { near.rev().find(is_any) } else { near.clone().find(is_any) }?;
    let drivers = index.ledger.drivers.iter();
    drivers
        .filter(|driver| class == Class::Together || driver.may_be_cause())
        .filter(|driver| {
            is_named(cause, &driver.name)
                && (0..reading.items.len())
                    .any(|place| place != cause && is_named(place, &driver.metric.0.name))
        })
        .find(|driver| {
            // Said of a group, it must be that group's; levels of the driver are no group.
            let mut named = reading.items.iter().filter_map(|item| match item.what {
                What::Value(key, value) if *key != *driver.name => Some((key, value)),
                _ => None,
            });
            let is_unnamed = named.clone().next().is_none();
            is_unnamed == driver.group.0.is_empty()
                && named.all(|(key, value)| holds(&driver.group, &[(key, value)]))
        })
        .map(|driver| driver.share)
}

impl Scene<'_, '_, '_> {
    /// A percentage that is a fact of its own: the share of a driver, of a failure, a change.
    pub(super) fn percent(&self, item: usize, figure: usize, stated: &[Stated]) -> Option<Stated> {
        let own = &self.reading.figures[figure];
        let ledger = self.index.ledger;
        let is = |fact: usize| {
            self.may_state(fact)
                && self
                    .index
                    .fact(fact)
                    .and_then(|fact| figures(&fact.text).into_iter().next())
                    .is_some_and(|printed| printed.value == own.value && printed.decimals == own.decimals)
        };
        let states =
            |fact: usize| stated.iter().find(|stated| stated.fact == fact || stated.same.contains(&fact));
        let shares = self.reading.items.iter().enumerate().filter_map(|(at, item)| match item.what {
            What::Says(class @ (Class::Cause | Class::Together)) => {
                driver_at(self.reading, self.index, at, class)
            }
            _ => None,
        });
        let mut all: Vec<usize> = shares.collect();
        for failure in &ledger.failures {
            let of_group = self
                .referents
                .iter()
                .any(|referent| !failure.group.0.is_empty() && holds(&failure.group, &referent.dimensions));
            if of_group && self.reading.says(Class::Failure) {
                all.extend(failure.share);
            }
        }
        for step in ledger.trends.iter().flat_map(|trend| &trend.steps) {
            if states(step.before).is_some() && states(step.after).is_some() {
                all.extend(step.change);
            }
        }
        for relation in &ledger.relations {
            if let (Some(group), Some(other)) = (states(relation.median), states(relation.other_median))
                && group.item < other.item
            {
                all.extend(relation.change);
            }
        }
        let fact = all.into_iter().find(|fact| is(*fact))?;
        Some(Stated { item, fact, same: Vec::new() })
    }

    /// `from 3 ms to 5 ms`: before and after a change of level.
    pub(super) fn step(
        &self,
        item: usize,
        low: &Written,
        other: usize,
        high: &Written,
        group: Option<&[(&str, &str)]>,
    ) -> Option<Vec<Stated>> {
        let is = |written: &Written, fact: usize| {
            self.may_state(fact) && self.index.fact(fact).is_some_and(|fact| written.equals(fact))
        };
        let trends = self.index.ledger.trends.iter();
        let mut steps = trends
            .filter(|trend| group.is_none_or(|group| holds(&trend.group, group)))
            .filter(|trend| self.names_metric(&trend.metric.0.name))
            .flat_map(|trend| &trend.steps)
            .filter(|step| is(low, step.before) && is(high, step.after));
        let step = steps.find(|step| {
            self.reading.items.iter().all(|item| match item.what {
                What::Key(key) => step.changed.iter().any(|changed| **changed == *key),
                _ => true,
            })
        })?;
        Some(vec![
            Stated { item, fact: step.before, same: Vec::new() },
            Stated { item: other, fact: step.after, same: Vec::new() },
        ])
    }

    fn names_metric(&self, name: &str) -> bool {
        self.reading.items.iter().any(|item| match &item.what {
            What::Metric(metrics) => metrics.iter().any(|metric| {
                self.index.metrics.get(*metric).is_some_and(|measured| measured.metric.0.name == name)
            }),
            _ => false,
        })
    }

    /// The failures of a group that the sentence names.
    pub(super) fn failed_of_group(&self, own: &Counted, subject: &str) -> Option<usize> {
        let failures = self.index.ledger.failures.iter();
        let mut of_groups = failures.filter(|failure| {
            !failure.group.0.is_empty()
                && self.referents.iter().any(|referent| holds(&failure.group, &referent.dimensions))
        });
        of_groups
            .find(|failure| {
                self.may_state(failure.failed)
                    && self
                        .index
                        .fact(failure.failed)
                        .is_some_and(|fact| fact.subject == subject && fact.value == own.value)
            })
            .map(|failure| failure.failed)
    }
}

/// A word of change needs a drift or a change of level in the sentence that goes the same way.
pub fn moves(scene: &Scene<'_, '_, '_>, found: &Found, word: &str) -> Result<(), Rejection> {
    let facts: Vec<(usize, &Fact)> = found
        .stated
        .iter()
        .filter_map(|stated| scene.index.fact(stated.fact).map(|fact| (stated.fact, fact)))
        .collect();
    let value = |wanted: Statistic| facts.iter().find(|(_, fact)| fact.statistic == wanted);
    let step = value(Statistic::Before).zip(value(Statistic::After));
    let drift = value(Statistic::Drift).map(|(at, fact)| (*at, fact.value));
    let change = drift.or(step.map(|((at, before), (_, after))| (*at, after.value - before.value)));
    let lower = word.to_lowercase();
    let has = |words: &[&str]| words.contains(&lower.as_str());
    let holds = change.is_some_and(|(fact, change)| {
        let metric = scene.index.metric_of.get(fact).copied().flatten();
        let better = metric
            .and_then(|metric| scene.index.metrics.get(metric))
            .and_then(super::index::Measured::better);
        let gains = better.map(|better| (better == Better::Higher) == (change > 0.0));
        (has(&UP) && change > 0.0)
            || (has(&DOWN) && change < 0.0)
            || (has(&GOOD) && gains == Some(true))
            || (has(&BAD) && gains == Some(false))
            || has(&CHANGED)
    });
    if holds {
        return Ok(());
    }
    Err(Rejection::new(Kind::Trend, format!("`{word}`: no trend fact shows a change")))
}

/// `Surely` and `not sure` are said of two groups by the test that held them together.
pub fn certainty(
    scene: &Scene<'_, '_, '_>,
    class: Class,
    word: &str,
    is_advice: bool,
) -> Result<(), Rejection> {
    let (referents, reading) = (scene.referents, scene.reading);
    if is_advice && referents.is_empty() {
        return Ok(());
    }
    let is_unsure = reading.says(Class::Unsure);
    if is_unsure && class == Class::Sure {
        return Ok(());
    }
    let is_meant = |verdict: Verdict| matches!(verdict, Verdict::Better | Verdict::Worse) != is_unsure;
    let is_held = scene.index.ledger.relations.iter().any(|relation| {
        let is = |group| referents.iter().any(|referent| holds(group, &referent.dimensions));
        let all = referents.iter().all(|referent| {
            holds(&relation.group, &referent.dimensions) || holds(&relation.other, &referent.dimensions)
        });
        is_meant(relation.verdict)
            && is(&relation.group)
            && is(&relation.other)
            && all
            && scene.names_metric(&relation.metric.0.name)
    });
    if is_held {
        return Ok(());
    }
    Err(Rejection::new(Kind::Comparison, format!("`{word}`: no test of the facts says so")))
}

/// `The largest share of failures`: of all groups, that of the one that is named.
pub fn fails_most(scene: &Scene<'_, '_, '_>, found: &Found, word: &str) -> Result<(), Rejection> {
    let failures = || scene.index.ledger.failures.iter().filter(|failure| failure.is_of_group());
    let share = |fact: Option<usize>| fact.and_then(|fact| scene.index.fact(fact)).map(|fact| fact.value);
    let largest = failures().filter_map(|failure| share(failure.share)).fold(0.0, f64::max);
    let holds_most = failures().any(|failure| {
        let is_stated = found.stated.iter().any(|stated| stated.fact == failure.failed);
        is_stated && share(failure.share).is_some_and(|share| share >= largest)
    });
    if holds_most {
        return Ok(());
    }
    Err(Rejection::new(Kind::Superlative, format!("`{word}`: no fact says so of the group")))
}
