//! How soon a key is on the screen while the program has other things to do.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;

use super::{Cases, judge, lost};
use crate::{
    pty::{reports, session::Session},
    support::{Home, Outcome, SOON, eventually},
};

const NO_METERS: (&str, &str) = ("CHIMERA_INSIGHT_METERS", "false");
const RUNS: &str = "model,num_gpu,tokens_s,ttft_ms\ngemma3:270m,0,101.5,210\ngemma3:270m,60,203.25,95\n";
/// Ten times what is promised.
const DEADLINE: Duration = Duration::from_secs(1);
/// Bytes a second of a line of 115,200 baud: on a slower one a popup itself takes its time.
const LINE: u64 = 11_520;
const SIZE: (u16, u16) = (120, 40);

/// Each condition is a case; its times stand in the table.
pub fn keys(cases: &mut Cases) -> Outcome {
    let (presses, files) = (cases.wanted, if cases.is_long { 10_000 } else { 500 });
    let mut notes = Vec::new();
    let mut condition = |name: &'static str, body: &dyn Fn() -> Result<Vec<Duration>, Failed>| {
        let mut note = None;
        cases.case(name, || {
            let mut times = body()?;
            times.sort();
            let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
            let (median, p99, slowest) = (at(0.5), at(0.99), at(1.0));
            note =
                Some(format!("{name} {}/{}/{} ms", median.as_millis(), p99.as_millis(), slowest.as_millis()));
            if p99 > DEADLINE { lost(format!("the 99th of a hundred took {p99:?}")) } else { Ok(()) }
        });
        notes.extend(note);
    };
    condition("at rest", &|| {
        let home = reports()?;
        measured(&home, "none", presses, |_| Ok(()))
    });
    condition("a report is streamed", &|| {
        let home = reports()?;
        measured(&home, "scripted:slow", presses, |session| {
            session.keys("r")?;
            session.waits("the first word", |screen| {
                screen.lines().last().is_some_and(|footer| footer.contains("TTFT"))
            })
        })
    });
    condition("a benchmark runs", &|| {
        let home = reports()?;
        measured(&home, "scripted:slow", presses, |session| {
            session.keys("6B")?;
            session.sees("4 configurations, 12 calls")?;
            session.keys("\r")?;
            session.sees("x cancels it")
        })
    });
    condition("files are scanned", &|| {
        let home = reports()?;
        for number in 0..files {
            let folder = home.path().join(format!("reports/d{}", number % 100));
            fs::create_dir_all(&folder)?;
            fs::write(folder.join(format!("{number}.csv")), RUNS)?;
        }
        measured(&home, "none", presses, |_| Ok(()))
    });
    condition("files are written all the while", &|| {
        let home = reports()?;
        let folder = home.path().join("reports");
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                for number in 0_u64.. {
                    if is_over.load(Ordering::SeqCst) {
                        return;
                    }
                    let text = format!("model,tokens_s\nstorm,{number}.5\n");
                    // A folder that is gone is the end of the test.
                    let _ = fs::write(folder.join(format!("storm{}.csv", number % 50)), text);
                }
            });
            let times = measured(&home, "none", presses, |_| Ok(()));
            is_over.store(true, Ordering::SeqCst);
            times
        })
    });
    condition("a line of 115,200 baud", &|| {
        let home = reports()?;
        measured(&home, "none", presses.min(100), |session| {
            session.takes(LINE);
            Ok(())
        })
    });
    cases.note(format!("median/p99/most: {}", notes.join("; ")));
    Ok(())
}

/// Gets the program into its condition and presses a key again and again.
fn measured(
    home: &Home,
    model: &str,
    presses: u32,
    prepare: impl FnOnce(&mut Session) -> Outcome,
) -> Result<Vec<Duration>, Failed> {
    let arguments = ["--model", model, "reports"];
    let mut session = Session::start_sized(home, &arguments, &[NO_METERS], SIZE)?;
    session.sees("Inventory")?;
    prepare(&mut session)?;
    // A list that can be filtered, whatever goes on.
    session.keys("1")?;
    session.sees("╭─ Files")?;
    let mut times = Vec::new();
    for number in 0..presses {
        // A small answer, so that it is the program that is measured: a line is typed, letter by letter.
        let began = Instant::now();
        let (key, is_typed) = if number % 2 == 0 { ("/zqx", true) } else { ("\x7f\x7f\x7f\r", false) };
        session.keys(key)?;
        eventually("a key to be answered", SOON, || {
            (session.text().contains("zqx") == is_typed).then_some(())
        })?;
        times.push(began.elapsed());
    }
    session.takes_all();
    judge::is_inert(&session.bytes())?;
    session.keys("\x03")?;
    for _ in 0..4 {
        session.rests()?;
        if session.keys("\x03").is_err() {
            break;
        }
    }
    session.ends_with(130)?;
    Ok(times)
}
