//! The values of a series: the columns of the files that they are from, shared and not
//! copied. Only what is cut out of columns has places of its own.

use std::{
    borrow::Cow,
    sync::{Arc, LazyLock},
};

use super::{part::Part, series::Group, times::NO_TIME};

/// The numbers of more values than this are not kept a second time beside their columns: whoever
/// wants them in a row puts them together for so long.
const MOST_COPIED: usize = 1_000_000;

/// One value and where it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value<'a> {
    /// In the series' unit (canonical).
    pub number: f64,
    /// Index into [`super::series::Series::files`].
    pub file: u32,
    /// Line in the file, counted from 1.
    pub line: u32,
    /// Row index in its table.
    pub row: u32,
    /// The run paid for loading, by the rule of `metrics::cold`.
    pub is_cold: bool,
    /// When its row was, nanoseconds since 1970, where it says so.
    pub at_ns: Option<i64>,
    /// All dimensions of its row (also those that are not in the series' group).
    pub group: &'a Arc<Group>,
}

/// The values of a series, by file and line.
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// All of them, unless one column holds them or they are very many.
    numbers: Vec<f64>,
    places: Places,
}

/// Where values stand.
#[derive(Clone, Debug)]
enum Places {
    /// A whole column of the file of this index; its numbers are the values.
    One(u32, Arc<Part>),
    /// Whole columns, one after the other.
    Spans(Vec<Span>),
    /// Each for itself.
    Own(Vec<Place>),
}

impl Default for Places {
    fn default() -> Self {
        Self::Own(Vec::new())
    }
}

/// A column in a row of columns.
#[derive(Clone, Debug)]
struct Span {
    /// Index of its first value.
    start: u32,
    file: u32,
    part: Arc<Part>,
}

/// Where a value stands.
#[derive(Clone, Debug)]
struct Place {
    file: u32,
    line: u32,
    row: u32,
    is_cold: bool,
    /// Nanoseconds since 1970 or [`NO_TIME`]: an option takes twice the room.
    at_ns: i64,
    group: Arc<Group>,
}

/// A column, or some of its values by index, of the file of an index.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub file: u32,
    pub part: Arc<Part>,
    pub taken: Option<Vec<u32>>,
}

impl Values {
    /// Puts columns together, by file and line; of one file and line in the order given.
    pub(super) fn of(pieces: Vec<Piece>) -> Self {
        Self::put_together(pieces, MOST_COPIED)
    }

    fn put_together(pieces: Vec<Piece>, most_copied: usize) -> Self {
        let is_whole = pieces.iter().all(|piece| piece.taken.is_none());
        let mut pieces: Vec<Piece> = pieces;
        pieces.retain(|piece| piece.taken.as_ref().map_or(piece.part.numbers.len(), Vec::len) > 0);
        if !is_whole || !follow_each_other(&pieces) {
            return Self::own(&pieces);
        }
        if pieces.len() <= 1 {
            let Some(Piece { file, part, .. }) = pieces.pop() else { return Self::default() };
            return Self { numbers: Vec::new(), places: Places::One(file, part) };
        }
        let count: usize = pieces.iter().map(|piece| piece.part.numbers.len()).sum();
        let is_copied = count <= most_copied;
        let mut numbers = Vec::with_capacity(if is_copied { count } else { 0 });
        let mut spans = Vec::with_capacity(pieces.len());
        let mut start = 0;
        for Piece { file, part, .. } in pieces {
            if is_copied {
                numbers.extend_from_slice(&part.numbers);
            }
            let length = part.numbers.len() as u32;
            spans.push(Span { start, file, part });
            start += length;
        }
        Self { numbers, places: Places::Spans(spans) }
    }

    fn own(pieces: &[Piece]) -> Self {
        let mut values: Vec<Value<'_>> = Vec::new();
        for piece in pieces {
            let value = |at| value(piece.file, &piece.part, at);
            if let Some(taken) = &piece.taken {
                values.extend(taken.iter().filter_map(|&at| value(at as usize)));
            } else {
                values.extend((0..piece.part.numbers.len()).filter_map(value));
            }
        }
        // Columns of several tables of a file follow each other; lines do not.
        values.sort_by_key(|value| (value.file, value.line));
        let mut own = Self::default();
        for value in values {
            own.push(value);
        }
        own
    }

    /// How many.
    pub fn len(&self) -> usize {
        match &self.places {
            Places::One(_, part) => part.numbers.len(),
            Places::Spans(spans) => {
                spans.last().map_or(0, |last| last.start as usize + last.part.numbers.len())
            }
            Places::Own(places) => places.len(),
        }
    }
    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The numbers alone, in the series' unit; put together where very many are from several
    /// columns.
    pub fn numbers(&self) -> Cow<'_, [f64]> {
        match &self.places {
            Places::One(_, part) => Cow::Borrowed(&part.numbers),
            Places::Spans(spans) if self.numbers.is_empty() => {
                Cow::Owned(spans.iter().flat_map(|span| span.part.numbers.iter().copied()).collect())
            }
            Places::Spans(_) | Places::Own(_) => Cow::Borrowed(&self.numbers),
        }
    }
    /// One value.
    pub fn get(&self, index: usize) -> Option<Value<'_>> {
        match &self.places {
            Places::One(file, part) => value(*file, part, index),
            Places::Spans(spans) => {
                let at = spans.partition_point(|span| span.start as usize <= index).checked_sub(1)?;
                let span = spans.get(at)?;
                value(span.file, &span.part, index - span.start as usize)
            }
            Places::Own(places) => {
                let place = places.get(index)?;
                Some(Value {
                    number: *self.numbers.get(index)?,
                    file: place.file,
                    line: place.line,
                    row: place.row,
                    is_cold: place.is_cold,
                    at_ns: Some(place.at_ns).filter(|at_ns| *at_ns != NO_TIME),
                    group: &place.group,
                })
            }
        }
    }
    /// The newest by file and line.
    pub fn last(&self) -> Option<Value<'_>> {
        self.get(self.len().checked_sub(1)?)
    }
    /// All of them.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Value<'_>> + ExactSizeIterator + Clone {
        let value = |index| self.get(index).unwrap_or_else(nothing);
        (0..self.len()).map(value)
    }
    /// Adds one behind the others.
    pub fn push(&mut self, value: Value<'_>) {
        if !matches!(self.places, Places::Own(_)) {
            let numbers = self.numbers().into_owned();
            let places = self.iter().map(Place::of).collect();
            *self = Self { numbers, places: Places::Own(places) };
        }
        if let Places::Own(places) = &mut self.places {
            self.numbers.push(value.number);
            places.push(Place::of(value));
        }
    }
    /// The numbers of cold ones and of the others, each in order.
    pub fn cold_and_warm(&self) -> (Vec<f64>, Vec<f64>) {
        let (mut cold, mut warm) = (Vec::new(), Vec::new());
        let mut add = |number: f64, is_cold: bool| {
            if is_cold { cold.push(number) } else { warm.push(number) }
        };
        let mut add_part = |part: &Part| {
            for (number, row) in part.numbers.iter().zip(part.rows.iter()) {
                add(*number, part.is_cold(row));
            }
        };
        match &self.places {
            Places::One(_, part) => add_part(part),
            Places::Spans(spans) => spans.iter().for_each(|span| add_part(&span.part)),
            Places::Own(places) => {
                self.numbers.iter().zip(places).for_each(|(number, place)| add(*number, place.is_cold));
            }
        }
        (cold, warm)
    }
    /// Is there a cold one among them?
    pub fn has_cold(&self) -> bool {
        let has =
            |part: &Arc<Part>| !part.places.cold.is_empty() && part.rows.iter().any(|row| part.is_cold(row));
        match &self.places {
            Places::One(_, part) => has(part),
            Places::Spans(spans) => spans.iter().any(|span| has(&span.part)),
            Places::Own(places) => places.iter().any(|place| place.is_cold),
        }
    }
}

/// What stands in the place of a value that is not there: no index below the length is.
fn nothing<'a>() -> Value<'a> {
    static NONE: LazyLock<Arc<Group>> = LazyLock::new(Arc::default);
    Value { number: f64::NAN, file: 0, line: 0, row: 0, is_cold: false, at_ns: None, group: &NONE }
}

impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl Place {
    fn of(value: Value<'_>) -> Self {
        Self {
            file: value.file,
            line: value.line,
            row: value.row,
            is_cold: value.is_cold,
            at_ns: value.at_ns.unwrap_or(NO_TIME),
            group: Arc::clone(value.group),
        }
    }
}

fn value(file: u32, part: &Part, at: usize) -> Option<Value<'_>> {
    let row = part.rows.get(at)?;
    Some(Value {
        number: *part.numbers.get(at)?,
        file,
        line: part.places.line(row),
        row: part.places.row(row),
        is_cold: part.is_cold(row),
        at_ns: part.places.time(row),
        group: part.group_at(row),
    })
}

/// Are columns sorted by line, and those of one file one after the other?
fn follow_each_other(pieces: &[Piece]) -> bool {
    let lines = |part: &Part| {
        let line = |row: Option<u32>| row.map(|row| part.places.line(row));
        line(part.rows.first()).zip(line(part.rows.last()))
    };
    let are_sorted = pieces.iter().map(|piece| &piece.part).all(|part| {
        part.places.are_in_order || part.rows.iter().is_sorted_by_key(|row| part.places.line(row))
    });
    are_sorted
        && pieces.windows(2).all(|pair| match pair {
            [one, next] if one.file == next.file => {
                lines(&one.part).zip(lines(&next.part)).is_none_or(|(one, next)| one.1 <= next.0)
            }
            _ => true,
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{
        ingest::{self, file::Kind},
        metrics::contribution::Contribution,
    };

    #[test]
    fn values_that_are_too_many_to_copy_are_the_same() {
        let pieces: Vec<Piece> = (0..3_u32)
            .map(|file| {
                let text = format!("ttft_ms\n{file}.25\n{file}.5\n");
                let document = ingest::parse("a.csv", Kind::Csv, text.as_bytes());
                let part = Arc::clone(&Contribution::of(&document).parts()[0]);
                Piece { file, part, taken: None }
            })
            .collect();
        let copied = Values::put_together(pieces.clone(), 6);
        let put_together = Values::put_together(pieces, 5);
        assert!(put_together.numbers.is_empty() && copied.numbers.len() == 6);
        assert_eq!(put_together, copied);
        assert_eq!(put_together.numbers(), copied.numbers());
        assert_eq!((put_together.len(), put_together.is_empty()), (6, false));
        assert_eq!(put_together.last().unwrap().number, 2.5);
        let mut longer = put_together;
        longer.push(copied.get(0).unwrap());
        assert_eq!((longer.len(), longer.numbers()[6]), (7, 0.25));
    }
}
