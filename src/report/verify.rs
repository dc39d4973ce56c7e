//! Does a saved report still say what its folder says? Its files are held against the
//! record, its facts are computed again, its text and figures are compared. Pure: whoever
//! calls it has read the folder, or a bundle.

use serde_json::Value as Json;

use super::record::Record;
use crate::{grounding::fact::Ledger, metrics::library::Library};

mod facts;
mod figures;
mod files;
mod lines;
mod settle;

pub use files::AsRecorded;
pub use settle::settle;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Files that are not as recorded.
    pub files: Vec<FileChange>,
    /// Facts that come out otherwise.
    pub facts: Vec<FactChange>,
    /// Figures and lines of the report that are not as they should be.
    pub figures: Vec<FigureChange>,
    /// Files whose bytes are as recorded and whose time of modification is not: the dates in
    /// the report are those recorded.
    pub times: Vec<String>,
    /// What the reader should know besides.
    pub notes: Vec<String>,
    /// How much was looked at.
    pub checked: Checked,
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Files of the record.
    pub files: usize,
    /// Facts of the record.
    pub facts: usize,
    /// Figures of the report that state one of them.
    pub figures: usize,
    /// Sentences of the report's prose.
    pub sentences: usize,
}

/// A file that is not as recorded; length and digest of each side where it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// The file.
    pub path: String,
    /// As recorded; `None` for a file that is new.
    pub recorded: Option<Contents>,
    /// As found; `None` for one that is missing.
    pub found: Option<Contents>,
}

/// What a file is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Length.
    pub bytes: u64,
    /// SHA-256; empty where it was not read.
    pub sha256: String,
}

/// Something about a fact that comes out otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct FactChange {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub name: String,
    /// Which of its parts: `value`, `text`, `sources`, …; `fact` when all of it is gone.
    pub part: String,
    /// As recorded.
    pub recorded: Json,
    /// As computed now.
    pub computed: Json,
}

/// What is wrong at a place of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The report has another figure than its record.
    Figure,
    /// The report has another text than its record.
    Text,
    /// The figure is as recorded, and the files say otherwise.
    Fact,
    /// A row of the evidence names another place than the fact has.
    Evidence,
    /// A sentence states a figure that no fact of the folder has.
    Sentence,
}

impl Wrong {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Figure => "figure",
            Self::Text => "text",
            Self::Fact => "fact",
            Self::Evidence => "evidence",
            Self::Sentence => "sentence",
        }
    }
}

/// A place of the report that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FigureChange {
    /// Line of the report, counted from 1; of a line that is gone, where it stood.
    pub line: Option<u32>,
    /// What is wrong there.
    pub wrong: Wrong,
    /// What stands there; empty where something is gone.
    pub found: String,
    /// What should; empty where something was added.
    pub expected: String,
    /// Id of the fact, where it is one's.
    pub fact: Option<String>,
}

impl Verdict {
    /// Nothing differs.
    pub fn is_ok(&self) -> bool {
        self.differences() == 0
    }
    /// How much differs.
    pub fn differences(&self) -> usize {
        self.files.len() + self.facts.len() + self.figures.len()
    }
}

/// Holds a report and its record against a folder. The library must have been read through
/// [`AsRecorded`], so that times of modification and own reports are those of the record.
pub fn verify(record: &Record, report: &str, library: &Library, times: Vec<String>) -> Verdict {
    let ledger = Ledger::of(library);
    let computed = facts::Computed::of(record, &ledger);
    let mut notes = Vec::new();
    if record.version != env!("CARGO_PKG_VERSION") {
        notes.push(format!(
            "the report is by version {} of the program; this is {}, which may compute facts otherwise",
            record.version,
            env!("CARGO_PKG_VERSION")
        ));
    }
    if record.report.is_none() {
        notes.push("the record is older than `verify`: it does not hold the text of its report".to_owned());
    }
    Verdict {
        files: files::changed(record, &library.inventory),
        facts: computed.changed(),
        figures: figures::changed(record, report, &ledger, &computed),
        times,
        notes,
        checked: Checked {
            files: record.files.len(),
            facts: record.facts.len(),
            figures: record.report.as_ref().map_or(0, |report| report.figures.len()),
            sentences: record.written.len(),
        },
    }
}
