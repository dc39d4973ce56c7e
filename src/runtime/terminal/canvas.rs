//! Frames as bytes: what the terminal shows is known, so a frame is only what differs from it.

use std::io::{self, Sink};

use ratatui::{
    Frame, Terminal, TerminalOptions, Viewport, backend::CrosstermBackend, buffer::Buffer, layout::Rect,
};

use super::{encode::encode, scroll::Shift};

/// Synchronized update: the terminal shows a frame whole or not at all.
const BEGIN_FRAME: &[u8] = b"\x1b[?2026h";
const END_FRAME: &[u8] = b"\x1b[?2026l";
/// Rows are looked for that moved when a frame takes more bytes than this.
const LOOK_FOR_SHIFT: usize = 160;

/// A screen of a fixed size: the size that events tell is the one that is drawn, and no frame
/// asks the terminal.
#[derive(Debug)]
pub struct Canvas {
    /// ratatui hands out frames through its own terminal only; this one never writes.
    frames: Terminal<CrosstermBackend<Sink>>,
    /// What the terminal shows.
    shown: Buffer,
    /// The frame, and another way to the same screen.
    bytes: Vec<u8>,
    other: Vec<u8>,
}

impl Canvas {
    /// A canvas for a terminal that shows nothing.
    pub fn new((width, height): (u16, u16)) -> io::Result<Self> {
        let area = Rect::new(0, 0, width, height);
        let options = TerminalOptions { viewport: Viewport::Fixed(area) };
        let frames = Terminal::with_options(CrosstermBackend::new(io::sink()), options)?;
        Ok(Self { frames, shown: Buffer::empty(area), bytes: Vec::new(), other: Vec::new() })
    }

    /// Draws; what is to be written, with `aside` in front of it, as one synchronized update.
    /// Empty where nothing changed.
    pub fn draw(&mut self, aside: &str, draw: impl FnOnce(&mut Frame<'_>)) -> &[u8] {
        draw(&mut self.frames.get_frame());
        let next = self.frames.current_buffer_mut();
        self.bytes.clear();
        self.bytes.extend_from_slice(BEGIN_FRAME);
        self.bytes.extend_from_slice(aside.as_bytes());
        let start = self.bytes.len();
        encode(&self.shown, next, &mut self.bytes);
        let length = self.bytes.len() - start;
        if length > LOOK_FOR_SHIFT
            && let Some(shift) = Shift::find(&self.shown, next)
        {
            shift.apply(&mut self.shown);
            self.other.clear();
            self.other.extend_from_slice(shift.sequence().as_bytes());
            encode(&self.shown, next, &mut self.other);
            if self.other.len() < length {
                self.bytes.truncate(start);
                self.bytes.append(&mut self.other);
            }
        }
        std::mem::swap(&mut self.shown, next);
        next.reset();
        if aside.is_empty() && length == 0 {
            return &[];
        }
        self.bytes.extend_from_slice(END_FRAME);
        &self.bytes
    }
}

#[cfg(test)]
mod tests;
