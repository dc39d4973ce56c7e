//! Words on frames: the filter, where one is, how many.

use super::{symbols, widgets::meter};
use crate::{metrics::format, text::sanitize::Shown};

/// Stands behind text being typed.
const CURSOR: &str = "▏";

/// The filter as it stands beside a title; nothing when there is none.
pub fn filter(filter: Option<&str>, is_typing: bool) -> String {
    match filter {
        Some(filter) => format!("/{}{}", Shown::new(filter), if is_typing { CURSOR } else { "" }),
        None => String::new(),
    }
}

/// Two things said beside a title, where there are two.
pub fn both(one: &str, other: &str) -> String {
    let between = if one.is_empty() || other.is_empty() { "" } else { " · " };
    format!("{one}{between}{other}")
}

/// `3 of 101`; nothing in an empty list.
pub fn position(selected: usize, total: usize) -> String {
    if total == 0 {
        return String::new();
    }
    format!("{} of {}", format::count(selected as u64 + 1), format::count(total as u64))
}

/// `rows 21–40 of 312`, when there are more than are in sight.
pub fn rows(top: usize, height: usize, total: usize) -> String {
    if total <= height {
        return String::new();
    }
    let last = (top + height).min(total);
    format!(
        "{}–{} of {}",
        format::count(top as u64 + 1),
        format::count(last as u64),
        format::count(total as u64)
    )
}

/// `1 file`, `2 files`
pub fn counted(count: u64, what: &str) -> String {
    format!("{} {what}{}", format::count(count), if count == 1 { "" } else { "s" })
}

/// `1 match`, `17 matches`
pub fn matches(count: usize) -> String {
    format!("{} match{}", format::count(count as u64), if count == 1 { "" } else { "es" })
}

/// `↓ 12 new`
pub fn unseen(rows: usize) -> String {
    format!("{} {} new", symbols::LOWER, format::count(rows as u64))
}

/// `43 %`
pub fn percent(share: f32) -> String {
    format!("{:.0} %", meter::clamped(f64::from(share)) * 100.0)
}
