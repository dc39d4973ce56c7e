//! The system's events made into hints. One watch a folder, set before the folder is
//! listed: nothing that happens in between is missed.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use notify::{
    Config, ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
    event::{AccessKind, AccessMode, CreateKind, ModifyKind},
};

use super::{
    hints::Hints,
    walk::{is_hidden, kind_of},
};

/// File systems that tell nothing of what other machines do: NFS, SMB, CIFS, SMB2, FUSE,
/// 9P, Ceph, AFS. Their numbers are those of `statfs(2)`.
#[cfg(target_os = "linux")]
const SILENT_FILE_SYSTEMS: [u32; 8] =
    [0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42, 0x6573_5546, 0x0102_1997, 0x00C3_6400, 0x5346_414F];

/// The watches of one root.
pub(super) struct Notice {
    root: PathBuf,
    hints: Arc<Hints>,
    watcher: Option<RecommendedWatcher>,
    is_silent: bool,
}

impl Notice {
    /// Watches nothing yet; [`Notice::enter`] sets the watches.
    pub fn new(root: &Path, hints: &Arc<Hints>) -> Self {
        let (below, listeners) = (root.to_owned(), Arc::clone(hints));
        let heard = move |event: notify::Result<Event>| match event {
            Ok(event) => hear(&event, &below, &listeners),
            Err(_) => listeners.lost(),
        };
        let config = Config::default().with_follow_symlinks(false);
        let watcher = RecommendedWatcher::new(heard, config).ok();
        let is_silent = watcher.is_none() || is_silent(root);
        Notice { root: root.to_owned(), hints: Arc::clone(hints), watcher, is_silent }
    }

    /// Watches a folder (relative to the root). Doing it again is cheap and heals what
    /// was lost when a folder was replaced by another of its name.
    pub fn enter(&mut self, folder: &Path) {
        let Some(watcher) = &mut self.watcher else { return };
        let Err(error) = watcher.watch(&self.root.join(folder), RecursiveMode::NonRecursive) else { return };
        let kind = match error.kind {
            ErrorKind::PathNotFound => io::ErrorKind::NotFound,
            ErrorKind::Io(error) => error.kind(),
            _ => io::ErrorKind::Other,
        };
        match kind {
            // It went away this instant, and may be back before it is listed: no watch
            // would tell. It is looked at again.
            io::ErrorKind::NotFound if folder.as_os_str().is_empty() => self.hints.root(),
            io::ErrorKind::NotFound => self.hints.path(folder.to_owned()),
            // What may not be entered is not listed either.
            io::ErrorKind::PermissionDenied => {}
            _ => self.is_silent = true,
        }
    }

    /// Are there changes that no event tells of?
    pub fn is_silent(&self) -> bool {
        self.is_silent
    }
}

fn hear(event: &Event, root: &Path, hints: &Hints) {
    if event.need_rescan() {
        hints.lost();
        return;
    }
    // Of a file alone: another name than a report file's is nobody's business.
    let is_file = match event.kind {
        // Reading is no change; the program's own reads would wake it for ever.
        EventKind::Access(AccessKind::Close(AccessMode::Write))
        | EventKind::Modify(ModifyKind::Data(_))
        | EventKind::Create(CreateKind::File) => true,
        EventKind::Access(_) => return,
        _ => false,
    };
    for path in &event.paths {
        let Ok(relative) = path.strip_prefix(root) else { continue };
        if relative.as_os_str().is_empty() {
            hints.root();
        } else if !relative.iter().any(is_hidden)
            && (!is_file || relative.file_name().and_then(kind_of).is_some())
        {
            hints.path(relative.to_owned());
        }
    }
}

#[cfg(target_os = "linux")]
fn is_silent(root: &Path) -> bool {
    // The type's width differs between machines; the numbers have 32 bits.
    rustix::fs::statfs(root).is_ok_and(|system| SILENT_FILE_SYSTEMS.contains(&(system.f_type as u32)))
}

#[cfg(not(target_os = "linux"))]
fn is_silent(_root: &Path) -> bool {
    false
}
