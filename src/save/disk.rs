//! The calls by which files are written, and a file that is whole before it has its name.

use std::{
    fs::{self, File},
    io,
    path::Path,
    time::Duration,
};

use rustix::{
    fs::{AtFlags, CWD, FlockOperation, RenameFlags, flock, linkat, renameat_with},
    io::Errno,
};
use tempfile::{Builder, TempPath};

/// Temporary files: hidden, so that no listing and no watch sees them.
const TEMPORARY: (&str, &str) = (".chimera-insight-", ".tmp");
/// A temporary file that is so much older than one made now is that of a process which died.
const STALE: Duration = Duration::from_hours(1);

/// The calls by which files are written. The tests have one whose n-th call fails.
pub trait Disk: Sync {
    /// Makes a folder that is not there yet.
    fn create_folder(&self, path: &Path) -> io::Result<()>;
    /// Makes a file that is not there yet.
    fn create(&self, path: &Path) -> io::Result<File>;
    /// Writes some of the bytes; how many.
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<usize>;
    /// Makes what was written last.
    fn sync(&self, file: &File) -> io::Result<()>;
    /// Gives a file a name that no other has.
    fn name(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file the name of another, which goes.
    fn replace(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The system's own.
#[derive(Clone, Copy, Debug)]
pub struct System;

impl Disk for System {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        fs::create_dir(path)
    }
    fn create(&self, path: &Path) -> io::Result<File> {
        File::options().write(true).create_new(true).open(path)
    }
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<usize> {
        io::Write::write(file, bytes)
    }
    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }
    fn name(&self, from: &Path, to: &Path) -> io::Result<()> {
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // Not every file system has it; a second name of the same file is next to it.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                linkat(CWD, from, CWD, to, AtFlags::empty())?;
                fs::remove_file(from)
            }
            named => Ok(named?),
        }
    }
    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

/// A temporary file, written and synced. Dropping it removes it.
pub(super) struct Written<'d> {
    disk: &'d dyn Disk,
    path: TempPath,
}

/// What became of a file that wanted a name.
pub(super) enum Placed<'d> {
    /// It has the name.
    Done,
    /// Another has it.
    Taken(Written<'d>),
}

impl<'d> Written<'d> {
    /// Writes a temporary file in the folder where it will get its name.
    pub fn new(disk: &'d dyn Disk, folder: &Path, content: &str) -> io::Result<Self> {
        let (mut file, path) = Builder::new()
            .prefix(TEMPORARY.0)
            .suffix(TEMPORARY.1)
            .make_in(folder, |path| again(|| disk.create(path)))?
            .into_parts();
        write_all(disk, &mut file, content.as_bytes())?;
        again(|| disk.sync(&file))?;
        Ok(Written { disk, path })
    }
    /// Gives the file its name, unless another has it.
    pub fn persist(mut self, path: &Path) -> io::Result<Placed<'d>> {
        match again(|| self.disk.name(&self.path, path)) {
            Ok(()) => {
                self.path.disable_cleanup(true);
                Ok(Placed::Done)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Placed::Taken(self)),
            Err(error) => Err(error),
        }
    }
    /// Gives the file its name, whoever has it.
    pub fn replace(mut self, path: &Path) -> io::Result<()> {
        again(|| self.disk.replace(&self.path, path))?;
        self.path.disable_cleanup(true);
        Ok(())
    }
}

/// Writes all bytes, however few of them a call takes.
pub(super) fn write_all(disk: &dyn Disk, file: &mut File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match again(|| disk.write(file, bytes))? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            count => bytes = &bytes[count.min(bytes.len())..],
        }
    }
    Ok(())
}

/// Does it again when a signal came in between.
pub(super) fn again<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Takes hold of a file as long as it is open, here or in another process; `false` when another
/// has it. The system lets go of it for a process that dies, so that no hold is ever stale.
pub(super) fn hold(file: &File) -> bool {
    // A file system without locks holds nobody up.
    !matches!(flock(file, FlockOperation::NonBlockingLockExclusive), Err(Errno::WOULDBLOCK))
}

/// Makes names last. Some file systems cannot: the file itself is synced already.
pub(super) fn sync_folder(disk: &dyn Disk, folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = disk.sync(&folder);
    }
}

/// Removes temporary files that nobody will give a name any more. The file system's own clock
/// tells their age: that of this machine may be another.
pub(super) fn sweep(disk: &dyn Disk, folder: &Path) {
    let modified = |path: &Path| fs::symlink_metadata(path).and_then(|it| it.modified()).ok();
    let is_temporary = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(TEMPORARY.0) && name.ends_with(TEMPORARY.1)
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let found: Vec<_> = entries.filter(|path| is_temporary(path)).collect();
    if found.is_empty() {
        return;
    }
    // Where no file can be made, none is in the way either.
    let Ok(now) = Written::new(disk, folder, "") else { return };
    let Some(now) = modified(&now.path) else { return };
    let is_stale = |path: &Path| {
        modified(path).is_some_and(|then| now.duration_since(then).is_ok_and(|age| age > STALE))
    };
    for path in found.iter().filter(|path| is_stale(path)) {
        // Best effort: it is hidden and does no harm.
        let _ = disk.remove(path);
    }
}
