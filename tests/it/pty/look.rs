//! Colours, signs, mouse, what is remembered and what is told beyond the screen.

use std::{fs, os::unix::fs::PermissionsExt as _};

use libtest_mimic::Trial;

use super::{RUNS, reports, session::Session};
use crate::support::{Home, Outcome, SOON, eventually, test};

pub fn tests() -> Vec<Trial> {
    vec![
        test("pty::look::the_terminals_answer_chooses_the_theme", the_answer_chooses),
        test("pty::look::without_utf8_all_is_ascii", without_utf8),
        test("pty::look::a_theme_of_the_users_and_its_faults", a_theme_of_the_users),
        test("pty::look::the_mouse_is_left_to_the_terminal", the_mouse_is_left),
        test("pty::look::a_folder_comes_back_as_it_was_left", as_it_was_left),
        test("pty::look::a_threshold_is_told_beyond_the_screen", a_threshold_is_told),
    ]
}

const QUESTION: &[u8] = b"\x1b]11;?";

fn settings(home: &Home, text: &str) -> Outcome {
    let folder = home.path().join("config/chimera-insight");
    fs::create_dir_all(&folder)?;
    Ok(fs::write(folder.join("config.toml"), text)?)
}

fn the_answer_chooses() -> Outcome {
    for (answer, accent) in [
        ("\x1b]11;rgb:ffff/ffff/ffff\x1b\\", "38;2;0;103;163"),
        ("\x1b]11;rgb:1e1e/1e1e/1e1e\x07", "38;2;86;180;233"),
    ] {
        let home = reports()?;
        let mut session =
            Session::start_with(&home, &["--model", "none", "reports"], &[("COLORTERM", "truecolor")])?;
        session.sees("baseline.csv")?;
        eventually("the question", SOON, || session.has_received(QUESTION).then_some(()))?;
        assert!(!session.has_received(accent.as_bytes()));
        session.keys(answer)?;
        eventually("the colours", SOON, || session.has_received(accent.as_bytes()).then_some(()))?;
        // None of it was taken for keys: no filter, no other tab, no chord.
        session.keys("/")?;
        session.sees("enter keep filter")?;
        session.keys("\r")?;
        session.keys("q")?;
        session.ends_with(0)?;
    }
    Ok(())
}

fn without_utf8() -> Outcome {
    let home = reports()?;
    fs::write(home.path().join("reports/日本.csv"), RUNS)?;
    let mut session = Session::start_with(&home, &["--model", "none", "reports"], &[("LC_ALL", "C")])?;
    session.sees("? ? .csv")?;
    for tab in ["2", "3", "4", "5", "?"] {
        session.keys(tab)?;
        session.waits("ASCII", str::is_ascii)?;
    }
    session.keys("q")?;
    session.waits("the popup gone", |screen| !screen.contains("Here, in "))?;
    session.keys("q")?;
    session.ends_with(0)
}

fn a_theme_of_the_users() -> Outcome {
    let home = reports()?;
    settings(&home, "theme = \"mine\"\ncolor = \"true\"\n")?;
    let themes = home.path().join("config/chimera-insight/themes");
    fs::create_dir(&themes)?;
    fs::write(themes.join("mine.toml"), "[colors]\naccent = \"#010203\"\n[roles]\nmeter = \"mauve\"\n")?;
    let mut session = Session::start(&home, &["--model", "none", "reports"])?;
    session.sees("themes/mine.toml:4: unknown colour or word `mauve`")?;
    eventually("the colour", SOON, || session.has_received(b"38;2;1;2;3").then_some(()))?;
    // One theme for every background: nobody needs to know it.
    assert!(!session.has_received(QUESTION));
    session.keys("q")?;
    session.ends_with(0)
}

fn the_mouse_is_left() -> Outcome {
    let home = reports()?;
    let mut session = Session::start(&home, &["--model", "none", "reports"])?;
    session.sees("baseline.csv")?;
    assert!(session.has_received(b"\x1b[?1000h"));
    session.keys("M")?;
    session.sees("the mouse is the terminal's")?;
    eventually("the mouse off", SOON, || session.has_received(b"\x1b[?1000l").then_some(()))?;
    session.keys("q")?;
    session.ends_with(0)?;
    settings(&home, "mouse = false\n")?;
    let mut session = Session::start(&home, &["--model", "none", "reports"])?;
    session.sees("baseline.csv")?;
    assert!(!session.has_received(b"\x1b[?1000h"));
    session.keys("q")?;
    session.ends_with(0)
}

fn as_it_was_left() -> Outcome {
    let home = reports()?;
    let mut session = Session::start(&home, &["--model", "none", "reports"])?;
    session.sees("baseline.csv")?;
    session.keys("2/ttft\r")?;
    session
        .waits("the filtered metrics", |screen| screen.contains("TTFT") && !screen.contains("Throughput"))?;
    session.keys("q")?;
    session.ends_with(0)?;
    let mut session = Session::start(&home, &["--model", "none", "reports"])?;
    session
        .waits("the filtered metrics", |screen| screen.contains("TTFT") && !screen.contains("Throughput"))?;
    session.keys("q")?;
    session.ends_with(0)?;
    // Of a file that is broken nothing is taken, and that is said.
    fs::write(home.path().join("state/chimera-insight/layouts.json"), "{\"folders\":")?;
    let mut session = Session::start(&home, &["--model", "none", "reports"])?;
    session.sees("`layouts.json` in the state folder cannot be read")?;
    session.keys("q")?;
    session.ends_with(0)
}

fn a_threshold_is_told() -> Outcome {
    let home = reports()?;
    let (script, told) = (home.path().join("tell"), home.path().join("told"));
    let text = "#!/bin/sh\nprintf '%s|%s|%s' \"$1\" \"$CHIMERA_INSIGHT_EVENT\" \"$2\" > told.part\nmv told.part told\n";
    fs::write(&script, text)?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))?;
    settings(
        &home,
        &format!(
            "[notify]\nosc9 = true\ncommand = [\"{}\", \"first\"]\n[[threshold]]\nmetric = \"throughput\"\nbelow = 50\n",
            script.display()
        ),
    )?;
    let mut session = Session::start(&home, &["--model", "none", "reports"])?;
    session.sees("baseline.csv")?;
    session.waits("the end of the scan", |screen| screen.contains("live") || screen.contains("poll"))?;
    let name = "a$(touch pwned);'.csv";
    fs::write(home.path().join("reports").join(name), "model,tokens_s\nx,12.5\n")?;
    let expected = format!("throughput 12.5 tok/s is below 50 tok/s: {name}:2");
    let text = eventually("the command", SOON, || fs::read_to_string(&told).ok())?;
    assert_eq!(text, format!("first|threshold|{expected}"));
    eventually("the notice", SOON, || {
        session.has_received(format!("\x1b]9;{expected}\x07\x07").as_bytes()).then_some(())
    })?;
    session.sees("throughput 12.5 tok/s is below 50 tok/s")?;
    assert!(!home.path().join("pwned").exists());
    session.keys("q")?;
    session.ends_with(0)
}
