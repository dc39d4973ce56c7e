//! `check` on a long report, held against a folder that is already read.
//!
//! `cargo bench --no-default-features --bench check -- [FOLDER] [ROUNDS] [REPORT]…`. The folder
//! is `reports-chimera` of the test data (`CHIMERA_INSIGHT_TESTDATA`, default `../shared/data`)
//! unless one is given. One report is made of the facts of the folder, each in a sentence and
//! in a row of a table, over and over to 10,000 words; every tenth figure is wrong. Another is
//! the text of all Markdown files of the folder, over and over to 10,000 words: prose and tables
//! by somebody else, of which little stands. Reports that are named are taken as they are.
//! Printed are the medians over the rounds.

#![allow(clippy::print_stdout, missing_docs)]

use std::{
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
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
    let (mut read, mut computed, mut prepare) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 1..rounds {
        let began = Instant::now();
        let (library, _) = scanned(&folder)?;
        read.push(began.elapsed());
        let began = Instant::now();
        std::hint::black_box(Ledger::of(&library));
        computed.push(began.elapsed());
    }
    let (library, cells) = scanned(&folder)?;
    let ledger = Ledger::of(&library);
    let evidence = Evidence {
        ledger: &ledger,
        library: &library,
        cells: &cells,
        record: None,
        trusts_statements: false,
    };
    let mut reports =
        vec![("facts".to_owned(), of_facts(&ledger)?), ("prose".to_owned(), of_prose(&folder)?)];
    for path in arguments {
        let text = fs::read_to_string(&path)?;
        reports.push((path, text));
    }
    for _ in 0..rounds {
        let began = Instant::now();
        std::hint::black_box(Folder::of(evidence));
        prepare.push(began.elapsed());
    }
    println!("{:>20}: {:7.1} ms", "folder read", milliseconds(median(read)));
    println!("{:>20}: {:7.1} ms", "facts computed", milliseconds(median(computed)));
    println!("{:>20}: {:7.1} ms", "folder made ready", milliseconds(median(prepare)));
    for (name, report) in &reports {
        let mut check = Vec::new();
        let mut findings = Vec::new();
        for _ in 0..rounds {
            let ready = Folder::of(evidence);
            let began = Instant::now();
            findings = ready.check(report);
            check.push(began.elapsed());
        }
        let words = report.split_whitespace().count();
        let grounded = findings.iter().filter(|finding| finding.status == ItemStatus::Grounded).count();
        let time = milliseconds(median(check));
        println!(
            "{name:>20}: {time:7.1} ms, {words} words, {} figures, {grounded} grounded: {:.1} ms for 10,000 words",
            findings.len(),
            time / words.max(1) as f64 * WORDS as f64
        );
    }
    Ok(())
}

fn scanned(folder: &Path) -> Result<(Library, Cells), Box<dyn Error>> {
    let (mut library, mut cells) = (Library::default(), Cells::default());
    scan_into(folder, &mut |piece| {
        cells.absorb(&piece, None);
        library.absorb(&piece);
    })?;
    library.settle();
    cells.finish();
    Ok((library, cells))
}

fn default_folder() -> PathBuf {
    std::env::var_os("CHIMERA_INSIGHT_TESTDATA")
        .map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from)
        .join("reports-chimera")
}

/// The Markdown of a folder, to so many words.
fn of_prose(folder: &Path) -> Result<String, Box<dyn Error>> {
    let (mut folders, mut texts) = (vec![folder.to_owned()], Vec::new());
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                texts.push((path.clone(), fs::read_to_string(&path)?));
            }
        }
    }
    texts.sort();
    let (mut text, mut words) = (String::new(), 0);
    while words < WORDS && !texts.is_empty() {
        for (_, part) in &texts {
            text.push_str(part);
            text.push_str("\n\n");
            words += part.split_whitespace().count();
            if words >= WORDS {
                break;
            }
        }
    }
    Ok(text)
}

/// Sentences and tables of the facts.
fn of_facts(ledger: &Ledger) -> Result<String, Box<dyn Error>> {
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
