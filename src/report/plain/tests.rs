//! A model's answer against the prose that is taken over.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::grounding::{
    check::{ItemStatus, check},
    fact::tests::{ledger, sample},
};

#[test]
fn code_says_what_the_facts_say() {
    let (inventory, ..) = sample();
    let ledger = ledger();
    let texts: Vec<String> = findings(&ledger, &inventory).into_iter().map(|plain| plain.text).collect();
    assert_eq!(
        texts,
        [
            "Throughput was best for gemma3:270m, with a median of 297.5 tok/s over 5 runs, and worst for gemma3:1b, with a median of 182.5 tok/s over 3 runs.",
            "TTFT was best for gemma3:270m, with a median of 63.5 ms over 5 runs, and worst for gemma3:1b, with a median of 126 ms over 3 runs.",
            "The best single run of gemma3:270m reached 310.2 tok/s in throughput with num_gpu=100.",
            "The first run in gemma3/small.csv took 2,326 ms in TTFT, against a median of 63.5 ms for gemma3:270m: it paid for a cold start.",
            "2 failed rows are counted apart and in no statistic, for instance in gemma3/large.csv.",
            "The folder has 1 partly read file, the first of them broken.json.",
        ]
    );
}

#[test]
fn every_figure_of_codes_own_prose_is_grounded() {
    let (inventory, ..) = sample();
    let ledger = ledger();
    let risks = risks(&ledger).into_iter().map(|(risk, _)| risk);
    let all = findings(&ledger, &inventory)
        .into_iter()
        .chain(summary(&ledger))
        .chain(recommendations(&ledger, &inventory))
        .chain(risks);
    for plain in all {
        for item in check(&plain.text, &ledger) {
            let fine = matches!(item.status, ItemStatus::Grounded | ItemStatus::Structural);
            assert!(fine, "{}: {item:?}", plain.text);
        }
        assert!(
            plain
                .facts
                .iter()
                .all(|&index| plain.text.contains(&ledger.facts[index].text) || plain.topic == "Warm-up")
        );
    }
}

#[test]
fn an_empty_folder_gets_true_sentences_too() {
    let ledger = Ledger::of(&crate::metrics::library::Library::default());
    let inventory = Inventory::default();
    let text = |list: Vec<Plain>| list.into_iter().map(|plain| plain.text).collect::<Vec<_>>();
    let nothing = "The folder has no CSV, JSON or Markdown file yet, so there is nothing to measure.";
    assert_eq!(text(findings(&ledger, &inventory)), [nothing]);
    assert_eq!(text(summary(&ledger)), [nothing]);
    assert_eq!(recommendations(&ledger, &inventory).len(), 1);
    assert!(risks(&ledger).len() >= 2);
}
