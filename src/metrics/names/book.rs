//! The metrics of the dictionary as values, made once.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use serde::{
    Deserialize as _,
    de::{
        IntoDeserializer as _,
        value::{Error, StrDeserializer},
    },
};

use super::{Better, Known, Metric, MetricEntry};
use crate::{
    ingest::field::{self, MetricWords},
    metrics::unit::Scale,
};

/// The metrics, ready to look up.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// In the order of the dictionary, whose rules name them by it.
    pub metrics: Vec<Metric>,
    pub by_known: HashMap<Known, Metric>,
    pub by_name: HashMap<String, Metric>,
}

pub(super) static BOOK: LazyLock<Book> = LazyLock::new(|| {
    let mut book = Book::default();
    for words in &field::dictionary().metrics {
        let metric = metric(words);
        if let Some(known) = metric.known() {
            book.by_known.insert(known, metric.clone());
        }
        book.by_name.insert(metric.name().to_owned(), metric.clone());
        book.metrics.push(metric);
    }
    book
});

fn metric(words: &MetricWords) -> Metric {
    let better = |higher: bool| if higher { Better::Higher } else { Better::Lower };
    Metric(Arc::new(MetricEntry {
        name: words.name.clone(),
        label: words.label.clone(),
        unit: Scale::of(&words.unit).unit,
        better: words.higher_is_better.map(better),
        rank: words.rank,
        known: words.known.as_deref().and_then(known),
    }))
}

/// What code calls a metric, by its name in the dictionary.
fn known(name: &str) -> Option<Known> {
    let name: StrDeserializer<'_, Error> = name.into_deserializer();
    Known::deserialize(name).ok()
}
