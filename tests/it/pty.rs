//! The screen in a pty, judged by a vt100 parser: what a person at a terminal would see,
//! and what is left of the terminal afterwards.

mod bench;
mod child;
mod look;
pub mod session;
mod storm;

use std::{fs, path::Path};

use libtest_mimic::Trial;
use rustix::process::{Pid, Signal, kill_process};

pub use self::child::{VARIABLE, child};
use self::session::Session;
use crate::{
    support::{Home, Outcome, SOON, eventually, test},
    tiny_gguf::{Mode, Tiny},
};

const RUNS: &str = "model,num_gpu,tokens_s,ttft_ms\ngemma3:270m,0,101.5,210\ngemma3:270m,60,203.25,95\n";

pub fn tests() -> Vec<Trial> {
    let mut tests = vec![
        test("pty::files_appear_and_metrics_move", files_appear_and_metrics_move),
        test("pty::a_report_streams_is_cancelled_and_completes", a_report_streams),
        test("pty::without_a_model_code_writes_the_report", without_a_model),
        test("pty::a_figure_leads_to_its_row_and_back", a_figure_leads_to_its_row),
        test("pty::an_engine_that_dies_costs_a_notice", an_engine_that_dies),
        test("pty::the_terminal_is_given_back_on_every_end", every_end),
        test("pty::quitting_saves_what_there_is", quitting_saves),
        test("pty::the_screen_follows_the_size", the_screen_follows_the_size),
        test("pty::stopped_and_continued", stopped_and_continued),
        test("pty::the_editor_gets_the_terminal", the_editor_gets_the_terminal),
        test("pty::settings_are_edited_and_the_report_has_them", settings_are_edited),
        test("pty::a_model_is_found_chosen_and_loaded_on_the_screen", a_model_is_chosen),
        test("pty::the_users_keys_win_and_their_faults_are_told", the_users_keys),
        test("pty::copying_goes_through_the_terminal", copying),
        test("pty::what_files_contain_never_reaches_the_terminal_raw", nothing_raw),
    ];
    tests.extend(bench::tests());
    tests.extend(look::tests());
    tests.extend(storm::tests());
    tests
}

/// A home with a folder `reports` and one file in it.
pub fn reports() -> Result<Home, libtest_mimic::Failed> {
    let home = Home::new()?;
    let folder = home.path().join("reports");
    fs::create_dir(&folder)?;
    fs::write(folder.join("baseline.csv"), RUNS)?;
    Ok(home)
}

/// The reports that the program has written.
pub fn written(home: &Home, extension: &str) -> Vec<String> {
    let entries = fs::read_dir(home.path().join("reports/chimera_insight")).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let mut paths: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|found| found == extension)).collect();
    paths.sort();
    paths.iter().filter_map(|path| fs::read_to_string(path).ok()).collect()
}

/// Sends the program a signal.
pub fn kill(session: &Session, signal: Signal) -> Outcome {
    let pid = session.pid().and_then(Pid::from_raw).ok_or("the program has no process id")?;
    Ok(kill_process(pid, signal)?)
}

fn files_appear_and_metrics_move() -> Outcome {
    let home = reports()?;
    let mut session = Session::start(&home, &["--model", "scripted", "reports"])?;
    session.sees("baseline.csv")?;
    fs::write(home.path().join("reports/second.csv"), "model,latency_ms\nllama3,12.5\nllama3,13.5\n")?;
    session.sees("second.csv")?;
    session.keys("2")?;
    session.sees("Throughput")?;
    session.sees("Latency")?;
    session.keys("q")?;
    session.ends_with(0)
}

fn a_report_streams() -> Outcome {
    let home = reports()?;
    // Short answers: the slow script is slow enough to be cancelled.
    let arguments = ["--model", "scripted:slow", "--set", "num_predict=24", "reports"];
    let mut session = Session::start(&home, &arguments)?;
    session.sees("baseline.csv")?;
    session.keys("r")?;
    session.sees("TTFT")?;
    session.waits("a rate to be shown", |screen| has_number_before(screen, "tok/s"))?;
    session.keys("\x1b")?;
    eventually("the interrupted report", SOON, || {
        written(&home, "json").iter().any(|record| record.contains("\"status\": \"cancelled\"")).then_some(())
    })?;
    session.sees("saved chimera_insight/")?;

    session.keys("r")?;
    eventually("the complete report", SOON * 3, || {
        written(&home, "json").iter().any(|record| record.contains("\"status\": \"complete\"")).then_some(())
    })?;
    eventually("both reports", SOON, || (written(&home, "md").len() == 2).then_some(()))?;
    session.sees("saved chimera_insight/")?;
    session.keys("gg")?;
    session.sees("Chimera Insight")?;
    session.keys("q")?;
    session.ends_with(0)
}

/// A digit, then a space, then the unit.
fn has_number_before(screen: &str, unit: &str) -> bool {
    screen.match_indices(unit).any(|(at, _)| {
        screen[..at].trim_end_matches(' ').chars().next_back().is_some_and(|letter| letter.is_ascii_digit())
    })
}

fn without_a_model() -> Outcome {
    let home = reports()?;
    let mut session = Session::start(&home, &["--model", "none", "reports"])?;
    session.sees("baseline.csv")?;
    session.keys("r")?;
    eventually("the report", SOON, || written(&home, "md").pop())?;
    session.sees("saved chimera_insight/")?;
    session.keys("q")?;
    session.ends_with(0)
}

fn a_figure_leads_to_its_row() -> Outcome {
    let home = reports()?;
    let arguments = ["--model", "scripted", "--set", "num_predict=24", "reports"];
    let mut session = Session::start(&home, &arguments)?;
    session.sees("baseline.csv")?;
    session.keys("r")?;
    session.sees("saved chimera_insight/")?;
    session.keys("gg")?;
    session.sees("Agent Type")?;
    // The figures one by one, until one stands in a row of the file.
    eventually("a figure with a row of its own", SOON, || {
        let before = session.text();
        session.keys("n").ok()?;
        session.waits("the next figure", |screen| screen != before).ok()?;
        session.text().contains("enter opens baseline.csv:3 ").then_some(())
    })?;
    session.keys("\r")?;
    session.sees("back to the report")?;
    session.sees("203.25")?;
    session.sees("used in")?;
    session.keys("\x1b")?;
    session.sees("enter opens baseline.csv:3 ")?;
    session.keys("q")?;
    session.ends_with(0)
}

fn an_engine_that_dies() -> Outcome {
    let home = reports()?;
    let mut session = Session::start(&home, &["--model", "scripted:crash", "reports"])?;
    session.sees("baseline.csv")?;
    for count in 1..=2 {
        session.keys("r")?;
        eventually("what there was of the report", SOON, || {
            (written(&home, "md").len() == count).then_some(())
        })?;
        session.waits("the failure to be told", |screen| screen.contains("engine"))?;
    }
    session.keys("q")?;
    session.ends_with(0)
}

fn every_end() -> Outcome {
    let signals = [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130)];
    for (signal, code) in signals {
        let home = reports()?;
        let session = Session::start(&home, &["--model", "none", "reports"])?;
        session.sees("baseline.csv")?;
        kill(&session, signal)?;
        session.ends_with(code)?;
    }
    for (keys, code) in [("q", 0), ("\x03", 130)] {
        let home = reports()?;
        let mut session = Session::start(&home, &["--model", "none", "reports"])?;
        session.sees("baseline.csv")?;
        session.keys(keys)?;
        session.ends_with(code)?;
    }
    Ok(())
}

fn quitting_saves() -> Outcome {
    for (signal, code) in [(None, 0), (Some(Signal::TERM), 143)] {
        let home = reports()?;
        let mut session = Session::start(&home, &["--model", "scripted:slow", "reports"])?;
        session.sees("baseline.csv")?;
        session.keys("r")?;
        session.waits("a rate to be shown", |screen| has_number_before(screen, "tok/s"))?;
        match signal {
            None => session.keys("q")?,
            Some(signal) => kill(&session, signal)?,
        }
        session.ends_with(code)?;
        assert_eq!((written(&home, "md").len(), written(&home, "json").len()), (1, 1));
    }
    Ok(())
}

/// Drawing fails: the terminal is given back before a word is said.
pub fn a_panic() -> Outcome {
    let home = reports()?;
    let mut session = Session::start_child(&home, child::PANIC_IN_DRAW)?;
    session.sees("baseline.csv")?;
    session.keys("4")?;
    let screen = session.ends_and_shows(101)?;
    assert!(screen.contains("drawing failed on purpose"), "{screen}");
    assert!(!screen.contains("baseline.csv"), "the message stands on the normal screen: {screen}");
    Ok(())
}

/// A thread fails: the screen stays.
pub fn a_panic_elsewhere() -> Outcome {
    let home = reports()?;
    let mut session = Session::start_child(&home, child::PANIC_IN_THREAD)?;
    session.sees("baseline.csv")?;
    session.keys("2")?;
    session.sees("Throughput")?;
    session.keys("1")?;
    session.sees("baseline.csv")?;
    assert!(!session.text().contains("panicked"), "{}", session.text());
    let log = fs::read_to_string(home.own("state").join("screen.log"))?;
    assert!(log.contains("a thread failed on purpose"), "{log}");
    session.keys("q")?;
    session.ends_with(0)
}

fn the_screen_follows_the_size() -> Outcome {
    let home = reports()?;
    let mut session = Session::start(&home, &["--model", "none", "reports"])?;
    session.sees("baseline.csv")?;
    for (columns, rows, expected) in [
        (40, 10, "baseline.csv"),
        (20, 5, "too small"),
        (1, 1, ""),
        (200, 60, "203.25"),
        (80, 24, "baseline.csv"),
    ] {
        session.resize(columns, rows)?;
        session.sees(expected)?;
    }
    session.keys("q")?;
    session.ends_with(0)
}

fn stopped_and_continued() -> Outcome {
    let home = reports()?;
    let mut session = Session::start(&home, &["--model", "none", "reports"])?;
    session.sees("baseline.csv")?;
    session.keys("\x1a")?;
    let pid = session.pid().ok_or("the program has no process id")?;
    eventually("the program to stop", SOON, || is_stopped(pid).then_some(()))?;
    session.is_given_back()?;
    kill(&session, Signal::CONT)?;
    session.sees("baseline.csv")?;
    session.keys("2")?;
    session.sees("Throughput")?;
    session.keys("q")?;
    session.ends_with(0)
}

/// The process is stopped.
pub fn is_stopped(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T')))
}

fn the_editor_gets_the_terminal() -> Outcome {
    let home = reports()?;
    // It reads a line from the terminal: nobody else may take it away.
    let script = "#!/bin/sh\necho editing \"$@\"\nread line\necho \"$line\" > \"$HOME/typed\"\n";
    let editor = home.path().join("editor.sh");
    fs::write(&editor, script)?;
    let visual = format!("sh {}", editor.display());
    let mut session = Session::start_with(&home, &["--model", "none", "reports"], &[("VISUAL", &visual)])?;
    session.sees("baseline.csv")?;
    session.keys("e")?;
    session.sees("editing +1 ")?;
    session.keys("hello qq\n")?;
    eventually("what was typed", SOON, || {
        fs::read_to_string(home.path().join("typed")).ok().filter(|typed| typed == "hello qq\n")
    })?;
    session.waits("the screen to be back", |screen| screen.contains("Inventory"))?;
    session.keys("2")?;
    session.sees("Throughput")?;
    session.keys("q")?;
    session.ends_with(0)
}

fn settings_are_edited() -> Outcome {
    let home = reports()?;
    let mut session = Session::start(&home, &["reports", "--model", "scripted:fast"])?;
    session.sees("baseline.csv")?;
    session.keys("4p")?;
    session.sees("num_gpu")?;
    // The seed is the ninth.
    session.keys("jjjjjjjj\rx\r")?;
    session.sees("`seed` must be a whole number")?;
    session.keys("\x7f4242\r")?;
    session.waits("the value", |screen| {
        screen.lines().any(|line| line.contains("4242") && line.contains("edited here"))
    })?;
    session.keys("r")?;
    session.sees("saved chimera_insight/")?;
    let records = written(&home, "json");
    assert!(records.len() == 1 && records[0].contains("\"seed\": 4242"), "{records:?}");
    session.keys("q")?;
    session.ends_with(0)
}

/// The file is found in another program's store. A build without llama.cpp cannot load it and says so.
fn a_model_is_chosen() -> Outcome {
    let home = reports()?;
    let store = home.path().join(".lmstudio/models/someone/tiny");
    fs::create_dir_all(&store)?;
    Tiny::new(Mode::Scripted).write(&store)?;
    let mut session = Session::start(&home, &["reports", "--model", "scripted"])?;
    session.sees("baseline.csv")?;
    session.keys("6")?;
    session.waits("the model", |screen| screen.contains("tiny-gemma3") && screen.contains("LM Studio"))?;
    session.keys("L")?;
    session.sees("scripted is loaded")?;
    session.keys("gg\r")?;
    session.waits("the other, loaded in its place", |screen| {
        screen.contains("tiny-gemma3 is loaded") || screen.contains("this build has no llam")
    })?;
    session.keys("U")?;
    session.sees("not loaded")?;
    session.keys("q")?;
    session.ends_with(0)
}

fn the_users_keys() -> Outcome {
    let home = reports()?;
    fs::create_dir_all(home.own("config"))?;
    fs::write(home.own("config").join("keymap.toml"), "[global]\n\"Q\" = \"quit\"\n\"z\" = \"fly\"\n")?;
    let mut session = Session::start(&home, &["--model", "none", "reports"])?;
    session.sees("keymap.toml:3: no action `fly`")?;
    session.resize(100, 80)?;
    // A key in the same instant as the new size may wait for the next key.
    session.waits("the new size", |screen| {
        screen.lines().nth(79).is_some_and(|footer| footer.contains("help"))
    })?;
    session.keys("?")?;
    session.sees("q, Q")?;
    // Esc and a letter at once would be alt and that letter.
    session.keys("?Q")?;
    session.ends_with(0)
}

fn copying() -> Outcome {
    let home = reports()?;
    let mut session = Session::start(&home, &["--model", "none", "reports"])?;
    session.sees("baseline.csv")?;
    session.keys("y")?;
    // `baseline.csv` in base 64.
    eventually("the clipboard's sequence", SOON, || {
        session.has_received(b"\x1b]52;c;YmFzZWxpbmUuY3N2").then_some(())
    })?;
    session.keys("q")?;
    session.ends_with(0)
}

fn nothing_raw() -> Outcome {
    let home = reports()?;
    let folder = home.path().join("reports");
    let evil = "\x1b]0;owned\x07\x1b[2J\u{9b}31m\u{202e}";
    fs::write(folder.join("evil\x1b[31m.csv"), format!("model,{evil}\na{evil},1\n"))?;
    fs::write(folder.join("evil.md"), format!("# head {evil}\n\ntext {evil}\n"))?;
    let mut session = Session::start(&home, &["--model", "none", "reports"])?;
    session.sees("evil.md")?;
    for keys in ["j", "j", "\r", "j", "2", "j", "\r", "!", "!", "r"] {
        session.keys(keys)?;
    }
    eventually("the report", SOON, || written(&home, "md").pop())?;
    session.sees("saved chimera_insight/")?;
    session.keys("q")?;
    assert!(!session.has_received(b"\x1b]0;"), "a title was set");
    assert!(!session.has_received("\u{9b}".as_bytes()) && !session.has_received("\u{202e}".as_bytes()));
    session.ends_with(0)?;
    assert!(Path::new(&folder).join("evil.md").exists());
    Ok(())
}
