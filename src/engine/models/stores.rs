//! Where models lie on a machine: the program's own folder and what other programs have
//! fetched. Nothing is written there, and no header is read here.

use std::{
    collections::{BTreeMap, HashMap},
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{name, ollama};
use crate::text::sanitize::Shown;

/// Files looked at in one store: more is no store of models.
const MOST_FILES: usize = 4096;
/// Folders below one another that are gone into.
const DEEPEST: usize = 3;
/// Longest reference or pointer file that is read, in bytes.
const LONGEST_POINTER: u64 = 4096;

/// Where a file was found, in words.
pub(super) const OWN: &str = "model folder";
const HUB: &str = "Hugging Face cache";
const OLLAMA: &str = "Ollama";
const LM_STUDIO: &str = "LM Studio";
const LLAMA: &str = "llama.cpp cache";

/// What is added to the name of a file that `models pull` fetched for the record of its origin.
pub(in crate::engine) const ORIGIN: &str = ".origin.json";

/// Where on the hub a file of the own folder comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine) struct Origin {
    /// `ORG/NAME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<String>,
    /// The file in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The commit, or what was asked for where the hub named none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
}

/// The places that are looked in, in the order in which a name is looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stores {
    stores: Vec<Store>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Store {
    origin: &'static str,
    folder: PathBuf,
    layout: Layout,
}

/// How files lie in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// Side by side.
    Flat,
    /// `models--ORG--NAME/snapshots/COMMIT/…`
    Hub,
    /// `manifests/…` that name blobs.
    Ollama,
    /// `PUBLISHER/MODEL/FILE`
    Tree,
}

/// A model that lies in a store; whether it can be used its header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// As it is listed.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Which store.
    pub origin: &'static str,
    /// Place of the store among all of them.
    pub store: usize,
    /// What else it answers to, in small letters.
    pub aliases: Vec<String>,
    /// `ORG/NAME` and the file's path in it, in small letters.
    pub repository: Option<(String, String)>,
    /// Why it cannot be used, where that is known without looking into it.
    pub fault: Option<String>,
    /// Bytes of all its parts.
    pub bytes: u64,
}

impl Stores {
    /// The program's own folder alone.
    pub fn only(own: PathBuf) -> Self {
        Self { stores: vec![Store { origin: OWN, folder: own, layout: Layout::Flat }] }
    }

    /// The own folder, and the stores of other programs as the environment places them.
    pub fn of(own: PathBuf, home: &Path, environment: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let set = |name: &str| environment(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let cache = set("XDG_CACHE_HOME").unwrap_or_else(|| home.join(".cache"));
        let mut found = Self::only(own);

        let hub = set("HF_HUB_CACHE")
            .or_else(|| set("HUGGINGFACE_HUB_CACHE"))
            .or_else(|| set("HF_HOME").map(|folder| folder.join("hub")))
            .unwrap_or_else(|| cache.join("huggingface/hub"));
        found.add(HUB, hub, Layout::Hub);

        if let Some(folder) = set("OLLAMA_MODELS") {
            found.add(OLLAMA, folder, Layout::Ollama);
        } else {
            found.add(OLLAMA, home.join(".ollama/models"), Layout::Ollama);
            // Where its service on Linux keeps them.
            found.add(OLLAMA, "/usr/share/ollama/.ollama/models".into(), Layout::Ollama);
        }

        let pointed = pointer(&home.join(".lmstudio-home-pointer")).map(PathBuf::from);
        let older = Some(home.join(".cache/lm-studio")).filter(|folder| folder.is_dir());
        let studio = pointed.or(older).unwrap_or_else(|| home.join(".lmstudio"));
        found.add(LM_STUDIO, studio.join("models"), Layout::Tree);

        if let Some(folder) = set("LLAMA_CACHE") {
            // It held files side by side first, and repositories later.
            found.add(LLAMA, folder.clone(), Layout::Hub);
            found.add(LLAMA, folder, Layout::Flat);
        } else {
            found.add(LLAMA, cache.join("llama.cpp"), Layout::Flat);
            if cfg!(target_os = "macos") {
                found.add(LLAMA, home.join("Library/Caches/llama.cpp"), Layout::Flat);
            }
        }
        found
    }

    fn add(&mut self, origin: &'static str, folder: PathBuf, layout: Layout) {
        self.stores.push(Store { origin, folder, layout });
    }

    /// The program's own folder.
    pub fn own(&self) -> &Path {
        self.stores.first().map_or(Path::new(""), |store| &store.folder)
    }

    /// Every place that is looked in: whose it is, and the folder.
    pub fn places(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        self.stores.iter().map(|store| (store.origin, store.folder.as_path()))
    }

    /// What lies there, a file once, and what could not be read.
    pub(super) fn candidates(&self) -> (Vec<Candidate>, Vec<String>) {
        let mut found: Vec<Candidate> = Vec::new();
        let mut notes = Vec::new();
        let mut seen: HashMap<PathBuf, usize> = HashMap::new();
        for (index, store) in self.stores.iter().enumerate() {
            let candidates = match store.candidates() {
                Ok(candidates) => candidates,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    let folder = Shown::from_path(&store.folder);
                    notes.push(format!("cannot read `{folder}` ({}): {error}", store.origin));
                    continue;
                }
            };
            for one in candidates {
                // A file may have several names, and a store may link to another one's files.
                let file = fs::canonicalize(&one.path).unwrap_or_else(|_| one.path.clone());
                match seen.get(&file).and_then(|&known| found.get_mut(known)) {
                    Some(known) if one.fault.is_none() => known.aliases.extend(one.names()),
                    _ => {
                        seen.insert(file, found.len());
                        found.push(Candidate { store: index, origin: store.origin, ..one });
                    }
                }
            }
        }
        (found, notes)
    }
}

impl Store {
    fn candidates(&self) -> io::Result<Vec<Candidate>> {
        match self.layout {
            Layout::Flat => self.files(1),
            Layout::Tree => self.files(DEEPEST),
            Layout::Hub => self.hub(),
            Layout::Ollama => ollama::candidates(&self.folder),
        }
    }

    fn files(&self, depth: usize) -> io::Result<Vec<Candidate>> {
        let mut files = Vec::new();
        walk(&self.folder, depth, &mut files)?;
        files.retain(|path| is_model_name(path));
        files.sort();
        Ok(files.into_iter().map(Candidate::with_origin).collect())
    }

    /// Of each repository the files of its main revision, and those that only another has.
    fn hub(&self) -> io::Result<Vec<Candidate>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder)?.flatten() {
            let folder = entry.path();
            let Some(named) = folder.file_name().and_then(|name| name.to_str()) else { continue };
            let Some(repository) = named.strip_prefix("models--") else { continue };
            let repository = repository.replacen("--", "/", 1);
            let mut files: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
            for snapshot in snapshots(&folder) {
                let mut paths = Vec::new();
                if walk(&snapshot, DEEPEST, &mut paths).is_err() {
                    continue;
                }
                for path in paths.into_iter().filter(|path| is_model_name(path)) {
                    let Ok(within) = path.strip_prefix(&snapshot).map(Path::to_owned) else { continue };
                    files.entry(within).or_insert(path);
                }
            }
            found.extend(files.into_iter().map(|(within, path)| {
                Candidate::of_file(path, Some((&repository, &within.to_string_lossy())))
            }));
        }
        found.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(found)
    }
}

/// The snapshots of a repository, that of its main revision first, then the newest.
fn snapshots(repository: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(repository.join("snapshots")).into_iter().flatten().flatten();
    let mut snapshots: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    let main = pointer(&repository.join("refs/main")).unwrap_or_default();
    snapshots.sort_by_cached_key(|path| {
        let is_main = path.file_name().is_some_and(|name| name.to_string_lossy() == main);
        let modified = fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        (!is_main, std::cmp::Reverse(modified), path.clone())
    });
    snapshots
}

/// A short file that holds a name or a path.
fn pointer(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    let is_short = metadata.is_file() && metadata.len() <= LONGEST_POINTER;
    let text = is_short.then(|| fs::read_to_string(path).ok()).flatten()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

impl Candidate {
    /// A file that may have been fetched from the hub.
    fn with_origin(path: PathBuf) -> Self {
        let mut record = path.clone().into_os_string();
        record.push(ORIGIN);
        let origin: Origin =
            pointer(Path::new(&record)).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let repository = origin.repository.as_deref().zip(origin.file.as_deref());
        Self::of_file(path, repository)
    }

    /// A file by its own name; of a repository where it lies in one.
    pub fn of_file(path: PathBuf, repository: Option<(&str, &str)>) -> Self {
        let (bytes, fault) = measure(&path);
        let lower = |text: &std::ffi::OsStr| text.to_string_lossy().to_lowercase();
        let mut aliases: Vec<String> =
            [path.file_name(), path.file_stem()].into_iter().flatten().map(lower).collect();
        if let Some((repository, _)) = repository {
            aliases.push(repository.to_lowercase());
        }
        Self {
            name: name::short(&path),
            aliases,
            repository: repository.map(|(name, file)| (name.to_lowercase(), file.to_lowercase())),
            path,
            origin: OWN,
            store: 0,
            fault,
            bytes,
        }
    }

    /// What it answers to, in small letters.
    pub fn names(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.name.to_lowercase()).chain(self.aliases.iter().cloned())
    }

    /// Its name without the size or tag: `gemma3` of `gemma3:270m`.
    pub fn family(&self) -> String {
        self.name.split(':').next().unwrap_or_default().to_lowercase()
    }
}

/// Bytes of a model with all its parts, and what of it is not there.
fn measure(path: &Path) -> (u64, Option<String>) {
    let Ok(metadata) = fs::metadata(path) else {
        let fault = "the file that it points to is not there; download it again";
        return (0, Some(fault.to_owned()));
    };
    let mut bytes = metadata.len();
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let Some((base, part, parts)) = split(&stem) else { return (bytes, None) };
    for other in (1..=parts).filter(|other| *other != part) {
        let name = format!("{base}-{other:05}-of-{parts:05}.gguf");
        let Ok(metadata) = fs::metadata(path.with_file_name(&name)) else {
            let fault = format!("it is split and part {other} of {parts} is not there (`{name}`)");
            return (bytes, Some(fault));
        };
        bytes += metadata.len();
    }
    (bytes, None)
}

/// `NAME-00001-of-00003`: the name, which part it is, and of how many.
pub(in crate::engine) fn split(stem: &str) -> Option<(&str, u32, u32)> {
    const DIGITS: usize = 5;
    let number = |text: &str| {
        let is_number = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<u32>().ok()).flatten()
    };
    let (rest, parts) = stem.rsplit_once("-of-")?;
    let (base, part) = rest.rsplit_once('-')?;
    let (part, parts) = (number(part)?, number(parts)?);
    (1..=parts).contains(&part).then_some((base, part, parts))
}

/// Files of a folder and those so many folders deep.
pub(super) fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)?.flatten() {
        if files.len() >= MOST_FILES {
            break;
        }
        let path = entry.path();
        // A link to a folder is not followed: it might lead around in a circle.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if depth > 1 {
                // A folder that cannot be read is passed over, its neighbours are not.
                let _ = walk(&path, depth - 1, files);
            }
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn is_model_name(path: &Path) -> bool {
    let lower = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().to_lowercase());
    let name = lower(path.file_name()).unwrap_or_default();
    let stem = lower(path.file_stem()).unwrap_or_default();
    // `mmproj` files are the vision parts that lie beside models; a split model is its first part.
    lower(path.extension()).as_deref() == Some("gguf")
        && !name.starts_with('.')
        && !name.contains("mmproj")
        && split(&stem).is_none_or(|(_, part, _)| part == 1)
}
