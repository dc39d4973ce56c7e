//! The files of a sweep: rows as soon as they are measured, a summary, and a JSON that says with
//! what and on what it was measured.

use std::{
    fmt::Display,
    fs::{self, File},
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    bench::{file_stem, grid::Grid, row, row::Row, summary, summary::Summary},
    cli::{Failure, FailureKind},
    config::Key,
    save,
    text::sanitize::Shown,
};

/// What to do about files that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum There {
    /// Leave them, and measure nothing.
    Refuse,
    /// Write over them.
    Replace,
    /// Go on with them.
    Resume,
}

/// The files, and the rows that they hold.
pub(super) struct Sheets {
    /// In the order in which they were measured.
    pub rows: Vec<Row>,
    settings: Vec<Key>,
    table: csv::Writer<File>,
    csv: PathBuf,
    summary: PathBuf,
    json: PathBuf,
}

impl Sheets {
    /// `<model>_param_tuning.csv`, its summary and its JSON in the folder. `identity` is what must
    /// not differ between a sweep and what goes on with it.
    pub fn open(
        folder: &Path,
        model: &str,
        grid: &Grid,
        identity: &Value,
        there: There,
    ) -> Result<Self, Failure> {
        let stem = format!("{}_param_tuning", file_stem(model));
        let csv = folder.join(format!("{stem}.csv"));
        let summary = folder.join(format!("{stem}_summary.csv"));
        let json = folder.join(format!("{stem}.json"));
        let is_there = [&csv, &summary, &json].into_iter().find(|path| path.symlink_metadata().is_ok());
        if let (There::Refuse, Some(path)) = (there, is_there) {
            let path = Shown::from_path(path);
            return Err(Failure::new(FailureKind::Output, format!("`{path}` is there already"))
                .hint("--resume goes on with it, --force replaces it; another folder keeps both"));
        }
        let header = row::header(grid);
        let settings = row::settings(grid);
        if there == There::Resume && csv.symlink_metadata().is_ok() {
            check_identity(&json, identity)?;
            let (text, file) = save::reopen(&csv).map_err(unwritable)?;
            // A run that died before its first line left an empty file.
            let rows = if text.is_empty() { Vec::new() } else { read(&csv, &text, &header, settings.len())? };
            let mut table = csv::WriterBuilder::new().has_headers(false).from_writer(file);
            if text.is_empty() {
                table.write_record(&header).map_err(|error| cannot_write(&csv, &error))?;
            }
            return Ok(Self { rows, settings, table, csv, summary, json });
        }
        let file = save::create(&csv, there == There::Replace).map_err(unwritable)?;
        let mut table = csv::WriterBuilder::new().has_headers(false).from_writer(file);
        table
            .write_record(&header)
            .and_then(|()| Ok(table.flush()?))
            .map_err(|error| cannot_write(&csv, &error))?;
        Ok(Self { rows: Vec::new(), settings, table, csv, summary, json })
    }

    /// Writes a row at once: whoever watches the folder sees it, and a run that dies keeps it.
    pub fn add(&mut self, row: Row) -> Result<(), Failure> {
        self.table
            .write_record(row.cells())
            .and_then(|()| Ok(self.table.flush()?))
            .map_err(|error| cannot_write(&self.csv, &error))?;
        self.rows.push(row);
        Ok(())
    }

    /// Writes the JSON, at the start already: a run that dies then says what it was.
    pub fn describe(&self, document: &Value) -> Result<(), Failure> {
        save::write_whole(&self.json, &format!("{document:#}\n"), true).map_err(unwritable)
    }

    /// Writes the summary; the files, and what it says.
    pub fn finish(&self) -> Result<(Vec<PathBuf>, Vec<Summary>), Failure> {
        let names: Vec<&str> = self.settings.iter().map(|key| key.name()).collect();
        let summaries = summary::of(&self.rows);
        let mut table = csv::Writer::from_writer(Vec::new());
        let records = std::iter::once(summary::header(&names).into_iter().map(str::to_owned).collect())
            .chain(summaries.iter().map(Summary::cells));
        for record in records {
            table.write_record(&record).map_err(|error| cannot_write(&self.summary, &error))?;
        }
        let bytes = table.into_inner().map_err(|error| cannot_write(&self.summary, &error))?;
        save::write_whole(&self.summary, &String::from_utf8_lossy(&bytes), true).map_err(unwritable)?;
        Ok((vec![self.csv.clone(), self.summary.clone(), self.json.clone()], summaries))
    }
}

/// Refuses to go on with what was measured otherwise: its rows would be no repetitions.
fn check_identity(json: &Path, identity: &Value) -> Result<(), Failure> {
    let path = Shown::from_path(json);
    let text = fs::read_to_string(json).map_err(|error| Failure::unreadable(json, &error).hint(AFRESH))?;
    let document: Value = serde_json::from_str(&text)
        .map_err(|error| Failure::new(FailureKind::Input, format!("`{path}`: {error}")).hint(AFRESH))?;
    let there = &document["sweep"];
    let different = identity.as_object().into_iter().flatten().find(|(name, value)| there[name] != **value);
    match different {
        None => Ok(()),
        Some((name, value)) => Err(Failure::new(
            FailureKind::Usage,
            format!("`{path}` is of another sweep: its {name} is {}, not {value}", there[name]),
        )
        .hint(AFRESH)),
    }
}

const AFRESH: &str = "--force measures afresh; another folder keeps both";

fn read(path: &Path, text: &str, header: &[&str], settings: usize) -> Result<Vec<Row>, Failure> {
    let wrong = |line: u64, reason: &dyn Display| {
        let path = Shown::from_path(path);
        Failure::new(FailureKind::Input, format!("`{path}`:{line}: {reason}")).hint(AFRESH)
    };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for (index, record) in reader.records().enumerate() {
        let record = record.map_err(|error| wrong(index as u64 + 1, &error))?;
        let line = record.position().map_or(0, csv::Position::line);
        if index == 0 {
            if record.iter().ne(header.iter().copied()) {
                return Err(wrong(line, &format!("it has not the columns {}", header.join(","))));
            }
            continue;
        }
        rows.push(Row::read(settings, record.iter()).ok_or_else(|| wrong(line, &"it is no row of a sweep"))?);
    }
    Ok(rows)
}

fn cannot_write(path: &Path, error: &dyn Display) -> Failure {
    Failure::new(FailureKind::Output, format!("cannot write `{}`: {error}", Shown::from_path(path)))
}

fn unwritable(error: save::SaveError) -> Failure {
    Failure::new(FailureKind::Output, error)
}
