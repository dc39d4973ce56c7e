//! What files share: the texts, groups and things found by hash that come with file after
//! file are made once for a thread, so that a file like others costs look-ups and equal
//! things are told by their address.

use std::{
    cell::RefCell,
    collections::HashSet,
    hash::{BuildHasherDefault, Hash as _, Hasher as _},
    sync::Arc,
};

use super::series::Group;
use crate::ingest::cells::{FastHasher, FastMap};

/// Things of a kind that are remembered; a folder of more starts anew and not at once.
const MAX_KNOWN: usize = 8192;
/// A longer text hardly repeats.
pub(super) const MAX_TEXT: usize = 64;

/// Things found by a hash that their finder makes.
#[derive(Debug)]
pub(super) struct ByHash<T>(FastMap<u64, T>);

impl<T> Default for ByHash<T> {
    fn default() -> Self {
        Self(FastMap::default())
    }
}

impl<T> ByHash<T> {
    /// The one that is the same, or a new one.
    pub fn find(&mut self, hash: u64, is_same: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> &T {
        let mut at = hash;
        while self.0.get(&at).is_some_and(|known| !is_same(known)) {
            at = at.wrapping_add(1);
        }
        self.0.entry(at).or_insert_with(make)
    }
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// Forgets them when they are too many.
    pub fn trim(&mut self) {
        if self.0.len() >= MAX_KNOWN {
            // With the room that they took.
            self.0 = FastMap::default();
        }
    }
}

#[derive(Default)]
struct Shared {
    texts: HashSet<Arc<str>, BuildHasherDefault<FastHasher>>,
    printed: FastMap<u64, Arc<str>>,
    groups: ByHash<Arc<Group>>,
    full: ByHash<Arc<Group>>,
}

thread_local! {
    static SHARED: RefCell<Shared> = RefCell::default();
}

/// Forgets what is too much. Not between the groups of one file, whose equal ones are told
/// by their address.
pub(super) fn trim() {
    SHARED.with_borrow_mut(|shared| {
        shared.groups.trim();
        shared.full.trim();
    });
}

/// The hash of what is written to a hasher.
pub(super) fn hash_of(write: impl FnOnce(&mut FastHasher)) -> u64 {
    let mut hasher = FastHasher::default();
    write(&mut hasher);
    hasher.finish()
}

/// A text.
pub(super) fn text(text: &str) -> Arc<str> {
    if text.len() > MAX_TEXT {
        return text.into();
    }
    SHARED.with_borrow_mut(|Shared { texts, .. }| {
        if let Some(known) = texts.get(text) {
            return Arc::clone(known);
        }
        if texts.len() >= MAX_KNOWN {
            texts.clear();
        }
        let new: Arc<str> = text.into();
        texts.insert(Arc::clone(&new));
        new
    })
}

/// A number as text.
pub(super) fn printed(number: f64) -> Arc<str> {
    SHARED.with_borrow_mut(|Shared { printed, .. }| {
        if printed.len() >= MAX_KNOWN {
            printed.clear();
        }
        Arc::clone(printed.entry(number.to_bits()).or_insert_with(|| number.to_string().into()))
    })
}

/// A group by what it says: equal ones of a file are one allocation.
pub(super) fn group<'p>(pairs: &(impl Iterator<Item = &'p (Arc<str>, Arc<str>)> + Clone)) -> Arc<Group> {
    let hash = hash_of(|hasher| pairs.clone().for_each(|pair| pair.hash(hasher)));
    let is_same = |known: &Arc<Group>| known.0.iter().eq(pairs.clone());
    let make = || Arc::new(Group(pairs.clone().cloned().collect()));
    SHARED.with_borrow_mut(|Shared { groups, .. }| Arc::clone(groups.find(hash, is_same, make)))
}

/// A group by the addresses of its texts, quicker: most equal ones are one allocation.
pub(super) fn full_group(pairs: &[(Arc<str>, Arc<str>)]) -> Arc<Group> {
    let hash = hash_of(|hasher| {
        for (key, value) in pairs {
            hasher.write_usize(Arc::as_ptr(key).addr());
            hasher.write_usize(Arc::as_ptr(value).addr());
        }
    });
    let is_same = |known: &Arc<Group>| known.0 == *pairs;
    let make = || Arc::new(Group(pairs.to_vec()));
    SHARED.with_borrow_mut(|Shared { full, .. }| Arc::clone(full.find(hash, is_same, make)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_numbers_and_groups_are_one_allocation() {
        assert!(Arc::ptr_eq(&text("cuda"), &text("cuda")));
        assert!(Arc::ptr_eq(&printed(0.5), &printed(0.5)));
        assert_eq!(&*printed(4096.0), "4096");
        let pairs = [(text("model"), text("a")), (text("num_gpu"), printed(16.0))];
        let own = [(Arc::from("model"), Arc::from("a"))];
        assert!(Arc::ptr_eq(&group(&pairs[..1].iter()), &group(&own.iter())));
        assert!(Arc::ptr_eq(&full_group(&pairs), &full_group(&pairs)));
        assert_eq!(full_group(&pairs).0, pairs);
    }

    #[test]
    fn things_of_one_hash_are_told_apart() {
        let mut found = ByHash::default();
        for _ in 0..2 {
            for number in 0..3 {
                assert_eq!(*found.find(u64::MAX, |known| *known == number, || number), number);
            }
        }
        assert_eq!(found.len(), 3);
    }
}
