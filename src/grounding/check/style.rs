//! How a text writes its numbers. A text that writes `1.234,5` is read as if it wrote
//! `1,234.5`; `1 234` and `1'234` are thousands in any text. Nothing moves: every number keeps
//! its place.

/// Between the digits of a number these part thousands.
const PARTING: [char; 4] = ['\'', '’', '\u{a0}', '\u{202f}'];
/// Behind a number with a space in it they say that it is one.
const UNITS: [&str; 22] = [
    "ms", "s", "sec", "seconds", "us", "µs", "ns", "tok/s", "tokens", "token", "bytes", "byte", "kb", "mb",
    "gb", "kib", "mib", "gib", "rows", "runs", "files", "w",
];

/// The text with its numbers in the usual form, as long as it was.
pub fn usual(source: &str) -> String {
    let is_comma = has_decimal_commas(source);
    let mut text: Vec<u8> = Vec::with_capacity(source.len());
    let mut is_fenced = false;
    for line in source.split_inclusive('\n') {
        let is_fence = line.trim_start_matches(['>', ' ', '\t']).starts_with("```");
        is_fenced ^= is_fence;
        if is_fenced || is_fence || !line.bytes().any(|byte| byte.is_ascii_digit()) {
            text.extend(line.bytes());
        } else {
            add_line(line, is_comma, &mut text);
        }
    }
    String::from_utf8(text).unwrap_or_else(|_| source.to_owned())
}

fn add_line(line: &str, is_comma: bool, text: &mut Vec<u8>) {
    let mut rest = line;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let is_start =
            first.is_ascii_digit() && !before.is_alphanumeric() && !matches!(before, '.' | ',' | '_');
        let length = if is_start { number(rest, is_comma) } else { 0 };
        if length == 0 {
            before = first;
            text.extend(rest.get(..first.len_utf8()).unwrap_or_default().bytes());
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            continue;
        }
        let (found, behind) = rest.split_at(length);
        let digits = found.bytes().filter(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
        let written: Vec<u8> = digits
            .map(|byte| match byte {
                b'.' if is_comma => b',',
                b',' if is_comma => b'.',
                byte => byte,
            })
            .collect();
        // Marks that parted thousands leave their room in front.
        text.extend(std::iter::repeat_n(b' ', found.len() - written.len()));
        text.extend(written);
        before = '0';
        rest = behind;
    }
}

/// The length of a number that is not written in the usual form; 0 for any other.
fn number(text: &str, is_comma: bool) -> usize {
    let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let lead = digits(text);
    let (mut end, mut is_spaced, mut is_parted) = (lead, false, false);
    if lead <= 3 {
        while let Some(behind) = text.get(end..)
            && let Some(mark) = behind.chars().next()
            && (PARTING.contains(&mark) || mark == ' ' || (is_comma && mark == '.'))
            && digits(behind.get(mark.len_utf8()..).unwrap_or_default()) == 3
        {
            is_spaced |= mark == ' ';
            is_parted = true;
            end += mark.len_utf8() + 3;
        }
    }
    let behind = text.get(end..).unwrap_or_default();
    let decimals = behind.strip_prefix([',', '.']).map_or(0, digits);
    let mark = behind.chars().next().filter(|_| decimals > 0);
    let is_decimal = mark == Some(if is_comma { ',' } else { '.' });
    if is_decimal {
        end += 1 + decimals;
    }
    let rest = text.get(end..).unwrap_or_default();
    // `1.2.3`, `14.11.2025`, `4,5,6`, `3,5b`
    let goes_on =
        rest.strip_prefix(['.', ',', ':']).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            || rest.starts_with('_');
    if goes_on || !(is_parted || is_decimal && is_comma) {
        return 0;
    }
    // `60 120`: two numbers, unless something says that they are one.
    let word = rest
        .trim_start_matches([' ', '*', '`'])
        .split([' ', ',', ')', '.', '*', '\n'])
        .next()
        .unwrap_or_default();
    let is_one = is_decimal
        || is_comma
        || UNITS.contains(&word.to_lowercase().as_str())
        || rest.trim_start().starts_with('|');
    if is_spaced && !is_one { 0 } else { end }
}

/// Does a text write its decimals behind commas, and none behind points?
fn has_decimal_commas(source: &str) -> bool {
    let (mut commas, mut points) = (0_usize, 0_usize);
    let words =
        source.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | ',' | ':' | '-' | '_' | '/')));
    for word in words {
        let word =
            word.trim_matches(|c: char| !c.is_alphanumeric()).trim_end_matches(|c: char| c.is_alphabetic());
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
        if !is_number {
            continue;
        }
        let behind = |mark: char| word.rsplit_once(mark).map_or(0, |(_, behind)| behind.len());
        let is_single = |mark: char| word.matches(mark).count() == 1;
        let (comma, point) = (behind(','), behind('.'));
        if is_single(',')
            && (comma < point || point == 0)
            && comma != 3
            && comma > 0
            && word.rfind('.') < word.rfind(',')
        {
            commas += 1;
        } else if is_single('.') && point != 3 && point > 0 {
            points += 1;
        }
    }
    commas > 0 && points == 0
}

#[cfg(test)]
mod tests {
    use super::usual;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        for (text, expected) in [
            ("68,2 ms und 7.836,6 ms", "68.2 ms und 7,836.6 ms"),
            ("am 14.11.2025: 1.234 Zeilen, 3,5 s", "am 14.11.2025: 1,234 Zeilen, 3.5 s"),
            ("68.2 ms and 7,836.6 ms", "68.2 ms and 7,836.6 ms"),
            ("12 345 ms of 3 runs", " 12345 ms of 3 runs"),
            ("9'615.5 ms", " 9615.5 ms"),
            ("num_gpu 80 120", "num_gpu 80 120"),
            ("| 6 538,4 | 2,5 |", "|  6538.4 | 2.5 |"),
            ("1, 2, 3 and 0.5", "1, 2, 3 and 0.5"),
            ("60,80,120", "60,80,120"),
            ("qwen2.5:3b nach 2,5 s", "qwen2.5:3b nach 2.5 s"),
        ] {
            assert_eq!(usual(text), expected);
            assert_eq!(usual(text).len(), text.len());
        }
    }
}
