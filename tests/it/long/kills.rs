//! Programs that are killed while they write a report, at any moment of it.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use chimera_insight::save::journal::remains;
use rustix::process::{Pid, Signal, kill_process};

use super::{Cases, Random, judge, lost};
use crate::{
    pty::session::Session,
    support::{Home, Outcome, SOON, eventually},
};

/// Kills come within so many milliseconds of the first word: a report takes about that long.
const WITHIN_MS: u64 = 1_500;
/// So many of the last letters of what was shown must be found again.
const LETTERS: usize = 24;
const RUNS: &str = "model,num_gpu,tokens_s,ttft_ms\ngemma3:270m,0,101.5,210\ngemma3:270m,60,203.25,95\n";

/// The command, on a terminal: it tells what it writes.
pub fn headless(cases: &mut Cases) -> Outcome {
    let mut random = Random(7);
    let mut with_text = 0;
    for number in 0..cases.wanted {
        let wait = Duration::from_millis(random.below(WITHIN_MS));
        cases.case(format!("kill {number} after {wait:?}"), || {
            let home = home()?;
            let mut session = Session::start(&home, &["report", "--model", "scripted", "reports"])?;
            session.sees("model:")?;
            at_random(wait)?;
            kill(&mut session)?;
            let told = String::from_utf8_lossy(&session.bytes()).into_owned();
            // The line that ends with the prompt, then what is streamed until the call ends.
            let streamed = told.rsplit_once(" tokens\r\n").map_or("", |(_, streamed)| streamed);
            let is_streaming = ["withdrawn", "tok/s,", "reading the prompt", " tokens at "]
                .iter()
                .all(|other| !streamed.contains(other));
            let shown = letters(streamed);
            with_text += u32::from(is_streaming && shown.len() >= LETTERS);
            is_left(&home, is_streaming.then_some(&*shown))
        });
    }
    cases.note(format!("{with_text} in the middle of a sentence, held letter by letter"));
    Ok(())
}

/// The screen; the next start offers what was written, and keeps it.
pub fn screen(cases: &mut Cases) -> Outcome {
    let mut random = Random(11);
    let by_code = by_code()?;
    for number in 0..cases.wanted {
        let wait = Duration::from_millis(random.below(WITHIN_MS));
        cases.case(format!("kill {number} after {wait:?}"), || {
            let home = home()?;
            let mut session = Session::start(&home, &["--model", "scripted:slow", "reports"])?;
            session.sees("runs.csv")?;
            session.keys("r")?;
            // Told of the model alone, and from its first word on.
            session.waits("the first word", |screen| {
                screen.lines().last().is_some_and(|footer| footer.contains("TTFT"))
            })?;
            at_random(wait)?;
            let shown = last_words(&session.text());
            kill(&mut session)?;
            // What code writes is written again.
            is_left(&home, Some(&shown).filter(|shown| !by_code.contains(&**shown)).map(String::as_str))?;
            judge::is_inert(&session.bytes())?;

            let mut session = Session::start(&home, &["--model", "none", "reports"])?;
            session.sees("a run that died left")?;
            session.keys("I")?;
            session.sees("kept as chimera_insight/")?;
            session.sees("Interrupted")?;
            session.keys("q")?;
            session.ends_with(0)?;
            let left = remains(&home.path().join("reports"));
            if left.is_empty() { Ok(()) } else { lost("it is still offered") }
        });
    }
    Ok(())
}

fn home() -> Result<Home, libtest_mimic::Failed> {
    let home = Home::new()?;
    fs::create_dir(home.path().join("reports"))?;
    fs::write(home.path().join("reports/runs.csv"), RUNS)?;
    Ok(home)
}

/// The letters of the report that code writes of the same folder.
fn by_code() -> Result<String, libtest_mimic::Failed> {
    let home = home()?;
    let output = home.command().args(["report", "--model", "none", "reports"]).output()?;
    let path = home.path().join(String::from_utf8(output.stdout)?.trim());
    Ok(letters(&fs::read_to_string(path)?))
}

/// Any moment will do: there is no state to wait for.
fn at_random(wait: Duration) -> Outcome {
    let began = Instant::now();
    eventually("a moment", SOON, || (began.elapsed() >= wait).then_some(()))
}

fn kill(session: &mut Session) -> Outcome {
    let pid = session.pid().and_then(Pid::from_raw).ok_or("the program has no process id")?;
    kill_process(pid, Signal::KILL)?;
    session.is_gone()
}

/// Nothing is torn, nothing of the folder is touched, and the journal has what was shown: unless
/// the report was done before.
fn is_left(home: &Home, shown: Option<&str>) -> Outcome {
    let folder = home.path().join("reports");
    let own = folder.join("chimera_insight");
    judge::is_whole(&own)?;
    if fs::read_to_string(folder.join("runs.csv"))? != RUNS {
        return lost("the folder's own file is not as it was");
    }
    let is_done = has(&own, "md");
    let left = remains(&folder);
    let Some(shown) = shown.filter(|shown| shown.len() >= LETTERS && !is_done) else { return Ok(()) };
    let [left] = left.as_slice() else { return lost(format!("{} journals are left", left.len())) };
    let journal = letters(&fs::read_to_string(&left.path)?);
    let end = &shown[shown.len() - LETTERS..];
    if journal.contains(end) {
        Ok(())
    } else {
        let tail = &journal[journal.len().saturating_sub(80)..];
        lost(format!("`{end}` was shown and is not in the journal, which ends in `{tail}`"))
    }
}

fn has(folder: &Path, extension: &str) -> bool {
    let mut files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.any(|entry| entry.path().extension().is_some_and(|found| found == extension))
}

/// Letters and digits alone: a terminal breaks lines and takes marks away.
fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// The last row of the report's pane that has words.
fn last_words(screen: &str) -> String {
    let rows = screen.lines().filter_map(|row| row.strip_prefix('│')).map(letters);
    rows.rev().find(|row| row.len() >= LETTERS).unwrap_or_default()
}
