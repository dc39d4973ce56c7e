//! Tells how a benchmark gets on: to a person on a terminal, or line by line to the program that
//! started it.

use std::{
    io::{self, Write as _},
    time::Duration,
};

use serde_json::json;

use crate::{
    cli::{drive::Watch, output::Progress},
    metrics::format,
};

/// Shows which call is under way.
pub(super) struct Teller {
    progress: Progress,
    /// Another program reads lines of JSON.
    is_read: bool,
    label: String,
}

impl Teller {
    pub fn new(is_read: bool) -> Self {
        Self { progress: Progress::new(), is_read, label: String::new() }
    }

    /// A line of its own, for people.
    pub fn line(&mut self, text: &str) {
        if !self.is_read {
            self.progress.line(text);
        }
    }

    /// What the next call is.
    pub fn label(&mut self, text: &str) {
        text.clone_into(&mut self.label);
        self.replace(text);
    }

    /// How far it is: calls made, all calls, and how long the rest takes.
    pub fn progress(&mut self, done: usize, total: usize, left: Option<Duration>, what: &str) {
        if self.is_read {
            let line = json!({"done": done, "total": total, "left_s": left.map(|left| left.as_secs()), "what": what});
            // Whoever started it and went away is told nothing.
            let _ = writeln!(io::stderr(), "{line}");
        }
        let left = left.map(|left| format!(", {} left", format::duration(left))).unwrap_or_default();
        self.label(&format!("{} {done} of {total} calls{left}: {what}", bar(done, total)));
    }

    /// What is done besides calls.
    pub fn step(&mut self, what: &str) {
        self.replace(&format!("{}, {what}", self.label));
    }

    /// The last line stays.
    pub fn end(&mut self) {
        self.progress.end_line();
    }

    fn replace(&mut self, text: &str) {
        if !self.is_read {
            self.progress.replace(text);
        }
    }
}

impl Watch for Teller {
    fn loading(&mut self, done: f32) {
        self.replace(&format!("{}, loading the model: {:.0} %", self.label, done * 100.0));
    }
    fn note(&mut self, text: &str) {
        if !self.is_read {
            self.progress.note(text);
        }
    }
    fn prefill(&mut self, _done: usize, _total: usize) {}
    fn piece(&mut self, _text: &str) {}
}

/// Columns of the bar.
const BAR: usize = 20;

fn bar(done: usize, total: usize) -> String {
    let full = (BAR * done).checked_div(total).unwrap_or(BAR).min(BAR);
    format!("[{}{}]", "#".repeat(full), ".".repeat(BAR - full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_full_as_the_work_is_done() {
        assert_eq!(bar(0, 7), format!("[{}]", ".".repeat(20)));
        assert_eq!(bar(5, 10), format!("[{}{}]", "#".repeat(10), ".".repeat(10)));
        assert_eq!(
            (bar(7, 7), bar(0, 0)),
            (format!("[{}]", "#".repeat(20)), format!("[{}]", "#".repeat(20)))
        );
    }
}
