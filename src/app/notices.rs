//! Notices: messages in the status line that wait for no one.

use std::time::Duration;

use crate::text::sanitize::Shown;

/// How long news and warnings stay.
const STAY: Duration = Duration::from_secs(6);
/// Most messages kept: older ones nobody would page back to.
const MOST: usize = 16;

/// How grave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Something is off.
    Warning,
    /// Something failed: stays until dismissed.
    Error,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How grave.
    pub severity: Severity,
    /// One line.
    pub text: Shown,
    /// When it was given.
    pub since: Duration,
}

/// The messages, newest last.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    /// Bounded.
    pub list: Vec<Notice>,
}

impl Notices {
    /// The one to show now.
    pub fn current(&self) -> Option<&Notice> {
        self.list.last()
    }

    /// Says something. The same message again only counts as new.
    pub fn give(&mut self, severity: Severity, text: &str, now: Duration) {
        let notice = Notice { severity, text: Shown::new(text), since: now };
        self.list.retain(|other| other.text != notice.text);
        if self.list.len() >= MOST {
            self.list.remove(0);
        }
        self.list.push(notice);
    }

    /// Drops what has been shown long enough.
    pub fn expire(&mut self, now: Duration) {
        self.list.retain(|notice| end(notice).is_none_or(|end| now < end));
    }

    /// Takes the current one away; `false` when there is none.
    pub fn dismiss(&mut self) -> bool {
        self.list.pop().is_some()
    }

    /// When the next one expires.
    pub fn next_expiry(&self) -> Option<Duration> {
        self.list.iter().filter_map(end).min()
    }
}

fn end(notice: &Notice) -> Option<Duration> {
    (notice.severity != Severity::Error).then(|| notice.since + STAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_go_and_errors_stay() {
        let mut notices = Notices::default();
        notices.give(Severity::Error, "disk full", Duration::ZERO);
        notices.give(Severity::Info, "copied", Duration::from_secs(1));
        assert_eq!(notices.current().map(|notice| notice.text.as_str()), Some("copied"));
        assert_eq!(notices.next_expiry(), Some(Duration::from_secs(1) + STAY));
        notices.expire(Duration::from_mins(1));
        assert_eq!(notices.current().map(|notice| notice.text.as_str()), Some("disk full"));
        assert_eq!(notices.next_expiry(), None);
        assert!(notices.dismiss() && !notices.dismiss());
    }

    #[test]
    fn the_list_is_bounded_and_says_nothing_twice() {
        let mut notices = Notices::default();
        for number in 0..100 {
            notices.give(Severity::Error, &format!("e{}", number % 40), Duration::ZERO);
        }
        assert_eq!(notices.list.len(), MOST);
        notices.give(Severity::Error, "e19", Duration::ZERO);
        assert_eq!(notices.list.len(), MOST);
    }
}
