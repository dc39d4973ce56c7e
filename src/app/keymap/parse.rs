//! Reads a keymap file: what can be taken, and what is wrong with the rest.

use toml::de::{DeTable, DeValue};

use super::{Context, KeymapProblem, key};
use crate::{
    app::{action::Action, event::Key},
    text::sanitize::Shown,
};

/// What a user's file says instead of an action to free a key.
const UNBOUND: &str = "none";
/// Longest chord: more keys than that nobody remembers.
const MAX_CHORD: usize = 3;

/// One line of a keymap file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub context: Context,
    pub chord: Vec<Key>,
    /// `None` frees the key.
    pub action: Option<Action>,
    line: usize,
}

/// One chord is the beginning of the other, or the same: the longer could never be typed.
pub(super) fn overlap(one: &[Key], other: &[Key]) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// Reads a file. Of two lines that contradict each other the first holds.
pub(super) fn parse(text: &str, file: &str) -> (Vec<Entry>, Vec<KeymapProblem>) {
    let mut reader = Reader { text, file: Shown::new(file), entries: Vec::new(), problems: Vec::new() };
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        reader.problem(at, error.message());
    }
    for (name, table) in root.get_ref() {
        reader.context(name.get_ref(), name.span().start, table.get_ref());
    }
    reader.problems.sort_by_key(|problem| problem.line);
    (reader.entries, reader.problems)
}

struct Reader<'a> {
    text: &'a str,
    file: Shown,
    entries: Vec<Entry>,
    problems: Vec<KeymapProblem>,
}

impl Reader<'_> {
    fn context(&mut self, name: &str, at: usize, table: &DeValue<'_>) {
        let Some(context) = Context::ALL.into_iter().find(|context| context.name() == name) else {
            let known = Context::ALL.map(Context::name).join(", ");
            return self.problem(at, &format!("no context `{name}`; there are {known}"));
        };
        let Some(table) = table.as_table() else {
            return self.problem(at, &format!("`{name}` is no table; write [{name}]"));
        };
        let mut lines: Vec<_> = table.iter().collect();
        lines.sort_by_key(|(keys, _)| keys.span().start);
        for (keys, action) in lines {
            self.line(context, keys.get_ref(), keys.span().start, action.get_ref());
        }
    }

    fn line(&mut self, context: Context, keys: &str, at: usize, action: &DeValue<'_>) {
        let Some(chord) = key::parse_chord(keys).filter(|chord| chord.len() <= MAX_CHORD) else {
            return self
                .problem(at, &format!("no key `{keys}`; keys read `ctrl-d`, `shift-tab`, `f1`, `g g`"));
        };
        let action = match action.as_str() {
            Some(UNBOUND) => None,
            Some(name) => match Action::named(name) {
                Some(action) => Some(action),
                None => return self.problem(at, &format!("no action `{name}`{}", suggestion(name))),
            },
            None => return self.problem(at, &format!("`{keys}` needs the name of an action in quotes")),
        };
        let line = self.line_of(at);
        let clash = self
            .entries
            .iter()
            .find(|entry| entry.context == context && overlap(&entry.chord, &chord))
            .map(|entry| (key::chord_text(&entry.chord), entry.line));
        if let Some((other, first)) = clash {
            return self
                .problem(at, &format!("`{keys}` clashes with `{other}` in line {first}, which holds"));
        }
        self.entries.push(Entry { context, chord, action, line });
    }

    fn problem(&mut self, at: usize, message: &str) {
        let line = self.line_of(at);
        self.problems.push(KeymapProblem { file: self.file.clone(), line, message: Shown::new(message) });
    }

    fn line_of(&self, at: usize) -> usize {
        self.text.bytes().take(at).filter(|&byte| byte == b'\n').count() + 1
    }
}

/// The action whose name has most words in common with a wrong one.
fn suggestion(name: &str) -> String {
    let words: Vec<&str> = name.split(['-', '_', ' ']).collect();
    let common = |action: &Action| action.name().split('-').filter(|word| words.contains(word)).count();
    Action::ALL
        .iter()
        .max_by_key(|action| common(action))
        .filter(|action| common(action) > 0)
        .map_or_else(String::new, |action| format!("; did you mean `{}`?", action.name()))
}
