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
        bundle::Bundle,
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
    /// The folder, unless a bundle was checked by itself.
    folder: Option<&'a Path>,
    verdict: &'a Verdict,
}

/// Checks and prints; a difference is a failed check.
pub(super) fn run(arguments: &Verify, folder: Option<&Path>, json: bool) -> Result<(), Failure> {
    let path = record_of(&arguments.record);
    let text = text_of(&path, true)?;
    if Bundle::is_one(&text) {
        return bundle(&path, &text, arguments, folder, json);
    }
    let record = Record::read(&text).map_err(|reason| no_record(&path, &reason))?;
    let report_path = match &arguments.report {
        Some(report) => report.clone(),
        None => report_beside(&path)?,
    };
    let report = text_of(&report_path, arguments.report.is_some())?;
    let own_folder = folder_of(&path);
    let verdict = against(&record, &report, folder.unwrap_or(&own_folder), folder.is_some())?;
    let folder = Some(folder.unwrap_or(&own_folder));
    tell(&Told { record: &path, report: &report_path, folder, verdict: &verdict }, json)
}

/// A bundle by itself, or against a folder that was given.
fn bundle(
    path: &Path,
    text: &str,
    arguments: &Verify,
    folder: Option<&Path>,
    json: bool,
) -> Result<(), Failure> {
    if arguments.report.is_some() {
        return Err(Failure::new(FailureKind::Usage, "a bundle has its report in it")
            .hint("give a bundle or --report, not both"));
    }
    let bundle = Bundle::read(text).map_err(|reason| no_record(path, &reason))?;
    let verdict = match folder {
        Some(folder) => against(&bundle.record, &bundle.markdown(), folder, true)?,
        None => bundle.verify().map_err(|reason| no_record(path, &reason))?,
    };
    tell(&Told { record: path, report: path, folder, verdict: &verdict }, json)
}

fn no_record(path: &Path, reason: &dyn std::fmt::Display) -> Failure {
    let message = format!("cannot check `{}`: {reason}", Shown::from_path(path));
    Failure::new(FailureKind::Input, message)
        .hint("give the `.json` that lies beside a report of this program, or a bundle")
}

/// Holds a report against a folder. One that was not named and has none of the files is the
/// wrong one.
fn against(record: &Record, report: &str, folder: &Path, is_named: bool) -> Result<Verdict, Failure> {
    let mut shown = AsRecorded::of(record);
    let mut library = Library::default();
    scan_into(folder, &mut |batch| library.absorb(&shown.show(batch))).map_err(not_read)?;
    library.apply(&shown.own_files());
    let has_any = record.files.iter().any(|file| library.inventory.get(&file.path).is_some());
    if !is_named && !record.files.is_empty() && !has_any {
        let message = format!(
            "none of the {} files of the report is in `{}`",
            record.files.len(),
            Shown::from_path(folder)
        );
        return Err(Failure::new(FailureKind::Input, message)
            .hint(format!("the report was made of `{}`; --dir says where that is now", record.folder)));
    }
    Ok(verify(record, report, &library, shown.into_times()))
}

fn tell(told: &Told<'_>, json: bool) -> Result<(), Failure> {
    if json {
        print_json(&document::of(told))?;
    } else {
        print(&page::of(told))?;
    }
    let beside = if told.folder.is_some() { "its folder" } else { "its sources" };
    match told.verdict.differences() {
        0 => Ok(()),
        1 => Err(Failure::new(FailureKind::Check, format!("1 difference between the report and {beside}"))),
        count => Err(Failure::new(
            FailureKind::Check,
            format!("{count} differences between the report and {beside}"),
        )),
    }
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
