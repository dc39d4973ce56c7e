//! One allocation for what many files say alike: their dimensions, and the keys of their
//! series.

use std::{collections::HashSet, sync::Arc};

use super::{part::Key, series::Group};

/// So many entries are kept before the first look for those that nobody uses any more.
const LEAST: usize = 4096;

/// What was seen so far.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    groups: HashSet<Arc<Group>>,
    keys: HashSet<Key>,
    /// Entries that were in use when that was looked at last.
    used: usize,
}

impl Pool {
    /// The group as it is kept.
    pub fn group(&mut self, group: &Arc<Group>) -> Arc<Group> {
        if let Some(known) = self.groups.get(group) {
            return Arc::clone(known);
        }
        self.groups.insert(Arc::clone(group));
        Arc::clone(group)
    }

    /// The key as it is kept.
    pub fn key(&mut self, key: Key) -> Key {
        if let Some(known) = self.keys.get(&key) {
            return known.clone();
        }
        self.keys.insert(key.clone());
        key
    }

    /// Forgets what nobody else holds, once there may be as much of it as of the rest.
    pub fn prune(&mut self) {
        if self.len() < LEAST.max(2 * self.used) {
            return;
        }
        // Keys hold groups.
        self.keys.retain(Key::is_shared);
        self.groups.retain(|group| Arc::strong_count(group) > 1);
        self.used = self.len();
    }

    fn len(&self) -> usize {
        self.groups.len() + self.keys.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(value: usize) -> Arc<Group> {
        Arc::new(Group(vec![("model".into(), value.to_string().into())]))
    }

    #[test]
    fn equal_groups_are_one_and_unused_ones_are_forgotten() {
        let mut pool = Pool::default();
        let first = pool.group(&group(0));
        assert!(Arc::ptr_eq(&first, &pool.group(&group(0))));
        for value in 1..LEAST {
            pool.group(&group(value));
            pool.prune();
        }
        assert_eq!(pool.len(), 1);
        assert!(Arc::ptr_eq(&first, &pool.group(&group(0))));
    }
}
