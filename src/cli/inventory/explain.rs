//! `inventory --explain`: how a file was read, column by column; of many files a line each.

mod document;
mod page;

use std::{fs::File, io::Read as _, path::Path};

use super::{scan_folder, status_name};
use crate::{
    cli::{
        Failure, FailureKind,
        globs::Globs,
        output::{OutputFormat, print_json},
    },
    config::Config,
    ingest::{
        csv,
        file::Kind,
        inventory::{Change, ReportFile},
    },
    metrics::explain::{Role, Shape, explain},
    text::sanitize::Shown,
};

/// Bytes that tell encoding and delimiter.
const HEAD_BYTES: u64 = 64 * 1024;

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
        OutputFormat::Csv => page::lines(&files, format).print(format),
        _ if is_one_by_one => page::details(&files, format).print(format),
        _ => page::lines(&files, format).print(format),
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

fn status(file: &ReportFile) -> &'static str {
    if file.generated { "own report" } else { status_name(file.status) }
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
