//! Plans of folders as they are written: those with little to compare, with nothing that
//! succeeded, with more groups than anyone reads, with names that could break a text; and the
//! folder of the demonstration with all its kinds of findings.

use std::{fmt::Write as _, path::Path, sync::Arc};

use super::{MOST_WORDINGS, Plan, holds, sections, told};
use crate::{
    grounding::fact::Ledger,
    ingest::{
        self,
        file::{Kind, Stamp},
        inventory::{Batch, Change, ReportFile},
    },
    metrics::library::Library,
};

/// The library of a folder of these files.
fn library(files: &[(&str, Kind, &str)]) -> Library {
    let mut library = Library::default();
    let changes = files.iter().map(|(path, kind, text)| {
        let document = ingest::parse(path, *kind, text.as_bytes());
        Change::Read(Arc::new(ReportFile {
            path: (*path).into(),
            os_path: path.into(),
            kind: *kind,
            stamp: Stamp { length: text.len() as u64, ..Stamp::default() },
            status: document.status.unwrap(),
            generated: false,
            document: Arc::new(document),
            digest: format!("digest of {path}").into(),
        }))
    });
    library.apply(&Batch { changes: changes.collect(), ..Batch::default() });
    library
}

/// Its plan, which holds.
#[track_caller]
fn plan(files: &[(&str, Kind, &str)]) -> Plan {
    let library = library(files);
    let ledger = Ledger::of(&library);
    let plan = Plan::of(&ledger, &library.inventory);
    assert_eq!(holds(&plan, &ledger), Ok(()));
    plan
}

/// A CSV of runs: model, and its throughputs in turn.
fn runs(models: &[(&str, &[f64])]) -> String {
    let mut text = String::from("model,tokens_per_second\n");
    for (model, values) in models {
        for value in *values {
            let _ = writeln!(text, "\"{}\",{value}", model.replace('"', "\"\""));
        }
    }
    text
}

#[test]
fn nothing_succeeded() {
    let text = "model,tokens_per_second,ttft_ms,error\n\
                gemma3:1b,,,timed out\ngemma3:1b,,,timed out\nllama3.1:8b,,,out of memory\nllama3.1:8b,,,out of memory\n";
    insta::assert_snapshot!("failed", told(&plan(&[("runs.csv", Kind::Csv, text)])));
}

#[test]
fn only_notes() {
    let text = "# Results\n\nWe measured 120 tok/s on gemma3:1b, 40 % more than before.\n";
    let plan = plan(&[("notes.md", Kind::Markdown, text)]);
    let said = told(&plan);
    assert!(!said.contains("120"), "a figure that only stands in notes is no fact: {said}");
    insta::assert_snapshot!("notes", said);
}

#[test]
fn one_run() {
    let text = "model,tokens_per_second,ttft_ms\ngemma3:1b,102.5,61\n";
    insta::assert_snapshot!("one_run", told(&plan(&[("run.csv", Kind::Csv, text)])));
}

/// What cannot be told apart is not ranked, and nobody is told to prefer either.
#[test]
fn two_groups_that_do_the_same() {
    let values = [100.2, 99.8, 100.1, 99.9, 100.0, 100.3, 99.7, 100.0];
    let mut other = values;
    other.reverse();
    let text = runs(&[("alpha:1b", &values), ("beta:1b", &other)]);
    let plan = plan(&[("runs.csv", Kind::Csv, &text)]);
    let rules: Vec<&str> =
        plan.recommendations.iter().filter_map(|finding| finding.rule.as_deref()).collect();
    assert!(rules.contains(&"no-lead") && !rules.contains(&"prefer-leader"), "{rules:?}");
    insta::assert_snapshot!("equal", told(&plan));
}

/// The plan of a thousand groups is no longer than that of a few.
#[test]
fn a_thousand_groups() {
    let names: Vec<String> = (0..1_000).map(|index| format!("model-{index}:7b")).collect();
    let values: Vec<[f64; 3]> = (0..1_000_u32)
        .map(|index| [0.0, 0.5, 1.0].map(|more| 20.0 + f64::from(index) / 100.0 + more))
        .collect();
    let models: Vec<(&str, &[f64])> =
        names.iter().zip(&values).map(|(name, values)| (name.as_str(), values.as_slice())).collect();
    let text = runs(&models);
    let plan = plan(&[("runs.csv", Kind::Csv, &text)]);
    for (section, findings) in sections(&plan) {
        assert!(findings.len() <= 24, "{section}: {}", findings.len());
        for finding in findings {
            for wording in finding.sentence.wordings(MOST_WORDINGS) {
                assert!(wording.text.len() < 400, "{section}: {}", wording.text);
            }
        }
    }
    insta::assert_snapshot!("thousand", told(&plan));
}

/// Names with markup and quotes. (A name that is cut, or that loses control characters, is not
/// known to the checker.)
#[test]
fn names_that_are_no_names() {
    let names =
        ["a | b <script>alert(1)</script>", "**bold** [link](http://example.com)", "quo\"ted 'name' `code`"];
    for (index, name) in names.iter().enumerate() {
        let text = runs(&[
            (name, &[120.0, 121.0, 119.5, 120.5, 120.2]),
            ("plain:1b", &[60.0, 61.0, 59.5, 60.5, 60.2]),
        ]);
        let plan = plan(&[("runs.csv", Kind::Csv, &text)]);
        for (section, findings) in sections(&plan) {
            for finding in findings {
                let text = finding.sentence.first().text;
                assert!(!text.contains(char::is_control), "{index}, {section}: {text:?}");
                assert!(text.len() < 600, "{index}, {section}: {text}");
            }
        }
    }
}

/// Every kind of finding that the folder of the demonstration gives.
#[test]
fn the_demonstration() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let kind = match path.extension().and_then(|extension| extension.to_str()) {
                Some("csv") => Kind::Csv,
                Some("json") => Kind::Json,
                Some("md") => Kind::Markdown,
                _ => continue,
            };
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
            files.push((name, kind, std::fs::read_to_string(&path).unwrap()));
        }
    }
    files.sort_by(|left, right| left.0.cmp(&right.0));
    let files: Vec<(&str, Kind, &str)> =
        files.iter().map(|(name, kind, text)| (name.as_str(), *kind, text.as_str())).collect();
    let plan = plan(&files);
    for (section, findings) in sections(&plan) {
        for finding in findings {
            let count = finding.sentence.count();
            assert!((20..=256).contains(&count), "{section}: {count}: {}", finding.sentence.first().text);
        }
    }
    insta::assert_snapshot!("demonstration", told(&plan));
}
