//! The main job with real models: whole reports, headless and on the screen.

use std::{fs, path::Path, process::Stdio};

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use crate::{
    pty::session::Session,
    support::{Home, LATE, Model, Outcome, copy_reports_chimera, eventually, model_test, testdata},
};

/// Short answers: what is tried is the way of a report, not the model's eloquence.
const SHORT: &str = "num_predict=40";
/// Tokens that the model may choose in the sentence in which the limit is reached.
const A_SENTENCE: u64 = 20;
const SMOLLM2_SHA256: &str = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";
const GEMMA3_SHA256: &str = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818";

pub fn tests() -> Vec<Trial> {
    let reports = |model, sha256: &'static str, style: &'static str| {
        move |path: &Path| two_reports(path, model, sha256, style)
    };
    vec![
        model_test(
            "real: SmolLM2 writes whole reports",
            Model::SmolLm2,
            reports("llama", SMOLLM2_SHA256, "Chat"),
        ),
        model_test(
            "real: Gemma 3 base writes whole reports",
            Model::Gemma3Base,
            reports("gemma3", GEMMA3_SHA256, "Document"),
        ),
        model_test("real: a report streams on the screen", Model::SmolLm2, on_the_screen),
    ]
}

/// A home with a folder `reports`: the original's files where they are at hand.
fn home() -> Result<(Home, u64), Failed> {
    let home = Home::new()?;
    let folder = home.path().join("reports");
    if let Some(data) = testdata() {
        copy_reports_chimera(&data, &folder)?;
        return Ok((home, 101));
    }
    fs::create_dir(&folder)?;
    fs::write(
        folder.join("runs.csv"),
        "model,tokens_s,ttft_s\na:1b,100.0,0.5\na:1b,110.0,0.4\nb:2b,50.0,1.0\n",
    )?;
    Ok((home, 1))
}

fn two_reports(model: &Path, arch: &str, sha256: &str, style: &str) -> Outcome {
    let (home, files) = home()?;
    let mut written = Vec::new();
    for (earlier, trials) in [(0, true), (2, false)] {
        let output = home
            .command()
            .args(["report", "reports", "--json", "--set", SHORT, "--set", "seed=7", "--model"])
            .arg(model)
            .stdin(Stdio::null())
            .output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*errors), (Some(0), ""), "exit code and what was said in a pipe");
        let document: Value = serde_json::from_slice(&output.stdout)?;
        let read = |key: &str| fs::read_to_string(document[key].as_str().unwrap_or_default());
        let (report, record) = (read("report")?, serde_json::from_str::<Value>(&read("record")?)?);

        assert_eq!((&record["status"], &document["model"]["arch"]), (&json!("complete"), &json!(arch)));
        assert_eq!((&record["model_sha256"], &document["config"]["seed"]), (&json!(sha256), &json!(7)));
        let calls = record["calls"].as_array().ok_or("no calls")?;
        // A model is measured once, and then known.
        let is_trial = |call: &&Value| call["title"] == "measuring the model";
        assert_eq!(
            (calls.iter().any(|call| is_trial(&call)), &record["writing"]["is_auto"]),
            (trials, &json!(true))
        );
        assert_eq!(record["writing"]["degree"], "worded", "{}", record["writing"]);
        assert_eq!(calls.iter().filter(|call| !is_trial(call)).count(), 5);
        written.push(record["written"].clone());
        for call in calls {
            assert_eq!(call["prompt"]["style"], style);
            assert!(
                call["metrics"]["tokens"].as_u64().is_some_and(|tokens| tokens < 40 + A_SENTENCE),
                "{call}"
            );
        }
        let metrics = &document["metrics"];
        let value = |name: &str| metrics[name].as_f64().unwrap_or(-1.0);
        // The process is new: the model was loaded for this report, and the user waited for it.
        assert!(value("load_ms") > 0.0 && value("ttft_ms") > value("load_ms"), "{metrics}");
        assert!(value("total_ms") > value("eval_ms") && value("throughput_tok_s") > 0.0, "{metrics}");
        // Later calls find the beginning of their prompt in the cache.
        assert!(value("cached_prompt_tokens") > 0.0, "{metrics}");
        let grounding = &document["grounding"];
        assert_eq!(
            (&grounding["mismatched"], &grounding["ungrounded"]),
            (&json!(0), &json!(0)),
            "{grounding}"
        );

        assert!(report.contains("<!-- chimera-insight:report -->"), "{report}");
        assert!(report.contains(&format!("- Files analyzed: {files}\n")), "{report}");
        let headings = ["## Workflow Summary", "## Metrics", "## Key Findings", "## Recommendations"];
        for heading in headings.iter().chain(&["## Persona Prompt", "## Evidence"]) {
            assert!(report.contains(heading), "{heading} is missing");
        }

        let path = document["report"].as_str().unwrap_or_default();
        let check = home.command().args(["check", path, "--data", "reports", "--json"]).output()?;
        let check: Value = serde_json::from_slice(&check.stdout)?;
        let wrong = check["items"]
            .as_array()
            .ok_or("no items")?
            .iter()
            .filter(|item| matches!(item["status"].as_str(), Some("mismatched" | "ungrounded")));
        assert_eq!(wrong.collect::<Vec<_>>(), Vec::<&Value>::new());
        let verify = home.command().args(["verify", &path.replace(".md", ".json")]).output()?;
        assert_eq!(verify.status.code(), Some(0), "{}", String::from_utf8_lossy(&verify.stdout));

        let inventory = home.command().args(["inventory", "reports", "--json"]).output()?;
        let inventory: Value = serde_json::from_slice(&inventory.stdout)?;
        let counts = (inventory["files_total"].as_u64(), inventory["generated_total"].as_u64());
        assert_eq!(counts, (Some(files), Some(earlier + 2)));
        if files == 101 {
            let kinds = ["csv", "json", "markdown"].map(|kind| &inventory["by_kind"][kind]);
            assert_eq!(kinds.map(|kind| kind["count"].as_u64()), [Some(28), Some(44), Some(29)]);
            let latest = kinds.map(|kind| kind["latest_modified"].as_str());
            let expected = ["2025-11-14T18:53:30Z", "2025-10-08T17:20:51Z", "2025-11-14T18:54:07Z"];
            assert_eq!(latest, expected.map(Some));
        }
    }
    assert_eq!(written[0], written[1], "a seed gives the same findings and prose again");
    Ok(())
}

/// Start, a file dropped in, a report that streams, cancel, another, quit.
fn on_the_screen(model: &Path) -> Outcome {
    let (home, files) = home()?;
    let model = model.to_str().ok_or("the model's path is no text")?;
    let mut session = Session::start(&home, &["--model", model, "--set", SHORT, "reports"])?;
    session.sees(&format!("{files} files"))?;
    fs::write(home.path().join("reports/dropped.csv"), "model,perplexity\nnew:1b,12.5\nnew:1b,13.5\n")?;
    session.sees(&format!("{} files", files + 1))?;
    session.keys("2/perplex\r")?;
    session.sees("Perplexity")?;

    session.keys("r")?;
    session.sees("reading")?;
    session.keys("\x1b")?;
    // Notices come and go; the pane's title says where the last report is once nothing runs.
    record_with(&home, "cancelled")?;
    session.sees("Report · chimera_insight/")?;
    session.keys("r")?;
    record_with(&home, "complete")?;
    session.sees("Report · chimera_insight/")?;
    session.sees("tok/s")?;
    session.keys("q")?;
    session.ends_with(0)
}

/// Waits for a run record of this status.
fn record_with(home: &Home, status: &str) -> Outcome {
    let status = format!("\"status\": \"{status}\"");
    eventually("a record of the report", LATE, || {
        let entries = fs::read_dir(home.path().join("reports/chimera_insight")).ok()?;
        let paths = entries.flatten().map(|entry| entry.path());
        let mut records = paths.filter(|path| path.extension().is_some_and(|found| found == "json"));
        records
            .any(|path| fs::read_to_string(path).is_ok_and(|record| record.contains(&status)))
            .then_some(())
    })
}
