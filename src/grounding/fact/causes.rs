//! What explains the spread of the metrics that a reader cares about most.

use std::sync::Arc;

use super::{
    Driver, Fact, LevelFacts, Statistic,
    build::{Builder, Measured, Sources},
    rank::Tier,
    rows::{share_text, slug},
};
use crate::metrics::{
    drivers::{self, Driver as Found, Level, MIN_ROWS, Sort},
    format,
    series::{Group, Nature, Series},
    unit::Unit,
};

/// Folders of more values have no drivers here: putting the groups together and shuffling
/// them would take seconds. `analyze` still says them.
pub const MAX_VALUES: usize = 100_000;
/// Metrics whose drivers are looked for.
const MOST_METRICS: usize = 2;
/// Groups of each of them that are looked into, besides all together: each costs shuffles,
/// which are most of the time of a ledger.
const MOST_GROUPS: usize = 1;
/// Longer series are not looked into.
const MAX_ROWS: usize = 5_000;
/// Drivers of one series that become facts, the strongest first.
const MOST_DRIVERS: usize = 3;
/// A driver that explains less of the spread is no finding, however sure it is.
const LEAST_SHARE: f64 = 0.1;
/// Longer levels (a whole prompt) are no name of anything.
const LONGEST_LEVEL: usize = 48;

impl Builder<'_> {
    /// The drivers of each metric, among all its rows and inside of its largest groups.
    pub fn drivers(&mut self, ranked: &[&Series]) {
        let whole = &self.material.whole;
        let is_sample = |series: &&&Series| series.nature == Nature::Sample && !series.values.is_empty();
        let others: Vec<&Series> = whole.iter().filter(is_sample).copied().collect();
        let mut metrics: Vec<&Series> = Vec::new();
        for series in &others {
            let known = metrics.iter_mut().find(|known| known.metric == series.metric);
            match known {
                // Of several fields the one that most rows have.
                Some(known) if known.values.len() < series.values.len() => *known = series,
                Some(_) => {}
                None => metrics.push(series),
            }
        }
        metrics.retain(|series| series.metric.better().is_some() && series.values.len() >= MIN_ROWS);
        for series in metrics.into_iter().take(MOST_METRICS) {
            let beside: Vec<&Series> =
                others.iter().copied().filter(|other| !std::ptr::eq(*other, series)).collect();
            self.drivers_of(series, &beside);
            let is_group = |group: &&&Series| {
                group.nature == Nature::Sample
                    && (&group.metric, &group.field) == (&series.metric, &series.field)
                    && (MIN_ROWS..series.values.len()).contains(&group.values.len())
            };
            let mut groups: Vec<&Series> = ranked.iter().filter(is_group).copied().collect();
            groups.sort_by_key(|group| std::cmp::Reverse(group.values.len()));
            for group in groups.into_iter().take(MOST_GROUPS) {
                self.drivers_of(group, &beside);
            }
        }
    }

    fn drivers_of(&mut self, series: &Series, others: &[&Series]) {
        if series.values.len() > MAX_ROWS {
            return;
        }
        let sources = self.sources(series);
        let found = drivers::of(series, others);
        // What half of the rows do not have says nothing about the metric as a whole.
        let is_told = |driver: &&Found| {
            driver.is_found() && driver.effect.size() >= LEAST_SHARE && driver.n * 2 >= found.used
        };
        for driver in found.ranked.iter().filter(is_told).take(MOST_DRIVERS) {
            let driver = self.driver(series, driver, &sources);
            self.ledger.drivers.extend(driver);
        }
    }

    fn driver(&mut self, series: &Series, found: &Found, sources: &Sources) -> Option<Driver> {
        let mut driver = Driver {
            metric: series.metric.clone(),
            group: Arc::clone(&series.group),
            name: Arc::clone(&found.name),
            sort: found.sort,
            share: 0,
            p: found.p_adjusted,
            correlation: found.correlation,
            best: None,
            worst: None,
            same_as: found.same_as.clone(),
            confounded_with: found.confounded.iter().map(|it| Arc::clone(&it.with)).collect(),
        };
        let tier = if driver.may_be_cause() { Tier::Cause } else { Tier::Doubt };
        let effect = found.effect;
        let (statistic, share) = if effect.rank_share > effect.share {
            (Statistic::RankShare, effect.rank_share)
        } else {
            (Statistic::Share, effect.share)
        };
        let percent = share * 100.0;
        let measured = Measured {
            subject: series.metric.name(),
            statistic,
            group: &series.group,
            value: percent,
            unit: Unit::Percent,
        };
        let fact =
            Fact { driver: Some(Arc::clone(&found.name)), ..measured.printed(share_text(percent), sources) };
        driver.share = self.push(fact, tier, &format!("{}|by {}", slug(series), found.name))?;
        if found.sort == Sort::Dimension && found.levels.len() > 1 {
            let (best, worst) = found.levels.first().zip(found.levels.last())?;
            driver.best = self.level(series, &found.name, best, tier);
            driver.worst = self.level(series, &found.name, worst, tier);
        }
        Some(driver)
    }

    /// Median and number of the values of one level.
    fn level(&mut self, series: &Series, key: &Arc<str>, level: &Level, tier: Tier) -> Option<LevelFacts> {
        if level.value.chars().count() > LONGEST_LEVEL {
            return None;
        }
        let group = Arc::new(with(&series.group, key, &level.value));
        let rows = |builder: &Self| -> Sources {
            let mut sources: Vec<super::Source> = Vec::new();
            for value in series.values.iter().filter(|value| value.group.get(key) == Some(&level.value)) {
                let path = series.files.get(value.file as usize);
                match sources.last_mut() {
                    Some(last) if Some(&last.path) == path => last.rows = last.rows.saturating_add(1),
                    _ => sources.extend(builder.place(series, value)),
                }
            }
            sources.into()
        };
        let sources = rows(self);
        let named = format!("{group}|{}|{:?}", series.field, series.nature);
        let measured = |statistic: Statistic, value: f64, unit: Unit| Measured {
            subject: series.metric.name(),
            statistic,
            group: &group,
            value,
            unit,
        };
        let median = measured(Statistic::Median, level.median, series.unit.clone()).fact(&sources);
        let median = self.push_once(median, tier, &named)?;
        let text = format!("{} run{}", format::count(level.n), if level.n == 1 { "" } else { "s" });
        let count = measured(Statistic::N, level.n as f64, Unit::None).printed(text, &sources);
        let n = self.push_once(count, tier, &named)?;
        Some(LevelFacts { value: Arc::clone(&level.value), median, n })
    }
}

/// A group with one more dimension.
pub fn with(group: &Group, key: &Arc<str>, value: &Arc<str>) -> Group {
    let mut pairs = group.0.clone();
    match pairs.binary_search_by(|(known, _)| known.cmp(key)) {
        Ok(at) => pairs[at].1 = Arc::clone(value),
        Err(at) => pairs.insert(at, (Arc::clone(key), Arc::clone(value))),
    }
    Group(pairs)
}
