//! Saving that fails: each call of it, whole file systems, and two programs at once.

use std::{
    cell::Cell,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    thread,
};

use chimera_insight::{
    report::export::Export,
    save::{
        Place, Saved,
        disk::{Disk, System},
        journal::{Journal, remains},
        save_as_on, save_on,
    },
};
use libtest_mimic::Failed;
use rustix::io::Errno;

use super::{Cases, judge, lost};
use crate::{
    pty::session::Session,
    support::{Home, Outcome, SOON, eventually, program, tempdir},
};

/// What may go wrong with a call.
const FAULTS: [Errno; 6] = [Errno::NOSPC, Errno::IO, Errno::ROFS, Errno::DQUOT, Errno::ACCESS, Errno::FBIG];
/// A run of calls that never fails is longer than this only by mistake.
const MOST_CALLS: u32 = 200;
const RUNS: &str = "model,num_gpu,tokens_s,ttft_ms\ngemma3:270m,0,101.5,210\ngemma3:270m,60,203.25,95\n";

/// How the n-th call goes wrong.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    /// That call fails.
    Once(Errno),
    /// It and all that follow.
    FromThen(Errno),
    /// A signal comes in between; the next try works.
    Signal,
    /// Every write takes a few bytes only.
    Short(usize),
}

/// The system's calls, with one of them in trouble.
struct Faulty {
    trouble: Trouble,
    at: u32,
    calls: AtomicU32,
}

impl Faulty {
    fn new(trouble: Trouble, at: u32) -> Self {
        Self { trouble, at, calls: AtomicU32::new(0) }
    }
    fn call(&self) -> io::Result<()> {
        let number = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        match self.trouble {
            Trouble::Once(error) if number == self.at => Err(error.into()),
            Trouble::FromThen(error) if number >= self.at => Err(error.into()),
            Trouble::Signal if number == self.at => Err(io::ErrorKind::Interrupted.into()),
            _ => Ok(()),
        }
    }
}

impl Disk for Faulty {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.call().and_then(|()| System.create_folder(path))
    }
    fn create(&self, path: &Path) -> io::Result<File> {
        self.call().and_then(|()| System.create(path))
    }
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<usize> {
        // What fails for want of room has taken what there was room for.
        if let Err(error) = self.call() {
            if bytes.len() > 1 && !matches!(self.trouble, Trouble::Signal) {
                System.write(file, &bytes[..bytes.len() / 2])?;
            }
            return Err(error);
        }
        let most = if let Trouble::Short(most) = self.trouble { most } else { bytes.len() };
        System.write(file, &bytes[..bytes.len().min(most)])
    }
    fn sync(&self, file: &File) -> io::Result<()> {
        self.call().and_then(|()| System.sync(file))
    }
    fn name(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call().and_then(|()| System.name(from, to))
    }
    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call().and_then(|()| System.replace(from, to))
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.call().and_then(|()| System.remove(path))
    }
}

fn export(version: u32, padding: usize) -> Export {
    let padding = "x".repeat(padding);
    Export {
        stem: "20260101T000000Z-m".into(),
        markdown: format!(
            "# Report {version}\n\n<!-- chimera-insight:report -->\n\n{padding}\n\n## Evidence\n\nend\n"
        ),
        record: format!("{{\"generated_by\":\"chimera-insight\",\"v\":{version},\"p\":\"{padding}\"}}\n"),
    }
}

fn is_saved(saved: &Saved, export: &Export) -> Result<bool, Failed> {
    Ok(fs::read_to_string(&saved.report)? == export.markdown
        && fs::read_to_string(&saved.record)? == export.record)
}

/// Every n until a run needs fewer calls than that.
pub fn calls(cases: &mut Cases) -> Outcome {
    let once = FAULTS.into_iter().map(Trouble::Once);
    let troubles: Vec<Trouble> = once
        .chain(FAULTS.into_iter().map(Trouble::FromThen))
        .chain([Trouble::Signal, Trouble::Short(1), Trouble::Short(7)])
        .collect();
    let most = Cell::new(0);
    for round in 0..cases.wanted {
        let padding = 30 + round as usize * 37;
        for trouble in &troubles {
            for way in [saving, saving_as, journalling] {
                for at in 1..=MOST_CALLS {
                    let faulty = Faulty::new(*trouble, at);
                    cases.case(format!("{trouble:?} at call {at}"), || way(&faulty, padding));
                    let made = faulty.calls.load(Ordering::Relaxed);
                    most.set(most.get().max(made));
                    if made < at || matches!(trouble, Trouble::Short(_)) {
                        break;
                    }
                }
            }
        }
    }
    cases.note(format!("up to {} calls a save", most.get()));
    Ok(())
}

/// Into the program's own folder, beside an earlier report of the same name.
fn saving(faulty: &Faulty, padding: usize) -> Outcome {
    let folder = tempdir()?;
    let own = folder.path().join("chimera_insight");
    let (old, new) = (export(1, padding), export(2, padding));
    let before = save_on(&System, folder.path(), &old)?;
    let result = save_on(faulty, folder.path(), &new);
    if !is_saved(&before, &old)? {
        return lost("the report before is not as it was");
    }
    judge::is_whole(&own)?;
    match result {
        Ok(saved) if is_saved(&saved, &new)? => {}
        Ok(_) => return lost("saved, and not what was written"),
        Err(_) if matches!(faulty.trouble, Trouble::Signal | Trouble::Short(_)) => {
            return lost("a signal or a short write is no reason to fail");
        }
        Err(error) => {
            let told = error.to_string();
            if told.lines().count() != 1
                || !told.starts_with("cannot write `")
                || !told.contains("chimera_insight")
            {
                return lost(format!("told as {told:?}"));
            }
            if own.join("20260101T000000Z-m-2.md").exists() {
                return lost("it failed, and the report is there");
            }
        }
    }
    // Whatever happened, the next save works.
    let again = save_on(&System, folder.path(), &new)?;
    if is_saved(&again, &new)? { Ok(()) } else { lost("the save after it is not whole") }
}

/// As a file of one's own choice, in the place of an earlier report.
fn saving_as(faulty: &Faulty, padding: usize) -> Outcome {
    let folder = tempdir()?;
    let file = folder.path().join("report.md");
    let (old, new) = (export(1, padding), export(2, padding));
    let before = save_as_on(&System, &file, &old)?;
    let result = save_as_on(faulty, &file, &new);
    judge::is_whole(folder.path())?;
    let report = fs::read_to_string(&before.report)?;
    match result {
        Ok(saved) if is_saved(&saved, &new)? => Ok(()),
        Ok(_) => lost("saved, and not what was written"),
        Err(_) if report == old.markdown => Ok(()),
        Err(error) => lost(format!("the report before is gone: {error}")),
    }
}

/// A journal: what was written before the fault stays, and the run goes on without it.
fn journalling(faulty: &Faulty, padding: usize) -> Outcome {
    let folder = tempdir()?;
    fs::create_dir(folder.path().join("chimera_insight"))?;
    let piece = "piece ".repeat(1 + padding / 10);
    let written = {
        let calls = &*Box::leak(Box::new(Faulty::new(faulty.trouble, faulty.at)));
        let started = Journal::start_on(Shared(calls), Place::Below(folder.path()), "run");
        if let Ok(mut journal) = started {
            for _ in 0..3 {
                journal.write(&piece);
            }
            journal.sync();
            journal.write(&piece);
        }
        calls.calls.load(Ordering::Relaxed)
    };
    faulty.calls.store(written, Ordering::Relaxed);
    let found = remains(folder.path());
    let words: usize = found.iter().map(|remains| remains.words).sum();
    let whole = piece.split_whitespace().count() * 4;
    let is_harmless = written < faulty.at || matches!(faulty.trouble, Trouble::Signal | Trouble::Short(_));
    if is_harmless && words != whole { lost(format!("{words} words of {whole}")) } else { Ok(()) }
}

/// A journal owns its calls.
struct Shared(&'static Faulty);

impl Disk for Shared {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.0.create_folder(path)
    }
    fn create(&self, path: &Path) -> io::Result<File> {
        self.0.create(path)
    }
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(file, bytes)
    }
    fn sync(&self, file: &File) -> io::Result<()> {
        self.0.sync(file)
    }
    fn name(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.name(from, to)
    }
    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.0.replace(from, to)
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.0.remove(path)
    }
}

/// A home with a folder of results in it.
fn home_with_reports() -> Result<Home, Failed> {
    let home = Home::new()?;
    fs::create_dir(home.path().join("reports"))?;
    fs::write(home.path().join("reports/runs.csv"), RUNS)?;
    Ok(home)
}

/// Two programs, so many reports each.
pub fn instances(cases: &mut Cases) -> Outcome {
    let home = home_with_reports()?;
    let own = home.path().join("reports/chimera_insight");
    let wanted = cases.wanted;
    let write = |model: &str| -> Result<(), String> {
        for _ in 0..wanted {
            let mut command = home.command();
            let output = command.args(["report", "--model", model, "reports"]).output();
            let output = output.map_err(|error| error.to_string())?;
            judge::is_told(&output, 0).map_err(|failed| failed.message().unwrap_or_default().to_owned())?;
        }
        Ok(())
    };
    let results = thread::scope(|scope| {
        let writers = ["none", "none"].map(|model| scope.spawn(move || write(model)));
        writers.map(|writer| writer.join().unwrap_or_else(|_| Err("it panicked".into())))
    });
    for (number, result) in results.into_iter().enumerate() {
        cases.case(format!("program {number}"), || result.map_err(Failed::from));
    }
    let of = |end: &str| files_in(&own).iter().filter(|path| path.ends_with(end)).count();
    for (number, end) in ["md", "json"].into_iter().enumerate() {
        let count = files_in(&own)
            .iter()
            .filter(|path| path.extension().is_some_and(|extension| extension == end))
            .count();
        cases.case(format!("files {number}"), || {
            let expected = 2 * wanted as usize;
            if count == expected { Ok(()) } else { lost(format!("{count} of {expected} .{end}")) }
        });
    }
    cases.note(format!("{wanted} reports each"));
    cases.case("nothing torn or left over", || {
        judge::is_whole(&own)?;
        if of("partial") == 0 { Ok(()) } else { lost("a journal is left") }
    });
    Ok(())
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// How a shell gets namespaces of its own; `None` where this machine gives none.
pub fn namespaces() -> Option<&'static [&'static str]> {
    let ways: [&[&str]; 2] = [&["-m"], &["-Urm"]];
    let works = |way: &&&[&str]| {
        let mut command = Command::new("unshare");
        command.args(**way).args(["sh", "-c", "mount -t tmpfs -o size=64k tmpfs /mnt"]);
        command.output().is_ok_and(|output| output.status.success())
    };
    ways.iter().find(works).copied()
}

/// Real file systems that take no report, or only part of one.
pub fn disk(cases: &mut Cases) -> Outcome {
    let Some(way) = namespaces() else {
        return cases.skip("no mount namespaces here");
    };
    for round in 0..cases.wanted {
        let kilobytes = 8 + round * 2;
        let full = format!("mount -t tmpfs -o size={kilobytes}k tmpfs \"$D\" && cp runs.csv \"$D\"");
        cases.case(format!("a file system of {kilobytes} kB"), || refused(way, &full, "No space left"));
    }
    let read_only = "mount -t tmpfs tmpfs \"$D\" && cp runs.csv \"$D\" && mount -o remount,ro \"$D\"";
    cases.case("a read-only file system", || refused(way, read_only, "Read-only file system"));
    for round in 0..cases.wanted {
        // In units of 512 bytes.
        let blocks = 1 + round * 3;
        cases.case(format!("files of at most {} bytes", blocks * 512), || limited(blocks));
    }
    cases.case("the screen on a full file system", || full_screen(way));
    Ok(())
}

/// The report does not fit where it belongs: exit code 5, and a copy where the message says.
fn refused(way: &[&str], mount: &str, reason: &str) -> Outcome {
    let home = home_with_reports()?;
    fs::copy(home.path().join("reports/runs.csv"), home.path().join("runs.csv"))?;
    let script = format!(
        "D=reports; {mount} || exit 99; '{}' report --model none reports; code=$?; cp -r reports after; exit $code",
        program().display()
    );
    let mut command = Command::new("unshare");
    command.args(way).args(["sh", "-c", &script]).env_clear().envs(home.environment());
    let output = command.current_dir(home.path()).output()?;
    judge::is_told(&output, 5)?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    if !told.contains(reason) {
        return lost(format!("`{reason}` is not told: {told}"));
    }
    let own = home.path().join("after/chimera_insight");
    judge::is_whole(&own)?;
    if files_in(&own).iter().any(|path| path.extension().is_some_and(|extension| extension == "md")) {
        return lost("it failed, and a report is there");
    }
    has_copy(&home, &told)
}

/// What the message says lies where it says, whole.
fn has_copy(home: &Home, told: &str) -> Outcome {
    let path = told.split("a copy lies in `").nth(1).and_then(|rest| rest.split('`').next());
    let Some(path) = path else { return lost(format!("no copy is told of: {told}")) };
    if !Path::new(path).starts_with(home.path()) || !Path::new(path).is_file() {
        return lost(format!("`{path}` is not there"));
    }
    judge::is_whole(Path::new(path).parent().ok_or("no folder")?)
}

/// No file may be larger than this, wherever it lies: nothing can be kept, and nothing is torn.
fn limited(blocks: u32) -> Outcome {
    let home = home_with_reports()?;
    let script = format!("ulimit -f {blocks}; exec '{}' report --model none reports", program().display());
    let mut command = Command::new("sh");
    command.args(["-c", &script]).env_clear().envs(home.environment()).current_dir(home.path());
    let output = command.env("TMPDIR", home.path()).output()?;
    judge::is_told(&output, 5)?;
    let told = String::from_utf8_lossy(&output.stderr);
    if !told.contains("File too large") {
        return lost(format!("the cause is not told: {told}"));
    }
    judge::is_whole(&home.path().join("reports/chimera_insight"))
}

/// The text stays on the screen, and another place takes the report.
fn full_screen(way: &[&str]) -> Outcome {
    let home = home_with_reports()?;
    fs::copy(home.path().join("reports/runs.csv"), home.path().join("runs.csv"))?;
    let script = format!(
        "mount -t tmpfs -o size=8k tmpfs reports && cp runs.csv reports && exec '{}' --model none reports",
        program().display()
    );
    let arguments: Vec<&str> = way.iter().copied().chain(["sh", "-c", &script]).collect();
    let mut session = Session::start_other(&home, Path::new("unshare"), &arguments)?;
    session.sees("runs.csv")?;
    session.keys("r")?;
    session.sees("the report is not saved")?;
    session.sees("Chimera Insight")?;
    let kept = home.own("state").join("unsaved");
    eventually("a copy of the report", SOON, || (files_in(&kept).len() == 2).then_some(()))?;
    session.keys("W")?;
    session.sees("Save the report elsewhere")?;
    session.keys("\r")?;
    session.sees("saved ")?;
    judge::is_whole(&kept)?;
    if !files_in(&kept).is_empty() {
        return lost("the copy is still there");
    }
    let saved = files_in(home.path());
    if !saved.iter().any(|path| path.extension().is_some_and(|extension| extension == "md")) {
        return lost("the report is not in the home folder");
    }
    judge::is_inert(&session.bytes())?;
    session.keys("q")?;
    session.ends_with(0)
}
