//! Cells of a column, kept small: eight bytes each, and every text of a document once.
//!
//! A cell is a 64-bit float. The patterns that are no finite number stand for the rest:
//! nothing, a truth, or the number of a text in the document's [`Texts`].

use std::{
    fmt,
    hash::{BuildHasherDefault, Hash, Hasher},
    sync::Arc,
};

use super::file::Cell;

/// Upper half of the patterns that are no number.
const MISSING: u64 = 0x7FF8_0000_0000_0000;
const TRUTH: u64 = 0x7FF9_0000_0000_0000;
const TEXT: u64 = 0x7FFA_0000_0000_0000;
const KIND: u64 = 0xFFFF_0000_0000_0000;

/// Texts longer than this are not looked up: they hardly repeat.
const MAX_SHARED: usize = 64;
/// Places of the table of known texts at the start; a power of two.
const FIRST_SLOTS: usize = 64;
/// Room for so many bytes of text at the start.
const FIRST_TEXT: usize = 256;

/// A cell to look at, without a copy of its text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CellRef<'a> {
    /// Empty, `null`, `N/A`, absent.
    Missing,
    /// A finite number.
    Number(f64),
    /// Anything else.
    Text(&'a str),
    /// `true` or `false`.
    Bool(bool),
}

impl CellRef<'_> {
    /// The same, holding its own text.
    pub fn to_cell(self) -> Cell {
        match self {
            Self::Missing => Cell::Missing,
            Self::Number(number) => Cell::Number(number),
            Self::Text(text) => Cell::Text(text.into()),
            Self::Bool(truth) => Cell::Bool(truth),
        }
    }
}

/// One stored cell; a text only together with its [`Texts`]. Equal slots of one document
/// are equal cells (the other way round is true of numbers, truths and short texts).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot(u64);

impl Slot {
    /// No value.
    pub const MISSING: Self = Self(MISSING);

    /// A number; one that is not finite is no value.
    pub fn number(number: f64) -> Self {
        if number.is_finite() { Self(number.to_bits()) } else { Self::MISSING }
    }
    /// A truth.
    pub fn truth(truth: bool) -> Self {
        Self(TRUTH | u64::from(truth))
    }
    /// Is there a number?
    pub fn is_number(self) -> bool {
        f64::from_bits(self.0).is_finite()
    }
    /// Is it a text?
    pub fn is_text(self) -> bool {
        self.0 & KIND == TEXT
    }
    /// The same text when so many others were put before those of its document.
    #[must_use]
    pub fn shifted(self, texts: u32) -> Self {
        if self.is_text() { Self(self.0 + u64::from(texts)) } else { self }
    }
    /// What it says.
    pub fn see(self, texts: &Texts) -> CellRef<'_> {
        let number = f64::from_bits(self.0);
        if number.is_finite() {
            return CellRef::Number(number);
        }
        match self.0 & KIND {
            TEXT => CellRef::Text(texts.get(self.0 as u32)),
            TRUTH => CellRef::Bool(self.0 & 1 == 1),
            _ => CellRef::Missing,
        }
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Slot({:#x})", self.0)
    }
}

/// The texts of a document, one behind the other.
#[derive(Debug, Default)]
pub struct Texts {
    all: String,
    /// Where each ends.
    ends: Vec<u32>,
    /// Numbers of the short ones by their hash, plus one; only while they are gathered.
    known: Vec<u32>,
    shared: usize,
}

impl Texts {
    /// A slot for a text; equal short texts share theirs.
    pub fn slot(&mut self, text: &str) -> Slot {
        if text.len() > MAX_SHARED {
            return self.push(text);
        }
        if self.shared * 2 >= self.known.len() {
            self.grow();
        }
        let mask = self.known.len() - 1;
        let mut at = hash(text) as usize & mask;
        while let Some(&known @ 1..) = self.known.get(at) {
            if self.get(known - 1) == text {
                return Slot(TEXT | u64::from(known - 1));
            }
            at = (at + 1) & mask;
        }
        self.shared += 1;
        self.known[at] = self.ends.len() as u32 + 1;
        self.push(text)
    }

    /// The same where a text is that of a slot given before, mostly the one above: without a
    /// look among all of them.
    pub fn slot_after(&mut self, text: &str, before: Option<Slot>) -> Slot {
        match before {
            Some(before) if before.is_text() && self.get(before.0 as u32) == text => before,
            _ => self.slot(text),
        }
    }

    /// The text of a number; empty for one that was never given.
    pub fn get(&self, number: u32) -> &str {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends.get(number - 1).map_or(0, |&end| end as usize) };
        self.ends.get(number).and_then(|&end| self.all.get(start..end as usize)).unwrap_or_default()
    }

    /// The texts of one document and behind them those of another, whose numbers move by
    /// what comes second. Nothing is copied of the first where nobody else holds them.
    pub fn join(first: Arc<Self>, second: &Self) -> (Arc<Self>, u32) {
        let mut joined = Arc::try_unwrap(first).unwrap_or_else(|shared| Self {
            all: shared.all.clone(),
            ends: shared.ends.clone(),
            ..Self::default()
        });
        let (before, shift) = (joined.all.len() as u32, joined.ends.len() as u32);
        joined.all.push_str(&second.all);
        joined.ends.extend(second.ends.iter().map(|end| end + before));
        (Arc::new(joined), shift)
    }

    /// No more texts come: gives back what only gathering needs.
    pub fn finish(mut self) -> Arc<Self> {
        self.known = Vec::new();
        self.all.shrink_to_fit();
        self.ends.shrink_to_fit();
        Arc::new(self)
    }

    fn push(&mut self, text: &str) -> Slot {
        if self.ends.is_empty() {
            self.all.reserve(FIRST_TEXT);
            self.ends.reserve(FIRST_SLOTS / 4);
        }
        self.all.push_str(text);
        self.ends.push(self.all.len() as u32);
        Slot(TEXT | (self.ends.len() as u64 - 1))
    }

    fn grow(&mut self) {
        let slots = (self.known.len() * 2).max(FIRST_SLOTS);
        let mut known = vec![0; slots];
        for number in self.known.iter().copied().filter(|&number| number > 0) {
            let mut at = hash(self.get(number - 1)) as usize & (slots - 1);
            while known[at] != 0 {
                at = (at + 1) & (slots - 1);
            }
            known[at] = number;
        }
        self.known = known;
    }
}

/// A map that hashes fast. Its keys come from one file, whose writer gains nothing but a
/// slow reading of that file by choosing names that collide.
pub type FastMap<K, V> = std::collections::HashMap<K, V, BuildHasherDefault<FastHasher>>;

/// A multiplying hasher for short keys, the same in every run.
#[derive(Clone, Copy, Debug, Default)]
pub struct FastHasher(u64);

/// An odd number of no pattern (2^64 divided by the golden ratio).
const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

impl FastHasher {
    fn add(&mut self, word: u64) {
        let wide = u128::from(self.0 ^ word) * u128::from(FACTOR);
        self.0 = (wide as u64) ^ ((wide >> 64) as u64) ^ self.0.rotate_left(29);
    }
}

impl Hasher for FastHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.add(u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        self.add(u64::from_le_bytes(last) ^ ((bytes.len() as u64) << 56));
    }
    fn write_u8(&mut self, byte: u8) {
        self.add(u64::from(byte));
    }
    fn write_u32(&mut self, word: u32) {
        self.add(u64::from(word));
    }
    fn write_u64(&mut self, word: u64) {
        self.add(word);
    }
    fn write_usize(&mut self, word: usize) {
        self.add(word as u64);
    }
    fn finish(&self) -> u64 {
        self.0.wrapping_mul(FACTOR) ^ (self.0 >> 32)
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = FastHasher::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

/// The cells of a column.
#[derive(Clone, Default)]
pub struct Cells {
    slots: Vec<Slot>,
    texts: Arc<Texts>,
    kinds: Kinds,
}

/// What there is among the cells of a column: told once, asked often.
#[derive(Clone, Copy, Debug, Default)]
struct Kinds {
    highest: Option<f64>,
    has_text: bool,
    has_truth: bool,
}

impl Kinds {
    fn of(slots: &[Slot]) -> Self {
        let mut kinds = Self::default();
        let mut highest = f64::NEG_INFINITY;
        let mut has_number = false;
        for slot in slots {
            let number = f64::from_bits(slot.0);
            if number.is_finite() {
                has_number = true;
                highest = highest.max(number);
                continue;
            }
            kinds.has_text |= slot.is_text();
            kinds.has_truth |= slot.0 & KIND == TRUTH;
        }
        kinds.highest = has_number.then_some(highest);
        kinds
    }
    /// Of both together.
    fn and(self, other: Self) -> Self {
        Self {
            highest: self.highest.into_iter().chain(other.highest).reduce(f64::max),
            has_text: self.has_text || other.has_text,
            has_truth: self.has_truth || other.has_truth,
        }
    }
}

impl Cells {
    /// From slots and the texts that they mean.
    pub fn new(slots: Vec<Slot>, texts: Arc<Texts>) -> Self {
        let kinds = Kinds::of(&slots);
        Self { slots, texts, kinds }
    }
    /// Number of cells.
    pub fn len(&self) -> usize {
        self.slots.len()
    }
    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
    /// Those of some rows, in their order.
    #[must_use]
    pub fn pick(&self, rows: &[usize]) -> Self {
        let slot = |&row: &usize| self.slots.get(row).copied().unwrap_or(Slot::MISSING);
        Self::new(rows.iter().map(slot).collect(), Arc::clone(&self.texts))
    }
    /// The cell of a row; missing behind the last.
    pub fn get(&self, row: usize) -> CellRef<'_> {
        self.slots.get(row).map_or(CellRef::Missing, |slot| slot.see(&self.texts))
    }
    /// All of them in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = CellRef<'_>> + ExactSizeIterator + Clone {
        self.slots.iter().map(|slot| slot.see(&self.texts))
    }
    /// The stored forms: equal ones are equal cells of this column, without a look at texts.
    pub fn slots(&self) -> &[Slot] {
        &self.slots
    }
    /// What one of this document's slots says.
    pub fn see(&self, slot: Slot) -> CellRef<'_> {
        slot.see(&self.texts)
    }
    /// The finite numbers, in order.
    pub fn numbers(&self) -> impl Iterator<Item = f64> + '_ {
        self.slots.iter().map(|slot| f64::from_bits(slot.0)).filter(|number| number.is_finite())
    }
    /// The largest number, if there is any.
    pub fn highest(&self) -> Option<f64> {
        self.kinds.highest
    }
    /// Is there any number?
    pub fn has_number(&self) -> bool {
        self.kinds.highest.is_some()
    }
    /// Is there any text?
    pub fn has_text(&self) -> bool {
        self.kinds.has_text
    }
    /// What its texts are kept in.
    pub fn texts(&self) -> Arc<Texts> {
        Arc::clone(&self.texts)
    }
    /// Lets go of its texts, which [`Cells::extend`] gives back.
    pub fn take_texts(&mut self) -> Arc<Texts> {
        std::mem::take(&mut self.texts)
    }
    /// Keeps the first rows and adds others, whose texts moved by a shift; `texts` are those of
    /// both.
    pub fn extend(&mut self, kept: usize, other: &Self, texts: &Arc<Texts>, shift: u32) {
        let is_shorter = kept < self.slots.len();
        self.slots.truncate(kept);
        self.slots.extend(other.slots.iter().map(|slot| slot.shifted(shift)));
        self.texts = Arc::clone(texts);
        // What went may have been the highest, or the only text.
        self.kinds = if is_shorter { Kinds::of(&self.slots) } else { self.kinds.and(other.kinds) };
    }
    /// Nothing but missing cells?
    pub fn is_hollow(&self) -> bool {
        self.kinds.highest.is_none() && !self.kinds.has_text && !self.kinds.has_truth
    }
}

impl PartialEq for Cells {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Cells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl FromIterator<Cell> for Cells {
    fn from_iter<I: IntoIterator<Item = Cell>>(cells: I) -> Self {
        let mut texts = Texts::default();
        let slots = cells.into_iter().map(|cell| texts.cell(cell.see())).collect();
        Self::new(slots, texts.finish())
    }
}

impl From<Vec<Cell>> for Cells {
    fn from(cells: Vec<Cell>) -> Self {
        cells.into_iter().collect()
    }
}

impl Texts {
    /// A slot for a cell.
    pub fn cell(&mut self, cell: CellRef<'_>) -> Slot {
        match cell {
            CellRef::Missing => Slot::MISSING,
            CellRef::Number(number) => Slot::number(number),
            CellRef::Bool(truth) => Slot::truth(truth),
            CellRef::Text(text) => self.slot(text),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn cells_come_back_as_they_went_in() {
        let long = "x".repeat(100);
        let cells: Vec<Cell> = (0..1000)
            .map(|n| match n % 7 {
                0 => Cell::Missing,
                1 => Cell::Number(f64::from(n) - 500.5),
                2 => Cell::Bool(n % 2 == 0),
                3 => Cell::Text("same".into()),
                4 => Cell::Text(long.as_str().into()),
                5 => Cell::Text("".into()),
                _ => Cell::Text(format!("text {n}").into()),
            })
            .collect();
        let kept: Cells = cells.clone().into();
        let back: Vec<Cell> = kept.iter().map(CellRef::to_cell).collect();
        assert_eq!(back, cells);
        assert_eq!((kept.len(), kept.get(1000)), (1000, CellRef::Missing));
        assert_eq!(kept.slots()[3], kept.slots()[10]);
        assert_eq!(kept.numbers().count(), 143);
    }

    #[test]
    fn what_is_not_finite_is_missing() {
        for number in [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::from_bits(TEXT | 1)] {
            assert_eq!(Slot::number(number), Slot::MISSING);
        }
        assert_eq!(Slot::number(-0.0).see(&Texts::default()), CellRef::Number(0.0));
    }
}
