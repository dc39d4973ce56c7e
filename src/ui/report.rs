//! The Report pane: stages, the text as it is written, gauges.
//!
//! ```text
//!  ingest 0.03 s ✓ → analysis 12.1 s ⠋ → report ·
//! ╭ Report  executive summary ─────────────────────────────╮
//! │ ## Performance analysis                                ┃
//! │ Throughput of gemma3:270m is 295.0 tok/s               │
//! ╰────────────────────────────────────────── ↓ 12 new ────╯
//!  speed   42.1 tok/s ▂▃▅▆   prompt  ████░░ 512/2,048
//!  TTFT    640 ms            context ██░░░░ 731/8,192
//! ```

use ratatui::{Frame, buffer::Buffer, layout::Rect};

use super::{
    gauges, keys, labels, symbols,
    theme::Theme,
    widgets::{
        message::{Sentence, message},
        meter,
        panel::{Panel, draw_rows, scroll_bar},
        pen::{Pen, columns},
    },
};
use crate::{
    app::{
        App, EngineState,
        action::Action,
        report::{Activity, StageState},
    },
    metrics::format,
    report::pipeline::Stage,
};

/// From this width on every stage has room for its time.
const ROOMY: u16 = 64;
/// From this width on the last one has.
const TIME_OF_LAST: u16 = 44;
/// Width of the bar while the model loads.
const LOADING_BAR: u16 = 32;

/// Draws the tab.
pub fn render(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    let buffer = frame.buffer_mut();
    stages(buffer, app.areas.stage, app, theme);
    pane(buffer, app.areas.pane_frame, app, theme);
    gauges::render(buffer, app.areas.gauges, app, theme);
}

fn stages(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    let has_room = area.width >= ROOMY;
    let mut pen = Pen::new(buffer, area, 0);
    pen.skip(1);
    let last = app.report.stages.len().saturating_sub(1);
    for (index, (stage, state)) in app.report.stages.iter().enumerate() {
        if index > 0 {
            pen.skip(1).put(symbols::THEN, theme.muted()).skip(1);
        }
        let name = match stage {
            Stage::Ingest => "ingest",
            Stage::Analysis => "analysis",
            Stage::Report => "report",
        };
        match state {
            StageState::Waiting => {
                pen.put(name, theme.muted()).skip(1).put(symbols::WAITING, theme.muted());
            }
            StageState::Running(since) => {
                let time = format::duration(app.now.saturating_sub(*since));
                pen.put(name, theme.strong()).skip(1).put(&time, theme.figure()).skip(1);
                pen.put(symbols::spinner(app.now), theme.busy());
            }
            StageState::Done(took) => {
                pen.put(name, theme.body()).skip(1);
                if has_room || (index == last && area.width >= TIME_OF_LAST) {
                    pen.put(&format::duration(*took), theme.muted()).skip(1);
                }
                pen.put(symbols::OK, theme.good());
            }
        }
    }
}

fn pane(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    let report = &app.report;
    let view = &report.view;
    let draft;
    let subtitle = match (&report.call_title, &report.saved) {
        // The report as it is stands above; what streams behind it takes its place when it passes.
        (Some(title), _) if report.activity != Activity::Idle => {
            draft = format!("{title} · being written behind the report so far");
            draft.as_str()
        }
        (_, Some(saved)) => {
            draft = match app.version() {
                Some((_, 1)) | None => saved.as_str().to_owned(),
                Some((version, of)) => format!("version {version} of {of} {} {saved}", symbols::DOT),
            };
            draft.as_str()
        }
        _ => "",
    };
    let visible = view.visible();
    let unseen = view.unseen();
    let foot = if unseen > 0 {
        format!("{}{}", labels::unseen(unseen), end_key(app))
    } else if view.is_following() && !view.is_empty() && report.activity != Activity::Idle {
        String::from("following")
    } else {
        labels::rows(view.top(), visible.len(), view.len())
    };
    let foot_style = if unseen > 0 { Some(theme.busy()) } else { None };
    let panel = Panel { title: "Report", subtitle, foot: &foot, foot_style, is_focused: true };
    let inside = panel.draw(buffer, area, theme);
    if visible.is_empty() {
        return empty(buffer, inside, app, theme);
    }
    let (text, below) = parted(inside, report.described_rows());
    draw_rows(buffer, text, visible, |role| theme.role(role));
    figure(buffer, text, below, app, theme);
    scroll_bar(buffer, area, view.top(), view.len(), theme);
    if inside == area && unseen > 0 {
        // No frame to say it on.
        let start = area.width.saturating_sub(columns(&foot) + 1);
        Pen::new(buffer, area, area.height.saturating_sub(1))
            .skip(start)
            .put(" ", theme.body())
            .put(&foot, theme.busy());
    }
}

/// The text's part of the pane, and the rows below it that describe the selected figure.
fn parted(inside: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(inside.height);
    let text = Rect { height: inside.height - rows, ..inside };
    (text, Rect { y: text.y + text.height, height: rows, ..inside })
}

/// The selected figure on the text, and below it what it states and where it comes from.
fn figure(buffer: &mut Buffer, text: Rect, below: Rect, app: &App, theme: &Theme) {
    let evidence = &app.report.evidence;
    let Some((what, source)) = evidence.described() else { return };
    if let Some(place) = evidence.place()
        && let Some(row) = place.row.checked_sub(app.report.view.top())
    {
        let [x, y, width] = [place.column, row, place.width].map(|at| u16::try_from(at).unwrap_or(u16::MAX));
        let figure = Rect { x: text.x.saturating_add(x), y: text.y.saturating_add(y), width, height: 1 };
        buffer.set_style(figure.intersection(text), theme.selected());
    }
    let key = keys::key(app, Action::Open).map(|key| format!("{key} opens ")).unwrap_or_default();
    if below.height < 3 {
        let mut pen = Pen::new(buffer, below, 0);
        let room = pen.room();
        // Where there is little room a file goes by its name alone.
        let (short, is_wide) = (source.as_str().rsplit('/').next(), source.width() <= usize::from(room));
        let place = short.filter(|_| !is_wide).unwrap_or(source.as_str());
        pen.put_cut(place, room, theme.strong()).skip(1);
        let room = pen.room();
        pen.put_cut(what.as_str(), room, theme.muted());
        return;
    }
    let dashes = symbols::RULE.repeat(usize::from(below.width));
    Pen::new(buffer, below, 0).put(&dashes, theme.muted());
    let mut pen = Pen::new(buffer, below, 1);
    let room = pen.room();
    pen.put_cut(what.as_str(), room, theme.strong());
    let mut pen = Pen::new(buffer, below, 2);
    pen.put(&key, theme.muted());
    let room = pen.room();
    pen.put_cut(source.as_str(), room, theme.figure());
}

/// ` · G follows`
fn end_key(app: &App) -> String {
    keys::key(app, Action::End).map(|key| format!(" {} {key}", symbols::DOT)).unwrap_or_default()
}

fn empty(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    let spinner = symbols::spinner(app.now);
    let busy = match (app.report.activity, &app.engine) {
        (Activity::Idle, _) => return invitation(buffer, area, app, theme),
        (Activity::Loading, EngineState::Loading(share)) => {
            format!("{spinner} loading the model: {}", labels::percent(*share))
        }
        (Activity::Loading, _) => format!("{spinner} loading the model"),
        (Activity::Prefill, _) => format!("{spinner} the model reads the facts"),
        (Activity::Decode, _) => format!("{spinner} the model begins to write"),
        (Activity::Cancelling, _) => format!("{spinner} cancelling"),
    };
    let sentence = Sentence { text: &busy, style: theme.strong(), first: theme.busy() };
    message(buffer, area, &[sentence]);
    if let (Activity::Loading, EngineState::Loading(share)) = (app.report.activity, &app.engine) {
        let width = LOADING_BAR.min(area.width);
        let x = area.x + (area.width - width) / 2;
        let mut pen = Pen::new(buffer, Rect { x, width, ..area }, area.height / 2 + 1);
        meter::bar(&mut pen, f64::from(*share), width, theme.meter(), theme);
    }
}

/// What the report key will do, with which model, from what.
fn invitation(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    let key = keys::key(app, Action::Generate).unwrap_or_default();
    let files = app.library.inventory.counts().files();
    let series = format::count(app.library.series().len() as u64);
    let (what, why) = match (&app.engine, &app.model_name) {
        (EngineState::NoModel(why), _) => (format!("{key} writes a report without a model"), why.as_str()),
        (_, Some(name)) => (format!("{key} writes a report with {name}"), ""),
        (_, None) => (format!("{key} writes a report"), ""),
    };
    let from = format!("from {} and {series} series in {}", labels::counted(files, "file"), app.folder);
    let sentences = [
        Sentence { text: &what, style: theme.strong(), first: theme.key() },
        Sentence::new(&from, theme.body()),
        Sentence::new(why, theme.muted()),
        Sentence::new("every figure is computed from the files and names its source", theme.muted()),
    ];
    message(buffer, area, &sentences);
}
