//! The run record: enough to make the report again. The JSON of `report --json` is read
//! off it.

use serde::{Deserialize, Serialize};

use super::{
    card::Card,
    escape,
    model::{ModelInfo, Params, Stop},
    writing::{Degree, Dropped, FigureForm},
};
use crate::{
    grounding::fact::{Fact, Source},
    metrics::generation::Timings,
};

pub mod measures;
pub mod series;
pub mod summary;
pub mod text;

pub use series::SeriesRecord;
pub use text::TextRecord;

/// Marks a file as the program's own.
pub const GENERATED_BY: &str = "chimera-insight";

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
    pub rejected: Vec<RejectedRecord>,
    /// How free the model was in writing; `None` without a model.
    #[serde(default)]
    pub writing: Option<WritingRecord>,
    /// Every sentence of the report's prose: its section, and who wrote it.
    #[serde(default)]
    pub written: Vec<WrittenRecord>,
    /// Labels of the facts that did not fit into a prompt.
    #[serde(default)]
    pub left_out: Vec<String>,
    /// Source files with size and digest.
    pub files: Vec<FileRecord>,
    /// The program's own files that lay in the folder: counted apart, never evidence.
    #[serde(default)]
    pub own_files: Vec<String>,
    /// The rows behind the facts.
    #[serde(default)]
    pub series: Vec<SeriesRecord>,
    /// The text that the record belongs to.
    #[serde(default)]
    pub report: Option<TextRecord>,
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
    /// How free the model was.
    #[serde(default)]
    pub degree: Option<Degree>,
    /// Sentences of the model that were rejected before it.
    #[serde(default)]
    pub rejected: u32,
    /// Ids of the facts in it.
    pub facts: Vec<String>,
    /// The rule of `rules.toml` that it follows from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// A sentence of the model that was rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedRecord {
    /// `executive summary`, `key findings`, …
    pub section: String,
    /// The sentence, as far as it was written.
    pub text: String,
    /// How free the model was.
    pub degree: Degree,
    /// What kind of fault: `figure`, `comparison`, …
    pub kind: String,
    /// The fault, for people.
    pub reason: String,
}

impl RejectedRecord {
    /// Of a sentence of that section.
    pub fn of(section: &str, dropped: &Dropped) -> Self {
        Self {
            section: section.to_owned(),
            text: dropped.text.clone(),
            degree: dropped.degree,
            kind: dropped.kind.clone(),
            reason: dropped.reason.clone(),
        }
    }
}

/// How free the model was in writing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WritingRecord {
    /// The freest degree it was given.
    pub degree: Degree,
    /// How it named figures.
    pub form: FigureForm,
    /// The degree was chosen by the card, not by a setting.
    pub is_auto: bool,
    /// How it did when it was measured.
    pub card: Option<Card>,
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
    /// Tried ahead by lookup.
    #[serde(default)]
    pub drafted_tokens: u64,
    /// Of those, drawn indeed.
    #[serde(default)]
    pub accepted_tokens: u64,
    pub prompt_tokens: u64,
    pub cached_prompt_tokens: u64,
    pub prompt_eval_ms: f64,
    pub eval_ms: f64,
    pub load_ms: f64,
    pub itl_p50_ms: Option<f64>,
    pub itl_p95_ms: Option<f64>,
    /// What a remote server says of its own work; all else is measured here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<ServerMetrics>,
}

/// What a remote server says of its own work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ServerMetrics {
    /// Requests made of it.
    pub requests: u64,
    /// Those of which it told its times or counts.
    pub told: u64,
    pub throughput_tok_s: Option<f64>,
    pub tokens: u64,
    pub prompt_tokens: u64,
    pub cached_prompt_tokens: u64,
    pub prompt_eval_ms: f64,
    pub eval_ms: f64,
    pub load_ms: f64,
}

/// A fact as recorded.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct FactRecord {
    pub id: String,
    pub subject: String,
    pub statistic: String,
    pub group: String,
    /// The group that it is held against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// What explains a share of a spread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub driver: Option<String>,
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
    /// To the nanosecond.
    pub modified: String,
    /// SHA-256; empty for a file that was not read.
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
            drafted_tokens: timings.drafted_tokens,
            accepted_tokens: timings.accepted_tokens,
            prompt_tokens: timings.prompt_tokens,
            cached_prompt_tokens: timings.cached_prompt_tokens,
            prompt_eval_ms: ms(timings.prompt_eval),
            eval_ms: ms(timings.eval),
            load_ms: ms(timings.load),
            itl_p50_ms: timings.itl_ms(50.0),
            itl_p95_ms: timings.itl_ms(95.0),
            server: timings.server.map(|server| ServerMetrics {
                requests: server.requests,
                told: server.told,
                throughput_tok_s: server.throughput(),
                tokens: server.tokens,
                prompt_tokens: server.prompt_tokens,
                cached_prompt_tokens: server.cached_prompt_tokens,
                prompt_eval_ms: ms(server.prompt_eval),
                eval_ms: ms(server.eval),
                load_ms: ms(server.load),
            }),
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
            other: fact.other.as_ref().map(ToString::to_string),
            driver: fact.driver.as_ref().map(ToString::to_string),
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

impl Record {
    /// Reads one from its file's text. Whatever else it may be, it must be ours.
    pub fn read(text: &str) -> Result<Self, String> {
        let no_json = |error: serde_json::Error| format!("it is no JSON: {error}");
        let json: serde_json::Value = serde_json::from_str(text).map_err(no_json)?;
        if json.get("generated_by").and_then(serde_json::Value::as_str) != Some(GENERATED_BY) {
            return Err("it is no run record of chimera-insight".to_owned());
        }
        serde_json::from_value(json).map_err(|error| format!("it is no whole run record: {error}"))
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
