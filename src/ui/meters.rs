//! What the machine does, in a few words at the end of the status line.
//!
//! ```text
//! cpu 43 %  mem 5.2/25.0 GB  gpu 87 % 18.1/24.0 GB 71 °C 203 W
//! ```

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    labels, symbols,
    theme::Theme,
    widgets::pen::{Pen, columns},
};
use crate::{
    app::{App, notices::Severity},
    meters::{Gpu, Sample},
};

/// From this share of the memory in use on little is left for the benchmark.
const FULL: f64 = 0.9;
/// Between two meters.
const GAP: u16 = 2;

/// Draws the meters at the right end of what is left of a line; those that find room.
pub fn render(buffer: &mut Buffer, area: Rect, app: &App, theme: &Theme) {
    let Some(sample) = app.machine.latest() else { return };
    let mut shown: Vec<(String, Style)> = Vec::new();
    let mut width = 1;
    for (text, style) in words(sample, theme) {
        let more = columns(&text) + GAP;
        if width + more > area.width {
            break;
        }
        width += more;
        shown.push((text, style));
    }
    let mut pen = Pen::new(buffer, area, 0);
    pen.skip(area.width.saturating_sub(width));
    for (text, style) in shown {
        pen.skip(GAP).put(&text, style);
    }
}

/// What there is to say, the most important first: a machine that slows down is said before
/// anything else.
fn words(sample: &Sample, theme: &Theme) -> Vec<(String, Style)> {
    let warning = theme.severity(Severity::Warning);
    let mut words = Vec::new();
    if let Some(why) = sample.throttled() {
        words.push((format!("{} {why}", symbols::WARNING), warning));
    }
    words.extend(sample.cpu.map(|share| (format!("cpu {}", labels::percent(share)), theme.muted())));
    words.extend(sample.memory.map(|(used, total)| {
        let is_full = used as f64 / total.max(1) as f64 >= FULL;
        (format!("mem {}", gigabytes(used, total)), if is_full { warning } else { theme.muted() })
    }));
    words.extend(sample.gpus.iter().map(|gpu| (of_gpu(gpu), theme.muted())));
    words
}

fn of_gpu(gpu: &Gpu) -> String {
    let parts = [
        Some("gpu".to_owned()),
        gpu.load.map(labels::percent),
        gpu.memory.map(|(used, total)| gigabytes(used, total)),
        gpu.temperature.map(|degrees| format!("{degrees} °C")),
        gpu.power.map(|watts| format!("{watts:.0} W")),
    ];
    parts.into_iter().flatten().collect::<Vec<String>>().join(" ")
}

fn gigabytes(used: u64, total: u64) -> String {
    let gb = |bytes: u64| bytes as f64 / 1e9;
    format!("{:.1}/{:.1} GB", gb(used), gb(total))
}
