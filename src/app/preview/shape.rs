//! The ways to look at a file: as what it is, as what was read of it, as text.

use super::{Body, Preview};
use crate::ingest::file::Kind;

/// How a file is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// As a table, a tree or a page, by its kind.
    #[default]
    Usual,
    /// What was read of it.
    Read,
    /// As text.
    Text,
}

impl Shape {
    /// As said beside the file's name; nothing for the usual one.
    pub fn title(self) -> &'static str {
        match self {
            Shape::Usual => "",
            Shape::Read => "as read",
            Shape::Text => "as text",
        }
    }
}

impl Preview {
    /// Looks at the file in the next way.
    pub(in crate::app) fn change_shape(&mut self, by: isize) {
        let (Some(file), shapes) = (&self.file, self.shapes()) else { return };
        let now = shapes.iter().position(|shape| *shape == self.shape).unwrap_or(0);
        let around = (now + shapes.len()).saturating_add_signed(by) % shapes.len().max(1);
        let Some(next) = shapes.get(around) else { return };
        let line = self.line();
        self.shapes[file.kind as usize] = *next;
        (self.selected, self.top, self.shift) = (0, 0, 0);
        self.lay_body_out();
        if let Some(line) = line {
            self.go_to_line(line);
        }
        self.look();
    }

    /// How the file is looked at.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// A tree is looked at: there is something to fold.
    pub fn is_tree(&self) -> bool {
        matches!(self.body, Body::Tree)
    }

    /// A table is looked at: there are columns to walk.
    pub fn is_table(&self) -> bool {
        matches!(self.body, Body::Grid)
    }

    /// How it would be looked at next; nothing where there is one way only.
    pub fn next_shape(&self) -> Option<&'static str> {
        let shapes = self.shapes();
        let now = shapes.iter().position(|shape| *shape == self.shape)?;
        let next = *shapes.get((now + 1) % shapes.len())?;
        let kind = self.file.as_ref()?.kind;
        (next != self.shape).then_some(match (next, kind) {
            (Shape::Usual, Kind::Csv) => "as table",
            (Shape::Usual, Kind::Json) => "as tree",
            (Shape::Usual, _) => "as page",
            (next, _) => next.title(),
        })
    }

    /// The ways there are, the usual one first.
    pub(super) fn shapes(&self) -> Vec<Shape> {
        let Some(content) = &self.content else { return Vec::new() };
        let is_usual = content.grid.is_some() || content.tree.is_some() || content.page.is_some();
        let has_read = !content.document.tables.is_empty() || !content.document.outline.is_empty();
        let has_grid = content.grid.is_some();
        let of = |shape, is_there: bool| is_there.then_some(shape);
        let shapes = [
            of(Shape::Usual, is_usual),
            // A table as read is what one sees anyway, and a log is read for its text.
            of(Shape::Read, has_read && !has_grid),
            of(Shape::Text, content.lines.is_some()),
        ];
        let mut shapes: Vec<Shape> = shapes.into_iter().flatten().collect();
        if self.file.as_ref().is_some_and(|file| file.kind == Kind::Text) {
            shapes.reverse();
        }
        shapes
    }
}
