//! What holds of every theme, and what a user's own may get wrong.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;

use ratatui::style::{Color, Modifier};

use super::{
    ground::{linear, luminance},
    sheet::EMBEDDED,
    *,
};

fn theme(name: &str, depth: Depth) -> Theme {
    let (themes, problems) = Themes::new(name, depth, Signs::Unicode, |_| None);
    assert_eq!(problems, Vec::<String>::new(), "{name}");
    assert!(!themes.heed_ground());
    themes.on(None).clone()
}

fn own(text: &str) -> (Theme, Vec<String>) {
    let (themes, problems) =
        Themes::new("mine", Depth::Full, Signs::Unicode, |name| (name == "mine").then(|| text.to_owned()));
    (themes.on(None).clone(), problems)
}

fn rgb(color: Color) -> [f64; 3] {
    match color {
        Color::Rgb(red, green, blue) => [red, green, blue].map(|part| f64::from(part) / 255.0),
        other => panic!("{other}"),
    }
}

#[test]
fn every_embedded_theme_is_sound_and_the_base_has_every_role() {
    for (name, _) in EMBEDDED {
        for depth in [Depth::None, Depth::Sixteen, Depth::Indexed, Depth::Full] {
            theme(name, depth);
        }
    }
    let base: toml::Table = EMBEDDED[0].1.parse().unwrap();
    let written: BTreeSet<&str> = base["roles"].as_table().unwrap().keys().map(String::as_str).collect();
    let known: BTreeSet<&str> = Slot::ALL.iter().map(|slot| slot.name()).collect();
    assert_eq!(written, known);
}

#[test]
fn without_colours_there_are_none() {
    for (name, _) in EMBEDDED {
        for style in theme(name, Depth::None).styles {
            assert_eq!((style.fg, style.bg), (None, None), "{name}");
        }
    }
}

#[test]
fn a_theme_of_the_users_is_laid_over_its_base() {
    let (mine, problems) = own("base = \"light\"\n[colors]\naccent = \"#010203\"\nfog = 250\n\
                                [roles]\nmuted = \"fog italic on black\"\nbusy = \"\"\n");
    assert_eq!(problems, Vec::<String>::new());
    let light = theme("light", Depth::Full);
    // What is called by a colour follows it.
    assert_eq!(mine.key(), Style::new().fg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD));
    assert_eq!(mine.good(), light.good());
    assert_eq!(
        mine.muted(),
        Style::new().fg(Color::Indexed(250)).bg(Color::Black).add_modifier(Modifier::ITALIC)
    );
    assert_eq!(mine.busy(), Style::new());
}

#[test]
fn what_is_wrong_with_a_theme_is_told_with_its_line_and_the_rest_holds() {
    for (text, expected) in [
        (
            "base = \"noon\"",
            "themes/mine.toml:1: no theme `noon`; there are: ansi, dark, light, high-contrast",
        ),
        ("\nbase = 1", "themes/mine.toml:2: `base` must be the name of a theme"),
        ("[roles]\nmeters = \"red\"", "themes/mine.toml:2: unknown role `meters`"),
        ("[roles]\n\nmeter = \"mauve\"", "themes/mine.toml:3: unknown colour or word `mauve`"),
        ("[roles]\nmeter = 4", "themes/mine.toml:2: a role looks as words say"),
        ("[colors]\naccent = \"#12345\"", "themes/mine.toml:2: unknown colour `#12345`"),
        (
            "[colors]\na = [1]",
            "themes/mine.toml:2: a list of colours has two: one, and what stands for it among 16",
        ),
        ("roles = 1", "themes/mine.toml:1: `roles` must be a table"),
        ("colours = 1", "themes/mine.toml:1: unknown key `colours`; keys: base, colors, roles"),
    ] {
        let (mine, problems) = own(&format!("{text}\n"));
        assert_eq!(problems, [expected]);
        assert_eq!(mine.good(), theme("ansi", Depth::Full).good(), "{text}");
    }
    let (mine, problems) = own("[roles\n");
    assert!(problems[0].starts_with("themes/mine.toml:1: not TOML: "), "{problems:?}");
    assert_eq!(mine, theme("ansi", Depth::Full));
}

#[test]
fn a_name_that_is_no_theme_is_told_and_the_background_decides() {
    let (themes, problems) = Themes::new("mauve\u{1b}", Depth::Full, Signs::Unicode, |_| None);
    assert_eq!(problems.len(), 1);
    assert!(!problems[0].contains('\u{1b}') && problems[0].contains("there are: ansi"), "{problems:?}");
    assert_eq!(themes.on(None), &Theme::default());
    assert_eq!(themes.on(Some(Ground::Dark)), &theme("dark", Depth::Full));
    assert_eq!(themes.on(Some(Ground::Light)), &theme("light", Depth::Full));
}

/// Contrast by the web's guidelines; they ask for 4.5 of text.
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one) + 0.05, luminance(other) + 0.05);
    one.max(other) / one.min(other)
}

#[test]
fn every_text_reads_well_on_its_background() {
    let grounds: [(&str, &[Color]); 3] = [
        // Black, and the dark grey and blue that many dark terminals have.
        ("dark", &[Color::Rgb(0, 0, 0), Color::Rgb(0x1e, 0x1e, 0x1e), Color::Rgb(0x00, 0x2b, 0x36)]),
        // White, and the paper that many light ones have.
        ("light", &[Color::Rgb(255, 255, 255), Color::Rgb(0xf5, 0xf5, 0xf5), Color::Rgb(0xfd, 0xf6, 0xe3)]),
        ("high-contrast", &[Color::Rgb(0, 0, 0)]),
    ];
    for (name, grounds) in grounds {
        let least = if name == "high-contrast" { 7.0 } else { 4.5 };
        let theme = theme(name, Depth::Full);
        for slot in Slot::ALL {
            let Some(color) = theme.of(slot).fg else { continue };
            for ground in grounds {
                let contrast = contrast(rgb(color), rgb(*ground));
                assert!(contrast >= least, "{name} {} on {ground}: {contrast:.2}", slot.name());
            }
        }
    }
}

/// How somebody sees a colour who lacks one kind of cone (Machado and others 2009, in full
/// severity).
fn seen(rgb: [f64; 3], matrix: [[f64; 3]; 3]) -> [f64; 3] {
    let light = rgb.map(linear);
    matrix.map(|row| row.iter().zip(light).map(|(weight, part)| weight * part).sum::<f64>().clamp(0.0, 1.0))
}

/// Lightness and hue as the eye has them (CIE Lab), of an amount of light.
fn lab(light: [f64; 3]) -> [f64; 3] {
    let [red, green, blue] = light;
    let xyz = [
        (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505,
        0.2126 * red + 0.7152 * green + 0.0722 * blue,
        (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089,
    ];
    let root = |part: f64| if part > 0.008_856 { part.cbrt() } else { 7.787 * part + 16.0 / 116.0 };
    let [x, y, z] = xyz.map(root);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// Differences that two patches side by side show at once.
const PLAIN_TO_SEE: f64 = 15.0;

#[test]
fn good_caution_and_danger_are_told_apart_with_any_colour_vision() {
    let same = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let protan = [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]];
    let deutan = [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]];
    let tritan = [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]];
    for name in ["dark", "light", "high-contrast"] {
        let theme = theme(name, Depth::Full);
        let slots = [Slot::Good, Slot::Warning, Slot::Error];
        for (vision, matrix) in [("all", same), ("protan", protan), ("deutan", deutan), ("tritan", tritan)] {
            for (at, one) in slots.iter().enumerate() {
                for other in &slots[at + 1..] {
                    let [one_lab, other_lab] =
                        [one, other].map(|slot| lab(seen(rgb(theme.of(*slot).fg.unwrap()), matrix)));
                    let apart =
                        one_lab.iter().zip(other_lab).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                    assert!(
                        apart >= PLAIN_TO_SEE,
                        "{name} {vision}: {} and {}: {apart:.1}",
                        one.name(),
                        other.name()
                    );
                }
            }
        }
    }
}
