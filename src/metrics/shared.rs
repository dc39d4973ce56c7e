//! What files share: the texts, groups and things found by hash that come with file after
//! file are made once for a thread, so that a file like others costs look-ups and equal
//! things are told by their address.

use std::{
    cell::RefCell,
    hash::{Hash as _, Hasher as _},
    sync::Arc,
};

use super::{cold, contribution::DEFAULT_KEYS, series::Group};
pub(super) use crate::ingest::by_hash::{ByHash, hash_of};
use crate::ingest::{by_hash::MAX_KNOWN, cells::FastMap};

/// A longer text hardly repeats.
pub(super) const MAX_TEXT: usize = 64;

#[derive(Default)]
struct Shared {
    /// With the number that each has for good.
    texts: FastMap<Arc<str>, u32>,
    /// How many there were, those that were forgotten included.
    numbered: u32,
    printed: FastMap<u64, Arc<str>>,
    groups: ByHash<Arc<Group>>,
    sets: ByHash<(u32, Vec<Arc<str>>)>,
    configurations: ByHash<Configuration>,
    /// By the address of a group, which is held here and so stays its own.
    parts: FastMap<usize, GroupParts>,
}

/// A group and how it is known.
#[derive(Debug)]
struct Configuration {
    set: u32,
    words: Box<[Word]>,
    group: Arc<Group>,
}

/// A group of all dimensions, and what is often wanted of it.
#[derive(Clone, Debug)]
pub(super) struct GroupParts {
    _whole: Arc<Group>,
    /// The dimensions that make a series.
    pub usual: Arc<Group>,
    /// What is loaded, and where to.
    pub subject: Arc<Group>,
}

/// A value of a dimension, told from all others without a look at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Word(u64);

impl Word {
    /// No value.
    pub const NONE: Self = Self(0x7FF8 << 48);
    /// Texts are no numbers: their words are patterns that no finite number has.
    const TEXT: u64 = 0x7FFA << 48;

    /// That of a finite number.
    pub fn of_number(number: f64) -> Self {
        Self(number.to_bits())
    }
    /// That of a text of no more than [`MAX_TEXT`] bytes.
    pub fn of_text(text: &str) -> Self {
        SHARED.with_borrow_mut(|shared| Self(Self::TEXT | u64::from(shared.text(text).1)))
    }
}

impl Shared {
    fn text(&mut self, text: &str) -> (Arc<str>, u32) {
        if let Some((known, number)) = self.texts.get_key_value(text) {
            return (Arc::clone(known), *number);
        }
        if self.texts.len() >= MAX_KNOWN {
            self.texts.clear();
        }
        let new: Arc<str> = text.into();
        self.numbered = self.numbered.wrapping_add(1);
        self.texts.insert(Arc::clone(&new), self.numbered);
        (new, self.numbered)
    }
}

thread_local! {
    static SHARED: RefCell<Shared> = RefCell::default();
}

/// Forgets what is too much. Not between the groups of one file, whose equal ones are told
/// by their address.
pub(super) fn trim() {
    SHARED.with_borrow_mut(|shared| {
        shared.groups.trim();
        shared.sets.trim();
        shared.configurations.trim();
        if shared.parts.len() >= MAX_KNOWN {
            shared.parts = FastMap::default();
        }
    });
}

/// A text.
pub(super) fn text(text: &str) -> Arc<str> {
    if text.len() > MAX_TEXT {
        return text.into();
    }
    SHARED.with_borrow_mut(|shared| shared.text(text).0)
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

/// The number of a set of names, in their order; the same for as long as it is remembered,
/// and never that of another.
pub(super) fn set_of(names: &(impl Iterator<Item = Arc<str>> + Clone)) -> u32 {
    let hash = hash_of(|hasher| names.clone().for_each(|name| name.hash(hasher)));
    let is_same = |(_, known): &(u32, Vec<Arc<str>>)| known.iter().cloned().eq(names.clone());
    SHARED.with_borrow_mut(|Shared { sets, numbered, .. }| {
        let make = || {
            *numbered = numbered.wrapping_add(1);
            (*numbered, names.clone().collect())
        };
        sets.find(hash, is_same, make).0
    })
}

/// The group of the values that these words stand for, of a set of names.
pub(super) fn configuration(set: u32, words: &[Word], make: impl FnOnce() -> Group) -> Arc<Group> {
    let hash = hash_of(|hasher| {
        hasher.write_u32(set);
        for word in words {
            hasher.write_u64(word.0);
        }
    });
    let is_same = |known: &Configuration| known.set == set && *known.words == *words;
    let find = |configurations: &ByHash<Configuration>| {
        configurations.get(hash, is_same).map(|known| Arc::clone(&known.group))
    };
    if let Some(known) = SHARED.with_borrow(|shared| find(&shared.configurations)) {
        return known;
    }
    // Asks for shared texts itself.
    let group = Arc::new(make());
    SHARED.with_borrow_mut(|shared| {
        let make = || Configuration { set, words: words.into(), group: Arc::clone(&group) };
        shared.configurations.find(hash, |_| false, make);
    });
    group
}

/// What is often wanted of a group.
pub(super) fn parts_of(group: &Arc<Group>) -> GroupParts {
    let address = Arc::as_ptr(group).addr();
    if let Some(known) = SHARED.with_borrow(|shared| shared.parts.get(&address).cloned()) {
        return known;
    }
    let of = |keys: &[&str]| self::group(&group.0.iter().filter(|(key, _)| keys.contains(&&**key)));
    let parts =
        GroupParts { _whole: Arc::clone(group), usual: of(&DEFAULT_KEYS), subject: of(&cold::SUBJECT) };
    SHARED.with_borrow_mut(|shared| shared.parts.insert(address, parts.clone()));
    parts
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
        let words = pairs.clone().map(|(_, value)| Word::of_text(&value));
        let set = set_of(&pairs.iter().map(|(name, _)| Arc::clone(name)));
        let make = || configuration(set, &words, || Group(pairs.to_vec()));
        assert!(Arc::ptr_eq(&make(), &make()));
        assert_eq!(make().0, pairs);
        let other = set_of(&pairs.iter().rev().map(|(name, _)| Arc::clone(name)));
        assert_ne!(set, other);
    }
}
