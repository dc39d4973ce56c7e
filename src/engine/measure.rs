//! What is measured of a model without its sampler, as `llama-bench` and `llama-perplexity` do.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{ModelSpec, protocol::RunId};
use crate::report::model::Params;

/// What is measured. The cache is empty before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Measure {
    /// Nothing: the next prompt is evaluated whole, also where it was asked before.
    Forget,
    /// So many tokens of a prompt.
    Prefill(u32),
    /// So many tokens decoded one after the other.
    Decode(u32),
    /// How well the model expects a text.
    Perplexity(String),
}

/// What it came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Tokens evaluated.
    pub tokens: u64,
    /// Their time, on the worker's clock.
    pub took: Duration,
    /// Of a text.
    pub perplexity: Option<f64>,
}

impl Measured {
    /// Tokens a second.
    pub fn rate(&self) -> Option<f64> {
        let seconds = self.took.as_secs_f64();
        (seconds > 0.0 && self.tokens > 0).then(|| self.tokens as f64 / seconds)
    }
}

/// A measurement asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measuring {
    /// Its number; the answer carries it.
    pub run: RunId,
    /// The model; loaded first when it is not resident.
    pub model: ModelSpec,
    /// Settings.
    pub params: Params,
    /// What.
    pub what: Measure,
}
