//! Keys as text, both ways.

use crate::app::event::{Key, KeyCode};

/// Names of keys that are no characters; the first of a key is the one printed.
const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("return", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("escape", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("del", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("page-up", KeyCode::PageUp),
    ("pageup", KeyCode::PageUp),
    ("page-down", KeyCode::PageDown),
    ("pagedown", KeyCode::PageDown),
    ("space", KeyCode::Char(' ')),
];

/// Function keys that terminals send.
const FUNCTION_KEYS: std::ops::RangeInclusive<u8> = 1..=24;

impl Key {
    /// A key without modifiers.
    pub fn plain(code: KeyCode) -> Self {
        Self { code, ctrl: false, alt: false, shift: false }
    }

    /// One spelling for each key: shift is part of a character, shift-tab is a key of its
    /// own, and control knows no case.
    #[must_use]
    pub fn normalized(mut self) -> Self {
        match self.code {
            KeyCode::Char(letter) => {
                let letter = if self.ctrl {
                    letter.to_ascii_lowercase()
                } else if self.shift {
                    letter.to_ascii_uppercase()
                } else {
                    letter
                };
                self.code = KeyCode::Char(letter);
                self.shift = false;
            }
            KeyCode::Tab if self.shift => {
                self.code = KeyCode::BackTab;
                self.shift = false;
            }
            KeyCode::BackTab => self.shift = false,
            _ => {}
        }
        self
    }

    /// A character that a text field takes.
    pub fn is_text(&self) -> bool {
        matches!(self.code, KeyCode::Char(_)) && !self.ctrl && !self.alt
    }

    /// Reads `ctrl-d`, `G`, `shift-tab`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut key = Self::plain(KeyCode::Esc);
        let mut rest = text;
        loop {
            let lower = rest.to_ascii_lowercase();
            let (flag, length) = if lower.starts_with("ctrl-") {
                (&mut key.ctrl, "ctrl-".len())
            } else if lower.starts_with("alt-") {
                (&mut key.alt, "alt-".len())
            } else if lower.starts_with("shift-") {
                (&mut key.shift, "shift-".len())
            } else {
                break;
            };
            if std::mem::replace(flag, true) {
                return None;
            }
            rest = &rest[length..];
        }
        key.code = code(rest)?;
        Some(key.normalized())
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (is_held, name) in [(self.ctrl, "ctrl-"), (self.alt, "alt-"), (self.shift, "shift-")] {
            if is_held {
                f.write_str(name)?;
            }
        }
        match (self.code, NAMED.iter().find(|(_, code)| *code == self.code)) {
            (_, Some((name, _))) => f.write_str(name),
            (KeyCode::BackTab, _) => f.write_str("shift-tab"),
            (KeyCode::F(number), _) => write!(f, "f{number}"),
            (KeyCode::Char(letter), _) => write!(f, "{letter}"),
            _ => Ok(()),
        }
    }
}

/// Reads keys with spaces between them.
pub(super) fn parse_chord(text: &str) -> Option<Vec<Key>> {
    let chord: Option<Vec<Key>> = text.split_whitespace().map(Key::parse).collect();
    chord.filter(|chord| !chord.is_empty())
}

/// Prints them.
pub(super) fn chord_text(chord: &[Key]) -> String {
    chord.iter().map(Key::to_string).collect::<Vec<_>>().join(" ")
}

fn code(text: &str) -> Option<KeyCode> {
    let mut letters = text.chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return (!letter.is_control() && !letter.is_whitespace()).then_some(KeyCode::Char(letter));
    }
    let lower = text.to_ascii_lowercase();
    if let Some((_, code)) = NAMED.iter().find(|(name, _)| *name == lower) {
        return Some(*code);
    }
    let number = lower.strip_prefix('f')?.parse().ok()?;
    FUNCTION_KEYS.contains(&number).then_some(KeyCode::F(number))
}
