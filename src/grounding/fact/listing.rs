//! Facts about the folder: its files, their dates, and what was left out of the statistics.

use std::{collections::HashMap, sync::Arc};

use super::{
    Source, Statistic,
    build::{Builder, Measured, Sources},
    rank::Tier,
};
use crate::{
    ingest::file::{Kind, Status},
    metrics::{format, series::Nature, unit::Unit},
};

/// The kinds with their subjects in the ledger.
const KINDS: [(Kind, &str); 4] = [
    (Kind::Csv, "csv files"),
    (Kind::Json, "json files"),
    (Kind::Markdown, "markdown files"),
    (Kind::Text, "text files"),
];

impl Builder<'_> {
    /// A count of something in the whole folder.
    fn count(&mut self, subject: &str, count: u64, sources: &Sources) {
        self.count_in(Tier::Folder, subject, count, sources);
    }

    /// The same, wanted more or less.
    pub fn count_in(&mut self, tier: Tier, subject: &str, count: u64, sources: &Sources) {
        let measured = Measured {
            subject,
            statistic: Statistic::Count,
            group: &Arc::default(),
            value: count as f64,
            unit: Unit::None,
        };
        let text = format!("{} {}", format::count(count), subject_in(subject, count));
        self.push(measured.printed(text, sources), tier, "");
    }

    /// Files by kind, those with problems, and the latest dates.
    pub fn listing(&mut self) {
        let inventory = self.material.inventory;
        let listing = |rows: u64| -> Sources { [listed(rows)].into() };
        let totals = KINDS.map(|(kind, subject)| (kind, subject, inventory.totals(kind)));
        let total = totals.iter().map(|(_, _, totals)| totals.count).sum();
        self.count("files", total, &listing(total));
        for (_, subject, totals) in &totals {
            if totals.count > 0 {
                self.count(subject, totals.count, &listing(totals.count));
            }
        }
        let own = inventory.generated_total();
        if own > 0 {
            self.count("generated files", own, &listing(own));
        }
        for (subject, status) in [("unreadable files", Status::Error), ("partly read files", Status::Partial)]
        {
            let files = inventory.files().filter(|file| !file.generated && file.status == status);
            let sources: Sources = files
                .map(|file| {
                    let problems = &file.document.problems;
                    let line = problems.first().and_then(|problem| problem.line);
                    let line = line.and_then(|line| u32::try_from(line).ok());
                    self.source(&file.path, line, &Arc::from("problems"), problems.len() as u64)
                })
                .collect();
            if !sources.is_empty() {
                self.count(subject, sources.len() as u64, &sources);
            }
        }
        for (kind, subject, totals) in &totals {
            let Some(latest_ns) = totals.latest_modified_ns else { continue };
            let sources = inventory
                .files()
                .find(|file| !file.generated && file.kind == *kind && file.stamp.modified_ns == latest_ns)
                .map(|file| self.source(&file.path, None, &Arc::from("modified"), 1));
            let measured = Measured {
                subject,
                statistic: Statistic::Date,
                group: &Arc::default(),
                value: latest_ns.div_euclid(1_000_000_000) as f64,
                unit: Unit::None,
            };
            let text = format::utc(latest_ns).chars().take(10).collect();
            let sources = sources.into_iter().collect();
            self.push(measured.printed(text, &sources), Tier::Date, "");
        }
    }

    /// What was left out of the statistics.
    pub fn left_out(&mut self) {
        let material = self.material;
        if !material.failed.is_empty() {
            let field = Arc::from("failed");
            let sources: Sources =
                material.failed.iter().map(|(path, count)| self.source(path, None, &field, *count)).collect();
            self.count("failed rows", material.failed.iter().map(|(_, count)| count).sum(), &sources);
        }
        let mut first: HashMap<&Arc<str>, &Arc<str>> = HashMap::new();
        let mut copies = Vec::new();
        for file in material.inventory.files().filter(|file| !file.generated && !file.digest.is_empty()) {
            if first.insert(&file.digest, &file.path).is_some() {
                copies.push(self.source(&file.path, None, &Arc::from("bytes"), file.document.rows()));
            }
        }
        if !copies.is_empty() {
            self.count("duplicate files", copies.len() as u64, &copies.into());
        }
        for reason in ["not finite", "not a number"] {
            let mut count = 0;
            let mut sources: Vec<Source> = Vec::new();
            let mut known: HashMap<(Arc<str>, Arc<str>), usize> = HashMap::new();
            for series in material.series.iter().filter(|series| series.nature != Nature::Stated) {
                for exclusion in series.excluded.iter().filter(|exclusion| *exclusion.reason == *reason) {
                    count += exclusion.count;
                    for (path, in_file) in &exclusion.files {
                        let at = *known.entry((Arc::clone(path), Arc::clone(&series.field))).or_insert_with(
                            || {
                                sources.push(self.source(path, None, &series.field, 0));
                                sources.len() - 1
                            },
                        );
                        let rows = &mut sources[at].rows;
                        *rows = rows.saturating_add(u32::try_from(*in_file).unwrap_or(u32::MAX));
                    }
                }
            }
            if count > 0 {
                self.count(&format!("{reason} values"), count, &sources.into());
            }
        }
    }
}

fn listed(rows: u64) -> Source {
    Source {
        path: Arc::from("."),
        line: None,
        field: Arc::from("listing"),
        rows: u32::try_from(rows).unwrap_or(u32::MAX),
        digest: Arc::default(),
    }
}

/// `1 csv file`, `2 csv files`.
fn subject_in(subject: &str, count: u64) -> &str {
    if count == 1 { subject.strip_suffix('s').unwrap_or(subject) } else { subject }
}
