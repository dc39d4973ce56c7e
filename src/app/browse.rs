//! What keys do to the preview of a file: walk, fold, search, copy.

use super::{
    App, Focus, Tab,
    effect::{Effect, Job, Step},
    notices::Severity,
    preview::Mark,
    report::evidence::SourceRow,
};

impl App {
    /// What is searched for in the preview is looked for, away from the loop.
    pub(super) fn search_file(&mut self) -> Option<Effect> {
        if self.tab != Tab::Inventory {
            return None;
        }
        let step = Step::Search(Box::new(self.inventory.preview.next_search()?));
        // Its answer says itself what it is for.
        Some(Effect::Compute(Box::new(Job { number: 0, now_ns: self.wall_ns, step })))
    }

    /// The next match of a search in the preview, else the next row that the report uses.
    pub(super) fn walk_file(&mut self, by: isize) {
        let is_searched = self.focus == Focus::Detail && self.inventory.preview.searched().is_some();
        if !is_searched {
            return self.walk_rows(by);
        }
        match self.inventory.preview.step(by) {
            Some(true) if by > 0 => self.say(Severity::Info, "the search went on from the start"),
            Some(true) => self.say(Severity::Info, "the search went on from the end"),
            Some(false) => {}
            None => self.say(Severity::Info, "no match"),
        }
    }

    /// Marks the next row of the selected file that the report uses, or the one before.
    fn walk_rows(&mut self, by: isize) {
        let Some(file) = self.inventory.selected_file() else { return };
        let path = file.path.to_string();
        let rows = self.report.evidence.rows_of(&path);
        let marked = self.inventory.marked().and_then(|mark| mark.source.line);
        let next = match marked {
            None => rows.first(),
            Some(line) if by < 0 => rows.iter().rfind(|(row, _)| *row < line),
            Some(line) => rows.iter().find(|(row, _)| *row > line),
        };
        match next {
            Some((line, field)) => {
                let sentences = self.report.evidence.sentences(&path, Some(*line));
                let source = SourceRow { path, line: Some(*line), field: field.clone() };
                self.inventory.mark(Mark { source, sentences, is_used: true }, &self.library);
            }
            None if rows.is_empty() => self.say(Severity::Info, "no report uses a row of this file"),
            None => {}
        }
    }

    /// A column of the preview to the side, or into its tree and out of it.
    pub(super) fn go_aside(&mut self, by: isize) {
        if self.is_in_preview() {
            self.inventory.preview.go_aside(by);
        }
    }

    /// Folds what is under the cursor, or unfolds it.
    pub(super) fn toggle_fold(&mut self) {
        if self.is_in_preview() {
            self.inventory.preview.toggle_fold();
        } else if self.tab == Tab::Inventory {
            self.inventory.toggle_folder(&self.library, self.now);
        }
    }

    /// Folds or unfolds everything.
    pub(super) fn fold_all(&mut self, is_open: bool) {
        if self.is_in_preview() {
            self.inventory.preview.fold_all(is_open);
        } else if self.tab == Tab::Inventory {
            self.inventory.fold_folders(is_open, &self.library, self.now);
        }
    }

    /// The files as a tree of folders, or as a list.
    pub(super) fn toggle_tree(&mut self) {
        if self.tab == Tab::Inventory {
            self.inventory.toggle_tree(&self.library, self.now);
        }
    }

    /// The line of the selected file that the cursor is on.
    pub(super) fn line_of_cursor(&self) -> Option<u64> {
        self.inventory.preview.line().filter(|_| self.is_in_preview())
    }

    /// What is copied: with the focus on the preview what is under the cursor, else the path.
    pub(super) fn copied_of_file(&self) -> (&'static str, Option<String>) {
        let under_cursor = self.inventory.preview.copied().filter(|_| self.is_in_preview());
        let folder = || self.inventory.selected_folder().map(|folder| folder.path.to_string());
        let path = || self.inventory.selected_file().map(|file| file.path.to_string()).or_else(folder);
        under_cursor.map_or_else(|| ("path", path()), |(what, text)| (what, Some(text)))
    }

    fn is_in_preview(&self) -> bool {
        self.tab == Tab::Inventory && self.focus == Focus::Detail
    }
}
