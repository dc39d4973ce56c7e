//! Does each figure of a text equal a fact, in a sentence about that fact?

use super::{
    fact::{Fact, Ledger, Statistic},
    figure::{Figure, figures},
};

mod amount;
mod cells;
pub mod cite;
mod code;
mod column;
mod count;
mod dates;
mod derived;
mod document;
mod equal;
mod findings;
mod judge;
mod lexicon;
mod mention;
mod own;
mod page;
mod pool;
mod problem;
mod quantity;
mod relation;
mod scope;
mod style;
mod verdict;
mod wording;

use std::{
    cell::{OnceCell, RefCell},
    collections::HashMap,
};

pub use cells::Cells;
pub use document::Evidence;
pub use findings::Finding;
use mention::Mentions;
pub use verdict::Backing;

use crate::metrics::{
    series::{Group, Nature},
    stats::Stats,
};

/// A folder made ready to hold whole texts against it.
#[derive(Debug)]
pub struct Folder<'a> {
    evidence: Evidence<'a>,
    lexicon: lexicon::Lexicon,
    pool: pool::Pool<'a>,
    /// Names of folders, lower case.
    folders: Vec<String>,
    /// Days that cells and file names tell.
    days: Vec<(i32, u32, u32)>,
    /// Rows of the ledger by what they are about.
    rows: HashMap<(&'a str, &'a str, &'a Group, Nature), usize>,
    /// Kinds of unit of each metric.
    families: Vec<Vec<amount::Family>>,
    /// Names of texts that stand above others.
    levels: RefCell<HashMap<String, scope::Level>>,
    /// Statistics over the rows of several series that were asked for.
    pooled: RefCell<HashMap<(pool::Wanted, Vec<u32>), Stats>>,
    /// The group of each row, once it was asked for.
    row_groups: OnceCell<column::RowGroups<'a>>,
    /// Facts of the ledger, by value.
    by_value: Vec<(f64, usize)>,
    /// Those that are none of the usual statistics.
    unusual: Vec<(f64, usize)>,
}

/// The answer for one figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The figure.
    pub figure: Figure,
    /// How it stands.
    pub status: ItemStatus,
    /// Index of the fact it equals, in the ledger.
    pub fact: Option<usize>,
}

/// How a figure stands to the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemStatus {
    /// Equals a fact (value and unit at the precision printed).
    Grounded,
    /// The right kind of thing, another value.
    Mismatched,
    /// No fact has it.
    Ungrounded,
    /// List numbers, headings and the like.
    Structural,
}

/// Checks a text against the ledger.
pub fn check(text: &str, ledger: &Ledger) -> Vec<Item> {
    Checker::of(ledger).check(text)
}

/// A ledger made ready for many texts.
#[derive(Debug)]
pub struct Checker<'a> {
    ledger: &'a Ledger,
    names: mention::Names<'a>,
}

impl<'a> Checker<'a> {
    /// Collects the names of the ledger once.
    pub fn of(ledger: &'a Ledger) -> Self {
        Self { ledger, names: mention::Names::of(ledger) }
    }
    /// Checks a text.
    pub fn check(&self, text: &str) -> Vec<Item> {
        let figures = figures(text).into_iter();
        figures.filter_map(|figure| item(text, figure, self.ledger, &self.names)).collect()
    }
}

/// `None` for digits that are part of a name of the data (`qwen:7`).
fn item(text: &str, figure: Figure, ledger: &Ledger, names: &mention::Names<'_>) -> Option<Item> {
    if figure.is_structural {
        return Some(Item { figure, status: ItemStatus::Structural, fact: None });
    }
    let sentence = sentence_around(text, &figure);
    let sentence_text = text.get(sentence.clone()).unwrap_or_default();
    let mentions = names.mentioned_in(sentence_text);
    let within = figure.range.start.saturating_sub(sentence.start);
    if mentions.cover(within) {
        return None;
    }
    if let Some(fact) = mentions.dimension(sentence_text, within, figure.value, ledger) {
        return Some(Item { figure, status: ItemStatus::Grounded, fact: Some(fact) });
    }
    let (status, fact) = judge(&figure, sentence_text, &mentions, ledger);
    Some(Item { figure, status, fact })
}

fn judge(
    figure: &Figure,
    sentence: &str,
    mentions: &Mentions<'_>,
    ledger: &Ledger,
) -> (ItemStatus, Option<usize>) {
    let lower = sentence.to_lowercase();
    let mut is_same_kind = false;
    for (index, fact) in ledger.facts.iter().enumerate() {
        match equal::compare(figure, fact) {
            equal::Answer::OtherKind => {}
            equal::Answer::Differs => is_same_kind = true,
            equal::Answer::Equal
                if is_about(fact, mentions)
                    && (figure.unit.is_some() || names_subject(fact, &lower, mentions)) =>
            {
                return (ItemStatus::Grounded, Some(index));
            }
            // A bare number that happens to equal something else says nothing about it.
            equal::Answer::Equal => is_same_kind |= figure.unit.is_some(),
        }
    }
    (if is_same_kind { ItemStatus::Mismatched } else { ItemStatus::Ungrounded }, None)
}

/// Is this fact what the sentence speaks of? What it names must fit: the group, the
/// metric, the statistic. What it does not name is free.
fn is_about(fact: &Fact, mentions: &Mentions<'_>) -> bool {
    mentions.allow_group(&fact.group)
        && mentions.allow_metric(&fact.subject)
        && mentions.allow(fact.statistic)
}

/// A number without a unit could be anything: the sentence must say what it counts or measures.
fn names_subject(fact: &Fact, lower: &str, mentions: &Mentions<'_>) -> bool {
    match fact.statistic {
        Statistic::N | Statistic::WarmN | Statistic::ColdN | Statistic::Failed => {
            ["run", "value", "sample", "measure", "n ="].iter().any(|word| lower.contains(word))
        }
        Statistic::Groups => lower.contains("group"),
        Statistic::Outliers => lower.contains("outlier"),
        Statistic::Count => fact
            .subject
            .split_whitespace()
            .next()
            .is_some_and(|word| lower.contains(word.strip_suffix('s').unwrap_or(word))),
        _ => mentions.names_metric(&fact.subject),
    }
}

/// Byte range of the sentence that holds the figure.
fn sentence_around(text: &str, figure: &Figure) -> std::ops::Range<usize> {
    let ends = |at: usize, byte: u8| {
        byte == b'\n'
            || (matches!(byte, b'.' | b'!' | b'?')
                && text.as_bytes().get(at + 1).is_none_or(u8::is_ascii_whitespace))
    };
    let bytes = text.as_bytes();
    let start = (0..figure.range.start)
        .rev()
        .find(|&at| bytes.get(at).is_some_and(|&byte| ends(at, byte)))
        .map_or(0, |at| at + 1);
    let end = (figure.range.end..bytes.len())
        .find(|&at| bytes.get(at).is_some_and(|&byte| ends(at, byte)))
        .unwrap_or(bytes.len());
    start..end
}

#[cfg(test)]
pub(crate) mod tests;
