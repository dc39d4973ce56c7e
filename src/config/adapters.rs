//! The user's adapters, beside the dictionary: read once, before the first file.

use std::{fs, io};

use super::Paths;
use crate::{ingest::adapter, text::sanitize::Shown};

/// Larger files are no adapters.
const MAX_BYTES: u64 = 1024 * 1024;

impl Paths {
    /// The user's adapters for formats of tools.
    pub fn adapters(&self) -> std::path::PathBuf {
        self.config.join(adapter::ADAPTERS_FILE)
    }
}

/// Lays the user's adapters, where there are any, over the built-in ones for the whole run.
/// Gives what is wrong with them: then the built-in ones hold alone.
pub fn install_adapters(paths: &Paths) -> Vec<String> {
    let path = paths.adapters();
    let shown = Shown::from_path(&path);
    match read(&path) {
        Ok(None) => Vec::new(),
        Ok(Some(text)) => {
            let problem = |reason: String| format!("`{shown}` is not used: {reason}");
            adapter::install(&text).err().map(problem).into_iter().collect()
        }
        Err(error) => vec![format!("cannot read `{shown}`: {error}")],
    }
}

/// `None`: the user has none.
fn read(path: &std::path::Path) -> io::Result<Option<String>> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata => metadata?,
    };
    if !metadata.is_file() || metadata.len() > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no regular file of adapters"));
    }
    fs::read_to_string(path).map(Some)
}
