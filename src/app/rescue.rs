//! What would be lost: the text of a report while it is written goes into a journal, a report
//! that cannot be saved is kept for another place, and what an earlier run left is offered.

use super::{
    App, Popup, Tab,
    action::Action,
    effect::{Effect, Entry},
    event::{Key, KeyCode, RemainsNews},
    notices::Severity,
    sheet::{Sheet, run},
};
use crate::{
    save::{Unsaved, journal},
    text::{
        sanitize::Shown,
        wrap::{Role, Row},
    },
};

/// Longest path that is typed: more is a slip of the mouse.
const PATH_CHARS: usize = 1000;
/// Rows of the popup that asks for a place.
const PLACE_ROWS: usize = 4;

impl App {
    /// A call of a report begins: its text goes into the journal under its title.
    pub(super) fn journal_call(&mut self, title: &str) -> Vec<Effect> {
        let is_begun = std::mem::replace(&mut self.report.has_journal, true);
        let begin = (!is_begun).then(|| Effect::Journal(Entry::Begin(journal::name(self.wall_ns))));
        begin.into_iter().chain([Effect::Journal(Entry::Text(format!("\n## {title}\n\n")))]).collect()
    }

    /// A report could not be saved; its text stays.
    pub(super) fn take_unsaved(&mut self, unsaved: Box<Unsaved>) {
        // A line may be cut at its end.
        let how = self.how(Action::SaveElsewhere, "saves it elsewhere");
        self.say(Severity::Error, &format!("the report is not saved{how}: {unsaved}"));
        self.unsaved = Some(unsaved);
    }

    /// There is a report that could not be saved.
    pub fn has_unsaved(&self) -> bool {
        self.unsaved.is_some()
    }

    /// Saves what could not be saved, or keeps what a run that died left.
    pub(super) fn rescue(&mut self, action: Action) -> Vec<Effect> {
        if action == Action::Recover {
            return self.recover();
        }
        self.ask_for_place();
        Vec::new()
    }

    /// Asks where a report shall go that could not be saved.
    fn ask_for_place(&mut self) {
        match &self.unsaved {
            Some(unsaved) => {
                let typed = format!("~/{}.md", unsaved.export.stem);
                self.toggle_popup(Popup::Place(typed));
            }
            None => self.say(Severity::Info, "there is no report that could not be saved"),
        }
    }

    /// Saves it at the place that was typed.
    pub(super) fn save_elsewhere(&mut self) -> Vec<Effect> {
        let Popup::Place(typed) = &mut self.popup else { return Vec::new() };
        let place = std::mem::take(typed);
        if place.trim().is_empty() {
            return Vec::new();
        }
        self.popup = Popup::None;
        self.relayout();
        let unsaved = self.unsaved.take();
        unsaved.map(|unsaved| Effect::SaveAs(place.trim().to_owned(), unsaved)).into_iter().collect()
    }

    /// A letter of the place, or one less.
    pub(super) fn type_place(&mut self, key: Key) {
        let Popup::Place(typed) = &mut self.popup else { return };
        match key.code {
            KeyCode::Char(letter) if key.is_text() && typed.chars().count() < PATH_CHARS => {
                typed.push(letter);
            }
            KeyCode::Backspace => {
                typed.pop();
            }
            _ => return,
        }
        self.relayout();
    }

    /// Pasted text goes into the place; `false` where none is asked for.
    pub(super) fn paste_place(&mut self, text: &str) -> bool {
        let Popup::Place(typed) = &mut self.popup else { return false };
        let room = PATH_CHARS.saturating_sub(typed.chars().count());
        typed.extend(text.chars().filter(|letter| !letter.is_control()).take(room));
        self.relayout();
        true
    }

    /// The popup that asks for a place.
    pub(super) fn place_rows(&self, width: u16) -> Vec<Row> {
        let Popup::Place(typed) = &self.popup else { return Vec::new() };
        let mut sheet = Sheet::new(width);
        // The end is what is typed at.
        let room = usize::from(width).saturating_sub(4);
        let hidden = typed.chars().count().saturating_sub(room);
        let seen: String = typed.chars().skip(hidden).collect();
        sheet.runs(&[run("› ", Role::Strong), run(&format!("{seen}▏"), Role::Strong)], 0);
        sheet.text(Role::Muted, "the report goes there, its record beside it as .json; ~ is your home");
        let mut rows = sheet.into_rows();
        rows.resize(PLACE_ROWS, Row::default());
        rows
    }

    /// What runs that died left in the folder, or what became of it.
    pub(super) fn take_remains(&mut self, news: RemainsNews) {
        match news {
            RemainsNews::Found(remains) => {
                let words: usize = remains.iter().map(|remains| remains.words).sum();
                let what = match remains.as_slice() {
                    [] => return,
                    [_] => format!("a run that died left {words} words of a report"),
                    many => format!("{} runs that died left {words} words of reports", many.len()),
                };
                let how = self.how(Action::Recover, "keeps them");
                self.remains = remains;
                self.say(Severity::Error, &format!("{what}{how}"));
            }
            RemainsNews::Kept(path, text) => {
                self.say(Severity::Info, &format!("kept as {path}"));
                if !self.report.is_busy() {
                    self.select_tab(Tab::Report);
                    self.report.show_kept(&text, path);
                }
            }
            RemainsNews::Failed(reason) => self.say(Severity::Error, reason.as_str()),
        }
    }

    /// Makes reports of what runs that died left.
    fn recover(&mut self) -> Vec<Effect> {
        if self.remains.is_empty() {
            self.say(Severity::Info, "no run of this folder died while it wrote a report");
        } else {
            // The offer is taken, and would read as if it still stood.
            self.notices.list.retain(|notice| notice.severity != Severity::Error);
        }
        std::mem::take(&mut self.remains).into_iter().map(|it| Effect::KeepRemains(it.path)).collect()
    }
}

/// A path as a message names it, below the folder where it lies there.
pub fn shown_below(folder: &std::path::Path, path: &std::path::Path) -> Shown {
    Shown::from_path(path.strip_prefix(folder).unwrap_or(path))
}
