//! What is to be fetched: from a name, a place on the hub or an address to a file and what is
//! known of it. No network here.

use std::fmt::{self, Write as _};

use super::PullError;
use crate::{
    engine::models::{
        self,
        known::{KNOWN, Known, Terms},
    },
    text::sanitize::Shown,
};

/// In front of a place on the hub.
const HUB_PREFIX: &str = "hf:";
/// Hosts of the hub in addresses that people copy from their browser.
const HUB_HOSTS: [&str; 3] = ["huggingface.co", "www.huggingface.co", "hf.co"];
/// What is taken where no revision is named.
const MAIN: &str = "main";
/// Longest name of a file: file systems have room for some more, and a suffix is added.
const LONGEST_NAME: usize = 200;
/// Digits of a commit that tell it from others.
const SHORT: usize = 8;
/// Most files that a model is split into; real ones have some dozens.
const MOST_PARTS: u32 = 512;

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Sha256([u8; 32]);

impl Sha256 {
    pub(super) fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads 64 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u8> = text
            .chars()
            .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect::<Option<_>>()?;
        let bytes: Vec<u8> =
            digits.chunks(2).map(|pair| pair.iter().fold(0, |sum, digit| sum << 4 | digit)).collect();
        if digits.len() == 64 { bytes.try_into().ok().map(Self) } else { None }
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// What a file must be, as far as that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expected {
    /// Its bytes.
    pub bytes: Option<u64>,
    /// Its SHA-256.
    pub sha256: Option<Sha256>,
}

/// A file to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    place: Place,
    file: String,
    expected: Expected,
    known: Option<&'static Known>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// A file of a repository of the hub.
    Hub { repository: String, path: String, revision: String },
    /// Another address.
    Address(String),
}

impl Source {
    /// What a name of the list, `hf:ORG/NAME/FILE[@REVISION]` or an address means: one file, or all
    /// parts of a model that is split. `sha256` is what the user knows of it.
    pub fn parse(asked: &str, sha256: Option<Sha256>) -> Result<Vec<Self>, PullError> {
        let asked = asked.trim();
        let mut source = if let Some(known) = Known::named(asked) {
            Self::of_known(known)
        } else if let Some(place) = asked.strip_prefix(HUB_PREFIX) {
            Self::on_hub(asked, place)?
        } else if asked.starts_with("https://") || asked.starts_with("http://") {
            Self::at_address(asked)?
        } else {
            return Err(unknown(asked));
        };
        if let Some(sha256) = sha256 {
            if source.expected.sha256.is_some_and(|pinned| pinned != sha256) {
                return Err(PullError::Asked(format!(
                    "`{}` is pinned to another SHA-256",
                    Shown::new(asked)
                )));
            }
            source.expected.sha256 = Some(sha256);
        }
        source.parts()
    }

    fn of_known(known: &'static Known) -> Self {
        Self {
            place: Place::Hub {
                repository: known.repository.to_owned(),
                path: known.file.to_owned(),
                revision: known.revision.to_owned(),
            },
            file: known.file.to_owned(),
            expected: Expected { bytes: Some(known.bytes), sha256: Sha256::parse(known.sha256) },
            known: Some(known),
        }
    }

    /// `ORG/NAME/FILE[@REVISION]`; the file may lie in a folder.
    fn on_hub(asked: &str, place: &str) -> Result<Self, PullError> {
        let (place, revision) = place.rsplit_once('@').unwrap_or((place, MAIN));
        let parts: Vec<&str> = place.splitn(3, '/').collect();
        let [org, name, path] = parts.as_slice() else {
            return Err(PullError::Asked(format!(
                "`{}` names no file: write {HUB_PREFIX}ORG/NAME/FILE.gguf",
                Shown::new(asked)
            )));
        };
        let is_sound = |part: &str| {
            !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '?', '#', '%', '@', ':'])
        };
        if !(is_sound(org) && is_sound(name) && is_sound(revision) && path.split('/').all(is_sound)) {
            return Err(PullError::Asked(format!("`{}` is no place on the hub", Shown::new(asked))));
        }
        let repository = format!("{org}/{name}");
        // The pinned file asked for by its place is as pinned.
        let known = KNOWN.iter().find(|known| {
            known.repository.eq_ignore_ascii_case(&repository)
                && known.file == *path
                && known.revision == revision
        });
        if let Some(known) = known {
            return Ok(Self::of_known(known));
        }
        Ok(Self {
            file: file_name(asked, path.rsplit('/').next().unwrap_or_default())?,
            place: Place::Hub { repository, path: (*path).to_owned(), revision: revision.to_owned() },
            expected: Expected::default(),
            known: None,
        })
    }

    fn at_address(asked: &str) -> Result<Self, PullError> {
        let wrong = |fault: &str| PullError::Asked(format!("`{}` {fault}", Shown::new(&bare(asked))));
        let (scheme, rest) = asked.split_once("://").unwrap_or_default();
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, rest) = rest.split_at(end);
        if host.contains('@') {
            return Err(wrong("must not hold a name or password: they would stand in records and logs"));
        }
        let path = rest.split(['?', '#']).next().unwrap_or_default();
        if HUB_HOSTS.iter().any(|hub| host.eq_ignore_ascii_case(hub)) {
            let parts: Vec<&str> = path.trim_start_matches('/').splitn(5, '/').collect();
            if let [org, name, "resolve" | "blob", revision, file] = parts.as_slice() {
                let place = format!("{org}/{name}/{}@{}", decoded(file), decoded(revision));
                return Self::on_hub(asked, &place);
            }
        }
        if scheme == "http" && !is_this_machine(host) {
            return Err(wrong("must begin with https://: what comes over http may be anything"));
        }
        let name = decoded(path.rsplit('/').next().unwrap_or_default());
        Ok(Self {
            file: file_name(&bare(asked), &name)?,
            place: Place::Address(asked.split('#').next().unwrap_or_default().to_owned()),
            expected: Expected::default(),
            known: None,
        })
    }

    /// The file itself, or every part where its name says that it is one of several.
    fn parts(self) -> Result<Vec<Self>, PullError> {
        let stem = self.file.get(..self.file.len().saturating_sub(".gguf".len())).unwrap_or_default();
        let Some((base, _, parts)) = models::split(stem) else { return Ok(vec![self]) };
        if parts > MOST_PARTS || (parts > 1 && self.expected.sha256.is_some()) {
            let fault = format!("`{}` is one of {parts} parts; leave --sha256 out", Shown::new(&self.file));
            return Err(PullError::Asked(fault));
        }
        let part = |number: u32| {
            let name = format!("{base}-{number:05}-of-{parts:05}.gguf");
            let place = match &self.place {
                Place::Hub { repository, path, revision } => Place::Hub {
                    repository: repository.clone(),
                    path: path.replace(self.file.as_str(), &name),
                    revision: revision.clone(),
                },
                Place::Address(address) => Place::Address(address.replace(self.file.as_str(), &name)),
            };
            Self { place, file: name, ..self.clone() }
        };
        Ok((1..=parts).map(part).collect())
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What is known of it before anybody is asked.
    pub fn expected(&self) -> Expected {
        self.expected
    }

    /// The terms that it comes under, where they are known.
    pub fn terms(&self) -> Option<Terms> {
        self.known.map(|known| known.terms)
    }

    /// What people call it; without anything secret.
    pub fn name(&self) -> String {
        self.known.map_or_else(|| self.origin(), |known| known.name().to_owned())
    }

    /// Where it comes from; without anything secret.
    pub fn origin(&self) -> String {
        match &self.place {
            Place::Hub { repository, path, revision } => {
                let is_commit = revision.len() == 40 && revision.bytes().all(|byte| byte.is_ascii_hexdigit());
                let shown = if is_commit { revision.get(..SHORT).unwrap_or_default() } else { revision };
                format!("{HUB_PREFIX}{repository}/{path}@{shown}")
            }
            Place::Address(address) => bare(address),
        }
    }

    /// The same with the whole revision: two files are asked for at one place when these are equal.
    pub(super) fn identity(&self) -> String {
        match &self.place {
            Place::Hub { repository, path, revision } => {
                format!("{HUB_PREFIX}{repository}/{path}@{revision}")
            }
            Place::Address(address) => bare(address),
        }
    }

    /// Repository, file and revision, where it lies in one.
    pub(super) fn repository(&self) -> Option<(&str, &str, &str)> {
        match &self.place {
            Place::Hub { repository, path, revision } => Some((repository, path, revision)),
            Place::Address(_) => None,
        }
    }

    /// Where it is asked for; the hub has many mirrors.
    pub(super) fn address(&self, endpoint: &str) -> String {
        match &self.place {
            Place::Hub { repository, path, revision } => {
                let revision = encoded(revision).replace('/', "%2F");
                format!("{endpoint}/{}/resolve/{revision}/{}", encoded(repository), encoded(path))
            }
            Place::Address(address) => address.clone(),
        }
    }
}

/// Is the host of an address, with or without its port, this machine?
pub(in crate::engine) fn is_this_machine(host: &str) -> bool {
    let name = host.strip_prefix('[').map_or_else(
        || host.split(':').next().unwrap_or_default(),
        |rest| rest.split(']').next().unwrap_or_default(),
    );
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// An address without what may be secret: names, passwords, queries.
pub(super) fn bare(address: &str) -> String {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    format!("{scheme}://{}{path}", host.rsplit('@').next().unwrap_or_default())
}

fn unknown(asked: &str) -> PullError {
    let names: Vec<&str> = KNOWN.iter().map(Known::name).collect();
    PullError::Asked(format!(
        "`{}` is no model that can be fetched; there are {}, {HUB_PREFIX}ORG/NAME/FILE.gguf, and https addresses",
        Shown::new(asked),
        names.join(", ")
    ))
}

/// A name that is safe in the model folder, and found there.
fn file_name(asked: &str, name: &str) -> Result<String, PullError> {
    let wrong = |fault: &str| Err(PullError::Asked(format!("`{}` {fault}", Shown::new(asked))));
    let is_model = name.len() > ".gguf".len()
        && name.get(name.len() - ".gguf".len()..).is_some_and(|end| end.eq_ignore_ascii_case(".gguf"));
    if !is_model {
        return wrong("names no file that ends in .gguf");
    }
    let is_plain =
        |sign: char| sign.is_alphanumeric() || matches!(sign, '.' | '-' | '_' | '+' | ' ' | '(' | ')');
    if name.starts_with('.') || name.len() > LONGEST_NAME || !name.chars().all(is_plain) {
        return wrong("names a file that the model folder cannot keep under its name");
    }
    Ok(name.to_owned())
}

/// Percent-encodes what may not stand in a path.
fn encoded(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            text.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// Undoes it; what is no text stays as it is.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = code.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let code = code.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| *first == b'%');
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests;
