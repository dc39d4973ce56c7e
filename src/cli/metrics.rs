//! `chimera-insight metrics`.

mod filter;

use clap::ValueEnum;
use serde_json::{Value, json};

use self::filter::Filter;
use super::{
    Failure,
    arguments::Metrics,
    inventory,
    output::{Cell, OutputFormat, Page, Side, Table, print_json},
};
use crate::{
    config::Config,
    metrics::{
        format,
        library::Library,
        names::Better,
        series::{Group, Nature, Series, Value as SeriesValue},
        stats::{Stats, median_ci95},
        unit::UnitOrigin,
    },
    text::sanitize::Shown,
};

/// What can be asked for with `--stat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
#[allow(missing_docs)]
pub enum Statistic {
    N,
    Excluded,
    Mean,
    Median,
    Min,
    Max,
    P90,
    P95,
    P99,
    Stddev,
    Cv,
    Ci95,
    Argmin,
    Argmax,
}

impl Statistic {
    /// All but the places of the extremes, which are long.
    const USUAL: [Statistic; 12] = [
        Statistic::N,
        Statistic::Excluded,
        Statistic::Mean,
        Statistic::Median,
        Statistic::Min,
        Statistic::Max,
        Statistic::P90,
        Statistic::P95,
        Statistic::P99,
        Statistic::Stddev,
        Statistic::Cv,
        Statistic::Ci95,
    ];
    /// What fits a line.
    const SHORT: [Statistic; 7] = [
        Statistic::N,
        Statistic::Excluded,
        Statistic::Median,
        Statistic::Mean,
        Statistic::Stddev,
        Statistic::Min,
        Statistic::Max,
    ];

    fn name(self) -> &'static str {
        match self {
            Statistic::N => "n",
            Statistic::Excluded => "excluded",
            Statistic::Mean => "mean",
            Statistic::Median => "median",
            Statistic::Min => "min",
            Statistic::Max => "max",
            Statistic::P90 => "p90",
            Statistic::P95 => "p95",
            Statistic::P99 => "p99",
            Statistic::Stddev => "stddev",
            Statistic::Cv => "cv",
            Statistic::Ci95 => "ci95",
            Statistic::Argmin => "argmin",
            Statistic::Argmax => "argmax",
        }
    }
}

/// Statistics of the folder.
pub(super) fn run(config: &Config, arguments: &Metrics, format: OutputFormat) -> Result<(), Failure> {
    let filter = Filter::of(arguments)?;
    let library = inventory::read(&config.folder)?.library;
    let series = select(&library, &filter, arguments.group_by.as_deref());
    let asked = arguments.statistics.as_slice();
    if format == OutputFormat::Json {
        let statistics = if asked.is_empty() { &Statistic::USUAL[..] } else { asked };
        let series: Vec<Value> = series.iter().map(|series| document(series, statistics)).collect();
        return print_json(&json!({ "series": series }));
    }
    let statistics = if asked.is_empty() { &Statistic::SHORT[..] } else { asked };
    // For people: a line of zeros beside the series that has the values helps nobody.
    let told: Vec<Series> = series.into_iter().filter(|series| !series.is_spoken_for()).collect();
    page(config, &told, statistics).print(format)
}

/// The series that pass the filter, grouped as asked.
fn select(library: &Library, filter: &Filter, group_by: Option<&[String]>) -> Vec<Series> {
    let keep = |path: &str, group: &Group| filter.takes(path, group);
    let mut series = match group_by {
        None if filter.takes_all_values() => {
            library.series().iter().map(|series| Series::clone(series)).collect()
        }
        None => library.filtered(keep),
        Some(keys) => library.select(&keys.iter().map(|key| key.trim()).collect::<Vec<_>>(), keep),
    };
    series.retain(|series| filter.takes_series(series));
    series
}

fn document(series: &Series, statistics: &[Statistic]) -> Value {
    let group: serde_json::Map<String, Value> =
        series.group.0.iter().map(|(key, value)| (key.to_string(), Value::from(&**value))).collect();
    let mut document = json!({
        "metric": series.metric.0.name,
        "unit": series.unit.symbol(),
        "better": match series.metric.0.better {
            Some(Better::Higher) => Value::from("higher"),
            Some(Better::Lower) => Value::from("lower"),
            None => Value::Null,
        },
        "field": &*series.field,
        "group": group,
        "files": series.files.iter().map(|file| &**file).collect::<Vec<_>>(),
        "nature": match series.nature {
            Nature::Sample => "sample",
            Nature::Summary => "summary",
            Nature::Stated => "stated",
        },
        "unit_origin": match series.unit_origin {
            UnitOrigin::Suffix => "suffix",
            UnitOrigin::Written => "written",
            UnitOrigin::Tool => "tool",
            UnitOrigin::Guess => "guess",
        },
    });
    for &statistic in statistics {
        document[statistic.name()] = value(series, statistic);
    }
    document
}

fn value(series: &Series, statistic: Statistic) -> Value {
    let stats = &series.stats;
    match statistic {
        Statistic::N => stats.n.into(),
        Statistic::Excluded => series.excluded_total().into(),
        Statistic::Ci95 => {
            let numbers = series.values.numbers();
            median_ci95(numbers).map_or(Value::Null, |(low, high)| json!([low, high]))
        }
        Statistic::Argmin => place(series, series.values.iter().min_by(|a, b| a.number.total_cmp(&b.number))),
        Statistic::Argmax => place(series, series.values.iter().max_by(|a, b| a.number.total_cmp(&b.number))),
        Statistic::Mean
        | Statistic::Median
        | Statistic::Min
        | Statistic::Max
        | Statistic::P90
        | Statistic::P95
        | Statistic::P99
        | Statistic::Stddev
        | Statistic::Cv => number(stats, statistic).into(),
    }
}

fn number(stats: &Stats, statistic: Statistic) -> Option<f64> {
    match statistic {
        Statistic::Mean => stats.mean,
        Statistic::Median => stats.median,
        Statistic::Min => stats.min,
        Statistic::Max => stats.max,
        Statistic::P90 => stats.p90,
        Statistic::P95 => stats.p95,
        Statistic::P99 => stats.p99,
        Statistic::Stddev => stats.stddev,
        Statistic::Cv => stats.cv,
        Statistic::N | Statistic::Excluded | Statistic::Ci95 | Statistic::Argmin | Statistic::Argmax => None,
    }
}

/// Where an extreme stands, with all dimensions of its row.
fn place(series: &Series, value: Option<SeriesValue<'_>>) -> Value {
    let Some(value) = value else { return Value::Null };
    let group: serde_json::Map<String, Value> =
        value.group.0.iter().map(|(key, value)| (key.to_string(), Value::from(&**value))).collect();
    json!({
        "value": value.number,
        "path": series.files.get(value.file as usize).map(|file| &**file),
        "line": value.line,
        "group": group,
    })
}

fn page(config: &Config, series: &[Series], statistics: &[Statistic]) -> Page {
    let title = format!("Metrics of {}", Shown::from_path(&config.folder));
    if series.is_empty() {
        return Page { title, notes: vec!["no values".into()], ..Page::default() };
    }
    let mut columns = vec![("metric", Side::Left), ("unit", Side::Left)];
    columns.extend(statistics.iter().map(|statistic| (statistic.name(), Side::Right)));
    columns.extend([("group", Side::Elastic), ("field", Side::Elastic), ("", Side::Left)]);
    let mut table = Table::new(&columns);
    for series in series {
        let guess = if series.unit_origin == UnitOrigin::Guess { "?" } else { "" };
        let unit = Shown::new(&format!("{}{guess}", series.unit.symbol()));
        let mut row: Vec<Cell> = vec![Shown::new(&series.metric.0.label).into(), unit.into()];
        row.extend(statistics.iter().map(|statistic| cell(series, *statistic)));
        let nature = match series.nature {
            Nature::Sample => "",
            Nature::Summary => "(summary by others)",
            Nature::Stated => "(stated in a document)",
        };
        let told = [series.group_or_origin(), series.field.to_string(), nature.to_owned()];
        row.extend(told.iter().map(|text| Cell::from(Shown::new(text))));
        table.row(row);
    }
    Page { title, tables: vec![(String::new(), table)], notes: Vec::new() }
}

fn cell(series: &Series, statistic: Statistic) -> Cell {
    match value(series, statistic) {
        Value::Null => Cell::nothing(),
        Value::Array(ends) => {
            let ends: Vec<f64> = ends.iter().filter_map(Value::as_f64).collect();
            let joined = |print: fn(f64) -> String| {
                format!("[{}]", ends.iter().map(|end| print(*end)).collect::<Vec<_>>().join(", "))
            };
            Cell::with_exact(&joined(format::number), joined(|end| end.to_string()))
        }
        Value::Object(place) => {
            let path = place.get("path").and_then(Value::as_str).unwrap_or_default();
            let line = place.get("line").and_then(Value::as_u64).unwrap_or_default();
            Shown::new(&format!("{path}:{line}")).into()
        }
        Value::Number(number) if number.is_u64() => number.as_u64().map_or_else(Cell::nothing, Cell::count),
        other => Cell::number(other.as_f64()),
    }
}
