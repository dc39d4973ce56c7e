//! Where a figure that no fact has stands in somebody's document.

use super::{ItemStatus, findings::Finding, verdict::NO_FACT};
use crate::grounding::figure::figures;

/// Figures of fewer digits stand in any document.
const FEWEST_DIGITS: usize = 2;

/// Is there a figure whose origin is not known?
pub fn is_wanted(findings: &[Finding]) -> bool {
    findings.iter().any(is_open)
}

/// Notes for the figures that a document states where it does.
pub fn cite(path: &str, text: &str, findings: &mut [Finding]) {
    let stated = figures(text);
    for finding in findings.iter_mut().filter(|finding| is_open(finding)) {
        let digits = finding.text.bytes().filter(u8::is_ascii_digit).count();
        if digits < FEWEST_DIGITS {
            continue;
        }
        let unit = finding.unit.as_deref().map(str::to_lowercase);
        let found = stated.iter().find(|figure| {
            Some(figure.value) == finding.value && figure.unit.as_deref().map(str::to_lowercase) == unit
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
