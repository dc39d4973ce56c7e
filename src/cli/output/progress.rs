//! How a command gets on: on standard error, and only when that is a terminal; or, for
//! `--plain`, whole lines on standard output.

use std::io::{self, IsTerminal as _, Write as _};

use crate::text::sanitize::Shown;

/// Where it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Nobody looks on.
    Nowhere,
    /// The terminal of standard error.
    Terminal,
    /// Standard output, by whole lines.
    Lines,
}

/// Tells how a command gets on.
#[derive(Debug)]
pub(in crate::cli) struct Progress {
    place: Place,
    is_line_open: bool,
    /// By whole lines: what is not a whole one yet.
    open: String,
    /// By whole lines: what has replaced what was told, and was not told itself.
    newest: Option<String>,
    is_replacing: bool,
}

impl Progress {
    /// Looks where standard error goes.
    pub fn new() -> Self {
        Self::at(if io::stderr().is_terminal() { Place::Terminal } else { Place::Nowhere })
    }
    /// Whole lines on standard output.
    pub fn plain() -> Self {
        Self::at(Place::Lines)
    }
    fn at(place: Place) -> Self {
        Progress { place, is_line_open: false, open: String::new(), newest: None, is_replacing: false }
    }
    /// A line of its own.
    pub fn line(&mut self, text: &str) {
        self.end_line();
        self.write(&format!("{}\n", Shown::new(text)));
    }
    /// A line that must be known also where nobody follows how the command gets on.
    pub fn note(&mut self, text: &str) {
        if self.place != Place::Nowhere {
            return self.line(text);
        }
        // A standard error that is closed has nobody to tell.
        let _ = writeln!(io::stderr(), "note: {}", Shown::new(text));
    }
    /// A line that the next one replaces; of whole lines the first and the last are told.
    pub fn replace(&mut self, text: &str) {
        match self.place {
            Place::Nowhere => {}
            Place::Terminal => {
                self.write(&format!("\r\x1b[K{}", Shown::new(text)));
                self.is_line_open = true;
            }
            Place::Lines if self.is_replacing => self.newest = Some(text.to_owned()),
            Place::Lines => {
                self.line(text);
                self.is_replacing = true;
            }
        }
    }
    /// Text as it comes: line breaks stay, all else is made safe.
    pub fn stream(&mut self, text: &str) {
        match self.place {
            Place::Nowhere => {}
            Place::Terminal => {
                let lines: Vec<String> = text.split('\n').map(|line| Shown::new(line).to_string()).collect();
                self.write(&lines.join("\n"));
                self.is_line_open = !text.ends_with('\n');
            }
            Place::Lines => {
                if self.is_replacing {
                    self.end_line();
                }
                self.open.push_str(text);
                for line in self.whole_lines() {
                    self.write(&line);
                }
            }
        }
    }
    /// Ends the line that is open.
    pub fn end_line(&mut self) {
        if std::mem::take(&mut self.is_line_open) {
            self.write("\n");
        }
        self.is_replacing = false;
        let left = [std::mem::take(&mut self.open), self.newest.take().unwrap_or_default()];
        for text in left.iter().filter(|text| !text.is_empty()) {
            self.write(&format!("{}\n", Shown::new(text)));
        }
    }
    /// Takes the whole lines out of what has come.
    fn whole_lines(&mut self) -> Vec<String> {
        let Some(end) = self.open.rfind('\n') else { return Vec::new() };
        let rest = self.open.split_off(end + 1);
        let whole = std::mem::replace(&mut self.open, rest);
        whole.lines().map(|line| format!("{}\n", Shown::new(line))).collect()
    }
    /// Who does not listen to progress misses nothing: the report is written all the same.
    fn write(&self, text: &str) {
        let _ = match self.place {
            Place::Nowhere => Ok(()),
            Place::Terminal => io::stderr().write_all(text.as_bytes()),
            Place::Lines => io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_told_by_whole_lines_without_what_a_terminal_obeys() {
        let mut progress = Progress::plain();
        progress.open.push_str("one\ntw");
        assert_eq!(progress.whole_lines(), ["one\n"]);
        assert_eq!(progress.whole_lines(), Vec::<String>::new());
        progress.open.push_str("o\u{1b}[2J\n\nthree");
        let lines = progress.whole_lines();
        assert_eq!((lines.len(), lines[1].as_str()), (2, "\n"));
        assert!(lines[0].starts_with("two") && !lines[0].contains('\u{1b}'), "{lines:?}");
        assert_eq!(progress.open, "three");
    }
}
