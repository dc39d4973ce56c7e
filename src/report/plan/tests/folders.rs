//! Plans of folders as they are written: nothing that succeeded, only notes, a single run, groups
//! that do the same.

use std::{fmt::Write as _, sync::Arc};

use super::{Plan, holds, told};
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
                gemma3:1b,,,timed out\ngemma3:1b,,,timed out\nllama3.1:8b,,,out of memory\n";
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
