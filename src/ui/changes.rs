//! The popup of what changed from one version of the report to the next, fact by fact.
//!
//! ```text
//! ╭─ What changed ─────────────────────────────────────────────────────╮
//! │ from        20261130T080000Z-gemma3-270m                           │
//! │ 203.2 tok/s → 205.2 tok/s  throughput max of gemma3:270m           │
//! ╰────────────────────────────────────────────────────── 1–20 of 48 ──╯
//! ```

use ratatui::buffer::Buffer;

use super::{theme::Theme, widgets::panel};
use crate::app::App;

/// Draws the popup, scrolled by `top` rows.
pub fn render(buffer: &mut Buffer, app: &App, top: usize, theme: &Theme) {
    panel::popup(buffer, app.areas.popup, ("What changed", ""), &app.popup_rows, top, theme, |role| {
        theme.role(role)
    });
}
