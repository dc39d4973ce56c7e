//! What can be seen of the engine from outside: its process, the machine's memory, and the end
//! of its log. Reading it takes a moment: never on the loop.

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use crate::text::sanitize::Shown;

/// Bytes of the log that are read, from its end.
const LOG_BYTES: u64 = 32 << 10;
/// Lines of it that are kept.
const LOG_LINES: usize = 100;

/// What was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sight {
    /// The engine's process and the bytes of memory that it holds.
    pub process: Option<(u32, u64)>,
    /// Bytes of the machine's memory that are free, and all of it.
    pub memory: Option<(u64, u64)>,
    /// What the engine can run on, as built.
    pub built_in: Vec<&'static str>,
    /// The last lines of the log, oldest first.
    pub log: Vec<Shown>,
    /// Where the log lies.
    pub log_file: Option<PathBuf>,
}

impl Sight {
    /// Looks, at a worker's process where there is one.
    pub fn take(process: Option<u32>, log: Option<&Path>) -> Self {
        let status = |id: u32| fs::read_to_string(format!("/proc/{id}/status")).ok();
        let resident = |id: u32| Some((id, kibibytes(&status(id)?, "VmRSS:")?));
        let machine = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        Self {
            process: process.and_then(resident),
            memory: kibibytes(&machine, "MemAvailable:").zip(kibibytes(&machine, "MemTotal:")),
            built_in: built_in(),
            log: log.map(last_lines).unwrap_or_default(),
            log_file: log.filter(|path| path.exists()).map(Path::to_owned),
        }
    }
}

/// Most memory that a process has held so far, bytes, where the system tells.
pub fn peak_memory(process: u32) -> Option<u64> {
    kibibytes(&fs::read_to_string(format!("/proc/{process}/status")).ok()?, "VmHWM:")
}

/// What models can run on in this build.
fn built_in() -> Vec<&'static str> {
    let all = [
        ("CPU", cfg!(feature = "llama")),
        ("CUDA", cfg!(feature = "cuda")),
        ("Vulkan", cfg!(feature = "vulkan")),
        ("Metal", cfg!(feature = "metal")),
    ];
    let built_in: Vec<&str> = all.into_iter().filter_map(|(name, is_in)| is_in.then_some(name)).collect();
    if built_in.is_empty() { vec!["no llama.cpp"] } else { built_in }
}

/// `NAME:   12 kB` in bytes.
fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

fn last_lines(path: &Path) -> Vec<Shown> {
    let read = || -> std::io::Result<(Vec<u8>, bool)> {
        let mut file = File::open(path)?;
        let from = file.metadata()?.len().saturating_sub(LOG_BYTES);
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(LOG_BYTES).read_to_end(&mut bytes)?;
        Ok((bytes, from > 0))
    };
    let Ok((bytes, is_cut)) = read() else { return Vec::new() };
    let text = String::from_utf8_lossy(&bytes);
    // The first line is the end of one.
    let lines: Vec<&str> = text.lines().skip(usize::from(is_cut)).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].iter().map(|line| Shown::new(line)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_the_system_prints_is_read() {
        assert_eq!(kibibytes("Name:\tx\nVmRSS:\t    2048 kB\n", "VmRSS:"), Some(2 << 20));
        assert_eq!(kibibytes("VmRSS:\tmany", "VmRSS:"), None);
    }

    #[test]
    fn the_end_of_a_log_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("engine.log");
        assert_eq!(Sight::take(None, Some(&path)).log_file, None);
        let lines = (0..5000).map(|number| format!("line {number}\u{1b}[2J\n"));
        fs::write(&path, lines.collect::<String>()).unwrap();
        let sight = Sight::take(Some(std::process::id()), Some(&path));
        assert_eq!((sight.log.len(), sight.log_file), (LOG_LINES, Some(path)));
        let last = sight.log.last().unwrap().as_str();
        assert!(last.starts_with("line 4999") && !last.contains('\u{1b}'), "{last}");
        if cfg!(target_os = "linux") {
            assert!(sight.process.unwrap().1 > 0 && sight.memory.unwrap().1 > 0);
        }
    }
}
