//! The statistics of each series, and its place among those it can be compared with.

use std::{cmp::Ordering, collections::HashMap, sync::Arc};

use super::{
    FactRow, Source, Statistic,
    build::{Builder, Measured, Sources},
    rank::{RUNS_THAT_SAY_SOMETHING, Tier, beats, families},
};
use crate::metrics::{
    format,
    names::{Better, Known},
    series::{Group, Nature, Series, Value},
    stats,
    unit::Unit,
};

/// A cold value this many times worse than the warm median is worth a word; which values
/// are cold, `metrics::cold` says.
const COLD_START_RATIO: f64 = 2.0;
/// Rows that a reader meets first: the best, the worst and another group of the metrics that
/// are cared for most.
const HEAD_ROWS: usize = 12;
/// Rows that have every statistic; the others have those that tables and sentences use, so
/// that a folder of ten thousand groups has a ledger that can be searched.
const WHOLE_ROWS: usize = 300;
/// Intervals cost a bootstrap, whose time goes with the number of values: so many values in
/// all have one, those of the first rows.
const MAX_BOOTSTRAPPED: usize = 1_500;

impl Builder<'_> {
    /// A row for each series.
    pub fn rows(&mut self, ranked: &[&Series], sources: &[Sources]) {
        let mut left = MAX_BOOTSTRAPPED;
        for (index, (series, sources)) in ranked.iter().zip(sources).enumerate() {
            let is_head = index < HEAD_ROWS
                && series.nature == Nature::Sample
                && (series.stats.n >= RUNS_THAT_SAY_SOMETHING || index == 0);
            let is_whole = index < WHOLE_ROWS;
            let mut row = Row { series, sources, is_head, is_whole, facts: Vec::new() };
            row.middle(self);
            row.ends(self);
            if is_whole && series.values.len() <= left {
                left -= series.values.len();
                row.interval(self);
            }
            row.starts(self);
            row.failures(self);
            self.ledger.rows.push(FactRow {
                metric: series.metric.clone(),
                field: Arc::clone(&series.field),
                nature: series.nature,
                group: Arc::clone(&series.group),
                unit: series.unit.clone(),
                facts: row.facts,
            });
        }
        self.ranks(ranked, sources);
    }

    /// The place of each group by its median, where a metric has a better direction.
    fn ranks(&mut self, ranked: &[&Series], sources: &[Sources]) {
        for family in families(ranked) {
            let Some(first) = family.first().and_then(|&index| ranked.get(index)) else { continue };
            if first.metric.better().is_none() || family.len() < 2 {
                continue;
            }
            let keys: Vec<&str> = first.group.0.iter().map(|(key, _)| &**key).collect();
            let of_family: Sources =
                family.iter().filter_map(|&index| sources.get(index)?.first().cloned()).collect();
            let groups = Measured {
                subject: first.metric.name(),
                statistic: Statistic::Groups,
                group: &Arc::default(),
                value: family.len() as f64,
                unit: Unit::None,
            };
            let text = format!("{} groups", format::count(family.len() as u64));
            self.push(groups.printed(text, &of_family), Tier::Detail, &keys.join(","));
            let places = places(&family, ranked);
            for &index in &family {
                let (Some(series), Some(place)) = (ranked.get(index), places.get(&index)) else { continue };
                let rank = Measured {
                    subject: series.metric.name(),
                    statistic: Statistic::Rank,
                    group: &series.group,
                    value: *place as f64,
                    unit: Unit::None,
                };
                let text = format!("rank {place} of {}", family.len());
                let tier = if index < HEAD_ROWS { Tier::Detail } else { Tier::Rest };
                let fact = self.push(rank.printed(text, &of_family), tier, &slug(series));
                if let Some(row) = self.ledger.rows.get_mut(index) {
                    row.facts.extend(fact);
                }
            }
        }
    }
}

/// The place of each member by its median, 1 is best; equal medians share one.
fn places(family: &[usize], ranked: &[&Series]) -> HashMap<usize, usize> {
    let mut order: Vec<(usize, &Series)> =
        family.iter().filter_map(|&index| Some((index, *ranked.get(index)?))).collect();
    order.sort_by(|(_, left), (_, right)| match (beats(left, right), beats(right, left)) {
        (true, _) => Ordering::Less,
        (_, true) => Ordering::Greater,
        _ => Ordering::Equal,
    });
    let mut places = HashMap::new();
    let (mut place, mut last) = (1, None);
    for (before, (index, series)) in order.into_iter().enumerate() {
        if last.is_some_and(|last| beats(last, series)) {
            place = before + 1;
        }
        last = Some(series);
        places.insert(index, place);
    }
    places
}

/// What names the facts of a series.
pub fn slug(series: &Series) -> String {
    format!("{}|{}|{:?}", series.group, series.field, series.nature)
}

/// A row in the making.
struct Row<'a> {
    series: &'a Series,
    sources: &'a Sources,
    is_head: bool,
    is_whole: bool,
    facts: Vec<usize>,
}

impl Row<'_> {
    fn tier(&self, of_head: Tier) -> Tier {
        if self.is_head { of_head } else { Tier::Rest }
    }

    fn measured(&self, statistic: Statistic, value: f64, unit: Unit) -> Measured<'_> {
        Measured { subject: self.series.metric.name(), statistic, group: &self.series.group, value, unit }
    }

    /// A value in the unit of the series.
    fn add(&mut self, builder: &mut Builder<'_>, statistic: Statistic, value: Option<f64>, tier: Tier) {
        let Some(value) = value else { return };
        let fact = self.measured(statistic, value, self.series.unit.clone()).fact(self.sources);
        self.facts.extend(builder.push(fact, self.tier(tier), &slug(self.series)));
    }

    /// A number of things; `one` is what one of them is called.
    fn add_count(
        &mut self,
        builder: &mut Builder<'_>,
        statistic: Statistic,
        count: u64,
        one: &str,
        sources: &Sources,
    ) -> Option<usize> {
        let text = format!("{} {one}{}", format::count(count), if count == 1 { "" } else { "s" });
        let fact = self.measured(statistic, count as f64, Unit::None).printed(text, sources);
        let tier = if statistic == Statistic::N { Tier::Headline } else { Tier::Detail };
        let fact = builder.push(fact, self.tier(tier), &slug(self.series));
        self.facts.extend(fact);
        fact
    }

    /// Number, middle, spread and tails.
    fn middle(&mut self, builder: &mut Builder<'_>) {
        let stats = &self.series.stats;
        self.add(builder, Statistic::Median, stats.median, Tier::Headline);
        let one = if self.series.nature == Nature::Sample { "run" } else { "summary value" };
        self.add_count(builder, Statistic::N, stats.n, one, self.sources);
        self.add(builder, Statistic::Mean, stats.mean, Tier::Detail);
        self.add(builder, Statistic::Stddev, stats.stddev, Tier::Detail);
        self.add(builder, Statistic::P95, stats.p95, Tier::Detail);
        if !self.is_whole {
            return;
        }
        if let Some(cv) = stats.cv {
            let percent = cv * 100.0;
            let fact = self
                .measured(Statistic::Cv, percent, Unit::Percent)
                .printed(share_text(percent), self.sources);
            self.facts.extend(builder.push(fact, self.tier(Tier::Detail), &slug(self.series)));
        }
        self.add(builder, Statistic::P90, stats.p90, Tier::Rest);
        self.add(builder, Statistic::P99, stats.p99, Tier::Rest);
        self.add(builder, Statistic::RatioOfTotals, self.series.ratio_of_totals, Tier::Detail);
    }

    /// Smallest, largest, best, worst, and the first where it paid for a cold start.
    fn ends(&mut self, builder: &mut Builder<'_>) {
        let smallest = extreme(self.series, Ordering::Less);
        let largest = extreme(self.series, Ordering::Greater);
        let (best, worst) = match self.series.metric.better() {
            Some(Better::Higher) => (largest, smallest),
            Some(Better::Lower) => (smallest, largest),
            None => (None, None),
        };
        let own = Arc::clone(&self.series.group);
        for (statistic, value, tier) in
            [(Statistic::Min, smallest, Tier::Detail), (Statistic::Max, largest, Tier::Detail)]
        {
            self.add_single(builder, statistic, value, &own, tier);
        }
        for (statistic, value, tier) in [
            (Statistic::Best, best, Tier::Detail),
            (Statistic::Worst, worst, Tier::Detail),
            (Statistic::First, cold_start(self.series), Tier::Incident),
        ] {
            let Some(value) = value else { continue };
            self.add_single(builder, statistic, Some(value), value.group, tier);
        }
    }

    fn add_single(
        &mut self,
        builder: &mut Builder<'_>,
        statistic: Statistic,
        value: Option<Value<'_>>,
        group: &Arc<Group>,
        tier: Tier,
    ) {
        let Some(value) = value else { return };
        let sources = builder.place(self.series, value).into_iter().collect();
        let measured = self.measured(statistic, value.number, self.series.unit.clone());
        let fact = Measured { group, ..measured }.fact(&sources);
        self.facts.extend(builder.push(fact, self.tier(tier), &slug(self.series)));
    }

    /// The interval of the median.
    fn interval(&mut self, builder: &mut Builder<'_>) {
        if self.series.nature != Nature::Sample {
            return;
        }
        let ends = stats::median_ci95(&self.series.values.numbers());
        self.add(builder, Statistic::CiLow, ends.map(|(low, _)| low), Tier::Detail);
        self.add(builder, Statistic::CiHigh, ends.map(|(_, high)| high), Tier::Detail);
    }

    /// Warm and cold runs apart, where there are both.
    fn starts(&mut self, builder: &mut Builder<'_>) {
        let (Some(warm), Some(cold)) = (self.series.warm, self.series.cold) else { return };
        for (stats, is_cold, of_median, of_n, one) in [
            (warm, false, Statistic::WarmMedian, Statistic::WarmN, "warm run"),
            (cold, true, Statistic::ColdMedian, Statistic::ColdN, "cold run"),
        ] {
            let Some(median) = stats.median else { continue };
            let sources = self.rows_that(builder, |value| value.is_cold == is_cold);
            let fact = self.measured(of_median, median, self.series.unit.clone()).fact(&sources);
            self.facts.extend(builder.push(fact, self.tier(Tier::Detail), &slug(self.series)));
            self.add_count(builder, of_n, stats.n, one, &sources);
        }
    }

    /// The files of some values, each with the first line and how many.
    fn rows_that(&self, builder: &Builder<'_>, is_wanted: impl Fn(&Value<'_>) -> bool) -> Sources {
        let mut sources: Vec<Source> = Vec::new();
        for value in self.series.values.iter().filter(is_wanted) {
            let path = self.series.files.get(value.file as usize);
            match sources.last_mut() {
                Some(last) if Some(&last.path) == path => last.rows = last.rows.saturating_add(1),
                _ => sources.extend(builder.place(self.series, value)),
            }
        }
        sources.into()
    }

    /// Runs that failed, and their share of all.
    fn failures(&mut self, builder: &mut Builder<'_>) {
        let series = self.series;
        let Some(exclusion) = series.excluded.iter().find(|exclusion| *exclusion.reason == *"failed") else {
            return;
        };
        let sources: Sources = exclusion
            .files
            .iter()
            .map(|(path, rows)| builder.source(path, None, &series.field, *rows))
            .collect();
        self.add_count(builder, Statistic::Failed, exclusion.count, "failed run", &sources);
        let percent = 100.0 * exclusion.count as f64 / (exclusion.count + series.stats.n) as f64;
        let fact = self
            .measured(Statistic::FailedShare, percent, Unit::Percent)
            .printed(share_text(percent), &sources);
        self.facts.extend(builder.push(fact, self.tier(Tier::Detail), &slug(series)));
    }
}

/// A share in percent, to one place: more suggest a precision that no benchmark has.
pub fn share_text(percent: f64) -> String {
    if percent == 100.0 { "100 %".to_owned() } else { format!("{percent:.1} %") }
}

/// The smallest or largest value; the first of equals.
fn extreme(series: &Series, wanted: Ordering) -> Option<Value<'_>> {
    series
        .values
        .iter()
        .filter(|value| value.number.is_finite())
        .reduce(|best, next| if next.number.partial_cmp(&best.number) == Some(wanted) { next } else { best })
}

/// The first value of a file when its run was cold and it is far worse than the warm ones
/// of that file; of several files the most striking. Only for times and rates that a cold
/// start can touch.
fn cold_start(series: &Series) -> Option<Value<'_>> {
    let better = series.metric.0.better?;
    if !matches!(series.metric.0.known, Some(known) if is_touched(known)) || !series.values.has_cold() {
        return None;
    }
    let mut found: Option<(f64, Value<'_>)> = None;
    let values: Vec<Value<'_>> = series.values.iter().collect();
    for values in values.chunk_by(|left, right| left.file == right.file) {
        let Some(&first) = values.first().filter(|first| first.is_cold) else { continue };
        let mut warm: Vec<f64> =
            values.iter().filter(|value| !value.is_cold).map(|value| value.number).collect();
        warm.sort_by(f64::total_cmp);
        let Some(median) = stats::percentile(&warm, 50.0) else { continue };
        let ratio = match better {
            Better::Higher => median / first.number,
            Better::Lower => first.number / median,
        };
        if ratio.is_finite() && ratio >= COLD_START_RATIO && found.is_none_or(|(largest, _)| ratio > largest)
        {
            found = Some((ratio, first));
        }
    }
    found.map(|(_, value)| value)
}

fn is_touched(known: Known) -> bool {
    matches!(
        known,
        Known::Throughput
            | Known::PrefillRate
            | Known::Ttft
            | Known::LoadDuration
            | Known::PromptEvalDuration
            | Known::TotalDuration
            | Known::Latency
    )
}
