//! What a session shows, with times: an asciicast v2 recording, and single screens.

use std::{
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;
use serde_json::{Value, json};

use crate::{
    pty::session::Session,
    support::{Outcome, SOON},
};

/// How often it is looked for news: as many pictures a second has the recording at most.
const LOOK_AGAIN: Duration = Duration::from_millis(125);
/// A screen that stood still for so long has all that the keys led to.
const SETTLED: Duration = Duration::from_millis(250);
/// The longest time on the tape between two changes: a slow machine makes no slow tour.
const LONGEST_GAP: f64 = 0.25;
/// The end of a frame. What comes before it is half a picture.
const FRAME_END: &[u8] = b"\x1b[?2026l";

/// A session and its recording.
pub struct Tape {
    session: Session,
    size: (u16, u16),
    /// Lines of the recording behind its header.
    events: Vec<String>,
    /// Seconds since its start, as the tape has them.
    time: f64,
    /// The screen that is last on it.
    last: Option<vt100::Screen>,
    /// Screens that were kept.
    shots: Vec<(&'static str, String)>,
}

/// What is left of a tape.
pub struct Recording {
    /// The asciicast.
    pub cast: String,
    /// Screens that were kept, with their names, as JSON.
    pub screens: Vec<(&'static str, String)>,
}

impl Tape {
    /// Records a session from its start.
    pub fn new(session: Session, size: (u16, u16)) -> Self {
        Self { session, size, events: Vec::new(), time: 0.0, last: None, shots: Vec::new() }
    }

    /// A chapter begins.
    pub fn begins(&mut self, title: &str) {
        self.events.push(json!([seconds(self.time), "m", title]).to_string());
    }

    /// Types, then waits until a text is seen and the screen stands still.
    pub fn step(&mut self, keys: &str, seen: &str) -> Outcome {
        self.session.keys(keys)?;
        self.sees(seen)
    }

    /// Waits until a text is seen and the screen stands still.
    pub fn sees(&mut self, seen: &str) -> Outcome {
        let start = Instant::now();
        let mut last = start;
        loop {
            thread::park_timeout(LOOK_AGAIN);
            let now = Instant::now();
            if self.takes(now.duration_since(last)) {
                last = now;
            }
            let is_seen = self.session.text().contains(seen);
            // While the engine's spinner turns the screen never stands still, and need not.
            if is_seen && (last.elapsed() >= SETTLED || start.elapsed() >= SETTLED * 6) {
                return Ok(());
            }
            if start.elapsed() >= SOON * 3 {
                let screen = self.session.text();
                return Err(format!("waited in vain for `{seen}`; the screen:\n{screen}").into());
            }
        }
    }

    /// Whether there is a new picture, which is on the tape then: by what differs from the last one.
    fn takes(&mut self, since: Duration) -> bool {
        if !self.session.ends_in(FRAME_END) {
            return false;
        }
        let screen = self.session.screen();
        let change = match &self.last {
            Some(last) => screen.contents_diff(last),
            None => screen.contents_formatted(),
        };
        if self.last.as_ref().is_some_and(|last| screen.contents_formatted() == last.contents_formatted()) {
            return false;
        }
        self.last = Some(screen);
        self.time += since.as_secs_f64().min(LONGEST_GAP);
        self.events.push(json!([seconds(self.time), "o", change]).to_string());
        true
    }

    /// The screen stays as it is for so long, on the tape.
    pub fn holds(&mut self, seconds: f64) {
        self.time += seconds;
    }

    /// Keeps the screen.
    pub fn shoots(&mut self, name: &'static str) {
        self.shots.push((name, screen(&self.session.screen(), self.size)));
    }

    /// Quits.
    pub fn ends(mut self) -> Result<Recording, Failed> {
        self.begins("The end");
        // A popup may be open.
        self.step("\x1b", "quit")?;
        self.session.keys("q")?;
        self.session.ends_with(0)?;
        let (width, height) = self.size;
        let header = json!({
            "version": 2,
            "width": width,
            "height": height,
            "title": "Chimera Insight",
            "env": {"TERM": "xterm-256color"},
        });
        let lines = std::iter::once(header.to_string()).chain(self.events);
        let cast = lines.flat_map(|line| [line, "\n".to_owned()]).collect();
        Ok(Recording { cast, screens: self.shots })
    }
}

/// Milliseconds are more than enough.
fn seconds(time: f64) -> Value {
    json!((time * 1000.0).round() / 1000.0)
}

/// A screen as JSON: rows of runs of equal look, each `[text, foreground, background, attributes]`.
fn screen(screen: &vt100::Screen, (columns, rows): (u16, u16)) -> String {
    let rows: Vec<Value> = (0..rows)
        .map(|row| {
            let mut runs: Vec<(String, [Value; 3])> = Vec::new();
            for cell in (0..columns).filter_map(|column| screen.cell(row, column)) {
                if cell.is_wide_continuation() {
                    continue;
                }
                let text = if cell.has_contents() { cell.contents() } else { " " };
                let attributes = [
                    (cell.bold(), 'b'),
                    (cell.dim(), 'd'),
                    (cell.italic(), 'i'),
                    (cell.underline(), 'u'),
                    (cell.inverse(), 'r'),
                ];
                let attributes: String =
                    attributes.iter().filter(|(is_set, _)| *is_set).map(|(_, letter)| letter).collect();
                let look = [color(cell.fgcolor()), color(cell.bgcolor()), attributes.into()];
                match runs.last_mut() {
                    Some((run, last)) if *last == look => run.push_str(text),
                    _ => runs.push((text.to_owned(), look)),
                }
            }
            runs.into_iter()
                .map(|(text, [front, back, attributes])| json!([text, front, back, attributes]))
                .collect()
        })
        .collect();
    json!({"columns": columns, "rows": rows}).to_string()
}

fn color(color: vt100::Color) -> Value {
    match color {
        vt100::Color::Default => Value::Null,
        vt100::Color::Idx(index) => index.into(),
        vt100::Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}").into(),
    }
}
