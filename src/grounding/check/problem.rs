//! Lines that quote what reading the folder met: `a.csv:3:1: 5 cells, the header has 4`.

use std::sync::Arc;

use super::{Folder, verdict::Backing};
use crate::{grounding::fact::Source, metrics::unit::Unit};

/// A shorter quotation could be of anything.
const SHORTEST_QUOTE: usize = 8;

impl Folder<'_> {
    /// The problem that a line quotes with its place, as the folder has it.
    pub fn problem(&self, text: &str) -> Option<Backing> {
        let body = text.trim_start_matches(['-', '*', '+', ' ', '`']);
        let (place, message) = body.split_once(": ")?;
        let (path, place) = place.split_once(':')?;
        // `3:5`, and what may stand in brackets behind it.
        let place = place.split(' ').next().unwrap_or_default();
        let mut numbers = place.split(':').map(|number| number.parse::<u64>().ok());
        let (line, column) = (numbers.next().flatten(), numbers.next().flatten());
        let file = self.evidence.library.inventory.get(path.trim_matches(['`', '*']))?;
        let quote = letters(message.split('…').next().unwrap_or_default());
        let is_it = |problem: &&crate::ingest::file::Problem| {
            problem.line == line
                && column.is_none_or(|column| problem.column == Some(column))
                && letters(problem.message.as_str()).starts_with(&quote)
        };
        let problem = file.document.problems.iter().find(is_it).filter(|_| quote.len() >= SHORTEST_QUOTE)?;
        let mut backing = Backing::new("problem", "count", String::new(), 1.0, &Unit::None);
        problem.message.as_str().clone_into(&mut backing.text);
        let line = problem.line.and_then(|line| u32::try_from(line).ok());
        Some(backing.from(vec![Source {
            path: Arc::clone(&file.path),
            line,
            field: "problem".into(),
            rows: 1,
            digest: Arc::clone(&file.digest),
        }]))
    }
}

/// Letters and digits alone: marks may be escaped.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
