//! What several facts say together: drivers and their shares, changes of level, drifts, and
//! whether a difference is sure.

use super::{
    Kind, Rejection, conditions,
    counts::Counted,
    equal::Written,
    figures::{Found, Scene, Stated},
    index::{Index, holds},
    lexicon::Class,
    read::{Reading, What},
    refer::Referent,
    statement,
};
use crate::{
    compare::verdict::Verdict,
    grounding::{
        fact::{Fact, Relation, Statistic},
        figure::figures,
    },
    metrics::names::Better,
};

/// Items between a driver and the word that says so.
const NEAR: usize = 4;
const ACTIVE: [&str; 14] = [
    "explains",
    "explain",
    "drives",
    "drive",
    "affects",
    "influences",
    "influence",
    "accounts for",
    "account for",
    "accounted for",
    "has the biggest effect on",
    "has the largest effect on",
    "has the strongest effect on",
    "has the most effect on",
];
/// `By num_gpu, 90 % of the spread is explained`: the driver stands first.
const FRONTED: [&str; 2] = ["explained", "is explained"];
const PASSIVE: [&str; 6] =
    ["depends on", "depend on", "depended on", "driven by", "explained by", "is explained by"];
/// Words of a rise.
const UP: [&str; 20] = [
    "raises",
    "raise",
    "raised",
    "lifts",
    "lifted",
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
const DOWN: [&str; 18] = [
    "lowers",
    "lowered",
    "cuts",
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
    let is_fronted = FRONTED.contains(&word.as_str());
    let is_active = is_fronted || ACTIVE.contains(&word.as_str());
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
    if word.ends_with("together with") {
        return together_at(reading, index, at, &is_named);
    }
    let is_break = |place: &usize| matches!(reading.items[*place].what, What::Break(_));
    let nearest: Vec<usize> = if is_active {
        near.rev().find(is_any).into_iter().collect()
    } else {
        near.take_while(|place| !is_break(place)).filter(is_any).collect()
    };
    // `It explains` speaks of what the sentence began with.
    let is_it = at > 0 && reading.words(at - 1).eq_ignore_ascii_case("it");
    let first = (0..at).find(is_any).filter(|_| is_it || is_fronted);
    let is_strongest = word.contains("effect");
    let candidates = nearest.into_iter().filter(|_| !is_fronted).chain(first);
    candidates.into_iter().find_map(|cause| {
        let mut of_metric = index.ledger.drivers.iter();
        share_of(reading, index, cause, class, &is_named).filter(|share| {
            !is_strongest
                || of_metric
                    .find(|driver| (0..reading.items.len()).any(|at| is_named(at, &driver.metric.0.name)))
                    .is_some_and(|driver| driver.share == *share)
        })
    })
}

/// `D changes together with E`: the share of a driver that is named before, all that is named
/// behind being told of it.
fn together_at(
    reading: &Reading<'_, '_>,
    index: &Index<'_>,
    at: usize,
    is_named: &dyn Fn(usize, &str) -> bool,
) -> Option<usize> {
    let keys: Vec<&str> = reading
        .items
        .iter()
        .skip(at + 1)
        .take_while(|item| !matches!(item.what, What::Break(':' | ';' | '(')))
        .filter_map(|item| if let What::Key(key) = item.what { Some(key) } else { None })
        .collect();
    let drivers = index.ledger.drivers.iter().filter(|driver| {
        (0..at).any(|place| is_named(place, &driver.name))
            && (0..reading.items.len()).any(|place| is_named(place, &driver.metric.0.name))
    });
    drivers
        .filter(|driver| {
            let is_told =
                |key: &&str| driver.same_as.iter().chain(&driver.confounded_with).any(|name| **name == **key);
            !keys.is_empty() && keys.iter().all(is_told)
        })
        .map(|driver| driver.share)
        .next()
}

/// The share of the driver that is named at `cause` in the metric that is named elsewhere.
fn share_of(
    reading: &Reading<'_, '_>,
    index: &Index<'_>,
    cause: usize,
    class: Class,
    is_named: &dyn Fn(usize, &str) -> bool,
) -> Option<usize> {
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

    /// The groups of `from A to B` before a figure, each with what else the sentence names.
    pub(super) fn ends(&self, item: usize) -> Option<[Vec<(&str, &str)>; 2]> {
        fn keys<'k>(referent: &Referent<'k>) -> Vec<&'k str> {
            referent.dimensions.iter().map(|(key, _)| *key).collect()
        }
        let is_pair = |left: &Referent<'_>, right: &Referent<'_>| {
            let word =
                |at: Option<usize>| at.map(|at| self.reading.words(at).to_lowercase()).unwrap_or_default();
            right.start == left.end + 2
                && word(Some(left.end + 1)) == "to"
                && word(left.start.checked_sub(1)) == "from"
                && keys(left) == keys(right)
        };
        let mut pairs = self.referents.iter().zip(self.referents.iter().skip(1));
        let (from, to) = pairs.find(|(left, right)| right.end < item && is_pair(left, right))?;
        let context: Vec<(&str, &str)> = self
            .referents
            .iter()
            .filter(|other| !std::ptr::eq(*other, from) && !std::ptr::eq(*other, to))
            .flat_map(|other| other.dimensions.iter().copied())
            .collect();
        Some([from, to].map(|end| {
            let news = context.iter().filter(|(key, _)| !keys(end).contains(key));
            end.dimensions.iter().chain(news).copied().collect()
        }))
    }

    /// `Going from A to B, M goes from 3 ms to 5 ms`: each end has its own figure.
    pub(super) fn each_end(
        &self,
        ends: &[Vec<(&str, &str)>; 2],
        low: (usize, &Written),
        high: (usize, &Written),
        metrics: &[usize],
    ) -> Result<Vec<Stated>, Rejection> {
        let statistics = self.statistics_for(low.0);
        let of = |(item, written): (usize, &Written), end: &[(&str, &str)]| {
            let facts = self.index.ledger.facts.iter().enumerate();
            let mut fitting = facts.filter(|(fact, known)| {
                self.index.metric_of[*fact].is_some_and(|metric| metrics.contains(&metric))
                    && statistics.contains(&known.statistic)
                    && holds(&known.group, end)
                    && self.may_state(*fact)
            });
            // More than one such group: the sentence does not say which.
            let (fact, known) = fitting.next()?;
            let is_alone = fitting.all(|(_, other)| other.group == known.group);
            (is_alone && written.equals(known)).then_some(Stated { item, fact, same: Vec::new() })
        };
        let [from, to] = ends;
        match (of(low, from), of(high, to)) {
            (Some(low), Some(high)) => Ok(vec![low, high]),
            _ => Err(Rejection::new(
                Kind::Figure,
                format!("`{}`: no facts go from one to the other so", self.reading.words(low.0)),
            )),
        }
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

    /// Does the sentence name a metric?
    pub(super) fn names_any_metric(&self) -> bool {
        self.reading.items.iter().any(|item| matches!(item.what, What::Metric(_)))
    }

    /// Does it name this one?
    pub(super) fn names_metric(&self, name: &str) -> bool {
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
pub fn moves(scene: &Scene<'_, '_, '_>, found: &Found, at: usize) -> Result<(), Rejection> {
    let word = scene.reading.words(at);
    let facts: Vec<(usize, &Fact)> = found
        .stated
        .iter()
        .filter_map(|stated| scene.index.fact(stated.fact).map(|fact| (stated.fact, fact)))
        .collect();
    let value = |wanted: Statistic| facts.iter().find(|(_, fact)| fact.statistic == wanted);
    let step = value(Statistic::Before).zip(value(Statistic::After));
    // `From A to B it falls from 3 to 5`: two values of one metric, of two groups.
    let between = facts.windows(2).find_map(|pair| match pair {
        [(at, from), (other, to)]
            if scene.ends(usize::MAX).is_some()
                && from.statistic == to.statistic
                && scene.index.metric_of.get(*at) == scene.index.metric_of.get(*other) =>
        {
            Some((*at, to.value - from.value))
        }
        _ => None,
    });
    // What the setting itself does, `as concurrency rises from 1 to 32`, its values show.
    if let Some(setting) = setting_moves(scene, at) {
        let lower = word.to_lowercase();
        let is_so = (UP.contains(&lower.as_str()) && setting > 0.0)
            || (DOWN.contains(&lower.as_str()) && setting < 0.0);
        if is_so {
            return Ok(());
        }
        return Err(Rejection::new(Kind::Trend, format!("`{word}`: its values go the other way")));
    }
    let drift = value(Statistic::Drift).map(|(at, fact)| (*at, fact.value));
    let change =
        drift.or(step.map(|((at, before), (_, after))| (*at, after.value - before.value))).or(between);
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

/// By how much a setting right before a word goes up in what stands right behind it.
fn setting_moves(scene: &Scene<'_, '_, '_>, at: usize) -> Option<f64> {
    let items = &scene.reading.items;
    let What::Key(key) = items.get(at.checked_sub(1)?)?.what else { return None };
    let mut values = items.iter().skip(at + 1).filter_map(|item| match item.what {
        What::Value(own, value) if own == key => value.parse::<f64>().ok(),
        _ => None,
    });
    let (from, to) = (values.next()?, values.next()?);
    Some(to - from)
}

/// `Surely` and `not sure` are said of two groups by the test that held them together; the
/// facts of both.
pub fn certainty(scene: &Scene<'_, '_, '_>, class: Class, word: &str) -> Result<Vec<usize>, Rejection> {
    if statement::is_imperative(scene.reading) && scene.referents.is_empty() {
        return Ok(Vec::new());
    }
    let is_unsure = scene.reading.says(Class::Unsure);
    if is_unsure && class == Class::Sure {
        return Ok(Vec::new());
    }
    let is_meant = |verdict: Verdict| matches!(verdict, Verdict::Better | Verdict::Worse) != is_unsure;
    between(scene, &is_meant)
        .map(conditions::compared)
        .ok_or_else(|| Rejection::new(Kind::Comparison, format!("`{word}`: no test of the facts says so")))
}

/// The relation between the groups of a sentence in its metric that has such a verdict.
pub fn between<'a>(scene: &Scene<'_, 'a, '_>, is_meant: &dyn Fn(Verdict) -> bool) -> Option<&'a Relation> {
    scene.index.ledger.relations.iter().find(|relation| {
        let is = |group| scene.referents.iter().any(|referent| holds(group, &referent.dimensions));
        let all = scene.referents.iter().all(|referent| {
            holds(&relation.group, &referent.dimensions) || holds(&relation.other, &referent.dimensions)
        });
        is_meant(relation.verdict)
            && is(&relation.group)
            && is(&relation.other)
            && all
            && scene.names_metric(&relation.metric.0.name)
    })
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
