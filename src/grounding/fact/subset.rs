//! A part of a ledger that stands for itself: what a model is to word, and nothing else; and
//! the same facts in another order.

use std::collections::HashMap;

use super::{FactRow, Ledger, findings::Place};

impl Ledger {
    /// The ledger of these facts alone, in their order here, with the rows, relations and so
    /// on whose facts are among them; and for each of its facts its index here. An index
    /// given twice, or of no fact, adds nothing.
    pub fn subset(&self, facts: &[usize]) -> (Self, Vec<usize>) {
        let mut wanted: Vec<usize> =
            facts.iter().copied().filter(|&index| index < self.facts.len()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        (self.taken(&wanted), wanted)
    }

    /// The ledger of the facts of these indices, each given once, in this order.
    pub(super) fn taken(&self, wanted: &[usize]) -> Self {
        let places: HashMap<usize, usize> =
            wanted.iter().enumerate().map(|(place, &index)| (index, place)).collect();
        let place: Place<'_> = &|index| places.get(&index).copied();
        let row = |row: &FactRow| {
            let facts: Vec<usize> = row.facts.iter().filter_map(|&index| place(index)).collect();
            (!facts.is_empty()).then(|| FactRow { facts, ..row.clone() })
        };
        Self {
            facts: wanted.iter().filter_map(|&index| self.facts.get(index).cloned()).collect(),
            rows: self.rows.iter().filter_map(row).collect(),
            relations: self.relations.iter().filter_map(|found| found.moved(place)).collect(),
            drivers: self.drivers.iter().filter_map(|found| found.moved(place)).collect(),
            front: self.front.iter().filter_map(|found| found.moved(place)).collect(),
            failures: self.failures.iter().filter_map(|found| found.moved(place)).collect(),
            outliers: self.outliers.iter().filter_map(|found| found.moved(place)).collect(),
            trends: self.trends.iter().filter_map(|found| found.moved(place)).collect(),
        }
    }
}
