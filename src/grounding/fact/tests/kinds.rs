//! Each kind of fact against values worked by hand, of small folders as they are written.

use super::{
    super::{Driver, Fact, Ledger, RelationKind, Statistic},
    group,
};
use crate::{
    compare::verdict::Verdict,
    grounding::check::{ItemStatus, check},
    ingest::{
        self,
        file::{Kind, Stamp},
        inventory::{Batch, Change, ReportFile},
    },
    metrics::{drivers::Sort, library::Library},
};

/// The ledger of a folder of CSV files.
fn ledger(files: &[(&str, &str)]) -> Ledger {
    let mut library = Library::default();
    let changes = files.iter().map(|(path, text)| {
        let document = ingest::parse(path, Kind::Csv, text.as_bytes());
        Change::Read(std::sync::Arc::new(ReportFile {
            path: (*path).into(),
            os_path: path.into(),
            kind: Kind::Csv,
            stamp: Stamp { length: text.len() as u64, ..Stamp::default() },
            status: document.status.unwrap(),
            generated: false,
            document: std::sync::Arc::new(document),
            digest: format!("digest of {path}").into(),
        }))
    });
    library.apply(&Batch { changes: changes.collect(), ..Batch::default() });
    Ledger::of(&library)
}

fn text(ledger: &Ledger, fact: usize) -> &str {
    &ledger.facts[fact].text
}

/// The text of a statistic of the row of a metric and model.
#[track_caller]
fn row<'l>(ledger: &'l Ledger, metric: &str, model: &str, statistic: Statistic) -> &'l Fact {
    let row = ledger
        .rows
        .iter()
        .find(|row| row.metric.name() == metric && row.group.get("model").is_some_and(|it| **it == *model));
    row.unwrap().fact(ledger, statistic).unwrap_or_else(|| panic!("no {}", statistic.name()))
}

/// Rows of a table, one for each value.
fn table(models: &[(&str, &[f64])]) -> String {
    let rows = models
        .iter()
        .flat_map(|(model, values)| values.iter().map(move |value| format!("{model},{value}\n")));
    std::iter::once("model,tokens_s\n".to_owned()).chain(rows).collect()
}

/// Twenty values around a middle: from 9.5 below to 9.5 above.
fn around(middle: f64) -> Vec<f64> {
    (0..20).map(|nth| middle - 9.5 + f64::from(nth)).collect()
}

#[test]
fn a_row_has_tails_spread_interval_and_place() {
    let values: Vec<f64> = (1..=11).map(f64::from).collect();
    let ledger = ledger(&[("runs.csv", &table(&[("a:1b", &values), ("b:1b", &[100.0, 100.0, 100.0])]))]);
    let text = |statistic| row(&ledger, "throughput", "a:1b", statistic).text.as_str();
    // 1 to 11: the percentile p lies at 1 + p/10; the deviation is √11.
    assert_eq!(text(Statistic::Median), "6 tok/s");
    assert_eq!(text(Statistic::P90), "10 tok/s");
    assert_eq!(text(Statistic::P95), "10.5 tok/s");
    assert_eq!(text(Statistic::P99), "10.9 tok/s");
    assert_eq!(text(Statistic::Stddev), "3.317 tok/s");
    assert_eq!(text(Statistic::Cv), "55.3 %");
    assert_eq!(text(Statistic::Rank), "rank 2 of 2");
    assert_eq!(row(&ledger, "throughput", "b:1b", Statistic::Rank).value, 1.0);
    let [low, high] =
        [Statistic::CiLow, Statistic::CiHigh].map(|end| row(&ledger, "throughput", "a:1b", end).value);
    assert!((1.0..6.0).contains(&low) && (6.0..11.0).contains(&(high - f64::EPSILON)), "{low} {high}");
    let groups = ledger.facts.iter().find(|fact| fact.statistic == Statistic::Groups).unwrap();
    assert_eq!(groups.text, "2 groups");
    let [source] = &*row(&ledger, "throughput", "a:1b", Statistic::Median).sources else { panic!() };
    assert_eq!((&*source.path, source.line, source.rows), ("runs.csv", Some(2), 11));
    assert_eq!(&*source.digest, "digest of runs.csv");
}

#[test]
fn groups_that_surely_differ_say_by_how_much() {
    let (fast, slow, same) = (around(150.0), around(100.0), around(149.9));
    let ledger =
        ledger(&[("runs.csv", &table(&[("fast:1b", &fast), ("slow:1b", &slow), ("same:1b", &same)]))]);
    let kinds: Vec<_> = ledger.relations.iter().map(|relation| relation.kind).collect();
    assert_eq!(kinds, [RelationKind::Next, RelationKind::Worst]);
    let worst = &ledger.relations[1];
    assert_eq!(
        (worst.group.to_string(), worst.other.to_string()),
        ("model=fast:1b".into(), "model=slow:1b".into())
    );
    assert_eq!((worst.verdict, worst.is_warm), (Verdict::Better, false));
    assert!(worst.p.unwrap() < 0.001);
    assert_eq!(text(&ledger, worst.median), "150 tok/s");
    assert_eq!(text(&ledger, worst.other_median), "100 tok/s");
    assert_eq!(text(&ledger, worst.change.unwrap()), "+50.0 %");
    assert_eq!(text(&ledger, worst.ratio.unwrap()), "1.5 times");
    assert_eq!(text(&ledger, worst.difference.unwrap()), "50 tok/s");
    let change = &ledger.facts[worst.change.unwrap()];
    assert_eq!((change.other.as_ref(), change.verdict), (Some(&worst.other), Some(Verdict::Better)));
    // 0.1 of 149.9: within two percent as a difference, but not its interval.
    let next = &ledger.relations[0];
    assert_eq!((next.verdict, next.ratio), (Verdict::Unclear, None));
    assert_eq!(text(&ledger, next.change.unwrap()), "+0.1 %");
    let place = |fact: Option<usize>| fact.unwrap();
    assert!(place(worst.change) < place(next.change), "what is sure comes before what is not");
}

#[test]
fn a_ratio_of_what_is_better_when_lower_names_the_slower_one() {
    let rows: String = around(300.0)
        .iter()
        .map(|value| format!("slow:1b,{value}\n"))
        .chain(around(100.0).iter().map(|value| format!("baseline:1b,{value}\n")))
        .chain(around(120.0).iter().map(|value| format!("third:1b,{value}\n")))
        .collect();
    let ledger = ledger(&[("runs.csv", &format!("model,ttft_ms\n{rows}"))]);
    let kinds: Vec<_> =
        ledger.relations.iter().map(|it| (it.kind, it.group.to_string(), it.verdict)).collect();
    // The best is the baseline: both others stand beside it once.
    assert_eq!(
        kinds,
        [
            (RelationKind::Next, "model=baseline:1b".into(), Verdict::Better),
            (RelationKind::Worst, "model=baseline:1b".into(), Verdict::Better),
        ]
    );
    let worst = &ledger.relations[1];
    assert_eq!(text(&ledger, worst.change.unwrap()), "-66.7 %");
    let ratio = &ledger.facts[worst.ratio.unwrap()];
    assert_eq!(
        (ratio.text.as_str(), ratio.group.to_string().as_str(), ratio.verdict),
        ("3.0 times", "model=slow:1b", Some(Verdict::Worse))
    );
}

#[test]
fn the_baseline_is_what_the_others_stand_beside() {
    let (first, base, last) = (around(200.0), around(150.0), around(100.0));
    let ledger = ledger(&[("runs.csv", &table(&[("x:1b", &first), ("Baseline", &base), ("y:1b", &last)]))]);
    let found: Vec<_> = ledger
        .relations
        .iter()
        .map(|it| (it.kind, it.group.to_string(), it.other.to_string(), it.verdict))
        .collect();
    assert_eq!(
        found,
        [
            (RelationKind::Next, "model=x:1b".into(), "model=Baseline".into(), Verdict::Better),
            (RelationKind::Worst, "model=x:1b".into(), "model=y:1b".into(), Verdict::Better),
            (RelationKind::Baseline, "model=y:1b".into(), "model=Baseline".into(), Verdict::Worse),
        ]
    );
}

/// Runs of one model that paid for a load, then some that did not, for two settings.
fn sweep() -> String {
    let runs = |(num_gpu, rate): (u32, f64)| {
        (0..8).map(move |run| {
            let load = if run == 0 { 2_000 } else { 10 };
            let (ttft, rate) = (load + 40 + run, rate + f64::from(run) / 10.0);
            format!("m:1b,{num_gpu},{load},{ttft},{rate}\n")
        })
    };
    let head = "model,num_gpu,load_duration_ms,ttft_ms,tokens_s\n".to_owned();
    std::iter::once(head).chain([(0, 20.0), (99, 80.0)].into_iter().flat_map(runs)).collect()
}

#[test]
fn cold_runs_are_told_apart() {
    let ledger = ledger(&[("sweep.csv", &sweep())]);
    let text = |statistic| row(&ledger, "ttft", "m:1b", statistic).text.as_str();
    assert_eq!(text(Statistic::ColdN), "2 cold runs");
    assert_eq!(text(Statistic::WarmN), "14 warm runs");
    assert_eq!(text(Statistic::ColdMedian), "2,040 ms");
    // 51 to 57, twice.
    assert_eq!(text(Statistic::WarmMedian), "54 ms");
    assert_eq!(text(Statistic::First), "2,040 ms");
    let cold = row(&ledger, "ttft", "m:1b", Statistic::ColdN);
    assert_eq!(cold.sources[0].rows, 2);
}

#[test]
fn a_driver_says_what_it_explains_and_between_which_levels() {
    let ledger = ledger(&[("sweep.csv", &sweep())]);
    let driver = |metric: &str| -> &Driver {
        ledger.drivers.iter().find(|driver| driver.metric.name() == metric).unwrap()
    };
    let rate = driver("throughput");
    assert_eq!((&*rate.name, rate.sort, rate.may_be_cause()), ("num_gpu", Sort::Dimension, true));
    // 1 − (SS within ÷ 14) ÷ (SS total ÷ 15), with 0.84 within and 14,400 between.
    let share = 100.0 * (1.0 - (0.84 / 14.0) / (14_400.84 / 15.0));
    assert!((ledger.facts[rate.share].value - share).abs() < 1e-9);
    assert_eq!(ledger.facts[rate.share].driver.as_deref(), Some("num_gpu"));
    let (best, worst) = (rate.best.as_ref().unwrap(), rate.worst.as_ref().unwrap());
    assert_eq!(
        (&*best.value, text(&ledger, best.median), text(&ledger, best.n)),
        ("99", "80.35 tok/s", "8 runs")
    );
    assert_eq!((&*worst.value, text(&ledger, worst.median)), ("0", "20.35 tok/s"));
    assert_eq!(ledger.facts[worst.median].sources[0].rows, 8);
    let ttft = driver("ttft");
    assert_eq!((&*ttft.name, ttft.sort), ("load_duration", Sort::Measured));
    assert!(ttft.may_be_cause(), "a load is a part of TTFT");
    let beside = Driver { metric: rate.metric.clone(), ..ttft.clone() };
    assert!(!beside.may_be_cause(), "and a result beside throughput");
    let first = Driver { sort: Sort::Position, ..rate.clone() };
    let same = Driver { same_as: vec!["num_ctx".into()], ..rate.clone() };
    let stands_for = Driver { confounded_with: vec!["start".into()], ..rate.clone() };
    assert!(![first, same, stands_for].iter().any(Driver::may_be_cause));
}

#[test]
fn the_best_configurations_are_those_that_none_beats() {
    let ledger = ledger(&[("sweep.csv", &sweep())]);
    let [only] = ledger.front.as_slice() else { panic!("{:?}", ledger.front) };
    assert_eq!(only.configuration.get("num_gpu").map(|value| &**value), Some("99"));
    // Warm rows alone: 80.1 to 80.7.
    let medians: Vec<&str> = only.medians.iter().map(|&fact| text(&ledger, fact)).collect();
    assert_eq!(medians, ["80.4 tok/s", "54 ms"]);
    assert_eq!(ledger.facts[only.medians[0]].statistic, Statistic::WarmMedian);
    assert_eq!(ledger.count("configurations"), 2);
}

#[test]
fn failures_have_a_share_and_a_group_of_nothing_else_is_told() {
    let text_of = "model,tokens_s,error\na:1b,10,\na:1b,11,\na:1b,12,\na:1b,,timed out\nb:1b,,timed out\nb:1b,,timed out\n";
    let ledger = ledger(&[("runs.csv", text_of)]);
    let failures: Vec<_> = ledger
        .failures
        .iter()
        .map(|it| {
            (
                it.group.to_string(),
                text(&ledger, it.failed),
                it.share.map(|share| text(&ledger, share)),
                it.is_all,
            )
        })
        .collect();
    assert_eq!(
        failures,
        [
            ("model=b:1b".to_owned(), "2 failed rows", Some("100 %"), true),
            ("model=a:1b".to_owned(), "1 failed row", Some("25.0 %"), false),
            ("file=runs.csv".to_owned(), "3 failed rows", Some("50.0 %"), false),
            ("error=timed out".to_owned(), "3 failed rows", None, false),
        ]
    );
    assert_eq!(row(&ledger, "throughput", "a:1b", Statistic::Failed).text, "1 failed run");
    assert_eq!(row(&ledger, "throughput", "a:1b", Statistic::FailedShare).value, 25.0);
}

#[test]
fn an_outlier_stands_where_it_stands() {
    let values = [10.0, 11.0, 12.0, 10.0, 12.0, 11.0, 17.0];
    let ledger = ledger(&[("runs.csv", &table(&[("a:1b", &values)]))]);
    let [outlier] = ledger.outliers.as_slice() else { panic!("{:?}", ledger.outliers) };
    let value = &ledger.facts[outlier.value];
    assert_eq!((value.text.as_str(), value.sources[0].line), ("17 tok/s", Some(8)));
    assert_eq!((text(&ledger, outlier.median), text(&ledger, outlier.n)), ("11 tok/s", "7 runs"));
    assert_eq!(outlier.mads, Some(6.0));
}

#[test]
fn a_step_has_its_sides_and_its_row_and_a_drift_its_way() {
    let steps: Vec<f64> =
        (0..24).map(|row| if row < 12 { 100.0 } else { 80.0 } + f64::from(row % 3)).collect();
    let drift: Vec<f64> = (50..74).map(f64::from).collect();
    let ledger =
        ledger(&[("steps.csv", &table(&[("a:1b", &steps)])), ("drift.csv", &table(&[("b:1b", &drift)]))]);
    let trend = |model: &str| {
        let is_it = |trend: &&super::super::Trend| trend.group == group(&[("model", model)]);
        ledger.trends.iter().find(is_it).unwrap()
    };
    let [step] = trend("a:1b").steps.as_slice() else { panic!("{:?}", ledger.trends) };
    assert_eq!((text(&ledger, step.before), text(&ledger, step.after)), ("101 tok/s", "81 tok/s"));
    assert_eq!(text(&ledger, step.change.unwrap()), "-19.8 %");
    assert_eq!(ledger.facts[step.before].sources[0].line, Some(14));
    assert_eq!(text(&ledger, trend("b:1b").drift.unwrap()), "23 tok/s");
    assert_eq!(ledger.trends.len(), 2);
}

#[test]
fn a_step_that_does_not_matter_is_none() {
    let values: Vec<f64> =
        (0..24).map(|row| if row < 12 { 1000.0 } else { 1010.0 } + f64::from(row % 3)).collect();
    assert!(ledger(&[("steps.csv", &table(&[("a:1b", &values)]))]).trends.is_empty());
}

#[test]
fn another_file_changes_no_id() {
    let (first, second) = (around(150.0), around(100.0));
    let own = table(&[("a:1b", &first), ("b:1b", &second)]);
    let alone = ledger(&[("own.csv", &own)]);
    let both = ledger(&[("own.csv", &own), ("another.csv", &table(&[("c:7b", &around(120.0))]))]);
    let named = |ledger: &Ledger| -> std::collections::BTreeMap<String, String> {
        let of_row = |fact: &&Fact| matches!(fact.group.get("model").map(|it| &**it), Some("a:1b" | "b:1b"));
        let name = |fact: &Fact| {
            format!("{} {} {} {:?}", fact.subject, fact.statistic.name(), fact.group, fact.other)
        };
        ledger.facts.iter().filter(of_row).map(|fact| (name(fact), fact.id.clone())).collect()
    };
    let (alone, both) = (named(&alone), named(&both));
    assert!(alone.len() > 30);
    for (name, id) in &alone {
        assert!(both.get(name).is_none_or(|other| other == id), "{name}");
    }
    assert!(alone.keys().filter(|name| both.contains_key(*name)).count() > 30);
}

#[test]
fn a_subset_keeps_what_its_facts_say_together() {
    let ledger = ledger(&[("sweep.csv", &sweep())]);
    let driver = &ledger.drivers[0];
    let (subset, indices) = ledger.subset(&[driver.share]);
    let [only] = subset.drivers.as_slice() else { panic!("{:?}", subset.drivers) };
    assert_eq!((only.share, indices[0], only.best.is_none()), (0, driver.share, true));
    assert!(subset.front.is_empty() && subset.rows.is_empty());
    let json = serde_json::to_string(&ledger).unwrap();
    assert_eq!(serde_json::from_str::<Ledger>(&json).unwrap(), ledger);
}

#[test]
fn facts_of_every_kind_are_grounded_as_printed() {
    let failed = "model,tokens_s,error\na:1b,10,\na:1b,11,\na:1b,12,\na:1b,,timed out\n";
    let ledger = ledger(&[
        ("sweep.csv", &sweep()),
        ("failed.csv", failed),
        ("runs.csv", &table(&[("x:1b", &around(150.0)), ("y:1b", &around(100.0))])),
    ]);
    let is_read = |fact: &&Fact| !matches!(fact.statistic, Statistic::Date | Statistic::Rank);
    for fact in ledger.facts.iter().filter(is_read) {
        let sentence = format!("It is {}.", fact.text);
        let items = check(&sentence, &ledger);
        let is_fine = items.iter().all(|item| item.status == ItemStatus::Grounded);
        assert!(!items.is_empty() && is_fine, "{} {}: {items:?}", fact.statistic.name(), sentence);
    }
}
