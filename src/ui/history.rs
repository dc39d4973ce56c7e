//! The History pane: earlier runs from their records, and the selected one.
//!
//! ```text
//! ╭─ Runs ───────────────────────────────────────────────────────────────────╮
//! │  started             model         writing  grounded  tok/s TTFT ms    s │
//! │▌ 2026-11-30 08:15:02 gemma3:270m   worded   281/281    58.4     412 19.3 ✓│
//! ╰────────────────────────────────────────────────────────────────── 1 of 3 ─╯
//! ```

use ratatui::{Frame, buffer::Buffer, layout::Rect};

use super::{
    keys, symbols,
    theme::Theme,
    widgets::{
        message::{Sentence, message},
        panel::{Pane, Panel},
        table::{Cells, Column, LUXURY, List, number, text},
    },
};
use crate::{
    app::{App, Focus, action::Action, history::RunLine},
    ingest::file::Status,
};

const COLUMNS: [Column; 9] = [
    text("", 1, 0),
    text("started", 19, 0),
    text("model", 10, 0).growing(16, 40).of_names(),
    text("writing", 9, 3),
    number("grounded", 9, 2),
    number("tok/s", 7, 1),
    number("TTFT ms", 8, 4),
    number("seconds", 8, LUXURY),
    text("", 1, 0),
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
    let tab = &app.history;
    let panel = Panel { title: "Runs", is_focused: app.focus == Focus::List, ..Panel::default() };
    let hint = keys::hint(app, Action::Generate, "writes a report; each one is kept and listed here");
    let sentences =
        [Sentence::new("no run in this folder yet", theme.strong()), Sentence::new(&hint, theme.muted())];
    let list =
        List { columns: &COLUMNS, lines: &tab.lines, top: tab.place.top, selected: tab.place.selected };
    list.draw_framed(
        (buffer, area),
        panel,
        theme,
        |buffer, inside| message(buffer, inside, &sentences),
        draw_line,
    );
}

fn draw_line(mut cells: Cells<'_, 9>, line: &RunLine, theme: &Theme) {
    let (sign, style) = match &line.fault {
        None => (symbols::OK, theme.good()),
        Some(_) if line.columns[0].is_empty() => (symbols::ERROR, theme.status(Status::Error)),
        Some(_) => (symbols::WARNING, theme.status(Status::Partial)),
    };
    cells
        .cell(if line.is_base { symbols::BASE } else { "" }, theme.marker())
        .cell(line.started.as_str(), theme.body())
        .cell(line.model.as_str(), theme.strong())
        .cell(line.writing.as_str(), theme.muted());
    for column in &line.columns {
        cells.cell(column, theme.figure());
    }
    cells.cell(sign, style);
}

fn detail(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    if area.is_empty() {
        return;
    }
    let tab = &app.history;
    let title = tab.lines.get(tab.place.selected).map_or("Run", |line| line.started.as_str());
    let is_focused = app.focus == Focus::Detail;
    Pane { title, rows: &tab.detail, top: tab.place.detail_top, is_focused, ..Pane::default() }
        .draw(buffer, area, theme);
}
