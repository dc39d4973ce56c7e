//! The difference of two screens as what a terminal obeys, in few bytes. A terminal has more
//! than one way to the same screen: the shortest that all of them know is taken.

use std::io::Write as _;

use ratatui::{
    buffer::{Buffer, Cell, CellWidth as _},
    style::{Color, Modifier},
};

/// Ends every style.
const PLAIN: &str = "\x1b[m";
/// Blanks from the cursor to the end of the line.
const ERASE_LINE: &str = "\x1b[K";
/// From so many blanks on, erasing is shorter than writing them.
const ERASED: usize = 4;
/// So many unchanged cells are written again rather than passed over: that is no longer.
const REWRITTEN: u16 = 3;
/// What is seen of a cell that shows no character.
const SEEN_ON_BLANK: Modifier =
    Modifier::REVERSED.union(Modifier::UNDERLINED).union(Modifier::CROSSED_OUT).union(Modifier::SLOW_BLINK);
/// Each modifier with what sets it and what ends it.
const MODIFIERS: [(Modifier, u8, u8); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// Appends what makes `next` of a terminal that shows `shown`. Both have the same size, the
/// terminal writes plain text and is left so; nothing is appended where nothing differs.
pub fn encode(shown: &Buffer, next: &Buffer, into: &mut Vec<u8>) {
    let width = usize::from(next.area.width);
    if width == 0 || shown.area != next.area {
        return;
    }
    let mut pen = Pen { into, at: None, look: Look::PLAIN };
    for (y, (before, row)) in shown.content().chunks(width).zip(next.content().chunks(width)).enumerate() {
        if before != row {
            encode_row(y as u16, before, row, &mut pen);
        }
    }
    pen.wear(Look::PLAIN);
}

fn encode_row(y: u16, before: &[Cell], row: &[Cell], pen: &mut Pen<'_>) {
    let blanks_from = row.iter().rposition(|cell| !is_blank(cell)).map_or(0, |last| last + width(&row[last]));
    // Up to here the terminal shows halves of characters that are gone, or nobody knows what.
    let mut torn = 0;
    let mut x = 0;
    while x < row.len() {
        let (cell, old) = (&row[x], &before[x]);
        let (wide, old_wide) = (width(cell), width(old));
        if x >= torn && is_same(cell, old) {
            x += wide;
            continue;
        }
        if x >= blanks_from && (x..row.len()).filter(|x| !is_same(&row[*x], &before[*x])).count() >= ERASED {
            pen.go(x as u16, y, row);
            pen.wear(Look::PLAIN);
            pen.into.extend_from_slice(ERASE_LINE.as_bytes());
            return;
        }
        // A wide character that ends behind this one loses its half.
        torn = torn.max(x + old_wide);
        if wide > 1 {
            let ends = (x + 1..x + wide).filter_map(|x| Some(x + width(before.get(x)?)));
            torn = ends.fold(torn.max(x + wide), usize::max);
        }
        pen.go(x as u16, y, row);
        pen.write(cell, wide as u16);
        x += wide;
    }
}

/// Columns of a cell's character.
fn width(cell: &Cell) -> usize {
    usize::from(cell.cell_width().max(1))
}

/// Do they look alike? The colour of a character that is not there is not seen.
fn is_same(cell: &Cell, other: &Cell) -> bool {
    let is_empty = |cell: &Cell| cell.symbol() == " " && !cell.modifier.intersects(SEEN_ON_BLANK);
    if is_empty(cell) { is_empty(other) && cell.bg == other.bg } else { cell == other }
}

/// Does it look as what a terminal erases?
fn is_blank(cell: &Cell) -> bool {
    cell.symbol() == " " && cell.bg == Color::Reset && !cell.modifier.intersects(SEEN_ON_BLANK)
}

/// How a cell is written.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Look {
    const PLAIN: Self = Self { fg: Color::Reset, bg: Color::Reset, modifier: Modifier::empty() };

    fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
    }
}

/// The terminal's cursor and style, as far as they are known.
struct Pen<'a> {
    into: &'a mut Vec<u8>,
    /// Where the next character would stand.
    at: Option<(u16, u16)>,
    look: Look,
}

impl Pen<'_> {
    /// To a cell, in the row whose cells are `row`.
    fn go(&mut self, x: u16, y: u16, row: &[Cell]) {
        match self.at {
            Some(at) if at == (x, y) => {}
            Some((from, line)) if line == y && from < x => {
                let between = &row[usize::from(from)..usize::from(x)];
                let is_short = x - from <= REWRITTEN
                    && between.iter().all(|cell| cell.symbol().len() == 1 && Look::of(cell) == self.look);
                if is_short {
                    for cell in between {
                        self.into.extend_from_slice(cell.symbol().as_bytes());
                    }
                } else if x - from == 1 {
                    self.into.extend_from_slice(b"\x1b[C");
                } else {
                    self.put(format_args!("\x1b[{}C", x - from));
                }
            }
            Some((_, line)) if x == 0 && line + 1 == y => self.into.extend_from_slice(b"\r\n"),
            _ if x == 0 => self.put(format_args!("\x1b[{}H", y + 1)),
            _ => self.put(format_args!("\x1b[{};{}H", y + 1, x + 1)),
        }
        self.at = Some((x, y));
    }

    /// Writes a cell; the cursor stands in it.
    fn write(&mut self, cell: &Cell, wide: u16) {
        let symbol = cell.symbol();
        // The colour of a blank is that of the text beside it: nobody sees it.
        let is_unseen = symbol == " " && !cell.modifier.union(self.look.modifier).intersects(SEEN_ON_BLANK);
        if !(is_unseen && cell.bg == self.look.bg) {
            self.wear(Look::of(cell));
        }
        self.into.extend_from_slice(symbol.as_bytes());
        // Terminals differ in the width of what is made of several characters, or is new; and in
        // where the cursor is when the last column was written.
        let is_agreed = symbol.len() == 1 || symbol.len() <= 3 && symbol.chars().count() == 1;
        self.at = self.at.filter(|_| is_agreed).map(|(x, y)| (x + wide, y));
    }

    /// Changes the style.
    fn wear(&mut self, look: Look) {
        if look == self.look {
            return;
        }
        if look == Look::PLAIN {
            self.into.extend_from_slice(PLAIN.as_bytes());
        } else {
            let start = self.into.len();
            self.change(self.look, look, "\x1b[");
            let changed = self.into.len() - start;
            self.change(Look::PLAIN, look, "\x1b[;");
            // Beginning from nothing may be shorter than ending what no longer holds.
            if self.into.len() - start - changed < changed {
                self.into.drain(start..start + changed);
            } else {
                self.into.truncate(start + changed);
            }
        }
        self.look = look;
    }

    /// Writes what makes one style of another, behind `start`.
    fn change(&mut self, from: Look, to: Look, start: &str) {
        self.into.extend_from_slice(start.as_bytes());
        let (mut ended, mut kept) = (0, from.modifier);
        for (modifier, _, end) in MODIFIERS {
            if kept.contains(modifier) && !to.modifier.contains(modifier) {
                if end != ended {
                    self.put(format_args!("{end};"));
                }
                ended = end;
                // Bold and dim end together, and so do both ways to blink.
                MODIFIERS
                    .iter()
                    .filter(|(.., other)| *other == end)
                    .for_each(|(other, ..)| kept.remove(*other));
            }
        }
        for (modifier, start, _) in MODIFIERS {
            if to.modifier.contains(modifier) && !kept.contains(modifier) {
                self.put(format_args!("{start};"));
            }
        }
        if from.fg != to.fg {
            self.color(to.fg, 30);
        }
        if from.bg != to.bg {
            self.color(to.bg, 40);
        }
        // Every number left a sign to be followed by another.
        if self.into.last() == Some(&b';') {
            self.into.pop();
        }
        self.into.push(b'm');
    }

    /// A colour; the first of the usual ones has the number `base`.
    fn color(&mut self, color: Color, base: u8) {
        let usual = match color {
            Color::Reset => return self.put(format_args!("{};", base + 9)),
            Color::Rgb(red, green, blue) => {
                return self.put(format_args!("{};2;{red};{green};{blue};", base + 8));
            }
            Color::Indexed(index) => return self.put(format_args!("{};5;{index};", base + 8)),
            Color::Black => 0,
            Color::Red => 1,
            Color::Green => 2,
            Color::Yellow => 3,
            Color::Blue => 4,
            Color::Magenta => 5,
            Color::Cyan => 6,
            Color::Gray => 7,
            Color::DarkGray => 60,
            Color::LightRed => 61,
            Color::LightGreen => 62,
            Color::LightYellow => 63,
            Color::LightBlue => 64,
            Color::LightMagenta => 65,
            Color::LightCyan => 66,
            Color::White => 67,
        };
        self.put(format_args!("{};", base + usual));
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // Memory takes everything.
        let _ = self.into.write_fmt(text);
    }
}
