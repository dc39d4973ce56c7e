//! Where the numbers of a part stand among the places of its file: mostly in every row of a
//! table, which takes no room however long it is.

use std::{ops::Range, sync::Arc};

/// Rows among the places of a file, in the order of the numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowList {
    /// One after the other.
    Range(Range<u32>),
    /// Each by itself.
    Each(Arc<[u32]>),
}

impl RowList {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::Range(range) => range.len(),
            Self::Each(rows) => rows.len(),
        }
    }
    /// The row of a number.
    pub fn get(&self, at: usize) -> Option<u32> {
        match self {
            Self::Range(range) => range.clone().nth(at),
            Self::Each(rows) => rows.get(at).copied(),
        }
    }
    /// That of the first number.
    pub fn first(&self) -> Option<u32> {
        self.get(0)
    }
    /// That of the last number.
    pub fn last(&self) -> Option<u32> {
        self.get(self.len().checked_sub(1)?)
    }
    /// All of them in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = u32> + Clone + '_ {
        let (range, each) = match self {
            Self::Range(range) => (range.clone(), [].as_slice()),
            Self::Each(rows) => (0..0, &**rows),
        };
        range.chain(each.iter().copied())
    }
}

impl Default for RowList {
    fn default() -> Self {
        Self::Range(0..0)
    }
}

impl From<Vec<u32>> for RowList {
    fn from(rows: Vec<u32>) -> Self {
        match (rows.first(), rows.last()) {
            (Some(&first), Some(&last)) if rows.iter().copied().eq(first..=last) => {
                Self::Range(first..last + 1)
            }
            (None, _) | (_, None) => Self::default(),
            _ => Self::Each(rows.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_and_those_that_follow_each_other_take_no_room() {
        for (rows, is_range) in
            [(vec![], true), (vec![7], true), (vec![3, 4, 5], true), (vec![3, 5], false), (vec![4, 3], false)]
        {
            let list = RowList::from(rows.clone());
            assert_eq!(matches!(list, RowList::Range(_)), is_range, "{rows:?}");
            assert_eq!(list.iter().collect::<Vec<_>>(), rows);
            assert_eq!((0..rows.len()).filter_map(|at| list.get(at)).collect::<Vec<_>>(), rows);
            assert_eq!((list.len(), list.get(rows.len())), (rows.len(), None));
            assert_eq!((list.first(), list.last()), (rows.first().copied(), rows.last().copied()));
        }
    }
}
