//! States of the program to draw.

use std::{path::PathBuf, sync::Arc, time::Duration};

use crate::{
    app::{
        App, EngineState, Setup,
        document::FileRead,
        effect::Effect,
        event::{Event, Key, LibraryEvent},
        keymap::Keymap,
        notices::{Notice, Severity},
        report::{Activity, StageState, evidence::Evidence},
        settings::Settings,
    },
    config::{self, Origin},
    engine::{
        ModelSpec,
        gguf::Header,
        host::Sight,
        models::{Found, Listing},
        protocol::EngineEvent,
    },
    ingest::{
        file::{Cell, Column, Document, Kind, Problem, Rank, Stamp, Status, Table},
        inventory::{Batch, Change, ReportFile, WatchState},
        places::Pointers,
    },
    meters::{Gpu, Sample},
    metrics::generation::Timings,
    report::{
        model::{ModelInfo, Params},
        pipeline::Stage,
        record::{FactRecord, SourceRecord, text::FigureRecord},
    },
    text::{
        sanitize::Shown,
        wrap::{Role, Row, Run},
    },
};

/// The clock of all states: 2026-11-23, in the morning.
const NOW_NS: i128 = 1_795_426_200_000_000_000;

/// More files than any state has.
const MOST_FILES: usize = 1000;

/// A program that has just started.
pub fn empty(size: (u16, u16)) -> App {
    App::new(Setup {
        folder: Shown::new("reports"),
        model: Ok(Some(ModelSpec::Scripted(String::from("scripted")))),
        model_name: Some(Shown::new("gemma3:270m")),
        params: Params::default(),
        persona: (String::from("analyst"), String::new()),
        settings: Settings {
            personas: [("analyst".into(), String::new()), ("brief".into(), String::new())].into(),
            usual_persona: "analyst".into(),
            ..Settings::default()
        },
        keymap: Keymap::default(),
        size,
        wall_ns: NOW_NS,
        is_metered: false,
    })
}

/// Keys as text, one after the other.
pub fn press(mut app: App, keys: &str) -> App {
    for key in keys.split_whitespace() {
        take(&mut app, Event::Key(Key::parse(key).unwrap()));
    }
    app
}

/// An event, with the files read that it makes the program ask for.
fn take(app: &mut App, event: Event) {
    for effect in app.update(event) {
        if let Effect::ReadFile(wanted) = effect {
            let file = (0..MOST_FILES).map(file).find(|file| file.path == wanted.path);
            let head = file.as_ref().map(|file| match file.kind {
                Kind::Json => TREE,
                _ => TEXT,
            });
            take(app, Event::Document(Box::new(FileRead::of(wanted, file, head.map(str::as_bytes)))));
        }
    }
}

fn batch(app: &App, files: impl IntoIterator<Item = Arc<ReportFile>>, watch: WatchState) -> Event {
    let batch = Batch {
        changes: files.into_iter().map(Change::Read).collect(),
        watch,
        scan_complete: true,
        scan_time: Some(Duration::from_millis(31)),
        now_ns: NOW_NS,
        ..Batch::default()
    };
    let mut library = app.library.snapshot();
    library.apply(&batch);
    let batch = library.kept(batch);
    Event::Library(Box::new(LibraryEvent {
        batch,
        library: Arc::new(library),
        is_news: app.library.is_complete,
    }))
}

/// A folder that was read and holds nothing.
pub fn bare(size: (u16, u16), watch: WatchState) -> App {
    let mut app = empty(size);
    app.update(batch(&app, [], watch));
    app
}

/// A folder with `count` files, of which some have just changed.
pub fn loaded(size: (u16, u16), count: usize) -> App {
    let mut app = empty(size);
    app.update(Event::Tick { now: Duration::from_secs(1), wall_ns: NOW_NS });
    let event = batch(&app, (0..count).map(file), WatchState::Live);
    take(&mut app, event);
    app.update(Event::Tick { now: Duration::from_secs(2), wall_ns: NOW_NS });
    let event = batch(&app, (0..count).step_by(7).map(file), WatchState::Live);
    take(&mut app, event);
    press(app, "j j")
}

/// The same with the machine sampled: as it is usually, or with a GPU that is slowed down.
pub fn metered(size: (u16, u16), is_throttled: bool) -> App {
    let gpu = Gpu {
        name: Shown::new("NVIDIA RTX 4080"),
        load: Some(0.87),
        memory: Some((9_800_000_000, 12_884_901_888)),
        temperature: Some(83),
        power: Some(203.4),
        processes: Vec::new(),
        throttled: is_throttled.then_some("GPU at its power limit"),
    };
    let sample = Sample {
        cpu: Some(0.43),
        memory: Some((5_500_000_000, 25_000_000_000)),
        gpus: vec![gpu],
        ..Sample::default()
    };
    let mut app = press(loaded(size, 60), "T");
    for step in (0..60_u8).rev() {
        let wave = f32::from(step % 20) / 40.0;
        let mut before = Sample { cpu: sample.cpu.map(|share| share + wave), ..sample.clone() };
        before.gpus[0].load = Some(0.87 - wave);
        before.gpus[0].throttled = sample.gpus[0].throttled.filter(|_| step < 10);
        app.update(Event::Machine(Box::new(before)));
    }
    app
}

/// Files whose rows name no model: one metric stands in one file, the others in both.
pub fn unnamed(size: (u16, u16)) -> App {
    let unnamed = |index: usize, hidden: &[&str]| {
        let mut file = (*file(index)).clone();
        let mut document = (*file.document).clone();
        for table in &mut document.tables {
            table.columns.retain(|column| !hidden.contains(&&*column.name));
        }
        file.document = Arc::new(document);
        Arc::new(file)
    };
    let mut app = empty(size);
    let files = [unnamed(1, &["model"]), unnamed(2, &["model", "ttft_s"])];
    app.update(batch(&app, files, WatchState::Live));
    press(app, "2")
}

/// Two groups of a folder held against each other by the keys.
pub fn compared(size: (u16, u16), keys: &str) -> App {
    let mut app = loaded(size, 60);
    for key in keys.split_whitespace() {
        for effect in app.update(Event::Key(Key::parse(key).unwrap())) {
            if let Effect::Compute(job) = effect {
                app.update(Event::Computed(Box::new(job.run())));
            }
        }
    }
    app
}

/// Puts rows of its own in the place of a series' detail: what they say is not the
/// business of drawing, and would change these screens with every word.
pub fn with_own_rows(mut app: App) -> App {
    let rows = |head: &str, unit: &str| -> Vec<Row> {
        let run = |text: &str, role| Run { text: Shown::new(text), role };
        let value = |line: u32| Row {
            runs: vec![
                run(&format!("{:>6}", 290 + line), Role::Figure),
                run(&format!(" {unit}  "), Role::Muted),
                run(&format!("runs.csv:{line}"), Role::Body),
            ],
        };
        let head = Row { runs: vec![run(head, Role::Heading(2))] };
        [head, Row::default()].into_iter().chain((2..42).map(value)).collect()
    };
    if !app.metrics.detail.is_empty() {
        app.metrics.detail = rows("Values", "ms");
    }
    app
}

fn file(index: usize) -> Arc<ReportFile> {
    let (path, kind, status, rows) = match index % 10 {
        0 => (format!("csv_data/gemma3_{index}m_baseline.csv"), Kind::Csv, Status::Ok, 25),
        1 => (format!("csv_data/param_tuning_{index}.csv"), Kind::Csv, Status::Partial, 123),
        2 => (format!("reports/compilation/conv_bench_175909{index}.json"), Kind::Json, Status::Ok, 10),
        3 => (format!("reports/gemma3/broken_{index}.json"), Kind::Json, Status::Error, 0),
        4 => (format!("reports/Technical_Report_{index}.md"), Kind::Markdown, Status::Ok, 0),
        5 => (
            format!("reports/kernel_optimization/a/rather/deep/folder/of/results/ncu_ollama_raw_{index}.csv"),
            Kind::Csv,
            Status::Ok,
            150,
        ),
        6 => (format!("chimera_insight/20261123T0930{index:02}Z-gemma3.md"), Kind::Markdown, Status::Ok, 0),
        7 => (format!("logs/go-bench-{index}.txt"), Kind::Text, Status::Ok, 40),
        8 => (format!("logs/session-{index}.log"), Kind::Text, Status::Skipped, 0),
        _ => (format!("reports/日本語/結果_{index}.json"), Kind::Json, Status::Ok, 3),
    };
    let age_ns = 1_000_000_000 * 7_i128.pow(index as u32 % 9);
    Arc::new(ReportFile {
        os_path: PathBuf::from(&path),
        path: path.into(),
        kind,
        stamp: Stamp {
            length: 117 * 7_u64.pow(index as u32 % 6),
            modified_ns: NOW_NS - age_ns,
            ..Stamp::default()
        },
        status,
        generated: index % 10 == 6,
        document: Arc::new(document(index, rows, status)),
        digest: format!("{index:016x}").into(),
    })
}

fn document(index: usize, rows: u32, status: Status) -> Document {
    let problem = |line, message| Problem { line: Some(line), column: Some(4), message: Shown::new(message) };
    let problems = match status {
        Status::Ok => Vec::new(),
        Status::Partial => vec![
            problem(12, "the row has 3 cells, the header has 5; the missing ones are empty"),
            problem(19, "`NaN` is no number; the cell is left out"),
        ],
        Status::Error => vec![problem(1, "expected `,` or `}`; the file ends in the middle of an object")],
        Status::Skipped => vec![Problem {
            line: None,
            column: None,
            message: Shown::new("no benchmark output that is known here"),
        }],
    };
    let numbers = |of: fn(u32) -> f64| (0..rows).map(|row| Cell::Number(of(row))).collect::<Vec<_>>();
    let column = |name: &str, cells: Vec<Cell>| Column {
        name: name.into(),
        unit: None,
        cells: cells.into(),
        hint: None,
    };
    let model = ["gemma3:270m", "gemma3:latest", "gemma3:1b-it-qat"][index % 3];
    let tables = if rows == 0 {
        Vec::new()
    } else {
        vec![Table {
            pointer: "".into(),
            row_pointers: Pointers::default(),
            row_lines: (2..rows + 2).collect(),
            columns: vec![
                column("model", vec![Cell::Text(model.into()); rows as usize]),
                column("num_gpu", vec![Cell::Number(60.0); rows as usize]),
                column("tokens_per_second", numbers(|row| 295.0 + f64::from(row * 7 % 11) * 0.8)),
                column("ttft_s", numbers(|row| 0.06 + f64::from(row * 5 % 13) * 0.004)),
                column("total_duration_ms", numbers(|row| 2326.0 + f64::from(row * 3 % 17) * 31.0)),
            ],
            context: Vec::new(),
            rank: Rank::Measured,
        }]
    };
    Document { tables, problems, status: Some(status), ..Document::default() }
}

/// The model, loaded.
pub fn model() -> ModelInfo {
    ModelInfo {
        name: String::from("gemma3:270m"),
        arch: String::from("gemma3"),
        quantization: String::from("Q8_0"),
        layers: 18,
        layers_offloaded: 0,
        device: String::from("CPU"),
        num_ctx: 8192,
        ..ModelInfo::default()
    }
}

/// A report being written.
pub fn generating(size: (u16, u16)) -> App {
    let mut app = press(loaded(size, 60), "4");
    app.now = Duration::from_millis(12_340);
    app.engine = EngineState::Ready;
    app.model = Some(model());
    let report = &mut app.report;
    report.activity = Activity::Decode;
    report.stages = vec![
        (Stage::Ingest, StageState::Done(Duration::from_millis(31))),
        (Stage::Analysis, StageState::Running(Duration::from_millis(240))),
        (Stage::Report, StageState::Waiting),
    ];
    report.call_title = Some(Shown::new("performance analysis"));
    report.prefill = Some((2048, 2048, 256));
    report.context_used = 2267;
    for step in 0..219_u32 {
        let at = Duration::from_millis(u64::from(step * 24 + (step % 7) * 3));
        report.stats.piece(1, at, at + Duration::from_millis(640));
    }
    report.view.push(TEXT);
    app
}

/// A finished report with a figure selected, so many further than the first.
pub fn with_figure(size: (u16, u16), keys: &str) -> App {
    let mut app = finished(size);
    let fact = |id: &str, statistic: &str, text: &str, source: (&str, Option<u32>, u32)| FactRecord {
        id: id.into(),
        subject: "throughput".into(),
        statistic: statistic.into(),
        group: "model=gemma3:270m".into(),
        other: None,
        driver: None,
        value: 295.0,
        unit: "tok/s".into(),
        text: text.into(),
        sources: vec![SourceRecord {
            path: source.0.into(),
            line: source.1,
            field: "tokens_per_second".into(),
            rows: source.2,
        }],
    };
    let figure = |line, column, text: &str, fact: &str| FigureRecord {
        line,
        column,
        text: text.into(),
        fact: fact.into(),
    };
    let facts = vec![
        fact(
            "median",
            "median",
            "295.0 tok/s",
            ("reports/gemma3/gemma3_270m_param_tuning_0.csv", Some(2), 25),
        ),
        fact("ratio", "ratio", "2.9 times", ("reports/gemma3/gemma3_270m_param_tuning_0.csv", Some(7), 1)),
    ];
    let line = TEXT.lines().position(|line| line.contains("295.0 tok/s")).unwrap_or_default();
    let column = |text: &str| {
        let at = TEXT.lines().nth(line).and_then(|line| line.find(text)).unwrap_or_default();
        u32::try_from(at + 1).unwrap()
    };
    let number = u32::try_from(line + 1).unwrap();
    let figures = [
        figure(number, column("295.0"), "295.0 tok/s", "median"),
        figure(number, column("2.9"), "2.9 times", "ratio"),
    ];
    app.report.evidence = Evidence::new(TEXT, &figures, facts, Vec::new(), Vec::new());
    app.report.sentences = (9, 3);
    press(app, keys)
}

fn found(name: &str, origin: &'static str, quantization: &str, unusable: Option<&str>) -> Found {
    Found {
        name: name.into(),
        path: PathBuf::from(format!("/home/me/models/{}.gguf", name.replace(':', "-"))),
        origin,
        unusable: unusable.map(str::to_owned),
        header: Some(Header {
            arch: "gemma3".into(),
            name: "Gemma 3 It".into(),
            license: Some("gemma".into()),
            quantization: quantization.into(),
            params: 268_098_176,
            layers: 18,
            context_train: 32_768,
            vocabulary: 262_144,
            tensors: 236,
            cache_width: 18 * 512,
            window: 512,
            has_template: true,
            ..Header::default()
        }),
        bytes: 291_545_600,
    }
}

/// The Engine tab of a machine with models, after these keys; one that is loaded is there at once.
pub fn engine(size: (u16, u16), keys: &str) -> App {
    const OLLAMA: &str = "the key `gemma3.attention.layer_norm_rms_epsilon` is missing; files of Ollama's own converter \
        need its own loader, use an upstream GGUF file";
    let chosen = found("gemma3:270m", "model folder", "Q8_0", None);
    let mut app = loaded(size, 60);
    app = App::new(Setup {
        folder: Shown::new("reports"),
        model: Ok(Some(ModelSpec::File(chosen.path.clone()))),
        model_name: Some(Shown::new("gemma3:270m")),
        params: Params { num_ctx: Some(4096), ..Params::default() },
        persona: (String::from("analyst"), String::new()),
        settings: Settings {
            origins: vec![(config::Key::NumCtx, Origin::Flag("--set"))],
            ..app.settings.clone()
        },
        keymap: Keymap::default(),
        size,
        wall_ns: NOW_NS,
        is_metered: false,
    });
    take(&mut app, Event::Key(Key::parse("6").unwrap()));
    let models = vec![
        chosen,
        found("gemma3:4b", "Ollama", "Q4_K_M", Some(OLLAMA)),
        found("hf.co/bartowski/gemma-3-270m-it-GGUF:Q4_K_M", "Ollama", "Q4_K_M", None),
        found("gemma3:1b", "Hugging Face cache", "Q4_K_M", None),
    ];
    take(&mut app, Event::Models(Box::new(Listing { models, ..Listing::default() })));
    let sight = Sight {
        process: None,
        memory: Some((5_300_000_000, 8_000_000_000)),
        built_in: vec!["CPU", "CUDA"],
        log: vec![Shown::new(" INFO loading /home/me/models/gemma3-270m.gguf")],
        log_file: Some(PathBuf::from("/home/me/.local/state/chimera-insight/engine.log")),
    };
    take(&mut app, Event::EngineSeen(Box::new(sight.clone())));
    for key in keys.split_whitespace() {
        for effect in app.update(Event::Key(Key::parse(key).unwrap())) {
            if let Effect::LoadModel(..) = effect {
                let info = ModelInfo { threads: 3, load_ms: 412.0, ..model() };
                take(&mut app, Event::Engine(EngineEvent::Loaded(Box::new(info))));
                let sight = Sight { process: Some((4711, 471_000_000)), ..sight.clone() };
                take(&mut app, Event::EngineSeen(Box::new(sight)));
            }
        }
    }
    app
}

/// The same of a machine that has none.
pub fn without_models(size: (u16, u16)) -> App {
    let mut app = without_model(size);
    take(&mut app, Event::Key(Key::parse("6").unwrap()));
    let notes = vec!["cannot read `/usr/share/ollama/.ollama/models` (Ollama): permission denied".into()];
    take(&mut app, Event::Models(Box::new(Listing { notes, ..Listing::default() })));
    app
}

/// The model being loaded for a report.
pub fn loading(size: (u16, u16)) -> App {
    let mut app = press(loaded(size, 60), "3 r");
    app.update(Event::Engine(EngineEvent::Loading(0.43)));
    app
}

/// No model to be had, and why.
pub fn without_model(size: (u16, u16)) -> App {
    let mut app = press(loaded(size, 60), "4");
    app.engine = EngineState::NoModel(Shown::new(
        "no model on this machine; `chimera-insight models` says where one is looked for",
    ));
    app.model_name = None;
    app.notices.list.push(Notice {
        severity: Severity::Error,
        text: Shown::new("cannot load model `gemma3.gguf`: the file ends in the middle of a tensor"),
        since: Duration::ZERO,
    });
    app
}

/// A prompt being evaluated.
pub fn prefill(size: (u16, u16)) -> App {
    let mut app = generating(size);
    app.report.view.clear();
    app.report.stats.start();
    app.report.activity = Activity::Prefill;
    app.report.prefill = Some((512, 2048, 256));
    app.report.context_used = 512;
    app
}

/// A report that is done.
pub fn finished(size: (u16, u16)) -> App {
    let mut app = generating(size);
    app.report.activity = Activity::Idle;
    app.report.stages = vec![
        (Stage::Ingest, StageState::Done(Duration::from_millis(31))),
        (Stage::Analysis, StageState::Done(Duration::from_millis(25_370))),
        (Stage::Report, StageState::Done(Duration::from_millis(31_860))),
    ];
    app.report.call_title = None;
    app.report.prefill = None;
    app.report.totals = Timings {
        tokens: 2_219,
        eval: Duration::from_millis(54_750),
        ttft: Some(Duration::from_micros(640_770)),
        prompt_tokens: 4_096,
        cached_prompt_tokens: 512,
        ..Timings::default()
    };
    app.report.grounding = Some((41, 43));
    app.report.saved = Some(Shown::new("reports/chimera_insight/20261123T093012Z-gemma3-270m.md"));
    app.notices.list.push(Notice {
        severity: Severity::Info,
        text: Shown::new("report saved: reports/chimera_insight/20261123T093012Z-gemma3-270m.md"),
        since: Duration::ZERO,
    });
    app
}

const TREE: &str = r#"{
  "model": "gemma3:270m",
  "options": {"num_gpu": 60, "num_ctx": 8192, "temperature": 0.8},
  "results": [
    {"prompt": "Größe von 日本?", "tokens_per_second": 295.0, "ttft_s": 0.06, "warm": false},
    {"prompt": "Write a haiku.", "tokens_per_second": 301.2, "ttft_s": 0.01, "warm": true},
    {"prompt": null, "error": "connection refused", "stack": ["a", "b"]}
  ]
}
"#;

const TEXT: &str = "\
# Technical Report

## Executive summary

Throughput of **gemma3:270m** is 295.0 tok/s at `num_gpu=60`, which is 2.9 times that of gemma3:latest; \
its TTFT of 60 ms is the lowest of the three models.

## Performance analysis

| model | n | median tok/s | p95 |
|---|---|---|---|
| gemma3:270m | 25 | 295.0 | 301.2 |
| gemma3:latest | 25 | 102.0 | 104.4 |

- The spread over repeats is small: the deviation is 1.4 % of the mean.
- One file, `reports/gemma3/broken_3.json`, could not be read.

## Recommendations

1. Keep `num_gpu` at 60.
2. Repeat the runs at";
