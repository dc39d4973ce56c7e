//! The parts of a column, found by where their group and metric are.

use crate::ingest::cells::FastMap;

/// Parts of a column up to which a look at each is quicker than a map.
const FEW: usize = 12;

/// What tells the parts of a column from each other: where their group and metric are, which
/// are shared, and whether they are summaries.
pub(super) type Address = (usize, usize, bool);

/// The parts of a column by address.
#[derive(Default)]
pub(super) struct Addresses {
    all: Vec<Address>,
    /// Filled when there are more than a few.
    by_address: FastMap<Address, usize>,
}

impl Addresses {
    pub fn clear(&mut self) {
        self.all.clear();
        self.by_address.clear();
    }
    pub fn index(&self, address: Address) -> Option<usize> {
        if self.all.len() <= FEW {
            return self.all.iter().position(|known| *known == address);
        }
        self.by_address.get(&address).copied()
    }
    pub fn push(&mut self, address: Address) {
        self.all.push(address);
        if self.all.len() > FEW {
            let from = self.by_address.len();
            self.by_address.extend(self.all.iter().copied().zip(0..).skip(from));
        }
    }
}
