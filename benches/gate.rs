//! The gate on single sentences, beside the facts of a folder that is already read.
//!
//! `cargo bench --no-default-features --bench gate -- [FOLDER] [ROUNDS]`. The folder is
//! `reports-chimera` of the test data (`CHIMERA_INSIGHT_TESTDATA`, default `../shared/data`)
//! unless one is given. Judged are wordings of every finding of the plan, free (all facts may
//! be stated) and guided (those of the finding). Printed are the time of making a gate and, of
//! the judging, the medians over the rounds of the mean, the 99th percentile and the slowest
//! sentence, with the sentence.

#![allow(clippy::print_stdout, missing_docs)]

use std::{
    error::Error,
    path::PathBuf,
    time::{Duration, Instant},
};

use chimera_insight::{
    grounding::{fact::Ledger, gate::Gate},
    metrics::library::Library,
    report::plan::Plan,
    watch::scan::scan_into,
};

/// Rounds unless the command line says otherwise.
const ROUNDS: usize = 15;
/// Wordings of each finding.
const WORDINGS: usize = 8;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let folder = arguments.next().map_or_else(default_folder, PathBuf::from);
    let rounds = arguments.next().map_or(Ok(ROUNDS), |rounds| rounds.parse())?.max(1);
    let mut library = Library::default();
    scan_into(&folder, &mut |piece| library.absorb(&piece))?;
    library.settle();
    let ledger = Ledger::of(&library);
    let names: Vec<String> = library.inventory.files().map(|file| file.path.to_string()).collect();
    let plan = Plan::of(&ledger, &library.inventory);
    let sentences = sentences(&plan);
    println!("{} facts, {} rows, {} sentences", ledger.facts.len(), ledger.rows.len(), sentences.len());
    let mut making = Vec::new();
    for _ in 0..rounds {
        let began = Instant::now();
        std::hint::black_box(Gate::new(&ledger, &names));
        making.push(began.elapsed());
    }
    println!("{:>7}: {:8.1} µs", "made", microseconds(median(making)));
    let gate = Gate::new(&ledger, &names);
    for is_guided in [false, true] {
        let (mut means, mut tails, mut slowest) = (Vec::new(), Vec::new(), Vec::new());
        let mut passed = 0;
        for _ in 0..rounds {
            let mut times = Vec::new();
            passed = 0;
            for (text, facts) in &sentences {
                let began = Instant::now();
                let answer = std::hint::black_box(gate.judge(text, is_guided.then_some(facts)));
                times.push((began.elapsed(), text.as_str()));
                passed += usize::from(answer.is_ok());
            }
            times.sort();
            let total: Duration = times.iter().map(|(time, _)| *time).sum();
            means.push(total / u32::try_from(times.len().max(1))?);
            tails.extend(times.get(times.len() * 99 / 100).map(|(time, _)| *time));
            slowest.extend(times.last().copied());
        }
        slowest.sort();
        let (most, text) = slowest.get(slowest.len() / 2).copied().unwrap_or_default();
        println!(
            "{:>7}: {:8.1} µs a sentence, p99 {:.1} µs, slowest {:.1} µs, {passed} passed: {text}",
            if is_guided { "guided" } else { "free" },
            microseconds(median(means)),
            microseconds(median(tails)),
            microseconds(most),
        );
    }
    Ok(())
}

/// Wordings of every finding, with the facts that each may state.
fn sentences(plan: &Plan) -> Vec<(String, &[usize])> {
    let risks = plan.risks.iter().flat_map(|(risk, mitigation)| [risk, mitigation]);
    let findings = plan.summary.iter().chain(&plan.analysis).chain(&plan.findings);
    findings
        .chain(&plan.recommendations)
        .chain(risks)
        .flat_map(|finding| {
            let wordings = finding.sentence.wordings(WORDINGS).into_iter();
            wordings.map(|wording| (wording.text, finding.facts.as_slice()))
        })
        .collect()
}

fn default_folder() -> PathBuf {
    std::env::var_os("CHIMERA_INSIGHT_TESTDATA")
        .map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from)
        .join("reports-chimera")
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn microseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
