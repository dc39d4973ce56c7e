//! Why a command did not do what it was asked: what, where, and what to do next.

use std::{fmt, io, path::Path};

use crate::{signals::Signal, text::sanitize::Shown};

/// What sort of failure it is; `main.rs` makes the exit code of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The reader of standard output went away: the program ends quietly.
    ClosedPipe,
    /// The check asked for failed.
    Check,
    /// Wrong use.
    Usage,
    /// Input or model cannot be read.
    Input,
    /// The engine failed or the model asked for could not be used.
    Engine,
    /// Output cannot be written.
    Output,
    /// Ended by a signal.
    Signal(Signal),
}

/// A failure as told on standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Of which sort.
    pub kind: FailureKind,
    /// What and where: lower case, no full stop, line breaks allowed.
    message: String,
    /// What to do next.
    hint: Option<String>,
}

impl Failure {
    /// A failure with its message.
    pub fn new(kind: FailureKind, message: impl fmt::Display) -> Self {
        Failure { kind, message: message.to_string(), hint: None }
    }
    /// Adds what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }
    /// A file that cannot be read.
    pub fn unreadable(path: &Path, source: &io::Error) -> Self {
        Self::new(FailureKind::Input, format!("cannot read `{}`: {source}", Shown::from_path(path)))
    }
    /// Standard output that cannot be written: quiet when its reader is gone.
    pub fn standard_output(source: &io::Error) -> Self {
        if source.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(FailureKind::ClosedPipe, "");
        }
        Self::new(FailureKind::Output, format!("cannot write standard output: {source}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() {
            return Ok(());
        }
        for (index, line) in self.message.lines().enumerate() {
            let prefix = if index == 0 { "error: " } else { "" };
            writeln!(f, "{prefix}{}", Shown::new(line))?;
        }
        for line in self.hint.iter().flat_map(|hint| hint.lines()) {
            writeln!(f, "hint: {}", Shown::new(line))?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
