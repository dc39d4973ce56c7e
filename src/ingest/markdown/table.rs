//! Pipe tables.

use std::sync::Arc;

use super::{
    super::{
        cell::{self, Decimal, Draft, shared},
        cells::{Slot, Texts},
        field,
        file::{Cell, Rank, Table},
        log::{Log, quote},
        places::Pointers,
    },
    plain,
};

/// A table being read.
#[derive(Debug)]
pub struct Builder<'a> {
    columns: Vec<Draft>,
    /// Text, line and byte offset of each row.
    rows: Vec<(&'a str, u32, usize)>,
}

impl<'a> Builder<'a> {
    /// From a header and the delimiter line below it; `None` if they are none.
    pub fn new(header: &str, delimiter: &str) -> Option<Self> {
        if !delimiter.contains('|') || !header.contains('|') {
            return None;
        }
        let marks = split(delimiter);
        let is_delimiter = marks.iter().all(|mark| {
            let dashes = mark.trim_start_matches(':').trim_end_matches(':');
            !dashes.is_empty() && dashes.bytes().all(|byte| byte == b'-')
        });
        if !is_delimiter {
            return None;
        }
        let names = header_cells(header, marks.len())?;
        let mut columns = Vec::with_capacity(names.len());
        for (index, name) in names.iter().enumerate() {
            let name = plain(name);
            let (name, unit) = field::split_unit(&name);
            let name = if name.is_empty() { format!("column {}", index + 1) } else { name.to_owned() };
            let unit = unit.map(shared);
            columns.push(Draft { name: shared(&name), unit, slots: Vec::new() });
        }
        Some(Self { columns, rows: Vec::new() })
    }
    /// The newest row: a delimiter line below it makes it a header.
    pub fn last_row(&self) -> Option<&'a str> {
        self.rows.last().map(|row| row.0)
    }
    /// Takes the newest row back.
    pub fn pop_row(&mut self) {
        self.rows.pop();
    }
    /// Takes a row.
    pub fn row(&mut self, line: &'a str, number: u32, at: usize) {
        self.rows.push((line, number, at));
    }

    /// The finished table.
    pub fn finish(mut self, context: Vec<(Arc<str>, Cell)>, log: &mut Log<'_>) -> Table {
        let width = self.columns.len();
        let mut texts = Texts::default();
        // The `± 0.5` behind a mean, by column.
        let mut spreads = vec![Vec::with_capacity(self.rows.len()); width];
        for &(line, _, at) in &self.rows {
            let cells = split(line);
            if cells.len() < width {
                log.note(at, format!("{} of {width} cells; the last are missing", cells.len()));
            } else if cells.len() > width {
                let rest = quote(&cells[width..].join(" | "));
                log.note(at, format!("{} cells, the header has {width}; left out: {rest}", cells.len()));
            }
            for (index, (column, spread)) in self.columns.iter_mut().zip(&mut spreads).enumerate() {
                let text = cells.get(index).map(|text| plain(text)).unwrap_or_default();
                let (value, deviation) = text.split_once('±').unwrap_or((&text, ""));
                column.slots.push(texts.cell(cell::parse(value, Decimal::Point)));
                spread.push(texts.cell(cell::parse(deviation, Decimal::Point)));
            }
        }
        let mut columns = Vec::with_capacity(width);
        for (mut column, spread) in self.columns.into_iter().zip(spreads) {
            column.lift_units(&texts);
            let has_spread = spread.iter().any(|slot| *slot != Slot::MISSING);
            let deviation = has_spread.then(|| Draft {
                name: shared(&format!("stddev {}", column.name)),
                unit: column.unit.clone(),
                slots: spread,
            });
            columns.push(column);
            columns.extend(deviation);
        }
        let texts = texts.finish();
        Table {
            pointer: Arc::from(""),
            row_pointers: Pointers::default(),
            row_lines: self.rows.iter().map(|row| row.1).collect(),
            columns: columns.into_iter().map(|column: Draft| column.finish(&texts)).collect(),
            context,
            rank: Rank::Stated,
        }
    }
}

/// The header's names: the whole line, or what stands behind other text in it from its
/// first `|` on (a table glued to the paragraph above).
fn header_cells(header: &str, width: usize) -> Option<Vec<&str>> {
    let whole = split(header);
    if whole.len() == width {
        return Some(whole);
    }
    let glued = split(&header[header.find('|')?..]);
    (glued.len() == width).then_some(glued)
}

/// Cells between pipes; `\|` and pipes in code spans do not part.
fn split(line: &str) -> Vec<&str> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut cells = Vec::new();
    let (mut start, mut is_code, mut is_escaped) = (0, false, false);
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if line.as_bytes().get(at + 1) == Some(&b'|') => is_escaped = true,
            b'`' => is_code = !is_code,
            b'|' if !is_code || !line[at..].contains('`') => {
                cells.push(line[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    if !line[start..].trim().is_empty() {
        cells.push(line[start..].trim());
    }
    cells
}
