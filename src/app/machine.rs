//! The machine beside the benchmark: what its meters say, and which rows were written while
//! something disturbed it.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Range,
    sync::Arc,
    time::Duration,
};

use crate::{
    ingest::inventory::{Batch, Change, Inventory},
    meters::Sample,
};

/// Samples kept: a quarter of an hour of them.
const HISTORY: usize = 450;
/// A file that changes so long after a throttled sample was written meanwhile.
const RECENT: Duration = Duration::from_secs(5);
/// Files of which it is kept what disturbed them, and parts of each: more than a day of runs.
const STAMPED_FILES: usize = 4096;
const STAMPS: usize = 256;
/// What disturbs a benchmark when this program does.
const OWN_MODEL: &str = "own model running";

/// The meters' slice.
#[derive(Debug, Default)]
pub struct Machine {
    /// Samples are taken.
    pub is_metered: bool,
    /// Samples, the oldest first.
    pub history: VecDeque<Sample>,
    /// What slowed the machine down last, and when.
    throttled: Option<(&'static str, Duration)>,
    stamps: Arc<Stamps>,
}

/// Rows that were written while something disturbed the machine, by file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamps(BTreeMap<Arc<str>, Vec<(Range<u64>, &'static str)>>);

impl Machine {
    pub(super) fn new(is_metered: bool) -> Self {
        Self { is_metered, ..Self::default() }
    }

    /// The newest sample.
    pub fn latest(&self) -> Option<&Sample> {
        self.history.back()
    }

    /// A sample was taken.
    pub(super) fn take(&mut self, sample: Sample, now: Duration) {
        if !self.is_metered {
            return;
        }
        if let Some(why) = sample.throttled() {
            self.throttled = Some((why, now));
        }
        if self.history.len() >= HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(sample);
    }

    /// The meters are switched off, or on again: what they said before is no longer true.
    pub(super) fn switch(&mut self) -> bool {
        self.is_metered = !self.is_metered;
        self.history.clear();
        self.throttled = None;
        self.is_metered
    }

    /// Files changed: their new rows are stamped if something disturbs the machine. `before` is
    /// the folder as it was; `works` says that this program's own model does. The stamps, when
    /// there are new ones.
    pub(super) fn stamp(
        &mut self,
        (before, now_there): (&Inventory, &Inventory),
        batch: &Batch,
        works: bool,
        now: Duration,
    ) -> Option<Arc<Stamps>> {
        let throttled = self.throttled.filter(|(_, at)| now.saturating_sub(*at) <= RECENT);
        let why = throttled.map(|(why, _)| why).or(works.then_some(OWN_MODEL))?;
        for change in &batch.changes {
            let Change::Read(file) = change else { continue };
            let rows = now_there.get(&file.path).map_or(0, |file| file.document.rows());
            let known = before.get(&file.path).map_or(0, |file| file.document.rows());
            // Not longer than before: it was written anew.
            let start = if known < rows { known } else { 0 };
            if rows > 0 && !file.generated {
                Arc::make_mut(&mut self.stamps).add(&file.path, start..rows, why);
            }
        }
        Some(Arc::clone(&self.stamps))
    }
}

impl Stamps {
    /// What disturbed the machine when a row of a file was written.
    pub fn of(&self, path: &str, row: u32) -> Option<&'static str> {
        let stamps = self.0.get(path)?;
        stamps.iter().rev().find(|(rows, _)| rows.contains(&u64::from(row))).map(|(_, why)| *why)
    }

    /// Nothing was ever disturbed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, path: &Arc<str>, rows: Range<u64>, why: &'static str) {
        if self.0.len() >= STAMPED_FILES && !self.0.contains_key(path) {
            self.0.pop_first();
        }
        let stamps = self.0.entry(Arc::clone(path)).or_default();
        match stamps.last_mut() {
            Some((last, reason)) if *reason == why && last.end == rows.start => last.end = rows.end,
            _ => stamps.push((rows, why)),
        }
        if stamps.len() > STAMPS {
            stamps.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_follow_each_other_are_one_part_and_the_newest_reason_counts() {
        let path: Arc<str> = "a.csv".into();
        let mut stamps = Stamps::default();
        stamps.add(&path, 3..5, "hot");
        stamps.add(&path, 5..6, "hot");
        assert_eq!(stamps.0[&path], [(3..6, "hot")]);
        stamps.add(&path, 0..4, OWN_MODEL);
        assert_eq!((stamps.of("a.csv", 3), stamps.of("a.csv", 5)), (Some(OWN_MODEL), Some("hot")));
        assert_eq!((stamps.of("a.csv", 6), stamps.of("b.csv", 3)), (None, None));
        for part in 0..2 * STAMPS as u64 {
            stamps.add(&path, part * 10..part * 10 + 1, "hot");
        }
        assert_eq!(stamps.0[&path].len(), STAMPS);
    }

    #[test]
    fn the_history_is_bounded_and_switching_empties_it() {
        let mut machine = Machine::new(true);
        for _ in 0..2 * HISTORY {
            machine.take(Sample::default(), Duration::ZERO);
        }
        assert_eq!(machine.history.len(), HISTORY);
        assert!(!machine.switch() && machine.latest().is_none());
        assert!(machine.switch());
    }
}
