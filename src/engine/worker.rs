//! The worker side: the hidden sub-command's loop. Reads requests from standard input,
//! writes frames to standard output; a reader thread sets the cancel flag.

mod carry;
mod digest;
pub(super) mod log;
mod process;
mod repeat;

use std::{
    fs::File,
    io,
    ops::ControlFlow,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    time::{Duration, Instant},
};

use self::{carry::Carry, digest::Digest, repeat::Guard};
#[cfg(feature = "llama")]
use super::llama::Llama;
use super::{
    Backend, Engine, EngineError, ModelSpec, Next, Step, generate,
    protocol::{
        Request, RunId,
        frame::{self, Command, Frame, WireTimings},
    },
    scripted::Scripted,
};
use crate::report::{
    model::{DEFAULT_NUM_PREDICT, Params, Stop},
    prompt::{self, Prompt, SYSTEM_SLOT, Style, USER_SLOT},
};

/// Exit code when the worker cannot set itself up.
const SETUP_FAILED: u8 = 4;
/// After standard input closed, the time a step may still take before the process ends
/// itself: nobody is left to read what it says.
const GRACE: Duration = Duration::from_secs(3);

/// The clock of the engines: they stamp their steps with it.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }
    /// Since the start.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Runs the worker until its input closes. Returns the process's exit code.
pub fn run() -> u8 {
    log::install();
    let output = match process::take_stdout() {
        Ok(output) => output,
        Err(error) => {
            tracing::error!("cannot take standard output: {error}");
            return SETUP_FAILED;
        }
    };
    process::harden();
    let (sender, commands) = mpsc::channel();
    let control = Control::default();
    let reader = control.clone();
    std::thread::spawn(move || reader.listen(io::stdin(), &sender));
    Worker { output, commands, control }.serve();
    0
}

/// What the reader thread tells the loop between steps.
#[derive(Clone, Debug, Default)]
struct Control {
    cancelled: Arc<Mutex<Vec<RunId>>>,
    quit: Arc<AtomicBool>,
}

impl Control {
    fn listen(&self, mut input: impl io::Read, commands: &Sender<Command>) {
        loop {
            match frame::read(&mut input) {
                Ok(Some(Command::Cancel(run))) => self.runs().push(run),
                Ok(Some(Command::Quit) | None) => break,
                Ok(Some(command)) => {
                    if commands.send(command).is_err() {
                        return;
                    }
                }
                Err(error) => {
                    tracing::error!("{error}");
                    break;
                }
            }
        }
        self.quit.store(true, Ordering::Relaxed);
        // The loop may wait for a command: wake it.
        let _ = commands.send(Command::Quit);
        std::thread::sleep(GRACE);
        std::process::exit(0);
    }

    fn runs(&self) -> MutexGuard<'_, Vec<RunId>> {
        self.cancelled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_quitting(&self) -> bool {
        self.quit.load(Ordering::Relaxed)
    }

    fn is_cancelled(&self, run: Option<RunId>) -> bool {
        self.is_quitting() || run.is_some_and(|run| self.runs().contains(&run))
    }

    fn forget(&self, run: RunId) {
        self.runs().retain(|other| *other != run);
    }
}

/// Stands in for llama.cpp in a build without it.
#[cfg(not(feature = "llama"))]
struct Llama;

#[cfg(not(feature = "llama"))]
impl Llama {
    fn new() -> Self {
        Self
    }
}

#[cfg(not(feature = "llama"))]
impl Backend for Llama {
    fn session(
        &mut self,
        model: &ModelSpec,
        _: &Params,
        _: &mut dyn FnMut(f32) -> ControlFlow<()>,
        _: &mut dyn FnMut(&mut dyn Engine),
    ) -> Result<(), EngineError> {
        let reason =
            "this build has no llama.cpp; use the model `scripted`, or a build with the feature `llama`";
        Err(EngineError::Load { name: model.name(), reason: reason.into() })
    }
}

/// What a session is made with: another key needs another session.
#[derive(Clone, PartialEq)]
struct Key {
    model: ModelSpec,
    num_gpu: Option<u32>,
    num_ctx: Option<u32>,
    threads: Option<u32>,
}

impl Key {
    fn of(model: &ModelSpec, params: &Params) -> Self {
        Self {
            model: model.clone(),
            num_gpu: params.num_gpu,
            num_ctx: params.num_ctx,
            threads: params.threads,
        }
    }
}

struct Worker {
    output: File,
    commands: Receiver<Command>,
    control: Control,
}

impl Worker {
    fn serve(&self) {
        let (mut scripted, mut llama) = (Scripted, Llama::new());
        let mut command = self.next();
        while let Some(current) = command {
            let (model, params) = match &current {
                Command::Load { model, params } => (model.clone(), params.clone()),
                Command::Generate(request) => (request.model.clone(), request.params.clone()),
                Command::Cancel(_) => {
                    command = self.next();
                    continue;
                }
                Command::Quit => return,
            };
            let backend: &mut dyn Backend = match model {
                ModelSpec::Scripted(_) => &mut scripted,
                ModelSpec::File(_) => &mut llama,
            };
            command = self.session(backend, &model, &params, current);
        }
    }

    /// The next command; `None` when the host is gone.
    fn next(&self) -> Option<Command> {
        if self.control.is_quitting() {
            return None;
        }
        self.commands.recv().ok()
    }

    /// Tells the host; a host that is gone ends the work.
    fn send(&self, frame: &Frame) -> Next {
        match frame::write(&mut &self.output, frame) {
            Ok(()) => Next::Go,
            Err(error) => {
                tracing::error!("cannot write a frame: {error}");
                self.control.quit.store(true, Ordering::Relaxed);
                Next::Stop
            }
        }
    }

    /// Loads the model of `first` and serves it and all that follow with the same key.
    /// Returns the command that needs another session.
    fn session(
        &self,
        backend: &mut dyn Backend,
        model: &ModelSpec,
        params: &Params,
        first: Command,
    ) -> Option<Command> {
        let key = Key::of(model, params);
        let run = run_of(&first);
        let watch = Stopwatch::start();
        let mut waiting = Some(first);
        let mut other = None;
        let mut progress = |share: f32| {
            if self.control.is_cancelled(run) || self.send(&Frame::Loading(share)) == Next::Stop {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        };
        let loaded = backend.session(model, params, &mut progress, &mut |engine| {
            let mut load = watch.elapsed();
            let mut digest = Digest::of(model);
            let mut command = waiting.take().or_else(|| self.next());
            self.send(&Frame::Loaded(Box::new(engine.model().clone())));
            let mut announced = true;
            while let Some(current) = command {
                match current {
                    Command::Load { model, params } if Key::of(&model, &params) == key => {
                        if !announced {
                            self.send(&Frame::Loaded(Box::new(engine.model().clone())));
                        }
                    }
                    Command::Generate(request) if Key::of(&request.model, &request.params) == key => {
                        self.generate(engine, &request, load, &mut digest);
                    }
                    Command::Cancel(_) => {}
                    Command::Quit => return,
                    different => {
                        other = Some(different);
                        return;
                    }
                }
                load = Duration::ZERO;
                announced = false;
                command = self.next();
            }
        });
        if let Err(error) = loaded {
            self.failed_to_load(waiting.take(), error);
            return self.next();
        }
        other
    }

    fn failed_to_load(&self, command: Option<Command>, error: EngineError) {
        match command {
            Some(Command::Generate(request)) if error == EngineError::Cancelled => {
                self.cancelled(request.run, request.params);
            }
            command => {
                let run = command.as_ref().and_then(run_of);
                self.send(&Frame::Failed { run, error });
            }
        }
    }

    fn cancelled(&self, run: RunId, used: Params) {
        self.control.forget(run);
        let timings = Box::new(WireTimings::default());
        self.send(&Frame::Finished { run, stop: Stop::Cancelled, timings, used });
    }

    fn generate(&self, engine: &mut dyn Engine, request: &Request, load: Duration, digest: &mut Digest) {
        let run = request.run;
        if self.control.is_cancelled(Some(run)) {
            self.cancelled(run, request.params.clone());
            return;
        }
        let template = match request.prompt.style {
            Style::Chat => engine.render(SYSTEM_SLOT, USER_SLOT),
            Style::Document => None,
        };
        let room = room(engine.model().num_ctx, &request.params);
        let parts = |prompt: &Prompt| prompt::parts(prompt, template.as_deref());
        let fitted = prompt::fit(&request.prompt, room, &mut |prompt| engine.count_tokens(&parts(prompt)));
        let fitted = match fitted {
            Ok(fitted) => fitted,
            Err(long) => {
                let error = EngineError::TooLong { needed: long.needed, room: long.room };
                self.send(&Frame::Failed { run: Some(run), error });
                return;
            }
        };
        let parts = parts(&fitted.prompt);
        self.send(&Frame::Fitted { run, prompt_tokens: fitted.tokens, left_out: fitted.left_out });

        let mut stream =
            Stream { worker: self, run, carry: Carry::default(), guard: Guard::default(), looped: None };
        let outcome = generate(engine, &parts, &request.params, &mut |step| stream.step(step));
        stream.finish();
        let looped = stream.looped.take();
        self.control.forget(run);
        if let Some(digest) = digest.take() {
            self.send(&Frame::Hashed(digest));
        }
        let frame = match outcome {
            Ok(mut outcome) => {
                outcome.timings.load = load;
                let stop = match looped {
                    Some(words) if outcome.stop == Stop::Cancelled => Stop::Loop(words),
                    _ => outcome.stop,
                };
                Frame::Finished { run, stop, timings: Box::new(outcome.timings.into()), used: outcome.used }
            }
            Err(error) => Frame::Failed { run: Some(run), error },
        };
        self.send(&frame);
    }
}

fn run_of(command: &Command) -> Option<RunId> {
    match command {
        Command::Generate(request) => Some(request.run),
        Command::Cancel(run) => Some(*run),
        Command::Load { .. } | Command::Quit => None,
    }
}

/// Tokens a prompt may have: the context less the room kept for the answer, which takes
/// half of a context that is too small for both.
fn room(num_ctx: u32, params: &Params) -> usize {
    let answer = params.num_predict.unwrap_or(DEFAULT_NUM_PREDICT).min(num_ctx / 2);
    (num_ctx - answer) as usize
}

/// One answer on its way out.
struct Stream<'a> {
    worker: &'a Worker,
    run: RunId,
    carry: Carry,
    guard: Guard,
    looped: Option<String>,
}

impl Stream<'_> {
    fn step(&mut self, step: Step) -> Next {
        let run = self.run;
        let sent = match step {
            Step::Prefill { done, total, cached } => {
                self.worker.send(&Frame::Prefill { run, done, total, cached })
            }
            Step::Piece { bytes, at, .. } => {
                let text = self.carry.push(&bytes);
                self.looped = self.guard.push(&bytes);
                self.worker.send(&Frame::Piece { run, text, tokens: 1, at })
            }
        };
        let ends = self.looped.is_some() || self.worker.control.is_cancelled(Some(run));
        if ends { Next::Stop } else { sent }
    }

    /// Bytes that never became a character are shown as such, not dropped.
    fn finish(&mut self) {
        let text = self.carry.finish();
        if !text.is_empty() {
            let at = Duration::ZERO;
            self.worker.send(&Frame::Piece { run: self.run, text, tokens: 0, at });
        }
    }
}
