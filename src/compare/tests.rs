//! Files in, table out: what is compared, what is matched, what is warned of.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use proptest::prelude::*;

use super::{
    Comparison, DEFAULT_THRESHOLD_PCT, Options, Row, Side, compare,
    verdict::{MoreRuns, Verdict},
};
use crate::{
    ingest::{
        self,
        file::{Kind, Stamp},
        inventory::{Batch, Change, ReportFile},
    },
    metrics::library::Library,
};

fn library(files: &[(&str, &str)]) -> Library {
    let read = |(path, text): &(&str, &str)| {
        let kind = match path.rsplit('.').next().unwrap() {
            "csv" => Kind::Csv,
            "md" => Kind::Markdown,
            _ => Kind::Json,
        };
        let document = ingest::parse(path, kind, text.as_bytes());
        Change::Read(Arc::new(ReportFile {
            path: (*path).into(),
            os_path: path.into(),
            kind,
            stamp: Stamp { length: text.len() as u64, ..Stamp::default() },
            status: document.status.unwrap(),
            generated: document.generated,
            document: Arc::new(document),
            // Equal texts, equal digests.
            digest: format!("{text:?}").into(),
        }))
    };
    let mut library = Library::default();
    library.apply(&Batch { changes: files.iter().map(read).collect(), ..Batch::default() });
    library
}

fn options() -> Options {
    Options { threshold_pct: DEFAULT_THRESHOLD_PCT, group_by: Vec::new(), with_cold: false }
}

/// All of a library as one side.
fn whole(library: &Library) -> Side<'_> {
    Side { library, keep: Box::new(|_, _| true), named: Vec::new() }
}

/// The rows with one value of a dimension.
fn group<'a>(library: &'a Library, key: &'a str, value: &'a str) -> Side<'a> {
    let keep = move |_: &str, group: &crate::metrics::series::Group| {
        group.0.iter().any(|(known, found)| &**known == key && &**found == value)
    };
    Side { library, keep: Box::new(keep), named: vec![key.into()] }
}

fn of_files(base: (&str, &str), candidate: (&str, &str)) -> Comparison {
    compare(&whole(&library(&[base])), &whole(&library(&[candidate])), &options(), &|_| true)
}

/// A column of one metric.
fn csv(field: &str, values: &[f64]) -> String {
    values.iter().fold(format!("{field}\n"), |text, value| text + &format!("{value}\n"))
}

fn of_values(field: &str, base: &[f64], candidate: &[f64]) -> Comparison {
    of_files(("a.csv", &csv(field, base)), ("b.csv", &csv(field, candidate)))
}

fn only(comparison: &Comparison) -> &Row {
    assert_eq!(comparison.rows.len(), 1, "{comparison:?}");
    &comparison.rows[0]
}

const FAST: [f64; 6] = [100.25, 101.5, 99.75, 100.5, 102.125, 98.875];
const SLOW: [f64; 6] = [80.25, 81.5, 79.75, 80.5, 82.125, 78.875];

#[test]
fn a_clear_difference_has_its_direction() {
    for (field, base, candidate, expected) in [
        ("tokens_s", SLOW, FAST, Verdict::Better),
        ("tokens_s", FAST, SLOW, Verdict::Worse),
        ("ttft_ms", SLOW, FAST, Verdict::Worse),
        ("ttft_ms", FAST, SLOW, Verdict::Better),
        // Neither way is good.
        ("gpu_utilization", FAST, SLOW, Verdict::Unclear),
        ("tokens_s", FAST, FAST, Verdict::Same),
    ] {
        let comparison = of_values(field, &base, &candidate);
        let row = only(&comparison);
        assert_eq!(row.verdict, expected, "{field} {row:?}");
        if expected != Verdict::Same {
            let test = row.test.unwrap();
            assert!((test.p_value - 2.0 / 924.0).abs() < 1e-12, "six all apart from six");
            assert_eq!(test.cliffs_delta.total_cmp(&0.0), row.delta_pct.unwrap().total_cmp(&0.0));
            assert!((test.cliffs_delta.abs() - 1.0).abs() < 1e-12);
            assert!(test.hedges_g.unwrap() * test.cliffs_delta > 10.0, "many deviations apart");
            let (low, high) = row.ci95.unwrap();
            assert!((low..=high).contains(&row.delta_pct.unwrap()), "{row:?}");
        }
    }
}

#[test]
fn the_same_data_are_no_difference() {
    let comparison = of_values("tokens_s", &FAST, &FAST);
    let row = only(&comparison);
    assert_eq!((row.delta_pct, row.test.unwrap().p_value), (Some(0.0), 1.0));
    assert_eq!(comparison.warnings, ["both sides are the same rows: no difference can come out"]);
    // A wide enough threshold makes of it what it is.
    let (a, b) = (csv("tokens_s", &FAST), csv("tokens_s", &[&FAST[1..], &FAST[..1]].concat()));
    let (a, b) = (library(&[("a.csv", &a)]), library(&[("b.csv", &b)]));
    let wide = Options { threshold_pct: 5.0, ..options() };
    let comparison = compare(&whole(&a), &whole(&b), &wide, &|_| true);
    assert_eq!((only(&comparison).verdict, comparison.warnings.len()), (Verdict::Same, 0));
    // Zeros have no percentage, and are the same all the same.
    assert_eq!(only(&of_values("tokens_s", &[0.0; 4], &[0.0; 5])).verdict, Verdict::Same);
    let zero = of_values("tokens_s", &[0.0; 5], &FAST);
    assert_eq!((only(&zero).delta_pct, only(&zero).verdict), (None, Verdict::Unclear));
    assert_eq!(only(&zero).notes[0], "the base's median is too near 0 for a percentage");
}

#[test]
fn few_values_are_figures() {
    let comparison = of_values("tokens_s", &[100.0], &[50.0, 51.0]);
    let row = only(&comparison);
    assert_eq!((row.delta_pct, row.ci95, row.test, row.verdict), (Some(-49.5), None, None, Verdict::Unclear));
    assert_eq!(row.notes, ["a single value on one side: no test"]);
    assert_eq!(row.more_runs, Some(MoreRuns { per_side: 4, is_least: true }));
    let two = of_values("tokens_s", &[100.0, 100.5], &[50.0, 51.0]);
    assert_eq!((only(&two).ci95, only(&two).verdict), (None, Verdict::Unclear));
    assert!((only(&two).test.unwrap().p_value - 1.0 / 3.0).abs() < 1e-12);
    // Ten rows of means that somebody else made are no ten runs.
    let (low, high) = ([1.0; 10], [2.0; 10]);
    let summary = of_values("mean_ttft_ms", &low, &high);
    let row = only(&summary);
    assert_eq!((row.delta_pct, row.test, row.verdict), (Some(100.0), None, Verdict::Unclear));
    assert_eq!((row.more_runs, row.notes[0].as_str()), (None, "figures that others summarised: no test"));
    let stated = of_files(
        ("a.md", "| model | tok/s |\n|---|---|\n| x:1b | 10 |\n"),
        ("b.md", "| model | tok/s |\n|---|---|\n| x:1b | 15 |\n| y:2b | 3 |\n"),
    );
    let row = only(&stated);
    assert_eq!((row.delta_pct, row.test, row.verdict), (Some(50.0), None, Verdict::Unclear));
    assert_eq!(stated.notes, ["1 statements of documents on one side only are not listed"]);
}

#[test]
fn failed_rows_are_counted_and_never_compared() {
    let base = "model,tokens_s,error\na:1b,100.5,\na:1b,101.5,\na:1b,0,timed out\n";
    let candidate = "model,tokens_s,error\na:1b,0,timed out\na:1b,0,timed out\n";
    let comparison = of_files(("a.csv", base), ("b.csv", candidate));
    let row = only(&comparison);
    let (one, other) = (row.base.as_ref().unwrap(), row.candidate.as_ref().unwrap());
    assert_eq!((one.stats.n, one.excluded_total(), other.stats.n, other.excluded_total()), (2, 1, 0, 2));
    assert_eq!((row.verdict, row.delta_pct), (Verdict::Unclear, None));
    assert_eq!(row.notes, ["the candidate has no value here (2 failed)"]);
    assert_eq!(comparison.warnings, ["the candidate has no value at all: every row failed or is empty"]);
    assert_eq!(comparison.failures(5.0).count(), 1, "a gate does not let it pass");
    let back = of_files(("a.csv", candidate), ("b.csv", base));
    assert_eq!(back.failures(5.0).count(), 0);
}

#[test]
fn what_differs_is_what_is_compared() {
    let rows = "model,num_ctx,tokens_s\na:1b,2048,10\na:1b,2048,11\na:1b,2048,12\n";
    let told = |comparison: &Comparison| {
        let one = |compared: &super::Compared| {
            format!("{} {} {}", compared.key, compared.base.join("/"), compared.candidate.join("/"))
        };
        comparison.compared.iter().map(one).collect::<Vec<_>>()
    };
    // Another model: the groups match without it.
    let other_model = of_files(("a.csv", rows), ("b.csv", &rows.replace("a:1b", "b:2b")));
    assert_eq!(told(&other_model), ["model a:1b b:2b"]);
    assert!(only(&other_model).has_both() && only(&other_model).group.0.is_empty());
    assert_eq!(other_model.warnings, Vec::<String>::new());
    // Another context: that is what is compared, and the model still matches.
    let other_context = of_files(("a.csv", rows), ("b.csv", &rows.replace("2048", "4096")));
    assert_eq!(told(&other_context), ["num_ctx 2048 4096"]);
    assert_eq!(only(&other_context).group.to_string(), "model=a:1b");
    // Both: the model is compared, and the other difference is said.
    let both = of_files(("a.csv", rows), ("b.csv", &rows.replace("2048", "4096").replace("a:1b", "b:2b")));
    assert_eq!(told(&both), ["model a:1b b:2b"]);
    assert_eq!(both.warnings, ["the sides differ in num_ctx too: 2048 against 4096"]);
    // Other values on some rows, or the same ones in other shares.
    let mixed = of_files(("a.csv", rows), ("b.csv", &rows.replacen("2048", "4096", 1)));
    assert_eq!(mixed.warnings, ["the values of num_ctx are not the same: 2048 against 2048, 4096"]);
    let shares =
        of_files(("a.csv", &rows.replacen("2048", "4096", 1)), ("b.csv", &rows.replacen("2048", "4096", 2)));
    assert_eq!(
        shares.warnings,
        ["the values of num_ctx are mixed otherwise on one side than on the other: 2048, 4096"]
    );
    // Of a setting some rows may say nothing.
    let partly = |context: &str| rows.replace("2048", context) + "a:1b,,13\n";
    let settings = of_files(("a.csv", &partly("1024")), ("b.csv", &partly("4096")));
    assert_eq!(told(&settings), ["num_ctx 1024 4096"]);
    let silent = of_files(("a.csv", rows), ("b.csv", &rows.replace("num_ctx", "ignored")));
    assert_eq!(silent.warnings, ["only the base says its num_ctx"]);
}

#[test]
fn groups_of_one_folder_are_compared() {
    let rows = "model,num_gpu,tokens_s\na:1b,10,100.5\na:1b,10,101.5\na:1b,20,200.5\na:1b,20,201.5\n\
        b:2b,10,50.5\nb:2b,10,51.5\nb:2b,20,70.5\nb:2b,20,71.5\nc:3b,20,9.5\n";
    let library = library(&[("runs.csv", rows)]);
    let comparison =
        compare(&group(&library, "num_gpu", "10"), &group(&library, "num_gpu", "20"), &options(), &|_| true);
    assert_eq!(&*comparison.compared[0].key, "num_gpu");
    let rows: Vec<(String, Option<f64>)> = comparison
        .rows
        .iter()
        .map(|row| (row.group.to_string(), row.delta_pct.map(|delta| (delta * 100.0).round() / 100.0)))
        .collect();
    assert_eq!(
        rows,
        [
            ("model=a:1b".to_owned(), Some(99.01)),
            ("model=b:2b".to_owned(), Some(39.22)),
            ("model=c:3b".to_owned(), None)
        ]
    );
    assert_eq!(comparison.rows[2].notes, ["only the candidate has this"]);
    // The same rows on both sides, in part.
    let overlapping = compare(&group(&library, "num_gpu", "10"), &whole(&library), &options(), &|_| true);
    assert!(overlapping.warnings.iter().any(|told| told.starts_with("4 rows are on both sides")));
    // By more dimensions than the usual ones.
    let finer = Options { group_by: vec!["num_gpu".into()], ..options() };
    let finer =
        compare(&group(&library, "model", "a:1b"), &group(&library, "model", "b:2b"), &finer, &|_| true);
    let groups: Vec<String> = finer.rows.iter().map(|row| row.group.to_string()).collect();
    assert_eq!(groups, ["num_gpu=10", "num_gpu=20"]);
}

#[test]
fn one_metric_in_two_spellings_is_one_metric() {
    let comparison = of_files(
        ("a.csv", "ttft_s\n0.25\n0.5\n0.75\n"),
        ("b.json", "{\"runs\": [{\"ttft_ms\": 250}, {\"ttft_ms\": 500}, {\"ttft_ms\": 750}]}"),
    );
    let row = only(&comparison);
    assert_eq!((row.delta_pct, row.unit.symbol()), (Some(0.0), "ms"));
    assert_eq!(row.notes[0], "`ttft_s` against `ttft_ms`");
}

#[test]
fn p_values_are_adjusted_over_the_table() {
    let table = |values: [f64; 6]| {
        values.iter().enumerate().fold("tokens_s,ttft_ms\n".to_owned(), |text, (index, value)| {
            text + &format!("{value},{}\n", [5.5, 6.5, 7.5, 8.5, 9.5, 10.5][index])
        })
    };
    let comparison = of_files(("a.csv", &table(SLOW)), ("b.csv", &table(FAST)));
    let p: Vec<(f64, f64)> = comparison
        .rows
        .iter()
        .map(|row| row.test.unwrap())
        .map(|test| (test.p_value, test.p_adjusted))
        .collect();
    assert_eq!(p.len(), 2);
    assert!((p[0].0 - 2.0 / 924.0).abs() < 1e-12 && (p[0].1 - 4.0 / 924.0).abs() < 1e-12, "{p:?}");
    assert_eq!(p[1], (1.0, 1.0));
    // The values of the second row spread: how many runs would settle it is said.
    assert_eq!(comparison.rows[1].verdict, Verdict::Unclear);
    assert!(comparison.rows[1].more_runs.is_some());
}

#[test]
fn a_gate_fails_on_what_is_surely_worse() {
    let worse = of_values("tokens_s", &FAST, &SLOW);
    for (percent, expected) in [(5.0, 1), (19.0, 1), (25.0, 0)] {
        assert_eq!(worse.failures(percent).count(), expected, "{percent}");
    }
    assert_eq!(of_values("tokens_s", &SLOW, &FAST).failures(0.0).count(), 0);
    // Much worse by its figures, and not sure: no failure.
    assert_eq!(of_values("tokens_s", &FAST, &[50.0, 51.0]).failures(5.0).count(), 0);
}

#[test]
fn cold_runs_are_compared_with_cold_ones_or_not_at_all() {
    let rows = |loads: &[f64]| {
        loads.iter().enumerate().fold("model,ttft_ms,load_ms\n".to_owned(), |text, (index, load)| {
            text + &format!("a:1b,{},{load}\n", load + 50.0 + [0.5, 1.5, 2.5, 3.5, 4.5, 5.5][index])
        })
    };
    let mixed = rows(&[3000.0, 100.0, 100.5, 101.0, 100.75, 100.25]);
    let later = mixed.replace("1b,1", "1b,2");
    let ttft = |base: &str, candidate: &str, with_cold: bool| {
        let (base, candidate) = (library(&[("a.csv", base)]), library(&[("b.csv", candidate)]));
        compare(&whole(&base), &whole(&candidate), &Options { with_cold, ..options() }, &|series| {
            series.metric.name() == "ttft"
        })
    };
    let apart = ttft(&mixed, &later, false);
    let counts = |comparison: &Comparison| {
        let row = only(comparison);
        let (base, candidate) = (row.base.as_ref().unwrap(), row.candidate.as_ref().unwrap());
        (base.stats.n, base.cold, candidate.stats.n, candidate.cold)
    };
    assert_eq!((counts(&apart), only(&apart).verdict), ((5, 1, 5, 1), Verdict::Worse));
    assert_eq!(
        apart.warnings,
        [
            "cold runs are set apart where both sides have warm ones: cold are 1 of the base, 1 of the candidate"
        ]
    );
    let together = ttft(&mixed, &later, true);
    assert_eq!(counts(&together), (6, 1, 6, 1));
    assert!(together.warnings[0].starts_with("cold and warm runs are mixed"));
    // All the same but for loading: that is not the candidate's doing.
    let base = library(&[("runs.csv", &mixed)]);
    let cold = |start: &'static str, named: Vec<Arc<str>>| Side {
        library: &base,
        keep: Box::new(move |_, group| group.get("start").is_some_and(|value| **value == *start)),
        named,
    };
    let unlike = compare(&cold("cold", Vec::new()), &cold("warm", Vec::new()), &options(), &|_| true);
    assert!(unlike.rows.iter().all(|row| row.verdict == Verdict::Unclear), "{unlike:?}");
    assert!(unlike.rows.iter().all(|row| row.notes[0].starts_with("cold runs against warm ones")));
    // Unless it is asked for.
    let asked =
        compare(&cold("cold", vec!["start".into()]), &cold("warm", Vec::new()), &options(), &|_| true);
    assert!(asked.warnings.is_empty() && !asked.rows[0].notes.iter().any(|note| note.contains("cold")));
}

#[test]
fn figures_of_unlike_configurations_are_not_pooled() {
    let summaries = |model: &str| {
        format!(
            "{model}num_ctx,mean_tokens_s\n{}1024,10.5\n{}2048,20.5\n",
            model.replace("model", "a:1b"),
            model.replace("model", "b:2b")
        )
    };
    let alike = of_files(("a.csv", &summaries("")), ("b.csv", &summaries("").replace(".5", ".6")));
    let groups: Vec<String> = alike.rows.iter().map(|row| row.group.to_string()).collect();
    assert_eq!(groups, ["num_ctx=1024", "num_ctx=2048"]);
    assert!(alike.rows.iter().all(|row| row.delta_pct.is_some()));
    // The one side has two models where the other names none.
    let pooled = of_files(
        ("a.csv", "mean_tokens_s\n10.5\n"),
        ("b.csv", "model,mean_tokens_s\na:1b,10.5\nb:2b,30.5\n"),
    );
    assert_eq!(only(&pooled).delta_pct, None);
    assert_eq!(only(&pooled).notes, ["figures of several configurations on one side: no difference"]);
}

#[test]
fn a_name_of_the_configuration_is_no_difference_of_its_own() {
    let rows = |temperature: &str| {
        ["10", "20"].iter().fold("config_name,num_gpu,temperature,tokens_s\n".to_owned(), |text, gpu| {
            text + &format!("g{gpu}_t{temperature},{gpu},{temperature},100.5\ng{gpu}_t{temperature},{gpu},{temperature},99.5\n")
        })
    };
    let comparison = of_files(("a.csv", &rows("0.2")), ("b.csv", &rows("0.8")));
    assert_eq!(&*comparison.compared[0].key, "temperature");
    assert_eq!(comparison.warnings, Vec::<String>::new());
    assert_eq!(comparison.notes, ["config_name names the configurations and is not compared"]);
}

#[test]
fn unlike_shares_of_failed_rows_are_warned_of() {
    let rows = |failed: usize| {
        let text = "model,tokens_s,error\n".to_owned() + &"a:1b,0,timed out\n".repeat(failed);
        text + "a:1b,100.5,\na:1b,101.5,\na:1b,102.5,\n"
    };
    let comparison = of_files(("a.csv", &rows(0)), ("b.csv", &rows(9)));
    assert_eq!(
        comparison.warnings,
        [
            "rows failed: 0 of the base, 9 of the candidate; what is left of a side may be no fair sample of it"
        ]
    );
}

fn opposite(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Better => Verdict::Worse,
        Verdict::Worse => Verdict::Better,
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn exchanging_the_sides_turns_the_table(
        base in prop::collection::vec(10.0..1000.0_f64, 2..12),
        candidate in prop::collection::vec(10.0..1000.0_f64, 2..12),
    ) {
        let (one, back) = (of_values("tokens_s", &base, &candidate), of_values("tokens_s", &candidate, &base));
        let (one, back) = (only(&one), only(&back));
        let (test, other) = (one.test.unwrap(), back.test.unwrap());
        prop_assert!((test.p_value - other.p_value).abs() < 1e-12);
        prop_assert!((test.cliffs_delta + other.cliffs_delta).abs() < 1e-12);
        let (delta, other) = (one.delta_pct.unwrap(), back.delta_pct.unwrap());
        prop_assert!(((1.0 + delta / 100.0) * (1.0 + other / 100.0) - 1.0).abs() < 1e-9);
        prop_assert_eq!(one.ci95.is_some(), back.ci95.is_some());
        // Near the threshold +2 % is not the undoing of -2 %; elsewhere the verdict turns.
        let is_near = |row: &Row| row.ci95.is_some_and(|(low, high)| {
            [low, high].iter().any(|end| (end.abs() - DEFAULT_THRESHOLD_PCT).abs() < 0.5)
        });
        if !is_near(one) && !is_near(back) {
            prop_assert_eq!(back.verdict, opposite(one.verdict));
        }
    }

    #[test]
    fn no_scale_changes_a_verdict(
        base in prop::collection::vec(10.0..1000.0_f64, 2..12),
        shift in 0.5..2.0_f64,
    ) {
        let candidate: Vec<f64> = base.iter().map(|value| value * shift).collect();
        let scaled = |values: &[f64]| values.iter().map(|value| value * 64.0).collect::<Vec<_>>();
        let one = of_values("tokens_s", &base, &candidate);
        let other = of_values("tokens_s", &scaled(&base), &scaled(&candidate));
        let (one, other) = (only(&one), only(&other));
        prop_assert_eq!(one.verdict, other.verdict);
        prop_assert_eq!((one.delta_pct, one.ci95), (other.delta_pct, other.ci95));
        prop_assert_eq!(one.test.map(|test| test.p_value), other.test.map(|test| test.p_value));
    }

    #[test]
    fn statistics_equal_a_naive_computation(
        base in prop::collection::vec(-50..50_i32, 1..15),
        candidate in prop::collection::vec(-50..50_i32, 1..15),
    ) {
        let floats = |values: &[i32]| values.iter().map(|value| f64::from(*value)).collect::<Vec<_>>();
        let test = super::rank::mann_whitney(&floats(&base), &floats(&candidate)).unwrap();
        let pairs = || base.iter().flat_map(|one| candidate.iter().map(move |other| (one, other)));
        let above = pairs().filter(|(one, other)| other > one).count() as f64;
        let equal = pairs().filter(|(one, other)| other == one).count() as f64;
        let below = pairs().filter(|(one, other)| other < one).count() as f64;
        prop_assert!((test.u - above - equal / 2.0).abs() < 1e-9);
        prop_assert!((test.cliffs_delta - (above - below) / pairs().count() as f64).abs() < 1e-12);
        prop_assert!((0.0..=1.0).contains(&test.p_value));
    }

    #[test]
    fn no_content_makes_it_panic(cells in prop::collection::vec("(-?[0-9]{1,4}|nan|inf|-0|1e308|)", 0..12)) {
        let text = |cells: &[String]| cells.iter().fold("model,tokens_s\n".to_owned(), |text, cell| text + &format!("a:1b,{cell}\n"));
        let (one, other) = cells.split_at(cells.len() / 2);
        let comparison = of_files(("a.csv", &text(one)), ("b.csv", &text(other)));
        for row in &comparison.rows {
            prop_assert!(row.delta_pct.is_none_or(f64::is_finite));
            prop_assert!(row.ci95.is_none_or(|(low, high)| low <= high && low.is_finite() && high.is_finite()));
            prop_assert!(row.verdict != Verdict::Unclear || !row.notes.is_empty() , "{:?}", row);
        }
    }
}
