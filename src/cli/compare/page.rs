//! The comparison as tables: short for people, everything for CSV.

use std::sync::Arc;

use super::Told;
use crate::{
    cli::output::{Cell, OutputFormat, Page, Side, Table, terminal_width},
    compare::{Compared, Figures, Row, list, rank, verdict::MoreRuns},
    metrics::{
        format,
        series::{Group, Nature},
    },
    text::sanitize::Shown,
};

/// Below it a terminal has no room for the effect's column.
const ROOM_FOR_EFFECT: usize = 92;
/// Figures without a test that a terminal shows: a folder of summaries has hundreds.
const MAX_FIGURES: usize = 20;
/// Metrics that a remark names.
const MAX_NAMED: usize = 6;

/// The page.
pub(super) fn of(told: &Told<'_>, format: OutputFormat) -> Page {
    let title = format!("{} → {}", told.base.given, told.candidate.given);
    let rows = &told.comparison.rows;
    if rows.is_empty() {
        return Page { title, notes: vec!["nothing to compare".into()], ..Page::default() };
    }
    if format == OutputFormat::Csv {
        return Page { title, tables: vec![(String::new(), full(rows))], notes: Vec::new() };
    }
    let (both, alone): (Vec<&Row>, Vec<&Row>) =
        rows.iter().partition(|row| row.base.is_some() && row.candidate.is_some());
    let (samples, figures): (Vec<&Row>, Vec<&Row>) =
        both.into_iter().partition(|row| row.nature == Nature::Sample);
    let limit = if format == OutputFormat::Text { MAX_FIGURES } else { usize::MAX };
    let mut tables = Vec::new();
    if !samples.is_empty() {
        tables.push((of_what(&heading(told), &samples), short(&samples)));
    }
    let mut list = |rows: &[&Row], heading: &str, table: fn(&[&Row]) -> Table| {
        let listed = &rows[..rows.len().min(limit)];
        let heading = match rows.len() - listed.len() {
            0 => heading.to_owned(),
            more => format!("{heading} ({} of {}; --format csv lists {more} more)", listed.len(), rows.len()),
        };
        if !listed.is_empty() {
            tables.push((of_what(&heading, listed), table(listed)));
        }
    };
    list(&figures, "figures that others summarised or documents state, without a test", short);
    list(&alone, "on one side only", one_sided);
    Page { title, tables, notes: remarks(told, &samples) }
}

fn heading(told: &Told<'_>) -> String {
    let pair = |it: &Compared| format!("{} {} → {}", it.key, list(&it.base), list(&it.candidate));
    let compared: Vec<String> = told.comparison.compared.iter().map(pair).collect();
    if compared.is_empty() {
        return format!("compared: {} → {}", told.base.given, told.candidate.given);
    }
    format!("compared: {}", compared.join(", "))
}

/// What all rows have in common: it stands once, above them.
fn common(rows: &[&Row]) -> Group {
    let Some((first, others)) = rows.split_first() else { return Group::default() };
    let is_common = |pair: &&(Arc<str>, Arc<str>)| others.iter().all(|row| row.group.0.contains(pair));
    Group(first.group.0.iter().filter(is_common).cloned().collect())
}

/// A heading with what all rows below it have in common.
fn of_what(heading: &str, rows: &[&Row]) -> String {
    let common = common(rows);
    if common.0.is_empty() { heading.to_owned() } else { format!("{heading} ({common})") }
}

/// A row's group without what is said above it.
fn rest(row: &Row, common: &Group) -> Group {
    Group(row.group.0.iter().filter(|pair| !common.0.contains(pair)).cloned().collect())
}

/// What fits a terminal.
fn short(rows: &[&Row]) -> Table {
    let has_room = terminal_width().is_none_or(|width| width >= ROOM_FOR_EFFECT);
    let has_excluded =
        rows.iter().any(|row| excluded(row.base.as_ref()) + excluded(row.candidate.as_ref()) > 0);
    let common = common(rows);
    let has_group = rows.iter().any(|row| row.group.0.len() > common.0.len());
    let has_field =
        rows.windows(2).any(|pair| pair[0].metric == pair[1].metric && pair[0].group == pair[1].group);
    let mut columns = vec![("metric", Side::Elastic), ("n", Side::Right)];
    columns.extend(has_excluded.then_some(("excluded", Side::Right)));
    columns.extend([("base", Side::Right), ("cand.", Side::Right), ("delta %", Side::Right)]);
    columns.extend([("ci95 %", Side::Right), ("p adj.", Side::Right)]);
    columns.extend(has_room.then_some(("effect", Side::Right)));
    columns.push(("verdict", Side::Left));
    columns.extend(has_group.then_some(("group", Side::Elastic)));
    columns.extend(has_field.then_some(("field", Side::Elastic)));
    let mut table = Table::new(&columns);
    for row in rows {
        let both = |of: fn(&Figures) -> u64| {
            let side = |figures: &Option<Figures>| {
                figures.as_ref().map_or("–".to_owned(), |it| of(it).to_string())
            };
            Cell::from(Shown::new(&format!("{}/{}", side(&row.base), side(&row.candidate))))
        };
        let text = |text: &str| Cell::from(Shown::new(text));
        let mut cells = vec![text(&measure(row)), both(|figures| figures.stats.n)];
        cells.extend(has_excluded.then(|| both(Figures::excluded_total)));
        cells.extend([Cell::number(median(row.base.as_ref())), Cell::number(median(row.candidate.as_ref()))]);
        cells.push(row.delta_pct.map_or_else(Cell::nothing, |delta| text(&format::change(delta))));
        let interval = |(low, high)| text(&format!("{}…{}", format::change(low), format::change(high)));
        cells.push(row.ci95.map_or_else(Cell::nothing, interval));
        cells.push(row.test.map_or_else(Cell::nothing, |test| text(&format::p_value(test.p_adjusted))));
        if has_room {
            let effect = row.test.map(|test| rank::size_of(test.cliffs_delta));
            cells.push(effect.map_or_else(Cell::nothing, text));
        }
        cells.push(text(&format!("{} {}", row.verdict.sign(), row.verdict.as_str())));
        cells.extend(has_group.then(|| text(&rest(row, &common).to_string())));
        cells.extend(has_field.then(|| text(&fields(row))));
        table.row(cells);
    }
    table
}

/// What one side alone has.
fn one_sided(rows: &[&Row]) -> Table {
    let columns = [
        ("metric", Side::Elastic),
        ("side", Side::Left),
        ("n", Side::Right),
        ("excluded", Side::Right),
        ("median", Side::Right),
        ("group", Side::Elastic),
        ("field", Side::Elastic),
    ];
    let common = common(rows);
    let mut table = Table::new(&columns);
    for row in rows {
        let (side, figures) = match (&row.base, &row.candidate) {
            (Some(figures), _) => ("base", figures),
            (None, Some(figures)) => ("candidate", figures),
            (None, None) => continue,
        };
        let text = |text: &str| Cell::from(Shown::new(text));
        table.row([
            text(&measure(row)),
            text(side),
            Cell::count(figures.stats.n),
            Cell::count(figures.excluded_total()),
            Cell::number(figures.stats.median),
            text(&rest(row, &common).to_string()),
            text(&figures.field),
        ]);
    }
    table
}

/// Every figure, for programs.
fn full(rows: &[Row]) -> Table {
    let names = [
        "metric",
        "unit",
        "nature",
        "group",
        "base_n",
        "candidate_n",
        "base_excluded",
        "candidate_excluded",
        "base_cold",
        "candidate_cold",
        "base_mean",
        "candidate_mean",
        "base_median",
        "candidate_median",
        "delta_pct",
        "ci95_low",
        "ci95_high",
        "p_value",
        "p_adjusted",
        "test",
        "cliffs_delta",
        "hedges_g",
        "verdict",
        "more_runs",
        "notes",
    ];
    let mut table = Table::new(&names.map(|name| (name, Side::Left)));
    for row in rows {
        let text = |text: &str| Cell::from(Shown::new(text));
        let count = |figures: &Option<Figures>, of: fn(&Figures) -> u64| {
            figures.as_ref().map_or_else(Cell::nothing, |figures| Cell::count(of(figures)))
        };
        let mean = |figures: &Option<Figures>| Cell::number(figures.as_ref().and_then(|it| it.stats.mean));
        let nature = match row.nature {
            Nature::Sample => "sample",
            Nature::Summary => "summary",
            Nature::Stated => "stated",
        };
        let mut cells = vec![text(row.metric.name()), text(row.unit.symbol()), text(nature)];
        cells.push(text(&row.group.to_string()));
        for of in [|it: &Figures| it.stats.n, Figures::excluded_total, |it: &Figures| it.cold] {
            cells.extend([count(&row.base, of), count(&row.candidate, of)]);
        }
        cells.extend([mean(&row.base), mean(&row.candidate)]);
        cells.extend([Cell::number(median(row.base.as_ref())), Cell::number(median(row.candidate.as_ref()))]);
        cells.push(Cell::number(row.delta_pct));
        cells.extend([Cell::number(row.ci95.map(|ends| ends.0)), Cell::number(row.ci95.map(|ends| ends.1))]);
        cells.push(Cell::number(row.test.map(|test| test.p_value)));
        cells.push(Cell::number(row.test.map(|test| test.p_adjusted)));
        cells.push(row.test.map_or_else(Cell::nothing, |test| text(test.method.name())));
        cells.push(Cell::number(row.test.map(|test| test.cliffs_delta)));
        cells.push(Cell::number(row.test.and_then(|test| test.hedges_g)));
        cells.push(text(row.verdict.as_str()));
        cells.push(row.more_runs.map_or_else(Cell::nothing, |more| Cell::count(more.per_side.into())));
        cells.push(text(&row.notes.join("; ")));
        table.row(cells);
    }
    table
}

/// What stands below the table.
fn remarks(told: &Told<'_>, samples: &[&Row]) -> Vec<Shown> {
    let comparison = told.comparison;
    let mut remarks: Vec<String> =
        comparison.warnings.iter().map(|warning| format!("warning: {warning}")).collect();
    remarks.extend(comparison.notes.iter().cloned());
    let common = common(samples);
    // One line for each remark, however many rows it holds for.
    let mut by_note: Vec<(&str, Vec<String>)> = Vec::new();
    for row in samples {
        for note in &row.notes {
            match by_note.iter_mut().find(|(known, _)| known == note) {
                Some((_, rows)) => rows.push(name(row, &common)),
                None => by_note.push((note, vec![name(row, &common)])),
            }
        }
    }
    remarks.extend(by_note.iter().map(|(note, rows)| format!("{note}: {}", named(rows))));
    let more: Vec<String> = samples
        .iter()
        .filter_map(|row| Some(format!("{} {}", name(row, &common), runs(row.more_runs?))))
        .collect();
    if !more.is_empty() {
        remarks.push(format!("more runs on each side that would settle it: {}", named(&more)));
    }
    if let Some(method) = methods(samples) {
        remarks.push(format!(
            "delta and ci95 (bootstrap) are of medians; p adj.: {method}, adjusted (Benjamini and Hochberg)"
        ));
        remarks.push(format!("a difference matters from {} % on", told.options.threshold_pct));
    }
    remarks.iter().map(|remark| Shown::new(remark)).collect()
}

/// The tests of the table by name.
fn methods(rows: &[&Row]) -> Option<String> {
    let mut methods: Vec<&str> = rows.iter().filter_map(|row| Some(row.test?.method.name())).collect();
    methods.sort_unstable();
    methods.dedup();
    (!methods.is_empty()).then(|| methods.join(" or "))
}

fn runs(more: MoreRuns) -> String {
    let count = format::count(more.per_side.into());
    if more.is_least { format!("{count} or more") } else { count }
}

fn named(rows: &[String]) -> String {
    let first: Vec<&str> = rows.iter().take(MAX_NAMED).map(String::as_str).collect();
    let more = rows.len().saturating_sub(MAX_NAMED);
    if more > 0 { format!("{} and {more} more", first.join(", ")) } else { first.join(", ") }
}

fn name(row: &Row, common: &Group) -> String {
    let group = rest(row, common);
    if group.0.is_empty() {
        return row.metric.label().to_owned();
    }
    format!("{} ({group})", row.metric.label())
}

fn measure(row: &Row) -> String {
    let guess = if row.is_unit_guessed { "?" } else { "" };
    let unit = row.unit.symbol();
    if unit.is_empty() {
        row.metric.label().to_owned()
    } else {
        format!("{} {unit}{guess}", row.metric.label())
    }
}

fn fields(row: &Row) -> String {
    row.base.as_ref().or(row.candidate.as_ref()).map(|figures| figures.field.to_string()).unwrap_or_default()
}

fn median(figures: Option<&Figures>) -> Option<f64> {
    figures.and_then(|figures| figures.stats.median)
}

fn excluded(figures: Option<&Figures>) -> u64 {
    figures.map_or(0, Figures::excluded_total)
}
