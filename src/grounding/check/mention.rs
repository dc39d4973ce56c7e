//! What a sentence names: groups of the data, metrics, statistics.

use std::{collections::BTreeSet, ops::Range};

use crate::{
    grounding::fact::{Ledger, Statistic},
    metrics::series::Group,
};

/// Shorter values of dimensions (`4`, `on`) are too common to be a name in prose.
const SHORTEST_NAME: usize = 3;

/// The names in a ledger, made once for a text.
#[derive(Debug)]
pub struct Names<'a> {
    /// Values of dimensions that hold a letter.
    values: BTreeSet<&'a str>,
    /// File names with their folders.
    paths: BTreeSet<&'a str>,
    /// Keys of dimensions whose values are numbers.
    keys: BTreeSet<&'a str>,
    /// Metrics: name in the ledger and its words in prose.
    metrics: Vec<(&'a str, Vec<String>)>,
}

impl<'a> Names<'a> {
    /// Collects them.
    pub fn of(ledger: &'a Ledger) -> Self {
        let mut names = Self {
            values: BTreeSet::new(),
            paths: BTreeSet::new(),
            keys: BTreeSet::new(),
            metrics: Vec::new(),
        };
        for fact in &ledger.facts {
            for (key, value) in &fact.group.0 {
                if is_name(value) {
                    names.values.insert(value);
                }
                if value.parse::<f64>().is_ok() {
                    names.keys.insert(key);
                }
            }
            names
                .paths
                .extend(fact.sources.iter().map(|source| source.path.as_ref()).filter(|path| *path != "."));
        }
        for row in &ledger.rows {
            let entry = &row.metric.0;
            if names.metrics.iter().all(|(name, _)| *name != entry.name) {
                let mut words = vec![entry.label.to_lowercase(), entry.name.replace('_', " ").to_lowercase()];
                words.dedup();
                names.metrics.push((&entry.name, words));
            }
        }
        names
    }

    /// What a sentence names.
    pub fn mentioned_in(&self, sentence: &str) -> Mentions<'a> {
        let mut covered = Vec::new();
        let mut values = Vec::new();
        for name in &self.values {
            let found = places(sentence, name);
            if !found.is_empty() {
                values.push(*name);
                covered.extend(found);
            }
        }
        for path in &self.paths {
            covered.extend(places(sentence, path));
            if let Some((_, name)) = path.rsplit_once('/') {
                covered.extend(places(sentence, name));
            }
        }
        // A model may be called `Sd` or `ttft-7b`: what its name says is said of nothing.
        let lower = without(sentence, &covered).to_lowercase();
        let is_named = |words: &Vec<String>| words.iter().any(|word| !places(&lower, word).is_empty());
        Mentions {
            covered,
            values,
            keys: self.keys.iter().copied().collect(),
            metrics: self
                .metrics
                .iter()
                .filter(|(_, words)| is_named(words))
                .map(|(name, _)| *name)
                .collect(),
            statistics: statistics(&lower),
        }
    }
}

/// A text with blanks in the place of some parts.
fn without(text: &str, parts: &[Range<usize>]) -> String {
    let is_in = |at: usize| parts.iter().any(|part| part.contains(&at));
    text.char_indices().map(|(at, letter)| if is_in(at) { ' ' } else { letter }).collect()
}

/// What one sentence names.
#[derive(Debug)]
pub struct Mentions<'a> {
    covered: Vec<Range<usize>>,
    values: Vec<&'a str>,
    keys: Vec<&'a str>,
    metrics: Vec<&'a str>,
    statistics: Vec<Class>,
}

impl Mentions<'_> {
    /// Does this place of the sentence lie in a name?
    pub fn cover(&self, at: usize) -> bool {
        self.covered.iter().any(|range| range.contains(&at))
    }
    /// The fact whose configuration has this number under a key that the sentence writes
    /// before it: `num_gpu=80`, `a context (num_ctx) of 2048`.
    pub fn dimension(&self, sentence: &str, at: usize, value: f64, ledger: &Ledger) -> Option<usize> {
        let before = sentence.get(..at)?.to_lowercase();
        let (_, key) = self
            .keys
            .iter()
            .filter_map(|key| {
                let spoken = key.replace('_', " ").to_lowercase();
                let place = before.rfind(&key.to_lowercase()).max(before.rfind(&spoken))?;
                let between = before.get(place + key.len()..).unwrap_or_default();
                let is_near = !between.contains([',', ';']) && between.split_whitespace().count() <= 4;
                (is_near && !between.bytes().any(|byte| byte.is_ascii_digit())).then_some((place, *key))
            })
            .max()?;
        ledger.facts.iter().position(|fact| {
            fact.group.0.iter().any(|(name, number)| {
                name.as_ref() == key
                    && number.parse::<f64>().is_ok_and(|number| (number - value).abs() < 1e-9)
            })
        })
    }
    /// No group is named, or this one is, or it is the whole folder. A group that has no
    /// name a sentence could use (`a`, `4`) cannot be told apart.
    pub fn allow_group(&self, group: &Group) -> bool {
        let mut of_group =
            group.0.iter().map(|(_, value)| value.as_ref()).filter(|value| is_name(value)).peekable();
        self.values.is_empty()
            || of_group.peek().is_none()
            || of_group.any(|name| self.values.contains(&name))
    }
    /// No metric is named, or this one is, or the subject is none.
    pub fn allow_metric(&self, subject: &str) -> bool {
        let is_count = subject.ends_with("files") || subject.ends_with("rows");
        self.metrics.is_empty() || is_count || self.metrics.contains(&subject)
    }
    /// Is this metric named?
    pub fn names_metric(&self, subject: &str) -> bool {
        self.metrics.contains(&subject)
    }
    /// No statistic is named, or one of this class is.
    pub fn allow(&self, statistic: Statistic) -> bool {
        let Some(class) = Class::of(statistic) else { return true };
        self.statistics.is_empty() || self.statistics.contains(&class)
    }
}

/// Statistics that a word can confuse with no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Mean,
    Median,
    Deviation,
    Tail,
    Extreme,
}

impl Class {
    fn of(statistic: Statistic) -> Option<Self> {
        match statistic {
            Statistic::Mean => Some(Self::Mean),
            Statistic::Median | Statistic::WarmMedian | Statistic::ColdMedian => Some(Self::Median),
            Statistic::Stddev => Some(Self::Deviation),
            Statistic::P95 => Some(Self::Tail),
            Statistic::Min | Statistic::Max | Statistic::Best | Statistic::Worst | Statistic::First => {
                Some(Self::Extreme)
            }
            _ => None,
        }
    }
}

fn statistics(lower: &str) -> Vec<Class> {
    const WORDS: [(&str, Class); 15] = [
        ("mean", Class::Mean),
        ("average", Class::Mean),
        ("median", Class::Median),
        ("standard deviation", Class::Deviation),
        ("sd", Class::Deviation),
        ("p95", Class::Tail),
        ("95th percentile", Class::Tail),
        ("minimum", Class::Extreme),
        ("maximum", Class::Extreme),
        ("min", Class::Extreme),
        ("max", Class::Extreme),
        ("peak", Class::Extreme),
        ("best", Class::Extreme),
        ("worst", Class::Extreme),
        ("first", Class::Extreme),
    ];
    let mut classes: Vec<Class> = Vec::new();
    for (word, class) in WORDS {
        if !classes.contains(&class) && !places(lower, word).is_empty() {
            classes.push(class);
        }
    }
    // "The best group has a median of": an extreme beside another statistic rules nothing out,
    // and alone it may be the best of the medians.
    if classes.contains(&Class::Extreme) {
        let others: Vec<Class> = classes.iter().copied().filter(|class| *class != Class::Extreme).collect();
        return if others.is_empty() { Vec::new() } else { classes };
    }
    classes
}

fn is_name(value: &str) -> bool {
    value.len() >= SHORTEST_NAME && value.chars().any(char::is_alphabetic)
}

/// Where a name stands as a word of its own.
fn places(text: &str, name: &str) -> Vec<Range<usize>> {
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    text.match_indices(name)
        .filter(|(at, _)| {
            let before = text.get(..*at).and_then(|before| before.chars().next_back());
            let behind = text.get(at + name.len()..).and_then(|behind| behind.chars().next());
            !before.is_some_and(is_part) && !behind.is_some_and(is_part)
        })
        .map(|(at, name)| at..at + name.len())
        .collect()
}
