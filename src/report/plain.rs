//! Sentences by code that a prompt needs: the first words of an answer, the cold start among
//! the facts.

use super::{
    plan::{Finding, Kind, Plan},
    prompt::Task,
};
use crate::{grounding::fact::Ledger, ingest::inventory::Inventory};

/// The most wanted cold start as a sentence.
pub fn cold_start(ledger: &Ledger) -> Option<String> {
    let plan = Plan::of(ledger, &Inventory::default());
    plan.findings.iter().find(|finding| finding.kind == Kind::ColdStart).map(text)
}

/// The sentence by code that an answer of the model begins with.
pub fn opening(task: Task, ledger: &Ledger, inventory: &Inventory) -> String {
    let plan = Plan::of(ledger, inventory);
    let first = |list: &[Finding]| list.first().map(text).unwrap_or_default();
    match task {
        Task::Analysis => first(&plan.analysis),
        Task::Findings => first(&plan.findings),
        Task::Summary => plan.summary.get(1).map(text).unwrap_or_default(),
        Task::Recommendations => first(&plan.recommendations),
        Task::Risks => plan
            .risks
            .first()
            .map(|(risk, mitigation)| format!("Risk: {} Mitigation: {}", text(risk), text(mitigation)))
            .unwrap_or_default(),
    }
}

fn text(finding: &Finding) -> String {
    finding.sentence.first().text
}
