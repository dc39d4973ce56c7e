//! A report of this program with its run record beside it, as `check` sees it: the record says
//! which fact each figure states, the folder says what that fact is now. The values of the
//! record ground nothing; a number that was changed after the record was written is a fault.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use super::lines::differing;
use crate::{
    grounding::{
        check::{Backing, Finding, ItemStatus},
        fact::{Fact, Ledger},
        figure,
    },
    report::{
        figures::{agree, column},
        record::{
            Record,
            text::{FigureRecord, TextRecord},
        },
    },
};

/// Subject of the fact that counts the program's own files.
const OWN_FILES: &str = "generated files";

/// Judges the figures that the record maps to a fact by that fact, computed from the folder.
pub fn settle(record: &Record, report: &str, ledger: &Ledger, findings: &mut Vec<Finding>) {
    let Some(text) = &record.report else { return };
    let facts: HashMap<&str, &Fact> = ledger.facts.iter().map(|fact| (fact.id.as_str(), fact)).collect();
    let mut stated: HashMap<u32, Vec<&FigureRecord>> = HashMap::new();
    for figure in &text.figures {
        stated.entry(figure.line).or_default().push(figure);
    }
    let mut by_line: HashMap<usize, Vec<Finding>> = HashMap::new();
    for finding in findings.drain(..) {
        by_line.entry(finding.line).or_default().push(finding);
    }
    let lines: Vec<&str> = report.split('\n').map(|line| line.trim_end_matches('\r')).collect();
    let pairs = paired(&lines, text);
    let mut start = 0;
    for ((whole, line), number) in report.split('\n').zip(&lines).zip(1_u32..) {
        if let Some((expected, expected_line)) = pairs.get(&number)
            && let Some(numbers) = Numbers::of(line, expected)
        {
            let own = stated.get(expected_line).map(Vec::as_slice).unwrap_or_default();
            let place = Place { number, start, line };
            numbers.settle(own, &facts, place, by_line.entry(number as usize).or_default());
        }
        start += whole.len() + 1;
    }
    findings.extend(by_line.into_values().flatten());
    findings.sort_by_key(|finding| finding.range.start);
}

/// The line of the record that each line of the report is, changed or not.
fn paired<'t>(lines: &[&str], text: &'t TextRecord) -> HashMap<u32, (&'t str, u32)> {
    let expected: Vec<&str> = text.lines.iter().map(|line| line.trim_end_matches('\r')).collect();
    let (mut changed, mut matched) = (HashMap::new(), HashSet::new());
    for differing in differing(lines, &expected) {
        matched.extend(differing.expected_line);
        if differing.found.is_some() {
            changed.insert(differing.line, differing.expected_line);
        }
    }
    let mut same = (1_u32..).take(expected.len()).filter(|line| !matched.contains(line));
    let mut pairs = HashMap::new();
    for line in (1_u32..).take(lines.len()) {
        let other = changed.get(&line).copied().unwrap_or_else(|| same.next());
        if let Some(other) = other
            && let Some(text) = text.lines.get(other as usize - 1)
        {
            pairs.insert(line, (text.trim_end_matches('\r'), other));
        }
    }
    pairs
}

/// A line of the report.
#[derive(Clone, Copy, Debug)]
struct Place<'a> {
    number: u32,
    /// Bytes of the report before it.
    start: usize,
    line: &'a str,
}

/// The numbers of a line beside those of the record's, where all else is the same.
#[derive(Debug)]
struct Numbers<'a> {
    expected: &'a str,
    pairs: Vec<(Range<usize>, Range<usize>)>,
}

impl<'a> Numbers<'a> {
    fn of(found: &str, expected: &'a str) -> Option<Self> {
        let (ours, theirs) = (numbers(found), numbers(expected));
        let is_same = ours.len() == theirs.len() && between(found, &ours).eq(between(expected, &theirs));
        is_same.then(|| Self { expected, pairs: ours.into_iter().zip(theirs).collect() })
    }

    /// Where a place of the record's line stands in the report's.
    fn place(&self, at: usize) -> usize {
        let before = self.pairs.iter().rev().find(|(_, expected)| expected.end <= at);
        before.map_or(at, |(found, expected)| found.end + (at - expected.end))
    }

    fn settle(
        &self,
        own: &[&FigureRecord],
        facts: &HashMap<&str, &Fact>,
        place: Place<'_>,
        findings: &mut Vec<Finding>,
    ) {
        let mut covered: Vec<Range<usize>> = Vec::new();
        for figure in own {
            let chars = self.expected.char_indices().map(|(at, _)| at);
            let Some(from) = chars.clone().nth(figure.column as usize - 1) else { continue };
            let range = self.place(from)..self.place(from + figure.text.len());
            let Some(shown) = place.line.get(range.clone()) else { continue };
            let Some(fact) = facts.get(figure.fact.as_str()) else { continue };
            if fact.subject == OWN_FILES && shown == figure.text {
                // They have grown since: the report itself is one of them.
                pass_over(findings, &within(place, &range));
            } else if agree(shown, &fact.text) {
                ground(findings, &within(place, &range), fact);
            } else {
                let backing = Backing::of(fact);
                let note = format!("the folder has {}", backing.described());
                fault(findings, place, &range, Some(backing), note);
            }
            covered.push(range);
        }
        let changed = self.pairs.iter().filter(|(found, expected)| {
            place.line.get(found.clone()) != self.expected.get(expected.clone())
                && !covered.iter().any(|range| range.start <= found.start && found.end <= range.end)
        });
        let changed: Vec<_> = changed.collect();
        if changed.is_empty() {
            return;
        }
        // Who inserts an item into a list renumbers the others.
        let numbering: Vec<Range<usize>> = figure::figures(place.line)
            .into_iter()
            .filter(|figure| figure.is_structural && place.line[..figure.range.start].trim().is_empty())
            .map(|figure| figure.range)
            .collect();
        for (found, expected) in changed {
            if !numbering.iter().any(|range| overlap(range, found)) {
                let was = self.expected.get(expected.clone()).unwrap_or_default();
                fault(findings, place, found, None, format!("its run record has {was}"));
            }
        }
    }
}

/// Bytes of the report, of bytes of a line.
fn within(place: Place<'_>, range: &Range<usize>) -> Range<usize> {
    place.start + range.start..place.start + range.end
}

fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// The figures in that range tell of a time that is over.
fn pass_over(findings: &mut [Finding], range: &Range<usize>) {
    for finding in findings.iter_mut().filter(|finding| overlap(&finding.range, range)) {
        finding.status = ItemStatus::Structural;
        finding.fact = None;
        finding.note =
            Some("the program's own files when it was written, as its run record has them".to_owned());
    }
}

/// The figures in that range state this fact.
fn ground(findings: &mut [Finding], range: &Range<usize>, fact: &Fact) {
    let stated = findings.iter_mut().filter(|finding| overlap(&finding.range, range));
    for finding in stated.filter(|finding| finding.status != ItemStatus::Structural) {
        finding.status = ItemStatus::Grounded;
        finding.fact = Some(Backing::of(fact));
        finding.note = None;
    }
}

/// What stands in that range of the line is wrong, whatever it was taken for.
fn fault(
    findings: &mut Vec<Finding>,
    place: Place<'_>,
    range: &Range<usize>,
    fact: Option<Backing>,
    note: String,
) {
    let whole = within(place, range);
    let mut is_known = false;
    for finding in findings.iter_mut().filter(|finding| overlap(&finding.range, &whole)) {
        is_known = true;
        let is_fault = matches!(finding.status, ItemStatus::Mismatched | ItemStatus::Ungrounded);
        if fact.is_some() || !is_fault {
            finding.status = ItemStatus::Mismatched;
            finding.fact.clone_from(&fact);
            finding.note = Some(note.clone());
        }
    }
    if !is_known {
        findings.push(Finding {
            text: place.line.get(range.clone()).unwrap_or_default().to_owned(),
            value: None,
            unit: None,
            line: place.number as usize,
            column: column(place.line, range.start) as usize,
            range: whole,
            status: ItemStatus::Mismatched,
            fact,
            note: Some(note),
        });
    }
}

/// Every run of digits with its sign, points and commas, be it a figure or part of a name.
fn numbers(line: &str) -> Vec<Range<usize>> {
    let bytes = line.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if !byte.is_ascii_digit() {
            at += 1;
            continue;
        }
        let is_sign = at > 0 && matches!(bytes[at - 1], b'+' | b'-');
        let is_free = at < 2 || !bytes[at - 2].is_ascii_alphanumeric();
        let start = if is_sign && is_free { at - 1 } else { at };
        while let Some(&byte) = bytes.get(at) {
            let is_inner = matches!(byte, b'.' | b',') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
            if !byte.is_ascii_digit() && !is_inner {
                break;
            }
            at += 1;
        }
        found.push(start..at);
    }
    found
}

/// What stands around the numbers.
fn between<'l>(line: &'l str, numbers: &[Range<usize>]) -> impl Iterator<Item = &'l str> {
    let starts = std::iter::once(0).chain(numbers.iter().map(|range| range.end).collect::<Vec<_>>());
    let ends = numbers.iter().map(|range| range.start).collect::<Vec<_>>().into_iter().chain([line.len()]);
    starts.zip(ends).map(|(from, to)| line.get(from..to).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_hold_sign_and_fraction() {
        for (line, expected) in [
            ("a -2.5 % of 1,234.", "-2.5 1,234"),
            ("2025-11-14, 3-4, x-5", "2025 11 14 3 4 5"),
            ("gemma3:1b \\-7", "3 1 -7"),
            ("–", ""),
        ] {
            let found: Vec<&str> = numbers(line).into_iter().map(|range| &line[range]).collect();
            assert_eq!(found.join(" "), expected, "{line}");
        }
    }

    #[test]
    fn only_numbers_may_differ() {
        assert!(Numbers::of("5 ms of 7", "12 ms of 7").is_some());
        assert!(Numbers::of("5 ms of 7", "12 s of 7").is_none());
        assert!(Numbers::of("5 ms", "5 ms of 7").is_none());
        let numbers = Numbers::of("a 5 b 7 ms", "a 100 b 7 ms");
        assert_eq!(numbers.map(|numbers| (numbers.place(2), numbers.place(8))), Some((2, 6)));
    }
}
