//! `bench --sweep`: its files, early ends, failures, and going on where a run was killed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use crate::{
    cli::{list, run},
    support::{Home, LATE, Model, Outcome, eventually, model_test, test},
};

pub fn tests() -> Vec<Trial> {
    vec![
        test("bench: a sweep writes rows, a summary, a baseline and a JSON", a_sweep_writes_its_files),
        test("bench: a sweep ends a configuration when its interval is narrow", it_ends_early),
        test("bench: a configuration that fails is a row and the sweep goes on", a_failure_is_a_row),
        test("bench: a sweep that was killed leaves whole rows and goes on", it_goes_on_after_a_kill),
        test("bench: a sweep refuses what is of another one", another_sweep_is_refused),
        test("bench: the standard points are measured without a sampler", the_standard_points),
        model_test("bench: SmolLM2: a small sweep", Model::SmolLm2, a_real_sweep),
    ]
}

const STEM: &str = "reports/scripted_fast_param_tuning";

/// Rows of a table as objects.
fn rows(path: &Path) -> Result<Vec<Value>, Failed> {
    let mut reader = csv::Reader::from_path(path)?;
    let names: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        rows.push(
            names
                .iter()
                .cloned()
                .zip(record.iter().map(Value::from))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        );
    }
    Ok(rows)
}

fn file(home: &Home, end: &str) -> PathBuf {
    home.path().join(format!("{STEM}{end}"))
}

fn of<'a>(rows: &'a [Value], name: &'a str) -> impl Iterator<Item = &'a Value> {
    rows.iter().filter(move |row| row["config_name"] == name && row["warmup"] == "false")
}

fn a_sweep_writes_its_files() -> Outcome {
    let home = home()?;
    let ran = run(
        &home,
        "bench --model scripted:fast --sweep num_ctx=1024,2048,temperature=0.2,0.8 --runs 2 --json",
    )?;
    ran.ends(0)?;
    let document = ran.json()?;
    assert_eq!((&document["rows"], &document["failed"]), (&json!(8), &json!(0)));
    assert_eq!(document["throughput_tok_s"]["n"], 8);
    assert_eq!(list(&document["configurations"]).len(), 4);
    let files: Vec<&str> = list(&document["files"]).iter().filter_map(Value::as_str).collect();
    let ends = ["baseline.csv", "baseline.json", "tuning.csv", "tuning_summary.csv", "tuning.json"];
    assert_eq!(files.len(), ends.len());
    assert!(files.iter().zip(ends).all(|(file, end)| file.ends_with(end)), "{files:?}");

    let rows = rows(&file(&home, ".csv"))?;
    // Interleaved: one round over all, then another; each load is followed by a warm-up.
    let names: Vec<&str> = rows
        .iter()
        .filter(|row| row["warmup"] == "false")
        .filter_map(|row| row["config_name"].as_str())
        .collect();
    let round = ["c1024_t0.2", "c1024_t0.8", "c2048_t0.2", "c2048_t0.8"];
    assert_eq!(names, [round, round].concat());
    assert_eq!(rows.iter().filter(|row| row["warmup"] == "true").count(), 4);
    assert!(rows.iter().all(|row| row["eval_count"].as_str().is_some_and(|count| count != "0")));
    assert!(of(&rows, "c1024_t0.2").all(|row| row["perplexity"] != "" && row["load_s"] == "0"));
    if cfg!(target_os = "linux") {
        assert!(rows.iter().all(|row| row["peak_memory_mib"] != ""));
    }
    let head = fs::read_to_string(file(&home, ".csv"))?;
    assert!(head.starts_with("num_gpu,num_ctx,temperature,config_name,"), "{head}");
    let summary = fs::read_to_string(file(&home, "_summary.csv"))?;
    let wanted = "config_name,num_gpu,num_ctx,temperature,mean_tokens_s,mean_ttft_s,mean_load_s,";
    assert!(summary.starts_with(wanted), "{summary}");
    assert_eq!(summary.lines().count(), 5);

    // This program's own reader keeps the warm-ups apart.
    let metrics =
        run(&home, "metrics --json --metric throughput --file *_param_tuning.csv --group-by num_ctx")?;
    let series = metrics.json()?;
    let counts: Vec<&Value> = list(&series["series"]).iter().map(|series| &series["n"]).collect();
    assert_eq!(counts, [4, 4]);
    Ok(())
}

fn it_ends_early() -> Outcome {
    let home = home()?;
    let command =
        "bench --model scripted:fast --sweep num_ctx=1024 --runs 40 --until-ci 100000% --standard=0 --json";
    let ran = run(&home, command)?;
    ran.ends(0)?;
    let document = ran.json()?;
    assert_eq!(document["rows"], 5);
    assert_eq!(document["configurations"][0]["ended_early"], true);
    Ok(())
}

fn a_failure_is_a_row() -> Outcome {
    let home = home()?;
    let command = "bench --model scripted:fast --sweep num_ctx=1024,500000 --runs 2 --order grouped --standard=0 --json";
    let ran = run(&home, command)?;
    ran.ends(0)?;
    assert_eq!(ran.json()?["failed"], 1);
    let rows = rows(&file(&home, ".csv"))?;
    let failed: Vec<&Value> = of(&rows, "c500000").collect();
    assert_eq!(failed.len(), 1, "what failed once is not tried again");
    assert!(failed[0]["error"].as_str().is_some_and(|error| error.contains("trained for 32768")));
    assert_eq!(of(&rows, "c1024").count(), 2);
    // An engine that dies each time costs its configuration and nothing else.
    let command = "bench --model scripted:crash --sweep num_ctx=1024,2048,4096,8192,16384 --standard=0";
    let ran = run(&home, command)?;
    ran.ends(4)?;
    assert!(ran.out.contains("5 rows, 5 failed"), "{}", ran.out);
    Ok(())
}

fn it_goes_on_after_a_kill() -> Outcome {
    let home = home()?;
    let arguments = [
        "bench",
        "--model",
        "scripted",
        "--sweep",
        "num_ctx=1024,2048",
        "--runs",
        "4",
        "--standard=0",
        "--json",
    ];
    let mut child = home
        .command()
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let csv = home.path().join("reports/scripted_param_tuning.csv");
    let lines = || Some(fs::read_to_string(&csv).ok()?.lines().count());
    eventually("rows as they are measured", LATE, || lines().filter(|lines| *lines >= 5))?;
    Command::new("kill").args(["-KILL", &child.id().to_string()]).status()?;
    child.wait()?;
    let left = fs::read_to_string(&csv)?;
    assert!(left.ends_with('\n'), "{left}");
    let kept = rows(&csv)?;
    let measured = kept.iter().filter(|row| row["warmup"] == "false").count();
    assert!((2..8).contains(&measured), "{left}");
    // A machine that lost its power may leave half a line.
    fs::write(&csv, left.clone() + "0,1024,0.3,c10")?;
    let ran =
        run(&home, "bench --model scripted --sweep num_ctx=1024,2048 --runs 4 --standard=0 --resume --json")?;
    ran.ends(0)?;
    assert_eq!(ran.json()?["rows"], 8);
    let text = fs::read_to_string(&csv)?;
    assert!(text.starts_with(&left), "{text}");
    let rows = rows(&csv)?;
    assert_eq!((of(&rows, "c1024").count(), of(&rows, "c2048").count()), (4, 4));
    Ok(())
}

fn another_sweep_is_refused() -> Outcome {
    let home = home()?;
    let sweep = "bench --model scripted:fast --standard=0 --sweep num_ctx=1024";
    run(&home, sweep)?.ends(0)?;
    let before = fs::read_to_string(file(&home, ".csv"))?;
    let check = |command: &str, code: i32, wanted: &str| -> Outcome {
        let ran = run(&home, command)?;
        ran.ends(code)?;
        assert!(ran.err.contains(wanted), "{}", ran.err);
        assert_eq!(fs::read_to_string(file(&home, ".csv"))?, before);
        Ok(())
    };
    check(sweep, 5, "is there already")?;
    check(&format!("{sweep} --resume --set num_predict=9"), 2, "its settings is")?;
    check("bench --model scripted:fast --sweep top_k=5 --resume", 2, "its axes is")?;
    check("bench --model scripted:fast --sweep num_ctx=2048 --resume", 2, "which this sweep does not")?;
    check("bench --model scripted:fast --sweep num_ctx=12", 2, "from 256")?;
    check("bench --model scripted:fast --resume", 2, "--sweep")?;
    // More runs and more values are the same sweep, gone on with.
    run(&home, "bench --model scripted:fast --standard=0 --sweep num_ctx=1024,2048 --runs 2 --resume")?
        .ends(0)?;
    assert_eq!(of(&rows(&file(&home, ".csv"))?, "c1024").count(), 2);
    Ok(())
}

fn the_standard_points() -> Outcome {
    let home = home()?;
    let ran = run(&home, "bench --model scripted:fast --standard --json")?;
    ran.ends(0)?;
    let points = &ran.json()?["standard"];
    assert_eq!((&points["pp512_tok_s"]["n"], &points["tg128_tok_s"]["n"]), (&json!(5), &json!(5)));
    // A context too short for one has the other.
    let short = run(&home, "bench --model scripted:fast --force --standard=2 --set num_ctx=256 --json")?;
    let points = &short.json()?["standard"];
    assert_eq!((&points["pp512_tok_s"]["n"], &points["tg128_tok_s"]["n"]), (&json!(0), &json!(2)));
    Ok(())
}

fn a_real_sweep(model: &Path) -> Outcome {
    let home = home()?;
    fs::create_dir_all(home.path().join("reports"))?;
    let mut command = home.command();
    command.args(["bench", "--sweep", "kv_type=f16,q8_0,batch=32", "--standard=1", "--json"]);
    command
        .args(["--set", "num_ctx=1024", "--set", "num_predict=16", "--set", "threads=1", "--model"])
        .arg(model);
    let output = command.output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let document: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!((&document["rows"], &document["failed"]), (&json!(2), &json!(0)));
    assert_eq!(document["environment"]["arch"], "llama");
    let name =
        list(&document["files"]).iter().filter_map(Value::as_str).find(|file| file.ends_with("tuning.csv"));
    let rows = rows(&home.path().join(name.ok_or("no table")?))?;
    let perplexity =
        |name: &str| -> Option<f64> { of(&rows, name).next()?["perplexity"].as_str()?.parse().ok() };
    let exact = perplexity("b32_kvf16").ok_or("no perplexity")?;
    let rough = perplexity("b32_kvq8_0").ok_or("no perplexity")?;
    // English prose: far better than chance, and eight bits change little.
    assert!(exact > 5.0 && exact < 60.0 && (rough / exact - 1.0).abs() < 0.05, "{exact} {rough}");
    for points in document["standard"].as_object().ok_or("no points")?.values() {
        let rate = |name: &str| points[name]["median"].as_f64().unwrap_or_default();
        assert!(rate("pp512_tok_s") > rate("tg128_tok_s") && rate("tg128_tok_s") > 0.0, "{points}");
    }
    Ok(())
}

fn home() -> Result<Home, Failed> {
    let home = Home::new()?;
    fs::create_dir_all(home.path().join("reports"))?;
    Ok(home)
}
