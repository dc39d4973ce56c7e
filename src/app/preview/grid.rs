//! A table to look at: columns that stand still while rows are scrolled, their titles, and
//! what each holds.

use std::collections::BTreeSet;

use crate::{
    app::sheet::run,
    ingest::{
        cells::CellRef,
        file::{Column, Table},
    },
    metrics::{format, stats::Stats},
    text::{
        sanitize::Shown,
        wrap::{Role, Row},
    },
};

/// Characters looked at of one cell: a megabyte in a cell must cost no more than a word.
const CELL_CHARS: usize = 80;
/// Widest column where there is not room for all: one long text must not push the figures off.
const CELL: usize = 28;
/// Columns between columns.
const GAP: usize = 2;
/// Rows whose cells are measured for the widths: more would not move them by much.
const MEASURED: usize = 20_000;
/// Values told apart in a column of text; more are `many`.
const DISTINCT: usize = 1000;
/// In front of the rows that sum a column up.
const SUMMARY: [&str; 4] = ["n", "min", "median", "max"];
/// Columns for the line numbers, at least: the summary's words stand there too.
const GUTTER: usize = 6;

/// What is known of a column before a row of it is seen.
#[derive(Debug)]
pub(super) struct GridColumn {
    title: Shown,
    width: usize,
    is_numeric: bool,
    missing: usize,
    stats: Stats,
    /// Different values of a column that holds texts; `None`: more than are counted.
    distinct: Option<usize>,
}

/// What is known of a table's columns.
#[derive(Debug)]
pub(super) struct Grid {
    columns: Vec<GridColumn>,
    gutter: usize,
    /// Columns of the screen that all of it takes.
    whole: usize,
}

/// Where one is in a grid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The column of the cursor.
    pub column: usize,
    /// The first column seen behind the one that stands still.
    pub first: usize,
}

impl Grid {
    /// Measures a table.
    pub fn of(table: &Table) -> Self {
        let last = table.row_lines.iter().last().unwrap_or(1).max(1);
        let columns: Vec<GridColumn> = table.columns.iter().map(GridColumn::of).collect();
        let gutter = GUTTER.max(last.ilog10() as usize + 1);
        let whole = gutter + columns.iter().map(|column| column.width + GAP).sum::<usize>();
        Self { columns, gutter, whole }
    }

    /// Number of columns.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    /// The place with another column under the cursor, which is in sight.
    pub fn went(&self, place: Place, by: isize, width: u16) -> Place {
        let column = place.column.saturating_add_signed(by).min(self.len().saturating_sub(1));
        self.in_sight(Place { column, ..place }, width)
    }

    /// The place with its column in sight, as far to the left as it was.
    pub fn in_sight(&self, place: Place, width: u16) -> Place {
        let column = place.column.min(self.len().saturating_sub(1));
        let mut first = place.first.max(1);
        if column > 0 {
            first = first.min(column);
            while first < column && !self.seen(first, width).contains(&column) {
                first += 1;
            }
        }
        Place { column, first }
    }

    /// The titles; with room for it, what each column holds below them.
    pub fn head(&self, place: Place, width: u16, with_summary: bool) -> Vec<Row> {
        let mut rows = vec![self.row(("line", Role::Muted), place, width, |index, column| {
            let is_here = index == place.column;
            (column.title.clone(), if is_here { Role::Heading(2) } else { Role::TableHeader })
        })];
        if with_summary {
            rows.extend(SUMMARY.iter().enumerate().map(|(at, label)| {
                self.row((label, Role::Muted), place, width, |_, column| (column.summary(at), Role::Muted))
            }));
        }
        rows
    }

    /// One row of the table; `here` where the cursor is on it.
    pub fn line(&self, table: &Table, row: usize, place: Place, width: u16, is_here: bool) -> Row {
        let number = table.row_lines.get(row).to_string();
        let gutter = (number.as_str(), if is_here { Role::Strong } else { Role::Muted });
        self.row(gutter, place, width, |index, _| {
            let text = table.columns.get(index).map_or_else(Shown::default, |own| cell(own, row));
            (text, if is_here && index == place.column { Role::Selected } else { Role::Body })
        })
    }

    /// What is under the cursor, in full, and what its column holds.
    pub fn reading(&self, table: &Table, row: usize, place: Place) -> Vec<Vec<(String, Role)>> {
        let (Some(column), Some(own)) = (self.columns.get(place.column), table.columns.get(place.column))
        else {
            return Vec::new();
        };
        let title = (column.title.as_str().to_owned(), Role::Strong);
        let value = (format!(" = {}", cell(own, row)), Role::Body);
        let at = (format!("  column {} of {}", place.column + 1, self.len()), Role::Muted);
        vec![vec![title, value, at], vec![(column.told(table.rows()), Role::Muted)]]
    }

    /// Columns seen from `first` on.
    fn seen(&self, first: usize, width: u16) -> std::ops::Range<usize> {
        let mut room = usize::from(width).saturating_sub(self.gutter + GAP + self.width_of(0, width));
        let mut end = first;
        while end < self.len() {
            let wanted = self.width_of(end, width) + GAP;
            if wanted > room {
                break;
            }
            room -= wanted;
            end += 1;
        }
        first..end.max((first + 1).min(self.len()))
    }

    fn width_of(&self, column: usize, width: u16) -> usize {
        let widest = if self.whole <= usize::from(width) { usize::MAX } else { CELL };
        self.columns.get(column).map_or(0, |column| column.width.min(widest))
    }

    /// Cells side by side, the first column always among them.
    fn row<'a>(
        &'a self,
        (label, role): (&str, Role),
        place: Place,
        width: u16,
        cell: impl Fn(usize, &'a GridColumn) -> (Shown, Role),
    ) -> Row {
        let gutter = self.gutter;
        let mut runs = vec![run(&format!("{label:>gutter$}"), role)];
        let mut left = usize::from(width).saturating_sub(gutter);
        let indices = std::iter::once(0).chain(self.seen(place.first.max(1), width));
        for (index, column) in indices.filter_map(|index| Some((index, self.columns.get(index)?))) {
            let room = self.width_of(index, width).min(left.saturating_sub(GAP));
            let (text, role) = cell(index, column);
            let text = text.truncated(room);
            let space = room.saturating_sub(text.width());
            let (before, after) = if column.is_numeric { (space, 0) } else { (0, space) };
            runs.push(run(&" ".repeat(before + GAP), Role::Body));
            runs.push(run(text.as_str(), role));
            runs.push(run(&" ".repeat(after), Role::Body));
            left = left.saturating_sub(room + GAP);
        }
        runs.retain(|run| !run.text.is_empty());
        Row { runs }
    }
}

impl GridColumn {
    fn of(column: &Column) -> Self {
        let title = title(column);
        let cells = || column.cells.iter();
        let widest = cells().take(MEASURED).map(|cell| text_of(cell).width()).max().unwrap_or(0);
        let is_numeric = column.cells.has_number()
            && !cells().any(|cell| matches!(cell, CellRef::Text(_) | CellRef::Bool(_)));
        let mut values = BTreeSet::new();
        let mut is_counted = true;
        for cell in cells().filter(|cell| !is_numeric && !matches!(cell, CellRef::Missing)) {
            values.insert(text_of(cell));
            if values.len() > DISTINCT {
                is_counted = false;
                break;
            }
        }
        let numbers: Vec<f64> = if is_numeric { column.cells.numbers().collect() } else { Vec::new() };
        let distinct = values.len();
        let summary = format!("{distinct} values").len();
        let mut measured = Self {
            width: widest.max(title.width()).max(if is_numeric { 0 } else { summary }),
            title,
            is_numeric,
            missing: cells().filter(|cell| matches!(cell, CellRef::Missing)).count(),
            stats: Stats::of(&numbers),
            distinct: is_counted.then_some(distinct),
        };
        let summaries = (0..SUMMARY.len()).map(|at| measured.summary(at).width());
        measured.width = measured.width.max(summaries.max().unwrap_or(0));
        measured
    }

    /// What stands in row `at` of the summary.
    fn summary(&self, at: usize) -> Shown {
        let number = |value: Option<f64>| {
            value.map_or_else(Shown::default, |value| Shown::new(&format::number(value)))
        };
        match (at, self.is_numeric) {
            (0, true) => Shown::new(&self.stats.n.to_string()),
            (1, true) => number(self.stats.min),
            (2, true) => number(self.stats.median),
            (3, true) => number(self.stats.max),
            (0, false) => Shown::new(&self.values()),
            _ => Shown::default(),
        }
    }

    fn values(&self) -> String {
        match self.distinct {
            Some(1) => "1 value".to_owned(),
            Some(distinct) => format!("{distinct} values"),
            None => "many values".to_owned(),
        }
    }

    /// The summary in a sentence.
    fn told(&self, rows: usize) -> String {
        let missing = if self.missing > 0 { format!(", {} empty", self.missing) } else { String::new() };
        let Stats { n, min: Some(min), median: Some(median), max: Some(max), .. } = self.stats else {
            return format!("n {}, {} different{missing}", rows - self.missing, self.values());
        };
        format!(
            "n {n}, min {}, median {}, max {}{missing}",
            format::number(min),
            format::number(median),
            format::number(max)
        )
    }
}

/// A column's title with its unit.
pub(super) fn title(column: &Column) -> Shown {
    let name: String = column.name.chars().take(CELL_CHARS).collect();
    match &column.unit {
        Some(unit) => Shown::new(&format!("{name} ({unit})")),
        None => Shown::new(&name),
    }
}

/// A cell as it is shown.
pub(super) fn cell(column: &Column, row: usize) -> Shown {
    text_of(column.cells.get(row))
}

/// The same of a cell in hand.
pub(super) fn text_of(cell: CellRef<'_>) -> Shown {
    match cell {
        CellRef::Missing => Shown::new("–"),
        CellRef::Number(number) => Shown::new(&number.to_string()),
        CellRef::Bool(is_true) => Shown::new(if is_true { "true" } else { "false" }),
        CellRef::Text(text) => Shown::new(&text.chars().take(CELL_CHARS).collect::<String>()),
    }
}
