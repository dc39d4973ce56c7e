//! The command palette: every action by a few letters of what it does. Pure.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::action::Action;

/// Longest text: more is a slip of the mouse.
const TYPED_CHARS: usize = 100;

/// What is typed, and what it finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette {
    /// The letters so far.
    pub typed: String,
    /// The actions that have them, the best first.
    pub found: Vec<Action>,
    /// Index of the one that is chosen.
    pub selected: usize,
}

impl Default for Palette {
    fn default() -> Self {
        let mut palette = Self { typed: String::new(), found: Vec::new(), selected: 0 };
        palette.search();
        palette
    }
}

impl Palette {
    /// One letter more.
    pub(super) fn push(&mut self, letter: char) {
        if self.typed.chars().count() < TYPED_CHARS {
            self.typed.push(letter);
            self.search();
        }
    }

    /// One letter less; says whether there was one.
    pub(super) fn pop(&mut self) -> bool {
        let had_one = self.typed.pop().is_some();
        self.search();
        had_one
    }

    /// The chosen action.
    pub fn chosen(&self) -> Option<Action> {
        self.found.get(self.selected).copied()
    }

    fn search(&mut self) {
        let pattern = Pattern::parse(&self.typed, CaseMatching::Ignore, Normalization::Smart);
        let mut config = Config::DEFAULT;
        config.prefer_prefix = true;
        let mut matcher = Matcher::new(config);
        let mut letters = Vec::new();
        let mut scored: Vec<(u32, Action)> = Action::ALL
            .iter()
            .filter(|action| **action != Action::Palette)
            .filter_map(|&action| {
                let text = format!("{} {}", action.name().replace('-', " "), action.help());
                let score = pattern.score(Utf32Str::new(&text, &mut letters), &mut matcher)?;
                Some((score, action))
            })
            .collect();
        // Of equal ones the order of the help.
        scored.sort_by(|(one, _), (other, _)| other.cmp(one));
        self.found = scored.into_iter().map(|(_, action)| action).collect();
        self.selected = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(typed: &str) -> Vec<Action> {
        let mut palette = Palette::default();
        typed.chars().for_each(|letter| palette.push(letter));
        palette.found
    }

    #[test]
    fn a_few_letters_find_an_action() {
        assert_eq!(found("").len(), Action::ALL.len() - 1, "every other one");
        assert_eq!(found("unload").first(), Some(&Action::UnloadModel));
        assert_eq!(found("zmin").first(), Some(&Action::ZoomIn));
        assert_eq!(found("HELP").first(), Some(&Action::Help));
        assert_eq!(found("qqqq"), []);
        let mut palette = Palette::default();
        "zq".chars().for_each(|letter| palette.push(letter));
        assert!(palette.pop() && palette.pop() && !palette.pop());
        assert_eq!(palette, Palette::default());
    }
}
