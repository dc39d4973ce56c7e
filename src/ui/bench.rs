//! The form that asks for a benchmark.
//!
//! ```text
//! ╭─ Benchmark ──────────────────────────────────────────────────────╮
//! │sweep          num_ctx=1024,2048,temperature=0.2,0.8▏             │
//! │runs           3                                                  │
//! │results there  go on                                              │
//! │                                                                  │
//! │4 configurations, 12 calls; rows, a summary and a JSON are …      │
//! ╰──────────────────────────────────────────────────────────────────╯
//! ```

use ratatui::buffer::Buffer;

use super::{theme::Theme, widgets::panel};
use crate::app::App;

/// Draws the popup.
pub fn render(buffer: &mut Buffer, app: &App, theme: &Theme) {
    let title = ("Benchmark", "");
    panel::popup(buffer, app.areas.popup, title, &app.popup_rows, 0, theme, |role| theme.role(role));
}
