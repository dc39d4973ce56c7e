//! Watching the folder: the scan is the truth, events are hints. The only module that
//! reads the folder's files.

mod crew;
pub mod gather;
mod hints;
mod known;
mod mounts;
mod notice;
pub(crate) mod pace;
mod read;
pub mod scan;
mod tail;
mod unsettled;
mod walk;

/// Clocks of file systems go in ticks: a change this close to the last one may carry the
/// same stamp, so the bytes are compared.
const TICK_NS: i128 = 20_000_000;
