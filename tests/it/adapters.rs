//! Formats that adapters know: each by a small text of its own, with the metric, unit and
//! place of a figure; and texts that only look like one.

mod tables;
mod texts;
mod tools;

use std::sync::Arc;

use chimera_insight::{
    ingest::{
        self,
        file::{Document, Kind, Stamp, Status},
        inventory::{Batch, Change, ReportFile},
    },
    metrics::{library::Library, series::Series},
};
use libtest_mimic::Trial;

pub fn tests() -> Vec<Trial> {
    let mut all = texts::tests();
    all.extend(tables::tests());
    all.extend(tools::tests());
    all
}

/// A figure that must be found: the field, the metric with its unit, the numbers in file
/// order, in that unit.
type Expected<'e> = (&'e str, &'e str, &'e [f64]);

fn read(path: &str, text: &str) -> Document {
    let kind = match path.rsplit('.').next() {
        Some("csv") => Kind::Csv,
        Some("json" | "jsonl") => Kind::Json,
        Some("md") => Kind::Markdown,
        _ => Kind::Text,
    };
    ingest::parse(path, kind, text.as_bytes())
}

fn series(path: &str, text: &str) -> Vec<Arc<Series>> {
    let document = read(path, text);
    let file = ReportFile {
        path: path.into(),
        os_path: path.into(),
        kind: Kind::Text,
        stamp: Stamp::default(),
        status: document.status.unwrap_or(Status::Error),
        generated: false,
        document: document.into(),
        digest: "".into(),
    };
    let mut library = Library::default();
    library.apply(&Batch { changes: vec![Change::Read(file.into())], ..Batch::default() });
    library.series().to_vec()
}

/// Every expected figure is there, under the adapter's name.
fn check(path: &str, adapter: &str, text: &str, expected: &[Expected<'_>]) {
    let document = read(path, text);
    assert_eq!(document.adapter.as_deref(), Some(adapter), "{path}");
    assert_eq!(document.status, Some(Status::Ok), "{path}: {:?}", document.problems);
    let series = series(path, text);
    let told: Vec<String> = series
        .iter()
        .map(|series| format!("{} {} [{}]", series.field, series.metric.name(), series.unit.symbol()))
        .collect();
    for (field, metric, numbers) in expected {
        let found: Vec<f64> = series
            .iter()
            .filter(|series| {
                let named = format!("{} [{}]", series.metric.name(), series.unit.symbol());
                *series.field == **field && named == *metric
            })
            .flat_map(|series| series.values.numbers().to_vec())
            .collect();
        let is_equal = found.len() == numbers.len()
            && found.iter().zip(*numbers).all(|(one, other)| (one - other).abs() <= other.abs() * 1e-9);
        assert!(is_equal, "{path}: {field} is {found:?}, not {numbers:?}; found {told:#?}");
    }
}

/// The text is nobody's: skipped, and not a word about it.
fn check_unknown(text: &str) {
    let document = read("notes.txt", text);
    let found = (document.status, document.tables.len(), document.problems.len(), document.adapter);
    assert_eq!(found, (Some(Status::Skipped), 0, 0, None), "{text}");
}
