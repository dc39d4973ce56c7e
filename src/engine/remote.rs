//! An engine at an endpoint: llama.cpp's server, Ollama, or any server with the chat completions of
//! `OpenAI`. It stands behind the same traits as the embedded one, in a worker process of its own
//! that may use the network and gets no model file. What leaves the machine are the prompts of a
//! report: its facts, its instructions, and the text so far.

mod body;
mod chunk;
mod endpoint;
mod estimate;
mod fault;
mod grammar;
mod key;
mod line;
mod pen;
mod server;

use std::{
    cell::RefCell,
    collections::HashMap,
    ffi::OsString,
    hash::{BuildHasher as _, RandomState},
    ops::ControlFlow,
    thread,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::{
    body::Asked,
    fault::{Sort, Trouble},
    line::Line,
    pen::RemotePen,
    server::{Kind, Server},
};
pub use self::{endpoint::Endpoint, key::KEY_VARIABLE, server::RemoteModel};
pub(super) use self::{key::key_variables, line::PATIENCE_VARIABLE};
use super::{Backend, Engine, EngineError, Loading, ModelSpec, Next, Outcome, Pen, Step, worker::Stopwatch};
use crate::{
    metrics::generation::{ServerTimings, Timings},
    report::{
        model::{DEFAULT_NUM_CTX, ModelInfo, Params, RemoteInfo, Stop},
        prompt::{Part, SYSTEM_SLOT, USER_SLOT},
    },
};

/// Parts the turns of a prompt where the server renders them: no text holds it.
const TURN: &str = "\u{E002}";
/// How often a server that loads its model is asked again.
const LOADING_AGAIN: Duration = Duration::from_millis(250);
/// After so long it does not come any more.
const LOADING: Duration = Duration::from_mins(10);
/// Of how many calls of its listener, some 20 ms apart, one tells the host that it still loads.
const TELL_EVERY: u32 = 4;
/// Tokenised parts that are kept: fitting a prompt asks for most of them several times.
const MOST_KEPT: usize = 64;

/// A model at an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteSpec {
    /// Where.
    pub endpoint: Endpoint,
    /// As the server calls it; `None`: the only one, or the one that is loaded.
    pub model: Option<String>,
}

impl RemoteSpec {
    /// What errors call it.
    pub fn name(&self) -> String {
        match &self.model {
            Some(model) => format!("{model} at {}", self.endpoint),
            None => self.endpoint.to_string(),
        }
    }
}

/// What answers at an endpoint, and its models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteListing {
    /// `llama-server`, `Ollama`, `vLLM`, … with the version where it says one.
    pub server: String,
    /// Its models.
    pub models: Vec<RemoteModel>,
}

/// Asks an endpoint for its models. Takes a while: never on the loop.
pub fn list(
    endpoint: &Endpoint,
    environment: &dyn Fn(&str) -> Option<OsString>,
) -> Result<RemoteListing, EngineError> {
    let asked = || {
        let line = Line::of(endpoint, environment)?;
        let server = Server::tell(&line, &mut || true)?;
        Ok(RemoteListing { server: titled(&server), models: server.models })
    };
    asked().map_err(|trouble| error_at(endpoint, trouble))
}

/// The context that is asked for where nobody says how long it should be.
fn usual_context(trained: u32) -> u32 {
    if trained == 0 { DEFAULT_NUM_CTX } else { DEFAULT_NUM_CTX.min(trained) }
}

fn titled(server: &Server) -> String {
    format!("{} {}", server.name, server.version).trim().to_owned()
}

fn error_at(endpoint: &Endpoint, trouble: Trouble) -> EngineError {
    if trouble.sort == Sort::Cancelled {
        return EngineError::Cancelled;
    }
    EngineError::Endpoint { url: endpoint.to_string(), reason: trouble.reason }
}

/// The backend.
#[derive(Clone, Copy, Debug, Default)]
pub struct Remote;

impl Backend for Remote {
    fn session(
        &mut self,
        model: &ModelSpec,
        params: &Params,
        progress: &mut dyn FnMut(Loading) -> ControlFlow<()>,
        body: &mut dyn FnMut(&mut dyn Engine),
    ) -> Result<(), EngineError> {
        let ModelSpec::Remote(spec) = model else {
            let reason = "it is at no endpoint".into();
            return Err(EngineError::Load { name: model.name(), reason });
        };
        let watch = Stopwatch::start();
        if progress(Loading::Share(0.0)).is_break() {
            return Err(EngineError::Cancelled);
        }
        let mut asked = 0;
        let mut goes_on = || {
            asked += 1;
            asked % TELL_EVERY != 0 || progress(Loading::Share(0.0)).is_continue()
        };
        let mut engine = RemoteEngine::start(spec, params, &watch, &mut goes_on)
            .map_err(|trouble| error_at(&spec.endpoint, trouble))?;
        if progress(Loading::Share(1.0)).is_break() {
            return Err(EngineError::Cancelled);
        }
        body(&mut engine);
        Ok(())
    }
}

/// A server with the model that is asked for there.
struct RemoteEngine {
    line: Line,
    kind: Kind,
    /// As the server calls it.
    model: String,
    /// `vLLM` and `SGLang` take settings that others refuse.
    takes_more: bool,
    info: ModelInfo,
    /// Parts as tokens: whether control tokens are read, and the text.
    kept: RefCell<HashMap<(bool, String), Vec<u64>>>,
    can_choose: bool,
}

impl RemoteEngine {
    fn start(
        spec: &RemoteSpec,
        params: &Params,
        watch: &Stopwatch,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<Self, Trouble> {
        let line = Line::of(&spec.endpoint, &|name| std::env::var_os(name))?;
        let server = loop {
            match Server::tell(&line, goes_on) {
                Err(trouble) if trouble.sort == Sort::Loading && watch.elapsed() < LOADING => {
                    if !goes_on() {
                        return Err(Trouble::cancelled());
                    }
                    thread::sleep(LOADING_AGAIN);
                }
                told => break told?,
            }
        };
        let mut model = server.model(spec.model.as_deref())?;
        server.prepare(&line, &mut model, params.num_ctx, goes_on)?;
        let asked = params.num_ctx.unwrap_or_else(|| usual_context(model.context));
        let held = server.props.pointer("/default_generation_settings/n_ctx").and_then(Value::as_u64);
        let most = match server.kind {
            // Its context was set when it was started.
            Kind::Llama => held.and_then(|held| u32::try_from(held).ok()).unwrap_or(asked),
            _ if model.context > 0 => model.context,
            _ => asked,
        };
        let num_ctx =
            if server.kind == Kind::Llama && params.num_ctx.is_none() { most } else { asked.min(most) };
        let has_template = server.kind != Kind::Llama
            || server.props.get("chat_template").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        let info = ModelInfo {
            name: model.name.clone(),
            arch: model.family.clone(),
            quantization: model.quantization.clone(),
            params: model.params,
            bytes: model.bytes,
            instruct: has_template,
            context_train: model.context,
            device: format!("{} at {}", titled(&server), spec.endpoint),
            num_ctx,
            load_ms: watch.elapsed().as_secs_f64() * 1e3,
            remote: Some(RemoteInfo {
                url: spec.endpoint.to_string(),
                server: titled(&server),
                lacks: lacks(server.kind),
            }),
            ..ModelInfo::default()
        };
        Ok(Self {
            line,
            kind: server.kind,
            model: model.name,
            takes_more: matches!(server.name.as_str(), "vLLM" | "SGLang"),
            info,
            kept: RefCell::default(),
            can_choose: true,
        })
    }

    /// Tokens of a text, as llama.cpp's server makes them.
    fn tokens(
        &self,
        text: &str,
        is_template: bool,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<Vec<u64>, Trouble> {
        let key = (is_template, text.to_owned());
        if let Some(tokens) = self.kept.borrow().get(&key) {
            return Ok(tokens.clone());
        }
        // Data never becomes control tokens.
        let body = json!({ "content": text, "add_special": false, "parse_special": is_template });
        let answer = self.line.ask("/tokenize", Some(&body), goes_on)?;
        let tokens = answer.get("tokens").and_then(Value::as_array);
        let tokens: Option<Vec<u64>> = tokens.and_then(|tokens| tokens.iter().map(Value::as_u64).collect());
        let tokens = tokens.ok_or_else(|| Trouble::garbage(&answer.to_string()))?;
        let mut kept = self.kept.borrow_mut();
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(key, tokens.clone());
        Ok(tokens)
    }

    /// The prompt as it is sent.
    fn asked(&self, prompt: &[Part], goes_on: &mut dyn FnMut() -> bool) -> Result<Asked, Trouble> {
        if self.kind != Kind::Llama {
            return Ok(Asked::turns(prompt));
        }
        let mut tokens = self.beginning(goes_on)?;
        for part in prompt {
            match part {
                Part::Template(text) => tokens.extend(self.tokens(text, true, goes_on)?),
                Part::Data(text) => tokens.extend(self.tokens(text, false, goes_on)?),
                Part::Seam => {}
            }
        }
        Ok(Asked::Tokens(tokens))
    }

    /// What the vocabulary wants in front of every text.
    fn beginning(&self, goes_on: &mut dyn FnMut() -> bool) -> Result<Vec<u64>, Trouble> {
        let key = (true, TURN.to_owned());
        if let Some(tokens) = self.kept.borrow().get(&key) {
            return Ok(tokens.clone());
        }
        let body = json!({ "content": "", "add_special": true, "parse_special": true });
        let answer = self.line.ask("/tokenize", Some(&body), goes_on)?;
        let tokens = answer.get("tokens").and_then(Value::as_array);
        let tokens: Vec<u64> =
            tokens.map(|tokens| tokens.iter().filter_map(Value::as_u64).collect()).unwrap_or_default();
        self.kept.borrow_mut().insert(key, tokens.clone());
        Ok(tokens)
    }
}

/// What cannot be had of a kind of server, as the report and the screen say it.
fn lacks(kind: Kind) -> Vec<String> {
    let chat = [
        "digits are not masked while it writes: the gate rejects sentences whose figures are not computed ones",
        "it shows no tokens of its own: those of prompts are estimated",
        "it does not go on within a text: each sentence is asked for by itself",
    ];
    let lacks: &[&str] = match kind {
        Kind::Llama => &[],
        Kind::Ollama => &chat,
        Kind::Chat => &[chat[0], chat[1], chat[2], "it tells no times of its own, only counts of tokens"],
    };
    lacks.iter().map(|lack| (*lack).to_owned()).collect()
}

impl Engine for RemoteEngine {
    fn model(&self) -> &ModelInfo {
        &self.info
    }

    fn render(&self, system: &str, user: &str) -> Option<String> {
        if !self.info.instruct {
            return None;
        }
        if self.kind != Kind::Llama {
            return Some(format!("{system}{TURN}{user}{TURN}"));
        }
        let turn = |role: &str, content: &str| json!({ "role": role, "content": content });
        let body = json!({ "messages": [turn("system", system), turn("user", user)] });
        let answer = self.line.ask("/apply-template", Some(&body), &mut || true);
        let rendered = answer.ok().map(|answer| server::text(&answer, "/prompt"));
        rendered.filter(|text| text.contains(USER_SLOT))
    }

    fn count_tokens(&mut self, prompt: &[Part]) -> usize {
        let estimated = |text: &str| estimate::tokens(&text.replace(SYSTEM_SLOT, "").replace(USER_SLOT, ""));
        let mut is_reached = self.kind == Kind::Llama;
        let beginning =
            if is_reached { self.beginning(&mut || true).map_or(0, |tokens| tokens.len()) } else { 0 };
        let counted: usize = prompt
            .iter()
            .map(|part| {
                let (text, is_template) = match part {
                    Part::Template(text) => (text, true),
                    Part::Data(text) => (text, false),
                    Part::Seam => return 0,
                };
                // A server that is gone says so when it is asked to write.
                let counted = is_reached.then(|| self.tokens(text, is_template, &mut || true).ok()).flatten();
                is_reached &= counted.is_some();
                counted.map_or_else(|| estimated(text), |tokens| tokens.len())
            })
            .sum();
        beginning + counted
    }

    fn write(
        &mut self,
        prompt: &[Part],
        params: &Params,
        emit: &mut dyn FnMut(Step) -> Next,
        body: &mut dyn FnMut(&mut dyn Pen) -> Result<Stop, EngineError>,
    ) -> Result<Outcome, EngineError> {
        let watch = Stopwatch::start();
        let mut used = params.used(&self.info.arch, self.info.context_train);
        used.num_ctx = Some(self.info.num_ctx);
        used.seed = Some(params.seed.unwrap_or_else(|| RandomState::new().hash_one(0) as u32));
        let total = self.count_tokens(prompt);
        self.info.check_room(total)?;
        let mut timings = Timings {
            prompt_tokens: total as u64,
            server: Some(ServerTimings::default()),
            ..Timings::default()
        };
        if emit(Step::Prefill { done: 0, total, cached: 0 }) == Next::Stop {
            return Ok(Outcome { stop: Stop::Cancelled, timings, used });
        }
        let asked = self
            .asked(prompt, &mut || emit(Step::Waiting) == Next::Go)
            .map_err(|trouble| error_at(&self.line.endpoint, trouble));
        let asked = match asked {
            Err(EngineError::Cancelled) => return Ok(Outcome { stop: Stop::Cancelled, timings, used }),
            asked => asked?,
        };
        let mut pen = RemotePen::new(self, asked, &used, &watch, &mut timings, emit);
        let stop = body(&mut pen)?;
        self.can_choose = pen.can_choose();
        Ok(Outcome { stop, timings, used })
    }
}
