//! The host side: starts the worker process, sends requests, turns frames into events.
//! The worker dying costs a notice and nothing else.

mod log;
mod memory;
mod process;
mod sight;
mod supervisor;

use std::{
    env,
    ffi::{OsStr, OsString},
    fs, io,
    os::unix::fs::DirBuilderExt as _,
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
    Keeping, ModelSpec, cards,
    confine::Confinement,
    measure::Measuring,
    protocol::{EngineEvent, Request, RunId},
    remote::{PATIENCE_VARIABLE, key_variables},
};
use crate::report::model::Params;

/// Name of the hidden sub-command that is the worker.
pub const WORKER_COMMAND: &str = "engine-worker";

/// Time that ending the worker may take when the host is dropped. The worker is killed at
/// once; only a listener that blocks in `send` can use this up.
const DROP_PATIENCE: Duration = Duration::from_secs(2);

/// What the engine process may touch beyond its model.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Is it confined at all?
    pub confine: bool,
    /// Where it keeps evaluated prompts, the one folder that it writes to; made when it is not
    /// there.
    pub keeping: Option<Keeping>,
}

impl Default for Bounds {
    /// Confined, without a cache.
    fn default() -> Self {
        Self { confine: true, keeping: None }
    }
}

impl Bounds {
    /// What a worker for this model may touch.
    fn of(&self, model: &ModelSpec) -> Confinement {
        match model {
            _ if !self.confine => Confinement::off(model.is_remote(), self.keeping.as_ref()),
            ModelSpec::File(path) => Confinement::for_model(path, self.keeping.as_ref()),
            ModelSpec::Remote(_) => Confinement::for_remote(),
            ModelSpec::Scripted(_) => Confinement::default(),
        }
    }
}

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
        bounds: Bounds,
        mut send: impl FnMut(EngineEvent) -> bool + Send + 'static,
    ) -> Self {
        Self::bounded(this_program(), log, bounds, move |mut event| {
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
        Self::bounded(program, log, Bounds::default(), send)
    }

    /// The same with the bounds of the worker.
    pub fn bounded(
        program: PathBuf,
        log: Option<PathBuf>,
        bounds: Bounds,
        send: impl FnMut(EngineEvent) -> bool + Send + 'static,
    ) -> Self {
        let (messages, inbox) = mpsc::channel();
        let (ended, done) = mpsc::channel();
        let pid = Arc::new(AtomicU32::new(0));
        let supervisor = Supervisor::new(
            Launcher { program, log, bounds },
            messages.clone(),
            Arc::clone(&pid),
            Box::new(send),
        );
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
    /// Evaluates the prompt of a request that may come, and answers with `Held`. Only in a worker
    /// with its model resident; any other request ends it at its next step.
    pub fn freshen(&mut self, request: Request) {
        self.tell(Message::Freshen(Box::new(request)));
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

/// Variables of the environment that the worker keeps: where libraries lie, what drivers and
/// ggml are told, and how text and time are written. What else is there (keys, tokens, sockets
/// of agents) is none of a model's business.
const KEPT: [&str; 17] = [
    "CHIMERA_INSIGHT_TEST_GPU",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "LANG",
    "LC_",
    "TZ",
    "GGML_",
    "OMP_",
    "GOMP_",
    "KMP_",
    "CUDA_",
    "NVIDIA_",
    "VK_",
    "MESA_",
    "HIP_",
    "HSA_",
    "ROCR_",
];

/// How a worker is started.
struct Launcher {
    program: PathBuf,
    log: Option<PathBuf>,
    bounds: Bounds,
}

impl Launcher {
    /// A worker for models at endpoints gets their keys, and no other one does.
    fn start(
        &self,
        confinement: &Confinement,
        generation: u64,
        messages: &Sender<Message>,
    ) -> io::Result<Worker> {
        if let Some(keeping) = &self.bounds.keeping {
            // Without the folder the worker works without a cache. Prompts hold what the files say.
            let _ = fs::DirBuilder::new().recursive(true).mode(0o700).create(&keeping.folder);
        }
        // What a shell or a terminal left open is not the worker's either.
        #[cfg(target_os = "linux")]
        close_fds::set_fds_cloexec_threadsafe(3, &[]);
        let is_remote = confinement.is_remote();
        let kept = env::vars_os().filter(|(name, _)| is_kept(name) || (is_remote && is_kept_remote(name)));
        let child = Program::new(&self.program)
            .arg(OsString::from(WORKER_COMMAND))
            .args(confinement.to_arguments())
            .env_clear()
            .envs(kept)
            // Without it an abort of ggml starts a debugger for a backtrace: seconds of delay.
            .env("GGML_NO_BACKTRACE", "1")
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        Worker::attach(child, generation, messages, self.log.as_deref())
    }
}

/// What a worker for endpoints is told besides: keys, proxies, certificates, and how long to wait.
fn is_kept_remote(name: &OsStr) -> bool {
    const CONNECTION: [&str; 6] =
        ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"];
    let is_connection = || CONNECTION.iter().any(|kept| name.eq_ignore_ascii_case(kept));
    key_variables().chain([PATIENCE_VARIABLE]).any(|kept| name == kept) || is_connection()
}

fn is_kept(name: &OsStr) -> bool {
    KEPT.iter().any(|kept| {
        let name = name.as_encoded_bytes();
        if kept.ends_with('_') { name.starts_with(kept.as_bytes()) } else { name == kept.as_bytes() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worker_is_told_of_libraries_and_devices_and_of_no_secret() {
        for kept in ["LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "LC_ALL", "GGML_VK_VISIBLE_DEVICES"] {
            assert!(is_kept(OsStr::new(kept)), "{kept}");
        }
        for kept in
            ["CHIMERA_INSIGHT_ENGINE_KEY", PATIENCE_VARIABLE, "https_proxy", "NO_PROXY", "SSL_CERT_FILE"]
        {
            assert!(is_kept_remote(OsStr::new(kept)) && !is_kept(OsStr::new(kept)), "{kept}");
        }
        for dropped in ["HOME", "SSH_AUTH_SOCK", "CHIMERA_INSIGHT_API_KEY", "LANGUAGE_KEY", "DISPLAY"] {
            assert!(!is_kept(OsStr::new(dropped)), "{dropped}");
        }
    }
}
