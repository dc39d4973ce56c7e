//! A sweep: every configuration of a grid, call after call, into files that grow as it goes.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    Baseline, asked, environment,
    meter::{Meter, Reading},
    results,
    sheets::{Sheets, There},
    standard::Points,
    summary,
    teller::Teller,
};
use crate::{
    bench::{
        file_stem,
        grid::{Configuration, Grid},
        plan::{Call, Plan, Wanted},
        row::{self, Row},
        summary::Summary,
    },
    cli::{
        Failure, FailureKind,
        arguments::Bench,
        drive::{Drive, Halt},
        output::{print, print_json},
    },
    config::{Config, Key},
    engine::{ModelSpec, host, measure::Measure},
    meters::Meters,
    metrics::{format, unit::Unit},
    report::model::{ContextSettings, ModelInfo, Params},
    text::sanitize::Shown,
};

/// Tokens of a call unless set: as many as the standard point decodes.
const TOKENS: u32 = 128;
/// Tokens of the call that only warms up.
const WARM_UP_TOKENS: u32 = 8;
/// What the perplexity is measured over: own words, and part of the program.
const TEXT: &str = include_str!("../../../assets/bench/text.txt");
/// Repetitions of the standard points for each context, unless set.
pub(super) const POINTS: u32 = 3;

/// What was measured once for all configurations of one context.
#[derive(Clone, Debug, Default)]
struct OfContext {
    config_name: String,
    perplexity: Option<f64>,
    points: Points,
}

/// What is loaded now.
struct Loaded {
    context: ContextSettings,
    info: ModelInfo,
}

/// What a sweep is of.
pub(super) struct Subject<'a> {
    /// The settings besides those that are swept.
    pub config: &'a Config,
    /// What was asked for.
    pub arguments: &'a Bench,
    /// The model.
    pub model: &'a ModelSpec,
    /// The questions.
    pub prompts: &'a [String],
}

/// Measures and writes.
pub(super) fn run(subject: &Subject<'_>, mut teller: Teller, json: bool) -> Result<(), Failure> {
    let Subject { config, arguments, model, prompts } = *subject;
    let grid = Grid::parse(&arguments.sweep.join(","))
        .map_err(|reason| Failure::new(FailureKind::Usage, format!("--sweep: {reason}")))?;
    let base = Params {
        seed: Some(config.params.seed.unwrap_or(super::SEED)),
        num_predict: Some(config.params.num_predict.unwrap_or(TOKENS)),
        lookup: config.params.lookup.or(Some(false)),
        ..config.params.clone()
    };
    let name = super::name_of(model)?;
    let identity = json!({
        "model": name,
        "axes": grid.axes.iter().map(|axis| axis.key.name()).collect::<Vec<_>>(),
        "prompts": prompts,
        "settings": base,
    });
    let there = match (arguments.resume, arguments.force) {
        (true, _) => There::Resume,
        (false, true) => There::Replace,
        (false, false) => There::Refuse,
    };
    let sheets = Sheets::open(&config.folder, &name, &grid, &identity, there)?;
    let wanted = Wanted {
        order: arguments.order.order(),
        runs: arguments.runs,
        seed: u64::from(base.seed.unwrap_or_default()),
        prompts: prompts.len(),
        until_ci: arguments.until_ci.map(|percent| percent / 100.0),
    };
    let mut plan = Plan::new(grid.configurations(&base), wanted);
    let kept = plan.resume(&sheets.rows).map_err(|reason| {
        Failure::new(FailureKind::Usage, format!("the rows that are there are of another sweep: {reason}"))
            .hint("sweep its values as well, or --force measures afresh")
    })?;
    let meters = Meters::default();
    let machine = environment::machine(&meters);
    let head = json!({ "model": name, "sweep": described(identity, &grid, wanted), "machine": machine });
    // At the start already: what goes on with a run that died reads here what it was.
    sheets.describe(&head)?;
    let (mut files, halt) = baseline(subject, &base, &mut teller)?;
    if let Some(halt) = halt {
        return Err(halt.failure());
    }
    let drive = Drive::start(config)
        .map_err(|error| Failure::new(FailureKind::Engine, format!("cannot listen for signals: {error}")))?;
    let mut sweep = Sweep {
        model,
        prompts,
        points: arguments.standard.unwrap_or(POINTS),
        grid,
        plan,
        sheets,
        drive,
        meter: Meter::start(meters),
        teller,
        loaded: None,
        contexts: HashMap::new(),
        last_info: None,
        sha256: None,
        base,
    };
    if kept > 0 {
        sweep.teller.line(&format!("{kept} calls that are there are kept"));
    }
    let halt = sweep.measure_all()?;
    sweep.teller.end();
    sweep.finish(head, halt, &mut files, json)
}

/// The baseline beside the sweep, unless there is one: each built-in prompt, or each given one, with
/// the settings that are not swept. Where it cannot be measured the sweep goes on: another
/// context may work.
fn baseline(
    subject: &Subject<'_>,
    base: &Params,
    teller: &mut Teller,
) -> Result<(Vec<PathBuf>, Option<Halt>), Failure> {
    let Subject { config, arguments, model, .. } = *subject;
    let stem = format!("{}_baseline", file_stem(&super::name_of(model)?));
    let is_whole = config.folder.join(format!("{stem}.json")).exists();
    if is_whole && !arguments.force {
        return Ok((Vec::new(), None));
    }
    // What an interrupted run left of one is measured again.
    let replace = arguments.force || arguments.resume;
    let prompts = super::prompts(arguments.prompts.as_deref())?;
    let asked = Baseline { runs: 1, points: 0, replace, prompts: &prompts, params: base.clone() };
    match asked.measure(config, model, teller) {
        Ok(measured) => {
            let halt = measured.halt.filter(|halt| matches!(halt, Halt::Signal(_)));
            Ok((measured.files, halt))
        }
        Err(failure) if failure.kind == FailureKind::Engine => {
            teller.line(&format!("no baseline: {failure}"));
            Ok((Vec::new(), None))
        }
        Err(failure) => Err(failure),
    }
}

/// What a sweep is: what may not differ, and how it was gone through.
fn described(mut identity: Value, grid: &Grid, wanted: Wanted) -> Value {
    identity["grid"] = grid.text().into();
    identity["order"] = wanted.order.name().into();
    identity["runs"] = wanted.runs.into();
    identity["seed"] = wanted.seed.into();
    identity["until_ci_pct"] = wanted.until_ci.map(|share| share * 100.0).into();
    identity
}

struct Sweep<'a> {
    model: &'a ModelSpec,
    prompts: &'a [String],
    points: u32,
    grid: Grid,
    plan: Plan,
    sheets: Sheets,
    drive: Drive,
    meter: Meter,
    teller: Teller,
    loaded: Option<Loaded>,
    contexts: HashMap<ContextSettings, OfContext>,
    last_info: Option<ModelInfo>,
    sha256: Option<String>,
    base: Params,
}

impl Sweep<'_> {
    /// Makes every call; why it was ended before the last one.
    fn measure_all(&mut self) -> Result<Option<Halt>, Failure> {
        while let Some(call) = self.plan.next_call() {
            let at = call.visit.configuration;
            let configuration = self.plan.configurations()[at].clone();
            let (done, total) = self.plan.progress();
            self.teller.progress(done, total, self.plan.time_left(), &configuration.name);
            let began = Instant::now();
            match self.visit(&configuration, call) {
                Ok(row) => self.keep(at, row, Some(began.elapsed()))?,
                Err(halt @ Halt::Signal(_)) => return Ok(Some(halt)),
                Err(Halt::Failed(error, _)) => {
                    // The next configuration gets a process that nothing has happened to.
                    self.loaded = None;
                    let row = Row { error: Some(error.to_string()), ..self.row(&configuration, call) };
                    self.keep(at, row, None)?;
                }
            }
        }
        let (done, total) = self.plan.progress();
        self.teller.progress(done, total, Some(Duration::ZERO), "done");
        Ok(None)
    }

    fn keep(&mut self, at: usize, row: Row, took: Option<Duration>) -> Result<(), Failure> {
        self.plan.take(at, &row, took);
        self.sheets.add(row)
    }

    /// Makes a call; before it, what it needs.
    fn visit(&mut self, configuration: &Configuration, call: Call) -> Result<Row, Halt> {
        let context = configuration.params.context();
        if self.loaded.as_ref().is_none_or(|loaded| loaded.context != context) {
            self.load(configuration, call)?;
        }
        let Some(info) = self.loaded.as_ref().map(|loaded| loaded.info.clone()) else {
            return Ok(self.row(configuration, call));
        };
        let prompt = self.prompts.get(call.prompt - 1).map_or("", String::as_str);
        // A prompt that is still there would have no time of its own.
        if_it_can(self.drive.measure(self.model, &configuration.params, Measure::Forget))?;
        let row = self.call(configuration, call, prompt, &configuration.params, &info)?;
        let perplexity = self.contexts.get(&context).and_then(|known| known.perplexity);
        Ok(Row { perplexity, ..row })
    }

    /// Loads in a fresh process, so that its peak memory is that of this configuration, warms up,
    /// and measures once what only depends on the context.
    fn load(&mut self, configuration: &Configuration, call: Call) -> Result<(), Halt> {
        let params = &configuration.params;
        self.loaded = None;
        self.drive.renew();
        let began = Instant::now();
        let info = self.drive.load(self.model, params, &mut self.teller)?;
        let load_s = began.elapsed().as_secs_f64();
        let context = params.context();
        self.last_info = Some(info.clone());
        self.loaded = Some(Loaded { context, info: info.clone() });
        let short = Params { num_predict: Some(WARM_UP_TOKENS), ..params.clone() };
        let prompt = self.prompts.first().map_or("", String::as_str);
        let row = self.call(configuration, call, prompt, &short, &info)?;
        let warm_up = Row { is_warm_up: true, load_s: Some(load_s), ..row };
        // A row that cannot be written is told at the next one, which counts.
        let _ = self.sheets.add(warm_up);
        if !self.contexts.contains_key(&context) {
            let text = Measure::Perplexity(TEXT.to_owned());
            self.teller.step("perplexity");
            let perplexity = if_it_can(self.drive.measure(self.model, params, text))?;
            let perplexity = perplexity.and_then(|measured| measured.perplexity);
            let teller = &mut self.teller;
            let points = if self.points == 0 {
                Points::default()
            } else {
                let mut tell = |step: &str| teller.step(step);
                let (points, num_ctx) = (self.points, info.num_ctx);
                let measured =
                    Points::measure(&mut self.drive, self.model, params, num_ctx, points, &mut tell);
                if_it_can(measured)?.unwrap_or_default()
            };
            let config_name = configuration.name.clone();
            self.contexts.insert(context, OfContext { config_name, perplexity, points });
        }
        Ok(())
    }

    fn call(
        &mut self,
        configuration: &Configuration,
        call: Call,
        prompt: &str,
        params: &Params,
        info: &ModelInfo,
    ) -> Result<Row, Halt> {
        self.meter.begin();
        let answer = self.drive.generate(self.model, asked(prompt, info), None, params, &mut self.teller);
        let reading: Reading = self.meter.end();
        if let Some(halt) = answer.halt {
            return Err(halt);
        }
        self.sha256 = answer.model_sha256.or(self.sha256.take());
        let timings = answer.result.timings;
        let peak = self.drive.engine_pid().and_then(host::peak_memory);
        Ok(Row {
            ttft_s: timings.ttft.map(|ttft| ttft.as_secs_f64()),
            tokens_s: timings.throughput(),
            load_s: Some(0.0),
            prompt_eval_s: Some(timings.prompt_eval.as_secs_f64()),
            prompt_eval_count: Some(timings.prompt_tokens),
            eval_s: Some(timings.eval.as_secs_f64()),
            eval_count: Some(timings.tokens),
            peak_memory_mib: peak.map(|bytes| bytes as f64 / f64::from(1 << 20)),
            gpu_memory_mib: reading.gpu_memory_mib,
            power_w: reading.power_w,
            ..self.row(configuration, call)
        })
    }

    /// A row of which nothing is measured yet.
    fn row(&self, configuration: &Configuration, call: Call) -> Row {
        let params = &configuration.params;
        let info = self.loaded.as_ref().map(|loaded| &loaded.info);
        let used = |key: Key| {
            let Some(info) = info else { return String::new() };
            let used = Params {
                num_gpu: Some(info.layers_offloaded),
                num_ctx: Some(info.num_ctx),
                ..params.used(&info.arch, info.context_train)
            };
            key.text(&used)
        };
        Row {
            settings: row::setting_values(&self.grid, configuration, &used),
            config_name: configuration.name.clone(),
            run: call.visit.run,
            prompt: call.prompt,
            ..Row::default()
        }
    }

    /// Writes what is written at the end, and prints.
    fn finish(
        self,
        mut document: Value,
        halt: Option<Halt>,
        files: &mut Vec<PathBuf>,
        json: bool,
    ) -> Result<(), Failure> {
        let (own, summaries) = self.sheets.finish()?;
        files.extend(own);
        let environment = self.last_info.as_ref().map_or(Value::Null, |info| {
            let mut environment = environment::document(info, &self.base);
            environment["sha256"] = self.sha256.clone().into();
            if let Some(object) = environment.as_object_mut() {
                // What differs from row to row stands in the rows.
                let swept = self.grid.axes.iter().map(|axis| axis.key.name());
                swept.for_each(|name| drop(object.remove(name)));
            }
            environment
        });
        let configurations: Vec<Value> = summaries.iter().map(|one| self.described(one)).collect();
        let standard: BTreeMap<&str, Value> = self
            .contexts
            .values()
            .filter(|known| known.points != Points::default())
            .map(|known| (known.config_name.as_str(), known.points.document()))
            .collect();
        document["environment"] = environment;
        document["configurations"] = configurations.into();
        document["standard"] = json!(standard);
        if halt.is_some() {
            document["interrupted"] = true.into();
        }
        self.sheets.describe(&document)?;
        let printed = self.print(&document, &summaries, files, json);
        let error = self.sheets.rows.iter().find_map(|row| row.error.as_deref());
        match (halt, error) {
            (Some(halt), _) => Err(halt.failure()),
            // Where nothing at all could be measured it is not the settings.
            (None, Some(error)) if summaries.iter().all(|one| one.n == 0) => {
                printed.and(Err(Failure::new(FailureKind::Engine, error)))
            }
            _ => printed,
        }
    }

    fn described(&self, one: &Summary) -> Value {
        let at = self.plan.configurations().iter().position(|point| point.name == one.config_name);
        json!({
            "config_name": one.config_name,
            "n": one.n,
            "failed": one.failed,
            "median_tokens_s": one.median_tokens_s,
            "tokens_s_ci95": one.ci95.map(|(low, high)| [low, high]),
            "ended_early": at.is_some_and(|at| self.plan.is_narrow(at)),
        })
    }

    fn print(
        &self,
        document: &Value,
        summaries: &[Summary],
        files: &[PathBuf],
        json: bool,
    ) -> Result<(), Failure> {
        let counted = || self.sheets.rows.iter().filter(|row| !row.is_warm_up);
        let failed = counted().filter(|row| row.error.is_some()).count();
        if json {
            let good = || counted().filter(|row| row.error.is_none());
            let throughput: Vec<f64> = good().filter_map(|row| row.tokens_s).collect();
            let ttft: Vec<f64> = good().filter_map(|row| row.ttft_s).map(|seconds| seconds * 1e3).collect();
            return print_json(&json!({
                "files": files.iter().map(|file| file.to_string_lossy()).collect::<Vec<_>>(),
                "rows": counted().count(),
                "failed": failed,
                "warm_up": self.sheets.rows.len() - counted().count(),
                "throughput_tok_s": summary(&throughput),
                "ttft_ms": summary(&ttft),
                "configurations": document["configurations"],
                "standard": document["standard"],
                "environment": document["environment"],
            }));
        }
        print(&(results::table(summaries) + &told(document) + &listed(counted().count(), failed, files)))
    }
}

/// Not every engine can be measured without its sampler. Where one has died of it, the next call
/// says so.
fn if_it_can<T>(measured: Result<T, Halt>) -> Result<Option<T>, Halt> {
    match measured {
        Ok(measured) => Ok(Some(measured)),
        Err(Halt::Failed(..)) => Ok(None),
        Err(halt @ Halt::Signal(_)) => Err(halt),
    }
}

fn listed(rows: usize, failed: usize, files: &[PathBuf]) -> String {
    let mut text = format!("{rows} rows, {failed} failed\n");
    text.extend(files.iter().map(|file| format!("{}\n", Shown::from_path(file))));
    text
}

/// The standard points, a line for each context.
fn told(document: &Value) -> String {
    let mut text = String::new();
    for (name, points) in document["standard"].as_object().into_iter().flatten() {
        let point = |name: &str| {
            let median = points[name]["median"].as_f64();
            median.map_or_else(|| "–".to_owned(), |median| format::value(median, &Unit::TokensPerSecond))
        };
        let (prefill, decode) = (point("pp512_tok_s"), point("tg128_tok_s"));
        text.extend([format!("{}: pp512 {prefill}, tg128 {decode}\n", Shown::new(name))]);
    }
    text
}
