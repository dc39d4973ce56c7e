//! Models that people ask for by name: where each is to be had, and what it must be.
//!
//! Sizes and digests are those of the named revision, so that a file that was changed, on its way
//! or where it lies, is never taken for it.

/// Terms that whoever fetches a model accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What they are called.
    pub name: &'static str,
    /// Where they can be read.
    pub address: &'static str,
    /// The sentence that they ask to be passed on.
    pub notice: &'static str,
}

/// The terms of all Gemma models.
pub const GEMMA: Terms = Terms {
    name: "Gemma Terms of Use",
    address: "https://ai.google.dev/gemma/terms",
    notice: "Gemma is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms",
};

/// A file of a repository at one revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The name that it is listed by, first, and others.
    pub names: &'static [&'static str],
    /// `ORG/NAME`.
    pub repository: &'static str,
    /// The commit.
    pub revision: &'static str,
    /// The file in it.
    pub file: &'static str,
    /// Its bytes.
    pub bytes: u64,
    /// Its SHA-256, in small hexadecimal digits.
    pub sha256: &'static str,
    /// What it comes under.
    pub terms: Terms,
}

/// All of them, the smallest first.
pub const KNOWN: [Known; 4] = [
    Known {
        names: &["gemma3:270m"],
        repository: "ggml-org/gemma-3-270m-it-GGUF",
        revision: "e7647be17ae1108f2f605ed061ca0608b171afff",
        file: "gemma-3-270m-it-Q8_0.gguf",
        bytes: 291_545_600,
        sha256: "0ef57d2c838458a1952664260dcba38e5bdda37494f3af732f06e4add24068e3",
        terms: GEMMA,
    },
    Known {
        names: &["gemma3:270m-qat"],
        repository: "ggml-org/gemma-3-270m-it-qat-GGUF",
        revision: "7dba9faa7cdb58c7dc44b238c7dbb00e391fbf65",
        file: "gemma-3-270m-it-qat-Q4_0.gguf",
        bytes: 241_410_624,
        sha256: "3626e245220ca4a1c5911eb4010b3ecb7bdbf5bc53c79403c21355354d1e2dc6",
        terms: GEMMA,
    },
    Known {
        names: &["gemma3:1b"],
        repository: "ggml-org/gemma-3-1b-it-GGUF",
        revision: "f9c28bcd85737ffc5aef028638d3341d49869c27",
        file: "gemma-3-1b-it-Q4_K_M.gguf",
        bytes: 806_058_240,
        sha256: "8ccc5cd1f1b3602548715ae25a66ed73fd5dc68a210412eea643eb20eb75a135",
        terms: GEMMA,
    },
    Known {
        names: &["gemma3:4b", "gemma3"],
        repository: "ggml-org/gemma-3-4b-it-GGUF",
        revision: "d0976223747697cb51e056d85c532013931fe52e",
        file: "gemma-3-4b-it-Q4_K_M.gguf",
        bytes: 2_489_757_856,
        sha256: "882e8d2db44dc554fb0ea5077cb7e4bc49e7342a1f0da57901c0802ea21a0863",
        terms: GEMMA,
    },
];

impl Known {
    /// The one that a name means, in any letters.
    pub fn named(name: &str) -> Option<&'static Self> {
        KNOWN.iter().find(|known| known.names.iter().any(|other| name.eq_ignore_ascii_case(other)))
    }

    /// The name that it is listed by.
    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_pinned() {
        let is_hex = |text: &str, length: usize| {
            text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        for known in KNOWN {
            assert!(is_hex(known.revision, 40) && is_hex(known.sha256, 64), "{}", known.name());
            assert!(known.bytes > 1 << 20 && known.repository.split('/').count() == 2, "{}", known.name());
        }
        assert_eq!(Known::named("Gemma3").map(Known::name), Some("gemma3:4b"));
        assert_eq!(Known::named("gemma3:2b"), None);
    }
}
