//! The watch thread: gathers hints, stats, reads, and sends batches.

use std::{
    fs, io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rustix::fs::{Access, FileType, access, lstat};

use super::{
    TICK_NS,
    crew::{STACK_BYTES, read_all},
    hints::{Hints, Scope, Work},
    known::{File, Known},
    mounts::Mounts,
    notice::Notice,
    pace::Pace,
    read::{Before, Order, Reading, is_report},
    scan::{Keys, in_reading_order, now_ns},
    unsettled::{Unsettled, marked},
    walk::{Fresh, file_type, is_gone, kind_of, stamp, walk},
};
use crate::ingest::inventory::{Batch, Change, WatchState};

/// Events can be lost: everything is looked at so often at the least.
const WALK_EVERY: Duration = Duration::from_mins(1);
/// Without events: everything is looked at so often.
const POLL_EVERY: Duration = Duration::from_secs(2);
/// A walk that takes long is not repeated all the time: this many times its length apart.
const POLL_SHARE: u32 = 10;
/// A folder that is not there is looked for so often.
const MISSING_EVERY: Duration = Duration::from_millis(500);
/// What a folder must allow to be listed.
const READABLE: Access = Access::READ_OK.union(Access::EXEC_OK);
/// A large folder fills in: what was read so far is sent this often …
const FLUSH_EVERY: Duration = Duration::from_millis(50);
/// … or after so many files.
const FLUSH_FILES: usize = 256;

/// A running watch. Dropping it ends the thread.
#[derive(Debug)]
pub struct Watcher {
    hints: Arc<Hints>,
    /// `None` where the system does not tell of mounts: the next walk sees them.
    _mounts: Option<Mounts>,
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
            known: Known::default(),
            keys: Keys::default(),
            unsettled: Unsettled::default(),
            watch: WatchState::Scanning,
            scan: Some(Instant::now()),
            left: 0,
            changes: Vec::new(),
            bytes_read: 0,
            flushed: Instant::now(),
        };
        thread::Builder::new().name("watch".into()).stack_size(STACK_BYTES).spawn(move || gatherer.run())?;
        Ok(Watcher { _mounts: Mounts::listen(&hints).ok(), hints })
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
    walk(&root, Path::new(""), &mut Known::default(), &mut |below, _| notice.enter(below))?;
    Ok(if notice.is_silent() { WatchState::Polling(POLL_EVERY.as_secs() as u32) } else { WatchState::Live })
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
    known: Known,
    keys: Keys,
    unsettled: Unsettled,
    watch: WatchState,
    /// When the first scan began, until it is complete.
    scan: Option<Instant>,
    /// Files that it found and did not read yet.
    left: usize,
    changes: Vec<Change>,
    /// Bytes read since the last batch.
    bytes_read: u64,
    flushed: Instant,
}

impl Gatherer {
    fn run(mut self) {
        let mut work = Work::walk();
        let mut walked = Instant::now();
        let mut walk_took = Duration::ZERO;
        let mut pace = Pace::default();
        loop {
            let began = Instant::now();
            let is_walk = work.scope > Scope::Paths || work.root;
            if self.turn(&work).is_err() {
                return;
            }
            let ended = Instant::now();
            if is_walk {
                (walked, walk_took) = (ended, ended - began);
            }
            let every = match self.watch {
                WatchState::Missing => MISSING_EVERY,
                WatchState::Polling(_) => POLL_EVERY.max(walk_took * POLL_SHARE),
                WatchState::Scanning | WatchState::Live => WALK_EVERY,
            };
            let Some(next) = self.hints.wait(pace.next(began, ended), walked + every, self.unsettled.next())
            else {
                return;
            };
            work = next;
        }
    }

    fn turn(&mut self, work: &Work) -> Result<(), Ended> {
        let was = self.watch;
        self.flushed = Instant::now();
        if !self.find_root(work.root) {
            let gone = self.known.forget_folder(Path::new(""));
            self.changes.extend(gone.into_iter().map(Change::Removed));
            self.unsettled = Unsettled::default();
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
        let mut fresh = Vec::new();
        if (work.scope > Scope::Paths || work.root || self.scan.is_some()) && !self.is_all_known(work) {
            let heal = work.scope == Scope::Anew || work.root || self.scan.is_some();
            self.walk(Path::new(""), heal, &mut fresh);
        } else {
            for path in work.paths.iter().chain(&self.unsettled.due(Instant::now())) {
                self.look(path, &mut fresh);
            }
        }
        self.read(fresh)?;
        let scan = self.scan.take();
        self.watch = match &self.root {
            None => WatchState::Missing,
            Some(root) if root.notice.is_silent() => WatchState::Polling(POLL_EVERY.as_secs() as u32),
            Some(_) => WatchState::Live,
        };
        if let Some(began) = scan {
            let scan_time = Some(began.elapsed());
            return self.deliver(&Batch { scan_complete: true, scan_time, ..Batch::default() });
        }
        if self.changes.is_empty() && was == self.watch && !work.is_asked {
            return Ok(());
        }
        self.flush()
    }

    /// May a walk that nobody asked for be left out, because it would find nothing?
    fn is_all_known(&self, work: &Work) -> bool {
        let is_routine = work.scope == Scope::Everything && !work.is_asked && !work.root;
        let Some(root) = self.root.as_ref().filter(|_| is_routine && self.scan.is_none()) else {
            return false;
        };
        self.watch == WatchState::Live
            && self.known.is_as_listed(|path| lstat(root.path.join(path)).ok().map(|stat| stamp(&stat)))
    }

    /// Is the root there? Watches it anew when it is another than before.
    fn find_root(&mut self, anew: bool) -> bool {
        let found = fs::canonicalize(&self.given)
            .and_then(|path| fs::metadata(&path).map(|metadata| (path, metadata)))
            .ok()
            // One that may not be read gets no watch either: nothing would tell when it may be.
            .filter(|(path, metadata)| metadata.is_dir() && access(path, READABLE).is_ok());
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
    fn look(&mut self, path: &Path, fresh: &mut Vec<Fresh>) {
        let Some(root) = &self.root else { return };
        match lstat(root.path.join(path)).map_err(io::Error::from) {
            Ok(stat) if file_type(&stat) == FileType::Directory => self.walk(path, true, fresh),
            Ok(stat) if file_type(&stat) == FileType::RegularFile => {
                let is_known = |file: &File| file.is_unchanged(&stamp(&stat));
                if let Some(kind) = path.file_name().and_then(kind_of)
                    && !self.known.get(path).is_some_and(is_known)
                {
                    fresh.push(Fresh { path: path.to_owned(), kind });
                }
                let gone = self.known.forget_folder(path);
                self.changes.extend(gone.into_iter().map(Change::Removed));
            }
            // Gone, or a link or pipe in its place.
            Ok(_) => self.forget(path),
            Err(error) if is_gone(&error) => self.forget(path),
            Err(_) => {}
        }
    }

    /// Makes what is known of a folder what the folder holds, but for what must be read.
    /// `heal` sets every watch again, also that of a folder that is known.
    fn walk(&mut self, below: &Path, heal: bool, fresh: &mut Vec<Fresh>) {
        let Some(Root { path, notice, .. }) = &mut self.root else { return };
        let enter = &mut |folder: &Path, is_known: bool| {
            if heal || !is_known {
                notice.enter(folder);
            }
        };
        match walk(path, below, &mut self.known, enter) {
            Ok(news) => {
                self.changes.extend(news.gone.into_iter().map(Change::Removed));
                fresh.extend(news.fresh);
                for folder in news.replaced {
                    if folder.as_os_str().is_empty() { self.hints.root() } else { self.hints.path(folder) }
                }
            }
            Err(error) if is_gone(&error) || error.kind() == io::ErrorKind::PermissionDenied => {
                // Nothing watches the root now, and another may be in its place already.
                if below.as_os_str().is_empty() && is_gone(&error) {
                    self.hints.root();
                }
                self.forget(below);
            }
            Err(_) => {}
        }
    }

    /// Forgets what is at a path and below it.
    fn forget(&mut self, path: &Path) {
        let gone = self.known.forget(path).into_iter().chain(self.known.forget_folder(path));
        self.changes.extend(gone.map(Change::Removed));
    }

    /// Reads what is new or may have changed, files with measured values first.
    fn read(&mut self, fresh: Vec<Fresh>) -> Result<(), Ended> {
        let Some(root) = self.root.as_ref().map(|root| root.path.clone()) else { return Ok(()) };
        if self.scan.is_some() {
            self.left = fresh.len();
        }
        let (measured, documents) = in_reading_order(fresh);
        let has_documents = !documents.is_empty();
        self.read_in_order(&root, measured)?;
        if let Some(began) = self.scan {
            let measured_time = Some(began.elapsed());
            self.deliver(&Batch { measured_time, ..Batch::default() })?;
        } else if has_documents && !self.changes.is_empty() {
            self.flush()?;
        }
        self.read_in_order(&root, documents)
    }

    fn read_in_order(&mut self, root: &Path, files: Vec<Fresh>) -> Result<(), Ended> {
        let orders: Vec<Order> = files.into_iter().map(|fresh| self.order(fresh)).collect();
        read_all(root, &orders, &mut |at, reading| self.take(&orders[at].fresh.path, reading))
    }

    fn order(&mut self, fresh: Fresh) -> Order {
        let before = self.known.get(&fresh.path).map(|known| Before {
            file: Arc::clone(&known.report),
            stamp: known.stamp,
            tail: known.tail.clone(),
        });
        let key = match &before {
            Some(before) => Arc::clone(&before.file.path),
            None => self.keys.of(&fresh.path),
        };
        Order { fresh, key, before }
    }

    /// A file was read, or is gone after all.
    fn take(&mut self, path: &Path, reading: Option<Reading>) -> Result<(), Ended> {
        self.left = self.left.saturating_sub(1);
        let Some(Reading { file, tail, is_passing, bytes, began_ns }) = reading else {
            self.forget(path);
            return Ok(());
        };
        self.bytes_read += bytes;
        let known = self.known.get_mut(path);
        if let Some(known) = known
            && self.unsettled.holds_back(path, &known.report, &file, began_ns)
        {
            known.stamp = file.stamp;
            known.is_doubtful = true;
            known.tail = None;
            if !known.is_marked {
                known.is_marked = true;
                self.changes.push(Change::Read(Arc::new(marked(&known.report, file.stamp))));
            }
            return Ok(());
        }
        let is_recent = began_ns - file.stamp.modified_ns.max(file.stamp.changed_ns) < TICK_NS;
        let is_news = self.known.get(path).is_none_or(|known| {
            known.is_marked || known.stamp != file.stamp || *known.report.digest != *file.digest
        });
        let is_listed = is_report(&file);
        let was_listed = self.known.get(path).is_some_and(|known| known.is_listed);
        let known = File {
            // Its tables are wanted again only to read on behind them.
            report: if tail.is_some() { Arc::clone(&file) } else { Arc::new(file.light()) },
            stamp: file.stamp,
            is_doubtful: is_passing || is_recent,
            is_listed,
            is_marked: false,
            seen: 0,
            tail,
        };
        self.known.insert(path, known);
        match (was_listed, is_listed) {
            (_, true) if is_news => self.changes.push(Change::Read(file)),
            (true, false) => self.changes.push(Change::Removed(Arc::clone(&file.path))),
            _ => return Ok(()),
        }
        if self.changes.len() >= FLUSH_FILES || self.flushed.elapsed() >= FLUSH_EVERY {
            return self.flush();
        }
        if self.hints.is_stopped() { Err(Ended) } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), Ended> {
        self.deliver(&Batch::default())
    }

    /// Many files may go at once: the receiver gets them in pieces, like those that come.
    fn deliver(&mut self, last: &Batch) -> Result<(), Ended> {
        while self.changes.len() > FLUSH_FILES {
            let rest = self.changes.split_off(FLUSH_FILES);
            let changes = std::mem::replace(&mut self.changes, rest);
            self.hand_over(Batch { changes, ..Batch::default() })?;
        }
        let changes = std::mem::take(&mut self.changes);
        self.hand_over(Batch { changes, ..*last })
    }

    fn hand_over(&mut self, batch: Batch) -> Result<(), Ended> {
        self.flushed = Instant::now();
        let bytes_read = std::mem::take(&mut self.bytes_read);
        let batch = Batch { watch: self.watch, left: self.left, bytes_read, now_ns: now_ns(), ..batch };
        if !self.hints.is_stopped() && (self.send)(batch) { Ok(()) } else { Err(Ended) }
    }
}
