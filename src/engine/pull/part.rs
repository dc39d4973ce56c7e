//! What has arrived of a file: the part beside its target, locked against a second process, with
//! a record of where it comes from, so that a later call can tell whether it may go on from there.

use std::{
    ffi::OsString,
    fs::{self, File, TryLockError},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use super::{
    Checked, PullError,
    http::Answer,
    source::{Expected, Sha256, Source},
    unwritable,
};
use crate::{
    engine::models::{ORIGIN, Origin},
    text::sanitize::Shown,
};

/// What is added to a file's name while it is not whole; no listing takes it for a model.
const PART: &str = ".part";
/// What is added to the name of a part for its record.
const RECORD: &str = ".json";
/// Another process may finish the part just while it is opened: then it is opened again.
const TRIES: usize = 4;
/// Read at once.
const CHUNK: usize = 1 << 20;
/// Longest record that is read, in bytes.
const LONGEST_RECORD: u64 = 64 * 1024;

/// Where a file comes from and what it was said to be; beside a part, and later beside the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Where it was asked for.
    from: String,
    #[serde(flatten)]
    origin: Origin,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    /// The server's mark of this content, where it is no weak one.
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    /// The terms that it comes under, where they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    terms: Option<String>,
    /// What the digest was compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked: Option<Checked>,
}

impl Record {
    /// The record beside a file that was fetched.
    pub fn beside(file: &Path) -> Option<Self> {
        Self::read(&with(file, ORIGIN))
    }

    /// Was the file asked for at the same place?
    pub fn is_of(&self, source: &Source) -> bool {
        self.from == source.identity()
    }

    /// The digest that it was said to have, or was found to have.
    pub fn sha256(&self) -> Option<Sha256> {
        self.sha256.as_deref().and_then(Sha256::parse)
    }

    fn of(source: &Source, expected: &Expected) -> Self {
        let origin =
            source.repository().map_or_else(Origin::default, |(repository, path, revision)| Origin {
                repository: Some(repository.to_owned()),
                file: Some(path.to_owned()),
                revision: Some(revision.to_owned()),
            });
        Self {
            from: source.identity(),
            origin,
            bytes: expected.bytes,
            sha256: expected.sha256.map(|sha256| sha256.to_string()),
            etag: None,
            terms: source.terms().map(|terms| format!("{} ({})", terms.name, terms.address)),
            checked: None,
        }
    }

    fn read(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        let is_short = metadata.is_file() && metadata.len() <= LONGEST_RECORD;
        serde_json::from_slice(&is_short.then(|| fs::read(path).ok()).flatten()?).ok()
    }

    fn write(&self, path: &Path) -> Result<(), PullError> {
        let text = serde_json::to_string_pretty(self).map_err(io::Error::from);
        text.and_then(|text| fs::write(path, text + "\n")).map_err(|source| unwritable(path, source))
    }
}

/// The part of a file, as long as nobody else writes it.
#[derive(Debug)]
pub(super) struct Part {
    path: PathBuf,
    file: File,
    bytes: u64,
    hasher: sha2::Sha256,
    record: Option<Record>,
    is_pinned: bool,
}

impl Part {
    /// Opens or makes the part beside `target`.
    pub fn open(target: &Path, source: &Source) -> Result<Self, PullError> {
        let path = with(target, PART);
        let failed = |error| unwritable(&path, error);
        for _ in 0..TRIES {
            let file = File::options()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(failed)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(PullError::Busy(Shown::new(source.file())));
                }
                // Some network file systems have no locks; there two at once are the user's affair.
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {}
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
            let metadata = file.metadata().map_err(failed)?;
            // Whoever held the lock may have given the part its name, or thrown it away.
            if fs::metadata(&path)
                .is_ok_and(|there| (there.dev(), there.ino()) == (metadata.dev(), metadata.ino()))
            {
                return Ok(Self {
                    record: Record::read(&with(&path, RECORD)).filter(|record| record.is_of(source)),
                    file,
                    bytes: metadata.len(),
                    hasher: sha2::Sha256::new(),
                    is_pinned: source.expected().sha256.is_some(),
                    path,
                });
            }
        }
        Err(PullError::Busy(Shown::new(source.file())))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes that are there.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Is nothing there?
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// The digest of what is there.
    pub fn sha256(&self) -> Sha256 {
        Sha256::new(self.hasher.clone().finalize().into())
    }

    /// Reads what is there, so that its digest can go on with what comes.
    pub fn rehash(&mut self, tell: &mut dyn FnMut(u64) -> Result<(), PullError>) -> Result<(), PullError> {
        self.file.rewind().map_err(|source| unwritable(&self.path, source))?;
        (self.hasher, self.bytes) = digest(&mut self.file, &self.path, tell)?;
        Ok(())
    }

    /// Can it be known whether what is there belongs to the file? By a digest in the end, or by the
    /// server's mark now.
    pub fn can_go_on(&self) -> bool {
        self.is_pinned || self.record.as_ref().is_some_and(|one| one.sha256.is_some() || one.etag.is_some())
    }

    /// The mark that the server is to compare, where no digest will tell.
    pub fn validator(&self) -> Option<&str> {
        let record = self.record.as_ref().filter(|record| !self.is_pinned && record.sha256.is_none())?;
        record.etag.as_deref()
    }

    /// What the file must be, where all of it is there by all that is known.
    pub fn whole(&self, expected: Expected) -> Option<Expected> {
        let record = self.record.as_ref();
        let known = Expected {
            bytes: expected.bytes.or_else(|| record.and_then(|record| record.bytes)),
            sha256: expected.sha256.or_else(|| record.and_then(Record::sha256)),
        };
        (known.bytes == Some(self.bytes) && known.sha256.is_some()).then_some(known)
    }

    /// Is what is there the start of what the server offers?
    pub fn is_start_of(&self, answer: &Answer) -> bool {
        let Some(record) = &self.record else { return self.is_pinned };
        match (record.sha256(), answer.stated) {
            _ if self.is_pinned => true,
            (Some(kept), Some(offered)) => kept == offered,
            _ => record.etag.is_some() && record.etag == answer.etag,
        }
    }

    /// Keeps what the server says of the file.
    pub fn remember(&mut self, source: &Source, answer: &Answer) -> Result<(), PullError> {
        let mut record = Record::of(source, &answer.expected);
        record.etag.clone_from(&answer.etag);
        if let Some(commit) = &answer.commit {
            record.origin.revision = Some(commit.clone());
        }
        if self.record.as_ref() != Some(&record) {
            record.write(&with(&self.path, RECORD))?;
            self.record = Some(record);
        }
        Ok(())
    }

    /// Adds what came.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), PullError> {
        self.file.write_all(bytes).map_err(|source| unwritable(&self.path, source))?;
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Begins anew.
    pub fn empty(&mut self) -> Result<(), PullError> {
        let emptied = self.file.set_len(0).and_then(|()| self.file.seek(SeekFrom::Start(0)));
        emptied.map_err(|source| unwritable(&self.path, source))?;
        (self.bytes, self.hasher, self.record) = (0, sha2::Sha256::new(), None);
        Ok(())
    }

    /// Makes it last.
    pub fn sync(&self) -> Result<(), PullError> {
        self.file.sync_all().map_err(|source| unwritable(&self.path, source))
    }

    /// Gives it its name.
    pub fn finish(
        mut self,
        target: &Path,
        source: &Source,
        expected: &Expected,
        checked: Checked,
    ) -> Result<(), PullError> {
        self.sync()?;
        let found = Expected { bytes: Some(self.bytes), sha256: Some(self.sha256()) };
        let mut record = self.record.take().unwrap_or_else(|| Record::of(source, expected));
        record.checked = Some(checked);
        (record.bytes, record.sha256) = (found.bytes, found.sha256.map(|sha256| sha256.to_string()));
        record.write(&with(target, ORIGIN))?;
        fs::rename(&self.path, target).map_err(|source| unwritable(target, source))?;
        // The file is there; what is left over harms nobody.
        let _ = fs::remove_file(with(&self.path, RECORD));
        let folder = target.parent().map(File::open);
        // Not every file system can do this, and the file is whole anyhow.
        let _ = folder.map(|folder| folder.and_then(|folder| folder.sync_all()));
        Ok(())
    }

    /// Throws it away. What cannot be removed is found out by its digest the next time.
    pub fn discard(&mut self) {
        let _ = fs::remove_file(with(&self.path, RECORD));
        let _ = fs::remove_file(&self.path);
    }
}

/// The digest of a file; `tell` hears how far it is.
pub(super) fn digest_of(
    path: &Path,
    tell: &mut dyn FnMut(u64) -> Result<(), PullError>,
) -> Result<Sha256, PullError> {
    let mut file = File::open(path).map_err(|source| unwritable(path, source))?;
    let (hasher, _) = digest(&mut file, path, tell)?;
    Ok(Sha256::new(hasher.finalize().into()))
}

fn digest(
    file: &mut File,
    path: &Path,
    tell: &mut dyn FnMut(u64) -> Result<(), PullError>,
) -> Result<(sha2::Sha256, u64), PullError> {
    let (mut hasher, mut done) = (sha2::Sha256::new(), 0);
    let mut buffer = vec![0; CHUNK];
    loop {
        let got = file.read(&mut buffer).map_err(|source| unwritable(path, source))?;
        if got == 0 {
            return Ok((hasher, done));
        }
        hasher.update(buffer.get(..got).unwrap_or_default());
        done += got as u64;
        tell(done)?;
    }
}

/// Bytes that this user may still write below a folder; `None` where the system does not say.
pub(super) fn free_space(folder: &Path) -> Option<u64> {
    let space = rustix::fs::statvfs(folder).ok()?;
    // Some file systems of other machines say nothing.
    (space.f_blocks > 0).then(|| space.f_bavail.saturating_mul(space.f_frsize))
}

/// A path with something added to its name.
fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}
