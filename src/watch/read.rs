//! Reads one file of the folder into a [`ReportFile`]: never blocks on a pipe, never
//! leaves the folder through a link, never holds more than a limit in memory.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, Read as _},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Component, Path},
    sync::Arc,
};

use rustix::fs::{CWD, Mode, OFlags, openat};
use sha2::{Digest as _, Sha256};

use super::walk::{Found, is_gone, stamp};
use crate::{
    ingest::{
        self,
        file::{Document, Kind, Problem, Stamp, Status},
        inventory::ReportFile,
    },
    report::export::OWN_FOLDER,
    text::sanitize::Shown,
};

/// Larger JSON and Markdown files are not read: their documents take many times the room.
pub(super) const MAX_DOCUMENT_BYTES: u64 = 64 * 1024 * 1024;
/// Larger tables are not read: a sparse file of terabytes would end the program.
pub(super) const MAX_TABLE_BYTES: u64 = 256 * 1024 * 1024;
/// A file that changes while it is read is read again, so many times in all; what it
/// holds then is taken until the next hint.
const MAX_READS: u32 = 2;
/// Hexadecimal digits of a digest: enough to tell duplicates.
const DIGEST_BYTES: usize = 8;

/// A file as read.
#[derive(Debug)]
pub(super) struct Reading {
    /// The file.
    pub file: Arc<ReportFile>,
    /// It could not be read for a reason that may pass without the file changing.
    pub is_passing: bool,
}

/// Reads a file; `None` when it is gone or no regular file (any more). `key` is its path
/// as the inventory knows it.
pub(super) fn read(root: &Path, relative: &Path, key: &Arc<str>, found: Found) -> Option<Reading> {
    let limit = match found.kind {
        Kind::Csv => MAX_TABLE_BYTES,
        Kind::Json | Kind::Markdown | Kind::Text => MAX_DOCUMENT_BYTES,
    };
    let (document, stamp, digest, is_passing) = match contents(root, relative, limit) {
        Ok(Contents::Bytes(bytes, stamp)) => {
            (parse(key, found.kind, &bytes), stamp, digest(&bytes).into(), false)
        }
        Ok(Contents::TooLarge(stamp)) => {
            let reason = format!("not read: larger than {} MB", limit / (1024 * 1024));
            (failed(Status::Skipped, &reason), stamp, Arc::from(""), false)
        }
        Ok(Contents::NotAFile) => return None,
        Err(error) if is_gone(&error) => return None,
        Err(error) => {
            let is_passing = error.kind() != io::ErrorKind::PermissionDenied;
            let reason = format!("cannot read: {error}");
            (failed(Status::Error, &reason), found.stamp, Arc::from(""), is_passing)
        }
    };
    let is_own = relative.components().next() == Some(Component::Normal(OWN_FOLDER.as_ref()));
    let file = ReportFile {
        path: Arc::clone(key),
        os_path: relative.to_owned(),
        kind: found.kind,
        stamp,
        status: document.status.unwrap_or(Status::Ok),
        generated: is_own || document.generated,
        document: Arc::new(document),
        digest,
    };
    Some(Reading { file: Arc::new(file), is_passing })
}

/// A path as the inventory knows it: `/` between parts, wrong bytes as U+FFFD.
pub(super) fn key_of(relative: &Path) -> String {
    let mut key = String::new();
    for (index, part) in relative.components().enumerate() {
        if index > 0 {
            key.push('/');
        }
        key.push_str(&part.as_os_str().to_string_lossy());
    }
    key
}

enum Contents {
    Bytes(Vec<u8>, Stamp),
    TooLarge(Stamp),
    NotAFile,
}

fn contents(root: &Path, relative: &Path, limit: u64) -> io::Result<Contents> {
    let mut reads = 0;
    loop {
        reads += 1;
        let mut file = open_beneath(root, relative)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Ok(Contents::NotAFile);
        }
        let before = stamp(&metadata);
        if before.length > limit {
            return Ok(Contents::TooLarge(before));
        }
        let mut bytes = Vec::new();
        // It may grow while it is read, without end.
        (&mut file).take(limit).read_to_end(&mut bytes)?;
        if stamp(&file.metadata()?) == before || reads == MAX_READS {
            // The older stamp: should the file have changed since, the next look sees it.
            return Ok(Contents::Bytes(bytes, before));
        }
    }
}

/// Opens part by part below the root, so that no link leads out of it, and without
/// waiting for the other end of a pipe.
fn open_beneath(root: &Path, relative: &Path) -> io::Result<File> {
    let through = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
    let last = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    let mut folder = openat(CWD, root, through, Mode::empty())?;
    let mut parts = relative.components().peekable();
    while let Some(part) = parts.next() {
        let Component::Normal(name) = part else { return Err(io::ErrorKind::InvalidInput.into()) };
        let flags = if parts.peek().is_some() { through | OFlags::NOFOLLOW } else { last };
        folder = openat(&folder, name, flags, Mode::empty())?;
    }
    Ok(File::from(folder))
}

/// Parsing never fails by contract. Should it panic all the same, that costs this file
/// its values and not the folder its watch.
fn parse(key: &str, kind: Kind, bytes: &[u8]) -> Document {
    catch_unwind(AssertUnwindSafe(|| ingest::parse(key, kind, bytes)))
        .unwrap_or_else(|_| failed(Status::Error, "reading this file failed inside the program"))
}

fn failed(status: Status, reason: &str) -> Document {
    Document {
        status: Some(status),
        problems: vec![Problem { line: None, column: None, message: Shown::new(reason) }],
        ..Document::default()
    }
}

fn digest(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * DIGEST_BYTES);
    for byte in Sha256::digest(bytes).iter().take(DIGEST_BYTES) {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
