//! Changes and ratios of two figures that stand beside them: `0.05 ms against 0.76 ms, a 15x
//! speedup`. Where both are grounded, so is what follows from them.

use super::{
    ItemStatus,
    amount::{Family, Print, readings},
    findings::Finding,
    scope::is_about,
    verdict::Backing,
};
use crate::{grounding::figure::figures, metrics::unit::Unit};

/// Bytes between a ratio and the figures that it is of.
const NEAR: usize = 160;

/// Grounds what follows from the figures beside it. `found` is in order.
pub fn derive(source: &str, found: &mut [Finding]) {
    for at in 0..found.len() {
        let Some(backing) = found.get(at).and_then(|finding| followed(source, found, at, finding)) else {
            continue;
        };
        if let Some(finding) = found.get_mut(at) {
            finding.status = ItemStatus::Grounded;
            finding.fact = Some(backing);
            finding.note = None;
        }
    }
}

fn followed(source: &str, found: &[Finding], at: usize, finding: &Finding) -> Option<Backing> {
    let is_fault = matches!(finding.status, ItemStatus::Mismatched | ItemStatus::Ungrounded);
    let unit = finding.unit.as_deref().filter(|_| is_fault)?;
    let is_of = |family: &Family| readings(unit).iter().any(|reading| reading.family == *family);
    let (is_factor, is_percent) = (is_of(&Family::Factor), is_of(&Family::Of(Unit::Percent)));
    if !is_factor && !is_percent {
        return None;
    }
    let figure = figures(&finding.text).into_iter().next()?;
    let before = source.get(..finding.range.start)?;
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let print = Print::of(&figure, is_about(before.get(line..)?));
    let end = source.get(finding.range.end..)?.find('\n').map_or(source.len(), |end| finding.range.end + end);
    let is_beside = |other: &&Finding| {
        other.status == ItemStatus::Grounded
            && other.range.start >= line
            && other.range.end <= end
            && other.range.end + NEAR >= finding.range.start
            && other.range.start <= finding.range.end + NEAR
            && other.fact.as_ref().is_some_and(|fact| fact.unit != "%" && !fact.unit.is_empty())
    };
    let left: Vec<&Backing> = found
        .iter()
        .take(at)
        .rev()
        .filter(is_beside)
        .take(2)
        .filter_map(|other| other.fact.as_ref())
        .collect();
    let right: Vec<&Backing> = found
        .iter()
        .skip(at + 1)
        .take_while(|other| other.range.start <= finding.range.end + NEAR)
        .filter(is_beside)
        .take(2)
        .filter_map(|other| other.fact.as_ref())
        .collect();
    let pairs = [(left.first(), left.get(1)), (right.first(), right.get(1)), (left.first(), right.first())];
    pairs.into_iter().find_map(|(one, other)| {
        let (one, other) = (one?, other?);
        let is_value = |backing: &Backing| {
            !matches!(backing.statistic.as_str(), "count" | "n" | "change" | "ratio" | "difference" | "cv")
        };
        let is_alike =
            one.unit == other.unit && one.subject == other.subject && is_value(one) && is_value(other);
        let (big, small) = (one.value.max(other.value), one.value.min(other.value));
        if !is_alike || small <= 0.0 {
            return None;
        }
        let (up, down) = ((big / small - 1.0) * 100.0, (1.0 - small / big) * 100.0);
        let values = match (is_factor, finding.text.chars().next()) {
            (true, _) => vec![big / small],
            (_, Some('+')) => vec![up],
            (_, Some('-' | '\u{2212}')) => vec![-down],
            _ => vec![up, down],
        };
        let value = values.into_iter().find(|value| print.is(*value, 1.0))?;
        let (statistic, unit) =
            if is_factor { ("ratio", Unit::Other("x".into())) } else { ("change", Unit::Percent) };
        let group = format!("{} and {}", one.group, other.group);
        let sources = one.sources.iter().chain(&other.sources).cloned().collect();
        Some(Backing::new(&one.subject, statistic, group, value, &unit).from(sources))
    })
}
