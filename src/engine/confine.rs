//! What the engine process may touch. It runs C++ on files from the internet, so it gives up,
//! before it reads the first byte of one, what it does not need: other files, the network,
//! other programs, and memory without end. Not here: starting it, which is the host's work.

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod files;
pub(super) mod memory;

use std::{
    ffi::OsString,
    fmt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{Keeping, models};

/// Arguments of the hidden sub-command.
const MODEL: &str = "--model";
const CACHE: &str = "--cache";
const REMOTE: &str = "--remote";
const UNCONFINED: &str = "--unconfined";

/// What a worker may touch beyond the program and the system's libraries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confinement {
    /// Read: every part of one model.
    models: Vec<PathBuf>,
    /// Read and written: a folder of the program's own.
    cache: Option<Keeping>,
    /// Connections are what it is for.
    network: bool,
    /// Nothing is given up: the user switched it off.
    is_off: bool,
}

impl Confinement {
    /// For a model file with all its parts, and a folder for what can be computed again.
    pub fn for_model(path: &Path, cache: Option<&Keeping>) -> Self {
        let models = parts(path);
        Self { models, cache: cache.cloned(), ..Self::default() }
    }

    /// For an endpoint on the network: it needs connections, and no file of a model.
    pub fn for_remote() -> Self {
        Self { network: true, ..Self::default() }
    }

    /// Switched off.
    pub fn off(network: bool, cache: Option<&Keeping>) -> Self {
        Self { is_off: true, network, cache: cache.cloned(), ..Self::default() }
    }

    /// Are connections what it is for?
    pub fn is_remote(&self) -> bool {
        self.network
    }

    /// The folder for what can be computed again.
    pub fn cache(&self) -> Option<&Keeping> {
        self.cache.as_ref()
    }

    /// Can a worker that was started with this do what one with `other` can?
    pub(super) fn covers(&self, other: &Self) -> bool {
        let files = || other.models.is_empty() || (self.models == other.models && self.cache == other.cache);
        self.network == other.network && (self.is_off || (!other.is_off && files()))
    }

    /// As arguments of the worker.
    pub(super) fn to_arguments(&self) -> Vec<OsString> {
        let named = |name: &str, path: &Path| [OsString::from(name), path.as_os_str().to_owned()];
        let mut arguments: Vec<OsString> = self.models.iter().flat_map(|path| named(MODEL, path)).collect();
        if let Some(cache) = &self.cache {
            arguments.extend(named(CACHE, &cache.folder));
            arguments.push(cache.bytes.to_string().into());
        }
        arguments.extend(self.network.then(|| REMOTE.into()));
        arguments.extend(self.is_off.then(|| UNCONFINED.into()));
        arguments
    }

    /// From the arguments of the worker; without any it may touch nothing. `Err` is what it
    /// does not know.
    pub(super) fn from_arguments(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, OsString> {
        let mut confinement = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            match argument.to_str() {
                Some(MODEL) => confinement.models.push(arguments.next().ok_or(argument)?.into()),
                Some(CACHE) => {
                    let folder = arguments.next().ok_or(argument)?.into();
                    let bytes = arguments.next().ok_or("no size")?;
                    let bytes = bytes.to_str().and_then(|bytes| bytes.parse().ok()).ok_or(bytes)?;
                    confinement.cache = Some(Keeping { folder, bytes });
                }
                Some(REMOTE) => confinement.network = true,
                Some(UNCONFINED) => confinement.is_off = true,
                _ => return Err(argument),
            }
        }
        Ok(confinement)
    }

    /// Gives up everything else, for this process and for good. To be called before there is a
    /// second thread: the kernel confines threads. What the system does not offer is told.
    #[cfg(target_os = "linux")]
    pub(super) fn enforce(&self) -> Confined {
        let mut confined = Confined { is_off: self.is_off, ..Confined::default() };
        if self.is_off {
            return confined;
        }
        confined.note(Part::Memory, memory::start());
        confined.note(Part::Files, files::restrict(self));
        let calls = calls::restrict(self.network);
        if !self.network {
            confined.note(Part::Network, calls);
        }
        confined
    }

    /// Elsewhere there is nothing of the kind that a program can ask for by itself.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn enforce(&self) -> Confined {
        let mut confined = Confined { is_off: self.is_off, ..Confined::default() };
        for part in [Part::Memory, Part::Files, Part::Network] {
            confined.note(part, Err("only Linux can confine a process from inside".into()));
        }
        confined
    }
}

/// What a process was kept from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Part {
    /// Files but the model, the program and the system's libraries.
    Files,
    /// Sockets; other programs with them.
    Network,
    /// Memory beyond the plan.
    Memory,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::Files => "files",
            Part::Network => "network",
            Part::Memory => "memory",
        }
    }
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confined {
    /// What the process is kept from.
    pub held: Vec<Part>,
    /// What it is not kept from, and why.
    pub missing: Vec<(Part, String)>,
    /// The user did not want it.
    pub is_off: bool,
}

impl Confined {
    pub(crate) fn note(&mut self, part: Part, result: Result<(), String>) {
        match result {
            Ok(()) => self.held.push(part),
            Err(reason) => self.missing.push((part, reason)),
        }
        self.held.sort_unstable();
    }

    /// Is something missing that was wanted?
    pub fn is_whole(&self) -> bool {
        self.missing.is_empty()
    }
}

/// One line: `confined: files, network, memory`, or what is missing and why.
impl fmt::Display for Confined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_off {
            return f.write_str("not confined: `confine` is off");
        }
        let names: Vec<&str> = self.held.iter().map(|part| part.name()).collect();
        match names.as_slice() {
            [] => f.write_str("not confined")?,
            names => write!(f, "confined: {}", names.join(", "))?,
        }
        for (part, reason) in &self.missing {
            write!(f, "; not {}: {reason}", part.name())?;
        }
        Ok(())
    }
}

/// The files of a model: a split one has several, beside each other. Absolute, because the
/// worker stands in another folder.
fn parts(path: &Path) -> Vec<PathBuf> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let Some((base, _, parts)) = models::split(&stem) else { return vec![path] };
    (1..=parts).map(|part| path.with_file_name(format!("{base}-{part:05}-of-{parts:05}.gguf"))).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_it_may_touch_travels_as_arguments() {
        let cache = Keeping { folder: "/cache/pre fixes".into(), bytes: 512 << 20 };
        let split = Confinement::for_model(Path::new("/m/Big-00001-of-00003.gguf"), Some(&cache));
        assert_eq!(split.models.len(), 3);
        assert_eq!(split.models[2], Path::new("/m/Big-00003-of-00003.gguf"));
        for each in
            [split, Confinement::for_remote(), Confinement::off(true, Some(&cache)), Confinement::default()]
        {
            assert_eq!(Confinement::from_arguments(each.to_arguments()), Ok(each));
        }
        for wrong in [vec!["--everything"], vec!["--model"], vec!["--cache", "/a", "many"]] {
            let wrong = wrong.into_iter().map(OsString::from);
            assert!(Confinement::from_arguments(wrong).is_err());
        }
        assert!(Confinement::for_model(Path::new("a.gguf"), None).models[0].is_absolute());
    }

    #[test]
    fn a_worker_serves_what_its_confinement_allows() {
        let of = |path: &str| Confinement::for_model(Path::new(path), None);
        let nothing = Confinement::default();
        assert!(of("/a").covers(&of("/a")) && of("/a").covers(&nothing));
        assert!(!of("/a").covers(&of("/b")) && !nothing.covers(&of("/a")));
        assert!(!of("/a").covers(&Confinement::for_remote()) && !Confinement::for_remote().covers(&of("/a")));
        let off = Confinement::off(false, None);
        assert!(off.covers(&of("/a")) && !of("/a").covers(&off) && !off.covers(&Confinement::for_remote()));
    }

    #[test]
    fn one_line_says_what_holds_and_what_does_not() {
        let mut confined = Confined::default();
        confined.note(Part::Memory, Ok(()));
        confined.note(Part::Files, Ok(()));
        assert_eq!(confined.to_string(), "confined: files, memory");
        confined.note(Part::Network, Err("no filter".into()));
        assert_eq!(confined.to_string(), "confined: files, memory; not network: no filter");
        assert!(!confined.is_whole());
        let off = Confined { is_off: true, ..Confined::default() };
        assert_eq!(off.to_string(), "not confined: `confine` is off");
    }
}
