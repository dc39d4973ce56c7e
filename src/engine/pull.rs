//! Fetches a model file into the program's own folder, from the Hugging Face hub or another
//! address. What arrived stays in a part beside the target, so that the next call goes on from
//! there; the file gets its name only when its digest is the one that it must have.
//!
//! No clock and no terminal: what happens is told as [`Event`]s, whoever listens may end it.

mod access;
mod http;
mod part;
mod source;

use std::{
    fs, io,
    io::Read as _,
    ops::ControlFlow,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use serde::{Deserialize, Serialize};

pub use self::{
    access::Access,
    source::{Expected, Sha256, Source},
};
pub(super) use self::{access::Proxies, source::is_this_machine};
use self::{
    http::{Answer, Client, Trouble},
    part::{Part, Record},
};
use super::{gguf, models::known::Terms};
use crate::{metrics::format, text::sanitize::Shown};

/// Read at once; telling and writing more often would only cost time.
const CHUNK: usize = 256 * 1024;
/// Calls in a row that bring nothing, after which it is no use; the waits before them.
const WAITS: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(5)];
/// A server that has given nothing yet gets so many calls: where there is no network, nobody waits.
const FIRST_CALLS: usize = 2;
/// A server that cuts every answer short after some bytes is not asked for ever.
const MOST_CALLS: usize = 200;
/// What must stay free on the disk besides the file.
const SPACE_MARGIN: u64 = 64 << 20;

/// What happens meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The terms that the file comes under; told when it is first fetched.
    Terms(Terms),
    /// What is there is read again, to know its digest.
    Checking {
        /// Bytes read.
        done: u64,
        /// Of so many.
        total: u64,
    },
    /// The transfer begins.
    Begins {
        /// Bytes that are there from an earlier call.
        from: u64,
        /// Bytes of the whole file, where the server says so.
        total: Option<u64>,
    },
    /// Bytes arrived.
    Progress {
        /// Bytes that are there.
        done: u64,
        /// Of so many.
        total: Option<u64>,
    },
    /// The transfer broke off and is taken up again.
    Again {
        /// Why.
        reason: String,
    },
}

/// A model that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulled {
    /// The file.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: u64,
    /// Its SHA-256.
    pub sha256: Sha256,
    /// What the digest was compared with.
    pub checked: Checked,
    /// Was it fetched now? Otherwise it was there.
    pub is_new: bool,
}

/// What a digest was compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Checked {
    /// A digest that this program or the user names.
    Pinned,
    /// The digest that the hub states.
    Stated,
    /// Nothing: nobody states one.
    Nothing,
}

/// Why a model could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// What was asked for is no name and no address.
    #[error("{0}")]
    Asked(String),
    /// A variable of the environment is wrong. Its value is never told: it may be a secret.
    #[error("`{name}` {fault}")]
    Variable {
        /// Which.
        name: &'static str,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// No network wanted.
    #[error("`{0}` is not on this machine, and no network is to be used")]
    Offline(String),
    /// Another process fetches the same file.
    #[error("`{0}` is being fetched by another process")]
    Busy(Shown),
    /// Something else has its name.
    #[error("`{path}` is there and is another file ({reason})")]
    Taken {
        /// The file.
        path: Shown,
        /// How that is known.
        reason: &'static str,
    },
    /// The disk is too full.
    #[error(
        "no space in `{folder}`: {} needed, {} free", format::bytes(*needed), format::bytes(*free)
    )]
    Space {
        /// Where.
        folder: Shown,
        /// Bytes needed.
        needed: u64,
        /// Bytes free.
        free: u64,
    },
    /// The file cannot be written.
    #[error("cannot write `{path}`: {source}")]
    Write {
        /// The file.
        path: Shown,
        /// The system's word.
        source: io::Error,
    },
    /// The server cannot be reached, or does not give the file.
    #[error("cannot fetch `{name}`: {reason}")]
    Server {
        /// What.
        name: String,
        /// Why.
        reason: String,
        /// What to do.
        hint: Option<&'static str>,
        /// Bytes that are kept for the next call.
        kept: u64,
    },
    /// The file is not the one that it should be.
    #[error("`{name}` is not what it should be: {reason}")]
    Wrong {
        /// What.
        name: String,
        /// How that is known.
        reason: String,
    },
    /// The listener ended it.
    #[error("ended, with {} kept", format::bytes(*kept))]
    Ended {
        /// Bytes that are kept for the next call.
        kept: u64,
    },
}

/// Fetches a file into `folder`, or finds that it is there.
pub fn pull(
    source: &Source,
    folder: &Path,
    access: &Access,
    emit: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> Result<Pulled, PullError> {
    Pull { source, folder, access, emit }.run()
}

struct Pull<'a> {
    source: &'a Source,
    folder: &'a Path,
    access: &'a Access,
    emit: &'a mut dyn FnMut(Event) -> ControlFlow<()>,
}

/// How a transfer ended that did not fail for good.
enum Transfer {
    Whole,
    /// It broke off.
    Cut(Trouble),
}

impl Pull<'_> {
    fn run(mut self) -> Result<Pulled, PullError> {
        let target = self.folder.join(self.source.file());
        if target.exists() {
            return self.what_is_there(target);
        }
        if self.access.is_offline() {
            return Err(PullError::Offline(self.source.name()));
        }
        fs::create_dir_all(self.folder).map_err(|source| unwritable(self.folder, source))?;
        let mut part = Part::open(&target, self.source)?;
        // Whoever held the part before may just have finished.
        if target.exists() {
            part.discard();
            return self.what_is_there(target);
        }
        let expected = match self.fetch(&mut part) {
            Ok(expected) => expected,
            Err(error) => {
                if part.is_empty() {
                    part.discard();
                }
                return Err(error);
            }
        };
        let header = gguf::read(part.path());
        if let Err(error) = header {
            let reason = match error {
                gguf::GgufError::Malformed { reason, .. } => {
                    format!("it is no GGUF file ({reason}) and was thrown away")
                }
                gguf::GgufError::Io { source, .. } => return Err(unwritable(part.path(), source)),
            };
            part.discard();
            return Err(self.wrong(reason));
        }
        let (bytes, sha256) = (part.bytes(), part.sha256());
        let checked = self.checked(&expected);
        part.finish(&target, self.source, &expected, checked)?;
        Ok(Pulled { path: target, bytes, sha256, checked, is_new: true })
    }

    /// A file of that name: is it the one?
    fn what_is_there(&mut self, path: PathBuf) -> Result<Pulled, PullError> {
        let taken = |reason| PullError::Taken { path: Shown::from_path(&path), reason };
        let origin = Record::beside(&path);
        let pinned = self.source.expected().sha256;
        if pinned.is_none() && !origin.as_ref().is_some_and(|origin| origin.is_of(self.source)) {
            return Err(taken("it was not fetched from there"));
        }
        let bytes = fs::metadata(&path).map_err(|source| unwritable(&path, source))?.len();
        let expected = pinned.or_else(|| origin.as_ref().and_then(Record::sha256));
        let sha256 =
            part::digest_of(&path, &mut |done| self.tell(Event::Checking { done, total: bytes }, 0))?;
        match expected {
            Some(expected) if expected != sha256 => Err(taken("its SHA-256 is another")),
            _ => {
                let before = origin.and_then(|origin| origin.checked).unwrap_or(Checked::Nothing);
                let checked = if pinned.is_some() { Checked::Pinned } else { before };
                Ok(Pulled { path, bytes, sha256, checked, is_new: false })
            }
        }
    }

    /// Brings the part to its end. What came from an earlier call and turns out not to belong
    /// to the file is fetched anew, once.
    fn fetch(&mut self, part: &mut Part) -> Result<Expected, PullError> {
        let (mut kept, length) = (part.bytes(), part.bytes());
        part.rehash(&mut |done| self.tell(Event::Checking { done, total: length }, length))?;
        loop {
            let expected = self.transfer(part)?;
            let found = part.sha256();
            let Some(wanted) = expected.sha256.filter(|wanted| *wanted != found) else { return Ok(expected) };
            part.empty()?;
            if kept == 0 {
                part.discard();
                let reason = format!("its SHA-256 is {found}, it should be {wanted}; it was thrown away");
                return Err(self.wrong(reason));
            }
            kept = 0;
            let reason = "what was kept does not belong to it".to_owned();
            self.tell(Event::Again { reason }, 0)?;
        }
    }

    /// Calls until the file is whole; returns what it must be by all that is known by then.
    fn transfer(&mut self, part: &mut Part) -> Result<Expected, PullError> {
        if let Some(expected) = part.whole(self.source.expected()) {
            return Ok(expected);
        }
        let client = Client::new(self.access);
        let (mut fruitless, mut has_begun) = (0, false);
        for _ in 0..MOST_CALLS {
            let before = part.bytes();
            let (expected, trouble) = match self.ask(&client, part) {
                Ok(mut answer) => {
                    let expected = answer.expected;
                    if !std::mem::replace(&mut has_begun, true) {
                        if let Some(terms) = self.source.terms().filter(|_| part.is_empty()) {
                            self.tell(Event::Terms(terms), 0)?;
                        }
                        self.tell(Event::Begins { from: part.bytes(), total: expected.bytes }, part.bytes())?;
                    }
                    match self.receive(&mut answer, part)? {
                        Transfer::Whole => {
                            part.sync()?;
                            return Ok(expected);
                        }
                        Transfer::Cut(trouble) => (Some(expected), trouble),
                    }
                }
                Err(Failed::Final(error)) => return Err(error),
                Err(Failed::Trouble(trouble)) => (None, trouble),
            };
            let has_gained = expected.is_some() && part.bytes() > before;
            fruitless = if has_gained { 0 } else { fruitless + 1 };
            let is_worth_it = trouble.is_passing && (has_begun || fruitless < FIRST_CALLS);
            let Some(wait) = WAITS.get(fruitless).filter(|_| is_worth_it) else {
                return Err(self.server(&trouble, part.bytes()));
            };
            self.tell(Event::Again { reason: trouble.reason }, part.bytes())?;
            thread::sleep(*wait);
        }
        Err(self.server(&Trouble::passing("the server ends every answer early"), part.bytes()))
    }

    /// Opens the file where the part ends; where that cannot be, at its start.
    fn ask(&mut self, client: &Client, part: &mut Part) -> Result<Answer, Failed> {
        if part.bytes() > 0 && !part.can_go_on() {
            part.empty()?;
        }
        let answer = match client.open(self.source, part.bytes(), part.validator()) {
            // The part is as long as the file, or longer: only its digest can tell.
            Err(trouble) if part.bytes() > 0 && trouble.is_about_range => {
                part.empty()?;
                client.open(self.source, 0, None)?
            }
            other => other?,
        };
        let answer = if answer.from > 0 && !part.is_start_of(&answer) {
            part.empty()?;
            client.open(self.source, 0, None)?
        } else {
            answer
        };
        // Before anything is given up: a gateway that asks for a login answers everything.
        self.accept(&answer)?;
        if answer.from == 0 && part.bytes() > 0 {
            part.empty()?;
        }
        part.remember(self.source, &answer)?;
        self.need_space(answer.expected.bytes, part.bytes())?;
        Ok(answer)
    }

    /// Is what the server offers the file that is wanted?
    fn accept(&self, answer: &Answer) -> Result<(), PullError> {
        let wanted = self.source.expected();
        if let (Some(wanted), Some(offered)) = (wanted.sha256, answer.stated)
            && wanted != offered
        {
            return Err(self.wrong(format!("the server offers SHA-256 {offered}, it should be {wanted}")));
        }
        match (wanted.bytes, answer.length) {
            (Some(wanted), Some(offered)) if wanted != offered => {
                Err(self.wrong(format!("the server offers {offered} bytes, it should be {wanted}")))
            }
            _ => Ok(()),
        }
    }

    fn need_space(&self, total: Option<u64>, have: u64) -> Result<(), PullError> {
        let Some(total) = total else { return Ok(()) };
        let needed = total.saturating_sub(have).saturating_add(SPACE_MARGIN);
        match part::free_space(self.folder) {
            Some(free) if free < needed => {
                Err(PullError::Space { folder: Shown::from_path(self.folder), needed, free })
            }
            _ => Ok(()),
        }
    }

    fn receive(&mut self, answer: &mut Answer, part: &mut Part) -> Result<Transfer, PullError> {
        let total = answer.expected.bytes;
        let mut buffer = vec![0; CHUNK];
        loop {
            let got = match answer.body.read(&mut buffer) {
                Ok(got) => got,
                Err(error) => return Ok(Transfer::Cut(Trouble::of_io(&error))),
            };
            if got == 0 {
                return Ok(match total {
                    Some(total) if part.bytes() < total => {
                        Transfer::Cut(Trouble::passing("the connection ended early"))
                    }
                    _ => Transfer::Whole,
                });
            }
            let bytes = buffer.get(..got).unwrap_or_default();
            if total.is_some_and(|total| part.bytes() + got as u64 > total) {
                part.discard();
                return Err(
                    self.wrong("the server sends more bytes than it has; they were thrown away".to_owned())
                );
            }
            part.append(bytes)?;
            self.tell(Event::Progress { done: part.bytes(), total }, part.bytes())?;
        }
    }

    fn checked(&self, expected: &Expected) -> Checked {
        match (self.source.expected().sha256, expected.sha256) {
            (Some(_), _) => Checked::Pinned,
            (None, Some(_)) => Checked::Stated,
            (None, None) => Checked::Nothing,
        }
    }

    fn tell(&mut self, event: Event, kept: u64) -> Result<(), PullError> {
        match (self.emit)(event) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(PullError::Ended { kept }),
        }
    }

    fn wrong(&self, reason: String) -> PullError {
        PullError::Wrong { name: self.source.name(), reason }
    }

    fn server(&self, trouble: &Trouble, kept: u64) -> PullError {
        PullError::Server {
            name: self.source.name(),
            reason: trouble.reason.clone(),
            hint: trouble.hint,
            kept,
        }
    }
}

/// Why a call brought no answer.
enum Failed {
    Final(PullError),
    Trouble(Trouble),
}

impl From<PullError> for Failed {
    fn from(error: PullError) -> Self {
        Self::Final(error)
    }
}

impl From<Trouble> for Failed {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

fn unwritable(path: &Path, source: io::Error) -> PullError {
    PullError::Write { path: Shown::from_path(path), source }
}
