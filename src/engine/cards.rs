//! Where model cards are kept: one file for each model, in the cache.

use std::{fs, io, io::Write, path::Path};

use sha2::{Digest, Sha256};

use crate::report::{
    card::{Card, key},
    model::ModelInfo,
};

/// A card is some two kilobytes; a larger file is none.
const MOST_BYTES: u64 = 1 << 20;

/// The card of a model, if there is one that holds.
pub fn load(folder: &Path, model: &ModelInfo) -> Option<Card> {
    let path = folder.join(file_name(&key(model)));
    let length = fs::metadata(&path).ok()?.len();
    let text = if length <= MOST_BYTES { fs::read_to_string(&path).ok()? } else { return None };
    serde_json::from_str::<Card>(&text).ok().filter(|card| card.holds_for(model))
}

/// Keeps a card in the place of an older one.
pub fn keep(folder: &Path, card: &Card) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, card)?;
    file.write_all(b"\n")?;
    file.persist(folder.join(file_name(&card.model))).map_err(|error| error.error)?;
    Ok(())
}

/// Model names may hold anything.
fn file_name(key: &str) -> String {
    use std::fmt::Write as _;

    let mut name = String::new();
    for byte in Sha256::digest(key.as_bytes()).iter().take(12) {
        let _ = write!(name, "{byte:02x}");
    }
    name + ".json"
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::report::writing::{Degree, FigureForm};

    #[test]
    fn a_card_is_found_again_for_its_model_alone() {
        let folder = tempfile::tempdir().unwrap();
        let model = ModelInfo { name: "a/../b".into(), bytes: 3, ..ModelInfo::default() };
        let mut card = Card::new(&model, "2026-11-30T00:00:00Z".into());
        card.row(Degree::Guided, FigureForm::Text).unwrap().sentences = 9;
        assert_eq!(load(folder.path(), &model), None);
        keep(folder.path(), &card).unwrap();
        assert_eq!(load(folder.path(), &model), Some(card.clone()));
        assert_eq!(load(folder.path(), &ModelInfo { bytes: 4, ..model.clone() }), None);
        fs::write(folder.path().join(file_name(&key(&model))), "{").unwrap();
        assert_eq!(load(folder.path(), &model), None);
    }
}
