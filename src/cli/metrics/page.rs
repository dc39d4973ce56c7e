//! The answers as tables: in blocks for people, flat for everything else.

use super::{
    Asked,
    statistic::{Computed, Statistic, Worth},
};
use crate::{
    cli::output::{Cell, Side, Table},
    metrics::{
        format,
        names::Better,
        query::{Answer, Answers, Place, Ratio},
        series::Nature,
        unit::UnitOrigin,
    },
    text::sanitize::Shown,
};

/// Failed rows that are shown; all are in JSON.
const MOST_FAILED: usize = 3;
/// Stands before what belongs to the row above it.
const INDENT: &str = "  ";
/// Where values come from that no one file holds.
const SEVERAL_FILES: &str = "–";

/// A table for each metric and field: what its rows share stands above it once, so that the
/// numbers have the line for themselves.
pub(super) fn blocks(answers: &Answers, asked: &Asked) -> Vec<(String, Table)> {
    // A line of zeros beside the series that has the values helps nobody.
    let told: Vec<&Answer> = answers.answers.iter().filter(|answer| !answer.is_spoken_for()).collect();
    let told = if asked.wants_series() { told } else { Vec::new() };
    let mut order: Vec<Vec<&Answer>> = Vec::new();
    for answer in told {
        match order.iter_mut().find(|block| block.first().is_some_and(|first| is_alike(first, answer))) {
            Some(block) => block.push(answer),
            None => order.push(vec![answer]),
        }
    }
    let mut tables: Vec<(String, Table)> = order.iter().filter_map(|block| table(block, asked)).collect();
    tables.extend(answers.ratios.iter().map(|ratio| (ratio_line(ratio), Table::new(&[]))));
    tables
}

fn table(block: &[&Answer], asked: &Asked) -> Option<(String, Table)> {
    let statistics = asked.statistics(&Statistic::SHORT);
    let excludes = block.iter().any(|answer| answer.excluded_total() > 0);
    let is_needless =
        |statistic| statistic == Statistic::Excluded && !excludes && asked.statistics.is_empty();
    let columns = statistics.iter().copied();
    let columns: Vec<Statistic> =
        columns.filter(|statistic| !is_line(*statistic, asked) && !is_needless(*statistic)).collect();
    let names: Vec<String> = columns.iter().map(|statistic| statistic.name()).collect();
    let mut heads = vec![("group", Side::Elastic)];
    heads.extend(names.iter().map(|name| (name.as_str(), Side::Right)));
    let mut table = Table::new(&heads);
    for answer in block {
        rows(&mut table, answer, statistics, &columns);
    }
    if let Some(reasons) = reasons(block) {
        table.span(Shown::new(&format!("{INDENT}excluded: {reasons}")));
    }
    block.first().map(|first| (heading(first, block), table))
}

fn is_line(statistic: Statistic, asked: &Asked) -> bool {
    matches!(statistic, Statistic::Argmin | Statistic::Argmax)
        || (statistic == Statistic::RatioOfTotals && asked.wants_ratio)
}

/// May they stand in one block?
fn is_alike(one: &Answer, other: &Answer) -> bool {
    one.metric_name() == other.metric_name()
        && one.nature == other.nature
        && one.field == other.field
        && one.unit == other.unit
}

fn heading(first: &Answer, block: &[&Answer]) -> String {
    let is_guess = block.iter().any(|answer| answer.unit_origin == Some(UnitOrigin::Guess));
    let unit = match (first.unit.as_str(), is_guess) {
        ("", _) => String::new(),
        (unit, false) => format!(", {unit}"),
        (unit, true) => format!(", {unit} (unit is a guess)"),
    };
    let better = match first.better() {
        Some(Better::Higher) => ", higher is better",
        Some(Better::Lower) => ", lower is better",
        None => "",
    };
    let label = first.label();
    let field = if label == &*first.field { String::new() } else { format!(", from {}", first.field) };
    let nature = match first.nature {
        Nature::Sample => "",
        Nature::Summary => " (summary by others)",
        Nature::Stated => " (stated in a document)",
    };
    format!("{label}{unit}{better}{field}{nature}")
}

fn rows(table: &mut Table, answer: &Answer, statistics: &[Statistic], columns: &[Statistic]) {
    let computed = Computed::of(&answer.numbers);
    let mut row: Vec<Cell> = vec![Shown::new(&group_or_origin(answer)).into()];
    row.extend(columns.iter().map(|statistic| narrow(computed.worth_in(answer, *statistic))));
    table.row(row);
    let is_counted = |statistic: &Statistic| {
        matches!(statistic, Statistic::Excluded | Statistic::Failed | Statistic::Count)
    };
    if let Some((warm, cold)) = answer.apart().filter(|_| !columns.iter().all(is_counted)) {
        for (name, numbers) in [("warm", warm), ("cold", cold)] {
            let computed = Computed::of(&numbers);
            let mut row: Vec<Cell> = vec![Shown::new(&format!("{INDENT}{name}")).into()];
            row.extend(columns.iter().map(|statistic| {
                if is_counted(statistic) {
                    Shown::default().into()
                } else {
                    narrow(computed.worth(*statistic))
                }
            }));
            table.row(row);
        }
    }
    for statistic in statistics {
        let place = match statistic {
            Statistic::Argmin => answer.least.as_ref(),
            Statistic::Argmax => answer.greatest.as_ref(),
            _ => None,
        };
        if let Some(place) = place {
            let number = place.number.map(format::number).unwrap_or_default();
            let name = statistic.name();
            table.span(Shown::new(&format!("{INDENT}{name} {number} {}", place_line(place))));
        }
        if *statistic == Statistic::Failed {
            for place in answer.failed_places.iter().take(MOST_FAILED) {
                table.span(Shown::new(&format!("{INDENT}failed {}", place_line(place))));
            }
            let more = answer.failed.saturating_sub(MOST_FAILED as u64);
            if more > 0 {
                table.span(Shown::new(&format!("{INDENT}and {more} more failed")));
            }
        }
    }
}

fn place_line(place: &Place) -> String {
    let group = place.group.to_string();
    let behind = if group.is_empty() { group } else { format!(" ({group})") };
    format!("at {}:{}{behind}", place.path, place.line)
}

fn ratio_line(ratio: &Ratio) -> String {
    let value = ratio.value().map_or_else(|| "not defined".to_owned(), format::number);
    let unit = if ratio.unit.is_empty() { String::new() } else { format!(" {}", ratio.unit) };
    let group = if ratio.group.0.is_empty() { String::new() } else { format!(" ({})", ratio.group) };
    format!(
        "sum({}) / sum({}) = {value}{unit} over {} rows, {} excluded{group}",
        ratio.total_field, ratio.over_field, ratio.n, ratio.excluded
    )
}

fn reasons(block: &[&Answer]) -> Option<String> {
    let mut counts: Vec<(String, u64)> = Vec::new();
    for exclusion in block.iter().flat_map(|answer| answer.excluded()) {
        match counts.iter_mut().find(|(reason, _)| **reason == *exclusion.reason) {
            Some((_, count)) => *count += exclusion.count,
            None => counts.push((exclusion.reason.to_string(), exclusion.count)),
        }
    }
    let told: Vec<String> = counts.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// The group, or where the values come from when their rows name none.
fn group_or_origin(answer: &Answer) -> String {
    match answer.files.as_slice() {
        _ if !answer.group.0.is_empty() => answer.group.to_string(),
        [file] => {
            let name = file.rsplit('/').next().unwrap_or(file);
            name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned()
        }
        _ => SEVERAL_FILES.to_owned(),
    }
}

/// A cell of a table that has to fit a screen.
fn narrow(worth: Worth) -> Cell {
    match worth {
        Worth::Number(number) => Cell::short(number),
        other => cell(other),
    }
}

fn cell(worth: Worth) -> Cell {
    match worth {
        Worth::Count(count) => Cell::count(count),
        Worth::Number(number) => Cell::number(number),
        Worth::Interval(Some((low, high))) => Cell::with_exact(
            &format!("[{}, {}]", format::number(low), format::number(high)),
            format!("[{low}, {high}]"),
        ),
        Worth::Interval(None) | Worth::Place => Cell::nothing(),
    }
}

/// One row for each series, everything in it.
pub(super) fn flat(answers: &Answers, asked: &Asked) -> Table {
    let statistics = asked.statistics(&Statistic::USUAL);
    let names: Vec<String> = statistics.iter().map(|statistic| statistic.name()).collect();
    let mut heads = vec![("metric", Side::Left), ("unit", Side::Left)];
    heads.extend(names.iter().map(|name| (name.as_str(), Side::Right)));
    let tail = ["group", "field", "nature", "unit_origin", "files"];
    heads.extend(tail.map(|name| (name, Side::Left)));
    let mut table = Table::new(&heads);
    let told = answers.answers.iter().filter(|_| asked.wants_series());
    for answer in told.filter(|answer| !answer.is_spoken_for()) {
        let computed = Computed::of(&answer.numbers);
        let mut row: Vec<Cell> =
            vec![Shown::new(answer.metric_name()).into(), Shown::new(&answer.unit).into()];
        row.extend(statistics.iter().map(|statistic| match statistic {
            Statistic::Argmin => place_cell(answer.least.as_ref()),
            Statistic::Argmax => place_cell(answer.greatest.as_ref()),
            other => cell(computed.worth_in(answer, *other)),
        }));
        let told = [
            answer.group.to_string(),
            answer.field.to_string(),
            super::document::nature(answer.nature).to_owned(),
            answer.unit_origin.map(super::document::origin).unwrap_or_default().to_owned(),
            answer.files.join(" "),
        ];
        row.extend(told.iter().map(|text| Cell::from(Shown::new(text))));
        table.row(row);
    }
    for ratio in &answers.ratios {
        let field = format!("{} / {}", ratio.total_field, ratio.over_field);
        let mut row: Vec<Cell> = vec![Shown::new(&field).into(), Shown::new(&ratio.unit).into()];
        row.extend(statistics.iter().map(|statistic| match statistic {
            Statistic::N => Cell::count(ratio.n),
            Statistic::Excluded => Cell::count(ratio.excluded),
            Statistic::RatioOfTotals => Cell::number(ratio.value()),
            _ => Cell::nothing(),
        }));
        let told = [ratio.group.to_string(), field, String::new(), String::new(), ratio.files.join(" ")];
        row.extend(told.iter().map(|text| Cell::from(Shown::new(text))));
        table.row(row);
    }
    table
}

fn place_cell(place: Option<&Place>) -> Cell {
    place.map_or_else(Cell::nothing, |place| Shown::new(&format!("{}:{}", place.path, place.line)).into())
}
