//! What the benches that run a model share.

use std::{error::Error, path::PathBuf};

use chimera_insight::engine::models::{self, Stores};

#[allow(dead_code, reason = "see `models`")]
/// `[MODEL.gguf] [--pairs N]`: the model, the first usable one where none is named, and the
/// number of pairs.
pub fn model_and_pairs(usual: usize) -> Result<(PathBuf, usize), Box<dyn Error>> {
    let mut pairs = usual;
    let mut model = None;
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(argument) = arguments.next() {
        if argument == "--pairs" {
            pairs = arguments.next().ok_or("--pairs needs a number")?.parse()?;
        } else {
            model = Some(PathBuf::from(argument));
        }
    }
    let model = match model {
        Some(path) => path,
        None => models()?.swap_remove(0),
    };
    Ok((model, pairs))
}

/// The usable models of the program's folder; never empty.
#[allow(dead_code, reason = "each bench is a program of its own, and not all use all of this")]
pub fn models() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let listed = models::list(&Stores::only(models::folder())).models;
    let usable: Vec<PathBuf> =
        listed.into_iter().filter(|found| found.unusable.is_none()).map(|found| found.path).collect();
    if usable.is_empty() { Err("no model: `make setup` fetches one".into()) } else { Ok(usable) }
}
