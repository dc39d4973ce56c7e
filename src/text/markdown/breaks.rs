//! Line endings on the way in. The standard knows `\n`, `\r\n` and `\r`; all that is
//! behind this file sees `\n` alone, so that no two readers of a line disagree where it ends.

use std::borrow::Cow;

/// Appends a text that comes in pieces, with `\n` for each line ending.
#[derive(Clone, Debug, Default)]
pub(in crate::text) struct Breaks {
    /// The last piece ended with `\r`, which has been written as `\n`: a `\n` that
    /// follows belongs to it.
    is_after_return: bool,
}

impl Breaks {
    pub(in crate::text) fn append(&mut self, piece: &str, text: &mut String) {
        if piece.is_empty() {
            return;
        }
        let piece = if self.is_after_return { piece.strip_prefix('\n').unwrap_or(piece) } else { piece };
        self.is_after_return = piece.ends_with('\r');
        let mut rest = piece;
        while let Some(at) = memchr::memchr(b'\r', rest.as_bytes()) {
            let (line, behind) = rest.split_at(at);
            text.push_str(line);
            text.push('\n');
            let behind = behind.strip_prefix('\r').unwrap_or(behind);
            rest = behind.strip_prefix('\n').unwrap_or(behind);
        }
        text.push_str(rest);
    }
}

/// A whole text with `\n` for each line ending.
pub(super) fn unified(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\r', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut whole = String::with_capacity(text.len());
    Breaks::default().append(text, &mut whole);
    Cow::Owned(whole)
}
