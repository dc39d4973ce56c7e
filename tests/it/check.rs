//! `check`: reports by anybody held against a folder, from the outside.

mod corpus;

use std::{fs, path::Path};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::support::{Home, Outcome, copy_reports_chimera, data_test, test};

pub fn tests() -> Vec<Trial> {
    let mut tests = vec![
        test("check: a correct report stands", a_correct_report_stands),
        test("check: every fault of a report is found", every_fault_of_a_report_is_found),
        test("check: a report of its own stands, a tampered one does not", its_own_report_stands),
        test("check: a report on the demo folder stands, and no change of a figure is missed", demo_stands),
        test("check: any file gives an answer", any_file_gives_an_answer),
        test("check: lines fit 80 columns and other formats are tables", lines_fit_and_formats_are_tables),
        data_test("check: the original report's faults are found", the_faults_of_the_original_are_found),
        data_test(
            "check: reports on real folders stand, and no change of a figure is missed",
            real_folders_stand,
        ),
        data_test("check: instructions in the folder change no figure", instructions_change_no_figure),
    ];
    tests.extend(corpus::tests());
    tests
}

const SWEEP: &str = "model,num_gpu,num_ctx,tokens_s,ttft_s\n\
    gemma3:270m,60,2048,290,0.061\ngemma3:270m,80,2048,295,0.059\n\
    gemma3:270m,80,4096,300,0.06\ngemma3:270m,99,4096,310.2,0.05825\n";
const LARGE: &str = "model,num_gpu,num_ctx,tokens_s,ttft_s\n\
    gemma3:1b,60,2048,180,0.128\ngemma3:1b,80,2048,182.5,0.126\ngemma3:1b,99,4096,184.25,0.125\n";

/// A folder of two sweeps, a run and a document.
fn folder(home: &Home) -> Result<std::path::PathBuf, Failed> {
    let folder = home.path().join("reports");
    fs::create_dir_all(folder.join("gemma3"))?;
    fs::write(folder.join("gemma3/gemma3_270m_sweep.csv"), SWEEP)?;
    fs::write(folder.join("gemma3/gemma3_1b_sweep.csv"), LARGE)?;
    fs::write(folder.join("run.json"), "{\"batch_size\": 8, \"epochs\": 25}")?;
    fs::write(folder.join("notes.md"), "# Notes\n\ngemma3:12b reached 512.5 tok/s.\n")?;
    Ok(folder)
}

/// The answer for a text: exit code, and each item as `text status`.
fn check(home: &Home, folder: &Path, text: &[u8]) -> Result<(Option<i32>, Value), Failed> {
    let report = home.path().join("report.md");
    fs::write(&report, text)?;
    let output = home.command().arg("check").arg(&report).arg("--data").arg(folder).arg("--json").output()?;
    let answer = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))?;
    Ok((output.status.code(), answer))
}

fn items<'a>(answer: &'a Value, status: &str) -> Vec<&'a str> {
    let items = answer["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter(|item| item["status"] == status).filter_map(|item| item["text"].as_str()).collect()
}

fn faults(answer: &Value) -> Vec<&str> {
    let mut found = items(answer, "mismatched");
    found.extend(items(answer, "ungrounded"));
    found
}

const CORRECT: &str = "# Report\n\n**Date:** 2024-01-01\n\n## 1. Summary\n\nThis report rests on 4 files: 2 CSV, 1 JSON \
    and 1 Markdown file.\nTwo models were measured. The faster one, gemma3:270m, reaches a median of\n297.5 tok/s over 4 runs, \
    which is 63 % more than gemma3:1b (182.5 tok/s, 3 runs),\nor 1.63x. The difference is 115 tok/s.\n\n## 2. Results\n\n\
    | Model | Runs | Median throughput (tok/s) | Min | Max | TTFT (ms) |\n|---|--:|--:|--:|--:|--:|\n\
    | gemma3:270m | 4 | 297.5 | 290 | 310.2 | 59.5 |\n| gemma3:1b | 3 | 182.5 | 180 | 184.25 | 126 |\n\n### gemma3:1b\n\n\
    - **Throughput:** 182.25 tok/s on average, ± 2.1 tok/s\n- TTFT ranges from 125 ms to 128 ms.\n\
    - The run with num_gpu=99 and num_ctx=4096 reached 184.25 tok/s.\n\nAll TTFTs are under 0.13 s. \
    Throughput of gemma3:270m is about 300 tok/s.\n\n```json\n{\"batch_size\": 8, \"epochs\": 25}\n```\n";

fn a_correct_report_stands() -> Outcome {
    let home = Home::new()?;
    let folder = folder(&home)?;
    let (code, answer) = check(&home, &folder, CORRECT.as_bytes())?;
    assert_eq!(faults(&answer), Vec::<&str>::new(), "{answer:#}");
    assert_eq!(code, Some(0));
    let grounded = answer["grounded"].as_u64().unwrap_or(0);
    assert!(grounded >= 30 && answer["figures"] == grounded, "{answer:#}");
    let first = &answer["items"][2];
    assert_eq!(
        (&first["text"], &first["line"], &first["fact"]["subject"]),
        (&"4 files".into(), &7.into(), &"files".into())
    );
    Ok(())
}

fn every_fault_of_a_report_is_found() -> Outcome {
    let home = Home::new()?;
    let folder = folder(&home)?;
    for (text, mismatched, ungrounded) in [
        // Counts that are wrong and sum right.
        ("It has 4 files: 1 CSV, 2 JSON and 1 Markdown.", &["1", "2"][..], &[][..]),
        ("# T\n\n**1. A**\n\n**Date:** October 26, 2023\n", &[], &["October 26, 2023"]),
        // The rate by another formula: the mean for the median.
        ("The median throughput of gemma3:1b is 182.25 tok/s.", &["182.25 tok/s"], &[]),
        ("gemma3:270m runs at 182.5 tok/s, gemma3:1b at 297.5 tok/s.", &["182.5 tok/s", "297.5 tok/s"], &[]),
        ("The median TTFT of gemma3:1b is 126 tok/s.", &["126 tok/s"], &[]),
        ("gemma3:270m is 38.7 % faster in throughput than gemma3:1b.", &["38.7 %"], &[]),
        ("Latency ranges from 13 ms to 37 ms.", &["13 ms", "37 ms"], &[]),
        ("gemma3:12b reached 512.5 tok/s.", &[], &["512.5 tok/s"]),
        ("qwen3:8b reached 297.5 tok/s.", &[], &["297.5 tok/s"]),
        ("The accuracy is 93.5 %.", &[], &["93.5 %"]),
        ("```json\n{\"latency\": 25.3, \"batch_size\": 32}\n```\n", &[], &["25.3", "32"]),
        ("| Model | tok/s |\n|---|---|\n| gemma3:1b | 297.5 |\n", &["297.5"], &[]),
    ] {
        let (code, answer) = check(&home, &folder, text.as_bytes())?;
        assert_eq!(items(&answer, "mismatched"), mismatched, "{text}: {answer:#}");
        assert_eq!(items(&answer, "ungrounded"), ungrounded, "{text}: {answer:#}");
        assert_eq!(code, Some(1), "{text}");
    }
    let (_, answer) = check(&home, &folder, b"CSV (37): latency")?;
    assert_eq!(answer["items"][0]["note"], "the folder has 2 csv files");
    let (_, answer) = check(&home, &folder, b"gemma3:12b reached 512.5 tok/s.")?;
    assert_eq!(answer["items"][0]["note"], "stated in notes.md:3");
    Ok(())
}

fn its_own_report_stands() -> Outcome {
    let home = Home::new()?;
    let folder = folder(&home)?;
    let written = home.command().args(["report", "--model", "none", "--json"]).arg(&folder).output()?;
    let told: Value = serde_json::from_slice(&written.stdout)?;
    let report = told["report"].as_str().map(Path::new).ok_or("no report")?;
    let report = if report.is_absolute() { report.to_owned() } else { home.path().join(report) };
    let output =
        home.command().arg("check").arg(&report).arg("--data").arg(&folder).arg("--json").output()?;
    let answer: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(faults(&answer), Vec::<&str>::new(), "{answer:#}");
    assert_eq!(output.status.code(), Some(0));
    // One figure of it changed, in whatever place, with the record still beside it.
    fs::copy(report.with_extension("json"), home.path().join("report.json"))?;
    let text = fs::read_to_string(&report)?;
    assert!(text.contains("297.5 tok/s"), "{text}");
    for (at, _) in text.match_indices("297.5 tok/s") {
        let tampered = format!("{}279.5 tok/s{}", &text[..at], &text[at + "297.5 tok/s".len()..]);
        let (code, answer) = check(&home, &folder, tampered.as_bytes())?;
        assert_eq!((faults(&answer), code), (vec!["279.5 tok/s"], Some(1)), "{at}: {answer:#}");
    }
    Ok(())
}

/// A report of the program on a folder stands. Ten of its figures, drawn at random, are each
/// found when a digit of them is another.
fn stands(home: &Home, folder: &Path, seed: u64) -> Outcome {
    let written = home.command().args(["report", "--model", "none", "--json"]).arg(folder).output()?;
    let told: Value = serde_json::from_slice(&written.stdout)?;
    let report = home.path().join(told["report"].as_str().ok_or("no report")?);
    let check = || -> Result<(Option<i32>, Value), Failed> {
        let output =
            home.command().arg("check").arg(&report).arg("--data").arg(folder).arg("--json").output()?;
        Ok((output.status.code(), serde_json::from_slice(&output.stdout)?))
    };
    let (code, answer) = check()?;
    assert_eq!(faults(&answer), Vec::<&str>::new(), "{}", folder.display());
    assert_eq!((code, &answer["figures"]), (Some(0), &answer["grounded"]));

    let mut lines: Vec<String> = fs::read_to_string(&report)?.split('\n').map(str::to_owned).collect();
    let stated = answer["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let stated: Vec<&Value> = stated
        .iter()
        .filter(|item| item["status"] == "grounded")
        .filter(|item| item["text"].as_str().is_some_and(|text| text.contains(|c: char| c.is_ascii_digit())))
        .collect();
    let place = |item: &Value| (item["line"].as_u64().unwrap_or(0), item["column"].as_u64().unwrap_or(0));
    let mut random = seed;
    let mut changed: Vec<(u64, u64)> = Vec::new();
    while changed.len() < 10 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let item = stated[(random >> 33) as usize % stated.len()];
        let (line, column) = place(item);
        // One change a line, so that each is found for itself.
        if changed.iter().any(|(known, _)| *known == line) {
            continue;
        }
        let text = &mut lines[line as usize - 1];
        let start = text.char_indices().nth(column as usize - 1).map_or(0, |(at, _)| at);
        let at = text[start..].find(|c: char| c.is_ascii_digit()).map_or(start, |at| start + at);
        let digit = text.as_bytes()[at] - b'0';
        text.replace_range(at..=at, &((digit + 1) % 10).to_string());
        changed.push((line, column));
    }
    fs::write(&report, lines.join("\n"))?;
    let (code, answer) = check()?;
    assert_eq!(code, Some(1));
    let items = answer["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_fault = |item: &&Value| item["status"] == "mismatched" || item["status"] == "ungrounded";
    let found: Vec<(u64, u64)> = items.iter().filter(is_fault).map(place).collect();
    changed.sort_unstable();
    assert_eq!(found, changed, "{}: {:?}", folder.display(), faults(&answer));
    Ok(())
}

fn demo_stands() -> Outcome {
    let home = Home::new()?;
    let folder = home.path().join("reports");
    crate::support::copy_tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo"), &folder)?;
    stands(&home, &folder, 1)
}

fn real_folders_stand(data: &Path) -> Outcome {
    for (folder, seed) in [("reports-chimera", 2), ("bench-samples", 3), ("hostile/prompt", 4)] {
        let home = Home::new()?;
        let copy = home.path().join("reports");
        crate::support::copy_tree(&data.join(folder), &copy)?;
        stands(&home, &copy, seed)?;
    }
    Ok(())
}

fn any_file_gives_an_answer() -> Outcome {
    let home = Home::new()?;
    let folder = folder(&home)?;
    let table = "| a | b |\n|---|---|\n".to_owned() + &"| 5 ms | 6 ms |\n".repeat(2000);
    let deep: Vec<String> = (0..300).map(|depth| format!("{}- {depth} ms\n", "  ".repeat(depth))).collect();
    let deep = deep.concat();
    let long = "5 ms ".repeat(5000);
    for text in ["", "\n", "# ", "|", "```", "5", "½", "**", "> > > 5 ms", &table, &deep, &long] {
        let (code, answer) = check(&home, &folder, text.as_bytes())?;
        assert!(matches!(code, Some(0 | 1)), "{code:?} {answer}");
    }
    let (code, _) = check(&home, &folder, b"The folder has 4 files \xff\xfe of data.")?;
    assert_eq!(code, Some(0));
    let missing = home.path().join("none.md");
    let binary = home.path().join("binary.md");
    fs::write(&binary, [0, 1, 2, 0, 255, 0, 7])?;
    let good = home.path().join("report.md");
    for (report, data) in [(&missing, &folder), (&binary, &folder), (&folder, &folder), (&good, &missing)] {
        let output = home.command().arg("check").arg(report).arg("--data").arg(data).output()?;
        assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.is_empty());
    }
    Ok(())
}

fn lines_fit_and_formats_are_tables() -> Outcome {
    let home = Home::new()?;
    let folder = folder(&home)?;
    fs::write(home.path().join("report.md"), "CSV (37)\n\nThere are 4 files.\n")?;
    let run = |more: &[&str]| -> Result<String, Failed> {
        let output =
            home.command().args(["check", "report.md", "--data"]).arg(&folder).args(more).output()?;
        assert_eq!(output.status.code(), Some(1));
        Ok(String::from_utf8(output.stdout)?)
    };
    let text = run(&[])?;
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(text.starts_with("report.md:1:6: ≠ mismatched: 37\n    the folder has 2 csv files\n"), "{text}");
    assert!(text.ends_with("\n2 figures: 1 grounded, 1 mismatched, 0 ungrounded; 0 structural\n"), "{text}");
    assert!(run(&["--all"])?.contains("report.md:3:11: = grounded: 4 files\n"));
    let table = run(&["--format", "csv"])?;
    assert!(table.starts_with("Line,Column,Status,Figure,Fact,Source,Note\n1,6,mismatched,37,"), "{table}");
    Ok(())
}

fn the_faults_of_the_original_are_found(data: &Path) -> Outcome {
    let home = Home::new()?;
    let folder = home.path().join("reports");
    copy_reports_chimera(data, &folder)?;
    let text = fs::read(data.join("original-report/insight_report.md"))?;
    let (code, answer) = check(&home, &folder, &text)?;
    assert_eq!(code, Some(1));
    let notes: Vec<(&str, &str)> = answer["items"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .filter(|item| item["status"] == "mismatched")
        .filter_map(|item| Some((item["text"].as_str()?, item["note"].as_str()?)))
        .collect();
    assert_eq!(
        notes,
        [
            ("37", "the folder has 28 csv files"),
            ("53", "the folder has 44 json files"),
            ("11", "the folder has 29 markdown files"),
        ]
    );
    assert_eq!(
        items(&answer, "ungrounded"),
        ["October 26, 2023", "13ms", "37ms", "2023-10-26T10:00:00Z", "32", "25.3", "1200", "0.01"]
    );
    assert_eq!(
        items(&answer, "grounded"),
        [
            "101",
            "101",
            "101",
            "28",
            "2025-11-14 18:53:30 UTC",
            "44",
            "2025-10-08 17:20:51 UTC",
            "29",
            "2025-11-14 18:54:07 UTC",
            "101"
        ]
    );
    Ok(())
}

fn instructions_change_no_figure(data: &Path) -> Outcome {
    let home = Home::new()?;
    let folder = folder(&home)?;
    // The files with instructions count as files, and what they measure counts among all.
    let text = CORRECT
        .replace("on 4 files: 2 CSV, 1 JSON and 1 Markdown file", "on data")
        .replace("All TTFTs", "TTFTs")
        .replace("Two models", "They");
    let statuses = |answer: &Value| -> Vec<String> {
        let items = answer["items"].as_array().cloned().unwrap_or_default();
        items
            .iter()
            .map(|item| format!("{} {} {}", item["text"], item["status"], item["fact"]["value"]))
            .collect()
    };
    let (code, before) = check(&home, &folder, text.as_bytes())?;
    assert_eq!(code, Some(0), "{before:#}");
    crate::support::copy_tree(&data.join("hostile/prompt"), &folder.join("prompt"))?;
    let (_, after) = check(&home, &folder, text.as_bytes())?;
    assert_eq!(statuses(&after), statuses(&before));
    Ok(())
}
