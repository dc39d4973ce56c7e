//! The preview of a file: what was read from it, laid out for a width. Problems on top.

use super::sheet::{Sheet, SheetColumn, run};
use crate::{
    ingest::inventory::ReportFile,
    ingest::{
        cells::CellRef,
        file::{Column, Document, Kind, Problem, Rank, Status, Table},
    },
    metrics::format,
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
/// Problems shown of a file; all of them are in the problems popup.
const PROBLEMS: usize = 8;
/// Headings shown of a Markdown file.
const HEADINGS: usize = 200;
/// Scalars of the enclosing objects shown above a table.
const CONTEXT: usize = 8;
/// Characters looked at of one cell: a megabyte in a cell must cost no more than a word.
const CELL_CHARS: usize = 80;

/// Lays a file's preview out: what is kept of it, and its tables when they are read.
pub(super) fn of(file: &ReportFile, document: Option<&Document>, metrics: &[String], width: u16) -> Vec<Row> {
    let mut sheet = Sheet::new(width);
    let document = document.unwrap_or(&file.document);
    facts(&mut sheet, file, metrics);
    problems(&mut sheet, &file.document.problems, document.problems.len());
    outline(&mut sheet, document);
    for table in document.tables.iter().take(TABLES) {
        show_table(&mut sheet, table, file.kind);
    }
    more(&mut sheet, document.tables.len(), TABLES, "tables");
    sheet.into_rows()
}

/// `line 3, column 7: the quote is never closed`
pub(super) fn problem_text(problem: &Problem) -> String {
    match (problem.line, problem.column) {
        (Some(line), Some(column)) => format!("line {line}, column {column}: {}", problem.message),
        (Some(line), None) => format!("line {line}: {}", problem.message),
        (None, _) => problem.message.to_string(),
    }
}

fn facts(sheet: &mut Sheet, file: &ReportFile, metrics: &[String]) {
    // The frame's title has room for the end of it only.
    sheet.text(Role::Heading(2), &file.path);
    let kind = match file.kind {
        Kind::Csv => "CSV",
        Kind::Json => "JSON",
        Kind::Markdown => "Markdown",
        Kind::Text => "text",
    };
    sheet.pair("kind", &format!("{kind}, {}", format::bytes(file.stamp.length)));
    sheet.pair("modified", &format::utc(file.stamp.modified_ns));
    let status = match file.status {
        Status::Ok => "read whole",
        Status::Partial => "read in part",
        Status::Error => "could not be read",
        Status::Skipped => "skipped",
    };
    let rows = file.document.rows();
    let read = if rows > 0 { format!("{status}, {rows} rows") } else { status.to_owned() };
    sheet.pair("status", &read);
    if file.generated {
        sheet.pair("origin", "written by Chimera Insight: listed, never evidence");
    }
    if !metrics.is_empty() {
        sheet.pair("metrics", &metrics.join(", "));
    }
    if !file.document.name_dimensions.is_empty() {
        let named: Vec<String> =
            file.document.name_dimensions.iter().map(|(key, value)| format!("{key}={value}")).collect();
        sheet.pair("by its name", &named.join(", "));
    }
}

fn problems(sheet: &mut Sheet, problems: &[Problem], of_document: usize) {
    if problems.is_empty() {
        return;
    }
    sheet.heading("Problems");
    for problem in problems.iter().take(PROBLEMS) {
        sheet.runs(&[run("! ", Role::Strong), run(&problem_text(problem), Role::Body)], 2);
    }
    more(sheet, problems.len().max(of_document), PROBLEMS, "problems");
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
        sheet.pair_with(key, 20, cell_text(value.see()).as_str(), Role::Body);
    }
    if table.rows() == 1 && kind == Kind::Json {
        for column in table.columns.iter().take(TABLE_COLUMNS) {
            let value = cell_text(column.cells.get(0));
            sheet.pair_with(column_title(column).as_str(), 24, value.as_str(), Role::Body);
        }
    } else {
        let lines = SheetColumn {
            title: Shown::new("line"),
            cells: table
                .row_lines
                .iter()
                .take(TABLE_ROWS)
                .map(|line| Shown::new(&line.to_string()))
                .collect(),
            is_numeric: true,
        };
        let columns: Vec<SheetColumn> =
            std::iter::once(lines).chain(table.columns.iter().take(TABLE_COLUMNS).map(column)).collect();
        sheet.table(&columns);
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
        title: column_title(column),
        cells: cells().map(cell_text).collect(),
        is_numeric: cells().any(|cell| matches!(cell, CellRef::Number(_)))
            && !cells().any(|cell| matches!(cell, CellRef::Text(_) | CellRef::Bool(_))),
    }
}

fn column_title(column: &Column) -> Shown {
    let name: String = column.name.chars().take(CELL_CHARS).collect();
    match &column.unit {
        Some(unit) => Shown::new(&format!("{name} ({unit})")),
        None => Shown::new(&name),
    }
}

fn cell_text(cell: CellRef<'_>) -> Shown {
    match cell {
        CellRef::Missing => Shown::new("–"),
        CellRef::Number(number) => Shown::new(&number.to_string()),
        CellRef::Bool(is_true) => Shown::new(if is_true { "true" } else { "false" }),
        CellRef::Text(text) => Shown::new(&text.chars().take(CELL_CHARS).collect::<String>()),
    }
}

fn more(sheet: &mut Sheet, total: usize, shown: usize, what: &str) {
    if total > shown {
        sheet.text(Role::Muted, &format!("… {} more {what}", total - shown));
    }
}
