//! Reads many files: the watch's own thread, and a second one where there is a core for it.
//! What was read is handed over in the order it was asked for, whoever read it.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc::sync_channel,
    },
    thread,
};

use super::read::{Order, Reader, Reading};

/// Fewer files are read by one thread: starting another takes as long.
const WORTH_HELP: usize = 64;
/// Files that a thread takes at a time.
const CHUNK: usize = 32;
/// Chunks that the helper may be ahead of what was handed over …
const AHEAD: usize = 4;
/// … and those that wait for one that takes long.
const WAITING: usize = 64;
/// Deeply nested documents are parsed by recursion.
pub const STACK_BYTES: usize = 8 * 1024 * 1024;

type Chunk = Vec<Option<Reading>>;

/// Reads the files and hands each over, in order, with its place in `orders`; stops at the
/// first error of `done`.
pub(super) fn read_all<E>(
    root: &Path,
    orders: &[Order],
    done: &mut dyn FnMut(usize, Option<Reading>) -> Result<(), E>,
) -> Result<(), E> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    if orders.len() < WORTH_HELP || cores < 2 {
        let mut reader = Reader::new(root);
        return orders.iter().enumerate().try_for_each(|(at, order)| done(at, reader.read(order)));
    }
    read_helped(root, orders, done)
}

fn read_helped<E>(
    root: &Path,
    orders: &[Order],
    done: &mut dyn FnMut(usize, Option<Reading>) -> Result<(), E>,
) -> Result<(), E> {
    let chunks: Vec<&[Order]> = orders.chunks(CHUNK).collect();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (sender, finished) = sync_channel::<(usize, Chunk)>(AHEAD);
        let (from, all) = (&next, &chunks);
        let helper = move || {
            let mut reader = Reader::new(root);
            while let Some((number, chunk)) = take(from, all) {
                if sender.send((number, read_chunk(&mut reader, chunk))).is_err() {
                    return;
                }
            }
        };
        // Without a helper its end of the channel is closed, and all is read here.
        let _ = thread::Builder::new()
            .name("watch-helper".into())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, helper);
        let mut reader = Reader::new(root);
        let mut waiting: BTreeMap<usize, Chunk> = BTreeMap::new();
        let mut due = 0;
        while let Some(&chunk) = chunks.get(due) {
            waiting.extend(finished.try_iter());
            if let Some(readings) = waiting.remove(&due) {
                for (at, reading) in readings.into_iter().enumerate() {
                    done(due * CHUNK + at, reading)?;
                }
                due += 1;
                continue;
            }
            let mine = if waiting.len() < WAITING { take(&next, &chunks) } else { None };
            let (number, readings) = match mine {
                Some((number, chunk)) => (number, read_chunk(&mut reader, chunk)),
                // The helper has it; should it have died, it is read here.
                None => finished.recv().unwrap_or_else(|_| (due, read_chunk(&mut reader, chunk))),
            };
            waiting.insert(number, readings);
        }
        Ok(())
    })
}

fn take<'a>(next: &AtomicUsize, chunks: &[&'a [Order]]) -> Option<(usize, &'a [Order])> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    chunks.get(number).map(|chunk| (number, *chunk))
}

fn read_chunk(reader: &mut Reader, chunk: &[Order]) -> Chunk {
    chunk.iter().map(|order| reader.read(order)).collect()
}
