//! A line cut into words: names, numbers and units, without the marks around them.

use std::ops::Range;

/// A word of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// The word.
    pub text: &'a str,
    /// Byte range in the line.
    pub range: Range<usize>,
}

/// The words of a line. `-`, `:`, `/`, `.` and `_` stay inside a word, for they hold names
/// together; at its ends they are marks.
pub fn words(line: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut previous = ' ';
    for (at, character) in line.char_indices() {
        let is_comma_between_digits = character == ','
            && previous.is_ascii_digit()
            && is_thousands(line.get(at + 1..).unwrap_or_default());
        let parts = is_separator(character) && !is_comma_between_digits;
        match (parts, start) {
            (false, None) => start = Some(at),
            (true, Some(from)) => {
                push(line, from..at, &mut words);
                start = None;
            }
            _ => {}
        }
        previous = character;
    }
    if let Some(from) = start {
        push(line, from..line.len(), &mut words);
    }
    words
}

/// Three digits and then none: a comma before them groups thousands.
fn is_thousands(behind: &str) -> bool {
    let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
    digits == 3
}

fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            '=' | '('
                | ')'
                | '['
                | ']'
                | '{'
                | '}'
                | '<'
                | '>'
                | '|'
                | ','
                | ';'
                | '"'
                | '\''
                | '“'
                | '”'
                | '‘'
                | '’'
                | '*'
                | '~'
                | '≈'
                | '±'
                | '—'
                | '…'
                | '!'
                | '?'
                | '`'
                | '#'
                | '$'
                | '€'
                | '\\'
        )
}

fn push<'a>(line: &'a str, range: Range<usize>, words: &mut Vec<Word<'a>>) {
    let Some(whole) = line.get(range.clone()) else { return };
    let tail = whole.trim_end_matches(['.', ':', '/', '_', '-', '–', '+']);
    let text = tail.trim_start_matches([':', '/', '_', '×']);
    if text.is_empty() {
        return;
    }
    let start = range.start + (tail.len() - text.len());
    words.push(Word { text, range: start..start + text.len() });
}
