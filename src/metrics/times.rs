//! The times that stand in the rows of a table.

use crate::ingest::{
    cells::CellRef,
    field::{self, Role},
    file::{Column, Table},
};

/// Seconds since 1970 of numbers that can be times of our day: 2001 to 2100.
const SECONDS: std::ops::Range<f64> = 1e9..4.1e9;

/// Of a row that says no time.
pub const NO_TIME: i64 = i64::MIN;

/// The time of each row, nanoseconds since 1970 or [`NO_TIME`]; `None` where no column holds
/// times.
pub fn times(table: &Table) -> Option<Vec<i64>> {
    table.columns.iter().filter(|column| is_named(column)).find_map(times_of)
}

/// Does its name say that it holds times?
fn is_named(column: &Column) -> bool {
    let words = field::words(field::leaf(&column.name));
    let says_time = words.split(' ').any(|word| {
        matches!(
            word,
            "timestamp" | "time" | "datetime" | "date" | "created" | "started" | "start" | "ts" | "at"
        )
    });
    says_time && field::role(&column.name) == Some(Role::Identifier) || words == "ts" || words == "unix"
}

/// The times of its cells, where all that say something say a time.
fn times_of(column: &Column) -> Option<Vec<i64>> {
    let mut has_any = false;
    let time_of = |cell: CellRef<'_>| match cell {
        CellRef::Missing => Some(NO_TIME),
        cell => {
            has_any = true;
            time(cell).and_then(|at_ns| i64::try_from(at_ns).ok())
        }
    };
    let times: Vec<i64> = column.cells.iter().map(time_of).collect::<Option<_>>()?;
    has_any.then_some(times)
}

/// A time as text (RFC 3339, or without a zone) or as a number of seconds, milliseconds,
/// microseconds or nanoseconds since 1970.
fn time(cell: CellRef<'_>) -> Option<i128> {
    match cell {
        CellRef::Text(text) => {
            let text = text.trim();
            let stamp = text.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_nanosecond);
            // Without a zone: rows of one file share theirs, and only their order matters.
            let local = || {
                let civil = text.parse::<jiff::civil::DateTime>().ok()?;
                civil.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_nanosecond())
            };
            stamp.ok().or_else(local)
        }
        CellRef::Number(number) => {
            let scale = [1.0, 1e3, 1e6, 1e9].into_iter().find(|scale| SECONDS.contains(&(number / scale)))?;
            Some((number / scale * 1e9) as i128)
        }
        CellRef::Bool(_) | CellRef::Missing => None,
    }
}
