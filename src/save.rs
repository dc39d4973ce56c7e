//! Writing reports: a temporary file in the same folder, sync, rename; never over an
//! existing file. The only module that writes below the watched folder.

use std::{
    fs::{self, File, Permissions},
    io::{self, Read as _, Seek, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use tempfile::{Builder, NamedTempFile};

use crate::{
    report::export::{Export, OWN_FOLDER},
    text::sanitize::Shown,
};

/// Temporary files: hidden, so that no listing and no watch sees them.
const TEMPORARY: (&str, &str) = (".chimera-insight-", ".tmp");
/// So many reports of one model in one second are none by accident.
const MAX_NAMES: u32 = 10_000;
/// What may be replaced: a report carries this near its top.
const REPORT_MARKER: &str = "<!-- chimera-insight:report -->";
/// A run record carries this key.
const RECORD_MARKER: &str = "\"generated_by\"";
/// Extension of a journal: no kind that is listed or watched.
const PARTIAL: &str = "partial";
/// The first lines of a journal; whoever reads it finds a run that died.
const INTERRUPTED: &str = "<!-- chimera-insight:report -->\n\n# Interrupted\n\n\
    This run of chimera-insight did not end. Below is what the model had written.\n";
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

/// Saves a report and its record below `folder/chimera_insight/`. A name that is taken gets
/// `-2`, `-3`, … for both files.
pub fn save(folder: &Path, export: &Export) -> Result<Saved, SaveError> {
    let own = own_folder(folder)?;
    let mut record = Written::new(&own, &export.record)?;
    let mut report = Written::new(&own, &export.markdown)?;
    for number in 1..=MAX_NAMES {
        let stem = if number == 1 { export.stem.clone() } else { format!("{}-{number}", export.stem) };
        let saved =
            Saved { report: own.join(format!("{stem}.md")), record: own.join(format!("{stem}.json")) };
        // The record first: a report that is there is whole, with its record beside it.
        record = match record.persist(&saved.record)? {
            Placed::Done => {
                report = match report.persist(&saved.report) {
                    Ok(Placed::Done) => {
                        sync_folder(&own);
                        return Ok(saved);
                    }
                    Ok(Placed::Taken(report)) => report,
                    Err(error) => {
                        // Best effort: the first error is the one to tell.
                        let _ = fs::remove_file(&saved.record);
                        return Err(error);
                    }
                };
                fs::remove_file(&saved.record).map_err(|source| fault(&saved.record, source))?;
                Written::new(&own, &export.record)?
            }
            Placed::Taken(record) => record,
        };
    }
    Err(fault(&own.join(&export.stem), io::ErrorKind::AlreadyExists.into()))
}

/// Saves a report as `file` and its record beside it, with the extension `json`. Files
/// that are the program's own are replaced, others never.
pub fn save_as(file: &Path, export: &Export) -> Result<Saved, SaveError> {
    let saved = places(file)?;
    let folder = folder_of(file);
    let record = Written::new(folder, &export.record)?;
    let report = Written::new(folder, &export.markdown)?;
    record.replace(&saved.record)?;
    report.replace(&saved.report)?;
    sync_folder(folder);
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

/// What a run has written so far, for the case that it dies: a file `….partial` beside the
/// reports. It stays when the run ends in any other way than [`Journal::finish`].
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Option<File>,
}

impl Journal {
    /// Starts one in the folder where the report will lie.
    pub fn start(place: Place<'_>, name: &str) -> Result<Self, SaveError> {
        let folder = match place {
            Place::Below(folder) => own_folder(folder)?,
            Place::Beside(file) => folder_of(file).to_owned(),
        };
        for number in 1..=MAX_NAMES {
            let number = if number == 1 { String::new() } else { format!("-{number}") };
            let path = folder.join(format!("{name}{number}.{PARTIAL}"));
            match File::options().write(true).create_new(true).open(&path) {
                Ok(mut file) => {
                    file.write_all(INTERRUPTED.as_bytes()).map_err(|source| fault(&path, source))?;
                    return Ok(Journal { path, file: Some(file) });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(fault(&path, error)),
            }
        }
        Err(fault(&folder.join(name), io::ErrorKind::AlreadyExists.into()))
    }
    /// Adds text. A full disk ends the journal, not the run: the report may go elsewhere.
    pub fn write(&mut self, text: &str) {
        if let Some(file) = &mut self.file
            && file.write_all(text.as_bytes()).is_err()
        {
            self.file = None;
        }
    }
    /// Takes back what was written last.
    pub fn withdraw(&mut self, text: &str) {
        let Some(file) = &mut self.file else { return };
        let shorter = file.stream_position().map(|end| end.saturating_sub(text.len() as u64));
        let cut = shorter.and_then(|end| {
            file.set_len(end)?;
            file.seek(io::SeekFrom::Start(end))
        });
        if cut.is_err() {
            self.file = None;
        }
    }
    /// The report is saved: the journal is not needed any more.
    pub fn finish(self) {
        // What cannot be removed was said to be partial and does no harm.
        let _ = fs::remove_file(&self.path);
    }
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
    let written = Written::new(folder, content)?;
    if replace {
        written.replace(path)?;
    } else if let Placed::Taken(_) = written.persist(path)? {
        return Err(fault(path, io::ErrorKind::AlreadyExists.into()));
    }
    sync_folder(folder);
    Ok(())
}

/// A temporary file, written and synced. Dropping it removes it.
struct Written(NamedTempFile);

enum Placed {
    Done,
    Taken(Written),
}

impl Written {
    fn new(folder: &Path, content: &str) -> Result<Self, SaveError> {
        let write = || {
            let mut file = Builder::new()
                .prefix(TEMPORARY.0)
                .suffix(TEMPORARY.1)
                // As any other file: the process's umask decides.
                .permissions(Permissions::from_mode(0o666))
                .tempfile_in(folder)?;
            file.write_all(content.as_bytes())?;
            file.as_file().sync_all()?;
            Ok(Written(file))
        };
        write().map_err(|source| fault(folder, source))
    }
    /// Gives the file its name, unless another has it.
    fn persist(self, path: &Path) -> Result<Placed, SaveError> {
        match self.0.persist_noclobber(path) {
            Ok(_) => Ok(Placed::Done),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Ok(Placed::Taken(Written(error.file)))
            }
            Err(error) => Err(fault(path, error.error)),
        }
    }
    fn replace(self, path: &Path) -> Result<(), SaveError> {
        self.0.persist(path).map(drop).map_err(|error| fault(path, error.error))
    }
}

/// `folder/chimera_insight`, made when needed; never a link to elsewhere.
fn own_folder(folder: &Path) -> Result<PathBuf, SaveError> {
    let own = folder.join(OWN_FOLDER);
    match fs::create_dir(&own) {
        Ok(()) => sync_folder(folder),
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

/// Makes names last. Some file systems cannot: the file itself is synced already.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

fn fault(path: &Path, source: io::Error) -> SaveError {
    SaveError { path: Shown::from_path(path), source }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn export() -> Export {
        Export {
            stem: "20251114T185407Z-gemma3-270m".into(),
            markdown: format!("# Report\n\n{REPORT_MARKER}\n"),
            record: "{\"generated_by\":\"chimera-insight\"}\n".into(),
        }
    }
    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number_for_both_files() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join(OWN_FOLDER);
        let first = save(folder.path(), &export()).unwrap();
        assert_eq!(first.report, own.join("20251114T185407Z-gemma3-270m.md"));
        // Only one of the two names is taken.
        fs::write(own.join("20251114T185407Z-gemma3-270m-2.md"), "mine").unwrap();
        fs::write(own.join("20251114T185407Z-gemma3-270m-3.json"), "mine").unwrap();
        let second = save(folder.path(), &export()).unwrap();
        assert_eq!(second.report, own.join("20251114T185407Z-gemma3-270m-4.md"));
        assert_eq!(second.record, own.join("20251114T185407Z-gemma3-270m-4.json"));
        assert_eq!(fs::read_to_string(&second.report).unwrap(), export().markdown);
        assert_eq!(fs::read_to_string(own.join("20251114T185407Z-gemma3-270m-2.md")).unwrap(), "mine");
        assert_eq!(names(&own).len(), 6, "{:?}", names(&own));
    }

    #[test]
    fn two_writers_at_once_get_a_file_each() {
        let folder = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..25 {
                        save(folder.path(), &export()).unwrap();
                    }
                });
            }
        });
        assert_eq!(names(&folder.path().join(OWN_FOLDER)).len(), 100);
    }

    #[test]
    fn a_journal_stays_unless_the_run_ends_well() {
        let folder = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let mut journal = Journal::start(Place::Below(folder.path()), "run").unwrap();
            journal.write("a piece");
        }
        let own = folder.path().join(OWN_FOLDER);
        assert_eq!(names(&own), ["run-2.partial", "run.partial"]);
        let text = fs::read_to_string(own.join("run.partial")).unwrap();
        assert!(text.starts_with(REPORT_MARKER) && text.ends_with("a piece"), "{text}");
        Journal::start(Place::Beside(&own.join("x.md")), "other").unwrap().finish();
        assert_eq!(names(&own).len(), 2);
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        assert!(save(&folder.path().join("gone"), &export()).is_err());
        fs::create_dir(folder.path().join("elsewhere")).unwrap();
        std::os::unix::fs::symlink("elsewhere", folder.path().join(OWN_FOLDER)).unwrap();
        assert!(save(folder.path(), &export()).is_err());
        assert_eq!(names(&folder.path().join("elsewhere")), [""; 0]);
        // A name that the system refuses: no temporary file stays.
        fs::remove_file(folder.path().join(OWN_FOLDER)).unwrap();
        let long = Export { stem: "x".repeat(300), ..export() };
        assert!(save(folder.path(), &long).is_err());
        assert_eq!(names(&folder.path().join(OWN_FOLDER)), [""; 0]);
    }

    #[test]
    fn a_file_of_ones_own_choice_replaces_reports_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report.md");
        let saved = save_as(&file, &export()).unwrap();
        assert_eq!(saved.record, folder.path().join("report.json"));
        save_as(&file, &export()).unwrap();
        fs::write(&file, "# somebody's own words\n").unwrap();
        assert!(save_as(&file, &export()).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "# somebody's own words\n");
        assert_eq!(names(folder.path()), ["report.json", "report.md"]);
    }
}
