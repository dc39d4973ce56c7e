//! A text in any pieces looks like the text as a whole.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::{any, prop, proptest};

use super::*;
use crate::text::markdown::{layout, tests::markdown};

fn view(width: u16, height: u16, text: &str) -> StreamView {
    let mut view = StreamView::new();
    view.resize(width, height);
    view.push(text);
    view
}

fn all(view: &StreamView) -> Vec<Row> {
    view.rows_from(0).cloned().collect()
}

fn shown(view: &StreamView) -> Vec<String> {
    view.visible().into_iter().map(Row::text).collect()
}

/// Lines that each are a paragraph: row 0, blank, row 2, …
fn paragraphs(count: usize) -> String {
    (0..count).fold(String::new(), |text, index| text + &format!("p{index}\n\n"))
}

#[test]
fn a_stream_follows_its_end() {
    let mut view = view(20, 3, &paragraphs(4));
    assert_eq!(shown(&view), ["p2", "", "p3"]);
    view.push("p4");
    assert_eq!(shown(&view), ["p3", "", "p4"]);
    assert_eq!((view.is_following(), view.unseen(), view.len(), view.top()), (true, 0, 9, 6));
}

#[test]
fn scrolling_up_stays_and_counts_what_comes() {
    let mut view = view(20, 3, &paragraphs(4));
    view.scroll_by(-2);
    assert_eq!(
        (shown(&view), view.is_following(), view.unseen()),
        (vec!["p1".into(), String::new(), "p2".into()], false, 0)
    );
    view.push("p4\n\np5");
    assert_eq!((view.top(), view.unseen()), (2, 4));
    view.scroll_by(3);
    assert_eq!((view.top(), view.unseen()), (5, 3));
    view.scroll_by(-1);
    assert_eq!((view.top(), view.unseen()), (4, 3));
    view.scroll_by(1000);
    assert_eq!((view.top(), view.unseen(), view.is_following()), (8, 0, true));
    view.scroll_to_start();
    assert_eq!((view.top(), view.unseen(), view.is_following()), (0, 0, false));
    view.scroll_to_end();
    assert_eq!((view.top(), view.is_following()), (8, true));
}

#[test]
fn what_fits_follows() {
    let mut view = view(20, 10, "a");
    view.scroll_by(-1);
    assert!(view.is_following());
    view.scroll_by(isize::MIN);
    assert!(view.is_following());
}

#[test]
fn a_resize_keeps_the_row_at_the_top() {
    let words = (0..300).fold(String::new(), |text, index| text + &format!("word{index} "));
    let source = format!("{}{words}\n\n{}", paragraphs(10), paragraphs(10));
    let mut view = view(80, 10, &source);
    view.scroll_to_start();
    view.scroll_by(30);
    let first = shown(&view)[0].split(' ').next().unwrap().to_owned();
    assert!(first.starts_with("word"), "{first}");
    for (width, height) in [(30, 10), (12, 3), (80, 10), (200, 2), (80, 10)] {
        view.resize(width, height);
        assert!(shown(&view)[0].contains(&first), "{first} at {width}: {:?}", shown(&view));
    }
    assert_eq!((view.top(), view.is_following()), (30, false));
}

#[test]
fn a_resize_follows_on() {
    let mut view = view(80, 10, &paragraphs(30));
    view.resize(20, 4);
    assert_eq!((view.is_following(), view.top()), (true, 59 - 4));
    view.resize(0, 0);
    assert_eq!((view.len(), view.visible().len()), (0, 0));
    view.push("x");
    view.resize(20, 4);
    assert_eq!((view.len(), view.top()), (61, 57));
}

#[test]
fn a_taller_view_and_back_is_where_it_was() {
    let mut view = view(20, 3, &paragraphs(10));
    view.scroll_by(-1);
    view.resize(20, 8);
    assert_eq!((view.top(), view.is_following()), (11, false));
    view.push("p10\n\np11");
    assert_eq!(view.top(), 11, "text that comes does not scroll");
    view.resize(20, 3);
    assert_eq!((view.top(), view.is_following()), (15, false));

    let source = "|-|-|\n# \r|-|-|\na";
    let mut view = self::view(40, 4, &format!("{source}\n\n{source}\n\n{source}"));
    view.scroll_by(-1);
    let before = (view.top(), shown(&view));
    view.resize(40, 8);
    view.resize(40, 4);
    assert_eq!((view.top(), shown(&view)), before);
}

#[test]
fn a_resize_after_the_open_block_grew_keeps_the_row() {
    let mut view = view(20, 2, "```\na\n\n\n\n\n");
    view.scroll_by(-1);
    let top = view.top();
    view.push("\n\n\n\nb\n");
    view.resize(30, 2);
    assert_eq!(view.top(), top);
}

#[test]
fn line_endings_of_any_kind_are_the_same() {
    let source = "# T\n\na\n- b\n\n  c\n\n```\nx\n\n  y\n```\n|a|b|\n|-|-|\n|1|2|\n\n> q\n> r\n\n\
        <!-- c\n\nd -->\n<div>\nz\n</div>\n\nh\n===\ne  \nf\\\ng\n\n[1]: http://a.b\n[^1]: n\n\n    i\n\n    j\n";
    let table = format!("|a|b|\n|-|-|\n{}", "|1|2|\n".repeat(100));
    for source in [source, &table] {
        for ending in ["\r", "\r\n"] {
            let other = source.replace('\n', ending);
            assert_eq!(layout(&other, 40), layout(source, 40), "{ending:?}");
            for size in [1, 2, 3, 7] {
                let mut view = StreamView::new();
                view.resize(40, 10);
                other
                    .as_bytes()
                    .chunks(size)
                    .for_each(|piece| view.push(std::str::from_utf8(piece).unwrap()));
                assert_eq!(view.source(), source);
                assert_eq!(all(&view), layout(source, 40), "{ending:?} in pieces of {size}");
            }
        }
    }
}

#[test]
fn a_return_at_the_end_of_a_piece_is_a_line_ending_at_once() {
    for (pieces, expected) in [
        (&["a\r", "\nb"][..], "a\nb"),
        (&["a\r", "", "\n", "\n", "b"], "a\n\nb"),
        (&["a\r", "\r\n\r", "b\r"], "a\n\n\nb\n"),
        (&["a\n", "\rb"], "a\n\nb"),
    ] {
        let mut view = StreamView::new();
        view.resize(20, 4);
        for piece in pieces {
            view.push(piece);
        }
        assert_eq!(view.source(), expected, "{pieces:?}");
    }
    let mut view = view(20, 4, "# a\r");
    view.push("b");
    assert_eq!(shown(&view), ["# a", "", "b"]);
    view.push("\r");
    view.clear();
    view.push("\n\nc");
    assert_eq!(view.source(), "\n\nc");
}

#[test]
fn clearing_follows_again() {
    let mut view = view(20, 3, &paragraphs(4));
    view.scroll_to_start();
    view.clear();
    assert_eq!((view.source(), view.len(), view.is_following()), ("", 0, true));
    view.push("a");
    assert_eq!(shown(&view), ["a"]);
}

#[test]
fn finished_blocks_are_laid_out_once() {
    let mut view = StreamView::new();
    view.resize(80, 24);
    let source = format!("# T\n\n{}- a\n- b\n\n```\nx\n```\n\n| a |\n|---|\n| 1 |\n\n", paragraphs(200));
    let mut pushes = 0;
    for piece in source.as_bytes().chunks(3) {
        view.push(std::str::from_utf8(piece).unwrap());
        pushes += 1;
    }
    // Each of the 205 blocks once, and with each piece the open one, at most with the begin of the next.
    assert!(view.blocks_laid_out() <= 205 + 2 * pushes, "{} of {pushes}", view.blocks_laid_out());
    let before = view.blocks_laid_out();
    view.resize(80, 30);
    view.scroll_by(-5);
    assert_eq!(view.blocks_laid_out(), before);
}

#[test]
fn one_block_without_end_is_cut() {
    let line = "some words of text ".repeat(4);
    let shapes = [
        ("", format!("{line}\n")),
        ("", line.clone()),
        ("```\n", format!("{line}\n")),
        ("| a | b |\n|---|---|\n", format!("| {line} | x |\n")),
        ("> ", format!("> {line}\n")),
        ("- ", format!("  {line}\n")),
    ];
    for (start, line) in shapes {
        let mut view = view(80, 24, start);
        for _ in 0..200 {
            view.push(&line.repeat(10));
        }
        let open = view.source().len() - view.splitter.open_from();
        assert!(open <= 64 * 1024, "{start:?}: {open} bytes are laid out with each piece");
        assert_eq!(all(&view), layout(view.source(), 80), "{start:?}");
    }
}

proptest! {
    #[test]
    fn any_split_is_the_whole(
        source in markdown(),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        width in 1_u16..50,
    ) {
        let mut places: Vec<usize> = cuts.iter().map(|cut| source.floor_char_boundary(cut.index(source.len() + 1))).collect();
        places.sort_unstable();
        let mut view = StreamView::new();
        view.resize(width, 10);
        let mut start = 0;
        for end in places.into_iter().chain([source.len()]) {
            view.push(&source[start..end]);
            start = end;
            assert_eq!(all(&view), layout(&source[..end], width));
        }
        assert_eq!(view.source(), source.replace("\r\n", "\n").replace('\r', "\n"));
    }

    #[test]
    fn a_resize_and_back_is_where_it_was(
        source in markdown(),
        row in any::<prop::sample::Index>(),
        sizes in prop::collection::vec((0_u16..90, 0_u16..9), 0..4),
    ) {
        let mut view = view(40, 4, &format!("{source}\n\n{source}\n\n{source}"));
        view.scroll_to_start();
        view.scroll_by(isize::try_from(row.index(view.len() + 1)).unwrap());
        let before = (view.top(), view.is_following(), view.unseen());
        for (width, height) in sizes {
            view.resize(width, height);
        }
        view.resize(40, 4);
        assert_eq!((view.top(), view.is_following(), view.unseen()), before);
    }

    #[test]
    fn a_resize_and_back_is_where_it_was_while_text_came(
        source in markdown(),
        more in markdown(),
        row in any::<prop::sample::Index>(),
        sizes in prop::collection::vec((1_u16..90, 0_u16..9), 0..4),
    ) {
        let mut view = view(40, 4, &format!("{source}\n\n{source}\n\n{source}"));
        view.scroll_to_start();
        view.scroll_by(isize::try_from(row.index(view.len() + 1)).unwrap());
        view.push(&more);
        let before = (view.top(), view.is_following());
        for (width, height) in sizes {
            view.resize(width, height);
        }
        view.resize(40, 4);
        assert_eq!((view.top(), view.is_following()), before);
    }

    #[test]
    fn the_position_is_always_inside(
        steps in prop::collection::vec((0_u8..5, any::<i8>(), markdown()), 0..12),
    ) {
        let mut view = StreamView::new();
        for (step, by, text) in steps {
            match step {
                0 => view.scroll_by(isize::from(by)),
                1 => view.resize(u16::from(by.unsigned_abs()), u16::from(by.unsigned_abs() / 3)),
                2 => view.scroll_to_start(),
                3 => view.scroll_to_end(),
                _ => view.push(&text),
            }
            assert!(view.top() <= view.last_top());
            assert!(view.unseen() <= view.len());
            assert!(!view.is_following() || view.top() == view.last_top());
            let expected = view.len().min(usize::from(view.height));
            assert_eq!(view.visible().len(), expected);
        }
    }
}

proptest! {
    /// Whatever is taken back: the rest looks like a text that never went on, and goes on.
    #[test]
    fn what_is_taken_back_was_never_there(
        text in markdown(),
        at in any::<prop::sample::Index>(),
        width in 1_u16..60,
        scrolled in 0_isize..40,
        more in markdown(),
    ) {
        let mut view = view(width, 7, &text);
        view.scroll_by(-scrolled);
        let source = view.source().to_owned();
        let kept = source.floor_char_boundary(at.index(source.len() + 1));
        view.truncate(kept);
        assert_eq!(view.source(), &source[..kept]);
        assert_eq!(all(&view), layout(&source[..kept], width));
        assert!(view.top() + view.visible().len() <= view.len());
        view.push(&more);
        assert_eq!(all(&view), layout(&format!("{}{more}", &source[..kept]), width));
    }

    #[test]
    fn a_byte_is_in_the_rows_of_its_block(text in markdown(), at in any::<prop::sample::Index>()) {
        let view = view(40, 7, &text);
        if !view.source().is_empty() {
            let rows = view.rows_of(at.index(view.source().len()));
            assert!(rows.is_none_or(|rows| rows.start <= rows.end && rows.end <= view.len()));
        }
    }
}

#[test]
fn taking_a_sentence_back_lays_its_block_out_alone() {
    let mut view = view(30, 5, &format!("{}One sentence. A wrong one.", paragraphs(200)));
    let before = view.blocks_laid_out();
    view.truncate(view.source().len() - " A wrong one.".len());
    assert!(view.blocks_laid_out() - before <= 3, "{}", view.blocks_laid_out() - before);
    assert_eq!(shown(&view).last().map(String::as_str), Some("One sentence."));
}

#[test]
fn a_row_is_brought_in_sight() {
    let mut view = view(20, 8, &paragraphs(50));
    for row in [0, 40, 41, 20, 98, 0] {
        view.show_row(row);
        assert!((view.top()..view.top() + 8).contains(&row), "{row}: {}", view.top());
    }
}

#[test]
fn figures_stand_out_and_code_does_not() {
    let figures = |text: &str| -> Vec<String> {
        let rows = layout(text, 60);
        let runs =
            rows.iter().flat_map(|row| &row.runs).filter(|run| run.role == crate::text::wrap::Role::Figure);
        runs.map(|run| run.text.to_string()).collect()
    };
    assert_eq!(figures("It reached 295.0 tok/s, `12 ms` and 3 %.\n\n    7 ms\n"), ["295.0 tok/s", "3 %"]);
    assert_eq!(figures("# Took 12 ms\n\n| a | 4 |\n|---|---|\n| 5 ms | **6 ms** |\n"), ["5 ms"]);
}

#[test]
fn the_section_at_the_top_reaches_to_the_next_heading_of_its_level() {
    let text = "before\n\n# One\n\nfirst\n\n## Deep\n\nsecond\n\n# Two\n\nthird\n";
    let mut view = view(30, 2, text);
    let mut sections = Vec::new();
    view.scroll_to_start();
    loop {
        sections.push(view.section().to_owned());
        let before = view.top();
        view.scroll_by(1);
        if view.top() == before {
            break;
        }
    }
    sections.dedup();
    assert_eq!(
        sections,
        ["before", "# One\n\nfirst\n\n## Deep\n\nsecond", "## Deep\n\nsecond", "# Two\n\nthird"]
    );
    assert_eq!(StreamView::new().section(), "");
}
