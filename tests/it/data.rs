//! The files of the shared test folders, read without loss and without panic.

use std::{
    fs,
    path::{Path, PathBuf},
};

use chimera_insight::ingest::{
    self,
    file::{Document, Kind, Rank, Status},
};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::support::{Outcome, data_test};

pub fn tests() -> Vec<Trial> {
    vec![
        data_test("data::every_number_of_json_is_in_a_cell", every_number_of_json_is_in_a_cell),
        data_test("data::hostile_files_are_read_without_panic", hostile_files_are_read_without_panic),
    ]
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { walk(&entry.path(), found) } else { found.push(entry.path()) }
    }
}

fn kind(path: &Path) -> Option<Kind> {
    Some(match path.extension()?.to_str()? {
        "csv" | "tsv" => Kind::Csv,
        "json" | "jsonl" => Kind::Json,
        "md" => Kind::Markdown,
        _ => return None,
    })
}

/// Every file of a folder with its bytes, by path.
fn files(root: &Path) -> Vec<(String, Kind, Vec<u8>)> {
    let mut paths = Vec::new();
    walk(root, &mut paths);
    paths.sort();
    paths
        .into_iter()
        .filter_map(|path| {
            let name = path.strip_prefix(root).ok()?.to_str()?.to_owned();
            Some((name, kind(&path)?, fs::read(&path).ok()?))
        })
        .collect()
}

fn numbers(document: &Document) -> Vec<f64> {
    let tables = document.tables.iter().filter(|table| table.rank == Rank::Measured);
    let columns = tables.flat_map(|table| &table.columns).filter(|column| !column.name.starts_with("../"));
    let mut found: Vec<f64> = columns.flat_map(|column| column.cells.numbers()).collect();
    found.sort_by(f64::total_cmp);
    found
}

fn leaves(value: &Value, found: &mut Vec<f64>) {
    match value {
        Value::Number(number) => found.extend(number.as_f64()),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        Value::Object(members) => members.values().for_each(|member| leaves(member, found)),
        _ => {}
    }
}

fn every_number_of_json_is_in_a_cell(data: &Path) -> Outcome {
    let mut count = 0;
    for folder in ["reports-chimera", "bench-samples"] {
        for (path, kind, bytes) in files(&data.join(folder)) {
            let mut expected = Vec::new();
            if kind != Kind::Json {
                continue;
            }
            for value in serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>() {
                leaves(&value?, &mut expected);
            }
            expected.sort_by(f64::total_cmp);
            let document = ingest::parse(&path, kind, &bytes);
            let found = numbers(&document);
            // The other reader rounds the last bit another way.
            let is_same = |(a, b): (&f64, &f64)| (a - b).abs() <= b.abs() * 1e-15;
            assert_eq!(found.len(), expected.len(), "{path}");
            assert!(found.iter().zip(&expected).all(is_same), "{path}: {found:?}, not {expected:?}");
            assert_eq!(document.status, Some(Status::Ok), "{path}: {:?}", document.problems);
            count += 1;
        }
    }
    if count > 0 { Ok(()) } else { Err("no JSON file found".into()) }
}

fn hostile_files_are_read_without_panic(data: &Path) -> Outcome {
    let files = files(&data.join("hostile"));
    if files.is_empty() {
        return Err("no hostile file found".into());
    }
    for (path, kind, bytes) in files {
        let document = ingest::parse(&path, kind, &bytes);
        let name = path.rsplit('/').next().unwrap_or(&path);
        let is_clean = document.status == Some(Status::Ok) && document.problems.is_empty();
        if path.contains("json/suite/") && name.starts_with("y_") {
            assert!(is_clean, "{path}: {:?}", document.problems);
        }
        if path.contains("json/suite/") && name.starts_with("n_") {
            assert_ne!(document.status, Some(Status::Ok), "{path}");
            assert!(!document.problems.is_empty(), "{path}");
        }
    }
    Ok(())
}
