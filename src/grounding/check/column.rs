//! Numbers of columns that are no metrics: how many tokens a run gave, how many prompts it was
//! asked. A value is one of the rows that the sentence speaks of, or a statistic of them.

use std::{collections::HashMap, sync::Arc};

use super::{
    Folder,
    amount::{Family, Print, readings},
    lexicon::{Class, Name},
    page::{Kind, Piece},
    pool::statistics,
    quantity::{allows, name},
    scope::{Scope, Sentence},
    verdict::Backing,
};
use crate::{
    grounding::{check::cells::Spot, fact::Source, figure::Figure},
    metrics::{library::Library, series::Group, stats::Stats, unit::Unit},
};

/// In a folder with more rows a number is looked up without asking whose it is.
const MOST_ROWS: usize = 200_000;
/// Columns that count tokens, however they are called.
const TOKENS: [&str; 8] = [
    "eval_count",
    "completion_tokens",
    "output_tokens",
    "generated_tokens",
    "tokens generated",
    "prompt_eval_count",
    "prompt_tokens",
    "n_gen",
];
/// Digits of a number that hardly stands in a column by chance.
const LONG: i32 = 4;
/// Files named as the sources of a statistic.
const MOST_SOURCES: usize = 16;

/// The group of each row of the folder, by file and line; none where rows of several share a line.
pub type RowGroups<'a> = HashMap<(&'a str, u32), Option<&'a Arc<Group>>>;

/// Is a unit a thing that columns count?
pub fn is_thing(unit: &str) -> bool {
    matches!(unit.to_lowercase().as_str(), "tokens" | "token" | "rows" | "runs" | "samples")
        || !factors_of_bytes(unit).is_empty()
}

/// From a unit of sizes to bytes, the ways it may be read.
fn factors_of_bytes(unit: &str) -> Vec<f64> {
    let readings = readings(unit).into_iter().filter(|reading| reading.family == Family::Of(Unit::Mebibytes));
    readings.map(|reading| reading.factor * MEBIBYTE).collect()
}

fn size_factors(figure: &Figure) -> Vec<f64> {
    figure.unit.as_deref().map(factors_of_bytes).unwrap_or_default()
}

const MEBIBYTE: f64 = 1_048_576.0;

impl<'a> Folder<'a> {
    /// The value of a column that the head, the sentence or the word behind the figure names.
    pub fn column(
        &self,
        piece: &Piece,
        sentence: &Sentence<'_>,
        figure: &Figure,
        print: Print,
        scope: &Scope,
    ) -> Option<Backing> {
        let sizes = size_factors(figure);
        let factor = sizes.first().copied().unwrap_or(1.0);
        let columns = if sizes.is_empty() {
            self.columns_named(piece, sentence, figure)
        } else {
            let is_size = |name: &&Arc<str>| {
                let lower = name.to_lowercase();
                lower.ends_with("size") || lower.ends_with("bytes")
            };
            self.evidence.cells.names.iter().filter(is_size).map(ToString::to_string).collect()
        };
        columns.iter().find_map(|column| {
            let spots = self.evidence.cells.spots(column);
            let backing = |spot: &Spot, statistic: &str, value: f64| {
                Backing::new(column, statistic, String::new(), value, &Unit::None)
                    .from(vec![self.source_of(spot, column)])
            };
            let (low, high) = print.limits(factor);
            let from = spots.partition_point(|spot| spot.number < low);
            let equal = spots.iter().skip(from).take_while(|spot| spot.number <= high);
            let single =
                scope.classes.iter().all(|class| matches!(class, Class::Extreme | Class::Min | Class::Max));
            let mut equal = equal.filter(|_| single);
            let is_long = print.significant() >= LONG;
            if let Some(spot) = equal.find(|spot| self.is_row_wanted(spot, scope, is_long)) {
                return Some(backing(spot, "value", spot.number));
            }
            if scope.classes.is_empty() && print.significant() < 3 {
                return None;
            }
            let own: Vec<&Spot> =
                spots.iter().filter(|spot| self.is_row_wanted(spot, scope, false)).collect();
            let numbers: Vec<f64> = own.iter().map(|spot| spot.number).collect();
            let stats = Stats::of(&numbers);
            let found = statistics(&stats)
                .filter(|(class, _)| allows(&scope.classes, *class))
                .find(|(_, value)| print.is(*value, factor));
            let (class, value) = found?;
            let mut sources: Vec<Source> = Vec::new();
            for spot in own {
                let source = self.source_of(spot, column);
                if sources.len() < MOST_SOURCES && sources.iter().all(|known| known.path != source.path) {
                    sources.push(source);
                }
            }
            Some(Backing::new(column, name(class), String::new(), value, &Unit::None).from(sources))
        })
    }

    /// The columns that may be meant.
    fn columns_named(&self, piece: &Piece, sentence: &Sentence<'_>, figure: &Figure) -> Vec<String> {
        let key = |name: &Name| match name {
            Name::Key(key) => self.lexicon.keys.get(*key as usize).map(ToString::to_string),
            _ => None,
        };
        let mut names: Vec<String> =
            sentence.mentions.iter().filter_map(|mention| key(&mention.name)).collect();
        if let Kind::Cell(cell) = &piece.kind {
            let head = cell.head.trim_matches(['*', '`', ' ']);
            let mentions = self.level(head);
            let whole = mentions.iter().filter(|mention| mention.range == (0..head.len()));
            names.extend(whole.filter_map(|mention| key(&mention.name)));
            names.push(head.to_owned());
        }
        let end = figure.range.end.saturating_sub(sentence.start);
        let behind = sentence.text.get(end..).unwrap_or_default().trim_start_matches([' ', '*', '`', '_']);
        let next = || behind.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        let word = figure.unit.clone().unwrap_or_else(next).to_lowercase();
        if word.starts_with("token") {
            names.extend(TOKENS.map(str::to_owned));
        }
        if word.len() > 2 {
            let one = word.strip_suffix('s').unwrap_or(&word);
            for noun in [word.as_str(), one] {
                let forms = [
                    noun.to_owned(),
                    format!("num_{noun}"),
                    format!("n_{noun}"),
                    format!("{noun}_count"),
                    format!("total_{noun}"),
                ];
                names.extend(forms);
            }
        }
        names.retain(|name| self.evidence.cells.has(name));
        names.dedup();
        names
    }

    /// Speaks the sentence of the row that a number stands in?
    fn is_row_wanted(&self, spot: &Spot, scope: &Scope, is_long: bool) -> bool {
        let path = self.evidence.cells.path(*spot);
        let mut files = scope.wanted.files.iter().filter_map(|file| self.lexicon.files.get(*file as usize));
        if !scope.wanted.files.is_empty() && !files.any(|file| *file == path) {
            return false;
        }
        if scope.wanted.values.is_empty() {
            return true;
        }
        let groups = self.row_groups.get_or_init(|| self.groups_of_rows());
        let Some(Some(group)) = groups.get(&(&*path, spot.line)) else {
            // Of a row without a metric nothing else is known; a long number is told of it.
            return groups.is_empty() || is_long;
        };
        let wanted = &scope.wanted.values;
        wanted.iter().all(|(key, values)| self.has_one_of(group, *key, values) != Some(false))
    }

    fn groups_of_rows(&self) -> RowGroups<'a> {
        let library: &'a Library = self.evidence.library;
        let series = library.series();
        let rows: usize = series.iter().map(|series| series.values.len()).sum();
        let mut groups = RowGroups::new();
        if rows > MOST_ROWS {
            return groups;
        }
        for series in series {
            for value in series.values.iter() {
                if let Some(path) = series.files.get(value.file as usize) {
                    let known = groups.entry((&**path, value.line)).or_insert(Some(value.group));
                    if known.is_some_and(|known| known != value.group) {
                        *known = None;
                    }
                }
            }
        }
        groups
    }

    fn source_of(&self, spot: &Spot, column: &str) -> Source {
        Source {
            path: self.evidence.cells.path(*spot),
            line: Some(spot.line),
            field: column.into(),
            rows: 1,
            digest: Arc::default(),
        }
    }
}
