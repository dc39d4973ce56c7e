//! A frame with a title, a remark at its lower right, and a scroll bar on its right side.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::pen::{Pen, columns};
use crate::{
    app::areas::inner,
    text::wrap::{Role, Row},
    ui::{labels, symbols, theme::Theme},
};

/// Less of a subtitle than this says nothing.
const MIN_SUBTITLE: u16 = 8;

/// What stands on a frame.
#[derive(Clone, Copy, Default)]
pub struct Panel<'a> {
    /// Upper left.
    pub title: &'a str,
    /// Behind the title, quieter.
    pub subtitle: &'a str,
    /// Lower right: where one is, what to do.
    pub foot: &'a str,
    /// How the remark looks, if it is more than a remark.
    pub foot_style: Option<Style>,
    /// Keys go here.
    pub is_focused: bool,
}

impl Panel<'_> {
    /// Draws the frame and returns the area inside it.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) -> Rect {
        let inside = inner(area);
        if inside == area {
            return area;
        }
        let [top_left, top_right, bottom_left, bottom_right, across, down] = symbols::FRAME;
        let border = theme.border(self.is_focused);
        let last = area.height - 1;
        for row in 1..last {
            Pen::new(buffer, area, row).put(down, border).skip(area.width - 2).put(down, border);
        }

        let mut pen = Pen::new(buffer, area, 0);
        pen.put(top_left, border).fill(across, area.width - 2, border).put(top_right, border);
        let room = area.width - 4;
        let mut pen = Pen::new(buffer, Rect { width: room, x: area.x + 2, ..area }, 0);
        if !self.title.is_empty() {
            pen.put(" ", border)
                .put_tail(self.title, room - 2, theme.title(self.is_focused))
                .put(" ", border);
        }
        if !self.subtitle.is_empty() && pen.room() > MIN_SUBTITLE {
            let room = pen.room() - 3;
            pen.put(symbols::DOT, border)
                .put(" ", border)
                .put_cut(self.subtitle, room, theme.muted())
                .put(" ", border);
        }

        let mut pen = Pen::new(buffer, area, last);
        pen.put(bottom_left, border).fill(across, area.width - 2, border).put(bottom_right, border);
        let width = columns(self.foot);
        if width > 0 && width + 2 <= room {
            let x = area.right() - 4 - width;
            let mut pen = Pen::new(buffer, Rect { x, width: width + 2, ..area }, last);
            pen.put(" ", border).put(self.foot, self.foot_style.unwrap_or(theme.muted())).put(" ", border);
        }
        inside
    }
}

/// Rows of text in a frame, from the first one that is seen.
#[derive(Clone, Copy, Default)]
pub struct Pane<'a> {
    /// Upper left.
    pub title: &'a str,
    /// Behind the title, quieter.
    pub subtitle: &'a str,
    /// All rows.
    pub rows: &'a [Row],
    /// The first that is seen.
    pub top: usize,
    /// Keys go here.
    pub is_focused: bool,
}

impl Pane<'_> {
    /// Draws it and returns the area inside its frame.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) -> Rect {
        let Self { title, subtitle, rows, top, is_focused } = *self;
        let foot = labels::rows(top, usize::from(inner(area).height), rows.len());
        let panel = Panel { title, subtitle, foot: &foot, is_focused, ..Panel::default() };
        let inside = panel.draw(buffer, area, theme);
        draw_rows(buffer, inside, rows.iter().skip(top), |role| theme.role(role));
        scroll_bar(buffer, area, top, rows.len(), theme);
        inside
    }
}

/// Draws the thumb of a scroll bar on the right side of a panel's frame, if something is
/// out of sight.
pub fn scroll_bar(buffer: &mut Buffer, area: Rect, top: usize, total: usize, theme: &Theme) {
    let inside = inner(area);
    if inside == area {
        return;
    }
    let side = Rect::new(area.right() - 1, inside.y, 1, inside.height);
    let Some((start, length)) = thumb(usize::from(inside.height), top, total) else { return };
    for row in start..start + length {
        Pen::new(buffer, side, u16::try_from(row).unwrap_or(u16::MAX)).put(symbols::THUMB, theme.thumb());
    }
}

/// Start and length of the thumb; `None` when all is in sight.
fn thumb(height: usize, top: usize, total: usize) -> Option<(usize, usize)> {
    if height == 0 || total <= height {
        return None;
    }
    let length = (height * height / total).clamp(1, height);
    let last_top = total - height;
    let start = (height - length) * top.min(last_top) / last_top;
    // Only the very ends touch the ends.
    let start = if top > 0 && start == 0 && height > length { 1 } else { start };
    Some((start, length))
}

/// Draws a popup of laid-out rows over whatever is there, which steps back.
pub fn popup(
    buffer: &mut Buffer,
    area: Rect,
    (title, subtitle): (&str, &str),
    rows: &[Row],
    top: usize,
    theme: &Theme,
    style: impl Fn(Role) -> Style,
) {
    buffer.set_style(buffer.area, theme.behind());
    let seen = area.intersection(buffer.area);
    for position in seen.positions() {
        buffer[position].reset();
        buffer[position].set_style(theme.body());
    }
    // A wide character whose right half lies below the frame would hide it.
    for y in seen.top()..seen.bottom() {
        if let Some(cell) = seen.x.checked_sub(1).and_then(|x| buffer.cell_mut((x, y)))
            && columns(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
    let foot = labels::rows(top, usize::from(inner(area).height), rows.len());
    let panel = Panel { title, subtitle, foot: &foot, is_focused: true, ..Panel::default() };
    let inside = panel.draw(buffer, area, theme);
    draw_rows(buffer, inside, rows.iter().skip(top), style);
    scroll_bar(buffer, area, top, rows.len(), theme);
}

/// Draws laid-out rows, as many as there is room for.
pub fn draw_rows<'a>(
    buffer: &mut Buffer,
    area: Rect,
    rows: impl IntoIterator<Item = &'a Row>,
    style: impl Fn(Role) -> Style,
) {
    for (index, row) in (0..area.height).zip(rows) {
        let mut pen = Pen::new(buffer, area, index);
        for run in &row.runs {
            pen.put(run.text.as_str(), style(run.role));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::thumb;

    #[test]
    fn thumb_tells_place_and_share() {
        assert_eq!(thumb(10, 0, 10), None);
        assert_eq!(thumb(0, 0, 10), None);
        assert_eq!(thumb(10, 0, 20), Some((0, 5)));
        assert_eq!(thumb(10, 10, 20), Some((5, 5)));
        assert_eq!(thumb(10, 99, 20), Some((5, 5)));
        assert_eq!(thumb(10, 1, 100_000), Some((1, 1)));
        assert_eq!(thumb(10, 99_990, 100_000), Some((9, 1)));
        assert_eq!(thumb(1, 1, 2), Some((0, 1)));
    }
}
