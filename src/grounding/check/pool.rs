//! The values that a text may speak of: every measured series with its statistics, whole or
//! cut down to the rows that a sentence names.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    rc::Rc,
    sync::Arc,
};

use super::{
    amount::Family,
    lexicon::{Class, Lexicon},
};
use crate::{
    grounding::fact::Source,
    metrics::{
        library::Library,
        series::{Group, Nature, Series, Value},
        stats::{Stats, median_ci95},
    },
};

/// Selections kept: a text that names more different things is cut anew for each.
const MOST_SELECTIONS: usize = 4096;
/// Files named as the sources of one value.
const MOST_SOURCES: usize = 16;

/// Which rows a sentence speaks of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// For each key the values that are allowed.
    pub values: BTreeMap<u32, Vec<u32>>,
    /// Files that are allowed; none named, all.
    pub files: Vec<u32>,
}

impl Wanted {
    /// Nothing is named.
    pub fn is_free(&self) -> bool {
        self.values.is_empty() && self.files.is_empty()
    }
}

/// A series.
#[derive(Debug)]
pub struct Line<'a> {
    /// The values.
    pub series: &'a Series,
    /// Its metric in the lexicon.
    pub metric: u32,
    /// The kind of its unit.
    pub family: Family,
    /// Number and index of each value, by number.
    sorted: Vec<(f64, u32)>,
}

/// A series, or its rows that are wanted.
#[derive(Debug)]
pub struct Selected {
    /// Index of the line.
    pub line: u32,
    /// The rows, sorted; `None`: all.
    rows: Option<Vec<u32>>,
    /// Their statistics.
    pub stats: Stats,
    /// The series says nothing of some key that was named.
    pub is_loose: bool,
}

/// All series.
#[derive(Debug)]
pub struct Pool<'a> {
    /// What counts as evidence.
    pub lines: Vec<Line<'a>>,
    selections: RefCell<HashMap<Wanted, Rc<Vec<Selected>>>>,
}

impl<'a> Pool<'a> {
    /// Of a folder.
    pub fn of(library: &'a Library, lexicon: &Lexicon, trusts_statements: bool) -> Self {
        let metrics: HashMap<&str, u32> =
            (0_u32..).zip(&lexicon.metrics).map(|(index, metric)| (metric.name(), index)).collect();
        let is_evidence = |series: &Series| trusts_statements || series.nature != Nature::Stated;
        let mut lines = Vec::new();
        for series in
            library.series().iter().filter(|series| !series.values.is_empty() && is_evidence(series))
        {
            let mut sorted: Vec<(f64, u32)> = series
                .values
                .iter()
                .zip(0_u32..)
                .filter(|(value, _)| value.number.is_finite())
                .map(|(value, index)| (value.number, index))
                .collect();
            sorted.sort_by(|left, right| left.0.total_cmp(&right.0));
            lines.push(Line {
                series,
                metric: metrics.get(series.metric.name()).copied().unwrap_or(u32::MAX),
                family: Family::Of(series.unit.clone()),
                sorted,
            });
        }
        Self { lines, selections: RefCell::default() }
    }

    /// Every line that has wanted rows.
    pub fn select(&self, wanted: &Wanted, lexicon: &Lexicon) -> Rc<Vec<Selected>> {
        if let Some(known) = self.selections.borrow().get(wanted) {
            return Rc::clone(known);
        }
        let found: Vec<Selected> = (0_u32..)
            .zip(&self.lines)
            .filter_map(|(index, line)| line.select(index, wanted, lexicon))
            .collect();
        let found = Rc::new(found);
        let mut selections = self.selections.borrow_mut();
        if selections.len() >= MOST_SELECTIONS {
            selections.clear();
        }
        selections.insert(wanted.clone(), Rc::clone(&found));
        found
    }

    /// The line of a selection.
    pub fn line(&self, selected: &Selected) -> Option<&Line<'a>> {
        self.lines.get(selected.line as usize)
    }
}

impl Line<'_> {
    fn select(&self, index: u32, wanted: &Wanted, lexicon: &Lexicon) -> Option<Selected> {
        let series = self.series;
        let whole = |is_loose| Selected { line: index, rows: None, stats: series.stats, is_loose };
        if wanted.is_free() {
            return Some(whole(false));
        }
        let mut is_loose = false;
        // Keys that the group leaves open: its rows may differ in them.
        let mut open: Vec<(&str, Vec<&str>)> = Vec::new();
        for (key, values) in &wanted.values {
            let name = lexicon.keys.get(*key as usize).map_or("", |name| &**name);
            let of_key = lexicon.values.get(*key as usize);
            let allowed: Vec<&str> = values
                .iter()
                .filter_map(|value| of_key?.get(*value as usize).map(|value| &**value))
                .collect();
            match series.group.get(name) {
                Some(own) if is_allowed(own, &allowed) => {}
                Some(_) => return None,
                None => open.push((name, allowed)),
            }
        }
        let files: Vec<&str> = wanted
            .files
            .iter()
            .filter_map(|file| lexicon.files.get(*file as usize).map(|path| &**path))
            .collect();
        if open.is_empty() && files.is_empty() {
            return Some(whole(false));
        }
        // Rows of one configuration share their group: each is judged once.
        let mut judged: HashMap<*const Group, Option<bool>> = HashMap::new();
        let mut rows = Vec::new();
        let mut has_key = open.is_empty();
        for (value, at) in series.values.iter().zip(0_u32..) {
            let is_in_file = files.is_empty()
                || series.files.get(value.file as usize).is_some_and(|path| files.contains(&&**path));
            if !is_in_file {
                continue;
            }
            // `None`: the row says nothing of any open key.
            let judgement = *judged.entry(Arc::as_ptr(value.group)).or_insert_with(|| {
                let mut says = None;
                for (name, allowed) in &open {
                    if let Some(own) = value.group.get(name) {
                        says = Some(says.unwrap_or(true) && is_allowed(own, allowed));
                    }
                }
                says
            });
            has_key |= judgement.is_some();
            if judgement != Some(false) {
                rows.push(at);
            }
        }
        is_loose |= !has_key;
        if rows.is_empty() {
            return None;
        }
        if rows.len() == series.values.len() {
            return Some(whole(is_loose));
        }
        let numbers: Vec<f64> = rows
            .iter()
            .filter_map(|row| series.values.get(*row as usize).map(|value| value.number))
            .collect();
        Some(Selected { line: index, rows: Some(rows), stats: Stats::of(&numbers), is_loose })
    }

    /// A single value of the selected rows between two limits.
    pub fn value_between(&self, selected: &Selected, low: f64, high: f64) -> Option<(f64, Source)> {
        let from = self.sorted.partition_point(|(number, _)| *number < low);
        self.sorted
            .iter()
            .skip(from)
            .take_while(|(number, _)| *number <= high)
            .find(|(_, index)| selected.has(*index))
            .map(|(number, index)| (*number, self.source(*index)))
    }

    /// The selected numbers.
    pub fn numbers<'s>(&'s self, selected: &'s Selected) -> impl Iterator<Item = f64> + 's {
        let values = self.series.values.iter().zip(0_u32..);
        values.filter(|(_, index)| selected.has(*index)).map(|(value, _)| value.number)
    }

    /// The groups of the selected rows, those of neighbours that share one once.
    pub fn groups<'s>(&'s self, selected: &'s Selected) -> impl Iterator<Item = &'s Group> + 's {
        let mut last: Option<*const Group> = None;
        let values = self.series.values.iter().zip(0_u32..);
        values.filter(|(_, index)| selected.has(*index)).filter_map(move |(value, _)| {
            let address = Arc::as_ptr(value.group);
            let is_new = last.replace(address) != Some(address);
            is_new.then_some(&**value.group)
        })
    }

    /// All dimensions of the row that stands at a source.
    pub fn group_at(&self, source: &Source) -> Option<String> {
        let is_there = |value: &Value<'_>| {
            Some(value.line) == source.line
                && self.series.files.get(value.file as usize).is_some_and(|path| *path == source.path)
        };
        self.series.values.iter().find(is_there).map(|value| value.group.to_string())
    }

    fn source(&self, index: u32) -> Source {
        let value = self.series.values.get(index as usize);
        let path = value.and_then(|value| self.series.files.get(value.file as usize).cloned());
        Source {
            path: path.unwrap_or_default(),
            line: value.map(|value| value.line),
            field: Arc::clone(&self.series.field),
            rows: 1,
            digest: Arc::default(),
        }
    }

    /// The files of the selected rows, each with its first line.
    pub fn sources(&self, selected: &Selected) -> Vec<Source> {
        let mut sources: Vec<(u32, Source)> = Vec::new();
        for (value, index) in self.series.values.iter().zip(0_u32..) {
            if !selected.has(index) {
                continue;
            }
            if let Some((_, known)) = sources.iter_mut().rev().find(|(file, _)| *file == value.file) {
                known.rows = known.rows.saturating_add(1);
                known.line = known.line.map(|line| line.min(value.line));
            } else if sources.len() < MOST_SOURCES {
                sources.push((value.file, self.source(index)));
            }
        }
        sources.into_iter().map(|(_, source)| source).collect()
    }

    /// The interval of the median of the selected rows.
    pub fn interval(&self, selected: &Selected) -> Option<(f64, f64)> {
        median_ci95(&self.numbers(selected).collect::<Vec<f64>>())
    }
}

impl Selected {
    fn has(&self, index: u32) -> bool {
        self.rows.as_ref().is_none_or(|rows| rows.binary_search(&index).is_ok())
    }
    /// Only a part of the series.
    pub fn is_part(&self) -> bool {
        self.rows.is_some()
    }
}

/// Values are the same in any case; numbers are the same however they are written.
fn is_allowed(own: &str, allowed: &[&str]) -> bool {
    allowed.iter().any(|value| {
        own.eq_ignore_ascii_case(value)
            || own
                .parse::<f64>()
                .ok()
                .zip(value.parse::<f64>().ok())
                .is_some_and(|(own, value)| (own - value).abs() < 1e-9)
    })
}

/// Every statistic of some values that has a name of its own.
pub fn statistics(stats: &Stats) -> impl Iterator<Item = (Class, f64)> {
    [
        (Class::Median, stats.median),
        (Class::Mean, stats.mean),
        (Class::Min, stats.min),
        (Class::Max, stats.max),
        (Class::P90, stats.p90),
        (Class::P95, stats.p95),
        (Class::P99, stats.p99),
        (Class::Deviation, stats.stddev),
    ]
    .into_iter()
    .filter_map(|(class, value)| value.map(|value| (class, value)))
}
