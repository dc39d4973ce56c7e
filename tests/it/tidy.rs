//! The shape of the code: which module may import which, what may appear where, how long a
//! file may be. `ARCHITECTURE.md` says why; each complaint names the file and the line.

mod source;

use std::{fs, path::Path};

use libtest_mimic::{Failed, Trial};

use self::source::{Source, read_all};
use crate::support::{Outcome, test};

/// A longer file has more than one thing to say.
const LONGEST_FILE: usize = 600;

/// What may stand only in certain modules.
struct Rule {
    /// Names as they stand in code; a path ends where it is cut.
    names: &'static [&'static str],
    /// Module paths below `src`, each with all that is below it.
    only_in: &'static [&'static str],
    /// What may follow the name elsewhere: module, and the start of what follows there.
    but: Option<(&'static str, &'static [&'static str])>,
}

const GEOMETRY: &[&str] =
    &["::layout::Rect", "::layout::Layout", "::layout::Constraint", "::layout::{", "::prelude::Rect"];

const RULES: &[Rule] = &[
    Rule { names: &["crossterm::", "tokio::"], only_in: &["runtime"], but: None },
    // The runtime owns the terminal that `ui` draws on; `app` computes where things are.
    Rule { names: &["ratatui"], only_in: &["ui", "runtime"], but: Some(("app", GEOMETRY)) },
    Rule {
        names: &["llama_cpp_2", "llama_cpp_sys_2", "n_ctx", "n_gpu_layers"],
        only_in: &["engine/llama"],
        but: None,
    },
    Rule { names: &["notify::"], only_in: &["watch"], but: None },
    Rule { names: &["sysinfo::", "nvml_wrapper"], only_in: &["meters"], but: None },
    // The network is in two places, and whoever reads it knows what leaves the machine.
    Rule { names: &["ureq::"], only_in: &["engine/pull", "engine/remote"], but: None },
    Rule { names: &["signal_hook"], only_in: &["signals"], but: None },
    // A backend stamps its own steps; all else gets the time with its events.
    Rule {
        names: &["Instant::now", "SystemTime::now", "Timestamp::now", "Zoned::now"],
        only_in: &[
            "runtime",
            "cli",
            "watch",
            "engine/worker",
            "engine/host",
            "engine/llama",
            "engine/scripted",
        ],
        but: None,
    },
    Rule {
        names: &["process::Command"],
        only_in: &["engine/host", "runtime/effects", "engine/scripted/probe"],
        but: None,
    },
    Rule { names: &["println!", "eprintln!", "print!", "eprint!"], only_in: &["cli", "main"], but: None },
    // The terminal is drawn on standard output, and the worker's frames go over it.
    Rule {
        names: &["stdout()", "stderr()"],
        only_in: &["cli", "main", "runtime", "engine/worker"],
        but: None,
    },
];

pub fn tests() -> Vec<Trial> {
    vec![
        test("tidy: imports go one way", imports_go_one_way),
        test("tidy: each thing stands where it may", each_thing_stands_where_it_may),
        test("tidy: only the sanitiser makes shown text", only_the_sanitiser_makes_shown_text),
        test("tidy: no file is too long", no_file_is_too_long),
        test("tidy: every file says what it is", every_file_says_what_it_is),
        test("tidy: nothing is left undone", nothing_is_left_undone),
        test("tidy: tests neither sleep nor hide", tests_neither_sleep_nor_hide),
        test("tidy: source is read rightly", source_is_read_rightly),
    ]
}

fn imports_go_one_way() -> Outcome {
    let library = read("src/lib.rs")?;
    let order: Vec<&str> =
        library.lines().filter_map(|line| line.trim().strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    if order.len() < 2 {
        return Err("src/lib.rs: no list of modules".into());
    }
    let rank = |module: &str| order.iter().position(|known| *known == module);
    let mut complaints = Vec::new();
    for source in read_all("src")? {
        let Some(own) = source.modules().first().copied() else { continue };
        let Some(own_rank) = rank(own) else {
            complaints.push(format!("{}:1: module `{own}` is not in src/lib.rs", source.path));
            continue;
        };
        for (line, other) in source.imports() {
            if rank(&other).is_some_and(|other_rank| other_rank > own_rank) {
                complaints.push(format!(
                    "{}:{line}: `{own}` imports from `{other}`, which stands below it",
                    source.path
                ));
            }
        }
    }
    none(complaints)
}

fn each_thing_stands_where_it_may() -> Outcome {
    let sources = read_all("src")?;
    let mut complaints = Vec::new();
    for rule in RULES {
        for source in &sources {
            complaints.extend(broken_by(rule, source));
        }
    }
    none(complaints)
}

fn broken_by(rule: &Rule, source: &Source) -> Vec<String> {
    if rule.only_in.iter().any(|module| is_in(source, module)) {
        return Vec::new();
    }
    let excused = rule.but.filter(|(module, _)| is_in(source, module));
    let mut complaints = Vec::new();
    for name in rule.names {
        for (line, after) in source.uses_of(name) {
            if !excused.is_some_and(|(_, allowed)| allowed.iter().any(|start| after.starts_with(start))) {
                let homes = rule.only_in.join("`, `");
                complaints.push(format!("{}:{line}: `{name}` may stand only in `{homes}`", source.path));
            }
        }
    }
    complaints
}

/// `engine/llama` covers `src/engine/llama.rs` and all below `src/engine/llama/`.
fn is_in(source: &Source, module: &str) -> bool {
    let path = source.path.trim_start_matches("src/");
    path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

/// Its field is private, so the compiler keeps others out; deserialising would be a back door.
fn only_the_sanitiser_makes_shown_text() -> Outcome {
    let path = "src/text/sanitize.rs";
    let source = Source::new(path, &read(path)?);
    let mut complaints = Vec::new();
    if !source.code.contains("pub struct Shown(String);") {
        complaints.push(format!("{path}:1: `Shown` must be `pub struct Shown(String);`, its field private"));
    }
    for name in ["Deserialize", "DerefMut", "AsMut", "pub fn as_mut"] {
        for (line, _) in source.uses_of(name) {
            complaints.push(format!("{path}:{line}: `{name}` lets text into `Shown` unseen"));
        }
    }
    none(complaints)
}

fn no_file_is_too_long() -> Outcome {
    let long = |source: &Source| {
        let length = source.length();
        (length > LONGEST_FILE)
            .then(|| format!("{}:{LONGEST_FILE}: {length} lines without tests; split it", source.path))
    };
    none(read_all("src")?.iter().filter_map(long).collect())
}

fn every_file_says_what_it_is() -> Outcome {
    let mut sources = read_all("src")?;
    sources.extend(read_all("tests")?);
    let silent = sources.iter().filter(|source| !source.text.starts_with("//!"));
    none(silent.map(|source| format!("{}:1: the file does not open with `//!`", source.path)).collect())
}

fn nothing_is_left_undone() -> Outcome {
    complain_of(&read_all("src")?, &["todo!", "unimplemented!"], "is left to be done")
}

fn tests_neither_sleep_nor_hide() -> Outcome {
    let is_rule_book = |source: &Source| source.path.starts_with("tests/it/tidy");
    let mut sources = read_all("src")?;
    sources.extend(read_all("tests")?.into_iter().filter(|source| !is_rule_book(source)));
    // Test code counts here, so it is judged with its tests left in.
    for source in &mut sources {
        source.code = source::without_prose(&source.text);
    }
    let tests = sources.iter().filter(|source| source.path.starts_with("tests/"));
    let sleeps = tests.flat_map(|source| {
        source.uses_of("sleep").map(|(line, _)| {
            format!("{}:{line}: a test sleeps; wait for a state with `support::eventually`", source.path)
        })
    });
    let mut complaints: Vec<String> = sleeps.collect();
    for source in &sources {
        for name in ["#[ignore", "#[should_panic"] {
            for (line, _) in source.uses_of(name) {
                complaints.push(format!("{}:{line}: `{name}]`: assert today's answer instead", source.path));
            }
        }
    }
    none(complaints)
}

#[allow(clippy::unnecessary_wraps, reason = "the shape of a test")]
fn source_is_read_rightly() -> Outcome {
    let text = r##"//! Says `crate::ui`.
use crate::{text::sanitize::Shown, report::{model::Params, prompt}, ingest};
/* crate::app /* nested */ crate::app */
const A: &str = "crate::cli \" println!"; const B: &str = r#"tokio:: " "#; const C: char = '"';
fn f<'a>(a: &'a str) -> char { super::watch::g(); super::super::x(); let _ = '\''; metadata::notify::x(); '{' }
#[cfg(test)]
mod tests { use crate::runtime; fn t() { let _ = "}"; } }
fn last() { crate::engine::go() }
"##;
    let source = Source::new("src/metrics.rs", text);
    let heads: Vec<(usize, String)> = source.imports();
    let expected = [(2, "text"), (2, "report"), (2, "ingest"), (8, "engine"), (5, "watch")];
    assert_eq!(heads, expected.map(|(line, head)| (line, head.to_owned())));
    assert_eq!(source.uses_of("tokio::").count(), 0);
    assert_eq!(source.uses_of("println!").count(), 0);
    assert_eq!(source.uses_of("notify::").count(), 1);
    assert_eq!(source.length(), 6);

    let rule = Rule { names: &["ratatui"], only_in: &["ui"], but: Some(("app", GEOMETRY)) };
    let code = "use ratatui::layout::Rect;\nuse ratatui::Frame;\n";
    assert!(broken_by(&rule, &Source::new("src/ui/theme.rs", code)).is_empty());
    assert_eq!(
        broken_by(&rule, &Source::new("src/app/areas.rs", code)),
        ["src/app/areas.rs:2: `ratatui` may stand only in `ui`"]
    );
    assert_eq!(broken_by(&rule, &Source::new("src/uix.rs", code)).len(), 2);
    Ok(())
}

fn complain_of(sources: &[Source], names: &[&str], fault: &str) -> Outcome {
    let mut complaints = Vec::new();
    for source in sources {
        for name in names {
            for (line, _) in source.uses_of(name) {
                complaints.push(format!("{}:{line}: `{name}` {fault}", source.path));
            }
        }
    }
    none(complaints)
}

/// Passes when nothing was complained of, else fails with all of it.
#[allow(clippy::needless_pass_by_value, reason = "the callers have made it for this")]
pub fn none(complaints: Vec<String>) -> Outcome {
    if complaints.is_empty() { Ok(()) } else { Err(complaints.join("\n").into()) }
}

/// A file of the project.
pub fn read(path: &str) -> Result<String, Failed> {
    let whole = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    Ok(fs::read_to_string(whole).map_err(|error| format!("{path}: {error}"))?)
}
