//! The times that stand in the rows of a table.

use crate::ingest::{
    cells::CellRef,
    field::{Facts, Role},
    file::{Column, Table},
};

/// Seconds since 1970 of numbers that can be times of our day: 2001 to 2100.
const SECONDS: std::ops::Range<f64> = 1e9..4.1e9;

/// Of a row that says no time.
pub const NO_TIME: i64 = i64::MIN;

/// The time of each row, nanoseconds since 1970 or [`NO_TIME`]; `None` where none of the
/// columns that may hold times does.
pub fn times(table: &Table, columns: &[usize]) -> Option<Vec<i64>> {
    columns.iter().find_map(|&index| times_of(&table.columns[index]))
}

/// Does a name say that its column holds times?
pub fn may_be(facts: &Facts) -> bool {
    let words = &*facts.words;
    let says_time = words.split(' ').any(|word| {
        matches!(
            word,
            "timestamp" | "time" | "datetime" | "date" | "created" | "started" | "start" | "ts" | "at"
        )
    });
    says_time && facts.role == Some(Role::Identifier) || words == "ts" || words == "unix"
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
            if let Some(time) = plain(text.as_bytes()) {
                return Some(time);
            }
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

/// The short way: `2025-10-02T19:12:05.123456`, with a space or a `T`, in UTC or without a
/// zone. `None` says nothing.
fn plain(text: &[u8]) -> Option<i128> {
    let (stamp, rest) = text.split_first_chunk::<19>()?;
    let digits = |range: std::ops::Range<usize>| {
        stamp[range].iter().try_fold(0_i64, |number, byte| {
            byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0'))
        })
    };
    let marks = [stamp[4], stamp[7], stamp[10], stamp[13], stamp[16]];
    if !matches!(marks, [b'-', b'-', b'T' | b' ', b':', b':']) {
        return None;
    }
    let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
    let (hour, minute, second) = (digits(11..13)?, digits(14..16)?, digits(17..19)?);
    // Only what every month has, and no leap second: the rest is for the careful way.
    if !((1..=12).contains(&month) && (1..=28).contains(&day) && hour < 24 && minute < 60 && second < 60) {
        return None;
    }
    let (fraction, zone) = match rest.strip_prefix(b".") {
        Some(rest) => rest.split_at(rest.iter().take_while(|byte| byte.is_ascii_digit()).count()),
        None => (&[][..], rest),
    };
    let has_fraction = rest.first() == Some(&b'.');
    if !matches!(zone, b"" | b"Z" | b"+00:00") || fraction.len() > 9 || (has_fraction && fraction.is_empty())
    {
        return None;
    }
    let scale = 10_i64.pow(9 - fraction.len() as u32);
    let nanoseconds = fraction.iter().fold(0, |number, byte| number * 10 + i64::from(byte - b'0')) * scale;
    // Days since 1970 by the civil calendar (Hinnant): the year begins in March.
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + (153 * month + 2) / 5 + day - 1;
    let days = era * 146_097 + day_of_era - 719_468;
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{plain, time};
    use crate::ingest::cells::CellRef;

    #[test]
    fn what_is_not_plain_is_left_to_others() {
        for text in [
            "2025-10-29T01:02:03",
            "2025-10-02T01:02:03+02:00",
            "2025-13-02T01:02:03",
            "2025-10-02T01:02:03.",
            "2025-10-02",
        ] {
            assert_eq!(plain(text.as_bytes()), None, "{text}");
        }
        assert_eq!(time(CellRef::Text("2025-10-29T00:00:00Z")), Some(1_761_696_000_000_000_000));
        assert_eq!(
            time(CellRef::Text("2025-10-02T02:00:00+02:00")),
            time(CellRef::Text("2025-10-02 00:00:00"))
        );
    }

    proptest! {
        #[test]
        fn the_short_way_says_what_the_careful_one_says(
            text in "(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9})?Z",
        ) {
            let careful = text.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_nanosecond);
            prop_assert_eq!(plain(text.as_bytes()), careful.ok());
        }
    }
}
