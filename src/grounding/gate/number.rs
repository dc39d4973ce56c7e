//! Numbers in words: `three models`, `twice as fast`.

/// The number that a word is; ordinals are none.
pub fn of_word(word: &str) -> Option<f64> {
    const WORDS: [&str; 21] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
    ];
    const TENS: [&str; 8] = ["thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred"];
    let small = WORDS.iter().position(|known| *known == word).map(|place| place as f64);
    small.or_else(|| TENS.iter().position(|known| *known == word).map(|place| (place as f64 + 3.0) * 10.0))
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
