//! Rows that say of themselves that they failed, or that they only warm up.

use super::schema::Schema;
use crate::ingest::{
    cell,
    cells::CellRef,
    csv::stream::{LeftOut, RowTest},
    field::{self, RowRole, RowRoles},
    file::{Column, Table},
};

/// Longer texts are no single word.
const MAX_WORD: usize = 32;

/// Which rows failed.
pub(super) fn failed(table: &Table, schema: &Schema) -> Vec<bool> {
    by_columns(table, schema, |column, roles| {
        let has_unit = column.unit.is_some();
        let role = [RowRole::Error, RowRole::Status, RowRole::Success, RowRole::Flag, RowRole::Exit]
            .into_iter()
            .find(|role| roles.has(*role))?;
        Some(match role {
            // An error with a unit, or in fractions, is a measure's.
            RowRole::Error if has_unit || column.cells.iter().any(is_fraction) => return None,
            RowRole::Error => has_error,
            RowRole::Status => has_failed_status,
            RowRole::Success => has_no_success,
            RowRole::Flag => |cell: CellRef<'_>| matches!(cell, CellRef::Bool(true)),
            _ => |cell: CellRef<'_>| matches!(cell, CellRef::Number(code) if code != 0.0),
        })
    })
}

/// The test of a column that says of its rows that they failed or only warm up, by its name;
/// `is_measure`: it holds values with a unit or in fractions.
pub fn failed_row(name: &str, is_measure: bool) -> Option<(RowTest, LeftOut)> {
    let roles = field::facts(name).rows;
    let tests: [(RowRole, RowTest); 7] = [
        (RowRole::Error, has_error),
        (RowRole::Status, has_failed_status),
        (RowRole::Success, has_no_success),
        (RowRole::Flag, |cell| matches!(cell, CellRef::Bool(true))),
        (RowRole::Exit, |cell| matches!(cell, CellRef::Number(code) if code != 0.0)),
        (RowRole::WarmUp, is_warm_up),
        (RowRole::Stage, is_warm_up_stage),
    ];
    let (role, test) = tests.into_iter().find(|(role, _)| roles.has(*role))?;
    let is_warm_up = matches!(role, RowRole::WarmUp | RowRole::Stage);
    let why = if is_warm_up { LeftOut::WarmUp } else { LeftOut::Failed };
    (role != RowRole::Error || !is_measure).then_some((test, why))
}

/// Which rows only warm up.
pub(super) fn warm_up(table: &Table, schema: &Schema) -> Vec<bool> {
    by_columns(table, schema, |_, roles| {
        if roles.has(RowRole::WarmUp) {
            return Some(is_warm_up);
        }
        roles.has(RowRole::Stage).then_some(is_warm_up_stage)
    })
}

fn is_warm_up(cell: CellRef<'_>) -> bool {
    match cell {
        CellRef::Bool(truth) => truth,
        // A warm-up's number in a count of them is no truth, so only 1 counts.
        CellRef::Number(truth) => truth.to_bits() == 1.0f64.to_bits(),
        CellRef::Text(text) => says(text, |word| word == "yes" || is_warm_up_word(word)),
        CellRef::Missing => false,
    }
}

fn is_warm_up_stage(cell: CellRef<'_>) -> bool {
    matches!(cell, CellRef::Text(text) if says(text, is_warm_up_word))
}

/// The rows that any of the columns with a test speaks against.
fn by_columns(
    table: &Table,
    schema: &Schema,
    test: impl Fn(&Column, RowRoles) -> Option<fn(CellRef<'_>) -> bool>,
) -> Vec<bool> {
    let mut found = vec![false; table.rows()];
    for &(index, roles) in &schema.telling {
        let column = &table.columns[index];
        if column.cells.is_hollow() || column.name.starts_with("../") {
            continue;
        }
        let Some(is_meant) = test(column, roles) else { continue };
        for (found, cell) in found.iter_mut().zip(column.cells.iter()) {
            *found |= is_meant(cell);
        }
    }
    found
}

fn is_fraction(cell: CellRef<'_>) -> bool {
    match cell {
        CellRef::Number(number) => number.fract() != 0.0,
        CellRef::Text(text) => {
            cell::with_unit(text).is_some_and(|(_, unit)| field::unit_symbol(unit).is_some())
        }
        _ => false,
    }
}

fn has_error(cell: CellRef<'_>) -> bool {
    match cell {
        CellRef::Text(text) => !says(text, |word| field::dictionary().cells.no_error.contains(word)),
        CellRef::Bool(truth) => truth,
        CellRef::Number(count) => count != 0.0,
        CellRef::Missing => false,
    }
}

fn has_failed_status(cell: CellRef<'_>) -> bool {
    match cell {
        CellRef::Text(text) => !is_ok(text),
        CellRef::Bool(truth) => !truth,
        // Exit status 0, HTTP 2xx and 3xx.
        CellRef::Number(code) => code != 0.0 && !(200.0..400.0).contains(&code),
        CellRef::Missing => false,
    }
}

fn has_no_success(cell: CellRef<'_>) -> bool {
    match cell {
        CellRef::Bool(truth) => !truth,
        CellRef::Text(text) => !is_ok(text),
        CellRef::Number(truth) => truth == 0.0,
        CellRef::Missing => false,
    }
}

/// Words of success; any other status is a failure.
fn is_ok(text: &str) -> bool {
    says(text, |word| field::dictionary().cells.ok.contains(word))
}

fn is_warm_up_word(word: &str) -> bool {
    field::dictionary().cells.warm_up.contains(word)
}

/// Words that stand in a measure's place when the run failed.
pub fn is_failure_word(text: &str) -> bool {
    says(text, |word| field::dictionary().cells.failure.contains(word))
}

/// Is the text, in lower case, the word that is looked for?
fn says(text: &str, is_meant: impl Fn(&str) -> bool) -> bool {
    let text = text.trim();
    if text.len() > MAX_WORD {
        return false;
    }
    let is_lower = text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_lower { is_meant(text) } else { is_meant(&text.to_lowercase()) }
}
