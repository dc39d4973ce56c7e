//! Is a sentence about the benchmark? Small models drift to morale and marketing: their
//! words then are none that a report on these facts needs.

use std::collections::HashSet;

const WORDS: &str = include_str!("../../../assets/prompts/vocabulary.txt");
/// Share of words outside the vocabulary in a sentence without a grounded figure.
const STRANGE: f64 = 0.1;
/// The same in a sentence that holds a grounded figure: it is about the facts.
const STRANGE_WITH_FIGURE: f64 = 0.34;
/// Turns of phrase that point at what the report does not have.
const POINTERS: [&str; 10] = [
    "see also",
    "(see",
    "following table",
    "table below",
    "figure below",
    "shown in table",
    "in the next",
    "quality of life",
    "the second run",
    "the third run",
];
/// Changes in time and causes: the facts know neither.
const CLAIMS: [&str; 10] = [
    "previous",
    "improvement over",
    "due to the",
    "last few",
    "over time",
    "every single",
    "increase was",
    "other tests",
    "over the years",
    "in the past",
];
/// Words that set one thing above another: true only with the figure that says so.
const COMPARISONS: [&str; 16] = [
    "best",
    "worst",
    "fastest",
    "slowest",
    "highest",
    "lowest",
    "better",
    "worse",
    "faster",
    "slower",
    "higher",
    "lower",
    "outperform",
    "outperforms",
    "superior",
    "inferior",
];
/// One of these, a name or a figure: else a sentence speaks of nothing that was measured.
const ANCHORS: [&str; 44] = [
    "throughput",
    "ttft",
    "latency",
    "token",
    "tok",
    "load",
    "duration",
    "prefill",
    "decode",
    "eval",
    "run",
    "configuration",
    "setting",
    "num_gpu",
    "num_ctx",
    "temperature",
    "context",
    "gpu",
    "cpu",
    "memory",
    "median",
    "mean",
    "spread",
    "deviation",
    "benchmark",
    "quantization",
    "quantisation",
    "warm",
    "warm-up",
    "cold",
    "failed",
    "layer",
    "model",
    "group",
    "speed",
    "fast",
    "faster",
    "slow",
    "slower",
    "response",
    "file",
    "row",
    "measurement",
    "result",
];

/// Where a sentence stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It must say itself what it speaks of.
    Leading,
    /// It follows one that says it: the second of an item, a mitigation.
    Following,
}

/// Words that a sentence may use.
#[derive(Debug)]
pub struct Topic {
    words: HashSet<String>,
}

impl Topic {
    /// The vocabulary.
    pub fn new() -> Self {
        let mut topic = Self { words: HashSet::new() };
        topic.learn(WORDS);
        topic
    }
    /// The words of a text are of the topic.
    pub fn learn(&mut self, text: &str) {
        for word in words(text) {
            self.words.insert(stem(&word).to_owned());
            self.words.insert(word);
        }
    }
    /// Why a sentence is beside the point. `grounded` is the number of figures in it that
    /// equal a fact.
    pub fn reason(&self, sentence: &str, grounded: usize, place: Place) -> Option<&'static str> {
        let lower = sentence.to_lowercase();
        if POINTERS.iter().any(|pointer| lower.contains(pointer)) {
            return Some("it points at something that is not there");
        }
        if CLAIMS.iter().any(|claim| lower.contains(claim)) {
            return Some("it claims a change or a cause that no fact shows");
        }
        let all: Vec<String> = words(sentence).collect();
        if grounded == 0 && all.iter().any(|word| COMPARISONS.contains(&word.as_str())) {
            return Some("it compares without a figure");
        }
        let is_known = |word: &str| self.words.contains(word) || self.words.contains(stem(word));
        let strange = all.iter().filter(|word| !is_known(word)).count() as f64;
        let limit = if grounded > 0 { STRANGE_WITH_FIGURE } else { STRANGE };
        if strange > limit * all.len() as f64 {
            return Some("it is not about the benchmark");
        }
        let has_anchor = place == Place::Following
            || grounded > 0
            || all
                .iter()
                .any(|word| ANCHORS.iter().any(|anchor| word == anchor || stem(word) == stem(anchor)));
        (!has_anchor).then_some("it speaks of nothing that was measured")
    }
}

/// Words of letters; those with digits are judged as names and figures.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '/' | '=' | '(' | ')' | '–' | '—'))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty() && !word.chars().any(char::is_numeric))
        .map(|word| word.trim_end_matches("'s").trim_end_matches("’s").to_lowercase())
}

/// Crude, and the same on both sides.
fn stem(word: &str) -> &str {
    for ending in ["ing", "ed", "es", "ly", "s", "d", "e"] {
        if let Some(stem) = word.strip_suffix(ending)
            && stem.len() >= 3
        {
            return stem;
        }
    }
    word
}
