//! The rows of one block while they are made, with the bars of quotes and the bullets
//! of lists before them and the blank rows between.

use crate::text::{
    sanitize::Shown,
    wrap::{Role, Row, Run, wrap},
};

/// Columns that quotes and lists leave for text; what is nested deeper is not indented more.
const NARROWEST_TEXT: usize = 16;
/// Quotes and lists that indent; deeper ones are an attack or an accident.
const MOST_LEVELS: usize = 12;
const QUOTE_BAR: &str = "│ ";
const QUOTE_COLUMNS: usize = 2;

/// What holds other blocks.
pub(super) enum Holder {
    Quote,
    /// A list item or a footnote. Its bullet stands before its first row only.
    Item {
        bullet: Shown,
        is_used: bool,
    },
}

impl Holder {
    pub(super) fn item(bullet: &str) -> Self {
        Self::Item { bullet: Shown::new(bullet), is_used: false }
    }
}

pub(super) struct Page {
    width: usize,
    rows: Vec<Row>,
    holders: Vec<Holder>,
    /// A blank row comes before the next one, inside so many holders.
    gap: Option<usize>,
}

impl Page {
    pub(super) fn new(width: u16) -> Self {
        Self { width: usize::from(width), rows: Vec::new(), holders: Vec::new(), gap: None }
    }

    pub(super) fn into_rows(self) -> Vec<Row> {
        self.rows
    }

    /// Columns that the holders leave for text.
    pub(super) fn room(&self) -> u16 {
        let used: usize = self.prefixes().iter().map(|(_, columns)| columns).sum();
        u16::try_from(self.width - used).unwrap_or(u16::MAX)
    }

    pub(super) fn is_in_quote(&self) -> bool {
        self.holders.iter().any(|holder| matches!(holder, Holder::Quote))
    }

    /// A list item holds what comes, and it holds something already.
    pub(super) fn is_behind_block_of_item(&self) -> bool {
        matches!(self.holders.last(), Some(Holder::Item { is_used: true, .. }))
    }

    pub(super) fn enter(&mut self, holder: Holder) {
        self.holders.push(holder);
    }

    /// Ends the innermost holder. An item that held nothing still shows its bullet.
    pub(super) fn leave(&mut self) {
        if matches!(self.holders.last(), Some(Holder::Item { is_used: false, .. })) {
            self.put(vec![Row::default()]);
        }
        self.holders.pop();
    }

    /// Whether a blank row comes before the next one.
    pub(super) fn part(&mut self, is_apart: bool) {
        self.gap = is_apart.then_some(self.holders.len());
    }

    /// Wraps lines of runs and puts them below the others.
    pub(super) fn put_lines(&mut self, lines: &[Vec<Run>]) {
        let room = self.room();
        self.put(lines.iter().flat_map(|line| wrap(line, room, 0)).collect());
    }

    /// Puts rows below the others.
    pub(super) fn put(&mut self, rows: Vec<Row>) {
        if rows.is_empty() {
            return;
        }
        let prefixes = self.prefixes();
        if let Some(depth) = self.gap.take()
            && !self.rows.is_empty()
        {
            self.put_blank(&prefixes, depth);
        }
        for row in rows {
            let mut held = Row::default();
            for (index, columns) in &prefixes {
                match &mut self.holders[*index] {
                    Holder::Item { bullet, is_used } if !*is_used => {
                        *is_used = true;
                        held.push(bullet.clone(), Role::Bullet);
                    }
                    holder => push_prefix(&mut held, holder, *columns),
                }
            }
            for run in row.runs {
                held.push(run.text, run.role);
            }
            self.rows.push(held);
        }
        // Those that do not indent have had their row too.
        for holder in self.holders.iter_mut().rev() {
            match holder {
                Holder::Item { is_used: true, .. } => break,
                Holder::Item { is_used, .. } => *is_used = true,
                Holder::Quote => {}
            }
        }
    }

    /// A blank row shows the bars of the quotes it is in.
    fn put_blank(&mut self, prefixes: &[(usize, usize)], depth: usize) {
        let last_quote = self.holders.iter().take(depth).rposition(|holder| matches!(holder, Holder::Quote));
        let mut blank = Row::default();
        for (index, columns) in
            prefixes.iter().filter(|(index, _)| last_quote.is_some_and(|last| *index <= last))
        {
            push_prefix(&mut blank, &self.holders[*index], *columns);
        }
        self.rows.push(blank);
    }

    /// Place and columns of the holders that indent.
    fn prefixes(&self) -> Vec<(usize, usize)> {
        let mut left = self.width.saturating_sub(NARROWEST_TEXT.min(self.width / 2));
        let mut prefixes = Vec::new();
        for (index, holder) in self.holders.iter().take(MOST_LEVELS).enumerate() {
            let columns = match holder {
                Holder::Quote => QUOTE_COLUMNS,
                Holder::Item { bullet, .. } => bullet.width(),
            };
            if columns <= left {
                left -= columns;
                prefixes.push((index, columns));
            }
        }
        prefixes
    }
}

fn push_prefix(row: &mut Row, holder: &Holder, columns: usize) {
    match holder {
        Holder::Quote => row.push(Shown::new(QUOTE_BAR), Role::Quote),
        Holder::Item { .. } => row.push(Shown::spaces(columns), Role::Body),
    }
}
