//! How fast a folder of CSV and JSON files becomes metrics, next to the time of just
//! opening and reading it. Every stage is timed over the same folder in the same run, so
//! that the ratios hold on a busy machine; see `benches/README.md`.
//!
//! `cargo bench --no-default-features --bench ingest -- [FILES | FOLDER] [ROUNDS] [STAGES]`

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use chimera_insight::{
    ingest::{
        self, decode,
        file::{Kind, Stamp, Status},
        inventory::{Batch, Change, ReportFile},
    },
    metrics::library::Library,
    watch::scan,
};

/// Files of the generated folder unless the command line says otherwise.
const FILES: usize = 10_000;
/// Rounds unless the command line says otherwise. Their mean counts: processor time is told
/// in coarse steps, and other work hardly moves it.
const ROUNDS: usize = 5;

/// Files handed to the library at a time, as a scan does it.
const PIECE: usize = 64;

/// One file of the folder.
struct Source {
    path: PathBuf,
    key: String,
    kind: Kind,
}

/// Time of each stage; each includes those before it.
#[derive(Clone, Copy)]
struct Stages([Duration; 6]);

const NAMES: [&str; 6] = [
    "open, read, close (floor)",
    "+ decode",
    "+ parse",
    "+ contributions (absorb)",
    "+ series (settle)",
    "scan_once and library",
];

fn main() -> io::Result<()> {
    // Cargo adds `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let rounds = words.get(1).and_then(|word| word.parse().ok()).unwrap_or(ROUNDS);
    let stages = words.get(2).and_then(|word| word.parse().ok()).unwrap_or(NAMES.len());
    let given = words.first().map(PathBuf::from).filter(|path| path.is_dir());
    let files = words.first().and_then(|word| word.parse().ok()).unwrap_or(FILES);
    let made = if given.is_none() { Some(generate(files)?) } else { None };
    let root = match (&given, &made) {
        (Some(given), _) => given.as_path(),
        (None, Some(made)) => made.path(),
        (None, None) => return Ok(()),
    };
    let sources = sources(root)?;
    let bytes: u64 =
        sources.iter().filter_map(|source| fs::metadata(&source.path).ok()).map(|m| m.len()).sum();
    let rounds = rounds.max(1);
    let mut sum = Stages([Duration::ZERO; 6]);
    for _ in 0..rounds {
        let round = measure(root, &sources, stages)?;
        for (sum, now) in sum.0.iter_mut().zip(round.0) {
            *sum += now;
        }
    }
    let mean = Stages(sum.0.map(|sum| sum / rounds as u32));
    report(&sources, bytes, &mean, rounds)
}

/// For a profile of the first stages, the later ones can be left out: they take no time.
fn measure(root: &Path, sources: &[Source], stages: usize) -> io::Result<Stages> {
    let mut buffer = Vec::new();
    let mut sum = 0_usize;
    let floor = timed(|| {
        for source in sources {
            sum += load(source, &mut buffer)?;
        }
        Ok(())
    })?;
    let decoded = timed(|| {
        for source in sources {
            load(source, &mut buffer)?;
            sum += decode::decode(&buffer).text.len();
        }
        Ok(())
    })?;
    let parsed = timed(|| {
        for source in sources {
            load(source, &mut buffer)?;
            sum += ingest::parse(&source.key, source.kind, &buffer).tables.len();
        }
        Ok(())
    })?;
    if stages <= 3 {
        std::hint::black_box(sum);
        return Ok(Stages([floor, decoded, parsed, Duration::ZERO, Duration::ZERO, Duration::ZERO]));
    }
    let clock = Clock::start();
    let mut library = Library::default();
    // In pieces, as the program takes them: the documents of one piece are held together.
    for piece in sources.chunks(PIECE) {
        let mut changes = Vec::with_capacity(piece.len());
        for source in piece {
            load(source, &mut buffer)?;
            changes.push(Change::Read(Arc::new(report_file(source, &buffer))));
        }
        library.absorb(&Batch { changes, ..Batch::default() });
    }
    let contributed = clock.elapsed();
    library.settle();
    let settled = clock.elapsed();
    sum += library.series().len();
    drop(library);
    let scanned = timed(|| {
        let batch = scan::scan_once(root).map_err(io::Error::other)?;
        let mut library = Library::default();
        library.apply(&batch);
        sum += library.series().len();
        Ok(())
    })?;
    std::hint::black_box(sum);
    Ok(Stages([floor, decoded, parsed, contributed, settled, scanned]))
}

fn timed(mut work: impl FnMut() -> io::Result<()>) -> io::Result<Duration> {
    let clock = Clock::start();
    work()?;
    Ok(clock.elapsed())
}

/// Time on the processor where the system tells it, so that other work on the machine does
/// not count: the page cache is warm, nothing here waits. Else wall time.
struct Clock(Instant, Option<Duration>);

impl Clock {
    fn start() -> Self {
        Self(Instant::now(), on_processor())
    }
    fn elapsed(&self) -> Duration {
        let on_processor = self.1.zip(on_processor()).map(|(began, now)| now.saturating_sub(began));
        on_processor.unwrap_or_else(|| self.0.elapsed())
    }
}

fn on_processor() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

fn load(source: &Source, buffer: &mut Vec<u8>) -> io::Result<usize> {
    buffer.clear();
    File::open(&source.path)?.read_to_end(buffer)
}

fn report_file(source: &Source, bytes: &[u8]) -> ReportFile {
    let document = ingest::parse(&source.key, source.kind, bytes);
    ReportFile {
        path: source.key.as_str().into(),
        os_path: source.key.clone().into(),
        kind: source.kind,
        stamp: Stamp { length: bytes.len() as u64, ..Stamp::default() },
        status: document.status.unwrap_or(Status::Ok),
        generated: document.generated,
        document: Arc::new(document),
        // Without the time of a hash: every file is taken for another.
        digest: source.key.as_str().into(),
    }
}

fn report(sources: &[Source], bytes: u64, mean: &Stages, rounds: usize) -> io::Result<()> {
    let floor = mean.0[0].as_secs_f64();
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{} files, {:.1} MB, one thread, {} time, mean of {rounds} rounds, peak memory {} MB",
        sources.len(),
        bytes as f64 / 1e6,
        if on_processor().is_some() { "processor" } else { "wall" },
        peak_memory_mb().map_or_else(|| "?".to_owned(), |mb| mb.to_string())
    );
    let _ = writeln!(out, "{:<28} {:>10} {:>10} {:>8}", "stage", "ms", "us/file", "x floor");
    for (name, time) in NAMES.iter().zip(mean.0) {
        let seconds = time.as_secs_f64();
        let _ = writeln!(
            out,
            "{name:<28} {:>10.2} {:>10.2} {:>8.2}",
            seconds * 1e3,
            seconds * 1e6 / sources.len().max(1) as f64,
            seconds / floor
        );
    }
    io::stdout().write_all(out.as_bytes())
}

/// Peak resident memory of this process, where the system tells it.
fn peak_memory_mb() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}

/// The CSV and JSON files of a folder, in order of their paths.
fn sources(root: &Path) -> io::Result<Vec<Source>> {
    let mut found = Vec::new();
    let mut todo = vec![root.to_owned()];
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                todo.push(path);
                continue;
            }
            let kind = match path.extension().and_then(|extension| extension.to_str()) {
                Some("csv" | "tsv") => Kind::Csv,
                Some("json" | "jsonl" | "ndjson") => Kind::Json,
                _ => continue,
            };
            let key = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            found.push(Source { path, key, kind });
        }
    }
    found.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(found)
}

// ---------------------------------------------------------------------------------------
// The generated folder: shapes as benchmark programs write them, every figure another one.

/// A small generator of its own, so that every run makes the same folder.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
    fn real(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * ((self.next() >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

const MODELS: [&str; 4] = ["gemma3:270m", "gemma3:1b-it-qat", "gemma3:latest", "llama3.1:8b-instruct-q4_0"];
const BACKENDS: [&str; 4] = ["eager", "jit", "torch_compile", "onnx"];

fn generate(files: usize) -> io::Result<tempfile::TempDir> {
    let root = tempfile::Builder::new().prefix("chimera-insight-bench-").tempdir()?;
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for index in 0..files {
        // A few hundred files to a folder, as a year of runs would lie.
        let folder = root.path().join(format!("run{:04}", index / 200));
        if index % 200 == 0 {
            fs::create_dir(&folder)?;
        }
        let (name, text) = match index % 8 {
            0 => (format!("sweep_{index}_param_tuning.csv"), sweep(&mut random, 40)),
            1 => (format!("baseline_{index}.csv"), sweep(&mut random, 8)),
            2 => (format!("prompt_suite_{index}_runs.csv"), prompts(&mut random, 24)),
            3 => (format!("baseline_{index}.json"), baseline(&mut random, 6)),
            4 => (format!("conv_bench_{index}.json"), compilation(&mut random, 24)),
            5 => (format!("demo_inference_{index}.json"), summary(&mut random)),
            6 => (format!("system_metrics_{index}.json"), system(&mut random, 10)),
            _ => (format!("trials_{index}.json"), trials(&mut random, 30)),
        };
        fs::write(folder.join(name), text)?;
    }
    Ok(root)
}

fn sweep(random: &mut Random, rows: usize) -> String {
    let mut out = String::from(
        "timestamp,model,num_gpu,num_ctx,temperature,ttft_s,tokens_s,load_s,prompt_eval_s,eval_s,eval_count,error\n",
    );
    let model = MODELS[random.below(4) as usize];
    for row in 0..rows {
        let _ = writeln!(
            out,
            "2025-10-{:02}T10:{:02}:{:02}.{:06},{model},{},{},{},{:.6},{:.4},{:.6},{:.6},{:.6},{},",
            1 + random.below(28),
            row % 60,
            random.below(60),
            random.below(1_000_000),
            [0, 16, 24, 999][row % 4],
            [512, 1024, 4096][row / 4 % 3],
            [0.2, 0.4, 0.8][row / 12 % 3],
            random.real(0.03, 6.0),
            random.real(20.0, 300.0),
            random.real(0.02, 5.0),
            random.real(0.001, 0.4),
            random.real(0.2, 4.0),
            64 + random.below(192),
        );
    }
    out
}

fn prompts(random: &mut Random, rows: usize) -> String {
    let mut out = String::from(
        "timestamp,model,prompt_index,prompt_text,ttft_s,tokens_s,eval_count,response_chars,error,options\n",
    );
    for row in 0..rows {
        let error = if random.below(9) == 0 { "\"Failed to connect, please check\"" } else { "" };
        let _ = writeln!(
            out,
            "2025-10-02T19:12:{:02}.{:06}+00:00,{},{},Give a battle quote for a co-op shooter win.,{:.6},{:.2},{},{},{error},\"{{\"\"temperature\"\":0.3,\"\"top_p\"\":0.9}}\"",
            random.below(60),
            random.below(1_000_000),
            MODELS[row % 4],
            row % 5 + 1,
            random.real(0.05, 2.0),
            random.real(20.0, 120.0),
            32 + random.below(64),
            200 + random.below(300),
        );
    }
    out
}

fn baseline(random: &mut Random, runs: usize) -> String {
    let mut out = format!("{{\n  \"model\": \"{}\",\n  \"runs\": [\n", MODELS[random.below(4) as usize]);
    for run in 0..runs {
        let comma = if run + 1 < runs { "," } else { "" };
        let _ = writeln!(
            out,
            "    {{\n      \"run\": {run},\n      \"ttft_s\": {},\n      \"tokens_per_second\": {},\n      \"total_duration\": {},\n      \"eval_count\": {},\n      \"options\": {{ \"num_ctx\": 4096, \"temperature\": 0.4 }}\n    }}{comma}",
            random.real(0.03, 6.0),
            random.real(20.0, 300.0),
            random.below(9_000_000_000),
            random.below(300),
        );
    }
    out.push_str("  ]\n}\n");
    out
}

fn compilation(random: &mut Random, samples: usize) -> String {
    let mut out = String::from(
        "{\n  \"generated_at\": \"2025-10-02T21:08:57.892899+00:00\",\n  \"model\": { \"name\": \"conv\", \"device\": \"cuda\", \"batch_size\": 4 },\n  \"backends\": {\n",
    );
    for (index, backend) in BACKENDS.iter().enumerate() {
        let times: Vec<String> = (0..samples).map(|_| random.real(1.0, 9.0).to_string()).collect();
        let _ = writeln!(
            out,
            "    \"{backend}\": {{\n      \"backend\": \"{backend}\", \"compilation\": null,\n      \"benchmark\": {{ \"mean_time_ms\": {}, \"std_time_ms\": {}, \"min_time_ms\": {}, \"max_time_ms\": {},\n        \"times_ms\": [\n          {}\n        ], \"metadata\": {{ \"compile_time_s\": {} }} }}\n    }}{}",
            random.real(2.0, 6.0),
            random.real(0.1, 1.0),
            random.real(1.0, 2.0),
            random.real(6.0, 9.0),
            times.join(",\n          "),
            random.real(0.0, 30.0),
            if index < 3 { "," } else { "" },
        );
    }
    out.push_str("  }\n}\n");
    out
}

fn summary(random: &mut Random) -> String {
    format!(
        "{{ \"benchmark_name\": \"demo_inference\", \"timestamp\": {}, \"timing\": {{ \"samples\": 10, \"p50_ms\": {}, \"p95_ms\": {}, \"mean_ms\": {}, \"stdev_ms\": {} }}, \"environment\": {{ \"python_version\": \"3.13.1\", \"os\": \"Linux\", \"cuda_available\": true, \"gpu_name\": \"NVIDIA GeForce RTX 4080 Laptop GPU\", \"gpu_count\": 1 }} }}",
        1_759_000_000 + random.below(1_000_000),
        random.real(0.06, 0.07),
        random.real(0.08, 0.09),
        random.real(0.07, 0.08),
        random.real(0.005, 0.009),
    )
}

fn system(random: &mut Random, samples: usize) -> String {
    let mut out =
        String::from("{\n  \"export_datetime\": \"2025-09-30T19:46:27.614938\",\n  \"metrics\": [\n");
    for sample in 0..samples {
        let _ = writeln!(
            out,
            "    {{\n      \"timestamp\": {:.6},\n      \"system\": {{ \"cpu_percent\": {:.1}, \"memory_used_gb\": {}, \"network_sent_mb\": {} }},\n      \"gpu\": [ {{ \"gpu_id\": 0, \"name\": \"NVIDIA GeForce RTX 4080 Laptop GPU\", \"temperature\": {}, \"power_draw_w\": {:.2}, \"memory_used_mb\": {} }} ]\n    }}{}",
            random.real(1.759e9, 1.760e9),
            random.real(1.0, 99.0),
            random.real(8.0, 15.0),
            random.real(100.0, 300.0),
            40 + random.below(40),
            random.real(10.0, 120.0),
            random.below(12_000),
            if sample + 1 < samples { "," } else { "" },
        );
    }
    out.push_str("  ]\n}\n");
    out
}

fn trials(random: &mut Random, rows: usize) -> String {
    let mut out = String::from("[\n");
    for row in 0..rows {
        let _ = writeln!(
            out,
            "  {{\"config\": \"gpu{}_ctx{}\", \"num_gpu\": {}, \"num_ctx\": {}, \"latency_ms\": {}, \"tokens_s\": {}, \"success\": {}}}{}",
            row % 4,
            row % 3,
            [0, 16, 24, 999][row % 4],
            [512, 1024, 4096][row % 3],
            random.real(100.0, 900.0),
            random.real(20.0, 300.0),
            random.below(12) != 0,
            if row + 1 < rows { "," } else { "" },
        );
    }
    out.push_str("]\n");
    out
}
