//! Settings from TOML files, each with its line and column.

use std::{fs, io, ops::Range, path::Path};

use toml::de::{DeTable, DeValue};

use super::{
    ConfigError, Key, Origin, Written,
    outside::{self, Notify},
};
use crate::text::sanitize::Shown;

/// Larger files are no settings.
const MAX_BYTES: u64 = 1024 * 1024;

/// Whose file it is: a project's file comes with a checkout and may be anybody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    User,
    Project,
}

/// What a file says.
#[derive(Default)]
pub(super) struct Settings {
    pub written: Vec<Written>,
    pub notify: Notify,
}

/// The same as [`read`]; nothing where there is no file.
pub(super) fn read_if_there(path: &Path, trust: Trust) -> Result<Settings, ConfigError> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Settings::default()),
        _ => read(path, trust),
    }
}

/// The settings of a file.
pub(super) fn read(path: &Path, trust: Trust) -> Result<Settings, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { path: Shown::from_path(path), source };
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() || metadata.len() > MAX_BYTES {
        return Err(unreadable(io::Error::new(io::ErrorKind::InvalidInput, "no regular file of settings")));
    }
    let text = fs::read_to_string(path).map_err(unreadable)?;
    parse(path, &text, trust)
}

fn parse(path: &Path, text: &str, trust: Trust) -> Result<Settings, ConfigError> {
    let shown = Shown::from_path(path);
    let place = |span: &Range<usize>| {
        let (line, column) = position(text, span.start);
        (line, format!("{shown}:{line}:{column}"))
    };
    let wrong = |place: &str, reason: String| ConfigError::Value { place: Shown::new(place), reason };
    let table = DeTable::parse(text).map_err(|error| {
        let (_, place) = place(&error.span().unwrap_or_default());
        wrong(&place, format!("not TOML: {}", error.message()))
    })?;
    let mut written = Vec::new();
    for (name, value) in table.get_ref() {
        let (line, key_place) = place(&name.span());
        let (_, value_place) = place(&value.span());
        if outside::TABLES.contains(&&**name.get_ref()) {
            if trust == Trust::Project {
                let reason = "only your own config.toml can say what is told beyond the screen";
                return Err(wrong(&key_place, reason.into()));
            }
            continue;
        }
        let key = Key::of(name.get_ref()).ok_or_else(|| {
            let known: Vec<&str> = Key::ALL.iter().map(|key| key.name()).collect();
            wrong(&key_place, format!("unknown key `{}`; keys: {}", name.get_ref(), known.join(", ")))
        })?;
        let value = plain(value.get_ref())
            .ok_or_else(|| wrong(&value_place, format!("`{}` must be one value", key.name())))?;
        if trust == Trust::Project {
            check_project(key, &value).map_err(|reason| wrong(&value_place, reason))?;
        }
        let origin = Origin::File { path: shown.clone(), line };
        written.push(Written { key, text: value, origin, place: value_place });
    }
    let notify = match trust {
        Trust::Project => Notify::default(),
        Trust::User => outside::read(text).map_err(|(span, reason)| wrong(&place(&span).1, reason))?,
    };
    Ok(Settings { written, notify })
}

/// What a project's file must not decide: which files and which network the program uses.
fn check_project(key: Key, value: &str) -> Result<(), String> {
    match key {
        Key::Model if value.contains(['/', '\\']) || value.to_ascii_lowercase().ends_with(".gguf") => {
            Err("a project's file cannot set the path of a model, only a name".into())
        }
        Key::Confine if value != "true" => {
            Err("a project's file cannot give the engine more than it needs".into())
        }
        Key::Engine => Err("a project's file cannot say where reports are sent to be written".into()),
        Key::Offline if value != "true" => Err("a project's file cannot allow the network".into()),
        _ => Ok(()),
    }
}

/// A value as the text that a flag would have.
fn plain(value: &DeValue<'_>) -> Option<String> {
    Some(match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Float(number) => number.as_str().replace('_', ""),
        DeValue::Integer(number) => match i128::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => number.to_string(),
            Err(_) => number.as_str().to_owned(),
        },
        DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => return None,
    })
}

/// Line and column, counted from 1, of a byte.
fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
    (line, column)
}
