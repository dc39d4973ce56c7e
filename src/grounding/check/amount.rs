//! What a printed quantity may mean: its kind and size in canonical units, and how far a
//! value may be from it.

use crate::{
    grounding::figure::Figure,
    metrics::unit::{Scale, Unit},
};

/// What binary fractions lose in a conversion, relative.
const SLACK: f64 = 1e-9;
/// The program prints this many digits; a figure may be rounded as far.
const SIGNIFICANT: i32 = 4;
/// "About 100" means 95 to 105.
const ABOUT: f64 = 0.05;

/// A kind of quantity: what can be converted into each other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// Canonical units with a conversion.
    Of(Unit),
    /// A factor between two values: `1.6x`.
    Factor,
    /// A count of something; the word is the unit.
    Counted(String),
}

/// One reading of a unit: its kind, and what a written number is multiplied with to be
/// canonical.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The kind.
    pub family: Family,
    /// From the written unit to the canonical one.
    pub factor: f64,
}

/// What a unit word may mean. `MB` is read both ways.
pub fn readings(unit: &str) -> Vec<Reading> {
    let lower = unit.trim().to_lowercase();
    let one = |family, factor| vec![Reading { family, factor }];
    match lower.as_str() {
        "x" | "×" | "times" | "fold" => return one(Family::Factor, 1.0),
        "%" | "percent" | "per cent" | "pp" | "percentage points" | "percentage point" => {
            return one(Family::Of(Unit::Percent), 1.0);
        }
        "tokens per minute" | "tokens/minute" | "tokens/min" | "tok/min" => {
            return one(Family::Of(Unit::TokensPerSecond), 1.0 / 60.0);
        }
        "min" | "minute" | "minutes" => return one(Family::Of(Unit::Milliseconds), 60_000.0),
        "h" | "hour" | "hours" => return one(Family::Of(Unit::Milliseconds), 3_600_000.0),
        "b" | "byte" | "bytes" => return one(Family::Of(Unit::Mebibytes), 1.0 / 1_048_576.0),
        "kb" => return sizes(&[1000.0, 1024.0]),
        "mb" => return sizes(&[1_000_000.0, 1_048_576.0]),
        "gb" => return sizes(&[1e9, 1_073_741_824.0]),
        "tb" => return sizes(&[1e12, 1_099_511_627_776.0]),
        "kib" => return sizes(&[1024.0]),
        "mib" => return sizes(&[1_048_576.0]),
        "gib" => return sizes(&[1_073_741_824.0]),
        "token" | "tokens" => return one(Family::Of(Unit::Tokens), 1.0),
        "w" | "watt" | "watts" => return one(Family::Of(Unit::Watts), 1.0),
        "kw" => return one(Family::Of(Unit::Watts), 1000.0),
        "j/token" | "joules per token" => return one(Family::Of(Unit::JoulesPerToken), 1.0),
        "°c" => return one(Family::Of(Unit::Celsius), 1.0),
        "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => {
            return one(Family::Of(Unit::Milliseconds), 1.0);
        }
        "s" | "sec" | "secs" | "second" | "seconds" => return one(Family::Of(Unit::Milliseconds), 1000.0),
        "us" | "µs" | "μs" | "microsecond" | "microseconds" => {
            return one(Family::Of(Unit::Milliseconds), 1e-3);
        }
        "ns" | "nanosecond" | "nanoseconds" => return one(Family::Of(Unit::Milliseconds), 1e-6),
        "tok/s" | "tok/sec" | "toks/s" | "t/s" | "tps" | "token/s" | "tokens/s" | "tokens/sec"
        | "tokens/second" | "tokens per second" | "token per second" => {
            return one(Family::Of(Unit::TokensPerSecond), 1.0);
        }
        "req/s" | "rps" | "requests/s" | "requests per second" => {
            return one(Family::Of(Unit::RequestsPerSecond), 1.0);
        }
        _ => {}
    }
    let scale = Scale::of(&lower);
    match scale.unit {
        Unit::Other(_) | Unit::None => {
            let written = Scale::of(unit.trim());
            match written.unit {
                Unit::Other(_) | Unit::None => vec![
                    Reading { family: Family::Of(Unit::Other(unit.trim().into())), factor: 1.0 },
                    Reading { family: Family::Counted(lower), factor: 1.0 },
                ],
                known => one(Family::Of(known), written.factor),
            }
        }
        known => one(Family::Of(known), scale.factor),
    }
}

/// Sizes are told in bytes or in their multiples of either base.
fn sizes(bytes: &[f64]) -> Vec<Reading> {
    let reading = |bytes: &f64| Reading { family: Family::Of(Unit::Mebibytes), factor: bytes / 1_048_576.0 };
    bytes.iter().map(reading).collect()
}

/// How exactly a figure states its value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Print {
    /// The number as written.
    pub value: f64,
    /// Half of its last printed digit.
    pub half_step: f64,
    /// "About", "roughly", `~`.
    pub is_about: bool,
}

impl Print {
    /// Of a figure.
    pub fn of(figure: &Figure, is_about: bool) -> Self {
        let value = figure.value;
        let step = if is_scientific(figure) {
            let shown =
                figure.text.bytes().take_while(|byte| !matches!(byte, b'e' | b'E' | b'k' | b'K' | b'M'));
            let digits = shown.filter(u8::is_ascii_digit).count().max(1);
            10_f64.powi(magnitude(value) - i32::try_from(digits).unwrap_or(1) + 1)
        } else {
            10_f64.powi(-i32::from(figure.decimals))
        };
        Self { value, half_step: step / 2.0, is_about }
    }

    /// The least and the most that a canonical value may be, by a reading's factor.
    pub fn limits(&self, factor: f64) -> (f64, f64) {
        let mut tolerance = self.half_step;
        if self.is_about {
            // "Nearly four times" may be 3.7 times.
            let share = if self.significant() <= 1 { 2.0 * ABOUT } else { ABOUT };
            tolerance = tolerance.max(self.value.abs() * share);
        }
        tolerance += SLACK * self.value.abs();
        // Four digits are all that this program prints of a number.
        let coarse = 10_f64.powi(magnitude(self.value) - SIGNIFICANT + 1);
        if coarse > 1.0 && is_multiple(self.value, coarse) {
            tolerance = tolerance.max(coarse / 2.0 * (1.0 + SLACK));
        }
        let (low, high) = ((self.value - tolerance) * factor, (self.value + tolerance) * factor);
        if low <= high { (low, high) } else { (high, low) }
    }

    /// Is this canonical value what is printed?
    pub fn is(&self, value: f64, factor: f64) -> bool {
        let (low, high) = self.limits(factor);
        let slack = SLACK * value.abs();
        value >= low - slack && value <= high + slack
    }

    /// Digits that carry information.
    pub fn significant(&self) -> i32 {
        if self.value == 0.0 || self.half_step <= 0.0 {
            return 1;
        }
        magnitude(self.value) - magnitude(self.half_step * 2.0) + 1
    }
}

fn is_multiple(value: f64, step: f64) -> bool {
    ((value / step).round() - value / step).abs() < 1e-6
}

fn is_scientific(figure: &Figure) -> bool {
    let number =
        figure.unit.as_deref().and_then(|unit| figure.text.strip_suffix(unit)).unwrap_or(&figure.text);
    number.trim_end().bytes().any(|byte| matches!(byte, b'e' | b'E' | b'k' | b'K' | b'M'))
}

/// The power of ten of the first digit.
fn magnitude(value: f64) -> i32 {
    if value == 0.0 || !value.is_finite() { 0 } else { (value.abs().log10() + 1e-12).floor() as i32 }
}
