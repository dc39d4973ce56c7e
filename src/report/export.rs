//! The names and bytes of the files a report is saved as.

use super::pipeline::Finished;

/// Where the program's own files go, below the folder.
pub const OWN_FOLDER: &str = "chimera_insight";
/// File systems take 255 bytes; a suffix and an extension need room too.
const LONGEST_MODEL: usize = 80;
/// The model's place in the name when no model wrote.
const NO_MODEL: &str = "none";

/// Two files to be saved together, below [`OWN_FOLDER`], never over an existing one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// `20251114T185407Z-gemma3-270m` (no extension).
    pub stem: String,
    /// Content of `<stem>.md`.
    pub markdown: String,
    /// Content of `<stem>.json`.
    pub record: String,
}

impl Export {
    /// Names and serialises a finished report.
    pub fn of(finished: &Finished) -> Self {
        let record = &finished.record;
        let stamp: String = record.started.chars().filter(char::is_ascii_alphanumeric).collect();
        let model = record.model.as_ref().map_or(NO_MODEL, |model| model.name.as_str());
        Self {
            stem: format!("{stamp}-{}", file_name(model)),
            markdown: finished.markdown.clone(),
            record: super::record::to_json(record),
        }
    }
}

/// A name that is safe as part of a file's name everywhere.
fn file_name(model: &str) -> String {
    let model = model.rsplit(['/', '\\']).next().unwrap_or(model);
    let model = model.strip_suffix(".gguf").unwrap_or(model);
    let mut name = String::new();
    for character in model.chars() {
        let safe =
            if character.is_ascii_alphanumeric() || matches!(character, '.' | '_') { character } else { '-' };
        if !(matches!(safe, '-' | '.') && name.ends_with(['-', '.'])) && name.len() < LONGEST_MODEL {
            name.push(safe);
        }
    }
    let name = name.trim_matches(['-', '.']);
    if name.is_empty() { "model".to_owned() } else { name.to_owned() }
}

/// A path as text: a record is JSON, and JSON has no other bytes.
pub(super) fn path_text(path: &std::path::Path) -> String {
    path.to_string_lossy().into_owned()
}
