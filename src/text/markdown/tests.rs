//! Markdown against the rows it becomes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;

use proptest::prelude::{Strategy, prop, prop_oneof, proptest};

use super::*;

fn text(source: &str, width: u16) -> String {
    let rows = layout(source, width);
    rows.iter().map(|row| row.text().trim_end().to_owned() + "\n").collect()
}

fn check(source: &str, expected: &str) {
    check_at(40, source, expected);
}

/// `expected` begins with a line break, for the looks.
fn check_at(width: u16, source: &str, expected: &str) {
    let expected = expected.strip_prefix('\n').unwrap_or(expected);
    let actual = text(source, width);
    assert_eq!(actual, expected, "\n--- source\n{source}\n--- rows\n{actual}");
}

#[test]
fn blocks_are_parted_by_a_blank_row() {
    check("", "");
    check("one\ntwo\n\n\nthree", "\none two\n\nthree\n");
    check(
        "# Title\ntext\n## Part\n---\nend",
        "\n# Title\n\ntext\n\n## Part\n\n────────────────────────────────────────\n\nend\n",
    );
    check("Setext\n===\nand\n---\ntext", "\n# Setext\n\n## and\n\ntext\n");
    check("a  \nb\\\nc<br>d", "\na\nb\nc\nd\n");
}

#[test]
fn roles() {
    fn check(source: &str, expected: &[(&str, Role)]) {
        let rows = layout(source, 80);
        let runs: Vec<(&str, Role)> =
            rows.iter().flat_map(|row| &row.runs).map(|run| (run.text.as_str(), run.role)).collect();
        assert_eq!(runs, expected, "{source}");
    }
    check(
        "a **b** *c* ~~d~~ `e`",
        &[
            ("a ", Role::Body),
            ("b", Role::Strong),
            (" ", Role::Body),
            ("c", Role::Emphasis),
            (" ", Role::Body),
            ("d", Role::Struck),
            (" ", Role::Body),
            ("e", Role::Code),
        ],
    );
    check("## a **b**", &[("## a b", Role::Heading(2))]);
    check("> q **s**", &[("│ q ", Role::Quote), ("s", Role::Strong)]);
    check("- [x] done", &[("• [x] ", Role::Bullet), ("done", Role::Body)]);
    check("[here](http://x.y)", &[("here", Role::Link), (" ", Role::Body), ("(http://x.y)", Role::Muted)]);
    check("<http://x.y>", &[("http://x.y", Role::Link)]);
    check("<a@b.cd>", &[("a@b.cd", Role::Link)]);
    check("<div>", &[("<div>", Role::Muted)]);
    check("```\nx\n```", &[("  x", Role::Code)]);
    check("***", &[("─".repeat(80).as_str(), Role::Rule)]);
}

#[test]
fn lists() {
    check("- a\n- b\n  - c\n    - d\n- e", "\n• a\n• b\n  ◦ c\n    ▪ d\n• e\n");
    check("3. a\n3. b\n9. c", "\n3. a\n4. b\n5. c\n");
    check("1. a\n\n1. b\n\n   more\n1. c", "\n1. a\n\n2. b\n\n   more\n3. c\n");
    check("- a\n\n  para\n\n      code\n- b", "\n• a\n\n  para\n\n    code\n• b\n");
    check("- a\nlazy\n- b", "\n• a lazy\n• b\n");
    check("- x\n\n  1. a\n     - b\n\n  2. c\n     - d", "\n• x\n\n  1. a\n     ▪ b\n\n  2. c\n     ▪ d\n");
    check("- a\n* b", "\n• a\n\n• b\n");
    check("text\n- a\n- b\n\n  c\n\nend", "\ntext\n\n• a\n• b\n\n  c\n\nend\n");
    check("1. a\n   ```\n   x\n\n   y\n   ```\n2. b", "\n1. a\n     x\n\n     y\n2. b\n");
    check("1. one\n   - sub\n\n   - sub two\n2. two", "\n1. one\n   ◦ sub\n\n   ◦ sub two\n2. two\n");
    check("-\n- b", "\n•\n• b\n");
    check("- a\n   - b\n  - c\n - d", "\n• a\n  ◦ b\n  ◦ c\n• d\n");
    check("- > quoted\n  > more\n- x", "\n• │ quoted more\n• x\n");
    check_at(20, "- one two three four five six", "\n• one two three four\n  five six\n");
    check("10) a\n11) b", "\n10. a\n11. b\n");
    check("+\na\n-", "\n•\n\n## a\n");
    check("1. a\nlazy\n2. b\n\n3. c", "\n1. a lazy\n2. b\n\n3. c\n");
    check("- a\n\n\n- b\n# H", "\n• a\n\n• b\n\n# H\n");
}

#[test]
fn quotes() {
    check("> a\nlazy\n>\n> b\n\nc", "\n│ a lazy\n│\n│ b\n\nc\n");
    check("> a\n> > b\n>\n> c", "\n│ a\n│\n│ │ b\n│\n│ c\n");
    check("> p\n> - - a\n>   - b", "\n│ p\n│\n│ • ◦ a\n│   ◦ b\n");
    check("> - a\n> - b", "\n│ • a\n│ • b\n");
    check("> ```\n> x\n> ```", "\n│   x\n");
}

#[test]
fn code() {
    check("```rust\nfn a() {\n\tb\n}\n```\nx", "\n  fn a() {\n      b\n  }\n\nx\n");
    check("````\n```\n````\nx", "\n  ```\n\nx\n");
    check("~~~\na\n\n\nb", "\n  a\n\n\n  b\n");
    check("  ```\n    a\n b\n  ```", "\n    a\n  b\n");
    check("    indented\n\n    more\n\nx", "\n  indented\n\n  more\n\nx\n");
    check("text\n```\n# x\n- y\n```", "\ntext\n\n  # x\n  - y\n");
    check_at(10, "```\n0123456789abc\n```", "\n  01234567\n  89abc\n");
    check("```\n\u{1b}[31m\n```", "\n  ␛[31m\n");
    check("`` a`b ``", "\na`b\n");
}

#[test]
fn tables() {
    check(
        "| metric | value |\n|:--|--:|\n| tok/s | 102.8 |\n| ttft | 640 |\n\nend",
        "\nmetric │ value\n───────┼──────\ntok/s  │ 102.8\nttft   │   640\n\nend\n",
    );
    check("a | b\n:-:|---\n1 | \n", "\na │ b\n──┼──\n1 │\n");
    check_at(
        20,
        "|n|text|\n|-|-|\n|1|words that do not fit into it|",
        "\nn │ text\n──┼─────────────────\n1 │ words that do\n  │ not fit into it\n",
    );
    // A long cell among many does not take the room of the rest.
    let mut long = "|name|what|\n|-|-|\n".to_owned();
    for row in 0..20 {
        writeln!(long, "|row {row}|some words here {row}|").unwrap();
    }
    let table = layout(&format!("{long}|a name of many words|x|\n"), 27);
    assert_eq!(table[2].text().trim_end(), "row 0  │ some words here 0");
    assert_eq!(table.len(), 2 + 20 + 4);
    check_at(14, "|a|b|\n|-|-|\n|x<br>y|z|", "\na │ b\n──┼──\nx │ z\ny │\n");
    check_at(
        10,
        "|alpha|beta|gamma|\n|-|-|-|\n|1|2|3|\n|4|5|6|",
        "\nalpha: 1\nbeta: 2\ngamma: 3\n\nalpha: 4\nbeta: 5\ngamma: 6\n",
    );
    check("|a|\n|-|\n|x|\n# h", "\na\n─\nx\n\n# h\n");
    check("> |a|\n> |-|\n>\n> |b|\n> |-|\n> |x|", "\n│ a\n│ ─\n│\n│ b\n│ ─\n│ x\n");
    check("- |a|b|\n  |-|-|\n  |1|2|", "\n• a │ b\n  ──┼──\n  1 │ 2\n");
}

#[test]
fn long_tables_keep_their_columns() {
    let mut source = "| name | value |\n|---|---:|\n".to_owned();
    for row in 0..200 {
        writeln!(source, "| row {row} | {} |", row * row).unwrap();
    }
    let rows = layout(&source, 40);
    assert_eq!(rows.len(), 202);
    // The columns grow with the cells, but never within one part of the table.
    let places: Vec<Option<usize>> = rows.iter().map(|row| row.text().find('│')).collect();
    assert!(places[2..32].iter().all(|place| *place == places[0]));
    assert_eq!(rows[201].text(), "row 199 │ 39601");
}

#[test]
fn links_and_notes() {
    check("see [x][1]\n\n[1]: http://a.b", "\nsee x [1]\n\n[1]: http://a.b\n");
    check("see [x] and [1]", "\nsee [x] and [1]\n");
    check("a[^1]\n\n[^1]: note", "\na[^1]\n\n[^1]: note\n");
    check("![alt](pic.png)", "\nimage: alt (pic.png)\n");
    check("[part](#part)", "\npart\n");
}

#[test]
fn html_is_shown() {
    check("<!-- chimera\n\n- x -->\ntext", "\n<!-- chimera\n\n- x -->\n\ntext\n");
    check("# T\n\n<!-- chimera-insight:report -->\n\ntext", "\n# T\n\ntext\n");
    check("a <b>c</b>", "\na <b>c</b>\n");
    check("<div>\n# x\n</div>\n\n# y", "\n<div>\n# x\n</div>\n\n# y\n");
    check("&#27;[2J &amp; &#x202e;", "\n␛[2J & <U+202E>\n");
}

#[test]
fn blocks_alone_look_like_the_whole() {
    let source = "# T\n\nlead *in*\n1. a\n   - b\n\n   more\n\n       code\n2. c\nlazy\n\n   ```\n   x\n\n   y\n   ```\n\
        3. d\n\n* e\n* f\n---\nSetext\n---\n> q\nlazy\n> - r\n\n> s\n\n|a|b|\n|-|-|\n|1|2|\ntext\n\n    code\n\n    \
        code\n~~~\n```\n# no\n~~~\n<div>\n# raw\n\n# H\n- [ ] todo\n\n\n\n- [x] done\n***\nend\n";
    for width in [10, 30, 80] {
        let whole = render::render(source, width, None, &mut Carry::default());
        assert_eq!(layout(source, width), whole, "{width}");
    }
}

#[test]
fn widths_of_nothing() {
    assert_eq!(layout("# a\n\n- b", 0), []);
    check_at(1, "ab", "\na\nb\n");
}

#[test]
fn nesting_is_bounded() {
    for sign in ["> ", "- ", "* ", "[", "![", "**", "`", "<a ", "1. ", "  - x\n", "|", "\\", "&#"] {
        let source = sign.repeat(2_000);
        for width in [1, 2, 10, 80] {
            assert_rows_fit(&source, width);
        }
    }
}

fn assert_rows_fit(source: &str, width: u16) {
    for row in layout(source, width) {
        assert!(row.width() <= usize::from(width), "{row:?} wider than {width}");
        for run in &row.runs {
            assert!(!run.text.is_empty());
            assert_eq!(Shown::new(run.text.as_str()), run.text);
        }
    }
}

/// Markdown made of what begins, ends and continues blocks.
pub(in crate::text) fn markdown() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => "[a-c]{1,6}",
        6 => prop::sample::select(vec![
            "\n", "\n\n", " ", "  ", "    ", "\t", "# ", "## ", "- ", "* ", "1. ", "2) ", "> ", "```", "~~~~",
            "|", "|-|-|\n", "| a | b |\n", "---\n", "===\n", "***", "**", "*", "_", "`", "~~", "[", "](x)", "[a]: b\n",
            "[^1]", "[^1]: ", "<!--", "-->", "<pre>", "</pre>", "<div>", "<br>", "- [ ] ", "\\", "  \n", "\r\n", "\r", "&amp;",
            "日本", "e\u{301}", "\u{202e}", "\x1b[0m", "👩\u{200d}💻", "+\n", "-\n", "   - ", "      ", "1234567890. ",
        ]).prop_map(str::to_owned),
        1 => ".{0,6}",
    ];
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn rows_fit_the_width(source in markdown(), width in 0_u16..60) {
        assert_rows_fit(&source, width);
    }

    #[test]
    fn any_text_is_laid_out(source in "\\PC{0,200}", width in 0_u16..60) {
        assert_rows_fit(&source, width);
    }
}
