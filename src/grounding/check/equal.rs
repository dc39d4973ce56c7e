//! Is a figure the value of a fact, in whatever unit of it the figure is written?

use crate::{
    grounding::{
        fact::{Fact, Statistic},
        figure::Figure,
        precision,
    },
    metrics::unit::Unit,
};

/// How a figure stands to one fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Another kind of thing: no comparison.
    OtherKind,
    /// The same kind of thing, another value.
    Differs,
    /// The same.
    Equal,
}

/// Compares a figure with a fact.
pub fn compare(figure: &Figure, fact: &Fact) -> Answer {
    if fact.statistic == Statistic::Date {
        return Answer::OtherKind;
    }
    let unit = figure.unit.as_deref().map(str::to_lowercase);
    let Some(scale) = scale(unit.as_deref(), fact) else { return Answer::OtherKind };
    let is_count = fact.statistic.is_count();
    let is_equal = if is_count {
        (figure.value - fact.value * scale).abs() < 0.5 && figure.decimals == 0
    } else {
        precision::says(figure, fact, scale)
    };
    if is_equal {
        Answer::Equal
    } else if figure.unit.is_none() {
        // A bare number is no statement about a quantity with a unit.
        Answer::OtherKind
    } else {
        Answer::Differs
    }
}

/// The factor from the fact's unit to the figure's; `None` where they are different things.
fn scale(unit: Option<&str>, fact: &Fact) -> Option<f64> {
    if fact.statistic.is_count() {
        let is_counted = match unit {
            None => true,
            Some("files") => fact.subject.ends_with("files"),
            Some("rows") => fact.subject.ends_with("rows") || fact.statistic == Statistic::N,
            Some("runs" | "times") => fact.statistic == Statistic::N,
            Some(unit) => fact.subject == unit || fact.subject.strip_suffix('s') == Some(unit),
        };
        return is_counted.then_some(1.0);
    }
    let Some(unit) = unit else { return Some(1.0) };
    let factor = match (&fact.unit, unit) {
        (Unit::Milliseconds, "s" | "sec" | "secs" | "second" | "seconds") => 1e-3,
        (Unit::Milliseconds, "us" | "µs" | "μs" | "microseconds") => 1e3,
        (Unit::Milliseconds, "ns" | "nanoseconds") => 1e6,
        (Unit::Milliseconds, "min" | "minute" | "minutes") => 1.0 / 60_000.0,
        (Unit::Milliseconds, "h" | "hour" | "hours") => 1.0 / 3_600_000.0,
        (Unit::Milliseconds, "ms" | "msec" | "millisecond" | "milliseconds")
        | (
            Unit::TokensPerSecond,
            "tok/s" | "tok/sec" | "t/s" | "tps" | "token/s" | "tokens/s" | "tokens/sec" | "tokens/second"
            | "tokens per second" | "token per second",
        )
        | (Unit::RequestsPerSecond, "req/s" | "rps" | "requests/s" | "requests per second")
        | (Unit::Tokens, "tokens")
        | (Unit::Mebibytes, "mib")
        | (Unit::Watts, "w" | "watts")
        | (Unit::JoulesPerToken, "j/token" | "joules per token")
        | (Unit::Percent, "%" | "percent")
        | (Unit::Celsius, "°c") => 1.0,
        (Unit::Mebibytes, "gib") => 1.0 / 1024.0,
        (Unit::Mebibytes, "kib") => 1024.0,
        (Unit::Mebibytes, "mb") => 1.048_576,
        (Unit::Mebibytes, "gb") => 1.048_576e-3,
        (Unit::Mebibytes, "kb") => 1048.576,
        (Unit::Mebibytes, "bytes" | "b") => 1_048_576.0,
        (Unit::Other(own), unit) if own.to_lowercase() == unit => 1.0,
        _ => return None,
    };
    Some(factor)
}
