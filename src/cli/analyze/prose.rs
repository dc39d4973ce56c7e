//! Text for people: paragraphs with an indent, wrapped at words.

use crate::{
    metrics::format,
    text::{
        sanitize::Shown,
        wrap::{Role, Run, wrap},
    },
};

/// Lines of a width.
pub struct Prose {
    width: usize,
    lines: Vec<String>,
}

impl Prose {
    /// None yet.
    pub fn new(width: usize) -> Self {
        Self { width, lines: Vec::new() }
    }
    /// A line of its own after an empty one.
    pub fn heading(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.lines.push(String::new());
        }
        self.line(0, text);
    }
    /// A paragraph; what does not fit stands two columns further in.
    pub fn line(&mut self, indent: usize, text: &str) {
        let run = Run::new(Shown::new(text), Role::Body);
        let width = u16::try_from(self.width.saturating_sub(indent)).unwrap_or(u16::MAX);
        let pad = " ".repeat(indent);
        let rows = wrap(&[run], width, 2);
        self.lines.extend(rows.iter().map(|row| format!("{pad}{}", row.text()).trim_end().to_owned()));
    }
    /// All of it.
    pub fn text(&self) -> String {
        self.lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }
}

/// A p-value in a sentence: `p 0.012`, `p < 0.001`.
pub fn p_value(p: f64) -> String {
    format!("p {}", format::p_value(p))
}
