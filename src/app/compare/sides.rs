//! How the two sides are picked: what is selected in a tab, or out of the list of everything.

use std::sync::Arc;

use super::{Pick, SideOf, pick};
use crate::app::{App, Popup, Tab, effect::Effect, finder::Finder, notices::Severity};

impl App {
    /// What is selected becomes the base of comparisons.
    pub(in crate::app) fn mark_base(&mut self) {
        let Some(pick) = self.picked() else { return };
        self.say(Severity::Info, &format!("base: {}; select another and compare", pick.shown()));
        self.compare.base = Some(pick);
    }

    /// Compares what is selected with the base.
    pub(in crate::app) fn compare_selected(&mut self) -> Vec<Effect> {
        let Some(pick) = self.picked() else { return Vec::new() };
        match &self.compare.base {
            None => {
                self.say(Severity::Info, "mark the base first, then select what is to be compared with it");
                Vec::new()
            }
            Some(base) if *base == pick => {
                self.say(Severity::Info, "this is the base; select what is to be compared with it");
                Vec::new()
            }
            Some(_) => {
                self.compare.candidate = Some(pick);
                self.select_tab(Tab::Compare);
                self.compare_again()
            }
        }
    }

    /// Lists everything that can be this side.
    pub(in crate::app) fn choose_side(&mut self, side: SideOf) {
        self.popup = Popup::Sides(side, self.sides());
        self.relayout();
    }

    /// Runs were read: they are among what can be chosen.
    pub(in crate::app) fn refresh_sides(&mut self) {
        let mut all = self.sides();
        let Popup::Sides(_, sides) = &mut self.popup else { return };
        if all.len() != sides.len() {
            sides.typed.chars().for_each(|letter| all.push(letter));
            all.selected = sides.selected.min(all.found.len().saturating_sub(1));
            *sides = all;
            self.relayout();
        }
    }

    /// Takes a side. The other one is asked for when there is none.
    pub(in crate::app) fn take_side(&mut self, side: SideOf, pick: Pick) -> Vec<Effect> {
        let (taken, other) = match side {
            SideOf::Base => (&mut self.compare.base, SideOf::Candidate),
            SideOf::Candidate => (&mut self.compare.candidate, SideOf::Base),
        };
        *taken = Some(pick);
        if self.compare.side(other).is_none() {
            self.choose_side(other);
            return Vec::new();
        }
        self.compare_again()
    }

    /// The base becomes the candidate, and the candidate the base.
    pub(in crate::app) fn swap_sides(&mut self) -> Vec<Effect> {
        if self.tab != Tab::Compare {
            return Vec::new();
        }
        std::mem::swap(&mut self.compare.base, &mut self.compare.candidate);
        self.compare_again()
    }

    fn sides(&self) -> Finder<Pick> {
        let runs = self.history.measured().map(|(path, measures)| Pick::Run(path, measures));
        let picks = pick::picks(&self.library).into_iter().chain(runs);
        Finder::new(picks.map(|pick| (pick.shown().as_str().to_owned(), pick)))
    }

    /// What is selected, as one side of a comparison.
    fn picked(&self) -> Option<Pick> {
        match self.tab {
            Tab::Inventory => self.inventory.selected_file().map(|file| Pick::File(Arc::clone(&file.path))),
            Tab::Metrics => {
                let series = self.shown.series().get(self.metrics.selected_series()?)?;
                match series.files.first() {
                    Some(file) if series.group.0.is_empty() => Some(Pick::File(Arc::clone(file))),
                    _ => Some(Pick::Group(Arc::clone(&series.group))),
                }
            }
            Tab::Compare | Tab::Report | Tab::History | Tab::Engine => None,
        }
    }
}
