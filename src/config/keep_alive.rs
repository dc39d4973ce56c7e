//! How long a model stays loaded that nobody uses; the name and its values are Ollama's.

use std::{fmt, str::FromStr, time::Duration};

/// Unless set.
const USUAL: Duration = Duration::from_mins(5);
/// More than this is for ever.
const LONGEST: Duration = Duration::from_hours(24 * 365);

/// How long an unused model stays loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepAlive {
    /// So long; nothing is at once.
    For(Duration),
    /// Until it is unloaded.
    Forever,
}

impl Default for KeepAlive {
    fn default() -> Self {
        Self::For(USUAL)
    }
}

impl fmt::Display for KeepAlive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = match self {
            Self::Forever => return f.write_str("-1"),
            Self::For(Duration::ZERO) => return f.write_str("0"),
            Self::For(time) => time.as_secs(),
        };
        for (unit, share) in [("h", seconds / 3600), ("m", seconds / 60 % 60), ("s", seconds % 60)] {
            if share > 0 {
                write!(f, "{share}{unit}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for KeepAlive {
    type Err = ();

    /// `5m`, `1h30m`, `90` (seconds), `0`, `-1` or anything below nothing.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (is_negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let mut time = Duration::ZERO;
        let mut rest = text;
        if rest.is_empty() {
            return Err(());
        }
        while !rest.is_empty() {
            let digits = rest.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len());
            let number: u64 = rest[..digits].parse().map_err(|_| ())?;
            rest = &rest[digits..];
            let seconds = match rest.chars().next() {
                Some('h') => 3600,
                Some('m') => 60,
                Some('s') => 1,
                // A bare number is seconds, as for Ollama.
                None if digits == text.len() => 1,
                _ => return Err(()),
            };
            rest = rest.get(1..).unwrap_or_default();
            let more = number.checked_mul(seconds).map(Duration::from_secs).ok_or(())?;
            time = time.checked_add(more).ok_or(())?;
        }
        Ok(if is_negative || time > LONGEST { Self::Forever } else { Self::For(time) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_printed_as_ollama_does() {
        for (text, printed) in [
            ("5m", "5m"),
            ("300", "5m"),
            ("90s", "1m30s"),
            ("1h30m", "1h30m"),
            ("0", "0"),
            ("0s", "0"),
            ("-1", "-1"),
            ("-1m", "-1"),
            ("99999h", "-1"),
        ] {
            assert_eq!(
                text.parse::<KeepAlive>().map(|time| time.to_string()),
                Ok(printed.to_owned()),
                "{text}"
            );
        }
        for text in ["", "-", "m", "5x", "5 m", "1.5h", "5m3", "99999999999999999999", "é"] {
            assert_eq!(text.parse::<KeepAlive>(), Err(()), "{text}");
        }
        assert_eq!(KeepAlive::default().to_string(), "5m");
    }
}
