//! The worker side: the hidden sub-command's loop. Reads requests from standard input,
//! writes frames to standard output; a reader thread sets the cancel flag.

mod carry;
mod digest;
mod figures;
pub(super) mod log;
mod process;
mod repeat;
mod writer;

use std::{
    cell::RefCell,
    ffi::OsString,
    fs::File,
    io,
    ops::ControlFlow,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    time::{Duration, Instant},
};

use self::{
    carry::Carry,
    digest::Digest,
    figures::Figures,
    repeat::Guard,
    writer::{Listener, Writer},
};
#[cfg(feature = "llama")]
use super::llama::Llama;
use super::{
    Backend, Engine, EngineError, Held, Keeping, Loading, ModelSpec, Next, Step,
    confine::{Confined, Confinement},
    generate,
    measure::Measuring,
    protocol::{
        Request, RunId,
        frame::{self, Command, Frame, WireTimings},
    },
    remote::Remote,
    scripted::Scripted,
};
use crate::report::{
    model::{ContextSettings, DEFAULT_NUM_PREDICT, Params, Stop},
    prompt::{self, Fitted, Part, Prompt, SYSTEM_SLOT, Style, TooLong, USER_SLOT},
    writing::{Dropped, FigureForm, Passage, Writing},
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

/// Runs the worker until its input closes: `arguments` say what it may touch; one that may use
/// the network serves models at endpoints and no others. Returns the process's exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    log::install();
    let output = match process::take_stdout() {
        Ok(output) => output,
        Err(error) => {
            tracing::error!("cannot take standard output: {error}");
            return SETUP_FAILED;
        }
    };
    let confinement = match Confinement::from_arguments(arguments) {
        Ok(confinement) => confinement,
        Err(argument) => {
            tracing::error!("the engine process knows no `{}`", argument.display());
            return SETUP_FAILED;
        }
    };
    process::harden();
    // Before there is another thread: each would have to be confined for itself.
    let confined = confinement.enforce();
    tracing::info!("{confined}");
    let (sender, commands) = mpsc::channel();
    let control = Control::default();
    let reader = control.clone();
    std::thread::spawn(move || reader.listen(io::stdin(), &sender));
    let is_remote = confinement.is_remote();
    Worker { output, commands, control, is_remote }.serve(confined, confinement.cache().cloned());
    0
}

/// What the reader thread tells the loop between steps.
#[derive(Clone, Debug, Default)]
struct Control {
    cancelled: Arc<Mutex<Vec<RunId>>>,
    quit: Arc<AtomicBool>,
    /// Commands that were read and not taken yet.
    waiting: Arc<AtomicUsize>,
}

impl Control {
    fn listen(&self, mut input: impl io::Read, commands: &Sender<Command>) {
        loop {
            match frame::read(&mut input) {
                Ok(Some(Command::Cancel(run))) => self.runs().push(run),
                Ok(Some(Command::Quit) | None) => break,
                Ok(Some(command)) => {
                    self.waiting.fetch_add(1, Ordering::Relaxed);
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

/// llama.cpp, or what stands in for it in a build without.
#[cfg(feature = "llama")]
fn llama(keeping: Option<Keeping>) -> Llama {
    Llama::new(keeping)
}

#[cfg(not(feature = "llama"))]
fn llama(_: Option<Keeping>) -> Refusing {
    Refusing("this build has no llama.cpp; use the model `scripted`, or a build with the feature `llama`")
}

/// In the place of an engine that this process has not: says why.
struct Refusing(&'static str);

impl Backend for Refusing {
    fn session(
        &mut self,
        model: &ModelSpec,
        _: &Params,
        _: &mut dyn FnMut(Loading) -> ControlFlow<()>,
        _: &mut dyn FnMut(&mut dyn Engine),
    ) -> Result<(), EngineError> {
        Err(EngineError::Load { name: model.name(), reason: self.0.into() })
    }
}

/// What a session is made with: another key needs another session.
#[derive(Clone, PartialEq)]
pub(super) struct Key {
    model: ModelSpec,
    context: ContextSettings,
}

impl Key {
    pub(super) fn of(model: &ModelSpec, params: &Params) -> Self {
        Self { model: model.clone(), context: params.context() }
    }
}

struct Worker {
    output: File,
    commands: Receiver<Command>,
    control: Control,
    is_remote: bool,
}

impl Worker {
    fn serve(&self, confined: Confined, keeping: Option<Keeping>) {
        let mut confined = Some(confined);
        let (mut scripted, mut llama, mut remote) = (Scripted, llama(keeping), Remote);
        let mut misplaced =
            Refusing("this engine process is for the other kind of models: files or endpoints");
        let mut command = self.next();
        while let Some(current) = command {
            let (model, params) = match &current {
                Command::Load { model, params } => (model.clone(), params.clone()),
                Command::Generate(request) => (request.model.clone(), request.params.clone()),
                Command::Freshen(request) => {
                    self.freshened(request.run, false, Held::default());
                    command = self.next();
                    continue;
                }
                Command::Measure(asked) => (asked.model.clone(), asked.params.clone()),
                Command::Cancel(_) => {
                    command = self.next();
                    continue;
                }
                Command::Quit => return,
            };
            // Behind the first command: a process that is asked for nothing says nothing.
            if let Some(confined) = confined.take() {
                self.send(&Frame::Confined(confined));
            }
            let backend: &mut dyn Backend = match model {
                _ if model.is_remote() != self.is_remote => &mut misplaced,
                ModelSpec::Scripted(_) => &mut scripted,
                ModelSpec::File(_) => &mut llama,
                ModelSpec::Remote(_) => &mut remote,
            };
            command = self.session(backend, &model, &params, current);
        }
    }

    /// The next command; `None` when the host is gone.
    fn next(&self) -> Option<Command> {
        if self.control.is_quitting() {
            return None;
        }
        let command = self.commands.recv().ok()?;
        // The one that wakes the loop to its end was not counted.
        let _ = self
            .control
            .waiting
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |waiting| waiting.checked_sub(1));
        Some(command)
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
        let mut progress = |loading: Loading| {
            let frame = match loading {
                Loading::Share(share) => Frame::Loading(share),
                Loading::SteppedDown(step) => Frame::SteppedDown(step),
            };
            if self.control.is_cancelled(run) || self.send(&frame) == Next::Stop {
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
                        if let Some(held) = engine.keep() {
                            self.send(&Frame::Held { run: None, held, is_whole: true });
                        }
                    }
                    Command::Freshen(request) => {
                        if Key::of(&request.model, &request.params) == key {
                            self.freshen(engine, &request);
                        } else {
                            self.freshened(request.run, false, engine.held());
                        }
                    }
                    Command::Measure(asked) if Key::of(&asked.model, &asked.params) == key => {
                        self.measure(engine, &asked);
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

    fn measure(&self, engine: &mut dyn Engine, asked: &Measuring) {
        let run = asked.run;
        let measured = engine.measure(&asked.what, &mut || self.control.is_cancelled(Some(run)));
        self.control.forget(run);
        self.send(&match measured {
            Ok(measured) => Frame::Measured { run, measured },
            Err(error) => Frame::Failed { run: Some(run), error },
        });
    }

    fn generate(&self, engine: &mut dyn Engine, request: &Request, load: Duration, digest: &mut Digest) {
        let run = request.run;
        if self.control.is_cancelled(Some(run)) {
            self.cancelled(run, request.params.clone());
            return;
        }
        let fitted = Self::fit(engine, request);
        let fitted = match fitted {
            Ok(fitted) => fitted,
            Err(long) => {
                let error = EngineError::TooLong { needed: long.needed, room: long.room };
                self.send(&Frame::Failed { run: Some(run), error });
                return;
            }
        };
        let (fitted, parts) = fitted;
        self.send(&Frame::Fitted { run, prompt_tokens: fitted.tokens, left_out: fitted.left_out });

        let stream = RefCell::new(Stream::new(self, run, request.writing.as_deref()));
        let mut emit = |step| stream.borrow_mut().step(step);
        let outcome = match &request.writing {
            None => generate(engine, &parts, &request.params, &mut emit),
            Some(writing) => {
                let prompt = text_of(&fitted.prompt);
                engine.write(&parts, &request.params, &mut emit, &mut |pen| {
                    Writer::new(writing, &prompt, pen, &mut &stream).write()
                })
            }
        };
        let mut stream = stream.into_inner();
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

impl Worker {
    /// The prompt of a request as far as it fits, and what the engine gets of it.
    fn fit(engine: &mut dyn Engine, request: &Request) -> Result<(Fitted, Vec<Part>), TooLong> {
        let template = match request.prompt.style {
            Style::Chat => engine.render(SYSTEM_SLOT, USER_SLOT),
            Style::Document => None,
        };
        let room = room(engine.model().num_ctx, &request.params);
        let parts = |prompt: &Prompt| prompt::parts(prompt, template.as_deref());
        let fitted = prompt::fit(&request.prompt, room, &mut |prompt| engine.count_tokens(&parts(prompt)))?;
        let parts = parts(&fitted.prompt);
        Ok((fitted, parts))
    }

    /// Evaluates a prompt that may be asked for, until something is.
    fn freshen(&self, engine: &mut dyn Engine, request: &Request) {
        let run = request.run;
        let mut emit = |step| {
            let is_wanted_elsewhere = self.control.waiting.load(Ordering::Relaxed) > 0;
            match step {
                // What was evaluated to its end is not thrown away.
                Step::Prefill { done, total, .. } if done == total => Next::Go,
                _ if is_wanted_elsewhere || self.control.is_cancelled(Some(run)) => Next::Stop,
                _ => Next::Go,
            }
        };
        let mut is_whole = false;
        if let Ok((_, parts)) = Self::fit(engine, request) {
            let outcome = engine.write(&parts, &request.params, &mut emit, &mut |_| {
                is_whole = true;
                Ok(Stop::Cancelled)
            });
            if let Err(error) = outcome {
                tracing::warn!("a prompt could not be evaluated ahead: {error}");
            }
        }
        self.control.forget(run);
        self.freshened(run, is_whole, engine.held());
    }

    fn freshened(&self, run: RunId, is_whole: bool, held: Held) {
        self.send(&Frame::Held { run: Some(run), held, is_whole });
    }
}

fn run_of(command: &Command) -> Option<RunId> {
    match command {
        Command::Generate(request) => Some(request.run),
        Command::Measure(asked) => Some(asked.run),
        Command::Cancel(run) => Some(*run),
        Command::Load { .. } | Command::Freshen(_) | Command::Quit => None,
    }
}

/// Tokens a prompt may have: the context less the room kept for the answer, which takes
/// half of a context that is too small for both.
fn room(num_ctx: u32, params: &Params) -> usize {
    let answer = params.num_predict.unwrap_or(DEFAULT_NUM_PREDICT).min(num_ctx / 2);
    (num_ctx - answer) as usize
}

/// What the model reads of a prompt.
fn text_of(prompt: &Prompt) -> String {
    let texts: Vec<&str> = prompt.blocks.iter().map(|block| block.text.as_str()).collect();
    texts.join("\n")
}

/// One answer on its way out.
struct Stream<'a> {
    worker: &'a Worker,
    run: RunId,
    carry: Carry,
    /// References that are replaced by their figures on the way.
    figures: Option<Figures<'a>>,
    /// Ends free text that repeats itself; the sentences of a plan have a gate of their own.
    guard: Option<Guard>,
    looped: Option<String>,
    /// Bytes of text sent.
    sent: usize,
    /// Bytes sent when the sentence began that is being written.
    mark: usize,
}

impl<'a> Stream<'a> {
    fn new(worker: &'a Worker, run: RunId, writing: Option<&'a Writing>) -> Self {
        let guard = writing.is_none().then(Guard::default);
        let figures = writing.filter(|writing| writing.form == FigureForm::Reference).map(Figures::of);
        Self { worker, run, carry: Carry::default(), figures, guard, looped: None, sent: 0, mark: 0 }
    }

    fn step(&mut self, step: Step) -> Next {
        let run = self.run;
        let sent = match step {
            Step::Waiting => Next::Go,
            Step::Prefill { done, total, cached } => {
                self.worker.send(&Frame::Prefill { run, done, total, cached })
            }
            Step::Piece { bytes, sampled, at } => {
                let mut text = self.carry.push(&bytes);
                if let Some(figures) = &mut self.figures {
                    text = figures.push(&text);
                }
                self.looped = self.guard.as_mut().and_then(|guard| guard.push(&bytes));
                self.sent += text.len();
                self.worker.send(&Frame::Piece { run, text, tokens: u32::from(sampled), at })
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

/// A host that is gone is noticed at the next step.
impl Listener for &RefCell<Stream<'_>> {
    fn mark(&mut self) {
        let mut stream = self.borrow_mut();
        stream.mark = stream.sent;
    }
    fn withdraw(&mut self, dropped: Dropped) {
        let mut stream = self.borrow_mut();
        stream.carry = Carry::default();
        if let Some(figures) = &mut stream.figures {
            figures.held.clear();
        }
        stream.sent = stream.mark;
        stream.worker.send(&Frame::Withdrawn { run: stream.run, length: stream.mark, dropped });
    }
    fn pass(&mut self, passage: Passage) {
        let mut stream = self.borrow_mut();
        stream.mark = stream.sent;
        stream.worker.send(&Frame::Passed { run: stream.run, passage });
    }
}
