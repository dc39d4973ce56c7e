//! Writes the journal of the report that is being made, away from the loop: a disk may take its
//! time, the screen may not.

use std::{
    io,
    path::PathBuf,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{
    app::effect::Entry,
    save::{Place, journal::Journal},
};

/// A loss of power costs no more than this, a process that is killed nothing that was written.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// A journal and the thread that writes it.
#[derive(Debug)]
pub struct Scribe {
    /// Without a bound: all that waits is the text of one report, which the screen holds too.
    sender: Sender<Entry>,
    thread: JoinHandle<Option<Journal>>,
}

impl Scribe {
    /// Starts a journal of this name below the watched folder.
    pub fn start(folder: PathBuf, name: String) -> io::Result<Self> {
        let (sender, entries) = channel();
        let write = move || match Journal::start(Place::Below(&folder), &name) {
            Ok(journal) => Some(write(journal, &entries)),
            Err(error) => {
                // The report itself is tried when it is done, and its failure told.
                tracing::warn!("no journal: {error}");
                None
            }
        };
        let thread = thread::Builder::new().name("journal".into()).spawn(write)?;
        Ok(Self { sender, thread })
    }

    /// Writes on.
    pub fn write(&self, entry: Entry) {
        // Without a journal nobody listens.
        let _ = self.sender.send(entry);
    }

    /// The journal, when all is written; waits for the disk.
    pub fn end(self) -> Option<Journal> {
        drop(self.sender);
        self.thread.join().ok().flatten()
    }
}

fn write(mut journal: Journal, entries: &Receiver<Entry>) -> Journal {
    let mut synced = Instant::now();
    let mut is_synced = true;
    loop {
        let wait = if is_synced { None } else { Some(SYNC_EVERY.saturating_sub(synced.elapsed())) };
        let next = match wait {
            None => entries.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(wait) => entries.recv_timeout(wait),
        };
        match next {
            Ok(Entry::Text(text)) => journal.write(&text),
            Ok(Entry::Withdraw(text)) => journal.withdraw(&text),
            Ok(Entry::Begin(_)) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return journal,
        }
        if is_synced {
            (synced, is_synced) = (Instant::now(), false);
        } else if synced.elapsed() >= SYNC_EVERY {
            journal.sync();
            is_synced = true;
        }
    }
}
