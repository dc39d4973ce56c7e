//! From a library to its facts, in the order in which a reader wants them.

use std::{borrow::Borrow, cmp::Ordering, collections::HashMap, sync::Arc};

use super::{Fact, FactRow, Ledger, Source, Statistic, identify::Ids, rank::ranked};
use crate::{
    ingest::{
        file::{Kind, Status},
        inventory::Inventory,
    },
    metrics::{
        format,
        names::{Better, Known},
        series::{Group, Nature, Series, Value},
        stats,
        unit::Unit,
    },
};

/// A cold value this many times worse than the warm median is worth a word; which values
/// are cold, `metrics::cold` says.
const COLD_START_RATIO: f64 = 2.0;
/// The kinds with their subjects in the ledger.
const KINDS: [(Kind, &str); 4] = [
    (Kind::Csv, "csv files"),
    (Kind::Json, "json files"),
    (Kind::Markdown, "markdown files"),
    (Kind::Text, "text files"),
];

/// Computes every fact of the folder.
pub fn ledger(inventory: &Inventory, all: &[impl Borrow<Series>], failed: &[(Arc<str>, u64)]) -> Ledger {
    // Shared or owned, a series is read all the same.
    let all: &[&Series] = &all.iter().map(Borrow::borrow).collect::<Vec<_>>();
    let mut builder = Builder::default();
    builder.listing(inventory);
    builder.left_out(inventory, all, failed);
    for series in ranked(all) {
        builder.series(series);
    }
    builder.ledger
}

#[derive(Debug, Default)]
struct Builder {
    ledger: Ledger,
    ids: Ids,
}

impl Builder {
    /// Adds a fact, unless its value is no number; its index.
    fn push(&mut self, mut fact: Fact, slug: &str) -> Option<usize> {
        if !fact.value.is_finite() {
            return None;
        }
        fact.id = self.ids.id(&format!("{}|{}|{}|{slug}", fact.subject, fact.statistic.name(), fact.group));
        self.ledger.facts.push(fact);
        Some(self.ledger.facts.len() - 1)
    }

    /// A count of something in the whole folder.
    fn count(&mut self, subject: &str, count: u64, sources: Vec<Source>) {
        let sources = sources.into();
        self.push(
            Fact {
                id: String::new(),
                subject: subject.to_owned(),
                statistic: Statistic::Count,
                group: Arc::default(),
                value: count as f64,
                unit: Unit::None,
                text: format!("{} {}", format::count(count), subject_in(subject, count)),
                sources,
            },
            "",
        );
    }

    fn listing(&mut self, inventory: &Inventory) {
        let listing = |rows: u64| {
            vec![Source {
                path: Arc::from("."),
                line: None,
                field: Arc::from("listing"),
                rows: u32::try_from(rows).unwrap_or(u32::MAX),
            }]
        };
        let totals = KINDS.map(|(kind, subject)| (kind, subject, inventory.totals(kind)));
        let total = totals.iter().map(|(_, _, totals)| totals.count).sum();
        self.count("files", total, listing(total));
        for (_, subject, totals) in &totals {
            if totals.count > 0 {
                self.count(subject, totals.count, listing(totals.count));
            }
        }
        let own = inventory.generated_total();
        if own > 0 {
            self.count("generated files", own, listing(own));
        }
        let status = |status: Status| {
            inventory.files().filter(|file| !file.generated && file.status == status).collect::<Vec<_>>()
        };
        for (subject, files) in
            [("unreadable files", status(Status::Error)), ("partly read files", status(Status::Partial))]
        {
            if !files.is_empty() {
                let sources = files
                    .iter()
                    .map(|file| {
                        let problem = file.document.problems.first();
                        let line = problem.and_then(|problem| problem.line);
                        Source {
                            path: Arc::clone(&file.path),
                            line: line.and_then(|line| u32::try_from(line).ok()),
                            field: Arc::from("problems"),
                            rows: u32::try_from(file.document.problems.len()).unwrap_or(u32::MAX),
                        }
                    })
                    .collect();
                self.count(subject, files.len() as u64, sources);
            }
        }
        for (kind, subject, totals) in &totals {
            let Some(latest_ns) = totals.latest_modified_ns else { continue };
            let sources = inventory
                .files()
                .find(|file| !file.generated && file.kind == *kind && file.stamp.modified_ns == latest_ns)
                .map(|file| Source {
                    path: Arc::clone(&file.path),
                    line: None,
                    field: Arc::from("modified"),
                    rows: 1,
                });
            self.push(
                Fact {
                    id: String::new(),
                    subject: (*subject).to_owned(),
                    statistic: Statistic::Date,
                    group: Arc::default(),
                    value: latest_ns.div_euclid(1_000_000_000) as f64,
                    unit: Unit::None,
                    text: format::utc(latest_ns).chars().take(10).collect(),
                    sources: sources.into_iter().collect(),
                },
                "",
            );
        }
    }

    /// What was left out of the statistics.
    fn left_out(&mut self, inventory: &Inventory, all: &[&Series], failed: &[(Arc<str>, u64)]) {
        let rows = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        if !failed.is_empty() {
            let sources = failed.iter().map(|(path, count)| Source {
                path: Arc::clone(path),
                line: None,
                field: Arc::from("failed"),
                rows: rows(*count),
            });
            self.count("failed rows", failed.iter().map(|(_, count)| count).sum(), sources.collect());
        }
        let mut first: HashMap<&Arc<str>, &Arc<str>> = HashMap::new();
        let mut copies = Vec::new();
        for file in inventory.files().filter(|file| !file.generated && !file.digest.is_empty()) {
            if first.insert(&file.digest, &file.path).is_some() {
                copies.push(Source {
                    path: Arc::clone(&file.path),
                    line: None,
                    field: Arc::from("bytes"),
                    rows: rows(file.document.rows()),
                });
            }
        }
        if !copies.is_empty() {
            self.count("duplicate files", copies.len() as u64, copies);
        }
        for reason in ["not finite", "not a number"] {
            let mut count = 0;
            let mut sources: Vec<Source> = Vec::new();
            for series in all.iter().filter(|series| series.nature != Nature::Stated) {
                for exclusion in series.excluded.iter().filter(|exclusion| *exclusion.reason == *reason) {
                    count += exclusion.count;
                    for (path, in_file) in &exclusion.files {
                        let in_file = rows(*in_file);
                        let is_same =
                            |source: &&mut Source| source.path == *path && source.field == series.field;
                        if let Some(known) = sources.iter_mut().find(is_same) {
                            known.rows = known.rows.saturating_add(in_file);
                            continue;
                        }
                        let (path, field) = (Arc::clone(path), Arc::clone(&series.field));
                        sources.push(Source { path, line: None, field, rows: in_file });
                    }
                }
            }
            if count > 0 {
                self.count(&format!("{reason} values"), count, sources);
            }
        }
    }

    fn series(&mut self, series: &Series) {
        let statistics = &series.stats;
        let all: Arc<[Source]> = sources(series).into();
        let mut facts = Vec::new();
        let mut add = |builder: &mut Self,
                       statistic,
                       value: Option<f64>,
                       group: &Arc<Group>,
                       sources: Arc<[Source]>| {
            let Some(value) = value else { return };
            let is_count = statistic == Statistic::N;
            let unit = if is_count { Unit::None } else { series.unit.clone() };
            let text = if is_count {
                let runs = if series.nature == Nature::Sample { "run" } else { "summary value" };
                format!("{} {runs}{}", format::count(value as u64), if statistics.n == 1 { "" } else { "s" })
            } else {
                format::value(value, &unit)
            };
            let fact = Fact {
                id: String::new(),
                subject: series.metric.0.name.clone(),
                statistic,
                group: Arc::clone(group),
                value,
                unit,
                text,
                sources,
            };
            facts.extend(builder.push(fact, &format!("{}|{:?}", series.field, series.nature)));
        };
        for (statistic, value) in [
            (Statistic::N, Some(statistics.n as f64)),
            (Statistic::Median, statistics.median),
            (Statistic::Mean, statistics.mean),
            (Statistic::Stddev, statistics.stddev),
            (Statistic::P95, statistics.p95),
        ] {
            add(self, statistic, value, &series.group, Arc::clone(&all));
        }
        let smallest = extreme(series, Ordering::Less);
        let largest = extreme(series, Ordering::Greater);
        let (best, worst) = match series.metric.0.better {
            Some(Better::Higher) => (largest, smallest),
            Some(Better::Lower) => (smallest, largest),
            None => (None, None),
        };
        for (statistic, value) in [(Statistic::Min, smallest), (Statistic::Max, largest)] {
            let places = value.into_iter().flat_map(|value| place(series, value)).collect();
            add(self, statistic, value.map(|value| value.number), &series.group, places);
        }
        let first = cold_start(series);
        for (statistic, value) in
            [(Statistic::Best, best), (Statistic::Worst, worst), (Statistic::First, first)]
        {
            let Some(value) = value else { continue };
            add(self, statistic, Some(value.number), value.group, place(series, value).into());
        }
        self.ledger.rows.push(FactRow {
            metric: series.metric.clone(),
            field: Arc::clone(&series.field),
            nature: series.nature,
            group: Arc::clone(&series.group),
            unit: series.unit.clone(),
            facts,
        });
    }
}

/// `1 csv file`, `2 csv files`.
fn subject_in(subject: &str, count: u64) -> &str {
    if count == 1 { subject.strip_suffix('s').unwrap_or(subject) } else { subject }
}

/// The files of a series, each with its first line and how many values it gives.
fn sources(series: &Series) -> Vec<Source> {
    let mut sources: Vec<(u32, Source)> = Vec::new();
    for value in series.values.iter() {
        if let Some((_, source)) = sources.iter_mut().rev().find(|(file, _)| *file == value.file) {
            source.rows = source.rows.saturating_add(1);
            source.line = source.line.map(|line| line.min(value.line));
        } else {
            sources.extend(place(series, value).into_iter().map(|source| (value.file, source)));
        }
    }
    sources.into_iter().map(|(_, source)| source).collect()
}

/// Where one value stands.
fn place(series: &Series, value: Value<'_>) -> Vec<Source> {
    let path = series.files.get(value.file as usize).cloned();
    path.map(|path| Source { path, line: Some(value.line), field: Arc::clone(&series.field), rows: 1 })
        .into_iter()
        .collect()
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
    if !matches!(series.metric.0.known, Some(known) if is_touched(known)) {
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
