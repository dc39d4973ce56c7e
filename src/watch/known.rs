//! What is known of the folder's files, folder by folder: a walk compares each entry with
//! one look-up by its name, and allocates for what is new alone.

use std::{
    collections::{BTreeMap, HashMap},
    ffi::OsStr,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::tail::Tail;
use crate::ingest::{file::Stamp, inventory::ReportFile};

/// A text of so many bytes says what it is.
const TELLING_BYTES: u64 = 64 * 1024;

/// What was read of a file.
#[derive(Debug)]
pub(super) struct File {
    /// The last content that is whole, or what could be read of it.
    pub report: Arc<ReportFile>,
    /// Which bytes were looked at last.
    pub stamp: Stamp,
    /// An equal stamp does not prove equal bytes.
    pub is_doubtful: bool,
    /// The inventory has it. A text that nothing knows how to read is only remembered, so
    /// that it is not read over and over.
    pub is_listed: bool,
    /// It is shown as still being written, with the rows of `report`.
    pub is_marked: bool,
    /// Number of the walk that saw it last.
    pub seen: u32,
    /// Where reading goes on when it grows.
    pub tail: Option<Box<Tail>>,
}

impl File {
    /// Does the stamp say that there is nothing new to read?
    pub fn is_unchanged(&self, now: &Stamp) -> bool {
        let before = &self.stamp;
        // What is not recognised by so much of it will not be by what is appended.
        let is_same = (before.device, before.inode) == (now.device, now.inode);
        let is_foreign = !self.is_listed && is_same && before.length >= TELLING_BYTES;
        (before == now && !self.is_doubtful) || (is_foreign && now.length >= before.length)
    }

    fn listed(&self) -> Option<Arc<str>> {
        self.is_listed.then(|| Arc::clone(&self.report.path))
    }
}

/// The files of one folder by their names.
#[derive(Debug, Default)]
pub(super) struct Folder {
    pub files: HashMap<Box<OsStr>, File>,
    /// Device and inode when it was listed.
    pub identity: Option<(u64, u64)>,
    /// What it was when it was listed, if a change of its entries would show in that.
    pub listed: Option<Stamp>,
    /// Number of the walk that listed it last.
    seen: u32,
}

/// The files by path relative to the root.
#[derive(Debug, Default)]
pub(super) struct Known {
    folders: BTreeMap<PathBuf, Folder>,
    walks: u32,
    /// A folder that is there could not be listed.
    pub has_unlisted: bool,
}

impl Known {
    /// One file.
    pub fn get(&self, path: &Path) -> Option<&File> {
        self.folders.get(parent(path))?.files.get(path.file_name()?)
    }
    /// One file, to be changed.
    pub fn get_mut(&mut self, path: &Path) -> Option<&mut File> {
        self.folders.get_mut(parent(path))?.files.get_mut(path.file_name()?)
    }
    /// Takes a file in.
    pub fn insert(&mut self, path: &Path, mut file: File) {
        let Some(name) = path.file_name() else { return };
        file.seen = self.walks;
        if let Some(known) = self.get_mut(path) {
            *known = file;
            return;
        }
        let folder = match self.folders.get_mut(parent(path)) {
            Some(folder) => folder,
            None => self.folders.entry(parent(path).to_owned()).or_default(),
        };
        folder.files.insert(name.into(), file);
    }
    /// Forgets a file, and nothing below its path.
    pub fn forget(&mut self, path: &Path) -> Option<Arc<str>> {
        self.folders.get_mut(parent(path))?.files.remove(path.file_name()?)?.listed()
    }
    /// Forgets the files of a folder and those below it; their paths in order.
    pub fn forget_folder(&mut self, path: &Path) -> Vec<Arc<str>> {
        let folders: Vec<PathBuf> = self.at_or_below(path).map(|(path, _)| path.clone()).collect();
        let mut gone = Vec::new();
        for folder in folders {
            self.forget_files(&folder, &mut gone);
        }
        gone.sort_unstable();
        gone
    }
    /// Would a walk find all as it is known? A stat for each folder and file says so without
    /// opening any: opening a folder is an event that wakes whoever watches it.
    pub fn is_as_listed(&self, stat: impl Fn(&Path) -> Option<Stamp>) -> bool {
        let is_same = |path: &PathBuf, folder: &Folder| {
            folder.listed.is_some()
                && stat(path) == folder.listed
                && folder.files.iter().all(|(name, file)| {
                    stat(&path.join(Path::new(&**name))).is_some_and(|now| file.is_unchanged(&now))
                })
        };
        !self.has_unlisted
            && !self.folders.is_empty()
            && self.folders.iter().all(|(path, folder)| is_same(path, folder))
    }
    /// Number of the walk that begins.
    pub fn next_walk(&mut self) -> u32 {
        self.walks = self.walks.wrapping_add(1);
        self.walks
    }
    /// Lends a folder's files to the walk that lists it.
    pub fn take_folder(&mut self, path: &Path) -> Folder {
        self.folders.get_mut(path).map(std::mem::take).unwrap_or_default()
    }
    /// Takes them back; `walk` says that it was listed to its end, so that files which were
    /// not seen are `gone`.
    pub fn put_folder(
        &mut self,
        path: &Path,
        mut folder: Folder,
        walk: Option<u32>,
        gone: &mut Vec<Arc<str>>,
    ) {
        if let Some(walk) = walk {
            folder.seen = walk;
            folder.files.retain(|_, file| {
                if file.seen != walk {
                    gone.extend(file.listed());
                }
                file.seen == walk
            });
        }
        match self.folders.get_mut(path) {
            Some(known) => *known = folder,
            None => {
                self.folders.insert(path.to_owned(), folder);
            }
        }
    }
    /// Forgets the folders below a path that the walk did not list, but for those of which
    /// it could not know.
    pub fn forget_unseen(&mut self, below: &Path, walk: u32, unknown: &[PathBuf]) -> Vec<Arc<str>> {
        let is_unknown = |path: &Path| unknown.iter().any(|unknown| path.starts_with(unknown));
        let folders: Vec<PathBuf> = self
            .at_or_below(below)
            .filter(|(path, folder)| folder.seen != walk && !is_unknown(path))
            .map(|(path, _)| path.clone())
            .collect();
        let mut gone = Vec::new();
        for folder in folders {
            self.forget_files(&folder, &mut gone);
        }
        gone
    }

    fn at_or_below<'a>(&'a self, path: &'a Path) -> impl Iterator<Item = (&'a PathBuf, &'a Folder)> {
        self.folders.range(path.to_owned()..).take_while(move |(folder, _)| folder.starts_with(path))
    }

    fn forget_files(&mut self, folder: &Path, gone: &mut Vec<Arc<str>>) {
        let files = self.folders.remove(folder).map(|folder| folder.files).unwrap_or_default();
        gone.extend(files.values().filter_map(File::listed));
    }
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;

    use rustix::fs::lstat;

    use super::*;
    use crate::watch::walk::{stamp, walk};

    #[test]
    fn a_folder_is_as_listed_until_something_is_done_in_it() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("a/b")).unwrap();
        let mut known = Known::default();
        let stat = |path: &Path| lstat(root.path().join(path)).ok().map(|stat| stamp(&stat));
        assert!(!known.is_as_listed(stat), "nothing was listed");
        let list = |known: &mut Known| drop(walk(root.path(), Path::new(""), known, &mut |_, _| {}).unwrap());
        // Right after a change a second one may not show, so a listing then proves nothing.
        let list_late = |known: &mut Known| {
            list(known);
            while !known.is_as_listed(stat) {
                list(known);
            }
        };
        list_late(&mut known);
        assert!(known.is_as_listed(stat));
        fs::write(root.path().join("a/b/new.csv"), "x\n1\n").unwrap();
        assert!(!known.is_as_listed(stat));
        fs::remove_dir_all(root.path().join("a/b")).unwrap();
        list_late(&mut known);
        assert!(known.is_as_listed(stat));
        known.has_unlisted = true;
        assert!(!known.is_as_listed(stat));
    }
}
