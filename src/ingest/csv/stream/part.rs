//! One part of a large CSV file, block by block.

use std::{borrow::Cow, io};

use super::{
    super::super::{
        cell::{self, Decimal},
        cells::CellRef,
        field,
    },
    ReadAt, RowTest, SelectedColumn, Selection,
    head::Head,
    problem, unit_message,
};

/// Bytes read at once: large enough that a read costs nothing, small enough for the cache.
const BLOCK: usize = 1 << 20;
/// A longer record is no record: most likely a quote that never closes.
const MAX_RECORD: usize = 64 << 20;
/// A quote that stays open for longer is a letter.
const MAX_QUOTED: usize = 1 << 20;
/// Rows that are too short or too long, of each part: more are counted.
const MAX_PROBLEMS: usize = 20;

/// Where to read.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub from: u64,
    /// The record that begins here or behind belongs to the next part.
    pub to: u64,
    pub length: u64,
    /// Line of the first record; unknown where `from` may lie inside a record, which is then
    /// passed over up to the next line end.
    pub line: Option<u32>,
}

/// What to keep.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    pub numbers: bool,
    pub lines: bool,
}

/// What a part holds.
#[derive(Debug, Default)]
pub struct Part {
    /// Byte of the first record, and the one behind the last.
    pub began: u64,
    pub ended: u64,
    /// Line behind the last, counted from 1 where the part's first is known, else from 0.
    pub line: Option<u32>,
    feeds: u32,
    rows: u64,
    /// Rows that are left out.
    failed: u64,
    columns: Vec<Gathered>,
    problems: Vec<(u32, String)>,
    hidden: u64,
}

/// The numbers of a column so far.
#[derive(Debug, Default)]
struct Gathered {
    bare: Figures,
    /// Figures with a unit behind them, in a column whose header gives none.
    united: Figures,
    unit: Option<String>,
    /// Figures with another unit than the others.
    foreign: u64,
    missing: u64,
    others: u64,
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

impl Part {
    /// Takes the next part in.
    pub fn append(&mut self, mut next: Self) {
        // A part that did not know its line counted from 0.
        let before = if next.line.is_some() { 0 } else { self.line.unwrap_or(1) };
        for (own, other) in self.columns.iter_mut().zip(std::mem::take(&mut next.columns)) {
            own.missing += other.missing;
            own.others += other.others;
            own.foreign += other.foreign;
            match (&own.unit, other.unit) {
                (Some(known), Some(unit)) if field::unit_symbol(known) != field::unit_symbol(&unit) => {
                    own.foreign += other.united.count;
                }
                (_, unit) => {
                    own.unit = own.unit.take().or(unit);
                    own.united.append(&other.united, before);
                }
            }
            own.bare.append(&other.bare, before);
        }
        self.problems.extend(next.problems.into_iter().map(|(line, message)| (line + before, message)));
        self.hidden += next.hidden;
        self.rows += next.rows;
        self.failed += next.failed;
        self.ended = next.ended;
        self.line = next.line.or_else(|| self.line.map(|line| line + next.feeds));
    }

    /// The figures of all parts together.
    pub fn finish(self, head: &Head, chosen: &[usize], selection: &mut Selection) {
        selection.rows = self.rows;
        let told = self.problems.into_iter().take(MAX_PROBLEMS);
        selection.problems.extend(told.map(|(line, message)| problem(Some(line.into()), &message)));
        if self.hidden > 0 {
            selection.problems.push(problem(
                None,
                &format!("{} more rows have another number of fields than the header", self.hidden),
            ));
        }
        for (column, &index) in self.columns.into_iter().zip(chosen) {
            let (name, unit) = &head.columns[index];
            // Bare figures beside some with a unit would be of unknown unit.
            let is_united = column.united.count > 0 && column.bare.count == 0 && column.foreign == 0;
            let left_out = column.foreign + if is_united { 0 } else { column.united.count };
            if left_out > 0 {
                selection.problems.push(problem(None, &unit_message(name, left_out)));
            }
            let unit = if is_united { column.unit.map(Into::into) } else { unit.clone() };
            let figures = if is_united { column.united } else { column.bare };
            let has_any = figures.count > 0;
            let mean = ((figures.sum + figures.lost) / figures.count as f64)
                .clamp(figures.min.min(figures.max), figures.max.max(figures.min));
            selection.columns.push(SelectedColumn {
                name: name.clone(),
                unit,
                count: figures.count,
                missing: column.missing,
                others: column.others + left_out,
                failed: self.failed,
                mean: has_any.then_some(mean),
                min: has_any.then_some(figures.min),
                max: has_any.then_some(figures.max),
                numbers: figures.numbers,
                lines: figures.lines,
            });
        }
    }
}

/// Reads the records that begin in a range.
pub fn read_part(
    head: &Head,
    (chosen, tests): (&[usize], &[Option<RowTest>]),
    read_at: ReadAt<'_>,
    range: Range,
    keep: Keep,
) -> io::Result<Part> {
    let mut part = Part { began: range.from, ended: range.from, line: range.line, ..Part::default() };
    part.columns.resize_with(chosen.len(), Gathered::default);
    let mut reader =
        Reader { head, places: places(head, chosen), tests, keep, fields: Vec::new(), room: false };
    let mut buffer =
        Buffer { bytes: vec![0; BLOCK], filled: 0, at: range.from, next: range.from, length: range.length };
    buffer.fill(read_at)?;
    if range.line.is_none() {
        // Records begin behind a line end; the one before may be this part's first byte.
        buffer.step_back(read_at)?;
        loop {
            if let Some(feed) = memchr::memchr(head.feed, buffer.rest()) {
                buffer.take(feed + 1);
                break;
            }
            let all = buffer.rest().len();
            buffer.take(all);
            if buffer.fill(read_at)? == 0 {
                break;
            }
        }
        part.began = buffer.at;
        part.ended = buffer.at;
    }
    let mut line = range.line.unwrap_or(0);
    while buffer.at < range.to {
        let is_last = buffer.next >= buffer.length;
        match reader.record(buffer.rest(), is_last) {
            Some(record) => {
                let length = record.length;
                reader.take(&record, line, buffer.rest(), &mut part, (chosen, range));
                line += record.feeds;
                part.feeds += record.feeds;
                buffer.take(length);
                part.ended = buffer.at;
            }
            None if buffer.rest().is_empty() && is_last => break,
            None => {
                if buffer.rest().len() >= MAX_RECORD {
                    return Err(io::Error::other("a record is longer than 64 MB"));
                }
                buffer.fill(read_at)?;
            }
        }
    }
    part.line = range.line.map(|_| line);
    Ok(part)
}

/// Which column goes where: for each field of a record the wanted columns that it fills.
fn places(head: &Head, chosen: &[usize]) -> Vec<Vec<usize>> {
    let mut places = vec![Vec::new(); head.columns.len()];
    for (nth, &column) in chosen.iter().enumerate() {
        places[column].push(nth);
    }
    places
}

/// A window on the file that moves on.
struct Buffer {
    bytes: Vec<u8>,
    filled: usize,
    /// Position of its first byte in use, and of the next to be read.
    at: u64,
    next: u64,
    length: u64,
}

impl Buffer {
    fn start(&self) -> usize {
        self.filled - (self.next - self.at) as usize
    }
    fn rest(&self) -> &[u8] {
        &self.bytes[self.start()..self.filled]
    }
    fn take(&mut self, count: usize) {
        self.at += count as u64;
    }
    /// Makes the byte before the window its first.
    fn step_back(&mut self, read_at: ReadAt<'_>) -> io::Result<()> {
        self.at -= 1;
        (self.next, self.filled) = (self.at, 0);
        self.fill(read_at).map(|_| ())
    }
    /// Reads on behind what is not used yet; gives how much.
    fn fill(&mut self, read_at: ReadAt<'_>) -> io::Result<usize> {
        let start = self.start();
        self.bytes.copy_within(start..self.filled, 0);
        self.filled -= start;
        if self.filled * 2 > self.bytes.len() {
            self.bytes.resize(self.bytes.len() * 2, 0);
        }
        let wanted = (self.bytes.len() - self.filled).min((self.length - self.next) as usize);
        let mut count = 0;
        while count < wanted {
            match read_at(self.next, &mut self.bytes[self.filled..self.filled + wanted - count])? {
                // Shorter than it was: the file ends here.
                0 => {
                    self.length = self.next;
                    break;
                }
                more => {
                    self.filled += more;
                    self.next += more as u64;
                    count += more;
                }
            }
        }
        Ok(count)
    }
}

/// Where a record ends.
struct Record {
    length: usize,
    feeds: u32,
    /// Fields in all.
    count: usize,
    is_blank: bool,
    is_terminated: bool,
    /// Nothing but empty fields from here on.
    filled: usize,
}

struct Reader<'h> {
    head: &'h Head,
    places: Vec<Vec<usize>>,
    /// By column, where it says something of its rows.
    tests: &'h [Option<RowTest>],
    keep: Keep,
    /// Wanted fields of the record: index, begin, end; was it quoted?
    fields: Vec<(usize, usize, usize, bool)>,
    room: bool,
}

impl Reader<'_> {
    /// Finds the end of the record that begins with these bytes; `None` when it is not there.
    fn record(&mut self, bytes: &[u8], is_last: bool) -> Option<Record> {
        self.fields.clear();
        let (delimiter, feed) = (self.head.delimiter, self.head.feed);
        let mut record =
            Record { length: 0, feeds: 0, count: 0, is_blank: false, is_terminated: true, filled: 0 };
        let mut at = 0;
        if bytes.is_empty() {
            return None;
        }
        loop {
            let start = at;
            let mut is_quoted = false;
            let spaces = bytes[at..].iter().take_while(|&&byte| byte == b' ').count();
            if bytes.get(at + spaces) == Some(&b'"') {
                match close(bytes, at + spaces, is_last) {
                    Close::At(end) => {
                        record.feeds += memchr::memchr_iter(feed, &bytes[at..end]).count() as u32;
                        is_quoted = true;
                        at = end;
                    }
                    Close::Behind if !is_last => return None,
                    // Half written; or never closed: then it is a letter.
                    Close::Behind | Close::Never => {}
                }
            }
            let found = memchr::memchr2(delimiter, feed, &bytes[at..]);
            let end = match found {
                Some(found) => at + found,
                None if is_last => bytes.len(),
                None => return None,
            };
            let is_end = bytes.get(end) != Some(&delimiter);
            // The CR of CR LF is no part of the field.
            let mut stop = end;
            while is_end && stop > start && bytes[stop - 1] == b'\r' {
                stop -= 1;
            }
            let is_told = self.tests.get(record.count).is_some_and(Option::is_some);
            if is_told || self.places.get(record.count).is_some_and(|places| !places.is_empty()) {
                self.fields.push((record.count, start, stop, is_quoted));
            }
            record.count += 1;
            if stop > start {
                record.filled = record.count;
            }
            if is_end {
                record.is_terminated = end < bytes.len();
                record.feeds += u32::from(record.is_terminated);
                record.length = (end + 1).min(bytes.len());
                record.is_blank = record.count == 1 && stop == start;
                return Some(record);
            }
            at = end + 1;
        }
    }

    fn take(
        &mut self,
        record: &Record,
        line: u32,
        bytes: &[u8],
        part: &mut Part,
        (chosen, range): (&[usize], Range),
    ) {
        let width = self.head.columns.len();
        if record.is_blank {
            return;
        }
        let is_short = record.count < width;
        if is_short && !record.is_terminated {
            part.tell(line, "half-written: the last line has too few fields and no line end; it is left out until it is whole".to_owned());
            return;
        }
        part.rows += 1;
        if !self.room {
            self.room = true;
            self.reserve(record.length, part, range);
        }
        let is_long = record.count > width && record.filled > width;
        if is_long || is_short {
            let why = if is_long {
                "which one is too many is not known, so its numbers are left out"
            } else {
                "the last are missing"
            };
            part.tell(line, format!("{} of {width} fields; {why}", record.count));
        }
        if !is_long && self.is_left_out(bytes) {
            part.failed += 1;
            return;
        }
        for column in &mut part.columns {
            // Taken back below for each cell that is there.
            column.missing += 1;
        }
        for &(index, start, end, is_quoted) in &self.fields {
            for &nth in &self.places[index] {
                let unit = self.head.columns[chosen[nth]].1.as_deref();
                let column = &mut part.columns[nth];
                if is_long {
                    column.missing -= 1;
                    column.others += 1;
                } else {
                    column.take(&bytes[start..end], is_quoted, (self.head.decimal, unit, line, self.keep));
                }
            }
        }
    }

    /// Does a cell of the record say that its row is to be left out?
    fn is_left_out(&self, bytes: &[u8]) -> bool {
        self.fields.iter().any(|&(index, start, end, is_quoted)| {
            let Some(Some(test)) = self.tests.get(index) else { return false };
            test(cell::parse(&text_of(&bytes[start..end], is_quoted), self.head.decimal))
        })
    }

    /// Room for all numbers of the part, by the length of its first record.
    fn reserve(&self, length: usize, part: &mut Part, range: Range) {
        if self.keep.numbers {
            let rows = (range.to - range.from) as usize / length.max(1) * 21 / 20;
            for column in &mut part.columns {
                column.bare.numbers.reserve_exact(rows);
            }
        }
    }
}

impl Part {
    fn tell(&mut self, line: u32, message: String) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push((line, message));
        } else {
            self.hidden += 1;
        }
    }
}

impl Gathered {
    /// Takes a cell, for which one was counted as missing.
    fn take(
        &mut self,
        bytes: &[u8],
        is_quoted: bool,
        (decimal, unit, line, keep): (Decimal, Option<&str>, u32, Keep),
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
fn text_of(bytes: &[u8], is_quoted: bool) -> Cow<'_, str> {
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

/// Where a quoted field's closing quote is.
enum Close {
    At(usize),
    /// Not in these bytes.
    Behind,
    Never,
}

/// Looks for the quote that closes the one at `open`; gives the byte behind it.
fn close(bytes: &[u8], open: usize, is_last: bool) -> Close {
    let mut at = open + 1;
    loop {
        let Some(found) = memchr::memchr(b'"', &bytes[at..]) else {
            return if bytes.len() - open > MAX_QUOTED { Close::Never } else { Close::Behind };
        };
        at += found + 1;
        if at - open > MAX_QUOTED {
            return Close::Never;
        }
        match bytes.get(at) {
            Some(b'"') => at += 1,
            None if !is_last => return Close::Behind,
            _ => return Close::At(at),
        }
    }
}
