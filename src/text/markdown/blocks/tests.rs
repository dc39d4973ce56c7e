//! Where a growing text can be cut into finished blocks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::text::markdown::tests::markdown;

fn split(source: &str) -> Vec<Block> {
    let mut splitter = Splitter::default();
    let mut blocks = splitter.advance(source);
    blocks.extend(splitter.finish(source));
    blocks
}

/// Blocks as text; `~` before one that is not parted from the one before.
fn check(source: &str, expected: &[&str]) {
    let blocks: Vec<String> = split(source)
        .into_iter()
        .map(|block| format!("{}{}", if block.is_apart { "" } else { "~" }, &source[block.range]))
        .collect();
    assert_eq!(blocks, expected, "{source:?}");
}

#[test]
fn boundaries() {
    check("", &[]);
    check("\n \n", &[]);
    check("a\nb\n\nc", &["a\nb\n", "c"]);
    check("a\n# b\nc", &["a\n", "# b\n", "c"]);
    check("a\n---\nb", &["a\n---\n", "b"]);
    check("a\n```x\n\nb\n```\nc", &["a\n", "\nb\n", "c"]);
    check("- a\n- b\n\n- c\n\n  d\n\ne", &["- a\n", "~- b\n\n", "- c\n\n  d\n\n", "e"]);
    check("- a\n  - b\n* c", &["- a\n  - b\n", "* c"]);
    check("a\n2. b", &["a\n2. b"]);
    check("a\n1. b", &["a\n", "1. b"]);
    check("<!-- a\n\nb -->\nc", &["<!-- a\n\nb -->\n", "c"]);
    check("    a\n\n    b\nc", &["    a\n\n    b\n", "c"]);
    check("> a\nb\n\n> c", &["> a\nb\n", "> c"]);
}

#[test]
fn numbers_go_on() {
    let numbers: Vec<Kind> =
        split("3. a\n3. b\n\n7. c\n\nx\n\n9. d").into_iter().map(|block| block.kind).collect();
    let number = |number| Kind::Markdown { number };
    assert_eq!(numbers, [number(Some(3)), number(Some(4)), number(Some(5)), number(None), number(Some(9))]);
}

#[test]
fn blocks_are_bounded() {
    let line = "word ".repeat(10) + "\n";
    for start in ["", "> ", "```\n", "| a | b |\n|-|-|\n", "- ", "<div>", "<!--", "    ", "[^1]: "] {
        for text in [line.repeat(1_000), "word ".repeat(10_000), "x".repeat(50_000), "é".repeat(25_000)] {
            let source = format!("{start}{text}");
            let blocks = split(&source);
            assert!(
                blocks.iter().all(|block| block.range.len() <= MOST_ITEM_BYTES + MOST_BYTES),
                "{start:?}"
            );
            let mut end = 0;
            for block in &blocks {
                assert!(block.range.start >= end);
                end = block.range.end;
            }
        }
    }
}

proptest::proptest! {
    #[test]
    fn finished_blocks_stay(source in markdown()) {
        let whole = split(&source);
        let mut splitter = Splitter::default();
        let mut blocks = Vec::new();
        for (end, _) in source.char_indices().chain([(source.len(), ' ')]) {
            blocks.extend(splitter.advance(&source[..end]));
        }
        blocks.extend(splitter.finish(&source));
        assert_eq!(blocks, whole);
    }
}
