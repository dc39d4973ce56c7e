//! How far what is computed away from the loop has come.

use std::time::Duration;

use super::{App, event::Answer};

/// How far a job has come.
#[derive(Clone, Debug, PartialEq)]
pub struct JobProgress {
    /// The number of the job.
    pub number: u64,
    /// What it does: `comparing`.
    pub doing: &'static str,
    /// What share of it is done, 0 to 1.
    pub share: f32,
    /// Since it was begun.
    pub elapsed: Duration,
}

impl JobProgress {
    /// The time that the rest takes at the speed so far; `None` while nothing can be said.
    pub fn left(&self) -> Option<Duration> {
        let share = f64::from(self.share);
        (share > 0.0).then(|| self.elapsed.mul_f64((1.0 - share).max(0.0) / share))
    }
}

impl App {
    /// A job tells how far it is. One that was begun later counts more.
    pub(super) fn take_progress(&mut self, progress: JobProgress) {
        self.jobs.retain(|known| known.doing != progress.doing || known.number > progress.number);
        if self.jobs.iter().all(|known| known.doing != progress.doing) {
            self.jobs.push(progress);
        }
    }

    /// A job is done.
    pub(super) fn end_progress(&mut self, answer: &Answer) {
        let doing = answer.outcome.was_doing();
        self.jobs.retain(|known| Some(known.doing) != doing || known.number > answer.number);
    }

    /// The job that keeps the user waiting longest.
    pub fn progress(&self) -> Option<&JobProgress> {
        self.jobs.iter().max_by_key(|job| job.elapsed)
    }
}
