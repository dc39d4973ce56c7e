//! Which groups of the data a sentence speaks of.

use super::{
    Kind, Rejection,
    index::Index,
    lexicon::Class,
    read::{Reading, What},
};

/// Items between two dimensions of one group: `gemma3:1b on the cuda backend`.
const JOINING_ITEMS: usize = 4;

/// Some dimensions that a sentence names together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Referent<'a> {
    /// Key and value of each.
    pub dimensions: Vec<(&'a str, &'a str)>,
    /// First item.
    pub start: usize,
    /// Last item.
    pub end: usize,
}

impl Referent<'_> {
    /// As people name it.
    pub fn name(&self) -> String {
        named(self.dimensions.iter().copied())
    }
    /// Only settings, which tell no rows apart.
    pub fn is_setting(&self, index: &Index<'_>) -> bool {
        !self.dimensions.iter().any(|(key, _)| index.is_row_key(key))
    }
}

/// All of them, in order.
pub fn referents<'a>(reading: &Reading<'a, '_>, index: &Index<'a>) -> Result<Vec<Referent<'a>>, Rejection> {
    let mut referents: Vec<Referent<'a>> = Vec::new();
    for (at, item) in reading.items.iter().enumerate() {
        let What::Value(key, value) = item.what else { continue };
        if let Some(last) = referents.last_mut()
            && at - last.end <= JOINING_ITEMS
            && (last.end + 1..at).all(|between| joins(reading, between))
            && last.dimensions.iter().all(|(known, _)| *known != key)
        {
            let mut joined = last.dimensions.clone();
            joined.push((key, value));
            if index.has_group(&joined) {
                last.dimensions = joined;
                last.end = at;
                continue;
            }
            // Two dimensions side by side are one group: there must be such a one.
            if at - last.end <= 2 && !reading.words(at - 1).eq_ignore_ascii_case("and") {
                return Err(Rejection::new(Kind::Group, format!("no run is of {}", named(joined))));
            }
        }
        referents.push(Referent { dimensions: vec![(key, value)], start: at, end: at });
    }
    share(&mut referents, index);
    Ok(referents)
}

/// `On metal, A is faster than B`, `A moves from cpu to metal`: what is named once holds for all
/// that is told apart by something else, and is no side of its own then.
fn share<'a>(referents: &mut Vec<Referent<'a>>, index: &Index<'a>) {
    let named: Vec<(&str, &str)> =
        referents.iter().flat_map(|referent| referent.dimensions.iter().copied()).collect();
    let is_once = |(key, value): &(&str, &str)| {
        index.is_row_key(key) && named.iter().all(|(other, own)| other != key || own == value)
    };
    let common: Vec<(&'a str, &'a str)> = {
        let mut common: Vec<_> = named.iter().copied().filter(is_once).collect();
        common.dedup();
        common
    };
    let is_context = |referent: &Referent<'a>| referent.dimensions.iter().all(|own| common.contains(own));
    let sides: Vec<Vec<(&'a str, &'a str)>> = referents
        .iter()
        .filter(|referent| !is_context(referent) && !referent.is_setting(index))
        .map(|referent| {
            let news = common.iter().filter(|(key, _)| !referent.dimensions.iter().any(|own| own.0 == *key));
            referent.dimensions.iter().chain(news).copied().collect()
        })
        .collect();
    // One side alone is bound to what stands beside it.
    if common.is_empty() || sides.len() < 2 || !sides.iter().all(|side| index.has_row(side)) {
        return;
    }
    referents.retain(|referent| !is_context(referent));
    for referent in referents.iter_mut().filter(|referent| !referent.is_setting(index)) {
        let news: Vec<_> = common
            .iter()
            .filter(|(key, _)| !referent.dimensions.iter().any(|own| own.0 == *key))
            .copied()
            .collect();
        referent.dimensions.extend(news);
    }
}

fn joins(reading: &Reading<'_, '_>, at: usize) -> bool {
    const WORDS: [&str; 18] = [
        "with",
        "on",
        "in",
        "at",
        "the",
        "using",
        "of",
        "for",
        "and",
        "a",
        "an",
        "model",
        "backend",
        "under",
        "device",
        "quantization",
        "set",
        "to",
    ];
    match &reading.items[at].what {
        What::Break(mark) => matches!(mark, ',' | '(' | ')' | '['),
        What::Key(_) => true,
        What::Says(Class::Neutral) => WORDS.contains(&reading.words(at).to_lowercase().as_str()),
        _ => false,
    }
}

/// Groups before the same place, or behind it, that are only listed: `A, B and C`.
pub fn is_list(reading: &Reading<'_, '_>, from: usize, to: usize) -> bool {
    (from + 1..to).all(|at| match &reading.items[at].what {
        What::Break(mark) => matches!(mark, ',' | ')' | '('),
        What::Says(Class::Neutral) => {
            matches!(
                reading.words(at).to_lowercase().as_str(),
                "and" | "or" | "the" | "model" | "for" | "of" | "with" | "by" | "while" | "to" | "then"
            )
        }
        What::Says(Class::Than) => true,
        _ => false,
    })
}

/// Dimensions as people name them: a model by its name, the rest as `key=value`.
pub fn named<'d>(dimensions: impl IntoIterator<Item = (&'d str, &'d str)>) -> String {
    let name = |(key, value): (&str, &str)| {
        if key == "model" { value.to_owned() } else { format!("{key}={value}") }
    };
    dimensions.into_iter().map(name).collect::<Vec<_>>().join(", ")
}
