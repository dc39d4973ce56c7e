//! Splits CSV text into records with their places.

use std::borrow::Cow;

use super::super::log::Log;

/// After so many quotes that never close, quotes are letters: each costs a look to the end.
const MAX_OPEN_QUOTES: u32 = 8;
/// Room for so many fields at the start; most records have fewer.
const ROOM: usize = 16;

/// One record.
#[derive(Debug)]
pub struct Record<'a> {
    /// Its fields, quotes taken off.
    pub cells: Vec<Cow<'a, str>>,
    /// Byte offset of its first character.
    pub start: usize,
    /// Byte offset behind its line end.
    pub end: usize,
    /// Line of its first character, counted from 1.
    pub line: u32,
    /// A line end closes it.
    pub is_terminated: bool,
}

/// Reads record by record.
#[derive(Debug)]
pub struct Records<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    delimiter: u8,
    open_quotes: u32,
    /// Lines are counted by LF wherever there is one.
    has_feeds: bool,
    /// Room of a record that is done with.
    spare: Vec<Cow<'a, str>>,
    /// Where an unfinished last record starts.
    pub half_written: Option<usize>,
}

/// How a field ended.
enum End {
    Field,
    Record,
    File,
}

impl<'a> Records<'a> {
    /// From a byte offset on.
    pub fn new(text: &'a str, start: usize, delimiter: u8) -> Self {
        let line = 1 + memchr::memchr_iter(b'\n', &text.as_bytes()[..start]).count() as u32;
        let has_feeds = memchr::memchr(b'\n', text.as_bytes()).is_some();
        Self {
            text,
            at: start,
            line,
            delimiter,
            open_quotes: 0,
            has_feeds,
            spare: Vec::with_capacity(ROOM),
            half_written: None,
        }
    }

    /// The records behind a line end of a file, from a line on.
    pub fn more(text: &'a str, delimiter: u8, line: u32) -> Self {
        Self {
            text,
            at: 0,
            line,
            delimiter,
            open_quotes: 0,
            has_feeds: true,
            spare: Vec::new(),
            half_written: None,
        }
    }

    /// The line that comes next, counted from 1.
    pub fn line(&self) -> u32 {
        self.line
    }

    /// Quotes that never closed and were taken as letters.
    pub fn open_quotes(&self) -> u32 {
        self.open_quotes
    }

    /// The next record that is not blank.
    pub fn next(&mut self, log: &mut Log<'_>) -> Option<Record<'a>> {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b'\n' => self.line += 1,
                // A lone CR is a line end of old systems; the CR of CRLF is not counted.
                b'\r' if bytes.get(self.at + 1) != Some(&b'\n') && !self.has_feeds => self.line += 1,
                b'\r' => {}
                _ => return self.record(log),
            }
            self.at += 1;
        }
        None
    }

    /// The next record where it is a line that a line end closes, with no quote left open.
    /// Nothing is consumed: [`Records::skip_line`] does that.
    pub fn plain_line(&self) -> Option<&'a str> {
        let rest = &self.text.as_bytes()[self.at..];
        let feed = memchr::memchr(b'\n', rest)?;
        let line = self.text.get(self.at..self.at + feed)?;
        let line = line.strip_suffix('\r').unwrap_or(line);
        let quotes = memchr::memchr_iter(b'"', line.as_bytes()).count();
        let is_closed = quotes == 0 || (quotes.is_multiple_of(2) && self.open_quotes == 0);
        let is_plain = !line.is_empty() && is_closed && memchr::memchr(b'\r', line.as_bytes()).is_none();
        is_plain.then_some(line)
    }

    /// Moves on behind the next line end.
    pub fn skip_line(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += memchr::memchr(b'\n', rest).map_or(rest.len(), |feed| feed + 1);
        self.line += 1;
    }

    /// The byte that comes next.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Line ends that are left: hardly fewer than records.
    pub fn lines_left(&self) -> usize {
        memchr::memchr_iter(b'\n', &self.text.as_bytes()[self.at..]).count()
    }

    /// Cells of the next record, without moving on; for a look ahead only.
    pub fn peek_cells(&self) -> Vec<Cow<'a, str>> {
        let mut ahead = Records { half_written: None, spare: Vec::new(), ..*self };
        let mut silent = Log::new("");
        ahead.next(&mut silent).map(|record| record.cells).unwrap_or_default()
    }

    /// Takes the room of a record back.
    pub fn recycle(&mut self, record: Record<'a>) {
        self.spare = record.cells;
    }

    fn record(&mut self, log: &mut Log<'_>) -> Option<Record<'a>> {
        let (start, line) = (self.at, self.line);
        let mut cells = std::mem::take(&mut self.spare);
        cells.clear();
        loop {
            let is_quoted = match self.text.as_bytes().get(self.at) {
                Some(b'"') => true,
                Some(b' ') => self.text.as_bytes().get(self.at + self.spaces()) == Some(&b'"'),
                _ => false,
            };
            let field = if is_quoted && self.open_quotes < MAX_OPEN_QUOTES { self.quoted(log) } else { None };
            let Some((cell, end)) = field.or_else(|| (self.half_written.is_none()).then(|| self.plain()))
            else {
                self.at = self.text.len();
                return None;
            };
            cells.push(cell);
            match end {
                End::Field => {}
                End::Record => return Some(Record { cells, start, end: self.at, line, is_terminated: true }),
                End::File => return Some(Record { cells, start, end: self.at, line, is_terminated: false }),
            }
        }
    }

    /// Spaces before a quote (`a, "b"`).
    fn spaces(&self) -> usize {
        self.text.as_bytes()[self.at..].iter().take_while(|&&byte| byte == b' ').count()
    }

    fn plain(&mut self) -> (Cow<'a, str>, End) {
        let bytes = &self.text.as_bytes()[self.at..];
        let length = memchr::memchr3(self.delimiter, b'\n', b'\r', bytes).unwrap_or(bytes.len());
        let cell = &self.text[self.at..self.at + length];
        self.at += length;
        (Cow::Borrowed(cell), self.end_field())
    }

    /// Steps over what ended a field.
    fn end_field(&mut self) -> End {
        let bytes = self.text.as_bytes();
        match bytes.get(self.at) {
            None => End::File,
            Some(&byte) if byte == self.delimiter => {
                self.at += 1;
                End::Field
            }
            Some(&byte) => {
                self.at += 1;
                // CR LF, and the CR CR LF that a careless conversion leaves.
                if byte == b'\r' {
                    let rest = &bytes[self.at..];
                    self.at +=
                        if rest.starts_with(b"\n") { 1 } else { 2 * usize::from(rest.starts_with(b"\r\n")) };
                }
                self.line += 1;
                End::Record
            }
        }
    }

    /// A quoted field; `None` when its quote never closes (then nothing was consumed).
    fn quoted(&mut self, log: &mut Log<'_>) -> Option<(Cow<'a, str>, End)> {
        let open = self.at + self.spaces();
        let bytes = self.text.as_bytes();
        let mut at = open + 1;
        let mut has_escape = false;
        let close = loop {
            let Some(found) = memchr::memchr(b'"', &bytes[at..]) else {
                return self.unclosed(open, log);
            };
            at += found;
            if bytes.get(at + 1) == Some(&b'"') {
                has_escape = true;
                at += 2;
                continue;
            }
            break at;
        };
        let inner = &self.text[open + 1..close];
        let feeds = memchr::memchr_iter(b'\n', inner.as_bytes()).count() as u32;
        self.line += feeds;
        let mut cell =
            if has_escape { Cow::Owned(inner.replace("\"\"", "\"")) } else { Cow::Borrowed(inner) };
        self.at = close + 1;
        let rest = memchr::memchr3(self.delimiter, b'\n', b'\r', &bytes[self.at..])
            .map_or(bytes.len(), |n| self.at + n);
        let tail = &self.text[self.at..rest];
        if !tail.trim().is_empty() {
            log.loss(self.at, format!("text after a closing quote; the quote opened {feeds} lines above"));
            cell.to_mut().push_str(tail);
        }
        self.at = rest;
        Some((cell, self.end_field()))
    }

    fn unclosed(&mut self, open: usize, log: &mut Log<'_>) -> Option<(Cow<'a, str>, End)> {
        if memchr::memchr2(b'\n', b'\r', &self.text.as_bytes()[open..]).is_none() {
            self.half_written = Some(open);
            return None;
        }
        self.open_quotes += 1;
        log.loss(open, "the quote is never closed; it is taken as a letter");
        None
    }
}
