//! Units, their reading and their conversion to the canonical one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ingest::field;

/// A unit of measure; in JSON its symbol.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
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
    /// The unit of a canonical symbol; any other text is a unit of its own.
    pub fn of(symbol: &str) -> Self {
        match symbol {
            "ms" => Self::Milliseconds,
            "tok/s" => Self::TokensPerSecond,
            "req/s" => Self::RequestsPerSecond,
            "tokens" => Self::Tokens,
            "MiB" => Self::Mebibytes,
            "W" => Self::Watts,
            "J/token" => Self::JoulesPerToken,
            "%" => Self::Percent,
            "°C" => Self::Celsius,
            "" => Self::None,
            other => Self::Other(other.into()),
        }
    }
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

impl From<String> for Unit {
    fn from(symbol: String) -> Self {
        Self::of(&symbol)
    }
}

impl From<Unit> for String {
    fn from(unit: Unit) -> Self {
        unit.symbol().to_owned()
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
        let written = written.trim();
        match field::unit_words(written) {
            Some(known) => {
                Self { unit: Unit::of(&known.canonical), factor: known.factor, is_ambiguous: known.is_guess }
            }
            None => Self { unit: Unit::of(written), factor: 1.0, is_ambiguous: false },
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
