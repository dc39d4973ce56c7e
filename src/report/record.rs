//! The run record: enough to make the report again. The JSON of `report --json` is read
//! off it.

use serde::{Deserialize, Serialize};

use super::{
    escape,
    model::{ModelInfo, Params, Stop},
};
use crate::{
    grounding::fact::{Fact, Source},
    metrics::generation::Timings,
};

/// Everything about one report. `generated_by` marks the file as the program's own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Always `chimera-insight`.
    pub generated_by: String,
    /// Version of the program.
    pub version: String,
    /// `complete`, or why it is not.
    pub status: String,
    /// RFC 3339 UTC.
    pub started: String,
    /// RFC 3339 UTC.
    pub finished: String,
    /// The folder, as given.
    pub folder: String,
    /// The model; `None` for a report by code alone.
    pub model: Option<ModelInfo>,
    /// SHA-256 of the model file, where it was computed.
    pub model_sha256: Option<String>,
    /// The settings asked for (`null`: default).
    pub config: Params,
    /// The settings used, with every default filled in.
    pub config_used: Params,
    /// The persona's name and text.
    pub persona: (String, String),
    /// Stages with their seconds.
    pub stages: Vec<StageRecord>,
    /// Each model call.
    pub calls: Vec<CallRecord>,
    /// Sums over the calls.
    pub metrics: ReportMetrics,
    /// The facts in the report, and those that the model was given.
    pub facts: Vec<FactRecord>,
    /// Counts of figures.
    pub grounding: GroundingCounts,
    /// Sentences of the model that were not taken over, with the reason.
    pub rejected: Vec<(String, String)>,
    /// Every sentence of the report's prose: its section, and who wrote it.
    #[serde(default)]
    pub written: Vec<WrittenRecord>,
    /// Labels of the facts that did not fit into a prompt.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// Source files with size and digest.
    pub files: Vec<FileRecord>,
}

/// A sentence of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenRecord {
    /// `executive summary`, `key findings`, …
    pub section: String,
    /// The sentence.
    pub text: String,
    /// `code` or `model`.
    pub by: String,
    /// Ids of the facts in it.
    pub facts: Vec<String>,
}

/// A stage's time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StageRecord {
    /// `ingest`, `analysis`, `report`.
    pub name: String,
    /// Wall seconds.
    pub seconds: f64,
}

/// One model call, whole.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CallRecord {
    /// Stage.
    pub stage: String,
    /// Title.
    pub title: String,
    /// The prompt as sent, blocks in order.
    pub prompt: super::prompt::Prompt,
    /// What did not fit.
    pub left_out: Vec<String>,
    /// The raw answer.
    pub response: String,
    /// Why it ended.
    pub stop: Stop,
    /// Its timings.
    pub metrics: ReportMetrics,
}

/// The promised metrics of a report, in the units of their names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ReportMetrics {
    pub throughput_tok_s: Option<f64>,
    pub ttft_ms: Option<f64>,
    pub total_ms: f64,
    pub tokens: u64,
    pub forced_tokens: u64,
    pub rejected_tokens: u64,
    pub prompt_tokens: u64,
    pub cached_prompt_tokens: u64,
    pub prompt_eval_ms: f64,
    pub eval_ms: f64,
    pub load_ms: f64,
    pub itl_p50_ms: Option<f64>,
    pub itl_p95_ms: Option<f64>,
}

/// A fact as recorded.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct FactRecord {
    pub id: String,
    pub subject: String,
    pub statistic: String,
    pub group: String,
    pub value: f64,
    pub unit: String,
    pub text: String,
    pub sources: Vec<SourceRecord>,
}

/// A fact's source as recorded.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct SourceRecord {
    pub path: String,
    pub line: Option<u32>,
    pub field: String,
    pub rows: u32,
}

/// Counts of the figures in the model's prose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct GroundingCounts {
    pub figures: u64,
    pub grounded: u64,
    pub mismatched: u64,
    pub ungrounded: u64,
}

/// A source file as it was read.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct FileRecord {
    pub path: String,
    pub bytes: u64,
    pub modified: String,
    pub digest: String,
}

impl ReportMetrics {
    /// Of the timings of a call, or of their sum.
    pub fn of(timings: &Timings) -> Self {
        let ms = |duration: std::time::Duration| duration.as_secs_f64() * 1e3;
        Self {
            throughput_tok_s: timings.throughput(),
            ttft_ms: timings.ttft.map(ms),
            total_ms: ms(timings.total),
            tokens: timings.tokens,
            forced_tokens: timings.forced_tokens,
            rejected_tokens: timings.rejected_tokens,
            prompt_tokens: timings.prompt_tokens,
            cached_prompt_tokens: timings.cached_prompt_tokens,
            prompt_eval_ms: ms(timings.prompt_eval),
            eval_ms: ms(timings.eval),
            load_ms: ms(timings.load),
            itl_p50_ms: timings.itl_ms(50.0),
            itl_p95_ms: timings.itl_ms(95.0),
        }
    }
}

impl FactRecord {
    /// Of a fact.
    pub fn of(fact: &Fact) -> Self {
        Self {
            id: fact.id.clone(),
            subject: fact.subject.clone(),
            statistic: fact.statistic.name().to_owned(),
            group: fact.group.to_string(),
            value: fact.value,
            unit: fact.unit.symbol().to_owned(),
            text: fact.text.clone(),
            sources: fact.sources.iter().map(SourceRecord::of).collect(),
        }
    }
}

impl SourceRecord {
    /// Of a source.
    pub fn of(source: &Source) -> Self {
        Self {
            path: source.path.to_string(),
            line: source.line,
            field: source.field.to_string(),
            rows: source.rows,
        }
    }
}

/// The record as its file holds it. It has no map with other keys than strings, so that
/// it always serialises; should it not, the file says so and is still marked as ours.
pub fn to_json(record: &Record) -> String {
    let text = serde_json::to_string_pretty(record).unwrap_or_else(|error| {
        serde_json::json!({ "generated_by": record.generated_by, "status": format!("not recorded: {error}") })
            .to_string()
    });
    format!("{}\n", escape::json(&text))
}
