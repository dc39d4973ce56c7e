//! Which key does what, said from the live keymap.

use crate::app::{App, action::Action};

/// The key of an action here, if it has one.
pub fn key(app: &App, action: Action) -> Option<String> {
    app.keymap.key(app.context(), action)
}

/// `c shows all`; nothing where no key does it.
pub fn hint(app: &App, action: Action, what: &str) -> String {
    key(app, action).map(|key| format!("{key} {what}")).unwrap_or_default()
}
