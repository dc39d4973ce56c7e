//! Shares of a spread that something explains: `num_gpu explains 40 % of the spread of throughput`.

use crate::grounding::{
    check::{
        Folder,
        amount::Print,
        lexicon::Name,
        scope::{Scope, Sentence},
        verdict::{Backing, NO_FACT, Verdict},
    },
    fact::Driver,
};

/// Words that say that one thing explains another, and words of what is explained.
const EXPLAINS: [&str; 6] = ["explain", "account", "attribut", "driven by", "drives", "caused by"];
const SPREADS: [&str; 5] = ["spread", "varia", "scatter", "dispersion", "fluctuation"];

/// Speaks a sentence of the share of a spread that something explains?
pub fn is_explained(sentence: &Sentence<'_>) -> bool {
    let lower = sentence.text.to_lowercase();
    EXPLAINS.iter().any(|word| lower.contains(word)) && SPREADS.iter().any(|word| lower.contains(word))
}

impl Folder<'_> {
    /// Judges such a share: a driver of a metric that the sentence names must have it.
    pub fn explained(&self, sentence: &Sentence<'_>, print: Print, scope: &Scope) -> Verdict {
        let ledger = self.evidence.ledger;
        let found = ledger.drivers.iter().find_map(|driver| {
            let fact = ledger.facts.get(driver.share)?;
            let is_it = print.is(fact.value, 1.0) && self.is_spoken_of(driver, sentence, scope);
            is_it.then(|| Backing::of(fact))
        });
        found.map_or_else(|| Verdict::Ungrounded(NO_FACT.to_owned()), Verdict::Grounded)
    }

    /// Names the sentence a driver, and no metric or group that is none of its?
    fn is_spoken_of(&self, driver: &Driver, sentence: &Sentence<'_>, scope: &Scope) -> bool {
        let is_metric = scope.metrics.is_empty()
            || sentence.mentions.iter().any(|mention| {
                let Name::Metrics(list) = &mention.name else { return false };
                list.iter().any(|metric| self.lexicon.metrics.get(*metric as usize) == Some(&driver.metric))
            });
        let is_group = driver.group.0.iter().all(|(key, value)| {
            let key = self.lexicon.keys.iter().position(|known| known == key);
            let key = key.and_then(|key| u32::try_from(key).ok()).unwrap_or(u32::MAX);
            let all = self.lexicon.values.get(key as usize);
            scope.everything.values.get(&key).is_none_or(|named| {
                named.iter().any(|named| all.and_then(|all| all.get(*named as usize)) == Some(value))
            })
        });
        let lower = sentence.text.to_lowercase();
        let spoken = driver.name.replace(['_', '.'], " ");
        let is_named = match &*driver.name {
            "start" => lower.contains("cold") || lower.contains("warm"),
            "position" => ["first", "position", "order"].iter().any(|word| lower.contains(word)),
            name => {
                lower.contains(name)
                    || lower.contains(&spoken)
                    || sentence.mentions.iter().any(|mention| match &mention.name {
                        Name::Key(key) => {
                            self.lexicon.keys.get(*key as usize).is_some_and(|key| **key == *name)
                        }
                        Name::Metrics(list) => list.iter().any(|metric| {
                            self.lexicon
                                .metrics
                                .get(*metric as usize)
                                .is_some_and(|metric| metric.name() == name)
                        }),
                        _ => false,
                    })
            }
        };
        is_metric && is_group && is_named
    }
}
