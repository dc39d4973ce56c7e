//! How a document was understood: its tables, what each column is, in which unit it was read
//! and how that was known. Pure.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    cold,
    contribution::Contribution,
    names::{Better, Class, Measure, Metric},
    part::Reason,
    query::symbol_of,
    rows::Rows,
    unit::UnitOrigin,
};
use crate::ingest::{
    cell,
    cells::CellRef,
    field,
    file::{Cell, Column, Document, Rank, Table},
};

/// Values of a column that are kept to be shown.
const SHOWN_VALUES: usize = 6;

/// What a column is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Measured.
    Metric,
    /// Tells configurations apart.
    Dimension,
    /// Ids, times, hosts.
    Identifier,
    /// Free text.
    Text,
    /// Counts and settings that nobody named; repeated from an outer row.
    Other,
}

/// A metric that a column holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Machine name.
    pub metric: String,
    /// The unit the file has, as a symbol; empty for a plain number.
    pub unit_read: String,
    /// The unit of the answer.
    pub unit: String,
    /// How the unit became known.
    pub origin: UnitOrigin,
    /// Which way is good.
    pub better: Option<Better>,
}

/// One column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnShape {
    /// As written.
    pub name: Arc<str>,
    /// What it is.
    pub role: Role,
    /// Name of the dimension, where it is one.
    pub dimension: Option<Arc<str>>,
    /// The metrics in it; several where each row names its own.
    pub readings: Vec<Reading>,
    /// `mean`, `p95`, …: somebody else's summary.
    pub statistic: Option<String>,
    /// Cells that are numbers.
    pub numbers: u64,
    /// Empty ones.
    pub missing: u64,
    /// Numbers that are none (`NaN`, `inf`).
    pub not_finite: u64,
    /// Smallest number, in the file's own unit.
    pub min: Option<f64>,
    /// Largest number, in the file's own unit.
    pub max: Option<f64>,
    /// The first cell that holds something.
    pub example: Option<Cell>,
    /// The first of its different values.
    pub values: Vec<Cell>,
    /// It has other values than those.
    pub has_more_values: bool,
}

/// One table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableShape {
    /// JSON Pointer, empty for a table in text.
    pub pointer: Arc<str>,
    /// Its rows.
    pub rows: u64,
    /// JSON Pointer of its only row, where the table's own stands for several.
    pub only_row: Option<String>,
    /// Measured data or a statement.
    pub rank: Rank,
    /// Rows that say that they failed.
    pub failed: u64,
    /// Rows that say that they only warm up.
    pub warm_up: u64,
    /// Rows that paid for loading.
    pub cold: u64,
    /// Cells of metrics that are left out, by reason.
    pub excluded: Vec<(&'static str, u64)>,
    /// The columns.
    pub columns: Vec<ColumnShape>,
}

/// A document.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Its records.
    pub records: u64,
    /// Its tables.
    pub tables: Vec<TableShape>,
    /// Names of its metrics.
    pub metrics: BTreeSet<String>,
    /// Names of the dimensions of its rows, those of its name and of enclosing objects too.
    pub dimensions: BTreeSet<String>,
}

/// How a document was understood.
pub fn explain(document: &Document) -> Shape {
    let contribution = Contribution::of(document);
    let mut dimensions = BTreeSet::new();
    let tables: Vec<TableShape> = document
        .tables
        .iter()
        .enumerate()
        .map(|(index, table)| table_shape(index, table, document, &contribution, &mut dimensions))
        .collect();
    let metrics = contribution.parts().iter().map(|part| part.key.metric().name().to_owned()).collect();
    Shape { records: document.rows(), tables, metrics, dimensions }
}

fn table_shape(
    index: usize,
    table: &Table,
    document: &Document,
    contribution: &Contribution,
    dimensions: &mut BTreeSet<String>,
) -> TableShape {
    let rows = Rows::of(table, document);
    let groups = rows.groups.list().iter().flat_map(|group| &group.0);
    for (name, _) in groups {
        if !dimensions.contains(&**name) {
            dimensions.insert(name.to_string());
        }
    }
    let parts = || contribution.parts().iter().filter(|part| part.table() as usize == index);
    let mut excluded: Vec<(Reason, u64)> = Vec::new();
    for reason in parts().flat_map(|part| &*part.excluded).map(|(reason, _)| *reason) {
        match excluded.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => excluded.push((reason, 1)),
        }
    }
    excluded.sort_unstable();
    let columns = table.columns.iter().zip(&rows.classes).map(|(column, class)| {
        let mut readings: Vec<Reading> = Vec::new();
        for part in parts().filter(|part| *part.key.field() == column.name) {
            let reading = reading(part.key.metric(), part.unit_origin, column, class);
            if !readings.contains(&reading) {
                readings.push(reading);
            }
        }
        column_shape(column, class, readings)
    });
    TableShape {
        pointer: Arc::clone(&table.pointer),
        rows: table.rows() as u64,
        rank: table.rank,
        only_row: only_row(table),
        failed: count(&rows.failed),
        warm_up: count(&rows.warm_up),
        cold: count(&cold::marks(table, &rows)),
        columns: columns.collect(),
        excluded: excluded.into_iter().map(|(reason, count)| (reason.as_str(), count)).collect(),
    }
}

fn count(marks: &[bool]) -> u64 {
    marks.iter().filter(|is_marked| **is_marked).count() as u64
}

fn only_row(table: &Table) -> Option<String> {
    (table.row_pointers.len() == 1).then(|| table.row_pointers.get(0))
}

fn reading(metric: &Metric, origin: UnitOrigin, column: &Column, class: &Class) -> Reading {
    let tools = column.hint.as_ref().and_then(|hint| hint.unit.as_ref());
    let unit_read = match (class, column.unit.as_ref().or(tools)) {
        (_, Some(written)) => written.to_string(),
        (Class::Metric(Measure { scale, .. }), None) => symbol_of(scale).to_owned(),
        // Each row names its own.
        _ => "by row".to_owned(),
    };
    Reading {
        metric: metric.name().to_owned(),
        unit_read,
        unit: metric.unit().symbol().to_owned(),
        origin,
        better: metric.better(),
    }
}

fn column_shape(column: &Column, class: &Class, readings: Vec<Reading>) -> ColumnShape {
    let mut shape = ColumnShape {
        name: Arc::clone(&column.name),
        role: match class {
            _ if !readings.is_empty() => Role::Metric,
            Class::Dimension(_) => Role::Dimension,
            Class::Identifier => Role::Identifier,
            Class::Text => Role::Text,
            Class::Metric(_) | Class::Other => Role::Other,
        },
        dimension: match class {
            Class::Dimension(name) => Some(Arc::clone(name)),
            _ => None,
        },
        statistic: match class {
            Class::Metric(measure) => measure.statistic.clone(),
            _ if readings.is_empty() => None,
            _ => field::analyse(&column.name).statistic,
        },
        readings,
        numbers: 0,
        missing: 0,
        not_finite: 0,
        min: None,
        max: None,
        example: None,
        values: Vec::new(),
        has_more_values: false,
    };
    for cell in column.cells.iter() {
        match cell {
            CellRef::Number(number) => {
                shape.numbers += 1;
                shape.min = Some(shape.min.map_or(number, |known| known.min(number)));
                shape.max = Some(shape.max.map_or(number, |known| known.max(number)));
            }
            CellRef::Missing => shape.missing += 1,
            CellRef::Text(text) if cell::is_not_finite(text) => shape.not_finite += 1,
            CellRef::Text(_) | CellRef::Bool(_) => {}
        }
        if shape.example.is_none() && cell != CellRef::Missing {
            shape.example = Some(cell.to_cell());
        }
        if cell != CellRef::Missing && !shape.has_more_values && shape.readings.is_empty() {
            let is_known = shape.values.iter().any(|known| known.see() == cell);
            shape.has_more_values = !is_known && shape.values.len() == SHOWN_VALUES;
            if !is_known && !shape.has_more_values {
                shape.values.push(cell.to_cell());
            }
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::ingest::{self, file::Kind};

    #[test]
    fn a_table_is_explained_column_by_column() {
        let text = "model,tokens_s,ttft_s,port,power [W],error\na,10.5,0.5,80,22.5,\nb,,inf,81,30,\nc,0,0,82,1,oom\n";
        let shape = explain(&ingest::parse("a.csv", Kind::Csv, text.as_bytes()));
        assert_eq!((shape.records, shape.tables.len()), (3, 1));
        let table = &shape.tables[0];
        assert_eq!((table.rows, table.failed, table.cold), (3, 1, 0));
        assert_eq!(table.excluded, [("failed", 3), ("empty", 1), ("not finite", 1)]);
        let column = |name: &str| table.columns.iter().find(|column| *column.name == *name).unwrap();
        assert_eq!(column("model").role, Role::Dimension);
        let ttft = column("ttft_s");
        assert_eq!((ttft.role, ttft.numbers, ttft.not_finite, ttft.max), (Role::Metric, 2, 1, Some(0.5)));
        let [reading] = ttft.readings.as_slice() else { panic!("{ttft:?}") };
        assert_eq!((reading.unit_read.as_str(), reading.unit.as_str()), ("s", "ms"));
        assert_eq!((reading.origin, reading.better), (UnitOrigin::Suffix, Some(Better::Lower)));
        let rate = column("tokens_s");
        assert_eq!((rate.missing, rate.min, &rate.example), (1, Some(0.0), &Some(Cell::Number(10.5))));
        assert_eq!(column("power").readings[0].origin, UnitOrigin::Written);
        assert!(matches!(column("port").role, Role::Other | Role::Identifier));
        assert!(shape.dimensions.contains("model") && shape.metrics.contains("ttft"), "{shape:?}");
    }
}
