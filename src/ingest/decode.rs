//! Bytes to text: byte order marks, UTF-16, wrong UTF-8, NUL bytes. Nothing is lost
//! without a note.

use std::borrow::Cow;

use super::log::Note;

/// So many bytes are looked at to tell UTF-16 without a mark.
const PROBE: usize = 512;

/// The UTF-16 mark when its bytes were taken for Latin-1 and written as UTF-8.
const CONVERTED_MARK: &[u8] = "\u{ff}\u{fe}".as_bytes();

/// A text and what had to be done to get it.
#[derive(Debug)]
pub struct Decoded<'a> {
    /// The text.
    pub text: Cow<'a, str>,
    /// What is to be said about the bytes.
    pub notes: Vec<Note>,
    /// The encoding is known and not read.
    pub is_unreadable: bool,
    /// Bytes before the text, when the rest is the file's own bytes.
    skipped: Option<usize>,
}

impl Decoded<'_> {
    /// The byte offset in the file of an offset in the text; 0 where the text is not the
    /// file's own bytes (then the file must be read whole).
    pub fn byte_offset(&self, at: usize) -> u64 {
        self.skipped.map_or(0, |skipped| if at == 0 { 0 } else { (at + skipped) as u64 })
    }
}

/// Decodes a file.
pub fn decode(bytes: &[u8]) -> Decoded<'_> {
    if is_utf32(bytes) {
        let note = Note {
            at: Some(0),
            message: "the file is UTF-32, which is not read; save it as UTF-8".into(),
            is_loss: true,
        };
        return Decoded { text: "".into(), notes: vec![note], is_unreadable: true, skipped: None };
    }
    if let Some((body, big_endian, has_mark)) = utf16(bytes).filter(|_| !bytes.starts_with(CONVERTED_MARK)) {
        return decode_utf16(body, big_endian, has_mark);
    }
    let (skipped, body) = bytes.strip_prefix(b"\xEF\xBB\xBF").map_or((0, bytes), |body| (3, body));
    let mut notes = Vec::new();
    let mut skipped = Some(skipped);
    // The strict check is many times faster than the lenient one.
    let mut text = std::str::from_utf8(body).map_or_else(|_| String::from_utf8_lossy(body), Cow::Borrowed);
    if matches!(text, Cow::Owned(_)) {
        notes.push(invalid_note(body));
        skipped = None;
    }
    if let Some(rest) = text.strip_prefix("\u{ff}\u{fe}").filter(|rest| rest.contains('\0')) {
        text = rest.to_owned().into();
        notes.push(Note {
            at: Some(0),
            message:
                "UTF-16 that was converted as if it were another encoding; its mark and its NULs are left out"
                    .into(),
            is_loss: true,
        });
        skipped = None;
    }
    if let Some(first) = memchr::memchr(0, text.as_bytes()) {
        let count = memchr::memchr_iter(0, text.as_bytes()).count();
        let clean: String = text.chars().filter(|&c| c != '\0').collect();
        notes.push(Note {
            at: Some(first.min(clean.len())),
            message: format!("{count} NUL bytes are left out"),
            is_loss: true,
        });
        text = clean.into();
        skipped = None;
    }
    Decoded { text, notes, is_unreadable: false, skipped }
}

/// The place of the first wrong byte, and how many there are.
fn invalid_note(bytes: &[u8]) -> Note {
    let mut wrong = 0;
    let mut first = None;
    let mut valid_before = 0;
    for chunk in bytes.utf8_chunks() {
        valid_before += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            wrong += chunk.invalid().len();
            first.get_or_insert(valid_before);
        }
    }
    let at = first.unwrap_or(0);
    let message = format!("not UTF-8 at byte {at}: {wrong} wrong bytes are shown as U+FFFD");
    Note { at: Some(at), message, is_loss: true }
}

fn is_utf32(bytes: &[u8]) -> bool {
    let is_little = bytes.starts_with(b"\xFF\xFE\0\0") || matches!(bytes, [a, 0, 0, 0, ..] if *a != 0);
    let is_big = bytes.starts_with(b"\0\0\xFE\xFF") || matches!(bytes, [0, 0, 0, a, ..] if *a != 0);
    bytes.len() >= 8 && bytes.len().is_multiple_of(4) && (is_little || is_big)
}

/// Body, big endian, has a mark.
fn utf16(bytes: &[u8]) -> Option<(&[u8], bool, bool)> {
    if let Some(body) = bytes.strip_prefix(b"\xFF\xFE") {
        return Some((body, false, true));
    }
    if let Some(body) = bytes.strip_prefix(b"\xFE\xFF") {
        return Some((body, true, true));
    }
    let probe = &bytes[..bytes.len().min(PROBE) & !1];
    if probe.len() < 4 || memchr::memchr(0, probe).is_none() {
        return None;
    }
    let nuls = |parity: usize| probe.iter().skip(parity).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd, half) = (nuls(0), nuls(1), probe.len() / 2);
    // Most characters of a data file are ASCII: one half of each pair is NUL.
    let is_half = |zeros: usize, others: usize| zeros * 10 >= half * 7 && others * 10 <= half;
    match (is_half(even, odd), is_half(odd, even)) {
        (true, false) => Some((bytes, true, false)),
        (false, true) => Some((bytes, false, false)),
        _ => None,
    }
}

fn decode_utf16(body: &[u8], big_endian: bool, has_mark: bool) -> Decoded<'static> {
    let (pairs, rest) = body.as_chunks::<2>();
    let units = pairs
        .iter()
        .map(|&pair| if big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) });
    let mut text = String::with_capacity(pairs.len());
    let mut wrong = 0;
    let mut first = None;
    for unit in char::decode_utf16(units) {
        if unit.is_err() {
            wrong += 1;
            first.get_or_insert(text.len());
        }
        text.push(unit.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    let mut notes = Vec::new();
    if !has_mark {
        let message = "UTF-16 without a byte order mark".to_owned();
        notes.push(Note { at: Some(0), message, is_loss: false });
    }
    if wrong > 0 || !rest.is_empty() {
        let message = format!("{} wrong UTF-16 units are shown as U+FFFD or left out", wrong + rest.len());
        notes.push(Note { at: Some(first.unwrap_or(text.len())), message, is_loss: true });
    }
    Decoded { text: text.into(), notes, is_unreadable: false, skipped: None }
}
