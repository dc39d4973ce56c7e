//! Finds the figures of a text: numbers with their unit, sign, precision and place.
//!
//! Not figures: dates, times, versions, and names that hold digits (`gemma3:1b`, `p95`,
//! `run_2.csv`). The dates are found by [`dates`], so that an invented one is noticed too.

use std::ops::Range;

mod number;
mod words;

use words::Word;

/// A number in a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// As it stands: `102.8 tok/s`.
    pub text: String,
    /// Its value as written; NaN where the digits are of a script that is not read.
    pub value: f64,
    /// Decimal places printed (the tolerance follows them); 0 for `1.2e3` and `1.5k`, whose
    /// tolerance follows the digits.
    pub decimals: u8,
    /// The unit word behind it, as written, if any.
    pub unit: Option<String>,
    /// Byte range in the text.
    pub range: Range<usize>,
    /// A list number, heading number or the like.
    pub is_structural: bool,
}

/// Year, month, day, as far as a text says.
pub type Day = (i32, Option<u32>, Option<u32>);

/// A date in a text: `2025-11-14`, `October 26, 2023`, `10/26/2023`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateText {
    /// Byte range in the text.
    pub range: Range<usize>,
    /// Year, month, day, as far as it says; `None` where the order is not known.
    pub day: Option<Day>,
}

/// All figures of a text, in order.
pub fn figures(text: &str) -> Vec<Figure> {
    scan(text).0
}

/// All dates of a text, in order.
pub fn dates(text: &str) -> Vec<DateText> {
    scan(text).1
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
/// A number behind one of these is part of a name (`Gemma 3`, `RTX 4090`), not a figure.
const NAMES: [&str; 16] = [
    "gemma", "llama", "qwen", "phi", "gpt", "rtx", "gtx", "cuda", "rocm", "version", "python", "ubuntu",
    "windows", "falcon", "smollm", "claude",
];
/// A number behind one of these says where in the text one is.
const PLACES: [&str; 15] = [
    "line",
    "row",
    "column",
    "section",
    "step",
    "table",
    "figure",
    "appendix",
    "chapter",
    "part",
    "item",
    "phase",
    "page",
    "finding",
    "recommendation",
];

/// All figures and all dates of a text.
pub fn scan(text: &str) -> (Vec<Figure>, Vec<DateText>) {
    let mut figures = Vec::new();
    let mut dates = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        scan_line(line, offset, &mut figures, &mut dates);
        offset += line.len();
    }
    (figures, dates)
}

fn scan_line(line: &str, offset: usize, figures: &mut Vec<Figure>, dates: &mut Vec<DateText>) {
    let numbering = numbering(line);
    let words = words::words(line);
    let written = written_dates(&words);
    dates.extend(written.iter().map(|date| shifted(date, offset)));
    for (index, word) in words.iter().enumerate() {
        if written.iter().any(|date| date.range.contains(&word.range.start)) || is_time(word.text) {
            continue;
        }
        if let Some(day) = numeric_date(word.text) {
            dates.push(shifted(&DateText { range: word.range.clone(), day }, offset));
            continue;
        }
        let before = index.checked_sub(1).and_then(|index| words.get(index));
        let lower = before.map(|word| word.text.to_lowercase()).unwrap_or_default();
        let touches = before.is_some_and(|before| {
            line.get(before.range.end..word.range.start).is_some_and(|gap| gap.chars().all(|c| c == ' '))
        });
        if touches && NAMES.contains(&lower.as_str()) {
            continue;
        }
        let is_place = touches && PLACES.contains(&lower.as_str());
        for mut figure in number::of_word(word, line) {
            figure.is_structural =
                is_place || figure.range.end <= numbering || is_hash(line, figure.range.start);
            figure.range = figure.range.start + offset..figure.range.end + offset;
            figures.push(figure);
        }
    }
}

fn shifted(date: &DateText, offset: usize) -> DateText {
    DateText { range: date.range.start + offset..date.range.end + offset, day: date.day }
}

fn is_hash(line: &str, start: usize) -> bool {
    line.get(..start).is_some_and(|before| before.ends_with('#'))
}

/// End of a list or heading number at the start of a line: `2.`, `**1. `, `## 3.1 `.
fn numbering(line: &str) -> usize {
    let body = line.trim_start_matches([' ', '\t', '>', '#', '*', '_', '-', '+']);
    let start = line.len() - body.len();
    let digits = body.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number = &body[..body.len() - digits.len()];
    if !number.starts_with(|c: char| c.is_ascii_digit()) || number.contains("..") {
        return 0;
    }
    let ends_list = number.ends_with('.') || digits.starts_with([')', ':']);
    let behind = digits.trim_start_matches([')', ':']);
    let is_apart = behind.is_empty() || behind.starts_with(|c: char| c.is_whitespace() || c == '*');
    let is_heading = line.trim_start().starts_with('#');
    if is_apart && (ends_list || (is_heading && number.len() <= 5)) { start + number.len() } else { 0 }
}

fn is_time(word: &str) -> bool {
    let parts: Vec<&str> = word.trim_end_matches('Z').split(':').collect();
    (2..=3).contains(&parts.len())
        && parts.iter().enumerate().all(|(index, part)| {
            let digits = if index == 2 { part.split('.').next().unwrap_or(part) } else { part };
            (digits.len() == 2 || (index == 0 && digits.len() == 1))
                && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        })
}

/// `2025-11-14`, `2025/11/14`, `10/26/2023`, `2025-11-14T18:53:30Z`.
#[expect(clippy::option_option, reason = "no date, a date whose order is not known, a date")]
fn numeric_date(word: &str) -> Option<Option<Day>> {
    let day = word.split_once('T').map_or(word, |(day, _)| day);
    let separator = ['-', '/', '.'].into_iter().find(|&separator| day.contains(separator))?;
    let parts: Vec<&str> = day.split(separator).collect();
    if !parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let number = |part: &str| part.parse::<u32>().ok();
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 && month.len() <= 2 && day.len() <= 2 => {
            Some(Some((year.parse().ok()?, number(month), number(day))))
        }
        [year, month] if separator == '-' && year.len() == 4 && month.len() == 2 => {
            let month = number(month)?;
            (1..=12).contains(&month).then_some(Some((year.parse().ok()?, Some(month), None)))
        }
        [left, right, year] if left.len() <= 2 && right.len() <= 2 && year.len() == 4 => {
            let (left, right, year) = (number(left)?, number(right)?, year.parse().ok()?);
            Some(match (left > 12, right > 12) {
                (true, false) => Some((year, Some(right), Some(left))),
                (false, true) => Some((year, Some(left), Some(right))),
                _ => None,
            })
        }
        _ => None,
    }
}

/// Dates with a month's name: `October 26, 2023`, `26 October 2023`, `Oct 2023`.
fn written_dates(words: &[Word<'_>]) -> Vec<DateText> {
    let mut dates = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let Some(month) = month(word.text) else { continue };
        let day_of = |word: &Word<'_>| {
            let digits = word.text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            (digits.len() <= 2)
                .then(|| digits.parse::<u32>().ok())
                .flatten()
                .filter(|day| (1..=31).contains(day))
        };
        let year_of =
            |word: &Word<'_>| (word.text.len() == 4).then(|| word.text.parse::<i32>().ok()).flatten();
        let mut range = word.range.clone();
        let mut day = None;
        let mut year = None;
        if let Some(before) = index.checked_sub(1).and_then(|index| words.get(index))
            && let Some(number) = day_of(before)
        {
            day = Some(number);
            range.start = before.range.start;
        }
        for next in words.iter().skip(index + 1).take(2) {
            if year.is_none() && day.is_none() && day_of(next).is_some() {
                day = day_of(next);
                range.end = next.range.end;
            } else if year.is_none() && year_of(next).is_some() {
                year = year_of(next);
                range.end = next.range.end;
            } else {
                break;
            }
        }
        // "may" and "march" are words too: without a number beside them they are no date, nor
        // in small letters without a year.
        let is_word = matches!(word.text, "may" | "march") && year.is_none();
        if (day.is_some() || year.is_some()) && !is_word {
            dates.push(DateText { range, day: year.map(|year| (year, Some(month), day)) });
        }
    }
    dates
}

fn month(word: &str) -> Option<u32> {
    let lower = word.trim_end_matches('.').to_lowercase();
    let is_short = lower.len() == 3 || lower == "sept";
    let index = MONTHS.iter().position(|name| {
        *name == lower || (is_short && name.get(..3) == lower.get(..3) && name.starts_with(&lower))
    })?;
    u32::try_from(index + 1).ok()
}

#[cfg(test)]
mod tests;
