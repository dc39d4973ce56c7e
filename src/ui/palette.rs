//! The command palette: what is typed, and the actions that it finds with their keys.
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
use crate::{
    app::{App, palette::Palette},
    text::wrap::Role,
};

/// Draws the popup.
pub fn render(buffer: &mut Buffer, app: &App, palette: &Palette, theme: &Theme) {
    let style = |role| if role == Role::Muted { theme.key() } else { theme.role(role) };
    let foot = labels::position(palette.selected, palette.found.len());
    let area = app.areas.popup;
    panel::popup(buffer, area, ("Actions", &foot), &app.popup_rows, 0, theme, style);
    // The first row is what is typed; the rows after it begin with the first one seen.
    let row = palette.selected - app.palette_top().min(palette.selected) + 1;
    let rows = app.areas.popup_rows;
    if !palette.found.is_empty() && row < usize::from(rows.height) {
        let line = Rect { y: rows.y + row as u16, height: 1, ..rows };
        buffer.set_style(line.intersection(buffer.area), theme.selected());
    }
}
