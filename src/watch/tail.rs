//! Where reading goes on in a file that grew, and how to tell that what lies before is what
//! was read: the hashes of its first and last 4 KiB.

use std::hash::{DefaultHasher, Hasher as _};

use sha2::{Digest as _, Sha256};

use crate::ingest::file::{Document, Stamp};

/// So many bytes are compared at the start of what was read, and at its end.
pub(super) const PROOF_BYTES: usize = 4096;
/// Shorter files are read whole: proving that they only grew would read as much.
const LEAST_BYTES: u64 = 4 * PROOF_BYTES as u64;

/// What must hold for a file to be read from its old end.
#[derive(Clone, Debug)]
pub(super) struct Tail {
    /// Bytes up to the end of the last whole record: reading goes on here.
    pub read_to: u64,
    /// Of the first bytes.
    head: u64,
    /// Of the last bytes before `read_to`.
    end: u64,
    /// Of all bytes before `read_to`.
    digest: Sha256,
}

/// Is the proof worth keeping for such a file?
pub(super) fn may_grow(document: &Document) -> bool {
    document.resume.is_some() && document.read_to >= LEAST_BYTES
}

impl Tail {
    /// Of a file read whole; gives the digest of all its bytes too.
    pub fn of(bytes: &[u8], read_to: u64) -> (Self, Sha256) {
        let mut digest = Sha256::new();
        let (before, after) = bytes.split_at(bytes.len().min(read_to as usize));
        digest.update(before);
        let head = hash(&before[..before.len().min(PROOF_BYTES)]);
        let end = hash(&before[before.len().saturating_sub(PROOF_BYTES)..]);
        let tail = Tail { read_to, head, end, digest: digest.clone() };
        digest.update(after);
        (tail, digest)
    }

    /// May a file with this stamp be what was read before, and more? A stamp that is equal is
    /// asked about when it is no proof alone (clocks of file systems go in ticks).
    pub fn fits(before: &Stamp, now: &Stamp) -> bool {
        let is_longer =
            (before.device, before.inode) == (now.device, now.inode) && now.length > before.length;
        is_longer || before == now
    }

    /// Are the first bytes those that were read?
    pub fn has_head(&self, head: &[u8]) -> bool {
        hash(head) == self.head
    }

    /// Are the last bytes before the old end those that were read?
    pub fn has_end(&self, end: &[u8]) -> bool {
        hash(end) == self.end
    }

    /// Goes on: `end` are the bytes before the old end that were compared, `new` those from
    /// there on, read up to `read_to`. Gives the digest of the whole file too.
    pub fn grow(&self, end: &[u8], new: &[u8], read_to: u64) -> (Self, Sha256) {
        let mut digest = self.digest.clone();
        let whole = new.len().min(read_to.saturating_sub(self.read_to) as usize);
        digest.update(&new[..whole]);
        let mut last = [end, &new[..whole]].concat();
        last.drain(..last.len().saturating_sub(PROOF_BYTES));
        let tail = Tail { read_to, head: self.head, end: hash(&last), digest: digest.clone() };
        digest.update(&new[whole..]);
        (tail, digest)
    }
}

/// Only compared within one run of the program.
fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grew_is_known_as_if_it_had_been_read_whole() {
        let bytes: Vec<u8> = (0..30_000u32).map(|at| (at * at % 251) as u8).collect();
        let (old, all) = Tail::of(&bytes[..20_000], 19_990);
        assert_eq!(all.finalize(), Sha256::digest(&bytes[..20_000]));
        let end = &bytes[19_990 - PROOF_BYTES..19_990];
        assert!(old.has_head(&bytes[..PROOF_BYTES]) && old.has_end(end));
        assert!(!old.has_end(&bytes[19_991 - PROOF_BYTES..19_991]));
        for read_to in [19_990, 19_999, 25_000, 30_000] {
            let (grown, all) = old.grow(end, &bytes[19_990..], read_to);
            let (whole, _) = Tail::of(&bytes, read_to);
            assert_eq!((grown.read_to, grown.head, grown.end), (whole.read_to, whole.head, whole.end));
            assert_eq!(grown.digest.finalize(), whole.digest.finalize());
            assert_eq!(all.finalize(), Sha256::digest(&bytes));
        }
    }

    #[test]
    fn only_the_same_file_that_is_longer_may_have_grown() {
        let stamp = |device, inode, length| Stamp { device, inode, length, ..Stamp::default() };
        let before = stamp(1, 2, 20_000);
        let fits = [
            stamp(1, 2, 20_001),
            stamp(1, 2, 20_000),
            Stamp { modified_ns: 1, ..before },
            stamp(1, 2, 19_999),
            stamp(1, 3, 30_000),
            stamp(2, 2, 30_000),
        ]
        .map(|now| Tail::fits(&before, &now));
        assert_eq!(fits, [true, true, false, false, false, false]);
    }
}
