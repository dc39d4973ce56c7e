//! What the tokens of a vocabulary may be used for, looked up once: Gemma has 262,144.

use llama_cpp_2::{model::LlamaModel, token::LlamaToken};

use crate::engine::rules::{Admitted, has_numeral};

/// Holds a numeral, or bytes that only make a character with others (a numeral may be
/// spelled so), or is a control token: never sampled where numerals are masked.
const BARRED: u8 = 1;
/// Begins with a letter: would touch a unit that has just ended.
const TOUCHES: u8 = 2;

/// The classes of all tokens.
pub(super) struct Vocabulary {
    classes: Vec<u8>,
}

impl Vocabulary {
    pub(super) fn of(model: &LlamaModel) -> Self {
        let vocabulary = model.vocab();
        let mut bytes = Vec::new();
        let classes = (0..vocabulary.n_tokens()).map(|id| {
            let token = LlamaToken(id);
            if vocabulary.is_eog(token) {
                return 0;
            }
            bytes.clear();
            vocabulary.token_to_piece_into(token, &mut bytes, false, None);
            class(&bytes)
        });
        Self { classes: classes.collect() }
    }

    /// May a token that starts no unit come next?
    pub(super) fn admits(&self, id: i32, admitted: &Admitted) -> bool {
        let class = usize::try_from(id).ok().and_then(|id| self.classes.get(id)).copied().unwrap_or(BARRED);
        admitted.is_free && class & BARRED == 0 && !(admitted.is_closed && class & TOUCHES != 0)
    }
}

fn class(bytes: &[u8]) -> u8 {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_empty() || has_numeral(text) => BARRED,
        Ok(text) if text.starts_with(|c: char| c.is_alphanumeric() || c == '_') => TOUCHES,
        Ok(_) => 0,
        Err(_) => BARRED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_of_every_script_and_halves_of_characters_are_barred() {
        for token in ["7", " 12", "a1", "½", "²", "Ⅳ", "①", "９", "٣"] {
            assert_eq!(class(token.as_bytes()), BARRED, "{token}");
        }
        assert_eq!(class(&[0xc2]), BARRED);
        assert_eq!(class(b""), BARRED);
        assert_eq!(class(b" the"), 0);
        assert_eq!(class(b"the"), TOUCHES);
        assert_eq!(class("–".as_bytes()), 0);
    }
}
