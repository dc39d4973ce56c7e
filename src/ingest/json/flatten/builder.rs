//! One table being filled, row by row.

use std::{collections::HashMap, sync::Arc};

use super::{
    super::super::{
        cell::Interner,
        file::{Cell, Column, Rank, Table},
    },
    MAX_CONTEXT, Scope,
};

/// Columns of one table; what is beyond is said, and kept in the file.
pub const MAX_COLUMNS: usize = 200_000;
/// Cells of one table, holes included: a few rows of many names and many rows of few
/// names must not multiply.
const MAX_CELLS: usize = 32 << 20;

/// A table being filled.
pub struct Builder {
    pointer: Arc<str>,
    row_pointers: Vec<Arc<str>>,
    row_lines: Vec<u32>,
    columns: Vec<Column>,
    by_name: HashMap<Arc<str>, usize>,
    /// The column after the last one set: rows mostly repeat the order.
    hint: usize,
    context: Scope,
}

impl Builder {
    /// An empty table.
    pub fn new(pointer: &str, context: &Scope) -> Self {
        let context = context.iter().take(MAX_CONTEXT).cloned().collect();
        Self {
            pointer: Arc::from(pointer),
            row_pointers: Vec::new(),
            row_lines: Vec::new(),
            columns: Vec::new(),
            by_name: HashMap::new(),
            hint: 0,
            context,
        }
    }

    /// Starts a row.
    pub fn row(&mut self, pointer: String, line: u32) {
        self.row_pointers.push(pointer.into());
        self.row_lines.push(line);
        self.hint = 0;
    }

    /// Sets a cell of the last row; `false` when the table cannot take it.
    pub fn set(&mut self, name: &str, cell: Cell, interner: &mut Interner) -> bool {
        let rows = self.row_lines.len();
        let column = if self.columns.get(self.hint).is_some_and(|column| *column.name == *name) {
            self.hint
        } else if let Some(&known) = self.by_name.get(name) {
            known
        } else {
            if self.columns.len() >= MAX_COLUMNS || (self.columns.len() + 1).saturating_mul(rows) > MAX_CELLS
            {
                return matches!(cell, Cell::Missing);
            }
            let shared = interner.get(name);
            self.columns.push(Column { name: Arc::clone(&shared), unit: None, cells: Vec::new() });
            self.by_name.insert(shared, self.columns.len() - 1);
            self.columns.len() - 1
        };
        let cells = &mut self.columns[column].cells;
        if cells.len() < rows {
            cells.resize(rows, Cell::Missing);
        }
        if let Some(last) = cells.last_mut() {
            *last = cell;
        }
        self.hint = column + 1;
        true
    }

    /// The finished table.
    pub fn finish(mut self) -> Table {
        let rows = self.row_lines.len();
        for column in &mut self.columns {
            column.cells.resize(rows, Cell::Missing);
        }
        Table {
            pointer: self.pointer,
            row_pointers: self.row_pointers,
            row_lines: self.row_lines,
            columns: self.columns,
            context: self.context,
            rank: Rank::Measured,
        }
    }
}
