//! Choosing from a list by a few letters: the palette's actions, the sides of a comparison. Pure.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

/// Longest text: more is a slip of the mouse.
const TYPED_CHARS: usize = 100;

/// What is typed, and what it finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finder<T> {
    /// The letters so far.
    pub typed: String,
    /// Indices of the items that have them, the best first.
    pub found: Vec<usize>,
    /// Index in `found` of the one that is chosen.
    pub selected: usize,
    /// The text that is searched, and what it stands for.
    items: Vec<(String, T)>,
}

impl<T> Finder<T> {
    /// Of these, in this order until something is typed.
    pub(super) fn new(items: impl IntoIterator<Item = (String, T)>) -> Self {
        let items: Vec<(String, T)> = items.into_iter().collect();
        Self { typed: String::new(), found: (0..items.len()).collect(), selected: 0, items }
    }

    /// One letter more: only what was found so far can have it too.
    pub(super) fn push(&mut self, letter: char) {
        if self.typed.chars().count() < TYPED_CHARS {
            self.typed.push(letter);
            let among = std::mem::take(&mut self.found);
            // An `!` in front turns what is found around.
            let is_narrower = !self.typed.contains('!');
            if is_narrower { self.search(among) } else { self.search_all() }
        }
    }

    /// One letter less; says whether there was one.
    pub(super) fn pop(&mut self) -> bool {
        let had_one = self.typed.pop().is_some();
        self.search_all();
        had_one
    }

    /// What is found: text and value, the best first.
    pub fn found(&self) -> impl Iterator<Item = (&str, &T)> {
        self.found.iter().filter_map(|&at| self.items.get(at)).map(|(text, value)| (text.as_str(), value))
    }

    /// The chosen one.
    pub fn chosen(&self) -> Option<&T> {
        self.items.get(*self.found.get(self.selected)?).map(|(_, value)| value)
    }

    /// How many there are to choose from.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    fn search_all(&mut self) {
        self.search((0..self.items.len()).collect());
    }

    fn search(&mut self, mut among: Vec<usize>) {
        // Of equal ones the order of the list.
        among.sort_unstable();
        let pattern = Pattern::parse(&self.typed, CaseMatching::Ignore, Normalization::Smart);
        let mut config = Config::DEFAULT;
        config.prefer_prefix = true;
        let mut matcher = Matcher::new(config);
        let mut letters = Vec::new();
        let mut scored: Vec<(u32, usize)> = among
            .into_iter()
            .filter_map(|at| {
                let (text, _) = self.items.get(at)?;
                Some((pattern.score(Utf32Str::new(text, &mut letters), &mut matcher)?, at))
            })
            .collect();
        scored.sort_by(|(one, _), (other, _)| other.cmp(one));
        self.found = scored.into_iter().map(|(_, at)| at).collect();
        self.selected = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files() -> Finder<usize> {
        let paths = ["csv/baseline.csv", "csv/tuning.csv", "json/base.json"];
        Finder::new(paths.iter().enumerate().map(|(at, path)| ((*path).to_owned(), at)))
    }

    fn typed(text: &str) -> Finder<usize> {
        let mut finder = files();
        text.chars().for_each(|letter| finder.push(letter));
        finder
    }

    #[test]
    fn a_few_letters_find_and_one_less_finds_more() {
        assert_eq!(typed("").found, [0, 1, 2]);
        assert_eq!(typed("tun").chosen(), Some(&1));
        assert_eq!(typed("base json").chosen(), Some(&2));
        assert_eq!(typed("qqq").chosen(), None);
        let mut finder = typed("jq");
        assert!(finder.found.is_empty());
        assert!(finder.pop() && finder.pop() && !finder.pop());
        assert_eq!(finder, files());
    }

    #[test]
    fn what_must_not_be_in_it_is_searched_anew() {
        assert_eq!(typed("!csv").found, [2]);
        assert_eq!(typed("base !json").found, [0]);
    }
}
