//! What a tool's tables mean beyond their names: records of several kinds taken apart, units
//! by row or by tool, whose statistic a column is.

use std::{collections::HashMap, sync::Arc};

use regex::{Captures, Regex};

use super::{
    super::{
        cells::{CellRef, Cells},
        file::{Column, Document, Hint, HintRole, Rank, Table},
        log::Log,
        places::Pointers,
    },
    clean, nested, recognised, rows,
    spec::{self, ColumnSpec, RoleSpec, StructuredPatterns, StructuredSpec},
    take,
    text::Numbered,
};

/// Columns of a table that are looked at to know its tool.
const MAX_PROBED_COLUMNS: usize = 512;
/// Cells of a column that are looked at to know its tool.
const MAX_PROBED_CELLS: usize = 1024;
/// A column of more values is no kind of record.
const MAX_KINDS: usize = 4096;
/// Cells that cutting up or gathering may make at the most.
pub(super) const MAX_CELLS: usize = 32 << 20;

/// Adds to a document's tables what their tool is known for.
pub(super) fn apply(path: &str, document: &mut Document, log: &mut Log<'_>) {
    let adapters = spec::adapters();
    for index in candidates(&document.tables) {
        let adapter = &adapters.structured[index];
        let Some(patterns) = adapter.patterns() else { continue };
        if document.tables.iter().any(|table| is_known(&adapter.spec, patterns, table)) {
            adapt(&adapter.spec, patterns, path, document, log);
        }
    }
}

/// The adapters that a column speaks for, in their order.
fn candidates(tables: &[Table]) -> Vec<usize> {
    let by_column = &spec::adapters().by_column;
    let mut found = Vec::new();
    for table in tables.iter().filter(|table| table.rank == Rank::Measured) {
        for column in table.columns.iter().take(MAX_PROBED_COLUMNS) {
            found.extend(by_column.get(&*column.name).into_iter().flatten());
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// May an adapter know a table with these names, whatever stands in its cells?
pub(super) fn may_be_known(table: &Table) -> bool {
    candidates(std::slice::from_ref(table)).into_iter().any(|index| {
        let adapter = &spec::adapters().structured[index];
        adapter.patterns().is_some_and(|patterns| has_names(&adapter.spec, patterns, table))
    })
}

fn is_known(spec: &StructuredSpec, patterns: &StructuredPatterns, table: &Table) -> bool {
    has_names(spec, patterns, table)
        && patterns.cells.iter().all(|(name, pattern)| has_cell(table, name, pattern))
}

/// Has a table the place and the columns that an adapter wants?
fn has_names(spec: &StructuredSpec, patterns: &StructuredPatterns, table: &Table) -> bool {
    let is_like = |like: &Regex| table.columns.iter().any(|column| like.is_match(&column.name));
    table.rank == Rank::Measured
        && spec.table.as_ref().is_none_or(|pointer| is_at(pointer, table))
        && spec.needs.iter().all(|names| names.split('|').any(|name| column(table, name).is_some()))
        && patterns.like.as_ref().is_none_or(is_like)
}

fn adapt(
    spec: &StructuredSpec,
    patterns: &StructuredPatterns,
    path: &str,
    document: &mut Document,
    log: &mut Log<'_>,
) {
    let name = match &document.adapter {
        Some(before) => format!("{before}, {}", spec.name).into(),
        None => Arc::from(spec.name.as_str()),
    };
    document.adapter = Some(name);
    if depends_on_rows(spec) {
        // More rows may change what the earlier ones mean.
        document.resume = None;
    }
    if let Some(column) = &spec.text_in {
        inner_text(column, document, log);
    }
    if let Some(captures) = patterns.path.as_ref().and_then(|pattern| pattern.captures(path)) {
        let names = patterns.path.iter().flat_map(Regex::capture_names).flatten();
        let found = names.filter_map(|name| Some((name.into(), captures.name(name)?.as_str().into())));
        document.name_dimensions.extend(found);
    }
    for place in &spec.place {
        let meant = document.tables.iter_mut().filter(|table| is_at(&place.table, table));
        meant.for_each(|table| rows::add_places(place, table));
    }
    if let Some(names) = &patterns.numbers {
        let columns = document.tables.iter_mut().flat_map(|table| &mut table.columns);
        let meant = columns.filter(|column| column.cells.has_text() && names.is_match(&column.name));
        meant.for_each(|column| nested::read_numbers(column, log));
    }
    for derive in &spec.derive {
        document.tables.iter_mut().for_each(|table| rows::derived(derive, table));
    }
    for (split, like) in spec.split.iter().zip(&patterns.splits) {
        let is_meant = |table: &Table| split.table.as_ref().is_none_or(|pointer| **pointer == *table.pointer);
        if let Some(by) = &split.by {
            cut_all(document, by, is_meant, |cell| match (cell, like) {
                (CellRef::Text(text), Some(like)) => group_of(like, text),
                (cell, _) => kind(cell),
            });
        }
        if let Some(by) = &split.has {
            cut_all(document, by, is_meant, |cell| {
                if cell == CellRef::Missing { String::new() } else { "=".to_owned() }
            });
        }
    }
    for melt in &spec.melt {
        let meant = document.tables.iter_mut().filter(|table| is_at(&melt.table, table));
        meant.for_each(|table| rows::gather(melt, table));
    }
    for column in &spec.column {
        if let Some(unit) = &column.unit_from {
            cut_all(document, unit, |table| is_meant(column, table), kind);
        }
    }
    let place = Place { path, parts: patterns.path.as_ref().and_then(|pattern| pattern.captures(path)) };
    for table in &mut document.tables {
        hints(spec, patterns, table, &place);
    }
}

/// Where a file lies, and what its adapter's pattern finds in that.
struct Place<'p> {
    path: &'p str,
    parts: Option<Captures<'p>>,
}

/// Does it look at more than the names of columns?
fn depends_on_rows(spec: &StructuredSpec) -> bool {
    let has_operation = !(spec.split.is_empty()
        && spec.melt.is_empty()
        && spec.place.is_empty()
        && spec.derive.is_empty()
        && spec.text_in.is_none()
        && spec.numbers.is_none());
    let looks = |column: &ColumnSpec| {
        let templates = [&column.name, &column.unit, &column.statistic];
        !column.when.is_empty()
            || column.unit_from.is_some()
            || column.zero_is_missing
            || templates.into_iter().flatten().any(|template| template.contains('{'))
    };
    has_operation || spec.column.iter().any(looks)
}

fn is_meant(spec: &ColumnSpec, table: &Table) -> bool {
    spec.table.is_empty() || is_at(&spec.table, table)
}

/// A pointer that ends in `/` is the beginning of one.
fn is_at(pointer: &str, table: &Table) -> bool {
    *pointer == *table.pointer || (pointer.ends_with('/') && table.pointer.starts_with(pointer))
}

fn has_cell(table: &Table, name: &str, pattern: &Regex) -> bool {
    let is_like = |cell: CellRef<'_>| match cell {
        CellRef::Text(text) => pattern.is_match(text),
        CellRef::Number(number) => pattern.is_match(&number.to_string()),
        CellRef::Bool(_) | CellRef::Missing => false,
    };
    column(table, name).is_some_and(|column| column.cells.iter().take(MAX_PROBED_CELLS).any(is_like))
}

pub(super) fn column<'t>(table: &'t Table, name: &str) -> Option<&'t Column> {
    table.columns.iter().find(|column| *column.name == *name)
}

/// Puts the hints on a table's columns; the first that fits a column is its.
fn hints(spec: &StructuredSpec, patterns: &StructuredPatterns, table: &mut Table, place: &Place<'_>) {
    let leaf = leaf(table);
    let holds = |(name, pattern): &(String, Regex)| {
        if name == "leaf" {
            return pattern.is_match(&leaf);
        }
        column(table, name).is_some_and(|column| {
            column.cells.iter().all(|cell| match cell {
                CellRef::Text(text) => pattern.is_match(text),
                CellRef::Number(number) => pattern.is_match(&number.to_string()),
                CellRef::Bool(truth) => pattern.is_match(&truth.to_string()),
                CellRef::Missing => pattern.is_match(""),
            })
        })
    };
    let meant: Vec<(&ColumnSpec, &Regex)> = spec
        .column
        .iter()
        .zip(&patterns.columns)
        .filter(|(spec, (_, conditions))| is_meant(spec, table) && conditions.iter().all(holds))
        .map(|(spec, (pattern, _))| (spec, pattern))
        .collect();
    let mut found: Vec<(usize, Option<Arc<str>>, Hint)> = Vec::new();
    for (index, column) in table.columns.iter().enumerate() {
        let hint = meant.iter().find_map(|(spec, pattern)| {
            Some(hint(spec, &pattern.captures(&column.name)?, table, column, place))
        });
        if let Some((unit, hint)) = hint {
            found.push((index, unit, hint));
        }
    }
    for (index, unit, hint) in found {
        let column = &mut table.columns[index];
        if unit.is_some() {
            column.unit = unit;
        }
        column.hint = Some(Arc::new(hint));
    }
}

fn hint(
    spec: &ColumnSpec,
    captures: &Captures<'_>,
    table: &Table,
    column: &Column,
    place: &Place<'_>,
) -> (Option<Arc<str>>, Hint) {
    let filled = |template: &Option<String>| {
        let template = template.as_ref()?;
        let mut text = String::new();
        captures.expand(template, &mut text);
        Some(Arc::from(in_row(&text, table, place)))
    };
    let is_zero = spec.zero_is_missing && column.cells.numbers().all(|number| number == 0.0);
    let role = match spec.role {
        _ if is_zero => Some(HintRole::Detail),
        Some(RoleSpec::Dimension) => Some(HintRole::Dimension),
        Some(RoleSpec::Detail) => Some(HintRole::Detail),
        None => None,
    };
    let less = spec.unit_less.as_deref().unwrap_or_default();
    let written = spec.unit_from.as_ref().and_then(|name| uniform(table, name));
    let written = written.map(|unit| unit.strip_suffix(less).map_or_else(|| Arc::clone(&unit), Arc::from));
    let hint =
        Hint { name: filled(&spec.name), unit: filled(&spec.unit), statistic: filled(&spec.statistic), role };
    (written, hint)
}

/// Fills in `{column}` by the value that all rows have there.
fn in_row(template: &str, table: &Table, place: &Place<'_>) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        if name == "file" {
            filled.push_str(place.path.rsplit('/').next().unwrap_or(place.path));
        } else if name == "leaf" {
            filled.push_str(&leaf(table));
        } else if let Some(value) = uniform(table, name) {
            filled.push_str(&value);
        } else if let Some(number) = uniform_number(table, name) {
            filled.push_str(&number.to_string());
        } else if let Some(part) = place.parts.as_ref().and_then(|parts| parts.name(name)) {
            filled.push_str(part.as_str());
        }
        rest = after;
    }
    filled.push_str(rest);
    filled
}

/// The key that a table stands under: its own, or that of its rows' map.
fn leaf(table: &Table) -> String {
    let case = uniform(table, "case").or_else(|| uniform(table, "name"));
    let place = case.as_deref().unwrap_or(&table.pointer);
    place.rsplit('/').next().unwrap_or(place).to_owned()
}

/// The text that all rows have in a column.
pub(super) fn uniform(table: &Table, name: &str) -> Option<Arc<str>> {
    let cells = &column(table, name)?.cells;
    let CellRef::Text(first) = cells.iter().next()? else { return None };
    cells.iter().all(|cell| cell == CellRef::Text(first)).then(|| first.into())
}

/// The number that all rows have in a column.
fn uniform_number(table: &Table, name: &str) -> Option<f64> {
    let cells = &column(table, name)?.cells;
    let CellRef::Number(first) = cells.iter().next()? else { return None };
    cells.iter().all(|cell| cell == CellRef::Number(first)).then_some(first)
}

/// Cuts the tables that are meant up by a column.
pub(super) fn cut_all(
    document: &mut Document,
    by: &str,
    is_meant: impl Fn(&Table) -> bool,
    kind: impl Fn(CellRef<'_>) -> String,
) {
    let tables = std::mem::take(&mut document.tables);
    for table in tables {
        if is_meant(&table) && column(&table, by).is_some() {
            document.tables.extend(cut(table, by, &kind));
        } else {
            document.tables.push(table);
        }
    }
}

/// What a pattern finds in a text; empty where it does not fit.
fn group_of(pattern: &Regex, text: &str) -> String {
    let found = pattern.captures(text).and_then(|captures| captures.get(1));
    found.map_or_else(String::new, |found| found.as_str().to_owned())
}

/// Which kind of record a value makes its row.
pub(super) fn kind(cell: CellRef<'_>) -> String {
    match cell {
        CellRef::Missing => String::new(),
        CellRef::Text(text) => format!("={text}"),
        CellRef::Number(number) => format!("#{number}"),
        CellRef::Bool(truth) => format!("#{truth}"),
    }
}

/// One table for each kind, without the columns that have none there: what
/// another kind of record has is not missing in this one.
fn cut(table: Table, by: &str, kind: &impl Fn(CellRef<'_>) -> String) -> Vec<Table> {
    let Some(order) = kinds(&table, by, kind) else { return vec![table] };
    if order.len() < 2 || order.len().saturating_mul(table.columns.len()) > MAX_CELLS {
        return vec![table];
    }
    order.iter().map(|rows| part(&table, rows)).collect()
}

/// The rows of each kind; `None` when there are too many.
fn kinds(table: &Table, by: &str, kind: &impl Fn(CellRef<'_>) -> String) -> Option<Vec<Vec<usize>>> {
    let mut order: Vec<Vec<usize>> = Vec::new();
    let mut index_of: HashMap<String, usize> = HashMap::new();
    for (row, cell) in column(table, by)?.cells.iter().enumerate() {
        let at = *index_of.entry(kind(cell)).or_insert_with(|| {
            order.push(Vec::new());
            order.len() - 1
        });
        order[at].push(row);
        if order.len() > MAX_KINDS {
            return None;
        }
    }
    Some(order)
}

/// Some rows of a table.
fn part(table: &Table, rows: &[usize]) -> Table {
    let columns =
        table.columns.iter().map(|column| Column { cells: column.cells.pick(rows), ..shell(column) });
    let mut row_pointers = Pointers::default();
    if !table.row_pointers.is_empty() {
        for &row in rows {
            row_pointers.push(&table.row_pointers.get(row), None);
        }
    }
    Table {
        pointer: Arc::clone(&table.pointer),
        row_pointers,
        row_lines: rows.iter().map(|&row| table.row_lines.get(row)).collect(),
        columns: columns.filter(|column| !column.cells.is_hollow()).collect(),
        context: table.context.clone(),
        rank: table.rank,
    }
}

/// A column without its cells.
pub(super) fn shell(column: &Column) -> Column {
    Column {
        name: Arc::clone(&column.name),
        unit: column.unit.clone(),
        cells: Cells::default(),
        hint: column.hint.clone(),
    }
}

/// Reads the texts of a column as lines of a text; a line may be in several cells. Its
/// place is that of its beginning.
fn inner_text(name: &str, document: &mut Document, log: &mut Log<'_>) {
    let mut whole = String::new();
    // Where each cell's text begins, with its line in the file.
    let mut starts: Vec<(usize, u32)> = Vec::new();
    for table in &document.tables {
        let Some(column) = column(table, name) else { continue };
        for (cell, line) in column.cells.iter().zip(table.row_lines.iter()) {
            if let CellRef::Text(text) = cell {
                starts.push((whole.len(), line));
                whole.push_str(text);
            }
        }
    }
    let text = clean(&whole);
    if text.len() != whole.len() {
        // Places would no longer be right.
        return;
    }
    let mut lines: Vec<Numbered<'_>> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let cell = starts.partition_point(|(start, _)| *start <= at);
        let number = cell.checked_sub(1).map_or(1, |cell| starts[cell].1);
        lines.push((number, line.trim_end()));
        at += line.len();
    }
    let known = recognised(&lines);
    if !known.is_empty() {
        let before = document.adapter.take();
        take(&known, &lines, document, log);
        if let (Some(before), Some(inner)) = (before, &document.adapter) {
            document.adapter = Some(format!("{before}, {inner}").into());
        }
    }
}
