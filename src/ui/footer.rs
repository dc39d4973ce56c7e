//! The status line, and the footer: keys that work here, and the engine's figures while
//! the model runs, on every tab.
//!
//! ```text
//!  ! 2 files could not be read
//!  ? help  / filter  r report  q quit          42.1 tok/s  mean 40.2  TTFT 640 ms  219 tokens
//! ```

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod words;

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use self::words::{wanted, word};
use super::{
    gauges, keys, labels, meters, symbols,
    theme::Theme,
    widgets::{
        meter,
        pen::{Pen, columns},
    },
};
use crate::{
    app::{
        App, Tab,
        action::Action,
        event::Key,
        notices::{Notice, Severity},
        progress::JobProgress,
        report::Activity,
    },
    metrics::format,
};

/// Between two keys, between two figures.
const GAP: u16 = 2;
/// Columns of the bar of a long computation.
const PROGRESS_WIDTH: u16 = 16;
/// Keys that must keep their place when the engine's figures want it.
const KEYS_KEPT: u16 = 18;

/// Draws the status line: what there is to say at its left, the machine at its right.
pub fn render_status(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    let end = match app.notices.current() {
        Some(notice) => render_notice(buffer, area, notice, app, theme),
        None => match app.progress() {
            Some(job) => render_progress(buffer, area, job, app, theme),
            None => render_problem(buffer, area, app, theme).unwrap_or(area.x),
        },
    };
    if app.pending.is_empty() {
        let rest = Rect { x: end, width: area.right().saturating_sub(end), ..area };
        return meters::render(buffer, rest, app, theme);
    }
    // The keys of a chord that is not complete yet.
    let keys: Vec<String> = app.pending.iter().map(Key::to_string).collect();
    let text = format!("{} {}", keys.join(" "), symbols::CUT);
    let mut pen = Pen::new(buffer, area, 0);
    pen.skip(area.width.saturating_sub(columns(&text) + 1)).put(&text, theme.input());
}

/// The column behind it.
fn render_notice(buffer: &mut Buffer, area: Rect, notice: &Notice, app: &App, theme: &Theme) -> u16 {
    let style = theme.severity(notice.severity);
    let (sign, text) = match notice.severity {
        Severity::Info => (symbols::INFO, theme.body()),
        Severity::Warning => (symbols::WARNING, style),
        Severity::Error => (symbols::ERROR, style),
    };
    let mut pen = Pen::new(buffer, area, 0);
    pen.skip(1).put(sign, style).skip(1);
    // An error stays until it is dismissed: say how, where there is room for both.
    let hint = match notice.severity {
        Severity::Error => keys::hint(app, Action::Back, "dismisses"),
        Severity::Info | Severity::Warning => String::new(),
    };
    let width = columns(notice.text.as_str());
    let room = pen.room();
    pen.put_cut(notice.text.as_str(), room.saturating_sub(1), text);
    if !hint.is_empty() && width + GAP + columns(&hint) < room {
        pen.skip(GAP).put(&hint, theme.muted());
    }
    pen.column()
}

/// How far a long computation is, and how long it still takes. The column behind it.
fn render_progress(buffer: &mut Buffer, area: Rect, job: &JobProgress, app: &App, theme: &Theme) -> u16 {
    let mut pen = Pen::new(buffer, area, 0);
    pen.skip(1).put(symbols::spinner(app.now), theme.busy()).skip(1).put(job.doing, theme.body()).skip(1);
    let share = f64::from(job.share);
    meter::bar(&mut pen, share, PROGRESS_WIDTH, theme.meter(), theme);
    pen.put(&format!(" {:.0} %", share * 100.0), theme.figure());
    if let Some(left) = job.left() {
        pen.put(&format!(", {} left", gauges::time(left)), theme.muted());
    }
    pen.column()
}

/// While there is nothing else to say: what is wrong with the selected file. The column behind it.
fn render_problem(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) -> Option<u16> {
    if app.tab != Tab::Inventory {
        return None;
    }
    let line = app.inventory.selected_line()?;
    let problems = &line.file.document.problems;
    let problem = problems.first()?;
    let style = theme.status(line.file.status);
    let place = match (problem.line, problem.column) {
        (Some(line), Some(column)) => format!("{line}:{column} "),
        (Some(line), None) => format!("line {line} "),
        _ => String::new(),
    };
    let more = match problems.len() - 1 {
        0 => String::new(),
        more => format!("and {} more", format::count(more as u64)),
    };
    let mut pen = Pen::new(buffer, area, 0);
    pen.skip(1).put(symbols::WARNING, style).skip(1).put(&place, theme.figure());
    let room = pen.room().saturating_sub(columns(&more) + 2);
    pen.put_cut(problem.message.as_str(), room, theme.body()).skip(1).put(&more, theme.muted());
    Some(pen.column())
}

/// Draws the footer.
pub fn render(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    let figures = if app.report.activity == Activity::Idle { Vec::new() } else { figures(app, theme) };
    let room = area.width.saturating_sub(2);
    let mut width = 0;
    let mut shown = 0;
    for (text, _) in &figures {
        let next = width + columns(text) + GAP;
        if next + KEYS_KEPT > room {
            break;
        }
        (width, shown) = (next, shown + 1);
    }
    let left = Rect { width: area.width.saturating_sub(width + 1), ..area };
    render_keys(buffer, left, app, theme);
    let mut pen = Pen::new(buffer, area, 0);
    pen.skip(area.width.saturating_sub(width + 1));
    for (text, style) in figures.iter().take(shown) {
        pen.skip(GAP).put(text, *style);
    }
}

fn render_keys(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    let context = app.context();
    let mut pen = Pen::new(buffer, area, 0);
    pen.skip(1);
    for action in wanted(app, context) {
        let Some(what) = word(app, context, *action) else { continue };
        let Some(key) = app.keymap.key(context, *action) else { continue };
        let width = columns(&key) + 1 + columns(what);
        if width > pen.room() {
            break;
        }
        pen.put(&key, theme.key()).skip(1).put(what, theme.muted()).skip(GAP);
    }
}

/// The engine's figures, most wanted first.
fn figures(app: &App, theme: &Theme) -> Vec<(String, Style)> {
    let mut figures = Vec::new();
    if let Some(live) = gauges::live(app) {
        figures.push((gauges::rate(live), theme.figure()));
    } else {
        figures.push((format!("{} {}", symbols::spinner(app.now), gauges::doing(app)), theme.busy()));
    }
    if let Some(ttft) = gauges::ttft(app) {
        figures.push((format!("TTFT {}", gauges::time(ttft)), theme.body()));
    }
    if let Some(mean) = gauges::mean(app) {
        figures.push((format!("mean {}", gauges::rate(mean)), theme.body()));
    }
    if gauges::tokens(app) > 0 {
        figures.push((labels::counted(gauges::tokens(app), "token"), theme.body()));
    }
    if let Some(context) = gauges::context(app) {
        figures.push((format!("ctx {context}"), theme.body()));
    }
    if let Some(layers) = gauges::layers(app) {
        figures.push((format!("layers {layers}"), theme.muted()));
    }
    figures
}
