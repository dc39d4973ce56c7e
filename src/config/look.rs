//! How the screen looks: what the user wants of it.

use std::{fs, io, path::PathBuf};

use super::Paths;

/// What the terminal is and says decides.
pub const AUTO: &str = "auto";

/// Larger files are no themes.
const MAX_BYTES: u64 = 256 * 1024;

/// Theme, colours and signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// Name of a theme, or `auto`: by the terminal's background.
    pub theme: String,
    /// How many colours to use.
    pub colors: Colors,
    /// Borders, charts and signs of ASCII alone; `None`: where the locale is not UTF-8.
    pub ascii: Option<bool>,
    /// The mouse is used here and not by the terminal.
    pub mouse: bool,
    /// Tab, order and filters of a folder come back at the next start.
    pub remember: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self { theme: AUTO.to_owned(), colors: Colors::default(), ascii: None, mouse: true, remember: true }
    }
}

/// How many colours to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colors {
    /// As many as the terminal is known to show.
    #[default]
    Auto,
    /// The 16 of the terminal.
    Sixteen,
    /// 256.
    Indexed,
    /// All.
    Full,
    /// None.
    Never,
}

impl Colors {
    /// Every choice.
    pub const ALL: [Colors; 5] =
        [Colors::Auto, Colors::Sixteen, Colors::Indexed, Colors::Full, Colors::Never];

    /// Its name as a setting.
    pub fn name(self) -> &'static str {
        match self {
            Colors::Auto => AUTO,
            Colors::Sixteen => "16",
            Colors::Indexed => "256",
            Colors::Full => "true",
            Colors::Never => "never",
        }
    }

    /// The choice of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }
}

impl Paths {
    /// The user's themes.
    pub fn themes(&self) -> PathBuf {
        self.config.join("themes")
    }

    /// The text of the user's theme of a name. `None`: there is none.
    pub fn theme(&self, name: &str) -> io::Result<Option<String>> {
        let path = self.themes().join(name).with_extension("toml");
        let metadata = match fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            metadata => metadata?,
        };
        if !metadata.is_file() || metadata.len() > MAX_BYTES {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "no regular file of a theme"));
        }
        fs::read_to_string(path).map(Some)
    }
}

/// Is this a name and not a path?
pub fn is_name(text: &str) -> bool {
    let is_sign = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    !text.is_empty() && text.chars().all(is_sign)
}
