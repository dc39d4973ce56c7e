//! True figures pass, wrong ones are found: sentences against a ledger.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use proptest::prelude::{any, proptest};

use super::{
    ItemStatus::{Grounded, Mismatched, Structural, Ungrounded},
    *,
};
use crate::{
    grounding::fact::tests::ledger,
    ingest::{
        self,
        file::{Kind, Stamp},
        inventory::{Batch, Change, ReportFile},
    },
    metrics::library::Library,
};

/// Files of a folder: path and text.
pub(super) const FILES: [(&str, &str); 4] = [
    (
        "gemma3/small.csv",
        "model,num_gpu,tokens_s,ttft_s\n\
         gemma3:270m,60,290,0.061\ngemma3:270m,80,295,0.059\ngemma3:270m,80,300,0.06\ngemma3:270m,99,310.2,0.05825\n",
    ),
    (
        "gemma3/large.csv",
        "model,num_gpu,tokens_s,ttft_s\ngemma3:1b,60,180,0.128\ngemma3:1b,80,182.5,0.126\ngemma3:1b,99,184.25,0.125\n",
    ),
    ("bench/run_20251002.json", "{\"batch_size\": 8, \"epochs\": 25}"),
    (
        "notes.md",
        "# Notes\n\nThroughput of gemma3:4b was 512.5 tok/s.\n\n| Model | tok/s |\n|---|---|\n| gemma3:12b | 77.7 |\n",
    ),
];

/// 2025-11-14 18:53:30 UTC
const MODIFIED_NS: i128 = 1_763_146_410 * 1_000_000_000;

pub(super) fn batch() -> Batch {
    let change = |(path, text): &(&str, &str)| {
        let kind = match path.rsplit('.').next() {
            Some("json") => Kind::Json,
            Some("md") => Kind::Markdown,
            _ => Kind::Csv,
        };
        let document = ingest::parse(path, kind, text.as_bytes());
        Change::Read(Arc::new(ReportFile {
            path: (*path).into(),
            os_path: path.into(),
            kind,
            stamp: Stamp { length: text.len() as u64, modified_ns: MODIFIED_NS, ..Stamp::default() },
            status: document.status.unwrap(),
            generated: document.generated,
            document: Arc::new(document),
            digest: format!("{text:?}").into(),
        }))
    };
    Batch { changes: FILES.iter().map(change).collect(), ..Batch::default() }
}

/// The folder of these files.
pub(super) fn library() -> Library {
    let mut library = Library::default();
    library.apply(&batch());
    library
}

fn one(text: &str, expected: &[ItemStatus]) {
    let items = check(text, &ledger());
    let found: Vec<ItemStatus> = items.iter().map(|item| item.status).collect();
    assert_eq!(found, expected, "{text}: {items:#?}");
}

#[test]
fn figures_that_equal_a_fact_are_grounded() {
    for text in [
        "The median throughput of gemma3:270m is 297.5 tok/s.",
        "Throughput of gemma3:270m reached 310.25 tok/s at best.",
        "Throughput of gemma3:270m reached 310.2 tokens per second.",
        "The first run took 2,326 ms.",
        "The first run took 2.326 s.",
        "The first run took 2.33 seconds.",
        "The folder has 4 files.",
        "It holds 2 CSV files.",
        "2 failed rows are left out.",
        "TTFT of gemma3:1b was 125 ms in its best run.",
        "The median TTFT is 126 ms for gemma3:1b.",
        "gemma3:270m was measured in 5 runs.",
        "The best run had num_gpu=100.",
        "Use a num_gpu of 100 for it.",
    ] {
        one(text, &[Grounded]);
    }
}

#[test]
fn rounding_further_than_printed_is_no_agreement() {
    one("The median throughput of gemma3:270m is 296 tok/s.", &[Mismatched]);
    one("The median throughput of gemma3:270m is 298 tok/s.", &[Grounded]);
    one("The median throughput of gemma3:270m is 297.6 tok/s.", &[Mismatched]);
    one("The first run took 2.3 s.", &[Grounded]);
    one("The first run took 2.4 s.", &[Mismatched]);
}

#[test]
fn the_sentence_must_be_about_the_fact() {
    one("The median throughput of gemma3:1b is 297.5 tok/s.", &[Mismatched]);
    one("The mean throughput of gemma3:1b is 182.5 tok/s.", &[Mismatched]);
    one("The median throughput of gemma3:1b is 182.5 tok/s.", &[Grounded]);
    one("It holds 2 JSON files.", &[Mismatched]);
    one("CSV (37): latency.", &[Ungrounded]);
    one("There are 5 models.", &[Ungrounded]);
    one("Throughput is about 62 ms.", &[Mismatched]);
}

#[test]
fn other_numbers_have_no_ground() {
    one("It draws 75 W.", &[Ungrounded]);
    one("It is 20% faster.", &[Mismatched]);
    one("It is 2.5x faster.", &[Ungrounded]);
    one("Use num_gpu=999 instead.", &[Ungrounded]);
    one("½ of it", &[Ungrounded]);
    one("1. Use it.", &[Structural]);
    one("gemma3:270m in gemma3/small.csv", &[]);
}

#[test]
fn the_fact_is_named() {
    let ledger = ledger();
    let item = check("The median throughput of gemma3:1b is 182.5 tok/s.", &ledger).remove(0);
    let fact = &ledger.facts[item.fact.unwrap()];
    assert_eq!((fact.text.as_str(), fact.group.to_string().as_str()), ("182.5 tok/s", "model=gemma3:1b"));
}

/// Dates and places in an order are read by sentences of their own and not as a number.
fn is_read(statistic: Statistic) -> bool {
    !matches!(statistic, Statistic::Date | Statistic::Rank)
}

#[test]
fn every_fact_as_printed_is_grounded() {
    let ledger = ledger();
    let mut failed = Vec::new();
    for fact in ledger.facts.iter().filter(|fact| is_read(fact.statistic)) {
        let text = format!("It is {}.", fact.text);
        let items = check(&text, &ledger);
        if items.is_empty() || items.iter().any(|item| item.status != Grounded) {
            failed.push(format!("{text} {}: {items:?}", fact.statistic.name()));
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

proptest! {
    #[test]
    fn never_panics(text in any::<String>()) {
        check(&text, &ledger());
    }
}
