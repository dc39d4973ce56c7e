//! The state of the interactive program and how events change it. Pure: no I/O, no
//! clock, no thread.

pub mod action;
pub mod areas;
mod browse;
pub mod columns;
pub mod compare;
mod cursor;
pub mod document;
pub mod effect;
pub mod event;
mod filter;
pub mod folders;
pub mod history;
pub mod inventory;
pub mod keymap;
pub mod metrics;
pub mod notices;
pub mod palette;
mod popup;
pub mod preview;
mod repeat;
pub mod report;
mod sheet;
pub mod sort;
#[cfg(test)]
mod tests;
mod twins;
pub mod update;
mod workflow;

use std::{sync::Arc, time::Duration};

use self::{
    areas::Areas,
    compare::CompareTab,
    event::Key,
    history::HistoryTab,
    inventory::InventoryTab,
    keymap::{Context, Keymap},
    metrics::MetricsTab,
    notices::Notices,
    palette::Palette,
    report::ReportTab,
};
use crate::{
    engine::ModelSpec,
    metrics::library::Library,
    report::model::{ModelInfo, Params},
    text::{sanitize::Shown, stream::StreamView, wrap::Row},
};

/// The tabs, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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
}

impl Tab {
    /// Every tab, in order.
    pub const ALL: [Tab; 5] = [Tab::Inventory, Tab::Metrics, Tab::Compare, Tab::Report, Tab::History];

    /// Its name in the tab line.
    pub fn title(self) -> &'static str {
        match self {
            Tab::Inventory => "1 Inventory",
            Tab::Metrics => "2 Metrics",
            Tab::Compare => "3 Compare",
            Tab::Report => "4 Report",
            Tab::History => "5 History",
        }
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Popup {
    /// Nothing.
    #[default]
    None,
    /// Keys; scrolled by rows.
    Help(usize),
    /// Every problem of every file; scrolled by rows.
    Problems(usize),
    /// Every action, by what is typed.
    Palette(Palette),
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
    /// Keys.
    pub keymap: Keymap,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Wall clock at the start, nanoseconds since 1970.
    pub wall_ns: i128,
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
    /// The tab whose figure or value led to the file on the screen: one level out is back.
    came_from: Option<Tab>,
    /// Geometry.
    pub areas: Areas,
    /// Messages that wait for no one.
    pub notices: Notices,
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
        let (model_spec, engine) = match setup.model {
            Ok(Some(spec)) => (Some(spec), EngineState::Idle),
            Ok(None) => (None, EngineState::NoModel(Shown::new("none asked for (`--model none`)"))),
            Err(reason) => (None, EngineState::NoModel(Shown::new(&reason))),
        };
        let mut app = Self {
            folder: setup.folder,
            library: Arc::default(),
            tab: Tab::default(),
            focus: Focus::default(),
            popup: Popup::default(),
            popup_rows: Vec::new(),
            inventory: InventoryTab::default(),
            metrics: MetricsTab::default(),
            compare: CompareTab::default(),
            history: HistoryTab::default(),
            report: ReportTab { view: StreamView::new(), ..ReportTab::default() },
            engine,
            model: None,
            model_name: setup.model_name,
            keymap: setup.keymap,
            pending: Vec::new(),
            came_from: None,
            areas: Areas::default(),
            notices: Notices::default(),
            now: Duration::ZERO,
            wall_ns: setup.wall_ns,
            model_spec,
            params: setup.params,
            persona: setup.persona,
            size: setup.size,
        };
        app.inventory.tick(app.now, app.wall_ns);
        app.relayout();
        app
    }

    /// Where one level out leads, when a figure or a value led to the file on the screen.
    pub fn leads_back(&self) -> Option<Tab> {
        self.came_from.filter(|_| self.popup == Popup::None)
    }

    /// Where the next key is pressed.
    pub fn context(&self) -> Context {
        match (&self.popup, self.tab) {
            (Popup::Help(_) | Popup::Problems(_), _) => Context::Popup,
            (Popup::Palette(_), _) => Context::Typing,
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
            Tab::Inventory | Tab::Metrics | Tab::Compare | Tab::History => Context::List,
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
            Tab::Metrics => self.metrics.lay_out(&self.areas, &self.library),
            Tab::Compare => self.compare.lay_out(&self.areas),
            Tab::History => self.history.lay_out(&self.areas),
            Tab::Report => self.report.lay_out(self.areas.pane.width, self.areas.pane.height),
        }
    }
}
