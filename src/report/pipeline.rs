//! The stages of a report as a value: it says what to generate next and takes the
//! answer. It knows no engine, no clock and no channel.

use std::{sync::Arc, time::Duration};

use super::{
    card::Card,
    export::path_text,
    model::{ModelInfo, Params, Stop},
    plan::Plan,
    prompt::{FactLines, Prompt, Style, fact_lines},
    record::{
        CallRecord, FactRecord, FileRecord, GENERATED_BY, Record, ReportMetrics, StageRecord, WritingRecord,
        series,
    },
    sections,
    wording::one_line,
    writing::{Degree, Dropped, FigureForm, Passage, Writing},
};
use crate::{
    grounding::fact::Ledger,
    ingest::inventory::ReportFile,
    metrics::{format, generation::Timings, library::Library},
};

mod draft;
mod job;

pub use draft::{Author, Draft, Written};
use job::{Job, Planned, jobs, measuring};

/// Groups in the fact table of a small model: each costs some sixty tokens, which two
/// CPU cores evaluate in a quarter of a second, and a small model reads no more.
const FACT_LINES_SMALL: usize = 9;
/// Groups in the fact table of any other model.
const FACT_LINES: usize = 40;
/// Weights below which a model counts as small.
const SMALL_MODEL: u64 = 1_500_000_000;

/// The stages, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Files to facts (done before the pipeline starts).
    Ingest,
    /// The model reads the facts.
    Analysis,
    /// The model writes the sections.
    Report,
}

impl Stage {
    /// As records call it.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Ingest => "ingest",
            Stage::Analysis => "analysis",
            Stage::Report => "report",
        }
    }
}

/// What a report is made with.
#[derive(Clone, Debug)]
pub struct Brief {
    /// The folder as it stood when the report was asked for.
    pub library: Arc<Library>,
    /// The folder's name as shown.
    pub folder: String,
    /// The persona's name and text.
    pub persona: (String, String),
    /// The settings asked for.
    pub params: Params,
    /// Time that ingest took.
    pub ingest: Duration,
    /// Wall clock at the start, nanoseconds since 1970.
    pub started_ns: i128,
}

/// One call that the pipeline wants made.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The stage it belongs to.
    pub stage: Stage,
    /// Shown in the stage line: `executive summary`.
    pub title: String,
    /// Markdown to show in the pane before the answer streams in.
    pub preamble: String,
    /// The prompt.
    pub prompt: Prompt,
    /// What to write.
    pub writing: Box<Writing>,
    /// The model was measured: what is worth keeping for the next report.
    pub card: Option<Box<Card>>,
}

/// What came of a call.
#[derive(Clone, Debug)]
pub struct CallResult {
    /// The text, whole.
    pub text: String,
    /// Why it ended.
    pub stop: Stop,
    /// Its timings.
    pub timings: Timings,
    /// Labels of the blocks that did not fit.
    pub left_out: Vec<String>,
    /// Sentences that passed.
    pub passages: Vec<Passage>,
    /// Sentences that did not.
    pub dropped: Vec<Dropped>,
}

/// The next thing to do.
#[derive(Clone, Debug)]
pub enum Next {
    /// Make this call, then [`Pipeline::advance`].
    Generate(Box<Call>),
    /// The report is complete.
    Done(Box<Finished>),
}

/// A complete report.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The Markdown file.
    pub markdown: String,
    /// The run record, JSON.
    pub record: super::record::Record,
}

/// A call with its answer.
#[derive(Clone, Debug)]
pub struct Answered {
    call: Call,
    result: CallResult,
}

/// A report being made.
#[derive(Clone, Debug)]
pub struct Pipeline {
    brief: Brief,
    /// Shared: a copy of the pipeline is a few texts.
    ledger: Arc<Ledger>,
    plan: Arc<Plan>,
    model: Option<ModelInfo>,
    facts: FactLines,
    /// What the made-up folder has, while the model is measured.
    made_up: Option<Arc<Planned>>,
    /// How the model does.
    card: Option<Card>,
    /// The degree in force and how figures are named.
    degree: (Degree, FigureForm),
    /// What is still to be done, the next at the end.
    jobs: Vec<Job>,
    waiting: Option<(Job, Call, Vec<usize>)>,
    answered: Vec<Answered>,
    /// Sentences of the model that passed, in the order of writing.
    passages: Vec<draft::Taken>,
    /// Sentences that did not.
    dropped: Vec<(Job, Dropped)>,
    analysis: Duration,
    report: Duration,
    is_done: bool,
}

impl Pipeline {
    /// Computes the ledger and plans the calls.
    pub fn start(brief: Brief) -> Self {
        let ledger = Ledger::of(&brief.library);
        Self::with_facts(brief, ledger)
    }

    /// Plans the calls on facts that were computed elsewhere; they are those of the brief's
    /// library.
    pub fn with_facts(brief: Brief, ledger: Ledger) -> Self {
        let plan = Plan::of(&ledger, &brief.library.inventory);
        Self {
            brief,
            ledger: Arc::new(ledger),
            plan: Arc::new(plan),
            model: None,
            facts: FactLines::default(),
            made_up: None,
            card: None,
            degree: (Degree::Worded, FigureForm::Text),
            jobs: Vec::new(),
            waiting: None,
            answered: Vec::new(),
            passages: Vec::new(),
            dropped: Vec::new(),
            analysis: Duration::ZERO,
            report: Duration::ZERO,
            is_done: false,
        }
    }

    /// The technical report as it is now: code's, but for what the model has written and
    /// passed.
    pub fn so_far(&self, now_ns: i128) -> String {
        let mut whole = self.clone().finish(COMPLETE, now_ns).markdown;
        if let Some(end) = whole.find(sections::SUMMARY) {
            whole.truncate(end);
        }
        whole
    }

    /// The first call, or the report at once when `model` is `None` (`--model none`) or
    /// nothing was measured. `now_ns` is the wall clock for the header. Whether the model
    /// follows instructions (`ModelInfo::instruct`) decides between chat and document style.
    pub fn first(&mut self, model: Option<ModelInfo>, now_ns: i128) -> Next {
        let limit = match &model {
            Some(model) if model.params >= SMALL_MODEL => FACT_LINES,
            _ => FACT_LINES_SMALL,
        };
        self.facts = fact_lines(&self.ledger, &self.plan, &self.brief.library.inventory, limit);
        self.model = model;
        // Without a measurement there is nothing to word.
        if let Some(model) = self.model.as_ref().filter(|_| !self.ledger.rows.is_empty()) {
            let card = model.card.clone().filter(|card| card.holds_for(model));
            match (self.brief.params.writing, card) {
                (Some(degree), card) => {
                    let form = card.as_ref().map_or(FigureForm::Text, |card| card.choice().1);
                    self.degree = (degree, form);
                    self.card = card;
                }
                (None, Some(card)) => {
                    self.degree = card.choice();
                    self.card = Some(card);
                }
                // A script has no words of its own to measure.
                (None, None) if model.arch == SCRIPT => {}
                (None, None) => {
                    let planned = Planned::made_up();
                    self.jobs = measuring(&planned);
                    self.made_up = Some(Arc::new(planned));
                    self.card = Some(Card::new(model, format::utc(now_ns)));
                }
            }
            if self.jobs.is_empty() {
                self.jobs = jobs(&self.plan, self.degree.0);
            }
        }
        self.next(now_ns)
    }
    /// Takes the answer of the last call. `took` is the wall time of the call.
    pub fn advance(&mut self, result: CallResult, took: Duration, now_ns: i128) -> Next {
        self.take(result, took);
        self.next(now_ns)
    }
    /// Ends early (cancelled, failed): the report as far as it is, marked as interrupted.
    pub fn interrupt(&mut self, partial: Option<CallResult>, reason: &str, now_ns: i128) -> Finished {
        if let Some(result) = partial {
            let took = result.timings.total;
            self.take(result, took);
        }
        let reason = one_line(reason);
        self.finish(if reason.is_empty() { "interrupted" } else { &reason }, now_ns)
    }
    /// The model file's SHA-256 became known.
    pub fn model_hashed(&mut self, sha256: &str) {
        if let Some(model) = &mut self.model {
            model.sha256 = Some(sha256.to_owned());
        }
    }
    /// The facts.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }
    /// Where it is, with the time of each finished stage.
    pub fn stages(&self) -> Vec<(Stage, Option<Duration>)> {
        let is_over =
            |stage: Stage| self.is_done || self.waiting.as_ref().is_some_and(|(job, ..)| job.stage() > stage);
        vec![
            (Stage::Ingest, Some(self.brief.ingest)),
            (Stage::Analysis, is_over(Stage::Analysis).then_some(self.analysis)),
            (Stage::Report, is_over(Stage::Report).then_some(self.report)),
        ]
    }
    /// The settings for a call: one seed for the whole report, drawn from the clock unless
    /// one was set.
    pub fn params(&self) -> Params {
        Params { seed: Some(self.seed()), ..self.brief.params.clone() }
    }

    fn seed(&self) -> u32 {
        let drawn = (self.brief.started_ns / 1_000).rem_euclid(i128::from(u32::MAX));
        self.brief.params.seed.unwrap_or_else(|| u32::try_from(drawn).unwrap_or_default())
    }

    fn take(&mut self, mut result: CallResult, took: Duration) {
        let Some((job, call, facts)) = self.waiting.take() else { return };
        match job.stage() {
            Stage::Analysis => self.analysis += took,
            Stage::Ingest | Stage::Report => self.report += took,
        }
        let passages = std::mem::take(&mut result.passages);
        let dropped = std::mem::take(&mut result.dropped);
        if let (Job::Measure(trial), Some(card)) = (&job, &mut self.card) {
            trial.note(passages.len(), &dropped, &result.timings, card);
        } else {
            self.passages.extend(passages.into_iter().map(|passage| draft::Taken::new(job, passage, &facts)));
        }
        self.dropped.extend(dropped.into_iter().map(|dropped| (job, dropped)));
        self.answered.push(Answered { call, result });
    }

    fn draft(&self) -> Draft {
        Draft::of(&self.ledger, &self.plan, &self.passages, &self.dropped)
    }

    fn next(&mut self, now_ns: i128) -> Next {
        let Some(model) = self.model.clone() else {
            return Next::Done(Box::new(self.finish(COMPLETE, now_ns)));
        };
        let mut measured = None;
        if self.jobs.is_empty() && self.made_up.take().is_some() {
            self.degree = self.card.as_ref().map_or(self.degree, Card::choice);
            self.jobs = jobs(&self.plan, self.degree.0);
            measured = self.card.clone().map(Box::new);
        }
        let Some(job) = self.jobs.pop() else {
            return Next::Done(Box::new(self.finish(COMPLETE, now_ns)));
        };
        let style = if model.instruct { Style::Chat } else { Style::Document };
        let (planned, form) = match (&job, &self.made_up) {
            (Job::Measure(trial), Some(made_up)) => (Arc::clone(made_up), trial.form),
            _ => (Arc::new(self.planned()), self.degree.1),
        };
        let said = self.passages.iter().map(|taken| taken.text().to_owned()).collect();
        let (mut call, facts) = planned.call(job, style, form, said);
        call.preamble = Self::preamble(job);
        call.card = measured;
        self.waiting = Some((job, call.clone(), facts));
        Next::Generate(Box::new(call))
    }

    fn planned(&self) -> Planned {
        Planned {
            ledger: Arc::clone(&self.ledger),
            plan: Arc::clone(&self.plan),
            facts: self.facts.clone(),
            persona: self.brief.persona.1.clone(),
            names: job::names(&self.brief.library.inventory),
            degree: self.degree.0,
        }
    }

    /// What stands in front of the answer: the heading of its section.
    fn preamble(job: Job) -> String {
        match job.task() {
            Some(task) => format!("## {}\n\n{}", task.heading(), job.opening()),
            None => "*The model is being measured on made-up findings, once.*\n\n".to_owned(),
        }
    }

    fn finish(&mut self, status: &str, now_ns: i128) -> Finished {
        self.is_done = true;
        self.waiting = None;
        let draft = self.draft();
        let mut record = self.record(&draft, status, now_ns);
        let (markdown, used) = sections::markdown(&sections::Report {
            record: &record,
            ledger: &self.ledger,
            inventory: &self.brief.library.inventory,
            draft: &draft,
            date_ns: self.brief.started_ns,
        });
        let used = self.worth_recording(used);
        record.series = series::used(&self.ledger, &self.brief.library, &used);
        let facts = used.into_iter().filter_map(|index| self.ledger.facts.get(index));
        record.facts = facts.map(FactRecord::of).collect();
        record.seal(&markdown);
        Finished { markdown, record }
    }

    /// The facts that the report uses and those that the model was given. A large folder
    /// has thousands more; they can be computed again from the files.
    fn worth_recording(&self, mut used: Vec<usize>) -> Vec<usize> {
        let given = if self.answered.is_empty() { 0 } else { self.facts.lines.len() };
        used.extend(self.ledger.rows.iter().take(given).flat_map(|row| &row.facts));
        used.sort_unstable();
        used.dedup();
        used
    }

    fn record(&self, draft: &Draft, status: &str, now_ns: i128) -> Record {
        let mut timings: Option<Timings> = None;
        for answered in &self.answered {
            match &mut timings {
                Some(sum) => sum.add(&answered.result.timings),
                None => timings = Some(answered.result.timings.clone()),
            }
        }
        let mut left_out: Vec<String> = Vec::new();
        for label in self.answered.iter().flat_map(|answered| &answered.result.left_out) {
            if !left_out.contains(label) {
                left_out.push(label.clone());
            }
        }
        let stage = |name: &str, duration: Duration| StageRecord {
            name: name.to_owned(),
            seconds: duration.as_secs_f64(),
        };
        Record {
            generated_by: GENERATED_BY.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            status: status.to_owned(),
            started: format::utc(self.brief.started_ns),
            finished: format::utc(now_ns),
            folder: self.brief.folder.clone(),
            model: self.model.clone().map(|model| ModelInfo { path: path_text(&model.path).into(), ..model }),
            model_sha256: self.model.as_ref().and_then(|model| model.sha256.clone()),
            config: self.brief.params.clone(),
            config_used: self.config_used(),
            persona: self.brief.persona.clone(),
            stages: vec![
                stage("ingest", self.brief.ingest),
                stage("analysis", self.analysis),
                stage("report", self.report),
            ],
            calls: self.answered.iter().map(call_record).collect(),
            metrics: timings.as_ref().map(ReportMetrics::of).unwrap_or_default(),
            facts: Vec::new(),
            grounding: draft.grounding(&self.ledger),
            rejected: draft.rejected.clone(),
            writing: self.writing_record(),
            written: draft.recorded(&self.ledger),
            left_out,
            files: self.file_records(),
            own_files: self.files(true).map(|file| file.path.to_string()).collect(),
            series: Vec::new(),
            report: None,
        }
    }

    /// How free the model was, and why.
    fn writing_record(&self) -> Option<WritingRecord> {
        self.model.as_ref()?;
        let (degree, form) = self.degree;
        Some(WritingRecord {
            degree,
            form,
            is_auto: self.brief.params.writing.is_none(),
            card: self.card.clone(),
        })
    }

    fn config_used(&self) -> Params {
        let Some(model) = &self.model else { return self.brief.params.clone() };
        let used = self.brief.params.used(&model.arch, model.context_train);
        Params {
            num_gpu: model.remote.is_none().then_some(model.layers_offloaded),
            num_ctx: if model.num_ctx > 0 { Some(model.num_ctx) } else { used.num_ctx },
            threads: if model.threads > 0 { Some(model.threads) } else { used.threads },
            seed: Some(self.seed()),
            ..used
        }
    }

    fn file_records(&self) -> Vec<FileRecord> {
        self.files(false)
            .map(|file| FileRecord {
                path: file.path.to_string(),
                bytes: file.stamp.length,
                modified: format::utc_exact(file.stamp.modified_ns),
                digest: file.digest.to_string(),
            })
            .collect()
    }

    fn files(&self, generated: bool) -> impl Iterator<Item = &Arc<ReportFile>> {
        self.brief.library.inventory.files().filter(move |file| file.generated == generated)
    }
}

/// Status of a report that is whole.
pub const COMPLETE: &str = "complete";
/// Architecture of the scripted engine.
const SCRIPT: &str = "scripted";

fn call_record(answered: &Answered) -> CallRecord {
    CallRecord {
        stage: answered.call.stage.name().to_owned(),
        title: answered.call.title.clone(),
        prompt: answered.call.prompt.clone(),
        left_out: answered.result.left_out.clone(),
        response: answered.result.text.clone(),
        stop: answered.result.stop.clone(),
        metrics: ReportMetrics::of(&answered.result.timings),
    }
}

#[cfg(test)]
mod tests;
