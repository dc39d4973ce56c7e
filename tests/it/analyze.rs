//! `chimera-insight analyze` on made folders and on the original sweeps.

use std::{fmt::Write as _, fs, path::Path};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::support::{Home, Outcome, data_test, test};

pub fn tests() -> Vec<Trial> {
    vec![
        test("analyze: all sections of a made folder", all_sections_of_a_made_folder),
        test("analyze: text fits 80 columns", text_fits_80_columns),
        test("analyze: wrong use is told", wrong_use_is_told),
        test("analyze: an empty folder has nothing to analyse", an_empty_folder_has_nothing_to_analyse),
        data_test(
            "analyze: temperature is no driver of the original sweeps",
            temperature_only_seems_to_drive,
        ),
        data_test("analyze: the whole original folder", the_whole_original_folder),
    ]
}

/// A sweep whose first row after each change of `num_gpu` loads, with one stalled row and a
/// slow second half.
fn sweep() -> Result<String, std::fmt::Error> {
    let mut text = String::from("num_gpu,run,tokens_s,ttft_s,load_s,prompt_eval_s\n");
    for (index, num_gpu) in [99, 60, 40, 20].into_iter().enumerate() {
        for run in 0..8_u8 {
            let wobble = f64::from(run * 5 % 7) / 100.0;
            let load = if run == 0 { 2.5 } else { 0.1 } + wobble / 10.0;
            let level = if index < 2 { 100.0 } else { 80.0 } - index as f64 / 10.0;
            let rate = if num_gpu == 60 && run == 4 { 12.0 } else { level + wobble };
            writeln!(text, "{num_gpu},{run},{rate},{},{load},{}", load + 0.02, 0.02)?;
        }
    }
    Ok(text)
}

fn analyze(folder: &Path, arguments: &[&str]) -> Result<std::process::Output, Failed> {
    Ok(Home::new()?.command().arg("analyze").args(arguments).arg(folder).output()?)
}

fn json(folder: &Path, arguments: &[&str]) -> Result<Value, Failed> {
    let output = analyze(folder, &[arguments, &["--json"]].concat())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn list<'v>(value: &'v Value, key: &str) -> Vec<&'v Value> {
    value[key].as_array().into_iter().flatten().collect()
}

fn made() -> Result<Home, Failed> {
    let home = Home::new()?;
    fs::create_dir(home.path().join("reports"))?;
    fs::write(home.path().join("reports/sweep.csv"), sweep()?)?;
    Ok(home)
}

fn all_sections_of_a_made_folder() -> Outcome {
    let home = made()?;
    let folder = home.path().join("reports");
    let document = json(&folder, &[])?;
    let keys: Vec<&str> = document.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["drivers", "fronts", "outliers", "trends"]);
    for key in ["drivers", "outliers", "trends"] {
        for item in list(&document, key) {
            let sources = list(item, "sources");
            assert!(!sources.is_empty(), "{key}: {item:#}");
            for source in sources {
                assert!(source["path"] == "sweep.csv" && source["line"].as_u64() >= Some(2), "{item:#}");
                assert_eq!(source["field"], item["field"], "{item:#}");
            }
        }
    }
    let throughput = list(&document, "drivers")[0];
    assert_eq!(
        (&throughput["metric"], &throughput["ranked"][0]["name"]),
        (&"throughput".into(), &"num_gpu".into())
    );
    assert_eq!(throughput["ranked"][0]["levels"][0]["value"], "99");
    let outliers: Vec<&Value> =
        list(&document, "outliers").into_iter().filter(|outlier| outlier["metric"] == "throughput").collect();
    let [outlier] = outliers.as_slice() else { return Err(format!("{outliers:#?}").into()) };
    assert_eq!((&outlier["value"], &outlier["sources"][0]["line"]), (&12.0.into(), &14.into()));
    assert_eq!(outlier["judged_in"]["configuration"]["num_gpu"], "60");
    let front = list(&document, "fronts")[0];
    let members = list(front, "points").into_iter().filter(|point| point["on_front"] == true).count();
    assert!(members >= 1 && list(front, "points").len() == 4, "{front:#}");
    let trends = list(&document, "trends");
    let trend = trends.iter().find(|trend| trend["metric"] == "throughput").ok_or("no trend")?;
    assert_eq!(trend["shape"], "steps", "{trend:#}");
    let step = &trend["steps"][0];
    assert!(step["line"].as_u64() >= Some(10) && step["delta_pct"].as_f64() < Some(0.0), "{trend:#}");
    let only = json(&folder, &["--outliers", "--metric", "ttft"])?;
    assert_eq!(only.as_object().map(serde_json::Map::len), Some(1));
    // Asked twice, answered alike.
    assert_eq!(document, json(&folder, &[])?);
    Ok(())
}

fn text_fits_80_columns() -> Outcome {
    let home = made()?;
    let output = analyze(&home.path().join("reports"), &[])?;
    let text = String::from_utf8(output.stdout)?;
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    for part in [
        "what drives Throughput",
        "best configurations by high Throughput and low TTFT",
        "outliers: ",
        "trends: ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    Ok(())
}

fn wrong_use_is_told() -> Outcome {
    let home = made()?;
    let folder = home.path().join("reports");
    for (arguments, code, message) in [
        (&["--pareto", "throughput"][..], 2, "two or three metrics"),
        (&["--pareto", "throughput,nonsense"], 2, "no value of `nonsense`"),
        (&["--pareto", "ttft,ttft"], 2, "named twice"),
        (&["--where", "num_gpu"], 2, "KEY OP VALUE"),
    ] {
        let output = analyze(&folder, arguments)?;
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), error.contains(message)), (Some(code), true), "{error}");
    }
    let output = analyze(&home.path().join("nowhere"), &[])?;
    assert_eq!(output.status.code(), Some(3));
    Ok(())
}

fn an_empty_folder_has_nothing_to_analyse() -> Outcome {
    let home = Home::new()?;
    let folder = home.path().join("empty");
    fs::create_dir(&folder)?;
    let output = analyze(&folder, &[])?;
    assert_eq!(
        (output.status.code(), String::from_utf8(output.stdout)?),
        (Some(0), "no measured values\n".into())
    );
    let document = json(&folder, &[])?;
    assert_eq!(document, serde_json::json!({"drivers": [], "fronts": [], "outliers": [], "trends": []}));
    Ok(())
}

fn temperature_only_seems_to_drive(data: &Path) -> Outcome {
    for (file, cold) in [("gemma3_param_tuning.csv", 8), ("gemma3_1b-it-qat_param_tuning.csv", 12)] {
        let arguments = ["--drivers", "--metric", "ttft", "--file", file];
        let document = json(&data.join("reports-chimera"), &arguments)?;
        let [item] = list(&document, "drivers")[..] else { return Err(format!("{document:#}").into()) };
        let ranked = list(item, "ranked");
        let named = |name: &str| {
            ranked.iter().find(|driver| driver["name"] == name).copied().ok_or(format!("{file}: no {name}"))
        };
        // TTFT follows the load.
        let load = named("load_duration")?;
        assert!(load["share"].as_f64() > Some(0.99) && load["correlation"].as_f64() > Some(0.9), "{load:#}");
        assert_eq!(ranked[0]["name"], "load_duration", "{file}");
        let start = named("start")?;
        assert!(start["share"].as_f64() > Some(0.99), "{start:#}");
        let cold_rows: u64 = list(start, "levels").iter().filter_map(|level| level["cold"].as_u64()).sum();
        assert_eq!(cold_rows, cold, "{file}");
        // 0.2 looks slow, and is always the first run after a change.
        let temperature = named("temperature")?;
        assert_eq!(
            temperature["levels"].as_array().and_then(|levels| levels.last()).map(|level| &level["value"]),
            Some(&"0.2".into())
        );
        let confounded = list(temperature, "confounded");
        let of = |name: &str| confounded.iter().find(|found| found["with"] == name).copied();
        let position = of("position").ok_or(format!("{file}: {temperature:#}"))?;
        assert_eq!((&position["level"], &position["n"]), (&"rest".into(), &24.into()));
        assert!(
            position["share"].as_f64() < Some(0.05) && position["p"].as_f64() > Some(0.05),
            "{position:#}"
        );
        let note = position["note"].as_str().unwrap_or_default();
        assert!(
            note.contains("12 of the 12 rows with temperature=0.2 are first, 0 of the other 24"),
            "{note}"
        );
        assert!(of("start").is_some() && of("load_duration").is_some(), "{temperature:#}");
        for other in ["num_gpu", "num_ctx"] {
            assert_eq!(named(other)?["found"], false, "{file}: {other}");
        }
    }
    Ok(())
}

fn the_whole_original_folder(data: &Path) -> Outcome {
    let document = json(&data.join("reports-chimera"), &[])?;
    for key in ["drivers", "fronts", "outliers", "trends"] {
        assert!(!list(&document, key).is_empty(), "{key}");
    }
    for outlier in list(&document, "outliers") {
        let path = outlier["sources"][0]["path"].as_str().unwrap_or_default();
        assert!(data.join("reports-chimera").join(path).is_file(), "{outlier:#}");
    }
    Ok(())
}
