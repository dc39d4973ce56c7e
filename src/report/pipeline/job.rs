//! The calls of a report, planned: a section or a finding each, or a trial of the model.

use std::sync::Arc;

use super::{Call, Stage};
use crate::{
    grounding::fact::Ledger,
    ingest::inventory::Inventory,
    metrics::generation::Timings,
    report::{
        card::{self, Card},
        plan::{Finding, Plan},
        prompt::{FactLines, Style, Task, build, fact_lines},
        writing::{Degree, Dropped, FigureForm, Slot, Writing},
    },
};

/// Facts that travel with a call at most: the gate reads each sentence against them.
const MOST_FACTS: usize = 1000;
/// File names that travel with a call.
const MOST_NAMES: usize = 500;
/// Tries of a sentence in one degree.
const TRIES: u8 = 3;
/// Sentences of a section that is written freely.
const FREE_SENTENCES: usize = 5;
/// Findings that a model is tried with in guided writing.
const TRIALS: usize = 8;
/// Lines of the made-up folder in a prompt.
const TRIAL_LINES: usize = 6;

/// One call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// The model is tried on the made-up findings.
    Measure(Trial),
    /// A whole section.
    Section(Task),
    /// One finding of a section, by its place in it.
    Finding(Task, usize),
}

/// A trial of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trial {
    /// How free it is.
    pub degree: Degree,
    /// How it names figures.
    pub form: FigureForm,
    /// The section whose findings it is tried with.
    task: Task,
    /// The finding, in guided writing.
    finding: Option<usize>,
}

impl Trial {
    /// Notes on the card how it went.
    pub fn note(&self, passed: usize, dropped: &[Dropped], timings: &Timings, card: &mut Card) {
        let Some(row) = card.row(self.degree, self.form) else { return };
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        row.sentences += count(passed + dropped.len());
        row.passed += count(passed);
        let repeated = |kind: &str| matches!(kind, "repetition" | "echo" | "restated");
        row.repeated += count(dropped.iter().filter(|dropped| repeated(&dropped.kind)).count());
        row.tokens += timings.tokens + timings.rejected_tokens;
        row.seconds += timings.total.saturating_sub(timings.load + timings.prompt_eval).as_secs_f64();
    }
}

impl Job {
    /// The stage it belongs to.
    pub fn stage(self) -> Stage {
        match self {
            Self::Measure(_) => Stage::Analysis,
            Self::Section(task) | Self::Finding(task, _) => task.stage(),
        }
    }
    /// The section it writes; `None`: it measures.
    pub fn task(self) -> Option<Task> {
        match self {
            Self::Measure(_) => None,
            Self::Section(task) | Self::Finding(task, _) => Some(task),
        }
    }
    /// As the record calls it.
    pub fn title(self) -> &'static str {
        self.task().map_or("measuring the model", Task::title)
    }
    /// In front of the first finding of a section.
    pub fn opening(self) -> &'static str {
        match self {
            Self::Finding(Task::Findings | Task::Recommendations | Task::Risks, _) => "- ",
            _ => "",
        }
    }
}

/// The calls of a report, the last one first.
pub fn jobs(plan: &Plan, degree: Degree) -> Vec<Job> {
    let mut jobs = Vec::new();
    for task in Task::ALL {
        let is_prose = matches!(task, Task::Analysis | Task::Summary);
        let count = findings(plan, task).len();
        match degree {
            _ if count == 0 => {}
            Degree::Worded | Degree::Unguarded => jobs.push(Job::Section(task)),
            Degree::Free if is_prose => jobs.push(Job::Section(task)),
            Degree::Guided | Degree::Free => jobs.extend((0..count).map(|index| Job::Finding(task, index))),
        }
    }
    jobs.reverse();
    jobs
}

/// The trials of a model, the last one first.
pub fn measuring(planned: &Planned) -> Vec<Job> {
    let mut trials = Vec::new();
    let places: Vec<(Task, usize)> = [Task::Findings, Task::Summary, Task::Analysis]
        .into_iter()
        .flat_map(|task| (0..findings(&planned.plan, task).len()).map(move |index| (task, index)))
        .take(TRIALS)
        .collect();
    for form in [FigureForm::Text, FigureForm::Reference] {
        trials.extend(places.iter().map(|&(task, index)| {
            Job::Measure(Trial { degree: Degree::Guided, form, task, finding: Some(index) })
        }));
        trials.extend(
            [Task::Summary, Task::Analysis]
                .map(|task| Job::Measure(Trial { degree: Degree::Free, form, task, finding: None })),
        );
    }
    trials.reverse();
    trials
}

/// The findings of a section in order; a risk is followed by its mitigation.
pub fn findings(plan: &Plan, task: Task) -> Vec<&Finding> {
    match task {
        Task::Analysis => plan.analysis.iter().collect(),
        Task::Summary => plan.summary.iter().collect(),
        Task::Findings => plan.findings.iter().collect(),
        Task::Recommendations => plan.recommendations.iter().collect(),
        Task::Risks => plan.risks.iter().flat_map(|(risk, mitigation)| [risk, mitigation]).collect(),
    }
}

/// Names that a text may use beside those of the ledger.
pub fn names(inventory: &Inventory) -> Vec<String> {
    let files = inventory.files().filter(|file| !file.generated);
    files.take(MOST_NAMES).map(|file| file.path.to_string()).collect()
}

/// What calls are made from.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The facts.
    pub ledger: Arc<Ledger>,
    /// What is to be said.
    pub plan: Arc<Plan>,
    /// The facts of the prompt.
    pub facts: FactLines,
    /// The persona's text.
    pub persona: String,
    /// Names that a text may use.
    pub names: Vec<String>,
    /// How free the model is.
    pub degree: Degree,
}

impl Planned {
    /// The made-up folder that models are measured on.
    pub fn made_up() -> Self {
        let library = card::made_up();
        let ledger = Ledger::of(&library);
        let plan = Plan::of(&ledger, &library.inventory);
        Self {
            facts: fact_lines(&ledger, &plan, &library.inventory, TRIAL_LINES),
            names: names(&library.inventory),
            plan: Arc::new(plan),
            ledger: Arc::new(ledger),
            persona: String::new(),
            degree: Degree::Guided,
        }
    }

    /// The call of a job, and which fact of the whole ledger each of its facts is.
    pub fn call(&self, job: Job, style: Style, form: FigureForm, said: Vec<String>) -> (Call, Vec<usize>) {
        let (task, only, degree) = match job {
            Job::Measure(trial) => (trial.task, trial.finding, trial.degree),
            Job::Section(task) => (task, None, self.degree),
            Job::Finding(task, index) => (task, Some(index), self.degree.min(Degree::Guided)),
        };
        let all = findings(&self.plan, task);
        let chosen: Vec<&Finding> = match only {
            Some(index) => all.get(index).copied().into_iter().collect(),
            None => all,
        };
        let is_trial = matches!(job, Job::Measure(_));
        let wanted: Vec<usize> = chosen.iter().flat_map(|finding| finding.facts.iter().copied()).collect();
        let (ledger, places) = self.ledger.subset(&self.travelling(&wanted));
        let slots = chosen.iter().enumerate().map(|(index, finding)| Slot {
            lead: if only.is_some() { String::new() } else { lead(task, index).to_owned() },
            sentence: finding.sentence.clone(),
            facts: finding
                .facts
                .iter()
                .filter_map(|fact| places.iter().position(|place| place == fact))
                .collect(),
        });
        let slots: Vec<Slot> = slots.collect();
        let points: Vec<String> = chosen.iter().map(|finding| point(finding, form)).collect();
        let prompt = build(task, style, degree, &self.persona, &self.facts, &points);
        let writing = Writing {
            degree,
            form,
            tries: if is_trial { 1 } else { TRIES },
            falls_back: !is_trial && degree != Degree::Unguarded,
            slots,
            free_sentences: FREE_SENTENCES,
            ledger,
            names: self.names.clone(),
            said,
        };
        let call = Call {
            stage: job.stage(),
            title: job.title().to_owned(),
            preamble: String::new(),
            prompt,
            writing: Box::new(writing),
            card: None,
        };
        (call, places)
    }

    /// The facts that travel: those to be stated, those of the whole folder, all that can be
    /// compared with them, and the first of the rest.
    fn travelling(&self, wanted: &[usize]) -> Vec<usize> {
        let ledger = &self.ledger;
        let mut is_taken = vec![false; ledger.facts.len()];
        let mut take = |fact: usize| {
            if let Some(is_taken) = is_taken.get_mut(fact) {
                *is_taken = true;
            }
        };
        wanted.iter().copied().for_each(&mut take);
        let in_rows: std::collections::HashSet<usize> =
            ledger.rows.iter().flat_map(|row| row.facts.iter().copied()).collect();
        let subjects: std::collections::HashSet<&str> = wanted
            .iter()
            .filter_map(|&fact| ledger.facts.get(fact))
            .map(|fact| fact.subject.as_str())
            .collect();
        let (mut count, mut rest) = (0, Vec::new());
        for (index, fact) in ledger.facts.iter().enumerate() {
            let is_near = !in_rows.contains(&index) || subjects.contains(fact.subject.as_str());
            if is_near && count < MOST_FACTS {
                take(index);
                count += 1;
            } else {
                rest.push(index);
            }
        }
        rest.into_iter().take(MOST_FACTS.saturating_sub(count)).for_each(&mut take);
        (0..ledger.facts.len()).filter(|&fact| is_taken.get(fact) == Some(&true)).collect()
    }
}

/// In front of a sentence of a section.
fn lead(task: Task, index: usize) -> &'static str {
    match (task, index) {
        (Task::Analysis | Task::Summary, 0) => "",
        (Task::Analysis | Task::Summary, _) => " ",
        (Task::Risks, index) if index % 2 == 1 => " ",
        (_, 0) => "- ",
        _ => "\n- ",
    }
}

/// What a finding says, as a prompt puts it.
fn point(finding: &Finding, form: FigureForm) -> String {
    let wording = finding.sentence.first();
    match form {
        FigureForm::Text => wording.text,
        FigureForm::Reference => {
            let mut text = wording.text.clone();
            for (range, id) in wording.figures.iter().rev() {
                text.replace_range(range.clone(), &format!("{{{{{id}}}}}"));
            }
            text
        }
    }
}
