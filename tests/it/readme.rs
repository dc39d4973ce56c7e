//! What the README says: its commands, flags and keys exist.

use std::{collections::HashSet, fs, path::Path};

use libtest_mimic::{Failed, Trial};

use crate::{
    support::{Home, Outcome, copy_tree, test},
    tidy::{none, read},
    tiny_gguf::{Mode, Tiny},
};

pub fn tests() -> Vec<Trial> {
    vec![
        test("readme: its commands for make exist", the_commands_of_the_readme_exist),
        test("readme: its keys are bound", the_keys_of_the_readme_are_bound),
        test("readme: its commands and flags exist", the_flags_of_the_readme_exist),
        test("readme: its JSON fields are there", the_fields_of_the_readme_are_there),
    ]
}

fn the_commands_of_the_readme_exist() -> Outcome {
    let (readme, makefile) = (read("README.md")?, read("Makefile")?);
    let targets: Vec<&str> = makefile
        .lines()
        .filter(|line| !line.starts_with(['\t', '#', '.']))
        .filter_map(|line| Some(line.split_once(':')?.0))
        .flat_map(str::split_whitespace)
        .collect();
    let mut complaints = Vec::new();
    let mut shown = Vec::new();
    for (number, line) in readme.lines().enumerate() {
        for command in line.split(['`', '\n']).filter_map(|part| part.trim().strip_prefix("make ")) {
            let target = command.split_whitespace().next().unwrap_or_default();
            shown.push(target.to_owned());
            if !targets.contains(&target) {
                complaints.push(format!("README.md:{}: no `make {target}`", number + 1));
            }
        }
    }
    for target in ["run", "test"] {
        if !shown.iter().any(|name| name == target) {
            complaints.push(format!("README.md:1: `make {target}` is not shown"));
        }
    }
    none(complaints)
}

fn the_keys_of_the_readme_are_bound() -> Outcome {
    let keymap: toml::Table = read("keymap.toml")?.parse()?;
    let bound: HashSet<&str> = keymap
        .values()
        .filter_map(toml::Value::as_table)
        .flat_map(|context| context.keys())
        .map(String::as_str)
        .collect();
    let readme = read("README.md")?;
    let mut complaints = Vec::new();
    let mut rows = 0;
    for (number, line) in table_after(&readme, "<!-- keys") {
        rows += 1;
        let cell = line.split('|').nth(1).unwrap_or_default();
        let unbound = cell.split('`').skip(1).step_by(2).filter(|key| !bound.contains(key));
        complaints.extend(unbound.map(|key| format!("README.md:{number}: `{key}` is bound to nothing")));
    }
    if rows == 0 {
        complaints.push("README.md:1: no table of keys after `<!-- keys`".to_owned());
    }
    none(complaints)
}

fn the_flags_of_the_readme_exist() -> Outcome {
    let home = Home::new()?;
    let help = |command: &str| -> Result<Option<String>, Failed> {
        let output = home.command().args(command.split_whitespace()).arg("--help").output()?;
        Ok(output.status.success().then_some(String::from_utf8(output.stdout)?))
    };
    let readme = read("README.md")?;
    let mut complaints = Vec::new();
    let rows: Vec<_> = table_after(&readme, "<!-- commands").collect();
    for (number, line) in &rows {
        let cells: Vec<&str> = line.split('|').collect();
        let (usages, row) = (cells.get(1).copied().unwrap_or_default(), cells.join(" "));
        for usage in usages.split('`').skip(1).step_by(2) {
            let is_name = |word: &&str| word.starts_with(|sign: char| sign.is_ascii_lowercase());
            let command = usage.split_whitespace().take_while(is_name).collect::<Vec<_>>().join(" ");
            let Some(help) = help(&command)? else {
                complaints.push(format!("README.md:{number}: no command `{command}`"));
                continue;
            };
            let flags =
                row.split(|sign: char| !(sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-'));
            for flag in flags.filter(|word| word.starts_with("--")) {
                if !help.contains(&format!("{flag} ")) && !help.contains(&format!("{flag}\n")) {
                    complaints.push(format!("README.md:{number}: `{command}` has no `{flag}`"));
                }
            }
        }
    }
    if rows.is_empty() {
        complaints.push("README.md:1: no table of commands after `<!-- commands`".to_owned());
    }
    none(complaints)
}

/// Two sides of the demo folder.
const SIDES: [&str; 2] = ["num_thread=1", "num_thread=2"];

/// A model that is there.
const FETCHED: &str = "hf:org/name/tiny-gemma3.gguf";

/// A shape's keys are the quoted names that follow neither a colon nor a bracket of a list.
fn the_fields_of_the_readme_are_there() -> Outcome {
    let home = Home::new()?;
    let demo = home.path().join("demo");
    copy_tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo"), &demo)?;
    Tiny::new(Mode::Scripted).write(&demo)?;
    // It was fetched, so that nobody is asked for it.
    fs::write(demo.join("tiny-gemma3.gguf.origin.json"), format!("{{\"from\": \"{FETCHED}@main\"}}"))?;
    // A broken file, so that there is a problem to describe.
    fs::write(demo.join("broken.json"), "{\"runs\": [")?;
    fs::write(home.path().join("report.md"), "The folder has 4 CSV files.\n")?;
    let readme = read("README.md")?;
    let mut complaints = Vec::new();
    let shapes = shapes(&readme);
    assert_eq!(shapes.len(), 10, "{shapes:?}");
    let record = differing_record(&home)?;
    for (command, shape) in shapes {
        let mut process = home.command();
        let sides: &[&str] = match command {
            "compare" => &SIDES,
            "check" => &["../report.md"],
            "verify" => &[record.as_str()],
            "models pull" => &[FETCHED],
            // A sweep has every field that a baseline has.
            "bench" => &["--sweep", "num_ctx=1024", "--standard=1"],
            _ => &[],
        };
        process
            .args(command.split_whitespace())
            .args(sides)
            .args(["--json", "--model", "scripted"])
            .current_dir(&demo);
        let output = process.env("CHIMERA_INSIGHT_MODELS", &demo).output()?;
        let answer = String::from_utf8(output.stdout)?;
        // The record differs from its folder: so every field is there.
        if !output.status.success() && command != "verify" {
            return Err(format!("{command}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        let pieces: Vec<&str> = shape.split('"').collect();
        for (index, name) in pieces.iter().enumerate().skip(1).step_by(2) {
            let is_value = pieces[index - 1].trim_end().ends_with([':', '[']);
            if !is_value && !answer.contains(&format!("\"{name}\":")) {
                complaints.push(format!("README.md:1: `{command} --json` has no `{name}`"));
            }
        }
    }
    none(complaints)
}

/// The record of a report on a copy of the demo folder in which a value was changed since.
fn differing_record(home: &Home) -> Result<String, Failed> {
    let folder = home.path().join("verified");
    copy_tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo"), &folder)?;
    let output = home.command().args(["report", "--model", "none", "--json"]).arg(&folder).output()?;
    let told: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let record = home.path().join(told["record"].as_str().ok_or("no record")?);
    let file = folder.join("threads-1/gemma3_270m_baseline.csv");
    fs::write(&file, fs::read_to_string(&file)?.replace("44.41958362093553", "64.41958362093553"))?;
    Ok(record.to_string_lossy().into_owned())
}

/// The block of JSON shapes: each starts on a line of its own with the command's name.
fn shapes(readme: &str) -> Vec<(&str, String)> {
    let block =
        readme.lines().skip_while(|line| !line.starts_with("inventory: {")).take_while(|line| *line != "```");
    let mut shapes: Vec<(&str, String)> = Vec::new();
    for line in block {
        match (line.split_once(": "), shapes.last_mut()) {
            (Some((command, rest)), _) if !line.starts_with(' ') => shapes.push((command, rest.to_owned())),
            (_, Some((_, shape))) => shape.push_str(line),
            _ => {}
        }
    }
    shapes
}

/// The rows of the table after a mark, with their line numbers.
fn table_after<'a>(readme: &'a str, mark: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    readme
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .skip_while(move |(_, line)| !line.starts_with(mark))
        // The mark, the head and the rule below it.
        .skip(3)
        .take_while(|(_, line)| line.starts_with('|'))
}
