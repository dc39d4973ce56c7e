//! The long tier: every fault with many cases, and one table of what came of them. The ordinary
//! suite runs the same groups with few. A new group is a line in [`groups`] and a function that
//! makes cases; what holds after every case is in `judge`.

#![allow(clippy::unnecessary_wraps, reason = "every group has the same shape")]

mod folder;
mod judge;
mod keys;
mod kills;
mod sinks;
pub mod soak;
mod terminal;
mod writing;

use std::{
    env,
    fmt::{self, Display},
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    time::{Duration, Instant},
};

use libtest_mimic::{Completion, Failed, Trial};

use crate::{engine::faults, support::Outcome};

/// `all`, or names of groups with commas between them: only these run, with many cases.
const VARIABLE: &str = "CHIMERA_INSIGHT_FAULTS";
/// Lost cases that are described; more would hide the table.
const DESCRIBED: usize = 20;

/// Cases of one fault.
struct Group {
    /// How it is asked for.
    name: &'static str,
    /// The fault, as the table has it.
    fault: &'static str,
    /// Cases in the ordinary suite, and in the long tier.
    cases: (u32, u32),
    /// Makes them.
    run: fn(&mut Cases) -> Outcome,
}

fn groups() -> Vec<Group> {
    let group = |name, fault, cases, run| Group { name, fault, cases, run };
    vec![
        group("calls", "the n-th call of saving fails, for every n", (1, 4), writing::calls),
        group("disk", "full, read-only and limited file systems", (1, 12), writing::disk),
        group("instances", "two programs write reports into one folder", (3, 50), writing::instances),
        group("kills", "`kill -9` while a report is written", (6, 300), kills::headless),
        group("screen-kills", "`kill -9` of the screen while a report is written", (3, 100), kills::screen),
        group("special", "pipes, sockets, devices and links in the folder", (1, 20), folder::special),
        group("sizes", "sparse, long and deep files", (1, 4), folder::sizes),
        group("many", "a folder of very many files", (1, 1), folder::many),
        group("storms", "writers as fast as they can, keys pressed meanwhile", (1, 10), folder::storms),
        group("roots", "the folder removed, replaced, made again", (5, 100), folder::roots),
        group("unmounts", "the folder's file system unmounted", (1, 20), folder::unmounts),
        group("writers", "files half-written, truncated, rotated, replaced", (2, 100), folder::writers),
        group("watches", "no watches left", (1, 5), folder::watches),
        group("times", "clocks and times that cannot be", (1, 1), folder::times),
        group("modes", "permissions that come and go", (2, 50), folder::modes),
        group("resizes", "the terminal's size changes, from 1×1 to 500×200", (1, 5), terminal::resizes),
        group("readers", "a terminal that is slow, and one that stops reading", (3, 30), terminal::readers),
        group("signals", "seven signals in each of eight states", (8, 56), terminal::signals),
        group("panics", "a panic while drawing, and in another thread", (2, 20), terminal::panics),
        group(
            "looks",
            "TERM, LANG, NO_COLOR, colours; no terminal on input or output",
            (1, 1),
            terminal::looks,
        ),
        group("sinks", "every payload through every sink", (9, 109), sinks::sinks),
        group("deaths", "the engine's process ends at a random point", (20, 500), faults::deaths),
        group("nonsense", "garbage, cut and oversized frames", (20, 500), faults::nonsense),
        group("mutations", "a model with random damage", (24, 2000), faults::mutations),
        group("hostile-models", "hostile and malformed model files", (1, 1), faults::hostile_models),
        group("soak", "hours by a simulated clock (cases: minutes)", (50, 480), soak::soak),
        group("keys", "keys in every condition", (8, 250), keys::keys),
    ]
}

/// The groups with few cases each.
pub fn tests() -> Vec<Trial> {
    let trial = |group: Group| {
        Trial::ignorable_test(format!("long::{}", group.name), move || {
            let cases = group.made(group.cases.0, false);
            if let Some(reason) = &cases.skipped {
                return Ok(Completion::ignored_with(reason.clone()));
            }
            if cases.lost.is_empty() { Ok(Completion::Completed) } else { Err(cases.lost.join("\n").into()) }
        })
    };
    groups().into_iter().map(trial).collect()
}

/// The table, where this process was started for it.
#[allow(clippy::print_stdout, clippy::print_stderr, reason = "the table is for the reader")]
pub fn table() -> Option<ExitCode> {
    let wanted = env::var(VARIABLE).ok().filter(|wanted| !wanted.is_empty())?;
    let is_wanted = |group: &Group| wanted == "all" || wanted.split(',').any(|name| name == group.name);
    let groups: Vec<Group> = groups().into_iter().filter(is_wanted).collect();
    if groups.is_empty() {
        eprintln!("no group `{wanted}`; there are: {}", names());
        return Some(ExitCode::from(2));
    }
    let mut rows = vec![[Row::HEAD, Row::LINE].join("\n")];
    let mut is_lost = false;
    for group in groups {
        let began = Instant::now();
        let cases = group.made(group.cases.1, true);
        for lost in cases.lost.iter().take(DESCRIBED) {
            eprintln!("{}: {lost}", group.name);
        }
        is_lost |= !cases.lost.is_empty();
        let row = Row { fault: group.fault, cases: &cases, took: began.elapsed() };
        eprintln!("{row}");
        rows.push(row.to_string());
    }
    println!("{}", rows.join("\n"));
    Some(if is_lost { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn names() -> String {
    groups().iter().map(|group| group.name).collect::<Vec<_>>().join(", ")
}

impl Group {
    fn made(&self, wanted: u32, is_long: bool) -> Cases {
        let mut cases = Cases { wanted, is_long, ..Cases::default() };
        let made = catch_unwind(AssertUnwindSafe(|| (self.run)(&mut cases)));
        if let Err(reason) = flattened(made) {
            cases.lost.push(format!("the group ended early: {reason}"));
        }
        cases
    }
}

/// The cases of a group and what came of them.
#[derive(Default)]
pub struct Cases {
    /// How many, where a group can choose.
    pub wanted: u32,
    /// In the long tier: full sizes.
    is_long: bool,
    survived: u32,
    lost: Vec<String>,
    skipped: Option<String>,
    /// What was measured beside.
    notes: Vec<String>,
}

impl Cases {
    /// Runs one. Whatever it promises not to lose, it checks itself.
    pub fn case(&mut self, name: impl Display, body: impl FnOnce() -> Outcome) {
        match flattened(catch_unwind(AssertUnwindSafe(body))) {
            Ok(()) => self.survived += 1,
            Err(reason) => self.lost.push(format!("{name}: {reason}")),
        }
    }

    /// This machine, or this build, cannot do it.
    pub fn skip(&mut self, reason: &str) -> Outcome {
        self.skipped = Some(reason.to_owned());
        Ok(())
    }

    /// How many there were.
    pub fn made(&self) -> usize {
        self.survived as usize + self.lost.len()
    }

    /// Says what was measured.
    fn note(&mut self, note: String) {
        self.notes.push(note);
    }
}

/// A panic is a failure like another.
fn flattened(result: Result<Outcome, Box<dyn std::any::Any + Send>>) -> Result<(), String> {
    match result {
        Ok(Ok(())) => Ok(()),
        Ok(Err(failed)) => Err(failed.message().unwrap_or("no reason given").to_owned()),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            Err(text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned())
        }
    }
}

/// A line of the table.
struct Row<'c> {
    fault: &'static str,
    cases: &'c Cases,
    took: Duration,
}

impl Row<'_> {
    const HEAD: &'static str = "| fault | cases | survived | lost | seconds | measured |";
    const LINE: &'static str = "|---|---|---|---|---|---|";
}

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row { fault, cases, took } = self;
        let lost = cases.lost.len();
        let all = cases.made();
        let notes = match &cases.skipped {
            Some(reason) => format!("skipped: {reason}"),
            None => cases.notes.join("; "),
        };
        let (survived, seconds) = (cases.survived, took.as_secs_f64());
        write!(f, "| {fault} | {all} | {survived} | {lost} | {seconds:.0} | {notes} |")
    }
}

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    /// The next, below a bound.
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound.max(1)
    }
}

/// An error of a case.
fn lost<T>(reason: impl Display) -> Result<T, Failed> {
    Err(reason.to_string().into())
}
