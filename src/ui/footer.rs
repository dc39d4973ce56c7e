//! The status line, and the footer: keys that work here, and the engine's figures while
//! the model runs, on every tab.
//!
//! ```text
//!  ! 2 files could not be read
//!  ? help  / filter  r report  q quit          42.1 tok/s  mean 40.2  TTFT 640 ms  219 tokens
//! ```

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    gauges, keys, labels, meters, symbols,
    theme::Theme,
    widgets::pen::{Pen, columns},
};
use crate::{
    app::{
        App, EngineState, Focus, Popup, Tab,
        action::Action,
        event::Key,
        keymap::Context,
        metrics::chart::View,
        notices::{Notice, Severity},
        report::Activity,
    },
    metrics::format,
};

/// Between two keys, between two figures.
const GAP: u16 = 2;
/// Wanted in the preview of a file, most wanted first.
const PREVIEW: &[Action] = &[
    Action::Cancel,
    Action::Help,
    Action::Filter,
    Action::NextFigure,
    Action::ToggleFold,
    Action::NextView,
    Action::Right,
    Action::Copy,
    Action::FocusNext,
    Action::Edit,
    Action::UnfoldAll,
    Action::Quit,
];
/// Keys that must keep their place when the engine's figures want it.
const KEYS_KEPT: u16 = 18;

/// In the settings.
const FORM: &[Action] =
    &[Action::Open, Action::NextValue, Action::ResetSetting, Action::Back, Action::Generate, Action::Help];

/// In the Engine tab.
const ENGINE: &[Action] = &[
    Action::Cancel,
    Action::Help,
    Action::Open,
    Action::LoadModel,
    Action::UnloadModel,
    Action::EditSettings,
    Action::Generate,
    Action::Quit,
    Action::FocusNext,
    Action::Copy,
    Action::Edit,
];

/// Draws the status line: what there is to say at its left, the machine at its right.
pub fn render_status(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    let end = match app.notices.current() {
        Some(notice) => render_notice(buffer, area, notice, app, theme),
        None => render_problem(buffer, area, app, theme).unwrap_or(area.x),
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

/// What a user is likely to want next, most wanted first.
fn wanted(app: &App, context: Context) -> &'static [Action] {
    match (context, app.tab) {
        (Context::Typing, _) => &[Action::Open, Action::Back],
        (Context::Popup, _) => &[Action::Back, Action::Down, Action::Up, Action::Help],
        (Context::Form, _) => FORM,
        (Context::Report, _) => &[
            Action::Cancel,
            Action::Open,
            Action::NextFigure,
            Action::Generate,
            Action::EditSettings,
            Action::Help,
            Action::End,
            Action::Quit,
            Action::Copy,
            Action::PreviousVersion,
            Action::NextVersion,
            Action::Compare,
            Action::Edit,
            Action::CopySection,
            Action::Start,
            Action::NextTab,
        ],
        (_, Tab::Compare) => &[
            Action::Cancel,
            Action::Help,
            Action::MarkBase,
            Action::Compare,
            Action::SwapSides,
            Action::Quit,
            Action::FocusNext,
            Action::Copy,
            Action::Generate,
            Action::NextTab,
        ],
        (_, Tab::Engine) => ENGINE,
        (_, Tab::History) => &[
            Action::Cancel,
            Action::Help,
            Action::Open,
            Action::MarkBase,
            Action::Compare,
            Action::RepeatRun,
            Action::Generate,
            Action::Quit,
            Action::FocusNext,
            Action::Copy,
            Action::Edit,
        ],
        (_, Tab::Metrics) if app.focus == Focus::Detail => &[
            Action::Cancel,
            Action::Help,
            Action::NextView,
            Action::Open,
            Action::ZoomIn,
            Action::ZoomOut,
            Action::NextPartner,
            Action::FocusNext,
            Action::Copy,
            Action::Edit,
            Action::Quit,
        ],
        (_, Tab::Metrics) => &[
            Action::Cancel,
            Action::Help,
            Action::NextView,
            Action::MarkBase,
            Action::Compare,
            Action::Filter,
            Action::ClearFilter,
            Action::GroupBy,
            Action::Where,
            Action::Generate,
            Action::Quit,
            Action::FocusNext,
            Action::Copy,
            Action::Edit,
            Action::NextTab,
        ],
        _ if app.leads_back().is_some() => {
            &[Action::Back, Action::NextFigure, Action::Help, Action::Edit, Action::Copy, Action::Quit]
        }
        (Context::Preview, _) => PREVIEW,
        _ => &[
            Action::Cancel,
            Action::Help,
            Action::Filter,
            Action::ClearFilter,
            Action::Generate,
            Action::Quit,
            Action::MarkBase,
            Action::Compare,
            Action::Problems,
            Action::FocusNext,
            Action::NextSort,
            Action::ToggleFold,
            Action::ToggleTree,
            Action::Edit,
            Action::Copy,
            Action::Rescan,
            Action::NextTab,
        ],
    }
}

/// What an action does here, in a word or two; `None` where it would do nothing.
fn word(app: &App, context: Context, action: Action) -> Option<&'static str> {
    let is_running = app.report.activity != Activity::Idle;
    let has_text = match app.tab {
        Tab::Report => !app.report.view.is_empty(),
        Tab::Compare => !app.compare.lines.is_empty(),
        Tab::Inventory | Tab::Metrics => true,
        Tab::History => !app.history.lines.is_empty(),
        Tab::Engine => app.engine_tab.selected_line().is_some_and(|line| line.found.is_some()),
    };
    let filter = match app.tab {
        Tab::Inventory => &app.inventory.filter,
        Tab::Metrics => &app.metrics.filter,
        Tab::Compare | Tab::Report | Tab::History | Tab::Engine => &None,
    };
    match action {
        Action::Open if context == Context::Report => app.report.evidence.position().map(|_| "source"),
        Action::Open if matches!(app.popup, Popup::Palette(_)) => Some("do it"),
        Action::Open if matches!(app.popup, Popup::Sides(..)) => Some("take it"),
        Action::Open if matches!(app.popup, Popup::GroupBy(_) | Popup::Rows(_)) => {
            Some("choose or leave out")
        }
        Action::GroupBy => Some("group by"),
        Action::Where => Some("rows"),
        Action::ClearFilter if app.tab == Tab::Metrics && !app.cutting.cut.is_usual() => Some("show all"),
        Action::MarkBase if app.tab == Tab::Compare => Some("pick the base"),
        Action::Compare if app.tab == Tab::Compare => Some("pick the candidate"),
        Action::PreviousVersion => app.version().filter(|(at, _)| *at > 1).map(|_| "version before"),
        Action::NextVersion => app.version().filter(|(at, of)| at < of).map(|_| "version after"),
        Action::Compare if app.tab == Tab::Report => {
            app.version().filter(|(at, _)| *at > 1).map(|_| "what changed")
        }
        Action::CopySection => has_text.then_some("copy section"),
        Action::Copy if app.tab == Tab::Report => {
            let is_figure = app.report.evidence.position().is_some();
            has_text.then_some(if is_figure { "copy figure" } else { "copy" })
        }
        Action::SwapSides => has_text.then_some("swap"),
        Action::Open if matches!(app.popup, Popup::Form(_)) => {
            Some(if context == Context::Typing { "take it" } else { "type a value" })
        }
        Action::Open if context == Context::Typing && app.inventory.preview.is_typing() => {
            Some("keep search")
        }
        Action::Open if context == Context::Typing => Some("keep filter"),
        Action::Open if app.tab == Tab::Engine => app
            .engine_tab
            .selected_line()
            .and_then(|line| (!line.is_chosen && line.fault.is_none() && !is_running).then_some("use it")),
        Action::LoadModel => (matches!(app.engine, EngineState::Idle) && !is_running).then_some("load"),
        Action::UnloadModel => (app.engine == EngineState::Ready && !is_running).then_some("unload"),
        Action::EditSettings => (!is_running).then_some("settings"),
        Action::NextValue => Some("next value"),
        Action::ResetSetting => Some("default"),
        Action::Open if app.tab == Tab::History => app.history.selected_run().map(|_| "read it"),
        Action::RepeatRun => app.history.summary().filter(|_| !is_running).map(|_| "write it again"),
        Action::MarkBase if app.tab == Tab::History => has_text.then_some("base"),
        Action::Compare if app.tab == Tab::History => app.history.base().map(|_| "compare"),
        Action::ToggleFold if context == Context::List => app.inventory.tree().map(|_| "fold"),
        Action::ToggleFold => app.inventory.preview.is_tree().then_some("fold"),
        Action::ToggleTree => Some(if app.inventory.tree().is_some() { "list" } else { "tree" }),
        Action::UnfoldAll => app.inventory.preview.is_tree().then_some("unfold all"),
        Action::Right => app.inventory.preview.is_table().then_some("columns"),
        Action::NextView if context == Context::Preview => app.inventory.preview.next_shape(),
        Action::Filter if context == Context::Preview => Some("search"),
        Action::NextFigure if context == Context::Preview && app.leads_back().is_none() => {
            app.inventory.preview.searched().map(|_| "next match")
        }
        Action::Open => app.metrics.stopped_at()?.place.as_ref().map(|_| "file and row"),
        Action::NextView => Some(app.metrics.view.further(1).title()),
        Action::ZoomIn => app.metrics.chart.as_ref()?.whole.map(|_| "zoom in"),
        Action::ZoomOut => app.metrics.is_zoomed().then_some("zoom out"),
        Action::NextPartner => (app.metrics.view == View::Scatter).then_some("other metric"),
        Action::NextFigure if app.tab == Tab::Report => {
            app.report.evidence.has_figures().then_some("figures")
        }
        Action::NextFigure => Some("next row"),
        Action::Back if context == Context::Typing && app.popup == Popup::None => Some("clear"),
        Action::Back if context == Context::Typing && matches!(app.popup, Popup::Form(_)) => {
            Some("leave as it was")
        }
        Action::Back if app.leads_back() == Some(Tab::Metrics) => Some("back to the chart"),
        Action::Back if app.leads_back().is_some() => Some("back to the report"),
        Action::Back => Some("close"),
        Action::Down => Some("down"),
        Action::Up => Some("up"),
        Action::Help if matches!(app.popup, Popup::Help(_)) => None,
        Action::Help => Some("help"),
        Action::Cancel => is_running.then_some("cancel"),
        Action::Generate if app.tab == Tab::Report => (!is_running).then_some("write report"),
        Action::Generate => (!is_running).then_some("report"),
        Action::End if is_running => (!app.report.view.is_following()).then_some("follow"),
        Action::End => has_text.then_some("end"),
        Action::Start => has_text.then_some("start"),
        Action::Copy => has_text.then_some("copy"),
        Action::Edit if app.tab == Tab::Engine => app.engine_tab.sight.log_file.as_ref().map(|_| "log"),
        Action::Edit if app.tab == Tab::Report => app.report.saved.as_ref().map(|_| "edit"),
        Action::Edit => Some("edit"),
        Action::Filter => Some("filter"),
        Action::NextSort => Some("sort"),
        Action::ClearFilter => filter.as_ref().map(|_| "show all"),
        Action::FocusNext if app.focus == Focus::Detail => Some("list"),
        Action::FocusNext if app.tab != Tab::Inventory => Some("detail"),
        Action::MarkBase => Some("base"),
        Action::Compare => app.compare.base.as_ref().map(|_| "compare"),
        Action::FocusNext => Some("preview"),
        Action::Problems => (app.library.inventory.counts().problems > 0).then_some("problems"),
        Action::Rescan => Some("rescan"),
        Action::NextTab => Some("next tab"),
        Action::Quit => Some("quit"),
        _ => None,
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
