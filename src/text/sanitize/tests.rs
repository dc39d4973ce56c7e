//! What may not reach a terminal, and what stands there instead.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};

use unicode_width::UnicodeWidthStr;

use super::*;

fn check(input: &str, expected: &str) {
    assert_eq!(Shown::new(input).as_str(), expected, "{input:?}");
}

#[test]
fn plain_text_passes() {
    for text in [
        "",
        "plain ASCII ~",
        "Füße, naïve, ½ µs",
        "日本語",
        "한국어",
        "שלום",
        "سلام",
        "हिन्दी",
        "e\u{301}",
        "→ ✓ 🚀 🇩🇪",
    ] {
        check(text, text);
    }
}

#[test]
fn controls_become_pictures() {
    check("a\x1b[31mb", "a␛[31mb");
    check("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇");
    check("\0\x08\x0b\x0c\x7f", "␀␈␋␌␡");
    check("\u{9b}31m\u{85}", "\u{fffd}31m\u{fffd}");
    check("a\nb\tc\r\nd\re", "a b c d e");
}

#[test]
fn hidden_characters_become_visible() {
    check("a\u{202e}b", "a<U+202E>b");
    check("\u{200b}\u{200f}\u{2066}\u{feff}\u{ad}", "<U+200B><U+200F><U+2066><U+FEFF><U+00AD>");
    check("\u{e0041}\u{e007f}", "<U+E0041><U+E007F>");
    check("\u{115f}\u{1160}\u{3164}\u{ffa0}", "<U+115F><U+1160><U+3164><U+FFA0>");
    check("\u{34f}\u{61c}\u{180e}", "<U+034F><U+061C><U+180E>");
    check("a\u{2028}b\u{2029}", "a<U+2028>b<U+2029>");
    check("a\u{fe0f}\u{fe01}\u{e0100}", "a<U+FE0F><U+FE01><U+E0100>");
    check("a\u{200d}b\u{200c}", "a<U+200D>b<U+200C>");
    check("\u{e000}\u{f8ff}\u{10fffd}", "<U+E000><U+F8FF><U+10FFFD>");
    check("\u{fdd0}\u{ffff}\u{10ffff}\u{378}", "<U+FDD0><U+FFFF><U+10FFFF><U+0378>");
    check("ｶ\u{ff9e}ﾊ\u{ff9f}", "ｶ\u{309b}ﾊ\u{309c}");
    check("a\u{2003}b\u{1680}c\u{a0}d", "a b c\u{a0}d");
}

#[test]
fn emoji_are_taken_apart() {
    check("👩\u{200d}💻", "👩💻");
    check("❤\u{fe0f}\u{200d}🔥", "❤🔥");
    check("👍\u{1f3fd}", "👍");
    check("👩\u{1f3fd}\u{200d}🚀", "👩🚀");
    check("1\u{fe0f}\u{20e3}", "1\u{20e3}");
    check("⚠\u{fe0f} careful", "⚠ careful");
    check("⚠\u{fe0f}\u{fe0f}", "⚠<U+FE0F>");
    check("\u{1f3fd}", "<U+1F3FD>");
    check("👩\u{200d}", "👩<U+200D>");
}

#[test]
fn marks_are_folded() {
    check("\u{301}a", "<U+0301>a");
    check("a \u{301}b", "a <U+0301>b");
    check(&format!("e{}x", "\u{301}".repeat(4)), "e\u{301}\u{301}\u{301}\u{301}x");
    check(&format!("e{}x", "\u{301}".repeat(104)), "e\u{301}\u{301}\u{301}\u{301}<+100>x");
    let conjuncts = "\u{915}\u{94d}".repeat(200);
    assert!(Shown::new(&conjuncts).as_str().len() < 64);
}

#[test]
fn bytes_and_paths() {
    assert_eq!(Shown::from_bytes(b"a\xff\x1bb").as_str(), "a\u{fffd}␛b");
    assert_eq!(Shown::from_path(Path::new("a/b\n\tc/d.csv")).as_str(), "a/b␊␉c/d.csv");
    assert_eq!(Shown::from_path(Path::new("/a//b/")).as_str(), "/a/b");
    assert_eq!(Shown::from_path(Path::new("../x")).as_str(), "../x");
}

#[test]
fn cutting() {
    fn check(input: &str, width: usize, expected: &str) {
        assert_eq!(Shown::new(input).truncated(width).as_str(), expected, "{input:?} {width}");
    }
    check("abcdef", 6, "abcdef");
    check("abcdef", 5, "abcd…");
    check("abcdef", 1, "…");
    check("abcdef", 0, "");
    check("日本語", 6, "日本語");
    check("日本語", 5, "日本…");
    check("日本語", 4, "日…");
    check("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…");
}

#[test]
fn parts_join_safely() {
    let halves = [Shown::new("ក\u{17d2}"), Shown::new("ក")];
    let whole = Shown::concat(&[&halves[0], &halves[1]]);
    assert_eq!(whole, Shown::new("ក\u{17d2}ក"));
    assert_invariant(&whole);
}

/// No character from the forbidden set, and columns that all counts agree on.
fn assert_invariant(shown: &Shown) {
    for character in shown.as_str().chars() {
        let code = u32::from(character);
        let forbidden = character.is_control()
            || matches!(code,
                0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f
                | 0x2028..=0x202e | 0x2060..=0x206f | 0x2800 | 0x3164 | 0xe000..=0xf8ff | 0xfdd0..=0xfdef
                | 0xfe00..=0xfe0f | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a
                | 0xe0000..=0xe0fff | 0xf0000..=0x0010_ffff)
            || code & 0xfffe == 0xfffe;
        assert!(!forbidden, "{character:?} in {shown:?}");
    }
    let by_grapheme: usize = shown.as_str().graphemes(true).map(UnicodeWidthStr::width).sum();
    assert_eq!(shown.width(), by_grapheme, "{shown:?}");
    for grapheme in shown.as_str().graphemes(true) {
        assert!(width(grapheme) > 0, "{grapheme:?} in {shown:?} takes no column");
        assert!(grapheme.len() <= LONGEST_GRAPHEME + 8, "{grapheme:?} in {shown:?}");
        assert!(grapheme.chars().filter(|mark| char_width(*mark) == 0).count() <= MOST_MARKS + 1);
    }
    assert_eq!(&Shown::new(shown.as_str()), shown, "a second time changes it");
}

#[test]
fn every_character_keeps_the_columns() {
    // The planes that hold characters; the rest is unassigned or private.
    for character in ('\0'..='\u{1ffff}').chain('\u{e0000}'..='\u{e01ff}').filter(|known| !is_simple(*known))
    {
        let alone = Shown::new(&character.to_string());
        if alone.as_str().starts_with("<U+") {
            assert_eq!(alone.as_str(), format!("<U+{:04X}>", u32::from(character)));
        } else {
            assert_invariant(&alone);
            assert_invariant(&Shown::new(&format!("a{character}\u{301}{character}क")));
        }
    }
}

/// Characters that join, hide, turn or widen others.
fn nasty() -> impl Strategy<Value = char> {
    prop_oneof![
        any::<char>(),
        prop::char::range('\0', '\u{ff}'),
        prop::char::range('\u{300}', '\u{36f}'),
        prop::char::range('\u{900}', '\u{1a20}'),
        prop::char::range('\u{1100}', '\u{11ff}'),
        prop::char::range('\u{2000}', '\u{206f}'),
        prop::char::range('\u{ff60}', '\u{ffff}'),
        prop::char::range('\u{11000}', '\u{11fff}'),
        prop::char::range('\u{16d00}', '\u{16dff}'),
        prop::char::range('\u{1f1e0}', '\u{1f3ff}'),
        Just('\u{200d}'),
        Just('\u{fe0f}'),
        Just('👩'),
        Just('\u{94d}'),
        Just('\u{17d2}'),
    ]
}

proptest! {
    #[test]
    fn no_text_breaks_the_invariant(characters in prop::collection::vec(nasty(), 0..40), cut in 0_usize..30) {
        let text: String = characters.iter().collect();
        let shown = Shown::new(&text);
        assert_invariant(&shown);
        let short = shown.truncated(cut);
        assert_invariant(&short);
        assert!(short.width() <= cut);
        let (left, right) = characters.split_at(characters.len() / 2);
        let halves = [left, right].map(|half| Shown::new(&half.iter().collect::<String>()));
        assert_invariant(&Shown::concat(&[&halves[0], &halves[1]]));
    }

    #[test]
    fn no_bytes_break_the_invariant(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        assert_invariant(&Shown::from_bytes(&bytes));
    }
}
