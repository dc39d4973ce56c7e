//! How often something may happen: at once while it is rare, a frame apart under load.

use std::time::{Duration, Instant};

/// So many may follow each other at once: a file that is written, renamed and appended to
/// is three.
const BURST: u32 = 4;
/// Under load one comes in so long: more than frames are work that nobody sees.
const FRAME: Duration = Duration::from_millis(16);
/// Work that took long is followed by a rest this many times as long …
const REST: u32 = 1;
/// … but no longer than this.
const MAX_REST: Duration = Duration::from_secs(2);

/// Says when the next one may begin.
#[derive(Debug)]
pub(crate) struct Pace {
    /// Where the next one would stand, were they all a frame apart.
    due: Option<Instant>,
    rest: u32,
    max_rest: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Pace { due: None, rest: REST, max_rest: MAX_REST }
    }
}

impl Pace {
    /// With a rest of so many times the work, but no longer than `max_rest`.
    pub fn resting(rest: u32, max_rest: Duration) -> Self {
        Pace { due: None, rest, max_rest }
    }

    /// One began and ended; the next may begin at the time returned. What it took and its
    /// rest is charged; only who is a burst ahead waits.
    pub fn next(&mut self, began: Instant, ended: Instant) -> Instant {
        let took = ended - began;
        let cost = (took + (took * self.rest).min(self.max_rest)).max(FRAME);
        let due = self.due.map_or(began, |due| due.max(began)) + cost;
        self.due = Some(due);
        due.checked_sub(FRAME * (BURST - 1)).map_or(ended, |paced| paced.max(ended))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// When `count` of them begin that take `took` each and are always wanted.
    fn begins(count: usize, took: Duration) -> Vec<Duration> {
        let start = Instant::now() + FRAME * BURST;
        let mut pace = Pace::default();
        let mut at = start;
        let mut begins = Vec::new();
        for _ in 0..count {
            begins.push(at - start);
            at = pace.next(at, at + took);
        }
        begins
    }

    #[test]
    fn a_few_come_at_once_and_many_a_frame_apart() {
        let begins = begins(10, Duration::ZERO);
        assert_eq!(begins[..4], [Duration::ZERO; 4]);
        assert_eq!(begins[9].checked_sub(begins[8]).unwrap(), FRAME);
    }

    #[test]
    fn long_work_is_followed_by_as_long_a_rest() {
        let second = Duration::from_secs(1);
        let ahead = FRAME * (BURST - 1);
        assert_eq!(
            begins(3, second),
            [
                Duration::ZERO,
                (second * 2).checked_sub(ahead).unwrap(),
                (second * 4).checked_sub(ahead).unwrap()
            ]
        );
        assert_eq!(begins(2, second * 10)[1], (second * 10 + MAX_REST).checked_sub(ahead).unwrap());
    }
}
