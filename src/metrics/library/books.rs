//! Who is touched by a change, and in which order series stand.

use std::{
    collections::{BTreeMap, HashSet},
    ops::Range,
    sync::Arc,
};

use super::merge::{Merge, Wanted};
use crate::{
    ingest::cells::FastMap,
    metrics::{
        contribution::Contribution,
        copies::{Copies, Standing},
        part::{Key, Part, Reason},
        series::Series,
    },
};

/// The books of a library.
#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    /// Of each series, in the same order.
    keys: Vec<Key>,
    slots: FastMap<Key, Slot>,
    /// Series that changes touched since the last time they were taken, each once.
    touched: Vec<Key>,
    copies: Copies,
    /// The files that have parts, by their numbers; a number that is free says nothing.
    files: Vec<File>,
    numbers: FastMap<Arc<str>, u32>,
    free: Vec<u32>,
    /// Counts the settlings: how a file stands is asked once in each.
    settling: u64,
}

/// What is known of a file.
#[derive(Clone, Debug, Default)]
struct File {
    path: Arc<str>,
    digest: Arc<str>,
    /// How it stands, as of a settling.
    standing: Option<(u64, Standing)>,
}

/// What is known of a series.
#[derive(Clone, Debug, Default)]
struct Slot {
    /// Its parts by the path of their file, whose number stands beside; those of one file in
    /// their order.
    parts: Vec<(u32, Arc<Part>)>,
    is_touched: bool,
}

impl Books {
    /// No series is touched.
    pub fn is_settled(&self) -> bool {
        self.touched.is_empty()
    }

    /// The series that were touched, each once and in order.
    pub fn take_touched(&mut self) -> Vec<Key> {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        self.settling = self.settling.wrapping_add(1);
        for key in &touched {
            if let Some(slot) = self.slots.get_mut(key) {
                slot.is_touched = false;
            }
        }
        touched
    }

    /// Marks a series as touched.
    pub fn touch(&mut self, key: &Key) {
        let Some(slot) = self.slots.get_mut(key) else { return };
        if !std::mem::replace(&mut slot.is_touched, true) {
            self.touched.push(key.clone());
        }
    }

    /// A file that was not there.
    pub fn enter(&mut self, path: &Arc<str>, digest: &Arc<str>, contribution: &Contribution) {
        self.copies.add(path, digest, contribution.marks());
        let number = self.number(path, digest);
        for part in contribution.parts() {
            self.note(number, part);
            self.touch(&part.key);
        }
    }

    /// What a file gave before and gives now, each with its digest; the files whose standing
    /// that may change. A part that is the same, and stands as it stood, touches nothing.
    pub fn replace(
        &mut self,
        path: &Arc<str>,
        before: Option<(&Contribution, &Arc<str>)>,
        after: Option<(&Contribution, &Arc<str>)>,
    ) -> Vec<Arc<str>> {
        let mut others = Vec::new();
        let mut stood: FastMap<usize, Option<Reason>> = FastMap::default();
        if let Some((old, digest)) = before {
            if after.is_some() {
                for part in old.parts() {
                    let reason = self.copies.reason(path, digest, part.marks());
                    stood.insert(Arc::as_ptr(part).addr(), reason);
                }
            }
            others = self.copies.remove(path, digest, old.marks());
        }
        let mut same: HashSet<usize> = HashSet::new();
        if let Some((new, digest)) = after {
            others.extend(self.copies.add(path, digest, new.marks()));
            // Without one before there is nothing to be the same.
            for part in new.parts().iter().filter(|_| before.is_some()) {
                let address = Arc::as_ptr(part).addr();
                let stands = || self.copies.reason(path, digest, part.marks());
                if stood.get(&address).is_some_and(|reason| *reason == stands()) {
                    same.insert(address);
                }
            }
        }
        let is_other = |part: &&Arc<Part>| !same.contains(&Arc::as_ptr(part).addr());
        for part in before.map(|(old, _)| old.parts()).unwrap_or_default().iter().filter(is_other) {
            self.touch(&part.key);
            // Those that are the same are put back below, in their order among the new ones.
            self.strike(path, &part.key);
        }
        let Some((new, digest)) = after else {
            if let Some(number) = self.numbers.remove(path) {
                self.files[number as usize] = File::default();
                self.free.push(number);
            }
            return others;
        };
        let number = self.number(path, digest);
        for parts in new.parts().chunk_by(|one, next| one.key == next.key) {
            if !parts.iter().any(|part| is_other(&part)) {
                let is_struck = before.is_some() && !self.holds(path, &parts[0].key, parts.len());
                if !is_struck {
                    continue;
                }
            }
            // Of a file that is new there is nothing in the books.
            if before.is_some() {
                self.strike(path, &parts[0].key);
            }
            for part in parts {
                self.note(number, part);
            }
            self.touch(&parts[0].key);
        }
        others
    }

    /// A series put together of the parts of its files; `None` when no file has one, and it
    /// is forgotten.
    pub fn series(&mut self, key: &Key) -> Option<Series> {
        let slot = self.slots.get(key)?;
        let mut merge: Option<Merge> = None;
        for (number, part) in &slot.parts {
            let Some(file) = self.files.get_mut(*number as usize) else { continue };
            let File { path, digest, standing } = file;
            let known = standing.filter(|(settling, _)| *settling == self.settling);
            let stands = known.map_or_else(|| self.copies.standing(path, digest), |(_, stands)| stands);
            *standing = Some((self.settling, stands));
            let reason = match stands {
                Standing::Alone => None,
                Standing::Duplicate => Some(Reason::DuplicateFile),
                Standing::Linked => self.copies.reason(path, digest, part.marks()),
            };
            let wanted = Wanted::whole(part);
            let merge = merge.get_or_insert_with(|| Merge::new(&wanted, slot.parts.len()));
            merge.add(path, wanted, reason);
        }
        if merge.is_none() {
            self.slots.remove(key);
        }
        merge.map(Merge::finish)
    }

    /// The list of series with some of them made anew, given in order; `None`: gone.
    pub fn shelve(
        &mut self,
        known: &[Arc<Series>],
        fresh: Vec<(Key, Option<Arc<Series>>)>,
    ) -> Vec<Arc<Series>> {
        let mut series = known.to_vec();
        let mut gone = HashSet::new();
        let mut added: BTreeMap<Key, Arc<Series>> = BTreeMap::new();
        for (key, made) in fresh {
            match (self.keys.binary_search(&key), made) {
                (Ok(at), Some(made)) => series[at] = made,
                (Ok(at), None) => {
                    gone.insert(at);
                }
                (Err(_), Some(made)) => {
                    added.insert(key, made);
                }
                (Err(_), None) => {}
            }
        }
        if gone.is_empty() && added.is_empty() {
            return series;
        }
        let mut merged = Vec::with_capacity(series.len() + added.len());
        let mut keys = Vec::with_capacity(merged.capacity());
        let mut added = added.into_iter().peekable();
        let kept = std::mem::take(&mut self.keys).into_iter().zip(series).enumerate();
        for (_, (key, one)) in kept.filter(|(at, _)| !gone.contains(at)) {
            while let Some((new, made)) = added.next_if(|(new, _)| *new < key) {
                keys.push(new);
                merged.push(made);
            }
            keys.push(key);
            merged.push(one);
        }
        for (new, made) in added {
            keys.push(new);
            merged.push(made);
        }
        self.keys = keys;
        merged
    }

    /// The number of a file, which has this digest now.
    fn number(&mut self, path: &Arc<str>, digest: &Arc<str>) -> u32 {
        let known = self.numbers.get(path).copied();
        let number = known.unwrap_or_else(|| {
            let number = self.free.pop().unwrap_or_else(|| {
                self.files.push(File::default());
                self.files.len() as u32 - 1
            });
            self.numbers.insert(Arc::clone(path), number);
            number
        });
        let file = File { path: Arc::clone(path), digest: Arc::clone(digest), standing: None };
        self.files[number as usize] = file;
        number
    }

    /// A file has one more part of a series.
    fn note(&mut self, number: u32, part: &Arc<Part>) {
        let slot = match self.slots.get_mut(&part.key) {
            Some(slot) => slot,
            None => self.slots.entry(part.key.clone()).or_default(),
        };
        let files = &self.files;
        let path = |number: u32| files.get(number as usize).map(|file| &file.path);
        let is_before = |known: u32| known == number || path(known) < path(number);
        // A scan comes in order.
        let at = match slot.parts.last() {
            Some((last, _)) if !is_before(*last) => {
                slot.parts.partition_point(|(known, _)| is_before(*known))
            }
            _ => slot.parts.len(),
        };
        slot.parts.insert(at, (number, Arc::clone(part)));
    }

    /// A file has no part of a series any more.
    fn strike(&mut self, path: &Arc<str>, key: &Key) {
        if let Some(range) = self.range(path, key)
            && let Some(slot) = self.slots.get_mut(key)
        {
            slot.parts.drain(range);
        }
    }

    /// Has a file so many parts of a series in the books?
    fn holds(&self, path: &Arc<str>, key: &Key, count: usize) -> bool {
        self.range(path, key).is_some_and(|range| range.len() == count)
    }

    /// Where the parts of a file stand in a series.
    fn range(&self, path: &Arc<str>, key: &Key) -> Option<Range<usize>> {
        let slot = self.slots.get(key)?;
        let path_of = |number: u32| self.files.get(number as usize).map(|file| &file.path);
        let start = slot.parts.partition_point(|(known, _)| path_of(*known) < Some(path));
        let rest = slot.parts.get(start..)?;
        Some(start..start + rest.partition_point(|(known, _)| path_of(*known) == Some(path)))
    }
}
