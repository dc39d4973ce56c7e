//! Texts of JSON with their escapes.

use std::borrow::Cow;

use super::super::log::{Log, quote};

/// Reads the text whose opening quote stands at `start`; gives it and the byte behind it.
pub fn read<'a>(text: &'a str, start: usize, mark: u8, log: &mut Log<'_>) -> (Cow<'a, str>, usize) {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    let mut plain_from = at;
    let mut owned: Option<String> = None;
    let mut has_control = false;
    loop {
        let next = memchr::memchr2(mark, b'\\', &bytes[at..]).map_or(bytes.len(), |found| at + found);
        has_control |= bytes[at..next].iter().any(|&byte| byte < 0x20);
        at = next;
        let Some(&byte) = bytes.get(at) else {
            log.loss(start, "the text is not closed before the file ends");
            break;
        };
        if byte == mark {
            break;
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
    let value = match owned {
        None => Cow::Borrowed(rest),
        Some(mut out) => {
            out.push_str(rest);
            Cow::Owned(out)
        }
    };
    (value, (at + 1).min(bytes.len()))
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
