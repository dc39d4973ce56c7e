//! Do two sentences say the same?

use std::collections::BTreeSet;

/// Share of words that two sentences have in common when they say the same.
const NEAR: f64 = 0.7;
/// Words that carry no meaning of their own.
const EMPTY: [&str; 28] = [
    "a", "an", "the", "is", "are", "was", "were", "of", "in", "on", "at", "to", "and", "or", "for", "with",
    "by", "from", "that", "this", "these", "it", "its", "be", "as", "has", "have", "which",
];

/// The words of a sentence, those with digits apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fingerprint {
    words: BTreeSet<String>,
    figures: BTreeSet<String>,
}

impl Fingerprint {
    /// Of a sentence.
    pub fn of(sentence: &str) -> Self {
        let plain = plain(sentence);
        let mut words = BTreeSet::new();
        let mut figures = BTreeSet::new();
        for word in plain.split(' ').filter(|word| !word.is_empty() && !EMPTY.contains(word)) {
            if word.bytes().any(|byte| byte.is_ascii_digit()) {
                figures.insert(word.to_owned());
            } else {
                words.insert(stem(word).to_owned());
            }
        }
        Self { words, figures }
    }
    /// The same figures, and nearly the same words.
    pub fn is_near(&self, other: &Self) -> bool {
        if self.figures != other.figures {
            return false;
        }
        let common = self.words.intersection(&other.words).count() as f64;
        let all = self.words.union(&other.words).count() as f64;
        all == 0.0 || common / all >= NEAR
    }
}

/// Lower case, words of letters and digits only, one blank between.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.push_str(&word.to_lowercase());
    }
    plain
}

fn stem(word: &str) -> &str {
    if word.len() > 3 { word.strip_suffix('s').unwrap_or(word) } else { word }
}
