//! Making a report: folder and model become ready, the pipeline says what to generate, the
//! engine answers, the report is saved. Whatever goes wrong, what there is is kept.

use std::{mem, time::Duration};

use super::{
    App, EngineState, Tab,
    effect::{Effect, Entry, Job, Outcome, Step},
    event::{Answer, SaveResult},
    notices::Severity,
    report::{Activity, Calling, StageState, Work},
};
use crate::{
    engine::{
        EngineError, ModelSpec,
        protocol::{EngineEvent, Request, RunId},
    },
    ingest::inventory::WatchState,
    metrics::generation::Timings,
    report::{
        model::{ModelInfo, Stop},
        pipeline::Brief,
    },
    text::sanitize::Shown,
};

/// Why a report ends that the program did not wait for.
const QUIT: &str = "the program was quit";

impl App {
    /// The user wants a report.
    pub(super) fn generate(&mut self) -> Vec<Effect> {
        if self.report.is_busy() {
            self.say(Severity::Info, "a report is being written; Esc cancels it");
            return Vec::new();
        }
        if self.library.watch == WatchState::Missing {
            let text =
                format!("the folder `{}` is not there or may not be read; nothing to report on", self.folder);
            self.say(Severity::Error, &text);
            return Vec::new();
        }
        // What went wrong before is over; it would read as if it was about this report.
        self.notices.list.retain(|notice| notice.severity != Severity::Error);
        self.select_tab(Tab::Report);
        self.report.prepare(self.ingest_state());
        let mut effects = Vec::new();
        // Loading goes on beside the first scan: neither waits for the other.
        if let (Some(spec), true) = (self.model_spec.clone(), self.needs_load()) {
            self.report.load_asked = Some(self.now);
            effects.push(self.load(spec));
            if self.library.is_complete {
                let step = Step::Preview(Box::new(self.brief()));
                let job = Job { number: self.report.last_job, now_ns: self.wall_ns, step };
                effects.push(Effect::Compute(Box::new(job)));
            }
        }
        effects.extend(self.begin_when_ready());
        effects
    }

    /// Starts the pipeline once the folder is read and the model is there, if there is one.
    pub(super) fn begin_when_ready(&mut self) -> Vec<Effect> {
        if !matches!(self.report.work, Work::Preparing) {
            return Vec::new();
        }
        let ingest = self.ingest_state();
        if let Some((_, state)) = self.report.stages.first_mut() {
            *state = ingest;
        }
        if !self.library.is_complete {
            return Vec::new();
        }
        match (&self.engine, &self.model_spec) {
            (EngineState::Ready, Some(_)) => self.begin(self.model.clone()),
            (EngineState::NoModel(reason), _) => {
                let text = format!("report without a model: {reason}");
                self.say(Severity::Warning, &text);
                self.begin(None)
            }
            _ => Vec::new(),
        }
    }

    /// What the engine says.
    pub(super) fn take_engine(&mut self, event: EngineEvent) -> Vec<Effect> {
        self.note_engine(&event);
        match event {
            EngineEvent::Confined(confined) => {
                self.engine_tab.confined = Some(confined);
                Vec::new()
            }
            EngineEvent::Loading(part) => {
                self.engine = EngineState::Loading(part.clamp(0.0, 1.0));
                Vec::new()
            }
            EngineEvent::SteppedDown(step) => {
                self.say(Severity::Warning, &step.to_string());
                Vec::new()
            }
            EngineEvent::Loaded(info) => {
                self.engine = EngineState::Ready;
                if let Some(reason) = &info.fallback {
                    self.say(Severity::Warning, &format!("the model runs on the CPU: {reason}"));
                }
                // A model that is announced again is not hashed again.
                let known =
                    self.model.take().filter(|model| model.path == info.path && model.bytes == info.bytes);
                self.model = Some(ModelInfo { sha256: known.and_then(|model| model.sha256), ..*info });
                if let Some(asked) = self.report.load_asked.take() {
                    self.report.load_wait = self.now.saturating_sub(asked);
                }
                self.begin_when_ready()
            }
            EngineEvent::Hashed(sha256) => {
                if let Work::Calling(calling) = &mut self.report.work {
                    calling.pipeline.model_hashed(&sha256);
                }
                if let Some(model) = &mut self.model {
                    model.sha256 = Some(sha256);
                }
                Vec::new()
            }
            // The screen asks for none: its benchmarks run in a process of their own.
            EngineEvent::Measured { .. } => Vec::new(),
            EngineEvent::Unloaded => {
                self.engine = self.idle_engine();
                Vec::new()
            }
            EngineEvent::Held { run, held, is_whole } => {
                self.take_held(run, held, is_whole);
                Vec::new()
            }
            EngineEvent::Fitted { run, left_out, .. } => {
                if let Some(calling) = self.report.call(run).filter(|_| !left_out.is_empty()) {
                    let text = format!("the prompt was too long: left out {}", left_out.join(", "));
                    calling.left_out = left_out;
                    self.say(Severity::Warning, &text);
                }
                Vec::new()
            }
            EngineEvent::Prefill { run, done, total, cached, .. } => {
                self.report.show_prefill(run, done, total, cached);
                Vec::new()
            }
            EngineEvent::Piece { run, text, tokens, at, elapsed } => {
                let is_late = self.report.call(run).is_none();
                self.report.piece(run, &text, tokens, at, elapsed);
                if is_late { Vec::new() } else { vec![Effect::Journal(Entry::Text(text))] }
            }
            EngineEvent::Withdrawn { run, length, dropped } => {
                if let Some(calling) = self.report.call(run) {
                    let bytes = calling.text.len().saturating_sub(length);
                    calling.dropped.push(dropped);
                    let withdrawn = self.report.withdraw(run, bytes).map(Entry::Withdraw);
                    return withdrawn.map(Effect::Journal).into_iter().collect();
                }
                Vec::new()
            }
            EngineEvent::Passed { run, passage } => {
                self.report.pass(run, passage);
                Vec::new()
            }
            EngineEvent::Finished { run, stop, timings, .. } => self.call_finished(run, stop, *timings),
            EngineEvent::Failed { run: Some(run), error, log } => self.call_failed(run, &error, &log),
            EngineEvent::Failed { run: None, error, log } => self.engine_failed(&error, &log),
        }
    }

    /// How saving ended.
    pub(super) fn take_saved(&mut self, result: SaveResult) {
        match result {
            SaveResult::Saved(path) => {
                let text = format!("saved {path}");
                self.say(Severity::Info, &text);
                self.report.saved = Some(path);
            }
            SaveResult::Failed(unsaved) => self.take_unsaved(unsaved),
        }
    }

    /// Cancels what runs; `false` when nothing does.
    pub(super) fn cancel(&mut self) -> Option<Vec<Effect>> {
        match &self.report.work {
            Work::None => None,
            Work::Computing(job) if !matches!(job.step, Step::Start(..)) => {
                if self.report.activity == Activity::Cancelling {
                    return Some(Vec::new());
                }
                let Some(job) = job.clone().interrupted("cancelled") else { return Some(Vec::new()) };
                self.report.activity = Activity::Cancelling;
                self.say(Severity::Info, "cancelled; what there is is kept");
                Some(self.compute(job.step))
            }
            Work::Preparing | Work::Computing(_) => {
                self.report.rest(self.now);
                self.say(Severity::Info, "cancelled before the first word");
                let is_loading = matches!(self.engine, EngineState::Loading(_));
                self.engine = self.idle_engine_unless_ready();
                Some(if is_loading { vec![Effect::UnloadModel] } else { Vec::new() })
            }
            Work::Calling(_) if self.report.activity == Activity::Cancelling => Some(Vec::new()),
            Work::Calling(calling) => {
                let run = calling.run;
                self.report.activity = Activity::Cancelling;
                Some(vec![Effect::Cancel(run)])
            }
        }
    }

    /// Ends what runs without waiting for the engine's word, and quits.
    pub(super) fn quit(&mut self, code: u8) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(calling) = self.take_calling() {
            effects.push(Effect::Cancel(calling.run));
            let timings = self.timings_so_far(&calling);
            self.interrupt(calling, timings, QUIT);
        }
        // Nobody is left to wait for an answer.
        if let Work::Computing(job) = mem::take(&mut self.report.work) {
            self.report.rest(self.now);
            if let Some(Outcome::Interrupted(export)) = job.interrupted(QUIT).map(|job| job.run().outcome) {
                effects.push(Effect::Save(export));
            }
        }
        effects.push(Effect::Quit(code));
        effects
    }

    /// Frees the model's memory.
    pub(super) fn unload(&mut self) -> Vec<Effect> {
        if self.report.is_busy() {
            self.say(Severity::Info, "the model is writing; cancel the report first");
            return Vec::new();
        }
        if !matches!(self.engine, EngineState::Ready | EngineState::Loading(_)) {
            self.say(Severity::Info, "no model is loaded");
            return Vec::new();
        }
        self.say(Severity::Info, "the model's memory is given back");
        vec![Effect::UnloadModel]
    }

    fn ingest_state(&self) -> StageState {
        if self.library.is_complete {
            StageState::Done(self.library.scan_time.unwrap_or_default())
        } else {
            StageState::Running(Duration::ZERO)
        }
    }

    fn idle_engine(&self) -> EngineState {
        match &self.engine {
            EngineState::NoModel(reason) => EngineState::NoModel(reason.clone()),
            _ => EngineState::Idle,
        }
    }

    fn idle_engine_unless_ready(&self) -> EngineState {
        if self.engine == EngineState::Ready { EngineState::Ready } else { self.idle_engine() }
    }

    fn begin(&mut self, model: Option<ModelInfo>) -> Vec<Effect> {
        let brief = Box::new(self.brief());
        self.compute(Step::Start(brief, model.map(Box::new)))
    }

    pub(super) fn brief(&self) -> Brief {
        Brief {
            library: self.library.clone(),
            folder: self.folder.to_string(),
            persona: self.persona.clone(),
            params: self.params.clone(),
            ingest: self.library.scan_time.unwrap_or_default(),
            started_ns: self.wall_ns,
        }
    }

    fn compute(&mut self, step: Step) -> Vec<Effect> {
        self.report.last_job += 1;
        let job = Job { number: self.report.last_job, now_ns: self.wall_ns, step };
        self.report.work = Work::Computing(Box::new(job.clone()));
        vec![Effect::Compute(Box::new(job))]
    }

    /// A step of the pipeline is done; one that nobody waits for any more is dropped.
    pub(super) fn take_answer(&mut self, answer: Answer) -> Vec<Effect> {
        self.end_progress(&answer);
        let Answer { number, outcome } = answer;
        let outcome = match outcome {
            Outcome::Compared(comparison) => return self.take_comparison(number, comparison),
            Outcome::Found(found) => {
                self.inventory.preview.take_found(*found);
                return Vec::new();
            }
            Outcome::Explained(insight) => {
                self.metrics.take_insight(insight, &self.shown);
                return Vec::new();
            }
            Outcome::Cut(library) => return self.take_cut(number, library),
            Outcome::Foreseen(call) => return self.take_foreseen(number, call),
            Outcome::Previewed(report) => {
                // The model may be there already.
                if number == self.report.last_job && matches!(self.report.work, Work::Preparing) {
                    self.report.show_so_far(&report);
                }
                return Vec::new();
            }
            of_report => of_report,
        };
        if !matches!(&self.report.work, Work::Computing(job) if job.number == number) {
            return Vec::new();
        }
        match (outcome, &self.model_spec) {
            (Outcome::Call(pipeline, call, so_far), Some(model)) => {
                let (model, params): (ModelSpec, _) = (model.clone(), pipeline.params());
                self.report.show_so_far(&so_far);
                let run = self.report.begin_call(*pipeline, &call, self.now);
                let journal = self.journal_call(&call.title);
                let card = call.card.map(Effect::KeepCard);
                if let (Some(Effect::KeepCard(card)), Some(model)) = (&card, &mut self.model) {
                    model.card = Some((**card).clone());
                }
                let request =
                    Request { run, model, prompt: call.prompt, params, writing: Some(call.writing) };
                journal.into_iter().chain(card).chain([Effect::Generate(Box::new(request))]).collect()
            }
            (Outcome::Done(pipeline, finished, export), _) => {
                self.report.show_stages(&pipeline, self.now);
                self.report.rest(self.now);
                self.report.show_finished(&finished);
                vec![Effect::Save(export)]
            }
            (Outcome::Interrupted(export), _) => {
                self.report.rest(self.now);
                vec![Effect::Save(export)]
            }
            _ => {
                // A pipeline that was told of no model asks for no call.
                self.report.rest(self.now);
                self.say(Severity::Error, "the report needs a model and there is none");
                Vec::new()
            }
        }
    }

    fn take_calling(&mut self) -> Option<Calling> {
        match mem::take(&mut self.report.work) {
            Work::Calling(calling) => Some(*calling),
            other => {
                self.report.work = other;
                None
            }
        }
    }

    fn take_calling_of(&mut self, run: RunId) -> Option<Calling> {
        self.report.call(run)?;
        self.take_calling()
    }

    fn call_finished(&mut self, run: RunId, stop: Stop, timings: Timings) -> Vec<Effect> {
        let Some(mut calling) = self.take_calling_of(run) else { return Vec::new() };
        let load = mem::take(&mut self.report.load_wait);
        let timings = timings.after_load(load);
        self.report.totals.add(&timings);
        if stop == Stop::Cancelled || self.report.activity == Activity::Cancelling {
            self.say(Severity::Info, "cancelled; what there is is kept");
            return self.interrupt(calling, timings, "cancelled");
        }
        let took = self.now.saturating_sub(calling.started) + load;
        let result = Box::new(calling.result(stop, timings));
        self.compute(Step::Advance(Box::new(calling.pipeline), result, took))
    }

    fn call_failed(&mut self, run: RunId, error: &EngineError, log: &[String]) -> Vec<Effect> {
        let Some(calling) = self.take_calling_of(run) else { return Vec::new() };
        self.engine = self.idle_engine();
        let reason = error_text(error, log);
        self.say(Severity::Error, &format!("{reason}; the text so far is kept, `r` starts again"));
        self.outside.failure = Some(reason.clone());
        let timings = self.timings_so_far(&calling);
        self.interrupt(calling, timings, &reason)
    }

    /// The engine failed outside a call: while loading, or idle.
    fn engine_failed(&mut self, error: &EngineError, log: &[String]) -> Vec<Effect> {
        self.engine = self.idle_engine();
        let reason = error_text(error, log);
        let is_starting = match &self.report.work {
            Work::Preparing => true,
            Work::Computing(job) => matches!(job.step, Step::Start(..)),
            Work::None | Work::Calling(_) => false,
        };
        if !is_starting {
            if *error != EngineError::Cancelled {
                self.say(Severity::Error, &reason);
            }
            return Vec::new();
        }
        self.say(Severity::Error, &format!("{reason}; the report is written without the model"));
        if self.library.is_complete {
            return self.begin(None);
        }
        self.report.rest(self.now);
        Vec::new()
    }

    /// Saves what there is of a report; its text stays on the screen.
    fn interrupt(&mut self, mut calling: Calling, timings: Timings, reason: &str) -> Vec<Effect> {
        let partial = (!calling.text.is_empty()).then(|| Box::new(calling.result(Stop::Cancelled, timings)));
        self.report.activity = Activity::Cancelling;
        self.compute(Step::Interrupt(Box::new(calling.pipeline), partial, reason.to_owned()))
    }

    /// What is known of a call whose end the engine did not tell.
    fn timings_so_far(&self, calling: &Calling) -> Timings {
        Timings {
            load: self.report.load_wait,
            total: self.now.saturating_sub(calling.started) + self.report.load_wait,
            ttft: self.report.stats.ttft().filter(|_| !calling.text.is_empty()),
            tokens: if calling.text.is_empty() { 0 } else { self.report.stats.tokens() },
            ..Timings::default()
        }
    }

    pub(super) fn say(&mut self, severity: Severity, text: &str) {
        self.notices.give(severity, text, self.now);
    }
}

/// The error with what the engine's log said last, where that adds something.
fn error_text(error: &EngineError, log: &[String]) -> String {
    let text = error.to_string();
    match log.iter().rev().map(|line| line.trim()).find(|line| !line.is_empty()) {
        Some(last) if matches!(error, EngineError::Decode(_)) && !text.contains(last) => {
            format!("{text} ({})", Shown::new(last).truncated(120))
        }
        _ => text,
    }
}
