//! CSV and TSV to tables.
//!
//! An own reader, not a general one: it must say the line of every oddity, survive a
//! quote that never closes, and keep a half-written last record out.

mod blocks;
mod records;
pub mod stream;
mod table;

use super::{
    append::{Format, Resume},
    cell::{Decimal, Draft, shared},
    cells::{CellRef, FastMap, Slot, Texts},
    field,
    file::{Document, Rank, Status, Table},
    json,
    log::{Log, quote},
    places::{Lines, Pointers},
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
    let (mut start, delimiter) = dialect(path, text, log);
    let starts = blocks::starts(text, start, delimiter);
    let mut read_to = 0;
    for &end in starts.iter().chain([&text.len()]) {
        read_to = block(&text[..end], start, delimiter, document, log);
        start = end;
    }
    if !starts.is_empty() {
        document.resume = None;
    }
    read_to
}

/// Reads a table from its header to the end of the text.
fn block(text: &str, start: usize, delimiter: u8, document: &mut Document, log: &mut Log<'_>) -> usize {
    let mut records = Records::new(text, start, delimiter);
    let Some(mut header) = records.next(log) else {
        log.loss(start, "no header: the file holds only comments");
        return text.len();
    };
    let mut first = records.next(log);
    if blocks::is_headless(&header, first.as_ref()) {
        log.note(header.start, "no header: the first line has numbers; columns are named by their place");
        let names = (1..=header.cells.len()).map(|number| format!("column {number}").into()).collect();
        records = Records::new(text, header.start, delimiter);
        first = records.next(&mut Log::new(""));
        header = Record { cells: names, ..header };
    }
    if let Some(reason) = no_table(&header, first.as_ref()) {
        log.loss(header.start, format!("no table: {reason}"));
        return text.len();
    }
    let mut builder = table::Builder::new(&header, delimiter, log);
    let mut next = first;
    let mut read_to = (header.end, header.line + 1);
    if let Some(record) = &next
        && builder.is_units_row(record, &records.peek_cells())
    {
        builder.take_units(record);
        read_to = (record.end, records.line());
        next = records.next(log);
    }
    let mut settled = u32::from(read_to.1 > header.line + 1);
    let rows = rows(&mut records, next, &mut builder, log);
    settled += rows.settled;
    if rows.settled > 0 {
        read_to = rows.read_to;
    }
    let is_even = records.open_quotes() == 0 && text[..read_to.0].ends_with('\n');
    let (table, format) = builder.finish(log);
    document.tables.push(table);
    // Two records tell what the first of them is: units or values.
    document.resume = format.filter(|_| is_even && settled > 1).map(|format| Resume {
        line: read_to.1,
        is_lossy: rows.is_lossy,
        format,
    });
    read_to.0
}

/// Reads more records of a file whose first part is known; `None`: not to be read apart.
pub fn append(
    previous: &Document,
    resume: &Resume,
    text: &str,
    document: &mut Document,
    log: &mut Log<'_>,
) -> Option<usize> {
    let Format::Csv { delimiter, .. } = resume.format else { return None };
    let [table] = previous.tables.as_slice() else { return None };
    let mut builder = table::Builder::resume(table, &resume.format)?;
    let mut records = Records::more(text, delimiter, resume.line);
    let first = records.next(log);
    let rows = rows(&mut records, first, &mut builder, log);
    let read_to = if rows.settled > 0 { rows.read_to } else { (0, resume.line) };
    let is_even = read_to.0 == 0 || text[..read_to.0].ends_with('\n');
    if builder.is_too_wide() || records.open_quotes() > 0 {
        return None;
    }
    let (table, format) = builder.finish(log);
    document.tables.push(table);
    let (Format::Csv { spread: new, .. }, Format::Csv { spread: old, .. }) = (format?, &resume.format) else {
        return None;
    };
    document.resume =
        is_even.then(|| Resume { line: read_to.1, is_lossy: rows.is_lossy, format: resume.format.clone() });
    (new == *old).then_some(read_to.0)
}

/// How far reading came.
struct Rows {
    /// Records closed by a line end.
    settled: u32,
    /// Byte and line behind the last of them.
    read_to: (usize, u32),
    /// Was anything lost before the half-written end?
    is_lossy: bool,
}

fn rows<'a>(
    records: &mut Records<'a>,
    first: Option<Record<'a>>,
    builder: &mut table::Builder<'a>,
    log: &mut Log<'_>,
) -> Rows {
    let mut rows = Rows { settled: 0, read_to: (0, 0), is_lossy: false };
    builder.reserve(records.lines_left() + 2);
    let mut next = first;
    while let Some(record) = next {
        if !record.is_terminated && record.cells.len() < builder.width() {
            rows.is_lossy = log.is_lossy() || builder.is_ragged();
            log.loss(
                record.start,
                format!(
                    "half-written: the last line has {} of {} fields and no line end; it is left out until it is whole",
                    record.cells.len(),
                    builder.width()
                ),
            );
            return rows;
        }
        if record.is_terminated {
            rows.settled += 1;
            rows.read_to = (record.end, records.line());
        }
        builder.push(&record);
        records.recycle(record);
        // Most lines are plain.
        while let Some(line) = records.plain_line()
            && builder.push_line(line, records.line())
        {
            records.skip_line();
            rows.settled += 1;
            rows.read_to = (records.at(), records.line());
        }
        next = records.next(log);
    }
    rows.is_lossy = log.is_lossy() || builder.is_ragged();
    if let Some(at) = records.half_written {
        log.loss(
            at,
            "half-written: a quote is still open in the last line; it is left out until it is whole",
        );
    }
    rows
}

/// What separates the fields of a file that begins with this text.
pub fn delimiter(path: &str, text: &str) -> char {
    char::from(dialect(path, text, &mut Log::new(text)).1)
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
fn spread_objects(column: &Draft, texts: &mut Texts) -> Vec<Draft> {
    let is_object = |slot: &Slot| match slot.see(texts) {
        CellRef::Text(text) => text.starts_with('{') && text.ends_with('}'),
        CellRef::Missing => true,
        _ => false,
    };
    if !column.slots.iter().any(|slot| slot.is_text()) || !column.slots.iter().all(is_object) {
        return Vec::new();
    }
    let mut columns: Vec<Draft> = Vec::new();
    // The same settings stand in row after row: parsed once.
    let mut known: FastMap<Slot, Vec<(usize, Slot)>> = FastMap::default();
    for (row, slot) in column.slots.iter().enumerate() {
        let CellRef::Text(text) = slot.see(texts) else { continue };
        if !known.contains_key(slot) {
            let values = json::scalars(text);
            let mut cells = Vec::with_capacity(values.len());
            for (key, value) in values {
                let name = format!("{}.{key}", column.name);
                let at = columns.iter().position(|column| *column.name == *name).unwrap_or_else(|| {
                    columns.push(Draft { name: shared(&name), unit: None, slots: Vec::new() });
                    columns.len() - 1
                });
                cells.push((at, texts.cell(value.see())));
            }
            known.insert(*slot, cells);
        }
        for &(at, value) in known.get(slot).into_iter().flatten() {
            columns[at].slots.resize(row, Slot::MISSING);
            columns[at].slots.push(value);
        }
    }
    for spread in &mut columns {
        spread.slots.resize(column.slots.len(), Slot::MISSING);
    }
    columns
}

/// The table of a finished builder, and which columns were made from objects in cells.
fn table(columns: Vec<Draft>, row_lines: Lines, mut texts: Texts) -> (Table, Vec<u32>) {
    let mut all: Vec<Draft> = Vec::with_capacity(columns.len());
    let mut made = Vec::new();
    for column in columns {
        let spread = spread_objects(&column, &mut texts);
        all.push(column);
        made.extend((0..spread.len()).map(|nth| (all.len() + nth) as u32));
        all.extend(spread);
    }
    let texts = texts.finish();
    let table = Table {
        pointer: shared(""),
        row_pointers: Pointers::default(),
        row_lines,
        columns: all.into_iter().map(|column| column.finish(&texts)).collect(),
        context: Vec::new(),
        rank: Rank::Measured,
    };
    (table, made)
}

/// A cell's text is a unit alone.
fn is_unit_cell(text: &str) -> bool {
    field::is_unit(text) || (text.len() <= 12 && !text.is_empty() && text.chars().all(char::is_alphabetic))
}
