//! What is behind the text, and how many colours the terminal shows: as far as it says so.

use std::ffi::OsString;

use super::color::Depth;
use crate::config::look::Colors;

/// The terminal's background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// Light text on it.
    Dark,
    /// Dark text on it.
    Light,
}

/// A background of more than this relative luminance is light: the middle for the eye.
const MIDDLE: f64 = 0.18;

impl Ground {
    /// Of a colour, 0 to 1 in each part.
    pub fn of(rgb: [f64; 3]) -> Self {
        if luminance(rgb) > MIDDLE { Ground::Light } else { Ground::Dark }
    }

    /// As the variable `COLORFGBG` has it: numbers of the 16, the last is the background.
    pub fn from_variable(value: &str) -> Option<Self> {
        match value.rsplit(';').next()?.trim().parse::<u8>().ok()? {
            0..=6 | 8 => Some(Ground::Dark),
            7 | 9..=15 => Some(Ground::Light),
            _ => None,
        }
    }
}

/// Relative luminance (WCAG) of a colour in sRGB.
pub fn luminance(rgb: [f64; 3]) -> f64 {
    let [red, green, blue] = rgb.map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/// A part of a colour in sRGB as an amount of light.
pub fn linear(part: f64) -> f64 {
    if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
}

/// Terminals that show all colours although `COLORTERM` may be lost on the way (ssh, sudo).
const FULL: [&str; 8] = ["direct", "kitty", "alacritty", "foot", "ghostty", "wezterm", "rio", "contour"];
/// The same by `TERM_PROGRAM`.
const FULL_PROGRAMS: [&str; 6] = ["iterm.app", "wezterm", "ghostty", "vscode", "rio", "hyper"];
/// Terminals that know no colour.
const WITHOUT: [&str; 5] = ["dumb", "vt1", "vt2", "vt3", "xterm-mono"];

/// How many colours there are. `environment` looks a variable up.
pub fn depth(colors: Colors, environment: &dyn Fn(&str) -> Option<OsString>) -> Depth {
    match colors {
        Colors::Never => return Depth::None,
        Colors::Sixteen => return Depth::Sixteen,
        Colors::Indexed => return Depth::Indexed,
        Colors::Full => return Depth::Full,
        Colors::Auto => {}
    }
    let value = |name: &str| {
        let value = environment(name).and_then(|value| value.into_string().ok());
        value.unwrap_or_default().to_ascii_lowercase()
    };
    let (term, colorterm) = (value("TERM"), value("COLORTERM"));
    if WITHOUT.iter().any(|start| term.starts_with(start)) {
        Depth::None
    } else if colorterm.contains("truecolor")
        || colorterm.contains("24bit")
        || FULL.iter().any(|part| term.contains(part))
        || FULL_PROGRAMS.contains(&value("TERM_PROGRAM").as_str())
    {
        Depth::Full
    } else if term.contains("256color") {
        Depth::Indexed
    } else {
        Depth::Sixteen
    }
}

/// Does the terminal speak UTF-8, as far as its user's locale tells? Where nothing is set it
/// does: that is usual in containers, and no terminal of today starts without.
pub fn is_utf8(environment: &dyn Fn(&str) -> Option<OsString>) -> bool {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(environment);
    set.map(|locale| locale.to_string_lossy().to_ascii_lowercase().replace('-', ""))
        .find(|locale| !locale.is_empty())
        .is_none_or(|locale| locale.contains("utf8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(set: &'static [(&str, &str)]) -> impl Fn(&str) -> Option<OsString> {
        move |name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
    }

    #[test]
    fn depth_is_what_the_terminal_says() {
        for (set, expected) in [
            (&[("TERM", "xterm-256color")][..], Depth::Indexed),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], Depth::Full),
            (&[("TERM", "xterm-kitty")], Depth::Full),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")], Depth::Full),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "Apple_Terminal")], Depth::Indexed),
            (&[("TERM", "screen")], Depth::Sixteen),
            (&[("TERM", "linux")], Depth::Sixteen),
            (&[("TERM", "vt220")], Depth::None),
            (&[("TERM", "dumb"), ("COLORTERM", "truecolor")], Depth::None),
            (&[], Depth::Sixteen),
        ] {
            assert_eq!(depth(Colors::Auto, &environment(set)), expected, "{set:?}");
        }
        let full = environment(&[("COLORTERM", "truecolor")]);
        assert_eq!(depth(Colors::Sixteen, &full), Depth::Sixteen);
        assert_eq!(depth(Colors::Never, &full), Depth::None);
        assert_eq!(depth(Colors::Full, &environment(&[("TERM", "dumb")])), Depth::Full);
    }

    #[test]
    fn the_background_is_dark_or_light() {
        for (value, expected) in [
            ("15;0", Some(Ground::Dark)),
            ("0;15", Some(Ground::Light)),
            ("0;default;7", Some(Ground::Light)),
            ("12;8", Some(Ground::Dark)),
            ("15;default", None),
            ("", None),
        ] {
            assert_eq!(Ground::from_variable(value), expected, "{value}");
        }
        assert_eq!(Ground::of([0.0, 0.17, 0.21]), Ground::Dark);
        assert_eq!(Ground::of([0.99, 0.96, 0.89]), Ground::Light);
    }

    #[test]
    fn the_locale_says_whether_there_is_more_than_ascii() {
        for (set, expected) in [
            (&[("LANG", "C.UTF-8")][..], true),
            (&[("LANG", "de_DE.utf8")], true),
            (&[("LANG", "en_US.UTF-8"), ("LC_ALL", "C")], false),
            (&[("LANG", "de_DE@euro")], false),
            (&[("LC_ALL", ""), ("LC_CTYPE", "en_US.UTF-8"), ("LANG", "C")], true),
            (&[], true),
        ] {
            assert_eq!(is_utf8(&environment(set)), expected, "{set:?}");
        }
    }
}
