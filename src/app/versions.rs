//! Versions of the report: the runs of this folder, walked from one to the next, and held against
//! the one before, fact by fact.

use super::{
    App, Popup,
    effect::Effect,
    history::runs::{RunFile, RunsWanted},
    notices::Severity,
};

/// What is wanted of the versions, once all records are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VersionsWanted {
    /// The one so many later; earlier when negative.
    Walk(isize),
    /// What changed since the one before.
    Changes,
}

impl App {
    /// Goes to the version so many later, or says what changed, as soon as the records are read.
    pub(super) fn want_version(&mut self, wanted: VersionsWanted) {
        if self.report.is_busy() {
            self.say(Severity::Info, "a report is being written; its versions can be seen when it is done");
            return;
        }
        self.report.versions_wanted = Some(wanted);
    }

    /// What is wanted of the versions, when it is known where to read it.
    pub(super) fn read_version(&mut self) -> Option<Effect> {
        let wanted = self.report.versions_wanted.filter(|_| self.history.is_complete())?;
        self.report.versions_wanted = None;
        match wanted {
            VersionsWanted::Walk(by) => self.walk_versions(by),
            VersionsWanted::Changes => self.compare_versions(),
        }
    }

    /// Which version is on the screen, counted from the oldest, and how many there are; as far as
    /// the records have been read.
    pub fn version(&self) -> Option<(usize, usize)> {
        let versions = self.history.readable();
        Some((self.shown_version(&versions)? + 1, versions.len()))
    }

    /// The facts that changed were found: they are shown where they were asked for.
    pub(super) fn show_changes(&mut self) {
        if std::mem::take(&mut self.report.compares) {
            self.popup = Popup::Changes(0);
            self.relayout();
        }
    }

    fn walk_versions(&mut self, by: isize) -> Option<Effect> {
        let versions = self.history.readable();
        let Some(last) = versions.len().checked_sub(1) else {
            self.say(Severity::Info, "this folder has no report yet");
            return None;
        };
        let at = match self.shown_version(&versions) {
            Some(at) => at.saturating_add_signed(by).min(last),
            // Before anything is shown the newest is the next, whichever way one goes.
            None => last,
        };
        if self.shown_version(&versions) == Some(at) {
            let which = if at == last { "the newest" } else { "the oldest" };
            self.say(Severity::Info, &format!("this is {which} of {} versions", versions.len()));
            return None;
        }
        versions.get(at).map(|run| Effect::ReadRuns(RunsWanted::Open((*run).clone())))
    }

    fn compare_versions(&mut self) -> Option<Effect> {
        let versions = self.history.readable();
        let pair = self.shown_version(&versions).and_then(|at| {
            let before = versions.get(at.checked_sub(1)?)?;
            Some(((*before).clone(), (*versions.get(at)?).clone()))
        });
        let Some((before, shown)) = pair else {
            self.say(Severity::Info, "there is no earlier version to compare this with");
            return None;
        };
        self.report.compares = true;
        Some(Effect::ReadRuns(RunsWanted::Compare(before, shown)))
    }

    /// Index of the version on the screen, the oldest being the first.
    fn shown_version(&self, versions: &[&RunFile]) -> Option<usize> {
        let saved = self.report.saved.as_ref()?.as_str();
        let name = saved.rsplit('/').next().unwrap_or(saved);
        let stem = name.strip_suffix(".md").unwrap_or(name);
        versions.iter().position(|run| crate::report::record::measures::stem(&run.path) == stem)
    }
}
