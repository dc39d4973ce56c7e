//! Result files of tools as their users have them, small ones of our own making: which
//! metrics the program sees in them. And the dictionary that a user lays over ours.

use std::{fs, path::Path};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::support::{Home, Outcome, tempdir, test};

pub fn tests() -> Vec<Trial> {
    vec![
        test("shapes: the units of a row rule its numbers", a_unit_column_rules),
        test("shapes: statistics of what a row names", statistics_of_a_label),
        test("shapes: warm-ups are left out and counted", warm_ups_are_left_out),
        test("shapes: summaries and errors of a micro-benchmark", micro_benchmarks),
        test("shapes: a log of a GPU", gpu_logs),
        test("shapes: an evaluation", evaluations),
        test("shapes: counters of a profiler are no metrics", profiler_counters),
        test("shapes: a user's dictionary wins", a_users_dictionary_wins),
        test("shapes: a wrong dictionary is said and the rest holds", a_wrong_dictionary_is_said),
    ]
}

/// `metric unit nature field: n median, excluded`, sorted.
fn series(home: &Home, folder: &Path) -> Result<(Vec<String>, String), Failed> {
    let output = home.command().args(["metrics", "--json"]).arg(folder).output()?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{stderr}");
    let answer: Value = serde_json::from_slice(&output.stdout)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let line = |series: &Value| {
        let excluded = match series["excluded"].as_u64() {
            Some(0) | None => String::new(),
            Some(count) => format!(", {count} left out"),
        };
        format!(
            "{} [{}] {} {}: {} of {}{excluded}",
            text(&series["metric"]),
            text(&series["unit"]),
            text(&series["nature"]),
            text(&series["field"]),
            series["n"],
            series["median"]
        )
    };
    let mut lines: Vec<String> = answer["series"].as_array().into_iter().flatten().map(line).collect();
    lines.sort();
    Ok((lines, stderr))
}

#[track_caller]
fn check(name: &str, text: &str, expected: &[&str]) -> Outcome {
    let (home, folder) = (Home::new()?, tempdir()?);
    fs::write(folder.path().join(name), text)?;
    let (lines, stderr) = series(&home, folder.path())?;
    assert_eq!((lines, stderr.as_str()), (expected.iter().map(ToString::to_string).collect(), ""));
    Ok(())
}

fn a_unit_column_rules() -> Outcome {
    check(
        "micro.csv",
        "Benchmark,Mode,Samples,Score,Score Error (99.9%),Unit\na,avgt,5,2500,10,ns/op\nb,avgt,5,3,0.1,us/op\n",
        &[
            // Each benchmark is a group of its own; a score is the mean of its samples, and its
            // error half of an interval.
            "time_per_op [ms] summary Score: 1 of 0.0025",
            "time_per_op [ms] summary Score: 1 of 0.003",
        ],
    )
}

fn statistics_of_a_label() -> Outcome {
    check(
        "profile.csv",
        "Metric,avg,p99\nTime To First Token (ms),20,30\nRequest Throughput (per sec),4,5\nOutput Sequence Length (tokens),100,120\n",
        &[
            "request_rate [req/s] summary avg: 1 of 4.0",
            "request_rate [req/s] summary p99: 1 of 5.0",
            "ttft [ms] summary avg: 1 of 20.0",
            "ttft [ms] summary p99: 1 of 30.0",
        ],
    )
}

fn warm_ups_are_left_out() -> Outcome {
    check(
        "runs.csv",
        "model,phase,tokens_s\nm,warmup,3\nm,measure,10\nm,measure,20\n",
        &["throughput [tok/s] sample tokens_s: 2 of 15.0, 1 left out"],
    )?;
    check(
        "runs.json",
        r#"[{"is_warmup":true,"ttft_ms":900},{"is_warmup":false,"ttft_ms":40}]"#,
        &["ttft [ms] sample ttft_ms: 1 of 40.0, 1 left out"],
    )
}

fn micro_benchmarks() -> Outcome {
    check(
        "dotnet.csv",
        "Method,Mean,Error,StdDev,Allocated\nFast,1.5 us,0.02 us,0.02 us,2 KB\nSlow,9.5 us,0.03 us,0.02 us,4 KB\n",
        &[
            "allocated [MiB] sample Allocated: 2 of 0.0029296875",
            "latency [ms] summary Error: 2 of 0.000024999999999999998",
            "latency [ms] summary Mean: 2 of 0.0055",
            "latency [ms] summary StdDev: 2 of 0.00002",
        ],
    )
}

fn gpu_logs() -> Outcome {
    check(
        "gpu.csv",
        "timestamp, index, utilization.gpu [%], memory.used [MiB], memory.total [MiB], clocks.sm [MHz], fan.speed [%], temperature.gpu\n\
         2025/01/01 00:00:00.000, 0, 50 %, 1000 MiB, 8000 MiB, 1500 MHz, 30 %, 61\n\
         2025/01/01 00:00:01.000, 0, 70 %, 3000 MiB, 8000 MiB, 1700 MHz, 30 %, 63\n",
        &[
            "fan_speed [%] sample fan.speed: 2 of 30.0",
            "gpu_temperature [°C] sample temperature.gpu: 2 of 62.0",
            "gpu_utilization [%] sample utilization.gpu: 2 of 60.0",
            "memory [MiB] sample memory.used: 2 of 2000.0",
            "sm_clock [MHz] sample clocks.sm: 2 of 1600.0",
        ],
    )
}

fn evaluations() -> Outcome {
    check(
        "results.json",
        r#"{"results":{"task_a":{"acc,none":0.5,"acc_stderr,none":0.01},"task_b":{"acc,none":0.7,"acc_stderr,none":0.03}}}"#,
        &[
            "accuracy [] sample acc,none: 1 of 0.5",
            "accuracy [] sample acc,none: 1 of 0.7",
            "accuracy [] summary acc_stderr,none: 1 of 0.01",
            "accuracy [] summary acc_stderr,none: 1 of 0.03",
        ],
    )
}

fn profiler_counters() -> Outcome {
    check(
        "raw.csv",
        "\"ID\",\"device__attribute_clock_rate\",\"gpu__time_duration.sum\",\"sm__warps_active.avg.pct_of_peak_sustained_active\"\n\
         \"\",\"kHz\",\"us\",\"%\"\n\"0\",\"2,505,000\",\"12.5\",\"40\"\n",
        &["kernel_time [ms] summary gpu__time_duration.sum: 1 of 0.0125"],
    )
}

/// A home whose user has a dictionary.
fn home_with(dictionary: &str) -> Result<Home, Failed> {
    let home = Home::new()?;
    fs::create_dir_all(home.own("config"))?;
    fs::write(home.own("config").join("metrics.toml"), dictionary)?;
    Ok(home)
}

const OWN: &str = "rack,warte_zeit,queue_size,tok_s\na,0.5,3,10\na,0.7,5,12\n";

fn a_users_dictionary_wins() -> Outcome {
    let folder = tempdir()?;
    fs::write(folder.path().join("own.csv"), OWN)?;
    let (lines, _) = series(&Home::new()?, folder.path())?;
    assert_eq!(lines, ["throughput [tok/s] sample tok_s: 2 of 11.0"]);
    let home = home_with(
        "[[metric]]\nname = \"ttft\"\nfields_in = { s = [\"warte_zeit\"] }\n\
         [[metric]]\nname = \"queue_depth\"\nunit = \"\"\nbetter = \"lower\"\nfields = [\"queue_size\"]\n\
         [[dimension]]\nname = \"quantization\"\nfields = [\"rack\"]\n\
         [never]\nfields = [\"tok_s\"]\n",
    )?;
    let (lines, stderr) = series(&home, folder.path())?;
    assert_eq!(stderr, "");
    assert_eq!(
        lines,
        ["queue_depth [] sample queue_size: 2 of 4.0", "ttft [ms] sample warte_zeit: 2 of 600.0"]
    );
    let output =
        home.command().args(["metrics", "--json", "--metric", "ttft"]).arg(folder.path()).output()?;
    let answer: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(answer["series"][0]["group"], serde_json::json!({ "quantization": "a" }));
    let output = home.command().args(["paths", "--json"]).output()?;
    let paths: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(paths["metrics"], home.own("config").join("metrics.toml").display().to_string());
    Ok(())
}

fn a_wrong_dictionary_is_said() -> Outcome {
    let folder = tempdir()?;
    fs::write(folder.path().join("own.csv"), OWN)?;
    let home = home_with(
        "[[metric]]\nname = \"lost\"\nfields = [\"x\"]\n\
         [[metric]]\nname = \"queue_depth\"\nunit = \"\"\nfields = [\"queue_size\", 7]\n[colour]\n",
    )?;
    let (lines, stderr) = series(&home, folder.path())?;
    assert_eq!(
        lines,
        ["queue_depth [] sample queue_size: 2 of 4.0", "throughput [tok/s] sample tok_s: 2 of 11.0"]
    );
    let file = home.own("config").join("metrics.toml");
    let places: Vec<&str> = stderr.lines().filter_map(|line| line.strip_prefix(file.to_str()?)).collect();
    let starts: Vec<&str> = places.iter().map(|line| line.split(": ").next().unwrap_or_default()).collect();
    assert_eq!(starts, [":1:1", ":7:25", ":8:2"], "{stderr}");
    let output = home.command().arg("doctor").output()?;
    assert!(String::from_utf8_lossy(&output.stdout).contains("!! metrics"));
    Ok(())
}
