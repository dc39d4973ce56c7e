//! Bundles of small folders, whole and tampered with.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use super::*;
use crate::report::{
    model::Params,
    pipeline::{Brief, Finished, Next, Pipeline},
};

const CSV: &[u8] = b"model,ttft_s,tokens_s\nx,0.5,100\nx,0.25,\"1,104\"\ny,0.125,90.5\n";
const JSON: &[u8] =
    b"{\"model\":\"x\",\"runs\":[{\"tokens_s\":99},{\"tokens_s\":101.5,\"error\":\"oom\"}]}\n";
const LATIN: &[u8] = b"model,tokens_s\nna\xefve,42\n";

type Files = Vec<(&'static str, Vec<u8>)>;

fn kind(path: &str) -> Option<Kind> {
    match path.rsplit_once('.')?.1 {
        "csv" => Some(Kind::Csv),
        "json" => Some(Kind::Json),
        "md" => Some(Kind::Markdown),
        _ => None,
    }
}

fn files() -> Files {
    vec![
        ("a.csv", CSV.to_vec()),
        ("b/runs.json", JSON.to_vec()),
        ("latin.csv", LATIN.to_vec()),
        ("notes.md", b"# x\n".to_vec()),
    ]
}

fn report(files: &Files) -> Finished {
    let changes = files.iter().map(|(path, bytes)| {
        let kind = kind(path).unwrap();
        let document = ingest::parse(path, kind, bytes);
        Change::Read(Arc::new(ReportFile {
            path: (*path).into(),
            os_path: path.into(),
            kind,
            stamp: Stamp {
                length: bytes.len() as u64,
                modified_ns: 1_763_146_410_123_456_789,
                ..Stamp::default()
            },
            status: document.status.unwrap_or(Status::Ok),
            generated: false,
            document: Arc::new(document),
            digest: sha256(bytes).into(),
        }))
    });
    let mut library = Library::default();
    library.apply(&Batch { changes: changes.collect(), ..Batch::default() });
    let mut pipeline = Pipeline::start(Brief {
        library: Arc::new(library),
        folder: "reports".into(),
        persona: ("insight".into(), "You are careful.".into()),
        params: Params::default(),
        ingest: Duration::ZERO,
        started_ns: 1_763_146_500_000_000_000,
    });
    match pipeline.first(None, 1_763_146_500_000_000_000) {
        Next::Done(finished) => *finished,
        Next::Generate(_) => unreachable!("there is no model"),
    }
}

fn bundle(finished: &Finished, files: &Files) -> Result<Bundle, BundleError> {
    let mut read = |path: &str| {
        let file = files.iter().find(|(known, _)| *known == path);
        file.map(|(_, bytes)| bytes.clone()).ok_or_else(|| io::ErrorKind::NotFound.into())
    };
    Bundle::of("report.md", &finished.markdown, &finished.record, &kind, &mut read)
}

/// Checked as whoever opens the file does it.
fn verdict(bundle: &Bundle) -> Verdict {
    Bundle::read(&bundle.to_json().unwrap()).unwrap().verify().unwrap()
}

#[test]
fn what_is_packed_checks_itself() {
    let files = files();
    let bundle = bundle(&report(&files), &files).unwrap();
    let found = verdict(&bundle);
    assert!(found.is_ok(), "{found:?}");
    assert!(found.checked.facts > 20 && found.checked.figures > 20, "{:?}", found.checked);
    let text = bundle.to_json().unwrap();
    assert!(Bundle::is_one(&text) && !Bundle::is_one("{\"generated_by\":\"chimera-insight\"}"));
    assert_eq!(Bundle::read(&text).unwrap().to_json().unwrap(), text);
}

#[test]
fn rows_are_as_the_files_have_them() {
    let files = files();
    let bundle = bundle(&report(&files), &files).unwrap();
    let rows: Vec<String> = bundle
        .series
        .iter()
        .filter(|series| series.group.get("model").is_some_and(|model| model == "x"))
        .flat_map(|series| &series.rows)
        .map(|row| {
            let pointer = row.pointer.as_deref().unwrap_or("-");
            format!("{}:{} {pointer} {} {:?} = {}", row.path, row.line, row.field, row.written, row.number)
        })
        .collect();
    assert_eq!(
        rows,
        [
            "a.csv:2 - tokens_s Some(100.0) = 100",
            "a.csv:3 - tokens_s Some(1104.0) = 1104",
            "b/runs.json:1 /runs/0 tokens_s Some(99.0) = 99",
            "a.csv:2 - ttft_s Some(0.5) = 500",
            "a.csv:3 - ttft_s Some(0.25) = 250",
        ]
    );
    let held = |path: &str| bundle.files.iter().find(|file| file.path == path).unwrap();
    assert_eq!(held("a.csv").lines.as_ref().map(Vec::len), Some(4));
    assert!(held("latin.csv").hex.is_some(), "bytes that are no text stay what they are");
}

#[test]
fn whatever_is_changed_is_found() {
    let files = files();
    let whole = bundle(&report(&files), &files).unwrap();
    let tampered = |change: &dyn Fn(&mut Bundle)| {
        let mut bundle = whole.clone();
        change(&mut bundle);
        let verdict = verdict(&bundle);
        [verdict.files.len(), verdict.facts.len(), verdict.figures.len()].map(|count| count > 0)
    };
    let line = |bundle: &mut Bundle, from: &str, to: &str| {
        let lines = bundle.files[0].lines.as_mut().unwrap();
        for line in lines {
            *line = line.replace(from, to);
        }
    };
    assert_eq!(tampered(&|_| ()), [false; 3]);
    // A source row changes its file, facts and the figures that state them.
    assert_eq!(tampered(&|bundle| line(bundle, "90.5", "90.6")), [true; 3]);
    assert_eq!(tampered(&|bundle| bundle.files[0].lines = None), [false, true, true]);
    assert_eq!(tampered(&|bundle| bundle.report.lines[0].push('!')), [false, false, true]);
    assert_eq!(tampered(&|bundle| bundle.record.facts[0].value += 1.0), [false, true, false]);
    assert_eq!(tampered(&|bundle| bundle.series[0].rows[0].number += 1.0), [false, true, false]);
    assert_eq!(tampered(&|bundle| bundle.series[0].rows[0].written = None), [false, true, false]);
    assert_eq!(tampered(&|bundle| drop(bundle.series[0].rows.pop())), [false, true, false]);
    assert_eq!(tampered(&|bundle| drop(bundle.series.pop())), [false, true, false]);
    assert_eq!(tampered(&|bundle| bundle.record.files[0].digest.clear()), [true, false, false]);
}

#[test]
fn what_cannot_be_packed_is_said() {
    let files = files();
    let finished = report(&files);
    let reason = |finished: &Finished, files: &Files| bundle(finished, files).err().unwrap().to_string();
    let mut changed = files.clone();
    changed[0].1.push(b'\n');
    assert_eq!(reason(&finished, &changed), "`a.csv` has changed since the report was made");
    assert!(reason(&finished, &vec![]).starts_with("cannot read `a.csv`"));
    let mut large = finished.clone();
    large.record.files[0].bytes = MOST_BYTES;
    assert!(reason(&large, &files).contains("a bundle holds"), "{}", reason(&large, &files));
    for text in ["", "{\"bundle\":1}", "{\"bundle\":2,\"generated_by\":\"chimera-insight\"}"] {
        assert!(Bundle::read(text).is_err(), "{text}");
    }
    let mut odd = bundle(&finished, &files).unwrap();
    odd.files[0].lines = None;
    odd.files[0].hex = Some("0g".into());
    assert!(odd.verify().is_err());
}
