//! How much of a model goes onto the GPUs, and with how long a context: by what its header says
//! and the memory that is free there now. What was planned can still fail, since memory is taken by
//! others meanwhile: then less is tried, step by step, and each step is told.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::gguf::{Block, Header};
use crate::report::model::{DEFAULT_NUM_CTX, KvType, Params};

/// Up to this context a sliding window keeps every token: any prefix can then be used again.
const WHOLE_WINDOW: u32 = 8192;
/// Of Gemma's layers one in so many sees the whole context.
const GEMMA_PATTERN: u64 = 6;
/// A GPU is idle with a smaller batch.
pub const GPU_BATCH: u32 = 512;
/// A context that nobody asked for is not made shorter than this.
pub const SHORTEST: u32 = 1024;
/// What a GPU needs besides weights and cache: the workspace of its libraries, activations.
const OVERHEAD: u64 = 256 << 20;

/// A GPU with its memory in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gpu {
    /// Its name and what it is.
    pub name: String,
    /// Free now.
    pub free: u64,
    /// All of it.
    pub total: u64,
}

/// One way to load a model. The output counts as one layer more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Layers on the GPUs.
    pub layers: u32,
    /// Tokens of context.
    pub num_ctx: u32,
}

/// A way that failed, and the one that is tried in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SteppedDown {
    /// What failed.
    pub from: Attempt,
    /// What is tried now.
    pub to: Attempt,
    /// Why it failed.
    pub reason: String,
}

/// What goes where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offload {
    /// What is tried first.
    pub first: Attempt,
    /// Bytes that it takes of each GPU, estimated.
    pub bytes: Vec<u64>,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.layers {
            0 => f.write_str("the CPU"),
            1 => write!(f, "1 layer on the GPU, num_ctx {}", self.num_ctx),
            layers => write!(f, "{layers} layers on the GPU, num_ctx {}", self.num_ctx),
        }
    }
}

impl fmt::Display for SteppedDown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed ({}); trying {}", self.from, self.reason, self.to)
    }
}

/// Plans for these GPUs. A number of layers that was asked for is tried as it is; otherwise as
/// many go there as fit and leave the reserve free, with a shorter context only where not one fits and none was asked for.
pub fn plan(header: &Header, params: &Params, gpus: &[Gpu]) -> Offload {
    // The output counts as one layer more.
    let all = header.layers.saturating_add(1);
    let num_ctx = params.num_ctx.unwrap_or(usual_context(header));
    let cpu = Attempt { layers: 0, num_ctx };
    let first = match params.num_gpu {
        _ if gpus.is_empty() => cpu,
        Some(asked) => Attempt { layers: asked.min(all), num_ctx },
        None => contexts(params, num_ctx)
            .into_iter()
            .find_map(|num_ctx| most(header, params, gpus, num_ctx))
            .unwrap_or(cpu),
    };
    Offload { first, bytes: needed(header, params, gpus, first) }
}

/// What is tried after the first way, in order: fewer layers, then a shorter context unless its
/// length was asked for, then the processor alone.
pub fn steps(first: Attempt, params: &Params) -> Vec<Attempt> {
    let num_ctx = first.num_ctx;
    let layers = [first.layers, first.layers.saturating_mul(3) / 4, first.layers / 2, first.layers / 4];
    let fewest = layers.into_iter().filter(|&layers| layers > 1).min().unwrap_or(first.layers);
    let fewer = layers.into_iter().filter(|&layers| layers > 1).map(|layers| Attempt { layers, num_ctx });
    let shorter = contexts(params, num_ctx).into_iter().map(|num_ctx| Attempt { layers: fewest, num_ctx });
    let mut attempts = vec![first];
    attempts.extend(fewer.chain(shorter).filter(|attempt| attempt.layers > 0));
    attempts.push(Attempt { layers: 0, num_ctx });
    attempts.dedup();
    attempts
}

/// Why nothing goes onto GPUs that are there; `None` where something does, or nothing was asked to.
pub fn refusal(offload: &Offload, params: &Params, gpus: &[Gpu]) -> Option<String> {
    let largest = gpus.iter().max_by_key(|gpu| gpu.free)?;
    let reserve = params.gpu_reserve.unwrap_or_default();
    (offload.first.layers == 0 && params.num_gpu.is_none()).then(|| {
        format!(
            "no layer fits: {} MiB of the GPU are free, {} MiB of them are reserved (gpu_reserve)",
            largest.free >> 20,
            reserve.of(largest.total) >> 20
        )
    })
}

/// The context unless one is asked for.
pub fn usual_context(header: &Header) -> u32 {
    if header.context_train == 0 { DEFAULT_NUM_CTX } else { DEFAULT_NUM_CTX.min(header.context_train) }
}

/// Does a sliding window keep every token of such a context?
pub fn keeps_window(num_ctx: u32) -> bool {
    num_ctx <= WHOLE_WINDOW
}

/// Tokens that a layer keeps of a context, on the mean of all layers.
pub fn kept_tokens(header: &Header, num_ctx: u32, batch: u32) -> u64 {
    let tokens = u64::from(num_ctx);
    // Layers with a window keep less where they may forget.
    if keeps_window(num_ctx) || header.window == 0 || !header.arch.starts_with("gemma") {
        return tokens;
    }
    let window = u64::from(header.window) + u64::from(batch);
    tokens.div_ceil(GEMMA_PATTERN) + window.min(tokens)
}

/// Contexts to try, the longest first.
fn contexts(params: &Params, longest: u32) -> Vec<u32> {
    let mut contexts = vec![longest];
    if params.num_ctx.is_none() {
        let mut shorter = longest;
        while shorter > SHORTEST {
            shorter = (shorter / 2).max(SHORTEST);
            contexts.push(shorter);
        }
    }
    contexts
}

/// Most layers with this context that fit; `None` where not one does. The output alone is no gain.
fn most(header: &Header, params: &Params, gpus: &[Gpu], num_ctx: u32) -> Option<Attempt> {
    let reserve = params.gpu_reserve.unwrap_or_default();
    let fits = |attempt: &Attempt| {
        let needed = needed(header, params, gpus, *attempt);
        gpus.iter().zip(needed).all(|(gpu, bytes)| {
            // A GPU that gets nothing is left as it is.
            bytes == 0 || bytes.saturating_add(reserve.of(gpu.total)) <= gpu.free
        })
    };
    (2..=header.layers.saturating_add(1)).rev().map(|layers| Attempt { layers, num_ctx }).find(fits)
}

/// Bytes on each GPU: the last layers, shared out as llama.cpp does it, by free memory.
fn needed(header: &Header, params: &Params, gpus: &[Gpu], attempt: Attempt) -> Vec<u64> {
    let mut bytes = vec![0_u64; gpus.len()];
    if attempt.layers == 0 || gpus.is_empty() {
        return bytes;
    }
    let batch = params.batch.unwrap_or(GPU_BATCH);
    let layers = layers(header);
    let kept = kept_tokens(header, attempt.num_ctx, batch);
    let cache = |block: &Block| {
        let bits = params.kv_type.unwrap_or(KvType::F16).bits();
        (block.cache_width.saturating_mul(kept) as f64 * bits / 8.0) as u64
    };
    let first = layers.len().saturating_sub(attempt.layers as usize);
    let on_gpu = layers.len() - first;
    for (number, layer) in layers[first..].iter().enumerate() {
        let at = device(gpus, number as f64 / on_gpu as f64);
        bytes[at] = bytes[at].saturating_add(layer.bytes).saturating_add(cache(layer));
    }
    let tokens = u64::from(batch);
    // Without flash attention a layer's scores are all there at once.
    let scores = if params.flash_attn == Some(false) {
        header.heads.saturating_mul(u64::from(attempt.num_ctx)).saturating_mul(tokens).saturating_mul(4)
    } else {
        0
    };
    // Weights that stay with the processor visit the GPU while the prompt is evaluated.
    let visiting = if first > 0 { layers.iter().map(|layer| layer.bytes).max().unwrap_or(0) } else { 0 };
    for bytes in bytes.iter_mut().filter(|bytes| **bytes > 0) {
        *bytes = bytes.saturating_add(OVERHEAD).saturating_add(scores).saturating_add(visiting);
    }
    let at = device(gpus, (on_gpu - 1) as f64 / on_gpu as f64);
    bytes[at] = bytes[at].saturating_add(header.vocabulary.saturating_mul(4).saturating_mul(tokens));
    bytes
}

/// The layers with the output behind them; equal shares of the file where nothing is known of them.
fn layers(header: &Header) -> Vec<Block> {
    let mut layers = header.blocks.clone();
    let output = if layers.iter().all(|layer| layer.bytes == 0) {
        let count = u64::from(header.layers) + 1;
        let share = Block { bytes: header.bytes / count, cache_width: header.cache_width / count };
        layers = vec![share; header.layers as usize];
        share.bytes
    } else {
        header.output_bytes
    };
    layers.push(Block { bytes: output, cache_width: 0 });
    layers
}

/// The GPU of a layer by its place among those that are offloaded, 0 to 1.
fn device(gpus: &[Gpu], place: f64) -> usize {
    let all: f64 = gpus.iter().map(|gpu| gpu.free as f64).sum();
    let mut sum = 0.0;
    let at = gpus.iter().position(|gpu| {
        sum += gpu.free as f64;
        sum / all > place
    });
    at.unwrap_or(gpus.len().saturating_sub(1))
}

#[cfg(test)]
mod tests;
