//! The user's dictionary of metrics, beside the keymap: read once, before the first file.

use std::{fs, io};

use super::Paths;
use crate::{ingest::field, text::sanitize::Shown};

/// Larger files are no dictionary.
const MAX_BYTES: u64 = 1024 * 1024;

impl Paths {
    /// The user's metrics, dimensions and units.
    pub fn dictionary(&self) -> std::path::PathBuf {
        self.config.join(field::DICTIONARY_FILE)
    }
}

/// Lays the user's dictionary, where there is one, over the built-in one for the whole run.
/// Gives what could not be taken of it, each with file, line and column; the rest holds.
pub fn install_dictionary(paths: &Paths) -> Vec<String> {
    match read(paths) {
        Ok(None) => Vec::new(),
        Ok(Some(text)) => {
            let problems = field::install(&text, &paths.dictionary().to_string_lossy());
            problems.iter().map(ToString::to_string).collect()
        }
        Err(error) => vec![format!("cannot read `{}`: {error}", Shown::from_path(&paths.dictionary()))],
    }
}

/// `None`: the user has none.
fn read(paths: &Paths) -> io::Result<Option<String>> {
    let path = paths.dictionary();
    let metadata = match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata => metadata?,
    };
    if !metadata.is_file() || metadata.len() > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no regular file of metrics"));
    }
    fs::read_to_string(path).map(Some)
}
