//! The numbers of one column, as far as they are read.

use std::{borrow::Cow, sync::Arc};

use super::{
    super::{
        super::{
            cell::{self, Decimal},
            cells::CellRef,
            field,
            file::Problem,
        },
        table::Named,
    },
    SelectedColumn,
    part::Keep,
    problem, unit_message,
};

/// The numbers of a column so far.
#[derive(Debug, Default)]
pub struct Gathered {
    bare: Figures,
    /// Figures with a unit behind them, in a column whose header gives none.
    united: Figures,
    unit: Option<String>,
    /// Figures with another unit than the others.
    foreign: u64,
    /// Figures of rows that only warm up.
    warm_up: u64,
    pub missing: u64,
    pub others: u64,
}

#[derive(Debug)]
struct Figures {
    count: u64,
    sum: f64,
    lost: f64,
    min: f64,
    max: f64,
    numbers: Vec<f64>,
    lines: Vec<u32>,
}

impl Default for Figures {
    fn default() -> Self {
        let (min, max) = (f64::INFINITY, f64::NEG_INFINITY);
        Self { count: 0, sum: 0.0, lost: 0.0, min, max, numbers: Vec::new(), lines: Vec::new() }
    }
}

impl Figures {
    fn push(&mut self, number: f64, line: u32, keep: Keep) {
        self.count += 1;
        self.add(number);
        self.min = self.min.min(number);
        self.max = self.max.max(number);
        if keep.numbers {
            self.numbers.push(number);
            if keep.lines {
                self.lines.push(line);
            }
        }
    }
    /// Neumaier's compensated sum.
    fn add(&mut self, number: f64) {
        let next = self.sum + number;
        self.lost += if self.sum.abs() >= number.abs() {
            (self.sum - next) + number
        } else {
            (number - next) + self.sum
        };
        self.sum = next;
    }
    fn append(&mut self, other: &Self, lines_before: u32) {
        self.count += other.count;
        self.add(other.sum);
        self.lost += other.lost;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.numbers.reserve_exact(other.numbers.len());
        self.numbers.extend_from_slice(&other.numbers);
        self.lines.reserve_exact(other.lines.len());
        self.lines.extend(other.lines.iter().map(|line| line + lines_before));
    }
}

impl Gathered {
    /// Takes in the numbers of the same column in the next part, before which so many lines stand.
    pub fn append(&mut self, other: Self, before: u32) {
        self.missing += other.missing;
        self.others += other.others;
        self.foreign += other.foreign;
        self.warm_up += other.warm_up;
        match (&self.unit, other.unit) {
            (Some(known), Some(unit)) if field::unit_symbol(known) != field::unit_symbol(&unit) => {
                self.foreign += other.united.count;
            }
            (_, unit) => {
                self.unit = self.unit.take().or(unit);
                self.united.append(&other.united, before);
            }
        }
        self.bare.append(&other.bare, before);
    }

    /// All numbers of the column, and what is wrong with some; so many rows failed.
    pub fn finish(self, (name, unit): &Named, failed: u64) -> (SelectedColumn, Option<Problem>) {
        // Bare figures beside some with a unit would be of unknown unit.
        let is_united = self.united.count > 0 && self.bare.count == 0 && self.foreign == 0;
        let left_out = self.foreign + if is_united { 0 } else { self.united.count };
        let problem = (left_out > 0).then(|| problem(None, &unit_message(name, left_out)));
        let unit = if is_united { self.unit.map(Into::into) } else { unit.clone() };
        let figures = if is_united { self.united } else { self.bare };
        let has_any = figures.count > 0;
        let mean = ((figures.sum + figures.lost) / figures.count as f64)
            .clamp(figures.min.min(figures.max), figures.max.max(figures.min));
        let column = SelectedColumn {
            name: Arc::clone(name),
            unit,
            count: figures.count,
            missing: self.missing,
            others: self.others + left_out,
            failed,
            warm_up: self.warm_up,
            mean: has_any.then_some(mean),
            min: has_any.then_some(figures.min),
            max: has_any.then_some(figures.max),
            numbers: figures.numbers,
            lines: figures.lines,
        };
        (column, problem)
    }

    /// Room for so many numbers.
    pub fn reserve(&mut self, rows: usize) {
        self.bare.numbers.reserve_exact(rows);
    }

    /// Takes a cell, for which one was counted as missing.
    pub fn take(
        &mut self,
        bytes: &[u8],
        is_quoted: bool,
        (decimal, unit, line, keep, is_warm_up): (Decimal, Option<&str>, u32, Keep, bool),
    ) {
        let text = text_of(bytes, is_quoted);
        let number = match cell::parse(&text, decimal) {
            CellRef::Missing => return,
            CellRef::Number(number) => Ok(number),
            CellRef::Bool(_) => Err(None),
            CellRef::Text(text) => Err(cell::with_unit(text)),
        };
        self.missing -= 1;
        match number {
            Ok(_) | Err(Some(_)) if is_warm_up => self.warm_up += 1,
            Ok(number) => self.bare.push(number, line, keep),
            Err(Some((number, found))) => match (unit.or(self.unit.as_deref()), field::unit_symbol(found)) {
                (_, None) => self.others += 1,
                (Some(known), symbol) if field::unit_symbol(known) != symbol => self.foreign += 1,
                (known, _) => {
                    if known.is_none() {
                        self.unit = Some(found.to_owned());
                    }
                    if unit.is_some() {
                        self.bare.push(number, line, keep);
                    } else {
                        self.united.push(number, line, keep);
                    }
                }
            },
            Err(None) => self.others += 1,
        }
    }
}

/// The text of a field.
pub fn text_of(bytes: &[u8], is_quoted: bool) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(plain) if !is_quoted && memchr::memchr(0, bytes).is_none() => plain.into(),
        _ => unquoted(&String::from_utf8_lossy(bytes), is_quoted).into(),
    }
}

/// What stands between the quotes and behind them, without NUL bytes.
fn unquoted(text: &str, is_quoted: bool) -> String {
    let clean: String = text.chars().filter(|&c| c != '\0').collect();
    let trimmed = clean.trim_start_matches(' ');
    match trimmed.strip_prefix('"').filter(|_| is_quoted) {
        Some(inner) => {
            let end = inner.rfind('"').unwrap_or(inner.len());
            let tail = inner.get(end + 1..).unwrap_or_default();
            format!("{}{tail}", inner[..end].replace("\"\"", "\""))
        }
        None => clean,
    }
}
