//! Which files of the folder may say the same: equal bytes, or one run in two formats.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
};

/// The files by their bytes and by their names. The sets are shared with copies of this: a
/// snapshot of a large folder is taken often.
#[derive(Clone, Debug, Default)]
pub struct Copies {
    /// Files of equal bytes: the first by path speaks for all.
    by_digest: BTreeMap<Arc<str>, Arc<BTreeSet<Arc<str>>>>,
    /// Digest of each file that may be evidence.
    digests: BTreeMap<Arc<str>, Arc<str>>,
    /// Files that differ in their extension alone (`run.csv`, `run.json`): only these may
    /// hold the same run in two formats.
    by_stem: BTreeMap<Arc<str>, Arc<BTreeSet<Arc<str>>>>,
}

impl Copies {
    /// Takes a file in; the copy that spoke for its bytes and no longer does.
    pub fn add(&mut self, path: &Arc<str>, digest: &Arc<str>) -> Option<Arc<str>> {
        if let Some(stem) = stem(path) {
            Arc::make_mut(self.by_stem.entry(stem.into()).or_default()).insert(Arc::clone(path));
        }
        if digest.is_empty() {
            return None;
        }
        self.digests.insert(Arc::clone(path), Arc::clone(digest));
        let same = Arc::make_mut(self.by_digest.entry(Arc::clone(digest)).or_default());
        let before = same.first().cloned();
        same.insert(Arc::clone(path));
        before.filter(|_| same.first() == Some(path))
    }
    /// Forgets a file; the copy that speaks for its bytes from now on, where it did.
    pub fn remove(&mut self, path: &Arc<str>) -> Option<Arc<str>> {
        if let Some(stem) = stem(path)
            && let Some(same) = self.by_stem.get_mut(stem).map(Arc::make_mut)
        {
            same.remove(path);
            if same.is_empty() {
                self.by_stem.remove(stem);
            }
        }
        let digest = self.digests.remove(path)?;
        let same = Arc::make_mut(self.by_digest.get_mut(&digest)?);
        let was_first = same.first() == Some(path);
        same.remove(path);
        let next = same.first().filter(|_| was_first).cloned();
        if same.is_empty() {
            self.by_digest.remove(&digest);
        }
        next
    }
    /// What the file's bytes are known by.
    pub fn digest(&self, path: &str) -> Option<&Arc<str>> {
        self.digests.get(path)
    }
    /// Does another file of the same bytes speak for it?
    pub fn is_duplicate(&self, path: &str) -> bool {
        let same = self.digests.get(path).and_then(|digest| self.by_digest.get(digest));
        same.and_then(|same| same.first()).is_some_and(|first| **first != *path)
    }
    /// Files of the same name but for the extension that come before it.
    pub fn before(&self, path: &str) -> impl Iterator<Item = &Arc<str>> {
        self.siblings(path, (Bound::Unbounded, Bound::Excluded(path)))
    }
    /// Files of the same name but for the extension that come after it.
    pub fn after(&self, path: &str) -> impl Iterator<Item = &Arc<str>> {
        self.siblings(path, (Bound::Excluded(path), Bound::Unbounded))
    }

    fn siblings(&self, path: &str, range: (Bound<&str>, Bound<&str>)) -> impl Iterator<Item = &Arc<str>> {
        let same = stem(path).and_then(|stem| self.by_stem.get(stem));
        same.into_iter().flat_map(move |same| same.range::<str, _>(range))
    }
}

/// The path without its extension.
pub fn stem(path: &str) -> Option<&str> {
    path.rsplit_once('.').map(|(stem, _)| stem)
}
