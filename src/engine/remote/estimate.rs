//! How many tokens a text has, where no tokenizer can be asked. Rather too many than too few: a
//! prompt that does not fit is cut by some servers without a word.

/// Letters that a token has at least, on average, within a word.
const LETTERS: usize = 4;

/// Tokens of a text, rather too many.
pub(super) fn tokens(text: &str) -> usize {
    let mut tokens = 0;
    let mut letters = 0;
    for character in text.chars() {
        if character.is_ascii_alphabetic() {
            letters += 1;
            continue;
        }
        tokens += usize::div_ceil(letters, LETTERS);
        letters = 0;
        // A blank belongs to the word behind it; a digit or sign is a token in many vocabularies.
        if character != ' ' {
            tokens += if character.is_ascii() { 1 } else { character.len_utf8().min(2) };
        }
    }
    tokens + usize::div_ceil(letters, LETTERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_digits_and_signs_are_counted() {
        for (text, expected) in
            [("", 0), ("the model", 3), ("gemma3:270m", 2 + 1 + 1 + 3 + 1), ("102.8 tok/s", 5 + 3), ("é", 2)]
        {
            assert_eq!(tokens(text), expected, "{text}");
        }
    }
}
