//! What is said where an action has nothing to do: a key that does nothing without a word leaves
//! one to guess whether it was pressed.

use super::{
    App, Focus, Popup, Tab, action::Action, keymap::Context, metrics::chart::View, report::Activity,
};

impl App {
    /// Why an action does nothing here; `None` where it does something, or answers for itself.
    pub fn nothing_to_do(&self, action: Action) -> Option<String> {
        // In a popup and while something is typed keys have another meaning.
        if self.popup != Popup::None || self.context() == Context::Typing {
            return None;
        }
        let tabs = tabs(action);
        if !tabs.contains(&self.tab) {
            return Some(elsewhere(action, tabs));
        }
        let is_in_preview = self.tab == Tab::Inventory && self.focus == Focus::Detail;
        let preview = &self.inventory.preview;
        match action {
            Action::Left | Action::Right if !is_in_preview => Some(
                "this moves in the preview of a file".to_owned() + &self.how(Action::FocusNext, "goes there"),
            ),
            Action::ToggleFold | Action::FoldAll | Action::UnfoldAll if is_in_preview => {
                (!preview.is_tree()).then(|| "nothing to fold here: only a JSON tree has parts".into())
            }
            Action::ToggleFold | Action::FoldAll | Action::UnfoldAll => {
                self.inventory.tree().is_none().then(|| {
                    "nothing to fold in a list".to_owned() + &self.how(Action::ToggleTree, "shows folders")
                })
            }
            Action::Open if is_in_preview => {
                (!preview.is_tree()).then(|| "nothing to open here: only a JSON tree has parts".into())
            }
            Action::Open if self.tab == Tab::Report => {
                let has_figure = self.report.evidence.position().is_some();
                (!has_figure).then(|| {
                    "no figure is selected".to_owned() + &self.how(Action::NextFigure, "selects one")
                })
            }
            Action::ZoomIn | Action::ZoomOut if self.metrics.view == View::Values => {
                Some("values have no scale".to_owned() + &self.how(Action::NextView, "shows a chart of them"))
            }
            Action::ZoomOut => {
                (!self.metrics.is_zoomed()).then(|| "the chart shows everything already".into())
            }
            Action::SwapSides => {
                let is_empty = self.compare.base.is_none() && self.compare.candidate.is_none();
                is_empty.then(|| "nothing is compared yet".into())
            }
            Action::Open | Action::MarkBase | Action::RepeatRun if self.tab == Tab::History => {
                self.history.selected_run().is_none().then(|| "no run is selected".into())
            }
            Action::Cancel => {
                let is_idle = self.report.activity == Activity::Idle && !self.bench.is_running();
                is_idle.then(|| "no report is being written, and no benchmark runs".into())
            }
            Action::NextFigure | Action::PreviousFigure
                if self.tab == Tab::Report && self.report.is_busy() =>
            {
                Some("figures can be walked when the report is done".into())
            }
            Action::NextFigure | Action::PreviousFigure if self.tab == Tab::Report => {
                (!self.report.evidence.has_figures()).then(|| "no report with figures is shown".into())
            }
            Action::ToggleFollow if self.tab == Tab::Report => {
                (self.report.activity == Activity::Idle).then(|| "no text is being written".into())
            }
            Action::ClearFilter => {
                let is_cut = self.tab == Tab::Metrics && !self.cutting.cut.is_usual();
                let is_whole = self.filter().is_none() && !is_cut;
                is_whole.then(|| "nothing is filtered: this is the whole list".into())
            }
            Action::NextValue | Action::PreviousValue | Action::ResetSetting => {
                Some("this changes a setting".to_owned() + &self.how(Action::EditSettings, "lists them"))
            }
            _ => None,
        }
    }

    /// `; t shows folders`; nothing where no key does it.
    pub(super) fn how(&self, action: Action, what: &str) -> String {
        self.keymap.key(self.context(), action).map_or_else(String::new, |key| format!("; {key} {what}"))
    }
}

/// The tabs in which an action has a meaning.
pub(super) fn tabs(action: Action) -> &'static [Tab] {
    match action {
        Action::Left
        | Action::Right
        | Action::ToggleTree
        | Action::ToggleFold
        | Action::FoldAll
        | Action::UnfoldAll
        | Action::ReverseSort => &[Tab::Inventory],
        Action::NextView | Action::PreviousView | Action::Filter | Action::ClearFilter => {
            &[Tab::Inventory, Tab::Metrics]
        }
        Action::NextSort => &[Tab::Inventory, Tab::Metrics, Tab::Compare],
        Action::ZoomIn | Action::ZoomOut | Action::NextPartner | Action::GroupBy | Action::Where => {
            &[Tab::Metrics]
        }
        Action::MarkBase => &[Tab::Inventory, Tab::Metrics, Tab::Compare, Tab::History],
        Action::Compare => &[Tab::Inventory, Tab::Metrics, Tab::Compare, Tab::Report, Tab::History],
        Action::SwapSides => &[Tab::Compare],
        Action::NextFigure | Action::PreviousFigure | Action::ToggleFollow => &[Tab::Inventory, Tab::Report],
        Action::PreviousVersion | Action::NextVersion | Action::CopySection => &[Tab::Report],
        Action::RepeatRun => &[Tab::History],
        Action::Edit => &[Tab::Inventory, Tab::Metrics, Tab::Report, Tab::History, Tab::Engine],
        _ => &Tab::ALL,
    }
}

/// `only in Inventory and Metrics: sort the list by the next column`
fn elsewhere(action: Action, tabs: &[Tab]) -> String {
    let names: Vec<&str> = tabs.iter().map(|tab| tab.name()).collect();
    let names = match names.as_slice() {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        names => names.join(""),
    };
    let mut letters = action.help().chars();
    let first = letters.next().map(char::to_lowercase).into_iter().flatten();
    format!("only in {names}: {}{}", first.collect::<String>(), letters.as_str())
}
