//! Reads the header of a GGUF file without llama.cpp: bounded, and safe on any bytes.
//! Format: the GGUF specification of the ggml project, versions 2 and 3.

mod check;
mod reader;
mod types;

use std::{fs::File, io::BufReader, path::Path};

use crate::text::sanitize::Shown;

/// What a header says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    /// `general.architecture`.
    pub arch: String,
    /// `general.name`.
    pub name: String,
    /// `general.license`.
    pub license: Option<String>,
    /// From `general.file_type`: `Q4_K_M`.
    pub quantization: String,
    /// Sum of the tensors' elements.
    pub params: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// `<arch>.context_length`.
    pub context_train: u32,
    /// `<arch>.block_count`.
    pub layers: u32,
    /// Has `tokenizer.chat_template`.
    pub has_template: bool,
    /// Tokens of the vocabulary.
    pub vocabulary: u64,
    /// Number of tensors.
    pub tensors: u64,
    /// Values that the cache keeps for one token when every layer sees everything; 0 where
    /// the header does not say.
    pub cache_width: u64,
    /// The layers one by one, the first first; empty where the header does not say.
    pub blocks: Vec<Block>,
    /// Bytes of what turns the last layer into tokens, the shared embeddings too.
    pub output_bytes: u64,
    /// Query heads of a layer, at most.
    pub heads: u64,
    /// `<arch>.attention.sliding_window`; 0 is none.
    pub window: u32,
    /// Does the file end before its last tensor?
    pub is_cut_off: bool,
    /// Why llama.cpp would refuse the file or die of it; empty when it is usable.
    pub faults: Vec<String>,
}

/// What a layer takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// Bytes of its weights.
    pub bytes: u64,
    /// Values that its cache keeps for one token.
    pub cache_width: u64,
}

/// Why a file is no model.
#[derive(Debug, thiserror::Error)]
pub enum GgufError {
    /// Cannot be read.
    #[error("cannot read model `{path}`: {source}")]
    Io {
        /// The file.
        path: Shown,
        /// The system's word.
        source: std::io::Error,
    },
    /// Not a GGUF file, or a broken one.
    #[error("`{path}` is not a usable GGUF model: {reason}")]
    Malformed {
        /// The file.
        path: Shown,
        /// What is wrong, with the byte offset where it is. It may quote the file.
        reason: Shown,
    },
}

/// Columns of a reason: a line, and a name in it.
const REASON: usize = 300;

/// Reads a file's header.
pub fn read(path: &Path) -> Result<Header, GgufError> {
    let io = |source| GgufError::Io { path: Shown::from_path(path), source };
    let malformed = |reason: String| {
        // A file may call things what it likes, and at any length.
        let reason = Shown::new(&reason).truncated(REASON);
        GgufError::Malformed { path: Shown::from_path(path), reason }
    };
    let metadata = std::fs::metadata(path).map_err(io)?;
    // Opening a pipe would wait for a writer.
    if !metadata.is_file() {
        let what = if metadata.is_dir() { "a folder" } else { "no regular file" };
        return Err(malformed(format!("it is {what}")));
    }
    let file = File::open(path).map_err(io)?;
    let raw = reader::read(BufReader::new(file), metadata.len()).map_err(malformed)?;
    Ok(check::header(&raw))
}

#[cfg(test)]
mod tests;
