//! The values of a series in order of time: by the time that stands in their rows, else by
//! that of their files, else by path, and by line.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{MAX_VALUES, Place};
use crate::{
    ingest::{
        cells::CellRef,
        field::{self, Role},
        file::{Column, Document, Table},
        inventory::Inventory,
    },
    metrics::series::{Group, Series},
};

/// Seconds since 1970 of numbers that can be times of our day: 2001 to 2100.
const SECONDS: std::ops::Range<f64> = 1e9..4.1e9;

/// What orders the values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// Times that stand in the rows.
    Rows,
    /// When the files were modified, then the line.
    Files,
    /// The line alone: one file.
    #[default]
    Lines,
}

impl Clock {
    /// As printed and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rows => "time in the rows",
            Self::Files => "modification of the files",
            Self::Lines => "lines of the file",
        }
    }
}

/// A value in its place.
#[derive(Clone, Debug)]
pub struct Point {
    pub number: f64,
    pub path: Arc<str>,
    pub line: u32,
    pub row: u32,
    pub at_ns: Option<i128>,
    pub group: Arc<Group>,
}

impl Point {
    /// Where it stands.
    pub fn place(&self) -> Place {
        Place { path: Arc::clone(&self.path), line: self.line, row: self.row, at_ns: self.at_ns }
    }
}

/// The values in order.
#[derive(Debug)]
pub struct Ordered {
    pub points: Vec<Point>,
    pub clock: Clock,
    pub cold: u64,
    pub thinned: u64,
}

/// Puts them in order: warm ones, unless all are cold.
pub fn of(series: &Series, inventory: &Inventory) -> Ordered {
    let mut known: BTreeMap<u32, HashMap<(u32, u32), i128>> = BTreeMap::new();
    for (index, path) in series.files.iter().enumerate() {
        if let Some(file) = inventory.get(path) {
            known.insert(index as u32, times(&file.document));
        }
    }
    let has_warm = series.values.iter().any(|value| !value.is_cold);
    let mut points: Vec<(u32, Point)> = Vec::new();
    for value in series.values.iter().filter(|value| !(has_warm && value.is_cold)) {
        let Some(path) = series.files.get(value.file as usize) else { continue };
        let at_ns = known.get(&value.file).and_then(|times| times.get(&(value.line, value.row))).copied();
        let (path, group) = (Arc::clone(path), Arc::clone(value.group));
        points.push((
            value.file,
            Point { number: value.number, path, line: value.line, row: value.row, at_ns, group },
        ));
    }
    let cold = (series.values.len() - points.len()) as u64;
    let modified: Vec<i128> = series
        .files
        .iter()
        .map(|path| inventory.get(path).map_or(0, |file| file.stamp.modified_ns))
        .collect();
    let is_timed = !points.is_empty() && points.iter().all(|(_, point)| point.at_ns.is_some());
    let has_files = points.iter().any(|(file, _)| *file != points[0].0);
    let clock = match (is_timed, has_files) {
        (true, _) => Clock::Rows,
        (false, true) => Clock::Files,
        (false, false) => Clock::Lines,
    };
    points.sort_by(|(file, a), (other, b)| {
        let time = |file: u32, point: &Point| match clock {
            Clock::Rows => point.at_ns.unwrap_or_default(),
            Clock::Files | Clock::Lines => modified.get(file as usize).copied().unwrap_or_default(),
        };
        time(*file, a)
            .cmp(&time(*other, b))
            .then_with(|| (&a.path, a.line, a.row).cmp(&(&b.path, b.line, b.row)))
    });
    let step = points.len().div_ceil(MAX_VALUES).max(1);
    let whole = points.len();
    let points: Vec<Point> = points.into_iter().step_by(step).map(|(_, point)| point).collect();
    let thinned = (whole - points.len()) as u64;
    Ordered { points, clock, cold, thinned }
}

/// The times of a document's rows, nanoseconds since 1970, by line and row. Two tables that
/// share a line and row and disagree give none.
pub fn times(document: &Document) -> HashMap<(u32, u32), i128> {
    let mut found: HashMap<(u32, u32), Option<i128>> = HashMap::new();
    for table in &document.tables {
        let Some(column) = time_column(table) else { continue };
        for (row, (cell, line)) in column.cells.iter().zip(table.row_lines.iter()).enumerate() {
            let at = time(cell);
            let known = found.entry((line, row as u32)).or_insert(at);
            if *known != at {
                *known = None;
            }
        }
    }
    found.into_iter().filter_map(|(place, at)| Some((place, at?))).collect()
}

/// The column whose name says that it holds times and whose cells do.
fn time_column(table: &Table) -> Option<&Column> {
    let is_named = |column: &&Column| {
        let words = field::words(field::leaf(&column.name));
        let says_time = words.split(' ').any(|word| {
            matches!(
                word,
                "timestamp" | "time" | "datetime" | "date" | "created" | "started" | "start" | "ts" | "at"
            )
        });
        says_time && field::role(&column.name) == Some(Role::Identifier) || words == "ts" || words == "unix"
    };
    let holds_times = |column: &&Column| {
        let mut any = column.cells.iter().filter(|cell| *cell != CellRef::Missing).peekable();
        any.peek().is_some() && any.all(|cell| time(cell).is_some())
    };
    table.columns.iter().filter(is_named).find(holds_times)
}

/// A time as text (RFC 3339, or without a zone) or as a number of seconds, milliseconds,
/// microseconds or nanoseconds since 1970.
fn time(cell: CellRef<'_>) -> Option<i128> {
    match cell {
        CellRef::Text(text) => {
            let text = text.trim();
            let stamp = text.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_nanosecond);
            // Without a zone: rows of one file share theirs, and only their order matters.
            let local = || {
                let civil = text.parse::<jiff::civil::DateTime>().ok()?;
                civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_nanosecond())
            };
            stamp.ok().or_else(local)
        }
        CellRef::Number(number) => {
            let scale = [1.0, 1e3, 1e6, 1e9].into_iter().find(|scale| SECONDS.contains(&(number / scale)))?;
            Some((number / scale * 1e9) as i128)
        }
        CellRef::Bool(_) | CellRef::Missing => None,
    }
}
