//! What lies over the tabs: the keys, and every problem of every file.

use super::{
    App, Popup,
    action::Action,
    cursor::{self, Cursor, Move},
    effect::Effect,
    event::{Key, KeyCode},
    keymap::Context,
    preview,
    sheet::{Sheet, run},
};
use crate::text::{
    sanitize::Shown,
    wrap::{Role, Row},
};

/// Columns for the keys in the help.
const KEYS: usize = 20;
/// What the signs beside the files say.
const MARKS: [(&str, &str); 8] = [
    ("+", "came in the last seconds"),
    ("●", "changed in the last seconds"),
    ("✓ ok", "read whole"),
    ("! partial", "read with problems; what could be read counts"),
    ("✗ error", "nothing could be read"),
    ("– skipped", "not read on purpose: too large, no regular file, unknown text"),
    ("= copy", "the same bytes as another file, which is counted instead"),
    ("◆ own", "written by Chimera Insight: listed, never evidence"),
];
/// Problems listed; a folder with more has one problem, not a thousand.
const PROBLEMS: usize = 1000;
/// Rows of the palette, its text included; more are scrolled.
const PALETTE_ROWS: usize = 24;

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
            // Of the height of all of them, however few are found.
            Popup::Palette(_) => vec![Row::default(); Action::ALL.len().min(PALETTE_ROWS)],
        };
        if self.popup != Popup::None {
            self.areas = self.areas.with_popup(self.popup_rows.len());
            self.scroll_popup(Move::By(0));
        }
    }

    /// Scrolls the open popup.
    pub(super) fn scroll_popup(&mut self, to: Move) {
        let (len, height) = (self.popup_rows.len(), usize::from(self.areas.popup_rows.height));
        match &mut self.popup {
            Popup::None => {}
            Popup::Help(top) | Popup::Problems(top) => *top = cursor::scrolled(*top, to, len, height),
            Popup::Palette(palette) => {
                let cursor = Cursor { selected: palette.selected, top: 0 };
                palette.selected = cursor.moved(to, palette.found.len(), height).selected;
                self.popup_rows = self.palette_rows();
            }
        }
    }

    /// The first action of the palette that is seen.
    pub fn palette_top(&self) -> usize {
        let Popup::Palette(palette) = &self.popup else { return 0 };
        let room = usize::from(self.areas.popup_rows.height).saturating_sub(1);
        (palette.selected + 1).saturating_sub(room)
    }

    /// Does what is chosen in the palette, where it was opened.
    pub(super) fn choose(&mut self) -> Vec<Effect> {
        let Popup::Palette(palette) = std::mem::take(&mut self.popup) else { return Vec::new() };
        self.relayout();
        palette.chosen().map(|action| self.perform(action)).unwrap_or_default()
    }

    /// A letter for the palette, or one less.
    pub(super) fn type_into_palette(&mut self, key: Key) {
        let Popup::Palette(palette) = &mut self.popup else { return };
        match key.code {
            KeyCode::Char(letter) if key.is_text() => palette.push(letter),
            KeyCode::Backspace if palette.pop() => {}
            KeyCode::Backspace => self.popup = Popup::None,
            _ => return,
        }
        self.relayout();
    }

    fn palette_rows(&self) -> Vec<Row> {
        let Popup::Palette(palette) = &self.popup else { return Vec::new() };
        let width = self.areas.popup_text_width();
        let mut sheet = Sheet::new(width);
        sheet.runs(&[run("› ", Role::Strong), run(&palette.typed, Role::Strong), run("▏", Role::Strong)], 0);
        if palette.found.is_empty() {
            sheet.text(Role::Body, "no action has these letters");
        }
        let columns = KEYS.min(usize::from(width) / 3);
        let room = usize::from(width).saturating_sub(columns + 2);
        let seen = usize::from(self.areas.popup_rows.height).saturating_sub(1);
        for &action in palette.found.iter().skip(self.palette_top()).take(seen) {
            let keys = self.keymap.keys(self.context_below(), action).join(", ");
            let help = Shown::new(action.help()).truncated(room);
            sheet.pair_with(&keys, columns, help.as_str(), Role::Body);
        }
        sheet.into_rows()
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
        sheet.heading("Marks of the files");
        for (sign, meaning) in MARKS {
            sheet.pair_with(sign, KEYS.min(usize::from(width) / 3), meaning, Role::Body);
        }
        sheet.heading("Mouse");
        sheet.text(Role::Body, "The wheel scrolls what is under the pointer, a click selects; on a column's title it sorts the files, again the other way round. Shift lets the terminal select text.");
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
