//! Which models there are and which one a name means.

pub mod known;
mod name;
mod ollama;
mod stores;

use std::{
    cmp::Reverse,
    env,
    path::{Path, PathBuf, absolute},
};

#[cfg(feature = "llama")]
pub(super) use self::name::of_model as model_name;
pub use self::stores::Stores;
pub(super) use self::stores::{ORIGIN, Origin, split};
use self::{
    known::{KNOWN, Known},
    stores::Candidate,
};
use super::{
    ModelSpec, gguf,
    remote::{self, Endpoint, RemoteListing},
    scripted,
};
use crate::text::sanitize::Shown;

/// The environment variable that names another folder.
const FOLDER_VARIABLE: &str = "CHIMERA_INSIGHT_MODELS";
/// Where a file was found that lies in no store.
const BY_PATH: &str = "its path";
/// What needs no model file.
const WITHOUT_FILE: &str = "`--model scripted` tries the program without a model, `--model none` writes the report \
    by code alone";
/// Largest file of another program that is taken unasked: a model of tens of gigabytes would
/// stop the machine.
const MOST_UNASKED: u64 = 4 << 30;
/// So many files of other programs are looked into when none was asked for.
const MOST_LOOKED_INTO: usize = 8;
/// Names in a message; the list has the others.
const MOST_NAMED: usize = 8;
/// In front of a repository.
const HUB_PREFIX: &str = "hf:";
/// Quantisations that are taken of a repository when none is named, the best first.
const USUAL: [&str; 2] = ["q4_k_m", "q8_0"];

/// A model file found on the machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Short name.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Where it was found: `model folder`, `Ollama`.
    pub origin: &'static str,
    /// Can it be used? Otherwise why not.
    pub unusable: Option<String>,
    /// Its header, when it could be read.
    pub header: Option<super::gguf::Header>,
    /// Bytes of the file, with those of its other parts.
    pub bytes: u64,
}

/// What was found on the machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// The models, store by store, the best of each first.
    pub models: Vec<Found>,
    /// Stores and endpoints that could not be read, and why.
    pub notes: Vec<String>,
    /// What answers at the endpoint that is set.
    pub remote: Option<(Endpoint, RemoteListing)>,
}

/// Why no model could be chosen.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The name means nothing here.
    #[error("no model `{asked}` on this machine; {hint}")]
    Unknown {
        /// As asked for.
        asked: String,
        /// What to do.
        hint: String,
    },
    /// No model at all.
    #[error("no model on this machine; {hint}")]
    None {
        /// What to do.
        hint: String,
    },
    /// The endpoint is on another machine, and no network may be used.
    #[error("the engine at {url} is on another machine, and `offline` is set; leave out one of them")]
    Offline {
        /// Its address.
        url: String,
    },
    /// Found but not usable.
    #[error("model `{}` cannot be used: {reason}", Shown::from_path(path))]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why, and what to do.
        reason: String,
    },
}

/// The program's own model folder: `$CHIMERA_INSIGHT_MODELS`, else
/// `$XDG_DATA_HOME/chimera-insight/models`.
pub fn folder() -> PathBuf {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(folder) = set(FOLDER_VARIABLE) {
        return folder;
    }
    // The specification says that a relative path here is to be ignored.
    let data = set("XDG_DATA_HOME").filter(|path| path.is_absolute());
    let data = data.or_else(|| set("HOME").map(|home| home.join(".local/share")));
    data.unwrap_or_else(|| PathBuf::from(".")).join("chimera-insight/models")
}

/// Models of all stores; of each store the best first: usable ones, of them Gemma 3 that follows
/// instructions, then others that do, then base models; the larger before the smaller.
pub fn list(stores: &Stores) -> Listing {
    let (candidates, notes) = stores.candidates();
    Listing { models: examined(candidates), notes, remote: None }
}

impl Listing {
    /// The same with the models of an endpoint, which is asked for them: this may take a while.
    #[must_use]
    pub fn with_endpoint(mut self, endpoint: &Endpoint, is_offline: bool) -> Self {
        if is_offline && !endpoint.is_this_machine() {
            self.notes.push(ModelError::Offline { url: endpoint.to_string() }.to_string());
            return self;
        }
        match remote::list(endpoint, &|name| env::var_os(name)) {
            Ok(listing) => self.remote = Some((endpoint.clone(), listing)),
            Err(error) => self.notes.push(error.to_string()),
        }
        self
    }
}

/// What `--model NAME` means: a path, `scripted[:NAME]`, `hf:ORG/NAME[/FILE]`, a name in a store,
/// or (`None`) the best model of the own folder, else of the other stores. `Ok(None)` is `none`:
/// no model wanted.
pub fn resolve(asked: Option<&str>, stores: &Stores) -> Result<Option<ModelSpec>, ModelError> {
    match asked.map(str::trim) {
        None | Some("") => best(stores).map(Some),
        Some("none") => Ok(None),
        Some("scripted") => Ok(Some(ModelSpec::Scripted(String::new()))),
        Some(asked) => match (asked.strip_prefix("scripted:"), asked.strip_prefix(HUB_PREFIX)) {
            (Some(script), _) => script_named(asked, script).map(Some),
            (_, Some(place)) => of_repository(asked, place, stores).map(Some),
            (None, None) => file_named(asked, stores).map(Some),
        },
    }
}

fn best(stores: &Stores) -> Result<ModelSpec, ModelError> {
    let (candidates, _) = stores.candidates();
    let (own, mut others): (Vec<Candidate>, Vec<Candidate>) =
        candidates.into_iter().partition(|candidate| candidate.store == 0);
    let own = examined(own);
    if let Some(model) = own.iter().find(|model| model.unusable.is_none()) {
        return Ok(ModelSpec::File(model.path.clone()));
    }
    // By name and size first: looking into every file of a large store would delay the start.
    others.retain(|candidate| candidate.fault.is_none() && candidate.bytes <= MOST_UNASKED);
    others.sort_by_cached_key(|candidate| {
        (candidate.family() != "gemma3", Reverse(candidate.bytes), candidate.path.clone())
    });
    let usable = others.iter().take(MOST_LOOKED_INTO).cloned().map(examine).find(|model| {
        model.unusable.is_none() && model.header.as_ref().is_some_and(|header| header.has_template)
    });
    if let Some(model) = usable {
        return Ok(ModelSpec::File(model.path));
    }
    let place = Shown::from_path(stores.own());
    let broken = own.first().and_then(|model| model.unusable.as_ref());
    let broken =
        broken.map(|reason| format!(" (the file there is not usable: {reason})")).unwrap_or_default();
    let fetch = KNOWN.first().map(|known| fetching(known.name())).unwrap_or_default();
    let hint = format!(
        "put a GGUF file of an instruction-tuned Gemma 3 into `{place}`{broken}, name one with `--model PATH`, or \
         {fetch}; {WITHOUT_FILE}"
    );
    Err(ModelError::None { hint })
}

fn script_named(asked: &str, script: &str) -> Result<ModelSpec, ModelError> {
    if scripted::NAMES.iter().any(|(name, _)| *name == script) {
        return Ok(ModelSpec::Scripted(script.to_owned()));
    }
    let known: Vec<String> =
        scripted::NAMES.iter().skip(1).map(|(name, _)| format!("scripted:{name}")).collect();
    let hint = format!("there are scripted, {}", known.join(", "));
    Err(ModelError::Unknown { asked: Shown::new(asked).to_string(), hint })
}

fn file_named(asked: &str, stores: &Stores) -> Result<ModelSpec, ModelError> {
    let path = Path::new(asked);
    if path.is_file() {
        let path = absolute(path).unwrap_or_else(|_| path.to_owned());
        return usable(examine(Candidate::of_file(path, None)));
    }
    let wanted = asked.to_lowercase();
    let is_path = asked.starts_with(['.', '/', '~']) || asked.contains('/') && is_gguf(path);
    if is_path {
        return unknown(asked, "there is no such file".to_owned());
    }
    let (candidates, _) = stores.candidates();
    let known = Known::named(&wanted);
    // What a name stands for, then the name itself, then every size of its family.
    let stands_for = known.map_or(wanted.as_str(), |known| known.name());
    let named = |name: &str| -> Vec<&Candidate> {
        candidates.iter().filter(|one| one.names().any(|other| other == name)).collect()
    };
    let family = candidates.iter().filter(|one| one.family() == wanted).collect();
    let ways = [named(stands_for), named(&wanted), family];
    let mut unusable = None;
    for way in ways {
        for model in examined(way.into_iter().cloned()) {
            match usable(model) {
                Ok(spec) => return Ok(spec),
                Err(error) => unusable = unusable.or(Some(error)),
            }
        }
    }
    let fetch = known.map(|known| fetching(known.name()));
    if let Some(ModelError::Unusable { path, reason }) = unusable {
        let advice = fetch.map(|fetch| format!("; {fetch} that can")).unwrap_or_default();
        return Err(ModelError::Unusable { path, reason: reason + &advice });
    }
    let begins: Vec<&Candidate> =
        candidates.iter().filter(|one| one.names().any(|name| name.starts_with(&wanted))).collect();
    match (begins.as_slice(), fetch) {
        ([model], _) => usable(examine((*model).clone())),
        ([], Some(fetch)) => unknown(asked, fetch),
        ([], None) if candidates.is_empty() => {
            let place = Shown::from_path(stores.own());
            unknown(
                asked,
                format!("neither the model folder `{place}` nor another store has any; {WITHOUT_FILE}"),
            )
        }
        ([], None) => unknown(asked, format!("there are {}; a path works too", listed(&candidates))),
        (several, _) => unknown(asked, format!("several begin so: {}", listed(several.iter().copied()))),
    }
}

/// A file of a repository that was fetched before.
fn of_repository(asked: &str, place: &str, stores: &Stores) -> Result<ModelSpec, ModelError> {
    let parts: Vec<&str> = place.splitn(3, '/').collect();
    let (repository, file) = match parts.as_slice() {
        [org, name] => (format!("{org}/{name}"), None),
        [org, name, file] => (format!("{org}/{name}"), Some(*file)),
        _ => return unknown(asked, format!("write {HUB_PREFIX}ORG/NAME or {HUB_PREFIX}ORG/NAME/FILE")),
    };
    let wanted = (repository.to_lowercase(), file.map(str::to_lowercase));
    let (mut candidates, _) = stores.candidates();
    candidates.retain(|one| {
        one.repository.as_ref().is_some_and(|(name, within)| {
            let is_file = |file: &String| within == file || within.ends_with(&format!("/{file}"));
            *name == wanted.0 && wanted.1.as_ref().is_none_or(is_file)
        })
    });
    candidates.sort_by_key(|one| {
        let within = one.repository.as_ref().map_or("", |(_, within)| within);
        USUAL.iter().position(|usual| within.contains(usual)).unwrap_or(USUAL.len())
    });
    let mut unusable = None;
    for candidate in candidates {
        match usable(examine(candidate)) {
            Ok(spec) => return Ok(spec),
            Err(error) => unusable = unusable.or(Some(error)),
        }
    }
    match unusable {
        Some(error) => Err(error),
        None => {
            unknown(asked, fetching(&format!("{HUB_PREFIX}{repository}/{}", file.unwrap_or("FILE.gguf"))))
        }
    }
}

fn is_gguf(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gguf"))
}

fn unknown<T>(asked: &str, hint: String) -> Result<T, ModelError> {
    Err(ModelError::Unknown { asked: Shown::new(asked).to_string(), hint })
}

/// The command that fetches a model to where it is found.
fn fetching(name: &str) -> String {
    format!("`chimera-insight models pull {}` fetches one", Shown::new(name))
}

fn listed<'a>(models: impl IntoIterator<Item = &'a Candidate>) -> String {
    let models: Vec<&Candidate> = models.into_iter().collect();
    let names = models.iter().take(MOST_NAMED).map(|model| {
        let name = Shown::new(&model.name);
        // A blob's name says nothing.
        let is_named = model.path.extension().is_some();
        match model.path.file_name().filter(|_| is_named) {
            Some(file) => format!("{name} ({})", Shown::new(&file.to_string_lossy())),
            None => name.to_string(),
        }
    });
    let text = names.collect::<Vec<_>>().join(", ");
    match models.len().saturating_sub(MOST_NAMED) {
        0 => text,
        more => format!("{text} and {more} more (`chimera-insight models` lists them)"),
    }
}

fn usable(model: Found) -> Result<ModelSpec, ModelError> {
    match model.unusable {
        None => Ok(ModelSpec::File(model.path)),
        Some(reason) => Err(ModelError::Unusable { path: model.path, reason }),
    }
}

/// Candidates with their headers, store by store, the best first.
fn examined(candidates: impl IntoIterator<Item = Candidate>) -> Vec<Found> {
    let mut found: Vec<(usize, Found)> =
        candidates.into_iter().map(|one| (one.store, examine(one))).collect();
    found
        .sort_by_cached_key(|(store, model)| (*store, rank(model), Reverse(model.bytes), model.path.clone()));
    found.into_iter().map(|(_, model)| model).collect()
}

fn examine(candidate: Candidate) -> Found {
    let Candidate { name, path, origin, fault, bytes, .. } = candidate;
    let (header, unusable) = match fault.map_or_else(|| Ok(gguf::read(&path)), Err) {
        Err(fault) => (None, Some(fault)),
        Ok(Ok(header)) => {
            let fault = header.faults.first().cloned();
            (Some(header), fault)
        }
        Ok(Err(gguf::GgufError::Malformed { reason, .. })) => (None, Some(reason.as_str().to_owned())),
        Ok(Err(gguf::GgufError::Io { source, .. })) => (None, Some(source.to_string())),
    };
    Found { name, path, origin, unusable, header, bytes }
}

fn rank(model: &Found) -> u8 {
    let Some(header) = &model.header else { return u8::MAX };
    match (model.unusable.is_none(), header.has_template) {
        (true, true) if header.arch == "gemma3" => 0,
        (true, true) => 1,
        (true, false) => 2,
        (false, _) => 3,
    }
}

/// A file by its path alone.
pub fn of_path(path: PathBuf) -> Found {
    Found { origin: BY_PATH, ..examine(Candidate::of_file(path, None)) }
}

#[cfg(test)]
mod tests;
