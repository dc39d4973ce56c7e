//! The numbers of a folder by the name of their column, and the times that its cells tell:
//! what a text says of settings, samples and dates is looked up here. What stands in
//! somebody's Markdown is kept apart.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use crate::{
    grounding::figure::dates,
    ingest::{
        cells::CellRef,
        file::{Cell, Rank, Table},
        inventory::{Batch, Change, ReportFile},
    },
};

/// Numbers that are kept: 24 bytes each. A folder with more is looked up in its series alone.
const MOST_NUMBERS: usize = 4_000_000;
/// Texts of cells that are looked through for times, per column.
const MOST_TEXTS: usize = 10_000;
/// A longer text is prose.
const LONGEST_TIME: usize = 40;

/// One number of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    /// As written.
    pub number: f64,
    /// Index into [`Cells::files`].
    pub file: u32,
    /// Line, counted from 1.
    pub line: u32,
}

/// All cells of a folder.
#[derive(Debug, Default)]
pub struct Cells {
    /// Paths.
    pub files: Vec<Arc<str>>,
    /// Names of columns that hold measured numbers, the last part of nested ones.
    pub names: BTreeSet<Arc<str>>,
    /// Rows and widest table of each file, by its index.
    pub shapes: Vec<(u64, u64)>,
    /// Days that cells tell: `2025-10-02`.
    pub days: HashSet<(i32, u32, u32)>,
    /// By lower-case name, sorted by number.
    measured: HashMap<Arc<str>, Vec<Spot>>,
    /// Numbers of Markdown tables and `key: value` lines, sorted by number.
    stated: Vec<(Spot, Arc<str>)>,
    count: usize,
}

impl Cells {
    /// Takes in what a batch brings, its documents still whole. A report that lies in the
    /// folder is no witness for itself.
    pub fn absorb(&mut self, batch: &Batch, report: Option<&str>) {
        for change in &batch.changes {
            if let Change::Read(file) = change
                && !file.generated
                && report != Some(&*file.path)
            {
                self.file(file);
            }
        }
    }

    /// Puts everything in order; nothing comes after it.
    pub fn finish(&mut self) {
        for spots in self.measured.values_mut() {
            spots.sort_by(|left, right| {
                left.number
                    .total_cmp(&right.number)
                    .then(left.file.cmp(&right.file))
                    .then(left.line.cmp(&right.line))
            });
        }
        self.stated.sort_by(|left, right| left.0.number.total_cmp(&right.0.number));
    }

    fn file(&mut self, file: &ReportFile) {
        let index = u32::try_from(self.files.len()).unwrap_or(u32::MAX);
        self.files.push(Arc::clone(&file.path));
        let widest = file.document.tables.iter().map(|table| table.columns.len()).max().unwrap_or(0);
        self.shapes.push((file.document.rows(), widest as u64));
        for table in &file.document.tables {
            self.table(index, table);
        }
    }

    fn table(&mut self, file: u32, table: &Table) {
        for column in table.columns.iter().filter(|column| !column.name.starts_with("../")) {
            let name = leaf(&column.name);
            for (row, cell) in column.cells.iter().enumerate() {
                let line = table.row_lines.get(row);
                match cell {
                    CellRef::Number(number) => self.number(&name, number, file, line, table.rank),
                    CellRef::Text(text) if row < MOST_TEXTS && table.rank == Rank::Measured => {
                        self.time(text);
                    }
                    _ => {}
                }
            }
        }
        let line = table.row_lines.get(0);
        for (name, cell) in &table.context {
            match cell {
                Cell::Number(number) => self.number(&leaf(name), *number, file, line, table.rank),
                Cell::Text(text) if table.rank == Rank::Measured => self.time(text),
                _ => {}
            }
        }
    }

    fn number(&mut self, name: &Arc<str>, number: f64, file: u32, line: u32, rank: Rank) {
        if self.count >= MOST_NUMBERS {
            return;
        }
        self.count += 1;
        let spot = Spot { number, file, line };
        if rank == Rank::Stated {
            self.stated.push((spot, Arc::clone(name)));
            return;
        }
        let lower: Arc<str> = name.to_lowercase().into();
        self.measured.entry(lower).or_default().push(spot);
        self.names.insert(Arc::clone(name));
    }

    fn time(&mut self, text: &str) {
        if text.len() > LONGEST_TIME || text.bytes().filter(u8::is_ascii_digit).count() < 6 {
            return;
        }
        for date in dates(text) {
            if let Some((year, Some(month), Some(day))) = date.day {
                self.days.insert((year, month, day));
            }
        }
    }

    /// Has a column of this name (any case) measured numbers?
    pub fn has(&self, name: &str) -> bool {
        self.measured.contains_key(name.to_lowercase().as_str())
    }

    /// The first number between two limits in the columns of this name.
    pub fn find(&self, name: &str, low: f64, high: f64) -> Option<Spot> {
        let spots = self.measured.get(name.to_lowercase().as_str())?;
        let at = spots.partition_point(|spot| spot.number < low);
        spots.get(at).copied().filter(|spot| spot.number <= high)
    }

    /// All numbers of the columns of this name, rising.
    pub fn spots(&self, name: &str) -> &[Spot] {
        self.measured.get(name.to_lowercase().as_str()).map(Vec::as_slice).unwrap_or_default()
    }

    /// Different numbers of the columns of this name, rising; at most so many.
    pub fn distinct(&self, name: &str, most: usize) -> Vec<f64> {
        let mut numbers: Vec<f64> = Vec::new();
        for spot in self.measured.get(name.to_lowercase().as_str()).into_iter().flatten() {
            if numbers.last().is_none_or(|last| last.total_cmp(&spot.number).is_ne()) {
                if numbers.len() == most {
                    break;
                }
                numbers.push(spot.number);
            }
        }
        numbers
    }

    /// The first number between two limits that somebody's document states, with its name.
    pub fn stated(&self, low: f64, high: f64) -> Option<(Spot, &Arc<str>)> {
        let at = self.stated.partition_point(|(spot, _)| spot.number < low);
        self.stated.get(at).filter(|(spot, _)| spot.number <= high).map(|(spot, name)| (*spot, name))
    }

    /// The path of a file.
    pub fn path(&self, spot: Spot) -> Arc<str> {
        self.files.get(spot.file as usize).cloned().unwrap_or_default()
    }
}

/// The last part of a nested name.
fn leaf(name: &str) -> Arc<str> {
    name.rsplit(['.', '/']).next().unwrap_or(name).into()
}
