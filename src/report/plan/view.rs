//! What observations are made from: the ledger, the files, the families of rows; and how a
//! fact, a group or a list becomes a part of a sentence.

use super::{
    super::{
        grammar::Node,
        wording::{group_name, in_sentence, label, one_line},
    },
    families::{Family, families},
    template::Slots,
};
use crate::{
    grounding::fact::{Fact, FactRow, Ledger, Statistic},
    ingest::inventory::Inventory,
    metrics::{names::Better, series::Group},
};

/// The whole of what is known.
#[derive(Debug)]
pub struct View<'a> {
    /// The facts.
    pub ledger: &'a Ledger,
    /// The files.
    pub inventory: &'a Inventory,
    /// Comparable rows by metric, most wanted metric first.
    pub families: Vec<Family<'a>>,
}

impl<'a> View<'a> {
    /// Of a folder.
    pub fn of(ledger: &'a Ledger, inventory: &'a Inventory) -> Self {
        Self { ledger, inventory, families: families(ledger) }
    }
    /// A fact as a figure.
    pub fn figure(&self, fact: usize) -> Option<Node> {
        let fact = self.fact(fact)?;
        Some(Node::Figure { text: spoken(fact), id: fact.id.clone() })
    }
    /// A fact.
    pub fn fact(&self, fact: usize) -> Option<&'a Fact> {
        self.ledger.facts.get(fact)
    }
    /// The fact of a row as a figure.
    pub fn of_row(&self, row: &FactRow, statistic: Statistic) -> Option<Node> {
        self.figure(row.index(self.ledger, statistic)?)
    }
    /// The value of a row's fact.
    pub fn value(&self, row: &FactRow, statistic: Statistic) -> Option<f64> {
        row.fact(self.ledger, statistic).map(|fact| fact.value)
    }
    /// A count about the whole folder, where there is one above nothing.
    pub fn count(&self, subject: &str) -> Option<(usize, &'a Fact)> {
        let index = self.ledger.about(subject, Statistic::Count)?;
        self.fact(index).filter(|fact| fact.value > 0.0).map(|fact| (index, fact))
    }
}

/// A fact's text in prose: kinds of files are written as they are spelt.
fn spoken(fact: &Fact) -> String {
    if fact.statistic != Statistic::Count {
        return fact.text.clone();
    }
    fact.text.replace(" csv ", " CSV ").replace(" json ", " JSON ").replace(" markdown ", " Markdown ")
}

/// Slots that say what a row measures: `metric`, `extreme`, `opposite`, `better`, `down`.
pub fn metric(row: &FactRow) -> Slots {
    let mut slots = Slots::default();
    slots.set("metric", Node::text(in_sentence(&label(row))));
    let words = match row.metric.0.better {
        Some(Better::Higher) => Some(["highest", "lowest", "higher", "down to"]),
        Some(Better::Lower) => Some(["lowest", "highest", "lower", "up to"]),
        None => None,
    };
    if let Some([extreme, opposite, better, down]) = words {
        slots.set("extreme", Node::text(extreme));
        slots.set("opposite", Node::text(opposite));
        slots.set("better", Node::text(better));
        slots.set("down", Node::text(down));
    }
    slots
}

/// A group in a sentence.
pub fn group(group: &Group) -> Node {
    if group.0.is_empty() { Node::text("the unnamed group") } else { Node::Name(group_name(group)) }
}

/// A file in a sentence.
pub fn path(path: &str) -> Node {
    Node::Name(one_line(path))
}

/// `a`, `a and b`, `a, b and c`; `None` of nothing.
pub fn list(parts: Vec<Node>) -> Option<Node> {
    let last = parts.len().checked_sub(1)?;
    let mut all = Vec::new();
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            all.push(Node::text(if index == last { " and " } else { ", " }));
        }
        all.push(part);
    }
    Some(Node::All(all))
}

/// A verb for one thing or several: `(is, are)`.
pub fn verb(count: f64, one: &str, several: &str) -> Node {
    Node::text(if (count - 1.0).abs() < f64::EPSILON { one } else { several })
}
