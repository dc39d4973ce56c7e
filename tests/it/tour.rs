//! The recorded tour: the program in a pty, led by keys alone through all its tabs on a copy of the
//! demo folder. Each scene says what must be seen at its end, so the tour is a test like the others;
//! with [`OUT`] set it also leaves the recording (asciicast v2) and the screens behind, which
//! `make tour` does.

mod tape;

use std::{
    env, fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use libtest_mimic::Trial;

use self::tape::Tape;
use crate::{
    pty::session::Session,
    support::{Home, Outcome, copy_tree, set_modified, test},
    tiny_gguf::{Mode, Tiny},
};

/// Where the recording and the screens go, when they are wanted.
const OUT: &str = "CHIMERA_INSIGHT_TOUR";
/// Columns and rows of the terminal, such as `80x24`.
const SIZE: &str = "CHIMERA_INSIGHT_TOUR_SIZE";
/// The folder shown, when it is another than the demo folder.
const FOLDER: &str = "CHIMERA_INSIGHT_TOUR_FOLDER";
/// The size of the recording in the README.
const USUAL: (u16, u16) = (120, 36);
/// How long ago the benchmark ran whose files are shown.
const AGE: Duration = Duration::from_hours(50);
/// The recording is part of every checkout.
const LARGEST: usize = 400_000;

pub fn tests() -> Vec<Trial> {
    vec![
        test("tour::each_scene_shows_what_it_says", each_scene),
        test("tour::the_recording_plays_and_shows_nothing_of_a_machine", the_recording),
    ]
}

/// A part of the tour: a title, keys with what must be seen after each, how long the last screen stays.
struct Scene {
    title: &'static str,
    steps: &'static [(&'static str, &'static str)],
    seconds: f64,
    /// The name that its last screen is kept under.
    shot: Option<&'static str>,
}

/// What can be seen of any folder.
const SCENES: &[Scene] = &[
    Scene {
        title: "Inventory",
        steps: &[("1", "Files"), ("G", ""), ("\t", "list"), ("jj", "")],
        seconds: 3.0,
        shot: Some("1-inventory"),
    },
    Scene { title: "Metrics", steps: &[("2", "Series"), ("jj", "")], seconds: 2.5, shot: Some("2-metrics") },
    Scene {
        title: "Trend, and a step of it with its file and row",
        steps: &[("gg", ""), ("v", "trend"), ("\t", "file and row"), ("jjjj", "")],
        seconds: 3.0,
        shot: Some("2-metrics-trend"),
    },
    Scene { title: "Histogram, ECDF", steps: &[("v", "histogram"), ("v", "ECDF")], seconds: 1.5, shot: None },
    Scene { title: "Box plots", steps: &[("v", "box plots")], seconds: 2.5, shot: Some("2-metrics-boxes") },
    Scene {
        title: "What no configuration beats in two metrics",
        steps: &[("v", "scatter")],
        seconds: 2.5,
        shot: Some("2-metrics-scatter"),
    },
    Scene {
        title: "Compare one side with another",
        steps: &[("\t", ""), ("3", "nothing is compared yet"), ("b", "take it")],
        seconds: 1.5,
        shot: None,
    },
];

/// The comparison: of a folder that nobody knows the first thing that there is with the next.
const SIDES: &[Scene] = &[Scene {
    title: "The verdicts, with the intervals that they rest on",
    steps: &[("\r", "Candidate"), ("\x1b[B", ""), ("\r", "verdict")],
    seconds: 3.5,
    shot: Some("3-compare"),
}];

/// The comparison: of the demo folder one thread with two.
const SIDES_OF_DEMO: &[Scene] = &[Scene {
    title: "The verdicts, with the intervals that they rest on",
    steps: &[("threads-1", "threads-1"), ("\r", "Candidate"), ("threads-2", "threads-2"), ("\r", "verdict")],
    seconds: 3.5,
    shot: Some("3-compare"),
}];

const SCENES_BEHIND: &[Scene] = &[
    Scene {
        title: "A report, written before your eyes",
        steps: &[("4", "writes a report"), ("r", "saved chimera_insight/"), ("gg", "Agent Type")],
        seconds: 2.0,
        shot: None,
    },
    Scene {
        title: "Each figure leads to its row",
        steps: &[("n", "opens"), ("n", "opens"), ("n", "opens")],
        seconds: 3.0,
        shot: Some("4-report"),
    },
    Scene { title: "The row", steps: &[("\r", "back to the report")], seconds: 2.5, shot: None },
    Scene {
        title: "Earlier runs",
        steps: &[("\x1b", ""), ("5", "Runs"), ("\t", "")],
        seconds: 2.5,
        shot: Some("5-history"),
    },
    Scene { title: "The engine", steps: &[("6", "Models")], seconds: 2.5, shot: Some("6-engine") },
    Scene {
        title: "Every action by a few letters of it",
        steps: &[(":", ""), ("base", "base")],
        seconds: 2.0,
        shot: Some("7-palette"),
    },
    Scene {
        title: "The keys that work where you are",
        steps: &[("\x1b", "help"), ("?", "Keys")],
        seconds: 2.0,
        shot: None,
    },
];

fn each_scene() -> Outcome {
    let folder = env::var_os(FOLDER).filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let home = Home::new()?;
    let from = folder.clone().unwrap_or_else(|| in_project("assets/demo"));
    let name = if folder.is_some() { "reports" } else { "demo" };
    copy_tree(&from, &home.path().join(name))?;
    age(&home.path().join(name), SystemTime::now() - AGE)?;
    // A model in the program's own folder, so that the Engine tab has one to show.
    let models = home.own("data").join("models");
    fs::create_dir_all(&models)?;
    Tiny::new(Mode::Scripted).write(&models)?;

    let size = match env::var(SIZE) {
        Ok(text) => size(&text).ok_or_else(|| format!("{SIZE}: `{text}` is no size, 80x24 is one"))?,
        Err(_) => USUAL,
    };
    let arguments = ["--model", "scripted", "--theme", "dark", "--color", "true", name];
    let session = Session::start_sized(&home, &arguments, &[], size)?;
    let mut tape = Tape::new(session, size);
    tape.sees("live")?;
    let sides = if folder.is_none() {
        live(&mut tape, &home.path().join(name).join("threads-2/smollm2_135m_baseline.csv"))?;
        SIDES_OF_DEMO
    } else {
        SIDES
    };
    for scene in [SCENES, sides, SCENES_BEHIND].into_iter().flatten() {
        tape.begins(scene.title);
        for (keys, seen) in scene.steps {
            tape.step(keys, seen)
                .map_err(|failed| format!("{}: {}", scene.title, failed.message().unwrap_or("not seen")))?;
        }
        tape.holds(scene.seconds);
        if let Some(name) = scene.shot {
            tape.shoots(name);
        }
    }
    let recording = tape.ends()?;
    let Some(out) = env::var_os(OUT).map(PathBuf::from) else { return Ok(()) };
    let out = in_project(&out.to_string_lossy());
    fs::create_dir_all(out.join("screens"))?;
    fs::write(out.join("tour.cast"), recording.cast)?;
    for (name, screen) in recording.screens {
        fs::write(out.join("screens").join(format!("{name}.json")), screen)?;
    }
    Ok(())
}

/// Files as old as those of an earlier day.
fn age(folder: &Path, time: SystemTime) -> Outcome {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { age(&path, time)? } else { set_modified(&path, time)? }
    }
    Ok(())
}

/// A benchmark writes its file anew, row by row, while the program watches.
fn live(tape: &mut Tape, file: &Path) -> Outcome {
    let text = fs::read_to_string(file)?;
    let lines: Vec<&str> = text.lines().collect();
    tape.begins("A benchmark writes, the screen follows");
    tape.step("f", "")?;
    for rows in (3..lines.len()).step_by(3).chain([lines.len()]) {
        let written: String = lines[..rows].iter().flat_map(|line| [line, "\n"]).collect();
        fs::write(file, written)?;
        tape.step("", &format!("{} rows", rows - 1))?;
        tape.holds(0.4);
    }
    tape.step("f", "")?;
    tape.holds(1.5);
    Ok(())
}

/// The recording in the README: it plays from end to end, each tab is in it, and no path of the
/// machine that it was made on.
fn the_recording() -> Outcome {
    let cast = fs::read_to_string(in_project("assets/tour/tour.cast"))?;
    assert!(cast.len() < LARGEST, "{} bytes", cast.len());
    let mut lines = cast.lines();
    let header: serde_json::Value = serde_json::from_str(lines.next().unwrap_or_default())?;
    assert_eq!(
        (&header["version"], &header["width"], &header["height"]),
        (&2.into(), &120.into(), &36.into())
    );
    let mut parser = vt100::Parser::new(USUAL.1.try_into()?, USUAL.0.try_into()?, 0);
    let (mut seen, mut last) = (String::new(), 0.0);
    for line in lines {
        let (time, kind, text): (f64, String, String) = serde_json::from_str(line)?;
        assert!(time >= last, "time runs backwards at {time}");
        last = time;
        if kind == "o" {
            parser.process(text.as_bytes());
        } else {
            seen += &parser.screen().contents();
        }
    }
    assert!((20.0..120.0).contains(&last), "a tour of {last} s");
    for shown in ["─ Files ", "─ Series ", "─ Compare ", "─ Report ", "─ Runs ", "─ Models "] {
        assert!(seen.contains(shown), "{shown} is not in the tour");
    }
    for path in ["/tmp", "/home", "/root", "/work", "/var"] {
        assert!(!cast.contains(path), "{path} is in the tour");
    }
    Ok(())
}

fn in_project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn size(text: &str) -> Option<(u16, u16)> {
    let (columns, rows) = text.split_once('x')?;
    Some((columns.parse().ok()?, rows.parse().ok()?))
}
