//! Reads files of the folder into [`ReportFile`]s: never blocks on a pipe, never leaves the
//! folder through a link, never holds more than a limit in memory. A file costs one open,
//! one stat, one read; one that grew costs what it grew by.

use std::{
    ffi::OsStr,
    fmt::Write as _,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use rustix::{
    fd::{AsFd, BorrowedFd, OwnedFd},
    fs::{CWD, FileType, Mode, OFlags, fstat, openat},
    io::{pread, retry_on_intr},
};
use sha2::{Digest as _, Sha256};

use super::{
    scan::now_ns,
    tail::{PROOF_BYTES, Tail, may_grow},
    walk::{Fresh, file_type, is_gone, stamp},
};
use crate::{
    ingest::{
        self, append,
        file::{Document, Kind, Problem, Stamp, Status},
        inventory::ReportFile,
        json::is_lines,
    },
    report::export::OWN_FOLDER,
    text::sanitize::Shown,
};

/// Larger JSON documents and Markdown files are not read: while they are parsed they take many
/// times the room.
pub(super) const MAX_DOCUMENT_BYTES: u64 = 64 * 1024 * 1024;
/// Larger tables and JSON Lines are not read: a sparse file of terabytes would end the program.
pub(super) const MAX_TABLE_BYTES: u64 = 256 * 1024 * 1024;
/// Longer tables are read in pieces of this length, as if they grew meanwhile: their bytes would
/// take more room than their values.
const PIECE_BYTES: u64 = 16 * 1024 * 1024;
/// The same of JSON Lines: what is made of a piece while it is parsed takes several times its room.
const LINES_PIECE_BYTES: u64 = 4 * 1024 * 1024;
/// A file that changes while it is read is read again, so many times in all; what it
/// holds then is taken until the next hint.
const MAX_READS: u32 = 2;
/// A file that one read gives whole is not asked again whether it changed meanwhile.
const ONE_READ: u64 = 128 * 1024;
/// A buffer that grew larger is not kept.
const KEPT_BUFFER: usize = 1024 * 1024;
/// Bytes of a digest: all of them, since a run record names its sources by it.
const DIGEST_BYTES: usize = 32;

/// A file to be read, and what is known of it.
#[derive(Debug)]
pub(super) struct Order {
    pub fresh: Fresh,
    /// Its path as the inventory knows it.
    pub key: Arc<str>,
    pub before: Option<Before>,
}

/// What was read of the file before.
#[derive(Debug)]
pub(super) struct Before {
    pub file: Arc<ReportFile>,
    pub stamp: Stamp,
    pub tail: Option<Box<Tail>>,
}

/// A file as read.
#[derive(Debug)]
pub(super) struct Reading {
    /// The file.
    pub file: Arc<ReportFile>,
    /// Where reading goes on when it grows.
    pub tail: Option<Box<Tail>>,
    /// It could not be read for a reason that may pass without the file changing.
    pub is_passing: bool,
    /// Bytes that were read for it.
    pub bytes: u64,
    /// Wall clock before it was opened, nanoseconds since 1970.
    pub began_ns: i128,
}

/// Reads file after file of one folder tree; keeps the folder open that it read from last.
#[derive(Debug)]
pub(super) struct Reader {
    root: PathBuf,
    folder: Option<(PathBuf, OwnedFd)>,
    /// As long as the longest that was read; the first `filled` bytes are the last reading's.
    buffer: Vec<u8>,
    filled: usize,
    /// Bytes read for the file at hand.
    bytes: u64,
}

/// Does the file belong into the inventory? A text does when something in it is known.
pub(super) fn is_report(file: &ReportFile) -> bool {
    file.kind != Kind::Text || file.status != Status::Skipped
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

/// What came of opening a file. The bytes lie in the reader's buffer.
enum Contents {
    Whole(Stamp),
    Grown(Stamp, Box<Grown>),
    /// As it was, as far as the proof goes.
    Same,
    /// Longer than so many bytes.
    TooLarge(Stamp, u64),
    /// A row is longer than a piece.
    LongRow(Stamp),
    NotAFile,
}

/// A file that was read from its old end.
struct Grown {
    document: Document,
    tail: Box<Tail>,
    digest: Sha256,
}

impl Reader {
    /// For the files below a root.
    pub fn new(root: &Path) -> Self {
        Reader { root: root.to_owned(), folder: None, buffer: Vec::new(), filled: 0, bytes: 0 }
    }

    /// Reads a file; `None` when it is gone or no regular file (any more).
    pub fn read(&mut self, order: &Order) -> Option<Reading> {
        let Fresh { path, kind } = &order.fresh;
        let kind = *kind;
        self.bytes = 0;
        let began_ns = now_ns();
        let mut is_passing = false;
        let mut kept = None;
        let (document, stamp, digest) = match self.contents(order) {
            Ok(Contents::Whole(stamp)) => {
                let bytes = self.filled();
                let document = parse(&order.key, kind, bytes);
                let digest = if may_grow(&document) {
                    let (tail, digest) = Tail::of(bytes, document.read_to);
                    kept = Some(Box::new(tail));
                    digest.finalize()
                } else {
                    Sha256::digest(bytes)
                };
                (document, stamp, digits(&digest).into())
            }
            Ok(Contents::Grown(stamp, grown)) => {
                kept = Some(grown.tail);
                (grown.document, stamp, digits(&grown.digest.finalize()).into())
            }
            Ok(Contents::Same) => {
                let before = order.before.as_ref()?;
                let (file, tail) = (Arc::clone(&before.file), before.tail.clone());
                return Some(Reading { file, tail, is_passing: false, bytes: self.bytes, began_ns });
            }
            Ok(Contents::TooLarge(stamp, limit)) => {
                let mut reason = format!("not read: larger than {} MB", limit / (1024 * 1024));
                if kind == Kind::Csv {
                    reason.push_str("; its figures: `metrics --file NAME --field COLUMN`");
                }
                (failed(Status::Skipped, &reason), stamp, Arc::from(""))
            }
            Ok(Contents::LongRow(stamp)) => {
                let reason = format!("not read: a row is longer than {} MB", PIECE_BYTES / (1024 * 1024));
                (failed(Status::Skipped, &reason), stamp, Arc::from(""))
            }
            Ok(Contents::NotAFile) => return None,
            Err(error) if is_gone(&error) => return None,
            Err(error) => {
                is_passing = error.kind() != io::ErrorKind::PermissionDenied;
                let reason = format!("cannot read: {error}");
                let stamp = order.before.as_ref().map_or_else(Stamp::default, |before| before.stamp);
                (failed(Status::Error, &reason), stamp, Arc::from(""))
            }
        };
        if self.buffer.len() > KEPT_BUFFER {
            (self.buffer, self.filled) = (Vec::new(), 0);
        }
        let is_own = path.components().next() == Some(Component::Normal(OWN_FOLDER.as_ref()));
        let file = ReportFile {
            path: Arc::clone(&order.key),
            os_path: path.clone(),
            kind,
            stamp,
            status: document.status.unwrap_or(Status::Ok),
            generated: is_own || document.generated,
            document: Arc::new(document),
            digest,
        };
        Some(Reading { file: Arc::new(file), tail: kept, is_passing, bytes: self.bytes, began_ns })
    }

    /// The bytes of a file as they are now; an error when it is larger than the limit.
    pub fn bytes(&mut self, path: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let file = self.open(path)?;
        let stat = fstat(&file)?;
        let length = stamp(&stat).length;
        if file_type(&stat) != FileType::RegularFile || length > limit {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        self.fill(&file, 0, length)?;
        Ok(self.filled().to_vec())
    }

    /// The first bytes of a file as they are now, at most so many.
    pub fn head(&mut self, path: &Path, most: u64) -> io::Result<Vec<u8>> {
        let file = self.open(path)?;
        let stat = fstat(&file)?;
        if file_type(&stat) != FileType::RegularFile {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        self.fill(&file, 0, most.min(stamp(&stat).length))?;
        Ok(self.filled().to_vec())
    }

    fn contents(&mut self, order: &Order) -> io::Result<Contents> {
        let file = self.open(&order.fresh.path)?;
        let mut reads = 0;
        loop {
            reads += 1;
            let stat = fstat(&file)?;
            if file_type(&stat) != FileType::RegularFile {
                return Ok(Contents::NotAFile);
            }
            let before = stamp(&stat);
            let limit = limit(order);
            if before.length > limit {
                return Ok(Contents::TooLarge(before, limit));
            }
            if let Some(grown) = self.grown(&file, order, &before)? {
                return Ok(grown);
            }
            if let Some(pieces) = self.pieces(&file, order, &before)? {
                return Ok(pieces);
            }
            let whole_limit = if order.fresh.kind == Kind::Csv { limit } else { MAX_DOCUMENT_BYTES };
            if before.length > whole_limit {
                return Ok(Contents::TooLarge(before, whole_limit));
            }
            // One more than there should be, so that growing meanwhile is noticed.
            self.fill(&file, 0, before.length + 1)?;
            let is_whole = self.filled as u64 == before.length
                && (before.length <= ONE_READ || stamp(&fstat(&file)?) == before);
            if is_whole || reads == MAX_READS {
                // The older stamp: should the file have changed since, the next look sees it.
                return Ok(Contents::Whole(before));
            }
        }
    }

    /// A long table or long JSON Lines, piece by piece; `None` where it must be read whole.
    fn pieces(&mut self, file: &OwnedFd, order: &Order, now: &Stamp) -> io::Result<Option<Contents>> {
        let kind = order.fresh.kind;
        let Some(piece_bytes) = piece_bytes(order).filter(|piece_bytes| now.length > *piece_bytes) else {
            return Ok(None);
        };
        let long_row = || (kind == Kind::Csv).then_some(Contents::LongRow(*now));
        self.fill(file, 0, piece_bytes)?;
        let bytes = self.filled();
        let mut document = parse(&order.key, kind, bytes);
        if !may_grow(&document) {
            // Sixteen million bytes without a row are no table for a screen.
            let has_row = memchr::memchr_iter(b'\n', bytes).nth(1).is_some();
            return Ok(if has_row { None } else { long_row() });
        }
        let (mut tail, mut digest) = Tail::of(bytes, document.read_to);
        while document.read_to < now.length {
            let (from, start) = (document.read_to, document.read_to - PROOF_BYTES as u64);
            let wanted = (now.length - start).min(PROOF_BYTES as u64 + piece_bytes);
            self.fill(file, start, wanted)?;
            let Some((end, new)) = self.filled().split_at_checked(PROOF_BYTES) else { return Ok(None) };
            let Some(longer) = lengthen(kind, document, new) else { return Ok(None) };
            let is_last = start + wanted >= now.length;
            (tail, digest) = tail.grow(end, new, longer.read_to);
            document = longer;
            if is_last {
                break;
            }
            if document.read_to == from {
                return Ok(long_row());
            }
        }
        // Whoever writes meanwhile is read from here on by the next hint.
        Ok(Some(Contents::Grown(*now, Box::new(Grown { document, tail: Box::new(tail), digest }))))
    }

    /// The file from its old end, where it can be shown that it only grew.
    fn grown(&mut self, file: &OwnedFd, order: &Order, now: &Stamp) -> io::Result<Option<Contents>> {
        let Some(before) = &order.before else { return Ok(None) };
        let Some(tail) = before.tail.as_deref().filter(|_| Tail::fits(&before.stamp, now)) else {
            return Ok(None);
        };
        self.fill(file, 0, PROOF_BYTES as u64)?;
        if !tail.has_head(self.filled()) {
            return Ok(None);
        }
        let start = tail.read_to - PROOF_BYTES as u64;
        self.fill(file, start, now.length - start)?;
        let Some((end, new)) = self.filled().split_at_checked(PROOF_BYTES) else { return Ok(None) };
        if !tail.has_end(end) {
            return Ok(None);
        }
        if *now == before.stamp {
            let digest = tail.grow(end, new, tail.read_to).1.finalize();
            return Ok((*digits(&digest) == *before.file.digest).then_some(Contents::Same));
        }
        let Some(document) = grow(order.fresh.kind, &before.file.document, new) else {
            return Ok(None);
        };
        let (tail, digest) = tail.grow(end, new, document.read_to);
        Ok(Some(Contents::Grown(*now, Box::new(Grown { document, tail: Box::new(tail), digest }))))
    }

    /// Fills the buffer from an offset on with at most `wanted` bytes, fewer where the file
    /// ends.
    fn fill(&mut self, file: &OwnedFd, from: u64, wanted: u64) -> io::Result<()> {
        let wanted = wanted as usize;
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        self.filled = 0;
        while self.filled < wanted {
            let at = from + self.filled as u64;
            let count = retry_on_intr(|| pread(file, &mut self.buffer[self.filled..wanted], at))?;
            self.bytes += count as u64;
            self.filled += count;
            // A regular file gives all it has: less is its end, and is not asked for again.
            if count == 0 || self.filled + 1 == wanted {
                break;
            }
        }
        Ok(())
    }

    /// What was read last.
    fn filled(&self) -> &[u8] {
        &self.buffer[..self.filled]
    }

    /// Opens part by part below the root, so that no link leads out of it, and without
    /// waiting for the other end of a pipe.
    fn open(&mut self, relative: &Path) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let name = relative.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let folder = self.folder(relative.parent().unwrap_or(Path::new("")))?;
        Ok(openat(folder, name, flags, Mode::empty())?)
    }

    fn folder(&mut self, relative: &Path) -> io::Result<BorrowedFd<'_>> {
        if self.folder.as_ref().is_none_or(|(path, _)| path != relative) {
            let through = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
            let mut folder = openat(CWD, &self.root, through, Mode::empty())?;
            for part in relative.components() {
                let name: &OsStr = match part {
                    Component::Normal(name) => name,
                    _ => return Err(io::ErrorKind::InvalidInput.into()),
                };
                folder = openat(&folder, name, through | OFlags::NOFOLLOW, Mode::empty())?;
            }
            self.folder = Some((relative.to_owned(), folder));
        }
        let (_, folder) = self.folder.as_ref().ok_or(io::ErrorKind::NotFound)?;
        Ok(folder.as_fd())
    }
}

/// Parsing never fails by contract. Should it panic all the same, that costs this file
/// its values and not the folder its watch.
fn parse(key: &str, kind: Kind, bytes: &[u8]) -> Document {
    catch_unwind(AssertUnwindSafe(|| ingest::parse(key, kind, bytes)))
        .unwrap_or_else(|_| failed(Status::Error, "reading this file failed inside the program"))
}

/// In pieces of which length a file is read that is longer; `None`: always whole.
fn piece_bytes(order: &Order) -> Option<u64> {
    match order.fresh.kind {
        Kind::Csv => Some(PIECE_BYTES),
        Kind::Json => is_lines(&order.key).then_some(LINES_PIECE_BYTES),
        Kind::Markdown | Kind::Text => None,
    }
}

/// A longer file is not read at all.
fn limit(order: &Order) -> u64 {
    if piece_bytes(order).is_some() { MAX_TABLE_BYTES } else { MAX_DOCUMENT_BYTES }
}

/// The document with what follows, in its place; `None` where the file must be read whole.
fn lengthen(kind: Kind, before: Document, new: &[u8]) -> Option<Document> {
    let longer = catch_unwind(AssertUnwindSafe(|| {
        let appended = append::append(&before, kind, new)?;
        Some(append::extend(before, &appended))
    }));
    longer.ok().flatten()
}

/// The document with what was appended; `None` where the file must be read whole.
fn grow(kind: Kind, before: &Document, new: &[u8]) -> Option<Document> {
    let appended = catch_unwind(AssertUnwindSafe(|| {
        append::append(before, kind, new).map(|appended| append::join(before, &appended))
    }));
    // Should it panic by a fault of the program, the file is read whole.
    appended.ok().flatten()
}

fn failed(status: Status, reason: &str) -> Document {
    Document {
        status: Some(status),
        problems: vec![Problem { line: None, column: None, message: Shown::new(reason) }],
        ..Document::default()
    }
}

fn digits(digest: &[u8]) -> String {
    let mut digits = String::with_capacity(2 * DIGEST_BYTES);
    for byte in digest.iter().take(DIGEST_BYTES) {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
