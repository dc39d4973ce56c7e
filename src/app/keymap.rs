//! Keys are data: contexts, keys and chords from keymap.toml; resolving is pure.

mod key;
mod parse;
#[cfg(test)]
mod tests;

use std::fmt;

use super::{action::Action, event::Key};
use crate::text::sanitize::Shown;

/// The keys that the program comes with.
const DEFAULTS: &str = include_str!("../../keymap.toml");

/// Where a key is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// Everywhere, behind the context's own keys.
    Global,
    /// Every tab but the report.
    List,
    /// The preview of a file, with the list's keys behind its own.
    Preview,
    /// The Report tab.
    Report,
    /// A popup is open.
    Popup,
    /// The settings of the next report are open.
    Form,
    /// A filter or a value is being typed.
    Typing,
}

impl Context {
    /// Every context, in the order of the help.
    pub const ALL: [Context; 7] = [
        Context::Global,
        Context::List,
        Context::Preview,
        Context::Report,
        Context::Popup,
        Context::Form,
        Context::Typing,
    ];

    /// Its table in `keymap.toml`.
    pub fn name(self) -> &'static str {
        match self {
            Context::Global => "global",
            Context::List => "list",
            Context::Preview => "preview",
            Context::Report => "report",
            Context::Popup => "popup",
            Context::Form => "form",
            Context::Typing => "typing",
        }
    }

    /// Its heading in the help.
    pub fn title(self) -> &'static str {
        match self {
            Context::Global => "Everywhere",
            Context::List => "In every tab but Report",
            Context::Preview => "In the preview of a file, before those",
            Context::Report => "Report",
            Context::Popup => "In a popup",
            Context::Form => "In the settings",
            Context::Typing => "While typing a filter, a search or a value, and in the palette",
        }
    }

    /// Whose keys work where it has none of its own.
    fn behind(self) -> Option<Self> {
        match self {
            Context::Global => None,
            Context::Preview => Some(Context::List),
            Context::List | Context::Report | Context::Popup | Context::Form | Context::Typing => {
                Some(Context::Global)
            }
        }
    }

    /// It and the contexts behind it, but for the one that is everywhere.
    pub(super) fn with_those_behind(self) -> Vec<Self> {
        std::iter::once(self).chain(self.all_behind()).filter(|context| *context != Self::Global).collect()
    }

    /// The contexts behind it, the nearest first.
    fn all_behind(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.behind(), |context| context.behind())
    }
}

/// What a key means, after those pressed before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// This.
    Action(Action),
    /// The start of a chord.
    Pending,
    /// Nothing.
    None,
}

/// A key or several, one after the other, bound to an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Where.
    pub context: Context,
    /// The keys, in order; never empty.
    pub chord: Vec<Key>,
    /// What they mean.
    pub action: Action,
}

/// Something in a keymap file that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeymapProblem {
    /// The file.
    pub file: Shown,
    /// Line, counted from 1.
    pub line: usize,
    /// What is wrong; lower case, no full stop.
    pub message: Shown,
}

impl fmt::Display for KeymapProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// The keys in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

impl Default for Keymap {
    fn default() -> Self {
        let (bindings, _) = parse::parse(DEFAULTS, "keymap.toml");
        let mut keymap = Self { bindings: Vec::new() };
        keymap.lay_over(bindings);
        keymap
    }
}

impl Keymap {
    /// The defaults with a user's file over them. What cannot be taken of it is left out and
    /// reported; the rest holds.
    pub fn with_user(text: &str, file: &str) -> (Self, Vec<KeymapProblem>) {
        let (bindings, problems) = parse::parse(text, file);
        let mut keymap = Self::default();
        keymap.lay_over(bindings);
        (keymap, problems)
    }

    /// What `key` means in a context, after the keys of `pending`.
    pub fn resolve(&self, context: Context, pending: &[Key], key: Key) -> Resolved {
        let chord: Vec<Key> = pending.iter().copied().chain([key]).collect();
        let own = self.lookup(context, &chord);
        let is_text = context == Context::Typing && key.is_text();
        let behind = context.all_behind().filter(|_| !is_text);
        std::iter::once(own)
            .chain(behind.map(|context| self.lookup(context, &chord)))
            .find(|resolved| *resolved != Resolved::None)
            .unwrap_or(Resolved::None)
    }

    /// Every binding, contexts in the order of the help, actions in that of their declaration.
    pub fn bindings(&self) -> impl Iterator<Item = &Binding> {
        self.bindings.iter()
    }

    /// The keys of an action as text: those that work in the context, its own ones first.
    pub fn keys(&self, context: Context, action: Action) -> Vec<String> {
        let mut keys = self.keys_in(context, action);
        let mut before = vec![context];
        for behind in context.all_behind() {
            let bound = self.bound(behind, action);
            let seen = bound.filter(|binding| !before.iter().any(|own| self.is_hidden(*own, &binding.chord)));
            keys.extend(seen.map(|binding| key::chord_text(&binding.chord)));
            before.push(behind);
        }
        keys
    }

    /// The keys of an action as text that a context has of its own, for the help.
    pub fn keys_in(&self, context: Context, action: Action) -> Vec<String> {
        self.bound(context, action).map(|binding| key::chord_text(&binding.chord)).collect()
    }

    fn bound(&self, context: Context, action: Action) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(move |binding| binding.context == context && binding.action == action)
    }

    /// The first of [`Keymap::keys`], for the footer.
    pub fn key(&self, context: Context, action: Action) -> Option<String> {
        self.keys(context, action).into_iter().next()
    }

    /// A chord of a context behind that the context's own keys take away.
    fn is_hidden(&self, context: Context, chord: &[Key]) -> bool {
        (context == Context::Typing && chord.iter().any(Key::is_text))
            || self
                .bindings
                .iter()
                .any(|binding| binding.context == context && parse::overlap(&binding.chord, chord))
    }

    fn lookup(&self, context: Context, chord: &[Key]) -> Resolved {
        let mut resolved = Resolved::None;
        for binding in self.bindings.iter().filter(|binding| binding.context == context) {
            if binding.chord == chord {
                return Resolved::Action(binding.action);
            }
            if binding.chord.starts_with(chord) {
                resolved = Resolved::Pending;
            }
        }
        resolved
    }

    /// Later bindings win over those of the same context that they would make ambiguous.
    fn lay_over(&mut self, entries: Vec<parse::Entry>) {
        for entry in entries {
            self.bindings.retain(|binding| {
                binding.context != entry.context || !parse::overlap(&binding.chord, &entry.chord)
            });
            if let Some(action) = entry.action {
                self.bindings.push(Binding { context: entry.context, chord: entry.chord, action });
            }
        }
        self.bindings.sort_by_key(|binding| (binding.context, binding.action));
    }
}
