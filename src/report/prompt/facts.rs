//! The fact table of a prompt: compact, ranked, limited.

use crate::{
    grounding::fact::{Ledger, Statistic},
    report::{
        plan::{Kind, Plan},
        wording::{group_name, label, row_sentence},
    },
};

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactLine {
    /// `- Throughput of gemma3:270m …`
    pub text: String,
    /// What it is about: `Throughput of gemma3:270m`.
    pub about: String,
}

/// The table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FactLines {
    /// Its lines, most wanted first.
    pub lines: Vec<FactLine>,
    /// Groups that were measured and are not in it.
    pub more: usize,
}

/// The facts as lines for a model, at most `limit` of them about measured groups; and the most
/// wanted cold start of the plan.
pub fn fact_lines(ledger: &Ledger, plan: &Plan, limit: usize) -> FactLines {
    let mut lines = Vec::new();
    let texts = |subjects: &[&str]| -> Vec<String> {
        let facts = subjects.iter().filter_map(|subject| ledger.about(subject, Statistic::Count));
        facts.filter_map(|index| ledger.facts.get(index)).map(|fact| fact.text.clone()).collect()
    };
    let files = texts(&["files"]);
    let kinds = texts(&["csv files", "json files", "markdown files", "text files"]);
    if let Some(files) = files.first() {
        let kinds = if kinds.is_empty() { String::new() } else { format!(": {}", kinds.join(", ")) };
        lines.push(FactLine { text: format!("- The folder has {files}{kinds}."), about: "files".to_owned() });
    }
    let lost = texts(&["unreadable files", "failed rows", "duplicate files"]);
    if !lost.is_empty() {
        lines.push(FactLine {
            text: format!("- Not in the statistics: {}.", lost.join(", ")),
            about: "files and rows left out".to_owned(),
        });
    }
    for row in ledger.rows.iter().take(limit) {
        lines.push(FactLine {
            text: format!("- {}", row_sentence(row, ledger)),
            about: format!("{} of {}", label(row), group_name(&row.group)),
        });
    }
    if let Some(cold) = plan.findings.iter().find(|finding| finding.kind == Kind::ColdStart) {
        let text = format!("- {}", cold.sentence.first().text);
        lines.push(FactLine { text, about: "cold starts".to_owned() });
    }
    FactLines { lines, more: ledger.rows.len().saturating_sub(limit) }
}
