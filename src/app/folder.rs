//! What becomes of the screen when the folder changes, and what is read of it for what is seen.

use std::sync::Arc;

use super::{
    App, Popup, Tab,
    effect::{Effect, Job, Step},
    event::LibraryEvent,
    notices::Severity,
};
use crate::ingest::inventory::WatchState;

impl App {
    /// What is on the screen is looked into, once, away from the loop.
    pub(super) fn explain(&mut self) -> Option<Effect> {
        if self.tab != Tab::Metrics || !self.library.is_complete {
            return None;
        }
        let step = Step::Explain(Arc::clone(&self.shown), self.metrics.begin_explaining()?);
        // Of these there is one at a time: it needs no number.
        Some(Effect::Compute(Box::new(Job { number: 0, now_ns: self.wall_ns, step })))
    }

    /// The file whose preview is on the screen is read, away from the loop.
    pub(super) fn read_selected(&mut self) -> Option<Effect> {
        if self.tab != Tab::Inventory {
            return None;
        }
        self.inventory.begin_reading().map(Effect::ReadFile)
    }

    /// Records that the History tab does not know yet are read, away from the loop.
    pub(super) fn read_history(&mut self) -> Option<Effect> {
        // Runs are among what can be compared, and the versions of the report.
        let is_wanted = self.tab == Tab::History
            || matches!(self.popup, Popup::Sides(..))
            || self.report.versions_wanted.is_some();
        if !is_wanted {
            return None;
        }
        self.history.begin_reading(&self.library).map(Effect::ReadRuns)
    }

    /// The folder as it is now.
    pub(super) fn take_library(
        &mut self,
        LibraryEvent { batch, library, is_news }: LibraryEvent,
    ) -> Vec<Effect> {
        let was_missing = self.library.watch == WatchState::Missing;
        let is_recomputed = !library.has_series_of(&self.library);
        if is_news {
            let works = self.report.is_busy() && self.model_spec.is_some() || self.freshening.is_evaluating();
            self.freshening.touch(self.now);
            let inventories = (&self.library.inventory, &library.inventory);
            if let Some(stamps) = self.machine.stamp(inventories, &batch, works, self.now) {
                self.metrics.stamps = stamps;
            }
        }
        let before = std::mem::replace(&mut self.library, library);
        self.follow_scan();
        if is_news {
            self.inventory.mark_fresh(&batch, self.now);
        }
        if !was_missing && batch.watch == WatchState::Missing {
            let text = format!("the folder `{}` is not there; waiting for it", self.folder);
            self.say(Severity::Warning, &text);
        }
        if was_missing && batch.watch != WatchState::Missing {
            self.notices.list.retain(|notice| notice.severity != Severity::Warning);
            let text = format!("the folder `{}` is there again", self.folder);
            self.say(Severity::Info, &text);
        }
        self.inventory.take(&batch, &self.library, self.now);
        self.history.refresh(&self.library);
        let mut effects = Vec::new();
        if self.cutting.cut.is_usual() {
            self.shown = Arc::clone(&self.library);
            if is_recomputed {
                self.metrics.refresh(&self.shown, self.now, is_news);
            }
        } else if is_recomputed {
            self.cutting.is_news = is_news;
            effects = self.cut_again();
        }
        if matches!(self.popup, Popup::Problems(_)) {
            self.relayout();
        }
        effects.extend(self.begin_when_ready());
        if is_recomputed {
            effects.extend(self.refresh_comparison());
            if is_news {
                effects.extend(self.tell_crossings(&before));
            }
        }
        effects
    }
}
