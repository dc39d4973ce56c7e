//! The help popup, drawn from the live keymap: its text is laid out when it opens.
//!
//! ```text
//! ╭─ Keys ─────────────────────────────────────────────────╮
//! │Everywhere                                              ┃
//! │1                    Inventory: the files               │
//! ╰────────────────────────────────────────── 1–20 of 48  ─╯
//! ```

use ratatui::buffer::Buffer;

use super::{theme::Theme, widgets::panel};
use crate::{app::App, text::wrap::Role};

/// Draws the popup, scrolled by `top` rows.
pub fn render(buffer: &mut Buffer, app: &App, top: usize, theme: &Theme) {
    // What is secondary elsewhere are here the keys themselves.
    let style = |role| if role == Role::Muted { theme.key() } else { theme.role(role) };
    panel::popup(buffer, app.areas.popup, ("Keys", ""), &app.popup_rows, top, theme, style);
}
