//! What a run has written so far, for the case that it dies: a file `….partial` beside the
//! reports, which the next start finds.

use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use rustix::fs::OFlags;

use super::{
    MAX_NAMES, Place, SaveError,
    disk::{Disk, System, again, hold, write_all},
    fault, folder_of, own_folder,
};
use crate::{metrics::format, report::export::OWN_FOLDER};

/// Extension of a journal: no kind that is listed or watched.
const PARTIAL: &str = "partial";
/// The first lines of a journal; whoever reads it finds a run that died.
const INTERRUPTED: &str = "<!-- chimera-insight:report -->\n\n# Interrupted\n\n\
    This run of chimera-insight did not end. Below is what the model had written.\n";
/// More than a report ever has: what is longer was not written by this program.
const MOST_BYTES: u64 = 16 * 1024 * 1024;
/// Part of the name of a report made of a journal.
const KEPT_AS: &str = "interrupted";

/// The name of the journal of a run that began at this time: `20251114T185407Z`.
pub fn name(started_ns: i128) -> String {
    format::utc(started_ns).replace(['-', ':'], "")
}

/// A file that grows with the answer. It stays when the run ends in any other way than
/// [`Journal::finish`].
#[derive(Debug)]
pub struct Journal<D: Disk = System> {
    disk: D,
    path: PathBuf,
    file: Option<File>,
}

impl Journal {
    /// Starts one in the folder where the report will lie.
    pub fn start(place: Place<'_>, name: &str) -> Result<Self, SaveError> {
        Self::start_on(System, place, name)
    }
}

impl<D: Disk> Journal<D> {
    /// The same with other calls to write by.
    pub fn start_on(disk: D, place: Place<'_>, name: &str) -> Result<Self, SaveError> {
        let folder = match place {
            Place::Below(folder) => own_folder(&disk, folder)?,
            Place::Beside(file) => folder_of(file).to_owned(),
        };
        for number in 1..=MAX_NAMES {
            let number = if number == 1 { String::new() } else { format!("-{number}") };
            let path = folder.join(format!("{name}{number}.{PARTIAL}"));
            match again(|| disk.create(&path)) {
                Ok(mut file) => {
                    // Nobody else has it: it is new.
                    hold(&file);
                    if let Err(source) = write_all(&disk, &mut file, INTERRUPTED.as_bytes()) {
                        // Best effort: the first error is the one to tell.
                        let _ = disk.remove(&path);
                        return Err(fault(&path, source));
                    }
                    return Ok(Journal { disk, path, file: Some(file) });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(fault(&path, error)),
            }
        }
        Err(fault(&folder.join(name), io::ErrorKind::AlreadyExists.into()))
    }
    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }
    /// Adds text. A full disk ends the journal, not the run: the report may go elsewhere.
    pub fn write(&mut self, text: &str) {
        if let Some(file) = &mut self.file
            && write_all(&self.disk, file, text.as_bytes()).is_err()
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
    /// Makes what was written outlast a loss of power. A process that is killed loses nothing
    /// without it.
    pub fn sync(&mut self) {
        if let Some(file) = &self.file
            && again(|| self.disk.sync(file)).is_err()
        {
            self.file = None;
        }
    }
    /// The report is saved: the journal is not needed any more.
    pub fn finish(self) {
        // What cannot be removed was said to be partial and does no harm.
        let _ = self.disk.remove(&self.path);
    }
}

/// A journal whose run died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remains {
    /// The file.
    pub path: PathBuf,
    /// Words that the model had written.
    pub words: usize,
}

/// The journals below a watched folder whose runs died, the newest name last. Those that
/// hold nothing but their first lines are removed.
pub fn remains(folder: &Path) -> Vec<Remains> {
    let entries = fs::read_dir(folder.join(OWN_FOLDER)).into_iter().flatten().flatten();
    let mut found: Vec<Remains> = entries.filter_map(|entry| remains_at(&entry.path())).collect();
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn remains_at(path: &Path) -> Option<Remains> {
    if path.extension()? != PARTIAL {
        return None;
    }
    let (_held, text) = read_abandoned(path).ok()?;
    let written = text.strip_prefix(INTERRUPTED)?;
    let words = written.split_whitespace().filter(|word| *word != "##").count();
    if words == 0 {
        // Best effort: an empty one does no harm either.
        let _ = fs::remove_file(path);
        return None;
    }
    Some(Remains { path: path.to_owned(), words })
}

/// Makes a report of a journal whose run died: `…-interrupted.md`, which is listed as the
/// program's own. Gives its path and text.
pub fn keep(path: &Path) -> Result<(PathBuf, String), SaveError> {
    let (_held, text) = read_abandoned(path).map_err(|source| fault(path, source))?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    for number in 1..=MAX_NAMES {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        let kept = path.with_file_name(format!("{stem}-{KEPT_AS}{number}.md"));
        match again(|| System.name(path, &kept)) {
            Ok(()) => return Ok((kept, text)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(fault(&kept, error)),
        }
    }
    Err(fault(path, io::ErrorKind::AlreadyExists.into()))
}

/// The text of a journal that no process writes; held as long as the file is open.
fn read_abandoned(path: &Path) -> io::Result<(File, String)> {
    let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::NOCTTY;
    let file = File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
    }
    if !hold(&file) {
        return Err(io::Error::new(io::ErrorKind::ResourceBusy, "another process is writing it"));
    }
    let mut bytes = Vec::new();
    (&file).take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok((file, String::from_utf8_lossy(&bytes).into_owned()))
}
