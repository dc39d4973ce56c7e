//! Where the sentences of a piece begin and end.

use std::ops::Range;

/// The sentences of a piece, as ranges.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        if !matches!(byte, b'.' | b'!' | b'?') {
            continue;
        }
        let rest = text.get(at + 1..).unwrap_or_default();
        let is_space = rest.starts_with(char::is_whitespace);
        let next = rest.trim_start().trim_start_matches(['*', '_', '`', '"', '(']).chars().next();
        // `approx. 13 ms`, `e.g. the`: no sentence begins with a small letter, unless a name does.
        let word = rest.trim_start().split(char::is_whitespace).next().unwrap_or_default();
        let is_name = word.contains(|c: char| c.is_numeric() || matches!(c, '_' | '/'));
        let begins = next.is_some_and(|next| next.is_uppercase() || next.is_numeric()) || is_name;
        if is_space && begins && !is_abbreviation(text.get(start..at).unwrap_or_default()) {
            ranges.push(start..at + 1);
            start = at + 1;
        }
    }
    if start < text.len() {
        ranges.push(start..text.len());
    }
    ranges
}

/// Ends the text with a word that is shortened, or a list number?
fn is_abbreviation(text: &str) -> bool {
    let word = text.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default().to_lowercase();
    let word = word.trim_start_matches(['*', '_']);
    matches!(
        word,
        "approx" | "ca" | "e.g" | "i.e" | "vs" | "no" | "avg" | "min" | "max" | "std" | "fig" | "cf"
    ) || (!word.is_empty()
        && word.len() <= 3
        && word.bytes().all(|byte| byte.is_ascii_digit())
        && text.trim().len() <= 8)
}
