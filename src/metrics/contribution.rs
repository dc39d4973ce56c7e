//! What one file gives to the series: read once when the file changes, merged often.

mod addresses;

use std::{num::NonZeroU64, sync::Arc};

use self::addresses::{Address, Addresses};
use super::{
    cold,
    names::{Class, Known, Measure, Metric, measure, measure_labelled},
    part::{Errors, Key, Mark, Part, Places, Reason, RowList, Weights},
    rows::{Groups, Rows, follows_unit_column, is_failure_word, is_value_column},
    series::{Group, Nature},
    shared,
    times::{NO_TIME, times},
    totals::Totals,
};
use crate::ingest::{
    cell,
    cells::{CellRef, FastMap},
    field::{self, RowRole},
    file::{Column, Document, Rank, Table},
};

/// Dimensions that make a series of their own unless other ones are asked for. The rest
/// (`num_gpu`, `temperature`, the prompt, …) stays with each value.
pub const DEFAULT_KEYS: [&str; 8] =
    ["backend", "case", "command", "device", "model", "quantization", STATISTIC, "test_name"];

/// The dimension that tells summaries of one field apart; of them no two are ever one series.
pub const STATISTIC: &str = "statistic";

/// A part that stays keeps the rows that its file had then: of larger files (rows × parts)
/// all parts are taken anew, so that memory does not grow with each change.
const MAX_REUSED: usize = 1_000_000;
/// Errors of a file that are told apart: each row may have a text of its own.
const MAX_ERRORS: usize = 64;
/// So many numbers of many digits make a run of values unmistakable.
const MIN_TELLING: usize = 3;
/// Room for so many parts at the start; most files have fewer.
const ROOM: usize = 16;
/// Groups of a table up to which a look at each is cheap.
const FEW: usize = 12;

/// Everything one file gives, ordered by key.
#[derive(Debug, Default)]
pub struct Contribution {
    parts: Vec<Arc<Part>>,
    /// Those of the parts, sorted, each once.
    marks: Arc<[Mark]>,
    errors: Errors,
}

impl Contribution {
    /// Reads a document.
    pub fn of(document: &Document) -> Self {
        shared::trim();
        let mut builder = Builder {
            document,
            places: Places::default(),
            usual: Vec::new(),
            names: Vec::new(),
            stated: Vec::new(),
            parts: Vec::with_capacity(ROOM),
            addresses: Addresses::default(),
            prefill: Metric::of(Known::PrefillRate),
            errors: Errors::new(),
        };
        for (table, number) in document.tables.iter().zip(0..) {
            builder.table(table, number);
        }
        let found = builder.finish();
        // One file of many configurations leaves as little behind as many files.
        shared::trim();
        found
    }
    /// The same with the parts of what the file gave before, where they say the same: series
    /// that a file which grew does not feed anew are told by that.
    #[must_use]
    pub fn after(mut self, before: &Self) -> Self {
        let rows = self.parts.first().map_or(0, |part| part.places.lines.len());
        if rows * self.parts.len() > MAX_REUSED {
            return self;
        }
        for part in &mut self.parts {
            let same = before.parts_of(&part.key).iter().find(|known| known.is_as(part));
            if let Some(known) = same {
                *part = Arc::clone(known);
            }
        }
        self
    }
    /// All parts by key.
    pub fn parts(&self) -> &[Arc<Part>] {
        &self.parts
    }
    /// The parts of one series.
    pub fn parts_of(&self, key: &Key) -> &[Arc<Part>] {
        let start = self.parts.partition_point(|part| part.key < *key);
        let end = start + self.parts[start..].iter().take_while(|part| part.key == *key).count();
        &self.parts[start..end]
    }
    /// What its failed rows say of their errors.
    pub fn errors(&self) -> &Errors {
        &self.errors
    }
    /// Does it hold a run of values of another file?
    pub fn holds(&self, mark: Mark) -> bool {
        self.marks.binary_search_by_key(&mark.fingerprint, |known| known.fingerprint).is_ok()
    }
    /// What tells its runs of values from all others.
    pub fn marks(&self) -> &Arc<[Mark]> {
        &self.marks
    }
}

struct Builder<'d> {
    document: &'d Document,
    places: Places,
    /// The usual group of each of [`Places::list`]; equal ones are one allocation.
    usual: Vec<Arc<Group>>,
    /// Names of the dimensions that the data themselves state, each once, and which of them
    /// each of [`Places::list`] has, a bit each: what the file is named does not count.
    names: Vec<Arc<str>>,
    stated: Vec<Bits>,
    parts: Vec<Draft>,
    addresses: Addresses,
    prefill: Option<Metric>,
    errors: Errors,
}

/// Which names are stated; a file of more names than bits is counted by name.
type Bits = u64;

/// What a row says of its values: their name, their unit, their statistic.
type Said<'t> = (Option<&'t str>, Option<&'t str>, Option<&'t str>);

/// A part whose places are not complete.
struct Draft {
    part: Part,
    numbers: Vec<f64>,
    /// Where its numbers stand, until its column is through.
    rows: Vec<u32>,
    excluded: Vec<(Reason, u32)>,
    weights: Vec<(f64, f64)>,
}

/// The rows of one table.
struct Sheet<'t> {
    table: &'t Table,
    rows: Rows,
    /// Its first row among the places.
    first: u32,
    /// How many rows each group has, by its address: each column will need so much room.
    room: Vec<(usize, usize)>,
    /// All rows are of one group, none is a summary.
    is_plain: bool,
}

impl Sheet<'_> {
    /// How many rows a group has, where that is known.
    fn room(&self, group: &Arc<Group>) -> usize {
        let address = Arc::as_ptr(group).addr();
        self.room.iter().find(|(known, _)| *known == address).map_or(0, |(_, rows)| *rows)
    }
}

impl Builder<'_> {
    fn table(&mut self, table: &Table, number: u32) {
        let Some(rows) = Rows::measured(table, self.document) else { return };
        if !rows.classes.iter().enumerate().any(|(index, class)| is_measured(table, &rows, index, class)) {
            return;
        }
        let first = self.places.lines.len() as u32;
        self.places.tables.push(first);
        self.places.numbers.push(number);
        table.row_lines.iter().for_each(|line| self.places.lines.push(line));
        self.groups(&rows.groups);
        let room = self.room(first);
        let cold = cold::marks(table, &rows);
        if !cold.is_empty() {
            self.places.cold.resize(first as usize, false);
            self.places.cold.extend(cold);
        }
        if let Some(times) = times(table, &rows.times) {
            self.places.times.resize(first as usize, NO_TIME);
            self.places.times.extend(times);
        }
        if rows.failed.contains(&true) {
            self.errors(table, &rows);
        }
        let is_plain = room.len() == 1 && rows.statistic_column.is_none();
        let sheet = Sheet { table, rows, first, room, is_plain };
        for (index, class) in sheet.rows.classes.iter().enumerate() {
            if is_measured(table, &sheet.rows, index, class) {
                let fixed = if let Class::Metric(measure) = class { Some(measure) } else { None };
                self.column(&sheet, &table.columns[index], fixed);
            }
        }
    }

    /// What the failed rows of a table say of their errors.
    fn errors(&mut self, table: &Table, rows: &Rows) {
        for (index, _) in rows.telling.iter().filter(|(_, roles)| roles.has(RowRole::Error)) {
            let column = &table.columns[*index];
            for (cell, _) in column.cells.iter().zip(&rows.failed).filter(|(_, failed)| **failed) {
                let CellRef::Text(text) = cell else { continue };
                let error = (Arc::clone(&column.name), Box::from(text.trim()));
                if self.errors.len() < MAX_ERRORS || self.errors.contains_key(&error) {
                    *self.errors.entry(error).or_default() += 1;
                }
            }
        }
    }

    /// Numbers the dimensions of a table's rows.
    fn groups(&mut self, groups: &Groups) {
        let begin = self.places.list.len();
        let index_of = |group: &Arc<Group>| {
            // Tables of one file often have the same rows; only one that is alone is looked for.
            if self.places.list[..begin].last() == Some(group) {
                return begin as u32 - 1;
            }
            self.places.list.push(Arc::clone(group));
            self.places.list.len() as u32 - 1
        };
        let indices: Vec<u32> = groups.list().iter().map(index_of).collect();
        self.places.groups.extend(groups.of_row().iter().map(|&group| indices[group as usize]));
        for at in self.usual.len()..self.places.list.len() {
            let group = &self.places.list[at];
            self.usual.push(shared::parts_of(group).usual);
            let bits = self.bits_of(at);
            self.stated.push(bits);
        }
    }

    /// How many of the rows from one on each series' group has, by its address; nothing where
    /// there are more than a few.
    fn room(&self, first: u32) -> Vec<(usize, usize)> {
        let mut room: Vec<(usize, usize)> = Vec::new();
        for rows in self.places.groups[first as usize..].chunk_by(|one, next| one == next) {
            let address = Arc::as_ptr(&self.usual[rows[0] as usize]).addr();
            match room.iter().position(|(known, _)| *known == address) {
                Some(at) => room[at].1 += rows.len(),
                None if room.len() >= FEW => return Vec::new(),
                None => room.push((address, rows.len())),
            }
        }
        room
    }

    /// Which names a group states, a bit each.
    fn bits_of(&mut self, at: usize) -> Bits {
        let group = &self.places.list[at];
        let is_from_name = |pair| self.document.name_dimensions.contains(pair);
        // Rows of one table mostly have the same names.
        if let Some(before) = at.checked_sub(1)
            && let (known, group) = (&self.places.list[before].0, &group.0)
            && known.len() == group.len()
            && known.iter().zip(group).all(|(one, other)| Arc::ptr_eq(&one.0, &other.0))
            && self.document.name_dimensions.is_empty()
        {
            return self.stated[before];
        }
        let mut bits = 0;
        for pair in group.0.iter().filter(|pair| !is_from_name(pair)) {
            let name = self.names.iter().position(|name| *name == pair.0).unwrap_or_else(|| {
                self.names.push(Arc::clone(&pair.0));
                self.names.len() - 1
            });
            bits |= 1_u64.checked_shl(name as u32).unwrap_or_default();
        }
        bits
    }

    /// A column that is one part: every row has the same group and metric.
    fn plain_column(&mut self, sheet: &Sheet<'_>, column: &Column, measure: &Measure) {
        let metric = &measure.metric;
        let Sheet { table, rows, first, .. } = sheet;
        let begin = self.parts.len();
        let group = &self.usual[self.places.group_of(*first) as usize];
        let mut draft = draft(table.rank, &column.name, measure, metric, group, table.rows());
        let totals = Totals::of(metric, table, rows);
        if totals.is_some() {
            draft.weights.reserve_exact(table.rows());
        }
        let Draft { part, numbers, rows: own, excluded, weights } = &mut draft;
        for (row, cell) in column.cells.iter().enumerate() {
            let at = first + row as u32;
            match number(cell, measure, rows, row) {
                Ok(number) => {
                    weights.extend(totals.as_ref().and_then(|totals| totals.at(row, number)));
                    numbers.push(number);
                    if !excluded.is_empty() {
                        own.push(at);
                    }
                }
                Err(reason) => {
                    // So far it had all of them.
                    if excluded.is_empty() {
                        own.extend(*first..at);
                    }
                    excluded.push((reason, at));
                }
            }
        }
        part.rows = if excluded.is_empty() {
            RowList::Range(*first..first + table.rows() as u32)
        } else {
            std::mem::take(own).into()
        };
        self.parts.push(draft);
        self.mark(begin);
    }

    fn column(&mut self, sheet: &Sheet<'_>, column: &Column, fixed: Option<&Measure>) {
        let Sheet { table, rows, .. } = sheet;
        let named = rows.metric_column.filter(|_| is_value_column(&column.name));
        let unit_column = rows.unit_column.filter(|_| !has_own_unit(column));
        if let Some(measure) = fixed.filter(|_| sheet.is_plain && named.is_none() && unit_column.is_none()) {
            let is_one = measure.metric.known() != Some(Known::Throughput)
                || !rows.groups.list().iter().any(|group| is_prompt_only(group));
            if is_one {
                return self.plain_column(sheet, column, measure);
            }
        }
        let mut by_label: FastMap<Said<'_>, Option<Measure>> = FastMap::default();
        // Parts of this column by group and metric; both are shared, so their addresses tell.
        let begin = self.parts.len();
        let mut totals: Vec<Option<Totals<'_>>> = Vec::new();
        let mut totals_of: Option<(usize, Option<Totals<'_>>)> = None;
        self.addresses.clear();
        let mut last: Option<(Address, usize)> = None;
        for (row, cell) in column.cells.iter().enumerate() {
            let text = |index: usize| match table.columns[index].cells.get(row) {
                CellRef::Text(text) => Some(text),
                _ => None,
            };
            let (unit, label) = (unit_column.and_then(text), named.and_then(text));
            let statistic = rows.statistic(table, row);
            let found = (unit.is_some() || label.is_some() || statistic.is_some()).then(|| {
                by_label.entry((label, unit, statistic)).or_insert_with(|| {
                    let beside = unit.or(column.unit.as_deref());
                    let mut found = match label {
                        Some(label) => measure_labelled(label, &column.name, beside),
                        None if unit.is_some() => measure(&column.name, beside),
                        None => fixed.cloned(),
                    };
                    // A row that is a summary holds no sample.
                    if let (Some(found), Some(statistic)) = (&mut found, statistic) {
                        found.statistic.get_or_insert_with(|| statistic.to_owned());
                    }
                    found
                })
            });
            let Some(measure) = found.and_then(|found| found.as_ref()).or(fixed) else { continue };
            let at = sheet.first + row as u32;
            let is_throughput = measure.metric.known() == Some(Known::Throughput);
            let prefill =
                self.prefill.as_ref().filter(|_| is_throughput && is_prompt_only(rows.groups.get(row)));
            let metric = prefill.unwrap_or(&measure.metric);
            let group = &self.usual[self.places.group_of(at) as usize];
            let is_summary = measure.statistic.is_some();
            let address: Address = (Arc::as_ptr(group).addr(), Arc::as_ptr(&metric.0).addr(), is_summary);
            let met = last.filter(|(known, _)| *known == address).map(|(_, index)| index);
            let met = met.or_else(|| self.addresses.index(address).map(|index| begin + index));
            let index = met.unwrap_or_else(|| {
                self.addresses.push(address);
                // Rows that name their metric are shared out among many.
                let room = if named.is_none() { sheet.room(group) } else { 0 };
                let mut draft = draft(table.rank, &column.name, measure, metric, group, room);
                draft.rows.reserve_exact(room);
                self.parts.push(draft);
                let known = totals_of.filter(|(known, _)| *known == address.1);
                let found = known.map_or_else(|| Totals::of(metric, table, rows), |(_, found)| found);
                totals_of = Some((address.1, found));
                totals.push(found);
                self.parts.len() - 1
            });
            last = Some((address, index));
            let draft = &mut self.parts[index];
            match number(cell, measure, rows, row) {
                Ok(number) => {
                    if let Some(totals) = &totals[index - begin]
                        && let Some(weights) = totals.at(row, number)
                    {
                        if draft.weights.is_empty() {
                            draft.weights.reserve_exact(draft.numbers.capacity());
                        }
                        draft.weights.push(weights);
                    }
                    draft.numbers.push(number);
                    draft.rows.push(at);
                }
                Err(reason) => draft.excluded.push((reason, at)),
            }
        }
        for draft in &mut self.parts[begin..] {
            draft.part.rows = std::mem::take(&mut draft.rows).into();
        }
        self.mark(begin);
    }

    /// Gives the parts of a column their marks.
    fn mark(&mut self, begin: usize) {
        let Self { document, places, parts, names, stated: bits, .. } = self;
        let stated = |drafts: &[Draft]| {
            if names.len() > Bits::BITS as usize {
                return stated(document, places, drafts);
            }
            let rows = drafts.iter().flat_map(|draft| draft.part.rows.iter());
            let bits_of = |row: u32| bits.get(places.group_of(row) as usize).copied().unwrap_or_default();
            rows.fold(0, |all, row| all | bits_of(row)).count_ones()
        };
        let drafts = &mut parts[begin..];
        let column = fingerprint(drafts).map(|fingerprint| Mark { fingerprint, stated: stated(drafts) });
        let is_alone = drafts.len() == 1;
        for index in 0..drafts.len() {
            let own = if is_alone { column } else { None }.or_else(|| {
                let draft = &drafts[index..=index];
                fingerprint(draft).map(|fingerprint| Mark { fingerprint, stated: stated(draft) })
            });
            drafts[index].part.marks = [own, column.filter(|_| !is_alone)];
        }
    }

    fn finish(mut self) -> Contribution {
        self.places.finish();
        let places = Arc::new(self.places);
        let part = |draft: Draft| {
            let Draft { part, numbers, excluded, weights, .. } = draft;
            let is_whole = weights.len() == numbers.len() && !weights.is_empty();
            let weights: Option<Weights> = is_whole.then(|| weights.into());
            let (numbers, excluded) = (numbers.into(), excluded.into());
            Arc::new(Part { numbers, excluded, weights, places: Arc::clone(&places), ..part })
        };
        let mut parts: Vec<Arc<Part>> = self.parts.into_iter().map(part).collect();
        parts.sort_by(|a, b| a.key.cmp(&b.key));
        parts.shrink_to_fit();
        let mut marks: Vec<Mark> = parts.iter().flat_map(|part| part.marks()).collect();
        // Of equal runs in one file the one that states most speaks for it.
        marks.sort_unstable_by(|a, b| a.fingerprint.cmp(&b.fingerprint).then(b.stated.cmp(&a.stated)));
        marks.dedup_by_key(|mark| mark.fingerprint);
        Contribution { parts, marks: marks.into(), errors: self.errors }
    }
}

/// Does a column hold measured numbers?
fn is_measured(table: &Table, rows: &Rows, index: usize, class: &Class) -> bool {
    let column = &table.columns[index];
    match class {
        Class::Metric(_) => {}
        Class::Other if rows.unit_column.is_some() && follows_unit_column(&column.name) => {}
        Class::Other if rows.metric_column.is_some() && is_value_column(&column.name) => {}
        _ => return false,
    }
    // A run that failed left its cells empty, in all rows where none succeeded.
    let is_lost = || column.cells.is_hollow() && rows.failed.contains(&true);
    !column.name.starts_with("../") && (column.cells.has_number() || is_lost())
}

/// Is its unit known, whatever unit stands in its rows?
fn has_own_unit(column: &Column) -> bool {
    column.unit.is_some()
        || column.hint.as_ref().is_some_and(|hint| hint.unit.is_some())
        || field::facts(&column.name).has_unit
}

/// A run that only reads a prompt (`n_prompt` 512, `n_gen` 0): its rate is no decode rate.
fn is_prompt_only(group: &Group) -> bool {
    let is = |key: &str, wanted: fn(&str) -> bool| group.get(key).is_some_and(|value| wanted(value));
    is("n_gen", |count| count == "0") && is("n_prompt", |count| count != "0")
}

fn draft(
    rank: Rank,
    field: &Arc<str>,
    measure: &Measure,
    metric: &Metric,
    group: &Arc<Group>,
    room: usize,
) -> Draft {
    let nature = match (rank, &measure.statistic) {
        (Rank::Stated, _) => Nature::Stated,
        (Rank::Measured, Some(_)) => Nature::Summary,
        (Rank::Measured, None) => Nature::Sample,
    };
    let part = Part {
        key: Key::shared(metric, nature, group, field),
        unit_origin: measure.origin,
        numbers: Box::default(),
        rows: RowList::default(),
        excluded: Box::default(),
        weights: None,
        marks: [None; 2],
        places: Arc::default(),
    };
    Draft {
        part,
        numbers: Vec::with_capacity(room),
        rows: Vec::new(),
        excluded: Vec::new(),
        weights: Vec::new(),
    }
}

/// The number of a row in its cell, or why it is left out.
fn number(cell: CellRef<'_>, measure: &Measure, rows: &Rows, row: usize) -> Result<f64, Reason> {
    match value(cell, measure) {
        _ if rows.failed[row] => Err(Reason::Failed),
        Ok(_) if rows.warm_up[row] => Err(Reason::WarmUp),
        number => number,
    }
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

/// A run of measured numbers with many digits never comes twice by chance, so the same run
/// in CSV and in JSON is known by it. Not by its group: one format names the model in the
/// data, the other in the file's name.
fn fingerprint(drafts: &[Draft]) -> Option<NonZeroU64> {
    let key = &drafts.first()?.part.key;
    // Three decimals or fewer may be rounded to the same by chance.
    let has_digits = |number: &&f64| (**number * 1e3).fract().abs() > 1e-6;
    let numbers = || drafts.iter().flat_map(|draft| &draft.numbers);
    if numbers().filter(has_digits).take(MIN_TELLING).count() < MIN_TELLING {
        return None;
    }
    let mut mixed = mix(0, key.nature() as u64);
    for byte in key.metric().name().bytes().chain(key.field().bytes()) {
        mixed = mix(mixed, u64::from(byte));
    }
    if let [only] = drafts {
        return Some(not_zero(only.numbers.iter().fold(mixed, |mixed, number| mix(mixed, number.to_bits()))));
    }
    // Row by row, whatever groups they are in.
    let mut rows: Vec<(u32, f64)> =
        drafts.iter().flat_map(|draft| draft.part.rows.iter().zip(draft.numbers.iter().copied())).collect();
    rows.sort_unstable_by_key(|(row, _)| *row);
    Some(not_zero(rows.iter().fold(mixed, |mixed, (_, number)| mix(mixed, number.to_bits()))))
}

fn not_zero(fingerprint: u64) -> NonZeroU64 {
    NonZeroU64::new(fingerprint).unwrap_or(NonZeroU64::MIN)
}

/// The finaliser of `MurmurHash3` (Appleby) after each number: fast, and all bits count.
fn mix(state: u64, next: u64) -> u64 {
    let mut mixed = state.rotate_left(23) ^ next;
    mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    mixed ^ (mixed >> 33)
}

/// How many dimensions the data themselves state for rows; what the file is named does not
/// count.
fn stated(document: &Document, places: &Places, drafts: &[Draft]) -> u32 {
    let mut keys: Vec<&str> = Vec::new();
    let mut last = None;
    for row in drafts.iter().flat_map(|draft| draft.part.rows.iter()) {
        let index = places.group_of(row);
        if last.replace(index) == Some(index) {
            continue;
        }
        let Some(group) = places.list.get(index as usize) else { continue };
        for pair in &group.0 {
            if !keys.contains(&&*pair.0) && !document.name_dimensions.contains(pair) {
                keys.push(&pair.0);
            }
        }
    }
    keys.len() as u32
}
