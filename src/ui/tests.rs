//! Snapshots of every tab in its main states, and what holds of every screen.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub(super) mod fixture;

use std::time::Duration;

use ratatui::{
    Terminal,
    backend::TestBackend,
    buffer::{Buffer, Cell},
    style::Color,
};
use unicode_width::UnicodeWidthStr;

use super::{ascii::Signs, draw, theme::Theme};
use crate::{
    app::{
        App,
        effect::Effect,
        event::{Event, Key},
    },
    engine::protocol::EngineEvent,
    ingest::inventory::WatchState,
    text::sanitize::Shown,
};

const SIZES: [(u16, u16); 4] = [(40, 10), (80, 24), (120, 40), (200, 60)];

pub(super) fn buffer(app: &App, (width, height): (u16, u16), theme: &Theme) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, app, theme)).unwrap();
    terminal.backend().buffer().clone()
}

/// The screen as text, every row in full so that the right edge shows.
pub(super) fn text(buffer: &Buffer) -> String {
    let width = usize::from(buffer.area.width).max(1);
    let mut text = String::new();
    for row in buffer.content().chunks(width) {
        text.push('|');
        let mut covered = 0;
        for cell in row {
            // The cell behind a wide character is not printed.
            if covered == 0 {
                text.push_str(cell.symbol());
                covered = cell.symbol().width().max(1);
            }
            covered -= 1;
        }
        text.push_str("|\n");
    }
    text
}

fn snapshot(name: &str, state: impl Fn((u16, u16)) -> App) {
    for size in SIZES {
        let app = fixture::with_own_rows(state(size));
        let screen = text(&buffer(&app, size, &Theme::default()));
        insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), screen);
        for signs in [Signs::Ascii, Signs::AsciiOnly] {
            let mut theme = Theme::default();
            theme.signs = signs;
            let foreign = foreign(&buffer(&app, size, &theme));
            // What is left are the words of files and models, and those only where they can be shown.
            let is_right = |letter: char| signs == Signs::Ascii && letter.is_alphabetic();
            assert!(foreign.chars().all(is_right), "{name} {size:?} {signs:?}: {foreign}");
        }
    }
}

/// Everything on the screen that is not printable ASCII.
fn foreign(buffer: &Buffer) -> String {
    let symbols = buffer.content().iter().flat_map(|cell| cell.symbol().chars());
    symbols.filter(|letter| !matches!(letter, ' '..='~')).collect()
}

#[test]
fn inventory() {
    snapshot("inventory_scanning", fixture::empty);
    snapshot("inventory_empty", |size| fixture::bare(size, WatchState::Live));
    snapshot("inventory_missing", |size| fixture::bare(size, WatchState::Missing));
    snapshot("inventory_loaded", |size| fixture::loaded(size, 60));
    snapshot("inventory_filter", |size| fixture::press(fixture::loaded(size, 60), "/ t u n i n g"));
    snapshot("inventory_filter_none", |size| fixture::press(fixture::loaded(size, 60), "/ z z z"));
    snapshot("inventory_preview", |size| fixture::press(fixture::loaded(size, 60), "tab j"));
    snapshot("inventory_folders", |size| fixture::press(fixture::loaded(size, 60), "t j j"));
    let table = "/ b a s e l i n e enter j tab j j right right";
    snapshot("inventory_table", |size| fixture::press(fixture::loaded(size, 60), table));
    let tree = "/ c o n v enter j tab j j j j space";
    snapshot("inventory_tree", |size| fixture::press(fixture::loaded(size, 60), tree));
}

#[test]
fn metrics() {
    snapshot("metrics_empty", |size| fixture::press(fixture::bare(size, WatchState::Polling(5)), "2"));
    snapshot("metrics_loaded", |size| fixture::press(fixture::loaded(size, 60), "2 j"));
    snapshot("metrics_unnamed", fixture::unnamed);
    snapshot("metrics_trend", |size| fixture::press(fixture::loaded(size, 60), "2 v tab k"));
    snapshot("metrics_histogram", |size| fixture::press(fixture::loaded(size, 60), "2 v v"));
    snapshot("metrics_scatter", |size| fixture::press(fixture::loaded(size, 60), "2 m tab"));
    snapshot("metrics_values", |size| fixture::press(fixture::loaded(size, 60), "2 tab j"));
}

#[test]
fn compare() {
    snapshot("compare_empty", |size| fixture::press(fixture::loaded(size, 60), "3"));
    snapshot("compare_base", |size| fixture::press(fixture::loaded(size, 60), "2 b 3"));
    snapshot("compare_done", |size| fixture::compared(size, "2 b j = j"));
    snapshot("compare_figures", |size| fixture::compared(size, "2 b j = tab j"));
}

#[test]
fn report() {
    snapshot("report_idle", |size| fixture::press(fixture::loaded(size, 60), "4"));
    snapshot("report_without_model", fixture::without_model);
    snapshot("report_loading", fixture::loading);
    snapshot("report_prefill", fixture::prefill);
    snapshot("report_generating", fixture::generating);
    snapshot("report_elsewhere", |size| fixture::press(fixture::generating(size), "1"));
    snapshot("report_scrolled", |size| {
        let mut app = fixture::press(fixture::generating(size), "k k");
        app.report.view.push(" more\n\nThen this.\n\nAnd that.\n\n");
        app
    });
    snapshot("report_finished", fixture::finished);
    snapshot("report_figure", |size| fixture::with_figure(size, "n n"));
    snapshot("report_figure_left", |size| fixture::with_figure(size, "n n esc"));
}

#[test]
fn history() {
    snapshot("history_empty", |size| fixture::press(fixture::loaded(size, 60), "5"));
}

#[test]
fn machine() {
    snapshot("machine", |size| fixture::metered(size, false));
    snapshot("machine_engine", |size| fixture::press(fixture::metered(size, true), "6 tab G"));
    snapshot("machine_throttled", |size| fixture::metered(size, true));
}

#[test]
fn engine() {
    snapshot("engine_looking", |size| fixture::press(fixture::loaded(size, 60), "6"));
    snapshot("engine_models", |size| fixture::engine(size, ""));
    snapshot("engine_unusable", |size| fixture::engine(size, "j"));
    snapshot("engine_loaded", |size| fixture::engine(size, "L tab"));
    snapshot("engine_none", fixture::without_models);
    snapshot("settings", |size| fixture::press(fixture::engine(size, ""), "4 p j j"));
    snapshot("benchmark", |size| fixture::press(fixture::engine(size, ""), "B"));
    snapshot("settings_typing", |size| fixture::press(fixture::engine(size, ""), "p j j enter 1 2 enter"));
}

#[test]
fn popups() {
    snapshot("help", |size| fixture::press(fixture::loaded(size, 60), "?"));
    snapshot("palette", |size| fixture::press(fixture::loaded(size, 60), "2 : z o o m down"));
    snapshot("problems", |size| fixture::press(fixture::loaded(size, 60), "! j"));
    snapshot("problems_none", |size| fixture::press(fixture::bare(size, WatchState::Live), "!"));
}

/// Every state, for what holds of all of them.
fn states(size: (u16, u16)) -> Vec<App> {
    let mut states = vec![
        fixture::empty(size),
        fixture::bare(size, WatchState::Missing),
        fixture::loading(size),
        fixture::without_model(size),
        fixture::prefill(size),
        fixture::generating(size),
        fixture::finished(size),
        fixture::compared(size, "2 b j ="),
        fixture::engine(size, "L"),
        fixture::without_models(size),
        fixture::press(fixture::engine(size, ""), "p j enter x enter"),
    ];
    for keys in [
        "",
        "tab",
        "2",
        "2 v",
        "2 v v",
        "2 v v v tab",
        "2 m",
        "2 tab",
        "3",
        "4",
        "5",
        "6",
        "p",
        "?",
        "!",
        "/ x",
        "g",
        ":",
        "2 : x",
    ] {
        states.push(fixture::press(fixture::loaded(size, 30), keys));
    }
    states
}

#[test]
fn drawing_twice_is_equal() {
    for size in SIZES {
        for app in states(size) {
            let theme = Theme::default();
            assert_eq!(buffer(&app, size, &theme), buffer(&app, size, &theme));
        }
    }
}

#[test]
fn no_size_panics() {
    let mut apps = ["", "tab", "2", "2 v tab", "2 v v v v", "4 ?"]
        .map(|keys| fixture::press(fixture::loaded((80, 24), 12), keys));
    let widths = (0..45).step_by(3).chain([1, 38, 40, 41]).chain((45..=200).step_by(19));
    for size in widths.flat_map(|width| (0..14).chain([20, 33, 60]).map(move |height| (width, height))) {
        for app in &mut apps {
            app.update(Event::Resize(size.0, size.1));
            buffer(app, size, &Theme::default());
        }
    }
    for size in [(0, 0), (1, 1), (39, 10), (40, 9), (40, 10), (53, 17), (131, 11), (200, 60)] {
        for app in states(size) {
            buffer(&app, size, &Theme::plain());
        }
    }
}

/// A resize reaches the terminal before it reaches the state.
#[test]
fn a_screen_of_another_size_than_laid_out_for_is_drawn() {
    for app in states((120, 40)) {
        for size in [(0, 0), (40, 10), (80, 24), (200, 60)] {
            buffer(&app, size, &Theme::default());
        }
    }
}

#[test]
fn without_colours_nothing_is_lost() {
    let size = (80, 24);
    for app in states(size) {
        let plain = buffer(&app, size, &Theme::plain());
        assert_eq!(text(&plain), text(&buffer(&app, size, &Theme::default())));
        let has_colour = |cell: &Cell| cell.fg != Color::Reset || cell.bg != Color::Reset;
        assert!(!plain.content().iter().any(has_colour));
    }
}

#[test]
fn colours_are_the_terminals_own_and_no_background_is_set() {
    let size = (120, 40);
    for app in states(size) {
        for cell in buffer(&app, size, &Theme::default()).content() {
            let is_safe = matches!(
                cell.fg,
                Color::Reset
                    | Color::Red
                    | Color::Green
                    | Color::Yellow
                    | Color::LightBlue
                    | Color::Magenta
                    | Color::Cyan
            );
            assert!(is_safe && cell.bg == Color::Reset, "{:?} on {:?}", cell.fg, cell.bg);
        }
    }
}

#[test]
fn a_popup_over_wide_characters_keeps_its_frame() {
    let size = (120, 40);
    let mut app = fixture::press(fixture::loaded(size, 30), "?");
    for path in ["日本語の結果のファイル", "a日本語の結果のファイル"] {
        app.inventory.lines.iter_mut().for_each(|line| line.path = Shown::new(path));
        let screen = buffer(&app, size, &Theme::default());
        let popup = app.areas.popup;
        for y in popup.y + 1..popup.bottom() - 1 {
            assert_eq!(screen[(popup.x, y)].symbol(), "│");
            assert_eq!(screen[(popup.x - 1, y)].symbol().width(), 1);
        }
    }
}

/// From the key to the figures in the footer, through events alone.
#[test]
fn a_report_that_runs_shows_on_every_tab() {
    let size = (120, 40);
    let mut app = fixture::press(fixture::loaded(size, 30), "4");
    let mut effects = app.update(Event::Key(Key::parse("r").unwrap()));
    if !effects.iter().any(|effect| matches!(effect, Effect::Generate(_))) {
        effects = app.update(Event::Engine(EngineEvent::Loaded(Box::new(fixture::model()))));
    }
    let effects: Vec<Effect> = effects
        .into_iter()
        .flat_map(|effect| match effect {
            Effect::Compute(job) => app.update(Event::Computed(Box::new(job.run()))),
            effect => vec![effect],
        })
        .collect();
    let run = effects.iter().find_map(|effect| match effect {
        Effect::Generate(request) => Some(request.run),
        _ => None,
    });
    let run = run.unwrap();
    let ms = Duration::from_millis;
    let prefill = |done| EngineEvent::Prefill { run, done, total: 2048, cached: 256, elapsed: ms(9) };
    app.update(Event::Engine(prefill(512)));
    let screen = text(&buffer(&app, size, &Theme::default()));
    assert!(screen.contains("512/2,048 (256 cached)"), "{screen}");
    assert!(screen.contains("reading the prompt") && screen.contains("512/8,192"), "{screen}");

    app.update(Event::Engine(prefill(2048)));
    for step in 0..50 {
        let (text, at) = (String::from("word "), ms(20 * step));
        app.update(Event::Engine(EngineEvent::Piece { run, text, tokens: 1, at, elapsed: at + ms(640) }));
    }
    for keys in ["1", "2", "3", "4"] {
        app = fixture::press(app, keys);
        let screen = text(&buffer(&app, size, &Theme::default()));
        let footer = screen.lines().last().unwrap();
        let figures = [
            "50 tok/s",
            "TTFT 640 ms",
            "mean 50 tok/s",
            "50 tokens",
            "ctx 2,098/8,192",
            "layers 0/18 on CPU",
        ];
        for figure in figures {
            assert!(footer.contains(figure), "{figure} in {footer}");
        }
    }
    assert!(text(&buffer(&app, size, &Theme::default())).contains("word word word"));
}
