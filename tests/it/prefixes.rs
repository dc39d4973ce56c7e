//! Every beginning of every sample file: no parser panics, and no number of a whole record
//! is lost. A file that is being written is such a beginning all the time.

use std::{fs, path::Path};

use chimera_insight::ingest::{
    self,
    append::join,
    file::{Document, Kind, Rank},
};
use libtest_mimic::Trial;

use crate::support::{Outcome, data_test};

/// Beginnings tried of each file; more of a short one than it has bytes is all of them.
const PREFIXES: usize = 12;
/// Larger files are left to other tests: each beginning is parsed anew.
const MAX_BYTES: u64 = 256 * 1024;

pub fn tests() -> Vec<Trial> {
    vec![
        data_test("prefixes::no_number_of_a_whole_record_is_lost", no_number_of_a_whole_record_is_lost),
        data_test(
            "prefixes::what_follows_a_prefix_makes_it_the_whole",
            what_follows_a_prefix_makes_it_the_whole,
        ),
    ]
}

fn walk(folder: &Path, found: &mut Vec<(String, Kind, Vec<u8>)>) {
    let mut entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, found);
            continue;
        }
        let kind = match path.extension().and_then(|extension| extension.to_str()) {
            Some("csv" | "tsv") => Kind::Csv,
            Some("json" | "jsonl" | "ndjson") => Kind::Json,
            Some("md") => Kind::Markdown,
            Some("txt" | "log") => Kind::Text,
            _ => continue,
        };
        let is_small = entry.metadata().is_ok_and(|metadata| metadata.len() <= MAX_BYTES);
        if let Some(bytes) = is_small.then(|| fs::read(&path).ok()).flatten() {
            found.push((path.display().to_string(), kind, bytes));
        }
    }
}

fn files(data: &Path) -> Vec<(String, Kind, Vec<u8>)> {
    let mut found = Vec::new();
    walk(data, &mut found);
    found
}

/// Lengths all over a file, other ones for each file.
fn lengths(bytes: &[u8]) -> Vec<usize> {
    let mut state = bytes.len() as u64 | 1;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % (bytes.len() + 1)
    };
    (0..PREFIXES).map(|_| random()).chain([0, bytes.len()]).collect()
}

/// Numbers of all measured tables, sorted; those repeated from an outer row not.
fn numbers(document: &Document, before_line: u32) -> Vec<f64> {
    let mut found = Vec::new();
    for table in document.tables.iter().filter(|table| table.rank == Rank::Measured) {
        for column in table.columns.iter().filter(|column| !column.name.starts_with("../")) {
            for (row, slot) in column.cells.slots().iter().enumerate() {
                if slot.is_number() && table.row_lines.get(row) < before_line {
                    found.extend(Some(column.cells.get(row)).and_then(|cell| match cell {
                        chimera_insight::ingest::cells::CellRef::Number(number) => Some(number),
                        _ => None,
                    }));
                }
            }
        }
    }
    found.sort_by(f64::total_cmp);
    found
}

/// Is every number of `some` in `all`, as often?
fn holds(all: &[f64], some: &[f64]) -> Option<f64> {
    let mut rest = all.iter();
    some.iter().copied().find(|wanted| !rest.any(|number| number.total_cmp(wanted).is_eq()))
}

fn no_number_of_a_whole_record_is_lost(data: &Path) -> Outcome {
    let mut checked = 0;
    for (path, kind, bytes) in files(data) {
        let whole = ingest::parse(&path, kind, &bytes);
        for length in lengths(&bytes) {
            let prefix = &bytes[..length];
            let document = ingest::parse(&path, kind, prefix);
            for table in &document.tables {
                assert!(
                    table.columns.iter().all(|column| column.cells.len() == table.rows()),
                    "{path} at {length}"
                );
            }
            let is_told =
                document.tables.is_empty() || !document.problems.is_empty() || document.status.is_some();
            assert!(is_told, "{path} at {length}");
            // A record of these is a line; what was lost of the whole is another matter.
            let is_lined = whole.resume.is_some() && document.resume.is_some();
            if let Some(resume) = document.resume.as_ref().filter(|_| is_lined) {
                let expected = numbers(&whole, resume.line);
                let found = numbers(&document, resume.line);
                assert_eq!(found, expected, "{path} at {length}");
                checked += 1;
            }
            // Nothing is made up either: digits that may be missing are no number. Where the
            // file is broken itself, a beginning may be read another way.
            // A number that is the whole text cannot tell that digits are missing.
            let is_container =
                bytes.trim_ascii_start().starts_with(b"{") || bytes.trim_ascii_start().starts_with(b"[");
            let is_sound = whole.problems.is_empty() && kind == Kind::Json && is_container;
            if is_sound
                && let Some(invented) = holds(&numbers(&whole, u32::MAX), &numbers(&document, u32::MAX))
            {
                return Err(format!("{path} at {length}: {invented} is not in the whole file").into());
            }
        }
    }
    assert!(checked > 100, "only {checked} beginnings had whole records");
    Ok(())
}

fn what_follows_a_prefix_makes_it_the_whole(data: &Path) -> Outcome {
    let mut apart = 0;
    for (path, kind, bytes) in files(data) {
        let whole = ingest::parse(&path, kind, &bytes);
        for length in lengths(&bytes) {
            let first = ingest::parse(&path, kind, &bytes[..length]);
            let from = usize::try_from(first.read_to)?;
            let Some(new) = ingest::append(&first, kind, &bytes[from..]) else { continue };
            let joined = join(&first, &new);
            assert_eq!(joined.tables, whole.tables, "{path} at {length}");
            assert_eq!(joined.read_to, whole.read_to, "{path} at {length}");
            apart += 1;
        }
    }
    assert!(apart > 100, "only {apart} beginnings were read on");
    Ok(())
}
