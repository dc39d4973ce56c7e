//! Every line of the table of hostile files, held against what the inventory says of its file.

use std::{collections::BTreeMap, fs, path::Path, process::Output};

use chimera_insight::ingest::{
    self,
    cells::CellRef,
    file::{Document, Kind},
};
use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::support::{Home, Outcome, data_test, tempdir};

pub fn tests() -> Vec<Trial> {
    vec![
        data_test("hostile: the inventory says what is expected of each file", each_line),
        data_test("hostile: CSV rows equal those of another reader", spectrum),
        data_test("hostile: numbers of odd looks are read right or left out", odd_numbers),
        data_test("hostile: nothing raw reaches standard output", nothing_raw),
        data_test("hostile: a bad model file costs two lines", model_files),
        data_test("hostile: files of any name are listed once", names),
    ]
}

/// A line of `EXPECTED.tsv`.
struct Line {
    path: String,
    expected: String,
}

fn lines(folder: &Path) -> Result<Vec<Line>, Failed> {
    let table = fs::read_to_string(folder.join("EXPECTED.tsv"))?;
    let line = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let (path, expected) = (fields.first()?.to_string(), fields.get(4)?.to_string());
        Some(Line { path, expected })
    };
    Ok(table.lines().skip(1).filter_map(line).collect())
}

/// What the inventory says of a file.
#[derive(Debug)]
struct Told<'i> {
    status: &'i str,
    rows: Option<u64>,
    problems: Vec<&'i Value>,
}

impl Told<'_> {
    fn is_clean(&self) -> bool {
        self.status == "ok" && self.problems.is_empty()
    }
    fn is_refused(&self) -> bool {
        matches!(self.status, "partial" | "error") && !self.problems.is_empty()
    }
    fn says(&self, words: &str) -> bool {
        self.problems
            .iter()
            .any(|problem| problem["message"].as_str().is_some_and(|text| text.contains(words)))
    }
}

fn inventory(folder: &Path) -> Result<Value, Failed> {
    let home = Home::new()?;
    let output = home.command().args(["inventory", "--json"]).arg(folder).output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn each_line(data: &Path) -> Outcome {
    let folder = data.join("hostile");
    let inventory = inventory(&folder)?;
    let mut told: BTreeMap<&str, Told<'_>> = BTreeMap::new();
    for file in inventory["files"].as_array().into_iter().flatten() {
        let path = file["path"].as_str().unwrap_or_default();
        let status = file["status"].as_str().unwrap_or_default();
        told.insert(path, Told { status, rows: file["rows"].as_u64(), problems: Vec::new() });
    }
    for problem in inventory["problems"].as_array().into_iter().flatten() {
        let path = problem["path"].as_str().unwrap_or_default();
        told.get_mut(path).ok_or_else(|| format!("{path} is not listed"))?.problems.push(problem);
    }
    let lines = lines(&folder)?;
    let mut wrong = Vec::new();
    for line in &lines {
        let is_ours =
            ["csv", "json", "jsonl", "md"].iter().any(|end| line.path.ends_with(&format!(".{end}")));
        match told.get(&*line.path) {
            Some(told) if !is_ours => wrong.push(format!("{}: listed, {told:?}", line.path)),
            Some(told) => {
                let has_place = |problem: &&Value| problem["line"].is_u64() && problem["column"].is_u64();
                if !told.problems.iter().all(has_place) {
                    wrong.push(format!("{}: a problem has no place: {told:?}", line.path));
                }
                match is_as_expected(line, told) {
                    Some(true) => {}
                    Some(false) => wrong.push(format!("{}: not `{}`: {told:?}", line.path, line.expected)),
                    None => wrong.push(format!("{}: nobody checks `{}`", line.path, line.expected)),
                }
            }
            // Other tests are about these.
            None if !is_ours => {}
            None => wrong.push(format!("{}: not listed", line.path)),
        }
    }
    assert!(lines.len() > 400, "only {} lines", lines.len());
    assert!(wrong.is_empty(), "{} of {} lines:\n{}", wrong.len(), lines.len(), wrong.join("\n"));
    Ok(())
}

/// `None`: the table says something that no rule here is for.
fn is_as_expected(line: &Line, told: &Told<'_>) -> Option<bool> {
    let name = line.path.rsplit('/').next().unwrap_or_default();
    let expected = &*line.expected;
    let is = |start: &str| expected.starts_with(start);
    if line.path.starts_with("json/suite/") {
        return Some(match name.split('_').next()? {
            "y" => told.is_clean(),
            "n" => told.is_refused(),
            // Both are right as long as nothing is lost without a word.
            "i" => told.status == "ok" || told.is_refused(),
            _ => told.status == "ok" || told.is_refused() && told.status == "partial",
        });
    }
    let of_one_file = match name {
        "10k_columns.csv" | "cell_1mb.csv" | "semicolon.csv" | "tab.csv" => {
            Some(told.is_clean() && told.rows == Some(1))
        }
        "bom_only.csv" | "only_newlines.csv" => Some(told.is_refused() && told.says("empty")),
        "header_only.csv" => Some(told.is_clean() && told.rows == Some(0)),
        "dup_headers.csv" => Some(told.status == "ok" && told.says("two columns are named")),
        "latin1.csv" => Some(told.is_refused() && told.rows == Some(1) && told.says("U+FFFD")),
        "ragged_short.csv" => Some(told.is_refused() && told.rows == Some(2)),
        "trunc_mid_quote.csv" | "unclosed_quote.csv" => {
            Some(told.is_refused() && told.problems.iter().any(|problem| problem["line"] == 2))
        }
        "100k_keys.json"
        | "array_root.json"
        | "deep_arrays_127.json"
        | "deep_arrays_128.json"
        | "key_1mb.json"
        | "mixed_types.json"
        | "nul_escape.json"
        | "scalar.json"
        | "utf16be.json" => Some(told.is_clean()),
        "big_exp.json" => Some(told.is_refused() && told.says("too large")),
        "bigint.json" => Some(told.says("more digits than a number can hold")),
        "deep_arrays_10k.json" => Some(told.is_refused() && told.says("deeper")),
        "jsonl.json" => Some(told.is_clean() && told.rows == Some(3)),
        "lone_surrogate.json" => Some(told.says("U+FFFD")),
        "utf32le.json" => Some(told.status == "error" && told.says("UTF-32")),
        _ => None,
    };
    if of_one_file.is_some() {
        return of_one_file;
    }
    if line.path.starts_with("text/utf8/") {
        let is_read = told.rows.is_none_or(|rows| rows <= 1);
        return Some(is_read && (told.is_clean() || told.is_refused() && told.says("U+FFFD")));
    }
    // Of these other tests tell what is shown and what a model makes of it; here they are read.
    let folders = ["md/", "prompt/", "term/", "names/", "text/", "csv/spectrum/"];
    if folders.iter().any(|folder| line.path.starts_with(folder)) {
        return Some(told.status == "ok" || told.is_refused());
    }
    if is("reject") || is("same") {
        return Some(told.is_refused());
    }
    if is("text only") || is("mean/median over finite numbers only") {
        return Some(told.status == "ok");
    }
    let rows: Option<u64> = expected.split_once(" row").and_then(|(count, _)| count.parse().ok());
    rows.map(|rows| told.rows == Some(rows))
}

fn document(path: &Path, kind: Kind) -> Result<Document, Failed> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    Ok(ingest::parse(name, kind, &fs::read(path)?))
}

/// The cells of a CSV file by name, as texts where they are some.
fn rows(document: &Document) -> Vec<BTreeMap<String, String>> {
    let Some(table) = document.tables.first() else { return Vec::new() };
    let cell = |row: usize| {
        table.columns.iter().map(move |column| {
            let text = match column.cells.get(row) {
                CellRef::Number(number) => number.to_string(),
                CellRef::Text(text) => text.to_owned(),
                CellRef::Bool(truth) => truth.to_string(),
                CellRef::Missing => String::new(),
            };
            (column.name.to_string(), text)
        })
    };
    (0..table.rows()).map(|row| cell(row).collect()).collect()
}

fn spectrum(data: &Path) -> Outcome {
    let mut checked = 0;
    for entry in fs::read_dir(data.join("hostile/csv/spectrum"))?.flatten() {
        let path = entry.path();
        let Some("csv") = path.extension().and_then(|extension| extension.to_str()) else { continue };
        let theirs: Vec<BTreeMap<String, String>> =
            serde_json::from_slice(&fs::read(path.with_extension("json"))?)?;
        assert_eq!(rows(&document(&path, Kind::Csv)?), theirs, "{}", path.display());
        checked += 1;
    }
    assert!(checked > 4, "only {checked} files");
    Ok(())
}

fn odd_numbers(data: &Path) -> Outcome {
    let folder = data.join("hostile/csv/own");
    // What the first row of the column `tok_s` is read as.
    let expected = [
        ("num_arabic", None),
        ("num_denormal", Some(5e-324)),
        // A comma between digits that are no group of three is not guessed at.
        ("num_eurodec", None),
        ("num_fullwidth", None),
        ("num_hex", None),
        ("num_nan", None),
        ("num_neg0", Some(-0.0)),
        ("num_none", None),
        ("num_pct", None),
        ("num_space", Some(7.0)),
        ("num_thousands", Some(1234.5)),
        ("num_underscore", None),
    ];
    for (name, expected) in expected {
        let document = document(&folder.join(format!("{name}.csv")), Kind::Csv)?;
        let column = document.tables.iter().flat_map(|table| &table.columns).find(|c| &*c.name == "tok_s");
        let column = column.ok_or_else(|| format!("{name}: no column"))?;
        let found = match column.cells.get(0) {
            CellRef::Number(number) => Some(number),
            _ => None,
        };
        assert_eq!((found, column.cells.get(1)), (expected, CellRef::Number(10.0)), "{name}");
    }
    // `1,5` with `;` between fields is no 15.
    let document = document(&folder.join("semicolon.csv"), Kind::Csv)?;
    assert_eq!(document.tables[0].columns[1].cells.get(0), CellRef::Number(1.5));
    Ok(())
}

/// Controls, marks that turn the direction of a text, and tags.
fn is_raw(c: char) -> bool {
    let is_control = c.is_control() && !matches!(c, '\n' | '\t');
    is_control || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{e0000}'..='\u{e007f}')
}

fn is_inert(what: &str, output: &Output) {
    for (stream, bytes) in [("standard output", &output.stdout), ("standard error", &output.stderr)] {
        let text = String::from_utf8_lossy(bytes);
        let raw = text.chars().find(|c| is_raw(*c));
        assert_eq!(raw, None, "{what}, {stream}");
    }
}

fn nothing_raw(data: &Path) -> Outcome {
    let folder = data.join("hostile");
    let home = Home::new()?;
    for arguments in
        [&["inventory"][..], &["inventory", "--json"], &["inventory", "--explain", "*"], &["metrics"]]
    {
        let output = home.command().args(arguments).arg(&folder).output()?;
        assert!(output.status.code().is_some(), "{arguments:?} was ended by a signal");
        is_inert(&arguments.join(" "), &output);
    }
    Ok(())
}

fn model_files(data: &Path) -> Outcome {
    let home = Home::new()?;
    let mut checked = 0;
    for line in lines(&data.join("hostile"))?.iter().filter(|line| line.path.starts_with("gguf/")) {
        let output =
            home.command().args(["models", "info"]).arg(data.join("hostile").join(&line.path)).output()?;
        // Read and told what it is, usable or not; or not to be read.
        assert!(matches!(output.status.code(), Some(0 | 3)), "{}: {:?}", line.path, output.status);
        let lines = String::from_utf8_lossy(&output.stderr).lines().count();
        assert!(lines <= 2, "{}: {lines} lines", line.path);
        is_inert(&line.path, &output);
        checked += 1;
    }
    assert!(checked > 50, "only {checked} models");
    Ok(())
}

/// Of the 123 names one has a `/` and is no name, two begin with a dot and are hidden, and two
/// (`#a.csv#`, `a.csv.tmp`) have no extension of ours: 118 files are listed.
#[cfg(unix)]
fn names(data: &Path) -> Outcome {
    use std::os::unix::ffi::OsStringExt as _;

    let folder = tempdir()?;
    let bytes_of = |hex: &str| -> Option<Vec<u8>> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect()
    };
    let text = fs::read_to_string(data.join("hostile/names/names.jsonl"))?;
    let mut expected = Vec::new();
    for line in text.lines() {
        let name: Value = serde_json::from_str(line)?;
        let bytes = name["hex"].as_str().and_then(bytes_of).ok_or("no name")?;
        if bytes.contains(&b'/') {
            continue;
        }
        fs::write(folder.path().join(std::ffi::OsString::from_vec(bytes.clone())), "model,ttft_ms\na,1\n")?;
        let ends = |end: &str| bytes.to_ascii_lowercase().ends_with(end.as_bytes());
        if !bytes.starts_with(b".") && [".csv", ".tsv", ".json", ".jsonl", ".md"].iter().any(|end| ends(end))
        {
            expected.push(bytes);
        }
    }
    expected.sort();
    let inventory = inventory(folder.path())?;
    let mut found: Vec<Vec<u8>> = Vec::new();
    for file in inventory["files"].as_array().into_iter().flatten() {
        let own = file["path_hex"].as_str().and_then(bytes_of);
        let path = file["path"].as_str().unwrap_or_default();
        found.push(own.unwrap_or_else(|| path.as_bytes().to_vec()));
    }
    found.sort();
    assert_eq!((found.len(), inventory["files_total"].as_u64()), (118, Some(118)));
    assert!(found == expected, "other files are listed than there are");
    Ok(())
}

#[cfg(not(unix))]
fn names(_: &Path) -> Outcome {
    Ok(())
}
