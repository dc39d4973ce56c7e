//! Cold and warm runs of the original sweeps, asked for on the command line.

use std::{fs, path::Path};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::support::{Home, Outcome, data_test};

pub fn tests() -> Vec<Trial> {
    vec![data_test("starts::cold_runs_of_the_original_sweeps", cold_runs_of_the_original_sweeps)]
}

/// `n` of the TTFTs of the folder by how their runs started.
fn starts(home: &Home, arguments: &[&str]) -> Result<Vec<(String, u64)>, Failed> {
    let usual = ["metrics", "reports", "--json", "--metric", "ttft", "--stat", "n"];
    let output = home.command().args(usual).args(arguments).output()?;
    let found: Value = serde_json::from_slice(&output.stdout)?;
    let series = found["series"].as_array().into_iter().flatten();
    Ok(series
        .filter(|series| series["nature"] == "sample")
        .map(|series| {
            let start = series["group"]["start"].as_str().unwrap_or("any");
            (start.to_owned(), series["n"].as_u64().unwrap_or_default())
        })
        .collect())
}

/// A table without some of its columns; no cell of these has a comma.
fn without(table: &str, columns: &[&str]) -> String {
    let header: Vec<&str> = table.lines().next().unwrap_or_default().split(',').collect();
    let is_kept = |index: usize| header.get(index).is_none_or(|name| !columns.contains(name));
    let line = |line: &str| {
        let cells = line.split(',').enumerate().filter(|(index, _)| is_kept(*index)).map(|(_, cell)| cell);
        cells.collect::<Vec<_>>().join(",") + "\n"
    };
    table.lines().map(line).collect()
}

fn cold_runs_of_the_original_sweeps(data: &Path) -> Outcome {
    let sweeps = [
        ("gemma3_param_tuning.csv", 8),
        ("gemma3_1b-it-qat_param_tuning.csv", 12),
        ("gemma3_baseline.csv", 1),
    ];
    for (name, cold) in sweeps {
        let table = fs::read_to_string(data.join("reports-chimera/reports/gemma3").join(name))?;
        let rows = table.lines().count() as u64 - 1;
        // By the load duration, by what TTFT leaves for it, and by the first row's TTFT alone.
        for dropped in
            [&[][..], &["load_s"], &["load_s", "prompt_eval_s"], &["load_s", "prompt_eval_s", "config_name"]]
        {
            let home = Home::new()?;
            fs::create_dir(home.path().join("reports"))?;
            fs::write(home.path().join("reports").join(name), without(&table, dropped))?;
            let expected = [("cold".to_owned(), cold), ("warm".to_owned(), rows - cold)];
            let found = starts(&home, &["--group-by", "start"])?;
            if found != expected {
                return Err(format!("{name} without {dropped:?}: {found:?}, not {expected:?}").into());
            }
            let found = starts(&home, &["--where", "start=cold"])?;
            if found != [("any".to_owned(), cold)] {
                return Err(format!("{name} without {dropped:?}, cold alone: {found:?}").into());
            }
        }
    }
    Ok(())
}
