//! Numbers of things in a sentence: files, rows, runs, models, in digits or in words.

use super::{
    Kind, Rejection, equal,
    figures::{Scene, Stated},
    index::holds,
    lexicon::Class,
    read::What,
};
use crate::grounding::fact::{FactRow, Statistic};

/// A number of things, in digits or in words.
pub struct Counted {
    /// Its item.
    pub item: usize,
    /// Its value.
    pub value: f64,
    /// As written.
    pub text: String,
    /// The unit behind it.
    pub unit: Option<String>,
    /// Byte behind it.
    pub end: usize,
}

impl Scene<'_, '_, '_> {
    /// The words behind a figure, at most two, in lower case.
    fn behind(&self, end: usize) -> (String, String) {
        let rest = self.reading.text.get(end..).unwrap_or_default().to_lowercase();
        let mut words = rest
            .split_whitespace()
            .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '-').to_owned());
        (words.next().unwrap_or_default(), words.next().unwrap_or_default())
    }

    pub(super) fn is_count(&self, item: usize, figure: usize) -> bool {
        let own = &self.reading.figures[figure];
        if let Some(unit) = self.unit_of(item, figure) {
            return equal::is_counted(&unit);
        }
        let (next, after) = self.behind(own.range.end);
        let is_noun =
            |word: &str| word.ends_with('s') || matches!(word, "file" | "row" | "run" | "model" | "value");
        is_noun(&next) || is_noun(&after)
    }

    /// Numbers in words: of files, rows, runs, models, or of the groups in the sentence.
    pub(super) fn number_words(&self, stated: &[Stated], done: &[usize]) -> Result<Vec<Stated>, Rejection> {
        let mut facts = Vec::new();
        for (item, what) in self.reading.items.iter().enumerate() {
            let What::Number(value) = what.what else { continue };
            let (next, after) = self.behind(what.range.end);
            let text = self.reading.words(item);
            let is_noun = |word: &str| word.ends_with('s') || matches!(word, "run" | "file" | "row");
            // `one of them`, `one model`: a pronoun.
            if value == 1.0 || next == "times" || done.contains(&item) {
                continue;
            }
            if is_noun(&next) || is_noun(&after) {
                let counted =
                    Counted { item, value, text: format!("{text} {next}"), unit: None, end: what.range.end };
                let found = self.count(&counted, stated).map_err(|rejection| Rejection {
                    kind: if rejection.kind == Kind::Figure { Kind::NumberWord } else { rejection.kind },
                    ..rejection
                })?;
                facts.extend(found);
            } else if value != self.referents.len() as f64 {
                return Err(Rejection::new(Kind::NumberWord, format!("`{text}`: no fact has this number")));
            }
        }
        Ok(facts)
    }

    /// A number of files, rows, runs, models.
    pub(super) fn count(&self, own: &Counted, stated: &[Stated]) -> Result<Vec<Stated>, Rejection> {
        let item = own.item;
        let (next, after) = self.behind(own.end);
        let noun = own.unit.clone().unwrap_or_else(|| next.clone()).to_lowercase();
        let two = if own.unit.is_some() { noun.clone() } else { format!("{next} {after}") };
        let plural = |word: &str| if word.ends_with('s') { word.to_owned() } else { format!("{word}s") };
        let mut subjects = vec![plural(&two), plural(&noun)];
        if own.unit.is_none() {
            // `1 partly read file`, and `two rows failed` where no group is named.
            let third = self.reading.text.get(own.end..).and_then(|rest| rest.split_whitespace().nth(2));
            let third = third.unwrap_or_default().trim_end_matches(|c: char| !c.is_alphanumeric());
            subjects.push(plural(&format!("{two} {}", third.to_lowercase())));
        }
        if self.reading.says(Class::Failure) && self.referents.is_empty() {
            subjects.push(format!("failed {}", plural(&noun)));
        }
        for subject in &subjects {
            // Of a group that is named, what it lost counts and not what the folder did.
            if let Some(fact) = self.failed_of_group(own, subject) {
                return Ok(vec![Stated { item, fact, same: Vec::new() }]);
            }
            let Some(fact) = self.index.ledger.about(subject, Statistic::Count) else { continue };
            let Some(known) = self.index.fact(fact) else { continue };
            if !self.may_state(fact) {
                return Err(Rejection::new(Kind::OffTopic, format!("`{}` is not its subject", own.text)));
            }
            if known.value == own.value {
                return Ok(vec![Stated { item, fact, same: Vec::new() }]);
            }
            return Err(Rejection::new(
                Kind::Figure,
                format!("`{}`: the folder has {}", own.text, known.text),
            ));
        }
        if equal::counts_runs(&noun) || (own.unit.is_none() && equal::counts_runs(&after)) {
            return self.runs(own, stated);
        }
        let count = self.index.count_of(&noun).or_else(|| {
            (noun == "metrics").then(|| {
                let names = self.index.metrics.iter().map(|measured| &measured.metric.0.name);
                names.collect::<std::collections::HashSet<_>>().len()
            })
        });
        match count {
            Some(count) if count as f64 == own.value => Ok(Vec::new()),
            Some(count) => Err(Rejection::new(
                Kind::Figure,
                format!("`{}`: the facts are about {count} {}", own.text, plural(&noun)),
            )),
            None => Err(Rejection::new(Kind::Figure, format!("no fact has `{}`", own.text))),
        }
    }

    /// A number of runs: of the row that the sentence's figure is from, or of its group.
    fn runs(&self, own: &Counted, stated: &[Stated]) -> Result<Vec<Stated>, Rejection> {
        let item = own.item;
        let before = stated.iter().rev().find(|stated| stated.item < item);
        // A setting named with a value before belongs to that value, not to the count of runs.
        let mut group = self.group_of(item)?;
        if let Some(group) = &mut group {
            group.retain(|(key, _)| self.index.is_row_key(key));
        }
        let group = group.filter(|group| !group.is_empty());
        // The value that the count stands beside, unless another group is named between.
        let beside = before.or_else(|| stated.iter().find(|stated| stated.item > item)).filter(|stated| {
            let fact = self.index.fact(stated.fact);
            group.as_ref().is_none_or(|group| fact.is_some_and(|fact| holds(&fact.group, group)))
        });
        let metrics = self.named_metrics(item);
        let rows: Vec<&FactRow> = match beside {
            Some(stated) => self
                .rows()
                .filter(|row| row.facts.iter().any(|fact| *fact == stated.fact || stated.same.contains(fact)))
                .collect(),
            None => self
                .index
                .metrics
                .iter()
                .enumerate()
                .filter(|(place, _)| metrics.as_ref().is_none_or(|metrics| metrics.contains(place)))
                .flat_map(|(_, measured)| measured.rows.iter().copied())
                .filter(|row| group.as_ref().is_none_or(|group| holds(&row.group, group)))
                .collect(),
        };
        let (next, _) = self.behind(own.end);
        let statistic = match next.as_str() {
            "cold" => Statistic::ColdN,
            "warm" => Statistic::WarmN,
            _ => Statistic::N,
        };
        let counts: Vec<usize> =
            rows.iter().filter_map(|row| row.index(self.index.ledger, statistic)).collect();
        let is_equal = |fact: &usize| self.index.fact(*fact).is_some_and(|fact| fact.value == own.value);
        // Without a metric the count must be one of the group's; without both, that of all.
        // The finding that the sentence is of says which of the group's rows is meant.
        let is_told = group.is_some() && (metrics.is_none() || self.about.is_some());
        let fits = if beside.is_some() || is_told {
            counts.iter().any(is_equal)
        } else {
            !counts.is_empty() && counts.iter().all(is_equal)
        };
        match counts.iter().copied().filter(is_equal).max_by_key(|fact| self.may_state(*fact)) {
            Some(fact) if fits && self.may_state(fact) => Ok(vec![Stated { item, fact, same: counts }]),
            _ => {
                let known = counts.first().and_then(|fact| self.index.fact(*fact));
                let known = known.map(|fact| format!(", {}", fact.text)).unwrap_or_default();
                Err(Rejection::new(
                    Kind::Figure,
                    format!("no fact of its group counts `{}`{known}", own.text),
                ))
            }
        }
    }
}
