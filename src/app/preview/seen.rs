//! The rows of a preview that are seen: facts, what stands still above the body, the body, and
//! below it what is under the cursor.

use std::collections::BTreeSet;

use super::{Body, Preview, search::Needle};
use crate::{
    app::sheet::{Sheet, run},
    text::wrap::{Role, Row},
};

/// From this height on there is room for what each column holds, above a table's rows.
const SUMMARY_HEIGHT: u16 = 18;
/// Sentences shown of those that use a row.
const SENTENCES: usize = 4;
/// Rows that a long value takes below a tree, at most.
const VALUE_ROWS: usize = 3;

impl Preview {
    /// Rows that stand still above the body.
    pub(super) fn frozen(&self) -> Vec<Row> {
        let (width, height) = self.size;
        match (&self.body, &self.content) {
            (Body::Grid, Some(content)) if height > 2 => {
                let with_summary = height >= SUMMARY_HEIGHT;
                let grid = content.grid.as_ref();
                grid.map(|grid| grid.head(self.place, width, with_summary)).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    /// Rows that stand still below it: what is under the cursor, and what uses it.
    pub(super) fn foot(&self) -> Vec<Row> {
        let (width, height) = self.size;
        let most = usize::from(height) / 3;
        let mut sheet = Sheet::new(width);
        if self.is_focused {
            for runs in self.reading() {
                let runs: Vec<_> = runs.iter().map(|(text, role)| run(text, *role)).collect();
                sheet.runs(&runs, 2);
            }
        }
        if let Some(mark) = self.mark.as_ref().filter(|mark| self.line() == mark.source.line.map(u64::from)) {
            for sentence in mark.sentences.iter().take(SENTENCES) {
                sheet.runs(&[run("used in: ", Role::Strong), run(sentence.as_str(), Role::Body)], 2);
            }
            if mark.sentences.len() > SENTENCES {
                let more = mark.sentences.len() - SENTENCES;
                sheet.text(Role::Muted, &format!("… {more} more sentences"));
            }
            if mark.sentences.is_empty() && mark.is_used {
                sheet.text(Role::Strong, "used in a table of the report");
            }
        }
        let mut rows = sheet.into_rows();
        rows.truncate(most);
        rows
    }

    fn reading(&self) -> Vec<Vec<(String, Role)>> {
        match (&self.body, &self.content) {
            (Body::Grid, Some(content)) => match (&content.grid, self.table()) {
                (Some(grid), Some(table)) if table.rows() > 0 => {
                    grid.reading(table, self.selected, self.place)
                }
                _ => Vec::new(),
            },
            (Body::Tree, Some(content)) => {
                let Some((tree, at)) = content.tree.as_ref().zip(self.folds.node(self.selected)) else {
                    return Vec::new();
                };
                let pointer = if at == 0 { "the whole file".to_owned() } else { tree.pointer(at) };
                let line = format!("  line {}", tree.nodes.get(at).map_or(0, |node| node.line));
                let mut rows = vec![vec![(pointer, Role::Strong), (line, Role::Muted)]];
                // A value that the row has no room for.
                let long = tree.nodes.get(at).filter(|node| node.value.len() + 24 > usize::from(self.size.0));
                if let Some(node) = long {
                    let most = usize::from(self.size.0) * VALUE_ROWS;
                    rows.push(vec![(node.value.chars().take(most).collect(), Role::Code)]);
                }
                rows
            }
            _ => Vec::new(),
        }
    }

    /// Makes the rows that are seen.
    pub(super) fn look(&mut self) {
        let (frozen, foot) = (self.frozen(), self.foot());
        let height = usize::from(self.size.1);
        let room = height.saturating_sub(frozen.len() + foot.len());
        let (head, frozen_rows) = (self.head.len(), frozen.len());
        let problems: BTreeSet<u64> = self
            .file
            .iter()
            .flat_map(|file| &file.document.problems)
            .filter_map(|problem| problem.line)
            .collect();
        let needle = self.search.needle();
        let mut rows: Vec<Row> = self.head.iter().skip(self.top).take(room).cloned().collect();
        let above = rows.len();
        rows.extend(frozen.into_iter().map(|row| marked(needle, row, 1)));
        let first = self.top.saturating_sub(head);
        let body = (first..self.len()).take(room - above).map(|at| {
            let (row, unmarked) = self.row(at, &problems);
            marked(needle, row, unmarked)
        });
        rows.extend(body);
        if !foot.is_empty() {
            rows.resize(height - foot.len(), Row::default());
            rows.extend(foot);
        }
        let place = (head + self.selected).checked_sub(self.top).filter(|place| *place < room);
        let is_row =
            matches!(self.body, Body::Tree | Body::Lines) && (self.is_focused || self.mark.is_some());
        let at_cursor = place.filter(|_| is_row && self.len() > 0).map(|place| place + frozen_rows);
        let at_place = self.search.row().filter(|_| matches!(self.body, Body::Rows(_)));
        let at_place = at_place.and_then(|row| (head + row).checked_sub(self.top)).filter(|row| *row < room);
        self.cursor_row = at_cursor.or(at_place);
        self.rows = rows;
    }

    /// A row of the body, and how many of its runs are no content.
    fn row(&self, at: usize, problems: &BTreeSet<u64>) -> (Row, usize) {
        let width = self.size.0;
        let is_here = at == self.selected && (self.is_focused || self.mark.is_some());
        match (&self.body, &self.content) {
            (Body::Rows(rows), _) => (rows.get(at).cloned().unwrap_or_default(), 0),
            (Body::Grid, Some(content)) => match (&content.grid, self.table()) {
                (Some(grid), Some(table)) => (grid.line(table, at, self.place, width, is_here), 1),
                _ => (Row::default(), 0),
            },
            (Body::Tree, Some(content)) => {
                let Some(tree) = &content.tree else { return (Row::default(), 0) };
                let node = self.folds.node(at).and_then(|node| tree.nodes.get(node));
                let has_problem = node.is_some_and(|node| problems.contains(&u64::from(node.line)));
                (self.folds.row(tree, at, width, has_problem), 0)
            }
            (Body::Lines, Some(content)) => {
                let has_problem = problems.contains(&(at as u64 + 1));
                let lines = content.lines.as_ref();
                (lines.map(|lines| lines.row(at, self.shift, has_problem)).unwrap_or_default(), 2)
            }
            (_, None) => (Row::default(), 0),
        }
    }
}

fn marked(needle: Option<&Needle>, row: Row, unmarked: usize) -> Row {
    match needle {
        Some(needle) => needle.mark(row, unmarked),
        None => row,
    }
}
