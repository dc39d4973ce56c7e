//! A report with everything needed to check it, in one JSON file: the report, its record,
//! the files that its facts come from, whole, and the rows behind each statistic. Pure.
//!
//! A person opens it with any editor: `report.lines` is the report, `files[].lines` are the
//! source files line by line, `series[].rows` are the numbers that a mean is the mean of.

use std::{collections::BTreeSet, io, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    record::{FileRecord, GENERATED_BY, Record, text::sha256},
    verify::{AsRecorded, FactChange, Verdict, verify},
};
use crate::{
    ingest::{
        self,
        file::{Document, Kind, Stamp, Status},
        inventory::{Batch, Change, ReportFile},
    },
    metrics::{format, library::Library},
};

mod rows;
#[cfg(test)]
mod tests;

pub use rows::{BundledRow, BundledSeries};

/// Bytes of source files in a bundle at the most: what a mail or an editor still takes.
pub const MOST_BYTES: u64 = 32 * 1024 * 1024;
/// Of the form of a bundle.
const FORM: u32 = 1;
/// For whoever opens one.
const ABOUT: [&str; 5] = [
    "report: the report as Markdown, line by line.",
    "record: how it was made; facts: every figure's value, unit and sources; report: the text that the record belongs to.",
    "files: every file of the folder; those that facts come from are here whole, line by line (hex: where they are no UTF-8); their SHA-256 stands in record.files.",
    "series: the rows behind the statistics, in order of the files; number is in the unit of the facts, written as the file has it.",
    "n, mean, median, sd (n - 1), min, max and percentiles (linear interpolation) are of the numbers of a series. `chimera-insight verify FILE` computes them all again.",
];

/// The file.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Bundle {
    /// Always `chimera-insight`.
    pub generated_by: String,
    /// Its form; 1.
    pub bundle: u32,
    /// What stands where.
    pub about: Vec<String>,
    /// The report.
    pub report: BundledText,
    /// The rows behind the statistics.
    pub series: Vec<BundledSeries>,
    /// The folder's files, those that facts come from with their content.
    pub files: Vec<BundledFile>,
    /// The run record.
    pub record: Record,
}

/// The report in a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundledText {
    /// Its file's name.
    pub name: String,
    /// Joined by a line feed its text.
    pub lines: Vec<String>,
}

/// A file of the folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundledFile {
    /// Its path in the folder.
    pub path: String,
    /// `csv`, `json`, `markdown`, `text`.
    pub kind: String,
    /// Its lines with their line ends, when it is UTF-8 and a source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<String>>,
    /// Its bytes as digits, when it is a source and no UTF-8.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hex: Option<String>,
}

/// Why there is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The sources are too many.
    #[error("the files that the facts come from are {} together, a bundle holds {}", format::bytes(*.0), format::bytes(MOST_BYTES))]
    TooLarge(u64),
    /// A source cannot be read.
    #[error("cannot read `{0}`: {1}")]
    Unreadable(String, io::Error),
    /// A source is not what it was when the report was made.
    #[error("`{0}` has changed since the report was made")]
    Changed(String),
    /// It is no bundle, or not a whole one.
    #[error("it is no whole bundle: {0}")]
    NotWhole(String),
}

impl Bundle {
    /// Packs a report. `read` gives the bytes of a file of the folder.
    pub fn of(
        name: &str,
        markdown: &str,
        record: &Record,
        kind_of: &dyn Fn(&str) -> Option<Kind>,
        read: &mut dyn FnMut(&str) -> io::Result<Vec<u8>>,
    ) -> Result<Self, BundleError> {
        let packed = Self::pack(name, markdown, record, &sources(record), kind_of, read)?;
        if packed.verify()?.is_ok() {
            return Ok(packed);
        }
        // Some facts are about files beyond their own sources: then all are taken.
        let all = record.files.iter().map(|file| file.path.as_str()).collect();
        let packed = Self::pack(name, markdown, record, &all, kind_of, read)?;
        if packed.verify()?.is_ok() {
            Ok(packed)
        } else {
            Err(BundleError::NotWhole("its own check finds differences".to_owned()))
        }
    }

    fn pack(
        name: &str,
        markdown: &str,
        record: &Record,
        sources: &BTreeSet<&str>,
        kind_of: &dyn Fn(&str) -> Option<Kind>,
        read: &mut dyn FnMut(&str) -> io::Result<Vec<u8>>,
    ) -> Result<Self, BundleError> {
        let is_source = |file: &&FileRecord| sources.contains(file.path.as_str());
        let bytes = record.files.iter().filter(is_source).map(|file| file.bytes).sum();
        if bytes > MOST_BYTES {
            return Err(BundleError::TooLarge(bytes));
        }
        let mut files = Vec::new();
        for file in &record.files {
            let kind = kind_of(&file.path).unwrap_or(Kind::Text);
            let mut bundled = BundledFile {
                path: file.path.clone(),
                kind: kind_name(kind).to_owned(),
                lines: None,
                hex: None,
            };
            if is_source(&file) && !file.digest.is_empty() {
                let bytes =
                    read(&file.path).map_err(|error| BundleError::Unreadable(file.path.clone(), error))?;
                if sha256(&bytes) != file.digest {
                    return Err(BundleError::Changed(file.path.clone()));
                }
                match String::from_utf8(bytes) {
                    Ok(text) => bundled.lines = Some(text.split_inclusive('\n').map(str::to_owned).collect()),
                    Err(error) => bundled.hex = Some(digits(error.as_bytes())),
                }
            }
            files.push(bundled);
        }
        let mut bundle = Self {
            generated_by: GENERATED_BY.to_owned(),
            bundle: FORM,
            about: ABOUT.map(str::to_owned).to_vec(),
            report: BundledText {
                name: name.to_owned(),
                lines: markdown.split('\n').map(str::to_owned).collect(),
            },
            series: Vec::new(),
            files,
            record: record.clone(),
        };
        let (library, documents) = bundle.library()?;
        bundle.series = rows::of(record, &library, &documents);
        Ok(bundle)
    }

    /// Reads one from its file's text.
    pub fn read(text: &str) -> Result<Self, BundleError> {
        let bundle: Self =
            serde_json::from_str(text).map_err(|error| BundleError::NotWhole(error.to_string()))?;
        if bundle.bundle == FORM {
            Ok(bundle)
        } else {
            Err(BundleError::NotWhole(format!("its form is {}, and {FORM} is known", bundle.bundle)))
        }
    }

    /// Is this the text of a bundle? A look at its first keys.
    pub fn is_one(text: &str) -> bool {
        #[derive(Deserialize)]
        struct Head {
            bundle: Option<u32>,
        }
        serde_json::from_str::<Head>(text).is_ok_and(|head| head.bundle.is_some())
    }

    /// The file's text.
    pub fn to_json(&self) -> Result<String, BundleError> {
        let text = serde_json::to_string_pretty(self);
        let text = text.map_err(|error| BundleError::NotWhole(error.to_string()))?;
        Ok(format!("{}\n", super::escape::json(&text)))
    }

    /// The report's text.
    pub fn markdown(&self) -> String {
        self.report.lines.join("\n")
    }

    /// Checks it by itself: everything is computed again from the files in it.
    pub fn verify(&self) -> Result<Verdict, BundleError> {
        let (library, documents) = self.library()?;
        let mut verdict = verify(&self.record, &self.markdown(), &library, Vec::new());
        let series = rows::of(&self.record, &library, &documents);
        verdict.facts.extend(self.row_changes(&series));
        let held = self.files.iter().filter(|file| file.is_held()).count();
        verdict.notes.push(format!(
            "of {} files {held} are in the bundle whole; that they are those of the folder, only the folder can show",
            self.record.files.len()
        ));
        verdict.checked.files = held;
        Ok(verdict)
    }

    fn row_changes(&self, computed: &[BundledSeries]) -> Vec<FactChange> {
        let none = BundledSeries::default();
        let count = self.series.len().max(computed.len());
        let pairs =
            (0..count).map(|at| (self.series.get(at).unwrap_or(&none), computed.get(at).unwrap_or(&none)));
        pairs.filter_map(|(recorded, computed)| recorded.changes(computed)).collect()
    }

    /// The folder as far as it is in the bundle, with the documents of its files.
    fn library(&self) -> Result<(Library, Vec<Arc<ReportFile>>), BundleError> {
        let mut shown = AsRecorded::of(&self.record);
        let mut files = Vec::new();
        for recorded in &self.record.files {
            let bundled = self.files.iter().find(|file| file.path == recorded.path);
            files.push(Arc::new(report_file(recorded, bundled)?));
        }
        let mut library = Library::default();
        let changes = files.iter().map(|file| Change::Read(Arc::clone(file))).collect();
        library.absorb(&shown.show(Batch { changes, ..Batch::default() }));
        library.apply(&shown.own_files());
        Ok((library, files))
    }
}

impl BundledFile {
    fn is_held(&self) -> bool {
        self.lines.is_some() || self.hex.is_some()
    }

    fn bytes(&self) -> Result<Option<Vec<u8>>, BundleError> {
        match (&self.lines, &self.hex) {
            (Some(lines), _) => Ok(Some(lines.concat().into_bytes())),
            (None, Some(hex)) => bytes(hex).map(Some).ok_or_else(|| {
                BundleError::NotWhole(format!("the bytes of `{}` are no pairs of digits", self.path))
            }),
            (None, None) => Ok(None),
        }
    }
}

/// The files that facts of the record come from.
fn sources(record: &Record) -> BTreeSet<&str> {
    let of_facts = record.facts.iter().flat_map(|fact| &fact.sources).map(|source| source.path.as_str());
    let of_series = record.series.iter().flat_map(|series| &series.rows).map(|rows| rows.path.as_str());
    of_facts.chain(of_series).collect()
}

/// A file read from the bundle; one that is not in it is what the record says of it.
fn report_file(recorded: &FileRecord, bundled: Option<&BundledFile>) -> Result<ReportFile, BundleError> {
    let bytes = bundled.map(BundledFile::bytes).transpose()?.flatten();
    let kind = bundled.and_then(|file| kind_named(&file.kind)).unwrap_or(Kind::Text);
    let (document, length, digest) = match bytes {
        Some(bytes) => {
            let document = ingest::parse(&recorded.path, kind, &bytes);
            (document, bytes.len() as u64, sha256(&bytes))
        }
        None => (Document::default(), recorded.bytes, recorded.digest.clone()),
    };
    let modified_ns = format::ns_of(&recorded.modified).unwrap_or_default();
    Ok(ReportFile {
        path: recorded.path.as_str().into(),
        os_path: recorded.path.as_str().into(),
        kind,
        stamp: Stamp { length, modified_ns, ..Stamp::default() },
        status: document.status.unwrap_or(Status::Ok),
        generated: false,
        document: Arc::new(document),
        digest: digest.into(),
    })
}

const KINDS: [(Kind, &str); 4] =
    [(Kind::Csv, "csv"), (Kind::Json, "json"), (Kind::Markdown, "markdown"), (Kind::Text, "text")];

fn kind_name(kind: Kind) -> &'static str {
    KINDS.iter().find(|(known, _)| *known == kind).map_or("text", |(_, name)| name)
}

fn kind_named(name: &str) -> Option<Kind> {
    KINDS.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind)
}

fn digits(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|half| char::from_digit(half.into(), 16))
        .collect()
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let halves: Option<Vec<u32>> = digits.chars().map(|digit| digit.to_digit(16)).collect();
    let halves = halves.filter(|halves| halves.len().is_multiple_of(2))?;
    halves.chunks_exact(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).ok()).collect()
}
