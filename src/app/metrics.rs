//! The Metrics tab's state.

mod boxes;
pub mod chart;
mod detail;
mod insight;
mod plots;

use std::{cmp::Ordering, sync::Arc, time::Duration};

pub use self::insight::Insight;
use self::{
    chart::{Chart, Stop, View},
    plots::{Size, Zoom},
};
use super::{
    areas::Areas,
    brief::brief,
    cursor::{self, Cursor, Move},
    inventory::FRESH,
    machine::Stamps,
    sort::SeriesSort,
};
use crate::{
    metrics::{
        format,
        library::Library,
        names::Better,
        series::{Nature, Series},
        unit::UnitOrigin,
    },
    text::{sanitize::Shown, wrap::Row},
};

/// Values kept for the spark: more than the widest spark has columns.
const SPARK: usize = 48;
/// Values that a page moves the cursor of a chart by.
const CHART_PAGE: usize = 20;
/// Rows below a chart: what is under its cursor.
const READING: usize = 1;
/// What stands for an undefined statistic.
const UNDEFINED: &str = "–";

/// One line of the table, formatted when the series changed.
#[derive(Clone, Debug)]
pub struct SeriesLine {
    /// Index into the library's series.
    pub index: usize,
    /// `Throughput`
    pub metric: Shown,
    /// `model=gemma3:270m, num_gpu=60`; of no group: where the values come from.
    pub group: Shown,
    /// The same where there is little room: `gemma3:270m, num_gpu=60`.
    pub brief: Shown,
    /// The rows name no group.
    pub is_ungrouped: bool,
    /// The field's name in the files: what tells series apart that are of no group.
    pub field: Shown,
    /// `tok/s`; with `?` behind it when guessed.
    pub unit: Shown,
    /// `+` higher is better, `-` lower is better, ` ` neither.
    pub better: char,
    /// `sample`, `summary`, `stated`.
    pub nature: &'static str,
    /// n, excluded, median, mean, sd, min, max, p95 as printed (`–` where undefined).
    pub columns: [String; 8],
    /// The newest values, oldest first, for the spark.
    pub spark: Vec<f64>,
    /// Changed in the last seconds.
    pub is_fresh: bool,
}

/// The Metrics tab.
#[derive(Debug, Default)]
pub struct MetricsTab {
    /// Series shown, in order.
    pub lines: Vec<SeriesLine>,
    /// Index of the selected one.
    pub selected: usize,
    /// First visible one.
    pub top: usize,
    /// Detail of the selected series: values with file and line, exclusions.
    pub detail: Vec<Row>,
    /// First visible row of the detail.
    pub detail_top: usize,
    /// What the detail shows of the series.
    pub view: View,
    /// The chart, in the views that have one.
    pub chart: Option<Chart>,
    /// Where its cursor is: an index into its stops.
    pub stop: usize,
    zoom: Zoom,
    /// Which of the metrics that it can be held against the scatter has.
    partner: usize,
    /// The filter as typed; `None` when not filtering.
    pub filter: Option<String>,
    /// Keys go to the filter.
    pub is_typing: bool,
    /// Rows that were written while something disturbed the machine.
    pub(super) stamps: Arc<Stamps>,
    /// What the series of a metric are in order of.
    pub sort: SeriesSort,
    /// Every series known, in the library's order, with the time until which it counts as new.
    known: Vec<(Arc<Series>, Duration)>,
    /// Which series each line is of, and what it was printed from.
    origins: Vec<Arc<Series>>,
    /// When the first line that counts as new no longer does.
    fresh_until: Option<Duration>,
    is_chosen: bool,
    detailed: Option<Arc<Series>>,
    /// What was found out about the series selected last.
    insight: Option<Box<Insight>>,
    /// The series that is being looked into.
    explaining: Option<Arc<Series>>,
    detail_width: u16,
    height: usize,
    detail_height: usize,
    /// Lines made since the start: what a change costs.
    pub(super) made: u64,
}

impl MetricsTab {
    /// Index of the selected series in the library.
    pub fn selected_series(&self) -> Option<usize> {
        self.lines.get(self.selected).map(|line| line.index)
    }

    /// Makes the lines anew after a change of folder or filter. The cursor stays on its
    /// series. `marks_news` is off during the first scan, when everything is new.
    pub(super) fn refresh(&mut self, library: &Library, now: Duration, marks_news: bool) {
        let chosen = self.origins.get(self.selected).filter(|_| self.is_chosen).cloned();
        let needle = self.filter.as_ref().map(|filter| filter.to_lowercase());
        // All of these are in the library's order, so that one walk finds what was before.
        let mut known = std::mem::take(&mut self.known).into_iter().peekable();
        let origins = std::mem::take(&mut self.origins);
        let mut before: Vec<_> = origins.into_iter().zip(std::mem::take(&mut self.lines)).collect();
        before.sort_by_key(|(_, line)| line.index);
        let mut before = before.into_iter().peekable();
        for (index, series) in library.series().iter().enumerate() {
            while known.next_if(|(other, _)| order(other, series).is_lt()).is_some() {}
            let until = match known.next_if(|(other, _)| order(other, series).is_eq()) {
                Some((other, until)) if is_unchanged(&other, series) => until,
                _ if marks_news => now + FRESH,
                _ => Duration::ZERO,
            };
            self.known.push((Arc::clone(series), until));
            while before.next_if(|(other, _)| order(other, series).is_lt()).is_some() {}
            let line_before = before.next_if(|(other, _)| order(other, series).is_eq());
            if series.is_spoken_for() || needle.as_ref().is_some_and(|needle| !is_match(series, needle)) {
                continue;
            }
            let is_fresh = now < until;
            self.lines.push(match line_before {
                Some((other, line)) if is_unchanged(&other, series) => SeriesLine { index, is_fresh, ..line },
                _ => {
                    self.made += 1;
                    line(series, index, is_fresh)
                }
            });
            self.origins.push(Arc::clone(series));
        }
        self.note_fresh(now);
        self.put_in_order();
        let place =
            chosen.and_then(|series| self.origins.iter().position(|other| order(other, &series).is_eq()));
        let cursor = match place {
            Some(index) => self.cursor().followed(index, self.lines.len(), self.height),
            None if self.is_chosen => self.cursor().in_sight(self.lines.len(), self.height),
            None => Cursor::default(),
        };
        self.set_cursor(cursor);
        self.show_selected(library);
    }

    /// Puts the series of each metric in the next order. The cursor stays on its series.
    pub(super) fn change_sort(&mut self, library: &Library, now: Duration) {
        self.sort = self.sort.next();
        self.refresh(library, now, false);
    }

    /// From the library's order to the one that is asked for.
    fn put_in_order(&mut self) {
        let origins = std::mem::take(&mut self.origins);
        let mut both: Vec<_> = origins.into_iter().zip(std::mem::take(&mut self.lines)).collect();
        // What is compared stands together in the library's order.
        let is_one_metric = |one: &Arc<Series>, other: &Arc<Series>| {
            one.metric == other.metric && one.unit == other.unit && one.nature == other.nature
        };
        for group in both.chunk_by_mut(|(one, _), (other, _)| is_one_metric(one, other)) {
            group.sort_by(|(one, _), (other, _)| self.sort.compare(one, other));
        }
        (self.origins, self.lines) = both.into_iter().unzip();
    }

    /// Takes on the size of its areas.
    pub(super) fn lay_out(&mut self, areas: &Areas, library: &Library) {
        self.height = usize::from(areas.list_rows.height);
        self.set_cursor(self.cursor().in_sight(self.lines.len(), self.height));
        let width = areas.detail_rows.width;
        let height = usize::from(areas.detail_rows.height);
        let is_other = width != self.detail_width || (self.chart.is_some() && height != self.detail_height);
        self.detail_height = height;
        if width > 0 && is_other {
            self.detail_width = width;
            self.lay_detail_out(library);
        }
        self.scroll_detail(Move::By(0));
    }

    /// Moves the cursor.
    pub(super) fn go(&mut self, to: Move, library: &Library) {
        self.choose(self.cursor().moved(to, self.lines.len(), self.height), library);
    }

    /// Scrolls the list.
    pub(super) fn scroll(&mut self, rows: isize, library: &Library) {
        self.choose(self.cursor().scrolled(rows, self.lines.len(), self.height), library);
    }

    /// Selects the line in row `row` of the list's area, if there is one.
    pub(super) fn press(&mut self, row: usize, library: &Library) {
        let selected = self.top + row;
        if selected < self.lines.len() {
            self.choose(Cursor { selected, top: self.top }.in_sight(self.lines.len(), self.height), library);
        }
    }

    /// The value or bar under the chart's cursor.
    pub fn stopped_at(&self) -> Option<&Stop> {
        self.chart.as_ref()?.stops.get(self.stop)
    }

    /// Is a part of the chart drawn larger?
    pub fn is_zoomed(&self) -> bool {
        self.zoom.halvings > 0
    }

    /// Shows the series in the view so many places further.
    pub(super) fn change_view(&mut self, by: usize, library: &Library) {
        self.view = self.view.further(by);
        self.begin_chart();
        self.lay_detail_out(library);
    }

    /// Draws so many times larger, around the cursor.
    pub(super) fn change_zoom(&mut self, by: i32, library: &Library) {
        let whole = self.chart.as_ref().and_then(|chart| chart.whole);
        let Some((whole, x)) = whole.zip(self.stopped_at().map(|stop| stop.x)) else { return };
        self.zoom = self.zoom.changed(by, x, whole);
        self.lay_detail_out(library);
        if let Some(chart) = &self.chart {
            self.stop = plots::nearest(&chart.stops, x);
        }
    }

    /// Holds the series against another metric.
    pub(super) fn change_partner(&mut self, library: &Library) {
        if self.view == View::Scatter {
            self.partner += 1;
        }
        self.view = View::Scatter;
        self.begin_chart();
        self.lay_detail_out(library);
    }

    fn begin_chart(&mut self) {
        self.detail_top = 0;
        // The newest value; what is sorted otherwise is read from its beginning.
        self.stop = if self.view == View::Trend { usize::MAX } else { 0 };
        self.zoom = Zoom::default();
    }

    /// Scrolls the detail, or moves the cursor of a chart.
    pub(super) fn scroll_detail(&mut self, to: Move) {
        if let Some(chart) = &self.chart {
            let cursor = Cursor { selected: self.stop, top: 0 };
            self.stop = cursor.moved(to, chart.stops.len(), CHART_PAGE).selected;
            return;
        }
        self.detail_top = cursor::scrolled(self.detail_top, to, self.detail.len(), self.detail_height);
    }

    /// The series in the detail that nobody has looked into yet; from now on it counts as
    /// being looked into. One at a time: whoever runs through the list asks for its end.
    pub(super) fn begin_explaining(&mut self) -> Option<Arc<Series>> {
        let series = self.detailed.as_ref().filter(|series| Insight::is_possible(series))?;
        let is_known = self.insight.as_ref().is_some_and(|insight| insight.is_of(series));
        if is_known || self.explaining.is_some() || self.detail_width == 0 {
            return None;
        }
        self.explaining = Some(Arc::clone(series));
        self.explaining.clone()
    }

    /// A series was looked into.
    pub(super) fn take_insight(&mut self, insight: Box<Insight>, library: &Library) {
        self.explaining = None;
        let is_shown = self.detailed.as_ref().is_some_and(|series| insight.is_of(series));
        self.insight = Some(insight);
        if is_shown {
            self.lay_detail_out(library);
        }
    }

    /// Time went on: what was new is no longer.
    pub(super) fn tick(&mut self, now: Duration) {
        if self.fresh_until.is_none_or(|until| now < until) {
            return;
        }
        let known = &self.known;
        for line in self.lines.iter_mut().filter(|line| line.is_fresh) {
            line.is_fresh = known.get(line.index).is_some_and(|(_, until)| now < *until);
        }
        self.note_fresh(now);
    }

    /// When [`MetricsTab::tick`] has something to do.
    pub(super) fn next_wakeup(&self) -> Option<Duration> {
        self.fresh_until
    }

    fn note_fresh(&mut self, now: Duration) {
        let fresh = self.lines.iter().filter(|line| line.is_fresh);
        let until = fresh.filter_map(|line| self.known.get(line.index).map(|(_, until)| *until));
        self.fresh_until = until.filter(|until| now < *until).min();
    }

    fn cursor(&self) -> Cursor {
        Cursor { selected: self.selected, top: self.top }
    }

    fn set_cursor(&mut self, cursor: Cursor) {
        (self.selected, self.top) = (cursor.selected, cursor.top);
    }

    fn choose(&mut self, cursor: Cursor, library: &Library) {
        self.is_chosen = true;
        self.set_cursor(cursor);
        self.show_selected(library);
    }

    /// Makes the detail anew when another series is selected or the series has changed.
    fn show_selected(&mut self, library: &Library) {
        let is_same = match (self.origins.get(self.selected), &self.detailed) {
            (Some(series), Some(before)) => Arc::ptr_eq(series, before),
            (None, None) => true,
            _ => false,
        };
        if !is_same {
            self.lay_detail_out(library);
        }
    }

    fn lay_detail_out(&mut self, library: &Library) {
        let series = self.selected_series().and_then(|index| library.series().get(index));
        let is_other = match (series, &self.detailed) {
            (Some(series), Some(before)) => order(series, before).is_ne(),
            (None, None) => false,
            _ => true,
        };
        if is_other {
            self.begin_chart();
        }
        // A cursor on the newest value stays on it when there is a newer one.
        let is_newest =
            self.chart.as_ref().is_some_and(|chart| self.stop.checked_add(1) == Some(chart.stops.len()));
        if is_newest && self.view == View::Trend && self.zoom == Zoom::default() {
            self.stop = usize::MAX;
        }
        (self.detail, self.chart) = (Vec::new(), None);
        if let Some(series) = series.filter(|_| self.detail_width > 0) {
            let insight = self.insight.as_deref().filter(|insight| insight.is_of(series));
            let size = Size {
                width: usize::from(self.detail_width),
                height: self.detail_height.saturating_sub(READING),
            };
            match self.view {
                View::Values => {
                    self.detail = detail::detail(series, insight, &self.stamps, self.detail_width);
                }
                View::Boxes => {
                    let all = library.series().iter().map(|series| &**series);
                    self.detail = boxes::rows(series, all, self.detail_width);
                }
                View::Trend => {
                    let steps = insight.map(Insight::steps).unwrap_or_default();
                    self.chart = Some(plots::trend(
                        series,
                        &library.inventory,
                        (&steps, &self.stamps),
                        (size, self.zoom),
                    ));
                }
                View::Histogram => self.chart = Some(plots::histogram(series, size)),
                View::Ecdf => self.chart = Some(plots::ecdf(series, (size, self.zoom))),
                View::Scatter => {
                    let partners = plots::partners(library, series);
                    let partner = partners.get(self.partner % partners.len().max(1));
                    self.chart = Some(plots::scatter(library, series, partner, size));
                }
            }
        }
        self.detailed = series.cloned();
        self.scroll_detail(Move::By(0));
    }
}

/// The columns of a line with their names, tab separated: for the clipboard.
pub(super) fn copied(line: &SeriesLine) -> String {
    let names = ["n", "excluded", "median", "mean", "sd", "min", "max", "p95"];
    format!(
        "metric\tgroup\tunit\t{}\n{}\t{}\t{}\t{}\n",
        names.join("\t"),
        line.metric,
        line.group,
        line.unit,
        line.columns.join("\t")
    )
}

/// Like [`Series::order`], but most series of two snapshots are one and the same.
fn order(one: &Arc<Series>, other: &Arc<Series>) -> Ordering {
    if Arc::ptr_eq(one, other) { Ordering::Equal } else { one.order(other) }
}

/// Would the lines of both read the same?
fn is_unchanged(one: &Arc<Series>, other: &Arc<Series>) -> bool {
    let source = |series: &Series| (series.stats, series.excluded_total(), series.files.len());
    Arc::ptr_eq(one, other) || source(one) == source(other)
}

fn is_match(series: &Series, needle: &str) -> bool {
    let group = series.group_or_origin();
    [&*series.metric.0.label, &*series.field, &*group, series.unit.symbol()]
        .iter()
        .any(|text| text.to_lowercase().contains(needle))
}

fn printed(number: Option<f64>) -> String {
    number.map_or_else(|| UNDEFINED.to_owned(), format::number)
}

fn unit_text(series: &Series) -> String {
    let guess = if series.unit_origin == UnitOrigin::Guess { "?" } else { "" };
    format!("{}{guess}", series.unit.symbol())
}

fn nature_text(nature: Nature) -> &'static str {
    match nature {
        Nature::Sample => "sample",
        Nature::Summary => "summary",
        Nature::Stated => "stated",
    }
}

fn line(series: &Series, index: usize, is_fresh: bool) -> SeriesLine {
    let stats = &series.stats;
    let newest = series.values.len().saturating_sub(SPARK);
    SeriesLine {
        index,
        metric: Shown::new(&series.metric.0.label),
        group: Shown::new(&series.group_or_origin()),
        brief: Shown::new(&brief(&series.group)),
        is_ungrouped: series.group.0.is_empty(),
        field: Shown::new(&series.field),
        unit: Shown::new(&unit_text(series)),
        better: match series.metric.0.better {
            Some(Better::Higher) => '+',
            Some(Better::Lower) => '-',
            None => ' ',
        },
        nature: nature_text(series.nature),
        columns: [
            format::count(stats.n),
            format::count(series.excluded_total()),
            printed(stats.median),
            printed(stats.mean),
            printed(stats.stddev),
            printed(stats.min),
            printed(stats.max),
            printed(stats.p95),
        ],
        spark: (newest..series.values.len())
            .filter_map(|index| series.values.get(index))
            .map(|value| value.number)
            .collect(),
        is_fresh,
    }
}
