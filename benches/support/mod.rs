//! What the benches that run a model share.

use std::{error::Error, path::PathBuf};

use chimera_insight::engine::models::{self, Stores};

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
        None => models::list(&Stores::only(models::folder()))
            .models
            .into_iter()
            .find(|found| found.unusable.is_none())
            .map(|found| found.path)
            .ok_or("no model: `make setup` fetches one")?,
    };
    Ok((model, pairs))
}
