//! What a report says of its model and settings. The engine fills these in; the words
//! are those of the README, not of llama.cpp.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{card::Card, writing::Degree};

/// Sampling and engine settings. `None` is "the default of the model's family", and a
/// report prints `default` for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Layers offloaded to the GPU (`n_gpu_layers`); `None`: all that there is a GPU for.
    pub num_gpu: Option<u32>,
    /// Context length in tokens.
    pub num_ctx: Option<u32>,
    /// Sampling temperature; 0 is greedy.
    pub temperature: Option<f32>,
    /// Keep the k most likely tokens.
    pub top_k: Option<i32>,
    /// Keep the most likely tokens up to this mass.
    pub top_p: Option<f32>,
    /// Drop tokens below this share of the most likely one.
    pub min_p: Option<f32>,
    /// Penalty on tokens of the last 64; 1 is none.
    pub repeat_penalty: Option<f32>,
    /// Seed of the sampler; `None`: drawn from the clock and recorded.
    pub seed: Option<u32>,
    /// Most tokens of an answer (`num_predict`), also the room kept for it.
    pub num_predict: Option<u32>,
    /// Decode threads; `None`: the free cores less one.
    pub threads: Option<u32>,
    /// How free the model is in writing; `None`: as its card says.
    #[serde(default)]
    pub writing: Option<Degree>,
}

/// `num_gpu` of `all`: no model has more layers, and what one has is the most that is taken.
pub const ALL_LAYERS: u32 = 1000;

/// `num_gpu` as people write it.
pub fn layers(num_gpu: Option<u32>) -> String {
    match num_gpu {
        None => "default".to_owned(),
        Some(layers) if layers >= ALL_LAYERS => "all".to_owned(),
        Some(layers) => layers.to_string(),
    }
}

/// Tokens kept for an answer unless set.
pub const DEFAULT_NUM_PREDICT: u32 = 1024;
/// Context asked for unless set; less when the model was trained for less.
pub const DEFAULT_NUM_CTX: u32 = 8192;

impl Params {
    /// The settings used: every default of the model's family filled in, but for the seed,
    /// the layers and the threads, which the engine decides. Gemma 3: the values its makers
    /// recommend (temperature 1.0, `top_k` 64, `top_p` 0.95). Others: cooler, with a light
    /// repeat penalty, as small instruction models need.
    #[must_use]
    pub fn used(&self, arch: &str, context_train: u32) -> Params {
        let gemma = arch.starts_with("gemma");
        let num_ctx = if context_train == 0 { DEFAULT_NUM_CTX } else { DEFAULT_NUM_CTX.min(context_train) };
        Params {
            num_gpu: self.num_gpu,
            num_ctx: self.num_ctx.or(Some(num_ctx)),
            temperature: self.temperature.or(Some(if gemma { 1.0 } else { 0.3 })),
            top_k: self.top_k.or(Some(if gemma { 64 } else { 40 })),
            top_p: self.top_p.or(Some(if gemma { 0.95 } else { 0.9 })),
            min_p: self.min_p.or(Some(0.0)),
            repeat_penalty: self.repeat_penalty.or(Some(if gemma { 1.0 } else { 1.1 })),
            seed: self.seed,
            num_predict: self.num_predict.or(Some(DEFAULT_NUM_PREDICT)),
            threads: self.threads,
            writing: self.writing,
        }
    }
}

/// A model file and what its header says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// `gemma3:270m`, or the file's name.
    pub name: String,
    /// `gemma3`, `llama`, …
    pub arch: String,
    /// `Q4_K_M`, …
    pub quantization: String,
    /// Number of weights.
    pub params: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Where it lies.
    pub path: PathBuf,
    /// Has a chat template: follows instructions. Otherwise it continues a document.
    pub instruct: bool,
    /// Context it was trained for, tokens.
    pub context_train: u32,
    /// Layers of the model.
    pub layers: u32,
    /// Layers on a GPU.
    pub layers_offloaded: u32,
    /// Devices in use: `CPU`, `CUDA0 NVIDIA H100`.
    pub device: String,
    /// Context in use, tokens.
    pub num_ctx: u32,
    /// Threads in use for decoding.
    pub threads: u32,
    /// Time the load took, ms.
    pub load_ms: f64,
    /// Where it is asked for, when it is at an endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<RemoteInfo>,
    /// SHA-256 of the file, once known; a record has it beside the model.
    #[serde(skip)]
    pub sha256: Option<String>,
    /// How it did when it was measured; `None`: it was not.
    #[serde(skip)]
    pub card: Option<Card>,
}

/// An engine at an endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteInfo {
    /// Its address; it holds no secret.
    pub url: String,
    /// What answers there, with its version where it says one.
    pub server: String,
    /// What the embedded engine can do and this one cannot.
    pub lacks: Vec<String>,
}

/// Why a generation ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stop {
    /// The model ended its answer.
    EndOfGeneration,
    /// The token limit was reached.
    TokenLimit,
    /// The context is full.
    ContextFull,
    /// The user cancelled.
    Cancelled,
    /// The loop guard ended a repetition; the repeated words.
    Loop(String),
}
