//! The screen in ASCII alone, for terminals without UTF-8 and fonts without our signs: a
//! finished frame is gone over once, so that no pane needs to know.

use ratatui::{buffer::Buffer, layout::Rect};

/// Which signs a terminal can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signs {
    /// All of them.
    #[default]
    Unicode,
    /// Ours are to be ASCII; names and texts of others stay as they are.
    Ascii,
    /// There is nothing but ASCII.
    AsciiOnly,
}

/// In the place of what has no ASCII that is like it.
const UNKNOWN: &str = "?";
/// The spinner.
const SPINNER: [&str; 4] = ["|", "/", "-", "\\"];
/// The first of the braille patterns, and their number.
const BRAILLE: (u32, u32) = (0x2800, 256);

/// Replaces what is not ASCII.
pub fn replace(buffer: &mut Buffer, signs: Signs) {
    if signs == Signs::Unicode {
        return;
    }
    for cell in &mut buffer.content {
        if cell.symbol().is_ascii() {
            continue;
        }
        match own(cell.symbol()) {
            Some(ascii) => drop(cell.set_symbol(ascii)),
            None if signs == Signs::AsciiOnly => drop(cell.set_symbol(UNKNOWN)),
            None => {}
        }
    }
}

/// Replaces the dots of a chart by signs that stand at about the same height.
pub fn replace_dots(buffer: &mut Buffer, area: Rect) {
    for position in area.intersection(buffer.area).positions() {
        let cell = &mut buffer[position];
        if let Some(ascii) = dots(cell.symbol()).map(of_dots) {
            cell.set_symbol(ascii);
        }
    }
}

/// Which dots a braille pattern has.
fn dots(symbol: &str) -> Option<u32> {
    let letter = symbol.chars().next()?;
    u32::from(letter).checked_sub(BRAILLE.0).filter(|dots| *dots < BRAILLE.1)
}

/// The sign for dots in four rows of two.
fn of_dots(dots: u32) -> &'static str {
    let rows = [0b0000_1001, 0b0001_0010, 0b0010_0100, 0b1100_0000].map(|row| dots & row != 0);
    match rows {
        [false, false, false, false] => " ",
        [true, false, false, false] => "\"",
        [true, true, false, false] => "'",
        [false, _, _, false] => "-",
        [false, false, _, true] => ".",
        [true, _, _, true] => "|",
        _ => ":",
    }
}

/// What stands for a sign of ours.
fn own(symbol: &str) -> Option<&'static str> {
    if let Some(dots) = dots(symbol) {
        return SPINNER.get(dots as usize % SPINNER.len()).copied();
    }
    Some(match symbol {
        // A space that no line breaks at.
        "\u{a0}" => " ",
        "─" | "–" | "—" | "−" | "▪" | "▄" => "-",
        "│" | "├" | "┤" | "▏" | "▎" | "▍" | "▐" => "|",
        "╭" | "╮" | "╰" | "╯" | "┌" | "┐" | "└" | "┘" | "┬" | "┴" | "┼" | "✓" | "▆" => {
            "+"
        }
        "▌" | "▋" | "▊" | "▉" | "▸" | "→" | "›" | "≥" => ">",
        "◂" | "←" | "‹" | "≤" => "<",
        "━" | "▅" => "=",
        "┃" => "%",
        "█" | "◆" => "#",
        "░" | "·" | "▂" => ".",
        "▁" => "_",
        "▃" => ":",
        "▇" | "●" | "•" => "*",
        "◐" | "◦" | "○" | "°" => "o",
        "×" => "x",
        "✗" => "X",
        "↑" | "▴" | "▲" => "^",
        "↓" | "▾" | "▼" => "v",
        "…" | "≈" | "∞" => "~",
        "Σ" => "S",
        "µ" => "u",
        "”" | "“" | "„" => "\"",
        "’" | "‘" => "'",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_keep_their_height() {
        for (symbol, expected) in
            [("⠉", "\""), ("⠛", "'"), ("⠤", "-"), ("⠒", "-"), ("⣀", "."), ("⣤", "."), ("⢸", "|"), ("⠿", ":")]
        {
            let mut buffer = Buffer::with_lines([symbol]);
            let area = buffer.area;
            replace_dots(&mut buffer, area);
            assert_eq!(buffer[(0, 0)].symbol(), expected, "{symbol}");
        }
    }

    #[test]
    fn texts_of_others_go_only_where_they_cannot_be_shown() {
        let line = "╭ 日本.csv … é ╮";
        let mut buffer = Buffer::with_lines([line]);
        replace(&mut buffer, Signs::Unicode);
        assert_eq!(buffer, Buffer::with_lines([line]));
        replace(&mut buffer, Signs::Ascii);
        assert_eq!(buffer, Buffer::with_lines(["+ 日本.csv ~ é +"]));
        replace(&mut buffer, Signs::AsciiOnly);
        assert_eq!(buffer, Buffer::with_lines(["+ ? ? .csv ~ ? +"]));
    }
}
