//! The host's thread: the one place that knows what the worker is doing and what was
//! promised to whom.

use std::{
    collections::VecDeque,
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
        EngineError, ModelSpec,
        measure::Measuring,
        protocol::{
            EngineEvent, Request, RunId,
            frame::{Command, Frame, WireTimings},
        },
    },
    metrics::generation::Timings,
    report::model::{Params, Stop},
};

/// A cancelled worker that ends no step for this long is killed: it hangs.
const HANG: Duration = Duration::from_secs(5);
/// So many deaths within [`DEATH_WINDOW`] stop the retries: the next start would die as well.
const MAX_DEATHS: usize = 3;
/// See [`MAX_DEATHS`].
const DEATH_WINDOW: Duration = Duration::from_mins(1);

/// What reaches the thread.
pub(super) enum Message {
    Load(ModelSpec, Params),
    /// With the time at which the host accepted it.
    Generate(Box<Request>, Instant),
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
                Ok(Message::Load(model, params)) => self.load(model, params),
                Ok(Message::Generate(request, accepted)) => self.generate(*request, accepted),
                Ok(Message::Measure(asked, accepted)) => {
                    let (run, params, name) = (asked.run, asked.params.clone(), asked.model.name());
                    self.start_run(Command::Measure(asked), run, params, name, accepted);
                }
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
        }
        self.drop_worker();
    }

    fn say(&mut self, event: EngineEvent) {
        self.listening = self.listening && (self.send)(event);
    }

    /// When the run that was asked to stop counts as hanging.
    fn hangs_at(&self) -> Option<Instant> {
        self.worker.as_ref()?;
        self.active.front().filter(|active| active.cancelled).map(|active| active.last_step + HANG)
    }

    fn load(&mut self, model: ModelSpec, params: Params) {
        let name = model.name();
        match self.worker() {
            Ok(worker) => {
                worker.send(Command::Load { model, params });
                self.loading = Some(name);
            }
            Err(reason) => self.fail(None, EngineError::Load { name, reason }, Vec::new()),
        }
    }

    fn generate(&mut self, request: Request, accepted: Instant) {
        let (run, params, name) = (request.run, request.params.clone(), request.model.name());
        self.start_run(Command::Generate(Box::new(request)), run, params, name, accepted);
    }

    fn start_run(&mut self, command: Command, run: RunId, params: Params, name: String, accepted: Instant) {
        let resident = self.resident;
        match self.worker() {
            Ok(worker) => {
                worker.send(command);
                if !resident {
                    self.loading = Some(name);
                }
                let (ttft, timings, last_at) = (None, Timings::default(), None);
                let last_step = accepted;
                self.active.push_back(Active {
                    run,
                    params,
                    accepted,
                    ttft,
                    timings,
                    last_at,
                    last_step,
                    cancelled: false,
                });
            }
            Err(reason) => self.fail(Some(run), EngineError::Load { name, reason }, Vec::new()),
        }
    }

    fn cancel(&mut self, run: RunId) {
        let Some(index) = self.active.iter().position(|active| active.run == run) else {
            return; // It has ended meanwhile.
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
        if let Some(worker) = &self.worker {
            worker.send(Command::Cancel(run));
        }
    }

    fn unload(&mut self) {
        let was_there = self.worker.is_some();
        self.drop_worker();
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
        if let Some(front) = self.active.front_mut() {
            front.last_step = at;
        }
        match frame {
            Frame::Loading(share) => self.say(EngineEvent::Loading(share)),
            Frame::Loaded(info) => {
                self.loading = None;
                self.resident = true;
                self.say(EngineEvent::Loaded(info));
            }
            Frame::Hashed(sha256) => self.say(EngineEvent::Hashed(sha256)),
            Frame::Failed { run, error } => {
                self.loading = None;
                // A model that cannot be loaded has pushed out the one before.
                self.resident &= !matches!(error, EngineError::Load { .. } | EngineError::Context { .. });
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
        let (cause, log) = worker.end(broken);
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
        self.generation += 1;
    }

    /// The worker, started where there is none, or why there can be none.
    fn worker(&mut self) -> Result<&Worker, String> {
        if self.worker.is_none() {
            self.check_deaths()?;
            self.generation += 1;
            let worker = self.launcher.start(self.generation, &self.messages).map_err(|error| {
                self.deaths.push_back(now());
                let program = self.launcher.program.display();
                format!("cannot start the engine process `{program}`: {error}")
            })?;
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

impl Active {
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
