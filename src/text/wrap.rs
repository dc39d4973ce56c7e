//! Rows of runs, and wrapping them to a width by grapheme and word.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

use super::sanitize::{self, Shown};

/// Columns that an indent leaves for text; a deeper one is cut, else a narrow pane
/// would show a letter a row.
const NARROWEST_TEXT: u16 = 8;
/// Stands for a grapheme that is wider than the row.
const TOO_WIDE: &str = "…";

/// What a run of text is, so that a theme can style it. Never a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Running text.
    Body,
    /// A heading of level 1 to 6.
    Heading(u8),
    /// Strong emphasis.
    Strong,
    /// Emphasis.
    Emphasis,
    /// Struck out.
    Struck,
    /// Inline code or a code block.
    Code,
    /// A link's text.
    Link,
    /// A quotation.
    Quote,
    /// A list bullet or number.
    Bullet,
    /// Table rules and horizontal rules.
    Rule,
    /// A table's header cell.
    TableHeader,
    /// A figure (a number with its unit).
    Figure,
    /// Secondary text.
    Muted,
    /// What a search found.
    Match,
    /// What the cursor is on, in a row of several things.
    Selected,
}

/// A stretch of text with one role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The text.
    pub text: Shown,
    /// What it is.
    pub role: Role,
}

impl Run {
    /// A run of text that is safe already.
    pub fn new(text: Shown, role: Role) -> Self {
        Self { text, role }
    }
}

/// One laid-out row, no wider than the width it was laid out for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Its runs from left to right.
    pub runs: Vec<Run>,
}

impl Row {
    /// Terminal columns it takes.
    pub fn width(&self) -> usize {
        self.runs.iter().map(|run| run.text.width()).sum()
    }

    /// Its text without roles.
    pub fn text(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }

    /// Puts a run at its end; runs of one role become one where they may touch.
    pub(super) fn push(&mut self, text: Shown, role: Role) {
        if text.is_empty() {
            return;
        }
        if let Some(last) = self.runs.last_mut()
            && last.role == role
            && last.text.append(&text)
        {
            return;
        }
        self.runs.push(Run { text, role });
    }
}

/// Wraps runs to `width` columns at words, then at graphemes. Rows after the first
/// start with `indent` spaces. There is always one row, if an empty one.
pub fn wrap(runs: &[Run], width: u16, indent: u16) -> Vec<Row> {
    if width == 0 {
        return vec![Row::default()];
    }
    let indent = indent.min(width.saturating_sub(NARROWEST_TEXT.min(width)));
    let mut filler = Filler::new(usize::from(width), usize::from(indent));
    for run in runs {
        let text = run.text.as_str();
        for piece in pieces(text) {
            match piece.kind {
                Kind::Space => filler.add_space(run, piece),
                Kind::Word => filler.add_word_part(run, piece),
                // Breaks are allowed on both sides of a wide sign, as CJK is written.
                Kind::Wide => {
                    filler.end_word();
                    filler.add_word_part(run, piece);
                    filler.end_word();
                }
            }
        }
    }
    filler.finish()
}

/// Cuts one run at graphemes only, as code is: spaces count.
pub(super) fn cut(text: &Shown, role: Role, width: u16) -> Vec<Row> {
    if width == 0 {
        return vec![Row::default()];
    }
    let run = Run { text: text.clone(), role };
    let mut filler = Filler::new(usize::from(width), 0);
    let end = text.as_str().len();
    filler.add_word_part(&run, Piece { bytes: 0..end, width: text.width(), kind: Kind::Word });
    filler.finish()
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Space,
    Word,
    Wide,
}

/// A part of a run's text that is not broken, if it fits into a row.
struct Piece {
    bytes: Range<usize>,
    width: usize,
    kind: Kind,
}

fn pieces(text: &str) -> impl Iterator<Item = Piece> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let spaces = rest.len() - rest.trim_start_matches(' ').len();
        let (len, width, kind) = if spaces > 0 {
            (spaces, spaces, Kind::Space)
        } else {
            let word = rest.find(' ').and_then(|end| rest.get(..end)).unwrap_or(rest);
            if word.is_ascii() { (word.len(), word.len(), Kind::Word) } else { first_of_word(word) }
        };
        let piece = Piece { bytes: start..start + len, width, kind };
        start += len;
        Some(piece)
    })
}

/// The wide grapheme a word begins with, or all up to the first one.
fn first_of_word(word: &str) -> (usize, usize, Kind) {
    let (mut len, mut width) = (0, 0);
    for grapheme in word.graphemes(true) {
        let columns = sanitize::width(grapheme);
        if columns > 1 {
            if len == 0 {
                return (grapheme.len(), columns, Kind::Wide);
            }
            break;
        }
        len += grapheme.len();
        width += columns;
    }
    (len, width, Kind::Word)
}

/// Fills rows with words. A word may be made of parts of several runs.
struct Filler<'a> {
    rows: Vec<Row>,
    row: Row,
    /// Columns used in the row, its indent included.
    used: usize,
    /// Something but the indent is in the row.
    has_text: bool,
    width: usize,
    indent: usize,
    /// Spaces between the row and the word, dropped where a row ends.
    space: Vec<(&'a Run, Piece)>,
    word: Vec<(&'a Run, Piece)>,
}

impl<'a> Filler<'a> {
    fn new(width: usize, indent: usize) -> Self {
        Self {
            rows: Vec::new(),
            row: Row::default(),
            used: 0,
            has_text: false,
            width,
            indent,
            space: Vec::new(),
            word: Vec::new(),
        }
    }

    fn add_space(&mut self, run: &'a Run, piece: Piece) {
        self.end_word();
        self.space.push((run, piece));
    }

    fn add_word_part(&mut self, run: &'a Run, piece: Piece) {
        self.word.push((run, piece));
    }

    fn end_word(&mut self) {
        if self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        let space = std::mem::take(&mut self.space);
        let word_width: usize = word.iter().map(|(_, piece)| piece.width).sum();
        let space_width: usize = space.iter().map(|(_, piece)| piece.width).sum();
        let fits_here = self.used + space_width + word_width <= self.width;
        let fits_alone = self.indent + word_width <= self.width;
        if !fits_here && (fits_alone || self.used + space_width >= self.width) {
            self.end_row();
        } else {
            for (run, piece) in &space {
                self.put(run, piece);
            }
        }
        for (run, piece) in &word {
            if fits_here || fits_alone {
                self.put(run, piece);
            } else {
                self.put_cut(run, piece);
            }
        }
    }

    fn put(&mut self, run: &Run, piece: &Piece) {
        self.row.push(run.text.slice(piece.bytes.start, piece.bytes.end), run.role);
        self.used += piece.width;
        self.has_text = true;
    }

    /// Puts a piece that is wider than a row: as much as fits, then the next row.
    fn put_cut(&mut self, run: &Run, piece: &Piece) {
        let Some(text) = run.text.as_str().get(piece.bytes.clone()) else { return };
        let base = piece.bytes.start;
        let (mut start, mut end) = (0, 0);
        for grapheme in text.graphemes(true) {
            let columns = sanitize::width(grapheme);
            if self.used + columns > self.width {
                self.row.push(run.text.slice(base + start, base + end), run.role);
                start = end;
                if self.has_text {
                    self.end_row();
                }
            }
            end += grapheme.len();
            if self.used + columns > self.width {
                start = end;
                if self.used < self.width {
                    self.row.push(Shown::new(TOO_WIDE), run.role);
                    self.used += 1;
                    self.has_text = true;
                }
                continue;
            }
            self.used += columns;
            self.has_text = true;
        }
        self.row.push(run.text.slice(base + start, base + end), run.role);
    }

    fn end_row(&mut self) {
        self.rows.push(std::mem::take(&mut self.row));
        self.row.push(Shown::spaces(self.indent), Role::Body);
        self.used = self.indent;
        self.has_text = false;
    }

    fn finish(mut self) -> Vec<Row> {
        self.end_word();
        if self.has_text || self.rows.is_empty() {
            self.rows.push(self.row);
        }
        self.rows
    }
}

#[cfg(test)]
mod tests;
