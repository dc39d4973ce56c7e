//! A benchmark as a value: what is measured, in which order, and when it is enough. What
//! measures and writes is `cli`; the screen reads from here what it can ask for.

pub mod grid;
pub mod order;
pub mod plan;
pub mod row;
pub mod summary;

#[cfg(test)]
mod tests;

/// A model's name as a file name: `gemma3:270m` is `gemma3_270m`.
pub fn file_stem(model: &str) -> String {
    let character = |character: char| {
        if character.is_alphanumeric() || matches!(character, '-' | '.') { character } else { '_' }
    };
    let name: String = model.chars().map(character).collect();
    name.trim_start_matches('.').to_owned()
}
