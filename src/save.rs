//! Writing reports: a temporary file in the same folder, sync, rename; never over an
//! existing file. The only module that writes below the watched folder.

pub mod disk;
pub mod journal;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read as _, Seek},
    path::{Path, PathBuf},
};

use self::disk::{Disk, Placed, System, Written, again, sweep, sync_folder};
use crate::{
    report::export::{Export, OWN_FOLDER},
    text::sanitize::Shown,
};

/// So many reports of one model in one second are none by accident.
const MAX_NAMES: u32 = 10_000;
/// What may be replaced: a report carries this near its top.
const REPORT_MARKER: &str = "<!-- chimera-insight:report -->";
/// A run record carries this key.
const RECORD_MARKER: &str = "\"generated_by\"";
/// Extension of a bundle.
const BUNDLE: &str = "bundle.json";
/// Results that are gone on with are rows of hours, not of months.
const MAX_REOPENED: u64 = 256 << 20;
/// How far into a file the marker is looked for.
const MARKER_WITHIN: u64 = 64 * 1024;

/// Where a report was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// The Markdown file.
    pub report: PathBuf,
    /// The run record.
    pub record: PathBuf,
}

/// A file that cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{path}`: {source}")]
pub struct SaveError {
    /// The file.
    pub path: Shown,
    /// The system's word.
    pub source: io::Error,
}

/// A report that could not be saved where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsaved {
    /// Why, as told.
    pub reason: Shown,
    /// The report.
    pub export: Export,
    /// Where a copy lies, if any place took one.
    pub copy: Option<Saved>,
}

impl fmt::Display for Unsaved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.copy {
            Some(copy) => write!(f, "{}; a copy lies in `{}`", self.reason, Shown::from_path(&copy.report)),
            None => write!(f, "{}; no other place took a copy", self.reason),
        }
    }
}

impl std::error::Error for Unsaved {}

impl Unsaved {
    /// Keeps a copy of a report that could not be saved: below `refuge`, else in a temporary
    /// folder that is nobody else's.
    pub fn keep(error: &SaveError, export: Export, refuge: &Path) -> Self {
        let below =
            || fs::create_dir_all(refuge).ok().and_then(|()| save_numbered(&System, refuge, &export).ok());
        let elsewhere = || {
            let folder = tempfile::Builder::new().prefix(OWN_FOLDER).tempdir().ok()?;
            let saved = save_numbered(&System, folder.path(), &export).ok()?;
            // With a report in it, it is no temporary folder any more.
            let _ = folder.keep();
            Some(saved)
        };
        let copy = below().or_else(elsewhere);
        Unsaved { reason: Shown::new(&error.to_string()), export, copy }
    }
    /// It was saved elsewhere: the copy is not needed any more.
    pub fn settle(&self) {
        for path in self.copy.iter().flat_map(|copy| [&copy.report, &copy.record]) {
            // A copy too many does no harm.
            let _ = fs::remove_file(path);
        }
    }
}

/// Saves a report and its record below `folder/chimera_insight/`. A name that is taken gets
/// `-2`, `-3`, … for both files.
pub fn save(folder: &Path, export: &Export) -> Result<Saved, SaveError> {
    save_on(&System, folder, export)
}

/// The same with other calls to write by.
pub fn save_on(disk: &dyn Disk, folder: &Path, export: &Export) -> Result<Saved, SaveError> {
    let own = own_folder(disk, folder)?;
    sweep(disk, &own);
    save_numbered(disk, &own, export)
}

fn save_numbered(disk: &dyn Disk, folder: &Path, export: &Export) -> Result<Saved, SaveError> {
    let written = |content: &str| Written::new(disk, folder, content).map_err(|source| fault(folder, source));
    let mut record = written(&export.record)?;
    let mut report = written(&export.markdown)?;
    for number in 1..=MAX_NAMES {
        let stem = if number == 1 { export.stem.clone() } else { format!("{}-{number}", export.stem) };
        let saved =
            Saved { report: folder.join(format!("{stem}.md")), record: folder.join(format!("{stem}.json")) };
        // The record first: a report that is there is whole, with its record beside it.
        record = match record.persist(&saved.record).map_err(|source| fault(&saved.record, source))? {
            Placed::Done => {
                report = match report.persist(&saved.report) {
                    Ok(Placed::Done) => {
                        sync_folder(disk, folder);
                        return Ok(saved);
                    }
                    Ok(Placed::Taken(report)) => report,
                    Err(error) => {
                        // Best effort: the first error is the one to tell.
                        let _ = again(|| disk.remove(&saved.record));
                        return Err(fault(&saved.report, error));
                    }
                };
                again(|| disk.remove(&saved.record)).map_err(|source| fault(&saved.record, source))?;
                written(&export.record)?
            }
            Placed::Taken(record) => record,
        };
    }
    Err(fault(&folder.join(&export.stem), io::ErrorKind::AlreadyExists.into()))
}

/// Saves a report as `file` and its record beside it, with the extension `json`. Files
/// that are the program's own are replaced, others never.
pub fn save_as(file: &Path, export: &Export) -> Result<Saved, SaveError> {
    save_as_on(&System, file, export)
}

/// The same with other calls to write by.
pub fn save_as_on(disk: &dyn Disk, file: &Path, export: &Export) -> Result<Saved, SaveError> {
    let saved = places(file)?;
    let folder = folder_of(file);
    let written = |content: &str| Written::new(disk, folder, content).map_err(|source| fault(folder, source));
    let record = written(&export.record)?;
    let report = written(&export.markdown)?;
    record.replace(&saved.record).map_err(|source| fault(&saved.record, source))?;
    report.replace(&saved.report).map_err(|source| fault(&saved.report, source))?;
    sync_folder(disk, folder);
    Ok(saved)
}

/// Where [`save_as`] would write; an error when it would not. Asked before a long run.
pub fn places(file: &Path) -> Result<Saved, SaveError> {
    let mut record = file.with_extension("json");
    if record == file {
        record.as_mut_os_string().push(".json");
    }
    for (path, marker) in [(file, REPORT_MARKER), (&record, RECORD_MARKER)] {
        match is_own(path, marker) {
            Ok(true) => {}
            Ok(false) => {
                let reason = "it is there and no report of chimera-insight; choose another name";
                return Err(fault(path, io::Error::new(io::ErrorKind::AlreadyExists, reason)));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(fault(path, error)),
        }
    }
    let folder = folder_of(file);
    if !folder.is_dir() {
        return Err(fault(folder, io::Error::new(io::ErrorKind::NotFound, "no such folder")));
    }
    Ok(Saved { report: file.to_owned(), record })
}

/// Saves a bundle beside its report, as `….bundle.json`. In the program's own folder it never
/// replaces a file; beside a file of one's own choice only one of the program's.
pub fn save_bundle(saved: &Saved, content: &str) -> Result<PathBuf, SaveError> {
    let path = saved.record.with_extension(BUNDLE);
    let is_own_folder = path.parent().is_some_and(|folder| folder.ends_with(OWN_FOLDER));
    let replace = !is_own_folder && matches!(is_own(&path, RECORD_MARKER), Ok(true));
    write_whole(&path, content, replace)?;
    Ok(path)
}

/// Where a report goes.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// Into the program's own folder below this one.
    Below(&'a Path),
    /// Next to this file.
    Beside(&'a Path),
}

/// A file of results that grows while it is measured. An existing one is kept unless
/// `replace`.
pub fn create(path: &Path, replace: bool) -> Result<File, SaveError> {
    let mut options = File::options();
    options.write(true);
    if replace {
        options.create(true).truncate(true)
    } else {
        options.create_new(true)
    };
    options.open(path).map_err(|source| fault(path, source))
}

/// A file that [`create`] made, to go on with: what it holds, up to its last whole line. What
/// stands behind that, of a run that died in the middle of it, is cut off.
pub fn reopen(path: &Path) -> Result<(String, File), SaveError> {
    let open = || {
        let is_file = fs::symlink_metadata(path)?.is_file();
        if !is_file {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
        }
        let mut file = File::options().read(true).write(true).open(path)?;
        let mut bytes = Vec::new();
        (&file).take(MAX_REOPENED).read_to_end(&mut bytes)?;
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        bytes.truncate(end);
        let text = String::from_utf8(bytes).map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        file.set_len(end as u64)?;
        file.seek(io::SeekFrom::End(0))?;
        Ok((text, file))
    };
    open().map_err(|source| fault(path, source))
}

/// Removes a file that [`create`] made.
pub fn remove(path: &Path) -> Result<(), SaveError> {
    fs::remove_file(path).map_err(|source| fault(path, source))
}

/// Writes a file whole. An existing one is kept unless `replace`.
pub fn write_whole(path: &Path, content: &str, replace: bool) -> Result<(), SaveError> {
    let folder = folder_of(path);
    let written = Written::new(&System, folder, content).map_err(|source| fault(folder, source))?;
    if replace {
        written.replace(path).map_err(|source| fault(path, source))?;
    } else if let Placed::Taken(_) = written.persist(path).map_err(|source| fault(path, source))? {
        return Err(fault(path, io::ErrorKind::AlreadyExists.into()));
    }
    sync_folder(&System, folder);
    Ok(())
}

/// `folder/chimera_insight`, made when needed; never a link to elsewhere.
fn own_folder(disk: &dyn Disk, folder: &Path) -> Result<PathBuf, SaveError> {
    let own = folder.join(OWN_FOLDER);
    match again(|| disk.create_folder(&own)) {
        Ok(()) => sync_folder(disk, folder),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(fault(&own, error)),
    }
    let is_folder = fs::symlink_metadata(&own).is_ok_and(|metadata| metadata.is_dir());
    if is_folder {
        Ok(own)
    } else {
        let reason = "it is no folder; reports are not written through links";
        Err(fault(&own, io::Error::new(io::ErrorKind::NotADirectory, reason)))
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn is_own(path: &Path, marker: &str) -> io::Result<bool> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Ok(false);
    }
    let mut head = Vec::new();
    File::open(path)?.take(MARKER_WITHIN).read_to_end(&mut head)?;
    Ok(memchr::memmem::find(&head, marker.as_bytes()).is_some())
}

fn fault(path: &Path, source: io::Error) -> SaveError {
    SaveError { path: Shown::from_path(path), source }
}
