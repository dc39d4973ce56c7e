//! The loop guard: ends an answer that repeats itself. Three signs, each of which a table
//! or an ordinary list does not give: the same tokens again and again; the same sentences
//! again and again, apart from their counters; hardly any new word sequence.

use std::{
    collections::{HashMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
};

/// Longest period looked for, in tokens.
const MAX_PERIOD: usize = 256;
/// Tokens that must repeat before a short cycle counts.
const MIN_RUN: usize = 96;
/// Tokens repeated at one distance that always count, however long the cycle is.
const MAX_RUN: usize = 192;
/// Tokens of repeated sentences that count.
const UNIT_TOKENS: usize = 96;
/// Repeated sentences that count at least: refrains of three exist.
const MIN_UNITS: usize = 5;
/// Longest cycle of sentences.
const MAX_UNIT_PERIOD: usize = 6;
/// Consecutive lines that differ by a counter alone, each by one more.
const COUNTED_LINES: usize = 12;
/// Window of the third sign, in tokens.
const WINDOW: usize = 224;
/// Distinct sequences of three tokens in it, in percent, below which it is a loop.
const FRESH_PERCENT: usize = 15;
/// Bars in the window, in percent of its tokens, above which it is a table.
const TABLE_PERCENT: usize = 8;
/// Words of a sentence that can count as repeated.
const MIN_WORDS: usize = 3;
/// Longest sentence kept, in bytes: a model may never end one.
const MAX_UNIT_BYTES: usize = 2048;
/// Characters of the repeated words that are reported.
const SHOWN: usize = 80;

/// Watches one answer.
#[derive(Debug, Default)]
pub(super) struct Guard {
    tokens: VecDeque<Token>,
    /// For each period, how many of the last tokens equal the one a period before.
    runs: Vec<usize>,
    trigrams: HashMap<(u64, u64, u64), usize>,
    units: Units,
}

#[derive(Clone, Debug)]
struct Token {
    bytes: Vec<u8>,
    hash: u64,
}

impl Guard {
    /// Takes a token; the repeated words when it is a loop.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Option<String> {
        let token = Token { bytes: bytes.to_vec(), hash: hash(bytes) };
        let period = self.exact(&token);
        self.tokens.push_back(token);
        self.count_trigrams();
        if self.tokens.len() > WINDOW.max(MAX_PERIOD) {
            self.tokens.pop_front();
        }
        let unit = self.units.push(bytes);
        let cycle = period.or_else(|| self.stale().then_some(MIN_RUN / 2));
        cycle.map(|period| self.last_words(period)).or(unit)
    }

    /// The period at which the last tokens repeat, when they do so long enough.
    fn exact(&mut self, token: &Token) -> Option<usize> {
        self.runs.resize(MAX_PERIOD, 0);
        let mut found = None;
        for (index, earlier) in self.tokens.iter().rev().take(MAX_PERIOD).enumerate() {
            let run = &mut self.runs[index];
            *run = if earlier.hash == token.hash { *run + 1 } else { 0 };
            let period = index + 1;
            if found.is_none() && *run >= (2 * period).clamp(MIN_RUN, MAX_RUN) {
                found = Some((period, *run));
            }
        }
        let (period, run) = found?;
        // The rulers and the padding of wide tables repeat signs, not words.
        let says = |token: &Token| String::from_utf8_lossy(&token.bytes).contains(char::is_alphanumeric);
        let words = says(token) || self.tokens.iter().rev().take(period).any(says);
        (words || run >= MAX_RUN).then_some(period)
    }

    /// Counts the newest three tokens in, and those out that left the window.
    fn count_trigrams(&mut self) {
        let end = self.tokens.len();
        if let Some(key) = self.trigram(end) {
            *self.trigrams.entry(key).or_default() += 1;
        }
        let leaving = end.checked_sub(WINDOW + 1).and_then(|start| self.trigram(start + 3));
        if let Some(key) = leaving
            && let Some(count) = self.trigrams.get_mut(&key)
        {
            *count -= 1;
            if *count == 0 {
                self.trigrams.remove(&key);
            }
        }
    }

    /// The three tokens before `end`.
    fn trigram(&self, end: usize) -> Option<(u64, u64, u64)> {
        let at = |index: usize| self.tokens.get(index).map(|token| token.hash);
        let start = end.checked_sub(3)?;
        Some((at(start)?, at(start + 1)?, at(start + 2)?))
    }

    /// Says the window nothing new? Tables do not count: their cells are short and alike.
    fn stale(&self) -> bool {
        if self.tokens.len() < WINDOW || self.trigrams.len() * 100 >= WINDOW * FRESH_PERCENT {
            return false;
        }
        let window = self.tokens.iter().rev().take(WINDOW);
        window.filter(|token| token.bytes.contains(&b'|')).count() * 100 < WINDOW * TABLE_PERCENT
    }

    fn last_words(&self, tokens: usize) -> String {
        let skip = self.tokens.len().saturating_sub(tokens);
        let bytes: Vec<u8> = self.tokens.iter().skip(skip).flat_map(|token| token.bytes.clone()).collect();
        shown(&String::from_utf8_lossy(&bytes))
    }
}

/// Sentences and lines of the answer.
#[derive(Debug, Default)]
struct Units {
    current: Vec<u8>,
    current_tokens: usize,
    /// Latest last.
    done: VecDeque<Unit>,
    /// For each period: sentences repeated, and the tokens in them.
    runs: [(usize, usize); MAX_UNIT_PERIOD],
    counted: usize,
}

#[derive(Debug)]
struct Unit {
    text: u64,
    shape: u64,
    numbers: Vec<u64>,
}

impl Units {
    fn push(&mut self, bytes: &[u8]) -> Option<String> {
        self.current_tokens += 1;
        let mut found = None;
        for &byte in bytes {
            let ends_line = byte == b'\n';
            let ends_sentence = byte == b' ' && matches!(self.current.last(), Some(b'.' | b'!' | b'?'));
            if ends_line || ends_sentence || self.current.len() >= MAX_UNIT_BYTES {
                found = found.or(self.finish());
            } else {
                self.current.push(byte);
            }
        }
        found
    }

    fn finish(&mut self) -> Option<String> {
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.current)).into_owned();
        let tokens = std::mem::take(&mut self.current_tokens);
        // The bullet or number of a list is no part of what it says.
        let said =
            text.trim_start_matches(|c: char| c.is_ascii_digit() || " \t-*+#>.)(:".contains(c)).trim_end();
        let words = said.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count();
        if said.is_empty() || (words == 0 && !said.contains('|')) {
            return None;
        }
        let (shape, numbers) = shape(&text);
        let unit = Unit { text: hash(said.as_bytes()), shape: hash(shape.as_bytes()), numbers };
        let counts = words >= MIN_WORDS && !said.contains('|');
        let repeated = self.repeats(&unit, tokens) && counts;
        let counted = self.counts_on(&unit) && counts;
        self.done.push_back(unit);
        if self.done.len() > MAX_UNIT_PERIOD {
            self.done.pop_front();
        }
        (repeated || counted).then(|| shown(said))
    }

    fn repeats(&mut self, unit: &Unit, tokens: usize) -> bool {
        let mut repeats = false;
        for (index, earlier) in self.done.iter().rev().enumerate() {
            let (units, sum) = &mut self.runs[index];
            (*units, *sum) = if earlier.text == unit.text { (*units + 1, *sum + tokens) } else { (0, 0) };
            repeats |= *units >= MIN_UNITS.max(index + 1) && *sum >= UNIT_TOKENS;
        }
        repeats
    }

    /// Is it the line before with its counters one further, as many were?
    fn counts_on(&mut self, unit: &Unit) -> bool {
        let follows = self.done.back().is_some_and(|last| {
            let mut pairs = last.numbers.iter().zip(&unit.numbers);
            last.shape == unit.shape
                && pairs.all(|(&before, &now)| now == before || now == before.wrapping_add(1))
        });
        self.counted = if follows { self.counted + 1 } else { 0 };
        self.counted + 1 >= COUNTED_LINES
    }
}

/// A text without its numbers, and the numbers.
fn shape(text: &str) -> (String, Vec<u64>) {
    let mut shape = String::with_capacity(text.len());
    let mut numbers = Vec::new();
    let mut inside = false;
    for c in text.chars() {
        match c.to_digit(10) {
            Some(digit) if inside => {
                if let Some(number) = numbers.last_mut() {
                    *number = u64::wrapping_add(u64::wrapping_mul(*number, 10), u64::from(digit));
                }
            }
            Some(digit) => {
                numbers.push(u64::from(digit));
                shape.push('0');
                inside = true;
            }
            None => {
                shape.push(c);
                inside = false;
            }
        }
    }
    (shape, numbers)
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

fn shown(text: &str) -> String {
    let text = text.trim();
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests;
