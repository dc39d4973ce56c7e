//! `chimera-insight verify`: a saved report against its record and its folder.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use super::{
    Failure, FailureKind,
    arguments::Verify,
    inventory::not_read,
    output::{print, print_json},
};
use crate::{
    metrics::library::Library,
    report::{
        export::OWN_FOLDER,
        record::Record,
        verify::{AsRecorded, Verdict, verify},
    },
    text::sanitize::Shown,
    watch::scan::scan_into,
};

mod document;
mod page;

/// Larger files are no report and no record.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// What the report beside a record may be called.
const EXTENSIONS: [&str; 4] = ["md", "markdown", "txt", ""];
/// The record's own extension.
const RECORD: &str = "json";

/// What was checked.
struct Told<'a> {
    record: &'a Path,
    report: &'a Path,
    folder: &'a Path,
    verdict: &'a Verdict,
}

/// Checks and prints; a difference is a failed check.
pub(super) fn run(arguments: &Verify, folder: Option<&Path>, json: bool) -> Result<(), Failure> {
    let path = record_of(&arguments.record);
    let record = Record::read(&text_of(&path, true)?).map_err(|reason| {
        Failure::new(FailureKind::Input, format!("cannot check `{}`: {reason}", Shown::from_path(&path)))
            .hint("give the `.json` that lies beside a report of this program")
    })?;
    let report_path = match &arguments.report {
        Some(report) => report.clone(),
        None => report_beside(&path)?,
    };
    let report = text_of(&report_path, arguments.report.is_some())?;
    let is_given = folder.is_some();
    let folder = match folder {
        Some(folder) => folder.to_owned(),
        None => folder_of(&path),
    };
    let mut shown = AsRecorded::of(&record);
    let mut library = Library::default();
    scan_into(&folder, &mut |batch| library.absorb(&shown.show(batch))).map_err(not_read)?;
    library.apply(&shown.own_files());
    let has_any = record.files.iter().any(|file| library.inventory.get(&file.path).is_some());
    if !is_given && !record.files.is_empty() && !has_any {
        let message = format!(
            "none of the {} files of the report is in `{}`",
            record.files.len(),
            Shown::from_path(&folder)
        );
        return Err(Failure::new(FailureKind::Input, message)
            .hint(format!("the report was made of `{}`; --dir says where that is now", record.folder)));
    }
    let verdict = verify(&record, &report, &library, shown.into_times());
    let told = Told { record: &path, report: &report_path, folder: &folder, verdict: &verdict };
    if json {
        print_json(&document::of(&told))?;
    } else {
        print(&page::of(&told))?;
    }
    if verdict.is_ok() {
        return Ok(());
    }
    let count = verdict.differences();
    let differences = if count == 1 { "difference" } else { "differences" };
    Err(Failure::new(FailureKind::Check, format!("{count} {differences} between the report and its folder")))
}

/// Who names the report means its record.
fn record_of(path: &Path) -> PathBuf {
    let is_report =
        path.extension().is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known));
    if is_report { path.with_extension(RECORD) } else { path.to_owned() }
}

fn report_beside(record: &Path) -> Result<PathBuf, Failure> {
    let mut candidates = EXTENSIONS.iter().map(|extension| record.with_extension(extension));
    // A link could lead out of the folder, and its text is shown where it differs.
    let is_file = |path: &PathBuf| fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_file());
    candidates.find(is_file).ok_or_else(|| {
        let wanted = record.with_extension(EXTENSIONS[0]);
        Failure::new(FailureKind::Input, format!("there is no report `{}`", Shown::from_path(&wanted)))
            .hint("--report FILE says where it is")
    })
}

/// The folder that a record is about: it lies in the program's own folder below that one.
fn folder_of(record: &Path) -> PathBuf {
    let parent = record.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let own = fs::canonicalize(parent).unwrap_or_else(|_| parent.to_owned());
    match own.parent() {
        Some(above) if own.file_name().is_some_and(|name| name == OWN_FOLDER) => above.to_owned(),
        _ => parent.to_owned(),
    }
}

/// A regular file's text; of a file that somebody named a link will do.
fn text_of(path: &Path, is_named: bool) -> Result<String, Failure> {
    let read = || {
        let metadata = if is_named { fs::metadata(path) } else { fs::symlink_metadata(path) }?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
        }
        let mut bytes = Vec::new();
        fs::File::open(path)?.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is too large to be one of ours"));
        }
        // Bytes that are no text differ from what was written, and are told as a difference.
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    read().map_err(|error| Failure::unreadable(path, &error))
}
