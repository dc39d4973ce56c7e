//! The chart of the selected series, with what is under its cursor in the row below.
//!
//! ```text
//! 104│      ⡠⠒⢄                                │
//! 102│⠤⠤⠤⠔⠊   ⠑⠢⠤⠤●⠤⠤⠤⠔⠒⠢⠤⠤⠤⠤⠤⠤⠒⠒⠤⠤⠤⠤⠤⠤⠒⠒⠤⠤⠤ │
//! 100└─────────────────────────────────────────│
//!    0           10           20           30  │
//! 102.1 tok/s · gemma3_param_tuning.csv:14     │
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    symbols::Marker,
    text::{Line, Span},
    widgets::{self, Dataset, GraphType, Widget as _},
};

use crate::{
    app::metrics::chart::{Axis, Chart, Layer, Stop, Stroke, Tone},
    ui::{
        ascii::{self, Signs},
        symbols,
        theme::Theme,
        widgets::{
            message::{Sentence, message},
            pen::Pen,
        },
    },
};

/// In fewer rows the chart goes without the figures of its axes.
const LEAST_ROWS: u16 = 5;

/// Draws it.
pub(super) fn render(buffer: &mut Buffer, area: Rect, chart: &Chart, stop: Option<&Stop>, theme: &Theme) {
    if let Some(why) = &chart.empty {
        return message(buffer, area, &[Sentence::new(why.as_str(), theme.muted())]);
    }
    let rows = area.height.saturating_sub(1);
    let reading = stop.map_or("", |stop| stop.text.as_str());
    Pen::new(buffer, area, rows).put_cut(reading, area.width, theme.body());
    let place = Rect { height: rows, ..area }.intersection(buffer.area);
    if place.is_empty() {
        return;
    }
    let mut sets: Vec<Dataset<'_>> = Vec::with_capacity(chart.layers.len() + 2);
    let rule = stop.map(|stop| [(stop.x, chart.y.ends.0), (stop.x, chart.y.ends.1)]);
    if let Some(rule) = &rule {
        let set = Dataset::default().marker(Marker::Braille).graph_type(GraphType::Line);
        sets.push(set.style(theme.muted()).data(rule));
    }
    sets.extend(chart.layers.iter().filter(|layer| !layer.points.is_empty()).map(|layer| set(layer, theme)));
    let point = stop.map(|stop| [(stop.x, stop.y)]);
    if let Some(point) = &point {
        let set = Dataset::default().marker(Marker::Custom(symbols::CURSOR)).graph_type(GraphType::Scatter);
        sets.push(set.style(theme.marker()).data(point));
    }
    let has_figures = rows >= LEAST_ROWS;
    let [x, y] = [&chart.x, &chart.y].map(|shown| axis(shown, has_figures, theme));
    widgets::Chart::new(sets).x_axis(x).y_axis(y).render(place, buffer);
    if theme.signs != Signs::Unicode {
        ascii::replace_dots(buffer, place);
    }
}

fn set<'a>(layer: &'a Layer, theme: &Theme) -> Dataset<'a> {
    let marker = match (layer.tone, layer.stroke) {
        (Tone::Cold, Stroke::Bars) => Marker::Custom(symbols::COLD_BAR),
        (Tone::Cold, _) => Marker::Custom(symbols::COLD),
        (Tone::Disturbed, _) => Marker::Custom(symbols::DISTURBED),
        (Tone::Best, _) => Marker::Custom(symbols::BEST),
        (_, Stroke::Points) => Marker::Custom(symbols::POINT),
        _ => Marker::Braille,
    };
    let kind = match layer.stroke {
        Stroke::Line => GraphType::Line,
        Stroke::Points => GraphType::Scatter,
        Stroke::Bars => GraphType::Bar,
    };
    Dataset::default().marker(marker).graph_type(kind).style(theme.tone(layer.tone)).data(&layer.points)
}

fn axis<'a>(axis: &'a Axis, has_figures: bool, theme: &Theme) -> widgets::Axis<'a> {
    let ticks = if has_figures { axis.ticks.as_slice() } else { &[] };
    let ticks = ticks.iter().map(|tick| Line::from(Span::styled(tick.as_str(), theme.muted())));
    widgets::Axis::default().style(theme.muted()).bounds([axis.ends.0, axis.ends.1]).labels(ticks)
}
