//! `chimera-insight compare`: the table of two sides, and the gate that it can be.

mod document;
mod page;
mod side;

use std::fmt::Write as _;

use self::side::Source;
use super::{
    Failure, FailureKind,
    arguments::Compare,
    filter::{conditions, is_asked_for},
    output::{OutputFormat, print_json},
};
use crate::{
    compare::{Comparison, Options, Row, compare},
    config::Config,
    metrics::series::Series,
};

/// Metrics that a failed gate names.
const MAX_NAMED: usize = 5;

/// Compares, prints, and fails where the gate does.
pub(super) fn run(config: &Config, arguments: &Compare, format: OutputFormat) -> Result<(), Failure> {
    let conditions = conditions(&arguments.conditions)?;
    let [base, candidate] = Source::both(config, [&arguments.base, &arguments.candidate])?;
    let options = Options {
        threshold_pct: arguments.threshold,
        group_by: arguments.group_by.iter().map(|key| key.trim().into()).collect(),
        with_cold: arguments.with_cold,
    };
    let is_wanted = |series: &Series| is_asked_for(&arguments.metric, series);
    let comparison = compare(&base.side(&conditions), &candidate.side(&conditions), &options, &is_wanted);
    let told = Told {
        base: &base,
        candidate: &candidate,
        comparison: &comparison,
        options: &options,
        fail_on: arguments.fail_on,
    };
    match format {
        OutputFormat::Json => print_json(&document::of(&told))?,
        _ => page::of(&told, format).print(format)?,
    }
    let Some(percent) = arguments.fail_on else { return Ok(()) };
    gate(&comparison, percent)?;
    if arguments.allow_missing { Ok(()) } else { vanished(&comparison) }
}

/// Fails on metrics that the candidate does not have at all: one that nobody measured any
/// more must not pass for one that is no worse.
fn vanished(comparison: &Comparison) -> Result<(), Failure> {
    let gone = comparison.vanished();
    if gone.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = gone.iter().take(MAX_NAMED).map(|metric| metric.label()).collect();
    let more =
        if gone.len() > MAX_NAMED { format!(" and {} more", gone.len() - MAX_NAMED) } else { String::new() };
    let message = format!("the candidate has no value of {}{more}, which the base has", names.join(", "));
    Err(Failure::new(FailureKind::Check, message)
        .hint("`--allow-missing` lets it pass, `--metric NAME` looks at some alone"))
}

/// All that is printed.
struct Told<'a> {
    base: &'a Source,
    candidate: &'a Source,
    comparison: &'a Comparison,
    options: &'a Options,
    fail_on: Option<f64>,
}

/// Fails on what is surely worse, on what has failed altogether, and when nothing was held
/// against anything: a gate that saw nothing must not let pass.
fn gate(comparison: &Comparison, percent: f64) -> Result<(), Failure> {
    let failures: Vec<&Row> = comparison.failures(percent).collect();
    if failures.is_empty() {
        if comparison.rows.iter().any(Row::has_both) {
            return Ok(());
        }
        return Err(Failure::new(FailureKind::Check, "nothing could be compared, so nothing was checked")
            .hint("`chimera-insight metrics` lists what each side has"));
    }
    let mut message = format!("the candidate fails --fail-on {percent}");
    for row in failures.iter().take(MAX_NAMED) {
        let group = if row.group.0.is_empty() { String::new() } else { format!(" ({})", row.group) };
        let how = match row.delta_pct.filter(|_| row.is_worse_by(percent)) {
            Some(delta) => format!("worse by {} %", crate::metrics::format::number(delta.abs())),
            None => "no value left, every row failed or is empty".to_owned(),
        };
        // Writing to a string cannot fail.
        let _ = write!(message, "\n{}{group}: {how}", row.metric.label());
    }
    if failures.len() > MAX_NAMED {
        let _ = write!(message, "\nand {} more", failures.len() - MAX_NAMED);
    }
    Err(Failure::new(FailureKind::Check, message))
}
