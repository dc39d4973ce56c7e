//! The files of a measurement: a CSV row as soon as it is measured, the JSON at the end.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    bench::{file_stem, summary::Summary},
    cli::{
        Failure, FailureKind,
        output::{Cell, Side, Table},
    },
    metrics::format,
    report::pipeline::CallResult,
    save::{self, SaveError},
    text::sanitize::Shown,
};

/// One call. The names are the columns'.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Row {
    pub prompt: String,
    /// Request accepted → first token, measured.
    pub ttft_s: Option<f64>,
    /// Tokens sampled ÷ decode time.
    pub tokens_s: Option<f64>,
    pub load_s: f64,
    pub prompt_eval_s: f64,
    pub eval_s: f64,
    pub eval_count: u64,
    pub response_chars: usize,
    pub error: Option<String>,
}

impl Row {
    /// The measures of a call.
    pub fn of(prompt: &str, result: &CallResult, error: Option<String>) -> Self {
        let timings = &result.timings;
        Row {
            prompt: prompt.to_owned(),
            ttft_s: timings.ttft.map(|ttft| ttft.as_secs_f64()),
            tokens_s: timings.throughput(),
            load_s: timings.load.as_secs_f64(),
            prompt_eval_s: timings.prompt_eval.as_secs_f64(),
            eval_s: timings.eval.as_secs_f64(),
            eval_count: timings.tokens,
            response_chars: result.text.chars().count(),
            error,
        }
    }
}

/// The files being written.
pub(super) struct Results {
    /// What was measured so far.
    pub rows: Vec<Row>,
    model: String,
    table: csv::Writer<File>,
    csv: PathBuf,
    json: PathBuf,
    replace: bool,
}

impl Results {
    /// `<model>_baseline.csv` and `.json` in the folder. Existing ones are kept unless `replace`.
    pub fn create(folder: &Path, model: &str, replace: bool) -> Result<Self, Failure> {
        let stem = format!("{}_baseline", file_stem(model));
        let (csv, json) = (folder.join(format!("{stem}.csv")), folder.join(format!("{stem}.json")));
        if !replace
            && let Some(there) = [&csv, &json].into_iter().find(|path| path.symlink_metadata().is_ok())
        {
            let path = Shown::from_path(there);
            return Err(Failure::new(FailureKind::Output, format!("`{path}` is there already"))
                .hint("--force replaces it; another folder keeps both"));
        }
        let file = save::create(&csv, replace).map_err(unwritable)?;
        Ok(Results {
            rows: Vec::new(),
            model: model.to_owned(),
            table: csv::Writer::from_writer(file),
            csv,
            json,
            replace,
        })
    }
    /// Writes a row at once: whoever watches the folder sees it, and a run that dies keeps it.
    pub fn add(&mut self, row: Row) -> Result<(), Failure> {
        let path = Shown::from_path(&self.csv);
        let wrong = |error: &dyn std::fmt::Display| {
            Failure::new(FailureKind::Output, format!("cannot write `{path}`: {error}"))
        };
        self.table.serialize(&row).map_err(|error| wrong(&error))?;
        self.table.flush().map_err(|error| wrong(&error))?;
        self.rows.push(row);
        Ok(())
    }
    /// Writes the JSON; returns both files. Of a run that measured nothing none is left.
    pub fn finish(
        &mut self,
        environment: &Value,
        points: Option<&Value>,
        is_cut_short: bool,
    ) -> Result<Vec<PathBuf>, Failure> {
        if self.rows.is_empty() {
            save::remove(&self.csv).map_err(unwritable)?;
            return Ok(Vec::new());
        }
        let mut document = json!({
            "model": self.model,
            "results": self.rows,
            "environment": environment,
        });
        if let Some(points) = points {
            document["standard"] = points.clone();
        }
        if is_cut_short {
            document["interrupted"] = true.into();
        }
        save::write_whole(&self.json, &format!("{document:#}\n"), self.replace).map_err(unwritable)?;
        Ok(vec![self.csv.clone(), self.json.clone()])
    }
}

/// What a sweep came to, for people: the fastest configuration first.
pub(super) fn table(summaries: &[Summary]) -> String {
    let mut table = Table::new(&[
        ("configuration", Side::Left),
        ("n", Side::Right),
        ("failed", Side::Right),
        ("median tok/s", Side::Right),
        ("ci95", Side::Left),
        ("TTFT ms", Side::Right),
        ("peak MiB", Side::Right),
        ("perplexity", Side::Right),
    ]);
    for one in summaries {
        let interval = one.ci95.map_or_else(
            || "–".to_owned(),
            |(low, high)| format!("{} to {}", format::number(low), format::number(high)),
        );
        table.row([
            Cell::from(Shown::new(&one.config_name)),
            Cell::count(one.n),
            Cell::count(one.failed),
            Cell::number(one.median_tokens_s),
            Cell::from(Shown::new(&interval)),
            Cell::number(one.mean_ttft_s.map(|seconds| seconds * 1e3)),
            Cell::number(one.peak_memory_mib),
            Cell::number(one.perplexity),
        ]);
    }
    table.text()
}

fn unwritable(error: SaveError) -> Failure {
    Failure::new(FailureKind::Output, error)
}
