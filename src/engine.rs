//! The engine: a child process of the same binary that holds llama.cpp, and the host
//! that talks to it over pipes.

pub mod cards;
pub mod confine;
pub mod fallback;
pub mod gguf;
pub mod host;
#[cfg(feature = "llama")]
pub mod llama;
#[cfg(any(test, feature = "llama"))]
mod lookup;
pub mod measure;
pub mod models;
pub mod offload;
pub mod protocol;
pub mod pull;
pub mod remote;
pub mod rules;
pub mod scripted;
mod walk;
pub mod worker;

use std::{ops::ControlFlow, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use self::{
    measure::{Measure, Measured},
    offload::SteppedDown,
    remote::RemoteSpec,
    rules::Rules,
};
use crate::{
    metrics::generation::Timings,
    report::{
        model::{ModelInfo, Params, Stop},
        prompt::Part,
    },
};

/// A model to load.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ModelSpec {
    /// A GGUF file.
    File(PathBuf),
    /// The scripted engine (model name `scripted`, `scripted:NAME`): deterministic, no model.
    Scripted(String),
    /// A model at an endpoint.
    Remote(RemoteSpec),
}

impl ModelSpec {
    /// What errors call it: the file's name, or the script's.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
            Self::Scripted(name) if name.is_empty() => "scripted".into(),
            Self::Scripted(name) => format!("scripted:{name}"),
            Self::Remote(spec) => spec.name(),
        }
    }

    /// Is it at an endpoint? Such a model is written with by a process that may use the network.
    pub fn is_remote(&self) -> bool {
        matches!(self, Self::Remote(_))
    }
}

/// What the engine reports while it works.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// `done` of `total` prompt tokens evaluated; `cached` of them were still there.
    Prefill {
        /// Evaluated, cached ones included.
        done: usize,
        /// All.
        total: usize,
        /// Found in the cache.
        cached: usize,
    },
    /// Nothing yet: asks whether to wait on.
    Waiting,
    /// The bytes of a sampled token, or of a stretch that was forced; may end inside a
    /// character.
    Piece {
        /// The bytes.
        bytes: Vec<u8>,
        /// Sampled (not forced).
        sampled: bool,
        /// On the worker's clock, which begins with the call and stands still while forced
        /// tokens are evaluated.
        at: Duration,
    },
}

/// What the caller wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Go on.
    Go,
    /// Stop before the next step.
    Stop,
}

/// What a call came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Why it ended.
    pub stop: Stop,
    /// Worker-side timings (`ttft` and `total` are the host's to fill).
    pub timings: Timings,
    /// The settings used, every default filled in, the seed drawn too.
    pub used: Params,
}

/// Why the engine cannot do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum EngineError {
    /// The model cannot be loaded.
    #[error("cannot load model `{name}`: {reason}")]
    Load {
        /// File or name.
        name: String,
        /// llama.cpp's last error line, or our own.
        reason: String,
    },
    /// The prompt does not fit.
    #[error("the prompt needs {needed} tokens, the context has room for {room}")]
    TooLong {
        /// Tokens needed.
        needed: usize,
        /// Tokens there is room for.
        room: usize,
    },
    /// The context asked for cannot be had.
    #[error("cannot make a context of {asked} tokens: {reason}")]
    Context {
        /// `num_ctx` asked for.
        asked: u32,
        /// Why.
        reason: String,
    },
    /// A decode step failed.
    #[error("the engine failed: {0}")]
    Decode(String),
    /// A remote engine cannot be used, or no longer.
    #[error("the engine at {url}: {reason}")]
    Endpoint {
        /// Its address; it holds no secret.
        url: String,
        /// Why, and what to do.
        reason: String,
    },
    /// Cancelled while loading.
    #[error("cancelled")]
    Cancelled,
}

/// Where evaluated prompts are kept for later, and how many bytes of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// The folder; made when needed.
    pub folder: PathBuf,
    /// All files together; the least recently used go first.
    pub bytes: u64,
}

/// What of a prompt is evaluated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Tokens in the cache.
    pub tokens: usize,
    /// The file that they were written to just now.
    pub saved: Option<Saved>,
}

/// A prompt on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// The file.
    pub file: PathBuf,
    /// Its size.
    pub bytes: u64,
}

impl ModelInfo {
    /// Refuses a prompt of so many tokens that leaves no room for one of the answer.
    fn check_room(&self, prompt: usize) -> Result<(), EngineError> {
        let (needed, room) = (prompt + 1, self.num_ctx as usize);
        if needed > room { Err(EngineError::TooLong { needed, room }) } else { Ok(()) }
    }
}

/// A loaded model with its context. Blocking; knows no channel; stays on its thread.
pub trait Engine {
    /// The model.
    fn model(&self) -> &ModelInfo;
    /// Renders system and user text with the model's chat template; `None` for a base model.
    fn render(&self, system: &str, user: &str) -> Option<String>;
    /// Tokens of a prompt.
    fn count_tokens(&mut self, prompt: &[Part]) -> usize;
    /// What is evaluated now.
    fn held(&self) -> Held {
        Held::default()
    }
    /// Writes the prompt that was evaluated last to disk, where that is wanted and worth it. It takes its
    /// time: it belongs between two answers.
    fn keep(&mut self) -> Option<Held> {
        None
    }
    /// Evaluates the prompt, then lends a pen to `body`, which writes the answer and says
    /// why it ended. `emit` is asked between steps, during prefill too.
    fn write(
        &mut self,
        prompt: &[Part],
        params: &Params,
        emit: &mut dyn FnMut(Step) -> Next,
        body: &mut dyn FnMut(&mut dyn Pen) -> Result<Stop, EngineError>,
    ) -> Result<Outcome, EngineError>;
    /// Measures without a sampler; `stop` is asked between steps. Not every engine can.
    fn measure(&mut self, _what: &Measure, _stop: &mut dyn FnMut() -> bool) -> Result<Measured, EngineError> {
        Err(EngineError::Decode("this engine cannot be measured without its sampler".into()))
    }
}

/// Writes an answer token by token. What it writes is told by [`Step::Piece`] as it comes.
/// Wherever it says `Err(stop)` inside, nothing more can be written.
pub trait Pen {
    /// One token of the model's own, as the rules admit it; its bytes.
    fn next(&mut self, rules: &Rules<'_>) -> Result<Result<Vec<u8>, Stop>, EngineError>;
    /// Puts words into the model's mouth. They are evaluated with the next step.
    fn force(&mut self, text: &str) -> Result<Result<(), Stop>, EngineError>;
    /// Lets the model choose its way through the texts, token by token; the index of the one
    /// it wrote. Stretches with one continuation are evaluated in a batch.
    fn choose(&mut self, texts: &[String]) -> Result<Result<usize, Stop>, EngineError>;
    /// Was the last choice the model's? Where a server cannot be held to one, code chose.
    fn has_chosen(&self) -> bool {
        true
    }
    /// A place to come back to.
    fn mark(&mut self) -> Result<Result<Mark, Stop>, EngineError>;
    /// Goes back: what was written since counts as rejected.
    fn roll_back(&mut self, to: &Mark) -> Result<(), EngineError>;
}

/// Writes freely until the model, a limit or the listener ends it.
pub fn generate(
    engine: &mut dyn Engine,
    prompt: &[Part],
    params: &Params,
    emit: &mut dyn FnMut(Step) -> Next,
) -> Result<Outcome, EngineError> {
    engine.write(prompt, params, emit, &mut |pen| {
        loop {
            if let Err(stop) = pen.next(&Rules::default())? {
                return Ok(stop);
            }
        }
    })
}

/// A place in an answer.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Tokens of prompt and answer.
    length: usize,
    /// What the model expects there, where the engine has such numbers.
    #[cfg_attr(not(feature = "llama"), expect(dead_code, reason = "a script expects nothing"))]
    logits: Vec<f32>,
    /// Sampled until then.
    tokens: u64,
    /// Forced until then.
    forced: u64,
    /// Gaps until then.
    gaps: usize,
    /// Decode time until then.
    eval: Duration,
}

impl Mark {
    /// A place with what was counted until then.
    fn new(length: usize, logits: Vec<f32>, timings: &Timings) -> Self {
        let (tokens, forced, eval) = (timings.tokens, timings.forced_tokens, timings.eval);
        Self { length, logits, tokens, forced, gaps: timings.gaps.len(), eval }
    }
    /// What was sampled since counts as rejected, and its time not at all.
    fn restore(&self, timings: &mut Timings) {
        timings.rejected_tokens += timings.tokens.saturating_sub(self.tokens);
        timings.tokens = self.tokens;
        timings.forced_tokens = self.forced;
        timings.gaps.truncate(self.gaps);
        timings.eval = self.eval;
    }
}

/// What is told while a model is loaded.
#[derive(Clone, Debug, PartialEq)]
pub enum Loading {
    /// So much is done, 0 to 1.
    Share(f32),
    /// One way failed, another is tried.
    SteppedDown(SteppedDown),
}

/// Loads a model, lends an engine, frees it.
pub trait Backend: Send {
    /// A session is a scope: model and context live on the stack of this call.
    fn session(
        &mut self,
        model: &ModelSpec,
        params: &Params,
        progress: &mut dyn FnMut(Loading) -> ControlFlow<()>,
        body: &mut dyn FnMut(&mut dyn Engine),
    ) -> Result<(), EngineError>;
}
