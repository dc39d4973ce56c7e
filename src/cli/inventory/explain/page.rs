//! The explanation for people: of one file every table, of many a line each.

use std::collections::BTreeSet;

use super::{super::status_name, Explained, role, status};
use crate::{
    cli::{
        metrics::origin,
        output::{Cell, OutputFormat, Page, Side, Table},
    },
    ingest::file::{Cell as FileCell, Rank, Status},
    metrics::{
        explain::{ColumnShape, Role, Shape, TableShape},
        format,
        names::{self, Better},
        unit::UnitOrigin,
    },
    text::sanitize::Shown,
};

/// Columns of an example: the rest of a long text tells nothing of its sort.
const LONGEST_EXAMPLE: usize = 24;
/// Columns of a role that are told; a profiler writes hundreds.
const MOST_TOLD: usize = 30;
/// Stands before what belongs to the line above it.
const INDENT: &str = "  ";
/// What a column that is no metric can be, in the order in which it is told.
const ROLES: [Role; 4] = [Role::Dimension, Role::Identifier, Role::Text, Role::Other];
/// Of a column whose rows name what they measure.
const BY_ROW: &str = "by row";
const TITLE: &str = "How the files were read";

/// A column of the list of files.
type Told = (&'static str, Side, fn(&Explained<'_>) -> Cell);

/// What a list of files tells of each behind its path.
const TOLD: [Told; 10] = [
    ("status", Side::Left, |told| Shown::new(status(told.file)).into()),
    ("records", Side::Right, |told| Cell::count(told.shape.records)),
    ("tables", Side::Right, |told| Cell::count(told.shape.tables.len() as u64)),
    ("failed", Side::Right, |told| Cell::count(sum(&told.shape, |table| table.failed))),
    ("cold", Side::Right, |told| Cell::count(sum(&told.shape, |table| table.cold))),
    ("warm_up", Side::Right, |told| Cell::count(sum(&told.shape, |table| table.warm_up))),
    ("problems", Side::Right, |told| Cell::count(told.file.document.problems.len() as u64)),
    ("adapter", Side::Left, |told| {
        Shown::new(told.file.document.adapter.as_deref().unwrap_or_default()).into()
    }),
    ("metrics", Side::Yielding, |told| joined(&told.shape.metrics)),
    ("dimensions", Side::Yielding, |told| joined(&told.shape.dimensions)),
];

/// The same for people: what is as it should be needs no word.
const TOLD_SHORT: [Told; 4] = [
    ("records", Side::Right, |told| Cell::count(told.shape.records)),
    ("remarks", Side::Left, |told| Shown::new(&remarks(told)).into()),
    ("metrics", Side::Yielding, |told| joined(&told.shape.metrics)),
    ("dimensions", Side::Yielding, |told| joined(&told.shape.dimensions)),
];

/// `partial, 2 failed, 8 cold`
fn remarks(told: &Explained<'_>) -> String {
    let status = status(told.file);
    let mut parts: Vec<String> =
        if status == status_name(Status::Ok) { Vec::new() } else { vec![status.to_owned()] };
    let shape = &told.shape;
    let counts = [
        (sum(shape, |table| table.failed), "failed"),
        (sum(shape, |table| table.cold), "cold"),
        (sum(shape, |table| table.warm_up), "warm-up"),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    parts.extend(counts.map(|(count, what)| format!("{count} {what}")));
    let problems = told.file.document.problems.len() as u64;
    parts.extend((problems > 0).then(|| counted(problems, "problem")));
    parts.join(", ")
}

fn sum(shape: &Shape, of: impl Fn(&TableShape) -> u64) -> u64 {
    shape.tables.iter().map(of).sum()
}

fn joined(names: &BTreeSet<String>) -> Cell {
    Shown::new(&names.iter().map(String::as_str).collect::<Vec<_>>().join(" ")).into()
}

/// A line for each file; for people files stand below their folder.
pub(super) fn lines(files: &[Explained<'_>], format: OutputFormat) -> Page {
    let is_text = format == OutputFormat::Text;
    let told: &[Told] = if is_text { &TOLD_SHORT } else { &TOLD };
    let mut heads = vec![("file", Side::Middle)];
    heads.extend(told.iter().map(|(name, side, _)| (*name, *side)));
    let mut table = Table::new(&heads);
    let mut above = None;
    for explained in files {
        let path = &explained.file.os_path;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut name = Shown::from_path(path);
        if is_text {
            if folder != above {
                let folder = folder.map_or_else(|| ".".into(), Shown::from_path);
                table.span(format!("{folder}/").into());
            }
            above = folder;
            if let (Some(_), Some(last)) = (folder, path.file_name()) {
                name = format!("{INDENT}{}", Shown::from_path(last.as_ref())).into();
            }
        }
        let mut row: Vec<Cell> = vec![name.into()];
        row.extend(told.iter().map(|(_, _, cell)| cell(explained)));
        table.row(row);
    }
    let notes = vec![format!("{} files", files.len()).into()];
    Page { title: TITLE.into(), tables: vec![(String::new(), table)], notes }
}

/// Everything about each file.
pub(super) fn details(files: &[Explained<'_>], format: OutputFormat) -> Page {
    let mut page = Page { title: TITLE.into(), ..Page::default() };
    for explained in files {
        let Explained { file, shape, .. } = explained;
        page.tables.push((about(explained), Table::new(&[])));
        for table in &shape.tables {
            let columns = if format == OutputFormat::Text { sorted(table) } else { flat(table) };
            page.tables.push((heading(table), columns));
        }
        let path = Shown::from_path(&file.os_path);
        let name_dimensions = &file.document.name_dimensions;
        if !name_dimensions.is_empty() {
            let said: Vec<String> =
                name_dimensions.iter().map(|(key, value)| format!("{key}={value}")).collect();
            page.notes.push(Shown::new(&format!("the name of {path} says {}", said.join(", "))));
        }
        for problem in &file.document.problems {
            let place =
                [problem.line, problem.column].map(|at| at.map_or(String::new(), |at| format!(":{at}")));
            page.notes.push(Shown::new(&format!("{path}{}: {}", place.concat(), problem.message)));
        }
    }
    page
}

/// `a.csv: csv, fields parted by comma, UTF-8; ok; 3 records`
fn about(explained: &Explained<'_>) -> String {
    let Explained { file, shape, format } = explained;
    let mut parts = vec![
        format!("{}: {format}", Shown::from_path(&file.os_path)),
        status(file).to_owned(),
        counted(shape.records, "record"),
    ];
    if let Some(adapter) = &file.document.adapter {
        parts.push(format!("known as {adapter}"));
    }
    if shape.tables.is_empty() {
        parts.push("no table".into());
    }
    let headings = file.document.outline.len() as u64;
    if headings > 0 {
        parts.push(counted(headings, "heading"));
    }
    let problems = file.document.problems.len() as u64;
    if problems > 0 {
        parts.push(counted(problems, "problem"));
    }
    parts.join("; ")
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn heading(table: &TableShape) -> String {
    let pointer = table.only_row.as_deref().unwrap_or(&table.pointer);
    let pointer = if pointer.is_empty() { String::new() } else { format!(" {pointer}") };
    let mut parts = vec![format!("table{pointer}: {}", counted(table.rows, "row"))];
    if table.rank == Rank::Stated {
        parts.push("stated in a document".into());
    }
    for (count, what) in [(table.failed, "failed"), (table.warm_up, "warm-up"), (table.cold, "cold")] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    if !table.excluded.is_empty() {
        let reasons: Vec<String> =
            table.excluded.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        parts.push(format!("cells left out: {}", reasons.join(", ")));
    }
    parts.join(", ")
}

/// Metrics as rows, what else there is as lines below them: a screen is narrow.
fn sorted(shape: &TableShape) -> Table {
    let metrics: Vec<&ColumnShape> =
        shape.columns.iter().filter(|column| !column.readings.is_empty()).collect();
    let has_statistics = metrics.iter().any(|column| column.statistic.is_some());
    // Numbers of the rows, where a row has none.
    let has_gaps = metrics.iter().any(|column| column.numbers < shape.rows);
    let mut heads = vec![("metric", Side::Elastic), ("read as", Side::Elastic)];
    heads.extend(has_statistics.then_some(("kind", Side::Left)));
    heads.extend([("better", Side::Left), ("unit", Side::Left), ("n", Side::Right)]);
    let is_one = shape.rows == 1;
    let ends = [("value", is_one), ("min", !is_one), ("max", !is_one)];
    heads.extend(ends.iter().filter(|(_, is_told)| *is_told).map(|(name, _)| (*name, Side::Right)));
    let mut table = Table::new(if metrics.is_empty() { &[("", Side::Left)] } else { &heads });
    for column in metrics {
        let mut row: Vec<Cell> = vec![Shown::new(&column.name).into(), Shown::new(&read_as(column)).into()];
        if has_statistics {
            row.push(Shown::new(column.statistic.as_deref().unwrap_or("sample")).into());
        }
        row.push(Shown::new(better(column).unwrap_or_default()).into());
        row.push(Shown::new(&unit(column)).into());
        row.push(if has_gaps {
            Cell::with_exact(&format!("{}/{}", column.numbers, shape.rows), column.numbers.to_string())
        } else {
            Cell::count(column.numbers)
        });
        row.push(Cell::short(column.min));
        row.extend((!is_one).then(|| Cell::short(column.max)));
        table.row(row);
    }
    for wanted in ROLES {
        let columns = shape.columns.iter().filter(|column| column.readings.is_empty());
        let mut told: Vec<String> = columns.filter(|column| column.role == wanted).map(described).collect();
        let more = told.len().saturating_sub(MOST_TOLD);
        if more > 0 {
            told.truncate(MOST_TOLD);
            told.push(format!("and {more} more, which --json lists"));
        }
        if !told.is_empty() {
            table.span(Shown::new(&format!("{}: {}", plural(wanted), told.join("; "))));
        }
    }
    table
}

fn plural(role: Role) -> &'static str {
    match role {
        Role::Metric => "metrics",
        Role::Dimension => "dimensions",
        Role::Identifier => "identifiers",
        Role::Text => "text",
        Role::Other => "other",
    }
}

/// `num_gpu from n_gpu_layers (0, 99)`
fn described(column: &ColumnShape) -> String {
    let name = match &column.dimension {
        Some(dimension) if *dimension != column.name => format!("{dimension} from {}", column.name),
        _ => column.name.to_string(),
    };
    let told = match (column.role, column.values.as_slice()) {
        (_, []) => "empty".to_owned(),
        (Role::Other, [_, _, ..]) if column.min.is_some() => {
            let ends = [column.min, column.max].map(|end| end.map(format::number).unwrap_or_default());
            ends.join(" to ")
        }
        (Role::Identifier | Role::Text, [first, rest @ ..]) => {
            format!("{}{}", value(first), if rest.is_empty() { "" } else { ", …" })
        }
        (_, values) => {
            let mut told: Vec<String> = values.iter().map(value).collect();
            told.extend(column.has_more_values.then(|| "…".to_owned()));
            told.join(", ")
        }
    };
    format!("{name} ({told})")
}

fn value(cell: &FileCell) -> String {
    example(Some(cell)).shown().to_string()
}

/// Every column as a row.
fn flat(shape: &TableShape) -> Table {
    let mut table = Table::new(&[
        ("column", Side::Elastic),
        ("is", Side::Elastic),
        ("unit", Side::Left),
        ("n", Side::Right),
        ("min", Side::Right),
        ("max", Side::Right),
        ("example", Side::Elastic),
    ]);
    for column in &shape.columns {
        table.row([
            Shown::new(&column.name).into(),
            Shown::new(&is(column)).into(),
            Shown::new(&unit(column)).into(),
            counts(column),
            Cell::number(column.min),
            Cell::number(column.max),
            example(column.example.as_ref()),
        ]);
    }
    table
}

fn read_as(column: &ColumnShape) -> String {
    let names: Vec<&str> = column.readings.iter().map(|reading| reading.metric.as_str()).collect();
    names.join(" ")
}

/// Which way is good; of a spread no way is, and of several metrics each may have its own.
fn better(column: &ColumnShape) -> Option<&'static str> {
    let is_spread = column.statistic.as_deref().is_some_and(names::is_spread);
    let first = column.readings.first()?.better;
    if column.readings.iter().any(|reading| reading.better != first) {
        return Some(BY_ROW);
    }
    match first.filter(|_| !is_spread)? {
        Better::Higher => Some("higher"),
        Better::Lower => Some("lower"),
    }
}

/// What a column is: `metric ttft, mean, lower is better`, `dimension num_gpu`.
fn is(column: &ColumnShape) -> String {
    let statistic = column.statistic.as_ref().map(|name| format!(", {name}")).unwrap_or_default();
    if !column.readings.is_empty() {
        let better = match better(column) {
            Some(BY_ROW) => ", each row its own".to_owned(),
            Some(better) => format!(", {better} is better"),
            None => String::new(),
        };
        return format!("metric {}{statistic}{better}", read_as(column));
    }
    match &column.dimension {
        Some(name) if *name != column.name => format!("dimension {name}"),
        Some(_) => role(column.role).to_owned(),
        None => format!("{}{statistic}", role(column.role)),
    }
}

/// `s → ms (suffix)`, a guess as a guess.
fn unit(column: &ColumnShape) -> String {
    let Some(reading) = column.readings.first() else { return String::new() };
    if column.readings.iter().any(|other| other.unit != reading.unit) {
        return BY_ROW.to_owned();
    }
    let known = match reading.origin {
        UnitOrigin::Guess => "a guess",
        other => origin(other),
    };
    match (reading.unit_read.as_str(), reading.unit.as_str()) {
        ("", "") => String::new(),
        (read, unit) if read == unit => format!("{unit} ({known})"),
        (read, unit) => format!("{read} → {unit} ({known})"),
    }
}

/// Numbers, with what is none of them.
fn counts(column: &ColumnShape) -> Cell {
    let mut parts = vec![column.numbers.to_string()];
    if column.missing > 0 {
        parts.push(format!("{} empty", column.missing));
    }
    if column.not_finite > 0 {
        parts.push(format!("{} not finite", column.not_finite));
    }
    Cell::with_exact(&parts.join(", "), column.numbers.to_string())
}

fn example(cell: Option<&FileCell>) -> Cell {
    match cell {
        Some(FileCell::Number(number)) => Cell::with_exact(&format::number(*number), number.to_string()),
        Some(FileCell::Text(text)) => Shown::new(text).truncated(LONGEST_EXAMPLE).into(),
        Some(FileCell::Bool(truth)) => Shown::new(if *truth { "true" } else { "false" }).into(),
        Some(FileCell::Missing) | None => Cell::nothing(),
    }
}
