//! Short names from file names: `gemma-3-270m-it-Q8_0.gguf` is `gemma3:270m`.

use std::path::Path;

#[cfg(any(feature = "llama", test))]
use crate::engine::gguf::Header;

/// What a model is called by its file, and by its header where the file is a blob of Ollama's,
/// whose name is a digest.
#[cfg(any(feature = "llama", test))]
pub(in crate::engine) fn of_model(path: &Path, header: &Header) -> String {
    if path.extension().is_none() && !header.name.is_empty() {
        return short(Path::new(&format!("{}.gguf", header.name)));
    }
    short(path)
}

/// The short name of a model file: family and size, or the file's name where it has no size.
pub(in crate::engine) fn short(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
    // llama.cpp's older cache puts the repository in front: `ORG_NAME-GGUF_FILE`.
    let stem = stem.rsplit_once("-gguf_").map_or(stem.as_str(), |(_, file)| file);
    let words: Vec<&str> = stem.split(['-', '_', ' ']).filter(|word| !word.is_empty()).collect();
    match words.iter().position(|word| is_size(word)) {
        Some(size) if size > 0 => {
            // `google_gemma-3-270m`: who made it is no part of the family.
            let makers = ["google", "meta", "microsoft", "mistralai", "qwen"];
            let skip = usize::from(
                size > 1 && makers.contains(&words[0]) && words[1].starts_with(char::is_alphabetic),
            );
            format!("{}:{}", words[skip..size].concat(), words[size])
        }
        _ => stem.to_owned(),
    }
}

/// `270m`, `1b`, `0.5b`.
fn is_size(word: &str) -> bool {
    let Some(number) = word.strip_suffix(['m', 'b']) else { return false };
    number.starts_with(|c: char| c.is_ascii_digit()) && number.parse::<f64>().is_ok()
}
