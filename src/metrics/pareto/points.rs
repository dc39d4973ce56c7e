//! From series to one value for each configuration and metric.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::Point;
use crate::metrics::{
    configuration::by_configuration,
    names::Metric,
    ranks::median,
    series::{Group, Nature, Series},
};

/// One metric of a front and the series that hold it.
#[derive(Clone, Debug)]
pub struct Axis<'a> {
    /// Which metric.
    pub metric: Metric,
    /// Series of it.
    pub series: Vec<&'a Series>,
}

/// Where a value stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: Arc<str>,
    /// The line, counted from 1.
    pub line: u32,
    /// The field's name as written.
    pub field: Arc<str>,
}

/// One metric of one configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Coordinate {
    /// Median of the warm rows, in the metric's unit.
    pub median: f64,
    /// Warm rows.
    pub n: u64,
    /// Cold rows that were left out.
    pub cold: u64,
    /// Where the rows stand, by file and line.
    pub places: Vec<Place>,
}

/// What an axis holds, by configuration; `None`: cold rows alone.
pub struct Read {
    pub is_summary: bool,
    pub by_configuration: BTreeMap<Group, Option<Coordinate>>,
}

impl Axis<'_> {
    /// Samples where there are any, else summaries by others; never statements of documents.
    pub fn read(&self) -> Read {
        let of = |nature: Nature| {
            self.series
                .iter()
                .copied()
                .filter(move |series| series.nature == nature && !series.values.is_empty())
        };
        let is_summary = of(Nature::Sample).next().is_none() && of(Nature::Summary).next().is_some();
        let nature = if is_summary { Nature::Summary } else { Nature::Sample };
        // A configuration that two fields measure goes by the one with more rows.
        #[expect(clippy::type_complexity, reason = "used in these lines alone")]
        let mut fields: BTreeMap<&Arc<str>, BTreeMap<Group, Vec<(&Series, usize)>>> = BTreeMap::new();
        for series in of(nature) {
            let by_field = fields.entry(&series.field).or_default();
            for (configuration, indices) in by_configuration(series) {
                let found = by_field.entry(configuration).or_default();
                found.extend(indices.into_iter().map(|index| (series, index)));
            }
        }
        #[expect(clippy::type_complexity, reason = "used in these lines alone")]
        let mut best: BTreeMap<Group, (&Arc<str>, Vec<(&Series, usize)>)> = BTreeMap::new();
        for (field, configurations) in fields {
            for (configuration, found) in configurations {
                match best.get(&configuration) {
                    Some((_, known)) if known.len() >= found.len() => {}
                    _ => {
                        best.insert(configuration, (field, found));
                    }
                }
            }
        }
        let by_configuration = best
            .into_iter()
            .map(|(configuration, (field, found))| (configuration, coordinate(field, &found)))
            .collect();
        Read { is_summary, by_configuration }
    }
}

fn coordinate(field: &Arc<str>, rows: &[(&Series, usize)]) -> Option<Coordinate> {
    let (mut warm, mut cold, mut places) = (Vec::new(), 0, Vec::new());
    for (series, index) in rows {
        let Some(value) = series.values.get(*index) else { continue };
        let Some(path) = series.files.get(value.file as usize) else { continue };
        if value.is_cold {
            cold += 1;
            continue;
        }
        warm.push(value.number);
        places.push(Place { path: Arc::clone(path), line: value.line, field: Arc::clone(field) });
    }
    places.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    Some(Coordinate { median: median(&warm)?, n: warm.len() as u64, cold, places })
}

/// The configurations that every axis has; what the others lack is counted.
pub fn join(
    columns: &[Read],
    left_out: &mut Vec<(Metric, u64)>,
    only_cold: &mut Vec<(Metric, u64)>,
    axes: &[Axis<'_>],
) -> Vec<Point> {
    let all: BTreeSet<&Group> = columns.iter().flat_map(|column| column.by_configuration.keys()).collect();
    for (column, axis) in columns.iter().zip(axes) {
        let missing =
            all.iter().filter(|group| !column.by_configuration.contains_key(**group)).count() as u64;
        let cold = column.by_configuration.values().filter(|coordinate| coordinate.is_none()).count() as u64;
        if missing > 0 {
            left_out.push((axis.metric.clone(), missing));
        }
        if cold > 0 {
            only_cold.push((axis.metric.clone(), cold));
        }
    }
    let point = |configuration: &&Group| {
        let coordinates: Option<Vec<Coordinate>> =
            columns.iter().map(|column| column.by_configuration.get(*configuration)?.clone()).collect();
        Some(Point {
            configuration: (*configuration).clone(),
            coordinates: coordinates?,
            dominated_by: 0,
            dominates: 0,
        })
    };
    all.iter().filter_map(point).collect()
}
