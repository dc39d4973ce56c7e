//! Collects the problems of one file with their places.

use super::file::Problem;
use crate::text::sanitize::Shown;

/// More problems than this are counted, not listed: a broken file of a million rows must
/// not fill the memory with complaints.
const MAX_PROBLEMS: usize = 200;

/// Something to tell about a place in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Byte offset in the decoded text, where there is one.
    pub at: Option<usize>,
    /// What is wrong and what was done about it.
    pub message: String,
    /// Something was lost or taken otherwise than written: the file is not `ok`.
    pub is_loss: bool,
}

/// The problems found so far.
#[derive(Debug)]
pub struct Log<'a> {
    text: &'a str,
    lines_before: u64,
    problems: Vec<Problem>,
    hidden: u64,
    is_lossy: bool,
}

impl<'a> Log<'a> {
    /// For one text; places are found in it.
    pub fn new(text: &'a str) -> Self {
        Self::from_line(text, 1)
    }
    /// For the rest of a file, whose first line has this number.
    pub fn from_line(text: &'a str, line: u32) -> Self {
        let lines_before = u64::from(line.saturating_sub(1));
        Self { text, lines_before, problems: Vec::new(), hidden: 0, is_lossy: false }
    }
    /// Something was lost or read otherwise than written: the file is no longer `ok`.
    pub fn loss(&mut self, at: usize, message: impl AsRef<str>) {
        self.is_lossy = true;
        self.push(Some(at), message.as_ref());
    }
    /// Worth saying, but nothing was lost.
    pub fn note(&mut self, at: usize, message: impl AsRef<str>) {
        self.push(Some(at), message.as_ref());
    }
    /// Worth saying of a line whose number is known; nothing was lost.
    pub fn note_line(&mut self, line: u64, message: impl AsRef<str>) {
        if self.problems.len() >= MAX_PROBLEMS {
            self.hidden += 1;
            return;
        }
        let message = Shown::new(message.as_ref());
        self.problems.push(Problem { line: Some(line), column: None, message });
    }
    /// Takes a finished note.
    pub fn add(&mut self, note: &Note) {
        self.is_lossy |= note.is_loss;
        self.push(note.at, &note.message);
    }
    /// Does the text end within this number, which may go on?
    pub fn ends_in(&self, number: &str) -> bool {
        self.text.trim_end().ends_with(number)
    }
    /// Was anything lost so far?
    pub fn is_lossy(&self) -> bool {
        self.is_lossy
    }
    /// The problems, and whether anything was lost.
    pub fn finish(mut self) -> (Vec<Problem>, bool) {
        if self.hidden > 0 {
            let message = format!("{} more problems are not listed", self.hidden);
            self.problems.push(Problem { line: None, column: None, message: Shown::new(&message) });
        }
        (self.problems, self.is_lossy)
    }

    fn push(&mut self, at: Option<usize>, message: &str) {
        if self.problems.len() >= MAX_PROBLEMS {
            self.hidden += 1;
            return;
        }
        let place = at.map(|at| place(self.text, at));
        let (line, column) = (place.map(|place| place.0 + self.lines_before), place.map(|place| place.1));
        self.problems.push(Problem { line, column, message: Shown::new(message) });
    }
}

/// Line and column (in characters), both counted from 1, of a byte offset.
pub fn place(text: &str, at: usize) -> (u64, u64) {
    let at = text.floor_char_boundary(at);
    let before = &text[..at];
    let bytes = before.as_bytes();
    let feeds = memchr::memchr_iter(b'\n', bytes).count() as u64;
    let start = memchr::memrchr(b'\n', bytes).map_or(0, |feed| feed + 1);
    (feeds + 1, before[start..].chars().count() as u64 + 1)
}

/// A short quotation of file text for a message.
pub fn quote(text: &str) -> String {
    const MAX_QUOTE: usize = 40;
    let short: String = text.chars().take(MAX_QUOTE).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    format!("`{short}{dots}`")
}
