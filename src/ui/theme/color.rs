//! Colours as a theme writes them, and what a terminal with fewer of them gets instead.

use ratatui::style::Color;

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// None: weight, dimness and reversal only.
    None,
    /// The 16 that its user has chosen.
    #[default]
    Sixteen,
    /// Those, a cube of 216 and 24 greys.
    Indexed,
    /// All.
    Full,
}

/// Names of the 16, as their numbers go.
const NAMES: [(&str, Color); 16] = [
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright-black", Color::DarkGray),
    ("bright-red", Color::LightRed),
    ("bright-green", Color::LightGreen),
    ("bright-yellow", Color::LightYellow),
    ("bright-blue", Color::LightBlue),
    ("bright-magenta", Color::LightMagenta),
    ("bright-cyan", Color::LightCyan),
    ("bright-white", Color::White),
];

/// What the 16 usually look like (xterm).
const USUAL: [[u8; 3]; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

/// Steps of the cube's edges.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
/// The first colour that is not one of the 16.
const CUBE: u8 = 16;
/// The first of the greys behind the cube.
const GREYS: u8 = 232;

/// A colour, and what its author wants in its place among 16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tint {
    /// Where there are enough of them.
    pub wanted: Color,
    /// Where there are not; without it the nearest.
    pub few: Option<Color>,
}

impl Tint {
    /// What a terminal of this depth is asked for; `None`: nothing.
    pub fn at(self, depth: Depth) -> Option<Color> {
        match depth {
            Depth::None => None,
            Depth::Sixteen => Some(self.few.unwrap_or_else(|| one_of_16(self.wanted))),
            Depth::Indexed => Some(one_of_256(self.wanted)),
            Depth::Full => Some(self.wanted),
        }
    }
}

/// The colour of a text: `#rrggbb`, a number of the 256, a name.
pub fn parse(text: &str) -> Option<Color> {
    if text == "default" {
        return Some(Color::Reset);
    }
    if let Some(digits) = text.strip_prefix('#') {
        let is_hex = digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        let part = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
        return if is_hex { Some(Color::Rgb(part(0)?, part(2)?, part(4)?)) } else { None };
    }
    if text.bytes().all(|digit| digit.is_ascii_digit()) {
        return text.parse().ok().map(named);
    }
    NAMES.iter().find(|(name, _)| *name == text).map(|(_, color)| *color)
}

/// The same colour with one spelling.
fn named(number: u8) -> Color {
    NAMES.get(usize::from(number)).map_or(Color::Indexed(number), |(_, color)| *color)
}

fn one_of_16(color: Color) -> Color {
    let wanted = match color {
        Color::Rgb(red, green, blue) => [red, green, blue],
        Color::Indexed(number) => rgb(number),
        named => return named,
    };
    let nearest = (0..CUBE).min_by_key(|number| distance(rgb(*number), wanted));
    nearest.map_or(color, named)
}

fn one_of_256(color: Color) -> Color {
    let Color::Rgb(red, green, blue) = color else { return color };
    let wanted = [red, green, blue];
    // Not the first 16: nobody knows what they look like.
    let nearest = (CUBE..=u8::MAX).min_by_key(|number| distance(rgb(*number), wanted));
    nearest.map_or(color, Color::Indexed)
}

/// What a number of the 256 looks like.
fn rgb(number: u8) -> [u8; 3] {
    match number {
        ..CUBE => USUAL[usize::from(number)],
        CUBE..GREYS => {
            let place = usize::from(number - CUBE);
            [STEPS[place / 36], STEPS[place / 6 % 6], STEPS[place % 6]]
        }
        GREYS.. => [8 + 10 * (number - GREYS); 3],
    }
}

/// How far two colours are apart for the eye, roughly ("redmean").
fn distance(one: [u8; 3], other: [u8; 3]) -> u32 {
    let apart = |part: usize| u32::from(one[part].abs_diff(other[part])).pow(2);
    let red = u32::midpoint(u32::from(one[0]), u32::from(other[0]));
    ((512 + red) * apart(0) + 1024 * apart(1) + (767 - red) * apart(2)) / 256
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_names_numbers_and_hexadecimal() {
        for (text, expected) in [
            ("cyan", Some(Color::Cyan)),
            ("bright-black", Some(Color::DarkGray)),
            ("default", Some(Color::Reset)),
            ("6", Some(Color::Cyan)),
            ("208", Some(Color::Indexed(208))),
            ("256", None),
            ("#56b4E9", Some(Color::Rgb(0x56, 0xb4, 0xe9))),
            ("#56b4e", None),
            ("#56b4eé", None),
            ("#+1-2+3", None),
            ("mauve", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn fewer_colours_are_the_nearest() {
        let at = |text: &str, depth| parse(text).and_then(|wanted| Tint { wanted, few: None }.at(depth));
        for (text, sixteen, indexed) in [
            ("#ff0000", Color::LightRed, Color::Indexed(196)),
            ("#808080", Color::DarkGray, Color::Indexed(244)),
            ("#000000", Color::Black, Color::Indexed(16)),
            ("#00d7d7", Color::Cyan, Color::Indexed(44)),
            ("196", Color::LightRed, Color::Indexed(196)),
            ("red", Color::Red, Color::Red),
        ] {
            assert_eq!(at(text, Depth::Sixteen), Some(sixteen), "{text}");
            assert_eq!(at(text, Depth::Indexed), Some(indexed), "{text}");
            assert_eq!(at(text, Depth::Full), parse(text));
            assert_eq!(at(text, Depth::None), None);
        }
        let chosen = Tint { wanted: Color::Rgb(255, 0, 0), few: Some(Color::Yellow) };
        assert_eq!(chosen.at(Depth::Sixteen), Some(Color::Yellow));
    }
}
