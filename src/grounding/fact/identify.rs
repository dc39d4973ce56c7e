//! Ids of facts: letters only, the same from run to run.

use std::collections::HashSet;

/// No vowel: an id never reads as a word.
const LETTERS: &[u8; 20] = b"bcdfghjklmnpqrstvwxz";
/// Letters of an id; 20⁷ is 1.28 billion: of ten thousand facts two share one in one folder of
/// 26. More letters are added only there, and only then can a new file change an id.
const SHORTEST: usize = 7;
/// 20¹⁴ is the most that a 64-bit hash tells apart.
const LONGEST: usize = 14;

/// Gives out ids, each once.
#[derive(Debug, Default)]
pub struct Ids {
    taken: HashSet<String>,
}

impl Ids {
    /// The id of what `slug` names. The same slug a second time gets another id.
    pub fn id(&mut self, slug: &str) -> String {
        let mut salted = slug.to_owned();
        loop {
            let letters = letters(fnv1a(salted.as_bytes()));
            for length in SHORTEST..=LONGEST {
                let id = letters.get(..length).unwrap_or(&letters);
                if self.taken.insert(id.to_owned()) {
                    return id.to_owned();
                }
            }
            salted.push('+');
        }
    }
}

/// 64-bit FNV-1a: small, and the same on every machine and version.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

fn letters(mut hash: u64) -> String {
    let mut letters = String::with_capacity(LONGEST);
    for _ in 0..LONGEST {
        letters.push(char::from(LETTERS[(hash % 20) as usize]));
        hash /= 20;
    }
    letters
}
