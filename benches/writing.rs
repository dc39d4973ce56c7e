//! What masking and gating cost: tokens a second of free writing under both, against writing
//! with neither.
//!
//! `cargo bench --bench writing -- [MODEL.gguf] [--pairs N]`. Each pair asks the program's
//! engine for the same section twice, once `free` (numerals masked, each sentence read by the
//! gate, rejected ones taken back) and once `unguarded`, in alternating order with the same
//! prompt and a seed of its own. The rate is all tokens sampled, rejected ones too, over the
//! time from the evaluated prompt to the end, so that everything between two tokens counts.
//! Printed are the median of the ratios and its 95 % interval.

#![allow(clippy::expect_used, clippy::print_stdout, missing_docs)]

mod support;

use std::{error::Error, path::PathBuf, sync::mpsc, time::Duration};

use chimera_insight::{
    engine::{
        ModelSpec,
        host::Host,
        protocol::{EngineEvent, Request, RunId},
    },
    grounding::fact::Ledger,
    metrics::stats,
    report::{
        card,
        model::Params,
        prompt::{Block, Prompt, Style, Turn},
        writing::{Degree, FigureForm, Writing},
    },
};

/// Pairs measured unless `--pairs` says otherwise.
const PAIRS: usize = 30;
/// Sentences of a section: some hundred tokens.
const SENTENCES: usize = 8;
/// No section takes longer; a hang ends the bench.
const DEADLINE: Duration = Duration::from_mins(3);

fn main() -> Result<(), Box<dyn Error>> {
    let (model, pairs) = support::model_and_pairs(PAIRS)?;
    println!("model {}, 1 thread, {pairs} pairs", model.display());

    let (sender, events) = mpsc::channel();
    let program = PathBuf::from(env!("CARGO_BIN_EXE_chimera-insight"));
    let mut host = Host::with_program(program, None, move |event| sender.send(event).is_ok());
    let ledger = Ledger::of(&card::made_up());
    let mut run = 0;
    let mut rate = |degree: Degree, seed: u32| -> Result<f64, Box<dyn Error>> {
        run += 1;
        host.generate(request(RunId(run), &model, degree, seed, &ledger));
        loop {
            match events.recv_timeout(DEADLINE)? {
                EngineEvent::Finished { timings, .. } => {
                    let tokens = timings.tokens + timings.rejected_tokens;
                    let writing = timings.total.saturating_sub(timings.load + timings.prompt_eval);
                    return Ok(tokens as f64 / writing.as_secs_f64());
                }
                EngineEvent::Failed { error, .. } => return Err(error.into()),
                _ => {}
            }
        }
    };
    // Loads the model and fills the cache.
    rate(Degree::Unguarded, 0)?;
    rate(Degree::Free, 0)?;
    let mut ratios = Vec::new();
    let mut rates = (Vec::new(), Vec::new());
    for pair in 0..pairs {
        let seed = u32::try_from(pair + 1)?;
        let (free, bare) = if pair % 2 == 0 {
            let free = rate(Degree::Free, seed)?;
            (free, rate(Degree::Unguarded, seed)?)
        } else {
            let bare = rate(Degree::Unguarded, seed)?;
            (rate(Degree::Free, seed)?, bare)
        };
        ratios.push(free / bare);
        rates.0.push(free);
        rates.1.push(bare);
    }
    let stats = stats::Stats::of(&ratios);
    let median = |values: &[f64]| stats::Stats::of(values).median.unwrap_or_default();
    let (low, high) = stats::median_ci95(&ratios).unwrap_or_default();
    println!("masked and gated {:.1} tok/s, neither {:.1} tok/s", median(&rates.0), median(&rates.1));
    println!("ratio {:.3}, 95 % interval {low:.3} to {high:.3}", stats.median.unwrap_or_default());
    Ok(())
}

fn request(run: RunId, model: &std::path::Path, degree: Degree, seed: u32, ledger: &Ledger) -> Request {
    let block = |turn, text: String| Block { turn, text, rank: 0, label: String::new() };
    let facts: Vec<String> = ledger
        .facts
        .iter()
        .take(24)
        .map(|fact| format!("- {} {}: {}", fact.subject, fact.statistic.name(), fact.text))
        .collect();
    let blocks = vec![
        block(Turn::System, "You write reports on benchmarks.".into()),
        block(Turn::User, facts.join("\n")),
        block(Turn::Task, "Write a long analysis of these measurements, sentence by sentence.".into()),
    ];
    let writing = Writing {
        degree,
        form: FigureForm::Text,
        tries: 3,
        falls_back: false,
        slots: Vec::new(),
        free_sentences: SENTENCES,
        ledger: ledger.clone(),
        names: Vec::new(),
        said: Vec::new(),
    };
    let params = Params {
        num_ctx: Some(2048),
        threads: Some(1),
        temperature: Some(1.0),
        seed: Some(seed),
        ..Params::default()
    };
    Request {
        run,
        model: ModelSpec::File(model.to_owned()),
        prompt: Prompt { style: Style::Chat, blocks },
        params,
        writing: Some(Box::new(writing)),
    }
}
