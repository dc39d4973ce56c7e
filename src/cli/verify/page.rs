//! The answer of `verify` for people: a line for each difference, old and new.

use std::fmt::Write as _;

use serde_json::Value;

use super::Told;
use crate::{
    metrics::format,
    report::verify::{Contents, FactChange, FigureChange, FileChange, Verdict, Wrong},
    text::sanitize::Shown,
};

/// Digits of a SHA-256 that are enough to tell two apart by eye.
const SHORT_DIGEST: usize = 12;
/// Columns of a longer text that are shown of it.
const LONGEST: usize = 160;
/// Times that differ are no difference: a few names will do.
const MOST_TIMES: usize = 3;

/// The whole page.
pub fn of(told: &Told<'_>) -> String {
    let verdict = told.verdict;
    let report = Shown::from_path(told.report);
    let mut page = String::new();
    let mut section = |heading: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            // Writing to a string cannot fail.
            let _ = writeln!(page, "{heading}");
            for line in lines {
                let _ = writeln!(page, "  {}", Shown::new(&line));
            }
            page.push('\n');
        }
    };
    section("files", verdict.files.iter().map(file).collect());
    section("facts, as recorded → as computed now", verdict.facts.iter().map(fact).collect());
    section(
        "report, as it stands → as it should",
        verdict.figures.iter().map(|change| figure(change, report.as_str())).collect(),
    );
    let times = times(verdict);
    section("note", verdict.notes.iter().cloned().chain(times).collect());
    let checked = verdict.checked;
    let outcome = match verdict.differences() {
        0 => "all as recorded".to_owned(),
        1 => "1 difference".to_owned(),
        count => format!("{} differences", format::count(count as u64)),
    };
    let beside = told
        .folder
        .map_or_else(|| "the files in it".to_owned(), |folder| format!("`{}`", Shown::from_path(folder)));
    let _ = writeln!(
        page,
        "{} against {beside}: {} files, {} facts, {} figures, {} sentences checked: {outcome}",
        report,
        format::count(checked.files as u64),
        format::count(checked.facts as u64),
        format::count(checked.figures as u64),
        format::count(checked.sentences as u64),
    );
    page
}

/// `changed`, `missing` or `new`.
pub fn state(change: &FileChange) -> &'static str {
    match (&change.recorded, &change.found) {
        (Some(_), Some(_)) => "changed",
        (_, None) => "missing",
        (None, Some(_)) => "new",
    }
}

fn file(change: &FileChange) -> String {
    let sides: Vec<String> = [&change.recorded, &change.found].into_iter().flatten().map(contents).collect();
    format!("{}: {}: {}", change.path, state(change), sides.join(" → "))
}

fn contents(contents: &Contents) -> String {
    let digest: String = contents.sha256.chars().take(SHORT_DIGEST).collect();
    let digest = if digest.is_empty() { "not read".to_owned() } else { format!("sha256 {digest}…") };
    format!("{} bytes, {digest}", format::count(contents.bytes))
}

fn fact(change: &FactChange) -> String {
    let [recorded, computed] = [&change.recorded, &change.computed].map(value);
    let (id, name, part) = (&change.id, &change.name, &change.part);
    if change.computed.is_null() {
        return format!("{name} ({id}): {recorded} → no such fact any more");
    }
    format!("{name} ({id}): {part} {recorded} → {computed}")
}

/// A part of a fact in few words; of its sources the first place and how many rows.
fn value(value: &Value) -> String {
    let text = match value {
        Value::String(text) => format!("`{text}`"),
        Value::Array(sources) => {
            let source = |source: &Value| {
                let line = source["line"].as_u64().map(|line| format!(":{line}")).unwrap_or_default();
                format!("{}{line} ({} rows)", source["path"].as_str().unwrap_or_default(), source["rows"])
            };
            sources.iter().map(source).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    };
    Shown::new(&text).truncated(LONGEST).to_string()
}

fn figure(change: &FigureChange, report: &str) -> String {
    let place = change.line.map_or_else(|| report.to_owned(), |line| format!("{report}:{line}"));
    let [found, expected] =
        [&change.found, &change.expected].map(|text| Shown::new(text).truncated(LONGEST).to_string());
    let fact = change.fact.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
    match (change.wrong, found.is_empty(), expected.is_empty()) {
        (Wrong::Sentence, ..) => format!("{place}: {found} equals no fact of the folder"),
        (Wrong::Fact, _, true) => format!("{place}: {found}{fact} → no such fact any more"),
        (Wrong::Evidence, _, true) => format!("{place}: `{found}` names no fact of the record"),
        (_, false, true) => format!("{place}: added: `{found}`"),
        (_, true, false) => format!("{place}: gone: `{expected}`"),
        (Wrong::Figure | Wrong::Fact, ..) => format!("{place}: {found} → {expected}{fact}"),
        (Wrong::Text | Wrong::Evidence, ..) => format!("{place}: `{found}` → `{expected}`{fact}"),
    }
}

fn times(verdict: &Verdict) -> Option<String> {
    let first: Vec<&str> = verdict.times.iter().take(MOST_TIMES).map(String::as_str).collect();
    if first.is_empty() {
        return None;
    }
    let more = verdict.times.len() - first.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(format!(
        "{}{more}: as recorded, but for the time of modification; the dates in the report are those recorded",
        first.join(", ")
    ))
}
