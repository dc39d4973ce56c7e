//! How far what is computed away from the loop has come.

use std::time::Duration;

use super::{App, event::Answer};

const READING: &str = "reading the folder";
/// A scan that takes longer tells how far it is.
const TOLD_AFTER: Duration = Duration::from_millis(500);

/// The first scan of the folder.
#[derive(Debug)]
pub(super) struct Scan {
    began: Duration,
    progress: JobProgress,
}

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

    /// The folder came with what its first scan has still to read.
    pub(super) fn follow_scan(&mut self) {
        let (read, left) = (self.library.inventory.len(), self.library.left);
        self.scan = (left > 0 && !self.library.is_complete).then(|| {
            let began = self.scan.as_ref().map_or(self.now, |scan| scan.began);
            let share = read as f32 / (read + left) as f32;
            let elapsed = self.now.saturating_sub(began);
            Scan { began, progress: JobProgress { number: 0, doing: READING, share, elapsed } }
        });
    }

    /// What keeps the user waiting longest.
    pub fn progress(&self) -> Option<&JobProgress> {
        let scan = self.scan.as_ref().map(|scan| &scan.progress).filter(|scan| scan.elapsed >= TOLD_AFTER);
        scan.into_iter().chain(&self.jobs).max_by_key(|job| job.elapsed)
    }
}
