//! What a table's rows are: which configuration, whether they failed or only warmed up, and
//! what names their units and measures.

mod groups;
mod marks;

use std::{rc::Rc, sync::Arc};

pub use self::marks::is_failure_word;
use super::{
    hint,
    names::{self, Class},
    series::Group,
};
use crate::ingest::{
    cell,
    cells::CellRef,
    field::{self, Facts, RowRole},
    file::{Column, Document, Table},
};

/// A longer text is content, not the name of a configuration.
const MAX_LABEL: usize = 64;

/// The rows of a table, seen from their metrics.
#[derive(Debug)]
pub struct Rows {
    /// What each column is.
    pub classes: Vec<Class>,
    /// All dimensions of each row; rows of one configuration share theirs.
    pub groups: Vec<Arc<Group>>,
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
    /// Reads them.
    pub fn of(table: &Table, document: &Document) -> Self {
        let facts: Vec<Rc<Facts>> = table.columns.iter().map(|column| field::facts(&column.name)).collect();
        let position = |is_meant: fn(&Column, &Facts) -> bool| {
            table.columns.iter().zip(&facts).position(|(column, facts)| is_meant(column, facts))
        };
        let classes: Vec<Class> =
            table.columns.iter().map(|column| hint::class(column).unwrap_or_else(|| class(column))).collect();
        Self {
            groups: groups::of(table, &classes, &facts, document),
            failed: marks::failed(table, &facts),
            warm_up: marks::warm_up(table, &facts),
            unit_column: position(is_unit_column),
            metric_column: if facts.iter().any(|facts| is_value(facts)) {
                position(is_metric_column)
            } else {
                None
            },
            statistic_column: position(is_statistic_column),
            classes,
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

fn class(column: &Column) -> Class {
    if let Some(label) = column.name.strip_prefix("../") {
        // Repeated from the outer element: it is measured there, here it only tells apart.
        return match names::classify(label, None, false, None) {
            Class::Other if is_label(column) => Class::Dimension(label_name(label)),
            Class::Metric(_) | Class::Other => Class::Other,
            other => other,
        };
    }
    let mut highest: Option<f64> = None;
    for cell in column.cells.iter() {
        if let CellRef::Number(number) = cell {
            highest = Some(highest.map_or(number, |known| known.max(number)));
        }
    }
    match names::classify(&column.name, column.unit.as_deref(), highest.is_some(), highest) {
        Class::Other if highest.is_none() && is_label(column) => Class::Dimension(label_name(&column.name)),
        other => other,
    }
}

/// A column of short texts or truths that no list knows tells configurations apart.
fn is_label(column: &Column) -> bool {
    let mut has_any = false;
    for cell in column.cells.iter() {
        match cell {
            CellRef::Text(text) if text.len() > MAX_LABEL || cell::is_not_finite(text) => return false,
            CellRef::Text(_) | CellRef::Bool(_) => has_any = true,
            CellRef::Missing => {}
            CellRef::Number(_) => return false,
        }
    }
    has_any
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

/// Of a long table: values in a row, what they measure named in a column.
fn is_metric_column(column: &Column, facts: &Facts) -> bool {
    facts.rows.has(RowRole::Metric) && column.cells.has_text()
}

fn is_unit_column(column: &Column, facts: &Facts) -> bool {
    let is_unit = |cell: CellRef<'_>| matches!(cell, CellRef::Text(text) if field::is_unit(text));
    facts.rows.has(RowRole::Unit)
        && column.cells.iter().any(is_unit)
        && column
            .cells
            .iter()
            .all(|cell| is_unit(cell) || !matches!(cell, CellRef::Number(_) | CellRef::Bool(_)))
}

/// A column of statistics by name: every filled cell is one.
fn is_statistic_column(column: &Column, facts: &Facts) -> bool {
    let is_one = |cell: CellRef<'_>| match cell {
        CellRef::Text(text) => text.trim().is_empty() || field::is_statistic(&field::words(text)).is_some(),
        CellRef::Missing => true,
        _ => false,
    };
    facts.rows.has(RowRole::Statistic) && column.cells.has_text() && column.cells.iter().all(is_one)
}
