//! The preview of a file: what was read from it, laid out for a width. Problems on top.

use super::{
    report::evidence::SourceRow,
    sheet::{Sheet, SheetColumn, run},
};
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
/// Sentences shown of those that use a row.
const SENTENCES: usize = 4;
/// Scalars of the enclosing objects shown above a table.
const CONTEXT: usize = 8;
/// Characters looked at of one cell: a megabyte in a cell must cost no more than a word.
const CELL_CHARS: usize = 80;

/// A row of a file that a figure of the report or a value of a series comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Which.
    pub source: SourceRow,
    /// Sentences of the report that use it.
    pub sentences: Vec<Shown>,
    /// The report rests on it: in those sentences, or in a table.
    pub is_used: bool,
}

/// Lays a file's preview out: what is kept of it, and its tables when they are read. Says too
/// where the marked row stands.
pub(super) fn of(
    file: &ReportFile,
    document: Option<&Document>,
    metrics: &[String],
    width: u16,
    mark: Option<&Mark>,
) -> (Vec<Row>, Option<usize>) {
    let mut sheet = Sheet::new(width);
    let mut marked = None;
    let document = document.unwrap_or(&file.document);
    facts(&mut sheet, file, metrics);
    problems(&mut sheet, &file.document.problems, document.problems.len());
    outline(&mut sheet, document);
    let wanted = mark.and_then(|mark| Some((mark, find(document, mark)?)));
    // A marked table further down stands in the place of the first ones.
    let from = wanted.map_or(0, |(_, (table, _))| if table < TABLES { 0 } else { table });
    for (index, table) in document.tables.iter().enumerate().skip(from).take(TABLES) {
        let here = wanted.filter(|(_, (at, _))| *at == index).map(|(mark, (_, row))| (mark, row));
        let place = show_table(&mut sheet, table, file.kind, here);
        marked = marked.or(place);
    }
    more(&mut sheet, document.tables.len() - from, TABLES, "tables");
    (sheet.into_rows(), marked)
}

/// The table and row that a mark means: the row at its line, in the table that has its field.
fn find(document: &Document, mark: &Mark) -> Option<(usize, usize)> {
    let line = mark.source.line?;
    let row_of = |table: &Table| table.row_lines.iter().position(|own| own == line);
    let has_field = |table: &Table| table.columns.iter().any(|column| *column.name == *mark.source.field);
    let found = || document.tables.iter().enumerate().filter_map(|(at, table)| Some((at, row_of(table)?)));
    let with_field = found().find(|(at, _)| document.tables.get(*at).is_some_and(has_field));
    with_field.or_else(|| found().next())
}

/// What is said of a marked row, below it.
fn uses(sheet: &mut Sheet, mark: &Mark) {
    for sentence in mark.sentences.iter().take(SENTENCES) {
        sheet.runs(&[run("used in: ", Role::Strong), run(sentence.as_str(), Role::Body)], 2);
    }
    more(sheet, mark.sentences.len(), SENTENCES, "sentences");
    if mark.sentences.is_empty() && mark.is_used {
        sheet.runs(&[run("used in a table of the report", Role::Strong)], 2);
    }
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

/// Shows a table; where its marked row stands.
fn show_table(sheet: &mut Sheet, table: &Table, kind: Kind, marked: Option<(&Mark, usize)>) -> Option<usize> {
    sheet.heading(&title(table, kind));
    let mut place = None;
    for (key, value) in table.context.iter().take(CONTEXT) {
        sheet.pair_with(key, 20, cell_text(value.see()).as_str(), Role::Body);
    }
    if table.rows() == 1 && kind == Kind::Json {
        for column in table.columns.iter().take(TABLE_COLUMNS) {
            let value = cell_text(column.cells.get(0));
            let mark = marked.map(|(mark, _)| mark).filter(|mark| *mark.source.field == *column.name);
            place = place.or(mark.map(|_| sheet.len()));
            sheet.pair_with(column_title(column).as_str(), 24, value.as_str(), Role::Body);
            if let Some(mark) = mark {
                uses(sheet, mark);
            }
        }
    } else {
        // A marked row is shown with those around it.
        let from = marked.map_or(0, |(_, row)| if row < TABLE_ROWS { 0 } else { row - TABLE_ROWS / 2 });
        let lines = SheetColumn {
            title: Shown::new("line"),
            cells: table
                .row_lines
                .iter()
                .skip(from)
                .take(TABLE_ROWS)
                .map(|line| Shown::new(&line.to_string()))
                .collect(),
            is_numeric: true,
        };
        let columns: Vec<SheetColumn> =
            std::iter::once(lines).chain(in_order(table, marked).map(|own| column(own, from))).collect();
        let before = sheet.len();
        match marked {
            None => sheet.table(&columns),
            Some((mark, row)) => {
                // The head of the table stands above its rows.
                let at = row - from + 1;
                place = Some(before + at);
                sheet.table_around(&columns, at, &mut |sheet| uses(sheet, mark));
            }
        }
    }
    more(sheet, table.columns.len(), TABLE_COLUMNS, "columns");
    more(sheet, table.rows(), TABLE_ROWS, "rows");
    place
}

/// The columns that are shown; one that a mark names comes first, so that it is seen.
fn in_order<'a>(table: &'a Table, marked: Option<(&'a Mark, usize)>) -> impl Iterator<Item = &'a Column> {
    let is_named = move |column: &&Column| marked.is_some_and(|(mark, _)| *mark.source.field == *column.name);
    let named = table.columns.iter().filter(is_named);
    named.chain(table.columns.iter().filter(move |column| !is_named(column))).take(TABLE_COLUMNS)
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

fn column(column: &Column, from: usize) -> SheetColumn {
    let cells = || column.cells.iter().skip(from).take(TABLE_ROWS);
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
