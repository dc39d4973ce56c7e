//! The facts that a report uses, and where each comes from.

use crate::{
    grounding::fact::{Fact, Ledger, Source},
    report::{
        escape::{table_head, table_row},
        wording::group_name,
    },
};

/// Facts used so far, each once, in the order of use.
#[derive(Debug, Default)]
pub struct Evidence {
    facts: Vec<usize>,
    seen: std::collections::HashSet<usize>,
}

impl Evidence {
    /// A fact is used.
    pub fn add(&mut self, fact: usize) {
        if self.seen.insert(fact) {
            self.facts.push(fact);
        }
    }
    /// Facts are used.
    pub fn add_all(&mut self, facts: &[usize]) {
        for &fact in facts {
            self.add(fact);
        }
    }
    /// What was used.
    pub fn into_facts(self) -> Vec<usize> {
        self.facts
    }
    /// The table.
    pub fn table(&self, ledger: &Ledger) -> String {
        if self.facts.is_empty() {
            return "No figure of this report comes from a file.\n".to_owned();
        }
        let mut text = table_head(&["Value", "Fact", "File", "Line", "Field"]);
        for fact in self.facts.iter().filter_map(|&index| ledger.facts.get(index)) {
            let (file, line, field) = source(fact);
            text.push_str(&table_row([fact.text.as_str(), &name(fact), &file, &line, &field]));
        }
        text
    }
}

fn name(fact: &Fact) -> String {
    let subject = fact.subject.replace('_', " ");
    let group =
        if fact.group.0.is_empty() { String::new() } else { format!(", {}", group_name(&fact.group)) };
    format!("{subject} {}{group} ({})", fact.statistic.name(), fact.id)
}

fn source(fact: &Fact) -> (String, String, String) {
    let Some(first) = fact.sources.first() else { return Default::default() };
    let file = match fact.sources.len() {
        1 => file(first),
        files => format!("{} and {} more", file(first), files - 1),
    };
    (file, first.line.map(|line| line.to_string()).unwrap_or_default(), first.field.to_string())
}

fn file(source: &Source) -> String {
    if source.path.as_ref() == "." { "(file listing)".to_owned() } else { source.path.to_string() }
}

/// `gemma3/baseline.csv:2`
pub fn place(source: &Source) -> String {
    source.line.map_or_else(|| file(source), |line| format!("{}:{line}", file(source)))
}
