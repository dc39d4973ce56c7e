//! A change on disk until its number is in the loop's inbox, beside the bare delivery of
//! the system's event.
//!
//! `cargo bench --no-default-features --bench latency -- [--changes N]`. A folder of 20 files
//! and one of 10,000 are watched by the program's own threads (watcher and library), with the
//! inbox read as the loop reads it. One file of a group that all files of its model share is
//! changed over and over, its newest number the largest of all: the clock runs from before the
//! first system call of the change until a snapshot is received in which the group's maximum
//! is that number. Between two changes the folder rests for 25 ms, so that none waits for
//! another. Bare delivery is the same change in another folder until the callback of the
//! notify crate.

#![allow(clippy::expect_used, clippy::print_stdout, missing_docs)]

use std::{
    error::Error,
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::Path,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use chimera_insight::{
    app::event::{Event, LibraryEvent},
    runtime::keeper,
    watch::gather::Watcher,
};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::{Receiver, channel};

/// Changes of each kind unless `--changes` says otherwise.
const CHANGES: usize = 200;
/// Files of the folders.
const FOLDERS: [usize; 2] = [20, 10_000];
/// Models that share the files of a folder.
const MODELS: usize = 5;
/// Between two changes.
const REST: Duration = Duration::from_millis(25);
/// The inbox of the loop.
const INBOX: usize = 512;
/// Larger than any number the folder is made with.
const LARGE: usize = 1_000_000;

/// A way to change a file: what is written, and how.
#[derive(Clone, Copy)]
enum Way {
    Rename,
    Append,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut changes = CHANGES;
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--changes" => changes = arguments.next().ok_or("a number is missing")?.parse()?,
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    println!("{changes} changes of each kind, ms          median     p99   ÷ bare median");
    for (name, way) in [("write and rename", Way::Rename), ("append", Way::Append)] {
        let mut bare = bare(way, changes)?;
        let base = print(&format!("{name}, bare delivery"), &mut bare, None);
        for files in FOLDERS {
            let mut ours = ours(way, files, changes)?;
            print(&format!("{name}, {files} files"), &mut ours, Some(base));
        }
    }
    Ok(())
}

fn ours(way: Way, files: usize, changes: usize) -> Result<Vec<Duration>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    for index in 0..files {
        let content = format!("model,tokens_s\nmodel-{},{}.5\n", index % MODELS, index % 97);
        fs::write(folder.path().join(format!("run-{index:05}.csv")), content)?;
    }
    let probe = folder.path().join("run-00000.csv");
    let (sender, mut inbox) = channel(INBOX);
    let _watcher = Watcher::start(folder.path().to_owned(), keeper::start(sender)?)?;
    while !next(&mut inbox)?.library.is_complete {}
    let mut took = Vec::with_capacity(changes);
    for number in LARGE..LARGE + changes {
        rest(&mut inbox);
        let began = Instant::now();
        change(way, &probe, number)?;
        while !holds(&next(&mut inbox)?, number as f64) {}
        took.push(began.elapsed());
    }
    Ok(took)
}

fn next(inbox: &mut Receiver<Event>) -> Result<LibraryEvent, Box<dyn Error>> {
    loop {
        match inbox.blocking_recv() {
            Some(Event::Library(event)) => return Ok(*event),
            Some(_) => {}
            None => return Err("the watch ended".into()),
        }
    }
}

fn holds(event: &LibraryEvent, number: f64) -> bool {
    event.library.series().iter().any(|series| series.stats.max == Some(number))
}

/// Takes what still comes, as the loop does, so that no snapshot is held.
fn rest(inbox: &mut Receiver<Event>) {
    let until = Instant::now() + REST;
    while Instant::now() < until {
        while inbox.try_recv().is_ok() {}
        thread::sleep(REST / 5);
    }
    while inbox.try_recv().is_ok() {}
}

fn bare(way: Way, changes: usize) -> Result<Vec<Duration>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let probe = folder.path().join("run-00000.csv");
    fs::write(&probe, "model,tokens_s\n")?;
    let (sender, heard) = mpsc::channel();
    let name = probe.clone();
    let mut watcher = RecommendedWatcher::new(
        move |event: notify::Result<notify::Event>| {
            let is_change = |event: &notify::Event| {
                let is_end =
                    matches!(event.kind, notify::EventKind::Modify(_) | notify::EventKind::Create(_));
                is_end && event.paths.contains(&name)
            };
            if event.is_ok_and(|event| is_change(&event)) {
                // The other side is gone only when the bench ends.
                let _ = sender.send(Instant::now());
            }
        },
        notify::Config::default(),
    )?;
    watcher.watch(folder.path(), RecursiveMode::NonRecursive)?;
    let mut took = Vec::with_capacity(changes);
    for number in LARGE..LARGE + changes {
        thread::sleep(REST);
        while heard.try_recv().is_ok() {}
        let began = Instant::now();
        change(way, &probe, number)?;
        took.push(heard.recv()?.saturating_duration_since(began));
    }
    Ok(took)
}

fn change(way: Way, probe: &Path, number: usize) -> io::Result<()> {
    match way {
        Way::Rename => {
            let temporary = probe.with_extension("tmp");
            fs::write(&temporary, format!("model,tokens_s\nmodel-0,{number}\n"))?;
            fs::rename(temporary, probe)
        }
        // One write, as a program writes a line that it put together.
        Way::Append => {
            let line = format!("model-0,{number}\n");
            OpenOptions::new().append(true).open(probe)?.write_all(line.as_bytes())
        }
    }
}

/// Prints the figures; gives the median in milliseconds.
fn print(name: &str, took: &mut [Duration], base: Option<f64>) -> f64 {
    took.sort();
    let at = |share: usize| took[(took.len() * share / 100).min(took.len() - 1)].as_secs_f64() * 1e3;
    let ratio = base.map_or(String::new(), |base| format!("{:10.1}", at(50) / base));
    println!("{name:<38}  {:8.3} {:7.3} {ratio}", at(50), at(99));
    at(50)
}
