//! How the screen was left, for each folder: a small JSON file in the state folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use crate::{app::layout::Layout, config::Config};

/// Folders remembered; the one that was left longest ago goes first.
const MOST: usize = 100;
/// Larger files were not written here.
const MAX_BYTES: u64 = 1024 * 1024;
/// What the file is called in a message.
const NAME: &str = "layouts.json";

/// The file: folders, the one that was left last in front.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Layouts {
    folders: Vec<Entry>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    folder: String,
    layout: Layout,
}

/// How the folder's screen was left; `None` when it is opened for the first time. The error
/// says why that cannot be known.
pub fn load(config: &Config) -> Result<Option<Layout>, String> {
    let folder = key(&config.folder);
    let layouts = read(&path(config)).map_err(|error| {
        format!("`{NAME}` in the state folder cannot be read, the layout is new: {error}")
    })?;
    Ok(layouts.folders.into_iter().find(|entry| entry.folder == folder).map(|entry| entry.layout))
}

/// Keeps how the folder's screen is left. A file that cannot be read is replaced.
pub fn keep(config: &Config, layout: Layout) -> io::Result<()> {
    fs::create_dir_all(&config.paths.state)?;
    let folder = key(&config.folder);
    let mut folders = read(&path(config)).unwrap_or_default().folders;
    folders.retain(|entry| entry.folder != folder);
    folders.insert(0, Entry { folder, layout });
    folders.truncate(MOST);
    let mut file = NamedTempFile::new_in(&config.paths.state)?;
    serde_json::to_writer_pretty(&mut file, &Layouts { folders })?;
    file.persist(path(config))?;
    Ok(())
}

fn path(config: &Config) -> PathBuf {
    config.paths.state.join(NAME)
}

/// A folder by what it is, whatever it was called on the command line.
fn key(folder: &Path) -> String {
    let whole = folder.canonicalize().or_else(|_| std::path::absolute(folder));
    whole.unwrap_or_else(|_| folder.to_owned()).to_string_lossy().into_owned()
}

fn read(path: &Path) -> io::Result<Layouts> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Layouts::default()),
        metadata => metadata?,
    };
    if !metadata.is_file() || metadata.len() > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "no regular file of layouts"));
    }
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::config::{Flags, resolve};

    fn config(home: &Path, folder: &Path) -> Config {
        let flags = Flags { folder: Some(folder.to_owned()), ..Flags::default() };
        let environment = |name: &str| (name == "XDG_STATE_HOME").then(|| home.as_os_str().to_owned());
        resolve(&flags, &environment, home).unwrap().config
    }

    fn layout(text: &str) -> Layout {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn each_folder_has_its_own_layout_and_the_oldest_goes() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| config(home.path(), &home.path().join(name));
        assert_eq!(load(&at("a")), Ok(None));
        let (one, other) = (layout(r#"{"tab":"metrics"}"#), layout(r#"{"files":"size","follow":true}"#));
        assert_ne!(one, other);
        keep(&at("a"), one.clone()).unwrap();
        keep(&at("b"), one).unwrap();
        keep(&at("a"), other.clone()).unwrap();
        assert_eq!(load(&at("./a")), Ok(Some(other)));
        for number in 0..MOST - 1 {
            keep(&at(&number.to_string()), Layout::default()).unwrap();
        }
        assert!(load(&at("a")).unwrap().is_some() && load(&at("b")).unwrap().is_none());
    }

    #[test]
    fn a_broken_file_is_told_and_replaced() {
        let home = tempfile::tempdir().unwrap();
        let config = config(home.path(), home.path());
        keep(&config, Layout::default()).unwrap();
        for broken in ["{\"folders\":", "[]", "\0"] {
            fs::write(path(&config), broken).unwrap();
            assert!(load(&config).unwrap_err().starts_with("`layouts.json` in the state folder"), "{broken}");
        }
        keep(&config, Layout::default()).unwrap();
        assert_eq!(load(&config), Ok(Some(Layout::default())));
    }

    #[test]
    fn words_of_another_version_are_as_if_not_written() {
        let read = layout(r#"{"tab":"galaxy","files":7,"follow":"yes","view":"trend","more":[1]}"#);
        assert_eq!(read, layout(r#"{"view":"trend"}"#));
        assert_ne!(read, Layout::default());
    }
}
