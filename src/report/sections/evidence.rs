//! The facts that a report uses, and where each comes from.

use std::fmt::Write as _;

use crate::{
    grounding::fact::{Fact, Ledger, Source},
    report::{
        escape::{table_head, table_row},
        wording::group_name,
    },
};

/// Files of a fact that are named; the record has all.
const MOST_FILES: usize = 4;

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
        let mut text = table_head(&["Value", "Fact", "File", "Line", "Field", "Rows"]);
        for fact in self.facts.iter().filter_map(|&index| ledger.facts.get(index)) {
            text.push_str(&row(fact));
        }
        text
    }
}

/// A fact's row of the table.
pub fn row(fact: &Fact) -> String {
    let [file, line, field, rows] = sources(fact);
    table_row([fact.text.as_str(), &name(fact), &file, &line, &field, &rows])
}

fn name(fact: &Fact) -> String {
    let subject = fact.subject.replace('_', " ");
    let group =
        if fact.group.0.is_empty() { String::new() } else { format!(", {}", group_name(&fact.group)) };
    format!("{subject} {}{group} ({})", fact.statistic.name(), fact.id)
}

/// Files with first line, field and number of rows of each; a field that they share once.
fn sources(fact: &Fact) -> [String; 4] {
    let shown = || fact.sources.iter().take(MOST_FILES);
    let joined = |texts: Vec<String>| texts.join("; ");
    let mut files = joined(shown().map(file).collect());
    let more = fact.sources.len().saturating_sub(MOST_FILES);
    if more > 0 {
        let _ = write!(files, " and {more} more");
    }
    let lines = shown().map(|source| source.line.map_or_else(|| "–".to_owned(), |line| line.to_string()));
    let mut fields: Vec<String> = shown().map(|source| source.field.to_string()).collect();
    fields.dedup();
    let rows = shown().map(|source| source.rows.to_string()).collect();
    let lines: Vec<String> = lines.collect();
    let has_lines = lines.iter().any(|line| line != "–");
    [files, if has_lines { joined(lines) } else { String::new() }, joined(fields), joined(rows)]
}

fn file(source: &Source) -> String {
    if source.path.as_ref() == "." { "(file listing)".to_owned() } else { source.path.to_string() }
}

/// `gemma3/baseline.csv:2`
pub fn place(source: &Source) -> String {
    source.line.map_or_else(|| file(source), |line| format!("{}:{line}", file(source)))
}
