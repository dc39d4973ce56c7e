//! Tables: rows of cells that are text or numbers, as aligned text or as CSV.

use std::fmt::Write as _;

use super::fold;
use crate::{metrics::format, text::sanitize::Shown};

/// Between the columns of a table.
const GAP: &str = "  ";
/// An elastic column is not cut below this: less tells nothing.
const NARROWEST: usize = 12;
/// Digits and signs of a number where there is little room.
const LONGEST_NUMBER: usize = 9;
/// One that gives way before them may be as narrow as its heading, but not below this.
const NARROW: usize = 8;
/// Stands where a number is not defined.
const NOTHING: &str = "–";

/// To which side a column is pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Side {
    Left,
    Right,
    /// Left; where the terminal has no room for a long cell, it gets a line of its own in the
    /// first column and is cut in any other.
    Elastic,
    /// Left; a long cell loses its middle, so that names keep what tells them apart.
    Middle,
    /// Left; gives way before any other, and is cut.
    Yielding,
}

/// A cell: what people read, and what programs read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::cli) struct Cell {
    shown: Shown,
    /// Every digit of a number; `None` where it is the text.
    exact: Option<String>,
}

impl Cell {
    /// A number: four digits for people, all of them in CSV. Nothing where there is none.
    pub fn number(number: Option<f64>) -> Self {
        match number {
            Some(number) => {
                Cell { shown: Shown::new(&format::number(number)), exact: Some(number.to_string()) }
            }
            None => Self::nothing(),
        }
    }
    /// The same where there is little room: a long number by its power of ten.
    pub fn short(number: Option<f64>) -> Self {
        let mut cell = Self::number(number);
        if let Some(number) = number.filter(|_| cell.shown.width() > LONGEST_NUMBER) {
            cell.shown = Shown::new(&format!("{number:.3e}"));
        }
        cell
    }
    /// A count, every digit of it.
    pub fn count(count: u64) -> Self {
        Cell { shown: Shown::new(&count.to_string()), exact: Some(count.to_string()) }
    }
    /// One text for people and another for programs.
    pub fn with_exact(shown: &str, exact: impl Into<String>) -> Self {
        Cell { shown: Shown::new(shown), exact: Some(exact.into()) }
    }
    /// Not defined: a dash for people, empty in CSV.
    pub fn nothing() -> Self {
        Cell { shown: Shown::new(NOTHING), exact: Some(String::new()) }
    }
    /// What people read.
    pub fn shown(&self) -> &Shown {
        &self.shown
    }
    /// It holds no text of anybody's: markup needs no escape.
    pub(super) fn is_number(&self) -> bool {
        self.exact.as_ref().is_some_and(|exact| exact.parse::<f64>().is_ok())
    }
    fn exact(&self) -> &str {
        self.exact.as_deref().unwrap_or(self.shown.as_str())
    }
}

impl From<Shown> for Cell {
    fn from(shown: Shown) -> Self {
        Cell { shown, exact: None }
    }
}

/// A table for people and programs.
#[derive(Clone, Debug)]
pub(in crate::cli) struct Table {
    columns: Vec<(Shown, Side)>,
    rows: Vec<Row>,
}

/// A row of cells, or a line of text across all of them.
#[derive(Clone, Debug)]
enum Row {
    Cells(Vec<Cell>),
    Span(Shown),
}

impl Table {
    /// A table with its headings.
    pub fn new(columns: &[(&str, Side)]) -> Self {
        Table {
            columns: columns.iter().map(|(name, side)| (Shown::new(name), *side)).collect(),
            rows: Vec::new(),
        }
    }
    /// Adds a row.
    pub fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(Row::Cells(cells.into_iter().map(Into::into).collect()));
    }
    /// Adds a line across all columns: for people, in no other format.
    pub fn span(&mut self, text: Shown) {
        self.rows.push(Row::Span(text));
    }
    /// Has it no row below its headings?
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
    /// The headings with their sides.
    pub(super) fn columns(&self) -> &[(Shown, Side)] {
        &self.columns
    }
    /// The rows.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Vec<Cell>> {
        self.rows.iter().filter_map(|row| match row {
            Row::Cells(cells) => Some(cells),
            Row::Span(_) => None,
        })
    }
    /// The lines, in full.
    pub fn text(&self) -> String {
        self.text_within(None)
    }
    /// The lines; elastic columns give way until they fit the width, if there is one.
    pub fn text_within(&self, width: Option<usize>) -> String {
        if self.columns.is_empty() {
            return String::new();
        }
        let widths = self.widths(width);
        let mut text = String::new();
        let heads: Vec<&Shown> = self.columns.iter().map(|(name, _)| name).collect();
        // Lines alone have no head.
        if heads.iter().any(|head| !head.is_empty()) {
            self.line(&mut text, &heads, &widths);
        }
        let blank = Shown::default();
        for row in &self.rows {
            match row {
                Row::Cells(cells) => {
                    let mut cells: Vec<&Shown> = cells.iter().map(Cell::shown).collect();
                    if let (Some(first), Some(room)) = (cells.first_mut(), widths.first())
                        && first.width() > *room
                        && self.columns.first().is_none_or(|(_, side)| *side != Side::Middle)
                    {
                        // Writing to a string cannot fail.
                        let _ = writeln!(text, "{}", fold(first, width));
                        *first = &blank;
                    }
                    self.line(&mut text, &cells, &widths);
                }
                Row::Span(span) => {
                    text.push_str(&fold(span, width));
                    text.push('\n');
                }
            }
        }
        text
    }
    fn line(&self, text: &mut String, cells: &[&Shown], widths: &[usize]) {
        let mut line = String::new();
        for ((cell, (_, side)), width) in cells.iter().zip(&self.columns).zip(widths) {
            let cell = match side {
                Side::Elastic | Side::Yielding => cell.truncated(*width),
                Side::Middle => without_middle(cell, *width),
                Side::Left | Side::Right => (*cell).clone(),
            };
            let pad = " ".repeat(width.saturating_sub(cell.width()));
            let (before, after) = match side {
                Side::Left | Side::Elastic | Side::Middle | Side::Yielding => ("", pad.as_str()),
                Side::Right => (pad.as_str(), ""),
            };
            // Writing to a string cannot fail.
            let _ = write!(line, "{before}{cell}{after}{GAP}");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    /// What each column takes: its widest cell, elastic ones less where the sum is too much.
    fn widths(&self, width: Option<usize>) -> Vec<usize> {
        let widest = |(index, (name, _)): (usize, &(Shown, Side))| {
            let cells = self.rows().filter_map(|row| row.get(index)).map(|cell| cell.shown.width());
            cells.max().unwrap_or(0).max(name.width())
        };
        let mut widths: Vec<usize> = self.columns.iter().enumerate().map(widest).collect();
        let Some(room) = width else { return widths };
        let gaps = GAP.len() * widths.len().saturating_sub(1);
        let mut excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(room);
        // The widest gives way first: what is short stays whole.
        while excess > 0 {
            let widest = |wanted: Side| {
                let columns = widths.iter().zip(&self.columns).enumerate();
                let elastic = columns.filter(|(index, (width, (name, side)))| {
                    // A long cell of the first has a line of its own.
                    let least = match wanted {
                        Side::Yielding => NARROW.max(name.width()),
                        _ if *index == 0 => NARROW,
                        _ => NARROWEST,
                    };
                    *side == wanted && **width > least
                });
                elastic.max_by_key(|(_, (width, _))| **width).map(|(index, _)| index)
            };
            let next = [Side::Yielding, Side::Middle, Side::Elastic].into_iter().find_map(widest);
            let Some(index) = next else { break };
            widths[index] -= 1;
            excess -= 1;
        }
        widths
    }
    /// Comma-separated values (RFC 4180), numbers with every digit.
    pub fn csv(&self) -> String {
        let mut text = String::new();
        let mut line = |cells: &mut dyn Iterator<Item = &str>| {
            for (index, cell) in cells.enumerate() {
                if index > 0 {
                    text.push(',');
                }
                push_csv(&mut text, cell);
            }
            text.push('\n');
        };
        line(&mut self.columns.iter().map(|(name, _)| name.as_str()));
        for row in self.rows() {
            line(&mut row.iter().map(Cell::exact));
        }
        text
    }
}

/// A text cut to a width in its middle.
fn without_middle(text: &Shown, width: usize) -> Shown {
    if text.width() <= width {
        return text.clone();
    }
    let end = width / 2;
    let mut tail = Shown::default();
    for (at, _) in text.as_str().char_indices().rev() {
        let longer = Shown::new(&text.as_str()[at..]);
        if longer.width() > end {
            break;
        }
        tail = longer;
    }
    let head = text.truncated(width.saturating_sub(tail.width()));
    format!("{head}{tail}").into()
}

/// In quotes where a reader would take it apart otherwise.
fn push_csv(text: &mut String, cell: &str) {
    let has_edge = cell.starts_with(' ') || cell.ends_with(' ');
    if has_edge || cell.contains([',', '"', '\n', '\r']) {
        text.push('"');
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(cell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&[("name", Side::Elastic), ("value", Side::Right)]);
        table.row([Shown::new("a long name, and a \"quoted\" one").into(), Cell::number(Some(1.0 / 3.0))]);
        table.row([Shown::new("b\u{1b}").into(), Cell::nothing()]);
        table
    }

    #[test]
    fn csv_has_every_digit_and_quotes_what_needs_it() {
        let expected = "name,value\n\"a long name, and a \"\"quoted\"\" one\",0.3333333333333333\nb␛,\n";
        assert_eq!(table().csv(), expected);
    }

    #[test]
    fn elastic_columns_give_way() {
        let lines = |width: usize, long: &str| {
            let cells = [("name", "value"), (long, "0.3333"), ("b␛", "–")];
            cells.map(|(name, value)| format!("{name:<width$}  {value:>6}\n")).concat()
        };
        assert_eq!(table().text(), lines(31, "a long name, and a \"quoted\" one"));
        let narrow = "name            value\na long name, and a\n    \"quoted\" one\n               0.3333\n\
            b␛                  –\n";
        assert_eq!(table().text_within(Some(21)), narrow);
        let mut cut = Table::new(&[("value", Side::Right), ("name", Side::Elastic)]);
        cut.row([Shown::new("1"), Shown::new("a name that is long")]);
        assert_eq!(cut.text_within(Some(20)), "value  name\n    1  a name that …\n");
        let mut files = Table::new(&[("file", Side::Middle), ("holds", Side::Yielding)]);
        files.row([Shown::new("prompt_suite_runs_20251002.csv"), Shown::new("throughput ttft")]);
        let expected = "file             holds\nprompt_…1002.csv  through…\n";
        assert_eq!(files.text_within(Some(26)), expected.replace("file  ", "file   "));
    }
}
