//! Walks the folder and reads what changed.

use std::{
    convert::Infallible,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

pub use super::walk::Skipped;
use super::{
    crew::read_all,
    known::Known,
    read::{Order, Reader, Reading, is_report, key_of},
    walk::{Fresh, kind_of, walk},
};
use crate::{
    ingest::{
        file::Kind,
        inventory::{Batch, Change, WatchState},
    },
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
    let news = walk(&canonical, Path::new(""), &mut Known::default(), &mut |_, _| {}).map_err(error)?;
    let mut keys = Keys::default();
    let (measured, documents) = in_reading_order(news.fresh);
    let mut changes = Vec::with_capacity(measured.len() + documents.len());
    let mut bytes_read = 0;
    let mut take = |_: usize, reading: Option<Reading>| {
        if let Some(reading) = reading {
            bytes_read += reading.bytes;
            if is_report(&reading.file) {
                changes.push(Change::Read(reading.file));
            }
        }
        Ok::<(), Infallible>(())
    };
    let mut read = |files: Vec<Fresh>| {
        let orders: Vec<Order> =
            files.into_iter().map(|fresh| Order { key: keys.of(&fresh.path), fresh, before: None }).collect();
        let Ok(()) = read_all(&canonical, &orders, &mut take);
    };
    read(measured);
    let measured_time = began.elapsed();
    read(documents);
    changes.sort_by(|one, other| path_of(one).cmp(path_of(other)));
    let batch = Batch {
        changes,
        watch: WatchState::Live,
        scan_complete: true,
        scan_time: Some(began.elapsed()),
        measured_time: Some(measured_time),
        bytes_read,
        now_ns: now_ns(),
    };
    Ok(Scan { batch, skipped: news.skipped })
}

/// Files with measured values first, documents after them; each in order of their paths.
pub(super) fn in_reading_order(mut fresh: Vec<Fresh>) -> (Vec<Fresh>, Vec<Fresh>) {
    fresh.sort_unstable_by(|one, other| one.path.cmp(&other.path));
    fresh.dedup_by(|one, other| one.path == other.path);
    fresh.into_iter().partition(|fresh| matches!(fresh.kind, Kind::Csv | Kind::Json))
}

fn path_of(change: &Change) -> &Path {
    match change {
        Change::Read(file) => &file.os_path,
        Change::Removed(path) => Path::new(&**path),
    }
}

/// One file that somebody named, read as if its folder held nothing else; `None` when it is
/// no report file.
pub fn scan_file(path: &Path) -> io::Result<Option<Batch>> {
    let canonical = fs::canonicalize(path)?;
    let (Some(folder), Some(name)) = (canonical.parent(), canonical.file_name()) else { return Ok(None) };
    let Some(kind) = kind_of(name) else { return Ok(None) };
    let path = Path::new(name).to_owned();
    let order = Order { key: key_of(&path).into(), fresh: Fresh { path, kind }, before: None };
    let Some(reading) = Reader::new(folder).read(&order) else { return Ok(None) };
    Ok(Some(Batch { changes: vec![Change::Read(reading.file)], now_ns: now_ns(), ..Batch::default() }))
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
        if let Some(path) = relative.to_str() {
            return path.into();
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
