//! Where a CSV file is no single table under one header: several of them behind each other,
//! each with a header of its own behind a blank line, or none at all.

use super::{
    super::cell::{self, Decimal},
    records::Record,
    unquoted,
};

/// Where further tables begin: behind a blank line, a line of names that are not those of the
/// first table, with numbers below it.
pub(super) fn starts(text: &str, start: usize, delimiter: u8) -> Vec<usize> {
    let header = text[start..].lines().next().unwrap_or_default();
    let mut found = Vec::new();
    let mut seen = start;
    let mut is_quoted = false;
    for feed in memchr::memmem::find_iter(&text.as_bytes()[start..], b"\n") {
        let at = start + feed + 1;
        let rest = &text[at..];
        let Some(blank) = rest.strip_prefix('\n').or_else(|| rest.strip_prefix("\r\n")) else { continue };
        let begin = text.len() - blank.len();
        // A blank line within a quoted text ends nothing.
        is_quoted ^= memchr::memchr_iter(b'"', &text.as_bytes()[seen..begin]).count() % 2 == 1;
        seen = begin;
        let mut lines = blank.lines();
        if let (false, Some(names), Some(below)) = (is_quoted, lines.next(), lines.next())
            && begins(names, below, header, delimiter)
        {
            found.push(begin);
        }
    }
    found
}

/// Does a line behind a blank one begin a further table?
pub(super) fn begins(names: &str, below: &str, header: &str, delimiter: u8) -> bool {
    names != header
        && is_header(names, below, delimiter)
        && (unquoted(names, delimiter) != unquoted(header, delimiter) || has_common(names, header, delimiter))
}

/// Names above values of which one is a number; a row of texts shares some with its neighbours.
fn is_header(names: &str, below: &str, delimiter: u8) -> bool {
    let count = unquoted(names, delimiter);
    if count == 0 || count != unquoted(below, delimiter) || names.contains('"') != names.contains("\",") {
        return false;
    }
    let mark = char::from(delimiter);
    let names: Vec<&str> = names.split(mark).map(bare).collect();
    let below: Vec<&str> = below.split(mark).map(bare).collect();
    let is_number = |cell: &str| cell::number(cell, Decimal::Point).is_some();
    names.iter().all(|name| !cell::is_missing(name) && name.starts_with(char::is_alphabetic))
        && below.iter().any(|cell| is_number(cell))
        && !names.iter().zip(&below).any(|(name, cell)| name == cell)
}

fn has_common(names: &str, header: &str, delimiter: u8) -> bool {
    let mark = char::from(delimiter);
    names.split(mark).zip(header.split(mark)).any(|(name, other)| bare(name) == bare(other))
}

fn bare(cell: &str) -> &str {
    cell.trim().trim_matches('"')
}

/// Is what stands in the place of a header a row like the one below? Numbers stand where it has
/// numbers, and they are no labels of columns (`1,2,4,8`): those go up or down.
pub(super) fn is_headless(header: &Record<'_>, below: Option<&Record<'_>>) -> bool {
    let Some(below) = below.filter(|below| below.cells.len() == header.cells.len()) else { return false };
    let number = |cell: &str| cell::number(cell.trim(), Decimal::Point);
    let mut numbers = Vec::new();
    let mut is_repeated = false;
    for (name, cell) in header.cells.iter().zip(&below.cells) {
        match number(name) {
            Some(found) if number(cell).is_some() || cell::is_missing(cell.trim()) => numbers.push(found),
            Some(_) => return false,
            None if !name.trim().is_empty() && number(cell).is_some() => return false,
            None => is_repeated |= !name.trim().is_empty() && name == cell,
        }
    }
    let has_text = numbers.len() < header.cells.len();
    let is_ordered =
        numbers.is_sorted_by(|one, next| one < next) || numbers.is_sorted_by(|one, next| one > next);
    let is_label = numbers.len() > 1 && is_ordered && !is_repeated;
    let has_fraction = numbers.iter().any(|number| number.fract() != 0.0);
    has_text && !numbers.is_empty() && !is_label && (is_repeated || has_fraction || numbers.len() > 1)
}
