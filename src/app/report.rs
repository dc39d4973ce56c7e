//! The Report tab's state: the pipeline being run, the streaming pane, the gauges.

use std::time::Duration;

pub mod evidence;

use self::evidence::{Evidence, SourceRow};
use super::{cursor::Move, effect::Job, versions::VersionsWanted};
use crate::{
    engine::protocol::RunId,
    metrics::generation::{GenerationStats, Timings},
    report::{
        model::Stop,
        pipeline::{Call, CallResult, Finished, Pipeline, Stage},
        record::Record,
        writing::{Dropped, Passage},
    },
    text::{sanitize::Shown, stream::StreamView},
};

/// Less time than this is over before it is read.
const LEAST_LEFT: Duration = Duration::from_millis(500);
/// From this height of the pane on a figure is described in rows of its own.
const ROOMY: u16 = 9;

/// A stage in the stage line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StageState {
    /// Not begun.
    Waiting,
    /// Running since (program time).
    Running(Duration),
    /// Took this long.
    Done(Duration),
}

/// What the tab is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activity {
    /// No report yet, or one that is finished.
    #[default]
    Idle,
    /// The model is loading.
    Loading,
    /// The prompt is evaluated.
    Prefill,
    /// Text streams.
    Decode,
    /// Cancel was asked for.
    Cancelling,
}

/// The Report tab.
#[derive(Debug, Default)]
pub struct ReportTab {
    /// The text.
    pub view: StreamView,
    /// Stages with their times, in order.
    pub stages: Vec<(Stage, StageState)>,
    /// What it is doing.
    pub activity: Activity,
    /// Title of the call that runs: `executive summary`.
    pub call_title: Option<Shown>,
    /// Prompt tokens evaluated, of how many, of them cached.
    pub prefill: Option<(usize, usize, usize)>,
    /// Tokens in the context now.
    pub context_used: usize,
    /// Live gauges of the call that runs, or ran last.
    pub stats: GenerationStats,
    /// Sums over the calls of this report that have ended; TTFT is that of the first.
    pub totals: Timings,
    /// ITL of those calls, ms: p50 and p95.
    pub itl_ms: Option<(f64, f64)>,
    /// Figures grounded and figures in all, of the finished report.
    pub grounding: Option<(u64, u64)>,
    /// Sentences of the model that stand and that were rejected, so far.
    pub sentences: (u64, u64),
    /// What the finished report rests on.
    pub evidence: Evidence,
    /// Where it was saved.
    pub saved: Option<Shown>,
    /// When the load that this report waits for was asked for.
    pub(super) load_asked: Option<Duration>,
    /// How long that took; the first call's timings contain it.
    pub(super) load_wait: Duration,
    /// What is wanted of its versions, until all records are read.
    pub(super) versions_wanted: Option<VersionsWanted>,
    /// What changed since the version before was asked for.
    pub(super) compares: bool,
    /// Columns and rows of its pane.
    pub(super) size: (u16, u16),
    pub(super) work: Work,
    /// The text of the report that is being made goes into a journal.
    pub(super) has_journal: bool,
    /// Number of the last run: the next one gets the next.
    pub(super) last_run: u64,
    /// Number of the last job, in the same way.
    pub(super) last_job: u64,
}

/// How far the report that is being made has come.
#[derive(Debug, Default)]
pub(super) enum Work {
    /// None is being made.
    #[default]
    None,
    /// Waits for the folder to be read and the model to be loaded.
    Preparing,
    /// A step of the pipeline is computed away from the loop. Kept, so that nothing is lost
    /// when the program is quit meanwhile.
    Computing(Box<Job>),
    /// The engine works.
    Calling(Box<Calling>),
}

/// A call under way.
#[derive(Debug)]
pub(super) struct Calling {
    pub pipeline: Pipeline,
    pub run: RunId,
    /// The answer so far.
    pub text: String,
    /// Labels of what did not fit into the prompt.
    pub left_out: Vec<String>,
    /// Sentences that passed.
    pub passages: Vec<Passage>,
    /// Sentences that did not.
    pub dropped: Vec<Dropped>,
    pub started: Duration,
    /// A piece has come.
    is_answering: bool,
}

impl Calling {
    /// The answer as it is now.
    pub fn result(&mut self, stop: Stop, timings: Timings) -> CallResult {
        CallResult {
            text: std::mem::take(&mut self.text),
            stop,
            timings,
            left_out: std::mem::take(&mut self.left_out),
            passages: std::mem::take(&mut self.passages),
            dropped: std::mem::take(&mut self.dropped),
        }
    }
}

impl ReportTab {
    /// A report is being made.
    pub fn is_busy(&self) -> bool {
        !matches!(self.work, Work::None)
    }

    /// Empties everything for a new report.
    pub(super) fn prepare(&mut self, ingest: StageState) {
        self.view.clear();
        self.stages = vec![
            (Stage::Ingest, ingest),
            (Stage::Analysis, StageState::Waiting),
            (Stage::Report, StageState::Waiting),
        ];
        self.activity = Activity::Loading;
        self.call_title = None;
        self.prefill = None;
        self.context_used = 0;
        self.stats.start();
        self.totals = Timings::default();
        self.itl_ms = None;
        self.grounding = None;
        self.sentences = (0, 0);
        self.evidence = Evidence::default();
        self.saved = None;
        self.load_asked = None;
        self.load_wait = Duration::ZERO;
        self.has_journal = false;
        self.work = Work::Preparing;
    }

    /// Shows a call that begins and gives it a number.
    pub(super) fn begin_call(&mut self, pipeline: Pipeline, call: &Call, now: Duration) -> RunId {
        self.last_run += 1;
        let run = RunId(self.last_run);
        if !self.view.source().is_empty() && !self.view.source().ends_with("\n\n") {
            self.view.push("\n\n");
        }
        self.view.push(&call.preamble);
        self.show_stages(&pipeline, now);
        self.activity = Activity::Prefill;
        self.call_title = Some(Shown::new(&call.title));
        self.prefill = None;
        self.work = Work::Calling(Box::new(Calling {
            pipeline,
            run,
            text: String::new(),
            left_out: Vec::new(),
            passages: Vec::new(),
            dropped: Vec::new(),
            started: now,
            is_answering: false,
        }));
        run
    }

    /// The call of this number, if it is the one under way: others are late.
    pub(super) fn call(&mut self, run: RunId) -> Option<&mut Calling> {
        match &mut self.work {
            Work::Calling(calling) if calling.run == run => Some(calling),
            _ => None,
        }
    }

    /// A piece of the answer.
    pub(super) fn piece(&mut self, run: RunId, text: &str, tokens: u32, at: Duration, elapsed: Duration) {
        let Some(calling) = self.call(run) else { return };
        calling.text.push_str(text);
        let is_first = !std::mem::replace(&mut calling.is_answering, true);
        if is_first {
            // Until here the gauges showed the call before.
            self.stats.start();
        }
        self.stats.piece(tokens, at, elapsed + self.load_wait);
        self.view.push(text);
        self.context_used += tokens as usize;
        if self.activity != Activity::Cancelling {
            self.activity = Activity::Decode;
        }
    }

    /// The last bytes of the answer do not hold; they are given back.
    pub(super) fn withdraw(&mut self, run: RunId, bytes: usize) -> Option<String> {
        let calling = self.call(run)?;
        let kept = calling.text.floor_char_boundary(calling.text.len().saturating_sub(bytes));
        // The pane has one line break where the answer may have two bytes for it.
        let withdrawn = calling.text.split_off(kept);
        let gone = withdrawn.replace("\r\n", "\n").len();
        self.view.truncate(self.view.source().len().saturating_sub(gone));
        self.sentences.1 += 1;
        Some(withdrawn)
    }

    /// A sentence stands.
    pub(super) fn pass(&mut self, run: RunId, passage: Passage) {
        let Some(calling) = self.call(run) else { return };
        calling.passages.push(passage);
        self.sentences.0 += 1;
    }

    /// The prompt's evaluation goes on.
    pub(super) fn show_prefill(&mut self, run: RunId, done: usize, total: usize, cached: usize) {
        if self.call(run).is_none() {
            return;
        }
        self.prefill = Some((done, total, cached));
        self.context_used = done;
        if self.activity != Activity::Cancelling {
            self.activity = Activity::Prefill;
        }
    }

    /// How long the evaluation of the prompt goes on at the rate it had; `None` where that is
    /// nothing or cannot be told yet.
    pub fn prefill_left(&self, now: Duration) -> Option<Duration> {
        let (done, total, cached) = self.prefill?;
        let Work::Calling(calling) = &self.work else { return None };
        let evaluated = done.checked_sub(cached).filter(|tokens| *tokens > 0)?;
        let a_token = now.saturating_sub(calling.started).as_secs_f64() / evaluated as f64;
        let left = Duration::try_from_secs_f64(a_token * total.checked_sub(done)? as f64).ok()?;
        (left >= LEAST_LEFT).then_some(left)
    }

    /// Takes the pipeline's stages over.
    pub(super) fn show_stages(&mut self, pipeline: &Pipeline, now: Duration) {
        let since = |stage: Stage| {
            self.stages.iter().find_map(|(known, state)| match state {
                StageState::Running(since) if *known == stage => Some(*since),
                _ => None,
            })
        };
        let mut is_running = false;
        let stages = pipeline.stages().into_iter().map(|(stage, took)| {
            let state = match took {
                Some(took) => StageState::Done(took),
                None if std::mem::replace(&mut is_running, true) => StageState::Waiting,
                None => StageState::Running(since(stage).unwrap_or(now)),
            };
            (stage, state)
        });
        self.stages = stages.collect();
    }

    /// Nothing runs any more; a stage that did not end keeps the time it had.
    pub(super) fn rest(&mut self, now: Duration) {
        self.work = Work::None;
        self.activity = Activity::Idle;
        self.call_title = None;
        self.prefill = None;
        self.itl_ms = self.totals.itl_ms(50.0).zip(self.totals.itl_ms(95.0));
        for (_, state) in &mut self.stages {
            if let StageState::Running(since) = *state {
                *state = StageState::Done(now.saturating_sub(since));
            }
        }
    }

    /// Shows the report as it is; what is being written comes behind it. Who had scrolled stays
    /// about where they were.
    pub(super) fn show_so_far(&mut self, markdown: &str) {
        let top = (!self.view.is_following()).then(|| self.view.top());
        self.view.clear();
        self.view.push(markdown);
        if let Some(top) = top {
            self.view.scroll_to_start();
            self.view.scroll_by(isize::try_from(top).unwrap_or(isize::MAX));
        }
    }

    /// Puts the finished report in the place of what streamed. Who followed the stream sees
    /// the report from its start, who had scrolled stays about where they were.
    pub(super) fn show_finished(&mut self, finished: &Finished) {
        let markdown = finished.markdown.as_str();
        self.evidence = Evidence::of(&finished.record, markdown);
        let counts = finished.record.grounding;
        self.grounding = Some((counts.grounded, counts.figures));
        self.sentences.1 = finished.record.rejected.len() as u64;
        let top = (!self.view.is_following()).then(|| self.view.top());
        self.view.clear();
        self.view.push(markdown);
        self.view.scroll_to_start();
        if let Some(top) = top {
            self.view.scroll_by(isize::try_from(top).unwrap_or(isize::MAX));
        }
    }

    /// Shows what a run that died had written.
    pub(super) fn show_kept(&mut self, markdown: &str, path: Shown) {
        self.evidence = Evidence::default();
        self.grounding = None;
        self.sentences = (0, 0);
        self.stages.clear();
        self.totals = Timings::default();
        self.itl_ms = None;
        self.saved = Some(path);
        self.view.clear();
        self.view.push(markdown);
        self.view.scroll_to_start();
    }

    /// Shows the report of an earlier run, as its record has it; `false` where it has none.
    pub(super) fn show_record(&mut self, record: &Record, path: &str) -> bool {
        let Some(text) = &record.report else { return false };
        let markdown = text.lines.join("\n");
        self.evidence = Evidence::of(record, &markdown);
        self.grounding = Some((record.grounding.grounded, record.grounding.figures));
        self.sentences = (
            record.written.iter().filter(|it| it.by == "model").count() as u64,
            record.rejected.len() as u64,
        );
        let took = |name: &str| {
            let stage = record.stages.iter().find(|stage| stage.name == name)?;
            Duration::try_from_secs_f64(stage.seconds).ok()
        };
        self.stages = [Stage::Ingest, Stage::Analysis, Stage::Report]
            .map(|stage| (stage, StageState::Done(took(stage.name()).unwrap_or_default())))
            .to_vec();
        self.totals = Timings::default();
        self.itl_ms = record.metrics.itl_p50_ms.zip(record.metrics.itl_p95_ms);
        self.saved = Some(Shown::new(&format!("{}.md", path.strip_suffix(".json").unwrap_or(path))));
        self.view.clear();
        self.view.push(&markdown);
        self.view.scroll_to_start();
        true
    }

    /// Takes on the size of its area: the lower rows are the selected figure's.
    pub(super) fn lay_out(&mut self, width: u16, height: u16) {
        self.size = (width, height);
        self.fit();
    }

    /// Rows of the pane that describe the selected figure.
    pub fn described_rows(&self) -> u16 {
        let (_, height) = self.size;
        match self.evidence.position() {
            None => 0,
            Some(_) if height >= ROOMY => 3,
            Some(_) => 1,
        }
    }

    /// Goes to the figure so many further; nothing where there is none.
    pub(super) fn walk(&mut self, by: isize) {
        if self.evidence.has_figures() {
            self.evidence.walk(by, &self.view);
            self.fit();
            if let Some(place) = self.evidence.place() {
                self.view.show_row(place.row);
            }
        }
    }

    /// No figure is selected any more; `false` when none was.
    pub(super) fn deselect(&mut self) -> bool {
        let was_selected = self.evidence.deselect();
        self.fit();
        was_selected
    }

    /// Where the selected figure comes from.
    pub(super) fn source(&self) -> Option<SourceRow> {
        self.evidence.source()
    }

    fn fit(&mut self) {
        let (width, height) = self.size;
        self.view.resize(width, height.saturating_sub(self.described_rows()));
        self.evidence.lay_out(&self.view);
    }

    /// Scrolls the text.
    pub(super) fn scroll(&mut self, to: Move, height: usize) {
        match to {
            Move::Start => self.view.scroll_to_start(),
            Move::End => self.view.scroll_to_end(),
            to => self.view.scroll_by(to.rows(height)),
        }
    }

    /// Follows the end, or stays here.
    pub(super) fn toggle_follow(&mut self) {
        if self.view.is_following() {
            self.view.scroll_by(-1);
        } else {
            self.view.scroll_to_end();
        }
    }
}
