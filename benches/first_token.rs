//! Time to the first token of a report: cold, and when its prompt, or most of it, was evaluated
//! before.
//!
//! `cargo bench --bench first_token -- [FOLDER] [--model FILE.gguf]… [--rounds N]`. Each round
//! copies the folder with the times of its files, starts the engine anew, and makes reports as the
//! program makes them; what is timed is the first call of each, from the request until its
//! first piece is received. Printed are medians over the rounds, for each case with the tokens of its prompt
//! that were found evaluated and its time as a share of the cold one, and beside them the
//! time of a decode step.

#![allow(clippy::print_stdout, missing_docs)]

mod support;

use std::{
    error::Error,
    fs::{self, File, FileTimes},
    io::Write as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        mpsc::{self, Receiver},
    },
    time::{Duration, SystemTime},
};

use chimera_insight::{
    config::Key,
    engine::{
        Keeping, ModelSpec,
        host::{Bounds, Host},
        protocol::{EngineEvent, Request, RunId},
    },
    metrics::{generation::Timings, library::Library, stats::Stats},
    report::{
        model::{ModelInfo, Params},
        pipeline::{Brief, CallResult, Next, Pipeline},
        prompt::personas,
    },
    watch::scan::scan_into,
};

/// Rounds unless `--rounds` says otherwise.
const ROUNDS: usize = 5;
/// Few tokens an answer: what is timed stands before them.
const NUM_PREDICT: u32 = 24;
/// Bytes of evaluated prompts kept on disk, as by default.
const CACHE: u64 = 512 << 20;
/// No call takes longer; a hang ends the bench.
const DEADLINE: Duration = Duration::from_mins(5);

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let asked = Asked::of(std::env::args().skip(1))?;
    println!("{}, {} rounds", asked.folder.display(), asked.rounds);
    for model in &asked.models {
        let mut table = Table::default();
        for _ in 0..asked.rounds {
            round(&asked.folder, model, &mut table)?;
        }
        table.print(model);
    }
    Ok(())
}

/// What the command line asks for.
struct Asked {
    folder: PathBuf,
    models: Vec<PathBuf>,
    rounds: usize,
}

impl Asked {
    fn of(arguments: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo");
        let mut asked = Self { folder: demo, models: Vec::new(), rounds: ROUNDS };
        let mut arguments = arguments.filter(|argument| argument != "--bench");
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--model" => asked.models.push(arguments.next().ok_or("--model needs a file")?.into()),
                "--rounds" => asked.rounds = arguments.next().ok_or("--rounds needs a number")?.parse()?,
                _ => asked.folder = PathBuf::from(argument),
            }
        }
        if asked.models.is_empty() {
            asked.models = support::models()?;
        }
        Ok(asked)
    }
}

/// All cases once, in an engine that has seen nothing.
fn round(folder: &Path, model: &Path, table: &mut Table) -> Result<(), Failure> {
    let copy = tempfile::tempdir()?;
    let files = copy_tree(folder, copy.path())?;
    let cache = tempfile::tempdir()?;
    let mut engine = Engine::start(model, cache.path())?;
    let cold = engine.report(copy.path())?;
    table.note("cold", &cold.first);
    table.steps.extend(cold.steps);
    table.note("unchanged, after the report", &engine.report(copy.path())?.first);
    // A benchmark that runs appends to the file that it wrote to last.
    let (newest, oldest) = ends(&files).ok_or("the folder has no CSV file with a row")?;
    repeat_last_row(newest)?;
    table.note("the newest file changed", &engine.report(copy.path())?.first);
    repeat_last_row(newest)?;
    table.note("the same file changed again", &engine.report(copy.path())?.first);
    repeat_last_row(oldest)?;
    table.note("the oldest file changed", &engine.report(copy.path())?.first);
    repeat_last_row(newest)?;
    engine.freshen(copy.path())?;
    table.note("the same, evaluated ahead", &engine.report(copy.path())?.first);
    drop(engine);
    table
        .note("unchanged, in a new process", &Engine::start(model, cache.path())?.report(copy.path())?.first);
    Ok(())
}

/// The times of a first call and its cached tokens, case by case.
#[derive(Default)]
struct Table {
    cases: Vec<(&'static str, Vec<Timings>)>,
    /// Between two tokens, ms.
    steps: Vec<f64>,
}

impl Table {
    fn note(&mut self, case: &'static str, timings: &Timings) {
        match self.cases.iter_mut().find(|(known, _)| *known == case) {
            Some((_, all)) => all.push(timings.clone()),
            None => self.cases.push((case, vec![timings.clone()])),
        }
    }

    fn print(&self, model: &Path) {
        let step = median(self.steps.iter().copied());
        let name = model.file_name().unwrap_or(model.as_os_str()).to_string_lossy();
        println!("\n{name}: a decode step takes {step:.1} ms");
        println!("{:<30}   TTFT ms  of cold   steps   prompt cached", "");
        let ttft = |all: &[Timings]| median(all.iter().filter_map(|it| it.ttft).map(milliseconds));
        let cold = self.cases.first().map_or(f64::NAN, |(_, all)| ttft(all));
        for (case, all) in &self.cases {
            let time = ttft(all);
            let tokens = |of: &dyn Fn(&Timings) -> u64| median(all.iter().map(|it| of(it) as f64));
            let prompt = tokens(&|it| it.prompt_tokens);
            let cached = tokens(&|it| it.cached_prompt_tokens);
            let (share, steps) = (time / cold, time / step);
            println!("{case:<30} {time:>9.1} {share:>8.3} {steps:>7.1} {prompt:>8} {cached:>6}");
        }
    }
}

/// What a report took.
struct Made {
    first: Timings,
    steps: Vec<f64>,
}

/// The program's engine.
struct Engine {
    host: Host,
    events: Receiver<EngineEvent>,
    model: ModelSpec,
    info: ModelInfo,
    runs: u64,
}

impl Engine {
    fn start(model: &Path, cache: &Path) -> Result<Self, Failure> {
        let (sender, events) = mpsc::channel();
        let program = PathBuf::from(env!("CARGO_BIN_EXE_chimera-insight"));
        let keeping = Some(Keeping { folder: cache.to_owned(), bytes: CACHE });
        let bounds = Bounds { keeping, ..Bounds::default() };
        let mut host = Host::bounded(program, None, bounds, move |event| sender.send(event).is_ok());
        let model = ModelSpec::File(model.to_owned());
        host.load(model.clone(), params()?);
        let info = loop {
            match events.recv_timeout(DEADLINE)? {
                EngineEvent::Loaded(info) => break *info,
                EngineEvent::Failed { error, .. } => return Err(error.into()),
                _ => {}
            }
        };
        Ok(Self { host, events, model, info, runs: 0 })
    }

    /// Makes the calls of a report, one after the other.
    fn report(&mut self, folder: &Path) -> Result<Made, Failure> {
        let mut pipeline = Pipeline::start(brief(folder)?);
        let mut next = pipeline.first(Some(self.info.clone()), now_ns());
        let mut made: Option<Made> = None;
        while let Next::Generate(call) = next {
            self.runs += 1;
            let (model, params) = (self.model.clone(), pipeline.params());
            let (prompt, writing) = (call.prompt, Some(call.writing));
            self.host.generate(Request { run: RunId(self.runs), model, prompt, params, writing });
            let result = self.answer()?;
            let took = result.timings.total;
            let gaps = result.timings.gaps.iter().copied().map(milliseconds);
            made.get_or_insert_with(|| Made { first: result.timings.clone(), steps: Vec::new() })
                .steps
                .extend(gaps);
            next = pipeline.advance(result, took, now_ns());
        }
        made.ok_or_else(|| "the folder asks for no call".into())
    }

    /// Evaluates the prompt of the next report, as the screen does while nothing happens.
    fn freshen(&mut self, folder: &Path) -> Result<(), Failure> {
        let mut pipeline = Pipeline::start(brief(folder)?);
        let Next::Generate(call) = pipeline.first(Some(self.info.clone()), now_ns()) else {
            return Err("the folder asks for no call".into());
        };
        self.runs += 1;
        let run = RunId(self.runs);
        let (model, params) = (self.model.clone(), pipeline.params());
        self.host.freshen(Request { run, model, prompt: call.prompt, params, writing: None });
        loop {
            match self.events.recv_timeout(DEADLINE)? {
                EngineEvent::Held { run: Some(of), is_whole, .. } if of == run => {
                    return if is_whole { Ok(()) } else { Err("the prompt was not evaluated".into()) };
                }
                EngineEvent::Failed { error, .. } => return Err(error.into()),
                _ => {}
            }
        }
    }

    fn answer(&mut self) -> Result<CallResult, Failure> {
        let (mut text, mut passages, mut dropped) = (String::new(), Vec::new(), Vec::new());
        loop {
            match self.events.recv_timeout(DEADLINE)? {
                EngineEvent::Piece { text: piece, .. } => text.push_str(&piece),
                EngineEvent::Passed { passage, .. } => passages.push(passage),
                EngineEvent::Withdrawn { length, dropped: sentence, .. } => {
                    text.truncate(length);
                    dropped.push(sentence);
                }
                EngineEvent::Finished { stop, timings, .. } => {
                    let (timings, left_out) = (*timings, Vec::new());
                    return Ok(CallResult { text, stop, timings, left_out, passages, dropped });
                }
                EngineEvent::Failed { error, .. } => return Err(error.into()),
                _ => {}
            }
        }
    }
}

/// Seeded, and no measuring of the model first.
fn params() -> Result<Params, String> {
    let mut params = Params { seed: Some(1), num_predict: Some(NUM_PREDICT), ..Params::default() };
    Key::Writing.set(&mut params, "worded")?;
    Ok(params)
}

fn brief(folder: &Path) -> Result<Brief, Failure> {
    let mut library = Library::default();
    scan_into(folder, &mut |piece| library.absorb(&piece))?;
    library.settle();
    let (name, text) = personas().first().copied().unwrap_or_default();
    Ok(Brief {
        library: Arc::new(library),
        folder: folder.to_string_lossy().into_owned(),
        persona: (name.to_owned(), text.to_owned()),
        params: params()?,
        ingest: Duration::ZERO,
        started_ns: now_ns(),
    })
}

/// Copies the files with their times; returns the copies, each with its time.
fn copy_tree(from: &Path, to: &Path) -> Result<Vec<(SystemTime, PathBuf)>, Failure> {
    let mut files = Vec::new();
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            files.extend(copy_tree(&path, &copy)?);
        } else {
            fs::copy(&path, &copy)?;
            let modified = entry.metadata()?.modified()?;
            File::options().append(true).open(&copy)?.set_times(FileTimes::new().set_modified(modified))?;
            files.push((modified, copy));
        }
    }
    Ok(files)
}

/// The newest and the oldest CSV file that has rows.
fn ends(files: &[(SystemTime, PathBuf)]) -> Option<(&Path, &Path)> {
    let has_rows = |path: &Path| fs::read_to_string(path).is_ok_and(|text| text.lines().count() > 2);
    let mut tables: Vec<&(SystemTime, PathBuf)> = files
        .iter()
        .filter(|(_, path)| path.extension().is_some_and(|it| it == "csv") && has_rows(path))
        .collect();
    tables.sort();
    Some((&tables.last()?.1, &tables.first()?.1))
}

/// The file gains a row as its last one.
fn repeat_last_row(path: &Path) -> Result<(), Failure> {
    let text = fs::read_to_string(path)?;
    let last = text.lines().last().ok_or("an empty file")?;
    let end = if text.ends_with('\n') { "" } else { "\n" };
    writeln!(File::options().append(true).open(path)?, "{end}{last}")?;
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    Stats::of(&values.collect::<Vec<_>>()).median.unwrap_or(f64::NAN)
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn now_ns() -> i128 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i128::try_from(now.as_nanos()).unwrap_or_default()
}
