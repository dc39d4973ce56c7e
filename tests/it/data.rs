//! Figures of the shared test folders against a ground truth computed by other means.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use chimera_insight::{
    ingest::{
        self,
        file::{Document, Kind, Rank, Stamp, Status},
        inventory::{Batch, Change, ReportFile},
    },
    metrics::{
        library::Library,
        series::{Nature, Series},
    },
};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::support::{Outcome, data_test};

pub fn tests() -> Vec<Trial> {
    vec![
        data_test("data::figures_equal_the_ground_truth", figures_equal_the_ground_truth),
        data_test("data::every_number_of_json_is_in_a_cell", every_number_of_json_is_in_a_cell),
        data_test("data::hostile_files_are_read_without_panic", hostile_files_are_read_without_panic),
    ]
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { walk(&entry.path(), found) } else { found.push(entry.path()) }
    }
}

fn kind(path: &Path) -> Option<Kind> {
    Some(match path.extension()?.to_str()? {
        "csv" | "tsv" => Kind::Csv,
        "json" | "jsonl" => Kind::Json,
        "md" => Kind::Markdown,
        _ => return None,
    })
}

/// Every file of a folder with its bytes, by path.
fn files(root: &Path) -> Vec<(String, Kind, Vec<u8>)> {
    let mut paths = Vec::new();
    walk(root, &mut paths);
    paths.sort();
    paths
        .into_iter()
        .filter_map(|path| {
            let name = path.strip_prefix(root).ok()?.to_str()?.to_owned();
            Some((name, kind(&path)?, fs::read(&path).ok()?))
        })
        .collect()
}

fn library(root: &Path) -> Library {
    let read = |(path, kind, bytes): (String, Kind, Vec<u8>)| {
        let document = ingest::parse(&path, kind, &bytes);
        Change::Read(Arc::new(ReportFile {
            path: path.as_str().into(),
            os_path: root.join(&path),
            kind,
            stamp: Stamp { length: bytes.len() as u64, ..Stamp::default() },
            status: document.status.unwrap_or(Status::Error),
            generated: document.generated,
            document: Arc::new(document),
            digest: String::from_utf8_lossy(&bytes).into(),
        }))
    };
    let mut library = Library::default();
    library.apply(&Batch { changes: files(root).into_iter().map(read).collect(), ..Batch::default() });
    library
}

/// Series of one metric out of some files, grouped.
fn of(library: &Library, metric: &str, keys: &[&str], is_wanted: impl Fn(&str) -> bool) -> Vec<Series> {
    let mut series = library.select(keys, |path, _| is_wanted(path));
    series.retain(|series| series.metric.name() == metric && series.nature != Nature::Stated);
    series
}

fn figures_equal_the_ground_truth(data: &Path) -> Outcome {
    let truth: Value = serde_json::from_slice(&fs::read(data.join("truth.json"))?)?;
    let value = |id: &str| {
        let questions = truth["questions"].as_array().into_iter().flatten();
        questions.filter(|question| question["id"] == id).map(|question| question["value"].clone()).next()
    };
    let library = library(&data.join("reports-chimera"));
    let one =
        |metric: &str, file: &str| of(&library, metric, &[], |path| path.ends_with(file)).swap_remove(0);
    let mut wrong = Vec::new();
    let mut expect = |id: &str, pointer: &str, found: Option<f64>| {
        let expected = value(id).and_then(|value| value.pointer(pointer).and_then(Value::as_f64));
        let is_equal = found
            .zip(expected)
            .is_some_and(|(found, expected)| (found - expected).abs() <= expected.abs() * 1e-9);
        if !is_equal {
            wrong.push(format!("{id}{pointer}: {found:?}, not {expected:?}"));
        }
    };
    expect("s01", "/csv", Some(library.inventory.totals(Kind::Csv).count as f64));
    expect("s01", "/json", Some(library.inventory.totals(Kind::Json).count as f64));
    expect("s01", "/md", Some(library.inventory.totals(Kind::Markdown).count as f64));
    expect("s04", "/csv", Some(library.inventory.totals(Kind::Csv).bytes as f64));
    expect("s05", "", one("throughput", "gemma3_270m_baseline.csv").stats.median);
    let baseline = one("throughput", "gemma3/gemma3_baseline.csv").stats;
    expect("s06", "", baseline.mean);
    expect("s07", "/stdev", baseline.stddev);
    expect("s07", "/cv_percent", baseline.cv.map(|cv| cv * 100.0));
    expect("s09", "", one("ttft", "gemma3/gemma3_baseline.csv").stats.mean);
    expect("s10", "/ttft_s", one("ttft", "gemma3_270m_baseline.csv").stats.max.map(|ms| ms / 1e3));
    let sweep = one("throughput", "gemma3/gemma3_param_tuning.csv");
    let best = sweep.values.iter().max_by(|a, b| a.number.total_cmp(&b.number)).ok_or("no values")?;
    expect("s11", "/tokens_s", Some(best.number));
    let expected = value("s11").unwrap_or_default();
    for key in ["num_gpu", "num_ctx", "temperature", "config_name"] {
        let found =
            best.group.0.iter().find(|(known, _)| &**known == key).map(|(_, value)| value.to_string());
        let expected = expected[key].as_str().map_or_else(|| expected[key].to_string(), ToOwned::to_owned);
        assert_eq!(found, Some(expected), "s11 {key}");
    }
    let slow = one("ttft", "gemma3/gemma3_param_tuning.csv")
        .values
        .iter()
        .filter(|value| value.number > 1e3)
        .count();
    expect("s12", "", Some(slow as f64));
    for series in
        of(&library, "throughput", &["num_gpu"], |path| path.ends_with("gemma3/gemma3_param_tuning.csv"))
    {
        expect("s13", &format!("/{}", series.group.0[0].1), series.stats.mean);
    }
    expect("s14", "", one("throughput", "gemma3_270m_param_tuning.csv").stats.p95);
    expect("s15", "/mean_tokens_s", one("throughput", "1b-it-qat_param_tuning_summary.csv").stats.max);
    expect("s17", "/mean_tokens_s", one("throughput", "csv_data/ollama_param_tuning_summary.csv").stats.max);
    for series in of(&library, "throughput", &["tag"], |path| path == "csv_data/ollama_quant_bench.csv") {
        expect("s18", &format!("/{}/mean", series.group.0[0].1), series.stats.mean);
        expect("s18", &format!("/{}/median", series.group.0[0].1), series.stats.median);
    }
    for series in of(&library, "ttft", &["model"], |path| path.ends_with("151824/prompt_suite_runs.csv")) {
        let model = &series.group.0[0].1;
        expect("s19", &format!("/{model}/mean"), series.stats.mean.map(|ms| ms / 1e3));
        expect("s19", &format!("/{model}/median"), series.stats.median.map(|ms| ms / 1e3));
    }
    let runs =
        of(&library, "throughput", &[], |path| path.contains("/ollama/") && path.ends_with("_runs.csv"));
    let [runs] = runs.as_slice() else { return Err("not one series of runs".into()) };
    expect("s20", "/failed", Some(runs.excluded_total() as f64));
    expect("s20", "/rows", Some((runs.stats.n + runs.excluded_total()) as f64));
    expect("s21", "/without_failures", runs.stats.mean);
    let summary = "csv_data/baseline_performance_summary.csv";
    expect("s22", "/generation_time_ms", one("total_duration", summary).stats.mean);
    expect("s22", "/tokens_per_second", one("throughput", summary).stats.mean);
    let backends =
        library.select(&["backend"], |path, _| path.ends_with("conv_cuda_bench_20251002-172037.json"));
    let means = || backends.iter().filter(|series| &*series.field == "benchmark.mean_time_ms");
    let best = means()
        .filter_map(|series| Some((series.stats.min?, &series.group.0[0].1)))
        .min_by(|a, b| a.0.total_cmp(&b.0));
    expect("s23", "/mean_time_ms", best.map(|best| best.0));
    assert_eq!(best.map(|best| &**best.1), Some("eager"));
    let failed: Vec<&str> =
        means().filter(|series| series.excluded_total() > 0).map(|series| &*series.group.0[0].1).collect();
    assert_eq!(failed, ["torch_compile"]);
    let p95 = library.select(&[], |path, _| path.contains("demo_inference_"));
    expect(
        "s24",
        "",
        p95.iter().find(|series| &*series.field == "p95_ms").and_then(|series| series.stats.max),
    );
    let broken = library.inventory.get("reports/ncu_summary.csv").ok_or("no such file")?;
    assert_eq!((broken.status, broken.document.rows()), (Status::Error, 0));
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

fn numbers(document: &Document) -> Vec<f64> {
    let tables = document.tables.iter().filter(|table| table.rank == Rank::Measured);
    let columns = tables.flat_map(|table| &table.columns).filter(|column| !column.name.starts_with("../"));
    let mut found: Vec<f64> = columns.flat_map(|column| column.cells.numbers()).collect();
    found.sort_by(f64::total_cmp);
    found
}

fn leaves(value: &Value, found: &mut Vec<f64>) {
    match value {
        Value::Number(number) => found.extend(number.as_f64()),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
        Value::Object(members) => members.values().for_each(|member| leaves(member, found)),
        _ => {}
    }
}

fn every_number_of_json_is_in_a_cell(data: &Path) -> Outcome {
    let mut count = 0;
    for folder in ["reports-chimera", "bench-samples"] {
        for (path, kind, bytes) in files(&data.join(folder)) {
            let mut expected = Vec::new();
            if kind != Kind::Json {
                continue;
            }
            for value in serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>() {
                leaves(&value?, &mut expected);
            }
            expected.sort_by(f64::total_cmp);
            let document = ingest::parse(&path, kind, &bytes);
            let found = numbers(&document);
            // The other reader rounds the last bit another way.
            let is_same = |(a, b): (&f64, &f64)| (a - b).abs() <= b.abs() * 1e-15;
            assert_eq!(found.len(), expected.len(), "{path}");
            assert!(found.iter().zip(&expected).all(is_same), "{path}: {found:?}, not {expected:?}");
            assert_eq!(document.status, Some(Status::Ok), "{path}: {:?}", document.problems);
            count += 1;
        }
    }
    if count > 0 { Ok(()) } else { Err("no JSON file found".into()) }
}

fn hostile_files_are_read_without_panic(data: &Path) -> Outcome {
    let files = files(&data.join("hostile"));
    if files.is_empty() {
        return Err("no hostile file found".into());
    }
    for (path, kind, bytes) in files {
        let document = ingest::parse(&path, kind, &bytes);
        let name = path.rsplit('/').next().unwrap_or(&path);
        let is_clean = document.status == Some(Status::Ok) && document.problems.is_empty();
        if path.contains("json/suite/") && name.starts_with("y_") {
            assert!(is_clean, "{path}: {:?}", document.problems);
        }
        if path.contains("json/suite/") && name.starts_with("n_") {
            assert_ne!(document.status, Some(Status::Ok), "{path}");
            assert!(!document.problems.is_empty(), "{path}");
        }
    }
    Ok(())
}
