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

use std::collections::VecDeque;

use ratatui::{Frame, buffer::Buffer, layout::Rect};

use super::{
    labels, symbols,
    theme::Theme,
    widgets::{
        message::{Sentence, message},
        panel::{Pane, Panel},
        pen::Pen,
        spark,
        table::{Cells, Column, LUXURY, List, number, text},
    },
};
use crate::{
    app::{App, EngineState, Focus, engine::ModelLine},
    ingest::file::Status,
    meters::Sample,
};

/// Rows left free between the models and the courses of the machine.
const MARGIN: usize = 2;
/// Columns of a course's name, and of its newest value.
const COURSE_NAME: u16 = 12;
const COURSE_VALUE: u16 = 7;

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
        _ if app.bench.is_running() => app.bench.progress().unwrap_or_default(),
        EngineState::Ready => format!("{name} is loaded"),
        EngineState::Loading(_) => format!("loading {name}"),
        EngineState::Idle => format!("{name} writes the next report"),
        EngineState::NoModel(_) => String::from("reports are written by code"),
    };
    let panel =
        Panel { title: "Models", subtitle: &state, is_focused: app.focus == Focus::List, ..Panel::default() };
    let looking = format!("{} looking for models on this machine", symbols::spinner(app.now));
    let list =
        List { columns: &COLUMNS, lines: &tab.lines, top: tab.place.top, selected: tab.place.selected };
    list.draw_framed(
        (buffer, area),
        panel,
        theme,
        |buffer, inside| message(buffer, inside, &[Sentence::new(&looking, theme.strong())]),
        draw_line,
    );
    machine(buffer, app, theme);
}

/// Below the models, where there is room: how busy the machine was in the last minutes.
fn machine(buffer: &mut Buffer, app: &App, theme: &Theme) {
    let rows = app.areas.list_rows;
    let courses = courses(&app.machine.history);
    let height = u16::try_from(courses.len()).unwrap_or(u16::MAX);
    let free = usize::from(rows.height).saturating_sub(app.engine_tab.lines.len());
    if courses.is_empty() || free < courses.len() + MARGIN {
        return;
    }
    let place = Rect { y: rows.bottom() - height, height, ..rows };
    for (row, (name, values)) in (0..height).zip(courses) {
        let mut pen = Pen::new(buffer, place, row);
        pen.skip(1).put(name, theme.muted());
        pen.go_to(place.x + COURSE_NAME);
        let room = pen.room().saturating_sub(COURSE_VALUE);
        spark::shares(&mut pen, &values, room, theme.spark());
        pen.go_to(place.right().saturating_sub(COURSE_VALUE));
        let now = values.last().copied().unwrap_or_default();
        pen.put_right(&labels::percent(now as f32), COURSE_VALUE - 1, theme.body());
    }
}

/// What is drawn of the samples: shares of the whole, the oldest first.
fn courses(history: &VecDeque<Sample>) -> Vec<(&'static str, Vec<f64>)> {
    let share = |used: u64, total: u64| used as f64 / total.max(1) as f64;
    let gpus = || history.iter().filter_map(|sample| sample.gpus.first());
    let all: [(&str, Vec<f64>); 4] = [
        ("cpu", history.iter().filter_map(|sample| sample.cpu).map(f64::from).collect()),
        ("memory", history.iter().filter_map(|sample| sample.memory).map(|(u, t)| share(u, t)).collect()),
        ("gpu", gpus().filter_map(|gpu| gpu.load).map(f64::from).collect()),
        ("gpu memory", gpus().filter_map(|gpu| gpu.memory).map(|(u, t)| share(u, t)).collect()),
    ];
    all.into_iter().filter(|(_, values)| !values.is_empty()).collect()
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
    Pane { title, rows: &tab.detail, top: tab.place.detail_top, is_focused, ..Pane::default() }
        .draw(buffer, area, theme);
}
