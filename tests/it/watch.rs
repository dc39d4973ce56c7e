//! A real folder, watched.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod live;

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs,
    io::Write as _,
    os::unix::{ffi::OsStrExt as _, fs::PermissionsExt as _, fs::symlink},
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use chimera_insight::{
    ingest::{
        file::Status,
        inventory::{Batch, Change, ReportFile, WatchState},
    },
    watch::{
        gather::Watcher,
        scan::{ScanError, scan, scan_once},
    },
};
use libtest_mimic::Trial;

use crate::support::test;

/// Long enough for a machine that is busy with other things.
const DEADLINE: Duration = Duration::from_secs(30);

pub fn tests() -> Vec<Trial> {
    let mut tests = folder_tests();
    tests.extend(live::tests());
    tests
}

fn folder_tests() -> Vec<Trial> {
    vec![
        test("watch::scan_lists_known_kinds_only", || {
            scan_lists_known_kinds_only();
            Ok(())
        }),
        test("watch::scan_never_follows_or_blocks", || {
            scan_never_follows_or_blocks();
            Ok(())
        }),
        test("watch::scan_of_no_folder_is_an_error", || {
            scan_of_no_folder_is_an_error();
            Ok(())
        }),
        test("watch::scan_keeps_names_that_are_not_utf8_apart", || {
            scan_keeps_names_that_are_not_utf8_apart();
            Ok(())
        }),
        test("watch::scan_reports_what_it_may_not_read", || {
            scan_reports_what_it_may_not_read();
            Ok(())
        }),
        test("watch::a_large_folder_fills_in", || {
            a_large_folder_fills_in();
            Ok(())
        }),
        test("watch::files_come_change_and_go", || {
            files_come_change_and_go();
            Ok(())
        }),
        test("watch::same_length_rewrites_are_seen", || {
            same_length_rewrites_are_seen();
            Ok(())
        }),
        test("watch::folders_come_move_and_go", || {
            folders_come_move_and_go();
            Ok(())
        }),
        test("watch::a_file_becomes_a_link_and_a_folder", || {
            a_file_becomes_a_link_and_a_folder();
            Ok(())
        }),
        test("watch::a_storm_ends_in_the_right_state", || {
            a_storm_ends_in_the_right_state();
            Ok(())
        }),
        test("watch::the_folder_vanishes_and_returns", || {
            the_folder_vanishes_and_returns();
            Ok(())
        }),
        test("watch::a_folder_that_is_not_there_is_waited_for", || {
            a_folder_that_is_not_there_is_waited_for();
            Ok(())
        }),
        test("watch::a_linked_root_is_watched", || {
            a_linked_root_is_watched();
            Ok(())
        }),
        test("watch::a_rescan_is_answered", || {
            a_rescan_is_answered();
            Ok(())
        }),
        test("watch::reading_wakes_nobody", || {
            reading_wakes_nobody();
            Ok(())
        }),
    ]
}

/// A watched folder and all that was heard of it.
pub struct Watched {
    batches: mpsc::Receiver<Batch>,
    files: BTreeMap<Arc<str>, Arc<ReportFile>>,
    watch: WatchState,
    completed: usize,
    heard: usize,
    /// Bytes that were read in all.
    bytes_read: u64,
    watcher: Watcher,
}

impl Watched {
    fn start(root: &Path) -> Self {
        let (sender, batches) = mpsc::sync_channel(64);
        let watcher = Watcher::start(root.to_owned(), move |batch| sender.send(batch).is_ok()).unwrap();
        Watched {
            batches,
            files: BTreeMap::new(),
            watch: WatchState::Scanning,
            completed: 0,
            heard: 0,
            bytes_read: 0,
            watcher,
        }
    }
    /// The same, when the first scan is through.
    pub fn settled(root: &Path) -> Self {
        let mut watched = Self::start(root);
        watched.eventually("first scan", |watched| watched.completed == 1);
        watched
    }
    fn eventually(&mut self, what: &str, is_so: impl Fn(&Watched) -> bool) {
        let deadline = Instant::now() + DEADLINE;
        while !is_so(self) {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(batch) = self.batches.recv_timeout(left) else {
                panic!("{what}: not within {DEADLINE:?}; {:?} {:?}", self.watch, self.files.keys());
            };
            self.apply(&batch);
        }
    }
    fn apply(&mut self, batch: &Batch) {
        for change in &batch.changes {
            match change {
                Change::Read(file) => {
                    self.files.insert(Arc::clone(&file.path), Arc::clone(file));
                }
                Change::Removed(path) => {
                    assert!(self.files.remove(path).is_some(), "{path} was never there");
                }
            }
        }
        self.watch = batch.watch;
        self.completed += usize::from(batch.scan_complete);
        self.heard += 1;
        self.bytes_read += batch.bytes_read;
    }
    fn digest(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(|file| &*file.digest)
    }
    fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }
    /// The state that a scan finds.
    pub fn settles_as_scanned(&mut self, root: &Path) {
        let scanned = digests(&scan_once(root).unwrap());
        self.eventually("the state that a scan finds", |watched| {
            let state: BTreeMap<String, String> = watched
                .files
                .iter()
                .map(|(path, file)| (path.to_string(), file.digest.to_string()))
                .collect();
            state == scanned
        });
    }
}

fn digests(batch: &Batch) -> BTreeMap<String, String> {
    files(batch).iter().map(|file| (file.path.to_string(), file.digest.to_string())).collect()
}

fn files(batch: &Batch) -> Vec<Arc<ReportFile>> {
    let file = |change: &Change| match change {
        Change::Read(file) => Arc::clone(file),
        Change::Removed(path) => panic!("{path} removed in a scan"),
    };
    batch.changes.iter().map(file).collect()
}

fn paths(batch: &Batch) -> Vec<String> {
    files(batch).iter().map(|file| file.path.to_string()).collect()
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let temporary = tempfile::tempdir().unwrap();
    let root = temporary.path().join("reports");
    fs::create_dir(&root).unwrap();
    (temporary, root)
}

fn write(path: &Path, content: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

fn scan_lists_known_kinds_only() {
    let (_temporary, root) = folder();
    for name in [
        "a.csv",
        "B.TSV",
        "c.Json",
        "d.jsonl",
        "e.NDJSON",
        "f.md",
        "g.Markdown",
        "deep/er/h.csv",
        "i.csv.tmp",
        "j.partial",
        "k.png",
        "l",
        "notes.txt",
        ".hidden.csv",
        ".git/m.csv",
    ] {
        write(&root.join(name), "x\n1\n");
    }
    fs::create_dir(root.join("folder.csv")).unwrap();
    let batch = scan_once(&root).unwrap();
    let expected = ["B.TSV", "a.csv", "c.Json", "d.jsonl", "deep/er/h.csv", "e.NDJSON", "f.md", "g.Markdown"];
    assert_eq!(paths(&batch), expected);
    assert!(batch.scan_complete);
    let csv = &files(&batch)[1];
    // The SHA-256 of "x\n1\n".
    assert_eq!(&*csv.digest, sha256_of("x\n1\n"));
    assert_eq!((csv.stamp.length, csv.generated), (4, false));
}

fn sha256_of(text: &str) -> &'static str {
    assert_eq!(text, "x\n1\n");
    "daff832f802000e645771a60983c76c963f6ee602a6230e45237bd360e91cc1a"
}

fn scan_never_follows_or_blocks() {
    let (temporary, root) = folder();
    write(&temporary.path().join("outside/secret.csv"), "x\n1\n");
    write(&root.join("plain.csv"), "x\n1\n");
    write(&root.join("chimera_insight/own.md"), "# report\n");
    symlink(temporary.path().join("outside/secret.csv"), root.join("link.csv")).unwrap();
    symlink(temporary.path().join("outside"), root.join("linked")).unwrap();
    symlink(&root, root.join("loop")).unwrap();
    symlink("nowhere", root.join("dangling.json")).unwrap();
    fifo(&root.join("pipe.csv"));
    let scan = scan(&root).unwrap();
    assert_eq!(paths(&scan.batch), ["chimera_insight/own.md", "plain.csv"]);
    assert_eq!(files(&scan.batch).iter().map(|file| file.generated).collect::<Vec<_>>(), [true, false]);
    let mut skipped: Vec<String> = scan
        .skipped
        .iter()
        .map(|skipped| format!("{}: {}", skipped.path.display(), skipped.reason))
        .collect();
    skipped.sort();
    assert_eq!(
        skipped,
        [
            "dangling.json: not read: a symbolic link",
            "link.csv: not read: a symbolic link",
            "pipe.csv: not read: a named pipe",
        ]
    );
}

fn scan_of_no_folder_is_an_error() {
    let (_temporary, root) = folder();
    let Err(ScanError::Folder { source, .. }) = scan_once(&root.join("nowhere")) else {
        panic!("a folder that is not there was scanned")
    };
    assert_eq!(source.kind(), std::io::ErrorKind::NotFound);
    write(&root.join("file.csv"), "x\n1\n");
    assert!(scan_once(&root.join("file.csv")).is_err());
}

fn scan_keeps_names_that_are_not_utf8_apart() {
    let (_temporary, root) = folder();
    let names: [&[u8]; 2] = [b"a\xfe.csv", b"a\xff.csv"];
    for name in names {
        fs::write(root.join(OsStr::from_bytes(name)), "x\n1\n").unwrap();
    }
    let batch = scan_once(&root).unwrap();
    assert_eq!(paths(&batch), ["a\u{FFFD}.csv", "a\u{FFFD}.csv (2)"]);
    let os_paths: Vec<PathBuf> = files(&batch).iter().map(|file| file.os_path.clone()).collect();
    assert_eq!(os_paths, names.map(|name| PathBuf::from(OsStr::from_bytes(name))));
}

fn scan_reports_what_it_may_not_read() {
    let (_temporary, root) = folder();
    write(&root.join("closed.csv"), "x\n1\n");
    write(&root.join("open.csv"), "x\n1\n");
    let large = fs::File::create(root.join("large.json")).unwrap();
    large.set_len(65 * 1024 * 1024).unwrap();
    fs::set_permissions(root.join("closed.csv"), fs::Permissions::from_mode(0o000)).unwrap();
    let is_root = fs::read(root.join("closed.csv")).is_ok();
    let batch = scan_once(&root).unwrap();
    let status: BTreeMap<String, Status> =
        files(&batch).iter().map(|file| (file.path.to_string(), file.status)).collect();
    assert_eq!(status["large.json"], Status::Skipped);
    assert_eq!(files(&batch)[1].document.problems.len(), 1);
    // Whoever may read everything is not stopped by a mode.
    let expected = if is_root { status["open.csv"] } else { Status::Error };
    assert_eq!(status["closed.csv"], expected);
}

fn a_large_folder_fills_in() {
    let (_temporary, root) = folder();
    for number in 0..600 {
        write(&root.join(format!("{number}.csv")), "x\n1\n");
    }
    let watched = Watched::settled(&root);
    assert_eq!(watched.files.len(), 600);
    assert!(watched.heard > 1, "sent as it goes");
    assert_eq!(watched.watch, WatchState::Live);
}

fn files_come_change_and_go() {
    let (_temporary, root) = folder();
    let mut watched = Watched::settled(&root);
    assert!(watched.files.is_empty());
    write(&root.join("a.csv"), "x\n1\n");
    watched.eventually("a new file", |watched| watched.digest("a.csv") == Some(sha256_of("x\n1\n")));
    fs::OpenOptions::new().append(true).open(root.join("a.csv")).unwrap().write_all(b"2\n").unwrap();
    watched.eventually("an append", |watched| watched.files["a.csv"].stamp.length == 6);
    fs::rename(root.join("a.csv"), root.join("b.csv")).unwrap();
    watched.eventually("a rename", |watched| watched.has("b.csv") && !watched.has("a.csv"));
    // As editors save.
    write(&root.join(".b.csv.swp"), "x\n9\n9\n9\n");
    fs::rename(root.join(".b.csv.swp"), root.join("b.csv")).unwrap();
    watched.eventually("a replacement", |watched| watched.files["b.csv"].stamp.length == 8);
    fs::File::create(root.join("b.csv")).unwrap();
    watched.eventually("a truncation", |watched| watched.files["b.csv"].stamp.length == 0);
    fs::remove_file(root.join("b.csv")).unwrap();
    watched.eventually("a removal", |watched| watched.files.is_empty());
    fifo(&root.join("pipe.csv"));
    write(&root.join("last.csv"), "x\n1\n");
    watched.eventually("files beside a pipe", |watched| watched.files.keys().eq([&Arc::from("last.csv")]));
}

fn same_length_rewrites_are_seen() {
    let (_temporary, root) = folder();
    let mut watched = Watched::settled(&root);
    for number in 0..200 {
        write(&root.join("a.csv"), &format!("x\n{number:03}\n"));
    }
    watched.settles_as_scanned(&root);
}

fn folders_come_move_and_go() {
    let (temporary, root) = folder();
    let mut watched = Watched::settled(&root);
    // Made elsewhere and moved in whole: no event tells of the files inside.
    write(&temporary.path().join("ready/one/a.csv"), "x\n1\n");
    write(&temporary.path().join("ready/two/b.csv"), "x\n1\n");
    fs::rename(temporary.path().join("ready"), root.join("in")).unwrap();
    watched.eventually("a folder moved in", |watched| {
        watched.has("in/one/a.csv") && watched.has("in/two/b.csv")
    });
    fs::rename(root.join("in/one"), root.join("moved")).unwrap();
    watched
        .eventually("a folder moved", |watched| watched.has("moved/a.csv") && !watched.has("in/one/a.csv"));
    write(&root.join("moved/a.csv"), "x\n1\n2\n");
    watched
        .eventually("a change in a moved folder", |watched| watched.files["moved/a.csv"].stamp.length == 6);
    write(&root.join("in/one/c.csv"), "x\n1\n");
    watched.eventually("the old name used again", |watched| watched.has("in/one/c.csv"));
    write(&root.join("in/one/d.csv"), "x\n1\n");
    watched.eventually("and watched again", |watched| watched.has("in/one/d.csv"));
    fs::rename(root.join("in"), temporary.path().join("out")).unwrap();
    watched.eventually("a folder moved out", |watched| watched.files.keys().eq([&Arc::from("moved/a.csv")]));
    for name in ["p", "q", "r", "s"] {
        write(&root.join(format!("{name}/{name}/{name}/{name}.json")), "{}");
    }
    watched.settles_as_scanned(&root);
    fs::remove_dir_all(root.join("moved")).unwrap();
    watched.settles_as_scanned(&root);
}

fn a_file_becomes_a_link_and_a_folder() {
    let (temporary, root) = folder();
    write(&temporary.path().join("secret.csv"), "x\n1\n");
    write(&root.join("a.csv"), "x\n1\n");
    let mut watched = Watched::settled(&root);
    fs::remove_file(root.join("a.csv")).unwrap();
    symlink(temporary.path().join("secret.csv"), root.join("a.csv")).unwrap();
    watched.eventually("a link in its place", |watched| watched.files.is_empty());
    fs::remove_file(root.join("a.csv")).unwrap();
    write(&root.join("a.csv/b.csv"), "x\n1\n");
    watched.eventually("a folder in its place", |watched| watched.has("a.csv/b.csv"));
    fs::remove_dir_all(root.join("a.csv")).unwrap();
    write(&root.join("a.csv"), "x\n1\n");
    watched.eventually("a file again", |watched| watched.files.keys().eq([&Arc::from("a.csv")]));
}

/// Four writers at once; more events than the system's queue holds.
fn a_storm_ends_in_the_right_state() {
    let (_temporary, root) = folder();
    let mut watched = Watched::settled(&root);
    let writers: Vec<_> = (0..4)
        .map(|writer: u32| {
            let root = root.clone();
            std::thread::spawn(move || {
                let mut seed = writer.wrapping_mul(2_654_435_761).wrapping_add(1);
                for turn in 0..4_000_u32 {
                    // A linear congruential generator: the same storm every time.
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let folder = root.join(format!("w{writer}/d{}", (seed >> 8) % 3));
                    let path = folder.join(format!("f{}.csv", (seed >> 16) % 20));
                    let _ = match (seed >> 24) % 10 {
                        0 => fs::remove_file(&path),
                        1 => fs::rename(&path, folder.join(format!("f{}.csv", (seed >> 20) % 20))),
                        2 if turn % 50 == 0 => fs::remove_dir_all(&folder),
                        3 if turn % 50 == 1 => fs::rename(&folder, root.join(format!("w{writer}/moved"))),
                        _ => fs::create_dir_all(&folder)
                            .and_then(|()| fs::write(&path, format!("x\n{seed}\n"))),
                    };
                }
            })
        })
        .collect();
    for writer in writers {
        // Batches are taken meanwhile: a full channel would hold the watch up.
        while !writer.is_finished() {
            if let Ok(batch) = watched.batches.recv_timeout(Duration::from_millis(5)) {
                watched.apply(&batch);
            }
        }
        writer.join().unwrap();
    }
    watched.settles_as_scanned(&root);
}

fn the_folder_vanishes_and_returns() {
    let (temporary, root) = folder();
    write(&root.join("sub/a.csv"), "x\n1\n");
    let mut watched = Watched::settled(&root);
    fs::rename(&root, temporary.path().join("elsewhere")).unwrap();
    watched.eventually("a folder moved away", |watched| watched.watch == WatchState::Missing);
    assert!(watched.files.is_empty());
    fs::rename(temporary.path().join("elsewhere"), &root).unwrap();
    watched.eventually("and back", |watched| watched.completed == 2 && watched.has("sub/a.csv"));
    fs::remove_dir_all(&root).unwrap();
    watched.eventually("a folder removed", |watched| watched.watch == WatchState::Missing);
    write(&root.join("b.csv"), "x\n1\n");
    watched.eventually("and made again", |watched| watched.completed == 3 && watched.has("b.csv"));
    write(&root.join("new/c.csv"), "x\n1\n");
    watched.eventually("watched again", |watched| watched.has("new/c.csv"));
    // Too quickly to be seen missing.
    for round in 0..20 {
        fs::remove_dir_all(&root).unwrap();
        write(&root.join(format!("{round}.csv")), "x\n1\n");
    }
    watched.eventually("the last of many", |watched| watched.files.keys().eq([&Arc::from("19.csv")]));
    write(&root.join("z/z.csv"), "x\n1\n");
    watched.eventually("still watched", |watched| watched.has("z/z.csv"));
}

fn a_folder_that_is_not_there_is_waited_for() {
    let (_temporary, root) = folder();
    let late = root.join("late/reports");
    let mut watched = Watched::start(&late);
    watched.eventually("missing", |watched| watched.watch == WatchState::Missing);
    write(&late.join("a.csv"), "x\n1\n");
    watched.eventually("there", |watched| watched.completed == 1 && watched.has("a.csv"));
    assert_eq!(watched.watch, WatchState::Live);
}

fn a_linked_root_is_watched() {
    let (temporary, root) = folder();
    write(&root.join("a.csv"), "x\n1\n");
    let link = temporary.path().join("link");
    symlink(&root, &link).unwrap();
    let mut watched = Watched::settled(&link);
    assert!(watched.has("a.csv"));
    write(&root.join("b.csv"), "x\n1\n");
    watched.eventually("a file behind the link", |watched| watched.has("b.csv"));
}

fn a_rescan_is_answered() {
    let (_temporary, root) = folder();
    let mut watched = Watched::settled(&root);
    let heard = watched.heard;
    watched.watcher.rescan();
    watched.eventually("an answer", |watched| watched.heard > heard);
    assert!(watched.files.is_empty());
}

/// Reading a file is an event for the system; were it one for the watch, it would never sleep.
fn reading_wakes_nobody() {
    let (_temporary, root) = folder();
    write(&root.join("a.csv"), "x\n1\n");
    let mut watched = Watched::settled(&root);
    let heard = watched.heard;
    for _ in 0..100 {
        fs::read(root.join("a.csv")).unwrap();
    }
    // Events come in order: when this one is through, the reads are.
    write(&root.join("b.csv"), "x\n1\n");
    watched.eventually("a file written after the reads", |watched| watched.has("b.csv"));
    assert!(watched.heard - heard <= 3, "{} batches", watched.heard - heard);
}
