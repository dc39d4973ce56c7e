//! Other groups and fewer rows than the usual: what `--where` and `--group-by` ask for.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{
    Library,
    merge::{Merge, Wanted},
};
use crate::metrics::{
    cold,
    contribution::STATISTIC,
    copies::Copies,
    part::{Key, Mark, Part},
    progress::Progress,
    series::{Group, Nature, Series},
};

impl Library {
    /// The values grouped by other dimensions than the usual ones; no keys: one series
    /// for each field.
    pub fn series_by(&self, keys: &[&str]) -> Vec<Series> {
        self.select(keys, |_, _| true)
    }

    /// Like [`Library::series_by`], of those rows alone whose file and full group `keep` wants.
    /// Beside the dimensions of the data there is `start`, `cold` or `warm`, for both.
    pub fn select(&self, keys: &[&str], keep: impl Fn(&str, &Group) -> bool) -> Vec<Series> {
        self.selected(Some(keys), keep, Progress::untold())
    }

    /// The usual groups, of those rows alone whose file and full group `keep` wants.
    pub fn filtered(&self, keep: impl Fn(&str, &Group) -> bool) -> Vec<Series> {
        self.selected(None, keep, Progress::untold())
    }

    /// A library of the same files whose series are of other groups and of fewer rows; without
    /// keys in the usual groups.
    #[must_use]
    pub fn recut(
        &self,
        keys: Option<&[&str]>,
        keep: impl Fn(&str, &Group) -> bool,
        progress: Progress<'_>,
    ) -> Self {
        let series: Vec<Arc<Series>> =
            self.selected(keys, keep, progress).into_iter().map(Arc::new).collect();
        Self { series: Arc::new(series), ..self.snapshot() }
    }

    /// The wanted rows of all files, values and excluded ones; what steps back for a copy
    /// does so only for one that has wanted rows itself.
    fn selected(
        &self,
        keys: Option<&[&str]>,
        keep: impl Fn(&str, &Group) -> bool,
        progress: Progress<'_>,
    ) -> Vec<Series> {
        let mut wanted: Vec<(&Arc<str>, &Arc<Part>, Vec<Wanted>)> = Vec::new();
        let mut copies = Copies::default();
        for (path, contribution) in self.contributions.iter() {
            let begin = wanted.len();
            for part in contribution.parts() {
                let pieces = cut(part, keys, |group| keep(path, group));
                if !pieces.is_empty() {
                    wanted.push((path, part, pieces));
                }
            }
            if wanted.len() > begin {
                let marks = marks(wanted[begin..].iter().map(|(_, part, _)| *part));
                copies.add(path, self.digest(path), &marks);
            }
        }
        let mut merged: BTreeMap<Key, Merge> = BTreeMap::new();
        for (path, part, pieces) in progress.part(0.3, 1.0).each(wanted.into_iter()) {
            let reason = copies.reason(path, self.digest(path), part.marks());
            for piece in pieces {
                let merge = merged.entry(piece.key.clone()).or_insert_with(|| Merge::new(&piece, 1));
                merge.add(path, piece, reason);
            }
        }
        merged.into_values().map(Merge::finish).collect()
    }
}

/// The marks of some parts of a file.
fn marks<'p>(parts: impl Iterator<Item = &'p Arc<Part>>) -> Arc<[Mark]> {
    let mut marks: Vec<Mark> = parts.flat_map(|part| part.marks()).collect();
    marks.sort_unstable_by(|a, b| a.fingerprint.cmp(&b.fingerprint).then(b.stated.cmp(&a.stated)));
    marks.dedup_by_key(|mark| mark.fingerprint);
    marks.into()
}

/// The rows of a part whose dimensions `keep` wants, cut up by the dimensions of `keys`; by
/// those of the series where there are none.
fn cut(part: &Arc<Part>, keys: Option<&[&str]>, keep: impl Fn(&Group) -> bool) -> Vec<Wanted> {
    let mut cutter =
        Cutter { part, keys, keep, decided: HashMap::new(), by_group: HashMap::new(), pieces: Vec::new() };
    for (at, row) in (0_u32..).zip(part.rows.iter()) {
        if let Some(piece) = cutter.piece(row)
            && let Some(taken) = &mut piece.taken
        {
            taken.push(at);
        }
    }
    for &(reason, row) in &*part.excluded {
        if let Some(piece) = cutter.piece(row) {
            *piece.excluded.entry(reason).or_default() += 1;
        }
    }
    let mut pieces = cutter.pieces;
    if let [only] = pieces.as_mut_slice()
        && only.taken.as_ref().is_some_and(|taken| taken.len() == part.numbers.len())
    {
        only.taken = None;
    }
    pieces
}

struct Cutter<'a, K> {
    part: &'a Arc<Part>,
    keys: Option<&'a [&'a str]>,
    keep: K,
    /// The piece of rows of one configuration that started alike; `None`: not wanted.
    decided: HashMap<(u32, bool), Option<usize>>,
    by_group: HashMap<Arc<Group>, usize>,
    pieces: Vec<Wanted>,
}

impl<K: Fn(&Group) -> bool> Cutter<'_, K> {
    fn piece(&mut self, row: u32) -> Option<&mut Wanted> {
        let of = (self.part.places.group_of(row), self.part.is_cold(row));
        let index = if let Some(index) = self.decided.get(&of) {
            *index
        } else {
            let index = self.decide(row, of.1);
            self.decided.insert(of, index);
            index
        };
        self.pieces.get_mut(index?)
    }

    fn decide(&mut self, row: u32, is_cold: bool) -> Option<usize> {
        let full = self.part.group_at(row);
        let told = match self.part.key.nature() {
            Nature::Sample => &full.with(cold::START, if is_cold { cold::COLD } else { cold::WARM }),
            Nature::Summary | Nature::Stated => &**full,
        };
        if !(self.keep)(told) {
            return None;
        }
        // Summaries of different statistics are no values of one thing, whatever is asked for.
        let is_summary = self.part.key.nature() == Nature::Summary;
        let group = match self.keys {
            Some(keys) => {
                let is_kept = |key: &str| keys.contains(&key) || (is_summary && key == STATISTIC);
                let pairs = told.0.iter().filter(|(key, _)| is_kept(key)).cloned();
                Arc::new(Group(pairs.collect()))
            }
            None => Arc::clone(self.part.key.group()),
        };
        let next = self.pieces.len();
        let index = *self.by_group.entry(Arc::clone(&group)).or_insert(next);
        if index == next {
            self.pieces.push(Wanted {
                key: self.part.key.with_group(group),
                part: Arc::clone(self.part),
                taken: Some(Vec::new()),
                excluded: BTreeMap::new(),
            });
        }
        Some(index)
    }
}
