//! One run in several files counts once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{check, file, library, line, owned};
use crate::{
    ingest::{
        file::Kind,
        inventory::{Batch, Change},
    },
    metrics::{library::Library, series::Series},
};

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
fn a_copy_steps_back_only_for_a_copy_that_is_selected_too() {
    let text = "model,tok_s\nx,10\nx,20\n";
    let library = library(&[("a.csv", text), ("b.csv", text)]);
    let lines: Vec<String> = library.filtered(|path, _| path == "b.csv").iter().map(line).collect();
    assert_eq!(lines, ["throughput Sample tok_s (model=x) 10 20"]);
    let lines: Vec<String> = library.filtered(|_, _| true).iter().map(line).collect();
    assert_eq!(lines, ["throughput Sample tok_s (model=x) 10 20 2 duplicate file"]);
}
