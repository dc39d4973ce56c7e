//! The values that a text may speak of: every measured series with its statistics, whole or
//! cut down to the rows that a sentence names.

use std::{
    cell::{OnceCell, RefCell},
    collections::{BTreeMap, HashMap},
    rc::Rc,
    sync::Arc,
};

use super::{
    amount::Family,
    lexicon::{Class, Lexicon, class_of_field},
};
use crate::{
    grounding::fact::Source,
    metrics::{
        library::Library,
        series::{Group, Nature, Series},
        stats::{Stats, median_ci95},
    },
};

/// Selections kept: a text that names more different things is cut anew for each.
const MOST_SELECTIONS: usize = 4096;
/// Larger numbers are told apart as texts: their ninth decimal is lost anyway.
const LARGEST_EXACT: f64 = 1e6;
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
    /// The statistic that its field's name says, once it was asked for.
    says: OnceCell<Option<Class>>,
    /// Number and index of each value, by number.
    sorted: Vec<(f64, u32)>,
    /// Key and value of each dimension of the series, as codes.
    dimensions: Vec<(u32, u32)>,
    /// The groups of its rows, each once, with their dimensions.
    groups: Vec<RowGroup<'a>>,
    /// Of each value its group in `groups` and its file.
    places: Vec<(u32, u32)>,
}

/// A group of rows, with its dimensions as codes of key and value.
type RowGroup<'a> = (&'a Arc<Group>, Vec<(u32, u32)>);

/// Values of dimensions as numbers: two that mean the same (`q4` and `Q4`, `80` and `80.0`)
/// are one.
#[derive(Debug, Default)]
struct Codes<'l> {
    keys: HashMap<&'l str, u32>,
    known: HashMap<String, u32>,
    /// Code of each value of the lexicon, by key.
    of_values: Vec<Vec<u32>>,
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
    /// The series says nothing of the keys that were named beside those of its group.
    pub is_loose: bool,
    /// It says something of every key that was named.
    pub knows_all: bool,
    /// The interval of its median, once it was asked for.
    interval: OnceCell<Option<(f64, f64)>>,
    /// The statistics of its rows in each file, once they were asked for.
    by_file: OnceCell<Vec<(u32, Stats)>>,
}

/// All series.
#[derive(Debug)]
pub struct Pool<'a> {
    /// What counts as evidence.
    pub lines: Vec<Line<'a>>,
    /// Codes of the lexicon's values, by key.
    values: Vec<Vec<u32>>,
    selections: RefCell<HashMap<Wanted, Rc<Vec<Selected>>>>,
}

impl<'a> Pool<'a> {
    /// Of a folder.
    pub fn of(library: &'a Library, lexicon: &Lexicon, trusts_statements: bool) -> Self {
        let metrics: HashMap<&str, u32> =
            (0_u32..).zip(&lexicon.metrics).map(|(index, metric)| (metric.name(), index)).collect();
        let is_evidence = |series: &Series| trusts_statements || series.nature != Nature::Stated;
        let mut codes = Codes::of(lexicon);
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
            let (groups, places) = places(series, &mut codes);
            lines.push(Line {
                series,
                metric: metrics.get(series.metric.name()).copied().unwrap_or(u32::MAX),
                family: Family::Of(series.unit.clone()),
                says: OnceCell::new(),
                sorted,
                dimensions: codes.dimensions(&series.group),
                groups,
                places,
            });
        }
        Self { lines, values: codes.of_values, selections: RefCell::default() }
    }

    /// Every line that has wanted rows.
    pub fn select(&self, wanted: &Wanted, lexicon: &Lexicon) -> Rc<Vec<Selected>> {
        if let Some(known) = self.selections.borrow().get(wanted) {
            return Rc::clone(known);
        }
        let asked = self.asked(wanted, lexicon);
        let found: Vec<Selected> =
            (0_u32..).zip(&self.lines).filter_map(|(index, line)| line.select(index, &asked)).collect();
        let found = Rc::new(found);
        let mut selections = self.selections.borrow_mut();
        if selections.len() >= MOST_SELECTIONS {
            selections.clear();
        }
        selections.insert(wanted.clone(), Rc::clone(&found));
        found
    }

    fn asked<'l>(&self, wanted: &Wanted, lexicon: &'l Lexicon) -> Asked<'l> {
        let code = |key: u32, value: u32| self.values.get(key as usize)?.get(value as usize).copied();
        let values = wanted.values.iter();
        Asked {
            keys: values
                .map(|(key, values)| (*key, values.iter().filter_map(|value| code(*key, *value)).collect()))
                .collect(),
            files: wanted
                .files
                .iter()
                .filter_map(|file| lexicon.files.get(*file as usize).map(|path| &**path))
                .collect(),
        }
    }

    /// The line of a selection.
    pub fn line(&self, selected: &Selected) -> Option<&Line<'a>> {
        self.lines.get(selected.line as usize)
    }
}

/// What is wanted, as codes.
struct Asked<'l> {
    keys: Vec<(u32, Vec<u32>)>,
    files: Vec<&'l str>,
}

impl<'l> Codes<'l> {
    fn of(lexicon: &'l Lexicon) -> Self {
        let keys = lexicon.keys.iter().zip(0_u32..).map(|(key, index)| (&**key, index)).collect();
        let mut codes = Self { keys, ..Self::default() };
        for values in &lexicon.values {
            let of_key = values.iter().map(|value| codes.code(value)).collect();
            codes.of_values.push(of_key);
        }
        codes
    }

    /// Values are the same in any case; numbers are the same however they are written.
    fn code(&mut self, value: &str) -> u32 {
        let number = value.parse::<f64>().ok().filter(|number| number.abs() < LARGEST_EXACT);
        let same = number.map_or_else(
            || value.to_ascii_lowercase(),
            // No letter begins so.
            |number| format!("={}", (number * 1e9).round() + 0.0),
        );
        let next = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        *self.known.entry(same).or_insert(next)
    }

    fn dimensions(&mut self, group: &Group) -> Vec<(u32, u32)> {
        let of = |(key, value): &(Arc<str>, Arc<str>)| Some((*self.keys.get(&**key)?, self.code(value)));
        group.0.iter().filter_map(of).collect()
    }
}

/// The groups of a series' rows, and the group and file of each.
fn places<'a>(series: &'a Series, codes: &mut Codes<'_>) -> (Vec<RowGroup<'a>>, Vec<(u32, u32)>) {
    let mut groups: Vec<RowGroup<'a>> = Vec::new();
    let mut known: HashMap<*const Group, u32> = HashMap::new();
    let mut last: Option<(*const Group, u32)> = None;
    let places = series.values.iter().map(|value| {
        // Rows of one configuration share their group.
        let address = Arc::as_ptr(value.group);
        let group = match last {
            Some((before, index)) if before == address => index,
            _ => *known.entry(address).or_insert_with(|| {
                groups.push((value.group, codes.dimensions(value.group)));
                u32::try_from(groups.len() - 1).unwrap_or(u32::MAX)
            }),
        };
        last = Some((address, group));
        (group, value.file)
    });
    let places = places.collect();
    (groups, places)
}

impl Line<'_> {
    fn select(&self, index: u32, asked: &Asked<'_>) -> Option<Selected> {
        let series = self.series;
        let whole = |is_loose| Selected {
            line: index,
            rows: None,
            stats: series.stats,
            is_loose,
            knows_all: !is_loose,
            interval: OnceCell::new(),
            by_file: OnceCell::new(),
        };
        // Keys that the group leaves open: its rows may differ in them.
        let mut open: Vec<&(u32, Vec<u32>)> = Vec::new();
        for key in &asked.keys {
            match value_of(&self.dimensions, key.0) {
                Some(own) if key.1.contains(&own) => {}
                Some(_) => return None,
                None => open.push(key),
            }
        }
        if open.is_empty() && asked.files.is_empty() {
            return Some(whole(false));
        }
        let knows = |key: u32| self.groups.iter().any(|(_, own)| value_of(own, key).is_some());
        let in_files: Vec<bool> = series
            .files
            .iter()
            .map(|path| asked.files.is_empty() || asked.files.contains(&&**path))
            .collect();
        // `None`: the group says nothing of any open key.
        let judged: Vec<Option<bool>> = self
            .groups
            .iter()
            .map(|(_, dimensions)| {
                let own = open.iter().filter_map(|(key, allowed)| match value_of(dimensions, *key) {
                    Some(own) => Some(allowed.contains(&own)),
                    // Where other rows tell the value, this one is none of those that have it.
                    None => knows(*key).then_some(false),
                });
                own.reduce(|all, one| all && one)
            })
            .collect();
        if !in_files.contains(&true) || (!judged.is_empty() && judged.iter().all(|is| *is == Some(false))) {
            return None;
        }
        let mut rows = Vec::new();
        let mut has_key = open.is_empty();
        for ((group, file), at) in self.places.iter().zip(0_u32..) {
            if in_files.get(*file as usize) != Some(&true) {
                continue;
            }
            let judgement = judged.get(*group as usize).copied().flatten();
            has_key |= judgement.is_some();
            if judgement != Some(false) {
                rows.push(at);
            }
        }
        let is_loose = !has_key;
        if rows.is_empty() {
            return None;
        }
        let knows_all = open.iter().all(|(key, _)| knows(*key));
        if rows.len() == series.values.len() {
            return Some(Selected { knows_all, ..whole(is_loose) });
        }
        let all = series.values.numbers();
        let numbers: Vec<f64> = rows.iter().filter_map(|row| all.get(*row as usize).copied()).collect();
        Some(Selected { rows: Some(rows), stats: Stats::of(&numbers), knows_all, ..whole(is_loose) })
    }

    /// A single value of the selected rows between two limits.
    pub fn value_between(&self, selected: &Selected, low: f64, high: f64) -> Option<(f64, u32)> {
        let from = self.sorted.partition_point(|(number, _)| *number < low);
        self.sorted
            .iter()
            .skip(from)
            .take_while(|(number, _)| *number <= high)
            .find(|(_, index)| selected.has(*index))
            .copied()
    }

    /// The selected numbers.
    pub fn numbers<'s>(&'s self, selected: &'s Selected) -> Box<dyn Iterator<Item = f64> + 's> {
        let all = &self.series.values;
        match &selected.rows {
            None => Box::new(all.iter().map(|value| value.number)),
            Some(rows) => {
                Box::new(rows.iter().filter_map(|row| all.get(*row as usize)).map(|value| value.number))
            }
        }
    }

    /// The groups of the selected rows, each once.
    pub fn groups<'s>(&'s self, selected: &'s Selected) -> Vec<&'s Group> {
        let Some(rows) = &selected.rows else {
            return self.groups.iter().map(|(group, _)| &***group).collect();
        };
        let mut found: Vec<u32> =
            rows.iter().filter_map(|row| self.places.get(*row as usize).map(|place| place.0)).collect();
        found.sort_unstable();
        found.dedup();
        found
            .into_iter()
            .filter_map(|index| self.groups.get(index as usize).map(|(group, _)| &***group))
            .collect()
    }

    /// All dimensions of the row of this index.
    pub fn group_at(&self, index: u32) -> Option<String> {
        let (group, _) = self.places.get(index as usize)?;
        self.groups.get(*group as usize).map(|(group, _)| group.to_string())
    }

    /// Where the value of this index stands.
    pub fn source(&self, index: u32) -> Source {
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
        let mut add = |index: u32, file: u32| {
            if let Some((_, known)) = sources.iter_mut().rev().find(|(known, _)| *known == file) {
                known.rows = known.rows.saturating_add(1);
                if let (Some(known), Some(value)) = (&mut known.line, self.series.values.get(index as usize))
                {
                    *known = value.line.min(*known);
                }
            } else if sources.len() < MOST_SOURCES {
                sources.push((file, self.source(index)));
            }
        };
        match &selected.rows {
            None => self.places.iter().zip(0_u32..).for_each(|((_, file), index)| add(index, *file)),
            Some(rows) => rows.iter().for_each(|index| {
                if let Some((_, file)) = self.places.get(*index as usize) {
                    add(*index, *file);
                }
            }),
        }
        sources.into_iter().map(|(_, source)| source).collect()
    }

    /// The paths of the files of the selected rows.
    pub fn files(&self, selected: &Selected) -> Vec<Arc<str>> {
        let mut files: Vec<u32> = match &selected.rows {
            None => self.places.iter().map(|place| place.1).collect(),
            Some(rows) => {
                rows.iter().filter_map(|row| self.places.get(*row as usize).map(|place| place.1)).collect()
            }
        };
        files.sort_unstable();
        files.dedup();
        files.into_iter().filter_map(|file| self.series.files.get(file as usize).cloned()).collect()
    }

    /// The statistic that the name of its field says: `mean_time_ms`.
    pub fn says(&self) -> Option<Class> {
        *self.says.get_or_init(|| class_of_field(&self.series.field))
    }

    /// The statistics of the selected rows in each file, where they stand in several.
    pub fn by_file<'s>(&self, selected: &'s Selected) -> &'s [(u32, Stats)] {
        selected.by_file.get_or_init(|| {
            let numbers = self.series.values.numbers();
            let mut of_files: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
            for ((number, (_, file)), index) in numbers.iter().zip(&self.places).zip(0_u32..) {
                if selected.has(index) {
                    of_files.entry(*file).or_default().push(*number);
                }
            }
            if of_files.len() < 2 {
                return Vec::new();
            }
            let several = of_files.into_iter().filter(|(_, numbers)| numbers.len() > 1);
            several.map(|(file, numbers)| (file, Stats::of(&numbers))).collect()
        })
    }

    /// The selected rows of a file, as a source.
    pub fn source_in(&self, file: u32, rows: u64) -> Option<Source> {
        let first = self.places.iter().zip(0_u32..).find(|((_, own), _)| *own == file);
        let source = first.map(|(_, index)| self.source(index))?;
        Some(Source { rows: u32::try_from(rows).unwrap_or(u32::MAX), ..source })
    }

    /// The interval of the median of the selected rows.
    pub fn interval(&self, selected: &Selected) -> Option<(f64, f64)> {
        *selected.interval.get_or_init(|| median_ci95(&self.numbers(selected).collect::<Vec<f64>>()))
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

fn value_of(dimensions: &[(u32, u32)], key: u32) -> Option<u32> {
    dimensions.iter().find(|(own, _)| *own == key).map(|(_, value)| *value)
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
