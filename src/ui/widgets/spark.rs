//! A row of block characters for a history of values, scaled from the least to the
//! greatest of those shown.

use ratatui::style::Style;

use super::pen::Pen;
use crate::ui::symbols;

/// In a table the top eighth of a row stays free, or one row's history would touch the
/// next one's.
const TABLE_LEVELS: usize = symbols::LEVELS.len() - 1;

/// Draws the newest values that fit in `width` columns, at the right end of them.
pub fn spark(pen: &mut Pen<'_>, values: &[f64], width: u16, style: Style) {
    let width = width.min(pen.room());
    let shown = newest(values, width);
    let finite = || shown.iter().copied().filter(|value| value.is_finite());
    let least = finite().fold(f64::INFINITY, f64::min);
    let greatest = finite().fold(f64::NEG_INFINITY, f64::max);
    pen.skip(width - u16::try_from(shown.len()).unwrap_or(width));
    for &value in shown {
        pen.put(level(value, least, greatest, TABLE_LEVELS), style);
    }
}

/// The same for a rate, from left to right and with a scale from zero: one that hardly
/// changes should look like one.
pub fn rates(pen: &mut Pen<'_>, values: &[f64], width: u16, style: Style) {
    let shown = newest(values, width.min(pen.room()));
    let greatest = shown.iter().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    for &value in shown {
        let value = if value < 0.0 { 0.0 } else { value };
        pen.put(level(value, 0.0, greatest, symbols::LEVELS.len()), style);
    }
}

/// The same for shares of a whole, 0 to 1: a full block is all of it.
pub fn shares(pen: &mut Pen<'_>, values: &[f64], width: u16, style: Style) {
    for &value in newest(values, width.min(pen.room())) {
        pen.put(level(value.clamp(0.0, 1.0), 0.0, 1.0, symbols::LEVELS.len()), style);
    }
}

fn newest(values: &[f64], width: u16) -> &[f64] {
    &values[values.len().saturating_sub(usize::from(width))..]
}

/// The block for a value. Where all are equal there is no up and down: the middle.
fn level(value: f64, least: f64, greatest: f64, levels: usize) -> &'static str {
    if !value.is_finite() {
        return " ";
    }
    // Halves, because the difference of two huge values is beyond any float.
    let range = greatest / 2.0 - least / 2.0;
    if range <= 0.0 {
        return symbols::LEVELS[levels / 2];
    }
    let share = (value / 2.0 - least / 2.0) / range;
    let top = levels - 1;
    symbols::LEVELS[((share * top as f64).round() as usize).min(top)]
}

#[cfg(test)]
mod tests {
    use ratatui::{buffer::Buffer, layout::Rect};

    use super::*;

    fn check(draw: fn(&mut Pen<'_>, &[f64], u16, Style), values: &[f64], expected: &str) {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
        let area = buffer.area;
        draw(&mut Pen::new(&mut buffer, area, 0), values, 8, Style::new());
        let row: String = buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(row, expected, "{values:?}");
    }

    #[test]
    fn scales_what_is_shown() {
        check(spark, &[], "        ");
        check(spark, &[7.0], "       ▄");
        check(spark, &[2.0, 2.0, 2.0], "     ▄▄▄");
        check(spark, &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], " ▁▂▃▄▅▆▇");
        check(spark, &[1000.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], "▁▁▂▃▄▅▆▇");
        check(spark, &[f64::NAN, -1.0, f64::INFINITY, 1.0], "     ▁ ▇");
        check(spark, &[f64::MIN, f64::MAX], "      ▁▇");
    }

    #[test]
    fn rates_begin_at_zero() {
        check(rates, &[], "        ");
        check(rates, &[41.6, 41.7, 41.6], "███     ");
        check(rates, &[0.0, 50.0, 100.0], "▁▅█     ");
        check(rates, &[0.0, 0.0], "▅▅      ");
        check(rates, &[f64::NAN, -1.0, 1.0], " ▁█     ");
    }
}
