//! `chimera-insight report`: the whole workflow, headless.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde_json::{Value, json};

use super::{
    Failure, FailureKind,
    arguments::Report,
    bundle,
    drive::{Answer, Drive, Halt, Watch, model_name},
    inventory,
    output::{Progress, json_number, print, print_json},
};
use crate::{
    config::{Config, Key, persona},
    engine::{ModelSpec, cards},
    metrics::{format, unit::Unit},
    report::{
        card::Card,
        export::Export,
        model::{KvType, ModelInfo},
        pipeline::{Brief, Finished, Next, Pipeline},
        record::Record,
        writing::Dropped,
    },
    save::{
        self, Place, SaveError, Saved, Unsaved,
        journal::{self, Journal},
    },
    text::sanitize::Shown,
};

/// A loss of power costs no more of what was written than this.
const SYNC_EVERY: Duration = Duration::from_secs(1);

/// What is printed on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Where the report is.
    Paths,
    /// One JSON document.
    Json,
    /// Line by line, how it gets on.
    Plain,
}

/// Shows the stream on standard error, and keeps it in case the program dies.
struct Teller {
    progress: Progress,
    journal: Option<Journal>,
    synced: Instant,
}

impl Watch for Teller {
    fn loading(&mut self, done: f32) {
        self.progress.replace(&format!("loading the model: {:.0} %", done * 100.0));
    }
    fn note(&mut self, text: &str) {
        self.progress.note(text);
    }
    fn prefill(&mut self, done: usize, total: usize) {
        self.progress.replace(&format!("reading the prompt: {done} of {total} tokens"));
        if done == total {
            self.progress.end_line();
        }
    }
    fn piece(&mut self, text: &str) {
        if let Some(journal) = &mut self.journal {
            journal.write(text);
            if self.synced.elapsed() >= SYNC_EVERY {
                journal.sync();
                self.synced = Instant::now();
            }
        }
        self.progress.stream(text);
    }
    fn withdrawn(&mut self, text: &str, dropped: &Dropped) {
        if let Some(journal) = &mut self.journal {
            journal.withdraw(text);
        }
        self.progress.stream(&format!(" [withdrawn: {}]\n", dropped.reason));
    }
}

/// Writes the report. What was asked of the model and could not be had is a failure, told
/// after the report is saved without it.
pub(super) fn run(config: &Config, arguments: &Report, told: Told) -> Result<(), Failure> {
    let persona = persona(config).map_err(super::wrong_config)?;
    if let Some(file) = &arguments.output {
        save::places(file).map_err(unwritable)?;
    }
    let drive = Drive::start(config)
        .map_err(|error| Failure::new(FailureKind::Engine, format!("cannot listen for signals: {error}")))?;
    let progress = if told == Told::Plain { Progress::plain() } else { Progress::new() };
    let mut teller = Teller { progress, journal: None, synced: Instant::now() };
    let started_ns = now_ns();
    let started = Instant::now();
    let library = inventory::read(&config.folder)?.library;
    teller.progress.line(&format!("read {} files", library.inventory.len()));
    let pipeline = Pipeline::start(Brief {
        library: Arc::new(library),
        folder: config.folder.to_string_lossy().into_owned(),
        persona,
        params: config.params.clone(),
        ingest: started.elapsed(),
        started_ns,
    });
    let place = match &arguments.output {
        Some(file) => Place::Beside(file),
        None => Place::Below(&config.folder),
    };
    let name = journal::name(started_ns);
    if let Place::Below(folder) = place {
        for remains in journal::remains(folder) {
            let path = Shown::from_path(&remains.path);
            let text = format!("a run that died left {} words in `{path}`", remains.words);
            teller.progress.line(&text);
        }
    }
    let (finished, halt) = make(config, pipeline, drive, &mut teller, &|| Journal::start(place, &name))?;
    let export = Export::of(&finished);
    let saved = match &arguments.output {
        Some(file) => save::save_as(file, &export),
        None => save::save(&config.folder, &export),
    };
    let journal = teller.journal.take();
    let saved = match saved {
        Ok(saved) => saved,
        Err(error) => {
            let unsaved = Unsaved::keep(&error, export, &config.paths.unsaved());
            let failure = not_saved(&unsaved, journal.as_ref());
            if unsaved.copy.is_some() {
                finish(journal);
            }
            return Err(failure);
        }
    };
    finish(journal);
    let bundle = arguments.bundle.then(|| bundle::save(&config.folder, &finished, &saved)).transpose();
    let made = bundle.as_ref().ok().and_then(Option::as_deref);
    teller.progress.end_line();
    let printed = if told == Told::Json {
        print_json(&document(&finished.record, &saved, made))
    } else {
        let files = std::iter::once(saved.report.as_path()).chain(made);
        let before = if told == Told::Plain { "saved: " } else { "" };
        let lines: Vec<String> = files.map(|file| format!("{before}{}\n", Shown::from_path(file))).collect();
        print(&lines.concat())
    };
    // What became of the report weighs more than who reads about it.
    halt.map_or(bundle.and(printed), Err)
}

/// A card that cannot be kept costs the next report another measurement, no more.
fn keep(config: &Config, card: &Card, teller: &mut Teller) {
    if let Err(error) = cards::keep(&config.paths.cards(), card) {
        teller.progress.line(&format!("cannot keep the model card: {error}"));
    }
}

/// The report, and why it is less than what was asked for.
fn make(
    config: &Config,
    mut pipeline: Pipeline,
    mut drive: Drive,
    teller: &mut Teller,
    journal: &dyn Fn() -> Result<Journal, SaveError>,
) -> Result<(Finished, Option<Failure>), Failure> {
    let by_code = |pipeline: &mut Pipeline, failure: Failure| {
        let finished = match pipeline.first(None, now_ns()) {
            Next::Done(finished) => *finished,
            Next::Generate(_) => pipeline.interrupt(None, "no model", now_ns()),
        };
        Ok((finished, Some(failure)))
    };
    let model = match config.chosen_model() {
        Ok(model) => model,
        Err(error) => {
            let failure = Failure::new(FailureKind::Engine, error)
                .hint("the report was written by code alone; `--model none` asks for that");
            return by_code(&mut pipeline, failure);
        }
    };
    let info = match load(&mut drive, model.as_ref(), config, teller) {
        Ok(info) => info,
        Err(Halt::Signal(signal)) => {
            let halt = Halt::Signal(signal);
            return Ok((pipeline.interrupt(None, &halt.reason(), now_ns()), Some(halt.failure())));
        }
        Err(halt) => return by_code(&mut pipeline, halt.failure()),
    };
    if info.is_some() {
        // Now, and not after minutes of work, it shows that nothing can be written there.
        teller.journal = Some(journal().map_err(unwritable)?);
    }
    let mut next = pipeline.first(info, now_ns());
    loop {
        let call = match (next, &model) {
            (Next::Done(finished), _) => return Ok((*finished, None)),
            (Next::Generate(call), Some(model)) => {
                teller.progress.line(&format!("{}:", call.title));
                if let Some(journal) = &mut teller.journal {
                    journal.write(&format!("\n## {}\n\n", call.title));
                }
                let params = pipeline.params();
                if let Some(card) = &call.card {
                    keep(config, card, teller);
                }
                let writing = Some(call.writing);
                let answer = drive.generate(model, call.prompt, writing, &params, teller);
                teller.progress.line(&pace(&answer));
                answer
            }
            (Next::Generate(_), None) => {
                // A pipeline that wants a model it was not given cannot go on.
                let failure = Failure::new(FailureKind::Engine, "the report needs a model");
                return Ok((pipeline.interrupt(None, "no model", now_ns()), Some(failure)));
            }
        };
        if let Some(sha256) = &call.model_sha256 {
            pipeline.model_hashed(sha256);
        }
        if let Some(halt) = call.halt {
            let finished = pipeline.interrupt(Some(call.result), &halt.reason(), now_ns());
            return Ok((finished, Some(halt.failure())));
        }
        next = pipeline.advance(call.result, call.took, now_ns());
    }
}

/// How a call went: `432 tokens at 102.8 tok/s, TTFT 640 ms`.
fn pace(answer: &Answer) -> String {
    let timings = &answer.result.timings;
    let rate =
        timings.throughput().map(|rate| format!(" at {}", format::value(rate, &Unit::TokensPerSecond)));
    let ttft = timings.ttft.map(|ttft| format!(", TTFT {}", format::duration(ttft)));
    format!("[{} tokens{}{}]", timings.tokens, rate.unwrap_or_default(), ttft.unwrap_or_default())
}

fn load(
    drive: &mut Drive,
    model: Option<&ModelSpec>,
    config: &Config,
    teller: &mut Teller,
) -> Result<Option<ModelInfo>, Halt> {
    let Some(model) = model else {
        return drive.signal().map_or(Ok(None), |signal| Err(Halt::Signal(signal)));
    };
    teller.progress.line(&format!("model: {}", model_name(model)));
    if let ModelSpec::Remote(spec) = model {
        let place = Shown::new(&spec.endpoint.to_string());
        teller.progress.line(&format!("the facts and prompts of this report are sent to {place}"));
    }
    let info = drive.load(model, &config.params, teller)?;
    teller.progress.end_line();
    if let Some(remote) = &info.remote {
        teller.progress.line(&format!("server: {}", Shown::new(&remote.server)));
        for lack in &remote.lacks {
            teller.progress.line(&format!("  {lack}"));
        }
    }
    Ok(Some(info))
}

fn document(record: &Record, saved: &Saved, bundle: Option<&Path>) -> Value {
    let config = &record.config_used;
    let metrics = &record.metrics;
    let grounding = &record.grounding;
    let stages: Vec<Value> =
        record.stages.iter().map(|stage| json!({"name": stage.name, "seconds": stage.seconds})).collect();
    json!({
        "report": absolute(&saved.report).to_string_lossy(),
        "record": absolute(&saved.record).to_string_lossy(),
        "bundle": bundle.map(|bundle| absolute(bundle).to_string_lossy().into_owned()),
        "status": record.status,
        "model": record.model.as_ref().map(|model| json!({
            "name": model.name,
            "arch": model.arch,
            "quantization": model.quantization,
            "params": model.params,
            "path": model.path.to_string_lossy(),
        })),
        "config": {
            "num_gpu": config.num_gpu,
            "num_ctx": config.num_ctx,
            "temperature": json_number(config.temperature),
            "top_p": json_number(config.top_p),
            "top_k": config.top_k,
            "min_p": json_number(config.min_p),
            "repeat_penalty": json_number(config.repeat_penalty),
            "seed": config.seed,
            "num_predict": config.num_predict,
            "threads": config.threads,
            "batch": config.batch,
            "flash_attn": config.flash_attn,
            "lookup": Key::Lookup.text(config),
            "kv_type": config.kv_type.map(KvType::name),
        },
        "stages": stages,
        "metrics": metrics,
        "grounding": grounding,
    })
}

/// A path that means the same wherever it is read.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The report lies elsewhere: its journal is not needed any more.
fn finish(journal: Option<Journal>) {
    if let Some(journal) = journal {
        journal.finish();
    }
}

fn not_saved(unsaved: &Unsaved, journal: Option<&Journal>) -> Failure {
    let hint = match (&unsaved.copy, journal) {
        (None, Some(journal)) => {
            format!("what the model wrote lies in `{}`", Shown::from_path(journal.path()))
        }
        _ => "choose another place with -o FILE".to_owned(),
    };
    Failure::new(FailureKind::Output, unsaved).hint(hint)
}

fn unwritable(error: SaveError) -> Failure {
    Failure::new(FailureKind::Output, error).hint("choose another place with -o FILE")
}

/// Wall clock, nanoseconds since 1970.
pub(super) fn now_ns() -> i128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos().cast_signed())
}
