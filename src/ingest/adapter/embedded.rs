//! JSON inside a text: after a tool's log lines a document, or lines of JSON among them.

use super::{
    super::{
        field,
        file::{Column, Document},
        json,
        log::{Log, quote},
    },
    spec, structured,
};

/// Lines that may open a document, tried one after the other.
const MAX_TRIES: usize = 8;

/// Could this be the start of such a text?
pub(super) fn is_likely(text: &str) -> bool {
    text.lines().any(|line| opens(line) || is_record(line))
}

/// Reads it; `false`, and nothing done, when there is none with a measured name.
pub(super) fn read(path: &str, text: &str, document: &mut Document, log: &mut Log<'_>) -> bool {
    if !is_likely(text) {
        return false;
    }
    if text.lines().any(is_record) {
        // What is no JSON becomes spaces, so that every place stays where it is.
        let masked = mask(text, is_record);
        if try_read("lines.jsonl", path, &masked, document) {
            say(text, is_record, log);
            return true;
        }
    }
    let mut starts: Vec<usize> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if opens(line.trim()) && starts.len() < MAX_TRIES {
            starts.push(at);
        }
        at += line.len();
    }
    for start in starts {
        let before = mask(&text[..start], |_| false);
        if try_read("document.json", path, &format!("{before}{}", &text[start..]), document) {
            let skipped = text[..start].trim();
            if !skipped.is_empty() {
                log.note(0, format!("text before the JSON is left out: {}", quote(skipped)));
            }
            return true;
        }
    }
    false
}

/// A line that is one object.
fn is_record(line: &str) -> bool {
    let line = line.trim();
    line.len() > 2 && line.starts_with("{\"") && line.ends_with('}')
}

/// A line that opens a document: a bracket, and what may follow it in JSON.
fn opens(line: &str) -> bool {
    let line = line.trim();
    let Some(rest) = line.strip_prefix(['{', '[']) else { return false };
    let next = rest.trim_start().chars().next();
    match next {
        None | Some('"') => true,
        Some('{' | '[') => line.starts_with('['),
        _ => false,
    }
}

/// Spaces for every character of the lines that are not kept; as long as it was.
fn mask(text: &str, keep: impl Fn(&str) -> bool) -> String {
    let mut masked = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if keep(line) {
            masked.push_str(line);
        } else {
            masked.extend(line.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        }
    }
    masked
}

fn try_read(name: &str, path: &str, text: &str, document: &mut Document) -> bool {
    let mut found = Document::default();
    let mut log = Log::new(text);
    json::read(name, text, &mut found, &mut log);
    if log.is_lossy() || found.status.is_some() {
        return false;
    }
    structured::apply(path, &mut found, &mut log);
    let is_known =
        found.adapter.is_some() || found.tables.iter().flat_map(|table| &table.columns).any(is_measured);
    if is_known {
        document.tables = found.tables;
        document.adapter = Some(found.adapter.unwrap_or_else(|| "json-in-text".into()));
        document.generated |= found.generated;
    }
    is_known
}

/// A number under a name that says what is measured, or in which unit.
fn is_measured(column: &Column) -> bool {
    let has_number = column.cells.has_number();
    has_number && field::role(&column.name).is_none() && {
        let words = field::words(&column.name);
        let known = &spec::adapters().loose.words;
        let has_word = words.split(' ').any(|word| known.iter().any(|known| known == word));
        has_word || column.unit.is_some()
    }
}

fn say(text: &str, is_read: impl Fn(&str) -> bool, log: &mut Log<'_>) {
    let mut other =
        text.lines().zip(1_u64..).filter(|(line, _)| !line.trim().is_empty() && !is_read(line)).peekable();
    if let Some(&(line, number)) = other.peek() {
        let message =
            format!("{} lines beside the JSON are left out, the first {}", other.count(), quote(line.trim()));
        log.note_line(number, message);
    }
}
