//! Text: what may be shown, how it wraps, how Markdown becomes rows. Pure.

pub mod markdown;
pub mod sanitize;
pub mod stream;
pub mod wrap;

/// Stands in every report of this program and tells the program that it is one; it is not shown.
pub const REPORT_MARK: &str = "<!-- chimera-insight:report -->";
