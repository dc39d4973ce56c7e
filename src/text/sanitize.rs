//! The one sanitiser. Everything that comes from outside (names, cells, model
//! output, metadata, errors) is made into [`Shown`] here before it meets a screen.
//!
//! It is an allowlist: a character passes only if every terminal shows it in the
//! columns that we count for it, so that no text can move what stands beside it.

use std::{
    fmt::{self, Write as _},
    path::{Component, Path},
};

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Combining marks kept on one base; more climb over the rows above and below.
const MOST_MARKS: usize = 4;
/// Bytes kept of one grapheme; longer ones stall or break terminals.
const LONGEST_GRAPHEME: usize = 32;

/// Text that is safe to show: no control character, no bidi override, nothing
/// invisible. What was hidden is made visible (`U+202E` becomes `<U+202E>`).
/// It never holds a line break.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shown(String);

impl Shown {
    /// Makes one line of text safe. Line breaks and tabs become spaces.
    ///
    /// Emoji are taken apart into what every terminal draws alike: joiners, presentation
    /// selectors and skin tones inside an emoji are left out.
    pub fn new(text: &str) -> Self {
        Self(sanitise(text, Breaks::AsSpaces))
    }

    /// The same for bytes that may not be UTF-8: wrong bytes become U+FFFD.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self::new(&String::from_utf8_lossy(bytes))
    }

    /// The same for a path, with `/` between its parts. A line break in a name is
    /// shown as its control picture: two names never look the same because of it.
    pub fn from_path(path: &Path) -> Self {
        let mut text = String::new();
        for component in path.components() {
            if component == Component::RootDir {
                text.push('/');
                continue;
            }
            if !text.is_empty() && !text.ends_with('/') {
                text.push('/');
            }
            text.push_str(&String::from_utf8_lossy(component.as_os_str().as_encoded_bytes()));
        }
        Self(sanitise(&text, Breaks::AsPictures))
    }

    /// The texts one behind the other.
    pub fn concat(parts: &[&Shown]) -> Self {
        let joined: String = parts.iter().map(|part| part.as_str()).collect();
        Self::new(&joined)
    }

    /// `count` spaces.
    pub fn spaces(count: usize) -> Self {
        Self(" ".repeat(count))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Terminal columns it takes.
    pub fn width(&self) -> usize {
        width(&self.0)
    }

    /// The text cut to `width` columns, with `…` at its end where something was cut.
    #[must_use]
    pub fn truncated(&self, width: usize) -> Shown {
        if self.width() <= width {
            return self.clone();
        }
        let Some(room) = width.checked_sub(1) else {
            return Self::default();
        };
        let mut text = String::new();
        let mut used = 0;
        for grapheme in self.0.graphemes(true) {
            used += self::width(grapheme);
            if used > room {
                break;
            }
            text.push_str(grapheme);
        }
        text.push('…');
        Self(text)
    }

    /// A part of it. `start` and `end` are byte offsets of grapheme boundaries.
    pub(super) fn slice(&self, start: usize, end: usize) -> Shown {
        Self(self.0.get(start..end).unwrap_or_default().to_owned())
    }

    /// Appends a text, if neither's columns depend on what stands beside it.
    pub(super) fn append(&mut self, next: &Shown) -> bool {
        let is_safe = |edge: Option<char>| edge.is_none_or(is_simple);
        let may_touch = is_safe(self.0.chars().next_back()) && is_safe(next.0.chars().next());
        if may_touch {
            self.0.push_str(&next.0);
        }
        may_touch
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Shown {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Shown {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Shown {
    fn from(text: String) -> Self {
        if is_plain(&text) { Self(text) } else { Self::new(&text) }
    }
}

/// Columns of text that is [`Shown`] already: there each character counts for itself.
pub(super) fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(char_width).sum() }
}

fn char_width(character: char) -> usize {
    character.width().unwrap_or(0)
}

#[derive(Clone, Copy, PartialEq)]
enum Breaks {
    AsSpaces,
    AsPictures,
}

fn sanitise(text: &str, breaks: Breaks) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    let mut previous = None;
    let mut may_combine = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if breaks == Breaks::AsSpaces && characters.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\t' if breaks == Breaks::AsSpaces => shown.push(' '),
            '\0'..='\x1f' => shown.push(picture(character)),
            '\x7f' => shown.push('\u{2421}'),
            '\u{80}'..='\u{9f}' => shown.push('\u{fffd}'),
            _ if is_simple(character) => shown.push(character),
            // The halfwidth sound marks are counted as none, one or two columns; their
            // fullwidth twins as two by all.
            '\u{ff9e}' => shown.push('\u{309b}'),
            '\u{ff9f}' => shown.push('\u{309c}'),
            '\u{a0}' | '\u{202f}' | '\u{3000}' => shown.push(character),
            _ if character.is_whitespace() && !matches!(character, '\u{2028}' | '\u{2029}') => {
                shown.push(' ');
            }
            _ if is_emoji_part(character, previous, characters.peek().copied()) => {}
            _ if is_invisible(character) || !is_printable(character) => push_code(&mut shown, character),
            _ => {
                may_combine = true;
                shown.push(character);
            }
        }
        previous = Some(character);
    }
    if !may_combine {
        return shown;
    }
    let mut folded = String::with_capacity(shown.len());
    for grapheme in shown.graphemes(true) {
        fold(&mut folded, grapheme);
    }
    folded
}

/// Writes a grapheme so that its columns are the sum of those of its characters: that
/// alone is what a terminal without grapheme tables counts.
fn fold(folded: &mut String, grapheme: &str) {
    if grapheme.is_ascii() {
        folded.push_str(grapheme);
        return;
    }
    let mut kept = String::new();
    let mut marks = 0;
    let mut left_out = 0;
    for character in grapheme.chars() {
        let is_mark = char_width(character) == 0;
        if left_out > 0 || marks == MOST_MARKS && is_mark {
            left_out += 1;
        } else if is_mark && (kept.is_empty() || kept.ends_with([' ', '>'])) {
            // A mark without a base would join whatever stands before it.
            push_code(&mut kept, character);
            marks += 1;
        } else if kept.len() + character.len_utf8() > LONGEST_GRAPHEME {
            left_out += 1;
        } else {
            kept.push(character);
            marks += usize::from(is_mark);
        }
    }
    if kept.as_str().width() == width(&kept) {
        folded.push_str(&kept);
    } else {
        let mut characters = kept.chars();
        folded.extend(characters.next());
        characters.for_each(|character| push_code(folded, character));
    }
    if left_out > 0 {
        let _ = write!(folded, "<+{left_out}>");
    }
}

/// Printable ASCII: nearly all text, and nothing to do.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Characters known to be printable that join no neighbour by themselves; the tables
/// need not be asked. Everything else is.
fn is_simple(character: char) -> bool {
    matches!(character,
        ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{2ff}' | '\u{391}'..='\u{3a1}' | '\u{3a3}'..='\u{482}'
        | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{2190}'..='\u{23ff}' | '\u{2500}'..='\u{27ff}'
        | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{fffd}')
}

/// Signs that may be part of an emoji.
fn is_pictograph(character: char) -> bool {
    matches!(character,
        '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{2190}'..='\u{2bff}'
        | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1f3fa}' | '\u{1f400}'..='\u{1faff}')
}

/// Joiners, presentation selectors and skin tones where they are plainly part of an
/// emoji. Terminals disagree about the columns of what they make, so they are left out.
fn is_emoji_part(character: char, previous: Option<char>, next: Option<char>) -> bool {
    let Some(previous) = previous else { return false };
    let behind_emoji = is_pictograph(previous) || is_skin_tone(previous);
    match character {
        '\u{fe0e}' | '\u{fe0f}' => behind_emoji || matches!(previous, '0'..='9' | '#' | '*'),
        '\u{200d}' => (behind_emoji || previous == '\u{fe0f}') && next.is_some_and(is_pictograph),
        _ => is_skin_tone(character) && is_pictograph(previous),
    }
}

fn is_skin_tone(character: char) -> bool {
    matches!(character, '\u{1f3fb}'..='\u{1f3ff}')
}

/// Assigned characters that leave no mark of their own (fillers, selectors, blanks), and
/// skin tones, which change the emoji before them. The rest of what is invisible
/// (formats, bidi, tags, private use, unassigned) is not printable.
fn is_invisible(character: char) -> bool {
    is_skin_tone(character)
        || matches!(character,
            '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2800}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{16fe4}' | '\u{1d159}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// What the standard library's tables call printable: assigned, and neither control,
/// format, private use, surrogate nor separator.
fn is_printable(character: char) -> bool {
    // Behind another character, so that a combining mark is not escaped for standing first.
    let mut text = String::from("a");
    text.push(character);
    text.escape_debug().eq(text.chars())
}

fn picture(control: char) -> char {
    char::from_u32(0x2400 + u32::from(control)).unwrap_or('\u{fffd}')
}

fn push_code(text: &mut String, character: char) {
    let _ = write!(text, "<U+{:04X}>", u32::from(character));
}

#[cfg(test)]
mod tests;
