//! The configuration of each row: its dimensions, shared by the rows that have the same.

use std::{collections::HashSet, rc::Rc, sync::Arc};

use super::{Group, schema::Schema};
use crate::{
    ingest::{
        cells::{CellRef, FastMap, Slot},
        field,
        file::{Document, Table},
    },
    metrics::shared::{self, MAX_TEXT, Word},
};

/// So many configurations are looked through; those of more have a map.
const FEW: usize = 8;

/// A dimension of a table and where its values come from: the first of the columns that
/// has one, or what holds for the whole table.
struct Dimension {
    name: Arc<str>,
    columns: Rc<[usize]>,
    fixed: Option<(Arc<str>, Option<Word>)>,
    /// The text met last, which mostly comes again, its column and its word.
    last: Option<(usize, Slot, Word)>,
}

/// The configurations of a table's rows.
#[derive(Debug, Default)]
pub struct Groups {
    list: Vec<Arc<Group>>,
    of_row: Vec<u32>,
}

impl Groups {
    /// All dimensions of a row.
    pub fn get(&self, row: usize) -> &Arc<Group> {
        &self.list[self.of_row[row] as usize]
    }
    /// Each configuration once, in the order of their first rows.
    pub fn list(&self) -> &[Arc<Group>] {
        &self.list
    }
    /// Which of the list each row has.
    pub fn of_row(&self) -> &[u32] {
        &self.of_row
    }

    /// Adds a row; equal configurations are one allocation.
    fn push(&mut self, group: Arc<Group>, numbers: &mut FastMap<usize, u32>) {
        let next = self.list.len() as u32;
        let number = if self.list.len() <= FEW {
            let known = self.list.iter().position(|known| Arc::ptr_eq(known, &group));
            known.map_or(next, |known| known as u32)
        } else {
            let address = |group: &Arc<Group>| Arc::as_ptr(group).addr();
            if numbers.is_empty() {
                numbers.extend(self.list.iter().map(address).zip(0..));
            }
            *numbers.entry(address(&group)).or_insert(next)
        };
        if number == next {
            self.list.push(group);
        }
        self.of_row.push(number);
    }
}

/// All dimensions of each row.
pub(super) fn of(table: &Table, schema: &Schema, document: &Document) -> Groups {
    let mut dimensions = dimensions(table, schema, document);
    let set = shared::set_of(&dimensions.iter().map(|dimension| Arc::clone(&dimension.name)));
    let mut groups = Groups { list: Vec::new(), of_row: Vec::with_capacity(table.rows()) };
    let mut numbers = FastMap::default();
    let mut long = HashSet::new();
    // Equal words tell that rows are of one configuration, without a look at texts.
    let mut words: Vec<Word> = Vec::with_capacity(dimensions.len());
    let mut before: Vec<Word> = Vec::new();
    for row in 0..table.rows() {
        words.clear();
        let is_short = dimensions.iter_mut().all(|dimension| {
            let word = dimension.word(table, row);
            words.extend(word);
            word.is_some()
        });
        match groups.of_row.last() {
            Some(&last) if is_short && words == before => groups.of_row.push(last),
            _ if is_short => {
                let make = || Group(pairs(table, &dimensions, row));
                groups.push(shared::configuration(set, &words, make), &mut numbers);
            }
            // Equal long texts are not equal words.
            _ => {
                words.clear();
                let group = Arc::new(Group(pairs(table, &dimensions, row)));
                let known = long.get(&group).map(Arc::clone);
                let group = known.unwrap_or_else(|| {
                    long.insert(Arc::clone(&group));
                    group
                });
                groups.push(group, &mut numbers);
            }
        }
        std::mem::swap(&mut words, &mut before);
    }
    groups
}

impl Dimension {
    /// What stands for its value in a row; `None` where that is a long text.
    fn word(&mut self, table: &Table, row: usize) -> Option<Word> {
        for &index in &*self.columns {
            let cells = &table.columns[index].cells;
            let slot = cells.slots().get(row).copied().unwrap_or(Slot::MISSING);
            if let Some((.., word)) = self.last.filter(|(of, last, _)| (*of, *last) == (index, slot)) {
                return Some(word);
            }
            let word = match cells.see(slot) {
                CellRef::Missing => continue,
                CellRef::Number(number) => return Some(Word::of_number(number)),
                CellRef::Bool(truth) => Word::of_text(truth_text(truth)),
                CellRef::Text(text) if text.len() > MAX_TEXT => return None,
                CellRef::Text(text) => Word::of_text(text),
            };
            self.last = Some((index, slot, word));
            return Some(word);
        }
        self.fixed.as_ref().map_or(Some(Word::NONE), |(_, word)| *word)
    }
}

/// The dimensions of a row.
fn pairs(table: &Table, dimensions: &[Dimension], row: usize) -> Vec<(Arc<str>, Arc<str>)> {
    let mut pairs = Vec::with_capacity(dimensions.len());
    for dimension in dimensions {
        let own = dimension.columns.iter().find_map(|&index| label(table.columns[index].cells.get(row)));
        if let Some(value) = own.or_else(|| Some(Arc::clone(&dimension.fixed.as_ref()?.0))) {
            pairs.push((Arc::clone(&dimension.name), value));
        }
    }
    pairs
}

/// The dimensions of a table by name: columns before enclosing objects before the file's
/// name.
fn dimensions(table: &Table, schema: &Schema, document: &Document) -> Vec<Dimension> {
    let own = schema.dimensions.iter().map(|(name, columns)| Dimension {
        name: Arc::clone(name),
        columns: Rc::clone(columns),
        fixed: None,
        last: None,
    });
    let mut found: Vec<Dimension> = own.collect();
    let columns = found.len();
    for (name, cell) in &table.context {
        let facts = field::facts(name);
        let Some((dimension, _)) = &facts.dimension else { continue };
        if let Some(value) = label(cell.see()) {
            add_fixed(&mut found, dimension, value);
        }
    }
    let has_model = found.iter().any(|dimension| &*dimension.name == "model");
    for (name, value) in document.name_dimensions.iter().filter(|_| !has_model) {
        add_fixed(&mut found, &shared::text(name), shared::text(value));
    }
    if found.len() > columns {
        found.sort_by(|a, b| a.name.cmp(&b.name));
    }
    found
}

/// The first to say what holds for the whole table is right.
fn add_fixed(found: &mut Vec<Dimension>, name: &Arc<str>, value: Arc<str>) {
    let word = (value.len() <= MAX_TEXT).then(|| Word::of_text(&value));
    match found.iter_mut().find(|dimension| dimension.name == *name) {
        Some(known) => {
            known.fixed.get_or_insert((value, word));
        }
        None => {
            found.push(Dimension {
                name: Arc::clone(name),
                columns: Rc::default(),
                fixed: Some((value, word)),
                last: None,
            });
        }
    }
}

/// A value as the name of a configuration.
fn label(cell: CellRef<'_>) -> Option<Arc<str>> {
    match cell {
        CellRef::Text(text) => Some(shared::text(text)),
        CellRef::Number(number) => Some(shared::printed(number)),
        CellRef::Bool(truth) => Some(shared::text(truth_text(truth))),
        CellRef::Missing => None,
    }
}

fn truth_text(truth: bool) -> &'static str {
    if truth { "true" } else { "false" }
}
