//! Numbers that are written as words: `three models`, `four times`, `half of`, `twice as fast`.

use std::ops::Range;

use super::count::number_word;
use crate::grounding::figure::Figure;

/// Words of a share or a multiple, of what stands behind them, and its digits.
const FACTORS: [(&str, f64); 20] = [
    ("half of", 0.5),
    ("half the", 0.5),
    ("half that", 0.5),
    ("half as", 0.5),
    ("half its", 0.5),
    ("a third of", 1.0 / 3.0),
    ("one third of", 1.0 / 3.0),
    ("a third the", 1.0 / 3.0),
    ("two thirds of", 2.0 / 3.0),
    ("a quarter of", 0.25),
    ("one quarter of", 0.25),
    ("a quarter the", 0.25),
    ("three quarters of", 0.75),
    ("a fifth of", 0.2),
    ("a tenth of", 0.1),
    ("twice the", 2.0),
    ("twice as", 2.0),
    ("double the", 2.0),
    ("double that", 2.0),
    ("triple the", 3.0),
];
/// What halves and doubles of a measurement are told of: of the rest of a sentence, nothing is
/// known.
const COUNTED: [&str; 14] = [
    "run", "runs", "rows", "files", "time", "times", "models", "tests", "data", "work", "day", "report",
    "reports", "results",
];

/// Adds the numbers that are words in a part of a text. `measures`: the part speaks of measured
/// values, so that a half is one of them.
pub fn add_number_words(text: &str, range: Range<usize>, measures: bool, figures: &mut Vec<Figure>) {
    let Some(sentence) = text.get(range.clone()) else { return };
    let mut start = 0;
    let mut before = String::new();
    for word in sentence.split_inclusive(|c: char| !(c.is_alphanumeric() || c == '-')) {
        let plain = word.trim_end_matches(|c: char| !(c.is_alphanumeric() || c == '-'));
        let at = range.start + start;
        start += word.len();
        let lower = plain.to_lowercase();
        if let Some(number) = number_word(&lower)
            && number > 1
            && !is_ordinal(&before)
        {
            let behind = sentence.get(start..).unwrap_or_default();
            let is_factor = behind
                .strip_prefix("times ")
                .is_some_and(|rest| !rest.starts_with("each") && !rest.starts_with("per"));
            let length = if is_factor { word.len() + "times".len() } else { plain.len() };
            let unit = is_factor.then(|| "times".to_owned());
            figures.push(figure(text, f64::from(number), unit, at..at + length));
        }
        before = lower;
    }
    if measures {
        add_factors(text, &range, figures);
    }
    figures.sort_by_key(|figure| figure.range.start);
}

fn add_factors(text: &str, range: &Range<usize>, figures: &mut Vec<Figure>) {
    let lower = text.get(range.clone()).unwrap_or_default().to_ascii_lowercase();
    for (words, value) in FACTORS {
        for (at, _) in lower.match_indices(words) {
            let is_word = !lower.get(..at).is_some_and(|before| before.ends_with(char::is_alphanumeric));
            let behind = lower.get(at + words.len()..).unwrap_or_default();
            let mut next = behind.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
            let is_counted = behind.starts_with(char::is_alphanumeric)
                || next.by_ref().take(3).any(|word| COUNTED.contains(&word));
            if is_word && !is_counted {
                let last = words.rsplit(' ').next().map_or(0, |word| word.len() + 1);
                let start = range.start + at;
                let place = start..start + words.len() - last;
                figures.push(figure(text, value, Some("times".to_owned()), place));
            }
        }
    }
}

fn figure(text: &str, value: f64, unit: Option<String>, range: Range<usize>) -> Figure {
    Figure {
        text: text.get(range.clone()).unwrap_or_default().to_owned(),
        value,
        decimals: if value.fract() == 0.0 { 0 } else { 2 },
        unit,
        range,
        is_structural: false,
    }
}

/// Before a number these say that it selects or is part of a phrase.
fn is_ordinal(before: &str) -> bool {
    matches!(
        before,
        "the" | "first" | "last" | "top" | "next" | "these" | "those" | "of" | "other" | "any" | "into"
    )
}
