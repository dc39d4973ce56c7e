//! The History tab's state: the runs of this folder, newest first, from their records.

pub mod runs;

use std::{collections::BTreeMap, sync::Arc};

use self::runs::{RunFile, RunsRead, RunsWanted};
use super::{
    areas::Areas,
    cursor::{ListPlace, Move},
    sheet::{Sheet, run},
};
use crate::{
    ingest::{file::Kind, inventory::ReportFile},
    metrics::{format, library::Library},
    report::{
        pipeline::COMPLETE,
        record::{
            measures::stem,
            summary::{FactChange, RunSummary},
        },
    },
    text::{
        sanitize::Shown,
        wrap::{Role, Row},
    },
};

/// Records read at once: the first ones are seen before the last ones are read.
const AT_ONCE: usize = 16;
/// Changed facts listed; the rest is counted.
const CHANGES: usize = 500;
/// What stands for a value that there is none of.
const UNDEFINED: &str = "–";

/// A run as listed.
#[derive(Clone, Debug)]
pub struct RunLine {
    /// Its record.
    pub file: RunFile,
    /// When it began: `2026-11-30 08:15:02`.
    pub started: Shown,
    /// The model, or that there was none.
    pub model: Shown,
    /// How free it was.
    pub writing: Shown,
    /// Grounded of all figures, tokens a second, TTFT and seconds, as printed.
    pub columns: [String; 4],
    /// It ended early, or cannot be read: why.
    pub fault: Option<Shown>,
    /// Comparisons begin with it.
    pub is_base: bool,
}

/// A record that was read, and what it says.
type Known = (RunFile, Result<RunSummary, String>);

/// What two runs differ in.
#[derive(Clone, Debug)]
struct Difference {
    base: Arc<str>,
    candidate: Arc<str>,
    found: Result<(Vec<FactChange>, usize), String>,
}

/// The History tab.
#[derive(Debug, Default)]
pub struct HistoryTab {
    /// Runs, newest first.
    pub lines: Vec<RunLine>,
    /// Where one is in them.
    pub place: ListPlace,
    /// What is told of the selected one.
    pub detail: Vec<Row>,
    known: BTreeMap<Arc<str>, Known>,
    is_reading: bool,
    /// Every record of the folder as it is now was read.
    is_complete: bool,
    base: Option<RunFile>,
    difference: Option<Difference>,
    width: u16,
}

impl HistoryTab {
    /// The selected run's record.
    pub fn selected_run(&self) -> Option<&RunFile> {
        self.lines.get(self.place.selected).map(|line| &line.file)
    }

    /// What is known of the selected run.
    pub fn summary(&self) -> Option<&RunSummary> {
        let (_, summary) = self.known.get(&self.selected_run()?.path)?;
        summary.as_ref().ok()
    }

    /// The runs whose calls were measured, newest first: the record and what was measured.
    pub(super) fn measured(&self) -> impl Iterator<Item = (Arc<str>, Arc<str>)> {
        self.lines.iter().filter_map(|line| {
            let (file, run) = self.known.get(&line.file.path)?;
            let measures = run.as_ref().ok()?.measures.clone()?;
            Some((Arc::clone(&file.path), measures))
        })
    }

    /// Every record of the folder is known as it is now.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// The runs whose records can be read, the oldest first.
    pub(super) fn readable(&self) -> Vec<&RunFile> {
        let is_readable = |file: &&RunFile| self.known.get(&file.path).is_some_and(|(_, run)| run.is_ok());
        self.lines.iter().rev().map(|line| &line.file).filter(is_readable).collect()
    }

    /// What the two runs that were compared last differ in, laid out.
    pub(super) fn changes(&self, width: u16) -> Vec<Row> {
        let mut sheet = Sheet::new(width);
        if let Some(difference) = &self.difference {
            show_difference(&mut sheet, difference);
        }
        sheet.into_rows()
    }

    /// The run that comparisons begin with.
    pub fn base(&self) -> Option<&RunFile> {
        self.base.as_ref()
    }

    /// Makes the selected run the base; `None` where none is selected.
    pub(super) fn mark_base(&mut self) -> Option<String> {
        let file = self.selected_run()?.clone();
        let name = stem(&file.path).to_owned();
        self.base = Some(file);
        self.make_lines();
        Some(name)
    }

    /// Records of the folder that have not been read yet, some of them; asked for once.
    pub(super) fn begin_reading(&mut self, library: &Library) -> Option<RunsWanted> {
        if self.is_reading || self.is_complete {
            return None;
        }
        let is_new = |file: &RunFile| self.known.get(&file.path).is_none_or(|(known, _)| known != file);
        let wanted: Vec<RunFile> = records(library).filter(is_new).take(AT_ONCE).collect();
        self.is_reading = !wanted.is_empty();
        self.is_complete = wanted.is_empty();
        self.is_reading.then_some(RunsWanted::List(wanted))
    }

    /// The folder changed: records that are no longer in it go, others may have come.
    pub(super) fn refresh(&mut self, library: &Library) {
        self.is_complete = false;
        let before = self.known.len();
        self.known.retain(|path, _| library.inventory.get(path).is_some());
        if self.known.len() != before {
            self.make_lines();
        }
    }

    /// What was read of records.
    pub(super) fn take(&mut self, read: RunsRead) {
        match read {
            RunsRead::Listed(runs) => {
                self.is_reading = false;
                self.known.extend(runs.into_iter().map(|(file, run)| (Arc::clone(&file.path), (file, run))));
                self.make_lines();
            }
            RunsRead::Compared(base, candidate, found) => {
                self.difference = Some(Difference { base: base.path, candidate: candidate.path, found });
                self.place.detail_top = 0;
                self.lay_detail_out();
            }
            // Opened by the Report tab.
            RunsRead::Opened(..) => {}
        }
    }

    /// Takes on the size of its areas.
    pub(super) fn lay_out(&mut self, areas: &Areas) {
        self.place.lay_out(areas, self.lines.len());
        self.width = areas.detail_rows.width;
        self.lay_detail_out();
    }

    /// Moves the cursor.
    pub(super) fn go(&mut self, to: Move) {
        let is_other = self.place.go(to, self.lines.len());
        self.show(is_other);
    }

    /// Scrolls the list.
    pub(super) fn scroll(&mut self, rows: isize) {
        let is_other = self.place.scroll(rows, self.lines.len());
        self.show(is_other);
    }

    /// Selects the line in row `row` of the list's area, if there is one.
    pub(super) fn press(&mut self, row: usize) {
        let is_other = self.place.press(row, self.lines.len());
        self.show(is_other);
    }

    /// Scrolls the detail.
    pub(super) fn scroll_detail(&mut self, to: Move) {
        self.place.scroll_detail(to, self.detail.len());
    }

    fn show(&mut self, is_other: bool) {
        if is_other {
            // A comparison is of the run that was selected for it.
            self.difference = None;
        }
        self.lay_detail_out();
    }

    /// The lines anew; the cursor stays on its run, or on the newest when it is there.
    fn make_lines(&mut self) {
        let chosen =
            self.selected_run().filter(|_| self.place.selected > 0).map(|file| Arc::clone(&file.path));
        let mut runs: Vec<(&Arc<str>, &Known)> = self.known.iter().collect();
        runs.sort_by(|(one, (_, a)), (other, (_, b))| {
            let started = |run: &Result<RunSummary, String>| run.as_ref().map(|run| run.started.clone()).ok();
            started(b).cmp(&started(a)).then_with(|| other.cmp(one))
        });
        let base = self.base.as_ref().map(|file| &file.path);
        let lines = runs
            .into_iter()
            .map(|(path, (file, run))| RunLine { is_base: base == Some(path), ..line(file.clone(), run) });
        self.lines = lines.collect();
        let place = chosen.and_then(|path| self.lines.iter().position(|line| line.file.path == path));
        self.place.follow(place.unwrap_or_default(), self.lines.len());
        self.lay_detail_out();
    }

    fn lay_detail_out(&mut self) {
        let mut sheet = Sheet::new(self.width);
        if let (Some(file), true) = (self.selected_run(), self.width > 0) {
            let difference = self.difference.as_ref().filter(|it| it.candidate == file.path);
            match (difference, self.known.get(&file.path)) {
                (Some(difference), _) => show_difference(&mut sheet, difference),
                (None, Some((_, Ok(run)))) => show_run(&mut sheet, &file.path, run),
                (None, Some((_, Err(reason)))) => {
                    sheet.pair("record", &file.path);
                    sheet.pair("not read", reason);
                }
                (None, None) => {}
            }
        }
        self.detail = sheet.into_rows();
        self.scroll_detail(Move::By(0));
    }
}

/// The run records in the program's own folder.
fn records(library: &Library) -> impl Iterator<Item = RunFile> {
    let is_record =
        |file: &&Arc<ReportFile>| file.generated && file.kind == Kind::Json && !file.digest.is_empty();
    library.inventory.files().filter(is_record).map(|file| RunFile {
        path: Arc::clone(&file.path),
        os_path: file.os_path.clone(),
        digest: Arc::clone(&file.digest),
    })
}

fn line(file: RunFile, run: &Result<RunSummary, String>) -> RunLine {
    let run = match run {
        Ok(run) => run,
        Err(reason) => {
            return RunLine {
                started: Shown::new(stem(&file.path)),
                model: Shown::default(),
                writing: Shown::default(),
                columns: Default::default(),
                fault: Some(Shown::new(reason)),
                is_base: false,
                file,
            };
        }
    };
    let number = |number: Option<f64>| number.map_or_else(|| UNDEFINED.to_owned(), format::number);
    let (grounded, figures) = run.figures;
    RunLine {
        started: Shown::new(
            &run.started.replace('T', " ").trim_end_matches('Z').chars().take(19).collect::<String>(),
        ),
        model: Shown::new(if run.model.is_empty() { "by code" } else { &run.model }),
        writing: Shown::new(&run.writing),
        columns: [
            format!("{grounded}/{figures}"),
            number(run.throughput_tok_s),
            number(run.ttft_ms),
            format::number(run.seconds),
        ],
        fault: (run.status != COMPLETE).then(|| Shown::new(&run.status)),
        is_base: false,
        file,
    }
}

fn show_run(sheet: &mut Sheet, path: &str, run: &RunSummary) {
    sheet.pair("record", path);
    sheet.pair("started", &run.started);
    sheet.pair("status", &run.status);
    let model = if run.model.is_empty() { "none: written by code" } else { &run.model };
    sheet.pair("model", model);
    if !run.writing.is_empty() {
        sheet.pair("writing", &format!("{}; {} sentences rejected", run.writing, run.rejected));
    }
    sheet.pair("persona", &run.persona);
    let (grounded, figures) = run.figures;
    sheet.pair(
        "figures",
        &format!("{figures}, {grounded} of them grounded; {} facts from {} files", run.facts, run.files),
    );
    if run.tokens > 0 {
        let rate =
            run.throughput_tok_s.map(|rate| format!(", {} tok/s", format::number(rate))).unwrap_or_default();
        let ttft = run.ttft_ms.map(|ttft| format!(", TTFT {} ms", format::number(ttft))).unwrap_or_default();
        sheet.pair("tokens", &format!("{}{rate}{ttft}", format::count(run.tokens)));
    }
    let stages: Vec<String> =
        run.stages.iter().map(|(name, seconds)| format!("{name} {} s", format::number(*seconds))).collect();
    sheet.pair("stages", &stages.join(", "));
    let settings: Vec<String> =
        run.settings.iter().map(|(name, value)| format!("{name}\u{a0}{value}")).collect();
    sheet.pair("settings", &settings.join(", "));
}

fn show_difference(sheet: &mut Sheet, difference: &Difference) {
    sheet.pair("from", stem(&difference.base));
    sheet.pair("to", stem(&difference.candidate));
    let (changes, same) = match &difference.found {
        Ok(found) => found,
        Err(reason) => return sheet.pair("not read", reason),
    };
    let (changed, one_sided): (Vec<&FactChange>, Vec<&FactChange>) =
        changes.iter().partition(|change| change.base.is_some() && change.candidate.is_some());
    let counts =
        format!("{} changed, {same} the same, {} in one of them alone", changed.len(), one_sided.len());
    sheet.pair("facts", &counts);
    for (title, changes) in [("Facts that changed", changed), ("Facts of one run alone", one_sided)] {
        if changes.is_empty() {
            continue;
        }
        sheet.heading(title);
        for change in changes.iter().take(CHANGES) {
            let side = |text: &Option<String>| text.clone().unwrap_or_else(|| UNDEFINED.to_owned());
            let runs = [
                run(&format!("{} → {}", side(&change.base), side(&change.candidate)), Role::Figure),
                run(&format!("  {}", change.what), Role::Body),
            ];
            sheet.runs(&runs, 2);
        }
        if changes.len() > CHANGES {
            sheet.text(Role::Muted, &format!("… {} more", changes.len() - CHANGES));
        }
    }
}
