//! One part of a large CSV file, block by block.

use std::io;

use super::{
    super::super::cell,
    LeftOut, ReadAt, Selection, Told,
    buffer::{Buffer, MAX_RECORD},
    gathered::{Gathered, text_of},
    head::Head,
    problem,
};

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
    /// Rows that failed.
    failed: u64,
    /// Line at which another table begins.
    block: Option<u32>,
    /// Its first record would begin another table if it stood behind a blank line …
    opens: bool,
    /// … and its last record is one.
    ends_blank: bool,
    columns: Vec<Gathered>,
    problems: Vec<(u32, String)>,
    hidden: u64,
}

impl Part {
    /// Takes the next part in.
    pub fn append(&mut self, mut next: Self) {
        // A part that did not know its line counted from 0.
        let before = if next.line.is_some() { 0 } else { self.line.unwrap_or(1) };
        for (own, other) in self.columns.iter_mut().zip(std::mem::take(&mut next.columns)) {
            own.append(other, before);
        }
        self.problems.extend(next.problems.into_iter().map(|(line, message)| (line + before, message)));
        let opens = (self.ends_blank && next.opens).then_some(0);
        self.block = self.block.or(opens.or(next.block).map(|line| line + before));
        self.ends_blank = next.ends_blank;
        self.hidden += next.hidden;
        self.rows += next.rows;
        self.failed += next.failed;
        self.ended = next.ended;
        self.line = next.line.or_else(|| self.line.map(|line| line + next.feeds));
    }

    /// The figures of all parts together.
    pub fn finish(self, head: &Head, chosen: &[usize], selection: &mut Selection) {
        if let Some(line) = self.block {
            let message = "another table begins here: a file of this size is read as one table, so nothing of it is; cut it into a file for each";
            selection.problems.push(problem(Some(line.into()), message));
            return;
        }
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
            let (column, problem) = column.finish(&head.columns[index], self.failed);
            selection.problems.extend(problem);
            selection.columns.push(column);
        }
    }
}

/// Reads the records that begin in a range.
pub fn read_part(
    head: &Head,
    (chosen, tests): (&[usize], &[Option<Told>]),
    read_at: ReadAt<'_>,
    range: Range,
    keep: Keep,
) -> io::Result<Part> {
    let mut part = Part { began: range.from, ended: range.from, line: range.line, ..Part::default() };
    part.columns.resize_with(chosen.len(), Gathered::default);
    let mut reader =
        Reader { head, places: places(head, chosen), tests, keep, fields: Vec::new(), room: false };
    let mut buffer = Buffer::new(range.from, range.length);
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
        part.began = buffer.at();
        part.ended = buffer.at();
    }
    let mut line = range.line.unwrap_or(0);
    // What stands before a part is not known to it.
    let mut is_first = range.line.is_none();
    while buffer.at() < range.to {
        let is_last = buffer.is_last();
        match reader.record(buffer.rest(), is_last) {
            Some(record) => {
                let length = record.length;
                if (is_first || part.ends_blank) && !record.is_blank && buffer.opens_table(head, read_at)? {
                    if is_first {
                        part.opens = true;
                    } else {
                        part.block.get_or_insert(line);
                    }
                }
                is_first = false;
                part.ends_blank = record.is_blank;
                reader.take(&record, line, buffer.rest(), &mut part, (chosen, range));
                line += record.feeds;
                part.feeds += record.feeds;
                buffer.take(length);
                part.ended = buffer.at();
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
    tests: &'h [Option<Told>],
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
        let left_out = if is_long { None } else { self.left_out(bytes) };
        if left_out == Some(LeftOut::Failed) {
            part.failed += 1;
            return;
        }
        let is_warm_up = left_out.is_some();
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
                    let context = (self.head.decimal, unit, line, self.keep, is_warm_up);
                    column.take(&bytes[start..end], is_quoted, context);
                }
            }
        }
    }

    /// What a cell of the record says of its row; a failure before a warm-up.
    fn left_out(&self, bytes: &[u8]) -> Option<LeftOut> {
        let mut found = None;
        for &(index, start, end, is_quoted) in &self.fields {
            let Some(Some((test, why))) = self.tests.get(index) else { continue };
            if found != Some(LeftOut::Failed)
                && test(cell::parse(&text_of(&bytes[start..end], is_quoted), self.head.decimal))
            {
                found = Some(*why);
            }
        }
        found
    }

    /// Room for all numbers of the part, by the length of its first record.
    fn reserve(&self, length: usize, part: &mut Part, range: Range) {
        if self.keep.numbers {
            let rows = (range.to - range.from) as usize / length.max(1) * 21 / 20;
            for column in &mut part.columns {
                column.reserve(rows);
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
