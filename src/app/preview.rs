//! The preview of a file: its table, tree or page, what was read of it, or its text. Only the
//! rows that are seen are laid out.

pub mod content;
mod facts;
mod folds;
mod grid;
mod lines;
mod places;
mod read;
pub mod search;
mod seen;
pub mod shape;

use std::sync::Arc;

pub(super) use self::facts::problem_text;
use self::{content::Content, folds::Folds, shape::Shape};
use super::{
    cursor::{self, Cursor, Move},
    report::evidence::SourceRow,
};
use crate::{
    ingest::{
        file::Table,
        inventory::ReportFile,
        json::tree::{Node, Tree},
    },
    metrics::format,
    text::{sanitize::Shown, wrap::Row},
};

/// Columns that a step to the side moves a text.
const SHIFT: isize = 16;

/// A row of a file that a figure of the report or a value of a series comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Which.
    pub source: SourceRow,
    /// Sentences of the report that use it.
    pub sentences: Vec<Shown>,
    /// The report rests on it: in those sentences, or in a table.
    pub is_used: bool,
}

/// What stands below the facts.
#[derive(Debug)]
enum Body {
    /// Rows of a page, or of what was read.
    Rows(Arc<[Row]>),
    /// The table of the content.
    Grid,
    /// Its tree.
    Tree,
    /// Its text.
    Lines,
}

impl Default for Body {
    fn default() -> Self {
        Self::Rows(Arc::default())
    }
}

/// The preview.
#[derive(Debug, Default)]
pub struct Preview {
    /// The rows that are seen.
    pub rows: Vec<Row>,
    /// The one among them that the cursor is on, where the cursor is a row.
    pub cursor_row: Option<usize>,
    file: Option<Arc<ReportFile>>,
    content: Option<Arc<Content>>,
    metrics: Vec<String>,
    /// The file of the same bytes that speaks for it.
    twin: Option<Arc<str>>,
    /// How files of each kind are looked at, in the order of [`Kind`].
    shapes: [Shape; 4],
    shape: Shape,
    /// The facts.
    head: Vec<Row>,
    body: Body,
    folds: Folds,
    /// The row of the body that the cursor is on.
    selected: usize,
    /// First row seen, of facts and body together.
    top: usize,
    place: grid::Place,
    /// Columns of a text that are out of sight on the left.
    shift: usize,
    size: (u16, u16),
    is_focused: bool,
    mark: Option<Mark>,
    /// Still to be shown: its row waits for the content.
    is_mark_due: bool,
    search: places::Searching,
    /// Grows with every body: an answer is for one.
    turn: u64,
}

impl Preview {
    /// Shows a file: what is known of it, and its content where that is read.
    pub(super) fn show(
        &mut self,
        file: Option<&Arc<ReportFile>>,
        content: Option<&Arc<Content>>,
        (metrics, twin): (Vec<String>, Option<Arc<str>>),
    ) {
        let path = |file: &Arc<ReportFile>| Arc::clone(&file.path);
        if file.map(path) != self.file.as_ref().map(path) {
            *self = Self {
                shapes: self.shapes,
                size: self.size,
                is_focused: self.is_focused,
                search: self.search.without_places(),
                turn: self.turn,
                ..Self::default()
            };
        }
        self.file = file.cloned();
        (self.metrics, self.twin) = (metrics, twin);
        let was_at_end = self.selected > 0 && self.selected + 1 == self.len();
        if content.map(Arc::as_ptr) != self.content.as_ref().map(Arc::as_ptr) {
            let before = std::mem::replace(&mut self.content, content.cloned());
            let trees =
                |content: &Option<Arc<Content>>| content.as_ref().is_some_and(|own| own.tree.is_some());
            self.folds = match (&before, &self.content) {
                (Some(old), Some(new)) if trees(&before) && trees(&self.content) => {
                    match (&old.tree, &new.tree) {
                        (Some(old), Some(new)) => self.folds.carried(old, new),
                        _ => Folds::default(),
                    }
                }
                (_, Some(new)) => new.tree.as_ref().map(Folds::of).unwrap_or_default(),
                _ => Folds::default(),
            };
        }
        self.lay_body_out();
        if was_at_end {
            // Who stands at the end of a file that grows wants to see what comes.
            self.selected = self.len().saturating_sub(1);
            self.keep_in_sight();
        }
        self.show_mark();
        self.look();
    }

    /// Takes on the size of its area, and whether keys go to it.
    pub(super) fn lay_out(&mut self, size: (u16, u16), is_focused: bool) {
        let is_new = size != self.size;
        if !is_new && is_focused == self.is_focused {
            return;
        }
        (self.size, self.is_focused) = (size, is_focused);
        if is_new {
            self.lay_body_out();
        }
        self.keep_in_sight();
        self.look();
    }

    /// Marks a row of the file, or none any more.
    pub(super) fn mark(&mut self, mark: Option<&Mark>) {
        self.is_mark_due = mark.is_some();
        self.mark = mark.cloned();
        self.show_mark();
        self.look();
    }

    /// Moves the cursor, or scrolls where there is none.
    pub(super) fn go(&mut self, to: Move) {
        let (len, room) = (self.total(), self.room());
        if !self.has_cursor() || (self.selected == 0 && to.rows(room) < 0) {
            self.top = cursor::scrolled(self.top, to, len, room);
        } else {
            let moved = self.cursor().moved(to, len, room);
            self.set_cursor(moved);
            if self.selected == 0 && self.head.len() < room {
                self.top = 0;
            }
        }
        self.look();
    }

    /// Scrolls; the cursor comes along.
    pub(super) fn scroll(&mut self, rows: isize) {
        let (len, room) = (self.total(), self.room());
        if self.has_cursor() {
            self.set_cursor(self.cursor().scrolled(rows, len, room));
        } else {
            self.top = cursor::scrolled(self.top, Move::By(rows), len, room);
        }
        self.look();
    }

    /// Puts the cursor on a row of the area.
    pub(super) fn press(&mut self, row: usize) {
        let frozen = self.frozen().len();
        let above = self.head.len().saturating_sub(self.top);
        let Some(row) = row.checked_sub(above + frozen).filter(|_| self.has_cursor()) else { return };
        let selected = self.top.saturating_sub(self.head.len()) + row;
        if selected < self.len() {
            self.selected = selected;
            self.keep_in_sight();
            self.look();
        }
    }

    /// A column to the side; in a tree: fold and open, out and in.
    pub(super) fn go_aside(&mut self, by: isize) {
        match &self.body {
            Body::Rows(_) => {}
            Body::Lines => self.shift = self.shift.saturating_add_signed(by * SHIFT),
            Body::Grid => {
                if let Some(grid) = self.content.as_ref().and_then(|content| content.grid.as_ref()) {
                    self.place = grid.went(self.place, by, self.size.0);
                }
            }
            Body::Tree => self.go_through_tree(by),
        }
        self.look();
    }

    fn go_through_tree(&mut self, by: isize) {
        let Some((content, node)) = self.content.clone().zip(self.folds.node(self.selected)) else { return };
        let Some(tree) = &content.tree else { return };
        let is_open = self.folds.is_open(node);
        let is_full = tree.nodes.get(node).is_some_and(|own| own.members > 0);
        match (by > 0, is_open, is_full) {
            (true, false, true) => self.folds.set(tree, node, true),
            (true, true, true) => self.selected += 1,
            (true, ..) => {}
            (false, true, true) => self.folds.set(tree, node, false),
            (false, ..) => {
                let parent = tree.nodes.get(node).map_or(0, |own| own.parent as usize);
                self.selected = self.folds.row_of(parent);
            }
        }
        self.keep_in_sight();
    }

    /// Folds or opens what is under the cursor; says whether there is something to fold.
    pub(super) fn toggle_fold(&mut self) -> bool {
        let (Body::Tree, Some(content)) = (&self.body, self.content.clone()) else { return false };
        let Some((tree, node)) = content.tree.as_ref().zip(self.folds.node(self.selected)) else {
            return false;
        };
        // On a scalar: what it is in.
        let is_container = tree.nodes.get(node).is_some_and(Node::is_container);
        let container =
            if is_container { node } else { tree.nodes.get(node).map_or(0, |own| own.parent as usize) };
        self.folds.set(tree, container, !self.folds.is_open(container));
        self.selected = self.folds.row_of(container);
        self.keep_in_sight();
        self.look();
        true
    }

    /// Folds or opens everything.
    pub(super) fn fold_all(&mut self, is_open: bool) {
        let (Body::Tree, Some(content)) = (&self.body, self.content.clone()) else { return };
        let Some((tree, node)) = content.tree.as_ref().zip(self.folds.node(self.selected)) else { return };
        self.folds.set_all(tree, is_open);
        self.selected = self.folds.row_of(node);
        self.keep_in_sight();
        self.look();
    }

    /// The line of the file that the cursor is on.
    pub(super) fn line(&self) -> Option<u64> {
        match &self.body {
            Body::Rows(_) => None,
            Body::Grid => self.table().map(|table| u64::from(table.row_lines.get(self.selected))),
            Body::Tree => {
                let node = self.folds.node(self.selected)?;
                self.tree()?.nodes.get(node).map(|node| u64::from(node.line))
            }
            Body::Lines => Some(self.selected as u64 + 1),
        }
    }

    /// What is under the cursor, with its place: `path:line field value`.
    pub(super) fn copied(&self) -> Option<(&'static str, String)> {
        let file = self.file.as_ref()?;
        let place = format!("{}:{}", file.path, self.line()?);
        match &self.body {
            Body::Rows(_) => None,
            Body::Grid => {
                let column = self.table()?.columns.get(self.place.column)?;
                let value = column.cells.get(self.selected).to_cell();
                Some(("cell", format!("{place} {} {}", column.name, places::written(&value))))
            }
            Body::Tree => {
                let (tree, at) = (self.tree()?, self.folds.node(self.selected)?);
                let node = tree.nodes.get(at)?;
                let value = if node.is_container() { folds::value(node).0 } else { node.value.to_string() };
                Some(("value", format!("{place} {} {value}", tree.pointer(at)).replace("  ", " ")))
            }
            Body::Lines => {
                let line = self.content.as_ref()?.lines.as_ref()?.get(self.selected);
                Some(("line", format!("{place} {line}")))
            }
        }
    }

    /// The row that the cursor is on, of so many; `None` where rows are scrolled only.
    pub fn position(&self) -> Option<(usize, usize)> {
        (self.has_cursor() && self.len() > 0).then(|| (self.selected, self.len()))
    }

    /// First row seen, rows that there is room for, and all of them.
    pub fn scrolled(&self) -> (usize, usize, usize) {
        (self.top, self.room(), self.total())
    }

    fn lay_body_out(&mut self) {
        self.turn += 1;
        let Some(file) = &self.file else {
            (self.head, self.body) = (Vec::new(), Body::default());
            return;
        };
        let kind = file.kind;
        let wanted = self.shapes[kind as usize];
        let shapes = self.shapes();
        self.shape = *shapes.iter().find(|shape| **shape == wanted).or(shapes.first()).unwrap_or(&wanted);
        let of_document = self.content.as_ref().map_or(0, |content| content.document.problems.len());
        let is_cut = self.content.as_ref().is_some_and(|content| content.is_cut) && self.shape != Shape::Read;
        let remark = match self.shape {
            Shape::Usual if self.content.as_ref().is_some_and(|content| content.grid.is_some()) => {
                String::new()
            }
            _ if is_cut => format!("only the first {} are shown here", format::bytes(content::HEAD_BYTES)),
            _ => String::new(),
        };
        let facts = facts::Facts {
            file,
            metrics: &self.metrics,
            twin: self.twin.as_deref(),
            problems: of_document,
            remark: &remark,
        };
        self.head = facts.rows(self.size);
        self.body = match (&self.content, self.shape) {
            (None, _) => Body::default(),
            (Some(content), Shape::Usual) => match &content.page {
                Some(page) => Body::Rows(Arc::clone(page)),
                None if content.grid.is_some() => Body::Grid,
                None if content.tree.is_some() => Body::Tree,
                None => Body::default(),
            },
            (Some(content), Shape::Read) => {
                Body::Rows(read::rows(&content.document, kind, self.size.0).into())
            }
            (Some(_), Shape::Text) => Body::Lines,
        };
        if matches!(self.body, Body::Rows(_)) && !self.head.is_empty() {
            self.head.push(Row::default());
        }
        self.selected = self.selected.min(self.len().saturating_sub(1));
        if let Some(grid) = self.content.as_ref().and_then(|content| content.grid.as_ref()) {
            self.place = grid.in_sight(self.place, self.size.0);
        }
        self.keep_in_sight();
    }

    fn has_cursor(&self) -> bool {
        !matches!(self.body, Body::Rows(_))
    }

    /// Rows of the body.
    fn len(&self) -> usize {
        match &self.body {
            Body::Rows(rows) => rows.len(),
            Body::Grid => self.table().map_or(0, Table::rows),
            Body::Tree => self.folds.len(),
            Body::Lines => {
                self.content.as_ref().and_then(|own| own.lines.as_ref()).map_or(0, lines::Lines::len)
            }
        }
    }

    fn total(&self) -> usize {
        self.head.len() + self.len()
    }

    fn table(&self) -> Option<&Table> {
        self.content.as_ref()?.document.tables.first()
    }

    fn tree(&self) -> Option<&Tree> {
        self.content.as_ref()?.tree.as_ref()
    }

    /// Facts and body as one list.
    fn cursor(&self) -> Cursor {
        Cursor { selected: self.head.len() + self.selected, top: self.top }
    }

    fn set_cursor(&mut self, cursor: Cursor) {
        self.selected = cursor.selected.saturating_sub(self.head.len()).min(self.len().saturating_sub(1));
        self.top = cursor.top;
    }

    /// Corrects what another size or another body made wrong.
    fn keep_in_sight(&mut self) {
        let (len, room) = (self.total(), self.room());
        self.selected = self.selected.min(self.len().saturating_sub(1));
        let is_at_start = self.selected == 0 && self.top == 0;
        if self.has_cursor() && !is_at_start {
            let cursor = self.cursor().in_sight(len, room);
            self.set_cursor(cursor);
        } else {
            self.top = cursor::scrolled(self.top, Move::By(0), len, room);
        }
    }

    /// Rows of the area that scroll.
    fn room(&self) -> usize {
        usize::from(self.size.1).saturating_sub(self.frozen().len() + self.foot().len())
    }
}
