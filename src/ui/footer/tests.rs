//! The footer promises nothing that does not happen.

use super::{wanted, word};
use crate::{
    app::{
        App,
        action::Action,
        effect::Effect,
        event::{Event, Key},
        progress::JobProgress,
    },
    ui::{
        tests::{buffer, fixture, text},
        theme::Theme,
    },
};

const SIZE: (u16, u16) = (200, 60);

/// At an edge they lead nowhere.
const MOVES: [Action; 4] = [Action::Up, Action::Down, Action::Start, Action::End];

/// What is done outside the screen.
fn is_felt(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::Quit(_)
            | Effect::Edit(..)
            | Effect::Copy(_)
            | Effect::Generate(_)
            | Effect::Compute(_)
            | Effect::ReadRuns(_)
            | Effect::LoadModel(..)
            | Effect::UnloadModel
            | Effect::Rescan
    )
}

#[test]
fn every_key_of_it_does_something() {
    let loaded = || fixture::loaded(SIZE, 60);
    let table = "/ b a s e l i n e enter j tab j j right right";
    let states: [(&str, &dyn Fn() -> App); 15] = [
        ("files", &loaded),
        ("filter", &|| fixture::press(loaded(), "/ t u n i n g enter")),
        ("folders", &|| fixture::press(loaded(), "t j j")),
        ("table", &|| fixture::press(loaded(), table)),
        ("series", &|| fixture::press(loaded(), "2")),
        ("chart", &|| fixture::press(loaded(), "2 v tab k")),
        ("nothing compared", &|| fixture::press(loaded(), "3")),
        ("compared", &|| fixture::compared(SIZE, "")),
        ("no report", &|| fixture::press(loaded(), "4")),
        ("report", &|| fixture::finished(SIZE)),
        ("figure", &|| fixture::with_figure(SIZE, "n")),
        ("no run", &|| fixture::press(loaded(), "5")),
        ("engine", &|| fixture::engine(SIZE, "")),
        ("problems", &|| fixture::press(loaded(), "!")),
        ("settings", &|| fixture::press(loaded(), "p j")),
    ];
    let mut broken = Vec::new();
    for (name, state) in states {
        let context = state().context();
        for action in wanted(&state(), context) {
            let mut app = state();
            let Some(what) = word(&app, context, *action) else { continue };
            let Some(key) = app.keymap.key(context, *action) else { continue };
            let before = text(&buffer(&app, SIZE, &Theme::default()));
            let presses = key.split(' ').flat_map(|key| app.update(Event::Key(Key::parse(key).unwrap())));
            let is_felt = presses.collect::<Vec<_>>().iter().any(is_felt);
            let after = text(&buffer(&app, SIZE, &Theme::default()));
            if !is_felt && before == after && !MOVES.contains(action) {
                broken.push(format!("{name}: {key} {what}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn a_long_computation_tells_how_far_it_is_and_what_it_still_takes() {
    let mut app = fixture::loaded((80, 24), 60);
    let elapsed = std::time::Duration::from_secs(2);
    app.update(Event::Progressed(JobProgress { number: 1, doing: "comparing", share: 0.25, elapsed }));
    let screen = text(&buffer(&app, (80, 24), &Theme::default()));
    let line = screen.lines().rev().nth(1).unwrap();
    assert!(line.contains(" comparing ████") && line.contains(" 25 %, 6 s left"), "{line}");
}
