//! The rules that a user lays over the built-in ones, seen in a report and its record.

use std::fs;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::support::{Home, Outcome, tempdir, test};

pub fn tests() -> Vec<Trial> {
    vec![
        test("rules: a user's rules win, and the record names them", a_users_rules_win),
        test("rules: wrong rules are said and the built-in ones hold", wrong_rules_are_said),
    ]
}

const RUNS: &str =
    "model,tokens_per_second\na:1b,40\na:1b,41\na:1b,42\na:1b,43\nb:2b,20\nb:2b,21\nb:2b,22\nb:2b,23\n";

/// The recommendations of a report under a user's rules, each with its rule; and what was
/// said on standard error.
fn advice(rules: &str) -> Result<(Vec<(String, String)>, String), Failed> {
    let (home, folder) = (Home::new()?, tempdir()?);
    fs::create_dir_all(home.own("config"))?;
    fs::write(home.own("config").join("rules.toml"), rules)?;
    fs::write(folder.path().join("runs.csv"), RUNS)?;
    let output = home.command().args(["report", "--model", "none", "--json"]).arg(folder.path()).output()?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{stderr}");
    let answer: Value = serde_json::from_slice(&output.stdout)?;
    let record = fs::read(answer["record"].as_str().ok_or("no record")?)?;
    let record: Value = serde_json::from_slice(&record)?;
    let written = record["written"].as_array().ok_or("nothing written")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let advice = written
        .iter()
        .filter(|sentence| sentence["section"] == "recommendations")
        .map(|sentence| (text(&sentence["rule"]), text(&sentence["text"])))
        .collect();
    Ok((advice, stderr))
}

fn a_users_rules_win() -> Outcome {
    let (advice, stderr) = advice(
        "[[rule]]\nname = \"more-runs\"\nadvice = [\"Run {group} again.\"]\n\
         [[rule]]\nname = \"measure-quality\"\noff = true\n\
         [[rule]]\nname = \"own\"\nafter = \"fastest\"\ntopic = \"Own\"\nadvice = [\"Buy more of {best}.\"]\n",
    )?;
    assert_eq!(stderr, "");
    let of = |rule: &str| advice.iter().find(|(name, _)| name == rule).map(|(_, text)| text.as_str());
    assert_eq!(of("more-runs"), Some("Run a:1b again."));
    assert_eq!(of("own"), Some("Buy more of a:1b."));
    assert_eq!(of("measure-quality"), None);
    assert!(advice.iter().all(|(rule, _)| !rule.is_empty()), "{advice:?}");
    Ok(())
}

fn wrong_rules_are_said() -> Outcome {
    let (advice, stderr) = advice("[[rule]]\nname = \"more-runs\"\nadvice = [\"Run {it} again.\"]\n")?;
    assert!(stderr.contains("rules.toml:3:11: no slot `{it}`"), "{stderr}");
    assert!(advice.iter().any(|(rule, text)| rule == "more-runs" && !text.contains("Run {it}")));
    Ok(())
}
