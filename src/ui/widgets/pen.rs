//! Writing into the buffer from left to right, clipped to one row of an area: the only
//! way that panes put text on the screen. Nothing here can leave the buffer.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::ui::symbols;

/// Of a name that is cut in the middle its end has so much of the room.
const MIDDLE: (u16, u16) = (2, 5);

/// A place in one row, and where that row ends.
pub struct Pen<'a> {
    buffer: &'a mut Buffer,
    x: u16,
    end: u16,
    y: u16,
}

impl<'a> Pen<'a> {
    /// A pen at the start of row `index` of an area. Outside the area it writes nothing.
    pub fn new(buffer: &'a mut Buffer, area: Rect, index: u16) -> Self {
        let area = area.intersection(buffer.area);
        let end = if index < area.height { area.right() } else { area.x };
        Self { x: area.x, end, y: area.y.saturating_add(index), buffer }
    }

    /// Columns left.
    pub fn room(&self) -> u16 {
        self.end.saturating_sub(self.x)
    }
    /// The column where the next text goes.
    pub fn column(&self) -> u16 {
        self.x
    }
    /// Leaves columns as they are.
    pub fn skip(&mut self, columns: u16) -> &mut Self {
        self.x = self.x.saturating_add(columns).min(self.end);
        self
    }
    /// Goes to a column of the area's row, if that lies ahead.
    pub fn go_to(&mut self, column: u16) -> &mut Self {
        self.x = self.x.max(column).min(self.end);
        self
    }
    /// Writes text, cut without a sign where the row ends.
    pub fn put(&mut self, text: &str, style: Style) -> &mut Self {
        self.put_within(text, self.room(), style)
    }
    /// Writes text of at most `width` columns, with `…` at its end where it was cut.
    pub fn put_cut(&mut self, text: &str, width: u16, style: Style) -> &mut Self {
        let width = width.min(self.room());
        if fits(text, width) {
            return self.put_within(text, width, style);
        }
        if width > 0 {
            self.put_within(text, width - 1, style).put_within(symbols::CUT, 1, style);
        }
        self
    }
    /// Writes text of at most `width` columns, with `…` at its start where it was cut: the
    /// end of a path tells more than its beginning.
    pub fn put_tail(&mut self, text: &str, width: u16, style: Style) -> &mut Self {
        let width = width.min(self.room());
        if fits(text, width) {
            return self.put_within(text, width, style);
        }
        if width > 0 {
            self.put_within(symbols::CUT, 1, style).put_within(tail(text, width - 1), width - 1, style);
        }
        self
    }
    /// Writes text of at most `width` columns, with `…` in it where it was cut: names that
    /// begin alike often differ at their ends (`llama3.1:…t-q4_0`).
    pub fn put_middle(&mut self, text: &str, width: u16, style: Style) -> &mut Self {
        let width = width.min(self.room());
        let end = width.saturating_sub(1) * MIDDLE.0 / MIDDLE.1;
        if end == 0 || fits(text, width) {
            return self.put_cut(text, width, style);
        }
        let after = self.x + width - end;
        self.put_within(text, width - 1 - end, style).put_within(symbols::CUT, 1, style);
        // A wide sign may leave a column.
        self.put_within(" ", after - self.x, style).put_within(tail(text, end), end, style)
    }
    /// Writes text at the right end of the next `width` columns.
    pub fn put_right(&mut self, text: &str, width: u16, style: Style) -> &mut Self {
        let width = width.min(self.room());
        let after = self.x + width;
        self.skip(width.saturating_sub(columns(text))).put_cut(text, width, style);
        self.x = after;
        self
    }
    /// Repeats a symbol of one column.
    pub fn fill(&mut self, symbol: &str, columns: u16, style: Style) -> &mut Self {
        let style = whole(style);
        for _ in 0..columns.min(self.room()) {
            self.buffer[(self.x, self.y)].set_symbol(symbol).set_style(style);
            self.x += 1;
        }
        self
    }

    fn put_within(&mut self, text: &str, width: u16, style: Style) -> &mut Self {
        let width = width.min(self.room());
        let style = whole(style);
        if width == 0 {
            return self;
        }
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            // Most text, and what costs most in a frame is finding graphemes.
            for byte in text.bytes().take(usize::from(width)) {
                self.buffer[(self.x, self.y)].set_char(char::from(byte)).set_style(style);
                self.x += 1;
            }
        } else {
            self.x = self.buffer.set_stringn(self.x, self.y, text, usize::from(width), style).0;
        }
        self
    }
}

/// A style that says all of how its text looks: nothing shines through from below.
fn whole(style: Style) -> Style {
    Style::reset().patch(style)
}

/// Columns that a text takes, up to what a screen can have.
pub fn columns(text: &str) -> u16 {
    u16::try_from(text.width()).unwrap_or(u16::MAX)
}

/// Does a text fit? Looks no further than it must.
fn fits(text: &str, width: u16) -> bool {
    // A grapheme takes at least one byte, so most texts need no measuring.
    if text.len() <= usize::from(width) {
        return true;
    }
    let mut left = usize::from(width);
    for grapheme in text.graphemes(true) {
        match left.checked_sub(grapheme.width()) {
            Some(rest) => left = rest,
            None => return false,
        }
    }
    true
}

/// The end of a text that takes at most `width` columns.
fn tail(text: &str, width: u16) -> &str {
    let mut left = usize::from(width);
    let mut start = text.len();
    for (index, grapheme) in text.grapheme_indices(true).rev() {
        match left.checked_sub(grapheme.width()) {
            Some(rest) => (left, start) = (rest, index),
            None => break,
        }
    }
    &text[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(width: u16, write: impl FnOnce(&mut Pen<'_>), expected: &str) {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, 1));
        write(&mut Pen::new(&mut buffer, Rect::new(0, 0, width, 1), 0));
        let row: String = buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(row, expected);
    }

    #[test]
    fn cuts_with_a_sign() {
        let style = Style::new();
        check(
            6,
            |pen| {
                pen.put_cut("abcdef", 6, style);
            },
            "abcdef",
        );
        check(
            6,
            |pen| {
                pen.put_cut("abcdefg", 6, style);
            },
            "abcde…",
        );
        check(
            6,
            |pen| {
                pen.put_tail("dir/file", 6, style);
            },
            "…/file",
        );
        check(
            11,
            |pen| {
                pen.put_middle("llama3.1:8b-instruct-q4_0", 11, style);
            },
            "llama3…q4_0",
        );
        check(
            8,
            |pen| {
                pen.put_middle("日本語日本語", 7, style).put("x", style);
            },
            "日 本 …語 x",
        );
        check(
            6,
            |pen| {
                pen.put_right("42", 4, style).put("x", style);
            },
            "  42x ",
        );
        check(
            6,
            |pen| {
                pen.put_right("123456", 4, style);
            },
            "123…  ",
        );
        check(
            3,
            |pen| {
                pen.put_cut("日本語", 3, style);
            },
            "日 …",
        );
        check(
            0,
            |pen| {
                pen.put_cut("abc", 3, style);
            },
            "",
        );
    }

    #[test]
    fn never_leaves_its_area_or_the_buffer() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
        for area in [Rect::new(2, 0, 90, 90), Rect::new(9, 9, 3, 3), Rect::new(0, 0, 0, 0)] {
            for row in 0..3 {
                Pen::new(&mut buffer, area, row).skip(1).put("xyz", Style::new()).fill("-", 9, Style::new());
            }
        }
        let row: String = buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(row, "   x");
    }
}
