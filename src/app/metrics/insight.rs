//! What was found out about a series: what drives it, what is far out in it, how it moves
//! over time. Computed away from the loop.

use std::{fmt::Write as _, sync::Arc};

use crate::{
    app::sheet::{Sheet, run},
    metrics::{
        drivers::{self, Drivers},
        format,
        library::Library,
        names::Better,
        outliers::{self, Outliers},
        progress::Progress,
        series::{Nature, Series},
        trend::{self, Shape, Trend},
    },
    text::wrap::Role,
};

/// Drivers named; the rest explains less.
const DRIVERS: usize = 4;
/// Sentences beneath one driver.
const SENTENCES: usize = 2;
/// Outliers named; the rest is counted.
const OUTLIERS: usize = 5;
/// Steps named; the rest is counted.
const STEPS: usize = 5;
/// Rows of text beneath what they belong to.
const INDENT: u16 = 2;

/// What was found out about a series.
#[derive(Clone, Debug)]
pub struct Insight {
    series: Arc<Series>,
    drivers: Drivers,
    outliers: Outliers,
    trend: Trend,
}

impl Insight {
    /// Looks into a series of a folder. Takes its time.
    pub(in crate::app) fn of(library: &Library, series: Arc<Series>, progress: Progress<'_>) -> Self {
        let shares_rows = |other: &&Arc<Series>| {
            other.nature == Nature::Sample
                && !Arc::ptr_eq(other, &series)
                && other.files.iter().any(|file| series.files.contains(file))
        };
        let others: Vec<&Series> =
            library.series().iter().filter(shares_rows).map(|other| &**other).collect();
        Self {
            drivers: drivers::of_told(&series, &others, progress.part(0.0, 0.7)),
            outliers: outliers::of(&series),
            trend: trend::of(&series, &library.inventory),
            series,
        }
    }

    /// Is there anything to look into? Summaries and statements are no runs.
    pub(super) fn is_possible(series: &Series) -> bool {
        series.nature == Nature::Sample && !series.values.is_empty()
    }

    /// Is it about this series, as it is now?
    pub(super) fn is_of(&self, series: &Arc<Series>) -> bool {
        Arc::ptr_eq(&self.series, series)
    }

    /// File and line of the first value behind each change of level.
    pub(super) fn steps(&self) -> Vec<(Arc<str>, u32)> {
        let steps = self.trend.steps.iter();
        steps.map(|step| (Arc::clone(&step.place.path), step.place.line)).collect()
    }

    /// Shows it.
    pub(super) fn show(&self, sheet: &mut Sheet) {
        self.show_drivers(sheet);
        self.show_outliers(sheet);
        self.show_trend(sheet);
    }

    fn show_drivers(&self, sheet: &mut Sheet) {
        sheet.heading("What drives it");
        let found: Vec<_> = self.drivers.ranked.iter().filter(|driver| driver.is_found()).collect();
        if found.is_empty() {
            let why = self.drivers.notes.first().map_or("nothing that chance would not do", String::as_str);
            sheet.text(Role::Muted, why);
        }
        for driver in found.iter().take(DRIVERS) {
            let share = (driver.effect.size() * 100.0).round();
            let mut text = format!("explains {share} % of the spread");
            match (driver.levels.first(), driver.levels.last(), driver.correlation) {
                (Some(first), Some(last), _) if driver.levels.len() > 1 => {
                    let of = |level: &drivers::Level| {
                        format!("{} (median {})", level.value, format::number(level.median))
                    };
                    let words = if self.series.metric.better().is_some() {
                        ("best", "worst")
                    } else {
                        ("lowest", "highest")
                    };
                    let _ = write!(text, "; {} {}, {} {}", words.0, of(first), words.1, of(last));
                }
                (_, _, Some(correlation)) => {
                    let way = if correlation > 0.0 { "rises" } else { "falls" };
                    let _ = write!(text, "; it {way} with it (rank correlation {correlation:+.2})");
                }
                _ => {}
            }
            sheet.runs(&[run(&driver.name, Role::Strong), run(&format!(" {text}"), Role::Body)], INDENT);
            for confounding in driver.confounded.iter().take(SENTENCES) {
                sheet.runs(&[run("but ", Role::Muted), run(&confounding.sentence, Role::Body)], INDENT);
            }
        }
    }

    fn show_outliers(&self, sheet: &mut Sheet) {
        let found = &self.outliers.found;
        if found.is_empty() {
            return;
        }
        sheet.heading("Outliers");
        for outlier in found.iter().take(OUTLIERS) {
            let far = outlier.mads.map(|mads| format!(", {mads:+.0} MADs away")).unwrap_or_default();
            let text = format!(
                " at {}:{}, median of its group {}{far}",
                outlier.path,
                outlier.line,
                format::number(outlier.median)
            );
            sheet.runs(&[run(&format::number(outlier.value), Role::Figure), run(&text, Role::Body)], INDENT);
        }
        if found.len() > OUTLIERS {
            sheet.text(Role::Muted, &format!("… {} more", found.len() - OUTLIERS));
        }
    }

    fn show_trend(&self, sheet: &mut Sheet) {
        let trend = &self.trend;
        if trend.shape == Shape::Flat {
            return;
        }
        sheet.heading("Over time");
        sheet.text(Role::Muted, &format!("ordered by {}", trend.clock.as_str()));
        if let (Shape::Drift, Some(change)) = (trend.shape, trend.change()) {
            let way = if change > 0.0 { "rises" } else { "falls" };
            let text = format!("{way} by {} from the first value to the last", format::number(change.abs()));
            sheet.text(Role::Body, &format!("{text}{}", self.judged(change)));
        }
        for step in trend.steps.iter().take(STEPS) {
            let changed: Vec<&str> = step.changed.iter().map(|changed| &*changed.key).collect();
            let also = if changed.is_empty() {
                String::new()
            } else {
                format!("; {} changed there too", changed.join(", "))
            };
            let text = format!(
                " → {} from {}:{} on{}{also}",
                format::number(step.after),
                step.place.path,
                step.place.line,
                self.judged(step.after - step.before)
            );
            sheet.runs(&[run(&format::number(step.before), Role::Figure), run(&text, Role::Body)], INDENT);
        }
        if trend.steps.len() > STEPS {
            sheet.text(Role::Muted, &format!("… {} more steps", trend.steps.len() - STEPS));
        }
    }

    /// `, better`, where the metric has a direction.
    fn judged(&self, change: f64) -> &'static str {
        match self.series.metric.better() {
            Some(Better::Higher) if change > 0.0 => ", better",
            Some(Better::Lower) if change < 0.0 => ", better",
            Some(_) => ", worse",
            None => "",
        }
    }
}
