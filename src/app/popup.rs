//! What lies over the tabs: the keys, and every problem of every file.

use super::{
    App, Popup,
    action::Action,
    answers::tabs,
    cursor::{self, Cursor, Move},
    effect::Effect,
    event::{Key, KeyCode},
    finder::Finder,
    keymap::Context,
    preview,
    sheet::{Sheet, run},
};
use crate::{
    metrics::query::Condition,
    text::{
        sanitize::Shown,
        wrap::{Role, Row},
    },
};

/// Columns for the keys in the help.
const KEYS: usize = 20;
/// In front of what is chosen among several.
const CHOSEN: &str = "✓";
/// Columns for that mark.
const MARK_COLUMNS: usize = 2;
/// Columns for what a side of a comparison is.
const PICK_KINDS: usize = 6;
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
/// Said where what is typed finds no side of a comparison.
const NO_SUCH_SIDE: &str = "nothing that holds values has these letters";
/// Problems listed; a folder with more has one problem, not a thousand.
const PROBLEMS: usize = 1000;
/// Rows of a list that is searched, its text included; more are scrolled.
const FINDER_ROWS: usize = 24;

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
            Popup::Changes(_) => self.history.changes(width),
            // Of the height of all of them, however few are found.
            Popup::Palette(ref palette) => vec![Row::default(); palette.len().min(FINDER_ROWS)],
            Popup::GroupBy(ref keys) => vec![Row::default(); (keys.len() + 1).min(FINDER_ROWS)],
            Popup::Rows(ref rows) => vec![Row::default(); (rows.len() + 1).min(FINDER_ROWS)],
            Popup::Sides(_, ref sides) => vec![Row::default(); (sides.len() + 1).min(FINDER_ROWS)],
            Popup::Form(_) => vec![Row::default(); Self::form_height()],
            Popup::Bench(_) => vec![Row::default(); Self::bench_height()],
            Popup::Place(_) => self.place_rows(width),
        };
        if self.popup != Popup::None {
            self.areas = self.areas.with_popup(self.popup_rows.len());
            self.scroll_popup(Move::By(0));
        }
    }

    /// Scrolls the open popup.
    pub(super) fn scroll_popup(&mut self, to: Move) {
        if matches!(self.popup, Popup::Form(_)) {
            return self.move_in_form(to);
        }
        if matches!(self.popup, Popup::Bench(_)) {
            return self.move_in_bench(to);
        }
        let (len, height) = (self.popup_rows.len(), usize::from(self.areas.popup_rows.height));
        match &mut self.popup {
            Popup::None | Popup::Form(_) | Popup::Bench(_) | Popup::Place(_) => {}
            Popup::Help(top) | Popup::Problems(top) | Popup::Changes(top) => {
                *top = cursor::scrolled(*top, to, len, height);
            }
            Popup::Palette(palette) => move_in(palette, to, height),
            Popup::GroupBy(keys) => move_in(keys, to, height),
            Popup::Rows(rows) => move_in(rows, to, height),
            Popup::Sides(_, sides) => move_in(sides, to, height),
        }
        if self.finds() {
            self.popup_rows = self.finder_rows();
        }
    }

    /// The popup that is open is searched by what is typed.
    pub(super) fn finds(&self) -> bool {
        matches!(self.popup, Popup::Palette(_) | Popup::GroupBy(_) | Popup::Rows(_) | Popup::Sides(..))
    }

    /// Row of the searched popup that is chosen, the row of what is typed being the first; `None`
    /// when nothing is found.
    pub fn chosen_row(&self) -> Option<usize> {
        let (selected, found) = self.place_in_finder()?;
        (found > 0).then(|| selected - self.finder_top().min(selected) + 1)
    }

    /// Which of what is found is chosen, and how many are found.
    pub fn place_in_finder(&self) -> Option<(usize, usize)> {
        match &self.popup {
            Popup::Palette(palette) => Some((palette.selected, palette.found.len())),
            Popup::GroupBy(keys) => Some((keys.selected, keys.found.len())),
            Popup::Rows(rows) => Some((rows.selected, rows.found.len())),
            Popup::Sides(_, sides) => Some((sides.selected, sides.found.len())),
            _ => None,
        }
    }

    /// Does what is chosen in the palette, where it was opened; takes what is chosen as a side.
    /// Where several things can be chosen the list stays open.
    pub(super) fn choose(&mut self) -> Vec<Effect> {
        let effects = match &self.popup {
            Popup::GroupBy(keys) => match keys.chosen().cloned() {
                Some(key) => self.toggle_group(&key),
                None => Vec::new(),
            },
            Popup::Rows(rows) => {
                if let Some(condition) = rows.chosen().cloned() {
                    self.toggle_condition(condition)
                } else {
                    let typed = rows.typed.clone();
                    self.take_typed_condition(&typed)
                }
            }
            _ => return self.choose_and_close(),
        };
        self.relayout();
        effects
    }

    fn choose_and_close(&mut self) -> Vec<Effect> {
        let popup = std::mem::take(&mut self.popup);
        self.relayout();
        match popup {
            Popup::Palette(palette) => palette.chosen().map(|&action| self.perform(action)),
            Popup::Sides(side, sides) => sides.chosen().map(|pick| self.take_side(side, pick.clone())),
            _ => None,
        }
        .unwrap_or_default()
    }

    /// A letter for what is searched, or one less.
    pub(super) fn type_into_finder(&mut self, key: Key) {
        let is_open = match &mut self.popup {
            Popup::Palette(palette) => type_into(palette, key),
            Popup::GroupBy(keys) => type_into(keys, key),
            Popup::Rows(rows) => type_into(rows, key),
            Popup::Sides(_, sides) => type_into(sides, key),
            _ => return,
        };
        if !is_open {
            self.popup = Popup::None;
        }
        self.relayout();
    }

    /// The first of what is found that is seen.
    fn finder_top(&self) -> usize {
        let Some((selected, _)) = self.place_in_finder() else { return 0 };
        let room = usize::from(self.areas.popup_rows.height).saturating_sub(1);
        (selected + 1).saturating_sub(room)
    }

    fn finder_rows(&self) -> Vec<Row> {
        let mut sheet = Sheet::new(self.areas.popup_text_width());
        let seen = usize::from(self.areas.popup_rows.height).saturating_sub(1);
        let top = self.finder_top();
        match &self.popup {
            Popup::Palette(palette) => {
                typed_row(&mut sheet, palette, "no action has these letters");
                for (_, &action) in palette.found().skip(top).take(seen) {
                    let keys = self.keymap.keys(self.context_below(), action).join(", ");
                    found_row(&mut sheet, &keys, KEYS, action.help());
                }
            }
            Popup::GroupBy(keys) => {
                typed_row(&mut sheet, keys, "no dimension has these letters");
                for (name, key) in keys.found().skip(top).take(seen) {
                    let mark = if self.cutting.cut.by.contains(key) { CHOSEN } else { "" };
                    found_row(&mut sheet, mark, MARK_COLUMNS, name);
                }
            }
            Popup::Rows(rows) => {
                let nothing = match rows.typed.parse::<Condition>() {
                    Ok(typed) => format!("enter takes the rows where {typed}"),
                    Err(_) => "type a condition, as in num_gpu >= 20".to_owned(),
                };
                typed_row(&mut sheet, rows, &nothing);
                for (name, condition) in rows.found().skip(top).take(seen) {
                    let mark = if self.cutting.cut.conditions.contains(condition) { CHOSEN } else { "" };
                    found_row(&mut sheet, mark, MARK_COLUMNS, name);
                }
            }
            Popup::Sides(_, sides) => {
                let is_empty = sides.len() == 0;
                let nothing = if is_empty { "no file here holds values yet" } else { NO_SUCH_SIDE };
                typed_row(&mut sheet, sides, nothing);
                for (name, pick) in sides.found().skip(top).take(seen) {
                    found_row(&mut sheet, pick.kind(), PICK_KINDS, name);
                }
            }
            _ => {}
        }
        sheet.into_rows()
    }

    fn help(&self, width: u16) -> Vec<Row> {
        let mut sheet = Sheet::new(width);
        let columns = KEYS.min(usize::from(width) / 3);
        let pair = |sheet: &mut Sheet, keys: &[String], action: Action| {
            sheet.pair_with(&keys.join(", "), columns, action.help(), Role::Body);
        };
        // What works here and not everywhere comes first.
        let here = self.context_below();
        let chain = here.with_those_behind();
        let is_here = |action: Action| {
            tabs(action).contains(&self.tab)
                && chain.iter().any(|context| !self.keymap.keys_in(*context, action).is_empty())
        };
        sheet.heading(&format!("Here, in {}", self.tab.name()));
        for &action in Action::ALL.iter().filter(|action| is_here(**action)) {
            pair(&mut sheet, &self.keymap.keys(here, action), action);
        }
        for context in Context::ALL {
            let is_shown = |action: Action| chain.contains(&context) && is_here(action);
            let rest = Action::ALL.iter().filter(|action| !is_shown(**action));
            let mut rest = rest
                .map(|&action| (self.keymap.keys_in(context, action), action))
                .filter(|(keys, _)| !keys.is_empty())
                .peekable();
            if rest.peek().is_some() {
                sheet.heading(context.title());
            }
            for (keys, action) in rest {
                pair(&mut sheet, &keys, action);
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

fn move_in<T>(finder: &mut Finder<T>, to: Move, height: usize) {
    let cursor = Cursor { selected: finder.selected, top: 0 };
    finder.selected = cursor.moved(to, finder.found.len(), height).selected;
}

/// `false`: there was no letter to take back, the popup is left.
fn type_into<T>(finder: &mut Finder<T>, key: Key) -> bool {
    match key.code {
        KeyCode::Char(letter) if key.is_text() => finder.push(letter),
        KeyCode::Backspace => return finder.pop(),
        _ => {}
    }
    true
}

/// What is typed, and what to think of it when nothing is found.
fn typed_row<T>(sheet: &mut Sheet, finder: &Finder<T>, nothing: &str) {
    sheet.runs(&[run("› ", Role::Strong), run(&finder.typed, Role::Strong), run("▏", Role::Strong)], 0);
    if finder.found.is_empty() {
        sheet.text(Role::Body, nothing);
    }
}

/// One row, whatever its length.
fn found_row(sheet: &mut Sheet, label: &str, columns: usize, text: &str) {
    let columns = columns.min(usize::from(sheet.width()) / 3);
    let room = usize::from(sheet.width()).saturating_sub(columns + 2);
    sheet.pair_with(label, columns, Shown::new(text).truncated(room).as_str(), Role::Body);
}
