//! JSON and JSON Lines to tables: a tolerant reader of its own with places.
//!
//! `read` makes a tape of nodes in one pass; `flatten` walks it once and fills tables.
//! A JSON file is read whole after a change; JSON Lines go on from their last whole line.

mod flatten;
mod number;
mod read;
mod shape;
mod string;
mod tape;
pub mod tree;

use std::sync::Arc;

use super::{
    append::{Format, Resume},
    file::{Cell, Document, Status},
    log::Log,
};
use tape::Value;

/// Names with their values.
pub(crate) type Scope = Vec<(Arc<str>, Cell)>;

/// Value of the marker that the program's own JSON files carry.
const OWN_MARK: &str = "chimera-insight";

/// Reads a whole file into `document`; gives the byte up to which records are whole
/// (0 for a single document: that cannot be appended to).
pub fn read(path: &str, text: &str, document: &mut Document, log: &mut Log<'_>) -> usize {
    if text.trim().is_empty() {
        log.loss(0, "the file is empty");
        return 0;
    }
    let tape = read::read(text, is_lines(path), log);
    let root = tape.nodes.first().map(|node| &node.value);
    if matches!(root, Some(Value::Object)) {
        document.generated = tape.children(0).any(|child| {
            tape.key(child) == "generated_by"
                && matches!(&tape.nodes[child].value, Value::Text(text) if text == OWN_MARK)
        });
    }
    if root.is_none() || (log.is_lossy() && !matches!(root, Some(Value::Object | Value::Array))) {
        document.status = Some(Status::Error);
    }
    document.tables = flatten::tables(&tape, 0, log);
    document.resume = resume(&tape, log.is_lossy());
    tape.whole
}

/// Is every line a record of its own, by the file's extension?
pub(crate) fn is_lines(path: &str) -> bool {
    let extension = path.rsplit('.').next().unwrap_or_default();
    ["jsonl", "ndjson"].iter().any(|lines| extension.eq_ignore_ascii_case(lines))
}

/// Reads more JSON Lines; `first_record` were before. `None`: not to be read apart.
pub fn append(
    text: &str,
    first_line: u32,
    first_record: u32,
    document: &mut Document,
    log: &mut Log<'_>,
) -> Option<usize> {
    let tape = read::read_lines(text, first_line, log);
    document.tables = flatten::tables(&tape, first_record as usize, log);
    document.resume = match resume(&tape, log.is_lossy()) {
        Some(Resume { line, is_lossy, format: Format::Lines { records } }) => {
            let records = records + first_record;
            Some(Resume { line, is_lossy, format: Format::Lines { records } })
        }
        // Nothing whole yet: as it was.
        _ if tape.whole == 0 => {
            let format = Format::Lines { records: first_record };
            Some(Resume { line: first_line, is_lossy: false, format })
        }
        _ => return None,
    };
    Some(tape.whole)
}

/// Records of one kind can be read on: objects, a line each.
fn resume(tape: &tape::Tape<'_>, is_lossy: bool) -> Option<Resume> {
    let is_plain = tape.whole > 0 && tape.children(0).all(|record| tape.is_object(record));
    let records = tape.children(0).filter(|&record| tape.nodes[record].line < tape.whole_line).count() as u32;
    let format = Format::Lines { records };
    is_plain.then_some(Resume { line: tape.whole_line, is_lossy: is_lossy && tape.is_lossy_before, format })
}

/// The scalars of an object in a text, nested ones joined by `.`; empty if it is none.
pub(crate) fn scalars(text: &str) -> Scope {
    let mut log = Log::new(text);
    let tape = read::read(text, false, &mut log);
    if log.is_lossy() { Vec::new() } else { flatten::scalars(&tape, 0) }
}
