//! The beginning of a large CSV file: dialect, header, units.

use std::io;

use super::{
    super::{
        super::{
            cell::{self, Decimal},
            file::Problem,
            log::Log,
        },
        blocks, dialect, no_table,
        records::{Record, Records},
        table,
    },
    ReadAt, RowTests, Told, problem,
};

/// The header must be in so many first bytes.
const HEAD_BYTES: usize = 1 << 20;

/// Rows that are looked at to know what a column holds.
const PROBED_ROWS: usize = 1000;

/// What the first lines say.
#[derive(Debug)]
pub struct Head {
    pub delimiter: u8,
    pub decimal: Decimal,
    /// Name and unit of each column.
    pub columns: Vec<table::Named>,
    /// Columns with a fraction in one of the first rows.
    has_fractions: Vec<bool>,
    /// Byte of the first record, and its line.
    pub data_start: u64,
    pub line: u32,
    /// What ends a line.
    pub feed: u8,
    /// The header as written.
    pub written: String,
}

impl Head {
    /// Reads it; `None` (with a problem) when there is none.
    pub fn read(
        path: &str,
        length: u64,
        read_at: ReadAt<'_>,
        problems: &mut Vec<Problem>,
    ) -> io::Result<Option<Self>> {
        let mut bytes = vec![0; HEAD_BYTES.min(length as usize)];
        let mut filled = 0;
        while filled < bytes.len() {
            match read_at(filled as u64, &mut bytes[filled..])? {
                0 => break,
                more => filled += more,
            }
        }
        bytes.truncate(filled);
        let skipped = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let body = &bytes[skipped..];
        if bytes.starts_with(b"\xFF\xFE")
            || bytes.starts_with(b"\xFE\xFF")
            || memchr::memchr(0, body).is_some()
        {
            problems.push(problem(Some(1), "a file of this size is read as UTF-8 alone; this one is not"));
            return Ok(None);
        }
        let feed = if memchr::memchr(b'\n', body).is_some() { b'\n' } else { b'\r' };
        // Whole lines, unless there is but one.
        let end = if (filled as u64) < length {
            memchr::memrchr(feed, body).map_or(body.len(), |at| at + 1)
        } else {
            body.len()
        };
        // Wrong bytes become one byte each, so that places stay what they are.
        let text = match std::str::from_utf8(&body[..end]) {
            Ok(text) => text.to_owned(),
            Err(_) => {
                body[..end].iter().map(|&byte| if byte.is_ascii() { byte as char } else { '?' }).collect()
            }
        };
        let mut log = Log::new(&text);
        let found = Self::of(path, &text, skipped, feed, &mut log);
        problems.extend(log.finish().0);
        if found.is_none() && problems.is_empty() {
            problems.push(problem(None, "no header"));
        }
        Ok(found)
    }

    fn of(path: &str, text: &str, skipped: usize, feed: u8, log: &mut Log<'_>) -> Option<Self> {
        let (start, delimiter) = dialect(path, text, log);
        let mut records = Records::new(text, start, delimiter);
        let mut header = records.next(log)?;
        let (mut end, mut line) = (header.end, records.line());
        let mut first = records.next(&mut Log::new(""));
        if blocks::is_headless(&header, first.as_ref()) {
            log.note(header.start, "no header: the first line has numbers; columns are named by their place");
            let names = (1..=header.cells.len()).map(|number| format!("column {number}").into()).collect();
            (end, line) = (header.start, header.line);
            (header, first) = (Record { cells: names, ..header }, None);
        }
        if let Some(reason) = no_table(&header, first.as_ref()) {
            log.loss(header.start, format!("no table: {reason}"));
            return None;
        }
        let mut builder = table::Builder::new(&header, delimiter, log);
        if let Some(record) = &first
            && builder.is_units_row(record, &records.peek_cells())
        {
            builder.take_units(record);
            (end, line) = (record.end, records.line());
        }
        let (decimal, columns) = builder.header();
        let mut has_fractions = vec![false; columns.len()];
        let mut rows = Records::new(text, end, delimiter);
        for _ in 0..PROBED_ROWS {
            let Some(row) = rows.next(&mut Log::new("")) else { break };
            for (is_found, text) in has_fractions.iter_mut().zip(&row.cells) {
                let number = cell::number(text.trim(), decimal);
                *is_found |= number.is_some_and(|number| number.fract() != 0.0);
            }
        }
        let data_start = (end + skipped) as u64;
        let written = text[header.start..header.end].trim_end().to_owned();
        Some(Self { delimiter, decimal, columns, has_fractions, data_start, line, feed, written })
    }

    /// Which columns say that their rows are to be left out.
    pub fn tests(&self, left_out: Option<RowTests>) -> Vec<Option<Told>> {
        let columns = self.columns.iter().zip(&self.has_fractions);
        columns
            .map(|((name, unit), has_fractions)| left_out?(name, unit.is_some() || *has_fractions))
            .collect()
    }

    /// Indices of the wanted columns; all of them when none is named.
    pub fn choose(&self, fields: &[&str], unknown: &mut Vec<String>) -> Vec<usize> {
        if fields.is_empty() {
            return (0..self.columns.len()).collect();
        }
        let find = |field: &str| {
            let exact = self.columns.iter().position(|(name, _)| **name == *field);
            exact.or_else(|| self.columns.iter().position(|(name, _)| name.eq_ignore_ascii_case(field)))
        };
        let mut chosen = Vec::with_capacity(fields.len());
        for field in fields {
            match find(field) {
                Some(column) => chosen.push(column),
                None => unknown.push((*field).to_owned()),
            }
        }
        chosen
    }
}
