//! Things that come with file after file and are remembered, found by a hash that their finder
//! makes: equal hashes are told apart by a look at the things.

use std::{hash::Hasher as _, sync::Arc};

use super::{
    cell::MAX_SHARED,
    cells::{FastHasher, FastMap},
};

/// Things of a kind that are remembered; a folder of more starts anew and not at once.
pub const MAX_KNOWN: usize = 8192;

/// Things found by a hash that their finder makes.
#[derive(Debug)]
pub struct ByHash<T>(FastMap<u64, T>);

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
    /// The one that is the same, if there is one.
    pub fn get(&self, hash: u64, is_same: impl Fn(&T) -> bool) -> Option<&T> {
        let mut at = hash;
        loop {
            let known = self.0.get(&at)?;
            if is_same(known) {
                return Some(known);
            }
            at = at.wrapping_add(1);
        }
    }
    /// Forgets them when they are too many.
    pub fn trim(&mut self) {
        if self.0.len() >= MAX_KNOWN {
            // With the room that they took.
            self.0 = FastMap::default();
        }
    }
}

/// The hash of what is written to a hasher.
pub fn hash_of(write: impl FnOnce(&mut FastHasher)) -> u64 {
    let mut hasher = FastHasher::default();
    write(&mut hasher);
    hasher.finish()
}

/// Writes a name that [shared](super::cell::shared) may have made: a short one is known by its
/// address, a long one by what it says.
pub fn write_name(name: &Arc<str>, hasher: &mut FastHasher) {
    if name.len() > MAX_SHARED {
        hasher.write(name.as_bytes());
    } else {
        hasher.write_usize(Arc::as_ptr(name).cast::<u8>().addr());
    }
}

/// Do two names say the same? Mostly they are one.
pub fn is_same_name(one: &Arc<str>, other: &Arc<str>) -> bool {
    Arc::ptr_eq(one, other) || one == other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_of_one_hash_are_told_apart() {
        let mut found = ByHash::default();
        for _ in 0..2 {
            for number in 0..3 {
                assert_eq!(*found.find(u64::MAX, |known| *known == number, || number), number);
            }
        }
        assert_eq!(found.0.len(), 3);
    }
}
