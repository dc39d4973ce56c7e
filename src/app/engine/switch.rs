//! Which model writes: chosen, loaded, unloaded, and left alone when nobody uses it.

use std::time::Duration;

use super::super::{
    App, EngineState, Tab, action::Action, effect::Effect, keymap::Context, notices::Severity,
};
use crate::{
    config::KeepAlive,
    engine::{ModelSpec, host::Sight, models::Listing, protocol::EngineEvent},
    text::sanitize::Shown,
};

/// While the engine works on the screen, it is looked at so often.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// The time left until a model is unloaded is told in these.
const MINUTE: Duration = Duration::from_mins(1);

impl App {
    /// The selected model writes from now on. One that is loaded makes way for it at once.
    pub(in crate::app) fn use_model(&mut self) -> Vec<Effect> {
        let Some(line) = self.engine_tab.selected_line() else { return Vec::new() };
        let (spec, name, fault) = (line.spec.clone(), line.name.clone(), line.fault.clone());
        if let Some(fault) = fault {
            self.say(Severity::Warning, &format!("`{name}` cannot be used: {fault}"));
            return Vec::new();
        }
        if self.report.is_busy() {
            self.say(Severity::Info, "a report is being written; cancel it first");
            return Vec::new();
        }
        if line.is_chosen {
            return self.load_model();
        }
        let was_loaded = matches!(self.engine, EngineState::Ready | EngineState::Loading(_));
        self.model = None;
        self.model_spec.clone_from(&spec);
        self.engine_tab.mark(spec.as_ref());
        self.engine_tab.loaded_with = None;
        self.engine_tab.failure = None;
        let mut effects = Vec::new();
        if spec.is_none() {
            self.model_name = None;
            self.engine = EngineState::NoModel(Shown::new("none is wanted"));
            self.say(Severity::Info, "reports are written by code alone");
            // Also where a load failed: its process still has some memory.
            effects.push(Effect::UnloadModel);
        } else {
            self.model_name = Some(name.clone());
            self.engine = EngineState::Idle;
            if was_loaded {
                return self.load_model();
            }
            let key = self.keymap.key(Context::List, Action::LoadModel);
            let hint = key.map(|key| format!("; {key} loads it now")).unwrap_or_default();
            self.say(Severity::Info, &format!("`{name}` writes the next report{hint}"));
        }
        effects
    }

    /// Loads the chosen model before it is needed.
    pub(in crate::app) fn load_model(&mut self) -> Vec<Effect> {
        let Some(spec) = self.model_spec.clone() else {
            self.say(Severity::Info, "no model is chosen; the Engine tab lists what there is");
            return Vec::new();
        };
        if self.report.is_busy() || matches!(self.engine, EngineState::Loading(_)) {
            self.say(Severity::Info, "the engine is at work");
            return Vec::new();
        }
        if !self.needs_load() {
            self.say(Severity::Info, "it is loaded already");
            return Vec::new();
        }
        self.engine_tab.is_held = true;
        vec![self.load(spec)]
    }

    /// Loads a model with the settings as they are.
    pub(in crate::app) fn load(&mut self, spec: ModelSpec) -> Effect {
        self.engine = EngineState::Loading(0.0);
        self.engine_tab.loaded_with = Some((spec.clone(), self.params.clone()));
        Effect::LoadModel(spec, self.params.clone())
    }

    /// Nothing is loaded, or with other settings of the context than those that hold now.
    pub(in crate::app) fn needs_load(&self) -> bool {
        if self.engine != EngineState::Ready {
            return true;
        }
        let Some((spec, with)) = &self.engine_tab.loaded_with else { return false };
        let now = &self.params;
        self.model_spec.as_ref() != Some(spec) || with.context() != now.context()
    }

    /// What must be looked up for the tab, while it is on the screen.
    pub(in crate::app) fn look(&mut self) -> Vec<Effect> {
        let (tab, mut effects) = (&mut self.engine_tab, Vec::new());
        // The gauges of a report tell its process's memory.
        let is_gauged = self.tab == Tab::Report && self.report.is_busy();
        if self.tab != Tab::Engine && !is_gauged {
            tab.is_stale = true;
            return effects;
        }
        if !is_gauged && !std::mem::replace(&mut tab.is_listed, true) {
            let chosen = match &self.model_spec {
                Some(ModelSpec::File(path)) => Some(path.clone()),
                Some(ModelSpec::Scripted(_) | ModelSpec::Remote(_)) | None => None,
            };
            effects.push(Effect::ListModels(chosen));
        }
        let is_due = self.report.is_busy() && self.now >= tab.looked_at + LOOK_AGAIN;
        if !tab.is_looking && (tab.is_stale || is_due) {
            (tab.is_looking, tab.is_stale, tab.looked_at) = (true, false, self.now);
            effects.push(Effect::LookAtEngine);
        }
        effects
    }

    /// The file of the selected model, to be copied.
    pub(in crate::app) fn selected_model_path(&self) -> Option<String> {
        let found = self.engine_tab.selected_line()?.found.as_ref()?;
        Some(found.path.to_string_lossy().into_owned())
    }

    /// The models that were found.
    pub(in crate::app) fn take_models(&mut self, listing: Listing) {
        self.engine_tab.take_listing(listing, self.model_spec.as_ref());
    }

    /// What was seen of the engine.
    pub(in crate::app) fn take_sight(&mut self, sight: Sight) {
        self.engine_tab.is_looking = false;
        self.engine_tab.sight = sight;
    }

    /// Something became of the engine: what is told of it is no longer so.
    pub(in crate::app) fn note_engine(&mut self, event: &EngineEvent) {
        let tab = &mut self.engine_tab;
        match event {
            EngineEvent::Piece { .. } | EngineEvent::Prefill { .. } | EngineEvent::Loading(_) => return,
            EngineEvent::Failed { error, .. } => tab.failure = Some(Shown::new(&error.to_string())),
            EngineEvent::Loaded(_) => tab.failure = None,
            _ => {}
        }
        tab.is_stale = true;
    }

    /// Unloads a model that nobody has used for the time set.
    pub(in crate::app) fn unload_unused(&mut self) -> Option<Effect> {
        let is_busy = self.report.is_busy();
        let tab = &mut self.engine_tab;
        if self.engine != EngineState::Ready || is_busy {
            tab.unused_since = None;
            tab.is_held &= !is_busy;
            return None;
        }
        tab.unused_since.get_or_insert(self.now);
        self.unload_at().filter(|at| *at <= self.now)?;
        self.engine_tab.unused_since = None;
        self.engine = EngineState::Idle;
        let text = format!("the model was not used for {} and is unloaded", self.settings.keep_alive);
        let text = match self.settings.keep_alive {
            KeepAlive::For(Duration::ZERO) => "the model is unloaded, its memory is free",
            _ => text.as_str(),
        };
        self.say(Severity::Info, &format!("{text} (keep_alive)"));
        Some(Effect::UnloadModel)
    }

    /// When the model will be unloaded, unless it is used.
    fn unload_at(&self) -> Option<Duration> {
        match self.settings.keep_alive {
            // Whoever loads a model by hand wants to use it.
            KeepAlive::For(Duration::ZERO) if self.engine_tab.is_held => None,
            KeepAlive::For(time) => Some(self.engine_tab.unused_since? + time),
            KeepAlive::Forever => None,
        }
    }

    /// Minutes until then, begun ones too.
    pub(super) fn minutes_left(&self) -> Option<u64> {
        let left = self.unload_at()?.saturating_sub(self.now);
        Some(left.as_secs().div_ceil(MINUTE.as_secs()))
    }

    /// When the tab or the model's time wants to be looked at again.
    pub(in crate::app) fn engine_wakeup(&self) -> Option<Duration> {
        let at = self.unload_at()?;
        let minutes = self.minutes_left()?.saturating_sub(1);
        // The next minute that is told to be left; only who sees it must be told.
        let told = at.saturating_sub(Duration::from_secs(minutes * MINUTE.as_secs()));
        Some(if self.tab == Tab::Engine && told > self.now { told } else { at })
    }
}
