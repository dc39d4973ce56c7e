//! What must hold after every case: the bytes that went to the terminal, the files that are not
//! ours, how errors are told, how soon a key is answered, and the memory it took.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::Output,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;

use super::lost;
use crate::{
    pty::session::Session,
    support::{Outcome, SOON, eventually},
};

/// Final bytes of the control sequences that the program itself writes.
const FINALS: &[u8] = b"HmJKhlABCDrqunctSTXdGLMP@";
/// Modes that it switches.
const MODES: [&str; 13] =
    ["25", "1049", "2026", "1000", "1002", "1003", "1004", "1006", "1015", "2004", "7", "12", "2031"];
/// The questions that it asks a terminal; their answers are read.
const OPERATING: [&str; 1] = ["11;?"];

/// Nothing reaches the terminal but text and the program's own sequences.
pub fn is_inert(bytes: &[u8]) -> Outcome {
    let mut text = Vec::new();
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            0x1b => after_escape(after).map_err(|what| {
                let at = bytes.len() - rest.len();
                Failed::from(format!("{what} at byte {at}: {:?}", String::from_utf8_lossy(head(rest))))
            })?,
            b'\r' | b'\n' => after,
            0..0x20 | 0x7f => return lost(format!("the control byte {byte:#04x} reached the terminal")),
            _ => {
                text.push(byte);
                after
            }
        };
    }
    let text = String::from_utf8_lossy(&text);
    match text.chars().find(|c| is_unseen(*c)) {
        Some(c) => lost(format!("U+{:04X} reached the terminal", u32::from(c))),
        None => Ok(()),
    }
}

/// Lines of text, and nothing in them that a terminal obeys or that nobody sees.
pub fn is_plain(bytes: &[u8]) -> Outcome {
    let text = String::from_utf8_lossy(bytes);
    match text.chars().find(|c| is_unseen(*c) || c.is_control() && !matches!(c, '\n' | '\t')) {
        Some(raw) => {
            let line = text.lines().find(|line| line.contains(raw)).unwrap_or_default();
            lost(format!("U+{:04X} was told: {line:?}", u32::from(raw)))
        }
        None => Ok(()),
    }
}

fn head(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(24)]
}

/// What follows a whole sequence that the program may write.
fn after_escape(bytes: &[u8]) -> Result<&[u8], &'static str> {
    match bytes.first() {
        Some(b'[') => {
            let end = bytes.iter().skip(1).position(|byte| matches!(byte, 0x40..=0x7e)).map(|at| at + 1);
            // The last sequence of a program that was killed may be cut off.
            let Some(end) = end else { return Ok(&[]) };
            let parameters = String::from_utf8_lossy(&bytes[1..end]).into_owned();
            if !FINALS.contains(&bytes[end]) {
                return Err("another control sequence");
            }
            let modes = parameters.strip_prefix('?').filter(|_| matches!(bytes[end], b'h' | b'l'));
            if modes.is_some_and(|modes| !modes.split(';').all(|mode| MODES.contains(&mode))) {
                return Err("another mode");
            }
            Ok(&bytes[end + 1..])
        }
        Some(b']') => {
            let end = bytes.iter().position(|byte| matches!(byte, 0x07 | 0x1b));
            let Some(end) = end else { return Ok(&[]) };
            if !OPERATING.iter().any(|known| known.as_bytes() == &bytes[1..end]) {
                return Err("a title, link or clipboard");
            }
            Ok(bytes.get(end + 1 + usize::from(bytes[end] == 0x1b)..).unwrap_or_default())
        }
        Some(b'7' | b'8' | b'=' | b'>') => Ok(&bytes[1..]),
        Some(b'(') => Ok(bytes.get(2..).unwrap_or_default()),
        None => Ok(&[]),
        Some(_) => Err("another escape"),
    }
}

/// What a person would not see, or see elsewhere.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
        || matches!(
            c,
            '\u{e0000}'..='\u{e007f}' | '\u{2028}' | '\u{2029}' | '\u{200b}' | '\u{2060}' | '\u{feff}'
        )
}

/// Standard output and error of a command hold nothing that moves a terminal, and an error is a
/// line that says what and where, with a hint at most.
pub fn is_told(output: &Output, code: i32) -> Outcome {
    let told = String::from_utf8_lossy(&output.stderr);
    if output.status.code() != Some(code) {
        return lost(format!("ended with {:?} and not with {code}: {told}", output.status));
    }
    for text in [&told, &String::from_utf8_lossy(&output.stdout)] {
        if let Some(raw) = text.chars().find(|c| is_unseen(*c) || c.is_control() && *c != '\n' && *c != '\t')
        {
            return lost(format!("U+{:04X} was told", u32::from(raw)));
        }
    }
    let is_right = |line: &str| line.starts_with("error: ") || line.starts_with("hint: ");
    if code != 0 && (told.lines().count() > 2 || !told.lines().all(is_right)) {
        return lost(format!("not one line and a hint: {told}"));
    }
    Ok(())
}

/// What lies in a folder, the program's own folder left out.
#[derive(Debug, PartialEq, Eq)]
pub struct Contents(BTreeMap<PathBuf, (u32, u64, i64, i64)>);

impl Contents {
    /// As it is now.
    pub fn of(folder: &Path) -> Self {
        let mut all = BTreeMap::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(&next).into_iter().flatten().flatten() {
                let Ok(stat) = fs::symlink_metadata(entry.path()) else { continue };
                if entry.file_name() == "chimera_insight" {
                    continue;
                }
                if stat.is_dir() {
                    folders.push(entry.path());
                }
                // Whoever writes into a folder changes its time; its files tell of that.
                let length = if stat.is_dir() { 0 } else { stat.len() };
                let (seconds, fraction) =
                    if stat.is_dir() { (0, 0) } else { (stat.mtime(), stat.mtime_nsec()) };
                all.insert(entry.path(), (stat.mode(), length, seconds, fraction));
            }
        }
        Self(all)
    }

    /// Nothing of it was created, changed or removed since.
    pub fn is_untouched(&self, folder: &Path) -> Outcome {
        let now = Self::of(folder);
        let changed = self.0.iter().find(|(path, was)| now.0.get(*path) != Some(was)).map(|(path, _)| path);
        match changed.or_else(|| now.0.keys().find(|path| !self.0.contains_key(*path))) {
            Some(path) => lost(format!("`{}` is not as it was", path.display())),
            None => Ok(()),
        }
    }
}

/// Opens and closes the help; the slower of both times.
pub fn answers_keys(session: &mut Session) -> Result<Duration, Failed> {
    let mut slowest = Duration::ZERO;
    for (key, is_open) in [("?", true), ("?", false)] {
        let began = Instant::now();
        session.keys(key)?;
        eventually("a key to be answered", SOON, || {
            (session.text().contains("─ Keys ─") == is_open).then_some(())
        })?;
        slowest = slowest.max(began.elapsed());
    }
    Ok(slowest)
}

/// The most memory that a process has held, in bytes; `None` where the system does not tell.
pub fn peak_memory(pid: i32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// No file of the program's own folder is torn: a report has its marker and its record, a record
/// is JSON, and nothing temporary stays.
pub fn is_whole(own: &Path) -> Outcome {
    for entry in fs::read_dir(own).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("json") => {
                serde_json::from_slice::<serde_json::Value>(&fs::read(&path)?)
                    .map_err(|error| format!("`{name}` is torn: {error}"))?;
            }
            Some("md") => {
                let text = fs::read_to_string(&path)?;
                let is_complete = text.contains("<!-- chimera-insight:report -->")
                    && (name.contains("-interrupted") || text.contains("\n## Evidence"));
                if !is_complete || !name.contains("-interrupted") && !path.with_extension("json").exists() {
                    return lost(format!("`{name}` is torn, or has no record"));
                }
            }
            Some("partial") => {}
            _ if name.starts_with(".chimera-insight-") => {}
            _ => return lost(format!("`{name}` is nothing that the program writes")),
        }
    }
    Ok(())
}

/// Report files in a folder and below it, counted here.
pub fn report_files(folder: &Path) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if kind.is_dir() && !is_hidden {
            count += report_files(&entry.path());
        }
        let path = entry.path();
        let end = path.extension().and_then(|end| end.to_str()).unwrap_or_default();
        count += usize::from(kind.is_file() && !is_hidden && ["csv", "json", "md"].contains(&end));
    }
    count
}
