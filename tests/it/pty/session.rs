//! A program in a pty, and the terminal on the other end of it.

use std::{
    io::{Read, Write},
    num::NonZero,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use libtest_mimic::Failed;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};

use super::child;
use crate::support::{Home, Outcome, SOON, eventually, program};

const SIZE: PtySize = PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 };

/// Looks without anything new after which a screen rests: some tenths of a second.
const RESTING: u32 = 60;

/// A terminal that is slow takes what it takes so often a second.
const TAKES: u64 = 20;
/// Bytes a second of a terminal that takes what there is.
const UNLIMITED: u64 = u64::MAX;

/// What has come from the program.
struct Received {
    /// `None` while the size is not one for the parser.
    parser: Option<vt100::Parser>,
    bytes: Vec<u8>,
}

/// A program in a pty.
pub struct Session {
    received: Arc<Mutex<Received>>,
    /// Bytes a second that the terminal takes.
    pace: Arc<AtomicU64>,
    writer: Box<dyn Write + Send>,
    master: Box<dyn MasterPty + Send>,
    /// Kept open, so that the terminal outlives the program as it does for a person.
    _slave: Box<dyn SlavePty + Send>,
    child: Box<dyn Child + Send + Sync>,
    /// The terminal's settings before the program.
    before: String,
}

impl Session {
    /// Starts the program.
    pub fn start(home: &Home, arguments: &[&str]) -> Result<Self, Failed> {
        Self::start_with(home, arguments, &[])
    }

    /// Starts the program with more in its environment.
    pub fn start_with(home: &Home, arguments: &[&str], more: &[(&str, &str)]) -> Result<Self, Failed> {
        Self::spawn(home, program(), arguments, more, SIZE)
    }

    /// Starts the program in a terminal of another size.
    pub fn start_sized(
        home: &Home,
        arguments: &[&str],
        more: &[(&str, &str)],
        (columns, rows): (u16, u16),
    ) -> Result<Self, Failed> {
        Self::spawn(home, program(), arguments, more, PtySize { rows, cols: columns, ..SIZE })
    }

    /// Starts another program, one that starts this one in its turn.
    pub fn start_other(home: &Home, program: &Path, arguments: &[&str]) -> Result<Self, Failed> {
        Self::spawn(home, program, arguments, &[], SIZE)
    }

    /// Starts this test binary in the program's place.
    pub fn start_child(home: &Home, part: &str) -> Result<Self, Failed> {
        Self::spawn(home, &std::env::current_exe()?, &[], &[(child::VARIABLE, part)], SIZE)
    }

    fn spawn(
        home: &Home,
        program: &Path,
        arguments: &[&str],
        more: &[(&str, &str)],
        size: PtySize,
    ) -> Result<Self, Failed> {
        let pair = native_pty_system().openpty(size)?;
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        for (name, value) in home.environment() {
            command.env(name, value);
        }
        for (name, value) in more {
            command.env(name, value);
        }
        command.cwd(home.path());
        let before = settings(&*pair.master);
        let child = pair.slave.spawn_command(command)?;
        let parser = Some(vt100::Parser::new(nonzero(size.rows), nonzero(size.cols), 0));
        let received = Arc::new(Mutex::new(Received { parser, bytes: Vec::new() }));
        let (into, mut reader) = (Arc::clone(&received), pair.master.try_clone_reader()?);
        let pace = Arc::new(AtomicU64::new(UNLIMITED));
        let own_pace = Arc::clone(&pace);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                let length = match own_pace.load(Ordering::SeqCst) {
                    UNLIMITED => buffer.len(),
                    bytes => {
                        thread::park_timeout(Duration::from_millis(1000 / TAKES));
                        if bytes == 0 {
                            continue;
                        }
                        buffer.len().min((bytes / TAKES) as usize)
                    }
                };
                let Ok(count @ 1..) = reader.read(&mut buffer[..length]) else { return };
                let mut received = into.lock().unwrap_or_else(PoisonError::into_inner);
                received.parser.iter_mut().for_each(|parser| parser.process(&buffer[..count]));
                received.bytes.extend_from_slice(&buffer[..count]);
            }
        });
        let writer = pair.master.take_writer()?;
        Ok(Self { received, pace, writer, master: pair.master, _slave: pair.slave, child, before })
    }

    /// Types.
    pub fn keys(&mut self, keys: &str) -> Outcome {
        self.writer.write_all(keys.as_bytes())?;
        Ok(self.writer.flush()?)
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, columns: u16, rows: u16) -> Outcome {
        self.with(|received| {
            let parser = received.parser.iter_mut();
            parser.for_each(|parser| parser.screen_mut().set_size(nonzero(rows), nonzero(columns)));
        });
        Ok(self.master.resize(PtySize { rows, cols: columns, ..SIZE })?)
    }

    /// What comes from here on is kept and shown nowhere.
    pub fn looks_away(&self) {
        self.with(|received| received.parser = None);
    }

    /// A terminal of another size that knows nothing of what came before but the modes.
    pub fn looks_again(&self, columns: u16, rows: u16) -> Outcome {
        self.with(|received| {
            let mut parser = vt100::Parser::new(nonzero(rows), nonzero(columns), 0);
            parser.process(b"\x1b[?1049h\x1b[?2004h\x1b[?25l\x1b[?1000h\x1b[?1006h");
            received.parser = Some(parser);
        });
        Ok(self.master.resize(PtySize { rows, cols: columns, ..SIZE })?)
    }

    /// From now on the terminal takes so many bytes a second; with 0 it does not read.
    pub fn takes(&self, bytes_a_second: u64) {
        self.pace.store(bytes_a_second, Ordering::SeqCst);
    }

    /// From now on it takes what there is.
    pub fn takes_all(&self) {
        self.takes(UNLIMITED);
    }

    /// The process.
    pub fn pid(&self) -> Option<i32> {
        self.child.process_id().and_then(|pid| i32::try_from(pid).ok())
    }

    /// The text on the screen.
    pub fn text(&self) -> String {
        self.with(|received| received.parser.as_ref().map(|parser| parser.screen().contents()))
            .unwrap_or_default()
    }

    /// The screen as it is, with its colours.
    pub fn screen(&self) -> vt100::Screen {
        let nothing = || vt100::Parser::new(NonZero::<u16>::MIN, NonZero::<u16>::MIN, 0);
        self.with(|received| received.parser.as_ref().map(|parser| parser.screen().clone()))
            .unwrap_or_else(|| nothing().screen().clone())
    }

    /// These bytes came last.
    pub fn ends_in(&self, bytes: &[u8]) -> bool {
        self.with(|received| received.bytes.ends_with(bytes))
    }

    /// These bytes have come.
    pub fn has_received(&self, bytes: &[u8]) -> bool {
        self.with(|received| received.bytes.windows(bytes.len()).any(|window| window == bytes))
    }

    /// So often have these bytes come.
    pub fn count(&self, bytes: &[u8]) -> usize {
        self.with(|received| count(&received.bytes, bytes))
    }

    /// All bytes that have come.
    pub fn bytes(&self) -> Vec<u8> {
        self.with(|received| received.bytes.clone())
    }

    /// Waits until nothing of the program is left, however it ended.
    pub fn is_gone(&mut self) -> Outcome {
        // Its last thread, too: until then the system holds its locks.
        eventually("the end of the program", SOON, || self.child.try_wait().ok().flatten()).map(drop)
    }

    /// So many bytes have come.
    pub fn received(&self) -> usize {
        self.with(|received| received.bytes.len())
    }

    /// Waits until nothing has come for a while: what was typed is on the screen.
    pub fn rests(&self) -> Outcome {
        let (mut before, mut looks) = (self.received(), 0);
        eventually("a screen that rests", SOON, || {
            let now = self.received();
            looks = if now == before { looks + 1 } else { 0 };
            before = now;
            (looks >= RESTING).then_some(())
        })
    }

    /// Waits for text on the screen.
    pub fn sees(&self, text: &str) -> Outcome {
        self.waits(&format!("`{text}` on the screen"), |screen| screen.contains(text))
    }

    /// Waits for a screen.
    pub fn waits(&self, what: &str, is_there: impl Fn(&str) -> bool) -> Outcome {
        eventually(what, SOON, || is_there(&self.text()).then_some(()))
            .map_err(|failed| self.with_screen(failed.message().unwrap_or(what)))
    }

    /// Waits for the end of the program, with the terminal as it was.
    pub fn ends_with(self, code: u32) -> Outcome {
        self.ends_and_shows(code).map(drop)
    }

    /// The same; what is on the screen then.
    pub fn ends_and_shows(mut self, code: u32) -> Result<String, Failed> {
        let ended = eventually("the end of the program", SOON, || self.child.try_wait().ok().flatten())
            .map_err(|failed| self.with_screen(failed.message().unwrap_or_default()))?;
        if ended.exit_code() != code {
            return Err(self.with_screen(&format!("ended with {ended:?}, not with {code}")));
        }
        self.is_given_back()?;
        // The last words come after the terminal is given back.
        self.rests()?;
        Ok(self.text())
    }

    /// Waits until the terminal is as it was before the program.
    pub fn is_given_back(&self) -> Outcome {
        let left = || {
            let screen = self.screen();
            let modes = self.with(|received| {
                [
                    (screen.alternate_screen(), "the alternate screen"),
                    (screen.hide_cursor(), "a hidden cursor"),
                    (screen.bracketed_paste(), "bracketed paste"),
                    (screen.mouse_protocol_mode() != vt100::MouseProtocolMode::None, "mouse reports"),
                    (screen.application_cursor() || screen.application_keypad(), "application keys"),
                    (
                        count(&received.bytes, b"\x1b[?2026h") > count(&received.bytes, b"\x1b[?2026l"),
                        "an open frame",
                    ),
                ]
            });
            let modes = modes.into_iter().find(|(is_left, _)| *is_left).map(|(_, what)| what);
            modes.or((settings(&*self.master) != self.before).then_some("other settings of the terminal"))
        };
        eventually("the terminal to be given back", SOON, || left().is_none().then_some(()))
            .map_err(|_| self.with_screen(&format!("the program left {}", left().unwrap_or_default())))
    }

    fn with<T>(&self, body: impl FnOnce(&mut Received) -> T) -> T {
        body(&mut self.received.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn with_screen(&self, message: &str) -> Failed {
        format!("{message}; the screen:\n{}", self.text()).into()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A test that failed leaves nothing behind.
        let _ = self.child.kill();
    }
}

fn settings(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios())
}

fn nonzero(number: u16) -> NonZero<u16> {
    NonZero::new(number).unwrap_or(NonZero::<u16>::MIN)
}

fn count(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).filter(|window| *window == what).count()
}
