//! Fields of CSV files that are too large for the library: read in blocks, for the numbers
//! of the named columns alone.

use std::{fs::File, os::unix::fs::FileExt as _, sync::Arc, thread};

use super::super::{Failure, arguments::Metrics, failure::FailureKind, output::remark};
use crate::{
    config::Config,
    ingest::{
        csv::stream::{RowTests, SelectedColumn, Wanted, select},
        file::{Kind, Status},
        inventory::ReportFile,
    },
    metrics::{
        failed_row,
        query::{Answer, Answers},
    },
    text::sanitize::Shown,
};

/// More threads than this hardly help: the memory is the limit.
const MAX_THREADS: usize = 4;

/// Is a file too large for the library, and could be read for its columns?
pub fn is_large(file: &ReportFile) -> bool {
    file.kind == Kind::Csv && file.status == Status::Skipped && file.stamp.length > 0
}

/// Adds the answers of large files; says what such a file cannot tell.
pub fn ask(
    config: &Config,
    files: &[Arc<ReportFile>],
    arguments: &Metrics,
    answers: &mut Answers,
) -> Result<(), Failure> {
    for file in files {
        if arguments.field.is_empty() || !arguments.conditions.is_empty() || arguments.group_by.is_some() {
            let message = format!(
                "`{}` is too large to be held: it answers --field NAME alone, without --where and --group-by",
                file.path
            );
            remark(&Shown::new(&message));
            continue;
        }
        ask_file(config, file, arguments, answers)?;
    }
    Ok(())
}

fn ask_file(
    config: &Config,
    file: &ReportFile,
    arguments: &Metrics,
    answers: &mut Answers,
) -> Result<(), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(FailureKind::Input, format!("cannot read `{}`: {error}", file.path))
    };
    let source = File::open(config.folder.join(&file.os_path)).map_err(failed)?;
    let length = source.metadata().map_err(failed)?.len();
    let fields: Vec<&str> = arguments.field.iter().map(String::as_str).collect();
    let threads = thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
    let left_out: Option<RowTests> = if arguments.include_failed { None } else { Some(failed_row) };
    let wanted = Wanted { fields: &fields, lines: false, threads, left_out };
    let read_at = |at: u64, buffer: &mut [u8]| source.read_at(buffer, at);
    let selection = select(&file.path, length, &read_at, &wanted).map_err(failed)?;
    for problem in &selection.problems {
        let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
        remark(&Shown::new(&format!("{}{line}: {}", file.path, problem.message)));
    }
    let mut found: Vec<SelectedColumn> = selection.columns;
    // Sorted where they are, all at the same time: statistics then need no copy.
    thread::scope(|scope| {
        for column in &mut found {
            scope.spawn(|| column.numbers.sort_unstable_by(f64::total_cmp));
        }
    });
    let unknown = &selection.unknown;
    answers.unknown_fields.retain(|field| unknown.contains(field) || !fields.contains(&field.as_str()));
    for column in found {
        answers.answers.push(Answer::of_column(&file.path, column, arguments.raw));
    }
    Ok(())
}
