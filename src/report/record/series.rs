//! The rows behind the facts: which values of which files each series of the report has, so
//! that anybody can compute its statistics again.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::{
    grounding::fact::{FactRow, Ledger},
    metrics::{
        library::Library,
        names::Metric,
        series::{Group, Nature, Series, Value},
    },
};

/// Runs of places kept for a file: rows in even steps are one, however many they are. A
/// file beyond it has only its number of rows.
const MOST_RUNS: usize = 2_000;

/// A series that facts of the report are about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesRecord {
    /// The metric: `throughput`.
    pub metric: String,
    /// The field as the files write it: `tokens_s`.
    pub field: String,
    /// `sample`, `summary` or `stated`.
    pub nature: String,
    /// Unit of the facts; the files may use another, which their field or tool tells.
    pub unit: String,
    /// What tells its rows from others, by key.
    pub group: Map<String, Json>,
    /// Ids of its facts.
    pub facts: Vec<String>,
    /// Its rows, file by file.
    pub rows: Vec<RowsRecord>,
    /// What was left out: reason and how many.
    pub excluded: Vec<(String, u64)>,
    /// Files and lines at which its level changes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<(String, u32)>,
}

/// Rows of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsRecord {
    /// The file.
    pub path: String,
    /// How many values it gives.
    pub count: u32,
    /// Their lines in order, as runs: `7`, `2-37`, `4-147/11` (every eleventh), `1*36` (the
    /// same line 36 times). `null` when they are too many runs.
    pub lines: Option<String>,
    /// Their indices in their table, counted from 0, in the same way.
    pub indices: Option<String>,
    /// Which of them paid for loading: their places among these rows, counted from 0, in the
    /// same way; absent where none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cold: Option<String>,
}

/// The series of the facts that a report uses, in the order of the ledger; of facts about
/// several series (differences, failures) all of that metric in their files.
pub fn used(ledger: &Ledger, library: &Library, facts: &[usize]) -> Vec<SeriesRecord> {
    let wanted: HashSet<usize> = facts.iter().copied().collect();
    let of_rows: HashSet<usize> = ledger.rows.iter().flat_map(|row| row.facts.iter().copied()).collect();
    let loose = facts.iter().filter(|fact| !of_rows.contains(*fact));
    let loose: Vec<_> = loose.filter_map(|&fact| ledger.facts.get(fact)).collect();
    let drivers: HashSet<&str> = loose.iter().filter_map(|fact| fact.driver.as_deref()).collect();
    let beyond: HashSet<(&str, &str)> = loose
        .iter()
        .flat_map(|fact| fact.sources.iter().map(|source| (&*source.path, &*source.field)))
        .collect();
    let is_wanted = |row: &&FactRow| {
        row.facts.iter().any(|fact| wanted.contains(fact))
            || drivers.contains(row.metric.name())
            || row.facts.iter().filter_map(|&fact| ledger.facts.get(fact)).any(|fact| {
                fact.sources.iter().any(|source| beyond.contains(&(&*source.path, &*source.field)))
            })
    };
    let rows = ledger.rows.iter().filter(is_wanted);
    let name = |metric: &Metric, field: &Arc<str>, nature: Nature, group: &Arc<Group>| {
        (metric.name().to_owned(), Arc::clone(field), nature as u8, Arc::clone(group))
    };
    let mut of_name: HashMap<_, &Series> = HashMap::new();
    for series in library.series() {
        let name = name(&series.metric, &series.field, series.nature, &series.group);
        of_name.entry(name).or_insert(series);
    }
    rows.filter_map(|row| {
        let series = *of_name.get(&name(&row.metric, &row.field, row.nature, &row.group))?;
        let ids = row.facts.iter().filter(|fact| wanted.contains(fact));
        let ids = ids.filter_map(|&fact| ledger.facts.get(fact)).map(|fact| fact.id.clone());
        Some(SeriesRecord { steps: steps(ledger, row), ..SeriesRecord::of(series, ids.collect()) })
    })
    .collect()
}

/// Where the level of a row's series changes.
fn steps(ledger: &Ledger, row: &FactRow) -> Vec<(String, u32)> {
    let own = ledger.trends.iter().filter(|trend| trend.metric == row.metric && trend.group == row.group);
    let facts = own.flat_map(|trend| &trend.steps).filter_map(|step| ledger.facts.get(step.before));
    let places = facts.flat_map(|fact| fact.sources.iter());
    let places = places.filter(|source| source.field == row.field);
    places.filter_map(|source| Some((source.path.to_string(), source.line?))).collect()
}

impl SeriesRecord {
    /// Is it the record of this series?
    pub fn is_of(&self, series: &Series) -> bool {
        let group = &series.group.0;
        self.metric == series.metric.name()
            && *self.field == *series.field
            && self.nature == nature(series)
            && self.group.len() == group.len()
            && group.iter().all(|(key, value)| self.group.get(&**key).is_some_and(|own| *own == **value))
    }

    fn of(series: &Series, facts: Vec<String>) -> Self {
        let values: Vec<Value<'_>> = series.values.iter().collect();
        let rows = values.chunk_by(|left, right| left.file == right.file).map(|values| {
            let path = values.first().and_then(|first| series.files.get(first.file as usize));
            RowsRecord {
                path: path.map(ToString::to_string).unwrap_or_default(),
                count: u32::try_from(values.len()).unwrap_or(u32::MAX),
                lines: runs(values.iter().map(|value| value.line)),
                indices: runs(values.iter().map(|value| value.row)),
                cold: cold(values),
            }
        });
        let group = series.group.0.iter().map(|(key, value)| (key.to_string(), Json::from(value.as_ref())));
        Self {
            metric: series.metric.name().to_owned(),
            field: series.field.to_string(),
            nature: nature(series).to_owned(),
            unit: series.unit.symbol().to_owned(),
            group: group.collect(),
            facts,
            rows: rows.collect(),
            excluded: series
                .excluded
                .iter()
                .map(|exclusion| (exclusion.reason.to_string(), exclusion.count))
                .collect(),
            steps: Vec::new(),
        }
    }
}

/// Is a number one of these runs?
pub fn holds(runs: &str, number: u32) -> bool {
    let is_in = |(first, last, step, _): (u32, u32, u32, u32)| {
        (first..=last).contains(&number) && (number - first).checked_rem(step).unwrap_or(0) == 0
    };
    runs.split(' ').filter_map(run).any(is_in)
}

/// The numbers of runs, in order.
pub fn numbers(runs: &str) -> impl Iterator<Item = u32> + '_ {
    let all = runs.split(' ').filter_map(run);
    all.flat_map(|(first, _, step, count)| (0..count).map(move |nth| first.saturating_add(nth * step)))
}

/// First, last, step and count of a run.
fn run(text: &str) -> Option<(u32, u32, u32, u32)> {
    if let Some((same, count)) = text.split_once('*') {
        let same = same.parse().ok()?;
        return Some((same, same, 0, count.parse().ok()?));
    }
    let (span, step) = text.split_once('/').unwrap_or((text, "1"));
    let (first, last) = span.split_once('-').unwrap_or((span, span));
    let (first, last, step) = (first.parse::<u32>().ok()?, last.parse::<u32>().ok()?, step.parse().ok()?);
    Some((first, last, step, last.checked_sub(first)?.checked_div(step)? + 1))
}

fn nature(series: &Series) -> &'static str {
    match series.nature {
        Nature::Sample => "sample",
        Nature::Summary => "summary",
        Nature::Stated => "stated",
    }
}

fn cold(values: &[Value<'_>]) -> Option<String> {
    let cold = values.iter().zip(0_u32..).filter(|(value, _)| value.is_cold).map(|(_, at)| at);
    runs(cold).filter(|runs| !runs.is_empty())
}

/// Numbers in order as runs of even steps; `None` beyond [`MOST_RUNS`].
fn runs(numbers: impl IntoIterator<Item = u32>) -> Option<String> {
    let mut found: Vec<(u32, u32, u32)> = Vec::new();
    for number in numbers {
        if let Some((last, step, count)) = found.last_mut()
            && let Some(next) = number.checked_sub(*last)
            && (*count == 1 || next == *step)
        {
            (*last, *step, *count) = (number, next, *count + 1);
            continue;
        }
        if found.len() == MOST_RUNS {
            return None;
        }
        found.push((number, 0, 1));
    }
    let mut text = String::new();
    for (last, step, count) in found {
        let first = last - step * (count - 1);
        let gap = if text.is_empty() { "" } else { " " };
        // Writing to a string cannot fail.
        let _ = match (count, step) {
            (1, _) => write!(text, "{gap}{first}"),
            (_, 0) => write!(text, "{gap}{first}*{count}"),
            (_, 1) => write!(text, "{gap}{first}-{last}"),
            _ => write!(text, "{gap}{first}-{last}/{step}"),
        };
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_in_even_steps_are_one_run() {
        for (numbers, expected) in [
            (vec![], ""),
            (vec![7], "7"),
            (vec![2, 3, 4, 9], "2-4 9"),
            (vec![4, 15, 26], "4-26/11"),
            (vec![1, 1, 1], "1*3"),
            (vec![5, 6, 2, 3], "5-6 2-3"),
        ] {
            assert_eq!(super::numbers(expected).collect::<Vec<_>>(), numbers);
            for number in 0..40 {
                assert_eq!(holds(expected, number), numbers.contains(&number), "{number} in {expected}");
            }
            assert_eq!(runs(numbers).as_deref(), Some(expected));
        }
        for wrong in ["-", "a-b", "1-9/0", "*", "4294967296"] {
            assert!(!holds(wrong, 5), "{wrong}");
        }
        // Steps that never repeat are pairs.
        let uneven = |count: u32| (0..count).map(|nth| nth * nth);
        assert_eq!(runs(uneven(6)).as_deref(), Some("0-1 4-9/5 16-25/9"));
        assert_eq!(runs(uneven(2 * MOST_RUNS as u32 + 1)), None);
    }
}
