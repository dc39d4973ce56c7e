//! The dictionary of metrics: names, canonical units, directions. Data, from
//! `assets/metrics.toml`.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use serde::Deserialize;

use super::unit::{Scale, Unit, UnitOrigin};
use crate::ingest::field::{self, Name, Role};

/// Rank of metrics that are known by their unit alone.
const GENERIC_RANK: u16 = 500;
/// Sampling temperatures end at 2; above this it is the hardware's.
const MAX_TEMPERATURE: f64 = 5.0;

/// Which way is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Higher is better.
    Higher,
    /// Lower is better.
    Lower,
}

/// The metrics that code asks for by name. Everything else is data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Known {
    /// Generated tokens ÷ decode time.
    Throughput,
    /// Prompt tokens ÷ prompt evaluation time.
    PrefillRate,
    /// Request → first token.
    Ttft,
    /// Gap between tokens.
    Itl,
    /// Request → weights resident.
    LoadDuration,
    /// Prefill time.
    PromptEvalDuration,
    /// Decode time.
    EvalDuration,
    /// Wall time of a call.
    TotalDuration,
    /// Any other latency.
    Latency,
}

/// A metric of the dictionary. Cheap to clone; equal by name.
#[derive(Clone, Debug)]
pub struct Metric(pub Arc<MetricEntry>);

/// What the dictionary says of a metric.
#[derive(Clone, Debug)]
pub struct MetricEntry {
    /// Machine name: `throughput`, `ttft`, `load_duration`.
    pub name: String,
    /// Name on screen: `Throughput`, `TTFT`, `Load duration`.
    pub label: String,
    /// Canonical unit.
    pub unit: Unit,
    /// Direction; `None` where neither is good.
    pub better: Option<Better>,
    /// How much a reader cares; 0 is most.
    pub rank: u16,
    /// Set when code asks for it by name.
    pub known: Option<Known>,
}

impl PartialEq for Metric {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}
impl Eq for Metric {}

impl Metric {
    /// Machine name.
    pub fn name(&self) -> &str {
        &self.0.name
    }
    /// Name on screen.
    pub fn label(&self) -> &str {
        &self.0.label
    }
    /// Canonical unit.
    pub fn unit(&self) -> &Unit {
        &self.0.unit
    }
    /// Direction; `None` where neither is good.
    pub fn better(&self) -> Option<Better> {
        self.0.better
    }
    /// How much a reader cares; 0 is most.
    pub fn rank(&self) -> u16 {
        self.0.rank
    }
    /// Set when code asks for it by name.
    pub fn known(&self) -> Option<Known> {
        self.0.known
    }
    /// The dictionary's entry of a metric that code knows.
    pub fn of(known: Known) -> Option<Self> {
        DICTIONARY.by_known.get(&known).cloned()
    }
    /// The dictionary's entry of a name (`throughput`).
    pub fn named(name: &str) -> Option<Self> {
        DICTIONARY.by_name.get(name).cloned()
    }
}

/// A column that is a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Which one.
    pub metric: Metric,
    /// From the file's unit to the canonical one.
    pub scale: Scale,
    /// How the unit became known.
    pub origin: UnitOrigin,
    /// `mean`, `p95`, …: somebody else's summary.
    pub statistic: Option<String>,
}

/// What a column is.
#[derive(Clone, Debug, PartialEq)]
pub enum Class {
    /// Measured.
    Metric(Measure),
    /// Tells configurations apart, under this name.
    Dimension(Arc<str>),
    /// Ids, times, hosts.
    Identifier,
    /// Free text.
    Text,
    /// A number that is neither: counts, settings nobody named.
    Other,
}

#[derive(Deserialize)]
struct Entries {
    metric: Vec<Entry>,
    never: Never,
}
#[derive(Deserialize)]
struct Entry {
    name: String,
    label: String,
    unit: String,
    file_unit: Option<String>,
    better: Option<Better>,
    rank: u16,
    known: Option<Known>,
    fields: Vec<String>,
    fields_with_unit: Vec<String>,
}
#[derive(Default, Deserialize)]
struct Never {
    words: Vec<String>,
    fields: Vec<String>,
}

/// A way to recognise a metric.
#[derive(Clone, Debug)]
struct Pattern {
    metric: Metric,
    needs_unit: bool,
    /// Unit of a file that names none; `None`: a guess that it is the canonical one.
    file_unit: Option<String>,
}

#[derive(Debug, Default)]
struct Dictionary {
    patterns: HashMap<String, Vec<Pattern>>,
    by_known: HashMap<Known, Metric>,
    by_name: HashMap<String, Metric>,
    never_words: Vec<String>,
    never_fields: Vec<String>,
}

// The embedded file is checked by a test; should it ever not parse, no name is a metric.
static DICTIONARY: LazyLock<Dictionary> = LazyLock::new(|| {
    let entries: Option<Entries> = toml::from_str(include_str!("../../assets/metrics.toml")).ok();
    let mut dictionary = Dictionary::default();
    let Some(entries) = entries else { return dictionary };
    dictionary.never_words = entries.never.words;
    dictionary.never_fields = entries.never.fields;
    for entry in entries.metric {
        let metric = dictionary.by_name.get(&entry.name).cloned().unwrap_or_else(|| {
            Metric(Arc::new(MetricEntry {
                name: entry.name,
                label: entry.label,
                unit: Scale::of(&entry.unit).unit,
                better: entry.better,
                rank: entry.rank,
                known: entry.known,
            }))
        });
        if let Some(known) = metric.known() {
            dictionary.by_known.insert(known, metric.clone());
        }
        dictionary.by_name.insert(metric.name().to_owned(), metric.clone());
        let sorts = [(entry.fields, false), (entry.fields_with_unit, true)];
        for (fields, needs_unit) in sorts {
            for field in fields {
                let pattern =
                    Pattern { metric: metric.clone(), needs_unit, file_unit: entry.file_unit.clone() };
                dictionary.patterns.entry(field).or_default().push(pattern);
            }
        }
    }
    dictionary
});

/// What the column of this name is. `unit` stands beside the name; `has_numbers`: it holds
/// at least one number; `highest` is the largest of them.
pub fn classify(name: &str, unit: Option<&str>, has_numbers: bool, highest: Option<f64>) -> Class {
    let role = field::role(name);
    let is_heat = role == Some(Role::Dimension)
        && highest.is_some_and(|highest| highest > MAX_TEMPERATURE)
        && field::dimension(name).is_some_and(|(dimension, _)| &*dimension == "temperature");
    if is_heat && let Some(metric) = Metric::named("gpu_temperature") {
        let origin = if unit.is_some() { UnitOrigin::Written } else { UnitOrigin::Guess };
        return Class::Metric(Measure { metric, scale: Scale::of("°C"), origin, statistic: None });
    }
    let has_own_unit = unit.is_some() && has_numbers;
    match role {
        Some(Role::Dimension) if !has_own_unit => {
            return field::dimension(name).map_or(Class::Other, |(dimension, _)| Class::Dimension(dimension));
        }
        Some(Role::Identifier) => return Class::Identifier,
        Some(Role::Text) if !has_numbers => return Class::Text,
        _ => {}
    }
    if has_numbers {
        return measure(name, unit).map_or(Class::Other, Class::Metric);
    }
    Class::Other
}

/// A nested name can be read as one (`power.draw`), by its owner (`ttft.p95_ms`), or by
/// its last part alone (`timing.p95_ms`): the reading that the dictionary knows is right.
fn best_reading(name: &str) -> Name {
    let is_known = |name: &Name| DICTIONARY.patterns.contains_key(&name.base);
    let owned = field::analyse(name);
    if !name.contains('.') {
        return owned;
    }
    let whole = field::analyse_whole(name);
    if is_known(&whole) {
        return whole;
    }
    let leaf = field::analyse(name.rsplit('.').next().unwrap_or(name));
    if leaf.base.is_empty() && leaf.unit.is_some() && !is_known(&owned) { leaf } else { owned }
}

/// The metric that a name and the unit beside it say.
pub fn measure(name: &str, beside: Option<&str>) -> Option<Measure> {
    let dictionary = &*DICTIONARY;
    let Name { base, statistic, unit } = best_reading(name);
    let words: Vec<&str> = base.split(' ').filter(|word| !word.is_empty()).collect();
    let is_never = |word: &&str| dictionary.never_words.iter().any(|never| never == word);
    let is_setting = words.iter().any(is_never) || dictionary.never_fields.contains(&base);
    if is_setting {
        return None;
    }
    let (written, origin) = match (beside, unit) {
        (Some(beside), _) => (Some(beside.to_owned()), UnitOrigin::Written),
        (None, Some(suffix)) => (Some(suffix), UnitOrigin::Suffix),
        (None, None) => (None, UnitOrigin::Guess),
    };
    let scale = written.as_deref().map(Scale::of);
    let patterns = dictionary.patterns.get(&base).map(Vec::as_slice).unwrap_or_default();
    for pattern in patterns {
        match &scale {
            Some(scale) if scale.unit == *pattern.metric.unit() => {
                let origin = if scale.is_ambiguous { UnitOrigin::Guess } else { origin };
                return Some(Measure {
                    metric: pattern.metric.clone(),
                    scale: scale.clone(),
                    origin,
                    statistic,
                });
            }
            None if !pattern.needs_unit => {
                let origin = match &pattern.file_unit {
                    Some(_) => UnitOrigin::Tool,
                    // A plain number needs no unit: nothing is guessed.
                    None if *pattern.metric.unit() == Unit::None => UnitOrigin::Suffix,
                    None => UnitOrigin::Guess,
                };
                let scale = Scale::of(pattern.file_unit.as_deref().unwrap_or(pattern.metric.unit().symbol()));
                return Some(Measure { metric: pattern.metric.clone(), scale, origin, statistic });
            }
            _ => {}
        }
    }
    let scale = scale?;
    if words.is_empty() || !is_measurable(&scale.unit) {
        return None;
    }
    let origin = if scale.is_ambiguous { UnitOrigin::Guess } else { origin };
    Some(Measure { metric: generic(&words, &scale.unit)?, scale, origin, statistic })
}

/// Units of things that are measured; `blocks`, `threads` and the like are counts.
fn is_measurable(unit: &Unit) -> bool {
    match unit {
        Unit::None | Unit::Tokens => false,
        Unit::Other(written) => {
            written.ends_with("/s") || written.ends_with("/token") || field::unit_symbol(written).is_some()
        }
        _ => true,
    }
}

/// A metric known by its unit alone: it has its own name.
fn generic(words: &[&str], unit: &Unit) -> Option<Metric> {
    let better = match unit {
        Unit::TokensPerSecond | Unit::RequestsPerSecond => Some(Better::Higher),
        Unit::Milliseconds => Some(Better::Lower),
        _ => None,
    };
    // Rates keep their unit in the name: `total` in tok/s is no time called `total`.
    let suffix = match unit {
        Unit::TokensPerSecond => "_rate",
        _ => "",
    };
    let name = format!("{}{suffix}", words.join("_"));
    let name = match Metric::named(&name) {
        Some(known) if known.unit() == unit => return Some(known),
        // The share of `memory` is a thing of its own; a throughput in bytes is no metric
        // we can name.
        Some(_) if *unit == Unit::Percent => format!("{name}_percent"),
        Some(_) => return None,
        None => name,
    };
    let mut label = words.join(" ");
    if let Some(first) = label.get(..1) {
        let first = first.to_uppercase();
        label.replace_range(..1, &first);
    }
    let entry = MetricEntry { name, label, unit: unit.clone(), better, rank: GENERIC_RANK, known: None };
    Some(Metric(Arc::new(entry)))
}
