//! A sheet: headings, labelled lines and small tables laid out as rows of a width. What
//! previews, details and popups are made of.

use crate::text::{
    sanitize::Shown,
    wrap::{self, Role, Row, Run},
};

/// Columns of the labels in front of values.
const LABEL: usize = 11;
/// Widest table cell: one long text must not push the figures off the screen.
const CELL: usize = 28;
/// What a column of text is shortened to before a column goes without a place.
const SHORT_CELL: usize = 10;
/// Columns between table columns.
const GAP: usize = 2;

/// One column of a table.
#[derive(Clone, Debug, Default)]
pub(super) struct SheetColumn {
    pub title: Shown,
    pub cells: Vec<Shown>,
    /// Figures stand at the right and are never shortened.
    pub is_numeric: bool,
}

/// Rows under construction.
#[derive(Debug)]
pub(super) struct Sheet {
    width: u16,
    rows: Vec<Row>,
}

impl Sheet {
    pub fn new(width: u16) -> Self {
        Self { width, rows: Vec::new() }
    }

    /// Columns it has.
    pub fn width(&self) -> u16 {
        self.width
    }

    pub fn into_rows(self) -> Vec<Row> {
        self.rows
    }

    /// A heading, with an empty row before it unless it is the first.
    pub fn heading(&mut self, text: &str) {
        if !self.rows.is_empty() {
            self.rows.push(Row::default());
        }
        self.text(Role::Heading(2), text);
    }

    /// Text of one role.
    pub fn text(&mut self, role: Role, text: &str) {
        self.runs(&[run(text, role)], 0);
    }

    /// A label and what it stands for.
    pub fn pair(&mut self, label: &str, value: &str) {
        self.pair_with(label, LABEL, value, Role::Body);
    }

    /// The same with a label column of `columns` columns.
    pub fn pair_with(&mut self, label: &str, columns: usize, value: &str, role: Role) {
        let label = Shown::new(label).truncated(columns);
        let space = " ".repeat(columns.saturating_sub(label.width()) + 1);
        let runs = [Run { text: label, role: Role::Muted }, run(&space, Role::Body), run(value, role)];
        self.runs(&runs, u16::try_from(columns + 1).unwrap_or(u16::MAX).min(self.width / 2));
    }

    /// Runs, wrapped.
    pub fn runs(&mut self, runs: &[Run], indent: u16) {
        self.rows.extend(wrap::wrap(runs, self.width, indent));
    }

    /// A table. Columns that do not fit are named below it.
    pub fn table(&mut self, columns: &[SheetColumn]) {
        let widths = self.column_widths(columns);
        let shown = &columns[..widths.len()];
        let rows = columns.iter().map(|column| column.cells.len()).max().unwrap_or(0);
        let placed = || shown.iter().zip(widths.iter().map(|&width| width.min(usize::from(self.width))));
        let titles =
            row(placed().map(|(column, width)| (&column.title, width, column.is_numeric)), Role::TableHeader);
        let empty = Shown::default();
        let body = (0..rows).map(|at| {
            let cells = placed()
                .map(|(column, width)| (column.cells.get(at).unwrap_or(&empty), width, column.is_numeric));
            row(cells, Role::Body)
        });
        let rows: Vec<Row> = std::iter::once(titles).chain(body).collect();
        self.rows.extend(rows);
        if let Some(rest) = columns.get(shown.len()..).filter(|rest| !rest.is_empty()) {
            let names: Vec<&str> = rest.iter().map(|column| column.title.as_str()).collect();
            self.text(Role::Muted, &format!("and {} more columns: {}", rest.len(), names.join(", ")));
        }
    }

    /// Widths of the columns that fit. Text gives way to figures: it is shortened where that
    /// makes room for one more column, and no further.
    fn column_widths(&self, columns: &[SheetColumn]) -> Vec<usize> {
        let room = usize::from(self.width) + GAP;
        let whole = |widths: &[usize]| widths.iter().map(|width| width + GAP).sum::<usize>();
        let mut widths: Vec<usize> = columns.iter().map(column_width).collect();
        let least: Vec<usize> = widths
            .iter()
            .zip(columns)
            .map(|(&width, column)| if column.is_numeric { width } else { width.min(SHORT_CELL) })
            .collect();
        // At least one column is shown, cut to the width.
        let fitting = (1..=columns.len()).rev().find(|&count| whole(&least[..count]) <= room).unwrap_or(1);
        widths.truncate(fitting);
        while whole(&widths) > room {
            let texts = widths.iter_mut().zip(columns).filter(|(_, column)| !column.is_numeric);
            match texts.map(|(width, _)| width).max() {
                Some(widest) if *widest > SHORT_CELL => *widest -= 1,
                _ => break,
            }
        }
        widths
    }
}

/// A run of outside text.
pub(super) fn run(text: &str, role: Role) -> Run {
    Run { text: Shown::new(text), role }
}

fn column_width(column: &SheetColumn) -> usize {
    let widest = column.cells.iter().map(Shown::width).max().unwrap_or(0);
    widest.max(column.title.width()).min(CELL)
}

fn row<'a>(cells: impl Iterator<Item = (&'a Shown, usize, bool)>, role: Role) -> Row {
    let mut runs = Vec::new();
    let mut owed = 0;
    for (text, width, is_numeric) in cells {
        let text = text.truncated(width);
        let space = width.saturating_sub(text.width());
        let (before, after) = if is_numeric { (owed + space, 0) } else { (owed, space) };
        if before > 0 {
            runs.push(run(&" ".repeat(before), Role::Body));
        }
        runs.push(Run { text, role });
        owed = after + GAP;
    }
    Row { runs }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn text(rows: &[Row]) -> Vec<String> {
        rows.iter().map(|row| row.runs.iter().map(|run| run.text.as_str()).collect()).collect()
    }

    fn column(title: &str, cells: &[&str], is_numeric: bool) -> SheetColumn {
        let cells = cells.iter().map(|cell| Shown::new(cell)).collect();
        SheetColumn { title: Shown::new(title), cells, is_numeric }
    }

    #[test]
    fn tables_are_aligned_and_name_what_does_not_fit() {
        let columns = [
            column("model", &["gemma3:270m", "llama"], false),
            column("tok/s", &["102.8", "9"], true),
            column("a very wide remark", &["", "日本"], false),
        ];
        let mut sheet = Sheet::new(30);
        sheet.table(&columns);
        assert_eq!(
            text(&sheet.into_rows()),
            ["model        tok/s  a very wi…", "gemma3:270m  102.8  ", "llama            9  日本"]
        );
        let mut sheet = Sheet::new(22);
        sheet.table(&columns);
        assert_eq!(
            text(&sheet.into_rows()),
            [
                "model        tok/s",
                "gemma3:270m  102.8",
                "llama            9",
                "and 1 more columns: a",
                "very wide remark",
            ]
        );
    }

    #[test]
    fn rows_never_exceed_the_width() {
        for width in 1..40 {
            let mut sheet = Sheet::new(width);
            sheet.heading("a heading of some length");
            sheet.pair("configuration", "model=gemma3:270m, num_gpu=60, 日本語テキスト");
            sheet.table(&[column("一二三四五", &["1234567890123456789012345678901234567890"], true)]);
            for row in sheet.into_rows() {
                let columns: usize = row.runs.iter().map(|run| run.text.width()).sum();
                // A wide character does not fit into one column whatever one does.
                assert!(columns <= usize::from(width).max(2), "{width}: {row:?}");
            }
        }
    }
}
