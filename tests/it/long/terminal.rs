//! A terminal that changes its size, does not read, sends signals, or is none. After every end it
//! is as it was before.

use std::{
    fs,
    path::PathBuf,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;
use rustix::process::Signal;

use super::{Cases, Random, judge, lost};
use crate::{
    pty::{a_panic, a_panic_elsewhere, is_stopped, kill, reports, session::Session, written},
    support::{Home, Outcome, SOON, eventually},
};

/// The meters move on their own.
const NO_METERS: (&str, &str) = ("CHIMERA_INSIGHT_METERS", "false");
const WITHOUT_MODEL: [&str; 3] = ["--model", "none", "reports"];
/// Every one of these is drawn, squared.
const EVERY_SIZE: u16 = 30;
/// A line of 9600 baud.
const SLOW_LINE: u64 = 960;
/// More than a terminal holds that nobody reads, and one frame.
const HELD: usize = 512 * 1024;
/// The end may take so long; promised is a tenth.
const END: Duration = Duration::from_secs(10);

/// Sizes one after another as fast as they come, and every small one drawn.
pub fn resizes(cases: &mut Cases) -> Outcome {
    let mut random = Random(13);
    let (rounds, storm) = (cases.wanted, if cases.is_long { 2_000 } else { 200 });
    for round in 0..rounds {
        cases.case(format!("storm {round}"), || {
            let home = reports()?;
            let mut session = Session::start_with(&home, &WITHOUT_MODEL, &[NO_METERS])?;
            session.sees("baseline.csv")?;
            session.looks_away();
            for number in 0..storm {
                let (columns, rows) = (1 + random.below(500), 1 + random.below(200));
                session.resize(columns as u16, rows as u16)?;
                if number % 16 == 0 {
                    session.keys(["1", "2", "3", "?", "?"][random.below(5) as usize])?;
                }
                thread::park_timeout(Duration::from_millis(random.below(6)));
            }
            session.resize(90, 30)?;
            session.rests()?;
            session.looks_again(80, 24)?;
            session.keys("1")?;
            session.rests()?;
            if session.text().contains("─ Keys ─") {
                session.keys("?")?;
            }
            is_whole(&mut session)?;
            end(session)
        });
    }
    cases.note(format!("{} sizes", u64::from(rounds) * storm));
    if cases.is_long {
        cases.case("every size from 1×1 to 30×30", every_size);
    }
    Ok(())
}

fn every_size() -> Outcome {
    let home = reports()?;
    let session = Session::start_with(&home, &WITHOUT_MODEL, &[NO_METERS])?;
    session.sees("baseline.csv")?;
    session.looks_away();
    let mut session = session;
    for (columns, rows) in (1..=EVERY_SIZE).flat_map(|x| (1..=EVERY_SIZE).map(move |y| (x, y))) {
        let before = session.received();
        session.resize(columns, rows)?;
        eventually(&format!("a frame of {columns}×{rows}"), SOON, || {
            (session.received() > before && session.ends_in(b"\x1b[?2026l")).then_some(())
        })?;
    }
    session.looks_again(80, 24)?;
    session.sees("baseline.csv")?;
    is_whole(&mut session)?;
    end(session)
}

/// The screen is the one that is drawn afresh.
fn is_whole(session: &mut Session) -> Outcome {
    session.waits("the screen at rest", |screen| screen.contains("baseline.csv"))?;
    session.rests()?;
    let piecemeal = session.text();
    let clears = session.count(b"\x1b[2J");
    session.keys("\x0c")?;
    eventually("the screen drawn whole", SOON, || (session.count(b"\x1b[2J") > clears).then_some(()))?;
    session.rests()?;
    assert_eq!(piecemeal, session.text());
    Ok(())
}

fn end(mut session: Session) -> Outcome {
    judge::is_inert(&session.bytes())?;
    session.keys("q")?;
    session.ends_with(0)
}

/// Nobody reads, or little by little: the end comes all the same, and nothing heaps up.
pub fn readers(cases: &mut Cases) -> Outcome {
    let mut slowest = [Duration::ZERO; 3];
    for number in 0..cases.wanted {
        let kind = number as usize % slowest.len();
        let mut took = Duration::ZERO;
        let name = ["9600 baud", "nobody reads, q", "nobody reads, TERM"][kind];
        cases.case(format!("{name}, case {number}"), || {
            let home = reports()?;
            let mut session = Session::start_sized(&home, &WITHOUT_MODEL, &[NO_METERS], (200, 60))?;
            session.sees("baseline.csv")?;
            session.looks_away();
            session.takes(if kind == 0 { SLOW_LINE } else { 0 });
            // Whole frames, more of them than any terminal holds.
            for round in 0..120 {
                session.resize(200 - round % 2, 60)?;
                session.keys(if round % 2 == 0 { "2" } else { "1" })?;
                thread::park_timeout(Duration::from_millis(20));
            }
            let memory = session.pid().and_then(judge::peak_memory).unwrap_or_default();
            let began = Instant::now();
            if kind == 2 {
                kill(&session, Signal::TERM)?;
            } else {
                session.keys("q")?;
            }
            session.is_gone()?;
            took = began.elapsed();
            let before = session.received();
            session.takes_all();
            session.rests()?;
            let held = session.received() - before;
            if took > END || held > HELD || memory > 64 << 20 {
                return lost(format!(
                    "ended after {took:?}, {held} bytes were held, {memory} bytes of memory"
                ));
            }
            session.is_given_back()
        });
        slowest[kind] = slowest[kind].max(took);
    }
    let [slow, keyed, signalled] = slowest.map(|took| took.as_millis());
    cases.note(format!(
        "the end {slow} ms after `q` at 9600 baud, {keyed} ms after `q` and {signalled} ms after TERM where nobody reads"
    ));
    Ok(())
}

/// What the program is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Scanning,
    Filter,
    Popup,
    Streaming,
    Saving,
    Benchmark,
    Editor,
    Suspended,
}

const STATES: [State; 8] = [
    State::Scanning,
    State::Filter,
    State::Popup,
    State::Streaming,
    State::Saving,
    State::Benchmark,
    State::Editor,
    State::Suspended,
];
const SIGNALS: [Signal; 7] =
    [Signal::TERM, Signal::HUP, Signal::INT, Signal::QUIT, Signal::PIPE, Signal::TSTP, Signal::CONT];

/// Each signal in each state; in the suite each state once and most signals.
pub fn signals(cases: &mut Cases) -> Outcome {
    let all = SIGNALS.len() * STATES.len();
    for number in 0..cases.wanted as usize {
        // A step without a common divisor with either, so that few cases are a mixture.
        let case = if cases.is_long { number } else { number * 9 } % all;
        let (state, signal) = (STATES[case % STATES.len()], SIGNALS[case / STATES.len()]);
        cases.case(format!("{signal:?} while {state:?}"), || try_signal(state, signal));
    }
    Ok(())
}

fn try_signal(state: State, signal: Signal) -> Outcome {
    let home = reports()?;
    let mut session = in_state(&home, state)?;
    let pid = session.pid().ok_or("the program has no process id")?;
    kill(&session, signal)?;
    if state == State::Suspended {
        kill(&session, Signal::CONT)?;
    }
    let code = match signal {
        Signal::TERM => Some(143),
        Signal::HUP => Some(129),
        // The editor's own, which reaches both.
        Signal::INT if state != State::Editor => Some(130),
        Signal::QUIT if state != State::Editor => Some(131),
        _ => None,
    };
    if signal == Signal::TSTP && !matches!(state, State::Editor | State::Suspended) {
        eventually("the program to stop", SOON, || is_stopped(pid).then_some(()))?;
        session.is_given_back()?;
        kill(&session, Signal::CONT)?;
    }
    if state == State::Editor {
        // It has the terminal until it is done.
        session.sees("editing")?;
        session.keys("done\n")?;
    }
    if code.is_none() {
        session.waits("the screen", |screen| screen.contains("chimera-insight   reports"))?;
        judge::is_inert(&session.bytes())?;
        session.keys("\x03")?;
        // The first stops what runs, or closes what is open.
        let ended = |session: &mut Session| -> Outcome {
            for _ in 0..4 {
                session.rests()?;
                if session.keys("\x03").is_err() {
                    break;
                }
            }
            Ok(())
        };
        ended(&mut session)?;
    }
    let saves = state == State::Streaming && code.is_some();
    session.ends_with(code.unwrap_or(130))?;
    judge::is_whole(&home.path().join("reports/chimera_insight"))?;
    if saves && written(&home, "md").len() != 1 {
        return lost("what was written of the report is not saved");
    }
    Ok(())
}

fn in_state(home: &Home, state: State) -> Result<Session, Failed> {
    let script = home.path().join("editor.sh");
    fs::write(&script, "#!/bin/sh\ntrap '' INT QUIT\necho editing\nread line\n")?;
    let editor = format!("sh {}", script.display());
    let model = match state {
        State::Streaming => "scripted:slow",
        State::Saving | State::Benchmark => "scripted",
        _ => "none",
    };
    if state == State::Scanning {
        for number in 0..2_000 {
            fs::write(home.path().join(format!("reports/{number}.csv")), "model,ttft_ms\na,1\n")?;
        }
    }
    let arguments = ["--model", model, "--set", "num_predict=64", "reports"];
    let more = [("VISUAL", &*editor), NO_METERS];
    let mut session = Session::start_sized(home, &arguments, &more, (120, 40))?;
    if state == State::Scanning {
        session.sees("Inventory")?;
        return Ok(session);
    }
    session.sees("baseline.csv")?;
    match state {
        State::Scanning => {}
        State::Filter => {
            session.keys("/base")?;
            session.sees("keep filter")?;
        }
        State::Popup => {
            session.keys("?")?;
            session.sees("─ Keys ─")?;
        }
        State::Streaming => {
            session.keys("r")?;
            session.waits("the first word", |screen| {
                screen.lines().last().is_some_and(|footer| footer.contains("TTFT"))
            })?;
        }
        State::Saving => {
            session.keys("r")?;
            let own: PathBuf = home.path().join("reports/chimera_insight");
            let is_there = || fs::read_dir(&own).is_ok_and(|entries| entries.count() > 1);
            eventually("a second file", SOON, || is_there().then_some(()))?;
        }
        State::Benchmark => {
            session.keys("6B")?;
            session.sees("4 configurations, 12 calls")?;
            session.keys("\r")?;
            session.waits("progress", |screen| screen.contains("calls") && screen.contains(" left"))?;
        }
        State::Editor => {
            session.keys("e")?;
            session.sees("editing")?;
        }
        State::Suspended => {
            session.keys("\x1a")?;
            let pid = session.pid().ok_or("the program has no process id")?;
            eventually("the program to stop", SOON, || is_stopped(pid).then_some(()))?;
        }
    }
    Ok(session)
}

/// The terminal is given back first; a thread that is not the screen's leaves it alone.
pub fn panics(cases: &mut Cases) -> Outcome {
    for number in 0..cases.wanted {
        let body: fn() -> Outcome = if number % 2 == 0 { a_panic } else { a_panic_elsewhere };
        cases.case(format!("case {number}"), body);
    }
    Ok(())
}

/// What a terminal can do, as its environment tells it; and what there is where it is none.
pub fn looks(cases: &mut Cases) -> Outcome {
    let terms = ["xterm-256color", "xterm", "linux", "vt100", ""];
    let others = [("LC_ALL", "C.UTF-8"), ("LC_ALL", "C"), ("NO_COLOR", "1"), ("COLORTERM", "truecolor")];
    for (at, term) in terms.into_iter().enumerate() {
        for (other, (name, value)) in others.into_iter().enumerate() {
            // In the suite each of them once.
            if cases.is_long || at % others.len() == other {
                cases.case(format!("TERM={term} {name}={value}"), || looks_right(term, name, value));
            }
        }
    }
    cases.case("TERM=dumb", || {
        let home = reports()?;
        let session = Session::start_with(&home, &WITHOUT_MODEL, &[("TERM", "dumb")])?;
        session.sees("error: the screen needs a terminal that moves its cursor")?;
        assert!(!session.has_received(b"\x1b["), "{:?}", String::from_utf8_lossy(&session.bytes()));
        session.ends_with(2)
    });
    for (input, output) in [("<", ""), ("", "|"), ("<", "|")] {
        cases.case(format!("no terminal: {input}{output}"), || {
            let home = reports()?;
            let input = if input.is_empty() { "" } else { "</dev/null" };
            let output = if output.is_empty() { "" } else { "| cat" };
            let program = crate::support::program().display();
            let line = format!("{program} --model none reports {input} {output}; echo over");
            let session = Session::start_other(&home, "/bin/sh".as_ref(), &["-c", &line])?;
            session.sees("over")?;
            assert!(session.text().contains("error: the screen needs a terminal on standard"));
            assert!(!session.has_received(b"\x1b["), "{:?}", String::from_utf8_lossy(&session.bytes()));
            session.ends_with(0)
        });
    }
    cases.case("no terminal at all", || {
        let home = reports()?;
        let output = home.command().args(WITHOUT_MODEL).stdin(Stdio::null()).output()?;
        judge::is_told(&output, 2)
    });
    Ok(())
}

fn looks_right(term: &str, name: &str, value: &str) -> Outcome {
    let home = reports()?;
    let mut session =
        Session::start_with(&home, &WITHOUT_MODEL, &[NO_METERS, ("TERM", term), (name, value)])?;
    for key in ["", "2", "5", "1"] {
        session.keys(key)?;
        session.rests()?;
    }
    session.sees("baseline.csv")?;
    let told = String::from_utf8_lossy(&session.bytes()).into_owned();
    if value == "C" && !session.text().is_ascii() {
        return lost("signs that are not ASCII where the locale has none");
    }
    let styles = told.split("\x1b[").skip(1).filter_map(|rest| rest.split_once('m').map(|(style, _)| style));
    let numbers = styles.filter(|style| style.chars().all(|c| c.is_ascii_digit() || matches!(c, ';' | ':')));
    let is_coloured = |style: &&str| {
        style.split([';', ':']).any(|n| matches!(n.parse(), Ok(30_u8..=38 | 40..=48 | 90..=97 | 100..=107)))
    };
    let coloured: Vec<&str> = numbers.filter(is_coloured).collect();
    let is_full = coloured.iter().any(|style| style.starts_with("38;2") || style.starts_with("38;5"));
    if (name == "NO_COLOR" || term == "vt100") && name != "COLORTERM" && !coloured.is_empty() {
        return lost(format!("colours where none are wanted: {:?}", coloured[0]));
    }
    if term == "linux" && name != "COLORTERM" && is_full {
        return lost("more than sixteen colours");
    }
    end(session)
}
