//! Markdown to outline, tables and `key: value` lines: a scanner of lines, since nothing
//! else of a document is wanted when it is read. What it says is stated, not measured.

mod table;

use std::sync::Arc;

use super::{
    cell::{self, Decimal, shared},
    cells::{CellRef, Cells},
    field,
    file::{Cell, Column, Document, Heading, Rank, Table},
    log::Log,
    places::Pointers,
};
use crate::text::sanitize::Shown;

/// The comment that the program's own reports carry.
const OWN_MARK: &str = "<!-- chimera-insight:report -->";
/// A longer "key" is a sentence with a colon in it.
const MAX_KEY: usize = 48;
/// A longer value is prose.
const MAX_VALUE: usize = 160;
/// Words of a key at most.
const MAX_KEY_WORDS: usize = 7;

/// Reads a whole file into `document`; 0: a document is read whole.
pub fn read(text: &str, document: &mut Document, log: &mut Log<'_>) -> usize {
    let mut scanner = Scanner::default();
    let mut at = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let line_text = line.trim_end_matches(['\n', '\r']);
        scanner.line(Line { text: line_text, number: index as u32 + 1, at }, document, log);
        at += line.len();
    }
    scanner.end_table(document, log);
    if let Some((_, at)) = scanner.fence {
        log.note(at, "the code fence is not closed");
    }
    0
}

/// One line and where it stands.
#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    text: &'a str,
    number: u32,
    at: usize,
}

#[derive(Debug, Default)]
struct Scanner<'a> {
    /// The fence's mark and where it opened.
    fence: Option<(&'a str, usize)>,
    in_front_matter: bool,
    /// The line before, when it may be a header or a setext heading.
    before: Option<Line<'a>>,
    table: Option<table::Builder<'a>>,
    /// Texts stated in this section: what its figures are about.
    about: Vec<(Arc<str>, Cell)>,
}

impl<'a> Scanner<'a> {
    fn line(&mut self, line: Line<'a>, document: &mut Document, log: &mut Log<'_>) {
        let text = line.text.trim();
        if let Some((mark, _)) = self.fence {
            if text.starts_with(mark) && text.trim_start_matches(&mark[..1]).trim().is_empty() {
                self.fence = None;
            }
            return;
        }
        if line.number == 1 && text == "---" {
            self.in_front_matter = true;
            return;
        }
        if self.in_front_matter {
            if matches!(text, "---" | "...") {
                self.in_front_matter = false;
            } else {
                self.statement(line, document);
            }
            return;
        }
        if let Some(mark) = ["```", "~~~"].into_iter().find(|mark| text.starts_with(mark)) {
            self.end_table(document, log);
            let length = text.len() - text.trim_start_matches(&mark[..1]).len();
            self.fence = Some((&text[..length], line.at));
            self.before = None;
            return;
        }
        document.generated |= text == OWN_MARK;
        if let Some(builder) = &mut self.table {
            if text.contains('|') {
                // A second delimiter line: the row above it was the header of a next table.
                let header = builder.last_row();
                let next = header.and_then(|header| table::Builder::new(header, text));
                if let Some(next) = next {
                    builder.pop_row();
                    self.end_table(document, log);
                    self.table = Some(next);
                } else {
                    builder.row(line.text, line.number, line.at);
                }
                return;
            }
            self.end_table(document, log);
        }
        let before = self.before.take();
        if text.is_empty() {
            return;
        }
        if let Some((level, title)) = heading(line.text) {
            self.head(level, title, line.number, document);
            return;
        }
        if let Some(header) = before {
            if let Some(builder) = table::Builder::new(header.text, text) {
                self.table = Some(builder);
                return;
            }
            let is_paragraph = !header.text.trim_start().starts_with(['-', '*', '+', '>', '|']);
            let level = if text.bytes().all(|b| b == b'=') { 1 } else { 2 };
            if is_paragraph && (level == 1 || (text.len() >= 2 && text.bytes().all(|b| b == b'-'))) {
                self.head(level, header.text.trim(), header.number, document);
                return;
            }
        }
        self.before = Some(line);
        self.statement(line, document);
    }

    fn head(&mut self, level: u8, title: &str, line: u32, document: &mut Document) {
        // A deeper heading stays inside what its parents are about.
        if level <= 2 {
            self.about.clear();
        }
        let text = Shown::new(&plain(title));
        document.outline.push(Heading { level, text, line: line.into() });
    }

    fn end_table(&mut self, document: &mut Document, log: &mut Log<'_>) {
        if let Some(builder) = self.table.take() {
            let context = self.about.iter().rev().cloned().collect();
            document.tables.push(builder.finish(context, log));
        }
    }

    /// `- **Key:** value`, `key=1, other=2`.
    fn statement(&mut self, line: Line<'_>, document: &mut Document) {
        let text = plain(line.text.trim_start().trim_start_matches(['-', '*', '+', '>', ' ']));
        let mut columns = Vec::new();
        let stated = key_and_value(&text);
        if let Some((key, value)) = stated {
            columns.extend(Self::column(key, value));
        }
        for word in text.split([' ', ',', ';']) {
            let pair = word.split_once('=').filter(|(key, value)| is_key(key) && !value.is_empty());
            let number = pair.and_then(|(key, value)| Some((key, cell::number(value, Decimal::Point)?)));
            if let Some((key, number)) = number {
                let (name, unit) = (shared(key), None);
                columns.push(Column {
                    name,
                    unit,
                    cells: Cells::from(vec![Cell::Number(number)]),
                    hint: None,
                });
            }
        }
        if columns.is_empty() {
            return;
        }
        if let [Column { name, cells, .. }] = columns.as_slice()
            && let CellRef::Text(_) = cells.get(0)
        {
            self.about.push((Arc::clone(name), cells.get(0).to_cell()));
        }
        document.tables.push(Table {
            pointer: Arc::from(""),
            row_pointers: Pointers::default(),
            row_lines: std::iter::once(line.number).collect(),
            columns,
            context: self.about.iter().rev().cloned().collect(),
            rank: Rank::Stated,
        });
    }

    fn column(key: &str, value: &str) -> Option<Column> {
        let (key, unit) = field::split_unit(key);
        let name = shared(key);
        let unit = unit.map(shared);
        let cell = cell::parse(value, Decimal::Point).to_cell();
        match &cell {
            Cell::Number(_) | Cell::Bool(_) => {
                return Some(Column { name, unit, cells: vec![cell].into(), hint: None });
            }
            Cell::Missing => return None,
            Cell::Text(_) => {}
        }
        // `5.15 s`, `76.59 tokens/s and …`: the first word behind the number may be a unit.
        let number = value.trim_start_matches(['~', '≈', '<', '>', '≤', '≥', ' ']);
        if let Some((number, rest)) = cell::with_unit(number) {
            let word = rest.split([' ', ',', ';', ')']).next().unwrap_or_default().trim_end_matches('.');
            if field::unit_symbol(word).is_some() {
                let unit = Some(shared(word));
                return Some(Column {
                    name,
                    unit,
                    cells: Cells::from(vec![Cell::Number(number)]),
                    hint: None,
                });
            }
        }
        (value.len() <= MAX_VALUE).then(|| Column { name, unit, cells: vec![cell].into(), hint: None })
    }
}

/// `## Title ##`.
fn heading(line: &str) -> Option<(u8, &str)> {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let text = line.trim();
    let level = text.len() - text.trim_start_matches('#').len();
    let rest = &text[level..];
    let is_heading =
        indent < 4 && (1..=6).contains(&level) && (rest.is_empty() || rest.starts_with([' ', '\t']));
    let title = rest.trim();
    let title = match title.trim_end_matches('#') {
        shorter if shorter.is_empty() || shorter.ends_with(' ') => shorter.trim_end(),
        _ => title,
    };
    is_heading.then_some((level as u8, title))
}

/// The text without emphasis and code marks.
fn plain(text: &str) -> String {
    text.replace("**", "").replace("__", "").replace('`', "")
}

/// Splits at the first colon that ends a key.
fn key_and_value(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once(':').filter(|(_, value)| value.starts_with(' '))?;
    let (key, value) = (key.trim(), value.trim());
    (is_key(key) && !value.is_empty()).then_some((key, value))
}

fn is_key(key: &str) -> bool {
    key.len() <= MAX_KEY
        && key.chars().any(char::is_alphabetic)
        && !key.contains(['|', '"', '{', '[', '.', '#', '<'])
        && key.split_whitespace().count() <= MAX_KEY_WORDS
}
