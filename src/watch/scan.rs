//! Walks the folder and reads what changed.

use std::{
    convert::Infallible,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

pub use super::{crew::STACK_BYTES, walk::Skipped};
use super::{
    crew::read_all,
    known::Known,
    read::{Order, Reader, Reading, is_report, key_of},
    walk::{Fresh, kind_of, walk},
};
use crate::{
    ingest::{
        file::Kind,
        inventory::{Batch, Change, ReportFile, WatchState},
    },
    text::sanitize::Shown,
};

/// Files handed over at a time: their whole documents are held together.
const PIECE: usize = 64;

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
    let mut whole = Batch::default();
    let skipped = scan_into(root, &mut |piece| {
        let mut changes = std::mem::take(&mut whole.changes);
        changes.extend(piece.changes);
        whole = Batch { changes, bytes_read: whole.bytes_read + piece.bytes_read, ..piece };
    })?;
    whole.changes.sort_by(|one, other| path_of(one).cmp(path_of(other)));
    Ok(Scan { batch: whole, skipped })
}

/// Hands the files over in pieces as they are read, those with measured values first, so that
/// nobody need hold all of them; the last piece says that the scan is complete. Gives what
/// was passed over.
pub fn scan_into(root: &Path, take: &mut dyn FnMut(Batch)) -> Result<Vec<Skipped>, ScanError> {
    let error = |source| ScanError::Folder { path: Shown::from_path(root), source };
    let began = Instant::now();
    let canonical = fs::canonicalize(root).map_err(error)?;
    let news = walk(&canonical, Path::new(""), &mut Known::default(), &mut |_, _| {}).map_err(error)?;
    let mut keys = Keys::default();
    let (measured, documents) = in_reading_order(news.fresh);
    let mut piece = Batch::default();
    let mut done = |_: usize, reading: Option<Reading>| {
        if let Some(reading) = reading {
            piece.bytes_read += reading.bytes;
            if is_report(&reading.file) {
                piece.changes.push(Change::Read(reading.file));
            }
        }
        if piece.changes.len() >= PIECE {
            take(Batch { now_ns: now_ns(), ..std::mem::take(&mut piece) });
        }
        Ok::<(), Infallible>(())
    };
    let mut read = |files: Vec<Fresh>| {
        let orders: Vec<Order> =
            files.into_iter().map(|fresh| Order { key: keys.of(&fresh.path), fresh, before: None }).collect();
        let Ok(()) = read_all(&canonical, &orders, &mut done);
    };
    read(measured);
    let measured_time = began.elapsed();
    read(documents);
    take(Batch {
        watch: WatchState::Live,
        scan_complete: true,
        scan_time: Some(began.elapsed()),
        measured_time: Some(measured_time),
        now_ns: now_ns(),
        ..piece
    });
    Ok(news.skipped)
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

/// One file of a folder, as it is now; `None` when it is gone or no regular file. It never
/// leaves the folder through a link and heeds the limits of a scan. Wants a stack of
/// [`STACK_BYTES`].
pub fn read_one(root: &Path, key: &Arc<str>, path: &Path, kind: Kind) -> Option<Arc<ReportFile>> {
    let canonical = fs::canonicalize(root).ok()?;
    let order = Order { key: Arc::clone(key), fresh: Fresh { path: path.to_owned(), kind }, before: None };
    Reader::new(&canonical).read(&order).map(|reading| reading.file)
}

/// The bytes of one file of a folder, as they are now; at most `limit` of them. It never
/// leaves the folder through a link.
pub fn read_bytes(root: &Path, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    Reader::new(&fs::canonicalize(root)?).bytes(path, limit)
}

/// The first bytes of one file of a folder, as they are now, at most `most` of them. It never
/// leaves the folder through a link.
pub fn read_head(root: &Path, path: &Path, most: u64) -> io::Result<Vec<u8>> {
    Reader::new(&fs::canonicalize(root)?).head(path, most)
}

/// What a file is by its name; `None` for one that is not listed.
pub fn kind(path: &str) -> Option<Kind> {
    Path::new(path).file_name().and_then(kind_of)
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
