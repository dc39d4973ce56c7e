//! The inline text of one paragraph, heading or cell while it is being read.

use super::figures::figures;
use crate::text::{
    sanitize::Shown,
    wrap::{Role, Run},
};

/// Lines of runs, and what the next text is.
#[derive(Debug)]
pub(super) struct Inline {
    /// Hard breaks part the lines.
    lines: Vec<Vec<Run>>,
    /// Emphasis and the like, the innermost last.
    roles: Vec<Role>,
    /// Where the open links go, and their text so far.
    links: Vec<(String, String)>,
}

impl Inline {
    pub(super) fn new() -> Self {
        Self { lines: vec![Vec::new()], roles: Vec::new(), links: Vec::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.iter().all(Vec::is_empty)
    }

    /// The lines so far. Open emphasis stays open.
    pub(super) fn take(&mut self) -> Vec<Vec<Run>> {
        std::mem::replace(&mut self.lines, vec![Vec::new()])
    }

    /// Text in the role that is open, or else in `base`.
    pub(super) fn text(&mut self, text: &str, base: Role) {
        for link in &mut self.links {
            link.1.push_str(text);
        }
        match self.roles.last().copied().unwrap_or(base) {
            Role::Body => self.running(text),
            role => self.push(text, role),
        }
    }

    /// Running text: its figures stand out.
    fn running(&mut self, text: &str) {
        let mut from = 0;
        for figure in figures(text) {
            self.push(text.get(from..figure.start).unwrap_or_default(), Role::Body);
            from = figure.end;
            self.push(text.get(figure).unwrap_or_default(), Role::Figure);
        }
        self.push(text.get(from..).unwrap_or_default(), Role::Body);
    }

    /// Text in a role of its own.
    pub(super) fn push(&mut self, text: &str, role: Role) {
        let text = Shown::new(text);
        if let Some(line) = self.lines.last_mut()
            && !text.is_empty()
        {
            line.push(Run::new(text, role));
        }
    }

    pub(super) fn hard_break(&mut self) {
        self.lines.push(Vec::new());
    }

    /// Text is in this role until [`Inline::close`].
    pub(super) fn open(&mut self, role: Role) {
        self.roles.push(role);
    }

    pub(super) fn close(&mut self) {
        self.roles.pop();
    }

    /// A link begins; `target` is shown behind its text.
    pub(super) fn open_link(&mut self, target: String) {
        self.links.push((target, String::new()));
        self.open(Role::Link);
    }

    pub(super) fn close_link(&mut self) {
        self.close();
        let Some((target, text)) = self.links.pop() else { return };
        let is_told = target.strip_prefix("mailto:").unwrap_or(&target) == text;
        if !target.is_empty() && !is_told {
            // A label stands in brackets already.
            let target = if target.starts_with('[') { target } else { format!("({target})") };
            self.push(" ", Role::Body);
            self.push(&target, Role::Muted);
        }
    }
}
