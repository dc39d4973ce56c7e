//! Inventory and series together: what the program knows of the folder.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use super::{
    contribution::{Contribution, Entry, Key, Part, Reason},
    copies::{Copies, stem},
    series::{Exclusion, Group, Series, Value, Values},
    stats::Stats,
    unit::UnitOrigin,
};
use crate::ingest::inventory::{Batch, Change, Inventory, ReportFile, WatchState};

/// The folder as read.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// The files.
    pub inventory: Inventory,
    /// Watched how?
    pub watch: WatchState,
    /// The first scan is complete.
    pub is_complete: bool,
    /// How long that took.
    pub scan_time: Option<std::time::Duration>,
    /// Wall clock of the last batch.
    pub now_ns: i128,
    /// Shared with every snapshot: only series that change are made anew.
    series: Arc<Vec<Arc<Series>>>,
    contributions: BTreeMap<Arc<str>, Arc<Contribution>>,
    copies: Copies,
    /// What only [`Library::absorb`] needs; a snapshot goes without.
    books: Option<Books>,
    recomputed: u64,
}

/// Who is touched by a change.
#[derive(Clone, Debug, Default)]
struct Books {
    /// Of each series, in the same order.
    keys: Vec<Key>,
    /// Files of each series.
    files_of: BTreeMap<Key, BTreeSet<Arc<str>>>,
    /// Series that changes touched since [`Library::settle`].
    touched: BTreeSet<Key>,
}

impl Library {
    /// Takes a batch in; recomputes only the series that its files touch.
    pub fn apply(&mut self, batch: &Batch) {
        self.absorb(batch);
        self.settle();
    }

    /// Takes a batch in and leaves the series as they are until [`Library::settle`]: a
    /// series of ten thousand files is put together once and not with each of them.
    pub fn absorb(&mut self, batch: &Batch) {
        let mut books = self.books.take().unwrap_or_else(|| self.books_anew());
        for change in &batch.changes {
            match change {
                Change::Read(file) => {
                    self.forget(&file.path, &mut books);
                    self.learn(file, &mut books);
                }
                Change::Removed(path) => self.forget(path, &mut books),
            }
        }
        self.books = Some(books);
        self.inventory.apply(batch);
        self.watch = batch.watch;
        self.is_complete |= batch.scan_complete;
        self.scan_time = batch.scan_time.or(self.scan_time);
        self.now_ns = batch.now_ns;
    }

    /// Recomputes the series that were touched.
    pub fn settle(&mut self) {
        let Some(mut books) = self.books.take() else { return };
        let touched = std::mem::take(&mut books.touched);
        self.recomputed = touched.len() as u64;
        self.recompute(touched, &mut books);
        self.books = Some(books);
    }

    /// Do all series say what the files say?
    pub fn is_settled(&self) -> bool {
        self.books.as_ref().is_none_or(|books| books.touched.is_empty())
    }

    /// The same to read, sharing files and series: cheap to make and to hand to a thread.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        Self {
            inventory: self.inventory.clone(),
            series: Arc::clone(&self.series),
            contributions: self.contributions.clone(),
            copies: self.copies.clone(),
            books: None,
            ..*self
        }
    }

    /// Are the series those of the other one, unchanged?
    pub fn has_series_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.series, &other.series)
    }

    /// All series: by rank of the metric, then nature, then group.
    pub fn series(&self) -> &[Arc<Series>] {
        &self.series
    }

    /// The values grouped by other dimensions than the usual ones; no keys: one series
    /// for each field.
    pub fn series_by(&self, keys: &[&str]) -> Vec<Series> {
        self.select(keys, |_, _| true)
    }

    /// Like [`Library::series_by`], of those rows alone whose file and full group `keep` wants.
    /// Beside the dimensions of the data there is `start`, `cold` or `warm`, for both.
    pub fn select(&self, keys: &[&str], keep: impl Fn(&str, &Group) -> bool) -> Vec<Series> {
        self.selected(Some(keys), keep)
    }

    /// The usual groups, of those rows alone whose file and full group `keep` wants.
    pub fn filtered(&self, keep: impl Fn(&str, &Group) -> bool) -> Vec<Series> {
        self.selected(None, keep)
    }

    /// The wanted rows of all files, values and excluded ones; what steps back for a copy
    /// does so only for one that has wanted rows itself.
    fn selected(&self, keys: Option<&[&str]>, keep: impl Fn(&str, &Group) -> bool) -> Vec<Series> {
        let mut merged: BTreeMap<Key, Merge> = BTreeMap::new();
        let mut digests: HashSet<&Arc<str>> = HashSet::new();
        let mut runs: HashMap<(&str, u64), &Arc<str>> = HashMap::new();
        for (path, contribution) in &self.contributions {
            let digest = self.copies.digest(path);
            let is_duplicate = digest.is_some_and(|digest| digests.contains(digest));
            for part in contribution.parts() {
                let pieces = part.select(keys, |group| keep(path, group));
                if pieces.is_empty() {
                    continue;
                }
                digests.extend(digest);
                let run = stem(path).zip(part.fingerprint);
                let has_twin = run.is_some_and(|run| *runs.entry(run).or_insert(path) != path);
                for piece in &pieces {
                    let merge = merged.entry(piece.key.clone()).or_default();
                    merge.add(path, piece, copy_reason(is_duplicate, has_twin));
                }
            }
        }
        merged.into_values().filter_map(Merge::finish).collect()
    }

    /// Names of the metrics that a file contributes to.
    pub fn metrics_of(&self, path: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for part in self.contributions.get(path).map(|found| found.parts()).unwrap_or_default() {
            if names.last().is_none_or(|last| last != part.metric.name()) {
                names.push(part.metric.name().to_owned());
            }
        }
        names
    }

    /// Rows that say that they failed, by file; those of copies, and of a run that another
    /// format holds too, are not counted again. A row counts once, however many metrics it has.
    pub fn failed_rows(&self) -> Vec<(Arc<str>, u64)> {
        let count = |path: &str, contribution: &Contribution| {
            let mut failed = BTreeSet::new();
            let mut told_before = BTreeSet::new();
            for part in contribution.parts() {
                let is_failed = |entry: &&Entry| entry.number == Err(Reason::Failed);
                let rows = part.entries.iter().filter(is_failed).map(|entry| (entry.line, entry.row));
                if self.has_twin(path, part) { told_before.extend(rows) } else { failed.extend(rows) }
            }
            failed.difference(&told_before).count() as u64
        };
        let files = self.contributions.iter().filter(|(path, _)| !self.copies.is_duplicate(path));
        files
            .map(|(path, found)| (Arc::clone(path), count(path, found)))
            .filter(|(_, failed)| *failed > 0)
            .collect()
    }

    /// How many series the last batch made compute anew.
    pub fn recomputed(&self) -> u64 {
        self.recomputed
    }

    /// The books of a snapshot: every series is computed again, whatever it was.
    fn books_anew(&mut self) -> Books {
        let mut books = Books::default();
        self.series = Arc::default();
        for (path, contribution) in &self.contributions {
            books.enter(path, contribution);
        }
        books
    }

    fn forget(&mut self, path: &Arc<str>, books: &mut Books) {
        let Some(old) = self.contributions.remove(path) else { return };
        for part in old.parts() {
            if let Some(files) = books.files_of.get_mut(&part.key) {
                files.remove(path);
            }
            books.touch(&part.key);
        }
        self.touch_twins(path, &old, books);
        // Another copy speaks for these bytes from now on.
        if let Some(next) = self.copies.remove(path) {
            self.touch(&next, books);
        }
    }

    fn learn(&mut self, file: &Arc<ReportFile>, books: &mut Books) {
        // What the program wrote itself is never evidence.
        if file.generated {
            return;
        }
        let contribution = Arc::new(Contribution::of(&file.document));
        books.enter(&file.path, &contribution);
        if let Some(before) = self.copies.add(&file.path, &file.digest) {
            self.touch(&before, books);
        }
        self.touch_twins(&file.path, &contribution, books);
        self.contributions.insert(Arc::clone(&file.path), contribution);
    }

    /// The series in which another format steps back for this file, or no longer does.
    fn touch_twins(&self, path: &str, contribution: &Contribution, books: &mut Books) {
        for other in self.copies.after(path).filter_map(|other| self.contributions.get(other)) {
            for part in other.parts().iter().filter(|part| contribution.holds(part)) {
                books.touch(&part.key);
            }
        }
    }

    fn touch(&self, path: &str, books: &mut Books) {
        for part in self.contributions.get(path).map(|found| found.parts()).unwrap_or_default() {
            books.touch(&part.key);
        }
    }

    fn recompute(&mut self, touched: BTreeSet<Key>, books: &mut Books) {
        if touched.is_empty() {
            return;
        }
        let mut gone = BTreeSet::new();
        let mut fresh: BTreeMap<Key, Arc<Series>> = BTreeMap::new();
        let mut known: Vec<Arc<Series>> = self.series.to_vec();
        for key in touched {
            let merged = self.merge(&key, books).map(Arc::new);
            if merged.is_none() {
                books.files_of.remove(&key);
            }
            match (books.keys.binary_search(&key), merged) {
                (Ok(at), Some(series)) => known[at] = series,
                (Ok(at), None) => {
                    gone.insert(at);
                }
                (Err(_), Some(series)) => {
                    fresh.insert(key, series);
                }
                (Err(_), None) => {}
            }
        }
        if !gone.is_empty() || !fresh.is_empty() {
            let kept = std::mem::take(&mut books.keys).into_iter().zip(known).enumerate();
            fresh.extend(kept.filter(|(at, _)| !gone.contains(at)).map(|(_, pair)| pair));
            (books.keys, known) = fresh.into_iter().unzip();
        }
        self.series = Arc::new(known);
    }

    fn merge(&self, key: &Key, books: &Books) -> Option<Series> {
        let mut merge = Merge::default();
        for path in books.files_of.get(key)? {
            let is_duplicate = self.copies.is_duplicate(path);
            for part in self.contributions.get(path)?.parts_of(key) {
                merge.add(path, part, copy_reason(is_duplicate, self.has_twin(path, part)));
            }
        }
        merge.finish()
    }

    /// Does a file before, of the same name but for its extension, hold the same run?
    fn has_twin(&self, path: &str, part: &Part) -> bool {
        let mut before = self.copies.before(path).filter_map(|other| self.contributions.get(other));
        part.fingerprint.is_some() && before.any(|other| other.holds(part))
    }
}

impl Books {
    fn enter(&mut self, path: &Arc<str>, contribution: &Contribution) {
        for part in contribution.parts() {
            self.files_of.entry(part.key.clone()).or_default().insert(Arc::clone(path));
            self.touch(&part.key);
        }
    }

    /// In a scan the same series are touched over and over: they are copied once.
    fn touch(&mut self, key: &Key) {
        if !self.touched.contains(key) {
            self.touched.insert(key.clone());
        }
    }
}

/// Why a whole part is left out, if it is.
fn copy_reason(is_duplicate: bool, has_twin: bool) -> Option<Reason> {
    if is_duplicate { Some(Reason::DuplicateFile) } else { has_twin.then_some(Reason::SameValues) }
}

/// The statistics of warm and of cold values, where there are cold ones.
fn apart(values: &Values) -> Option<(Stats, Stats)> {
    let (cold, warm): (Vec<_>, Vec<_>) = values.iter().partition(|value| value.is_cold);
    let stats =
        |values: &[Value<'_>]| Stats::of(&values.iter().map(|value| value.number).collect::<Vec<_>>());
    (!cold.is_empty()).then(|| (stats(&warm), stats(&cold)))
}

/// A series being put together.
#[derive(Default)]
struct Merge {
    series: Option<Series>,
    /// By reason and file: a broken column of a million rows is one count.
    excluded: BTreeMap<Reason, BTreeMap<Arc<str>, u64>>,
}

impl Merge {
    fn add(&mut self, path: &Arc<str>, part: &Part, copy: Option<Reason>) {
        let series = self.series.get_or_insert_with(|| Series {
            metric: part.metric.clone(),
            field: Arc::clone(part.field()),
            unit: part.metric.unit().clone(),
            unit_origin: part.unit_origin,
            nature: part.nature(),
            group: Arc::clone(part.group()),
            files: Vec::new(),
            values: Values::default(),
            excluded: Vec::new(),
            stats: Stats::default(),
            warm: None,
            cold: None,
        });
        // One guess makes the whole series one.
        if part.unit_origin == UnitOrigin::Guess {
            series.unit_origin = UnitOrigin::Guess;
        }
        if let Some(reason) = copy {
            return self.exclude(reason, path, part.entries.len() as u64);
        }
        if series.files.last() != Some(path) {
            series.files.push(Arc::clone(path));
        }
        let file = series.files.len() as u32 - 1;
        let mut excluded: BTreeMap<Reason, u64> = BTreeMap::new();
        for entry in &part.entries {
            match entry.number {
                Ok(number) => series.values.push(Value {
                    number,
                    file,
                    line: entry.line,
                    row: entry.row,
                    is_cold: entry.is_cold,
                    group: &entry.group,
                }),
                Err(reason) => *excluded.entry(reason).or_default() += 1,
            }
        }
        for (reason, count) in excluded {
            self.exclude(reason, path, count);
        }
    }

    fn exclude(&mut self, reason: Reason, path: &Arc<str>, count: u64) {
        *self.excluded.entry(reason).or_default().entry(Arc::clone(path)).or_default() += count;
    }

    fn finish(self) -> Option<Series> {
        let mut series = self.series?;
        // Parts of several tables of a file follow each other; lines do not.
        series.values.sort();
        series.stats = Stats::of(series.values.numbers());
        (series.warm, series.cold) = apart(&series.values).unzip();
        series.excluded = self
            .excluded
            .into_iter()
            .map(|(reason, files)| Exclusion {
                reason: reason.as_str().into(),
                is_copy: reason.is_copy(),
                count: files.values().sum(),
                files: files.into_iter().collect(),
            })
            .collect();
        Some(series)
    }
}
