//! Text from outside cannot become Markdown.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::{any, proptest};
use pulldown_cmark::{Event, Options, Parser, Tag};

use super::*;

fn events(markdown: &str) -> Vec<Event<'_>> {
    Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH).collect()
}

/// The text that a reader sees; anything but text in one paragraph is an error.
fn read_back(markdown: &str) -> String {
    let mut text = String::new();
    for event in events(markdown) {
        match event {
            Event::Text(part) => text.push_str(&part),
            Event::Start(Tag::Paragraph) | Event::End(_) => {}
            other => panic!("{other:?} in {markdown:?}"),
        }
    }
    text
}

#[test]
fn text_stays_text() {
    for text in [
        "a | b",
        "<!-- chimera-insight:report -->",
        "<script>alert()</script>",
        "# heading",
        "- item",
        "1. item",
        "> quote",
        "*a* _b_ **c** ~~d~~ `e`",
        "[link](http://x) ![image](y)",
        "a &amp; b &#60;",
        "num_gpu=80 in a_b.csv",
        "back\\slash",
        "***",
        "---",
        "===",
        "```",
        "Setext\n===",
    ] {
        let escaped = inline(text);
        assert_eq!(read_back(&escaped), text.replace('\n', " "), "{escaped}");
        let in_table = format!("{}{}", table_head(&["a", "b"]), table_row([text, "end"]));
        let cells = events(&in_table).iter().filter(|e| matches!(e, Event::Start(Tag::TableCell))).count();
        assert_eq!(cells, 4, "{in_table}");
    }
    assert_eq!(inline("num_gpu=80 in a_b.csv"), "num_gpu=80 in a_b.csv", "readable as it stands");
}

#[test]
fn a_fence_cannot_be_left() {
    let block = fenced("text\n```\n# out\n````\n\u{1b}[31m");
    let all = events(&block);
    assert!(matches!(all.first(), Some(Event::Start(Tag::CodeBlock(_)))));
    assert!(!all.iter().any(|event| matches!(event, Event::Start(Tag::Heading { .. }))));
    assert!(!block.contains('\u{1b}'));
}

#[test]
fn hidden_characters_are_escaped_in_json() {
    let value = serde_json::json!({"a": "x\u{202e}y\u{9b}z\u{e0041}"});
    let text = json(&value.to_string());
    assert!(text.is_ascii(), "{text}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
}

proptest! {
    #[test]
    fn any_text_stays_one_paragraph_of_text(text in any::<String>()) {
        read_back(&inline(&text));
    }
    #[test]
    fn any_markup_stays_text(text in "[#*_`~|<>\\[\\]()!&;a1. \\\\\n=+-]{0,30}") {
        read_back(&inline(&text));
    }
}
