//! The fields of popups that are filled in: settings, a benchmark, a place for a report.

use super::{App, Popup, effect::Effect, event::Key};

impl App {
    /// Something can be typed into the popup.
    pub(super) fn has_field(&self) -> bool {
        matches!(self.popup, Popup::Form(_) | Popup::Bench(_) | Popup::Place(_))
    }

    /// Enter in such a popup.
    pub(super) fn take_field(&mut self) -> Vec<Effect> {
        match self.popup {
            Popup::Bench(_) => return self.start_bench(),
            Popup::Place(_) => return self.save_elsewhere(),
            _ => self.edit_setting(),
        }
        Vec::new()
    }

    /// Any other key there.
    pub(super) fn type_into_field(&mut self, key: Key) {
        match self.popup {
            Popup::Bench(_) => self.type_into_bench(key),
            Popup::Place(_) => self.type_place(key),
            _ => self.type_into_form(key),
        }
    }

    /// Pasted text there. Did a field take it?
    pub(super) fn paste_into_field(&mut self, text: &str) -> bool {
        self.paste_into_form(text) || self.paste_into_bench(text) || self.paste_place(text)
    }
}
