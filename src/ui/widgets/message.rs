//! A few words in the middle of an empty pane: what this is and what to do.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::pen::{Pen, columns};

/// Longer rows are hard to read.
const MAX_WIDTH: u16 = 64;

/// A sentence that begins on a row of its own.
#[derive(Clone, Copy, Debug)]
pub struct Sentence<'a> {
    /// Its text.
    pub text: &'a str,
    /// How it looks.
    pub style: Style,
    /// How its first word looks, if that is a key.
    pub first: Style,
}

impl<'a> Sentence<'a> {
    /// A sentence of one style.
    pub fn new(text: &'a str, style: Style) -> Self {
        Self { text, style, first: style }
    }
}

/// Draws sentences, broken at words, in the middle of an area. Those that do not fit whole
/// are left out, all but the first.
pub fn message(buffer: &mut Buffer, area: Rect, sentences: &[Sentence<'_>]) {
    let width = area.width.saturating_sub(1).min(MAX_WIDTH);
    let (mut height, mut widest, mut shown) = (0, 0, 0);
    for sentence in sentences {
        let mut ends = 0;
        let rows = rows(sentence.text, width, |_, at, word| ends = ends.max(at + columns(word)));
        if shown > 0 && height + rows > area.height {
            break;
        }
        (height, widest, shown) = (height + rows, widest.max(ends.min(width)), shown + 1);
    }
    let x = area.x + area.width.saturating_sub(widest) / 2;
    let column = Rect { x, width: area.right().saturating_sub(x), ..area };
    let mut y = area.height.saturating_sub(height) / 2;
    for sentence in &sentences[..shown] {
        y += rows(sentence.text, width, |row, at, word| {
            let style = if (row, at) == (0, 0) { sentence.first } else { sentence.style };
            Pen::new(buffer, column, y + row).skip(at).put(word, style);
        });
    }
}

/// Says of each word which row and column it goes to; returns the number of rows.
fn rows(text: &str, width: u16, mut place: impl FnMut(u16, u16, &str)) -> u16 {
    let (mut row, mut at) = (0, 0);
    for word in text.split_whitespace() {
        let length = columns(word).min(MAX_WIDTH);
        if at > 0 && at + 1 + length > width {
            (row, at) = (row + 1, 0);
        }
        let start = if at == 0 { 0 } else { at + 1 };
        place(row, start, word);
        at = start + length;
    }
    if at == 0 { 0 } else { row + 1 }
}
