//! Every symbol of the screen, in one place. A symbol always carries what a colour says
//! too, so that nothing is lost without colours.

use std::time::Duration;

/// In front of the selected row.
pub const SELECTED: &str = "▌";
/// Came or changed in the last seconds; also "watched live".
pub const FRESH: &str = "●";
/// Came in the last seconds.
pub const NEW: &str = "+";
/// The same bytes as another file.
pub const COPY: &str = "=";
/// A folder whose content is shown.
pub const OPEN: &str = "▾";
/// A folder whose content is not shown.
pub const FOLDED: &str = "▸";
/// Done, or read without loss.
pub const OK: &str = "✓";
/// Read with problems, a warning.
pub const WARNING: &str = "!";
/// Could not be read, failed.
pub const ERROR: &str = "✗";
/// Not read on purpose; also an undefined value.
pub const NONE: &str = "–";
/// The program's own file.
pub const OWN: &str = "◆";
/// Good to know.
pub const INFO: &str = "i";
/// Walked every so many seconds.
pub const POLLING: &str = "◐";
/// Higher is better.
pub const HIGHER: &str = "↑";
/// Lower is better; also "more below".
pub const LOWER: &str = "↓";
/// From one stage to the next.
pub const THEN: &str = "→";
/// Waits for its turn.
pub const WAITING: &str = "·";
/// Something was cut here.
pub const CUT: &str = "…";
/// Between two things said in one breath.
pub const DOT: &str = "·";
/// Parts what stands one below the other.
pub const RULE: &str = "─";
/// Statistics that somebody else computed.
pub const SUMMARY: &str = "Σ";
/// A statement in a document.
pub const STATED: &str = "”";
/// The part of a scroll bar that stands for what is seen.
pub const THUMB: &str = "┃";
/// Full part of a meter.
pub const FULL: &str = "█";
/// Empty part of a meter.
pub const EMPTY: &str = "░";
/// Eighths of a cell from the left, one to seven.
pub const PARTS: [&str; 7] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"];
/// Eighths of a cell from below, one to eight.
pub const LEVELS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/// A point of a chart.
pub const POINT: char = '•';
/// A run that paid for loading the model, among others on a chart.
pub const COLD: char = '×';
/// A run during which something disturbed the machine, on a chart.
pub const DISTURBED: char = '!';
/// The cold part of a bar.
pub const COLD_BAR: char = '░';
/// From end to end of an interval.
pub const BAR: &str = "━";
/// Where a scale is zero.
pub const ZERO: &str = "│";
/// An interval goes on to the left.
pub const LEFT: &str = "◂";
/// An interval goes on to the right.
pub const RIGHT: &str = "▸";
/// What others are compared with.
pub const BASE: &str = "=";
/// What none beats, on a chart.
pub const BEST: char = '◆';
/// The cursor of a chart.
pub const CURSOR: char = '●';
/// Frame: top left, top right, bottom left, bottom right, horizontal, vertical.
pub const FRAME: [&str; 6] = ["╭", "╮", "╰", "╯", "─", "│"];

const SPINNER: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
/// Time of one picture of the spinner.
const SPIN: Duration = Duration::from_millis(100);

/// The spinner at a time of the program.
pub fn spinner(now: Duration) -> &'static str {
    let step = now.as_millis() / SPIN.as_millis();
    SPINNER[usize::try_from(step % SPINNER.len() as u128).unwrap_or_default()]
}
