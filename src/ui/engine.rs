//! The Engine pane: the models of this machine, and beside them what the selected one is, what
//! the engine does, the settings, and the log.
//!
//! ```text
//! ╭─ Models ─ gemma3:270m is loaded ─────────────────────────────────────────╮
//! │  model           weights     size found in                               │
//! │▌▸ gemma3:270m    Q8_0      292 MB model folder      ✓                    │
//! │   gemma3:4b      Q4_K_M    3.3 GB Ollama            ✗ the key `gemma3.…   │
//! │   none                                              ✓                    │
//! ╰────────────────────────────────────────────────────────────────── 1 of 3 ─╯
//! ```

use ratatui::{Frame, buffer::Buffer, layout::Rect};

use super::{
    symbols,
    theme::Theme,
    widgets::{
        message::{Sentence, message},
        panel::{Pane, Panel},
        table::{Cells, Column, LUXURY, List, number, text},
    },
};
use crate::{
    app::{App, EngineState, Focus, engine::ModelLine},
    ingest::file::Status,
};

const COLUMNS: [Column; 7] = [
    text("", 1, 0),
    text("model", 14, 0).growing(24, 44).of_names(),
    text("weights", 8, 2),
    number("size", 8, 1),
    text("found in", 12, 3).growing(18, 18),
    text("", 1, 0),
    text("", 8, LUXURY).growing(20, 120),
];

/// Draws the tab.
pub fn render(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    let buffer = frame.buffer_mut();
    list(buffer, app.areas.list, app, theme);
    detail(buffer, app.areas.detail, app, theme);
}

fn list(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    if area.is_empty() {
        return;
    }
    let tab = &app.engine_tab;
    let name = app.model_name.as_ref().map_or("", |name| name.as_str());
    let state = match &app.engine {
        EngineState::Ready => format!("{name} is loaded"),
        EngineState::Loading(_) => format!("loading {name}"),
        EngineState::Idle => format!("{name} writes the next report"),
        EngineState::NoModel(_) => String::from("reports are written by code"),
    };
    let panel =
        Panel { title: "Models", subtitle: &state, is_focused: app.focus == Focus::List, ..Panel::default() };
    let looking = format!("{} looking for models on this machine", symbols::spinner(app.now));
    let list = List { columns: &COLUMNS, lines: &tab.lines, top: tab.top, selected: tab.selected };
    list.draw_framed(
        (buffer, area),
        panel,
        theme,
        |buffer, inside| message(buffer, inside, &[Sentence::new(&looking, theme.strong())]),
        draw_line,
    );
}

fn draw_line(mut cells: Cells<'_, 7>, line: &ModelLine, theme: &Theme) {
    let (sign, style) = match &line.fault {
        None => (symbols::OK, theme.good()),
        Some(_) => (symbols::ERROR, theme.status(Status::Error)),
    };
    let name = if line.fault.is_some() { theme.muted() } else { theme.strong() };
    cells
        .cell(if line.is_chosen { symbols::RIGHT } else { "" }, theme.marker())
        .cell(line.name.as_str(), name)
        .cell(line.quantization.as_str(), theme.body())
        .cell(&line.size, theme.figure())
        .cell(line.origin, theme.muted())
        .cell(sign, style)
        .cell(line.fault.as_ref().map_or("", |fault| fault.as_str()), theme.muted());
}

fn detail(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    if area.is_empty() {
        return;
    }
    let tab = &app.engine_tab;
    let title = tab.selected_line().map_or("Engine", |line| line.name.as_str());
    let is_focused = app.focus == Focus::Detail;
    Pane { title, rows: &tab.detail, top: tab.detail_top, is_focused, ..Pane::default() }
        .draw(buffer, area, theme);
}
