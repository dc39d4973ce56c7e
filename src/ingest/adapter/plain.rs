//! Tables in which no adapter finds anything to do, told by their names and by the kinds of
//! their cells: the same few shapes come with file after file, and a look-up tells them.

use std::{cell::RefCell, hash::Hasher as _, sync::Arc};

use super::{
    super::{
        by_hash::{ByHash, hash_of, is_same_name, write_name},
        file::{Column, Rank, Table},
    },
    nested, structured,
};

/// Wider tables are looked at each time: they hardly come again, and would fill the memory.
const MAX_COLUMNS: usize = 256;

thread_local! {
    static SHAPES: RefCell<ByHash<Shape>> = RefCell::default();
}

/// What a table is told by, and what was found.
struct Shape {
    pointer: Arc<str>,
    columns: Vec<(Arc<str>, Kinds)>,
    is_plain: bool,
}

/// Are there numbers among the cells of a column, and texts?
type Kinds = (bool, bool);

fn kinds(column: &Column) -> Kinds {
    (column.cells.has_number(), column.cells.has_text())
}

/// Does [`super::apply`] leave a table as it is, whatever its cells say?
pub(super) fn is_plain(table: &Table) -> bool {
    let is_odd = |column: &Column| column.hint.is_some();
    if table.rank != Rank::Measured || table.columns.len() > MAX_COLUMNS || table.columns.iter().any(is_odd) {
        return false;
    }
    let hash = hash_of(|hasher| {
        write_name(&table.pointer, hasher);
        for column in &table.columns {
            let (has_number, has_text) = kinds(column);
            write_name(&column.name, hasher);
            hasher.write_u8(u8::from(has_number) | u8::from(has_text) << 1);
        }
    });
    let is_same = |shape: &Shape| {
        shape.columns.len() == table.columns.len()
            && is_same_name(&shape.pointer, &table.pointer)
            && shape
                .columns
                .iter()
                .zip(&table.columns)
                .all(|((name, of), column)| *of == kinds(column) && is_same_name(name, &column.name))
    };
    let make = || Shape {
        pointer: Arc::clone(&table.pointer),
        columns: table.columns.iter().map(|column| (Arc::clone(&column.name), kinds(column))).collect(),
        is_plain: !nested::may_act(table) && !structured::may_be_known(table),
    };
    SHAPES.with_borrow_mut(|shapes| {
        shapes.trim();
        shapes.find(hash, is_same, make).is_plain
    })
}
