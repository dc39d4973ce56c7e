//! The sentences of `assets/phrases.toml`, read once. They are the program's own: what they
//! say is true by the way in which code fills them, so no user's file is laid over them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use serde::Deserialize;

use super::template::{Template, TemplateError};

const BUILT_IN: &str = include_str!("../../../assets/phrases.toml");

/// Where a sentence may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// Executive summary.
    Summary,
    /// Performance analysis.
    Analysis,
    /// Key findings.
    Finding,
}

/// What can be said of one thing.
#[derive(Clone, Debug, Default)]
pub struct Phrases {
    /// Two to four words.
    pub topic: Template,
    sentences: HashMap<Place, Vec<Template>>,
}

impl Phrases {
    /// The sentences for a place; none where it does not speak there.
    pub fn at(&self, place: Place) -> &[Template] {
        self.sentences.get(&place).map_or(&[], Vec::as_slice)
    }
}

/// The phrases under this name.
pub fn phrases(name: &str) -> Option<&'static Phrases> {
    PHRASES.get(name)
}

// The embedded file is checked by a test; of a broken one nothing would be said.
static PHRASES: LazyLock<BTreeMap<String, Phrases>> = LazyLock::new(|| read(BUILT_IN).unwrap_or_default());

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    topic: String,
    #[serde(default)]
    summary: Vec<String>,
    #[serde(default)]
    analysis: Vec<String>,
    #[serde(default)]
    finding: Vec<String>,
}

fn read(text: &str) -> Result<BTreeMap<String, Phrases>, String> {
    let entries: BTreeMap<String, Entry> = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut phrases = BTreeMap::new();
    for (name, entry) in entries {
        let wrong = |text: &str, error: &TemplateError| {
            format!("{name}: {} at byte {} of `{text}`", error.message, error.at)
        };
        let parse = |text: &String| Template::parse(text).map_err(|error| wrong(text, &error));
        let topic = parse(&entry.topic)?;
        let mut sentences = HashMap::new();
        for (place, texts) in [
            (Place::Summary, &entry.summary),
            (Place::Analysis, &entry.analysis),
            (Place::Finding, &entry.finding),
        ] {
            let templates: Vec<Template> = texts.iter().map(parse).collect::<Result<_, _>>()?;
            if !templates.is_empty() {
                sentences.insert(place, templates);
            }
        }
        phrases.insert(name, Phrases { topic, sentences });
    }
    Ok(phrases)
}

#[cfg(test)]
pub(super) fn all() -> Result<BTreeMap<String, Phrases>, String> {
    read(BUILT_IN)
}
