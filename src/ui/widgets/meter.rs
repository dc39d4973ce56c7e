//! A ratio of a whole as a bar of partial blocks; clamps for everyone.

use ratatui::style::Style;

use super::pen::Pen;
use crate::ui::{symbols, theme::Theme};

/// A share from this on is nearly full.
const HIGH: f64 = 0.9;

/// A ratio as it may be drawn: 0 to 1; no number is 0.
pub fn clamped(ratio: f64) -> f64 {
    if ratio.is_nan() { 0.0 } else { ratio.clamp(0.0, 1.0) }
}

/// A part of a whole as a ratio; 0 of a whole of 0.
pub fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { clamped(part as f64 / whole as f64) }
}

/// Draws a bar of `width` columns for a ratio.
pub fn bar(pen: &mut Pen<'_>, ratio: f64, width: u16, style: Style, theme: &Theme) {
    let width = width.min(pen.room());
    let eighths = (clamped(ratio) * f64::from(width) * 8.0).round() as u16;
    let (full, part) = (eighths / 8, usize::from(eighths % 8));
    pen.fill(symbols::FULL, full, style);
    let mut rest = width - full;
    if let Some(symbol) = part.checked_sub(1).and_then(|index| symbols::PARTS.get(index)) {
        pen.put(symbol, style);
        rest -= 1;
    }
    pen.fill(symbols::EMPTY, rest, theme.meter_rest());
}

/// Style of a bar whose fullness is a warning.
pub fn filling(ratio: f64, theme: &Theme) -> Style {
    if clamped(ratio) >= HIGH { theme.meter_high() } else { theme.meter() }
}

#[cfg(test)]
mod tests {
    use ratatui::{buffer::Buffer, layout::Rect};

    use super::*;

    #[test]
    fn bars_clamp() {
        for (ratio, expected) in [
            (f64::NAN, "░░░░"),
            (-1.0, "░░░░"),
            (0.0, "░░░░"),
            (0.5, "██░░"),
            (0.53, "██▏░"),
            (0.999, "████"),
            (1.0, "████"),
            (f64::INFINITY, "████"),
        ] {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
            let area = buffer.area;
            bar(&mut Pen::new(&mut buffer, area, 0), ratio, 9, Style::new(), &Theme::plain());
            let row: String = buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect();
            assert_eq!(row, expected, "{ratio}");
        }
        assert_eq!((ratio(1, 0), ratio(3, 2), ratio(1, 4)), (0.0, 1.0, 0.25));
    }
}
