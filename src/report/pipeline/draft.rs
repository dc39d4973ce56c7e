//! The prose of a report: code's sentences and those of the model that hold.

use super::Answered;
use crate::{
    grounding::{
        check::{Checker, ItemStatus},
        fact::Ledger,
    },
    ingest::inventory::Inventory,
    report::{
        fill::{Answer, Filler, section_of},
        model::Stop,
        plain::{self, Plain},
        prompt::{Style, Task, Turn, own_lead},
        record::{GroundingCounts, WrittenRecord},
    },
};

/// Findings and recommendations by code; the model's come behind them.
const MOST_BY_CODE: usize = 6;
/// Risks by code when the model named some too.
const RISKS_BY_CODE: usize = 4;
/// Characters of the analysis that later calls are given: enough for the thread, short
/// enough for a small context.
const LONGEST_NOTES: usize = 500;

/// Who wrote a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// A template of the program's.
    Code,
    /// The model.
    Model,
}

/// A sentence or finding of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// What it is about; empty where it needs no title.
    pub topic: String,
    /// The text.
    pub text: String,
    /// Who wrote it.
    pub by: Author,
    /// Its facts, as indices into the ledger.
    pub facts: Vec<usize>,
}

/// The prose of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Executive summary.
    pub summary: Vec<Written>,
    /// The model's performance analysis.
    pub analysis: Vec<Written>,
    /// Key findings.
    pub findings: Vec<Written>,
    /// Recommendations.
    pub recommendations: Vec<Written>,
    /// Risks with their mitigations.
    pub risks: Vec<(Written, Written)>,
    /// What was not taken over, with the reason.
    pub rejected: Vec<(String, String)>,
}

impl Draft {
    /// From the answers so far.
    pub fn of(ledger: &Ledger, inventory: &Inventory, answers: &[Answered]) -> Self {
        let files = inventory.files().filter(|file| !file.generated).map(|file| file.path.to_string());
        let mut filler = Filler::new(ledger, files);
        let checker = Checker::of(ledger);
        let mut draft = Self {
            summary: by_code(plain::summary(ledger)),
            findings: by_code(plain::findings(ledger, inventory)),
            recommendations: by_code(plain::recommendations(ledger, inventory)),
            ..Self::default()
        };
        for written in draft.summary.iter().chain(&draft.findings).chain(&draft.recommendations) {
            filler.said(&written.text);
        }
        for answered in answers {
            // Call by call: later prompts hold sentences of earlier answers.
            for block in answered.call.prompt.blocks.iter().filter(|block| block.turn != Turn::Answer) {
                filler.asked(&block.text);
            }
            let text = answer_text(answered);
            let is_cut = answered.result.stop != Stop::EndOfGeneration;
            let answer = Answer { text: &text, is_cut };
            match answered.task {
                Task::Analysis => draft.analysis.extend(by_model(filler.sentences(answer), &checker)),
                Task::Summary => draft.summary.extend(by_model(filler.sentences(answer), &checker)),
                Task::Findings => draft.findings.extend(by_model(filler.items(answer), &checker)),
                Task::Recommendations => {
                    draft.recommendations.extend(by_model(filler.items(answer), &checker));
                }
                Task::Risks => {
                    for (risk, mitigation) in filler.risks(answer) {
                        let written = |text| sentence(text, &checker);
                        draft.risks.push((written(risk), written(mitigation)));
                    }
                }
            }
        }
        let risks = plain::risks(ledger).into_iter().take(RISKS_BY_CODE).map(|(risk, mitigation)| {
            let mitigation =
                Written { topic: String::new(), text: mitigation, by: Author::Code, facts: Vec::new() };
            (written(risk), mitigation)
        });
        draft.risks.splice(0..0, risks);
        draft.rejected = filler.into_rejected();
        draft
    }

    /// The analysis as notes for later calls.
    pub fn notes(&self) -> String {
        let mut notes = String::new();
        for sentence in &self.analysis {
            if notes.len() + sentence.text.len() >= LONGEST_NOTES {
                break;
            }
            if !notes.is_empty() {
                notes.push(' ');
            }
            notes.push_str(&sentence.text);
        }
        notes
    }

    /// Every sentence with its section.
    pub fn written(&self) -> impl Iterator<Item = (&'static str, &Written)> {
        fn section<'a>(
            name: &'static str,
            list: &'a [Written],
        ) -> impl Iterator<Item = (&'static str, &'a Written)> {
            list.iter().map(move |written| (name, written))
        }
        let risks = self.risks.iter().flat_map(|(risk, mitigation)| {
            [("risks and mitigations", risk), ("risks and mitigations", mitigation)]
        });
        section("executive summary", &self.summary)
            .chain(section("performance analysis", &self.analysis))
            .chain(section("key findings", &self.findings))
            .chain(section("recommendations", &self.recommendations))
            .chain(risks)
    }

    /// The sentences for the record.
    pub fn recorded(&self, ledger: &Ledger) -> Vec<WrittenRecord> {
        self.written()
            .map(|(section, written)| WrittenRecord {
                section: section.to_owned(),
                text: written.text.clone(),
                by: if written.by == Author::Code { "code" } else { "model" }.to_owned(),
                facts: written
                    .facts
                    .iter()
                    .filter_map(|&index| ledger.facts.get(index))
                    .map(|fact| fact.id.clone())
                    .collect(),
            })
            .collect()
    }

    /// How the figures of the prose stand.
    pub fn grounding(&self, ledger: &Ledger) -> GroundingCounts {
        let mut counts = GroundingCounts::default();
        let checker = Checker::of(ledger);
        for (_, written) in self.written() {
            for item in checker.check(&written.text) {
                let count = match item.status {
                    ItemStatus::Grounded => &mut counts.grounded,
                    ItemStatus::Mismatched => &mut counts.mismatched,
                    ItemStatus::Ungrounded => &mut counts.ungrounded,
                    ItemStatus::Structural => continue,
                };
                *count += 1;
                counts.figures += 1;
            }
        }
        counts
    }
}

/// The answer with the words put into the model's mouth; of a base model only its section.
fn answer_text(answered: &Answered) -> String {
    let prompt = &answered.call.prompt;
    let text = match prompt.style {
        Style::Chat => answered.result.text.as_str(),
        Style::Document => section_of(&answered.result.text),
    };
    let lead: String = prompt
        .blocks
        .iter()
        .filter(|block| block.turn == Turn::Answer)
        .map(|block| block.text.as_str())
        .collect();
    let lead = own_lead(&lead);
    // Some models begin anew with the words they were given.
    if lead.is_empty() || text.trim_start().starts_with(lead) {
        return text.to_owned();
    }
    let gap = if text.starts_with(char::is_whitespace) { "" } else { " " };
    format!("{lead}{gap}{text}")
}

fn by_code(list: Vec<Plain>) -> Vec<Written> {
    list.into_iter().take(MOST_BY_CODE).map(written).collect()
}

fn written(plain: Plain) -> Written {
    Written { topic: plain.topic, text: plain.text, by: Author::Code, facts: plain.facts }
}

fn by_model(list: Vec<String>, checker: &Checker<'_>) -> Vec<Written> {
    list.into_iter().map(|text| sentence(text, checker)).collect()
}

fn sentence(text: String, checker: &Checker<'_>) -> Written {
    let mut facts: Vec<usize> = checker.check(&text).into_iter().filter_map(|item| item.fact).collect();
    facts.dedup();
    Written { topic: String::new(), text, by: Author::Model, facts }
}
