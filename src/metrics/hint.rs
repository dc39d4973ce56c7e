//! What a column is by the tool that wrote it.

use std::sync::Arc;

use super::{
    names::{self, Class},
    unit::UnitOrigin,
};
use crate::ingest::{
    field,
    file::{Column, HintRole},
};

/// The class of a column that an adapter knows; `None` when its own name must say it.
pub(super) fn class(column: &Column) -> Option<Class> {
    let hint = column.hint.as_ref()?;
    let name = hint.name.as_deref().unwrap_or_else(|| column.name.trim_start_matches("../"));
    match hint.role {
        // Nor is it what a unit or a metric's name in its row could be meant for.
        Some(HintRole::Detail) => return Some(Class::Identifier),
        Some(HintRole::Dimension) => {
            let known = field::dimension(name).map(|(dimension, _)| dimension);
            let own = || Arc::from(field::words(field::leaf(name)).replace(' ', "_"));
            return Some(Class::Dimension(known.unwrap_or_else(own)));
        }
        None => {}
    }
    let highest = column.cells.numbers().reduce(f64::max);
    let unit = column.unit.as_deref().or(hint.unit.as_deref());
    let mut class = names::classify(name, unit, highest.is_some(), highest);
    let Class::Metric(measure) = &mut class else {
        // Under another name it is what that name says, a number of no kind at the least.
        return (hint.name.is_some() || hint.unit.is_some()).then_some(class);
    };
    if column.unit.is_none() && hint.unit.is_some() {
        measure.origin = UnitOrigin::Tool;
    }
    if let Some(statistic) = &hint.statistic {
        let name = field::is_statistic(&field::words(statistic)).unwrap_or_else(|| statistic.to_string());
        measure.statistic = (!name.is_empty()).then_some(name);
    }
    Some(class)
}
