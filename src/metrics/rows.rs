//! What a table's rows are: which configuration, whether they failed or only warmed up, and
//! what names their units and measures.

mod groups;
mod marks;
mod schema;

use std::{ops::Deref, rc::Rc, sync::Arc};

use self::schema::Schema;
pub use self::{
    groups::Groups,
    marks::{failed_row, is_failure_word},
};
use super::{names::Class, series::Group};
use crate::ingest::{
    cell,
    cells::CellRef,
    field::{self, Facts, RowRole},
    file::{Column, Document, HintRole, Table},
};

/// A longer text is content, not the name of a configuration.
const MAX_LABEL: usize = 64;

/// The rows of a table, seen from their metrics.
#[derive(Debug)]
pub struct Rows {
    schema: Rc<Schema>,
    /// All dimensions of each row.
    pub groups: Groups,
    /// The row says that it failed.
    pub failed: Vec<bool>,
    /// The row says that it only warms up.
    pub warm_up: Vec<bool>,
    /// The column that names the unit of others (`time_unit`), by row.
    pub unit_column: Option<usize>,
    /// The column that names what its row measures (`metric`), with a value beside it.
    pub metric_column: Option<usize>,
    /// The column that names the summary that its row is (`mean`, `stddev`); a row with an
    /// empty cell there is a sample.
    pub statistic_column: Option<usize>,
}

impl Rows {
    /// Reads them where a column of the table can hold measured numbers. Most tables of a JSON
    /// file are nothing but settings, and their rows need no look.
    pub fn measured(table: &Table, document: &Document) -> Option<Self> {
        let schema = Schema::of(table);
        let is_metric = |(class, column): (&Class, &Column)| {
            matches!(class, Class::Metric(_)) && (column.cells.has_number() || column.cells.is_hollow())
        };
        let may_be =
            schema.telling.iter().any(|(_, roles)| roles.has(RowRole::Unit) || roles.has(RowRole::Metric))
                || schema.classes.iter().zip(&table.columns).any(is_metric);
        may_be.then(|| Self::with(schema, table, document))
    }

    /// Reads them.
    pub fn of(table: &Table, document: &Document) -> Self {
        Self::with(Schema::of(table), table, document)
    }

    fn with(schema: Rc<Schema>, table: &Table, document: &Document) -> Self {
        let columns = &table.columns;
        let has_value = || schema.facts.iter().any(|facts| is_value(facts));
        let metric_column = schema.telling(RowRole::Metric, |index| {
            is_open(&columns[index]) && columns[index].cells.has_text() && has_value()
        });
        Self {
            groups: groups::of(table, &schema, document),
            failed: marks::failed(table, &schema),
            warm_up: marks::warm_up(table, &schema),
            unit_column: schema
                .telling(RowRole::Unit, |index| is_open(&columns[index]) && is_unit_column(&columns[index])),
            metric_column,
            statistic_column: schema
                .telling(RowRole::Statistic, |index| is_statistic_column(&columns[index])),
            schema,
        }
    }

    /// The summary that a row says it is.
    pub fn statistic<'t>(&self, table: &'t Table, row: usize) -> Option<&'t str> {
        match table.columns.get(self.statistic_column?)?.cells.get(row) {
            CellRef::Text(text) if !text.trim().is_empty() => Some(text),
            _ => None,
        }
    }
}

/// Which rows of a table say that they failed.
pub fn failed_rows(table: &Table) -> Vec<bool> {
    marks::failed(table, &Schema::of(table))
}

/// What the columns are, by their names and units.
impl Deref for Rows {
    type Target = Schema;
    fn deref(&self) -> &Schema {
        &self.schema
    }
}

/// A detail of a tool names neither the unit nor the metric of its row.
fn is_open(column: &Column) -> bool {
    column.hint.as_ref().is_none_or(|hint| hint.role != Some(HintRole::Detail))
}

/// A column of short texts or truths that no list knows tells configurations apart; moments
/// are all different and tell nothing.
fn is_label(column: &Column) -> bool {
    let mut has_any = false;
    for cell in column.cells.iter() {
        match cell {
            CellRef::Text(text) if text.len() > MAX_LABEL || cell::is_not_finite(text) => return false,
            CellRef::Text(text) => has_any |= !is_moment(text),
            CellRef::Bool(_) => has_any = true,
            CellRef::Missing => {}
            CellRef::Number(_) => return false,
        }
    }
    has_any
}

/// `2024-06-10 06:13:20`, with whatever is between and behind.
fn is_moment(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is = |at: usize, marks: &[u8]| bytes.get(at).is_some_and(|byte| marks.contains(byte));
    bytes.len() >= 16
        && (0..4).chain(5..7).chain(8..10).chain(11..13).all(is_digit)
        && is(4, b"-/")
        && is(7, b"-/")
        && is(10, b" T")
        && is(13, b":")
}

fn label_name(name: &str) -> Arc<str> {
    field::words(field::leaf(name)).replace(' ', "_").into()
}

/// Does a column of this name hold whatever its row names? A statistic of it (`p95`) does too.
pub fn is_value_column(name: &str) -> bool {
    is_value(&field::facts(name))
}

fn is_value(facts: &Facts) -> bool {
    facts.rows.has(RowRole::Value) || facts.statistic.is_some()
}

/// Does a column of this name go by the unit that stands in its row?
pub fn follows_unit_column(name: &str) -> bool {
    field::facts(name).follows_unit
}

/// The column that names the unit of others: every filled cell is one.
fn is_unit_column(column: &Column) -> bool {
    let is_unit = |cell: CellRef<'_>| matches!(cell, CellRef::Text(text) if field::is_unit(text));
    column.cells.iter().any(is_unit)
        && column
            .cells
            .iter()
            .all(|cell| is_unit(cell) || !matches!(cell, CellRef::Number(_) | CellRef::Bool(_)))
}

/// A column of statistics by name: every filled cell is one.
fn is_statistic_column(column: &Column) -> bool {
    let is_one = |cell: CellRef<'_>| match cell {
        CellRef::Text(text) => text.trim().is_empty() || field::is_statistic(&field::words(text)).is_some(),
        CellRef::Missing => true,
        _ => false,
    };
    column.cells.has_text() && column.cells.iter().all(is_one)
}
