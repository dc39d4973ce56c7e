//! The pen of llama.cpp: samples, forces, chooses, and goes back.

use std::{collections::HashMap, time::Duration};

use llama_cpp_2::{DecodeError, token::LlamaToken};

use super::{
    MAX_BATCH,
    draft::Draft,
    sampler::{Chooser, Sampler},
    session::{Session, failed},
};
use crate::{
    engine::{
        EngineError, Mark, Next, Pen, Step,
        lookup::{self, MOST_DRAFT, Wanted},
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
    /// Where in the last batch the next token's logits are.
    at: usize,
    /// What is expected to be drawn next.
    draft: Option<Draft>,
    /// When to draft.
    lookup: Wanted,
    /// When the last step ended whose token was sampled.
    last: Option<Duration>,
    /// The time between the last two such steps, and how many tokens came of the last one.
    step: (Duration, u32),
    /// Is the next token the first one of its step?
    is_first: bool,
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
            at: 0,
            draft: None,
            lookup: wanted(asked, used),
            last: None,
            step: (Duration::ZERO, 0),
            is_first: true,
            spellings: HashMap::new(),
        }
    }

    /// Evaluates what is written, so that the next prompt finds it in the cache; not where somebody waits
    /// for the end.
    pub(super) fn finish(&mut self, stop: &Stop) -> Result<(), EngineError> {
        if *stop == Stop::Cancelled { self.drop_draft() } else { self.flush().map(|_| ()) }
    }

    /// Evaluates what is written; the model's expectation of the next token is there then.
    fn flush(&mut self) -> Result<Result<(), Stop>, EngineError> {
        self.drop_draft()?;
        self.evaluate(&[])
    }

    /// The same for a token that the model is to write itself: with a draft of what comes then, or out
    /// of the draft of the last step.
    fn advance(&mut self) -> Result<Result<(), Stop>, EngineError> {
        let Some(token) = self.pending.first().map(|pending| pending.token) else { return Ok(Ok(())) };
        if self.draft.is_some() || self.pending.len() > 1 || self.last.is_none() {
            return self.evaluate(&[]);
        }
        let is_wanted = self.lookup != Wanted::Never;
        self.session.evaluated.push(token);
        let found = is_wanted.then(|| lookup::find(&self.session.evaluated, MOST_DRAFT)).flatten();
        self.session.evaluated.pop();
        let Some(found) = found else { return self.evaluate(&[]) };
        let room = (self.session.info.num_ctx as usize).saturating_sub(self.session.evaluated.len() + 1);
        let trial = self.session.gauge.trial(self.lookup, found.matched).min(room);
        if trial > 0 {
            return self.try_out(found.tokens.get(..trial).unwrap_or_default());
        }
        let length = self.session.gauge.length(self.lookup, found.matched).min(room);
        let draft = Draft::new(found, length);
        let evaluated = self.evaluate(draft.evaluated());
        self.timings.drafted_tokens += length as u64;
        self.draft = Some(draft);
        evaluated
    }

    /// Evaluates the last token with a draft, for what that takes, and then as ever. It tells too whether
    /// the numbers are the same.
    fn try_out(&mut self, draft: &[LlamaToken]) -> Result<Result<(), Stop>, EngineError> {
        let Some(token) = self.pending.first().map(|pending| pending.token) else { return Ok(Ok(())) };
        let length = self.session.evaluated.len();
        let tokens: Vec<LlamaToken> = std::iter::once(token).chain(draft.iter().copied()).collect();
        let step = Stopwatch::start();
        self.session.decode_from(&tokens, 0).map_err(|error| failed(&error))?;
        self.session.synchronize();
        let took = step.elapsed();
        let tried = self.session.logits(0).to_vec();
        if !self.session.cut(length) {
            self.session.gauge.end();
            self.session.go_back_to(length)?;
        }
        self.session.gauge.took(tokens.len(), took.as_secs_f64());
        let own = step.elapsed();
        self.timings.eval += own;
        self.clock += own;
        let evaluated = self.evaluate(&[])?;
        let same = tried
            .iter()
            .zip(self.session.logits(self.at))
            .all(|(one, other)| one.to_bits() == other.to_bits());
        self.session.gauge.compared(same);
        Ok(evaluated)
    }

    /// Forgets what was drafted and not drawn.
    fn drop_draft(&mut self) -> Result<(), EngineError> {
        let left = self.draft.take().map_or(0, |draft| draft.left());
        if left == 0 {
            return Ok(());
        }
        let length = self.session.evaluated.len() - left;
        if self.session.cut(length) {
            return Ok(());
        }
        self.session.gauge.end();
        self.held = Some(self.expected().to_vec());
        self.session.go_back_to(length)
    }

    /// Evaluates what is written, and behind it a draft. The time of a step belongs to its sampled tokens
    /// by their share, and to them what the draft took.
    fn evaluate(&mut self, draft: &[LlamaToken]) -> Result<Result<(), Stop>, EngineError> {
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
            let mut tokens: Vec<LlamaToken> = batch.iter().map(|pending| pending.token).collect();
            tokens.extend(if index == last { draft } else { &[] });
            let first = if index == last { batch.len() - 1 } else { tokens.len() };
            match self.session.decode_from(&tokens, first) {
                Ok(()) => {}
                Err(DecodeError::NoKvCacheSlot) => return Ok(Err(Stop::ContextFull)),
                Err(error) => return Err(failed(&error)),
            }
            // A GPU works on while we do: what is timed is its work.
            self.session.synchronize();
            let forced = batch.iter().filter(|pending| !pending.is_sampled).count();
            let took = step.elapsed();
            if forced == 0 {
                self.session.gauge.took(tokens.len(), took.as_secs_f64());
            }
            let own = took * (tokens.len() - forced) as u32 / u32::try_from(tokens.len()).unwrap_or(1);
            self.timings.eval += own;
            self.clock += own;
            self.at = batch.len() - 1;
        }
        self.is_first = true;
        self.held = None;
        Ok(Ok(()))
    }

    /// What the model expects next.
    fn expected(&self) -> &[f32] {
        self.held.as_deref().unwrap_or_else(|| self.session.logits(self.at))
    }

    /// Tokens of prompt and answer.
    fn written(&self) -> usize {
        let drafted = self.draft.as_ref().map_or(0, Draft::left);
        self.session.evaluated.len() - drafted + self.pending.len()
    }

    /// Is no token left in the context?
    fn is_full(&self) -> bool {
        self.written() >= self.session.info.num_ctx as usize
    }

    /// A token was sampled: counted, told, and written, unless a draft has written it.
    fn take(&mut self, token: LlamaToken, picking: Duration) -> Result<Result<Vec<u8>, Stop>, EngineError> {
        let bytes = self.session.model.vocab().token_to_piece(token, false, None);
        let is_written = self.draw(token)?;
        self.clock += picking;
        let at = match self.last.filter(|_| !self.is_first) {
            Some(last) => self.share(last),
            None => self.end_step(),
        };
        self.is_first = false;
        self.timings.tokens += 1;
        let next = (self.emit)(Step::Piece { bytes: bytes.clone(), sampled: true, at });
        self.timings.eval += picking;
        if !is_written {
            self.pending.push(Pending { token, is_sampled: true });
        }
        Ok(if next == Next::Stop { Err(Stop::Cancelled) } else { Ok(bytes) })
    }

    /// Holds a sampled token against the draft; is it evaluated already?
    fn draw(&mut self, token: LlamaToken) -> Result<bool, EngineError> {
        let Some(draft) = &mut self.draft else { return Ok(false) };
        let (matched, was_evaluated) = (draft.matched(), draft.left() > 0);
        let is_right = draft.draw(token);
        let is_done = draft.is_done();
        self.session.gauge.drawn(matched, is_right);
        if !is_right {
            self.drop_draft()?;
        } else if is_done {
            self.draft = None;
        }
        let is_written = is_right && was_evaluated;
        if is_written {
            self.at += 1;
            self.timings.accepted_tokens += 1;
        }
        Ok(is_written)
    }

    /// The first token of a step; when it came.
    fn end_step(&mut self) -> Duration {
        let at = self.clock;
        let gap = self.last.map(|last| at.saturating_sub(last));
        self.timings.gaps.extend(gap);
        self.step = (gap.unwrap_or_default(), 1);
        self.last = Some(at);
        at
    }

    /// Another token of the same step: it came when the first did, and they share the gap.
    fn share(&mut self, at: Duration) -> Duration {
        self.step.1 += 1;
        let (gap, tokens) = self.step;
        let first = (self.timings.gaps.len() + 1).saturating_sub(tokens as usize);
        self.timings.gaps.truncate(first);
        self.timings.gaps.extend(std::iter::repeat_n(gap / tokens, tokens as usize));
        at
    }

    /// Forced tokens are told and written.
    fn put(&mut self, tokens: &[LlamaToken]) -> Result<Result<(), Stop>, EngineError> {
        if tokens.is_empty() {
            return Ok(Ok(()));
        }
        self.drop_draft()?;
        let vocabulary = self.session.model.vocab();
        let mut bytes = Vec::new();
        for &token in tokens {
            vocabulary.token_to_piece_into(token, &mut bytes, false, None);
        }
        self.timings.forced_tokens += tokens.len() as u64;
        let next = (self.emit)(Step::Piece { bytes, sampled: false, at: self.clock });
        if next == Next::Stop {
            return Ok(Err(Stop::Cancelled));
        }
        self.pending.extend(tokens.iter().map(|&token| Pending { token, is_sampled: false }));
        Ok(Ok(()))
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
            let logits = self.held.as_deref().unwrap_or_else(|| self.session.logits(self.at));
            return self.sampler.pick(logits, &|_| true).ok_or_else(none);
        }
        let admitted = rules.admitted();
        let mut begun: Vec<i32> =
            admitted.rests.iter().filter_map(|rest| self.first_of(rest)).map(|token| token.0).collect();
        begun.sort_unstable();
        let vocabulary = self.session.vocabulary();
        let logits = self.held.as_deref().unwrap_or_else(|| self.session.logits(self.at));
        let may = |id: i32| vocabulary.admits(id, &admitted) || begun.binary_search(&id).is_ok();
        self.sampler.pick(logits, &may).ok_or_else(none)
    }
}

/// When to draft. Whoever set a seed, or takes the most likely token, gets the same text again.
fn wanted(asked: &Params, used: &Params) -> Wanted {
    let is_repeatable = asked.seed.is_some() || used.temperature.is_none_or(|temperature| temperature <= 0.0);
    match used.lookup {
        Some(true) => Wanted::Always,
        Some(false) => Wanted::Never,
        None if is_repeatable => Wanted::Exactly,
        None => Wanted::Faster,
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
        if let Err(stop) = self.advance()? {
            return Ok(Err(stop));
        }
        let step = Stopwatch::start();
        let token = self.pick(rules)?;
        if self.session.model.vocab().is_eog(token) {
            self.timings.eval += step.elapsed();
            return Ok(Err(Stop::EndOfGeneration));
        }
        self.take(token, step.elapsed())
    }

    fn force(&mut self, text: &str) -> Result<Result<(), Stop>, EngineError> {
        let tokens = self.spelled(text);
        if self.written() + tokens.len() > self.session.info.num_ctx as usize {
            return Ok(Err(Stop::ContextFull));
        }
        self.put(&tokens)
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
                    if let Err(stop) = self.put(&stretch)? {
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
                    let logits = self.held.as_deref().unwrap_or_else(|| self.session.logits(self.at));
                    let chosen = self.chooser.choose(logits, &among);
                    walk.take(&chosen);
                    if let Err(stop) = self.take(chosen, step.elapsed())? {
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
        let logits = self.expected().to_vec();
        Ok(Ok(Mark::new(self.session.evaluated.len(), logits, self.timings)))
    }

    fn roll_back(&mut self, to: &Mark) -> Result<(), EngineError> {
        self.pending.clear();
        self.draft = None;
        self.is_first = true;
        self.session.go_back_to(to.length)?;
        self.held = Some(to.logits.clone());
        to.restore(self.timings);
        Ok(())
    }
}
