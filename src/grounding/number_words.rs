//! Numbers in words, as the gate and `check` read them: each adds what it alone knows.

/// `three` is 3, `thirty` is 30: the words from one to twenty, and tens up to ninety.
pub fn of_word(word: &str) -> Option<u32> {
    const ONES: [&str; 20] = [
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
    const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    let place = |words: &[&str]| {
        words.iter().position(|known| *known == word).and_then(|place| u32::try_from(place).ok())
    };
    place(&ONES).map(|place| place + 1).or_else(|| place(&TENS).map(|place| (place + 2) * 10))
}
