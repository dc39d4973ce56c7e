//! Files in, series out; statistics against hand-worked values.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use proptest::prelude::*;

use super::{
    library::Library,
    names::{Better, Class, Known, Metric, classify, measure},
    series::Series,
    stats::{Stats, median_ci95, percentile},
    unit::{Scale, Unit, UnitOrigin},
};
use crate::ingest::{
    self,
    file::{Kind, Stamp},
    inventory::{Batch, Change, ReportFile},
};

fn file(path: &str, text: &str) -> Change {
    file_of(path, text, matches!(path.rsplit('.').next().unwrap(), "json" | "jsonl"))
}

fn file_of(path: &str, text: &str, is_json: bool) -> Change {
    let kind = match (is_json, path.rsplit('.').next() == Some("md")) {
        (true, _) => Kind::Json,
        (_, true) => Kind::Markdown,
        _ => Kind::Csv,
    };
    let document = ingest::parse(path, kind, text.as_bytes());
    Change::Read(Arc::new(ReportFile {
        path: path.into(),
        os_path: path.into(),
        kind,
        stamp: Stamp { length: text.len() as u64, ..Stamp::default() },
        status: document.status.unwrap(),
        generated: document.generated,
        document: Arc::new(document),
        // Equal texts, equal digests.
        digest: format!("{text:?}").into(),
    }))
}

pub(super) fn library(files: &[(&str, &str)]) -> Library {
    let mut library = Library::default();
    let changes = files.iter().map(|(path, text)| file(path, text)).collect();
    library.apply(&Batch { changes, ..Batch::default() });
    library
}

fn owned(library: &Library) -> Vec<Series> {
    library.series().iter().map(|series| Series::clone(series)).collect()
}

fn line(series: &Series) -> String {
    let numbers: Vec<String> = series.values.numbers().iter().map(ToString::to_string).collect();
    let excluded: Vec<String> =
        series.excluded.iter().map(|e| format!(" {} {}", e.count, e.reason)).collect();
    format!(
        "{} {:?} {} ({}) {}{}",
        series.metric.name(),
        series.nature,
        series.field,
        series.group,
        numbers.join(" "),
        excluded.join(",")
    )
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    let found: Vec<String> = library(files).series().iter().map(|series| line(series)).collect();
    assert_eq!(found, expected);
}

#[test]
fn names_become_metrics() {
    use UnitOrigin::{Guess, Suffix, Tool, Written};
    for (name, unit, expected) in [
        ("tokens_s", None, Some(("throughput", 1.0, Suffix, None))),
        ("Tokens per Second", None, Some(("throughput", 1.0, Suffix, None))),
        ("tokens/sec", None, Some(("throughput", 1.0, Suffix, None))),
        ("tok/s", None, Some(("throughput", 1.0, Suffix, None))),
        ("tps", None, Some(("throughput", 1.0, Suffix, None))),
        ("t/s", None, Some(("throughput", 1.0, Suffix, None))),
        ("avg_ts", None, Some(("throughput", 1.0, Tool, Some("mean")))),
        ("mean_tokens_s", None, Some(("throughput", 1.0, Suffix, Some("mean")))),
        ("throughput", None, Some(("throughput", 1.0, Guess, None))),
        ("prompt_tokens_per_second", None, Some(("prefill_rate", 1.0, Suffix, None))),
        ("ttft_s", None, Some(("ttft", 1000.0, Suffix, None))),
        ("ttft", None, Some(("ttft", 1.0, Guess, None))),
        ("p99_ttft_ms", None, Some(("ttft", 1.0, Suffix, Some("p99")))),
        ("ttft_ms_p99", None, Some(("ttft", 1.0, Suffix, Some("p99")))),
        ("Time to First Token", Some("s"), Some(("ttft", 1000.0, Written, None))),
        ("load_duration", None, Some(("load_duration", 1e-6, Tool, None))),
        ("prompt_eval_duration", None, Some(("prompt_eval_duration", 1e-6, Tool, None))),
        ("total_duration_ms", None, Some(("total_duration", 1.0, Suffix, None))),
        ("eval_s_mean", None, Some(("eval_duration", 1000.0, Suffix, Some("mean")))),
        ("load_s", None, Some(("load_duration", 1000.0, Suffix, None))),
        ("generation_time_ms", None, Some(("total_duration", 1.0, Suffix, None))),
        ("mean_time_ms", None, Some(("latency", 1.0, Suffix, Some("mean")))),
        ("timing.p95_ms", None, Some(("latency", 1.0, Suffix, Some("p95")))),
        ("latency_percentiles.p50", None, Some(("latency", 1.0, Guess, Some("p50")))),
        ("Latency", Some("ms/token"), Some(("time_per_token", 1.0, Written, None))),
        ("compile_time_s", None, Some(("compile_time", 1000.0, Suffix, None))),
        ("memory_used_gb", None, Some(("memory", 1024.0, Guess, None))),
        ("memory.used", Some("MiB"), Some(("memory", 1.0, Written, None))),
        ("power.draw", Some("W"), Some(("power", 1.0, Written, None))),
        ("utilization.gpu", Some("%"), Some(("gpu_utilization", 1.0, Written, None))),
        ("accuracy", None, Some(("accuracy", 1.0, Suffix, None))),
        // Rates are no seconds, and `fan_speed` is no speed.
        ("fan_speed", None, None),
        ("eval_count", None, None),
        ("response_chars", None, None),
        ("memory_total_mb", None, None),
        ("timeout_s", None, None),
        ("workspace_size", None, None),
        ("cv_percent", None, None),
        ("registers_per_thread", None, None),
    ] {
        let found = measure(name, unit);
        let found = found
            .as_ref()
            .map(|found| (found.metric.name(), found.scale.factor, found.origin, found.statistic.as_deref()));
        assert_eq!(found, expected, "{name} {unit:?}");
    }
}

#[test]
fn names_become_dimensions_identifiers_texts() {
    let class = |name: &str| classify(name, None, true, Some(1.0));
    for (name, dimension) in [
        ("num_gpu", "num_gpu"),
        ("n_gpu_layers", "num_gpu"),
        ("ngl", "num_gpu"),
        ("options.temperature", "temperature"),
        ("model.name", "model"),
        ("Test Name", "test_name"),
        ("batchSize", "num_batch"),
        ("max_tokens", "num_predict"),
    ] {
        assert_eq!(class(name), Class::Dimension(dimension.into()), "{name}");
    }
    for name in ["timestamp", "request_id", "port", "seed", "created_date"] {
        assert_eq!(class(name), Class::Identifier, "{name}");
    }
    assert_eq!(classify("prompt", None, false, None), Class::Text);
    // Above any sampling temperature it is the hardware's.
    let Class::Metric(heat) = classify("temperature", None, true, Some(63.0)) else { panic!("no metric") };
    assert_eq!((heat.metric.name(), heat.origin), ("gpu_temperature", UnitOrigin::Guess));
}

#[test]
fn the_dictionary_knows_what_code_asks_for() {
    use Known::{
        EvalDuration, Itl, Latency, LoadDuration, PrefillRate, PromptEvalDuration, Throughput, TotalDuration,
        Ttft,
    };
    let all = [
        Throughput,
        PrefillRate,
        Ttft,
        Itl,
        LoadDuration,
        PromptEvalDuration,
        EvalDuration,
        TotalDuration,
        Latency,
    ];
    for known in all {
        let metric = Metric::of(known).unwrap();
        assert_eq!(metric.known(), Some(known));
        assert_eq!(Metric::named(metric.name()), Some(metric.clone()));
        let is_rate = *metric.unit() == Unit::TokensPerSecond;
        assert_eq!(
            metric.better(),
            Some(if is_rate { Better::Higher } else { Better::Lower }),
            "{}",
            metric.name()
        );
    }
}

#[test]
fn units_are_converted() {
    for (unit, number, expected) in [
        ("s", 2.326_078_8, (2_326.078_8, "ms")),
        ("ns", 503_000_000.0, (503.0, "ms")),
        ("µs", 9.4, (0.0094, "ms")),
        ("GiB", 1.5, (1536.0, "MiB")),
        ("bytes", 1_048_576.0, (1.0, "MiB")),
        ("mW", 1500.0, (1.5, "W")),
        ("tokens/sec", 7.0, (7.0, "tok/s")),
        ("%", 12.0, (12.0, "%")),
        ("furlong", 3.0, (3.0, "furlong")),
    ] {
        let scale = Scale::of(unit);
        assert_eq!((scale.convert(number), scale.unit.symbol()), expected, "{unit}");
    }
}

#[test]
fn failures_gaps_and_oddities_are_counted_apart() {
    check(
        &[(
            "a.csv",
            "model,tokens_s,error\nx,10,\nx,0,no route\nx,,\nx,NaN,\nx,1_000,\nx,30,none\ny,timed out,\n",
        )],
        &[
            "throughput Sample tokens_s (model=x) 10 30 1 failed, 1 empty, 1 not finite, 1 not a number",
            "throughput Sample tokens_s (model=y)  1 failed",
        ],
    );
    check(
        &[(
            "a.json",
            r#"[{"ttft_ms":1,"success":true},{"ttft_ms":2,"success":false},{"ttft_ms":3,"status":"error"},{"ttft_ms":4,"status":"ok"}]"#,
        )],
        &["ttft Sample ttft_ms () 1 4 2 failed"],
    );
}

#[test]
fn summaries_and_statements_stand_apart() {
    check(
        &[("a.csv", "ttft_ms,mean_ttft_ms\n1,5\n2,5\n"), ("b.md", "| TTFT (ms) |\n|---|\n| 7 |\n")],
        &["ttft Sample ttft_ms () 1 2", "ttft Summary mean_ttft_ms () 5 5", "ttft Stated TTFT () 7"],
    );
}

#[test]
fn statements_stand_after_everything_measured() {
    check(
        &[
            ("a.md", "| TTFT (ms) |\n|---|\n| 7 |\n"),
            ("b.csv", "mean_ttft_ms\n5\n"),
            ("c.csv", "memory_mib\n3\n"),
        ],
        &["ttft Summary mean_ttft_ms () 5", "memory Sample memory_mib () 3", "ttft Stated TTFT () 7"],
    );
}

#[test]
fn dimensions_come_from_columns_then_context_then_the_name() {
    check(
        &[
            ("gemma3_270m.csv", "num_gpu,tok_s\n1,10\n2,20\n"),
            ("gemma3_1b.json", r#"{"model":"m1","runs":[{"tok_s":1},{"tok_s":2,"model":"m2"}]}"#),
        ],
        &[
            "throughput Sample tok_s (model=gemma3:270m) 10 20",
            "throughput Sample tok_s (model=m1) 1",
            "throughput Sample tok_s (model=m2) 2",
        ],
    );
}

#[test]
fn groups_can_be_asked_for() {
    let library =
        library(&[("a.csv", "model,num_gpu,temperature,tok_s\nx,1,0.2,10\nx,1,0.8,20\nx,2,0.2,30\n")]);
    let lines = |series: Vec<Series>| series.iter().map(line).collect::<Vec<_>>();
    assert_eq!(lines(owned(&library)), ["throughput Sample tok_s (model=x) 10 20 30"]);
    assert_eq!(
        lines(library.series_by(&["num_gpu"])),
        ["throughput Sample tok_s (num_gpu=1) 10 20", "throughput Sample tok_s (num_gpu=2) 30"]
    );
    assert_eq!(lines(library.series_by(&[])), ["throughput Sample tok_s () 10 20 30"]);
    let hot =
        library.select(&[], |path, group| path == "a.csv" && group.to_string().contains("temperature=0.8"));
    assert_eq!(lines(hot), ["throughput Sample tok_s () 20"]);
    let value = library.series()[0].values.get(1).unwrap();
    assert_eq!(
        (value.line, value.row, value.group.to_string()),
        (3, 1, "model=x, num_gpu=1, temperature=0.8".into())
    );
}

#[test]
fn a_prompt_only_run_is_no_decode_rate() {
    check(
        &[("a.csv", "model,n_prompt,n_gen,avg_ts\nx,512,0,7000\nx,0,128,120\n")],
        &["throughput Summary avg_ts (model=x) 120", "prefill_rate Summary avg_ts (model=x) 7000"],
    );
}

#[test]
fn a_unit_column_rules_its_row() {
    check(
        &[(
            "a.json",
            r#"{"benchmarks":[{"name":"a","real_time":5,"time_unit":"us"},{"name":"b","real_time":2,"time_unit":"s","iterations":9}]}"#,
        )],
        &["real_time Sample real_time () 0.005 2000"],
    );
}

#[test]
fn a_long_table_names_its_metrics_in_a_column() {
    check(
        &[(
            "a.csv",
            "model,metric,value,unit\nx,ttft,0.5,s\nx,tokens_per_second,40,\nx,ttft,700,ms\nx,weather,3,\n",
        )],
        &["throughput Sample value (model=x) 40", "ttft Sample value (model=x) 500 700"],
    );
}

#[test]
fn copies_count_once_and_own_files_never() {
    let text = "model,tok_s\nx,10\nx,20\n";
    let mut library = library(&[("b.csv", text), ("a.csv", text), ("chimera_insight/c.csv", text)]);
    let line_of = |library: &Library| library.series().iter().map(|series| line(series)).collect::<Vec<_>>();
    assert_eq!(line_of(&library), ["throughput Sample tok_s (model=x) 10 20 2 duplicate file"]);
    assert_eq!(library.series()[0].files, ["a.csv".into()]);
    assert_eq!(library.inventory.generated_total(), 1);
    assert_eq!(library.inventory.totals(Kind::Csv).count, 2);
    // The first copy goes: the second speaks.
    library.apply(&Batch { changes: vec![Change::Removed("a.csv".into())], ..Batch::default() });
    assert_eq!(line_of(&library), ["throughput Sample tok_s (model=x) 10 20"]);
    assert_eq!(library.series()[0].files, ["b.csv".into()]);
    library.apply(&Batch { changes: vec![Change::Removed("b.csv".into())], ..Batch::default() });
    assert!(library.series().is_empty());
}

#[test]
fn one_run_in_two_formats_counts_once() {
    let csv = "model,tok_s\nm,101.04101744413546\nm,102.77679452860026\nm,99.13123\n";
    let json = r#"{"model":"m","runs":[{"tok_s":101.04101744413546},{"tok_s":102.77679452860026},{"tok_s":99.13123}]}"#;
    check(
        &[("a.csv", csv), ("a.json", json)],
        &[
            "throughput Sample tok_s (model=m) 101.04101744413546 102.77679452860026 99.13123 3 same values in another file",
        ],
    );
    // Round numbers are the same by chance.
    check(
        &[("a.csv", "model,tok_s\nm,1\nm,2.5\nm,3\n"), ("b.csv", "model,tok_s,n\nm,1,1\nm,2.5,1\nm,3,1\n")],
        &["throughput Sample tok_s (model=m) 1 2.5 3 1 2.5 3"],
    );
}

/// Values and excluded rows together, by field.
fn totals(series: &[Series]) -> std::collections::BTreeMap<String, (u64, u64)> {
    let mut totals = std::collections::BTreeMap::new();
    for one in series {
        let total: &mut (u64, u64) =
            totals.entry(format!("{} {:?} {}", one.metric.name(), one.nature, one.field)).or_default();
        total.0 += one.stats.n;
        total.1 += one.excluded_total();
    }
    totals
}

const FAILED: [(&str, &str); 2] = [
    ("a.csv", "model,num_gpu,tok_s,error\nx,1,10,\nx,2,20,\nx,2,0,boom\ny,1,30,\n"),
    ("b.csv", "model,num_gpu,tok_s,error\nx,1,11,\nx,1,,oom\nx,1,NaN,\n"),
];

#[test]
fn a_selection_counts_its_own_excluded_rows() {
    let library = library(&FAILED);
    let lines = |series: Vec<Series>| series.iter().map(line).collect::<Vec<_>>();
    let all = "throughput Sample tok_s (model=x) 10 20 11 2 failed, 1 not finite";
    assert_eq!(lines(owned(&library)), [all, "throughput Sample tok_s (model=y) 30"]);
    let of_file = |wanted: &str| lines(library.filtered(|path, _| path == wanted));
    assert_eq!(
        of_file("a.csv"),
        ["throughput Sample tok_s (model=x) 10 20 1 failed", "throughput Sample tok_s (model=y) 30"]
    );
    assert_eq!(of_file("b.csv"), ["throughput Sample tok_s (model=x) 11 1 failed, 1 not finite"]);
    assert_eq!(
        lines(library.series_by(&["num_gpu"])),
        [
            "throughput Sample tok_s (num_gpu=1) 10 30 11 1 failed, 1 not finite",
            "throughput Sample tok_s (num_gpu=2) 20 1 failed"
        ]
    );
    let second = library.select(&["model"], |_, group| group.to_string().contains("num_gpu=2"));
    assert_eq!(lines(second), ["throughput Sample tok_s (model=x) 20 1 failed"]);
    let places: Vec<_> = library.series()[0].excluded.iter().map(|e| (&*e.reason, e.files.clone())).collect();
    assert_eq!(
        places,
        [
            ("failed", vec![("a.csv".into(), 1), ("b.csv".into(), 1)]),
            ("not finite", vec![("b.csv".into(), 1)])
        ]
    );
}

/// One run in two formats; the table names no model, so its file does.
const TWINS: [(&str, &str); 3] = [
    ("gemma3_run.csv", "num_gpu,tok_s\n1,101.04101744413546\n2,102.77679452860026\n3,99.13123\n3,NaN\n"),
    (
        "gemma3_run.json",
        r#"{"model":"gemma3:latest","runs":[{"num_gpu":1,"tok_s":101.04101744413546},{"num_gpu":2,"tok_s":102.77679452860026},{"num_gpu":3,"tok_s":99.13123}]}"#,
    ),
    ("gemma3_run.d/x.csv", "model,num_gpu,tok_s\nz,1,7.12345\nz,1,8.12345\nz,1,9.12345\n"),
];

#[test]
fn a_run_in_two_formats_counts_once_however_it_is_grouped() {
    let library = library(&TWINS);
    let usual = totals(&owned(&library));
    assert_eq!(usual.values().collect::<Vec<_>>(), [&(6, 4)]);
    for keys in [&[][..], &["num_gpu"], &["model"], &["model", "num_gpu"]] {
        assert_eq!(totals(&library.series_by(keys)), usual, "{keys:?}");
    }
    // Alone it speaks for itself.
    let lines: Vec<String> = library.filtered(|path, _| path == TWINS[1].0).iter().map(line).collect();
    assert_eq!(
        lines,
        ["throughput Sample tok_s (model=gemma3:latest) 101.04101744413546 102.77679452860026 99.13123"]
    );
    let first = library.select(&[], |path, group| {
        path.starts_with("gemma3_run.") && group.to_string().contains("num_gpu=1")
    });
    assert_eq!(totals(&first).values().collect::<Vec<_>>(), [&(4, 1)]);
}

#[test]
fn a_failed_row_in_two_formats_counts_once() {
    let csv = "tok_s,n_tokens,ttft_ms,error\n0.12345,9,1,\n1.12345,9,2,\n2.12345,9,3,\n0,0,0,oom\n";
    let row = |tok_s: f64, error: &str| format!(r#"{{"tok_s":{tok_s},"ttft_ms":1,"error":"{error}"}}"#);
    let json = [row(0.12345, ""), row(1.12345, ""), row(2.12345, ""), row(0.0, "oom")].join(",");
    let json = format!("[{json}]");
    let both = library(&[("a.csv", csv), ("a.json", &json)]);
    assert_eq!(both.failed_rows(), [("a.csv".into(), 1)]);
    assert_eq!(library(&[("a.csv", csv), ("b.json", &json)]).failed_rows().len(), 2);
}

#[test]
fn what_a_document_calls_failed_is_no_failed_row() {
    let csv = "tok_s,error\n0.12345,\n0,oom\n";
    let table = "| VRAM | TTFT (ms) | State |\n| --- | --- | --- |\n| 1 GB | 450 | Pressured |\n";
    let both = library(&[("a.csv", csv), ("notes.md", table)]);
    assert_eq!(both.failed_rows(), [("a.csv".into(), 1)]);
}

#[test]
fn a_run_is_told_from_its_twin_as_files_come_and_go() {
    let mut library = library(&TWINS[1..2]);
    let n = |library: &Library| library.series().iter().map(|series| series.stats.n).collect::<Vec<_>>();
    assert_eq!(n(&library), [3]);
    library.apply(&Batch { changes: vec![file(TWINS[0].0, TWINS[0].1)], ..Batch::default() });
    // The one that names the model itself says more.
    assert_eq!(n(&library), [0, 3]);
    // A copy that speaks for the table speaks for its twin too.
    library.apply(&Batch { changes: vec![file("a.csv", TWINS[0].1)], ..Batch::default() });
    assert_eq!(library.series().iter().map(|series| series.stats.n).sum::<u64>(), 3);
    let gone = ["a.csv", "gemma3_run.csv"].map(|path| Change::Removed(path.into()));
    library.apply(&Batch { changes: gone.into(), ..Batch::default() });
    assert_eq!(n(&library), [3]);
}

#[test]
fn of_twins_the_one_that_states_more_speaks() {
    let csv = "tok_s\n101.04101744413546\n102.77679452860026\n99.13123\n98.12345\n";
    let run = |device: &str, numbers: &[f64]| {
        let rows: Vec<String> = numbers.iter().map(|tok_s| format!(r#"{{"tok_s":{tok_s}}}"#)).collect();
        format!(r#"{{"model":"m","device":"{device}","runs":[{}]}}"#, rows.join(","))
    };
    let whole = run("cpu", &[101.041_017_444_135_46, 102.776_794_528_600_26, 99.131_23, 98.123_45]);
    check(
        &[("a.csv", csv), ("a.json", &whole)],
        &[
            "throughput Sample tok_s ()  4 same values in another file",
            "throughput Sample tok_s (device=cpu, model=m) 101.04101744413546 102.77679452860026 99.13123 98.12345",
        ],
    );
    // Its rows may be of two devices, which the table does not tell apart.
    let row = |tok_s: f64, device: &str| format!(r#"{{"tok_s":{tok_s},"device":"{device}"}}"#);
    let two =
        [(101.041_017_444_135_46, "a"), (102.776_794_528_600_26, "b"), (99.131_23, "a"), (98.123_45, "b")];
    let two: Vec<String> = two.iter().map(|(tok_s, device)| row(*tok_s, device)).collect();
    check(
        &[("a.csv", csv), ("a.json", &format!("[{}]", two.join(",")))],
        &[
            "throughput Sample tok_s ()  4 same values in another file",
            "throughput Sample tok_s (device=a) 101.04101744413546 99.13123",
            "throughput Sample tok_s (device=b) 102.77679452860026 98.12345",
        ],
    );
    // Copies of both, under two names each: still once.
    let files = [("a.csv", csv), ("a.tsv", csv), ("a.json", whole.as_str()), ("a.jsonl", whole.as_str())];
    let both = library(&files);
    assert_eq!(both.series().iter().map(|series| series.stats.n).sum::<u64>(), 4);
    assert_eq!(both.series()[1].files, ["a.json".into()]);
}

#[test]
fn a_ratio_of_totals_stands_beside_the_mean_of_rates() {
    let table = "model,tokens_s,eval_s,eval_count,prompt_eval_count,prompt_eval_s\n\
        m,100,1,100,10,0.5\nm,50,4,200,90,0.5\nm,,1,,,\nn,80,1,80,,\nn,70,,70,,\n";
    let ratios =
        |library: &Library| library.series().iter().map(|series| series.ratio_of_totals).collect::<Vec<_>>();
    let library = library(&[("a.csv", table)]);
    // 300 tokens in 5 s, where the mean of the rates is 75; of `n` one time is not known.
    assert_eq!(ratios(&library)[..2], [Some(60.0), None]);
    assert_eq!(library.series()[0].stats.mean, Some(75.0));
    let first =
        library.select(&["model"], |_, group| group.get("model").is_some_and(|model| &**model == "m"));
    assert_eq!(first[0].ratio_of_totals, Some(60.0));
    // Tokens that do not make the rate are of something else.
    let prompts_too = super::tests::library(&[("a.csv", "tok_s,tokens,eval_s\n100,190,1\n90,230,1\n")]);
    assert_eq!(ratios(&prompts_too)[0], None);
}

#[test]
fn a_copy_steps_back_only_for_a_copy_that_is_selected_too() {
    let text = "model,tok_s\nx,10\nx,20\n";
    let library = library(&[("a.csv", text), ("b.csv", text)]);
    let lines: Vec<String> = library.filtered(|path, _| path == "b.csv").iter().map(line).collect();
    assert_eq!(lines, ["throughput Sample tok_s (model=x) 10 20"]);
    let lines: Vec<String> = library.filtered(|_, _| true).iter().map(line).collect();
    assert_eq!(lines, ["throughput Sample tok_s (model=x) 10 20 2 duplicate file"]);
}

#[test]
fn only_touched_series_are_computed_anew() {
    let mut library = library(&[
        ("a.csv", "model,tok_s\nx,10\n"),
        ("b.csv", "model,tok_s\ny,10\n"),
        ("c.csv", "model,ttft_ms\nx,10\n"),
    ]);
    assert_eq!(library.recomputed(), 3);
    library.apply(&Batch { changes: vec![file("b.csv", "model,tok_s\ny,10\ny,12\n")], ..Batch::default() });
    assert_eq!(library.recomputed(), 1);
    let lines: Vec<String> = library.series().iter().map(|series| line(series)).collect();
    assert_eq!(
        lines,
        [
            "throughput Sample tok_s (model=x) 10",
            "throughput Sample tok_s (model=y) 10 12",
            "ttft Sample ttft_ms (model=x) 10"
        ]
    );
    library.apply(&Batch::default());
    assert_eq!(library.recomputed(), 0);
    assert_eq!(library.metrics_of("c.csv"), ["ttft"]);
}

#[test]
fn what_is_appended_touches_the_series_that_it_feeds() {
    let text = "model,tok_s,ttft_ms\nx,10,1\ny,10,1\nz,20,1\n";
    let mut library = library(&[("a.csv", text), ("b.csv", "model,tok_s\ny,7\n")]);
    assert_eq!(library.recomputed(), 6);
    let more = format!("{text}y,11,\ny,12,\n");
    library.apply(&Batch { changes: vec![file("a.csv", &more)], ..Batch::default() });
    // Throughput of `y`, and its TTFT, which two empty cells are left out of.
    assert_eq!(library.recomputed(), 2);
    assert_eq!(
        library.series(),
        super::tests::library(&[("a.csv", &more), ("b.csv", "model,tok_s\ny,7\n")]).series()
    );
    // A row that makes an earlier one cold changes that one's series too.
    let slow = format!("{more}x,10,90\nx,10,1\nx,10,1\nx,10,1\nx,10,1\n");
    library.apply(&Batch { changes: vec![file("a.csv", &slow)], ..Batch::default() });
    assert_eq!(library.recomputed(), 2);
    // The same bytes again touch nothing.
    library.apply(&Batch { changes: vec![file("a.csv", &slow)], ..Batch::default() });
    assert_eq!(library.recomputed(), 0);
}

#[test]
fn a_series_of_many_batches_is_computed_once() {
    let change = |index: usize| file(&format!("f{index}.csv"), &format!("model,tok_s\nx,{index}\n"));
    let mut library = Library::default();
    for index in 0..50 {
        library.absorb(&Batch { changes: vec![change(index)], ..Batch::default() });
    }
    assert_eq!((library.inventory.len(), library.series().len(), library.is_settled()), (50, 0, false));
    library.settle();
    assert_eq!((library.recomputed(), library.is_settled()), (1, true));
    assert_eq!(library.series()[0].values.len(), 50);
    library.settle();
    assert_eq!(library.recomputed(), 0);
}

#[test]
fn a_snapshot_shares_the_series_and_can_be_gone_on_with() {
    let mut library = library(&[
        ("a.csv", "model,tok_s\nx,10\n"),
        ("b.csv", "model,tok_s\nx,10\n"),
        ("c.csv", "model,tok_s\ny,5\n"),
    ]);
    let mut snapshot = library.snapshot();
    assert!(snapshot.has_series_of(&library));
    let change = Batch {
        changes: vec![Change::Removed("a.csv".into()), file("d.csv", "model,tok_s\ny,6\n")],
        ..Batch::default()
    };
    library.apply(&change);
    assert!(!snapshot.has_series_of(&library));
    assert_eq!(snapshot.series()[0].files, ["a.csv".into()]);
    snapshot.apply(&change);
    assert_eq!(snapshot.series(), library.series());
    assert_eq!(snapshot.failed_rows(), library.failed_rows());
}

#[test]
fn statistics_equal_hand_worked_values() {
    let stats = Stats::of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
    assert_eq!((stats.n, stats.mean, stats.median), (8, Some(5.0), Some(4.5)));
    assert_eq!((stats.min, stats.max), (Some(2.0), Some(9.0)));
    assert!((stats.stddev.unwrap() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-15);
    assert!((stats.cv.unwrap() - (32.0_f64 / 7.0).sqrt() / 5.0).abs() < 1e-15);
    // 0.9 × 7 = 6.3: between 7 and 9; 0.95 × 7 = 6.65.
    assert!((stats.p90.unwrap() - 7.6).abs() < 1e-12);
    assert!((stats.p95.unwrap() - 8.3).abs() < 1e-12);
    let one = Stats::of(&[3.0]);
    assert_eq!((one.n, one.mean, one.p99, one.stddev, one.cv), (1, Some(3.0), Some(3.0), None, None));
    assert_eq!(Stats::of(&[]), Stats::default());
    let constant = Stats::of(&[0.1, 0.1, 0.1]);
    assert_eq!((constant.mean, constant.stddev), (Some(0.1), Some(0.0)));
    assert_eq!(Stats::of(&[-1.0, 1.0]).cv, None);
    assert_eq!(Stats::of(&[1.0, f64::NAN, f64::INFINITY]).n, 1);
    assert_eq!(percentile(&[1.0, 2.0, 4.0], 25.0), Some(1.5));
    assert_eq!((percentile(&[], 50.0), percentile(&[1.0], 101.0)), (None, None));
}

#[test]
fn the_interval_of_the_median_is_the_same_every_time() {
    let values: Vec<f64> = (0..50).map(|i| f64::from(i * 7 % 50)).collect();
    let (low, high) = median_ci95(&values).unwrap();
    // The exact interval by order statistics is the 18th to the 33rd value: 17 to 32.
    assert!((15.0..=20.0).contains(&low) && (29.0..=34.0).contains(&high), "{low} {high}");
    let mut turned = values.clone();
    turned.reverse();
    assert_eq!(median_ci95(&turned), Some((low, high)));
    assert_eq!(median_ci95(&[5.0, 5.0, 5.0]), Some((5.0, 5.0)));
    assert_eq!((median_ci95(&[1.0]), median_ci95(&[])), (None, None));
}

proptest! {
    #[test]
    fn batches_in_any_order_give_the_same_series(order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(), split in 0_usize..6) {
        let table = "model,tok_s\nm,0.12345\nm,1.12345\nm,2.12345\nm1,3\n";
        let nested = |model: &str| {
            format!(r#"{{"model":"{model}","runs":[{{"tok_s":0.12345}},{{"tok_s":1.12345}},{{"tok_s":2.12345}}]}}"#)
        };
        let files = [
            ("a.csv", table.to_owned()),
            ("a.json", nested("n")),
            ("b.csv", table.to_owned()),
            ("b.json", nested("o")),
            ("c.csv", "model,tok_s\nm,7\nm1,8\n".to_owned()),
            ("d.csv", "model,tok_s,error\nm,7,boom\n".to_owned()),
        ];
        let change = |&index: &usize| file(files[index].0, &files[index].1);
        let mut whole = Library::default();
        whole.apply(&Batch { changes: (0..6).map(|index| change(&index)).collect(), ..Batch::default() });
        let mut parts = Library::default();
        for part in [&order[..split], &order[split..]] {
            parts.apply(&Batch { changes: part.iter().map(change).collect(), ..Batch::default() });
        }
        prop_assert_eq!(whole.series(), parts.series());
        // Listed as they are compared: the screen finds its lines by that order.
        prop_assert!(whole.series().is_sorted_by(|one, other| one.order(other).is_lt()));
        prop_assert_eq!(owned(&whole), whole.filtered(|_, _| true));
    }

    #[test]
    fn a_file_that_grew_says_what_it_says_as_a_whole(
        rows in prop::collection::vec((0_u8..3, 0_u8..2, 0_u16..2000, any::<bool>()), 1..60),
        cuts in prop::collection::vec(1_usize..60, 0..6),
    ) {
        let row = |&(model, gpu, load, is_failed): &(u8, u8, u16, bool)| {
            let error = if is_failed && load % 7 == 0 { "oom" } else { "" };
            format!("m{model},{gpu},{load},{}.12345,{error}\n", 100 + u32::from(load))
        };
        let text = |count: usize| {
            let rows: String = rows.iter().take(count).map(row).collect();
            format!("model,num_gpu,load_ms,tok_s,error\n{rows}")
        };
        let mut cuts = cuts;
        cuts.sort_unstable();
        let mut grown = Library::default();
        for count in cuts.into_iter().chain([rows.len()]) {
            grown.apply(&Batch { changes: vec![file("a.csv", &text(count))], ..Batch::default() });
        }
        let whole = library(&[("a.csv", &text(rows.len()))]);
        prop_assert_eq!(grown.series(), whole.series());
        prop_assert_eq!(owned(&grown), grown.filtered(|_, _| true));
        prop_assert_eq!(grown.failed_rows(), whole.failed_rows());
    }

    #[test]
    fn what_came_and_went_leaves_nothing_behind(steps in prop::collection::vec((0_usize..8, 0_usize..4), 1..40)) {
        let table = "tok_s,error\n0.12345,\n1.12345,\n2.12345,\n3,boom\n";
        let row = |tok_s: f64| format!(r#"{{"tok_s":{tok_s},"model":"m"}}"#);
        let nested = format!("[{}]", [0.12345, 1.12345, 2.12345].map(row).join(","));
        let contents = [table.to_owned(), nested, "model,tok_s\nm,7\nm1,8\n".to_owned()];
        let names = ["a.csv", "a.json", "a.tsv", "a.d.csv", "a.d.json", "b.csv", "b.json", "b.jsonl"];
        let mut library = Library::default();
        let mut held = std::collections::BTreeMap::new();
        for (name, content) in steps {
            let change = match contents.get(content) {
                Some(content) => file_of(names[name], content, content.starts_with('[')),
                None => Change::Removed(names[name].into()),
            };
            held.remove(names[name]);
            if let Some(content) = contents.get(content) {
                held.insert(names[name], content);
            }
            library.apply(&Batch { changes: vec![change], ..Batch::default() });
        }
        let changes = held.iter().rev();
        let changes = changes.map(|(name, content)| file_of(name, content, content.starts_with('['))).collect();
        let mut fresh = Library::default();
        fresh.apply(&Batch { changes, ..Batch::default() });
        prop_assert_eq!(library.series(), fresh.series());
        prop_assert_eq!(owned(&fresh), fresh.filtered(|_, _| true));
        prop_assert_eq!(library.failed_rows(), fresh.failed_rows());
        // However often the run lies there, it counts once; twice where no name says that the
        // table and the list are the same.
        let runs = fresh.series().iter().flat_map(|series| series.values.numbers());
        let runs = runs.filter(|number| (**number - 0.12345).abs() < 1e-12).count();
        let stems = |content: usize| {
            let names = held.iter().filter(|(_, held)| ***held == contents[content]);
            names.map(|(name, _)| name.rsplit_once('.').unwrap().0).collect::<std::collections::BTreeSet<_>>()
        };
        let expected = match (stems(0), stems(1)) {
            (tables, lists) if tables.is_empty() && lists.is_empty() => 0,
            (tables, lists) if tables.is_empty() || lists.is_empty() || !tables.is_disjoint(&lists) => 1,
            _ => 2,
        };
        prop_assert_eq!(runs, expected);
    }

    #[test]
    fn statistics_keep_their_order(values in prop::collection::vec(-1e9_f64..1e9, 1..60)) {
        let stats = Stats::of(&values);
        let ordered = [stats.min, stats.median, stats.p90, stats.p95, stats.p99, stats.max].map(Option::unwrap);
        prop_assert!(ordered.is_sorted(), "{ordered:?}");
        prop_assert!((stats.min.unwrap()..=stats.max.unwrap()).contains(&stats.mean.unwrap()));
        // As the definition says it, of all values in order.
        let mut sorted = values;
        sorted.sort_unstable_by(f64::total_cmp);
        let naive = [50.0, 90.0, 95.0, 99.0].map(|p| percentile(&sorted, p));
        prop_assert_eq!([stats.median, stats.p90, stats.p95, stats.p99], naive);
    }
}
