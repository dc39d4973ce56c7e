//! The engine without a loop: asks the host and waits for its answer, and for signals.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    },
    time::{Duration, Instant},
};

use super::{Failure, FailureKind};
use crate::{
    config::{Config, Paths},
    engine::{
        EngineError, ModelSpec,
        confine::Confined,
        host::{Bounds, Host},
        measure::{Measure, Measured, Measuring},
        protocol::{EngineEvent, Request, RunId},
    },
    metrics::generation::Timings,
    report::{
        model::{ModelInfo, Params, Stop},
        pipeline::CallResult,
        prompt::Prompt,
        writing::{Dropped, Writing},
    },
    signals::{self, Signal},
    text::sanitize::Shown,
};

/// Pieces come one by one and are taken at once; a reader that stalls (a stopped
/// terminal) holds the engine up instead of filling memory.
const NEWS: usize = 1024;
/// After a signal the engine gets so long to give its text back.
const PATIENCE: Duration = Duration::from_secs(8);
/// So many signals end the program where it stands.
const INSISTENCE: usize = 3;

enum News {
    Engine(EngineEvent),
    Signal(Signal),
}

/// Why a call or a load did not come to its end.
#[derive(Clone, Debug)]
pub(super) enum Halt {
    /// A signal came.
    Signal(Signal),
    /// The engine failed; the last lines of its log.
    Failed(EngineError, Vec<String>),
}

impl Halt {
    /// What a report says of it.
    pub fn reason(&self) -> String {
        match self {
            Halt::Signal(Signal::Interrupt) => "cancelled".into(),
            Halt::Signal(signal) => format!("ended by signal ({})", signal.exit_code()),
            Halt::Failed(error, _) => error.to_string(),
        }
    }
    /// The same as the command's failure.
    pub fn failure(&self) -> Failure {
        match self {
            Halt::Signal(signal) => Failure::new(FailureKind::Signal(*signal), ""),
            Halt::Failed(error, log) => {
                let failure = Failure::new(FailureKind::Engine, error);
                if log.is_empty() {
                    failure
                } else {
                    failure.hint(format!("engine log:\n{}", log.join("\n")))
                }
            }
        }
    }
}

/// What came of a call.
#[derive(Debug)]
pub(super) struct Answer {
    /// The text and how it ended.
    pub result: CallResult,
    /// Wall time of the call.
    pub took: Duration,
    /// SHA-256 of the model file, where it became known with this call.
    pub model_sha256: Option<String>,
    /// Why it is not whole, if it is not.
    pub halt: Option<Halt>,
}

/// What a command shows meanwhile.
pub(super) trait Watch {
    /// Loading, 0 to 1.
    fn loading(&mut self, done: f32);
    /// What should be known of the load: a way that failed, or that no GPU is used.
    fn note(&mut self, _text: &str) {}
    /// Prompt tokens evaluated.
    fn prefill(&mut self, done: usize, total: usize);
    /// Text.
    fn piece(&mut self, text: &str);
    /// The end of the text, which does not hold.
    fn withdrawn(&mut self, _text: &str, _dropped: &Dropped) {}
}

/// An engine and the signals that end the program.
pub(super) struct Drive {
    host: Host,
    paths: Paths,
    bounds: Bounds,
    /// What hosts send with.
    sender: SyncSender<News>,
    news: Receiver<News>,
    runs: u64,
    signal: Option<Signal>,
    /// Time of a load that no call has been charged with yet.
    load: Duration,
    /// What the engine's process is kept from, once it has started.
    pub confined: Option<Confined>,
}

impl Drive {
    /// Starts listening; no engine yet.
    pub fn start(config: &Config) -> io::Result<Self> {
        let (sender, news) = mpsc::sync_channel(NEWS);
        let signals = sender.clone();
        let count = Arc::new(AtomicUsize::new(0));
        signals::listen_for_end(move |signal| {
            // Whatever the command is busy with, somebody who insists is heard.
            if count.fetch_add(1, Ordering::Relaxed) + 1 >= INSISTENCE {
                std::process::exit(i32::from(signal.exit_code()));
            }
            // A full channel is read soon; no reader, no need.
            let _ = signals.send(News::Signal(signal));
        })?;
        let (paths, bounds) = (config.paths.clone(), config.bounds());
        let host = host(&paths, &bounds, sender.clone());
        let (signal, confined) = (None, None);
        Ok(Drive { host, paths, bounds, sender, news, runs: 0, signal, load: Duration::ZERO, confined })
    }

    /// Ends the engine's process; the next load starts another. What it had used, and that it
    /// died, if it did, is forgotten with it.
    pub fn renew(&mut self) {
        self.host = host(&self.paths, &self.bounds, self.sender.clone());
        self.load = Duration::ZERO;
        // What the old one had still to say is about nothing any more.
        self.signal();
    }

    /// Process id of the engine.
    pub fn engine_pid(&self) -> Option<u32> {
        self.host.worker_pid()
    }

    /// A signal that came while nothing was asked of the engine.
    pub fn signal(&mut self) -> Option<Signal> {
        while let Ok(news) = self.news.try_recv() {
            if let News::Signal(signal) = news {
                self.signal.get_or_insert(signal);
            }
        }
        self.signal
    }

    /// Loads a model.
    pub fn load(
        &mut self,
        model: &ModelSpec,
        params: &Params,
        watch: &mut dyn Watch,
    ) -> Result<ModelInfo, Halt> {
        if let Some(signal) = self.signal() {
            return Err(Halt::Signal(signal));
        }
        let began = Instant::now();
        self.host.load(model.clone(), params.clone());
        loop {
            match self.next(None)? {
                News::Signal(signal) => {
                    self.signal = Some(signal);
                    self.host.unload();
                    return Err(Halt::Signal(signal));
                }
                News::Engine(EngineEvent::Confined(confined)) => self.confined = Some(confined),
                News::Engine(EngineEvent::Loading(done)) => watch.loading(done),
                News::Engine(EngineEvent::SteppedDown(step)) => watch.note(&step.to_string()),
                News::Engine(EngineEvent::Loaded(info)) => {
                    self.load = began.elapsed();
                    if let Some(reason) = &info.fallback {
                        watch.note(&format!("the model runs on the CPU: {reason}"));
                    }
                    return Ok(*info);
                }
                News::Engine(EngineEvent::Failed { error, log, .. }) => return Err(Halt::Failed(error, log)),
                News::Engine(_) => {}
            }
        }
    }

    /// Measures without a sampler.
    pub fn measure(&mut self, model: &ModelSpec, params: &Params, what: Measure) -> Result<Measured, Halt> {
        if let Some(signal) = self.signal() {
            return Err(Halt::Signal(signal));
        }
        self.runs += 1;
        let run = RunId(self.runs);
        self.host.measure(Measuring { run, model: model.clone(), params: params.clone(), what });
        let mut cancelled: Option<Instant> = None;
        loop {
            match self.next(cancelled.map(|at| at + PATIENCE))? {
                News::Signal(signal) => {
                    self.signal.get_or_insert(signal);
                    cancelled.get_or_insert_with(Instant::now);
                    self.host.cancel(run);
                }
                News::Engine(EngineEvent::Measured { run: of, measured }) if of == run => {
                    return self.signal.map_or(Ok(measured), |signal| Err(Halt::Signal(signal)));
                }
                News::Engine(EngineEvent::Finished { run: of, .. }) if of == run => {
                    let ended = Halt::Failed(EngineError::Cancelled, Vec::new());
                    return Err(self.signal.map_or(ended, Halt::Signal));
                }
                News::Engine(EngineEvent::Failed { run: of, error, log })
                    if of.is_none_or(|of| of == run) =>
                {
                    let failed = Halt::Failed(error, log);
                    return Err(self.signal.map_or(failed, Halt::Signal));
                }
                News::Engine(_) => {}
            }
        }
    }

    /// Makes a call. The text that came is in the answer, however it ended.
    pub fn generate(
        &mut self,
        model: &ModelSpec,
        prompt: Prompt,
        writing: Option<Box<Writing>>,
        params: &Params,
        watch: &mut dyn Watch,
    ) -> Answer {
        self.runs += 1;
        let run = RunId(self.runs);
        let began = Instant::now();
        let load = std::mem::take(&mut self.load);
        let mut result = CallResult {
            text: String::new(),
            stop: Stop::Cancelled,
            timings: Timings::default(),
            left_out: Vec::new(),
            passages: Vec::new(),
            dropped: Vec::new(),
        };
        if let Some(signal) = self.signal() {
            return Answer {
                result,
                took: Duration::ZERO,
                model_sha256: None,
                halt: Some(Halt::Signal(signal)),
            };
        }
        let mut model_sha256 = None;
        self.host.generate(Request { run, model: model.clone(), prompt, params: params.clone(), writing });
        let mut cancelled: Option<Instant> = None;
        let halt = loop {
            let news = match self.next(cancelled.map(|at| at + PATIENCE)) {
                Ok(news) => news,
                Err(halt) => break Some(halt),
            };
            match news {
                News::Signal(signal) => {
                    self.signal.get_or_insert(signal);
                    cancelled.get_or_insert_with(Instant::now);
                    // The first asks, the second insists: the host kills the worker.
                    self.host.cancel(run);
                }
                News::Engine(event) => match event {
                    EngineEvent::Loading(done) => watch.loading(done),
                    EngineEvent::SteppedDown(step) => watch.note(&step.to_string()),
                    EngineEvent::Hashed(sha256) => model_sha256 = Some(sha256),
                    EngineEvent::Fitted { run: of, left_out, .. } if of == run => result.left_out = left_out,
                    EngineEvent::Prefill { run: of, done, total, .. } if of == run => {
                        watch.prefill(done, total);
                    }
                    EngineEvent::Piece { run: of, text, elapsed, .. } if of == run => {
                        result.timings.ttft.get_or_insert(elapsed);
                        watch.piece(&text);
                        result.text.push_str(&text);
                    }
                    EngineEvent::Withdrawn { run: of, length, dropped } if of == run => {
                        watch.withdrawn(result.text.get(length..).unwrap_or_default(), &dropped);
                        result.text.truncate(length);
                        result.dropped.push(dropped);
                    }
                    EngineEvent::Passed { run: of, passage } if of == run => result.passages.push(passage),
                    EngineEvent::Finished { run: of, stop, timings, .. } if of == run => {
                        result.stop = stop;
                        result.timings = *timings;
                        break self.signal.map(Halt::Signal);
                    }
                    EngineEvent::Failed { run: of, error, log } if of.is_none_or(|of| of == run) => {
                        let failed = Halt::Failed(error, log);
                        break Some(self.signal.map_or(failed, Halt::Signal));
                    }
                    _ => {}
                },
            }
        };
        if halt.is_some() && result.timings.total.is_zero() {
            result.timings.total = began.elapsed();
        }
        result.timings = result.timings.after_load(load);
        Answer { result, took: began.elapsed() + load, model_sha256, halt }
    }

    fn next(&mut self, deadline: Option<Instant>) -> Result<News, Halt> {
        let gone = || Halt::Failed(EngineError::Decode("the engine went away".into()), Vec::new());
        match deadline {
            None => self.news.recv().map_err(|_| gone()),
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                self.news.recv_timeout(left).map_err(|error| match (error, self.signal) {
                    (RecvTimeoutError::Timeout, Some(signal)) => Halt::Signal(signal),
                    _ => gone(),
                })
            }
        }
    }
}

fn host(paths: &Paths, bounds: &Bounds, sender: SyncSender<News>) -> Host {
    let send = move |event| sender.send(News::Engine(event)).is_ok();
    Host::new(paths.engine_log(), paths.cards(), bounds.clone(), send)
}

/// A model as a message names it.
pub(super) fn model_name(model: &ModelSpec) -> Shown {
    match model {
        ModelSpec::File(path) => Shown::from_path(path),
        ModelSpec::Scripted(name) if name.is_empty() => Shown::new("scripted"),
        ModelSpec::Scripted(name) => Shown::new(&format!("scripted:{name}")),
        ModelSpec::Remote(_) => Shown::new(&model.name()),
    }
}
