//! Which files of the folder say the same: equal bytes, or one run in two formats. Who
//! speaks follows from the files alone, never from the order in which they came.

use std::{
    cmp::{Ordering, Reverse},
    hash::Hash as _,
    num::NonZeroU64,
    sync::Arc,
};

use super::{
    part::{Mark, Reason},
    shared::hash_of,
};
use crate::ingest::cells::FastMap;

/// The files by their bytes and by their names.
#[derive(Clone, Debug, Default)]
pub struct Copies {
    /// By digest; a file whose digest is not known stands alone under its path.
    contents: FastMap<Arc<str>, Content>,
    /// Files that differ in their extension alone (`run.csv`, `run.json`), and their
    /// contents: only these may hold the same run in two formats. By the hash of the stem,
    /// which a few others may share.
    by_stem: FastMap<u64, Vec<Sibling>>,
}

/// A path and what its content is known by.
type Sibling = (Arc<str>, Arc<str>);

/// How a file stands beside the others, whatever its runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// None of its runs steps back.
    Alone,
    /// Another file of the same bytes speaks for all.
    Duplicate,
    /// It shares runs with others: [`Copies::reason`] says which step back.
    Linked,
}

/// Bytes that one or more files hold.
#[derive(Clone, Debug, Default)]
struct Content {
    /// The files, sorted, with what marks their runs; the first speaks for all.
    files: Vec<(Name, Arc<[Mark]>)>,
    /// Other contents with a run of this one, and under how many names they stand together.
    links: Vec<(Arc<str>, u32)>,
}

/// A path; by its stem first, so that files of one name stand together: of `run.csv` and
/// `run-2.csv` the shorter name speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(pub Arc<str>);

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        (stem(&self.0), &self.0).cmp(&(stem(&other.0), &other.0))
    }
}

impl Content {
    fn insert(&mut self, name: Name, marks: Arc<[Mark]>) {
        match self.files.binary_search_by(|(known, _)| known.cmp(&name)) {
            Ok(at) => self.files[at].1 = marks,
            Err(at) => {
                // A list that grows by itself begins with room for four.
                if self.files.is_empty() {
                    self.files.reserve_exact(1);
                }
                self.files.insert(at, (name, marks));
            }
        }
    }
    fn remove(&mut self, name: &Name) {
        if let Ok(at) = self.files.binary_search_by(|(known, _)| known.cmp(name)) {
            self.files.remove(at);
        }
    }
    fn first(&self) -> Option<&Name> {
        self.files.first().map(|(name, _)| name)
    }
    /// How many dimensions the one that speaks states for a run; `None` when it is not held.
    fn stated(&self, fingerprint: NonZeroU64) -> Option<u32> {
        stated(&self.files.first()?.1, fingerprint)
    }
}

impl Copies {
    /// Takes a file in; the files whose standing that may change.
    pub fn add(&mut self, path: &Arc<str>, digest: &Arc<str>, marks: &Arc<[Mark]>) -> Vec<Arc<str>> {
        let id = id(path, digest);
        let mut touched = self.speakers(id);
        let content = self.contents.entry(Arc::clone(id)).or_default();
        content.insert(Name(Arc::clone(path)), Arc::clone(marks));
        self.link(path, id, marks, |count| *count += 1);
        let siblings = self.by_stem.entry(hash(stem(path))).or_default();
        if siblings.is_empty() {
            siblings.reserve_exact(1);
        }
        siblings.push((Arc::clone(path), Arc::clone(id)));
        touched.extend(self.speakers(id));
        touched.retain(|other| other != path);
        touched
    }

    /// Forgets a file; the files whose standing that may change.
    pub fn remove(&mut self, path: &Arc<str>, digest: &Arc<str>, marks: &Arc<[Mark]>) -> Vec<Arc<str>> {
        let id = id(path, digest);
        let mut touched = self.speakers(id);
        if let Some(siblings) = self.by_stem.get_mut(&hash(stem(path))) {
            siblings.retain(|(sibling, _)| sibling != path);
            if siblings.is_empty() {
                self.by_stem.remove(&hash(stem(path)));
            }
        }
        self.link(path, id, marks, |count| *count = count.saturating_sub(1));
        if let Some(content) = self.contents.get_mut(id) {
            content.remove(&Name(Arc::clone(path)));
            if content.files.is_empty() {
                self.contents.remove(id);
            }
        }
        touched.extend(self.speakers(id));
        touched.retain(|other| other != path);
        touched
    }

    /// What may be said of all runs of a file.
    pub fn standing(&self, path: &Arc<str>, digest: &Arc<str>) -> Standing {
        let Some(content) = self.contents.get(id(path, digest)) else { return Standing::Alone };
        match content.first() {
            Some(first) if first.0 != *path => Standing::Duplicate,
            Some(_) if !content.links.is_empty() => Standing::Linked,
            _ => Standing::Alone,
        }
    }

    /// Does another file of the same bytes speak for it?
    pub fn is_duplicate(&self, path: &Arc<str>, digest: &Arc<str>) -> bool {
        self.standing(path, digest) == Standing::Duplicate
    }

    /// Why a run of a file steps back, if it does: of all files that hold it, whatever their
    /// bytes, the one that states most dimensions speaks; of equals the first.
    pub fn reason(
        &self,
        path: &Arc<str>,
        digest: &Arc<str>,
        marks: impl Iterator<Item = Mark>,
    ) -> Option<Reason> {
        match self.standing(path, digest) {
            Standing::Alone => return None,
            Standing::Duplicate => return Some(Reason::DuplicateFile),
            Standing::Linked => {}
        }
        let id = id(path, digest);
        let steps_back = |mark: Mark| {
            let holding = self.linked(id, |content| content.stated(mark.fingerprint).is_some());
            let rank = |id: &&Arc<str>| {
                let content = self.contents.get(*id)?;
                Some((content.stated(mark.fingerprint)?, Reverse(content.first()?)))
            };
            holding.iter().max_by_key(|id| rank(id)).is_some_and(|best| *best != id)
        };
        let mut marks = marks;
        marks.any(steps_back).then_some(Reason::SameValues)
    }

    /// A content and all that are linked with it, over several names too, of those wanted.
    fn linked<'c>(&'c self, id: &'c Arc<str>, wants: impl Fn(&Content) -> bool) -> Vec<&'c Arc<str>> {
        let mut found = vec![id];
        let mut at = 0;
        while let Some(content) = found.get(at).and_then(|id| self.contents.get(*id)) {
            for (other, _) in &content.links {
                if !found.contains(&other) && self.contents.get(other).is_some_and(&wants) {
                    found.push(other);
                }
            }
            at += 1;
        }
        found
    }

    /// The files that speak for a content and for those linked with it.
    fn speakers(&self, id: &Arc<str>) -> Vec<Arc<str>> {
        let Some(content) = self.contents.get(id) else { return Vec::new() };
        if content.links.is_empty() {
            return content.first().map(|name| Arc::clone(&name.0)).into_iter().collect();
        }
        let linked = self.linked(id, |_| true);
        let firsts = linked.into_iter().filter_map(|id| self.contents.get(id).and_then(Content::first));
        firsts.map(|name| Arc::clone(&name.0)).collect()
    }

    /// Changes the links of a content with those that the files of a name hold.
    fn link(&mut self, path: &str, id: &Arc<str>, marks: &[Mark], change: impl Fn(&mut u32)) {
        let siblings = self.by_stem.get(&hash(stem(path))).map(Vec::as_slice).unwrap_or_default();
        let is_sibling = |(sibling, other): &&Sibling| other != id && stem(sibling) == stem(path);
        for (_, other) in siblings.iter().filter(is_sibling) {
            let holds =
                |content: &Content| marks.iter().any(|mark| content.stated(mark.fingerprint).is_some());
            if !self.contents.get(other).is_some_and(holds) {
                continue;
            }
            for (one, two) in [(id, other), (other, id)] {
                let Some(content) = self.contents.get_mut(one) else { continue };
                let known = content.links.iter().position(|(link, _)| link == two);
                let at = known.unwrap_or_else(|| {
                    content.links.push((Arc::clone(two), 0));
                    content.links.len() - 1
                });
                change(&mut content.links[at].1);
                if content.links[at].1 == 0 {
                    content.links.swap_remove(at);
                }
            }
        }
    }
}

/// What a content is known by.
fn id<'a>(path: &'a Arc<str>, digest: &'a Arc<str>) -> &'a Arc<str> {
    if digest.is_empty() { path } else { digest }
}

fn stated(marks: &[Mark], fingerprint: NonZeroU64) -> Option<u32> {
    let at = marks.binary_search_by_key(&fingerprint, |mark| mark.fingerprint).ok()?;
    marks.get(at).map(|mark| mark.stated)
}

fn hash(stem: &str) -> u64 {
    hash_of(|hasher| stem.hash(hasher))
}

/// The path without its extension.
fn stem(path: &str) -> &str {
    path.rsplit_once('.').map_or(path, |(stem, _)| stem)
}
