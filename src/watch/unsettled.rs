//! Files caught while they are written anew: their last good rows stay, with a mark, until
//! they have been left alone for a moment.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    ingest::{
        file::{Document, Kind, Problem, Stamp, Status},
        inventory::ReportFile,
    },
    text::sanitize::Shown,
};

/// A file that was not written to for so long is what its writer means it to be.
const SETTLED: Duration = Duration::from_millis(250);
/// A file that is written to all the time is shown as it is after so long.
const PATIENCE: Duration = Duration::from_secs(1);
/// What the mark says.
const MARK: &str = "still being written: the rows of its last whole state are shown";

/// Files that are shown with a mark.
#[derive(Debug, Default)]
pub(super) struct Unsettled {
    files: BTreeMap<PathBuf, Wait>,
}

#[derive(Debug)]
struct Wait {
    since: Instant,
    due: Instant,
    /// The next look was the last: a file that is still here then is gone.
    is_last: bool,
}

impl Unsettled {
    /// Is what was read just now of a known file not to be shown yet? Then it is looked at
    /// again, hint or not.
    pub fn holds_back(&mut self, path: &Path, good: &ReportFile, new: &ReportFile, now_ns: i128) -> bool {
        let now = Instant::now();
        let since = self.files.get(path).map_or(now, |wait| wait.since);
        if now >= since + PATIENCE || !is_torn(good, new, now_ns) {
            self.files.remove(path);
            return false;
        }
        self.files.insert(path.to_owned(), Wait { since, due: now + SETTLED, is_last: false });
        true
    }

    /// When the next of them is to be looked at.
    pub fn next(&self) -> Option<Instant> {
        self.files.values().map(|wait| wait.due).min()
    }

    /// Those to be looked at now.
    pub fn due(&mut self, now: Instant) -> Vec<PathBuf> {
        let due: Vec<PathBuf> =
            self.files.iter().filter(|(_, wait)| wait.due <= now).map(|(path, _)| path.clone()).collect();
        // Looked at for the last time and not heard of again: it is gone.
        self.files.retain(|_, wait| !(wait.is_last && wait.due <= now));
        for wait in self.files.values_mut().filter(|wait| wait.due <= now) {
            wait.is_last = now >= wait.since + PATIENCE;
            wait.due = now + SETTLED;
        }
        due
    }
}

/// The last good state, with the mark.
pub(super) fn marked(good: &ReportFile, stamp: Stamp) -> ReportFile {
    let mut document = Document::clone(&good.document);
    document.status = Some(Status::Partial);
    document.problems.insert(0, Problem { line: None, column: None, message: Shown::new(MARK) });
    ReportFile { stamp, status: Status::Partial, document: Arc::new(document), ..good.clone() }
}

/// Written anew in place this instant, and less than it was: most likely not the end of it.
/// A file that replaces another by its name is whole by custom.
fn is_torn(good: &ReportFile, new: &ReportFile, now_ns: i128) -> bool {
    let is_same_file = (good.stamp.device, good.stamp.inode) == (new.stamp.device, new.stamp.inode);
    let age = now_ns - new.stamp.modified_ns;
    let is_young = (0..SETTLED.as_nanos().cast_signed()).contains(&age);
    if !is_same_file || !is_young || !matches!(new.kind, Kind::Csv | Kind::Json) {
        return false;
    }
    // A document that must be read whole is worth nothing by halves.
    let is_broken = new.document.read_to == 0 && new.status > good.status;
    good.document.rows() > 0 && (is_broken || new.document.rows() < good.document.rows())
}
