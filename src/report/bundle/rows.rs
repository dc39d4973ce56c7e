//! The rows behind the statistics, one by one: where each number stands and how it is
//! written there.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use crate::{
    ingest::{
        cells::CellRef,
        file::{Column, Table},
        inventory::ReportFile,
    },
    metrics::{
        library::Library,
        series::{Series, Value},
    },
    report::{
        record::{Record, SeriesRecord},
        verify::FactChange,
    },
};

/// What writing a number as decimal digits and reading it again may lose, relative.
const SLACK: f64 = 1e-12;

/// The rows of one series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BundledSeries {
    /// The metric.
    pub metric: String,
    /// Unit of the numbers.
    pub unit: String,
    /// What tells its rows from others.
    pub group: Map<String, Json>,
    /// Ids of the facts that are statistics of it.
    pub facts: Vec<String>,
    /// Its rows, by file and line.
    pub rows: Vec<BundledRow>,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BundledRow {
    /// The file.
    pub path: String,
    /// Line in it, counted from 1.
    pub line: u32,
    /// JSON Pointer of the row, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// The column or key.
    pub field: String,
    /// The number as the file has it.
    pub written: Option<f64>,
    /// The number in the series' unit.
    pub number: f64,
}

/// The rows of every series of a record.
pub fn of(record: &Record, library: &Library, files: &[Arc<ReportFile>]) -> Vec<BundledSeries> {
    record.series.iter().map(|recorded| rows(recorded, library, files)).collect()
}

fn rows(recorded: &SeriesRecord, library: &Library, files: &[Arc<ReportFile>]) -> BundledSeries {
    let found = library.series().iter().find(|series| recorded.is_of(series));
    let rows = found.iter().flat_map(|series| series.values.iter().map(|value| row(series, value, files)));
    BundledSeries {
        metric: recorded.metric.clone(),
        unit: recorded.unit.clone(),
        group: recorded.group.clone(),
        facts: recorded.facts.clone(),
        rows: rows.collect(),
    }
}

fn row(series: &Series, value: Value<'_>, files: &[Arc<ReportFile>]) -> BundledRow {
    let path = series.files.get(value.file as usize).map(|path| &**path).unwrap_or_default();
    let file = files.iter().find(|file| *file.path == *path);
    let mut tables = file.iter().flat_map(|file| &file.document.tables);
    let cell = tables.find_map(|table| cell(table, series, value));
    let (written, pointer) = cell.unzip();
    BundledRow {
        path: path.to_owned(),
        line: value.line,
        pointer: pointer.filter(|pointer: &String| !pointer.is_empty()),
        field: series.field.to_string(),
        written,
        number: value.number,
    }
}

/// The number of a value as it is written, when this table holds it.
fn cell(table: &Table, series: &Series, value: Value<'_>) -> Option<(f64, String)> {
    let row = value.row as usize;
    if table.row_lines.get(row) != value.line {
        return None;
    }
    let number = |column: &Column| match column.cells.get(row) {
        CellRef::Number(number) => Some(number),
        _ => None,
    };
    let number = table.columns.iter().filter(|column| column.name == series.field).find_map(number)?;
    Some((number, table.row_pointers.get(row)))
}

impl BundledSeries {
    /// Where these rows are not those computed, the first of them.
    pub fn changes(&self, computed: &Self) -> Option<FactChange> {
        if self == computed {
            return None;
        }
        let at = (0..self.rows.len().max(computed.rows.len()))
            .find(|&at| !is_same(self.rows.get(at), computed.rows.get(at)));
        let row = |series: &Self| match at {
            Some(at) => series.rows.get(at).map_or(Json::Null, |row| json!(row)),
            None => {
                json!({"metric": series.metric, "unit": series.unit, "group": series.group, "facts": series.facts})
            }
        };
        let is_as_read = at.is_none()
            && (&self.metric, &self.unit, &self.group, &self.facts)
                == (&computed.metric, &computed.unit, &computed.group, &computed.facts);
        (!is_as_read).then(|| FactChange {
            id: self.facts.first().or(computed.facts.first()).cloned().unwrap_or_default(),
            name: format!(
                "the rows of {}",
                if self.metric.is_empty() { &computed.metric } else { &self.metric }
            ),
            part: "rows".to_owned(),
            recorded: row(self),
            computed: row(computed),
        })
    }
}

/// Numbers may lose a digit on their way through the file.
fn is_same(one: Option<&BundledRow>, other: Option<&BundledRow>) -> bool {
    let is_near = |one: f64, other: f64| (one - other).abs() <= SLACK * one.abs().max(other.abs());
    match (one, other) {
        (Some(one), Some(other)) => {
            let place =
                |row: &BundledRow| (row.path.clone(), row.line, row.pointer.clone(), row.field.clone());
            let is_written = match (one.written, other.written) {
                (Some(one), Some(other)) => is_near(one, other),
                (one, other) => one.is_none() && other.is_none(),
            };
            place(one) == place(other) && is_near(one.number, other.number) && is_written
        }
        (one, other) => one.is_none() && other.is_none(),
    }
}
