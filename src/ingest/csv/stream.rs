//! CSV files that are too large to hold: read in blocks, of which nothing is kept but the
//! figures that were asked for. Same dialect, units and numbers as the reader of whole
//! files; texts of other columns are passed over.
//!
//! The file is cut into parts that are read at the same time. Whether a cut lies between
//! records cannot be seen from there (a quoted field may hold lines), so it is checked when
//! the part before comes to it; a part that began wrong is read again behind the other.

mod buffer;
mod gathered;
mod head;
mod part;
#[cfg(test)]
mod tests;

use std::{io, sync::Arc, thread};

use head::Head;
use part::{Keep, Part, Range, read_part};

use super::super::{cells::CellRef, file::Problem, log::quote};
use crate::text::sanitize::Shown;

/// Parts smaller than this are not worth a thread.
const MIN_PART: u64 = 16 << 20;

/// Reads bytes at a position into a buffer; gives how many, 0 at the end.
pub type ReadAt<'r> = &'r (dyn Fn(u64, &mut [u8]) -> io::Result<usize> + Sync);

/// What is wanted of a file.
#[derive(Clone, Debug, Default)]
pub struct Wanted<'w> {
    /// Columns by name (as written, without the unit; else without regard to case). None:
    /// every column is summarised and no number kept.
    pub fields: &'w [&'w str],
    /// The line of each number is kept too.
    pub lines: bool,
    /// Parts read at the same time.
    pub threads: usize,
    /// What the cells of a column say of their rows: rows that fail it are counted and left out.
    pub left_out: Option<RowTests>,
}

/// Whether a cell says that its row is to be left out.
pub type RowTest = fn(CellRef<'_>) -> bool;
/// The test of a column, by its name and whether its values are measures (with a unit, or in
/// fractions), and what it finds.
pub type RowTests = fn(&str, bool) -> Option<Told>;
/// A test, and why the rows are left out that it finds.
pub type Told = (RowTest, LeftOut);

/// Why a row is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// It says that it failed.
    Failed,
    /// It only warms up.
    WarmUp,
}

/// What a file holds.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Records under the header.
    pub rows: u64,
    /// Columns, in the order that was asked for, else in that of the file.
    pub columns: Vec<SelectedColumn>,
    /// Names that are no columns.
    pub unknown: Vec<String>,
    /// What could not be taken as it is.
    pub problems: Vec<Problem>,
}

/// The numbers of one column.
#[derive(Clone, Debug, Default)]
pub struct SelectedColumn {
    /// The name as the reader of whole files gives it.
    pub name: Arc<str>,
    /// Its unit, from the header, a units row or its cells.
    pub unit: Option<Arc<str>>,
    /// How many finite numbers there are.
    pub count: u64,
    /// Cells that are empty or a mark for nothing.
    pub missing: u64,
    /// Cells that are neither: texts, numbers that are not finite.
    pub others: u64,
    /// Cells of rows that failed.
    pub failed: u64,
    /// Numbers of rows that only warm up.
    pub warm_up: u64,
    /// Arithmetic mean, compensated.
    pub mean: Option<f64>,
    /// Smallest.
    pub min: Option<f64>,
    /// Largest.
    pub max: Option<f64>,
    /// The numbers themselves, when the column was asked for by name.
    pub numbers: Vec<f64>,
    /// Line of each of them, when that was asked for.
    pub lines: Vec<u32>,
}

/// Reads a file of this many bytes. Errors only when reading does.
pub fn select(path: &str, length: u64, read_at: ReadAt<'_>, wanted: &Wanted<'_>) -> io::Result<Selection> {
    let mut selection = Selection::default();
    let Some(head) = Head::read(path, length, read_at, &mut selection.problems)? else {
        return Ok(selection);
    };
    let chosen = head.choose(wanted.fields, &mut selection.unknown);
    let parts = parts(length - head.data_start, wanted.threads);
    read_all(&head, &chosen, length, read_at, wanted, parts, &mut selection)?;
    Ok(selection)
}

/// Reads all records, so many parts at the same time.
fn read_all(
    head: &Head,
    chosen: &[usize],
    length: u64,
    read_at: ReadAt<'_>,
    wanted: &Wanted<'_>,
    parts: u64,
    selection: &mut Selection,
) -> io::Result<()> {
    let bytes = length - head.data_start;
    let cuts: Vec<u64> = (0..=parts).map(|nth| head.data_start + bytes * nth / parts).collect();
    let keep = Keep { numbers: !wanted.fields.is_empty(), lines: wanted.lines };
    let tests = head.tests(wanted.left_out);
    let read = |from: u64, to: u64, line: Option<u32>| {
        read_part(head, (chosen, &tests), read_at, Range { from, to, length, line }, keep)
    };
    let found: Vec<io::Result<Part>> = thread::scope(|scope| {
        let workers: Vec<_> = cuts
            .windows(2)
            .map(|cut| {
                let (from, to) = (cut[0], cut[1]);
                let line = (from == head.data_start).then_some(head.line);
                scope.spawn(move || read(from, to, line))
            })
            .collect();
        let failed = || Err(io::Error::other("reading failed inside the program"));
        workers.into_iter().map(|worker| worker.join().unwrap_or_else(|_| failed())).collect()
    });
    let mut whole = Part::default();
    for (nth, part) in found.into_iter().enumerate() {
        let part = part?;
        let end = cuts[nth + 1];
        if nth == 0 {
            whole = part;
        } else if part.began == whole.ended {
            whole.append(part);
        } else if whole.ended < end {
            // The cut lay inside a quoted field.
            let line = whole.line;
            whole.append(read(whole.ended, end, line)?);
        }
    }
    whole.finish(head, chosen, selection);
    Ok(())
}

fn parts(bytes: u64, threads: usize) -> u64 {
    (bytes / MIN_PART).clamp(1, threads.max(1) as u64)
}

/// Counts the records of a file, one thread, without looking into them.
pub fn count_rows(path: &str, length: u64, read_at: ReadAt<'_>) -> io::Result<u64> {
    // No column has this name: only records are told apart.
    select(path, length, read_at, &Wanted { fields: &["\0"], threads: 1, ..Wanted::default() })
        .map(|selection| selection.rows)
}

fn problem(line: Option<u64>, message: &str) -> Problem {
    Problem { line, column: line.map(|_| 1), message: Shown::new(message) }
}

fn unit_message(name: &str, count: u64) -> String {
    format!(
        "{count} figures with a unit of their own in {} do not go with the others and are left out",
        quote(name)
    )
}
