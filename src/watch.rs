//! Watching the folder: the scan is the truth, events are hints. The only module that
//! reads the folder's files.

pub mod gather;
mod hints;
mod notice;
mod read;
pub mod scan;
mod walk;
