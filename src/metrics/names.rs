//! Which metric, dimension or other thing a column is: by its name, its unit and, where those
//! leave it open, the size of its numbers. The words are data, from `assets/metrics.toml`.

mod book;
mod measured;

/// Of how far values lie apart neither way is better, whatever the metric.
pub use crate::ingest::field::is_spread;

#[cfg(test)]
mod tests;

use std::{cell::RefCell, sync::Arc};

use serde::{Deserialize, Serialize};

use self::book::BOOK;
pub use self::measured::{measure, measure_labelled};
use super::unit::{Scale, Unit, UnitOrigin};
use crate::ingest::{
    cells::FastMap,
    field::{self, Role},
};

/// Sampling temperatures end at 2; above this it is the hardware's.
const MAX_TEMPERATURE: f64 = 5.0;
/// Shares of a whole end at 1; above this they are percents.
const MAX_SHARE: f64 = 1.0;
/// Columns remembered with their class; a folder of many schemas starts anew and not at once.
const MAX_KNOWN: usize = 8192;
/// A longer name is hardly met again.
const MAX_NAME: usize = 256;

/// Which way is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// Higher is better.
    Higher,
    /// Lower is better.
    Lower,
}

/// The metrics that code asks for by name. Everything else is data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Metric(pub Arc<MetricEntry>);

/// What the dictionary says of a metric.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
        BOOK.by_known.get(&known).cloned()
    }
    /// The dictionary's entry of a name (`throughput`).
    pub fn named(name: &str) -> Option<Self> {
        BOOK.by_name.get(name).cloned()
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

/// How large the numbers of a column are, as far as it tells what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// There are none.
    None,
    /// A share of a whole, or anything small.
    Share,
    /// A setting of a sampler, or anything.
    Setting,
    /// Above all of those.
    Large,
}

impl Size {
    /// Of a column with or without numbers.
    pub fn of(has_numbers: bool, highest: Option<f64>) -> Self {
        match highest {
            _ if !has_numbers => Self::None,
            Some(highest) if highest > MAX_TEMPERATURE => Self::Large,
            Some(highest) if highest > MAX_SHARE => Self::Setting,
            _ => Self::Share,
        }
    }
}

/// What is known of one name: by the unit beside it and the size of its numbers.
type Variants = Vec<(Option<Box<str>>, Size, Class)>;

thread_local! {
    // The same few headers come with every file: each is judged once.
    static KNOWN: RefCell<FastMap<Box<str>, Variants>> = RefCell::default();
}

/// What the column of this name is. `unit` stands beside the name; `has_numbers`: it holds
/// at least one number; `highest` is the largest of them. A column that was met before costs
/// a look-up.
pub fn classify(name: &str, unit: Option<&str>, has_numbers: bool, highest: Option<f64>) -> Class {
    let size = Size::of(has_numbers, highest);
    KNOWN.with_borrow_mut(|known| {
        let variants = known.get(name).map(Vec::as_slice).unwrap_or_default();
        let is_same =
            |(beside, of, _): &&(Option<Box<str>>, Size, Class)| *of == size && beside.as_deref() == unit;
        if let Some((_, _, class)) = variants.iter().find(is_same) {
            return class.clone();
        }
        let class = classify_anew(name, unit, size);
        if name.len() <= MAX_NAME {
            if known.len() >= MAX_KNOWN {
                known.clear();
            }
            let variants = known.entry(name.into()).or_default();
            if variants.len() >= MAX_KNOWN {
                variants.clear();
            }
            variants.push((unit.map(Box::from), size, class.clone()));
        }
        class
    })
}

fn classify_anew(name: &str, unit: Option<&str>, size: Size) -> Class {
    let facts = field::facts(name);
    let has_numbers = size != Size::None;
    let is_heat = size == Size::Large
        && facts.dimension.as_ref().is_some_and(|(dimension, _)| &**dimension == "temperature");
    if is_heat && let Some(metric) = Metric::named("gpu_temperature") {
        let origin = if unit.is_some() { UnitOrigin::Written } else { UnitOrigin::Guess };
        return Class::Metric(Measure { metric, scale: Scale::of("°C"), origin, statistic: None });
    }
    let has_own_unit = unit.is_some() && has_numbers;
    match facts.role {
        Some(Role::Dimension) if !has_own_unit => {
            return facts
                .dimension
                .as_ref()
                .map_or(Class::Other, |(name, _)| Class::Dimension(Arc::clone(name)));
        }
        // `Time (ms)` is measured, `time` is of the clock.
        Some(Role::Identifier) => {
            let found = if has_own_unit { measured::measure_sized(name, unit, size) } else { None };
            return found.map_or(Class::Identifier, Class::Metric);
        }
        Some(Role::Text) if !has_numbers => return Class::Text,
        _ => {}
    }
    if has_numbers {
        return measured::measure_sized(name, unit, size).map_or(Class::Other, Class::Metric);
    }
    Class::Other
}
