//! The header and the tab line.
//!
//! ```text
//!  chimera-insight  reports   101 files  28 csv  44 json  29 md  ! 3 problems      ● live
//!  1 Inventory  2 Metrics  3 Report ⠋                           gemma3:270m Q8_0 · ready
//! ```

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    gauges, labels, symbols,
    theme::Theme,
    widgets::pen::{Pen, columns},
};
use crate::{
    app::{App, EngineState, Tab, notices::Severity, report::Activity},
    ingest::{file::Kind, inventory::WatchState},
    metrics::format,
};

const NAME: &str = "chimera-insight";
/// The folder is cut before anything else leaves, but not below this.
const MIN_FOLDER: u16 = 10;
/// From this width on parts of the header stand further apart.
const ROOMY: u16 = 100;

/// A part of the header.
struct Part {
    text: String,
    style: Style,
    /// Columns before it.
    gap: u16,
    /// The highest leaves first.
    rank: u8,
}

/// Ranks of the parts: what can be missed first, leaves first.
const FILES: u8 = 1;
const PROBLEMS: u8 = 2;
const KINDS: u8 = 3;
const PROGRAM: u8 = 4;
const TEXTS: u8 = 5;
const OWN: u8 = 6;

/// Draws the header.
pub fn render(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    let (sign, watch, watch_style) = watch_state(app, theme);
    let watch_width = 2 + columns(&watch);
    let gap = if area.width >= ROOMY { 3 } else { 2 };
    let room = area.width.saturating_sub(2 + watch_width + gap - 1);
    let folder = columns(app.folder.as_str()).min(MIN_FOLDER.max(room / 4));
    let mut parts = counts(app, gap, theme);
    let mut has_name = true;
    loop {
        let name = if has_name { columns(NAME) + gap } else { 0 };
        if width(&parts) + folder + name <= room {
            break;
        }
        let last = parts.iter().map(|part| part.rank).max().unwrap_or_default();
        if has_name && last < PROGRAM {
            has_name = false;
        } else if parts.is_empty() {
            break;
        } else {
            // Kinds leave together: some of them would look like all of them.
            parts.retain(|part| part.rank < last);
        }
    }

    let mut pen = Pen::new(buffer, Rect { width: area.width.saturating_sub(watch_width + 2), ..area }, 0);
    pen.skip(1);
    if has_name {
        pen.put(NAME, theme.name()).skip(gap);
    }
    let room = pen.room().saturating_sub(width(&parts));
    pen.put_tail(app.folder.as_str(), room, theme.strong());
    for part in &parts {
        pen.skip(part.gap).put(&part.text, part.style);
    }
    let mut pen = Pen::new(buffer, area, 0);
    pen.skip(area.width.saturating_sub(watch_width + 1))
        .put(sign, watch_style)
        .skip(1)
        .put(&watch, watch_style);
}

fn width(parts: &[Part]) -> u16 {
    parts.iter().map(|part| part.gap + columns(&part.text)).sum()
}

fn watch_state(app: &App, theme: &Theme) -> (&'static str, String, Style) {
    match app.library.watch {
        WatchState::Scanning => (symbols::spinner(app.now), "scanning".into(), theme.busy()),
        WatchState::Live => (symbols::FRESH, "live".into(), theme.good()),
        WatchState::Polling(seconds) => (symbols::POLLING, format!("poll {seconds}s"), theme.good()),
        WatchState::Missing => (symbols::ERROR, "missing".into(), theme.severity(Severity::Error)),
    }
}

fn counts(app: &App, gap: u16, theme: &Theme) -> Vec<Part> {
    let counts = app.library.inventory.counts();
    let kinds = [
        (Kind::Csv, "csv", KINDS),
        (Kind::Json, "json", KINDS),
        (Kind::Markdown, "md", KINDS),
        (Kind::Text, "text", TEXTS),
    ];
    let files = labels::counted(counts.files(), "file");
    let mut parts = vec![Part { text: files, style: theme.strong(), gap, rank: FILES }];
    let mut kind_gap = gap;
    for (kind, name, rank) in kinds {
        let count = counts.of(kind);
        if count > 0 {
            let text = format!("{} {name}", format::count(count));
            parts.push(Part { text, style: theme.kind(kind), gap: kind_gap, rank });
            // Kinds stand closer together than what they have nothing to do with.
            kind_gap = gap - 1;
        }
    }
    if counts.generated > 0 {
        let text = format!("{} own", format::count(counts.generated));
        parts.push(Part { text, style: theme.muted(), gap: kind_gap, rank: OWN });
    }
    if counts.problems > 0 {
        let text = format!("{} {}", symbols::WARNING, labels::counted(counts.problems, "problem"));
        parts.push(Part { text, style: theme.severity(Severity::Warning), gap, rank: PROBLEMS });
    }
    parts
}

/// Draws the tab line.
pub fn render_tabs(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    let mut pen = Pen::new(buffer, area, 0);
    for (tab, place) in Tab::ALL.into_iter().zip(app.areas.tab_titles) {
        let style = theme.tab(app.tab == tab);
        let is_whole = usize::from(place.width) >= tab.title().len() + 2;
        let title = if is_whole || app.tab == tab { tab.title() } else { tab.number() };
        pen.go_to(place.x).put(" ", style).put(title, style).put(" ", style);
    }
    pen.skip(1);
    // The model runs on whichever tab is shown; its tab says so.
    if app.report.activity != Activity::Idle {
        pen.put(symbols::spinner(app.now), theme.busy()).skip(1);
    }
    let (state, style) = engine_state(app, theme);
    let (name, quantization) = model(app);
    let named =
        [name, quantization].into_iter().filter(|text| !text.is_empty()).map(|text| columns(text) + 1);
    let width = named.sum::<u16>() + 2 + columns(&state) + 1;
    let room = pen.room();
    if width < room && !name.is_empty() {
        pen.skip(room - width).put(name, theme.strong()).skip(1);
        if !quantization.is_empty() {
            pen.put(quantization, theme.muted()).skip(1);
        }
        pen.put(symbols::DOT, theme.muted()).skip(1).put(&state, style);
    } else if columns(&state) + 2 < room {
        pen.skip(room - columns(&state) - 1).put(&state, style);
    }
}

/// Name and quantization of the model, as far as they are known.
fn model(app: &App) -> (&str, &str) {
    // The name chosen was made safe to show; the one in the model's file was not.
    let name = app.model_name.as_ref().map_or("", |name| name.as_str());
    (name, gauges::quantization(app))
}

fn engine_state(app: &App, theme: &Theme) -> (String, Style) {
    match (&app.engine, app.report.activity) {
        (_, Activity::Cancelling) => ("cancelling".into(), theme.severity(Severity::Warning)),
        (_, Activity::Prefill) => ("reading the prompt".into(), theme.busy()),
        (_, Activity::Decode) => ("writing".into(), theme.busy()),
        (EngineState::Loading(share), _) => (format!("loading {}", labels::percent(*share)), theme.busy()),
        (_, Activity::Loading) => ("loading".into(), theme.busy()),
        (EngineState::NoModel(_), _) => ("no model".into(), theme.muted()),
        (EngineState::Idle, _) => ("not loaded".into(), theme.muted()),
        (EngineState::Ready, _) => ("ready".into(), theme.good()),
    }
}
