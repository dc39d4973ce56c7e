//! CSV and TSV to tables.
//!
//! An own reader, not a general one: it must say the line of every oddity, survive a
//! quote that never closes, and keep a half-written last record out.

mod records;
mod table;

use std::sync::Arc;

use super::{
    cell::{Decimal, Interner},
    field,
    file::{Cell, Column, Document, Rank, Status, Table},
    json,
    log::{Log, quote},
};
use records::{Record, Records};

/// A header of more words than this in its only column is a sentence, not a name.
const MAX_HEADER_WORDS: usize = 4;

/// Reads a whole file into `document`; gives the byte up to which records are whole.
pub fn read(path: &str, text: &str, document: &mut Document, log: &mut Log<'_>) -> usize {
    if text.trim().is_empty() {
        log.note(0, "the file is empty");
        document.status = Some(Status::Partial);
        return 0;
    }
    let (start, delimiter) = dialect(path, text, log);
    let mut records = Records::new(text, start, delimiter);
    let Some(header) = records.next(log) else {
        log.loss(start, "no header: the file holds only comments");
        return text.len();
    };
    let first = records.next(log);
    if let Some(reason) = no_table(&header, first.as_ref()) {
        log.loss(header.start, format!("no table: {reason}"));
        return text.len();
    }
    let mut builder = table::Builder::new(&header, delimiter, log);
    let mut read_to = header.end;
    let mut next = first;
    if let Some(record) = &next
        && builder.is_units_row(record, &records.peek_cells())
    {
        builder.take_units(record);
        read_to = record.end;
        next = records.next(log);
    }
    while let Some(record) = next {
        let following = records.next(log);
        let is_last = following.is_none();
        if is_last && !record.is_terminated && record.cells.len() < builder.width() {
            log.loss(
                record.start,
                format!(
                    "half-written: the last line has {} of {} fields and no line end; it is left out until it is whole",
                    record.cells.len(),
                    builder.width()
                ),
            );
            break;
        }
        if record.is_terminated {
            read_to = record.end;
        }
        builder.push(&record);
        next = following;
    }
    if let Some(at) = records.half_written {
        log.loss(
            at,
            "half-written: a quote is still open in the last line; it is left out until it is whole",
        );
    }
    document.tables.push(builder.finish(log));
    read_to
}

/// Where the header starts, and what separates fields.
fn dialect(path: &str, text: &str, log: &mut Log<'_>) -> (usize, u8) {
    let mut start = 0;
    let mut said = None;
    // Comments and blank lines above the header; `sep=;` is a spreadsheet's hint.
    for line in text.split_inclusive(['\n', '\r']) {
        let content = line.trim();
        if let Some(mark) = content.strip_prefix("sep=").filter(|mark| mark.len() == 1) {
            said = mark.bytes().next();
        } else if content.starts_with('#') && !is_commented_header(content, &text[start + line.len()..]) {
            log.note(start, format!("comment line {} is left out", quote(content)));
        } else if !content.is_empty() {
            break;
        }
        start += line.len();
    }
    let header = text[start..].split(['\n', '\r']).next().unwrap_or_default();
    let is_tsv = path.rsplit('.').next().is_some_and(|extension| extension.eq_ignore_ascii_case("tsv"));
    let candidates: [u8; 4] = if is_tsv { *b"\t,;|" } else { *b",;\t|" };
    let counts = candidates.map(|candidate| unquoted(header, candidate));
    let most = counts.iter().copied().max().unwrap_or(0);
    let found = counts.iter().position(|&count| count == most).map_or(candidates[0], |at| candidates[at]);
    let is_default_there = is_tsv && counts[0] > 0;
    (start, said.unwrap_or(if most == 0 || is_default_there { candidates[0] } else { found }))
}

/// `# a,b,c` above lines of as many fields is a header.
fn is_commented_header(line: &str, rest: &str) -> bool {
    let next = rest.split(['\n', '\r']).find(|line| !line.trim().is_empty()).unwrap_or_default();
    [b',', b';', b'\t'].iter().any(|&mark| {
        let count = unquoted(line, mark);
        count > 0 && count == unquoted(next, mark) && !next.starts_with('#')
    })
}

/// How often a byte stands outside quotes.
fn unquoted(line: &str, wanted: u8) -> usize {
    let mut is_quoted = false;
    let mut count = 0;
    for byte in line.bytes() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            _ if byte == wanted && !is_quoted => count += 1,
            _ => {}
        }
    }
    count
}

/// Why this is plainly no table, if so.
fn no_table(header: &Record<'_>, first: Option<&Record<'_>>) -> Option<String> {
    let [only] = header.cells.as_slice() else { return None };
    let is_sentence = only.split_whitespace().count() > MAX_HEADER_WORDS;
    let is_alone = first.is_none() && super::cell::number(only.trim(), Decimal::Point).is_none();
    (is_sentence || is_alone).then(|| format!("one column of text that begins {}", quote(only.trim())))
}

/// Texts that hold a JSON object in every cell (`{"temperature":0.3}`) become columns of
/// their own, so that their settings are dimensions.
fn spread_objects(column: &Column, interner: &mut Interner) -> Vec<Column> {
    let is_object = |cell: &Cell| match cell {
        Cell::Text(text) => text.starts_with('{') && text.ends_with('}'),
        Cell::Missing => true,
        _ => false,
    };
    let has_any = column.cells.iter().any(|cell| matches!(cell, Cell::Text(_)));
    if !has_any || !column.cells.iter().all(is_object) {
        return Vec::new();
    }
    let mut columns: Vec<Column> = Vec::new();
    let mut before: Option<(Arc<str>, json::Scope)> = None;
    for (row, cell) in column.cells.iter().enumerate() {
        let Cell::Text(text) = cell else { continue };
        // The same settings stand in row after row: parsed once.
        if before.as_ref().is_none_or(|(known, _)| known != text) {
            before = Some((Arc::clone(text), json::scalars(text, interner)));
        }
        for (key, value) in before.iter().flat_map(|(_, values)| values) {
            let name = format!("{}.{key}", column.name);
            let at = columns.iter().position(|column| *column.name == *name).unwrap_or_else(|| {
                columns.push(Column { name: name.into(), unit: None, cells: Vec::new() });
                columns.len() - 1
            });
            columns[at].cells.resize(row, Cell::Missing);
            columns[at].cells.push(value.clone());
        }
    }
    for spread in &mut columns {
        spread.cells.resize(column.cells.len(), Cell::Missing);
    }
    columns
}

/// The table of a finished builder.
fn table(columns: Vec<Column>, row_lines: Vec<u32>, interner: &mut Interner) -> Table {
    let mut all = Vec::with_capacity(columns.len());
    for column in columns {
        let spread = spread_objects(&column, interner);
        all.push(column);
        all.extend(spread);
    }
    Table {
        pointer: Arc::from(""),
        row_pointers: Vec::new(),
        row_lines,
        columns: all,
        context: Vec::new(),
        rank: Rank::Measured,
    }
}

/// A cell's text is a unit alone.
fn is_unit_cell(text: &str) -> bool {
    field::is_unit(text) || (text.len() <= 12 && !text.is_empty() && text.chars().all(char::is_alphabetic))
}
