//! Walks the folder and reads what changed.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

pub use super::walk::Skipped;
use super::{
    read::{key_of, read},
    walk::walk,
};
use crate::{
    ingest::inventory::{Batch, Change, WatchState},
    text::sanitize::Shown,
};

/// One walk of the whole folder, every file read: the headless commands' way in.
/// Errors only when the folder itself cannot be read.
pub fn scan_once(root: &Path) -> Result<Batch, ScanError> {
    scan(root).map(|scan| scan.batch)
}

/// What a scan found, and what it passed over.
#[derive(Debug)]
pub struct Scan {
    /// The files.
    pub batch: Batch,
    /// Links, pipes, folders that may not be entered.
    pub skipped: Vec<Skipped>,
}

/// The same, with what was passed over.
pub fn scan(root: &Path) -> Result<Scan, ScanError> {
    let error = |source| ScanError::Folder { path: Shown::from_path(root), source };
    let began = Instant::now();
    let canonical = fs::canonicalize(root).map_err(error)?;
    let listing = walk(&canonical, Path::new(""), &mut |_| {}).map_err(error)?;
    let mut keys = Keys::default();
    let mut changes = Vec::with_capacity(listing.files.len());
    for (path, found) in &listing.files {
        let key = keys.of(path);
        if let Some(reading) = read(&canonical, path, &key, *found) {
            changes.push(Change::Read(reading.file));
        }
    }
    let batch = Batch {
        changes,
        watch: WatchState::Live,
        scan_complete: true,
        scan_time: Some(began.elapsed()),
        now_ns: now_ns(),
    };
    Ok(Scan { batch, skipped: listing.skipped })
}

/// Why a folder cannot be scanned.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// Not there, not a folder, not allowed.
    #[error("cannot read folder `{path}`: {source}")]
    Folder {
        /// The folder as given, made safe to show.
        path: Shown,
        /// The system's word.
        source: io::Error,
    },
}

/// The paths of the inventory. Two names that differ only in bytes that are not UTF-8
/// would be one path: the later gets a number.
#[derive(Debug, Default)]
pub(super) struct Keys {
    wrong: std::collections::BTreeMap<PathBuf, Arc<str>>,
}

impl Keys {
    /// The path of a file, the same for the same file as long as this lives.
    pub fn of(&mut self, relative: &Path) -> Arc<str> {
        if relative.to_str().is_some() {
            return key_of(relative).into();
        }
        if let Some(key) = self.wrong.get(relative) {
            return Arc::clone(key);
        }
        let plain = key_of(relative);
        let is_taken = |key: &str| self.wrong.values().any(|taken| **taken == *key);
        let mut key = plain.clone();
        let mut number = 2;
        while is_taken(&key) {
            key = format!("{plain} ({number})");
            number += 1;
        }
        let key: Arc<str> = key.into();
        self.wrong.insert(relative.to_owned(), Arc::clone(&key));
        key
    }
}

/// Wall clock, nanoseconds since 1970.
pub(super) fn now_ns() -> i128 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_nanos().cast_signed(),
        Err(before) => -before.duration().as_nanos().cast_signed(),
    }
}
