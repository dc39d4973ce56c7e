//! The files as a tree of folders: the same lines in the order of their paths, below rows for
//! the folders.

use std::{sync::Arc, time::Duration};

use super::InventoryTab;
use crate::{
    app::folders::{Folder, Folders, TreeRow},
    metrics::library::Library,
};

impl InventoryTab {
    /// The selected folder of a tree.
    pub fn selected_folder(&self) -> Option<&Folder> {
        match self.folders.as_ref()?.rows.get(self.selected)? {
            TreeRow::Folder(folder) => Some(folder),
            TreeRow::File(..) => None,
        }
    }

    /// The rows of the tree; `None` where the files are a list.
    pub fn tree(&self) -> Option<&[TreeRow]> {
        self.folders.as_ref().map(|folders| folders.rows.as_slice())
    }

    /// Rows of list or tree.
    pub(super) fn count(&self) -> usize {
        self.folders.as_ref().map_or(self.lines.len(), |folders| folders.rows.len())
    }

    /// Shows the files as a tree of folders, or as a list again. The cursor stays on its file.
    pub(in crate::app) fn toggle_tree(&mut self, library: &Library, now: Duration) {
        let chosen = self.selected_file().map(|file| Arc::clone(&file.path));
        if self.folders.take().is_none() {
            self.folders = Some(Folders::default());
            self.is_chosen = true;
        }
        self.refresh(library, now);
        self.follow(chosen, library, now);
    }

    /// Folds the selected folder or unfolds it; of a file the folder that it lies in.
    pub(in crate::app) fn toggle_folder(&mut self, library: &Library, now: Duration) {
        let folder = match (self.selected_folder(), self.selected_file()) {
            (Some(folder), _) => Some(Arc::clone(&folder.path)),
            (None, file) => file.and_then(|file| Some(file.path[..=file.path.rfind('/')?].into())),
        };
        if let (Some(path), Some(folders)) = (folder, &mut self.folders) {
            folders.toggle(&path);
            self.follow(Some(path), library, now);
        }
    }

    /// Folds or unfolds all folders.
    pub(in crate::app) fn fold_folders(&mut self, is_open: bool, library: &Library, now: Duration) {
        let chosen = self.chosen();
        if let Some(folders) = &mut self.folders {
            folders.set_all(&self.lines, is_open);
            self.follow(chosen, library, now);
        }
    }

    /// A tree is in order of the paths: another order is one of the list.
    pub(super) fn leave_tree(&mut self) {
        if self.folders.take().is_some() {
            (self.selected, self.top) = (0, 0);
        }
    }
}
