//! What was found, for people: a line for each figure, and a table for other formats.

use super::{Counts, Told, status};
use crate::{
    cli::{
        Failure,
        analyze::prose::Prose,
        output::{Cell, Page, Side, Table, print, terminal_width},
    },
    grounding::check::{Finding, ItemStatus},
    text::sanitize::Shown,
};

/// Columns of text that goes to no terminal, and the most on one.
const WIDTH: usize = 80;
/// Narrower terminals get lines of this.
const NARROWEST: usize = 40;

/// Prints a line for each figure that does not stand (all of them: for each), and how many
/// there are.
pub fn print_lines(told: &Told, all: bool) -> Result<(), Failure> {
    let width = terminal_width().unwrap_or(WIDTH).clamp(NARROWEST, WIDTH);
    let mut prose = Prose::new(width);
    for finding in told.findings.iter().filter(|finding| all || is_fault(finding)) {
        let place = format!("{}:{}:{}", told.report, finding.line, finding.column);
        let told =
            format!("{place}: {} {}: {}", sign(finding.status), status(finding.status), finding.text.trim());
        prose.line(0, &told);
        let behind = remark(finding);
        if !behind.is_empty() {
            prose.line(4, &behind);
        }
    }
    let Counts { grounded, mismatched, ungrounded, structural } = told.counts();
    let summary = format!(
        "{} figures: {grounded} grounded, {mismatched} mismatched, {ungrounded} ungrounded; {structural} structural",
        grounded + mismatched + ungrounded
    );
    prose.heading(&summary);
    print(&prose.text())
}

/// Every figure in a table.
pub fn table(told: &Told) -> Page {
    let mut table = Table::new(&[
        ("Line", Side::Right),
        ("Column", Side::Right),
        ("Status", Side::Left),
        ("Figure", Side::Left),
        ("Fact", Side::Left),
        ("Source", Side::Left),
        ("Note", Side::Left),
    ]);
    for finding in &told.findings {
        let fact = finding.fact.as_ref();
        table.row([
            Cell::count(finding.line as u64),
            Cell::count(finding.column as u64),
            Shown::new(status(finding.status)).into(),
            Shown::new(&finding.text).into(),
            Shown::new(&fact.map(crate::grounding::check::Backing::described).unwrap_or_default()).into(),
            Shown::new(&place(finding)).into(),
            Shown::new(finding.note.as_deref().unwrap_or_default()).into(),
        ]);
    }
    let title = format!("{} against {}", told.report, told.folder);
    Page { title, tables: vec![(String::new(), table)], notes: Vec::new() }
}

fn is_fault(finding: &Finding) -> bool {
    matches!(finding.status, ItemStatus::Mismatched | ItemStatus::Ungrounded)
}

/// A sign beside the word: colour is never needed.
fn sign(status: ItemStatus) -> &'static str {
    match status {
        ItemStatus::Grounded => "=",
        ItemStatus::Mismatched => "≠",
        ItemStatus::Ungrounded => "?",
        ItemStatus::Structural => "·",
    }
}

/// The note, or what the figure equals; and where that stands.
fn remark(finding: &Finding) -> String {
    let what = match (&finding.note, &finding.fact) {
        (Some(note), _) => note.clone(),
        (None, Some(fact)) => fact.described(),
        (None, None) => String::new(),
    };
    let place = place(finding);
    match (what.is_empty(), place.is_empty()) {
        (_, true) => what,
        (true, false) => place,
        (false, false) => format!("{what}: {place}"),
    }
}

/// The first place of what backs a figure, and how many more there are.
fn place(finding: &Finding) -> String {
    let sources = finding.fact.as_ref().map(|fact| fact.sources.as_slice()).unwrap_or_default();
    let Some(first) = sources.first().filter(|source| &*source.path != ".") else { return String::new() };
    let line = first.line.map(|line| format!(":{line}")).unwrap_or_default();
    let more = if sources.len() > 1 { format!(" and {} more", sources.len() - 1) } else { String::new() };
    format!("{}{line}{more}", first.path)
}
