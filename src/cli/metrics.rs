//! `chimera-insight metrics`: statistics of whatever the files hold.

mod document;
mod follow;
mod large;
mod page;
mod statistic;

use std::sync::Arc;

pub(super) use self::document::{cell_value, origin};
pub use self::statistic::Statistic;
use super::{
    Failure,
    arguments::Metrics,
    filter::conditions,
    follow::{check_follow, follow},
    globs::Globs,
    inventory,
    output::{OutputFormat, Page, print_json, remark},
};
use crate::{
    config::Config,
    ingest::inventory::Change,
    metrics::query::{AnswerUnit, Answers, Asker, FailedRows, FieldPattern, File, Query},
    text::sanitize::Shown,
    watch::scan::scan_into,
};

/// `--group-by none`: everything together.
const NO_GROUPS: &str = "none";

/// How the answers are told.
#[derive(Debug)]
struct Asked {
    statistics: Vec<Statistic>,
    includes_failed: bool,
    is_raw: bool,
    wants_ratio: bool,
}

impl Asked {
    fn statistics<'a>(&'a self, usual: &'a [Statistic]) -> &'a [Statistic] {
        if self.statistics.is_empty() { usual } else { &self.statistics }
    }
    /// A total over a total may be all that was asked for.
    fn wants_series(&self) -> bool {
        !self.wants_ratio || self.statistics.iter().any(|asked| *asked != Statistic::RatioOfTotals)
    }
}

/// Statistics of the folder.
pub(super) fn run(config: &Config, arguments: &Metrics, format: OutputFormat) -> Result<(), Failure> {
    let globs = Globs::of(&arguments.file, "--file")?;
    let (query, asked) = read(arguments)?;
    if arguments.follow {
        check_follow(format)?;
        return follow(config, &mut follow::Told::new(query, asked, globs));
    }
    let mut reader = Asker::new(query);
    let mut large = Vec::new();
    // Asked as they are read: nobody holds the documents of all files.
    let mut ask = |change: &Change| {
        let Change::Read(file) = change else { return };
        if !file.generated && globs.takes(&file.path) {
            reader.ask(File { path: &file.path, digest: &file.digest, document: &file.document });
            large.extend(Some(file).filter(|file| large::is_large(file)).map(Arc::clone));
        }
    };
    scan_into(&config.folder, &mut |piece| piece.changes.iter().for_each(&mut ask))
        .map_err(inventory::not_read)?;
    let mut answers = reader.finish();
    large::ask(config, &large, arguments, &mut answers)?;
    let notes = notes(&answers, &asked);
    if matches!(format, OutputFormat::Json | OutputFormat::Csv) {
        notes.iter().for_each(remark);
    }
    match format {
        OutputFormat::Json => print_json(&document::document(&answers, &asked)),
        _ => page(config, &answers, &asked, notes, format).print(format),
    }
}

/// The arguments as a question; an error names the argument that means nothing.
fn read(arguments: &Metrics) -> Result<(Query, Asked), Failure> {
    let statistics = arguments.statistics.clone();
    let wants_ratio = statistics.contains(&Statistic::RatioOfTotals);
    let query = Query {
        fields: arguments.field.iter().map(|field| FieldPattern::new(field)).collect(),
        metrics: arguments.metric.clone(),
        conditions: conditions(&arguments.conditions)?,
        group_by: arguments.group_by.as_ref().map(|keys| {
            let keys = keys.iter().map(|key| key.trim()).filter(|key| !matches!(*key, "" | NO_GROUPS));
            keys.map(ToOwned::to_owned).collect()
        }),
        failed: if arguments.include_failed { FailedRows::AsWritten } else { FailedRows::LeftOut },
        unit: if arguments.raw { AnswerUnit::AsWritten } else { AnswerUnit::Canonical },
        wants_ratio: wants_ratio && arguments.field.len() > 1,
        wants_places: statistics.iter().any(|statistic| statistic.has_place()),
    };
    let asked = Asked {
        includes_failed: arguments.include_failed,
        is_raw: arguments.raw,
        wants_ratio: query.wants_ratio,
        statistics,
    };
    Ok((query, asked))
}

/// What must be known of the answers beside their numbers.
fn notes(answers: &Answers, asked: &Asked) -> Vec<Shown> {
    let mut notes = Vec::new();
    if asked.includes_failed {
        let failed: u64 = answers.answers.iter().map(|answer| answer.failed).sum();
        notes.push(format!("cells of {failed} failed rows are read as written (--include-failed)").into());
    }
    if asked.is_raw {
        notes.push("numbers are in the unit of their file (--raw)".into());
    }
    let quoted =
        |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if !answers.unknown_keys.is_empty() {
        let keys = quoted(&answers.unknown_keys);
        notes.push(Shown::new(&format!("no row of these files has {keys}")));
    }
    if !answers.unknown_fields.is_empty() {
        let fields = quoted(&answers.unknown_fields);
        notes.push(Shown::new(&format!("no file has the field {fields}; `inventory --explain` lists them")));
    }
    notes
}

fn page(
    config: &Config,
    answers: &Answers,
    asked: &Asked,
    mut notes: Vec<Shown>,
    format: OutputFormat,
) -> Page {
    let title = format!("Metrics of {}", Shown::from_path(&config.folder));
    let tables = if format == OutputFormat::Text {
        page::blocks(answers, asked)
    } else {
        vec![(String::new(), page::flat(answers, asked))]
    };
    if tables.iter().all(|(heading, table)| heading.is_empty() && table.is_empty())
        && format != OutputFormat::Csv
    {
        notes.insert(0, "no values".into());
        return Page { title, tables: Vec::new(), notes };
    }
    Page { title, tables, notes }
}
