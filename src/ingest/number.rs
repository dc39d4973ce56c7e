//! The short way to a number: most figures of most files have at most 15 digits and no
//! exponent, and one pass over them is enough.

/// So many digits are always exact in a 64-bit float.
const EXACT_DIGITS: usize = 15;

/// Powers of ten that a float holds exactly, as far as 15 digits need them.
const TENS: [f64; 16] =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

/// Reads `-12.5` and the like, rounded as everywhere: two exact numbers are divided once.
/// `None` says nothing: more digits, an exponent, a leading zero, or no number at all.
pub fn short(text: &[u8]) -> Option<f64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.len() > EXACT_DIGITS + 1
        || (digits.first() == Some(&b'0') && digits.get(1).is_some_and(u8::is_ascii_digit))
    {
        return None;
    }
    let mut value = 0_u64;
    let mut point = None;
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => value = value * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() && at > 0 => point = Some(at),
            _ => return None,
        }
    }
    let decimals = match point {
        None if digits.is_empty() || digits.len() > EXACT_DIGITS => return None,
        None => 0,
        Some(at) => digits.len() - at - 1,
    };
    if point.is_some() && decimals == 0 {
        return None;
    }
    let number = value as f64 / TENS.get(decimals)?;
    Some(if text.len() == digits.len() { number } else { -number })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::short;

    #[test]
    fn what_is_not_plain_is_left_to_others() {
        for text in ["", "-", ".", "1.", ".5", "+1", "01", "1e5", "1.2.3", "12a", "1234567890123456", "--1"] {
            assert_eq!(short(text.as_bytes()), None, "{text}");
        }
        assert_eq!(short(b"-0").map(f64::to_bits), Some((-0.0_f64).to_bits()));
        assert_eq!(short(b"999999999999999"), Some(999_999_999_999_999.0));
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
