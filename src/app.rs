//! The state of the interactive program and how events change it. Pure: no I/O, no
//! clock, no thread.

pub mod action;
mod answers;
pub mod areas;
pub mod bench;
mod brief;
mod browse;
pub mod columns;
pub mod compare;
mod copy;
mod cursor;
pub mod cut;
pub mod document;
pub mod effect;
pub mod engine;
pub mod event;
mod field;
mod filter;
pub mod finder;
mod folder;
pub mod folders;
pub mod form;
pub mod freshen;
pub mod history;
pub mod inventory;
pub mod keymap;
pub mod layout;
pub mod machine;
pub mod metrics;
mod mouse;
pub mod notices;
pub mod outside;
mod palette;
mod popup;
pub mod preview;
pub mod progress;
mod repeat;
pub mod report;
pub mod rescue;
pub mod settings;
mod sheet;
pub mod sort;
#[cfg(test)]
mod tests;
mod twins;
pub mod update;
mod versions;
mod workflow;
mod yielding;

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use self::{
    action::Action,
    areas::Areas,
    bench::{Bench, BenchForm},
    compare::{CompareTab, Pick, SideOf},
    cut::Cutting,
    engine::EngineTab,
    event::Key,
    finder::Finder,
    form::Form,
    freshen::Freshening,
    history::HistoryTab,
    inventory::InventoryTab,
    keymap::{Context, Keymap},
    machine::Machine,
    metrics::MetricsTab,
    notices::Notices,
    outside::Outside,
    progress::{JobProgress, Scan},
    report::ReportTab,
    settings::Settings,
    yielding::Yielding,
};
use crate::{
    engine::ModelSpec,
    metrics::{library::Library, query::Condition},
    report::model::{ModelInfo, Params},
    save::{Unsaved, journal::Remains},
    text::{sanitize::Shown, stream::StreamView, wrap::Row},
};

/// The tabs, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tab {
    /// Files.
    #[default]
    Inventory,
    /// Series and statistics.
    Metrics,
    /// One side against another.
    Compare,
    /// The report.
    Report,
    /// Earlier runs.
    History,
    /// The model, and what runs it.
    Engine,
}

impl Tab {
    /// Every tab, in order.
    pub const ALL: [Tab; 6] =
        [Tab::Inventory, Tab::Metrics, Tab::Compare, Tab::Report, Tab::History, Tab::Engine];

    /// Its name in the tab line.
    pub fn title(self) -> &'static str {
        match self {
            Tab::Inventory => "1 Inventory",
            Tab::Metrics => "2 Metrics",
            Tab::Compare => "3 Compare",
            Tab::Report => "4 Report",
            Tab::History => "5 History",
            Tab::Engine => "6 Engine",
        }
    }

    /// The same without its number.
    pub fn name(self) -> &'static str {
        self.title().split_once(' ').map_or("", |(_, name)| name)
    }

    /// What stands for its name where there is no room: its number, which is its key.
    pub fn number(self) -> &'static str {
        self.title().split(' ').next().unwrap_or_default()
    }

    /// The tab so many places further, around the end.
    #[must_use]
    fn further(self, by: usize) -> Self {
        Self::ALL[(self as usize + by) % Self::ALL.len()]
    }
}

/// Which of a tab's areas the keys go to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Focus {
    /// The list.
    #[default]
    List,
    /// What lies beside or below it.
    Detail,
}

/// What lies over the tabs.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Popup {
    /// Nothing.
    #[default]
    None,
    /// Keys; scrolled by rows.
    Help(usize),
    /// Every problem of every file; scrolled by rows.
    Problems(usize),
    /// Every action, by what is typed.
    Palette(Finder<Action>),
    /// What changed since the version of the report before; scrolled by rows.
    Changes(usize),
    /// Dimensions to group by, by what is typed.
    GroupBy(Finder<Arc<str>>),
    /// Conditions that rows must meet, by what is typed.
    Rows(Finder<Condition>),
    /// Everything that can be one side of a comparison, by what is typed.
    Sides(SideOf, Finder<Pick>),
    /// The settings of the next report.
    Form(Form),
    /// A benchmark to run.
    Bench(BenchForm),
    /// Where a report shall go that could not be saved, as far as it is typed.
    Place(String),
}

/// State of the engine as far as the screen cares.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum EngineState {
    /// No model chosen or found; why.
    NoModel(Shown),
    /// Chosen, not loaded.
    #[default]
    Idle,
    /// Loading, 0 to 1.
    Loading(f32),
    /// Resident.
    Ready,
}

/// What the program starts with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The folder's name as given.
    pub folder: Shown,
    /// The model chosen; `Err` says why there is none.
    pub model: Result<Option<ModelSpec>, String>,
    /// Its name as shown.
    pub model_name: Option<Shown>,
    /// Settings.
    pub params: Params,
    /// The persona's name and text.
    pub persona: (String, String),
    /// Personas, and who set what.
    pub settings: Settings,
    /// Keys.
    pub keymap: Keymap,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Wall clock at the start, nanoseconds since 1970.
    pub wall_ns: i128,
    /// The machine is sampled.
    pub is_metered: bool,
}

/// The whole state.
#[derive(Debug)]
pub struct App {
    /// The folder's name as given.
    pub folder: Shown,
    /// The folder's content.
    pub library: Arc<Library>,
    /// Selected tab.
    pub tab: Tab,
    /// Which of its areas the keys go to.
    pub focus: Focus,
    /// What lies over it.
    pub popup: Popup,
    /// The open popup's text, laid out for [`Areas::popup_rows`].
    pub popup_rows: Vec<Row>,
    /// The same with its series cut as the Metrics tab asks for.
    pub shown: Arc<Library>,
    /// How they are cut.
    pub cutting: Cutting,
    /// Inventory slice.
    pub inventory: InventoryTab,
    /// Metrics slice.
    pub metrics: MetricsTab,
    /// Compare slice.
    pub compare: CompareTab,
    /// Report slice.
    pub report: ReportTab,
    /// History slice.
    pub history: HistoryTab,
    /// The machine beside the benchmark.
    pub machine: Machine,
    /// The next report's prompt, evaluated ahead.
    pub freshening: Freshening,
    /// Who else was on the GPU that the model lies on.
    yielding: Yielding,
    /// Engine slice.
    pub engine_tab: EngineTab,
    /// The benchmark that runs, or the last one.
    pub bench: Bench,
    /// What the next report is made with, besides the run's own settings.
    pub settings: Settings,
    /// Engine.
    pub engine: EngineState,
    /// The model, once known.
    pub model: Option<ModelInfo>,
    /// Name of the model chosen, as shown before it is loaded.
    pub model_name: Option<Shown>,
    /// Keys.
    pub keymap: Keymap,
    /// Keys of a chord that is not complete yet.
    pub pending: Vec<Key>,
    /// What is computed away from the loop and takes its time.
    jobs: Vec<JobProgress>,
    /// The first scan of the folder, while it goes on.
    scan: Option<Scan>,
    /// The tab whose figure or value led to the file on the screen: one level out is back.
    came_from: Option<Tab>,
    /// The terminal reports the mouse.
    pub has_mouse: bool,
    /// Geometry.
    pub areas: Areas,
    /// Messages that wait for no one.
    pub notices: Notices,
    /// The report that could not be saved.
    unsaved: Option<Box<Unsaved>>,
    /// Journals of runs that died.
    remains: Vec<Remains>,
    /// What is told beyond the screen.
    pub outside: Outside,
    /// Time since start, as told by the last event.
    pub now: Duration,
    /// Wall clock, as told by the last event, nanoseconds since 1970.
    pub wall_ns: i128,
    model_spec: Option<ModelSpec>,
    params: Params,
    persona: (String, String),
    size: (u16, u16),
}

impl App {
    /// The state at the start.
    pub fn new(setup: Setup) -> Self {
        let mut app = Self {
            folder: setup.folder,
            library: Arc::default(),
            tab: Tab::default(),
            focus: Focus::default(),
            popup: Popup::default(),
            popup_rows: Vec::new(),
            shown: Arc::default(),
            cutting: Cutting::default(),
            inventory: InventoryTab::default(),
            metrics: MetricsTab::default(),
            compare: CompareTab::default(),
            history: HistoryTab::default(),
            engine_tab: EngineTab::default(),
            bench: Bench::default(),
            settings: setup.settings,
            report: ReportTab { view: StreamView::new(), ..ReportTab::default() },
            machine: Machine::new(setup.is_metered),
            freshening: Freshening::default(),
            yielding: Yielding::default(),
            engine: EngineState::default(),
            model: None,
            model_name: None,
            keymap: setup.keymap,
            pending: Vec::new(),
            jobs: Vec::new(),
            scan: None,
            came_from: None,
            has_mouse: true,
            areas: Areas::default(),
            notices: Notices::default(),
            unsaved: None,
            remains: Vec::new(),
            outside: Outside::default(),
            now: Duration::ZERO,
            wall_ns: setup.wall_ns,
            model_spec: None,
            params: setup.params,
            persona: setup.persona,
            size: setup.size,
        };
        app.set_model(setup.model, setup.model_name);
        app.inventory.tick(app.now, app.wall_ns);
        app.relayout();
        app
    }

    /// Sets the model that the start leads to, and its name as shown; `Err` says why there is none.
    pub fn set_model(&mut self, model: Result<Option<ModelSpec>, String>, name: Option<Shown>) {
        (self.model_spec, self.engine) = match model {
            Ok(Some(spec)) => (Some(spec), EngineState::Idle),
            Ok(None) => (None, EngineState::NoModel(Shown::new("none asked for (`--model none`)"))),
            Err(reason) => (None, EngineState::NoModel(Shown::new(&reason))),
        };
        self.model_name = name;
    }

    /// Where one level out leads, when a figure or a value led to the file on the screen.
    pub fn leads_back(&self) -> Option<Tab> {
        self.came_from.filter(|_| self.popup == Popup::None)
    }

    /// Where the next key is pressed.
    pub fn context(&self) -> Context {
        match (&self.popup, self.tab) {
            (Popup::Help(_) | Popup::Problems(_) | Popup::Changes(_), _) => Context::Popup,
            (
                Popup::Palette(_)
                | Popup::GroupBy(_)
                | Popup::Rows(_)
                | Popup::Sides(..)
                | Popup::Bench(_)
                | Popup::Place(_)
                | Popup::Form(Form { typed: Some(_), .. }),
                _,
            ) => Context::Typing,
            (Popup::Form(_), _) => Context::Form,
            (Popup::None, _) => self.context_below(),
        }
    }

    /// The same as if no popup were open.
    fn context_below(&self) -> Context {
        match self.tab {
            Tab::Inventory if self.inventory.is_typing || self.inventory.preview.is_typing() => {
                Context::Typing
            }
            Tab::Metrics if self.metrics.is_typing => Context::Typing,
            Tab::Inventory if self.focus == Focus::Detail => Context::Preview,
            Tab::Inventory | Tab::Metrics | Tab::Compare | Tab::History | Tab::Engine => Context::List,
            Tab::Report => Context::Report,
        }
    }

    /// After a change of size, tab, focus or popup: geometry first, then what is laid out
    /// for it.
    pub fn relayout(&mut self) {
        self.areas = Areas::new(self.size, self.tab, self.focus);
        self.lay_popup_out();
        match self.tab {
            Tab::Inventory => {
                self.inventory.lay_out(&self.areas, self.focus == Focus::Detail, &self.library);
            }
            Tab::Metrics => self.metrics.lay_out(&self.areas, &self.shown),
            Tab::Compare => self.compare.lay_out(&self.areas),
            Tab::History => self.history.lay_out(&self.areas),
            Tab::Engine => self.lay_engine_out(),
            Tab::Report => self.report.lay_out(self.areas.pane.width, self.areas.pane.height),
        }
    }
}
