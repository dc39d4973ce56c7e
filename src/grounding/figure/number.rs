//! The numbers of one word with the unit at or behind them.

use std::ops::Range;

use super::{Figure, words::Word};

/// Units that may touch their number: `12ms`, `5%`, `2.5x`. `m`, `b` and `M` are missing on
/// purpose: `270m` and `1b` are sizes of models and parts of names.
const TOUCHING: [&str; 34] = [
    "ms", "s", "us", "µs", "μs", "ns", "sec", "secs", "min", "h", "%", "x", "×", "k", "K", "tok/s",
    "tokens/s", "t/s", "tps", "req/s", "GB", "GiB", "MB", "MiB", "KB", "kB", "KiB", "B", "W", "J", "°C",
    "Hz", "MHz", "GHz",
];
/// Units that stand behind a space, more words than one first.
const BEHIND: [&str; 69] = [
    "B",
    "tokens per minute",
    "tokens/minute",
    "tokens/min",
    "tok/min",
    "csv files",
    "csv file",
    "json files",
    "json file",
    "markdown files",
    "markdown file",
    "text files",
    "failed rows",
    "tokens per second",
    "token per second",
    "tokens/second",
    "requests per second",
    "joules per token",
    "tokens/sec",
    "tokens/s",
    "token/s",
    "tok/s",
    "tok/sec",
    "t/s",
    "tps",
    "req/s",
    "rps",
    "requests/s",
    "milliseconds",
    "millisecond",
    "msec",
    "ms",
    "seconds",
    "second",
    "secs",
    "sec",
    "s",
    "microseconds",
    "µs",
    "μs",
    "us",
    "nanoseconds",
    "ns",
    "minutes",
    "minute",
    "min",
    "hours",
    "hour",
    "h",
    "percent",
    "%",
    "MiB",
    "GiB",
    "KiB",
    "MB",
    "GB",
    "KB",
    "kB",
    "bytes",
    "watts",
    "W",
    "J/token",
    "J",
    "°C",
    "tokens",
    "files",
    "rows",
    "runs",
    "times",
];

/// The figures of a word. A word that holds letters which are no unit is a name.
pub fn of_word(word: &Word<'_>, line: &str) -> Vec<Figure> {
    if !word.text.chars().any(char::is_numeric) {
        return Vec::new();
    }
    if let Some(numbers) = chain(word.text) {
        return with_units(numbers, word, line);
    }
    // `Throughput:295`: a label that touches its number. A label with digits is a name.
    if let Some((label, rest)) = word.text.split_once(':')
        && !label.chars().any(char::is_numeric)
        && let Some(numbers) = chain(rest)
    {
        let start = word.range.end - rest.len();
        return with_units(numbers, &Word { text: rest, range: start..word.range.end }, line);
    }
    if word.text.chars().any(char::is_alphabetic) {
        return foreign(word, line);
    }
    if is_version(word.text) {
        return Vec::new();
    }
    if !word.text.is_ascii() && word.text.chars().any(is_foreign) {
        return foreign(word, line);
    }
    // Digits and marks in an order that is none of the known: every number of it counts.
    let mut numbers = Vec::new();
    let mut at = 0;
    while let Some(rest) = word.text.get(at..)
        && let Some(skip) = rest.find(|c: char| c.is_ascii_digit())
    {
        let Some((number, length)) = rest.get(skip..).and_then(read) else { break };
        numbers.push(Written { range: at + skip..at + skip + length, unit: None, ..number });
        at += skip + length;
    }
    with_units(numbers, word, line)
}

fn is_foreign(character: char) -> bool {
    character.is_numeric() && !character.is_ascii()
}

/// Digits of other scripts (`½`, `９`): a figure that equals nothing.
fn foreign(word: &Word<'_>, line: &str) -> Vec<Figure> {
    let Some(start) = word.text.find(is_foreign) else { return Vec::new() };
    if word.text.get(..start).is_some_and(|before| before.ends_with(char::is_alphabetic)) {
        return Vec::new();
    }
    let range = word.range.start + start..word.range.end;
    vec![Figure {
        text: line.get(range.clone()).unwrap_or_default().to_owned(),
        value: f64::NAN,
        decimals: 0,
        unit: None,
        range,
        is_structural: false,
    }]
}

/// `1.2.3`
fn is_version(word: &str) -> bool {
    word.split('.').count() > 2
        && word.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[derive(Clone, Debug, PartialEq)]
struct Written {
    value: f64,
    decimals: u8,
    unit: Option<Range<usize>>,
    range: Range<usize>,
}

/// Numbers joined by `-`, `–`, `/`, `:` or `x`, each with a unit that may touch it; `None`
/// when anything else is in the word.
fn chain(word: &str) -> Option<Vec<Written>> {
    if is_version(word) {
        return None;
    }
    let mut numbers: Vec<Written> = Vec::new();
    let mut at = 0;
    loop {
        let rest = word.get(at..)?;
        let (number, length) = read(rest)?;
        let end = at + length;
        let behind = word.get(end..)?;
        let unit = TOUCHING
            .iter()
            .filter(|unit| {
                behind.strip_prefix(**unit).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
            })
            .max_by_key(|unit| unit.len());
        let unit_end = end + unit.map_or(0, |unit| unit.len());
        let scale = if matches!(unit, Some(&("k" | "K"))) { 1000.0 } else { 1.0 };
        let decimals = if scale > 1.0 { 0 } else { number.decimals };
        numbers.push(Written {
            value: number.value * scale,
            decimals,
            unit: unit.filter(|_| scale < 2.0).map(|_| end..unit_end),
            range: at..unit_end,
        });
        let behind = word.get(unit_end..)?;
        let Some(joint) = behind.chars().next() else { return Some(numbers) };
        if !matches!(joint, '-' | '–' | '/' | ':' | 'x' | '×') {
            return None;
        }
        at = unit_end + joint.len_utf8();
    }
}

/// One number at the start: sign, digits with thousands commas, decimals, exponent. Its
/// length in bytes.
fn read(text: &str) -> Option<(Written, usize)> {
    let unsigned = text.strip_prefix(['+', '-', '\u{2212}', '–']).unwrap_or(text);
    let sign_length = text.len() - unsigned.len();
    let is_negative = sign_length > 0 && !text.starts_with('+');
    let bytes = unsigned.as_bytes();
    let mut end = 0;
    let mut digits = String::new();
    while let Some(&byte) = bytes.get(end) {
        if byte.is_ascii_digit() {
            digits.push(char::from(byte));
        } else if byte != b',' || digits.is_empty() {
            break;
        }
        end += 1;
    }
    let mut decimals = 0_usize;
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        digits.push('.');
        end += 1;
        while let Some(byte) = bytes.get(end).filter(|byte| byte.is_ascii_digit()) {
            digits.push(char::from(*byte));
            decimals += 1;
            end += 1;
        }
    }
    if digits.is_empty() {
        return None;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = bytes.iter().skip(end + 1 + sign).take_while(|byte| byte.is_ascii_digit()).count();
        if exponent > 0 {
            let until = end + 1 + sign + exponent;
            digits.push_str(unsigned.get(end..until)?);
            end = until;
            decimals = 0;
        }
    }
    let value: f64 = digits.parse().ok()?;
    let length = sign_length + end;
    let decimals = u8::try_from(decimals).unwrap_or(u8::MAX);
    Some((
        Written { value: if is_negative { -value } else { value }, decimals, unit: None, range: 0..length },
        length,
    ))
}

/// Numbers as figures. A number without a unit takes the one behind it, and in a range
/// (`13-37 ms`) that of the number it is joined with.
fn with_units(numbers: Vec<Written>, word: &Word<'_>, line: &str) -> Vec<Figure> {
    let trailing = unit_behind(line, word.range.end);
    let last = numbers.len().saturating_sub(1);
    let inherited = numbers
        .last()
        .and_then(|number| number.unit.clone())
        .and_then(|range| word.text.get(range))
        .map(str::to_owned)
        .or_else(|| trailing.clone().and_then(|range| line.get(range)).map(str::to_owned));
    numbers
        .into_iter()
        .enumerate()
        .map(|(index, number)| {
            let mut range = word.range.start + number.range.start..word.range.start + number.range.end;
            let own = number.unit.and_then(|unit| word.text.get(unit)).map(str::to_owned);
            if index == last
                && own.is_none()
                && let Some(unit) = &trailing
            {
                range.end = unit.end;
            }
            Figure {
                text: line.get(range.clone()).unwrap_or_default().to_owned(),
                value: number.value,
                decimals: number.decimals,
                unit: own.or_else(|| inherited.clone()),
                range,
                is_structural: false,
            }
        })
        .collect()
}

/// The unit word behind a place, over blanks and emphasis marks.
fn unit_behind(line: &str, at: usize) -> Option<Range<usize>> {
    let behind = line.get(at..)?;
    let body = behind.trim_start_matches([' ', '\u{a0}', '\u{202f}', '*', '_', '`']);
    let start = at + (behind.len() - body.len());
    if start == at && !body.starts_with('%') {
        return None;
    }
    BEHIND
        .iter()
        .filter(|unit| {
            body.get(..unit.len()).is_some_and(|head| head == **unit || head.eq_ignore_ascii_case(unit))
                && (**unit != "B" || body.starts_with('B'))
                && !body.get(unit.len()..).is_some_and(|rest| {
                    rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '/' | '_'))
                })
        })
        .max_by_key(|unit| unit.len())
        .map(|unit| start..start + unit.len())
}
