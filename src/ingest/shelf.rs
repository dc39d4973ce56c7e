//! A map sorted by path whose copies share what did not change: a folder of a hundred
//! thousand files is handed to the screen many times a second.

use std::sync::Arc;

/// Entries of a board, on average: a change copies one board, and the list of them, where a
/// copy of the map still holds them.
const BOARD: usize = 128;

type Board<V> = Vec<(Arc<str>, V)>;

/// The map.
#[derive(Clone, Debug)]
pub struct Shelf<V> {
    /// Each sorted, none empty, one after the other.
    boards: Arc<Vec<Arc<Board<V>>>>,
    len: usize,
}

impl<V> Default for Shelf<V> {
    fn default() -> Self {
        Self { boards: Arc::default(), len: 0 }
    }
}

impl<V> Shelf<V> {
    /// How many.
    pub fn len(&self) -> usize {
        self.len
    }
    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    /// What stands under a key.
    pub fn get(&self, key: &str) -> Option<&V> {
        let board = self.boards.get(self.board_of(key))?;
        place(board, key).ok().map(|at| &board[at].1)
    }
    /// All of them in order.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &V)> {
        self.boards.iter().flat_map(|board| board.iter()).map(|(key, value)| (key, value))
    }
    /// The values in order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// The last board that begins at or before a key.
    fn board_of(&self, key: &str) -> usize {
        let begins_before = |board: &Arc<Board<V>>| board.first().is_some_and(|(first, _)| **first <= *key);
        // A scan comes in order.
        if self.boards.last().is_some_and(begins_before) {
            return self.boards.len() - 1;
        }
        self.boards.partition_point(begins_before).saturating_sub(1)
    }
}

impl<V: Clone> Shelf<V> {
    /// Puts a value under a key; the one that stood there.
    pub fn insert(&mut self, key: Arc<str>, value: V) -> Option<V> {
        let index = self.board_of(&key);
        let boards = Arc::make_mut(&mut self.boards);
        let Some(board) = boards.get_mut(index).map(Arc::make_mut) else {
            boards.push(Arc::new(vec![(key, value)]));
            self.len = 1;
            return None;
        };
        let at = match place(board, &key) {
            Ok(at) => return Some(std::mem::replace(&mut board[at].1, value)),
            Err(at) => at,
        };
        board.insert(at, (key, value));
        self.len += 1;
        if board.len() > 2 * BOARD {
            // Keys that come in order fill one board after the other.
            let is_last = at + 1 == board.len();
            let later = board.split_off(if is_last { at } else { BOARD });
            boards.insert(index + 1, Arc::new(later));
        }
        None
    }
    /// Takes a key out; the value that stood under it.
    pub fn remove(&mut self, key: &str) -> Option<V> {
        let index = self.board_of(key);
        let at = place(self.boards.get(index)?, key).ok()?;
        let boards = Arc::make_mut(&mut self.boards);
        let board = Arc::make_mut(boards.get_mut(index)?);
        let (_, value) = board.remove(at);
        if board.is_empty() {
            boards.remove(index);
        }
        self.len -= 1;
        Some(value)
    }
}

fn place<V>(board: &Board<V>, key: &str) -> Result<usize, usize> {
    if board.last().is_none_or(|(last, _)| **last < *key) {
        return Err(board.len());
    }
    board.binary_search_by(|(known, _)| (**known).cmp(key))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_sorted_map_and_copies_stay_as_they_were(
            steps in prop::collection::vec((0_u32..600, any::<bool>()), 0..900),
            copy_at in 0_usize..900,
        ) {
            let (mut shelf, mut map) = (Shelf::default(), BTreeMap::new());
            let mut copies = (Shelf::default(), BTreeMap::new());
            for (step, (key, is_put)) in (0_usize..).zip(steps) {
                let key: Arc<str> = format!("{key}.csv").into();
                if is_put {
                    prop_assert_eq!(shelf.insert(Arc::clone(&key), step), map.insert(Arc::clone(&key), step));
                } else {
                    prop_assert_eq!(shelf.remove(&key), map.remove(&key));
                }
                prop_assert_eq!((shelf.get(&key), shelf.len()), (map.get(&key), map.len()));
                if step == copy_at {
                    copies = (shelf.clone(), map.clone());
                }
            }
            prop_assert!(shelf.iter().eq(map.iter()));
            prop_assert!(copies.0.iter().eq(copies.1.iter()));
            prop_assert_eq!(shelf.is_empty(), map.is_empty());
        }
    }
}
