//! Files of many tools (`tests/data/make_tools.py` makes them): of each every series that is
//! read from it, and no other. `tests/data/tools.tsv` is the table.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use chimera_insight::metrics::{names::Better, series::Nature};
use libtest_mimic::{Failed, Trial};

use super::series;
use crate::support::{Outcome, test};

/// Values told of a series, in file order.
const TOLD: usize = 2;

pub(super) fn tests() -> Vec<Trial> {
    vec![test("adapters: of each tool's file every series is right, and there is no other", each_file)]
}

fn each_file() -> Outcome {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data"));
    let mut found = String::from("file\tmetric\tunit\tbetter\tkind\tfield\tgroup\tn\tfirst values\n");
    let mut files: Vec<_> = fs::read_dir(folder.join("tools"))?.collect::<Result<_, _>>()?;
    files.sort_by_key(fs::DirEntry::path);
    for file in &files {
        let name = file.file_name().into_string().map_err(|_| "a name is not UTF-8")?;
        for line in read(&name, &fs::read_to_string(file.path())?)? {
            writeln!(found, "{name}\t{line}")?;
        }
    }
    let expected = fs::read_to_string(folder.join("tools.tsv"))?;
    if found != expected {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tools.tsv");
        fs::write(&path, &found)?;
        return Err(
            format!("{}; what was found lies in {}", difference(&expected, &found), path.display()).into()
        );
    }
    assert!(files.len() > 60, "only {} files", files.len());
    Ok(())
}

fn read(name: &str, text: &str) -> Result<Vec<String>, Failed> {
    let mut lines = Vec::new();
    for series in series(name, text) {
        let kind = match series.nature {
            Nature::Sample => "sample",
            Nature::Summary => "summary",
            Nature::Stated => "stated",
        };
        let better = match series.metric.better() {
            Some(Better::Higher) => "higher",
            Some(Better::Lower) => "lower",
            None => "-",
        };
        let mut line = format!(
            "{}\t{}\t{better}\t{kind}\t{}\t{}\t{}",
            series.metric.name(),
            series.unit.symbol(),
            series.field,
            series.group,
            series.values.numbers().len()
        );
        for number in series.values.numbers().iter().take(TOLD) {
            // Digits that every way of converting gives.
            write!(line, "\t{}", format!("{number:.9e}").parse::<f64>()?)?;
        }
        lines.push(line);
    }
    lines.sort();
    Ok(lines)
}

fn difference(expected: &str, found: &str) -> String {
    let count = |text: &str| {
        let mut counts: BTreeMap<String, i32> = BTreeMap::new();
        text.lines().for_each(|line| *counts.entry(line.to_owned()).or_default() += 1);
        counts
    };
    let (expected, found) = (count(expected), count(found));
    let lacking = expected.keys().filter(|line| !found.contains_key(*line));
    let new = found.keys().filter(|line| !expected.contains_key(*line));
    let told: Vec<String> =
        lacking.map(|line| format!("- {line}")).chain(new.map(|line| format!("+ {line}"))).take(40).collect();
    told.join("\n")
}
