//! The Metrics pane: one row a series, and the values of the selected one.
//!
//! ```text
//! ╭─ Series ────────────────────────────────────────────────────────────────────────╮
//! │    metric       group                n  excl  median   mean    p95 unit  recent  │
//! │▌●  Throughput ↑ gemma3:270m         25     2   295.0  293.1  301.2 tok/s ▂▄▆█▆▄  ┃
//! │  Σ TTFT       ↓ gemma3:latest        5     –   130.0  131.4  140.0 ms    ▄▄▄▄▄▄  │
//! ╰──────────────────────────────────────────────────────────────────────  1 of 48  ─╯
//! ╭─ Throughput · gemma3:270m ───────────────────────────────────────────────────────╮
//! │295.0 tok/s   csv/gemma3_270m_baseline.csv:2                                      │
//! ╰──────────────────────────────────────────────────────────────────────────────────╯
//! ```

mod chart;

use std::borrow::Cow;

use ratatui::{Frame, buffer::Buffer, layout::Rect};

use super::{
    keys, labels, symbols,
    theme::Theme,
    widgets::{
        message::{Sentence, message},
        panel::{Pane, Panel},
        spark::spark,
        table::{Cells, Column, LUXURY, List, number, text},
    },
};
use crate::app::{
    App, Focus,
    action::Action,
    metrics::{MetricsTab, SeriesLine, chart::View},
};

/// Values of [`SeriesLine::columns`], in its order, each with the header of its column.
const N: usize = 0;
const EXCLUDED: usize = 1;
const MEDIAN: usize = 2;
const MEAN: usize = 3;
const DEVIATION: usize = 4;
const MIN: usize = 5;
const MAX: usize = 6;
const P95: usize = 7;

const COLUMNS: [Column; 15] = [
    text("", 1, 0),
    text("", 1, 4),
    text("metric", 10, 0).growing(14, 22),
    text("", 1, 2),
    text("group", 12, 3).growing(24, 60).of_names(),
    number("n", 6, 0),
    number("excl", 5, 9),
    number("median", 8, 0),
    number("mean", 8, 8),
    number("sd", 8, LUXURY),
    number("min", 8, LUXURY + 2),
    number("max", 8, LUXURY + 1),
    number("p95", 8, 5),
    text("unit", 7, 1),
    text("recent", 6, 6).growing(6, 24),
];

/// Draws the tab.
pub fn render(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    let buffer = frame.buffer_mut();
    table(buffer, app.areas.list, app, theme);
    detail(buffer, app.areas.detail, app, theme);
}

fn table(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    if area.is_empty() {
        return;
    }
    let tab = &app.metrics;
    let busy = if app.cutting.is_computing { symbols::CUT } else { "" };
    let cut = format!("{}{busy}", app.cutting.cut.told());
    let order = labels::both(&cut, tab.sort.title());
    let mut filter = labels::both(&order, &labels::filter(tab.filter.as_deref(), tab.is_typing));
    if filter.is_empty() && app.areas.detail.is_empty() {
        // Nothing else says whole what the selected series is of.
        filter = tab.lines.get(tab.selected).map_or_else(String::new, |line| group(line).into_owned());
    }
    let panel = Panel {
        title: "Series",
        subtitle: &filter,
        is_focused: app.focus == Focus::List,
        ..Panel::default()
    };
    let list = List { columns: &COLUMNS, lines: &tab.lines, top: tab.top, selected: tab.selected };
    list.draw_framed(
        (buffer, area),
        panel,
        theme,
        |buffer, inside| empty(buffer, inside, app, theme),
        draw_line,
    );
}

fn draw_line(mut cells: Cells<'_, 15>, line: &SeriesLine, theme: &Theme) {
    let nature = match line.nature {
        "summary" => symbols::SUMMARY,
        "stated" => symbols::STATED,
        _ => "",
    };
    let better = match line.better {
        '+' => symbols::HIGHER,
        '-' => symbols::LOWER,
        _ => "",
    };
    let is_measured = nature.is_empty();
    let figure = if is_measured { theme.body() } else { theme.muted() };
    cells
        .cell(if line.is_fresh { symbols::FRESH } else { "" }, theme.fresh())
        .cell(nature, theme.muted())
        .cell(line.metric.as_str(), if is_measured { theme.strong() } else { theme.muted() })
        .cell(better, theme.muted())
        .cell(&group(line), if line.is_ungrouped { theme.muted() } else { figure });
    for index in [N, EXCLUDED, MEDIAN, MEAN, DEVIATION, MIN, MAX, P95] {
        let style = match index {
            MEDIAN if is_measured => theme.figure(),
            EXCLUDED => theme.muted(),
            _ => figure,
        };
        cells.cell(&line.columns[index], style);
    }
    cells
        .cell(line.unit.as_str(), theme.muted())
        .draw(theme.spark(), |pen, width, style| spark(pen, &line.spark, width, style));
}

/// The group in brief. Series of no group that come from one place are told apart by their field.
fn group(line: &SeriesLine) -> Cow<'_, str> {
    if line.is_ungrouped {
        return Cow::Owned(format!("{} · {}", line.group, line.field));
    }
    Cow::Borrowed(line.brief.as_str())
}

fn empty(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    let (what, hint): (String, String) = if !app.cutting.cut.is_usual() && app.shown.series().is_empty() {
        (
            format!("no row is left {}", app.cutting.cut.told()),
            keys::hint(app, Action::ClearFilter, "shows all"),
        )
    } else if app.metrics.filter.is_some() && !app.library.series().is_empty() {
        (String::from("no series matches the filter"), keys::hint(app, Action::ClearFilter, "shows all"))
    } else if app.library.is_complete {
        (
            String::from("no metric found yet"),
            String::from("columns and keys like ttft_s, tokens_per_second or latency_ms become series here"),
        )
    } else {
        (format!("{} reading {}", symbols::spinner(app.now), app.folder), String::new())
    };
    message(buffer, area, &[Sentence::new(&what, theme.strong()), Sentence::new(&hint, theme.muted())]);
}

fn detail(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    if area.is_empty() {
        return;
    }
    let tab = &app.metrics;
    let selected = tab.lines.get(tab.selected);
    let (title, subtitle) = match selected {
        Some(line) if line.is_ungrouped => (line.metric.as_str(), group(line)),
        Some(line) => (line.metric.as_str(), Cow::Borrowed(line.group.as_str())),
        None => ("Values", Cow::Borrowed("")),
    };
    let subtitle = about(&subtitle, tab);
    let is_focused = app.focus == Focus::Detail;
    let Some(shown) = &tab.chart else {
        let (rows, top) = (tab.detail.as_slice(), tab.detail_top);
        Pane { title, subtitle: &subtitle, rows, top, is_focused }.draw(buffer, area, theme);
        return;
    };
    let foot = labels::position(tab.stop, shown.stops.len());
    let panel = Panel { title, subtitle: &subtitle, foot: &foot, is_focused, ..Panel::default() };
    let inside = panel.draw(buffer, area, theme);
    chart::render(buffer, inside, shown, tab.stopped_at(), theme);
}

/// The group, and which view of it is shown: `gemma3 · trend of tok/s over run, by time`.
fn about(group: &str, tab: &MetricsTab) -> String {
    let view = tab.view.title();
    if group.is_empty() {
        return String::new();
    }
    match &tab.chart {
        _ if tab.view == View::Values => group.to_owned(),
        Some(chart) if chart.empty.is_none() => {
            let (x, y) = (chart.x.title.as_str(), chart.y.title.as_str());
            format!("{group} · {view}: {y} over {x}")
        }
        _ => format!("{group} · {view}"),
    }
}
