//! What the finished report rests on: its figures one by one, the fact behind each, and the
//! rows of the files that it comes from.

use std::ops::Range;

use crate::{
    report::record::{FactRecord, Record, SeriesRecord, WrittenRecord, series, text::FigureRecord},
    text::{sanitize::Shown, stream::StreamView},
};

/// Columns of a figure's description that are of use; the record has all of it.
const LONGEST: usize = 300;

/// The figures of a report, and which of them is selected.
#[derive(Debug, Default)]
pub struct Evidence {
    figures: Vec<Figure>,
    facts: Vec<FactRecord>,
    written: Vec<WrittenRecord>,
    series: Vec<SeriesRecord>,
    selected: Option<usize>,
    /// Where the selected one stands, for the width of the view.
    place: Option<Place>,
}

/// A figure that states a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Figure {
    /// Its first byte in the report's source.
    at: usize,
    text: String,
    /// Index of its fact.
    fact: usize,
}

/// Where a figure stands on the laid-out text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Row of the text.
    pub row: usize,
    /// Columns before it.
    pub column: usize,
    /// Columns it takes.
    pub width: usize,
}

/// A row of a file that a figure leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRow {
    /// The file.
    pub path: String,
    /// Its line; `None` where the file as such is meant.
    pub line: Option<u32>,
    /// The column or key.
    pub field: String,
}

impl Evidence {
    /// Of a finished report with its source text.
    pub(super) fn of(record: &Record, markdown: &str) -> Self {
        let stated = record.report.as_ref().map(|report| report.figures.as_slice()).unwrap_or_default();
        let facts = record.facts.clone();
        Self::new(markdown, stated, facts, record.written.clone(), record.series.clone())
    }

    /// Of the figures of a text and what stands behind them.
    pub fn new(
        markdown: &str,
        stated: &[FigureRecord],
        facts: Vec<FactRecord>,
        written: Vec<WrittenRecord>,
        series: Vec<SeriesRecord>,
    ) -> Self {
        let starts: Vec<usize> =
            std::iter::once(0).chain(markdown.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let figures = stated.iter().filter_map(|figure| {
            let start = *starts.get((figure.line as usize).checked_sub(1)?)?;
            let line = markdown.get(start..)?.split('\n').next()?;
            let (at, _) = line.char_indices().nth((figure.column as usize).checked_sub(1)?)?;
            let fact = facts.iter().position(|fact| fact.id == figure.fact)?;
            Some(Figure { at: start + at, text: figure.text.clone(), fact })
        });
        Self { figures: figures.collect(), facts, written, series, selected: None, place: None }
    }

    /// Is there a figure to go to?
    pub fn has_figures(&self) -> bool {
        !self.figures.is_empty()
    }

    /// Where the selected figure stands.
    pub fn place(&self) -> Option<Place> {
        self.place
    }

    /// What the selected figure states: the fact, and where it comes from.
    pub fn described(&self) -> Option<(Shown, Shown)> {
        let (what, source) = self.told()?;
        Some((shown(&what), shown(&source)))
    }

    /// The same as one line of text, with every place that it comes from.
    pub(in crate::app) fn copied(&self) -> Option<String> {
        let (what, source) = self.told()?;
        let fact = self.facts.get(self.figure()?.fact)?;
        let places = fact.sources.iter().filter(|source| source.path != ".").map(|source| {
            let line = source.line.map(|line| format!(":{line}")).unwrap_or_default();
            format!("{}{line} {}", source.path, source.field)
        });
        let places: Vec<String> = places.collect();
        Some(format!("{what} ({})", if places.is_empty() { source } else { places.join("; ") }))
    }

    fn told(&self) -> Option<(String, String)> {
        let figure = self.figure()?;
        let fact = self.facts.get(figure.fact)?;
        let subject = fact.subject.replace('_', " ");
        let of = if fact.group.is_empty() { String::new() } else { format!(" of {}", fact.group) };
        let what = format!("{}: {subject} {}{of}", fact.text, fact.statistic.replace('_', " "));
        let source = match fact.sources.as_slice() {
            [] => "computed from other facts".to_owned(),
            [first, ..] if first.path == "." => "the list of files".to_owned(),
            [first, rest @ ..] => {
                let place = &first.path;
                let line = first.line.map(|line| format!(":{line}")).unwrap_or_default();
                let rows: u64 = fact.sources.iter().map(|source| u64::from(source.rows)).sum();
                let rows =
                    if rows > 1 && first.line.is_some() { format!(", {rows} rows") } else { String::new() };
                let files =
                    if rest.is_empty() { String::new() } else { format!(" in {} files", rest.len() + 1) };
                format!("{place}{line} {}{rows}{files}", first.field)
            }
        };
        Some((what, source))
    }

    /// Which of how many is selected, counted from 1.
    pub fn position(&self) -> Option<(usize, usize)> {
        self.selected.map(|selected| (selected + 1, self.figures.len()))
    }

    /// The row that the selected figure comes from.
    pub(in crate::app) fn source(&self) -> Option<SourceRow> {
        let fact = self.facts.get(self.figure()?.fact)?;
        let source = fact.sources.iter().find(|source| source.path != ".")?;
        Some(SourceRow { path: source.path.clone(), line: source.line, field: source.field.clone() })
    }

    /// Selects the figure so many further. The first time it is the next from the top of the
    /// screen on, or the last before it.
    pub(super) fn walk(&mut self, by: isize, view: &StreamView) {
        let last = self.figures.len().saturating_sub(1);
        let from = if let Some(selected) = self.selected {
            selected.saturating_add_signed(by).min(last)
        } else {
            let ends = |figure: &Figure| view.rows_of(figure.at).map_or(0, |rows| rows.end);
            let is_above = |figure: &&Figure| {
                ends(figure) <= view.top()
                    || self.find(figure, view).is_some_and(|place| place.row < view.top())
            };
            let above = self.figures.iter().take_while(is_above).count();
            if by < 0 { above.saturating_sub(1) } else { above.min(last) }
        };
        self.selected = (!self.figures.is_empty()).then_some(from);
        self.lay_out(view);
    }

    /// No figure is selected any more; `false` when none was.
    pub(super) fn deselect(&mut self) -> bool {
        self.place = None;
        self.selected.take().is_some()
    }

    /// Finds the selected figure on the text as it is laid out now.
    pub(super) fn lay_out(&mut self, view: &StreamView) {
        self.place = self.figure().and_then(|figure| self.find(figure, view));
    }

    /// Sentences of the report that rest on a line of a file, or on the file at all.
    pub fn sentences(&self, path: &str, line: Option<u32>) -> Vec<Shown> {
        let uses = |fact: &&FactRecord| {
            let is_here = |own: &str| own == path;
            let named = fact.sources.iter().filter(|source| is_here(&source.path));
            let Some(line) = line else { return named.count() > 0 };
            let rows = self.series.iter().filter(|series| series.facts.contains(&fact.id));
            let rows = rows.flat_map(|series| &series.rows).filter(|rows| is_here(&rows.path));
            let is_single = fact.sources.iter().all(|source| source.rows <= 1);
            named.clone().any(|source| source.line == Some(line))
                || (!is_single
                    && named.count() > 0
                    && rows.filter_map(|rows| rows.lines.as_deref()).any(|runs| series::holds(runs, line)))
        };
        let ids: Vec<&str> = self.facts.iter().filter(uses).map(|fact| fact.id.as_str()).collect();
        let rests = |written: &&WrittenRecord| written.facts.iter().any(|id| ids.contains(&id.as_str()));
        self.written.iter().filter(rests).map(|written| Shown::new(&written.text)).collect()
    }

    /// Lines of a file that the report uses, rising, each with the field that it uses of it.
    pub(in crate::app) fn rows_of(&self, path: &str) -> Vec<(u32, String)> {
        let single = self.facts.iter().flat_map(|fact| &fact.sources).filter(|source| source.path == path);
        let single = single.filter_map(|source| Some((source.line?, source.field.clone())));
        let of_series = self.series.iter().flat_map(|series| {
            let rows =
                series.rows.iter().filter(|rows| rows.path == path).filter_map(|rows| rows.lines.as_deref());
            rows.flat_map(series::numbers).map(|line| (line, series.field.clone()))
        });
        let mut rows: Vec<(u32, String)> = of_series.chain(single).collect();
        // The most wanted series come first: a line shows the field of the first.
        rows.sort_by_key(|(line, _)| *line);
        rows.dedup_by_key(|(line, _)| *line);
        rows
    }

    fn figure(&self) -> Option<&Figure> {
        self.figures.get(self.selected?)
    }

    /// The figure's place among the rows of its block: those of the same text stand in the
    /// same order there.
    fn find(&self, figure: &Figure, view: &StreamView) -> Option<Place> {
        let rows = view.rows_of(figure.at)?;
        let is_before = |other: &&Figure| {
            other.at < figure.at && other.text == figure.text && view.rows_of(other.at) == Some(rows.clone())
        };
        let nth = self.figures.iter().filter(is_before).count();
        let places = places(view, &rows, &figure.text);
        places.get(nth).or(places.last()).copied().or_else(|| {
            // A narrow column parts the number from its unit.
            let number = figure.text.split(' ').next()?;
            let places = self::places(view, &rows, number);
            places.get(nth).or(places.last()).copied()
        })
    }
}

/// Where a text stands in rows, by itself and not inside a longer number or word.
fn places(view: &StreamView, rows: &Range<usize>, wanted: &str) -> Vec<Place> {
    let mut places = Vec::new();
    for index in rows.clone() {
        let Some(row) = view.row(index).map(crate::text::wrap::Row::text) else { continue };
        for (at, _) in row.match_indices(wanted) {
            let (before, behind) = (&row[..at], &row[at + wanted.len()..]);
            let joins =
                |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | ',' | '_'));
            let follows = behind.chars().next().filter(|c| !matches!(c, '.' | ','));
            let goes_on = behind.strip_prefix(['.', ',']).and_then(|rest| rest.chars().next());
            if !joins(before.chars().next_back())
                && !joins(follows)
                && !goes_on.is_some_and(|c| c.is_ascii_digit())
            {
                let columns = |text: &str| Shown::new(text).width();
                places.push(Place { row: index, column: columns(before), width: columns(wanted) });
            }
        }
    }
    places
}

fn shown(text: &str) -> Shown {
    Shown::new(text).truncated(LONGEST)
}
