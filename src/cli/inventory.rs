//! `chimera-insight inventory`.

mod explain;

use std::{os::unix::ffi::OsStrExt as _, path::Path};

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::{
    Failure, FailureKind,
    arguments::Inventory as Arguments,
    follow::{Teller, check_follow, event, follow},
    output::{Cell, OutputFormat, Page, Side, Table, json_time, print_json},
};
use crate::{
    config::Config,
    ingest::{
        file::{Kind, Problem, Status},
        inventory::{Change, ReportFile},
    },
    metrics::{format, library::Library},
    text::sanitize::Shown,
    watch::scan::{Scan, ScanError, Skipped, scan, scan_into},
};

/// The kinds and their names in JSON.
const KINDS: [(Kind, &str); 4] =
    [(Kind::Csv, "csv"), (Kind::Json, "json"), (Kind::Markdown, "markdown"), (Kind::Text, "text")];

/// A folder as read, and what was passed over.
pub(super) struct Read {
    pub library: Library,
    pub skipped: Vec<Skipped>,
}

/// Reads the folder once.
pub(super) fn read(folder: &Path) -> Result<Read, Failure> {
    let mut library = Library::default();
    let skipped = scan_into(folder, &mut |piece| library.absorb(&piece)).map_err(not_read)?;
    library.settle();
    Ok(Read { library, skipped })
}

/// Reads every file of the folder once, tables and all.
pub(super) fn scan_folder(folder: &Path) -> Result<Scan, Failure> {
    scan(folder).map_err(not_read)
}

pub(super) fn not_read(error: ScanError) -> Failure {
    Failure::new(FailureKind::Input, error)
        .hint("give a folder of results as the last argument, or with --dir")
}

/// Lists the folder.
pub(super) fn run(config: &Config, arguments: &Arguments, format: OutputFormat) -> Result<(), Failure> {
    if !arguments.explain.is_empty() {
        return explain::run(config, &arguments.explain, format);
    }
    if arguments.follow {
        check_follow(format)?;
        return follow(config, &mut Told { config });
    }
    let read = read(&config.folder)?;
    match format {
        OutputFormat::Json => print_json(&document(config, &read.library, &read.skipped)),
        _ => page(config, &read).print(format),
    }
}

/// What `--follow` tells.
struct Told<'a> {
    config: &'a Config,
}

impl Teller for Told<'_> {
    fn first(&mut self, library: &Library) -> Vec<Value> {
        let document = serde_json::to_value(document(self.config, library, &[]));
        document.map(|document| event("inventory", document)).into_iter().collect()
    }
    fn next(&mut self, library: &Library, changes: &[Change]) -> Vec<Value> {
        let (files_total, bytes_total) = KINDS.iter().fold((0, 0), |(files, bytes), (kind, _)| {
            let totals = library.inventory.totals(*kind);
            (files + totals.count, bytes + totals.bytes)
        });
        let event = |change: &Change| {
            let mut event = match change {
                Change::Read(file) => {
                    let problems =
                        file.document.problems.iter().map(|problem| problem_document(file, problem));
                    json!({
                        "event": "file",
                        "file": file_document(library, file),
                        "problems": problems.collect::<Vec<_>>(),
                    })
                }
                Change::Removed(path) => json!({"event": "removed", "path": &**path}),
            };
            event["files_total"] = files_total.into();
            event["bytes_total"] = bytes_total.into();
            event
        };
        changes.iter().map(event).collect()
    }
}

fn problem_document(file: &ReportFile, problem: &Problem) -> Value {
    let mut document = json!({
        "path": &*file.path,
        "line": problem.line,
        "column": problem.column,
        "message": problem.message.as_str(),
    });
    add_path_hex(&mut document, &file.os_path);
    document
}

/// The folder as JSON.
#[derive(Serialize)]
struct Document<'r> {
    root: String,
    files_total: u64,
    bytes_total: u64,
    generated_total: u64,
    by_kind: Map<String, Value>,
    files: Files<'r>,
    problems: Vec<Value>,
}

/// Its files, made one by one as they are printed: all at once take more room than the
/// whole library.
struct Files<'r>(&'r Library);

impl Serialize for Files<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.inventory.files().map(|file| file_document(self.0, file)))
    }
}

fn document<'r>(config: &Config, library: &'r Library, skipped: &[Skipped]) -> Document<'r> {
    let inventory = &library.inventory;
    let mut files_total = 0;
    let mut bytes_total = 0;
    let mut by_kind = Map::new();
    for (kind, name) in KINDS {
        let totals = inventory.totals(kind);
        files_total += totals.count;
        bytes_total += totals.bytes;
        let latest = json_time(totals.latest_modified_ns);
        by_kind.insert(
            name.into(),
            json!({"count": totals.count, "bytes": totals.bytes, "latest_modified": latest}),
        );
    }
    let problems = inventory.problems().map(|(file, problem)| problem_document(file, problem));
    let skipped = skipped.iter().map(|skipped| {
        let mut document = json!({
            "path": skipped.path.to_string_lossy(),
            "line": null,
            "column": null,
            "message": Shown::new(&skipped.reason).as_str(),
        });
        add_path_hex(&mut document, &skipped.path);
        document
    });
    Document {
        root: config.folder.to_string_lossy().into_owned(),
        files_total,
        bytes_total,
        generated_total: inventory.generated_total(),
        by_kind,
        files: Files(library),
        problems: problems.chain(skipped).collect(),
    }
}

fn file_document(library: &Library, file: &ReportFile) -> Value {
    let mut document = json!({
        "path": &*file.path,
        "kind": kind_name(file.kind),
        "bytes": file.stamp.length,
        "modified": json_time(Some(file.stamp.modified_ns)),
        "status": status_name(file.status),
        "rows": file.document.rows(),
        "metrics": library.metrics_of(&file.path),
        "generated": file.generated,
        "digest": &*file.digest,
    });
    add_path_hex(&mut document, &file.os_path);
    document
}

/// A path that is not UTF-8 has its bytes beside it.
fn add_path_hex(document: &mut Value, path: &Path) {
    if path.to_str().is_none() {
        let digits = path.as_os_str().as_bytes().iter().map(|byte| format!("{byte:02x}"));
        document["path_hex"] = digits.collect::<Vec<_>>().concat().into();
    }
}

fn page(config: &Config, read: &Read) -> Page {
    let inventory = &read.library.inventory;
    let mut page =
        Page { title: format!("Inventory of {}", Shown::from_path(&config.folder)), ..Page::default() };
    let total: u64 = KINDS.iter().map(|(kind, _)| inventory.totals(*kind).count).sum();
    if !inventory.is_empty() {
        page.tables.push((String::new(), files_table(&read.library)));
    }
    if total > 0 {
        page.tables.push((String::new(), totals_table(&read.library)));
    }
    let problems = problems_table(read);
    if !problems.is_empty() {
        page.tables.push(("problems".into(), problems));
    }
    let folder = Shown::from_path(&config.folder);
    let own = inventory.generated_total();
    page.notes.push(format!("{total} files in `{folder}`, and {own} written by chimera-insight").into());
    page
}

fn files_table(library: &Library) -> Table {
    let mut table = Table::new(&[
        ("file", Side::Elastic),
        ("kind", Side::Left),
        ("size", Side::Right),
        ("modified", Side::Left),
        ("rows", Side::Right),
        ("status", Side::Left),
        ("metrics", Side::Elastic),
    ]);
    for file in library.inventory.files() {
        let status = if file.generated { "own report" } else { status_name(file.status) };
        table.row([
            Shown::from_path(&file.os_path).into(),
            Shown::new(kind_name(file.kind)).into(),
            Cell::with_exact(&format::bytes(file.stamp.length), file.stamp.length.to_string()),
            Shown::new(&format::utc(file.stamp.modified_ns)).into(),
            Cell::count(file.document.rows()),
            Shown::new(status).into(),
            Shown::new(&library.metrics_of(&file.path).join(" ")).into(),
        ]);
    }
    table
}

fn totals_table(library: &Library) -> Table {
    let mut table = Table::new(&[
        ("kind", Side::Left),
        ("files", Side::Right),
        ("size", Side::Right),
        ("latest modified", Side::Left),
    ]);
    for (kind, name) in KINDS {
        let of_kind = library.inventory.totals(kind);
        if of_kind.count > 0 {
            table.row([
                Shown::new(name).into(),
                Cell::count(of_kind.count),
                Cell::with_exact(&format::bytes(of_kind.bytes), of_kind.bytes.to_string()),
                Shown::new(&of_kind.latest_modified_ns.map(format::utc).unwrap_or_default()).into(),
            ]);
        }
    }
    table
}

fn problems_table(read: &Read) -> Table {
    let mut table = Table::new(&[("where", Side::Left), ("what", Side::Left)]);
    for (file, problem) in read.library.inventory.problems() {
        let place = [problem.line, problem.column].map(|at| at.map_or(String::new(), |at| format!(":{at}")));
        let place = format!("{}{}:", Shown::from_path(&file.os_path), place.concat());
        table.row([Shown::from(place), problem.message.clone()]);
    }
    for Skipped { path, reason } in &read.skipped {
        table.row([format!("{}:", Shown::from_path(path)).into(), Shown::new(reason)]);
    }
    table
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Csv => "csv",
        Kind::Json => "json",
        Kind::Markdown => "markdown",
        Kind::Text => "text",
    }
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::Partial => "partial",
        Status::Error => "error",
        Status::Skipped => "skipped",
    }
}
