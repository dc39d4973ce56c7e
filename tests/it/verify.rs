//! `verify`: a report that was tampered with, a record, a source row; and a copy of a folder,
//! which is the same evidence.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, SystemTime},
};

use libtest_mimic::{Completion, Failed, Trial};
use serde_json::{Value, json};

use crate::support::{
    Home, Outcome, copy_reports_chimera, copy_tree, data_test, set_modified, tempdir, test,
};

pub fn tests() -> Vec<Trial> {
    vec![
        test("verify: a fresh report is as recorded", a_fresh_report_is_as_recorded),
        test("verify: a figure of the report that was changed is named", a_changed_figure_is_named),
        test("verify: a sentence that was changed is named", a_changed_sentence_is_named),
        test("verify: a source row that was changed is caught", a_changed_row_is_caught),
        test("verify: a record that was changed is caught", a_changed_record_is_caught),
        test("verify: report and record changed together are caught", both_changed_are_caught),
        test("verify: files that came and went are told", files_that_came_and_went),
        test("verify: other times and later reports are no difference", other_times_are_no_difference),
        test("verify: a record cannot name files outside the folder", no_file_outside),
        test("verify: what is no record is an input error", what_is_no_record),
        test("verify: a report elsewhere is found", a_report_elsewhere),
        test("verify: a bundle is checked where its folder is not", a_bundle_goes_alone),
        test("verify: a bundle replaces nothing of others", a_bundle_replaces_nothing),
        confirmed("verify: each evidence line comes out again by another reading", demo_is_confirmed),
        data_test("verify: each evidence line of the shared folders does", shared_folders_are_confirmed),
        data_test("verify: the shared folders are as recorded", the_shared_folders),
    ]
}

/// A copy of the demo folder with a report by code in it.
struct Case {
    home: Home,
    folder: PathBuf,
    report: PathBuf,
    record: PathBuf,
}

impl Case {
    fn new() -> Result<Self, Failed> {
        let home = Home::new()?;
        let folder = home.path().join("demo");
        copy_tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo"), &folder)?;
        Self::of(home, folder)
    }
    fn of(home: Home, folder: PathBuf) -> Result<Self, Failed> {
        let (code, answer) = json_of(&home, &["report", "--model", "none", "--dir"], &folder)?;
        assert_eq!(code, Some(0), "{answer}");
        let path = |key: &str| PathBuf::from(answer[key].as_str().unwrap_or_default());
        let (report, record) = (path("report"), path("record"));
        Ok(Self { home, folder, report, record })
    }
    /// The exit code and the answer of `verify --json`.
    fn verify(&self) -> Result<(Option<i32>, Value), Failed> {
        json_of(&self.home, &["verify"], &self.record)
    }
    /// What `verify` prints for people.
    fn page(&self) -> Result<String, Failed> {
        let output = self.home.command().arg("verify").arg(&self.record).stdin(Stdio::null()).output()?;
        Ok(String::from_utf8(output.stdout)?)
    }
    fn change(file: &Path, from: &str, to: &str) -> Outcome {
        let text = fs::read_to_string(file)?;
        assert!(text.contains(from), "{from} is not in {}", file.display());
        Ok(fs::write(file, text.replacen(from, to, 1))?)
    }
    fn edit_record(&self, edit: impl FnOnce(&mut Value)) -> Outcome {
        let mut record: Value = serde_json::from_str(&fs::read_to_string(&self.record)?)?;
        edit(&mut record);
        Ok(fs::write(&self.record, serde_json::to_string_pretty(&record)?)?)
    }
    /// A sentence of the report that stands in it as it stands in the record.
    fn sentence(&self) -> Result<String, Failed> {
        let report = fs::read_to_string(&self.report)?;
        let record = self.record()?;
        let mut written = record["written"].as_array().into_iter().flatten().map(|own| text(&own["text"]));
        Ok(written.find(|text| report.matches(text.as_str()).count() == 1).ok_or("no such sentence")?)
    }
    fn record(&self) -> Result<Value, Failed> {
        Ok(serde_json::from_str(&fs::read_to_string(&self.record)?)?)
    }
}

fn json_of(home: &Home, words: &[&str], last: &Path) -> Result<(Option<i32>, Value), Failed> {
    let output = home.command().arg("--json").args(words).arg(last).stdin(Stdio::null()).output()?;
    let out = String::from_utf8(output.stdout)?;
    let told = || format!("{words:?}: {out}{}", String::from_utf8_lossy(&output.stderr));
    let answer =
        if out.is_empty() { json!(told()) } else { serde_json::from_str(&out).map_err(|_| told())? };
    Ok((output.status.code(), answer))
}

/// How many differences of each sort.
fn counts(answer: &Value) -> [usize; 3] {
    ["files_changed", "facts_changed", "figures_changed"]
        .map(|key| answer[key].as_array().map_or(0, Vec::len))
}

/// The fact of a subject and statistic whose group says this.
fn fact<'r>(record: &'r Value, subject: &str, statistic: &str, group: &str) -> Result<&'r Value, Failed> {
    let facts = record["facts"].as_array().ok_or("no facts")?;
    let is_it = |fact: &&Value| {
        fact["subject"] == subject
            && fact["statistic"] == statistic
            && fact["group"].as_str().is_some_and(|own| own.contains(group))
    };
    Ok(facts.iter().find(is_it).ok_or_else(|| format!("no fact {subject} {statistic} {group}"))?)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn a_fresh_report_is_as_recorded() -> Outcome {
    let case = Case::new()?;
    let (code, answer) = case.verify()?;
    assert_eq!((code, &answer["ok"], counts(&answer)), (Some(0), &json!(true), [0, 0, 0]), "{answer}");
    let checked = &answer["checked"];
    let record = case.record()?;
    assert_eq!(checked["files"], 9);
    assert_eq!(checked["facts"], record["facts"].as_array().map_or(0, Vec::len));
    assert!(checked["figures"].as_u64().is_some_and(|figures| figures > 100), "{checked}");
    // Every fact of the evidence, every row of a table and every sentence is a figure's.
    let stated = record["report"]["figures"].as_array().ok_or("no figures")?;
    let lines = record["report"]["lines"].as_array().ok_or("no lines")?;
    let is_free = |line: &str| {
        !stated.iter().any(|figure| lines[figure["line"].as_u64().unwrap_or(1) as usize - 1] == line)
    };
    let rows = lines
        .iter()
        .filter_map(Value::as_str)
        .filter(|line| line.starts_with('|') && line.contains(" tok/s |"));
    assert_eq!(rows.filter(|row| is_free(row)).collect::<Vec<_>>(), [""; 0]);
    assert!(case.page()?.ends_with("all as recorded\n"), "{}", case.page()?);
    // Another report changes nothing about this one.
    json_of(&case.home, &["report", "--model", "none", "--dir"], &case.folder)?;
    assert_eq!(case.verify()?, (code, answer));
    Ok(())
}

fn a_changed_figure_is_named() -> Outcome {
    let case = Case::new()?;
    let median = text(&fact(&case.record()?, "throughput", "median", "gemma3:270m")?["text"]);
    let report = fs::read_to_string(&case.report)?;
    let line = report.lines().position(|line| line.contains(&median)).ok_or("no line with the median")? + 1;
    Case::change(&case.report, &median, "999.9 tok/s")?;
    let (code, answer) = case.verify()?;
    assert_eq!((code, counts(&answer)), (Some(1), [0, 0, 1]), "{answer}");
    let change = &answer["figures_changed"][0];
    let told = [&change["line"], &change["wrong"], &change["found"], &change["expected"]];
    assert_eq!(told, [&json!(line), &json!("figure"), &json!("999.9 tok/s"), &json!(median)]);
    let id = fact(&case.record()?, "throughput", "median", "gemma3:270m")?["id"].clone();
    assert_eq!(change["fact"], id);
    let place = format!("{}:{line}: 999.9 tok/s → {median}", case.report.display());
    assert!(case.page()?.contains(&place), "{}", case.page()?);
    Ok(())
}

fn a_changed_sentence_is_named() -> Outcome {
    let case = Case::new()?;
    let sentence = case.sentence()?;
    Case::change(&case.report, &sentence, &format!("Not so: {sentence}"))?;
    let (code, answer) = case.verify()?;
    assert_eq!((code, counts(&answer)), (Some(1), [0, 0, 1]), "{answer}");
    let change = &answer["figures_changed"][0];
    assert_eq!(change["wrong"], "text");
    assert!(text(&change["expected"]).contains(&sentence), "{change}");
    // A line that is gone and one that was added.
    let report = fs::read_to_string(&case.report)?;
    let lines: Vec<&str> = report.lines().filter(|line| !line.starts_with("- **Total files")).collect();
    fs::write(&case.report, lines.join("\n") + "\nAn invented 77 tok/s.\n")?;
    let (code, answer) = case.verify()?;
    assert_eq!((code, counts(&answer)), (Some(1), [0, 0, 3]), "{answer}");
    Ok(())
}

fn a_changed_row_is_caught() -> Outcome {
    let case = Case::new()?;
    let file = case.folder.join("threads-1/gemma3_270m_baseline.json");
    let json = fs::read_to_string(&file)?;
    let row = json.lines().find(|line| line.contains("\"tokens_s\"")).ok_or("no row with tokens_s")?;
    Case::change(&file, row, "      \"tokens_s\": 41.0,")?;
    let (code, answer) = case.verify()?;
    assert_eq!(code, Some(1), "{answer}");
    assert_eq!(answer["files_changed"][0]["path"], "threads-1/gemma3_270m_baseline.json");
    assert_eq!(answer["files_changed"][0]["change"], "changed");
    let record = case.record()?;
    let least = &fact(&record, "throughput", "min", "gemma3:270m")?;
    let facts = answer["facts_changed"].as_array().ok_or("no facts")?;
    let changed = facts.iter().find(|change| change["id"] == least["id"] && change["part"] == "value");
    let changed = changed.ok_or_else(|| format!("the minimum is not told: {answer}"))?;
    assert!(changed["recorded"] == least["value"] && changed["computed"] != least["value"], "{changed}");
    // The figures that rest on it are named with what they should be.
    let figures = answer["figures_changed"].as_array().ok_or("no figures")?;
    let of_least: Vec<&Value> = figures.iter().filter(|change| change["fact"] == least["id"]).collect();
    assert!(
        !of_least.is_empty() && of_least.iter().all(|change| change["found"] == least["text"]),
        "{answer}"
    );
    assert!(of_least.iter().all(|change| change["wrong"] == "fact" && change["expected"] != least["text"]));
    // A row of the same bytes but one.
    let case = Case::new()?;
    let file = case.folder.join("threads-1/gemma3_270m_baseline.csv");
    let text = fs::read_to_string(&file)?;
    let digit = text.rfind(|c: char| c.is_ascii_digit()).ok_or("no digit")?;
    let other = if text[digit..].starts_with('1') { "2" } else { "1" };
    fs::write(&file, format!("{}{other}{}", &text[..digit], &text[digit + 1..]))?;
    let (code, answer) = case.verify()?;
    assert_eq!((code, counts(&answer)[0]), (Some(1), 1), "{answer}");
    Ok(())
}

fn a_changed_record_is_caught() -> Outcome {
    for (key, to) in [("value", json!(999.9)), ("text", json!("999.9 tok/s")), ("subject", json!("ttft"))] {
        let case = Case::new()?;
        let id = fact(&case.record()?, "throughput", "median", "gemma3:270m")?["id"].clone();
        case.edit_record(|record| {
            let facts = record["facts"].as_array_mut();
            for fact in facts.into_iter().flatten().filter(|fact| fact["id"] == id) {
                fact[key] = to.clone();
            }
        })?;
        let (code, answer) = case.verify()?;
        assert_eq!(code, Some(1), "{key}: {answer}");
        let change = &answer["facts_changed"][0];
        assert_eq!(
            [&change["id"], &change["part"], &change["recorded"]],
            [&id, &json!(key), &to],
            "{answer}"
        );
    }
    // A digest, and a length.
    for (key, to) in [("digest", json!("00")), ("bytes", json!(7))] {
        let case = Case::new()?;
        case.edit_record(|record| record["files"][0][key] = to.clone())?;
        let (code, answer) = case.verify()?;
        assert_eq!((code, counts(&answer)), (Some(1), [1, 0, 0]), "{key}: {answer}");
    }
    // A fact of its own.
    let case = Case::new()?;
    case.edit_record(|record| {
        let mut invented = record["facts"][0].clone();
        invented["id"] = json!("bbbbb");
        if let Some(facts) = record["facts"].as_array_mut() {
            facts.push(invented);
        }
    })?;
    let (code, answer) = case.verify()?;
    assert_eq!((code, counts(&answer)), (Some(1), [0, 1, 0]), "{answer}");
    Ok(())
}

/// Whoever changes a figure everywhere, in report and record, has not changed the folder.
fn both_changed_are_caught() -> Outcome {
    let case = Case::new()?;
    let record = case.record()?;
    let median = text(&fact(&record, "throughput", "median", "gemma3:270m")?["text"]);
    let facts = record["facts"].as_array().ok_or("no facts")?;
    let of_text = facts.iter().filter(|fact| fact["text"] == json!(median)).count();
    for file in [&case.report, &case.record] {
        let text = fs::read_to_string(file)?;
        fs::write(file, text.replace(&median, "999.9 tok/s"))?;
    }
    let (code, answer) = case.verify()?;
    assert_eq!(code, Some(1), "{answer}");
    let figures = answer["figures_changed"].as_array().ok_or("no figures")?;
    assert!(counts(&answer)[1] == of_text && figures.len() > 3, "{answer}");
    let fact_changes = figures.iter().filter(|change| change["wrong"] == "fact");
    assert!(fact_changes.clone().count() > 3);
    assert!(fact_changes.into_iter().all(|change| change["expected"] == json!(median)), "{answer}");
    // A sentence with a figure of its own, in report and record alike.
    let case = Case::new()?;
    let sentence = case.sentence()?;
    let invented = format!("{sentence} Its throughput was 777.7 tok/s.");
    let report = fs::read_to_string(&case.report)?;
    fs::write(&case.report, report.replace(&sentence, &invented))?;
    case.edit_record(|record| {
        let written = record["written"].as_array_mut().into_iter().flatten();
        for own in written.map(|written| &mut written["text"]) {
            *own = json!(text(own).replace(&sentence, &invented));
        }
        for line in record["report"]["lines"].as_array_mut().into_iter().flatten() {
            *line = json!(text(line).replace(&sentence, &invented));
        }
    })?;
    let (code, answer) = case.verify()?;
    assert_eq!((code, counts(&answer)[1]), (Some(1), 0), "{answer}");
    let wrong: Vec<&Value> = answer["figures_changed"].as_array().into_iter().flatten().collect();
    let is_told = |change: &&&Value| change["wrong"] == "sentence" && change["found"] == "777.7 tok/s";
    assert!(wrong.iter().any(|change| is_told(&change)), "{answer}");
    Ok(())
}

fn files_that_came_and_went() -> Outcome {
    let case = Case::new()?;
    fs::write(case.folder.join("new.csv"), "model,tokens_s\nx,1.5\n")?;
    fs::remove_file(case.folder.join("README.md"))?;
    let (code, answer) = case.verify()?;
    assert_eq!(code, Some(1));
    let files: Vec<[&Value; 2]> = answer["files_changed"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|change| [&change["path"], &change["change"]])
        .collect();
    let told = [[json!("README.md"), json!("missing")], [json!("new.csv"), json!("new")]];
    assert_eq!(files, [[&told[0][0], &told[0][1]], [&told[1][0], &told[1][1]]]);
    let record = case.record()?;
    let csv = fact(&record, "csv files", "count", "")?;
    let facts = answer["facts_changed"].as_array().ok_or("no facts")?;
    let change = facts.iter().find(|change| change["id"] == csv["id"] && change["part"] == "value");
    assert_eq!(
        change.map(|change| [&change["recorded"], &change["computed"]]),
        Some([&json!(4.0), &json!(5.0)])
    );
    Ok(())
}

fn other_times_are_no_difference() -> Outcome {
    let case = Case::new()?;
    for file in ["README.md", "threads-1/gemma3_270m_baseline.csv"] {
        set_modified(&case.folder.join(file), SystemTime::UNIX_EPOCH + Duration::from_hours(24))?;
    }
    let (code, answer) = case.verify()?;
    assert_eq!((code, counts(&answer)), (Some(0), [0, 0, 0]), "{answer}");
    assert_eq!(answer["times_changed"], json!(["README.md", "threads-1/gemma3_270m_baseline.csv"]));
    assert!(case.page()?.contains("but for the time of modification"), "{}", case.page()?);
    // A date that was changed is caught by the times that were recorded.
    let date = fact(&case.record()?, "markdown files", "date", "")?["text"].clone();
    case.edit_record(|record| {
        for fact in record["facts"].as_array_mut().into_iter().flatten() {
            if fact["subject"] == "markdown files" && fact["statistic"] == "date" {
                fact["text"] = json!("2023-10-26");
            }
        }
    })?;
    let (code, answer) = case.verify()?;
    assert_eq!((code, &answer["facts_changed"][0]["computed"]), (Some(1), &date), "{answer}");
    Ok(())
}

/// Paths of a record are names to compare, and nothing is opened by them.
fn no_file_outside() -> Outcome {
    let case = Case::new()?;
    fs::write(case.home.path().join("secret.csv"), "model,tokens_s\nsecret-model,1.5\n")?;
    std::os::unix::fs::symlink("../secret.csv", case.folder.join("link.csv"))?;
    let outside =
        ["../secret.csv", "/etc/passwd", "link.csv", "chimera_insight/../../secret.csv", "\u{1b}[31mred"];
    case.edit_record(|record| {
        for path in outside {
            let mut file = record["files"][0].clone();
            file["path"] = json!(path);
            if let Some(files) = record["files"].as_array_mut() {
                files.push(file);
            }
        }
    })?;
    let (code, answer) = case.verify()?;
    assert_eq!((code, counts(&answer)), (Some(1), [5, 0, 0]), "{answer}");
    for change in answer["files_changed"].as_array().into_iter().flatten() {
        assert_eq!((&change["change"], &change["found"]), (&json!("missing"), &Value::Null), "{change}");
    }
    assert!(!case.page()?.contains(['\u{1b}']) && !case.page()?.contains("secret-model"));
    // A report that is a link is not read: its lines would be shown.
    fs::remove_file(&case.report)?;
    std::os::unix::fs::symlink(case.home.path().join("secret.csv"), &case.report)?;
    assert_eq!(case.verify()?.0, Some(3));
    Ok(())
}

fn what_is_no_record() -> Outcome {
    let case = Case::new()?;
    let deep = "[".repeat(100_000);
    for content in [
        "",
        "{",
        "[]",
        "{}",
        "null",
        "not JSON at all",
        "{\"generated_by\":\"another\"}",
        &deep,
        "{\"generated_by\":\"chimera-insight\"}",
        "{\"generated_by\":\"chimera-insight\",\"files\":7}",
    ] {
        fs::write(&case.record, content)?;
        let (code, answer) = case.verify()?;
        assert_eq!(code, Some(3), "{content}: {answer}");
    }
    fs::remove_file(&case.record)?;
    assert_eq!(case.verify()?.0, Some(3));
    assert_eq!(json_of(&case.home, &["verify"], &case.folder)?.0, Some(3));
    // Without its report.
    let case = Case::new()?;
    fs::remove_file(&case.report)?;
    assert_eq!(case.verify()?.0, Some(3));
    // Wrong use.
    let output = case.home.command().arg("verify").output()?;
    assert_eq!(output.status.code(), Some(2));
    Ok(())
}

fn a_report_elsewhere() -> Outcome {
    let case = Case::new()?;
    let elsewhere = case.home.path().join("elsewhere");
    fs::create_dir(&elsewhere)?;
    let (report, record) = (elsewhere.join("report.md"), elsewhere.join("report.json"));
    fs::copy(&case.report, &report)?;
    fs::copy(&case.record, &record)?;
    // The folder is not guessed from what the record says.
    let (code, answer) = json_of(&case.home, &["verify"], &record)?;
    assert!(code == Some(3) && answer.to_string().contains("--dir"), "{answer}");
    let with = |words: &[&str], last: &Path| {
        let mut words = words.to_vec();
        let folder = case.folder.to_string_lossy().into_owned();
        words.extend(["--dir", &folder]);
        json_of(&case.home, &words, last)
    };
    assert_eq!(with(&["verify"], &record)?.0, Some(0));
    // The report named instead of its record, and a report apart from it.
    assert_eq!(with(&["verify"], &report)?.0, Some(0));
    let apart = elsewhere.join("apart.md");
    fs::rename(&report, &apart)?;
    assert_eq!(with(&["verify"], &record)?.0, Some(3));
    let apart = apart.to_string_lossy().into_owned();
    assert_eq!(with(&["verify", "--report", &apart], &record)?.0, Some(0));
    Ok(())
}

/// The bundle of a report of the case's folder, moved to where nothing else is.
fn bundle_alone(case: &Case) -> Result<(tempfile::TempDir, PathBuf), Failed> {
    let (code, answer) =
        json_of(&case.home, &["report", "--model", "none", "--bundle", "--dir"], &case.folder)?;
    assert_eq!(code, Some(0), "{answer}");
    let alone = tempdir()?;
    let path = alone.path().join("sent.json");
    fs::rename(text(&answer["bundle"]), &path)?;
    Ok((alone, path))
}

fn a_bundle_goes_alone() -> Outcome {
    let case = Case::new()?;
    let (_alone, bundle) = bundle_alone(&case)?;
    let whole = fs::read_to_string(&bundle)?;
    let verify = || json_of(&case.home, &["verify"], &bundle);
    let (code, answer) = verify()?;
    assert_eq!((code, counts(&answer), &answer["folder"]), (Some(0), [0, 0, 0], &Value::Null), "{answer}");
    // Those that its facts are from.
    assert_eq!(answer["checked"]["files"], 6);
    // With a folder it is checked against that.
    let folder = case.folder.to_string_lossy().into_owned();
    assert_eq!(json_of(&case.home, &["verify", "--dir", &folder], &bundle)?.0, Some(0));
    // A source row.
    let row = whole.lines().find(|line| line.contains("\\\"tokens_s\\\":")).ok_or("no row with tokens_s")?;
    fs::write(&bundle, whole.replacen(row, "        \"      \\\"tokens_s\\\": 41.0,\\n\",", 1))?;
    let (code, answer) = verify()?;
    assert!(code == Some(1) && counts(&answer)[0] == 1, "{answer}");
    // A figure of its report.
    let median = text(&fact(&case.record()?, "throughput", "median", "gemma3:270m")?["text"]);
    fs::write(&bundle, whole.replacen(&median, "999.9 tok/s", 1))?;
    let (code, answer) = verify()?;
    assert_eq!((code, counts(&answer)), (Some(1), [0, 0, 1]), "{answer}");
    assert_eq!(answer["figures_changed"][0]["expected"], json!(median));
    // What is left of one.
    fs::write(&bundle, &whole[..whole.len() / 2])?;
    assert_eq!(verify()?.0, Some(3));
    fs::write(&bundle, "{\"generated_by\":\"chimera-insight\",\"bundle\":1}")?;
    assert_eq!(verify()?.0, Some(3));
    fs::write(&bundle, whole)?;
    assert_eq!(json_of(&case.home, &["verify", "--report", "x.md"], &bundle)?.0, Some(2));
    Ok(())
}

fn a_bundle_replaces_nothing() -> Outcome {
    let case = Case::new()?;
    let file = case.home.path().join("report.md");
    let bundle = case.home.path().join("report.bundle.json");
    let output = file.to_string_lossy().into_owned();
    let write = || {
        json_of(&case.home, &["report", "--model", "none", "--bundle", "-o", &output, "--dir"], &case.folder)
    };
    for _ in 0..2 {
        let (code, answer) = write()?;
        assert_eq!((code, text(&answer["bundle"])), (Some(0), bundle.to_string_lossy().into_owned()));
    }
    assert_eq!(json_of(&case.home, &["verify"], &bundle)?.0, Some(0));
    fs::write(&bundle, "somebody's own")?;
    let (code, answer) = write()?;
    assert_eq!((code, &answer["bundle"]), (Some(5), &Value::Null), "{answer}");
    assert_eq!(fs::read_to_string(&bundle)?, "somebody's own");
    // The report is there all the same.
    assert_eq!(json_of(&case.home, &["verify", "--dir", &case.folder.to_string_lossy()], &file)?.0, Some(0));
    Ok(())
}

fn the_shared_folders(data: &Path) -> Outcome {
    for name in ["reports-chimera", "bench-samples", "hostile"] {
        let home = Home::new()?;
        let folder = home.path().join(name);
        match name {
            "reports-chimera" => copy_reports_chimera(data, &folder)?,
            _ => copy_tree(&data.join(name), &folder)?,
        }
        let case = Case::of(home, folder)?;
        let (code, answer) = case.verify()?;
        assert_eq!((code, counts(&answer)), (Some(0), [0, 0, 0]), "{name}: {answer}");
        let (_alone, bundle) = bundle_alone(&case)?;
        let (code, answer) = json_of(&case.home, &["verify"], &bundle)?;
        assert_eq!((code, counts(&answer)), (Some(0), [0, 0, 0]), "{name}: {answer}");
    }
    Ok(())
}

/// A test of `benches/confirm_evidence.py`, which wants a Python; skipped and counted where
/// there is none.
fn confirmed(name: &str, body: impl FnOnce() -> Outcome + Send + 'static) -> Trial {
    Trial::ignorable_test(name, move || {
        if Command::new("python3").arg("--version").output().is_err() {
            return Ok(Completion::ignored_with("no python3"));
        }
        body().map(|()| Completion::Completed)
    })
}

/// What the script ends with and prints.
fn confirm(case: &Case) -> Result<(Option<i32>, String), Failed> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/confirm_evidence.py");
    let output = Command::new("python3").arg(script).arg(&case.report).stdin(Stdio::null()).output()?;
    let told = [output.stdout, output.stderr].concat();
    Ok((output.status.code(), String::from_utf8(told)?))
}

/// All lines agree, and there are many of them.
fn all_agree(case: &Case) -> Outcome {
    let (code, told) = confirm(case)?;
    let last = told.lines().last().unwrap_or_default();
    let mut counts = last.split_whitespace().filter_map(|word| word.parse::<usize>().ok());
    assert!(code == Some(0) && counts.next() == counts.next(), "{told}");
    let lines: usize = last.split_whitespace().next().unwrap_or_default().parse()?;
    assert!(lines > 50, "{told}");
    Ok(())
}

fn demo_is_confirmed() -> Outcome {
    let case = Case::new()?;
    all_agree(&case)?;
    // The script sees what is wrong: a value of the evidence, and a source row.
    let report = fs::read_to_string(&case.report)?;
    let row = report.lines().find(|line| line.contains("throughput median, gemma3:270m")).ok_or("no row")?;
    let value = row.split(" | ").next().unwrap_or_default();
    fs::write(&case.report, report.replace(row, &row.replacen(value, "| 999.9 tok/s", 1)))?;
    let (code, told) = confirm(&case)?;
    assert!(code == Some(1) && told.contains("printed 999.9 tok/s"), "{told}");
    fs::write(&case.report, report)?;
    let file = case.folder.join("threads-1/gemma3_270m_baseline.json");
    let json = fs::read_to_string(&file)?;
    let row = json.lines().find(|line| line.contains("\"tokens_s\"")).ok_or("no row with tokens_s")?;
    fs::write(&file, json.replacen(row, "      \"tokens_s\": 41.0,", 1))?;
    let (code, told) = confirm(&case)?;
    assert!(code == Some(1) && told.contains("recorded"), "{told}");
    fs::remove_file(&file)?;
    let (code, told) = confirm(&case)?;
    assert!(code == Some(1) && told.contains("there is no file"), "{told}");
    Ok(())
}

fn shared_folders_are_confirmed(data: &Path) -> Outcome {
    for name in ["reports-chimera", "bench-samples"] {
        let home = Home::new()?;
        let folder = home.path().join(name);
        match name {
            "reports-chimera" => copy_reports_chimera(data, &folder)?,
            _ => copy_tree(&data.join(name), &folder)?,
        }
        all_agree(&Case::of(home, folder)?)?;
    }
    Ok(())
}
