//! One table being filled, row by row.

use std::sync::Arc;

use super::{
    super::super::{
        cell::{Draft, shared},
        cells::{FastMap, Slot, Texts},
        file::{Rank, Table},
        places::{Lines, Pointers},
    },
    MAX_CONTEXT, Scope,
};

/// Columns of one table; what is beyond is said, and kept in the file.
pub const MAX_COLUMNS: usize = 200_000;
/// So many columns are looked through by name; those behind them have a map.
const FEW_COLUMNS: usize = 12;
/// Room for so many columns at the start; most tables have fewer.
const ROOM: usize = 8;
/// Room for so many rows at once; columns of more grow as they come.
const MAX_ROOM: usize = 1024;
/// Cells of one table, holes included: a few rows of many names and many rows of few
/// names must not multiply.
const MAX_CELLS: usize = 32 << 20;

/// A table being filled.
pub struct Builder {
    pointer: Arc<str>,
    row_pointers: Pointers,
    row_lines: Lines,
    columns: Vec<Draft>,
    /// Those behind the first few.
    by_name: FastMap<Arc<str>, usize>,
    /// The column after the last one set: rows mostly repeat the order.
    hint: usize,
    /// Where a row's own columns begin, behind those that repeat what is outside.
    begin: usize,
    /// Rows that are known to come: a new column has room for them.
    room: usize,
    context: Scope,
}

impl Builder {
    /// An empty table.
    pub fn new(pointer: Arc<str>, context: &Scope) -> Self {
        let context = context.iter().take(MAX_CONTEXT).cloned().collect();
        Self {
            pointer,
            row_pointers: Pointers::default(),
            row_lines: Lines::default(),
            columns: Vec::with_capacity(ROOM),
            by_name: FastMap::default(),
            hint: 0,
            begin: 0,
            room: 0,
            context,
        }
    }

    /// Its JSON Pointer.
    pub fn pointer(&self) -> &Arc<str> {
        &self.pointer
    }

    /// So many rows will come next.
    pub fn reserve(&mut self, rows: usize) {
        self.room = (self.row_lines.len() + rows).min(MAX_ROOM);
    }

    /// A row's own columns begin behind the column set last.
    pub fn begin_here(&mut self) {
        self.begin = self.hint;
    }

    /// Sets in all rows what stands in the first of them and is the same in all.
    pub fn repeat(&mut self, same: &[(Arc<str>, Slot)]) {
        let rows = self.row_lines.len();
        for (name, slot) in same {
            if let Some(column) = self.known(name) {
                self.columns[column].slots.resize(rows, *slot);
            }
        }
        self.begin = 0;
    }

    /// Starts a row at a pointer, or at an index behind it.
    pub fn row(&mut self, pointer: &str, index: Option<usize>, line: u32) {
        self.row_pointers.push(pointer, index);
        self.row_lines.push(line);
        self.hint = self.begin;
    }

    /// Sets a cell of the column after the last one set, if that has this nested name.
    pub fn set_next(&mut self, prefix: &str, key: &str, slot: Slot) -> bool {
        let rows = self.row_lines.len();
        let Some(column) = self.columns.get_mut(self.hint) else { return false };
        let is_it = if prefix.is_empty() {
            *column.name == *key
        } else {
            column.name.len() == prefix.len() + 1 + key.len()
                && column.name.ends_with(key)
                && column.name.starts_with(prefix)
                && column.name.as_bytes()[prefix.len()] == b'.'
        };
        if is_it {
            put(&mut column.slots, rows, slot);
            self.hint += 1;
        }
        is_it
    }

    /// Sets a cell of the last row; `false` when the table cannot take it.
    pub fn set(&mut self, name: &str, slot: Slot) -> bool {
        let rows = self.row_lines.len();
        let column = if self.columns.get(self.hint).is_some_and(|column| *column.name == *name) {
            self.hint
        } else if let Some(known) = self.known(name) {
            known
        } else {
            if self.columns.len() >= MAX_COLUMNS || (self.columns.len() + 1).saturating_mul(rows) > MAX_CELLS
            {
                return slot == Slot::MISSING;
            }
            let shared = shared(name);
            let room = if self.columns.len() < FEW_COLUMNS { self.room } else { 0 };
            self.columns.push(Draft {
                name: Arc::clone(&shared),
                unit: None,
                slots: Vec::with_capacity(room),
            });
            if self.columns.len() > FEW_COLUMNS {
                self.by_name.insert(shared, self.columns.len() - 1);
            }
            self.columns.len() - 1
        };
        put(&mut self.columns[column].slots, rows, slot);
        self.hint = column + 1;
        true
    }

    fn known(&self, name: &str) -> Option<usize> {
        let few = &self.columns[..self.columns.len().min(FEW_COLUMNS)];
        few.iter().position(|column| *column.name == *name).or_else(|| self.by_name.get(name).copied())
    }

    /// The finished table.
    pub fn finish(mut self, texts: &Arc<Texts>) -> Table {
        let rows = self.row_lines.len();
        for column in &mut self.columns {
            column.slots.resize(rows, Slot::MISSING);
        }
        Table {
            pointer: self.pointer,
            row_pointers: self.row_pointers,
            row_lines: self.row_lines,
            columns: self.columns.into_iter().map(|column| column.finish(texts)).collect(),
            context: self.context,
            rank: Rank::Measured,
        }
    }
}

/// Sets the cell of the last of so many rows.
fn put(slots: &mut Vec<Slot>, rows: usize, slot: Slot) {
    if slots.len() + 1 == rows {
        slots.push(slot);
        return;
    }
    slots.resize(rows, Slot::MISSING);
    if let Some(last) = slots.last_mut() {
        *last = slot;
    }
}
