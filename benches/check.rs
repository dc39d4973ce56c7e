//! `check` on a long report, held against a folder that is already read.
//!
//! `cargo bench --no-default-features --bench check -- [FOLDER] [ROUNDS]`. The folder is
//! `reports-chimera` of the test data (`CHIMERA_INSIGHT_TESTDATA`, default `../shared/data`)
//! unless one is given. The report is made of the facts of the folder, each in a sentence
//! and in a row of a table, over and over to 10,000 words; every tenth figure is wrong.
//! Printed are the medians over the rounds.

#![allow(clippy::print_stdout, missing_docs)]

use std::{
    error::Error,
    fmt::Write as _,
    path::PathBuf,
    time::{Duration, Instant},
};

use chimera_insight::{
    grounding::{
        check::{Cells, Evidence, Folder, ItemStatus},
        fact::{Ledger, Statistic},
    },
    metrics::library::Library,
    watch::scan::scan_into,
};

/// Words of the report.
const WORDS: usize = 10_000;
/// Rounds unless the command line says otherwise.
const ROUNDS: usize = 15;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let folder = arguments.next().map_or_else(default_folder, PathBuf::from);
    let rounds = arguments.next().map_or(Ok(ROUNDS), |rounds| rounds.parse())?.max(1);
    let (mut library, mut cells) = (Library::default(), Cells::default());
    scan_into(&folder, &mut |piece| {
        cells.absorb(&piece, None);
        library.absorb(&piece);
    })?;
    library.settle();
    cells.finish();
    let ledger = Ledger::of(&library);
    let report = report(&ledger)?;
    let evidence = Evidence {
        ledger: &ledger,
        library: &library,
        cells: &cells,
        record: None,
        trusts_statements: false,
    };

    let (mut prepare, mut check) = (Vec::new(), Vec::new());
    let mut findings = Vec::new();
    for _ in 0..rounds {
        let began = Instant::now();
        let ready = Folder::of(evidence);
        prepare.push(began.elapsed());
        let began = Instant::now();
        findings = ready.check(&report);
        check.push(began.elapsed());
    }
    let grounded = findings.iter().filter(|finding| finding.status == ItemStatus::Grounded).count();
    println!("{} words, {} figures, {grounded} grounded", report.split_whitespace().count(), findings.len());
    println!("{:>20}: {:7.1} ms", "folder made ready", milliseconds(median(prepare)));
    println!("{:>20}: {:7.1} ms", "report checked", milliseconds(median(check)));
    Ok(())
}

fn default_folder() -> PathBuf {
    std::env::var_os("CHIMERA_INSIGHT_TESTDATA")
        .map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from)
        .join("reports-chimera")
}

/// Sentences and tables of the facts.
fn report(ledger: &Ledger) -> Result<String, Box<dyn Error>> {
    let stated: Vec<_> = ledger
        .facts
        .iter()
        .filter(|fact| {
            let is_usual = matches!(
                fact.statistic,
                Statistic::Median | Statistic::Mean | Statistic::Min | Statistic::Max | Statistic::P95
            );
            is_usual && !fact.group.0.is_empty()
        })
        .collect();
    if stated.is_empty() {
        return Err("the folder has no metric of any group".into());
    }
    let (mut text, mut words, mut figures) = (String::from("# Report\n"), 0, 0_usize);
    while words < WORDS {
        for part in stated.chunks(12) {
            let start = text.len();
            let mut table = String::from("\n| Group | Statistic | Value |\n| --- | --- | --- |\n");
            text.push('\n');
            for fact in part {
                figures += 1;
                let value = if figures.is_multiple_of(10) { "9,876.5 tok/s" } else { fact.text.as_str() };
                let (subject, statistic) = (fact.subject.replace('_', " "), fact.statistic.name());
                let group = &fact.group;
                writeln!(text, "The {statistic} {subject} of {group} is {value} in these files.")?;
                writeln!(table, "| {group} | {statistic} {subject} | {value} |")?;
            }
            text.push_str(&table);
            words += text.get(start..).unwrap_or_default().split_whitespace().count();
            if words >= WORDS {
                break;
            }
        }
    }
    Ok(text)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
