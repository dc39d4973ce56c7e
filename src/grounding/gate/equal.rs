//! Is a figure the value of a fact, at the precision it was printed with?

use crate::{
    grounding::{
        fact::{Fact, Statistic},
        figure::{Figure, figures},
        precision::{SLACK, half_step, is_within},
    },
    metrics::unit::{Scale, Unit},
};

/// How far a value may be from its own text, which has four digits (see `metrics::format`).
const PRINTED: f64 = 5e-4;
/// A figure rounded further than this is another figure, whatever its places: `0 s` for 64 ms.
const COARSEST: f64 = 0.03;

/// A figure with the unit it has.
#[derive(Clone, Debug)]
pub struct Written {
    value: f64,
    /// Half of the last place.
    tolerance: f64,
    scale: Option<Scale>,
    /// The canonical unit; `None` where none is written.
    pub unit: Option<Unit>,
}

impl Written {
    /// A figure with this unit.
    pub fn of(figure: &Figure, unit: Option<&str>) -> Self {
        let scale = unit.map(spoken).map(Scale::of);
        let unit = scale.as_ref().map(|scale| scale.unit.clone());
        Self { value: figure.value, tolerance: half_step(figure), unit, scale }
    }

    /// Its value and half of its last place, in the canonical unit.
    pub fn canonical(&self) -> (f64, f64) {
        let factor = self.scale.as_ref().map_or(1.0, |scale| scale.factor);
        (self.value * factor, self.tolerance * factor)
    }

    /// Is it the value of this fact?
    pub fn equals(&self, fact: &Fact) -> bool {
        if matches!(fact.statistic, Statistic::Date | Statistic::Count | Statistic::N) {
            return false;
        }
        let factor = match &self.scale {
            Some(scale) if scale.unit == fact.unit => scale.factor,
            None if fact.unit == Unit::None => 1.0,
            _ => return false,
        };
        let value = fact.value / factor;
        let distance = (self.value - value).abs();
        if distance > self.tolerance.max(PRINTED * value.abs()) + SLACK * value.abs() {
            return false;
        }
        if (factor - 1.0).abs() < SLACK
            && figures(&fact.text)
                .first()
                .is_some_and(|printed| (printed.value - self.value).abs() <= SLACK * self.value.abs())
        {
            return true;
        }
        is_within(self.value, value, self.tolerance) && (self.value - value).abs() <= COARSEST * value.abs()
    }
}

/// A unit in words as its symbol.
fn spoken(unit: &str) -> &str {
    match unit {
        "milliseconds" | "millisecond" | "msec" => "ms",
        "seconds" | "second" | "secs" | "sec" => "s",
        "microseconds" => "us",
        "nanoseconds" => "ns",
        "minutes" | "minute" => "min",
        "hours" | "hour" => "h",
        "tokens per second" | "token per second" | "tokens/second" | "tokens/sec" | "tokens/s"
        | "token/s" | "tok/sec" | "t/s" | "tps" => "tok/s",
        "requests per second" | "requests/s" | "rps" => "req/s",
        "watts" => "W",
        "joules per token" => "J/token",
        "percent" => "%",
        other => other,
    }
}

/// A unit that counts things and measures nothing.
pub fn is_counted(unit: &str) -> bool {
    unit.ends_with("files") || unit.ends_with("file") || unit.ends_with("rows") || counts_runs(unit)
}

/// A word for runs.
pub fn counts_runs(noun: &str) -> bool {
    matches!(
        noun.trim_end_matches('s'),
        "run" | "value" | "measurement" | "sample" | "repetition" | "row" | "observation"
    )
}
