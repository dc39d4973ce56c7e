//! `chimera-insight bench`: measures the embedded engine, one call after the other.

mod environment;
mod meter;
mod results;
mod sheets;
mod standard;
mod sweep;
mod teller;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use self::{
    results::{Results, Row},
    standard::Points,
    teller::Teller,
};
use super::{
    Failure, FailureKind,
    arguments::Bench,
    drive::{Drive, Halt, model_name},
    output::{print, print_json},
};
use crate::{
    config::Config,
    engine::{ModelSpec, models},
    meters::Meters,
    metrics::{
        format,
        stats::{Stats, median_ci95},
        unit::Unit,
    },
    report::{
        model::{ModelInfo, Params},
        prompt::{Block, Prompt, Style, Turn},
    },
    text::sanitize::Shown,
};

/// Short questions with answers of some length: decoding is what is measured.
const PROMPTS: [&str; 5] = [
    "Explain in a few sentences why the first call to a language model is slower than the second.",
    "List five things that change the speed of text generation on one machine, with one line on each.",
    "Write a short note to a colleague about comparing two benchmark runs fairly.",
    "Describe what quantization does to the size, the speed and the answers of a model.",
    "Summarise the difference between prompt evaluation and decoding for somebody new to both.",
];
/// Unless set: two measurements of one model then write the same text.
const SEED: u32 = 42;
/// A file of prompts is a list, not a book.
const MAX_PROMPT_FILE: u64 = 1024 * 1024;

/// Prompts of a sweep unless set: each configuration is visited often enough by its runs.
const SWEPT_PROMPTS: usize = 1;

/// Measures and writes.
pub(super) fn run(config: &Config, arguments: &Bench, json: bool) -> Result<(), Failure> {
    if let Some(endpoint) = &config.engine {
        let text = format!("`bench` measures the engine of this program, and `{endpoint}` is another one");
        return Err(
            Failure::new(FailureKind::Usage, text).hint("--engine none measures a model of this machine")
        );
    }
    // What was evaluated before would be found on disk and measured as nothing.
    let config = &Config { prefix_cache: None, ..config.clone() };
    let mut prompts = prompts(arguments.prompts.as_deref())?;
    let model = models::resolve(config.model.as_deref(), &config.paths.stores)
        .map_err(|error| Failure::new(FailureKind::Engine, error).hint("name a GGUF file with --model FILE"))?
        .ok_or_else(|| Failure::new(FailureKind::Usage, "there is nothing to measure with `--model none`"))?;
    let mut teller = Teller::new(arguments.progress_json);
    teller.line(&format!("model: {}", model_name(&model)));
    if !arguments.sweep.is_empty() {
        if arguments.prompts.is_none() {
            prompts.truncate(SWEPT_PROMPTS);
        }
        let subject = sweep::Subject { config, arguments, model: &model, prompts: &prompts };
        return sweep::run(&subject, teller, json);
    }
    let params = Params {
        seed: Some(config.params.seed.unwrap_or(SEED)),
        // Otherwise the speed would be that of a text that repeats itself; who measures lookup says so.
        lookup: config.params.lookup.or(Some(false)),
        ..config.params.clone()
    };
    let asked = Baseline {
        runs: arguments.runs,
        points: arguments.standard.unwrap_or(0),
        replace: arguments.force,
        prompts: &prompts,
        params,
    };
    let measured = asked.measure(config, &model, &mut teller)?;
    let printed = report(&measured, json);
    measured.halt.map_or(printed, |halt| Err(halt.failure()))
}

/// Every prompt with the settings as they are.
struct Baseline<'a> {
    runs: u32,
    /// Repetitions of the standard points.
    points: u32,
    replace: bool,
    prompts: &'a [String],
    params: Params,
}

/// What that came to.
struct Measured {
    rows: Vec<Row>,
    files: Vec<PathBuf>,
    environment: Value,
    points: Option<Value>,
    /// Why it was ended before its end.
    halt: Option<Halt>,
}

impl Baseline<'_> {
    fn measure(&self, config: &Config, model: &ModelSpec, teller: &mut Teller) -> Result<Measured, Failure> {
        let Self { prompts, params, .. } = self;
        let mut drive = Drive::start(config).map_err(|error| {
            Failure::new(FailureKind::Engine, format!("cannot listen for signals: {error}"))
        })?;
        let info = drive.load(model, params, teller).map_err(|halt| halt.failure())?;
        let mut environment = environment::document(&info, params);
        environment["machine"] = environment::machine(&Meters::default());
        let mut results = Results::create(&config.folder, &info.name, self.replace)?;

        let calls = prompts.len() * self.runs as usize;
        let mut halt = None;
        for (index, prompt) in (0..self.runs).flat_map(|_| *prompts).enumerate() {
            teller.label(&format!("call {} of {calls}", index + 1));
            let answer = drive.generate(model, asked(prompt, &info), None, params, teller);
            if let Some(Halt::Signal(signal)) = answer.halt {
                // A call that was cut short is no measurement.
                halt = Some(Halt::Signal(signal));
                break;
            }
            let error = answer.halt.as_ref().map(Halt::reason);
            results.add(Row::of(prompt, &answer.result, error))?;
            if let Some(failed) = answer.halt {
                halt = Some(failed);
            }
        }
        let mut points = None;
        if halt.is_none() && self.points > 0 {
            let mut tell = |step: &str| teller.label(step);
            match Points::measure(&mut drive, model, params, info.num_ctx, self.points, &mut tell) {
                Ok(measured) => points = Some(measured.document()),
                Err(failed) => halt = Some(failed),
            }
        }
        teller.end();
        let files = results.finish(&environment, points.as_ref(), halt.is_some())?;
        Ok(Measured { rows: results.rows, files, environment, points, halt })
    }
}

/// What a model is called in files, before it is loaded.
fn name_of(model: &ModelSpec) -> Result<String, Failure> {
    match model {
        ModelSpec::Scripted(_) | ModelSpec::Remote(_) => Ok(model.name()),
        ModelSpec::File(path) => {
            let found = models::of_path(path.clone());
            found.unusable.map_or(Ok(found.name), |fault| {
                Err(Failure::new(FailureKind::Engine, format!("`{}`: {fault}", Shown::from_path(path))))
            })
        }
    }
}

fn report(measured: &Measured, json: bool) -> Result<(), Failure> {
    let Measured { rows, files, environment, points, .. } = measured;
    let good = || rows.iter().filter(|row| row.error.is_none());
    let throughput: Vec<f64> = good().filter_map(|row| row.tokens_s).collect();
    let ttft: Vec<f64> = good().filter_map(|row| row.ttft_s).map(|seconds| seconds * 1000.0).collect();
    if json {
        let names: Vec<_> = files.iter().map(|file| file.to_string_lossy()).collect();
        return print_json(&json!({
            "files": names,
            "rows": rows.len(),
            "failed": rows.len() - good().count(),
            "throughput_tok_s": summary(&throughput),
            "ttft_ms": summary(&ttft),
            "standard": points,
            "environment": environment,
        }));
    }
    let median = |values: &[f64], unit: &Unit| {
        Stats::of(values).median.map_or_else(|| "–".to_owned(), |median| format::value(median, unit))
    };
    let mut text = format!(
        "{} rows, {} failed; throughput {} (median), TTFT {} (median)\n",
        rows.len(),
        rows.len() - good().count(),
        median(&throughput, &Unit::TokensPerSecond),
        median(&ttft, &Unit::Milliseconds),
    );
    if let Some(points) = points {
        let rate = |name: &str| {
            let median = points[name]["median"].as_f64();
            median.map_or_else(|| "–".to_owned(), |median| format::value(median, &Unit::TokensPerSecond))
        };
        text.extend([format!("pp512 {}, tg128 {}\n", rate("pp512_tok_s"), rate("tg128_tok_s"))]);
    }
    text.extend(files.iter().map(|file| format!("{}\n", Shown::from_path(file))));
    print(&text)
}

fn summary(values: &[f64]) -> Value {
    let stats = Stats::of(values);
    json!({
        "n": stats.n,
        "median": stats.median,
        "mean": stats.mean,
        "min": stats.min,
        "max": stats.max,
        "stddev": stats.stddev,
        "ci95": median_ci95(values).map(|(low, high)| json!([low, high])),
    })
}

/// A prompt in the model's own style.
fn asked(prompt: &str, info: &ModelInfo) -> Prompt {
    let style = if info.instruct { Style::Chat } else { Style::Document };
    let text = if info.instruct { prompt.to_owned() } else { format!("{prompt}\n\n") };
    Prompt { style, blocks: vec![Block { turn: Turn::User, text, rank: 0, label: "the question".into() }] }
}

fn prompts(file: Option<&Path>) -> Result<Vec<String>, Failure> {
    let Some(file) = file else {
        return Ok(PROMPTS.map(str::to_owned).to_vec());
    };
    let unreadable = |error| Failure::unreadable(file, &error);
    let metadata = fs::metadata(file).map_err(unreadable)?;
    if !metadata.is_file() || metadata.len() > MAX_PROMPT_FILE {
        return Err(unreadable(io::Error::new(io::ErrorKind::InvalidInput, "no file of prompts")));
    }
    let text = fs::read_to_string(file).map_err(unreadable)?;
    let prompts: Vec<String> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if prompts.is_empty() {
        let path = Shown::from_path(file);
        return Err(Failure::new(FailureKind::Input, format!("`{path}` holds no prompt")).hint("one a line"));
    }
    Ok(prompts)
}
