//! From bytes to documents: CSV, JSON, Markdown; and the inventory of the folder. Pure.

pub mod adapter;
pub mod append;
pub mod by_hash;
pub mod cell;
pub mod cells;
pub mod csv;
pub mod decode;
pub mod field;
pub mod file;
pub mod inventory;
pub mod json;
pub mod light;
pub mod log;
pub mod markdown;
mod number;
pub mod places;
pub mod shelf;
#[cfg(test)]
mod tests;

pub use append::append;
use file::{Document, Kind, Status};
use log::Log;

/// The folder inside the watched one that belongs to the program: nothing in it is evidence.
const OWN_FOLDER: &str = "chimera_insight/";

/// Parses a file's bytes. Content never fails: what cannot be read becomes a problem
/// with line and column, and everything before and after it is kept.
/// `path` (relative to the folder, `/` between parts) gives dimensions by its name.
pub fn parse(path: &str, kind: Kind, bytes: &[u8]) -> Document {
    let decoded = decode::decode(bytes);
    let text: &str = &decoded.text;
    let mut log = Log::new(text);
    for note in &decoded.notes {
        log.add(note);
    }
    let mut document = Document { name_dimensions: field::name_dimensions(path), ..Document::default() };
    let read_to = match kind {
        _ if decoded.is_unreadable => 0,
        Kind::Csv if adapter::read_csv(path, text, &mut document, &mut log) => 0,
        Kind::Csv => csv::read(path, text, &mut document, &mut log),
        Kind::Json => json::read(path, text, &mut document, &mut log),
        Kind::Markdown => markdown::read(text, &mut document, &mut log),
        Kind::Text => adapter::read_text(path, text, &mut document, &mut log),
    };
    adapter::apply(path, &mut document, &mut log);
    document.read_to = decoded.byte_offset(read_to);
    document.resume = document.resume.take().filter(|_| document.read_to > 0);
    document.generated |= path.starts_with(OWN_FOLDER);
    let has_content = !document.tables.is_empty() || !document.outline.is_empty();
    let (problems, is_lossy) = log.finish();
    document.problems = problems;
    if document.status.is_none() {
        document.status = Some(match (is_lossy, has_content) {
            (false, _) => Status::Ok,
            (true, true) => Status::Partial,
            (true, false) => Status::Error,
        });
    }
    document
}
