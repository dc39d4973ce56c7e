//! Going to a place of a preview: what a search found, a marked row, a line.

use super::{
    Body, Mark, Preview, read,
    search::{Found, Needle, Place, Search, Within},
    shape::Shape,
};
use crate::ingest::file::Cell;

/// A search under way or done.
#[derive(Debug, Default)]
pub(super) struct Searching {
    typed: Option<String>,
    is_typing: bool,
    needle: Option<Needle>,
    /// What was asked for last.
    asked: Option<(Needle, u64)>,
    /// What was found, of the body with this number.
    places: Option<(u64, Vec<Place>)>,
    /// The first place is to be gone to when it is found.
    is_due: bool,
    /// Which of the places was gone to last, where there is no cursor.
    current: Option<usize>,
    /// Where the search began.
    origin: (usize, usize),
}

impl Searching {
    pub fn needle(&self) -> Option<&Needle> {
        self.needle.as_ref()
    }

    /// The row that was gone to last.
    pub fn row(&self) -> Option<usize> {
        let (_, places) = self.places.as_ref()?;
        self.current.and_then(|at| places.get(at)).map(|place| place.row)
    }

    /// The same search in another file.
    pub fn without_places(&self) -> Self {
        Self { typed: self.typed.clone(), needle: self.needle.clone(), ..Self::default() }
    }
}

impl Preview {
    /// What is searched for; `None` when nothing is.
    pub fn searched(&self) -> Option<&String> {
        self.search.typed.as_ref()
    }

    /// Keys go to the search.
    pub fn is_typing(&self) -> bool {
        self.search.is_typing
    }

    /// `3 of 17`, `no match`; nothing while it is looked for.
    pub fn tally(&self) -> Option<(Option<usize>, usize)> {
        self.search.needle.as_ref()?;
        let (_, places) = self.search.places.as_ref()?;
        Some((self.current(), places.len()))
    }

    /// Begins to type a search.
    pub(in crate::app) fn begin_search(&mut self) {
        self.search = Searching {
            typed: Some(String::new()),
            is_typing: true,
            origin: (self.selected, self.top),
            ..Searching::default()
        };
        self.look();
    }

    /// Searches for another text; `None` ends it, where it began if nothing was kept.
    pub(in crate::app) fn set_search(&mut self, typed: Option<String>) {
        let Some(typed) = typed else {
            if self.search.is_typing {
                (self.selected, self.top) = self.search.origin;
                self.keep_in_sight();
            }
            self.search = Searching::default();
            return self.look();
        };
        self.search.needle = (!typed.is_empty()).then(|| Needle::new(&typed));
        self.search.typed = Some(typed);
        (self.search.places, self.search.current) = (None, None);
        self.search.is_due = true;
        self.look();
    }

    /// The search holds as it is; an empty one is none.
    pub(in crate::app) fn end_typing(&mut self) {
        self.search.is_typing = false;
        if self.search.typed.as_ref().is_some_and(String::is_empty) {
            self.set_search(None);
        }
    }

    /// The search that must be made; asked for once.
    pub(in crate::app) fn next_search(&mut self) -> Option<Search> {
        let needle = self.search.needle.clone()?;
        let asked = (needle.clone(), self.turn);
        if self.search.asked.as_ref() == Some(&asked) {
            return None;
        }
        let content = || self.content.clone();
        let within = match &self.body {
            Body::Rows(rows) => Within::Rows(std::sync::Arc::clone(rows)),
            Body::Grid => Within::Grid(content()?),
            Body::Tree => Within::Tree(content()?),
            Body::Lines => Within::Lines(content()?),
        };
        self.search.asked = Some(asked);
        Some(Search { needle, within, turn: self.turn })
    }

    /// Takes what was found; what nobody asks for any more is dropped.
    pub(in crate::app) fn take_found(&mut self, found: Found) {
        if self.search.needle.as_ref() != Some(&found.needle) || found.turn != self.turn {
            return;
        }
        let here = self.here();
        let next = found.places.iter().position(|place| *place >= here).or(Some(0));
        let is_empty = found.places.is_empty();
        self.search.places = Some((found.turn, found.places));
        self.search.current = None;
        if std::mem::take(&mut self.search.is_due) && !is_empty {
            self.go_to_place(next.unwrap_or_default());
        }
        self.look();
    }

    /// Goes to the next place found, or the one before; says whether it went on at the other
    /// end. `None`: there is nothing to go to.
    pub(in crate::app) fn step(&mut self, by: isize) -> Option<bool> {
        let (_, places) = self.search.places.as_ref()?;
        let last = places.len().checked_sub(1)?;
        let here = self.here();
        let next = match (by > 0, self.current()) {
            (true, Some(at)) => (at < last).then_some(at + 1),
            (false, Some(at)) => at.checked_sub(1),
            (true, None) => places.iter().position(|place| *place > here),
            (false, None) => places.iter().rposition(|place| *place < here),
        };
        self.go_to_place(next.unwrap_or(if by > 0 { 0 } else { last }));
        self.look();
        Some(next.is_none())
    }

    /// Which of the places the cursor is on.
    fn current(&self) -> Option<usize> {
        let (_, places) = self.search.places.as_ref()?;
        match self.body {
            Body::Rows(_) => self.search.current,
            _ => places.binary_search(&self.here()).ok(),
        }
    }

    fn here(&self) -> Place {
        match self.body {
            Body::Rows(_) => Place { row: self.top.saturating_sub(self.head.len()), column: 0 },
            Body::Grid => Place { row: self.selected, column: self.place.column },
            Body::Tree => Place { row: self.folds.node(self.selected).unwrap_or(0), column: 0 },
            Body::Lines => Place { row: self.selected, column: 0 },
        }
    }

    fn go_to_place(&mut self, index: usize) {
        let Some(place) = self.search.places.as_ref().and_then(|(_, places)| places.get(index)).copied()
        else {
            return;
        };
        self.search.current = Some(index);
        match self.body {
            Body::Rows(_) => self.show_row(place.row),
            Body::Grid => self.go_to_cell(place.row, Some(place.column)),
            Body::Tree => self.go_to_node(place.row),
            Body::Lines => self.go_to_row(place.row),
        }
    }

    /// Brings the marked row on the screen, once its content is there.
    pub(super) fn show_mark(&mut self) {
        let (Some(mark), Some(content), Some(file)) =
            (self.mark.clone(), self.content.clone(), self.file.clone())
        else {
            return;
        };
        if !std::mem::take(&mut self.is_mark_due) {
            return;
        }
        let is_shown = content.grid.is_some() || content.tree.is_some();
        let shape = if is_shown { Shape::Usual } else { Shape::Text };
        if self.shape != shape {
            self.shapes[file.kind as usize] = shape;
            self.lay_body_out();
        }
        match (&content.grid, &content.tree) {
            (Some(_), _) => {
                let table = content.document.tables.first();
                let column = table
                    .and_then(|table| table.columns.iter().position(|own| *own.name == *mark.source.field));
                if let Some((_, row)) = read::find(&content.document, &mark.source) {
                    self.go_to_cell(row, column);
                }
            }
            (None, Some(_)) => {
                if let Some(node) = self.node_of(&mark) {
                    self.go_to_node(node);
                }
            }
            (None, None) => {
                if let Some(line) = mark.source.line {
                    self.go_to_line(u64::from(line));
                }
            }
        }
        // What stands above it is worth seeing too.
        self.top = (self.head.len() + self.selected).saturating_sub(self.room() / 3);
        self.keep_in_sight();
    }

    /// The node that a mark means: by the pointer of its row and the field's name, else by line.
    fn node_of(&self, mark: &Mark) -> Option<usize> {
        let tree = self.tree()?;
        let document = &self.content.as_ref()?.document;
        let found = read::find(document, &mark.source);
        let table = found.and_then(|(table, row)| Some((document.tables.get(table)?, row)));
        let field = &mark.source.field;
        let by_pointer = table.and_then(|(table, row)| {
            let pointer = table.row_pointers.get(row).replace('*', field);
            let inner = format!("{pointer}/{}", field.replace('.', "/"));
            tree.find(&inner)
                .or_else(|| tree.find(&format!("{pointer}/{field}")))
                .or_else(|| tree.find(&pointer))
        });
        let line = mark.source.line?;
        let last = field.rsplit('.').next().unwrap_or(field);
        let on_line = || tree.nodes.iter().enumerate().filter(|(_, node)| node.line == line);
        let by_line = || on_line().find(|(_, node)| *node.name == *last).or_else(|| on_line().next());
        by_pointer.or_else(|| by_line().map(|(at, _)| at))
    }

    /// Goes to a line of the file, or to what stands nearest above it.
    pub(super) fn go_to_line(&mut self, line: u64) {
        let number = u32::try_from(line).unwrap_or(u32::MAX);
        match self.body {
            Body::Rows(_) => {}
            Body::Grid => {
                let row = self.table().map_or(0, |table| table.row_lines.first_from(number));
                self.go_to_cell(row, None);
            }
            Body::Tree => {
                let node =
                    self.tree().map_or(0, |tree| tree.nodes.partition_point(|node| node.line < number));
                self.go_to_node(node);
            }
            Body::Lines => self.go_to_row(usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX)),
        }
    }

    fn go_to_cell(&mut self, row: usize, column: Option<usize>) {
        if let Some(grid) = self.content.as_ref().and_then(|content| content.grid.as_ref()) {
            let column = column.unwrap_or(self.place.column);
            self.place = grid.in_sight(super::grid::Place { column, ..self.place }, self.size.0);
        }
        self.go_to_row(row);
    }

    fn go_to_node(&mut self, node: usize) {
        let Some(content) = self.content.clone() else { return };
        if let Some(tree) = &content.tree {
            self.folds.reveal(tree, node);
        }
        self.go_to_row(self.folds.row_of(node));
    }

    fn go_to_row(&mut self, row: usize) {
        self.selected = row;
        // The first row is seen with the facts only where one was there.
        if self.selected == 0 {
            self.top = 0;
        }
        self.keep_in_sight();
    }

    /// Brings a row without a cursor on the screen.
    fn show_row(&mut self, row: usize) {
        let (row, room) = (self.head.len() + row, self.room());
        if !(self.top..self.top + room).contains(&row) {
            self.top = row.saturating_sub(room / 3);
        }
        self.keep_in_sight();
    }
}

/// A cell as it is copied: whole, and nothing for none.
pub(super) fn written(cell: &Cell) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Number(number) => number.to_string(),
        Cell::Text(text) => text.to_string(),
        Cell::Bool(truth) => truth.to_string(),
    }
}
