//! The inventory: every report file of the folder, kept in order of its path.

use std::{path::PathBuf, sync::Arc};

use super::{
    file::{Document, Kind, Problem, Stamp, Status},
    shelf::Shelf,
};

/// One file of the folder.
#[derive(Clone, Debug)]
pub struct ReportFile {
    /// Relative to the folder, `/` between parts; bytes that are not UTF-8 as U+FFFD.
    pub path: Arc<str>,
    /// The same as the system knows it.
    pub os_path: PathBuf,
    /// What it is.
    pub kind: Kind,
    /// Which bytes were read.
    pub stamp: Stamp,
    /// How reading went.
    pub status: Status,
    /// The program's own file: counted apart, never evidence.
    pub generated: bool,
    /// Its content, shared with whoever computes on it; what an inventory keeps of it is
    /// [light](super::light).
    pub document: Arc<Document>,
    /// First 16 hex digits of the SHA-256 of the bytes, to tell duplicates.
    pub digest: Arc<str>,
}

/// Is the folder watched, and how?
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WatchState {
    /// The first scan is under way.
    #[default]
    Scanning,
    /// Events come from the system.
    Live,
    /// No events to be had: the folder is walked every so many seconds.
    Polling(u32),
    /// The folder is not there (removed, unmounted); it is waited for.
    Missing,
}

/// A change of one file.
#[derive(Clone, Debug)]
pub enum Change {
    /// New or changed.
    Read(Arc<ReportFile>),
    /// Gone.
    Removed(Arc<str>),
}

/// What one turn of the watcher found.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The changes, in order.
    pub changes: Vec<Change>,
    /// The state from now on.
    pub watch: WatchState,
    /// The first scan ended with this batch (also after the folder came back).
    pub scan_complete: bool,
    /// Time since the first scan began, when it is complete.
    pub scan_time: Option<std::time::Duration>,
    /// Time since the first scan began, with the batch after which all measured files (CSV and
    /// JSON) are read: documents follow, and the metrics are complete.
    pub measured_time: Option<std::time::Duration>,
    /// Files that the first scan has found and not read yet.
    pub left: usize,
    /// Bytes that were read for this batch: a file that grew costs what it grew by.
    pub bytes_read: u64,
    /// Wall clock at the batch, nanoseconds since 1970 (so that `update` needs no clock).
    pub now_ns: i128,
}

/// Counts of one kind; the program's own files are not in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindTotals {
    /// Files.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Latest modification, nanoseconds since 1970.
    pub latest_modified_ns: Option<i128>,
}

/// Counts that the screen shows in every frame, kept up to date with the files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files of each kind, in the order of [`Kind`]; broken ones too, the program's own not.
    by_kind: [u64; 4],
    /// Files that the program wrote itself.
    pub generated: u64,
    /// Problems of all files.
    pub problems: u64,
}

impl Counts {
    /// Files of a kind, the program's own not.
    pub fn of(&self, kind: Kind) -> u64 {
        self.by_kind[kind as usize]
    }
    /// Files of every kind, the program's own not.
    pub fn files(&self) -> u64 {
        self.by_kind.iter().sum()
    }
    fn add(&mut self, file: &ReportFile) {
        *self.of_file(file) += 1;
        self.problems += file.document.problems.len() as u64;
    }
    fn take_away(&mut self, file: &ReportFile) {
        *self.of_file(file) -= 1;
        self.problems -= file.document.problems.len() as u64;
    }
    fn of_file(&mut self, file: &ReportFile) -> &mut u64 {
        if file.generated { &mut self.generated } else { &mut self.by_kind[file.kind as usize] }
    }
}

/// All files of the folder by path; a copy shares them.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    files: Shelf<Arc<ReportFile>>,
    counts: Counts,
}

impl Inventory {
    /// Takes a batch in.
    pub fn apply(&mut self, batch: &Batch) {
        for change in &batch.changes {
            self.take(change);
        }
    }
    /// Takes one change in; whole documents are shelved as they come.
    pub fn take(&mut self, change: &Change) {
        let before = match change {
            Change::Read(file) => {
                self.counts.add(file);
                self.files.insert(Arc::clone(&file.path), Arc::clone(file))
            }
            Change::Removed(path) => self.files.remove(path),
        };
        if let Some(before) = before {
            self.counts.take_away(&before);
        }
    }
    /// How many there are of what; costs nothing.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }
    /// The files in order of their path.
    pub fn files(&self) -> impl Iterator<Item = &Arc<ReportFile>> {
        self.files.values()
    }
    /// One file.
    pub fn get(&self, path: &str) -> Option<&Arc<ReportFile>> {
        self.files.get(path)
    }
    /// Number of files, own ones included.
    pub fn len(&self) -> usize {
        self.files.len()
    }
    /// No file at all.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
    /// Counts of one kind, broken files included, the program's own not.
    pub fn totals(&self, kind: Kind) -> KindTotals {
        let mut totals = KindTotals::default();
        for file in self.files.values().filter(|file| file.kind == kind && !file.generated) {
            totals.count += 1;
            totals.bytes += file.stamp.length;
            totals.latest_modified_ns = totals.latest_modified_ns.max(Some(file.stamp.modified_ns));
        }
        totals
    }
    /// Files that the program wrote itself.
    pub fn generated_total(&self) -> u64 {
        self.files.values().filter(|file| file.generated).count() as u64
    }
    /// Every problem with its file.
    pub fn problems(&self) -> impl Iterator<Item = (&Arc<ReportFile>, &Problem)> {
        self.files.values().flat_map(|file| file.document.problems.iter().map(move |problem| (file, problem)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, kind: Kind, generated: bool, problems: usize) -> Change {
        let problem = Problem { line: None, column: None, message: crate::text::sanitize::Shown::default() };
        let document = Document { problems: vec![problem; problems], ..Document::default() };
        Change::Read(Arc::new(ReportFile {
            path: path.into(),
            os_path: path.into(),
            kind,
            stamp: Stamp::default(),
            status: Status::Ok,
            generated,
            document: Arc::new(document),
            digest: "".into(),
        }))
    }

    #[test]
    fn counts_follow_the_files() {
        let mut inventory = Inventory::default();
        let mut apply = |change| inventory.apply(&Batch { changes: vec![change], ..Batch::default() });
        apply(file("a.csv", Kind::Csv, false, 2));
        apply(file("b.json", Kind::Json, false, 1));
        apply(file("c.md", Kind::Markdown, true, 0));
        apply(file("a.csv", Kind::Csv, false, 1));
        apply(Change::Removed("b.json".into()));
        apply(Change::Removed("unknown".into()));
        assert_eq!(*inventory.counts(), Counts { by_kind: [1, 0, 0, 0], generated: 1, problems: 1 });
        assert_eq!(
            (inventory.counts().of(Kind::Csv), inventory.counts().files(), inventory.len()),
            (1, 1, 2)
        );
    }
}
