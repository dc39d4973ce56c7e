//! The host's thread: the one place that knows what the worker is doing and what was
//! promised to whom.

use std::{
    collections::VecDeque,
    fs,
    os::unix::fs::MetadataExt as _,
    path,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender},
    },
    time::{Duration, Instant},
};

use super::{Launcher, now, process::Worker};
use crate::{
    engine::{
        EngineError, Held, ModelSpec,
        confine::Confinement,
        measure::Measuring,
        protocol::{
            EngineEvent, Request, RunId,
            frame::{Command, Frame, WireTimings},
        },
        worker::Key,
    },
    metrics::generation::Timings,
    report::model::{Params, Stop},
};

/// A cancelled worker that ends no step for this long is killed: it hangs.
const HANG: Duration = Duration::from_secs(5);
/// So many deaths within [`DEATH_WINDOW`] stop the retries: the next start would die as well.
const MAX_DEATHS: usize = 3;
/// Most bytes of text in one run: no answer that a worker of ours may write has as many, so it
/// is no worker of ours any more.
const MOST_TEXT: usize = 16 << 20;
/// See [`MAX_DEATHS`].
const DEATH_WINDOW: Duration = Duration::from_mins(1);

/// What reaches the thread.
pub(super) enum Message {
    Load(ModelSpec, Params),
    /// With the time at which the host accepted it.
    Generate(Box<Request>, Instant),
    /// Evaluate a prompt while nothing else is to be done.
    Freshen(Box<Request>),
    Measure(Box<Measuring>, Instant),
    Cancel(RunId),
    Unload,
    /// From the worker of that generation, with the time at which it was received.
    Frame(u64, Frame, Instant),
    /// The worker's frames ended, or became unreadable.
    Ended(u64, Option<String>),
    Shutdown,
}

/// A run that was accepted and not yet answered.
struct Active {
    run: RunId,
    params: Params,
    accepted: Instant,
    ttft: Option<Duration>,
    /// What is known when the worker cannot tell any more.
    timings: Timings,
    last_at: Option<Duration>,
    last_step: Instant,
    cancelled: bool,
    /// Bytes of text that came, also of what was withdrawn since.
    bytes: usize,
}

/// What was asked for while the worker must not be replaced yet.
enum Waiting {
    Load(ModelSpec, Params),
    Generate(Box<Request>, Instant),
    Measure(Box<Measuring>, Instant),
}

impl Waiting {
    /// The run that waits, with its settings and when it was accepted.
    fn active(self) -> Option<Active> {
        match self {
            Waiting::Load(..) => None,
            Waiting::Generate(request, accepted) => Some(Active::new(request.run, request.params, accepted)),
            Waiting::Measure(asked, accepted) => Some(Active::new(asked.run, asked.params, accepted)),
        }
    }

    fn run(&self) -> Option<RunId> {
        match self {
            Waiting::Load(..) => None,
            Waiting::Generate(request, _) => Some(request.run),
            Waiting::Measure(asked, _) => Some(asked.run),
        }
    }
}

/// What the worker was started for: what it may touch, and which file that was. A file of the
/// same name that took its place is another one to the kernel.
#[derive(PartialEq)]
struct Grant {
    confinement: Confinement,
    file: Option<(u64, u64)>,
}

pub(super) struct Supervisor {
    launcher: Launcher,
    messages: Sender<Message>,
    pid: Arc<AtomicU32>,
    send: Box<dyn FnMut(EngineEvent) -> bool + Send>,
    worker: Option<Worker>,
    /// Tells frames of the present worker from those of a dead one.
    generation: u64,
    active: VecDeque<Active>,
    /// Asked for since, in order, behind what needs another worker.
    waiting: VecDeque<Waiting>,
    /// What the present worker was started for.
    grant: Option<Grant>,
    /// What its session was made with.
    key: Option<Key>,
    /// Name of the model being loaded.
    loading: Option<String>,
    resident: bool,
    deaths: VecDeque<Instant>,
    listening: bool,
}

impl Supervisor {
    pub(super) fn new(
        launcher: Launcher,
        messages: Sender<Message>,
        pid: Arc<AtomicU32>,
        send: Box<dyn FnMut(EngineEvent) -> bool + Send>,
    ) -> Self {
        Self {
            launcher,
            messages,
            pid,
            send,
            worker: None,
            generation: 0,
            active: VecDeque::new(),
            waiting: VecDeque::new(),
            grant: None,
            key: None,
            loading: None,
            resident: false,
            deaths: VecDeque::new(),
            listening: true,
        }
    }

    /// Works until the host is dropped or nobody listens.
    pub(super) fn run(mut self, inbox: &Receiver<Message>) {
        while self.listening {
            let message = match self.hangs_at() {
                None => inbox.recv().map_err(RecvTimeoutError::from),
                Some(at) => inbox.recv_timeout(at.saturating_duration_since(now())),
            };
            match message {
                Ok(Message::Load(model, params)) => self.waiting.push_back(Waiting::Load(model, params)),
                Ok(Message::Generate(request, accepted)) => {
                    self.waiting.push_back(Waiting::Generate(request, accepted));
                }
                Ok(Message::Measure(asked, accepted)) => {
                    self.waiting.push_back(Waiting::Measure(asked, accepted));
                }
                Ok(Message::Freshen(request)) => self.freshen(request),
                Ok(Message::Cancel(run)) => self.cancel(run),
                Ok(Message::Unload) => self.unload(),
                Ok(Message::Frame(generation, frame, at)) if generation == self.generation => {
                    self.frame(frame, at);
                }
                Ok(Message::Ended(generation, broken)) if generation == self.generation => self.died(broken),
                Ok(Message::Frame(..) | Message::Ended(..)) => {}
                Err(RecvTimeoutError::Timeout) => self.end_by_cancel(),
                Ok(Message::Shutdown) | Err(RecvTimeoutError::Disconnected) => break,
            }
            self.serve_waiting();
        }
        self.drop_worker();
    }

    /// Hands on what waits, up to what needs a worker with other files while the present one
    /// still answers.
    fn serve_waiting(&mut self) {
        while let Some(next) = self.waiting.front() {
            let (model, params) = match next {
                Waiting::Load(model, params) => (model, params),
                Waiting::Generate(request, _) => (&request.model, &request.params),
                Waiting::Measure(asked, _) => (&asked.model, &asked.params),
            };
            let (grant, key) = (self.grant_of(model), Key::of(model, params));
            if self.worker.is_some() && !self.may_serve(&grant, &key) {
                if !self.active.is_empty() {
                    return;
                }
                // Nobody is told: to whoever asked, one model takes the place of another.
                self.drop_worker();
            }
            match self.waiting.pop_front() {
                Some(Waiting::Load(model, params)) => self.load(model, params, grant),
                Some(Waiting::Generate(request, accepted)) => self.generate(*request, accepted, grant),
                Some(Waiting::Measure(asked, accepted)) => self.measure(*asked, accepted, grant),
                None => return,
            }
            self.key = Some(key);
        }
    }

    fn grant_of(&self, model: &ModelSpec) -> Grant {
        let file = match model {
            ModelSpec::File(path) => fs::metadata(path).ok().map(|file| (file.dev(), file.ino())),
            ModelSpec::Scripted(_) | ModelSpec::Remote(_) => None,
        };
        Grant { confinement: self.launcher.bounds.of(model), file }
    }

    /// A model that is in memory serves on when its file was replaced; what must be read again
    /// needs a worker that may read the new one.
    fn may_serve(&self, wanted: &Grant, key: &Key) -> bool {
        let Some(grant) = &self.grant else { return false };
        let is_same_file = wanted.file.is_none() || grant.file == wanted.file;
        let is_in_memory = self.resident && self.key.as_ref() == Some(key);
        grant.confinement.covers(&wanted.confinement) && (is_same_file || is_in_memory)
    }

    fn say(&mut self, event: EngineEvent) {
        self.listening = self.listening && (self.send)(event);
    }

    /// When the run that was asked to stop counts as hanging.
    fn hangs_at(&self) -> Option<Instant> {
        self.worker.as_ref()?;
        self.active.front().filter(|active| active.cancelled).map(|active| active.last_step + HANG)
    }

    fn load(&mut self, model: ModelSpec, params: Params, grant: Grant) {
        let name = model.name();
        match absolute(model).and_then(|model| Ok((self.worker(grant)?, model))) {
            Ok((worker, model)) => {
                worker.send(Command::Load { model, params });
                self.loading = Some(name);
            }
            Err(reason) => self.fail(None, EngineError::Load { name, reason }, Vec::new()),
        }
    }

    fn generate(&mut self, request: Request, accepted: Instant, grant: Grant) {
        let active = Active::new(request.run, request.params.clone(), accepted);
        self.start_run(request.model.clone(), active, grant, |model| {
            Command::Generate(Box::new(Request { model, ..request }))
        });
    }

    fn measure(&mut self, asked: Measuring, accepted: Instant, grant: Grant) {
        let active = Active::new(asked.run, asked.params.clone(), accepted);
        self.start_run(asked.model.clone(), active, grant, |model| {
            Command::Measure(Box::new(Measuring { model, ..asked }))
        });
    }

    fn start_run(
        &mut self,
        model: ModelSpec,
        active: Active,
        grant: Grant,
        command: impl FnOnce(ModelSpec) -> Command,
    ) {
        let (name, resident) = (model.name(), self.resident);
        match absolute(model).and_then(|model| Ok((self.worker(grant)?, model))) {
            Ok((worker, model)) => {
                worker.send(command(model));
                if !resident {
                    self.loading = Some(name);
                }
                self.active.push_back(active);
            }
            Err(reason) => self.fail(Some(active.run), EngineError::Load { name, reason }, Vec::new()),
        }
    }

    fn cancel(&mut self, run: RunId) {
        let Some(index) = self.active.iter().position(|active| active.run == run) else {
            self.cancel_waiting(|other| other == run);
            // If it does not wait either, it has ended meanwhile, or it is one of freshening.
            return self.tell(Command::Cancel(run));
        };
        let active = &mut self.active[index];
        if std::mem::replace(&mut active.cancelled, true) {
            // A run that waits behind another cannot hang: its turn will come.
            if index == 0 {
                self.end_by_cancel();
            }
            return;
        }
        active.last_step = now();
        self.tell(Command::Cancel(run));
    }

    /// Never starts a worker, and never loads a model.
    fn freshen(&mut self, request: Box<Request>) {
        if self.resident && self.active.is_empty() && self.waiting.is_empty() {
            return self.tell(Command::Freshen(request));
        }
        self.say(EngineEvent::Held { run: Some(request.run), held: Held::default(), is_whole: false });
    }

    fn tell(&self, command: Command) {
        if let Some(worker) = &self.worker {
            worker.send(command);
        }
    }

    /// Runs that wait for another worker are cancelled without having begun.
    fn cancel_waiting(&mut self, is_it: impl Fn(RunId) -> bool) {
        let (cancelled, rest) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|waiting| waiting.run().is_some_and(&is_it));
        self.waiting = rest;
        let cancelled: VecDeque<Waiting> = cancelled;
        for active in cancelled.into_iter().filter_map(Waiting::active) {
            self.finish_cancelled(active);
        }
    }

    fn unload(&mut self) {
        let was_there = self.worker.is_some();
        self.drop_worker();
        self.cancel_waiting(|_| true);
        self.waiting.clear();
        while let Some(active) = self.active.pop_front() {
            self.finish_cancelled(active);
        }
        if was_there {
            self.say(EngineEvent::Unloaded);
        }
    }

    /// Kills a worker that does not stop in time. The run keeps the text it had.
    fn end_by_cancel(&mut self) {
        let resident = self.resident;
        self.drop_worker();
        while let Some(active) = self.active.pop_front() {
            if active.cancelled {
                self.finish_cancelled(active);
            } else {
                let error = EngineError::Decode("the engine process was ended to stop another run".into());
                self.fail(Some(active.run), error, Vec::new());
            }
        }
        if resident {
            self.say(EngineEvent::Unloaded);
        }
    }

    fn finish_cancelled(&mut self, mut active: Active) {
        active.timings.ttft = active.ttft;
        active.timings.total = active.accepted.elapsed();
        let (stop, timings) = (Stop::Cancelled, Box::new(active.timings));
        self.say(EngineEvent::Finished { run: active.run, stop, timings, used: active.params });
    }

    fn fail(&mut self, run: Option<RunId>, error: EngineError, log: Vec<String>) {
        self.say(EngineEvent::Failed { run, error, log });
    }

    fn frame(&mut self, frame: Frame, at: Instant) {
        if let Some(worker) = &self.worker {
            worker.taken();
        }
        if let Some(front) = self.active.front_mut() {
            front.last_step = at;
        }
        match frame {
            Frame::Confined(confined) => self.say(EngineEvent::Confined(confined)),
            Frame::Loading(share) => self.say(EngineEvent::Loading(share)),
            Frame::SteppedDown(step) => self.say(EngineEvent::SteppedDown(step)),
            Frame::Loaded(info) => {
                self.loading = None;
                self.resident = true;
                self.say(EngineEvent::Loaded(info));
            }
            Frame::Hashed(sha256) => self.say(EngineEvent::Hashed(sha256)),
            Frame::Held { run, held, is_whole } => self.say(EngineEvent::Held { run, held, is_whole }),
            Frame::Failed { run, error } => {
                self.loading = None;
                // A model that cannot be loaded has pushed out the one before.
                self.resident &= !matches!(
                    error,
                    EngineError::Load { .. } | EngineError::Context { .. } | EngineError::Endpoint { .. }
                );
                let log = self.worker.as_ref().map(Worker::log).unwrap_or_default();
                if run.is_none_or(|run| self.take(run).is_some()) {
                    self.fail(run, error, log);
                }
            }
            Frame::Finished { run, stop, timings, used } => self.finished(run, stop, *timings, used, at),
            Frame::Measured { run, measured } => {
                if self.take(run).is_some() {
                    self.say(EngineEvent::Measured { run, measured });
                }
            }
            Frame::Fitted { run, prompt_tokens, left_out } => {
                let Some(active) = self.find(run) else { return };
                active.timings.prompt_tokens = prompt_tokens as u64;
                self.say(EngineEvent::Fitted { run, prompt_tokens, left_out });
            }
            Frame::Prefill { run, done, total, cached } => {
                let Some(active) = self.find(run) else { return };
                active.timings.cached_prompt_tokens = cached as u64;
                let elapsed = at.saturating_duration_since(active.accepted);
                self.say(EngineEvent::Prefill { run, done, total, cached, elapsed });
            }
            Frame::Withdrawn { run, length, dropped } => {
                if self.find(run).is_some() {
                    self.say(EngineEvent::Withdrawn { run, length, dropped });
                }
            }
            Frame::Passed { run, passage } => {
                if self.find(run).is_some() {
                    self.say(EngineEvent::Passed { run, passage });
                }
            }
            Frame::Piece { run, text, tokens, at: stamp } => {
                let Some(active) = self.find(run) else { return };
                active.bytes += text.len();
                if active.bytes > MOST_TEXT {
                    let limit = MOST_TEXT >> 20;
                    return self.died(Some(format!("more than {limit} MiB of text for one call")));
                }
                let elapsed = at.saturating_duration_since(active.accepted);
                let at = active.piece(tokens, stamp, elapsed);
                self.say(EngineEvent::Piece { run, text, tokens, at, elapsed });
            }
        }
    }

    fn finished(&mut self, run: RunId, stop: Stop, timings: WireTimings, used: Params, at: Instant) {
        let Some(active) = self.take(run) else { return };
        if self.active.is_empty() {
            self.loading = None;
        }
        let total = at.saturating_duration_since(active.accepted);
        let timings = Box::new(timings.with_host(active.ttft, total));
        self.say(EngineEvent::Finished { run, stop, timings, used });
    }

    fn find(&mut self, run: RunId) -> Option<&mut Active> {
        self.active.iter_mut().find(|active| active.run == run)
    }

    fn take(&mut self, run: RunId) -> Option<Active> {
        let index = self.active.iter().position(|active| active.run == run)?;
        self.active.remove(index)
    }

    /// The worker ended by itself.
    fn died(&mut self, broken: Option<String>) {
        let Some(worker) = self.worker.take() else { return };
        let advice = match &self.loading {
            Some(_) => "take another model, or look into the engine's log",
            None => "the next call starts another one",
        };
        let (cause, log) = worker.end(broken, advice);
        self.deaths.push_back(now());
        let error = match self.loading.take() {
            Some(name) => EngineError::Load { name, reason: cause },
            None => EngineError::Decode(cause),
        };
        let resident = self.resident;
        self.drop_worker();
        if self.active.is_empty() {
            self.fail(None, error.clone(), log.clone());
        }
        while let Some(active) = self.active.pop_front() {
            if active.cancelled {
                self.finish_cancelled(active);
            } else {
                self.fail(Some(active.run), error.clone(), log.clone());
            }
        }
        if resident {
            self.say(EngineEvent::Unloaded);
        }
    }

    fn drop_worker(&mut self) {
        self.pid.store(0, Ordering::Release);
        self.worker = None;
        self.resident = false;
        self.loading = None;
        self.grant = None;
        self.key = None;
        self.generation += 1;
    }

    /// The worker, started where there is none, or why there can be none.
    fn worker(&mut self, grant: Grant) -> Result<&Worker, String> {
        if self.worker.is_none() {
            self.check_deaths()?;
            self.generation += 1;
            let started = self.launcher.start(&grant.confinement, self.generation, &self.messages);
            let worker = started.map_err(|error| {
                self.deaths.push_back(now());
                let program = self.launcher.program.display();
                format!("cannot start the engine process `{program}`: {error}")
            })?;
            self.grant = Some(grant);
            self.pid.store(worker.id(), Ordering::Release);
            self.worker = Some(worker);
        }
        self.worker.as_ref().ok_or_else(|| "the engine process did not start".to_owned())
    }

    fn check_deaths(&mut self) -> Result<(), String> {
        while self.deaths.front().is_some_and(|at| at.elapsed() > DEATH_WINDOW) {
            self.deaths.pop_front();
        }
        if self.deaths.len() < MAX_DEATHS {
            return Ok(());
        }
        let wait = self.deaths.front().map_or(DEATH_WINDOW, |at| DEATH_WINDOW.saturating_sub(at.elapsed()));
        Err(format!(
            "the engine process died {MAX_DEATHS} times within a minute; try another model, a smaller num_ctx or \
             num_gpu=0, or again in {} s",
            wait.as_secs() + 1
        ))
    }
}

/// As the worker can be told of it, which stands in another folder; or why it cannot.
fn absolute(model: ModelSpec) -> Result<ModelSpec, String> {
    match model {
        ModelSpec::File(path) if path.to_str().is_none() => {
            Err("its path is not UTF-8, and llama.cpp takes no other; rename it".into())
        }
        ModelSpec::File(path) => Ok(ModelSpec::File(path::absolute(&path).unwrap_or(path))),
        other @ (ModelSpec::Scripted(_) | ModelSpec::Remote(_)) => Ok(other),
    }
}

impl Active {
    fn new(run: RunId, params: Params, accepted: Instant) -> Self {
        let (ttft, timings, last_at) = (None, Timings::default(), None);
        Self {
            run,
            params,
            accepted,
            ttft,
            timings,
            last_at,
            last_step: accepted,
            cancelled: false,
            bytes: 0,
        }
    }

    /// Notes a piece. Returns its stamp: the worker has none for text that it only flushes.
    fn piece(&mut self, tokens: u32, stamp: Duration, elapsed: Duration) -> Duration {
        if tokens == 0 {
            return self.last_at.unwrap_or(stamp);
        }
        self.ttft.get_or_insert(elapsed);
        self.timings.tokens += u64::from(tokens);
        if let Some(last) = self.last_at {
            let gap = stamp.saturating_sub(last);
            self.timings.gaps.push(gap);
            self.timings.eval += gap;
        }
        self.last_at = Some(stamp);
        stamp
    }
}
