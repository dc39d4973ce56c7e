//! A file as it was read: the tables that the figures come from, and the outline.

use super::grid;
use crate::{
    app::{
        report::evidence::SourceRow,
        sheet::{Sheet, SheetColumn},
    },
    ingest::{
        cells::CellRef,
        file::{Column, Document, Kind, Rank, Table},
    },
    text::{
        sanitize::Shown,
        wrap::{Role, Row},
    },
};

/// Rows shown of a table: a preview is no pager, and `update` must stay short.
const TABLE_ROWS: usize = 60;
/// Columns looked at.
const TABLE_COLUMNS: usize = 40;
/// Tables shown of a file.
const TABLES: usize = 12;
/// Headings shown of a Markdown file.
const HEADINGS: usize = 200;
/// Scalars of the enclosing objects shown above a table.
const CONTEXT: usize = 8;

/// Lays out what was read of a document: its outline and its tables.
pub(super) fn rows(document: &Document, kind: Kind, width: u16) -> Vec<Row> {
    let mut sheet = Sheet::new(width);
    outline(&mut sheet, document);
    for table in document.tables.iter().take(TABLES) {
        show_table(&mut sheet, table, kind);
    }
    more(&mut sheet, document.tables.len(), TABLES, "tables");
    sheet.into_rows()
}

/// The table and row that a source means: the row at its line, in the table that has its field.
pub(super) fn find(document: &Document, source: &SourceRow) -> Option<(usize, usize)> {
    let line = source.line?;
    let row_of = |table: &Table| table.row_lines.iter().position(|own| own == line);
    let has_field = |table: &Table| table.columns.iter().any(|column| *column.name == *source.field);
    let found = || document.tables.iter().enumerate().filter_map(|(at, table)| Some((at, row_of(table)?)));
    let with_field = found().find(|(at, _)| document.tables.get(*at).is_some_and(has_field));
    with_field.or_else(|| found().next())
}

fn outline(sheet: &mut Sheet, document: &Document) {
    if document.outline.is_empty() {
        return;
    }
    sheet.heading("Outline");
    for heading in document.outline.iter().take(HEADINGS) {
        let indent = " ".repeat(usize::from(heading.level.saturating_sub(1)) * 2);
        sheet.pair_with(
            &format!("{:>5}", heading.line),
            5,
            &format!("{indent}{}", heading.text),
            Role::Heading(heading.level.clamp(1, 6)),
        );
    }
    more(sheet, document.outline.len(), HEADINGS, "headings");
}

fn show_table(sheet: &mut Sheet, table: &Table, kind: Kind) {
    sheet.heading(&title(table, kind));
    for (key, value) in table.context.iter().take(CONTEXT) {
        sheet.pair_with(key, 20, grid::text_of(value.see()).as_str(), Role::Body);
    }
    if table.rows() == 1 && kind == Kind::Json {
        for own in table.columns.iter().take(TABLE_COLUMNS) {
            sheet.pair_with(grid::title(own).as_str(), 24, grid::cell(own, 0).as_str(), Role::Body);
        }
    } else {
        let lines = table.row_lines.iter().take(TABLE_ROWS);
        let lines = SheetColumn {
            title: Shown::new("line"),
            cells: lines.map(|line| Shown::new(&line.to_string())).collect(),
            is_numeric: true,
        };
        let columns = table.columns.iter().take(TABLE_COLUMNS).map(column);
        sheet.table(&std::iter::once(lines).chain(columns).collect::<Vec<_>>());
    }
    more(sheet, table.columns.len(), TABLE_COLUMNS, "columns");
    more(sheet, table.rows(), TABLE_ROWS, "rows");
}

fn title(table: &Table, kind: Kind) -> String {
    let rows = match table.rows() {
        1 => "1 row".to_owned(),
        rows => format!("{rows} rows"),
    };
    let stated = if table.rank == Rank::Stated { ", stated in the text" } else { "" };
    match (kind, &*table.pointer) {
        (Kind::Json, "") => format!("{rows}{stated}"),
        (_, "") => format!("Table, {rows}{stated}"),
        (_, pointer) => format!("{pointer}, {rows}{stated}"),
    }
}

fn column(column: &Column) -> SheetColumn {
    let cells = || column.cells.iter().take(TABLE_ROWS);
    SheetColumn {
        title: grid::title(column),
        cells: cells().map(grid::text_of).collect(),
        is_numeric: cells().any(|cell| matches!(cell, CellRef::Number(_)))
            && !cells().any(|cell| matches!(cell, CellRef::Text(_) | CellRef::Bool(_))),
    }
}

fn more(sheet: &mut Sheet, total: usize, shown: usize, what: &str) {
    if total > shown {
        sheet.text(Role::Muted, &format!("… {} more {what}", total - shown));
    }
}
