//! Numbers with their units in running text. A rule of the text alone: it needs no facts, so
//! that a figure looks like one the moment it is there.

use std::ops::Range;

/// What may stand behind a number as its unit.
const UNITS: [&str; 36] = [
    "tokens/s", "tok/s", "t/s", "req/s", "J/token", "ms", "s", "µs", "us", "ns", "min", "h", "%", "x", "×",
    "MiB", "GiB", "KiB", "MB", "GB", "KB", "kB", "B", "W", "J", "°C", "tokens", "token", "runs", "run",
    "files", "file", "rows", "row", "times", "percent",
];
/// Behind one of these a digit goes on with what was begun: a name, a date, a version.
const JOINERS: [char; 12] = ['_', '.', ',', ':', '/', '=', '@', '#', '$', '&', '\\', '-'];

/// The figures of a text, in order.
pub(super) fn figures(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(|c: char| c.is_ascii_digit())) {
        let digit = from + at;
        let start = sign_before(text, digit);
        let end = number_end(text, digit);
        if is_free_before(text, start) && is_free_behind(text, end) {
            let end = unit_end(text, end);
            found.push(start..end);
            from = end;
        } else {
            from = word_end(text, end);
        }
    }
    found
}

/// A sign belongs to a number when nothing is before it.
fn sign_before(text: &str, digit: usize) -> usize {
    let before = text.get(..digit).unwrap_or_default();
    match before.chars().next_back() {
        Some(sign @ ('-' | '+' | '−')) => {
            let start = digit - sign.len_utf8();
            let is_free = text.get(..start).and_then(|rest| rest.chars().next_back());
            if is_free.is_none_or(|c| c.is_whitespace() || c == '(') { start } else { digit }
        }
        _ => digit,
    }
}

/// Digits with points and commas between them.
fn number_end(text: &str, digit: usize) -> usize {
    let rest = text.get(digit..).unwrap_or_default().as_bytes();
    let mut end = 0;
    while let Some(byte) = rest.get(end) {
        let is_inside = matches!(byte, b'.' | b',') && rest.get(end + 1).is_some_and(u8::is_ascii_digit);
        if !byte.is_ascii_digit() && !is_inside {
            break;
        }
        end += 1;
    }
    digit + end
}

fn is_free_before(text: &str, start: usize) -> bool {
    let before = text.get(..start).and_then(|before| before.chars().next_back());
    before.is_none_or(|c| !c.is_alphanumeric() && !JOINERS.contains(&c))
}

/// Ends there, or goes on with a unit.
fn is_free_behind(text: &str, end: usize) -> bool {
    let mut behind = text.get(end..).unwrap_or_default().chars();
    match behind.next() {
        Some('.' | ',' | ':' | '/' | '-') => !behind.next().is_some_and(char::is_alphanumeric),
        Some('_' | '=' | '@') => false,
        Some(c) if c.is_alphanumeric() => unit_at(text, end).is_some(),
        None | Some(_) => true,
    }
}

fn unit_end(text: &str, end: usize) -> usize {
    let attached = unit_at(text, end);
    let apart = || text.get(end..)?.strip_prefix(' ').and_then(|_| unit_at(text, end + 1));
    attached.or_else(apart).unwrap_or(end)
}

/// End of the unit that begins here.
fn unit_at(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    UNITS.iter().filter(|unit| rest.starts_with(**unit)).map(|unit| at + unit.len()).find(|&end| {
        let behind = text.get(end..).and_then(|behind| behind.chars().next());
        behind.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '/' | '_' | '='))
    })
}

fn word_end(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.find(char::is_whitespace).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_numbers_with_their_units() {
        for (text, expected) in [
            ("is 295.0 tok/s at best, 2.9 times", "295.0 tok/s|2.9 times"),
            ("1,104 ms (-5 %) and 12ms.", "1,104 ms|-5 %|12ms"),
            ("over 30 runs; 101 files, 7", "30 runs|101 files|7"),
            ("gemma3:270m v1.2 p95 num_gpu=60 q4_0", ""),
            ("2025-11-14 10/26/2023 18:53:30 1.2.3-rc", ""),
            ("60 seconds, 3 states, 4 stars", "60|3|4"),
            ("1..2 ~5 % a-5 5-a", "1|5 %"),
            ("−3 °C, +2 %", "−3 °C|+2 %"),
            ("", ""),
        ] {
            let found: Vec<&str> = figures(text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found.join("|"), expected, "{text}");
        }
    }
}
