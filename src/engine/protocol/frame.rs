//! The frames themselves: `u32` length (little endian), then that many bytes of JSON.

use std::{
    io::{self, Read, Write},
    time::Duration,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Request, RunId};
use crate::{
    engine::{
        EngineError, Held, ModelSpec,
        confine::Confined,
        measure::{Measured, Measuring},
        offload::SteppedDown,
    },
    metrics::generation::{ServerTimings, Timings},
    report::{
        model::{ModelInfo, Params, Stop},
        writing::{Dropped, Passage},
    },
};

/// Most bytes of a frame. A prompt is text for a context of some ten thousand tokens; a
/// longer frame means that the stream is not ours, and must not be allocated for.
pub(in crate::engine) const FRAME_LIMIT: u32 = 32 << 20;

/// Host to worker.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::engine) enum Command {
    /// Make the model resident.
    Load {
        /// Which.
        model: ModelSpec,
        /// Settings of its context.
        params: Params,
    },
    /// Generate; loads first where needed.
    Generate(Box<Request>),
    /// Evaluate the prompt and write nothing. Any other command ends it at its next step; it loads no model.
    Freshen(Box<Request>),
    /// Measure without a sampler; loads first where needed.
    Measure(Box<Measuring>),
    /// Stop this run at its next step.
    Cancel(RunId),
    /// End the process.
    Quit,
}

/// Worker to host.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::engine) enum Frame {
    /// What the process gave up, before anything else.
    Confined(Confined),
    /// 0 to 1.
    Loading(f32),
    /// One way to load it failed, another is tried.
    SteppedDown(SteppedDown),
    /// Resident.
    Loaded(Box<ModelInfo>),
    /// SHA-256 of the resident model's file, in hexadecimal digits.
    Hashed(String),
    /// The prompt fits, without these blocks.
    Fitted { run: RunId, prompt_tokens: usize, left_out: Vec<String> },
    /// Prompt progress.
    Prefill { run: RunId, done: usize, total: usize, cached: usize },
    /// Text of `tokens` tokens, `at` on the worker's clock since the call began.
    Piece { run: RunId, text: String, tokens: u32, at: Duration },
    /// The call's text is cut back to so many bytes.
    Withdrawn { run: RunId, length: usize, dropped: Dropped },
    /// A sentence stands.
    Passed { run: RunId, passage: Passage },
    /// The call ended.
    Finished { run: RunId, stop: Stop, timings: Box<WireTimings>, used: Params },
    /// What is evaluated now: after a prompt was written to disk, or after this run of freshening, which
    /// may not have come to its end.
    Held { run: Option<RunId>, held: Held, is_whole: bool },
    /// What was measured.
    Measured { run: RunId, measured: Measured },
    /// It failed; the worker lives.
    Failed { run: Option<RunId>, error: EngineError },
}

/// [`Timings`] as they travel: the worker's half of them.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::engine) struct WireTimings {
    load: Duration,
    prompt_eval: Duration,
    eval: Duration,
    prompt_tokens: u64,
    cached_prompt_tokens: u64,
    tokens: u64,
    forced_tokens: u64,
    rejected_tokens: u64,
    drafted_tokens: u64,
    accepted_tokens: u64,
    /// Nanoseconds: a thousand of them must stay short.
    gaps: Vec<u64>,
    server: Option<ServerTimings>,
}

impl From<Timings> for WireTimings {
    fn from(timings: Timings) -> Self {
        Self {
            load: timings.load,
            prompt_eval: timings.prompt_eval,
            eval: timings.eval,
            prompt_tokens: timings.prompt_tokens,
            cached_prompt_tokens: timings.cached_prompt_tokens,
            tokens: timings.tokens,
            forced_tokens: timings.forced_tokens,
            rejected_tokens: timings.rejected_tokens,
            drafted_tokens: timings.drafted_tokens,
            accepted_tokens: timings.accepted_tokens,
            gaps: timings.gaps.iter().map(|gap| u64::try_from(gap.as_nanos()).unwrap_or(u64::MAX)).collect(),
            server: timings.server,
        }
    }
}

impl WireTimings {
    /// Whole timings with the host's half.
    pub(in crate::engine) fn with_host(self, ttft: Option<Duration>, total: Duration) -> Timings {
        Timings {
            load: self.load,
            prompt_eval: self.prompt_eval,
            eval: self.eval,
            ttft,
            total,
            prompt_tokens: self.prompt_tokens,
            cached_prompt_tokens: self.cached_prompt_tokens,
            tokens: self.tokens,
            forced_tokens: self.forced_tokens,
            rejected_tokens: self.rejected_tokens,
            drafted_tokens: self.drafted_tokens,
            accepted_tokens: self.accepted_tokens,
            gaps: self.gaps.into_iter().map(Duration::from_nanos).collect(),
            server: self.server,
        }
    }
}

/// Why a stream of frames cannot be read on.
#[derive(Debug, thiserror::Error)]
pub(in crate::engine) enum FrameError {
    #[error("cannot read a frame: {0}")]
    Io(#[from] io::Error),
    #[error("a frame of {0} bytes is over the limit of {FRAME_LIMIT}")]
    TooLong(u32),
    #[error("the stream ends inside a frame: {got} of {wanted} bytes")]
    CutOff { wanted: u64, got: u64 },
    #[error("a frame is no valid message: {0}")]
    Malformed(serde_json::Error),
}

/// Writes one frame with one call, so that two writers cannot mix.
pub(in crate::engine) fn write(output: &mut impl Write, message: &impl Serialize) -> io::Result<()> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, message)?;
    let length = u32::try_from(bytes.len() - 4).unwrap_or(u32::MAX);
    if length > FRAME_LIMIT {
        let text = format!("a message of {length} bytes is over the limit of {FRAME_LIMIT}");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    bytes[..4].copy_from_slice(&length.to_le_bytes());
    output.write_all(&bytes)?;
    output.flush()
}

/// Reads one frame; `None` where the stream ends between two.
pub(in crate::engine) fn read<T: DeserializeOwned>(input: &mut impl Read) -> Result<Option<T>, FrameError> {
    let mut head = Vec::with_capacity(4);
    input.by_ref().take(4).read_to_end(&mut head)?;
    let length = match head.as_slice() {
        [] => return Ok(None),
        &[a, b, c, d] => u32::from_le_bytes([a, b, c, d]),
        short => return Err(FrameError::CutOff { wanted: 4, got: short.len() as u64 }),
    };
    if length > FRAME_LIMIT {
        return Err(FrameError::TooLong(length));
    }
    // Grows with what arrives, not with what the length claims.
    let mut body = Vec::new();
    let got = input.by_ref().take(u64::from(length)).read_to_end(&mut body)? as u64;
    if got < u64::from(length) {
        return Err(FrameError::CutOff { wanted: u64::from(length), got });
    }
    serde_json::from_slice(&body).map(Some).map_err(FrameError::Malformed)
}

#[cfg(test)]
mod tests;
