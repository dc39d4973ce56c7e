//! Records to columns: header, units, ragged rows, numbers.

use std::{borrow::Cow, fmt::Write, sync::Arc};

use super::{
    super::{
        append::Format,
        cell::{self, Decimal, Draft, shared},
        cells::{CellRef, FastMap, Slot, Texts},
        field,
        file::Table,
        log::Log,
        number,
        places::Lines,
    },
    is_unit_cell,
    records::Record,
};

/// Room for so many rows at once; columns of more grow as they come.
const MAX_ROOM: usize = 1024;

/// A column's name and its unit.
pub type Named = (Arc<str>, Option<Arc<str>>);

/// Builds the one table of a file.
#[derive(Debug)]
pub struct Builder<'a> {
    columns: Vec<Draft>,
    texts: Texts,
    /// As many as the header has; more columns come from rows that are too long.
    width: usize,
    row_lines: Lines,
    decimal: Decimal,
    /// Rows with another number of fields than the header: kept until the end, since all
    /// of them together may tell which field is missing.
    ragged: Vec<Ragged<'a>>,
    delimiter: u8,
    /// Room for a field whose quotes are taken off.
    unquoted: String,
    /// Rows were before these.
    is_more: bool,
}

#[derive(Debug)]
struct Ragged<'a> {
    row: usize,
    start: usize,
    cells: Vec<Cow<'a, str>>,
}

impl<'a> Builder<'a> {
    /// Takes the header.
    pub fn new(header: &Record<'a>, delimiter: u8, log: &mut Log<'_>) -> Self {
        let mut columns: Vec<Draft> = Vec::with_capacity(header.cells.len());
        let mut seen = FastMap::default();
        // A delimiter at the end of every line is no column.
        let has_tail =
            header.cells.len() > 1 && header.cells.last().is_some_and(|cell| cell.trim().is_empty());
        for (index, cell) in header.cells.iter().enumerate() {
            let (name, unit) = field::split_unit(cell.trim().trim_start_matches('#').trim());
            let mut name: Cow<'_, str> = name.into();
            if name.is_empty() {
                if !(has_tail && index + 1 == header.cells.len()) {
                    log.note(header.start, format!("column {} has no name", index + 1));
                }
                name = format!("column {}", index + 1).into();
            }
            let count = seen.entry(name.clone()).or_insert(0_u32);
            *count += 1;
            if *count > 1 {
                log.note(
                    header.start,
                    format!("two columns are named `{name}`; number {count} is `{name}#{count}`"),
                );
                name = format!("{name}#{count}").into();
            }
            let unit = unit.map(shared);
            columns.push(Draft { name: shared(&name), unit, slots: Vec::new() });
        }
        // A semicolon between fields goes with a comma between decimals.
        let decimal = if delimiter == b';' { Decimal::Comma } else { Decimal::Point };
        Self {
            width: columns.len(),
            columns,
            texts: Texts::default(),
            row_lines: Lines::default(),
            decimal,
            ragged: Vec::new(),
            delimiter,
            unquoted: String::new(),
            is_more: false,
        }
    }

    /// Goes on with the columns of an earlier part.
    pub fn resume(table: &Table, format: &Format) -> Option<Self> {
        let Format::Csv { delimiter, decimal, width, lifted, spread } = format else { return None };
        let mut columns: Vec<Draft> = Vec::with_capacity(table.columns.len());
        for (index, column) in (0..).zip(&table.columns) {
            if !spread.contains(&index) {
                let unit = column.unit.clone().filter(|_| !lifted.contains(&index));
                columns.push(Draft { name: Arc::clone(&column.name), unit, slots: Vec::new() });
            }
        }
        // The nameless column behind a delimiter at the end of the header.
        if columns.len() + 1 == *width as usize {
            let name = format!("column {width}").into();
            columns.push(Draft { name, unit: None, slots: Vec::new() });
        }
        (columns.len() == *width as usize).then(|| Self {
            width: columns.len(),
            columns,
            texts: Texts::default(),
            row_lines: Lines::default(),
            decimal: *decimal,
            ragged: Vec::new(),
            delimiter: *delimiter,
            unquoted: String::new(),
            is_more: true,
        })
    }

    /// Has a row another number of fields than the header?
    pub fn is_ragged(&self) -> bool {
        !self.ragged.is_empty()
    }

    /// Has a row more fields than the header?
    pub fn is_too_wide(&self) -> bool {
        self.ragged.iter().any(|ragged| ragged.cells.len() > self.width)
    }

    /// How decimals are written, and the columns' names and units.
    pub fn header(self) -> (Decimal, Vec<Named>) {
        (self.decimal, self.columns.into_iter().map(|column| (column.name, column.unit)).collect())
    }

    /// Number of columns of the header.
    pub fn width(&self) -> usize {
        self.width
    }

    /// A line of units under the header: no number in it, at least one known unit, and
    /// numbers under its units in the next record.
    pub fn is_units_row(&self, record: &Record<'_>, next: &[Cow<'_, str>]) -> bool {
        let filled: Vec<(usize, &str)> = record
            .cells
            .iter()
            .map(|cell| cell.trim())
            .enumerate()
            .filter(|(_, cell)| !cell.is_empty())
            .collect();
        record.cells.len() == self.width
            && !filled.is_empty()
            && filled.iter().all(|(_, cell)| is_unit_cell(cell))
            && filled.iter().any(|(_, cell)| field::unit_symbol(cell).is_some() || cell.contains('/'))
            && filled.iter().any(|&(index, _)| {
                next.get(index).is_some_and(|below| cell::number(below.trim(), Decimal::Point).is_some())
            })
    }

    /// Takes a line of units.
    pub fn take_units(&mut self, record: &Record<'_>) {
        for (column, cell) in self.columns.iter_mut().zip(&record.cells) {
            if !cell.trim().is_empty() {
                column.unit = Some(shared(cell.trim()));
            }
        }
    }

    /// So many rows may come.
    pub fn reserve(&mut self, rows: usize) {
        for column in &mut self.columns {
            column.slots.reserve_exact(rows.min(MAX_ROOM));
        }
    }

    /// Takes a line as a record; `false`, and nothing is taken, where it has another number of
    /// fields than the header or a quote where none is due.
    pub fn push_line(&mut self, line: &str, number: u32) -> bool {
        let rows = self.row_lines.len();
        let is_taken = self.take_cells(line);
        if is_taken {
            self.row_lines.push(number);
        } else {
            for column in &mut self.columns {
                column.slots.truncate(rows);
            }
        }
        is_taken
    }

    fn take_cells(&mut self, line: &str) -> bool {
        let Self { columns, texts, unquoted, decimal, delimiter, .. } = self;
        let bytes = line.as_bytes();
        let last = columns.len().saturating_sub(1);
        let mut at = 0;
        for (index, column) in columns.iter_mut().enumerate() {
            let rest = &bytes[at..];
            let is_end = |length: usize| rest.get(length).is_none_or(|byte| byte == delimiter);
            let short = number::leading(rest).filter(|(_, length)| is_end(*length));
            let (slot, length) = if let Some((number, length)) = short {
                (Slot::number(number), length)
            } else {
                let Some((text, length)) = field(&line[at..], *delimiter, unquoted) else { return false };
                let slot = match cell::parse(text, *decimal) {
                    CellRef::Text(text) => texts.slot_after(text, column.slots.last().copied()),
                    cell => texts.cell(cell),
                };
                (slot, length)
            };
            column.slots.push(slot);
            at += length;
            if (at == bytes.len()) != (index == last) {
                return false;
            }
            at += 1;
        }
        true
    }

    /// Takes a record.
    pub fn push(&mut self, record: &Record<'a>) {
        let row = self.row_lines.len();
        self.row_lines.push(record.line);
        let mut cells = record.cells.as_slice();
        while cells.len() > self.width && cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            cells = &cells[..cells.len() - 1];
        }
        if cells.len() == self.width {
            for (column, cell) in self.columns.iter_mut().zip(cells) {
                column.slots.push(self.texts.cell(cell::parse(cell, self.decimal)));
            }
            return;
        }
        for column in &mut self.columns {
            column.slots.push(Slot::MISSING);
        }
        self.ragged.push(Ragged { row, start: record.start, cells: cells.to_vec() });
    }

    /// Places the ragged rows and gives the table, and how to go on with it if its parts
    /// mean the same apart.
    pub fn finish(mut self, log: &mut Log<'_>) -> (Table, Option<Format>) {
        // Short rows among whole ones miss their last fields, whatever follows; the newest row
        // may not be what it seems yet.
        let is_settled = self.ragged.len() + 1 < self.row_lines.len() && !self.is_too_wide();
        let mut is_even = self.is_more || self.ragged.is_empty() || is_settled;
        self.place_ragged(log);
        let mut lifted = Vec::new();
        for (index, column) in self.columns.iter_mut().enumerate() {
            let had_unit = column.unit.is_some();
            is_even &= column.lift_units(&self.texts);
            if column.unit.is_some() && !had_unit {
                lifted.push(index);
            }
        }
        // The nameless column behind a delimiter at the line's end is empty all the way down.
        if self.columns.len() > 1 {
            let is_hollow = self.columns.last().is_some_and(|column| {
                column.name.starts_with("column ") && column.slots.iter().all(|slot| *slot == Slot::MISSING)
            });
            if is_hollow {
                self.columns.pop();
            }
        }
        let (width, decimal, delimiter) = (self.width as u32, self.decimal, self.delimiter);
        let (table, spread) = super::table(self.columns, self.row_lines, self.texts);
        // Counted among all columns, those made from objects included.
        let is_lifted = |base: usize| {
            let mut bases = (0..table.columns.len() as u32).filter(|at| !spread.contains(at));
            bases.nth(base)
        };
        let lifted = lifted.into_iter().filter_map(is_lifted).collect();
        let format = Format::Csv { delimiter, decimal, width, lifted, spread: spread.into() };
        (table, is_even.then_some(format))
    }

    fn place_ragged(&mut self, log: &mut Log<'_>) {
        let ragged = std::mem::take(&mut self.ragged);
        let Some(first) = ragged.first() else { return };
        let length = first.cells.len();
        // Every row lacks the same number of fields: the header names fields that the
        // program does not write. What the cells look like tells where they are missing.
        let is_systematic = length < self.width
            && !self.is_more
            && ragged.len() == self.row_lines.len()
            && ragged.iter().all(|ragged| ragged.cells.len() == length);
        let gap = if is_systematic { self.find_gap(&ragged[0].cells) } else { length..=length };
        let lacking = self.width.saturating_sub(length);
        for ragged in &ragged {
            let count = ragged.cells.len();
            if count > self.width {
                self.place_long(ragged);
                let message = format!(
                    "{count} fields, the header has {}: which one is too many is not known, so its numbers are kept as text",
                    self.width
                );
                log.loss(ragged.start, message);
                continue;
            }
            let (left, right) = if is_systematic { (*gap.start(), *gap.end()) } else { (count, count) };
            for (index, cell) in ragged.cells.iter().enumerate() {
                let column = match index {
                    _ if index < left => index,
                    _ if index >= right => index + lacking,
                    _ => continue,
                };
                if let Some(column) = self.columns.get_mut(column) {
                    column.slots[ragged.row] = self.texts.cell(cell::parse(cell, self.decimal));
                }
            }
            log.loss(ragged.start, self.short_message(ragged, left, right, lacking));
        }
    }

    fn short_message(&self, ragged: &Ragged<'_>, left: usize, right: usize, lacking: usize) -> String {
        let count = ragged.cells.len();
        if left == count {
            return format!("{count} of {} fields; the last are missing", self.width);
        }
        let name = |index: usize| self.columns.get(index).map_or("", |column| &*column.name);
        let unplaced: Vec<&str> = ragged.cells[left..right].iter().map(|cell| cell.trim()).collect();
        let mut message = format!(
            "{count} of {} fields; by their looks those from `{}` on are shifted",
            self.width,
            name(right + lacking)
        );
        if !unplaced.is_empty() {
            let _ = write!(
                message,
                "; not placed between `{}` and `{}`: {}",
                name(left),
                name(right + lacking - 1),
                unplaced.join(", ")
            );
        }
        message
    }

    /// Between which fields the missing ones may lie: those before its start are placed
    /// from the left, those from its end on from the right.
    fn find_gap(&self, cells: &[Cow<'_, str>]) -> std::ops::RangeInclusive<usize> {
        let lacking = self.width - cells.len();
        let fits = |split: usize| -> i32 {
            let place = |index: usize| if index < split { index } else { index + lacking };
            let looks = |index: usize| looks_like(&self.columns[place(index)].name, cells[index].trim());
            (0..cells.len()).map(looks).sum()
        };
        let scores: Vec<i32> = (0..=cells.len()).map(fits).collect();
        let best = scores.iter().copied().max().unwrap_or(0);
        // Nothing speaks against a row that was simply cut at its end.
        if scores.last() == Some(&best) {
            return cells.len()..=cells.len();
        }
        let first = scores.iter().position(|&score| score == best).unwrap_or(cells.len());
        let last = scores.iter().rposition(|&score| score == best).unwrap_or(cells.len());
        first..=last
    }

    fn place_long(&mut self, ragged: &Ragged<'_>) {
        let rows = self.row_lines.len();
        for (index, cell) in ragged.cells.iter().enumerate() {
            if index >= self.columns.len() {
                let name = shared(&format!("column {}", index + 1));
                self.columns.push(Draft { name, unit: None, slots: vec![Slot::MISSING; rows] });
            }
            let text = cell.trim();
            let value = if cell::is_missing(text) { Slot::MISSING } else { self.texts.slot(text) };
            self.columns[index].slots[ragged.row] = value;
        }
    }
}

/// The field that a line begins with, and its length with its quotes. `None` where a quote
/// stands as none should: the careful way says what is wrong with it.
fn field<'t>(line: &'t str, delimiter: u8, unquoted: &'t mut String) -> Option<(&'t str, usize)> {
    let bytes = line.as_bytes();
    let Some(quoted) = line.strip_prefix('"') else {
        let length = memchr::memchr(delimiter, bytes).unwrap_or(bytes.len());
        let text = &line[..length];
        let has_late_quote = text.starts_with(' ') && text.trim_start_matches(' ').starts_with('"');
        return (!has_late_quote).then_some((text, length));
    };
    unquoted.clear();
    let mut from = 0;
    loop {
        let close = from + memchr::memchr(b'"', &quoted.as_bytes()[from..])?;
        match quoted.as_bytes().get(close + 1) {
            Some(b'"') => {
                // Two of them are one.
                unquoted.push_str(&quoted[from..=close]);
                from = close + 2;
            }
            next if next.is_none_or(|next| *next == delimiter) => {
                if from == 0 {
                    return Some((&quoted[..close], close + 2));
                }
                unquoted.push_str(&quoted[from..close]);
                return Some((unquoted, close + 2));
            }
            _ => return None,
        }
    }
}

/// +1 when a cell looks like what its column's name promises, −1 when it does not.
fn looks_like(name: &str, cell: &str) -> i32 {
    let words = field::words(name);
    let has = |wanted: &[&str]| words.split(' ').any(|word| wanted.contains(&word));
    let is_number = cell::number(cell, Decimal::Point).is_some();
    let is_date = cell.len() >= 8 && cell[..cell.floor_char_boundary(5)].ends_with(['-', '/']);
    let first = words.split(' ').next().unwrap_or_default();
    let is_promised = if words.ends_with(" time") && is_date || has(&["date", "datetime", "timestamp"]) {
        is_date
    } else if is_date {
        false
    } else if has(&[
        "name", "filename", "type", "info", "mode", "devices", "path", "model", "backend", "backends",
    ]) {
        !is_number
    } else if matches!(first, "use" | "no" | "is" | "has" | "enable") {
        matches!(cell, "0" | "1" | "true" | "false")
    } else if matches!(first, "n" | "num") || has(&["count", "size"]) || field::analyse(name).unit.is_some() {
        is_number
    } else {
        return 0;
    };
    if is_promised { 1 } else { -1 }
}
