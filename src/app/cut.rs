//! How the series are cut: by which dimensions the rows are grouped, and which rows count. Edited
//! in place in the Metrics tab.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::Arc,
};

use super::{
    App, Popup, Tab,
    effect::{Effect, Job, Step},
    finder::Finder,
    notices::Severity,
};
use crate::metrics::{
    library::Library,
    progress::Progress,
    query::Condition,
    series::{Group, Nature},
};

/// How the series are cut.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cut {
    /// Dimensions that tell groups apart; none: the usual ones.
    pub by: Vec<Arc<str>>,
    /// What rows must meet: of several values of one key one is enough.
    pub conditions: Vec<Condition>,
}

/// The cut of the Metrics tab, and whether its series are there.
#[derive(Debug, Default)]
pub struct Cutting {
    /// What is asked for.
    pub cut: Cut,
    /// It is being computed.
    pub is_computing: bool,
    /// It is for what changed in the folder, not for another cut: what is new is marked.
    pub(super) is_news: bool,
    /// The folder or the cut changed meanwhile.
    is_stale: bool,
    last_job: u64,
}

impl Cut {
    /// Are the series the usual ones?
    pub fn is_usual(&self) -> bool {
        self.by.is_empty() && self.conditions.is_empty()
    }

    /// The folder with its series cut so; too long for `update`.
    pub(super) fn of(&self, library: &Library, progress: Progress<'_>) -> Library {
        let by: Vec<&str> = self.by.iter().map(|key| &**key).collect();
        library.recut((!by.is_empty()).then_some(by.as_slice()), |_, group| self.takes(group), progress)
    }

    fn takes(&self, group: &Group) -> bool {
        self.conditions.iter().all(|condition| {
            let is_or = |other: &&Condition| {
                other.is_equality() && condition.is_equality() && other.key == condition.key
            };
            condition.meets(group) || self.conditions.iter().filter(is_or).any(|other| other.meets(group))
        })
    }

    /// `by num_gpu, where model = gemma3`
    pub fn told(&self) -> String {
        let by = self.by.iter().map(|key| &**key).collect::<Vec<&str>>().join(", ");
        let conditions: Vec<String> = self.conditions.iter().map(ToString::to_string).collect();
        let by = if by.is_empty() { by } else { format!("by {by}") };
        let rows =
            if conditions.is_empty() { String::new() } else { format!("where {}", conditions.join(", ")) };
        [by, rows].into_iter().filter(|part| !part.is_empty()).collect::<Vec<String>>().join(" ")
    }
}

impl App {
    /// Lists the dimensions that rows can be grouped by.
    pub(super) fn choose_groups(&mut self) {
        if self.tab == Tab::Metrics {
            let keys = dimensions(&self.library).into_iter().map(|(key, values)| {
                let (least, greatest) = (values.first().cloned(), values.last().cloned());
                let ends = least.zip(greatest).filter(|_| values.len() > 1);
                let range = ends.map(|(a, b)| format!(": {a} … {b}")).unwrap_or_default();
                let range = if let [only] = values.as_slice() { format!(": {only}") } else { range };
                let counted = if values.len() == 1 { "value" } else { "values" };
                (format!("{key}  {} {counted}{range}", values.len()), key)
            });
            self.popup = Popup::GroupBy(Finder::new(keys));
            self.relayout();
        }
    }

    /// Lists the settings that rows can be asked for.
    pub(super) fn choose_rows(&mut self) {
        if self.tab == Tab::Metrics {
            let settings = dimensions(&self.library).into_iter().filter(|(_, values)| values.len() > 1);
            let conditions = settings.flat_map(|(key, values)| {
                values.into_iter().map(move |value| Condition::equal(&key, &value))
            });
            self.popup = Popup::Rows(Finder::new(conditions.map(|it| (it.to_string(), it))));
            self.relayout();
        }
    }

    /// Groups by a dimension, or no longer.
    pub(super) fn toggle_group(&mut self, key: &Arc<str>) -> Vec<Effect> {
        let by = &mut self.cutting.cut.by;
        match by.iter().position(|known| known == key) {
            Some(at) => drop(by.remove(at)),
            None => by.push(Arc::clone(key)),
        }
        self.cut_again()
    }

    /// Asks for rows that meet a condition, or no longer.
    pub(super) fn toggle_condition(&mut self, condition: Condition) -> Vec<Effect> {
        let conditions = &mut self.cutting.cut.conditions;
        match conditions.iter().position(|known| *known == condition) {
            Some(at) => drop(conditions.remove(at)),
            None => conditions.push(condition),
        }
        self.cut_again()
    }

    /// The condition as it is typed, where nothing of the list is meant.
    pub(super) fn take_typed_condition(&mut self, typed: &str) -> Vec<Effect> {
        match typed.parse::<Condition>() {
            Ok(condition) => self.toggle_condition(condition),
            Err(error) => {
                self.say(Severity::Warning, &format!("`{typed}` is {error}, as in num_gpu >= 20"));
                Vec::new()
            }
        }
    }

    /// All rows in the usual groups again.
    pub(super) fn uncut(&mut self) {
        if !self.cutting.cut.is_usual() {
            self.cutting.cut = Cut::default();
            self.cut_again();
        }
    }

    /// The folder or the cut changed: the series are put together anew. What is on the screen
    /// stays until they are.
    pub(super) fn cut_again(&mut self) -> Vec<Effect> {
        if self.cutting.cut.is_usual() {
            self.cutting = Cutting { last_job: self.cutting.last_job + 1, ..Cutting::default() };
            self.show_cut(Arc::clone(&self.library), false);
            return Vec::new();
        }
        if self.cutting.is_computing {
            self.cutting.is_stale = true;
            return Vec::new();
        }
        self.cutting.last_job += 1;
        self.cutting.is_computing = true;
        let step = Step::Cut(Arc::clone(&self.library), self.cutting.cut.clone());
        vec![Effect::Compute(Box::new(Job { number: self.cutting.last_job, now_ns: self.wall_ns, step }))]
    }

    /// The series are there; those that nobody waits for any more are dropped.
    pub(super) fn take_cut(&mut self, number: u64, library: Arc<Library>) -> Vec<Effect> {
        if number != self.cutting.last_job {
            return Vec::new();
        }
        self.cutting.is_computing = false;
        if std::mem::take(&mut self.cutting.is_stale) {
            // What is new is in the series that come next.
            self.show_cut(library, false);
            return self.cut_again();
        }
        let is_news = std::mem::take(&mut self.cutting.is_news);
        self.show_cut(library, is_news);
        Vec::new()
    }

    fn show_cut(&mut self, library: Arc<Library>, marks_news: bool) {
        self.shown = library;
        self.metrics.refresh(&self.shown, self.now, marks_news);
    }
}

/// The dimensions of measured rows with their values, each in order.
fn dimensions(library: &Library) -> BTreeMap<Arc<str>, Vec<Arc<str>>> {
    let mut found: BTreeMap<&Arc<str>, BTreeSet<&Arc<str>>> = BTreeMap::new();
    // Rows of one configuration share theirs: each is looked at once.
    let mut seen: HashSet<usize> = HashSet::new();
    for series in library.series().iter().filter(|series| series.nature != Nature::Stated) {
        for group in series.values.iter().map(|value| value.group).chain([&series.group]) {
            if seen.insert(Arc::as_ptr(group).addr()) {
                for (key, value) in &group.0 {
                    found.entry(key).or_default().insert(value);
                }
            }
        }
    }
    let in_order = |values: BTreeSet<&Arc<str>>| {
        let mut values: Vec<Arc<str>> = values.into_iter().cloned().collect();
        let number = |value: &Arc<str>| value.parse::<f64>().ok().filter(|number| number.is_finite());
        if values.iter().all(|value| number(value).is_some()) {
            values.sort_by(|a, b| number(a).unwrap_or_default().total_cmp(&number(b).unwrap_or_default()));
        }
        values
    };
    found.into_iter().map(|(key, values)| (Arc::clone(key), in_order(values))).collect()
}
