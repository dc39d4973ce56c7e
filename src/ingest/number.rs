//! The short way to a number: most figures of most files have at most 15 digits and no
//! exponent, and one pass over them is enough.

/// So many digits are always exact in a 64-bit float.
const EXACT_DIGITS: usize = 15;

/// Powers of ten that a float holds exactly, as far as 15 digits need them.
pub const TENS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Reads `-12.5` and the like, rounded as everywhere: two exact numbers are divided once.
/// `None` says nothing: more digits, an exponent, a leading zero, or no number at all.
pub fn short(text: &[u8]) -> Option<f64> {
    leading(text).filter(|(_, length)| *length == text.len()).map(|(number, _)| number)
}

/// The same of a number that something follows; gives its length too.
pub fn leading(text: &[u8]) -> Option<(f64, usize)> {
    let start = usize::from(text.first() == Some(&b'-'));
    let mut value = 0;
    let whole_end = digits(text, start, &mut value);
    let whole = whole_end - start;
    let has_point = whole > 0 && text.get(whole_end) == Some(&b'.');
    let end = if has_point { digits(text, whole_end + 1, &mut value) } else { whole_end };
    let decimals = end - whole_end - usize::from(has_point);
    let has_leading_zero = whole > 1 && text[start] == b'0';
    let is_odd = whole == 0 || has_leading_zero || (has_point && decimals == 0);
    if is_odd || whole + decimals > EXACT_DIGITS {
        return None;
    }
    let number = value as f64 / TENS.get(decimals)?;
    Some((if start == 0 { number } else { -number }, end))
}

/// Where the digits from a place on end; they are added to a number. More than a word can hold
/// give any number.
pub fn digits(text: &[u8], from: usize, number: &mut u64) -> usize {
    let mut at = from;
    while let Some(digit) = text.get(at).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit < 10) {
        *number = number.wrapping_mul(10).wrapping_add(u64::from(digit));
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{leading, short};

    #[test]
    fn what_is_not_plain_is_left_to_others() {
        for text in ["", "-", ".", "1.", ".5", "+1", "01", "1e5", "1.2.3", "12a", "1234567890123456", "--1"] {
            assert_eq!(short(text.as_bytes()), None, "{text}");
        }
        assert_eq!(short(b"-0").map(f64::to_bits), Some((-0.0_f64).to_bits()));
        assert_eq!(short(b"999999999999999"), Some(999_999_999_999_999.0));
        assert_eq!((leading(b"-1.5,2"), leading(b"2.,3"), leading(b",")), (Some((-1.5, 4)), None, None));
    }

    proptest! {
        #[test]
        fn numbers_are_rounded_as_everywhere(text in "-?(0|[1-9][0-9]{0,14})([.][0-9]{1,14})?") {
            if let Some(number) = short(text.as_bytes()) {
                prop_assert_eq!(number.to_bits(), text.parse::<f64>().map(f64::to_bits).unwrap_or_default());
            }
        }
    }
}
