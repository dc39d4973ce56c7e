//! The words that name things of the folder: values of dimensions, files, metrics,
//! statistics. Made once for a folder; a text is looked up word by word.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
    sync::Arc,
};

mod words;

use words::{BOUNDS, METRICS, Stop, TRENDS, WIDE, stop};
pub use words::{Class, Trend};

use crate::{
    grounding::figure::figures,
    metrics::{
        library::Library,
        names::Metric,
        series::{Nature, Series},
    },
};

/// A name of more words is a sentence somebody put into a cell.
const LONGEST_NAME: usize = 12;
/// Fewer letters with digits may be a number and its unit.
const LONGEST_UNIT: usize = 6;
/// A name of one word must be so long, unless it holds a digit.
const SHORTEST_NAME: usize = 3;

/// What a word or some words name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// Some values of a dimension (index of the key, indices of the values).
    Values(u32, Vec<u32>),
    /// The name of a dimension or column.
    Key(u32),
    /// Metrics, by index.
    Metrics(Vec<u32>),
    /// A statistic.
    Statistic(Class),
    /// Files.
    Files(Vec<u32>),
    /// Which way two values differ.
    Trend(Trend),
    /// At least, at most.
    Bound(std::cmp::Ordering),
}

/// A name at its place in a sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    /// Bytes of the sentence.
    pub range: Range<usize>,
    /// What is named.
    pub name: Name,
}

/// All names of a folder.
#[derive(Debug, Default)]
pub struct Lexicon {
    /// Keys of dimensions and of other columns.
    pub keys: Vec<Arc<str>>,
    /// Values of each key, as written.
    pub values: Vec<Vec<Arc<str>>>,
    /// Metrics.
    pub metrics: Vec<Metric>,
    /// Files.
    pub files: Vec<Arc<str>>,
    /// By first word: the words and what they name, longest first.
    phrases: HashMap<String, Vec<(Vec<String>, Name)>>,
}

impl Lexicon {
    /// Of a folder and the names of its columns; what documents state is named where it is trusted.
    pub fn of(library: &Library, columns: &[Arc<str>], trusts_statements: bool) -> Self {
        let mut lexicon = Self::default();
        let mut values: BTreeMap<Arc<str>, BTreeSet<Arc<str>>> = BTreeMap::new();
        let mut metrics: Vec<(Metric, BTreeSet<Arc<str>>)> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        let is_evidence = |series: &&Arc<Series>| trusts_statements || series.nature != Nature::Stated;
        for series in library.series().iter().filter(is_evidence) {
            gather(series, &mut values);
            let index = *known.entry(series.metric.name().to_owned()).or_insert_with(|| {
                metrics.push((series.metric.clone(), BTreeSet::new()));
                metrics.len() - 1
            });
            if let Some((_, fields)) = metrics.get_mut(index) {
                fields.insert(Arc::clone(&series.field));
            }
        }
        for column in columns {
            values.entry(Arc::clone(column)).or_default();
        }
        let mut names: HashMap<Vec<String>, Name> = HashMap::new();
        for (index, (key, of_key)) in (0_u32..).zip(values) {
            add_key(&mut names, index, &key);
            let list: Vec<Arc<str>> = of_key.into_iter().collect();
            add_values(&mut names, index, &key, &list);
            lexicon.keys.push(key);
            lexicon.values.push(list);
        }
        let settings: Vec<u32> = (0_u32..)
            .zip(&lexicon.values)
            .filter(|(_, values)| !values.is_empty())
            .map(|(index, _)| index)
            .collect();
        for (index, (metric, fields)) in (0_u32..).zip(&metrics) {
            add_metric(&mut names, index, metric, fields, &settings);
        }
        for (unit, spellings) in WIDE {
            let of_unit: Vec<u32> = (0_u32..)
                .zip(&metrics)
                .filter(|(_, (metric, _))| metric.unit().symbol() == *unit)
                .map(|(index, _)| index)
                .collect();
            for spelling in *spellings {
                if !of_unit.is_empty() {
                    names.insert(words_of(spelling), Name::Metrics(of_unit.clone()));
                }
            }
        }
        lexicon.metrics = metrics.into_iter().map(|(metric, _)| metric).collect();
        lexicon.files = library
            .inventory
            .files()
            .filter(|file| !file.generated)
            .map(|file| Arc::clone(&file.path))
            .collect();
        for (index, path) in (0_u32..).zip(&lexicon.files) {
            add_file(&mut names, index, path);
        }
        add_fixed(&mut names);
        for (words, name) in names {
            if let Some(first) = words.first() {
                lexicon.phrases.entry(first.clone()).or_default().push((words, name));
            }
        }
        for list in lexicon.phrases.values_mut() {
            list.sort_by(|left, right| right.0.len().cmp(&left.0.len()).then_with(|| left.0.cmp(&right.0)));
        }
        lexicon
    }

    /// What a text names, in order; of names that begin at one word the longest.
    pub fn mentions(&self, text: &str) -> Vec<Mention> {
        let tokens = tokens(text);
        let mut mentions: Vec<Mention> = Vec::new();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            let found = self.phrases.get(&token.text).and_then(|list| {
                list.iter().find(|(words, _)| {
                    words
                        .iter()
                        .zip(tokens.get(at..).unwrap_or_default())
                        .filter(|(word, token)| **word == token.text)
                        .count()
                        == words.len()
                        && tokens.get(at + words.len() - 1).is_some_and(|last| last.is_whole_end)
                        && token.is_whole_start
                })
            });
            let Some((words, name)) = found else {
                at += 1;
                continue;
            };
            let end = tokens.get(at + words.len() - 1).map_or(token.range.end, |last| last.range.end);
            let mut mention = Mention { range: token.range.start..end, name: name.clone() };
            at += words.len();
            // `gemma3:4b` begins like a name of the folder and is another.
            if let Name::Values(_, values) = &mut mention.name
                && let Some(longer) = longer_name(text, end)
            {
                (mention.range.end, *values) = (longer, Vec::new());
                at += tokens
                    .get(at..)
                    .unwrap_or_default()
                    .iter()
                    .take_while(|token| token.range.start < longer)
                    .count();
            }
            mentions.push(mention);
        }
        self.add_unknown_models(text, &mut mentions);
        mentions
    }

    /// Models that the folder does not know: what is said of them is said of no group.
    fn add_unknown_models(&self, text: &str, mentions: &mut Vec<Mention>) {
        let Some(key) = self.keys.iter().position(|key| **key == *"model") else { return };
        let key = u32::try_from(key).unwrap_or(u32::MAX);
        let mut start = 0;
        for word in text
            .split_inclusive(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '|' | '*' | '`'))
        {
            let at = start;
            start += word.len();
            let range = at..at + word.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
            let is_known = mentions
                .iter()
                .any(|mention| mention.range.start < range.end && mention.range.end > range.start);
            if !is_known && text.get(range.clone()).is_some_and(is_model) {
                mentions.push(Mention { range, name: Name::Values(key, Vec::new()) });
            }
        }
        mentions.sort_by_key(|mention| mention.range.start);
    }

    /// The key of a dimension's or column's name as a whole text (a table's head).
    pub fn key(&self, text: &str) -> Option<u32> {
        let mentions = self.mentions(text);
        mentions.iter().find_map(|mention| match mention.name {
            Name::Key(key) => Some(key),
            _ => None,
        })
    }
}

/// Where a name goes on behind what is known of it: `:4b`, `-7b`.
fn longer_name(text: &str, end: usize) -> Option<usize> {
    let behind = text.get(end..)?;
    let rest = behind
        .strip_prefix(':')
        .or_else(|| behind.strip_prefix('-').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())))?;
    if !rest.starts_with(char::is_alphanumeric) {
        return None;
    }
    let length =
        rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))).unwrap_or(rest.len());
    let rest = rest.get(..length).unwrap_or_default().trim_end_matches(['.', '-', '_']);
    Some(end + 1 + rest.len())
}

/// `llama3:8b`, `qwen2.5:0.5b-instruct`: a name, a colon, a size.
fn is_model(word: &str) -> bool {
    word.split_once(':').is_some_and(|(name, size)| {
        let digits = size.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        name.starts_with(char::is_alphabetic)
            && digits.len() < size.len()
            && digits.starts_with(['b', 'B', 'm', 'M'])
            && !digits.chars().nth(1).is_some_and(char::is_alphanumeric)
    })
}

/// Dimensions of a series and of its rows.
fn gather(series: &Series, values: &mut BTreeMap<Arc<str>, BTreeSet<Arc<str>>>) {
    let mut add = |key: &Arc<str>, value: &Arc<str>| {
        values.entry(Arc::clone(key)).or_default().insert(Arc::clone(value));
    };
    for (key, value) in &series.group.0 {
        add(key, value);
    }
    let mut last: Option<*const crate::metrics::series::Group> = None;
    for value in series.values.iter() {
        // Rows of one configuration share their group.
        let address = Arc::as_ptr(value.group);
        if last == Some(address) {
            continue;
        }
        last = Some(address);
        for (key, value) in &value.group.0 {
            add(key, value);
        }
    }
}

fn add_key(names: &mut HashMap<Vec<String>, Name>, index: u32, key: &str) {
    let leaf = key.rsplit(['.', '/']).next().unwrap_or(key);
    for spelling in [key, leaf] {
        let words = words_of(spelling);
        // A column called `a` or `time` is no name in prose.
        let is_plain = words.len() == 1 && (spelling.len() < SHORTEST_NAME || stop(spelling) == Stop::Word);
        if !words.is_empty() && !is_plain {
            names.entry(words).or_insert(Name::Key(index));
        }
    }
    for (canonical, spellings) in words::KEYS {
        if *canonical == leaf {
            for spelling in *spellings {
                names.insert(words_of(spelling), Name::Key(index));
            }
        }
    }
}

fn add_values(names: &mut HashMap<Vec<String>, Name>, key: u32, key_name: &str, values: &[Arc<str>]) {
    let mut add = |words: Vec<String>, value: u32| match names.get_mut(&words) {
        Some(Name::Values(known, list)) if *known == key => {
            if !list.contains(&value) {
                list.push(value);
            }
        }
        Some(_) => {}
        None => {
            names.insert(words, Name::Values(key, vec![value]));
        }
    };
    for (index, value) in (0_u32..).zip(values) {
        if is_name(value) {
            add(words_of(value), index);
        }
        // Parts of a model's name stand for every model that has them: `270m`, `gemma3`.
        if key_name == "model" {
            for part in parts(value) {
                add(part, index);
            }
        }
    }
}

/// The runs of a name's parts that could stand for it.
fn parts(value: &str) -> Vec<Vec<String>> {
    let mut pieces: Vec<Range<usize>> = Vec::new();
    // Of a long path the file's name is what a text says.
    let is_long = value.split([':', '-', '/', '_', ' ']).count() > LONGEST_NAME;
    let mut at = if is_long { value.rfind('/').map_or(0, |end| end + 1) } else { 0 };
    for piece in value.get(at..).unwrap_or_default().split([':', '-', '/', '_', ' ']) {
        if !piece.is_empty() {
            pieces.push(at..at + piece.len());
        }
        at += piece.len() + 1;
    }
    if pieces.len() > LONGEST_NAME {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (start, first) in pieces.iter().enumerate() {
        for last in pieces.iter().skip(start) {
            let run = value.get(first.start..last.end).unwrap_or_default();
            if is_name(run) && run.len() > 1 && stop(&run.to_lowercase()) == Stop::No {
                found.push(words_of(run));
            }
        }
    }
    found
}

/// Holds a letter, is long enough, and is no figure that a cell claims to be a name.
fn is_name(value: &str) -> bool {
    let has_digit = value.chars().any(|character| character.is_ascii_digit());
    value.chars().any(char::is_alphabetic)
        && (value.chars().count() >= SHORTEST_NAME || has_digit)
        && words_of(value).len() <= LONGEST_NAME
        && stop(&value.to_lowercase()) != Stop::Word
        && (figures(value).is_empty() || is_word(value))
}

/// One long word that begins with a letter: what looks like a figure in it (`Snowpiercer-15B`) is
/// a part of a name.
fn is_word(value: &str) -> bool {
    value.starts_with(char::is_alphabetic)
        && !value.contains(|c: char| c.is_whitespace() || matches!(c, '=' | ','))
        && value.chars().filter(|c| c.is_alphabetic()).count() > LONGEST_UNIT
}

fn add_metric(
    names: &mut HashMap<Vec<String>, Name>,
    index: u32,
    metric: &Metric,
    fields: &BTreeSet<Arc<str>>,
    settings: &[u32],
) {
    for field in fields.iter().filter(|field| without_statistic(field) != ***field) {
        let words = words_of(field);
        if matches!(names.get(&words), Some(Name::Key(key)) if !settings.contains(key)) {
            names.remove(&words);
        }
    }
    let mut add = |spelling: &str| {
        let words = words_of(spelling);
        let is_plain = words.len() == 1 && (spelling.len() < SHORTEST_NAME || stop(spelling) == Stop::Word);
        if words.is_empty() || is_plain {
            return;
        }
        match names.get_mut(&words) {
            Some(Name::Metrics(list)) => {
                if !list.contains(&index) {
                    list.push(index);
                }
            }
            // A setting that rows differ in is more often meant than a metric of the same name,
            // and that more often than any other column.
            Some(Name::Key(key)) if settings.contains(key) => {}
            Some(Name::Key(_)) | None => {
                names.insert(words, Name::Metrics(vec![index]));
            }
            Some(_) => {}
        }
    };
    add(metric.label());
    add(&format!("{}s", metric.label()));
    add(metric.name());
    for field in fields.iter().filter(|field| !is_statistic(field)) {
        // `mean_tokens_s`: the mean is a statistic, in a text too.
        add(&without_statistic(field));
    }
    for (name, spellings) in METRICS {
        if *name == metric.name() {
            spellings.iter().for_each(|spelling| add(spelling));
        }
    }
}

/// A field called `p95_ms` or `median` says what of a metric it holds, and not of which.
fn is_statistic(field: &str) -> bool {
    const UNITS: [&str; 9] = ["ms", "s", "us", "ns", "sec", "seconds", "pct", "mb", "value"];
    let mut own = words_of(field);
    if own.len() > 1 && own.last().is_some_and(|last| UNITS.contains(&last.as_str())) {
        own.pop();
    }
    words::STATISTICS.iter().any(|(spelling, _)| words_of(spelling) == own)
}

/// The name of a field without the word of a statistic that it begins or ends with.
fn without_statistic(field: &str) -> String {
    let mut own = words_of(field);
    for (spelling, _) in words::STATISTICS {
        let words = words_of(spelling);
        if own.len() > words.len() + 1 && own.starts_with(&words) {
            own.drain(..words.len());
            return own.join(" ");
        }
        if own.len() > words.len() + 1 && own.ends_with(&words) {
            own.truncate(own.len() - words.len());
            return own.join(" ");
        }
    }
    field.to_owned()
}

/// The statistic that the name of a field says: `mean_time_ms`, `p99_ttft_ms`.
pub fn class_of_field(field: &str) -> Option<Class> {
    let own = words_of(field);
    words::STATISTICS.iter().find_map(|(spelling, class)| {
        let words = words_of(spelling);
        let is_in = (0..own.len()).any(|at| own.get(at..at + words.len()) == Some(words.as_slice()));
        is_in.then_some(*class)
    })
}

fn add_file(names: &mut HashMap<Vec<String>, Name>, index: u32, path: &str) {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    for spelling in [path, name, stem] {
        let words = words_of(spelling);
        // A stem like `summary` is a word of prose.
        if words.len() < 2 {
            continue;
        }
        match names.get_mut(&words) {
            Some(Name::Files(list)) => {
                if !list.contains(&index) {
                    list.push(index);
                }
            }
            Some(_) => {}
            None => {
                names.insert(words, Name::Files(vec![index]));
            }
        }
    }
}

fn add_fixed(names: &mut HashMap<Vec<String>, Name>) {
    for (spelling, class) in words::STATISTICS {
        // A column called `p95` or `mean` holds what it is called.
        let name = names.entry(words_of(spelling)).or_insert(Name::Statistic(*class));
        if matches!(name, Name::Key(_)) {
            *name = Name::Statistic(*class);
        }
    }
    for (spelling, trend) in TRENDS {
        names.entry(words_of(spelling)).or_insert(Name::Trend(*trend));
    }
    for (spelling, bound) in BOUNDS {
        names.entry(words_of(spelling)).or_insert(Name::Bound(*bound));
    }
}

#[derive(Debug)]
struct Token {
    text: String,
    range: Range<usize>,
    /// No letter or digit touches its start: a name may begin here.
    is_whole_start: bool,
    is_whole_end: bool,
}

/// Runs of letters and runs of digits, lower case: `gemma3:1b` is `gemma 3 1 b`.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut previous: Option<(char, bool)> = None;
    for (at, character) in text.char_indices() {
        let end = at + character.len_utf8();
        if !character.is_alphanumeric() {
            if let Some(last) = tokens.last_mut().filter(|last| last.range.end == at) {
                last.is_whole_end = true;
            }
            previous = None;
            continue;
        }
        let is_digit = character.is_numeric();
        let lower: String = character.to_lowercase().collect();
        match (previous, tokens.last_mut()) {
            (Some((_, was_digit)), Some(last)) if was_digit == is_digit => {
                last.text.push_str(&lower);
                last.range.end = end;
            }
            _ => tokens.push(Token {
                text: lower,
                range: at..end,
                is_whole_start: previous.is_none(),
                is_whole_end: false,
            }),
        }
        previous = Some((character, is_digit));
    }
    if let Some(last) = tokens.last_mut().filter(|last| last.range.end == text.len()) {
        last.is_whole_end = true;
    }
    tokens
}

fn words_of(name: &str) -> Vec<String> {
    tokens(name).into_iter().map(|token| token.text).collect()
}

#[cfg(test)]
mod tests;
