//! A window on a large file.

use std::io;

use super::{super::blocks, ReadAt, head::Head};

/// Bytes read at once: large enough that a read costs nothing, small enough for the cache.
const BLOCK: usize = 1 << 20;
/// A longer record is no record: most likely a quote that never closes.
pub const MAX_RECORD: usize = 64 << 20;

/// A window on the file that moves on.
pub struct Buffer {
    bytes: Vec<u8>,
    filled: usize,
    /// Position of its first byte in use, and of the next to be read.
    at: u64,
    next: u64,
    length: u64,
}

impl Buffer {
    pub fn new(from: u64, length: u64) -> Self {
        Self { bytes: vec![0; BLOCK], filled: 0, at: from, next: from, length }
    }
    pub fn at(&self) -> u64 {
        self.at
    }
    /// Is the file read to its end?
    pub fn is_last(&self) -> bool {
        self.next >= self.length
    }
    fn start(&self) -> usize {
        self.filled - (self.next - self.at) as usize
    }
    pub fn rest(&self) -> &[u8] {
        &self.bytes[self.start()..self.filled]
    }
    pub fn take(&mut self, count: usize) {
        self.at += count as u64;
    }
    /// Do the lines that begin here begin another table?
    pub fn opens_table(&mut self, head: &Head, read_at: ReadAt<'_>) -> io::Result<bool> {
        if !self.rest().first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'"') {
            return Ok(false);
        }
        while memchr::memchr_iter(head.feed, self.rest()).nth(1).is_none()
            && self.next < self.length
            && self.rest().len() < MAX_RECORD
        {
            self.fill(read_at)?;
        }
        let mut lines = self.rest().split(|&byte| byte == head.feed).map(String::from_utf8_lossy);
        let (Some(names), Some(below)) = (lines.next(), lines.next()) else { return Ok(false) };
        Ok(blocks::begins(names.trim_end(), below.trim_end(), &head.written, head.delimiter))
    }
    /// Makes the byte before the window its first.
    pub fn step_back(&mut self, read_at: ReadAt<'_>) -> io::Result<()> {
        self.at -= 1;
        (self.next, self.filled) = (self.at, 0);
        self.fill(read_at).map(|_| ())
    }
    /// Reads on behind what is not used yet; gives how much.
    pub fn fill(&mut self, read_at: ReadAt<'_>) -> io::Result<usize> {
        let start = self.start();
        self.bytes.copy_within(start..self.filled, 0);
        self.filled -= start;
        if self.filled * 2 > self.bytes.len() {
            self.bytes.resize(self.bytes.len() * 2, 0);
        }
        let wanted = (self.bytes.len() - self.filled).min((self.length - self.next) as usize);
        let mut count = 0;
        while count < wanted {
            match read_at(self.next, &mut self.bytes[self.filled..self.filled + wanted - count])? {
                // Shorter than it was: the file ends here.
                0 => {
                    self.length = self.next;
                    break;
                }
                more => {
                    self.filled += more;
                    self.next += more as u64;
                    count += more;
                }
            }
        }
        Ok(count)
    }
}
