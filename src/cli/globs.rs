//! Globs over the files of the folder, by path or by name.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::{Failure, FailureKind};

/// Which files are asked for; without a glob, all.
#[derive(Debug)]
pub(super) struct Globs(Option<GlobSet>);

impl Globs {
    /// Reads them; `argument` is named where one means nothing. A path that is no sound glob
    /// means itself.
    pub fn of(patterns: &[String], argument: &str) -> Result<Self, Failure> {
        if patterns.is_empty() {
            return Ok(Globs(None));
        }
        let mut set = GlobSetBuilder::new();
        let wrong = |error: globset::Error| Failure::new(FailureKind::Usage, format!("{argument}: {error}"));
        for pattern in patterns {
            set.add(GlobBuilder::new(pattern).literal_separator(true).build().map_err(wrong)?);
        }
        set.build().map(|set| Globs(Some(set))).map_err(wrong)
    }
    /// Is the file of this path asked for?
    pub fn takes(&self, path: &str) -> bool {
        self.0.as_ref().is_none_or(|files| {
            let name = path.rsplit('/').next().unwrap_or(path);
            files.is_match(path) || files.is_match(name)
        })
    }
}
