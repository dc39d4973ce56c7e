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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ingest;

    const NOW_NS: i128 = 1_000_000_000_000;

    /// A file as it was read, written so long before now.
    fn file(kind: Kind, inode: u64, text: &str, age_ms: i128) -> ReportFile {
        let document = ingest::parse("run", kind, text.as_bytes());
        ReportFile {
            path: "run".into(),
            os_path: "run".into(),
            kind,
            stamp: Stamp { inode, modified_ns: NOW_NS - age_ms * 1_000_000, ..Stamp::default() },
            status: document.status.unwrap_or(Status::Ok),
            generated: false,
            document: Arc::new(document),
            digest: "".into(),
        }
    }

    #[test]
    fn only_less_of_the_same_file_this_instant_is_held_back() {
        let good = file(Kind::Csv, 1, "tokens_s\n1\n2\n3\n", 90_000);
        for (inode, text, age_ms, expected) in [
            (1, "tokens_s\n1\n", 3, true),
            (1, "", 3, true),
            (1, "tokens_s\n1\n2\n3\n4", 3, false),
            // Replaced by its name; left alone since; a clock that is ahead.
            (2, "tokens_s\n1\n", 3, false),
            (1, "tokens_s\n1\n", 300, false),
            (1, "tokens_s\n1\n", -50, false),
        ] {
            let new = file(Kind::Csv, inode, text, age_ms);
            let is_held = Unsettled::default().holds_back(Path::new("run"), &good, &new, NOW_NS);
            assert_eq!(is_held, expected, "{inode} {text:?} {age_ms}");
        }
        let good = file(Kind::Json, 1, "{\"tokens_s\": 5, \"ttft_ms\": 9}", 90_000);
        let half = file(Kind::Json, 1, "{\"tokens_s\": 5, \"ttf", 3);
        assert!(Unsettled::default().holds_back(Path::new("run"), &good, &half, NOW_NS));
    }

    #[test]
    fn what_is_held_back_is_looked_at_again_and_then_forgotten() {
        let path = Path::new("run");
        let good = file(Kind::Csv, 1, "tokens_s\n1\n2\n", 90_000);
        let mut unsettled = Unsettled::default();
        assert!(unsettled.holds_back(path, &good, &file(Kind::Csv, 1, "", 3), NOW_NS));
        let due = unsettled.next();
        assert!(due.is_some());
        let Some(due) = due else { return };
        assert!(unsettled.due(due.checked_sub(SETTLED).unwrap()).is_empty());
        assert_eq!(unsettled.due(due), [path]);
        // Not heard of again: after the last look nobody waits for it.
        assert_eq!(unsettled.due(due + PATIENCE), [path]);
        unsettled.due(due + PATIENCE * 2);
        assert_eq!(unsettled.next(), None);
        // It came back whole.
        assert!(unsettled.holds_back(path, &good, &file(Kind::Csv, 1, "", 3), NOW_NS));
        assert!(!unsettled.holds_back(path, &good, &good, NOW_NS));
        assert_eq!(unsettled.next(), None);
    }

    #[test]
    fn the_mark_keeps_the_rows() {
        let good = file(Kind::Csv, 1, "tokens_s\n1\n2\n", 90_000);
        let marked = marked(&good, Stamp { length: 5, ..good.stamp });
        assert_eq!((marked.status, marked.stamp.length), (Status::Partial, 5));
        assert_eq!(marked.document.tables, good.document.tables);
        assert_eq!(marked.document.problems[0].message.as_str(), MARK);
    }
}
