//! Measures without a sampler: prompts and single steps of any tokens, as `llama-bench` does, and
//! how well the model expects a text, as `llama-perplexity` does.

use llama_cpp_2::token::LlamaToken;

use super::{
    MAX_BATCH,
    session::{Session, failed},
};
use crate::{
    engine::{
        EngineError,
        measure::{Measure, Measured},
        worker::Stopwatch,
    },
    metrics::stats::SplitMix64,
};

/// Tokens of a window of text; the second half of each is scored, the first is what the model
/// knows of it.
const WINDOW: usize = 256;
/// Tokens evaluated with all their logits at once: with Gemma's vocabulary each takes a megabyte.
const STEP: usize = 32;
/// Any tokens do; these are the same every time.
const SEED: u64 = 1;

impl Session<'_> {
    pub(super) fn measured(
        &mut self,
        what: &Measure,
        stop: &mut dyn FnMut() -> bool,
    ) -> Result<Measured, EngineError> {
        self.forget();
        let measured = match what {
            Measure::Forget => Ok(Measured::default()),
            Measure::Prefill(tokens) => self.steps(*tokens, MAX_BATCH as usize, stop),
            Measure::Decode(tokens) => self.steps(*tokens, 1, stop),
            Measure::Perplexity(text) => self.perplexity(text, stop),
        };
        self.forget();
        measured
    }

    /// Any tokens, so many a step.
    fn steps(
        &mut self,
        count: u32,
        step: usize,
        stop: &mut dyn FnMut() -> bool,
    ) -> Result<Measured, EngineError> {
        let (needed, room) = (count as usize, self.info.num_ctx as usize);
        if needed == 0 || needed > room {
            return Err(EngineError::TooLong { needed, room });
        }
        let tokens = self.any_tokens(needed);
        let watch = Stopwatch::start();
        for step in tokens.chunks(step) {
            if stop() {
                return Err(EngineError::Cancelled);
            }
            self.decode(step, true).map_err(|error| failed(&error))?;
            self.synchronize();
        }
        Ok(Measured { tokens: u64::from(count), took: watch.elapsed(), perplexity: None })
    }

    fn any_tokens(&self, count: usize) -> Vec<LlamaToken> {
        let vocabulary = u64::from(self.model.n_vocab().max(1).unsigned_abs());
        let mut random = SplitMix64(SEED);
        let mut tokens: Vec<LlamaToken> = (0..count)
            .map(|_| LlamaToken(i32::try_from(random.below(vocabulary)).unwrap_or_default()))
            .collect();
        if let (Some(first), Some(begin)) = (tokens.first_mut(), self.beginning()) {
            *first = begin;
        }
        tokens
    }

    fn perplexity(&mut self, text: &str, stop: &mut dyn FnMut() -> bool) -> Result<Measured, EngineError> {
        let tokens = self.tokens_of(text);
        let window = WINDOW.min(self.info.num_ctx as usize);
        let watch = Stopwatch::start();
        let (mut surprise, mut scored) = (0.0, 0_u64);
        for window in tokens.chunks_exact(window) {
            self.forget();
            let mut window = window.to_vec();
            // Each begins as a text does.
            if let Some(begin) = self.beginning() {
                window[0] = begin;
            }
            let half = window.len() / 2;
            let mut at = 0;
            while at + 1 < window.len() {
                if stop() {
                    return Err(EngineError::Cancelled);
                }
                let end = (at + STEP).min(window.len() - 1);
                self.decode_for_all(&window[at..end]).map_err(|error| failed(&error))?;
                for place in at.max(half)..end {
                    let next = usize::try_from(window[place + 1].0).unwrap_or_default();
                    surprise += self.surprise(place - at, next);
                    scored += 1;
                }
                at = end;
            }
        }
        let perplexity = (scored > 0).then(|| (surprise / scored as f64).exp());
        Ok(Measured { tokens: scored, took: watch.elapsed(), perplexity })
    }

    /// The negative logarithm of what the model gave the token that came.
    fn surprise(&self, at: usize, next: usize) -> f64 {
        let logits = self.logits(at);
        let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = logits.iter().map(|logit| f64::from(logit - most).exp()).sum();
        let own = logits.get(next).map_or(f64::NEG_INFINITY, |logit| f64::from(logit - most));
        sum.ln() - own
    }
}
