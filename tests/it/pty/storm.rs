//! The screen is drawn piece by piece, and rows that moved are moved by the terminal. Whatever
//! was pressed, it must be the one that is drawn afresh.

use std::fs;

use libtest_mimic::Trial;

use super::{RUNS, reports, session::Session};
use crate::support::{Home, Outcome, SOON, eventually, test};

pub fn tests() -> Vec<Trial> {
    vec![
        test("pty::storm::keys_and_sizes_leave_a_whole_screen", keys_and_sizes),
        test("pty::storm::a_line_further_costs_a_fraction_of_the_screen", a_line_further),
        test("pty::storm::a_text_is_searched_forth_and_back", a_text_is_searched),
        test("pty::storm::many_changes_at_once_end_in_the_last", many_changes),
    ]
}

/// Keys that neither leave the program, nor start another, nor write anything.
const KEYS: [&str; 34] = [
    "j", "j", "j", "k", "k", "G", "gg", "\x04", "\x15", "\x1b[6~", "\x1b[5~", "\t", "\r", "1", "2", "3", "4",
    "5", "6", "t", "s", "v", "m", "b", "=", "?", ":", "f", "h", "l", " ", "<", ">", "\x1b",
];
const SIZES: [(u16, u16); 5] = [(80, 24), (40, 10), (120, 40), (200, 60), (17, 3)];
/// The machine's load moves on its own.
const NO_METERS: (&str, &str) = ("CHIMERA_INSIGHT_METERS", "false");
/// Row of the status line from below: notices come and go in it.
const STATUS: usize = 2;

/// Files enough to scroll in, with names and text that are wide.
fn many() -> Result<Home, libtest_mimic::Failed> {
    let home = reports()?;
    let folder = home.path().join("reports");
    for number in 0..60 {
        let name = ["run", "日本語の結果", "e\u{301}tude", "👍🏽"][number % 4];
        fs::write(folder.join(format!("{name}-{number:02}.csv")), RUNS)?;
    }
    let paragraphs = (0..80).map(|number| format!("Paragraph {number} of 日本語 and *weight*.\n\n"));
    fs::write(folder.join("aa.md"), format!("# Text\n\n{}", paragraphs.collect::<String>()))?;
    Ok(home)
}

/// The screen without its status line, once nothing more comes.
fn at_rest(session: &mut Session) -> Result<Vec<String>, libtest_mimic::Failed> {
    session.rests()?;
    let text = session.text();
    let mut rows: Vec<String> = text.lines().map(|row| row.trim_end().to_owned()).collect();
    if let Some(status) = rows.len().checked_sub(STATUS) {
        rows.remove(status);
    }
    Ok(rows)
}

fn keys_and_sizes() -> Outcome {
    let home = many()?;
    let mut session = Session::start_with(&home, &["--model", "none", "reports"], &[NO_METERS])?;
    session.sees("aa.md")?;
    // Numbers that look random and are the same in every run.
    let mut seed = 20_261_130_u64;
    let mut next = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for (round, size) in SIZES.iter().cycle().take(12).enumerate() {
        session.resize(size.0, size.1)?;
        let mut typed = Vec::new();
        for _ in 0..25 {
            let key = KEYS[next(KEYS.len())];
            session.keys(key)?;
            typed.push(key);
            // An escape and a letter at once would be alt and that letter.
            if key == "\x1b" {
                session.rests()?;
            }
        }
        let piecemeal = at_rest(&mut session)?;
        let clears = session.count(b"\x1b[2J");
        session.keys("\x0c")?;
        eventually("the screen drawn whole", SOON, || (session.count(b"\x1b[2J") > clears).then_some(()))?;
        assert_eq!(piecemeal, at_rest(&mut session)?, "round {round}, {size:?}: {typed:?}");
    }
    session.resize(80, 24)?;
    session.keys("\x03")?;
    session.ends_with(130)
}

fn a_line_further() -> Outcome {
    let home = many()?;
    let mut session = Session::start_with(&home, &["--model", "none", "reports"], &[NO_METERS])?;
    session.sees("aa.md")?;
    session.keys("r")?;
    session.sees("saved chimera_insight/")?;
    session.keys("gg")?;
    session.rests()?;
    for _ in 0..5 {
        let before = session.received();
        session.keys("j")?;
        eventually("a frame", SOON, || (session.received() > before).then_some(()))?;
        session.rests()?;
        let moved = session.received() - before;
        let before = session.received();
        session.keys("\x0c")?;
        eventually("a frame", SOON, || (session.received() > before).then_some(()))?;
        session.rests()?;
        let whole = session.received() - before;
        assert!(moved * 10 <= whole * 3, "{moved} bytes of {whole}");
    }
    session.keys("q")?;
    session.ends_with(0)
}

fn a_text_is_searched() -> Outcome {
    let home = reports()?;
    let filler: Vec<String> = (0..40).map(|number| format!("Paragraph {number}.\n\n")).collect();
    let filler = filler.concat();
    let text = format!("needle one\n\n{filler}needle two\n\n{filler}needle three\n");
    fs::write(home.path().join("reports/aa.md"), text)?;
    let mut session = Session::start(&home, &["--model", "none", "reports"])?;
    session.sees("aa.md")?;
    session.keys("/aa.md\r")?;
    session.waits("the filter", |screen| !screen.contains("baseline.csv"))?;
    session.keys("\t/needle\r")?;
    // The file that is read for the preview may come while this is typed.
    session.rests()?;
    for (key, found) in [("", "needle one"), ("n", "needle two"), ("n", "needle three"), ("N", "needle two")]
    {
        session.keys(key)?;
        session.sees(found)?;
    }
    session.keys("q")?;
    session.ends_with(0)
}

fn many_changes() -> Outcome {
    let home = many()?;
    let mut session = Session::start(&home, &["--model", "none", "reports"])?;
    session.sees("aa.md")?;
    let file = home.path().join("reports/storm.csv");
    for number in 0..200 {
        fs::write(&file, format!("model,tokens_s\nstorm,{number}.5\n"))?;
        let size = SIZES[number % SIZES.len()];
        session.resize(size.0, size.1)?;
    }
    session.resize(120, 40)?;
    session.keys("2/storm\r")?;
    session.sees("199.5")?;
    session.keys("q")?;
    session.ends_with(0)
}
