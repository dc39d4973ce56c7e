//! `chimera-insight paths` and `--print-config`: where files and values come from.

use serde_json::{Value, json};

use super::{
    Failure,
    output::{Side, Table, print, print_json},
};
use crate::{
    config::{Config, PROJECT_FILE, Setting, USER_FILE},
    report::export::OWN_FOLDER,
    text::sanitize::Shown,
};

/// Prints the program's places.
pub(super) fn paths(config: &Config, json: bool) -> Result<(), Failure> {
    let paths = &config.paths;
    let places = [
        ("config", paths.config.join(USER_FILE)),
        ("project", PROJECT_FILE.into()),
        ("keymap", paths.keymap()),
        ("metrics", paths.dictionary()),
        ("adapters", paths.adapters()),
        ("rules", paths.rules()),
        ("personas", paths.personas()),
        ("models", paths.models.clone()),
        ("state", paths.state.clone()),
        ("cache", paths.cache.clone()),
        ("prefixes", paths.prefixes()),
        ("reports", config.folder.join(OWN_FOLDER)),
    ];
    if json {
        let places: serde_json::Map<String, Value> = places
            .iter()
            .map(|(name, path)| ((*name).to_owned(), Value::from(path.to_string_lossy())))
            .collect();
        return print_json(&Value::Object(places));
    }
    let mut table = Table::new(&[("what", Side::Left), ("where", Side::Left), ("", Side::Left)]);
    for (name, path) in &places {
        let there = if path.exists() { "" } else { "(not there)" };
        table.row([Shown::new(name), Shown::from_path(path), Shown::new(there)]);
    }
    print(&table.text())
}

/// Prints the settings in force.
pub(super) fn settings(settings: &[Setting], json: bool) -> Result<(), Failure> {
    if json {
        let settings: Vec<Value> = settings
            .iter()
            .map(|setting| {
                json!({
                    "key": setting.key.name(),
                    "value": setting.value.as_str(),
                    "origin": setting.origin.to_string(),
                })
            })
            .collect();
        return print_json(&json!({ "settings": settings }));
    }
    let mut table = Table::new(&[("key", Side::Left), ("value", Side::Left), ("origin", Side::Left)]);
    for setting in settings {
        let origin = Shown::new(&setting.origin.to_string());
        table.row([Shown::new(setting.key.name()), setting.value.clone(), origin]);
    }
    print(&table.text())
}
