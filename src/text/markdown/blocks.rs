//! Cuts a Markdown text into top-level blocks, line by line, so that a block that is
//! finished stays finished whatever is written behind it.
//!
//! A boundary is drawn only where the parser surely has one; what is unsure stays
//! together and is left to the parser. List items, long code blocks and long tables are
//! cut into several blocks, and so is whatever grows past a limit.
//!
//! Lines end with `\n` here: `breaks` has seen to it.

use std::ops::Range;

use super::lines::{Line, Marker};

/// Rows of code or of a table in one block: the open block is laid out again with every piece.
const MOST_LINES: usize = 32;
/// Bytes of one block, and of a line that is not cut; a paragraph is far shorter.
const MOST_BYTES: usize = 8 * 1024;
/// Bytes of a list item. Cutting one loses its indent, so it may be longer.
const MOST_ITEM_BYTES: usize = 32 * 1024;
/// A line that is too long is cut behind one of its last words, at most this far back.
const LONGEST_WORD: usize = 256;

/// How a block's text is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::text) enum Kind {
    /// Markdown; `number` is that of a list item whose list began in another block.
    Markdown { number: Option<u64> },
    /// Lines of a fenced code block whose fence was indented by so many columns.
    Code { indent: usize },
    /// More rows of a table whose header row and delimiter row stand there.
    TableRows { header: Range<usize> },
}

/// A top-level block, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::text) struct Block {
    pub kind: Kind,
    /// Its bytes in the source.
    pub range: Range<usize>,
    /// A blank row parts it from the block before.
    pub is_apart: bool,
}

impl Block {
    /// Rows of a table that began in another block.
    pub(in crate::text) fn is_continued_table(&self) -> bool {
        matches!(self.kind, Kind::TableRows { .. })
    }
}

#[derive(Clone, Debug, Default)]
enum Mode {
    /// Between blocks.
    #[default]
    Between,
    /// Ends at a blank line or where another block interrupts it.
    Paragraph,
    /// Ends at a blank line only: an HTML block.
    Raw,
    Table {
        header: Range<usize>,
        is_continued: bool,
    },
    Item {
        marker: Marker,
        number: Option<u64>,
        /// It has a line that is not indented: a lazy one, or a paragraph of its own.
        is_lazy: bool,
    },
    /// What is indented that far belongs to it, also behind blank lines.
    Indented {
        columns: usize,
        is_lazy: bool,
    },
    Fence {
        mark: char,
        length: usize,
        indent: usize,
    },
    /// Ends with the line that has this text.
    Html {
        end: &'static str,
    },
}

/// The state between two lines.
#[derive(Clone, Debug, Default)]
pub(in crate::text) struct Splitter {
    mode: Mode,
    /// Where the open block begins.
    start: usize,
    /// Where the next line begins.
    next: usize,
    /// Lines of the open block.
    lines: usize,
    after_blank: bool,
    /// The open block goes on with what the last one was.
    is_continuation: bool,
    /// The open block is an item of the last one's list, and no blank line parts them.
    is_tight: bool,
    /// Marker and number of the last block, when that was a list item.
    last_item: Option<(Marker, u64)>,
}

impl Splitter {
    /// Where the first block begins that is not finished.
    #[cfg(test)]
    pub(in crate::text) fn open_from(&self) -> usize {
        self.start
    }

    /// Reads all lines that are whole; gives the blocks that they finish.
    pub(in crate::text) fn advance(&mut self, source: &str) -> Vec<Block> {
        let mut blocks = Vec::new();
        while let Some(end) = line_end(source, self.next) {
            self.read(source, end, &mut blocks);
        }
        blocks
    }

    /// The blocks that follow if the text ends here.
    pub(in crate::text) fn finish(&self, source: &str) -> Vec<Block> {
        let mut splitter = self.clone();
        let mut blocks = Vec::new();
        if splitter.next < source.len() {
            splitter.read(source, source.len(), &mut blocks);
        }
        splitter.close(source.len(), &mut blocks);
        blocks
    }

    fn read(&mut self, source: &str, end: usize, blocks: &mut Vec<Block>) {
        let begin = self.next;
        self.next = end;
        let line = Line::new(source.get(begin..end).unwrap_or_default());
        match self.mode {
            Mode::Fence { mark, length, .. } => {
                if line.closes_fence(mark, length) {
                    self.close(begin, blocks);
                    self.start = end;
                } else {
                    self.keep(end, blocks);
                }
                return;
            }
            Mode::Html { end: mark } => {
                self.keep(end, blocks);
                if line.has(mark) {
                    self.close(end, blocks);
                }
                return;
            }
            _ => {}
        }
        if line.is_blank() {
            match self.mode {
                Mode::Between => {
                    self.start = end;
                    self.is_continuation = false;
                }
                Mode::Item { .. } | Mode::Indented { .. } => {}
                _ => {
                    self.close(begin, blocks);
                    self.start = end;
                }
            }
            self.after_blank = true;
            return;
        }
        if self.goes_on(&line) {
            self.note(source, begin, end, &line);
            self.keep(end, blocks);
            if matches!(self.mode, Mode::Paragraph | Mode::Table { .. }) && line.is_rule() {
                // A setext heading or a rule: either way nothing can be added to it.
                self.close(end, blocks);
            }
        } else {
            self.close(begin, blocks);
            self.open(begin, end, &line, blocks);
        }
        self.after_blank = false;
    }

    /// Does the line belong to the open block?
    fn goes_on(&self, line: &Line) -> bool {
        match &self.mode {
            Mode::Between => false,
            Mode::Paragraph | Mode::Table { .. } => !line.interrupts_paragraph(),
            Mode::Item { marker, is_lazy, .. } => {
                line.indent >= marker.content
                    || !self.after_blank
                        && if *is_lazy { !line.interrupts_lazy_item() } else { !line.interrupts_item() }
            }
            Mode::Indented { columns, is_lazy } => {
                line.indent >= *columns || *is_lazy && !self.after_blank && !line.interrupts_paragraph()
            }
            _ => true,
        }
    }

    /// Notes what a further line makes of the open block.
    fn note(&mut self, source: &str, begin: usize, end: usize, line: &Line) {
        if let Mode::Item { marker, is_lazy, .. } = &mut self.mode {
            *is_lazy |= line.indent < marker.content;
        }
        if !matches!(self.mode, Mode::Paragraph) {
            return;
        }
        if line.starts_html() {
            self.mode = Mode::Raw;
        } else if self.lines == 1
            && line.is_table_delimiter()
            && source.get(self.start..begin).is_some_and(|header| header.contains('|'))
        {
            self.mode = Mode::Table { header: self.start..end, is_continued: false };
        }
    }

    fn open(&mut self, begin: usize, end: usize, line: &Line, blocks: &mut Vec<Block>) {
        self.start = begin;
        self.lines = 0;
        self.mode = Mode::Paragraph;
        if line.indent >= 4 {
            self.mode = Mode::Indented { columns: 4, is_lazy: false };
        } else if let Some((mark, length)) = line.opens_fence() {
            self.mode = Mode::Fence { mark, length, indent: line.indent };
            self.start = end;
            return;
        } else if line.is_heading() || line.is_rule() {
            self.close(end, blocks);
            return;
        } else if let Some(marker) = line.marker() {
            let follows = self.last_item.filter(|(last, _)| last.is_same_list(marker));
            self.is_tight = follows.is_some() && !self.after_blank;
            let number = marker.number.map(|written| follows.map_or(written, |(_, last)| last + 1));
            self.mode = Mode::Item { marker, number, is_lazy: false };
        } else if let Some(mark) = line.html_end() {
            self.mode = Mode::Html { end: mark };
            self.keep(end, blocks);
            if line.has(mark) {
                self.close(end, blocks);
            }
            return;
        } else if line.is_footnote() {
            self.mode = Mode::Indented { columns: 4, is_lazy: true };
        } else if line.starts_html() {
            self.mode = Mode::Raw;
        }
        self.keep(end, blocks);
    }

    /// Adds a line to the open block; cuts the block when it is long enough.
    fn keep(&mut self, end: usize, blocks: &mut Vec<Block>) {
        self.lines += 1;
        let most = if matches!(self.mode, Mode::Item { .. }) { MOST_ITEM_BYTES } else { MOST_BYTES };
        let is_long = end - self.start >= most;
        match &self.mode {
            Mode::Fence { .. } if is_long || self.lines >= MOST_LINES => {
                let mode = self.mode.clone();
                self.cut(end, mode, blocks);
            }
            Mode::Table { header, .. } if is_long || self.lines >= MOST_LINES => {
                let header = header.clone();
                self.cut(end, Mode::Table { header, is_continued: true }, blocks);
            }
            Mode::Html { .. } | Mode::Raw | Mode::Indented { .. } if is_long => {
                let mode = self.mode.clone();
                self.cut(end, mode, blocks);
            }
            _ if is_long => self.cut(end, Mode::Between, blocks),
            _ => {}
        }
    }

    /// Ends the open block at `end` and goes on with another part of the same.
    fn cut(&mut self, end: usize, mode: Mode, blocks: &mut Vec<Block>) {
        self.close(end, blocks);
        self.mode = mode;
        self.is_continuation = true;
    }

    /// Ends the open block.
    fn close(&mut self, end: usize, blocks: &mut Vec<Block>) {
        let mode = std::mem::take(&mut self.mode);
        if matches!(mode, Mode::Between) {
            return;
        }
        let is_apart = !self.is_continuation && !self.is_tight;
        self.last_item = None;
        let kind = match mode {
            Mode::Fence { indent, .. } => Kind::Code { indent },
            Mode::Table { header, is_continued: true } => Kind::TableRows { header },
            Mode::Item { marker, number, .. } => {
                self.last_item = Some((marker, number.unwrap_or_default()));
                Kind::Markdown { number }
            }
            _ => Kind::Markdown { number: None },
        };
        if self.start < end {
            blocks.push(Block { kind, range: self.start..end, is_apart });
        }
        self.start = end;
        self.lines = 0;
        self.is_continuation = false;
        self.is_tight = false;
    }
}

/// End of the line that begins at `start`, its line break included. A line that is too
/// long is cut by its first bytes alone, so that the cut is the same in any stream.
fn line_end(source: &str, start: usize) -> Option<usize> {
    let rest = source.get(start..)?;
    let head = &rest.as_bytes()[..rest.len().min(MOST_BYTES)];
    if let Some(line_break) = memchr::memchr(b'\n', head) {
        return Some(start + line_break + 1);
    }
    if rest.len() < MOST_BYTES {
        return None;
    }
    let most = rest.floor_char_boundary(MOST_BYTES);
    let window = rest.floor_char_boundary(most - LONGEST_WORD);
    let space = rest.get(window..most)?.rfind(' ');
    Some(start + space.map_or(most, |space| window + space + 1))
}

#[cfg(test)]
mod tests;
