//! Keeps the folder's library up to date on a thread of its own: batches of the watcher in,
//! finished snapshots out. What takes long (putting series together) is done here, so that
//! the loop only swaps one snapshot for the next.

use std::{
    io,
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::sync::mpsc::Sender;

use crate::{
    app::event::{Event, LibraryEvent},
    ingest::inventory::Batch,
    metrics::library::Library,
    watch::pace::Pace,
};

/// Batches that may wait: enough for the reader of files to go on while series are put
/// together; beyond that it waits.
const BATCHES: usize = 4;
/// Snapshots that others hold at the same time: one on the screen, one in a report, and a
/// few on their way. While the screen is lent to an editor nobody takes any, and memory
/// must not grow.
const LENT: usize = 5;
/// Changes gathered while no snapshot can be sent; then the watcher waits too.
const GATHERED: usize = 1024;
/// Changes told in one event: each makes a line of the list, and an event may take a
/// millisecond. The snapshot that goes with them is the same.
const PIECE: usize = 128;
/// While no snapshot can be sent it is tried again this often.
const RETRY: Duration = Duration::from_millis(20);
/// Making a snapshot, and putting series together, is followed by a rest this many times as long, so that a scan of
/// many files spends a fifth of its time on it and not all …
const REST: u32 = 4;
/// … but what is shown is never older than this.
const MAX_REST: Duration = Duration::from_secs(1);

/// Starts the thread. What is returned takes the watcher's batches; `false` when nobody
/// listens any more.
pub fn start(inbox: Sender<Event>) -> io::Result<impl FnMut(Batch) -> bool + Send + 'static> {
    let (sender, batches) = sync_channel(BATCHES);
    let keeper = Keeper {
        inbox,
        library: Library::default(),
        waiting: None,
        lent: Vec::new(),
        was_complete: false,
        settling: Pace::resting(REST, MAX_REST),
        sending: Pace::resting(REST, MAX_REST),
        settle_at: Instant::now(),
        send_at: Instant::now(),
    };
    thread::Builder::new().name("library".into()).spawn(move || keeper.run(&batches))?;
    Ok(move |batch| sender.send(batch).is_ok())
}

struct Keeper {
    inbox: Sender<Event>,
    library: Library,
    /// Changes that no snapshot was sent with yet.
    waiting: Option<Batch>,
    /// Snapshots sent. They end here and not in the loop: taking ten thousand files apart
    /// takes longer than an event may.
    lent: Vec<Arc<Library>>,
    /// The snapshot sent last was of a folder read to its end.
    was_complete: bool,
    settling: Pace,
    sending: Pace,
    /// Not before this are series put together.
    settle_at: Instant,
    /// Not before this is a snapshot made.
    send_at: Instant,
}

impl Keeper {
    fn run(mut self, batches: &Receiver<Batch>) {
        loop {
            if self.waiting.as_ref().is_some_and(|batch| batch.changes.len() >= GATHERED) {
                thread::sleep(RETRY);
            } else {
                match self.next(batches) {
                    Ok(batch) => self.take(batch),
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => return self.finish(),
                }
            }
            self.settle();
            self.lent.retain(|library| Arc::strong_count(library) > 1);
            if self.lent.len() < LENT && Instant::now() >= self.send_at && !self.send() {
                return;
            }
        }
    }

    /// The watcher is gone: what it found last is told all the same.
    fn finish(mut self) {
        self.settle_at = Instant::now();
        self.settle();
        self.send();
    }

    /// The next batch, or a timeout when there is something to do before one comes.
    fn next(&self, batches: &Receiver<Batch>) -> Result<Batch, RecvTimeoutError> {
        let now = Instant::now();
        let retry = self.waiting.is_some().then(|| match self.send_at.saturating_duration_since(now) {
            Duration::ZERO => RETRY,
            rest => rest,
        });
        let settle = (!self.library.is_settled()).then(|| self.settle_at.saturating_duration_since(now));
        match [retry, settle].into_iter().flatten().min() {
            Some(timeout) => batches.recv_timeout(timeout),
            None => batches.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    fn take(&mut self, batch: Batch) {
        self.library.absorb(&batch);
        let batch = self.library.kept(batch);
        // The first look at all metrics is a whole one, and that at the whole folder.
        if batch.scan_complete || batch.measured_time.is_some() {
            self.settle_at = Instant::now();
        }
        match &mut self.waiting {
            Some(waiting) => {
                let scan_complete = waiting.scan_complete | batch.scan_complete;
                let scan_time = batch.scan_time.or(waiting.scan_time);
                let measured_time = batch.measured_time.or(waiting.measured_time);
                let bytes_read = waiting.bytes_read + batch.bytes_read;
                let mut changes = std::mem::take(&mut waiting.changes);
                changes.extend(batch.changes);
                *waiting = Batch { changes, scan_complete, scan_time, measured_time, bytes_read, ..batch };
            }
            None => self.waiting = Some(batch),
        }
    }

    fn settle(&mut self) {
        let began = Instant::now();
        if self.library.is_settled() || began < self.settle_at {
            return;
        }
        self.library.settle();
        self.settle_at = self.settling.next(began, Instant::now());
        // Series that changed are news even when no file came since.
        let (watch, now_ns) = (self.library.watch, self.library.now_ns);
        self.waiting.get_or_insert_with(|| Batch { watch, now_ns, ..Batch::default() });
    }

    /// Sends what waits; `false` when nobody listens any more.
    fn send(&mut self) -> bool {
        let Some(batch) = self.waiting.take() else { return true };
        let began = Instant::now();
        let library = Arc::new(self.library.snapshot());
        self.send_at = self.sending.next(began, Instant::now());
        self.lent.push(Arc::clone(&library));
        let is_news = std::mem::replace(&mut self.was_complete, library.is_complete);
        let mut rest = batch.changes;
        loop {
            let later = rest.split_off(rest.len().min(PIECE));
            let batch = Batch { changes: rest, ..batch };
            let event = LibraryEvent { batch, library: Arc::clone(&library), is_news };
            if self.inbox.blocking_send(Event::Library(Box::new(event))).is_err() {
                return false;
            }
            if later.is_empty() {
                return true;
            }
            rest = later;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use tokio::sync::mpsc::{Receiver as Inbox, channel};

    use super::*;
    use crate::ingest::{
        self,
        file::{Kind, Stamp, Status},
        inventory::{Change, ReportFile, WatchState},
    };

    /// More batches than may wait anywhere.
    const MANY: usize = 300;

    fn batch(index: usize) -> Batch {
        let path: Arc<str> = format!("r{index:04}.csv").into();
        let document = ingest::parse(&path, Kind::Csv, format!("model,tok_s\nx,{index}\n").as_bytes());
        let file = ReportFile {
            os_path: path.to_string().into(),
            kind: Kind::Csv,
            stamp: Stamp::default(),
            status: Status::Ok,
            generated: false,
            document: Arc::new(document),
            digest: "".into(),
            path,
        };
        Batch {
            changes: vec![Change::Read(Arc::new(file))],
            watch: WatchState::Live,
            scan_complete: index == MANY - 1,
            ..Batch::default()
        }
    }

    fn next(inbox: &mut Inbox<Event>) -> LibraryEvent {
        match inbox.blocking_recv() {
            Some(Event::Library(event)) => *event,
            other => panic!("{other:?}"),
        }
    }

    /// Takes events until the folder is whole and settled and so many changes are told.
    fn whole(inbox: &mut Inbox<Event>, expected: usize) -> (usize, Arc<Library>) {
        let mut told = 0;
        loop {
            let event = next(inbox);
            told += event.batch.changes.len();
            let values = event.library.series().first().map_or(0, |series| series.values.len());
            if event.library.is_complete && values == MANY && told >= expected {
                return (told, event.library);
            }
        }
    }

    #[test]
    fn every_change_is_told_once_and_the_series_follow() {
        let (sender, mut inbox) = channel(8);
        let mut keep = start(sender).unwrap();
        let feeder = thread::spawn(move || (0..MANY).all(|index| keep(batch(index))));
        let (told, library) = whole(&mut inbox, MANY);
        assert_eq!((told, library.inventory.len()), (MANY, MANY));
        assert!(feeder.join().unwrap());
    }

    #[test]
    fn snapshots_that_nobody_takes_are_few_and_nothing_is_lost() {
        let (sender, mut inbox) = channel(MANY);
        let mut keep = start(sender).unwrap();
        let mut held = Vec::new();
        for index in 0..MANY {
            assert!(keep(batch(index)));
        }
        // Some are held, as by a screen that is lent to an editor.
        while let Ok(event) = inbox.try_recv() {
            held.push(event);
        }
        assert!(held.len() <= LENT + GATHERED / PIECE, "{}", held.len());
        let before: usize = held
            .drain(..)
            .map(|event| match event {
                Event::Library(event) => event.batch.changes.len(),
                other => panic!("{other:?}"),
            })
            .sum();
        let (after, library) = whole(&mut inbox, MANY - before);
        assert_eq!((before + after, library.inventory.len()), (MANY, MANY));
    }

    #[test]
    fn it_ends_when_nobody_listens() {
        let (sender, inbox) = channel(1);
        let mut keep = start(sender).unwrap();
        drop(inbox);
        assert!((0..MANY).any(|index| !keep(batch(index))));
    }
}
