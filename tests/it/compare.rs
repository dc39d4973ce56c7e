//! `compare` as a process, against figures computed here by other means.

use std::{fs, path::Path, process::Stdio};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::support::{Home, Outcome, data_test, test};

pub fn tests() -> Vec<Trial> {
    vec![
        data_test("compare::the_three_baselines", the_three_baselines),
        data_test("compare::groups_of_the_original_sweeps", groups_of_the_original_sweeps),
        test("compare::sides_are_files_folders_groups_and_runs", sides),
        test("compare::a_gate_ends_with_its_exit_code", a_gate_ends_with_its_exit_code),
        test("compare::wrong_sides_are_told", wrong_sides_are_told),
        test("compare::every_format_holds_the_table", every_format_holds_the_table),
    ]
}

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(home: &Home, arguments: &[&str]) -> Result<Ran, Failed> {
    let output = home.command().arg("compare").args(arguments).stdin(Stdio::null()).output()?;
    let (out, err) = (String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?);
    Ok(Ran { code: output.status.code(), out, err })
}

fn json(home: &Home, arguments: &[&str]) -> Result<Value, Failed> {
    let ran = run(home, &[arguments, &["--json"]].concat())?;
    if ran.code != Some(0) {
        return Err(format!("{arguments:?}: {:?} {}{}", ran.code, ran.out, ran.err).into());
    }
    Ok(serde_json::from_str(&ran.out)?)
}

/// A column of a CSV file without quotes, in thousands; rows that loaded the model left out.
fn column(path: &Path, name: &str) -> Result<Vec<f64>, Failed> {
    let text = fs::read_to_string(path)?;
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let head = lines.next().ok_or("no head")?;
    let at = |name: &str| head.iter().position(|known| *known == name).ok_or(format!("no {name}"));
    let (value, load) = (at(name)?, at("load_s")?);
    let mut values = Vec::new();
    for line in lines {
        if line[load].parse::<f64>()? < 0.5 {
            values.push(line[value].parse::<f64>()?);
        }
    }
    Ok(values)
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2])
}

fn pairs_above(base: &[f64], candidate: &[f64]) -> f64 {
    let pairs = base.iter().flat_map(|one| candidate.iter().map(move |other| other > one));
    pairs.filter(|is_above| *is_above).count() as f64
}

/// The two-sided p-value by trying all ways to deal the values out.
fn p_value(base: &[f64], candidate: &[f64]) -> f64 {
    let all: Vec<f64> = base.iter().chain(candidate).copied().collect();
    let middle = (base.len() * candidate.len()) as f64 / 2.0;
    let seen = (pairs_above(base, candidate) - middle).abs();
    let (mut ways, mut as_far) = (0, 0);
    for dealt in 0_u32..1 << all.len() {
        if dealt.count_ones() as usize != candidate.len() {
            continue;
        }
        let side = |is_candidate: bool| -> Vec<f64> {
            let is_dealt = |index: &usize| (dealt >> index & 1 == 1) == is_candidate;
            (0..all.len()).filter(is_dealt).map(|index| all[index]).collect()
        };
        ways += 1;
        as_far += u32::from((pairs_above(&side(false), &side(true)) - middle).abs() >= seen);
    }
    f64::from(as_far) / f64::from(ways)
}

fn near(one: &Value, other: f64) -> bool {
    one.as_f64().is_some_and(|one| (one - other).abs() <= other.abs() * 1e-9)
}

fn the_three_baselines(data: &Path) -> Outcome {
    let home = Home::new()?;
    let folder = data.join("reports-chimera/reports/gemma3");
    let files = ["gemma3_baseline.csv", "gemma3_270m_baseline.csv", "gemma3_1b-it-qat_baseline.csv"];
    let models = ["gemma3", "gemma3:270m", "gemma3:1b-it-qat"];
    let fields = [
        ("throughput", "tokens_s", 1.0, true),
        ("ttft", "ttft_s", 1e3, false),
        ("load_duration", "load_s", 1e3, false),
        ("prompt_eval_duration", "prompt_eval_s", 1e3, false),
        ("eval_duration", "eval_s", 1e3, false),
    ];
    for (one, other) in [(0, 1), (0, 2), (1, 2), (1, 0), (2, 0), (2, 1)] {
        let paths = [one, other].map(|index| folder.join(files[index]));
        let told = paths.each_ref().map(|path| path.to_string_lossy().into_owned());
        let document = json(&home, &[&told[0], &told[1]])?;
        let what = format!("{} {}", files[one], files[other]);
        assert_eq!(document["compared"][0]["key"], "model", "{what}");
        assert_eq!(document["compared"][0]["base"][0], models[one], "{what}");
        assert_eq!(document["compared"][0]["candidate"][0], models[other], "{what}");
        let rows = document["rows"].as_array().ok_or("no rows")?;
        assert_eq!(rows.len(), fields.len(), "{what}");
        let mut p_values = Vec::new();
        for (metric, field, factor, is_higher_better) in fields {
            let row = rows.iter().find(|row| row["metric"] == metric).ok_or(metric)?;
            let what = format!("{what} {metric}: {row}");
            let (base, candidate) = (column(&paths[0], field)?, column(&paths[1], field)?);
            assert_eq!((base.len(), candidate.len()), (4, 4), "one of five loaded the model");
            assert_eq!(
                (row["base"]["n"].as_u64(), row["candidate"]["n"].as_u64()),
                (Some(4), Some(4)),
                "{what}"
            );
            assert_eq!((row["base"]["cold"].as_u64(), row["candidate"]["cold"].as_u64()), (Some(1), Some(1)));
            let (low, high) = (median(&base), median(&candidate));
            assert!(near(&row["base"]["median"], low * factor), "{what}");
            assert!(near(&row["candidate"]["median"], high * factor), "{what}");
            let delta = 100.0 * (high - low) / low;
            assert!(near(&row["delta_pct"], delta), "{what}");
            let p = p_value(&base, &candidate);
            assert!(near(&row["p_value"], p), "{what} {p}");
            assert!(
                near(&row["effect"]["cliffs_delta"], pairs_above(&base, &candidate) / 8.0 - 1.0),
                "{what}"
            );
            assert_eq!(row["test"], "Mann-Whitney U, exact");
            // The widest that resamples of these values can be.
            let widest = |from: &[f64], to: &[f64], pick: fn(f64, f64) -> f64, other: fn(f64, f64) -> f64| {
                let to = to.iter().copied().fold(to[0], pick);
                100.0 * (to / from.iter().copied().fold(from[0], other) - 1.0)
            };
            let (from, to) = (row["ci95"][0].as_f64().unwrap_or(0.0), row["ci95"][1].as_f64().unwrap_or(0.0));
            assert!(from >= widest(&base, &candidate, f64::min, f64::max) - 1e-9, "{what}");
            assert!(to <= widest(&base, &candidate, f64::max, f64::min) + 1e-9, "{what}");
            assert!(from < delta && delta < to, "{what}");
            let is_beyond = from > 2.0 || to < -2.0;
            let is_better = (delta > 0.0) == is_higher_better;
            let verdict = row["verdict"].as_str().unwrap_or_default();
            let p_adjusted = row["p_adjusted"].as_f64().ok_or("no p_adjusted")?;
            let expected = match (is_beyond && p_adjusted < 0.05, is_better) {
                (false, _) => "unclear",
                (true, true) => "better",
                (true, false) => "worse",
            };
            assert_eq!(verdict, expected, "{what}");
            assert_eq!(verdict == "unclear", row["more_runs"].is_object(), "{what}");
            p_values.push((p, p_adjusted));
        }
        // By the definition: the least of m · q ÷ (how many are at or below q), over q from p up.
        for (p, adjusted) in &p_values {
            let step = |q: f64| {
                let rank = p_values.iter().filter(|(other, _)| *other <= q + 1e-12).count();
                q * p_values.len() as f64 / rank as f64
            };
            let above = p_values.iter().map(|(q, _)| *q).filter(|q| *q >= *p - 1e-12);
            let expected = above.map(step).fold(1.0, f64::min);
            assert!((adjusted - expected).abs() < 1e-12, "{what}: {p} {adjusted} {expected}");
        }
        let warnings = document["warnings"].to_string();
        assert!(warnings.contains("cold runs are set apart"), "{warnings}");
    }
    // The small model generates faster than the large one, surely; the other way it is worse.
    let told = [0, 1].map(|index| folder.join(files[index]).to_string_lossy().into_owned());
    let verdict = |document: &Value| document["rows"][0]["verdict"].as_str().map(ToOwned::to_owned);
    assert_eq!(verdict(&json(&home, &[&told[0], &told[1]])?).as_deref(), Some("better"));
    assert_eq!(verdict(&json(&home, &[&told[1], &told[0]])?).as_deref(), Some("worse"));
    let all = json(&home, &[&told[0], &told[1], "--with-cold"])?;
    assert_eq!(all["rows"][0]["base"]["n"], 5);
    assert!(all["warnings"].to_string().contains("mixed"), "{}", all["warnings"]);
    Ok(())
}

fn groups_of_the_original_sweeps(data: &Path) -> Outcome {
    let home = Home::new()?;
    let folder = data.join("reports-chimera/reports/gemma3");
    let folder = folder.to_string_lossy();
    // Temperature 0.2 is always the first run after a change of configuration: what loading
    // costs must not be said to be the temperature's.
    let document =
        json(&home, &["temperature=0.2", "temperature=0.8", "--dir", &folder, "--metric", "ttft"])?;
    for row in document["rows"].as_array().into_iter().flatten().filter(|row| row["nature"] == "sample") {
        assert_eq!(row["verdict"], "unclear", "{row}");
    }
    let started = json(&home, &["start=cold", "start=warm", "--dir", &folder, "--metric", "ttft"])?;
    let rows = started["rows"].as_array().ok_or("no rows")?;
    // A single cold run is no sample.
    let tested: Vec<&Value> = rows.iter().filter(|row| row["base"]["n"].as_u64() > Some(1)).collect();
    assert!(tested.len() >= 3 && tested.iter().all(|row| row["verdict"] == "better"), "{rows:?}");
    Ok(())
}

const FAST: &str = "model,num_gpu,tokens_s\na:1b,10,100.5\na:1b,10,101.5\na:1b,10,102.5\na:1b,10,103.5\n\
    a:1b,10,104.5\na:1b,10,100.25\n";

fn slow(text: &str) -> String {
    text.replace(",10,10", ",20,8")
}

fn home() -> Result<Home, Failed> {
    let home = Home::new()?;
    let reports = home.path().join("reports");
    fs::create_dir_all(reports.join("old"))?;
    fs::write(
        reports.join("both.csv"),
        format!("{FAST}{}", slow(FAST).split_once('\n').ok_or("no line")?.1),
    )?;
    fs::write(reports.join("old/fast.csv"), FAST)?;
    fs::create_dir_all(home.path().join("elsewhere"))?;
    fs::write(home.path().join("elsewhere/slow.csv"), slow(FAST))?;
    fs::create_dir_all(reports.join("chimera_insight"))?;
    let record = |rates: [f64; 3]| {
        let calls: Vec<Value> = rates
            .iter()
            .map(|rate| serde_json::json!({"metrics": {"throughput_tok_s": rate, "ttft_ms": 50.0, "tokens": 9}}))
            .collect();
        serde_json::json!({
            "generated_by": "chimera-insight",
            "model": {"name": "a:1b"},
            "config_used": {"num_gpu": 10},
            "calls": calls,
        })
        .to_string()
    };
    let own = reports.join("chimera_insight");
    fs::write(own.join("20261101T000000Z-a-1b.json"), record([10.5, 11.5, 12.5]))?;
    fs::write(own.join("20261102T000000Z-a-1b.json"), record([20.5, 21.5, 22.5]))?;
    Ok(home)
}

fn sides() -> Outcome {
    let home = home()?;
    for (sides, compared, n, verdict) in [
        // Within the folder, outside of it, and a folder whole.
        (["old/fast.csv", "elsewhere/slow.csv"], "num_gpu", 6, "worse"),
        (["elsewhere", "reports/old"], "num_gpu", 6, "better"),
        (["num_gpu=10", "num_gpu=20"], "num_gpu", 6, "worse"),
        (["num_gpu=20,model=a:1b", "old/fast.csv"], "num_gpu", 6, "better"),
    ] {
        let document = json(&home, &sides)?;
        let row = &document["rows"][0];
        assert_eq!(document["compared"][0]["key"], compared, "{sides:?} {document}");
        assert_eq!(
            (row["candidate"]["n"].as_i64(), row["verdict"].as_str()),
            (Some(n), Some(verdict)),
            "{sides:?}"
        );
        assert_eq!(row["group"]["model"], "a:1b");
    }
    // Runs by their name, the start of it, and their file.
    for run in ["20261102T000000Z-a-1b", "20261102", "reports/chimera_insight/20261102T000000Z-a-1b.json"] {
        let document = json(&home, &["20261101T000000Z-a-1b", run])?;
        let row = &document["rows"][0];
        assert_eq!(
            (row["metric"].as_str(), row["candidate"]["median"].as_f64()),
            (Some("throughput"), Some(21.5))
        );
        assert_eq!(row["base"]["n"], 3, "{row}");
    }
    let filtered = json(&home, &["reports", "elsewhere", "--where", "num_gpu = 20"])?;
    assert_eq!(
        (&filtered["rows"][0]["base"]["n"], &filtered["rows"][0]["candidate"]["n"]),
        (&6.into(), &6.into())
    );
    let same = json(&home, &["reports/old", "reports/old"])?;
    assert!(same["warnings"].to_string().contains("the same rows"), "{same}");
    Ok(())
}

fn a_gate_ends_with_its_exit_code() -> Outcome {
    let home = home()?;
    let failed = "model,num_gpu,tokens_s,error\na:1b,20,0,timed out\na:1b,20,0,timed out\n";
    fs::write(home.path().join("elsewhere/failed.csv"), failed)?;
    fs::write(home.path().join("elsewhere/other.csv"), "model,power_w\na:1b,3.5\n")?;
    fs::write(home.path().join("elsewhere/two.csv"), "model,tokens_s,ttft_ms\na:1b,20,9\na:1b,21,8\n")?;
    fs::write(home.path().join("elsewhere/one.csv"), "model,tokens_s\na:1b,20.5\na:1b,20.6\n")?;
    let ran = run(&home, &["elsewhere/two.csv", "elsewhere/one.csv", "--fail-on", "5", "--allow-missing"])?;
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    for (base, candidate, percent, code, told) in [
        ("num_gpu=10", "num_gpu=20", "5", 1, "Throughput (model=a:1b): worse by"),
        ("num_gpu=10", "num_gpu=20", "5%", 1, "worse by"),
        ("num_gpu=10", "num_gpu=20", "50", 0, ""),
        ("num_gpu=20", "num_gpu=10", "0", 0, ""),
        ("reports/old", "elsewhere/failed.csv", "5", 1, "every row failed or is empty"),
        ("reports/old", "elsewhere/other.csv", "5", 1, "nothing could be compared"),
        ("elsewhere/two.csv", "elsewhere/one.csv", "5", 1, "no value of TTFT, which the base has"),
    ] {
        let ran = run(&home, &[base, candidate, "--fail-on", percent])?;
        assert_eq!(ran.code, Some(code), "{base} {candidate} {percent}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(told), "{}", ran.err);
        assert!(ran.out.contains("Throughput"), "the table is printed all the same: {}", ran.out);
    }
    Ok(())
}

fn wrong_sides_are_told() -> Outcome {
    let home = home()?;
    fs::write(home.path().join("elsewhere/notes.bin"), "x")?;
    fs::write(home.path().join("elsewhere/broken.csv"), [0_u8, 159, 146, 150, 0, 0, 1, 2])?;
    for (arguments, code, told) in [
        (vec!["nowhere.csv", "reports"], 3, "`nowhere.csv` is no file, folder, group or run"),
        (vec!["nowhere.csv", "reports"], 3, "20261102T000000Z-a-1b"),
        (vec!["2026", "reports"], 2, "could be any of"),
        (vec!["num_gpu=30", "num_gpu=20"], 2, "num_gpu is 10, 20"),
        (vec!["num_cpu=30", "num_gpu=20"], 2, "no row says its num_cpu; rows have model, num_gpu"),
        (vec!["num_gpu=", "num_gpu=20"], 2, "`num_gpu=` is not `KEY=VALUE[,KEY=VALUE]`"),
        (vec!["elsewhere/notes.bin", "reports"], 3, "is not a file of results"),
        (vec!["num_gpu=10", "num_gpu=20", "--threshold=-1"], 2, "`-1` is no percentage"),
        (vec!["num_gpu=10", "num_gpu=20", "--fail-on", "much"], 2, "`much` is no percentage"),
        (vec!["num_gpu=10", "num_gpu=20", "--where", "x"], 2, "`x` is not `KEY OP VALUE`"),
        (vec!["num_gpu=10", "num_gpu=20", "nowhere"], 3, "cannot read folder `nowhere`"),
        (vec!["num_gpu=10"], 2, "CANDIDATE"),
    ] {
        let ran = run(&home, &arguments)?;
        assert_eq!(ran.code, Some(code), "{arguments:?}: {}{}", ran.out, ran.err);
        assert!(ran.err.contains(told), "{arguments:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{arguments:?}");
    }
    Ok(())
}

fn every_format_holds_the_table() -> Outcome {
    let home = home()?;
    for (format, told) in [
        ("text", vec!["compared: num_gpu 10 → 20", "Throughput tok/s", "- worse", "Mann-Whitney U, exact"]),
        ("md", vec!["Throughput tok/s", "- worse"]),
        ("html", vec!["<table", "Throughput tok/s"]),
        ("csv", vec!["metric,unit,nature,group,base_n", "throughput,tok/s,sample,model=a:1b,12,6,0,0"]),
        ("json", vec!["\"verdict\": \"worse\"", "\"p_adjusted\""]),
    ] {
        let ran = run(&home, &["num_gpu=10", "num_gpu=20", "--format", format])?;
        assert_eq!(ran.code, Some(0), "{format}: {}", ran.err);
        for told in told {
            assert!(ran.out.contains(told), "{format} has no `{told}`: {}", ran.out);
        }
    }
    Ok(())
}
