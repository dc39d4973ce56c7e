//! The one place where numbers are printed: values, durations, sizes, ages.

use std::time::Duration;

use super::unit::Unit;

/// Significant digits of a printed number: more than four suggest a precision that
/// no benchmark run has.
const SIGNIFICANT: usize = 4;
/// Numbers of this many integer digits are printed as `1.5e15`: nobody counts groups.
const LONGEST_INTEGER: i32 = 15;
/// Numbers with this many zeros behind the point are printed as `1.5e-7`.
const LONGEST_FRACTION: i32 = 6;
/// File systems stamp with a coarse clock that may lead ours by a tick: an age this
/// little below zero is `0 s`, not the future.
pub const CLOCK_SLACK_NS: i128 = 1_000_000_000;
/// The digits of a smaller p-value say nothing more.
const LEAST_P: f64 = 0.001;
/// Stands for a number or a time that is none.
const NOTHING: &str = "?";

/// A value with at most four significant digits and its unit: `102.8 tok/s`, `2,326 ms`.
pub fn value(number: f64, unit: &Unit) -> String {
    with_unit(&self::number(number), unit.symbol())
}

/// The number alone, at most four significant digits: `102.8`.
pub fn number(number: f64) -> String {
    if number.is_nan() {
        return NOTHING.to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "∞" } else { "-∞" }.to_owned();
    }
    let (digits, exponent) = decimal(number.abs());
    let sign = if number < 0.0 && digits != "0" { "-" } else { "" };
    if !(-LONGEST_FRACTION..LONGEST_INTEGER).contains(&exponent) {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        return format!("{sign}{first}{point}{rest}e{exponent}");
    }
    let Ok(before_point) = usize::try_from(exponent + 1) else {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return format!("{sign}0.{zeros}{digits}");
    };
    if before_point == 0 {
        return format!("{sign}0.{digits}");
    }
    if digits.len() <= before_point {
        let zeros = "0".repeat(before_point - digits.len());
        return format!("{sign}{}", grouped(&format!("{digits}{zeros}")));
    }
    let (integer, fraction) = digits.split_at(before_point);
    format!("{sign}{}.{fraction}", grouped(integer))
}

/// A part of a whole as people read it: `85 %`, `0.4 %`; nearly all is not all.
pub fn share(share: f64) -> String {
    let percent = share * 100.0;
    let is_nearly_all = percent > 99.5 && share < 0.999_5;
    if is_nearly_all || percent < 0.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// A difference in percent with its sign, as exact as a reader can use: `+4.2`, `-0.31`; one
/// of nothing has no sign.
pub fn change(percent: f64) -> String {
    let text = if percent.abs() < 1.0 { format!("{percent:+.2}") } else { format!("{percent:+.1}") };
    if text.trim_start_matches(['+', '-', '0', '.']).is_empty() { "0".to_owned() } else { text }
}

/// A p-value: `0.012`, `< 0.001`.
pub fn p_value(p: f64) -> String {
    if p < LEAST_P { format!("< {LEAST_P}") } else { format!("{p:.3}") }
}

/// A count, every digit of it: `262,144`.
pub fn count(count: u64) -> String {
    grouped(&count.to_string())
}

/// A size: `1.4 KB`, `253 MB`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KB", "MB", "GB", "TB", "PB", "EB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut unit_bytes = 1000_u128;
    for (index, unit) in UNITS.iter().enumerate() {
        let tenths = (u128::from(bytes) * 10 + unit_bytes / 2) / unit_bytes;
        if tenths < 100 {
            let (whole, tenth) = (tenths / 10, tenths % 10);
            return if tenth == 0 { format!("{whole} {unit}") } else { format!("{whole}.{tenth} {unit}") };
        }
        let whole = (u128::from(bytes) + unit_bytes / 2) / unit_bytes;
        if whole < 1000 || index + 1 == UNITS.len() {
            return format!("{whole} {unit}");
        }
        unit_bytes *= 1000;
    }
    format!("{bytes} B")
}

/// A number of weights: `135 M`, `4.3 B`.
pub fn weights(number: u64) -> String {
    let number = number as f64;
    if number >= 1e9 { format!("{:.1} B", number / 1e9) } else { format!("{:.0} M", number / 1e6) }
}

/// A duration: `57.27 s`, `640 ms`, `2 min 3 s`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    // Rounding comes first, so that 59.999 s is one minute and not `60 s`.
    if seconds < 0.999_95 {
        return format!("{} ms", number(seconds * 1e3));
    }
    if seconds < 59.995 {
        return format!("{} s", number(seconds));
    }
    let seconds = duration.as_secs().saturating_add(u64::from(duration.subsec_millis() >= 500));
    match seconds {
        0..3600 => two(seconds / 60, "min", seconds % 60, "s"),
        3600..86_400 => two(seconds / 3600, "h", seconds / 60 % 60, "min"),
        _ => two(seconds / 86_400, "d", seconds / 3600 % 24, "h"),
    }
}

/// An age, short: `3 s`, `5 min`, `2 h`, `4 d`, `?` for the future.
pub fn age(then_ns: i128, now_ns: i128) -> String {
    let age_ns = now_ns.saturating_sub(then_ns);
    if age_ns < -CLOCK_SLACK_NS {
        return NOTHING.to_owned();
    }
    let seconds = age_ns.max(0) / 1_000_000_000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// A time zone, with its changes over the year.
pub type Zone = jiff::tz::TimeZone;

/// The time of day: `18:53`, UTC where no zone is given.
pub fn clock(ns: i128, zone: Option<&Zone>) -> String {
    let zone = zone.cloned().unwrap_or(Zone::UTC);
    jiff::Timestamp::from_nanosecond(ns)
        .map_or_else(|_| NOTHING.to_owned(), |at| at.to_zoned(zone).strftime("%H:%M").to_string())
}

/// RFC 3339 UTC, whole seconds: `2025-11-14T18:53:30Z`.
pub fn utc(ns: i128) -> String {
    i64::try_from(ns.div_euclid(1_000_000_000))
        .ok()
        .and_then(|seconds| jiff::Timestamp::from_second(seconds).ok())
        .map_or_else(|| NOTHING.to_owned(), |timestamp| timestamp.to_string())
}

/// The same to the nanosecond: `2025-11-14T18:53:30.123456789Z`.
pub fn utc_exact(ns: i128) -> String {
    jiff::Timestamp::from_nanosecond(ns)
        .map_or_else(|_| NOTHING.to_owned(), |timestamp| timestamp.to_string())
}

/// Nanoseconds since 1970 of such a time.
pub fn ns_of(utc: &str) -> Option<i128> {
    utc.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_nanosecond)
}

/// Significant digits without trailing zeros, and the power of ten of the first one.
fn decimal(number: f64) -> (String, i32) {
    let scientific = format!("{number:.*e}", SIGNIFICANT - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = match digits.trim_end_matches('0') {
        "" => "0",
        digits => digits,
    };
    (digits.to_owned(), exponent.parse().unwrap_or(0))
}

/// Integer digits with a comma between groups of three.
fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn with_unit(number: &str, symbol: &str) -> String {
    if symbol.is_empty() { number.to_owned() } else { format!("{number} {symbol}") }
}

fn two(large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 {
        format!("{large} {large_unit}")
    } else {
        format!("{large} {large_unit} {small} {small_unit}")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::{any, proptest};

    use super::*;

    #[test]
    fn numbers_have_four_significant_digits() {
        fn check(input: f64, expected: &str) {
            assert_eq!(number(input), expected, "{input:e}");
        }
        check(0.0, "0");
        check(-0.0, "0");
        check(102.84, "102.8");
        check(2326.0, "2,326");
        check(2326.4, "2,326");
        check(57_270.0, "57,270");
        check(123_456.0, "123,500");
        check(9_999.6, "10,000");
        check(1_234_567.0, "1,235,000");
        check(40.5, "40.5");
        check(100.0, "100");
        check(10.0, "10");
        check(1.0, "1");
        check(0.96, "0.96");
        check(0.123_44, "0.1234");
        check(0.012_344, "0.01234");
        check(-0.5, "-0.5");
        check(-1234.0, "-1,234");
        check(0.000_012_34, "0.00001234");
        check(1.5e-9, "1.5e-9");
        check(2e-9, "2e-9");
        check(1.5e15, "1.5e15");
        check(1e14, "100,000,000,000,000");
        check(f64::NAN, "?");
        check(f64::INFINITY, "∞");
        check(f64::NEG_INFINITY, "-∞");
        check(f64::MAX, "1.798e308");
        check(f64::MIN_POSITIVE, "2.225e-308");
    }

    #[test]
    fn a_value_has_its_unit() {
        fn check(input: f64, unit: &Unit, expected: &str) {
            assert_eq!(value(input, unit), expected);
        }
        check(102.84, &Unit::TokensPerSecond, "102.8 tok/s");
        check(2326.0, &Unit::Milliseconds, "2,326 ms");
        check(8.0, &Unit::None, "8");
        check(3.0, &Unit::Other("widgets".into()), "3 widgets");
    }

    #[test]
    fn counts_keep_every_digit() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(262_144), "262,144");
    }

    #[test]
    fn sizes() {
        fn check(input: u64, expected: &str) {
            assert_eq!(bytes(input), expected, "{input}");
        }
        check(0, "0 B");
        check(999, "999 B");
        check(1000, "1 KB");
        check(1_449, "1.4 KB");
        check(9_949, "9.9 KB");
        check(9_951, "10 KB");
        check(12_345, "12 KB");
        check(999_499, "999 KB");
        check(999_500, "1 MB");
        check(253_000_000, "253 MB");
        check(2_490_000_000, "2.5 GB");
        check(u64::MAX, "18 EB");
    }

    #[test]
    fn durations() {
        fn check(ms: f64, expected: &str) {
            assert_eq!(duration(Duration::from_secs_f64(ms / 1e3)), expected, "{ms}");
        }
        check(0.0, "0 ms");
        check(0.25, "0.25 ms");
        check(640.0, "640 ms");
        check(640.77, "640.8 ms");
        check(999.96, "1 s");
        check(57_270.0, "57.27 s");
        check(59_999.0, "1 min");
        check(123_000.0, "2 min 3 s");
        check(120_000.0, "2 min");
        check(3_599_900.0, "1 h");
        check(3_900_000.0, "1 h 5 min");
        check(100_000_000.0, "1 d 3 h");
        assert_eq!(duration(Duration::MAX), "213503982334601 d 7 h");
    }

    #[test]
    fn times_of_day_are_those_of_the_zone() {
        let at = 1_763_146_410_000_000_000;
        assert_eq!(clock(at, None), "18:53");
        assert_eq!(clock(at, Some(&Zone::fixed(jiff::tz::offset(-9)))), "09:53");
        assert_eq!(clock(i128::MAX, None), "?");
    }

    #[test]
    fn ages() {
        fn check(seconds: i128, expected: &str) {
            let now = 1_763_146_410_000_000_000;
            assert_eq!(age(now - seconds * 1_000_000_000, now), expected, "{seconds}");
        }
        check(0, "0 s");
        check(3, "3 s");
        check(59, "59 s");
        check(60, "1 min");
        check(3599, "59 min");
        check(7200, "2 h");
        check(4 * 86_400 + 5, "4 d");
        check(-1, "0 s");
        check(-2, "?");
        assert_eq!(age(i128::MIN, i128::MAX), age(0, i128::MAX));
    }

    #[test]
    fn times() {
        fn check(ns: i128, expected: &str) {
            assert_eq!(utc(ns), expected, "{ns}");
        }
        check(1_763_146_410_000_000_000, "2025-11-14T18:53:30Z");
        check(1_763_146_410_999_999_999, "2025-11-14T18:53:30Z");
        check(0, "1970-01-01T00:00:00Z");
        check(-1, "1969-12-31T23:59:59Z");
        check(i128::MAX, "?");
        check(i128::MIN, "?");
    }

    proptest! {
        #[test]
        fn a_printed_number_reads_back_within_its_precision(input in any::<f64>()) {
            let text = number(input);
            if input.is_finite() {
                let read: f64 = text.replace(',', "").parse().unwrap();
                assert!((read - input).abs() <= input.abs() * 0.000_501, "{input:e} printed {text}");
                let mantissa = text.split('e').next().unwrap();
                let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
                assert!(digits.trim_matches('0').len() <= SIGNIFICANT, "{text}");
            }
        }

        #[test]
        fn times_never_panic(then in any::<i128>(), now in any::<i128>(), size in any::<u64>()) {
            assert!(!age(then, now).is_empty());
            assert!(!utc(then).is_empty());
            assert!(bytes(size).len() <= 6);
        }
    }
}
