//! What the figures of a sentence lend each other: units, the ends of ranges, an order.

use crate::grounding::{
    check::{
        amount::{Family, Print, readings},
        count::is_run_count,
        lexicon::Name,
        page::{Kind, Piece},
        scope::{Origin, Scope, Sentence},
    },
    figure::Figure,
};
use crate::metrics::unit::Unit;

/// Letters of one part of a unit: `GB/s`.
const LONGEST_UNIT: usize = 5;
/// Figures of a sentence that are told in the order of what they are of.
const MOST_IN_ORDER: usize = 48;
/// Words between the name of a metric and a value of it that has no unit.
const NEAR_METRIC: usize = 5;

/// Of several values of a dimension that stand before several figures the first is the first
/// figure's, and so on.
pub fn respectively(sentence: &Sentence<'_>, all: &[Figure], index: usize, scope: &Scope) -> Vec<Scope> {
    // An order is told of few, and only of values that are named.
    if all.len() > MOST_IN_ORDER || scope.everything.values.values().all(|values| values.len() < 2) {
        return Vec::new();
    }
    let unit_at = |at: usize| {
        all.get(at).and_then(|other| other.unit.clone()).or_else(|| shared_unit(sentence, all, at))
    };
    let unit = unit_at(index);
    let is_one = |(at, other): &(usize, &Figure)| {
        sentence.figures.contains(&other.range)
            && unit_at(*at) == unit
            && sentence.figures.iter().any(|range| range.start == other.range.start)
    };
    let before = all.iter().enumerate().take(index).filter(is_one).count();
    let alike = all.iter().enumerate().filter(is_one).count();
    let named = |key: u32| {
        let of_key = sentence.mentions.iter().filter_map(move |mention| match &mention.name {
            Name::Values(own, values) if *own == key => Some(values.clone()),
            _ => None,
        });
        of_key.collect::<Vec<_>>()
    };
    let keys = scope.everything.values.keys().filter_map(|key| {
        let values = named(*key);
        let value = values.get(before).filter(|_| values.len() >= 2 && values.len() == alike)?;
        let mut narrower = scope.clone();
        narrower.wanted.values.insert(*key, value.clone());
        narrower.is_one_of_several = true;
        Some(narrower)
    });
    keys.collect()
}

/// `2.4 x faster`: a sign of multiplication that stands apart from its number.
pub fn factor_behind(sentence: &Sentence<'_>, figure: &Figure) -> Option<String> {
    let behind = sentence.text.get(figure.range.end - sentence.start..)?.trim_start_matches([' ', '*', '`']);
    let rest = behind.strip_prefix(['x', '×'])?;
    let is_word = rest.starts_with([' ', '*', ',', '.', ')', '|']) || rest.is_empty();
    let next = rest.trim_start_matches([' ', '*']);
    (is_word && !next.starts_with(|c: char| c.is_ascii_digit())).then(|| "x".to_owned())
}

/// The unit in the head of a cell's column: `TTFT (ms)`, `tok/s`.
pub fn unit_of_head(piece: &Piece) -> Option<String> {
    let Kind::Cell(cell) = &piece.kind else { return None };
    let head = cell.head.trim_matches(['*', '_', ' ']);
    let inside = head.rsplit_once(['(', '[']).map(|(_, unit)| unit.trim_end_matches([')', ']']).trim());
    // `Min` is the smallest, and no minute.
    let last = head.rsplit(' ').next().filter(|word| word.len() > 1 && !word.eq_ignore_ascii_case("min"));
    inside.into_iter().chain(last).find(|unit| is_unit(unit)).map(str::to_owned)
}

/// `297.5 and 182.5 tok/s`: one unit for all.
pub fn shared_unit(sentence: &Sentence<'_>, all: &[Figure], index: usize) -> Option<String> {
    let (figure, next) = (all.get(index)?, all.get(index + 1)?);
    let between = sentence.text.get(figure.range.end - sentence.start..next.range.start - sentence.start)?;
    let glue = between.trim_matches([' ', ',', '*', '`']);
    if !matches!(glue, "" | "and" | "or" | "to" | "–" | "-" | "/" | "vs" | "vs." | "versus" | "±") {
        return None;
    }
    next.unit.clone().or_else(|| shared_unit(sentence, all, index + 1))
}

fn is_unit(text: &str) -> bool {
    readings(text).iter().any(|reading| match &reading.family {
        Family::Of(Unit::Other(_)) | Family::Counted(_) => false,
        Family::Of(_) | Family::Factor => true,
    })
}

/// `504 GB/s`, `24 $/h`: a unit stands behind the figure, and it is none that is known.
pub fn has_foreign_unit(sentence: &Sentence<'_>, figure: &Figure) -> bool {
    let behind = sentence.text.get(figure.range.end - sentence.start..).unwrap_or_default();
    let word = behind.trim_start_matches([' ', '*', '`']).split_whitespace().next().unwrap_or_default();
    word.split_once('/').is_some_and(|(unit, per)| {
        let is_short = |part: &str| !part.is_empty() && part.chars().count() <= LONGEST_UNIT;
        is_short(unit)
            && is_short(per.trim_end_matches(|c: char| !c.is_alphanumeric()))
            && unit.chars().all(|c| c.is_alphabetic() || c == '$')
            && per.starts_with(char::is_alphabetic)
    })
}

/// `mem_mb=0`: a name and a sign stand right before the figure, and it is the name of no metric.
pub fn has_foreign_label(sentence: &Sentence<'_>, figure: &Figure) -> bool {
    let before = sentence.text.get(..figure.range.start - sentence.start).unwrap_or_default();
    let Some(label) = before.strip_suffix('=') else { return false };
    !sentence.mentions.iter().any(|mention| {
        matches!(mention.name, Name::Metrics(_) | Name::Statistic(_)) && mention.range.end == label.len()
    })
}

/// What should be, what is needed and what is guessed is no other value of what was measured.
const NORMS: [&str; 14] = [
    "recommend",
    "require",
    "estimat",
    "target",
    "expect",
    "should",
    "budget",
    "optimal",
    "at least",
    "needed",
    "projected",
    "theoretical",
    "limit",
    "assum",
];

/// Tells a sentence what should be, and not what was measured?
pub fn is_norm(sentence: &Sentence<'_>) -> bool {
    let lower = sentence.text.to_lowercase();
    NORMS.iter().any(|word| lower.contains(word))
}

/// Names the head or the sentence a percentile that is not kept, `P05`?
pub fn has_other_percentile(piece: &Piece, sentence: &Sentence<'_>) -> bool {
    let is_other = |word: &str| {
        word.strip_prefix(['p', 'P']).is_some_and(|digits| {
            (1..=2).contains(&digits.len())
                && digits.bytes().all(|byte| byte.is_ascii_digit())
                && !matches!(digits, "50" | "90" | "95" | "99")
        })
    };
    let has = |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(is_other);
    has(sentence.text) || matches!(&piece.kind, Kind::Cell(cell) if has(&cell.head))
}

/// May a figure be called another value of what is named, where none equals it? What has no unit
/// must be told of its metric at once, a difference is no value, and something must say of what
/// or which value it is.
pub fn may_differ(sentence: &Sentence<'_>, figure: &Figure, scope: &Scope, has_unit: bool) -> bool {
    let from = figure.range.start - sentence.start;
    let is_signed = figure.text.starts_with(['+', '-', '\u{2212}']) || figure.value < 0.0;
    let is_told = match scope.metric_from {
        Origin::Above => false,
        Origin::Beside => true,
        Origin::Here => sentence.mentions.iter().any(|mention| {
            let between = sentence.text.get(mention.range.end..from);
            let is_taken = sentence.figures.iter().any(|other| {
                let at = other.start.saturating_sub(sentence.start);
                at >= mention.range.end && at < from
            });
            matches!(mention.name, Name::Metrics(_))
                && !is_taken
                && between.is_some_and(|between| between.split_whitespace().count() <= NEAR_METRIC)
        }),
    };
    let is_of_something = !scope.classes.is_empty() || !scope.wanted.is_free();
    !is_signed && (has_unit || is_told) && is_of_something
}

/// Is a percentage one end of a change, `from 75 % to 37 %`, and not the change itself?
pub fn is_end_of_change(sentence: &Sentence<'_>, figure: &Figure) -> bool {
    let before = sentence.text.get(..figure.range.start - sentence.start).unwrap_or_default();
    let before = before.trim_end_matches([' ', '*', '`', '~']);
    [" from", " to", " at", " down to", " up to"].iter().any(|word| before.ends_with(word))
}

/// Is a number between these texts an index, `test[0]`?
pub fn is_index(before: &str, behind: &str) -> bool {
    behind.starts_with(']')
        && before
            .strip_suffix('[')
            .is_some_and(|name| name.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// How many runs the figures of a row or sentence are said to be of; `None` where nothing or more
/// than one number is said.
pub fn runs_told(piece: &Piece, all: &[Figure]) -> Option<u64> {
    let mut told: Vec<f64> = if let Kind::Cell(cell) = &piece.kind {
        let counts = cell.row.iter().filter(|(head, _)| is_run_count(head));
        let number = |text: &str| text.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok();
        counts.filter_map(|(_, text)| number(text)).collect()
    } else {
        let runs = |figure: &&Figure| matches!(figure.unit.as_deref(), Some("runs" | "rows" | "samples"));
        all.iter().filter(runs).map(|figure| figure.value).collect()
    };
    told.dedup();
    match told.as_slice() {
        [only] if *only >= 0.0 => Some(*only as u64),
        _ => None,
    }
}

/// The other end of a range that the figure is an end of: `13 to 37 ms`.
pub fn range_end(sentence: &Sentence<'_>, all: &[Figure], index: usize) -> Option<(Print, bool)> {
    let figure = all.get(index)?;
    let between = |left: &Figure, right: &Figure| {
        let text = sentence.text.get(left.range.end - sentence.start..right.range.start - sentence.start);
        let text = text.unwrap_or("x").trim_matches([' ', '*', '`', '_', '~', '≈']).to_lowercase();
        let before =
            sentence.text.get(..left.range.start - sentence.start).unwrap_or_default().to_lowercase();
        let is_between = before.trim_end_matches([' ', '*', '`', '_', '~']).ends_with("between")
            || before.contains("between ")
                && !before.rsplit("between ").next().unwrap_or_default().contains(char::is_numeric);
        let dash = matches!(
            text.as_str(),
            "-" | "–" | "—" | "to" | "up to" | "through" | "bis" | "to about" | "to approximately"
        );
        let glued = text.is_empty() && right.text.starts_with(['-', '–']);
        dash || glued || (text == "and" && is_between)
    };
    let next = all.get(index + 1).filter(|next| between(figure, next));
    if let Some(next) = next {
        return Some((Print::of(&positive(next), true), true))
            .filter(|_| figure.value.abs() <= next.value.abs());
    }
    let previous =
        index.checked_sub(1).and_then(|before| all.get(before)).filter(|before| between(before, figure))?;
    (previous.value.abs() <= figure.value.abs()).then(|| (Print::of(previous, true), false))
}

/// `13–37`: the dash is no sign.
fn positive(figure: &Figure) -> Figure {
    Figure { value: figure.value.abs(), ..figure.clone() }
}
