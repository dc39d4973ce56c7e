//! Reads a dictionary file: what can be taken, and where the rest is wrong.

use std::sync::Arc;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Role,
    dictionary::{
        Dictionary, DictionaryProblem, FieldRule, Layer, MetricWords, NameRole, Needs, RowRole, TotalsWords,
        UnitWords,
    },
    words,
};
use crate::text::sanitize::Shown;

/// Rank of a metric whose entry gives none: behind all that the program knows well.
const RANK: u16 = 300;

/// The tables of a file. Units come first, whatever the order in the file: metrics name them.
const TABLES: [&str; 12] = [
    "unit",
    "metric",
    "dimension",
    "counted",
    "statistic",
    "never",
    "identifier",
    "text",
    "rows",
    "family",
    "names",
    "totals",
];

type Value<'v> = Spanned<DeValue<'v>>;

/// Lays the entries of a text over a dictionary.
pub(super) fn lay_over(
    dictionary: &mut Dictionary,
    text: &str,
    file: &str,
    layer: Layer,
) -> Vec<DictionaryProblem> {
    let mut reader = Reader { text, file: Shown::new(file), problems: Vec::new(), layer };
    let (root, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        reader.problem(error.span().map_or(0, |span| span.start), error.message());
    }
    let root = root.get_ref();
    for (name, _) in root {
        if !TABLES.contains(&&**name.get_ref()) {
            let known = TABLES.join(", ");
            reader.problem(name.span().start, &format!("no table `{}`; there are {known}", name.get_ref()));
        }
    }
    for name in TABLES {
        if let Some((_, value)) = root.iter().find(|(key, _)| *key.get_ref() == name) {
            reader.table(dictionary, name, value);
        }
    }
    reader.problems.sort_by_key(|problem| (problem.line, problem.column));
    reader.problems
}

struct Reader<'t> {
    text: &'t str,
    file: Shown,
    problems: Vec<DictionaryProblem>,
    layer: Layer,
}

impl Reader<'_> {
    fn table(&mut self, to: &mut Dictionary, name: &str, value: &Value<'_>) {
        match name {
            "metric" => self.each(value, name, |reader, entry, at| reader.metric(to, entry, at)),
            "unit" => self.each(value, name, |reader, entry, at| reader.unit(to, entry, at)),
            "dimension" => self.each(value, name, |reader, entry, at| reader.dimension(to, entry, at)),
            "counted" => self.each(value, name, |reader, entry, at| reader.counted(to, entry, at)),
            "totals" => self.each(value, name, |reader, entry, at| reader.totals(to, entry, at)),
            "statistic" => self.each(value, name, |reader, entry, at| reader.statistic(to, entry, at)),
            _ => {
                let Some(table) = value.get_ref().as_table() else {
                    return self
                        .problem(value.span().start, &format!("`{name}` is no table; write [{name}]"));
                };
                match name {
                    "never" => self.never(to, table),
                    "identifier" => self.named(to, table, name, Role::Identifier),
                    "text" => self.named(to, table, name, Role::Text),
                    "rows" => self.rows(to, table),
                    "family" => {
                        self.keys(table, name, &["names"]);
                        to.families.extend(self.strings(table, "names"));
                    }
                    _ => self.names(to, table),
                }
            }
        }
    }

    /// Every table of an array of tables.
    fn each(&mut self, value: &Value<'_>, name: &str, mut take: impl FnMut(&mut Self, &DeTable<'_>, usize)) {
        let Some(entries) = value.get_ref().as_array() else {
            return self.problem(value.span().start, &format!("`{name}` is a list; write [[{name}]]"));
        };
        for entry in entries {
            match entry.get_ref().as_table() {
                Some(table) => take(self, table, entry.span().start),
                None => self.problem(entry.span().start, &format!("an entry of `{name}` is a table")),
            }
        }
    }

    fn metric(&mut self, to: &mut Dictionary, entry: &DeTable<'_>, at: usize) {
        const KEYS: [&str; 10] = [
            "name",
            "label",
            "unit",
            "better",
            "rank",
            "known",
            "share",
            "fields",
            "fields_with_unit",
            "fields_in",
        ];
        self.keys(entry, "metric", &KEYS);
        let Some(name) = self.string(entry, "name").filter(|name| !name.trim().is_empty()) else {
            return self.problem(at, "a metric needs a `name`");
        };
        let name = words(&name).replace(' ', "_");
        let unit = self.string(entry, "unit").map(|unit| self.canonical(to, entry, &unit));
        let index = if let Some(index) = to.metrics.iter().position(|known| known.name == name) {
            let known = &to.metrics[index].unit;
            if unit.is_some_and(|unit| unit != *known) {
                let message = format!("the unit of `{name}` is `{known}` and stays so");
                self.problem(place(entry, "unit"), &message);
            }
            index
        } else {
            let Some(unit) = unit else {
                let message = format!("the new metric `{name}` needs a `unit` (\"\" for a plain number)");
                return self.problem(at, &message);
            };
            let label = capitalised(&name.replace('_', " "));
            to.metrics.push(MetricWords { name, label, unit, rank: RANK, ..MetricWords::default() });
            to.metrics.len() - 1
        };
        self.attributes(&mut to.metrics[index], entry);
        let tool_units = self.fields_in(entry);
        let plain = self.strings(entry, "fields").into_iter().map(|field| (field, Needs::Nothing));
        let with_unit: Vec<_> =
            self.strings(entry, "fields_with_unit").into_iter().map(|field| (field, Needs::Unit)).collect();
        for (field, needs) in tool_units.into_iter().chain(plain.collect::<Vec<_>>()).chain(with_unit) {
            self.rule(to, &field, FieldRule { metric: index, needs, is_own: self.layer == Layer::User });
        }
    }

    /// A user's rule comes before the built-in ones, and takes its name from every other role.
    fn rule(&mut self, to: &mut Dictionary, field: &str, rule: FieldRule) {
        let field = words(field);
        if self.layer == Layer::User && rule.needs != Needs::Unit {
            to.never_fields.remove(&field);
            to.names.insert(field.clone(), NameRole::Metric);
        }
        let rules = to.rules.entry(field).or_default();
        let own = if self.layer == Layer::User {
            rules.iter().take_while(|known| known.metric == rule.metric).count()
        } else {
            rules.len()
        };
        rules.insert(own, rule);
    }

    /// What can be said of a metric besides its name, its unit and its fields.
    fn attributes(&mut self, metric: &mut MetricWords, entry: &DeTable<'_>) {
        if let Some(label) = self.string(entry, "label") {
            metric.label = label;
        }
        if let Some(better) = self.string(entry, "better") {
            match better.as_str() {
                "higher" => metric.higher_is_better = Some(true),
                "lower" => metric.higher_is_better = Some(false),
                _ => self.problem(place(entry, "better"), "`better` is \"higher\" or \"lower\""),
            }
        }
        if let Some(value) = get(entry, "rank") {
            match number(value).filter(|rank| (0.0..=f64::from(u16::MAX)).contains(rank)) {
                Some(rank) => metric.rank = rank as u16,
                None => self.problem(value.span().start, "`rank` is a number from 0 to 65535"),
            }
        }
        if let Some(is_share) = self.truth(entry, "share") {
            metric.is_share = is_share;
        }
        // Code asks for its metrics by name; no user's file gives it others.
        if self.layer == Layer::BuiltIn && metric.known.is_none() {
            metric.known = self.string(entry, "known");
        }
    }

    /// `{ ns = ["load duration"] }`
    fn fields_in(&mut self, entry: &DeTable<'_>) -> Vec<(String, Needs)> {
        let Some(value) = get(entry, "fields_in") else { return Vec::new() };
        let Some(table) = value.get_ref().as_table() else {
            let message = "`fields_in` takes lists by unit: { ms = [\"a field\"] }";
            self.problem(value.span().start, message);
            return Vec::new();
        };
        let mut found = Vec::new();
        for (unit, _) in table {
            let unit = unit.get_ref();
            for field in self.strings(table, unit) {
                found.push((field, Needs::ToolUnit(unit.to_string())));
            }
        }
        found
    }

    /// The unit that a metric's own leads to.
    fn canonical(&mut self, to: &Dictionary, entry: &DeTable<'_>, unit: &str) -> String {
        match to.unit(unit) {
            Some(known) if known.canonical != unit => {
                let canonical = known.canonical.clone();
                if known.symbol != canonical {
                    let message = format!("`{unit}` is compared in `{canonical}`; that is its unit");
                    self.problem(place(entry, "unit"), &message);
                }
                canonical
            }
            _ => unit.to_owned(),
        }
    }

    fn unit(&mut self, to: &mut Dictionary, entry: &DeTable<'_>, at: usize) {
        self.keys(entry, "unit", &["symbol", "in", "factor", "guess", "spellings", "written"]);
        let Some(symbol) = self.string(entry, "symbol").filter(|symbol| !symbol.trim().is_empty()) else {
            return self.problem(at, "a unit needs a `symbol`");
        };
        let canonical = self.string(entry, "in").unwrap_or_else(|| symbol.clone());
        let factor = match get(entry, "factor").map(|value| (number(value), value.span().start)) {
            None => 1.0,
            Some((Some(factor), _)) if factor.is_finite() && factor > 0.0 => factor,
            Some((_, at)) => return self.problem(at, "`factor` is a number above 0"),
        };
        let is_guess = self.truth(entry, "guess").unwrap_or(false);
        let index =
            to.unit_list.iter().position(|known| known.symbol == symbol).unwrap_or(to.unit_list.len());
        if index == to.unit_list.len() {
            to.unit_list.push(UnitWords { symbol: symbol.clone(), canonical, factor, is_guess });
        }
        to.units.insert(symbol, index);
        for spelling in self.strings(entry, "spellings") {
            to.suffixes.insert(words(&spelling), index);
            to.units.insert(spelling, index);
        }
        for written in self.strings(entry, "written") {
            to.units.insert(written, index);
        }
    }

    fn dimension(&mut self, to: &mut Dictionary, entry: &DeTable<'_>, at: usize) {
        self.keys(entry, "dimension", &["name", "fields"]);
        let Some(name) = self.string(entry, "name").filter(|name| !name.trim().is_empty()) else {
            return self.problem(at, "a dimension needs a `name`");
        };
        let name: Arc<str> = words(&name).replace(' ', "_").into();
        let is_ours = |role: &&NameRole| matches!(role, NameRole::Dimension(known, _) if *known == name);
        let first = to.names.values().filter(is_ours).count();
        for (index, field) in self.strings(entry, "fields").iter().enumerate() {
            to.names.insert(words(field), NameRole::Dimension(Arc::clone(&name), first + index));
        }
    }

    fn counted(&mut self, to: &mut Dictionary, entry: &DeTable<'_>, at: usize) {
        self.keys(entry, "counted", &["unit", "words", "bare"]);
        let Some(unit) = self.string(entry, "unit") else {
            return self.problem(at, "something counted needs the `unit` of its rate");
        };
        let is_bare = self.truth(entry, "bare").unwrap_or(false);
        for word in self.strings(entry, "words") {
            to.counted.insert(word, (unit.clone(), is_bare));
        }
    }

    fn statistic(&mut self, to: &mut Dictionary, entry: &DeTable<'_>, at: usize) {
        self.keys(entry, "statistic", &["name", "words"]);
        let Some(name) = self.string(entry, "name") else {
            return self.problem(at, "a statistic needs a `name`");
        };
        for word in self.strings(entry, "words") {
            to.statistics.insert(word, name.clone());
        }
    }

    fn totals(&mut self, to: &mut Dictionary, entry: &DeTable<'_>, at: usize) {
        self.keys(entry, "totals", &["metric", "tokens", "time"]);
        let Some(metric) = self.string(entry, "metric") else {
            return self.problem(at, "a ratio of totals needs its `metric`");
        };
        let tokens = self.strings(entry, "tokens").iter().map(|field| words(field)).collect();
        let words = TotalsWords { metric, tokens, time: self.strings(entry, "time") };
        // The first that speaks of a metric is right: the user's.
        let index = if self.layer == Layer::User { 0 } else { to.totals.len() };
        to.totals.insert(index, words);
    }

    fn never(&mut self, to: &mut Dictionary, table: &DeTable<'_>) {
        self.keys(table, "never", &["words", "fields", "owners", "prefixes"]);
        to.never_words.extend(self.strings(table, "words"));
        let fields = self.strings(table, "fields");
        for field in fields.iter().map(|field| words(field)) {
            // The user's word holds over what the name would be by the built-in ones.
            if self.layer == Layer::User {
                to.rules.remove(&field);
            }
            to.never_fields.insert(field);
        }
        to.never_owners.extend(self.strings(table, "owners"));
        to.never_prefixes.extend(self.strings(table, "prefixes"));
    }

    fn named(&mut self, to: &mut Dictionary, table: &DeTable<'_>, name: &str, role: Role) {
        self.keys(table, name, &["fields", "endings"]);
        let fields = self.strings(table, "fields");
        to.names.extend(fields.iter().map(|field| (words(field), NameRole::Other(role))));
        to.endings.extend(self.strings(table, "endings").into_iter().map(|ending| (ending, role)));
    }

    fn rows(&mut self, to: &mut Dictionary, table: &DeTable<'_>) {
        const CELLS: [&str; 5] = ["ok_words", "no_error_words", "failure_words", "warm_up_words", "measured"];
        let keys: Vec<&str> = RowRole::ALL.iter().map(|(name, _)| *name).chain(CELLS).collect();
        self.keys(table, "rows", &keys);
        for (name, role) in RowRole::ALL {
            for field in self.strings(table, name) {
                to.row_roles.entry(words(&field)).or_default().add(role);
            }
        }
        to.cells.ok.extend(self.strings(table, "ok_words"));
        to.cells.no_error.extend(self.strings(table, "no_error_words"));
        to.cells.failure.extend(self.strings(table, "failure_words"));
        to.cells.warm_up.extend(self.strings(table, "warm_up_words"));
        to.measured.extend(self.strings(table, "measured"));
    }

    fn names(&mut self, to: &mut Dictionary, table: &DeTable<'_>) {
        const KEYS: [&str; 7] =
            ["fillers", "parents_of_percentiles", "samples", "alone", "phrases", "wanted", "unwanted"];
        self.keys(table, "names", &KEYS);
        to.fillers.extend(self.strings(table, "fillers"));
        to.percentile_parents.extend(self.strings(table, "parents_of_percentiles"));
        to.sample_words.extend(self.strings(table, "samples"));
        to.wanted.extend(self.strings(table, "wanted"));
        to.unwanted.extend(self.strings(table, "unwanted"));
        to.alone.extend(self.texts(table, "alone"));
        to.phrases.extend(self.texts(table, "phrases"));
    }

    /// The texts of a table of texts.
    fn texts(&mut self, table: &DeTable<'_>, key: &str) -> Vec<(String, String)> {
        let Some(value) = get(table, key) else { return Vec::new() };
        let Some(texts) = value.get_ref().as_table() else {
            self.problem(value.span().start, &format!("`{key}` takes texts by texts"));
            return Vec::new();
        };
        let mut found = Vec::with_capacity(texts.len());
        for (text, value) in texts {
            match value.get_ref().as_str() {
                Some(meant) => found.push((text.get_ref().to_string(), meant.to_owned())),
                None => self.problem(value.span().start, "it is read as a text"),
            }
        }
        found
    }

    /// Says which keys nobody reads.
    fn keys(&mut self, table: &DeTable<'_>, name: &str, known: &[&str]) {
        for (key, _) in table {
            if !known.contains(&&**key.get_ref()) {
                let message =
                    format!("no key `{}` in `{name}`; there are {}", key.get_ref(), known.join(", "));
                self.problem(key.span().start, &message);
            }
        }
    }

    fn string(&mut self, table: &DeTable<'_>, key: &str) -> Option<String> {
        let value = get(table, key)?;
        let text = value.get_ref().as_str().map(str::to_owned);
        if text.is_none() {
            self.problem(value.span().start, &format!("`{key}` is a text in quotes"));
        }
        text
    }

    fn truth(&mut self, table: &DeTable<'_>, key: &str) -> Option<bool> {
        let value = get(table, key)?;
        let truth = value.get_ref().as_bool();
        if truth.is_none() {
            self.problem(value.span().start, &format!("`{key}` is true or false"));
        }
        truth
    }

    /// The texts of a list; each that is none is reported.
    fn strings(&mut self, table: &DeTable<'_>, key: &str) -> Vec<String> {
        let Some(value) = get(table, key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            self.problem(value.span().start, &format!("`{key}` takes a list of texts"));
            return Vec::new();
        };
        let mut found = Vec::with_capacity(list.len());
        for item in list {
            match item.get_ref().as_str() {
                Some(text) => found.push(text.to_owned()),
                None => self.problem(item.span().start, &format!("`{key}` takes texts")),
            }
        }
        found
    }

    fn problem(&mut self, at: usize, message: &str) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
        let message = Shown::new(message);
        self.problems.push(DictionaryProblem { file: self.file.clone(), line, column, message });
    }
}

fn get<'t, 'v>(table: &'t DeTable<'v>, key: &str) -> Option<&'t Value<'v>> {
    table.iter().find(|(name, _)| *name.get_ref() == key).map(|(_, value)| value)
}

/// Where a key's value stands.
fn place(table: &DeTable<'_>, key: &str) -> usize {
    get(table, key).map_or(0, |value| value.span().start)
}

fn number(value: &Value<'_>) -> Option<f64> {
    match value.get_ref() {
        DeValue::Integer(number) => number.as_str().replace('_', "").parse().ok(),
        DeValue::Float(number) => number.as_str().replace('_', "").parse().ok(),
        _ => None,
    }
}

/// With a capital first letter.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
