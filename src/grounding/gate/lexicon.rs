//! What each word claims: the classes of `assets/gate/words.toml`.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use serde::Deserialize;

const WORDS: &str = include_str!("../../../assets/gate/words.toml");
/// Words of the longest phrase.
pub const LONGEST_PHRASE: usize = 8;

/// What a word or phrase claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Better than, by the metric's direction.
    Better,
    /// Worse than.
    Worse,
    /// Better in speed.
    Faster,
    /// Worse in speed.
    Slower,
    /// A larger value.
    Higher,
    /// A smaller value.
    Lower,
    /// As good as.
    Same,
    /// Stands before what something is compared with.
    Than,
    /// All things of the kind but one.
    Other,
    /// Better than all.
    Best,
    /// Worse than all.
    Worst,
    /// Best of all in speed.
    Fastest,
    /// Worst of all in speed.
    Slowest,
    /// The largest value of all.
    Highest,
    /// The smallest value of all.
    Lowest,
    /// The next in the ranking.
    Follow,
    /// The statistic: median.
    Median,
    /// The statistic: mean.
    Mean,
    /// The statistic: standard deviation.
    Deviation,
    /// The statistic: 95th percentile.
    Tail,
    /// The statistic: 90th percentile.
    Tail90,
    /// The statistic: 99th percentile.
    Tail99,
    /// The statistic: deviation in percent of the mean.
    Variation,
    /// The statistic: median of the warm runs.
    Warm,
    /// The statistic: median of the cold runs.
    ColdRuns,
    /// The statistic: smallest value.
    Minimum,
    /// The statistic: largest value.
    Maximum,
    /// The best single value.
    BestRun,
    /// The worst single value.
    WorstRun,
    /// The first value of a file.
    FirstRun,
    /// A single extreme value is meant.
    Reach,
    /// From a smallest to a largest value.
    Range,
    /// One thing makes another.
    Cause,
    /// A change in time.
    Trend,
    /// How far values lie apart.
    Stable,
    /// A verdict without a measure.
    Judgement,
    /// A number that is none.
    Vague,
    /// A statement about all or none.
    Always,
    /// The opposite is meant.
    Negation,
    /// By a wide margin.
    Strongly,
    /// By a narrow margin.
    Slightly,
    /// Somebody speaks or is spoken to.
    Person,
    /// Something that is not in the text.
    Pointer,
    /// A rounded figure.
    Approximately,
    /// A figure as a limit.
    Bound,
    /// Each to its own, in order.
    Respectively,
    /// Something went wrong or was left out.
    Failure,
    /// True of measuring in general.
    General,
    /// A difference that the test shows.
    Sure,
    /// A difference that chance could make.
    Unsure,
    /// A difference too small to matter, by the test.
    Alike,
    /// So few runs that the next may move a median.
    Few,
    /// A tail far above the middle.
    LongTail,
    /// Different groups lead in different metrics.
    Apart,
    /// By how much a value differs or changes.
    Change,
    /// A single value far from its like.
    Far,
    /// Two things that vary together, cause or not.
    Together,
    /// A run that paid for loading.
    Cold,
    /// Words of a claim that claim nothing in this order.
    Phrase,
    /// Words that a benchmark is spoken of with.
    Anchor,
    /// Claims nothing.
    Neutral,
}

/// The words, made ready.
#[derive(Debug, Default)]
pub struct Lexicon {
    /// By the words, one blank between.
    classes: HashMap<String, Class>,
    neutral: HashSet<String>,
    anchors: HashSet<String>,
    /// First words of phrases.
    starts: HashSet<String>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let lists: HashMap<Class, Vec<String>> = toml::from_str(WORDS).unwrap_or_default();
    Lexicon::of(lists)
});

/// The lexicon.
pub fn lexicon() -> &'static Lexicon {
    &LEXICON
}

impl Lexicon {
    fn of(lists: HashMap<Class, Vec<String>>) -> Self {
        let mut lexicon = Self::default();
        let mut later = Vec::new();
        for (class, words) in lists {
            for word in words {
                if let Some((first, _)) = word.split_once(' ') {
                    lexicon.starts.insert(first.to_owned());
                }
                match class {
                    Class::Anchor => {
                        lexicon.neutral.insert(stem(&word).to_owned());
                        lexicon.anchors.insert(stem(&word).to_owned());
                    }
                    Class::Neutral => {
                        lexicon.neutral.insert(stem(&word).to_owned());
                        later.push(word);
                    }
                    _ => {
                        lexicon.classes.insert(word, class);
                    }
                }
            }
        }
        for word in later.into_iter().filter(|word| word.contains(' ')) {
            lexicon.classes.entry(word).or_insert(Class::Neutral);
        }
        lexicon
    }

    /// The longest phrase at the start of these words, and how many words it has. `None` for
    /// a word that is in no list.
    pub fn class(&self, words: &[&str]) -> Option<(Class, usize)> {
        let first = words.first()?;
        if self.starts.contains(*first) {
            for length in (2..=words.len().min(LONGEST_PHRASE)).rev() {
                let phrase = words.get(..length).unwrap_or_default().join(" ");
                if let Some(class) = self.classes.get(&phrase) {
                    return Some((*class, length));
                }
            }
        }
        if let Some(class) = self.classes.get(*first) {
            return Some((*class, 1));
        }
        (self.neutral.contains(stem(first)) || self.neutral.contains(*first)).then_some((Class::Neutral, 1))
    }

    /// Is it a word by which a sentence is about a benchmark?
    pub fn is_anchor(&self, word: &str) -> bool {
        self.anchors.contains(stem(word))
    }
}

/// A word without its endings; crude, and the same for list and text.
fn stem(word: &str) -> &str {
    let long = |stem: &&str| stem.len() >= 3;
    let single = word.strip_suffix("'s").or_else(|| word.strip_suffix('s')).filter(long).unwrap_or(word);
    let base =
        ["ing", "ed", "ly", "e", "d", "y"].iter().find_map(|ending| single.strip_suffix(ending).filter(long));
    base.unwrap_or(single)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_list_is_read_and_the_longest_phrase_wins() {
        let class = |words: &[&str]| lexicon().class(words);
        assert_eq!(class(&["best", "single", "run", "of"]), Some((Class::BestRun, 3)));
        assert_eq!(class(&["best", "throughput"]), Some((Class::Best, 1)));
        assert_eq!(class(&["measured"]), Some((Class::Neutral, 1)));
        assert_eq!(class(&["measurements"]), Some((Class::Neutral, 1)));
        assert_eq!(class(&["morale"]), None);
        assert!(lexicon().is_anchor("configurations") && !lexicon().is_anchor("quality"));
    }

    /// Which of two classes a word had would change from run to run.
    #[test]
    fn no_word_claims_two_things() {
        let lists: HashMap<Class, Vec<String>> = toml::from_str(WORDS).unwrap();
        let mut known: HashMap<&str, Class> = HashMap::new();
        for (class, words) in
            lists.iter().filter(|(class, _)| !matches!(class, Class::Neutral | Class::Anchor))
        {
            for word in words {
                let other = known.insert(word, *class).filter(|other| other != class);
                assert_eq!(other, None, "`{word}` is {class:?} too");
            }
        }
    }
}
