//! The fact table of a prompt: compact, ranked, limited.

use crate::{
    grounding::fact::{Ledger, Statistic},
    ingest::inventory::Inventory,
    report::{
        plan::{Kind, Plan},
        wording::{group_name, label, row_sentence},
    },
};

/// Files whose times lie no further apart count as changed together: a folder that was just copied
/// keeps the order of what is wanted most.
const TOGETHER_NS: i128 = 60_000_000_000;

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactLine {
    /// `- Throughput of gemma3:270m …`
    pub text: String,
    /// What it is about: `Throughput of gemma3:270m`.
    pub about: String,
    /// How much it is wanted: 1 most.
    pub rank: u32,
}

/// The table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FactLines {
    /// Its lines, those first that change least: a model that has read them need not read them
    /// again when a later one has changed.
    pub lines: Vec<FactLine>,
    /// Groups that were measured and are not in it.
    pub more: usize,
}

/// The facts as lines for a model, at most `limit` of them about measured groups, and the most
/// wanted cold start of the plan. What rests on the oldest files of the inventory comes first; what every
/// file that comes or goes changes, the counts of the folder, comes last.
pub fn fact_lines(ledger: &Ledger, plan: &Plan, inventory: &Inventory, limit: usize) -> FactLines {
    let mut counts = Vec::new();
    let texts = |subjects: &[&str]| -> Vec<String> {
        let facts = subjects.iter().filter_map(|subject| ledger.about(subject, Statistic::Count));
        facts.filter_map(|index| ledger.facts.get(index)).map(|fact| fact.text.clone()).collect()
    };
    let files = texts(&["files"]);
    let kinds = texts(&["csv files", "json files", "markdown files", "text files"]);
    if let Some(files) = files.first() {
        let kinds = if kinds.is_empty() { String::new() } else { format!(": {}", kinds.join(", ")) };
        counts.push((format!("- The folder has {files}{kinds}."), "files".to_owned()));
    }
    let lost = texts(&["unreadable files", "failed rows", "duplicate files"]);
    if !lost.is_empty() {
        let text = format!("- Not in the statistics: {}.", lost.join(", "));
        counts.push((text, "files and rows left out".to_owned()));
    }
    let rows = ledger.rows.iter().take(limit).map(|row| {
        let text = format!("- {}", row_sentence(row, ledger));
        (age(&row.facts, ledger, inventory), (text, format!("{} of {}", label(row), group_name(&row.group))))
    });
    let cold = plan.findings.iter().find(|finding| finding.kind == Kind::ColdStart).map(|cold| {
        let text = format!("- {}", cold.sentence.first().text);
        (age(&cold.facts, ledger, inventory), (text, "cold starts".to_owned()))
    });
    let first_rank = u32::try_from(counts.len()).unwrap_or(u32::MAX).saturating_add(1);
    let line = |(rank, (text, about)): (u32, (String, String))| FactLine { text, about, rank };
    let mut measured: Vec<(i128, FactLine)> =
        (first_rank..).zip(rows.chain(cold)).map(|(rank, (age, words))| (age, line((rank, words)))).collect();
    measured.sort_by_key(|(age, line)| (*age, line.rank));
    let measured = measured.into_iter().map(|(_, line)| line);
    let lines = measured.chain((1..).zip(counts).map(line)).collect();
    FactLines { lines, more: ledger.rows.len().saturating_sub(limit) }
}

/// When the newest file was changed that facts rest on, in steps of [`TOGETHER_NS`].
fn age(facts: &[usize], ledger: &Ledger, inventory: &Inventory) -> i128 {
    let sources = facts.iter().filter_map(|&fact| ledger.facts.get(fact)).flat_map(|fact| &*fact.sources);
    let times = sources.filter_map(|source| inventory.get(&source.path)).map(|file| file.stamp.modified_ns);
    times.max().unwrap_or_default().div_euclid(TOGETHER_NS)
}
