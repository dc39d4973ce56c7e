//! Box plots side by side, as rows of text: one for each group of a metric, on one scale.

use crate::{
    app::{brief::brief, sheet::run},
    metrics::{format, series::Series, stats::percentile},
    text::{
        sanitize::Shown,
        wrap::{Role, Row, Run},
    },
};

/// Columns of the groups' names.
const LABEL: usize = 24;
/// Columns of the medians.
const FIGURE: usize = 9;
/// A scale of fewer columns shows nothing.
const LEAST: usize = 10;
/// Whiskers reach to the last value within so many times the box (Tukey 1977).
const WHISKER: f64 = 1.5;

/// A group's box.
#[derive(Clone, Debug, PartialEq)]
struct Plot {
    label: String,
    is_selected: bool,
    /// Ends of the whiskers, quartiles between them.
    five: [f64; 5],
    /// Values beyond the whiskers.
    far: Vec<f64>,
    n: usize,
    cold: usize,
}

/// Every group of the series' metric and field, on one scale: warm values where some are cold.
pub(super) fn rows<'s>(series: &Series, all: impl Iterator<Item = &'s Series>, width: u16) -> Vec<Row> {
    let is_of_it = |other: &&Series| {
        other.metric == series.metric
            && other.field == series.field
            && other.nature == series.nature
            && other.unit == series.unit
    };
    let plots: Vec<Plot> = all
        .filter(is_of_it)
        .filter_map(|other| plot(other, other.group == series.group && other.files == series.files))
        .collect();
    let ends = super::chart::range(plots.iter().flat_map(|plot| plot.far.iter().chain(&plot.five).copied()));
    let Some((low, high)) = ends else {
        return vec![Row { runs: vec![run("no value to draw", Role::Muted)] }];
    };
    let label = LABEL.min(usize::from(width) / 3);
    let room = usize::from(width).saturating_sub(label + FIGURE + 3);
    if room < LEAST {
        return vec![Row { runs: vec![run("too narrow for box plots", Role::Muted)] }];
    }
    let shared = shared(&plots);
    let mut rows = vec![Row {
        runs: vec![
            run(&format!("{:label$} ", ""), Role::Body),
            run(&scale((low, high), series.unit.symbol(), room), Role::Muted),
            run(&format!(" {:>FIGURE$}", "median"), Role::Muted),
        ],
    }];
    for plot in &plots {
        let name = Shown::new(plot.label.strip_prefix(&*shared).unwrap_or(&plot.label)).truncated(label);
        let gap = " ".repeat(label.saturating_sub(name.width()) + 1);
        let role = if plot.is_selected { Role::Strong } else { Role::Body };
        let mut runs = vec![Run { text: name, role }, run(&gap, Role::Body)];
        runs.extend(drawn(plot, (low, high), room));
        runs.push(run(&format!(" {:>FIGURE$}", format::number(plot.five[2])), Role::Figure));
        rows.push(Row { runs });
        let far =
            if plot.far.is_empty() { String::new() } else { format!(", {} far out (·)", plot.far.len()) };
        let cold = if plot.cold > 0 { format!(", {} cold ones left out", plot.cold) } else { String::new() };
        let note = format!("{:label$} n {}{far}{cold}", "", plot.n);
        rows.push(Row { runs: vec![run(&note, Role::Muted)] });
    }
    rows.push(Row::default());
    let legend = "├ whiskers to the last value within 1.5 times the box ┤  █ box from p25 to p75  ┃ median";
    rows.extend(crate::text::wrap::wrap(&[run(legend, Role::Muted)], width, 0));
    rows
}

fn plot(series: &Series, is_selected: bool) -> Option<Plot> {
    let (cold, warm): (Vec<_>, Vec<_>) =
        series.values.iter().filter(|value| value.number.is_finite()).partition(|value| value.is_cold);
    // Cold runs alone are all there is.
    let (left_out, taken) = if warm.is_empty() { (warm, cold) } else { (cold, warm) };
    let mut sorted: Vec<f64> = taken.iter().map(|value| value.number).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let quartile = |p| percentile(&sorted, p);
    let (p25, median, p75) = (quartile(25.0)?, quartile(50.0)?, quartile(75.0)?);
    let reach = WHISKER * (p75 - p25);
    let is_near = |number: &&f64| (p25 - reach..=p75 + reach).contains(*number);
    let least = sorted.iter().find(is_near).copied().unwrap_or(p25);
    let greatest = sorted.iter().rev().find(is_near).copied().unwrap_or(p75);
    let far = sorted.iter().copied().filter(|number| !is_near(&number)).collect();
    let label = if series.group.0.is_empty() { series.group_or_origin() } else { brief(&series.group) };
    // Interpolated quartiles may lie beyond the last value that is near.
    let five = [least.min(p25), p25, median, p75, greatest.max(p75)];
    Some(Plot { label, is_selected, five, far, n: sorted.len(), cold: left_out.len() })
}

/// What all labels begin with, up to the last comma: it tells nothing.
fn shared(plots: &[Plot]) -> String {
    let [first, rest @ ..] = plots else { return String::new() };
    let shared = rest.iter().fold(first.label.as_str(), |shared, plot| {
        let same = shared.char_indices().zip(plot.label.chars()).find(|((_, one), other)| one != other);
        same.map_or(&shared[..shared.len().min(plot.label.len())], |((at, _), _)| &shared[..at])
    });
    if rest.is_empty() {
        String::new()
    } else {
        shared.rfind(", ").map_or("", |at| &shared[..at + 2]).to_owned()
    }
}

/// `100.2        104.8 tok/s`
fn scale((low, high): (f64, f64), unit: &str, room: usize) -> String {
    let (low, high) = (format::number(low), format!("{} {unit}", format::number(high)));
    let gap = room.saturating_sub(low.chars().count() + high.chars().count()).max(1);
    format!("{low}{}{high}", " ".repeat(gap))
}

fn drawn(plot: &Plot, (low, high): (f64, f64), room: usize) -> Vec<Run> {
    let at = |number: f64| {
        let share = if high > low { (number - low) / (high - low) } else { 0.5 };
        ((share * (room - 1) as f64).round() as usize).min(room - 1)
    };
    let mut cells = vec![(' ', Role::Body); room];
    let [least, p25, median, p75, greatest] = plot.five.map(at);
    for cell in &mut cells[least..=greatest] {
        *cell = ('─', Role::Muted);
    }
    cells[least] = ('├', Role::Muted);
    cells[greatest] = ('┤', Role::Muted);
    for cell in &mut cells[p25..=p75] {
        *cell = ('█', Role::Bullet);
    }
    for &number in &plot.far {
        let cell = &mut cells[at(number)];
        if cell.0 == ' ' {
            *cell = ('·', Role::Emphasis);
        }
    }
    cells[median] = ('┃', Role::Figure);
    cells
        .chunk_by(|one, other| one.1 == other.1)
        .map(|chunk| run(&chunk.iter().map(|cell| cell.0).collect::<String>(), chunk[0].1))
        .collect()
}
