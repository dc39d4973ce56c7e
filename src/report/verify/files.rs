//! The files of a record, held against those of a folder.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use super::{Contents, FileChange};
use crate::{
    ingest::{
        file::{Document, Kind, Stamp, Status},
        inventory::{Batch, Change, Inventory, ReportFile},
    },
    metrics::format,
    report::record::{FileRecord, Record},
};

/// Shows a folder as it was when the report was made, as far as bytes do not matter: files
/// have their recorded times, and the program's own reports are those of then. A copy of a
/// folder has other times and later reports, and is the same evidence.
#[derive(Debug)]
pub struct AsRecorded<'a> {
    files: HashMap<&'a str, &'a FileRecord>,
    own: &'a [String],
    times: BTreeSet<String>,
}

impl<'a> AsRecorded<'a> {
    /// As this record has it.
    pub fn of(record: &'a Record) -> Self {
        let files = record.files.iter().map(|file| (file.path.as_str(), file)).collect();
        Self { files, own: &record.own_files, times: BTreeSet::new() }
    }

    /// Files as read, with their recorded times.
    #[must_use]
    pub fn show(&mut self, mut batch: Batch) -> Batch {
        batch.changes.retain(|change| !matches!(change, Change::Read(file) if file.generated));
        for change in &mut batch.changes {
            if let Change::Read(file) = change
                && let Some(recorded) = self.files.get(&*file.path)
                && let Some(modified_ns) = format::ns_of(&recorded.modified)
                && modified_ns != file.stamp.modified_ns
                && is_same(recorded, &contents(file))
            {
                self.times.insert(file.path.to_string());
                let stamp = Stamp { modified_ns, ..file.stamp };
                *file = Arc::new(ReportFile { stamp, ..ReportFile::clone(file) });
            }
        }
        batch
    }

    /// The program's own files of then. They count, and nothing in them is read.
    pub fn own_files(&self) -> Batch {
        let own = self.own.iter().map(|path| {
            Change::Read(Arc::new(ReportFile {
                path: path.as_str().into(),
                os_path: path.into(),
                kind: Kind::Markdown,
                stamp: Stamp::default(),
                status: Status::Ok,
                generated: true,
                document: Arc::new(Document { generated: true, ..Document::default() }),
                digest: "".into(),
            }))
        });
        Batch { changes: own.collect(), scan_complete: true, ..Batch::default() }
    }

    /// Files whose time alone differs.
    pub fn into_times(self) -> Vec<String> {
        self.times.into_iter().collect()
    }
}

/// Files that are not as recorded, by path; those that are new among them.
pub fn changed(record: &Record, inventory: &Inventory) -> Vec<FileChange> {
    let mut changes: Vec<FileChange> = Vec::new();
    let mut known = BTreeSet::new();
    for file in &record.files {
        known.insert(file.path.as_str());
        let found = inventory.get(&file.path).filter(|found| !found.generated).map(|found| contents(found));
        if found.as_ref().is_none_or(|found| !is_same(file, found)) {
            let recorded = Some(Contents { bytes: file.bytes, sha256: file.digest.clone() });
            changes.push(FileChange { path: file.path.clone(), recorded, found });
        }
    }
    let news = inventory.files().filter(|file| !file.generated && !known.contains(&*file.path));
    changes.extend(news.map(|file| FileChange {
        path: file.path.to_string(),
        recorded: None,
        found: Some(contents(file)),
    }));
    changes.sort_by(|left, right| left.path.cmp(&right.path));
    changes
}

fn contents(file: &ReportFile) -> Contents {
    Contents { bytes: file.stamp.length, sha256: file.digest.to_string() }
}

fn is_same(recorded: &FileRecord, found: &Contents) -> bool {
    recorded.bytes == found.bytes && recorded.digest == found.sha256
}
