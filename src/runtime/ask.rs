//! Asking the terminal for its background (OSC 11). Nothing waits for the answer: it comes
//! among the keys, if it comes, and is told from them here.

use std::{env, time::Duration};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// The question.
pub const QUESTION: &str = "\x1b]11;?\x1b\\";
/// Who quits sooner than this after the question waits for the answer, so that it does not end
/// up as keys of the shell. Terminals answer within milliseconds, those behind a network too.
pub const PATIENCE: Duration = Duration::from_millis(200);

/// What the answer begins with behind its escape.
const START: &str = "11;rgb:";
/// The longest answer: four digits for each part.
const LONGEST: usize = START.len() + 3 * 4 + 2;
/// Terminals that do not answer, or print what they do not understand.
const SILENT: [&str; 6] = ["dumb", "linux", "vt", "cons", "eterm", "sun"];

/// Does the terminal know the question? It is never asked where it could show it instead.
pub fn is_understood() -> bool {
    let term = env::var("TERM").unwrap_or_default();
    !term.is_empty() && !SILENT.iter().any(|start| term.starts_with(start))
}

/// Picks the answer out of the keys that the terminal library takes it for: `alt-]`, the
/// letters of the answer, and `alt-\` or `ctrl-g`.
#[derive(Debug, Default)]
pub struct Listener {
    /// An answer is still to come.
    is_due: bool,
    /// What may be the beginning of one.
    held: Vec<Event>,
    text: String,
}

/// What an event of the terminal turned out to be.
#[derive(Debug, PartialEq)]
pub enum Heard {
    /// These events; none while an answer may be coming.
    Events(Vec<Event>),
    /// The background, 0 to 1 in each part.
    Background([f64; 3]),
}

impl Listener {
    /// With an answer to wait for, or without.
    pub fn new(is_due: bool) -> Self {
        Self { is_due, ..Self::default() }
    }

    /// Takes an event.
    pub fn take(&mut self, event: Event) -> Heard {
        let Event::Key(KeyEvent { code, modifiers, kind: KeyEventKind::Press, .. }) = event else {
            return Heard::Events(vec![event]);
        };
        let (alt, ctrl) = (modifiers == KeyModifiers::ALT, modifiers == KeyModifiers::CONTROL);
        let is_plain = (modifiers - KeyModifiers::SHIFT).is_empty();
        match code {
            KeyCode::Char(']') if alt && self.is_due && self.held.is_empty() => {
                self.held.push(event);
                Heard::Events(Vec::new())
            }
            _ if self.held.is_empty() => Heard::Events(vec![event]),
            KeyCode::Char(letter) if is_plain && self.goes_on_with(letter) => {
                self.text.push(letter);
                self.held.push(event);
                Heard::Events(Vec::new())
            }
            KeyCode::Char('\\') if alt => self.end(event),
            KeyCode::Char('g') if ctrl => self.end(event),
            _ => self.give_up(event),
        }
    }

    fn goes_on_with(&self, letter: char) -> bool {
        match START.as_bytes().get(self.text.len()) {
            Some(expected) => letter == char::from(*expected),
            None => self.text.len() < LONGEST && (letter == '/' || letter.is_ascii_hexdigit()),
        }
    }

    fn end(&mut self, event: Event) -> Heard {
        let Some(background) = self.text.strip_prefix(START).and_then(color) else {
            return self.give_up(event);
        };
        *self = Self::default();
        Heard::Background(background)
    }

    /// It was somebody's keys after all.
    fn give_up(&mut self, event: Event) -> Heard {
        self.text.clear();
        let mut events = std::mem::take(&mut self.held);
        events.push(event);
        Heard::Events(events)
    }
}

/// `RR/GG/BB` with one to four digits in each part.
fn color(text: &str) -> Option<[f64; 3]> {
    let part = |digits: &str| {
        let most = 16_u32.checked_pow(u32::try_from(digits.len()).ok()?)?.checked_sub(1)?;
        (most > 0).then_some(())?;
        Some(f64::from(u32::from_str_radix(digits, 16).ok()?) / f64::from(most))
    };
    let mut parts = text.split('/');
    let rgb = [part(parts.next()?)?, part(parts.next()?)?, part(parts.next()?)?];
    parts.next().is_none().then_some(rgb)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(letter: char, modifiers: KeyModifiers) -> Event {
        Event::Key(KeyEvent::new(KeyCode::Char(letter), modifiers))
    }

    /// The keys that the terminal library makes of an answer.
    fn keys(text: &str) -> Vec<Event> {
        let plain = text.chars().map(|letter| key(letter, KeyModifiers::NONE));
        [key(']', KeyModifiers::ALT)].into_iter().chain(plain).collect()
    }

    fn heard(
        listener: &mut Listener,
        events: impl IntoIterator<Item = Event>,
    ) -> (Vec<Event>, Vec<[f64; 3]>) {
        let mut rest = Vec::new();
        let mut backgrounds = Vec::new();
        for event in events {
            match listener.take(event) {
                Heard::Events(events) => rest.extend(events),
                Heard::Background(background) => backgrounds.push(background),
            }
        }
        (rest, backgrounds)
    }

    #[test]
    fn the_answer_is_told_from_keys() {
        for (text, end, expected) in [
            ("11;rgb:0000/8080/ffff", key('\\', KeyModifiers::ALT), [0.0, 128.0 / 255.0, 1.0]),
            ("11;rgb:ff/00/80", key('g', KeyModifiers::CONTROL), [1.0, 0.0, 128.0 / 255.0]),
            ("11;rgb:F/0/f", key('g', KeyModifiers::CONTROL), [1.0, 0.0, 1.0]),
        ] {
            let mut listener = Listener::new(true);
            let around = [key('j', KeyModifiers::NONE)];
            let events = around.iter().cloned().chain(keys(text)).chain([end]).chain(around.clone());
            let (rest, backgrounds) = heard(&mut listener, events);
            assert_eq!(rest, [around.clone(), around].concat(), "{text}");
            assert_eq!(backgrounds, [expected], "{text}");
            // There is one answer to one question.
            assert_eq!(heard(&mut listener, keys("1")).0, keys("1"));
        }
    }

    #[test]
    fn what_is_no_answer_stays_what_it_was() {
        for text in ["", "1", "11;x", "11;rgb:00/00", "11;rgb:00000000000000", "11;rgb://", "10;rgb:0/0/0"] {
            let mut listener = Listener::new(true);
            let mut events = keys(text);
            events.extend([key('\\', KeyModifiers::ALT), key('q', KeyModifiers::NONE)]);
            assert_eq!(heard(&mut listener, events.clone()), (events, Vec::new()), "{text}");
        }
        // Nothing was asked.
        let events: Vec<Event> =
            keys("11;rgb:0/0/0").into_iter().chain([key('g', KeyModifiers::CONTROL)]).collect();
        assert_eq!(heard(&mut Listener::new(false), events.clone()), (events, Vec::new()));
    }
}
