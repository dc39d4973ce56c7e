//! Texts of JSON with their escapes.

use std::borrow::Cow;

use super::super::log::{Log, quote};

/// A text as read.
pub struct Found<'a> {
    pub text: Cow<'a, str>,
    /// The byte behind its closing mark.
    pub end: usize,
    /// It stands in the file as it is, in one line.
    pub is_plain: bool,
}

/// Reads the text whose opening quote stands at `start`.
pub fn read<'a>(text: &'a str, start: usize, mark: u8, log: &mut Log<'_>) -> Found<'a> {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    let mut plain_from = at;
    let mut owned: Option<String> = None;
    let mut has_control = false;
    loop {
        at += plain(&bytes[at..], mark);
        let Some(&byte) = bytes.get(at) else {
            log.loss(start, "the text is not closed before the file ends");
            break;
        };
        if byte == mark {
            break;
        }
        if byte != b'\\' {
            has_control = true;
            at += 1;
            continue;
        }
        let out = owned.get_or_insert_default();
        out.push_str(&text[plain_from..at]);
        at = escape(text, at, out, log);
        plain_from = at;
    }
    if has_control {
        log.loss(start, "a control character stands in a text as it is");
    }
    let rest = &text[plain_from..at];
    let is_plain = owned.is_none() && !has_control;
    let text = match owned {
        None => Cow::Borrowed(rest),
        Some(mut out) => {
            out.push_str(rest);
            Cow::Owned(out)
        }
    };
    Found { text, end: (at + 1).min(bytes.len()), is_plain }
}

/// A one in every byte, and the upper bit of every byte.
const ONES: u64 = u64::MAX / 255;
const HIGHS: u64 = ONES << 7;

/// Bytes before the first that is the mark, a backslash or a control character: eight at a time
/// (Mycroft's test for a byte that is zero, and its kin for one that is less), for most texts are
/// a word or two.
fn plain(bytes: &[u8], mark: u8) -> usize {
    let is_zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let (words, rest) = bytes.as_chunks::<8>();
    let mut at = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        let is_control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let marks = is_zero(word ^ (ONES * u64::from(mark))) | is_zero(word ^ (ONES * u64::from(b'\\')));
        // Above the lowest of them a borrow may have set more.
        let found = marks | is_control;
        if found != 0 {
            return at + (found.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    let is_end = |byte: &u8| *byte == mark || *byte == b'\\' || *byte < 0x20;
    at + rest.iter().position(is_end).unwrap_or(rest.len())
}

/// Reads one escape (for a pair of surrogates both); gives the byte behind it.
fn escape(text: &str, at: usize, out: &mut String, log: &mut Log<'_>) -> usize {
    let Some(&kind) = text.as_bytes().get(at + 1) else {
        log.loss(at, "the file ends in an escape");
        return at + 1;
    };
    let plain = match kind {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'"' | b'\\' | b'/' => kind as char,
        b'u' => return unicode(text, at, out, log),
        _ => {
            let end = text.ceil_char_boundary(at + 2);
            log.loss(at, format!("{} is no escape; it is kept as it is", quote(&text[at..end])));
            out.push_str(&text[at..end]);
            return end;
        }
    };
    out.push(plain);
    at + 2
}

fn unicode(text: &str, at: usize, out: &mut String, log: &mut Log<'_>) -> usize {
    let unit = |at: usize| -> Option<u16> {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            u16::from_str_radix(digits, 16).ok()
        } else {
            None
        }
    };
    let Some(first) = unit(at) else {
        log.loss(at, "an escape without four hexadecimal digits; it is kept as it is");
        out.push_str("\\u");
        return at + 2;
    };
    let second = (0xD800..0xDC00).contains(&first).then(|| unit(at + 6)).flatten();
    let pair = [first, second.unwrap_or_default()];
    let units = &pair[..=usize::from(second.is_some_and(|second| (0xDC00..0xE000).contains(&second)))];
    if let Some(Ok(found)) = char::decode_utf16(units.iter().copied()).next() {
        out.push(found);
        return at + 6 * units.len();
    }
    log.note(at, format!("{} is half a character; it is shown as U+FFFD", quote(&text[at..at + 6])));
    out.push(char::REPLACEMENT_CHARACTER);
    at + 6
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::plain;

    proptest! {
        #[test]
        fn eight_at_a_time_ends_where_one_at_a_time_does(
            bytes in prop::collection::vec(prop::sample::select(b"ab\"'\\\n\x00\x1f \x7f\x80\xa0\xff!".to_vec()), 0..40),
            mark in prop::sample::select(vec![b'"', b'\'']),
        ) {
            let is_end = |byte: &u8| *byte == mark || *byte == b'\\' || *byte < 0x20;
            prop_assert_eq!(plain(&bytes, mark), bytes.iter().position(is_end).unwrap_or(bytes.len()));
        }
    }
}
