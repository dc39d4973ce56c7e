//! The watch thread: gathers hints, stats, reads, and sends batches.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use super::{
    hints::{Hints, Work},
    notice::Notice,
    read::read,
    scan::{Keys, now_ns},
    walk::{Found, is_gone, kind_of, stamp, walk},
};
use crate::ingest::{
    file::Stamp,
    inventory::{Batch, Change, WatchState},
};

/// What follows the first hint is gathered for one frame: more batches than frames are
/// work that nobody sees.
const FRAME: Duration = Duration::from_millis(16);
/// A turn that took long is followed by as long a rest (a storm costs half a core), but
/// no longer than this.
const MAX_REST: Duration = Duration::from_secs(2);
/// Events can be lost: everything is looked at so often at the least.
const WALK_EVERY: Duration = Duration::from_secs(30);
/// Without events: everything is looked at so often.
const POLL_EVERY: Duration = Duration::from_secs(2);
/// A walk that takes long is not repeated all the time: this many times its length apart.
const POLL_SHARE: u32 = 10;
/// A folder that is not there is looked for so often.
const MISSING_EVERY: Duration = Duration::from_millis(500);
/// A large folder fills in: what was read so far is sent this often …
const FLUSH_EVERY: Duration = Duration::from_millis(50);
/// … or after so many files.
const FLUSH_FILES: usize = 256;
/// Clocks of file systems go in ticks: a change this close to the last one may carry the
/// same stamp, so the bytes are compared.
const TICK_NS: i128 = 20_000_000;
/// Deeply nested documents are parsed by recursion.
const STACK_BYTES: usize = 8 * 1024 * 1024;

/// A running watch. Dropping it ends the thread.
#[derive(Debug)]
pub struct Watcher {
    hints: Arc<Hints>,
}

impl Watcher {
    /// Starts watching. The first batches are the first scan (sent as it goes, so that a
    /// large folder fills in). A folder that is not there is waited for. `send` returns
    /// `false` when nobody listens any more.
    pub fn start(root: PathBuf, send: impl FnMut(Batch) -> bool + Send + 'static) -> io::Result<Self> {
        // The program may change its working directory; the folder stays the same.
        let given = std::path::absolute(root)?;
        let hints = Arc::new(Hints::default());
        let gatherer = Gatherer {
            given,
            hints: Arc::clone(&hints),
            send: Box::new(send),
            root: None,
            known: BTreeMap::new(),
            keys: Keys::default(),
            watch: WatchState::Scanning,
            scan: Some(Instant::now()),
            changes: Vec::new(),
            flushed: Instant::now(),
        };
        thread::Builder::new().name("watch".into()).stack_size(STACK_BYTES).spawn(move || gatherer.run())?;
        Ok(Watcher { hints })
    }
    /// Asks for a full walk now; it is answered by a batch, if only an empty one.
    pub fn rescan(&self) {
        self.hints.ask();
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.hints.stop();
    }
}

/// How a folder on this machine would be watched (for `doctor`).
pub fn probe(folder: &Path) -> io::Result<WatchState> {
    let root = fs::canonicalize(folder)?;
    let mut notice = Notice::new(&root, &Arc::new(Hints::default()));
    walk(&root, Path::new(""), &mut |below| notice.enter(below))?;
    Ok(if notice.is_silent() { WatchState::Polling(POLL_EVERY.as_secs() as u32) } else { WatchState::Live })
}

/// What was read of a file.
struct Known {
    key: Arc<str>,
    stamp: Stamp,
    digest: Arc<str>,
    /// An equal stamp does not prove equal bytes.
    is_doubtful: bool,
}

/// The root that is watched.
struct Root {
    path: PathBuf,
    device: u64,
    inode: u64,
    notice: Notice,
}

/// Nobody listens any more, or the watch was ended.
struct Ended;

struct Gatherer {
    given: PathBuf,
    hints: Arc<Hints>,
    send: Box<dyn FnMut(Batch) -> bool + Send>,
    root: Option<Root>,
    known: BTreeMap<PathBuf, Known>,
    keys: Keys,
    watch: WatchState,
    /// When the first scan began, until it is complete.
    scan: Option<Instant>,
    changes: Vec<Change>,
    flushed: Instant,
}

impl Gatherer {
    fn run(mut self) {
        let mut work = Work::walk();
        let mut walked = Instant::now();
        let mut walk_took = Duration::ZERO;
        loop {
            let began = Instant::now();
            let is_walk = work.walk || work.root;
            if self.turn(&work).is_err() {
                return;
            }
            let ended = Instant::now();
            let took = ended - began;
            if is_walk {
                (walked, walk_took) = (ended, took);
            }
            let every = match self.watch {
                WatchState::Missing => MISSING_EVERY,
                WatchState::Polling(_) => POLL_EVERY.max(walk_took * POLL_SHARE),
                WatchState::Scanning | WatchState::Live => WALK_EVERY,
            };
            let Some(next) = self.hints.wait(ended + took.clamp(FRAME, MAX_REST), walked + every) else {
                return;
            };
            work = next;
        }
    }

    fn turn(&mut self, work: &Work) -> Result<(), Ended> {
        let was = self.watch;
        self.flushed = Instant::now();
        if !self.find_root(work.root) {
            for known in std::mem::take(&mut self.known).into_values() {
                self.changes.push(Change::Removed(known.key));
            }
            self.watch = WatchState::Missing;
            self.scan = None;
            return if was != self.watch || work.is_asked { self.flush() } else { Ok(()) };
        }
        if was == WatchState::Missing {
            self.scan = Some(Instant::now());
        }
        if self.scan.is_some() {
            self.watch = WatchState::Scanning;
        }
        if work.walk || work.root || self.scan.is_some() {
            self.reconcile(Path::new(""))?;
        } else {
            for path in &work.paths {
                self.look(path)?;
            }
        }
        let scan = self.scan.take();
        self.watch = match &self.root {
            None => WatchState::Missing,
            Some(root) if root.notice.is_silent() => WatchState::Polling(POLL_EVERY.as_secs() as u32),
            Some(_) => WatchState::Live,
        };
        if let Some(began) = scan {
            return self.deliver(true, Some(began.elapsed()));
        }
        if self.changes.is_empty() && was == self.watch && !work.is_asked {
            return Ok(());
        }
        self.flush()
    }

    /// Is the root there? Watches it anew when it is another than before.
    fn find_root(&mut self, anew: bool) -> bool {
        let found = fs::canonicalize(&self.given)
            .and_then(|path| fs::metadata(&path).map(|metadata| (path, metadata)))
            .ok()
            .filter(|(_, metadata)| metadata.is_dir());
        let Some((path, metadata)) = found else {
            self.root = None;
            return false;
        };
        let is_same = self.root.as_ref().is_some_and(|root| {
            root.path == path && root.device == metadata.dev() && root.inode == metadata.ino()
        });
        if !is_same || anew {
            let notice = Notice::new(&path, &self.hints);
            self.root = Some(Root { path, device: metadata.dev(), inode: metadata.ino(), notice });
            // Whatever the old watches said is settled by the walk that follows.
            if self.scan.is_none() && !is_same {
                self.scan = Some(Instant::now());
            }
        }
        true
    }

    /// One hint: what is there now?
    fn look(&mut self, path: &Path) -> Result<(), Ended> {
        let Some(root) = &self.root else { return Ok(()) };
        match fs::symlink_metadata(root.path.join(path)) {
            Ok(metadata) if metadata.is_dir() => self.reconcile(path),
            Ok(metadata) if metadata.is_file() => {
                if let Some(kind) = kind_of(path) {
                    self.take(path, Found { kind, stamp: stamp(&metadata) })?;
                }
                self.forget_below(path, |known| known != path);
                Ok(())
            }
            // Gone, or a link or pipe in its place.
            Ok(_) => {
                self.forget_below(path, |_| true);
                Ok(())
            }
            Err(error) => {
                if is_gone(&error) {
                    self.forget_below(path, |_| true);
                }
                Ok(())
            }
        }
    }

    /// Makes what is known of a folder what the folder holds.
    fn reconcile(&mut self, below: &Path) -> Result<(), Ended> {
        let Some(root) = &mut self.root else { return Ok(()) };
        let listed = walk(&root.path, below, &mut |folder| root.notice.enter(folder));
        let listing = match listed {
            Ok(listing) => listing,
            Err(error) => {
                if is_gone(&error) || error.kind() == io::ErrorKind::PermissionDenied {
                    self.forget_below(below, |_| true);
                }
                return Ok(());
            }
        };
        self.forget_below(below, |known| {
            !listing.files.contains_key(known) && !listing.unknown.iter().any(|path| known.starts_with(path))
        });
        for (path, found) in &listing.files {
            self.take(path, *found)?;
        }
        Ok(())
    }

    /// A file is there: reads it when it is new or may have changed.
    fn take(&mut self, path: &Path, found: Found) -> Result<(), Ended> {
        let Some(root) = &self.root else { return Ok(()) };
        let known = self.known.get(path);
        if known.is_some_and(|known| known.stamp == found.stamp && !known.is_doubtful) {
            return Ok(());
        }
        let key = known.map_or_else(|| self.keys.of(path), |known| Arc::clone(&known.key));
        let began_ns = now_ns();
        let Some(reading) = read(&root.path, path, &key, found) else {
            self.forget_below(path, |_| true);
            return Ok(());
        };
        let file = reading.file;
        let is_recent = began_ns - file.stamp.modified_ns.max(file.stamp.changed_ns) < TICK_NS;
        let is_news = known.is_none_or(|known| known.stamp != file.stamp || *known.digest != *file.digest);
        self.known.insert(
            path.to_owned(),
            Known {
                key,
                stamp: file.stamp,
                digest: Arc::clone(&file.digest),
                is_doubtful: reading.is_passing || is_recent,
            },
        );
        if !is_news {
            return Ok(());
        }
        self.changes.push(Change::Read(file));
        if self.changes.len() >= FLUSH_FILES || self.flushed.elapsed() >= FLUSH_EVERY {
            return self.flush();
        }
        if self.hints.is_stopped() { Err(Ended) } else { Ok(()) }
    }

    /// Forgets the files at and below a path for which `is_gone` holds.
    fn forget_below(&mut self, path: &Path, is_gone: impl Fn(&Path) -> bool) {
        let gone: Vec<PathBuf> = self
            .known
            .range(path.to_owned()..)
            .map(|(known, _)| known)
            .take_while(|known| known.starts_with(path))
            .filter(|known| is_gone(known))
            .cloned()
            .collect();
        for path in gone {
            if let Some(known) = self.known.remove(&path) {
                self.changes.push(Change::Removed(known.key));
            }
        }
    }

    fn flush(&mut self) -> Result<(), Ended> {
        self.deliver(false, None)
    }

    /// Many files may go at once: the receiver gets them in pieces, like those that come.
    fn deliver(&mut self, scan_complete: bool, scan_time: Option<Duration>) -> Result<(), Ended> {
        while self.changes.len() > FLUSH_FILES {
            let rest = self.changes.split_off(FLUSH_FILES);
            let piece = std::mem::replace(&mut self.changes, rest);
            self.hand_over(piece, false, None)?;
        }
        let changes = std::mem::take(&mut self.changes);
        self.hand_over(changes, scan_complete, scan_time)
    }

    fn hand_over(
        &mut self,
        changes: Vec<Change>,
        scan_complete: bool,
        scan_time: Option<Duration>,
    ) -> Result<(), Ended> {
        self.flushed = Instant::now();
        let batch = Batch { changes, watch: self.watch, scan_complete, scan_time, now_ns: now_ns() };
        if !self.hints.is_stopped() && (self.send)(batch) { Ok(()) } else { Err(Ended) }
    }
}
