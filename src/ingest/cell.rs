//! One cell of text (CSV, Markdown) to a value: numbers with thousands separators,
//! missing marks, booleans, numbers with a unit behind them.

use std::{cell::RefCell, collections::HashSet, hash::BuildHasherDefault, sync::Arc};

use super::{
    cells::{CellRef, Cells, FastHasher, Slot, Texts},
    field,
    file::Column,
    number,
};

/// Texts longer than this are not looked up: they hardly repeat.
pub const MAX_SHARED: usize = 64;
/// Texts remembered; a folder of more names starts anew and not at once.
const MAX_KNOWN: usize = 8192;

/// Which mark separates the decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Decimal {
    /// `1,234.5`
    #[default]
    Point,
    /// `1.234,5` or `1234,5`: only in files with `;` between fields.
    Comma,
}

thread_local! {
    // The same few names and units come with every file: each is one allocation.
    static SHARED: RefCell<HashSet<Arc<str>, BuildHasherDefault<FastHasher>>> = RefCell::default();
}

/// A text that is likely to come again, as one allocation for all files of a thread.
pub fn shared(text: &str) -> Arc<str> {
    if text.len() > MAX_SHARED {
        return Arc::from(text);
    }
    SHARED.with_borrow_mut(|shared| {
        if let Some(known) = shared.get(text) {
            return Arc::clone(known);
        }
        if shared.len() >= MAX_KNOWN {
            shared.clear();
        }
        let new: Arc<str> = Arc::from(text);
        shared.insert(Arc::clone(&new));
        new
    })
}

/// Reads a cell. Text stays as written but for spaces around it.
pub fn parse(text: &str, decimal: Decimal) -> CellRef<'_> {
    let text = trim(text);
    if let Some(number) = number::short(text.as_bytes()) {
        return CellRef::Number(number);
    }
    if is_missing(text) {
        return CellRef::Missing;
    }
    if let Some(number) = number(text, decimal) {
        return CellRef::Number(number);
    }
    if text.len() <= 5 {
        if text.eq_ignore_ascii_case("true") {
            return CellRef::Bool(true);
        }
        if text.eq_ignore_ascii_case("false") {
            return CellRef::Bool(false);
        }
    }
    CellRef::Text(text)
}

/// Mostly there is nothing to trim.
fn trim(text: &str) -> &str {
    let is_plain = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    let bytes = text.as_bytes();
    if is_plain(bytes.first()) && is_plain(bytes.last()) { text } else { text.trim() }
}

/// Empty, or one of the usual marks for "no value".
pub fn is_missing(text: &str) -> bool {
    text.is_empty()
        || (text.len() <= 15
            && matches!(
                text,
                "N/A"
                    | "n/a"
                    | "NA"
                    | "#N/A"
                    | "null"
                    | "NULL"
                    | "Null"
                    | "None"
                    | "-"
                    | "--"
                    | "—"
                    | "–"
                    | "[N/A]"
                    | "[Not Supported]"
                    | "\\N"
            ))
}

/// Does the text say that a number was computed but is none?
pub fn is_not_finite(text: &str) -> bool {
    let text = text.trim_start_matches(['+', '-']);
    ["nan", "inf", "infinity"].iter().any(|word| text.eq_ignore_ascii_case(word))
        || (text.starts_with(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok_and(f64::is_infinite))
}

/// A finite number as people and programs write it; `None` for anything ambiguous
/// (`1_000`, `0x1F`, `1234,5` between commas) and for `08123`, which is a code.
pub fn number(text: &str, decimal: Decimal) -> Option<f64> {
    let first = *text.as_bytes().first()?;
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return None;
    }
    if first == b'0' && text.len() > 1 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) {
        return text.parse().ok().filter(|number: &f64| number.is_finite());
    }
    let plain = match decimal {
        Decimal::Point => without_groups(text, ',')?,
        Decimal::Comma => {
            let (whole, fraction) = text.split_once(',')?;
            let whole = if whole.contains('.') { without_groups(whole, '.')? } else { whole.to_owned() };
            format!("{whole}.{fraction}")
        }
    };
    let is_plain = plain.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    plain.parse().ok().filter(|number: &f64| is_plain && number.is_finite())
}

/// Takes thousands separators out: groups of three, or the Indian way (two, then three last).
fn without_groups(text: &str, separator: char) -> Option<String> {
    if !text.contains(separator) {
        return None;
    }
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if separator != '.' => (whole, Some(fraction)),
        _ => (text, None),
    };
    let digits = whole.trim_start_matches(['+', '-']);
    let mut groups = digits.split(separator);
    let head = groups.next()?;
    let tail: Vec<&str> = groups.collect();
    let (last, middle) = tail.split_last()?;
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let is_grouped = (1..=3).contains(&head.len())
        && is_digits(head)
        && last.len() == 3
        && is_digits(last)
        && middle.iter().all(|group| matches!(group.len(), 2 | 3) && is_digits(group));
    is_grouped.then(|| {
        let mut plain: String = whole.chars().filter(|&c| c != separator).collect();
        if let Some(fraction) = fraction {
            plain.push('.');
            plain.push_str(fraction);
        }
        plain
    })
}

/// Splits `22.89 W` or `45%` into number and unit text.
pub fn with_unit(text: &str) -> Option<(f64, &str)> {
    let begins = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.');
    if !text.as_bytes().first().is_some_and(begins) {
        return None;
    }
    let end = text
        .char_indices()
        .find(|&(at, c)| {
            !(c.is_ascii_digit() || matches!(c, '.' | ',') || (at == 0 && matches!(c, '+' | '-')))
        })
        .map_or(text.len(), |(at, _)| at);
    let (digits, unit) = (&text[..end], text[end..].trim());
    (!unit.is_empty()).then(|| number(digits, Decimal::Point).map(|number| (number, unit))).flatten()
}

/// A column being filled.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Its name.
    pub name: Arc<str>,
    /// Its unit, where one is given.
    pub unit: Option<Arc<str>>,
    /// Its cells.
    pub slots: Vec<Slot>,
}

impl Draft {
    /// The column, with the texts that its slots mean.
    pub fn finish(mut self, texts: &Arc<Texts>) -> Column {
        // Room that is left over for good is given back, but not for a few cells.
        if self.slots.capacity() > self.slots.len() + self.slots.len() / 4 + 4 {
            self.slots.shrink_to_fit();
        }
        Column {
            name: self.name,
            unit: self.unit,
            cells: Cells::new(self.slots, Arc::clone(texts)),
            hint: None,
        }
    }

    /// `22.89 W` in every cell: the unit goes to the column, the numbers stay. `false`: the
    /// header gives a unit, and such cells stay texts because others do not go with them;
    /// then what they are cannot be told from a part of them.
    pub fn lift_units(&mut self, texts: &Texts) -> bool {
        if !self.slots.iter().any(|slot| slot.is_text()) {
            return true;
        }
        let mut unit: Option<Arc<str>> = self.unit.clone();
        let mut has_any = false;
        let mut has_bare = false;
        for slot in &self.slots {
            let CellRef::Text(text) = slot.see(texts) else {
                has_bare |= slot.is_number();
                continue;
            };
            let Some((_, found)) = with_unit(text) else { continue };
            let Some(symbol) = field::unit_symbol(found) else { return self.unit.is_none() };
            match &unit {
                Some(known) if field::unit_symbol(known) != Some(symbol) => return self.unit.is_none(),
                Some(_) => {}
                None => unit = Some(shared(found)),
            }
            has_any = true;
        }
        // Without a unit in the header, a bare number among them would be of unknown unit.
        if !has_any {
            return true;
        }
        if self.unit.is_none() && has_bare {
            return true;
        }
        for slot in &mut self.slots {
            if let CellRef::Text(text) = slot.see(texts)
                && let Some((number, _)) = with_unit(text)
            {
                *slot = Slot::number(number);
            }
        }
        self.unit = unit;
        true
    }
}
