//! The values of one file for one series, column by column: what the program keeps of a
//! file. Eight bytes a number; their places are shared by all columns, and take next to nothing
//! where rows follow each other in even steps and are of one configuration.

mod row_list;

use std::{
    cell::RefCell,
    cmp::Ordering,
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    num::NonZeroU64,
    sync::Arc,
};

pub use self::row_list::RowList;
use super::{
    names::Metric,
    series::{Group, Nature},
    shared::{ByHash, hash_of},
    times::NO_TIME,
    unit::UnitOrigin,
};
use crate::ingest::places::Lines;

thread_local! {
    // The same few series come with every file: each key is made once.
    static KEYS: RefCell<ByHash<Key>> = RefCell::default();
}

/// What failed rows say of their errors, by the field that says it: how many rows.
pub type Errors = BTreeMap<(Arc<str>, Box<str>), u64>;

/// Why a row is not in a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    Failed,
    WarmUp,
    Empty,
    NotFinite,
    NotANumber,
    DuplicateFile,
    SameValues,
}

impl Reason {
    /// Another file has the same.
    pub fn is_copy(self) -> bool {
        matches!(self, Self::DuplicateFile | Self::SameValues)
    }
    /// As shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::WarmUp => "warm-up",
            Self::Empty => "empty",
            Self::NotFinite => "not finite",
            Self::NotANumber => "not a number",
            Self::DuplicateFile => "duplicate file",
            Self::SameValues => "same values in another file",
        }
    }
}

/// Which series a part belongs to; ordered as series are listed. Cheap to clone and to look
/// up: its hash is computed once.
#[derive(Clone, Debug)]
pub struct Key(Arc<KeyParts>);

#[derive(Debug)]
struct KeyParts {
    hash: u64,
    metric: Metric,
    nature: Nature,
    group: Arc<Group>,
    field: Arc<str>,
}

impl Key {
    /// The key of a metric's field, of a nature, in a group.
    pub fn new(metric: &Metric, nature: Nature, group: Arc<Group>, field: Arc<str>) -> Self {
        let mut hasher = DefaultHasher::new();
        (metric.name(), nature, &group, &field).hash(&mut hasher);
        Self(Arc::new(KeyParts { hash: hasher.finish(), metric: metric.clone(), nature, group, field }))
    }
    /// The same, made once for all files of a thread.
    pub(super) fn shared(metric: &Metric, nature: Nature, group: &Arc<Group>, field: &Arc<str>) -> Self {
        let addresses = (Arc::as_ptr(&metric.0).addr(), Arc::as_ptr(group).addr());
        let hash = hash_of(|hasher| (addresses, nature as u8, field).hash(hasher));
        let is_same = |Self(known): &Self| {
            Arc::ptr_eq(&known.metric.0, &metric.0)
                && Arc::ptr_eq(&known.group, group)
                && known.nature == nature
                && known.field == *field
        };
        let make = || Self::new(metric, nature, Arc::clone(group), Arc::clone(field));
        KEYS.with_borrow_mut(|keys| {
            keys.trim();
            keys.find(hash, is_same, make).clone()
        })
    }
    /// The same series of another group.
    pub fn with_group(&self, group: Arc<Group>) -> Self {
        Self::new(&self.0.metric, self.0.nature, group, Arc::clone(&self.0.field))
    }
    /// The metric.
    pub fn metric(&self) -> &Metric {
        &self.0.metric
    }
    /// The field's name as written.
    pub fn field(&self) -> &Arc<str> {
        &self.0.field
    }
    /// Samples, summaries or statements.
    pub fn nature(&self) -> Nature {
        self.0.nature
    }
    /// The dimensions that make the series.
    pub fn group(&self) -> &Arc<Group> {
        &self.0.group
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.0.hash == other.0.hash && self.cmp(other).is_eq())
    }
}
impl Eq for Key {}
impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let (one, two) = (&*self.0, &*other.0);
        if Arc::ptr_eq(&self.0, &other.0) {
            return Ordering::Equal;
        }
        // What is shared is the same without a look at it.
        let names = || {
            let is_one = Arc::ptr_eq(&one.metric.0, &two.metric.0);
            if is_one { Ordering::Equal } else { one.metric.name().cmp(two.metric.name()) }
        };
        let groups = || {
            let is_one = Arc::ptr_eq(&one.group, &two.group);
            if is_one { Ordering::Equal } else { one.group.cmp(&two.group) }
        };
        let ranks = || one.metric.rank().cmp(&two.metric.rank());
        let lasts = one.nature.is_listed_last().cmp(&two.nature.is_listed_last());
        lasts
            .then_with(ranks)
            .then_with(names)
            .then_with(|| one.nature.cmp(&two.nature))
            .then_with(groups)
            .then_with(|| one.field.cmp(&two.field))
    }
}
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

/// The rows of all tables of a file, one after the other.
#[derive(Debug, Default)]
pub struct Places {
    /// The first row of each table.
    pub tables: Vec<u32>,
    /// Which of the document's tables each of them is.
    pub numbers: Vec<u32>,
    /// Line in the file of each row, counted from 1.
    pub lines: Lines,
    /// Index of each row's dimensions among [`Places::list`]; empty once all are the first.
    pub groups: Vec<u32>,
    /// Did the row's run pay for loading? Up to the last that did.
    pub cold: Vec<bool>,
    /// When each row was, nanoseconds since 1970 or [`NO_TIME`], up to the last table that
    /// says it.
    pub times: Vec<i64>,
    /// All dimensions of the rows, each once.
    pub list: Vec<Arc<Group>>,
    /// The lines rise from row to row, whatever part of them is looked at.
    pub are_in_order: bool,
}

impl Places {
    /// No more rows come: gives back the room that nothing will fill.
    pub fn finish(&mut self) {
        self.are_in_order = self.lines.iter().is_sorted();
        if self.groups.iter().all(|group| *group == 0) {
            self.groups.clear();
        }
        self.tables.shrink_to_fit();
        self.numbers.shrink_to_fit();
        self.lines.shrink_to_fit();
        self.groups.shrink_to_fit();
        self.cold.shrink_to_fit();
        self.times.shrink_to_fit();
        self.list.shrink_to_fit();
    }
    /// The row in its table.
    pub fn row(&self, at: u32) -> u32 {
        let table = self.tables.partition_point(|first| *first <= at);
        at - table.checked_sub(1).and_then(|table| self.tables.get(table)).copied().unwrap_or_default()
    }
    /// Which of the document's tables the row is in.
    pub fn table(&self, at: u32) -> u32 {
        let table = self.tables.partition_point(|first| *first <= at);
        table.checked_sub(1).and_then(|table| self.numbers.get(table)).copied().unwrap_or_default()
    }
    /// The line in the file, counted from 1.
    pub fn line(&self, at: u32) -> u32 {
        self.lines.get(at as usize)
    }
    /// Did its run pay for loading?
    pub fn is_cold(&self, at: u32) -> bool {
        self.cold.get(at as usize).is_some_and(|is_cold| *is_cold)
    }
    /// The cold ones among the rows of one of the document's tables; empty when there are none.
    pub fn cold_of(&self, table: u32) -> Vec<bool> {
        let Some(at) = self.numbers.iter().position(|number| *number == table) else { return Vec::new() };
        let first = self.tables.get(at).map_or(0, |first| *first as usize);
        let end = self.tables.get(at + 1).map_or(self.lines.len(), |next| *next as usize);
        let own = self.cold.get(first..end.min(self.cold.len())).unwrap_or_default();
        if own.contains(&true) { own.to_vec() } else { Vec::new() }
    }
    /// When it was, nanoseconds since 1970, where it says so.
    pub fn time(&self, at: u32) -> Option<i64> {
        self.times.get(at as usize).copied().filter(|time| *time != NO_TIME)
    }
    /// Index of its dimensions.
    pub fn group_of(&self, at: u32) -> u32 {
        self.groups.get(at as usize).copied().unwrap_or_default()
    }
}

/// What tells a run of values from all others of the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The same for the same values of the same field. Never zero, so that having none takes
    /// no room.
    pub fingerprint: NonZeroU64,
    /// How many dimensions the data state for them.
    pub stated: u32,
}

/// Tokens and milliseconds behind the numbers of a rate, one pair for each number.
pub type Weights = Box<[(f64, f64)]>;

/// Values of one file for one series.
#[derive(Debug)]
pub struct Part {
    /// The series.
    pub key: Key,
    /// How the unit became known.
    pub unit_origin: UnitOrigin,
    /// In the canonical unit.
    pub numbers: Box<[f64]>,
    /// Where each number stands among the places.
    pub rows: RowList,
    /// What is left out and why.
    pub excluded: Box<[(Reason, u32)]>,
    /// What the numbers are rates of, where that is known of all.
    pub weights: Option<Weights>,
    /// Of the values themselves and of the whole column that they are from, where it is
    /// unmistakable.
    pub marks: [Option<Mark>; 2],
    /// The rows of the file.
    pub places: Arc<Places>,
}

impl Part {
    /// Did the run of this row pay for loading? What somebody computed of runs did not run.
    pub fn is_cold(&self, at: u32) -> bool {
        self.key.nature() == Nature::Sample && self.places.is_cold(at)
    }
    /// All dimensions of a row.
    pub fn group_at(&self, at: u32) -> &Arc<Group> {
        self.places.list.get(self.places.group_of(at) as usize).unwrap_or(self.key.group())
    }
    /// Which of the document's tables its rows are in; all are in one.
    pub fn table(&self) -> u32 {
        let at = self.rows.first().or(self.excluded.first().map(|(_, at)| *at));
        at.map_or(0, |at| self.places.table(at))
    }
    /// Does it say the same, and of rows that say the same of themselves?
    pub fn is_as(&self, other: &Self) -> bool {
        let says = |part: &Self, row: u32| {
            let places = &part.places;
            (places.line(row), places.time(row), part.is_cold(row), Arc::clone(part.group_at(row)))
        };
        let numbers = |part: &Self| part.numbers.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
        let mut rows = self.rows.iter().chain(self.excluded.iter().map(|(_, row)| *row));
        self.key == other.key
            && self.unit_origin == other.unit_origin
            && self.rows == other.rows
            && self.excluded == other.excluded
            && self.marks == other.marks
            && self.weights == other.weights
            && numbers(self) == numbers(other)
            && self.places.tables == other.places.tables
            && rows.all(|row| says(self, row) == says(other, row))
    }
    /// The marks that there are.
    pub fn marks(&self) -> impl Iterator<Item = Mark> {
        self.marks.iter().flatten().copied()
    }
}
