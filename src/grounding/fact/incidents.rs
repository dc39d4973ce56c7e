//! What went wrong: runs that failed, and values far from those of their configuration.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Failure, Outlier, Source, Statistic,
    build::{Builder, Measured, Sources},
    causes::with,
    rank::Tier,
    rows::{share_text, slug},
};
use crate::ingest::field;
use crate::metrics::{
    format,
    outliers::{self, Among},
    series::{Group, Nature, Series},
    unit::Unit,
};

/// Files whose failures are told one by one, those with most first.
const MOST_FILES: usize = 8;
/// Groups whose failures are told, those with most first.
const MOST_GROUPS: usize = 8;
/// Reasons of failures that are told, those with most first.
const MOST_REASONS: usize = 4;
/// A longer text is a log and no reason.
const LONGEST_REASON: usize = 64;
/// Series that are looked at for outliers, the most wanted first.
const JUDGED_SERIES: usize = 24;
/// Values that are judged in all: each costs some sorting.
const MAX_JUDGED: usize = 50_000;
/// Outliers of one series that are told, the farthest first.
const MOST_OUTLIERS: usize = 3;

impl Builder<'_> {
    /// Failed runs by group and by file.
    pub fn failures(&mut self) {
        self.failures_by_group();
        self.failures_by_file();
        self.failures_by_reason();
    }

    /// Of the metrics of a group the one speaks in which most runs failed: a row that failed
    /// is missing from each.
    fn failures_by_group(&mut self) {
        let mut groups: Vec<(&Series, u64)> = Vec::new();
        let is_sample = |series: &&&Series| series.nature == Nature::Sample;
        for series in self.material.series.iter().filter(is_sample) {
            let exclusion = series.excluded.iter().find(|exclusion| *exclusion.reason == *"failed");
            let Some(count) = exclusion.map(|exclusion| exclusion.count) else { continue };
            match groups.iter_mut().find(|(known, _)| known.group == series.group) {
                Some(known) if known.1 < count => *known = (series, count),
                Some(_) => {}
                None => groups.push((series, count)),
            }
        }
        groups.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (series, count) in groups.into_iter().take(MOST_GROUPS) {
            let files = series.excluded.iter().filter(|exclusion| *exclusion.reason == *"failed");
            let sources: Sources = files
                .flat_map(|exclusion| &exclusion.files)
                .map(|(path, rows)| self.source(path, None, &series.field, *rows))
                .collect();
            let all = count + series.stats.n;
            let found = self.failure(&series.group, None, (count, all), &sources, &slug(series));
            self.ledger.failures.extend(found);
        }
    }

    fn failures_by_file(&mut self) {
        let mut files: Vec<&(Arc<str>, u64)> = self.material.failed.iter().collect();
        files.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (path, count) in files.into_iter().take(MOST_FILES) {
            let rows = self.material.inventory.get(path).map_or(0, |file| file.document.rows());
            let source: Sources = [self.source(path, None, &Arc::from("failed"), *count)].into();
            let group = Arc::new(Group(vec![(Arc::from("file"), Arc::clone(path))]));
            let found = self.failure(&group, Some(path), (*count, rows), &source, path);
            self.ledger.failures.extend(found);
        }
    }

    /// By what the rows of the files with failures say of their errors.
    fn failures_by_reason(&mut self) {
        let mut reasons: BTreeMap<&str, Vec<Source>> = BTreeMap::new();
        for (path, errors) in self.material.errors {
            for ((name, text), count) in *errors {
                if let Some(reason) = reason(text) {
                    let source = self.source(path, None, &field::leaf(name).into(), *count);
                    reasons.entry(reason).or_default().push(source);
                }
            }
        }
        let mut reasons: Vec<_> = reasons.into_iter().collect();
        let count = |sources: &[Source]| sources.iter().map(|source| u64::from(source.rows)).sum::<u64>();
        reasons.sort_by_key(|(_, sources)| std::cmp::Reverse(count(sources)));
        for (reason, sources) in reasons.into_iter().take(MOST_REASONS) {
            let Some(first) = sources.first() else { continue };
            let all = count(&sources);
            let reason: Arc<str> = reason.into();
            let group = Arc::new(Group(vec![(Arc::clone(&first.field), Arc::clone(&reason))]));
            // No share of anything: only rows that failed give a reason.
            let found = self.failure(&group, None, (all, 0), &sources.into(), &reason);
            self.ledger.failures.extend(found.map(|found| Failure { reason: Some(reason), ..found }));
        }
    }

    /// `all`: runs, failed ones counted in.
    fn failure(
        &mut self,
        group: &Arc<Group>,
        path: Option<&Arc<str>>,
        (count, all): (u64, u64),
        sources: &Sources,
        slug: &str,
    ) -> Option<Failure> {
        let measured = |statistic: Statistic, value: f64, unit: Unit| Measured {
            subject: "failed rows",
            statistic,
            group,
            value,
            unit,
        };
        let text = format!("{} failed row{}", format::count(count), if count == 1 { "" } else { "s" });
        let fact = measured(Statistic::Failed, count as f64, Unit::None).printed(text, sources);
        let tier = if path.is_none() || all == count { Tier::Incident } else { Tier::Detail };
        let failed = self.push(fact, tier, slug)?;
        let percent = 100.0 * count as f64 / all as f64;
        let is_share = all >= count;
        let share = measured(Statistic::FailedShare, percent, Unit::Percent);
        let share =
            is_share.then(|| self.push(share.printed(share_text(percent), sources), tier, slug)).flatten();
        let (group, path) = (Arc::clone(group), path.cloned());
        Some(Failure { group, path, reason: None, failed, share, is_all: all == count })
    }

    /// Single values far out, in the series that a reader meets first.
    pub fn outliers(&mut self, ranked: &[&Series]) {
        let mut left = MAX_JUDGED;
        let judged = ranked.iter().filter(|series| series.nature == Nature::Sample).take(JUDGED_SERIES);
        for series in judged {
            let Some(rest) = left.checked_sub(series.values.len()) else { continue };
            left = rest;
            let found = outliers::of(series).found;
            if found.is_empty() {
                continue;
            }
            let count = found.len() as u64;
            let text = format!("{} outlier{}", format::count(count), if count == 1 { "" } else { "s" });
            let sources: Sources = found
                .iter()
                .filter_map(|outlier| self.place(series, series.values.get(outlier.index)?))
                .collect();
            let all = Measured {
                subject: series.metric.name(),
                statistic: Statistic::Outliers,
                group: &series.group,
                value: count as f64,
                unit: Unit::None,
            };
            self.push(all.printed(text, &sources), Tier::Detail, &slug(series));
            for outlier in found.iter().take(MOST_OUTLIERS) {
                let outlier = self.outlier(series, outlier);
                self.ledger.outliers.extend(outlier);
            }
        }
    }

    fn outlier(&mut self, series: &Series, found: &outliers::Outlier) -> Option<Outlier> {
        let place: Sources = self.place(series, series.values.get(found.index)?).into_iter().collect();
        let value = Measured {
            subject: series.metric.name(),
            statistic: Statistic::Outlier,
            group: &found.group,
            value: found.value,
            unit: series.unit.clone(),
        };
        let named = format!("{}|{}:{}:{}", slug(series), found.path, found.line, found.row);
        let value = self.push(value.fact(&place), Tier::Outlier, &named)?;
        let judged_in = match &found.judged_in {
            Among::Configuration(group) => Arc::new(group.clone()),
            Among::File(path) => Arc::new(with(&series.group, &Arc::from("file"), path)),
            // No group that could be named: what is left of several files and configurations.
            Among::Rest => return None,
        };
        let of_cell = |statistic: Statistic, value: f64, unit: Unit| Measured {
            subject: series.metric.name(),
            statistic,
            group: &judged_in,
            value,
            unit,
        };
        let (of_median, of_n, one) = match (series.cold.is_some(), found.is_cold) {
            (false, _) => (Statistic::Median, Statistic::N, "run"),
            (true, false) => (Statistic::WarmMedian, Statistic::WarmN, "warm run"),
            (true, true) => (Statistic::ColdMedian, Statistic::ColdN, "cold run"),
        };
        let named = format!("{}|{:?}", slug(series), found.judged_in);
        let median = of_cell(of_median, found.median, series.unit.clone()).fact(&place);
        let median = self.push_once(median, Tier::Rest, &named)?;
        let text = format!("{} {one}s", format::count(found.n));
        let n = of_cell(of_n, found.n as f64, Unit::None).printed(text, &place);
        let n = self.push_once(n, Tier::Rest, &named)?;
        Some(Outlier {
            metric: series.metric.clone(),
            group: Arc::clone(&series.group),
            value,
            median,
            n,
            mads: found.mads,
            is_cold: found.is_cold,
        })
    }
}

/// What an error says of itself, in its first sentence and without its number, where that is
/// a short text that can stand in a sentence. A number in it (an address, a size) would be no
/// figure of the report.
fn reason(text: &str) -> Option<&str> {
    let text = text.trim();
    let coded = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let text = coded.map_or(text, |(_, rest)| rest.trim());
    let end = [". ", "\n", "; "].iter().filter_map(|mark| text.find(mark)).min().unwrap_or(text.len());
    let text = text.get(..end)?.trim().trim_end_matches('.');
    let is_plain = text.chars().all(|c| c.is_alphabetic() || " -_:/'".contains(c));
    (!text.is_empty() && text.chars().count() <= LONGEST_REASON && is_plain).then_some(text)
}
