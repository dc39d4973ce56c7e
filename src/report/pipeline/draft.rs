//! The prose of a report: code's sentences, and those of the model in their places.

use std::cell::OnceCell;

use super::job::{Job, findings};
use crate::{
    grounding::{
        check::{Checker, ItemStatus},
        fact::Ledger,
        gate::Gate,
    },
    report::{
        plan::{Finding, Plan},
        prompt::Task,
        record::{GroundingCounts, RejectedRecord, WrittenRecord},
        writing::{Degree, Dropped, Passage},
    },
};

/// Who wrote a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// The program.
    Code,
    /// The model, as free as this.
    Model(Degree),
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
    /// The rule that it follows, for recommendations and risks.
    pub rule: Option<String>,
    /// Sentences of the model that were rejected before it.
    pub rejected: u32,
}

/// A sentence of the model that passed, with its place.
#[derive(Clone, Debug)]
pub struct Taken {
    task: Option<Task>,
    /// Its finding; `None` in free writing.
    place: Option<usize>,
    passage: Passage,
}

impl Taken {
    /// `facts` says which fact of the ledger each of the call's is.
    pub fn new(job: Job, mut passage: Passage, facts: &[usize]) -> Self {
        passage.facts = passage.facts.iter().filter_map(|&fact| facts.get(fact).copied()).collect();
        let place = match job {
            Job::Finding(_, index) => Some(index),
            Job::Measure(_) | Job::Section(_) => passage.slot,
        };
        Self { task: job.task(), place, passage }
    }
    /// The sentence.
    pub fn text(&self) -> &str {
        &self.passage.text
    }
}

/// The prose of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// Executive summary.
    pub summary: Vec<Written>,
    /// Performance analysis.
    pub analysis: Vec<Written>,
    /// Key findings.
    pub findings: Vec<Written>,
    /// Recommendations.
    pub recommendations: Vec<Written>,
    /// Risks with their mitigations.
    pub risks: Vec<(Written, Written)>,
    /// What was not taken over, with the reason.
    pub rejected: Vec<RejectedRecord>,
}

impl Draft {
    /// From what the model has written so far; everything else is code's.
    pub fn of(ledger: &Ledger, plan: &Plan, taken: &[Taken], dropped: &[(Job, Dropped)]) -> Self {
        let mut writer = Merger {
            ledger,
            plan,
            taken,
            rejected: Vec::new(),
            gate: OnceCell::new(),
            checker: OnceCell::new(),
        };
        for (job, dropped) in dropped {
            writer.rejected.push(RejectedRecord::of(job.title(), dropped));
        }
        let analysis = writer.section(Task::Analysis);
        let summary = writer.section(Task::Summary);
        let findings = writer.section(Task::Findings);
        let recommendations = writer.section(Task::Recommendations);
        let mut risks = writer.section(Task::Risks).into_iter();
        let mut pairs = Vec::new();
        while let (Some(risk), Some(mitigation)) = (risks.next(), risks.next()) {
            pairs.push((risk, mitigation));
        }
        Self { summary, analysis, findings, recommendations, risks: pairs, rejected: writer.rejected }
    }

    /// Every sentence with its section.
    pub fn written(&self) -> impl Iterator<Item = (&'static str, &Written)> {
        fn section(task: Task, list: &[Written]) -> impl Iterator<Item = (&'static str, &Written)> {
            list.iter().map(move |written| (task.title(), written))
        }
        let risks = self
            .risks
            .iter()
            .flat_map(|(risk, mitigation)| [(Task::Risks.title(), risk), (Task::Risks.title(), mitigation)]);
        section(Task::Summary, &self.summary)
            .chain(section(Task::Analysis, &self.analysis))
            .chain(section(Task::Findings, &self.findings))
            .chain(section(Task::Recommendations, &self.recommendations))
            .chain(risks)
    }

    /// The sentences for the record.
    pub fn recorded(&self, ledger: &Ledger) -> Vec<WrittenRecord> {
        self.written()
            .map(|(section, written)| WrittenRecord {
                section: section.to_owned(),
                text: written.text.clone(),
                by: if written.by == Author::Code { "code" } else { "model" }.to_owned(),
                degree: match written.by {
                    Author::Code => None,
                    Author::Model(degree) => Some(degree),
                },
                rule: written.rule.clone(),
                rejected: written.rejected,
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

/// Puts the model's sentences into their places.
struct Merger<'a> {
    ledger: &'a Ledger,
    plan: &'a Plan,
    taken: &'a [Taken],
    rejected: Vec<RejectedRecord>,
    /// Made for the first sentence that needs them.
    gate: OnceCell<Gate<'a>>,
    checker: OnceCell<Checker<'a>>,
}

impl Merger<'_> {
    fn section(&mut self, task: Task) -> Vec<Written> {
        let own: Vec<&Taken> = self.taken.iter().filter(|taken| taken.task == Some(task)).collect();
        let mut sentences = Vec::new();
        // Free sentences stand first, then what they did not say.
        let mut stated: Vec<usize> = Vec::new();
        for taken in own.iter().filter(|taken| taken.place.is_none()) {
            if let Some(written) = self.checked(task, taken, String::new(), None) {
                stated.extend(&written.facts);
                sentences.push(written);
            }
        }
        let is_free = !sentences.is_empty();
        for (index, finding) in findings(self.plan, task).into_iter().enumerate() {
            let taken = own.iter().rev().find(|taken| taken.place == Some(index));
            let model = taken
                .and_then(|taken| self.checked(task, taken, finding.topic.clone(), finding.rule.clone()));
            let is_said = is_free && finding.facts.iter().all(|fact| stated.contains(fact));
            match model {
                Some(written) => sentences.push(written),
                None if is_said => {}
                None => sentences.push(by_code(finding, self.ledger)),
            }
        }
        sentences
    }

    /// A sentence of the model's, read once more as it will stand in the report.
    fn checked(&mut self, task: Task, taken: &Taken, topic: String, rule: Option<String>) -> Option<Written> {
        let passage = &taken.passage;
        let by = passage.degree.map_or(Author::Code, Author::Model);
        let mut facts = passage.facts.clone();
        let fault = match passage.degree {
            Some(Degree::Unguarded) => {
                match self.gate.get_or_init(|| Gate::new(self.ledger, &[])).judge(&passage.text, None) {
                    Ok(passed) => {
                        facts = passed.facts;
                        None
                    }
                    Err(fault) => Some((fault.kind.name().to_owned(), fault.reason)),
                }
            }
            Some(Degree::Guided | Degree::Free) => self.figure_fault(&passage.text),
            Some(Degree::Worded) | None => None,
        };
        if let (Some((kind, reason)), Some(degree)) = (fault, passage.degree) {
            let dropped = Dropped { slot: taken.place, text: passage.text.clone(), degree, kind, reason };
            self.rejected.push(RejectedRecord::of(task.title(), &dropped));
            return None;
        }
        Some(Written { topic, text: passage.text.clone(), by, facts, rule, rejected: passage.rejected })
    }

    fn figure_fault(&self, text: &str) -> Option<(String, String)> {
        let items = self.checker.get_or_init(|| Checker::of(self.ledger)).check(text);
        let item = items
            .iter()
            .find(|item| matches!(item.status, ItemStatus::Mismatched | ItemStatus::Ungrounded))?;
        Some(("figure".to_owned(), format!("no fact has `{}`", item.figure.text)))
    }
}

/// In code's own wording, with the facts that it states.
fn by_code(finding: &Finding, ledger: &Ledger) -> Written {
    let wording = finding.sentence.first();
    let is_stated = |fact: &usize| {
        let id = ledger.facts.get(*fact).map(|fact| fact.id.as_str());
        wording.figures.iter().any(|(_, stated)| Some(stated.as_str()) == id)
    };
    Written {
        topic: finding.topic.clone(),
        by: Author::Code,
        facts: finding.facts.iter().copied().filter(is_stated).collect(),
        rule: finding.rule.clone(),
        text: wording.text,
        rejected: 0,
    }
}
