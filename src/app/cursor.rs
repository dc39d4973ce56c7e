//! A cursor in a list that is higher than its area: which line is selected, which is the
//! first one seen. The same for every list.

use super::areas::Areas;

/// Lines kept in sight above and below the selected one, where there is room.
const MARGIN: usize = 2;

/// Selected and first visible line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    pub selected: usize,
    pub top: usize,
}

/// Where to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    By(isize),
    HalfPages(isize),
    Pages(isize),
    Start,
    End,
}

impl Move {
    /// The rows it goes down where `height` rows are seen; all the way for start and end.
    pub fn rows(self, height: usize) -> isize {
        let page = |part: usize| isize::try_from((height / part).max(1)).unwrap_or(isize::MAX);
        match self {
            Move::By(rows) => rows,
            Move::HalfPages(count) => count.saturating_mul(page(2)),
            Move::Pages(count) => count.saturating_mul(page(1)),
            Move::Start => isize::MIN,
            Move::End => isize::MAX,
        }
    }

    /// The position after the move, of `len` positions, with `height` of them seen.
    fn from(self, position: usize, len: usize, height: usize) -> usize {
        position.saturating_add_signed(self.rows(height)).min(len.saturating_sub(1))
    }
}

impl Cursor {
    /// Selects another line and keeps it in sight.
    #[must_use]
    pub fn moved(self, to: Move, len: usize, height: usize) -> Self {
        Self { selected: to.from(self.selected, len, height), ..self }.in_sight(len, height)
    }

    /// Scrolls; the selection comes along only as far as it must to stay in sight.
    #[must_use]
    pub fn scrolled(self, rows: isize, len: usize, height: usize) -> Self {
        let top = self.top.saturating_add_signed(rows).min(len.saturating_sub(height));
        let last = (top + height).min(len).saturating_sub(1);
        Self { selected: self.selected.clamp(top.min(last), last), top }
    }

    /// Corrects what a shorter list or a smaller area made wrong.
    #[must_use]
    pub fn in_sight(self, len: usize, height: usize) -> Self {
        let selected = self.selected.min(len.saturating_sub(1));
        let margin = MARGIN.min(height.saturating_sub(1) / 2);
        let lowest = (selected + margin + 1).saturating_sub(height);
        let highest = selected.saturating_sub(margin);
        let top = self.top.clamp(lowest.min(highest), highest).min(len.saturating_sub(height));
        Self { selected, top }
    }

    /// The same line, now at another index: it stays at its place on the screen.
    #[must_use]
    pub fn followed(self, selected: usize, len: usize, height: usize) -> Self {
        let place = self.selected.saturating_sub(self.top);
        Self { selected, top: selected.saturating_sub(place) }.in_sight(len, height)
    }
}

/// Where one is in a list, and in the detail of its selected line. Says of each step in the list
/// whether another line is selected now; the detail then begins at its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListPlace {
    /// Index of the selected line.
    pub selected: usize,
    /// First visible one.
    pub top: usize,
    /// First visible row of the detail.
    pub detail_top: usize,
    height: usize,
    detail_height: usize,
}

impl ListPlace {
    /// Takes on the size of its areas.
    pub(super) fn lay_out(&mut self, areas: &Areas, len: usize) {
        self.height = usize::from(areas.list_rows.height);
        self.detail_height = usize::from(areas.detail_rows.height);
        self.stay(len);
    }

    /// The list is another one, of so many lines: what is selected stays in sight.
    pub(super) fn stay(&mut self, len: usize) {
        self.take(self.cursor().in_sight(len, self.height));
    }

    /// The same line is now at another index.
    pub(super) fn follow(&mut self, selected: usize, len: usize) {
        self.take(self.cursor().followed(selected, len, self.height));
    }

    /// Moves the cursor.
    pub(super) fn go(&mut self, to: Move, len: usize) -> bool {
        self.choose(self.cursor().moved(to, len, self.height))
    }

    /// Scrolls the list.
    pub(super) fn scroll(&mut self, rows: isize, len: usize) -> bool {
        self.choose(self.cursor().scrolled(rows, len, self.height))
    }

    /// Selects the line in row `row` of the list's area, if there is one.
    pub(super) fn press(&mut self, row: usize, len: usize) -> bool {
        let selected = self.top + row;
        selected < len && self.choose(Cursor { selected, top: self.top }.in_sight(len, self.height))
    }

    /// Scrolls the detail of so many rows.
    pub(super) fn scroll_detail(&mut self, to: Move, len: usize) {
        self.detail_top = scrolled(self.detail_top, to, len, self.detail_height);
    }

    fn cursor(self) -> Cursor {
        Cursor { selected: self.selected, top: self.top }
    }

    fn take(&mut self, cursor: Cursor) {
        (self.selected, self.top) = (cursor.selected, cursor.top);
    }

    fn choose(&mut self, cursor: Cursor) -> bool {
        let is_other = cursor.selected != self.selected;
        if is_other {
            self.detail_top = 0;
        }
        self.take(cursor);
        is_other
    }
}

/// The first row seen after a move in a text of `len` rows.
pub(super) fn scrolled(top: usize, to: Move, len: usize, height: usize) -> usize {
    let most = len.saturating_sub(height);
    match to {
        Move::End => most,
        to => to.from(top, len, height).min(most),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn moves() {
        let check = |to, expected: (usize, usize)| {
            let cursor = Cursor { selected: 10, top: 8 }.moved(to, 100, 10);
            assert_eq!((cursor.selected, cursor.top), expected, "{to:?}");
        };
        check(Move::By(1), (11, 8));
        check(Move::By(-3), (7, 5));
        check(Move::HalfPages(1), (15, 8));
        check(Move::Pages(1), (20, 13));
        check(Move::Start, (0, 0));
        check(Move::End, (99, 90));
        assert_eq!(Cursor::default().moved(Move::End, 0, 10), Cursor::default());
    }

    #[test]
    fn a_line_that_moves_stays_at_its_place() {
        let cursor = Cursor { selected: 10, top: 5 }.followed(13, 50, 10);
        assert_eq!(cursor, Cursor { selected: 13, top: 8 });
    }

    #[test]
    fn text_ends_with_its_last_row_at_the_bottom() {
        assert_eq!(scrolled(0, Move::End, 30, 10), 20);
        assert_eq!(scrolled(18, Move::Pages(1), 30, 10), 20);
        assert_eq!(scrolled(5, Move::Pages(1), 3, 10), 0);
    }

    proptest! {
        #[test]
        fn the_selection_is_always_in_the_list_and_in_sight(
            selected in 0..200_usize, top in 0..200_usize, len in 0..150_usize, height in 0..60_usize, by in -90..90_isize,
        ) {
            let start = Cursor { selected, top };
            for cursor in [
                start.in_sight(len, height),
                start.moved(Move::By(by), len, height),
                start.in_sight(len, height).scrolled(by, len, height),
                start.followed(selected / 2, len, height),
            ] {
                prop_assert!(cursor.selected < len.max(1), "{cursor:?}");
                if height > 0 && len > 0 {
                    prop_assert!((cursor.top..cursor.top + height).contains(&cursor.selected), "{cursor:?}");
                    prop_assert!(cursor.top + height <= len.max(height), "{cursor:?}");
                }
            }
        }
    }
}
