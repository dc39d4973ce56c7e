//! The values of a series in order of time: by the time that stands in their rows, else by
//! that of their files, else by path, and by line.

use std::sync::Arc;

use super::{MAX_VALUES, Place};
use crate::{
    ingest::inventory::Inventory,
    metrics::series::{Group, Series},
};

/// What orders the values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// Times that stand in the rows.
    Rows,
    /// When the files were modified, then the line.
    Files,
    /// The line alone: one file.
    #[default]
    Lines,
}

impl Clock {
    /// As printed and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rows => "time in the rows",
            Self::Files => "modification of the files",
            Self::Lines => "lines of the file",
        }
    }
}

/// A value in its place.
#[derive(Clone, Debug)]
pub struct Point {
    pub number: f64,
    pub path: Arc<str>,
    pub line: u32,
    pub row: u32,
    pub at_ns: Option<i128>,
    pub group: Arc<Group>,
}

impl Point {
    /// Where it stands.
    pub fn place(&self) -> Place {
        Place { path: Arc::clone(&self.path), line: self.line, row: self.row, at_ns: self.at_ns }
    }
}

/// The values in order.
#[derive(Debug)]
pub struct Ordered {
    pub points: Vec<Point>,
    pub clock: Clock,
    pub cold: u64,
    pub thinned: u64,
}

/// Puts them in order: warm ones, unless all are cold.
pub fn of(series: &Series, inventory: &Inventory) -> Ordered {
    let has_warm = series.values.iter().any(|value| !value.is_cold);
    let mut points: Vec<(u32, Point)> = Vec::new();
    for value in series.values.iter().filter(|value| !(has_warm && value.is_cold)) {
        let Some(path) = series.files.get(value.file as usize) else { continue };
        let (path, group) = (Arc::clone(path), Arc::clone(value.group));
        points.push((
            value.file,
            Point {
                number: value.number,
                path,
                line: value.line,
                row: value.row,
                at_ns: value.at_ns.map(i128::from),
                group,
            },
        ));
    }
    let cold = (series.values.len() - points.len()) as u64;
    let modified: Vec<i128> = series
        .files
        .iter()
        .map(|path| inventory.get(path).map_or(0, |file| file.stamp.modified_ns))
        .collect();
    let is_timed = !points.is_empty() && points.iter().all(|(_, point)| point.at_ns.is_some());
    let has_files = points.iter().any(|(file, _)| *file != points[0].0);
    let clock = match (is_timed, has_files) {
        (true, _) => Clock::Rows,
        (false, true) => Clock::Files,
        (false, false) => Clock::Lines,
    };
    points.sort_by(|(file, a), (other, b)| {
        let time = |file: u32, point: &Point| match clock {
            Clock::Rows => point.at_ns.unwrap_or_default(),
            Clock::Files | Clock::Lines => modified.get(file as usize).copied().unwrap_or_default(),
        };
        time(*file, a)
            .cmp(&time(*other, b))
            .then_with(|| (&a.path, a.line, a.row).cmp(&(&b.path, b.line, b.row)))
    });
    let step = points.len().div_ceil(MAX_VALUES).max(1);
    let whole = points.len();
    let points: Vec<Point> = points.into_iter().step_by(step).map(|(_, point)| point).collect();
    let thinned = (whole - points.len()) as u64;
    Ordered { points, clock, cold, thinned }
}
