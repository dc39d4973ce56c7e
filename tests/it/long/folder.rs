//! A folder that holds what it should not, and changes as it should not. The screen is open on it
//! all the while.

use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::{
        fs::{PermissionsExt as _, chown, symlink},
        net::UnixListener,
    },
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant, SystemTime},
};

use libtest_mimic::Failed;

use super::{Cases, Random, judge, lost};
use crate::{
    pty::session::Session,
    support::{Home, LATE, Outcome, SOON, eventually, program, tempdir},
    watch::Watched,
};

const RUNS: &str = "model,num_gpu,tokens_s,ttft_ms\ngemma3:270m,0,101.5,210\ngemma3:270m,60,203.25,95\n";
/// Wide enough for the whole header.
const SIZE: (u16, u16) = (160, 40);
/// The meters move on their own.
const NO_METERS: (&str, &str) = ("CHIMERA_INSIGHT_METERS", "false");
/// Whoever is nobody in particular.
const NOBODY: u32 = 65_534;
const MEGABYTE: u64 = 1024 * 1024;
/// What the program may take for itself, and for each file.
const OWN_MEMORY: u64 = 64 * MEGABYTE;
const FILE_MEMORY: u64 = 4 * 1024;

/// A folder and the screen on it.
struct Live {
    home: Home,
    folder: PathBuf,
    session: Session,
}

impl Live {
    /// Opens the screen on a folder that is made first.
    fn open(make: impl FnOnce(&Path) -> Outcome) -> Result<Self, Failed> {
        let home = Home::new()?;
        let folder = home.path().join("reports");
        fs::create_dir(&folder)?;
        make(&folder)?;
        let session = Session::start_sized(&home, &["--model", "none", "reports"], &[NO_METERS], SIZE)?;
        Ok(Self { home, folder, session })
    }

    /// Waits until the header counts so many files, and how long that took.
    fn counts(&self, files: usize, deadline: Duration) -> Result<Duration, Failed> {
        let began = Instant::now();
        let wanted = if files == 1 { " 1 file ".to_owned() } else { format!(" {} files", grouped(files)) };
        eventually(&format!("`{wanted}`"), deadline, || {
            let text = self.session.text();
            text.lines().next().is_some_and(|header| header.contains(&wanted)).then_some(())
        })
        .map_err(|failed| {
            format!("{}; the screen:\n{}", failed.message().unwrap_or_default(), self.session.text())
        })?;
        Ok(began.elapsed())
    }

    /// Quits; what went to the terminal is harmless, and the terminal is as before.
    fn end(mut self) -> Outcome {
        self.session.keys("q")?;
        judge::is_inert(&self.session.bytes())?;
        self.session.ends_with(0)
    }

    fn peak_memory(&self) -> u64 {
        self.session.pid().and_then(judge::peak_memory).unwrap_or_default()
    }
}

/// As the screen prints a count.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    if count < 1000 {
        return digits;
    }
    let (thousands, rest) = digits.split_at(digits.len() - 3);
    format!("{thousands},{rest}")
}

fn write(path: &Path, content: &[u8]) -> Outcome {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    Ok(fs::write(path, content)?)
}

/// Paths that the inventory lists, sorted.
fn listed(home: &Home) -> Result<Vec<String>, Failed> {
    let output = home.command().args(["inventory", "--json", "reports"]).output()?;
    judge::is_told(&output, 0)?;
    let inventory: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let files = inventory["files"].as_array().into_iter().flatten();
    Ok(files.filter_map(|file| file["path"].as_str().map(str::to_owned)).collect())
}

/// Pipes that nobody writes to, sockets, devices, links in loops and out of the folder.
pub fn special(cases: &mut Cases) -> Outcome {
    for round in 0..cases.wanted {
        cases.case(format!("folder {round}"), || {
            let mut live = Live::open(make_special)?;
            live.counts(4, SOON)?;
            judge::answers_keys(&mut live.session)?;
            let before = judge::Contents::of(&live.folder);
            live.session.keys("r")?;
            live.session.sees("saved chimera_insight/")?;
            before.is_untouched(&live.folder)?;
            // They come while it is watched, too.
            write(&live.folder.join("late/good.csv"), RUNS.as_bytes())?;
            make_special(&live.folder.join("late"))?;
            live.counts(9, SOON)?;
            assert_eq!(
                listed(&live.home)?.iter().filter(|path| !path.starts_with("chimera_insight/")).count(),
                9
            );
            live.end()
        });
    }
    Ok(())
}

fn make_special(folder: &Path) -> Outcome {
    let at = |name: &str| folder.join(name);
    write(&at("good.json"), b"{\"tokens_s\":40.5}")?;
    write(&at("empty.json"), b"")?;
    write(&at("directory.csv/inner.csv"), RUNS.as_bytes())?;
    fs::hard_link(at("good.json"), at("hard.json"))?;
    Command::new("mkfifo").args([at("pipe.csv"), at("pipe.json"), at("pipe.log")]).output()?;
    // The file stays when the socket is closed.
    drop(UnixListener::bind(at("socket.csv"))?);
    // Whoever may not make one has none to fear.
    Command::new("mknod").arg(at("zero.csv")).args(["c", "1", "5"]).output()?;
    for (target, name) in [
        ("loop_b.md", "loop_a.md"),
        ("loop_a.md", "loop_b.md"),
        (".", "self"),
        ("..", "parent"),
        ("/etc/hostname", "outside.md"),
        ("/proc/self/environ", "environ.json"),
        ("/dev/zero", "endless.csv"),
        ("/dev/tty", "tty.md"),
        ("nowhere", "dangling.csv"),
        ("/", "root"),
    ] {
        symlink(target, at(name))?;
    }
    Ok(())
}

/// A file and what makes its content.
type Made<'m> = (&'static str, Box<dyn Fn() -> Vec<u8> + 'm>);

/// Files that are larger, longer or deeper than anybody means.
pub fn sizes(cases: &mut Cases) -> Outcome {
    let full = cases.is_long;
    let (line, depth) = if full { (60 * MEGABYTE, 10_000_000) } else { (4 * MEGABYTE, 100_000) };
    let (table, keys) = if full { (250 * MEGABYTE, 1_000_000) } else { (4 * MEGABYTE, 10_000) };
    let long = |head: &str, length: u64, tail: &str| {
        let middle = vec![b'x'; length as usize];
        [head.as_bytes(), &middle, tail.as_bytes()].concat()
    };
    let deep = |open: &str, close: &str| [open.repeat(depth), close.repeat(depth)].concat().into_bytes();
    let files: Vec<Made<'_>> = vec![
        ("line.csv", Box::new(|| long("model,note\na,\"", table, "\"\n"))),
        ("line.json", Box::new(|| long("{\"note\":\"", line, "\"}"))),
        ("line.md", Box::new(|| long("", line, "\n"))),
        ("line.log", Box::new(|| long("", line, "\n"))),
        ("line.jsonl", Box::new(|| long("{\"note\":\"", line, "\"}\n"))),
        ("arrays.json", Box::new(|| deep("[", "]"))),
        ("objects.json", Box::new(|| deep("{\"a\":", "}"))),
        ("open.json", Box::new(|| deep("[{\"a\":", ""))),
        ("quote.md", Box::new(|| deep("> ", ""))),
        ("list.md", Box::new(|| deep("- ", ""))),
        ("brackets.md", Box::new(|| deep("[", ""))),
        (
            "keys.json",
            Box::new(move || {
                let keys: Vec<String> = (0..keys).map(|key| format!("\"k{key}\":{key}.5")).collect();
                format!("{{{}}}", keys.join(",")).into_bytes()
            }),
        ),
    ];
    let mut measured = Vec::new();
    for (name, content) in &files {
        cases.case(name, || {
            let mut live = Live::open(|folder| write(&folder.join("good.csv"), RUNS.as_bytes()))?;
            live.counts(1, SOON)?;
            write(&live.folder.join(name), &content())?;
            let slowest = judge::answers_keys(&mut live.session)?;
            let listed_as = if *name == "line.log" { 1 } else { 2 };
            live.counts(listed_as, LATE)?;
            // Whatever it is, those beside it come.
            write(&live.folder.join("late.csv"), RUNS.as_bytes())?;
            live.counts(listed_as + 1, LATE)?;
            // Its preview is opened too.
            live.session.keys("G\t")?;
            judge::answers_keys(&mut live.session)?;
            measured.push((live.peak_memory(), *name, slowest));
            live.end()
        });
    }
    for round in 0..cases.wanted {
        let length = (10 + u64::from(round)) * 1_000_000_000;
        cases.case(format!("sparse files of {length} bytes"), || {
            let mut live = Live::open(|folder| {
                for end in ["csv", "tsv", "json", "jsonl", "md", "txt", "log"] {
                    File::create(folder.join(format!("sparse.{end}")))?.set_len(length)?;
                }
                write(&folder.join("good.csv"), RUNS.as_bytes())
            })?;
            live.counts(6, SOON)?;
            judge::answers_keys(&mut live.session)?;
            let peak = live.peak_memory();
            if peak > OWN_MEMORY {
                return lost(format!("{} MB were taken", peak / MEGABYTE));
            }
            live.end()
        });
    }
    if let Some((peak, name, _)) = measured.iter().max() {
        cases.note(format!("most memory {} MB ({name})", peak / MEGABYTE));
    }
    if let Some((_, name, slowest)) = measured.iter().max_by_key(|(.., slowest)| *slowest) {
        cases.note(format!("slowest key {} ms ({name})", slowest.as_millis()));
    }
    Ok(())
}

/// A folder that nobody would look through.
pub fn many(cases: &mut Cases) -> Outcome {
    let files = if cases.is_long { 100_000 } else { 2_000 };
    let mut note = String::new();
    cases.case(format!("{files} files"), || {
        let began = Instant::now();
        let mut live = Live::open(|folder| {
            (0..files).try_for_each(|number| {
                let content = match number % 3 {
                    0 => RUNS.to_owned(),
                    1 => format!("{{\"model\":\"a\",\"tokens_s\":{number}.5}}"),
                    _ => format!("# run {number}\n\n- fine\n"),
                };
                let end = ["csv", "json", "md"][number % 3];
                write(&folder.join(format!("d{}/r{number}.{end}", number % 256)), content.as_bytes())
            })
        })?;
        let made = began.elapsed();
        let mut slowest = judge::answers_keys(&mut live.session)?;
        live.counts(files, LATE)?;
        let read = began.elapsed().saturating_sub(made);
        slowest = slowest.max(judge::answers_keys(&mut live.session)?);
        let peak = live.peak_memory();
        write(&live.folder.join("late.csv"), RUNS.as_bytes())?;
        let seen = live.counts(files + 1, LATE)?;
        note = format!(
            "read in {:.1} s, a new file seen after {} ms, slowest key {} ms, most memory {} MB",
            read.as_secs_f64(),
            seen.as_millis(),
            slowest.as_millis(),
            peak / MEGABYTE
        );
        // 16 bytes a value; these files hold 4 at the most.
        let bound = OWN_MEMORY + files as u64 * (FILE_MEMORY + 4 * 16);
        if peak > bound {
            return lost(format!("{} MB were taken of {}", peak / MEGABYTE, bound / MEGABYTE));
        }
        live.end()
    });
    cases.note(note);
    Ok(())
}

/// Writers that are faster than the system's queue, while keys are pressed.
pub fn storms(cases: &mut Cases) -> Outcome {
    let lasts = Duration::from_secs(if cases.is_long { 10 } else { 1 });
    let (mut events, mut slowest, mut settled) = (0_u64, Duration::ZERO, Duration::ZERO);
    for round in 0..cases.wanted {
        cases.case(format!("storm {round}"), || {
            let mut live = Live::open(|folder| write(&folder.join("first.csv"), RUNS.as_bytes()))?;
            live.counts(1, SOON)?;
            let began = Instant::now();
            let writers: Vec<_> = (0..2)
                .map(|writer| {
                    let folder = live.folder.clone();
                    thread::spawn(move || blow(&folder, writer + u64::from(round) * 2, began + lasts))
                })
                .collect();
            while writers.iter().any(|writer| !writer.is_finished()) {
                slowest = slowest.max(judge::answers_keys(&mut live.session)?);
            }
            for writer in writers {
                events += writer.join().map_err(|_| "a writer panicked")?;
            }
            let expected = judge::report_files(&live.folder);
            settled = settled.max(live.counts(expected, SOON)?);
            write(&live.folder.join("zz_last.csv"), RUNS.as_bytes())?;
            live.counts(expected + 1, SOON)?;
            assert_eq!(listed(&live.home)?.len(), expected + 1);
            live.end()
        });
    }
    let seconds = lasts.as_secs_f64() * f64::from(cases.wanted);
    cases.note(format!(
        "{:.0} events a second, slowest key {} ms, right {} ms after the end",
        events as f64 / seconds,
        slowest.as_millis(),
        settled.as_millis()
    ));
    Ok(())
}

/// Writes, renames, removes and moves folders as fast as it can; about how many events that was.
fn blow(folder: &Path, seed: u64, until: Instant) -> u64 {
    let mut random = Random(seed);
    let mut events = 0;
    while Instant::now() < until {
        let own = folder.join(format!("w{seed}/d{}", random.below(4)));
        let file = own.join(format!("f{}.csv", random.below(30)));
        // What is not there cannot be removed or renamed, and need not.
        let _ = match random.below(12) {
            0 => fs::remove_file(&file),
            1 => fs::rename(&file, own.join(format!("f{}.csv", random.below(30)))),
            2 if random.below(50) == 0 => fs::remove_dir_all(&own),
            3 if random.below(50) == 0 => fs::rename(&own, folder.join(format!("w{seed}/moved"))),
            4 => File::options().append(true).open(&file).and_then(|mut it| it.write_all(b"a,1,2.5,3\n")),
            _ => fs::create_dir_all(&own).and_then(|()| fs::write(&file, RUNS)),
        };
        // Open, write, close.
        events += 3;
    }
    events
}

/// The folder itself goes and comes, in every way.
pub fn roots(cases: &mut Cases) -> Outcome {
    let mut random = Random(3);
    let mut live = Live::open(|folder| write(&folder.join("first.csv"), RUNS.as_bytes()))?;
    live.counts(1, SOON)?;
    let mut slowest = Duration::ZERO;
    for round in 0..cases.wanted {
        let way = if round < 6 { u64::from(round) } else { random.below(6) };
        let folder = live.folder.clone();
        let aside = live.home.path().join("aside");
        cases.case(format!("round {round}, way {way}"), || {
            let name = format!("round{round}.csv");
            match way {
                0 => {
                    fs::remove_dir_all(&folder)?;
                    live.session.sees("missing")?;
                    write(&folder.join(&name), RUNS.as_bytes())?;
                }
                1 => {
                    // Too quickly to be seen missing.
                    fs::remove_dir_all(&folder)?;
                    write(&folder.join(&name), RUNS.as_bytes())?;
                }
                2 => {
                    fs::rename(&folder, &aside)?;
                    write(&folder.join(&name), RUNS.as_bytes())?;
                    fs::remove_dir_all(&aside)?;
                }
                3 => {
                    fs::rename(&folder, &aside)?;
                    fs::write(&folder, "no folder")?;
                    live.session.sees("missing")?;
                    fs::remove_file(&folder)?;
                    fs::remove_dir_all(&aside)?;
                    write(&folder.join(&name), RUNS.as_bytes())?;
                }
                4 => {
                    fs::rename(&folder, &aside)?;
                    symlink("nowhere", &folder)?;
                    live.session.sees("missing")?;
                    fs::remove_file(&folder)?;
                    fs::rename(&aside, &folder)?;
                    fs::remove_dir_all(&folder)?;
                    write(&folder.join(&name), RUNS.as_bytes())?;
                }
                _ => {
                    write(&aside.join(&name), RUNS.as_bytes())?;
                    fs::remove_dir_all(&folder)?;
                    fs::rename(&aside, &folder)?;
                }
            }
            let began = Instant::now();
            live.session.sees(&name)?;
            slowest = slowest.max(began.elapsed());
            live.counts(1, SOON)?;
            // It is watched again.
            write(&folder.join("next.csv"), RUNS.as_bytes())?;
            live.counts(2, SOON)?;
            fs::remove_file(folder.join("next.csv"))?;
            live.counts(1, SOON)?;
            judge::answers_keys(&mut live.session).map(drop)
        });
    }
    cases.note(format!("seen again after {} ms at the most", slowest.as_millis()));
    cases.case("the end", || live.end());
    Ok(())
}

/// What is mounted goes while the screen is open, and what lies below it is there again.
pub fn unmounts(cases: &mut Cases) -> Outcome {
    let Some(way) = super::writing::namespaces() else {
        return cases.skip("no mount namespaces here");
    };
    let mut slowest = Duration::ZERO;
    for round in 0..cases.wanted {
        cases.case(format!("round {round}"), || {
            let home = Home::new()?;
            write(&home.path().join("reports/below.csv"), RUNS.as_bytes())?;
            let script = format!(
                "mount -t tmpfs tmpfs reports && cp reports/../runs.csv reports && \
                 (while ! test -e go; do sleep 0.05; done; umount -l reports; touch gone) & \
                 while ! test -e reports/runs.csv; do sleep 0.05; done; exec '{}' --model none reports",
                program().display()
            );
            write(&home.path().join("runs.csv"), RUNS.as_bytes())?;
            let arguments: Vec<&str> = way.iter().copied().chain(["sh", "-c", &script]).collect();
            let mut session = Session::start_other(&home, Path::new("unshare"), &arguments)?;
            session.sees("runs.csv")?;
            write(&home.path().join("go"), b"")?;
            eventually("the file system to be gone", SOON, || {
                home.path().join("gone").exists().then_some(())
            })?;
            let began = Instant::now();
            session.sees("below.csv")?;
            slowest = slowest.max(began.elapsed());
            judge::answers_keys(&mut session)?;
            session.keys("q")?;
            session.ends_with(0)
        });
    }
    cases.note(format!("seen after {} ms at the most", slowest.as_millis()));
    Ok(())
}

/// Files as programs write them that nobody asked to be careful. What is known in the end is what
/// a scan finds.
pub fn writers(cases: &mut Cases) -> Outcome {
    let mut random = Random(5);
    let mut slowest = Duration::ZERO;
    for round in 0..cases.wanted {
        cases.case(format!("round {round}"), || {
            let temporary = tempdir()?;
            let folder = temporary.path().join("reports");
            write(&folder.join("f0.csv"), RUNS.as_bytes())?;
            let mut watched = Watched::settled(&folder);
            for _ in 0..60 {
                written_badly(&folder, &mut random)?;
            }
            let began = Instant::now();
            watched.settles_as_scanned(&folder);
            slowest = slowest.max(began.elapsed());
            Ok(())
        });
    }
    cases.note(format!("right {} ms after the last write at the most", slowest.as_millis()));
    Ok(())
}

fn written_badly(folder: &Path, random: &mut Random) -> Outcome {
    let file = folder.join(format!("f{}.csv", random.below(4)));
    let other = folder.join(format!("f{}.csv.1", random.below(4)));
    let rows = RUNS.repeat(1 + random.below(200) as usize);
    match random.below(8) {
        0 => fs::write(&file, &rows[..random.below(rows.len() as u64) as usize])?,
        1 => File::options().create(true).append(true).open(&file)?.write_all(b"gemma3:270m,0,1")?,
        2 if file.exists() => File::options().write(true).open(&file)?.set_len(random.below(40))?,
        3 if file.exists() => fs::rename(&file, &other)?,
        4 => {
            fs::write(&other, &rows)?;
            fs::rename(&other, &file)?;
        }
        // A tail of zeros, as after a crash.
        5 => File::options().create(true).append(true).open(&file)?.write_all(&[0; 512])?,
        6 if file.exists() => fs::remove_file(&file)?,
        _ => fs::write(folder.join(format!("j{}.json", random.below(3))), "{\"tokens_s\": [1, 2,")?,
    }
    Ok(())
}

/// A user of a namespace who has no watches left.
pub fn watches(cases: &mut Cases) -> Outcome {
    let can = Command::new("unshare")
        .args(["-Ur", "sh", "-c", "echo 1 > /proc/sys/user/max_inotify_watches"])
        .output();
    if !can.is_ok_and(|output| output.status.success()) {
        return cases.skip("no user namespaces here");
    }
    let limits = ["max_inotify_watches", "max_inotify_instances"];
    let mut slowest = Duration::ZERO;
    for round in 0..cases.wanted {
        for limit in limits {
            cases.case(format!("{limit}, round {round}"), || {
                let home = Home::new()?;
                let folder = home.path().join("reports");
                for number in 0..8 {
                    write(&folder.join(format!("d{number}/runs.csv")), RUNS.as_bytes())?;
                }
                let few = if limit == "max_inotify_watches" { 3 } else { 0 };
                let script = format!(
                    "echo {few} > /proc/sys/user/{limit}; exec '{}' --model none reports",
                    program().display()
                );
                let mut session =
                    Session::start_other(&home, Path::new("unshare"), &["-Ur", "sh", "-c", &script])?;
                session.sees(" 8 files")?;
                session.sees("poll ")?;
                write(&folder.join("d7/late.csv"), RUNS.as_bytes())?;
                let began = Instant::now();
                session.sees(" 9 files")?;
                slowest = slowest.max(began.elapsed());
                judge::answers_keys(&mut session)?;
                judge::is_inert(&session.bytes())?;
                session.keys("q")?;
                session.ends_with(0)
            });
        }
    }
    cases.note(format!("a change seen after {} ms at the most", slowest.as_millis()));
    Ok(())
}

/// Files from times that cannot be.
pub fn times(cases: &mut Cases) -> Outcome {
    let years: [i64; 7] =
        [-62_135_596_800, -2_147_483_649, 0, 2_147_483_648, 4_291_747_200, 15_000_000_000, 253_402_300_800];
    let at = |seconds: i64| {
        let length = Duration::from_secs(seconds.unsigned_abs());
        if seconds < 0 {
            SystemTime::UNIX_EPOCH.checked_sub(length)
        } else {
            SystemTime::UNIX_EPOCH.checked_add(length)
        }
    };
    for seconds in years {
        cases.case(format!("{seconds} s from 1970"), || {
            let mut live = Live::open(|folder| {
                for name in ["odd.csv", "odd.json", "odd.md"] {
                    write(&folder.join(name), if name == "odd.csv" { RUNS.as_bytes() } else { b"{}" })?;
                    let file = File::options().write(true).open(folder.join(name))?;
                    // A file system that has no such time keeps its nearest.
                    if let Some(time) = at(seconds) {
                        file.set_modified(time)?;
                    }
                }
                write(&folder.join("good.csv"), RUNS.as_bytes())
            })?;
            live.counts(4, SOON)?;
            judge::answers_keys(&mut live.session)?;
            live.session.keys("s")?;
            live.session.keys("r")?;
            live.session.sees("saved chimera_insight/")?;
            judge::is_whole(&live.folder.join("chimera_insight"))?;
            assert_eq!(listed(&live.home)?.iter().filter(|it| !it.contains('/')).count(), 4);
            live.end()
        });
    }
    Ok(())
}

/// Files and folders that may not be read for a while, by one who is not root.
pub fn modes(cases: &mut Cases) -> Outcome {
    let home = Home::new()?;
    let folder = home.path().join("reports");
    write(&folder.join("sub/inner.csv"), RUNS.as_bytes())?;
    write(&folder.join("outer.csv"), RUNS.as_bytes())?;
    let is_root = fs::metadata("/proc/self").is_ok_and(|it| std::os::unix::fs::MetadataExt::uid(&it) == 0);
    let binary = program().display().to_string();
    let mut session = if is_root {
        give_away(home.path())?;
        let ids = [format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")];
        let drop_root = [&*ids[0], &*ids[1], "--clear-groups"];
        let can = Command::new("setpriv").args(drop_root).args([&*binary, "--version"]).output();
        if !can.is_ok_and(|output| output.status.success()) {
            return cases.skip("no way to be somebody else than root");
        }
        let arguments: Vec<&str> =
            drop_root.into_iter().chain([&*binary, "--model", "none", "reports"]).collect();
        Session::start_other(&home, Path::new("setpriv"), &arguments)?
    } else {
        Session::start(&home, &["--model", "none", "reports"])?
    };
    session.sees(" 2 files")?;
    let (sub, outer) = (folder.join("sub"), folder.join("outer.csv"));
    let mode = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode));
    for round in 0..cases.wanted {
        cases.case(format!("round {round}"), || {
            mode(&sub, 0o000)?;
            session.sees(" 1 file ")?;
            mode(&sub, 0o755)?;
            session.sees(" 2 files")?;
            mode(&outer, 0o000)?;
            session.sees("cannot read: Permission denied")?;
            mode(&outer, 0o644)?;
            session.waits("the file to be read again", |screen| !screen.contains("cannot read"))?;
            judge::answers_keys(&mut session).map(drop)
        });
    }
    cases.case("the folder itself", || {
        mode(&folder, 0o000)?;
        session
            .waits("an empty folder", |screen| screen.contains(" 0 files") || screen.contains("missing"))?;
        mode(&folder, 0o755)?;
        session.sees(" 2 files")
    });
    judge::is_inert(&session.bytes())?;
    session.keys("q")?;
    session.ends_with(0)
}

fn give_away(path: &Path) -> Outcome {
    chown(path, Some(NOBODY), Some(NOBODY))?;
    for entry in fs::read_dir(path)?.flatten() {
        if entry.file_type()?.is_dir() {
            give_away(&entry.path())?;
        } else {
            chown(entry.path(), Some(NOBODY), Some(NOBODY))?;
        }
    }
    Ok(())
}
