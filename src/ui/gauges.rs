//! The engine's gauges, and their words, which the footer uses too.
//!
//! ```text
//! speed    42.1 tok/s ▂▃▅▆▇  prompt   ████████ 512/2,048  model    gemma3:270m Q8_0
//! mean     40.2 tok/s        ctx      ███░░░░░ 731/8,192  layers   18/18 on CUDA0
//! TTFT     640 ms            tokens   219                 grounded 41 of 43 figures
//! ```

use std::time::Duration;

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    labels, symbols,
    theme::Theme,
    widgets::{
        meter,
        pen::{Pen, columns},
        spark::rates,
    },
};
use crate::{
    app::{App, notices::Severity, report::Activity},
    metrics::{format, unit::Unit},
    text::sanitize::Shown,
};

/// Columns of a label and the space behind it.
const LABEL: u16 = 9;
/// A narrower gauge says nothing.
const MIN_WIDTH: u16 = 19;
/// From this width of a gauge on labels take equal room, so that values are aligned.
const ALIGNED: u16 = 24;
/// From this width on three gauges stand beside each other.
const WIDE: u16 = 70;
/// From this width on four.
const WIDEST: u16 = 144;
/// From this width of a gauge on there is room between two.
const ROOMY: u16 = 30;
/// Longer bars and sparks are no easier to read.
const MAX_BAR: u16 = 24;
/// Shorter ones are none.
const MIN_BAR: u16 = 4;
/// Behind the count of grounded figures, where there is room.
const FIGURES: &str = "figures";

/// A gauge.
#[derive(Clone, Copy)]
enum Gauge {
    Speed,
    Mean,
    Ttft,
    Prompt,
    Context,
    Tokens,
    Model,
    Layers,
    Grounded,
    Itl,
    Memory,
    Gpu,
}

/// Groups of three, one below the other.
const TALL: [[Gauge; 3]; 4] = [
    [Gauge::Speed, Gauge::Mean, Gauge::Ttft],
    [Gauge::Prompt, Gauge::Context, Gauge::Tokens],
    [Gauge::Model, Gauge::Layers, Gauge::Grounded],
    [Gauge::Itl, Gauge::Memory, Gauge::Gpu],
];
/// Groups of two, for low screens.
const LOW: [[Gauge; 2]; 4] = [
    [Gauge::Speed, Gauge::Ttft],
    [Gauge::Context, Gauge::Prompt],
    [Gauge::Mean, Gauge::Tokens],
    [Gauge::Layers, Gauge::Grounded],
];

/// Draws the gauges that fit.
pub fn render(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    if area.height >= 3 {
        let groups = match area.width {
            WIDEST.. => 4,
            WIDE.. => 3,
            _ => 2,
        };
        grid(buffer, area, &TALL[..groups], app, theme);
    } else {
        let groups = usize::from(area.width / MIN_WIDTH).clamp(1, LOW.len());
        grid(buffer, area, &LOW[..groups], app, theme);
    }
}

fn grid<const R: usize>(buffer: &mut Buffer, area: Rect, groups: &[[Gauge; R]], app: &App, theme: &Theme) {
    let inside = Rect { x: area.x.saturating_add(1), width: area.width.saturating_sub(2), ..area };
    let pitch = inside.width / u16::try_from(groups.len()).unwrap_or(1).max(1);
    let gap = if pitch >= ROOMY { 2 } else { 1 };
    for (column, group) in (0..).zip(groups) {
        let place = Rect { x: inside.x + pitch * column, width: pitch.saturating_sub(gap), ..inside };
        for (row, gauge) in (0..area.height).zip(group) {
            let mut pen = Pen::new(buffer, place, row);
            let value = pen.column() + LABEL;
            pen.put(gauge.label(), theme.muted()).skip(1);
            if pitch >= ALIGNED {
                pen.go_to(value);
            }
            gauge.draw(&mut pen, app, theme);
        }
    }
}

impl Gauge {
    fn label(self) -> &'static str {
        match self {
            Gauge::Speed => "speed",
            Gauge::Mean => "mean",
            Gauge::Ttft => "TTFT",
            Gauge::Prompt => "prompt",
            Gauge::Context => "ctx",
            Gauge::Tokens => "tokens",
            Gauge::Model => "model",
            Gauge::Layers => "layers",
            Gauge::Grounded => "grounded",
            Gauge::Itl => "ITL",
            Gauge::Memory => "engine",
            Gauge::Gpu => "gpu mem",
        }
    }

    fn draw(self, pen: &mut Pen<'_>, app: &App, theme: &Theme) {
        match self {
            Gauge::Speed => {
                let history = app.report.stats.history();
                // After the report its history is left, and says more than a dash.
                if history.is_empty() || is_running(app) {
                    value(pen, live(app).map(rate), theme.figure());
                    pen.skip(1);
                }
                let width = pen.room().min(MAX_BAR);
                rates(pen, history, width, theme.spark());
            }
            Gauge::Mean => value(pen, mean(app).map(rate), theme.body()),
            Gauge::Ttft => value(pen, ttft(app).map(time), theme.body()),
            Gauge::Tokens => {
                value(pen, Some(tokens(app)).filter(|count| *count > 0).map(format::count), theme.body());
            }
            Gauge::Prompt => prompt(pen, app, theme),
            Gauge::Context => match capacity(app) {
                Some(total) => {
                    let share = meter::ratio(app.report.context_used, total);
                    ratio(pen, app.report.context_used, total, "", meter::filling(share, theme), theme);
                }
                None => value(pen, None, theme.body()),
            },
            Gauge::Model => model(pen, app, theme),
            Gauge::Layers => value(pen, layers(app), theme.body()),
            Gauge::Grounded => grounded(pen, app, theme),
            Gauge::Itl => value(pen, itl(app), theme.body()),
            Gauge::Memory => value(pen, engine_memory(app), theme.body()),
            Gauge::Gpu => value(pen, gpu_memory(app), theme.body()),
        }
    }
}

/// A value, or the sign that there is none yet.
#[expect(clippy::needless_pass_by_value, reason = "callers make the text for it")]
fn value(pen: &mut Pen<'_>, value: Option<String>, style: Style) {
    let room = pen.room();
    pen.put_cut(value.as_deref().unwrap_or(symbols::NONE), room, style);
}

fn prompt(pen: &mut Pen<'_>, app: &App, theme: &Theme) {
    if let Some((done, total, cached)) = app.report.prefill {
        let left = app.report.prefill_left(app.now).map(|left| format!("{} left", time(left)));
        let remark = left.unwrap_or_else(|| cached_remark(cached as u64, None));
        return ratio(pen, done, total, &remark, theme.meter(), theme);
    }
    // What all calls of the finished report read.
    let totals = &app.report.totals;
    let read = Some(totals.prompt_tokens).filter(|tokens| *tokens > 0 && !is_running(app));
    value(pen, read.map(format::count), theme.body());
    let whole = cached_remark(totals.cached_prompt_tokens, totals.saved());
    let short = cached_remark(totals.cached_prompt_tokens, None);
    let remark = if columns(&whole) < pen.room() { whole } else { short };
    if read.is_some() && columns(&remark) < pen.room() {
        pen.skip(1).put(&remark, theme.muted());
    }
}

/// Tokens found in the cache, and the time that this saved.
fn cached_remark(cached: u64, saved: Option<Duration>) -> String {
    let saved = saved.map(|saved| format!(", {} saved", time(saved))).unwrap_or_default();
    if cached == 0 { String::new() } else { format!("({} cached{saved})", format::count(cached)) }
}

/// A bar, the two numbers behind it and a remark, as far as there is room for them.
fn ratio(pen: &mut Pen<'_>, part: usize, whole: usize, remark: &str, style: Style, theme: &Theme) {
    let text = format!("{}/{}", format::count(part as u64), format::count(whole as u64));
    let room = pen.room().saturating_sub(columns(&text) + 1);
    let wanted = if remark.is_empty() { 0 } else { columns(remark) + 1 };
    let wanted = if room >= wanted + MIN_BAR { wanted } else { 0 };
    if room >= MIN_BAR {
        meter::bar(pen, meter::ratio(part, whole), (room - wanted).min(MAX_BAR), style, theme);
        pen.skip(1);
    }
    pen.put(&text, theme.body());
    if wanted > 0 {
        pen.skip(1).put(remark, theme.muted());
    }
}

fn model(pen: &mut Pen<'_>, app: &App, theme: &Theme) {
    let Some(name) = &app.model_name else { return value(pen, Some(String::from("none")), theme.muted()) };
    let quantization = quantization(app);
    let room = pen.room().saturating_sub(columns(quantization) + 1);
    pen.put_cut(name.as_str(), room, theme.strong()).skip(1).put(quantization, theme.muted());
}

fn grounded(pen: &mut Pen<'_>, app: &App, theme: &Theme) {
    let (passed, rejected) = app.report.sentences;
    let Some((grounded, figures)) = app.report.grounding else {
        let so_far = (passed + rejected > 0).then(|| labels::counted(passed, "sentence"));
        value(pen, so_far, theme.body());
        return told_rejected(pen, rejected, theme);
    };
    let (sign, style) = if grounded == figures {
        (symbols::OK, theme.good())
    } else {
        (symbols::WARNING, theme.severity(Severity::Warning))
    };
    let text = format!("{} of {}", format::count(grounded), format::count(figures));
    pen.put(sign, style).skip(1).put(&text, theme.body());
    if pen.room() > columns(FIGURES) {
        pen.skip(1).put(FIGURES, theme.muted());
    }
    told_rejected(pen, rejected, theme);
}

/// Sentences of the model that were not let stand; the record says why.
fn told_rejected(pen: &mut Pen<'_>, rejected: u64, theme: &Theme) {
    if rejected == 0 {
        return;
    }
    let short = format!("{} {} rejected", symbols::DOT, format::count(rejected));
    if pen.room() > columns(&short) {
        pen.skip(1).put(&short, theme.muted());
    }
}

/// How the model's weights are stored, where it has weights and its name does not say it.
pub fn quantization(app: &App) -> &str {
    let name = app.model_name.as_ref().map_or("", |name| name.as_str());
    let is_news = |quantization: &&str| {
        let wanted = quantization.as_bytes();
        *quantization != "none"
            && !name.as_bytes().windows(wanted.len().max(1)).any(|part| part.eq_ignore_ascii_case(wanted))
    };
    app.model.as_ref().map(|model| model.quantization.as_str()).filter(is_news).unwrap_or_default()
}

/// What the engine does, in a word.
pub fn doing(app: &App) -> &'static str {
    match app.report.activity {
        Activity::Idle => "idle",
        Activity::Loading => "loading",
        Activity::Prefill => "reading",
        Activity::Decode => "writing",
        Activity::Cancelling => "cancelling",
    }
}

/// `42.1 tok/s`
pub fn rate(rate: f64) -> String {
    format::value(rate, &Unit::TokensPerSecond)
}

/// `640 ms`
pub fn time(time: Duration) -> String {
    format::duration(time)
}

/// tok/s of the last second, while the model writes.
pub fn live(app: &App) -> Option<f64> {
    app.report.stats.live().filter(|_| is_running(app))
}

/// tok/s of the call that runs, or of all calls of the finished report.
pub fn mean(app: &App) -> Option<f64> {
    if is_running(app) { app.report.stats.mean() } else { app.report.totals.throughput() }
}

/// TTFT of the call that runs, or of the finished report.
pub fn ttft(app: &App) -> Option<Duration> {
    if is_running(app) { app.report.stats.ttft() } else { app.report.totals.ttft }
}

/// `12 ms, p95 31 ms`: median and tail of the call that runs, or of the finished report.
fn itl(app: &App) -> Option<String> {
    let report = &app.report;
    let (p50, p95) = if is_running(app) {
        report.stats.itl_ms(50.0).zip(report.stats.itl_ms(95.0))?
    } else {
        report.itl_ms?
    };
    let told = |milliseconds: f64| format::value(milliseconds, &Unit::Milliseconds);
    Some(format!("{}, p95 {}", told(p50), told(p95)))
}

/// What the engine's process holds, while it runs.
fn engine_memory(app: &App) -> Option<String> {
    let (_, bytes) = app.engine_tab.sight.process?;
    Some(format::bytes(bytes))
}

/// The first GPU's memory, where there is one.
fn gpu_memory(app: &App) -> Option<String> {
    let (used, total) = app.machine.latest()?.gpus.first()?.memory?;
    Some(format!("{} of {}", format::bytes(used), format::bytes(total)))
}

/// Tokens of the call that runs, or of the finished report.
pub fn tokens(app: &App) -> u64 {
    if is_running(app) { app.report.stats.tokens() } else { app.report.totals.tokens }
}

fn is_running(app: &App) -> bool {
    app.report.activity != Activity::Idle
}

/// `731/8,192`
pub fn context(app: &App) -> Option<String> {
    let used = format::count(app.report.context_used as u64);
    capacity(app).map(|total| format!("{used}/{}", format::count(total as u64)))
}

/// `18/18 on CUDA0`
pub fn layers(app: &App) -> Option<String> {
    let model = app.model.as_ref().filter(|model| model.layers > 0)?;
    // The output is offloaded as one layer more.
    let offloaded = model.layers_offloaded.min(model.layers);
    let device = Shown::new(&model.place());
    Some(format!("{offloaded}/{} on {device}", model.layers))
}

/// The context in use, once it is known.
fn capacity(app: &App) -> Option<usize> {
    app.model.as_ref().map(|model| model.num_ctx as usize).filter(|total| *total > 0)
}
