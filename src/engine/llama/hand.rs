//! The pen of llama.cpp: samples, forces, chooses, and goes back.

use std::{collections::HashMap, time::Duration};

use llama_cpp_2::{DecodeError, token::LlamaToken};

use super::{
    MAX_BATCH,
    sampler::{Chooser, Sampler},
    session::{Session, failed},
};
use crate::{
    engine::{
        EngineError, Mark, Next, Pen, Step,
        rules::Rules,
        walk::{Turn, Walk},
        worker::Stopwatch,
    },
    metrics::generation::Timings,
    report::model::{DEFAULT_NUM_PREDICT, Params, Stop},
};

/// First tokens of spellings that are remembered; a report has some hundred units.
const MOST_SPELLINGS: usize = 4096;

/// A token that is written and not evaluated yet.
struct Pending {
    token: LlamaToken,
    is_sampled: bool,
}

pub(super) struct Hand<'h, 'm> {
    session: &'h mut Session<'m>,
    sampler: Sampler,
    chooser: Chooser,
    limit: u64,
    timings: &'h mut Timings,
    emit: &'h mut dyn FnMut(Step) -> Next,
    /// Stands still while forced tokens are evaluated: what a rate counts is sampled tokens in
    /// the time of their own steps.
    clock: Duration,
    pending: Vec<Pending>,
    /// What the model expects behind the prompt, or after going back, until the next step.
    held: Option<Vec<f32>>,
    /// When the last token was sampled.
    last: Option<Duration>,
    spellings: HashMap<String, Option<LlamaToken>>,
}

impl<'h, 'm> Hand<'h, 'm> {
    /// `asked` is what the user set, `used` what holds; `expected` are the logits behind the
    /// prompt.
    pub(super) fn new(
        session: &'h mut Session<'m>,
        (asked, used): (&Params, &Params),
        watch: &Stopwatch,
        timings: &'h mut Timings,
        emit: &'h mut dyn FnMut(Step) -> Next,
        expected: Vec<f32>,
    ) -> Self {
        let entries = session.model.vocab().n_tokens();
        Self {
            session,
            sampler: Sampler::new(used, entries),
            chooser: Chooser::new(asked.temperature, used.seed.unwrap_or(0)),
            limit: u64::from(used.num_predict.unwrap_or(DEFAULT_NUM_PREDICT)),
            clock: watch.elapsed(),
            timings,
            emit,
            pending: Vec::new(),
            held: Some(expected),
            last: None,
            spellings: HashMap::new(),
        }
    }

    /// Evaluates what is written, so that the next prompt finds it in the cache.
    pub(super) fn finish(&mut self) -> Result<(), EngineError> {
        self.flush().map(|_| ())
    }

    /// Evaluates what is written; the model's expectation of the next token is there then.
    /// The time of a step belongs to its sampled tokens by their share.
    fn flush(&mut self) -> Result<Result<(), Stop>, EngineError> {
        if self.pending.is_empty() {
            return Ok(Ok(()));
        }
        if self.session.evaluated.len() + self.pending.len() > self.session.info.num_ctx as usize {
            return Ok(Err(Stop::ContextFull));
        }
        let pending = std::mem::take(&mut self.pending);
        let batches = pending.chunks(MAX_BATCH as usize);
        let last = batches.len().saturating_sub(1);
        for (index, batch) in batches.enumerate() {
            let step = Stopwatch::start();
            let tokens: Vec<LlamaToken> = batch.iter().map(|pending| pending.token).collect();
            match self.session.decode(&tokens, index == last) {
                Ok(()) => {}
                Err(DecodeError::NoKvCacheSlot) => return Ok(Err(Stop::ContextFull)),
                Err(error) => return Err(failed(&error)),
            }
            let sampled = batch.iter().filter(|pending| pending.is_sampled).count() as u32;
            let own = step.elapsed() * sampled / u32::try_from(batch.len()).unwrap_or(1);
            self.timings.eval += own;
            self.clock += own;
        }
        self.held = None;
        Ok(Ok(()))
    }

    /// Tokens left in the context.
    fn is_full(&self) -> bool {
        self.session.evaluated.len() + self.pending.len() >= self.session.info.num_ctx as usize
    }

    /// A token was sampled: counted, told, and written.
    fn take(&mut self, token: LlamaToken, picking: Duration) -> Result<Vec<u8>, Stop> {
        let bytes = self.session.model.vocab().token_to_piece(token, false, None);
        self.clock += picking;
        let at = self.clock;
        self.timings.tokens += 1;
        self.timings.gaps.extend(self.last.map(|last| at.saturating_sub(last)));
        self.last = Some(at);
        let next = (self.emit)(Step::Piece { bytes: bytes.clone(), sampled: true, at });
        self.timings.eval += picking;
        if next == Next::Stop {
            return Err(Stop::Cancelled);
        }
        self.pending.push(Pending { token, is_sampled: true });
        Ok(bytes)
    }

    /// Forced tokens are told and written.
    fn put(&mut self, tokens: &[LlamaToken]) -> Result<(), Stop> {
        if tokens.is_empty() {
            return Ok(());
        }
        let vocabulary = self.session.model.vocab();
        let mut bytes = Vec::new();
        for &token in tokens {
            vocabulary.token_to_piece_into(token, &mut bytes, false, None);
        }
        self.timings.forced_tokens += tokens.len() as u64;
        let next = (self.emit)(Step::Piece { bytes, sampled: false, at: self.clock });
        if next == Next::Stop {
            return Err(Stop::Cancelled);
        }
        self.pending.extend(tokens.iter().map(|&token| Pending { token, is_sampled: false }));
        Ok(())
    }

    fn spelled(&self, text: &str) -> Vec<LlamaToken> {
        let mut tokens = Vec::new();
        self.session.model.vocab().tokenize_into(text.as_bytes(), &mut tokens, false, false);
        tokens
    }

    /// The first token of a spelling.
    fn first_of(&mut self, spelling: &str) -> Option<LlamaToken> {
        if let Some(known) = self.spellings.get(spelling) {
            return *known;
        }
        let first = self.spelled(spelling).first().copied();
        if self.spellings.len() >= MOST_SPELLINGS {
            self.spellings.clear();
        }
        self.spellings.insert(spelling.to_owned(), first);
        first
    }

    fn pick(&mut self, rules: &Rules<'_>) -> Result<LlamaToken, EngineError> {
        let none = || EngineError::Decode("the model gives no number for any token".into());
        if !rules.masks_numerals {
            let logits = self.held.as_deref().unwrap_or_else(|| self.session.expected());
            return self.sampler.pick(logits, &|_| true).ok_or_else(none);
        }
        let admitted = rules.admitted();
        let mut begun: Vec<i32> =
            admitted.rests.iter().filter_map(|rest| self.first_of(rest)).map(|token| token.0).collect();
        begun.sort_unstable();
        let vocabulary = self.session.vocabulary();
        let logits = self.held.as_deref().unwrap_or_else(|| self.session.expected());
        let may = |id: i32| vocabulary.admits(id, &admitted) || begun.binary_search(&id).is_ok();
        self.sampler.pick(logits, &may).ok_or_else(none)
    }
}

impl Pen for Hand<'_, '_> {
    fn next(&mut self, rules: &Rules<'_>) -> Result<Result<Vec<u8>, Stop>, EngineError> {
        if self.timings.tokens >= self.limit {
            return Ok(Err(Stop::TokenLimit));
        }
        if self.is_full() {
            return Ok(Err(Stop::ContextFull));
        }
        if let Err(stop) = self.flush()? {
            return Ok(Err(stop));
        }
        let step = Stopwatch::start();
        let token = self.pick(rules)?;
        if self.session.model.vocab().is_eog(token) {
            self.timings.eval += step.elapsed();
            return Ok(Err(Stop::EndOfGeneration));
        }
        Ok(self.take(token, step.elapsed()))
    }

    fn force(&mut self, text: &str) -> Result<Result<(), Stop>, EngineError> {
        let tokens = self.spelled(text);
        if self.session.evaluated.len() + self.pending.len() + tokens.len()
            > self.session.info.num_ctx as usize
        {
            return Ok(Err(Stop::ContextFull));
        }
        Ok(self.put(&tokens))
    }

    fn choose(&mut self, texts: &[String]) -> Result<Result<usize, Stop>, EngineError> {
        // A sentence that was begun is brought to its end.
        if self.timings.tokens >= self.limit {
            return Ok(Err(Stop::TokenLimit));
        }
        let mut walk = Walk::new(texts.iter().map(|text| self.spelled(text)).collect());
        loop {
            match walk.turn() {
                None => return Err(EngineError::Decode("there is no wording to choose from".into())),
                Some(Turn::Done(way)) => return Ok(Ok(way)),
                Some(Turn::Forced(stretch)) => {
                    if let Err(stop) = self.put(&stretch) {
                        return Ok(Err(stop));
                    }
                }
                Some(Turn::Choice(among)) => {
                    if self.is_full() {
                        return Ok(Err(Stop::ContextFull));
                    }
                    if let Err(stop) = self.flush()? {
                        return Ok(Err(stop));
                    }
                    let step = Stopwatch::start();
                    let logits = self.held.as_deref().unwrap_or_else(|| self.session.expected());
                    let chosen = self.chooser.choose(logits, &among);
                    walk.take(&chosen);
                    if let Err(stop) = self.take(chosen, step.elapsed()) {
                        return Ok(Err(stop));
                    }
                }
            }
        }
    }

    fn mark(&mut self) -> Result<Result<Mark, Stop>, EngineError> {
        if let Err(stop) = self.flush()? {
            return Ok(Err(stop));
        }
        let logits = match &self.held {
            Some(held) => held.clone(),
            None => self.session.expected().to_vec(),
        };
        Ok(Ok(Mark::new(self.session.evaluated.len(), logits, self.timings)))
    }

    fn roll_back(&mut self, to: &Mark) -> Result<(), EngineError> {
        self.pending.clear();
        self.session.go_back_to(to.length)?;
        self.held = Some(to.logits.clone());
        to.restore(self.timings);
        Ok(())
    }
}
