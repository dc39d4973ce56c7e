//! Bytes of tokens to whole characters: the tail of a split one waits for the next token.

/// The bytes of a character that is not complete yet.
#[derive(Debug, Default)]
pub(super) struct Carry(Vec<u8>);

impl Carry {
    /// Takes a token's bytes, gives the characters that are complete. What can never become
    /// one is U+FFFD.
    pub(super) fn push(&mut self, bytes: &[u8]) -> String {
        self.0.extend_from_slice(bytes);
        let mut text = String::new();
        let mut rest = self.0.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(valid) => {
                    text.push_str(valid);
                    rest = &[];
                    break;
                }
                Err(error) => {
                    let (valid, tail) = rest.split_at(error.valid_up_to());
                    text.push_str(&String::from_utf8_lossy(valid));
                    let Some(wrong) = error.error_len() else {
                        rest = tail;
                        break;
                    };
                    text.push(char::REPLACEMENT_CHARACTER);
                    rest = &tail[wrong..];
                }
            }
        }
        let done = self.0.len() - rest.len();
        self.0.drain(..done);
        text
    }

    /// What is left at the end.
    pub(super) fn finish(&mut self) -> String {
        let text = String::from_utf8_lossy(&self.0).into_owned();
        self.0.clear();
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stream(pieces: &[&[u8]]) -> Vec<String> {
        let mut carry = Carry::default();
        let mut texts: Vec<String> = pieces.iter().map(|bytes| carry.push(bytes)).collect();
        texts.push(carry.finish());
        texts
    }

    #[test]
    fn a_split_character_comes_whole_with_its_last_byte() {
        assert_eq!(stream(&[b"a\xf0", b"\x9f", b"\xa6\x99b"]), ["a", "", "🦙b", ""]);
        assert_eq!(stream(&[b"\xe2\x80", b"\x94"]), ["", "—", ""]);
    }

    #[test]
    fn garbage_is_marked_and_the_rest_kept() {
        assert_eq!(stream(&[b"a\xffb"]), ["a\u{fffd}b", ""]);
        assert_eq!(stream(&[b"a\xf0\x9f", b"b"]), ["a", "\u{fffd}b", ""]);
        assert_eq!(stream(&[b"end\xe2\x80"]), ["end", "\u{fffd}"]);
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_text(
            bytes in prop::collection::vec(prop_oneof![Just(0xf0), Just(0x9f), Just(0xa6), Just(0x99), any::<u8>()], 0..60),
            cuts in prop::collection::vec(0usize..60, 0..8),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(stream(&pieces).concat(), String::from_utf8_lossy(&bytes).into_owned());
        }
    }
}
