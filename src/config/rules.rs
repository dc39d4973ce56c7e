//! The user's rules for recommendations and risks, beside the keymap: read once, before the
//! first report.

use std::{fs, io};

use super::Paths;
use crate::{report::plan::rules, text::sanitize::Shown};

/// Larger files are no rules.
const MAX_BYTES: u64 = 1024 * 1024;

impl Paths {
    /// The user's rules for recommendations and risks.
    pub fn rules(&self) -> std::path::PathBuf {
        self.config.join(rules::RULES_FILE)
    }
}

/// Lays the user's rules, where there are any, over the built-in ones for the whole run.
/// Gives what is wrong with them, each with file, line and column: then the built-in ones
/// hold alone.
pub fn install_rules(paths: &Paths) -> Vec<String> {
    let path = paths.rules();
    match read(&path) {
        Ok(None) => Vec::new(),
        Ok(Some(text)) => {
            let problems = rules::install(&text, &path.to_string_lossy());
            problems.iter().map(ToString::to_string).collect()
        }
        Err(error) => vec![format!("cannot read `{}`: {error}", Shown::from_path(&path))],
    }
}

/// `None`: the user has none.
fn read(path: &std::path::Path) -> io::Result<Option<String>> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata => metadata?,
    };
    if !metadata.is_file() || metadata.len() > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no regular file of rules"));
    }
    fs::read_to_string(path).map(Some)
}
