//! Where the sentences of a piece begin and end.

use std::ops::Range;

/// No sentence has more bytes: what goes on and on is a list, and every figure of it would be read
/// against all others.
const LONGEST: usize = 1_000;

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
    if ranges.iter().all(|range| range.len() <= LONGEST) {
        return ranges;
    }
    ranges.into_iter().flat_map(|range| cut(text, range)).collect()
}

/// A range in parts that are not too long, parted between words where there are any.
fn cut(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut start = range.start;
    while range.end - start > LONGEST {
        let most = text.floor_char_boundary(start + LONGEST);
        let space = text.get(start..most).and_then(|part| part.rfind(char::is_whitespace));
        // A space may be of several bytes, the one behind it begins the next part.
        let end = space.filter(|space| *space > 0).map_or(most, |space| start + space);
        parts.push(start..end);
        start = end;
    }
    parts.push(start..range.end);
    parts
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_without_an_end_is_read_in_parts() {
        for text in ["5 ms ".repeat(5000), "5".repeat(5000), "é".repeat(3000), "a.\u{3000}B".repeat(2000)] {
            let found = sentences(&text);
            assert!(found.len() > 1 && found.iter().all(|range| (1..=LONGEST).contains(&range.len())));
            let ends: Vec<usize> = found.iter().map(|range| range.end).collect();
            let starts: Vec<usize> = found.iter().map(|range| range.start).collect();
            assert_eq!((starts[0], &starts[1..]), (0, &ends[..ends.len() - 1]), "nothing is lost");
            assert!(found.iter().all(|range| text.get(range.clone()).is_some()));
        }
        let usual = "It has 5 runs. They took 7 ms.";
        assert_eq!(sentences(usual), [0..14, 14..30]);
    }
}
