//! How long a context can be: by the model's training, by the memory there is.

use std::fs;

use super::MAX_BATCH;
use crate::{
    engine::{
        EngineError,
        gguf::Header,
        offload::{self, Attempt, GPU_BATCH, SHORTEST},
    },
    report::model::{KvType, Params},
};

/// Tokens of a physical batch for each core, on the processor: what one evaluates
/// in about a quarter of a second. It depends on nothing that a clock says, nor on how many threads
/// are used now, because batches of other sizes round otherwise, and a seed must give the same text again.
const SMALL_BATCH: u32 = 64;
/// The same for models that are not small.
const BATCH: u32 = 32;
/// Weights of a small model, at most.
const SMALL: u64 = 300_000_000;
/// More gains nothing, and the logits alone take a megabyte a token with Gemma's vocabulary.
const MAX_CPU_BATCH: u32 = 128;
/// Memory that everything else of a context takes, and what must stay free.
const SLACK: u64 = 192 << 20;
/// A context that can be had.
#[derive(Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) num_ctx: u32,
    /// Tokens of a physical batch.
    pub(super) batch: u32,
    /// Does a sliding window keep every token?
    pub(super) whole_window: bool,
    /// How keys and values are stored.
    pub(super) kv_type: KvType,
    /// Bytes of the context, estimated.
    pub(super) bytes: u64,
}

impl Plan {
    pub(super) fn make(
        header: &Header,
        params: &Params,
        cores: u32,
        attempt: Attempt,
    ) -> Result<Self, EngineError> {
        check_asked(header, params)?;
        let batch = |usual: u32| params.batch.map_or(usual, |batch| batch.clamp(1, MAX_BATCH));
        if attempt.layers > 0 {
            // The memory of a GPU is the driver's to refuse.
            return Ok(Self::of(header, params, attempt.num_ctx, batch(GPU_BATCH)));
        }
        let free = available().map(|bytes| bytes.saturating_sub(header.bytes));
        Self::within(header, params, free, batch(cpu_batch(header, cores)))
    }

    fn of(header: &Header, params: &Params, num_ctx: u32, batch: u32) -> Self {
        let (whole_window, kv_type) = (offload::keeps_window(num_ctx), params.kv_type.unwrap_or(KvType::F16));
        let mut plan = Self { num_ctx, batch, whole_window, kv_type, bytes: 0 };
        plan.bytes = needed(header, &plan);
        plan
    }

    fn within(header: &Header, params: &Params, free: Option<u64>, batch: u32) -> Result<Self, EngineError> {
        let asked = params.num_ctx;
        let plan = |num_ctx: u32| Self::of(header, params, num_ctx, batch);
        let fits = |num_ctx: u32| free.is_none_or(|free| plan(num_ctx).bytes <= free);
        let mut num_ctx = asked.unwrap_or(offload::usual_context(header));
        if fits(num_ctx) {
            return Ok(plan(num_ctx));
        }
        let wanted = plan(num_ctx).bytes;
        while num_ctx > SHORTEST && !fits(num_ctx) {
            num_ctx = (num_ctx / 2).max(SHORTEST);
        }
        if asked.is_none() && fits(num_ctx) {
            tracing::warn!("the memory allows a context of {num_ctx} tokens");
            return Ok(plan(num_ctx));
        }
        let mebibytes = |bytes: u64| bytes >> 20;
        let mut reason =
            format!("it takes {} MiB and {} MiB are free", mebibytes(wanted), mebibytes(free.unwrap_or(0)));
        if fits(num_ctx) {
            reason = format!("{reason}; {num_ctx} would fit");
        }
        Err(EngineError::Context { asked: asked.unwrap_or(num_ctx), reason })
    }
}

fn cpu_batch(header: &Header, cores: u32) -> u32 {
    let each = if header.params <= SMALL { SMALL_BATCH } else { BATCH };
    each.saturating_mul(cores.max(1)).next_power_of_two().min(MAX_CPU_BATCH)
}

/// Refuses at once what the model cannot do.
pub(super) fn check_asked(header: &Header, params: &Params) -> Result<(), EngineError> {
    let Some(asked) = params.num_ctx else { return Ok(()) };
    let trained = header.context_train;
    if asked == 0 || (trained > 0 && asked > trained) {
        let reason = format!("the model was trained for {trained}; num_ctx can be 1 to {trained}");
        return Err(EngineError::Context { asked, reason });
    }
    Ok(())
}

/// Bytes of a context: the cache, the logits of a batch, the rest.
fn needed(header: &Header, plan: &Plan) -> u64 {
    let kept = offload::kept_tokens(header, plan.num_ctx, plan.batch);
    let cache = token_bytes(header, plan.kv_type).saturating_mul(kept);
    let logits = header.vocabulary.saturating_mul(4).saturating_mul(u64::from(plan.batch));
    cache.saturating_add(logits).saturating_add(SLACK)
}

/// May another context be made beside the one there is?
pub(super) fn is_room_for(plan: &Plan) -> bool {
    available().is_some_and(|free| plan.bytes <= free)
}

/// Bytes of a token in the cache.
pub(super) fn token_bytes(header: &Header, kv_type: KvType) -> u64 {
    (header.cache_width as f64 * kv_type.bits() / 8.0) as u64
}

fn available() -> Option<u64> {
    parse(&fs::read_to_string("/proc/meminfo").ok()?)
}

fn parse(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kibibytes| kibibytes << 10)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn gemma() -> Header {
        Header {
            arch: "gemma3".into(),
            context_train: 32_768,
            cache_width: 18 * 512,
            window: 512,
            vocabulary: 262_144,
            ..Header::default()
        }
    }

    fn num_ctx(asked: Option<u32>, free: Option<u64>) -> Result<u32, String> {
        let params = Params { num_ctx: asked, ..Params::default() };
        let plan = Plan::within(&gemma(), &params, free, MAX_CPU_BATCH);
        plan.map(|plan| plan.num_ctx).map_err(|error| error.to_string())
    }

    #[test]
    fn a_default_context_shrinks_to_the_memory_and_one_asked_for_does_not() {
        assert_eq!(num_ctx(None, None), Ok(8192));
        assert_eq!(num_ctx(Some(32_768), Some(8 << 30)), Ok(32_768));
        assert_eq!(num_ctx(None, Some(400 << 20)), Ok(4096));
        let error = num_ctx(Some(8192), Some(400 << 20)).unwrap_err();
        assert!(error.contains("context of 8192 tokens") && error.contains("4096 would fit"), "{error}");
        assert!(num_ctx(None, Some(1 << 20)).unwrap_err().contains("1 MiB are free"));
    }

    #[test]
    fn a_cache_of_half_the_bits_lets_a_longer_context_fit() {
        let shortened = |kv_type| {
            let params = Params { kv_type, ..Params::default() };
            Plan::within(&gemma(), &params, Some(400 << 20), MAX_CPU_BATCH).unwrap().num_ctx
        };
        assert_eq!((shortened(None), shortened(Some(KvType::Q8_0))), (4096, 8192));
    }

    #[test]
    fn a_batch_follows_the_model_and_the_machine_alone() {
        let large = Header { params: 4_000_000_000, ..gemma() };
        assert_eq!([1, 2, 8].map(|cores| cpu_batch(&gemma(), cores)), [64, 128, 128]);
        assert_eq!([1, 3, 8].map(|cores| cpu_batch(&large, cores)), [32, 128, 128]);
    }

    #[test]
    fn more_than_the_training_is_refused() {
        let check = |asked| check_asked(&gemma(), &Params { num_ctx: Some(asked), ..Params::default() });
        assert_eq!(check(32_768), Ok(()));
        assert!(check(32_769).unwrap_err().to_string().contains("trained for 32768"));
        assert!(check(0).is_err());
    }

    #[test]
    fn the_free_memory_is_what_the_system_calls_available() {
        assert_eq!(parse("MemTotal: 5 kB\nMemAvailable:   2048 kB\n"), Some(2 << 20));
        assert_eq!(parse("MemTotal: 5 kB\n"), None);
    }
}
