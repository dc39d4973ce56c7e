//! A host with its events, and what the tests ask of them.

use std::{
    path::Path,
    sync::mpsc::{self, Receiver},
    time::{Duration, Instant},
};

use chimera_insight::{
    engine::{
        ModelSpec,
        host::{Bounds, Host},
        protocol::{EngineEvent, Request, RunId},
    },
    report::{
        model::{Params, Stop},
        prompt::{Block, Prompt, Style, Turn},
    },
};
use libtest_mimic::Failed;

use crate::support::{LATE, program};

/// A host whose events are kept.
pub struct Rig {
    pub host: Host,
    events: Receiver<EngineEvent>,
    pub model: ModelSpec,
    next: u64,
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Run {
    pub id: RunId,
    pub text: String,
    pub pieces: usize,
    /// Every event, in order.
    pub events: Vec<EngineEvent>,
}

impl Run {
    /// The last event; a run has one that ends it.
    pub fn end(&self) -> Option<&EngineEvent> {
        self.events.last()
    }

    pub fn stop(&self) -> Option<&Stop> {
        match self.end() {
            Some(EngineEvent::Finished { stop, .. }) => Some(stop),
            _ => None,
        }
    }

    pub fn error(&self) -> String {
        match self.end() {
            Some(EngineEvent::Failed { error, .. }) => error.to_string(),
            other => format!("no failure but {other:?}"),
        }
    }

    pub fn prompt_tokens(&self) -> usize {
        let fitted = self.events.iter().find_map(|event| match event {
            EngineEvent::Fitted { prompt_tokens, .. } => Some(*prompt_tokens),
            _ => None,
        });
        fitted.unwrap_or(0)
    }
}

impl Rig {
    pub fn new(model: ModelSpec) -> Self {
        Self::logging(model, None)
    }

    pub fn logging(model: ModelSpec, log: Option<&Path>) -> Self {
        let (sender, events) = mpsc::channel();
        let log = log.map(Path::to_owned);
        let host = Host::with_program(program().to_owned(), log, move |event| sender.send(event).is_ok());
        Self { host, events, model, next: 1 }
    }

    /// With these bounds of the worker.
    pub fn bounded(model: ModelSpec, bounds: Bounds) -> Self {
        let (sender, events) = mpsc::channel();
        let host = Host::bounded(program().to_owned(), None, bounds, move |event| sender.send(event).is_ok());
        Self { host, events, model, next: 1 }
    }

    /// With another program as the worker.
    pub fn of_program(worker: &Path, model: ModelSpec) -> Self {
        let (sender, events) = mpsc::channel();
        let host = Host::with_program(worker.to_owned(), None, move |event| sender.send(event).is_ok());
        Self { host, events, model, next: 1 }
    }

    /// A run behind one whose process may have died: what came late of that is passed over.
    pub fn run_after_death(&mut self, text: &str, params: &Params) -> Result<Run, Failed> {
        let request = self.request(text, params);
        let wanted = request.run;
        self.host.generate(request);
        let mut run = Run { id: wanted, ..Run::default() };
        let start = Instant::now();
        while start.elapsed() < LATE {
            let event = self.event()?;
            if of(&event) != Some(wanted) {
                continue;
            }
            if let EngineEvent::Piece { text, .. } = &event {
                run.text.push_str(text);
            }
            let ends = matches!(event, EngineEvent::Finished { .. } | EngineEvent::Failed { .. });
            run.events.push(event);
            if ends {
                return Ok(run);
            }
        }
        Err("the run does not end".into())
    }

    /// A bar in the text parts what calls share from what one call asks.
    pub fn request(&mut self, text: &str, params: &Params) -> Request {
        let run = RunId(self.next);
        self.next += 1;
        let block = |turn, text: &str| Block { turn, text: text.into(), rank: 0, label: String::new() };
        let (shared, task) = text.split_once('|').unwrap_or((text, ""));
        let mut blocks = vec![block(Turn::System, "You write reports."), block(Turn::User, shared)];
        blocks.extend((!task.is_empty()).then(|| block(Turn::Task, task)));
        let prompt = Prompt { style: Style::Chat, blocks };
        Request { run, model: self.model.clone(), prompt, params: params.clone(), writing: None }
    }

    /// The next event; fails when none comes in time.
    pub fn event(&mut self) -> Result<EngineEvent, Failed> {
        self.events.recv_timeout(LATE).map_err(|error| format!("no event: {error}").into())
    }

    /// Starts a run and waits for its end; `act` sees every event with the run so far.
    pub fn run_with(
        &mut self,
        text: &str,
        params: &Params,
        act: impl FnMut(&mut Host, &EngineEvent, &Run),
    ) -> Result<Run, Failed> {
        let request = self.request(text, params);
        self.send(request, act)
    }

    /// Starts a request and waits for its end.
    pub fn send(
        &mut self,
        request: Request,
        mut act: impl FnMut(&mut Host, &EngineEvent, &Run),
    ) -> Result<Run, Failed> {
        let mut run = Run { id: request.run, ..Run::default() };
        self.host.generate(request);
        let start = Instant::now();
        while start.elapsed() < LATE {
            let event = self.event()?;
            if of(&event).is_some_and(|other| other != run.id) {
                return Err(format!("an event of another run: {event:?}").into());
            }
            if let EngineEvent::Piece { text, tokens, .. } = &event {
                run.text.push_str(text);
                run.pieces += *tokens as usize;
            }
            if let EngineEvent::Withdrawn { length, .. } = &event {
                run.text.truncate(*length);
            }
            let ends = matches!(event, EngineEvent::Finished { .. } | EngineEvent::Failed { .. });
            act(&mut self.host, &event, &run);
            run.events.push(event);
            if ends {
                return Ok(run);
            }
        }
        Err("the run does not end".into())
    }

    pub fn run(&mut self, text: &str, params: &Params) -> Result<Run, Failed> {
        self.run_with(text, params, |_, _, _| {})
    }

    /// Waits for an event.
    pub fn wait_for(
        &mut self,
        what: &str,
        is_it: impl Fn(&EngineEvent) -> bool,
    ) -> Result<EngineEvent, Failed> {
        let start = Instant::now();
        while start.elapsed() < LATE {
            let event = self.event()?;
            if is_it(&event) {
                return Ok(event);
            }
        }
        Err(format!("waited in vain for {what}").into())
    }

    /// Nothing comes any more for a while that is long for a machine.
    pub fn is_silent(&mut self) -> bool {
        self.events.recv_timeout(Duration::from_millis(200)).is_err()
    }
}

/// The run an event is about.
pub fn of(event: &EngineEvent) -> Option<RunId> {
    match event {
        EngineEvent::Fitted { run, .. }
        | EngineEvent::Prefill { run, .. }
        | EngineEvent::Piece { run, .. }
        | EngineEvent::Withdrawn { run, .. }
        | EngineEvent::Passed { run, .. }
        | EngineEvent::Measured { run, .. }
        | EngineEvent::Finished { run, .. } => Some(*run),
        EngineEvent::Failed { run, .. } | EngineEvent::Held { run, .. } => *run,
        EngineEvent::Confined(_)
        | EngineEvent::Loading(_)
        | EngineEvent::SteppedDown(_)
        | EngineEvent::Loaded(_)
        | EngineEvent::Hashed(_)
        | EngineEvent::Unloaded => None,
    }
}

/// Is there such a process? One that ended and was not reaped counts.
pub fn is_alive(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

pub fn kill(pid: u32) {
    signal(pid, rustix::process::Signal::KILL);
}

pub fn signal(pid: u32, signal: rustix::process::Signal) {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        // A process that is gone already is as good.
        let _ = rustix::process::kill_process(pid, signal);
    }
}
