//! Keys as data: reading, clashes, resolving, and that nothing is left without a key.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::app::event::KeyCode;

fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

fn problems(text: &str) -> Vec<String> {
    Keymap::with_user(text, "my.toml").1.iter().map(ToString::to_string).collect()
}

#[test]
fn the_defaults_are_without_fault_and_complete() {
    assert_eq!(parse::parse(DEFAULTS, "keymap.toml").1, []);
    let keymap = Keymap::default();
    for &action in Action::ALL {
        assert!(keymap.bindings().any(|binding| binding.action == action), "{action:?} has no key");
    }
}

#[test]
fn keys_read_as_they_print() {
    for (text, printed) in [
        ("ctrl-d", "ctrl-d"),
        ("Ctrl-D", "ctrl-d"),
        ("G", "G"),
        ("shift-g", "G"),
        ("shift-tab", "shift-tab"),
        ("ctrl--", "ctrl--"),
        ("-", "-"),
        ("space", "space"),
        ("PageDown", "page-down"),
        ("f12", "f12"),
        ("f", "f"),
        ("alt-enter", "alt-enter"),
        ("é", "é"),
    ] {
        assert_eq!(key(text).to_string(), printed);
        assert_eq!(key(printed), key(text));
    }
    for text in ["", "ctrl-", "f0", "f99", "hyper-x", "ab", "ctrl-ctrl-a", "\u{7}"] {
        assert_eq!(Key::parse(text), None, "{text:?}");
    }
}

#[test]
fn the_users_file_wins_and_its_faults_have_lines() {
    let (keymap, problems) = Keymap::with_user("[global]\n\"q\" = \"none\"\n\"g\" = \"help\"\n", "my.toml");
    assert_eq!(problems, []);
    assert_eq!(keymap.resolve(Context::List, &[], key("q")), Resolved::None);
    assert_eq!(keymap.resolve(Context::List, &[], key("g")), Resolved::Action(Action::Help));
    assert_eq!(keymap.keys(Context::Report, Action::Start), ["home"], "`g` makes `g g` untypable");
}

#[test]
fn faults_are_reported_with_their_line_and_the_rest_holds() {
    for (text, expected) in [
        (
            "[globe]\n\"a\" = \"help\"\n",
            "my.toml:1: no context `globe`; there are global, list, preview, report, popup, form, typing",
        ),
        ("list = 1\n", "my.toml:1: `list` is no table; write [list]"),
        ("[list]\n\n\"a\" = \"page\"\n", "my.toml:3: no action `page`; did you mean `"),
        ("[list]\n\"a\" = \"fly\"\n", "my.toml:2: no action `fly`"),
        ("[list]\n\"a\" = 3\n", "my.toml:2: `a` needs the name of an action in quotes"),
        ("[list]\n\"hyper-x\" = \"help\"\n", "my.toml:2: no key `hyper-x`"),
        (
            "[list]\n\"esc\" = \"help\"\n\"escape\" = \"quit\"\n",
            "my.toml:3: `escape` clashes with `esc` in line 2, which holds",
        ),
        ("[list]\n\"z z\" = \"help\"\n\"z\" = \"quit\"\n", "my.toml:3: `z` clashes with `z z` in line 2"),
        ("[list]\n\"a\" = \"help\"\n\"a\" = \"quit\"\n", "my.toml:3: duplicate key"),
    ] {
        let found = problems(text);
        assert_eq!(found.len(), 1, "{text:?}: {found:?}");
        assert!(found[0].starts_with(expected), "{found:?}");
    }
    let (keymap, _) = Keymap::with_user("[list]\n\"a\" = \"fly\"\n\"b\" = \"help\"\n", "my.toml");
    assert_eq!(keymap.resolve(Context::List, &[], key("b")), Resolved::Action(Action::Help));
}

#[test]
fn contexts_go_before_global_and_typing_takes_text() {
    let keymap = Keymap::default();
    let resolve = |context, text: &str| keymap.resolve(context, &[], key(text));
    assert_eq!(resolve(Context::List, "q"), Resolved::Action(Action::Quit));
    assert_eq!(resolve(Context::Popup, "q"), Resolved::Action(Action::Back));
    assert_eq!(resolve(Context::Preview, "h"), Resolved::Action(Action::Left));
    assert_eq!(resolve(Context::Preview, "e"), Resolved::Action(Action::Edit), "a key of the list");
    assert_eq!(resolve(Context::Preview, "q"), Resolved::Action(Action::Quit), "a key of all");
    assert_eq!(keymap.keys(Context::Preview, Action::NextTab), Vec::<String>::new());
    assert_eq!(resolve(Context::Typing, "q"), Resolved::None);
    assert_eq!(resolve(Context::Typing, "ctrl-c"), Resolved::Action(Action::CancelOrQuit));
    assert_eq!(resolve(Context::List, "g"), Resolved::Pending);
    assert_eq!(keymap.resolve(Context::List, &[key("g")], key("g")), Resolved::Action(Action::Start));
    assert_eq!(keymap.resolve(Context::List, &[key("g")], key("x")), Resolved::None);
}

#[test]
fn the_help_names_only_keys_that_work_there() {
    let keymap = Keymap::default();
    assert_eq!(keymap.key(Context::Report, Action::NextTab).as_deref(), Some("tab"));
    assert_eq!(keymap.keys(Context::Popup, Action::Quit), Vec::<String>::new());
    for context in Context::ALL {
        for &action in Action::ALL {
            for text in keymap.keys(context, action) {
                let chord = key::parse_chord(&text).unwrap();
                let (&last, pending) = chord.split_last().unwrap();
                assert_eq!(keymap.resolve(context, pending, last), Resolved::Action(action), "{text}");
            }
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read_without_panic(text in "(\\[(global|list)\\]\n)?(\"[a-z -]{0,8}\" = \"[a-z-]{0,9}\"\n|.{0,9}\n){0,6}") {
        let (keymap, _) = Keymap::with_user(&text, "my.toml");
        let _ = keymap.resolve(Context::List, &[], Key::plain(KeyCode::Enter));
    }
}
