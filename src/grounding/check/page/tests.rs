//! How texts are cut into pieces.

use proptest::prelude::{any, proptest};

use super::*;

fn shown(source: &str) -> Vec<String> {
    let page = Page::of(source);
    let piece = |piece: &Piece| {
        let kind = match &piece.kind {
            Kind::Cell(cell) => format!("cell {}", cell.head),
            kind => format!("{kind:?}").to_lowercase(),
        };
        format!("{kind}: {} < {}", piece.text.trim(), piece.above.join(" < "))
    };
    page.pieces.iter().map(piece).collect()
}

#[test]
fn what_stands_above_goes_with_each_piece() {
    let source =
        "# Title\n\n## gemma3\n\nThese are the\nresults:\n\n- **Throughput**\n  - median 5\n- TTFT\n\nEnd.\n";
    assert_eq!(
        shown(source),
        [
            "heading: # Title < ",
            "heading: ## gemma3 < ",
            "prose: These are the results: < gemma3",
            "prose: - **Throughput** < These are the results: < gemma3",
            "prose: - median 5 < - **Throughput** < These are the results: < gemma3",
            "prose: - TTFT < These are the results: < gemma3",
            "prose: End. < These are the results: < gemma3",
        ]
    );
}

#[test]
fn cells_know_their_heads_and_rows() {
    let page = Page::of("| Model | tok/s |\n|---|--:|\n| a\\|b | 5 |\n");
    let last = page.pieces.last().map(|piece| (piece.kind.clone(), piece.text.clone(), piece.start));
    let cell = Cell {
        head: "tok/s".into(),
        left: vec!["Model".into()],
        row: vec![("Model".into(), "a\\|b".into())],
    };
    assert_eq!(last, Some((Kind::Cell(cell), "5".into(), 37)));
}

#[test]
fn a_sentence_before_a_table_is_no_head_of_it() {
    let pieces = shown("Best of all is q4: | tag | tok/s |\n| --- | --- |\n| q4 | 5 |\n");
    assert_eq!(pieces.first().map(String::as_str), Some("prose: Best of all is q4: < "));
    assert_eq!(pieces.last().map(String::as_str), Some("cell tok/s: 5 < "));
}

#[test]
fn a_label_with_a_remark_is_a_heading_of_all_that_follows() {
    let table = "| Group | Median |\n|---|---|\n| a | 5 ms |\n\n";
    let pieces =
        shown(&format!("# T\n\n**TTFT** (lower is better)\n\n{table}{table}**Bold** is (x)\nmore text\n"));
    assert_eq!(pieces[1], "heading: **TTFT** (lower is better) < ");
    let cells: Vec<&String> = pieces.iter().filter(|piece| piece.starts_with("cell Median")).collect();
    assert_eq!(cells, [&"cell Median: 5 ms < **TTFT** (lower is better)".to_owned(); 2]);
    assert_eq!(
        pieces.last().map(String::as_str),
        Some("prose: **Bold** is (x) more text < **TTFT** (lower is better)")
    );
}

#[test]
fn the_header_ends_where_the_text_begins() {
    let kinds =
        |source: &str| Page::of(source).pieces.iter().map(|piece| piece.kind.clone()).collect::<Vec<_>>();
    let header = "# T\n**Date:** 2025-01-01\nModel: x\n\n---\n\n**Date:** 2023-01-01\n";
    assert_eq!(kinds(header), [Kind::Heading, Kind::Header, Kind::Header, Kind::Prose]);
    assert_eq!(kinds("# T\n\nFiles analyzed: 3\n\nDate: x\n"), [Kind::Heading, Kind::Prose, Kind::Prose]);
    assert_eq!(kinds("# T\n\nText here.\n\nDate: x\n"), [Kind::Heading, Kind::Prose, Kind::Prose]);
}

#[test]
fn fences_are_blocks_and_bold_lines_headings() {
    let page = Page::of("**1. A**\n\n```json\n{\"a\": 1}\n```\n\ntext\n");
    assert_eq!(page.fences.len(), 1);
    assert_eq!((page.fences[0].info.as_str(), page.fences[0].text.as_str()), ("json", "{\"a\": 1}"));
    assert_eq!(page.pieces[0].kind, Kind::Heading);
}

proptest! {
    #[test]
    fn offsets_are_those_of_the_source(source in any::<String>()) {
        check(&source);
    }
    #[test]
    fn offsets_hold_in_any_mixture_of_marks(source in "[#>*|`~<!\\-: a1\n\r\té]{0,80}") {
        check(&source);
    }
}

fn check(source: &str) {
    for piece in Page::of(source).pieces {
        let there = source.get(piece.start..piece.start + piece.text.len());
        assert!(there.is_some(), "{source:?} {piece:?}");
    }
}
