//! Result files of many shapes, read by the program and judged by statistics that other
//! code computed (`tests/data/make_cases.py`).

use std::{collections::BTreeSet, fs, path::Path};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::support::{Home, Outcome, tempdir, test};

/// Two ways of computing the same figure may differ by this much of it.
const ROUNDING: f64 = 1e-9;

const STATISTICS: [&str; 9] = ["mean", "median", "min", "max", "p90", "p95", "p99", "stddev", "cv"];

pub fn tests() -> Vec<Trial> {
    let cases = expected().unwrap_or_default();
    let files: BTreeSet<String> = cases.iter().map(|case| text(&case["file"]).to_owned()).collect();
    let mut tests = vec![test("cases: there are some", || {
        let cases = expected()?;
        let files: BTreeSet<&str> = cases.iter().map(|case| text(&case["file"])).collect();
        assert_eq!(files.len(), fs::read_dir(folder().join("cases"))?.count());
        Ok(())
    })];
    tests.extend(files.into_iter().map(|file| {
        let name = format!("cases: {file}");
        test(&name, move || check(&file))
    }));
    tests
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data"))
}

fn expected() -> Result<Vec<Value>, Failed> {
    Ok(serde_json::from_slice(&fs::read(folder().join("expected/series.json"))?)?)
}

/// Every series that is expected of a file is there, in its group, with its statistics.
fn check(file: &str) -> Outcome {
    let home = Home::new()?;
    let alone = tempdir()?;
    fs::copy(folder().join("cases").join(file), alone.path().join(file))?;
    for case in expected()?.iter().filter(|case| case["file"] == file) {
        let metric = text(&case["metric"]);
        let keys: Vec<&str> = object(case).map(|(key, _)| key).collect();
        let output = home
            .command()
            .args(["metrics", "--json", "--metric", metric, "--group-by", &keys.join(",")])
            .arg(alone.path())
            .output()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let answer: Value = serde_json::from_slice(&output.stdout)?;
        let series: Vec<&Value> = answer["series"].as_array().into_iter().flatten().collect();
        let is_ours = |series: &&&Value| object(case).all(|(key, value)| series["group"][key] == *value);
        let ours: Vec<_> = series.iter().filter(is_ours).collect();
        let [ours] = ours.as_slice() else {
            return Err(format!("{metric}: not one series for {} in {answer:#}", case["group"]).into());
        };
        compare(case, ours)?;
    }
    Ok(())
}

fn compare(case: &Value, series: &Value) -> Outcome {
    let name = format!("{} {}", case["metric"], case["group"]);
    assert_eq!(series["unit"], case["unit"], "{name}");
    assert_eq!(series["n"], case["n"], "{name}");
    if let Some(excluded) = case.get("excluded") {
        assert_eq!(&series["excluded"], excluded, "{name}");
    }
    assert_eq!(series["files"], serde_json::json!([case["file"]]), "{name}");
    for statistic in STATISTICS {
        let (ours, theirs) = (series[statistic].as_f64(), case[statistic].as_f64());
        let is_same = match (ours, theirs) {
            (Some(ours), Some(theirs)) => (ours - theirs).abs() <= ROUNDING * theirs.abs().max(1.0),
            (ours, theirs) => ours == theirs,
        };
        if !is_same {
            return Err(format!("{name}: {statistic} is {ours:?}, not {theirs:?}").into());
        }
    }
    Ok(())
}

fn object(case: &Value) -> impl Iterator<Item = (&str, &Value)> {
    case["group"].as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
