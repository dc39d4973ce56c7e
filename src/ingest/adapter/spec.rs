//! The adapters as written in `assets/adapters.toml`, and made ready to use.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{LazyLock, OnceLock},
};

use regex::{Regex, RegexSet};
use serde::Deserialize;

/// The adapters that come with the program.
const OWN: &str = include_str!("../../../assets/adapters.toml");
/// Name of the user's own file in the config folder.
pub const ADAPTERS_FILE: &str = "adapters.toml";
/// A pattern that grows beyond this when compiled is a mistake.
const MAX_PATTERN_BYTES: usize = 4 << 20;

static USERS: OnceLock<File> = OnceLock::new();
static ADAPTERS: LazyLock<Adapters> = LazyLock::new(|| {
    // The embedded file is checked by a test; should it ever not parse, no format is known.
    let mut file: File = toml::from_str(OWN).unwrap_or_default();
    if let Some(users) = USERS.get() {
        file.lay_over(users.clone());
    }
    Adapters::new(file)
});

/// Takes the user's own adapters; one of a known name replaces it. Only before the first
/// file is read: later ones, and text that is no such file, are refused with a reason.
pub fn install(text: &str) -> Result<(), String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    for pattern in file.patterns() {
        compile(pattern).map_err(|error| error.to_string())?;
    }
    USERS.set(file).map_err(|_| "the adapters are in use already".to_owned())
}

/// All adapters.
pub(super) fn adapters() -> &'static Adapters {
    &ADAPTERS
}

/// The file as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct File {
    pub text: Vec<TextSpec>,
    pub structured: Vec<StructuredSpec>,
    pub loose: LooseSpec,
}

impl File {
    fn lay_over(&mut self, users: File) {
        for spec in users.text {
            self.text.retain(|own| own.name != spec.name);
            self.text.push(spec);
        }
        for spec in users.structured {
            self.structured.retain(|own| own.name != spec.name);
            self.structured.push(spec);
        }
        self.loose.words.extend(users.loose.words);
    }

    fn patterns(&self) -> impl Iterator<Item = &str> {
        let lines = self.text.iter().flat_map(|spec| &spec.line);
        let of_lines = lines.flat_map(|line| {
            let each = line.each.as_ref().map(|each| each.pattern.as_str());
            std::iter::once(line.pattern.as_str()).chain(each)
        });
        let splits = self.structured.iter().flat_map(|spec| &spec.split).map(|split| &split.like);
        let others = self.structured.iter().flat_map(|spec| [&spec.like, &spec.path, &spec.numbers]);
        let others = others.chain(splits).flatten();
        let columns = self.structured.iter().flat_map(|spec| &spec.column);
        let of_columns =
            columns.flat_map(|column| std::iter::once(&column.pattern).chain(column.when.values()));
        let of_cells = self.structured.iter().flat_map(|spec| spec.cells.values());
        let begins = self.text.iter().filter_map(|spec| spec.begins.as_ref());
        of_lines.chain(of_columns.chain(others).chain(of_cells).chain(begins).map(String::as_str))
    }
}

/// A tool's text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TextSpec {
    pub name: String,
    /// So many telling lines make the content known.
    #[serde(default = "one")]
    pub least: usize,
    /// Adapters that know the content better, where they know it.
    #[serde(default)]
    pub yields_to: Vec<String>,
    pub line: Vec<LineSpec>,
    /// Fields by another name than the text gives them.
    #[serde(default)]
    pub names: HashMap<String, String>,
    /// Numbers that tell records apart.
    #[serde(default)]
    pub dimensions: Vec<String>,
    /// A field whose `/key=value` parts are dimensions of their own.
    #[serde(default)]
    pub parts: Option<String>,
    /// How a `.csv` file begins that holds this text and no table.
    #[serde(default)]
    pub begins: Option<String>,
}

fn one() -> usize {
    1
}

/// What a kind of line means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LineSpec {
    pub pattern: String,
    #[serde(default, rename = "do")]
    pub act: Act,
    /// Such a line is not written by anything else.
    #[serde(default)]
    pub tells: bool,
    /// What stands before the names of the groups; `{group}` is filled in.
    #[serde(default)]
    pub prefix: Option<String>,
    /// Unit of a field by its name, `*` for any number; `{}` in it is the unit as written.
    #[serde(default)]
    pub units: BTreeMap<String, String>,
    /// Name of the field that the groups `value` and `unit` make; `{group}` is filled in.
    #[serde(default)]
    pub name: Option<String>,
    /// A pattern that is looked for again and again in one group.
    #[serde(default)]
    pub each: Option<EachSpec>,
    /// Groups that later lines may fill in by `{group}`, and that are no fields.
    #[serde(default)]
    pub remember: Vec<String>,
    /// Spaces between the columns of a table, at the least.
    #[serde(default = "one")]
    pub gap: usize,
    /// What stands between the columns of a table, where it is no space; units are in brackets.
    #[serde(default)]
    pub between: Option<String>,
    /// The line means something else once the record being read has this field.
    #[serde(default)]
    pub unless: Option<String>,
}

/// What to do with a line that matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Act {
    /// Its fields belong to the record being read; a field that it has already ends it.
    #[default]
    Set,
    /// The line is a record.
    Row,
    /// A new record starts, with these fields.
    Begin,
    /// The fields stand in every record from here on.
    Keep,
    /// Known, and nothing to read.
    Skip,
    /// The group `names` has the names of columns.
    Header,
    /// The group `names` has the units of the columns.
    Units,
    /// The group `cells` has one cell for each column.
    Cells,
    /// The groups of each match of `each` are labels of a column of their own.
    Heads,
    /// Each match of `each` is a record, labelled by its column.
    Spread,
}

/// A pattern that is looked for again and again.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EachSpec {
    /// The group it is looked for in.
    #[serde(rename = "in")]
    pub group: String,
    pub pattern: String,
    /// Name of the field that the groups `value` and `unit` make; labels need none.
    #[serde(default)]
    pub name: String,
}

/// A tool's tables.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StructuredSpec {
    pub name: String,
    /// Columns of one table by which the tool is known; `a|b` is either.
    pub needs: Vec<String>,
    /// Pointer of that table, its beginning when it ends in `/`; any when left out.
    #[serde(default)]
    pub table: Option<String>,
    /// Columns with a pattern that one of their cells matches whole.
    #[serde(default)]
    pub cells: BTreeMap<String, String>,
    /// A pattern that one more of its columns matches whole.
    #[serde(default)]
    pub like: Option<String>,
    /// A pattern for the file's path; its named groups are dimensions.
    #[serde(default)]
    pub path: Option<String>,
    /// Cuts tables up by the values of a column.
    #[serde(default)]
    pub split: Vec<SplitSpec>,
    /// Columns of like cells made one.
    #[serde(default)]
    pub melt: Vec<MeltSpec>,
    /// Columns with parts of the rows' JSON Pointers.
    #[serde(default)]
    pub place: Vec<PlaceSpec>,
    /// Columns whose texts are numbers.
    #[serde(default)]
    pub numbers: Option<String>,
    /// A column with the quotient of two others.
    #[serde(default)]
    pub derive: Vec<DeriveSpec>,
    #[serde(default)]
    pub column: Vec<ColumnSpec>,
    /// A column of texts whose lines are read as a text of their own.
    #[serde(default)]
    pub text_in: Option<String>,
}

/// Cuts tables up.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SplitSpec {
    /// By the values of this column …
    #[serde(default)]
    pub by: Option<String>,
    /// … or by the first group of this pattern in each, where it fits …
    #[serde(default)]
    pub like: Option<String>,
    /// … or by whether there is one.
    #[serde(default)]
    pub has: Option<String>,
    #[serde(default)]
    pub table: Option<String>,
}

/// Makes columns one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MeltSpec {
    pub table: String,
    pub into: String,
}

/// Keys and indices on the way to a row, each in a column of its own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PlaceSpec {
    pub table: String,
    /// Names of columns, from the first key on; a part with an empty name is passed over.
    pub parts: Vec<String>,
}

/// `into = of ÷ by × factor`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DeriveSpec {
    pub of: String,
    pub by: String,
    pub factor: f64,
    pub name: String,
    pub unit: String,
}

/// What columns mean.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ColumnSpec {
    /// Names that match whole.
    pub pattern: String,
    /// Pointer of the table, its beginning when it ends in `/`; any when empty.
    pub table: String,
    /// Columns whose cells must all match a pattern whole; `leaf` is the table's own key.
    pub when: BTreeMap<String, String>,
    /// The name to look up; `$1` or `$group` from the pattern, `{column}` from the row,
    /// `{leaf}` for the key that the table stands under.
    pub name: Option<String>,
    pub unit: Option<String>,
    /// The column that names the unit.
    pub unit_from: Option<String>,
    /// What is taken off the end of that unit.
    pub unit_less: Option<String>,
    pub statistic: Option<String>,
    pub role: Option<RoleSpec>,
    /// Zeros say that nothing was measured.
    pub zero_is_missing: bool,
}

/// What a column is when it is no metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RoleSpec {
    Dimension,
    Detail,
}

/// Lines `name: number unit` of any tool.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct LooseSpec {
    /// Words of which a name must have one.
    pub words: Vec<String>,
}

/// Ready to use.
#[derive(Debug)]
pub(super) struct Adapters {
    pub texts: Vec<Text>,
    telling: OnceLock<(RegexSet, Vec<usize>)>,
    begins: OnceLock<RegexSet>,
    pub structured: Vec<Structured>,
    /// By the first column that it needs.
    pub by_column: HashMap<String, Vec<usize>>,
    pub loose: LooseSpec,
}

/// A text adapter; its patterns are compiled when its text is met.
#[derive(Debug)]
pub(super) struct Text {
    pub spec: TextSpec,
    patterns: OnceLock<(RegexSet, Vec<Line>)>,
}

/// The patterns of a line.
#[derive(Debug)]
pub(super) struct Line {
    pub pattern: Regex,
    pub each: Option<Regex>,
}

impl Text {
    /// All patterns at once, and one by one; none where one is no pattern.
    pub fn patterns(&self) -> &(RegexSet, Vec<Line>) {
        self.patterns.get_or_init(|| {
            let all = self.spec.line.iter().map(|line| line.pattern.as_str());
            let lines: Option<Vec<Line>> = self
                .spec
                .line
                .iter()
                .map(|line| {
                    let each = line.each.as_ref().map(|each| compile(&each.pattern).ok());
                    let each = match each {
                        Some(None) => return None,
                        Some(each) => each,
                        None => None,
                    };
                    Some(Line { pattern: compile(&line.pattern).ok()?, each })
                })
                .collect();
            match (compile_set(all), lines) {
                (Ok(set), Some(lines)) => (set, lines),
                _ => (RegexSet::empty(), Vec::new()),
            }
        })
    }
}

/// A structured adapter; its patterns are compiled when its tables are met.
#[derive(Debug)]
pub(super) struct Structured {
    pub spec: StructuredSpec,
    patterns: OnceLock<Option<StructuredPatterns>>,
}

/// The patterns of a structured adapter.
#[derive(Debug)]
pub(super) struct StructuredPatterns {
    pub like: Option<Regex>,
    pub path: Option<Regex>,
    pub numbers: Option<Regex>,
    pub cells: Vec<(String, Regex)>,
    /// In the order of its splits, of those that have one.
    pub splits: Vec<Option<Regex>>,
    /// In the order of its columns: the name's, and those of the conditions.
    pub columns: Vec<(Regex, Vec<(String, Regex)>)>,
}

impl Structured {
    /// Its patterns; `None` where one is no pattern.
    pub fn patterns(&self) -> Option<&StructuredPatterns> {
        self.patterns.get_or_init(|| self.compiled().ok()).as_ref()
    }

    fn compiled(&self) -> Result<StructuredPatterns, regex::Error> {
        let whole = |pattern: &str| compile(&format!("^(?:{pattern})$"));
        let conditions = |patterns: &BTreeMap<String, String>| {
            let compiled = patterns.iter().map(|(name, pattern)| Ok((name.clone(), whole(pattern)?)));
            compiled.collect::<Result<Vec<_>, regex::Error>>()
        };
        let column = |spec: &ColumnSpec| Ok((whole(&spec.pattern)?, conditions(&spec.when)?));
        Ok(StructuredPatterns {
            like: self.spec.like.as_deref().map(whole).transpose()?,
            path: self.spec.path.as_deref().map(compile).transpose()?,
            numbers: self.spec.numbers.as_deref().map(whole).transpose()?,
            cells: conditions(&self.spec.cells)?,
            splits: self
                .spec
                .split
                .iter()
                .map(|split| split.like.as_deref().map(whole).transpose())
                .collect::<Result<_, regex::Error>>()?,
            columns: self.spec.column.iter().map(column).collect::<Result<_, regex::Error>>()?,
        })
    }
}

impl Adapters {
    fn new(file: File) -> Self {
        let texts = file.text.into_iter().map(|spec| Text { spec, patterns: OnceLock::new() }).collect();
        let mut by_column: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, spec) in file.structured.iter().enumerate() {
            for first in spec.needs.first().iter().flat_map(|names| names.split('|')) {
                by_column.entry(first.to_owned()).or_default().push(index);
            }
        }
        let structured =
            file.structured.into_iter().map(|spec| Structured { spec, patterns: OnceLock::new() }).collect();
        let (telling, begins) = (OnceLock::new(), OnceLock::new());
        Self { texts, telling, begins, structured, by_column, loose: file.loose }
    }

    /// The telling patterns of all texts, and whose each is: made when the first text is met,
    /// for most folders have none.
    pub fn telling(&self) -> &(RegexSet, Vec<usize>) {
        self.telling.get_or_init(|| {
            let lines = self.texts.iter().enumerate().flat_map(|(index, text)| {
                let telling = text.spec.line.iter().filter(|line| line.tells);
                telling.map(move |line| (line.pattern.as_str(), index))
            });
            let (patterns, told): (Vec<&str>, Vec<usize>) = lines.unzip();
            (compile_set(patterns).unwrap_or_else(|_| RegexSet::empty()), told)
        })
    }

    /// Does a `.csv` file begin like a text?
    pub fn is_text_in_csv(&self, text: &str) -> bool {
        let begins = self.begins.get_or_init(|| {
            let patterns = self.texts.iter().filter_map(|text| text.spec.begins.as_deref());
            compile_set(patterns).unwrap_or_else(|_| RegexSet::empty())
        });
        begins.is_match(text)
    }
}

fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    regex::RegexBuilder::new(pattern).size_limit(MAX_PATTERN_BYTES).build()
}

fn compile_set<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Result<RegexSet, regex::Error> {
    regex::RegexSetBuilder::new(patterns).size_limit(16 * MAX_PATTERN_BYTES).build()
}
