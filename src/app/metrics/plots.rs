//! The charts of a series: trend, histogram, ECDF and scatter.

use std::{cmp::Ordering, sync::Arc};

use super::chart::{Axis, Chart, Layer, Stop, Stroke, Tone, range};
use crate::{
    app::{machine::Stamps, report::evidence::SourceRow},
    ingest::inventory::Inventory,
    metrics::{
        format,
        library::Library,
        names::Metric,
        pareto,
        series::{Nature, Series, Value},
    },
    text::sanitize::Shown,
};

/// Of more values an even part is drawn: `update` must stay short.
const MOST_VALUES: usize = 20_000;
/// Rows of the area for one mark of the upright axis, columns for one of the other.
const ROWS_A_TICK: usize = 2;
const COLUMNS_A_TICK: usize = 10;
/// Columns that the figures of the upright axis take.
const MARGIN: usize = 9;
/// Points of a bar for each column of the screen: twice its dots, so that none stays empty.
const DOTS: usize = 4;
/// Columns of a bar, at the least.
const BAR: usize = 3;
/// A part smaller than this of a range shows nothing more.
const MOST_HALVINGS: u32 = 20;
/// How far the scale reaches above and below the values, as a part of their range.
const PAD: f64 = 0.04;

/// Columns and rows for a chart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    pub width: usize,
    pub height: usize,
}

impl Size {
    fn x_ticks(self) -> usize {
        self.width.saturating_sub(MARGIN) / COLUMNS_A_TICK + 1
    }
    fn y_ticks(self) -> usize {
        self.height / ROWS_A_TICK + 1
    }
    fn columns(self) -> usize {
        self.width.saturating_sub(MARGIN).max(BAR)
    }
}

/// What part of the x axis is seen: the whole, halved so often, around a share of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Zoom {
    pub halvings: u32,
    pub center: f64,
}

impl Zoom {
    /// So many halvings more, around a place of the whole range.
    #[must_use]
    pub fn changed(self, by: i32, x: f64, (low, high): (f64, f64)) -> Self {
        let center = if high > low { (x - low) / (high - low) } else { 0.5 };
        Self { halvings: self.halvings.saturating_add_signed(by).min(MOST_HALVINGS), center }
    }

    /// The part of a range that is seen.
    fn part_of(self, (low, high): (f64, f64)) -> (f64, f64) {
        let width = (high - low) / f64::from(1_u32 << self.halvings);
        let start = (low + (high - low) * self.center - width / 2.0).clamp(low, high - width);
        (start, start + width)
    }
}

/// The values in order of time: of their rows where all say it, else of their files.
pub(super) fn trend(
    series: &Series,
    inventory: &Inventory,
    (steps, stamps): (&[(Arc<str>, u32)], &Stamps),
    (size, zoom): (Size, Zoom),
) -> Chart {
    let mut values: Vec<Value<'_>> = thinned(series);
    if values.len() < 2 {
        return Chart::none("a trend needs two values or more");
    }
    let has_times = values.iter().all(|value| value.at_ns.is_some());
    let modified: Vec<i128> = series
        .files
        .iter()
        .map(|path| inventory.get(path).map_or(0, |file| file.stamp.modified_ns))
        .collect();
    let of_file = |value: &Value<'_>| modified.get(value.file as usize).copied().unwrap_or_default();
    if has_times {
        values.sort_by_key(|value| value.at_ns);
    } else {
        values.sort_by_key(|value| (of_file(value), value.file, value.line));
    }
    let ordered = if has_times { "by time" } else { "by file and line" };
    let whole = (1.0, values.len() as f64);
    let (first, last) = zoom.part_of(whole);
    let seen = || {
        let numbered = values.iter().zip(1_u32..).map(|(value, number)| (f64::from(number), value));
        numbered.filter(|(x, _)| (first..=last).contains(x))
    };
    let Some(range) = range(seen().map(|(_, value)| value.number)) else {
        return Chart::none("no value is seen here");
    };
    let of = |is_cold: bool| -> Vec<(f64, f64)> {
        let own = seen().filter(|(_, value)| value.is_cold == is_cold);
        own.map(|(x, value)| (x, value.number)).collect()
    };
    let disturbed = |value: &Value<'_>| {
        let path = series.files.get(value.file as usize)?;
        stamps.of(path, value.row)
    };
    let y = axis(series, padded(range), size.y_ticks());
    let is_step = |value: &Value<'_>| {
        let path = series.files.get(value.file as usize);
        steps.iter().any(|(file, line)| Some(file) == path && *line == value.line)
    };
    let steps = seen().filter(|(_, value)| is_step(value)).map(|(x, _)| Layer {
        tone: Tone::Step,
        stroke: Stroke::Line,
        points: vec![(x - 0.5, y.ends.0), (x - 0.5, y.ends.1)],
    });
    let mut layers: Vec<Layer> = steps.collect();
    layers.push(Layer { tone: Tone::Usual, stroke: Stroke::Line, points: of(false) });
    layers.push(Layer { tone: Tone::Cold, stroke: Stroke::Points, points: of(true) });
    let of_disturbed = seen().filter(|(_, value)| disturbed(value).is_some());
    layers.push(Layer {
        tone: Tone::Disturbed,
        stroke: Stroke::Points,
        points: of_disturbed.map(|(x, value)| (x, value.number)).collect(),
    });
    let stops = seen().map(|(x, value)| {
        let when =
            value.at_ns.map(|at_ns| format!(" · {}", format::utc(i128::from(at_ns)))).unwrap_or_default();
        let step = if is_step(value) { " · the level changes here" } else { "" };
        let why = disturbed(value).map(|why| format!(" · {why}")).unwrap_or_default();
        stop(series, value, (x, value.number), &format!("{why}{step}{when}"))
    });
    Chart {
        stops: stops.collect(),
        x: Axis::of(&format!("run, {ordered}"), (first, last), size.x_ticks()),
        y,
        layers,
        whole: Some(whole),
        empty: None,
    }
}

/// How many values lie where; warm ones and cold ones on the same bars.
pub(super) fn histogram(series: &Series, size: Size) -> Chart {
    let values = thinned(series);
    let Some((low, high)) = range(values.iter().map(|value| value.number)).filter(|_| values.len() > 1)
    else {
        return Chart::none("a histogram needs two values or more");
    };
    let bins = bins(&values, (low, high), (size.columns() / BAR).max(1));
    let width = (high - low) / bins as f64;
    let bin_of = |number: f64| {
        if width > 0.0 { (((number - low) / width) as usize).min(bins - 1) } else { 0 }
    };
    let mut counts = vec![(0_u32, 0_u32); bins];
    for value in &values {
        let (all, cold) = &mut counts[bin_of(value.number)];
        *all += 1;
        *cold += u32::from(value.is_cold);
    }
    let x = axis(series, (low, high), size.x_ticks());
    // One value alone gets a bar of its own width.
    let (start, width) =
        if width > 0.0 { (low, width) } else { (low - (x.ends.1 - low) / 8.0, (x.ends.1 - low) / 4.0) };
    let dots = size.columns() * DOTS;
    let bars = |count: fn(&(u32, u32)) -> u32| -> Vec<(f64, f64)> {
        let dot = |nth: usize| x.ends.0 + (x.ends.1 - x.ends.0) * nth as f64 / dots as f64;
        let bar = |at: f64| {
            let bin = ((at - start) / width).floor();
            if bin < 0.0 { None } else { counts.get(bin as usize).map(count) }
        };
        (0..=dots)
            .map(dot)
            .filter_map(|at| Some((at, f64::from(bar(at)?))))
            .filter(|(_, y)| *y > 0.0)
            .collect()
    };
    let most = counts.iter().map(|(all, _)| *all).max().unwrap_or_default();
    let unit = series.unit.symbol();
    let stops = counts.iter().enumerate().map(|(bin, (all, cold))| {
        let from = start + width * bin as f64;
        let text = format!(
            "{} to {} {unit}: {all} of {} values{}",
            format::number(from),
            format::number(from + width),
            values.len(),
            if *cold > 0 { format!(", {cold} of them cold") } else { String::new() },
        );
        Stop { x: from + width / 2.0, y: f64::from(*all), text: Shown::new(&text), place: None }
    });
    Chart {
        stops: stops.collect(),
        layers: vec![
            Layer { tone: Tone::Usual, stroke: Stroke::Bars, points: bars(|(all, _)| *all) },
            Layer { tone: Tone::Cold, stroke: Stroke::Bars, points: bars(|(_, cold)| *cold) },
        ],
        y: Axis::of("values", (0.0, f64::from(most)), size.y_ticks()),
        x,
        whole: None,
        empty: None,
    }
}

/// Bars of a histogram by the rule of Freedman and Diaconis (1981): twice the middle half's
/// range over the cube root of n.
fn bins(values: &[Value<'_>], (low, high): (f64, f64), most: usize) -> usize {
    let mut sorted: Vec<f64> = values.iter().map(|value| value.number).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let quartile = |share: usize| sorted.get(sorted.len() * share / 4).copied().unwrap_or(high);
    let width = 2.0 * (quartile(3) - quartile(1)) / (sorted.len() as f64).cbrt();
    let few = (sorted.len() as f64).log2().ceil() + 1.0;
    let wanted = if width > 0.0 { ((high - low) / width).ceil().max(few) } else { few };
    if high > low { (wanted as usize).clamp(1, most) } else { 1 }
}

/// Which share of the values is at or below which.
pub(super) fn ecdf(series: &Series, (size, zoom): (Size, Zoom)) -> Chart {
    let mut values = thinned(series);
    values.sort_by(|a, b| a.number.total_cmp(&b.number));
    let Some(range) = range(values.iter().map(|value| value.number)).filter(|_| values.len() > 1) else {
        return Chart::none("an ECDF needs two values or more");
    };
    let seen = zoom.part_of(range);
    let x = axis(series, seen, size.x_ticks());
    let share = |rank: usize| 100.0 * (rank + 1) as f64 / values.len() as f64;
    let mut line = vec![(x.ends.0, 0.0)];
    let mut cold = Vec::new();
    for (rank, value) in values.iter().enumerate() {
        let before = if rank == 0 { 0.0 } else { share(rank - 1) };
        line.extend([(value.number, before), (value.number, share(rank))]);
        if value.is_cold {
            cold.push((value.number, share(rank)));
        }
    }
    line.push((x.ends.1, 100.0));
    let below = line.iter().rev().find(|(at, _)| *at < x.ends.0).map_or(0.0, |(_, share)| *share);
    line.retain(|(at, _)| x.has(*at));
    line.insert(0, (x.ends.0, below));
    cold.retain(|(at, _)| x.has(*at));
    let stops = values.iter().enumerate().filter(|(_, value)| x.has(value.number)).map(|(rank, value)| {
        let below = format!(" · {} at or below", format::share(share(rank) / 100.0));
        stop(series, value, (value.number, share(rank)), &below)
    });
    Chart {
        stops: stops.collect(),
        y: Axis::of("% of the values", (0.0, 100.0), size.y_ticks()),
        layers: vec![
            Layer { tone: Tone::Usual, stroke: Stroke::Line, points: line },
            Layer { tone: Tone::Cold, stroke: Stroke::Points, points: cold },
        ],
        x,
        whole: Some(range),
        empty: None,
    }
}

/// Metrics that a series can be held against: of the same configurations, with a better way.
pub(super) fn partners(library: &Library, series: &Series) -> Vec<Metric> {
    let mut found: Vec<Metric> = Vec::new();
    for other in library.series() {
        let is_one = other.nature == Nature::Sample
            && other.metric != series.metric
            && other.metric.better().is_some()
            && other.files.iter().any(|file| series.files.contains(file));
        if is_one && !found.contains(&other.metric) {
            found.push(other.metric.clone());
        }
    }
    found
}

/// Configurations by two metrics, and the front of those that none beats in both.
pub(super) fn scatter(library: &Library, series: &Series, partner: Option<&Metric>, size: Size) -> Chart {
    let Some(partner) = partner.filter(|_| series.metric.better().is_some()) else {
        return Chart::none("a scatter needs a second metric of which high or low is known to be better");
    };
    let all = || library.series().iter().map(|series| &**series);
    let axes = [pareto::axis(&series.metric, all()), pareto::axis(partner, all())];
    let front = pareto::of(&axes);
    let placed: Vec<(f64, f64, &pareto::Point)> = front
        .points
        .iter()
        .filter_map(|point| match point.coordinates.as_slice() {
            [one, other, ..] => Some((one.median, other.median, point)),
            _ => None,
        })
        .collect();
    let ranges = range(placed.iter().map(|(x, ..)| *x)).zip(range(placed.iter().map(|(_, y, _)| *y)));
    let Some((across, upwards)) = ranges.filter(|_| placed.len() > 1) else {
        return Chart::none("fewer than two configurations have both metrics");
    };
    let of = |is_best: bool| -> Vec<(f64, f64)> {
        let own = placed.iter().filter(|(.., point)| point.is_on_front() == is_best);
        own.map(|(x, y, _)| (*x, *y)).collect()
    };
    let name = |metric: &Metric| format!("{} {}", metric.label(), metric.unit().symbol());
    let mut stops: Vec<Stop> = placed
        .iter()
        .map(|&(x, y, point)| {
            let best = if point.is_on_front() { " · none beats it in both" } else { "" };
            let text = format!(
                "{} · {} · {}{best}",
                format::value(x, series.metric.unit()),
                format::value(y, partner.unit()),
                point.configuration
            );
            let place = point.coordinates.first().and_then(|coordinate| coordinate.places.first());
            let place = place.map(|place| SourceRow {
                path: place.path.to_string(),
                line: Some(place.line),
                field: place.field.to_string(),
            });
            Stop { x, y, text: Shown::new(&text), place }
        })
        .collect();
    stops.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    Chart {
        stops,
        x: Axis::of(&name(&series.metric), padded(across), size.x_ticks()),
        y: Axis::of(&name(partner), padded(upwards), size.y_ticks()),
        layers: vec![
            Layer { tone: Tone::Usual, stroke: Stroke::Points, points: of(false) },
            Layer { tone: Tone::Best, stroke: Stroke::Points, points: of(true) },
        ],
        whole: None,
        empty: None,
    }
}

/// The finite values; of very many an even part.
fn thinned(series: &Series) -> Vec<Value<'_>> {
    let every = series.values.len().div_ceil(MOST_VALUES).max(1);
    series.values.iter().step_by(every).filter(|value| value.number.is_finite()).collect()
}

fn axis(series: &Series, range: (f64, f64), most: usize) -> Axis {
    Axis::of(series.unit.symbol(), range, most)
}

fn padded((low, high): (f64, f64)) -> (f64, f64) {
    let pad = (high - low) * PAD;
    // Down to zero and no further: a negative time would only puzzle.
    let floor = if low >= 0.0 { 0.0 } else { f64::MIN };
    ((low - pad).max(floor), high + pad)
}

fn stop(series: &Series, value: &Value<'_>, (x, y): (f64, f64), more: &str) -> Stop {
    let path = series.files.get(value.file as usize);
    let name = path.map_or("", |path| path.rsplit('/').next().unwrap_or(path));
    let cold = if value.is_cold { " · cold" } else { "" };
    let text = format!("{}{cold} · {name}:{}{more}", format::value(value.number, &series.unit), value.line);
    let place = path.map(|path| SourceRow {
        path: path.to_string(),
        line: Some(value.line),
        field: series.field.to_string(),
    });
    Stop { x, y, text: Shown::new(&text), place }
}

/// The stop at which a value stands, or the nearest one behind it.
pub(super) fn nearest(stops: &[Stop], x: f64) -> usize {
    let behind = stops.partition_point(|stop| stop.x.total_cmp(&x) == Ordering::Less);
    behind.min(stops.len().saturating_sub(1))
}
