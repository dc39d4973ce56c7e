//! A table with a header, a selection marker and columns that leave by rank when the
//! screen is narrow. Widths never depend on the values, so nothing jumps while it scrolls.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    panel::{Panel, scroll_bar},
    pen::Pen,
};
use crate::ui::{labels, symbols, theme::Theme};

/// Columns between two columns.
const GAP: u16 = 1;
/// The selection marker and nothing behind it.
const MARKER: u16 = 1;

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

/// Width of each column in `room` columns of the screen; 0 for one that is left out.
fn widths<const N: usize>(columns: &[Column; N], room: u16) -> [u16; N] {
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

/// The rows below a table's header.
fn below_header(area: Rect) -> Rect {
    Rect { y: area.y.saturating_add(1), height: area.height.saturating_sub(1), ..area }
}

/// The first visible row such that the selected one is in sight, however the screen has
/// changed since `top` was chosen.
fn first_visible(top: usize, selected: usize, height: usize, total: usize) -> usize {
    let top = top.min(total.saturating_sub(1));
    if selected < top {
        selected
    } else if height > 0 && selected >= top + height {
        (selected + 1).saturating_sub(height).min(total.saturating_sub(1))
    } else {
        top
    }
}

/// A list as a table: its lines, the first visible one and the selected one.
pub struct List<'a, L, const N: usize> {
    /// The columns.
    pub columns: &'a [Column; N],
    /// All lines; only the visible ones are looked at.
    pub lines: &'a [L],
    /// First visible line as last chosen.
    pub top: usize,
    /// The selected line.
    pub selected: usize,
}

impl<L, const N: usize> List<'_, L, N> {
    /// Draws the list in a frame that says which line is selected, with a scroll bar; an empty one
    /// is left to `empty`.
    pub fn draw_framed(
        &self,
        (buffer, area): (&mut Buffer, Rect),
        panel: Panel<'_>,
        theme: &Theme,
        empty: impl FnOnce(&mut Buffer, Rect),
        draw_line: impl Fn(Cells<'_, N>, &L, &Theme),
    ) {
        let foot = labels::position(self.selected, self.lines.len());
        let inside = Panel { foot: &foot, ..panel }.draw(buffer, area, theme);
        if self.lines.is_empty() {
            return empty(buffer, inside);
        }
        let top = self.draw(buffer, inside, theme, draw_line);
        scroll_bar(buffer, area, top, self.lines.len(), theme);
    }

    /// Draws header and visible lines; returns the first line that is really visible.
    pub fn draw(
        &self,
        buffer: &mut Buffer,
        area: Rect,
        theme: &Theme,
        draw_line: impl Fn(Cells<'_, N>, &L, &Theme),
    ) -> usize {
        Cells::header(buffer, area, self.columns, theme);
        let widths = widths(self.columns, area.width);
        let body = below_header(area);
        let top = first_visible(self.top, self.selected, usize::from(body.height), self.lines.len());
        for (row, (index, line)) in (0..body.height).zip(self.lines.iter().enumerate().skip(top)) {
            let cells = if index == self.selected {
                Cells::selected_row(buffer, body, row, self.columns, widths, theme)
            } else {
                Cells::row(buffer, body, row, self.columns, widths)
            };
            draw_line(cells, line, theme);
        }
        top
    }
}

/// Writes one row of a table, cell by cell in the order of its columns.
pub struct Cells<'a, const N: usize> {
    pen: Pen<'a>,
    columns: &'a [Column; N],
    widths: [u16; N],
    next: usize,
    over: Option<Style>,
}

impl<'a, const N: usize> Cells<'a, N> {
    /// The header row.
    fn header(buffer: &'a mut Buffer, area: Rect, columns: &'a [Column; N], theme: &Theme) {
        let widths = widths(columns, area.width);
        let mut cells = Cells { pen: Pen::new(buffer, area, 0), columns, widths, next: 0, over: None };
        cells.pen.skip(MARKER);
        for column in columns {
            cells.cell(column.title, theme.column());
        }
    }
    /// Row `index` of an area.
    fn row(
        buffer: &'a mut Buffer,
        area: Rect,
        index: u16,
        columns: &'a [Column; N],
        widths: [u16; N],
    ) -> Self {
        let mut pen = Pen::new(buffer, area, index);
        pen.skip(MARKER);
        Cells { pen, columns, widths, next: 0, over: None }
    }
    /// The same for the selected row: marked by a sign and reversed as a whole.
    fn selected_row(
        buffer: &'a mut Buffer,
        area: Rect,
        index: u16,
        columns: &'a [Column; N],
        widths: [u16; N],
        theme: &Theme,
    ) -> Self {
        let style = theme.selected();
        Pen::new(buffer, area, index).put(symbols::SELECTED, theme.marker()).fill(" ", area.width, style);
        let mut pen = Pen::new(buffer, area, index);
        pen.skip(MARKER);
        Cells { pen, columns, widths, next: 0, over: Some(style) }
    }
    /// The next cell.
    pub fn cell(&mut self, text: &str, style: Style) -> &mut Self {
        let align = self.columns.get(self.next).map_or(Align::Left, |column| column.align);
        self.draw(style, |pen, width, style| {
            match align {
                Align::Left => pen.put_cut(text, width, style),
                Align::Ends => pen.put_middle(text, width, style),
                Align::Tail => pen.put_tail(text, width, style),
                Align::Right => pen.put_right(text, width, style),
            };
        })
    }
    /// The next cell, drawn by the caller: pen, width, style.
    pub fn draw(&mut self, style: Style, draw: impl FnOnce(&mut Pen<'_>, u16, Style)) -> &mut Self {
        let width = self.widths.get(self.next).copied().unwrap_or(0);
        self.next += 1;
        if width > 0 {
            let after = self.pen.column().saturating_add(width + GAP);
            draw(&mut self.pen, width, self.over.unwrap_or(style));
            self.pen.go_to(after);
        }
        self
    }
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
    fn the_selected_row_is_in_sight() {
        assert_eq!(first_visible(0, 0, 0, 0), 0);
        assert_eq!(first_visible(5, 2, 10, 100), 2);
        assert_eq!(first_visible(5, 14, 10, 100), 5);
        assert_eq!(first_visible(5, 15, 10, 100), 6);
        assert_eq!(first_visible(90, 3, 10, 4), 3);
    }
}
