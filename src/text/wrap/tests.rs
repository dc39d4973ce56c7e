//! Rows fit the width and lose nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::{any, prop, proptest};

use super::*;

fn body(text: &str) -> Run {
    Run::new(Shown::new(text), Role::Body)
}

fn texts(rows: &[Row]) -> Vec<String> {
    rows.iter().map(Row::text).collect()
}

fn check(input: &str, width: u16, indent: u16, expected: &[&str]) {
    assert_eq!(texts(&wrap(&[body(input)], width, indent)), expected, "{input:?} {width} {indent}");
}

#[test]
fn words_then_graphemes() {
    check("", 10, 0, &[""]);
    check("one two three", 20, 0, &["one two three"]);
    check("one two three", 7, 0, &["one two", "three"]);
    check("one two three", 8, 0, &["one two", "three"]);
    check("one  two", 8, 0, &["one  two"]);
    check("one  two", 4, 0, &["one", "two"]);
    check("one two ", 7, 0, &["one two"]);
    check("abcdefghij", 4, 0, &["abcd", "efgh", "ij"]);
    check("ab cdefghij", 4, 0, &["ab c", "defg", "hij"]);
    check("abcd efghijkl", 4, 0, &["abcd", "efgh", "ijkl"]);
    check("10\u{a0}000 tokens", 7, 0, &["10\u{a0}000", "tokens"]);
}

#[test]
fn rows_after_the_first_are_indented() {
    check("one two three four", 12, 2, &["one two", "  three four"]);
    check("one two three", 12, 40, &["one two", "    three"]);
    check("one two", 3, 3, &["one", "two"]);
}

#[test]
fn wide_signs_break_anywhere() {
    check("日本語テスト", 7, 0, &["日本語", "テスト"]);
    check("ab日本語", 5, 0, &["ab日", "本語"]);
    check("日本", 1, 0, &["…", "…"]);
    check("e\u{301}e\u{301}e\u{301}", 2, 0, &["e\u{301}e\u{301}", "e\u{301}"]);
}

#[test]
fn no_room_is_no_loop() {
    check("one two", 0, 0, &[""]);
    check("one", 1, 5, &["o", "n", "e"]);
    check("日 a", 1, 0, &["…", "a"]);
}

#[test]
fn roles_survive_and_words_span_them() {
    let runs = [body("say "), Run::new(Shown::new("bo"), Role::Strong), body("ld now")];
    let rows = wrap(&runs, 7, 0);
    assert_eq!(texts(&rows), ["say", "bold", "now"]);
    assert_eq!(rows[1].runs, [Run::new(Shown::new("bo"), Role::Strong), body("ld")]);
}

#[test]
fn runs_that_would_join_stay_apart() {
    let mut row = Row::default();
    for text in ["a", "b ", "ក\u{17d2}", "ក", "日", "本"] {
        row.push(Shown::new(text), Role::Body);
    }
    let runs: Vec<&str> = row.runs.iter().map(|run| run.text.as_str()).collect();
    assert_eq!(runs, ["ab ", "ក\u{17d2}", "ក", "日本"]);
}

#[test]
fn code_is_cut_where_the_row_ends() {
    assert_eq!(texts(&cut(&Shown::new("  a b  c"), Role::Code, 4)), ["  a ", "b  c"]);
    assert_eq!(texts(&cut(&Shown::new(""), Role::Code, 4)), [""]);
}

proptest! {
    #[test]
    fn rows_fit_and_lose_nothing(
        words in prop::collection::vec((".{0,12}", any::<bool>()), 0..8),
        width in 2_u16..30,
        indent in 0_u16..12,
    ) {
        let runs: Vec<Run> = words
            .iter()
            .map(|(word, strong)| Run::new(Shown::new(word), if *strong { Role::Strong } else { Role::Body }))
            .collect();
        let rows = wrap(&runs, width, indent);
        for row in &rows {
            assert!(row.width() <= usize::from(width), "{row:?}");
        }
        if runs.iter().all(|run| run.text.as_str().graphemes(true).all(|grapheme| sanitize::width(grapheme) <= 2)) {
            let squeeze = |text: String| text.replace(' ', "");
            let all: String = runs.iter().map(|run| run.text.as_str()).collect();
            assert_eq!(squeeze(rows.iter().map(Row::text).collect()), squeeze(all));
        }
    }

    #[test]
    fn the_narrowest_widths_end(text in ".{0,40}", width in 0_u16..3, indent in any::<u16>()) {
        for row in wrap(&[body(&text)], width, indent) {
            assert!(row.width() <= usize::from(width), "{row:?}");
        }
    }
}
