//! Where the program's files lie: the XDG base directories.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::Paths;
use crate::engine::models::Stores;

/// The program's folder in each base directory.
const OWN: &str = "chimera-insight";
/// Another folder of models.
const MODELS: &str = "CHIMERA_INSIGHT_MODELS";

impl Paths {
    /// By the environment.
    pub fn of(environment: &dyn Fn(&str) -> Option<OsString>) -> Self {
        // The standard has relative paths ignored.
        let absolute = |name: &str| environment(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home = absolute("HOME").or_else(std::env::home_dir).unwrap_or_else(std::env::temp_dir);
        let base = |name: &str, below: &str| absolute(name).unwrap_or_else(|| home.join(below)).join(OWN);
        let set = environment(MODELS).filter(|value| !value.is_empty()).map(PathBuf::from);
        let models = set.unwrap_or_else(|| base("XDG_DATA_HOME", ".local/share").join("models"));
        Paths {
            stores: Stores::of(models.clone(), &home, environment),
            config: base("XDG_CONFIG_HOME", ".config"),
            state: base("XDG_STATE_HOME", ".local/state"),
            cache: base("XDG_CACHE_HOME", ".cache"),
            models,
        }
    }

    /// The user's keys.
    pub fn keymap(&self) -> PathBuf {
        self.config.join("keymap.toml")
    }

    /// The user's personas.
    pub fn personas(&self) -> PathBuf {
        self.config.join("personas")
    }
    /// Where reports go that cannot be saved where they belong.
    pub fn unsaved(&self) -> PathBuf {
        self.state.join("unsaved")
    }
    /// Where model cards are kept.
    pub fn cards(&self) -> PathBuf {
        self.cache.join("cards")
    }

    /// Where evaluated prompts are kept: what is removed there is evaluated again.
    pub fn prefixes(&self) -> PathBuf {
        self.cache.join("prefixes")
    }

    /// The engine's log; its folder is made when needed. `None` where it cannot be.
    pub fn engine_log(&self) -> Option<PathBuf> {
        std::fs::create_dir_all(&self.state).ok()?;
        Some(Path::new(&self.state).join("engine.log"))
    }
}
