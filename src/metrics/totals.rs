//! Which columns a rate is made of: tokens over time. Data, from `assets/metrics.toml`.

use super::{
    names::{Class, Metric},
    rows::{Rows, follows_unit_column},
};
use crate::ingest::{
    cells::CellRef,
    field,
    file::{Column, Table},
};

/// Tokens over time is what a rate says, but for the rounding of the file: else the columns
/// count something else (a `tokens` with those of the prompt in it).
const TOLERANCE: f64 = 0.05;

/// The columns of a table that a rate is made of.
#[derive(Clone, Copy)]
pub(super) struct Totals<'a> {
    tokens: &'a Column,
    time: &'a Column,
    /// To milliseconds.
    factor: f64,
}

impl<'a> Totals<'a> {
    /// Finds them for a metric.
    pub fn of(metric: &Metric, table: &'a Table, rows: &Rows) -> Option<Self> {
        let entry = field::dictionary().totals.iter().find(|entry| entry.metric == metric.name())?;
        let named = |name: &String| rows.facts.iter().position(|facts| *facts.words == **name);
        let tokens = entry.tokens.iter().find_map(named).and_then(|index| table.columns.get(index))?;
        let (time, factor) = entry.time.iter().find_map(|name| {
            table.columns.iter().zip(&rows.classes).find_map(|(column, class)| match class {
                Class::Metric(measure) if measure.metric.name() == name && measure.statistic.is_none() => {
                    let has_own_units = rows.unit_column.is_some()
                        && column.unit.is_none()
                        && follows_unit_column(&column.name);
                    (!has_own_units).then_some((column, measure.scale.convert(1.0)))
                }
                _ => None,
            })
        })?;
        Some(Self { tokens, time, factor })
    }

    /// Tokens and milliseconds of a row whose rate (a second) is given; `None` when one is
    /// missing or they do not make that rate.
    pub fn at(&self, row: usize, rate: f64) -> Option<(f64, f64)> {
        let (CellRef::Number(tokens), CellRef::Number(time)) =
            (self.tokens.cells.get(row), self.time.cells.get(row))
        else {
            return None;
        };
        let ms = time * self.factor;
        let made = tokens / ms * 1e3;
        (made.is_finite() && (made - rate).abs() <= TOLERANCE * rate.abs()).then_some((tokens, ms))
    }
}

/// Sum of tokens over sum of time, tok/s.
pub(super) fn ratio(weights: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (tokens, ms) = weights.fold((0.0, 0.0), |(tokens, ms), next| (tokens + next.0, ms + next.1));
    let ratio = tokens / ms * 1e3;
    ratio.is_finite().then_some(ratio)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_dictionary_says_what_rates_are_made_of() {
        assert!(!field::dictionary().totals.is_empty());
        for entry in &field::dictionary().totals {
            assert!(Metric::named(&entry.metric).is_some(), "{entry:?}");
            assert!(entry.time.iter().all(|name| Metric::named(name).is_some()), "{entry:?}");
            assert!(entry.tokens.iter().all(|name| field::words(name) == *name), "{entry:?}");
        }
    }
}
