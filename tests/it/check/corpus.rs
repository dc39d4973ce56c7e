//! Reports in many styles: nothing true of them is flagged, and each figure that is changed
//! is found. The texts lie in `tests/data/check`; `{{28~37~29}}` is a figure and what else it
//! could be said to be, all wrong.

use std::{fmt::Write as _, fs, ops::Range, path::Path};

use chimera_insight::{
    grounding::{
        check::{Cells, Evidence, Finding, Folder, ItemStatus},
        fact::Ledger,
    },
    metrics::library::Library,
    watch::scan::scan_into,
};
use libtest_mimic::{Failed, Trial};

use crate::support::{Home, Outcome, copy_reports_chimera, copy_tree, data_test, test};

/// What may go wrong: true figures in a hundred that are flagged, wrong ones that are missed.
#[derive(Clone, Copy)]
struct Most {
    flagged: f64,
    missed: f64,
}

/// Of the texts nothing.
const OF_TEXTS: Most = Most { flagged: 0.0, missed: 0.0 };
/// Of the program's own reports without their record and their mark: a digit may change into
/// another value that the sentence could mean.
const OF_OWN_REPORTS: Most = Most { flagged: 0.5, missed: 7.0 };

pub fn tests() -> Vec<Trial> {
    vec![
        test("check: texts about the demo folder stand, and their faults are found", of_demo),
        data_test("check: texts about real folders stand, and their faults are found", of_real_folders),
        data_test("check: reports without a record stand, and changed digits are found", of_own_reports),
    ]
}

/// A text with its wrong variants.
struct Text {
    name: String,
    folder: String,
    /// As it is true.
    whole: String,
    /// Where a figure stands, and what else could stand there.
    wrong: Vec<(Range<usize>, Vec<String>)>,
}

impl Text {
    fn read(path: &Path) -> Result<Self, Failed> {
        let source = fs::read_to_string(path)?;
        let folder = source.split("folder: ").nth(1).and_then(|rest| rest.split(' ').next());
        let folder = folder.ok_or("a text names its folder")?.to_owned();
        let (mut whole, mut wrong) = (String::new(), Vec::new());
        let mut rest = source.as_str();
        while let Some((before, behind)) = rest.split_once("{{") {
            let (marked, after) = behind.split_once("}}").ok_or("}} is missing")?;
            let mut variants = marked.split('~').map(str::to_owned);
            whole.push_str(before);
            let start = whole.len();
            whole.push_str(&variants.next().unwrap_or_default());
            wrong.push((start..whole.len(), variants.collect()));
            rest = after;
        }
        whole.push_str(rest);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, folder, whole, wrong })
    }

    fn all() -> Result<Vec<Self>, Failed> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/check");
        let mut texts = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "md")
                && path.file_name().is_some_and(|name| name != "README.md")
            {
                texts.push(Self::read(&path)?);
            }
        }
        texts.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(texts)
    }
}

/// A folder as `check` reads it.
struct Read {
    library: Library,
    cells: Cells,
    ledger: Ledger,
}

impl Read {
    fn of(folder: &Path) -> Result<Self, Failed> {
        let (mut library, mut cells) = (Library::default(), Cells::default());
        scan_into(folder, &mut |piece| {
            cells.absorb(&piece, None);
            library.absorb(&piece);
        })?;
        library.settle();
        cells.finish();
        let ledger = Ledger::of(&library);
        Ok(Self { library, cells, ledger })
    }

    fn folder(&self) -> Folder<'_> {
        Folder::of(Evidence {
            ledger: &self.ledger,
            library: &self.library,
            cells: &self.cells,
            record: None,
            trusts_statements: false,
        })
    }
}

fn is_fault(finding: &Finding) -> bool {
    matches!(finding.status, ItemStatus::Mismatched | ItemStatus::Ungrounded)
}

/// What was found, text by text.
#[derive(Default)]
struct Tally {
    flagged: String,
    missed: String,
    true_ones: usize,
    flagged_ones: usize,
    wrong_ones: usize,
    missed_ones: usize,
}

impl Tally {
    fn text(&mut self, folder: &Folder<'_>, text: &Text) {
        let findings = folder.check(&text.whole);
        for finding in &findings {
            self.true_ones += usize::from(finding.status != ItemStatus::Structural);
            if is_fault(finding) {
                self.flagged_ones += 1;
                let note = finding.note.as_deref().unwrap_or_default();
                let line = text.whole.lines().nth(finding.line - 1).unwrap_or_default();
                let _ = writeln!(
                    self.flagged,
                    "{}:{}:{} {}: {note}\n    {line}",
                    text.name, finding.line, finding.column, finding.text
                );
            }
        }
        for (range, variants) in &text.wrong {
            for variant in variants {
                let mut changed = text.whole.clone();
                changed.replace_range(range.clone(), variant);
                let place = range.start..range.start + variant.len();
                self.variant(folder, &text.name, &changed, &place);
            }
        }
    }

    fn variant(&mut self, folder: &Folder<'_>, name: &str, changed: &str, place: &Range<usize>) {
        self.wrong_ones += 1;
        let found = folder.check(changed);
        let there = |finding: &&Finding| finding.range.start < place.end && place.start < finding.range.end;
        if !found.iter().filter(there).any(is_fault) {
            self.missed_ones += 1;
            let line = changed[..place.start].matches('\n').count();
            let said = found.iter().find(there).map(|finding| {
                let backing = finding
                    .fact
                    .as_ref()
                    .map(chimera_insight::grounding::check::Backing::described)
                    .unwrap_or_default();
                format!("{:?}: {backing} {}", finding.status, finding.note.as_deref().unwrap_or_default())
            });
            let _ = writeln!(
                self.missed,
                "{name}:{} {}: {}\n    {}",
                line + 1,
                &changed[place.clone()],
                said.unwrap_or_else(|| "no figure".to_owned()),
                changed.lines().nth(line).unwrap_or_default()
            );
        }
    }

    fn judge(&self, most: Most) -> Outcome {
        let share = 100.0 * self.missed_ones as f64 / self.wrong_ones.max(1) as f64;
        let flagged = 100.0 * self.flagged_ones as f64 / self.true_ones.max(1) as f64;
        if flagged <= most.flagged && share <= most.missed {
            return Ok(());
        }
        let text = format!(
            "{} of {} true figures are flagged:\n{}{} of {} wrong ones are missed ({share:.1} %):\n{}",
            self.flagged_ones, self.true_ones, self.flagged, self.missed_ones, self.wrong_ones, self.missed
        );
        Err(text.into())
    }
}

fn of_demo() -> Outcome {
    let home = Home::new()?;
    let folder = home.path().join("reports");
    copy_tree(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo"), &folder)?;
    let mut tally = Tally::default();
    let read = Read::of(&folder)?;
    for text in Text::all()?.iter().filter(|text| text.folder == "demo") {
        tally.text(&read.folder(), text);
    }
    tally.judge(OF_TEXTS)
}

fn of_real_folders(data: &Path) -> Outcome {
    let mut tally = Tally::default();
    for name in ["reports-chimera", "bench-samples"] {
        let home = Home::new()?;
        let folder = home.path().join("reports");
        if name == "reports-chimera" {
            copy_reports_chimera(data, &folder)?;
        } else {
            copy_tree(&data.join(name), &folder)?;
        }
        let read = Read::of(&folder)?;
        for text in Text::all()?.iter().filter(|text| text.folder == name) {
            tally.text(&read.folder(), text);
        }
    }
    tally.judge(OF_TEXTS)
}

/// The program's own reports, without their record and without the mark that says who wrote
/// them: each of their figures in turn has a digit changed.
fn of_own_reports(data: &Path) -> Outcome {
    let mut tally = Tally::default();
    for name in ["reports-chimera", "bench-samples"] {
        let home = Home::new()?;
        let folder = home.path().join("reports");
        copy_tree(&data.join(name), &folder)?;
        let output = home.command().args(["report", "--model", "none", "--json"]).arg(&folder).output()?;
        let told: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let report = home.path().join(told["report"].as_str().ok_or("no report")?);
        let whole = fs::read_to_string(&report)?;
        fs::remove_dir_all(report.parent().ok_or("no folder")?)?;
        let whole = whole.replace("<!-- chimera-insight:report -->", "");
        let whole = whole.split("\n## Evidence").next().unwrap_or_default().to_owned();
        let read = Read::of(&folder)?;
        let ready = read.folder();
        let text = Text { name: name.to_owned(), folder: name.to_owned(), whole, wrong: Vec::new() };
        tally.text(&ready, &text);
        let findings = ready.check(&text.whole);
        let grounded = findings.iter().filter(|finding| finding.status == ItemStatus::Grounded);
        // A part of them, for each costs a check.
        for finding in grounded.step_by(STEP) {
            let digits = finding.text.match_indices(|c: char| c.is_ascii_digit());
            let unit = finding.unit.as_deref().map_or(0, str::len);
            let digits: Vec<usize> =
                digits.map(|(at, _)| at).filter(|at| *at < finding.text.len() - unit).collect();
            let Some(at) = digits.get(digits.len() / 2).map(|at| finding.range.start + at) else { continue };
            let digit = text.whole.as_bytes()[at] - b'0';
            let mut changed = text.whole.clone();
            changed.replace_range(at..=at, &((digit + 3) % 10).to_string());
            tally.variant(&ready, name, &changed, &finding.range);
        }
    }
    tally.judge(OF_OWN_REPORTS)
}

/// Every so many figures of a report one is changed.
const STEP: usize = 61;
