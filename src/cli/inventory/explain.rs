//! `inventory --explain`: how a file was read, column by column; of many files a line each.

mod document;

use std::{fs::File, io::Read as _, path::Path};

use super::{scan_folder, status_name};
use crate::{
    cli::{
        Failure, FailureKind,
        globs::Globs,
        metrics::origin,
        output::{Cell, OutputFormat, Page, Side, Table, print_json},
    },
    config::Config,
    ingest::{
        csv,
        file::{Cell as FileCell, Kind, Rank},
        inventory::{Change, ReportFile},
    },
    metrics::{
        explain::{ColumnShape, Role, Shape, TableShape, explain},
        format,
        names::Better,
        unit::UnitOrigin,
    },
    text::sanitize::Shown,
};

/// Bytes that tell encoding and delimiter.
const HEAD_BYTES: u64 = 64 * 1024;
/// Columns of an example: the rest of a long text tells nothing of its sort.
const LONGEST_EXAMPLE: usize = 24;

/// A file with what was understood of it.
struct Explained<'a> {
    file: &'a ReportFile,
    shape: Shape,
    format: String,
}

/// Explains the files that are meant.
pub(super) fn run(config: &Config, wanted: &[String], format: OutputFormat) -> Result<(), Failure> {
    let patterns: Vec<String> = wanted.iter().map(|text| pattern(&config.folder, text)).collect();
    let globs = Globs::of(&patterns, "--explain")?;
    let scan = scan_folder(&config.folder)?;
    let files: Vec<Explained<'_>> = scan
        .batch
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Read(file) if globs.takes(&file.path) => Some(&**file),
            _ => None,
        })
        .map(|file| Explained {
            shape: explain(&file.document),
            format: format_of(&config.folder, file),
            file,
        })
        .collect();
    if files.is_empty() {
        let folder = Shown::from_path(&config.folder);
        let message = format!("no file of `{folder}` is `{}`", wanted.join("`, `"));
        return Err(Failure::new(FailureKind::Input, message)
            .hint("FILE is a path in DIR, its name, or a glob; `inventory` lists them"));
    }
    let is_one_by_one = files.len() <= wanted.len();
    match format {
        OutputFormat::Json => print_json(&document::document(&files)),
        OutputFormat::Csv if is_one_by_one => page_of(&files).print(format),
        _ if is_one_by_one => details(&files).print(format),
        _ => page_of(&files).print(format),
    }
}

/// A path as the user has it becomes one of the folder; a folder stands for all below it.
fn pattern(folder: &Path, text: &str) -> String {
    let given = Path::new(text);
    let below = match (folder.canonicalize(), given.canonicalize()) {
        (Ok(root), Ok(path)) => path.strip_prefix(&root).map(Path::to_path_buf).ok(),
        _ => None,
    };
    let inside = Path::new(text.trim_end_matches('/'));
    let is_folder = |path: &Path| folder.join(path).is_dir();
    let found = below.filter(|path| folder.join(path).exists()).unwrap_or_else(|| inside.to_path_buf());
    let name = found.to_string_lossy();
    if name.is_empty() || name == "." {
        return "**".to_owned();
    }
    if is_folder(&found) {
        return format!("{}/**", globset::escape(&name));
    }
    // A name with brackets is itself before it is a glob.
    if folder.join(&found).is_file() { globset::escape(&name) } else { text.to_owned() }
}

/// `csv, comma, UTF-8`
fn format_of(folder: &Path, file: &ReportFile) -> String {
    let mut parts = vec![super::kind_name(file.kind).to_owned()];
    let mut head = Vec::new();
    let path = folder.join(&file.os_path);
    let read = File::open(&path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    if read.is_ok() && !head.is_empty() {
        if file.kind == Kind::Csv {
            let text = crate::ingest::decode::decode(&head).text;
            parts.push(match csv::delimiter(&file.path, &text) {
                ',' => "fields parted by comma".to_owned(),
                ';' => "fields parted by semicolon".to_owned(),
                '\t' => "fields parted by tab".to_owned(),
                other => format!("fields parted by `{other}`"),
            });
        }
        parts.push(encoding(&head).to_owned());
    }
    parts.join(", ")
}

fn encoding(head: &[u8]) -> &'static str {
    match head {
        [0xEF, 0xBB, 0xBF, ..] => "UTF-8 with a byte order mark",
        [0xFF, 0xFE, ..] => "UTF-16, little end first",
        [0xFE, 0xFF, ..] => "UTF-16, big end first",
        _ => match std::str::from_utf8(head) {
            Ok(_) => "UTF-8",
            // The head may end inside a character.
            Err(error) if error.error_len().is_none() => "UTF-8",
            Err(_) => "not UTF-8",
        },
    }
}

/// A line for each file.
fn page_of(files: &[Explained<'_>]) -> Page {
    let mut table = Table::new(&[
        ("file", Side::Elastic),
        ("status", Side::Left),
        ("records", Side::Right),
        ("tables", Side::Right),
        ("failed", Side::Right),
        ("problems", Side::Right),
        ("metrics", Side::Elastic),
        ("dimensions", Side::Elastic),
    ]);
    for Explained { file, shape, .. } in files {
        let joined = |names: &std::collections::BTreeSet<String>| {
            Shown::new(&names.iter().map(String::as_str).collect::<Vec<_>>().join(" "))
        };
        table.row([
            Shown::from_path(&file.os_path).into(),
            Shown::new(status(file)).into(),
            Cell::count(shape.records),
            Cell::count(shape.tables.len() as u64),
            Cell::count(shape.tables.iter().map(|table| table.failed).sum()),
            Cell::count(file.document.problems.len() as u64),
            joined(&shape.metrics).into(),
            joined(&shape.dimensions).into(),
        ]);
    }
    let notes = vec![format!("{} files", files.len()).into()];
    Page { title: "How the files were read".into(), tables: vec![(String::new(), table)], notes }
}

fn status(file: &ReportFile) -> &'static str {
    if file.generated { "own report" } else { status_name(file.status) }
}

/// Everything about each file.
fn details(files: &[Explained<'_>]) -> Page {
    let mut page = Page { title: "How the files were read".into(), ..Page::default() };
    for Explained { file, shape, format } in files {
        let path = Shown::from_path(&file.os_path);
        let about = format!("{path}: {format}; {}; {} records", status(file), shape.records);
        if shape.tables.is_empty() {
            page.notes.push(Shown::new(&format!("{about}; no table")));
        }
        for (index, table) in shape.tables.iter().enumerate() {
            let lead = if index == 0 { format!("{about}\n") } else { String::new() };
            for line in lead.lines() {
                page.tables.push((line.to_owned(), Table::new(&[])));
            }
            page.tables.push((heading(table), columns(table)));
        }
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

fn heading(table: &TableShape) -> String {
    let pointer = if table.pointer.is_empty() { String::new() } else { format!(" {}", table.pointer) };
    let mut parts = vec![format!("table{pointer}: {} rows", table.rows)];
    if table.rank == Rank::Stated {
        parts.push("stated in a document".into());
    }
    if table.failed > 0 {
        parts.push(format!("{} failed", table.failed));
    }
    if table.cold > 0 {
        parts.push(format!("{} cold", table.cold));
    }
    if !table.excluded.is_empty() {
        let reasons: Vec<String> =
            table.excluded.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        parts.push(format!("cells left out: {}", reasons.join(", ")));
    }
    parts.join(", ")
}

fn columns(shape: &TableShape) -> Table {
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
            example(column),
        ]);
    }
    table
}

/// What a column is: `ttft, mean, lower is better`, `dimension num_gpu`.
fn is(column: &ColumnShape) -> String {
    let statistic = column.statistic.as_ref().map(|name| format!(", {name}")).unwrap_or_default();
    match (column.role, column.readings.first(), &column.dimension) {
        (_, Some(reading), _) => {
            let names: Vec<&str> = column.readings.iter().map(|reading| reading.metric.as_str()).collect();
            let better = match reading.better {
                Some(Better::Higher) => ", higher is better",
                Some(Better::Lower) => ", lower is better",
                None => "",
            };
            format!("metric {}{statistic}{better}", names.join(" "))
        }
        (_, None, Some(name)) if **name == *column.name => role(column.role).to_owned(),
        (_, None, Some(name)) => format!("dimension {name}"),
        (role_of, None, None) => format!("{}{statistic}", role(role_of)),
    }
}

/// `s → ms (suffix)`, a guess as a guess.
fn unit(column: &ColumnShape) -> String {
    let Some(reading) = column.readings.first() else { return String::new() };
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

fn example(column: &ColumnShape) -> Cell {
    match &column.example {
        None => Cell::nothing(),
        Some(FileCell::Number(number)) => Cell::with_exact(&format::number(*number), number.to_string()),
        Some(FileCell::Text(text)) => Shown::new(text).truncated(LONGEST_EXAMPLE).into(),
        Some(FileCell::Bool(truth)) => Shown::new(if *truth { "true" } else { "false" }).into(),
        Some(FileCell::Missing) => Cell::nothing(),
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Metric => "metric",
        Role::Dimension => "dimension",
        Role::Identifier => "identifier",
        Role::Text => "text",
        Role::Other => "other",
    }
}
