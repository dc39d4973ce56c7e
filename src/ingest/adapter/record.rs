//! From records read out of a text to tables.

use std::{collections::HashMap, sync::Arc};

use super::{
    super::{
        cells::Cells,
        file::{Cell, Column, Hint, Rank, Table},
        places::{Lines, Pointers},
    },
    value::{self, Value},
};

/// One value of a record.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Field {
    pub name: Arc<str>,
    pub cell: Cell,
    pub unit: Option<Arc<str>>,
    /// The unit is not in the text: the tool is known for it.
    pub is_tools: bool,
}

impl Field {
    /// Reads a value as written; `label` leaves numbers as texts, which tell records apart.
    pub fn read(name: &str, text: &str, is_label: bool) -> Self {
        let name = Arc::from(name);
        let text = text.trim();
        let plain = |cell| Self { name: Arc::clone(&name), cell, unit: None, is_tools: false };
        if super::super::cell::is_missing(text) || matches!(text, "ERR!" | "?") {
            return plain(Cell::Missing);
        }
        if is_label {
            return plain(Cell::Text(text.into()));
        }
        match value::read(text) {
            Some(Value { number, unit }) => {
                let unit = unit.map(|unit| if unit == "m" { "min".into() } else { unit.into() });
                Self { name: Arc::clone(&name), cell: Cell::Number(number), unit, is_tools: false }
            }
            None => plain(Cell::Text(text.into())),
        }
    }
}

/// What belongs together: a line, or a block of lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    /// Line of its first field, counted from 1.
    pub line: u32,
    pub fields: Vec<Field>,
}

impl Record {
    /// Takes a field; one that is there already keeps its value.
    pub fn add(&mut self, line: u32, field: Field) {
        if self.fields.is_empty() {
            self.line = line;
        }
        if !self.has(&field.name) {
            self.fields.push(field);
        }
    }
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| *field.name == *name)
    }
    /// Does it say anything beside names?
    pub fn has_number(&self) -> bool {
        self.fields.iter().any(|field| matches!(field.cell, Cell::Number(_)))
    }
}

/// Names of fields, and what their units measure.
type Shape = Vec<(Arc<str>, Option<String>)>;

/// Records with the same fields in units of the same kind are one table: a field that
/// another record has is not missing here.
pub(super) fn tables(records: Vec<Record>) -> Vec<Table> {
    let mut found: Vec<(Table, Vec<Vec<Cell>>)> = Vec::new();
    let mut index_of: HashMap<Shape, usize> = HashMap::new();
    for record in records {
        let shape: Shape = record
            .fields
            .iter()
            .map(|field| {
                let family = field.unit.as_deref().map(|unit| value::family(unit).to_owned());
                (Arc::clone(&field.name), family)
            })
            .collect();
        let at = *index_of.entry(shape).or_insert_with(|| {
            let cells = record.fields.iter().map(|_| Vec::new()).collect();
            found.push((empty(&record), cells));
            found.len() - 1
        });
        let (table, cells) = &mut found[at];
        table.row_lines.push(record.line);
        for ((column, cells), field) in table.columns.iter().zip(cells).zip(record.fields) {
            let to = column.unit.as_deref().or_else(|| column.hint.as_ref()?.unit.as_deref());
            cells.push(match (field.cell, field.unit.as_deref(), to) {
                (Cell::Number(number), Some(from), Some(to)) if from != to => {
                    Cell::Number(value::convert(number, from, to))
                }
                (cell, ..) => cell,
            });
        }
    }
    let finish = |(mut table, cells): (Table, Vec<Vec<Cell>>)| {
        for (column, cells) in table.columns.iter_mut().zip(cells) {
            column.cells = cells.into();
        }
        table
    };
    found.into_iter().map(finish).collect()
}

fn empty(record: &Record) -> Table {
    let column = |field: &Field| {
        let written = field.unit.clone().filter(|_| !field.is_tools);
        let unit = field.unit.clone().filter(|_| field.is_tools);
        let (statistic, name) = percentile(&field.name).unzip();
        let hint = Hint { name, unit, statistic, role: None };
        Column {
            name: Arc::clone(&field.name),
            unit: written,
            cells: Cells::default(),
            hint: (hint != Hint::default()).then(|| Arc::new(hint)),
        }
    };
    Table {
        pointer: "".into(),
        row_pointers: Pointers::default(),
        row_lines: Lines::default(),
        columns: record.fields.iter().map(column).collect(),
        context: Vec::new(),
        rank: Rank::Measured,
    }
}

/// `p99.9_latency` is the 99.9th percentile of `latency`: elsewhere a dot in a name parts
/// an owner from what it owns.
fn percentile(name: &str) -> Option<(Arc<str>, Arc<str>)> {
    let (percent, rest) = name.strip_prefix('p')?.split_once('_')?;
    let is_decimal = percent.contains('.') && percent.parse::<f64>().is_ok();
    is_decimal.then(|| (format!("p{percent}").into(), rest.into()))
}
