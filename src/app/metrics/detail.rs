//! The detail of a series: what it is, its statistics, what was left out, its values.

use std::collections::BTreeMap;

use super::{Insight, UNDEFINED, printed, unit_text};
use crate::{
    app::{
        machine::Stamps,
        sheet::{Sheet, SheetColumn},
    },
    metrics::{
        format,
        names::Better,
        series::{Exclusion, Nature, Series, Value},
        unit::UnitOrigin,
    },
    text::{
        sanitize::Shown,
        wrap::{Role, Row},
    },
};

/// Values listed in the detail: `update` must stay short, the rest is in `metrics --json`.
const VALUES: usize = 200;
/// Files listed in the detail, for the same reason.
const FILES: usize = 200;
/// Columns for the place of a value: file and line.
const PLACE: usize = 28;
/// Files named beside a count of rows left out; more would hide the count.
const EXCLUSION_FILES: usize = 3;

/// Lays the detail of a series out, with what was found out about it, where it was.
pub(super) fn detail(series: &Series, insight: Option<&Insight>, stamps: &Stamps, width: u16) -> Vec<Row> {
    let mut sheet = Sheet::new(width);
    let stats = &series.stats;
    if !series.group.0.is_empty() {
        sheet.pair("group", &series.group.to_string());
    }
    let origin = match series.unit_origin {
        UnitOrigin::Suffix => "from the field's name",
        UnitOrigin::Written => "written beside the values",
        UnitOrigin::Tool => "the tool is known to use it",
        UnitOrigin::Guess => "a guess",
    };
    sheet.pair("field", &series.field);
    sheet.pair("unit", &format!("{} ({origin})", unit_text(series)));
    let better = match series.metric.0.better {
        Some(Better::Higher) => "higher is better",
        Some(Better::Lower) => "lower is better",
        None => "neither way is better",
    };
    let nature = match series.nature {
        Nature::Sample => "single runs",
        Nature::Summary => "statistics computed by somebody else",
        Nature::Stated => "statements in a document",
    };
    sheet.pair("nature", &format!("{nature}; {better}"));
    let statistics = [
        ("n", stats.n.to_string()),
        ("median", printed(stats.median)),
        ("mean", printed(stats.mean)),
        ("sd", printed(stats.stddev)),
        ("cv", printed(stats.cv)),
        ("min", printed(stats.min)),
        ("max", printed(stats.max)),
        ("p90", printed(stats.p90)),
        ("p95", printed(stats.p95)),
        ("p99", printed(stats.p99)),
    ];
    let statistics: Vec<String> =
        statistics.iter().map(|(name, number)| format!("{name}\u{a0}{number}")).collect();
    sheet.pair("statistics", &statistics.join(", "));
    for exclusion in &series.excluded {
        sheet.pair("left out", &left_out(exclusion));
    }
    starts(&mut sheet, series);
    disturbed(&mut sheet, series, stamps);
    if let Some(insight) = insight {
        insight.show(&mut sheet);
    }
    values(&mut sheet, series, width);
    sheet.into_rows()
}

/// Cold runs beside warm ones.
fn starts(sheet: &mut Sheet, series: &Series) {
    for (label, stats) in [("warm", &series.warm), ("cold", &series.cold)] {
        let Some(stats) = stats else { continue };
        let figures =
            [("n", stats.n.to_string()), ("median", printed(stats.median)), ("mean", printed(stats.mean))];
        let figures: Vec<String> =
            figures.iter().map(|(name, number)| format!("{name}\u{a0}{number}")).collect();
        sheet.pair(label, &figures.join(", "));
    }
}

/// Values that came while something disturbed the machine.
fn disturbed(sheet: &mut Sheet, series: &Series, stamps: &Stamps) {
    if stamps.is_empty() {
        return;
    }
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for value in series.values.iter() {
        let path = series.files.get(value.file as usize);
        if let Some(why) = path.and_then(|path| stamps.of(path, value.row)) {
            *counts.entry(why).or_default() += 1;
        }
    }
    for (why, count) in counts {
        let text = format!("{} of {} values: {why}", format::count(count), format::count(series.stats.n));
        sheet.pair("disturbed", &text);
    }
}

/// `3 × failed (2 in a.csv, 1 in b.csv)`
fn left_out(exclusion: &Exclusion) -> String {
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let places = match exclusion.files.as_slice() {
        [] => String::new(),
        [(path, _)] => format!(" in {}", name(path)),
        files if files.len() > EXCLUSION_FILES => format!(" in {} files", files.len()),
        files => {
            let places: Vec<String> =
                files.iter().map(|(path, count)| format!("{count} in {}", name(path))).collect();
            format!(" ({})", places.join(", "))
        }
    };
    format!("{} × {}{places}", exclusion.count, exclusion.reason)
}

fn values(sheet: &mut Sheet, series: &Series, width: u16) {
    sheet.heading("Values");
    let shown = || series.values.iter().take(VALUES);
    let place = |value: Value<'_>| {
        let path = series.files.get(value.file as usize).map_or(UNDEFINED, |path| &**path);
        // The folders are below, under Files.
        let name = path.rsplit('/').next().unwrap_or(path);
        Shown::new(&tail(&format!("{name}:{}", value.line), usize::from(width / 2)))
    };
    let rest = |value: Value<'_>| {
        let others: Vec<String> = value
            .group
            .0
            .iter()
            .filter(|dimension| !series.group.0.contains(dimension))
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        Shown::new(&others.join(", "))
    };
    let mut columns = vec![
        SheetColumn {
            title: Shown::new(series.unit.symbol()),
            cells: shown().map(|value| Shown::new(&format::number(value.number))).collect(),
            is_numeric: true,
        },
        SheetColumn { title: Shown::new("where"), cells: shown().map(place).collect(), is_numeric: false },
        SheetColumn { title: Shown::new("also"), cells: shown().map(rest).collect(), is_numeric: false },
    ];
    columns.retain(|column| column.cells.iter().any(|cell| !cell.as_str().is_empty()));
    sheet.table(&columns);
    if series.values.len() > VALUES {
        sheet.text(Role::Muted, &format!("… {} more values", series.values.len() - VALUES));
    }
    sheet.heading("Files");
    for path in series.files.iter().take(FILES) {
        sheet.text(Role::Body, path);
    }
    if series.files.len() > FILES {
        sheet.text(Role::Muted, &format!("… {} more files", series.files.len() - FILES));
    }
}

/// The end of a place tells more than its beginning: the file's name, and the line.
fn tail(text: &str, columns: usize) -> String {
    let surplus = text.chars().count().saturating_sub(columns.clamp(8, PLACE));
    if surplus == 0 {
        return text.to_owned();
    }
    std::iter::once('…').chain(text.chars().skip(surplus + 1)).collect()
}
