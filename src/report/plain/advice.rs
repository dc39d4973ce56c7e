//! Recommendations and risks by code, each from a fact that calls for it.

use super::{FEW_RUNS, Plain, WIDE_SPREAD, cold_start, compared};
use crate::{
    grounding::fact::{FactRow, Ledger, Statistic},
    ingest::inventory::Inventory,
    metrics::series::Nature,
    report::wording::{configuration, group_name, in_sentence, label, one_line},
};

/// Recommendations, most wanted first.
pub fn recommendations(ledger: &Ledger, inventory: &Inventory) -> Vec<Plain> {
    let mut advice = Vec::new();
    let mut add = |topic: &str, text: String, facts: Vec<usize>| {
        advice.push(Plain { topic: topic.to_owned(), text, facts });
    };
    if ledger.rows.is_empty() {
        let text = "Put benchmark results with a column such as tokens_per_second, ttft_ms or latency_ms \
                    into the folder as CSV or JSON, and make the report again.";
        add("Data", text.to_owned(), Vec::new());
    }
    let metrics = compared(ledger);
    if let Some(metric) = metrics.first() {
        let row = metric.best;
        let best =
            row.index(ledger, Statistic::Best).and_then(|index| Some((index, ledger.facts.get(index)?)));
        if let Some((index, fact)) = best
            && let Some(with) = configuration(fact, row)
        {
            let text = format!(
                "Where {} matters most, start {} from {with}, which reached {} in its best run, and repeat it \
                 before relying on it.",
                in_sentence(&label(row)),
                group_name(&row.group),
                fact.text,
            );
            add("Configuration", text, vec![index]);
        } else if metric.rows > 1
            && let Some(index) = row.index(ledger, Statistic::Median)
            && let Some(fact) = ledger.facts.get(index)
        {
            let text = format!(
                "Where {} matters most, prefer {}, which had the best median of {}, and check its quality first.",
                in_sentence(&label(row)),
                group_name(&row.group),
                fact.text,
            );
            add("Configuration", text, vec![index]);
        }
    }
    if let Some((_, facts)) = cold_start(ledger) {
        let text = "Run each configuration once before measuring, or report first runs apart: a cold start is in \
                    the data.";
        add("Warm-up", text.to_owned(), facts);
    }
    if let Some((row, index)) = few_runs(ledger) {
        let runs = ledger.facts.get(index).map_or("", |fact| fact.text.as_str());
        let text = format!(
            "Repeat the runs of {}: {} rests on {runs}, too few for a median to hold.",
            group_name(&row.group),
            in_sentence(&label(row)),
        );
        add("More runs", text, vec![index]);
    }
    if let Some((row, deviation, mean)) = widest(ledger) {
        let text = format!(
            "Find out why {} of {} varies so much (standard deviation {} at a mean of {}) before comparing it.",
            in_sentence(&label(row)),
            group_name(&row.group),
            fact_text(ledger, deviation),
            fact_text(ledger, mean),
        );
        add("Spread", text, vec![deviation, mean]);
    }
    if let Some(index) = ledger.about("failed rows", Statistic::Count)
        && ledger.count("failed rows") > 0
    {
        let text = format!(
            "Look into the failures first: {} are missing from every comparison.",
            fact_text(ledger, index)
        );
        add("Failures", text, vec![index]);
    }
    if let Some((file, problem)) = inventory.problems().find(|(file, _)| !file.generated) {
        let line = problem.line.map(|line| format!(" at line {line}")).unwrap_or_default();
        let text = format!(
            "Repair {}{line} and the other files with problems, so that their values count.",
            one_line(&file.path)
        );
        add("Files", text, Vec::new());
    }
    if advice.is_empty() {
        let text = "Vary one setting at a time and keep the runs of each in the folder, so that the effect of a \
                    setting can be seen.";
        advice.push(Plain { topic: "Method".to_owned(), text: text.to_owned(), facts: Vec::new() });
    }
    advice
}

/// Risks with their mitigations; two at least.
pub fn risks(ledger: &Ledger) -> Vec<(Plain, String)> {
    let mut risks = Vec::new();
    let mut add = |topic: &str, text: String, facts: Vec<usize>, mitigation: &str| {
        risks.push((Plain { topic: topic.to_owned(), text, facts }, mitigation.to_owned()));
    };
    if ledger.rows.is_empty() {
        let text = "Nothing was measured, so no setting can be preferred on this data.".to_owned();
        add("No data", text, Vec::new(), "Add benchmark results and make the report again.");
    }
    if let Some((row, index)) = few_runs(ledger) {
        let text =
            format!("{} of {} rests on {}.", label(row), group_name(&row.group), fact_text(ledger, index));
        add(
            "Few runs",
            text,
            vec![index],
            "Repeat each configuration, then compare medians and not single runs.",
        );
    }
    if let Some((text, facts)) = cold_start(ledger) {
        add("Cold start", text, facts, "Warm up before measuring, and keep first runs apart.");
    }
    if let Some(index) = ledger.about("failed rows", Statistic::Count)
        && ledger.count("failed rows") > 0
    {
        let text =
            format!("{} are left out, so the rest may look better than it is.", fact_text(ledger, index));
        add("Failures", text, vec![index], "Give the share of failed runs beside every figure.");
    }
    if ledger.rows.iter().any(|row| row.nature == Nature::Summary) {
        let text =
            "Some values had been averaged before they were written, so their spread is lost.".to_owned();
        add("Summaries", text, Vec::new(), "Keep the single runs beside the summary.");
    }
    let text = "Speed alone says nothing about the quality of the answers.".to_owned();
    add("Quality", text, Vec::new(), "Score the answers of a setting before adopting it.");
    let text = "Hardware, drivers and load of the machine may have differed between the files.".to_owned();
    add("Environment", text, Vec::new(), "Record the environment with each run, and compare like with like.");
    risks
}

fn fact_text(ledger: &Ledger, index: usize) -> &str {
    ledger.facts.get(index).map_or("", |fact| fact.text.as_str())
}

/// The most wanted row with too few runs, and its count.
fn few_runs(ledger: &Ledger) -> Option<(&FactRow, usize)> {
    wanted(ledger).find_map(|row| {
        let index = row.index(ledger, Statistic::N)?;
        ledger.facts.get(index).is_some_and(|fact| fact.value < FEW_RUNS).then_some((row, index))
    })
}

/// The most wanted row with a wide spread: its deviation and mean.
fn widest(ledger: &Ledger) -> Option<(&FactRow, usize, usize)> {
    wanted(ledger).find_map(|row| {
        let (deviation, mean) = (row.index(ledger, Statistic::Stddev)?, row.index(ledger, Statistic::Mean)?);
        let (spread, middle) = (ledger.facts.get(deviation)?.value, ledger.facts.get(mean)?.value);
        (middle != 0.0 && (spread / middle).abs() > WIDE_SPREAD).then_some((row, deviation, mean))
    })
}

/// Rows worth advice: samples of known metrics where there are any, those with a name first.
fn wanted(ledger: &Ledger) -> impl Iterator<Item = &FactRow> {
    let mut rows: Vec<&FactRow> = ledger.rows.iter().filter(|row| row.nature == Nature::Sample).collect();
    if rows.iter().any(|row| row.metric.0.known.is_some()) {
        rows.retain(|row| row.metric.0.known.is_some());
    }
    rows.sort_by_key(|row| (row.group.0.is_empty(), row.metric.0.rank));
    rows.into_iter()
}
