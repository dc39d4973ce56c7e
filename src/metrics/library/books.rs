//! Who is touched by a change, and in which order series stand.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use super::{
    digest,
    merge::{Merge, Wanted},
};
use crate::{
    ingest::{inventory::Inventory, shelf::Shelf},
    metrics::{
        contribution::Contribution,
        copies::Copies,
        part::{Key, Part},
        pool::Pool,
        series::Series,
    },
};

/// The books of a library.
#[derive(Clone, Debug, Default)]
pub(super) struct Books {
    /// Of each series, in the same order.
    keys: Vec<Key>,
    slots: HashMap<Key, Slot>,
    /// Series that changes touched since the last time they were taken, each once.
    touched: Vec<Key>,
    copies: Copies,
    pool: Pool,
}

/// What is known of a series.
#[derive(Clone, Debug, Default)]
struct Slot {
    /// Files that have a part of it, by path.
    files: Vec<Arc<str>>,
    is_touched: bool,
}

impl Books {
    /// What files say alike.
    pub fn pool(&mut self) -> &mut Pool {
        &mut self.pool
    }

    /// No series is touched.
    pub fn is_settled(&self) -> bool {
        self.touched.is_empty()
    }

    /// The series that were touched, each once and in order.
    pub fn take_touched(&mut self) -> Vec<Key> {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
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
        for part in contribution.parts() {
            self.note(path, &part.key);
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
        let mut stood = HashMap::new();
        if let Some((old, digest)) = before {
            if after.is_some() {
                for part in old.parts() {
                    let reason = self.copies.reason(path, digest, part.marks());
                    stood.insert(Arc::as_ptr(part).addr(), reason);
                }
            }
            others = self.copies.remove(path, digest, old.marks());
        }
        let mut same = HashSet::new();
        if let Some((new, digest)) = after {
            others.extend(self.copies.add(path, digest, new.marks()));
            for part in new.parts() {
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
            if after.is_none_or(|(new, _)| new.parts_of(&part.key).is_empty()) {
                self.strike(path, &part.key);
            }
        }
        for part in after.map(|(new, _)| new.parts()).unwrap_or_default().iter().filter(is_other) {
            self.note(path, &part.key);
            self.touch(&part.key);
        }
        others
    }

    /// A series put together of the parts of its files; `None` when no file has one, and it
    /// is forgotten.
    pub fn series(
        &mut self,
        key: &Key,
        contributions: &Shelf<Arc<Contribution>>,
        inventory: &Inventory,
    ) -> Option<Series> {
        let slot = self.slots.get(key)?;
        let mut merge: Option<Merge> = None;
        for path in &slot.files {
            let Some(contribution) = contributions.get(path) else { continue };
            for part in contribution.parts_of(key) {
                let wanted = Wanted::whole(part);
                let reason = self.copies.reason(path, digest(inventory, path), part.marks());
                merge.get_or_insert_with(|| Merge::new(&wanted)).add(path, wanted, reason);
            }
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

    /// A file has a part of a series.
    fn note(&mut self, path: &Arc<str>, key: &Key) {
        let files = match self.slots.get_mut(key) {
            Some(slot) => &mut slot.files,
            None => &mut self.slots.entry(key.clone()).or_default().files,
        };
        // A scan comes in order.
        match files.last() {
            Some(last) if last == path => {}
            Some(last) if last > path => {
                if let Err(at) = files.binary_search(path) {
                    files.insert(at, Arc::clone(path));
                }
            }
            _ => files.push(Arc::clone(path)),
        }
    }

    /// A file has no part of a series any more.
    fn strike(&mut self, path: &Arc<str>, key: &Key) {
        if let Some(slot) = self.slots.get_mut(key)
            && let Ok(at) = slot.files.binary_search(path)
        {
            slot.files.remove(at);
        }
    }
}
