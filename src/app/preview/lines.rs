//! A file's text as it stands, line by line.

use crate::{
    app::sheet::run,
    text::{
        sanitize::Shown,
        wrap::{Role, Row},
    },
};

/// Characters of a line that are looked at: one of a megabyte must cost no more than a short one.
const LINE_CHARS: usize = 4000;

/// A text and where its lines begin.
#[derive(Debug)]
pub(super) struct Lines {
    text: String,
    starts: Vec<u32>,
}

impl Lines {
    /// Of a text.
    pub fn of(text: &str) -> Self {
        let feeds = memchr::memchr_iter(b'\n', text.as_bytes()).map(|feed| feed as u32 + 1);
        let starts = std::iter::once(0).chain(feeds).filter(|&start| (start as usize) < text.len()).collect();
        Self { text: text.to_owned(), starts }
    }

    /// Number of lines.
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// One line, without its end.
    pub fn get(&self, line: usize) -> &str {
        let Some(&start) = self.starts.get(line) else { return "" };
        let end = self.starts.get(line + 1).map_or(self.text.len(), |&end| end as usize);
        self.text.get(start as usize..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }

    /// One line as a row: its number, and its text from a column on.
    pub fn row(&self, line: usize, shift: usize, has_problem: bool) -> Row {
        let digits = self.len().max(1).ilog10() as usize + 1;
        let text =
            Shown::new(&self.get(line).chars().take(LINE_CHARS).collect::<String>().replace('\t', "    "));
        let rest: String = text.as_str().chars().skip(shift).collect();
        let sign = if has_problem { "! " } else { "  " };
        let number = run(&format!("{:>digits$}", line + 1), Role::Muted);
        Row { runs: vec![number, run(sign, Role::Strong), run(&rest, Role::Body)] }
    }
}
