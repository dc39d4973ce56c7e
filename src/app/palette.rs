//! The command palette: every action by a few letters of what it does. Pure.

use super::{action::Action, finder::Finder};

/// Every action but the palette itself, in the order of the help.
pub(super) fn palette() -> Finder<Action> {
    let others = Action::ALL.iter().filter(|action| **action != Action::Palette);
    Finder::new(
        others.map(|&action| (format!("{} {}", action.name().replace('-', " "), action.help()), action)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(typed: &str) -> Vec<Action> {
        let mut palette = palette();
        typed.chars().for_each(|letter| palette.push(letter));
        palette.found().map(|(_, &action)| action).collect()
    }

    #[test]
    fn a_few_letters_find_an_action() {
        assert_eq!(found("").len(), Action::ALL.len() - 1, "every other one");
        assert_eq!(found("unload").first(), Some(&Action::UnloadModel));
        assert_eq!(found("zmin").first(), Some(&Action::ZoomIn));
        assert_eq!(found("HELP").first(), Some(&Action::Help));
        assert_eq!(found("qqqq"), []);
    }
}
