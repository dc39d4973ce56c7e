//! A series being put together of the parts of its files.

use std::{collections::BTreeMap, sync::Arc};

use crate::metrics::{
    part::{Key, Part, Reason},
    series::{Exclusion, Series, Values},
    stats::Stats,
    totals,
    unit::UnitOrigin,
    values::Piece,
};

/// The rows of a part that are wanted.
#[derive(Debug)]
pub(super) struct Wanted {
    /// The series that they are for.
    pub key: Key,
    /// Their part.
    pub part: Arc<Part>,
    /// Which of its numbers; all where it says nothing.
    pub taken: Option<Vec<u32>>,
    /// How many of its rows are left out, by reason.
    pub excluded: BTreeMap<Reason, u64>,
}

impl Wanted {
    /// A part as it is.
    pub fn whole(part: &Arc<Part>) -> Self {
        let mut excluded: BTreeMap<Reason, u64> = BTreeMap::new();
        for (reason, _) in &*part.excluded {
            *excluded.entry(*reason).or_default() += 1;
        }
        Self { key: part.key.clone(), part: Arc::clone(part), taken: None, excluded }
    }
    fn values(&self) -> usize {
        self.taken.as_ref().map_or(self.part.numbers.len(), Vec::len)
    }
}

/// A series being put together.
#[derive(Debug)]
pub(super) struct Merge {
    key: Key,
    unit_origin: UnitOrigin,
    files: Vec<Arc<str>>,
    pieces: Vec<Piece>,
    /// By reason and file: a broken column of a million rows is one count.
    excluded: BTreeMap<Reason, BTreeMap<Arc<str>, u64>>,
}

impl Merge {
    /// Nothing yet, with room for so many parts.
    pub fn new(first: &Wanted, parts: usize) -> Self {
        Self {
            key: first.key.clone(),
            unit_origin: first.part.unit_origin,
            files: Vec::with_capacity(parts),
            pieces: Vec::with_capacity(parts),
            excluded: BTreeMap::new(),
        }
    }

    /// Rows of a file; all of them are left out where another file has the same.
    pub fn add(&mut self, path: &Arc<str>, wanted: Wanted, copy: Option<Reason>) {
        // One guess makes the whole series one.
        if wanted.part.unit_origin == UnitOrigin::Guess {
            self.unit_origin = UnitOrigin::Guess;
        }
        if let Some(reason) = copy {
            let entries = wanted.values() as u64 + wanted.excluded.values().sum::<u64>();
            return self.exclude(reason, path, entries);
        }
        if self.files.last() != Some(path) {
            self.files.push(Arc::clone(path));
        }
        for (&reason, &count) in &wanted.excluded {
            self.exclude(reason, path, count);
        }
        let file = self.files.len() as u32 - 1;
        self.pieces.push(Piece { file, part: wanted.part, taken: wanted.taken });
    }

    fn exclude(&mut self, reason: Reason, path: &Arc<str>, count: u64) {
        *self.excluded.entry(reason).or_default().entry(Arc::clone(path)).or_default() += count;
    }

    /// The series.
    pub fn finish(self) -> Series {
        let ratio_of_totals = ratio_of_totals(&self.pieces);
        let values = Values::of(self.pieces);
        let (warm, cold) = apart(&values).unzip();
        let metric = self.key.metric().clone();
        Series {
            unit: metric.unit().clone(),
            metric,
            field: Arc::clone(self.key.field()),
            unit_origin: self.unit_origin,
            nature: self.key.nature(),
            group: Arc::clone(self.key.group()),
            files: self.files,
            excluded: self
                .excluded
                .into_iter()
                .map(|(reason, files)| Exclusion {
                    reason: reason.as_str().into(),
                    is_copy: reason.is_copy(),
                    count: files.values().sum(),
                    files: files.into_iter().collect(),
                })
                .collect(),
            stats: Stats::of_owned(values.numbers().into_owned()),
            warm,
            cold,
            ratio_of_totals,
            values,
        }
    }
}

/// The statistics of warm and of cold values, where there are cold ones.
fn apart(values: &Values) -> Option<(Stats, Stats)> {
    if !values.has_cold() {
        return None;
    }
    let (cold, warm) = values.cold_and_warm();
    Some((Stats::of_owned(warm), Stats::of_owned(cold)))
}

/// All tokens over all their time, when they are known of every value.
fn ratio_of_totals(pieces: &[Piece]) -> Option<f64> {
    let mut known = Vec::with_capacity(pieces.len());
    for piece in pieces.iter().filter(|piece| !piece.part.numbers.is_empty()) {
        known.push((piece.part.weights.as_ref()?, &piece.taken));
    }
    let weights = known.into_iter().flat_map(|(weights, taken)| {
        let count = taken.as_ref().map_or(weights.len(), Vec::len);
        (0..count).filter_map(move |index| {
            let at = taken.as_ref().map_or(Some(index), |taken| taken.get(index).map(|at| *at as usize))?;
            weights.get(at).copied()
        })
    });
    totals::ratio(weights)
}
