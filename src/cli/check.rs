//! `chimera-insight check`: the figures of a Markdown report held against the folder.

mod page;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize as _;
use serde_json::{Map, Value, json};

use super::{
    Failure, FailureKind,
    arguments::Check,
    inventory::not_read,
    output::{OutputFormat, print_json},
};
use crate::{
    config::Config,
    grounding::{
        check::{Backing, Cells, Evidence, Finding, Folder, ItemStatus, cite},
        fact::Ledger,
    },
    ingest::{decode::decode, file::Kind},
    metrics::library::Library,
    report::{record::Record, verify::settle},
    text::sanitize::Shown,
    watch::scan::scan_into,
};

/// A larger file is no report; its reading alone would take seconds.
const LARGEST_REPORT: u64 = 64 * 1024 * 1024;
/// What marks a run record of this program.
const OURS: &str = "chimera-insight";

/// What was found in a report.
struct Told {
    report: Shown,
    folder: Shown,
    findings: Vec<Finding>,
}

/// How many figures stand how.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    grounded: usize,
    mismatched: usize,
    ungrounded: usize,
    structural: usize,
}

/// Checks a report, prints what was found, and fails where a figure does not stand.
pub(super) fn run(config: &Config, arguments: &Check, format: OutputFormat) -> Result<(), Failure> {
    let text = read_report(&arguments.report)?;
    let record = read_record(&arguments.report);
    let own = path_in_folder(&arguments.report, &config.folder);
    let (mut library, mut cells) = (Library::default(), Cells::default());
    scan_into(&config.folder, &mut |piece| {
        cells.absorb(&piece, own.as_deref());
        library.absorb(&piece);
    })
    .map_err(not_read)?;
    library.settle();
    cells.finish();
    let ledger = Ledger::of(&library);
    let evidence = Evidence {
        ledger: &ledger,
        library: &library,
        cells: &cells,
        record: record.as_ref(),
        trusts_statements: arguments.trust_markdown,
    };
    let mut findings = Folder::of(evidence).check(&text);
    if let Some(record) = record.as_ref().and_then(|record| Record::deserialize(record).ok()) {
        settle(&record, &text, &ledger, &mut findings);
    }
    find_statements(&config.folder, &library, own.as_deref(), &mut findings);
    let told = Told {
        report: Shown::from_path(&arguments.report),
        folder: Shown::from_path(&config.folder),
        findings,
    };
    match format {
        OutputFormat::Json => print_json(&told.document())?,
        OutputFormat::Text => page::print_lines(&told, arguments.all)?,
        _ => page::table(&told).print(format)?,
    }
    told.verdict()
}

/// The report's text, whatever its encoding.
fn read_report(path: &Path) -> Result<String, Failure> {
    let unreadable =
        |error: &std::io::Error| Failure::unreadable(path, error).hint("give the Markdown file to check");
    let about = fs::metadata(path).map_err(|error| unreadable(&error))?;
    let refused = |why: &str| {
        Failure::new(FailureKind::Input, format!("cannot read `{}`: {why}", Shown::from_path(path)))
            .hint("give the Markdown file to check")
    };
    if !about.is_file() {
        return Err(refused("it is no file"));
    }
    if about.len() > LARGEST_REPORT {
        return Err(refused("it is too large for a report"));
    }
    let bytes = fs::read(path).map_err(|error| unreadable(&error))?;
    let decoded = decode(&bytes);
    let is_utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    if decoded.is_unreadable || (bytes.contains(&0) && !is_utf16) {
        return Err(refused("it is no text"));
    }
    Ok(decoded.text.into_owned())
}

/// The run record that lies beside a report of this program.
fn read_record(report: &Path) -> Option<Value> {
    let path = report.with_extension("json");
    fs::metadata(&path).ok().filter(|about| about.is_file() && about.len() <= LARGEST_REPORT)?;
    let value: Value = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
    (value.get("generated_by").and_then(Value::as_str) == Some(OURS)).then_some(value)
}

/// The report's path as the inventory knows it, where it lies in the folder.
fn path_in_folder(report: &Path, folder: &Path) -> Option<String> {
    let (report, folder): (PathBuf, PathBuf) = (report.canonicalize().ok()?, folder.canonicalize().ok()?);
    report.strip_prefix(&folder).ok()?.to_str().map(str::to_owned)
}

/// Looks through the folder's Markdown for figures that nothing else has: who reads "no fact
/// has it" wants to know where the writer took it from.
fn find_statements(folder: &Path, library: &Library, own: Option<&str>, findings: &mut [Finding]) {
    for file in library.inventory.files().filter(|file| file.kind == Kind::Markdown && !file.generated) {
        if own == Some(&*file.path) || !cite::is_wanted(findings) {
            continue;
        }
        // What cannot be read any more is no source.
        if let Ok(bytes) = fs::read(folder.join(&file.os_path)) {
            cite::cite(&file.path, &decode(&bytes).text, findings);
        }
    }
}

impl Told {
    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for finding in &self.findings {
            *match finding.status {
                ItemStatus::Grounded => &mut counts.grounded,
                ItemStatus::Mismatched => &mut counts.mismatched,
                ItemStatus::Ungrounded => &mut counts.ungrounded,
                ItemStatus::Structural => &mut counts.structural,
            } += 1;
        }
        counts
    }

    fn verdict(&self) -> Result<(), Failure> {
        let Counts { mismatched, ungrounded, .. } = self.counts();
        if mismatched + ungrounded == 0 {
            return Ok(());
        }
        let message =
            format!("{mismatched} mismatched and {ungrounded} ungrounded figures in `{}`", self.report);
        Err(Failure::new(FailureKind::Check, message))
    }

    fn document(&self) -> Value {
        let counts = self.counts();
        json!({
            "report": self.report.as_str(),
            "data": self.folder.as_str(),
            "figures": counts.grounded + counts.mismatched + counts.ungrounded,
            "grounded": counts.grounded,
            "mismatched": counts.mismatched,
            "ungrounded": counts.ungrounded,
            "structural": counts.structural,
            "items": self.findings.iter().map(item).collect::<Vec<Value>>(),
        })
    }
}

/// The word for a status.
fn status(status: ItemStatus) -> &'static str {
    match status {
        ItemStatus::Grounded => "grounded",
        ItemStatus::Mismatched => "mismatched",
        ItemStatus::Ungrounded => "ungrounded",
        ItemStatus::Structural => "structural",
    }
}

fn item(finding: &Finding) -> Value {
    let sources = finding.fact.iter().flat_map(|fact| &fact.sources);
    let sources: Vec<Value> = sources
        .map(|source| json!({"path": &*source.path, "line": source.line, "field": &*source.field, "rows": source.rows}))
        .collect();
    let mut item = Map::new();
    item.insert("text".into(), finding.text.as_str().into());
    item.insert("value".into(), finding.value.into());
    item.insert("unit".into(), finding.unit.as_deref().into());
    item.insert("line".into(), finding.line.into());
    item.insert("column".into(), finding.column.into());
    item.insert("status".into(), status(finding.status).into());
    item.insert("fact".into(), finding.fact.as_ref().map_or(Value::Null, fact));
    item.insert("sources".into(), sources.into());
    item.insert("note".into(), finding.note.as_deref().into());
    Value::Object(item)
}

fn fact(fact: &Backing) -> Value {
    json!({
        "id": fact.id,
        "subject": fact.subject,
        "statistic": fact.statistic,
        "group": fact.group,
        "value": fact.value,
        "unit": fact.unit,
        "text": fact.text,
    })
}
