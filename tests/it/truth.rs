//! The 25 questions of the shared ground truth, which was computed by other means: each is
//! asked on the command line, and its answer met within the tolerance.

use std::{fs, path::Path, process::Stdio};

use libtest_mimic::{Failed, Trial};
use serde_json::{Map, Value, json};

use crate::support::{Home, Outcome, copy_reports_chimera, data_test};

/// The folder's name in the home of the test.
const FOLDER: &str = "folder";
const RUNS: &str = "reports/ollama/*/*_runs.csv";

pub fn tests() -> Vec<Trial> {
    vec![data_test("truth::every_question_is_answered_on_the_command_line", every_question_is_answered)]
}

/// Asks the program and gives the answer the shape of the truth's value.
type Ask = fn(&Asker) -> Result<Value, Failed>;

const QUESTIONS: [(&str, Ask); 25] = [
    ("s01", |asker| asker.counts(FOLDER)),
    ("s02", |asker| asker.counts("folder/reports")),
    ("s03", |asker| asker.by_kind("latest_modified")),
    ("s04", |asker| asker.by_kind("bytes")),
    ("s05", |asker| asker.number("reports/gemma3/gemma3_270m_baseline.csv", "tokens_s", "median")),
    ("s06", |asker| asker.number("reports/gemma3/gemma3_baseline.csv", "tokens_s", "mean")),
    ("s07", |asker| {
        let one = asker.one(&file("reports/gemma3/gemma3_baseline.csv", "tokens_s"), "sd,cv")?;
        Ok(json!({"stdev": one["stddev"], "cv_percent": float(&one["cv"])? * 100.0}))
    }),
    ("s08", |asker| {
        let mut arguments = file("reports/gemma3/gemma3_baseline.csv", "eval_count");
        arguments.extend(["--field", "eval_s"]);
        Ok(asker.one(&arguments, "ratio_of_totals")?["ratio_of_totals"].clone())
    }),
    ("s09", |asker| asker.number("reports/gemma3/gemma3_baseline.csv", "ttft_s", "mean")),
    ("s10", |asker| {
        let best = asker.argument("reports/gemma3/gemma3_270m_baseline.csv", "ttft_s", "argmax")?;
        Ok(json!({"ttft_s": best["value"], "prompt": best["row"]["prompt"]}))
    }),
    ("s11", |asker| {
        let best = asker.argument("reports/gemma3/gemma3_param_tuning.csv", "tokens_s", "argmax")?;
        Ok(best["row"].clone())
    }),
    ("s12", |asker| {
        let mut arguments = file("reports/gemma3/gemma3_param_tuning.csv", "ttft_s");
        arguments.extend(["--where", "ttft_s > 1"]);
        Ok(asker.one(&arguments, "count")?["count"].clone())
    }),
    ("s13", |asker| {
        let arguments = file("reports/gemma3/gemma3_param_tuning.csv", "tokens_s");
        asker.by("num_gpu", &arguments, "mean", |one| one["mean"].clone())
    }),
    ("s14", |asker| asker.number("reports/gemma3/gemma3_270m_param_tuning.csv", "tokens_s", "p95")),
    ("s15", |asker| {
        let path = "reports/gemma3/gemma3_1b-it-qat_param_tuning_summary.csv";
        Ok(asker.argument(path, "mean_tokens_s", "argmax")?["row"].clone())
    }),
    ("s16", |asker| {
        let arguments = file("reports/gemma3/gemma3*_param_tuning_summary.csv", "mean_tokens_s");
        let counts = asker.by("file", &arguments, "count", |one| one["count"].clone())?;
        let named = counts.as_object().into_iter().flatten();
        let named = named.map(|(path, count)| (name(path).to_owned(), count.clone()));
        Ok(Value::Object(named.collect()))
    }),
    ("s17", |asker| {
        let path = "reports/llama3/ollama_param_tuning_summary.csv";
        Ok(asker.argument(path, "mean_tokens_s", "argmax")?["row"].clone())
    }),
    ("s18", |asker| {
        let arguments = file("reports/llama3/ollama_quant_bench.csv", "tokens_s");
        asker.by("tag", &arguments, "mean,median", Value::clone)
    }),
    ("s19", |asker| {
        let arguments = file("reports/ollama/20251002-151824/prompt_suite_runs.csv", "ttft_s");
        asker.by("model", &arguments, "mean,median", Value::clone)
    }),
    ("s20", |asker| {
        let all = asker.one(&file(RUNS, "tokens_s"), "count")?["count"].clone();
        let mut failed = file(RUNS, "error");
        failed.extend(["--where", "error != ''"]);
        let failed = asker.one(&failed, "count")?["count"].clone();
        let by_file = asker.by("file", &file(RUNS, "tokens_s"), "count,failed", |one| {
            (one["count"] == one["failed"]).into()
        })?;
        let only_failures = by_file.as_object().into_iter().flatten().filter(|(_, is_all)| **is_all == true);
        Ok(json!({"rows": all, "failed": failed, "files_with_only_failures": only_failures.count()}))
    }),
    ("s21", |asker| {
        let without = asker.one(&file(RUNS, "tokens_s"), "mean")?["mean"].clone();
        let mut with = file(RUNS, "tokens_s");
        with.push("--include-failed");
        let with = asker.one(&with, "mean")?["mean"].clone();
        Ok(json!({"without_failures": without, "failures_as_zero": with}))
    }),
    ("s22", |asker| {
        let path = "csv_data/baseline_performance_summary.csv";
        Ok(json!({
            "generation_time_ms": asker.number(path, "Generation Time*", "mean")?,
            "tokens_per_second": asker.number(path, "Tokens per Second", "mean")?,
        }))
    }),
    ("s23", |asker| {
        let path = "reports/compilation/conv_cuda_bench_20251002-172037.json";
        let one = asker.one(&file(path, "/backends/*/benchmark/mean_time_ms"), "argmin,failed")?;
        let failed = one["failed_rows"].as_array().into_iter().flatten();
        let failed: Vec<&Value> = failed.map(|row| &row["group"]["backend"]).collect();
        let best = &one["argmin"];
        Ok(json!({"backend": best["group"]["backend"], "mean_time_ms": best["value"], "failed": failed}))
    }),
    ("s24", |asker| asker.number("csv_data/demo_inference_*.json", "timing.p95_ms", "max")),
    ("s25", |asker| {
        let inventory = asker.ask(&["inventory", "--dir", FOLDER])?;
        let files = inventory["files"].as_array().into_iter().flatten();
        let mut empty = files.filter(|file| file["kind"] == "csv" && file["metrics"] == json!([]));
        let (Some(file), None) = (empty.next(), empty.next()) else { return Err("not one file".into()) };
        let problems = inventory["problems"].as_array().into_iter().flatten();
        let told: Vec<&str> = problems
            .filter(|problem| problem["path"] == file["path"])
            .filter_map(|problem| problem["message"].as_str())
            .collect();
        let told = told.join("; ");
        // The truth's words are those of a person; ours must name the same two reasons.
        let is_told = told.contains("UTF-16 that was converted") && told.contains("==ERROR==");
        let reason = "error text of a tool in half-converted UTF-16";
        let reason = if is_told { reason.to_owned() } else { told };
        Ok(json!({"file": file["path"], "data_rows": file["rows"], "reason": reason}))
    }),
];

fn every_question_is_answered(data: &Path) -> Outcome {
    let home = Home::new()?;
    copy_reports_chimera(data, &home.path().join(FOLDER))?;
    let asker = Asker { home };
    let truth: Value = serde_json::from_slice(&fs::read(data.join("truth.json"))?)?;
    let questions = truth["questions"].as_array().ok_or("no questions")?;
    let mut wrong = Vec::new();
    for question in questions {
        let id = question["id"].as_str().unwrap_or_default();
        let Some((_, ask)) = QUESTIONS.iter().find(|(known, _)| *known == id) else {
            wrong.push(format!("{id}: nobody asks it"));
            continue;
        };
        let tolerance = question["tolerance"].as_f64().unwrap_or(0.0);
        match ask(&asker) {
            Ok(found) => differences(id, &question["value"], &found, tolerance, &mut wrong),
            Err(failed) => wrong.push(format!("{id}: {failed:?}")),
        }
    }
    assert_eq!(questions.len(), QUESTIONS.len());
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Every leaf of what is expected must be found; more may be.
fn differences(place: &str, expected: &Value, found: &Value, tolerance: f64, wrong: &mut Vec<String>) {
    match expected {
        Value::Object(members) => {
            for (key, expected) in members {
                differences(&format!("{place}/{key}"), expected, &found[key], tolerance, wrong);
            }
        }
        Value::Number(number) => {
            let pair = number.as_f64().zip(found.as_f64());
            let is_met =
                |(expected, found): (f64, f64)| (expected - found).abs() <= expected.abs() * tolerance;
            if !pair.is_some_and(is_met) {
                wrong.push(format!("{place}: {found}, not {expected}"));
            }
        }
        _ if expected == found => {}
        _ => wrong.push(format!("{place}: {found}, not {expected}")),
    }
}

struct Asker {
    home: Home,
}

impl Asker {
    fn ask(&self, arguments: &[&str]) -> Result<Value, Failed> {
        let output = self.home.command().args(arguments).arg("--json").stdin(Stdio::null()).output()?;
        if !output.status.success() {
            return Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }
    fn series(&self, arguments: &[&str]) -> Result<Vec<Value>, Failed> {
        let mut answer = self.ask(&[&["metrics", "--dir", FOLDER], arguments].concat())?;
        Ok(answer["series"].as_array_mut().map(std::mem::take).unwrap_or_default())
    }
    /// The one series of all values together.
    fn one(&self, arguments: &[&str], statistics: &str) -> Result<Value, Failed> {
        let mut found = self.series(&[arguments, &["--group-by", "none", "--stat", statistics]].concat())?;
        match (found.pop(), found.pop()) {
            (Some(one), None) => Ok(one),
            _ => Err(format!("{arguments:?}: not one series").into()),
        }
    }
    fn number(&self, path: &str, field: &str, statistic: &str) -> Result<Value, Failed> {
        Ok(self.one(&file(path, field), statistic)?[statistic].clone())
    }
    fn argument(&self, path: &str, field: &str, statistic: &str) -> Result<Value, Failed> {
        let mut arguments = file(path, field);
        arguments.push("--raw");
        Ok(self.one(&arguments, statistic)?[statistic].clone())
    }
    /// What `value` takes of each group, in the file's own unit, by the group's value.
    fn by(
        &self,
        key: &str,
        arguments: &[&str],
        statistics: &str,
        value: impl Fn(&Value) -> Value,
    ) -> Result<Value, Failed> {
        let arguments = [arguments, &["--raw", "--group-by", key, "--stat", statistics]].concat();
        let mut groups = Map::new();
        for one in self.series(&arguments)? {
            let group = one["group"][key].as_str().ok_or("a row without the key")?.to_owned();
            if groups.insert(group, value(&one)).is_some() {
                return Err(format!("{arguments:?}: two series of one group").into());
            }
        }
        Ok(groups.into())
    }
    fn counts(&self, folder: &str) -> Result<Value, Failed> {
        let inventory = self.ask(&["inventory", "--dir", folder])?;
        let count = |kind: &str| &inventory["by_kind"][kind]["count"];
        let (csv, json, md) = (count("csv"), count("json"), count("markdown"));
        Ok(json!({"total": inventory["files_total"], "csv": csv, "json": json, "md": md}))
    }
    fn by_kind(&self, what: &str) -> Result<Value, Failed> {
        let kinds = &self.ask(&["inventory", "--dir", FOLDER])?["by_kind"];
        Ok(json!({"csv": kinds["csv"][what], "json": kinds["json"][what], "md": kinds["markdown"][what]}))
    }
}

fn file<'a>(path: &'a str, field: &'a str) -> Vec<&'a str> {
    vec!["--file", path, "--field", field]
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn float(value: &Value) -> Result<f64, Failed> {
    value.as_f64().ok_or_else(|| format!("{value} is no number").into())
}
