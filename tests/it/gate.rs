//! The gate against sentences labelled by hand, about two folders of this repository.

use std::{fs, path::Path, sync::Arc};

use chimera_insight::{
    grounding::{fact::Ledger, gate::Gate},
    ingest::{
        self,
        file::{Kind, Stamp, Status},
        inventory::{Batch, Change, ReportFile},
    },
    metrics::library::Library,
};
use libtest_mimic::{Failed, Trial};

use crate::support::{Outcome, test};

pub fn tests() -> Vec<Trial> {
    vec![test("gate: labelled sentences are told apart", labelled_sentences_are_told_apart)]
}

/// When the files of both folders are said to be changed: 2025-11-14 18:53:30 UTC.
const MODIFIED_NS: i128 = 1_763_146_410 * 1_000_000_000;

/// The facts of a folder, whatever the clock said when it was checked out.
fn ledger(folder: &Path) -> Ledger {
    let mut paths = Vec::new();
    walk(folder, &mut paths);
    paths.sort();
    let changes = paths.iter().filter_map(|path| {
        let name = path.strip_prefix(folder).ok()?.to_str()?;
        let kind = match path.extension()?.to_str()? {
            "csv" => Kind::Csv,
            "json" => Kind::Json,
            "md" => Kind::Markdown,
            _ => return None,
        };
        let bytes = fs::read(path).ok()?;
        let document = ingest::parse(name, kind, &bytes);
        Some(Change::Read(Arc::new(ReportFile {
            path: Arc::from(name),
            os_path: name.into(),
            kind,
            stamp: Stamp { length: bytes.len() as u64, modified_ns: MODIFIED_NS, ..Stamp::default() },
            status: document.status.unwrap_or(Status::Ok),
            generated: false,
            digest: Arc::from(name),
            document: Arc::new(document),
        })))
    });
    let mut library = Library::default();
    library.apply(&Batch { changes: changes.collect(), ..Batch::default() });
    Ledger::of(&library)
}

fn walk(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().is_dir() { walk(&entry.path(), found) } else { found.push(entry.path()) }
    }
}

/// A line of `sentences.tsv`.
struct Labelled<'t> {
    half: &'t str,
    is_true: bool,
    folder: &'t str,
    sentence: &'t str,
}

/// How the gate stands to the labels.
#[derive(Debug, Default, PartialEq, Eq)]
struct Matrix {
    true_passed: usize,
    true_rejected: usize,
    false_passed: usize,
    false_rejected: usize,
}

fn labelled(table: &str) -> Result<Vec<Labelled<'_>>, Failed> {
    let lines = table.lines().enumerate().skip(1);
    lines
        .map(|(number, line)| match line.split('\t').collect::<Vec<_>>().as_slice() {
            [
                half @ ("tune" | "held"),
                label @ ("true" | "false" | "unbacked"),
                _author,
                folder,
                sentence,
            ] => Ok(Labelled { half, is_true: *label == "true", folder, sentence }),
            _ => Err(format!("sentences.tsv:{}: {line}", number + 1).into()),
        })
        .collect()
}

/// The counts that `tests/data/gate/README.md` tells. They change when the gate or the
/// sentences do, in either direction; then both are written anew.
fn labelled_sentences_are_told_apart() -> Outcome {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = root.join("tests/data/gate");
    let (made, demo) = (ledger(&data.join("folder")), ledger(&root.join("assets/demo")));
    let (in_made, in_demo) = (Gate::new(&made, &[]), Gate::new(&demo, &[]));
    let table = fs::read_to_string(data.join("sentences.tsv"))?;
    let (mut tune, mut held) = (Matrix::default(), Matrix::default());
    let mut told = Vec::new();
    for line in labelled(&table)? {
        let gate = if line.folder == "made" { &in_made } else { &in_demo };
        let answer = gate.judge(line.sentence, None);
        let matrix = if line.half == "tune" { &mut tune } else { &mut held };
        match (line.is_true, &answer) {
            (true, Ok(_)) => matrix.true_passed += 1,
            (true, Err(rejection)) => {
                matrix.true_rejected += 1;
                told.push(format!("true, rejected: {} ({rejection})", line.sentence));
            }
            (false, Ok(_)) => {
                matrix.false_passed += 1;
                told.push(format!("not true, passed: {}", line.sentence));
            }
            (false, Err(_)) => matrix.false_rejected += 1,
        }
    }
    let expected = [
        Matrix { true_passed: 116, true_rejected: 6, false_passed: 0, false_rejected: 537 },
        Matrix { true_passed: 34, true_rejected: 6, false_passed: 0, false_rejected: 129 },
    ];
    assert_eq!([tune, held], expected, "{}", told.join("\n"));
    Ok(())
}
