//! A difference with its interval as a bar on a scale around zero, the same for all rows of
//! a table: `    ·   │  ━━●━━     `.

use ratatui::style::Style;

use super::pen::Pen;
use crate::ui::symbols;

/// A difference in percent and the ends of its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Of the medians.
    pub delta: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Draws it on a scale that ends at `scale` percent to either side. What lies beyond an end has an
/// arrow there.
pub fn interval(pen: &mut Pen<'_>, it: Interval, scale: f64, width: u16, (axis, bar): (Style, Style)) {
    let width = width.min(pen.room());
    if width < 3 || scale <= 0.0 || it.low.is_nan() || it.high.is_nan() || it.low > it.high {
        return;
    }
    // An odd number of columns has one in the middle.
    let half = (width - 1) / 2;
    let place = |percent: f64| {
        let columns = (percent / scale * f64::from(half)).round();
        columns.clamp(-f64::from(half), f64::from(half)) as i32
    };
    let (low, high, delta) = (place(it.low), place(it.high), place(it.delta));
    let half = i32::from(half);
    for column in -half..=half {
        let is_in = (low..=high).contains(&column);
        let is_beyond = |end: f64, edge: i32| column == edge && end.abs() > scale && is_in;
        let (symbol, style) = if is_beyond(it.low, -half) {
            (symbols::LEFT, bar)
        } else if is_beyond(it.high, half) {
            (symbols::RIGHT, bar)
        } else if column == delta {
            (symbols::FRESH, bar)
        } else if is_in {
            (symbols::BAR, bar)
        } else if column == 0 {
            (symbols::ZERO, axis)
        } else {
            (" ", axis)
        };
        pen.put(symbol, style);
    }
}

#[cfg(test)]
mod tests {
    use ratatui::{buffer::Buffer, layout::Rect};

    use super::*;

    fn drawn(delta: f64, low: f64, high: f64, scale: f64) -> String {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 11, 1));
        let area = buffer.area;
        let styles = (Style::new(), Style::new());
        interval(&mut Pen::new(&mut buffer, area, 0), Interval { delta, low, high }, scale, 11, styles);
        buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn bars_stand_around_zero() {
        assert_eq!(drawn(4.0, 2.0, 8.0, 10.0), "     │━●━━ ");
        assert_eq!(drawn(-4.0, -8.0, -2.0, 10.0), " ━━●━│     ");
        assert_eq!(drawn(0.0, -4.0, 4.0, 10.0), "   ━━●━━   ");
        assert_eq!(drawn(40.0, 2.0, 80.0, 10.0), "     │━━━━▸");
        assert_eq!(drawn(0.0, -80.0, 80.0, 10.0), "◂━━━━●━━━━▸");
    }

    #[test]
    fn nonsense_draws_nothing() {
        for (low, high, scale) in [(f64::NAN, 1.0, 10.0), (1.0, -1.0, 10.0), (1.0, 2.0, 0.0)] {
            assert_eq!(drawn(1.0, low, high, scale).trim(), "");
        }
    }
}
