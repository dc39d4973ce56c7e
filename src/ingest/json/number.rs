//! Bare words of JSON: numbers, `true`, `null`, and what some programs write instead.

use std::borrow::Cow;

use super::{
    super::{
        log::{Log, quote},
        number::{TENS, digits, short},
    },
    tape::Value,
};

/// More digits than this do not all fit into a 64-bit float.
const EXACT_DIGITS: usize = 15;
/// Longer ones may be too small for a float.
const MAX_PLAIN: usize = 64;
/// What a float prints at most so that it is read back the same.
const MAX_DIGITS: usize = 17;

/// Length of the bare word at the start of the bytes.
pub fn token(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_')))
        .unwrap_or(bytes.len())
}

/// Reads a number that a separator follows, in one pass over its digits, where nothing is to
/// be said about it; gives its length too. `None` says nothing: [`read`] looks again.
pub fn quick(text: &str) -> Option<(f64, usize)> {
    let bytes = text.as_bytes();
    let start = usize::from(bytes.first() == Some(&b'-'));
    let mut mantissa = 0;
    let whole_end = digits(bytes, start, &mut mantissa);
    let has_point = bytes.get(whole_end) == Some(&b'.');
    let end = if has_point { digits(bytes, whole_end + 1, &mut mantissa) } else { whole_end };
    if !matches!(bytes.get(end)?, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t') {
        return None;
    }
    let whole = whole_end - start;
    let decimals = end - whole_end - usize::from(has_point);
    let is_below_one = bytes[start] == b'0';
    let is_odd = whole == 0 || (whole > 1 && is_below_one) || (has_point && decimals == 0);
    if is_odd || end > MAX_PLAIN {
        return None;
    }
    let zeros = if is_below_one {
        let fraction = &bytes[end - decimals..end];
        1 + fraction.iter().take_while(|byte| **byte == b'0').count()
    } else {
        0
    };
    let telling = whole + decimals - zeros;
    if telling > MAX_DIGITS || (!has_point && telling > EXACT_DIGITS) {
        return None;
    }
    if telling <= EXACT_DIGITS
        && let Some(tens) = TENS.get(decimals)
    {
        // Two exact numbers are divided once, so the result is rounded as everywhere.
        let number = mantissa as f64 / tens;
        return Some((if start == 0 { number } else { -number }, end));
    }
    Some((text[..end].parse().ok()?, end))
}

/// Reads a bare word. `is_cut`: the text ends with it inside a container, so a number may
/// lack its last digits.
pub fn read<'a>(token: &'a str, at: usize, is_cut: bool, log: &mut Log<'_>) -> Value<'a> {
    if !is_cut && let Some(number) = short(token.as_bytes()) {
        return Value::Number(number);
    }
    if !is_cut && let Some(number) = plain(token) {
        return Value::Number(number);
    }
    match token {
        "true" => return Value::Bool(true),
        "false" => return Value::Bool(false),
        "null" => return Value::Null,
        _ => {}
    }
    if is_cut {
        log.loss(
            at,
            format!("the file ends in {}; it is taken as text, digits may be missing", quote(token)),
        );
        return Value::Text(Cow::Borrowed(token));
    }
    let bare = token.trim_start_matches(['+', '-']);
    if ["nan", "infinity", "inf"].iter().any(|word| bare.eq_ignore_ascii_case(word)) {
        log.loss(at, format!("{} is not finite and counts as missing", quote(token)));
        return Value::Text(Cow::Borrowed(token));
    }
    match token {
        "True" | "TRUE" | "False" | "FALSE" | "None" | "undefined" => {
            log.loss(at, format!("{} is read as JSON would write it", quote(token)));
            return match token {
                "True" | "TRUE" => Value::Bool(true),
                "False" | "FALSE" => Value::Bool(false),
                _ => Value::Null,
            };
        }
        _ => {}
    }
    let is_number_like = bare.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && token.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    let Some(number) = is_number_like.then(|| token.parse::<f64>().ok()).flatten() else {
        log.loss(at, format!("{} is no JSON value; it is taken as text", quote(token)));
        return Value::Text(Cow::Borrowed(token));
    };
    if !number.is_finite() {
        log.loss(at, format!("{} is too large for a number and counts as missing", quote(token)));
        return Value::Text(Cow::Borrowed(token));
    }
    if !is_strict(token.as_bytes()) {
        log.loss(at, format!("{} is not written as JSON wants it; it is read as {number}", quote(token)));
    } else if number == 0.0
        && token.bytes().take_while(|&b| b != b'e' && b != b'E').any(|b| (b'1'..=b'9').contains(&b))
    {
        log.note(at, format!("{} is too small for a number and is read as 0", quote(token)));
    } else if token.len() > EXACT_DIGITS && !is_exact(token, number) {
        log.note(
            at,
            format!("{} has more digits than a number can hold; it is read as {number}", quote(token)),
        );
    }
    Value::Number(number)
}

/// A fraction of as many digits as a float prints: nothing is to be said about it.
fn plain(token: &str) -> Option<f64> {
    let digits = token.strip_prefix('-').unwrap_or(token).as_bytes();
    let mut point = None;
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {}
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let point = point.filter(|&at| at > 0 && at + 1 < digits.len())?;
    let has_leading_zero = point > 1 && digits.first() == Some(&b'0');
    let telling = digits.iter().skip_while(|&&byte| matches!(byte, b'0' | b'.'));
    let telling = telling.filter(|&&byte| byte != b'.').count();
    if has_leading_zero || telling > MAX_DIGITS || digits.len() > MAX_PLAIN || telling == 0 {
        return None;
    }
    token.parse().ok()
}

/// The grammar of JSON numbers.
fn is_strict(token: &[u8]) -> bool {
    let mut rest = token.strip_prefix(b"-").unwrap_or(token);
    let digits = |rest: &[u8]| rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = &fraction[count..];
    }
    if let Some((b'e' | b'E', exponent)) = rest.split_first() {
        let exponent =
            exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-")).unwrap_or(exponent);
        let count = digits(exponent);
        return count > 0 && count == exponent.len();
    }
    rest.is_empty()
}

/// Does the number say all that its digits say?
fn is_exact(token: &str, number: f64) -> bool {
    if let Ok(integer) = token.parse::<i128>() {
        // Exact: a float that is a whole number below 2^127 converts without loss.
        return number.abs() < 1e38 && number as i128 == integer;
    }
    let mantissa = token.split(['e', 'E']).next().unwrap_or(token);
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).skip_while(|&byte| byte == b'0').count();
    digits <= MAX_DIGITS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{super::super::log::Log, Value, quick, read};

    #[test]
    fn what_is_not_plain_is_left_to_others() {
        for text in
            ["", "1", "-", ",", "01,", "1.,", ".5,", "1e5,", "1.2.3,", "12a,", "1234567890123456,", "--1,"]
        {
            assert_eq!(quick(text), None, "{text}");
        }
        assert_eq!(
            quick("-0.0]").map(|(number, end)| (number.to_bits(), end)),
            Some(((-0.0_f64).to_bits(), 4))
        );
    }

    proptest! {
        #[test]
        fn the_quick_way_says_what_the_careful_one_says(text in "-?[0-9]{1,20}([.][0-9]{0,22})?") {
            if let Some((number, end)) = quick(&format!("{text},")) {
                let mut log = Log::new(&text);
                prop_assert_eq!(end, text.len());
                prop_assert_eq!(read(&text, 0, false, &mut log), Value::Number(number));
                prop_assert!(log.finish().0.is_empty(), "{} is worth a word", text);
            }
        }
    }
}
