//! What goes on the clipboard.

use super::{App, Tab, effect::Effect, metrics, notices::Severity};

impl App {
    /// Copies what is selected.
    pub(super) fn copy(&mut self) -> Vec<Effect> {
        let (what, text) = match self.tab {
            Tab::Inventory => self.copied_of_file(),
            Tab::Metrics => ("series", self.metrics.lines.get(self.metrics.selected).map(metrics::copied)),
            Tab::Compare => ("comparison", self.compare.copied()),
            Tab::History => ("path", self.history.selected_run().map(|run| run.path.to_string())),
            Tab::Engine => ("path", self.selected_model_path()),
            Tab::Report => match self.report.evidence.copied() {
                Some(figure) => ("figure with its source", Some(figure)),
                None => ("report", Some(self.report.view.source().to_owned())),
            },
        };
        self.put_on_clipboard(what, text)
    }

    /// Copies the section of the report at the top of the pane.
    pub(super) fn copy_section(&mut self) -> Vec<Effect> {
        let section = (self.tab == Tab::Report).then(|| self.report.view.section().to_owned());
        self.put_on_clipboard("section", section)
    }

    fn put_on_clipboard(&mut self, what: &str, text: Option<String>) -> Vec<Effect> {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.say(Severity::Info, &format!("copied the {what} (as far as the terminal allows it)"));
            vec![Effect::Copy(text)]
        } else {
            self.say(Severity::Info, "nothing to copy here");
            Vec::new()
        }
    }
}
