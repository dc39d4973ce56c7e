//! The Markdown file of a report, in the layout of the original reports.

use std::fmt::Write as _;

use super::{
    escape::{fenced, inline, table_head, table_row},
    model::{self, Params},
    pipeline::{Author, COMPLETE, Draft, Written},
    record::Record,
};
use crate::{grounding::fact::Ledger, ingest::inventory::Inventory, metrics::format};

mod data;
pub(crate) mod evidence;
mod run;
pub(crate) mod tables;

pub(crate) use evidence::Evidence;

/// Ends the technical report and begins what is said of its making.
pub(crate) const SUMMARY: &str = "---\n\n## Workflow Summary\n\n";
/// The comment that tells the program's own reports from other Markdown.
pub const MARKER: &str = "<!-- chimera-insight:report -->";
/// Items of the short lists at the end.
const MOST_IN_LIST: usize = 12;

/// What a report is made of.
#[derive(Debug)]
pub struct Report<'a> {
    /// The run record.
    pub record: &'a Record,
    /// The facts.
    pub ledger: &'a Ledger,
    /// The folder's files.
    pub inventory: &'a Inventory,
    /// The prose.
    pub draft: &'a Draft,
    /// Wall clock for the header, nanoseconds since 1970.
    pub date_ns: i128,
}

/// The whole file, and the facts in it as indices into the ledger.
pub fn markdown(report: &Report<'_>) -> (String, Vec<usize>) {
    let mut evidence = Evidence::default();
    let mut text = header(report);
    text.push_str("## Technical Report\n\n");
    section(&mut text, "1. Executive Summary", &paragraph(&report.draft.summary, &mut evidence));
    section(&mut text, "2. Data Ingestion Summary", &data::ingestion(report, &mut evidence));
    section(&mut text, "3. Performance Analysis", &analysis(report, &mut evidence));
    section(&mut text, "4. Key Findings", &findings(report, &mut evidence));
    section(&mut text, "5. Recommendations", &numbered(&report.draft.recommendations, &mut evidence));
    section(&mut text, "6. Risks and Mitigations", &risk_table(report, &mut evidence));
    section(&mut text, "7. Appendix", &run::appendix(report));
    let _ = writeln!(text, "{SUMMARY}{}", run::workflow(report));
    let _ = write!(text, "## Metrics\n\n{}\n", run::metrics(&report.record.metrics));
    let _ = write!(text, "## Key Findings\n\n{}\n", bullets(&report.draft.findings));
    let _ = write!(text, "## Recommendations\n\n{}\n", bullets(&report.draft.recommendations));
    let _ = write!(text, "## Persona Prompt\n\n{}\n", fenced(&report.record.persona.1));
    let _ = write!(text, "## Evidence\n\n{}", evidence.table(report.ledger));
    (text, evidence.into_facts())
}

fn header(report: &Report<'_>) -> String {
    let record = report.record;
    let model = record.model.as_ref().map_or("none (written by code alone)", |model| model.name.as_str());
    let date: String = format::utc(report.date_ns).chars().take(10).collect();
    let mut text = String::from("# Chimera Insight\n\n# Technical Report: Chimera Insight Analysis\n\n");
    for (name, value) in [
        ("Date", date.as_str()),
        ("Agent Type", "Chimera Insight"),
        ("Model", model),
        ("Configuration", &configuration(&record.config)),
    ] {
        let _ = writeln!(text, "**{name}:** {}  ", inline(value));
    }
    let _ = write!(text, "\n{MARKER}\n\n");
    if record.status != COMPLETE {
        let _ = write!(
            text,
            "> **Interrupted:** {}. What the model had written until then is in the report; code wrote the rest.\n\n",
            inline(&record.status)
        );
    }
    text.push_str("---\n\n");
    text
}

/// Every setting, `default` where untouched.
fn configuration(params: &Params) -> String {
    fn shown<T: ToString>(value: Option<T>) -> String {
        value.map_or_else(|| "default".to_owned(), |value| value.to_string())
    }
    format!(
        "num_gpu={}, num_ctx={}, temp={}, top_p={}, top_k={}, min_p={}, repeat_penalty={}, seed={}",
        model::layers(params.num_gpu),
        shown(params.num_ctx),
        shown(params.temperature),
        shown(params.top_p),
        shown(params.top_k),
        shown(params.min_p),
        shown(params.repeat_penalty),
        shown(params.seed),
    )
}

fn section(text: &mut String, heading: &str, body: &str) {
    let _ = write!(text, "### {heading}\n\n{}\n\n", body.trim_end());
}

/// The sentences as one paragraph, in their order.
fn paragraph<'w>(sentences: impl IntoIterator<Item = &'w Written>, evidence: &mut Evidence) -> String {
    let texts = sentences.into_iter().map(|written| {
        evidence.add_all(&written.facts);
        written.text.as_str()
    });
    inline(&texts.collect::<Vec<_>>().join(" "))
}

/// What is about no metric alone; then the table of each metric with what is said of it.
fn analysis(report: &Report<'_>, evidence: &mut Evidence) -> String {
    let (tables, rest) = tables::performance(report.ledger, evidence);
    let is_about = |written: &Written, label: &str| written.topic.eq_ignore_ascii_case(label);
    // What is about no metric in particular, as a model writes it, leads in.
    let is_about_none = |written: &&Written| tables.iter().all(|table| !is_about(written, &table.label));
    let mut parts = vec![paragraph(report.draft.analysis.iter().filter(is_about_none), evidence)];
    for table in &tables {
        parts.push(table.text.trim_end().to_owned());
        let about = report.draft.analysis.iter().filter(|written| is_about(written, &table.label));
        parts.push(paragraph(about, evidence));
    }
    parts.push(rest);
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

/// Each finding with who wrote it and the first place that it rests on.
fn findings(report: &Report<'_>, evidence: &mut Evidence) -> String {
    let mut text = String::new();
    for (written, number) in report.draft.findings.iter().zip(1..) {
        evidence.add_all(&written.facts);
        let facts = written.facts.iter().filter_map(|&index| report.ledger.facts.get(index));
        let place = facts.flat_map(|fact| fact.sources.iter()).next().map(evidence::place);
        let by = if written.by == Author::Code { "code" } else { "model" };
        let by = place.map_or_else(|| by.to_owned(), |place| format!("{by}, from {place}"));
        let _ = writeln!(text, "{number}. {}{} *({})*", topic(written), inline(&written.text), inline(&by));
    }
    text
}

/// `**Topic:** `, where there is one.
fn topic(written: &Written) -> String {
    if written.topic.is_empty() { String::new() } else { format!("**{}:** ", inline(&written.topic)) }
}

fn numbered(items: &[Written], evidence: &mut Evidence) -> String {
    let mut text = String::new();
    for (written, number) in items.iter().zip(1..) {
        evidence.add_all(&written.facts);
        let _ = writeln!(text, "{number}. {}{}", topic(written), inline(&written.text));
    }
    text
}

fn risk_table(report: &Report<'_>, evidence: &mut Evidence) -> String {
    let mut text = table_head(&["Risk", "Mitigation"]);
    for (risk, mitigation) in &report.draft.risks {
        evidence.add_all(&risk.facts);
        evidence.add_all(&mitigation.facts);
        text.push_str(&table_row([risk.text.as_str(), &mitigation.text]));
    }
    text
}

fn bullets(items: &[Written]) -> String {
    let mut text = String::new();
    for written in items.iter().take(MOST_IN_LIST) {
        let _ = writeln!(text, "- {}", inline(&written.text));
    }
    text
}
