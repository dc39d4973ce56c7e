//! A benchmark from the screen: the form that asks for it, and how far it is. It runs in a process
//! of its own, whose rows land in the watched folder like those of any other benchmark.

use std::time::Duration;

use super::{
    App, EngineState, Popup,
    cursor::Move,
    effect::Effect,
    event::{Key as KeyPress, KeyCode},
    notices::Severity,
    sheet::{Sheet, run},
};
use crate::{
    bench::grid::Grid,
    config::Key,
    engine::ModelSpec,
    metrics::format,
    report::model::Params,
    text::{
        sanitize::Shown,
        wrap::{Role, Row},
    },
};

/// Longest value: more is a slip of the mouse.
const TYPED_CHARS: usize = 300;
/// Most runs of a configuration.
const MAX_RUNS: u32 = 1000;
/// What the fields are called.
const NAMES: [&str; 3] = ["sweep", "runs", "results there"];
/// Columns of the names.
const NAME: u16 = 15;
/// Rows of the form.
const ROWS: usize = 9;
/// What is done about results that are there.
const GO_ON: &str = "go on";
const REPLACE: &str = "replace";

/// What is typed so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenchForm {
    /// Grid, runs, and what to do about results that are there.
    fields: [String; 3],
    /// The one that is typed into.
    pub selected: usize,
    fault: Option<String>,
}

impl Default for BenchForm {
    fn default() -> Self {
        let fields = ["num_ctx=1024,2048,temperature=0.2,0.8".into(), "3".into(), GO_ON.into()];
        Self { fields, selected: 0, fault: None }
    }
}

/// A benchmark to run.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The model.
    pub model: ModelSpec,
    /// The grid, as `--sweep` takes it.
    pub sweep: String,
    /// Visits of each configuration.
    pub runs: u32,
    /// Results that are there are written over; otherwise they are gone on with.
    pub replace: bool,
    /// `KEY=VALUE` of what is set for the next report and not swept.
    pub settings: Vec<String>,
}

/// What is heard of the one that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// It goes on.
    Progress {
        /// Calls made.
        done: u64,
        /// All.
        total: u64,
        /// How long the rest takes, once that is known.
        left: Option<Duration>,
        /// The configuration under way.
        what: Shown,
    },
    /// It ended: its exit code, and its last words where it failed.
    Ended(Option<i32>, Shown),
}

/// The benchmark that runs, or the last one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bench {
    /// What is swept, while it runs.
    running: Option<String>,
    /// What was heard last.
    news: Option<News>,
    is_cancelled: bool,
}

impl Bench {
    /// Does one run?
    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// How far the one that runs is, in a few words.
    pub fn progress(&self) -> Option<String> {
        self.running.as_ref()?;
        Some(match &self.news {
            _ if self.is_cancelled => "benchmark: stopping".to_owned(),
            Some(News::Progress { done, total, left, .. }) => {
                let left = left.map(|left| format!(", {} left", format::duration(left))).unwrap_or_default();
                format!("benchmark: {done} of {total} calls{left}")
            }
            _ => "benchmark: starting".to_owned(),
        })
    }
}

impl App {
    /// Opens the form, or says why there is none.
    pub(super) fn ask_for_bench(&mut self) {
        if self.bench.is_running() {
            let key = self.key(super::action::Action::Cancel);
            return self.say(Severity::Info, &format!("a benchmark is running; {key} cancels it"));
        }
        if self.report.is_busy() {
            return self.say(Severity::Info, "a report is being written: two at once measure each other");
        }
        if self.model_spec.is_none() {
            return self.say(Severity::Info, "no model is chosen; the Engine tab lists what there is");
        }
        if self.model_spec.as_ref().is_some_and(ModelSpec::is_remote) {
            return self
                .say(Severity::Info, "the model is at an endpoint; a model of this machine can be measured");
        }
        self.toggle_popup(Popup::Bench(BenchForm::default()));
    }

    /// Starts what the form says, after the screen's own model has given its memory back.
    pub(super) fn start_bench(&mut self) -> Vec<Effect> {
        let (Popup::Bench(form), Some(model)) = (&self.popup, self.model_spec.clone()) else {
            return Vec::new();
        };
        let (grid, runs, replace) = match form.read() {
            Ok(read) => read,
            Err(fault) => {
                if let Popup::Bench(form) = &mut self.popup {
                    form.fault = Some(fault);
                }
                self.relayout();
                return Vec::new();
            }
        };
        let settings = self.settings_beside(&grid);
        let sweep = grid.text();
        self.popup = Popup::None;
        self.bench = Bench { running: Some(sweep.clone()), news: None, is_cancelled: false };
        self.relayout();
        let mut effects = Vec::new();
        if matches!(self.engine, EngineState::Ready | EngineState::Loading(_)) {
            self.say(
                Severity::Info,
                "the model loaded here is unloaded, so that the benchmark has its memory",
            );
            effects.push(Effect::UnloadModel);
        }
        effects.push(Effect::Bench(Box::new(Asked { model, sweep, runs, replace, settings })));
        effects
    }

    /// Ends the benchmark; what was measured is kept.
    pub(super) fn stop_bench(&mut self) -> Vec<Effect> {
        if !self.bench.is_running() {
            return Vec::new();
        }
        self.bench.is_cancelled = true;
        self.say(Severity::Info, "the benchmark is stopped; its rows are kept, and it can be gone on with");
        vec![Effect::StopBench]
    }

    /// Takes what is heard of the benchmark.
    pub(super) fn take_bench(&mut self, news: News) {
        if let News::Ended(code, words) = &news {
            let was_cancelled = self.bench.is_cancelled;
            self.bench.running = None;
            match code {
                Some(0) => self.say(Severity::Info, "the benchmark is done"),
                _ if was_cancelled => {}
                _ => self.say(Severity::Error, &format!("the benchmark failed: {words}")),
            }
        }
        self.bench.news = Some(news);
    }

    /// What is set by hand and not swept: the benchmark measures what the next report would use.
    fn settings_beside(&self, grid: &Grid) -> Vec<String> {
        let default = Params::default();
        Key::editable()
            .filter(|key| grid.axes.iter().all(|axis| axis.key != *key))
            .filter(|key| key.text(&self.params) != key.text(&default))
            .map(|key| format!("{}={}", key.name(), key.text(&self.params)))
            .collect()
    }

    /// The field above or below.
    pub(super) fn move_in_bench(&mut self, to: Move) {
        let Popup::Bench(form) = &mut self.popup else { return };
        let last = form.fields.len() - 1;
        form.selected = match to {
            Move::By(by) => form.selected.saturating_add_signed(by).min(last),
            Move::Start | Move::HalfPages(..0) | Move::Pages(..0) => 0,
            _ => last,
        };
        self.popup_rows = self.bench_rows();
    }

    /// A letter for the field, or one less.
    pub(super) fn type_into_bench(&mut self, press: KeyPress) {
        let Popup::Bench(form) = &mut self.popup else { return };
        let field = &mut form.fields[form.selected];
        match press.code {
            // A choice of two needs no letters.
            _ if form.selected == 2 => {
                let other = if field == GO_ON { REPLACE } else { GO_ON };
                other.clone_into(field);
            }
            KeyCode::Char(letter) if press.is_text() && field.chars().count() < TYPED_CHARS => {
                field.push(letter);
            }
            KeyCode::Backspace => drop(field.pop()),
            _ => return,
        }
        form.fault = None;
        self.popup_rows = self.bench_rows();
    }

    /// Pasted text goes into the field; `false` where there is none.
    pub(super) fn paste_into_bench(&mut self, text: &str) -> bool {
        let Popup::Bench(form) = &mut self.popup else { return false };
        let field = &mut form.fields[form.selected];
        if form.selected < 2 {
            let room = TYPED_CHARS.saturating_sub(field.chars().count());
            field.extend(text.chars().filter(|letter| !letter.is_control()).take(room));
            form.fault = None;
        }
        self.popup_rows = self.bench_rows();
        true
    }

    /// Rows that the form would like.
    pub(super) fn bench_height() -> usize {
        ROWS
    }

    /// The fields, and what they come to.
    pub(super) fn bench_rows(&self) -> Vec<Row> {
        let Popup::Bench(form) = &self.popup else { return Vec::new() };
        let mut sheet = Sheet::new(self.areas.popup_text_width());
        for (index, (name, value)) in NAMES.iter().zip(&form.fields).enumerate() {
            let is_selected = index == form.selected;
            let value = match (is_selected, index) {
                (false, _) => value.clone(),
                (true, 2) => format!("{value} (space changes it)"),
                (true, _) => format!("{value}▏"),
            };
            let role = if is_selected { Role::Strong } else { Role::Figure };
            sheet.runs(
                &[run(&format!("{name:width$}", width = usize::from(NAME)), Role::Body), run(&value, role)],
                NAME,
            );
        }
        sheet.text(Role::Body, "");
        match form.fault.clone().map_or_else(|| form.read(), Err) {
            Err(fault) => sheet.runs(&[run(&fault, Role::Strong)], 0),
            Ok((grid, runs, _)) => {
                let calls = grid.len() as u64 * u64::from(runs);
                let told = format!(
                    "{} configurations, {} calls; rows, a summary and a JSON are written into the folder",
                    format::count(grid.len() as u64),
                    format::count(calls)
                );
                sheet.text(Role::Muted, &told);
            }
        }
        let beside = "It runs in a process of its own; a model that is loaded here is unloaded first.";
        sheet.text(Role::Muted, beside);
        sheet.into_rows()
    }

    /// What the Engine tab tells of it.
    pub(super) fn tell_bench(&self, sheet: &mut Sheet) {
        let bench = &self.bench;
        if let (Some(sweep), Some(progress)) = (&bench.running, bench.progress()) {
            sheet.heading("Benchmark");
            sheet.pair("sweep", sweep);
            sheet.pair("state", &progress);
            if let Some(News::Progress { what, .. }) = &bench.news {
                sheet.pair("now", what.as_str());
            }
            let cancel = self.key(super::action::Action::Cancel);
            sheet.text(Role::Muted, &format!("{cancel} cancels it; a report written now would disturb it"));
        } else if let Some(News::Ended(code, words)) = &bench.news {
            sheet.heading("Benchmark");
            let state = match code {
                Some(0) => "done; its files are in the folder".to_owned(),
                _ if bench.is_cancelled => "stopped; its rows are kept".to_owned(),
                _ => format!("failed: {words}"),
            };
            sheet.pair("state", &state);
        }
    }
}

impl BenchForm {
    /// The fields as they are meant.
    fn read(&self) -> Result<(Grid, u32, bool), String> {
        let [sweep, runs, there] = &self.fields;
        let grid = Grid::parse(sweep)?;
        let runs = runs.trim().parse().ok().filter(|runs| (1..=MAX_RUNS).contains(runs));
        let runs = runs.ok_or_else(|| format!("runs must be a whole number from 1 to {MAX_RUNS}"))?;
        Ok((grid, runs, there == REPLACE))
    }
}
