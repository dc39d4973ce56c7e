//! Tables: columns fitted to the width, cells wrapped, rules between them. Where the
//! columns would be too narrow to read, each row becomes a list of `header: value`.

use pulldown_cmark::Alignment;

use crate::text::{
    sanitize::Shown,
    wrap::{Role, Row, Run, wrap},
};

/// A column is never narrower, unless its cells are.
const NARROWEST: usize = 5;
/// Where there is not room for all, a column is as wide as this share of its cells needs.
const MOST: (usize, usize) = (9, 10);
const BETWEEN: &str = " │ ";
const CROSSING: &str = "─┼─";
const DASH: &str = "─";
/// Columns between two cells.
const GAP: usize = 3;

/// A cell's lines of runs.
pub(super) type Cell = Vec<Vec<Run>>;

/// How wide the columns of a table are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Columns {
    /// Side by side.
    Beside(Vec<usize>),
    /// One under the other.
    Under,
}

/// A table, read whole.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub alignments: Vec<Alignment>,
    pub header: Vec<Cell>,
    pub rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Columns that fit into `width`; those of the part `above`, if the table goes on,
    /// and wider ones where its cells need them.
    pub(super) fn columns(&self, width: u16, above: Option<&Columns>) -> Columns {
        let count = self.alignments.len().max(1);
        let mut natural = match above {
            Some(Columns::Under) => return Columns::Under,
            Some(Columns::Beside(widths)) if widths.len() == count => widths.clone(),
            _ => vec![1; count],
        };
        for row in std::iter::once(&self.header).chain(&self.rows) {
            for (column, cell) in natural.iter_mut().zip(row) {
                *column = cell_width(cell).max(*column);
            }
        }
        let Some(room) = usize::from(width).checked_sub(GAP * (count - 1)) else {
            return Columns::Under;
        };
        if natural.iter().sum::<usize>() <= room {
            return Columns::Beside(natural);
        }
        let least: usize = natural.iter().map(|column| (*column).min(NARROWEST)).sum();
        if least > room { Columns::Under } else { Columns::Beside(self.fitted(&natural, room)) }
    }

    /// Widths for columns that do not all have room. A few long cells must not take from
    /// every row: first each column gets what most of its cells need.
    fn fitted(&self, natural: &[usize], room: usize) -> Vec<usize> {
        let usual = |(index, natural): (usize, &usize)| {
            let header = self.header.get(index).map_or(0, longest_word);
            let cells = self.rows.iter().filter_map(|row| row.get(index));
            let mut widths: Vec<usize> = cells.map(cell_width).collect();
            widths.sort_unstable();
            let most = widths.get(widths.len() * MOST.0 / MOST.1).copied().unwrap_or(*natural);
            most.max(header).clamp(1, *natural)
        };
        let usual: Vec<usize> = natural.iter().enumerate().map(usual).collect();
        let mut widths = shared(&usual, room);
        let mut left = room.saturating_sub(widths.iter().sum());
        for (width, natural) in widths.iter_mut().zip(natural) {
            let more = left.min(natural - *width);
            *width += more;
            left -= more;
        }
        widths
    }

    /// Rows of the table; without its header where the table goes on.
    pub(super) fn lay_out(&self, width: u16, columns: &Columns, is_continued: bool) -> Vec<Row> {
        match columns {
            Columns::Beside(widths) => self.beside(widths, is_continued),
            Columns::Under => self.under(width, is_continued),
        }
    }

    fn beside(&self, widths: &[usize], is_continued: bool) -> Vec<Row> {
        let mut rows = Vec::new();
        if !is_continued {
            self.push_row(&mut rows, &self.header, widths);
            let dashes: Vec<String> = widths.iter().map(|width| DASH.repeat(*width)).collect();
            let mut rule = Row::default();
            rule.push(Shown::new(&dashes.join(CROSSING)), Role::Rule);
            rows.push(rule);
        }
        for row in &self.rows {
            self.push_row(&mut rows, row, widths);
        }
        rows
    }

    fn push_row(&self, rows: &mut Vec<Row>, cells: &[Cell], widths: &[usize]) {
        let wrapped: Vec<Vec<Row>> = widths
            .iter()
            .enumerate()
            .map(|(index, width)| cells.get(index).map(|cell| wrapped(cell, *width)).unwrap_or_default())
            .collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or(0).max(1);
        for level in 0..height {
            let mut row = Row::default();
            for (index, width) in widths.iter().enumerate() {
                if index > 0 {
                    row.push(Shown::new(BETWEEN), Role::Rule);
                }
                let part = wrapped.get(index).and_then(|cell| cell.get(level));
                let free = width.saturating_sub(part.map_or(0, Row::width));
                let before = match self.alignments.get(index) {
                    Some(Alignment::Right) => free,
                    Some(Alignment::Center) => free / 2,
                    _ => 0,
                };
                row.push(Shown::spaces(before), Role::Body);
                for run in part.into_iter().flat_map(|part| &part.runs) {
                    row.push(run.text.clone(), run.role);
                }
                if index + 1 < widths.len() {
                    row.push(Shown::spaces(free - before), Role::Body);
                }
            }
            rows.push(row);
        }
    }

    fn under(&self, width: u16, is_continued: bool) -> Vec<Row> {
        let mut rows = Vec::new();
        if self.rows.is_empty() && !is_continued {
            for cell in &self.header {
                rows.extend(wrapped(cell, usize::from(width)));
            }
        }
        for (index, cells) in self.rows.iter().enumerate() {
            if is_continued || index > 0 {
                rows.push(Row::default());
            }
            for (column, cell) in cells.iter().enumerate() {
                let mut line: Vec<Run> =
                    self.header.get(column).into_iter().flatten().flatten().cloned().collect();
                line.push(Run::new(Shown::new(": "), Role::Muted));
                line.extend(cell.iter().flatten().cloned());
                rows.extend(wrap(&line, width, 2));
            }
        }
        rows
    }
}

fn cell_width(cell: &Cell) -> usize {
    cell.iter().map(|line| line_width(line)).max().unwrap_or(0)
}

/// Width of the word that must not be broken.
fn longest_word(cell: &Cell) -> usize {
    let words = cell.iter().flatten().flat_map(|run| run.text.as_str().split_whitespace());
    words.map(|word| Shown::new(word).width()).max().unwrap_or(0)
}

fn line_width(line: &[Run]) -> usize {
    line.iter().map(|run| run.text.width()).sum()
}

fn wrapped(cell: &Cell, width: usize) -> Vec<Row> {
    let width = u16::try_from(width).unwrap_or(u16::MAX);
    cell.iter().flat_map(|line| wrap(line, width, 0)).collect()
}

/// Shares `room` so that narrow columns keep their width and wide ones get as much as
/// each other.
fn shared(natural: &[usize], room: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..natural.len()).collect();
    order.sort_by_key(|index| natural[*index]);
    let mut widths = natural.to_vec();
    let mut left = room;
    for (done, index) in order.into_iter().enumerate() {
        let fair = left / (natural.len() - done);
        widths[index] = natural[index].min(fair.max(1));
        left = left.saturating_sub(widths[index]);
    }
    widths
}
