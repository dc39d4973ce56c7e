//! The data ingestion summary: what was read, counted by code.

use std::fmt::Write as _;

use super::{Evidence, Report};
use crate::{
    grounding::fact::Statistic,
    ingest::file::{Kind, Status},
    metrics::format,
    report::escape::{inline, table_head, table_row},
};

/// Problems that are shown one by one.
const MOST_PROBLEMS: usize = 5;
/// The kinds with their names in a table, in the data summary, and their subject in the ledger.
pub const KINDS: [(Kind, &str, &str, &str); 4] = [
    (Kind::Csv, "CSV", "CSV", "csv files"),
    (Kind::Json, "JSON", "JSON", "json files"),
    (Kind::Markdown, "Markdown", "MARKDOWN", "markdown files"),
    (Kind::Text, "Text", "TEXT", "text files"),
];

/// Counts, dates, what was left out.
pub fn ingestion(report: &Report<'_>, evidence: &mut Evidence) -> String {
    let ledger = report.ledger;
    let mut text = String::new();
    evidence.add_all(&ledger.about("files", Statistic::Count).into_iter().collect::<Vec<_>>());
    let _ = writeln!(text, "- **Total files analyzed:** {}", format::count(ledger.count("files")));
    for (subject, label) in [
        ("unreadable files", "Files that could not be read"),
        ("partly read files", "Files read in part"),
        ("duplicate files", "Copies of another file, counted once in the statistics"),
        ("generated files", "Reports of this program, not counted as data"),
        ("failed rows", "Rows left out because their run failed"),
        ("not finite values", "Values left out because they are not finite"),
        ("not a number values", "Values left out because they are no number"),
    ] {
        if let Some(index) = ledger.about(subject, Statistic::Count) {
            evidence.add(index);
            let _ = writeln!(text, "- **{label}:** {}", format::count(ledger.count(subject)));
        }
    }
    text.push('\n');
    text.push_str(&table_head(&["Type", "Files", "Size", "Latest modified"]));
    for (kind, name, _, subject) in KINDS {
        let totals = report.inventory.totals(kind);
        if totals.count == 0 && kind == Kind::Text {
            continue;
        }
        for statistic in [Statistic::Count, Statistic::Date] {
            evidence.add_all(&ledger.about(subject, statistic).into_iter().collect::<Vec<_>>());
        }
        let latest = totals.latest_modified_ns.map(utc).unwrap_or_default();
        let size = format::bytes(totals.bytes);
        text.push_str(&table_row([name, &format::count(totals.count), &size, &latest]));
    }
    text.push_str(&problems(report));
    text
}

fn problems(report: &Report<'_>) -> String {
    let all: Vec<_> = report.inventory.problems().filter(|(file, _)| !file.generated).collect();
    let mut text = String::new();
    if all.is_empty() {
        return text;
    }
    text.push_str("\nProblems met while reading:\n\n");
    for (file, problem) in all.iter().take(MOST_PROBLEMS) {
        let mut place = file.path.to_string();
        for number in [problem.line, problem.column].into_iter().flatten() {
            let _ = write!(place, ":{number}");
        }
        let state = if file.status == Status::Error { " (not read)" } else { "" };
        let _ = writeln!(text, "- {}{state}: {}", inline(&place), inline(problem.message.as_str()));
    }
    if all.len() > MOST_PROBLEMS {
        let _ = writeln!(text, "- … and {} more", all.len() - MOST_PROBLEMS);
    }
    text
}

/// `2025-11-14 18:53:30 UTC`
pub fn utc(ns: i128) -> String {
    let text = format::utc(ns);
    match text.strip_suffix('Z').and_then(|text| text.split_once('T')) {
        Some((day, time)) => format!("{day} {time} UTC"),
        None => text,
    }
}
