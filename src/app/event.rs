//! What happened.

use std::{sync::Arc, time::Duration};

use super::{
    bench::News, document::FileRead, effect::Outcome, history::runs::RunsRead, progress::JobProgress,
};
use crate::{
    engine::{host::Sight, models::Listing, protocol::EngineEvent},
    ingest::inventory::Batch,
    meters::Sample,
    metrics::library::Library,
    save::{Unsaved, journal::Remains},
    signals::Signal,
};

/// A key, free of any terminal library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Which.
    pub code: KeyCode,
    /// With control.
    pub ctrl: bool,
    /// With alt.
    pub alt: bool,
    /// With shift (only for keys that are not characters).
    pub shift: bool,
}

impl Key {
    /// An arrow to the left or the right, alone.
    pub fn is_sideways(self) -> bool {
        matches!(self.code, KeyCode::Left | KeyCode::Right) && !(self.ctrl || self.alt)
    }
}

/// Which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum KeyCode {
    Char(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Delete,
    Insert,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
    F(u8),
}

/// What a mouse did, and where (column, row).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    /// What.
    pub kind: MouseKind,
    /// Column from 0.
    pub column: u16,
    /// Row from 0.
    pub row: u16,
}

/// What a mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum MouseKind {
    Press,
    WheelUp,
    WheelDown,
}

/// How saving a report ended.
#[derive(Clone, Debug, PartialEq)]
pub enum SaveResult {
    /// Path of the Markdown file, as shown.
    Saved(crate::text::sanitize::Shown),
    /// Not saved, why, and what is kept of it.
    Failed(Box<Unsaved>),
}

/// What is known of journals whose runs died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemainsNews {
    /// These lie in the folder.
    Found(Vec<Remains>),
    /// One became a report: its path as shown, and its text.
    Kept(crate::text::sanitize::Shown, String),
    /// It did not, and why.
    Failed(crate::text::sanitize::Shown),
}

/// The folder as it stands now. Putting it together took a thread; taking it over is a swap.
#[derive(Clone, Debug)]
pub struct LibraryEvent {
    /// What changed since the event before.
    pub batch: Batch,
    /// The folder with these changes, perhaps with some that the next event tells.
    pub library: Arc<Library>,
    /// While the first scan fills the lists everything is new, and nothing is news.
    pub is_news: bool,
}

/// What a job led to.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The job's: a late answer is known by it.
    pub number: u64,
    /// What it led to.
    pub outcome: Outcome,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A key press.
    Key(Key),
    /// Pasted text.
    Paste(String),
    /// A mouse event.
    Mouse(Mouse),
    /// The terminal has a new size: columns, rows.
    Resize(u16, u16),
    /// The terminal told its background: red, green and blue, 0 to 1.
    Background([f64; 3]),
    /// A signal came.
    Signal(Signal),
    /// Time went on: since the start, and the wall clock in nanoseconds since 1970.
    Tick {
        /// Since the start.
        now: Duration,
        /// Wall clock.
        wall_ns: i128,
    },
    /// The folder changed.
    Library(Box<LibraryEvent>),
    /// What [`super::effect::Effect::ReadFile`] asked for.
    Document(Box<FileRead>),
    /// How far what [`super::effect::Effect::Compute`] asked for has come; told of what takes its
    /// time.
    Progressed(JobProgress),
    /// What [`super::effect::Effect::Compute`] asked for.
    Computed(Box<Answer>),
    /// What [`super::effect::Effect::ReadRuns`] asked for.
    Runs(Box<RunsRead>),
    /// What [`super::effect::Effect::ListModels`] asked for.
    Models(Box<Listing>),
    /// What [`super::effect::Effect::LookAtEngine`] asked for.
    EngineSeen(Box<Sight>),
    /// The engine says.
    Engine(EngineEvent),
    /// What is heard of a benchmark.
    Bench(News),
    /// The machine was sampled.
    Machine(Box<Sample>),
    /// A report was saved, or not.
    Saved(SaveResult),
    /// What runs that died left.
    Remains(RemainsNews),
}
