//! The filter of the files: fuzzy as the palette is, the best first. `'word` is found as it
//! stands, `^word` at the start, `word$` at the end, `!word` not at all; several words all.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

/// A filter at work.
#[derive(Debug)]
pub(super) struct Filter {
    pattern: Pattern,
    matcher: Matcher,
    letters: Vec<char>,
}

impl Filter {
    /// Of what is typed.
    pub fn new(typed: &str) -> Self {
        Self {
            pattern: Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart),
            matcher: Matcher::new(Config::DEFAULT.match_paths()),
            letters: Vec::new(),
        }
    }

    /// How well a path fits; `None`: not at all.
    pub fn score(&mut self, path: &str) -> Option<u32> {
        self.pattern.score(Utf32Str::new(path, &mut self.letters), &mut self.matcher)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_better_than_letters_here_and_there() {
        let score = |typed: &str, path: &str| Filter::new(typed).score(path);
        assert_eq!(score("", "a.csv"), Some(0));
        assert!(score("tune", "runs/tune.csv") > score("tune", "runs/t_u_n_e.csv"));
        assert!(score("gmcsv", "csv/gemma3_270m.csv").is_some());
        assert_eq!(score("'gmcsv", "csv/gemma3_270m.csv"), None);
        assert_eq!(score("csv$ !gemma", "csv/gemma3_270m.csv"), None);
        assert!(score("JSON$", "a/b.json").is_some());
    }
}
