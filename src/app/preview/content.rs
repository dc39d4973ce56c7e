//! What a file holds, made ready to be looked at. Made away from the loop, once for each
//! content: what is left for a key is to lay the rows out that are seen.

use std::sync::Arc;

use super::{grid::Grid, lines::Lines};
use crate::{
    app::document::Wanted,
    ingest::{
        decode,
        file::{Document, Kind},
        inventory::ReportFile,
        json::tree::Tree,
    },
    text::{markdown, wrap::Row},
};

/// Bytes of a file that are looked at as text, tree or page: a preview of more would cost more
/// memory than the folder.
pub const HEAD_BYTES: u64 = 4 * 1024 * 1024;

/// A file's content.
#[derive(Debug)]
pub struct Content {
    /// What was read from it.
    pub(super) document: Arc<Document>,
    /// Its lines; none where they could not be read.
    pub(super) lines: Option<Lines>,
    /// Not all of the text is here.
    pub(super) is_cut: bool,
    /// Of a CSV file with one table.
    pub(super) grid: Option<Grid>,
    /// Of a JSON file.
    pub(super) tree: Option<Tree>,
    /// Of a Markdown file, laid out for the width that was asked for.
    pub(super) page: Option<Arc<[Row]>>,
    /// That width.
    pub(in crate::app) width: u16,
}

impl Content {
    /// Makes it of what was read, and of the first bytes of the file.
    pub(in crate::app) fn of(wanted: &Wanted, file: &ReportFile, head: Option<&[u8]>) -> Self {
        let document = Arc::clone(&file.document);
        let decoded = head.map(decode::decode).filter(|decoded| !decoded.is_unreadable);
        let text = decoded.as_ref().map(|decoded| &*decoded.text);
        let is = |kind| text.filter(|_| file.kind == kind);
        Self {
            grid: match document.tables.as_slice() {
                [table] if file.kind == Kind::Csv => Some(Grid::of(table)),
                _ => None,
            },
            tree: is(Kind::Json).map(|text| Tree::of(&file.path, text)).filter(|tree| !tree.nodes.is_empty()),
            page: is(Kind::Markdown).map(|text| markdown::layout(text, wanted.width).into()),
            lines: text.map(Lines::of),
            is_cut: file.stamp.length > HEAD_BYTES,
            width: wanted.width,
            document,
        }
    }
}
