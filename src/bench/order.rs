//! In which order the visits of a sweep are made.

use crate::metrics::stats::SplitMix64;

/// How visits follow one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Every configuration once, then all of them again: what drifts meets all alike.
    #[default]
    Interleaved,
    /// Interleaved, each round in an order drawn with the seed.
    Shuffled,
    /// All visits of a configuration, then the next: the model is loaded least often.
    Grouped,
}

/// One visit: which configuration, and for the how-manieth time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Index of the configuration.
    pub configuration: usize,
    /// Counted from 1.
    pub run: u32,
}

impl Order {
    /// All, the default first.
    pub const ALL: [Self; 3] = [Self::Interleaved, Self::Shuffled, Self::Grouped];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Interleaved => "interleaved",
            Self::Shuffled => "shuffled",
            Self::Grouped => "grouped",
        }
    }

    /// The visits of so many configurations.
    pub fn visits(self, configurations: usize, runs: u32, seed: u64) -> Vec<Visit> {
        let visit = |configuration, run| Visit { configuration, run };
        if self == Self::Grouped {
            return (0..configurations).flat_map(|at| (1..=runs).map(move |run| visit(at, run))).collect();
        }
        let mut random = SplitMix64(seed);
        let mut visits = Vec::with_capacity(configurations * runs as usize);
        for run in 1..=runs {
            let mut round: Vec<usize> = (0..configurations).collect();
            if self == Self::Shuffled {
                // Fisher and Yates.
                for last in (1..round.len()).rev() {
                    let other = random.below(last as u64 + 1) as usize;
                    round.swap(last, other);
                }
            }
            visits.extend(round.into_iter().map(|at| visit(at, run)));
        }
        visits
    }
}
