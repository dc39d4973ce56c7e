//! Which keys the footer tells, and what they do in a word or two.

use crate::app::{
    App, EngineState, Focus, Popup, Tab, action::Action, keymap::Context, metrics::chart::View,
    report::Activity,
};

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
    Action::Benchmark,
    Action::Generate,
    Action::Quit,
    Action::FocusNext,
    Action::Copy,
    Action::Edit,
];

/// In the Report tab.
const REPORT: &[Action] = &[
    Action::Cancel,
    Action::SaveElsewhere,
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
];

/// In the Compare tab.
const COMPARE: &[Action] = &[
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
];

/// In the History tab.
const HISTORY: &[Action] = &[
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
];

/// In the detail of a series.
const CHART: &[Action] = &[
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
];

/// In the list of series.
const METRICS: &[Action] = &[
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
];

/// In the list of files.
const FILES: &[Action] = &[
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
];

/// What a user is likely to want next, most wanted first.
pub(super) fn wanted(app: &App, context: Context) -> &'static [Action] {
    match (context, app.tab) {
        (Context::Typing, _) => &[Action::Open, Action::Back],
        (Context::Popup, _) => &[Action::Back, Action::Down, Action::Up, Action::Help],
        (Context::Form, _) => FORM,
        (Context::Report, _) => REPORT,
        (_, Tab::Compare) => COMPARE,
        (_, Tab::Engine) => ENGINE,
        (_, Tab::History) => HISTORY,
        (_, Tab::Metrics) if app.focus == Focus::Detail => CHART,
        (_, Tab::Metrics) => METRICS,
        _ if app.leads_back().is_some() => {
            &[Action::Back, Action::NextFigure, Action::Help, Action::Edit, Action::Copy, Action::Quit]
        }
        (Context::Preview, _) => PREVIEW,
        _ => FILES,
    }
}

/// What an action does here, in a word or two; `None` where it would do nothing.
pub(super) fn word(app: &App, context: Context, action: Action) -> Option<&'static str> {
    if app.nothing_to_do(action).is_some() {
        return None;
    }
    match word_of_place(app, context, action) {
        Some(word) => Some(word).filter(|word| !word.is_empty()),
        None => word_of_tab(app, action),
    }
}

/// Where a popup is open, something is typed, a file is read or a way leads back an action means
/// something else, or nothing, which is no word; `None`: it does what it always does.
fn word_of_place(app: &App, context: Context, action: Action) -> Option<&'static str> {
    let word = match action {
        Action::Open if context == Context::Report => app.report.evidence.position().map(|_| "source"),
        Action::Open if matches!(app.popup, Popup::Palette(_)) => Some("do it"),
        Action::Open if matches!(app.popup, Popup::Sides(..)) => Some("take it"),
        Action::Open if matches!(app.popup, Popup::GroupBy(_) | Popup::Rows(_)) => {
            Some("choose or leave out")
        }
        Action::Open if matches!(app.popup, Popup::Bench(_)) => Some("start"),
        Action::Open if matches!(app.popup, Popup::Form(_)) => {
            Some(if context == Context::Typing { "take it" } else { "type a value" })
        }
        Action::Open if context == Context::Typing && app.inventory.preview.is_typing() => {
            Some("keep search")
        }
        Action::Open if matches!(app.popup, Popup::Place(_)) => Some("save it there"),
        Action::Open if context == Context::Typing => Some("keep filter"),
        Action::ToggleFold if context == Context::List => app.inventory.tree().map(|_| "fold"),
        Action::NextView if context == Context::Preview => app.inventory.preview.next_shape(),
        Action::Filter if context == Context::Preview => Some("search"),
        Action::NextFigure if context == Context::Preview && app.leads_back().is_none() => {
            app.inventory.preview.searched().map(|_| "next match")
        }
        Action::Back if matches!(app.popup, Popup::Bench(_)) => Some("leave it"),
        Action::Back if context == Context::Typing && app.popup == Popup::None => Some("clear"),
        Action::Back if context == Context::Typing && matches!(app.popup, Popup::Form(_)) => {
            Some("leave as it was")
        }
        Action::Back if app.leads_back() == Some(Tab::Metrics) => Some("back to the chart"),
        Action::Back if app.leads_back().is_some() => Some("back to the report"),
        Action::Help if matches!(app.popup, Popup::Help(_)) => None,
        _ => return None,
    };
    Some(word.unwrap_or_default())
}

/// What an action does in a tab.
fn word_of_tab(app: &App, action: Action) -> Option<&'static str> {
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
        Action::ToggleFold => app.inventory.preview.is_tree().then_some("fold"),
        Action::ToggleTree => Some(if app.inventory.tree().is_some() { "list" } else { "tree" }),
        Action::UnfoldAll => app.inventory.preview.is_tree().then_some("unfold all"),
        Action::Right => app.inventory.preview.is_table().then_some("columns"),
        Action::Open => app.metrics.stopped_at()?.place.as_ref().map(|_| "file and row"),
        Action::NextView => Some(app.metrics.view.further(1).title()),
        Action::ZoomIn => app.metrics.chart.as_ref()?.whole.map(|_| "zoom in"),
        Action::ZoomOut => app.metrics.is_zoomed().then_some("zoom out"),
        Action::NextPartner => (app.metrics.view == View::Scatter).then_some("other metric"),
        Action::NextFigure if app.tab == Tab::Report => {
            app.report.evidence.has_figures().then_some("figures")
        }
        Action::NextFigure => Some("next row"),
        Action::Back => Some("close"),
        Action::Down => Some("down"),
        Action::Up => Some("up"),
        Action::Help => Some("help"),
        Action::Cancel if app.bench.is_running() => Some("cancel"),
        Action::Cancel => is_running.then_some("cancel"),
        Action::Benchmark => (!is_running && !app.bench.is_running()).then_some("benchmark"),
        Action::Generate if app.tab == Tab::Report => (!is_running).then_some("write report"),
        Action::Generate => (!is_running).then_some("report"),
        Action::End if is_running => (!app.report.view.is_following()).then_some("follow"),
        Action::End => has_text.then_some("end"),
        Action::Start => has_text.then_some("start"),
        Action::Copy => has_text.then_some("copy"),
        Action::Edit if app.tab == Tab::Engine => app.engine_tab.sight.log_file.as_ref().map(|_| "log"),
        Action::Edit if app.tab == Tab::Report => app.report.saved.as_ref().map(|_| "edit"),
        Action::SaveElsewhere => app.has_unsaved().then_some("save elsewhere"),
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
