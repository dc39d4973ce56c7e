//! Which rows a command is about: by file, by metric, and by what their dimensions are.

use super::{Failure, FailureKind, globs::Globs};
use crate::metrics::{
    query::Condition,
    series::{Group, Series},
};

/// The filter of a command line.
#[derive(Debug)]
pub(super) struct Filter {
    files: Globs,
    metrics: Vec<String>,
    conditions: Vec<Condition>,
}

impl Filter {
    /// Reads it; an error names the argument that means nothing.
    pub fn of(files: &[String], metrics: &[String], conditions_given: &[String]) -> Result<Self, Failure> {
        Ok(Filter {
            files: Globs::of(files, "--file")?,
            metrics: metrics.to_vec(),
            conditions: conditions(conditions_given)?,
        })
    }
    /// Is a series' metric asked for?
    pub fn takes_series(&self, series: &Series) -> bool {
        is_asked_for(&self.metrics, series)
    }
    /// Were metrics asked for by name?
    pub fn names_metrics(&self) -> bool {
        !self.metrics.is_empty()
    }
    /// Is a value of this file, with these dimensions, asked for?
    pub fn takes(&self, path: &str, group: &Group) -> bool {
        self.files.takes(path) && self.conditions.iter().all(|condition| condition.meets(group))
    }
}

/// Reads `--where`; an error names the condition that means nothing.
pub(super) fn conditions(given: &[String]) -> Result<Vec<Condition>, Failure> {
    let read = |text: &String| {
        text.parse::<Condition>().map_err(|error| {
            Failure::new(FailureKind::Usage, format!("--where: `{text}` is {error}"))
                .hint("OP is one of = != < <= > >=, as in --where 'num_gpu >= 20'")
        })
    };
    given.iter().map(read).collect()
}

/// Is the series' metric one of those named? No name: every metric is.
pub(super) fn is_asked_for(names: &[String], series: &Series) -> bool {
    let is_metric = |name: &String| {
        name.eq_ignore_ascii_case(series.metric.name()) || name.eq_ignore_ascii_case(series.metric.label())
    };
    names.is_empty() || names.iter().any(is_metric)
}
