//! What a name says: its words, statistic, unit and role; dimensions from file names.
//! The words are data (`assets/metrics.toml`); which metric a name is, `metrics::names` says.

mod dictionary;
mod file_name;
mod name;
mod read;
mod unit;
mod words;

use std::{
    cell::{OnceCell, RefCell},
    rc::Rc,
    sync::Arc,
};

pub use dictionary::{DICTIONARY_FILE, DictionaryProblem, install};
pub(crate) use dictionary::{FieldRule, MetricWords, Needs, RowRole, RowRoles, dictionary};
pub use file_name::name_dimensions;
use name::may_measure;
pub use name::{Name, analyse, is_spread, is_statistic};
pub(crate) use name::{is_statistic_alone, owner_words, readings};
pub(crate) use read::capitalised;
pub(crate) use unit::{is_per_second, unit_words};
pub use unit::{is_unit, split_unit, unit_symbol};
pub use words::{leaf, words};

use self::dictionary::NameRole;
use super::cells::FastMap;

/// Names remembered with what they say; a folder of many schemas starts anew and not at once.
const MAX_KNOWN: usize = 8192;
/// A longer name is hardly met again.
const MAX_NAME: usize = 256;

/// What a column is when it is no metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Tells configurations apart: `model`, `num_gpu`.
    Dimension,
    /// Ids, times, paths, hosts: neither measured nor compared.
    Identifier,
    /// Free text: prompts, answers, messages.
    Text,
}

/// Everything that one name says by itself.
#[derive(Debug)]
pub(crate) struct Facts {
    /// The words of its last part.
    pub words: Box<str>,
    /// What it is when it is no metric.
    pub role: Option<Role>,
    /// Its dimension, and the spelling's priority.
    pub dimension: Option<(Arc<str>, usize)>,
    /// What it says of its rows.
    pub rows: RowRoles,
    /// A column of this name goes by the unit that stands in its row.
    pub follows_unit: bool,
    /// It says its unit itself (`tokens_per_second`).
    pub has_unit: bool,
    /// The statistic that is all it says (`p(95)`).
    pub statistic: Option<Arc<str>>,
    /// By the dictionary it may be measured, without a unit beside it.
    pub may_be_measured: bool,
    /// The same with a unit beside it, once somebody asked.
    in_unit: OnceCell<bool>,
}

thread_local! {
    // The same few headers come with every file: each is taken apart once.
    static KNOWN: RefCell<FastMap<Box<str>, Rc<Facts>>> = RefCell::default();
}

/// What a name says; a name that was met before costs a look-up.
pub(crate) fn facts(name: &str) -> Rc<Facts> {
    KNOWN.with_borrow_mut(|known| {
        if let Some(facts) = known.get(name) {
            return Rc::clone(facts);
        }
        let facts = Rc::new(Facts::of(name));
        if name.len() <= MAX_NAME {
            if known.len() >= MAX_KNOWN {
                known.clear();
            }
            known.insert(name.into(), Rc::clone(&facts));
        }
        facts
    })
}

impl Facts {
    fn of(name: &str) -> Self {
        let dictionary = dictionary();
        let key = words(leaf(name));
        let (role, dimension) = match dictionary.names.get(key.as_str()) {
            Some(NameRole::Dimension(name, priority)) => {
                (Some(Role::Dimension), Some((Arc::clone(name), *priority)))
            }
            Some(NameRole::Other(role)) => (Some(*role), None),
            Some(NameRole::Metric) => (None, None),
            None => {
                let ending = key.rsplit(' ').next().and_then(|last| dictionary.endings.get(last));
                (ending.copied(), None)
            }
        };
        let rows = dictionary.row_roles.get(key.as_str()).copied().unwrap_or_default();
        let statistic = is_statistic_alone(name).filter(|_| !rows.has(RowRole::Error));
        let follows_unit = statistic.is_some()
            || key.split(' ').any(|word| dictionary.measured.contains(word) || is_statistic(word).is_some());
        let has_unit = analyse(name).unit.is_some();
        Self {
            words: key.into(),
            has_unit,
            role,
            dimension,
            rows,
            follows_unit,
            statistic: statistic.map(Arc::from),
            may_be_measured: may_measure(name, false),
            in_unit: OnceCell::new(),
        }
    }
}

/// The dimension that a column or key is, by the dictionary: its name and its priority
/// among the spellings (0 is the best).
pub fn dimension(name: &str) -> Option<(Arc<str>, usize)> {
    facts(name).dimension.clone()
}

/// May a column of this name be measured, by the dictionary, when a unit stands beside it?
pub(crate) fn may_be_measured_in_unit(name: &str) -> bool {
    *facts(name).in_unit.get_or_init(|| may_measure(name, true))
}

/// The role that a name gives, whatever stands in the cells.
pub fn role(name: &str) -> Option<Role> {
    facts(name).role
}
