//! The next report's prompt, evaluated ahead: while a model is loaded, the folder has settled and
//! nobody else needs the machine. It loads no model, and whatever else is asked for comes first.

use std::time::Duration;

use super::{
    App, EngineState,
    effect::{Effect, Job, Step},
};
use crate::{
    engine::{
        Held, Saved,
        protocol::{Request, RunId},
    },
    ingest::inventory::WatchState,
    meters::Sample,
    report::{model::Params, pipeline::Call},
};

/// A folder that changed more recently goes on changing.
const SETTLED: Duration = Duration::from_secs(3);
/// Cores that other processes may use meanwhile.
const OTHERS: f32 = 0.5;
/// Share of a GPU that is no more than drawing a desktop.
const GPU_IDLE: f32 = 0.1;

/// The slice.
#[derive(Debug, Default)]
pub struct Freshening {
    /// It is wanted.
    pub is_wanted: bool,
    /// What is evaluated now, and when that was so, nanoseconds since 1970.
    pub held: Option<(Ahead, i128)>,
    /// What was written to disk last, and when.
    pub saved: Option<(Saved, i128)>,
    /// Since when something else may be the next prompt.
    stale: Option<Duration>,
    stage: Stage,
    /// No model was loaded, or a report was written: what the engine holds is another prompt.
    was_away: bool,
    /// What the last prompt was made with, besides the folder.
    made_with: Option<(Params, String)>,
}

/// How much of the next report's prompt is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ahead {
    /// Tokens that the engine holds.
    pub tokens: usize,
    /// They are all of the prompt.
    pub is_whole: bool,
}

#[derive(Debug, Default, PartialEq)]
enum Stage {
    #[default]
    Idle,
    /// The prompt is made, by the job of this number.
    Foreseeing(u64),
    /// The engine evaluates it. It may have been told to stop.
    Evaluating(RunId, bool),
}

impl Freshening {
    /// As the settings want it.
    pub fn new(is_wanted: bool) -> Self {
        Self { is_wanted, ..Self::default() }
    }

    /// The engine is at work for it.
    pub fn is_evaluating(&self) -> bool {
        matches!(self.stage, Stage::Evaluating(..))
    }

    /// The prompt may be another from now on.
    pub(super) fn touch(&mut self, now: Duration) {
        self.stale = Some(now);
        if let Some((ahead, _)) = &mut self.held {
            ahead.is_whole = false;
        }
    }

    /// When the folder will have settled.
    pub(super) fn wakeup(&self, now: Duration) -> Option<Duration> {
        let at = self.stale.filter(|_| self.is_wanted && self.stage == Stage::Idle)? + SETTLED;
        (at > now).then_some(at)
    }

    /// Nothing is evaluated ahead, and nothing of it is left.
    fn rest(&mut self) {
        (self.stage, self.held, self.stale, self.was_away) = (Stage::Idle, None, None, true);
    }
}

impl App {
    /// Begins or ends it, as things stand.
    pub(super) fn freshen(&mut self) -> Option<Effect> {
        let is_busy = self.report.is_busy();
        if self.engine != EngineState::Ready || is_busy {
            self.freshening.rest();
            return None;
        }
        if std::mem::take(&mut self.freshening.was_away) || !self.is_made_with_the_settings() {
            self.freshening.touch(self.now);
            self.freshening.made_with = Some((self.params.clone(), self.persona.1.clone()));
        }
        let is_quiet = self.machine.latest().is_some_and(|sample| {
            // Its own work on the GPU cannot be told from that of others.
            is_quiet(sample, self.freshening.is_evaluating())
        });
        match self.freshening.stage {
            Stage::Evaluating(run, false) if !is_quiet => {
                self.freshening.stage = Stage::Evaluating(run, true);
                Some(Effect::Cancel(run))
            }
            Stage::Idle if is_quiet && self.may_freshen() => {
                let model = Box::new(self.model.clone()?);
                self.report.last_job += 1;
                let number = self.report.last_job;
                let step = Step::Foresee(Box::new(self.brief()), model);
                (self.freshening.stage, self.freshening.stale) = (Stage::Foreseeing(number), None);
                Some(Effect::Compute(Box::new(Job { number, now_ns: self.wall_ns, step })))
            }
            _ => None,
        }
    }

    fn is_made_with_the_settings(&self) -> bool {
        let made_with = self.freshening.made_with.as_ref();
        made_with.is_some_and(|(params, persona)| *params == self.params && *persona == self.persona.1)
    }

    fn may_freshen(&self) -> bool {
        let has_settled = self.freshening.stale.is_some_and(|since| self.now >= since + SETTLED);
        self.freshening.is_wanted
            && has_settled
            && self.library.is_complete
            && self.library.watch != WatchState::Missing
            && self.model_spec.as_ref().is_some_and(|model| !model.is_remote())
            && !self.needs_load()
    }

    /// The first call of the next report is made.
    pub(super) fn take_foreseen(&mut self, number: u64, call: Option<Box<(Call, Params)>>) -> Vec<Effect> {
        if self.freshening.stage != Stage::Foreseeing(number) {
            return Vec::new();
        }
        self.freshening.stage = Stage::Idle;
        let (Some(call), Some(model)) = (call, self.model_spec.clone()) else { return Vec::new() };
        let (call, params) = *call;
        self.report.last_run += 1;
        let run = RunId(self.report.last_run);
        self.freshening.stage = Stage::Evaluating(run, false);
        vec![Effect::Freshen(Box::new(Request { run, model, prompt: call.prompt, params, writing: None }))]
    }

    /// What the engine holds now.
    pub(super) fn take_held(&mut self, run: Option<RunId>, held: Held, is_whole: bool) {
        let freshening = &mut self.freshening;
        if let Some(saved) = held.saved {
            freshening.saved = Some((saved, self.wall_ns));
        }
        if !matches!(freshening.stage, Stage::Evaluating(of, _) if Some(of) == run) {
            return;
        }
        freshening.stage = Stage::Idle;
        let is_stale = freshening.stale.is_some();
        let ahead = Ahead { tokens: held.tokens, is_whole: is_whole && !is_stale };
        freshening.held = Some((ahead, self.wall_ns));
        if !is_whole {
            freshening.stale = Some(self.now);
        }
    }
}

/// Nobody else needs the machine, as far as that is known.
fn is_quiet(sample: &Sample, is_evaluating: bool) -> bool {
    let is_idle = |load: Option<f32>| load.is_none_or(|load| load <= GPU_IDLE);
    sample.others.is_some_and(|cores| cores <= OTHERS)
        && (is_evaluating || sample.gpus.iter().all(|gpu| is_idle(gpu.load)))
}
