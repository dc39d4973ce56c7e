//! The pen of a remote engine. A server is asked to write on from the text so far, and its stream is
//! read word by word; wherever the writer steps in, the connection is closed, and the next word is
//! asked for anew. What was read ahead and not handed out never was in the text.

use std::{collections::VecDeque, time::Duration};

use super::{
    RemoteEngine,
    body::{Asked, Body, Want},
    chunk::Chunk,
    error_at,
    fault::{Sort, Trouble},
    grammar,
    line::Call,
    server::Kind,
};
use crate::{
    engine::{EngineError, Mark, Next, Pen, Step, rules::Rules, worker::Stopwatch},
    metrics::generation::{ServerTimings, Timings},
    report::model::{DEFAULT_NUM_PREDICT, Params, Stop},
};

/// Waits before a request is made again that brought nothing.
const WAITS: [Duration; 3] = [Duration::from_millis(250), Duration::from_secs(1), Duration::from_secs(4)];
/// Wordings that a chat model is shown: it must read all of them.
const MOST_SHOWN: usize = 8;
/// Tokens of an answer that is a number.
const CHOICE_TOKENS: u64 = 200;
/// Tokens of a wording.
const WORDING_TOKENS: u64 = 512;

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct RemotePen<'a> {
    engine: &'a RemoteEngine,
    asked: Asked,
    used: &'a Params,
    watch: &'a Stopwatch,
    timings: &'a mut Timings,
    emit: &'a mut dyn FnMut(Step) -> Next,
    /// What is written.
    text: String,
    /// Goes on at the end of the text and of what is ready.
    call: Option<Call>,
    /// Why it is over, as the server said.
    end: Option<Stop>,
    /// Read and not handed out: words, and whether one is the first of a token.
    ready: VecDeque<(String, bool)>,
    /// Nothing but blanks came yet of this request.
    is_first: bool,
    requests: u32,
    /// What the present request says of its own times.
    told: Option<ServerTimings>,
    /// When something was heard last, or asked.
    last: Duration,
    /// The clock of what was written.
    clock: Duration,
    can_choose: bool,
    has_chosen: bool,
    /// The server takes nothing but the messages.
    is_plain: bool,
}

impl<'a> RemotePen<'a> {
    pub fn new(
        engine: &'a RemoteEngine,
        asked: Asked,
        used: &'a Params,
        watch: &'a Stopwatch,
        timings: &'a mut Timings,
        emit: &'a mut dyn FnMut(Step) -> Next,
    ) -> Self {
        let text = match &asked {
            Asked::Tokens(_) => String::new(),
            Asked::Turns { answer, .. } => answer.clone(),
        };
        let can_choose = engine.can_choose;
        Self {
            engine,
            asked,
            used,
            watch,
            timings,
            emit,
            text,
            call: None,
            end: None,
            ready: VecDeque::new(),
            is_first: true,
            requests: 0,
            told: None,
            last: watch.elapsed(),
            clock: watch.elapsed(),
            can_choose,
            has_chosen: true,
            is_plain: false,
        }
    }

    /// Did the server do what choosing asks for?
    pub fn can_choose(&self) -> bool {
        self.can_choose
    }

    fn error(&self, trouble: Trouble) -> EngineError {
        error_at(&self.engine.line.endpoint, trouble)
    }

    /// Ends the request: nothing of it counts that was not handed out.
    fn close(&mut self) {
        self.call = None;
        self.end = None;
        self.ready.clear();
        self.is_first = true;
        self.settle();
    }

    /// Takes over what the server said of its times.
    fn settle(&mut self) {
        if let (Some(told), Some(sum)) = (self.told.take(), &mut self.timings.server) {
            sum.add(&told);
        }
    }

    fn is_full(&self) -> bool {
        self.timings.tokens >= self.limit()
    }

    fn limit(&self) -> u64 {
        u64::from(self.used.num_predict.unwrap_or(DEFAULT_NUM_PREDICT))
    }

    /// The next words; `Err` where there are no more.
    fn piece(&mut self, want: Want<'_>) -> Result<Result<String, Stop>, EngineError> {
        loop {
            if let Some((word, is_token)) = self.ready.pop_front() {
                let said = (self.emit)(Step::Piece {
                    bytes: word.clone().into_bytes(),
                    sampled: is_token,
                    at: self.clock,
                });
                if said == Next::Stop {
                    return Ok(Err(Stop::Cancelled));
                }
                self.text.push_str(&word);
                return Ok(Ok(word));
            }
            if let Err(stop) = self.hear(want)? {
                return Ok(Err(stop));
            }
        }
    }

    /// Waits for the next chunk and takes it; `Err` at the end of the answer.
    fn hear(&mut self, want: Want<'_>) -> Result<Result<(), Stop>, EngineError> {
        let mut waits = WAITS.iter();
        loop {
            let heard =
                if self.call.is_none() { self.open(want) } else { Ok(()) }.and_then(|()| self.chunk());
            let trouble = match heard {
                Ok(None) => {
                    self.call = None;
                    self.settle();
                    return match self.end.take() {
                        Some(stop) => Ok(Err(stop)),
                        None => Err(self.error(Trouble::broken_off())),
                    };
                }
                Ok(Some(chunk)) => return Ok(self.take(chunk)),
                Err(trouble) => trouble,
            };
            let is_untouched = self.told.is_none() && self.is_first;
            self.call = None;
            match trouble.sort {
                Sort::Cancelled => return Ok(Err(Stop::Cancelled)),
                // Nothing was written: it is as if nobody had asked.
                Sort::Passing | Sort::Loading if is_untouched => match waits.next() {
                    Some(wait) => {
                        if !self.wait(*wait) {
                            return Ok(Err(Stop::Cancelled));
                        }
                    }
                    None => return Err(self.error(trouble)),
                },
                Sort::NotTaken if is_untouched && !self.is_plain => self.is_plain = true,
                _ => return Err(self.error(trouble)),
            }
        }
    }

    fn wait(&mut self, time: Duration) -> bool {
        let until = self.watch.elapsed() + time;
        while self.watch.elapsed() < until {
            if (self.emit)(Step::Waiting) == Next::Stop {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        true
    }

    fn chunk(&mut self) -> Result<Option<Chunk>, Trouble> {
        let Some(call) = &mut self.call else { return Ok(None) };
        loop {
            let Some(line) = call.next(&mut || (self.emit)(Step::Waiting) == Next::Go)? else {
                return Ok(None);
            };
            if let Some(chunk) = Chunk::of(self.engine.kind, &line)? {
                return Ok(Some(chunk));
            }
        }
    }

    fn take(&mut self, chunk: Chunk) -> Result<(), Stop> {
        let now = self.watch.elapsed();
        if chunk.server.is_some() {
            self.told = chunk.server;
        }
        if let Some((done, total, cached)) = chunk.prefill.filter(|_| self.requests == 1) {
            self.timings.prompt_tokens = total as u64;
            self.timings.cached_prompt_tokens = cached as u64;
            if (self.emit)(Step::Prefill { done, total, cached }) == Next::Stop {
                return Err(Stop::Cancelled);
            }
        }
        if chunk.tokens > 0 {
            let took = now.saturating_sub(self.last);
            self.last = now;
            // The first wait is for the prompt. Later ones are for a text that goes on, and count
            // as what they are to whoever waits: time of writing.
            if self.requests == 1 && self.timings.tokens == 0 {
                self.timings.prompt_eval += took;
                let total = self.timings.prompt_tokens as usize;
                let cached = self.timings.cached_prompt_tokens as usize;
                if (self.emit)(Step::Prefill { done: total, total, cached }) == Next::Stop {
                    return Err(Stop::Cancelled);
                }
            } else {
                self.timings.eval += took;
                self.timings.gaps.push(took);
                self.clock += took;
            }
            self.timings.tokens += chunk.tokens;
            self.split(&chunk.text);
        }
        if chunk.end.is_some() {
            self.end = chunk.end;
        } else if self.is_full() && self.ready.is_empty() {
            return Err(Stop::TokenLimit);
        }
        Ok(())
    }

    /// Words are handed out one by one, however many the server sends at once.
    fn split(&mut self, text: &str) {
        let mut text = text;
        if self.is_first && self.engine.kind != Kind::Llama {
            // The blank in front of it stands in the text already.
            text = text.trim_start();
        }
        if text.is_empty() {
            // A thought, or a blank: a token of which nothing is to be seen.
            self.ready.push_back((String::new(), true));
            return;
        }
        self.is_first = false;
        let mut is_token = true;
        let mut start = 0;
        let mut was_blank = true;
        for (at, character) in text.char_indices() {
            if character.is_whitespace() && !was_blank {
                self.ready.push_back((text.get(start..at).unwrap_or_default().to_owned(), is_token));
                (start, is_token) = (at, false);
            }
            was_blank = character.is_whitespace();
        }
        self.ready.push_back((text.get(start..).unwrap_or_default().to_owned(), is_token));
    }

    /// Asks the server to write.
    fn open(&mut self, want: Want<'_>) -> Result<(), Trouble> {
        self.settle();
        let most = self.limit().saturating_sub(self.timings.tokens).max(1);
        let seed = self.used.seed.unwrap_or_default().wrapping_add(self.requests);
        let engine = self.engine;
        let written = match &self.asked {
            Asked::Tokens(_) if !self.text.is_empty() => {
                let emit = &mut *self.emit;
                engine.tokens(&self.text, false, &mut || emit(Step::Waiting) == Next::Go)?
            }
            _ => Vec::new(),
        };
        let body =
            Body { engine, used: self.used, text: &self.text, want, most, seed, is_plain: self.is_plain };
        let (path, body) = match &self.asked {
            Asked::Tokens(prompt) => body.of_tokens(&[prompt.as_slice(), &written].concat()),
            Asked::Turns { system, user, .. } => body.of_turns(system, user),
        };
        self.requests += 1;
        self.end = None;
        self.is_first = true;
        self.last = self.watch.elapsed();
        // Until it says more: that it was asked.
        if let Some(sum) = &mut self.timings.server {
            sum.requests += 1;
        }
        self.call = Some(self.engine.line.stream(path, &body)?);
        Ok(())
    }

    /// Says what nobody sampled.
    fn say(&mut self, text: &str) -> Result<(), Stop> {
        self.timings.forced_tokens += super::estimate::tokens(text) as u64;
        self.text.push_str(text);
        match (self.emit)(Step::Piece { bytes: text.as_bytes().to_vec(), sampled: false, at: self.clock }) {
            Next::Go => Ok(()),
            Next::Stop => Err(Stop::Cancelled),
        }
    }

    /// The model writes one of the texts, held to them by a grammar.
    fn choose_written(&mut self, texts: &[String]) -> Result<Result<usize, Stop>, EngineError> {
        let grammar = grammar::choice(texts);
        let mut written = String::new();
        for _ in 0..WORDING_TOKENS {
            if let Some(index) = settled(texts, &written) {
                self.close();
                return Ok(Ok(index));
            }
            let want = Want::Text(Some(&grammar));
            let heard = if self.ready.is_empty() { self.hear(want)? } else { Ok(()) };
            let piece = match (heard, self.ready.front()) {
                (Err(Stop::Cancelled), _) => return Ok(Err(Stop::Cancelled)),
                (Err(_), _) => break,
                (Ok(()), None) => continue,
                (Ok(()), Some((piece, _))) => format!("{written}{piece}"),
            };
            // A server that does not keep to its grammar has chosen nothing.
            if !texts.iter().any(|text| text.starts_with(&piece)) {
                break;
            }
            written = piece;
            if let Err(stop) = self.piece(want)? {
                return Ok(Err(stop));
            }
        }
        self.close();
        // The end of one that others go on from, or a limit: code writes the rest.
        let index = texts.iter().position(|text| *text == written);
        let index = index.or_else(|| texts.iter().position(|text| text.starts_with(&written))).unwrap_or(0);
        let rest = texts.get(index).and_then(|text| text.get(written.len()..)).unwrap_or_default().to_owned();
        self.has_chosen = rest.is_empty();
        Ok(if rest.is_empty() { Ok(index) } else { self.say(&rest).map(|()| index) })
    }

    /// The model names one of the texts by its number, and code writes it.
    fn choose_by_number(&mut self, texts: &[String]) -> Result<Result<usize, Stop>, EngineError> {
        let step = texts.len().div_ceil(MOST_SHOWN).max(1);
        let shown: Vec<usize> = (0..texts.len()).step_by(step).collect();
        let sentences: Vec<&str> =
            shown.iter().filter_map(|&index| texts.get(index).map(String::as_str)).collect();
        let mut answer = String::new();
        let length = self.text.len();
        let heard = self.number(&sentences, &mut answer);
        self.text.truncate(length);
        self.close();
        match heard {
            Ok(Err(Stop::Cancelled)) => return Ok(Err(Stop::Cancelled)),
            Ok(_) => {}
            Err(error) => return Err(error),
        }
        let number = numbered(&answer).and_then(|number| number.checked_sub(1));
        let chosen = number.and_then(|number| shown.get(number)).copied();
        // A server that does not do it is not asked again.
        self.can_choose = chosen.is_some();
        self.has_chosen = chosen.is_some();
        let index = chosen.unwrap_or(0);
        let text = texts.get(index).cloned().unwrap_or_default();
        Ok(self.say(&text).map(|()| index))
    }

    /// Reads an answer that is a number; it is no text of the report.
    fn number(&mut self, sentences: &[&str], answer: &mut String) -> Result<Result<(), Stop>, EngineError> {
        let before = self.timings.tokens;
        while self.timings.tokens - before < CHOICE_TOKENS {
            while let Some((word, is_token)) = self.ready.pop_front() {
                answer.push_str(&word);
                let told = Step::Piece { bytes: Vec::new(), sampled: is_token, at: self.clock };
                if (self.emit)(told) == Next::Stop {
                    return Ok(Err(Stop::Cancelled));
                }
            }
            if let Err(stop) = self.hear(Want::Number(sentences))? {
                return Ok(Err(stop));
            }
        }
        Ok(Ok(()))
    }
}

impl Pen for RemotePen<'_> {
    fn next(&mut self, rules: &Rules<'_>) -> Result<Result<Vec<u8>, Stop>, EngineError> {
        if self.ready.is_empty() && self.end.is_none() && self.is_full() {
            self.close();
            return Ok(Err(Stop::TokenLimit));
        }
        let is_masked = rules.masks_numerals && self.call.is_none() && self.engine.kind == Kind::Llama;
        let grammar = if is_masked { grammar::prose(&grammar::numeral_units(rules.units)) } else { None };
        let piece = self.piece(Want::Text(grammar.as_deref()))?;
        Ok(piece.map(String::into_bytes))
    }

    fn force(&mut self, text: &str) -> Result<Result<(), Stop>, EngineError> {
        self.close();
        Ok(self.say(text))
    }

    fn choose(&mut self, texts: &[String]) -> Result<Result<usize, Stop>, EngineError> {
        self.close();
        self.has_chosen = true;
        if self.is_full() {
            return Ok(Err(Stop::TokenLimit));
        }
        match self.engine.kind {
            Kind::Llama => self.choose_written(texts),
            _ if self.can_choose => self.choose_by_number(texts),
            _ => {
                self.has_chosen = false;
                let first = texts.first().cloned().unwrap_or_default();
                Ok(self.say(&first).map(|()| 0))
            }
        }
    }

    fn has_chosen(&self) -> bool {
        self.has_chosen
    }

    fn mark(&mut self) -> Result<Result<Mark, Stop>, EngineError> {
        self.close();
        Ok(Ok(Mark::new(self.text.len(), Vec::new(), self.timings)))
    }

    fn roll_back(&mut self, to: &Mark) -> Result<(), EngineError> {
        self.close();
        self.text.truncate(to.length);
        to.restore(self.timings);
        Ok(())
    }
}

/// The text that is whole, where no other goes on from it.
fn settled(texts: &[String], written: &str) -> Option<usize> {
    let goes_on = texts.iter().any(|text| text.len() > written.len() && text.starts_with(written));
    if goes_on { None } else { texts.iter().position(|text| text == written) }
}

/// The first number in an answer.
fn numbered(answer: &str) -> Option<usize> {
    let digits = answer.trim_start_matches(|character: char| !character.is_ascii_digit());
    let end = digits.find(|character: char| !character.is_ascii_digit()).unwrap_or(digits.len());
    digits.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_in_an_answer() {
        for (answer, expected) in [
            ("{\"number\": 3}", Some(3)),
            ("12", Some(12)),
            ("Sentence 2 is best.", Some(2)),
            ("none", None),
            ("", None),
        ] {
            assert_eq!(numbered(answer), expected, "{answer}");
        }
    }

    #[test]
    fn a_text_is_settled_when_no_other_goes_on_from_it() {
        let texts = ["it", "it runs", "no"].map(str::to_owned);
        assert_eq!(
            (settled(&texts, "it"), settled(&texts, "it runs"), settled(&texts, "n")),
            (None, Some(1), None)
        );
    }
}
