//! A walk through every action, by the keys of the default keymap, in every tab and popup.

use super::*;
use crate::app::{Focus, action::Action, keymap::Context, palette::palette};

/// The places of the program, and the keys that lead there.
const PLACES: [(&str, &str); 9] = [
    ("the files", "1"),
    ("the preview", "1 tab"),
    ("the folders", "1 t"),
    ("the series", "2"),
    ("a chart", "2 v tab"),
    ("the comparison", "3"),
    ("the report", "4"),
    ("the runs", "5"),
    ("the engine", "6"),
];

/// At an edge they lead nowhere, which everybody expects.
const MOVES: [Action; 13] = [
    Action::Up,
    Action::Down,
    Action::HalfPageUp,
    Action::HalfPageDown,
    Action::PageUp,
    Action::PageDown,
    Action::Start,
    Action::End,
    Action::Left,
    Action::Right,
    // Where there is nothing to leave.
    Action::Back,
    // A tree is unfolded already, a tab is there already.
    Action::UnfoldAll,
    Action::Open,
];

fn at(keys: &str) -> Rig {
    let mut rig = Rig::filled();
    rig.loaded();
    rig.keys(keys);
    rig.app.notices.dismiss();
    rig
}

#[test]
fn no_key_is_without_an_answer() {
    for (place, keys) in PLACES {
        let shown = at(keys).app.tab;
        let mut rig = at(keys);
        let before = format!("{:?}", rig.app);
        for &action in Action::ALL {
            let is_there = [
                Action::ShowInventory,
                Action::ShowMetrics,
                Action::ShowCompare,
                Action::ShowReport,
                Action::ShowHistory,
                Action::ShowEngine,
            ]
            .get(shown as usize)
                == Some(&action);
            if is_there || MOVES.contains(&action) {
                continue;
            }
            let effects = rig.app.perform(action);
            let is_answered = !effects.is_empty() || !rig.notice().is_empty();
            assert!(
                is_answered || format!("{:?}", rig.app) != before,
                "{} does nothing in {place}, without a word",
                action.name()
            );
            rig = at(keys);
        }
    }
}

#[test]
fn every_action_has_a_key_and_stands_in_the_palette() {
    let rig = Rig::new();
    for &action in Action::ALL {
        let has_key = Context::ALL.iter().any(|context| !rig.app.keymap.keys_in(*context, action).is_empty());
        assert!(has_key, "{}", action.name());
        // The palette is open where it could be chosen.
        let is_open = action == Action::Palette;
        assert!(is_open || palette().found().any(|(_, found)| *found == action), "{}", action.name());
    }
}

#[test]
fn every_key_can_be_pressed_everywhere() {
    let chords: Vec<String> = {
        let keymap = Keymap::default();
        let texts = keymap
            .bindings()
            .map(|binding| binding.chord.iter().map(Key::to_string).collect::<Vec<String>>().join(" "));
        texts.collect()
    };
    let popups = ["?", "!", ":", "p", "p enter", "/", "2 o", "2 w", "3 b"];
    for keys in PLACES.iter().map(|(_, keys)| *keys).chain(popups) {
        let mut rig = at(keys);
        for chord in &chords {
            rig.keys(chord);
        }
        rig.keys("esc esc esc 1");
        assert_eq!(rig.app.tab, Tab::Inventory, "{keys}");
    }
}

#[test]
fn a_key_of_another_tab_says_where_it_works() {
    for (keys, said) in [
        ("5 s", "only in Inventory, Metrics and Compare: sort the list by the next column"),
        ("2 t", "only in Inventory: the files as a tree of folders, or as a list"),
        ("1 o", "only in Metrics: choose the dimensions that rows are grouped by"),
        ("1 space", "nothing to fold in a list; t shows folders"),
        ("2 +", "values have no scale; v shows a chart of them"),
        ("3 y", "nothing to copy here"),
        ("x", "no report is being written, and no benchmark runs"),
        ("c", "nothing is filtered: this is the whole list"),
        ("4 enter", "no figure is selected; n selects one"),
    ] {
        let mut rig = at("1");
        rig.keys(keys);
        assert_eq!(rig.notice(), said, "{keys}");
        assert_eq!(rig.app.focus, Focus::List);
    }
}
