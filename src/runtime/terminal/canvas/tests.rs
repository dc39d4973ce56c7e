//! A vt100 parser judges: whatever was on the screen, each frame makes the same of it as if it
//! were drawn on an empty one.
#![allow(clippy::unwrap_used)]

use std::num::NonZero;

use proptest::prelude::*;
use ratatui::{
    layout::Rect,
    style::{Color, Modifier, Style},
};

use super::*;

const SIZE: (u16, u16) = (24, 9);

fn terminal(size: (u16, u16)) -> vt100::Parser {
    vt100::Parser::new(NonZero::new(size.1).unwrap(), NonZero::new(size.0).unwrap(), 0)
}

/// Lines of text with a style each, from row `top` on, between two that stay.
#[derive(Clone, Debug)]
struct Page {
    lines: Vec<(String, Style)>,
    top: usize,
}

impl Page {
    fn draw(&self, frame: &mut Frame<'_>) {
        let area = frame.area();
        let buffer = frame.buffer_mut();
        let room = usize::from(area.height.saturating_sub(2));
        for (row, (text, style)) in self.lines.iter().skip(self.top).take(room).enumerate() {
            buffer.set_stringn(0, row as u16 + 1, text, usize::from(area.width), *style);
        }
        buffer.set_stringn(0, 0, "a head", usize::from(area.width), Style::new());
        buffer.set_stringn(0, area.height - 1, format!("row {}", self.top), area.width.into(), Style::new());
    }
}

fn page() -> impl Strategy<Value = Page> {
    let text = prop::sample::select(vec![
        "",
        "plain text of a line",
        "日本語のファイル名.csv",
        "x日y本z",
        "a 👍🏽 b ⚠️ c",
        "e\u{301}te\u{301} │ ─ █",
        "   indented",
        "a line that is longer than the screen is wide",
        "12.50 tok/s      95 ms",
    ]);
    let color = prop::sample::select(vec![
        Color::Reset,
        Color::Red,
        Color::LightBlue,
        Color::Indexed(200),
        Color::Rgb(1, 20, 255),
    ]);
    let modifier = prop::sample::select(vec![
        Modifier::empty(),
        Modifier::BOLD,
        Modifier::DIM | Modifier::BOLD,
        Modifier::REVERSED,
        Modifier::ITALIC | Modifier::UNDERLINED,
    ]);
    let style = (color.clone(), color, modifier)
        .prop_map(|(fg, bg, modifier)| Style::new().fg(fg).bg(bg).add_modifier(modifier));
    let line = (text, style).prop_map(|(text, style)| (text.to_owned(), style));
    (prop::collection::vec(line, 0..24), 0..12_usize).prop_map(|(lines, top)| Page { lines, top })
}

/// Everything that is seen of a screen.
fn seen(parser: &vt100::Parser, (width, height): (u16, u16)) -> Vec<String> {
    let cell = |x: u16, y: u16| {
        let cell = parser.screen().cell(y, x).unwrap();
        let is_drawn = cell.has_contents() && cell.contents() != " " || cell.inverse() || cell.underline();
        let text = if cell.has_contents() { cell.contents() } else { " " };
        let front = is_drawn.then(|| {
            (cell.fgcolor(), cell.bold(), cell.dim(), cell.italic(), cell.underline(), cell.inverse())
        });
        // The second half of a wide character has no look of its own.
        if cell.is_wide_continuation() {
            String::new()
        } else {
            format!("{text}{front:?}{:?}", cell.bgcolor())
        }
    };
    (0..height).map(|y| (0..width).map(|x| cell(x, y)).collect()).collect()
}

proptest! {
    #[test]
    fn every_frame_is_what_it_is_on_an_empty_screen(
        pages in prop::collection::vec((page(), prop::collection::vec(0..14_usize, 0..4)), 1..4),
    ) {
        let mut canvas = Canvas::new(SIZE).unwrap();
        let mut screen = terminal(SIZE);
        for (mut page, tops) in pages {
            for top in std::iter::once(page.top).chain(tops) {
                page.top = top;
                screen.process(canvas.draw("", |frame| page.draw(frame)));
                let mut afresh = terminal(SIZE);
                afresh.process(Canvas::new(SIZE).unwrap().draw("", |frame| page.draw(frame)));
                prop_assert_eq!(seen(&screen, SIZE), seen(&afresh, SIZE));
                prop_assert!(canvas.draw("", |frame| page.draw(frame)).is_empty());
            }
        }
    }
}

/// A page of different lines, bytes for the first frame and for the one after `change`.
fn bytes(change: impl FnOnce(&mut Page)) -> (usize, usize, String) {
    let size = (80, 24);
    let lines = (0..100).map(|line| (format!("line {line} of a text {}", line * 7919 % 1000), Style::new()));
    let mut page = Page { lines: lines.collect(), top: 10 };
    let mut canvas = Canvas::new(size).unwrap();
    let whole = canvas.draw("", |frame| page.draw(frame)).len();
    change(&mut page);
    let changed = canvas.draw("", |frame| page.draw(frame));
    (whole, changed.len(), String::from_utf8_lossy(changed).into_owned())
}

#[test]
fn rows_that_moved_are_moved_by_the_terminal() {
    for (top, sequence) in [(11, "\x1b[2;23r\x1b[2H\x1b[1M\x1b[r"), (8, "\x1b[2;23r\x1b[2H\x1b[2L\x1b[r")] {
        let (whole, changed, text) = bytes(|page| page.top = top);
        assert!(text.contains(sequence), "{text:?}");
        assert!(changed * 5 < whole, "{changed} of {whole}");
    }
}

#[test]
fn a_word_costs_little_more_than_itself() {
    let (_, changed, text) = bytes(|page| page.lines[20].0.push_str(" more"));
    assert!(text.contains("\x1b[12;23Hmore\x1b"), "{text:?}");
    assert!(changed <= "more".len() + 24, "{text:?}");
}

#[test]
fn what_comes_aside_is_written_before_the_picture() {
    let mut canvas = Canvas::new((10, 2)).unwrap();
    let draw = |frame: &mut Frame<'_>| {
        frame.buffer_mut().set_string(0, 0, "ab", Style::new().fg(Color::Green));
    };
    let frame = String::from_utf8_lossy(canvas.draw("\x07", draw)).into_owned();
    assert_eq!(frame, "\x1b[?2026h\x07\x1b[1H\x1b[32mab\x1b[m\x1b[?2026l");
    assert_eq!(canvas.draw("\x07", draw), b"\x1b[?2026h\x07\x1b[?2026l");
    assert_eq!(canvas.draw("", draw), b"");
}

#[test]
fn a_screen_of_no_size_is_drawn() {
    for size in [(0, 0), (1, 1), (0, 5), (3, 0)] {
        let mut canvas = Canvas::new(size).unwrap();
        canvas.draw("", |frame| assert_eq!(frame.area(), Rect::new(0, 0, size.0, size.1)));
    }
}
