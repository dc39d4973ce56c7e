//! The text beside the table: the figures of the selected row, the configuration of both sides,
//! and what makes the comparison doubtful.

use std::sync::Arc;

use super::{UNDEFINED, interval, percent, printed};
use crate::{
    app::sheet::{Sheet, SheetColumn},
    compare::{self, Compared, Comparison, Figures, Row as Delta, list},
    metrics::format,
    text::{
        sanitize::Shown,
        wrap::{Role, Row},
    },
};

/// Files named of one side; the rest is counted.
const FILES: usize = 20;

/// The figures of one row, the settings of both sides, and what to think of them.
pub(super) fn rows(comparison: &Comparison, row: Option<&Delta>, width: u16) -> Vec<Row> {
    let mut sheet = Sheet::new(width);
    if let Some(row) = row {
        of_row(&mut sheet, row);
    }
    configuration(&mut sheet, comparison);
    if !comparison.warnings.is_empty() {
        sheet.heading("Warnings");
    }
    for warning in &comparison.warnings {
        sheet.pair_with("!", 1, warning, Role::Strong);
    }
    if !comparison.notes.is_empty() {
        sheet.heading("Notes");
    }
    for note in &comparison.notes {
        sheet.text(Role::Body, note);
    }
    sheet.into_rows()
}

/// What the sides were run with: what differs first, and what is the same in a line.
fn configuration(sheet: &mut Sheet, comparison: &Comparison) {
    let (same, differing): (Vec<&Compared>, Vec<&Compared>) =
        comparison.configuration.iter().partition(|it| it.base == it.candidate);
    if !differing.is_empty() {
        sheet.heading("Configuration that differs");
        let column = |title: &str, cell: &dyn Fn(&Compared) -> String| SheetColumn {
            title: Shown::new(title),
            cells: differing.iter().map(|it| Shown::new(&cell(it))).collect(),
            is_numeric: false,
        };
        sheet.table(&[
            column("", &|it| it.key.to_string()),
            column("base", &|it| values(&it.base)),
            column("candidate", &|it| values(&it.candidate)),
        ]);
    }
    if !same.is_empty() {
        sheet.heading("The same on both sides");
        let same: Vec<String> = same.iter().map(|it| format!("{}\u{a0}{}", it.key, list(&it.base))).collect();
        sheet.text(Role::Body, &same.join(", "));
    }
}

fn values(values: &[Arc<str>]) -> String {
    if values.is_empty() { UNDEFINED.to_owned() } else { list(values) }
}

fn of_row(sheet: &mut Sheet, row: &Delta) {
    let verdict = format!("{} {}", row.verdict.sign(), row.verdict.as_str());
    sheet.pair_with("verdict", LABEL, &verdict, Role::Strong);
    if !row.group.0.is_empty() {
        sheet.pair_with("group", LABEL, &row.group.to_string(), Role::Body);
    }
    if let Some(delta) = row.delta_pct {
        let interval = row.ci95.map(|ends| format!(", 95 % interval {}", interval(Some(ends))));
        let text = format!("{} of the medians{}", percent(delta), interval.unwrap_or_default());
        sheet.pair_with("difference", LABEL, &text, Role::Body);
    }
    if let Some(test) = &row.test {
        let text = format!(
            "{}: p {}, adjusted for the table {}",
            test.method.name(),
            format::p_value(test.p_value),
            format::p_value(test.p_adjusted)
        );
        sheet.pair_with("test", LABEL, &text, Role::Body);
        let hedges = test.hedges_g.map(|g| format!(", Hedges' g {g:+.2}")).unwrap_or_default();
        let size = compare::rank::size_of(test.cliffs_delta);
        let text = format!("{size} (Cliff's delta {:+.2}{hedges})", test.cliffs_delta);
        sheet.pair_with("effect", LABEL, &text, Role::Body);
    }
    if let Some(more) = row.more_runs {
        let text = match more {
            it if it.is_least => format!(
                "more than {} more on each side would settle it",
                format::count(u64::from(it.per_side))
            ),
            it => {
                format!("about {} more on each side would settle it", format::count(u64::from(it.per_side)))
            }
        };
        sheet.pair_with("runs", LABEL, &text, Role::Body);
    }
    for note in &row.notes {
        sheet.pair_with("note", LABEL, note, Role::Body);
    }
    sheet.heading("Both sides");
    sides(sheet, row);
    for (name, figures) in [("Base", &row.base), ("Candidate", &row.candidate)] {
        let Some(figures) = figures else { continue };
        sheet.heading(&format!("Files of the {}", name.to_lowercase()));
        for path in figures.files.iter().take(FILES) {
            sheet.text(Role::Body, path);
        }
        if figures.files.len() > FILES {
            sheet.text(Role::Muted, &format!("… {} more files", figures.files.len() - FILES));
        }
    }
}

/// Columns of the labels in front of values.
const LABEL: usize = 11;

fn sides(sheet: &mut Sheet, row: &Delta) {
    let names = ["n", "left out", "cold", "median", "mean", "sd", "min", "max", "p95"];
    let of = |figures: &Option<Figures>| -> Vec<Shown> {
        let Some(figures) = figures else { return vec![Shown::new(UNDEFINED); names.len()] };
        let stats = &figures.stats;
        let counts = [stats.n, figures.excluded_total(), figures.cold].map(format::count);
        let statistics = [stats.median, stats.mean, stats.stddev, stats.min, stats.max, stats.p95];
        counts.into_iter().chain(statistics.map(printed)).map(|text| Shown::new(&text)).collect()
    };
    let unit = row.unit.symbol();
    sheet.table(&[
        SheetColumn {
            title: Shown::new(unit),
            cells: names.iter().map(|name| Shown::new(name)).collect(),
            is_numeric: false,
        },
        SheetColumn { title: Shown::new("base"), cells: of(&row.base), is_numeric: true },
        SheetColumn { title: Shown::new("candidate"), cells: of(&row.candidate), is_numeric: true },
    ]);
}
