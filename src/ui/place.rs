//! The question where a report shall go that could not be saved where it belongs.
//!
//! ```text
//! ╭─ Save the report elsewhere ────────────────────────────╮
//! │› ~/20261130T141500Z-gemma3-270m.md▏                    │
//! │the report goes there, its record beside it as .json    │
//! ╰────────────────────────────────────────────────────────╯
//! ```

use ratatui::buffer::Buffer;

use super::{theme::Theme, widgets::panel};
use crate::app::App;

/// Draws the popup.
pub fn render(buffer: &mut Buffer, app: &App, theme: &Theme) {
    let title = ("Save the report elsewhere", "");
    panel::popup(buffer, app.areas.popup, title, &app.popup_rows, 0, theme, |role| theme.role(role));
}
