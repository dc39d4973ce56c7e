//! Rows that moved up or down together: a terminal moves them itself, in a dozen bytes.

use std::ops::Range;

use ratatui::buffer::{Buffer, Cell};

/// Rows that stand elsewhere now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Where they stood and stand: what leaves it is lost, what it lacks is blank.
    rows: Range<u16>,
    /// How far up; down is negative.
    up: i16,
}

/// Fewer rows are written as fast.
const LEAST_ROWS: usize = 3;

impl Shift {
    /// The shift that puts most of the rows that changed in their place, if there is one. It
    /// need not be worth it, and what it leaves wrong is for the caller to mend.
    pub fn find(shown: &Buffer, next: &Buffer) -> Option<Self> {
        let width = usize::from(next.area.width);
        if width == 0 || shown.area != next.area {
            return None;
        }
        let before: Vec<&[Cell]> = shown.content().chunks(width).collect();
        let after: Vec<&[Cell]> = next.content().chunks(width).collect();
        let has_text = |row: &[Cell]| row.iter().any(|cell| cell.symbol() != " ");
        let is_changed = |y: &usize| after[*y] != before[*y] && has_text(after[*y]);
        let changed: Vec<usize> = (0..after.len()).filter(is_changed).collect();
        let reach = i16::try_from(changed.last()? - changed.first()?).ok()?;
        let mut best: Option<(usize, Self)> = None;
        // The shortest way first, so that of two as good the nearer one is taken.
        for up in (1..=reach).flat_map(|rows| [rows, -rows]) {
            let moved = changed.iter().filter_map(|y| {
                let from = y.checked_add_signed(isize::from(up))?;
                (*before.get(from)? == after[*y]).then_some((*y, from))
            });
            let (mut count, mut start, mut end) = (0, usize::MAX, 0);
            for (y, from) in moved {
                (start, end) = (start.min(y).min(from), end.max(y + 1).max(from + 1));
                count += 1;
            }
            if count >= LEAST_ROWS && best.as_ref().is_none_or(|(most, _)| count > *most) {
                best = Some((count, Self { rows: start as u16..end as u16, up }));
            }
        }
        best.map(|(_, shift)| shift)
    }

    /// Moves the rows of a screen.
    pub fn apply(&self, buffer: &mut Buffer) {
        let width = usize::from(buffer.area.width);
        let (start, end) = (usize::from(self.rows.start) * width, usize::from(self.rows.end) * width);
        let by = (usize::from(self.up.unsigned_abs()) * width).min(end - start);
        let cells = &mut buffer.content[start..end];
        if self.up > 0 {
            cells.rotate_left(by);
            let kept = cells.len() - by;
            cells[kept..].iter_mut().for_each(Cell::reset);
        } else {
            cells.rotate_right(by);
            cells[..by].iter_mut().for_each(Cell::reset);
        }
    }

    /// What has a terminal move them: margins around the rows, lines taken out or put in at their
    /// top (older and known to more terminals than scrolling by itself), no margins again.
    pub fn sequence(&self) -> String {
        let (top, bottom) = (self.rows.start + 1, self.rows.end);
        let (lines, way) = (self.up.unsigned_abs(), if self.up > 0 { 'M' } else { 'L' });
        format!("\x1b[{top};{bottom}r\x1b[{top}H\x1b[{lines}{way}\x1b[r")
    }
}
