//! The report's text in its record: line by line, so that a change of it can be named, with
//! the fact behind each figure.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Record;
use crate::report::figures;

/// The Markdown that a record belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextRecord {
    /// SHA-256 of the file's bytes.
    pub sha256: String,
    /// The lines, joined by a line feed the file's text.
    pub lines: Vec<String>,
    /// The figures that state a fact, in order.
    pub figures: Vec<FigureRecord>,
}

/// A figure of the report and the fact that it states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureRecord {
    /// Line of the report, counted from 1.
    pub line: u32,
    /// Column in characters, counted from 1.
    pub column: u32,
    /// As it stands there: `102.8 tok/s`, or the number alone of a count.
    pub text: String,
    /// Id of the fact.
    pub fact: String,
}

impl Record {
    /// Binds the record to the text of its report. The facts must be known by then.
    pub fn seal(&mut self, markdown: &str) {
        let lines: Vec<String> = markdown.split('\n').map(str::to_owned).collect();
        let figures = figures::stated(&lines, &self.facts, &self.written);
        self.report = Some(TextRecord { sha256: sha256(markdown.as_bytes()), lines, figures });
    }
}

/// The digits of a SHA-256.
pub fn sha256(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
