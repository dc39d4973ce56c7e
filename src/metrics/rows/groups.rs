//! The configuration of each row: its dimensions, shared by the rows that have the same.

use std::{collections::HashSet, hash::Hash as _, rc::Rc, sync::Arc};

use super::{Class, Group};
use crate::{
    ingest::{
        cells::{CellRef, Slot},
        field::{self, Facts},
        file::{Document, Table},
    },
    metrics::shared::{self, ByHash, MAX_TEXT},
};

/// A dimension of a table and where its values come from: the first of the columns that
/// has one, or what holds for the whole table.
struct Dimension {
    name: Arc<str>,
    columns: Vec<usize>,
    fixed: Option<Arc<str>>,
}

/// All dimensions of each row.
pub(super) fn of(
    table: &Table,
    classes: &[Class],
    facts: &[Rc<Facts>],
    document: &Document,
) -> Vec<Arc<Group>> {
    let dimensions = dimensions(table, classes, facts, document);
    let columns: Vec<&[Slot]> = dimensions
        .iter()
        .flat_map(|dimension| &dimension.columns)
        .map(|&index| table.columns[index].cells.slots())
        .collect();
    // Equal cells tell that rows are of one configuration, without a look at texts.
    let is_same = |one: usize, other: usize| columns.iter().all(|slots| slots.get(one) == slots.get(other));
    let mut known: ByHash<(usize, Arc<Group>)> = ByHash::default();
    let mut long = HashSet::new();
    let mut pairs = Vec::with_capacity(dimensions.len());
    let mut groups: Vec<Arc<Group>> = Vec::with_capacity(table.rows());
    for row in 0..table.rows() {
        // Runs of one configuration stand together nearly always.
        let group = match (groups.last(), groups.first()) {
            (Some(last), _) if is_same(row, row - 1) => Arc::clone(last),
            (_, Some(first)) if is_same(row, 0) => Arc::clone(first),
            (None, _) => group(table, &dimensions, row, &mut pairs, &mut long),
            _ => {
                let hash = shared::hash_of(|hasher| {
                    for slots in &columns {
                        slots.get(row).hash(hasher);
                    }
                });
                let make = || (row, group(table, &dimensions, row, &mut pairs, &mut long));
                Arc::clone(&known.find(hash, |(first, _)| is_same(row, *first), make).1)
            }
        };
        groups.push(group);
    }
    groups
}

/// The dimensions of a row. Equal long texts are not equal cells: `long` holds their groups.
fn group(
    table: &Table,
    dimensions: &[Dimension],
    row: usize,
    pairs: &mut Vec<(Arc<str>, Arc<str>)>,
    long: &mut HashSet<Arc<Group>>,
) -> Arc<Group> {
    pairs.clear();
    for dimension in dimensions {
        let own = dimension.columns.iter().find_map(|&index| label(table.columns[index].cells.get(row)));
        if let Some(value) = own.or_else(|| dimension.fixed.clone()) {
            pairs.push((Arc::clone(&dimension.name), value));
        }
    }
    if pairs.iter().all(|(_, value)| value.len() <= MAX_TEXT) {
        return shared::full_group(pairs);
    }
    let group = Arc::new(Group(pairs.clone()));
    if let Some(known) = long.get(&group) {
        return Arc::clone(known);
    }
    long.insert(Arc::clone(&group));
    group
}

/// The dimensions of a table by name: columns before enclosing objects before the file's
/// name; of columns the least nested, then the best known spelling.
fn dimensions(table: &Table, classes: &[Class], facts: &[Rc<Facts>], document: &Document) -> Vec<Dimension> {
    let mut columns: Vec<(Arc<str>, (usize, usize, usize))> = Vec::new();
    for (index, ((column, class), facts)) in table.columns.iter().zip(classes).zip(facts).enumerate() {
        let Class::Dimension(name) = class else { continue };
        if column.cells.is_hollow() {
            continue;
        }
        let is_outer = usize::from(column.name.starts_with("../")) * 100;
        let depth = column.name.matches('.').count() + is_outer;
        let priority = facts.dimension.as_ref().map_or(0, |(_, priority)| *priority);
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
        CellRef::Text(text) => Some(shared::text(text)),
        CellRef::Number(number) => Some(shared::printed(number)),
        CellRef::Bool(truth) => Some(shared::text(if truth { "true" } else { "false" })),
        CellRef::Missing => None,
    }
}
