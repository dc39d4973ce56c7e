//! Files in, series out: what the tests of this folder make series of and compare them by.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod batches;
mod copies;
mod names;
mod series;
mod statistics;

use std::sync::Arc;

use super::{library::Library, series::Series};
use crate::ingest::{
    self,
    file::{Kind, Stamp},
    inventory::{Batch, Change, ReportFile},
};

fn file(path: &str, text: &str) -> Change {
    file_of(path, text, matches!(path.rsplit('.').next().unwrap(), "json" | "jsonl"))
}

fn file_of(path: &str, text: &str, is_json: bool) -> Change {
    let kind = match (is_json, path.rsplit('.').next() == Some("md")) {
        (true, _) => Kind::Json,
        (_, true) => Kind::Markdown,
        _ => Kind::Csv,
    };
    let document = ingest::parse(path, kind, text.as_bytes());
    Change::Read(Arc::new(ReportFile {
        path: path.into(),
        os_path: path.into(),
        kind,
        stamp: Stamp { length: text.len() as u64, ..Stamp::default() },
        status: document.status.unwrap(),
        generated: document.generated,
        document: Arc::new(document),
        // Equal texts, equal digests.
        digest: format!("{text:?}").into(),
    }))
}

pub(super) fn library(files: &[(&str, &str)]) -> Library {
    let mut library = Library::default();
    let changes = files.iter().map(|(path, text)| file(path, text)).collect();
    library.apply(&Batch { changes, ..Batch::default() });
    library
}

fn owned(library: &Library) -> Vec<Series> {
    library.series().iter().map(|series| Series::clone(series)).collect()
}

fn line(series: &Series) -> String {
    let numbers: Vec<String> = series.values.numbers().iter().map(ToString::to_string).collect();
    let excluded: Vec<String> =
        series.excluded.iter().map(|e| format!(" {} {}", e.count, e.reason)).collect();
    format!(
        "{} {:?} {} ({}) {}{}",
        series.metric.name(),
        series.nature,
        series.field,
        series.group,
        numbers.join(" "),
        excluded.join(",")
    )
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    let found: Vec<String> = library(files).series().iter().map(|series| line(series)).collect();
    assert_eq!(found, expected);
}
