//! The ledger made ready for reading sentences: its names, metrics, rows and days.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::lexicon::lexicon;
use crate::{
    grounding::{
        fact::{Fact, FactRow, Ledger, Statistic},
        figure::{Day, dates},
    },
    metrics::{
        names::{Better, Known, Metric},
        series::{Group, Nature},
        unit::Unit,
    },
};

/// A group with fewer runs is compared with nothing while others have as many.
pub const LEAST_RUNS: f64 = 3.0;
/// Longer values of a dimension (a whole prompt) are no names.
const LONGEST_NAME: usize = 64;
/// Last words of metrics that stand for none of them alone.
const COMMON: [&str; 8] = ["duration", "time", "rate", "size", "count", "length", "total", "value"];

/// What a name in a sentence stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entity<'a> {
    /// The value of a dimension.
    Value(&'a str, &'a str),
    /// The tag of a model (`270m`), which may be a size of anything: key, value.
    Tag(&'a str, &'a str),
    /// A dimension.
    Key(&'a str),
    /// Metrics of these indices: one, or several that share a word.
    Metric(Vec<usize>),
    /// A file, or another name that was given.
    File,
}

/// A metric of the ledger and its rows.
#[derive(Debug)]
pub struct Measured<'a> {
    /// The metric.
    pub metric: &'a Metric,
    /// The unit of its values.
    pub unit: &'a Unit,
    /// Its rows.
    pub rows: Vec<&'a FactRow>,
}

impl Measured<'_> {
    /// Which way is good.
    pub fn better(&self) -> Option<Better> {
        self.metric.0.better
    }
    /// Says it how fast something is?
    pub fn is_speed(&self) -> bool {
        self.metric.0.known.is_some()
    }
}

/// The ledger, ready.
#[derive(Debug)]
pub struct Index<'a> {
    /// The ledger.
    pub ledger: &'a Ledger,
    /// Its metrics, most wanted first.
    pub metrics: Vec<Measured<'a>>,
    /// Of each fact the metric, where it has one.
    pub metric_of: Vec<Option<usize>>,
    /// By first word: all words and the entity, the longest first.
    entities: HashMap<String, Vec<(Vec<String>, Entity<'a>)>>,
    /// Values of each dimension.
    dimensions: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Words that may be used without a check: parts of names, units, fields.
    names: HashSet<String>,
    days: BTreeSet<(i32, u32, u32)>,
}

impl<'a> Index<'a> {
    /// Of a ledger and of further names.
    pub fn new(ledger: &'a Ledger, names: &[String]) -> Self {
        let mut index = Self {
            ledger,
            metrics: Vec::new(),
            metric_of: Vec::new(),
            entities: HashMap::new(),
            dimensions: BTreeMap::new(),
            names: HashSet::new(),
            days: BTreeSet::new(),
        };
        index.learn_rows();
        index.learn_groups();
        index.learn_metrics();
        let files =
            ledger.facts.iter().flat_map(|fact| fact.sources.iter()).map(|source| source.path.as_ref());
        let files: BTreeSet<&str> = files.filter(|path| *path != ".").collect();
        for name in files.into_iter().chain(names.iter().map(String::as_str)) {
            index.learn_file(name);
        }
        index.names.extend(ledger.drivers.iter().map(|driver| driver.name.to_lowercase()));
        index.learn_days();
        for list in index.entities.values_mut() {
            list.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        }
        index
    }

    fn learn_rows(&mut self) {
        let mut places: HashMap<(&str, Nature, &Unit), usize> = HashMap::new();
        for row in &self.ledger.rows {
            let place = *places.entry((&row.metric.0.name, row.nature, &row.unit)).or_insert_with(|| {
                self.metrics.push(Measured { metric: &row.metric, unit: &row.unit, rows: Vec::new() });
                self.metrics.len() - 1
            });
            if let Some(measured) = self.metrics.get_mut(place) {
                measured.rows.push(row);
            }
        }
        self.metric_of = vec![None; self.ledger.facts.len()];
        for (place, measured) in self.metrics.iter().enumerate() {
            for &fact in measured.rows.iter().flat_map(|row| &row.facts) {
                if let Some(of) = self.metric_of.get_mut(fact) {
                    *of = Some(place);
                }
            }
        }
        // A ledger that travelled in part may have facts without their rows.
        for (of, fact) in self.metric_of.iter_mut().zip(&self.ledger.facts) {
            if of.is_none() {
                *of = self.metrics.iter().position(|measured| measured.metric.0.name == fact.subject);
            }
        }
    }

    fn learn_groups(&mut self) {
        let groups: HashSet<&Group> = self.ledger.facts.iter().map(|fact| fact.group.as_ref()).collect();
        for (key, value) in groups.into_iter().flat_map(|group| &group.0) {
            self.dimensions.entry(key).or_default().insert(value);
        }
        let mut parts: HashMap<String, Vec<Entity<'a>>> = HashMap::new();
        for (&key, values) in &self.dimensions.clone() {
            // Failures are told by file: a file is named as one.
            if key == "file" {
                continue;
            }
            self.names.insert(key.to_lowercase());
            self.add(key, Entity::Key(key));
            self.add(&key.replace('_', " "), Entity::Key(key));
            for processor in ["gpu", "cpu", "cuda"] {
                let holds = |text: &str| text.to_lowercase().contains(processor);
                if holds(key) || values.iter().any(|value| holds(value)) {
                    self.names.insert(processor.to_owned());
                }
            }
            for &value in values {
                // A model that is named by its file goes by the file's own name.
                if let Some((_, file)) = value.rsplit_once('/').filter(|(_, file)| file.contains('.')) {
                    self.add(file, Entity::Value(key, value));
                }
                if value.len() > LONGEST_NAME || !value.chars().any(char::is_alphabetic) {
                    continue;
                }
                let lower = value.to_lowercase();
                // A value that is a word of the language (`on`, `short`) is no name in prose.
                if lexicon().class(&[&lower]).is_none() {
                    self.add(value, Entity::Value(key, value));
                }
                if let Some((family, tag)) = lower.split_once(':') {
                    parts.entry(family.to_owned()).or_default().push(Entity::Value(key, value));
                    parts.entry(tag.to_owned()).or_default().push(Entity::Tag(key, value));
                }
            }
        }
        // `the 270m`, `SmolLM2`: a part of a name that belongs to no other.
        for (part, of) in parts {
            if let [entity] = of.as_slice()
                && lexicon().class(&[&part]).is_none()
            {
                self.add(&part, entity.clone());
            }
        }
    }

    fn learn_metrics(&mut self) {
        let mut words: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, measured) in self.metrics.iter().enumerate() {
            let entry = &measured.metric.0;
            let mut all = vec![entry.label.to_lowercase(), entry.name.replace('_', " ").to_lowercase()];
            all.extend(measured.rows.iter().map(|row| row.field.to_lowercase()));
            let spoken: &[&str] = match entry.known {
                Some(Known::Throughput) => &[
                    "throughput",
                    "token rate",
                    "generation speed",
                    "decode speed",
                    "tokens per second",
                    "speed",
                    "tok/s",
                    "tokens/s",
                    "generation rate",
                ],
                Some(Known::PrefillRate) => &[
                    "prefill rate",
                    "prefill speed",
                    "prefill throughput",
                    "prompt processing",
                    "prompt processing speed",
                ],
                Some(Known::Ttft) => &[
                    "ttft",
                    "time to first token",
                    "time-to-first-token",
                    "first token",
                    "first-token latency",
                ],
                Some(Known::LoadDuration) => {
                    &["load duration", "load time", "loading time", "load times", "loading"]
                }
                Some(Known::PromptEvalDuration) => {
                    &["prompt eval duration", "prompt evaluation", "prompt eval time", "prefill time"]
                }
                Some(Known::EvalDuration) => {
                    &["eval duration", "evaluation duration", "eval time", "decode time"]
                }
                Some(Known::TotalDuration) => &["total duration", "total time"],
                Some(Known::Latency) => &["latency", "latencies"],
                Some(Known::Itl) => &["itl", "inter-token latency"],
                None => &[],
            };
            all.extend(spoken.iter().map(|&word| word.to_owned()));
            for word in all {
                let places = words.entry(word).or_default();
                if !places.contains(&place) {
                    places.push(place);
                }
            }
        }
        // `memory` for `peak memory`, where no other metric ends with the word.
        for (place, measured) in self.metrics.iter().enumerate() {
            let last = measured.metric.0.name.rsplit('_').next().unwrap_or_default();
            let ends_so = |other: &&Measured<'_>| other.metric.0.name.rsplit('_').next() == Some(last);
            let names = self.metrics.iter().filter(ends_so).map(|other| &other.metric.0.name);
            if !COMMON.contains(&last) && names.collect::<HashSet<_>>().len() == 1 {
                let places = words.entry(last.to_lowercase()).or_default();
                if !places.contains(&place) {
                    places.push(place);
                }
            }
        }
        // `latency` in a folder that measures none means one of its times to an answer.
        if !words.contains_key("latency") {
            let is_wait = |known| matches!(known, Some(Known::Ttft | Known::Itl | Known::TotalDuration));
            let waits = self.metrics.iter().enumerate();
            let waits: Vec<usize> = waits
                .filter(|(_, measured)| is_wait(measured.metric.0.known))
                .map(|(place, _)| place)
                .collect();
            if !waits.is_empty() {
                words.insert("latency".to_owned(), waits);
            }
        }
        for (word, places) in words {
            self.add(&word, Entity::Metric(places));
        }
    }

    fn learn_file(&mut self, name: &str) {
        self.add(name, Entity::File);
        let base = name.rsplit('/').next().unwrap_or(name);
        let stem = base.rsplit_once('.').map_or(base, |(stem, _)| stem);
        for part in [base, stem] {
            // A file `sweep.csv` makes no name of the word `sweep`.
            if part.contains(|c: char| c.is_ascii_digit() || matches!(c, '.' | '_')) {
                self.add(part, Entity::File);
            }
        }
        for folder in name.split('/') {
            self.names.insert(folder.to_lowercase());
        }
        self.names.insert(stem.to_lowercase());
    }

    fn learn_days(&mut self) {
        let dated = self.ledger.facts.iter().filter(|fact| fact.statistic == Statistic::Date);
        self.days.extend(dated.flat_map(days_of));
    }

    /// The first meaning of a name stays.
    fn add(&mut self, name: &str, entity: Entity<'a>) {
        let words: Vec<String> = name.to_lowercase().split_whitespace().map(str::to_owned).collect();
        let Some(first) = words.first().cloned() else { return };
        let list = self.entities.entry(first).or_default();
        if !list.iter().any(|(known, _)| *known == words) {
            list.push((words, entity));
        }
    }

    /// The longest name at the start of these words, and how many it takes.
    pub fn entity(&self, words: &[&str]) -> Option<(&Entity<'a>, usize)> {
        let list = self.entities.get(*words.first()?)?;
        let (known, entity) = list.iter().find(|(known, _)| {
            known.len() <= words.len() && known.iter().zip(words).all(|(known, word)| known == word)
        })?;
        Some((entity, known.len()))
    }

    /// May this word be used as a name?
    pub fn has_name(&self, word: &str) -> bool {
        self.names.contains(word)
    }
    /// A dimension by its key, in any case.
    pub fn key(&self, word: &str) -> Option<&'a str> {
        self.dimensions.keys().copied().find(|key| key.eq_ignore_ascii_case(word))
    }
    /// The value of a dimension as it stands in the data.
    pub fn value(&self, key: &str, written: &str) -> Option<&'a str> {
        let number = written.replace(',', "").parse::<f64>().ok();
        self.dimensions.get(key)?.iter().copied().find(|value| {
            value.eq_ignore_ascii_case(written)
                || number.is_some_and(|number| value.parse::<f64>().is_ok_and(|value| value == number))
        })
    }
    /// The longest value of a dimension that a text begins with, blanks and brackets in it.
    pub fn value_before(&self, key: &str, text: &str) -> Option<&'a str> {
        let begins =
            |value: &&str| text.get(..value.len()).is_some_and(|start| start.eq_ignore_ascii_case(value));
        self.dimensions.get(key)?.iter().copied().filter(begins).max_by_key(|value| value.len())
    }
    /// The dimension that a counted thing is a setting of: `layers`, `threads`.
    pub fn key_of_unit(&self, word: &str) -> Option<&'a str> {
        let word = word.trim_end_matches('s');
        let is_of = |key: &&str| {
            let lower = key.to_lowercase();
            let bare =
                lower.trim_start_matches("num_").trim_start_matches("n_").trim_end_matches('s').to_owned();
            bare == word || (word == "layer" && matches!(bare.as_str(), "gpu" | "gpu_layer"))
        };
        self.dimensions.keys().copied().find(is_of)
    }
    /// How many different values a dimension has in the rows.
    pub fn count_of(&self, noun: &str) -> Option<usize> {
        let noun = noun.trim_end_matches('s');
        self.dimensions.iter().find(|(key, _)| **key == noun).map(|(_, values)| values.len())
    }
    /// Is it, as far as it says, the date of a fact?
    pub fn has_day(&self, day: Option<Day>) -> bool {
        self.days.iter().any(|known| is_day(day, *known))
    }
    /// A fact.
    pub fn fact(&self, index: usize) -> Option<&'a Fact> {
        self.ledger.facts.get(index)
    }
    /// A statistic of a row.
    pub fn value_of(&self, row: &FactRow, statistic: Statistic) -> Option<f64> {
        row.fact(self.ledger, statistic).map(|fact| fact.value)
    }
    /// Does any fact's group have all of these dimensions?
    pub fn has_group(&self, wanted: &[(&str, &str)]) -> bool {
        self.ledger.facts.iter().any(|fact| holds(&fact.group, wanted))
    }
    /// Does any row's group have all of these dimensions?
    pub fn has_row(&self, wanted: &[(&str, &str)]) -> bool {
        self.ledger.rows.iter().any(|row| holds(&row.group, wanted))
    }
    /// Is a key one that tells rows apart?
    pub fn is_row_key(&self, key: &str) -> bool {
        self.ledger.rows.iter().any(|row| row.group.get(key).is_some())
    }
}

/// The whole dates in the text of a fact.
pub fn days_of(fact: &Fact) -> impl Iterator<Item = (i32, u32, u32)> {
    dates(&fact.text).into_iter().filter_map(|date| match date.day {
        Some((year, Some(month), Some(day))) => Some((year, month, day)),
        _ => None,
    })
}

/// Is a date, as far as it says, this day?
pub fn is_day(written: Option<Day>, known: (i32, u32, u32)) -> bool {
    written.is_some_and(|(year, month, day)| {
        known.0 == year && month.is_none_or(|month| month == known.1) && day.is_none_or(|day| day == known.2)
    })
}

/// Has a group all of these dimensions?
pub fn holds(group: &Group, wanted: &[(&str, &str)]) -> bool {
    wanted.iter().all(|(key, value)| group.get(key).is_some_and(|own| own.as_ref() == *value))
}
