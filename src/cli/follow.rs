//! `--follow`: the folder is watched, and what changes is told as JSON, one event a line. How
//! a folder is watched without a screen, whoever tells of it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
    mpsc::{Receiver, sync_channel},
};

use serde_json::Value;

use super::{
    Failure, FailureKind,
    output::{OutputFormat, print_event},
};
use crate::{
    config::Config,
    ingest::inventory::{Batch, Change, WatchState},
    metrics::library::Library,
    signals::{self, Signal},
    text::sanitize::Shown,
    watch::gather::Watcher,
};

/// Batches that may wait; beyond that the watcher does: a reader that stalls costs no memory.
const NEWS: usize = 4;
/// Changes that are told at once. Those that came while others were told belong together:
/// what a storm of them leaves is told, and not each step of it.
const MOST_CHANGES: usize = 1024;

enum News {
    Batch(Batch),
    Signal(Signal),
}

/// What a command tells of the folder.
pub(super) trait Teller {
    /// A file as it was read, tables and all: the library keeps none.
    fn learn(&mut self, _change: &Change) {}
    /// How the folder is watched from now on.
    fn state(&mut self, _state: WatchState) -> Vec<Value> {
        Vec::new()
    }
    /// The folder after its first scan.
    fn first(&mut self, library: &Library) -> Vec<Value>;
    /// What became of these changes, which the library has taken in.
    fn next(&mut self, library: &Library, changes: &[Change]) -> Vec<Value>;
    /// Prints what is told.
    fn print(&self, event: &Value) -> Result<(), Failure> {
        print_event(event)
    }
}

/// Events are JSON: no other format can be asked for.
pub(super) fn check_follow(format: OutputFormat) -> Result<(), Failure> {
    match format {
        OutputFormat::Text | OutputFormat::Json => Ok(()),
        other => {
            Err(Failure::new(FailureKind::Usage, format!("--follow tells JSON and not {}", other.name()))
                .hint("leave --format out"))
        }
    }
}

/// A document as an event: its name stands before its fields.
pub(super) fn event(name: &str, document: Value) -> Value {
    let mut event = serde_json::json!({"event": name});
    if let Value::Object(fields) = document {
        fields.into_iter().for_each(|(name, value)| event[name] = value);
    }
    event
}

/// Watches the folder, which must be there, until a signal comes or nobody reads any more.
pub(super) fn follow(config: &Config, teller: &mut dyn Teller) -> Result<(), Failure> {
    if !config.folder.is_dir() {
        let folder = Shown::from_path(&config.folder);
        return Err(Failure::new(FailureKind::Input, format!("no folder `{folder}` to follow"))
            .hint("give a folder of results as the last argument, or with --dir"));
    }
    watch(config, teller)
}

/// The same; a folder that is not there is waited for.
pub(super) fn watch(config: &Config, teller: &mut dyn Teller) -> Result<(), Failure> {
    let failed = |error| Failure::new(FailureKind::Input, format!("cannot watch the folder: {error}"));
    let (sender, news) = sync_channel(NEWS);
    let signals = sender.clone();
    let is_told = Arc::new(AtomicBool::new(false));
    signals::listen_for_end(move |signal| {
        // Who is held up by a reader that stalls does not see the first; somebody who
        // insists is heard.
        if is_told.swap(true, Ordering::Relaxed) || signals.try_send(News::Signal(signal)).is_err() {
            std::process::exit(i32::from(signal.exit_code()));
        }
    })
    .map_err(failed)?;
    let send = move |batch| sender.send(News::Batch(batch)).is_ok();
    let _watcher = Watcher::start(config.folder.clone(), send).map_err(failed)?;
    tell(&news, teller)
}

fn tell(news: &Receiver<News>, teller: &mut dyn Teller) -> Result<(), Failure> {
    let mut library = Library::default();
    let mut is_first = true;
    let mut state = None;
    // It ends with the watcher, which ends with the program.
    while let Ok(first) = news.recv() {
        let mut changes = Vec::new();
        let mut next = Some(first);
        while let Some(found) = next {
            match found {
                News::Signal(signal) => return Err(Failure::new(FailureKind::Signal(signal), "")),
                News::Batch(batch) => {
                    if state.replace(batch.watch) != Some(batch.watch) {
                        let events = teller.state(batch.watch);
                        events.iter().try_for_each(|event| teller.print(event))?;
                    }
                    library.absorb(&batch);
                    batch.changes.iter().for_each(|change| teller.learn(change));
                    changes.extend(library.kept(batch).changes);
                }
            }
            next = if changes.len() < MOST_CHANGES { news.try_recv().ok() } else { None };
        }
        if !library.is_complete {
            continue;
        }
        library.settle();
        let events = if std::mem::take(&mut is_first) {
            teller.first(&library)
        } else {
            teller.next(&library, &last_of_each(&changes))
        };
        events.iter().try_for_each(|event| teller.print(event))?;
    }
    Ok(())
}

/// Of several changes of one file the last says what it is now.
fn last_of_each(changes: &[Change]) -> Vec<Change> {
    let path = |change: &Change| match change {
        Change::Read(file) => Arc::clone(&file.path),
        Change::Removed(path) => Arc::clone(path),
    };
    let mut seen = std::collections::HashSet::new();
    let mut last: Vec<Change> =
        changes.iter().rev().filter(|change| seen.insert(path(change))).cloned().collect();
    last.reverse();
    last
}
