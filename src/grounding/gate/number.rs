//! Numbers in words: `three models`, `twice as fast`.

use crate::grounding::number_words;

/// The number that a word is; ordinals are none.
pub fn of_word(word: &str) -> Option<f64> {
    match word {
        "zero" => Some(0.0),
        "hundred" => Some(100.0),
        word => number_words::of_word(word).map(f64::from),
    }
}

/// How often one value is another: `twice`, `half`.
pub fn ratio_of(word: &str) -> Option<f64> {
    match word {
        "twice" | "double" | "twofold" => Some(2.0),
        "thrice" | "triple" | "threefold" => Some(3.0),
        "fourfold" | "quadruple" => Some(4.0),
        "half" => Some(0.5),
        "quarter" => Some(0.25),
        _ => None,
    }
}
