//! The terminal: taken and given back, on every way out. While it is taken, standard error
//! goes to a log file, so that nobody writes over the screen.

pub mod canvas;
mod encode;
mod output;
mod scroll;

use std::{
    fs::{File, OpenOptions},
    io::{self, IsTerminal, Write as _},
    os::fd::{AsFd, OwnedFd},
    panic,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, ThreadId},
};

use crossterm::{clipboard::CopyToClipboard, queue, terminal};
use ratatui::Frame;
use rustix::stdio::dup2_stderr;

use self::{canvas::Canvas, output::Output};
use crate::text::sanitize::Shown;

/// Alternate screen.
const ENTER_SCREEN: &str = "\x1b[?1049h";
const LEAVE_SCREEN: &str = "\x1b[?1049l";
/// Bracketed paste, no cursor.
const ENTER_MODES: &str = "\x1b[?2004h\x1b[?25l";
/// Mouse buttons and wheel in SGR form; no reports of mere motion, which nobody here wants
/// and which cost a slow line dearly.
const ENTER_MOUSE: &str = "\x1b[?1000h\x1b[?1006h";
const LEAVE_MOUSE: &str = "\x1b[?1006l\x1b[?1000l";
/// All of that off; also ends a synchronized update and margins that were cut short.
const LEAVE_MODES: &str = "\x1b[?2026l\x1b[r\x1b[?1006l\x1b[?1000l\x1b[?2004l\x1b[0m\x1b[?25h";
/// What waits beside the frames for a terminal that takes none: notices of days are not kept.
const ASIDE: usize = 64 * 1024;
/// Nothing on the screen, and nothing left of what somebody else set.
const CLEAR: &str = "\x1b[r\x1b[m\x1b[2J";

/// The screen, taken. Dropping it gives the terminal back.
pub struct Screen {
    held: Arc<Held>,
    output: Output,
    canvas: Canvas,
    size: (u16, u16),
    /// What goes out with the next frame.
    aside: String,
}

impl Screen {
    /// Takes the terminal. Standard error goes to `log` until it is given back. From now on
    /// a panic of this thread gives the terminal back before anything is said about it; a
    /// panic of another thread leaves it alone.
    pub fn take(log: Option<&Path>, size: (u16, u16), has_mouse: bool) -> io::Result<Self> {
        let held = Arc::new(Held::new(log, has_mouse)?);
        give_back_on_panic(Arc::clone(&held));
        let (output, canvas) = (Output::open()?, Canvas::new(size)?);
        let mut screen = Self { held, output, canvas, size, aside: String::new() };
        screen.enter(ENTER_SCREEN)?;
        Ok(screen)
    }

    /// Columns and rows of the terminal.
    pub fn size() -> io::Result<(u16, u16)> {
        terminal::size()
    }

    /// The terminal has not taken the last frame yet: the next one is worth drawing later.
    pub fn is_behind(&self) -> bool {
        self.output.is_behind()
    }

    /// Offers the terminal again what it has not taken.
    pub fn catch_up(&mut self) -> io::Result<()> {
        self.output.catch_up()
    }

    /// Draws a frame and writes it in one go, as far as the terminal takes it.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        let frame = self.canvas.draw(&self.aside, draw);
        self.aside.clear();
        if frame.is_empty() { Ok(()) } else { self.output.offer(frame) }
    }

    /// The terminal has this size. Where it is another one, the next frame is drawn whole.
    pub fn fit(&mut self, size: (u16, u16)) -> io::Result<()> {
        if size == self.size { Ok(()) } else { self.start_anew(size) }
    }

    /// Nothing of what the terminal shows is known any more.
    fn start_anew(&mut self, size: (u16, u16)) -> io::Result<()> {
        self.canvas = Canvas::new(size)?;
        self.size = size;
        self.write(CLEAR);
        Ok(())
    }

    /// Takes the terminal anew after somebody else may have changed it.
    pub fn retake(&mut self, size: (u16, u16)) -> io::Result<()> {
        // Raw mode is a switch: where it was switched off behind our back, only off and on helps.
        terminal::disable_raw_mode()?;
        self.enter("")?;
        self.start_anew(size)
    }

    /// Gives the terminal back, runs `body`, takes the terminal again.
    pub fn lend<T>(&mut self, body: impl FnOnce() -> T) -> io::Result<T> {
        self.output.forget();
        self.held.give_back();
        let value = body();
        self.enter(ENTER_SCREEN)?;
        self.start_anew(Self::size()?)?;
        Ok(value)
    }

    fn enter(&mut self, enter: &str) -> io::Result<()> {
        self.held.take()?;
        let mouse = if self.held.has_mouse.load(Ordering::SeqCst) { ENTER_MOUSE } else { "" };
        self.output.offer(format!("{enter}{ENTER_MODES}{mouse}").as_bytes())
    }

    /// Has the terminal report the mouse, or not.
    pub fn use_mouse(&mut self, is_wanted: bool) {
        self.held.has_mouse.store(is_wanted, Ordering::SeqCst);
        self.write(if is_wanted { ENTER_MOUSE } else { LEAVE_MOUSE });
    }

    /// Writes what is no part of a picture, with the next frame.
    pub fn write(&mut self, bytes: &str) {
        if self.aside.len() < ASIDE {
            self.aside.push_str(bytes);
        }
    }

    /// Puts text on the clipboard, as far as the terminal allows it (OSC 52).
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let mut bytes = Vec::new();
        queue!(bytes, CopyToClipboard::to_clipboard_from(text))?;
        self.output.offer(&bytes)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.held.give_back();
    }
}

/// What is needed to give the terminal back, shared with the panic hook.
struct Held {
    is_taken: AtomicBool,
    /// The mouse is reported while the terminal is taken.
    has_mouse: AtomicBool,
    /// Standard error as it was.
    stderr: OwnedFd,
    /// Where it goes meanwhile.
    log: File,
    /// The only thread whose panics may touch the terminal.
    owner: ThreadId,
}

impl Held {
    fn new(log: Option<&Path>, has_mouse: bool) -> io::Result<Self> {
        // Without a place for the log, and with standard error in a file of the user's own
        // choice, it is still not the screen that it goes to.
        let open = |path: &Path| OpenOptions::new().append(true).create(true).open(path);
        let log = match log.map(open) {
            Some(Ok(file)) => file,
            Some(Err(_)) | None => OpenOptions::new().write(true).open("/dev/null")?,
        };
        Ok(Self {
            is_taken: AtomicBool::new(false),
            has_mouse: AtomicBool::new(has_mouse),
            stderr: io::stderr().as_fd().try_clone_to_owned()?,
            log,
            owner: thread::current().id(),
        })
    }

    fn take(&self) -> io::Result<()> {
        // First, so that a failure half way is undone as well.
        self.is_taken.store(true, Ordering::SeqCst);
        terminal::enable_raw_mode()?;
        if io::stderr().is_terminal() {
            dup2_stderr(&self.log)?;
        }
        Ok(())
    }

    /// Every step is tried, whatever became of the others: the terminal may be gone. `false`
    /// when it was not taken.
    fn give_back(&self) -> bool {
        if !self.is_taken.swap(false, Ordering::SeqCst) {
            return false;
        }
        let _ = output::last_words(format!("{LEAVE_MODES}{LEAVE_SCREEN}\x1b[?25h").as_bytes());
        let _ = terminal::disable_raw_mode();
        let _ = dup2_stderr(&self.stderr);
        true
    }
}

fn give_back_on_panic(held: Arc<Held>) {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        // Into the log, with everything that is known.
        before(panic);
        if thread::current().id() == held.owner && held.give_back() {
            // To the user, on the screen as it was before, without what a terminal would obey.
            let _ = writeln!(io::stderr(), "{}", Shown::new(&panic.to_string()));
        }
    }));
}
