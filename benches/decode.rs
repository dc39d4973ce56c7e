//! Decode speed of a report that streams on the screen, against the same library in a
//! bare loop: no sampler, no text, no screen.
//!
//! `cargo bench --bench decode -- [MODEL.gguf] [--pairs N]`. One program runs in a pty
//! and writes report after report (key `r`); between two reports this process decodes the
//! same number of tokens at the same depth of context, with the same thread count. Each
//! pair gives one ratio; printed are the median of the ratios and its 95 % interval.

#![allow(clippy::expect_used, clippy::print_stdout, missing_docs)]

mod support;

use std::{
    error::Error,
    ffi::OsStr,
    fs,
    io::{Read, Write},
    num::NonZeroU32,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use chimera_insight::{metrics::stats, report::record::Record};
use llama_cpp_2::{
    LogOptions,
    context::{LlamaContext, params::LlamaContextParams},
    llama_backend::LlamaBackend,
    llama_batch::LlamaBatch,
    model::{LlamaModel, params::LlamaModelParams},
    send_logs_to_tracing,
    token::LlamaToken,
};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

/// Pairs measured unless `--pairs` says otherwise.
const PAIRS: usize = 30;
/// Context of both sides, tokens.
const NUM_CTX: u32 = 4096;
/// Most tokens of one call: short, so that thirty pairs take minutes.
const NUM_PREDICT: u32 = 96;
/// Threads of both sides.
const THREADS: i32 = 1;
/// Prompt tokens a decode call of the bare loop takes at once.
const PREFILL: usize = 256;
/// No report takes longer; a hang ends the bench.
const DEADLINE: Duration = Duration::from_mins(5);

fn main() -> Result<(), Box<dyn Error>> {
    let (model, pairs) = support::model_and_pairs(PAIRS)?;
    println!("model {}, {THREADS} thread, {pairs} pairs", model.display());

    let folder = tempfile::tempdir()?;
    copy_tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo"), folder.path())?;

    let mut screen = Screen::start(folder.path(), &model)?;
    send_logs_to_tracing(LogOptions::default().with_logs_enabled(false));
    let backend = LlamaBackend::init()?;
    let loaded =
        LlamaModel::load_from_file(&backend, &model, &LlamaModelParams::default().with_n_gpu_layers(0))?;
    let parameters = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(NUM_CTX))
        .with_n_threads(THREADS)
        .with_n_threads_batch(THREADS);
    let mut bare = Bare {
        context: loaded.new_context(&backend, parameters)?,
        depth: 0,
        batch: LlamaBatch::new(PREFILL, 1),
        filler: loaded.vocab().nl(),
    };

    let mut ratios = Vec::new();
    println!("{:>4} {:>12} {:>12} {:>7}", "pair", "report tok/s", "bare tok/s", "ratio");
    // The first pair warms both sides up and is not counted.
    for pair in 0..=pairs {
        let record = screen.report()?;
        let (mut tokens, mut eval, mut bare_time) = (0, 0.0, Duration::ZERO);
        for call in &record.calls {
            tokens += call.metrics.tokens;
            eval += call.metrics.eval_ms / 1000.0;
            bare_time += bare.decode(call.metrics.prompt_tokens as usize, call.metrics.tokens as usize)?;
        }
        if tokens == 0 {
            return Err("a report without a token: nothing to compare".into());
        }
        let ours = tokens as f64 / eval;
        let theirs = tokens as f64 / bare_time.as_secs_f64();
        if pair == 0 {
            continue;
        }
        ratios.push(ours / theirs);
        println!("{pair:>4} {ours:>12.1} {theirs:>12.1} {:>7.3}", ours / theirs);
    }
    screen.quit()?;
    let median = stats::Stats::of(&ratios).median.ok_or("no pair")?;
    let (low, high) = stats::median_ci95(&ratios).ok_or("one pair has no interval")?;
    println!("median ratio {median:.3}, 95 % interval {low:.3} to {high:.3}, {} pairs", ratios.len());
    Ok(())
}

fn copy_tree(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, copy) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy_tree(&path, &copy)?;
        } else {
            fs::copy(&path, &copy)?;
        }
    }
    Ok(())
}

/// The program in a pty, drawing.
struct Screen {
    folder: PathBuf,
    keys: Box<dyn Write + Send>,
    child: Box<dyn portable_pty::Child + Send + Sync>,
    _pty: Box<dyn portable_pty::MasterPty + Send>,
    seen: Vec<PathBuf>,
}

impl Screen {
    fn start(folder: &Path, model: &Path) -> Result<Self, Box<dyn Error>> {
        let pty =
            native_pty_system().openpty(PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 })?;
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_chimera-insight"));
        command.args(["--model".as_ref(), model.as_os_str()]);
        for setting in [
            format!("num_ctx={NUM_CTX}"),
            format!("num_predict={NUM_PREDICT}"),
            format!("threads={THREADS}"),
            "num_gpu=0".to_owned(),
            "seed=1".to_owned(),
        ] {
            command.args(["--set", &setting]);
        }
        command.arg(folder);
        command.env("TERM", "xterm-256color");
        let child = pty.slave.spawn_command(command)?;
        drop(pty.slave);
        let mut output = pty.master.try_clone_reader()?;
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            while output.read(&mut buffer).is_ok_and(|read| read > 0) {}
        });
        let keys = pty.master.take_writer()?;
        Ok(Self { folder: folder.join("chimera_insight"), keys, child, _pty: pty.master, seen: Vec::new() })
    }

    /// Asks for a report and waits for its record. A report whose model did not run is an error.
    fn report(&mut self) -> Result<Record, Box<dyn Error>> {
        let start = Instant::now();
        // The report tab, so that the pane and its gauges are what is drawn.
        self.keys.write_all(b"3r")?;
        self.keys.flush()?;
        while start.elapsed() < DEADLINE {
            let found = fs::read_dir(&self.folder)
                .ok()
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path())
                .find(|path| path.extension() == Some(OsStr::new("json")) && !self.seen.contains(path));
            if let Some(path) = found {
                let record: Record = serde_json::from_slice(&fs::read(&path)?)?;
                self.seen.push(path);
                // The screen settles: the list of files is read again and drawn.
                thread::sleep(Duration::from_millis(300));
                return if record.status == "complete" { Ok(record) } else { Err(record.status.into()) };
            }
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the program ended: {status}").into());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err("no report within five minutes".into())
    }

    fn quit(&mut self) -> Result<(), Box<dyn Error>> {
        self.keys.write_all(b"q")?;
        self.keys.flush()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        drop(self.child.kill());
    }
}

/// The same library without anything around it.
struct Bare<'model> {
    context: LlamaContext<'model>,
    depth: usize,
    batch: LlamaBatch<'static>,
    filler: LlamaToken,
}

impl Bare<'_> {
    /// Decodes `tokens` tokens behind a prompt of `prompt` tokens; the time of the decode
    /// steps alone. What the tokens are does not change the time, so they are fixed.
    fn decode(&mut self, prompt: usize, tokens: usize) -> Result<Duration, Box<dyn Error>> {
        let filler = self.filler;
        if self.depth > prompt {
            self.context.kv_cache_seq_rm(0, Some(u32::try_from(prompt)?), None)?;
            self.depth = prompt;
        }
        while self.depth < prompt {
            self.batch.clear();
            let end = prompt.min(self.depth + PREFILL);
            for position in self.depth..end {
                self.batch.add(filler, i32::try_from(position)?, &[0], position + 1 == end)?;
            }
            self.context.decode(&mut self.batch)?;
            self.depth = end;
        }
        let start = Instant::now();
        for _ in 0..tokens {
            self.batch.clear();
            self.batch.add(filler, i32::try_from(self.depth)?, &[0], true)?;
            self.context.decode(&mut self.batch)?;
            self.context.synchronize();
            self.depth += 1;
        }
        Ok(start.elapsed())
    }
}
