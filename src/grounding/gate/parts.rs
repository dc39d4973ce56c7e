//! Counts that are parts of a count: `2 of the 8 runs of A failed`, `2 of the 3 files are CSV`.

use super::{
    Kind, Rejection, equal,
    figures::{Scene, Stated},
    index::holds,
    lexicon::Class,
    read::What,
};
use crate::grounding::fact::{FactRow, Statistic};

/// Words that may stand between a part and its whole.
const JOINING: [&str; 6] = ["of", "the", "all", "its", "these", "out of"];
/// Kinds of files, as facts count them.
const KINDS: [&str; 4] = ["csv", "json", "markdown", "text"];

/// A part of a count.
pub struct Part {
    /// Item of the part.
    pub item: usize,
    /// Item of the whole.
    pub of_item: usize,
    value: f64,
    /// `None` in `4 of them`.
    whole: Option<f64>,
    /// What is counted, in lower case and in the plural.
    noun: String,
}

impl Scene<'_, '_, '_> {
    /// The number at an item, in digits or in words.
    fn number_at(&self, at: usize) -> Option<f64> {
        match self.reading.items.get(at)?.what {
            What::Figure(figure) => self
                .reading
                .figures
                .get(figure)
                .filter(|figure| figure.decimals == 0 && figure.unit.as_deref().is_none_or(equal::is_counted))
                .map(|figure| figure.value),
            What::Number(value) => Some(value),
            _ => None,
        }
    }

    /// All parts of counts in the sentence.
    pub(super) fn parts(&self) -> Vec<Part> {
        (0..self.reading.items.len()).filter_map(|at| self.part_at(at)).collect()
    }

    fn part_at(&self, item: usize) -> Option<Part> {
        let value = self.number_at(item)?;
        let is_joining = |at: &usize| JOINING.contains(&self.reading.words(*at).to_lowercase().as_str());
        let between = (item + 1..self.reading.items.len()).take_while(is_joining).count();
        let of_item = item + 1 + between;
        let is_them = self.reading.words(of_item).eq_ignore_ascii_case("them");
        if between > 0 && is_them && KINDS.contains(&self.reading.words(of_item + 1).to_lowercase().as_str())
        {
            return Some(Part { item, of_item: item, value, whole: None, noun: "files".to_owned() });
        }
        let whole = Some(self.number_at(of_item).filter(|_| between > 0)?);
        let end = match self.reading.items.get(of_item)?.what {
            What::Figure(figure) => self.reading.figures.get(figure)?.range.start,
            _ => self.reading.items.get(of_item)?.range.start,
        };
        let behind = self.reading.text.get(end..)?.to_lowercase();
        let words = behind.split_whitespace().skip(1).take(3);
        let noun = words
            .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
            .find(|word| word.ends_with("files") || equal::counts_runs(word))?
            .to_owned();
        Some(Part { item, of_item, value, whole, noun })
    }

    /// Are part and whole facts?
    pub(super) fn part(&self, part: &Part) -> Result<Vec<Stated>, Rejection> {
        let found = if part.noun.ends_with("files") {
            self.files_of(part)
        } else if self.reading.says(Class::Failure) {
            self.failed_of(part)
        } else {
            self.runs_of(part)
        };
        let facts = found.filter(|facts| facts.iter().all(|fact| self.may_state(*fact)));
        let Some(facts) = facts else {
            let (value, whole) = (self.reading.words(part.item), self.reading.words(part.of_item));
            return Err(Rejection::new(
                Kind::Figure,
                format!("no fact counts `{value}` of `{whole}` {}", part.noun),
            ));
        };
        let items = [part.item, part.of_item].into_iter().cycle();
        Ok(facts.into_iter().zip(items).map(|(fact, item)| Stated { item, fact, same: Vec::new() }).collect())
    }

    /// Files of one kind among all.
    fn files_of(&self, part: &Part) -> Option<Vec<usize>> {
        let ledger = self.index.ledger;
        let is = |fact: &usize, value: f64| self.index.fact(*fact).is_some_and(|fact| fact.value == value);
        let lower = self.reading.text.to_lowercase();
        let mut named = KINDS.iter().filter(|kind| lower.contains(**kind));
        let (kind, None) = (named.next()?, named.next()) else { return None };
        let own =
            ledger.about(&format!("{kind} files"), Statistic::Count).filter(|fact| is(fact, part.value))?;
        let all = ledger.about("files", Statistic::Count)?;
        match part.whole {
            Some(whole) => is(&all, whole).then(|| vec![own, all]),
            None => Some(vec![own]),
        }
    }

    /// Failed runs of a group among all of its runs.
    fn failed_of(&self, part: &Part) -> Option<Vec<usize>> {
        let value = |fact: usize| self.index.fact(fact).map(|fact| fact.value);
        let failures = self.index.ledger.failures.iter().filter(|failure| {
            !failure.group.0.is_empty()
                && !self.referents.is_empty()
                && self.referents.iter().all(|referent| holds(&failure.group, &referent.dimensions))
        });
        let mut fitting = failures.filter_map(|failure| {
            let (failed, share) = (value(failure.failed)?, value(failure.share?)?);
            let all = (failed * 100.0 / share).round();
            (failed == part.value && Some(all) == part.whole).then_some(failure.failed)
        });
        let fact = fitting.next()?;
        fitting.next().is_none().then(|| vec![fact])
    }

    /// Runs of a group among those of the groups that one dimension tells apart from it.
    fn runs_of(&self, part: &Part) -> Option<Vec<usize>> {
        let dimensions: Vec<(&str, &str)> =
            self.referents.iter().flat_map(|referent| referent.dimensions.iter().copied()).collect();
        let runs = |row: &FactRow| self.index.value_of(row, Statistic::N);
        let metrics: Vec<&str> = self
            .rows()
            .map(|row| row.metric.0.name.as_str())
            .filter(|name| self.names_metric(name))
            .collect();
        let metric = metrics.first().filter(|first| metrics.iter().all(|other| other == *first))?;
        let of_metric = || self.rows().filter(|row| row.metric.0.name == *metric);
        let own = of_metric()
            .find(|row| holds(&row.group, &dimensions) && runs(row) == Some(part.value))
            .filter(|row| !row.group.0.is_empty())?;
        let is_whole = (0..dimensions.len()).any(|dropped| {
            let rest: Vec<(&str, &str)> =
                dimensions.iter().enumerate().filter(|(at, _)| *at != dropped).map(|(_, own)| *own).collect();
            let all = of_metric().filter(|row| row.is_comparable(own) && holds(&row.group, &rest));
            Some(all.filter_map(runs).sum::<f64>()) == part.whole
        });
        is_whole.then(|| own.index(self.index.ledger, Statistic::N)).flatten().map(|fact| vec![fact])
    }
}
