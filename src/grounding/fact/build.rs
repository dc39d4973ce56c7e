//! From a library to its facts: each is made once, named, and put where a reader wants it.

use std::sync::Arc;

use super::{
    Fact, Ledger, Source, Statistic,
    identify::Ids,
    rank::{Tier, ranked},
};
use crate::{
    ingest::inventory::Inventory,
    metrics::{
        format,
        library::Errors,
        series::{Group, Series, Value},
        unit::Unit,
    },
};

/// What facts are made of.
pub struct Material<'a> {
    /// The files.
    pub inventory: &'a Inventory,
    /// The series by their usual groups.
    pub series: Vec<&'a Series>,
    /// The same values, all groups of a field together; none in folders of very many values.
    pub whole: Vec<&'a Series>,
    /// Failed rows by file.
    pub failed: &'a [(Arc<str>, u64)],
    /// What failed rows say of their errors, by file.
    pub errors: &'a [(&'a Arc<str>, &'a Errors)],
}

/// Computes every fact of the folder.
pub fn ledger(material: &Material<'_>) -> Ledger {
    let mut builder = Builder::of(material);
    builder.listing();
    builder.left_out();
    let ranked = ranked(&material.series);
    let sources: Vec<Sources> = ranked.iter().map(|series| builder.sources(series)).collect();
    builder.rows(&ranked, &sources);
    builder.relations(&ranked, &sources);
    builder.drivers(&ranked);
    builder.front();
    builder.failures();
    builder.outliers(&ranked);
    builder.trends(&ranked, &sources);
    builder.finish()
}

/// Where a fact comes from; shared by those that come from the same.
pub type Sources = Arc<[Source]>;

/// The ledger as it grows.
pub struct Builder<'a> {
    pub material: &'a Material<'a>,
    pub ledger: Ledger,
    ids: Ids,
    /// Of each fact.
    tiers: Vec<Tier>,
}

/// A fact's group, value and unit before it is printed.
pub struct Measured<'a> {
    pub subject: &'a str,
    pub statistic: Statistic,
    pub group: &'a Arc<Group>,
    pub value: f64,
    pub unit: Unit,
}

impl Measured<'_> {
    /// The fact, printed as its statistic and unit are.
    pub fn fact(self, sources: &Sources) -> Fact {
        let text = format::value(self.value, &self.unit);
        self.printed(text, sources)
    }
    /// The fact with a text of its own.
    pub fn printed(self, text: String, sources: &Sources) -> Fact {
        Fact {
            id: String::new(),
            subject: self.subject.to_owned(),
            statistic: self.statistic,
            group: Arc::clone(self.group),
            other: None,
            verdict: None,
            driver: None,
            value: self.value,
            unit: self.unit,
            text,
            sources: Arc::clone(sources),
        }
    }
}

impl<'a> Builder<'a> {
    fn of(material: &'a Material<'a>) -> Self {
        Self { material, ledger: Ledger::default(), ids: Ids::default(), tiers: Vec::new() }
    }

    /// Adds a fact, unless its value is no number; its index. `slug` names it beside its
    /// subject and statistic: it holds what tells it from all others, and nothing that other
    /// files could change.
    pub fn push(&mut self, mut fact: Fact, tier: Tier, slug: &str) -> Option<usize> {
        if !fact.value.is_finite() {
            return None;
        }
        fact.id = self.ids.id(&format!("{}|{}|{slug}", fact.subject, fact.statistic.name()));
        self.ledger.facts.push(fact);
        self.tiers.push(tier);
        Some(self.ledger.facts.len() - 1)
    }

    /// The fact that says the same already, else this one.
    pub fn push_once(&mut self, fact: Fact, tier: Tier, slug: &str) -> Option<usize> {
        let is_same = |known: &Fact| {
            known.statistic == fact.statistic
                && known.value == fact.value
                && known.subject == fact.subject
                && known.unit == fact.unit
                && known.group == fact.group
                && (&known.other, &known.driver) == (&fact.other, &fact.driver)
        };
        match self.ledger.facts.iter().position(is_same) {
            Some(known) => Some(known),
            None => self.push(fact, tier, slug),
        }
    }

    /// One source more or less of a file.
    pub fn source(&self, path: &Arc<str>, line: Option<u32>, field: &Arc<str>, rows: u64) -> Source {
        Source {
            path: Arc::clone(path),
            line,
            field: Arc::clone(field),
            rows: u32::try_from(rows).unwrap_or(u32::MAX),
            digest: self
                .material
                .inventory
                .get(path)
                .map(|file| Arc::clone(&file.digest))
                .unwrap_or_default(),
        }
    }

    /// The files of a series, each with its first line and how many values it gives.
    pub fn sources(&self, series: &Series) -> Sources {
        let mut sources: Vec<(u32, Source)> = Vec::new();
        // By file and line: those of one file follow each other.
        for value in series.values.iter() {
            match sources.last_mut() {
                Some((file, source)) if *file == value.file => source.rows = source.rows.saturating_add(1),
                _ => sources.extend(self.place(series, value).map(|source| (value.file, source))),
            }
        }
        sources.into_iter().map(|(_, source)| source).collect()
    }

    /// Where one value stands.
    pub fn place(&self, series: &Series, value: Value<'_>) -> Option<Source> {
        let path = series.files.get(value.file as usize)?;
        Some(self.source(path, Some(value.line), &series.field, 1))
    }

    /// Most wanted first; of one tier in the order in which they were made.
    fn finish(self) -> Ledger {
        let mut order: Vec<usize> = (0..self.ledger.facts.len()).collect();
        order.sort_by_key(|&index| self.tiers.get(index));
        self.ledger.taken(&order)
    }
}
