//! Walks the folder and compares it with what is known of it: a name, a stat and a look-up
//! for each file, relative to the open folder. Nothing is opened but folders, links are not
//! followed, hidden names are not entered.

use std::{
    ffi::{CStr, OsStr},
    io,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::{
    fd::{AsFd, BorrowedFd, OwnedFd},
    fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, fstat, openat, stat, statat},
};

use super::{
    TICK_NS,
    known::{Folder, Known},
    scan::now_ns,
};
use crate::ingest::file::{Kind, Stamp};

/// Folders nested deeper are not entered: a mount that holds itself would never end, and
/// every level holds one open folder.
const MAX_DEPTH: usize = 64;
/// How folders are opened below the root.
const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::RDONLY).union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);

/// A file to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fresh {
    /// Relative to the root.
    pub path: PathBuf,
    /// By its extension.
    pub kind: Kind,
}

/// Something that has the name of a report file, or of a folder, and is passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Relative to the folder.
    pub path: PathBuf,
    /// Why; lower case, no full stop.
    pub reason: String,
}

/// What differs from what was known.
#[derive(Debug, Default)]
pub(super) struct News {
    /// New files, and those that may have changed.
    pub fresh: Vec<Fresh>,
    /// Files that are gone, as the inventory knows them, in order of their path.
    pub gone: Vec<Arc<str>>,
    /// What is passed over.
    pub skipped: Vec<Skipped>,
    /// Folders in whose place another was when their watch had been set: what was listed is
    /// not what is watched, and both are wanted.
    pub replaced: Vec<PathBuf>,
}

/// Hears of each folder before it is listed, so that a watch set there misses nothing, and
/// whether it is the folder that was known under this path.
pub(super) type Enter<'a> = &'a mut dyn FnMut(&Path, bool);

/// Compares `below` (relative; empty for all) with what is known of it. Errors when `below`
/// itself cannot be read; then nothing has been changed.
pub(super) fn walk(root: &Path, below: &Path, known: &mut Known, enter: Enter<'_>) -> io::Result<News> {
    let through = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
    let folder = openat(CWD, root, through, Mode::empty())?;
    let base = folder.try_clone()?;
    let is_root = below.as_os_str().is_empty();
    let folder = if is_root { folder } else { openat(&folder, below, FOLDER, Mode::empty())? };
    let again = || if is_root { stat(root) } else { statat(&base, below, AtFlags::SYMLINK_NOFOLLOW) };
    let number = known.next_walk();
    known.has_unlisted &= !is_root;
    let mut walk = Walk { known, number, enter, news: News::default(), unknown: Vec::new() };
    let depth = below.components().count();
    walk.list(folder, below, depth, &again)?;
    let Walk { mut news, unknown, .. } = walk;
    news.gone.extend(known.forget_unseen(below, number, &unknown));
    news.gone.sort_unstable();
    Ok(news)
}

/// Kind of a file by its extension, any case.
pub(super) fn kind_of(name: &OsStr) -> Option<Kind> {
    let name = name.as_bytes();
    let dot = memchr::memrchr(b'.', name).filter(|&dot| dot > 0)?;
    let extension = &name[dot + 1..];
    [
        ("csv", Kind::Csv),
        ("json", Kind::Json),
        ("md", Kind::Markdown),
        ("jsonl", Kind::Json),
        ("tsv", Kind::Csv),
        ("ndjson", Kind::Json),
        ("markdown", Kind::Markdown),
        ("log", Kind::Text),
        ("txt", Kind::Text),
    ]
    .into_iter()
    .find_map(|(known, kind)| extension.eq_ignore_ascii_case(known.as_bytes()).then_some(kind))
}

/// Hidden by its name: temporary files of this and other programs among them.
pub(super) fn is_hidden(name: &OsStr) -> bool {
    name.as_bytes().first() == Some(&b'.')
}

/// Was it removed, or is a folder of its path no folder (any more)?
pub(super) fn is_gone(error: &io::Error) -> bool {
    // A link where a folder was is as good as gone: links are not followed.
    let is_link = error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    is_link || matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The stamp of a file.
#[allow(
    clippy::unnecessary_cast,
    clippy::useless_conversion,
    clippy::cast_possible_wrap,
    reason = "the widths differ between systems"
)]
pub(super) fn stamp(stat: &Stat) -> Stamp {
    let nanoseconds =
        |seconds: i64, nanoseconds: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
    Stamp {
        device: stat.st_dev as u64,
        inode: stat.st_ino as u64,
        length: stat.st_size as u64,
        modified_ns: nanoseconds(stat.st_mtime as i64, stat.st_mtime_nsec as i64),
        changed_ns: nanoseconds(stat.st_ctime as i64, stat.st_ctime_nsec as i64),
    }
}

/// Which folder it is; of two that are open at the same time never the same.
fn identity(stat: &Stat) -> (u64, u64) {
    let Stamp { device, inode, .. } = stamp(stat);
    (device, inode)
}

/// What kind of thing a stat describes.
pub(super) fn file_type(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

/// What something is that is no regular file.
pub(super) fn special(file_type: FileType) -> &'static str {
    match file_type {
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a named pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        _ => "no regular file",
    }
}

struct Walk<'a> {
    known: &'a mut Known,
    number: u32,
    enter: Enter<'a>,
    news: News,
    /// Folders that could not be listed this time though they are there: what was known of
    /// them stays.
    unknown: Vec<PathBuf>,
}

impl Walk<'_> {
    /// Lists one folder and then those in it. An error means that nothing was taken from it.
    /// `again` says what has its name by now.
    fn list(
        &mut self,
        folder: OwnedFd,
        path: &Path,
        depth: usize,
        again: &dyn Fn() -> rustix::io::Result<Stat>,
    ) -> io::Result<()> {
        let now = fstat(&folder)?;
        let identity = identity(&now);
        let mut known = self.known.take_folder(path);
        (self.enter)(path, known.identity == Some(identity));
        // The watch goes by the name, the listing by the descriptor.
        if !again().is_ok_and(|now| self::identity(&now) == identity) {
            self.news.replaced.push(path.to_owned());
        }
        known.identity = Some(identity);
        // Clocks of file systems go in ticks: right after a change the next may not show.
        let stamp = stamp(&now);
        known.listed = (now_ns() - stamp.changed_ns > TICK_NS).then_some(stamp);
        let mut entries = Dir::new(folder)?;
        let listed = self.entries(&mut entries, path, &mut known);
        let is_whole = listed.is_ok();
        if !is_whole {
            known.listed = None;
        }
        self.known.put_folder(path, known, is_whole.then_some(self.number), &mut self.news.gone);
        let folders = listed?;
        for name in folders {
            let below = path.join(OsStr::from_bytes(name.to_bytes()));
            if depth >= MAX_DEPTH {
                self.skip(below, format!("folders nested deeper than {MAX_DEPTH} are not entered"));
                continue;
            }
            let entered = openat(entries.fd()?, &*name, FOLDER, Mode::empty())
                .map_err(io::Error::from)
                .and_then(|folder| {
                    let parent = entries.fd()?;
                    let again = || statat(parent, &*name, AtFlags::SYMLINK_NOFOLLOW);
                    self.list(folder, &below, depth + 1, &again)
                });
            match entered {
                Ok(()) => {}
                Err(error) if is_gone(&error) => {}
                Err(error) => {
                    self.known.has_unlisted = true;
                    if error.kind() != io::ErrorKind::PermissionDenied {
                        self.unknown.push(below.clone());
                    }
                    self.skip(below, format!("cannot list this folder: {error}"));
                }
            }
        }
        Ok(())
    }

    /// The files of one folder; returns the folders in it, in order of their names.
    fn entries(&mut self, entries: &mut Dir, path: &Path, known: &mut Folder) -> io::Result<Vec<Box<CStr>>> {
        let mut folders: Vec<Box<CStr>> = Vec::new();
        while let Some(entry) = entries.read() {
            let entry = entry?;
            let name = entry.file_name();
            if name.to_bytes().first() == Some(&b'.') {
                continue;
            }
            let file_type = entry.file_type();
            if file_type == FileType::Directory {
                folders.push(name.into());
                continue;
            }
            let kind = kind_of(OsStr::from_bytes(name.to_bytes()));
            // Some file systems do not say what an entry is.
            if file_type == FileType::Unknown || kind.is_some() {
                let is_folder = self.entry(entries.fd()?, name, file_type, kind, path, known);
                if is_folder {
                    folders.push(name.into());
                }
            }
        }
        folders.sort_unstable();
        Ok(folders)
    }

    /// One entry that may be a report file; is it a folder after all?
    fn entry(
        &mut self,
        folder: BorrowedFd<'_>,
        name: &CStr,
        said: FileType,
        kind: Option<Kind>,
        path: &Path,
        known: &mut Folder,
    ) -> bool {
        let os_name = OsStr::from_bytes(name.to_bytes());
        let before = known.files.get_mut(os_name);
        // A regular file that is new is read anyway, and its stamp taken then.
        if said == FileType::RegularFile && before.is_none() {
            self.fresh(path, os_name, kind);
            return false;
        }
        let stat = match statat(folder.as_fd(), name, AtFlags::SYMLINK_NOFOLLOW).map_err(io::Error::from) {
            Ok(stat) => stat,
            Err(error) if is_gone(&error) => return false,
            Err(error) => {
                if let Some(before) = before {
                    before.seen = self.number;
                }
                self.skip(path.join(os_name), format!("cannot stat: {error}"));
                return false;
            }
        };
        match file_type(&stat) {
            FileType::Directory => return true,
            FileType::RegularFile => {
                if let Some(before) = before {
                    before.seen = self.number;
                    if before.is_unchanged(&stamp(&stat)) {
                        return false;
                    }
                }
                self.fresh(path, os_name, kind);
            }
            special_type if kind.is_some() => {
                self.skip(path.join(os_name), format!("not read: {}", special(special_type)));
            }
            _ => {}
        }
        false
    }

    fn fresh(&mut self, folder: &Path, name: &OsStr, kind: Option<Kind>) {
        if let Some(kind) = kind {
            self.news.fresh.push(Fresh { path: folder.join(name), kind });
        }
    }

    fn skip(&mut self, path: PathBuf, reason: String) {
        self.news.skipped.push(Skipped { path, reason });
    }
}
