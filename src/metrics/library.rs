//! Inventory and series together: what the program knows of the folder.

mod books;
mod merge;
mod select;

use std::{collections::BTreeSet, sync::Arc};

use self::books::Books;
pub use super::part::Errors;
use super::{
    contribution::Contribution,
    copies::Copies,
    part::{Part, Reason},
    series::{Nature, Series},
};
use crate::ingest::{
    inventory::{Batch, Change, Inventory, ReportFile, WatchState},
    shelf::Shelf,
};

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
    /// Files that the first scan has found and not read yet.
    pub left: usize,
    /// Wall clock of the last batch.
    pub now_ns: i128,
    /// Shared with every snapshot: only series that change are made anew.
    series: Arc<Vec<Arc<Series>>>,
    contributions: Shelf<Arc<Contribution>>,
    /// What only [`Library::absorb`] needs; a snapshot goes without.
    books: Option<Box<Books>>,
    recomputed: u64,
}

impl Library {
    /// Takes a batch in; recomputes only the series that its files touch.
    pub fn apply(&mut self, batch: &Batch) {
        self.absorb(batch);
        self.settle();
    }

    /// Takes a batch in and leaves the series as they are until [`Library::settle`]: a
    /// series of ten thousand files is put together once and not with each of them. Of whole
    /// documents the numbers are kept, and a light copy.
    pub fn absorb(&mut self, batch: &Batch) {
        let mut books = self.books.take().unwrap_or_else(|| self.books_anew());
        for change in &batch.changes {
            match change {
                Change::Read(file) => {
                    self.learn(file, &mut books);
                    let light =
                        if file.document.is_light() { Arc::clone(file) } else { Arc::new(file.light()) };
                    self.inventory.take(&Change::Read(light));
                }
                Change::Removed(path) => {
                    self.replace(path, None, &mut books);
                    self.inventory.take(change);
                }
            }
        }
        self.books = Some(books);
        self.watch = batch.watch;
        self.is_complete |= batch.scan_complete;
        self.scan_time = batch.scan_time.or(self.scan_time);
        self.left = batch.left;
        self.now_ns = batch.now_ns;
    }

    /// The batch as whoever lists files wants it, once it was absorbed: with the files that
    /// the library keeps. Whole documents end here.
    #[must_use]
    pub fn kept(&self, mut batch: Batch) -> Batch {
        for change in &mut batch.changes {
            if let Change::Read(file) = change
                && let Some(kept) = self.inventory.get(&file.path)
            {
                *file = Arc::clone(kept);
            }
        }
        batch
    }

    /// Recomputes the series that were touched.
    pub fn settle(&mut self) {
        let Some(mut books) = self.books.take() else { return };
        let touched = books.take_touched();
        self.recomputed = touched.len() as u64;
        if !touched.is_empty() {
            let fresh = touched
                .into_iter()
                .map(|key| {
                    let series = books.series(&key).map(Arc::new);
                    (key, series)
                })
                .collect();
            let known = std::mem::take(&mut self.series);
            self.series = Arc::new(books.shelve(&known, fresh));
        }
        self.books = Some(books);
    }

    /// Do all series say what the files say?
    pub fn is_settled(&self) -> bool {
        self.books.as_ref().is_none_or(|books| books.is_settled())
    }

    /// The same to read, sharing files and series: costs nothing to make and to hand to a
    /// thread, however large the folder.
    #[must_use]
    pub fn snapshot(&self) -> Self {
        Self {
            inventory: self.inventory.clone(),
            series: Arc::clone(&self.series),
            contributions: self.contributions.clone(),
            books: None,
            ..*self
        }
    }

    /// Are the series those of the other one, unchanged?
    pub fn has_series_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.series, &other.series)
    }

    /// All series: what documents state last; by rank of the metric, then nature, then group.
    pub fn series(&self) -> &[Arc<Series>] {
        &self.series
    }

    /// Names of the metrics that a file contributes to.
    pub fn metrics_of(&self, path: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for part in self.contributions.get(path).map(|found| found.parts()).unwrap_or_default() {
            let name = part.key.metric().name();
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    }

    /// Rows that say that they failed, by file; those of copies, and of a run that another
    /// format holds too, are not counted again. A row counts once, however many metrics it has.
    pub fn failed_rows(&self) -> Vec<(Arc<str>, u64)> {
        let mut copies = Copies::default();
        for (path, contribution) in self.contributions.iter() {
            copies.add(path, self.digest(path), contribution.marks());
        }
        let count = |path: &Arc<str>, contribution: &Contribution| {
            let mut failed: BTreeSet<u32> = BTreeSet::new();
            let mut told_before = BTreeSet::new();
            // A document states what others measured: its rows are no runs.
            let is_measured = |part: &&Arc<Part>| part.key.nature() != Nature::Stated;
            for part in contribution.parts().iter().filter(is_measured) {
                let rows = part.excluded.iter().filter(|(reason, _)| *reason == Reason::Failed);
                let rows = rows.map(|(_, row)| row);
                match copies.reason(path, self.digest(path), part.marks()) {
                    Some(_) => told_before.extend(rows),
                    None => failed.extend(rows),
                }
            }
            failed.difference(&told_before).count() as u64
        };
        self.contributions
            .iter()
            .filter(|(path, _)| !copies.is_duplicate(path, self.digest(path)))
            .map(|(path, found)| (Arc::clone(path), count(path, found)))
            .filter(|(_, failed)| *failed > 0)
            .collect()
    }

    /// What the failed rows of each file say of their errors; copies say nothing again.
    pub fn errors(&self) -> impl Iterator<Item = (&Arc<str>, &Errors)> {
        let mut copies = Copies::default();
        for (path, contribution) in self.contributions.iter() {
            copies.add(path, self.digest(path), contribution.marks());
        }
        let all = self.contributions.iter();
        let own = all.filter(move |(path, _)| !copies.is_duplicate(path, self.digest(path)));
        own.map(|(path, contribution)| (path, contribution.errors()))
    }

    /// How many series the last batch made compute anew.
    pub fn recomputed(&self) -> u64 {
        self.recomputed
    }

    /// What a file's bytes are known by; empty where they are not.
    fn digest(&self, path: &str) -> &Arc<str> {
        digest(&self.inventory, path)
    }

    /// The books of a snapshot: every series is computed again, whatever it was.
    fn books_anew(&mut self) -> Box<Books> {
        let mut books = Box::<Books>::default();
        self.series = Arc::default();
        for (path, contribution) in self.contributions.iter() {
            books.enter(path, self.digest(path), contribution);
        }
        books
    }

    fn learn(&mut self, file: &Arc<ReportFile>, books: &mut Books) {
        // A file told again without its tables (still being written) gives what it gave.
        let is_known = self.inventory.get(&file.path).is_some_and(|known| known.digest == file.digest);
        if file.document.is_light() && is_known && !file.generated {
            return;
        }
        // What the program wrote itself is never evidence.
        let contribution = (!file.generated).then(|| {
            let found = Contribution::of(&file.document);
            let before = self.contributions.get(&file.path);
            Arc::new(match before {
                Some(before) => found.after(before),
                None => found,
            })
        });
        self.replace(&file.path, contribution.as_ref().map(|found| (found, &file.digest)), books);
    }

    /// Puts what a file gives in the place of what it gave; only what differs is touched.
    fn replace(&mut self, path: &Arc<str>, new: Option<(&Arc<Contribution>, &Arc<str>)>, books: &mut Books) {
        let old = match &new {
            Some((contribution, _)) => self.contributions.insert(Arc::clone(path), Arc::clone(contribution)),
            None => self.contributions.remove(path),
        };
        let before = old.as_ref().map(|old| (&**old, self.digest(path)));
        let after = new.map(|(new, digest)| (&**new, digest));
        let others = books.replace(path, before, after);
        for other in others {
            let Some(contribution) = self.contributions.get(&other) else { continue };
            let digest = self.digest(&other);
            let is_same = |side: Option<(&Contribution, &Arc<str>)>| {
                side.is_some_and(|(_, own)| !own.is_empty() && own == digest)
            };
            let is_same = is_same(before) || is_same(after);
            for part in contribution.parts() {
                let holds = |side: Option<(&Contribution, &Arc<str>)>| {
                    side.is_some_and(|(side, _)| part.marks().any(|mark| side.holds(mark)))
                };
                if is_same || holds(before) || holds(after) {
                    books.touch(&part.key);
                }
            }
        }
    }
}

/// What a file's bytes are known by; empty where they are not.
fn digest<'i>(inventory: &'i Inventory, path: &str) -> &'i Arc<str> {
    static NONE: std::sync::LazyLock<Arc<str>> = std::sync::LazyLock::new(|| Arc::from(""));
    inventory.get(path).map_or(&*NONE, |file| &file.digest)
}
