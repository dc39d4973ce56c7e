//! What is found in a text, gathered and put in its place.

use std::ops::Range;

use super::{
    ItemStatus,
    verdict::{Backing, Verdict},
};
use crate::grounding::figure::Figure;

/// A figure or date of a text, and how it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// As it stands.
    pub text: String,
    /// Its value; `None` for dates and digits that are not read.
    pub value: Option<f64>,
    /// The unit word behind it.
    pub unit: Option<String>,
    /// Bytes of the text.
    pub range: Range<usize>,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// How it stands.
    pub status: ItemStatus,
    /// What it equals, or should have equalled.
    pub fact: Option<Backing>,
    /// What it is, or why it does not stand.
    pub note: Option<String>,
}

/// What was found so far.
pub struct Findings<'s> {
    /// The text.
    pub source: &'s str,
    /// In any order.
    pub found: Vec<Finding>,
}

impl Findings<'_> {
    /// Adds a figure of a piece that begins there.
    pub fn add_figure(&mut self, start: usize, figure: &Figure, verdict: Verdict) {
        self.add(start + figure.range.start..start + figure.range.end, Some(figure), verdict);
    }

    /// Adds what stands there.
    pub fn add(&mut self, range: Range<usize>, figure: Option<&Figure>, verdict: Verdict) {
        let (status, fact, note) = match verdict {
            Verdict::Name => return,
            Verdict::Grounded(backing) => (ItemStatus::Grounded, Some(backing), None),
            Verdict::Mismatched(backing, note) => (ItemStatus::Mismatched, backing, Some(note)),
            Verdict::Ungrounded(note) => (ItemStatus::Ungrounded, None, Some(note)),
            Verdict::Structural(note) => (ItemStatus::Structural, None, Some(note.to_owned())),
        };
        let text = self.source.get(range.clone()).unwrap_or_default().replace(['\n', '\r'], " ");
        let value = figure.map(|figure| figure.value).filter(|value| value.is_finite());
        let unit = figure.and_then(|figure| figure.unit.clone());
        self.found.push(Finding { text, value, unit, range, line: 0, column: 0, status, fact, note });
    }
}

/// Lines and columns of findings that are in order.
pub fn place(source: &str, findings: &mut [Finding]) {
    let (mut line, mut line_start, mut at) = (1, 0, 0);
    for finding in findings {
        let before = source.get(at..finding.range.start).unwrap_or_default();
        for (offset, _) in before.match_indices('\n') {
            line += 1;
            line_start = at + offset + 1;
        }
        at = finding.range.start.max(at);
        finding.line = line;
        finding.column =
            source.get(line_start..finding.range.start).map_or(0, |text| text.chars().count()) + 1;
    }
}
