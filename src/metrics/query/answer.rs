//! One answer: the numbers of one field for one group, where its extremes stand, and what
//! was left out.

use std::{collections::BTreeMap, sync::Arc};

use super::row::View;
use crate::{
    ingest::{csv::stream::SelectedColumn, field, file::Cell},
    metrics::{
        cold::START,
        names::{self, Better, Metric},
        part::{Part, Reason, Weights},
        series::{Exclusion, Group, Nature},
        unit::UnitOrigin,
    },
};

/// Milliseconds of a second.
const MS: f64 = 1e3;
/// Fields that are no metric come behind all that are.
const LAST_RANK: u16 = u16::MAX;
/// Failed rows whose places are kept; all are counted.
const MAX_FAILED_PLACES: usize = 1_000;

/// Where a value stands, with everything else of its row.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// In the answer's unit; none for a row that failed.
    pub number: Option<f64>,
    /// The file.
    pub path: Arc<str>,
    /// Line in the file, counted from 1.
    pub line: u32,
    /// JSON Pointer of the row, empty for a table in text.
    pub pointer: String,
    /// All dimensions of the row.
    pub group: Group,
    /// Its columns as the file has them.
    pub cells: Vec<(Arc<str>, Cell)>,
}

/// The numbers of one field for one group.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The metric; `None`: the field is none.
    pub metric: Option<Metric>,
    /// The field's name as written.
    pub field: Arc<str>,
    /// Unit of the numbers; empty for a plain number.
    pub unit: String,
    /// How the unit in the file became known; `None`: there is none.
    pub unit_origin: Option<UnitOrigin>,
    /// Samples, summaries or statements.
    pub nature: Nature,
    /// The group.
    pub group: Arc<Group>,
    /// Files that hold its rows, by path; those that only repeat another are not listed.
    pub files: Vec<Arc<str>>,
    /// The numbers, by file and place in it.
    pub numbers: Vec<f64>,
    /// Rows that satisfy the conditions, whatever their cell holds; copies not.
    pub count: u64,
    /// Rows that say that they failed.
    pub failed: u64,
    /// Where some of them stand.
    pub failed_places: Vec<Place>,
    /// Where the smallest number stands.
    pub least: Option<Place>,
    /// Where the largest number stands.
    pub greatest: Option<Place>,
    /// Tokens and milliseconds behind the numbers; `None` where they are not known of all.
    totals: Option<(f64, f64)>,
    /// Which of the numbers are of cold runs.
    cold: Vec<bool>,
    excluded: BTreeMap<Reason, BTreeMap<Arc<str>, u64>>,
}

impl Answer {
    /// The metric's name, or the field's where it is none.
    pub fn metric_name(&self) -> &str {
        self.metric.as_ref().map_or(&*self.field, Metric::name)
    }
    /// The same as shown.
    pub fn label(&self) -> &str {
        self.metric.as_ref().map_or(&*self.field, Metric::label)
    }
    /// Which way is good; of somebody's standard deviation no way is.
    pub fn better(&self) -> Option<Better> {
        let statistic = field::analyse(&self.field).statistic;
        let is_spread = self.nature != Nature::Sample && statistic.as_deref().is_some_and(names::is_spread);
        self.metric.as_ref().and_then(Metric::better).filter(|_| !is_spread)
    }
    /// The warm and the cold numbers, where there are cold ones.
    /// Nothing is apart where failed rows are among them, which started in no way.
    pub fn apart(&self) -> Option<(Vec<f64>, Vec<f64>)> {
        let has_failed = self.failed > 0 && !self.excluded.contains_key(&Reason::Failed);
        if has_failed || self.metric.is_none() || !self.cold.contains(&true) {
            return None;
        }
        let of = |wanted: bool| {
            let pairs = self.numbers.iter().zip(&self.cold);
            pairs.filter(|(_, is_cold)| **is_cold == wanted).map(|(number, _)| *number).collect()
        };
        Some((of(false), of(true)))
    }
    /// What was left out and why.
    pub fn excluded(&self) -> Vec<Exclusion> {
        let exclusions = self.excluded.iter().map(|(reason, files)| Exclusion {
            reason: reason.as_str().into(),
            is_copy: reason.is_copy(),
            count: files.values().sum(),
            files: files.iter().map(|(path, count)| (Arc::clone(path), *count)).collect(),
        });
        exclusions.collect()
    }
    /// Rows left out, for whatever reason.
    pub fn excluded_total(&self) -> u64 {
        self.excluded.values().flat_map(BTreeMap::values).sum()
    }
    /// All it would hold stands in another file.
    pub fn is_spoken_for(&self) -> bool {
        self.count == 0 && !self.excluded.is_empty()
    }

    /// Total of tokens over total of time, where both are known of every number; a second.
    pub fn ratio_of_totals(&self) -> Option<f64> {
        let (tokens, ms) = self.totals.filter(|_| !self.numbers.is_empty())?;
        Some(tokens / ms * MS).filter(|ratio| ratio.is_finite())
    }

    pub(super) fn add(&mut self, view: &View<'_>, cell: &Taken, wants_places: bool) {
        // One guess makes the whole answer one.
        if cell.unit_origin == Some(UnitOrigin::Guess) {
            self.unit_origin = cell.unit_origin;
        }
        if self.files.last() != Some(view.path) {
            self.files.push(Arc::clone(view.path));
        }
        self.count += 1;
        if cell.is_failed {
            self.failed += 1;
            if wants_places && self.failed_places.len() < MAX_FAILED_PLACES {
                self.failed_places.push(place(view, cell));
            }
        }
        let number = match cell.number {
            Ok(number) => number,
            Err(reason) => return self.exclude(reason, view.path, 1),
        };
        self.numbers.push(number);
        self.cold.push(cell.is_cold);
        self.totals = self.totals.zip(cell.weights).map(|(sum, next)| (sum.0 + next.0, sum.1 + next.1));
        if !wants_places {
            return;
        }
        if is_beyond(self.least.as_ref(), number, |number, known| number < known) {
            self.least = Some(place(view, cell));
        }
        if is_beyond(self.greatest.as_ref(), number, |number, known| number > known) {
            self.greatest = Some(place(view, cell));
        }
    }

    /// All values of a part, where nothing is asked of single cells; so many of its rows failed.
    pub(super) fn of_part(part: &Part, path: &Arc<str>, failed: u64) -> Self {
        let metric = part.key.metric();
        let sum = |weights: &Weights| {
            weights.iter().fold((0.0, 0.0), |sum: (f64, f64), next| (sum.0 + next.0, sum.1 + next.1))
        };
        let totals = if part.numbers.is_empty() { Some((0.0, 0.0)) } else { part.weights.as_ref().map(sum) };
        let mut answer = Self {
            metric: Some(metric.clone()),
            field: Arc::clone(part.key.field()),
            unit: metric.unit().symbol().to_owned(),
            group: Arc::clone(part.key.group()),
            files: vec![Arc::clone(path)],
            numbers: part.numbers.to_vec(),
            count: (part.numbers.len() + part.excluded.len()) as u64,
            failed,
            totals,
            cold: part.rows.iter().map(|row| part.is_cold(row)).collect(),
            ..Self::new(part.key.nature(), Some(part.unit_origin))
        };
        for (reason, _) in &part.excluded {
            answer.exclude(*reason, path, 1);
        }
        answer
    }

    /// Which answer it is.
    pub(super) fn key(&self) -> AnswerKey {
        let metric = self.metric.as_ref();
        AnswerKey {
            is_last: self.nature.is_listed_last(),
            rank: metric.map_or(LAST_RANK, Metric::rank),
            metric: metric.map_or_else(|| Arc::clone(&self.field), |metric| metric.name().into()),
            nature: self.nature,
            group: Arc::clone(&self.group),
            field: Arc::clone(&self.field),
            unit: self.unit.clone(),
        }
    }

    /// The numbers of a column that was read on its own, as one group.
    pub fn of_column(path: &Arc<str>, column: SelectedColumn, is_raw: bool) -> Self {
        let measure = names::measure(&column.name, column.unit.as_deref());
        let mut numbers = column.numbers;
        let mut unit = column.unit.as_deref().unwrap_or_default().to_owned();
        if let Some(measure) = measure.as_ref().filter(|_| !is_raw) {
            for number in &mut numbers {
                *number = measure.scale.convert(*number);
            }
            measure.metric.unit().symbol().clone_into(&mut unit);
        }
        let of_file = |count: u64| BTreeMap::from([(Arc::clone(path), count)]);
        let excluded = [
            (Reason::Empty, column.missing),
            (Reason::NotANumber, column.others),
            (Reason::Failed, column.failed),
            (Reason::WarmUp, column.warm_up),
        ];
        let is_summary = measure.as_ref().is_some_and(|measure| measure.statistic.is_some());
        let count = column.count + column.missing + column.others + column.failed + column.warm_up;
        let origin = measure.as_ref().map(|measure| measure.origin);
        let nature = if is_summary { Nature::Summary } else { Nature::Sample };
        let excluded = excluded.into_iter().filter(|(_, count)| *count > 0);
        Self {
            metric: measure.map(|measure| measure.metric),
            field: column.name,
            unit,
            files: vec![Arc::clone(path)],
            count,
            numbers,
            totals: None,
            excluded: excluded.map(|(reason, count)| (reason, of_file(count))).collect(),
            ..Self::new(nature, origin)
        }
    }

    /// The same without anything in it.
    pub(super) fn hollow(&self) -> Answer {
        Answer {
            metric: self.metric.clone(),
            field: Arc::clone(&self.field),
            unit: self.unit.clone(),
            group: Arc::clone(&self.group),
            ..Answer::new(self.nature, self.unit_origin)
        }
    }

    pub(super) fn exclude(&mut self, reason: Reason, path: &Arc<str>, count: u64) {
        *self.excluded.entry(reason).or_default().entry(Arc::clone(path)).or_default() += count;
    }

    /// Takes in what another file said.
    pub(super) fn merge(&mut self, other: Answer) {
        if other.unit_origin == Some(UnitOrigin::Guess) {
            self.unit_origin = other.unit_origin;
        }
        for file in other.files {
            if self.files.last() != Some(&file) {
                self.files.push(file);
            }
        }
        self.count += other.count;
        self.failed += other.failed;
        let room = MAX_FAILED_PLACES.saturating_sub(self.failed_places.len());
        self.failed_places.extend(other.failed_places.into_iter().take(room));
        for (reason, files) in other.excluded {
            for (path, count) in files {
                self.exclude(reason, &path, count);
            }
        }
        self.totals = self.totals.zip(other.totals).map(|(sum, next)| (sum.0 + next.0, sum.1 + next.1));
        self.numbers.extend(other.numbers);
        self.cold.extend(other.cold);
        for (known, found, wanted) in [
            (&mut self.least, other.least, (|new, known| new < known) as fn(f64, f64) -> bool),
            (&mut self.greatest, other.greatest, |new, known| new > known),
        ] {
            if let Some(number) = found.as_ref().and_then(|found| found.number)
                && is_beyond(known.as_ref(), number, wanted)
            {
                *known = found;
            }
        }
    }

    fn new(nature: Nature, unit_origin: Option<UnitOrigin>) -> Self {
        Answer {
            metric: None,
            field: Arc::from(""),
            unit: String::new(),
            unit_origin,
            nature,
            group: Arc::default(),
            files: Vec::new(),
            numbers: Vec::new(),
            count: 0,
            failed: 0,
            failed_places: Vec::new(),
            least: None,
            greatest: None,
            totals: Some((0.0, 0.0)),
            cold: Vec::new(),
            excluded: BTreeMap::new(),
        }
    }
}

/// Is a number the first of all, or beyond the known one?
fn is_beyond(known: Option<&Place>, number: f64, wanted: fn(f64, f64) -> bool) -> bool {
    known.and_then(|known| known.number).is_none_or(|known| wanted(number, known))
}

fn place(view: &View<'_>, cell: &Taken) -> Place {
    let has_pointers = !view.table.row_pointers.is_empty();
    let mut group = view.all_dimensions(cell.row);
    if cell.is_failed {
        // What failed started in no way.
        group.0.retain(|(key, _)| **key != *START);
    }
    Place {
        number: cell.number.ok(),
        path: Arc::clone(view.path),
        line: view.table.row_lines.get(cell.row),
        pointer: if has_pointers { view.table.row_pointers.get(cell.row) } else { String::new() },
        group,
        cells: view.cells(cell.row),
    }
}

/// Which answer a cell belongs to; ordered as series are listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AnswerKey {
    is_last: bool,
    rank: u16,
    metric: Arc<str>,
    nature: Nature,
    group: Arc<Group>,
    field: Arc<str>,
    unit: String,
}

/// One cell that is asked for.
#[derive(Debug)]
pub(super) struct Taken {
    pub metric: Option<Metric>,
    pub field: Arc<str>,
    pub unit: Arc<str>,
    pub unit_origin: Option<UnitOrigin>,
    pub nature: Nature,
    pub group: Arc<Group>,
    pub number: Result<f64, Reason>,
    pub is_failed: bool,
    pub is_cold: bool,
    /// Tokens and milliseconds that the number is the rate of, where they are known.
    pub weights: Option<(f64, f64)>,
    pub row: usize,
}

impl Taken {
    /// Is its answer this one, seen at a glance? Two groups that are equal may be of two places.
    pub fn belongs_to(&self, answer: &Answer) -> bool {
        let is_metric = match (&self.metric, &answer.metric) {
            (Some(one), Some(other)) => Arc::ptr_eq(&one.0, &other.0),
            (None, None) => true,
            _ => false,
        };
        is_metric
            && Arc::ptr_eq(&self.group, &answer.group)
            && self.nature == answer.nature
            && *self.unit == *answer.unit
            && self.field == answer.field
    }
    pub fn answer(&self) -> Answer {
        Answer {
            metric: self.metric.clone(),
            field: Arc::clone(&self.field),
            unit: self.unit.to_string(),
            group: Arc::clone(&self.group),
            ..Answer::new(self.nature, self.unit_origin)
        }
    }
}
