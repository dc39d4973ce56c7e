//! The words of `assets/metrics.toml`, ready to look up, with the user's over them. Read
//! once and never changed after: a name means the same for as long as the program runs.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, OnceLock},
};

use super::{Role, read};
use crate::text::sanitize::Shown;

/// The dictionary that the program comes with.
const BUILT_IN: &str = include_str!("../../../assets/metrics.toml");

/// What the program calls that file in a message.
pub const DICTIONARY_FILE: &str = "metrics.toml";

static DICTIONARY: OnceLock<Dictionary> = OnceLock::new();

/// The words in force: those of [`install`], or the built-in ones.
pub(crate) fn dictionary() -> &'static Dictionary {
    DICTIONARY.get_or_init(Dictionary::built_in)
}

/// Lays a user's words over the built-in ones, for the whole run. What cannot be taken of
/// them is left out and reported; the rest holds. To be called before the first file is
/// read: afterwards it changes nothing, and says so.
pub fn install(text: &str, file: &str) -> Vec<DictionaryProblem> {
    let mut dictionary = Dictionary::built_in();
    let mut problems = read::lay_over(&mut dictionary, text, file, Layer::User);
    if DICTIONARY.set(dictionary).is_err() {
        let message = Shown::new("read too late: names were already looked up without it");
        problems.push(DictionaryProblem { file: Shown::new(file), line: 1, column: 1, message });
    }
    problems
}

/// Something in a dictionary that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DictionaryProblem {
    /// The file.
    pub file: Shown,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is wrong; lower case, no full stop.
    pub message: Shown,
}

impl fmt::Display for DictionaryProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

/// Whose words they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    /// The program's.
    BuiltIn,
    /// The user's: they win.
    User,
}

/// What the dictionary says of a metric.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct MetricWords {
    /// Machine name.
    pub name: String,
    /// Name on screen.
    pub label: String,
    /// Symbol of the canonical unit.
    pub unit: String,
    /// Which way is good.
    pub higher_is_better: Option<bool>,
    /// How much a reader cares; 0 is most.
    pub rank: u16,
    /// What code calls it.
    pub known: Option<String>,
    /// A part of a whole: 85 % is 0.85.
    pub is_share: bool,
}

/// A name that means a metric.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldRule {
    /// Index into [`Dictionary::metrics`].
    pub metric: usize,
    /// On what condition.
    pub needs: Needs,
    /// The user's word: it holds whatever words the name has.
    pub is_own: bool,
}

/// On what condition a name means a metric.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Needs {
    /// None: without a unit the canonical one is guessed.
    Nothing,
    /// A unit of its kind.
    Unit,
    /// None: without a unit its writers mean this one.
    ToolUnit(String),
}

/// A unit as written and its way to the canonical one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct UnitWords {
    /// As it is known.
    pub symbol: String,
    /// The canonical one.
    pub canonical: String,
    /// `canonical = written × factor`.
    pub factor: f64,
    /// It has two readings.
    pub is_guess: bool,
}

/// What a rate is the ratio of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TotalsWords {
    /// The rate.
    pub metric: String,
    /// Columns of tokens, as words; the first that there is counts.
    pub tokens: Vec<String>,
    /// Metrics of the time, by name; the first that there is counts.
    pub time: Vec<String>,
}

/// What a name is known for when it is no metric.
#[derive(Clone, Debug)]
pub(super) enum NameRole {
    /// Name of the dimension, and the spelling's priority.
    Dimension(Arc<str>, usize),
    Other(Role),
    /// A metric by the user's word, whatever else it would be.
    Metric,
}

/// What a column says of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowRole {
    /// Its text or count says what went wrong.
    Error,
    /// A word or code.
    Status,
    /// True or a word of success.
    Success,
    /// True says that it failed.
    Flag,
    /// Not 0 says that it failed.
    Exit,
    /// True says that it is a warm-up.
    WarmUp,
    /// A word may say that it is a warm-up.
    Stage,
    /// Names the summary that the row is.
    Statistic,
    /// Holds the row's unit.
    Unit,
    /// Names what the row's value measures.
    Metric,
    /// Holds whatever the row names.
    Value,
}

impl RowRole {
    /// All, by their names in the file.
    pub(super) const ALL: [(&'static str, RowRole); 11] = [
        ("error", RowRole::Error),
        ("status", RowRole::Status),
        ("success", RowRole::Success),
        ("flag", RowRole::Flag),
        ("exit", RowRole::Exit),
        ("warm_up", RowRole::WarmUp),
        ("stage", RowRole::Stage),
        ("statistic", RowRole::Statistic),
        ("unit", RowRole::Unit),
        ("metric", RowRole::Metric),
        ("value", RowRole::Value),
    ];
}

/// The roles of one name: few, and asked for with every column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowRoles(u16);

impl RowRoles {
    /// Does it have this one?
    pub fn has(self, role: RowRole) -> bool {
        self.0 & (1 << role as u16) != 0
    }
    pub(super) fn add(&mut self, role: RowRole) {
        self.0 |= 1 << role as u16;
    }
}

/// Words of whole cells and of names.
#[derive(Clone, Debug, Default)]
pub(crate) struct CellWords {
    /// Success.
    pub ok: HashSet<String>,
    /// "No error" in a column of errors.
    pub no_error: HashSet<String>,
    /// Failure, in the place of a measure.
    pub failure: HashSet<String>,
    /// Warm-up.
    pub warm_up: HashSet<String>,
}

/// The words, ready to look up.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    /// The metrics, in the order of the file.
    pub metrics: Vec<MetricWords>,
    /// By the words of a name without statistic and unit; the first that fits is right.
    pub rules: HashMap<String, Vec<FieldRule>>,
    /// Words that make a name no metric.
    pub never_words: HashSet<String>,
    /// Names that are no metric.
    pub never_fields: HashSet<String>,
    /// Words whose members are no metrics (`errored.mean`).
    pub never_owners: HashSet<String>,
    /// Beginnings of names, as written, that are no metrics.
    pub never_prefixes: Vec<String>,
    /// By every spelling, in lower case or as written; index into `unit_list`.
    pub(super) units: HashMap<String, usize>,
    pub(super) unit_list: Vec<UnitWords>,
    /// Words that end a name.
    pub(super) suffixes: HashMap<String, usize>,
    /// What is counted in a rate: its unit, and whether `_s` alone is "per second".
    pub(super) counted: HashMap<String, (String, bool)>,
    pub(super) statistics: HashMap<String, String>,
    pub(super) fillers: HashSet<String>,
    pub(super) percentile_parents: HashSet<String>,
    pub(super) sample_words: HashSet<String>,
    /// Words that make less of an unknown rate better …
    pub unwanted: HashSet<String>,
    /// … and those that make more of it better.
    pub wanted: HashSet<String>,
    /// What a name is that is this one word alone.
    pub(super) alone: HashMap<String, String>,
    pub(super) phrases: Vec<(String, String)>,
    /// By the words of a whole name.
    pub(super) names: HashMap<String, NameRole>,
    /// By the last word of a name.
    pub(super) endings: HashMap<String, Role>,
    pub(super) families: Vec<String>,
    pub(super) row_roles: HashMap<String, RowRoles>,
    /// Words of a name that goes by its row's unit.
    pub(super) measured: HashSet<String>,
    /// Rates of totals.
    pub totals: Vec<TotalsWords>,
    /// Words of cells.
    pub cells: CellWords,
}

impl Dictionary {
    // The embedded file is checked by a test; of a broken one the sound entries hold.
    fn built_in() -> Self {
        let mut dictionary = Self::default();
        read::lay_over(&mut dictionary, BUILT_IN, DICTIONARY_FILE, Layer::BuiltIn);
        dictionary
    }

    /// The unit of a spelling, by what stands beside a name.
    pub fn unit(&self, written: &str) -> Option<&UnitWords> {
        /// Longer texts are no unit; most cells are told apart by this alone.
        const LONGEST: usize = 24;
        let written = written.trim();
        if written.is_empty() || written.len() > LONGEST {
            return None;
        }
        let index = self.units.get(written).copied().or_else(|| {
            let is_lower = written.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
            if is_lower { None } else { self.units.get(&written.to_lowercase()).copied() }
        })?;
        self.unit_list.get(index)
    }

    /// The unit that a word at the end of a name is.
    pub(super) fn suffix(&self, word: &str) -> Option<&UnitWords> {
        self.unit_list.get(*self.suffixes.get(word)?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn over(text: &str) -> (Dictionary, Vec<String>) {
        let mut dictionary = Dictionary::built_in();
        let problems = read::lay_over(&mut dictionary, text, "m.toml", Layer::User);
        (dictionary, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_embedded_file_has_no_fault() {
        let mut dictionary = Dictionary::default();
        assert_eq!(read::lay_over(&mut dictionary, BUILT_IN, "metrics.toml", Layer::BuiltIn), []);
        assert!(dictionary.metrics.len() > 40 && dictionary.rules.len() > 200);
        // What leads to a canonical unit is canonical itself.
        for unit in &dictionary.unit_list {
            let canonical = dictionary.unit(&unit.canonical).unwrap();
            assert_eq!(canonical.canonical, unit.canonical, "{}", unit.symbol);
        }
    }

    #[test]
    fn a_users_words_win() {
        let (dictionary, problems) = over(
            "[[metric]]\nname = \"queue_depth\"\nunit = \"\"\nbetter = \"lower\"\nfields = [\"Queue_Size\"]\n\
             [[metric]]\nname = \"ttft\"\nfields = [\"warte_zeit\"]\n\
             [[dimension]]\nname = \"cluster\"\nfields = [\"rack\"]\n[never]\nwords = [\"bogus\"]\n",
        );
        assert_eq!(problems, [""; 0]);
        let metric = |field: &str| dictionary.metrics[dictionary.rules[field][0].metric].clone();
        assert_eq!(
            (metric("queue size").name, metric("queue size").label),
            ("queue_depth".into(), "Queue depth".into())
        );
        assert_eq!((metric("warte zeit").name, metric("warte zeit").unit), ("ttft".into(), "ms".into()));
        assert!(matches!(&dictionary.names["rack"], NameRole::Dimension(name, _) if &**name == "cluster"));
        assert!(dictionary.never_words.contains("bogus") && dictionary.never_words.contains("limit"));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place_and_the_rest_holds() {
        let (dictionary, problems) = over(
            "[[metric]]\nname = \"a\"\nunit = \"s\"\nfields = [\"aa\", 3]\n\
             [[metric]]\nname = \"b\"\nbetter = \"up\"\nunit = \"W\"\nfields = [\"bb\"]\n\
             [[metric]]\nname = \"c\"\nfields = [\"cc\"]\n\
             [[metric]]\nname = \"ttft\"\nunit = \"W\"\n\
             [[dimension]]\nfields = [\"x\"]\n\
             [colour]\nred = 1\n[never]\nword = [\"x\"]\nwords = \"y\"\n",
        );
        assert_eq!(
            problems,
            [
                "m.toml:3:8: `s` is compared in `ms`; that is its unit",
                "m.toml:4:17: `fields` takes texts",
                "m.toml:7:10: `better` is \"higher\" or \"lower\"",
                "m.toml:10:1: the new metric `c` needs a `unit` (\"\" for a plain number)",
                "m.toml:15:8: the unit of `ttft` is `ms` and stays so",
                "m.toml:16:1: a dimension needs a `name`",
                "m.toml:18:2: no table `colour`; there are unit, metric, dimension, counted, statistic, never, identifier, text, rows, family, names, totals",
                "m.toml:21:1: no key `word` in `never`; there are words, fields, owners, prefixes",
                "m.toml:22:9: `words` takes a list of texts",
            ]
        );
        let unit = |field: &str| dictionary.metrics[dictionary.rules[field][0].metric].unit.clone();
        assert_eq!((unit("aa"), unit("bb")), ("ms".into(), "W".into()));
        assert!(!dictionary.rules.contains_key("cc"));
    }
}
