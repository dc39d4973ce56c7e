//! Answers to questions that no series holds ready: any numeric column or leaf, rows by what
//! stands in any of their columns, groups by any of them, failed rows as written. Pure: it
//! reads documents one after the other and keeps only what the answers need.
//!
//! What is a metric, what is left out, and which file only repeats another is decided as for
//! the series: both read a document through its contribution.

mod answer;
mod condition;
mod pattern;
mod ratio;
mod row;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

pub(super) use self::row::symbol_of;
pub use self::{
    answer::{Answer, Place},
    condition::{Condition, NotACondition},
    pattern::FieldPattern,
    ratio::Ratio,
};
use self::{
    answer::{AnswerKey, Taken},
    ratio::{Ratios, RowRatio},
    row::{Source, View},
};
use super::{
    contribution::{Contribution, DEFAULT_KEYS, STATISTIC},
    copies::Copies,
    part::{Mark, Part, Reason},
    rows::failed_rows,
    series::{Group, Nature},
};
use crate::ingest::file::{Document, Table};

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Fields, metric or not; none: every field that is a metric.
    pub fields: Vec<FieldPattern>,
    /// Metrics by name or label; none: every one.
    pub metrics: Vec<String>,
    /// Rows must satisfy all of them.
    pub conditions: Vec<Condition>,
    /// What tells groups apart; `None`: the dimensions of the series.
    pub group_by: Option<Vec<String>>,
    /// What becomes of rows that say that they failed.
    pub failed: FailedRows,
    /// In which unit numbers are given.
    pub unit: AnswerUnit,
    /// Ask for the first field's total over the second's.
    pub wants_ratio: bool,
    /// Keep where the extremes and the failed rows stand, with their whole rows.
    pub wants_places: bool,
}

/// What becomes of rows that say that they failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailedRows {
    /// They are counted and enter no statistic.
    #[default]
    LeftOut,
    /// Their cells are read as written: a zero is a zero.
    AsWritten,
}

/// In which unit numbers are given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AnswerUnit {
    /// The metric's.
    #[default]
    Canonical,
    /// The file's own.
    AsWritten,
}

/// A file that is asked.
#[derive(Clone, Copy, Debug)]
pub struct File<'a> {
    /// Its path as the inventory knows it.
    pub path: &'a Arc<str>,
    /// What its bytes are known by; empty for none.
    pub digest: &'a Arc<str>,
    /// What was read from it.
    pub document: &'a Document,
}

/// Asks one file after the other, in any order.
#[derive(Debug)]
pub struct Asker {
    query: Query,
    files: Vec<Asked>,
    /// Keys that some table had.
    known_keys: BTreeSet<String>,
    /// Fields that some table had.
    known_fields: BTreeSet<usize>,
}

/// The answers.
#[derive(Debug, Default)]
pub struct Answers {
    /// By rank of the metric, then nature, then group, as series are listed.
    pub answers: Vec<Answer>,
    /// Totals over totals, where they were asked for.
    pub ratios: Vec<Ratio>,
    /// Keys of conditions and groups that no file has.
    pub unknown_keys: Vec<String>,
    /// Patterns of fields that no file has.
    pub unknown_fields: Vec<String>,
}

impl Asker {
    /// Ready for the first file.
    pub fn new(query: Query) -> Self {
        Asker { query, files: Vec::new(), known_keys: BTreeSet::new(), known_fields: BTreeSet::new() }
    }

    /// Asks a file. The program's own files are never evidence.
    pub fn ask(&mut self, file: File<'_>) {
        if file.document.generated {
            return;
        }
        let contribution = Contribution::of(file.document);
        let mut asked = Asked {
            path: Arc::clone(file.path),
            digest: Arc::clone(file.digest),
            marks: Arc::clone(contribution.marks()),
            said: Vec::new(),
            ratios: Vec::new(),
        };
        for index in 0..file.document.tables.len() {
            let parts: Vec<&Part> = contribution
                .parts()
                .iter()
                .map(Arc::as_ref)
                .filter(|part| part.table() as usize == index)
                .collect();
            self.ask_table(&file, index, &parts, &mut asked);
        }
        asked.said.retain(|said| !said.answers.is_empty());
        if !asked.said.is_empty() {
            self.files.push(asked);
        }
    }

    /// All answers.
    pub fn finish(self) -> Answers {
        let Query { fields, conditions, group_by, .. } = &self.query;
        let keys = conditions.iter().map(|condition| &condition.key).chain(group_by.iter().flatten());
        let mut unknown_keys: Vec<String> =
            keys.filter(|key| !self.known_keys.contains(*key)).cloned().collect();
        unknown_keys.sort();
        unknown_keys.dedup();
        let unknown_fields = fields
            .iter()
            .enumerate()
            .filter(|(index, _)| !self.known_fields.contains(index))
            .map(|(_, field)| field.as_str().to_owned())
            .collect();
        let (answers, ratios) = merge(self.files);
        Answers { answers, ratios, unknown_keys, unknown_fields }
    }

    fn ask_table(&mut self, file: &File<'_>, index: usize, parts: &[&Part], asked: &mut Asked) {
        let table = &file.document.tables[index];
        if self.is_of_columns() {
            let said =
                columns_of(file.path, table, parts.iter().copied().filter(|part| self.takes_metric(part)));
            asked.said.extend(said);
            return;
        }
        // By column: which of the patterns mean it, all its rows or some.
        let plain = self.plain_columns(file, index, parts);
        let wanted_parts: Vec<&&Part> = parts.iter().filter(|part| self.takes_metric(part)).collect();
        if plain.is_empty() && wanted_parts.is_empty() {
            return;
        }
        let view = View::of(file.path, file.document, table, parts);
        let wanted = self.wanted_rows(&view);
        let keys: Option<Vec<Source>> = self.query.group_by.as_ref().map(|keys| {
            let resolved = keys.iter().map(|key| view.resolve(key.trim()));
            resolved.collect()
        });
        if let Some(names) = &self.query.group_by {
            for (name, key) in names.iter().zip(keys.iter().flatten()) {
                if !matches!(key, Source::Nothing) {
                    self.known_keys.insert(name.clone());
                }
            }
        }
        if !wanted.contains(&true) {
            return;
        }
        let group_of = |row: usize, usual: &Arc<Group>| match (&keys, &self.query.group_by) {
            (Some(keys), Some(names)) => Arc::new(view.group(row, names, keys)),
            _ => Arc::clone(usual),
        };
        for part in wanted_parts {
            let Some(column) = view.column(part.key.field()) else { continue };
            // Summaries of different statistics are no values of one thing, whatever is asked for.
            let statistic = part.key.group().get(STATISTIC).filter(|_| part.key.nature() == Nature::Summary);
            let mut piece = Piece { marks: Some(part.marks), ..Piece::default() };
            for cell in view.cells_of(part, column, &self.query) {
                if wanted[cell.row] && self.takes_cell(&view, column, cell.row) {
                    let group = group_of(cell.row, part.key.group());
                    let group = match statistic.filter(|_| group.get(STATISTIC).is_none()) {
                        Some(statistic) => Arc::new(group.with(STATISTIC, statistic)),
                        None => group,
                    };
                    piece.add(&view, &Taken { group, ..cell }, self.query.wants_places);
                }
            }
            asked.said.push(piece.finish());
        }
        let usual = self.usual_groups(&view, &wanted);
        let of_row = |row: usize| usual.get(&view.group_address(row)).cloned().unwrap_or_default();
        for column in plain {
            let mut piece = Piece::default();
            for row in (0..table.rows()).filter(|row| wanted[*row]) {
                if self.takes_cell(&view, column, row) {
                    let group = group_of(row, &of_row(row));
                    let cell = Taken { group, ..view.plain(column, row, &self.query) };
                    piece.add(&view, &cell, self.query.wants_places);
                }
            }
            asked.said.push(piece.finish());
        }
        if let Some((total, over)) = self.ratio_columns(&view) {
            let rows = (0..table.rows()).filter(|row| wanted[*row]);
            let ratio = |row| {
                let group = group_of(row, &of_row(row));
                RowRatio::of(&view, total, over, row, group, self.query.failed)
            };
            asked.ratios.extend(rows.map(ratio));
        }
    }

    /// Is nothing asked of single cells? Then columns answer as a whole.
    fn is_of_columns(&self) -> bool {
        let Query { fields, conditions, group_by, failed, unit, .. } = &self.query;
        fields.is_empty()
            && conditions.is_empty()
            && group_by.is_none()
            && *failed == FailedRows::LeftOut
            && *unit == AnswerUnit::Canonical
            && !self.query.wants_places
    }

    /// The usual groups of the rows, by the address of all their dimensions.
    fn usual_groups(&self, view: &View<'_>, wanted: &[bool]) -> HashMap<usize, Arc<Group>> {
        let mut usual = HashMap::new();
        if self.query.fields.is_empty() || self.query.group_by.is_some() {
            return usual;
        }
        let names = DEFAULT_KEYS.map(ToOwned::to_owned);
        let sources = DEFAULT_KEYS.map(|key| Source::Dimension(key.into()));
        for row in (0..view.table.rows()).filter(|row| wanted[*row]) {
            usual
                .entry(view.group_address(row))
                .or_insert_with(|| Arc::new(view.group(row, &names, &sources)));
        }
        usual
    }

    /// Columns that a pattern means and that are no metric, by index.
    fn plain_columns(&mut self, file: &File<'_>, index: usize, parts: &[&Part]) -> Vec<usize> {
        let table = &file.document.tables[index];
        let mut found = Vec::new();
        for (at, column) in table.columns.iter().enumerate() {
            if column.name.starts_with("../") {
                continue;
            }
            let takes = |field: &FieldPattern| {
                field.takes_name(&column.name)
                    || field.takes_places()
                        && (0..table.row_pointers.len()).any(|row| field.takes(table, column, row))
            };
            let meant: Vec<usize> = self
                .query
                .fields
                .iter()
                .enumerate()
                .filter(|(_, field)| takes(field))
                .map(|(at, _)| at)
                .collect();
            if meant.is_empty() {
                continue;
            }
            let has_numbers = column.cells.has_number();
            let is_named = meant.iter().any(|at| self.query.fields[*at].is_exact());
            self.known_fields.extend(meant);
            let is_metric = parts.iter().any(|part| *part.key.field() == column.name);
            if !is_metric && self.query.metrics.is_empty() && (has_numbers || is_named) {
                found.push(at);
            }
        }
        found
    }

    fn takes_metric(&self, part: &Part) -> bool {
        let is_metric = |name: &String| {
            let metric = part.key.metric();
            name.eq_ignore_ascii_case(metric.name()) || name.eq_ignore_ascii_case(metric.label())
        };
        self.query.metrics.is_empty() || self.query.metrics.iter().any(is_metric)
    }

    fn takes_cell(&self, view: &View<'_>, column: usize, row: usize) -> bool {
        let column = &view.table.columns[column];
        self.query.fields.is_empty()
            || self.query.fields.iter().any(|field| field.takes(view.table, column, row))
    }

    /// The rows that satisfy all conditions.
    fn wanted_rows(&mut self, view: &View<'_>) -> Vec<bool> {
        let mut wanted = vec![true; view.table.rows()];
        for condition in &self.query.conditions {
            let source = view.resolve(&condition.key);
            if !matches!(source, Source::Nothing) {
                self.known_keys.insert(condition.key.clone());
            }
            for (row, wanted) in wanted.iter_mut().enumerate() {
                *wanted = *wanted && view.holds(condition, &source, row);
            }
        }
        wanted
    }

    /// The columns of the first two fields, where a ratio of their totals is asked for.
    fn ratio_columns(&self, view: &View<'_>) -> Option<(usize, usize)> {
        let [total, over, ..] = self.query.fields.as_slice() else { return None };
        let find = |field: &FieldPattern| {
            view.table.columns.iter().position(|column| {
                !column.name.starts_with("../")
                    && (field.takes_name(&column.name) || field.takes(view.table, column, 0))
            })
        };
        find(total).zip(find(over)).filter(|_| self.query.wants_ratio)
    }
}

/// What a file said, as if it were alone.
#[derive(Debug)]
struct Asked {
    path: Arc<str>,
    digest: Arc<str>,
    marks: Arc<[Mark]>,
    said: Vec<Said>,
    ratios: Vec<RowRatio>,
}

/// What one column said, by answer: it steps back for another file as a whole.
#[derive(Debug)]
struct Said {
    /// As of [`Piece::marks`].
    marks: Option<[Option<Mark>; 2]>,
    answers: Vec<(AnswerKey, Answer)>,
}

/// What the parts of a table say as they are.
fn columns_of<'p>(
    path: &Arc<str>,
    table: &Table,
    parts: impl Iterator<Item = &'p Part> + Clone,
) -> Vec<Said> {
    let is_failed = |(reason, _): &(Reason, u32)| *reason == Reason::Failed;
    // A cell may say that it failed where its row does not.
    let rows = if parts.clone().any(|part| part.excluded.iter().any(is_failed)) {
        failed_rows(table)
    } else {
        Vec::new()
    };
    let has_failed =
        |at: u32, part: &Part| rows.get(part.places.row(at) as usize).is_some_and(|failed| *failed);
    parts
        .map(|part| {
            let failed = part.excluded.iter().filter(|(_, at)| has_failed(*at, part)).count();
            let answer = Answer::of_part(part, path, failed as u64);
            let answers = if answer.count > 0 { vec![(answer.key(), answer)] } else { Vec::new() };
            Said { marks: Some(part.marks), answers }
        })
        .collect()
}

/// What the cells of one column say.
#[derive(Debug, Default)]
struct Piece {
    /// Of a metric's column; fields that are no metric have none and follow the others.
    marks: Option<[Option<Mark>; 2]>,
    answers: BTreeMap<AnswerKey, Answer>,
    /// The answer of the cell that came last: the next one mostly has the same.
    last: Option<(AnswerKey, Answer)>,
}

impl Piece {
    fn add(&mut self, view: &View<'_>, cell: &Taken, wants_places: bool) {
        if !self.last.as_ref().is_some_and(|(_, answer)| cell.belongs_to(answer)) {
            self.settle();
            let hollow = cell.answer();
            let key = hollow.key();
            let known = self.answers.remove(&key);
            self.last = Some((key, known.unwrap_or(hollow)));
        }
        if let Some((_, answer)) = &mut self.last {
            answer.add(view, cell, wants_places);
        }
    }

    /// Puts the last answer to the others.
    fn settle(&mut self) {
        self.answers.extend(self.last.take());
    }

    fn finish(mut self) -> Said {
        self.settle();
        Said { marks: self.marks, answers: self.answers.into_iter().collect() }
    }
}

/// The files together: of equal bytes and equal runs one speaks, of those that were asked.
fn merge(mut files: Vec<Asked>) -> (Vec<Answer>, Vec<Ratio>) {
    files.sort_by(|one, other| one.path.cmp(&other.path));
    let mut copies = Copies::default();
    for file in &files {
        copies.add(&file.path, &file.digest, &file.marks);
    }
    let mut answers: BTreeMap<AnswerKey, Answer> = BTreeMap::new();
    let mut ratios = Ratios::default();
    for Asked { path, digest, marks, said, ratios: rows } in files {
        let whole = copies.reason(&path, &digest, marks.iter().copied());
        for column in said {
            let reason = match column.marks {
                Some(marks) => copies.reason(&path, &digest, marks.into_iter().flatten()),
                None => whole,
            };
            for (key, answer) in column.answers {
                let merged = answers.entry(key).or_insert_with(|| answer.hollow());
                match reason {
                    Some(reason) => merged.exclude(reason, &path, answer.count),
                    None => merged.merge(answer),
                }
            }
        }
        if whole.is_none() {
            for row in rows {
                ratios.add(&path, row);
            }
        }
    }
    (answers.into_values().collect(), ratios.finish())
}
