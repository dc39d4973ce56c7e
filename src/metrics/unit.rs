//! Units, their reading and their conversion to the canonical one.

use std::sync::Arc;

use crate::ingest::field;

/// A unit of measure.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Milliseconds, the canonical time.
    Milliseconds,
    /// Tokens per second.
    TokensPerSecond,
    /// Requests per second.
    RequestsPerSecond,
    /// Tokens.
    Tokens,
    /// Mebibytes.
    Mebibytes,
    /// Watts.
    Watts,
    /// Joules per token.
    JoulesPerToken,
    /// Percent of a whole.
    Percent,
    /// Degrees Celsius.
    Celsius,
    /// A plain number.
    None,
    /// Any other, as written.
    Other(Arc<str>),
}

impl Unit {
    /// As printed behind a number: `ms`, `tok/s`; nothing for a plain number.
    pub fn symbol(&self) -> &str {
        match self {
            Self::Milliseconds => "ms",
            Self::TokensPerSecond => "tok/s",
            Self::RequestsPerSecond => "req/s",
            Self::Tokens => "tokens",
            Self::Mebibytes => "MiB",
            Self::Watts => "W",
            Self::JoulesPerToken => "J/token",
            Self::Percent => "%",
            Self::Celsius => "°C",
            Self::None => "",
            Self::Other(written) => written,
        }
    }
}

/// How a unit became known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitOrigin {
    /// Suffix of the name (`_s`, `_ms`).
    Suffix,
    /// In brackets, a units row or a unit field.
    Written,
    /// The tool is known to use it.
    Tool,
    /// A guess, shown as one.
    Guess,
}

/// A unit of a file and its way to the canonical one: `canonical = written × factor`.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// The canonical unit.
    pub unit: Unit,
    /// What a written number is multiplied with.
    pub factor: f64,
    /// The written one has two readings (`MB`: nearly every tool here means MiB).
    pub is_ambiguous: bool,
}

impl Scale {
    /// Reads a unit as written (`s`, `µs`, `GB`, `tokens/sec`).
    pub fn of(written: &str) -> Self {
        const KIB: f64 = 1024.0;
        let exact = |unit, factor| Self { unit, factor, is_ambiguous: false };
        // Tools of this field print `MB` and count in 1024s; so it is read, and said.
        let memory = |factor| Self { unit: Unit::Mebibytes, factor, is_ambiguous: true };
        match field::unit_symbol(written).unwrap_or(written) {
            "s" => exact(Unit::Milliseconds, 1e3),
            "ms" => exact(Unit::Milliseconds, 1.0),
            "us" => exact(Unit::Milliseconds, 1e-3),
            "ns" => exact(Unit::Milliseconds, 1e-6),
            "min" => exact(Unit::Milliseconds, 6e4),
            "h" => exact(Unit::Milliseconds, 3.6e6),
            "tok/s" => exact(Unit::TokensPerSecond, 1.0),
            "req/s" => exact(Unit::RequestsPerSecond, 1.0),
            "tokens" => exact(Unit::Tokens, 1.0),
            "B" => exact(Unit::Mebibytes, 1.0 / (KIB * KIB)),
            "KiB" => exact(Unit::Mebibytes, 1.0 / KIB),
            "MiB" => exact(Unit::Mebibytes, 1.0),
            "GiB" => exact(Unit::Mebibytes, KIB),
            "KB" => memory(1.0 / KIB),
            "MB" => memory(1.0),
            "GB" => memory(KIB),
            "W" => exact(Unit::Watts, 1.0),
            "mW" => exact(Unit::Watts, 1e-3),
            "kW" => exact(Unit::Watts, 1e3),
            "J/token" => exact(Unit::JoulesPerToken, 1.0),
            "%" => exact(Unit::Percent, 1.0),
            "°C" => exact(Unit::Celsius, 1.0),
            "" => exact(Unit::None, 1.0),
            "s/token" => exact(Unit::Other("ms/token".into()), 1e3),
            "us/token" => exact(Unit::Other("ms/token".into()), 1e-3),
            other => exact(Unit::Other(other.into()), 1.0),
        }
    }

    /// The written number in the canonical unit. Divides where that is the exact way:
    /// `250 µs ÷ 1000` has no rounding that `250 × 0.001` has.
    pub fn convert(&self, number: f64) -> f64 {
        let inverse = 1.0 / self.factor;
        if self.factor < 1.0 && (inverse - inverse.round()).abs() < 1e-6 {
            number / inverse.round()
        } else {
            number * self.factor
        }
    }
}
