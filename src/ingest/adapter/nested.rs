//! What a value means by where it stands, whoever wrote it: numbers written as texts, a unit
//! beside its values (`latency.unit`), a statistic below the name of what it is of
//! (`"ttft": {"p50": …}`).

use std::sync::Arc;

use super::{
    super::{
        cell,
        cells::CellRef,
        field::{self, RowRole},
        file::{Cell, Column, Document, Hint, HintRole, Rank, Table},
        log::Log,
    },
    structured::{cut_all, kind, uniform},
    value,
};

/// A longer text is content, whatever it begins with.
const MAX_VALUE: usize = 48;
/// Keys above a statistic that are looked at for a name.
const MAX_KEYS: usize = 3;
/// What may stand between a number and how far it is off.
const DEVIATION: [&str; 3] = ["±", "+/-", "+-"];

/// Texts that are numbers (`"41.5"`, `"1.2 s"`, `18 ± 2`) become numbers where the name is that
/// of something measured.
pub(super) fn numbers(document: &mut Document, log: &Log<'_>) {
    let mut has_any = false;
    for table in document.tables.iter_mut().filter(|table| table.rank == Rank::Measured) {
        for column in &mut table.columns {
            unit_in_brackets(column);
            has_any |= column.cells.has_text() && as_numbers(column, log);
        }
    }
    if has_any {
        // Whether more rows go on so is not known.
        document.resume = None;
    }
}

/// A key with its unit in brackets (`Power (W)`); above a CSV column it is taken off already.
fn unit_in_brackets(column: &mut Column) {
    if !column.name.ends_with([')', ']']) || column.unit.is_some() || column.hint.is_some() {
        return;
    }
    let (name, unit) = field::split_unit(&column.name);
    if let Some(unit) = unit.filter(|_| !column.name.starts_with("../")) {
        let hint = Hint { name: Some(name.into()), ..Hint::default() };
        column.unit = Some(unit.into());
        column.hint = Some(Arc::new(hint));
    }
}

/// May one of these find something to do in a table, by its names and the kinds of its cells?
pub(super) fn may_act(table: &Table) -> bool {
    let may_act_on = |column: &Column| {
        column.hint.is_some()
            || column.name.ends_with([')', ']'])
            || (column.cells.has_text() && (is_meant(column).is_some() || says_metric(column)))
            || owner(column).is_some()
            || (!table.pointer.is_empty() && is_nameless(column))
    };
    table.columns.iter().any(may_act_on)
}

/// May the texts of a column be numbers, by its name, and are they so without a unit?
fn is_meant(column: &Column) -> Option<bool> {
    let own = column.hint.as_ref().and_then(|hint| hint.name.as_ref());
    let name = own.unwrap_or(&column.name);
    let facts = field::facts(name);
    let is_value = facts.rows.has(RowRole::Value) || facts.statistic.is_some() || facts.may_be_measured;
    let is_meant = facts.role.is_none() && (is_value || field::may_be_measured_in_unit(name));
    (is_meant && !name.starts_with("../")).then_some(is_value)
}

fn as_numbers(column: &mut Column, log: &Log<'_>) -> bool {
    let Some(is_value) = is_meant(column) else { return false };
    let found = read_all(column, log).filter(|(_, unit)| is_value || unit.is_some());
    let Some((cells, unit)) = found else { return false };
    column.cells = cells.into();
    column.unit = unit;
    true
}

/// Makes the texts of a column numbers of one unit, whatever its name.
pub(super) fn read_numbers(column: &mut Column, log: &Log<'_>) {
    if let Some((cells, unit)) = read_all(column, log) {
        column.cells = cells.into();
        column.unit = unit;
    }
}

/// All cells of a column as numbers of one unit; `None` where one is no such thing.
fn read_all(column: &Column, log: &Log<'_>) -> Option<(Vec<Cell>, Option<Arc<str>>)> {
    let mut unit = column.unit.clone();
    let mut cells = Vec::with_capacity(column.cells.len());
    let (mut is_written, mut is_bare, mut has_any) = (false, false, false);
    for cell in column.cells.iter() {
        let CellRef::Text(text) = cell else {
            is_bare |= matches!(cell, CellRef::Number(_));
            cells.push(cell.to_cell());
            continue;
        };
        let text = text.trim();
        let is_no_value = cell::is_missing(text)
            || cell::is_not_finite(text)
            || log.ends_in(text)
            || field::dictionary().cells.failure.contains(&text.to_lowercase());
        if is_no_value {
            cells.push(cell.to_cell());
            continue;
        }
        let (number, found) = read(text)?;
        has_any = true;
        let number = match (found, &unit) {
            (None, _) => {
                is_bare = true;
                number
            }
            (Some(found), Some(known)) => {
                is_written = true;
                if value::family(&found) != value::family(known) {
                    return None;
                }
                if *found == **known { number } else { value::convert(number, &found, known) }
            }
            (Some(found), None) => {
                is_written = true;
                unit = Some(found.into());
                number
            }
        };
        cells.push(Cell::Number(number));
    }
    // A bare number among others would be of an unknown unit.
    let is_unclear = is_written && is_bare && column.unit.is_none();
    (has_any && !is_unclear).then_some((cells, unit))
}

fn read(text: &str) -> Option<(f64, Option<String>)> {
    if text.len() > MAX_VALUE {
        return None;
    }
    let value = DEVIATION.iter().find_map(|mark| text.split_once(mark)).map_or(text, |(value, _)| value);
    let found = value::read(value.trim())?;
    match found.unit {
        Some(unit) if field::unit_symbol(&unit).is_none() => None,
        unit => Some((found.number, unit)),
    }
}

/// Gives values the unit beside them and statistics the name above them.
pub(super) fn names(document: &mut Document) {
    let unit_columns = document.tables.iter().flat_map(|table| &table.columns).filter(|c| owner(c).is_some());
    let mut by: Vec<Arc<str>> = unit_columns.map(|column| Arc::clone(&column.name)).collect();
    by.sort();
    by.dedup();
    if !by.is_empty() {
        document.resume = None;
    }
    for name in &by {
        cut_all(document, name, is_open, kind);
        document.tables.iter_mut().filter(|table| is_open(table)).for_each(|table| unit_beside(table, name));
    }
    let has_cases = |table: &Table| {
        is_open(table)
            && table.pointer.ends_with("/*")
            && table.columns.iter().any(is_statistic)
            && !has_metric_column(table)
            && table.columns.iter().find(|column| &*column.name == "case").is_some_and(|column| {
                column.cells.iter().any(
                    |cell| matches!(cell, CellRef::Text(text) if label(&key(&table.pointer, text)).is_some()),
                )
            })
    };
    if document.tables.iter().any(has_cases) {
        cut_all(document, "case", has_cases, kind);
    }
    document.tables.iter_mut().filter(|table| is_open(table)).for_each(name_above);
}

fn is_open(table: &Table) -> bool {
    table.rank == Rank::Measured
}

/// Whose unit a column holds: `report.decode.latency` of `report.decode.latency.unit`.
fn owner(column: &Column) -> Option<&str> {
    let name = column.name.strip_prefix("../").unwrap_or(&column.name);
    let owner = name.strip_suffix(".unit").or_else(|| name.strip_suffix(".units"))?;
    (column.hint.is_none() && column.cells.has_text() && !owner.is_empty()).then_some(owner)
}

/// Puts the unit of a column on the values that stand beside it.
fn unit_beside(table: &mut Table, by: &str) {
    let Some(index) = table.columns.iter().position(|column| &*column.name == by) else { return };
    let Some(owner) = owner(&table.columns[index]).map(str::to_owned) else { return };
    let Some(unit) = uniform(table, by).filter(|unit| field::is_unit(unit)) else { return };
    let is_below = by.starts_with("../") && {
        let key = owner.rsplit('.').next().unwrap_or(&owner);
        table.pointer.split('/').any(|part| part == key)
    };
    let mut has_any = false;
    for column in &mut table.columns {
        let is_told = column.hint.as_ref().is_some_and(|hint| hint.unit.is_some() || hint.role.is_some());
        if column.unit.is_some() || is_told || !column.cells.has_number() {
            continue;
        }
        let Some(rest) = column.name.strip_prefix(&*owner).and_then(|rest| rest.strip_prefix('.')) else {
            if is_below && !column.name.starts_with("../") {
                column.unit = Some(Arc::clone(&unit));
                has_any = true;
            }
            continue;
        };
        has_any = true;
        column.unit = Some(Arc::clone(&unit));
        if column.hint.is_some() {
            continue;
        }
        let facts = field::facts(rest);
        if matches!(&*facts.words, "count" | "total" | "n") {
            column.hint = Some(Arc::new(Hint { role: Some(HintRole::Detail), ..Hint::default() }));
            continue;
        }
        if facts.rows.has(RowRole::Value) {
            column.hint = Some(Arc::new(Hint { name: Some(owner.as_str().into()), ..Hint::default() }));
        }
    }
    if has_any {
        table.columns[index].hint = Some(Arc::new(Hint { role: Some(HintRole::Detail), ..Hint::default() }));
    }
}

/// Tells summaries of different statistics apart where one field holds them: by a column that
/// says of each row which it is.
pub(super) fn statistics(document: &mut Document) {
    let mut of_field: Vec<(Arc<str>, Arc<str>)> = Vec::new();
    for table in document.tables.iter().filter(|table| is_open(table)) {
        of_field.extend(told_statistics(table).map(|(name, statistic)| (Arc::clone(name), statistic)));
    }
    of_field.sort();
    of_field.dedup();
    let is_several = |name: &Arc<str>| of_field.iter().filter(|(field, _)| field == name).count() > 1;
    let mut has_any = false;
    for table in document.tables.iter_mut().filter(|table| is_open(table) && !has_statistic_column(table)) {
        let told = told_statistics(table).find(|(name, _)| is_several(name)).map(|(_, statistic)| statistic);
        let cells: Vec<Cell> = match told {
            Some(statistic) => vec![Cell::Text(statistic); table.rows()],
            None => statistics_of_labels(table),
        };
        if cells.iter().any(|cell| *cell != Cell::Missing) {
            let hint = Hint { role: Some(HintRole::Dimension), ..Hint::default() };
            let name = Arc::from("statistic");
            table.columns.push(Column { name, unit: None, cells: cells.into(), hint: Some(Arc::new(hint)) });
            has_any = true;
        }
    }
    if has_any {
        document.resume = None;
    }
}

/// Fields whose statistic is not in their name.
fn told_statistics(table: &Table) -> impl Iterator<Item = (&Arc<str>, Arc<str>)> {
    let told = table.columns.iter().filter(|column| column.cells.has_number());
    told.filter_map(|column| {
        let hint = column.hint.as_ref().filter(|hint| hint.role.is_none())?;
        let told = match &hint.statistic {
            Some(statistic) => Some(Arc::clone(statistic)).filter(|statistic| !statistic.is_empty()),
            None => field::analyse(hint.name.as_deref()?).statistic.map(Arc::from),
        };
        Some((&column.name, told?))
    })
}

fn has_statistic_column(table: &Table) -> bool {
    table.columns.iter().any(|column| {
        let name = column.hint.as_ref().and_then(|hint| hint.name.as_deref()).unwrap_or(&column.name);
        field::facts(name).rows.has(RowRole::Statistic)
    })
}

/// Which statistic each row is by the name of what it measures (`Mean latency`).
fn statistics_of_labels(table: &Table) -> Vec<Cell> {
    let has_role = |column: &Column, role| field::facts(&column.name).rows.has(role) && column.hint.is_none();
    let label =
        table.columns.iter().find(|column| column.cells.has_text() && has_role(column, RowRole::Metric));
    let has_value = table.columns.iter().any(|column| has_role(column, RowRole::Value));
    let Some(label) = label.filter(|_| has_value) else { return Vec::new() };
    let statistic = |cell| match cell {
        CellRef::Text(text) => field::analyse(field::split_unit(text).0).statistic,
        _ => None,
    };
    let cells = label.cells.iter().map(statistic);
    cells.map(|statistic| statistic.map_or(Cell::Missing, |statistic| Cell::Text(statistic.into()))).collect()
}

/// Names statistics and lists of values by the keys that they stand under.
fn name_above(table: &mut Table) {
    if table.pointer.is_empty() || !table.columns.iter().any(is_nameless) || has_metric_column(table) {
        return;
    }
    let case = uniform(table, "case").filter(|_| table.pointer.ends_with("/*"));
    let pointer = case.map_or_else(|| table.pointer.to_string(), |case| key(&table.pointer, &case));
    for column in &mut table.columns {
        if !is_nameless(column) {
            continue;
        }
        // `/latency/values` is the list `values` of a latency.
        let own = pointer.strip_suffix(&*column.name).and_then(|rest| rest.strip_suffix('/'));
        let Some(name) = label(own.unwrap_or(&pointer)) else { continue };
        let statistic = field::facts(&column.name).statistic.clone();
        column.hint = Some(Arc::new(Hint { name: Some(name), statistic, ..Hint::default() }));
    }
}

/// The pointer of a row that stands under a key.
fn key(pointer: &str, case: &str) -> String {
    format!("{}{case}", pointer.strip_suffix('*').unwrap_or(pointer))
}

/// The last keys of a pointer that are the name of something measured.
fn label(pointer: &str) -> Option<Arc<str>> {
    let keys: Vec<&str> = pointer.split('/').filter(|key| !key.is_empty() && *key != "*").collect();
    let own = keys.last()?;
    if field::role(own).is_some() {
        return None;
    }
    (1..=MAX_KEYS.min(keys.len()))
        .map(|count| keys[keys.len() - count..].join("."))
        .find(|name| field::facts(name).may_be_measured)
        .map(Arc::from)
}

fn is_statistic(column: &Column) -> bool {
    column.hint.is_none()
        && !column.name.starts_with("../")
        && column.cells.has_number()
        && field::facts(&column.name).statistic.is_some()
}

fn is_nameless(column: &Column) -> bool {
    is_statistic(column)
        || (column.hint.is_none()
            && column.cells.has_number()
            && matches!(&*column.name, "value" | "values" | "samples" | "data"))
}

/// Says a column what its row measures?
fn has_metric_column(table: &Table) -> bool {
    table.columns.iter().any(|column| column.cells.has_text() && says_metric(column))
}

/// Is it named like a column that says what its row measures?
fn says_metric(column: &Column) -> bool {
    field::facts(&column.name).rows.has(RowRole::Metric)
}
