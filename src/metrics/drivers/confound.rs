//! Drivers that only stand for another: inside of the other's levels, or once the other
//! measure is taken into account, their effect is gone.

use std::sync::Arc;

use super::{
    ALPHA, Driver, MIN_ROWS, Sort,
    candidate::{COLD, Column, FIRST, Levels, REST, WARM},
    effect,
};
use crate::metrics::{
    format,
    ranks::{centred, median, pearson},
    series::Series,
};

/// An effect whose medians lie this much closer together inside of a level has gone there,
/// even where many rows make what is left of it certain.
const SHRUNK: f64 = 0.1;
/// So little of the whole spread left to explain is nothing.
const NEXT_TO_NOTHING: f64 = 0.05;

/// What a driver only stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct Confounding {
    /// The other candidate.
    pub with: Arc<str>,
    /// The level of it in which the driver was looked at; `None` for another measure.
    pub level: Option<Arc<str>>,
    /// Rows there.
    pub n: u64,
    /// Share of their spread that the driver explains there; of another measure: the share
    /// of the whole spread that is left for the driver.
    pub share: f64,
    /// p there; `None` where none was needed.
    pub p: Option<f64>,
    /// The facts in a sentence.
    pub sentence: String,
}

/// Looks at each dimension that was found inside of every other candidate that explains as
/// much.
pub fn find(values: &[f64], levels: &[Levels], columns: &[Column], series: &Series, drivers: &mut [Driver]) {
    let sizes: Vec<(Arc<str>, Sort, f64, bool)> = drivers
        .iter()
        .map(|driver| (Arc::clone(&driver.name), driver.sort, driver.effect.size(), driver.is_found()))
        .collect();
    for driver in drivers.iter_mut().filter(|driver| driver.sort == Sort::Dimension && driver.is_found()) {
        let Some(own) = levels.iter().find(|levels| levels.name == driver.name) else { continue };
        let size = driver.effect.size();
        let stronger = |name: &str, sort: Sort| {
            // `start` and `position` say how a run came about: they need not be stronger.
            let needed = if matches!(sort, Sort::Start | Sort::Position) { 0.0 } else { size };
            sizes.iter().any(|(known, _, size, is_found)| **known == *name && *is_found && *size >= needed)
        };
        let mut others: Vec<&Levels> = levels.iter().filter(|other| other.name != own.name).collect();
        others.sort_by_key(|other| std::cmp::Reverse(other.sort));
        for other in others {
            if stronger(&other.name, other.sort)
                && let Some(found) = inside(values, own, other, series)
            {
                driver.confounded.push(found);
                // One dimension that explains it away is enough.
                if other.sort == Sort::Dimension {
                    break;
                }
            }
        }
        // The measure that explains most speaks for the others.
        let size_of = |name: &str| sizes.iter().find(|known| *known.0 == *name).map_or(0.0, |known| known.2);
        let strongest = columns
            .iter()
            .filter(|column| stronger(&column.name, Sort::Measured))
            .max_by(|a, b| size_of(&a.name).total_cmp(&size_of(&b.name)));
        driver.confounded.extend(strongest.and_then(|column| beside(values, own, column, series)));
    }
}

/// Is the effect of `own` gone inside of the levels of `other`, while that of `other` is not
/// gone inside of its own?
fn inside(values: &[f64], own: &Levels, other: &Levels, series: &Series) -> Option<Confounding> {
    let rows: Vec<(f64, usize, usize)> = values
        .iter()
        .zip(own.of_row.iter().zip(&other.of_row))
        .filter_map(|(value, (own, other))| Some((*value, (*own)?, (*other)?)))
        .collect();
    let column = |pick: fn(&(f64, usize, usize)) -> usize| -> Vec<usize> { rows.iter().map(pick).collect() };
    let numbers: Vec<f64> = rows.iter().map(|row| row.0).collect();
    let (mine, theirs) = (column(|row| row.1), column(|row| row.2));
    let left = effect::of_levels(&numbers, &mine, &theirs)?;
    let back = effect::of_levels(&numbers, &theirs, &mine);
    // Where the other is constant inside of each own level, only the first test can tell.
    if back.is_some_and(|back| back.p > ALPHA) {
        return None;
    }
    // The level with most rows in which the own levels can be compared.
    let (level, here) = (0..other.names.len())
        .map(|level| (level, rows.iter().filter(|row| row.2 == level).copied().collect::<Vec<_>>()))
        .filter(|(_, here)| here.len() >= MIN_ROWS && here.iter().any(|row| row.1 != here[0].1))
        .max_by_key(|(level, here)| (here.len(), std::cmp::Reverse(*level)))?;
    let spread = |rows: &[(f64, usize, usize)]| {
        let medians: Vec<f64> = (0..own.names.len())
            .filter_map(|level| {
                let cell: Vec<f64> = rows.iter().filter(|row| row.1 == level).map(|row| row.0).collect();
                median(&cell)
            })
            .collect();
        let ends = (
            medians.iter().copied().fold(f64::INFINITY, f64::min),
            medians.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        );
        ends.1 - ends.0
    };
    let (whole, part) = (spread(&rows), spread(&here));
    let is_gone = left.p > ALPHA || part < whole * SHRUNK;
    if !is_gone || part > whole {
        return None;
    }
    let numbers: Vec<f64> = here.iter().map(|row| row.0).collect();
    let levels: Vec<usize> = here.iter().map(|row| row.1).collect();
    let effect = effect::of_levels(&numbers, &levels, &vec![0; here.len()]);
    let (share, p) = (effect.map_or(0.0, |effect| effect.size()), effect.map_or(1.0, |effect| effect.p));
    let shown = |number: f64| format::value(number, &series.unit);
    let sentence = format!(
        "among the {} rows {} the medians of its levels lie {} apart and it explains {} of the spread (p {}), among all {} rows {}{}",
        here.len(),
        level_phrase(other, &other.names[level]),
        shown(part),
        format::share(share),
        format::p_value(p),
        rows.len(),
        shown(whole),
        coincidence(&rows, own, other).map(|facts| format!("; {facts}")).unwrap_or_default(),
    );
    Some(Confounding {
        with: Arc::clone(&other.name),
        level: Some(Arc::clone(&other.names[level])),
        n: here.len() as u64,
        share,
        p: Some(p),
        sentence,
    })
}

/// Is nothing left to explain once another measure is taken into account?
fn beside(values: &[f64], own: &Levels, column: &Column, series: &Series) -> Option<Confounding> {
    let rows: Vec<(f64, usize, f64)> = values
        .iter()
        .zip(own.of_row.iter().zip(&column.of_row))
        .filter_map(|(value, (own, other))| Some((*value, (*own)?, (*other)?)))
        .collect();
    let numbers = centred(&rows.iter().map(|row| row.0).collect::<Vec<_>>());
    let other = centred(&rows.iter().map(|row| row.2).collect::<Vec<_>>());
    let r = pearson(&numbers, &other)?;
    let squares = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>();
    let slope = r * (squares(&numbers) / squares(&other)).sqrt();
    let left: Vec<f64> = numbers.iter().zip(&other).map(|(own, other)| own - slope * other).collect();
    let levels: Vec<usize> = rows.iter().map(|row| row.1).collect();
    let effect = effect::of_levels(&left, &levels, &vec![0; left.len()]);
    let share = effect.map_or(0.0, |effect| effect.share) * squares(&left) / squares(&numbers);
    if share > NEXT_TO_NOTHING {
        return None;
    }
    let sentence = format!(
        "once {} is taken into account, it explains {} of the spread of {}",
        column.name,
        format::share(share),
        series.metric.label(),
    );
    Some(Confounding {
        with: Arc::clone(&column.name),
        level: None,
        n: rows.len() as u64,
        share,
        p: None,
        sentence,
    })
}

/// "that are not the first …", "that started warm", "with `num_gpu=80`".
fn level_phrase(levels: &Levels, level: &str) -> String {
    let after = || {
        let detail = levels.detail.as_deref().unwrap_or_default();
        detail.strip_prefix("the first row ").unwrap_or(detail).to_owned()
    };
    match (levels.sort, level) {
        (Sort::Position, REST) => format!("that are not the first {}", after()),
        (Sort::Position, FIRST) => format!("that are the first {}", after()),
        (Sort::Start, WARM) => "that started warm".into(),
        (Sort::Start, COLD) => "that started cold".into(),
        _ => format!("with {}={level}", levels.name),
    }
}

/// How the two go together, where a level of one holds the other's rare level.
fn coincidence(rows: &[(f64, usize, usize)], own: &Levels, other: &Levels) -> Option<String> {
    let rare = match other.sort {
        Sort::Position => FIRST,
        Sort::Start => COLD,
        Sort::Dimension | Sort::Measured => return None,
    };
    let rare = other.names.iter().position(|name| **name == *rare)?;
    let counts = |level: usize| {
        let of_level = rows.iter().filter(move |row| row.1 == level);
        (of_level.clone().filter(|row| row.2 == rare).count(), of_level.count())
    };
    let total = rows.iter().filter(|row| row.2 == rare).count();
    let (level, (held, size)) = (0..own.names.len())
        .map(|level| (level, counts(level)))
        .max_by_key(|(level, (held, _))| (*held, std::cmp::Reverse(*level)))?;
    let word = if other.sort == Sort::Start { "cold" } else { "first" };
    let (outside, beyond) = (total - held, rows.len() - size);
    Some(format!(
        "{held} of the {size} rows with {}={} are {word}, {outside} of the other {beyond}",
        own.name, own.names[level]
    ))
}
