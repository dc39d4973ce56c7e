//! What one file gives to the series: read once when the file changes, merged often.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use super::{
    cold,
    names::{Class, Known, Measure, Metric, measure},
    rows::{Rows, follows_unit_column, is_failure_word, is_value_column},
    series::{Group, Nature},
    unit::UnitOrigin,
};
use crate::ingest::{
    cell,
    cells::CellRef,
    file::{Document, Rank, Table},
};

/// Dimensions that make a series of their own unless other ones are asked for. The rest
/// (`num_gpu`, `temperature`, the prompt, …) stays with each value.
pub const DEFAULT_KEYS: [&str; 5] = ["backend", "case", "device", "model", "quantization"];

/// So many numbers of many digits make a run of values unmistakable.
const MIN_TELLING: usize = 3;

/// Why a row is not in a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    Failed,
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
            Self::Empty => "empty",
            Self::NotFinite => "not finite",
            Self::NotANumber => "not a number",
            Self::DuplicateFile => "duplicate file",
            Self::SameValues => "same values in another file",
        }
    }
}

/// One cell of a metric's column.
#[derive(Clone, Debug)]
pub struct Entry {
    /// In the canonical unit, or why there is none.
    pub number: Result<f64, Reason>,
    /// Line in the file, counted from 1.
    pub line: u32,
    /// Row in its table.
    pub row: u32,
    /// The run paid for loading.
    pub is_cold: bool,
    /// All dimensions of its row.
    pub group: Arc<Group>,
}

/// Which series a part belongs to; ordered as series are listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    rank: u16,
    metric: Arc<str>,
    nature: Nature,
    group: Arc<Group>,
    field: Arc<str>,
}

/// Entries of one file for one series.
#[derive(Clone, Debug)]
pub struct Part {
    /// The series.
    pub key: Key,
    /// Its metric.
    pub metric: Metric,
    /// How the unit became known.
    pub unit_origin: UnitOrigin,
    /// By line.
    pub entries: Vec<Entry>,
    /// What tells its values from all others of the folder, when they do; a piece of a part
    /// has that of the whole.
    pub fingerprint: Option<u64>,
}

impl Part {
    /// The field's name as written.
    pub fn field(&self) -> &Arc<str> {
        &self.key.field
    }
    /// Samples, summaries or statements.
    pub fn nature(&self) -> Nature {
        self.key.nature
    }
    /// The dimensions that all entries share and that make the series.
    pub fn group(&self) -> &Arc<Group> {
        &self.key.group
    }
    /// A run of measured numbers with many digits never comes twice by chance, so the same
    /// run in CSV and in JSON is known by it. Not by its group: one format names the model
    /// in the data, the other in the file's name.
    fn fingerprint(&self) -> Option<u64> {
        let numbers = || self.entries.iter().filter_map(|entry| entry.number.ok());
        // Three decimals or fewer may be rounded to the same by chance.
        let has_digits = |number: &f64| (number * 1e3).fract().abs() > 1e-6;
        if numbers().filter(has_digits).take(MIN_TELLING).count() < MIN_TELLING {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        (&self.key.metric, self.key.nature, &self.key.field).hash(&mut hasher);
        numbers().for_each(|number| number.to_bits().hash(&mut hasher));
        Some(hasher.finish())
    }
    /// The rows whose dimensions `keep` wants, cut up by the dimensions of `keys`; by those
    /// of the series where there are none.
    pub fn select(&self, keys: Option<&[&str]>, keep: impl Fn(&Group) -> bool) -> Vec<Part> {
        let mut projection = Projection::new(keys.unwrap_or_default());
        let mut parts: Vec<Part> = Vec::new();
        let mut index_of: HashMap<usize, usize> = HashMap::new();
        // Rows of one configuration that started alike are decided on once.
        let mut wanted: HashMap<(usize, bool), Option<Arc<Group>>> = HashMap::new();
        for entry in &self.entries {
            let group =
                wanted.entry((Arc::as_ptr(&entry.group).addr(), entry.is_cold)).or_insert_with(|| {
                    let told = self.with_start(entry);
                    keep(&told)
                        .then(|| if keys.is_some() { projection.of(&told) } else { Arc::clone(self.group()) })
                });
            let Some(group) = group else { continue };
            let at = *index_of.entry(Arc::as_ptr(group).addr()).or_insert_with(|| {
                let key = Key { group: Arc::clone(group), ..self.key.clone() };
                parts.push(Part { key, metric: self.metric.clone(), entries: Vec::new(), ..*self });
                parts.len() - 1
            });
            parts[at].entries.push(entry.clone());
        }
        parts
    }
    /// All dimensions of a row, and how it started; a summary started in no way.
    fn with_start(&self, entry: &Entry) -> Arc<Group> {
        if self.key.nature != Nature::Sample {
            return Arc::clone(&entry.group);
        }
        let start = if entry.is_cold { cold::COLD } else { cold::WARM };
        Arc::new(entry.group.with(cold::START, start))
    }
}

/// Everything one file gives, ordered by key.
#[derive(Debug, Default)]
pub struct Contribution {
    parts: Vec<Part>,
    /// Those of the parts, sorted.
    fingerprints: Vec<u64>,
}

impl Contribution {
    /// Reads a document.
    pub fn of(document: &Document) -> Self {
        let mut parts: Vec<Part> = Vec::new();
        for table in &document.tables {
            add_table(table, document, &mut parts);
        }
        parts.sort_by(|a, b| a.key.cmp(&b.key));
        for part in &mut parts {
            part.fingerprint = part.fingerprint();
        }
        let mut fingerprints: Vec<u64> = parts.iter().filter_map(|part| part.fingerprint).collect();
        fingerprints.sort_unstable();
        Self { parts, fingerprints }
    }
    /// Does it hold the values of a part of another file?
    pub fn holds(&self, part: &Part) -> bool {
        part.fingerprint.is_some_and(|fingerprint| self.fingerprints.binary_search(&fingerprint).is_ok())
    }
    /// All parts by key.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }
    /// The parts of one series.
    pub fn parts_of(&self, key: &Key) -> &[Part] {
        let start = self.parts.partition_point(|part| part.key < *key);
        let end = start + self.parts[start..].partition_point(|part| part.key == *key);
        &self.parts[start..end]
    }
}

fn add_table(table: &Table, document: &Document, parts: &mut Vec<Part>) {
    let rows = Rows::of(table, document);
    let cold = cold::marks(table, &rows);
    let mut projection = Projection::new(&DEFAULT_KEYS);
    let prefill = Metric::of(Known::PrefillRate);
    for (column, class) in table.columns.iter().zip(&rows.classes) {
        let fixed = match class {
            Class::Metric(measure) => Some(measure),
            Class::Other if rows.unit_column.is_some() && follows_unit_column(&column.name) => None,
            Class::Other if rows.metric_column.is_some() && is_value_column(&column.name) => None,
            _ => continue,
        };
        let has_numbers = column.cells.has_number();
        if column.name.starts_with("../") || !has_numbers {
            continue;
        }
        let named = rows.metric_column.filter(|_| is_value_column(&column.name));
        let mut by_label: HashMap<(&str, Option<&str>), Option<Measure>> = HashMap::new();
        // Parts of this column by group and metric; both are shared, so their addresses tell.
        let mut own: Vec<Part> = Vec::new();
        let mut index_of: HashMap<(usize, usize), usize> = HashMap::new();
        for (row, cell) in column.cells.iter().enumerate() {
            let text = |index: usize| match table.columns[index].cells.get(row) {
                CellRef::Text(text) => Some(text),
                _ => None,
            };
            let unit = rows.unit_column.filter(|_| column.unit.is_none()).and_then(text);
            let label = named.and_then(text);
            let found = (unit.is_some() || label.is_some()).then(|| {
                let label = label.unwrap_or(&column.name);
                by_label
                    .entry((label, unit))
                    .or_insert_with(|| measure(label, unit.or(column.unit.as_deref())))
            });
            let Some(measure) = found.and_then(|found| found.as_ref()).or(fixed) else { continue };
            let prefill =
                prefill.as_ref().filter(|_| is_throughput(measure) && is_prompt_only(&rows.groups[row]));
            let metric = prefill.unwrap_or(&measure.metric);
            let number = if rows.failed[row] { Err(Reason::Failed) } else { value(cell, measure) };
            let group = projection.of(&rows.groups[row]);
            let address = (Arc::as_ptr(&group).addr(), Arc::as_ptr(&metric.0).addr());
            let at = *index_of.entry(address).or_insert_with(|| {
                own.push(part(table.rank, &column.name, measure, metric, group));
                own.len() - 1
            });
            own[at].entries.push(Entry {
                number,
                line: table.row_lines.get(row),
                row: row as u32,
                // What somebody else computed over rows is neither.
                is_cold: measure.statistic.is_none() && cold.get(row).is_some_and(|is_cold| *is_cold),
                group: Arc::clone(&rows.groups[row]),
            });
        }
        parts.append(&mut own);
    }
}

fn is_throughput(measure: &Measure) -> bool {
    measure.metric.known() == Some(Known::Throughput)
}

/// A run that only reads a prompt (`n_prompt` 512, `n_gen` 0): its rate is no decode rate.
fn is_prompt_only(group: &Group) -> bool {
    let value = |key: &str| group.0.iter().find(|(known, _)| &**known == key).map(|(_, value)| &**value);
    value("n_gen") == Some("0") && value("n_prompt").is_some_and(|count| count != "0")
}

fn part(rank: Rank, field: &Arc<str>, measure: &Measure, metric: &Metric, group: Arc<Group>) -> Part {
    let nature = match (rank, &measure.statistic) {
        (Rank::Stated, _) => Nature::Stated,
        (Rank::Measured, Some(_)) => Nature::Summary,
        (Rank::Measured, None) => Nature::Sample,
    };
    let key =
        Key { rank: metric.rank(), metric: metric.name().into(), nature, group, field: Arc::clone(field) };
    let (metric, unit_origin) = (metric.clone(), measure.origin);
    Part { key, metric, unit_origin, entries: Vec::new(), fingerprint: None }
}

fn value(cell: CellRef<'_>, measure: &Measure) -> Result<f64, Reason> {
    match cell {
        CellRef::Number(number) => {
            let converted = measure.scale.convert(number);
            if converted.is_finite() { Ok(converted) } else { Err(Reason::NotFinite) }
        }
        CellRef::Missing => Err(Reason::Empty),
        CellRef::Text(text) if cell::is_not_finite(text) => Err(Reason::NotFinite),
        CellRef::Text(text) if is_failure_word(text) => Err(Reason::Failed),
        CellRef::Text(_) | CellRef::Bool(_) => Err(Reason::NotANumber),
    }
}

/// Keeps some dimensions of a group; equal groups give the same allocation.
struct Projection<'k> {
    keys: &'k [&'k str],
    last: Option<(Arc<Group>, Arc<Group>)>,
    known: HashMap<Group, Arc<Group>>,
}

impl<'k> Projection<'k> {
    fn new(keys: &'k [&'k str]) -> Self {
        Self { keys, last: None, known: HashMap::new() }
    }
    fn of(&mut self, full: &Arc<Group>) -> Arc<Group> {
        if let Some((known, projected)) = &self.last
            && Arc::ptr_eq(known, full)
        {
            return Arc::clone(projected);
        }
        let pairs = full.0.iter().filter(|(key, _)| self.keys.contains(&&**key)).cloned().collect();
        let group = Group(pairs);
        let projected = if let Some(projected) = self.known.get(&group) {
            Arc::clone(projected)
        } else {
            let projected = Arc::new(group.clone());
            self.known.insert(group, Arc::clone(&projected));
            projected
        };
        self.last = Some((Arc::clone(full), Arc::clone(&projected)));
        projected
    }
}
