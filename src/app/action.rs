//! What the user means. Each action is declared once, here: its doc comment is its line in
//! the help, its name is what `keymap.toml` calls it.

macro_rules! actions {
    ($($(#[doc = $help:literal])+ $variant:ident = $name:literal,)+) => {
        /// What the user means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action { $($(#[doc = $help])+ $variant,)+ }

        impl Action {
            /// Every action, in the order of the help.
            pub const ALL: &'static [Action] = &[$(Action::$variant),+];

            /// Its name in `keymap.toml`.
            pub fn name(self) -> &'static str {
                match self { $(Action::$variant => $name),+ }
            }

            /// Its line in the help.
            pub fn help(self) -> &'static str {
                match self { $(Action::$variant => concat!($($help),+).trim_ascii()),+ }
            }

            /// The action of a name.
            pub fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Action::$variant),)+ _ => None }
            }
        }
    };
}

actions! {
    /// Next tab
    NextTab = "next-tab",
    /// Previous tab
    PreviousTab = "previous-tab",
    /// Inventory: the files
    ShowInventory = "show-inventory",
    /// Metrics: series and statistics
    ShowMetrics = "show-metrics",
    /// Compare: one side against another
    ShowCompare = "show-compare",
    /// Report: write and read it
    ShowReport = "show-report",
    /// History: earlier runs
    ShowHistory = "show-history",
    /// Engine: models, settings, and what the engine does
    ShowEngine = "show-engine",
    /// Up
    Up = "up",
    /// Down
    Down = "down",
    /// Half a page up
    HalfPageUp = "half-page-up",
    /// Half a page down
    HalfPageDown = "half-page-down",
    /// A page up
    PageUp = "page-up",
    /// A page down
    PageDown = "page-down",
    /// To the start
    Start = "start",
    /// To the end; a text that is being written is followed again
    End = "end",
    /// In the preview of a file: a column to the left, or fold and go out
    Left = "left",
    /// In the preview of a file: a column to the right, or unfold and go in
    Right = "right",
    /// The files as a tree of folders, or as a list
    ToggleTree = "toggle-tree",
    /// Fold or unfold what is under the cursor: a folder, a part of a JSON tree
    ToggleFold = "toggle-fold",
    /// Fold everything
    FoldAll = "fold-all",
    /// Unfold everything
    UnfoldAll = "unfold-all",
    /// Between the list and what lies beside it
    FocusNext = "focus-next",
    /// Open what is selected; of a figure the row that it comes from; use the selected model
    Open = "open",
    /// One level out: popup, filter, a report being written, back to the report, a message
    Back = "back",
    /// Show the series as values, trend, histogram, ECDF, box plots, scatter; a file as table, tree or page, as read, as text
    NextView = "next-view",
    /// The view before
    PreviousView = "previous-view",
    /// Draw the chart larger around its cursor
    ZoomIn = "zoom-in",
    /// Draw the chart smaller
    ZoomOut = "zoom-out",
    /// Hold the series against the next metric, in a scatter with the best configurations
    NextPartner = "next-partner",
    /// Sort the list by the next column
    NextSort = "next-sort",
    /// Put the files in the opposite order
    ReverseSort = "reverse-sort",
    /// Make the selected file, group or run the base of comparisons
    MarkBase = "mark-base",
    /// Compare the selected file, group or run with the base; the report with the version before
    Compare = "compare",
    /// Swap base and candidate
    SwapSides = "swap-sides",
    /// Write the report (again)
    Generate = "generate",
    /// Write a report with the settings of the selected run
    RepeatRun = "repeat-run",
    /// Cancel the report being written, or the benchmark; what there is of it is kept
    Cancel = "cancel",
    /// The next figure of the report, with its source; of a file the next match, or the next row that the report uses
    NextFigure = "next-figure",
    /// The figure before; the match or the row before
    PreviousFigure = "previous-figure",
    /// The version of the report before
    PreviousVersion = "previous-version",
    /// The version of the report after
    NextVersion = "next-version",
    /// Follow the text being written or the newest file, or stay where you are
    ToggleFollow = "toggle-follow",
    /// Choose the dimensions that rows are grouped by
    GroupBy = "group-by",
    /// Choose the rows that count, by their settings
    Where = "where",
    /// Filter the list; in the preview of a file: search it
    Filter = "filter",
    /// Show the whole list again, of all rows in the usual groups
    ClearFilter = "clear-filter",
    /// These keys
    Help = "help",
    /// Find an action by what it does
    Palette = "palette",
    /// Problems found in the files
    Problems = "problems",
    /// Copy: the file's path or the value under the cursor with its place, the series, the selected figure with its source or the report
    Copy = "copy",
    /// Copy the section of the report at the top of the pane
    CopySection = "copy-section",
    /// Open the file in your editor
    Edit = "edit",
    /// Read the folder again
    Rescan = "rescan",
    /// Show or hide load, memory and temperatures of the machine
    ToggleMeters = "toggle-meters",
    /// Settings and persona of the next report
    EditSettings = "edit-settings",
    /// The next value of the selected setting
    NextValue = "next-value",
    /// The value before
    PreviousValue = "previous-value",
    /// The selected setting as it is by default
    ResetSetting = "reset-setting",
    /// Load the model now, so that the next report need not wait for it
    LoadModel = "load-model",
    /// Free the model's memory
    UnloadModel = "unload-model",
    /// Measure the model over a grid of settings; the rows land in the folder
    Benchmark = "benchmark",
    /// Save a report elsewhere that could not be saved where it belongs
    SaveElsewhere = "save-elsewhere",
    /// Keep what a run that died had written of a report
    Recover = "recover",
    /// Quit; a report being written is saved as far as it is
    Quit = "quit",
    /// Cancel the report being written, otherwise quit
    CancelOrQuit = "cancel-or-quit",
    /// Stop the program, the shell's `fg` goes on
    Suspend = "suspend",
    /// Draw the screen anew
    Redraw = "redraw",
    /// Leave the mouse to the terminal, to select text with it, or take it back
    ToggleMouse = "toggle-mouse",
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_kebab_case_and_lead_back() {
        let names: BTreeSet<_> = Action::ALL.iter().map(|action| action.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        for &action in Action::ALL {
            let kebab =
                format!("{action:?}").chars().enumerate().fold(String::new(), |mut name, (at, letter)| {
                    if at > 0 && letter.is_uppercase() {
                        name.push('-');
                    }
                    name.extend(letter.to_lowercase());
                    name
                });
            assert_eq!(action.name(), kebab);
            assert_eq!(Action::named(&kebab), Some(action));
            assert!(!action.help().is_empty() && action.help() == action.help().trim());
        }
        assert_eq!(Action::named("fly"), None);
    }
}
