//! The answer of `verify` as JSON.

use serde_json::{Value, json};

use super::Told;
use crate::report::verify::{Contents, FactChange, FigureChange, FileChange};

/// The whole document.
pub fn of(told: &Told<'_>) -> Value {
    let verdict = told.verdict;
    json!({
        "ok": verdict.is_ok(),
        "record": told.record.to_string_lossy(),
        "report": told.report.to_string_lossy(),
        "folder": told.folder.map(|folder| folder.to_string_lossy()),
        "files_changed": verdict.files.iter().map(file).collect::<Vec<_>>(),
        "facts_changed": verdict.facts.iter().map(fact).collect::<Vec<_>>(),
        "figures_changed": verdict.figures.iter().map(figure).collect::<Vec<_>>(),
        "times_changed": verdict.times,
        "notes": verdict.notes,
        "checked": {
            "files": verdict.checked.files,
            "facts": verdict.checked.facts,
            "figures": verdict.checked.figures,
            "sentences": verdict.checked.sentences,
        },
    })
}

fn file(change: &FileChange) -> Value {
    json!({
        "path": change.path,
        "change": super::page::state(change),
        "recorded": change.recorded.as_ref().map(contents),
        "found": change.found.as_ref().map(contents),
    })
}

fn contents(contents: &Contents) -> Value {
    json!({"bytes": contents.bytes, "sha256": contents.sha256})
}

fn fact(change: &FactChange) -> Value {
    json!({
        "id": change.id,
        "fact": change.name,
        "part": change.part,
        "recorded": change.recorded,
        "computed": change.computed,
    })
}

fn figure(change: &FigureChange) -> Value {
    json!({
        "line": change.line,
        "wrong": change.wrong.name(),
        "found": change.found,
        "expected": change.expected,
        "fact": change.fact,
    })
}
