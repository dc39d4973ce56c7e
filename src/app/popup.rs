//! What lies over the tabs: the keys, and every problem of every file.

use super::{
    App, Popup,
    action::Action,
    cursor::{self, Move},
    keymap::Context,
    preview,
    sheet::{Sheet, run},
};
use crate::text::wrap::{Role, Row};

/// Columns for the keys in the help.
const KEYS: usize = 20;
/// Problems listed; a folder with more has one problem, not a thousand.
const PROBLEMS: usize = 1000;

impl App {
    /// Opens a popup, or closes it when it is the one that is open.
    pub(super) fn toggle_popup(&mut self, popup: Popup) {
        let is_open = std::mem::discriminant(&popup) == std::mem::discriminant(&self.popup);
        self.popup = if is_open { Popup::None } else { popup };
        self.relayout();
    }

    /// Makes the open popup's text and area.
    pub(super) fn lay_popup_out(&mut self) {
        let width = self.areas.popup_text_width();
        self.popup_rows = match self.popup {
            Popup::None => Vec::new(),
            Popup::Help(_) => self.help(width),
            Popup::Problems(_) => self.problems(width),
        };
        if self.popup != Popup::None {
            self.areas = self.areas.with_popup(self.popup_rows.len());
            self.scroll_popup(Move::By(0));
        }
    }

    /// Scrolls the open popup.
    pub(super) fn scroll_popup(&mut self, to: Move) {
        let (len, height) = (self.popup_rows.len(), usize::from(self.areas.popup_rows.height));
        if let Popup::Help(top) | Popup::Problems(top) = &mut self.popup {
            *top = cursor::scrolled(*top, to, len, height);
        }
    }

    fn help(&self, width: u16) -> Vec<Row> {
        let mut sheet = Sheet::new(width);
        for context in Context::ALL {
            sheet.heading(context.title());
            for &action in Action::ALL {
                let keys = self.keymap.keys_in(context, action);
                if !keys.is_empty() {
                    sheet.pair_with(
                        &keys.join(", "),
                        KEYS.min(usize::from(width) / 3),
                        action.help(),
                        Role::Body,
                    );
                }
            }
        }
        sheet.heading("Mouse");
        sheet.text(Role::Body, "The wheel scrolls what is under the pointer, a click selects. Shift lets the terminal select text.");
        sheet.into_rows()
    }

    fn problems(&self, width: u16) -> Vec<Row> {
        let mut sheet = Sheet::new(width);
        let mut file_before = None;
        let mut count = 0;
        for (file, problem) in self.library.inventory.problems().take(PROBLEMS) {
            if file_before != Some(&file.path) {
                sheet.heading(&file.path);
                file_before = Some(&file.path);
            }
            sheet.runs(&[run("! ", Role::Strong), run(&preview::problem_text(problem), Role::Body)], 2);
            count += 1;
        }
        let total = usize::try_from(self.library.inventory.counts().problems).unwrap_or(usize::MAX);
        match total.saturating_sub(count) {
            0 if total == 0 => sheet.text(Role::Body, "No file has a problem."),
            0 => {}
            rest => sheet.text(Role::Muted, &format!("… {rest} more problems")),
        }
        sheet.into_rows()
    }
}
