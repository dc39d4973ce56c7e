//! Does a figure say a value? To half of the last digit that it shows, or as the program
//! itself prints the value.

use super::{
    fact::Fact,
    figure::{Figure, figures},
};

/// A printed value keeps this many digits (see `metrics::format`); a figure may be
/// rounded as far as that, and no further.
const SIGNIFICANT: i32 = 4;
/// How far, relative, a value may be from what is printed of it.
const PRINTED: f64 = 5e-4;
/// What binary fractions lose in a conversion, relative.
const SLACK: f64 = 1e-9;

/// Half a step of the last digit shown: 0.05 for `3.1`, 50 for `1.2k` and for `1.2e3`.
pub fn half_step(figure: &Figure) -> f64 {
    let number = figure
        .unit
        .as_deref()
        .and_then(|unit| figure.text.strip_suffix(unit))
        .unwrap_or(&figure.text)
        .trim_end();
    let Some(end) = number.find(['e', 'E', 'k', 'K']) else {
        return 0.5 * 10_f64.powi(-i32::from(figure.decimals));
    };
    let shown = number.bytes().take(end).filter(u8::is_ascii_digit).count();
    let digits = i32::try_from(shown.max(1)).unwrap_or(i32::MAX);
    0.5 * 10_f64.powi(magnitude(figure.value).saturating_sub(digits).saturating_add(1))
}

/// Does the figure say the value of the fact? `scale` leads from the fact's unit to the figure's.
pub fn says(figure: &Figure, fact: &Fact, scale: f64) -> bool {
    let value = fact.value * scale;
    is_within(figure.value, value, half_step(figure)) || is_printed(figure, fact, value)
}

/// Is the figure the value at the four digits of the program's own printing?
fn is_printed(figure: &Figure, fact: &Fact, value: f64) -> bool {
    if !is_within(figure.value, value, PRINTED * value.abs()) {
        return false;
    }
    if magnitude(value) >= SIGNIFICANT {
        let step = 10_f64.powi(magnitude(value) - SIGNIFICANT + 1);
        if is_within(figure.value, (value / step).round() * step, 0.0) {
            return true;
        }
    }
    is_within(value, fact.value, 0.0)
        && figures(&fact.text).first().is_some_and(|printed| {
            printed.decimals == figure.decimals && is_within(figure.value, printed.value, 0.0)
        })
}

/// Are two values the same but for this tolerance and what binary fractions lose?
pub fn is_within(left: f64, right: f64, tolerance: f64) -> bool {
    (left - right).abs() <= tolerance + SLACK * right.abs().max(left.abs())
}

/// The power of ten of the first digit.
fn magnitude(value: f64) -> i32 {
    if value == 0.0 || !value.is_finite() { 0 } else { value.abs().log10().floor() as i32 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::grounding::figure::figures;

    #[test]
    fn the_last_digit_shown_says_how_exact_a_figure_is() {
        for (text, step) in [
            ("It took 3 ms.", 0.5),
            ("It took 3.14 ms.", 0.005),
            // The k of `tok/s` is none of the number's.
            ("It reached 3,028 tok/s.", 0.5),
            ("It reached 3028 tokens per second.", 0.5),
            ("It took 1.5k tokens.", 50.0),
            ("It took 1.25e3 ms.", 5.0),
            ("It took 16k tokens.", 500.0),
        ] {
            let figure = figures(text).into_iter().next().unwrap();
            assert!(is_within(half_step(&figure), step, 0.0), "{text}: {}", half_step(&figure));
        }
    }
}
