//! Reading run records: what is wanted of which, and what came of it. The files are read away
//! from the loop.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::report::record::{
    Record,
    summary::{FactChange, RunSummary, changes},
};

/// A record in the folder, and the content of it that is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFile {
    /// Its path in the inventory.
    pub path: Arc<str>,
    /// The same as the system knows it.
    pub os_path: PathBuf,
    /// Of its bytes.
    pub digest: Arc<str>,
}

/// What is wanted of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunsWanted {
    /// What the list says of each.
    List(Vec<RunFile>),
    /// All of one.
    Open(RunFile),
    /// What changed from the first to the second.
    Compare(RunFile, RunFile),
}

/// What came of it; the texts say why a record cannot be read.
#[derive(Clone, Debug)]
pub enum RunsRead {
    /// See [`RunsWanted::List`].
    Listed(Vec<(RunFile, Result<RunSummary, String>)>),
    /// See [`RunsWanted::Open`].
    Opened(RunFile, Result<Box<Record>, String>),
    /// See [`RunsWanted::Compare`]: the changes, and how many facts are the same.
    Compared(RunFile, RunFile, Result<(Vec<FactChange>, usize), String>),
}

impl RunsWanted {
    /// Reads what is wanted; `text` reads a file of the folder.
    pub fn read(self, text: impl Fn(&Path) -> io::Result<String>) -> RunsRead {
        let record = |file: &RunFile| {
            let text = text(&file.os_path).map_err(|error| error.to_string())?;
            Record::read(&text)
        };
        match self {
            Self::List(files) => {
                let summary = |file: &RunFile| record(file).map(|record| RunSummary::of(&record));
                RunsRead::Listed(files.into_iter().map(|file| (file.clone(), summary(&file))).collect())
            }
            Self::Open(file) => {
                let read = record(&file).map(Box::new);
                RunsRead::Opened(file, read)
            }
            Self::Compare(base, candidate) => {
                let read = || Ok(changes(&record(&base)?, &record(&candidate)?));
                let read = read();
                RunsRead::Compared(base, candidate, read)
            }
        }
    }
}
