//! What code says of the facts in plain words: true, short, and there also when no model
//! is. Every figure in it is the text of a fact.

use crate::{
    grounding::fact::{Fact, FactRow, Ledger, Statistic},
    ingest::inventory::Inventory,
    metrics::{names::Known, series::Nature},
    report::prompt::Task,
    report::wording::{configuration, group_name, in_sentence, label, one_line},
};

mod advice;

pub use advice::{recommendations, risks};

/// Metrics that findings speak of, the most wanted first.
const METRICS_IN_FINDINGS: usize = 3;
/// Metrics that the summary speaks of.
const METRICS_IN_SUMMARY: usize = 2;
/// A group with fewer runs is not called the best while another has as many.
const LEAST_RUNS: f64 = 3.0;
/// Fewer runs than this make a median that the next run can overturn.
pub const FEW_RUNS: f64 = 5.0;
/// A deviation above this share of the mean is a wide spread.
pub const WIDE_SPREAD: f64 = 0.25;

/// A sentence of the report and the facts in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plain {
    /// Two or three words on what it is about.
    pub topic: String,
    /// The sentence.
    pub text: String,
    /// Its facts, as indices into the ledger.
    pub facts: Vec<usize>,
}

/// A metric whose groups are set side by side.
pub(crate) struct Compared<'a> {
    pub best: &'a FactRow,
    pub worst: &'a FactRow,
    pub rows: usize,
}

/// The metrics of the ledger, most wanted first, each with its best and worst group.
/// Groups with a name and more than a few runs speak, where there are any.
pub(crate) fn compared(ledger: &Ledger) -> Vec<Compared<'_>> {
    let mut metrics: Vec<Vec<(&FactRow, f64)>> = Vec::new();
    for row in ledger.rows.iter().filter(|row| row.nature == Nature::Sample && row.metric.0.better.is_some())
    {
        let Some(median) = row.fact(ledger, Statistic::Median).map(|fact| fact.value) else { continue };
        match metrics.iter_mut().find(|rows| rows.first().is_some_and(|first| first.0.is_comparable(row))) {
            Some(rows) => rows.push((row, median)),
            None => metrics.push(vec![(row, median)]),
        }
    }
    metrics
        .sort_by_key(|rows| rows.first().map(|(row, _)| (row.metric.0.known.is_none(), row.metric.0.rank)));
    metrics.into_iter().filter_map(|rows| extremes(rows, ledger)).collect()
}

fn extremes<'a>(rows: Vec<(&'a FactRow, f64)>, ledger: &Ledger) -> Option<Compared<'a>> {
    let count = rows.len();
    let runs = |row: &FactRow| row.fact(ledger, Statistic::N).map_or(0.0, |fact| fact.value);
    let named = preferred(rows, |row| !row.group.0.is_empty());
    let rows = preferred(named, |row| runs(row) >= LEAST_RUNS);
    let best =
        rows.iter().copied().reduce(|best, next| if next.0.is_better(next.1, best.1) { next } else { best });
    let worst = rows
        .iter()
        .copied()
        .reduce(|worst, next| if next.0.is_better(worst.1, next.1) { next } else { worst });
    Some(Compared { best: best?.0, worst: worst?.0, rows: count })
}

/// Those that `is_wanted` holds for, or all where it holds for none.
fn preferred(rows: Vec<(&FactRow, f64)>, is_wanted: impl Fn(&FactRow) -> bool) -> Vec<(&FactRow, f64)> {
    if rows.iter().any(|(row, _)| is_wanted(row)) {
        rows.into_iter().filter(|(row, _)| is_wanted(row)).collect()
    } else {
        rows
    }
}

/// The findings, most wanted first.
pub fn findings(ledger: &Ledger, inventory: &Inventory) -> Vec<Plain> {
    let mut findings = Vec::new();
    let compared = compared(ledger);
    for metric in compared.iter().take(METRICS_IN_FINDINGS) {
        findings.extend(fastest(ledger, metric));
    }
    if let Some(metric) = compared.first() {
        findings.extend(best_configuration(ledger, metric));
    }
    findings.extend(cold_start(ledger).map(|(text, facts)| Plain {
        topic: "Cold start".to_owned(),
        text,
        facts,
    }));
    findings.extend(failures(ledger));
    findings.extend(unread(ledger, inventory));
    if findings.is_empty() {
        findings.extend(nothing(ledger));
    }
    findings
}

/// `Throughput was best for A: a median of … over …; it was worst for B: …`
fn fastest(ledger: &Ledger, compared: &Compared<'_>) -> Option<Plain> {
    let (best, worst) = (compared.best, compared.worst);
    let (median, runs) = (best.index(ledger, Statistic::Median)?, best.index(ledger, Statistic::N)?);
    let text = |index: usize| ledger.facts.get(index).map_or("", |fact| fact.text.as_str());
    let name = label(best);
    let mut facts = vec![median, runs];
    let text = if best.group == worst.group {
        format!("{name} of {} had a median of {} over {}.", group_name(&best.group), text(median), text(runs))
    } else {
        let (low, low_runs) = (worst.index(ledger, Statistic::Median)?, worst.index(ledger, Statistic::N)?);
        facts.extend([low, low_runs]);
        format!(
            "{name} was best for {}, with a median of {} over {}, and worst for {}, with a median of {} over {}.",
            group_name(&best.group),
            text(median),
            text(runs),
            group_name(&worst.group),
            text(low),
            text(low_runs),
        )
    };
    Some(Plain { topic: name, text, facts })
}

fn best_configuration(ledger: &Ledger, compared: &Compared<'_>) -> Option<Plain> {
    let row = compared.best;
    let index = row.index(ledger, Statistic::Best)?;
    let fact = ledger.facts.get(index)?;
    let with = configuration(fact, row)?;
    Some(Plain {
        topic: "Best single run".to_owned(),
        text: format!(
            "The best single run of {} reached {} in {} with {with}.",
            group_name(&row.group),
            fact.text,
            in_sentence(&label(row)),
        ),
        facts: vec![index],
    })
}

/// The most wanted row with a cold start: the sentence and its facts.
pub(crate) fn cold_start(ledger: &Ledger) -> Option<(String, Vec<usize>)> {
    let rows = || ledger.rows.iter().filter(|row| row.fact(ledger, Statistic::First).is_some());
    let row = rows().find(|row| row.metric.0.known == Some(Known::Ttft)).or_else(|| rows().next())?;
    let (first, median) = (row.index(ledger, Statistic::First)?, row.index(ledger, Statistic::Median)?);
    let (first_fact, median_fact) = (ledger.facts.get(first)?, ledger.facts.get(median)?);
    let path = first_fact.sources.first().map(|source| one_line(&source.path))?;
    let text = format!(
        "The first run in {path} took {} in {}, against a median of {} for {}: it paid for a cold start.",
        first_fact.text,
        in_sentence(&label(row)),
        median_fact.text,
        group_name(&row.group),
    );
    Some((text, vec![first, median]))
}

fn failures(ledger: &Ledger) -> Option<Plain> {
    let index = ledger.about("failed rows", Statistic::Count)?;
    let fact = ledger.facts.get(index).filter(|fact| fact.value > 0.0)?;
    let files: Vec<String> = fact.sources.iter().map(|source| one_line(&source.path)).take(2).collect();
    let place =
        if files.is_empty() { String::new() } else { format!(", for instance in {}", files.join(" and ")) };
    let verb = if fact.value > 1.0 { "are" } else { "is" };
    Some(Plain {
        topic: "Failed rows".to_owned(),
        text: format!("{} {verb} counted apart and in no statistic{place}.", fact.text),
        facts: vec![index],
    })
}

fn unread(ledger: &Ledger, inventory: &Inventory) -> Option<Plain> {
    let found = ["unreadable files", "partly read files"].map(|subject| {
        let index = ledger.about(subject, Statistic::Count)?;
        ledger.facts.get(index).filter(|fact| fact.value > 0.0).map(|fact| (index, fact))
    });
    let facts: Vec<(usize, &Fact)> = found.into_iter().flatten().collect();
    if facts.is_empty() {
        return None;
    }
    let counts: Vec<&str> = facts.iter().map(|(_, fact)| fact.text.as_str()).collect();
    let example = inventory.problems().find(|(file, _)| !file.generated);
    let example = example.map(|(file, _)| format!(", the first of them {}", one_line(&file.path)));
    Some(Plain {
        topic: "Files with problems".to_owned(),
        text: format!("The folder has {}{}.", counts.join(" and "), example.unwrap_or_default()),
        facts: facts.into_iter().map(|(index, _)| index).collect(),
    })
}

/// A folder without metrics says so.
fn nothing(ledger: &Ledger) -> Option<Plain> {
    let index = ledger.about("files", Statistic::Count)?;
    let fact = ledger.facts.get(index)?;
    let text = if fact.value < 1.0 {
        "The folder has no CSV, JSON or Markdown file yet, so there is nothing to measure.".to_owned()
    } else {
        format!("The folder has {}, and no field of a known metric was found in them.", fact.text)
    };
    Some(Plain { topic: "Data".to_owned(), text, facts: vec![index] })
}

/// The sentence by code that an answer of the model begins with.
pub fn opening(task: Task, ledger: &Ledger, inventory: &Inventory) -> String {
    let first = |list: Vec<Plain>| list.into_iter().next().map(|plain| plain.text).unwrap_or_default();
    match task {
        Task::Analysis | Task::Findings => first(findings(ledger, inventory)),
        Task::Summary => summary(ledger).into_iter().nth(1).map(|plain| plain.text).unwrap_or_default(),
        Task::Recommendations => first(recommendations(ledger, inventory)),
        Task::Risks => risks(ledger)
            .into_iter()
            .next()
            .map(|(risk, mitigation)| format!("Risk: {} Mitigation: {mitigation}", risk.text))
            .unwrap_or_default(),
    }
}

/// The executive summary by code.
pub fn summary(ledger: &Ledger) -> Vec<Plain> {
    let mut sentences = Vec::new();
    if ledger.rows.is_empty() {
        sentences.extend(nothing(ledger));
    } else if let Some(index) = ledger.about("files", Statistic::Count) {
        let files = ledger.facts.get(index).map_or("", |fact| fact.text.as_str());
        let text = format!("This report rests on {files}, read and computed by code.");
        sentences.push(Plain { topic: "Data".to_owned(), text, facts: vec![index] });
    }
    for metric in compared(ledger).iter().take(METRICS_IN_SUMMARY) {
        let row = metric.best;
        let Some(index) = row.index(ledger, Statistic::Median) else { continue };
        let median = ledger.facts.get(index).map_or("", |fact| fact.text.as_str());
        let name = in_sentence(&label(row));
        let text = format!("The best median {name} is {median}, of {}.", group_name(&row.group));
        sentences.push(Plain { topic: label(row), text, facts: vec![index] });
    }
    sentences
}

#[cfg(test)]
mod tests;
