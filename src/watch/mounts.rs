//! Hears of file systems that are mounted and unmounted: no event of a folder tells that another
//! lies under its name now. Sleeps until the table of mounts changes.

use std::{
    fs::File,
    io::{self, PipeReader, PipeWriter, pipe},
    sync::Arc,
    thread,
};

use rustix::{
    event::{PollFd, PollFlags, poll},
    io::Errno,
};

use super::hints::Hints;

/// The system says here when something is mounted or unmounted.
const TABLE: &str = "/proc/self/mountinfo";

/// Listens as long as it lives.
#[derive(Debug)]
pub(super) struct Mounts {
    /// The thread sees it closed.
    _end: PipeWriter,
}

impl Mounts {
    /// Starts listening; an error where the system has no such table.
    pub fn listen(hints: &Arc<Hints>) -> io::Result<Self> {
        let table = File::open(TABLE)?;
        let (ended, end) = pipe()?;
        let hints = Arc::clone(hints);
        thread::Builder::new().name("mounts".into()).spawn(move || hear(&table, &ended, &hints))?;
        Ok(Self { _end: end })
    }
}

fn hear(table: &File, ended: &PipeReader, hints: &Hints) {
    loop {
        let mut waited = [PollFd::new(table, PollFlags::PRI), PollFd::new(ended, PollFlags::empty())];
        match poll(&mut waited, None) {
            Ok(_) => {}
            Err(Errno::INTR) => continue,
            Err(_) => return,
        }
        let [changed, ended] = waited.map(|waited| !waited.revents().is_empty());
        if ended {
            return;
        }
        if changed {
            hints.mounted();
        }
    }
}
