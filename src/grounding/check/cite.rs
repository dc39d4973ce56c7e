//! Where a figure that no fact has stands in somebody's document.

use std::collections::HashMap;

use super::{ItemStatus, findings::Finding, verdict::NO_FACT};
use crate::grounding::figure::{Figure, figures};

/// Figures of fewer digits stand in any document.
const FEWEST_DIGITS: usize = 2;

/// Is there a figure whose origin is not known?
pub fn is_wanted(findings: &[Finding]) -> bool {
    findings.iter().any(is_open)
}

/// Notes for the figures that a document states where it does.
pub fn cite(path: &str, text: &str, findings: &mut [Finding]) {
    let stated = figures(text);
    let mut by_value: HashMap<u64, Vec<&Figure>> = HashMap::new();
    for figure in &stated {
        by_value.entry(figure.value.to_bits()).or_default().push(figure);
    }
    for finding in findings.iter_mut().filter(|finding| is_open(finding)) {
        let digits = finding.text.bytes().filter(u8::is_ascii_digit).count();
        if digits < FEWEST_DIGITS {
            continue;
        }
        let unit = finding.unit.as_deref().map(str::to_lowercase);
        let same = finding.value.and_then(|value| by_value.get(&value.to_bits()));
        let found = same.and_then(|same| {
            same.iter().find(|figure| figure.unit.as_deref().map(str::to_lowercase) == unit)
        });
        if let Some(figure) = found {
            let before = text.get(..figure.range.start).unwrap_or_default();
            let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
            finding.note = Some(format!("stated in {path}:{line}"));
        }
    }
}

fn is_open(finding: &Finding) -> bool {
    finding.status == ItemStatus::Ungrounded && finding.note.as_deref() == Some(NO_FACT)
}
