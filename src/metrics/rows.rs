//! What a table's rows are: which configuration, and whether they failed.

use std::{collections::HashMap, sync::Arc};

use super::{
    names::{self, Class},
    series::Group,
};
use crate::ingest::{
    cell,
    cells::CellRef,
    field,
    file::{Column, Document, Table},
};

/// A longer text is content, not the name of a configuration.
const MAX_LABEL: usize = 64;

/// The rows of a table, seen from their metrics.
#[derive(Debug)]
pub struct Rows {
    /// What each column is.
    pub classes: Vec<Class>,
    /// All dimensions of each row; rows of one configuration share theirs.
    pub groups: Vec<Arc<Group>>,
    /// The row says that it failed.
    pub failed: Vec<bool>,
    /// The column that names the unit of others (`time_unit`), by row.
    pub unit_column: Option<usize>,
    /// The column that names what its row measures (`metric`), with a value beside it.
    pub metric_column: Option<usize>,
}

impl Rows {
    /// Reads them.
    pub fn of(table: &Table, document: &Document) -> Self {
        let classes: Vec<Class> = table.columns.iter().map(class).collect();
        let dimensions = dimensions(table, &classes, document);
        Self {
            groups: groups(table, &dimensions),
            failed: failed(table),
            unit_column: table.columns.iter().position(is_unit_column),
            metric_column: metric_column(table),
            classes,
        }
    }
}

fn class(column: &Column) -> Class {
    if let Some(label) = column.name.strip_prefix("../") {
        // Repeated from the outer element: it is measured there, here it only tells apart.
        return match names::classify(label, None, false, None) {
            Class::Other if is_label(column) => Class::Dimension(label_name(label)),
            Class::Metric(_) | Class::Other => Class::Other,
            other => other,
        };
    }
    let mut highest: Option<f64> = None;
    for cell in column.cells.iter() {
        if let CellRef::Number(number) = cell {
            highest = Some(highest.map_or(number, |known| known.max(number)));
        }
    }
    match names::classify(&column.name, column.unit.as_deref(), highest.is_some(), highest) {
        Class::Other if highest.is_none() && is_label(column) => Class::Dimension(label_name(&column.name)),
        other => other,
    }
}

/// A column of short texts or truths that no list knows tells configurations apart.
fn is_label(column: &Column) -> bool {
    let mut has_any = false;
    for cell in column.cells.iter() {
        match cell {
            CellRef::Text(text) if text.len() > MAX_LABEL || cell::is_not_finite(text) => return false,
            CellRef::Text(_) | CellRef::Bool(_) => has_any = true,
            CellRef::Missing => {}
            CellRef::Number(_) => return false,
        }
    }
    has_any
}

fn label_name(name: &str) -> Arc<str> {
    field::words(field::leaf(name)).replace(' ', "_").into()
}

/// A dimension of a table and where its values come from: the first of the columns that
/// has one, or what holds for the whole table.
struct Dimension {
    name: Arc<str>,
    columns: Vec<usize>,
    fixed: Option<Arc<str>>,
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

fn groups(table: &Table, dimensions: &[Dimension]) -> Vec<Arc<Group>> {
    // Numbers are printed once; a sweep has a handful of them in thousands of rows.
    let mut printed: HashMap<u64, Arc<str>> = HashMap::new();
    let mut known: HashMap<Group, Arc<Group>> = HashMap::new();
    let mut groups = Vec::with_capacity(table.rows());
    for row in 0..table.rows() {
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
        let group = Group(pairs);
        let shared = if let Some(shared) = known.get(&group) {
            Arc::clone(shared)
        } else {
            let shared = Arc::new(group.clone());
            known.insert(group, Arc::clone(&shared));
            shared
        };
        groups.push(shared);
    }
    groups
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

/// A long table: one value a row, its metric named in a column.
fn metric_column(table: &Table) -> Option<usize> {
    let has_value = table.columns.iter().any(|column| is_value_column(&column.name));
    let is_name = |column: &Column| {
        let words = field::words(&column.name);
        matches!(words.as_str(), "metric" | "metric name" | "measure" | "measurement" | "stat")
            && column.cells.iter().any(|cell| matches!(cell, CellRef::Text(_)))
    };
    if has_value { table.columns.iter().position(is_name) } else { None }
}

/// Does a column of this name hold whatever its row names?
pub fn is_value_column(name: &str) -> bool {
    matches!(field::words(field::leaf(name)).as_str(), "value" | "val" | "result" | "score" | "metric value")
}

/// Does a column of this name go by the unit that stands in its row?
pub fn follows_unit_column(name: &str) -> bool {
    let words = field::words(field::leaf(name));
    words.split(' ').any(|word| {
        matches!(
            word,
            "time"
                | "duration"
                | "latency"
                | "elapsed"
                | "value"
                | "result"
                | "measurement"
                | "rms"
                | "coefficient"
        ) || field::is_statistic(word).is_some()
    })
}

fn is_unit_column(column: &Column) -> bool {
    let words = field::words(&column.name);
    let is_named = matches!(words.as_str(), "unit" | "units" | "time unit");
    let is_unit = |cell: &CellRef<'_>| matches!(cell, CellRef::Text(text) if field::is_unit(text));
    is_named
        && column.cells.iter().any(|cell| is_unit(&cell))
        && column.cells.iter().all(|cell| is_unit(&cell) || cell == CellRef::Missing)
}

fn failed(table: &Table) -> Vec<bool> {
    let mut failed = vec![false; table.rows()];
    for column in &table.columns {
        if column.name.starts_with("../") {
            continue;
        }
        let Some(is_failure) = failure_test(&column.name) else { continue };
        for (failed, cell) in failed.iter_mut().zip(column.cells.iter()) {
            *failed |= is_failure(cell);
        }
    }
    failed
}

/// How a column of this name says that a row failed.
fn failure_test(name: &str) -> Option<fn(CellRef<'_>) -> bool> {
    let words = field::words(field::leaf(name));
    Some(match words.as_str() {
        "error" | "error message" | "err" | "exception" | "failure" | "error type" | "failed"
        | "traceback" => has_error,
        "status" | "outcome" | "run status" => |cell| match cell {
            CellRef::Text(text) => !is_ok(text),
            CellRef::Bool(truth) => !truth,
            // Exit status 0, HTTP 2xx and 3xx.
            CellRef::Number(code) => code != 0.0 && !(200.0..400.0).contains(&code),
            CellRef::Missing => false,
        },
        "success" | "succeeded" | "is success" | "passed" | "ok" | "completed ok" => |cell| match cell {
            CellRef::Bool(truth) => !truth,
            CellRef::Text(text) => !is_ok(text),
            CellRef::Number(truth) => truth == 0.0,
            CellRef::Missing => false,
        },
        "timed out" | "is timeout" | "timeout" | "did time out" => |cell| matches!(cell, CellRef::Bool(true)),
        "exit code" | "exit codes" | "return code" | "returncode" => {
            |cell| matches!(cell, CellRef::Number(code) if code != 0.0)
        }
        _ => return None,
    })
}

fn has_error(cell: CellRef<'_>) -> bool {
    match cell {
        CellRef::Text(text) => !matches!(
            text.to_lowercase().as_str(),
            "none" | "no" | "false" | "ok" | "no error" | "[]" | "{}" | ""
        ),
        CellRef::Bool(truth) => truth,
        CellRef::Number(count) => count != 0.0,
        CellRef::Missing => false,
    }
}

/// Words of success; any other status is a failure.
fn is_ok(text: &str) -> bool {
    matches!(
        text.trim().to_lowercase().as_str(),
        "ok" | "okay"
            | "success"
            | "successful"
            | "succeeded"
            | "pass"
            | "passed"
            | "true"
            | "yes"
            | "y"
            | "1"
            | "0"
            | "200"
            | "done"
            | "complete"
            | "completed"
            | "finished"
            | "✓"
            | "✅"
    )
}

/// Words that stand in a measure's place when the run failed.
pub fn is_failure_word(text: &str) -> bool {
    matches!(
        text.trim().to_lowercase().as_str(),
        "timed out"
            | "timeout"
            | "failed"
            | "fail"
            | "failure"
            | "error"
            | "err"
            | "oom"
            | "out of memory"
            | "crash"
            | "crashed"
            | "aborted"
            | "dnf"
    )
}
