//! What a figure of a sentence is about: the group, metric and statistic that the sentence
//! gives it, and where it is silent, what stands above it.

use std::{cmp::Ordering, ops::Range, rc::Rc};

mod attach;
mod sentences;

use attach::{attached, first_of_phrase, is_tied};
pub use sentences::sentences;

use super::{
    lexicon::{Class, Lexicon, Mention, Name, Trend},
    page::{Kind, Piece},
    pool::Wanted,
};
use crate::grounding::figure::Figure;

/// Words between the name of a setting and its value.
const NEAR_VALUE: usize = 4;
/// Behind a figure they say which end of its values it is.
const ENDS: [(&str, Class); 8] = [
    ("at most", Class::Max),
    ("at the most", Class::Max),
    ("at peak", Class::Max),
    ("at its peak", Class::Max),
    ("at least", Class::Min),
    ("at minimum", Class::Min),
    ("at best", Class::Extreme),
    ("at worst", Class::Extreme),
];
/// What is said behind one of them holds for every value.
const OF_ALL: [&str; 8] = ["all", "every", "each", "always", "never", "consistently", "throughout", "none"];
/// Before a figure they say that it is the other side's.
const OTHERS: [&str; 6] = [" against", " versus", " vs", " vs.", " compared to", " compared with"];
/// A sentence with one of them speaks of more than the heading above it.
const WIDE: [&str; 10] =
    ["all", "overall", "both", "across", "total", "other", "others", "compared", "than", "versus"];

/// A sentence with its names and figures; places are bytes of the piece.
#[derive(Debug)]
pub struct Sentence<'p> {
    /// The text.
    pub text: &'p str,
    /// Where it begins in the piece.
    pub start: usize,
    /// Its names.
    pub mentions: Vec<Mention>,
    /// Its figures that are no settings and no parts of names.
    pub figures: Vec<Range<usize>>,
}

/// Names of a text that stands above, beside or before.
pub type Level = Rc<Vec<Mention>>;

/// Where it is said of which metric a figure is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// In its sentence, or nowhere.
    #[default]
    Here,
    /// In the head of its column or in its row.
    Beside,
    /// In a heading, caption or item above.
    Above,
}

/// What one figure is about.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "what a sentence says of a figure, each for itself")]
pub struct Scope {
    /// Metrics; empty: none is named.
    pub metrics: Vec<u32>,
    /// Where they are named.
    pub metric_from: Origin,
    /// Metrics that are named but cannot have the figure's unit.
    pub other_metrics: Vec<u32>,
    /// Statistics; empty: none is named.
    pub classes: Vec<Class>,
    /// Rows.
    pub wanted: Wanted,
    /// Every value of each dimension that the sentence names anywhere.
    pub everything: Wanted,
    /// Every value of each dimension that stands beside or above.
    pub above: Wanted,
    /// Keys whose values only stand above, in a heading or caption.
    pub from_headings: Vec<u32>,
    /// Which way a comparison goes.
    pub trends: Vec<Trend>,
    /// At least, at most.
    pub bound: Option<Ordering>,
    /// "About", `~`.
    pub is_about: bool,
    /// The files are named beside or above, and not in the sentence.
    pub has_far_files: bool,
    /// One of several figures, each of another group: the ends of no range.
    pub is_one_of_several: bool,
    /// The file is named before another figure that may have taken it for itself.
    pub has_taken_file: bool,
    /// It is said of every value.
    pub is_of_all: bool,
}

impl<'p> Sentence<'p> {
    /// Of a part of a piece.
    pub fn of(piece: &'p str, range: Range<usize>, lexicon: &Lexicon) -> Self {
        let text = piece.get(range.clone()).unwrap_or_default();
        let mut mentions = lexicon.mentions(text);
        add_values(text, lexicon, &mut mentions);
        // "from a median of 5 ms up to 9 ms": the end of a range, and no maximum.
        mentions.retain(|mention| {
            !(matches!(mention.name, Name::Statistic(Class::Max))
                && text.get(mention.range.clone()).is_some_and(|words| words.eq_ignore_ascii_case("up to"))
                && text.get(..mention.range.start).is_some_and(|before| {
                    before.rsplit("from ").next().is_some_and(|behind| {
                        behind.len() < before.len() && behind.contains(|c: char| c.is_ascii_digit())
                    })
                }))
        });
        // "a.csv and 3 more": the values are of more files than are named.
        mentions.retain(|mention| {
            !(matches!(mention.name, Name::Files(_)) && is_first_of_more(text, mention.range.end))
        });
        Self { text, start: range.start, mentions, figures: Vec::new() }
    }

    /// Does a place of the piece lie in a name?
    pub fn covers(&self, at: usize) -> bool {
        self.mentions.iter().any(|mention| {
            !matches!(mention.name, Name::Statistic(_) | Name::Key(_))
                && mention.range.contains(&at.saturating_sub(self.start))
        })
    }

    /// The key of the setting that this figure is the value of: `num_gpu=80`, `a context
    /// length of 2048`, `80 GPU layers`.
    pub fn key_of(&self, figure: &Range<usize>, lexicon: &Lexicon) -> Option<u32> {
        let (from, to) = (figure.start.checked_sub(self.start)?, figure.end.checked_sub(self.start)?);
        let behind = self.text.get(to..)?;
        let gap = behind.len() - behind.trim_start_matches([' ', '`', '*', '_', '-']).len();
        let after = self.mentions.iter().find(|mention| mention.range.start == to + gap);
        if let Some(Mention { name: Name::Key(key), range }) = after
            && self
                .text
                .get(range.end..)
                .is_none_or(|rest| !rest.trim_start_matches(['`', '*']).starts_with(['=', ':']))
            && lexicon.keys.get(*key as usize).is_some()
        {
            return Some(*key);
        }
        if let Some(key) = self.short_key(from, lexicon) {
            return Some(key);
        }
        let before = self.mentions.iter().rev().find(|mention| mention.range.end <= from)?;
        let Name::Key(key) = before.name else { return None };
        let between = self.text.get(before.range.end..from)?;
        // `num_gpu (40, 60, 80)`
        let is_list = between.trim_matches([' ', '`', '*', '>', '<', '≥', '≤', '=', '~']) == "(";
        let is_near =
            is_list || between.split_whitespace().count() <= NEAR_VALUE && !between.contains(['.', ';', '(']);
        let crosses = self.figures.iter().any(|other| {
            other.start.saturating_sub(self.start) > before.range.start && other.end <= figure.start
        });
        (is_near && !crosses).then_some(key)
    }

    /// The setting whose short name and a sign stand right before this place.
    fn short_key(&self, from: usize, lexicon: &Lexicon) -> Option<u32> {
        let before = self.text.get(..from)?.trim_end_matches([' ', '`', '*']);
        let name = before.strip_suffix(['=', '≥', '≤'])?.trim_end_matches(['>', '<', ' ', '`', '*']);
        let name = name.rsplit(|c: char| !c.is_alphanumeric()).next()?;
        let mut known = SHORT_KEYS.iter().filter(|(short, _)| short.eq_ignore_ascii_case(name));
        let place = |key: &str| lexicon.keys.iter().position(|known| **known == *key);
        known.find_map(|(_, key)| place(key)).and_then(|index| u32::try_from(index).ok())
    }
}

/// Short names of settings that are words of prose where no value follows at once: `gpu=80`.
const SHORT_KEYS: [(&str, &str); 2] = [("gpu", "num_gpu"), ("gpu", "n_gpu_layers")];

fn is_first_of_more(text: &str, end: usize) -> bool {
    let rest = text
        .get(end..)
        .unwrap_or_default()
        .trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, ':' | '`' | '*' | ' '));
    let number = rest.strip_prefix("and ").unwrap_or_default();
    let behind = number.trim_start_matches(|c: char| c.is_ascii_digit());
    behind.len() < number.len() && behind.trim_start().starts_with("more")
}

/// `device=CPU`: behind a key's name and `=` or `:` every value is known, however short.
fn add_values(text: &str, lexicon: &Lexicon, mentions: &mut Vec<Mention>) {
    let mut found: Vec<Mention> = Vec::new();
    for mention in mentions.iter() {
        let Name::Key(key) = mention.name else { continue };
        let Some(behind) = text.get(mention.range.end..) else { continue };
        let value = behind.trim_start_matches(['`', '*', ' ']);
        let Some(value) = value.strip_prefix(['=', ':']) else { continue };
        let value = value.trim_start_matches(['`', '*', ' ', '"']);
        let start = text.len() - value.len();
        let Some((index, length)) = longest_value(value, lexicon, key) else { continue };
        found.push(Mention { range: start..start + length, name: Name::Values(key, vec![index]) });
    }
    for new in found {
        mentions.retain(|old| old.range.end <= new.range.start || old.range.start >= new.range.end);
        mentions.push(new);
    }
    mentions.sort_by_key(|mention| mention.range.start);
}

/// The longest value of a key that a text begins with, and its length.
fn longest_value(text: &str, lexicon: &Lexicon, key: u32) -> Option<(u32, usize)> {
    let values = lexicon.values.get(key as usize)?;
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    let number = text.get(..digits).map(|number| number.trim_end_matches('.'));
    if let Some(number) = number.filter(|number| !number.is_empty())
        && let Some(index) = number.parse().ok().and_then(|value| value_index(value, lexicon, key))
    {
        return Some((index, number.len()));
    }
    (0_u32..)
        .zip(values)
        .filter(|(_, value)| {
            text.get(..value.len()).is_some_and(|head| head.eq_ignore_ascii_case(value))
                && text.get(value.len()..).is_none_or(|rest| !rest.starts_with(char::is_alphanumeric))
        })
        .map(|(index, value)| (index, value.len()))
        .max_by_key(|(_, length)| *length)
}

/// The value of a key that is this number.
pub fn value_index(number: f64, lexicon: &Lexicon, key: u32) -> Option<u32> {
    let values = lexicon.values.get(key as usize)?;
    let is_same = |value: &str| value.parse::<f64>().is_ok_and(|value| (value - number).abs() < 1e-9);
    values.iter().position(|value| is_same(value)).and_then(|index| u32::try_from(index).ok())
}

impl Scope {
    /// What a figure of a sentence is about. `levels`: the names of what stands around,
    /// nearest first, and whether it is a heading. `can_have`: may this metric have the
    /// figure's unit?
    pub fn of(
        sentence: &Sentence<'_>,
        figure: &Figure,
        levels: &[(Level, bool)],
        can_have: &dyn Fn(u32) -> bool,
        lexicon: &Lexicon,
    ) -> Self {
        let mut scope = Self::default();
        scope.metrics(sentence, figure, levels, can_have);
        scope.classes(sentence, figure, levels);
        scope.wanted(sentence, figure, levels, lexicon);
        let from = figure.range.start.saturating_sub(sentence.start);
        let before = sentence.text.get(..from).unwrap_or_default();
        let lower = sentence.text.to_lowercase();
        scope.is_about = is_about(before);
        scope.is_of_all = before
            .split(|c: char| !c.is_alphabetic())
            .any(|word| OF_ALL.contains(&word.to_lowercase().as_str()));
        for mention in &sentence.mentions {
            match &mention.name {
                Name::Trend(trend) => scope.trends.push(*trend),
                Name::Bound(bound) => {
                    let between = sentence.text.get(mention.range.end..from).unwrap_or("x");
                    if between.trim_matches([' ', '*', '`', '_', '~']).is_empty() && mention.range.end <= from
                    {
                        scope.bound = Some(*bound);
                    }
                }
                _ => {}
            }
        }
        if before.trim_end().ends_with('>') && !before.trim_start().starts_with('>') {
            scope.bound = Some(Ordering::Greater);
        } else if before.trim_end().ends_with('<') {
            scope.bound = Some(Ordering::Less);
        }
        // "Never above 23 W": at most.
        if ["never", "not", "no", "none", "without"]
            .iter()
            .any(|word| is_last_word_before_bound(before, word))
        {
            scope.bound = scope.bound.map(Ordering::reverse);
            scope.is_of_all |= scope.bound.is_some();
        }
        if lower.contains('±') && before.trim_end().ends_with('±') {
            scope.classes = vec![Class::Deviation, Class::Interval];
        }
        scope
    }

    fn metrics(
        &mut self,
        sentence: &Sentence<'_>,
        figure: &Figure,
        levels: &[(Level, bool)],
        can_have: &dyn Fn(u32) -> bool,
    ) {
        let list = |mention: &Mention| match &mention.name {
            Name::Metrics(list) => Some(list.clone()),
            _ => None,
        };
        let attached = attached(sentence, figure, &|mention| {
            list(mention).is_some_and(|all| all.iter().any(|metric| can_have(*metric)))
        });
        let mut found: Vec<u32> = attached.iter().filter_map(|mention| list(mention)).flatten().collect();
        if found.is_empty() {
            // The unit of a figure may be the name of a metric too.
            let is_unit = |mention: &&Mention| {
                let place = mention.range.start + sentence.start;
                sentence.figures.iter().any(|figure| figure.contains(&place))
            };
            let own = sentence.mentions.iter().filter(|mention| !is_unit(mention));
            let here: Vec<u32> = own.filter_map(list).flatten().collect();
            self.other_metrics = here;
            // A sentence that names a metric of another kind is about that one.
            if self.other_metrics.is_empty() {
                for (level, is_above) in levels {
                    let all: Vec<u32> = level.iter().filter_map(list).flatten().collect();
                    found = all.iter().copied().filter(|metric| can_have(*metric)).collect();
                    if !found.is_empty() {
                        self.metric_from = if *is_above { Origin::Above } else { Origin::Beside };
                        break;
                    }
                    if self.other_metrics.is_empty() {
                        self.other_metrics = all;
                    }
                }
            }
        }
        found.retain(|metric| can_have(*metric));
        found.sort_unstable();
        found.dedup();
        if !found.is_empty() {
            self.other_metrics.clear();
        }
        self.metrics = found;
    }

    fn classes(&mut self, sentence: &Sentence<'_>, figure: &Figure, levels: &[(Level, bool)]) {
        let class = |mention: &Mention| match mention.name {
            Name::Statistic(class) => Some(class),
            _ => None,
        };
        let attached = attached(sentence, figure, &|mention| class(mention).is_some());
        let mut found: Vec<Class> = attached.iter().filter_map(|mention| class(mention)).collect();
        // `66.98 W at most`
        let behind = sentence.text.get(figure.range.end.saturating_sub(sentence.start)..).unwrap_or_default();
        let behind = behind.trim_start_matches([' ', '*', '`', '(']).to_ascii_lowercase();
        if let Some((_, class)) = ENDS.iter().find(|(words, _)| behind.starts_with(words)) {
            found = vec![*class];
        }
        // "1.6 s on average (first prompt: 7.8 s)": another value than the average.
        let before =
            sentence.text.get(..figure.range.start.saturating_sub(sentence.start)).unwrap_or_default();
        if is_of_some_runs(before) {
            self.classes = Vec::new();
            return;
        }
        if found.is_empty() {
            let beside = levels.iter().filter(|(_, is_heading)| !is_heading);
            found = beside
                .map(|(level, _)| level.iter().filter_map(class).collect::<Vec<_>>())
                .find(|classes| !classes.is_empty())
                .unwrap_or_default();
        }
        found.dedup();
        self.classes = found;
    }

    fn wanted(
        &mut self,
        sentence: &Sentence<'_>,
        figure: &Figure,
        levels: &[(Level, bool)],
        lexicon: &Lexicon,
    ) {
        let mut keys: Vec<u32> = sentence.mentions.iter().filter_map(key_named).collect();
        keys.sort_unstable();
        keys.dedup();
        for mention in &sentence.mentions {
            if let Name::Values(key, values) = &mention.name {
                self.everything.values.entry(*key).or_default().extend(values);
            }
        }
        let from = figure.range.start.saturating_sub(sentence.start);
        let before = sentence.text.get(..from).unwrap_or_default().trim_end_matches([' ', '*', '`', '~']);
        // "295 against 183 tok/s": the other side may stand anywhere.
        let is_other = OTHERS.iter().any(|word| before.ends_with(word));
        let own: Vec<(u32, Vec<&Mention>)> = keys
            .iter()
            .map(|key| (*key, attached(sentence, figure, &|mention| key_named(mention) == Some(*key))))
            .collect();
        let anchor = own.iter().flat_map(|(_, mentions)| mentions).map(|mention| mention.range.start).max();
        let to = figure.range.end.saturating_sub(sentence.start);
        let has_before =
            own.iter().flat_map(|(_, mentions)| mentions).any(|mention| mention.range.end <= from);
        for (key, mentions) in own {
            // A group further behind is the next figure's, where one stands before this.
            let is_far = mentions.iter().all(|mention| {
                mention.range.start >= to && !is_tied(sentence, to, first_of_phrase(sentence, to, mention))
            });
            if has_before && is_far {
                continue;
            }
            if is_other {
                let mut all = self.everything.values.get(&key).cloned().unwrap_or_default();
                all.sort_unstable();
                all.dedup();
                // With one of them named, the other side is any other.
                let every = lexicon.values.get(key as usize).map_or(0, Vec::len);
                if all.len() == 1 {
                    all =
                        (0..u32::try_from(every).unwrap_or(0)).filter(|value| !all.contains(value)).collect();
                }
                self.wanted.values.insert(key, all);
                continue;
            }
            for mention in mentions {
                // What was said of another group, before its figure, is not said of this one.
                let is_of_another = anchor.is_some_and(|anchor| {
                    sentence.figures.iter().any(|other| {
                        let at = other.start.saturating_sub(sentence.start);
                        at >= mention.range.end && at < anchor && at != from
                    })
                });
                if let Name::Values(_, values) = &mention.name
                    && !is_of_another
                {
                    self.wanted.values.entry(key).or_default().extend(values);
                }
            }
        }
        let files = attached(sentence, figure, &|mention| matches!(mention.name, Name::Files(_)));
        let of_files = sentence.mentions.iter().filter(|mention| matches!(mention.name, Name::Files(_)));
        let is_only = of_files.count() == 1;
        for mention in files {
            // A figure that stands between has taken the file for itself.
            let is_taken = sentence.figures.iter().any(|other| {
                let at = other.start.saturating_sub(sentence.start);
                // "In a.csv the five scenarios": a number word counts, and takes nothing.
                let is_word =
                    sentence.text.get(at..).is_some_and(|text| text.starts_with(char::is_alphabetic));
                at >= mention.range.end && other.end <= figure.range.start && !is_word
            });
            if let Name::Files(list) = &mention.name
                && (!is_taken || is_only)
            {
                self.wanted.files.extend(list);
                // It may be said of something else all the same.
                self.has_taken_file |= is_taken;
            }
        }
        self.add_levels(sentence, levels);
        for wanted in [&mut self.wanted, &mut self.everything, &mut self.above] {
            for values in wanted.values.values_mut() {
                values.sort_unstable();
                values.dedup();
            }
            wanted.files.sort_unstable();
            wanted.files.dedup();
        }
    }

    /// What stands beside and above says what the sentence leaves open.
    fn add_levels(&mut self, sentence: &Sentence<'_>, levels: &[(Level, bool)]) {
        let is_wide = sentence
            .text
            .split(|c: char| !c.is_alphabetic())
            .any(|word| WIDE.contains(&word.to_lowercase().as_str()));
        for (level, is_heading) in levels {
            if is_wide && *is_heading {
                continue;
            }
            let mut of_level = Wanted::default();
            for mention in level.iter() {
                match &mention.name {
                    Name::Values(key, values) => of_level.values.entry(*key).or_default().extend(values),
                    Name::Files(list) => of_level.files.extend(list),
                    _ => {}
                }
            }
            for (key, values) in of_level.values {
                self.above.values.entry(key).or_default().extend(&values);
                if *is_heading && !self.wanted.values.contains_key(&key) {
                    self.from_headings.push(key);
                }
                self.wanted.values.entry(key).or_insert(values);
            }
            if self.wanted.files.is_empty() && !of_level.files.is_empty() {
                self.wanted.files = of_level.files;
                self.has_far_files = true;
            }
        }
    }
}

/// Is this the word before the words of a bound that end the text: `never exceeds`, `not above`?
fn is_last_word_before_bound(before: &str, word: &str) -> bool {
    let lower = before.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.iter().rev().skip(1).take(2).any(|known| *known == word)
}

/// Ends the text with the label of some of the runs, `first prompt: `?
fn is_of_some_runs(before: &str) -> bool {
    let lower = before.to_lowercase();
    let label = lower.trim_end_matches([' ', ':', '=', '~', '*', '`']);
    let mut words = label.rsplit([' ', '(', ',']).filter(|word| !word.is_empty());
    let (last, other) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let is_run =
        matches!(last, "prompt" | "run" | "request" | "call" | "prompts" | "runs" | "requests" | "calls");
    let is_some =
        |word: &str| matches!(word, "first" | "subsequent" | "second" | "later" | "remaining" | "cold");
    (before.trim_end().ends_with([':', '=']) && is_some(last)) || (is_run && is_some(other))
}

fn key_named(mention: &Mention) -> Option<u32> {
    match &mention.name {
        Name::Values(key, _) => Some(*key),
        _ => None,
    }
}

/// Ends a text with "about" or the like?
pub fn is_about(before: &str) -> bool {
    const WORDS: [&str; 12] = [
        "about",
        "approximately",
        "approx",
        "roughly",
        "around",
        "circa",
        "nearly",
        "almost",
        "ca",
        "some",
        "close to",
        "estimated",
    ];
    let lower = before.to_lowercase();
    let trimmed = lower.trim_end_matches([' ', '*', '`', '_', '.']);
    trimmed.ends_with(['~', '≈'])
        || WORDS
            .iter()
            .any(|word| trimmed.strip_suffix(word).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric)))
}

/// The names that stand around a piece, nearest first, each with whether it is a heading.
/// `names` looks a text up.
pub fn around(piece: &Piece, lexicon: &Lexicon, names: &dyn Fn(&str) -> Level) -> Vec<(Level, bool)> {
    let mut levels: Vec<(Level, bool)> = Vec::new();
    if let Kind::Cell(cell) = &piece.kind {
        let head = names(&cell.head);
        let is =
            |test: &dyn Fn(&Name) -> bool, level: &Level| level.iter().any(|mention| test(&mention.name));
        let is_metric = |name: &Name| matches!(name, Name::Metrics(_));
        // `| Throughput | Min | Max |`: of the metric to the left.
        let says_how = |name: &Name| matches!(name, Name::Statistic(_) | Name::Trend(_));
        let is_statistic = is(&says_how, &head) && !is(&is_metric, &head);
        levels.push((head, false));
        if is_statistic
            && let Some(left) = cell.left.iter().map(|head| names(head)).find(|level| is(&is_metric, level))
        {
            let metrics = left.iter().filter(|mention| is_metric(&mention.name)).cloned().collect();
            levels.push((Rc::new(metrics), false));
        }
        let row: Vec<String> =
            cell.row.iter().filter_map(|(head, text)| beside(head, text, lexicon)).collect();
        levels.push((names(&row.join("; ")), false));
    }
    levels.extend(piece.above.iter().map(|text| (names(text), true)));
    levels
}

/// What a cell says of the others of its row. A number counts where its head names a
/// setting (`num_gpu=80`); another measurement says nothing of this one.
fn beside(head: &str, text: &str, lexicon: &Lexicon) -> Option<String> {
    let is_figure = text.trim_matches(['*', '`', ' ']).starts_with(|c: char| c.is_ascii_digit() || c == '-');
    if !is_figure {
        return Some(text.to_owned());
    }
    let key = lexicon.key(head).and_then(|key| lexicon.keys.get(key as usize))?;
    Some(format!("{key}={text}"))
}
