//! From the tape to tables.
//!
//! - An array of objects is a table; scalars of objects inside its elements are columns
//!   with names joined by `.`.
//! - An object used as a map is a table too; its keys are a column of their own.
//! - Any other object with scalars is a table of one row.
//! - Arrays of scalars are columns of samples; several of one length side by side are one
//!   table.
//! - Arrays inside the elements of an array are gathered over all elements in one table:
//!   its pointer has `*` for the index, and what tells the outer elements apart is
//!   repeated in columns named `../key`.

mod builder;

use std::{borrow::Cow, sync::Arc};

use super::{
    super::{
        cell::shared,
        cells::{CellRef, FastMap, Slot, Texts},
        field,
        file::{Cell, Table},
        log::Log,
    },
    Scope, shape,
    tape::{Tape, Value},
};
use builder::{Builder, MAX_COLUMNS};

/// Scalars of enclosing objects kept with a table.
const MAX_CONTEXT: usize = 64;
/// Scalars of one enclosing object's members that are kept with a table.
const MAX_SIBLINGS: usize = 24;
/// A longer text does not tell things apart, it is content.
const MAX_LABEL: usize = 80;
/// The same for a known dimension: a model may be given by its path.
const MAX_DIMENSION: usize = 300;
/// Names of labels that are remembered.
const MAX_LABELS: usize = 32;
/// So many tables are looked through by pointer; those behind them have a map.
const FEW_TABLES: usize = 12;
/// A map of more members has names for keys, not a handful of cases to compare.
const MAX_CASES: usize = 64;

/// All tables of a text. `first` records were before those of a root array.
pub fn tables(tape: &Tape<'_>, first: usize, log: &mut Log<'_>) -> Vec<Table> {
    let mut flat = Flat {
        tape,
        texts: Texts::default(),
        tables: Vec::new(),
        by_pattern: FastMap::default(),
        labels: Vec::new(),
        next_label: 0,
        lost: 0,
        first,
    };
    if tape.nodes.is_empty() {
        return Vec::new();
    }
    let root = Place { pattern: String::new(), pointer: String::new() };
    let empty = Scope::new();
    let none = Outer::new();
    match tape.nodes[0].value {
        Value::Object => flat.object(0, &root, &empty, &none, Some("")),
        Value::Array => flat.array(0, "value", &root, &empty, &none),
        _ => {
            let table = flat.table(&root, &empty);
            let cell = flat.cell(0);
            flat.tables[table].row("", None, tape.nodes[0].line);
            flat.set(table, "value", cell);
        }
    }
    if flat.lost > 0 {
        log.loss(
            0,
            format!("{} values are not in a table: more than {MAX_COLUMNS} different names", flat.lost),
        );
    }
    let texts = flat.texts.finish();
    flat.tables.into_iter().map(|table| table.finish(&texts)).collect()
}

/// The scalars of an object, nested ones joined by `.`.
pub fn scalars(tape: &Tape<'_>, node: usize) -> Scope {
    let mut found = Scope::new();
    if tape.nodes.is_empty() || !tape.is_object(node) {
        return found;
    }
    let mut todo = vec![(node, String::new())];
    while let Some((node, prefix)) = todo.pop() {
        for child in tape.children(node) {
            let name = join(&prefix, tape.key(child));
            if tape.is_object(child) {
                todo.push((child, name.into_owned()));
            } else if tape.is_scalar(child) {
                found.push((shared(&name), see(tape, child).to_cell()));
            }
        }
    }
    found
}

/// Where a container stands: with indices, and with `*` for them.
struct Place {
    pattern: String,
    pointer: String,
}

impl Place {
    fn member(&self, key: &str) -> Self {
        let key = escape(key);
        Self { pattern: below(&self.pattern, &key), pointer: below(&self.pointer, &key) }
    }
    fn element(&self, key: &str) -> Self {
        Self { pattern: below(&self.pattern, "*"), pointer: below(&self.pointer, &escape(key)) }
    }
    fn nested(&self, path: &str) -> Self {
        if path.is_empty() {
            return Self { pattern: self.pattern.clone(), pointer: self.pointer.clone() };
        }
        Self { pattern: below(&self.pattern, path), pointer: below(&self.pointer, path) }
    }
    /// A path in an element of an array; empty for the element itself.
    fn in_element(&self, index: usize, path: &str) -> Self {
        let index = index.to_string();
        let mark = if path.is_empty() { "" } else { "/" };
        let place = |start: &str, key: &str| [start, "/", key, mark, path].concat();
        Self { pattern: place(&self.pattern, "*"), pointer: place(&self.pointer, &index) }
    }
}

/// Where a row stands: at a place, or at an index of an array there.
#[derive(Clone, Copy)]
enum Spot<'p> {
    At(&'p Place),
    In(&'p Place, usize),
}

impl Spot<'_> {
    fn nested(self, path: &str) -> Place {
        match self {
            Self::At(place) => place.nested(path),
            Self::In(place, index) => place.in_element(index, path),
        }
    }
}

/// A name that may tell elements apart.
struct Label {
    prefix: Arc<str>,
    key: Arc<str>,
    /// In the rows inside of an element.
    name: Arc<str>,
    is_free: bool,
    is_dimension: bool,
}

/// What tells an outer element from others, for the rows inside it.
type Outer = Vec<(Arc<str>, Slot)>;

struct Flat<'t, 'a> {
    tape: &'t Tape<'a>,
    texts: Texts,
    tables: Vec<Builder>,
    /// Those behind the first few.
    by_pattern: FastMap<Arc<str>, usize>,
    labels: Vec<Label>,
    /// The label after the last one looked up.
    next_label: usize,
    first: usize,
    lost: u64,
}

impl Flat<'_, '_> {
    fn cell(&mut self, node: usize) -> Slot {
        self.texts.cell(see(self.tape, node))
    }

    /// The table for a pattern: elements of one outer array share theirs.
    fn table(&mut self, place: &Place, context: &Scope) -> usize {
        let few = &self.tables[..self.tables.len().min(FEW_TABLES)];
        let known = few.iter().rposition(|table| **table.pointer() == *place.pattern);
        if let Some(known) = known.or_else(|| self.by_pattern.get(place.pattern.as_str()).copied()) {
            return known;
        }
        let index = self.tables.len();
        let table = Builder::new(shared(&place.pattern), context);
        if index >= FEW_TABLES {
            self.by_pattern.insert(Arc::clone(table.pointer()), index);
        }
        self.tables.push(table);
        index
    }

    fn set(&mut self, table: usize, name: &str, cell: Slot) {
        let builder = &mut self.tables[table];
        if !builder.set(name, cell) {
            self.lost += 1;
        }
    }

    /// An object outside of any row.
    /// `case` is the path of keys to it while nothing but objects encloses it: such keys
    /// are data (`{"attention": {"torch": {"mean_ms": …}}}`).
    fn object(&mut self, node: usize, place: &Place, context: &Scope, outer: &Outer, case: Option<&str>) {
        let tape = self.tape;
        let has_scalars = tape.children(node).any(|child| tape.is_scalar(child));
        if has_scalars {
            // One key alone may be a heading (`timing`); a path of them is a name.
            let label = case.filter(|case| case.contains('/')).map(|case| self.texts.slot(case));
            self.single(node, place, context, outer, label);
        }
        if tape.children(node).all(|child| tape.is_scalar(child)) {
            return;
        }
        let inner = self.context_of(node, context);
        let case = case.filter(|_| !has_scalars);
        let is_map = shape::is_map(tape, node);
        if is_map {
            self.map(node, place, &inner, outer, case.unwrap_or_default());
        }
        let side_by_side = shape::columns(tape, node);
        self.columns(&side_by_side, place, &inner, outer);
        for child in tape.children(node) {
            let key = tape.key(child);
            if tape.is_object(child) && !is_map {
                let path = case.map(|case| join_path(case, key));
                self.object(child, &place.member(key), &inner, outer, path.as_deref());
            } else if tape.is_array(child) && !side_by_side.contains(&child) {
                self.array(child, key, &place.member(key), &inner, outer);
            }
        }
    }

    /// A table of one row.
    fn single(&mut self, node: usize, place: &Place, context: &Scope, outer: &Outer, label: Option<Slot>) {
        let tape = self.tape;
        let table = self.table(place, context);
        self.tables[table].row(&place.pointer, None, tape.nodes[node].line);
        self.outer(table, outer);
        for child in tape.children(node).filter(|&child| tape.is_scalar(child)) {
            let cell = self.cell(child);
            self.set(table, tape.key(child), cell);
        }
        let has_own = tape.children(node).any(|child| tape.key(child) == "case");
        if let Some(label) = label.filter(|_| !has_own) {
            self.set(table, "case", label);
        }
    }

    /// An object's scalars, and those of its members, before what encloses it.
    fn context_of(&mut self, node: usize, context: &Scope) -> Scope {
        let tape = self.tape;
        let mut inner = Scope::new();
        for child in tape.children(node).filter(|&child| tape.is_scalar(child)).take(MAX_CONTEXT) {
            let name = shared(tape.key(child));
            inner.push((name, keep(see(tape, child))));
        }
        let siblings = tape.children(node).filter(|&child| tape.is_object(child)).take(MAX_SIBLINGS);
        let mut count = 0;
        for sibling in siblings {
            for child in tape.children(sibling).filter(|&child| tape.is_scalar(child)) {
                if count >= MAX_SIBLINGS {
                    break;
                }
                count += 1;
                let name = shared(&join(tape.key(sibling), tape.key(child)));
                inner.push((name, keep(see(tape, child))));
            }
        }
        inner.extend(context.iter().take(MAX_CONTEXT.saturating_sub(inner.len())).cloned());
        inner
    }

    /// A map: every object member a row, its key in a column.
    fn map(&mut self, node: usize, place: &Place, context: &Scope, outer: &Outer, case: &str) {
        let tape = self.tape;
        let members: Vec<usize> = tape.children(node).filter(|&child| tape.is_object(child)).collect();
        let pattern = Place { pattern: format!("{}/*", place.pattern), pointer: String::new() };
        let table = self.table(&pattern, context);
        let owner = place.pointer.rsplit('/').next().unwrap_or_default();
        let name = key_column(owner, members.len());
        for member in members {
            let key = tape.key(member);
            let element = place.element(key);
            self.tables[table].row(&element.pointer, None, tape.nodes[member].line);
            self.outer(table, outer);
            let label = join_path(case, key);
            // A member that names itself the same way keeps its own name.
            let has_own = tape.children(member).any(|child| tape.key(child) == name);
            let slot = self.texts.slot(&label);
            if !has_own {
                self.set(table, &name, slot);
            }
            self.row(table, member, Spot::At(&element), context, outer, Some((&name, slot)));
        }
    }

    /// Arrays of one length: their elements are cells of the same rows.
    fn columns(&mut self, arrays: &[usize], place: &Place, context: &Scope, outer: &Outer) {
        let Some(&first) = arrays.first() else { return };
        let tape = self.tape;
        let pattern = Place { pattern: format!("{}/*/*", place.pattern), pointer: String::new() };
        let table = self.table(&pattern, context);
        let mut cursors: Vec<_> = arrays.iter().map(|&array| tape.children(array)).collect();
        // `*` stands for the column's name.
        let start = format!("{}/*", place.pointer);
        self.tables[table].reserve(tape.children(first).count());
        for (index, line_of) in tape.children(first).enumerate() {
            self.tables[table].row(&start, Some(index), tape.nodes[line_of].line);
            self.outer_once(table, outer, index == 0);
            for (&array, cursor) in arrays.iter().zip(&mut cursors) {
                if let Some(element) = cursor.next() {
                    let cell = self.cell(element);
                    self.set(table, tape.key(array), cell);
                }
            }
        }
        self.tables[table].repeat(outer);
    }

    /// Repeats what tells the outer element apart.
    fn outer(&mut self, table: usize, outer: &Outer) {
        for (name, slot) in outer {
            self.set(table, name, *slot);
        }
    }

    /// The same for the first of many rows; [`Builder::repeat`] does it for the others.
    fn outer_once(&mut self, table: usize, outer: &Outer, is_first: bool) {
        if is_first {
            self.outer(table, outer);
            self.tables[table].begin_here();
        }
    }

    /// An array: of objects, of rows, or of samples.
    fn array(&mut self, node: usize, key: &str, place: &Place, context: &Scope, outer: &Outer) {
        let tape = self.tape;
        if shape::is_matrix(tape, node) {
            self.matrix(node, place, context, outer);
            return;
        }
        // Found when the first row needs it, so that an empty array is no table.
        let mut table = None;
        let mut is_first = true;
        let first = if node == 0 { self.first } else { 0 };
        for (index, child) in (first..).zip(tape.children(node)) {
            if tape.is_array(child) {
                self.array(child, key, &place.element(&index.to_string()), context, outer);
                continue;
            }
            let table = *table.get_or_insert_with(|| {
                let table = self.table(place, context);
                self.tables[table].reserve(tape.children(node).count());
                table
            });
            self.tables[table].row(&place.pointer, Some(index), tape.nodes[child].line);
            self.outer_once(table, outer, std::mem::take(&mut is_first));
            if tape.is_object(child) {
                self.row(table, child, Spot::In(place, index), context, outer, None);
            } else {
                let cell = self.cell(child);
                self.set(table, key, cell);
            }
        }
        if let Some(table) = table {
            self.tables[table].repeat(outer);
        }
    }

    /// Rows of cells, perhaps under a row of names.
    fn matrix(&mut self, node: usize, place: &Place, context: &Scope, outer: &Outer) {
        let tape = self.tape;
        let table = self.table(place, context);
        let header = shape::header(tape, node);
        let skipped = usize::from(header.is_some());
        for (index, row) in tape.children(node).enumerate().skip(skipped) {
            self.tables[table].row(&place.pointer, Some(index), tape.nodes[row].line);
            self.outer(table, outer);
            for (column, child) in tape.children(row).enumerate() {
                let cell = self.cell(child);
                match header.as_ref().and_then(|names| names.get(column)) {
                    Some(name) => self.set(table, name, cell),
                    None => self.set(table, &column.to_string(), cell),
                }
            }
        }
    }

    /// One element: its scalars are cells, its arrays go to tables over all elements.
    fn row(
        &mut self,
        table: usize,
        node: usize,
        spot: Spot<'_>,
        context: &Scope,
        outer: &Outer,
        label: Option<(&str, Slot)>,
    ) {
        let tape = self.tape;
        let mut nested: Vec<(usize, String, String)> = Vec::new();
        self.cells(table, node, &mut String::new(), &mut String::new(), &mut nested);
        if nested.is_empty() {
            return;
        }
        let mut inner = Outer::new();
        if let Some((name, label)) = label {
            inner.push((shared(&format!("../{name}")), label));
        }
        self.labels(node, "", &mut inner);
        inner.extend(outer.iter().cloned());
        let mut done: Vec<usize> = Vec::new();
        for (child, owner_path, path) in &nested {
            if done.contains(child) {
                continue;
            }
            if tape.is_object(*child) {
                // Stands for the arrays of one length in it.
                let side_by_side = shape::columns(tape, *child);
                if !side_by_side.is_empty() {
                    self.columns(&side_by_side, &spot.nested(owner_path), context, &inner);
                    done.extend(side_by_side);
                }
            } else {
                self.array(*child, tape.key(*child), &spot.nested(path), context, &inner);
            }
        }
    }

    /// Sets the scalars below an element; lists what holds arrays.
    fn cells(
        &mut self,
        table: usize,
        node: usize,
        prefix: &mut String,
        path: &mut String,
        nested: &mut Vec<(usize, String, String)>,
    ) {
        let tape = self.tape;
        let mut has_array = false;
        for child in tape.children(node) {
            let key = tape.key(child);
            match tape.nodes[child].value {
                Value::Object => {
                    let ends = (prefix.len(), path.len());
                    push_part(prefix, '.', key);
                    push_part(path, '/', &escape(key));
                    self.cells(table, child, prefix, path, nested);
                    prefix.truncate(ends.0);
                    path.truncate(ends.1);
                }
                Value::Array => {
                    if !has_array {
                        nested.push((node, path.clone(), path.clone()));
                    }
                    has_array = true;
                    nested.push((child, path.clone(), join_path(path, key)));
                }
                _ => {
                    let cell = self.cell(child);
                    if self.tables[table].set_next(prefix, key, cell) {
                        continue;
                    }
                    let end = prefix.len();
                    push_part(prefix, '.', key);
                    self.set(table, prefix, cell);
                    prefix.truncate(end);
                }
            }
        }
    }

    /// What tells this element from others: dimensions by name, and short texts.
    fn labels(&mut self, node: usize, prefix: &str, labels: &mut Outer) {
        let tape = self.tape;
        for child in tape.children(node) {
            let key = tape.key(child);
            let value = &tape.nodes[child].value;
            if matches!(value, Value::Object) {
                if prefix.is_empty() {
                    self.labels(child, key, labels);
                }
                continue;
            }
            if !tape.is_scalar(child) {
                continue;
            }
            let label = self.label(prefix, key);
            let tells = match value {
                Value::Text(text) if text.len() <= MAX_LABEL && label.is_free => true,
                // A model's path may be long.
                Value::Text(text) => text.len() <= MAX_DIMENSION && label.is_dimension,
                Value::Number(_) | Value::Bool(_) => label.is_dimension,
                _ => false,
            };
            if tells {
                let name = Arc::clone(&label.name);
                let slot = self.cell(child);
                labels.push((name, slot));
            }
        }
    }

    /// What a name of a label is, looked up once a file: elements mostly repeat the order.
    fn label(&mut self, prefix: &str, key: &str) -> &Label {
        let is_it = |label: &Label| &*label.key == key && &*label.prefix == prefix;
        let at = self.next_label;
        let known = if self.labels.get(at).is_some_and(is_it) {
            Some(at)
        } else {
            self.labels.iter().take(MAX_LABELS).position(is_it)
        };
        let at = known.unwrap_or_else(|| {
            let name = join(prefix, key);
            let facts = field::facts(&name);
            // Those that are too many to look through make room for each other.
            self.labels.truncate(MAX_LABELS - 1);
            self.labels.push(Label {
                prefix: shared(prefix),
                key: shared(key),
                name: shared(&format!("../{name}")),
                is_free: facts.role.is_none(),
                is_dimension: facts.dimension.is_some(),
            });
            self.labels.len() - 1
        });
        self.next_label = at + 1;
        &self.labels[at]
    }
}

/// A value of an enclosing object: the same ones come with every file.
fn keep(cell: CellRef<'_>) -> Cell {
    match cell {
        CellRef::Text(text) => Cell::Text(shared(text)),
        cell => cell.to_cell(),
    }
}

/// The name of the column that holds a map's keys.
fn key_column(owner: &str, members: usize) -> String {
    let singular = owner.strip_suffix('s').unwrap_or(owner);
    if field::dimension(singular).is_some() {
        return singular.to_owned();
    }
    if members <= MAX_CASES { "case".to_owned() } else { "name".to_owned() }
}

fn see<'t>(tape: &'t Tape<'_>, node: usize) -> CellRef<'t> {
    match &tape.nodes[node].value {
        Value::Number(number) => CellRef::Number(*number),
        Value::Bool(truth) => CellRef::Bool(*truth),
        Value::Text(text) if super::super::cell::is_missing(text.trim()) => CellRef::Missing,
        Value::Text(text) => CellRef::Text(text),
        _ => CellRef::Missing,
    }
}

/// Adds a part to a name or path.
fn push_part(name: &mut String, mark: char, part: &str) {
    if !name.is_empty() {
        name.push(mark);
    }
    name.push_str(part);
    // A name of its own that reads like one of the enclosing object's would be taken for that.
    if name.starts_with("../") && mark == '.' {
        name.replace_range(2..3, "~1");
    }
}

/// A part behind a pointer.
fn below(pointer: &str, part: &str) -> String {
    let mut below = String::with_capacity(pointer.len() + 1 + part.len());
    below.push_str(pointer);
    below.push('/');
    below.push_str(part);
    below
}

fn join<'k>(prefix: &str, key: &'k str) -> Cow<'k, str> {
    if prefix.is_empty() && !key.starts_with("../") {
        return key.into();
    }
    let mut name = String::with_capacity(prefix.len() + key.len() + 2);
    name.push_str(prefix);
    push_part(&mut name, '.', key);
    name.into()
}

fn join_path(path: &str, key: &str) -> String {
    let key = escape(key);
    if path.is_empty() { key.into_owned() } else { below(path, &key) }
}

/// `~` and `/` inside a name, as JSON Pointer wants them.
fn escape(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) { key.replace('~', "~0").replace('/', "~1").into() } else { key.into() }
}
