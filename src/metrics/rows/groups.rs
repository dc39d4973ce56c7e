//! The configuration of each row: its dimensions, shared by the rows that have the same.

use std::{collections::HashMap, sync::Arc};

use super::{Class, Group};
use crate::ingest::{
    cells::{CellRef, Cells},
    field,
    file::{Document, Table},
};

/// A dimension of a table and where its values come from: the first of the columns that
/// has one, or what holds for the whole table.
struct Dimension {
    name: Arc<str>,
    columns: Vec<usize>,
    fixed: Option<Arc<str>>,
}

/// All dimensions of each row.
pub(super) fn of(table: &Table, classes: &[Class], document: &Document) -> Vec<Arc<Group>> {
    let dimensions = dimensions(table, classes, document);
    let columns: Vec<&Cells> = dimensions
        .iter()
        .flat_map(|dimension| &dimension.columns)
        .map(|&index| &table.columns[index].cells)
        .collect();
    // Numbers are printed once; a sweep has a handful of them in thousands of rows.
    let mut printed: HashMap<u64, Arc<str>> = HashMap::new();
    let mut known: HashMap<Group, Arc<Group>> = HashMap::new();
    let mut groups: Vec<Arc<Group>> = Vec::with_capacity(table.rows());
    for row in 0..table.rows() {
        // Runs of one configuration stand together nearly always.
        let is_same = row > 0 && columns.iter().all(|cells| cells.get(row) == cells.get(row - 1));
        let group = match groups.last().filter(|_| is_same) {
            Some(before) => Arc::clone(before),
            None => shared(group(table, &dimensions, row, &mut printed), &mut known),
        };
        groups.push(group);
    }
    groups
}

fn shared(group: Group, known: &mut HashMap<Group, Arc<Group>>) -> Arc<Group> {
    if let Some(shared) = known.get(&group) {
        return Arc::clone(shared);
    }
    let shared = Arc::new(group.clone());
    known.insert(group, Arc::clone(&shared));
    shared
}

fn group(table: &Table, dimensions: &[Dimension], row: usize, printed: &mut HashMap<u64, Arc<str>>) -> Group {
    let mut pairs = Vec::with_capacity(dimensions.len());
    for dimension in dimensions {
        let own = dimension.columns.iter().find_map(|&index| match table.columns[index].cells.get(row) {
            CellRef::Number(number) => {
                let text = printed.entry(number.to_bits()).or_insert_with(|| number.to_string().into());
                Some(Arc::clone(text))
            }
            other => label(other),
        });
        if let Some(value) = own.or_else(|| dimension.fixed.clone()) {
            pairs.push((Arc::clone(&dimension.name), value));
        }
    }
    Group(pairs)
}

/// The dimensions of a table by name: columns before enclosing objects before the file's
/// name; of columns the least nested, then the best known spelling.
fn dimensions(table: &Table, classes: &[Class], document: &Document) -> Vec<Dimension> {
    let mut columns: Vec<(Arc<str>, (usize, usize, usize))> = Vec::new();
    for (index, (column, class)) in table.columns.iter().zip(classes).enumerate() {
        let Class::Dimension(name) = class else { continue };
        if column.cells.is_hollow() {
            continue;
        }
        let is_outer = usize::from(column.name.starts_with("../")) * 100;
        let depth = column.name.matches('.').count() + is_outer;
        let priority = field::dimension(&column.name).map_or(0, |(_, priority)| priority);
        columns.push((Arc::clone(name), (depth, priority, index)));
    }
    columns.sort();
    let mut found: Vec<Dimension> = Vec::new();
    for (name, (_, _, index)) in columns {
        match found.last_mut().filter(|last| last.name == name) {
            Some(last) => last.columns.push(index),
            None => found.push(Dimension { name, columns: vec![index], fixed: None }),
        }
    }
    for (name, cell) in &table.context {
        let Some((dimension, _)) = field::dimension(name) else { continue };
        if let Some(value) = label(cell.see()) {
            add_fixed(&mut found, &dimension, &value);
        }
    }
    let has_model = found.iter().any(|dimension| &*dimension.name == "model");
    for (name, value) in document.name_dimensions.iter().filter(|_| !has_model) {
        add_fixed(&mut found, name, value);
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// The first to say what holds for the whole table is right.
fn add_fixed(found: &mut Vec<Dimension>, name: &Arc<str>, value: &Arc<str>) {
    match found.iter_mut().find(|dimension| dimension.name == *name) {
        Some(known) => {
            known.fixed.get_or_insert_with(|| Arc::clone(value));
        }
        None => {
            found.push(Dimension {
                name: Arc::clone(name),
                columns: Vec::new(),
                fixed: Some(Arc::clone(value)),
            });
        }
    }
}

/// A value as the name of a configuration.
fn label(cell: CellRef<'_>) -> Option<Arc<str>> {
    match cell {
        CellRef::Text(text) => Some(text.into()),
        CellRef::Number(number) => Some(number.to_string().into()),
        CellRef::Bool(truth) => Some(if truth { "true".into() } else { "false".into() }),
        CellRef::Missing => None,
    }
}
