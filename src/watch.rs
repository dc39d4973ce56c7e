//! Watching the folder: the scan is the truth, events are hints. The only module that
//! reads the folder's files.

mod crew;
pub mod gather;
mod hints;
mod known;
mod notice;
pub(crate) mod pace;
mod read;
pub mod scan;
mod tail;
mod unsettled;
mod walk;
