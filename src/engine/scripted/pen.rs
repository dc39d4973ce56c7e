//! The pen of the scripted engine: it says its lines at its pace, keeps to the rules, and
//! crashes or hangs where its name says so.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

use super::{Manner, Pace, pieces, probe};
use crate::{
    engine::{
        EngineError, Mark, Next, Pen, Step,
        rules::{Rules, has_numeral},
        walk::{Turn, Walk},
        worker::Stopwatch,
    },
    metrics::generation::Timings,
    report::model::Stop,
};

/// Pieces before a crash or a hang.
const MISHAP_AFTER: usize = 20;

pub(super) struct ScriptPen<'a> {
    pub(super) pace: &'a Pace,
    /// What it has to say.
    pub(super) lines: Vec<Vec<u8>>,
    /// Tokens of the prompt, and of the context.
    pub(super) prompt_tokens: usize,
    pub(super) num_ctx: usize,
    pub(super) limit: u64,
    pub(super) seed: u32,
    pub(super) watch: &'a Stopwatch,
    pub(super) timings: &'a mut Timings,
    pub(super) emit: &'a mut dyn FnMut(Step) -> Next,
    /// Where it is in its lines.
    pub(super) line: usize,
    /// Tokens written.
    pub(super) written: usize,
    /// When it said something last.
    pub(super) last: Duration,
    /// The clock of its sampled tokens.
    pub(super) clock: Duration,
}

impl ScriptPen<'_> {
    fn say(&mut self, bytes: Vec<u8>, sampled: bool) -> Result<Vec<u8>, Stop> {
        if self.prompt_tokens + self.written >= self.num_ctx {
            return Err(Stop::ContextFull);
        }
        match self.pace.manner {
            Manner::Crash if self.written == MISHAP_AFTER => std::process::abort(),
            Manner::Hungry if self.written == MISHAP_AFTER => probe::exhaust(),
            Manner::Hang if self.written == MISHAP_AFTER => loop {
                std::thread::park();
            },
            _ => std::thread::sleep(self.pace.token),
        }
        // The clock stands still while forced tokens are said, as that of a real engine does.
        let now = self.watch.elapsed();
        let took = now.saturating_sub(self.last);
        self.last = now;
        if sampled {
            self.clock += took;
            if self.timings.tokens > 0 {
                self.timings.gaps.push(took);
            }
            self.timings.eval += took;
            self.timings.tokens += 1;
        } else {
            self.timings.forced_tokens += 1;
        }
        let at = self.clock;
        self.written += 1;
        match (self.emit)(Step::Piece { bytes: bytes.clone(), sampled, at }) {
            Next::Go => Ok(bytes),
            Next::Stop => Err(Stop::Cancelled),
        }
    }

    /// The same for the same seed and place.
    fn draw(&self, among: usize) -> usize {
        let mut hasher = DefaultHasher::new();
        (self.seed, self.written).hash(&mut hasher);
        hasher.finish() as usize % among.max(1)
    }
}

impl Pen for ScriptPen<'_> {
    fn next(&mut self, rules: &Rules<'_>) -> Result<Result<Vec<u8>, Stop>, EngineError> {
        let admitted = rules.admitted();
        loop {
            if self.timings.tokens >= self.limit {
                return Ok(Err(Stop::TokenLimit));
            }
            let at = match self.pace.manner {
                Manner::Loop => self.line % self.lines.len().max(1),
                _ => self.line,
            };
            let Some(bytes) = self.lines.get(at).cloned() else { return Ok(Err(Stop::EndOfGeneration)) };
            self.line += 1;
            let text = String::from_utf8_lossy(&bytes);
            let goes_on = admitted.rests.iter().any(|rest| rest.starts_with(&*text));
            let is_barred = rules.masks_numerals && (has_numeral(&text) || !admitted.is_free);
            if goes_on || !is_barred {
                return Ok(self.say(bytes, true));
            }
        }
    }

    fn force(&mut self, text: &str) -> Result<Result<(), Stop>, EngineError> {
        for piece in pieces(text) {
            if let Err(stop) = self.say(piece, false) {
                return Ok(Err(stop));
            }
        }
        Ok(Ok(()))
    }

    fn choose(&mut self, texts: &[String]) -> Result<Result<usize, Stop>, EngineError> {
        if self.timings.tokens >= self.limit {
            return Ok(Err(Stop::TokenLimit));
        }
        let mut walk = Walk::new(texts.iter().map(|text| pieces(text)).collect());
        loop {
            let stretch = match walk.turn() {
                None => return Err(EngineError::Decode("there is no wording to choose from".into())),
                Some(Turn::Done(way)) => return Ok(Ok(way)),
                Some(Turn::Forced(stretch)) => stretch,
                Some(Turn::Choice(among)) => {
                    let chosen = among[self.draw(among.len())].clone();
                    walk.take(&chosen);
                    if let Err(stop) = self.say(chosen, true) {
                        return Ok(Err(stop));
                    }
                    continue;
                }
            };
            for piece in stretch {
                if let Err(stop) = self.say(piece, false) {
                    return Ok(Err(stop));
                }
            }
        }
    }

    fn mark(&mut self) -> Result<Result<Mark, Stop>, EngineError> {
        Ok(Ok(Mark::new(self.written, Vec::new(), self.timings)))
    }

    fn roll_back(&mut self, to: &Mark) -> Result<(), EngineError> {
        self.written = to.length;
        to.restore(self.timings);
        Ok(())
    }
}
