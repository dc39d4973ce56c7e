//! The files as a tree of their folders: what a folder holds is summed beside it.

use std::{collections::BTreeSet, sync::Arc};

use super::inventory::FileLine;
use crate::{metrics::format, text::sanitize::Shown};

/// One row of the tree.
#[derive(Clone, Debug)]
pub enum TreeRow {
    /// A folder.
    Folder(Folder),
    /// A file: its line in the list, and folders around it.
    File(usize, usize),
}

/// A folder and what lies in it, whatever the depth.
#[derive(Clone, Debug)]
pub struct Folder {
    /// Its path, with `/` at its end.
    pub path: Arc<str>,
    /// Its own name.
    pub name: Shown,
    /// Folders around it.
    pub depth: usize,
    /// Files in it.
    pub files: u64,
    /// Their rows.
    pub rows: u64,
    /// Their bytes, as text.
    pub size: String,
    /// Files in it with problems.
    pub faulty: u64,
    /// When the newest of them changed, nanoseconds since 1970.
    pub newest_ns: i128,
    /// Its content is not shown.
    pub is_folded: bool,
    bytes: u64,
}

/// The tree as it is seen.
#[derive(Debug, Default)]
pub(super) struct Folders {
    pub rows: Vec<TreeRow>,
    folded: BTreeSet<Arc<str>>,
}

impl Folders {
    /// Makes the rows of lines in order of their paths. No line is made for it.
    pub fn lay_out(&mut self, lines: &[FileLine]) {
        self.rows.clear();
        // All folders so far, and those around the file at hand.
        let mut seen: Vec<Folder> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut is_row: Vec<bool> = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let path = &*line.file.path;
            while open.last().is_some_and(|&folder| !path.starts_with(&*seen[folder].path)) {
                open.pop();
            }
            let mut start = open.last().map_or(0, |&folder| seen[folder].path.len());
            while let Some(end) = path[start..].find('/').map(|length| start + length + 1) {
                let folder = Folder {
                    path: path[..end].into(),
                    name: Shown::new(&path[start..end]),
                    depth: open.len(),
                    files: 0,
                    rows: 0,
                    size: String::new(),
                    faulty: 0,
                    newest_ns: i128::MIN,
                    is_folded: self.folded.contains(&path[..end]),
                    bytes: 0,
                };
                let is_seen = !open.iter().any(|&around| seen[around].is_folded);
                is_row.push(is_seen);
                if is_seen {
                    self.rows.push(TreeRow::Folder(folder.clone()));
                }
                open.push(seen.len());
                seen.push(folder);
                start = end;
            }
            for &folder in &open {
                seen[folder].add(line);
            }
            if !open.iter().any(|&around| seen[around].is_folded) {
                self.rows.push(TreeRow::File(at, open.len()));
            }
        }
        let mut sums = seen.into_iter().zip(is_row).filter(|(_, is_row)| *is_row);
        for row in &mut self.rows {
            if let TreeRow::Folder(folder) = row
                && let Some((sum, _)) = sums.next()
            {
                *folder = Folder { size: format::bytes(sum.bytes), ..sum };
            }
        }
    }

    /// Folds a folder or unfolds it.
    pub fn toggle(&mut self, path: &Arc<str>) {
        if !self.folded.remove(path) {
            self.folded.insert(Arc::clone(path));
        }
    }

    /// Folds every folder of these lines, or none.
    pub fn set_all(&mut self, lines: &[FileLine], is_open: bool) {
        self.folded.clear();
        if !is_open {
            let paths = lines.iter().map(|line| &*line.file.path);
            self.folded =
                paths.flat_map(|path| path.match_indices('/').map(|(at, _)| path[..=at].into())).collect();
        }
    }

    /// Unfolds what a file lies in.
    pub fn reveal(&mut self, path: &str) {
        self.folded.retain(|folder| !path.starts_with(&**folder));
    }

    /// The row of a file or a folder, or of the folded folder that it lies in.
    pub fn row_of(&self, path: &str, lines: &[FileLine]) -> Option<usize> {
        let is_it = |row: &TreeRow| match row {
            TreeRow::Folder(folder) => {
                *folder.path == *path || folder.is_folded && path.starts_with(&*folder.path)
            }
            TreeRow::File(line, _) => lines.get(*line).is_some_and(|line| *line.file.path == *path),
        };
        self.rows.iter().position(is_it)
    }
}

impl Folder {
    fn add(&mut self, line: &FileLine) {
        self.files += 1;
        self.rows += line.file.document.rows();
        self.bytes += line.file.stamp.length;
        self.faulty += u64::from(!line.file.document.problems.is_empty());
        self.newest_ns = self.newest_ns.max(line.file.stamp.modified_ns);
    }
}
