//! What was heard since the last look: paths, gathered without order and without repeats.
//! Bounded: past a number of paths, a walk of everything is the shorter way.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// More paths than this become one full walk: a stat each costs what the walk costs.
const MAX_PATHS: usize = 4096;

/// How much to look at, more after less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// What was hinted at.
    #[default]
    Paths,
    /// Everything.
    Everything,
    /// Everything, and every watch is set again: events were lost, and perhaps watches.
    Anew,
}

/// What to look at.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Work {
    /// Paths relative to the root.
    pub paths: BTreeSet<PathBuf>,
    /// How much to look at.
    pub scope: Scope,
    /// Something happened to the root itself: watch it anew, then walk.
    pub root: bool,
    /// Somebody waits for an answer, even an empty one.
    pub is_asked: bool,
}

impl Work {
    /// A walk of everything.
    pub fn walk() -> Self {
        Work { scope: Scope::Everything, ..Work::default() }
    }
    fn is_empty(&self) -> bool {
        *self == Work::default()
    }
}

/// Between the system's threads and the watch thread.
#[derive(Debug, Default)]
pub(super) struct Hints {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    work: Work,
    is_stopped: bool,
}

impl Hints {
    /// Something happened at a path.
    pub fn path(&self, path: PathBuf) {
        self.add(|work| {
            if work.scope > Scope::Paths {
                return;
            }
            work.paths.insert(path);
            if work.paths.len() > MAX_PATHS {
                work.paths.clear();
                work.scope = Scope::Everything;
            }
        });
    }
    /// Events were lost: look at everything.
    pub fn lost(&self) {
        self.add(|work| work.scope = Scope::Anew);
    }
    /// Something was mounted or unmounted somewhere.
    pub fn mounted(&self) {
        self.add(|work| work.scope = work.scope.max(Scope::Everything));
    }
    /// Something happened to the root.
    pub fn root(&self) {
        self.add(|work| work.root = true);
    }
    /// Somebody asks for a walk.
    pub fn ask(&self) {
        self.add(|work| {
            work.scope = work.scope.max(Scope::Everything);
            work.is_asked = true;
        });
    }
    /// The watch ends.
    pub fn stop(&self) {
        self.lock().is_stopped = true;
        self.changed.notify_all();
    }
    /// Has the watch ended?
    pub fn is_stopped(&self) -> bool {
        self.lock().is_stopped
    }

    /// Sleeps until there is work, but not before `not_before` (what comes until then is
    /// gathered), and at the latest until `deadline`, when a walk is due; or until `again`,
    /// when there is something to look at without a hint. `None`: the watch ended.
    pub fn wait(&self, not_before: Instant, deadline: Instant, again: Option<Instant>) -> Option<Work> {
        let mut waiting = self.lock();
        loop {
            if waiting.is_stopped {
                return None;
            }
            let now = Instant::now();
            let is_empty = waiting.work.is_empty();
            if !is_empty && now >= not_before {
                return Some(std::mem::take(&mut waiting.work));
            }
            if now >= deadline {
                let work = std::mem::take(&mut waiting.work);
                return Some(Work {
                    paths: BTreeSet::new(),
                    scope: work.scope.max(Scope::Everything),
                    ..work
                });
            }
            if again.is_some_and(|again| now >= again) {
                return Some(std::mem::take(&mut waiting.work));
            }
            let until = if is_empty { deadline } else { not_before.min(deadline) };
            let until = again.map_or(until, |again| until.min(again));
            let timeout = until.saturating_duration_since(now);
            waiting = self.changed.wait_timeout(waiting, timeout).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn add(&self, change: impl FnOnce(&mut Work)) {
        let mut waiting = self.lock();
        let was_empty = waiting.work.is_empty();
        change(&mut waiting.work);
        drop(waiting);
        // Only the first wakes: a storm of hints costs one wake-up a frame.
        if was_empty {
            self.changed.notify_all();
        }
    }
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Each change is whole by itself: a panic elsewhere leaves nothing half-made.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::Duration;

    use super::*;

    fn soon() -> Instant {
        Instant::now() + Duration::from_mins(1)
    }

    #[test]
    fn paths_are_gathered_once_each() {
        let hints = Hints::default();
        for name in ["b.csv", "a.csv", "b.csv"] {
            hints.path(name.into());
        }
        let work = hints.wait(Instant::now(), soon(), None).unwrap();
        assert_eq!(work.paths, BTreeSet::from(["a.csv".into(), "b.csv".into()]));
        assert_eq!(work.scope, Scope::Paths);
    }

    #[test]
    fn what_was_lost_is_not_forgotten_over_a_question() {
        let hints = Hints::default();
        hints.lost();
        hints.ask();
        let work = hints.wait(Instant::now(), soon(), None).unwrap();
        assert_eq!((work.scope, work.is_asked), (Scope::Anew, true));
    }

    #[test]
    fn too_many_paths_become_a_walk() {
        let hints = Hints::default();
        for number in 0..=MAX_PATHS {
            hints.path(format!("{number}.csv").into());
        }
        hints.path("late.csv".into());
        assert_eq!(hints.wait(Instant::now(), soon(), None), Some(Work::walk()));
    }

    #[test]
    fn a_deadline_is_a_walk_a_second_look_none_and_a_stop_the_end() {
        let hints = Hints::default();
        let now = Instant::now();
        assert_eq!(hints.wait(now, now, None), Some(Work::walk()));
        assert_eq!(hints.wait(now, soon(), Some(now)), Some(Work::default()));
        hints.stop();
        assert_eq!(hints.wait(now, soon(), None), None);
    }
}
