//! Text: what may be shown, how it wraps, how Markdown becomes rows. Pure.

pub mod markdown;
pub mod sanitize;
pub mod stream;
pub mod wrap;
