//! The document behind the preview. The program keeps no tables of files: the selected one
//! is read again when it is looked at, one file at a time.

use std::{path::PathBuf, sync::Arc};

use super::preview::content::Content;
use crate::ingest::{file::Kind, inventory::ReportFile};

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
    /// Columns that a page of it is laid out for.
    pub width: u16,
}

/// A file that was asked for, as it is now.
#[derive(Clone, Debug)]
pub struct FileRead {
    /// What was asked for.
    pub wanted: Wanted,
    /// What was found; `None`: gone.
    pub file: Option<Arc<ReportFile>>,
    /// Its content, ready to be looked at.
    pub content: Option<Arc<Content>>,
}

impl FileRead {
    /// Of a file as it was read, and its first bytes. Takes as long as the file is large.
    pub fn of(wanted: Wanted, file: Option<Arc<ReportFile>>, head: Option<&[u8]>) -> Self {
        let content = file.as_ref().map(|file| Arc::new(Content::of(&wanted, file, head)));
        Self { wanted, file, content }
    }
}

/// What was read for the preview, and what is being read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    asked: Option<Wanted>,
    /// The content last read, of a file with a digest.
    held: Option<(Arc<str>, Arc<str>, Arc<Content>)>,
    /// Content that was asked for and answered, by path, digest and width: not asked for again.
    answered: Option<(Arc<str>, Arc<str>, u16)>,
}

impl Reading {
    /// Is the file's content still to be read before there is all to show in a pane of this width?
    pub fn waits_for(&self, file: &ReportFile, width: u16) -> bool {
        // Only a page is laid out as it is read.
        let fits = |of: u16| file.kind != Kind::Markdown || of == width;
        let is_content = |path: &Arc<str>, digest: &Arc<str>| *path == file.path && *digest == file.digest;
        let held = self.held.as_ref();
        let is_held =
            held.is_some_and(|(path, digest, content)| is_content(path, digest) && fits(content.width));
        let answered = self.answered.as_ref();
        let is_answered = answered.is_some_and(|(path, digest, of)| is_content(path, digest) && fits(*of));
        // What has no digest was not read: there is nothing to be had.
        !(is_held || is_answered || file.digest.is_empty())
    }

    /// The file's content, perhaps that of before.
    pub fn content(&self, file: &ReportFile) -> Option<&Arc<Content>> {
        let (_, _, content) = self.held.as_ref().filter(|(path, ..)| *path == file.path)?;
        (!file.digest.is_empty()).then_some(content)
    }

    /// What must be read for the file; nothing while another is being read.
    pub fn begin(&mut self, file: &ReportFile, width: u16) -> Option<Wanted> {
        if self.asked.is_some() || !self.waits_for(file, width) {
            return None;
        }
        self.asked = Some(Wanted {
            path: Arc::clone(&file.path),
            os_path: file.os_path.clone(),
            kind: file.kind,
            digest: Arc::clone(&file.digest),
            width,
        });
        self.asked.clone()
    }

    /// Takes an answer; `true` when it is one for the selected file.
    pub fn take(
        &mut self,
        FileRead { wanted, file, content }: FileRead,
        selected: Option<&ReportFile>,
    ) -> bool {
        if self.asked.as_ref() != Some(&wanted) {
            return false;
        }
        self.asked = None;
        let Some(selected) = selected.filter(|selected| selected.path == wanted.path) else { return false };
        let found = file.filter(|found| found.digest == selected.digest || is_further(found, selected));
        if wanted.digest == selected.digest {
            self.answered = Some((wanted.path, wanted.digest, wanted.width));
        } else if found.is_none() {
            return false;
        }
        if let Some((found, content)) = found.zip(content) {
            self.held = Some((Arc::clone(&found.path), Arc::clone(&found.digest), content));
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
