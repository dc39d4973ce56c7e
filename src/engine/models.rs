//! Which models there are and which one a name means.

mod name;

use std::{
    cmp::Reverse,
    env, fs,
    path::{Path, PathBuf, absolute},
};

#[cfg(feature = "llama")]
pub(super) use self::name::short as short_name;
use super::{ModelSpec, gguf, scripted};
use crate::text::sanitize::Shown;

/// Where models are found that lie in the program's own folder.
const MODEL_FOLDER: &str = "model folder";
/// The environment variable that names another folder.
const FOLDER_VARIABLE: &str = "CHIMERA_INSIGHT_MODELS";
/// What needs no model file.
const WITHOUT_FILE: &str = "`--model scripted` tries the program without a model, `--model none` writes the report \
    by code alone";

/// A model file found on the machine.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Short name.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Where it was found: `model folder`.
    pub origin: &'static str,
    /// Can it be used? Otherwise why not.
    pub unusable: Option<String>,
    /// Its header, when it could be read.
    pub header: Option<super::gguf::Header>,
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
    /// Found but not usable.
    #[error("{0}")]
    Unusable(String),
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

/// Models in a folder, best first: usable ones, of them Gemma 3 that follows instructions,
/// then others that do, then base models; the larger before the smaller.
pub fn list(folder: &Path) -> Vec<Found> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut found: Vec<Found> = paths.filter(|path| is_model_name(path)).map(examine).collect();
    found.sort_by_cached_key(|model| (rank(model), Reverse(bytes(model)), model.path.clone()));
    found
}

/// What `--model NAME` means: a path, `scripted[:NAME]`, a name in the model folder, or
/// (`None`) the best model there. `Ok(None)` is `none`: no model wanted.
pub fn resolve(asked: Option<&str>, folder: &Path) -> Result<Option<ModelSpec>, ModelError> {
    match asked.map(str::trim) {
        None | Some("") => best(folder).map(Some),
        Some("none") => Ok(None),
        Some("scripted") => Ok(Some(ModelSpec::Scripted(String::new()))),
        Some(asked) => match asked.strip_prefix("scripted:") {
            Some(script) => script_named(asked, script).map(Some),
            None => file_named(asked, folder).map(Some),
        },
    }
}

fn best(folder: &Path) -> Result<ModelSpec, ModelError> {
    let models = list(folder);
    if let Some(model) = models.iter().find(|model| model.unusable.is_none()) {
        return Ok(ModelSpec::File(model.path.clone()));
    }
    let place = Shown::from_path(folder);
    let broken = models.first().and_then(|model| model.unusable.as_ref());
    let broken =
        broken.map(|reason| format!(" (the file there is not usable: {reason})")).unwrap_or_default();
    let hint = format!(
        "put a GGUF file of an instruction-tuned Gemma 3 into `{place}`{broken} or name one with `--model PATH`; \
         {WITHOUT_FILE}"
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

fn file_named(asked: &str, folder: &Path) -> Result<ModelSpec, ModelError> {
    let path = Path::new(asked);
    if path.is_file() {
        let path = absolute(path).unwrap_or_else(|_| path.to_owned());
        return usable(examine(path));
    }
    let unknown = |hint: String| Err(ModelError::Unknown { asked: Shown::new(asked).to_string(), hint });
    if asked.contains('/') {
        return unknown("there is no such file".to_owned());
    }
    let models = list(folder);
    let wanted = asked.to_lowercase();
    if let Some(model) = models.iter().find(|model| names(model).contains(&wanted)) {
        return usable(model.clone());
    }
    let begins = |model: &&Found| names(model).iter().any(|name| name.starts_with(&wanted));
    let matching: Vec<&Found> = models.iter().filter(begins).collect();
    match matching.as_slice() {
        [model] => usable((*model).clone()),
        [] if models.is_empty() => {
            let place = Shown::from_path(folder);
            unknown(format!("the model folder `{place}` has none; {WITHOUT_FILE}"))
        }
        [] => unknown(format!("there are {}; a path works too", listed(&models))),
        several => unknown(format!("several begin so: {}", listed(several.iter().copied()))),
    }
}

fn listed<'a>(models: impl IntoIterator<Item = &'a Found>) -> String {
    let file =
        |model: &Found| model.path.file_name().map(|name| Shown::new(&name.to_string_lossy()).to_string());
    let names =
        models.into_iter().map(|model| format!("{} ({})", model.name, file(model).unwrap_or_default()));
    names.collect::<Vec<_>>().join(", ")
}

/// What a model answers to: short name, file name, file name without its end.
fn names(model: &Found) -> Vec<String> {
    let lower = |text: &std::ffi::OsStr| text.to_string_lossy().to_lowercase();
    let parts = [model.path.file_name(), model.path.file_stem()];
    let files = parts.into_iter().flatten().map(lower);
    std::iter::once(model.name.to_lowercase()).chain(files).collect()
}

fn usable(model: Found) -> Result<ModelSpec, ModelError> {
    match model.unusable {
        None => Ok(ModelSpec::File(model.path)),
        Some(reason) => {
            let path = Shown::from_path(&model.path);
            Err(ModelError::Unusable(format!("model `{path}` cannot be used: {reason}")))
        }
    }
}

fn is_model_name(path: &Path) -> bool {
    let lower = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().to_lowercase());
    let name = lower(path.file_name()).unwrap_or_default();
    // `mmproj` files are the vision parts that lie beside models.
    lower(path.extension()).as_deref() == Some("gguf") && !name.starts_with('.') && !name.contains("mmproj")
}

fn examine(path: PathBuf) -> Found {
    let (header, unusable) = match gguf::read(&path) {
        Ok(header) => {
            let fault = header.faults.first().cloned();
            (Some(header), fault)
        }
        Err(gguf::GgufError::Malformed { reason, .. }) => (None, Some(reason)),
        Err(gguf::GgufError::Io { source, .. }) => (None, Some(source.to_string())),
    };
    Found { name: name::short(&path), path, origin: MODEL_FOLDER, unusable, header }
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

fn bytes(model: &Found) -> u64 {
    model.header.as_ref().map_or(0, |header| header.bytes)
}

#[cfg(test)]
mod tests;
