//! The headless commands as processes.

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::Read as _,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use crate::{
    support::{Home, LATE, Outcome, SOON, copy_reports_chimera, data_test, eventually, test},
    tiny_gguf::{Mode, Tiny},
};

pub fn tests() -> Vec<Trial> {
    vec![
        test("cli::wrong_use_is_told", wrong_use_is_told),
        test("cli::help_version_completions_and_manual_are_output", output_without_a_folder),
        test("cli::a_closed_pipe_ends_quietly", a_closed_pipe_ends_quietly),
        test("cli::settings_are_shown_with_their_origin", settings_are_shown),
        test("cli::places_are_those_of_the_environment", places),
        test("cli::inventory_lists_broken_files_too", inventory_lists_broken_files_too),
        test("cli::inventory_hides_nothing_and_deceives_nobody", inventory_of_strange_names),
        data_test("cli::inventory_of_the_original_folder", inventory_of_the_original_folder),
        test("cli::metrics_filter_and_group", metrics_filter_and_group),
        test("cli::metrics_count_excluded_rows_where_they_are", metrics_count_excluded_rows_where_they_are),
        data_test("cli::metrics_of_the_original_folder", metrics_of_the_original_folder),
        test("cli::report_by_code_alone", report_by_code_alone),
        data_test("cli::reports_are_never_evidence", reports_are_never_evidence),
        test("cli::report_with_a_model", report_with_a_model),
        test("cli::report_without_the_model_asked_for", report_without_the_model_asked_for),
        test("cli::report_when_the_engine_dies", report_when_the_engine_dies),
        test("cli::report_into_a_file", report_into_a_file),
        test("cli::report_that_cannot_be_saved", report_that_cannot_be_saved),
        test("cli::report_cancelled_is_kept", report_cancelled_is_kept),
        test("cli::report_killed_leaves_what_it_had", report_killed_leaves_what_it_had),
        test("cli::bench_writes_what_it_measures", bench_writes_what_it_measures),
        test("cli::bench_cancelled_keeps_its_rows", bench_cancelled_keeps_its_rows),
        test("cli::models_of_an_empty_machine", models_of_an_empty_machine),
        test("cli::models_of_other_programs", models_of_other_programs),
        test("cli::doctor_finds_what_is_missing", doctor_finds_what_is_missing),
    ]
}

/// What a process left.
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    fn of(command: &mut Command) -> Result<Self, Failed> {
        let output = command.stdin(Stdio::null()).output()?;
        let (out, err) = (String::from_utf8(output.stdout)?, String::from_utf8(output.stderr)?);
        Ok(Ran { code: output.status.code(), out, err })
    }
    pub fn ends(&self, code: i32) -> Outcome {
        if self.code == Some(code) {
            return Ok(());
        }
        Err(format!("ended with {:?}, not {code}\n{}{}", self.code, self.out, self.err).into())
    }
    pub fn json(&self) -> Result<Value, Failed> {
        Ok(serde_json::from_str(&self.out).map_err(|error| format!("{error}: {}{}", self.out, self.err))?)
    }
}

/// Runs the program in a home of its own, with words as arguments.
pub fn run(home: &Home, line: &str) -> Result<Ran, Failed> {
    Ran::of(home.command().args(line.split_whitespace()))
}

/// A home with a folder `reports` in it.
fn home_with(files: &[(&str, &str)]) -> Result<Home, Failed> {
    let home = Home::new()?;
    fs::create_dir(home.path().join("reports"))?;
    for (name, content) in files {
        let path = home.path().join("reports").join(name);
        fs::create_dir_all(path.parent().unwrap_or(home.path()))?;
        fs::write(path, content)?;
    }
    Ok(home)
}

const RUNS: &str = "model,num_gpu,tokens_s,ttft_s,error\n\
    a:1b,10,100.0,0.5,\na:1b,10,110.0,0.4,\na:1b,20,200.0,0.3,\nb:2b,10,50.0,1.0,\nb:2b,10,0,0,timed out\n";

fn runs() -> Result<Home, Failed> {
    home_with(&[("runs.csv", RUNS), ("notes.md", "# Notes\n\nWarm machine.\n")])
}

fn wrong_use_is_told() -> Outcome {
    let home = home_with(&[("runs.csv", RUNS)])?;
    fs::write(home.path().join("bad.toml"), "num_ctx = 1\n")?;
    for (line, code, told) in [
        ("--bogus", 2, "unexpected argument '--bogus'"),
        ("inventroy", 2, "did you mean `inventory`?"),
        ("--set num_ctx=3 inventory", 2, "`num_ctx` must be a whole number from 256 to 1048576, not `3`"),
        ("--set warmth=3 inventory", 2, "unknown key `warmth`; keys: num_gpu, num_ctx"),
        ("inventory --config bad.toml", 2, "bad.toml:1:11: `num_ctx` must be"),
        ("inventory --config none.toml", 3, "cannot read `none.toml`"),
        ("reports inventory reports", 2, "more than one folder"),
        ("inventory nowhere", 3, "cannot read folder `nowhere`"),
        ("inventory reports/runs.csv", 3, "cannot read folder `reports/runs.csv`"),
        ("reports/runs.csv", 3, "is not a folder"),
        ("reports", 2, "chimera-insight report"),
        ("--json", 2, "--json needs a command"),
        ("metrics --where num_gpu", 2, "`num_gpu` is not `KEY OP VALUE`"),
        ("metrics --file [", 2, "--file:"),
        ("report --persona nobody", 2, "no persona `nobody`"),
        ("models info nowhere.gguf", 3, "nowhere.gguf"),
        ("bench --model none", 2, "nothing to measure"),
        ("bench --model scripted:fast --prompts none.txt", 3, "cannot read `none.txt`"),
    ] {
        let ran = run(&home, line)?;
        ran.ends(code).map_err(|failed| format!("{line}: {failed:?}"))?;
        assert!(ran.err.contains(told), "{line}: {}", ran.err);
        assert_eq!(ran.out, "", "{line}");
    }
    assert_eq!(fs::read_dir(home.path().join("reports"))?.count(), 1, "nothing was written");
    Ok(())
}

fn output_without_a_folder() -> Outcome {
    let home = Home::new()?;
    for (line, told) in [
        ("--help", "Usage: chimera-insight"),
        ("report --help", "-o, --output <FILE>"),
        ("completions bash", "complete -F"),
        ("completions zsh", "#compdef chimera-insight"),
        ("completions fish", "complete -c chimera-insight"),
        ("man", ".TH chimera-insight"),
    ] {
        let ran = run(&home, line)?;
        ran.ends(0)?;
        assert!(ran.out.contains(told), "{line}: {}", ran.out);
        assert!(!ran.out.contains("engine-worker"), "{line} shows what is not for people");
        assert_eq!(ran.err, "");
    }
    let version = run(&home, "--version")?;
    assert!(version.out.starts_with(&format!("chimera-insight {}", env!("CARGO_PKG_VERSION"))));
    Ok(())
}

fn a_closed_pipe_ends_quietly() -> Outcome {
    let home = runs()?;
    let mut child = home
        .command()
        .args(["inventory", "--json"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    drop(child.stdout.take());
    let output = child.wait_with_output()?;
    assert_eq!((output.status.code(), String::from_utf8(output.stderr)?), (Some(0), String::new()));
    Ok(())
}

fn settings_are_shown() -> Outcome {
    let home = runs()?;
    fs::create_dir_all(home.own("config"))?;
    fs::write(home.own("config").join("config.toml"), "persona = \"brief\"\nnum_ctx = 1024\n")?;
    fs::write(home.path().join("chimera-insight.toml"), "seed = 7\n")?;
    let ran = Ran::of(
        home.command()
            .args(["--print-config", "--json", "--set", "top_k=5"])
            .env("CHIMERA_INSIGHT_NUM_CTX", "2048"),
    )?;
    ran.ends(0)?;
    let document = ran.json()?;
    let shown = |key: &str| {
        document["settings"]
            .as_array()
            .and_then(|settings| settings.iter().find(|setting| setting["key"] == key))
            .map(|setting| (setting["value"].clone(), setting["origin"].clone()))
    };
    let user = home.own("config").join("config.toml");
    let project = home.path().join("chimera-insight.toml");
    for (key, value, origin) in [
        ("dir", "reports", "default".to_owned()),
        ("model", "default", "default".into()),
        ("persona", "brief", format!("{}:1", user.display())),
        ("num_ctx", "2048", "CHIMERA_INSIGHT_NUM_CTX".into()),
        ("seed", "7", format!("{}:1", project.display())),
        ("top_k", "5", "--set".into()),
        ("offline", "true", "CHIMERA_INSIGHT_OFFLINE".into()),
    ] {
        assert_eq!(shown(key), Some((json!(value), json!(origin))), "{key}");
    }
    Ok(())
}

fn places() -> Outcome {
    let home = Home::new()?;
    let document = run(&home, "paths --json")?.json()?;
    assert_eq!(document["config"], json!(home.own("config").join("config.toml")));
    assert_eq!(document["models"], json!(home.own("data").join("models")));
    assert_eq!(document["state"], json!(home.own("state")));
    Ok(())
}

fn inventory_lists_broken_files_too() -> Outcome {
    let home = home_with(&[
        ("runs.csv", RUNS),
        ("deep/broken.json", "{\"a\": [1, 2"),
        ("empty.md", ""),
        ("own.md", "# Report\n\n<!-- chimera-insight:report -->\n\nText.\n"),
        ("chimera_insight/x.json", "{}"),
        ("ignored.png", "x"),
    ])?;
    let ran = run(&home, "inventory --json")?;
    ran.ends(0)?;
    let document = ran.json()?;
    assert_eq!(document["root"], "reports");
    assert_eq!((&document["files_total"], &document["generated_total"]), (&json!(3), &json!(2)));
    let bytes = RUNS.len() as u64;
    assert_eq!(document["bytes_total"], bytes + 11);
    assert_eq!(document["by_kind"]["csv"]["count"], 1);
    assert_eq!(document["by_kind"]["csv"]["bytes"], bytes);
    assert_eq!(document["by_kind"]["json"]["count"], 1);
    assert_eq!(document["by_kind"]["markdown"]["count"], 1);
    assert_eq!(document["by_kind"]["text"], json!({"count": 0, "bytes": 0, "latest_modified": null}));
    let listed: Vec<Value> = list(&document["files"])
        .iter()
        .map(|file| json!([file["path"], file["kind"], file["generated"]]))
        .collect();
    assert_eq!(
        json!(listed),
        json!([
            ["chimera_insight/x.json", "json", true],
            ["deep/broken.json", "json", false],
            ["empty.md", "markdown", false],
            ["own.md", "markdown", true],
            ["runs.csv", "csv", false],
        ])
    );
    let runs = &list(&document["files"])[4];
    assert_eq!((&runs["bytes"], &runs["rows"], &runs["status"]), (&json!(bytes), &json!(5), &json!("ok")));
    assert!(list(&runs["metrics"]).contains(&json!("throughput")), "{runs}");
    assert_ne!(list(&document["files"])[1]["status"], "ok");
    let broken = list(&document["problems"]).iter().find(|problem| problem["path"] == "deep/broken.json");
    assert!(broken.is_some_and(|problem| problem["line"].is_u64() && problem["message"].is_string()));
    // Newest first seconds: what `modified` says is what the system says.
    let modified = fs::metadata(home.path().join("reports/runs.csv"))?.modified()?;
    let modified = jiff::Timestamp::try_from(modified)?.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    assert_eq!(runs["modified"], modified);
    Ok(())
}

fn inventory_of_strange_names() -> Outcome {
    let home = home_with(&[("a\u{1b}[31m\u{202e}\u{9b}\u{e0041}.csv", "x\n1\n")])?;
    fs::write(home.path().join("reports").join(OsStr::from_bytes(b"b\xff.csv")), "x\n1\n")?;
    let ran = run(&home, "inventory --json")?;
    let raw = ['\u{1b}', '\u{202e}', '\u{9b}', '\u{e0041}'];
    assert!(!ran.out.contains(raw), "{}", ran.out);
    let document = ran.json()?;
    let files = list(&document["files"]);
    assert_eq!(files[0]["path"], "a\u{1b}[31m\u{202e}\u{9b}\u{e0041}.csv");
    assert_eq!((&files[1]["path"], &files[1]["path_hex"]), (&json!("b\u{fffd}.csv"), &json!("62ff2e637376")));
    assert!(files[0].get("path_hex").is_none());
    let shown = run(&home, "inventory")?;
    assert!(!shown.out.contains(raw), "{}", shown.out);
    Ok(())
}

fn inventory_of_the_original_folder(data: &Path) -> Outcome {
    let home = Home::new()?;
    copy_reports_chimera(data, &home.path().join("folder"))?;
    let document = run(&home, "inventory --json folder")?.json()?;
    assert_eq!((&document["files_total"], &document["bytes_total"]), (&json!(101), &json!(436_259)));
    for (kind, count, latest) in [
        ("csv", 28, "2025-11-14T18:53:30Z"),
        ("json", 44, "2025-10-08T17:20:51Z"),
        ("markdown", 29, "2025-11-14T18:54:07Z"),
    ] {
        let of_kind = &document["by_kind"][kind];
        assert_eq!(
            (&of_kind["count"], &of_kind["latest_modified"]),
            (&json!(count), &json!(latest)),
            "{kind}"
        );
    }
    let shown = run(&home, "inventory --dir folder")?;
    assert!(shown.out.contains("101 files in `folder`"), "{}", shown.out);
    Ok(())
}

fn metrics_filter_and_group() -> Outcome {
    let home = runs()?;
    let median = |line: &str| -> Result<Vec<(Value, Value)>, Failed> {
        let ran = run(&home, line)?;
        ran.ends(0)?;
        let document = ran.json()?;
        Ok(list(&document["series"]).iter().map(|one| (one["n"].clone(), one["median"].clone())).collect())
    };
    let throughput = "metrics --json --metric throughput";
    let by = |by: &str| median(&format!("{throughput} --group-by {by}"));
    assert_eq!(by("model")?, [(json!(3), json!(110.0)), (json!(1), json!(50.0))]);
    assert_eq!(by("num_gpu")?, [(json!(3), json!(100.0)), (json!(1), json!(200.0))]);
    let of = |condition: &str| -> Result<Vec<(Value, Value)>, Failed> {
        let mut command = home.command();
        command.args([
            "metrics",
            "--json",
            "--metric",
            "throughput",
            "--group-by",
            "backend",
            "--where",
            condition,
        ]);
        let document = Ran::of(&mut command)?.json()?;
        Ok(list(&document["series"]).iter().map(|one| (one["n"].clone(), one["median"].clone())).collect())
    };
    assert_eq!(of("num_gpu >= 20")?, [(json!(1), json!(200.0))]);
    assert_eq!(of("model = b:2b")?, [(json!(1), json!(50.0))]);
    assert_eq!(of("model != b:2b")?, [(json!(3), json!(110.0))]);
    assert_eq!(of("model = none")?, []);
    assert_eq!(median("metrics --json --file *.json")?, []);
    assert_eq!(median("metrics --json --metric throughput --file runs.* --group-by model")?.len(), 2);

    let document =
        run(&home, "metrics --json --metric ttft --group-by model --stat median,argmin")?.json()?;
    let series = &list(&document["series"])[0];
    assert_eq!(
        (&series["unit"], &series["better"], &series["field"]),
        (&json!("ms"), &json!("lower"), &json!("ttft_s"))
    );
    assert_eq!((&series["group"], &series["files"]), (&json!({"model": "a:1b"}), &json!(["runs.csv"])));
    assert_eq!((&series["median"], &series["argmin"]["line"]), (&json!(400.0), &json!(4)));
    assert!(series.get("mean").is_none());
    Ok(())
}

fn metrics_count_excluded_rows_where_they_are() -> Outcome {
    // A run in two formats, of which each names the model in its own way.
    let csv = "num_gpu,tokens_s,error\n1,101.041017,\n2,102.776794,\n3,99.131235,\n3,0,oom\n";
    let json = r#"{"model":"c:latest","runs":[{"num_gpu":1,"tokens_s":101.041017},{"num_gpu":2,"tokens_s":102.776794},
        {"num_gpu":3,"tokens_s":99.131235},{"num_gpu":3,"error":"oom","tokens_s":0}]}"#;
    let more = "model,num_gpu,tokens_s,error\na:1b,20,,oom\na:1b,20,210.0,\n";
    let home = home_with(&[("runs.csv", RUNS), ("more.csv", more), ("c.csv", csv), ("c.json", json)])?;
    let counts = |arguments: &[&str]| -> Result<Vec<(String, u64, u64)>, Failed> {
        let mut command = home.command();
        command.args(["metrics", "--json", "--metric", "throughput"]).args(arguments);
        let ran = Ran::of(&mut command)?;
        ran.ends(0)?;
        let document = ran.json()?;
        let count = |series: &Value, name: &str| series[name].as_u64().ok_or("no count");
        list(&document["series"])
            .iter()
            .map(|one| {
                let group = one["group"].as_object().ok_or("no group")?;
                let group: Vec<&str> = group.values().filter_map(Value::as_str).collect();
                Ok((group.join(" "), count(one, "n")?, count(one, "excluded")?))
            })
            .collect()
    };
    let row = |group: &str, n, excluded| (group.to_owned(), n, excluded);
    let usual = [row("", 0, 4), row("a:1b", 4, 1), row("b:2b", 1, 1), row("c:latest", 3, 1)];
    assert_eq!(counts(&[])?, usual);
    assert_eq!(counts(&["--file", "runs.csv"])?, [row("a:1b", 3, 0), row("b:2b", 1, 1)]);
    assert_eq!(counts(&["--file", "more.csv"])?, [row("a:1b", 1, 1)]);
    assert_eq!(counts(&["--file", "c.json"])?, [row("c:latest", 3, 1)]);
    assert_eq!(counts(&["--where", "model = a:1b"])?, [row("a:1b", 4, 1)]);
    assert_eq!(counts(&["--where", "num_gpu = 20"])?, [row("a:1b", 2, 1)]);
    let total =
        |rows: Vec<(String, u64, u64)>| rows.iter().fold((0, 0), |sum, row| (sum.0 + row.1, sum.1 + row.2));
    for keys in ["none", "model", "num_gpu", "model,num_gpu"] {
        assert_eq!(total(counts(&["--group-by", keys])?), (8, 7), "{keys}");
    }
    // In the table for people a series that only repeats another file's has no line.
    let table = run(&home, "metrics --metric throughput")?;
    let is_repeated = |line: &str| line.starts_with("c  ") || line.starts_with("–  ");
    assert!(table.out.contains("c:latest") && !table.out.lines().any(is_repeated), "{}", table.out);
    // Rows that name no model say where they are from.
    let told = run(&home, "metrics --metric throughput --file c.csv")?;
    assert!(told.out.lines().any(|line| line.starts_with("c  ")), "{}", told.out);
    Ok(())
}

fn metrics_of_the_original_folder(data: &Path) -> Outcome {
    let home = Home::new()?;
    let folder = data.join("reports-chimera");
    let ran = Ran::of(
        home.command()
            .args(["metrics", "--json", "--metric", "throughput", "--field", "tokens_s"])
            .args(["--file", "reports/gemma3/gemma3_270m_baseline.csv"])
            .arg(&folder),
    )?;
    ran.ends(0)?;
    let document = ran.json()?;
    let series = list(&document["series"]);
    assert_eq!(series.len(), 1, "{document}");
    let median = series[0]["median"].as_f64().ok_or("no median")?;
    // Question s05 of truth.json.
    assert!((median / 294.959_036_618_408_1 - 1.0).abs() < 1e-9, "{median}");
    assert_eq!(series[0]["unit"], "tok/s");
    Ok(())
}

fn report_by_code_alone() -> Outcome {
    let home = runs()?;
    let ran = run(&home, "report --model none")?;
    ran.ends(0)?;
    assert_eq!(ran.err, "", "silent in a pipe");
    let path = PathBuf::from(ran.out.trim_end());
    assert!(path.starts_with("reports/chimera_insight"), "{}", ran.out);
    let text = fs::read_to_string(home.path().join(&path))?;
    assert!(text.contains("<!-- chimera-insight:report -->"));
    let record: Value =
        serde_json::from_str(&fs::read_to_string(home.path().join(path.with_extension("json")))?)?;
    assert_eq!((&record["generated_by"], &record["status"]), (&json!("chimera-insight"), &json!("complete")));
    Ok(())
}

fn reports_are_never_evidence(data: &Path) -> Outcome {
    let home = Home::new()?;
    copy_reports_chimera(data, &home.path().join("folder"))?;
    for written in 0..2_u64 {
        run(&home, "report --model none folder")?.ends(0)?;
        let document = run(&home, "inventory --json folder")?.json()?;
        let totals = (&document["files_total"], &document["generated_total"]);
        assert_eq!(totals, (&json!(101), &json!(2 * (written + 1))));
        assert_eq!(document["by_kind"]["markdown"]["latest_modified"], "2025-11-14T18:54:07Z");
    }
    Ok(())
}

fn report_with_a_model() -> Outcome {
    let home = runs()?;
    let ran = run(&home, "report --model scripted:fast --json --set temperature=0.3 --set seed=5")?;
    ran.ends(0)?;
    assert_eq!(ran.err, "", "silent in a pipe");
    let document = ran.json()?;
    let report = PathBuf::from(document["report"].as_str().ok_or("no report")?);
    let record = PathBuf::from(document["record"].as_str().ok_or("no record")?);
    assert!(report.starts_with(home.path().join("reports/chimera_insight")));
    assert_eq!(report.with_extension("json"), record);
    assert_eq!(document["model"]["name"], "scripted:fast");
    assert_eq!((&document["config"]["temperature"], &document["config"]["seed"]), (&json!(0.3), &json!(5)));
    let stages: Vec<&Value> = list(&document["stages"]).iter().map(|stage| &stage["name"]).collect();
    assert_eq!(stages, ["ingest", "analysis", "report"]);
    assert!(list(&document["stages"]).iter().all(|stage| stage["seconds"].is_f64()));
    for name in
        ["throughput_tok_s", "ttft_ms", "total_ms", "tokens", "prompt_tokens", "eval_ms", "itl_p50_ms"]
    {
        assert!(document["metrics"][name].as_f64().is_some_and(|value| value > 0.0), "{name}: {document}");
    }
    let grounding = &document["grounding"];
    assert_eq!((&grounding["mismatched"], &grounding["ungrounded"]), (&json!(0), &json!(0)));
    assert!(grounding["figures"].as_u64() > Some(0));

    let text = fs::read_to_string(&report)?;
    assert!(text.contains("scripted:fast") && text.contains("<!-- chimera-insight:report -->"));
    let record: Value = serde_json::from_str(&fs::read_to_string(&record)?)?;
    assert_eq!(record["status"], "complete");
    assert_eq!(record["metrics"], document["metrics"]);
    assert!(list(&record["calls"]).iter().all(|call| call["response"].is_string()));
    assert!(!list(&record["calls"]).is_empty());
    Ok(())
}

fn report_without_the_model_asked_for() -> Outcome {
    let home = runs()?;
    for line in ["report", "report --model nowhere.gguf", "report --model scripted:fail"] {
        let ran = run(&home, line)?;
        ran.ends(4)?;
        assert!(ran.err.starts_with("error: "), "{line}: {}", ran.err);
        let path = home.path().join(ran.out.trim_end());
        assert!(fs::read_to_string(path)?.contains("<!-- chimera-insight:report -->"), "{line}");
    }
    Ok(())
}

fn report_when_the_engine_dies() -> Outcome {
    let home = runs()?;
    let ran = run(&home, "report --model scripted:crash --json")?;
    ran.ends(4)?;
    assert!(ran.err.starts_with("error: "), "{}", ran.err);
    let document = ran.json()?;
    assert_ne!(document["status"], "complete");
    let text = fs::read_to_string(document["report"].as_str().ok_or("no report")?)?;
    assert!(text.contains("<!-- chimera-insight:report -->"));
    Ok(())
}

fn report_into_a_file() -> Outcome {
    let home = runs()?;
    for _ in 0..2 {
        run(&home, "report --model none -o out.md")?.ends(0)?;
    }
    assert!(home.path().join("out.json").is_file());
    fs::write(home.path().join("mine.md"), "# Mine\n")?;
    let ran = run(&home, "report --model none -o mine.md")?;
    ran.ends(5)?;
    assert_eq!(fs::read_to_string(home.path().join("mine.md"))?, "# Mine\n");
    run(&home, "report --model none -o nowhere/out.md")?.ends(5)?;
    assert_eq!(names(&home.path().join("reports"))?, ["notes.md", "runs.csv"]);
    Ok(())
}

fn report_that_cannot_be_saved() -> Outcome {
    let home = home_with(&[("runs.csv", RUNS), ("chimera_insight", "no folder")])?;
    let ran = run(&home, "report --model none")?;
    ran.ends(5)?;
    assert!(ran.err.contains("cannot write `reports/chimera_insight`"), "{}", ran.err);
    assert!(ran.err.contains("\nhint: "), "{}", ran.err);
    Ok(())
}

fn report_cancelled_is_kept() -> Outcome {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let home = runs()?;
        let mut child = home
            .command()
            .args(["report", "--model", "scripted:slow", "--json"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // The engine's process is there once the report is being made.
        let threads = format!("/proc/{}/task", child.id());
        eventually("the engine's process", SOON, || {
            let mut threads = fs::read_dir(&threads).ok()?.flatten();
            threads
                .any(|thread| {
                    let children = fs::read_to_string(thread.path().join("children"));
                    children.is_ok_and(|children| !children.trim().is_empty())
                })
                .then_some(())
        })?;
        Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status()?;
        let status = eventually("the end", LATE, || child.try_wait().ok().flatten())?;
        assert_eq!(status.code(), Some(code), "{signal}");
        let mut out = String::new();
        child.stdout.take().ok_or("no output")?.read_to_string(&mut out)?;
        let document: Value = serde_json::from_str(&out)?;
        assert_ne!(document["status"], "complete");
        assert!(Path::new(document["report"].as_str().ok_or("no report")?).is_file());
    }
    Ok(())
}

fn report_killed_leaves_what_it_had() -> Outcome {
    let home = runs()?;
    let mut child = home
        .command()
        .args(["report", "--model", "scripted:slow"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let own = home.path().join("reports/chimera_insight");
    let journal = || {
        let names = names(&own).ok()?;
        let [name] = names.as_slice() else { return None };
        let text = fs::read_to_string(own.join(name)).ok()?;
        // A heading and some words under it.
        let (_, words) = text.split_once("\n## ")?;
        (words.len() > 40).then_some(text)
    };
    let before = eventually("text of the model", LATE, journal)?;
    child.kill()?;
    child.wait()?;
    let after = journal().ok_or("the journal is gone")?;
    assert!(after.starts_with(&before) && after.contains("# Interrupted"), "{after}");
    let document = run(&home, "inventory --json")?.json()?;
    assert_eq!((&document["files_total"], &document["generated_total"]), (&json!(2), &json!(0)));
    // The next run is not disturbed and cleans up after itself.
    run(&home, "report --model scripted:fast")?.ends(0)?;
    assert_eq!(names(&own)?.len(), 3);
    Ok(())
}

fn bench_writes_what_it_measures() -> Outcome {
    let home = home_with(&[])?;
    let ran = run(&home, "bench --model scripted:fast --runs 2 --json")?;
    ran.ends(0)?;
    let document = ran.json()?;
    assert_eq!((&document["rows"], &document["throughput_tok_s"]["n"]), (&json!(10), &json!(10)));
    assert!(document["throughput_tok_s"]["median"].as_f64() > Some(0.0));
    assert_eq!(list(&document["ttft_ms"]["ci95"]).len(), 2);
    assert!(document["environment"]["cores"].as_u64() > Some(0));
    assert_eq!(
        document["files"],
        json!(["reports/scripted_fast_baseline.csv", "reports/scripted_fast_baseline.json"])
    );
    let csv = home.path().join("reports/scripted_fast_baseline.csv");
    let mut reader = csv::Reader::from_path(&csv)?;
    let columns: Vec<&str> = reader.headers()?.iter().collect();
    let expected = "prompt ttft_s tokens_s load_s prompt_eval_s eval_s eval_count response_chars error";
    assert_eq!(columns.join(" "), expected);
    assert_eq!(reader.records().count(), 10);
    let text = fs::read_to_string(csv.with_extension("json"))?;
    let results: Value = serde_json::from_str(&text)?;
    assert_eq!((&results["model"], list(&results["results"]).len()), (&json!("scripted:fast"), 10));
    // What was measured is evidence like any other file.
    let inventory = run(&home, "inventory --json")?.json()?;
    assert_eq!((&inventory["files_total"], &inventory["generated_total"]), (&json!(2), &json!(0)));
    let metrics = run(&home, "metrics --json --metric throughput --file *.csv")?.json()?;
    assert_eq!(list(&metrics["series"])[0]["n"], 10);

    fs::write(home.path().join("prompts.txt"), "\nOne question?\n")?;
    run(&home, "bench --model scripted:fast")?.ends(5)?;
    assert_eq!(fs::read_to_string(csv.with_extension("json"))?, text);
    run(&home, "bench --model scripted:fast --force --prompts prompts.txt")?.ends(0)?;
    assert_eq!(csv::Reader::from_path(&csv)?.records().count(), 1);
    Ok(())
}

fn bench_cancelled_keeps_its_rows() -> Outcome {
    let home = home_with(&[])?;
    let mut child = home
        .command()
        .args(["bench", "--model", "scripted", "--runs", "1000", "--json"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let csv = home.path().join("reports/scripted_baseline.csv");
    let rows = || Some(csv::Reader::from_path(&csv).ok()?.records().flatten().count());
    eventually("rows as they are measured", LATE, || rows().filter(|rows| *rows >= 2))?;
    Command::new("kill").args(["-INT", &child.id().to_string()]).status()?;
    let status = eventually("the end", LATE, || child.try_wait().ok().flatten())?;
    assert_eq!(status.code(), Some(130));
    let results: Value = serde_json::from_str(&fs::read_to_string(csv.with_extension("json"))?)?;
    assert_eq!(results["interrupted"], true);
    assert_eq!(Some(list(&results["results"]).len()), rows());
    Ok(())
}

fn models_of_an_empty_machine() -> Outcome {
    let home = Home::new()?;
    assert_eq!(run(&home, "models --json")?.json()?, json!({"models": []}));
    let ran = run(&home, "models list")?;
    ran.ends(0)?;
    assert!(ran.out.contains("no models in `"), "{}", ran.out);
    Ok(())
}

/// A model in each store: listed with its origin, and named as its program names it.
fn models_of_other_programs() -> Outcome {
    let home = Home::new()?;
    let bytes = Tiny::new(Mode::Scripted).bytes()?;
    let put = |path: &str, bytes: &[u8]| -> Outcome {
        let path = home.path().join(path);
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        Ok(fs::write(path, bytes)?)
    };
    put("cache/huggingface/hub/models--org--tiny-1b-GGUF/refs/main", b"abc")?;
    put("cache/huggingface/hub/models--org--tiny-1b-GGUF/snapshots/abc/tiny-1b-Q8_0.gguf", &bytes)?;
    put("cache/llama.cpp/org_small-2b-GGUF_small-2b-q4_0.gguf", &bytes)?;
    put(".lmstudio/models/org/wide/wide-3b.gguf", &bytes[..bytes.len() / 2])?;
    let digest = "0".repeat(64);
    let manifest = format!(
        r#"{{"layers":[{{"mediaType":"application/vnd.ollama.image.model","digest":"sha256:{digest}","size":{}}}]}}"#,
        bytes.len()
    );
    put("ollama/manifests/host/library/deep/4b", manifest.as_bytes())?;
    put(&format!("ollama/blobs/sha256-{digest}"), &bytes)?;

    let document = run(&home, "models --json")?.json()?;
    let models = list(&document["models"]).iter();
    let found: Vec<[&Value; 3]> =
        models.map(|model| [&model["name"], &model["origin"], &model["usable"]]).collect();
    let expected = json!([
        ["tiny:1b", "Hugging Face cache", true],
        ["deep:4b", "Ollama", true],
        ["wide:3b", "LM Studio", false],
        ["small:2b", "llama.cpp cache", true],
    ]);
    assert_eq!(json!(found), expected, "{document}");
    let ran = run(&home, "models")?;
    ran.ends(0)?;
    assert!(ran.out.contains("wide:3b (LM Studio) cannot be used: it is cut off"), "{}", ran.out);
    let ran = run(&home, "models info deep:4b")?;
    assert!(ran.out.contains("gemma3") && ran.out.contains("sha256-000"), "{}", ran.out);
    let ran = run(&home, "models info wide:3b")?;
    assert!(ran.out.contains("it is cut off"), "{}", ran.out);
    Ok(())
}

fn doctor_finds_what_is_missing() -> Outcome {
    let home = runs()?;
    let ran = run(&home, "doctor --json")?;
    ran.ends(1)?;
    let document = ran.json()?;
    let check = |what: &str| list(&document["checks"]).iter().find(|check| check["what"] == what).cloned();
    assert_eq!(check("watch").map(|check| check["ok"].clone()), Some(json!(true)), "{document}");
    let confine = check("confine").ok_or("no word of confinement")?;
    let told = confine["found"].as_str().unwrap_or_default();
    assert!(told.contains("confined"), "{told}");
    let off = home.command().env("CHIMERA_INSIGHT_CONFINE", "false").arg("doctor").output()?;
    let off = String::from_utf8_lossy(&off.stdout).into_owned();
    assert!(off.contains("not confined: `confine` is off"), "{off}");
    let model = check("model").ok_or("no model check")?;
    assert_eq!(model["ok"], false);
    assert!(model["advice"].is_string());
    Ok(())
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn names(folder: &Path) -> Result<Vec<OsString>, Failed> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name());
    }
    names.sort();
    Ok(names)
}
