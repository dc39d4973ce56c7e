//! A report file and the document read from it.

use std::sync::Arc;

use super::{
    append::Resume,
    cells::{CellRef, Cells},
    places::{Lines, Pointers},
};
use crate::text::sanitize::Shown;

/// What a file is, by its extension (any case).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `.csv`, `.tsv`
    Csv,
    /// `.json`, `.jsonl`, `.ndjson`
    Json,
    /// `.md`, `.markdown`
    Markdown,
    /// `.txt`, `.log` (read when an adapter knows the content)
    Text,
}

/// Which bytes a file held when it was read. Two equal stamps mean unchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stamp {
    /// Device number.
    pub device: u64,
    /// Inode number.
    pub inode: u64,
    /// Length in bytes.
    pub length: u64,
    /// Modification time, nanoseconds since 1970 (may be negative).
    pub modified_ns: i128,
    /// Change time, nanoseconds since 1970.
    pub changed_ns: i128,
}

/// How reading went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Read without loss.
    Ok,
    /// Read with problems; what could be read is there.
    Partial,
    /// Nothing could be read.
    Error,
    /// Not read on purpose (not a regular file, too large, unknown text).
    Skipped,
}

/// Something in a file that could not be taken as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line, counted from 1, where known.
    pub line: Option<u64>,
    /// Column in characters, counted from 1, where known.
    pub column: Option<u64>,
    /// What is wrong and what was done about it; lower case, no full stop.
    pub message: Shown,
}

/// A heading of a Markdown file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// 1 to 6.
    pub level: u8,
    /// Its text.
    pub text: Shown,
    /// Line, counted from 1.
    pub line: u64,
}

/// How much a table's values weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// Data written by a program.
    Measured,
    /// A statement in somebody's document: shown, never merged with measured series.
    Stated,
}

/// One cell of a table, by itself; columns keep theirs as [`Cells`].
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Empty, `null`, `N/A`, absent.
    Missing,
    /// A finite number.
    Number(f64),
    /// Anything else.
    Text(Arc<str>),
    /// `true` or `false`.
    Bool(bool),
}

impl Cell {
    /// To look at.
    pub fn see(&self) -> CellRef<'_> {
        match self {
            Self::Missing => CellRef::Missing,
            Self::Number(number) => CellRef::Number(*number),
            Self::Text(text) => CellRef::Text(text),
            Self::Bool(truth) => CellRef::Bool(*truth),
        }
    }
}

/// A column: a CSV column, or the key of one member in an array of objects.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Column {
    /// The name as written, without a unit in brackets; nested keys joined by `.`. A second
    /// column of the same name is `name#2`; `../name` repeats what stands in the row of
    /// the outer array.
    pub name: Arc<str>,
    /// A unit given beside the name (`(ms)`, `[W]`, a units row, a unit field), as written.
    pub unit: Option<Arc<str>>,
    /// One cell for each row.
    pub cells: Cells,
    /// What an adapter knows of it and its name does not say.
    pub hint: Option<Arc<Hint>>,
}

/// What the tool that wrote a file is known to mean by a column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// The name to look up in the dictionary instead of the column's own.
    pub name: Option<Arc<str>>,
    /// The unit that the tool uses without writing it.
    pub unit: Option<Arc<str>>,
    /// Whose summary the values are (`mean`); empty for single values.
    pub statistic: Option<Arc<str>>,
    /// What the column is when it is no metric.
    pub role: Option<HintRole>,
}

/// What a column is to its tool when it is no metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HintRole {
    /// Tells configurations apart.
    Dimension,
    /// Neither compared nor told apart by.
    Detail,
}

/// Rows and columns. A CSV file is one; a JSON file has one for each array of objects
/// and one (of a single row) for each object with scalars of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// JSON Pointer of the array or object, empty for CSV and for a JSON root; `*` stands
    /// for the index where the rows come from all elements of an outer array, and for the
    /// key where they are a map's members.
    pub pointer: Arc<str>,
    /// JSON Pointer of each row (`/results/3`), empty for CSV: then the line is the place.
    /// In tables written as columns `*` stands for the column's name (`/timings/*/3`).
    pub row_pointers: Pointers,
    /// Line of each row in the file, counted from 1.
    pub row_lines: Lines,
    /// The columns; every one has as many cells as there are rows.
    pub columns: Vec<Column>,
    /// Scalars of the enclosing objects (`model`, `options.temperature`), nearest first:
    /// candidates for dimensions.
    pub context: Vec<(Arc<str>, Cell)>,
    /// Measured data or a statement.
    pub rank: Rank,
}

impl Table {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.row_lines.len()
    }
    /// Rows that stand above a line, in a file that grows at its end.
    pub fn settled_rows(&self, line: u32) -> usize {
        self.row_lines.first_from(line)
    }
    /// Rows are records of their own: not the parts of another record, not one object
    /// alone, not a list of samples.
    fn holds_records(&self) -> bool {
        let is_nested = self.columns.iter().any(|column| column.name.starts_with("../"));
        let is_alone = !self.row_pointers.is_empty() && self.row_pointers.get(0) == *self.pointer;
        let is_list = !self.row_pointers.is_empty()
            && matches!(self.columns.as_slice(), [only] if self.pointer.ends_with(&*only.name));
        // One `*` at the end is a map's; one before is that of an outer array.
        let is_inner = self.pointer.trim_end_matches("/*").contains('*');
        !(is_nested || is_alone || is_list || is_inner)
    }
}

/// What was read from a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// Tables in file order.
    pub tables: Vec<Table>,
    /// Headings of a Markdown file.
    pub outline: Vec<Heading>,
    /// Everything that could not be taken as it is.
    pub problems: Vec<Problem>,
    /// Nothing was lost (`Ok`), something (`Partial`), all of it (`Error`).
    pub status: Option<Status>,
    /// Carries the program's own marker: listed, never evidence.
    pub generated: bool,
    /// Bytes up to the end of the last whole record: where reading goes on after an append.
    /// 0 where the file must be read whole again (JSON documents, Markdown, other encodings).
    /// Smaller than the file, with nothing missing: the last record has no line end yet.
    pub read_to: u64,
    /// Dimensions that the file's name gives (`gemma3_270m_baseline.csv` → model gemma3:270m).
    pub name_dimensions: Vec<(Arc<str>, Arc<str>)>,
    /// The adapter that knew the format (`k6-summary`), where one was needed.
    pub adapter: Option<Arc<str>>,
    /// What is needed to read on at `read_to` when the file grows; `None` where it must be
    /// read whole then.
    pub resume: Option<Resume>,
    /// Rows that it had when its tables were taken out; `None` while they are there.
    pub kept_rows: Option<u64>,
}

impl Document {
    /// Records: rows of a CSV file, elements of a JSON file's arrays of objects. What lies
    /// inside a record is not counted again; a single object is one record.
    pub fn rows(&self) -> u64 {
        if let Some(rows) = self.kept_rows {
            return rows;
        }
        let measured = || self.tables.iter().filter(|table| table.rank == Rank::Measured);
        let records: usize = measured().filter(|table| table.holds_records()).map(Table::rows).sum();
        if records > 0 {
            return records as u64;
        }
        // Samples alone, or objects that stand alone.
        measured().filter(|table| !table.pointer.contains('*')).map(Table::rows).max().unwrap_or(0) as u64
    }
}
