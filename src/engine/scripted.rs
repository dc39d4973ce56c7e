//! A deterministic engine without a model, behind the same traits; part of the shipped
//! binary. It keeps the contract of a real one (tokens, limits, cache, cancel) and can
//! misbehave on request, so that the program can be tried and tested without a model.

mod pen;
mod probe;
mod prose;

use std::{collections::BTreeMap, ops::ControlFlow, path::PathBuf, time::Duration};

use self::pen::ScriptPen;
use super::{
    Backend, Engine, EngineError, Loading, ModelSpec, Next, Outcome, Pen, Step,
    measure::{Measure, Measured},
    worker::Stopwatch,
};
use crate::{
    metrics::generation::Timings,
    report::{
        model::{DEFAULT_NUM_CTX, DEFAULT_NUM_PREDICT, ModelInfo, Params, Stop},
        prompt::{Part, SYSTEM_SLOT, USER_SLOT},
    },
};

/// What comes after `scripted:`, with what it does.
pub const NAMES: [(&str, &str); 9] = [
    ("", "writes a sensible answer at a moderate pace"),
    ("slow", "the same at about 30 tok/s"),
    ("fast", "the same without any delay"),
    ("loop", "repeats one sentence for ever"),
    ("crash", "aborts its process in the middle of an answer"),
    ("hang", "stops stepping in the middle of an answer"),
    ("fail", "cannot be loaded"),
    ("probe", "tries what a confined process must not do, line by line of its prompt"),
    ("hungry", "takes memory until it is given no more"),
];

/// Context it claims to be trained for.
const CONTEXT_TRAIN: u32 = 32_768;
/// Tokens of a prefill step.
const CHUNK: usize = 64;
/// Parts of a load that are reported.
const LOAD_STEPS: u8 = 4;

/// The backend.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scripted;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Write,
    Loop,
    Crash,
    Hang,
    Probe,
    Hungry,
}

struct Pace {
    manner: Manner,
    token: Duration,
    chunk: Duration,
}

impl Pace {
    fn named(name: &str) -> Option<Self> {
        let pace = |manner, token, chunk| {
            let (token, chunk) = (Duration::from_micros(token), Duration::from_micros(chunk));
            Some(Self { manner, token, chunk })
        };
        match name {
            "" => pace(Manner::Write, 2_000, 2_000),
            "slow" => pace(Manner::Write, 33_000, 50_000),
            "fast" => pace(Manner::Write, 0, 0),
            "loop" => pace(Manner::Loop, 1_000, 0),
            "crash" => pace(Manner::Crash, 1_000, 0),
            "probe" => pace(Manner::Probe, 0, 0),
            "hungry" => pace(Manner::Hungry, 1_000, 0),
            "hang" => pace(Manner::Hang, 1_000, 0),
            _ => None,
        }
    }
}

impl Backend for Scripted {
    fn session(
        &mut self,
        model: &ModelSpec,
        params: &Params,
        progress: &mut dyn FnMut(Loading) -> ControlFlow<()>,
        body: &mut dyn FnMut(&mut dyn Engine),
    ) -> Result<(), EngineError> {
        let name = match model {
            ModelSpec::Scripted(name) => name.trim_start_matches("scripted").trim_start_matches(':'),
            ModelSpec::File(_) | ModelSpec::Remote(_) => {
                let reason = "it is no scripted model".into();
                return Err(EngineError::Load { name: model.name(), reason });
            }
        };
        let full = if name.is_empty() { "scripted".to_owned() } else { format!("scripted:{name}") };
        let watch = Stopwatch::start();
        if name == "fail" {
            let reason = "this scripted model fails to load, as its name says".into();
            return Err(EngineError::Load { name: full, reason });
        }
        let Some(pace) = Pace::named(name) else {
            let known: Vec<String> =
                NAMES.iter().skip(1).map(|(name, _)| format!("scripted:{name}")).collect();
            let reason = format!("there is no such script; there are scripted, {}", known.join(", "));
            return Err(EngineError::Load { name: full, reason });
        };
        let asked = params.num_ctx.unwrap_or(DEFAULT_NUM_CTX);
        if asked == 0 || asked > CONTEXT_TRAIN {
            let reason = format!("the model was trained for {CONTEXT_TRAIN}");
            return Err(EngineError::Context { asked, reason });
        }
        for step in 0..=LOAD_STEPS {
            if progress(Loading::Share(f32::from(step) / f32::from(LOAD_STEPS))).is_break() {
                return Err(EngineError::Cancelled);
            }
        }
        let info = ModelInfo {
            name: full,
            arch: "scripted".into(),
            quantization: "none".into(),
            path: PathBuf::new(),
            instruct: true,
            context_train: CONTEXT_TRAIN,
            device: "none".into(),
            num_ctx: asked,
            threads: 1,
            load_ms: watch.elapsed().as_secs_f64() * 1e3,
            ..ModelInfo::default()
        };
        body(&mut Script { info, pace, cache: Vec::new() });
        Ok(())
    }
}

struct Script {
    info: ModelInfo,
    pace: Pace,
    /// The tokens evaluated last.
    cache: Vec<Vec<u8>>,
}

impl Engine for Script {
    fn model(&self) -> &ModelInfo {
        &self.info
    }

    fn render(&self, system: &str, user: &str) -> Option<String> {
        Some(format!("<system>\n{system}\n<user>\n{user}\n<answer>\n"))
    }

    fn count_tokens(&mut self, prompt: &[Part]) -> usize {
        tokens_of(prompt).len()
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
        used.num_gpu = Some(0);
        used.threads = Some(self.info.threads);
        used.seed = Some(params.seed.unwrap_or(0));
        let tokens = tokens_of(prompt);
        let total = tokens.len();
        self.info.check_room(total)?;
        let mut timings = Timings { prompt_tokens: total as u64, ..Timings::default() };
        let same = self.cache.iter().zip(&tokens).take_while(|(old, new)| old == new).count();
        let cached = same;
        timings.cached_prompt_tokens = cached as u64;
        self.cache.clone_from(&tokens);
        let ended = |stop, timings| Ok(Outcome { stop, timings, used: used.clone() });

        let mut done = cached;
        loop {
            if emit(Step::Prefill { done, total, cached }) == Next::Stop {
                self.cache.truncate(done);
                timings.prompt_eval = watch.elapsed();
                return ended(Stop::Cancelled, timings);
            }
            if done == total {
                break;
            }
            std::thread::sleep(self.pace.chunk);
            done = total.min(done + CHUNK);
        }
        timings.prompt_eval = watch.elapsed();
        let seed = used.seed.unwrap_or(0);
        let lines = match self.pace.manner {
            Manner::Loop => pieces(prose::REFRAIN),
            Manner::Probe => pieces(&probe::report(&String::from_utf8_lossy(&tokens.concat()))),
            _ => pieces(&prose::answer(&tokens.concat(), seed)),
        };
        let last = watch.elapsed();
        let mut pen = ScriptPen {
            pace: &self.pace,
            lines,
            prompt_tokens: total,
            num_ctx: self.info.num_ctx as usize,
            limit: u64::from(used.num_predict.unwrap_or(DEFAULT_NUM_PREDICT)),
            seed,
            watch: &watch,
            timings: &mut timings,
            emit,
            line: 0,
            written: 0,
            last,
            clock: last,
        };
        let stop = body(&mut pen)?;
        ended(stop, timings)
    }

    fn measure(&mut self, what: &Measure, stop: &mut dyn FnMut() -> bool) -> Result<Measured, EngineError> {
        self.cache.clear();
        let (tokens, step, pause) = match what {
            Measure::Forget => return Ok(Measured::default()),
            Measure::Prefill(tokens) => (*tokens, CHUNK, self.pace.chunk),
            Measure::Decode(tokens) => (*tokens, 1, self.pace.token),
            Measure::Perplexity(text) => {
                let tokens = pieces(text);
                let perplexity = own_perplexity(&tokens);
                return Ok(Measured { tokens: tokens.len() as u64, perplexity, ..Measured::default() });
            }
        };
        let (needed, room) = (tokens as usize, self.info.num_ctx as usize);
        if needed > room {
            return Err(EngineError::TooLong { needed, room });
        }
        let watch = Stopwatch::start();
        for _ in 0..needed.div_ceil(step) {
            if stop() {
                return Err(EngineError::Cancelled);
            }
            std::thread::sleep(pause);
        }
        Ok(Measured { tokens: u64::from(tokens), took: watch.elapsed(), perplexity: None })
    }
}

/// How well the tokens are expected by one who knows only how often each of them comes.
fn own_perplexity(tokens: &[Vec<u8>]) -> Option<f64> {
    let mut counts: BTreeMap<&[u8], f64> = BTreeMap::new();
    for token in tokens {
        *counts.entry(token).or_default() += 1.0;
    }
    let total = tokens.len() as f64;
    let surprise: f64 = counts.values().map(|count| count * (total / count).ln()).sum();
    (total > 0.0).then(|| (surprise / total).exp())
}

/// Longest token, in bytes.
const TOKEN_BYTES: usize = 6;

/// The tokens of a prompt. Slots of a template are no text, as in a real one.
fn tokens_of(prompt: &[Part]) -> Vec<Vec<u8>> {
    let text = |part: &Part| match part {
        Part::Template(text) => text.replace(SYSTEM_SLOT, "").replace(USER_SLOT, ""),
        Part::Data(text) => text.clone(),
        Part::Seam => String::new(),
    };
    prompt.iter().flat_map(|part| pieces(&text(part))).collect()
}

/// Cuts a text before each blank, long words again, and characters of several bytes before
/// and after their first: the byte tokens of a real vocabulary do that.
fn pieces(text: &str) -> Vec<Vec<u8>> {
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    for &byte in text.as_bytes() {
        let cuts = byte.is_ascii_whitespace() || begins_character(byte);
        match pieces.last_mut() {
            Some(last) if !cuts && last.len() < TOKEN_BYTES && !begins_character(last[0]) => last.push(byte),
            _ => pieces.push(vec![byte]),
        }
    }
    pieces
}

/// Is it the first byte of a character of several?
fn begins_character(byte: u8) -> bool {
    byte >= 0xc0
}

#[cfg(test)]
mod tests;
