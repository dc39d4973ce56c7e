//! Is a figure the value of a fact, at the precision it was printed with?

use crate::{
    grounding::{
        fact::{Fact, Statistic},
        figure::Figure,
        precision::{half_step, says},
    },
    metrics::unit::{Scale, Unit},
};

/// A figure rounded further than this is another figure, whatever its places: `0 s` for 64 ms.
const COARSEST: f64 = 0.03;

/// A figure with the unit it has.
#[derive(Clone, Debug)]
pub struct Written {
    figure: Figure,
    scale: Option<Scale>,
    /// The canonical unit; `None` where none is written.
    pub unit: Option<Unit>,
}

impl Written {
    /// A figure with this unit.
    pub fn of(figure: &Figure, unit: Option<&str>) -> Self {
        let scale = unit.map(spoken).map(Scale::of);
        let unit = scale.as_ref().map(|scale| scale.unit.clone());
        Self { figure: figure.clone(), unit, scale }
    }

    /// Its value and half of its last place, in the canonical unit.
    pub fn canonical(&self) -> (f64, f64) {
        let factor = self.scale.as_ref().map_or(1.0, |scale| scale.factor);
        (self.figure.value * factor, half_step(&self.figure) * factor)
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
        (self.figure.value - value).abs() <= COARSEST * value.abs() && says(&self.figure, fact, 1.0 / factor)
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
