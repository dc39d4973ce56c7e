//! Markdown to rows: headings, lists, tables, code, quotes.
//!
//! A text is laid out block by block (`blocks`), each by itself, so that a text that
//! is still being written looks the same as the whole. What a parser resolves across
//! blocks is shown as written instead: `[text][label]` with its label, a link's
//! definition as a row.

mod blocks;
mod breaks;
mod figures;
mod inline;
mod lines;
mod page;
mod render;
mod table;

pub(super) use blocks::{Block, Splitter};
pub(super) use breaks::Breaks;

use super::{
    sanitize::Shown,
    wrap::{Role, Row, cut},
};
use blocks::Kind;

/// Columns of a tab in code.
const TAB: usize = 4;
/// Code stands this far in.
const CODE_INDENT: u16 = 2;

/// Lays a whole Markdown text out for `width` columns. A width of 0 has no rows.
pub fn layout(source: &str, width: u16) -> Vec<Row> {
    let source = &*breaks::unified(source);
    let mut splitter = Splitter::default();
    let mut blocks = splitter.advance(source);
    blocks.extend(splitter.finish(source));
    let mut carry = Carry::default();
    let mut rows = Vec::new();
    for block in &blocks {
        let block_rows = lay_out(block, source, width, &mut carry);
        let is_first = rows.is_empty();
        append(&mut rows, block_rows, block, is_first);
    }
    rows
}

/// What a block needs to know of the one before it: the columns of a table that goes on.
#[derive(Clone, Debug, Default)]
pub(super) struct Carry {
    columns: Option<table::Columns>,
}

/// Appends a block's rows; a blank row parts it from what is above, if it is not the first.
pub(super) fn append(rows: &mut Vec<Row>, block_rows: Vec<Row>, block: &Block, is_first: bool) {
    if block.is_apart && !is_first && !block_rows.is_empty() {
        rows.push(Row::default());
    }
    rows.extend(block_rows);
}

/// Lays one block out.
pub(super) fn lay_out(block: &Block, source: &str, width: u16, carry: &mut Carry) -> Vec<Row> {
    let text = source.get(block.range.clone()).unwrap_or_default();
    if width == 0 {
        return Vec::new();
    }
    match &block.kind {
        Kind::Code { indent } => code(text, *indent, width),
        Kind::Markdown { number } => render::render(text, width, *number, carry),
        Kind::TableRows { header } => {
            let header = source.get(header.clone()).unwrap_or_default();
            render::render_table_rows(header, text, width, carry)
        }
    }
}

/// Rows of code: kept as it is, cut where a row ends. As many columns of indent are
/// taken off as the fence has.
fn code(text: &str, indent: usize, width: u16) -> Vec<Row> {
    let margin = if width > 3 * CODE_INDENT { CODE_INDENT } else { 0 };
    let mut rows = Vec::new();
    for line in text.split_terminator('\n') {
        let line = expanded(line);
        let extra = line.len() - line.trim_start_matches(' ').len();
        let line = Shown::new(line.get(extra.min(indent)..).unwrap_or_default());
        for row in cut(&line, Role::Code, width - margin) {
            let mut indented = Row::default();
            if !row.runs.is_empty() {
                indented.push(Shown::spaces(usize::from(margin)), Role::Code);
            }
            row.runs.into_iter().for_each(|run| indented.push(run.text, run.role));
            rows.push(indented);
        }
    }
    rows
}

/// The line with spaces for its tabs.
fn expanded(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut column = 0;
    for character in line.chars() {
        let count = if character == '\t' { TAB - column % TAB } else { 1 };
        column += count;
        if character == '\t' {
            text.extend(std::iter::repeat_n(' ', count));
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
pub(super) mod tests;
