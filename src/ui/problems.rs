//! The problems popup: what could not be read, each with file, line and column.
//!
//! ```text
//! ╭─ Problems · 48 ────────────────────────────────────────────────────╮
//! │ runs/a.csv:12:4 row has 3 cells, the header has 5                  │
//! ╰────────────────────────────────────────────────────── 1–20 of 48 ──╯
//! ```

use ratatui::buffer::Buffer;

use super::{theme::Theme, widgets::panel};
use crate::{app::App, metrics::format};

/// Draws the popup, scrolled by `top` rows.
pub fn render(buffer: &mut Buffer, app: &App, top: usize, theme: &Theme) {
    let problems = app.library.inventory.counts().problems;
    let subtitle = if problems > 0 { format::count(problems) } else { String::new() };
    panel::popup(buffer, app.areas.popup, ("Problems", &subtitle), &app.popup_rows, top, theme, |role| {
        theme.role(role)
    });
}
