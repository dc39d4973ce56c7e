//! Total over total of two columns: `sum(eval_count) / sum(eval_s)`, never a mean of rates.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    FailedRows,
    row::{View, as_written, symbol_of},
};
use crate::{
    ingest::field,
    metrics::{names::Class, series::Group, unit::Unit},
};

/// Milliseconds of a second.
const MS: f64 = 1e3;

/// The totals of two fields for one group, over the rows that have both.
#[derive(Clone, Debug, PartialEq)]
pub struct Ratio {
    /// What is summed.
    pub total_field: Arc<str>,
    /// What it is divided by.
    pub over_field: Arc<str>,
    /// Unit of the quotient; times are in seconds.
    pub unit: String,
    /// The group.
    pub group: Arc<Group>,
    /// Files of the rows, by path.
    pub files: Vec<Arc<str>>,
    /// Rows that have both.
    pub n: u64,
    /// Rows that failed or lack one.
    pub excluded: u64,
    /// Sum of the first field.
    pub total: f64,
    /// Sum of the second, times in seconds.
    pub over: f64,
}

impl Ratio {
    /// Total ÷ total; `None` where that is not defined.
    pub fn value(&self) -> Option<f64> {
        (self.n > 0 && self.over != 0.0).then(|| self.total / self.over)
    }
}

/// One row's part of a ratio.
#[derive(Debug)]
pub(super) struct RowRatio {
    total_field: Arc<str>,
    over_field: Arc<str>,
    unit: String,
    group: Arc<Group>,
    pair: Option<(f64, f64)>,
}

impl RowRatio {
    pub fn of(
        view: &View<'_>,
        total: usize,
        over: usize,
        row: usize,
        group: Arc<Group>,
        failed: FailedRows,
    ) -> Self {
        let numbers = [total, over].map(|column| number(view, column, row));
        let units = [total, over].map(|column| unit(view, column, row));
        let is_left_out = view.rows.failed[row] && failed == FailedRows::LeftOut;
        RowRatio {
            total_field: Arc::clone(&view.table.columns[total].name),
            over_field: Arc::clone(&view.table.columns[over].name),
            unit: quotient(&units[0], &units[1]),
            group,
            pair: numbers[0].zip(numbers[1]).filter(|_| !is_left_out),
        }
    }
}

/// In the file's own unit, times in seconds.
fn number(view: &View<'_>, column: usize, row: usize) -> Option<f64> {
    let written = as_written(view.table.columns[column].cells.get(row)).ok()?;
    let seconds = view.scale(column, row).filter(|scale| scale.unit == Unit::Milliseconds);
    Some(seconds.map_or(written, |scale| scale.convert(written) / MS))
}

fn unit(view: &View<'_>, column: usize, row: usize) -> String {
    let of = &view.table.columns[column];
    if matches!(view.rows.classes[column], Class::Metric(_))
        && let Some(scale) = view.scale(column, row)
    {
        let is_time = scale.unit == Unit::Milliseconds;
        return if is_time { "s" } else { symbol_of(&scale) }.to_owned();
    }
    let words = field::words(&of.name);
    let is_tokens = words.split(' ').any(|word| matches!(word, "token" | "tokens"))
        || matches!(words.as_str(), "eval count" | "prompt eval count");
    if is_tokens { "tok".to_owned() } else { of.unit.as_deref().unwrap_or_default().to_owned() }
}

fn quotient(total: &str, over: &str) -> String {
    match (total, over) {
        (total, over) if total == over => String::new(),
        (total, "") => total.to_owned(),
        ("", over) => format!("1/{over}"),
        (total, over) => format!("{}/{over}", if total == "tokens" { "tok" } else { total }),
    }
}

/// Ratios being put together.
#[derive(Debug, Default)]
pub(super) struct Ratios(BTreeMap<RatioKey, Ratio>);

/// Group, both fields, unit.
type RatioKey = (Arc<Group>, Arc<str>, Arc<str>, String);

impl Ratios {
    pub fn add(&mut self, path: &Arc<str>, row: RowRatio) {
        let RowRatio { total_field, over_field, unit, group, pair } = row;
        let key = (Arc::clone(&group), Arc::clone(&total_field), Arc::clone(&over_field), unit.clone());
        let ratio = self.0.entry(key).or_insert_with(|| Ratio {
            total_field,
            over_field,
            unit,
            group,
            files: Vec::new(),
            n: 0,
            excluded: 0,
            total: 0.0,
            over: 0.0,
        });
        if ratio.files.last() != Some(path) {
            ratio.files.push(Arc::clone(path));
        }
        match pair {
            Some((total, over)) => {
                ratio.n += 1;
                ratio.total += total;
                ratio.over += over;
            }
            None => ratio.excluded += 1,
        }
    }
    pub fn finish(self) -> Vec<Ratio> {
        self.0.into_values().collect()
    }
}
