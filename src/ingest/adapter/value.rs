//! One value of a tool's text: a number, perhaps with a unit glued behind it (`1.23ms`,
//! `512KiB`, `1m2.5s`, `12,345.6`); and the way from one unit to another of its kind.

use super::super::{
    cell::{self, Decimal},
    field,
};

/// A longer text behind a number is prose.
const MAX_UNIT: usize = 16;

/// A number as a tool wrote it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Value {
    pub number: f64,
    pub unit: Option<String>,
}

/// Reads a number with or without a unit; `None` for anything else.
pub(super) fn read(text: &str) -> Option<Value> {
    let text = text.trim().trim_end_matches([',', ';']).trim_start_matches('~');
    if let Some(seconds) = clock(text) {
        return Some(Value { number: seconds, unit: Some("s".to_owned()) });
    }
    let end = number_end(text);
    let number = cell::number(&text[..end], Decimal::Point)?;
    // `0x1F` is no zero.
    if text[end..].starts_with(['x', 'X', '_']) {
        return None;
    }
    let unit = text[end..].trim_start();
    if unit.is_empty() {
        return Some(Value { number, unit: None });
    }
    // `56.20k` is a count of thousands, `1.2M` of millions.
    if let Some(factor) = multiplier(unit) {
        return Some(Value { number: number * factor, unit: None });
    }
    is_unit_text(unit).then(|| Value { number, unit: Some(unit.to_owned()) })
}

fn multiplier(unit: &str) -> Option<f64> {
    Some(match unit {
        "k" | "K" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        _ => return None,
    })
}

/// Bytes of the number at the start of a text.
fn number_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut end = usize::from(bytes.first().is_some_and(|byte| matches!(byte, b'+' | b'-')));
    while bytes.get(end).is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',')) {
        end += 1;
    }
    if bytes.get(end).is_some_and(|byte| matches!(byte, b'e' | b'E')) {
        let sign = usize::from(bytes.get(end + 1).is_some_and(|byte| matches!(byte, b'+' | b'-')));
        let mut after = end + 1 + sign;
        let first = after;
        while bytes.get(after).is_some_and(u8::is_ascii_digit) {
            after += 1;
        }
        if after > first {
            end = after;
        }
    }
    end
}

fn is_unit_text(unit: &str) -> bool {
    // `tokens per second` is a unit of several words.
    if field::unit_symbol(unit).is_some() {
        return true;
    }
    unit.len() <= MAX_UNIT
        && unit.starts_with(|c: char| c.is_alphabetic() || matches!(c, '%' | '°'))
        && unit.chars().all(|c| c.is_alphanumeric() || matches!(c, '%' | '°' | '/' | '-' | '_'))
}

/// `1m2.5s`, `1h0m3s`, `2m3.004s`: two parts at the least, the larger ones first; in seconds.
fn clock(text: &str) -> Option<f64> {
    let mut rest = text;
    let mut total = 0.0;
    let mut last = f64::INFINITY;
    let mut parts = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let end = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let seconds = match rest[..end].trim() {
            "d" => 86_400.0,
            "h" => 3_600.0,
            "m" | "min" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" | "μs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        if seconds >= last {
            return None;
        }
        last = seconds;
        total += number * seconds;
        parts += 1;
        rest = &rest[end..];
    }
    (parts > 1).then_some(total)
}

/// `0:03.40`, `1:02:03`: in seconds.
pub(super) fn colons(text: &str) -> Option<f64> {
    let parts: Vec<f64> = text.trim().split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let is_clock = (2..=3).contains(&parts.len()) && parts.iter().all(|part| *part >= 0.0);
    is_clock.then(|| parts.iter().fold(0.0, |seconds, part| seconds * 60.0 + part))
}

/// What can be converted into each other, and a unit's size in the smallest of its kind.
fn kind(unit: &str) -> Option<(&'static str, f64)> {
    // Alone before a number `m` is in doubt, glued behind one it is minutes.
    if unit == "m" {
        return Some(("time", 6e10));
    }
    let (what, per) = unit.split_once('/').map_or((unit, ""), |(what, per)| (what, per));
    if per.is_empty() {
        return Some(match field::unit_symbol(what)? {
            "ns" => ("time", 1.0),
            "us" => ("time", 1e3),
            "ms" => ("time", 1e6),
            "s" => ("time", 1e9),
            "min" => ("time", 6e10),
            "h" => ("time", 3.6e12),
            "B" => ("bytes", 1.0),
            "KiB" => ("bytes", 1024.0),
            "MiB" => ("bytes", 1_048_576.0),
            "GiB" => ("bytes", 1_073_741_824.0),
            _ => return None,
        });
    }
    if !matches!(per, "s" | "sec" | "second") {
        return None;
    }
    Some(match what {
        "B" | "bytes" => ("bytes/s", 1.0),
        "KiB" => ("bytes/s", 1024.0),
        "MiB" => ("bytes/s", 1_048_576.0),
        "GiB" => ("bytes/s", 1_073_741_824.0),
        "bits" | "bit" => ("bits/s", 1.0),
        "Kbits" => ("bits/s", 1e3),
        "Mbits" => ("bits/s", 1e6),
        "Gbits" => ("bits/s", 1e9),
        _ => return None,
    })
}

/// What a unit measures, as far as values of it can stand in one column.
pub(super) fn family(unit: &str) -> &str {
    kind(unit).map_or_else(|| field::unit_symbol(unit).unwrap_or(unit), |(family, _)| family)
}

/// A number of one unit in another of the same family.
pub(super) fn convert(number: f64, from: &str, to: &str) -> f64 {
    match (kind(from), kind(to)) {
        (Some((family, from)), Some((other, to))) if family == other => {
            // Both are exact where one divides the other.
            if from >= to { number * (from / to) } else { number / (to / from) }
        }
        _ => number,
    }
}
