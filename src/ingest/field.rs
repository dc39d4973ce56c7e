//! What a name says: its words, statistic, unit and role; dimensions from file names.
//! The words are data (`assets/metrics.toml`); which metric a name is, `metrics::names` says.

mod file_name;
mod name;

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use serde::Deserialize;

pub use file_name::name_dimensions;
pub use name::{Name, analyse, analyse_whole, is_statistic, is_unit, split_unit, unit_symbol};

/// What a column is when it is no metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Tells configurations apart: `model`, `num_gpu`.
    Dimension,
    /// Ids, times, paths, hosts: neither measured nor compared.
    Identifier,
    /// Free text: prompts, answers, messages.
    Text,
}

#[derive(Deserialize)]
struct Words {
    dimension: Vec<DimensionWords>,
    identifier: NameWords,
    text: NameWords,
    family: FamilyWords,
}
#[derive(Deserialize)]
struct DimensionWords {
    name: String,
    fields: Vec<String>,
}
#[derive(Deserialize)]
struct NameWords {
    fields: Vec<String>,
    endings: Vec<String>,
}
#[derive(Deserialize)]
struct FamilyWords {
    names: Vec<String>,
}

/// The words of the dictionary, ready to look up.
#[derive(Debug, Default)]
struct Dictionary {
    /// By the words of a whole name.
    names: HashMap<String, NameRole>,
    /// By the last word of a name.
    endings: HashMap<String, Role>,
    families: Vec<String>,
}

/// What a name is known for.
#[derive(Clone, Debug)]
enum NameRole {
    /// Name of the dimension, and the spelling's priority.
    Dimension(Arc<str>, usize),
    Other(Role),
}

// The embedded file is checked by a test; should it ever not parse, nothing is a dimension.
static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(|| {
    let words: Option<Words> = toml::from_str(include_str!("../../assets/metrics.toml")).ok();
    let mut dictionary = Dictionary::default();
    let Some(words) = words else { return dictionary };
    for (role, names) in [(Role::Identifier, words.identifier), (Role::Text, words.text)] {
        dictionary.names.extend(names.fields.into_iter().map(|field| (field, NameRole::Other(role))));
        dictionary.endings.extend(names.endings.into_iter().map(|ending| (ending, role)));
    }
    for dimension in words.dimension {
        let name: Arc<str> = dimension.name.into();
        for (priority, field) in dimension.fields.into_iter().enumerate() {
            dictionary.names.insert(field, NameRole::Dimension(Arc::clone(&name), priority));
        }
    }
    dictionary.families = words.family.names;
    dictionary
});

/// The words of a name in lower case, split at everything that is no letter or digit and
/// at `camelCase` humps: `Tokens/sec` → `tokens per sec`, `p(95)` → `p95`.
pub fn words(name: &str) -> String {
    let name = name.split('#').next().unwrap_or(name);
    let mut out = String::with_capacity(name.len() + 4);
    let mut before = ' ';
    for c in name.chars() {
        if c == '/' {
            push_space(&mut out);
            out.push_str("per");
            before = ' ';
            continue;
        }
        if c == '%' {
            push_space(&mut out);
            out.push_str("pct");
            before = ' ';
            continue;
        }
        if !(c.is_alphanumeric() || c == '°') {
            // `p(95)` is one word, `p99.9` too.
            let is_percentile = (c == '(' && before == 'p') || (c == '.' && before.is_ascii_digit());
            before = if is_percentile { before } else { ' ' };
            continue;
        }
        let is_hump = c.is_uppercase() && before.is_lowercase();
        if before == ' ' || is_hump {
            push_space(&mut out);
        }
        out.extend(c.to_lowercase());
        before = c;
    }
    out
}

fn push_space(out: &mut String) {
    if !out.is_empty() {
        out.push(' ');
    }
}

/// The last part of a nested name (`options.temperature` → `temperature`,
/// `model.name` → `model`); a dot between digits does not part.
pub fn leaf(name: &str) -> &str {
    let mut parts = name.rsplit('.');
    let last = parts.next().unwrap_or(name);
    match (last, parts.next()) {
        ("name", Some(owner)) if !owner.is_empty() => owner,
        ("", _) => name,
        _ => last,
    }
}

/// The dimension that a column or key is, by the dictionary: its name and its priority
/// among the spellings (0 is the best).
pub fn dimension(name: &str) -> Option<(Arc<str>, usize)> {
    match DICTIONARY.names.get(words(leaf(name)).as_str())? {
        NameRole::Dimension(name, priority) => Some((Arc::clone(name), *priority)),
        NameRole::Other(_) => None,
    }
}

/// The role that a name gives, whatever stands in the cells.
pub fn role(name: &str) -> Option<Role> {
    let key = words(leaf(name));
    match DICTIONARY.names.get(key.as_str()) {
        Some(NameRole::Dimension(..)) => Some(Role::Dimension),
        Some(NameRole::Other(role)) => Some(*role),
        None => key.rsplit(' ').next().and_then(|last| DICTIONARY.endings.get(last)).copied(),
    }
}
