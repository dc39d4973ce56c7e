//! Personas: the user's own in the config folder, else those that come with the program.

use std::{collections::BTreeMap, fs};

use super::{Config, ConfigError, Paths};
use crate::report::prompt;
use crate::text::sanitize::Shown;

/// A persona is a page, not a book.
const MAX_BYTES: u64 = 64 * 1024;

/// Name and text of every persona; the user's replace those of the program.
pub fn personas(paths: &Paths) -> BTreeMap<String, String> {
    let mut personas: BTreeMap<String, String> = embedded().collect();
    let entries = fs::read_dir(paths.personas()).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        let is_markdown = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("md"));
        let is_page =
            fs::metadata(&path).is_ok_and(|metadata| metadata.is_file() && metadata.len() <= MAX_BYTES);
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        if !is_markdown || !is_page {
            continue;
        }
        if let Ok(text) = fs::read_to_string(&path) {
            personas.insert(name.to_owned(), text);
        }
    }
    personas
}

/// Name and text of the persona that is set.
pub fn persona(config: &Config) -> Result<(String, String), ConfigError> {
    let mut personas = personas(&config.paths);
    personas.remove_entry(&config.persona).ok_or_else(|| {
        let known: Vec<&str> = personas.keys().map(String::as_str).collect();
        ConfigError::Value {
            place: Shown::new("persona"),
            reason: format!("no persona `{}`; there are: {}", config.persona, known.join(", ")),
        }
    })
}

/// The persona unless one is set.
pub(super) fn default_name() -> String {
    embedded().next().map(|(name, _)| name).unwrap_or_default()
}

fn embedded() -> impl Iterator<Item = (String, String)> {
    prompt::personas().iter().map(|(name, text)| ((*name).to_owned(), (*text).trim().to_owned()))
}
