//! A Markdown text that is still being written, laid out block by block: finished
//! blocks are laid out once, only the last one again. Holds the scroll position too.

use std::ops::Range;

use super::{
    markdown::{self, Block, Breaks, Carry, Splitter},
    wrap::Row,
};

/// Rows kept in sight around one that is shown.
const MARGIN: usize = 3;

/// A growing Markdown text, its rows, and the part of it that is on the screen.
#[derive(Clone, Debug)]
pub struct StreamView {
    source: String,
    breaks: Breaks,
    splitter: Splitter,
    /// Finished blocks and the first row of each.
    finished: Vec<(Block, usize)>,
    finished_rows: Vec<Row>,
    /// What the finished blocks hand to the open one.
    carry: Carry,
    /// Rows of the open block, laid out again with each piece.
    open_rows: Vec<Row>,
    /// The blocks among them and the first row of each.
    open: Vec<(Block, usize)>,
    width: u16,
    height: u16,
    top: usize,
    /// The row that was scrolled to. A taller view or a shorter text may hold `top` above it.
    wanted: usize,
    is_following: bool,
    /// Rows there were when following stopped, or that have been on the screen since.
    seen: usize,
    /// What stands in the wanted row, so that it stands at the top again at another width.
    anchor: Anchor,
    blocks_laid_out: usize,
}

/// A place in the text that does not depend on the width.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Anchor {
    block: usize,
    /// Letters and digits of the block above it.
    letters: usize,
    /// Rows without any from here to the next that has some.
    blanks: usize,
}

impl Default for StreamView {
    fn default() -> Self {
        Self::new()
    }
}

impl StreamView {
    /// An empty view that follows its end.
    pub fn new() -> Self {
        Self {
            source: String::new(),
            breaks: Breaks::default(),
            splitter: Splitter::default(),
            finished: Vec::new(),
            finished_rows: Vec::new(),
            carry: Carry::default(),
            open_rows: Vec::new(),
            open: Vec::new(),
            width: 0,
            height: 0,
            top: 0,
            wanted: 0,
            is_following: true,
            seen: 0,
            anchor: Anchor::default(),
            blocks_laid_out: 0,
        }
    }

    /// Appends text; it may end anywhere, also inside a word or a construct.
    pub fn push(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.breaks.append(text, &mut self.source);
        for block in self.splitter.advance(&self.source) {
            self.finish_block(block);
        }
        self.lay_out_open();
        if !self.is_following && self.row_of(self.anchor) != self.wanted {
            // The open block became another one: hold on to the row.
            self.anchor = self.anchor_of(self.wanted);
        }
        self.settle();
    }

    /// Takes the text back to its first `length` bytes: what stood behind them does not hold.
    /// Blocks that stay are not laid out again.
    pub fn truncate(&mut self, length: usize) {
        if length >= self.source.len() {
            return;
        }
        self.source.truncate(self.source.floor_char_boundary(length));
        self.breaks = Breaks::default();
        self.splitter = Splitter::default();
        let blocks = self.splitter.advance(&self.source);
        let same =
            self.finished.iter().zip(&blocks).take_while(|((known, _), block)| known == *block).count();
        // The rows of a table go by the columns above them: their table is laid out again.
        let is_first = |block: &Block| !block.is_continued_table();
        let kept = blocks.iter().take(same).rposition(is_first).unwrap_or(0);
        let start = self.finished.get(kept).map_or(self.finished_rows.len(), |(_, start)| *start);
        self.finished.truncate(kept);
        self.finished_rows.truncate(start);
        self.carry = Carry::default();
        for block in blocks.into_iter().skip(kept) {
            self.finish_block(block);
        }
        self.lay_out_open();
        self.seen = self.seen.min(self.len());
        if !self.is_following {
            self.wanted = self.wanted.min(self.last_top());
            self.anchor = self.anchor_of(self.wanted);
        }
        self.settle();
    }

    /// Empties it and follows again.
    pub fn clear(&mut self) {
        let (width, height, blocks_laid_out) = (self.width, self.height, self.blocks_laid_out);
        *self = Self { width, height, blocks_laid_out, ..Self::new() };
    }

    /// The whole source text, with `\n` for each line ending.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Gives it the size of its area; lays out again when the width changed. What
    /// stands at the top stays at the top; where the view is too tall for that, it comes
    /// back when there is room again.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.height = height;
        if width != self.width {
            let unseen = self.unseen();
            self.width = width;
            self.lay_out_all();
            self.seen = self.len().saturating_sub(unseen);
            self.wanted = self.row_of(self.anchor);
        }
        if !self.is_following {
            self.top = self.wanted;
        }
        self.settle();
    }

    /// Number of laid-out rows.
    pub fn len(&self) -> usize {
        self.finished_rows.len() + self.open_rows.len()
    }

    /// No rows yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows on the screen, at most `height`.
    pub fn visible(&self) -> Vec<&Row> {
        self.rows_from(self.top).take(usize::from(self.height)).collect()
    }

    /// One row, visible or not.
    pub fn row(&self, index: usize) -> Option<&Row> {
        self.rows_from(index).next()
    }

    /// The rows of the block that holds a byte of the source.
    pub fn rows_of(&self, at: usize) -> Option<Range<usize>> {
        let (index, (_, start)) =
            self.blocks().enumerate().find(|(_, (block, _))| block.range.contains(&at))?;
        let end = self.starts().nth(index + 1).unwrap_or_else(|| self.len());
        Some(*start..end)
    }

    /// The source of the section at the top of the view: from its heading to the next one of its
    /// level or above; what stands before the first heading is a section too.
    pub fn section(&self) -> &str {
        let level = |block: &Block| {
            let text = self.source.get(block.range.clone()).unwrap_or_default().trim_start();
            let marks = text.bytes().take_while(|byte| *byte == b'#').count();
            (marks > 0).then_some(marks)
        };
        let blocks: Vec<&Block> = self.blocks().map(|(block, _)| block).collect();
        let top = self.starts().take_while(|start| *start <= self.top).count().saturating_sub(1);
        let first = (0..=top).rev().find(|at| blocks.get(*at).is_some_and(|block| level(block).is_some()));
        let of = first.and_then(|at| level(blocks[at]));
        let rest = blocks.iter().skip(first.map_or(0, |at| at + 1));
        let next = rest
            .filter_map(|block| Some((level(block)?, block.range.start)))
            .find(|(level, _)| of.is_none_or(|of| *level <= of));
        let start = first.map_or(0, |at| blocks[at].range.start);
        let end = next.map_or(self.source.len(), |(_, start)| start);
        self.source.get(start..end).unwrap_or_default().trim_end()
    }

    /// Scrolls as little as brings a row on the screen, with some around it.
    pub fn show_row(&mut self, row: usize) {
        let height = usize::from(self.height);
        let margin = (height / 4).min(MARGIN);
        if row < self.top + margin {
            self.scroll_to(row.saturating_sub(margin));
        } else if row + margin >= self.top + height {
            self.scroll_to((row + margin + 1).saturating_sub(height));
        }
    }

    /// First visible row.
    pub fn top(&self) -> usize {
        self.top
    }

    /// Does it stick to its end?
    pub fn is_following(&self) -> bool {
        self.is_following
    }

    /// Rows that came below the visible part since following stopped.
    pub fn unseen(&self) -> usize {
        if self.is_following { 0 } else { self.len().saturating_sub(self.seen.max(self.bottom())) }
    }

    /// Scrolls by rows, down is positive. Upwards stops following; reaching the end
    /// follows again.
    pub fn scroll_by(&mut self, rows: isize) {
        if rows != 0 {
            self.scroll_to(self.top.saturating_add_signed(rows));
        }
    }

    /// To the first row.
    pub fn scroll_to_start(&mut self) {
        self.scroll_to(0);
    }

    /// To the end, following.
    pub fn scroll_to_end(&mut self) {
        self.scroll_to(usize::MAX);
    }

    /// Blocks laid out since it was made (tests assert on work).
    pub fn blocks_laid_out(&self) -> usize {
        self.blocks_laid_out
    }

    fn scroll_to(&mut self, row: usize) {
        let was_following = self.is_following;
        self.top = row.min(self.last_top());
        self.is_following = self.top == self.last_top();
        if was_following && !self.is_following {
            self.seen = self.len();
        }
        self.seen = self.seen.max(self.bottom());
        self.wanted = self.top;
        self.anchor = self.anchor_of(self.top);
    }

    /// Holds the position true after rows came or the height changed.
    fn settle(&mut self) {
        if self.is_following {
            self.top = self.last_top();
        } else {
            self.top = self.top.min(self.last_top());
            self.seen = self.seen.max(self.bottom());
        }
    }

    fn last_top(&self) -> usize {
        self.len().saturating_sub(usize::from(self.height))
    }

    fn bottom(&self) -> usize {
        self.len().min(self.top + usize::from(self.height))
    }

    fn rows_from(&self, row: usize) -> impl Iterator<Item = &Row> {
        let finished = self.finished_rows.get(row..).unwrap_or_default();
        let open = self.open_rows.get(row.saturating_sub(self.finished_rows.len())..).unwrap_or_default();
        finished.iter().chain(open)
    }

    fn finish_block(&mut self, block: Block) {
        let rows = markdown::lay_out(&block, &self.source, self.width, &mut self.carry);
        self.blocks_laid_out += 1;
        let start = self.finished_rows.len();
        markdown::append(&mut self.finished_rows, rows, &block, start == 0);
        self.finished.push((block, start));
    }

    fn lay_out_open(&mut self) {
        self.open_rows.clear();
        self.open.clear();
        let mut carry = self.carry.clone();
        for block in self.splitter.finish(&self.source) {
            let rows = markdown::lay_out(&block, &self.source, self.width, &mut carry);
            self.blocks_laid_out += 1;
            let (start, is_first) = (self.len(), self.is_empty());
            markdown::append(&mut self.open_rows, rows, &block, is_first);
            self.open.push((block, start));
        }
    }

    fn lay_out_all(&mut self) {
        self.finished_rows.clear();
        self.carry = Carry::default();
        for (block, _) in std::mem::take(&mut self.finished) {
            self.finish_block(block);
        }
        self.lay_out_open();
    }

    fn anchor_of(&self, row: usize) -> Anchor {
        let block = self.starts().take_while(|start| *start <= row).count().saturating_sub(1);
        let start = self.starts().nth(block).unwrap_or(0);
        let letters = self.rows_from(start).take(row.saturating_sub(start)).map(letters).sum();
        let blanks = self.row_behind(block, letters).saturating_sub(row);
        Anchor { block, letters, blanks }
    }

    fn row_of(&self, anchor: Anchor) -> usize {
        self.row_behind(anchor.block, anchor.letters).saturating_sub(anchor.blanks)
    }

    /// The row of a block that holds the letter behind so many others.
    fn row_behind(&self, block: usize, count: usize) -> usize {
        let start = self.starts().nth(block).unwrap_or_else(|| self.len());
        let end = self.starts().nth(block + 1).unwrap_or_else(|| self.len());
        let mut above = 0;
        let passed = self.rows_from(start).take(end - start).take_while(|row| {
            above += letters(row);
            above <= count
        });
        start + passed.count()
    }

    fn starts(&self) -> impl Iterator<Item = usize> {
        self.blocks().map(|(_, start)| *start)
    }

    fn blocks(&self) -> impl Iterator<Item = &(Block, usize)> {
        self.finished.iter().chain(&self.open)
    }
}

fn letters(row: &Row) -> usize {
    row.runs.iter().flat_map(|run| run.text.as_str().chars()).filter(|sign| sign.is_alphanumeric()).count()
}

#[cfg(test)]
mod tests;
