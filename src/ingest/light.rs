//! What is kept of a file once its numbers are taken out: a few hundred bytes, however large
//! the file is. Whoever wants its tables reads the file again.

use std::sync::Arc;

use super::{
    file::{Document, Problem},
    inventory::ReportFile,
};
use crate::text::sanitize::Shown;

/// Problems kept of a file, the last of which says how many more there are.
pub const KEPT_PROBLEMS: usize = 20;
/// Headings kept of a file.
pub const KEPT_HEADINGS: usize = 20;

impl Document {
    /// The same without its tables, and with the first problems and headings alone. How many
    /// rows there are is still known; reading on behind it is no longer possible.
    #[must_use]
    pub fn light(&self) -> Self {
        Self {
            tables: Vec::new(),
            outline: self.outline.iter().take(KEPT_HEADINGS).cloned().collect(),
            problems: light_problems(&self.problems),
            status: self.status,
            generated: self.generated,
            read_to: self.read_to,
            name_dimensions: self.name_dimensions.clone(),
            adapter: self.adapter.clone(),
            resume: None,
            kept_rows: Some(self.rows()),
        }
    }

    /// Were its tables taken out?
    pub fn is_light(&self) -> bool {
        self.kept_rows.is_some()
    }
}

impl ReportFile {
    /// The same with a light document.
    #[must_use]
    pub fn light(&self) -> Self {
        Self { document: Arc::new(self.document.light()), ..self.clone() }
    }
}

fn light_problems(problems: &[Problem]) -> Vec<Problem> {
    if problems.len() <= KEPT_PROBLEMS {
        return problems.to_vec();
    }
    let (kept, more) = problems.split_at(KEPT_PROBLEMS - 1);
    let message = format!("{} more problems: `inventory --explain` lists them", more.len());
    let more = Problem { line: None, column: None, message: Shown::new(&message) };
    kept.iter().cloned().chain([more]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{self, file::Kind};

    #[test]
    fn tables_go_and_what_is_said_of_them_stays() {
        let text = b"model,tokens_s\nx,1.5\ny,2.5\n";
        let whole = ingest::parse("gemma3_270m_baseline.csv", Kind::Csv, text);
        let light = whole.light();
        assert!(!whole.is_light() && light.is_light() && light.tables.is_empty());
        assert_eq!((light.rows(), light.light().rows()), (2, 2));
        assert_eq!((light.status, light.read_to), (whole.status, whole.read_to));
        assert_eq!(light.name_dimensions, whole.name_dimensions);
        assert!(light.resume.is_none() && light.problems.is_empty());
    }

    #[test]
    fn many_problems_are_some_and_a_count() {
        let problem = |line| Problem { line: Some(line), column: None, message: Shown::new("wrong") };
        for (count, expected) in [(0, 0), (KEPT_PROBLEMS, KEPT_PROBLEMS), (200, KEPT_PROBLEMS)] {
            let problems = (0..count as u64).map(problem).collect();
            let light = Document { problems, ..Document::default() }.light();
            assert_eq!(light.problems.len(), expected);
            let is_counted =
                light.problems.last().is_some_and(|last| last.message.as_str().starts_with("181 more"));
            assert_eq!(is_counted, count == 200);
            assert_eq!(light.light(), light);
        }
    }
}
