//! Earlier runs: opened, held against each other, and done again.

use super::{
    App, Tab,
    effect::Effect,
    history::runs::{RunsRead, RunsWanted},
    notices::Severity,
};

impl App {
    /// Shows the report of the selected run, as its record has it.
    pub(super) fn open_run(&mut self) -> Vec<Effect> {
        if self.report.is_busy() {
            self.say(Severity::Info, "a report is being written; it would be covered: cancel it first");
            return Vec::new();
        }
        let run = self.history.selected_run().cloned();
        run.map(|run| Effect::ReadRuns(RunsWanted::Open(run))).into_iter().collect()
    }

    /// Comparisons of runs begin with the selected one.
    pub(super) fn mark_run(&mut self) {
        if let Some(name) = self.history.mark_base() {
            self.say(Severity::Info, &format!("base: {name}; select another run and compare it"));
        }
    }

    /// Holds the facts of the selected run against those of the base.
    pub(super) fn compare_runs(&mut self) -> Vec<Effect> {
        let pair = self.history.base().cloned().zip(self.history.selected_run().cloned());
        match pair {
            Some((base, run)) if base.path != run.path => {
                vec![Effect::ReadRuns(RunsWanted::Compare(base, run))]
            }
            Some(_) => {
                self.say(Severity::Info, "this is the base; select what is to be compared with it");
                Vec::new()
            }
            None => {
                self.say(Severity::Info, "mark the base first, then select what is to be compared with it");
                Vec::new()
            }
        }
    }

    /// What was read of records.
    pub(super) fn take_runs(&mut self, read: RunsRead) {
        match read {
            RunsRead::Opened(file, _) if self.report.is_busy() => {
                self.say(Severity::Info, &format!("`{}` is not shown: a report is being written", file.path));
            }
            RunsRead::Opened(file, Ok(record)) => {
                if self.report.show_record(&record, &file.path) {
                    self.select_tab(Tab::Report);
                } else {
                    self.say(Severity::Warning, &format!("`{}` holds no text of a report", file.path));
                }
            }
            RunsRead::Opened(file, Err(reason)) => {
                self.say(Severity::Error, &format!("cannot read `{}`: {reason}", file.path));
            }
            read => {
                self.history.take(read);
                self.refresh_sides();
                self.show_changes();
            }
        }
    }

    /// Writes a report with the settings that the selected run asked for.
    pub(super) fn repeat_run(&mut self) -> Vec<Effect> {
        let Some(run) = self.history.summary().filter(|_| self.tab == Tab::History) else {
            return Vec::new();
        };
        let (asked, model) = (run.asked.clone(), run.model.clone());
        if self.report.is_busy() {
            return self.generate();
        }
        // The loaded model has a context of its own size: it is loaded anew for another one.
        let is_other = self.params != asked;
        self.params = asked;
        let mut effects = Vec::new();
        if is_other && self.engine == super::EngineState::Ready {
            effects.push(Effect::UnloadModel);
            self.engine = super::EngineState::Idle;
        }
        effects.extend(self.generate());
        let now = self.model_name.as_ref().map_or("", |name| name.as_str()).to_owned();
        if model != now && !model.is_empty() {
            let with = if now.is_empty() { "no model".to_owned() } else { format!("`{now}`") };
            self.say(Severity::Warning, &format!("that run had the model `{model}`; this one has {with}"));
        }
        effects
    }
}
