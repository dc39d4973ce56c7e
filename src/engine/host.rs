//! The host side: starts the worker process, sends requests, turns frames into events.
//! The worker dying costs a notice and nothing else.

mod log;
mod process;
mod sight;
mod supervisor;

use std::{
    ffi::OsString,
    io,
    path::PathBuf,
    process::{Command as Program, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    time::{Duration, Instant},
};

pub use self::sight::{Sight, peak_memory};
use self::{
    process::Worker,
    supervisor::{Message, Supervisor},
};
use super::{
    ModelSpec, cards,
    measure::Measuring,
    protocol::{EngineEvent, Request, RunId},
};
use crate::report::model::Params;

/// Name of the hidden sub-command that is the worker.
pub const WORKER_COMMAND: &str = "engine-worker";

/// Time that ending the worker may take when the host is dropped. The worker is killed at
/// once; only a listener that blocks in `send` can use this up.
const DROP_PATIENCE: Duration = Duration::from_secs(2);

/// A handle on the engine process. Dropping it ends the process.
#[derive(Debug)]
pub struct Host {
    /// Unbounded: a user asks a few times a second at most, and `generate` must not block.
    messages: Sender<Message>,
    pid: Arc<AtomicU32>,
    done: Receiver<()>,
}

impl Host {
    /// Makes a host; no process yet. `send` gets every event, from a thread of the host's;
    /// it returns `false` when nobody listens any more. `log` is the file for the engine's log,
    /// `folder` that of the model cards.
    pub fn new(
        log: Option<PathBuf>,
        folder: PathBuf,
        mut send: impl FnMut(EngineEvent) -> bool + Send + 'static,
    ) -> Self {
        Self::with_program(this_program(), log, move |mut event| {
            if let EngineEvent::Loaded(info) = &mut event {
                info.card = cards::load(&folder, info);
            }
            send(event)
        })
    }

    /// The same with another program as the worker (tests: the shipped binary).
    pub fn with_program(
        program: PathBuf,
        log: Option<PathBuf>,
        send: impl FnMut(EngineEvent) -> bool + Send + 'static,
    ) -> Self {
        let (messages, inbox) = mpsc::channel();
        let (ended, done) = mpsc::channel();
        let pid = Arc::new(AtomicU32::new(0));
        let supervisor =
            Supervisor::new(Launcher { program, log }, messages.clone(), Arc::clone(&pid), Box::new(send));
        // One thread starts every worker and lives as long as the host: a worker asks to
        // be killed when the thread that started it ends.
        let thread = std::thread::Builder::new().name("engine-host".into());
        let started = thread.spawn(move || {
            supervisor.run(&inbox);
            let _ = ended.send(());
        });
        if let Err(error) = started {
            tracing::error!("cannot start the engine's thread: {error}");
        }
        Self { messages, pid, done }
    }

    /// Loads a model (starts the worker when there is none).
    pub fn load(&mut self, model: ModelSpec, params: Params) {
        self.tell(Message::Load(model, params));
    }
    /// Generates; the answer comes as events with the request's run.
    pub fn generate(&mut self, request: Request) {
        self.tell(Message::Generate(Box::new(request), now()));
    }
    /// Measures without a sampler; answered by `Measured` or `Failed`.
    pub fn measure(&mut self, asked: Measuring) {
        self.tell(Message::Measure(Box::new(asked), now()));
    }
    /// Cancels a run: answered by `Finished` with `Stop::Cancelled`. A second call, or no step
    /// for five seconds, kills the worker.
    pub fn cancel(&mut self, run: RunId) {
        self.tell(Message::Cancel(run));
    }
    /// Ends the worker: all its memory is given back.
    pub fn unload(&mut self) {
        self.tell(Message::Unload);
    }
    /// Process id of the worker, when there is one (tests kill it).
    pub fn worker_pid(&self) -> Option<u32> {
        Some(self.pid.load(Ordering::Acquire)).filter(|&pid| pid != 0)
    }

    /// A host whose thread is gone has no listener either.
    fn tell(&self, message: Message) {
        let _ = self.messages.send(message);
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.tell(Message::Shutdown);
        let _ = self.done.recv_timeout(DROP_PATIENCE);
    }
}

/// The host's clock.
fn now() -> Instant {
    Instant::now()
}

/// This executable; also when an update has replaced its file meanwhile.
fn this_program() -> PathBuf {
    let itself = || PathBuf::from("/proc/self/exe");
    std::env::current_exe().ok().filter(|path| path.exists()).unwrap_or_else(itself)
}

/// How a worker is started.
struct Launcher {
    program: PathBuf,
    log: Option<PathBuf>,
}

impl Launcher {
    fn start(&self, generation: u64, messages: &Sender<Message>) -> io::Result<Worker> {
        let child = Program::new(&self.program)
            .arg(OsString::from(WORKER_COMMAND))
            // Without it an abort of ggml starts a debugger for a backtrace: seconds of delay.
            .env("GGML_NO_BACKTRACE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        Worker::attach(child, generation, messages, self.log.as_deref())
    }
}
