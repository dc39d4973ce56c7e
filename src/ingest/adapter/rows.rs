//! Columns made of others, and rows of columns, as a tool's adapter asks for.

use std::sync::Arc;

use super::{
    super::{
        cells::CellRef,
        file::{Cell, Column, Hint, Table},
        places::{Lines, Pointers},
    },
    spec::{DeriveSpec, MeltSpec, PlaceSpec},
    structured::{MAX_CELLS, column, shell},
};

/// Gives rows the keys and indices on the way to them: where a list holds values of several
/// kinds, its index says which.
pub(super) fn add_places(spec: &PlaceSpec, table: &mut Table) {
    if table.rows().saturating_mul(spec.parts.len()) > MAX_CELLS {
        return;
    }
    let mut found: Vec<Vec<Cell>> = vec![Vec::new(); spec.parts.len()];
    for row in 0..table.rows() {
        let own = (!table.row_pointers.is_empty()).then(|| table.row_pointers.get(row));
        let pointer = own.as_deref().unwrap_or(&table.pointer);
        let mut keys = pointer.split('/').skip(1);
        for cells in &mut found {
            let key = keys.next().map(|key| key.replace("~1", "/").replace("~0", "~"));
            cells.push(key.map_or(Cell::Missing, |key| Cell::Text(key.as_str().into())));
        }
    }
    for (name, cells) in spec.parts.iter().zip(found).filter(|(name, _)| !name.is_empty()) {
        table.columns.push(Column { name: name.as_str().into(), cells: cells.into(), ..Column::default() });
    }
}

/// Columns that are named by a number hold like samples (forks and their iterations): each
/// cell becomes a row.
pub(super) fn gather(melt: &MeltSpec, table: &mut Table) {
    let is_number = |column: &Column| column.name.bytes().all(|byte| byte.is_ascii_digit());
    let numbered: Vec<usize> =
        (0..table.columns.len()).filter(|&index| is_number(&table.columns[index])).collect();
    let others: Vec<usize> = (0..table.columns.len()).filter(|index| !numbered.contains(index)).collect();
    let size = table.rows().saturating_mul(numbered.len()).saturating_mul(others.len() + 1);
    if numbered.is_empty() || size > MAX_CELLS {
        return;
    }
    let mut rows: Vec<usize> = Vec::new();
    let mut samples: Vec<Cell> = Vec::new();
    let (mut pointers, mut lines) = (Pointers::default(), Lines::default());
    for row in 0..table.rows() {
        for &index in &numbered {
            let source = &table.columns[index];
            let cell = source.cells.get(row);
            if cell == CellRef::Missing {
                continue;
            }
            samples.push(cell.to_cell());
            rows.push(row);
            if !table.row_pointers.is_empty() {
                pointers.push(&format!("{}/{}", table.row_pointers.get(row), source.name), None);
            }
            lines.push(table.row_lines.get(row));
        }
    }
    let mut columns: Vec<Column> = others
        .iter()
        .map(|&index| &table.columns[index])
        .map(|column| Column { cells: column.cells.pick(&rows), ..shell(column) })
        .collect();
    columns.push(Column { name: melt.into.as_str().into(), cells: samples.into(), ..Column::default() });
    table.columns = columns;
    table.row_pointers = pointers;
    table.row_lines = lines;
}

/// Adds a quotient that the tool's own manual defines; its name says what it is made of.
pub(super) fn derived(spec: &DeriveSpec, table: &mut Table) {
    let name = format!("{} / {}", spec.of, spec.by);
    let (Some(of), Some(by), None) = (column(table, &spec.of), column(table, &spec.by), column(table, &name))
    else {
        return;
    };
    let quotient = |(of, by): (CellRef<'_>, CellRef<'_>)| match (of, by) {
        (CellRef::Number(of), CellRef::Number(by)) if by > 0.0 => Cell::Number(of / by * spec.factor),
        _ => Cell::Missing,
    };
    let cells = of.cells.iter().zip(by.cells.iter()).map(quotient).collect();
    let hint = Hint {
        name: Some(spec.name.as_str().into()),
        unit: Some(spec.unit.as_str().into()),
        ..Hint::default()
    };
    table.columns.push(Column { name: name.into(), unit: None, cells, hint: Some(Arc::new(hint)) });
}
