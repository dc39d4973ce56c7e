//! Standard output: tables for people, one JSON document for programs. And what is told
//! on standard error while a command works, when that is a terminal.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal as _, Write as _},
};

use clap::ValueEnum;
use serde::Serialize;
use serde_json::Value;

use super::{Failure, FailureKind};
use crate::text::{
    sanitize::Shown,
    wrap::{Role, Run, wrap},
};

mod markup;
mod progress;
mod table;

pub(super) use progress::Progress;
pub(super) use table::{Cell, Side, Table};

/// What a broken line goes on with stands so far in.
const GOES_ON: u16 = 4;

/// How an answer is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub enum OutputFormat {
    /// Aligned text for people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// The table as comma-separated values, numbers in full
    Csv,
    /// The tables as Markdown
    Md,
    /// The tables as a page
    Html,
}

impl OutputFormat {
    /// Its name as an argument.
    pub fn name(self) -> &'static str {
        match self {
            OutputFormat::Text => "text",
            OutputFormat::Json => "json",
            OutputFormat::Csv => "csv",
            OutputFormat::Md => "md",
            OutputFormat::Html => "html",
        }
    }
}

/// What a command that makes tables has to say.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// What it is about: the heading of the page.
    pub title: String,
    /// Tables with a heading each (empty for none). CSV, which can hold one, has the first.
    pub tables: Vec<(String, Table)>,
    /// Remarks behind the tables; not in CSV.
    pub notes: Vec<Shown>,
}

impl Page {
    /// Prints it in any format but JSON, whose shape is the command's own.
    pub fn print(&self, format: OutputFormat) -> Result<(), Failure> {
        print(&self.render(format, terminal_width()))
    }
    /// The text of it; `width`: columns of the terminal, where it goes to one.
    fn render(&self, format: OutputFormat, width: Option<usize>) -> String {
        match format {
            OutputFormat::Csv => self.tables.first().map(|(_, table)| table.csv()).unwrap_or_default(),
            OutputFormat::Md => markup::markdown(self),
            OutputFormat::Html => markup::html(self),
            OutputFormat::Text | OutputFormat::Json => self.plain(width),
        }
    }
    fn plain(&self, width: Option<usize>) -> String {
        let mut parts: Vec<String> = Vec::new();
        for (heading, table) in &self.tables {
            let heading =
                if heading.is_empty() { String::new() } else { fold(&Shown::new(heading), width) + "\n" };
            parts.push(heading + &table.text_within(width));
        }
        if !self.notes.is_empty() {
            let notes: Vec<String> = self.notes.iter().map(|note| fold(note, width)).collect();
            parts.push(notes.join("\n") + "\n");
        }
        parts.join("\n")
    }
}

/// A line broken at words to fit the width, if there is one; what goes on in the next is
/// indented.
fn fold(line: &Shown, width: Option<usize>) -> String {
    let Some(width) = width.filter(|width| line.width() > *width) else { return line.to_string() };
    let text = line.as_str().trim_start_matches(' ');
    let indent = line.as_str().len() - text.len();
    let room = u16::try_from(width.saturating_sub(indent)).unwrap_or(u16::MAX);
    let rows = wrap(&[Run::new(Shown::new(text), Role::Body)], room, GOES_ON);
    let rows: Vec<String> = rows.iter().map(|row| format!("{}{}", " ".repeat(indent), row.text())).collect();
    rows.join("\n")
}

/// Columns of the terminal that standard output is, if it is one.
pub(super) fn terminal_width() -> Option<usize> {
    let output = io::stdout();
    let size = rustix::termios::tcgetwinsize(&output).ok().filter(|_| output.is_terminal())?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// Prints text that is safe to show.
pub(super) fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .map_err(|source| Failure::standard_output(&source))
}

/// Tells on standard error what must be known of the answer beside it.
pub(super) fn remark(text: &Shown) {
    // Who does not listen loses no data.
    let _ = writeln!(io::stderr(), "note: {text}");
}

/// Prints one JSON document.
pub(super) fn print_json(document: &impl Serialize) -> Result<(), Failure> {
    let text =
        serde_json::to_string_pretty(document).map_err(|error| Failure::new(FailureKind::Output, error))?;
    print(&format!("{}\n", escaped(&text)))
}

/// Prints one event on a line of its own.
pub(super) fn print_event(event: &Value) -> Result<(), Failure> {
    print(&format!("{}\n", escaped(&event.to_string())))
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
