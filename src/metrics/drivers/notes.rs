//! What a table of shares does not say: sums, dimensions that act together, few rows that
//! carry a finding.

use super::{
    Driver, Drivers, MIN_ROWS, Sort,
    candidate::{Column, Levels},
    effect::{self, Effect},
};
use crate::metrics::{format, series::Series};

/// Two measures that add up to the metric do so to this part of it.
const EQUAL: f64 = 1e-6;
/// In so many of the rows at least.
const MOST_ROWS: f64 = 0.95;
/// Two dimensions act together when they explain so much more than the sum of both.
const TOGETHER: f64 = 0.1;
/// A finding whose share of the values is so far above that of the ranks rests on few rows.
const CARRIED: f64 = 0.3;

/// Adds the notes.
pub fn add(values: &[f64], levels: &[Levels], columns: &[Column], series: &Series, found: &mut Drivers) {
    if found.used < found.n {
        found.notes.push(format!("{} of the {} rows were looked at, evenly spaced", found.used, found.n));
    }
    found.notes.extend(sum(values, columns, series));
    for driver in found.ranked.iter().filter(|driver| !driver.same_as.is_empty()) {
        let others: Vec<&str> = driver.same_as.iter().map(|name| &**name).collect();
        found.notes.push(format!(
            "{} changes together with {}: they cannot be told apart",
            driver.name,
            others.join(", ")
        ));
    }
    let carried: Vec<String> = found.ranked.iter().filter_map(carried).collect();
    found.notes.extend(carried);
    found.notes.extend(interaction(values, levels, &found.ranked));
}

/// The metric is the sum of two other measures of its rows: then their parts of its spread
/// add up to it.
fn sum(values: &[f64], columns: &[Column], series: &Series) -> Option<String> {
    let columns: Vec<&Column> =
        columns.iter().filter(|column| column.metric.unit() == &series.unit).collect();
    for (index, one) in columns.iter().enumerate() {
        for other in &columns[index + 1..] {
            let rows: Vec<(f64, f64, f64)> = values
                .iter()
                .zip(one.of_row.iter().zip(&other.of_row))
                .filter_map(|(value, (one, other))| Some((*value, (*one)?, (*other)?)))
                .collect();
            let is_sum = |row: &&(f64, f64, f64)| (row.0 - row.1 - row.2).abs() <= row.0.abs() * EQUAL;
            let sums = rows.iter().filter(is_sum).count();
            // A part that is always nothing makes no sum of the rest.
            let is_trivial = rows.iter().all(|row| row.1 == 0.0) || rows.iter().all(|row| row.2 == 0.0);
            if rows.len() < MIN_ROWS || is_trivial || (sums as f64) < rows.len() as f64 * MOST_ROWS {
                continue;
            }
            let mean =
                |pick: fn(&(f64, f64, f64)) -> f64| rows.iter().map(pick).sum::<f64>() / rows.len() as f64;
            let (whole, part) = (mean(|row| row.0), mean(|row| row.1));
            let product: f64 = rows.iter().map(|row| (row.0 - whole) * (row.1 - part)).sum();
            let squares: f64 = rows.iter().map(|row| (row.0 - whole) * (row.0 - whole)).sum();
            if squares == 0.0 {
                return None;
            }
            let share = product / squares;
            let (first, second, share) =
                if share >= 0.5 { (one, other, share) } else { (other, one, 1.0 - share) };
            return Some(format!(
                "{} is {} + {} in {sums} of {} rows; {} makes {} of its spread",
                series.metric.label(),
                first.name,
                second.name,
                rows.len(),
                first.name,
                format::share(share),
            ));
        }
    }
    None
}

fn carried(driver: &Driver) -> Option<String> {
    let Effect { share, rank_share, .. } = driver.effect;
    (driver.is_found()
        && driver.sort == Sort::Dimension
        && driver.confounded.is_empty()
        && share - rank_share > CARRIED)
        .then(|| {
            format!(
                "{} explains {} of the values but {} of their ranks: few rows far from the rest carry it",
                driver.name,
                format::share(share),
                format::share(rank_share)
            )
        })
}

/// The two strongest dimensions explain more together than each for itself: the effect of
/// one depends on the other.
fn interaction(values: &[f64], levels: &[Levels], ranked: &[Driver]) -> Option<String> {
    let mut dimensions = ranked.iter().filter(|driver| driver.sort == Sort::Dimension);
    let (one, other) = (dimensions.next()?, dimensions.next()?);
    // What only stands for another acts together with whatever that goes with.
    if !one.is_found() || !one.confounded.is_empty() {
        return None;
    }
    let of = |driver: &Driver| levels.iter().find(|levels| levels.name == driver.name);
    let (first, second) = (of(one)?, of(other)?);
    let rows: Vec<(f64, usize, usize)> = values
        .iter()
        .zip(first.of_row.iter().zip(&second.of_row))
        .filter_map(|(value, (one, other))| Some((*value, (*one)?, (*other)?)))
        .collect();
    let numbers: Vec<f64> = rows.iter().map(|row| row.0).collect();
    let cells: Vec<usize> = rows.iter().map(|row| row.1 * second.names.len() + row.2).collect();
    let mut known = cells.clone();
    known.sort_unstable();
    known.dedup();
    // Only a full crossing with repetitions can tell.
    if known.len() != first.names.len() * second.names.len() || known.len() * 2 > rows.len() {
        return None;
    }
    let both = effect::of_levels(&numbers, &cells, &vec![0; rows.len()])?;
    let apart = one.effect.share + other.effect.share;
    (both.p <= super::ALPHA && both.share > apart + TOGETHER).then(|| {
        format!(
            "{} and {} explain {} together, {} and {} apart (p {}): the effect of one depends on the other",
            one.name,
            other.name,
            format::share(both.share),
            format::share(one.effect.share),
            format::share(other.effect.share),
            format::p_value(both.p),
        )
    })
}
