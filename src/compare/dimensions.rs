//! In which dimensions the two sides differ: what is compared, by what the rest is matched,
//! and what else is not equal.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use crate::metrics::series::{Group, Series};

/// Values of one dimension that a warning names.
const MAX_NAMED: usize = 3;
/// Dimensions that a warning names.
const MAX_KEYS: usize = 6;
/// Letters of a value that a warning shows.
const MAX_LETTERS: usize = 40;
/// Two sides with the same settings in shares less unlike than this are mixed alike.
const MAX_UNLIKE: f64 = 0.1;

/// The dimensions of one side's rows.
#[derive(Debug, Default)]
pub struct Dimensions {
    /// How many values stand at each setting; 0 where only rows without a value do.
    counts: BTreeMap<Arc<str>, BTreeMap<Arc<str>, u64>>,
    /// Values in all.
    total: u64,
    /// The configurations, without how often.
    groups: BTreeSet<Arc<Group>>,
}

/// A dimension in which the sides differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Its name.
    pub key: Arc<str>,
    /// The base's values.
    pub base: Vec<Arc<str>>,
    /// The candidate's values.
    pub candidate: Vec<Arc<str>>,
}

/// How the sides are matched.
#[derive(Debug, Default)]
pub struct Plan {
    /// What is compared.
    pub compared: Vec<Compared>,
    /// Every dimension with the values of both sides, those that differ first.
    pub configuration: Vec<Compared>,
    /// Samples match when these are equal.
    pub keys: Vec<Arc<str>>,
    /// What else differs.
    pub warnings: Vec<String>,
    /// What is good to know.
    pub notes: Vec<String>,
}

impl Dimensions {
    /// Those of a side's series.
    pub fn of<'a>(series: impl Iterator<Item = &'a Series> + Clone) -> Self {
        let mut by_row: HashMap<usize, (&Arc<Group>, u64)> = HashMap::new();
        for value in series.clone().flat_map(|series| series.values.iter()) {
            // Rows of one configuration share theirs.
            by_row.entry(Arc::as_ptr(value.group).addr()).or_insert((value.group, 0)).1 += 1;
        }
        let mut dimensions = Self::default();
        for (group, count) in by_row.into_values() {
            dimensions.add(group, count);
            dimensions.groups.insert(Arc::clone(group));
        }
        for series in series {
            dimensions.add(&series.group, 0);
        }
        dimensions
    }
    fn add(&mut self, group: &Group, count: u64) {
        self.total += count;
        for (key, value) in &group.0 {
            *self.counts.entry(Arc::clone(key)).or_default().entry(Arc::clone(value)).or_default() += count;
        }
    }
    /// The settings of a dimension.
    pub fn values(&self, key: &str) -> Vec<Arc<str>> {
        self.counts.get(key).map(|values| values.keys().cloned().collect()).unwrap_or_default()
    }
    /// The one value that its rows have. Of what groups are made of every row must say it:
    /// rows of no model are another group; of a setting some rows may be silent.
    fn constant(&self, key: &Arc<str>, group_keys: &BTreeSet<Arc<str>>) -> Option<&Arc<str>> {
        let values = self.counts.get(key)?;
        let (value, count) = values.first_key_value()?;
        let is_whole = *count == self.total || !group_keys.contains(key);
        (values.len() == 1 && is_whole).then_some(value)
    }
    /// Has each configuration a value of its own (`config_name`), whatever group it is of?
    /// Such a name differs wherever anything does, and says nothing more.
    fn is_named_by(&self, key: &str, group_keys: &BTreeSet<Arc<str>>) -> bool {
        let settings = |group: &'_ Arc<Group>| -> Vec<(Arc<str>, Arc<str>)> {
            let is_setting = |pair: &&(Arc<str>, Arc<str>)| *pair.0 != *key && !group_keys.contains(&pair.0);
            group.0.iter().filter(is_setting).cloned().collect()
        };
        let named: Vec<&Arc<Group>> = self.groups.iter().filter(|group| group.get(key).is_some()).collect();
        let configurations: BTreeSet<_> = named.iter().map(|group| settings(group)).collect();
        let with_names: BTreeSet<_> = named.iter().map(|group| (settings(group), group.get(key))).collect();
        let count = self.counts.get(key).map_or(0, BTreeMap::len);
        count > 1 && count == configurations.len() && count == with_names.len()
    }
    fn share(&self, key: &str, value: &str) -> f64 {
        let count = self.counts.get(key).and_then(|values| values.get(value)).copied().unwrap_or(0);
        count as f64 / self.total.max(1) as f64
    }
    /// The configurations but for some dimensions.
    fn without(&self, compared: &[Compared]) -> BTreeSet<Vec<&(Arc<str>, Arc<str>)>> {
        let is_kept = |pair: &&(Arc<str>, Arc<str>)| compared.iter().all(|compared| compared.key != pair.0);
        self.groups.iter().map(|group| group.0.iter().filter(is_kept).collect()).collect()
    }
}

impl Plan {
    /// Finds what is compared: the dimensions that the sides were asked for by, else those of
    /// the usual groups in which the sides differ and each is of one value, else any such
    /// dimension. `group_keys` are what groups are usually made of (`model`, `backend`, …).
    pub fn of(
        base: &Dimensions,
        candidate: &Dimensions,
        group_keys: &BTreeSet<Arc<str>>,
        named: &BTreeSet<Arc<str>>,
    ) -> Self {
        let all: BTreeSet<&Arc<str>> = base.counts.keys().chain(candidate.counts.keys()).collect();
        let compared_in = |key: &Arc<str>| Compared {
            key: Arc::clone(key),
            base: base.values(key),
            candidate: candidate.values(key),
        };
        let is_disjoint = |key: &&&Arc<str>| {
            let (one, other) = (base.values(key), candidate.values(key));
            one != other && !one.iter().any(|value| other.contains(value))
        };
        let differs = |key: &&&Arc<str>| {
            let both = base.constant(key, group_keys).zip(candidate.constant(key, group_keys));
            both.is_some_and(|(one, other)| one != other)
        };
        let constant: Vec<&Arc<str>> = all.iter().filter(differs).copied().collect();
        let asked: Vec<&Arc<str>> =
            all.iter().filter(|key| named.contains(**key)).filter(is_disjoint).copied().collect();
        let usual: Vec<&Arc<str>> =
            constant.iter().filter(|key| group_keys.contains(**key)).copied().collect();
        let found = [&asked, &usual, &constant].into_iter().find(|keys| !keys.is_empty());
        let compared: Vec<Compared> =
            found.map(|keys| keys.iter().map(|key| compared_in(key)).collect()).unwrap_or_default();
        let is_compared = |key: &str| compared.iter().any(|compared| *compared.key == *key);

        let shared: Vec<&Arc<str>> = all
            .iter()
            .filter(|key| base.counts.contains_key(**key) && candidate.counts.contains_key(**key))
            .filter(|key| !is_compared(key) && !constant.contains(*key))
            .copied()
            .collect();
        let keys: BTreeSet<Arc<str>> =
            shared.iter().filter(|key| group_keys.contains(**key)).map(|key| Arc::clone(key)).collect();
        let mut plan = Self { keys: keys.iter().cloned().collect(), ..Self::default() };
        if compared.len() > 1 && asked.is_empty() {
            let keys: Vec<&str> = compared.iter().map(|compared| &*compared.key).collect();
            plan.warnings.push(format!(
                "the sides differ in {} at once: which of them makes a difference cannot be told",
                keys.join(" and ")
            ));
        }
        for key in &all {
            if is_compared(key) {
                continue;
            }
            if constant.contains(key) {
                plan.warnings.push(format!(
                    "the sides differ in {key} too: {} against {}",
                    list(&base.values(key)),
                    list(&candidate.values(key))
                ));
            } else if shared.contains(key) && !keys.contains(*key) {
                let is_name = base.is_named_by(key, group_keys) && candidate.is_named_by(key, group_keys);
                if is_name && is_disjoint(&key) {
                    plan.notes.push(format!("{key} names the configurations and is not compared"));
                } else {
                    plan.warnings.extend(unlike(key, base, candidate));
                }
            }
        }
        for (name, one, other) in [("the base", base, candidate), ("the candidate", candidate, base)] {
            let only: Vec<&str> = one
                .counts
                .keys()
                .filter(|key| !key.trim().is_empty() && !is_compared(key))
                .filter(|key| !other.counts.contains_key(*key))
                .map(|key| &**key)
                .collect();
            if !only.is_empty() && other.total > 0 {
                let named = only.iter().take(MAX_KEYS).copied().collect::<Vec<_>>().join(", ");
                let more = only.len().saturating_sub(MAX_KEYS);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                plan.warnings.push(format!("only {name} says its {named}{more}"));
            }
        }
        let configurations = base.without(&compared);
        if configurations.len() > 1 && configurations == candidate.without(&compared) {
            plan.notes.push(format!(
                "both sides hold the same {} configurations; the test does not pair them",
                configurations.len()
            ));
        }
        plan.compared = compared;
        let mut configuration: Vec<Compared> = all.into_iter().map(compared_in).collect();
        configuration.sort_by_key(|it| it.base == it.candidate);
        plan.configuration = configuration;
        plan
    }
}

/// By what single figures are matched: all that both sides say of them, but for what is
/// compared and what has no value on both. Figures of unlike configurations have no common
/// middle.
pub fn figure_keys(base: &Dimensions, candidate: &Dimensions, plan: &Plan) -> Vec<Arc<str>> {
    let is_kept = |key: &&Arc<str>| {
        let others = candidate.values(key);
        plan.compared.iter().all(|compared| compared.key != **key)
            && (plan.keys.contains(*key) || base.values(key).iter().any(|value| others.contains(value)))
    };
    base.counts.keys().filter(is_kept).cloned().collect()
}

/// A dimension that is not matched by, with other values or in other shares.
fn unlike(key: &str, base: &Dimensions, candidate: &Dimensions) -> Option<String> {
    let (one, other) = (base.values(key), candidate.values(key));
    if one != other {
        return Some(format!(
            "the values of {key} are not the same: {} against {}",
            list(&one),
            list(&other)
        ));
    }
    // Half the sum: the share of rows that would have to be another.
    let apart: f64 =
        one.iter().map(|value| (base.share(key, value) - candidate.share(key, value)).abs()).sum();
    (apart / 2.0 > MAX_UNLIKE).then(|| {
        format!("the values of {key} are mixed otherwise on one side than on the other: {}", list(&one))
    })
}

/// A few values by name.
pub fn list(values: &[Arc<str>]) -> String {
    let short = |value: &Arc<str>| match value.char_indices().nth(MAX_LETTERS) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_string(),
    };
    let named: Vec<String> = values.iter().take(MAX_NAMED).map(short).collect();
    match values.len() {
        0 => "none".to_owned(),
        count if count > MAX_NAMED => format!("{} and {} more", named.join(", "), count - MAX_NAMED),
        _ => named.join(", "),
    }
}
