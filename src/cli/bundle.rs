//! `report --bundle`: the report packed with what it rests on.

use std::path::{Path, PathBuf};

use super::{Failure, FailureKind};
use crate::{
    report::{
        bundle::{Bundle, MOST_BYTES},
        pipeline::Finished,
    },
    save::{self, Saved},
    watch::scan::{kind, read_bytes},
};

/// Packs a saved report and saves the bundle beside it.
pub(super) fn save(folder: &Path, finished: &Finished, saved: &Saved) -> Result<PathBuf, Failure> {
    let name = saved.report.file_name().unwrap_or_default().to_string_lossy();
    let mut read = |path: &str| read_bytes(folder, Path::new(path), MOST_BYTES);
    let bundle = Bundle::of(&name, &finished.markdown, &finished.record, &kind, &mut read);
    let failure = |error| {
        Failure::new(FailureKind::Output, format!("there is no bundle: {error}"))
            .hint("the report is saved; whoever has the folder checks it with `verify`")
    };
    let text = bundle.and_then(|bundle| bundle.to_json()).map_err(failure)?;
    save::save_bundle(saved, &text).map_err(|error| Failure::new(FailureKind::Output, error))
}
