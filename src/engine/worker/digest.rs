//! SHA-256 of the model file, computed on a thread of its own while the model loads and
//! answers: a report's record names the model by it.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
};

use sha2::{Digest as _, Sha256};

use crate::engine::ModelSpec;

/// Bytes read at once: large enough that reading costs little beside hashing.
const CHUNK: usize = 1 << 20;

/// A hash on its way.
#[derive(Debug, Default)]
pub(super) struct Digest {
    thread: Option<JoinHandle<io::Result<String>>>,
}

impl Digest {
    /// Starts hashing the model's file; a scripted model has none.
    pub fn of(model: &ModelSpec) -> Self {
        let ModelSpec::File(path) = model else { return Self::default() };
        let path = PathBuf::from(path);
        Self { thread: Some(thread::spawn(move || sha256(&path))) }
    }

    /// The hash in hexadecimal digits, once, as soon as it is there.
    pub fn take(&mut self) -> Option<String> {
        let thread = self.thread.take_if(|thread| thread.is_finished())?;
        match thread.join() {
            Ok(Ok(digest)) => Some(digest),
            Ok(Err(error)) => {
                tracing::error!("cannot hash the model file: {error}");
                None
            }
            Err(_) => {
                tracing::error!("cannot hash the model file: the thread panicked");
                None
            }
        }
    }
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk)? {
            0 => break,
            read => hasher.update(&chunk[..read]),
        }
    }
    let mut digits = String::new();
    for byte in hasher.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    Ok(digits)
}
