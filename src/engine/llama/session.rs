//! A loaded model with its context: tokens, prefill in short steps, decode.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use llama_cpp_2::{
    DecodeError, LlamaStateSeqFlags,
    context::LlamaContext,
    llama_batch::LlamaBatch,
    model::{LlamaChatMessage, LlamaChatTemplate, LlamaModel},
    token::LlamaToken,
};

use super::{
    MAX_BATCH,
    hand::Hand,
    memory::Plan,
    place::Cores,
    reason,
    shelf::{self, Shelf},
    vocabulary::Vocabulary,
};
use crate::{
    engine::{
        Engine, EngineError, Held, Next, Outcome, Pen, Step,
        lookup::Gauge,
        measure::{Measure, Measured},
        worker::Stopwatch,
    },
    metrics::generation::Timings,
    report::{
        model::{ModelInfo, Params, Stop},
        prompt::Part,
    },
};

/// A prefill step aims at this: cancel is answered between two.
const STEP: Duration = Duration::from_millis(200);
/// The one sequence in the cache.
pub(super) const SEQUENCE: i32 = 0;
/// Fewer tokens are evaluated as fast as they are read from disk.
const LEAST_READ: usize = 32;
/// A prompt of which fewer were evaluated anew is not worth its bytes on disk.
const LEAST_KEPT: usize = 128;

pub(super) struct Session<'m> {
    pub(super) info: ModelInfo,
    pub(super) model: &'m LlamaModel,
    context: LlamaContext<'m>,
    template: Option<LlamaChatTemplate>,
    /// What its tokens may be used for, once that was asked.
    vocabulary: std::cell::OnceCell<Vocabulary>,
    /// Tokens in the cache, in order.
    pub(super) evaluated: Vec<LlamaToken>,
    /// How many of them, from the start, were evaluated in batches that are cut at the same
    /// places whenever the same tokens stand there.
    settled: usize,
    /// Where the part of the last prompt ends that the calls of a report share.
    seam: usize,
    /// The last prompt with what the model expected behind it: asked again, nothing needs to
    /// be evaluated.
    last_prompt: Option<(Vec<LlamaToken>, Vec<f32>)>,
    /// Whether drafts pay: known from one answer to the next.
    pub(super) gauge: Gauge,
    /// Whether the threads are still right, and what makes a context with other ones; `None`: they
    /// stay as they are.
    pub(super) threads: Option<(Cores, Remake<'m>)>,
    /// Where evaluated prompts are kept for later, if anywhere.
    pub(super) shelf: Option<Shelf>,
    /// Tokens evaluated since a prompt was kept or read back.
    fresh: usize,
    batch: LlamaBatch<'static>,
    /// Tokens of a physical batch.
    unit: usize,
    /// Tokens of a prefill step, a multiple of the unit: llama.cpp cuts it into units, so
    /// that the time a step takes never changes how the numbers round, and a seed gives
    /// the same text on a busy machine.
    chunk: usize,
    /// Sliding window; 0 where every token is kept.
    window: u32,
    /// Tokens of which a saved state is whole: llama.cpp leaves out what lies before a sliding window,
    /// also where the cache keeps it, and a prompt that goes back there would be read wrong.
    saved: usize,
}

/// Makes a context with so many threads, where there is memory for it.
pub(super) type Remake<'m> = &'m dyn Fn(u32) -> Option<LlamaContext<'m>>;

/// Prompt or answer was ended by the one who listens.
enum Prefilled {
    Whole,
    Stopped,
}

impl<'m> Session<'m> {
    pub(super) fn new(model: &'m LlamaModel, context: LlamaContext<'m>, window: u32, plan: &Plan) -> Self {
        let unit = plan.batch.clamp(1, MAX_BATCH) as usize;
        Self {
            info: ModelInfo::default(),
            model,
            context,
            template: model.chat_template(None).ok(),
            vocabulary: std::cell::OnceCell::new(),
            evaluated: Vec::new(),
            settled: 0,
            seam: 0,
            last_prompt: None,
            gauge: Gauge::default(),
            threads: None,
            shelf: None,
            fresh: 0,
            batch: LlamaBatch::new(MAX_BATCH as usize, 1),
            unit,
            chunk: unit,
            window: if plan.whole_window { 0 } else { window },
            saved: if window == 0 { usize::MAX } else { window as usize },
        }
    }

    /// Others took cores, or gave them back: with more threads than free cores every step waits for
    /// the slowest. llama.cpp's threads are a context's, so another one takes over what is evaluated.
    /// No batch follows how many there are, but llama.cpp rounds otherwise with another number of them.
    fn follow_the_cores(&mut self) {
        let Some((cores, remake)) = &mut self.threads else { return };
        let Some(threads) = cores.threads().filter(|threads| *threads != self.info.threads) else { return };
        let remake = *remake;
        let Some(mut context) = remake(threads) else { return };
        if self.evaluated.len() > self.saved {
            (self.context, self.info.threads) = (context, threads);
            return self.forget();
        }
        let state = self.context.state_seq_get(SEQUENCE, LlamaStateSeqFlags::empty());
        if state.is_ok_and(|state| context.state_seq_set(&state, SEQUENCE).is_ok()) {
            tracing::info!("{threads} threads instead of {}", self.info.threads);
            self.context = context;
            self.info.threads = threads;
        }
    }

    /// Scaffolding may hold control tokens, content may not; the beginning of the text
    /// stands in front once. And where the part ends that calls share.
    fn tokens(&self, prompt: &[Part]) -> (Vec<LlamaToken>, usize) {
        let vocabulary = self.model.vocab();
        let mut tokens = Vec::new();
        let mut seam = 0;
        for part in prompt {
            match part {
                Part::Template(text) => vocabulary.tokenize_into(text.as_bytes(), &mut tokens, false, true),
                Part::Data(text) => vocabulary.tokenize_into(text.as_bytes(), &mut tokens, false, false),
                Part::Seam => seam = tokens.len(),
            }
        }
        if let Some(begin) = self.beginning().filter(|begin| tokens.first() != Some(begin)) {
            tokens.insert(0, begin);
            seam += usize::from(seam > 0);
        }
        (tokens, seam)
    }

    /// Keeps what the cache and a new prompt have in common, up to a place where a batch
    /// would begin anyway: the shape of batches changes how numbers round, and a seed must
    /// give the same text whether the cache was cold or warm. What was kept on disk takes the
    /// place of a cache that has less.
    fn reuse(&mut self, tokens: &[LlamaToken], seam: usize) -> usize {
        let mut common = self.useful(tokens, seam);
        if self.read_back(tokens, seam, common) {
            common = self.useful(tokens, seam);
        }
        let kept = if self.can_go_back_to(common) && self.cut_cache(common) { common } else { 0 };
        if kept == 0 {
            self.context.clear_kv_cache();
        }
        self.evaluated.truncate(kept);
        kept
    }

    /// Tokens of the cache that a new prompt could build on.
    fn useful(&self, tokens: &[LlamaToken], seam: usize) -> usize {
        let is_last = self.last_prompt.as_ref().is_some_and(|(last, _)| last == tokens);
        let held = Built { tokens: &self.evaluated, seam: self.seam, settled: self.settled, is_last };
        let useful = held.useful(tokens, seam, self.unit);
        if self.can_go_back_to(useful) { useful } else { 0 }
    }

    /// Reads a prompt from disk that is worth more than what is there; `false` where none is.
    fn read_back(&mut self, tokens: &[LlamaToken], seam: usize, useful: usize) -> bool {
        if useful + LEAST_READ >= tokens.len() {
            return false;
        }
        let Some(shelf) = &self.shelf else { return false };
        let unit = self.unit;
        let worth = |kept: &shelf::Prompt| {
            let is_last = kept.tokens == tokens && !kept.expected.is_empty();
            let built = Built { tokens: &kept.tokens, seam: kept.seam, settled: kept.settled, is_last };
            built.useful(tokens, seam, unit)
        };
        let Some((path, _)) = shelf.best(worth).filter(|(_, worth)| *worth >= useful + LEAST_READ) else {
            return false;
        };
        self.context.clear_kv_cache();
        let read = shelf.load(&path, &mut self.context);
        let Some(prompt) = read else {
            self.forget();
            return true;
        };
        self.evaluated.clone_from(&prompt.tokens);
        (self.seam, self.settled, self.fresh) = (prompt.seam, prompt.settled, 0);
        self.last_prompt = Some((prompt.tokens, prompt.expected));
        true
    }

    /// Forgets what comes behind a place in the answer; where the cache cannot, it is
    /// evaluated again.
    pub(super) fn go_back_to(&mut self, length: usize) -> Result<(), EngineError> {
        if self.cut(length) {
            return Ok(());
        }
        let tokens: Vec<LlamaToken> = self.evaluated.get(..length).unwrap_or_default().to_vec();
        self.forget();
        for batch in tokens.chunks(self.unit) {
            self.decode(batch, false).map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    /// Forgets what comes behind a place in the answer, where the cache can.
    pub(super) fn cut(&mut self, length: usize) -> bool {
        let is_cut = self.can_go_back_to(length) && self.cut_cache(length);
        if is_cut {
            self.evaluated.truncate(length);
        }
        is_cut
    }

    /// What the model expects behind the last token.
    fn expected(&self) -> &[f32] {
        self.context.get_logits_ith(self.batch.n_tokens() - 1)
    }

    pub(super) fn vocabulary(&self) -> &Vocabulary {
        self.vocabulary.get_or_init(|| Vocabulary::of(self.model))
    }

    /// A sliding window forgets: cells before it are gone although llama.cpp says it can
    /// remove what comes after.
    fn can_go_back_to(&self, common: usize) -> bool {
        if common == 0 {
            return false;
        }
        if self.window == 0 || common == self.evaluated.len() {
            return true;
        }
        let first = self.context.kv_cache_seq_pos_min(SEQUENCE);
        let needed = i64::try_from(common).unwrap_or(i64::MAX) - i64::from(self.window);
        first == 0 || i64::from(first) < needed
    }

    fn cut_cache(&mut self, common: usize) -> bool {
        let Ok(from) = u32::try_from(common) else { return false };
        // Recurrent models cannot be cut.
        common == self.evaluated.len() || self.context.kv_cache_seq_rm(SEQUENCE, Some(from), None).is_ok()
    }

    /// Evaluates tokens behind those in the cache; with logits of the last when asked.
    pub(super) fn decode(&mut self, tokens: &[LlamaToken], logits: bool) -> Result<(), DecodeError> {
        let last = tokens.len().saturating_sub(1);
        self.decode_from(tokens, if logits { last } else { tokens.len() })
    }

    /// The same with logits of each from a place in them on.
    pub(super) fn decode_from(&mut self, tokens: &[LlamaToken], first: usize) -> Result<(), DecodeError> {
        self.batch.clear();
        for (index, &token) in tokens.iter().enumerate() {
            let position =
                i32::try_from(self.evaluated.len() + index).map_err(|_| DecodeError::NoKvCacheSlot)?;
            let added = self.batch.add(token, position, &[SEQUENCE], index >= first);
            added.map_err(|_| DecodeError::NoKvCacheSlot)?;
        }
        let decoded = self.context.decode(&mut self.batch);
        match decoded {
            Ok(()) => self.evaluated.extend(tokens),
            Err(_) => self.forget(),
        }
        decoded
    }

    /// The same with what the model expects behind each of them.
    pub(super) fn decode_for_all(&mut self, tokens: &[LlamaToken]) -> Result<(), DecodeError> {
        self.decode_from(tokens, 0)
    }

    /// What the model expects behind a token of the last batch.
    pub(super) fn logits(&self, at: usize) -> &[f32] {
        self.context.get_logits_ith(i32::try_from(at).unwrap_or_default())
    }

    /// Waits until the device has done what it was told.
    pub(super) fn synchronize(&self) {
        self.context.synchronize();
    }

    /// The token that a text begins with, where the model has one.
    pub(super) fn beginning(&self) -> Option<LlamaToken> {
        let vocabulary = self.model.vocab();
        let begin = vocabulary.bos();
        (vocabulary.should_add_bos() && begin.0 >= 0).then_some(begin)
    }

    /// The tokens of a text.
    pub(super) fn tokens_of(&self, text: &str) -> Vec<LlamaToken> {
        self.tokens(&[Part::Data(text.to_owned())]).0
    }

    /// After a failed step nobody knows what the cache holds.
    pub(super) fn forget(&mut self) {
        self.context.clear_kv_cache();
        self.evaluated.clear();
        self.settled = 0;
        self.fresh = 0;
        self.last_prompt = None;
    }

    fn prefill(
        &mut self,
        tokens: &[LlamaToken],
        cached: usize,
        seam: usize,
        emit: &mut dyn FnMut(Step) -> Next,
    ) -> Result<Prefilled, EngineError> {
        let total = tokens.len();
        let mut done = cached;
        if cached < total {
            self.settled = cached;
        }
        loop {
            if emit(Step::Prefill { done, total, cached }) == Next::Stop {
                return Ok(Prefilled::Stopped);
            }
            if done == total {
                return Ok(Prefilled::Whole);
            }
            let end = if done < seam { seam.min(done + self.chunk) } else { total.min(done + self.chunk) };
            let watch = Stopwatch::start();
            self.decode(&tokens[done..end], end == total).map_err(|error| failed(&error))?;
            if end - done == self.chunk {
                self.chunk = next_chunk(self.unit, self.chunk, watch.elapsed());
            }
            self.fresh += end - done;
            done = end;
            // The last part of a batch that a longer prompt would fill is no place to begin at.
            let from = if done <= seam { 0 } else { seam };
            self.settled = if done == seam { seam } else { from + (done - from) / self.unit * self.unit };
        }
    }
}

impl Engine for Session<'_> {
    fn model(&self) -> &ModelInfo {
        &self.info
    }

    fn render(&self, system: &str, user: &str) -> Option<String> {
        let template = self.template.as_ref()?;
        let message = |role: &str, text: &str| LlamaChatMessage::new(role.into(), text.into()).ok();
        let messages = [message("system", system)?, message("user", user)?];
        self.model.apply_chat_template(template, &messages, true).ok()
    }

    fn count_tokens(&mut self, prompt: &[Part]) -> usize {
        self.tokens(prompt).0.len()
    }

    fn held(&self) -> Held {
        Held { tokens: self.evaluated.len(), saved: None }
    }

    fn keep(&mut self) -> Option<Held> {
        let (tokens, _) = self.last_prompt.as_ref()?;
        let length = tokens.len();
        if self.fresh < LEAST_KEPT || self.shelf.is_none() || length > self.saved {
            return None;
        }
        // The answer is not asked for again.
        if !self.evaluated.starts_with(tokens) || !self.cut(length) {
            return None;
        }
        let (tokens, expected) = self.last_prompt.clone()?;
        let prompt = shelf::Prompt { tokens, expected, seam: self.seam, settled: self.settled };
        self.fresh = 0;
        let saved = self.shelf.as_ref()?.save(&prompt, &self.context)?;
        Some(Held { tokens: length, saved: Some(saved) })
    }

    fn write(
        &mut self,
        prompt: &[Part],
        params: &Params,
        emit: &mut dyn FnMut(Step) -> Next,
        body: &mut dyn FnMut(&mut dyn Pen) -> Result<Stop, EngineError>,
    ) -> Result<Outcome, EngineError> {
        let watch = Stopwatch::start();
        self.follow_the_cores();
        let used = self.used(params);
        let (tokens, seam) = self.tokens(prompt);
        self.info.check_room(tokens.len())?;
        if tokens.is_empty() {
            return Err(EngineError::Decode("the prompt is empty".into()));
        }
        let cached = self.reuse(&tokens, seam);
        let mut timings = Timings {
            prompt_tokens: tokens.len() as u64,
            cached_prompt_tokens: cached as u64,
            ..Timings::default()
        };
        let prefilled = self.prefill(&tokens, cached, seam, emit);
        timings.prompt_eval = watch.elapsed();
        let stop = match prefilled? {
            Prefilled::Stopped => Stop::Cancelled,
            Prefilled::Whole => {
                self.seam = seam;
                let expected = match self.last_prompt.take() {
                    Some((_, expected)) if cached == tokens.len() => expected,
                    _ => self.expected().to_vec(),
                };
                self.last_prompt = Some((tokens, expected.clone()));
                let mut hand = Hand::new(self, (params, &used), &watch, &mut timings, emit, expected);
                let stop = body(&mut hand)?;
                hand.finish(&stop)?;
                stop
            }
        };
        Ok(Outcome { stop, timings, used })
    }

    fn measure(&mut self, what: &Measure, stop: &mut dyn FnMut() -> bool) -> Result<Measured, EngineError> {
        self.measured(what, stop)
    }
}

/// What an evaluated prompt is good for.
struct Built<'a> {
    tokens: &'a [LlamaToken],
    seam: usize,
    settled: usize,
    /// It is the very prompt, and what the model expects behind it is known.
    is_last: bool,
}

impl Built<'_> {
    /// How many of its tokens another prompt can build on, in the same batches as a cold one.
    fn useful(&self, tokens: &[LlamaToken], seam: usize, unit: usize) -> usize {
        let same = self.tokens.iter().zip(tokens).take_while(|(old, new)| old == new).count();
        if self.is_last && same == tokens.len() {
            return same;
        }
        let common = same.min(tokens.len().saturating_sub(1)).min(self.settled);
        if common >= seam && self.seam == seam {
            seam + (common - seam) / unit * unit
        } else {
            common.min(seam) / unit * unit
        }
    }
}

impl Session<'_> {
    /// The settings with every default filled in and the seed drawn.
    fn used(&self, params: &Params) -> Params {
        let mut used = params.used(&self.info.arch, self.info.context_train);
        used.num_ctx = Some(self.info.num_ctx);
        used.num_gpu = Some(self.info.layers_offloaded);
        used.threads = Some(self.info.threads);
        used.seed = Some(params.seed.unwrap_or_else(draw_seed));
        used
    }
}

fn draw_seed() -> u32 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // The lower half of the nanoseconds moves fast enough.
    now.as_nanos() as u32
}

/// Doubles a step while it is short, halves it when it is long, down to one unit.
fn next_chunk(unit: usize, chunk: usize, took: Duration) -> usize {
    if took > STEP {
        (chunk / 2).max(unit)
    } else if took * 5 < STEP * 2 {
        (chunk * 2).min(MAX_BATCH as usize)
    } else {
        chunk
    }
}

pub(super) fn failed(error: &DecodeError) -> EngineError {
    EngineError::Decode(reason().unwrap_or_else(|| error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_built_on_ends_where_a_batch_ends() {
        let tokens = |ids: &[i32]| ids.iter().copied().map(LlamaToken).collect::<Vec<_>>();
        let old = tokens(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let built = Built { tokens: &old, seam: 7, settled: 7, is_last: false };
        let useful = |new: &[i32], seam| built.useful(&tokens(new), seam, 2);
        assert_eq!(useful(&[1, 2, 3, 4, 5, 6, 7, 0, 0, 0], 7), 7, "the shared part is the same");
        assert_eq!(useful(&[1, 2, 3, 4, 5, 6, 0, 0], 7), 6, "its last batch is not");
        assert_eq!(useful(&[1, 2, 3, 4, 5, 0, 0], 6), 4, "nor where it ends elsewhere");
        assert_eq!(useful(&[1, 2, 3, 4, 5, 6, 7, 8, 9], 7), 7, "one token at least is evaluated");
        assert_eq!(useful(&[0, 2], 1), 0);
        let again = Built { is_last: true, ..built };
        assert_eq!(again.useful(&old, 7, 2), 9, "but where the expectation is known");
    }

    #[test]
    fn prefill_steps_grow_while_they_are_short_and_shrink_when_they_are_long() {
        let ms = Duration::from_millis;
        assert_eq!(next_chunk(32, 64, ms(10)), 128);
        assert_eq!(next_chunk(32, 64, ms(100)), 64);
        assert_eq!(next_chunk(32, 64, ms(300)), 32);
        assert_eq!(next_chunk(32, 32, ms(900)), 32);
        assert_eq!(next_chunk(64, 64, ms(900)), 64);
        assert_eq!(next_chunk(64, 512, ms(1)), 512);
    }
}
