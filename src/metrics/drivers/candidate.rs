//! What may drive a metric: the dimensions of its rows, their place in the file, whether
//! they started cold, and what else was measured in them.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::Sort;
use crate::metrics::{
    configuration::is_run_key,
    names::{Known, Metric},
    series::{Group, Series, Value},
};

/// A dimension moves slowly when a level lasts for at least so many rows on average: then
/// the row after its change is the first of a configuration.
const SLOW: usize = 2;

/// Level of rows that follow a change of a slow dimension.
pub const FIRST: &str = "first";
/// Level of the other rows.
pub const REST: &str = "rest";
/// Level of rows that paid for loading.
pub const COLD: &str = "cold";
/// Level of the other rows.
pub const WARM: &str = "warm";

/// One row of the metric.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    pub value: Value<'a>,
    pub path: &'a Arc<str>,
}

/// The rows of a series.
pub fn rows(series: &Series) -> Vec<Row<'_>> {
    let row = |value: Value<'_>| Some((series.files.get(value.file as usize)?, value.file, value.line));
    let mut places: Vec<(usize, (u32, u32, u32))> = series
        .values
        .iter()
        .enumerate()
        .filter_map(|(index, value)| row(value).map(|_| (index, (value.file, value.line, value.row))))
        .collect();
    places.sort_by_key(|(_, place)| *place);
    places
        .into_iter()
        .filter_map(|(index, _)| {
            let value = series.values.get(index)?;
            Some(Row { value, path: series.files.get(value.file as usize)? })
        })
        .collect()
}

/// Something that tells rows apart.
#[derive(Clone, Debug)]
pub struct Levels {
    pub name: Arc<str>,
    pub sort: Sort,
    /// What the levels are called, in order.
    pub names: Vec<Arc<str>>,
    /// Index into the names for each row; `None`: the row has none.
    pub of_row: Vec<Option<usize>>,
    /// What it means, where the name does not say it.
    pub detail: Option<String>,
}

impl Levels {
    fn new(name: &str, sort: Sort, of_row: &[Option<Arc<str>>], detail: Option<String>) -> Self {
        let mut names: Vec<Arc<str>> =
            of_row.iter().flatten().cloned().collect::<BTreeSet<_>>().into_iter().collect();
        if let Some(numbers) = numbers(&names) {
            let mut pairs: Vec<(f64, Arc<str>)> = numbers.into_iter().zip(names).collect();
            pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
            names = pairs.into_iter().map(|(_, name)| name).collect();
        }
        let index: HashMap<&str, usize> = names.iter().enumerate().map(|(at, name)| (&**name, at)).collect();
        let of_row = of_row.iter().map(|level| index.get(level.as_deref()?).copied()).collect();
        Self { name: name.into(), sort, names, of_row, detail }
    }
    /// The levels as numbers, where all are.
    pub fn numbers(&self) -> Option<Vec<f64>> {
        numbers(&self.names)
    }
    /// Is each of its levels part of one level of the other?
    pub fn refines(&self, other: &Self) -> bool {
        let mut seen: Vec<Option<Option<usize>>> = vec![None; self.names.len()];
        self.of_row.iter().zip(&other.of_row).all(|(own, other)| match own {
            Some(own) => seen[*own].get_or_insert(*other) == other,
            None => other.is_none(),
        })
    }
}

fn numbers(names: &[Arc<str>]) -> Option<Vec<f64>> {
    names.iter().map(|name| name.parse::<f64>().ok().filter(|number| number.is_finite())).collect()
}

/// The dimensions that differ between the rows.
pub fn dimensions(rows: &[Row<'_>]) -> Vec<Levels> {
    let mut columns: BTreeMap<&str, Vec<Option<Arc<str>>>> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        for (key, level) in &row.value.group.0 {
            let column = columns.entry(key).or_insert_with(|| vec![None; rows.len()]);
            column[index] = Some(Arc::clone(level));
        }
    }
    let levels = columns.iter().map(|(key, column)| Levels::new(key, Sort::Dimension, column, None));
    levels.filter(|levels| levels.names.len() > 1).collect()
}

/// Cold and warm rows, where there are both.
pub fn start(rows: &[Row<'_>]) -> Option<Levels> {
    let column: Vec<Option<Arc<str>>> =
        rows.iter().map(|row| Some(if row.value.is_cold { COLD } else { WARM }.into())).collect();
    let detail = Some("whether the run paid for loading the model".to_owned());
    Some(Levels::new("start", Sort::Start, &column, detail)).filter(|levels| levels.names.len() > 1)
}

/// The first row of each file and of each level of a dimension that moves slowly, against
/// the rest: where a model is loaded anew.
pub fn position(rows: &[Row<'_>], dimensions: &[Levels]) -> Option<Levels> {
    let follows = |row: usize| row > 0 && rows[row - 1].path == rows[row].path;
    let changes = |levels: &Levels, row: usize| {
        let before = row.checked_sub(1).map(|before| levels.of_row[before]);
        follows(row) && before.is_some_and(|before| before != levels.of_row[row])
    };
    let is_slow = |levels: &&Levels| {
        let count = (0..rows.len()).filter(|row| changes(levels, *row)).count();
        // The next prompt or repetition is no new configuration.
        !is_run_key(&levels.name) && count > 0 && (count + 1) * SLOW <= rows.len()
    };
    let slow: Vec<&Levels> = dimensions.iter().filter(is_slow).collect();
    let is_first = |row: usize| !follows(row) || slow.iter().any(|levels| changes(levels, row));
    let column: Vec<Option<Arc<str>>> =
        (0..rows.len()).map(|row| Some(if is_first(row) { FIRST } else { REST }.into())).collect();
    let names: Vec<&str> = slow.iter().map(|levels| &*levels.name).collect();
    let detail = match names.as_slice() {
        [] => "the first row of a file".to_owned(),
        names => format!("the first row of a file or after a change of {}", names.join(", ")),
    };
    Some(Levels::new("position", Sort::Position, &column, Some(detail)))
        .filter(|levels| levels.names.len() > 1)
}

/// Another measure of the same rows.
#[derive(Clone, Debug)]
pub struct Column {
    pub name: Arc<str>,
    pub metric: Metric,
    pub of_row: Vec<Option<f64>>,
}

/// The measures of the same rows: of the same file, line, row and dimensions.
pub fn columns(rows: &[Row<'_>], others: &[&Series]) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for series in others {
        #[expect(clippy::type_complexity, reason = "used in these lines alone")]
        let mut places: HashMap<(&str, u32, u32), Vec<(&Group, f64)>> = HashMap::new();
        for value in series.values.iter() {
            let Some(path) = series.files.get(value.file as usize) else { continue };
            places.entry((path, value.line, value.row)).or_default().push((value.group, value.number));
        }
        let number = |row: &Row<'_>| {
            let here = places.get(&(&**row.path, row.value.line, row.value.row))?;
            here.iter().find(|(group, _)| **group == **row.value.group).map(|(_, number)| *number)
        };
        let of_row: Vec<Option<f64>> = rows.iter().map(number).collect();
        if of_row.iter().all(Option::is_none) {
            continue;
        }
        let is_known = columns.iter().any(|column| column.metric == series.metric);
        let name = if is_known { Arc::clone(&series.field) } else { series.metric.name().into() };
        columns.push(Column { name, metric: series.metric.clone(), of_row });
    }
    columns
}

/// Why one measure cannot drive another, where the terms themselves say so.
#[expect(clippy::match_same_arms, reason = "a table, read pair by pair")]
pub fn is_no_driver(metric: &Metric, other: &Metric) -> Option<&'static str> {
    use Known::{
        EvalDuration, Itl, Latency, LoadDuration, PrefillRate, PromptEvalDuration, Throughput, TotalDuration,
        Ttft,
    };
    const CONTAINS: &str = "contains it";
    const SAME: &str = "says the same in another form";
    const AFTER: &str = "comes after it in a run";
    const RESULT: &str = "is a result beside it";
    if metric == other {
        return Some("is the same metric in another field");
    }
    match (metric.known()?, other.known()?) {
        (_, TotalDuration) => Some(CONTAINS),
        (Ttft | LoadDuration | PromptEvalDuration | EvalDuration | Itl, Latency) => Some(CONTAINS),
        (LoadDuration | PromptEvalDuration | PrefillRate, Ttft) => Some(CONTAINS),
        (Throughput, EvalDuration | Itl) | (Itl | EvalDuration, Throughput) => Some(SAME),
        (PrefillRate, PromptEvalDuration) | (PromptEvalDuration, PrefillRate) => Some(SAME),
        (Ttft | LoadDuration | PromptEvalDuration | PrefillRate, Throughput | EvalDuration | Itl) => {
            Some(AFTER)
        }
        (LoadDuration, PromptEvalDuration | PrefillRate) => Some(AFTER),
        (Throughput | EvalDuration | Itl, Ttft) => Some(RESULT),
        _ => None,
    }
}
