//! What observations are made from: the ledger, the files, the families of rows; and how a
//! fact, a group or a list becomes a part of a sentence.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{
    super::{
        grammar::Node,
        wording::{configuration, group_name, in_sentence, label, one_line, short_value},
    },
    families::{Family, families},
    observe::METRICS_WITH_LEAD,
    template::Slots,
};
use crate::{
    grounding::fact::{Fact, FactRow, Ledger, Relation, Statistic},
    ingest::inventory::Inventory,
    metrics::{
        names::{Better, Metric},
        series::Group,
    },
};

/// The dimension that names a group by itself.
const MODEL: &str = "model";
/// Dimensions that number the repetitions of a configuration: they set nothing.
const REPETITIONS: [&str; 7] = ["attempt", "iteration", "rep", "repeat", "repetition", "run", "trial"];

/// The whole of what is known.
#[derive(Debug)]
pub struct View<'a> {
    /// The facts.
    pub ledger: &'a Ledger,
    /// The files.
    pub inventory: &'a Inventory,
    /// Comparable rows by metric, most wanted metric first.
    pub families: Vec<Family<'a>>,
    /// The shortest name that tells a group from those beside it.
    names: HashMap<&'a Group, String>,
    /// Dimensions that have more than one value in the folder.
    varying: HashSet<&'a str>,
}

impl<'a> View<'a> {
    /// Of a folder.
    pub fn of(ledger: &'a Ledger, inventory: &'a Inventory) -> Self {
        let families = families(ledger);
        let names = families.iter().flat_map(names).collect();
        Self { ledger, inventory, families, names, varying: varying(ledger) }
    }
    /// A group in a sentence.
    pub fn group(&self, group: &Group) -> Node {
        match self.names.get(group) {
            _ if group.0.is_empty() => Node::text("the unnamed group"),
            Some(name) => Node::Name(name.clone()),
            None => Node::Name(group_name(group)),
        }
    }
    /// The settings of a single value beyond those of its row; of them those that vary.
    pub fn settings(&self, fact: &Fact, row: &FactRow) -> Option<Node> {
        let is_told = |(key, _): &&(Arc<str>, Arc<str>)| {
            self.varying.contains(key.as_ref()) && !REPETITIONS.contains(&key.as_ref())
        };
        let group = Arc::new(Group(fact.group.0.iter().filter(is_told).cloned().collect()));
        configuration(&Fact { group, ..fact.clone() }, row).map(Node::Name)
    }
    /// Were its runs made under several settings?
    pub fn is_swept(&self, row: &FactRow) -> bool {
        let config = |statistic| row.fact(self.ledger, statistic).and_then(|fact| self.settings(fact, row));
        config(Statistic::Best).zip(config(Statistic::Worst)).is_some_and(|(best, worst)| best != worst)
    }
    /// How many groups of the metrics that findings speak of were measured under several settings.
    pub fn settings_varied(&self) -> usize {
        let families = self.families.iter().take(METRICS_WITH_LEAD);
        families.flat_map(|family| &family.members).filter(|member| self.is_swept(member.row)).count()
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
    /// Two rows of one metric beside each other, whichever of them is spoken of.
    pub fn relation(&self, left: &FactRow, right: &FactRow) -> Option<&'a Relation> {
        self.ledger.relations.iter().find(|relation| {
            relation.metric == left.metric
                && ((relation.group == left.group && relation.other == right.group)
                    || (relation.group == right.group && relation.other == left.group))
        })
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

/// A metric in a sentence.
pub fn metric_of(metric: &Metric) -> Node {
    Node::text(in_sentence(metric.label()))
}

/// The names of a family's groups: the model alone where that tells them apart, else it and
/// the dimensions in which they differ.
fn names<'a>(family: &Family<'a>) -> Vec<(&'a Group, String)> {
    let groups: Vec<&Group> = family.members.iter().map(|member| member.row.group.as_ref()).collect();
    let values = |key: &str| -> HashSet<&str> {
        groups.iter().filter_map(|group| group.get(key)).map(AsRef::as_ref).collect()
    };
    let is_told_by_model = values(MODEL).len() == groups.len();
    let is_wanted = |key: &str| key == MODEL || (!is_told_by_model && values(key).len() > 1);
    let wanted: HashSet<&str> = groups
        .iter()
        .flat_map(|group| &group.0)
        .map(|(key, _)| key.as_ref())
        .filter(|key| is_wanted(key))
        .collect();
    let name = |group: &Group| {
        let short = group.0.iter().filter(|(key, _)| wanted.contains(key.as_ref()));
        let short = Group(short.map(|(key, value)| (Arc::clone(key), short_value(key, value))).collect());
        group_name(if short.0.is_empty() { group } else { &short })
    };
    let names: Vec<String> = groups.iter().map(|group| name(group)).collect();
    let is_clear = names.iter().collect::<HashSet<_>>().len() == names.len();
    groups
        .into_iter()
        .zip(names)
        .map(|(group, name)| (group, if is_clear { name } else { group_name(group) }))
        .collect()
}

/// Dimensions with more than one value among the facts of one model.
fn varying(ledger: &Ledger) -> HashSet<&str> {
    let mut first: HashMap<(Option<&Arc<str>>, &str), &str> = HashMap::new();
    let mut varying = HashSet::new();
    for fact in &ledger.facts {
        let model = fact.group.get(MODEL);
        for (key, value) in &fact.group.0 {
            if *first.entry((model, key)).or_insert(value) != value.as_ref() {
                varying.insert(key.as_ref());
            }
        }
    }
    varying
}

/// What is added to a claim about the best or worst where a group that it is not compared with
/// lies beyond.
pub fn scope(is_of_all: bool) -> Node {
    Node::text(if is_of_all { "" } else { " among comparable groups" })
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
