//! What a report says of its model and settings. The engine fills these in; the words
//! are those of the README, not of llama.cpp.

use std::{fmt, path::PathBuf, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{card::Card, writing::Degree};

/// Sampling and engine settings. `None` is "the default of the model's family", and a
/// report prints `default` for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Layers offloaded to the GPU (`n_gpu_layers`); `None`: as many as fit beside the reserve.
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
    /// Tokens of a physical batch of the prompt; `None`: by model and threads.
    #[serde(default)]
    pub batch: Option<u32>,
    /// Flash attention; `None`: the engine decides.
    #[serde(default)]
    pub flash_attn: Option<bool>,
    /// How keys and values are stored; `None`: `f16`.
    #[serde(default)]
    pub kv_type: Option<KvType>,
    /// Memory of a GPU that is left free; `None`: [`Reserve::default`].
    #[serde(default)]
    pub gpu_reserve: Option<Reserve>,
    /// Lookup decoding; `None`: where it pays.
    #[serde(default)]
    pub lookup: Option<bool>,
    /// How free the model is in writing; `None`: as its card says.
    #[serde(default)]
    pub writing: Option<Degree>,
}

/// Memory of a GPU that an offload by itself leaves free for what else runs there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reserve {
    /// So many MiB of each.
    Mebibytes(u32),
    /// A share of the memory that each has.
    Percent(u8),
}

impl Default for Reserve {
    /// What a benchmark of a small model needs beside ours.
    fn default() -> Self {
        Self::Mebibytes(512)
    }
}

impl Reserve {
    /// Bytes of a GPU with so many.
    pub fn of(self, total: u64) -> u64 {
        match self {
            Self::Mebibytes(mebibytes) => u64::from(mebibytes) << 20,
            Self::Percent(percent) => total / 100 * u64::from(percent),
        }
    }
}

impl fmt::Display for Reserve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mebibytes(mebibytes) => write!(f, "{mebibytes}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl FromStr for Reserve {
    type Err = ();

    /// `512` (MiB) or `10%`.
    fn from_str(text: &str) -> Result<Self, ()> {
        match text.strip_suffix('%') {
            Some(share) => {
                share.trim().parse().ok().filter(|&share| share <= 100).map(Self::Percent).ok_or(())
            }
            None => text.parse().ok().filter(|&size| size <= MOST_RESERVED).map(Self::Mebibytes).ok_or(()),
        }
    }
}

/// MiB that can be reserved; more is a slip.
pub const MOST_RESERVED: u32 = 1_048_576;

/// How the cache stores keys and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum KvType {
    F32,
    F16,
    Q8_0,
    Q5_1,
    Q5_0,
    Q4_1,
    Q4_0,
}

impl KvType {
    /// All, the most exact first.
    pub const ALL: [Self; 7] =
        [Self::F32, Self::F16, Self::Q8_0, Self::Q5_1, Self::Q5_0, Self::Q4_1, Self::Q4_0];

    /// Its name in settings and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Q8_0 => "q8_0",
            Self::Q5_1 => "q5_1",
            Self::Q5_0 => "q5_0",
            Self::Q4_1 => "q4_1",
            Self::Q4_0 => "q4_0",
        }
    }

    /// The type of a name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kv_type| kv_type.name() == name)
    }

    /// Bits of a stored value, the scales of its block with it.
    pub fn bits(self) -> f64 {
        match self {
            Self::F32 => 32.0,
            Self::F16 => 16.0,
            Self::Q8_0 => 8.5,
            Self::Q5_1 => 6.0,
            Self::Q5_0 => 5.5,
            Self::Q4_1 => 5.0,
            Self::Q4_0 => 4.5,
        }
    }
}

/// The settings that a context is made with: with others, it is made anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContextSettings {
    num_gpu: Option<u32>,
    num_ctx: Option<u32>,
    threads: Option<u32>,
    batch: Option<u32>,
    flash_attn: Option<bool>,
    kv_type: Option<KvType>,
    gpu_reserve: Option<Reserve>,
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
    /// What of them a context is made with.
    pub fn context(&self) -> ContextSettings {
        ContextSettings {
            num_gpu: self.num_gpu,
            num_ctx: self.num_ctx,
            threads: self.threads,
            batch: self.batch,
            flash_attn: self.flash_attn,
            kv_type: self.kv_type,
            gpu_reserve: self.gpu_reserve,
        }
    }

    /// The settings used: every default of the model's family filled in, but for the seed,
    /// the layers, the threads, the batch and the kind of attention, which the engine decides. Gemma 3: the values its makers
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
            batch: self.batch,
            flash_attn: self.flash_attn,
            kv_type: self.kv_type.or(Some(KvType::F16)),
            gpu_reserve: self.gpu_reserve,
            lookup: self.lookup,
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
    /// Why nothing of it runs on a GPU where one could be expected to be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
    /// Ways to load it that failed, in order, as they were told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stepped_down: Vec<String>,
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

impl ModelInfo {
    /// The devices in use, and why no GPU is among them where that is no matter of course.
    pub fn place(&self) -> String {
        match &self.fallback {
            Some(reason) => format!("{} ({reason})", self.device),
            None => self.device.clone(),
        }
    }
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
