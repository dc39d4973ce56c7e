//! The engine's log: everything to a file of bounded size, the last lines kept at hand.

use std::{
    collections::VecDeque,
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use crate::text::sanitize::Shown;

/// Most bytes of the log file; then it becomes `NAME.old` and a new one begins.
const FILE_LIMIT: u64 = 4 << 20;
/// Lines kept for a notice.
const TAIL_LINES: usize = 20;
/// Longest line kept, in bytes: what prints without an end must not fill the memory.
const LINE_LIMIT: u64 = 4096;

/// The last lines, shared between the thread that reads them and the one that needs them.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail(Arc<Mutex<VecDeque<String>>>);

impl Tail {
    fn push(&self, line: String) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == TAIL_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    /// Oldest first.
    pub(super) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// The last line that tells of a failure, without its level.
    pub(super) fn last_error(&self) -> Option<String> {
        let lines = self.lines();
        let line = lines.iter().rev().find(|line| {
            ["ERROR", "GGML_ASSERT", "panicked at", "terminate called"].iter().any(|sign| line.contains(sign))
        })?;
        Some(line.trim().trim_start_matches("ERROR").trim().to_owned())
    }
}

/// Reads standard error of a worker to its end.
pub(super) fn read(input: impl Read, tail: &Tail, path: Option<&Path>) {
    let mut file = path.and_then(|path| LogFile::open(path).ok());
    let mut input = BufReader::new(input);
    loop {
        let mut line = Vec::new();
        match input.by_ref().take(LINE_LIMIT).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        // A full disk must not end the engine: the lines at hand remain.
        if file.as_mut().is_some_and(|file| file.write(&text).is_err()) {
            file = None;
        }
        tail.push(text);
    }
}

struct LogFile {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl LogFile {
    fn open(path: &Path) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let bytes = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, bytes })
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        if self.bytes > FILE_LIMIT {
            let mut old = self.path.clone().into_os_string();
            old.push(".old");
            fs::rename(&self.path, old)?;
            *self = Self::open(&self.path)?;
        }
        // llama.cpp prints a model's metadata, and people look at logs with `cat`.
        let line = format!("{}\n", Shown::new(line));
        self.bytes += line.len() as u64;
        self.file.write_all(line.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_last_lines_are_kept_and_the_failure_found() {
        let tail = Tail::default();
        let mut text = (0..50).map(|n| format!(" INFO line {n}")).collect::<Vec<_>>().join("\n") + "\n";
        text += "ERROR llama.cpp: key not found\nan end without a line break";
        read(text.as_bytes(), &tail, None);
        let lines = tail.lines();
        assert_eq!(lines.len(), TAIL_LINES);
        assert_eq!(lines.last().unwrap(), "an end without a line break");
        assert_eq!(tail.last_error().unwrap(), "llama.cpp: key not found");
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let tail = Tail::default();
        read(vec![b'x'; 100_000].as_slice(), &tail, None);
        assert!(tail.lines().iter().all(|line| line.len() as u64 <= LINE_LIMIT));
    }

    #[test]
    fn the_file_is_bounded_and_free_of_escapes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/engine.log");
        let line = format!("\u{1b}[2J{}\n", "x".repeat(1000));
        read(line.repeat(6000).as_bytes(), &Tail::default(), Some(&path));
        let text = fs::read(&path).unwrap();
        assert!(!text.is_empty() && (text.len() as u64) <= FILE_LIMIT + LINE_LIMIT);
        assert!(!text.contains(&0x1b));
        assert!(folder.path().join("deep/engine.log.old").exists());
    }
}
