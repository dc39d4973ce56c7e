//! The form of the next report's settings: a line for each, and what the selected one is.
//!
//! ```text
//! ╭─ Settings of the next report ────────────────────────── 3 of 13 ─╮
//! │num_gpu         default (all that fit)   default                  │
//! │num_ctx         4096▏                    --set                    │
//! │                                                                  │
//! │tokens that prompt and answer have room in: 256 to 1048576        │
//! ╰──────────────────────────────────────────────────────────────────╯
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use super::{theme::Theme, widgets::panel};
use crate::{app::App, app::form::Form};

/// Draws the popup.
pub fn render(buffer: &mut Buffer, app: &App, form: &Form, theme: &Theme) {
    let title = ("Settings of the next report", "");
    panel::popup(buffer, app.areas.popup, title, &app.popup_rows, 0, theme, |role| theme.role(role));
    let rows = app.areas.popup_rows;
    let row = u16::try_from(form.selected.saturating_sub(form.top)).unwrap_or(u16::MAX);
    if row < rows.height {
        let line = Rect { y: rows.y + row, height: 1, ..rows };
        buffer.set_style(line.intersection(buffer.area), theme.selected());
    }
}
