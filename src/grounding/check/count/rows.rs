//! Counts of rows and runs, of configurations, of the values of a dimension.

use std::sync::Arc;

use super::nouns::Noun;
use crate::{
    grounding::{
        check::{
            Folder,
            pool::Wanted,
            scope::{Scope, Sentence},
            verdict::{Backing, NO_FACT, Verdict, listing},
        },
        fact::Source,
        figure::Figure,
    },
    metrics::series::{Group, Nature},
};

/// So many rows are hardly those of another file by chance.
const TELLING: u64 = 100;
/// Letters of a reason that are compared: the rest may be cut.
const QUOTED: usize = 32;

impl Folder<'_> {
    /// The files that the rows a sentence speaks of come from.
    pub fn files_of(&self, scope: &Scope) -> Vec<Arc<str>> {
        let mut files: Vec<Arc<str>> = Vec::new();
        for selected in
            self.pool.select(&scope.wanted, &self.lexicon).iter().filter(|selected| !selected.is_loose)
        {
            files.extend(self.pool.line(selected).into_iter().flat_map(|line| line.files(selected)));
        }
        files.sort();
        files.dedup();
        files
    }

    /// Judges a count of rows or runs.
    pub fn runs(&self, wanted: u64, scope: &Scope) -> Verdict {
        let selection = self.pool.select(&scope.wanted, &self.lexicon);
        let mut counts: Vec<u64> = Vec::new();
        let mut of_metric: Vec<(u32, Nature, u64)> = Vec::new();
        for selected in selection.iter() {
            let Some(line) = self.pool.line(selected) else { continue };
            let is_named = match (scope.metrics.as_slice(), scope.other_metrics.as_slice()) {
                ([], []) => true,
                ([], others) => others.contains(&line.metric),
                (metrics, _) => metrics.contains(&line.metric),
            };
            if !is_named || (selected.is_loose && scope.metrics.is_empty()) {
                continue;
            }
            let n = selected.stats.n;
            let excluded = if selected.is_part() { 0 } else { line.series.excluded_total() };
            let cold = line.series.cold.map_or(0, |cold| cold.n);
            let is_it = [n, n + excluded, cold, n - cold.min(n)].contains(&wanted) && wanted > 0;
            if is_it {
                return Verdict::Grounded(self.run_backing(line.series, selected, wanted));
            }
            if !selected.is_loose && line.series.nature == Nature::Sample {
                counts.push(n);
            }
            let key = (line.metric, line.series.nature);
            match of_metric.iter_mut().find(|(metric, nature, _)| (*metric, *nature) == key) {
                Some((.., sum)) => *sum += n,
                None => of_metric.push((key.0, key.1, n)),
            }
        }
        if of_metric.iter().any(|(.., sum)| *sum == wanted) {
            return Verdict::Grounded(Backing::count("runs", wanted, listing(wanted)));
        }
        if let Some(backing) = self.rows(wanted, scope) {
            return Verdict::Grounded(backing);
        }
        counts.sort_unstable();
        counts.dedup();
        match counts.as_slice() {
            [only] if !scope.wanted.is_free() && !scope.everything.is_free() => {
                let backing = Backing::count("runs", *only, listing(*only));
                Verdict::Mismatched(Some(backing), format!("the folder has {only} runs"))
            }
            _ => Verdict::Ungrounded(NO_FACT.to_owned()),
        }
    }

    /// Rows of the files named; of all files.
    fn rows(&self, wanted: u64, scope: &Scope) -> Option<Backing> {
        let cells = self.evidence.cells;
        let named: Vec<&Arc<str>> =
            scope.wanted.files.iter().filter_map(|file| self.lexicon.files.get(*file as usize)).collect();
        let mut total = 0;
        for (path, (rows, _)) in cells.files.iter().zip(&cells.shapes) {
            total += rows;
            // A large number of rows is told of one file by itself.
            let is_telling = wanted >= TELLING && named.is_empty() && scope.wanted.values.is_empty();
            if *rows == wanted && (named.contains(&path) || is_telling) {
                let source = Source {
                    path: Arc::clone(path),
                    line: None,
                    field: "rows".into(),
                    rows: 1,
                    digest: Arc::default(),
                };
                return Some(Backing::count("rows", wanted, vec![source]));
            }
        }
        (total == wanted && wanted > 0).then(|| Backing::count("rows", wanted, listing(wanted)))
    }

    /// Judges a count of other things.
    pub fn things(&self, wanted: u64, noun: Noun, scope: &Scope) -> Verdict {
        let (subject, counts): (&str, Vec<u64>) = match noun {
            Noun::Failures => ("failed rows", self.failures(scope)),
            Noun::Columns => ("columns", self.columns(scope)),
            Noun::Metrics => ("metrics", vec![self.lexicon.metrics.len() as u64]),
            Noun::Configurations => ("configurations", self.configurations(scope)),
            Noun::Groups => ("groups", self.groups()),
            Noun::Files | Noun::Runs => ("runs", Vec::new()),
        };
        if counts.contains(&wanted) {
            return Verdict::Grounded(Backing::count(subject, wanted, listing(wanted)));
        }
        match counts.as_slice() {
            [only] if noun == Noun::Failures => {
                let backing = Backing::count(subject, *only, listing(*only));
                Verdict::Mismatched(Some(backing), format!("the folder has {only} {subject}"))
            }
            _ => Verdict::Ungrounded(NO_FACT.to_owned()),
        }
    }

    /// Judges a count of failures where the sentence quotes why they failed.
    pub fn failures_by_reason(
        &self,
        wanted: u64,
        figure: &Figure,
        sentence: &Sentence<'_>,
    ) -> Option<Verdict> {
        let before = sentence.text.get(..figure.range.start.checked_sub(sentence.start)?)?.to_lowercase();
        let ledger = self.evidence.ledger;
        let quoted = ledger.failures.iter().filter_map(|failure| {
            let reason = failure.reason.as_ref()?.to_lowercase();
            let head: String = reason.chars().take(QUOTED).collect();
            Some((before.rfind(&head)?, failure.failed))
        });
        // The one that is quoted last before the figure.
        let (_, index) = quoted.max_by_key(|(at, _)| *at)?;
        let backing = Backing::of(ledger.facts.get(index)?);
        if backing.value as u64 == wanted {
            return Some(Verdict::Grounded(backing));
        }
        let note = format!("the folder has {}", backing.text);
        Some(Verdict::Mismatched(Some(backing), note))
    }

    fn failures(&self, scope: &Scope) -> Vec<u64> {
        let failed = self.evidence.library.failed_rows();
        let named: Vec<&Arc<str>> =
            scope.wanted.files.iter().filter_map(|file| self.lexicon.files.get(*file as usize)).collect();
        let of = |files: &dyn Fn(&Arc<str>) -> bool| {
            failed.iter().filter(|(path, _)| files(path)).map(|(_, count)| count).sum::<u64>()
        };
        if !named.is_empty() {
            return vec![of(&|path| named.contains(&path))];
        }
        if scope.wanted.is_free() {
            return vec![of(&|_| true)];
        }
        let of_groups = self.failed_of_groups(&scope.wanted);
        if of_groups.is_empty() {
            let used = self.files_of(scope);
            return vec![of(&|path| used.contains(path))];
        }
        of_groups.into_iter().map(|(failed, _)| failed).collect()
    }

    /// Failed runs and all runs of each group that is wanted, and of all of them together.
    pub fn failed_of_groups(&self, wanted: &Wanted) -> Vec<(u64, u64)> {
        let mut groups: Vec<(&Arc<Group>, u64, u64)> = Vec::new();
        let series = self.evidence.library.series().iter();
        for series in series.filter(|series| series.nature == Nature::Sample) {
            let failed = series.excluded.iter().find(|exclusion| *exclusion.reason == *"failed");
            let Some(failed) = failed.map(|exclusion| exclusion.count) else { continue };
            if !self.is_wanted(&series.group, wanted) {
                continue;
            }
            let all = failed + series.stats.n;
            // Of the metrics of a group the one speaks in which most runs failed.
            match groups.iter_mut().find(|(group, ..)| **group == series.group) {
                Some(known) if known.1 < failed => (known.1, known.2) = (failed, all),
                Some(_) => {}
                None => groups.push((&series.group, failed, all)),
            }
        }
        let mut counts: Vec<(u64, u64)> = groups.iter().map(|(_, failed, all)| (*failed, *all)).collect();
        if counts.len() > 1 {
            let sums = counts.iter().fold((0, 0), |sums, own| (sums.0 + own.0, sums.1 + own.1));
            counts.push(sums);
        }
        counts
    }

    /// Has a group one of the values that are wanted, of every key?
    fn is_wanted(&self, group: &Group, wanted: &Wanted) -> bool {
        wanted.values.iter().all(|(key, values)| self.has_one_of(group, *key, values) == Some(true))
    }

    /// Is a group's value of a key one of these? `None`: it has none of that key.
    pub(in crate::grounding::check) fn has_one_of(
        &self,
        group: &Group,
        key: u32,
        values: &[u32],
    ) -> Option<bool> {
        let own = group.get(self.lexicon.keys.get(key as usize)?)?;
        let all = self.lexicon.values.get(key as usize);
        let is_own = |value: &u32| {
            let value = all.and_then(|all| all.get(*value as usize));
            value.is_some_and(|value| value.eq_ignore_ascii_case(own))
        };
        Some(values.iter().any(is_own))
    }

    fn columns(&self, scope: &Scope) -> Vec<u64> {
        let cells = self.evidence.cells;
        let named: Vec<&Arc<str>> =
            scope.wanted.files.iter().filter_map(|file| self.lexicon.files.get(*file as usize)).collect();
        let shapes = cells.files.iter().zip(&cells.shapes);
        shapes.filter(|(path, _)| named.contains(path)).map(|(_, (_, columns))| *columns).collect()
    }

    /// Different sets of dimensions among the rows that are spoken of, and among all.
    fn configurations(&self, scope: &Scope) -> Vec<u64> {
        let mut counts = Vec::new();
        let selection = self.pool.select(&scope.wanted, &self.lexicon);
        let mut all: Vec<String> = Vec::new();
        for selected in selection.iter().filter(|selected| !selected.is_loose) {
            let Some(line) = self.pool.line(selected) else { continue };
            let mut own: Vec<String> = line.groups(selected).iter().map(ToString::to_string).collect();
            own.sort();
            own.dedup();
            counts.push(own.len() as u64);
            all.extend(own);
        }
        all.sort();
        all.dedup();
        counts.push(all.len() as u64);
        counts
    }

    fn groups(&self) -> Vec<u64> {
        let mut groups: Vec<String> =
            self.pool.lines.iter().map(|line| line.series.group.to_string()).collect();
        groups.sort();
        groups.dedup();
        vec![groups.len() as u64, self.pool.lines.len() as u64]
    }

    /// Judges a count of the values of a dimension.
    pub fn values(&self, wanted: u64, key: u32, scope: &Scope) -> Verdict {
        let name = self.lexicon.keys.get(key as usize).map_or("", |name| &**name);
        let distinct = |lines: &mut dyn Iterator<Item = String>| {
            let mut values: Vec<String> = lines.collect();
            values.sort();
            values.dedup();
            values.len() as u64
        };
        let selection = self.pool.select(&scope.wanted, &self.lexicon);
        let mut spoken = selection
            .iter()
            .filter_map(|selected| Some((self.pool.line(selected)?, selected)))
            .flat_map(|(line, selected)| {
                let groups = line.groups(selected).into_iter();
                groups.filter_map(|group| group.get(name).map(|value| value.to_lowercase()))
            });
        let spoken = distinct(&mut spoken);
        let mut samples = self
            .pool
            .lines
            .iter()
            .filter(|line| line.series.nature == Nature::Sample)
            .filter_map(|line| line.series.group.get(name).map(|value| value.to_lowercase()));
        let samples = distinct(&mut samples);
        let all = self.lexicon.values.get(key as usize).map_or(0, Vec::len) as u64;
        let subject = format!("values of {name}");
        if [spoken, samples, all].contains(&wanted) {
            return Verdict::Grounded(Backing::count(&subject, wanted, listing(wanted)));
        }
        // Fewer than there are may be some of them.
        if wanted > all && scope.wanted.is_free() && scope.everything.is_free() {
            let backing = Backing::count(&subject, all, listing(all));
            return Verdict::Mismatched(Some(backing), format!("the folder has {all} {subject}"));
        }
        Verdict::Ungrounded(NO_FACT.to_owned())
    }
}
