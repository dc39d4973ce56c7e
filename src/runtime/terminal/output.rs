//! The way to the terminal. It may be slow, or stop reading for good (a line that hangs, a reader
//! that is stopped): bytes that it does not take wait here, and nobody waits for it. At most one
//! frame is kept, as none is drawn while one waits.

use std::{
    fs::File,
    io::{self, Write as _},
    os::fd::{AsFd as _, BorrowedFd},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{Mode, OFlags, fstat, open},
    termios::{QueueSelector, tcflush, ttyname},
};

/// A terminal that reads takes a frame in less than this, even when its buffer is smaller.
const AT_ONCE: Duration = Duration::from_millis(5);
/// Time for what gives the terminal back; after it, what was written and not read is thrown away.
const LAST_WORDS: Duration = Duration::from_millis(400);

/// The terminal's descriptor and what it has not taken yet.
#[derive(Debug)]
pub struct Output {
    file: File,
    /// From here on they wait.
    pending: Vec<u8>,
    taken: usize,
}

impl Output {
    /// The terminal on standard output.
    pub fn open() -> io::Result<Self> {
        Ok(Self { file: terminal()?, pending: Vec::new(), taken: 0 })
    }

    /// Writes what the terminal takes now, and keeps the rest.
    pub fn offer(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.pending.extend_from_slice(bytes);
        self.go_on(AT_ONCE)
    }

    /// Something waits that the terminal has not taken.
    pub fn is_behind(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Tries again with what waits.
    pub fn catch_up(&mut self) -> io::Result<()> {
        self.go_on(Duration::ZERO)
    }

    /// What waits is wanted no more.
    pub fn forget(&mut self) {
        self.pending.clear();
        self.taken = 0;
    }

    fn go_on(&mut self, patience: Duration) -> io::Result<()> {
        self.taken += write_within(&mut self.file, &self.pending[self.taken..], patience)?;
        if self.taken == self.pending.len() {
            self.forget();
        }
        Ok(())
    }
}

/// Writes what gives the terminal back. One that does not read loses what it has not read, so
/// that these bytes have room.
pub fn last_words(bytes: &[u8]) -> io::Result<()> {
    let mut file = terminal()?;
    let written = write_within(&mut file, bytes, LAST_WORDS)?;
    if written < bytes.len() {
        tcflush(&file, QueueSelector::OFlush)?;
        write_within(&mut file, bytes, AT_ONCE)?;
    }
    Ok(())
}

/// So many bytes were taken in this time.
fn write_within(file: &mut File, bytes: &[u8], patience: Duration) -> io::Result<usize> {
    let began = Instant::now();
    let mut written = 0;
    while written < bytes.len() {
        match file.write(&bytes[written..]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => written += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let left = patience.saturating_sub(began.elapsed());
                if left.is_zero() {
                    break;
                }
                await_room(file.as_fd(), left)?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(written)
}

fn await_room(file: BorrowedFd<'_>, patience: Duration) -> io::Result<()> {
    let timeout = Timespec::try_from(patience).map_err(io::Error::other)?;
    match poll(&mut [PollFd::from_borrowed_fd(file, PollFlags::OUT)], Some(&timeout)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The terminal opened anew: not waiting for it must not be a property of the descriptor that the
/// shell has too. Where it has no name (another mount namespace), a copy of the shell's, which waits.
fn terminal() -> io::Result<File> {
    let stdout = io::stdout();
    let shared = || Ok(File::from(stdout.as_fd().try_clone_to_owned()?));
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let Ok(name) = ttyname(&stdout, Vec::new()) else { return shared() };
    let Ok(own) = open(&*name, flags, Mode::empty()) else { return shared() };
    let is_same = fstat(&stdout)
        .and_then(|theirs| Ok((theirs, fstat(&own)?)))
        .is_ok_and(|(theirs, own)| theirs.st_rdev == own.st_rdev);
    if is_same { Ok(own.into()) } else { shared() }
}
