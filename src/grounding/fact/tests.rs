//! Libraries and ledgers for tests of this and other modules.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::float_cmp)]

mod kinds;

use std::sync::{Arc, LazyLock};

use super::*;
use crate::{
    ingest::{
        file::{Document, Kind, Problem, Stamp, Status},
        inventory::{Batch, Change, Inventory, ReportFile},
    },
    metrics::{
        names::{Known, MetricEntry},
        series::{Exclusion, Series, Value, Values},
        stats::Stats,
        unit::UnitOrigin,
    },
    text::sanitize::Shown,
};

/// 2025-11-14 18:53:30 UTC
pub(crate) const MODIFIED_NS: i128 = 1_763_146_410 * 1_000_000_000;

pub(crate) fn metric(name: &str, known: Known, better: Better, unit: Unit, rank: u16) -> Metric {
    let spaced = name.replace('_', " ");
    let label = if known == Known::Ttft {
        "TTFT".to_owned()
    } else {
        format!("{}{}", spaced[..1].to_uppercase(), &spaced[1..])
    };
    Metric(Arc::new(MetricEntry {
        name: name.to_owned(),
        label,
        unit,
        better: Some(better),
        rank,
        known: Some(known),
    }))
}

pub(crate) fn throughput() -> Metric {
    metric("throughput", Known::Throughput, Better::Higher, Unit::TokensPerSecond, 0)
}

pub(crate) fn ttft() -> Metric {
    metric("ttft", Known::Ttft, Better::Lower, Unit::Milliseconds, 1)
}

pub(crate) fn group(dimensions: &[(&str, &str)]) -> Arc<Group> {
    Arc::new(Group(dimensions.iter().map(|(key, value)| (Arc::from(*key), Arc::from(*value))).collect()))
}

/// A series of one file, its values from line 2 on, with a `num_gpu` each.
pub(crate) fn series(metric: Metric, field: &str, model: &str, path: &str, numbers: &[f64]) -> Series {
    let mut values = Values::default();
    for (&number, row) in numbers.iter().zip(0_u32..) {
        let group = group(&[("model", model), ("num_gpu", &(60 + 20 * row).to_string())]);
        // The made-up TTFTs that paid for a load are in seconds, the warm ones are not.
        let is_cold = metric.known() == Some(Known::Ttft) && number > 1000.0;
        values.push(Value { number, file: 0, line: row + 2, row, is_cold, at_ns: None, group: &group });
    }
    Series {
        unit: metric.0.unit.clone(),
        metric,
        field: Arc::from(field),
        unit_origin: UnitOrigin::Suffix,
        nature: Nature::Sample,
        group: group(&[("model", model)]),
        files: vec![Arc::from(path)],
        values,
        excluded: Vec::new(),
        stats: Stats::of(numbers),
        warm: None,
        cold: None,
        ratio_of_totals: None,
    }
}

pub(crate) fn file(path: &str, kind: Kind, problem: Option<&str>) -> Arc<ReportFile> {
    let problems =
        problem.map(|message| Problem { line: Some(3), column: None, message: Shown::new(message) });
    Arc::new(ReportFile {
        path: Arc::from(path),
        os_path: path.into(),
        kind,
        stamp: Stamp { length: 1000, modified_ns: MODIFIED_NS, ..Stamp::default() },
        status: if problem.is_some() { Status::Partial } else { Status::Ok },
        generated: false,
        document: Arc::new(Document { problems: problems.into_iter().collect(), ..Document::default() }),
        digest: Arc::from(path),
    })
}

pub(crate) fn inventory(files: Vec<Arc<ReportFile>>) -> Inventory {
    let mut inventory = Inventory::default();
    inventory.apply(&Batch { changes: files.into_iter().map(Change::Read).collect(), ..Batch::default() });
    inventory
}

/// Failed rows by file.
type Failed = Vec<(Arc<str>, u64)>;

/// Two models with a cold start, a failed row and a broken file.
pub(crate) fn sample() -> (Inventory, Vec<Series>, Failed) {
    let (small, large) = ("gemma3/small.csv", "gemma3/large.csv");
    let mut slow = series(throughput(), "tokens_s", "gemma3:1b", large, &[180.0, 182.5, 184.25]);
    slow.excluded.push(Exclusion {
        reason: Arc::from("failed"),
        count: 2,
        files: vec![(Arc::from(large), 2)],
        is_copy: false,
    });
    let failed = vec![(Arc::from(large), 2)];
    let all = vec![
        series(throughput(), "tokens_s", "gemma3:270m", small, &[290.5, 295.0, 310.25, 301.0, 297.5]),
        slow,
        series(ttft(), "ttft_s", "gemma3:270m", small, &[2326.0, 62.0, 63.5, 64.0, 61.25]),
        series(ttft(), "ttft_s", "gemma3:1b", large, &[125.0, 126.0, 138.0]),
    ];
    let files = vec![
        file(small, Kind::Csv, None),
        file(large, Kind::Csv, None),
        file("notes.md", Kind::Markdown, None),
        file("broken.json", Kind::Json, Some("expected a comma")),
    ];
    (inventory(files), all, failed)
}

/// The ledger of the sample; made once, for it has bootstraps in it.
pub(crate) fn ledger() -> Ledger {
    static LEDGER: LazyLock<Ledger> = LazyLock::new(|| {
        let (inventory, all, failed) = sample();
        made_of(&inventory, &all, &failed)
    });
    LEDGER.clone()
}

fn made_of(inventory: &Inventory, all: &[Series], failed: &[(Arc<str>, u64)]) -> Ledger {
    build::ledger(&build::Material {
        inventory,
        series: all.iter().collect(),
        whole: Vec::new(),
        failed,
        errors: &[],
    })
}

fn texts(ledger: &Ledger) -> Vec<String> {
    ledger
        .facts
        .iter()
        .map(|fact| format!("{} {} [{}] {}", fact.subject, fact.statistic.name(), fact.group, fact.text))
        .collect()
}

#[test]
fn facts_are_ranked_counts_then_metrics_best_group_first() {
    let ledger = ledger();
    let texts = texts(&ledger);
    assert_eq!(
        texts[..11],
        [
            "files count [] 4 files",
            "csv files count [] 2 csv files",
            "json files count [] 1 json file",
            "markdown files count [] 1 markdown file",
            "partly read files count [] 1 partly read file",
            "failed rows count [] 2 failed rows",
            "throughput median [model=gemma3:270m] 297.5 tok/s",
            "throughput n [model=gemma3:270m] 5 runs",
            "throughput median [model=gemma3:1b] 182.5 tok/s",
            "throughput n [model=gemma3:1b] 3 runs",
            "ttft median [model=gemma3:270m] 63.5 ms",
        ]
    );
    let rows: Vec<_> = ledger.rows.iter().map(|row| format!("{} {}", row.metric.0.name, row.group)).collect();
    assert_eq!(
        rows,
        [
            "throughput model=gemma3:270m",
            "throughput model=gemma3:1b",
            "ttft model=gemma3:270m",
            "ttft model=gemma3:1b"
        ]
    );
}

#[test]
fn best_worst_and_first_know_their_place_and_configuration() {
    let ledger = ledger();
    let row = &ledger.rows[0];
    let best = row.fact(&ledger, Statistic::Best).unwrap();
    assert_eq!(
        (best.text.as_str(), best.group.to_string().as_str()),
        ("310.2 tok/s", "model=gemma3:270m, num_gpu=100")
    );
    assert_eq!(
        *best.sources,
        [Source {
            path: "gemma3/small.csv".into(),
            line: Some(4),
            field: "tokens_s".into(),
            rows: 1,
            digest: "gemma3/small.csv".into()
        }]
    );
    assert_eq!(row.fact(&ledger, Statistic::Worst).unwrap().value, 290.5);
    assert_eq!(row.fact(&ledger, Statistic::First), None);
    let ttft = &ledger.rows[2];
    let first = ttft.fact(&ledger, Statistic::First).unwrap();
    assert_eq!((first.value, first.sources[0].line), (2326.0, Some(2)));
    assert_eq!(ttft.fact(&ledger, Statistic::Best).unwrap().value, 61.25);
    assert_eq!(ttft.fact(&ledger, Statistic::Median).unwrap().sources[0].rows, 5);
}

#[test]
fn ids_are_letters_stable_and_each_once() {
    let (inventory, all, failed) = sample();
    let (left, right) = (ledger(), made_of(&inventory, &all, &failed));
    assert_eq!(left, right);
    let mut ids: Vec<&str> = left.facts.iter().map(|fact| fact.id.as_str()).collect();
    assert!(
        ids.iter().all(|id| id.len() >= 5 && id.bytes().all(|byte| byte.is_ascii_lowercase())),
        "{ids:?}"
    );
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), left.facts.len());
    let mut taken = identify::Ids::default();
    assert_ne!(taken.id("the same"), taken.id("the same"));
}

#[test]
fn summaries_count_only_without_samples_and_statements_never() {
    let (inventory, mut all, failed) = sample();
    let mut summary = series(throughput(), "mean_tokens_s", "gemma3:270m", "summary.csv", &[299.0]);
    summary.nature = Nature::Summary;
    all.push(summary.clone());
    summary.group = group(&[("model", "qwen3:4b")]);
    all.push(summary.clone());
    summary.nature = Nature::Stated;
    summary.group = group(&[("model", "phi4:14b")]);
    all.push(summary);
    let ledger = made_of(&inventory, &all, &failed);
    let summaries: Vec<_> = ledger.rows.iter().filter(|row| row.nature != Nature::Sample).collect();
    assert_eq!(summaries.len(), 1);
    assert_eq!(summaries[0].group.to_string(), "model=qwen3:4b");
    assert_eq!(summaries[0].fact(&ledger, Statistic::N).unwrap().text, "1 summary value");
    assert_eq!(ledger.rows[2].group.to_string(), "model=qwen3:4b");
}

#[test]
fn many_groups_of_one_metric_leave_room_for_the_next() {
    let mut all: Vec<Series> = (0..30)
        .map(|index| {
            series(
                throughput(),
                "tps",
                &format!("model{index}:1b"),
                "a.csv",
                &[f64::from(index), f64::from(index) + 1.0],
            )
        })
        .collect();
    all.push(series(ttft(), "ttft_ms", "model1:1b", "a.csv", &[5.0]));
    let ledger = made_of(&Inventory::default(), &all, &[]);
    let place = ledger.rows.iter().position(|row| row.metric == ttft()).unwrap();
    assert_eq!(place, 3);
    assert_eq!(ledger.rows[0].group.to_string(), "model=model29:1b");
    assert_eq!(ledger.rows[1].group.to_string(), "model=model0:1b");
    assert_eq!(ledger.rows.len(), 31);
}

#[test]
fn an_empty_folder_has_one_fact() {
    let ledger = Ledger::of(&Library::default());
    assert_eq!(texts(&ledger), ["files count [] 0 files"]);
    assert!(ledger.rows.is_empty());
}

#[test]
fn a_ledger_is_the_same_after_its_way_through_json() {
    let ledger = ledger();
    let json = serde_json::to_string(&ledger).unwrap();
    assert_eq!(serde_json::from_str::<Ledger>(&json).unwrap(), ledger);
    // A metric is equal by its name: the rest of its entry is looked at apart.
    let read: Ledger = serde_json::from_str(&json).unwrap();
    let entry = |ledger: &Ledger| format!("{:?}", ledger.rows[0].metric);
    assert_eq!(entry(&read), entry(&ledger));
    let median = ledger.rows[0].fact(&ledger, Statistic::Median).unwrap();
    let fact = serde_json::to_value(median).unwrap();
    assert_eq!((fact["statistic"].as_str(), fact["unit"].as_str()), (Some("median"), Some("tok/s")));
    for statistic in ledger.facts.iter().map(|fact| fact.statistic) {
        assert_eq!(serde_json::to_value(statistic).unwrap(), statistic.name());
    }
}

#[test]
fn a_subset_has_the_facts_asked_for_and_their_rows() {
    let ledger = ledger();
    let row = &ledger.rows[2];
    let (median, first) =
        (row.index(&ledger, Statistic::Median).unwrap(), row.index(&ledger, Statistic::First).unwrap());
    let (subset, indices) = ledger.subset(&[first, median, 0, first, ledger.facts.len()]);
    assert_eq!(indices, [0, median, first]);
    assert_eq!(subset.facts.len(), 3);
    for (fact, &index) in subset.facts.iter().zip(&indices) {
        assert_eq!(fact, &ledger.facts[index]);
    }
    let [only] = subset.rows.as_slice() else { panic!("{:?}", subset.rows) };
    assert_eq!((&only.metric, &only.group), (&row.metric, &row.group));
    assert_eq!(only.fact(&subset, Statistic::First), Some(&ledger.facts[first]));
    assert_eq!(only.fact(&subset, Statistic::Mean), None);
    assert_eq!(ledger.subset(&[]), (Ledger::default(), Vec::new()));
}

pub(crate) fn ledger_of(inventory: &Inventory, all: &[Series]) -> Ledger {
    made_of(inventory, all, &[])
}
