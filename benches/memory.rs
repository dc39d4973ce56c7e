//! What the program keeps of long tables, against its bound: 64 MB, and 16 bytes a value.
//!
//! `cargo bench --no-default-features --bench memory -- [csv|jsonl|json MILLIONS]`. Without a
//! case it measures CSV of 1, 5 and 20 million values and JSON Lines of 1, 3 and 10, each in a
//! process of its own, since the most that a process ever took never sinks. Each file is read
//! by the watcher and taken in by the library, as the screen does it; printed are what the
//! process takes then and the most it took, in MB, and the bound.

#![allow(clippy::print_stdout, missing_docs)]

use std::{
    env,
    error::Error,
    fs::{self, File},
    io::{BufWriter, Write as _},
    path::Path,
    process::Command,
    sync::mpsc::sync_channel,
    time::{Duration, Instant},
};

use chimera_insight::{metrics::library::Library, watch::gather::Watcher};

/// Measured unless a case is asked for: format and millions of values.
const CASES: [(&str, u64); 6] =
    [("csv", 1), ("csv", 5), ("csv", 20), ("jsonl", 1), ("jsonl", 3), ("jsonl", 10)];
/// Metrics in a row.
const COLUMNS: [&str; 4] = ["ttft_ms", "throughput_tok_s", "memory_mib", "power_w"];
/// Nothing takes longer; a hang ends the bench.
const DEADLINE: Duration = Duration::from_mins(5);
/// What is promised besides the values, in MB.
const FIXED_MB: u64 = 64;
/// What is promised for a million values, in MB.
const MILLION_MB: u64 = 16;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.as_slice() {
        [] => {
            println!("{:>6} {:>9} {:>8} {:>8} {:>8} {:>8}", "", "million", "now", "most", "bound", "seconds");
            for (format, millions) in CASES {
                let case = [format, &millions.to_string()];
                if !Command::new(env::current_exe()?).args(case).status()?.success() {
                    return Err(format!("{format} {millions} ended early").into());
                }
            }
            Ok(())
        }
        [format, millions] => measure(format, millions.parse()?),
        _ => Err("a format and millions of values, or nothing".into()),
    }
}

fn measure(format: &str, millions: u64) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    fill(&folder.path().join(format!("runs.{format}")), format, millions * 1_000_000 / COLUMNS.len() as u64)?;
    let began = Instant::now();
    let (sender, batches) = sync_channel(64);
    let watcher = Watcher::start(folder.path().to_owned(), move |batch| sender.send(batch).is_ok())?;
    let mut library = Library::default();
    while !library.is_complete {
        let batch = batches.recv_timeout(DEADLINE)?;
        library.absorb(&batch);
    }
    library.settle();
    let values: u64 = library.series().iter().map(|series| series.stats.n).sum();
    if values != millions * 1_000_000 {
        return Err(format!("{values} values were read of {millions} million").into());
    }
    println!(
        "{format:>6} {millions:>9} {:>8} {:>8} {:>8} {:>8.1}",
        memory_mb("VmRSS")?,
        memory_mb("VmHWM")?,
        FIXED_MB + MILLION_MB * millions,
        began.elapsed().as_secs_f64()
    );
    drop(watcher);
    Ok(())
}

/// Rows of four metrics whose digits hardly repeat.
fn fill(path: &Path, format: &str, rows: u64) -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(File::create(path)?);
    if format == "csv" {
        writeln!(out, "{}", COLUMNS.join(","))?;
    }
    let mut state = 1_u64;
    let mut number = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 45) as f64 / 100.0
    };
    for row in 0..rows {
        let [a, b, c, d] = COLUMNS.map(|name| (name, number()));
        if format == "csv" {
            writeln!(out, "{},{},{},{}", a.1, b.1, c.1, d.1)?;
            continue;
        }
        let before = match (format, row) {
            ("json", 0) => "[",
            ("json", _) => ",",
            _ => "",
        };
        let members = [a, b, c, d].map(|(name, number)| format!("\"{name}\":{number}"));
        writeln!(out, "{before}{{{}}}", members.join(","))?;
    }
    if format == "json" {
        writeln!(out, "]")?;
    }
    out.flush()?;
    Ok(())
}

/// A line of the system's own account of this process.
fn memory_mb(name: &str) -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kib = line.and_then(|line| line.split_whitespace().next()).ok_or("no such line")?;
    Ok(kib.parse::<u64>()? * 1024 / 1_000_000)
}
