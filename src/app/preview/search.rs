//! Searching a preview: where a text stands in it. Case counts where it is typed with a
//! capital. The search itself runs away from the loop: a table may have a million cells.

use std::{ops::Range, sync::Arc};

use super::{content::Content, grid};
use crate::{
    app::sheet::run,
    text::wrap::{Role, Row, Run},
};

/// Places that are found; more help nobody.
const MOST_PLACES: usize = 100_000;

/// What is searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needle {
    text: String,
    is_exact: bool,
}

impl Needle {
    /// Of what is typed.
    pub(super) fn new(text: &str) -> Self {
        let is_exact = text.chars().any(char::is_uppercase);
        Self { text: if is_exact { text.to_owned() } else { text.to_lowercase() }, is_exact }
    }

    /// Where it stands in a text, all places.
    fn all(&self, text: &str) -> Vec<Range<usize>> {
        if self.text.is_empty() {
            return Vec::new();
        }
        let length = self.text.len();
        if self.is_exact {
            return text.match_indices(&self.text).map(|(at, _)| at..at + length).collect();
        }
        if text.is_ascii() {
            let lower = text.to_ascii_lowercase();
            return lower.match_indices(&self.text).map(|(at, _)| at..at + length).collect();
        }
        // A small letter may be longer than its capital: places are kept by character.
        let mut lower = String::with_capacity(text.len());
        let mut places = Vec::with_capacity(text.len());
        for (at, letter) in text.char_indices() {
            for small in letter.to_lowercase() {
                places.extend(std::iter::repeat_n((at, at + letter.len_utf8()), small.len_utf8()));
                lower.push(small);
            }
        }
        let found = lower.match_indices(&self.text);
        found.filter_map(|(at, _)| Some(places.get(at)?.0..places.get(at + length - 1)?.1)).collect()
    }

    fn is_in(&self, text: &str) -> bool {
        !self.all(text).is_empty()
    }

    /// A row with the places marked, the first runs left as they are.
    pub(super) fn mark(&self, row: Row, unmarked: usize) -> Row {
        let mut runs = row.runs;
        let rest = runs.split_off(unmarked.min(runs.len()));
        let text: String = rest.iter().map(|run| run.text.as_str()).collect();
        let found = self.all(&text);
        if found.is_empty() {
            runs.extend(rest);
            return Row { runs };
        }
        let mut start = 0;
        for part in rest {
            let end = start + part.text.as_str().len();
            let mut at = start;
            let here = found.iter().filter(|place| place.start < end && place.end > start);
            for place in here {
                let (from, to) = (place.start.max(start), place.end.min(end));
                push(&mut runs, &text, at..from, part.role);
                push(
                    &mut runs,
                    &text,
                    from..to,
                    if part.role == Role::Selected { part.role } else { Role::Match },
                );
                at = to;
            }
            push(&mut runs, &text, at..end, part.role);
            start = end;
        }
        Row { runs }
    }
}

fn push(runs: &mut Vec<Run>, text: &str, range: Range<usize>, role: Role) {
    if let Some(text) = text.get(range).filter(|text| !text.is_empty()) {
        runs.push(run(text, role));
    }
}

/// Where something was found: a row of the body, or a node of the tree; of a table the column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub(super) row: usize,
    pub(super) column: usize,
}

/// What is looked through.
#[derive(Clone, Debug)]
pub(super) enum Within {
    Rows(Arc<[Row]>),
    Grid(Arc<Content>),
    Tree(Arc<Content>),
    Lines(Arc<Content>),
}

/// A search to be made.
#[derive(Clone, Debug)]
pub struct Search {
    pub(super) needle: Needle,
    pub(super) within: Within,
    /// Which content was on the screen when it was asked for.
    pub(super) turn: u64,
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Found {
    pub(super) needle: Needle,
    pub(super) turn: u64,
    pub(super) places: Vec<Place>,
}

impl Search {
    /// Makes it.
    pub fn run(self) -> Found {
        let needle = &self.needle;
        let of_rows = |rows: &mut dyn Iterator<Item = bool>| -> Vec<Place> {
            let found = rows.enumerate().filter(|(_, is_found)| *is_found);
            found.map(|(row, _)| Place { row, column: 0 }).take(MOST_PLACES).collect()
        };
        let places = match &self.within {
            Within::Rows(rows) => of_rows(&mut rows.iter().map(|row| needle.is_in(&row.text()))),
            Within::Grid(content) => cells(content, needle),
            Within::Tree(content) => {
                let nodes = content.tree.iter().flat_map(|tree| &tree.nodes);
                of_rows(&mut nodes.map(|node| needle.is_in(&node.name) || needle.is_in(&node.value)))
            }
            Within::Lines(content) => {
                let lines = content.lines.iter().flat_map(|lines| (0..lines.len()).map(|at| lines.get(at)));
                of_rows(&mut lines.map(|line| needle.is_in(line)))
            }
        };
        Found { places, turn: self.turn, needle: self.needle }
    }
}

fn cells(content: &Content, needle: &Needle) -> Vec<Place> {
    let Some(table) = content.document.tables.first() else { return Vec::new() };
    let places = (0..table.rows()).flat_map(|row| {
        let columns = table.columns.iter().enumerate();
        columns
            .filter(move |(_, own)| needle.is_in(grid::cell(own, row).as_str()))
            .map(move |(column, _)| Place { row, column })
    });
    places.take(MOST_PLACES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::sanitize::Shown;

    #[test]
    fn capitals_count_where_there_are_some_and_letters_keep_their_places() {
        let all = |needle: &str, text: &str| Needle::new(needle).all(text);
        assert_eq!(all("gpu", "GPU gpu"), [0..3, 4..7]);
        assert_eq!(all("GPU", "gpu GPU").first(), Some(&(4..7)));
        assert_eq!(all("größe", "Die GRÖSSE, die Größe").first(), Some(&(17..24)));
        // A small letter that is longer than its capital.
        assert_eq!(all("x", "İİx").first(), Some(&(4..5)));
        assert!(all("", "abc").is_empty());
    }

    #[test]
    fn a_match_over_several_runs_is_marked_in_each() {
        let row = Row { runs: vec![run("12", Role::Muted), run("a 1", Role::Body), run("2b", Role::Figure)] };
        let marked = Needle::new("12").mark(row, 1);
        let seen: Vec<(&str, Role)> = marked.runs.iter().map(|run| (run.text.as_str(), run.role)).collect();
        let expected = [
            ("12", Role::Muted),
            ("a ", Role::Body),
            ("1", Role::Match),
            ("2", Role::Match),
            ("b", Role::Figure),
        ];
        assert_eq!(seen, expected);
        assert_eq!(marked.text(), Shown::new("12a 12b").as_str());
    }
}
