//! The Compare pane: one row a metric and group, and the figures of the selected one.
//!
//! ```text
//! ╭─ Compare ─ base gemma3:270m · candidate gemma3:latest ──────────────────────────╮
//! │  verdict   metric       group     base  candidate   delta   95 % interval      p │
//! │▌✗ worse    Throughput   prompt=1  295.0     102.2  −65.4 % −65.6 … −65.1  <0.001 │
//! │  ~ unclear TTFT         prompt=1  130.0     131.4   +1.1 %  −4.0 … +6.2    0.512 │
//! ╰────────────────────────────────────────────────────────────────────  1 of 12  ──╯
//! ```

use ratatui::{Frame, buffer::Buffer, layout::Rect, style::Style};

use super::{
    keys, labels, symbols,
    theme::Theme,
    widgets::{
        interval::{Interval, interval as bar},
        message::{Sentence, message},
        panel::{Pane, Panel},
        table::{Cells, Column, LUXURY, List, number, text},
    },
};
use crate::{
    app::{App, Focus, action::Action, compare::DeltaLine, notices::Severity},
    compare::verdict::Verdict,
};

const COLUMNS: [Column; 15] = [
    text("", 1, 0),
    text("verdict", 8, 0),
    text("", 1, 4),
    text("metric", 10, 0).growing(14, 22),
    text("group", 8, 5).growing(24, 60).of_names(),
    number("n", 5, LUXURY),
    number("base", 8, 1),
    number("n", 5, LUXURY + 1),
    number("cand.", 8, 1),
    text("unit", 6, 8).growing(7, 9),
    number("delta", 9, 0),
    text("95 % interval", 21, 3).growing(23, 25),
    text("around zero", 13, 6).growing(21, 41),
    number("p adj.", 7, 7),
    number("more runs", 9, 9),
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
    let tab = &app.compare;
    let subject = labels::both(&title(app), if tab.lines.is_empty() { "" } else { tab.sort.title() });
    let panel = Panel {
        title: "Compare",
        subtitle: &subject,
        is_focused: app.focus == Focus::List,
        ..Panel::default()
    };
    let list =
        List { columns: &COLUMNS, lines: &tab.lines, top: tab.place.top, selected: tab.place.selected };
    list.draw_framed(
        (buffer, area),
        panel,
        theme,
        |buffer, inside| empty(buffer, inside, app, theme),
        |cells, line, theme| draw_line(cells, line, tab.scale, theme),
    );
}

/// What is compared, as found, or as picked where nothing else tells the sides apart.
fn title(app: &App) -> String {
    let tab = &app.compare;
    let mark = if tab.warnings().is_empty() { String::new() } else { format!("{} ", symbols::WARNING) };
    match (&tab.base, &tab.candidate) {
        (Some(_), Some(_)) if !tab.subject.as_str().is_empty() => format!("{mark}{}", tab.subject),
        (Some(base), Some(candidate)) => {
            format!("{mark}{} {} {}", base.shown(), symbols::THEN, candidate.shown())
        }
        (Some(base), None) => format!("base {}", base.shown()),
        (None, _) => String::new(),
    }
}

fn draw_line(mut cells: Cells<'_, 15>, line: &DeltaLine, scale: f64, theme: &Theme) {
    let (sign, word) = if line.is_one_sided {
        (String::from(symbols::NONE), "one side")
    } else {
        (line.verdict.sign().to_string(), line.verdict.as_str())
    };
    let style = verdict(line, theme);
    let is_plain = line.is_one_sided || line.is_figure;
    let body = if is_plain { theme.muted() } else { theme.body() };
    let [base_n, base, candidate_n, candidate, delta, interval, p, more] = &line.columns;
    cells
        .cell(&sign, style)
        .cell(word, style)
        .cell(if line.is_figure { symbols::SUMMARY } else { "" }, theme.muted())
        .cell(line.metric.as_str(), if is_plain { theme.muted() } else { theme.strong() })
        .cell(line.brief.as_str(), body)
        .cell(base_n, theme.muted())
        .cell(base, body)
        .cell(candidate_n, theme.muted())
        .cell(candidate, body)
        .cell(line.unit.as_str(), theme.muted())
        .cell(delta, style)
        .cell(interval, body)
        .draw(style, |pen, width, style| {
            if let Some((delta, low, high)) = line.interval {
                bar(pen, Interval { delta, low, high }, scale, width, (theme.muted(), style));
            }
        })
        .cell(p, body)
        .cell(more, theme.muted());
}

fn verdict(line: &DeltaLine, theme: &Theme) -> Style {
    match line.verdict {
        _ if line.is_one_sided => theme.muted(),
        Verdict::Better => theme.good(),
        Verdict::Worse => theme.severity(Severity::Error),
        Verdict::Same => theme.body(),
        Verdict::Unclear => theme.muted(),
    }
}

fn empty(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    let tab = &app.compare;
    let (what, hint) = match (&tab.base, &tab.candidate) {
        (Some(_), Some(_)) if tab.is_computing => {
            (format!("{} comparing", symbols::spinner(app.now)), String::new())
        }
        (Some(_), Some(_)) => (
            String::from("neither side has a metric"),
            keys::hint(
                app,
                Action::Compare,
                "picks another: files, folders, groups and runs with measured values",
            ),
        ),
        (Some(base), None) => (
            format!("base: {}", base.shown()),
            keys::hint(app, Action::Compare, "picks what is held against it"),
        ),
        (None, _) => (
            String::from("nothing is compared yet"),
            // Neither has a key while a popup is open.
            [
                keys::hint(app, Action::MarkBase, "picks the base"),
                keys::hint(app, Action::Compare, "what is held against it: a file, folder, group or run"),
            ]
            .iter()
            .filter(|hint| !hint.is_empty())
            .map(String::as_str)
            .collect::<Vec<&str>>()
            .join(", "),
        ),
    };
    message(buffer, area, &[Sentence::new(&what, theme.strong()), Sentence::new(&hint, theme.muted())]);
}

fn detail(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    if area.is_empty() {
        return;
    }
    let tab = &app.compare;
    let title = tab.lines.get(tab.place.selected).map_or("Figures", |line| line.metric.as_str());
    let is_focused = app.focus == Focus::Detail;
    Pane { title, rows: &tab.detail, top: tab.place.detail_top, is_focused, ..Pane::default() }
        .draw(buffer, area, theme);
}
