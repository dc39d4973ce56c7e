//! The sentence by code that a prompt's facts need: a cold start among them.

use super::plan::{Finding, Kind, Plan};
use crate::{grounding::fact::Ledger, ingest::inventory::Inventory};

/// The most wanted cold start as a sentence.
pub fn cold_start(ledger: &Ledger) -> Option<String> {
    let plan = Plan::of(ledger, &Inventory::default());
    plan.findings.iter().find(|finding| finding.kind == Kind::ColdStart).map(text)
}

fn text(finding: &Finding) -> String {
    finding.sentence.first().text
}
