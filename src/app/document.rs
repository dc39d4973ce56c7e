//! The document behind the preview. The program keeps no tables of files: the selected one
//! is read again when it is looked at, one file at a time.

use std::{path::PathBuf, sync::Arc};

use crate::ingest::{
    file::{Document, Kind},
    inventory::ReportFile,
};

/// A file of the folder, and the content of it that is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its path in the inventory.
    pub path: Arc<str>,
    /// The same as the system knows it.
    pub os_path: PathBuf,
    /// What it is.
    pub kind: Kind,
    /// Of its bytes: an answer is for this content.
    pub digest: Arc<str>,
}

/// A file that was asked for, as it is now.
#[derive(Clone, Debug)]
pub struct FileRead {
    /// What was asked for.
    pub wanted: Wanted,
    /// What was found; `None`: gone.
    pub file: Option<Arc<ReportFile>>,
}

/// What was read for the preview, and what is being read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    asked: Option<Wanted>,
    /// The document last read, of a file with a digest.
    held: Option<(Arc<str>, Arc<str>, Arc<Document>)>,
    /// Content that was asked for and answered, by path and digest: not asked for again.
    answered: Option<(Arc<str>, Arc<str>)>,
}

impl Reading {
    /// Is the file's content still to be read before there is all to show?
    pub fn waits_for(&self, file: &ReportFile) -> bool {
        let is_content = |path: &Arc<str>, digest: &Arc<str>| *path == file.path && *digest == file.digest;
        let is_held = self.held.as_ref().is_some_and(|(path, digest, _)| is_content(path, digest));
        let is_answered = self.answered.as_ref().is_some_and(|(path, digest)| is_content(path, digest));
        // What has no digest was not read: there is nothing to be had.
        !(is_held || is_answered || file.digest.is_empty())
    }

    /// The file's document, perhaps that of its content before.
    pub fn document(&self, file: &ReportFile) -> Option<&Document> {
        let (_, _, document) = self.held.as_ref().filter(|(path, ..)| *path == file.path)?;
        (!file.digest.is_empty()).then_some(&**document)
    }

    /// What must be read for the file; nothing while another is being read.
    pub fn begin(&mut self, file: &ReportFile) -> Option<Wanted> {
        if self.asked.is_some() || !self.waits_for(file) {
            return None;
        }
        self.asked = Some(Wanted {
            path: Arc::clone(&file.path),
            os_path: file.os_path.clone(),
            kind: file.kind,
            digest: Arc::clone(&file.digest),
        });
        self.asked.clone()
    }

    /// Takes an answer; `true` when it is one for the selected file.
    pub fn take(&mut self, FileRead { wanted, file }: FileRead, selected: Option<&ReportFile>) -> bool {
        if self.asked.as_ref() != Some(&wanted) {
            return false;
        }
        self.asked = None;
        let Some(selected) = selected.filter(|selected| selected.path == wanted.path) else { return false };
        let found = file.filter(|found| found.digest == selected.digest || is_further(found, selected));
        if wanted.digest == selected.digest {
            self.answered = Some((wanted.path, wanted.digest));
        } else if found.is_none() {
            return false;
        }
        if let Some(found) = found {
            self.held =
                Some((Arc::clone(&found.path), Arc::clone(&found.digest), Arc::clone(&found.document)));
        }
        true
    }
}

/// Did the file go on since it was listed? News of it are on their way then. Less than is
/// listed is a file that is just being written anew, or one from before.
fn is_further(found: &ReportFile, listed: &ReportFile) -> bool {
    found.stamp.modified_ns >= listed.stamp.modified_ns
        && found.status <= listed.status
        && found.document.rows() >= listed.document.rows()
        && !found.digest.is_empty()
}
