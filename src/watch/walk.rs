//! Lists a folder: which report files there are and which bytes each holds, without
//! opening one. Links are not followed, hidden names are not entered.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::{self, Metadata},
    io,
    os::unix::fs::{FileTypeExt as _, MetadataExt as _},
    path::{Path, PathBuf},
};

use crate::ingest::file::{Kind, Stamp};

/// Folders nested deeper are not entered: a mount that holds itself would never end.
const MAX_DEPTH: usize = 64;

/// A report file as listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// By its extension.
    pub kind: Kind,
    /// Which bytes it holds.
    pub stamp: Stamp,
}

/// Something that has the name of a report file, or of a folder, and is passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Relative to the folder.
    pub path: PathBuf,
    /// Why; lower case, no full stop.
    pub reason: String,
}

/// What a walk saw.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Report files by path relative to the root.
    pub files: BTreeMap<PathBuf, Found>,
    /// What was passed over.
    pub skipped: Vec<Skipped>,
    /// Folders that could not be listed this time though they are there: what was known
    /// of them stays.
    pub unknown: Vec<PathBuf>,
}

/// Walks `below` (relative; empty for all). `enter` hears of each folder before it is
/// listed, so that a watch set there misses nothing. Errors when `below` itself cannot be read.
pub(super) fn walk(root: &Path, below: &Path, enter: &mut dyn FnMut(&Path)) -> io::Result<Listing> {
    let mut listing = Listing::default();
    enter(below);
    let mut folders = list(root, below, &mut listing)?;
    while let Some(folder) = folders.pop() {
        if folder.components().count() > MAX_DEPTH {
            listing.skip(folder, format!("folders nested deeper than {MAX_DEPTH} are not entered"));
            continue;
        }
        enter(&folder);
        match list(root, &folder, &mut listing) {
            Ok(more) => folders.extend(more),
            Err(error) if is_gone(&error) => {}
            Err(error) => {
                if error.kind() != io::ErrorKind::PermissionDenied {
                    listing.unknown.push(folder.clone());
                }
                listing.skip(folder, format!("cannot list this folder: {error}"));
            }
        }
    }
    Ok(listing)
}

/// Kind of a file by its extension, any case.
pub(super) fn kind_of(path: &Path) -> Option<Kind> {
    let extension = path.extension()?.to_str()?;
    [
        ("csv", Kind::Csv),
        ("tsv", Kind::Csv),
        ("json", Kind::Json),
        ("jsonl", Kind::Json),
        ("ndjson", Kind::Json),
        ("md", Kind::Markdown),
        ("markdown", Kind::Markdown),
    ]
    .into_iter()
    .find_map(|(known, kind)| extension.eq_ignore_ascii_case(known).then_some(kind))
}

/// Hidden by its name: temporary files of this and other programs among them.
pub(super) fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().first() == Some(&b'.')
}

/// Was it removed, or is a folder of its path no folder (any more)?
pub(super) fn is_gone(error: &io::Error) -> bool {
    // A link where a folder was is as good as gone: links are not followed.
    let is_link = error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    is_link || matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The stamp of a file.
pub(super) fn stamp(metadata: &Metadata) -> Stamp {
    let nanoseconds =
        |seconds: i64, nanoseconds: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
    Stamp {
        device: metadata.dev(),
        inode: metadata.ino(),
        length: metadata.len(),
        modified_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
        changed_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
    }
}

/// What something is that is no regular file.
pub(super) fn special(metadata: &Metadata) -> &'static str {
    let kind = metadata.file_type();
    if kind.is_symlink() {
        "a symbolic link"
    } else if kind.is_fifo() {
        "a named pipe"
    } else if kind.is_socket() {
        "a socket"
    } else if kind.is_char_device() || kind.is_block_device() {
        "a device"
    } else {
        "no regular file"
    }
}

impl Listing {
    fn skip(&mut self, path: PathBuf, reason: String) {
        self.skipped.push(Skipped { path, reason });
    }
}

/// Lists one folder into `listing`; returns the folders in it.
fn list(root: &Path, folder: &Path, listing: &mut Listing) -> io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name();
        if is_hidden(&name) {
            continue;
        }
        let path = folder.join(&name);
        let kind = kind_of(&path);
        let is_folder = entry.file_type().is_ok_and(|file_type| file_type.is_dir());
        if is_folder {
            folders.push(path);
            continue;
        }
        let Some(kind) = kind else { continue };
        match entry.metadata() {
            Ok(metadata) if metadata.is_file() => {
                listing.files.insert(path, Found { kind, stamp: stamp(&metadata) });
            }
            Ok(metadata) => {
                let reason = format!("not read: {}", special(&metadata));
                listing.skip(path, reason);
            }
            Err(error) if is_gone(&error) => {}
            Err(error) => {
                listing.unknown.push(path.clone());
                listing.skip(path, format!("cannot stat: {error}"));
            }
        }
    }
    // Popped from the end: reversed, so that folders are walked in the order of their names.
    folders.sort_unstable_by(|one, other| other.cmp(one));
    Ok(folders)
}
