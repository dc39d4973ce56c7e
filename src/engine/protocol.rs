//! Frames between host and worker: a length, then JSON. And the events the host makes
//! of them.

pub(in crate::engine) mod frame;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{EngineError, Held, ModelSpec, confine::Confined, measure::Measured, offload::SteppedDown};
use crate::{
    metrics::generation::Timings,
    report::{
        model::{ModelInfo, Params, Stop},
        prompt::Prompt,
        writing::{Dropped, Passage, Writing},
    },
};

/// Tells answers of one request from those of an older one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RunId(pub u64);

/// One generation asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Its number; answers carry it.
    pub run: RunId,
    /// The model; loaded first when it is not resident.
    pub model: ModelSpec,
    /// The prompt, fitted by the worker.
    pub prompt: Prompt,
    /// Settings.
    pub params: Params,
    /// What to write; `None`: what the model likes.
    pub writing: Option<Box<Writing>>,
}

/// What the host tells the program.
#[derive(Clone, Debug, PartialEq)]
pub enum EngineEvent {
    /// The engine's process started; what it is kept from.
    Confined(Confined),
    /// Loading, 0 to 1.
    Loading(f32),
    /// One way to load the model failed, another is tried.
    SteppedDown(SteppedDown),
    /// The model is resident.
    Loaded(Box<ModelInfo>),
    /// SHA-256 of the resident model's file, in hexadecimal digits; comes with the first
    /// call that ends after it is known.
    Hashed(String),
    /// The prompt was fitted; what was left out.
    Fitted {
        /// Which run.
        run: RunId,
        /// Tokens of the prompt.
        prompt_tokens: usize,
        /// Labels of the blocks left out.
        left_out: Vec<String>,
    },
    /// Prompt progress.
    Prefill {
        /// Which run.
        run: RunId,
        /// Evaluated, cached ones included.
        done: usize,
        /// All.
        total: usize,
        /// Found in the cache.
        cached: usize,
        /// Since the request was accepted, host's clock.
        elapsed: Duration,
    },
    /// Text. Whole characters; may be empty when a token only began one.
    Piece {
        /// Which run.
        run: RunId,
        /// Text of the piece.
        text: String,
        /// Tokens in it.
        tokens: u32,
        /// Since the call began, worker's clock (for rates and ITL).
        at: Duration,
        /// Since the request was accepted, host's clock (for TTFT).
        elapsed: Duration,
    },
    /// The sentence that was being written does not hold: the text of the call is cut back.
    Withdrawn {
        /// Which run.
        run: RunId,
        /// Bytes of the call's text that stay.
        length: usize,
        /// The sentence, and why.
        dropped: Dropped,
    },
    /// A sentence stands.
    Passed {
        /// Which run.
        run: RunId,
        /// The sentence.
        passage: Passage,
    },
    /// The call ended by itself, by its limit or by cancel.
    Finished {
        /// Which run.
        run: RunId,
        /// Why.
        stop: Stop,
        /// Timings, whole.
        timings: Box<Timings>,
        /// The settings used, every default filled in, the seed drawn too.
        used: Params,
    },
    /// What of a prompt is evaluated now, and on disk.
    Held {
        /// The run of freshening that ended with it; `None`: a prompt was written to disk.
        run: Option<RunId>,
        /// What is there.
        held: Held,
        /// The prompt that was asked for is there to its end.
        is_whole: bool,
    },
    /// What was measured.
    Measured {
        /// Which run.
        run: RunId,
        /// What it came to.
        measured: Measured,
    },
    /// It failed; the text so far stays.
    Failed {
        /// Which run; `None` when loading or idle.
        run: Option<RunId>,
        /// What and why.
        error: EngineError,
        /// Last lines of the engine's log, oldest first.
        log: Vec<String>,
    },
    /// The model's memory was given back.
    Unloaded,
}
