//! What the run itself was: workflow, timings, settings.

use std::fmt::Write as _;

use super::{Report, configuration, data};
use crate::{
    metrics::format,
    report::{
        escape::{fenced, inline},
        record::ReportMetrics,
    },
};

/// Files of each kind in the data summary.
const FILES_A_KIND: usize = 5;
/// Labels of facts that did not fit, shown one by one.
const MOST_LEFT_OUT: usize = 8;

/// Files, execution time, data summary.
pub fn workflow(report: &Report<'_>) -> String {
    let stages = &report.record.stages;
    let total: f64 = stages.iter().map(|stage| stage.seconds).sum();
    let parts: Vec<String> =
        stages.iter().map(|stage| format!("{} {:.2}s", stage.name, stage.seconds)).collect();
    let files = report.ledger.count("files");
    format!(
        "- Files analyzed: {files}\n- Execution time: {total:.2}s ({})\n- Data summary:\n\n{}",
        parts.join(" | "),
        fenced(&data_summary(report, files)),
    )
}

fn data_summary(report: &Report<'_>, files: u64) -> String {
    let mut text = format!("Total files analyzed: {files}\n");
    for (kind, _, name, _) in data::KINDS {
        let totals = report.inventory.totals(kind);
        let Some(latest_ns) = totals.latest_modified_ns else { continue };
        let _ = write!(text, "\n{name} Files ({})\n", totals.count);
        let of_kind = report.inventory.files().filter(|file| !file.generated && file.kind == kind);
        for file in of_kind.take(FILES_A_KIND) {
            let _ = writeln!(text, "  - {}", file.path.replace(['\n', '\r'], " "));
        }
        if totals.count > FILES_A_KIND as u64 {
            let _ = writeln!(text, "  ... and {} more", totals.count - FILES_A_KIND as u64);
        }
        let _ = writeln!(text, "  Latest modified: {}", data::utc(latest_ns));
    }
    text
}

/// The metrics of the model calls.
pub fn metrics(metrics: &ReportMetrics) -> String {
    if metrics.prompt_tokens == 0 && metrics.tokens == 0 && metrics.ttft_ms.is_none() {
        return "No model call was made.\n".to_owned();
    }
    let shown = |value: Option<f64>, unit: &str| {
        value.map_or_else(|| "not measured".to_owned(), |value| format!("{value:.2} {unit}"))
    };
    let mut text = String::new();
    for (name, value) in [
        ("Throughput", shown(metrics.throughput_tok_s, "tok/s")),
        ("TTFT", shown(metrics.ttft_ms, "ms")),
        ("Total Duration", shown(Some(metrics.total_ms), "ms")),
        ("Tokens Generated", metrics.tokens.to_string()),
        ("Prompt Eval", shown(Some(metrics.prompt_eval_ms), "ms")),
        ("Eval Duration", shown(Some(metrics.eval_ms), "ms")),
        ("Load Duration", shown(Some(metrics.load_ms), "ms")),
    ] {
        let _ = writeln!(text, "- {name}: {value}");
    }
    if let Some(server) = metrics.server.filter(|server| server.eval_ms > 0.0) {
        let _ = writeln!(
            text,
            "- The server's own times, for {} of {} requests: {}, prompt eval {:.2} ms, eval {:.2} ms",
            server.told,
            server.requests,
            shown(server.throughput_tok_s, "tok/s"),
            server.prompt_eval_ms,
            server.eval_ms
        );
    }
    text
}

/// Settings, definitions, what the model did not see and what was not taken over.
pub fn appendix(report: &Report<'_>) -> String {
    let record = report.record;
    let mut text = String::new();
    if let Some(model) = &record.model {
        let mut about = vec![model.arch.clone(), model.quantization.clone(), model.place()];
        about.retain(|part| !part.is_empty());
        let style = if model.instruct { "chat" } else { "document (base model)" };
        let _ = writeln!(
            text,
            "- **Model:** {} ({}), asked in {style} style",
            inline(&model.name),
            inline(&about.join(", "))
        );
        for step in &model.stepped_down {
            let _ = writeln!(text, "- **Loading:** {}", inline(step));
        }
        if let Some(remote) = &model.remote {
            let lacks = if remote.lacks.is_empty() {
                String::new()
            } else {
                format!("; {}", remote.lacks.join("; "))
            };
            let _ = writeln!(
                text,
                "- **Remote engine:** the facts and prompts of this report were sent to {}{}",
                inline(&remote.url),
                inline(&lacks)
            );
        }
        let _ = writeln!(text, "- **Settings used:** {}", inline(&configuration(&record.config_used)));
    }
    let _ = writeln!(text, "- **Persona:** {}", inline(&record.persona.0));
    text.push_str(
        "- **Definitions:** throughput is generated tokens divided by decode time; TTFT is the time from the \
         request to the first token; deviations are of the sample; percentiles are interpolated linearly; groups are comparable \
         when the same settings tell them apart and each has more than a few runs; a lead is sure when the \
         interval of the difference and a rank test say so.\n",
    );
    if !record.calls.is_empty() {
        let _ = writeln!(
            text,
            "- **Model calls:** {}, with {} of their sentences not taken over (the record says why)",
            format::count(record.calls.len() as u64),
            format::count(record.rejected.len() as u64)
        );
    }
    if !record.left_out.is_empty() {
        let shown: Vec<String> =
            record.left_out.iter().take(MOST_LEFT_OUT).map(|label| inline(label)).collect();
        let more = record.left_out.len().saturating_sub(MOST_LEFT_OUT);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(text, "- **Did not fit into the context:** {}{more}", shown.join("; "));
    }
    let _ = writeln!(
        text,
        "- **Figures in the prose:** {} of {} equal a fact computed from the files",
        record.grounding.grounded, record.grounding.figures
    );
    text
}
