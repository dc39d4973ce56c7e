//! Goes on reading where a file's old end was: only what was added is parsed.
//!
//! What an append gives is what reading the whole file would give for the new rows, or
//! nothing: then the file must be read whole. Nothing is guessed; a tail that would make
//! the earlier rows mean something else (a unit that no longer fits, a quote that was
//! open, a column that is new) is refused.

use std::sync::Arc;

use super::{
    cell::Decimal,
    cells::{Cells, Slot, Texts},
    csv,
    file::{Column, Document, Kind, Status, Table},
    json,
    log::Log,
};

/// Wider tables are read whole: their columns are looked for by name, one by one.
const MAX_COLUMNS: usize = 1000;

/// What must be known of a file's first part to read on behind it. Kept with its document
/// where reading on is possible at all.
#[derive(Clone, Debug, PartialEq)]
pub struct Resume {
    /// Line that begins at [`Document::read_to`], counted from 1. Rows from it on are not
    /// settled: they are read again with what follows.
    pub line: u32,
    /// Something before it was lost or read otherwise than written.
    pub is_lossy: bool,
    /// How the part before is to be continued.
    pub format: Format,
}

/// The formats that grow at their end.
#[derive(Clone, Debug, PartialEq)]
pub enum Format {
    /// CSV under its header.
    Csv {
        /// Between fields.
        delimiter: u8,
        /// Between whole and fraction.
        decimal: Decimal,
        /// Fields of the header.
        width: u32,
        /// Columns whose unit came from their cells alone, not from the header.
        lifted: Box<[u32]>,
        /// Columns made from the objects in the cells of another.
        spread: Box<[u32]>,
    },
    /// JSON Lines: a record a line.
    Lines {
        /// Records before the line.
        records: u32,
    },
}

/// Reads what stands behind [`Document::read_to`]. `previous` is the document of the part
/// before, `tail` all bytes from there to the file's end. Gives a document with the same
/// tables in the same order, of the new rows alone; lines and rows go on counting.
/// `None`: the file must be read whole.
pub fn append(previous: &Document, kind: Kind, tail: &[u8]) -> Option<Document> {
    let resume = previous.resume.as_ref()?;
    if memchr::memchr(0, tail).is_some() {
        return None;
    }
    let text = std::str::from_utf8(tail).ok()?;
    let mut log = Log::from_line(text, resume.line);
    let mut document = Document { name_dimensions: previous.name_dimensions.clone(), ..Document::default() };
    let read_to = match (kind, &resume.format) {
        (Kind::Csv, Format::Csv { .. }) => csv::append(previous, resume, text, &mut document, &mut log)?,
        (Kind::Json, Format::Lines { records }) => {
            json::append(text, resume.line, *records, &mut document, &mut log)?
        }
        _ => return None,
    };
    align(previous, &mut document)?;
    document.read_to = previous.read_to + read_to as u64;
    let (problems, is_lossy) = log.finish();
    document.problems = problems;
    document.status = Some(if is_lossy { Status::Partial } else { Status::Ok });
    document.generated = previous.generated;
    Some(document)
}

/// Puts the new tables and columns into the order of the earlier ones; `None` when there
/// is one that was not there before.
fn align(previous: &Document, document: &mut Document) -> Option<()> {
    let mut found = std::mem::take(&mut document.tables);
    if found.iter().any(|table| table.columns.len() > MAX_COLUMNS) {
        return None;
    }
    let line = previous.resume.as_ref().map_or(u32::MAX, |resume| resume.line);
    for before in &previous.tables {
        let at = found.iter().position(|table| table.pointer == before.pointer);
        let table = at.map(|at| found.remove(at));
        let rows = table.as_ref().map_or(0, Table::rows);
        let (mut columns, row_pointers, row_lines) =
            table.map_or_else(Default::default, |table| (table.columns, table.row_pointers, table.row_lines));
        let mut aligned = Vec::with_capacity(before.columns.len());
        for column in &before.columns {
            let at = columns.iter().position(|new| new.name == column.name);
            let cells = match at.map(|at| columns.remove(at)) {
                Some(new) if new.unit == column.unit || new.cells.is_hollow() => new.cells,
                Some(_) => return None,
                // Rows that are read again had it, and may have it no longer.
                None if is_of_the_unsettled(before, column, line) => return None,
                None => Cells::new(vec![Slot::MISSING; rows], Arc::default()),
            };
            aligned.push(Column {
                name: Arc::clone(&column.name),
                unit: column.unit.clone(),
                cells,
                hint: column.hint.clone(),
            });
        }
        if !columns.is_empty() {
            return None;
        }
        document.tables.push(Table {
            pointer: Arc::clone(&before.pointer),
            row_pointers,
            row_lines,
            columns: aligned,
            context: before.context.clone(),
            rank: before.rank,
        });
    }
    found.is_empty().then_some(())
}

/// Is there nothing of a column in the rows that stay, but perhaps in those that are read again?
fn is_of_the_unsettled(table: &Table, column: &Column, line: u32) -> bool {
    let settled = table.settled_rows(line);
    settled < table.rows() && column.cells.slots().iter().take(settled).all(|slot| *slot == Slot::MISSING)
}

/// The document of the whole file: the settled rows of the first part and the new ones.
/// Copies cells, eight bytes each, and texts; parses nothing.
pub fn join(previous: &Document, appended: &Document) -> Document {
    extend(previous.clone(), appended)
}

/// The same without a copy of the first part: a long file that is read in pieces is held once.
pub fn extend(mut whole: Document, appended: &Document) -> Document {
    let line = whole.resume.as_ref().map_or(u32::MAX, |resume| resume.line);
    let mut texts: Arc<Texts> = Arc::default();
    for column in whole.tables.iter_mut().flat_map(|table| &mut table.columns) {
        // Columns that hold no text may go without the document's texts.
        let has_text = column.cells.has_text();
        let own = column.cells.take_texts();
        if has_text {
            texts = own;
        }
    }
    let mut new = appended.tables.iter().flat_map(|table| &table.columns);
    let (texts, shift) = match new.find(|column| column.cells.has_text()) {
        Some(column) => Texts::join(texts, &column.cells.texts()),
        None => (texts, 0),
    };
    for (table, new) in whole.tables.iter_mut().zip(&appended.tables) {
        extend_table(table, line, new, &texts, shift);
    }
    whole.tables.truncate(appended.tables.len());
    // What was said about rows that are read again is said again.
    whole.problems.retain(|problem| problem.line.is_none_or(|at| at < u64::from(line)));
    whole.problems.extend(appended.problems.iter().cloned());
    let was_lossy = whole.resume.as_ref().is_some_and(|resume| resume.is_lossy);
    let is_lossy = was_lossy || appended.status != Some(Status::Ok);
    whole.outline = Vec::new();
    whole.status = Some(if is_lossy { Status::Partial } else { Status::Ok });
    whole.read_to = appended.read_to;
    whole.resume =
        appended.resume.clone().map(|resume| Resume { is_lossy: resume.is_lossy || was_lossy, ..resume });
    whole.kept_rows = None;
    whole
}

fn extend_table(table: &mut Table, line: u32, new: &Table, texts: &Arc<Texts>, shift: u32) {
    let settled = table.settled_rows(line);
    for (column, new) in table.columns.iter_mut().zip(&new.columns) {
        column.cells.extend(settled, &new.cells, texts, shift);
    }
    table.row_pointers.truncate(settled);
    table.row_pointers.extend(&new.row_pointers);
    table.row_lines.truncate(settled);
    new.row_lines.iter().for_each(|line| table.row_lines.push(line));
}

#[cfg(test)]
mod tests;
