//! A table seen row by row: what stands under a key, and what a cell measures.

use std::sync::Arc;

use super::{AnswerUnit, Condition, FailedRows, Query, answer::Taken};
use crate::{
    ingest::{
        cell,
        cells::CellRef,
        field,
        file::{Cell, Column, Document, Rank, Table},
    },
    metrics::{
        cold,
        names::{self, Class},
        part::{Part, Reason},
        rows::Rows,
        series::{Group, Nature},
        unit::{Scale, UnitOrigin},
    },
};

/// Under this name a row's file can be asked for.
const FILE: &str = "file";

/// Where the value of a key comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    /// A column; where its cell is missing, the dimension of this name.
    Column(usize, Option<Arc<str>>),
    Dimension(Arc<str>),
    /// A scalar of an enclosing object.
    Context(usize),
    /// `cold` or `warm`.
    Start,
    File,
    /// No such thing in this table.
    Nothing,
}

/// A cell as it is asked for, and its unit where that is the file's own.
struct Measured {
    number: Result<f64, Reason>,
    written: Option<String>,
}

/// A table with what its rows are.
pub(super) struct View<'a> {
    pub path: &'a Arc<str>,
    pub table: &'a Table,
    pub rows: Rows,
    cold: Vec<bool>,
}

impl<'a> View<'a> {
    /// `parts`: what the document's contribution has of the table.
    pub fn of(path: &'a Arc<str>, document: &Document, table: &'a Table, parts: &[&Part]) -> Self {
        let rows = Rows::of(table, document);
        // Which rows are cold was found out for the contribution.
        let cold = match parts.first() {
            Some(part) => part.places.cold_of(part.table()),
            None => cold::marks(table, &rows),
        };
        View { path, table, rows, cold }
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.table.columns.iter().position(|column| *column.name == *name)
    }

    /// Where a key's values are: the column of exactly this name, a dimension, how the row
    /// started, its file; then the last part of a nested name, what encloses the table, and
    /// the column of a metric of this name.
    pub fn resolve(&self, key: &str) -> Source {
        let columns = || self.table.columns.iter().enumerate();
        if let Some((index, _)) = columns().find(|(_, column)| *column.name == *key) {
            let dimension = match &self.rows.classes[index] {
                Class::Dimension(name) => Some(Arc::clone(name)),
                _ => None,
            };
            return Source::Column(index, dimension);
        }
        if let Some((name, _)) =
            self.rows.groups.list().iter().find_map(|group| group.0.iter().find(|(name, _)| **name == *key))
        {
            return Source::Dimension(Arc::clone(name));
        }
        match key {
            FILE => return Source::File,
            cold::START if self.table.rank == Rank::Measured => return Source::Start,
            _ => {}
        }
        let is_leaf = |name: &str| name.rsplit(['.', '/']).next() == Some(key);
        if let Some((index, _)) = columns().find(|(_, column)| is_leaf(&column.name)) {
            return Source::Column(index, None);
        }
        let context = self.table.context.iter();
        if let Some(index) = context.clone().position(|(name, _)| **name == *key) {
            return Source::Context(index);
        }
        if let Some(index) = context.clone().position(|(name, _)| is_leaf(name)) {
            return Source::Context(index);
        }
        let is_metric =
            |class: &Class| matches!(class, Class::Metric(measure) if measure.metric.name() == key);
        match self.rows.classes.iter().position(is_metric) {
            Some(index) => Source::Column(index, None),
            None => Source::Nothing,
        }
    }

    /// Does a row satisfy a condition on what stands there?
    pub fn holds(&self, condition: &Condition, source: &Source, row: usize) -> bool {
        let missing = || condition.holds(CellRef::Missing, None);
        let dimension =
            |name: &str| self.dimension(row, name).map_or_else(missing, |text| condition.text_holds(text));
        match source {
            Source::Column(index, fallback) => match (self.table.columns[*index].cells.get(row), fallback) {
                (CellRef::Missing, Some(name)) => dimension(name),
                (cell, _) => condition.holds(cell, self.scale(*index, row).as_ref()),
            },
            Source::Dimension(name) => dimension(name),
            Source::Context(index) => condition.holds(see(&self.table.context[*index].1), None),
            Source::Start => condition.text_holds(self.start(row)),
            Source::File => condition.text_holds(self.path),
            Source::Nothing => missing(),
        }
    }

    /// The group of a row by the values of some keys; what is missing is no part of it.
    pub fn group(&self, row: usize, names: &[String], sources: &[Source]) -> Group {
        let mut pairs: Vec<(Arc<str>, Arc<str>)> = names
            .iter()
            .zip(sources)
            .filter_map(|(name, source)| Some((name.trim().into(), self.label(row, source)?)))
            .collect();
        pairs.sort();
        pairs.dedup();
        Group(pairs)
    }

    /// Rows of one configuration have the same.
    pub fn group_address(&self, row: usize) -> usize {
        Arc::as_ptr(self.rows.groups.get(row)).addr()
    }

    /// All dimensions of a row, and how it started where some rows were cold.
    pub fn all_dimensions(&self, row: usize) -> Group {
        if self.cold.is_empty() {
            return Group::clone(self.rows.groups.get(row));
        }
        self.rows.groups.get(row).with(cold::START, self.start(row))
    }

    fn label(&self, row: usize, source: &Source) -> Option<Arc<str>> {
        match source {
            Source::Column(index, fallback) => label(self.table.columns[*index].cells.get(row))
                .or_else(|| self.dimension(row, fallback.as_deref()?).cloned()),
            Source::Dimension(name) => self.dimension(row, name).cloned(),
            Source::Context(index) => label(see(&self.table.context[*index].1)),
            Source::Start => Some(self.start(row).into()),
            Source::File => Some(Arc::clone(self.path)),
            Source::Nothing => None,
        }
    }

    fn dimension(&self, row: usize, name: &str) -> Option<&Arc<str>> {
        self.rows.groups.get(row).get(name)
    }

    fn start(&self, row: usize) -> &'static str {
        if self.is_cold(row) { cold::COLD } else { cold::WARM }
    }

    fn is_cold(&self, row: usize) -> bool {
        self.cold.get(row).is_some_and(|is_cold| *is_cold)
    }

    /// From the unit of a cell to the canonical one, where its column is a metric.
    pub fn scale(&self, column: usize, row: usize) -> Option<Scale> {
        if let Some(unit) = self.row_unit(column, row) {
            return Some(Scale::of(unit));
        }
        if let Class::Metric(measure) = &self.rows.classes[column] {
            return Some(measure.scale.clone());
        }
        let label = self.text(self.rows.metric_column?, row)?;
        names::measure(label, self.table.columns[column].unit.as_deref()).map(|measure| measure.scale)
    }

    /// The unit that a row names for the columns beside it.
    fn row_unit(&self, column: usize, row: usize) -> Option<&str> {
        let at = self.rows.unit_column.filter(|_| self.table.columns[column].unit.is_none())?;
        let follows = super::super::rows::follows_unit_column(&self.table.columns[column].name)
            || self.rows.metric_column.is_some();
        self.text(at, row).filter(|_| follows)
    }

    fn text(&self, column: usize, row: usize) -> Option<&str> {
        match self.table.columns[column].cells.get(row) {
            CellRef::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The cells of a part of a metric's column, in the unit that is asked for.
    pub fn cells_of(&self, part: &Part, column: usize, query: &Query) -> Vec<Taken> {
        let weights = |index: usize| part.weights.as_ref().and_then(|weights| weights.get(index)).copied();
        let numbers = part.numbers.iter().zip(part.rows.iter()).enumerate();
        let numbers = numbers.map(|(index, (number, at))| (at, Ok(*number), weights(index)));
        let excluded = part.excluded.iter().map(|(reason, at)| (*at, Err(*reason), None));
        let unit: Arc<str> = part.key.metric().unit().symbol().into();
        let mut cells: Vec<Taken> = numbers
            .chain(excluded)
            .map(|(at, number, weights)| {
                let row = part.places.row(at) as usize;
                let is_cold = part.is_cold(at);
                let measured = self.measured(number, column, row, query);
                let unit = measured.written.map_or_else(|| Arc::clone(&unit), Arc::from);
                Taken {
                    metric: Some(part.key.metric().clone()),
                    field: Arc::clone(part.key.field()),
                    unit,
                    unit_origin: Some(part.unit_origin),
                    nature: part.key.nature(),
                    group: Arc::default(),
                    number: measured.number,
                    is_failed: self.rows.failed[row],
                    is_cold,
                    weights,
                    row,
                }
            })
            .collect();
        cells.sort_by_key(|cell| cell.row);
        cells
    }

    /// A cell as the query wants it, given its value in the unit of its metric.
    fn measured(&self, number: Result<f64, Reason>, column: usize, row: usize, query: &Query) -> Measured {
        let wants_failed = query.failed == FailedRows::AsWritten && self.rows.failed[row];
        let wants_written = query.unit == AnswerUnit::AsWritten;
        if !wants_failed && !wants_written {
            return Measured { number, written: None };
        }
        let cell = self.table.columns[column].cells.get(row);
        let scale = self.scale(column, row);
        let mut number = number;
        if let Some(scale) = scale.as_ref().filter(|_| wants_failed) {
            number = as_written(cell).map(|number| scale.convert(number));
        }
        if !wants_written {
            return Measured { number, written: None };
        }
        number = number.and_then(|_| as_written(cell));
        Measured { number, written: self.written_unit(column, row, scale.as_ref()) }
    }

    /// A cell of any other column: its number as it stands there.
    pub fn plain(&self, index: usize, row: usize, query: &Query) -> Taken {
        let column = &self.table.columns[index];
        let is_failed = self.rows.failed[row];
        let is_left_out = is_failed && query.failed == FailedRows::LeftOut;
        let statistic = field::analyse(&column.name).statistic;
        let nature = match (self.table.rank, statistic) {
            (Rank::Stated, _) => Nature::Stated,
            (Rank::Measured, Some(_)) => Nature::Summary,
            (Rank::Measured, None) => Nature::Sample,
        };
        let unit = column.unit.as_deref().or_else(|| self.row_unit(index, row));
        Taken {
            metric: None,
            field: Arc::clone(&column.name),
            unit: unit.unwrap_or_default().into(),
            unit_origin: unit.map(|_| UnitOrigin::Written),
            nature,
            group: Arc::default(),
            number: if is_left_out { Err(Reason::Failed) } else { as_written(column.cells.get(row)) },
            is_failed,
            is_cold: nature == Nature::Sample && self.is_cold(row),
            weights: None,
            row,
        }
    }

    /// The unit of a cell as the file has it.
    fn written_unit(&self, column: usize, row: usize, scale: Option<&Scale>) -> Option<String> {
        let column_of = &self.table.columns[column];
        let written = self.row_unit(column, row).or(column_of.unit.as_deref());
        written.map(ToOwned::to_owned).or_else(|| scale.map(|scale| symbol_of(scale).to_owned()))
    }

    /// The columns of a row, as they stand there.
    pub fn cells(&self, row: usize) -> Vec<(Arc<str>, Cell)> {
        let own = |column: &&Column| !column.name.starts_with("../");
        let columns = self.table.columns.iter().filter(own);
        columns.map(|column| (Arc::clone(&column.name), column.cells.get(row).to_cell())).collect()
    }
}

/// The number of a cell in the file's own unit.
pub(super) fn as_written(cell: CellRef<'_>) -> Result<f64, Reason> {
    match cell {
        CellRef::Number(number) if number.is_finite() => Ok(number),
        CellRef::Missing => Err(Reason::Empty),
        CellRef::Number(_) => Err(Reason::NotFinite),
        CellRef::Text(text) if cell::is_not_finite(text) => Err(Reason::NotFinite),
        CellRef::Text(_) | CellRef::Bool(_) => Err(Reason::NotANumber),
    }
}

fn see(cell: &Cell) -> CellRef<'_> {
    match cell {
        Cell::Missing => CellRef::Missing,
        Cell::Number(number) => CellRef::Number(*number),
        Cell::Text(text) => CellRef::Text(text),
        Cell::Bool(truth) => CellRef::Bool(*truth),
    }
}

fn label(cell: CellRef<'_>) -> Option<Arc<str>> {
    match cell {
        CellRef::Text(text) => Some(text.into()),
        CellRef::Number(number) => Some(number.to_string().into()),
        CellRef::Bool(truth) => Some(truth.to_string().into()),
        CellRef::Missing => None,
    }
}

/// The symbol of the unit that a scale converts from.
pub(in crate::metrics) fn symbol_of(scale: &Scale) -> &str {
    const WRITTEN: [&str; 15] =
        ["s", "ms", "us", "ns", "min", "h", "B", "KiB", "MiB", "GiB", "mW", "W", "kW", "s/token", "us/token"];
    let is_it = |symbol: &&&str| {
        let known = Scale::of(symbol);
        known.unit == scale.unit && (known.factor - scale.factor).abs() <= scale.factor.abs() * 1e-12
    };
    WRITTEN.iter().find(is_it).copied().unwrap_or_else(|| scale.unit.symbol())
}
