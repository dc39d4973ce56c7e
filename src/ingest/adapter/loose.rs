//! Lines `name: number unit` that no tool is known for: read only where several of them
//! are clearly figures of a benchmark, and most of the text is made of such lines.

use super::{
    super::{
        field,
        file::{Cell, Document},
    },
    record::{self, Field, Record},
    spec,
    text::Numbered,
};

/// Fewer figures may stand in any log.
const LEAST: usize = 3;
/// Of so many lines one must be a figure.
const SHARE: usize = 2;
/// A longer name is a sentence.
const MAX_NAME: usize = 48;

/// Could this be the start of such a text?
pub(super) fn is_likely(lines: &[Numbered<'_>]) -> bool {
    lines.iter().any(|(_, line)| figure(line).is_some())
}

/// Reads it; `false`, and nothing done, for any other text.
pub(super) fn read(lines: &[Numbered<'_>], document: &mut Document) -> bool {
    let figures: Vec<(u32, Field)> =
        lines.iter().filter_map(|(number, line)| Some((*number, figure(line)?))).collect();
    let labels: Vec<(u32, Field)> =
        lines.iter().filter_map(|(number, line)| Some((*number, label(line)?))).collect();
    let filled = lines.iter().filter(|(_, line)| line.chars().any(char::is_alphanumeric)).count();
    if figures.len() < LEAST || (figures.len() + labels.len()) * SHARE < filled {
        return false;
    }
    let mut all = figures;
    all.extend(labels);
    all.sort_by_key(|(number, _)| *number);
    let mut records = Vec::new();
    let mut current = Record::default();
    let mut kept: Vec<Field> = Vec::new();
    for (number, field) in all {
        let is_label = !matches!(field.cell, Cell::Number(_));
        // A label stands for all figures behind it.
        if is_label || current.has(&field.name) {
            close(&mut current, &kept, &mut records);
        }
        if is_label {
            kept.retain(|known| known.name != field.name);
            kept.push(field);
        } else {
            current.add(number, field);
        }
    }
    close(&mut current, &kept, &mut records);
    document.tables = record::tables(records);
    document.adapter = Some("name-value-unit".into());
    true
}

fn close(current: &mut Record, kept: &[Field], records: &mut Vec<Record>) {
    let mut record = std::mem::take(current);
    if record.has_number() {
        let line = record.line;
        for field in kept {
            record.add(line, field.clone());
        }
        records.push(record);
    }
}

fn pair(line: &str) -> Option<(&str, &str)> {
    let line = line.trim().trim_start_matches(['-', '*', '•']).trim_start();
    let (name, value) = line.split_once([':', '='])?;
    let name = name.trim().trim_end_matches('.');
    let is_name = !name.is_empty() && name.len() <= MAX_NAME && name.starts_with(char::is_alphabetic);
    is_name.then(|| (name, value.trim()))
}

/// A known name, a number, and a unit behind it or in the name.
fn figure(line: &str) -> Option<Field> {
    let (name, value) = pair(line)?;
    if field::role(name).is_some() {
        return None;
    }
    let words = field::words(name);
    let known = &spec::adapters().loose.words;
    if !words.split(' ').any(|word| known.iter().any(|known| known == word)) {
        return None;
    }
    let (name, beside) = field::split_unit(name);
    let mut found = Field::read(name, value, false);
    if !matches!(found.cell, Cell::Number(_)) {
        return None;
    }
    found.unit = found.unit.or_else(|| beside.map(Into::into));
    let has_unit = found.unit.as_deref().is_some_and(field::is_unit) || field::analyse(name).unit.is_some();
    has_unit.then_some(found)
}

/// A dimension beside the figures.
fn label(line: &str) -> Option<Field> {
    let (name, value) = pair(line)?;
    let is_label = field::dimension(name).is_some() && !value.is_empty() && value.len() <= MAX_NAME;
    is_label.then(|| Field::read(name, value, true))
}
