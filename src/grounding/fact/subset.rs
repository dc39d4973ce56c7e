//! A part of a ledger that stands for itself: what a model is to word, and nothing else.

use std::collections::BTreeMap;

use super::{FactRow, Ledger};

impl Ledger {
    /// The ledger of these facts alone, in their order here, with the rows that hold some of
    /// them; and for each of its facts its index here. An index given twice, or of no fact,
    /// adds nothing.
    pub fn subset(&self, facts: &[usize]) -> (Self, Vec<usize>) {
        let mut wanted: Vec<usize> =
            facts.iter().copied().filter(|&index| index < self.facts.len()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let places: BTreeMap<usize, usize> =
            wanted.iter().enumerate().map(|(place, &index)| (index, place)).collect();
        let moved = |facts: &[usize]| -> Vec<usize> {
            facts.iter().filter_map(|index| places.get(index).copied()).collect()
        };
        let rows = self
            .rows
            .iter()
            .map(|row| (row, moved(&row.facts)))
            .filter(|(_, facts)| !facts.is_empty())
            .map(|(row, facts)| FactRow { facts, ..row.clone() })
            .collect();
        let facts = wanted.iter().filter_map(|&index| self.facts.get(index).cloned()).collect();
        (Self { facts, rows }, wanted)
    }
}
