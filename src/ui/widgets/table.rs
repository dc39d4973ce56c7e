//! A table with a header, a selection marker and columns that leave by rank when the
//! screen is narrow. Widths never depend on the values, so nothing jumps while it scrolls.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::{
    panel::{Panel, scroll_bar},
    pen::Pen,
};
use crate::{
    app::columns::{Align, GAP, MARKER, widths},
    ui::{labels, symbols, theme::Theme},
};

pub use crate::app::columns::{Column, LUXURY, number, text};

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

    #[test]
    fn the_selected_row_is_in_sight() {
        assert_eq!(first_visible(0, 0, 0, 0), 0);
        assert_eq!(first_visible(5, 2, 10, 100), 2);
        assert_eq!(first_visible(5, 14, 10, 100), 5);
        assert_eq!(first_visible(5, 15, 10, 100), 6);
        assert_eq!(first_visible(90, 3, 10, 4), 3);
    }
}
