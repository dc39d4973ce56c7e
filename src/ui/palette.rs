//! Lists that are searched as one types: the palette with its actions and keys, and what can be a
//! side of a comparison.
//!
//! ```text
//! ╭─ Actions ──────────────────────────────────────────────╮
//! │› zoom▏                                                 │
//! │+            Draw the chart larger around its cursor    │
//! │-            Draw the chart smaller                     │
//! ╰─────────────────────────────────────────────── 1 of 2 ─╯
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use super::{labels, theme::Theme, widgets::panel};
use crate::{app::App, text::wrap::Role};

/// Draws the popup.
pub fn render(buffer: &mut Buffer, app: &App, title: &str, theme: &Theme) {
    let style = |role| if role == Role::Muted { theme.key() } else { theme.role(role) };
    let foot = app.place_in_finder().map(|(at, found)| labels::position(at, found)).unwrap_or_default();
    let area = app.areas.popup;
    panel::popup(buffer, area, (title, &foot), &app.popup_rows, 0, theme, style);
    let rows = app.areas.popup_rows;
    let chosen = app.chosen_row().and_then(|row| u16::try_from(row).ok());
    if let Some(row) = chosen.filter(|row| *row < rows.height) {
        let line = Rect { y: rows.y + row, height: 1, ..rows };
        buffer.set_style(line.intersection(buffer.area), theme.selected());
    }
}
