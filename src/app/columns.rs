//! The columns of a list: which are shown in so much room, and where. Widths never depend on the
//! values, so nothing jumps while it scrolls.

/// Columns between two columns.
pub const GAP: u16 = 1;
/// The selection marker and nothing behind it.
pub const MARKER: u16 = 1;

/// Where a cell's text stands in its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text; its end is cut.
    Left,
    /// Names; their middle is cut.
    Ends,
    /// Paths; their beginning is cut.
    Tail,
    /// Numbers.
    Right,
}

/// Columns of this rank and above leave before others get less than they wish for.
pub const LUXURY: u8 = 10;

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its header.
    pub title: &'static str,
    /// Columns of the screen that it needs.
    pub width: u16,
    /// With so many it is at ease.
    pub wish: u16,
    /// More than this it cannot use.
    pub most: u16,
    /// Where its text stands.
    pub align: Align,
    /// The highest leaves first; rank 0 never leaves.
    pub rank: u8,
}

/// A column of text that takes no more and no less.
pub const fn text(title: &'static str, width: u16, rank: u8) -> Column {
    Column { title, width, wish: width, most: width, align: Align::Left, rank }
}

/// A column of numbers.
pub const fn number(title: &'static str, width: u16, rank: u8) -> Column {
    Column { align: Align::Right, ..text(title, width, rank) }
}

impl Column {
    /// The same, able to use more room.
    #[must_use]
    pub const fn growing(self, wish: u16, most: u16) -> Self {
        Self { wish, most, ..self }
    }
    /// The same, for names that differ at their ends.
    #[must_use]
    pub const fn of_names(self) -> Self {
        Self { align: Align::Ends, ..self }
    }
    /// The same, for paths.
    #[must_use]
    pub const fn of_paths(self) -> Self {
        Self { align: Align::Tail, ..self }
    }
}

/// The column at a column of the screen, counted from the table's left edge.
pub fn column_at<const N: usize>(columns: &[Column; N], room: u16, x: u16) -> Option<usize> {
    let mut start = MARKER;
    let widths = widths(columns, room).into_iter().enumerate().filter(|(_, width)| *width > 0);
    let mut ends = widths.map(|(index, width)| {
        start += width + GAP;
        (index, start)
    });
    ends.find(|(_, end)| x < *end).map(|(index, _)| index)
}

/// Width of each column in `room` columns of the screen; 0 for one that is left out.
pub fn widths<const N: usize>(columns: &[Column; N], room: u16) -> [u16; N] {
    let room = room.saturating_sub(MARKER) + GAP;
    let mut shown = [true; N];
    while needed(columns, &shown, |column| column.wish) > room && drop_last(columns, &mut shown, LUXURY) {}
    while needed(columns, &shown, |column| column.width) > room && drop_last(columns, &mut shown, 1) {}

    let mut widths = [0; N];
    for index in (0..N).filter(|index| shown[*index]) {
        widths[index] = columns[index].width;
    }
    let mut spare = room.saturating_sub(needed(columns, &shown, |column| column.width));
    // First what each wishes for, then what it can use, one after the other.
    for limit in [|column: &Column| column.wish, |column: &Column| column.most] {
        let mut grew = true;
        while grew && spare > 0 {
            grew = false;
            for index in (0..N).filter(|index| shown[*index]) {
                if spare > 0 && widths[index] < limit(&columns[index]) {
                    widths[index] += 1;
                    spare -= 1;
                    grew = true;
                }
            }
        }
    }
    widths
}

fn needed<const N: usize>(columns: &[Column; N], shown: &[bool; N], width: fn(&Column) -> u16) -> u16 {
    columns.iter().zip(shown).filter(|(_, shown)| **shown).map(|(column, _)| width(column) + GAP).sum()
}

/// Takes the shown column of the highest rank away, if that is `from_rank` or more.
fn drop_last<const N: usize>(columns: &[Column; N], shown: &mut [bool; N], from_rank: u8) -> bool {
    let candidates = (0..N).filter(|index| shown[*index] && columns[*index].rank >= from_rank);
    let Some(last) = candidates.max_by_key(|index| columns[*index].rank) else { return false };
    shown[last] = false;
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 4] = [
        text("name", 6, 0).growing(10, 16),
        number("n", 4, 1),
        number("sd", 6, LUXURY),
        text("unit", 5, 2).growing(5, 8),
    ];

    #[test]
    fn columns_leave_by_rank_and_the_rest_grows() {
        assert_eq!(widths(&COLUMNS, 80), [16, 4, 6, 8]);
        assert_eq!(widths(&COLUMNS, 32), [12, 4, 6, 6]);
        assert_eq!(widths(&COLUMNS, 29), [10, 4, 6, 5]);
        // The luxury goes before the name gets less than it wishes for.
        assert_eq!(widths(&COLUMNS, 28), [13, 4, 0, 8]);
        assert_eq!(widths(&COLUMNS, 20), [8, 4, 0, 5]);
        assert_eq!(widths(&COLUMNS, 12), [6, 4, 0, 0]);
        assert_eq!(widths(&COLUMNS, 3), [6, 0, 0, 0]);
        assert_eq!(widths(&COLUMNS, 0), [6, 0, 0, 0]);
    }

    #[test]
    fn a_place_on_the_screen_belongs_to_a_column() {
        // Widths 8, 4, 0, 5 behind the marker.
        let at = |x| column_at(&COLUMNS, 20, x);
        assert_eq!(
            [0, 9, 10, 14, 15, 20, 21].map(at),
            [Some(0), Some(0), Some(1), Some(1), Some(3), Some(3), None]
        );
    }
}
