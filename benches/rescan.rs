//! Looking again at a folder in which nothing changed, against a bare stat walk of it.
//!
//! `cargo bench --no-default-features --bench rescan -- [--files N] [--rounds N]`. The folder
//! is made below the system's temporary folder, 1,000 files to a folder. Each round walks it
//! three ways, one after the other: `getdents` and `fstatat` with nothing else; the same
//! through the standard library; a rescan of the running watcher, from asking to the answer.
//! Printed are the medians over the rounds and the median of the rounds' ratios.

#![allow(clippy::expect_used, clippy::print_stdout, missing_docs)]

use std::{
    error::Error,
    fs, io,
    path::Path,
    sync::mpsc::{Receiver, sync_channel},
    thread,
    time::{Duration, Instant},
};

use chimera_insight::{ingest::inventory::Batch, watch::gather::Watcher};
use rustix::{
    fd::BorrowedFd,
    fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, openat, statat},
};

/// Files unless `--files` says otherwise.
const FILES: usize = 100_000;
/// Files to a folder.
const FOLDER: usize = 1_000;
/// Rounds unless `--rounds` says otherwise.
const ROUNDS: usize = 15;
/// Nothing takes longer; a hang ends the bench.
const DEADLINE: Duration = Duration::from_mins(5);

fn main() -> Result<(), Box<dyn Error>> {
    let (mut files, mut rounds) = (FILES, ROUNDS);
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(argument) = arguments.next() {
        let number = arguments.next().ok_or("a number is missing")?.parse()?;
        match argument.as_str() {
            "--files" => files = number,
            "--rounds" => rounds = number,
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    let folder = tempfile::tempdir()?;
    fill(folder.path(), files)?;

    let (sender, batches) = sync_channel(64);
    let watcher = Watcher::start(folder.path().to_owned(), move |batch| sender.send(batch).is_ok())?;
    let first = first_scan(&batches)?;
    println!("{files} files; first scan {:.0} ms, while nothing else is compared", milliseconds(first));

    let mut walks: [Vec<Duration>; 3] = [const { Vec::new() }; 3];
    for round in 0..=rounds {
        let took = [
            timed(|| assert_eq!(bare(folder.path()).expect("a bare walk"), files)),
            timed(|| assert_eq!(standard(folder.path()).expect("a walk"), files)),
            rescan(&watcher, &batches)?,
        ];
        // The first round warms the caches of the system up.
        if round > 0 {
            walks.iter_mut().zip(took).for_each(|(all, one)| all.push(one));
        }
        // The watcher rests as long as it worked; that is not part of the answer's time.
        thread::sleep(took[2] * 2);
    }
    for (name, took) in ["getdents + fstatat", "read_dir + metadata", "rescan"].iter().zip(&walks) {
        println!("{name:>20}: {:7.1} ms", milliseconds(median(took.clone())));
    }
    for (name, at) in [("bare walk", 0), ("standard library's walk", 1)] {
        let mut ratios: Vec<f64> = walks[2]
            .iter()
            .zip(&walks[at])
            .map(|(ours, theirs)| ours.as_secs_f64() / theirs.as_secs_f64())
            .collect();
        ratios.sort_by(f64::total_cmp);
        println!("rescan ÷ {name}: {:.2}", ratios[ratios.len() / 2]);
    }
    Ok(())
}

fn fill(root: &Path, files: usize) -> io::Result<()> {
    for index in 0..files {
        let folder = root.join(format!("sweep-{:03}", index / FOLDER));
        if index % FOLDER == 0 {
            fs::create_dir(&folder)?;
        }
        let content = format!("model,tokens_s\ngemma3:1b,{}.5\n", index % 97);
        fs::write(folder.join(format!("run-{index:06}.csv")), content)?;
    }
    Ok(())
}

fn first_scan(batches: &Receiver<Batch>) -> Result<Duration, Box<dyn Error>> {
    loop {
        if let Some(took) = batches.recv_timeout(DEADLINE)?.scan_time {
            return Ok(took);
        }
    }
}

fn rescan(watcher: &Watcher, batches: &Receiver<Batch>) -> Result<Duration, Box<dyn Error>> {
    while batches.try_recv().is_ok() {}
    let began = Instant::now();
    watcher.rescan();
    let batch = batches.recv_timeout(DEADLINE)?;
    if !batch.changes.is_empty() {
        return Err("the folder is not at rest".into());
    }
    Ok(began.elapsed())
}

/// Names and stats, relative to the open folder; files seen.
fn bare(root: &Path) -> io::Result<usize> {
    fn below(parent: BorrowedFd<'_>, name: &std::ffi::CStr) -> io::Result<usize> {
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let mut folder = Dir::new(openat(parent, name, flags, Mode::empty())?)?;
        let mut folders = Vec::new();
        let mut files = 0;
        while let Some(entry) = folder.read() {
            let entry = entry?;
            if entry.file_type() == FileType::Directory {
                folders.push(entry.file_name().to_owned());
            } else {
                let stat = statat(folder.fd()?, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW)?;
                files += usize::from(stat.st_size > 0);
            }
        }
        for name in folders.iter().filter(|name| !name.to_bytes().starts_with(b".")) {
            files += below(folder.fd()?, name)?;
        }
        Ok(files)
    }
    let root = std::ffi::CString::new(root.as_os_str().as_encoded_bytes())?;
    below(CWD, &root)
}

/// The same as most programs would write it.
fn standard(root: &Path) -> io::Result<usize> {
    let mut files = 0;
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                files += usize::from(entry.metadata()?.len() > 0);
            }
        }
    }
    Ok(files)
}

fn timed(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
