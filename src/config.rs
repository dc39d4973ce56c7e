//! Settings: defaults, files, environment, flags; each value with its origin. And the
//! places of the program's files.

mod adapters;
mod dictionary;
mod file;
mod keep_alive;
mod key;
pub mod look;
pub mod outside;
mod paths;
mod persona;
mod rules;

use std::{
    ffi::OsString,
    fmt, io,
    path::{Path, PathBuf},
};

pub use adapters::install_adapters;
pub use dictionary::install_dictionary;
pub use keep_alive::KeepAlive;
pub use key::{Key, help as setting_help};
pub use persona::{persona, personas};
pub use rules::install_rules;

use self::{look::Look, outside::Notify};
use crate::{
    engine::{
        Keeping, ModelSpec,
        host::Bounds,
        models::{self, ModelError, Stores},
        remote::{Endpoint, RemoteSpec},
    },
    report::model::Params,
    text::sanitize::Shown,
};

/// Before the name of every environment variable.
pub const ENVIRONMENT_PREFIX: &str = "CHIMERA_INSIGHT_";
/// The project's file, in the working directory.
pub const PROJECT_FILE: &str = "chimera-insight.toml";
/// The user's file, in the config folder.
pub const USER_FILE: &str = "config.toml";
/// The folder watched unless told otherwise, where it is there.
const DEFAULT_FOLDER: &str = "reports";

/// Everything that can be set.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub struct Config {
    /// The folder watched.
    pub folder: PathBuf,
    /// `--model`, as given.
    pub model: Option<String>,
    /// The endpoint whose models write; `None`: those of this machine.
    pub engine: Option<Endpoint>,
    /// Sampling and engine settings.
    pub params: Params,
    /// Name of the persona.
    pub persona: String,
    /// How long an unused model stays loaded.
    pub keep_alive: KeepAlive,
    /// Who set what; what is not in it is as by default.
    pub origins: Vec<(Key, Origin)>,
    /// No network, ever.
    pub offline: bool,
    /// The engine's process is confined where the system can do it.
    pub confine: bool,
    /// No colour (`NO_COLOR`, `--no-color`).
    pub no_color: bool,
    /// Load, memory and temperatures of the machine are sampled.
    pub meters: bool,
    /// MiB of evaluated prompts kept on disk; `None`: none are.
    pub prefix_cache: Option<u32>,
    /// The next report's prompt is evaluated while the machine is idle.
    pub freshen: bool,
    /// A model on the GPU makes way when another process needs it.
    pub yield_gpu: bool,
    /// Theme, colours and signs of the screen.
    pub look: Look,
    /// What is told beyond the screen.
    pub notify: Notify,
    /// Where things lie.
    pub paths: Paths,
    /// What could not be taken of the user's dictionary, for whoever shows it.
    pub complaints: Vec<String>,
    /// What could not be taken of the user's rules.
    pub rule_complaints: Vec<String>,
}

/// The program's places (XDG).
#[derive(Clone, Debug)]
pub struct Paths {
    /// `$XDG_CONFIG_HOME/chimera-insight`
    pub config: PathBuf,
    /// `$XDG_STATE_HOME/chimera-insight` (logs)
    pub state: PathBuf,
    /// `$XDG_CACHE_HOME/chimera-insight`
    pub cache: PathBuf,
    /// `$XDG_DATA_HOME/chimera-insight/models`
    pub models: PathBuf,
    /// That folder, and where other programs keep models.
    pub stores: Stores,
}

impl Config {
    /// What the engine's process may touch.
    pub fn bounds(&self) -> Bounds {
        let bytes = self.prefix_cache.map(|mebibytes| u64::from(mebibytes) << 20);
        let keeping = bytes.map(|bytes| Keeping { folder: self.paths.prefixes(), bytes });
        Bounds { confine: self.confine, keeping }
    }
}

/// What the command line sets.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// DIR or `--dir`.
    pub folder: Option<PathBuf>,
    /// `--model`.
    pub model: Option<String>,
    /// `--engine`.
    pub engine: Option<String>,
    /// `--persona`.
    pub persona: Option<String>,
    /// `--offline`.
    pub offline: bool,
    /// `--no-color`.
    pub no_color: bool,
    /// `--theme`.
    pub theme: Option<String>,
    /// `--color`.
    pub color: Option<String>,
    /// `--ascii`.
    pub ascii: bool,
    /// `--set KEY=VALUE`, in order.
    pub set: Vec<String>,
    /// `--config FILE`, in place of the user's file.
    pub config: Option<PathBuf>,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    Default,
    /// A line of a file.
    File {
        /// The file.
        path: Shown,
        /// Counted from 1.
        line: usize,
    },
    /// An environment variable.
    Environment(String),
    /// A flag.
    Flag(&'static str),
    /// The form on the screen.
    Form,
    /// An earlier run that is done again.
    Run,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File { path, line } => write!(f, "{path}:{line}"),
            Origin::Environment(name) => f.write_str(name),
            Origin::Flag(name) => f.write_str(name),
            Origin::Form => f.write_str("edited here"),
            Origin::Run => f.write_str("an earlier run"),
        }
    }
}

/// A value and its origin, as printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// What is set.
    pub key: Key,
    /// To what.
    pub value: Shown,
    /// By whom.
    pub origin: Origin,
}

/// The settings in force.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The values.
    pub config: Config,
    /// Each with its origin.
    pub settings: Vec<Setting>,
}

impl Config {
    /// The model that `model` and `engine` stand for; `Ok(None)`: none is wanted. It looks into
    /// files, and uses no network.
    pub fn chosen_model(&self) -> Result<Option<ModelSpec>, ModelError> {
        let asked = self.model.as_deref().map(str::trim).filter(|asked| !asked.is_empty());
        let is_built_in =
            asked.is_some_and(|asked| asked == "none" || asked.split(':').next() == Some("scripted"));
        match &self.engine {
            Some(endpoint) if !is_built_in => {
                if self.offline && !endpoint.is_this_machine() {
                    return Err(ModelError::Offline { url: endpoint.to_string() });
                }
                let model = asked.map(str::to_owned);
                Ok(Some(ModelSpec::Remote(RemoteSpec { endpoint: endpoint.clone(), model })))
            }
            _ => models::resolve(self.model.as_deref(), &self.paths.stores),
        }
    }
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that cannot be read.
    #[error("cannot read `{path}`: {source}")]
    Unreadable {
        /// The file.
        path: Shown,
        /// The system's word.
        source: io::Error,
    },
    /// A value or a key; `place` is `FILE:LINE:COLUMN`, a flag or a variable.
    #[error("{place}: {reason}")]
    Value {
        /// Where it was set.
        place: Shown,
        /// What is wrong with it.
        reason: String,
    },
}

/// A value as written somewhere.
#[derive(Clone, Debug)]
struct Written {
    key: Key,
    text: String,
    origin: Origin,
    /// For an error: with the column, where there is one.
    place: String,
}

/// Puts defaults, files, environment and flags together. `environment` looks a variable
/// up; `directory` is the working directory.
pub fn resolve(
    flags: &Flags,
    environment: &dyn Fn(&str) -> Option<OsString>,
    directory: &Path,
) -> Result<Resolved, ConfigError> {
    let paths = Paths::of(environment);
    let user = match &flags.config {
        Some(path) => file::read(path, file::Trust::User)?,
        None => file::read_if_there(&paths.config.join(USER_FILE), file::Trust::User)?,
    };
    let mut written = user.written;
    written.extend(file::read_if_there(&directory.join(PROJECT_FILE), file::Trust::Project)?.written);
    written.extend(from_environment(environment)?);
    written.extend(from_flags(flags)?);

    let mut config = Config {
        folder: default_folder(directory),
        model: None,
        engine: None,
        params: Params::default(),
        persona: persona::default_name(),
        keep_alive: KeepAlive::default(),
        origins: Vec::new(),
        offline: false,
        confine: true,
        no_color: false,
        meters: true,
        prefix_cache: Some(key::USUAL_PREFIX_CACHE),
        freshen: true,
        yield_gpu: true,
        look: Look::default(),
        notify: user.notify,
        paths,
        complaints: Vec::new(),
        rule_complaints: Vec::new(),
    };
    let mut origins: Vec<(Key, Origin)> = Vec::new();
    for value in written {
        value
            .key
            .apply(&mut config, &value.text)
            .map_err(|reason| ConfigError::Value { place: Shown::new(&value.place), reason })?;
        origins.push((value.key, value.origin));
    }
    // A path is no text: the flag is taken as it is.
    if let Some(folder) = &flags.folder {
        config.folder.clone_from(folder);
        origins.push((Key::Dir, Origin::Flag("DIR")));
    }
    let origin_of = |key: Key| {
        origins.iter().rev().find(|(set, _)| *set == key).map_or(Origin::Default, |(_, by)| by.clone())
    };
    let settings = Key::ALL
        .iter()
        .map(|&key| Setting { key, value: Shown::new(&key.value(&config)), origin: origin_of(key) })
        .collect();
    config.origins = origins;
    Ok(Resolved { config, settings })
}

fn default_folder(directory: &Path) -> PathBuf {
    let folder = if directory.join(DEFAULT_FOLDER).is_dir() { DEFAULT_FOLDER } else { "." };
    PathBuf::from(folder)
}

fn from_environment(environment: &dyn Fn(&str) -> Option<OsString>) -> Result<Vec<Written>, ConfigError> {
    let mut written = Vec::new();
    let mut take = |key: Key, name: String, text: String| {
        written.push(Written { key, text, place: name.clone(), origin: Origin::Environment(name) });
    };
    // Its presence counts, not its value (no-color.org).
    if environment("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        take(Key::NoColor, "NO_COLOR".into(), "true".into());
    }
    for &key in &Key::ALL {
        let name = format!("{ENVIRONMENT_PREFIX}{}", key.name().to_ascii_uppercase());
        let Some(value) = environment(&name).filter(|value| !value.is_empty()) else { continue };
        let text = value.into_string().map_err(|_| ConfigError::Value {
            place: Shown::new(&name),
            reason: "the value is not UTF-8".into(),
        })?;
        take(key, name, text);
    }
    Ok(written)
}

fn from_flags(flags: &Flags) -> Result<Vec<Written>, ConfigError> {
    let mut written = Vec::new();
    let mut take = |key: Key, flag: &'static str, text: &str| {
        written.push(Written { key, text: text.into(), origin: Origin::Flag(flag), place: flag.into() });
    };
    if let Some(model) = &flags.model {
        take(Key::Model, "--model", model);
    }
    if let Some(engine) = &flags.engine {
        take(Key::Engine, "--engine", engine);
    }
    if let Some(persona) = &flags.persona {
        take(Key::Persona, "--persona", persona);
    }
    if flags.offline {
        take(Key::Offline, "--offline", "true");
    }
    if flags.no_color {
        take(Key::NoColor, "--no-color", "true");
    }
    if let Some(theme) = &flags.theme {
        take(Key::Theme, "--theme", theme);
    }
    if let Some(color) = &flags.color {
        take(Key::Color, "--color", color);
    }
    if flags.ascii {
        take(Key::Ascii, "--ascii", "true");
    }
    for pair in &flags.set {
        let wrong = |reason: String| ConfigError::Value { place: Shown::new("--set"), reason };
        let (name, value) = pair
            .split_once('=')
            .ok_or_else(|| wrong(format!("`{pair}` is not KEY=VALUE; keys: {}", key::settable())))?;
        let key = Key::param(name.trim())
            .ok_or_else(|| wrong(format!("unknown key `{}`; keys: {}", name.trim(), key::settable())))?;
        take(key, "--set", value.trim());
    }
    Ok(written)
}

#[cfg(test)]
mod tests;
