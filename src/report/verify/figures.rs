//! The text of a report and its figures, held against the record and the facts.

use std::collections::HashSet;

use super::{
    FigureChange, Wrong,
    facts::Computed,
    lines::{Differing, differing},
};
use crate::{
    grounding::{
        check::{Checker, ItemStatus},
        fact::Ledger,
        figure,
    },
    report::{
        escape::inline,
        figures::{EVIDENCE, agree, fact_id},
        record::{
            Record,
            text::{FigureRecord, TextRecord},
        },
        sections::evidence::row,
    },
};

/// Everything of the report that is not as it should be, by line.
pub fn changed(record: &Record, report: &str, ledger: &Ledger, computed: &Computed<'_>) -> Vec<FigureChange> {
    let lines: Vec<&str> = report.split('\n').collect();
    let mut changes: Vec<FigureChange> = Vec::new();
    let mut sentences = sentence_changes(record, &lines, ledger);
    if let Some(text) = &record.report {
        changes.extend(text_changes(text, &lines));
        if !changes.is_empty() {
            // The lines that were changed say already which sentences are gone.
            sentences.retain(|change| change.wrong != Wrong::Text);
        }
        changes.extend(text.figures.iter().filter_map(|figure| figure_change(figure, computed)));
    }
    let told: HashSet<u32> = changes.iter().filter_map(|change| change.line).collect();
    let evidence = evidence_changes(record, &lines, ledger).into_iter();
    // Of a line whose figure is wrong that is enough.
    changes.extend(evidence.filter(|change| change.line.is_none_or(|line| !told.contains(&line))));
    changes.extend(sentences);
    changes.sort_by_key(|change| change.line);
    changes
}

/// Lines that are not those of the record; figure by figure where nothing else was changed.
fn text_changes(text: &TextRecord, lines: &[&str]) -> Vec<FigureChange> {
    let recorded: Vec<&str> = text.lines.iter().map(String::as_str).collect();
    let differences = differing(lines, &recorded);
    differences.iter().flat_map(|differing| line_changes(text, differing)).collect()
}

fn line_changes(text: &TextRecord, differing: &Differing<'_>) -> Vec<FigureChange> {
    let (found, expected) = (differing.found.unwrap_or_default(), differing.expected.unwrap_or_default());
    let of_fact = |shown: &str| {
        let in_line = text.figures.iter().filter(|figure| Some(figure.line) == differing.expected_line);
        in_line.filter(|figure| figure.text.starts_with(shown)).map(|figure| figure.fact.clone()).next()
    };
    let (found_figures, expected_figures) = (figure::figures(found), figure::figures(expected));
    let without = |text: &str, figures: &[figure::Figure]| {
        let mut rest = text.to_owned();
        for figure in figures.iter().rev() {
            rest.replace_range(figure.range.clone(), "");
        }
        rest
    };
    let is_figure_only = found_figures.len() == expected_figures.len()
        && without(found, &found_figures) == without(expected, &expected_figures);
    let change = |wrong, found: &str, expected: &str, fact| FigureChange {
        line: Some(differing.line),
        wrong,
        found: found.to_owned(),
        expected: expected.to_owned(),
        fact,
    };
    if !is_figure_only {
        return vec![change(Wrong::Text, found, expected, None)];
    }
    let pairs =
        found_figures.iter().zip(&expected_figures).filter(|(found, expected)| found.text != expected.text);
    pairs
        .map(|(found, expected)| change(Wrong::Figure, &found.text, &expected.text, of_fact(&expected.text)))
        .collect()
}

/// A figure as recorded that its fact does not have now.
fn figure_change(figure: &FigureRecord, computed: &Computed<'_>) -> Option<FigureChange> {
    let expected = match computed.get(&figure.fact) {
        Some((_, Some(fact))) if agree(&figure.text, &fact.text) => return None,
        Some((_, Some(fact))) => fact.text.clone(),
        Some((_, None)) | None => String::new(),
    };
    Some(FigureChange {
        line: Some(figure.line),
        wrong: Wrong::Fact,
        found: figure.text.clone(),
        expected,
        fact: Some(figure.fact.clone()),
    })
}

/// Rows of the evidence that say of a fact what it is not now. Their form is that of this
/// version of the program.
fn evidence_changes(record: &Record, lines: &[&str], ledger: &Ledger) -> Vec<FigureChange> {
    if record.version != env!("CARGO_PKG_VERSION") {
        return Vec::new();
    }
    let rows = lines.iter().zip(1_u32..).skip_while(|(line, _)| **line != EVIDENCE);
    let change = |(found, line): (&&str, u32)| {
        let id = fact_id(found)?;
        let fact = ledger.facts.iter().find(|fact| fact.id == id);
        let expected = fact.map(|fact| row(fact).trim_end().to_owned()).unwrap_or_default();
        (**found != expected).then(|| FigureChange {
            line: Some(line),
            wrong: Wrong::Evidence,
            found: (*found).to_owned(),
            expected,
            fact: Some(id.to_owned()),
        })
    };
    rows.filter_map(change).collect()
}

/// Sentences of the record that do not stand in the report, or state what no fact has. What
/// the record itself counts as not grounded is no difference.
fn sentence_changes(record: &Record, lines: &[&str], ledger: &Ledger) -> Vec<FigureChange> {
    let checker = Checker::of(ledger);
    let mut gone = Vec::new();
    let mut wrong = Vec::new();
    for written in &record.written {
        let text = inline(&written.text);
        let line = lines.iter().zip(1..).find_map(|(line, number)| line.contains(&text).then_some(number));
        let change = |line, wrong, found: &str, expected: &str| FigureChange {
            line,
            wrong,
            found: found.to_owned(),
            expected: expected.to_owned(),
            fact: None,
        };
        if line.is_none() {
            gone.push(change(None, Wrong::Text, "", &written.text));
        }
        let bad = |status| matches!(status, ItemStatus::Mismatched | ItemStatus::Ungrounded);
        let items = checker.check(&written.text).into_iter().filter(|item| bad(item.status));
        wrong.extend(items.map(|item| change(line, Wrong::Sentence, &item.figure.text, "")));
    }
    let admitted = record.grounding.mismatched + record.grounding.ungrounded;
    if wrong.len() as u64 > admitted {
        gone.append(&mut wrong);
    }
    gone
}
