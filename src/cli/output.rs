//! Standard output: tables for people, one JSON document for programs. And what is told
//! on standard error while a command works, when that is a terminal.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal as _, Write as _},
};

use serde_json::Value;

use super::Failure;
use crate::text::sanitize::Shown;

/// Between the columns of a table.
const GAP: &str = "  ";

/// To which side a column is pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
}

/// A table for people.
#[derive(Debug)]
pub(super) struct Table {
    sides: Vec<Side>,
    rows: Vec<Vec<Shown>>,
}

impl Table {
    /// A table with its headings.
    pub fn new(columns: &[(&str, Side)]) -> Self {
        Table {
            sides: columns.iter().map(|(_, side)| *side).collect(),
            rows: vec![columns.iter().map(|(name, _)| Shown::new(name)).collect()],
        }
    }
    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Shown>) {
        self.rows.push(cells.into_iter().collect());
    }
    /// The lines.
    pub fn text(&self) -> String {
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(Shown::width).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.sides.len()).map(width).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, side), width) in row.iter().zip(&self.sides).zip(&widths) {
                let pad = " ".repeat(width.saturating_sub(cell.width()));
                let (before, after) = match side {
                    Side::Left => ("", pad.as_str()),
                    Side::Right => (pad.as_str(), ""),
                };
                // Writing to a string cannot fail.
                let _ = write!(line, "{before}{cell}{after}{GAP}");
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// Prints text that is safe to show.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .map_err(|source| Failure::standard_output(&source))
}

/// Prints one JSON document.
pub(super) fn print_json(document: &Value) -> Result<(), Failure> {
    print(&format!("{}\n", escaped(&format!("{document:#}"))))
}

/// Escapes what a terminal or a reader could be deceived by: C1, bidi marks, tags. They
/// can only stand inside strings of a document, so that an escape is right everywhere.
fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    let mut units = [0; 2];
    for character in json.chars() {
        let is_deceiving = matches!(character,
            '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}');
        if is_deceiving {
            for unit in character.encode_utf16(&mut units) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// A time as JSON: RFC 3339 UTC, or nothing.
pub(super) fn json_time(ns: Option<i128>) -> Value {
    ns.map_or(Value::Null, |ns| crate::metrics::format::utc(ns).into())
}

/// A short float as it is written: 0.3 and not the nearest double to it.
pub(super) fn json_number(number: Option<f32>) -> Value {
    number.and_then(|number| number.to_string().parse::<f64>().ok()).map_or(Value::Null, Value::from)
}

/// Tells how a command gets on: on standard error, and only when that is a terminal.
#[derive(Debug)]
pub(super) struct Progress {
    is_terminal: bool,
    is_line_open: bool,
}

impl Progress {
    /// Looks where standard error goes.
    pub fn new() -> Self {
        Progress { is_terminal: io::stderr().is_terminal(), is_line_open: false }
    }
    /// A line of its own.
    pub fn line(&mut self, text: &str) {
        self.end_line();
        self.write(&format!("{}\n", Shown::new(text)));
    }
    /// A line that the next one replaces.
    pub fn replace(&mut self, text: &str) {
        if !self.is_terminal {
            return;
        }
        self.write(&format!("\r\x1b[K{}", Shown::new(text)));
        self.is_line_open = true;
    }
    /// Text as it comes: line breaks stay, all else is made safe.
    pub fn stream(&mut self, text: &str) {
        if !self.is_terminal {
            return;
        }
        let lines: Vec<String> = text.split('\n').map(|line| Shown::new(line).to_string()).collect();
        self.write(&lines.join("\n"));
        self.is_line_open = !text.ends_with('\n');
    }
    /// Ends the line that is open.
    pub fn end_line(&mut self) {
        if std::mem::take(&mut self.is_line_open) {
            self.write("\n");
        }
    }
    fn write(&self, text: &str) {
        if self.is_terminal {
            // Who does not listen to progress misses nothing.
            let _ = io::stderr().write_all(text.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_hides_nothing_and_deceives_nobody() {
        let document = serde_json::json!({"a\u{9b}": "\u{202e}b\u{e0041}\u{1f600}é\u{1b}"});
        let text = escaped(&document.to_string());
        assert_eq!(text, "{\"a\\u009b\":\"\\u202eb\\udb40\\udc41\u{1f600}é\\u001b\"}");
        assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(document));
    }
}
