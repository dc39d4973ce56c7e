//! Which files hold the same bytes: of several the first speaks, as in the statistics.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use crate::{
    ingest::inventory::{Batch, Change, ReportFile},
    metrics::copies::Name,
};

/// The files by their bytes.
#[derive(Debug, Default)]
pub(super) struct Twins {
    digests: HashMap<Arc<str>, Arc<str>>,
    names: HashMap<Arc<str>, BTreeSet<Name>>,
}

impl Twins {
    /// Takes the changes of a batch in; costs what has changed.
    pub fn take(&mut self, batch: &Batch) {
        for change in &batch.changes {
            match change {
                Change::Read(file) => {
                    self.forget(&file.path);
                    self.digests.insert(Arc::clone(&file.path), Arc::clone(&file.digest));
                    // What was not read may be anything.
                    if !file.digest.is_empty() {
                        let names = self.names.entry(Arc::clone(&file.digest)).or_default();
                        names.insert(Name(Arc::clone(&file.path)));
                    }
                }
                Change::Removed(path) => self.forget(path),
            }
        }
    }

    /// Was the file there before?
    pub fn is_known(&self, path: &str) -> bool {
        self.digests.contains_key(path)
    }

    /// The file of the same bytes that speaks for this one; `None` where it does so itself.
    pub fn first_of(&self, file: &ReportFile) -> Option<&Arc<str>> {
        let first = &self.names.get(&file.digest)?.first()?.0;
        (*first != file.path).then_some(first)
    }

    fn forget(&mut self, path: &str) {
        let Some(digest) = self.digests.remove(path) else { return };
        if let Some(names) = self.names.get_mut(&digest) {
            names.remove(&Name(path.into()));
            if names.is_empty() {
                self.names.remove(&digest);
            }
        }
    }
}
